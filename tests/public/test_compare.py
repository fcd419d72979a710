import re
import time
from dataclasses import replace
from html import unescape

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from controversies import history
from controversies.document import words
from controversies.document.compare import compare
from controversies.document.types import Stance
from controversies.document.words import Op
from controversies.models import Source
from controversies.pages.diff import NumberedChange, diff_view, passages
from tests import factories
from tests.factories import ControversyFactory, UserFactory
from tests.markup import one_line

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>{{ 7|add:7 }}%s{% now %}\u202e\u200b"


def url(made, a, b):
    return reverse("compare", args=[made.slug, a, b])


def get(client, made, a, b):
    response = client.get(url(made, a, b))
    assert response.status_code == 200
    return response.content.decode()


def plain(html):
    """The words of a page as a screen reader has them, each change marked."""
    html = html[html.index("<main") : html.index("</main")]
    html = re.sub(r"\s+", " ", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def changes(html):
    """The numbered changes of a page, as (path, sort)."""
    html = html[html.index("<main") :]
    found = re.findall(r"<h3[^>]*>(.*?)</h3>\s*<p class=\"change-sort\">(.*?)</p>", html, re.DOTALL)
    return [tuple(" ".join(re.sub(r"<[^>]+>", "", part).split()) for part in each) for each in found]


def position_changed(document, index, **fields):
    positions = list(document.positions)
    positions[index] = replace(positions[index], **fields)
    return document.with_blocks(positions=tuple(positions))


# -- what is told --


@pytest.mark.django_db
def test_compare_tells_each_change_under_the_name_of_its_block(client):
    made = ControversyFactory(positions=3, points=2, citations=3, backings=3, status="emerging")
    document = made.document
    changed = replace(document, head=replace(document.head, status="active"))
    changed = position_changed(
        changed, 1, claim="Answer B: quite another claim.", confidence="high", backings=()
    )
    made.save(changed, summary="Because.")

    html = get(client, made, 1, 2)

    assert changes(html) == [
        ("Status", "→ Replaced"),
        ("Position B › Claim", "→ Rewritten"),
        ("Position B › Confidence", "→ Replaced"),
        ("Position B › Backers", "− 1 removed"),
    ]
    assert "Four changes in two parts of the page" in html
    words = plain(html)
    assert "removed: Emerging → added: Active" in words
    assert f"removed: {document.positions[1].claim} added: Answer B: quite another claim" in words
    assert (
        "B’s claim changed. B’s confidence: medium → high. Status: emerging → active."
        " One backer removed from B."
    ) in unescape(words)
    assert "Because." in words
    assert [f'id="change-{n}"' in html for n in range(1, 6)] == [True, True, True, True, False]


@pytest.mark.django_db
def test_compare_tells_the_confidence_with_its_reason(client):
    made = ControversyFactory(positions=1, points=0)
    made.save(position_changed(made.document, 0, confidence="low", confidence_reason="New evidence."))

    html = get(client, made, 1, 2)

    assert changes(html) == [("Position A › Confidence", "→ Replaced")]
    assert "added: New evidence" in plain(html)


@pytest.mark.django_db
def test_compare_tells_a_move_as_a_move(client):
    made = ControversyFactory(positions=3, points=3)
    one, two, three = made.document.points
    made.save(made.document.with_blocks(points=(one, three, two)))

    html = get(client, made, 1, 2)

    [(path, sort)] = changes(html)
    assert re.fullmatch(r"Contested point [23] \(was [23]\)", path)
    assert sort == "↕ Moved"
    assert re.search(
        r"Point of contention \d From place \d to place \d, below “Point of contention \d”\."
        r" Its words are unchanged\.",
        plain(html),
    )
    assert "<ins>" not in html[html.index('id="change-1"') :]


@pytest.mark.django_db
def test_compare_tells_what_came_and_went_whole(client):
    made = ControversyFactory(positions=2, points=2, citations=2, backings=2)
    gone = made.document.positions[0]
    made.save(made.document.with_blocks(positions=(made.document.positions[1],)))

    removed, added = get(client, made, 1, 2), get(client, made, 2, 1)

    assert changes(removed) == [("Position A", "− Removed")]
    assert changes(added) == [("Position A", "+ Added")]
    assert f"removed: {gone.claim}" in plain(removed)
    assert f"added: {gone.claim}" in plain(added)


@pytest.mark.django_db
def test_compare_matches_citations_by_identity(client):
    made = ControversyFactory(positions=1, points=0, citations=3, backings=0)
    position = made.document.positions[0]
    changed = replace(position.citations[0], quote="Other words.", relation="contradicts")
    new = factories.source_block()
    added = factories.citation(new)
    made.save(
        replace(made.document, sources=(*made.document.sources, new)).with_blocks(
            positions=(replace(position, citations=(changed, *position.citations[1:], added)),)
        )
    )

    html = get(client, made, 1, 2)
    words = plain(html)

    assert changes(html) == [("Position A › Sources", "± 1 changed, 1 added")]
    assert "Relation removed: " in words
    assert "added: Contradicts" in words
    assert f"added: {new.title}" in words
    assert "added: Other words." in words


@pytest.mark.django_db
def test_compare_tells_stances_by_their_point(client):
    made = ControversyFactory(positions=1, points=2, stances=1)
    silent = next(
        p for p in made.document.points if p.key not in {s.point for s in made.document.positions[0].stances}
    )
    position = made.document.positions[0]
    stance = Stance(point=silent.key, text="It says this.")
    made.save(position_changed(made.document, 0, stances=(*position.stances, stance)))

    html = get(client, made, 1, 2)

    assert changes(html) == [("Position A › Stances", "+ 1 added")]
    assert f"on added: {silent.title}" in plain(html)
    assert "added: It says this." in plain(html)
    assert "1 unchanged" in plain(html)


@pytest.mark.django_db
def test_compare_tells_a_corrected_source_under_its_number(client):
    made = ControversyFactory(positions=1, points=0, citations=1)
    [source] = made.document.sources
    with history.act(author_name="Edith Editor", summary="Its true title."):
        Source.objects.filter(pk=source.key).update(title="Its true title")

    html = get(client, made, 1, 2)

    assert changes(html) == [("Source 1 › Title", "→ Rewritten")]
    assert "added: Its true title" in plain(html)


@pytest.mark.django_db
def test_compare_folds_what_did_not_change(client):
    made = ControversyFactory(positions=4, points=2)
    made.save(position_changed(made.document, 1, claim="Another claim"))

    html = get(client, made, 1, 2)

    folds = re.findall(r"<details class=\"unchanged\"><summary>(.*?)</summary>", one_line(html))
    assert [" ".join(re.sub(r"<[^>]+>", "", fold).split()) for fold in folds] == [
        "⋯ Context: 2 paragraphs, unchanged. Contested points 1 and 2: unchanged. Position A: unchanged. Show",
        "⋯ Positions C and D: unchanged. 4 backers: unchanged. 4 sources: unchanged. Show",
    ]
    assert made.document.positions[3].claim in html


# -- its head and its links --


@pytest.mark.django_db
def test_compare_says_how_many_revisions_lie_between_and_leads_on(client):
    made = ControversyFactory(positions=1, revisions=6)

    html = get(client, made, 2, 5)

    assert "Two revisions by two people between them are not shown. List them" in plain(html)
    assert f'href="{reverse("history", args=[made.slug])}?after=2&amp;before=5"' in html
    for a, b in ((1, 2), (5, 2), (5, 6)):
        assert f'href="{url(made, a, b)}"' in html
    assert "← Previous change: 1 to 2" in plain(html)
    assert "Next change: 5 to 6 →" in plain(html)
    assert "not shown" not in plain(get(client, made, 2, 3))
    assert "One revision between them is not shown. List it" in plain(get(client, made, 2, 4))


@pytest.mark.django_db
def test_compare_goes_either_way(client):
    made = ControversyFactory(positions=1, points=0, status="emerging")
    made.edit(status="active")

    forth, back = plain(get(client, made, 1, 2)), plain(get(client, made, 2, 1))

    assert "removed: Emerging → added: Active" in forth
    assert "removed: Active → added: Emerging" in back


@pytest.mark.django_db
def test_compare_of_a_revision_with_itself_says_that_there_is_nothing(client):
    html = get(client, ControversyFactory(revisions=2), 2, 2)

    assert "Both sides are the same revision, so there is nothing to compare." in html
    assert "Swap sides" not in html


@pytest.mark.django_db
def test_compare_of_the_first_revision_is_against_nothing(client):
    made = ControversyFactory(positions=2, points=1, backings=2, citations=2)

    html = get(client, made, 0, 1)

    assert [path for path, _sort in changes(html)] == [
        "Page",
        "Context",
        "Contested point 1",
        "Position A",
        "Position B",
    ]
    assert {sort for _path, sort in changes(html)} == {"+ Added"}
    assert "First version: one contested point, two positions" in html
    assert f"added: {made.document.positions[0].claim}" in plain(html)


@pytest.mark.django_db
def test_compare_steps_back_to_nothing_and_no_further(client):
    made = ControversyFactory(positions=1, revisions=3)

    def steps(a, b):
        html = one_line(get(client, made, a, b))
        return re.findall(r'<a rel="(prev|next)" href="[^"]+/compare/(\d+/\d+)/"', html)

    assert steps(0, 1) == [("next", "1/2")]
    assert steps(1, 2) == [("prev", "0/1"), ("next", "2/3")]
    assert steps(2, 3) == [("prev", "1/2")]


@pytest.mark.django_db
def test_a_move_is_never_told_between_equal_places(client):
    """Where two before it went and two after it came before it, its number is the same, and it did move."""
    made = ControversyFactory(positions=5, points=1, citations=0, backings=0)
    _x, _y, m, q, r = made.document.positions
    made.save(made.document.with_blocks(positions=(q, r, m)))

    words = plain(get(client, made, 1, 2))

    assert f"Now below “{r.claim.rstrip('.')}”" in words
    assert "From place 3 to place 3" not in words


@pytest.mark.django_db
def test_compare_is_not_for_search_engines_and_names_itself(client):
    made = ControversyFactory(revisions=3, title="One & two")
    html = get(client, made, 1, 3)

    assert '<meta name="robots" content="noindex">' in html
    assert "<title>One &amp; two: revision 1 compared with 3 · " in html
    assert f'<link rel="canonical" href="http://testserver{url(made, 1, 3)}">' in html
    assert "style=" not in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("a", "b"), [(1, 4), (4, 1), (0, 0), (1, 0), (0, 4), (2**31, 1), (1, 10**40), (10**18, 10**18)]
)
def test_compare_with_no_revision_is_not_found(client, a, b):
    made = ControversyFactory(revisions=3)

    assert client.get(f"/controversies/{made.slug}/compare/{a}/{b}/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["-1/2", "a/b", "1/2/3", "1", "1.0/2", "9" * 5000 + "/1", "1/%00", "²/1"])
def test_compare_at_an_odd_address_is_not_found(client, path):
    made = ControversyFactory(revisions=3)

    assert client.get(f"/controversies/{made.slug}/compare/{path}/").status_code == 404


@pytest.mark.django_db
def test_compare_shows_no_revision_that_was_not_public(client):
    made = ControversyFactory(positions=1, revisions=4, published_at=3)
    made.edit(publication="withdrawn")
    made.edit(publication="published", author_name="Paul")
    hidden = [(1, 2), (2, 3), (3, 2), (0, 1), (4, 5), (5, 6), (5, 5)]

    assert [client.get(url(made, a, b)).status_code for a, b in hidden] == [404] * len(hidden)
    assert client.get(url(made, 0, 3)).status_code == 200
    html = get(client, made, 4, 6)
    for a, b in ((2, 3), (4, 5), (5, 6)):
        assert url(made, a, b) not in html
    assert url(made, 3, 4) in html
    client.force_login(UserFactory(role="editor"))
    assert [client.get(url(made, a, b)).status_code for a, b in hidden] == [200] * len(hidden)


@pytest.mark.django_db
@pytest.mark.parametrize(("publication", "status"), [("draft", 404), ("withdrawn", 410)])
def test_compare_of_a_page_that_is_not_public_is_not_shown(client, publication, status):
    made = ControversyFactory(publication=publication, revisions=2)

    assert client.get(url(made, 1, 2)).status_code == status
    assert client.post(url(made, 1, 2)).status_code == 405


@pytest.mark.django_db
def test_compare_is_served_again_to_who_has_it(client):
    made = ControversyFactory(revisions=2)
    first = client.get(url(made, 1, 2))

    assert client.get(url(made, 1, 2), headers={"If-None-Match": first["ETag"]}).status_code == 304
    made.edit(title="Another title")
    assert client.get(url(made, 1, 2), headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(("size", "revisions"), [(1, 3), (6, 30)])
def test_compare_asks_a_constant_number_of_queries(client, django_assert_num_queries, size, revisions):
    made = ControversyFactory(
        positions=size, points=size, backings=size * 3, citations=size * 4, revisions=revisions
    )

    with django_assert_num_queries(4):
        client.get(url(made, 1, revisions))


# -- hostile and very long text --


def hostile(document):
    """The document with hostile text in every field that takes any."""
    positions = tuple(
        replace(
            p,
            claim=HOSTILE,
            argument=HOSTILE,
            confidence_reason=HOSTILE,
            stances=tuple(
                replace(
                    s,
                    text=HOSTILE,
                    citations=tuple(replace(c, quote=HOSTILE, locator=HOSTILE) for c in s.citations),
                )
                for s in p.stances
            ),
            backings=tuple(replace(b, note=HOSTILE) for b in p.backings),
            citations=tuple(replace(c, quote=HOSTILE, locator=HOSTILE) for c in p.citations),
        )
        for p in document.positions
    )
    head = replace(
        document.head, title=HOSTILE, question=HOSTILE, status_summary=HOSTILE, attribution=HOSTILE
    )
    head = replace(head, reviewed_on="2026-01-01", reviewed_by=HOSTILE)
    context = replace(document.context, text=f"{document.context.text}\n\n{HOSTILE}")
    points = tuple(replace(p, title=HOSTILE, body=HOSTILE) for p in document.points)
    return replace(document, head=head, context=context).with_blocks(points=points, positions=positions)


def is_clean(html):
    return "<script>alert" not in html and "<img" not in html and "onerror=alert(2)>" not in html


@pytest.mark.django_db
def test_compare_escapes_hostile_text_in_every_diff(client):
    backers = [factories.BackerFactory.build(name=HOSTILE[:60], description=HOSTILE, aliases=[HOSTILE[:60]])]
    sources = [factories.SourceFactory.build(title=HOSTILE, authors=HOSTILE, publisher=HOSTILE)]
    made = ControversyFactory(
        positions=2, points=2, backings=2, citations=8, backers=backers, sources=sources
    )
    made.save(hostile(made.document), summary=HOSTILE, author_name=HOSTILE[:100])
    made.save(
        made.document.with_blocks(positions=(replace(made.document.positions[1], stances=()),), points=())
    )

    for a, b in ((0, 1), (1, 2), (2, 1), (2, 3), (3, 2), (0, 2), (1, 3)):
        html = get(client, made, a, b)
        assert is_clean(html)
        assert "{{ 7|add:7 }}%s{% now %}" in html
        assert "&lt;script&gt;" in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("the " * 24_000 + "end", "a the " * 16_000 + "end"),
        ("\n".join("ab" * 24_000), "\n".join("ba" * 24_999)),
        ("!" * 99_000, "?!" * 49_000),
        (" ".join(map(str, range(15_000))), " ".join(map(str, range(15_000, 0, -1)))),
    ],
)
def test_compare_of_the_longest_texts_is_quick(client, old, new):
    made = ControversyFactory(positions=1, points=0, context=old)
    made.save(replace(made.document, context=replace(made.document.context, text=new.strip())))
    began = time.monotonic()

    html = get(client, made, 1, 2)

    assert time.monotonic() - began < 5  # half a second here; difflib alone took minutes
    assert changes(html) in ([("Context", "→ Rewritten")], [("Context", "± Words")])


