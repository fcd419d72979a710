"""A controversy's page: what it tells, to whom, and what it costs."""

import json
import re
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from controversies import history
from controversies.document import canonical, types
from controversies.models import Confidence, PointKind, Relation, Source
from controversies.pages import draw
from controversies.pages.metadata import MOST_SOURCES
from controversies.public.views import controversy as view
from tests.caching import PUBLIC
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    UserFactory,
    backer_block,
    citation,
    document_factory,
    new_key,
    source_block,
)
from tests.markup import one_line

pytestmark = pytest.mark.django_db


def html_of(client, controversy, **kwargs) -> str:
    response = client.get(reverse("controversy", args=[controversy.slug]), **kwargs)
    assert response.status_code == 200
    return one_line(response.content.decode())


def section(html: str, anchor: str) -> str:
    """The element with this id, up to the next one of its kind."""
    start = html.index(f'id="{anchor}"')
    end = re.compile(r"</(section|article)>|<(section|article) ").search(html, start)
    return html[start : end.start() if end else None]


# -- what it tells --


def test_page_tells_the_question_the_status_and_the_record(client):
    controversy = ControversyFactory(
        title="Is it so?",
        question="Is it really so?",
        status="dormant",
        status_summary="It *rests*.",
        revisions=3,
    )

    html = html_of(client, controversy)

    assert "<h1>Is it so?</h1>" in html
    assert '<p class="question">Is it really so?</p>' in html
    assert '<span class="badge dormant">Dormant</span>' in html
    assert "<p>It <em>rests</em>.</p>" in html
    assert "7 January 2026</time> by <bdi>Cora Contributor</bdi>: <bdi>Change number 3.</bdi>" in html
    assert f'<a href="/controversies/{controversy.slug}/compare/2/3/">Compare with 2</a>' in html
    assert "not yet reviewed" in html
    assert f'3 of 3 · <a href="/controversies/{controversy.slug}/revisions/3/">permalink</a>' in html
    assert controversy.head.entry.digest.hex() in html
    assert '<svg class="timeline" role="img"' in html


def test_page_tells_when_it_was_reviewed_apart_from_when_it_was_revised(client):
    controversy = ControversyFactory(reviewed_on="2026-01-02", reviewed_by="Rita Reviewer")

    html = html_of(client, controversy)

    assert (
        "2 January 2026 by <bdi>Rita Reviewer</bdi>, who checked the whole page against its sources" in html
    )
    assert "5 January 2026</time> by <bdi>Edith Editor</bdi>" in html


def test_page_has_what_search_engines_and_readers_of_the_address_need(client):
    controversy = ControversyFactory(title="A <b> title", question='A "question"?', status_summary="")

    html = html_of(client, controversy)

    assert '<html lang="en" dir="ltr" data-paper="' in html
    assert "<title>A &lt;b&gt; title · Crux</title>" in html
    assert '<meta name="description" content="A &quot;question&quot;?">' in html
    assert f'<link rel="canonical" href="http://testserver/controversies/{controversy.slug}/">' in html
    assert (
        f'<link rel="alternate" type="application/json" href="/controversies/{controversy.slug}.json">'
        in html
    )
    assert "noindex" not in html


