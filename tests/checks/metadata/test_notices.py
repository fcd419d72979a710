"""Retractions: Crossref's `updated-by` of a work, arXiv's withdrawn versions; each new once."""

import json

import pytest

from controversies.checks.metadata import refresh_notices
from controversies.checks.metadata.notices import notices_about, notices_of, work_keys
from controversies.models import NoticeKind, WorkNotice
from tests.checks.world import Reply
from tests.factories import SourceFactory

from .answers import _arxiv

pytestmark = pytest.mark.django_db(transaction=True)
JSON = {"Content-Type": "application/json"}
WAKEFIELD = "10.1016/s0140-6736(97)11096-0"
RETRACTED = {
    "DOI": WAKEFIELD,
    "title": ["RETRACTED: Ileal-lymphoid-nodular hyperplasia"],
    "updated-by": [
        {
            "DOI": "10.1016/s0140-6736(04)15715-2",
            "type": "partial_retraction",
            "label": "Retraction of an interpretation",
            "source": "retraction-watch",
            "record-id": 4036,
            "updated": {
                "date-parts": [[2004, 3, 6]],
                "date-time": "2004-03-06T00:00:00Z",
                "timestamp": 1078531200000,
            },
        },
        {
            "DOI": "10.1016/S0140-6736(10)60175-4",
            "type": "retraction",
            "label": "Retraction",
            "source": "publisher",
            "updated": {
                "date-parts": [[2010, 2, 6]],
                "date-time": "2010-02-06T00:00:00Z",
                "timestamp": 1265414400000,
            },
        },
        {
            "DOI": "10.1016/s0140-6736(10)60175-4",
            "type": "retraction",
            "label": "Retraction",
            "source": "retraction-watch",
            "record-id": 4037,
            "updated": {"date-parts": [[2010, 2, 2]]},
        },
        {
            "DOI": "10.1016/new",
            "type": "new_edition",
            "label": "New edition",
            "updated": {"date-parts": [[2011]]},
        },
    ],
}
SOUND = {"DOI": "10.1126/science.adp1848", "title": ["Considerations"], "update-to": []}
NOTICE = {
    "DOI": "10.1016/s0140-6736(10)60175-4",
    "title": ["Retraction—Ileal-lymphoid-nodular hyperplasia"],
    "update-to": [{"DOI": WAKEFIELD, "type": "retraction", "label": "Retraction"}],
}


def crossref(world, *works: dict[str, object]) -> None:
    """Crossref with these works, asked by filter or one by one."""
    known = {str(work["DOI"]): work for work in works}

    def answer(request):
        if request.path == "/works":
            wanted = [each.removeprefix("doi:") for each in request.query["filter"].split(",")]
            items = [known[doi] for doi in wanted if doi in known]
            body = {
                "status": "ok",
                "message-type": "work-list",
                "message": {"total-results": len(items), "items": items},
            }
            return Reply(200, json.dumps(body).encode(), JSON)
        from urllib.parse import unquote  # noqa: PLC0415

        doi = unquote(request.path.removeprefix("/works/"))
        return Reply(200, json.dumps({"message": known[doi]}).encode(), JSON) if doi in known else Reply(404)

    world.handle("api.crossref.org", "/works", answer)


def test_work_is_read_and_not_the_notice(world, clock):
    """`update-to` stands on the notice: an editor who cites the notice cites nothing retracted."""
    crossref(world, RETRACTED, SOUND, NOTICE)
    sources = [SourceFactory(doi=work["DOI"]) for work in (RETRACTED, SOUND, NOTICE)]

    refreshed = refresh_notices(sources, clock.now())

    assert set(refreshed.new) == {str(sources[0].pk)}
    assert refreshed.unasked == frozenset()
    rows = WorkNotice.objects.order_by("date").values_list("doi", "kind", "notice_doi", "date", "origin")
    assert list(rows) == [
        (WAKEFIELD, "retraction", "10.1016/s0140-6736(04)15715-2", "2004-03-06", "Retraction Watch"),
        (WAKEFIELD, "retraction", "10.1016/s0140-6736(10)60175-4", "2010-02-06", "Crossref"),
    ]
    assert [each.notice_doi for each in notices_about(sources[0])] == [
        "10.1016/s0140-6736(10)60175-4",
        "10.1016/s0140-6736(04)15715-2",
    ]


def test_notice_is_new_once(world, clock):
    crossref(world, RETRACTED)
    one = SourceFactory(doi=WAKEFIELD.upper(), url="")
    first = refresh_notices([one], clock.now())
    clock.advance(days=7)
    second = refresh_notices([one], clock.now())

    assert len(first.new[str(one.pk)]) == 2
    assert second.new == {}
    assert WorkNotice.objects.count() == 2


def test_two_sources_of_one_work_both_get_its_notice(world, clock):
    crossref(world, RETRACTED)
    sources = [
        SourceFactory(doi=WAKEFIELD),
        SourceFactory(url=f"https://www.thelancet.example/doi/full/{WAKEFIELD}"),
    ]

    refreshed = refresh_notices(sources, clock.now())

    assert set(refreshed.new) == {str(each.pk) for each in sources}


