"""Every declared field through every face: forms, text, pages, comparisons, search, API, files, git and corpus.

Nothing here names a field. A field that is added to the declaration and forgotten by a face fails here; what a face
leaves out on purpose is listed with the reason.
"""

import datetime
import html
import io
import json
from dataclasses import replace
from typing import Any

import pytest
import yaml
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction

from controversies import history
from controversies import models as m
from controversies.admin.part_form import form_class
from controversies.document import canonical, parse, redact, rows
from controversies.document.blame import replay as replay_blame
from controversies.document.compare import compare
from controversies.document.merge import merge
from controversies.document.types import BLOCKS, SHARED, TOPIC, Kind, Part, part_classes, parts_of
from controversies.history import replay
from controversies.history.blame import BlameSpan, blame_of
from controversies.interchange import files
from controversies.interchange.corpus import dump, load
from controversies.interchange.folder import FileOutcome, ImportFile, ImportOptions, Role, import_files
from controversies.interchange.git.importer import import_history
from controversies.interchange.git.repository import open_repository
from controversies.interchange.git.stream import fast_import_stream
from controversies.search import search
from tests.admin.editing import change_url, opened
from tests.factories import UserFactory
from tests.interchange.git.repositories import imported
from tests.marked import marked_document, places, shown, with_value

pytestmark = pytest.mark.django_db

OWN = [block_type for block_type in BLOCKS if not block_type.shared]


def recorded(document):
    history.record(document, author_name="Edith Editor", summary="All of it.", base=None)
    return history.head(document.key)


def name(part: Part, spec) -> str:
    return f"{type(part).__name__}.{spec.name}"


def emptied() -> None:
    cache.clear()
    call_command("flush", interactive=False, verbosity=0)


# -- the record --


def test_the_marked_document_has_a_value_of_its_own_in_every_field():
    """Else the tests below could not fail."""
    document = marked_document()
    marked = {name(part, spec) for part, spec, value in places(document) if value}

    assert parse.check(document) == []
    assert marked == {
        f"{cls.__name__}.{spec.name}"
        for cls in part_classes()
        for spec in cls.VALUES
        if spec.kind not in (Kind.KEY, Kind.PART)
    }
    other = marked_document("other")
    assert [name(part, spec) for part, spec, _value in places(document)] == [
        name(part, spec) for part, spec, _value in places(other)
    ]


def test_rows_and_the_record_keep_every_field():
    document = marked_document()

    head = recorded(document)

    assert head.document == document
    assert history.at(document.key, 1).document == document
    assert rows.from_rows([document.key]) == {document.key: document}
    assert parse.document(canonical.document_json(document)) == document


def test_rows_follow_a_change_of_each_field():
    head = recorded(marked_document())
    other = marked_document("other")
    for (part, spec, _value), (_part, _spec, value) in zip(
        list(places(head.document)), list(places(other)), strict=True
    ):
        if spec.name in ("slug", "publication") and not hasattr(part, "url"):
            continue  # the address of a page that readers have seen stays
        if isinstance(part, tuple(block_type.part for block_type in SHARED)):
            continue  # as their own rows say: below
        document = with_value(head.document, part, spec, value)

        assert document != head.document, name(part, spec)
        history.record(document, author_name="Edith Editor", base=history.head(document.key))
        assert rows.from_rows([document.key]) == {document.key: document}, name(part, spec)
        head_again = history.head(document.key)
        history.record(head.document, author_name="Edith Editor", base=head_again)


@pytest.mark.parametrize("block_type", SHARED, ids=lambda each: each.name)
def test_the_record_follows_a_change_of_each_field_of_a_shared_row(block_type):
    document = recorded(marked_document()).document
    [block], [other] = block_type.blocks(document), block_type.blocks(marked_document("other"))
    for spec in block_type.part.VALUES:
        if spec.name == "key":
            continue
        values = rows.row_of(replace(block, **{spec.name: getattr(other, spec.name)}))
        with history.act(author_name="Edith Editor"):
            block_type.model._default_manager.filter(pk=block.key).update(**values)

        [now] = block_type.blocks(history.head(document.key).document)
        assert getattr(now, spec.name) == getattr(other, spec.name), spec.name


