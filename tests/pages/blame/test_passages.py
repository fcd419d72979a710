import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.pages import markdown
from controversies.pages.blame.passages import SourceSpan, markdown_passages, plain_passages

REFS = ((3, "source-x"),)


def spans(*texts: str) -> list[SourceSpan]:
    """Spans, each a statement."""
    return [SourceSpan(text, place) for place, text in enumerate(texts)]


def drawn(source, **options):
    """The passages as pairs: the tag, and the HTML of each piece with the spans that it draws."""
    return [
        (passage.tag, [(str(piece.html), list(piece.spans)) for piece in passage.pieces])
        for passage in markdown_passages(source, **options)
    ]


def test_each_statement_of_a_paragraph_is_a_piece():
    assert drawn(spans("One. ", "Two.\n\n", "Three.")) == [
        ("p", [("One. ", [0]), ("Two.", [1])]),
        ("p", [("Three.", [2])]),
    ]


def test_markdown_within_a_span_is_drawn():
    assert drawn(spans("One *a*. ", "Two [3]."), refs=REFS) == [
        ("p", [("One <em>a</em>. ", [0]), ('Two <a href="#source-x" class="ref">[3]</a>.', [1])])
    ]


def test_words_within_a_statement_are_pieces_of_their_own():
    source = [SourceSpan("The *evidence* is ", 0), SourceSpan("thin", 0), SourceSpan(".", 0)]

    assert drawn(source) == [("p", [("The <em>evidence</em> is ", [0]), ("thin", [1]), (".", [2])])]


def test_words_with_emphasis_over_them_are_one_piece():
    source = [SourceSpan("The *evi", 0), SourceSpan("dence* is thin. ", 0), SourceSpan("Two.", 1)]

    assert drawn(source) == [("p", [("The <em>evidence</em> is thin. ", [0, 1]), ("Two.", [2])])]


def test_statements_with_emphasis_over_them_are_one_piece():
    assert drawn(spans("Zero. ", "One **a. ", "Two b** c. ", "Three.\n\n", "Four.")) == [
        ("p", [("Zero. ", [0]), ("One <strong>a. Two b</strong> c. ", [1, 2]), ("Three.", [3])]),
        ("p", [("Four.", [4])]),
    ]


def test_a_paragraph_that_cannot_be_parted_is_one_piece():
    assert drawn(spans("*One. ", "Two. ", "Three.*")) == [("p", [("<em>One. Two. Three.</em>", [0, 1, 2])])]
    assert drawn(spans("One [a. ", "Two](http://b.example).")) == [
        ("p", [('One <a href="http://b.example" rel="nofollow ugc noopener">a. Two</a>.', [0, 1])])
    ]


def test_each_member_of_a_list_is_a_passage_with_its_number():
    assert drawn(spans("3. a\n", "4. b. ", "B.\n")) == [
        ("", [('<ol start="3"><li dir="auto">a</li>\n</ol>', [0])]),
        ("", [('<ol start="4"><li dir="auto">b. B.</li>\n</ol>', [1, 2])]),
    ]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("> A quotation. More.", '<blockquote dir="auto">'),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<table>"),
        ("```\na = 1\n```", "<pre><code>a = 1"),
        ("***", "<hr>"),
    ],
)
def test_other_blocks_are_drawn_whole(text, html):
    [(tag, [(piece, places)])] = drawn(spans(text[:5], text[5:]))

    assert (tag, places[0]) == ("", 0)
    assert piece.startswith(html)


def test_headings_are_below_those_of_the_page():
    assert drawn(spans("# Head\n\n", "Text."), under=4) == [
        ("h5", [("Head", [0])]),
        ("p", [("Text.", [1])]),
    ]


def test_what_markdown_does_not_draw_is_shown_as_it_is():
    assert drawn(spans("See [x]. ", "End.\n\n", "[x]: http://x.example/\n")) == [
        (
            "p",
            [
                ('See <a href="http://x.example/" rel="nofollow ugc noopener">x</a>. ', [0]),
                ("End.", [1]),
            ],
        ),
        ("p", [("[x]: http://x.example/", [2])]),
    ]


@pytest.mark.parametrize("text", ["", "   \n", "\n\n"])
def test_no_words_are_no_passage(text):
    assert markdown_passages(spans(text)) == []
    assert plain_passages(spans(text)) == []


def test_hostile_text_is_escaped():
    hostile = "<script>alert(1)</script> [x](javascript:alert(1)) ![](http://a.example/b.png) "
    html = "".join(
        str(piece.html) for passage in markdown_passages(spans(hostile, hostile)) for piece in passage.pieces
    )

    assert "<script" not in html
    assert "<img" not in html
    assert "href" not in html
    [passage] = plain_passages(spans("<b>\"'&"))
    assert passage.pieces[0].html == "&lt;b&gt;&quot;&#x27;&amp;"


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


words = st.text(alphabet="ab *_`[]()!>#-1.\n<&\\|~", max_size=12)


@given(st.lists(st.tuples(words, st.integers(0, 1)), max_size=8))
def test_the_words_are_those_of_the_page_whatever_the_text(parts):
    place = -1
    source = []
    for text, begins in parts:
        place += begins if source else 1
        source.append(SourceSpan(text, place))
    text = "".join(span.text for span in source)
    passages = markdown_passages(source, under=3)
    whole = "".join(f" {''.join(str(piece.html) for piece in passage.pieces)} " for passage in passages)
    seen = [i for passage in passages for piece in passage.pieces for i in piece.spans]

    assert set(text_of(markdown.render(text)).split()) <= set(text_of(whole).split())
    assert seen == sorted(seen)
    assert set(seen) >= {i for i, span in enumerate(source) if span.text.strip() and i < len(source)} - {
        i for i, span in enumerate(source) if not any(char.isalnum() for char in span.text)
    }