def test_works_are_asked_for_by_twenty_in_one_question(world, clock):
    works = [{"DOI": f"10.1234/w{n}", "title": ["W"]} for n in range(45)]
    works[33]["updated-by"] = [
        {"DOI": "10.1234/n", "type": "expression-of-concern", "updated": {"date-parts": [[2024]]}}
    ]
    works += [{"DOI": "10.1234/a,b", "title": ["W"], "updated-by": [{"type": "withdrawal"}]}]
    crossref(world, *works)
    sources = [SourceFactory(doi=work["DOI"]) for work in works]

    first = refresh_notices(sources, clock.now())
    assert 0 < len(first.unasked) < len(sources)  # the registry's turn comes a second later
    clock.advance(minutes=1)
    pending, rounds = first, 1
    new = dict(first.new)
    while pending.unasked:
        pending = refresh_notices([each for each in sources if str(each.pk) in pending.unasked], clock.now())
        new |= pending.new
        clock.advance(minutes=1)
        rounds += 1

    assert rounds == 4
    assert len([each for each in world.requests if each.host == "api.crossref.org"]) == 4
    assert {(row.doi, row.kind, row.date) for rows in new.values() for row in rows} == {
        ("10.1234/w33", NoticeKind.CONCERN, "2024"),
        ("10.1234/a,b", NoticeKind.WITHDRAWAL, ""),
    }


@pytest.mark.parametrize(
    ("comment", "is_withdrawn"),
    [
        ("", False),
        ("12 pages, 3 figures", False),
        ("12 pages; withdrawn proofs put back", False),
        ("This paper has been withdrawn by the author", True),
        ("Withdrawn due to an error in Lemma 2", True),
        ("Submission was withdrawn by arXiv administrators", True),
        ("8 pages. This article has been temporarily withdrawn", True),
    ],
)
def test_withdrawn_preprint_is_noticed(world, clock, comment, is_withdrawn):
    more = f"<arxiv:comment xmlns:arxiv='http://arxiv.org/schemas/atom'>{comment}</arxiv:comment>"
    feed = _arxiv(
        "2401.00001v3", "A Title", ["A B"], "2024-01-01T00:00:00Z", updated="2024-05-06T00:00:00Z", more=more
    )
    world.handle(
        "export.arxiv.org", "/api", lambda request: Reply(200, feed, {"Content-Type": "application/atom+xml"})
    )
    source = SourceFactory(url="https://arxiv.org/abs/2401.00001v1")

    refreshed = refresh_notices([source], clock.now())

    rows = refreshed.new.get(str(source.pk), [])
    assert [(row.doi, row.kind, row.date) for row in rows] == (
        [("arxiv:2401.00001", "withdrawal", "2024-05-06")] if is_withdrawn else []
    )


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(429, b"", {"Retry-After": "60"}),
        Reply(200, b"not json", JSON),
        Reply(200, b"[" * 50_000, JSON),
    ],
)
def test_registry_that_fails_leaves_sources_unasked_and_rows_alone(world, clock, reply):
    world.handle("api.crossref.org", "/works", lambda request: reply)
    source = SourceFactory(doi=WAKEFIELD)

    refreshed = refresh_notices([source], clock.now())

    assert refreshed.new == {}
    assert refreshed.unasked == {str(source.pk)}
    assert not WorkNotice.objects.exists()


@pytest.mark.parametrize(
    "updates",
    [
        None,
        5,
        "x",
        [None],
        [[]],
        [{}],
        [{"type": 5}],
        [{"type": "retraction", "DOI": {"a": 1}, "updated": "2020"}],
    ],
)
def test_odd_answers_make_no_fault(world, clock, updates):
    crossref(world, {"DOI": WAKEFIELD, "updated-by": updates})
    source = SourceFactory(doi=WAKEFIELD)

    refreshed = refresh_notices([source], clock.now())

    assert refreshed.unasked == frozenset()
    assert WorkNotice.objects.count() == sum(len(rows) for rows in refreshed.new.values()) <= 1


def test_work_that_was_not_asked_for_is_no_answer(world, clock):
    world.handle(
        "api.crossref.org",
        "/works",
        lambda request: Reply(
            200, json.dumps({"message": {**RETRACTED, "DOI": "10.1234/other"}}).encode(), JSON
        ),
    )

    assert [notices for _works, notices in notices_of([WAKEFIELD])] == [[]]


def test_keys_of_a_source_are_its_works():
    assert work_keys(SourceFactory.build(doi="10.1126/SCIENCE.adp1848", url="https://example.org/a")) == [
        "10.1126/science.adp1848"
    ]
    assert work_keys(SourceFactory.build(doi="10.48550/arXiv.2401.00001", url="")) == ["arxiv:2401.00001"]
    assert work_keys(SourceFactory.build(doi="", url="https://arxiv.org/pdf/2401.00001v2")) == [
        "arxiv:2401.00001"
    ]
    assert work_keys(SourceFactory.build(doi="", url="https://example.org/a")) == []