# -- comparing, merging, redacting --


@pytest.mark.parametrize(
    "index",
    [
        pytest.param(i, id=name(part, spec))
        for i, (part, spec, _value) in enumerate(places(marked_document()))
    ],
)
def test_a_change_of_each_field_is_compared_and_merged(index):
    base, other = marked_document(), marked_document("other")
    part, spec, _value = list(places(base))[index]
    value = list(places(other))[index][2]
    if value == getattr(part, spec.name):
        assert spec.name == "publication"
        value = "withdrawn"
    new = with_value(base, part, spec, value)

    comparison = compare(base, new)
    assert len(comparison.blocks) == 1, name(part, spec)
    assert comparison.unchanged
    if isinstance(part, tuple(block_type.part for block_type in SHARED)):
        return  # theirs is taken without asking: a page does not decide about what others show, too
    title = with_value(base, base.head, type(base.head).spec("question"), "Something else?")
    if spec.name == "question":
        title = with_value(base, base.head, type(base.head).spec("title"), "Something else")
    merged = merge(base, title, new)
    assert merged.conflicts == ()
    assert merged.document == with_value(
        new,
        new.head,
        type(base.head).spec("title" if spec.name == "question" else "question"),
        title.head.title if spec.name == "question" else title.head.question,
    )


def blamed(blocks):
    """The fields of a blame, each with its text or value and the revisions that it names."""
    return [
        (
            "".join(each.text for each in field)
            if isinstance(field[0], BlameSpan)
            else tuple(each.value for each in field),
            {each.revision for each in field},
        )
        if isinstance(field, list)
        else (field.value, {field.revision})
        for fields in blocks.values()
        for field in fields.values()
        if field
    ]


def test_blame_tells_who_wrote_every_field():
    fields = blamed(blame_of(recorded(marked_document())).blocks)

    for part, spec, value in places(marked_document()):
        assert (value, {1}) in fields, name(part, spec)


def test_blame_tells_who_changed_each_field():
    base, other = marked_document(), marked_document("other")
    for (part, spec, before), (_part, _spec, value) in zip(
        list(places(base)), list(places(other)), strict=True
    ):
        if value == before:
            continue
        new = with_value(base, part, spec, value)
        _first, second = replay_blame([(1, base, False), (2, new, False)])
        changed = [text for text, revisions in blamed(second.blame()) if 2 in revisions]
        assert changed == [value], name(part, spec)


def test_words_are_removed_from_every_text():
    document = marked_document()
    clean = document
    for part, spec, value in places(document):
        if spec.kind in (Kind.CHOICE, Kind.ISBN, Kind.LANGUAGE, Kind.DAY, Kind.DATE):
            continue
        text = value[0] if isinstance(value, tuple) else value
        own = next(each for each in text.replace("/", " ").replace(".", " ").split() if each.startswith("zq"))
        words = redact.RemovedWords(own)
        data = canonical.document_json(clean)

        assert redact.document_places(words, data), name(part, spec)
        assert redact.redact_document_json(words, data)
        assert own not in json.dumps(data, ensure_ascii=False), name(part, spec)


# -- files, git, corpus --


def test_files_say_every_field_and_read_it_again():
    document = marked_document()
    text = files.write(document)

    for part, spec, value in places(document):
        written = value[0] if isinstance(value, tuple) else value
        if spec.choices is None:
            assert written in text, name(part, spec)
    assert files.read(text, name="page.md", known=files.Catalogue()) == document


def test_a_folder_is_imported_with_every_field():
    document = marked_document()
    known = files.Catalogue(backers=document.backers)
    report = import_files(
        [
            ImportFile("controversies/page.md", files.write(document, known=known).encode(), Role.PAGE),
            *(
                ImportFile(f"actors/{backer.slug}.yml", files.write_actor(backer).encode(), Role.ACTOR)
                for backer in document.backers
            ),
        ],
        ImportOptions("Ida Importer"),
    )

    assert [page.outcome for page in report.pages] == [FileOutcome.NEW]
    assert history.head(document.key).document == document


@pytest.mark.django_db(transaction=True)
def test_the_corpus_carries_every_field():
    document = recorded(marked_document()).document
    text = b"".join(dump.corpus())
    emptied()

    load.load(io.BytesIO(text))

    assert history.head(document.key).document == document
    assert rows.from_rows([document.key]) == {document.key: document}


