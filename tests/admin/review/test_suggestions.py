"""Readers' suggestions at the desk: the queue, one's page, the edit form opened for one."""

import datetime
import re
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.test import Client
from django.utils import timezone

from controversies import history
from controversies.models import Suggestion
from controversies.workflow import suggestions
from tests.admin.editing import change_url, fields, opened
from tests.factories import ControversyFactory, Recorded, UserFactory, document_factory
from tests.markup import one_line
from tests.workflow.test_suggestions import again, age, suggested

pytestmark = pytest.mark.django_db
LIST = "/admin/controversies/suggestion/"
SECRET = "rea@reader.example"


@pytest.fixture
def dispute() -> Recorded:
    return ControversyFactory(title="May robots vote?", positions=2, points=2)


@pytest.fixture
def editor(client: Client) -> Any:
    edith = UserFactory(role="editor", first_name="Edith")
    client.force_login(edith)
    return edith


def text(response: Any) -> str:
    return one_line(response.content.decode())


def own(suggestion: Suggestion) -> str:
    return f"{LIST}{suggestion.pk}/change/"


# -- the list --


def test_list_is_newest_first_and_says_what_became_of_each(
    client: Client, editor: Any, dispute: Recorded
) -> None:
    young = suggested(dispute, wrong="Said lately.")
    old = suggested(dispute, wrong="Said long ago.")
    age(old, days=8)
    done = suggested(dispute, wrong="Done with.")
    suggestions.decline(done, editor=editor, answer="It is right.")

    html = text(client.get(LIST))

    found = re.findall(r"suggestion/([0-9a-f-]{36})/change", html)
    assert found == [str(done.pk), str(young.pk), str(old.pk)]
    assert "Said long ago." in html
    assert "declined: It is right." in html.lower().replace("it is right", "It is right")
    assert "May robots vote?" in html


def test_filters_of_the_list(client: Client, editor: Any, dispute: Recorded) -> None:
    other = ControversyFactory(title="Another page")
    here, there = suggested(dispute), suggested(other)
    age(here, days=8)
    done = suggested(dispute)
    suggestions.decline(done, editor=editor, answer="It is right.")

    def listed(query: str) -> set[str]:
        return set(re.findall(r"suggestion/([0-9a-f-]{36})/change", text(client.get(f"{LIST}?{query}"))))

    assert listed(f"page={other.key}") == {str(there.pk)}
    assert listed("page=nonsense") == set()
    assert listed("age=week") == {str(here.pk)}
    assert listed("state=declined") == {str(done.pk)}
    assert listed("state=all") == {str(here.pk), str(there.pk), str(done.pk)}


def test_list_asks_as_many_questions_for_many(
    client: Client, editor: Any, django_assert_max_num_queries: Any, dispute: Recorded
) -> None:
    suggested(dispute)
    with django_assert_max_num_queries(20) as first:
        client.get(LIST)
    for number in range(4):
        suggested(ControversyFactory(), address=f"192.0.2.{number}")

    with django_assert_max_num_queries(len(first)):
        client.get(LIST)


@pytest.mark.parametrize("role", ["contributor", ""])
def test_whoever_may_not_change_pages_sees_none(client: Client, dispute: Recorded, role: str) -> None:
    suggestion = suggested(dispute, wrong="Said to the editors.")
    client.force_login(UserFactory(role=role, is_staff=True) if role else UserFactory(is_staff=True))

    assert client.get(LIST).status_code == 403
    assert client.get(own(suggestion)).status_code == 403
    assert client.post(own(suggestion), {"answer": "No."}).status_code == 403
    beside = client.get(change_url(dispute.key, f"?suggestion={suggestion.pk}"), follow=True)
    assert "Said to the editors." not in text(beside)
    assert again(suggestion).is_open


# -- one suggestion --


