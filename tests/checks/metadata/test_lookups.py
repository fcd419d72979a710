"""The look-up behind the desk's box: begun by an editor, done by the worker, read by that editor alone."""

import pytest

from controversies.checks.metadata import (
    LookupRefused,
    delete_old_lookups,
    lookup_result,
    lookups,
    start_lookup,
)
from controversies.models import SourceLookup
from tests.checks.world import Reply
from tests.factories import SourceFactory, UserFactory

from . import answers

pytestmark = pytest.mark.django_db(transaction=True)
ARTICLE = answers.CROSSREF[0]


@pytest.fixture(autouse=True)
def _checks_are_on(settings):
    settings.CHECKS = True
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture
def editor():
    return UserFactory()


@pytest.fixture
def crossref(world):
    """Crossref that knows one article, and DataCite that knows nothing."""
    world.handle(
        ARTICLE.host,
        ARTICLE.path,
        lambda request: Reply(200, ARTICLE.body, {"Content-Type": "application/json"}),
    )
    world.host("api.datacite.org")
    return world


def test_lookup_is_done_and_says_where_each_value_comes_from(crossref, clock, editor):
    lookup = start_lookup(editor, f"  doi:{ARTICLE.pasted} ")
    result = lookup_result(lookup.key, editor)

    assert (result.state, result.kind, result.failure) == ("done", "doi", "")
    assert result.values["title"] == {"value": ARTICLE.wanted["title"], "origin": "Crossref"}
    assert result.values["date"] == {"value": "2024-10-10", "origin": "Crossref"}
    assert result.on_record == []


def test_source_on_record_comes_with_the_answer(crossref, clock, editor, django_assert_max_num_queries):
    own = SourceFactory(url="https://www.science.org/doi/abs/10.1126/science.adp1848")
    lookup = start_lookup(editor, ARTICLE.pasted)

    with django_assert_max_num_queries(2):
        assert lookup_result(lookup.key, editor).on_record == [own]


def test_source_that_only_the_answer_reveals_is_on_record(world, clock, editor):
    """A PubMed number is on no source; the DOI that PubMed gives is."""
    article = answers.PUBMED[0]
    world.handle(
        article.host, article.path, lambda request: Reply(200, article.body, {"Content-Type": "text/xml"})
    )
    own = SourceFactory(url="", doi="10.1038/S41586-024-08141-1")

    assert lookup_result(start_lookup(editor, article.pasted).key, editor).on_record == [own]


def test_lookup_is_its_users_alone(crossref, clock, editor):
    lookup = start_lookup(editor, ARTICLE.pasted)

    assert lookup_result(lookup.key, UserFactory()) is None
    assert lookup_result("00000000-0000-4000-8000-000000000000", editor) is None
    assert lookup_result("no key", editor) is None


def test_same_text_is_one_lookup(crossref, clock, editor):
    first = start_lookup(editor, ARTICLE.pasted)

    assert start_lookup(editor, f"{ARTICLE.pasted}\n").key == first.key
    assert start_lookup(UserFactory(), ARTICLE.pasted).key != first.key
    clock.advance(minutes=11)
    assert start_lookup(editor, ARTICLE.pasted).key != first.key


def test_task_that_runs_again_changes_nothing(crossref, clock, editor):
    lookup = start_lookup(editor, ARTICLE.pasted)
    before = SourceLookup.objects.values().get()
    asked = len(crossref.requests)

    lookups.look_up_source.func(str(lookup.key))
    lookups.look_up_source.func("00000000-0000-4000-8000-000000000000")

    assert SourceLookup.objects.values().get() == before
    assert len(crossref.requests) == asked


def test_checks_that_are_off_say_so_and_ask_nobody(crossref, clock, editor, settings):
    settings.CHECKS = False
    result = lookup_result(start_lookup(editor, ARTICLE.pasted).key, editor)

    assert result.state == "failed"
    assert "switched off" in result.failure
    assert crossref.requests == []