def test_page_shows_each_position_whole(client):
    who = BackerFactory(name="Meta AI", kind="company")
    work = SourceFactory(
        title="The Work",
        authors="A. Author",
        publisher="A Journal",
        date="2024-07-23",
        url="https://x.example/w",
        archive_url="https://archive.example/w",
        doi="10.1234/abc",
    )
    document = document_factory(
        positions=2, points=1, citations=0, backings=0, stances=0, backers=[who], sources=[work]
    )
    source, backer_key = source_block(work), str(who.pk)
    first = replace(
        document.positions[0],
        claim="The first claim",
        argument="Because of it [1].",
        confidence=Confidence.LOW.value,
        confidence_reason="Only *their* word.",
        citations=(
            types.Citation(
                key=new_key(),
                source=source.key,
                relation=Relation.CONTRADICTS.value,
                quote="so it is",
                locator="p. 3",
            ),
        ),
        backings=(
            types.Backing(
                key=new_key(),
                backer=backer_key,
                note="Says so.",
                since="2023",
                until="2024-07",
                citations=(citation(source),),
            ),
        ),
        stances=(types.Stance(point=document.points[0].key, text="On it.", citations=(citation(source),)),),
    )
    controversy = ControversyFactory(
        document=document.with_blocks(
            positions=(first, document.positions[1]), sources=(source,), backers=(backer_block(who),)
        )
    )

    html = html_of(client, controversy)

    anchor = f"position-{first.key[:8]}"
    shown = section(html, anchor)
    cited = f"source-{first.citations[0].key[:8]}"
    assert "Position A: </span>The first claim</h3>" in shown
    mark = f'id="mark-{first.citations[0].key[:8]}"'
    assert f'Because of it <a href="#{cited}" class="ref" {mark}>[1]</a>.' in shown
    assert f'<li id="{cited}">' in shown
    assert f'<a class="quiet back" href="#mark-{first.citations[0].key[:8]}">Back to the text</a>' in shown
    assert '<span class="badge low">Low</span>' in shown
    assert "Only <em>their</em> word." in shown
    assert f'href="/backers/{who.slug}/"><bdi>Meta AI</bdi></a> <span class="muted">company</span>' in shown
    assert "from 2023 until July 2024" in shown
    assert "Says so." in shown
    assert '<b class="contradicts">Contradicts</b>' in shown
    versions = 'data-versionurl="https://archive.example/w"'
    assert f'<a href="https://x.example/w" rel="nofollow ugc noopener" {versions}>1. The Work</a>' in shown
    assert "A. Author. 23 July 2024. A Journal. doi:10.1234/abc." in shown
    assert '<blockquote class="quote">“so it is”</blockquote>' in shown
    assert '<bdi class="where">p. 3</bdi>' in shown
    assert (
        'href="https://archive.example/w" rel="nofollow ugc noopener" data-originalurl="https://x.example/w"'
        in shown
    )
    assert f'href="/sources/{work.slug}/"' in shown
    assert "Evidence of their support: one source" in shown
    cell = f"stance-{first.key[:8]}-{document.points[0].key[:8]}"
    assert f'<a class="for" href="#{cell}">On point 1, Point of contention 1</a>' in shown
    assert f'<td id="{cell}">' in html
    assert (
        f'href="/controversies/{controversy.slug}/history/?block={first.key}">History of A (1)</a>' in shown
    )
    assert f'href="/controversies/{controversy.slug}/cite/{anchor}/"' in shown


def test_page_states_silence_in_the_table_and_at_the_point(client):
    document = document_factory(positions=2, points=1, stances=1)
    silent = document.positions[1]
    assert not silent.stances
    controversy = ControversyFactory(document=document)

    html = html_of(client, controversy)

    table = section(html, "who-says-what")
    assert table.count('<span class="no-stance">No stance recorded</span>') == 1
    assert table.count("<td ") == 2
    assert "1 of 2 stances is recorded." not in table
    assert "1 of 2 stances are recorded." in table
    assert '<details class="fold"><summary>Show the table</summary>' in table
    assert (
        '<span class="hidden-text">Position </span>B<span class="hidden-text">: no stance recorded</span>'
        in html
    )
    assert "No stance recorded: B" in re.sub(r"\s+", " ", html)


def test_page_tells_what_could_settle_a_point(client):
    document = document_factory(points=2)
    [first, second] = document.points
    points = (replace(first, kind=PointKind.LEGAL.value), replace(second, kind="", body=""))
    controversy = ControversyFactory(document=replace(document, points=points))

    html = html_of(client, controversy)

    assert "<strong>Legal.</strong> A dispute about law: courts and lawmakers can settle it." in html
    assert "Not assessed" in html
    assert "No description recorded." in html


