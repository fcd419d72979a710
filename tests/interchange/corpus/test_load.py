"""The corpus as it is loaded: the same record with the same pages, all of it or nothing, whatever is sent."""

import gzip
import io
import json
import tracemalloc
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from controversies import history
from controversies import models as m
from controversies.document import canonical
from controversies.document.parse import InvalidDocument
from controversies.history import arrivals, read, verify
from controversies.interchange.corpus import dump, format, load, page_loader
from controversies.interchange.corpus.line_reader import InvalidCorpus
from controversies.models import ChangeClass
from tests.factories import (
    START,
    ControversyFactory,
    TopicFactory,
    UserFactory,
    citation,
    source_block,
    topic_block,
)
from tests.history.test_as_of_page import next_revision
from tests.history.test_verify import tamper
from tests.strategies import documents, edits, json_values

from . import reader


def corpus() -> bytes:
    return b"".join(dump.corpus())


def loaded(text: bytes) -> None:
    load.load(io.BytesIO(text))


def empty() -> None:
    cache.clear()
    call_command("flush", interactive=False, verbosity=0)


def footed(text: bytes) -> bytes:
    """These lines with the footer that belongs to them."""
    tally = format.Tally()
    sorts = {"block": "blocks", "topic": "topics", "backer": "backers", "source": "sources", "page": "pages"}
    sorts |= {"revision": "revisions", "hidden": "hidden", "erased": "erased", "entry": "entries"}
    sorts["redacted"] = "redacted"
    kept = [line for line in text.split(b"\n")[:-1] if not line.startswith(b'{"end"')]
    for line in kept:
        members = json.loads(line.decode(errors="surrogatepass"))
        tally.add(line, next((sort for name, sort in sorts.items() if name in members), ""))
    return b"\n".join([*kept, canonical.dumps(tally.footer()), b""])


def site() -> list[m.Controversy]:
    """Two pages with all that there can be: hidden revisions before and between, a reviewer, what is shared."""
    topic = topic_block(TopicFactory.build(description="Told at\n\nlength."))
    first = ControversyFactory(revisions=4, published_at=3, topic=topic, slug="first")
    second = ControversyFactory(revisions=2, topic=topic, slug="second", positions=3, citations=9)
    first.edit(publication="withdrawn")
    first.edit(question="And now?")
    first.save(first.document.with_blocks(positions=first.document.positions[1:]))
    first.edit(publication="published", kind=m.ChangeClass.IMPORT)
    first.edit(title="Another title")
    second.save(
        replace(second.document, points=second.document.points[::-1]), reviewer=UserFactory(role="editor")
    )
    ControversyFactory(publication="draft")
    return [first.row, second.row]


