"""The public log in a corpus: loaded elsewhere it is the same tree; a log that is not that of the pages is refused."""

import io
import json
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.core.management import call_command

from controversies import models as m
from controversies.document import canonical
from controversies.history.transparency import reader as log_reader
from controversies.interchange.corpus import dump, load
from controversies.interchange.corpus.line_reader import InvalidCorpus
from controversies.workflow import redaction
from tests.factories import ControversyFactory
from tests.history.transparency.logs import fill, follow, key, sign, sql
from tests.workflow.redaction.test_erase import order

from . import reader
from .test_load import empty, footed, loaded

pytestmark = pytest.mark.django_db(transaction=True)


def corpus() -> bytes:
    return b"".join(dump.corpus())


def leaves() -> list[tuple[int, str, bytes, bytes]]:
    rows = m.Leaf.objects.order_by("index").values_list("index", "kind", "entry", "hash")
    return [(index, kind, bytes(entry), bytes(value)) for index, kind, entry, value in rows]


def site() -> tuple[str, str]:
    """A page that was withdrawn for a while, one that is for good, and another, by turns; keys of the first two."""
    first, gone, second = (ControversyFactory(slug=slug, revisions=2) for slug in ("first", "gone", "second"))
    for title, publication in [("A", "withdrawn"), ("B", "withdrawn"), ("C", "published")]:
        first.edit(title=title, publication=publication)
    gone.edit(publication="withdrawn")
    second.edit(title="Third")
    first.edit(title="Last")
    return first.key, gone.key


def changed(text: bytes, change: Callable[[list[dict]], None]) -> bytes:
    """The corpus with other lines, and the footer that belongs to them."""
    lines = [json.loads(line) for line in text.splitlines()]
    change(lines)
    return footed(b"".join(canonical.dumps(line) + b"\n" for line in lines))


def refused(text: bytes, *, line: int | None = None) -> str:
    with pytest.raises(InvalidCorpus) as error:
        load.load(io.BytesIO(text))
    assert not m.Leaf.objects.exists()
    assert not m.Log.objects.exists()
    assert not m.Controversy.objects.exists()
    if line is not None:
        assert error.value.line == line
    return str(error.value).partition(": ")[2]


