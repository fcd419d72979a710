"""Citations, read back by others than what wrote them: pybtex, RIS by the letter, what CSL-JSON may have."""

import io
import itertools
import json
import re
import unicodedata
from dataclasses import replace
from typing import Any

import fastjsonschema
import pybtex.errors
import pytest
from hypothesis import given
from pybtex.database import Person
from pybtex.database.input import bibtex as pybtex_reader

from controversies.document.types import Backer, Document, Source
from controversies.interchange import cite
from controversies.interchange.cite import FORMATS, CitedWork, names
from controversies.interchange.cite.names import Name, NameIndex
from controversies.models import SourceKind
from tests import strategies
from tests.factories import document_factory, new_key, source_block

# What CSL-JSON is, by https://docs.citationstyles.org/en/stable/specification.html (appendices III and IV), of the
# types and variables that are of use here. Anything else is a mistake.
_TEXT = {"type": "string", "minLength": 1}
_NAME = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"family": _TEXT, "given": _TEXT, "suffix": _TEXT},
            "required": ["family"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"literal": _TEXT},
            "required": ["literal"],
            "additionalProperties": False,
        },
    ]
}
_PARTS = {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3}
_DATE = {
    "type": "object",
    "properties": {"date-parts": {"type": "array", "items": _PARTS, "minItems": 1, "maxItems": 2}},
    "required": ["date-parts"],
    "additionalProperties": False,
}
_TYPES = [
    *("article", "article-journal", "article-newspaper", "book", "broadcast", "dataset"),
    *("document", "legal_case", "legislation", "post-weblog", "report", "webpage"),
]
_TEXTS = [
    *("id", "title", "authority", "container-title", "publisher", "volume", "issue", "page", "number"),
    *("version", "DOI", "ISBN", "URL", "note"),
]
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "type": {"enum": _TYPES},
            **dict.fromkeys(_TEXTS, _TEXT),
            "author": {"type": "array", "items": _NAME, "minItems": 1},
            **dict.fromkeys(("issued", "accessed"), _DATE),
        },
        "required": ["id", "type"],
        "additionalProperties": False,
    },
}
HOSTILE = (
    r"100% of \LaTeX{} & {half, $x_1^2$ #1 ~ <b>} @article{x, title = {y}} “שלום” 研究 \n "
    '"quoted" \\ TY  - GEN ER  - '
)


@pytest.fixture(scope="module")
def is_csl() -> Any:
    return fastjsonschema.compile(SCHEMA)


def source(**fields: str) -> Source:
    return Source(**{"key": new_key(), "slug": "a-work", "title": "A work", **fields})


SIGNED = {"authors": "Jane Doe", "date": "2024"}  # what types of BibTeX require besides


# -- readers --


def read_bibtex(text: str) -> dict[str, Any]:
    """Entries by key, as pybtex reads them."""
    return dict(pybtex_reader.Parser().parse_stream(io.StringIO(text)).entries)


def bibtex_entry(item: cite.CitedWork) -> Any:
    [entry] = read_bibtex(FORMATS["bib"].write((item,))).values()
    return entry


_MACROS = {
    **{"textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}", "textasciitilde": "~"},
    **{"textasciicircum": "^", "textless": "<", "textgreater": ">", "textbar": "|"},
}


def printed(text: str) -> str:
    """What LaTeX prints of a field. Fails where anything is left that LaTeX would take for its own."""
    pieces = re.split(r"\{\\([a-z]+)\}|\\([#$%&_])", text)
    made = ""
    for plain, macro, char in zip(pieces[::3], [*pieces[1::3], None], [*pieces[2::3], None], strict=True):
        assert not re.search(r"[#$%&_^~\\]", plain), plain
        made += re.sub(r"[{}]", "", plain) + (_MACROS[macro] if macro else char or "")
    return made


