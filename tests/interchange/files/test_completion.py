"""What old versions of files lack is derived from what they have, and each of it is said."""

import pytest

from controversies.interchange.files import Catalogue, Completion, InvalidFile, PageFile, document, read_actor
from controversies.interchange.files.titles import first_heading

HEAD = "id: milk\ntitle: Milk\nthread: tea\nstatus: active\n"


def completed(text, path="controversies/milk.md", index=""):
    """The document of a text, and what is said of what was derived."""
    completion = Completion(path, index_title=lambda: index)
    opened = PageFile(text, name=path, completion=completion)
    return document(opened, known=Catalogue()), completion.notes


def front(yaml, body=""):
    return completed(f"---\n{HEAD}{yaml}---\n\n{body}")


def test_what_lacks_nothing_is_read_as_it_is():
    assert front("positions: []\n")[1] == []


def test_without_front_matter_the_heading_is_the_title_and_the_rest_the_text():
    made, notes = completed(
        "# Milk in tea\n\n## Context\n\nTea.\n\n## Key Tensions\n\n**Taste:** What is better?\n"
    )

    assert (made.head.title, made.head.topic.title, made.context.text) == ("Milk in tea", "Unsorted", "Tea.")
    assert [point.title for point in made.points] == ["Taste"]
    assert notes == [
        "no front matter",
        "title “Milk in tea” from the first heading",
        "no thread: filed under “unsorted”",
        "no status: taken for “active”",
    ]


@pytest.mark.parametrize(
    ("path", "index", "title", "thread"),
    [
        ("controversies/milk-in_Tea.md", "", "Milk in tea", "unsorted"),
        ("content/Hot drinks/controversies/x.md", "Milk?", "Milk?", "hot-drinks"),
    ],
)
def test_file_folder_and_index_say_what_the_text_does_not(path, index, title, thread):
    made, _notes = completed("---\nstatus: active\n---\n", path, index)

    assert (made.head.title, made.head.topic.slug) == (title, thread)


@pytest.mark.parametrize(
    ("prose", "title", "rest"),
    [
        ("\n# A title #\nText.", "A title", "\n\nText."),
        ("A title\n=======\n\nText.", "A title", "\n\n\nText."),
        ("## Context\n\nText.", "", "## Context\n\nText."),
        ("Text.", "", "Text."),
        ("", "", ""),
    ],
)
def test_first_heading(prose, title, rest):
    assert first_heading(prose) == (title, rest)


def test_sources_of_every_form():
    made, notes = front(
        "positions:\n  - claim: Milk\n    references:\n      - https://www.tea.example/leaf/\n      - On Brewing\n"
        "      - kapoor-2024\n      - {link: tea.example/x, year: 2024, stars: 5}\n"
        "      - {url: nowhere, title: A}\n      - {}\n"
    )

    assert [(source.title, source.url, source.date) for source in made.sources] == [
        ("tea.example/leaf", "https://www.tea.example/leaf/", ""),
        ("On Brewing", "", ""),
        ("Kapoor 2024", "", ""),
        ("tea.example/x", "https://tea.example/x", "2024"),
        ("A", "", ""),
    ]
    assert notes == [
        "position: “references” is read as sources",
        "title “tea.example/leaf” of a source from its link",
        "source: “link” is read as url",
        "source: “year” is read as date",
        "source: “stars” is left out",
        "“tea.example/x” is read as a web address",
        "title “tea.example/x” of a source from its link",
        "“url” is left out: it cannot be read",
        "a source without a title or a link left out",
        "title “Kapoor 2024” of a source from its id",
    ]


def test_positions_of_every_form():
    made, notes = front(
        "positions:\n  - Milk goes in first\n  - {title: Last, proponents: 'Ada, Bo', confidence: Very High}\n"
        "  - {argument: 'It tastes better. Everybody says so.', confidence: 7}\n  - {confidence: low}\n"
        "  - {claim: Never, proponents: [ada, ada], stances: [{point: Nowhere, text: x}, {text: y}]}\n"
    )

    assert [(position.claim, position.confidence) for position in made.positions] == [
        ("Milk goes in first", "not-rated"),
        ("Last", "high"),
        ("It tastes better.", "not-rated"),
        ("Never", "not-rated"),
    ]
    assert [len(position.backings) for position in made.positions] == [0, 2, 0, 1]
    assert notes == [
        "position: “title” is read as claim",
        "confidence “Very High” is read as high",
        "claim “It tastes better.” from its argument",
        "confidence “7” is unknown and left out (known: high, medium, low, disputed, not-rated)",
        "a position without a claim left out",
        "“proponents” lists something twice: read once",
        "a stance that names no point left out",
        "line 11: No contested point is called “Nowhere”.",
    ]


@pytest.mark.parametrize(
    ("yaml", "title", "lines"),
    [
        ("title: Milk: first or last?\nthread: tea\nstatus: active\n", "Milk: first or last?", "2"),
        ("title: Milk\nthread: tea\nstatus: active\npositions:\n\t- claim: A\n", "Milk", "6"),
        ('title: "Milk" first\nthread: tea\nstatus: active\n', '"Milk" first', "2"),
        ("title: @milk\nthread: `tea`\nstatus: active\n", "@milk", "2, 3"),
    ],
)
def test_commonest_slips_of_yaml_are_put_right(yaml, title, lines):
    made, notes = completed(f"---\n{yaml}---\n\nText.\n")

    assert (made.head.title, made.context.text) == (title, "Text.")
    assert notes[0] == f"quotes and spaces put right on line {lines}"


def test_yaml_that_means_nothing_cannot_be_read():
    with pytest.raises(InvalidFile):
        completed("---\ntitle: [Milk\nthread: tea\n---\n")


def test_bytes_of_another_encoding_and_controls_are_read():
    made, notes = completed(f"---\n{HEAD}---\n\nCaf\x07és\n".encode("cp1252"))

    assert made.context.text == "Cafés"
    assert notes == [
        "the file is not in UTF-8: it is read as Windows-1252",
        "control characters are left out",
    ]


def test_backer_of_whom_little_is_said():
    completion = Completion("actors/some-lab.yml")
    made = read_actor("homepage: x\nwebsite: lab.example\n", name="x", completion=completion)

    assert (made.slug, made.name, made.kind, made.website) == (
        "some-lab",
        "Some lab",
        "constituency",
        "https://lab.example",
    )
    assert completion.notes == [
        "“homepage” is left out",
        "id “some-lab” from the file’s name",
        "name “Some lab” from its id",
        "type “constituency”, guessed",
        "“lab.example” is read as a web address",
    ]
