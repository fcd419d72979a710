"""Decisions on the sources board: what each records, and what happens if it comes twice, or too late."""

import datetime
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from controversies import history
from controversies import models as m
from controversies.checks import decisions
from controversies.checks.copies import CopyDamaged, store
from controversies.checks.tasks import sync_tasks
from tests.admin.board.test_board import BOARD, board, cited, quoted, source_of
from tests.factories import (
    CitationTaskFactory,
    ControversyFactory,
    QuoteCheckFactory,
    Recorded,
    SourceCheckFactory,
    SourceFactory,
    SourceStateFactory,
    UserFactory,
    document_factory,
    text_digest,
)
from tests.markup import one_line

pytestmark = pytest.mark.django_db
NEW = "https://elsewhere.example/new"


@pytest.fixture
def edith(client: Client) -> Any:
    made = UserFactory(role="editor", first_name="Edith", last_name="")
    client.force_login(made)
    return made


def forms(client: Client, query: str = "") -> dict[str, dict[str, str]]:
    """What each button of the board sends, by its action."""
    sent: dict[str, dict[str, str]] = {}
    for form in re.findall(r'<form method="post".*?</form>', board(client, query)):
        fields = dict(re.findall(r'<input type="(?:hidden|text)" name="([^"]+)" value="([^"]*)"', form))
        fields.pop("csrfmiddlewaretoken", None)
        for action in re.findall(r'name="action" value="([^"]+)"', form):
            sent[action] = {**fields, "action": action}
    return sent


def send(client: Client, fields: dict[str, str], **changed: str) -> str:
    """Send a form of the board; return what the editor is told."""
    response = client.post(BOARD, {**fields, **changed}, follow=True)
    assert response.status_code == 200
    [told] = [str(message) for message in response.context["messages"]]
    return told


def heads(*pages: Recorded) -> list[int]:
    return [history.head(page.key).number for page in pages]  # type: ignore[union-attr]  # they are there


@pytest.fixture
def moved() -> tuple[m.Source, Recorded, Recorded]:
    source = SourceFactory(title="A moved work")
    pages = [ControversyFactory(sources=[source], citations=2, title=title) for title in ("One", "Two")]
    SourceStateFactory(source=source, verdict="moved", moved_to=NEW)
    for page in pages:
        for citation in page.document.citations():
            CitationTaskFactory(page=page, citation=citation, cause="moved", subject=text_digest(NEW))
    return source, pages[0], pages[1]


def test_new_address_is_a_revision_of_every_page_that_shows_the_source(
    client: Client, edith: Any, moved: Any
) -> None:
    source, first, second = moved
    form = forms(client)["use-address"]

    assert send(client, form) == "“A moved work” is brought up to date: a new revision of each of 2 pages."

    source.refresh_from_db()
    assert source.url == NEW
    for page in (first, second):
        head = history.head(page.key)
        assert head is not None
        assert (head.number, head.entry.author, head.entry.summary) == (
            2,
            edith.pk,
            "The source has moved: link brought up to date.",
        )
        assert [each.url for each in head.document.sources] == [NEW]
    tasks = m.CitationTask.objects.values_list("state", "closed_by", "revision")
    assert set(tasks) == {("done", edith.pk, 2)}
    assert m.SourceState.objects.get().due_at <= timezone.now()
    assert "Nothing needs a decision." in board(client)
    assert "by Edith, with revision 2 of the page." in board(client, "state=done")


def test_new_address_sent_twice_is_recorded_once(client: Client, edith: Any, moved: Any) -> None:
    _source, first, second = moved
    form = forms(client)["use-address"]
    send(client, form)

    assert "was like this already" in send(client, form)
    assert heads(first, second) == [2, 2]