def read_ris(text: str) -> list[dict[str, list[str]]]:
    """References by the letter of the format: each line a tag, two spaces, a dash, a space and a value."""
    assert text.endswith("\r\n") or not text
    references: list[dict[str, list[str]]] = []
    is_open = False
    for line in text.split("\r\n")[:-1]:
        if not line and not is_open:
            continue
        match = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line)
        assert match, line
        tag, value = match.groups()
        assert is_open == (tag != "TY")
        if tag == "TY":
            references.append({})
        references[-1].setdefault(tag, []).append(value)
        is_open = tag != "ER"
    assert not is_open
    return references


def nfc(text: str) -> str:
    """In one of its canonically equal forms, with one kind of space: TeX knows no other."""
    return " ".join(unicodedata.normalize("NFC", text).split())


# -- whatever a document holds --


@given(strategies.documents())
def test_bibtex_of_any_document_is_read_as_it_was_meant(document: Document):
    items = cite.of_document(document)

    entries = read_bibtex(FORMATS["bib"].write(items))

    assert list(entries) == [item.key for item in items]
    for item, entry in zip(items, entries.values(), strict=True):
        assert nfc(printed(entry.fields["title"])) == nfc(item.title)
        assert entry.fields.get("year", "") == item.date[:4]
        assert entry.fields.get("date", "") == item.date
        assert entry.fields.get("doi", "") == item.doi
        assert nfc(printed(entry.fields.get("note", ""))) == nfc(item.note)
        # An address keeps its characters, but for what would end the field.
        assert entry.fields.get("url", "") == re.sub(r"[{}\\]", lambda found: f"%{ord(found[0]):X}", item.url)
        wanted = [name.whole or name.family for name in item.names] or [item.court] * bool(item.court)
        found = [printed(" ".join(person.prelast_names + person.last_names)) for person in by(entry)]
        assert [nfc(name) for name in found] == [nfc(name) for name in wanted] + ["others"] * item.others


def by(entry: Any) -> list[Person]:
    return list(entry.persons.get("author", []))


@given(strategies.documents())
def test_ris_of_any_document_is_read_as_it_was_meant(document: Document):
    items = cite.of_document(document)

    references = read_ris(FORMATS["ris"].write(items))

    assert [reference["ID"] for reference in references] == [[item.key] for item in items]
    for item, reference in zip(items, references, strict=True):
        assert reference["TI"] == [item.title]
        assert reference.get("UR", []) == [item.url] * bool(item.url)
        assert reference.get("DO", []) == [item.doi] * bool(item.doi)
        assert len(reference.get("AU", [])) == len(item.names) + item.others
        for name, text in zip(item.names, reference.get("AU", []), strict=False):
            assert ("," in text) == bool(name.family)


@given(strategies.documents())
def test_csl_of_any_document_keeps_to_the_schema_and_says_the_same(is_csl, document: Document):
    items = cite.of_document(document)

    entries = is_csl(json.loads(FORMATS["json"].write(items)))

    assert [(each["id"], each["title"]) for each in entries] == [(item.key, item.title) for item in items]
    for item, entry in zip(items, entries, strict=True):
        written = "-".join(
            f"{part:02d}" for part in entry.get("issued", {"date-parts": [[]]})["date-parts"][0]
        )
        assert written.rjust(len(item.date), "0") == item.date
        assert len(entry.get("author", [])) == len(item.names) + item.others
        assert (entry.get("DOI", ""), entry.get("URL", "")) == (item.doi, item.url)


@given(strategies.documents())
def test_keys_are_unique_and_stay(document: Document):
    same = replace(document, sources=tuple(replace(each, slug="same") for each in document.sources))

    for each in (document, same):
        keys = [item.key for item in cite.of_document(each)]
        assert len(set(keys)) == len(keys) == len(each.sources)
        assert all(re.fullmatch(r"[a-z0-9-]+", key) for key in keys)
        assert keys == [item.key for item in cite.of_document(each)]