def test_git_carries_every_field_there_and_back(tmp_path):
    with transaction.atomic():
        document = recorded(marked_document()).document
        stream = b"".join(
            fast_import_stream(
                replay.public(),
                write=lambda document, day: files.write(
                    document, updated=day, known=files.Catalogue(backers=document.backers)
                ),
                write_actor=files.write_actor,
            )
        )
        transaction.set_rollback(True)
    with open_repository(imported(tmp_path, [stream])) as repository:
        import_history(repository, repository.resolve("main"))

    assert history.head(document.key).document == document


def in_fixture(part: Part, keys: dict[str, str]) -> dict[str, Any]:
    """A part as fixtures have it: what pages share by its slug, points and positions by names of their own."""
    data: dict[str, Any] = {}
    for spec in part.SPECS:
        value = getattr(part, spec.name)
        if spec.kind is Kind.ITEMS:
            data[spec.name] = [in_fixture(item, keys) for item in value]
        elif spec.kind is Kind.PART:
            data[spec.name] = value.slug
        elif spec.kind is not Kind.KEY:
            data[spec.name] = list(value) if spec.kind is Kind.LINES else value
        elif spec.refers_to or part.identity in keys:
            data[spec.name] = keys[value]
    return data


@pytest.mark.django_db(transaction=True)
def test_a_fixture_has_a_place_for_every_field(tmp_path):
    document = marked_document()
    keys = {
        block.key: block.slug if block_type.shared else block_type.name
        for block_type in (*SHARED, *(each for each in OWN if each.many))
        for block in block_type.blocks(document)
    }
    shared = {
        block_type.attribute: [in_fixture(block, {}) for block in block_type.blocks(document)]
        for block_type in SHARED
    }
    page = in_fixture(document.head, {})
    for block_type in OWN[1:]:
        blocks = [in_fixture(block, keys) for block in block_type.blocks(document)]
        page[block_type.attribute] = blocks if block_type.many else blocks[0]
    time = datetime.datetime(2026, 1, 5, 9, tzinfo=datetime.UTC)
    revision = {"time": time, "author": "Edith Editor", "summary": "All of it.", "document": page}
    path = tmp_path / "marked.yaml"
    path.write_text(yaml.safe_dump([shared, {"controversy": page.pop("slug"), "revisions": [revision]}]))

    call_command("loaddata", path, verbosity=0)

    loaded = rows.from_rows(str(key) for key in m.Controversy.objects.values_list("pk", flat=True))
    [document_again] = loaded.values()
    assert [(name(part, spec), value) for part, spec, value in places(document_again)] == [
        (name(part, spec), value) for part, spec, value in places(document)
    ]


# -- search --


def test_search_finds_each_field_that_is_declared_to_be_searched():
    document = recorded(marked_document()).document
    not_found, unexpected = [], []
    for part, spec, value in places(document):
        block_type = next((each for each in SHARED if each.part is type(part)), None)
        if block_type is TOPIC or spec.choices is not None:
            continue
        results = search(f'"{value[0] if isinstance(value, tuple) else value}"')
        pages = results.controversies if results.has_all and results.is_exact else ()
        group = (*results.best, *results.of_type(block_type.name)) if block_type else pages
        if spec.search is not None and not group:
            not_found.append(name(part, spec))
        if spec.search is None and spec.kind in (Kind.LINE, Kind.PROSE, Kind.LINES) and group:
            unexpected.append(name(part, spec))

    assert (not_found, unexpected) == ([], [])


# -- the API and the JSON twin --


def test_the_schemas_of_the_api_have_each_field(client):
    schemas = json.loads(client.get("/api/v1/openapi.json").content)["components"]["schemas"]
    for cls in part_classes():
        properties = schemas[cls.__name__]["properties"]
        assert {spec.name for spec in cls.SPECS} == properties.keys(), cls.__name__
    document = schemas["Document"]["properties"]
    assert {block_type.attribute for block_type in BLOCKS[1:]} <= document.keys()
    position = schemas["PositionRecord"]["properties"]
    own = next(each.part for each in BLOCKS if each.name == "position")
    assert {spec.name for spec in own.VALUES} <= position.keys()