def test_checks_that_are_off_still_show_what_is_on_record(clock, editor, settings):
    settings.CHECKS = False
    own = SourceFactory(doi="10.1126/science.adp1848")

    assert lookup_result(start_lookup(editor, ARTICLE.pasted).key, editor).on_record == [own]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "10.1126/science.adp1848",
            {"doi": "10.1126/science.adp1848", "url": "https://doi.org/10.1126/science.adp1848"},
        ),
        (
            "https://www.science.org/doi/10.1126/science.adp1848",
            {"doi": "10.1126/science.adp1848", "url": "https://www.science.org/doi/10.1126/science.adp1848"},
        ),
        (
            "arXiv:2403.07918v2",
            {
                "publisher": "arXiv:2403.07918",
                "kind": "preprint",
                "url": "https://arxiv.org/abs/2403.07918",
                "doi": "10.48550/arxiv.2403.07918",
            },
        ),
        ("PMID: 12345", {"url": "https://pubmed.ncbi.nlm.nih.gov/12345/"}),
        ("0-306-40615-2", {"kind": "book", "isbn": "9780306406157"}),
        ("https://example.org/a?utm_id=1", {"url": "https://example.org/a"}),
        ("The Bitter Lesson", {"title": "The Bitter Lesson"}),
        ("ISBN 978-0-306-40615-8", {}),
    ],
)
def test_what_an_identifier_says_by_itself_is_proposed_without_network(editor, clock, settings, text, values):
    settings.CHECKS = False
    result = lookup_result(start_lookup(editor, text).key, editor)

    assert {name: each["value"] for name, each in result.values.items()} == values


def test_worker_that_does_not_run_is_told(clock, editor, settings):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    lookup = start_lookup(editor, ARTICLE.pasted)

    assert lookup_result(lookup.key, editor).state == "waiting"
    clock.advance(minutes=2)
    result = lookup_result(lookup.key, editor)
    assert result.state == "failed"
    assert "worker" in result.failure
    assert result.values["doi"]["value"] == "10.1126/science.adp1848"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(500, b"oops"), "no answer"),
        (Reply(429, b"slow down", {"Retry-After": "3600"}), "no answer"),
        (Reply(200, b"<html><body>Crossref is down", {"Content-Type": "text/html"}), "no answer"),
        (Reply(200, b"[" * 100_000, {"Content-Type": "application/json"}), "no answer"),
        (
            Reply(200, b'{"message": {"title": 5, "DOI": []}}', {"Content-Type": "application/json"}),
            "No registry",
        ),
        (Reply(404, b"Resource not found."), "No registry"),
    ],
)
def test_registry_that_fails_is_told(world, clock, editor, reply, words):
    world.handle("api.crossref.org", "/works", lambda request: reply)
    world.host("api.datacite.org")
    world.host("doi.org")
    result = lookup_result(start_lookup(editor, ARTICLE.pasted).key, editor)

    assert result.state == "failed"
    assert words.lower() in result.failure.lower()
    assert result.values == {
        "url": {"value": "https://doi.org/10.1126/science.adp1848", "origin": "what you pasted"},
        "doi": {"value": "10.1126/science.adp1848", "origin": "what you pasted"},
    }


def test_isbn_with_a_slip_is_told(clock, editor):
    result = lookup_result(start_lookup(editor, "ISBN 978-0-306-40615-8").key, editor)

    assert result.state == "failed"
    assert "last digit" in result.failure


def test_fault_of_ours_is_told_and_logged(world, clock, editor, monkeypatch, caplog):
    def broken(*_args, **_options):
        raise RuntimeError("a fault")

    monkeypatch.setattr(lookups, "look_up", broken)
    result = lookup_result(start_lookup(editor, ARTICLE.pasted).key, editor)

    assert result.state == "failed"
    assert "failed" in result.failure
    assert "a fault" in caplog.text


@pytest.mark.parametrize("text", ["", " \n", "x" * 2_001])
def test_text_that_is_no_use_is_refused(editor, clock, text):
    with pytest.raises(LookupRefused):
        start_lookup(editor, text)
    assert not SourceLookup.objects.exists()


def test_user_who_asks_too_often_waits(editor, clock, settings):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    for n in range(lookups.PER_MINUTE):
        start_lookup(editor, f"Title {n}")
    with pytest.raises(LookupRefused):
        start_lookup(editor, "One more")
    start_lookup(UserFactory(), "One more")
    clock.advance(minutes=2)
    start_lookup(editor, "One more")


def test_lookups_go_after_a_day(editor, clock, settings):
    settings.CHECKS = False
    start_lookup(editor, "Old")
    clock.advance(hours=23)
    start_lookup(editor, "Young")
    clock.advance(hours=2)

    assert delete_old_lookups() == 1
    assert SourceLookup.objects.get().text == "Young"


def test_every_failure_has_words():
    codes = set(lookups.FAILURES)

    assert {
        "no-answer",
        "busy",
        "unknown",
        "not-understood",
        "check-digit",
        "off",
        "no-worker",
        "error",
    } <= codes
    assert codes >= set(registries_codes())


def registries_codes():
    from controversies.checks.metadata import registries  # noqa: PLC0415

    return {*registries._PAGE_FAILURES.values(), "wall", "no-metadata", "unreadable"}