@pytest.fixture(scope="module")
def dumped(django_db_setup, django_db_blocker) -> bytes:
    """A small corpus, one for all tests of what is refused; the database is as empty as before."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = ControversyFactory(revisions=3, published_at=2, positions=1, points=1)
        made.edit(publication="withdrawn")
        made.edit(publication="published")
        text = corpus()
        transaction.set_rollback(True)
    return text


# -- the same as before --


@pytest.mark.django_db(transaction=True)
def test_loaded_site_is_the_same_page_by_page(client):
    """At the same addresses, byte by byte; and so is its corpus."""
    keys = {page.slug: str(page.pk) for page in site()}
    [topic] = {page.topic.slug for page in m.Controversy.objects.public()}
    text = corpus()
    found = reader.read(text)
    addresses = [
        "/",
        "/controversies/",
        f"/topics/{topic}/",
        "/changes/",
        "/changes/?kind=import",
        "/backers/",
    ]
    addresses += ["/sources/", "/search/?q=weights", f"/changes/?topic={topic}"]
    addresses += [f"/{sort}s/{each[sort]['slug']}/" for each in found["shared"][1:] for sort in each]
    for slug, key in keys.items():
        page = f"/controversies/{slug}"
        addresses += [f"{page}/", f"{page}.json", f"{page}/history/", f"{page}/history/?kind=import"]
        addresses += [f"{page}/history/?before=6", f"{page}/history/?by=Edith+Editor", f"{page}/compare/0/3/"]
        blocks = history.head(key).document.blocks()
        addresses += [f"{page}/history/?block={block.key}" for block in blocks]
        for number in range(1, 11):
            addresses += [f"{page}/revisions/{number}/", f"{page}/revisions/{number}.json"]
            addresses += [f"{page}/compare/{number}/{number + 1}/"]

    def answers():
        cache.clear()
        got = {address: client.get(address) for address in addresses}
        return {address: (answer.status_code, answer.content.decode()) for address, answer in got.items()}

    before = answers()
    empty()
    loaded(text)
    after = answers()

    assert {address: answer[0] for address, answer in after.items()} == {
        address: answer[0] for address, answer in before.items()
    }
    for address in addresses:
        assert after[address] == before[address], address
    assert {200, 404} == {code for code, _content in after.values()}
    assert corpus() == text
    assert set(m.Topic.objects.values_list("description", flat=True)) == {"Told at\n\nlength."}


@pytest.mark.django_db(transaction=True)
def test_record_that_is_older_than_the_rule_of_time_comes_with_the_times_that_it_has():
    """Its digests cover them. A page as of a time is still found, and its next revision is dated after the last."""
    made = ControversyFactory(slug="one")
    made.edit(title="Second", time=START + timedelta(days=9))
    entry, earlier = made.head.entry, START + timedelta(days=3)
    tamper(
        "DELETE FROM controversies_searchindex WHERE controversy_id = %s", made.key
    )  # as if it came just now
    next_revision(made, earlier).save(force_insert=True)
    text, key = corpus(), made.key
    empty()

    loaded(text)

    times = list(m.Revision.objects.filter(controversy=key).order_by("number").values_list("time", flat=True))
    assert times == [START, entry.time, earlier]
    assert corpus() == text
    assert [read.as_of(key, START + timedelta(days=days)) for days in (-1, 0, 2, 9)] == [0, 1, 1, 3]
    made.head = history.head(key)
    with pytest.raises(InvalidDocument, match="Give it that time or a later one"):
        made.edit(title="Third", time=earlier - timedelta(days=1))
    made.edit(title="Third")
    assert made.head.number == 4


@pytest.mark.django_db
@given(st.data())
def test_every_history_comes_back_with_the_same_digests(data):
    with transaction.atomic():
        document = data.draw(documents())
        states = data.draw(st.lists(st.sampled_from(["published", "withdrawn"]), min_size=1, max_size=5))
        states = ["draft"] * data.draw(st.integers(0, 2)) + states + ["published"]
        for number, state in enumerate(states):
            head = replace(document.head, slug="a", publication=state, question=f"Is it {number}?")
            history.record(replace(document, head=head), base=number, author_name="A", summary=f"{number}")
            newest = history.head(document.key).document
            document = data.draw(edits(newest))
            document = replace(document, head=replace(document.head, topic=newest.head.topic))
        connection.check_constraints()  # as COMMIT would
        text, key = corpus(), document.key
        expected = [history.at(key, number) for number in range(1, len(states) + 1)]
        transaction.set_rollback(True)
    with transaction.atomic():
        loaded(text)
        connection.check_constraints()  # as COMMIT would

        for reading, state in zip(expected, states, strict=True):
            found = history.at(key, reading.number)
            if state != "published":
                assert found is None
                continue
            assert found.document == reading.document
            assert found.entry.digest == reading.entry.digest
            follows = reading.number > 1 and states[reading.number - 2] == "published"
            if follows or reading.number == 1:
                assert found.entry == reading.entry
        assert list(verify.faults(key)) == []
        assert corpus() == text
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["open_weights", "training_copyright", "scaling"])
def test_fixtures_come_back(name):
    call_command("loaddata", "roles", name, verbosity=0)
    text = corpus()
    empty()

    loaded(text)

    assert corpus() == text


@pytest.mark.django_db(transaction=True)
def test_commands_take_a_file_there_and_back(tmp_path, capsys):
    rows = site()
    path = tmp_path / "corpus.jsonl.gz"
    call_command("dumpcorpus", str(path))
    empty()

    call_command("loadcorpus", str(path))
    call_command("checkhistory")

    by = f"{connection.settings_dict['USER']}, {timezone.now().date()}"
    assert capsys.readouterr().out.splitlines() == [
        "Loaded: 2 controversies, 7 revisions.",
        "The public log came along: 8 entries, in the same order.",
        "Of 5 more revisions, which were not public, the corpus has the number, time and digest.",
        f"first: Revisions 1 to 2 came without their content, as the page was draft: loaded by {by}.",
        f"first: Revisions 5 to 7 came without their content, as the page was withdrawn: loaded by {by}.",
        "2 controversies, 12 revisions: the record is whole.",
    ]
    assert sorted(m.Controversy.objects.values_list("pk", flat=True)) == sorted(row.pk for row in rows)


@pytest.mark.django_db(transaction=True)
def test_what_was_loaded_is_edited_like_any_page():
    site()
    text = corpus()
    empty()
    loaded(text)
    key = str(m.Controversy.objects.get(slug="first").pk)

    saved = history.undo(key, history.head(key).number, author_name="A")
    history.revert(key, 4, author_name="A")
    with history.act(author_name="A"):
        m.Backer.objects.update(description="Put right.")
    with pytest.raises(history.UnknownRevision):
        history.revert(key, 1, author_name="A")

    assert saved.revision.number == 10
    assert [list(verify.faults(key)) for key, _slug in verify.controversies()] == [[], []]
    again = reader.read(corpus())["pages"][key]
    assert [number for number, (_line, blocks) in again.items() if blocks is None] == [1, 2, 5, 6, 7]


@pytest.mark.django_db(transaction=True)
def test_revisions_arrive_in_the_order_of_time():
    site()
    expected = [
        (row.controversy_id, row.number)
        for row in m.Revision.objects.filter(controversy__in=m.Controversy.objects.public()).order_by(
            "time", "controversy_id", "number"
        )
    ]
    text = corpus()
    empty()
    loaded(text)

    found = arrivals.since(limit=100).items

    shown = [(each.line.entry.controversy, each.line.number) for each in found if each.line]
    first = [each for i, each in enumerate(shown) if each not in shown[:i]]
    public = set(shown)
    assert first == [(str(key), number) for key, number in expected if (str(key), number) in public]
    assert len(public) == 7
    assert [each.line for each in found if each.line is None] == [None]  # as it was withdrawn once


@pytest.mark.django_db(transaction=True)
def test_editors_are_told_what_did_not_come_along(client):
    site()
    text = corpus()
    empty()
    loaded(text)
    client.force_login(UserFactory(role="editor"))

    listed = client.get("/controversies/first/history/").content.decode()

    assert listed.count("Made while the page was withdrawn") == 3
    assert listed.count("Made before the page was public") == 2
    assert "/controversies/first/revisions/6/" not in listed
    assert client.get("/controversies/first/revisions/6/").status_code == 404
    assert client.get("/controversies/first/compare/5/6/").status_code == 404
    key = m.Controversy.objects.get(slug="first").pk
    for act, number in (("revert", 6), ("undo", 6), ("undo", 8)):
        answer = client.get(f"/admin/controversies/controversy/{key}/{act}/{number}/")
        assert answer.status_code in (302, 404), act


@pytest.mark.django_db
def test_block_that_was_lost_stays_lost_and_is_told_of():
    with transaction.atomic():
        made = ControversyFactory(revisions=3)
        text = corpus()
        transaction.set_rollback(True)
    [position] = [b for b in made.document.positions if text.count(f'"key":"{b.key}"'.encode()) > 1][:1]
    out, erased = [], False
    for line in text.splitlines(keepends=True):
        block = json.loads(line)
        if block.get("key") == position.key and "block" in block and not erased:
            gone = {"erased": position.key, "digest": reader.sha256(line.rstrip(b"\n"))}
            out.append(canonical.dumps(gone) + b"\n")
            erased = True
        else:
            out.append(line)
    text = footed(b"".join(out))

    loaded(text)

    assert corpus() == text
    assert list(verify.faults(made.key)) == [
        f"Revision 1: block {position.key} has no body, and nothing says why."
    ]
    assert history.head(made.key).document == made.document


@pytest.mark.django_db
@pytest.mark.parametrize("described", ["", "Told at\r\n\r\nlength.\n"])
def test_corpus_of_before_descriptions_were_recorded_is_loaded(described):
    """Its topics have descriptions, empty ones too, and none of its pages says so."""
    with transaction.atomic():
        topic = topic_block(TopicFactory.build(description=""))
        first = ControversyFactory(revisions=3, published_at=2, topic=topic)
        ControversyFactory(topic=topic)
        text = corpus()
        transaction.set_rollback(True)
    every = [json.loads(line) for line in text.splitlines()]
    [old] = [line for line in every if "topic" in line and len(line) == 1]
    old["topic"]["description"] = described

    loaded(footed(b"".join(canonical.dumps(line) + b"\n" for line in every)))
    connection.check_constraints()  # as COMMIT would

    newest = history.head(first.key)
    expected = "Told at\n\nlength." if described else ""
    assert m.Topic.objects.get().description == newest.document.head.topic.description == expected
    assert history.at(first.key, 3).entry.digest == first.head.entry.digest
    assert [list(verify.faults(key)) for key, _slug in verify.controversies()] == [[], []]
    assert newest.number == (4 if described else 3)
    if described:
        assert newest.entry.author_name == "Crux"
        assert newest.entry.summary == (
            "The description of this page’s topic is part of the page’s record from now on."
        )
        assert newest.entry.changes == [["head", "", "topic_description"]]


@pytest.mark.django_db
def test_blocks_in_which_only_numbers_differ_are_marked_so():
    with transaction.atomic():
        made = ControversyFactory(positions=3, citations=6, sources=4)
        cited = (replace(p, argument=f"{p.argument} See [2] and [3].") for p in made.document.positions)
        made.save(made.document.with_blocks(positions=tuple(cited)))
        source, document = source_block(), made.document
        context = replace(document.context, citations=(citation(source), *document.context.citations))
        numbered = (
            replace(p, argument=p.argument.replace("[3]", "[4]").replace("[2]", "[3]"))
            for p in document.positions
        )
        made.save(
            replace(document, context=context).with_blocks(
                positions=tuple(numbered), sources=(source, *document.sources)
            )
        )
        text = corpus()
        transaction.set_rollback(True)

    loaded(text)

    flags = m.Block.objects.filter(since=3, key__in=[p.key for p in made.document.positions])
    assert list(flags.values_list("renumbered", flat=True)) == [True] * 3
    assert list(verify.faults(made.key)) == []


# -- what is refused --


def refused(text: bytes) -> str:
    """Why this is not loaded; and that nothing is left of it."""
    with pytest.raises(InvalidCorpus) as error:
        loaded(text)
    assert not m.Controversy.objects.exists()
    assert not m.Topic.objects.exists()
    assert not m.Block.objects.exists()
    return str(error.value)


@pytest.mark.django_db
def test_file_that_was_cut_off_is_refused_wherever(dumped):
    every = dumped.splitlines(keepends=True)
    for count in range(len(every)):
        assert (
            refused(b"".join(every[:count]))
            == f"line {count + 1}: The footer is missing: the file was cut off."
        )
    assert refused(dumped[:-1]) == f"line {len(every)}: The file is cut off in this line."
    assert refused(dumped[:2000]).endswith("The file is cut off in this line.")
    packed = gzip.compress(dumped)
    for size in (len(packed) // 2, len(packed) - 4):
        assert refused(packed[:size]).endswith("The compressed file is cut off or damaged here.")


@pytest.mark.django_db
def test_no_line_can_be_lost_doubled_or_moved(dumped):
    every = dumped.splitlines(keepends=True)
    for i in range(len(every) - 1):
        refused(footed(b"".join([*every[:i], *every[i + 1 :]])))
        refused(footed(b"".join([*every[: i + 1], *every[i:]])))
        if i and i < len(every) - 2:
            refused(footed(b"".join([*every[:i], every[i + 1], every[i], *every[i + 2 :]])))


def alterations(value):
    """Other values in the place of this one, each of them wrong."""
    if isinstance(value, str):
        yield from (
            f"{value}x",
            "",
            " ",
            value + "\0",
            "\ud800",
            1,
            None,
            [value],
            "é" * 200_000,
            f"{value}\n",
        )
        if value[:1].isalnum():
            yield "0" + value[1:] if value[0] != "0" else "1" + value[1:]
    elif isinstance(value, int):
        yield from (value + 1, value - 1, -value - 1, str(value), float(value), True, 10**30, None)
    elif isinstance(value, list):
        yield from ([*value, *(value[:1] or ["x"])], value[1:] or ["x"], {}, None, [None], "x", [[]])
        if len(value) > 1:
            yield value[::-1]
    else:
        yield from ([], None, "x", {})


def altered(line):
    """Copies of the line's values with one value altered, wherever in it, or a member more or less."""
    yield {**line, "more": 1}
    for name, value in line.items():
        yield {key: each for key, each in line.items() if key != name}
        for other in alterations(value):
            yield {**line, name: other}
        if isinstance(value, dict):
            for inner in altered(value):
                yield {**line, name: inner}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for inner in altered(value[0]):
                yield {**line, name: [inner, *value[1:]]}


