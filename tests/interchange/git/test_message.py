"""Messages of commits: what goes out comes back, and nothing else is taken for it."""

import datetime

from hypothesis import given
from hypothesis import strategies as st

from controversies.document import text
from controversies.history import Entry
from controversies.interchange.git import people
from controversies.interchange.git.message import Told, message, read, seconds
from controversies.models import ChangeClass

NOON = datetime.datetime(2026, 3, 8, 12, 0, tzinfo=datetime.UTC)
AT_NOON = int(NOON.timestamp())


def entry(**fields):
    return Entry(
        **{
            "controversy": "0",
            "number": 7,
            "time": NOON,
            "author": None,
            "author_name": "Edith Editor",
            "summary": "Cite the report itself.",
            "document": b"\x01" * 32,
            "digest": b"\x02" * 32,
            "classes": ("source", "wording"),
            "changes": [],
            "added": 0,
            "removed": 0,
            **fields,
        }
    )


def there_and_back(made):
    return read(message(made, "milk-first"), author=people.ident(made.author_name), when=seconds(made.time))


def test_message_reads_well():
    assert message(entry(reviewer_name="Paul"), "milk-first") == (
        "Cite the report itself.\n"
        "\n"
        "Page: milk-first\n"
        "Revision: 7\n"
        "Kinds-of-change: source, wording\n"
        f"Digest: {'02' * 32}\n"
        f"Document: {'01' * 32}\n"
        "Reviewed-by: Paul <paul@crux.invalid>\n"
    )


def test_message_says_what_git_cannot_hold():
    made = message(
        entry(author_name="A <B>", summary="", time=NOON + datetime.timedelta(microseconds=250_000)), "milk"
    )

    assert made.startswith("milk: revision 7\n\n")
    assert made.endswith("\nAuthor: A <B>\nTime: 2026-03-08T12:00:00.250000+00:00\nReason: none\n")


lines = st.text(st.characters(codec="utf-8"), min_size=1, max_size=100).map(text.line).filter(text.is_visible)
times = st.datetimes(timezones=st.just(datetime.UTC), min_value=datetime.datetime(1900, 1, 1))  # noqa: DTZ001 - hypothesis asks for it without a zone


@given(
    author=lines.filter(lambda name: "@" not in name),
    reviewer=st.just("") | lines.filter(lambda name: "@" not in name),
    summary=st.text(st.characters(codec="utf-8", exclude_characters="@"), max_size=300)
    .map(text.prose)
    .filter(lambda said: not said or text.is_visible(said)),
    time=times.filter(lambda time: time.year < 9999),
    classes=st.sampled_from([("import", "source"), ("restore",), ("typo",), ()]),
)
def test_what_goes_out_comes_back(author, reviewer, summary, time, classes):
    made = entry(author_name=author, reviewer_name=reviewer, summary=summary, time=time, classes=classes)

    assert there_and_back(made) == Told(
        author=author,
        time=time,
        summary=summary,
        kind={"import": ChangeClass.IMPORT, "restore": ChangeClass.RESTORE}.get("".join(classes[:1])),
        reviewer=reviewer,
        digest="02" * 32,
        document="01" * 32,
        exported=True,
    )


def test_summary_that_looks_like_trailers_is_a_summary():
    summary = "Fix.\n\nPage: a\nRevision: 1\nDigest: 0\nDocument: 0"

    assert there_and_back(entry(summary=summary)).summary == summary


def test_message_of_others_is_an_import_without_addresses():
    told = read(
        "Add a source\r\n\r\nFrom ed@desk.example.\n\nCo-authored-by: Bo <bo@desk.example>\n\n",
        author="Ada <x",
        when=AT_NOON,
    )

    assert told == Told("Ada <x", NOON, "Add a source\n\nFrom ….\n\nCo-authored-by: Bo", ChangeClass.IMPORT)


def test_message_of_others_is_cut_where_a_reason_ends():
    told = read("a" * 5000, author="Ada", when=AT_NOON)

    assert told.summary == "a" * 996 + " […]"


def test_time_that_contradicts_the_commit_is_not_believed():
    made = message(entry(time=NOON + datetime.timedelta(microseconds=1)), "milk")

    assert read(made, author="A", when=AT_NOON + 1).time == NOON + datetime.timedelta(seconds=1)
    assert read(made.replace("Time: 2026", "Time: x"), author="A", when=AT_NOON).time == NOON


def test_time_beyond_every_calendar_is_the_last():
    assert read("x", author="A", when=2**63).time.year == 9999
    assert read("x", author="A", when=-(2**63)).time.year == 1970
