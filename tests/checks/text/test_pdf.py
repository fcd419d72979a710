"""Text of PDF files, read in a child process that is limited and gone afterwards."""

import io
import os
from concurrent.futures import ThreadPoolExecutor

import psutil
import pypdf
import pytest

from controversies.checks.quotations import match
from controversies.checks.text import Failure, pdf, read_text
from tests.checks.text.pdfs import HOSTILE, one_page, stream, text_pdf

LINES = [
    "The weights of the second model were pub-",
    "lished in March, although the company’s well-",
    "known board had asked for “more time” to test",
    "what they called an open-weight release.",
]


def children() -> list[psutil.Process]:
    """The children that read PDF files; other tests of this process may have a browser."""
    every = psutil.Process(os.getpid()).children(recursive=True)
    return [each for each in every if pdf._CHILD.name in " ".join(each.cmdline())]


def test_text_is_read_by_page():
    result = read_text(text_pdf([[LINES], [["Costs rose by 5% in a year."]]]), "application/pdf")

    assert result.failure == ""
    assert [result.text[start : start + 5] for start in result.pages] == ["The w", "Costs"]
    for quote, page in (
        ("The weights of the second model were published in March", 1),
        ('the company\'s well-known board had asked for "more time"', 1),
        ("Costs rose by 5% in a year.", 2),
    ):
        found = match(quote, result.text)
        assert (found.verdict, result.page_at(found.start)) == ("found", page), quote
    assert match("The weights of the second model were not published", result.text).verdict == "absent"


def test_columns_are_read_one_after_the_other():
    left = ["The left column says that the weights", "were published in March by the lab."]
    right = ["The right column says that nobody", "had asked for it at the time."]
    text = read_text(text_pdf([[left, right]]), "application/pdf").text

    assert match("the weights were published in March by the lab", text).verdict == "found"
    assert match("nobody had asked for it at the time", text).verdict == "found"
    assert match("the weights The right column says", text).verdict != "found"


def test_headers_footers_and_page_numbers_do_not_stand_within_sentences():
    words = ("one", "two", "three", "four")
    pages = [
        [
            [
                "Journal of Examples 12 (2024)",
                f"This is text {word} and it goes",
                f"on over the end of page {word} to the",
                f"Page {number} of 4",
            ]
        ]
        for number, word in enumerate(words, start=1)
    ]
    text = read_text(text_pdf(pages), "application/pdf").text

    assert "Journal of Examples" not in text
    assert match("over the end of page one to the This is text two", text).verdict == "found"


def test_lines_that_differ_stay_at_the_edges_of_pages():
    pages = [
        [[f"Heading about {word}", "Words of the page.", f"Last words on {word}"]]
        for word in ("cats", "dogs", "owls")
    ]
    text = read_text(text_pdf(pages), "application/pdf").text

    for word in ("cats", "dogs", "owls"):
        assert f"Heading about {word}" in text
        assert f"Last words on {word}" in text


def test_single_page_keeps_all_its_lines():
    assert read_text(text_pdf([[["12", "Some words of the page.", "13"]]]), "application/pdf").text.split(
        "\n"
    ) == [
        *("12", "Some words of the page.", "13"),
    ]


def test_scan_is_named():
    image = stream(
        b"\x00" * 300,
        b"/Type /XObject /Subtype /Image /Width 10 /Height 10 /BitsPerComponent 8 /ColorSpace /DeviceRGB",
    )
    body = one_page(
        stream(b"q 600 0 0 700 0 0 cm /I Do Q"), image, resources=b"<< /XObject << /I 6 0 R >> >>"
    )

    assert read_text(body, "application/pdf").failure == Failure.SCAN


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_encrypted_file_needs_no_password_only_if_it_has_none(algorithm):
    def encrypted(password: str) -> bytes:
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(text_pdf([[LINES]])))
        writer.encrypt(password, "owner's own", algorithm=algorithm)
        writer.write(out := io.BytesIO())
        return out.getvalue()

    assert read_text(encrypted("secret"), "application/pdf").failure == Failure.ENCRYPTED
    assert "The weights of the second model" in read_text(encrypted(""), "application/pdf").text


def test_type_is_known_by_the_bytes():
    body = text_pdf([[LINES]])

    assert "The weights" in read_text(body, "text/html").text
    assert "The weights" in read_text(body, "", url="https://a.example/file").text
    assert read_text(b"no PDF at all", "application/pdf").failure == Failure.DAMAGED


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_harms_nobody(name, monkeypatch):
    monkeypatch.setattr(pdf, "MEMORY", 300_000_000)
    monkeypatch.setattr(pdf, "CPU_SECONDS", 3)

    result = read_text(HOSTILE[name](), "application/pdf")

    assert (
        result.failure in {Failure.DAMAGED, Failure.TOO_LARGE, Failure.SCAN} or len(result.text) <= 10_000_000
    )
    assert children() == []


def test_child_that_takes_too_long_is_killed(monkeypatch):
    monkeypatch.setattr(pdf, "SECONDS", 0.02)  # less than a child needs to begin

    assert read_text(HOSTILE["millions of operators"](), "application/pdf").failure == Failure.TOO_LARGE
    assert children() == []


def test_threads_of_a_server_may_read_at_the_same_time():
    body = text_pdf([[LINES]])

    with ThreadPoolExecutor(3) as pool:
        texts = [result.text for result in pool.map(lambda _: read_text(body, "application/pdf"), range(6))]

    assert len(set(texts)) == 1
    assert "The weights" in texts[0]
