"""Verdicts on quotations and sources on the edit page: drawn with it, fetched by its script, asked about on saving."""

import datetime
import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from controversies import history
from controversies import models as m
from controversies.workflow import proposals
from tests.admin.editing import Sent, change_url, fields, opened
from tests.factories import (
    CitationTaskFactory,
    ControversyFactory,
    QuoteCheckFactory,
    Recorded,
    SourceCheckFactory,
    SourceFactory,
    SourceStateFactory,
    UserFactory,
    new_key,
    source_block,
    text_digest,
)
from tests.markup import one_line

pytestmark = pytest.mark.django_db
ASK = "/admin/controversies/controversy/quote/"
OTHER = "Words that the source does not have."


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(UserFactory(role="editor"))
    return client


def quoted(page: Recorded) -> Any:
    return next(each for each in page.document.citations() if each.quote)


def source_of(citation: Any) -> m.Source:
    return m.Source.objects.get(pk=citation.source)


def chips(html: str, key: str) -> str:
    """What stands beside a citation."""
    match = re.search(
        rf'<div class="chips" id="checks-{key}".*?(?=<div class="chips"|</fieldset>)', one_line(html)
    )
    assert match is not None
    return match[0]


def drawn(client: Client, page: Recorded, key: str) -> str:
    return chips(client.get(change_url(page.key)).content.decode(), key)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"verdict": "found"}, "Found in the source</p>"),
        ({"verdict": "found", "page": 7}, "Found in the source, on page 7"),
        ({"verdict": "punctuation", "selector": {"exact": "“Quote” <it>."}}, "punctuation differs"),
        (
            {"verdict": "punctuation", "selector": {"exact": "“Quote” <it>."}},
            'data-exact="“Quote” &lt;it&gt;."',
        ),
        ({"verdict": "doubt", "notes": ["denied"]}, "The source denies these words"),
        ({"verdict": "doubt", "notes": ["of another version"]}, "In doubt"),
        ({"verdict": "absent", "nearest": "A passage <b>nearby</b>."}, "Show the nearest passage"),
        ({"verdict": "absent", "nearest": "A passage <b>nearby</b>."}, "&lt;b&gt;nearby&lt;/b&gt;"),
        ({"verdict": "absent"}, "Not found in the source"),
        ({"verdict": "unread"}, "a scan or a page made by scripts"),
        ({"verdict": "unread", "notes": ["encrypted"]}, "only be read with a password"),
    ],
)
def test_recorded_verdict_is_drawn_beside_the_quotation(
    editor: Client, values: dict[str, Any], words: str
) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    SourceStateFactory(source=source_of(citation))
    QuoteCheckFactory(source=source_of(citation), quote=citation.quote, **values)

    assert words in drawn(editor, page, citation.key)