def says_the_same(line, other):
    """Whether only what nothing else hangs on is altered, into something that could be."""
    free = {"rights": str, "site": dict}
    if "hidden" in line and str(other.get("time")).startswith("0"):
        return other == line | {"time": other["time"]}  # another year: no digest that is there covers it
    if line.keys() != other.keys():
        return False
    differing = [name for name in line if line[name] != other[name]]
    return all(name in free and isinstance(other[name], free[name]) for name in differing)


@pytest.mark.django_db
def test_no_value_can_be_altered(dumped):
    """In a line of each sort, each value in turn, with the footer that then belongs to it."""
    every = dumped.splitlines(keepends=True)
    tried, sorts = 0, set()
    for i, text in enumerate(every[:-1]):
        line = json.loads(text)
        sort = line.get("block") or min(
            line.keys() & {"format", "topic", "hidden", "revision", "page"}, default=""
        )
        if sort in sorts:
            continue
        sorts.add(sort)
        for other in altered(line):
            if says_the_same(line, other):
                continue
            made = json.dumps(other, ensure_ascii=sort == "", sort_keys=True, separators=(",", ":"))
            made = made.encode(errors="surrogatepass")
            message = refused(footed(b"".join([*every[:i], made + b"\n", *every[i + 1 :]])))
            assert message.startswith("line ")
            tried += 1
    assert tried > 500
    assert sorts >= {"format", "topic", "page", "hidden", "revision", "head", "context", "point", "position"}