def test_hostile_text_is_only_text_in_each_format(is_csl):
    fields = dict.fromkeys(("title", "authors", "publisher"), HOSTILE.strip())
    for kind in SourceKind.values:
        item = cite.of_source(source(kind=kind, **fields, url="https://crux.example/{a}\\b", doi="10.1/{x}"))

        [entry] = read_bibtex(FORMATS["bib"].write((item,))).values()
        [reference] = read_ris(FORMATS["ris"].write((item,)))
        [csl] = is_csl(json.loads(FORMATS["json"].write((item,))))

        assert printed(entry.fields["title"]) == nfc(HOSTILE)
        assert entry.fields["url"] == "https://crux.example/%7Ba%7D%5Cb"
        assert reference["TI"] == [nfc(HOSTILE)]
        assert csl["title"] == nfc(HOSTILE)


def test_lines_that_were_broken_elsewhere_are_one_line():
    item = cite.of_source(source(title="One\nTY  - GEN\r\ntwo\u2028three", authors="A\nB"))

    assert len(read_ris(FORMATS["ris"].write((item,)))) == 1
    assert item.title == "One TY - GEN two three"


@pytest.mark.parametrize("kind", SourceKind.values)
def test_the_strictest_reader_of_bibtex_prints_whatever_is_not_recorded(kind):
    """pybtex refuses a whole bibliography for one entry without a field that its type requires."""
    for authors, publisher, date in itertools.product(
        ("", "Jane Doe", "An Office, 2 Rooms"), ("", "A Press"), ("", "2024-07")
    ):
        item = cite.of_source(source(kind=kind, authors=authors, publisher=publisher, date=date))
        text = FORMATS["bib"].write((item,))

        with pybtex.errors.capture() as faults:
            printed = pybtex.PybtexEngine().format_from_string(
                text, style="plain", output_backend="plaintext"
            )

        assert not faults
        assert "A work" in printed or "work" in printed
        assert publisher in printed


def test_reports_name_the_organisation_that_issued_them():
    signed = cite.of_source(source(kind="report", authors="An Office", date="2024"))
    issued = cite.of_source(source(kind="report", authors="An Office", date="2024", publisher="A Press"))

    assert [entry.fields["institution"] for entry in map(bibtex_entry, (signed, issued))] == [
        "An Office",
        "A Press",
    ]
    assert bibtex_entry(cite.of_source(source(kind="report", authors="Jane Doe", date="2024"))).type == "misc"


# -- what kinds of works become --