def test_quotation_found_in_a_copy_names_its_day(editor: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    source = source_of(citation)
    copy = m.SourceCopy.objects.create(
        source=source, time=datetime.datetime(2026, 3, 4, tzinfo=datetime.UTC), text="Long."
    )
    SourceStateFactory(source=source, verdict="gone")
    QuoteCheckFactory(source=source, quote=citation.quote, copy=copy)

    html = drawn(editor, page, citation.key)

    assert "Found in the copy of March 4, 2026" in html
    assert "This source has been gone since" in html


def test_faults_of_the_source_are_drawn_beside_it(editor: Client) -> None:
    source = SourceFactory(doi="10.5555/Abc")
    page = ControversyFactory(sources=[source], citations=1)
    [citation] = page.document.citations()
    SourceStateFactory(source=source, verdict="moved", moved_to="https://elsewhere.example/")
    SourceCheckFactory(source=source, title="A <title>", title_match="other")
    for kind in ("correction", "retraction"):
        m.WorkNotice.objects.create(
            doi="10.5555/abc", kind=kind, notice_doi="10.5555/n", origin="Crossref", seen_at=timezone.now()
        )

    html = drawn(editor, page, citation.key)

    texts = re.findall(r'<p class="chip" data-chip="(\w+)">([^<]+)', html)
    assert [(kind, text.strip()) for kind, text in texts] == [
        ("retracted", "Retracted"),
        ("corrected", "Corrected"),
        ("moved", "This source has moved to another address"),
        ("title", "Its page has another title: “A &lt;title&gt;”"),
    ]
    assert 'href="https://doi.org/10.5555/n"' in html


def test_nothing_is_drawn_of_what_was_never_looked_at_or_is_well(editor: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    assert "data-chip=" not in drawn(editor, page, citation.key)
    state = SourceStateFactory(source=source_of(citation))
    SourceCheckFactory(source=source_of(citation))
    assert "data-chip=" not in drawn(editor, page, citation.key)
    state.is_urgent = True
    state.save()
    html = drawn(editor, page, citation.key)
    assert "Being checked…" in html
    assert "data-waiting" in html


def test_checks_that_are_off_leave_the_form_as_it_was(editor: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    SourceStateFactory(source=source_of(citation))
    QuoteCheckFactory(source=source_of(citation), quote=citation.quote, verdict="absent")
    with override_settings(CHECKS=False):
        html = editor.get(change_url(page.key)).content.decode()
        assert "data-chip=" not in chips(html, citation.key)
        sent = opened(editor, change_url(page.key))
        sent[f"{citation.key}-quote"] = OTHER
        sent["reason-summary"] = "Why."
        assert save(editor, page, sent).status_code == 302
        assert not m.SourceState.objects.filter(is_urgent=True).exists()


def test_queries_do_not_grow_with_the_citations(editor: Client) -> None:
    def count(page: Recorded) -> int:
        for citation in page.document.citations():
            source = source_of(citation)
            SourceStateFactory(source=source)
            SourceCheckFactory(source=source)
            if citation.quote:
                QuoteCheckFactory(source=source, quote=citation.quote, verdict="absent", nearest="Near.")
        editor.get(change_url(page.key))
        with CaptureQueriesContext(connection) as queries:
            assert editor.get(change_url(page.key, "?all=1")).status_code == 200
        return len(queries)

    few = count(ControversyFactory(positions=2, citations=4))
    assert count(ControversyFactory(positions=20, citations=60)) == few
    assert few <= 12


def test_form_opens_at_a_citation_in_a_block_that_is_shut(editor: Client) -> None:
    page = ControversyFactory(positions=9, points=0, stances=0, backings=0, citations=9)
    citation = page.document.positions[7].citations[0]

    shut = editor.get(change_url(page.key)).content.decode()
    assert f'id="block-{citation.key}"' not in shut
    html = editor.get(change_url(page.key, f"?open={citation.key}")).content.decode()
    assert f'id="block-{citation.key}"' in html
    assert html.count("data-shut") == shut.count("data-shut") - 1
    assert editor.get(change_url(page.key, "?open=x'")).content.decode().count("data-shut") == shut.count(
        "data-shut"
    )


def test_block_fetched_later_has_its_verdicts(editor: Client) -> None:
    page = ControversyFactory(positions=9, points=0, stances=0, backings=0, citations=18)
    position, citation = next(
        (position, each) for position in page.document.positions for each in position.citations if each.quote
    )
    SourceStateFactory(source=source_of(citation))
    QuoteCheckFactory(source=source_of(citation), quote=citation.quote, verdict="absent")

    html = editor.get(change_url(page.key, f"?block={position.key}&shown=1")).content.decode()

    assert "Not found in the source" in chips(html, citation.key)


# -- what the script asks --


def ask(client: Client, source: Any, quote: str) -> Any:
    return client.post(ASK, {"key": new_key(), "source": str(source), "quote": quote})


def test_script_is_answered_with_what_is_known_or_told_to_wait(editor: Client) -> None:
    source = SourceFactory()
    html = ask(editor, source.pk, OTHER).content.decode()
    assert "Being checked…" in html
    assert "data-waiting" in html
    state = m.SourceState.objects.get()
    assert state.is_urgent
    assert not m.QuoteCheck.objects.exists()  # the words are stored nowhere

    state.is_urgent, state.checked_at = False, timezone.now()
    state.save()
    QuoteCheckFactory(source=source, quote=OTHER, verdict="absent", nearest="Words that it has.")
    html = ask(editor, source.pk, f" {OTHER}\r\n").content.decode()
    assert "Not found in the source" in html
    assert f'name="absent" value="{text_digest(OTHER)}"' in html
    assert "data-waiting" not in html


def test_script_is_answered_with_nothing_for_a_source_that_is_new_or_no_quotation(editor: Client) -> None:
    assert "data-chip=" not in ask(editor, new_key(), OTHER).content.decode()
    assert "data-chip=" not in ask(editor, SourceFactory().pk, "").content.decode()
    assert "data-chip=" not in ask(editor, "", OTHER).content.decode()
    with override_settings(CHECKS=False):
        assert "data-chip=" not in ask(editor, SourceFactory().pk, OTHER).content.decode()


@pytest.mark.parametrize(
    ("name", "value"), [("key", "x"), ("source", "x"), ("quote", "long"), ("key", '"><script>')]
)
def test_script_asks_no_such_thing(editor: Client, name: str, value: str) -> None:
    sent = {"key": new_key(), "source": str(SourceFactory().pk), "quote": OTHER}
    sent[name] = value * (5_001 if name == "quote" else 1)
    assert editor.post(ASK, sent).status_code == 400


def test_contributors_may_ask_and_readers_may_not(client: Client) -> None:
    source = SourceFactory()
    client.force_login(UserFactory(is_staff=True))
    assert ask(client, source.pk, OTHER).status_code == 403
    client.force_login(UserFactory(role="contributor"))
    assert "Being checked…" in ask(client, source.pk, OTHER).content.decode()


# -- on saving --


def save(client: Client, page: Recorded, sent: Sent) -> Any:
    return client.post(change_url(page.key), {**sent.data(), "_save": "1"})


def number(page: Recorded) -> int:
    head = history.head(page.key)
    assert head is not None
    return head.number


def requote(client: Client, page: Recorded, key: str, quote: str = OTHER) -> Sent:
    sent = opened(client, change_url(page.key))
    sent[f"{key}-quote"] = quote
    sent["reason-summary"] = "A quotation."
    return sent


def test_quotation_known_as_not_found_is_asked_about_once_and_the_second_press_saves(editor: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    sent = requote(editor, page, citation.key)
    sent.append(["absent", text_digest(OTHER)])

    response = save(editor, page, sent)

    html = one_line(response.content.decode())
    assert response.status_code == 200
    assert number(page) == 1
    assert "Not saved yet: a quotation was not found in its source" in html
    assert f'href="#id_{citation.key}-quote"' in html
    assert "your attention" not in html
    again = opened_again(response)
    assert again[f"{citation.key}-quote"] == OTHER
    assert save(editor, page, again).status_code == 302
    assert number(page) == 2


def opened_again(response: Any) -> Sent:
    return fields(response.content.decode())


def test_recorded_verdict_is_asked_about_too_with_and_without_scripts(editor: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    QuoteCheckFactory(source=source_of(citation), quote=OTHER, verdict="absent")

    response = save(editor, page, requote(editor, page, citation.key))
    assert "Not saved yet" in response.content.decode()
    again = opened_again(response)
    again[f"{citation.key}-quote"] = "Third words."  # a change of mind: they are asked about by themselves
    QuoteCheckFactory(source=source_of(citation), quote="Third words.", verdict="absent")
    response = save(editor, page, again)
    assert "Not saved yet" in response.content.decode()
    again = opened_again(response)
    again[f"{citation.key}-quote"] = OTHER  # asked about already
    assert save(editor, page, again).status_code == 302


def test_reason_and_quotation_are_asked_for_together(editor: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    sent = requote(editor, page, citation.key)
    sent["reason-summary"] = ""
    sent.append(["absent", text_digest(OTHER)])

    response = save(editor, page, sent)
    assert "Not saved yet" in response.content.decode()
    assert "Readers will see why the page changed." in response.content.decode()
    assert save(editor, page, opened_again(response)).status_code == 302


def test_what_was_there_before_is_not_asked_about(editor: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    SourceStateFactory(source=source_of(citation))
    QuoteCheckFactory(source=source_of(citation), quote=citation.quote, verdict="absent")
    sent = opened(editor, change_url(page.key))
    assert sent["absent"] == text_digest(citation.quote)
    sent["head-status_summary"] = "Something else."
    sent["reason-summary"] = "Elsewhere."

    assert save(editor, page, sent).status_code == 302


def test_contributors_are_asked_too(client: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)
    client.force_login(UserFactory(role="contributor"))
    citation = quoted(page)
    sent = requote(client, page, citation.key)
    sent.append(["absent", text_digest(OTHER)])

    response = save(client, page, sent)
    assert "Not saved yet" in response.content.decode()
    assert not m.Proposal.objects.exists()
    assert save(client, page, opened_again(response)).status_code == 302
    assert m.Proposal.objects.count() == 1
    assert not m.SourceState.objects.exists()  # nothing is checked of what is only proposed


def test_save_has_the_sources_of_changed_citations_checked_and_no_others(editor: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    task = CitationTaskFactory(page=page, citation=citation, cause="quote")
    response = save(editor, page, requote(editor, page, citation.key))

    assert response.status_code == 302
    assert [str(state.source_id) for state in m.SourceState.objects.all()] == [citation.source]
    assert m.SourceState.objects.get().is_urgent
    task.refresh_from_db()
    assert (task.state, task.revision) == ("done", 2)
    html = editor.get("/admin/controversies/controversy/").content.decode()
    assert "The quotations that you changed are checked in the background." in html


def test_save_that_changes_no_citation_costs_no_query_more(editor: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)

    def count(change: dict[str, str]) -> int:
        sent = opened(editor, change_url(page.key))
        for name, value in change.items():
            sent[name] = value
        sent["reason-summary"] = "A change."
        with CaptureQueriesContext(connection) as queries:
            assert save(editor, page, sent).status_code == 302
        about = ("sourcestate", "citationtask", "quotecheck", "ox_")
        return sum(any(table in query["sql"] for table in about) for query in queries)

    assert count({"head-status_summary": "Something else."}) == 0
    # The question about it, the tasks that it closes, the request and the task of the worker.
    assert count({f"{quoted(page).key}-quote": "Other words, unknown."}) <= 5


def test_accepted_proposal_and_undone_revision_have_their_sources_checked(editor: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    positions = tuple(
        replace(
            position,
            citations=tuple(
                replace(each, quote=OTHER) if each.key == citation.key else each
                for each in position.citations
            ),
        )
        for position in page.document.positions
    )
    document = page.document.with_blocks(positions=positions)
    if document == page.document:
        context = replace(
            document.context,
            citations=tuple(
                replace(each, quote=OTHER) if each.key == citation.key else each
                for each in document.context.citations
            ),
        )
        document = document.with_blocks(context=context)
    proposal = proposals.propose(
        document, author=UserFactory(role="contributor"), reason="Better words.", base=1
    )
    url = f"/admin/controversies/proposal/{proposal.pk}/change/"

    assert editor.post(url, {"_accept": "1", "version": "1", "head": "1"}).status_code == 302

    assert number(page) == 2
    assert m.SourceState.objects.get().is_urgent
    m.SourceState.objects.update(is_urgent=False)
    undo = f"/admin/controversies/controversy/{page.key}/revisions/2/undo/"
    assert editor.post(undo, {"reason-summary": "It was right.", "base": "2"}).status_code == 302
    assert number(page) == 3
    assert m.SourceState.objects.get().is_urgent


# -- the page as text --


def test_page_as_text_has_the_same_as_notes_that_name_their_lines(editor: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    SourceStateFactory(source=source_of(citation), verdict="gone")
    QuoteCheckFactory(
        source=source_of(citation), quote=citation.quote, verdict="absent", nearest="Something <else>."
    )

    response = editor.get(change_url(page.key, "?text=1"))

    html = one_line(response.content.decode())
    text = response.context["form"].text
    match = re.search(r"Line (\d+)</a> \(([^)]+)\): Not found in the source", html)
    assert match is not None
    assert citation.quote[:20] in text.split("\n")[int(match[1]) - 1]
    assert "&lt;else&gt;" in html
    assert "This source has been gone since" in html


def test_page_as_text_asks_once_too(editor: Client) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    QuoteCheckFactory(source=source_of(citation), quote=OTHER, verdict="absent")
    url = change_url(page.key, "?text=1")
    sent = opened(editor, url)
    sent["text"] = sent["text"].replace(citation.quote, OTHER)
    sent["reason-summary"] = "A quotation."

    response = editor.post(url, {**sent.data(), "_save": "1"})
    assert "Not saved yet" in response.content.decode()
    assert number(page) == 1
    again = opened_again(response)
    assert editor.post(url, {**again.data(), "_save": "1"}).status_code == 302
    assert number(page) == 2


def test_a_new_source_in_a_proposal_is_no_fault(editor: Client) -> None:
    """Its key is nothing on record, and nothing is asked of it."""
    block = source_block()
    assert "data-chip=" not in ask(editor, block.key, OTHER).content.decode()