@pytest.mark.django_db
@given(st.data())
def test_whatever_stands_in_a_line_is_refused_by_its_number(dumped, data):
    every = dumped.splitlines(keepends=True)
    i = data.draw(st.integers(0, len(every) - 2))
    line = json.loads(every[i])
    name = data.draw(st.sampled_from(sorted(line)))
    made = data.draw(json_values())
    other = data.draw(st.sampled_from([made, line | {name: made}]))
    text = json.dumps(other, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)

    message = refused(b"".join([*every[:i], text.encode(errors="surrogatepass") + b"\n", *every[i + 1 :]]))

    assert message.startswith("line ")


@pytest.mark.django_db
def test_no_byte_can_be_altered(dumped):
    for i in range(0, len(dumped), 41):
        refused(dumped[:i] + bytes([dumped[i] ^ 1]) + dumped[i + 1 :])


HOSTILE = {
    "nothing": (b"", "line 1: The footer is missing"),
    "no corpus": (b"{}\n", "line 1: This is not a corpus"),
    "a page of the web": (b"<!doctype html>\n", "line 1: This is not JSON"),
    "not UTF-8": (b'{"a":"\xff"}\n', "line 1: This line is not valid UTF-8"),
    "UTF-16": ('{"a":1}\n'.encode("utf-16"), "line 1: This line is not valid UTF-8"),
    "a byte order mark": (b'\xef\xbb\xbf{"a":1}\n', "line 1: This is not JSON"),
    "half a character": (b'{"a":"\\ud800"}\n', "line 1: This line is not valid UTF-8"),
    "a list": (b"[]\n", "line 1: Each line is an object"),
    "an empty line": (b"\n", "line 1: This is not JSON"),
    "deeply nested": (b"[" * 200_000 + b"]" * 200_000 + b"\n", "line 1: This is nested too deeply"),
    "a key twice": (
        b'{"format":"crux-corpus","format":"crux-corpus"}\n',
        "line 1: An object has the same key twice",
    ),
    "white space": (b'{"format": "crux-corpus"}\n', "line 1: This is not canonical JSON"),
    "CRLF": (b'{"format":"crux-corpus"}\r\n', "line 1: This is not canonical JSON"),
    "not a number": (b'{"format":NaN}\n', "line 1: Numbers such as “NaN” are not"),
    "a great number": (b'{"format":' + b"9" * 5000 + b"}\n", "line 1: This is not JSON: Exceeds"),
    "another version": (
        b'{"format":"crux-corpus","version":2}\n',
        "line 1: This program can only read version 1",
    ),
    "damaged gzip": (
        gzip.compress(b"x" * 1000)[:20] + b"\0" * 30,
        "line 1: The compressed file is cut off or dam",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused(name):
    text, message = HOSTILE[name]

    assert refused(text).startswith(message)


@pytest.mark.django_db
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip bomb"])
def test_endless_line_is_refused_before_it_fills_the_memory(packed, monkeypatch):
    monkeypatch.setattr("controversies.interchange.corpus.line_reader.LONGEST", 2**20)
    text = b"[" * 200 * 2**20
    text = gzip.compress(text, 1) if packed else text
    tracemalloc.start()

    message = refused(text)

    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert message == "line 1: This line is longer than 1048576 bytes."
    assert most < 20 * 2**20


@pytest.mark.django_db
def test_page_too_large_to_be_one_is_refused(dumped, monkeypatch):
    monkeypatch.setattr(page_loader, "LARGEST", 500)

    assert refused(dumped).endswith("This page is larger than 500 bytes.")


@pytest.mark.django_db
def test_nothing_follows_the_footer(dumped):
    count = dumped.count(b"\n")

    assert refused(dumped + b"{}\n") == f"line {count + 1}: Nothing comes after the footer."
    assert refused(gzip.compress(dumped) + gzip.compress(b"{}\n")).endswith("Nothing comes after the footer.")


@pytest.mark.django_db
def test_what_no_page_shows_is_refused(dumped):
    every = dumped.splitlines(keepends=True)
    key = "ffffffff-ffff-4fff-8fff-ffffffffffff"
    line = canonical.dumps({"topic": {"key": key, "slug": "alone", "title": "Alone"}})

    message = refused(footed(b"".join([*every[:2], line + b"\n", *every[2:]])))

    assert message.endswith(
        "No page shows “alone”. A corpus contains only the topics, backers and sources of its pages."
    )


@pytest.mark.django_db
def test_two_that_the_database_takes_for_one_are_refused_by_line(dumped):
    every = dumped.splitlines(keepends=True)
    topic = json.loads(every[1])["topic"] | {"key": "ffffffff-ffff-4fff-8fff-ffffffffffff"}

    message = refused(footed(b"".join([*every[:2], canonical.dumps({"topic": topic}) + b"\n", *every[2:]])))

    assert message == "line 3: topic: this address is taken."


@pytest.mark.django_db
def test_command_says_what_is_wrong_and_where(dumped, tmp_path, monkeypatch):
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(dumped[:-1])
    with pytest.raises(
        CommandError, match=r"corpus.jsonl, line \d+: The file is cut off in this line. Nothing was"
    ):
        call_command("loadcorpus", str(path))
    with pytest.raises(CommandError, match="could not be read: No such file"):
        call_command("loadcorpus", str(tmp_path / "none"))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(dumped)))
    call_command("loadcorpus", "-")
    path.write_bytes(dumped)
    with pytest.raises(CommandError, match="This database is not empty, so nothing was loaded"):
        call_command("loadcorpus", str(path))

    assert m.Controversy.objects.count() == 1