@pytest.mark.parametrize(
    ("fields", "bibtex", "ris", "csl"),
    [
        (
            {
                "kind": "article",
                "publisher": "Science 386(6718)",
                "date": "2024-10-10",
                "doi": "10.1126/x",
                "authors": "Jane Doe",
            },
            ("article", {"journal": "Science", "volume": "386", "number": "6718", "month": "October"}),
            {"TY": "JOUR", "T2": "Science", "VL": "386", "IS": "6718", "DA": "2024/10/10/", "PY": "2024"},
            {"type": "article-journal", "container-title": "Science", "volume": "386", "issue": "6718"},
        ),
        (
            {
                "kind": "article",
                "publisher": "99 Texas Law Review 743",
                "date": "2021",
                "authors": "Jane Doe",
            },
            ("article", {"journal": "Texas Law Review", "volume": "99", "pages": "743", "year": "2021"}),
            {"TY": "JOUR", "T2": "Texas Law Review", "VL": "99", "SP": "743", "DA": "2021///"},
            {"type": "article-journal", "page": "743", "issued": {"date-parts": [[2021]]}},
        ),
        (
            {"kind": "article", "publisher": "Proceedings of 2024", **SIGNED},
            ("article", {"journal": "Proceedings of 2024"}),
            {"TY": "JOUR", "T2": "Proceedings of 2024"},
            {"type": "article-journal", "container-title": "Proceedings of 2024"},
        ),
        (
            {"kind": "preprint", "publisher": "arXiv:2403.07918", "date": "2024-02"},
            ("misc", {"eprint": "2403.07918", "archiveprefix": "arXiv", "month": "February"}),
            {"TY": "UNPB", "PB": "arXiv", "M1": "arXiv:2403.07918", "DA": "2024/02//"},
            {"type": "article", "publisher": "arXiv", "number": "arXiv:2403.07918"},
        ),
        (
            {"kind": "report", "publisher": "An Institute; arXiv:2311.09227v2", **SIGNED},
            ("techreport", {"institution": "An Institute", "eprint": "2311.09227v2"}),
            {"TY": "RPRT", "PB": "An Institute", "M1": "arXiv:2311.09227v2"},
            {"type": "report", "publisher": "An Institute"},
        ),
        (
            {"kind": "preprint", "url": "https://arxiv.org/abs/cs/0112017", "publisher": "Cornell"},
            ("misc", {"eprint": "cs/0112017", "howpublished": "Cornell"}),
            {"TY": "UNPB", "PB": "Cornell"},
            {"type": "article", "number": "arXiv:cs/0112017"},
        ),
        (
            {
                "kind": "legal",
                "authors": "US District Court, N.D. Cal. (Alsup, J.)",
                "publisher": "No. 3:24-cv",
            },
            ("misc", {"howpublished": "No. 3:24-cv"}),
            {"TY": "CASE", "PB": "US District Court, N.D. Cal. (Alsup, J.)", "M1": "No. 3:24-cv"},
            {"type": "legal_case", "authority": "US District Court, N.D. Cal. (Alsup, J.)"},
        ),
        (
            {"kind": "legal", "title": "Doe v. Roe, complaint", "authors": "Jane Doe"},
            ("misc", {"title": "{Doe v. Roe, complaint}"}),
            {"TY": "CASE", "AU": "Doe, Jane"},
            {"type": "legal_case", "author": [{"family": "Doe", "given": "Jane"}]},
        ),
        (
            {"kind": "legal", "title": "An Act to do something", "publisher": "Official Journal"},
            ("misc", {"howpublished": "Official Journal", "key": "Official Journal"}),
            {"TY": "STAT", "PB": "Official Journal"},
            {"type": "legislation", "publisher": "Official Journal"},
        ),
        (
            {"kind": "book", "publisher": "A Press", **SIGNED},
            ("book", {"publisher": "A Press"}),
            {"TY": "BOOK", "PB": "A Press"},
            {"type": "book", "publisher": "A Press"},
        ),
        (
            {"kind": "news", "publisher": "The Paper", **SIGNED},
            ("article", {"journal": "The Paper"}),
            {"TY": "NEWS", "T2": "The Paper"},
            {"type": "article-newspaper", "container-title": "The Paper"},
        ),
        (
            {"kind": "news"},
            ("misc", {"key": "A work"}),
            {"TY": "NEWS"},
            {"type": "article-newspaper"},
        ),
        (
            {"kind": "blog", "publisher": "A Site", "archive_url": "https://archive.example/1"},
            ("misc", {"howpublished": "A Site", "note": "Archived copy: https://archive.example/1"}),
            {"TY": "BLOG", "T2": "A Site", "N1": "Archived copy: https://archive.example/1"},
            {"type": "post-weblog", "note": "Archived copy: https://archive.example/1"},
        ),
        ({"kind": "dataset"}, ("misc", {}), {"TY": "DATA"}, {"type": "dataset"}),
        ({"kind": "media"}, ("misc", {}), {"TY": "ADVS"}, {"type": "broadcast"}),
        ({"kind": "other"}, ("misc", {}), {"TY": "GEN"}, {"type": "document"}),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) and "kind" in value else "",
)
def test_each_kind_of_work_is_what_reference_managers_call_it(is_csl, fields, bibtex, ris, csl):
    item = cite.of_source(source(**fields))

    [entry] = read_bibtex(FORMATS["bib"].write((item,))).values()
    [reference] = read_ris(FORMATS["ris"].write((item,)))
    [data] = is_csl(json.loads(FORMATS["json"].write((item,))))

    assert (entry.type, {name: entry.fields[name] for name in bibtex[1]}) == bibtex
    assert {tag: ", ".join(reference[tag]) for tag in ris} == ris
    assert {name: data[name] for name in csl} == csl


