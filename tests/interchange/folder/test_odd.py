"""Ten files with every oddity we could think of: each is imported as it is meant, or told of; never half."""

import pytest

from controversies import models as m
from controversies.document import canonical
from controversies.interchange import files
from controversies.interchange.folder import ImportRefused

from .pages import WEIGHTS, head, take

pytestmark = pytest.mark.django_db

LAUGHS = "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
_HEAD = "---\ntitle: Odd\nthread: odd\nstatus: active\n"

GOOD = {
    # Windows: CRLF and a byte order mark; tabs in the prose.
    "windows": b"\xef\xbb\xbf"
    + WEIGHTS.replace("id: weights\n", "").replace("It is", "It\tis").replace("\n", "\r\n").encode(),
    # Quotes of every sort, colons, hashes, text that YAML takes for something else, odd letters.
    "quotes": (
        "---\ntitle: 'It''s \"so\": no #1'\nquestion: \"a \\\"b\\\" \\u2026 c\"\nthread: \"odd\"\nstatus: active\n"
        "polarity: binary\npositions:\n  - claim: null and void\n    argument: |\n"
        "      \"Quoted\"\n\n      - and: listed\n"
        "  - claim: \"null\"\n  - claim: 2024-07-23\n  - claim: \u05e9\u05dc\u05d5\u05dd \u202eabc\u202c\n---\n"
        "**Not:** a point.\n\n## Key Tensions\n\n**Yes & no:** <script>alert(1)</script>\n"
    ).encode(),
    # Nested and flow lists, lists of one, an alias, comments, no end of line at its end.
    "lists": (
        _HEAD + "positions: [{claim: One, proponents: &who [some-people,\n  {id: jane, since: 2024, sources:\n"
        "  [{id: s, title: S, author: [A, B]}, s]}], sources: [s]}, # a remark\n {claim: Two, proponents: *who}]\n---"
    ).encode(),
    # Missing whatever may be missing.
    "bare": (_HEAD + "---\n").encode(),
    # 5 MB, of which most is a remark.
    "large": (_HEAD + f"# {'x' * 5_000_000}\n---\n## Context\n\nSmall.\n").encode(),
}  # fmt: skip
BAD = {
    "tabs": (_HEAD + "positions:\n\t- claim: A\n---\n").encode(),
    "types": (
        _HEAD + "question: [1, 2]\npolarity: {a: b}\npositions:\n  claim: A\npoints: 7\nkeys: [a]\n---\n"
    ).encode(),
    "bomb": (_HEAD + "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + LAUGHS + "---\n").encode(),
    "tags": (_HEAD + "question: !!python/object/apply:os.system ['touch /tmp/crux']\n---\n").encode(),
    "bytes": (_HEAD + "question: caf\xe9\n---\n").encode("latin-1"),
    "windows-again": b"---\nid: windows\ntitle: Odd\nthread: odd\nstatus: active\n---\n",
}  # fmt: skip


def written(root, given):
    (root / "controversies").mkdir(exist_ok=True)
    for name, data in given.items():
        (root / "controversies" / f"{name}.md").write_bytes(data)
    return root


def test_what_can_be_read_is_imported_exported_and_imported_again_as_it_was(tmp_path):
    take(written(tmp_path, GOOD), publish=True)
    before = {name: head(name) for name in GOOD}

    assert before["windows"].document.points[0].body.endswith("It\tis debated.")
    quotes = before["quotes"].document
    assert (quotes.head.title, quotes.head.question) == ('It\'s "so": no #1', 'a "b" … c')
    assert [p.claim for p in quotes.positions] == [
        "null and void",
        "null",
        "2024-07-23",
        "שלום \u202eabc\u202c",
    ]
    assert quotes.positions[0].argument == '"Quoted"\n\n- and: listed'
    assert (quotes.context.text, quotes.points[0].title) == ("**Not:** a point.", "Yes & no")
    lists = before["lists"].document
    assert [[b.since for b in p.backings] for p in lists.positions] == [["", "2024"], ["", "2024"]]
    assert [source.authors for source in lists.sources] == ["A, B"]
    assert before["bare"].document.positions == ()
    assert before["large"].document.context.text == "Small."

    again = {
        name: files.write(found.document, revision=files.mark(found.number, found.entry.document)).encode()
        for name, found in before.items()
    }
    report = take(written(tmp_path, again))

    assert {page.outcome for page in report.pages} == {"unchanged"}
    for name, found in before.items():
        assert head(name) == found
        assert canonical.digest(head(name).document) == found.entry.document


def test_what_cannot_be_read_is_told_with_its_line_and_nothing_of_the_folder_is_written(tmp_path):
    with pytest.raises(ImportRefused) as caught:
        take(written(tmp_path, GOOD | BAD))

    told = [(fault.file.rpartition("/")[2], fault.line, fault.message) for fault in caught.value.faults]
    assert [(file, line) for file, line, _message in told] == [
        ("bomb.md", 9),
        ("bytes.md", 5),
        ("tabs.md", 6),
        ("tags.md", 5),
        ("types.md", 5),
        ("types.md", 6),
        ("types.md", 8),
        ("types.md", 9),
        ("types.md", 10),
        ("windows.md", 1),
    ]
    messages = [message for _file, _line, message in told]
    assert messages[0].endswith("far larger than it looks. Write the values out instead.")
    assert messages[3].startswith("The tag !!python/object/apply:os.system is not supported.")
    assert not m.Controversy.objects.exists()
    assert not m.Backer.objects.exists()