def test_suggestion_stands_beside_what_the_page_says(client: Client, editor: Any, dispute: Recorded) -> None:
    suggestion = suggested(
        dispute, instead="2023", source="https://example.org/a", reader="Rea", credit=True, email=SECRET
    )

    html = text(client.get(own(suggestion)))

    for words in ("The year is wrong.", "2023", "Rea", "asks to be named", "As the reader saw it."):
        assert words in html
    assert '<a href="https://example.org/a" rel="nofollow ugc noopener noreferrer">' in html
    assert dispute.document.positions[0].claim in html
    key = dispute.document.positions[0].key
    assert f'href="{change_url(dispute.key)}?suggestion={suggestion.pk}#block-{key}"' in html


def test_suggestion_shows_what_changed_since_by_words(client: Client, editor: Any) -> None:
    page = ControversyFactory(document=document_factory(context="It was in 2021 that it began.", positions=1))
    suggestion = suggested(page, block=page.document.context.key)
    context = page.document.context
    page.save(
        history.head(page.key).document.with_blocks(  # type: ignore[union-attr]  # it was just made
            context=type(context)(key=context.key, text="It was in 2023 that it began.")
        )
    )
    page.edit(title="Something else")

    html = text(client.get(own(suggestion)))

    assert "It has changed since the reader saw it" in html
    assert re.search(r"(?s)<del>.*2021.*</del>", html)
    assert re.search(r"(?s)<ins>.*2023.*</ins>", html)
    assert "Since the reader saw it: One change" in " ".join(html.split())
    assert "#context" in html


def test_suggestion_about_what_is_gone_shows_it_as_it_was(
    client: Client, editor: Any, dispute: Recorded
) -> None:
    gone = dispute.document.positions[0]
    suggestion = suggested(dispute)
    dispute.save(dispute.document.with_blocks(positions=dispute.document.positions[1:]))

    html = text(client.get(own(suggestion)))

    assert "This part is no longer on the page." in html
    assert "What the page said then" in html
    assert gone.claim in html
    beside = text(client.get(change_url(dispute.key, f"?suggestion={suggestion.pk}")))
    assert "What it was about is no longer on the page." in beside


def test_suggestion_can_be_read_when_its_page_is_withdrawn(
    client: Client, editor: Any, dispute: Recorded
) -> None:
    suggestion = suggested(dispute)
    dispute.edit(publication="withdrawn")

    assert client.get(own(suggestion)).status_code == 200


@pytest.mark.parametrize("kind", ["page", "head", "context", "point"])
def test_suggestion_of_each_kind_of_block_opens_the_form_there(
    client: Client, editor: Any, dispute: Recorded, kind: str
) -> None:
    document = dispute.document
    block, anchor = {
        "page": (None, "head"),
        "head": (document.key, "head"),
        "context": (document.context.key, "context"),
        "point": (document.points[1].key, f"block-{document.points[1].key}"),
    }[kind]
    suggestion = suggested(dispute, block=block)

    assert f"?suggestion={suggestion.pk}#{anchor}" in text(client.get(own(suggestion)))
    html = text(client.get(change_url(dispute.key, f"?suggestion={suggestion.pk}")))
    part = html[html.index(f'id="{anchor}"') :]
    assert part.index('class="reader"') < part.index("<textarea")


def test_decline_needs_a_reason_and_keeps_it(
    client: Client, editor: Any, dispute: Recorded, django_capture_on_commit_callbacks: Any
) -> None:
    suggestion = suggested(dispute, email=SECRET)

    refused = client.post(own(suggestion), {"answer": "  "})
    assert "Give a reason" in text(refused)
    assert again(suggestion).is_open
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(own(suggestion), {"answer": "The year is right."}, follow=True)

    made = again(suggestion)
    assert (made.state, made.answer, made.editor_name) == ("declined", "The year is right.", "Edith Example")
    assert "Declined. The reader will get your answer." in text(response)
    assert [message.to for message in mail.outbox] == [[SECRET]]
    assert LogEntry.objects.get().object_id == str(suggestion.pk)
    assert "The year is right." in text(client.get(own(suggestion)))


