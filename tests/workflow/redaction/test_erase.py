"""Words that must go are nowhere afterwards, and the record still proves itself."""

import gc
import io
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command

from config import startup
from controversies import history
from controversies import models as m
from controversies.document import canonical
from controversies.document.parse import InvalidDocument
from controversies.document.redact import MARKER, RemovedWords
from controversies.history import redactions, verify
from controversies.workflow import redaction
from tests.factories import BackerFactory, ControversyFactory, document_factory, prose

pytestmark = pytest.mark.django_db


def order(text: str, **options: Any) -> redaction.RedactionOrder:
    return redaction.RedactionOrder(
        RemovedWords(
            text, **{name: options.pop(name) for name in ("ignore_case", "whole_field") if name in options}
        ),
        **{"ground": "privacy", "by_name": "Olga Operator", **options},
    )


def test_words_go_from_every_version_and_the_chain_holds():
    page = ControversyFactory(revisions=2)
    first = page.document.positions[0]
    for n in range(20):
        changed = replace(first, argument=f"{first.argument} Zoë Qüxly said so, {n} times.")
        page.save(page.document.with_blocks(positions=(changed, *page.document.positions[1:])))
    before = {r.number: bytes(r.digest) for r in m.Revision.objects.all()}

    report = redaction.apply(order("Zoë Qüxly"))

    assert report.counts == {redaction.PlaceKind.PAGE: 1, redaction.PlaceKind.HISTORY: 19}
    assert not redaction.find(order("Zoë Qüxly"))
    assert {r.number: bytes(r.digest) for r in m.Revision.objects.all() if r.number < 23} == before
    assert list(verify.faults(page.key)) == []
    old = history.at(page.key, 10)
    assert f"{MARKER} said so, 7 times." in old.document.positions[0].argument
    assert m.Redaction.objects.count() == 20
    assert not redaction.apply(order("Zoë Qüxly"))


def said(text: str = "Zoë Qüxly said so."):
    """A page whose second revision says the words in a position's argument."""
    page = ControversyFactory(revisions=1)
    first, second = page.document.positions
    page.save(page.document.with_blocks(positions=(replace(first, argument=text), second)))
    return page


def retitled(document):
    return replace(document, head=replace(document.head, title="Another title"))


def test_form_that_was_open_does_not_bring_the_words_back():
    page = said()
    typed = page.document  # in a form that somebody has open
    redaction.apply(order("Zoë Qüxly"))

    with pytest.raises(InvalidDocument) as refused:
        history.save(retitled(typed), author_name="Ada", base=2, summary="x")

    [fault] = refused.value.faults
    assert fault.path == "positions[0].argument"
    assert "Reload the page before you save." in fault.message
    assert not redaction.find(order("Zoë Qüxly"))


def test_form_that_was_open_is_saved_where_it_does_not_hold_the_words():
    page = said()
    redaction.apply(order("Zoë Qüxly"))
    before = history.at(page.key, 2).document

    history.save(retitled(before), author_name="Ada", base=2, summary="x")

    assert history.head(page.key).number == 4
    assert history.head(page.key).document.head.title == "Another title"


def test_page_that_was_cleaned_can_be_rewritten_without_the_marker():
    page = said()
    redaction.apply(order("Zoë Qüxly"))
    page.head = history.head(page.key)
    now = page.document
    page.edit(title="Another title")

    rewritten = now.with_blocks(
        positions=(replace(now.positions[0], argument="They said so."), now.positions[1])
    )
    saved = history.save(rewritten, author_name="Ada", base=3, summary="x")

    assert saved.revision.number == 5
    assert history.head(page.key).document.positions[0].argument == "They said so."


def test_later_versions_are_packed_as_ever_after_a_removal():
    document = document_factory()
    first, second = document.positions
    held = replace(first, argument=f"{prose(40)} Zoë Qüxly.")
    page = ControversyFactory(document=document.with_blocks(positions=(held, second)))
    redaction.apply(order("Zoë Qüxly"))
    page.head = history.head(page.key)
    for n in range(2):
        page.save(page.document.with_blocks(positions=(replace(first, argument=f"{prose(40)} {n}"), second)))

    stored = m.Block.objects.filter(key=first.key).order_by("since").values_list("since", "basis", "body")
    assert [(since, basis, bytes(body)[0]) for since, basis, body in stored] == [
        *((1, None, 3), (2, None, 3)),  # plain: the second was packed against the first
        *((3, None, 1), (4, 3, 2)),
    ]
    assert list(verify.faults(page.key)) == []