def test_new_address_of_a_source_that_changed_meanwhile_is_refused(
    client: Client, edith: Any, moved: Any
) -> None:
    source, first, second = moved
    form = forms(client)["use-address"]
    with history.act(author=edith, summary="By hand."):
        source.url = "https://by-hand.example/"
        source.save()

    assert "Somebody changed this source" in send(client, form)
    m.SourceState.objects.update(moved_to="https://further.example/")
    assert "has moved on" in send(client, form)
    assert heads(first, second) == [2, 2]
    source.refresh_from_db()
    assert source.url == "https://by-hand.example/"


def test_new_address_that_another_source_has_is_refused_with_a_link_to_it(
    client: Client, edith: Any, moved: Any
) -> None:
    _source, first, second = moved
    form = forms(client)["use-address"]
    other = SourceFactory(title="The same work?", url=NEW)

    told = send(client, form)

    assert "“The same work?” has this address already." in told
    assert f"/admin/controversies/source/{other.pk}/change/" in told
    assert heads(first, second) == [1, 1]
    assert "use-address" not in forms(client)  # the board shows the other instead
    assert "The same work?" in board(client)
    assert m.CitationTask.objects.filter(state="open").count() == 4


def test_a_reason_of_ones_own_is_recorded(client: Client, edith: Any, moved: Any) -> None:
    _source, first, _second = moved
    send(client, forms(client)["use-address"], reason="  The court has a new site.  ")
    head = history.head(first.key)
    assert head is not None
    assert head.entry.summary == "The court has a new site."


def _check(source: m.Source) -> dict[str, str]:
    return {"source": str(source.pk), "action": "check"}


def test_copy_is_recorded_as_the_archived_copy(client: Client, edith: Any) -> None:
    page = ControversyFactory(citations=1)
    source = source_of(cited(page))
    SourceStateFactory(source=source, verdict="gone")
    copy = "https://web.archive.example/1/x"
    m.SourceCopy.objects.create(source=source, time=timezone.now(), snapshot_url=copy)
    CitationTaskFactory(page=page, citation=cited(page), cause="gone", subject=text_digest(source.url))
    form = forms(client)["use-copy"]

    assert "a new revision of 1 page" in send(client, form)
    assert "was like this already" in send(client, form)

    head = history.head(page.key)
    assert head is not None
    assert (head.number, head.document.sources[0].archive_url) == (2, copy)
    assert m.CitationTask.objects.get().state == "done"


def test_the_sources_words_replace_a_quotation_whose_punctuation_differs(client: Client, edith: Any) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    exact = citation.quote.replace(".", "!")
    QuoteCheckFactory(
        source=source_of(citation), quote=citation.quote, verdict="punctuation", selector={"exact": exact}
    )
    task = CitationTaskFactory(
        page=page, citation=citation, cause="quote", subject=text_digest(citation.quote)
    )
    form = forms(client)["use-words"]
    source_page = client.get(f"/admin/controversies/source/{citation.source}/change/").content.decode()
    assert source_page.count('value="use-words"') == 1

    assert send(client, form) == "The quotation now has the source’s own words: revision 2 of the page."
    assert "was like this already" in send(client, form)

    head = history.head(page.key)
    assert head is not None
    assert {each.key: each.quote for each in head.document.citations()}[citation.key] == exact
    assert head.number == 2
    task.refresh_from_db()
    assert (task.state, task.revision, task.closed_by) == ("done", 2, edith)


def test_the_sources_words_do_not_replace_a_quotation_that_changed_meanwhile(
    client: Client, edith: Any
) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    QuoteCheckFactory(
        source=source_of(citation), quote=citation.quote, verdict="punctuation", selector={"exact": "Other."}
    )
    CitationTaskFactory(page=page, citation=citation, cause="quote", subject=text_digest(citation.quote))
    form = forms(client)["use-words"]
    page.save(requoted(page, citation, "New words."))

    assert "Somebody changed this quotation" in send(client, form)
    assert heads(page) == [2]
    page.save(requoted(page, citation, citation.quote))
    m.QuoteCheck.objects.update(verdict="absent")
    assert "has been read again" in send(client, form)
    assert heads(page) == [3]