def test_page_sets_every_position_in_the_same_dress(client):
    document = document_factory(positions=3, points=0, citations=0, backings=0)
    same = {"claim": "A claim", "argument": "", "confidence": "high", "confidence_reason": ""}
    positions = tuple(replace(position, **same) for position in document.positions)
    controversy = ControversyFactory(document=document.with_blocks(positions=positions))

    html = html_of(client, controversy)

    shapes = set()
    for letter, position in zip("ABC", positions, strict=True):
        shown = section(html, f"position-{position.key[:8]}")
        shown = shown.replace(position.key, "KEY").replace(position.key[:8], "KEY")
        shapes.add(re.sub(rf"\b{letter}\b(?! claim)", "LETTER", shown).strip())
    assert len(shapes) == 1


def test_page_says_what_is_missing(client):
    controversy = ControversyFactory(
        positions=0, points=0, question="", status_summary="", context="", status="active"
    )

    html = html_of(client, controversy)

    assert '<h2 id="positions-at-a-glance-head">No positions</h2>' in html
    assert "No positions recorded." in html
    assert html.count("None recorded.") == 3  # context, contested points, positions
    assert "Actively contested." in html
    assert "who-says-what" not in html
    assert "No licence is recorded." in html


def test_page_of_a_bare_position_says_what_is_missing(client):
    document = document_factory(positions=1, points=0, citations=0, backings=0)
    bare = types.Position(key=document.positions[0].key, claim="Bare")
    controversy = ControversyFactory(document=document.with_blocks(positions=(bare,)))

    shown = section(html_of(client, controversy), f"position-{bare.key[:8]}")

    assert "No argument recorded." in shown
    assert "Not rated" in shown
    assert "No reason recorded." in shown
    assert shown.count("None recorded") == 2  # backers, sources


def test_page_names_where_its_text_comes_from(client):
    controversy = ControversyFactory(
        attribution="The Ledger, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/)"
    )

    html = html_of(client, controversy)

    assert 'The Ledger, <a href="https://creativecommons.org/licenses/by-sa/4.0/" rel="nofollow' in html
    assert f"http://testserver/controversies/{controversy.slug}/revisions/1/</a>" in html


def test_page_cannot_be_broken_by_what_editors_write(client):
    hostile = '"><script>alert(1)</script>\u202e<b>'
    document = document_factory(
        title=hostile, question=hostile, status_summary=hostile, attribution=hostile, context=hostile
    )
    position = replace(document.positions[0], claim=hostile, argument=hostile, confidence_reason=hostile)
    point = replace(document.points[0], title=hostile, body=hostile)
    backers = tuple(
        replace(backer, name=hostile + backer.slug, description=hostile) for backer in document.backers
    )
    sources = tuple(
        replace(source, title=hostile, authors=hostile, publisher=hostile) for source in document.sources
    )
    controversy = ControversyFactory(
        document=document.with_blocks(
            positions=(position, *document.positions[1:]),
            points=(point, *document.points[1:]),
            backers=backers,
            sources=sources,
        )
    )

    html = html_of(client, controversy)

    assert html.count("<script") == html.count('<script type="application/ld+json">') == 1  # data
    assert html.count("</script") == 1
    assert "<b>" not in html
    assert "&lt;script&gt;" in html


def test_page_has_no_inline_style_nor_script(client):
    html = html_of(client, ControversyFactory(positions=3, citations=9))

    assert "style=" not in html
    assert "<style" not in html
    assert html.count("<script") == html.count('<script type="application/ld+json">') == 1  # data
    assert not re.search(r"<[^>]*\son[a-z]+=", html)


def test_page_uses_no_id_twice_and_links_to_none_that_is_missing(client):
    html = html_of(client, ControversyFactory(positions=3, points=3, citations=20))

    ids = re.findall(r'\sid="([^"]*)"', html)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'href="#([^"]*)"', html):
        assert target in ids


# -- to whom --


def test_draft_is_not_found(client):
    controversy = ControversyFactory(publication="draft")

    for name in ("controversy", "controversy_json"):
        assert client.get(reverse(name, args=[controversy.slug])).status_code == 404
    for name in ("revision", "revision_json"):
        assert client.get(reverse(name, args=[controversy.slug, 1])).status_code == 404