def test_answers_of_the_api_have_each_field(client):
    document = recorded(marked_document()).document
    data = json.loads(client.get(f"/api/v1/controversies/{document.head.slug}").content)
    twin = json.loads(client.get(f"/controversies/{document.head.slug}.json").content)
    [listed] = json.loads(client.get("/api/v1/positions").content)["items"]

    for part, spec, value in places(document):
        written = list(value) if isinstance(value, tuple) else value
        assert json.dumps(written) in json.dumps(data), name(part, spec)
        assert json.dumps(written) in json.dumps(twin), name(part, spec)
    for spec in type(document.positions[0]).VALUES:
        assert listed[spec.name] == getattr(document.positions[0], spec.name), spec.name
    assert {key: value for key, value in twin.items() if key != "revision"} == canonical.document_json(
        document
    )
    for block_type in SHARED:
        [block] = block_type.blocks(document)
        own = json.loads(client.get(f"/api/v1/{block_type.attribute}/{block.slug}").content)
        assert canonical.to_json(block, full=True).items() <= own.items(), block_type.name


# -- pages --


NOT_ON_PAGES = {
    "Head.polarity": "tells editors and programs how the positions relate; the page draws both kinds alike",
}


def test_a_page_shows_each_field(client):
    """Shared blocks have pages of their own; an address is in the links to them."""
    document = recorded(marked_document()).document
    slug = document.head.slug
    pages = client.get(f"/controversies/{slug}/").content.decode()
    for block_type in SHARED:
        for block in block_type.blocks(document):
            pages += client.get(f"/{block_type.attribute}/{block.slug}/").content.decode()
    body = html.unescape(pages)

    missing = {name(part, spec) for part, spec, value in places(document) if shown(spec, value) not in body}
    assert missing == NOT_ON_PAGES.keys()


def test_a_comparison_with_nothing_shows_each_field(client):
    document = recorded(marked_document()).document
    body = html.unescape(client.get(f"/controversies/{document.head.slug}/compare/0/1/").content.decode())
    own = [block_type.part for block_type in OWN if block_type.many]

    missing = [
        name(part, spec)
        for part, spec, value in places(document)
        if type(part) in own and shown(spec, value) not in body
    ]
    assert missing == []


def test_the_blame_of_a_page_shows_each_field(client):
    """Addresses are in no text; of its topic a page tells which one it is."""
    document = recorded(marked_document()).document
    body = html.unescape(client.get(f"/controversies/{document.head.slug}/blame/").content.decode())
    left_out = {name(part, spec) for part, spec, _value in places(document) if spec.kind is Kind.SLUG}

    missing = {name(part, spec) for part, spec, value in places(document) if shown(spec, value) not in body}
    assert missing <= left_out | {"Topic.description"}


# -- the desk --


def test_the_desk_has_an_input_for_each_field_that_is_editable():
    for block_type in OWN:
        for part in parts_of(next(iter(block_type.blocks(marked_document())))):
            inputs = form_class(type(part)).base_fields.keys()
            expected = {spec.name for spec in part.VALUES if spec.is_editable}
            assert expected <= inputs, type(part).__name__
            assert not (inputs - expected) & {spec.name for spec in part.SPECS}, type(part).__name__


def sent_form(client, document, query=""):
    return opened(client, change_url(document.key, query))


@pytest.mark.parametrize("query", ["", "?text=1"], ids=["fields", "text"])
def test_the_edit_page_shows_each_field_and_keeps_what_nobody_changes(client, query):
    """The form, saved with one other value, loses none of the rest."""
    client.force_login(UserFactory(role="publisher"))
    document = recorded(marked_document()).document
    sent = sent_form(client, document, query)
    if query:
        sent["text"] = sent["text"].replace(document.head.question, "Something else?")
    else:
        sent["head-question"] = "Something else?"
    sent["reason-summary"] = "Another question."
    response = client.post(change_url(document.key, query), sent.data())

    assert response.status_code == 302, html.unescape(response.content.decode())[:2000]
    expected = with_value(document, document.head, type(document.head).spec("question"), "Something else?")
    assert history.head(document.key).document == expected