def requoted(page: Recorded, citation: Any, quote: str) -> Any:
    """The page with other words in one citation."""

    def change(position: Any) -> Any:
        citations = tuple(
            replace(each, quote=quote) if each.key == citation.key else each for each in position.citations
        )
        return replace(position, citations=citations)

    document = page.document
    changed = document.with_blocks(positions=tuple(map(change, document.positions)))
    if changed == document:
        context = replace(
            document.context,
            citations=tuple(
                replace(each, quote=quote) if each.key == citation.key else each
                for each in document.context.citations
            ),
        )
        changed = document.with_blocks(context=context)
    assert changed != document
    return changed


def test_a_title_that_is_right_is_remembered_and_does_not_come_back(client: Client, edith: Any) -> None:
    page = ControversyFactory(citations=1)
    source = source_of(cited(page))
    seen = "Just another title"
    SourceStateFactory(source=source, verdict="altered")
    SourceCheckFactory(source=source, title=seen, title_match="other")
    sync_tasks(source.pk)
    assert m.CitationTask.objects.get().cause == "title"
    form = forms(client)["accept-title"]

    assert "is remembered as the right title" in send(client, form)
    assert "is remembered as the right title" in send(client, form)

    state = m.SourceState.objects.get()
    assert state.accepted_title == text_digest(seen)
    sync_tasks(source.pk)
    task = m.CitationTask.objects.get()
    assert (task.state, task.closed_by, task.reason) == ("dismissed", edith, "The title on record is right.")
    assert heads(page) == [1]


def test_a_task_is_dismissed_once_with_a_reason_and_does_not_come_back_for_the_same(
    client: Client, edith: Any
) -> None:
    page = ControversyFactory(citations=1)
    source = source_of(cited(page))
    SourceStateFactory(source=source, verdict="gone")
    sync_tasks(source.pk)
    form = forms(client)["dismiss"]

    assert send(client, form, reason=" \u200b ") == "Give a reason. Other editors see it."
    assert send(client, form, reason="x" * 1001) == "At most 1000 characters."
    assert m.CitationTask.objects.get().state == "open"
    assert "will not come back" in send(client, form, reason="It is in print.")
    assert send(client, form, reason="Another reason.") == "This was decided already."

    task = m.CitationTask.objects.get()
    assert (task.state, task.reason, task.closed_by) == ("dismissed", "It is in print.", edith)
    sync_tasks(source.pk)
    assert m.CitationTask.objects.count() == 1
    with history.act(author=edith, summary="Another address."):
        source.url = "https://other.example/"
        source.save()
    sync_tasks(source.pk)
    assert m.CitationTask.objects.filter(state="open").count() == 1


def test_dismissal_of_what_has_changed_is_refused(client: Client, edith: Any, moved: Any) -> None:
    form = forms(client)["dismiss"]
    m.CitationTask.objects.update(subject=text_digest("https://further.example/"))

    assert "has changed since you opened the board" in send(client, form, reason="Fine.")
    assert not m.CitationTask.objects.exclude(state="open").exists()


def test_two_notices_are_decided_one_by_one(client: Client, edith: Any) -> None:
    page = ControversyFactory(positions=2, citations=2, sources=[SourceFactory(doi="10.5555/1")])
    m.WorkNotice.objects.create(
        doi="10.5555/1",
        kind="retraction",
        notice_doi="10.5555/2",
        date="2026-03",
        origin="Crossref",
        seen_at=timezone.now(),
    )
    SourceStateFactory(source=source_of(cited(page)))
    sync_tasks(source_of(cited(page)).pk)
    html = board(client)
    assert html.count('class="board-item"') == 2
    assert '<a href="https://doi.org/10.5555/2"' in html
    assert "Retracted (2026-03)" in html

    send(client, forms(client)["dismiss"], reason="It is cited as retracted.")

    assert m.CitationTask.objects.filter(state="open").count() == 1