def test_cache_and_etags_of_old_pages_change_with_the_removal(client):
    cache.clear()
    page = said()
    old = f"/controversies/{page.document.head.slug}/revisions/2/"
    before = client.get(old)
    assert "Zoë Qüxly" in before.content.decode()

    redaction.apply(order("Zoë Qüxly"))

    after = client.get(old, headers={"if-none-match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert "Zoë Qüxly" not in after.content.decode()


@pytest.fixture(params=[False, True], ids=["loading", "started"])
def process(request):
    """This process as it is, and as `config.wsgi` leaves it."""
    if request.param:
        startup.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("process")
def test_process_that_did_not_remove_the_words_forgets_them_at_its_next_request(client):
    page = said()
    client.get(f"/controversies/{page.document.head.slug}/")
    held = canonical._remembered.cache_info().currsize

    redactions.notice_epoch(redactions.epoch() + 1)  # as another process's removal would show

    assert canonical._remembered.cache_info().currsize == 0 < held
    redactions.notice_epoch(redactions.epoch())


def test_of_an_imported_file_that_holds_the_words_nothing_of_the_text_is_kept():
    texts = (
        "---\ntitle: X\n---\n\nIt was Zoë\nQüxly who said so.\n",  # over two lines
        "---\nnote: |-\n  Zoë\n\n  Qüxly\n---\n",  # in a field that pages lack
        "---\ntitle: Zoë Other\n---\n\nNot Qüxly alone.\n",
    )
    for number, text in enumerate(texts):
        said = {"context": {"text": " ".join(text.split())}} if number == 0 else {"title": "X"}
        m.ImportedFile.objects.create(
            key=f"00000000-0000-4000-8000-00000000000{number}",
            file=f"controversies/{number}.md",
            digest=b"",
            content=said,
            text=text,
            imported_at="2026-01-01T00:00:00Z",
        )

    redaction.apply(order("Zoë Qüxly"))

    assert [row.text for row in m.ImportedFile.objects.order_by("file")] == ["", "", texts[2]]


def test_words_are_removed_twice_from_one_version():
    page = said("Zoë Qüxly met Ann Doe.")

    redaction.apply(order("Zoë Qüxly"))
    redaction.apply(order("Ann Doe", ground="law"))

    assert history.at(page.key, 2).document.positions[0].argument == f"{MARKER} met {MARKER}."
    grounds = [row.ground for row in m.Redaction.objects.order_by("id") if row.since == 2]
    assert grounds == ["privacy", "law"]
    assert list(verify.faults(page.key)) == []


def test_addresses_that_spell_the_words_change_and_no_page_is_lost(client):
    cache.clear()
    document = document_factory(slug="zoe-quxly-on-trial", title="Zoë Qüxly on trial")
    page = ControversyFactory(document=document)

    redaction.apply(order("Zoë Qüxly"))

    slug = f"removed-{page.key[:8]}"
    assert client.get("/controversies/zoe-quxly-on-trial/").status_code == 404
    assert client.get(f"/controversies/{slug}/").status_code == 200
    assert client.get(f"/controversies/{slug}/revisions/1.json").json()["slug"] == slug
    assert list(verify.faults(page.key)) == []


def test_what_a_page_shares_is_removed_from_all_pages_that_share_it():
    first = ControversyFactory(backers=[BackerFactory.build(name="Zoë Qüxly", slug="zoe-quxly")])
    second = ControversyFactory(backers=[first.document.backers[0]])

    report = redaction.apply(order("Zoë Qüxly", pages=(first.key,)))

    assert report.counts[redaction.PlaceKind.SHARED] == 3  # the name, the address, the website
    for page in (first, second):
        assert history.head(page.key).number == 2
        assert (
            history.at(page.key, 1).document.backers[0].name
            == f"{MARKER} {first.document.backers[0].key[:4]}"
        )
        assert list(verify.faults(page.key)) == []


def test_only_what_is_asked_for_goes():
    page = said()
    page.edit(title="Another title", summary="Zoë Qüxly asked.", author_name="Zoë Qüxly")

    redaction.apply(order("Zoë Qüxly", kinds=redaction.PARTS["summary"]))

    newest = m.Revision.objects.get(controversy=page.key, number=3)
    assert (newest.summary, newest.author_name) == (f"{MARKER} asked.", "Zoë Qüxly")
    assert "Zoë Qüxly" in history.head(page.key).document.positions[0].argument
    assert m.Revision.objects.count() == 3
    assert list(verify.faults(page.key)) == []


def test_name_goes_from_what_revisions_changed():
    page = ControversyFactory(backers=[BackerFactory.build(name="Zoë Qüxly", kind="person")])
    with history.act(author_name="Ada", summary="Corrected."):
        m.Backer.objects.filter(name="Zoë Qüxly").update(description="Somebody else.")
    assert "Zoë Qüxly" in str(m.Revision.objects.get(number=2).changes)

    report = redaction.apply(order("Zoë Qüxly"))

    assert report.counts[redaction.PlaceKind.OUTLINE] == 1
    assert "Zoë Qüxly" not in str(m.Revision.objects.get(number=2).changes)
    assert list(verify.faults(page.key)) == []


def test_export_that_is_kept_has_none_of_the_words_after_its_next_run(tmp_path):
    page = said()
    redaction_order = order("Zoë Qüxly")
    call_command("exportcontroversies", str(tmp_path), stdout=io.StringIO())
    assert "Zoë Qüxly" in "".join(path.read_text() for path in tmp_path.rglob("*.md"))

    redaction.apply(redaction_order)
    call_command("exportcontroversies", str(tmp_path), stdout=io.StringIO())

    kept = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert page.document.head.title in kept
    assert "Zoë Qüxly" not in kept