def test_compare_of_very_much_text_stops_looking_for_words(monkeypatch):
    monkeypatch.setattr(passages, "_COMPARED", 100)
    old = factories.document_factory(positions=1, points=0, context="One word of these has changed.")
    new = replace(old, context=replace(old.context, text="One word of those has changed."))
    new = position_changed(new, 0, argument=f"{old.positions[0].argument} And more.")

    view = diff_view(compare(old, new))

    [context, argument] = [e.pieces[0].paragraphs for e in view.entries if isinstance(e, NumberedChange)]
    assert [run.op for run in context[0].runs].count(Op.REMOVED) == 1
    assert len(context[0].runs) > 2
    assert {run.op for paragraph in argument for run in paragraph.runs} == {Op.REMOVED, Op.ADDED}


# -- words --

texts = st.text(alphabet="ab \n\u0301,.क\u094d\u200d", max_size=60)


@given(old=texts, new=texts)
def test_runs_joined_are_the_texts(old, new):
    runs = words.runs(old, new)

    assert "".join(run.text for run in runs if run.op is not Op.ADDED) == old
    assert "".join(run.text for run in runs if run.op is not Op.REMOVED) == new


@given(
    old=st.lists(st.sampled_from(["a ", "b ", "c, ", "d", "\n\n", "e1 ", "f2 ", "g3 "]), max_size=80).map(
        "".join
    ),
    new=st.lists(st.sampled_from(["a ", "b ", "c, ", "d", "\n\n", "e1 ", "f2 ", "h4 "]), max_size=80).map(
        "".join
    ),
)
def test_runs_of_texts_too_long_for_difflib_joined_are_the_texts(old, new):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "_LONG", 3)
        patch.setattr(words, "_PAIRS", 5)
        runs = words.runs(old, new)

    assert "".join(run.text for run in runs if run.op is not Op.ADDED) == old
    assert "".join(run.text for run in runs if run.op is not Op.REMOVED) == new