def test_check_now_is_asked_for_once_and_shown_as_under_way(client: Client, edith: Any, moved: Any) -> None:
    source, _first, _second = moved

    assert "is under way" in send(client, forms(client)["check"])

    state = m.SourceState.objects.get()
    assert state.is_urgent
    assert state.due_at <= timezone.now()
    html = board(client)
    assert "Being checked…" in html
    assert "data-under-way" in html
    assert "check" not in forms(client)
    with override_settings(CHECKS=False):
        assert "switched off" in send(client, _check(source))
        assert "check" not in forms(client)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"action": "check", "source": "1"},
        {"action": "destroy", "source": "SOURCE"},
        {"action": "dismiss", "source": "SOURCE", "about": "x"},
        {"action": "use-words", "source": "SOURCE"},
        {"action": "accept-title", "source": "SOURCE", "new": "x" * 5001},
    ],
)
def test_what_no_form_sends_is_refused(
    client: Client, edith: Any, moved: Any, fields: dict[str, str]
) -> None:
    sent = {name: value.replace("SOURCE", str(moved[0].pk)) for name, value in fields.items()}
    assert client.post(BOARD, sent).status_code == 400
    assert not m.CitationTask.objects.exclude(state="open").exists()


def test_a_source_that_is_gone_from_the_record_is_said_so(client: Client, edith: Any) -> None:
    assert "no longer on record" in send(client, _check(SourceFactory.build()))


def test_a_hostile_address_is_no_link_and_is_not_recorded(client: Client, edith: Any, moved: Any) -> None:
    source, first, _second = moved
    evil = "javascript:alert(1)"
    m.SourceState.objects.update(moved_to=evil)
    form = {**forms(client)["dismiss"], "action": "use-address", "old": source.url, "new": evil}

    told = send(client, form)

    assert "http" in told
    assert heads(first) == [1]
    assert f'href="{evil}"' not in board(client)


# -- decisions that a revision takes --


def test_a_revision_closes_the_tasks_of_what_it_removed_or_changed() -> None:
    user = UserFactory(role="editor")
    page = ControversyFactory(positions=3, points=0, backings=0, stances=0, citations=6)
    before = page.document
    citations = list(before.citations())
    tasks = {
        (citation.key, cause): CitationTaskFactory(page=page, citation=citation, cause=cause)
        for citation in citations
        for cause in ("quote", "gone")
    }
    position = next(each for each in before.positions if len(each.citations) > 1)
    first, second = position.citations[:2]
    changed = replace(position, citations=(replace(first, quote="Other words."), *position.citations[2:]))
    document = before.with_blocks(
        positions=tuple(changed if each.key == position.key else each for each in before.positions)
    )
    page.save(document)

    assert decisions.close_for_page(before, document, user=user) == 3

    done = {key for key, task in tasks.items() if m.CitationTask.objects.get(pk=task.pk).state == "done"}
    assert done == {(first.key, "quote"), (second.key, "quote"), (second.key, "gone")}
    closed = m.CitationTask.objects.filter(state="done")
    assert set(closed.values_list("closed_by", "revision")) == {(user.pk, 2)}
    assert decisions.close_for_page(before, document, user=user) == 0
    assert decisions.close_for_page(None, document_factory(), user=user) == 0


def test_sources_to_check_are_those_of_new_and_changed_citations() -> None:
    document = document_factory(positions=2, citations=4)
    assert decisions.sources_to_check(document, document) == []
    assert set(decisions.sources_to_check(None, document)) == {each.key for each in document.sources}
    citation = next(each for each in document.positions[0].citations)
    position = replace(
        document.positions[0],
        citations=tuple(
            replace(each, quote="Other.") if each.key == citation.key else each
            for each in document.positions[0].citations
        ),
    )
    changed = document.with_blocks(positions=(position, *document.positions[1:]))
    assert decisions.sources_to_check(document, changed) == [citation.source]


