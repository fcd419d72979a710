import re

import pytest
from django.urls import reverse

from controversies.history import log
from controversies.models import ChangeClass
from tests.factories import ControversyFactory, UserFactory
from tests.history.test_verify import tamper
from tests.markup import one_line

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>{{ 7|add:7 }}%s{% now %}"


def url(made, **query):
    return reverse("history", args=[made.slug], query=query)


def text(response):
    """The words of a page, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def numbers(response):
    return [int(n) for n in re.findall(r'<tr role="row" id="revision-(\d+)"', response.content.decode())]


@pytest.fixture
def hidden():
    """Drafts 1 and 2; public 3; withdrawn 4; public again 5 and 6."""
    made = ControversyFactory(positions=2, points=1, revisions=2, publication="draft")
    made.edit(publication="published", author_name="Paul Publisher", summary="Out it goes.")
    made.edit(publication="withdrawn", author_name="Willa Withdrawer", summary="A secret complaint.")
    made.edit(publication="published", author_name="Paul Publisher", summary="Settled.")
    made.edit(title="Another title", author_name="Paul Publisher", summary="A better title.")
    return made


def test_history_lists_every_revision_with_who_why_and_what(client):
    made = ControversyFactory(positions=2, points=2, revisions=3)

    response = client.get(url(made))

    assert response.status_code == 200
    assert numbers(response) == [3, 2, 1]
    words = text(response)
    assert "Three revisions, newest first. Three people made them. Times are UTC." in words
    assert "First version. First revision: 2 positions, 2 contested points" in words
    assert "Change number 2. A’s argument changed" in words
    assert "7 January 2026, 09:00" in words
    for number in (1, 2, 3):
        assert reverse("revision", args=[made.slug, number]) in response.content.decode()
    for a, b in ((1, 2), (2, 3), (0, 1), (1, 3)):
        assert f'href="{reverse("compare", args=[made.slug, a, b])}"' in response.content.decode()


def test_history_has_title_description_and_canonical_link(client):
    made = ControversyFactory(revisions=2, title="A page & its title")

    html = client.get(url(made)).content.decode()
    filtered = client.get(url(made, kind="typo")).content.decode()

    assert "<title>History of “A page &amp; its title” · " in html
    assert '<meta name="description" content="All 2 revisions of “A page &amp; its title”' in html
    assert f'<link rel="canonical" href="http://testserver{url(made)}">' in html
    assert 'name="robots"' not in html
    assert '<meta name="robots" content="noindex">' in filtered
    assert f'<link rel="canonical" href="http://testserver{url(made)}">' in filtered


def test_history_shows_what_was_not_public_as_a_number_and_a_time_only(client, hidden):
    response = client.get(url(hidden))
    words = text(response)

    assert numbers(response) == [6, 5, 4, 3, 2, 1]
    assert words.count("Made before the page was public") == 2
    assert words.count("Made while the page was withdrawn") == 1
    for secret in ("Willa", "secret complaint", "First version", "Edith", "Change number 2"):
        assert secret not in words
    for number in (1, 2, 4):
        assert f'value="{number}"' not in response.content.decode()
        assert reverse("revision", args=[hidden.slug, number]) not in response.content.decode()
    # What 3 changed since 2 would tell of 2; so would what it is compared with.
    assert "Out it goes. Published" in words
    assert reverse("compare", args=[hidden.slug, 0, 3]) in response.content.decode()
    assert reverse("compare", args=[hidden.slug, 2, 3]) not in response.content.decode()


def test_history_shows_editors_everything(client, hidden):
    client.force_login(UserFactory(role="editor"))

    response = client.get(url(hidden))

    assert "A secret complaint. Withdrawn" in text(response)
    assert "Made before" not in text(response)
    assert response["Cache-Control"] == "private, no-store"


def test_history_does_not_tell_by_filters_who_made_what_is_hidden(client, hidden):
    assert numbers(client.get(url(hidden, by="Willa Withdrawer"))) == []
    assert numbers(client.get(url(hidden, by="Edith Editor"))) == []
    assert numbers(client.get(url(hidden, by="Paul Publisher"))) == [6, 5, 3]
    assert "No revisions match these filters." in text(client.get(url(hidden, by="Willa Withdrawer")))


@pytest.mark.parametrize(("publication", "status"), [("draft", 404), ("withdrawn", 410)])
def test_history_of_a_page_that_is_not_public_is_not_shown(client, publication, status):
    made = ControversyFactory(publication=publication, title="Hidden title")

    response = client.get(url(made))

    assert response.status_code == status
    assert "Hidden title" not in response.content.decode()


def test_history_of_no_page_is_not_found(client):
    assert client.get("/controversies/none/history/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_history_answers_only_to_get_and_head(client, method):
    assert getattr(client, method)(url(ControversyFactory())).status_code == 405


def test_history_compares_the_two_that_are_chosen(client):
    made = ControversyFactory(revisions=3)

    response = client.get(url(made, old=1, new=3))

    assert response.status_code == 302
    assert response["Location"] == reverse("compare", args=[made.slug, 1, 3])
    html = one_line(client.get(url(made)).content.decode())
    assert 'name="old" value="2" aria-label="Old: revision 2" checked' in html
    assert 'name="new" value="3" aria-label="New: revision 3" checked' in html


@pytest.mark.parametrize(
    "query", [{"old": 1}, {"new": "x"}, {"old": "", "new": "3"}, {"old": "1e3", "new": "²"}]
)
def test_history_asks_for_both_when_one_is_missing(client, query):
    response = client.get(url(ControversyFactory(revisions=3), **query))

    assert response.status_code == 200
    assert "Choose an old and a new revision to compare." in text(response)
    assert numbers(response) == [3, 2, 1]


def test_history_pages_by_key(client):
    made = ControversyFactory(positions=1, revisions=120)

    first = client.get(url(made))
    second = client.get(url(made, before=71))
    third = client.get(url(made, before=21))

    assert numbers(first) == list(range(120, 70, -1))
    assert numbers(second) == list(range(70, 20, -1))
    assert numbers(third) == list(range(20, 0, -1))
    assert 'href="?before=71"' in first.content.decode()
    assert 'href="?after=70"' in second.content.decode()
    assert "Older revisions" not in text(third)
    assert numbers(client.get(url(made, after=70))) == numbers(first)


def test_history_filters_and_keeps_the_filter_from_page_to_page(client):
    made = ControversyFactory(positions=1, revisions=1)
    for number in range(60):
        made.edit(title=f"Title {number}", author_name="Ann & Bob")

    response = client.get(url(made, by="Ann & Bob", kind="substantive"))

    assert len(numbers(response)) == 50
    older = re.search(r'href="(\?[^"]+before=12)"', response.content.decode())[1].replace("&amp;", "&")
    assert numbers(client.get(reverse("history", args=[made.slug]) + older)) == list(range(11, 1, -1))
    response = client.get(url(made, by="Ann & Bob", block=made.key))
    assert len(numbers(response)) == 25
    assert f"?block={made.key}&amp;by=Ann+%26+Bob&amp;before=37" in response.content.decode()


def test_history_of_one_block_is_asked_by_its_key(client):
    made = ControversyFactory(positions=2, points=1, revisions=8)
    block = made.document.positions[1].key

    response = client.get(url(made, block=block))

    assert numbers(response) == [line.number for line in log.page(made.key, log.LogFilter(block=block)).lines]
    assert f'<option value="{block}" selected>B. Answer B' in response.content.decode()


def test_history_of_a_block_that_is_gone_is_still_told(client):
    made = ControversyFactory(positions=3, points=1)
    gone = made.document.positions[2]
    made.save(made.document.with_blocks(positions=made.document.positions[:2]))

    response = client.get(url(made, block=gone.key))

    assert numbers(response) == [2, 1]
    assert "A part that is not on today’s page" in text(response)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"kind": "nonsense"}, "We can’t filter by “nonsense”."),
        ({"block": "B"}, "We can’t filter by “B”."),
        ({"from": "yesterday"}, "“yesterday” is not a date. Write it like 2026-03-08."),
        ({"to": "2026-02-31"}, "“2026-02-31” is not a date. Write it like 2026-03-08."),
        ({"before": "last"}, "“last” is not a revision number."),
        ({"after": "-1"}, "“-1” is not a revision number."),
        ({"before": "9" * 5000}, "is not a revision number."),
    ],
)
def test_history_leaves_out_a_filter_that_makes_no_sense_and_says_so(client, query, told):
    response = client.get(url(ControversyFactory(revisions=2), **query))

    assert response.status_code == 200
    assert numbers(response) == [2, 1]
    assert told in text(response)


@pytest.mark.parametrize(
    "query",
    [
        {"from": "9999-12-31", "to": "9999-12-31"},
        {"from": "0001-01-01", "to": "0001-01-01"},
        {"by": HOSTILE},
        {"by": "x" * 10_000},
        {"by": "\u202e\u200b"},
        {"kind": HOSTILE, "block": HOSTILE, "before": HOSTILE, "from": HOSTILE},
        {"before": "0"},
        {"before": "1"},
        {"after": "999999999"},
    ],
)
def test_history_stands_odd_questions(client, query):
    response = client.get(url(ControversyFactory(revisions=2), **query))

    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()
    assert "<img" not in response.content.decode()


def test_history_refuses_nul(client):
    made = ControversyFactory()

    assert client.get(url(made) + "?by=%00").status_code == 400
    assert client.get(f"/controversies/{made.slug}%00/history/").status_code == 404


def test_history_escapes_what_people_wrote(client):
    made = ControversyFactory(positions=1, title=HOSTILE)
    made.edit(title=f"{HOSTILE} 2", summary=HOSTILE, author_name=HOSTILE[:150])

    html = client.get(url(made)).content.decode()

    assert "<script>alert" not in html
    assert "<img" not in html
    assert "{{ 7|add:7 }}%s" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_history_draws_the_timeline(client):
    html = client.get(url(ControversyFactory(revisions=3, status="active"))).content.decode()

    assert '<svg class="timeline" role="img"' in html
    assert "<title>Three revisions, 5 January 2026 to 7 January 2026. The dispute was active since" in html
    assert "style=" not in html


def test_history_marks_what_a_revision_was(client):
    made = ControversyFactory(positions=1)
    made.edit(title="Other", kind=ChangeClass.RESTORE)
    html = client.get(url(made)).content.decode()

    assert re.search(r'<li class="tag dashed"[^>]*>restored</li>', html)
    assert re.search(r'<li class="tag"[^>]*>substantive</li>', html)


def test_history_is_served_again_until_it_goes_on(client):
    made = ControversyFactory(positions=1)
    first = client.get(url(made))
    again = client.get(url(made), headers={"If-None-Match": first["ETag"]})
    made.edit(title="Another title")
    changed = client.get(url(made), headers={"If-None-Match": first["ETag"]})

    assert again.status_code == 304
    assert changed.status_code == 200
    assert numbers(changed) == [2, 1]


@pytest.mark.parametrize(("revisions", "size"), [(1, 1), (60, 4)])
def test_history_asks_a_constant_number_of_queries(client, django_assert_num_queries, revisions, size):
    made = ControversyFactory(
        positions=size, points=size, backings=size * 3, citations=size * 3, revisions=revisions
    )

    with django_assert_num_queries(6):
        client.get(url(made))
    with django_assert_num_queries(6):
        client.get(url(made, by="Edith Editor", kind="typo", before=40))
    with django_assert_num_queries(8):
        client.get(url(made, by="Edith Editor", block=made.key, before=40))


def test_history_with_times_that_go_back_is_in_the_order_of_the_record(client):
    made = ControversyFactory(positions=1, revisions=2)
    tamper(
        "UPDATE controversies_revision SET time = '1999-01-01' WHERE controversy_id = %s AND number = 2",
        made.key,
    )

    assert numbers(client.get(url(made))) == [2, 1]


LONG_REASON = "Rewrite the argument\n\n" + "It was unclear. " * 100 + "\n\nFixes: #12"


def test_long_reason_is_folded_under_its_first_line(client):
    made = ControversyFactory(positions=1)
    made.edit(title="Anew", author_name="Ada; Bo", summary=LONG_REASON, kind=ChangeClass.IMPORT)

    page = client.get(url(made)).content.decode()

    assert (
        '<p class="reason" dir="auto">Rewrite the argument</p><details class="whole-reason"><summary>' in page
    )
    assert "Fixes: #12" in page
    read = text(client.get(reverse("controversy", args=[made.slug])))
    assert "Rewrite the argument" in read
    assert "Fixes: #12" not in read
    twin = client.get(reverse("revision_json", args=[made.slug, 2])).json()["revision"]
    assert (twin["summary"], twin["author"]) == (LONG_REASON, "Ada; Bo")


def test_several_authors_of_a_revision_are_authors_in_its_feed(client):
    made = ControversyFactory(positions=1)
    made.edit(title="Anew", author_name="Ada; Bo", summary="x")

    feed = client.get(reverse("controversy_feed", args=[made.slug])).content.decode()

    assert "<author><name>Ada</name></author>" in feed
    assert "<author><name>Bo</name></author>" in feed