def test_every_kind_has_its_type_in_each_format():
    for kind in SourceKind.values:
        items = (cite.of_source(source(kind=kind)),)
        assert all(each.write(items) for each in FORMATS.values())


def test_no_sources_are_an_empty_file():
    assert [each.write(()) for each in FORMATS.values()] == ["", "", "[\n]\n"]


# -- names --


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Mark Zuckerberg", ["Zuckerberg, Mark"]),
        ("Sayash Kapoor, Kevin Klyman and others", ["Kapoor, Sayash", "Klyman, Kevin", "…"]),
        ("Jane Doe et al.", ["Doe, Jane", "…"]),
        ("A. Author & B. Writer & others", ["Author, A.", "Writer, B.", "…"]),
        ("Jane Doe, Richard Roe, and Ann Other", ["Doe, Jane", "Roe, Richard", "Other, Ann"]),
        ("David Gray Widder, Sarah Myers West", ["Widder, David Gray", "West, Sarah Myers"]),
        ("Sam McCandlish, Yann LeCun, Kim O’Neil", ["McCandlish, Sam", "LeCun, Yann", "O’Neil, Kim"]),
        ("Ludwig van Beethoven", ["van Beethoven, Ludwig"]),
        ("John Smith, Jr., Jane Doe III", ["Smith, Jr., John", "Doe, III, Jane"]),
        ("Kapoor, S., & Bommasani, R.", ["Kapoor, S.", "Bommasani, R."]),
        ("Lemley, Mark A.", ["Lemley, Mark A."]),
        ("Kapoor, Sayash; Bommasani, Rishi; OpenAI", ["Kapoor, Sayash", "Bommasani, Rishi", "{OpenAI}"]),
        ("Иван Петров", ["Петров, Иван"]),
        ("Jane Doe, OpenAI", ["Doe, Jane", "{OpenAI}"]),
        # What cannot be told apart for sure stays whole.
        ("DeepSeek-AI", ["{DeepSeek-AI}"]),
        ("Plato", ["{Plato}"]),
        ("Zuckerberg, Mark", ["{Zuckerberg, Mark}"]),
        ("Smith and Wesson", ["{Smith and Wesson}"]),
        ("US Copyright Office", ["{US Copyright Office}"]),
        ("The New York Times Company", ["{The New York Times Company}"]),
        ("Telecommunications and Information Office (US)", ["{Telecommunications and Information Office (US)}"]),
        ("US District Court, N.D. Cal. (Alsup, J.)", ["{US District Court, N.D. Cal. (Alsup, J.)}"]),
        ("OpenAI, Anthropic, Google DeepMind", ["{OpenAI, Anthropic, Google DeepMind}"]),
        ("University of Oxford", ["{University of Oxford}"]),
        ("张伟, 李明", ["{张伟, 李明}"]),
        ("שלום עולם", ["{שלום עולם}"]),
        ("others", ["{others}"]),
        ("et al.", ["{et al.}"]),
    ],
)  # fmt: skip
def test_names_are_split_where_they_leave_no_doubt(text, found):
    people, others = names.split(text, NameIndex())

    shown = [
        f"{{{name.whole}}}"
        if name.whole
        else ", ".join(filter(None, (name.family, name.suffix, name.given_name)))
        for name in people
    ]
    assert shown + ["…"] * others == found


