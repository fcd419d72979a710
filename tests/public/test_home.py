"""The home page: what brings readers back."""

import datetime
from dataclasses import replace

import pytest
from django.core.cache import cache

from controversies.document import say
from controversies.pages import upkeep
from controversies.public.views import home
from tests.factories import BIG, START, ControversyFactory, TopicFactory
from tests.markup import one_line

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def get(client, **query: str) -> str:
    response = client.get("/", query)
    assert response.status_code == 200
    return one_line(response.content.decode())


def section(html: str, name: str) -> str:
    """The section of the page with this heading's id; "" if there is none."""
    return html.partition(f'aria-labelledby="{name}"')[2].partition("</section>")[0]


def rate(page, confidence: str, **options: object) -> None:
    first, *others = page.document.positions
    page.save(
        page.document.with_blocks(positions=(replace(first, confidence=confidence), *others)), **options
    )


def test_recent_changes_are_told_whole_with_their_reason(client):
    page = ControversyFactory(title="Is it so?", positions=3, points=3)
    many = [replace(each, title=f"{each.title} reworded") for each in page.document.points]
    claims = [replace(each, claim=f"{each.claim} Indeed.") for each in page.document.positions]
    page.save(
        page.document.with_blocks(points=tuple(many), positions=tuple(claims)), summary="All of it, anew."
    )

    recent = section(get(client), "recent-head")

    assert "All of it, anew." in recent
    entry = page.row.revisions.get(number=2)
    first, rest, more = say.all_changes(entry.changes)
    assert more >= 2
    assert f"And {more} more changes" in recent
    assert first in recent
    assert rest in recent
    for letter in "ABC":
        assert f"{letter}’s claim reworded" in rest
    assert say.changes(entry.changes).startswith(first)


def test_newly_disputed_names_new_pages_and_what_flared_up(client):
    old = ControversyFactory(title="Old", status="dormant", start=START, positions=2)
    settled = ControversyFactory(title="Settled", status="resolved", start=START + 9 * DAY)
    new = ControversyFactory(title="New", status="active", start=START + 2 * DAY)
    old.edit(status="active", time=START + 30 * DAY)
    rated = ControversyFactory(title="Rated", status="active", start=START + 3 * DAY, positions=2)
    rate(rated, "disputed", time=START + 31 * DAY)

    listed = section(get(client), "disputed-head")

    assert [listed.index(f"<bdi>{title}</bdi>") for title in ("Rated", "Old", "New")] == sorted(
        listed.index(f"<bdi>{title}</bdi>") for title in ("Rated", "Old", "New")
    )
    assert "The evidence for position A is now disputed" in listed
    assert "Now actively contested" in listed
    assert "New page" in listed
    assert settled.document.head.title not in listed
    assert new.slug in listed


def test_withdrawn_pages_and_drafts_are_in_no_section(client):
    page = ControversyFactory(title="Taken back", status="dormant", positions=1, points=1)
    page.edit(status="active")
    rate(page, "disputed")
    page.edit(publication="withdrawn")
    draft = ControversyFactory(title="A draft", publication="draft", positions=1, points=1, stances=0)
    draft.edit(status="active")

    html = get(client)

    assert "Taken back" not in html
    assert "A draft" not in html
    assert 'id="needs-head"' not in html
    assert 'id="disputed-head"' not in html


def test_changes_of_a_hidden_time_are_not_told(client):
    """A page that came back tells nothing of what changed while it was withdrawn."""
    page = ControversyFactory(title="Back", status="dormant", positions=1, start=START)
    page.edit(publication="withdrawn", time=START + DAY)
    rate(page, "disputed", time=START + 2 * DAY)
    page.edit(publication="published", status="active", time=START + 3 * DAY)

    listed = section(get(client), "disputed-head")

    assert "New page" in listed
    assert "disputed now" not in listed
    assert "is now disputed" not in listed
    assert "Now actively contested" not in listed


def test_needs_help_has_counts_and_a_few_pages(client):
    for number in range(home.NEEDY + 2):
        ControversyFactory(title=f"Page {number}", positions=2, points=1, stances=0)

    listed = section(get(client), "needs-head")

    assert listed.count('<ul class="needs">') == home.NEEDY
    assert f"<dd>{home.NEEDY + 2}</dd>" in listed
    assert "2 stances not recorded" in listed
    assert 'href="/needs-help/?need=review"' in listed


def test_counts_have_an_end(client, monkeypatch):
    monkeypatch.setattr(upkeep, "MOST_COUNTED", 2)
    for _number in range(4):
        ControversyFactory()

    assert "<dd>more than 2</dd>" in section(get(client), "needs-head")


def test_home_of_an_earlier_time_has_no_more_than_its_changes(client):
    ControversyFactory(title="Seen", start=START)

    html = get(client, as_of="2026-06-01")

    assert "Seen" in section(html, "recent-head")
    for missing in ("disputed-head", "needs-head", "last-visit"):
        assert missing not in html


def test_page_is_the_same_for_everybody_and_sets_no_cookie(client):
    ControversyFactory()

    first, second = client.get("/"), client.get("/", headers={"cookie": "crux-last-visit=1"})

    assert first.content == second.content
    assert not first.cookies
    assert '<div class="last-visit" role="status" hidden' in first.text
    assert first.text.count("<script") == 1 + first.text.count('type="application/ld+json"')


def test_home_asks_as_many_queries_however_much_there_is(client, django_assert_num_queries):
    topic = TopicFactory(slug="one")
    ControversyFactory(topic=topic)
    with django_assert_num_queries(15):
        client.get("/")
    for _number in range(6):
        page = ControversyFactory(topic=topic, **{**BIG, "revisions": 3})
        page.edit(status="dormant")
        page.edit(status="active")
    cache.clear()
    with django_assert_num_queries(15):
        client.get("/")