def test_withdrawn_page_is_gone_at_once_whatever_was_cached(client):
    controversy = ControversyFactory()
    etag = client.get(reverse("controversy", args=[controversy.slug]))["ETag"]

    controversy.edit(publication="withdrawn")

    response = client.get(reverse("controversy", args=[controversy.slug]), headers={"If-None-Match": etag})
    assert response.status_code == 410
    assert "This page was withdrawn" in response.content.decode()
    assert controversy.document.head.title not in response.content.decode()
    assert client.get(reverse("controversy_json", args=[controversy.slug])).status_code == 410
    for name in ("revision", "revision_json"):
        assert client.get(reverse(name, args=[controversy.slug, 1])).status_code == 410


@pytest.mark.parametrize(
    ("publication", "mark"), [("draft", "Draft, not public"), ("withdrawn", "Withdrawn, not public")]
)
def test_editor_sees_what_is_not_public_with_a_mark(client, publication, mark):
    controversy = ControversyFactory(publication=publication)
    client.force_login(UserFactory(role="editor"))

    response = client.get(reverse("controversy", args=[controversy.slug]))

    assert response.status_code == 200
    assert mark in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"
    assert "ETag" not in response


def test_user_without_the_right_sees_no_draft(client):
    controversy = ControversyFactory(publication="draft")
    client.force_login(UserFactory())

    assert client.get(reverse("controversy", args=[controversy.slug])).status_code == 404


@pytest.mark.parametrize("role", ["contributor", "editor", "publisher"])
def test_who_may_edit_is_led_to_it_and_readers_are_not(client, role):
    controversy = ControversyFactory()
    link = f'<a href="/admin/controversies/controversy/{controversy.key}/change/">Edit</a>'

    assert link not in html_of(client, controversy)
    client.force_login(UserFactory(role=role))
    assert link in html_of(client, controversy)
    client.force_login(UserFactory())
    assert link not in html_of(client, controversy)
    client.logout()
    assert link not in html_of(client, controversy)


def test_what_an_editor_was_shown_is_never_served_to_readers(client):
    controversy = ControversyFactory(publication="withdrawn")
    client.force_login(UserFactory(role="editor"))
    assert client.get(reverse("controversy", args=[controversy.slug])).status_code == 200

    client.logout()

    assert client.get(reverse("controversy", args=[controversy.slug])).status_code == 410