def test_names_on_record_are_known_for_what_they_are():
    backers = [
        Backer(key="1", slug="a", name="Hugging Face", kind="company", aliases=("Hugging Friends",)),
        Backer(key="2", slug="b", name="Working Group", kind="person"),
        Backer(key="3", slug="c", name="Both Ways", kind="person"),
        Backer(key="4", slug="d", name="Both Ways", kind="company"),
    ]

    on_record = cite.name_index(backers)

    assert names.split("hugging face", on_record) == ((Name(whole="hugging face"),), False)
    assert names.split("Hugging Friends and others", on_record) == ((Name(whole="Hugging Friends"),), True)
    assert names.split("Hugging Face", NameIndex())[0] == (Name(family="Face", given_name="Hugging"),)
    assert names.split("Working Group", on_record)[0] == (Name(family="Group", given_name="Working"),)
    assert on_record.people == {"working group"}


def test_who_publishes_under_its_own_name_is_whole():
    assert cite.of_source(source(authors="Future Tense", publisher="Future Tense")).names == (
        Name(whole="Future Tense"),
    )


# -- a page --


def page_item(document: Document, **fields: Any) -> CitedWork:
    given: dict[str, Any] = {
        "number": 7,
        "date": "2026-03-08",
        "digest": "ab12",
        "url": "https://crux.example/controversies/x/revisions/7/",
        "site": "Crux & Co.",
        "licence": "By its editors, CC BY-SA 4.0.",
        "accessed": "2026-11-25",
        **fields,
    }
    return cite.of_page(document, **given)


def test_page_is_cited_at_its_revision_in_each_format(is_csl):
    item = page_item(document_factory(slug="open", title="A {dispute}"))
    note = "Revision 7, with the digest ab12. By its editors, CC BY-SA 4.0."

    [(key, entry)] = read_bibtex(FORMATS["bib"].write((item,))).items()
    [reference] = read_ris(FORMATS["ris"].write((item,)))
    [data] = is_csl(json.loads(FORMATS["json"].write((item,))))

    assert (key, entry.type, by(entry)) == ("open-revision-7", "misc", [])
    assert printed(entry.fields["title"]) == "A {dispute}"
    assert dict(entry.fields) | {"title": ""} == {
        "key": r"Crux \& Co.",
        "title": "",
        "howpublished": r"Crux \& Co.",
        "year": "2026",
        "month": "March",
        "date": "2026-03-08",
        "url": "https://crux.example/controversies/x/revisions/7/",
        "urldate": "2026-11-25",
        "version": "7",
        "note": note,
    }
    assert reference == {
        "TY": ["ELEC"],
        "ID": ["open-revision-7"],
        "TI": ["A {dispute}"],
        "T2": ["Crux & Co."],
        "ET": ["7"],
        "PY": ["2026"],
        "DA": ["2026/03/08/"],
        "Y2": ["2026/11/25/"],
        "UR": ["https://crux.example/controversies/x/revisions/7/"],
        "N1": [note],
        "ER": [""],
    }
    assert data == {
        "id": "open-revision-7",
        "type": "webpage",
        "title": "A {dispute}",
        "container-title": "Crux & Co.",
        "version": "7",
        "issued": {"date-parts": [[2026, 3, 8]]},
        "accessed": {"date-parts": [[2026, 11, 25]]},
        "URL": "https://crux.example/controversies/x/revisions/7/",
        "note": note,
    }


def test_bibliography_knows_the_backers_of_its_own_document():
    company = Backer(key=new_key(), slug="hf", name="Hugging Face", kind="company")
    document = document_factory(
        positions=1,
        backers=[company],
        sources=[replace(source_block(), authors="Hugging Face")],
    )

    [item] = cite.of_document(document)

    assert item.names == (Name(whole="Hugging Face"),)


def test_words_say_who_when_what_and_where():
    found = cite.plain(
        cite.of_source(
            source(
                title="Is it so?",
                authors="Jane Doe, Richard Roe and others",
                date="2024-07",
                kind="article",
                publisher="Science 386(6718)",
                doi="10.1126/x",
                url="https://crux.example/a",
            )
        )
    )

    assert found == (
        "Jane Doe, Richard Roe and others. 2024-07. Is it so? Science 386(6718). doi:10.1126/x. https://crux.example/a"
    )