def test_a_change_of_the_source_by_hand_closes_what_it_answers(client: Client, edith: Any) -> None:
    page = ControversyFactory(citations=1)
    source = source_of(cited(page))
    for cause in ("gone", "title", "quote"):
        CitationTaskFactory(page=page, citation=cited(page), cause=cause)
    url = f"/admin/controversies/source/{source.pk}/change/"
    drawn = client.get(url).context["adminform"].form
    data = {name: str(drawn.initial.get(name, "")) for name in drawn.fields if drawn.initial.get(name)}

    response = client.post(url, {**data, "url": "https://new.example/", "reason": "It moved."})

    assert response.status_code == 302
    states = dict(m.CitationTask.objects.values_list("cause", "state"))
    assert states == {"gone": "done", "title": "open", "quote": "open"}
    assert m.CitationTask.objects.get(cause="gone").revision == 2
    assert m.SourceState.objects.get().is_urgent


def test_the_page_of_a_source_shows_what_was_seen(client: Client, edith: Any) -> None:
    page = ControversyFactory(positions=2, citations=4)
    citation = quoted(page)
    source = source_of(citation)
    url = f"/admin/controversies/source/{source.pk}/change/"
    assert "Not checked yet." in client.get(url).content.decode()
    SourceStateFactory(source=source, verdict="blocked")
    SourceCheckFactory(
        source=source, seen="blocked", status=403, title="", hops=[[301, source.url], [403, NEW]]
    )
    SourceCheckFactory(source=source, title="A <title> seen")
    QuoteCheckFactory(source=source, quote=citation.quote, verdict="unread")
    CitationTaskFactory(page=page, citation=citation)

    html = one_line(client.get(url).content.decode())

    assert re.search(r"<strong>Blocked since [^<]+\.</strong>", html)
    assert "A &lt;title&gt; seen" in html
    assert f"→ {NEW}" in html
    assert "refused (403)" in html
    assert "The source cannot be read by machines" in html
    assert "1 citation of it has an open question" in html
    assert f"?open={citation.key}#block-{citation.key}" in html
    response = client.post(BOARD, {**_check(source), "from_source": "1"})
    assert response["Location"] == f"{url}#checks"
    assert "Being checked…" in client.get(url).content.decode()
    client.force_login(UserFactory(role="contributor"))
    assert "What checks saw" not in client.get(url).content.decode()


@pytest.fixture
def copied(tmp_path: Path, settings: Any) -> m.SourceCopy:
    """A copy with its file."""
    settings.CHECKS_DIR = tmp_path
    return m.SourceCopy.objects.create(
        source=SourceFactory(slug="a-work"),
        time=datetime.datetime(2026, 3, 4, tzinfo=datetime.UTC),
        media_type="text/html",
        text="Its text.",
        warc_sha256=store.write(b"WARC <script>"),
    )


def test_a_copy_is_handed_out_to_editors_only_and_never_opened(
    client: Client, edith: Any, copied: m.SourceCopy
) -> None:
    url = f"/admin/controversies/source/{copied.source_id}/copies/{copied.pk}/"
    assert url in client.get(f"/admin/controversies/source/{copied.source_id}/change/").content.decode()

    response = client.get(url)

    assert response.content == b"WARC <script>"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="a-work-2026-03-04.warc.gz"'
    assert "no-store" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    other = url.replace(str(copied.source_id), str(SourceFactory().pk))
    assert client.get(other).status_code == 404
    client.force_login(UserFactory(role="contributor"))
    assert client.get(url).status_code == client.post(url).status_code == 403
    assert m.SourceCopy.objects.get().text


def test_a_deleted_copy_leaves_its_digest(client: Client, edith: Any, copied: m.SourceCopy) -> None:
    url = f"/admin/controversies/source/{copied.source_id}/copies/{copied.pk}/"

    for message in ("The copy of March 4, 2026 is deleted.", "This copy was deleted already."):
        html = one_line(client.post(url, follow=True).content.decode())
        assert message in html

    assert "deleted on" in html
    assert copied.warc_sha256 in html
    copy = m.SourceCopy.objects.get()
    assert (copy.text, copy.warc_sha256) == ("", copied.warc_sha256)
    assert client.get(url).status_code == 404
    with pytest.raises(CopyDamaged):
        store.read(copied.warc_sha256)