def test_runs_of_a_long_text_keep_nearly_all_of_it():
    old = " ".join(f"word{i % 700}" for i in range(12_000))
    new = " ".join(f"word{i % 700}" if i % 500 else "changed" for i in range(12_000))
    unique = " ".join(f"word{i}" for i in range(12_000))
    edited = unique.replace("word77 ", "other ").replace("word9000 ", "other ")

    assert sum(len(r.text) for r in words.runs(unique, edited) if r.op is Op.KEPT) > 0.99 * len(unique)
    assert "".join(r.text for r in words.runs(old, new) if r.op is not Op.ADDED) == old


@pytest.mark.parametrize(
    ("old", "new", "runs"),
    [
        (
            "It creates risks",
            "It creates risks for all",
            [("kept", "It creates risks"), ("added", " for all")],
        ),
        ("naïve café", "naïve cafés", [("kept", "naïve "), ("removed", "café"), ("added", "cafés")]),
        (
            "cafe\u0301 x",
            "cafe x",
            [("removed", "cafe\u0301 "), ("added", "cafe "), ("kept", "x")],
        ),
        ("हिन्दी में", "हिन्दी", [("kept", "हिन्दी"), ("removed", " में")]),
        ("a b", "a b", [("kept", "a b")]),
        (
            "So it is [2].",
            "So it is [2]. Not yet [4].",
            [("kept", "So it is [2]."), ("added", " Not yet [4].")],
        ),
        ("One. Two. Six.", "One. Six.", [("kept", "One. "), ("removed", "Two. "), ("kept", "Six.")]),
        ("One.", "One.\n\nTwo.", [("kept", "One."), ("added", "\n\nTwo.")]),
        ("", "new", [("added", "new")]),
        ("", "", []),
    ],
)
def test_runs_are_whole_words(old, new, runs):
    assert [(run.op.value, run.text) for run in words.runs(old, new)] == runs