@pytest.mark.django_db
def test_draft_alone_makes_a_database_not_empty(dumped):
    ControversyFactory(publication="draft")

    with pytest.raises(load.NotEmpty):
        loaded(dumped)


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_history(monkeypatch):
    monkeypatch.setattr(load, "_BATCH", 10)

    def text(revisions):
        with transaction.atomic():
            ControversyFactory(revisions=revisions, start=START)
            made = corpus()
            transaction.set_rollback(True)
        return made

    def peak(made):
        tracemalloc.start()
        with transaction.atomic():
            loaded(made)
            transaction.set_rollback(True)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    short, long = text(20), text(140)
    peak(short)  # what is made once
    peak(long)

    assert peak(long) - len(long) < 1.5 * (peak(short) - len(short))


@pytest.mark.django_db(transaction=True)
def test_long_reasons_and_several_authors_of_imports_come_along():
    made = ControversyFactory(slug="milk")
    reason = "Rewrite\n\n" + "Because. " * 2_000
    made.edit(title="Milk?", author_name="Ada; Bo", summary=reason.strip(), kind=ChangeClass.IMPORT)
    text = corpus()
    empty()

    loaded(text)

    entry = history.head(made.key).entry
    assert (entry.author_name, entry.summary) == ("Ada; Bo", reason.strip())
    assert corpus() == text
