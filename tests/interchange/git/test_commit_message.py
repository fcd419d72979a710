"""Messages of commits: what goes out comes back, and nothing else is taken for it."""

import datetime

from hypothesis import given
from hypothesis import strategies as st

from controversies.document import text
from controversies.history import Entry
from controversies.interchange.git import identities
from controversies.interchange.git.commit_message import CommitInfo, message, read, seconds
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
    first = text.author_names(made.author_name)[0]
    return read(message(made, "milk-first"), author=identities.ident(first), when=seconds(made.time))


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

    assert there_and_back(made) == CommitInfo(
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

    assert told == CommitInfo("Ada <x; Bo", NOON, "Add a source\n\nFrom ….", ChangeClass.IMPORT)


def test_whole_message_of_others_is_kept_with_its_trailers():
    body = "\n\n".join(f"Paragraph {number} of why: {'because ' * 20}." for number in range(30))
    told = read(
        f"Rewrite the context\n\n{body}\n\nSigned-off-by: Ada <ada@x.example>\nFixes: #12\n",
        author="Ada",
        when=AT_NOON,
    )

    assert len(told.summary) > 4000
    assert told.summary == text.prose(f"Rewrite the context\n\n{body}\n\nSigned-off-by: Ada\nFixes: #12")
    assert (told.author, told.notes) == ("Ada", ())


def test_message_beyond_every_reason_is_cut_and_that_is_said():
    told = read("a" * 50_000, author="Ada", when=AT_NOON)

    assert told.summary == "a" * 19_996 + " […]"
    assert told.notes == ("the message has 50000 characters; the first 20000 are kept",)


def test_coauthors_are_authors_once_each_wherever_they_are_named():
    told = read(
        "Squash (#1)\n\n* One\n\nCo-authored-by: Bo B <bo@x.example>\n\n* Two\n\nCo-Authored-By: Cleo <c@x.example>\n"
        "co-authored-by: bo@x.example\nCo-authored-by: Bo B <other@x.example>\nCo-authored-by: Ada <ada@y.example>\n",
        author="Ada",
        when=AT_NOON,
    )

    assert text.author_names(told.author) == ["Ada", "Bo B", "Cleo", "bo"]
    assert told.summary == "Squash (#1)\n\n* One\n\n\n* Two"


def test_author_whose_name_has_the_mark_between_authors_is_one():
    told = read("x\n\nCo-authored-by: Bo; Ltd. <x@x.example>", author="Ada; Ltd.", when=AT_NOON)

    assert text.author_names(told.author) == ["Ada, Ltd.", "Bo, Ltd."]


def test_coauthors_without_room_stay_in_the_reason_and_that_is_said():
    names = [f"Somebody with quite a long name {number}" for number in range(6)]
    trailers = "".join(f"Co-authored-by: {name} <x@x.example>\n" for name in names)
    told = read(f"Why\n\n{trailers}", author="Ada", when=AT_NOON)

    assert text.author_names(told.author) == ["Ada", *names[:4]]
    assert told.summary == f"Why\n\nCo-authored-by: {names[4]}\nCo-authored-by: {names[5]}"
    assert told.notes == tuple(
        f"no room for another author: {name} stays in the reason" for name in names[4:]
    )


def test_coauthors_go_out_as_trailers_and_come_back():
    made = entry(author_name="Ada; Bo B; Cleo")

    assert message(made, "milk").endswith(
        f"Document: {'01' * 32}\nCo-authored-by: Bo B <bo-b@crux.invalid>\nCo-authored-by: Cleo <cleo@crux.invalid>\n"
    )
    assert read(message(made, "milk"), author="Ada", when=AT_NOON).author == "Ada; Bo B; Cleo"
    odd = entry(author_name="Ada; B <C>")
    assert read(message(odd, "milk"), author="Ada", when=AT_NOON).author == "Ada; B <C>"


def test_time_that_contradicts_the_commit_is_not_believed():
    made = message(entry(time=NOON + datetime.timedelta(microseconds=1)), "milk")

    assert read(made, author="A", when=AT_NOON + 1).time == NOON + datetime.timedelta(seconds=1)
    assert read(made.replace("Time: 2026", "Time: x"), author="A", when=AT_NOON).time == NOON


def test_time_beyond_every_calendar_is_the_last():
    assert read("x", author="A", when=2**63).time.year == 9999
    assert read("x", author="A", when=-(2**63)).time.year == 1970