@pytest.mark.parametrize("name", ["controversy", "controversy_json"])
def test_page_answers_safe_methods_only(client, name):
    url = reverse(name, args=[ControversyFactory().slug])

    assert client.head(url).status_code == 200
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(url).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/controversies/nowhere/",
        "/controversies/nowhere.json",
        "/controversies/nowhere/revisions/1/",
        "/controversies/%00/",
        "/controversies/a%00b/",
        "/controversies/a%00b.json",
        "/controversies/..%2f..%2fetc/",
        "/controversies/" + "a" * 3000 + "/",
    ],
)
def test_unknown_address_is_not_found(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("number", ["0", "-1", "2", "01", "1e3", "9999999999", "9" * 5000, "1%00", "１"])
def test_unknown_revision_is_not_found(client, number):
    slug = ControversyFactory().slug

    assert client.get(f"/controversies/{slug}/revisions/{number}/").status_code == 404
    assert client.get(f"/controversies/{slug}/revisions/{number}.json").status_code == 404


def test_nul_in_the_query_is_a_bad_request(client):
    slug = ControversyFactory().slug

    assert client.get(f"/controversies/{slug}/?as_of=%00").status_code == 400
    assert client.get(f"/controversies/{slug}/?as_of=1&as_of=%00").status_code == 400


# -- old revisions --


def test_old_revision_reads_as_it_was_under_a_banner(client):
    controversy = ControversyFactory(title="Before", revisions=1)
    controversy.edit(title="Between")
    controversy.edit(title="After")
    slug = controversy.slug

    html = client.get(reverse("revision", args=[slug, 2])).content.decode()

    assert "<h1>Between</h1>" in html
    assert "You are reading revision 2 of 3, not today’s page" in html
    assert "It has been revised once since" in html
    assert (
        f'<a class="button" rel="latest-version" href="/controversies/{slug}/">Read today’s page</a>' in html
    )
    assert f'<a href="/controversies/{slug}/compare/2/3/">Compare 2 with today’s</a>' in html
    assert f'rel="prev" href="/controversies/{slug}/revisions/1/"' in html
    assert f'rel="next" href="/controversies/{slug}/revisions/3/"' in html
    assert '<meta name="robots" content="noindex">' in html
    assert f'<link rel="canonical" href="http://testserver/controversies/{slug}/">' in html
    assert "<title>Between (revision 2) · Crux</title>" in html


def test_newest_revision_has_an_address_without_a_banner(client):
    controversy = ControversyFactory(revisions=2)

    html = client.get(reverse("revision", args=[controversy.slug, 2])).content.decode()

    assert "You are reading revision" not in html
    assert "noindex" not in html


def test_old_revision_and_todays_page_are_drawn_by_the_same_code(client):
    controversy = ControversyFactory()
    was = html_of(client, controversy)
    controversy.edit(status_summary="Something else.")

    old = one_line(client.get(reverse("revision", args=[controversy.slug, 1])).content.decode())

    main = slice(was.index('<section class="section" id="positions-at-a-glance"'), was.index('id="pictures"'))
    start = old.index('<section class="section" id="positions-at-a-glance"')
    link = r' · <a class="quiet elsewhere" data-today href="[^"]*">What is known of it now</a>'
    body, links = re.subn(link, "", old[start : old.index('id="pictures"')])
    body = body.replace("/revisions/1/cite/", "/cite/")  # of parts, at that revision
    assert (body, links) == (was[main], len(list(controversy.document.citations())))


def test_old_revision_names_backers_as_they_were(client):
    who = BackerFactory(name="Old Name")
    controversy = ControversyFactory(backers=[who], backings=2)

    with history.act(author_name="Edith", summary="It changed its name."):
        who.name = "New Name"
        who.save()

    assert "<bdi>New Name</bdi>" in html_of(client, controversy)
    old = client.get(reverse("revision", args=[controversy.slug, 1])).content.decode()
    assert "<bdi>Old Name</bdi>" in old
    assert "New Name" not in old


def test_revision_made_before_the_page_was_public_is_not_shown(client):
    controversy = ControversyFactory(title="Secret", revisions=1, publication="draft")
    controversy.edit(title="Public", publication="published")
    controversy.edit(title="Public, too")
    slug = controversy.slug

    assert client.get(reverse("revision", args=[slug, 1])).status_code == 404
    assert client.get(reverse("revision_json", args=[slug, 1])).status_code == 404
    html = client.get(reverse("revision", args=[slug, 2])).content.decode()
    assert "Compare with 1" not in html
    assert 'rel="prev"' not in html
    assert "Secret" not in html
    assert "Secret" not in html_of(client, controversy)


def test_editor_may_read_a_revision_made_before_the_page_was_public(client):
    controversy = ControversyFactory(title="Secret", revisions=1, publication="draft")
    controversy.edit(title="Public", publication="published")
    client.force_login(UserFactory(role="editor"))

    response = client.get(reverse("revision", args=[controversy.slug, 1]))

    assert response.status_code == 200
    assert "Secret" in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"


# -- JSON --


def test_json_twin_is_the_document(client):
    controversy = ControversyFactory(positions=2, points=2, citations=6, revisions=2)

    response = client.get(f"/controversies/{controversy.slug}.json")

    assert response["Content-Type"] == "application/json"
    twin = json.loads(response.content)
    assert twin.pop("revision") == {
        "number": 2,
        "time": "2026-01-06T09:00:00+00:00",
        "author": "Paul Publisher",
        "summary": "Change number 2.",
        "digest": controversy.head.entry.digest.hex(),
        "document_digest": canonical.digest(controversy.document).hex(),
    }
    assert twin == canonical.document_json(controversy.document)
    assert response.content == client.get(f"/controversies/{controversy.slug}/revisions/2.json").content


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_page_answers_405_to_what_would_change_it(method):
    strict = Client(enforce_csrf_checks=True)

    assert getattr(strict, method)("/controversies/").status_code == 405


def test_json_of_a_revision_never_changes(client):
    controversy = ControversyFactory(title="Before")
    url = f"/controversies/{controversy.slug}/revisions/1.json"
    was = client.get(url)

    controversy.edit(title="After")

    now = client.get(url)
    assert now.content == was.content
    assert now["ETag"] == was["ETag"]
    assert json.loads(now.content)["title"] == "Before"


# -- caching and cost --


def test_page_is_served_from_cache_until_its_history_moves_on(client, monkeypatch):
    controversy = ControversyFactory(title="Before")
    url = reverse("controversy", args=[controversy.slug])
    first = client.get(url)
    drawn = []
    draw_html = view._html
    monkeypatch.setattr(view, "_html", lambda *args, **kwargs: drawn.append(1) or draw_html(*args, **kwargs))

    again = client.get(url)
    controversy.edit(title="After")
    after = client.get(url)

    assert again.content == first.content
    assert drawn == [1]
    assert "After" in after.content.decode()
    assert after["ETag"] != first["ETag"]


def test_page_answers_not_modified_to_who_has_it(client, django_assert_num_queries):
    url = reverse("controversy", args=[ControversyFactory().slug])
    etag = client.get(url)["ETag"]
    cache.clear()

    with django_assert_num_queries(1):
        response = client.get(url, headers={"If-None-Match": etag})

    assert response.status_code == 304
    assert response.content == b""
    assert response["Cache-Control"] == PUBLIC
    assert "Cookie" not in response.get("Vary", "")


def test_anonymous_reading_asks_no_session_and_sets_no_cookie(client):
    response = client.get(reverse("controversy", args=[ControversyFactory().slug]))

    assert response.cookies == {}
    assert response["Cache-Control"] == PUBLIC


def test_cache_keeps_sites_at_different_addresses_apart(client, settings):
    settings.ALLOWED_HOSTS = ["a.example", "b.example"]
    url = reverse("controversy", args=[ControversyFactory().slug])

    a = client.get(url, headers={"host": "a.example"}).content.decode()
    b = client.get(url, headers={"host": "b.example"}).content.decode()

    assert "http://a.example/" in a
    assert "a.example" not in b


@pytest.mark.parametrize("size", [1, 5])
@pytest.mark.parametrize(("name", "first", "again"), [("controversy", 7, 1), ("revision", 7, 2)])
def test_page_takes_as_many_queries_however_much_it_shows(
    client, django_assert_num_queries, size, name, first, again
):
    controversy = ControversyFactory(
        positions=size, points=size, citations=10 * size, backings=3 * size, revisions=size
    )
    args = [controversy.slug] if name == "controversy" else [controversy.slug, 1]
    url = reverse(name, args=args)
    ControversyFactory()

    # Page, document, checks of today's; once a revision: spans, marks, counts of its history, its confidences, and the
    # mementos beside.
    with django_assert_num_queries(first):
        client.get(url)
    cache.clear()
    with django_assert_num_queries(
        again
    ):  # page; today’s document and checks are remembered, as its pieces are
        client.get(url)
    with django_assert_num_queries(1):  # what was drawn before
        client.get(url)


def test_drawing_is_a_pure_function(client):
    controversy = ControversyFactory(positions=3, points=3, citations=9)
    first = html_of(client, controversy)
    cache.clear()
    remembered = html_of(client, controversy)
    cache.clear()
    draw.forget()
    view._head.cache_clear()
    view._history.cache_clear()
    view._checks.cache_clear()

    assert first == remembered == html_of(client, controversy)


def test_an_edit_draws_only_what_it_changed_anew(client):
    controversy = ControversyFactory(positions=3, points=2, citations=3)
    html_of(client, controversy)
    was = len(draw._pieces)
    position = replace(controversy.document.positions[1], argument="Another argument.")
    positions = (controversy.document.positions[0], position, controversy.document.positions[2])
    controversy.save(replace(controversy.document, positions=positions))

    html_of(client, controversy)

    # the position; the index, the table and the pictures, which show all positions; band, foot, metadata, foot of paper
    assert len(draw._pieces) - was == 8


@pytest.mark.parametrize("change", ["label", "source", "number", "point", "count"])
def test_piece_is_drawn_anew_when_what_it_shows_besides_its_block_changes(client, change):
    controversy = ControversyFactory(positions=2, points=2, citations=8)
    before = html_of(client, controversy)
    document = controversy.document
    a, b = document.positions
    if change == "label":
        controversy.save(replace(document, positions=(b, a)))
        expected = f"Position A: </span>{b.claim}"
    elif change == "source":
        with history.act(author_name="Edith", summary="The title was wrong."):
            source = Source.objects.get(pk=document.sources[-1].key)
            source.title = "The right title"
            source.save()
        expected = f"{len(document.sources)}. The right title</a>"
    elif change == "number":
        context = replace(document.context, citations=(citation(document.sources[-1]),))
        controversy.save(replace(document, context=context).with_blocks())
        expected = f'noopener">1. {document.sources[-1].title}</a>'
    elif change == "point":
        points = (replace(document.points[0], title="Retitled"), document.points[1])
        controversy.save(replace(document, points=points))
        expected = "On point 1, Retitled" if "On point 1" in before else "<bdi>Retitled</bdi>"
    else:
        controversy.save(replace(document, positions=(replace(a, argument="More."), b)))
        expected = "History of A (2)"

    assert expected not in before
    assert expected in html_of(client, controversy)


def test_every_page_carries_a_strict_policy(client):
    response = client.get(reverse("controversy", args=[ControversyFactory().slug]))

    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_of_very_many_positions_a_point_tells_how_many_address_it(client):
    few = document_factory(positions=26, points=1, stances=25)
    many = document_factory(positions=27, points=1, stances=25)
    pages = [
        client.get(f"/controversies/{ControversyFactory(document=each).slug}/").text for each in (few, many)
    ]

    assert [page.count('<p class="tiles">') for page in pages] == [1, 0]
    assert "<p>25 of 27</p>" in pages[1]
    assert "No stance recorded: Z, AA</p>" in pages[1]


def test_links_to_a_source_are_beside_its_first_citation(client):
    made = ControversyFactory(document=document_factory(positions=3, citations=3, sources=1))

    page = client.get(f"/controversies/{made.slug}/").text

    assert page.count('<li id="source-') == 3
    assert page.count("All citations of this source") == 1


def test_linked_data_describe_forty_sources_and_the_twin_has_all(client):
    made = ControversyFactory(document=document_factory(positions=3, citations=41))

    page = client.get(f"/controversies/{made.slug}/").text
    facts = json.loads(
        re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.DOTALL)[1]
    )

    assert len(facts["citation"]) == MOST_SOURCES == 40
    assert len(client.get(f"/controversies/{made.slug}.json").json()["sources"]) == 41