def test_second_editor_is_told_that_it_is_decided(client: Client, editor: Any, dispute: Recorded) -> None:
    suggestion = suggested(dispute)
    suggestions.decline(suggestion, editor=UserFactory(first_name="Otto"), answer="It is right.")

    html = text(client.post(own(suggestion), {"answer": "Again."}))

    assert "Otto Example has already decided on this suggestion." in html
    assert again(suggestion).answer == "It is right."


@pytest.mark.parametrize("key", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_suggestion_that_is_not_there_leads_to_the_queue(client: Client, editor: Any, key: str) -> None:
    response = client.get(f"{LIST}{key}/change/", follow=True)

    assert "Suggestion not found." in text(response)


# -- the edit form, opened for one --


def test_form_shows_the_suggestion_and_offers_the_reason(
    client: Client, editor: Any, dispute: Recorded
) -> None:
    suggestion = suggested(dispute, instead="2023", reader="Rea")
    url = change_url(dispute.key, f"?suggestion={suggestion.pk}")

    html, sent = text(client.get(url)), opened(client, url)

    assert "A reader’s suggestion" in html
    assert "The year is wrong." in html
    assert sent["reason-summary"] == "Position A corrected after a suggestion by a reader."
    assert sent["suggestion"] == str(suggestion.pk)
    assert re.search(r"\bRea\b", html) is None


def test_saving_marks_it_as_used_in_that_revision(
    client: Client, editor: Any, dispute: Recorded, django_capture_on_commit_callbacks: Any
) -> None:
    suggestion = suggested(dispute, reader="Rea", credit=True, email=SECRET)
    sent = opened(client, change_url(dispute.key, f"?suggestion={suggestion.pk}"))
    sent[f"{dispute.document.positions[0].key}-claim"] = "They may, since 2023."

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(change_url(dispute.key), {**sent.data(), "_save": "1"}, follow=True)

    made = again(suggestion)
    reading = history.head(dispute.key)
    assert reading is not None
    assert (made.state, made.revision, made.editor_name) == ("used", 2, "Edith Example")
    assert reading.entry.summary == "Position A corrected after a suggestion by Rea, a reader."
    assert "marked as used in revision 2" in text(response)
    assert [message.to for message in mail.outbox] == [[SECRET]]
    html = text(client.get(own(suggestion)))
    assert "in revision 2" in html
    assert "Decline" not in html


def test_saving_nothing_leaves_it_open(client: Client, editor: Any, dispute: Recorded) -> None:
    suggestion = suggested(dispute)
    sent = opened(client, change_url(dispute.key, f"?suggestion={suggestion.pk}"))

    client.post(change_url(dispute.key), {**sent.data(), "_save": "1"})

    assert again(suggestion).is_open


def test_faults_keep_it_beside_the_form(client: Client, editor: Any, dispute: Recorded) -> None:
    suggestion = suggested(dispute)
    sent = opened(client, change_url(dispute.key, f"?suggestion={suggestion.pk}"))
    sent[f"{dispute.document.positions[0].key}-claim"] = ""

    html = text(client.post(change_url(dispute.key), {**sent.data(), "_save": "1"}))

    assert "your attention" in html
    assert "The year is wrong." in html
    assert fields(html)["suggestion"] == str(suggestion.pk)


def test_conflict_keeps_it_beside_the_form_and_open(client: Client, editor: Any, dispute: Recorded) -> None:
    suggestion = suggested(dispute)
    sent = opened(client, change_url(dispute.key, f"?suggestion={suggestion.pk}"))
    first, *others = dispute.document.positions
    theirs = replace(first, claim="They may on Mondays.")
    dispute.save(dispute.document.with_blocks(positions=(theirs, *others)))
    sent[f"{first.key}-claim"] = "They may, since 2023."

    html = text(client.post(change_url(dispute.key), {**sent.data(), "_save": "1"}))

    assert "They may on Mondays." in html
    assert "The year is wrong." in html
    assert fields(html)["suggestion"] == str(suggestion.pk)
    assert again(suggestion).is_open


def test_second_click_is_no_second_decision(client: Client, editor: Any, dispute: Recorded) -> None:
    suggestion = suggested(dispute)
    sent = opened(client, change_url(dispute.key, f"?suggestion={suggestion.pk}"))
    sent[f"{dispute.document.positions[0].key}-claim"] = "They may, since 2023."

    client.post(change_url(dispute.key), {**sent.data(), "_save": "1"})
    response = client.post(change_url(dispute.key), {**sent.data(), "_save": "1"}, follow=True)

    assert history.read.newest_number(dispute.key) == 2
    assert "has already decided on this suggestion" not in text(response)
    assert again(suggestion).revision == 2


def test_used_by_two_at_once_only_the_first_counts(client: Client, editor: Any, dispute: Recorded) -> None:
    suggestion = suggested(dispute)
    sent = opened(client, change_url(dispute.key, f"?suggestion={suggestion.pk}"))
    suggestions.decline(suggestion, editor=UserFactory(first_name="Otto"), answer="It is right.")
    sent[f"{dispute.document.positions[0].key}-claim"] = "They may, since 2023."

    response = client.post(change_url(dispute.key), {**sent.data(), "_save": "1"}, follow=True)

    assert history.read.newest_number(dispute.key) == 2
    assert "Otto Example has already decided on this suggestion." in text(response)
    assert again(suggestion).state == "declined"


def test_suggestion_about_another_page_is_not_shown_or_used(
    client: Client, editor: Any, dispute: Recorded
) -> None:
    suggestion = suggested(ControversyFactory(), wrong="Of another page.")
    sent = opened(client, change_url(dispute.key))
    sent[f"{dispute.document.positions[0].key}-claim"] = "They may."

    assert "Of another page." not in text(client.get(change_url(dispute.key, f"?suggestion={suggestion.pk}")))
    client.post(
        change_url(dispute.key),
        {**sent.data(), "suggestion": str(suggestion.pk), "reason-summary": "Why.", "_save": "1"},
    )

    assert history.read.newest_number(dispute.key) == 2
    assert again(suggestion).is_open


@pytest.mark.parametrize("key", ["nonsense", "00000000-0000-4000-8000-000000000000", "\x00"])
def test_odd_key_of_a_suggestion_changes_nothing(
    client: Client, editor: Any, dispute: Recorded, key: str
) -> None:
    response = client.get(change_url(dispute.key), {"suggestion": key})

    assert response.status_code == 200
    assert 'name="suggestion"' not in text(response)


# -- what never shows --


def test_address_of_a_reader_is_on_no_page_of_the_desk(
    client: Client, editor: Any, dispute: Recorded
) -> None:
    suggestion = suggested(dispute, reader="Rea", email=SECRET)
    pages = [
        LIST,
        f"{LIST}?state=all",
        own(suggestion),
        change_url(dispute.key, f"?suggestion={suggestion.pk}"),
        "/admin/",
        change_url(dispute.key),
    ]

    for address in pages:
        assert "reader.example" not in text(client.get(address)), address

    assert "will get your decision by e-mail" in text(client.get(own(suggestion)))
    assert again(suggestion).email == SECRET


def test_hostile_text_stays_text_at_the_desk(client: Client, editor: Any, dispute: Recorded) -> None:
    hostile = "\"><script>alert(1)</script>'{{ x }}\u202e"
    suggestion = suggested(
        dispute, wrong=hostile, instead=hostile, source=f"javascript:alert(1)//{hostile}", reader=hostile
    )

    for address in (LIST, own(suggestion), change_url(dispute.key, f"?suggestion={suggestion.pk}")):
        html = text(client.get(address))
        assert "<script>alert(1)" not in html, address
        assert 'href="javascript:' not in html, address
        assert "&lt;script&gt;alert(1)" in html, address


def test_old_suggestion_is_told_how_old_it_is(client: Client, editor: Any, dispute: Recorded) -> None:
    suggestion = suggested(dispute)
    Suggestion.objects.filter(pk=suggestion.pk).update(
        created=timezone.now() - datetime.timedelta(days=15, hours=1)
    )

    assert "(2\xa0weeks ago)" in text(client.get(LIST))