def line_of(text: bytes, start: str) -> int:
    """The number of the first line that begins so."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(start.encode()))


# -- the same tree --


def test_loaded_log_is_the_same_tree():
    site()
    text, before = corpus(), leaves()
    root = log_reader.root(1, len(before))
    empty()
    loaded(text)

    assert leaves() == before
    assert log_reader.root(1, len(before)) == root
    assert corpus() == text
    assert [kind for _index, kind, *_rest in before].count("withdrawal") == 2
    found = reader.read(text)
    assert found["header"]["with"] == ["log"]
    assert [canonical.dumps(entry) for entry in found["entries"]] == [
        entry for _n, _kind, entry, _hash in before
    ]
    assert found["end"]["entries"] == len(before) == 11
    assert found["checkpoint"] is None


def test_entries_of_the_corpus_are_those_of_its_revisions():
    """A program that knows the format alone can hold one against the other."""
    _first, gone = site()
    found = reader.read(corpus())

    said = {(entry["page"], entry["number"]): entry for entry in found["entries"]}
    for page, revisions in found["pages"].items():
        for number, (line, blocks) in revisions.items():
            entry = said.pop((page, number), None)
            if blocks is not None:
                assert entry == {"digest": line["digest"], "number": number, "page": page}
            elif entry is not None:
                assert entry == {"digest": line["digest"], "number": number, "page": page, "withdrawn": True}
    assert [(page, number) for page, number in said] == [(gone, 1), (gone, 2), (gone, 3)]


def test_site_goes_on_where_the_log_ended():
    site()
    text, before = corpus(), leaves()
    empty()
    sql(
        "SELECT controversies_name_log('log.example', %s, '')", str(key())
    )  # as its operator brought the key along
    loaded(text)
    ControversyFactory(slug="third")

    assert leaves()[:-1] == before
    assert m.Log.objects.get().origin == "log.example"
    assert sign().size == len(before) + 1


def test_checkpoint_comes_along_and_is_held_against_the_entries():
    site()
    note = sign().note
    ControversyFactory(slug="third")
    text = corpus()
    assert reader.read(text)["checkpoint"] == note
    empty()
    loaded(text)

    assert not m.Checkpoint.objects.exists()  # it is of the other site's key
    empty()
    place = line_of(text, '{"checkpoint"')

    def swap(lines: list[dict]) -> None:
        lines[place], lines[place + 1] = lines[place + 1], lines[place]

    def cut(lines: list[dict]) -> None:
        del lines[place + 5 : place + 12]

    assert (
        refused(changed(text, swap), line=place) == "The entries that follow are not those that were signed."
    )
    assert refused(changed(text, cut), line=place) == "The checkpoint has more entries than follow."


def test_log_that_follows_another_comes_whole():
    site()
    sign()
    follow()
    ControversyFactory(slug="third")
    text = corpus()
    before = [each for each in m.Leaf.objects.filter(log=2).order_by("index").values_list("entry", flat=True)]
    empty()
    loaded(text)

    assert [entry for _n, _kind, entry, _hash in leaves()] == [bytes(entry) for entry in before]
    assert leaves()[0][1] == "checkpoint"
    assert corpus() == text


@pytest.mark.parametrize("replace_digests", [False, True])
def test_removals_come_with_their_entries(replace_digests):
    ControversyFactory(slug="first", revisions=3, question="Did Jane Doe do it?")
    redaction.apply(order("Jane Doe", replaces_digests=replace_digests))
    text, before = corpus(), leaves()
    assert "redaction" in [kind for _n, kind, *_rest in before]
    assert ("replacement" in [kind for _n, kind, *_rest in before]) == replace_digests
    empty()
    loaded(text)

    assert leaves() == before
    assert corpus() == text


# -- corpora without one --


def without_log(text: bytes) -> bytes:
    """The corpus as an earlier release wrote it."""

    def strip(lines: list[dict]) -> None:
        lines[0]["with"].remove("log")
        if not lines[0]["with"]:
            del lines[0]["with"]
        lines[:] = [line for line in lines if "entry" not in line]

    return changed(text, strip)


def test_corpus_of_an_earlier_release_begins_a_log_of_its_own():
    first, gone = site()
    text = corpus()
    empty()
    loaded(without_log(text))

    entries = [json.loads(entry) for _n, _kind, entry, _hash in leaves()]
    assert [entry["number"] for entry in entries if entry["page"] == first] == [1, 2, 3, 5, 6]
    assert gone not in {entry["page"] for entry in entries}
    assert len(entries) == 8


def test_removals_of_a_corpus_of_an_earlier_release_have_entries():
    ControversyFactory(slug="first", revisions=3, question="Did Jane Doe do it?")
    redaction.apply(order("Jane Doe"))
    text = corpus()
    before = [(kind, entry) for _n, kind, entry, _hash in leaves()]
    empty()
    loaded(without_log(text))

    after = [(kind, entry) for _n, kind, entry, _hash in leaves()]
    assert sorted(after) == sorted(before)
    assert [kind for kind, _entry in after] == sorted((kind for kind, _entry in after), key="revision".__ne__)


# -- what is refused --


def test_log_is_only_loaded_where_none_has_begun():
    site()
    text = corpus()
    empty()
    fill(1)
    with pytest.raises(InvalidCorpus, match="The log of this site has begun"):
        loaded(text)
    assert m.Leaf.objects.count() == 1


def entry_line(text: bytes, number: int) -> int:
    return line_of(text, '{"entry"') + number


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda entries: entries.pop(0), "The log has no entry of revision 1 of the page {first}."),
        (lambda entries: entries.pop(6), "The log has no entry of revision 3 of the page {first}."),
        (lambda entries: entries.clear(), "The log has no entry of revision 1 of the page "),
        (
            lambda entries: entries[0]["entry"].update(digest="0" * 64),
            "Entry 0 of the log says otherwise of revision 1 of controversy {first}.",
        ),
        (
            lambda entries: entries.append({"entry": {**entries[0]["entry"], "number": 9}}),
            "No revision of a page matches this entry of the log.",
        ),
        (
            lambda entries: entries.append(
                {"entry": {**entries[0]["entry"], "number": 4, "withdrawn": True}}
            ),
            "No revision of a page matches this entry of the log.",
        ),
        (
            lambda entries: entries.append({"entry": {**entries[0]["entry"], "page": f"{0:032x}"}}),
            "“page”: A key is a UUID, as in 6f8f57e0-6b0c-4e5e-8e55-3c4a1f0f7f0e.",
        ),
        (
            lambda entries: entries.append(
                {"entry": {**entries[0]["entry"], "page": "00000000-0000-4000-8000-000000000000"}}
            ),
            "This entry of the log is of a public page that is not in the corpus.",
        ),
        (lambda entries: entries.append(entries[0]), "duplicate key value"),
        (lambda entries: entries[3].update(more=1), "“more” is unknown here."),
        (lambda entries: entries[3]["entry"].update(more=1), "“more” is unknown here."),
        (lambda entries: entries[3]["entry"].update(number=0), "“number” is out of range."),
        (lambda entries: entries[3]["entry"].update(number=2**31), "“number” is out of range."),
        (lambda entries: entries[3]["entry"].update(number="1"), "“number” must be a whole number."),
        (lambda entries: entries[3]["entry"].update(digest="x"), "“digest” must be a digest"),
        (lambda entries: entries[3]["entry"].update(withdrawn=False), "“withdrawn” is unknown here."),
        (lambda entries: entries[3]["entry"].update(withdrawn=1), "“withdrawn” is unknown here."),
        (lambda entries: entries[3]["entry"].pop("digest"), "“digest” is missing."),
        (lambda entries: entries[3].update(entry={}), "“digest” is missing."),
        (lambda entries: entries[3].update(entry=[]), "“entry” must be an object."),
        (lambda entries: entries[3].update(entry={"checkpoint": 1}), "“checkpoint” must be text."),
        (lambda entries: entries[3]["entry"].update(part="foot"), "“ground” is missing."),
    ],
)
def test_entries_that_are_not_of_the_pages_are_refused(change, message):
    first, _gone = site()
    text = corpus()
    empty()

    def alter(lines: list[dict]) -> None:
        places = [n for n, line in enumerate(lines) if "entry" in line]
        entries = lines[places[0] : places[-1] + 1]
        change(entries)
        lines[places[0] : places[-1] + 1] = entries

    said = refused(changed(text, alter))
    assert said.startswith(message.format(first=first))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines[0].pop("with"), "The log comes before the pages, and the first line says that"),
        (lambda lines: lines[0].update({"with": []}), "“with” is unknown here."),
        (lambda lines: lines[0].update({"with": ["log", "redactions"]}), "“with” is unknown here."),
        (lambda lines: lines[0].update({"with": ["log", "more"]}), "“with” is unknown here."),
        (lambda lines: lines.insert(-1, lines[1]), "Topics, backers and sources come before the log"),
        (lambda lines: lines.insert(9, lines[1]), "Topics, backers and sources come before the log"),
        (lambda lines: lines.insert(9, {"checkpoint": "x"}), "One checkpoint comes before the entries"),
    ],
)
def test_lines_that_are_out_of_place_are_refused(change, message):
    ControversyFactory(revisions=8, positions=0, points=0, slug="only")
    text = corpus()
    empty()

    assert refused(changed(text, change)).startswith(message)


def test_checkpoint_that_is_none_is_refused():
    ControversyFactory(slug="only")
    sign()
    text = corpus()
    empty()
    place = line_of(text, '{"checkpoint"')

    for note, message in [
        ("x", "A note has an empty line between its text and its signatures."),
        (1, "“checkpoint” must be text."),
    ]:
        assert (
            refused(
                changed(text, lambda lines, note=note: lines[place - 1].update(checkpoint=note)), line=place
            )
            == message
        )


def test_load_tells_of_the_entries(tmp_path, capsys):
    ControversyFactory(slug="only", revisions=3)
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(corpus())
    cache.clear()
    call_command("flush", interactive=False, verbosity=0)
    call_command("loadcorpus", str(path))

    assert "The public log came along: 3 entries, in the same order." in capsys.readouterr().out