def test_a_large_page_has_little_besides_its_text(client):
    """Half of what it was, 2.27 MB and 43,434 elements, before anybody looked."""
    made = ControversyFactory(
        document=document_factory(positions=100, points=20, backings=200, citations=1000, sources=300)
    )

    page = client.get(f"/controversies/{made.slug}/").content

    assert len(page) <= 1_135_000
    assert len(re.findall(rb"<[a-z]", page)) < 20_000
    assert page.count(b'<li id="source-') == 1000
    assert b"<svg" not in page[page.index(b'id="positions"') : page.index(b'id="pictures"')]


def test_text_names_its_direction_only_where_it_could_run_from_right_to_left(client):
    document = document_factory(positions=2, points=1)
    a, b = document.positions
    hebrew = "\u05d0\u05d1\u05d2 one"
    made = ControversyFactory(
        document=document.with_blocks(positions=(replace(a, claim=hebrew, argument=hebrew), b))
    )

    page = html_of(client, made)

    assert f'<a href="#position-{a.key[:8]}" dir="auto">{hebrew}</a>' in page
    assert f'<h3 id="position-{a.key[:8]}-claim" dir="auto"><span class="hidden-text" dir="ltr">' in page
    assert f'<p dir="auto">{hebrew}</p>' in page
    assert page.count('dir="auto"') == 3
