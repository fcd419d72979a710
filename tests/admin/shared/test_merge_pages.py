"""The desk's pages that merge, undo, delete and change several rows: what they say, do and refuse."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controversies import history
from controversies import models as m
from tests.admin.editing import change_url, opened
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    UserFactory,
    new_key,
)
from tests.history.test_merge import check, head, page

pytestmark = pytest.mark.django_db

REASON = "Recorded twice."


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(role=role, first_name="Edith", last_name="Editor"))
    return client


@pytest.fixture
def editor() -> Client:
    return client_of("editor")


def url(kind: str, view: str, **options: Any) -> str:
    return reverse(f"admin:controversies_{kind}_{view}", **options)


def ids(*rows: Any) -> str:
    return ",".join(str(row.pk) for row in rows)


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def merge_form(client: Client, kind: str, *rows: Any) -> Any:
    response = client.get(url(kind, "merge"), {"ids": ids(*rows)})
    assert response.status_code == 200
    return response.context["form"]


def sent(form: Any, **changes: str) -> dict[str, str]:
    data = {"ids": ",".join(form.by_key), "reason": REASON}
    for name in form.fields:
        bound = form[name]
        value = bound.value()
        data.setdefault(name, "\n".join(value) if isinstance(value, list) else str(value or ""))
    return data | changes


def act_on(client: Client, kind: str, action: str, *rows: Any, **more: Any) -> Any:
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows], **more}
    return client.post(url(kind, "changelist"), data)


# -- merging --


def test_editor_merges_two_backers_and_undoes_it(editor: Client) -> None:
    big = BackerFactory(name="Hugging Face", description="", website="", aliases=["HF"])
    small = BackerFactory(name="Huggingface", description="Hosts models.", website="https://hf.example/")
    first, second = page(backers=[big]), page(backers=[big])
    third = page(backers=[small, big], positions=1)

    chosen = act_on(editor, "backer", "merge_selected", small, big)
    assert chosen["Location"].startswith(url("backer", "merge"))
    response = editor.get(chosen["Location"])
    form, preview = response.context["form"], response.context["preview"]

    assert form.staying_row.name == "Hugging Face"  # on more pages
    assert form.result().description == "Hosts models."
    assert form.result().website == "https://hf.example/"
    assert set(form.result().aliases) == {"HF", "Huggingface"}
    assert (preview.count, preview.drafts, preview.rest) == (3, 0, 0)
    lines = {str(each.controversy.pk): each.lines for each in preview.pages}
    assert lines[third.key] == [
        "“Huggingface” becomes “Hugging Face”.",
        "Position A lists both: they become one backer, with both notes and all sources, "
        "from the earlier start to the later end.",
    ]
    assert head(first).number == 1  # nothing is changed yet

    merged = editor.post(url("backer", "merge"), sent(form))
    assert merged["Location"] == url("backer", "change", args=[big.pk])
    assert messages_of(merged) == [
        "Merged into “Hugging Face”. A new revision of each of 3 pages was recorded."
    ]
    for each in (first, second, third):
        assert (head(each).number, head(each).entry.summary) == (2, REASON)
        assert head(each).entry.author_name == "Edith Editor"
    assert LogEntry.objects.get(object_id=str(big.pk)).change_message == (
        "Merged “Huggingface” into it. Reason: Recorded twice."
    )
    merger = m.Merger.objects.get()
    html = editor.get(merged["Location"]).content.decode()
    undo = url("backer", "merge_undo", args=[merger.pk])
    assert undo in html

    assert "the words that it had before" in " ".join(editor.get(undo).content.decode().split())
    refused = editor.post(undo, {"reason": " "})
    assert "Give a reason" in refused.content.decode()
    undone = editor.post(undo, {"reason": "They are two."})
    assert undone.status_code == 302
    assert m.Backer.objects.filter(pk=small.pk).exists()
    assert head(third).number == 3
    assert editor.get(undo).status_code == 302
    check()


def test_values_are_chosen_field_by_field(editor: Client) -> None:
    a = SourceFactory(title="On weights", date="2024", doi="", authors="A. Author")
    b = SourceFactory(title="On open weights", date="2024-07", doi="10.1234/x", authors="")
    page(sources=[a, b])

    form = merge_form(editor, "source", a, b)
    assert form.result().date == "2024-07"
    assert form.result().doi == "10.1234/x"
    assert form.result().authors == "A. Author"
    assert {value.spec.name for value in form.value_fields if value.bound is None} >= {"kind", "publisher"}

    editor.post(
        url("source", "merge"),
        sent(form, **{"kept": str(b.pk), "value-title": str(a.pk), "value-url": str(a.pk)}),
    )

    b.refresh_from_db()
    assert (b.title, b.url, b.date, b.doi) == ("On weights", a.url, "2024-07", "10.1234/x")
    assert not m.Source.objects.filter(pk=a.pk).exists()
    check()


def test_the_preview_follows_what_was_chosen_when_the_page_comes_back(editor: Client) -> None:
    a, b = TopicFactory(), TopicFactory()
    on_a, _on_b = ControversyFactory(topic=a), ControversyFactory(topic=b)
    form = merge_form(editor, "topic", a, b)

    typed = sent(form, **{"kept": str(b.pk), "value-title": str(b.pk), "reason": ""})
    back = editor.post(url("topic", "merge"), typed)

    assert back.status_code == 200
    assert "Give a reason" in back.content.decode()
    assert back.context["form"].staying_row.key == str(b.pk)
    assert [str(each.controversy.pk) for each in back.context["preview"].pages] == [on_a.key]
    assert m.Topic.objects.filter(pk=a.pk).exists()


def test_a_row_that_changed_meanwhile_is_shown_again(editor: Client) -> None:
    a, b = BackerFactory(), BackerFactory()
    form = merge_form(editor, "backer", a, b)
    m.Backer.objects.filter(pk=a.pk).update(description="Written meanwhile.")

    back = editor.post(url("backer", "merge"), sent(form))

    assert "Somebody else has changed one of these" in back.content.decode()
    assert "Written meanwhile." in back.content.decode()
    assert m.Backer.objects.filter(pk=b.pk).exists()
    again = {
        **sent(form),
        "drawn": back.context["form"]["drawn"].value(),
        "value-description": str(b.pk),
    }
    assert editor.post(url("backer", "merge"), again).status_code == 302


def test_a_row_that_was_merged_meanwhile_leads_to_the_other(editor: Client) -> None:
    a, b = BackerFactory(), BackerFactory()
    form = merge_form(editor, "backer", a, b)
    editor.post(url("backer", "merge"), sent(form))

    second = editor.post(url("backer", "merge"), sent(form))

    assert second["Location"] == url("backer", "change", args=[a.pk])
    assert "merged or deleted one of these meanwhile" in messages_of(second)[-1]


def test_values_that_cannot_be_recorded_come_back_as_errors(editor: Client) -> None:
    a, b = BackerFactory(name="Same", kind="company"), BackerFactory(name="Other", kind="research-lab")
    BackerFactory(name="Other", kind="company")
    form = merge_form(editor, "backer", a, b)

    back = editor.post(
        url("backer", "merge"), sent(form, **{"value-name": str(b.pk), "value-kind": str(a.pk)})
    )

    assert "There is a backer of this name and kind already" in back.content.decode()
    assert m.Backer.objects.filter(pk=b.pk).exists()


def test_one_row_alone_asks_for_the_others_and_too_many_are_refused(editor: Client) -> None:
    rows = [BackerFactory() for _ in range(11)]

    alone = editor.get(url("backer", "merge"), {"ids": ids(rows[0])})
    assert "should be merged with" in alone.content.decode()
    two = editor.get(url("backer", "merge"), {"ids": ids(rows[0]), "other": [str(rows[1].pk)]})
    assert len(two.context["candidates"]) == 2
    assert act_on(editor, "backer", "merge_selected", *rows).status_code == 302
    assert editor.get(url("backer", "merge"), {"ids": ids(*rows)})["Location"] == url("backer", "changelist")
    assert editor.get(url("backer", "merge"), {"ids": "nonsense,'"}).status_code == 200
    assert editor.get(url("backer", "merge_undo", args=[999])).status_code == 302


def test_queries_of_the_merge_page_do_not_depend_on_pages(editor: Client) -> None:
    def count(pages: int) -> int:
        a, b = BackerFactory(), BackerFactory()
        for _ in range(pages):
            page(backers=[a, b])
        with CaptureQueriesContext(connection) as captured:
            merge_form(editor, "backer", a, b)
        return len(captured)

    assert count(1) == count(9)


def test_a_form_that_chose_what_is_merged_meanwhile_is_saved_with_what_stays(editor: Client) -> None:
    kept, former = SourceFactory(), SourceFactory()
    recorded = page()
    key = recorded.document.positions[0].key
    form = opened(editor, change_url(recorded.key))
    form.append([f"{key}-citations", cited := new_key()])
    form.extend([[f"{cited}-source", str(former.pk)], [f"{cited}-relation", "supports"]])
    form["reason-summary"] = "One more source."
    editor.post(url("source", "merge"), sent(merge_form(editor, "source", kept, former)))

    response = editor.post(change_url(recorded.key), {**form.data(), "_save": "Save"})

    assert response.status_code == 302
    citations = head(recorded).document.positions[0].citations
    assert {each.key: each.source for each in citations}[cited] == str(kept.pk)
    assert not m.Source.objects.filter(pk=former.pk).exists()
    check()


# -- deleting --


def test_only_what_nothing_shows_is_deleted_and_the_page_says_why_the_rest_stays(editor: Client) -> None:
    used, unused, other = SourceFactory(title="Used"), SourceFactory(title="Unused"), SourceFactory()
    page(sources=[used])

    asked = act_on(editor, "source", "delete_unused_selected", used, unused)
    html = " ".join(asked.content.decode().split())
    assert "Unused" in html
    assert "1 page shows it" in html
    done = editor.post(url("source", "delete_unused"), {"ids": asked.context["ids"], "_delete": "1"})

    assert messages_of(done) == ["Deleted: “Unused”."]
    assert set(m.Source.objects.values_list("pk", flat=True)) == {used.pk, other.pk}
    assert LogEntry.objects.filter(object_id=str(unused.pk), action_flag=3).exists()
    forced = editor.post(url("source", "delete_unused"), {"ids": ids(used), "_delete": "1"})
    assert "stayed" in messages_of(forced)[-1]
    assert m.Source.objects.filter(pk=used.pk).exists()
    check()


def test_a_rows_own_page_offers_to_delete_it_only_if_nothing_shows_it(editor: Client) -> None:
    used, unused = BackerFactory(), BackerFactory()
    page(backers=[used])

    assert "delete-unused" in editor.get(url("backer", "change", args=[unused.pk])).content.decode()
    assert "delete-unused" not in editor.get(url("backer", "change", args=[used.pk])).content.decode()


# -- bulk changes --


def test_kinds_are_set_with_one_revision_a_page(editor: Client) -> None:
    a, b, same = (BackerFactory(kind=kind) for kind in ("research-lab", "research-lab", "company"))
    both, one, none = page(backers=[a, b]), page(backers=[b]), page(backers=[same])

    asked = act_on(editor, "backer", "bulk_kind", a, b, same)
    labels = {choice.value: choice.words for choice in asked.context["choices"]}
    assert labels["company"] == "Company (2 pages change)"
    assert labels["research-lab"] == "Research lab (1 page changes)" or labels["research-lab"].endswith(
        "(1 page changes)"
    )
    done = editor.post(
        url("backer", "bulk_kind"), {"ids": asked.context["ids"], "value": "company", "reason": REASON}
    )

    assert messages_of(done) == ["2 were changed. A new revision of each of 2 pages was recorded."]
    assert [head(each).number for each in (both, one, none)] == [2, 2, 1]
    assert head(both).entry.summary == REASON
    assert {block.kind for block in head(both).document.backers} == {"company"}
    check()


def test_select_all_across_pages_changes_what_was_confirmed_and_nothing_else(editor: Client) -> None:
    rows = [SourceFactory(title=f"Paper {i}", kind="other") for i in range(55)]
    apart = SourceFactory(title="Something else", kind="other")

    asked = editor.post(
        url("source", "changelist") + "?q=Paper",
        {"action": "bulk_kind", "_selected_action": [str(rows[0].pk)], "select_across": "1"},
    )
    late = SourceFactory(title="Paper that came later", kind="other")
    assert asked.context["count"] == 55
    editor.post(
        url("source", "bulk_kind"), {"ids": asked.context["ids"], "value": "report", "reason": REASON}
    )

    assert m.Source.objects.filter(kind="report").count() == 55
    assert set(m.Source.objects.filter(kind="other")) == {apart, late}


def test_a_bulk_change_without_reason_or_value_or_of_too_many_pages_changes_nothing(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    backer = BackerFactory(kind="research-lab")
    recorded = page(backers=[backer])
    target = url("backer", "bulk_kind")

    assert "Give a reason" in editor.post(target, {"ids": ids(backer), "value": "company"}).content.decode()
    odd = editor.post(target, {"ids": ids(backer), "value": "dragon", "reason": REASON})
    assert "Choose one of the values offered" in odd.content.decode()
    monkeypatch.setattr("controversies.admin.lists.bulk.MAX_PAGES", 0)
    many = editor.post(target, {"ids": ids(backer), "value": "company", "reason": REASON})
    assert "This would change 1 pages" in many.content.decode()
    assert head(recorded).number == 1
    assert editor.get(target).status_code == 302


def test_a_kind_that_would_make_two_alike_is_refused(editor: Client) -> None:
    BackerFactory(name="Same", kind="company")
    lab = BackerFactory(name="same", kind="research-lab")

    back = editor.post(url("backer", "bulk_kind"), {"ids": ids(lab), "value": "company", "reason": REASON})

    assert "There is a backer of this name and kind already" in back.content.decode()
    lab.refresh_from_db()
    assert lab.kind == "research-lab"


def test_topics_of_pages_are_set_and_publishers_publish_drafts(editor: Client) -> None:
    old, new = TopicFactory(), TopicFactory()
    pages = [page(topic=old, publication="draft") for _ in range(2)]
    rows = [each.row for each in pages]

    asked = act_on(editor, "controversy", "bulk_topic", *rows)
    editor.post(
        url("controversy", "bulk_topic"),
        {"ids": asked.context["ids"], "value": str(new.pk), "reason": REASON},
    )
    assert [head(each).document.head.topic.key for each in pages] == [str(new.pk)] * 2
    assert [head(each).number for each in pages] == [2, 2]

    assert act_on(editor, "controversy", "bulk_publish", *rows).status_code == 302
    refused = editor.post(
        url("controversy", "bulk_publish"), {"ids": ids(*rows), "value": "published", "reason": REASON}
    )
    assert refused.status_code == 403
    publisher = client_of("publisher")
    asked = act_on(publisher, "controversy", "bulk_publish", *rows)
    publisher.post(
        url("controversy", "bulk_publish"),
        {"ids": asked.context["ids"], "value": "published", "reason": REASON},
    )
    assert [head(each).document.head.publication for each in pages] == ["published"] * 2
    check()


def test_withdrawn_pages_are_not_published_in_bulk() -> None:
    publisher = client_of("publisher")
    recorded = page()
    recorded.edit(publication="withdrawn")
    draft = page(publication="draft")

    publisher.post(
        url("controversy", "bulk_publish"),
        {"ids": ids(recorded.row, draft.row), "value": "published", "reason": REASON},
    )

    assert head(recorded).document.head.publication == "withdrawn"
    assert head(draft).document.head.publication == "published"


# -- who may --


@pytest.mark.parametrize("kind", ["backer", "source", "topic"])
def test_only_those_who_may_change_all_pages_merge_and_delete(kind: str) -> None:
    factory = {"backer": BackerFactory, "source": SourceFactory, "topic": TopicFactory}[kind]
    a, b = factory(), factory()
    for client, status in ((client_of("contributor"), 403), (Client(), 302)):
        for method in (client.get, client.post):
            data = {"ids": ids(a, b), "reason": REASON, "_delete": "1", "value": "company"}
            assert method(url(kind, "merge"), data).status_code == status
            assert method(url(kind, "merge_undo", args=[1]), data).status_code == status
            assert method(url(kind, "delete_unused"), data).status_code == status
            if kind != "topic":
                assert method(url(kind, "bulk_kind"), data).status_code == status
    contributor = client_of("contributor")
    assert "merge_selected" not in contributor.get(url(kind, "changelist")).content.decode()
    assert "Merge…" not in contributor.get(url(kind, "change", args=[a.pk])).content.decode()
    assert m.Merger.objects.count() == 0
    assert history.unrecorded() == []
