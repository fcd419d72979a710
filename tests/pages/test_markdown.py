"""Markdown: what becomes of it, and that nothing hostile gets through."""

import re
import time

import pytest

from controversies.document.schema import PROSE
from controversies.models.fields import is_web_url
from controversies.pages.bounded_markdown import LONGEST_ADDRESS, TIME, BoundedParser
from controversies.pages.markdown import plain, render, shorten

SAFE_TAGS = re.compile(
    r"</?(p|br|hr|em|strong|code|pre|blockquote|ul|ol|li|a|h[2-6]|table|thead|tbody|tr|th|td)\b"
)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one *two* **three**", '<p dir="auto">one <em>two</em> <strong>three</strong></p>'),
        ("a\n\nb", '<p dir="auto">a</p>\n<p dir="auto">b</p>'),
        ("# Head", '<h4 dir="auto">Head</h4>'),
        ("###### Head", '<h6 dir="auto">Head</h6>'),
        ("3. c", '<ol start="3">\n<li dir="auto">c</li>\n</ol>'),
        ('it\'s "so" -- really...', '<p dir="auto">it\'s "so" -- really...</p>'),
        ("![a cat](https://x.example/cat.png)", '<p dir="auto">a cat</p>'),
        ("e.g.so about.fb.com", '<p dir="auto">e.g.so about.fb.com</p>'),
        (
            "see https://x.example/a?b=1&c=2 there",
            '<p dir="auto">see <a href="https://x.example/a?b=1&amp;c=2" rel="nofollow ugc noopener">'
            "https://x.example/a?b=1&amp;c=2</a> there</p>",
        ),
        (
            '[word](https://x.example/ "title")',
            '<p dir="auto"><a href="https://x.example/" rel="nofollow ugc noopener">word</a></p>',
        ),
        ("[us](/about/)", '<p dir="auto"><a href="/about/" rel="nofollow ugc noopener">us</a></p>'),
    ],
)
def test_render_makes_html(text, html):
    assert render(text) == html


def test_render_links_references_to_the_sources_of_the_page():
    html = render(
        "As shown [2][3], not [9] nor `[2]` nor [x [2]](https://x.example).", ((2, "source-b"), (3, "s-c"))
    )

    assert '<a href="#source-b" class="ref">[2]</a><a href="#s-c" class="ref">[3]</a>' in html
    assert "not [9] nor <code>[2]</code>" in html
    assert html.count("#source-b") == 1


def test_render_demotes_headings_under_the_one_that_it_stands_under():
    assert render("# A\n\n## B", under=1) == '<h2 dir="auto">A</h2>\n<h3 dir="auto">B</h3>'


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](java\nscript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](file:///etc/passwd)",
        "<javascript:alert(1)>",
        "![x](javascript:alert(1))",
        '[x](https://x.example" onmouseover="alert(1))',
        "[x]: javascript:alert(1)\n\n[x]",
        "<style>*{display:none}</style>",
        "<iframe src=//evil.example></iframe>",
        "<svg/onload=alert(1)>",
        "```\n</pre><script>alert(1)</script>\n```",
        "`<script>`",
        "<!-- --><script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "| a |\n|---|\n| <b onclick=x>c</b> |",
        "# <script>x</script>",
        "[<img src=x onerror=y>](https://x.example)",
    ],
)
def test_render_lets_nothing_hostile_through(text):
    html = render(text)

    assert re.findall(r"<[^>]*>", html) == [
        tag for tag in re.findall(r"<[^>]*>", html) if SAFE_TAGS.match(tag)
    ]
    for href in re.findall(r'href="([^"]*)"', html):
        assert href.startswith(("https://", "http://", "mailto:", "#", "/"))
    assert not re.search(r"<[^>]*\s(on\w+|style|src)\s*=", html)


def test_render_keeps_right_to_left_text_in_its_paragraph():
    html = render("English\n\nعربي\u202eabc")

    assert html == '<p dir="auto">English</p>\n<p dir="auto">عربي\u202eabc</p>'


def repeated(text: str) -> str:
    """Return the text over and over, as long as a field takes."""
    return (text * (PROSE // len(text) + 1))[:PROSE]


HOSTILE = {
    **{
        text: repeated(text)
        for text in (
            *(
                "://",
                "h://",
                "::://",
                "http://",
                "http://a",
                "http://a ",
                "http://a.b/((",
                "http://a:b@",
                "https://x-",
            ),
            *(
                "ftp://",
                "//a.b ",
                "www.a ",
                "mailto:a@",
                "a@b.",
                "[http://a.b](",
                "http://a.b/?",
                "http://a.b/*",
            ),
            *(
                "[",
                "![",
                "](",
                "[a](",
                "[a](<b",
                '[a](b "',
                "[](<",
                "[[a](b)",
                "![[]()",
                "[3]",
                "[a]: b\n",
                "[a\n",
            ),
            *(
                "*",
                "* ",
                "*a ",
                "*a_ ",
                "_a",
                "**a ",
                "a**b",
                "*_",
                "`",
                "` `` ",
                "~~~\n",
                "```\n",
                "-",
                "--- \n",
            ),
            *(
                "> ",
                "> a\n>",
                "- ",
                "- a\n",
                "1. ",
                "#",
                "# \n",
                "a\n-\n",
                "=\n",
                "|",
                "|-",
                "\n",
                "\t",
                "\ta\n",
            ),
            *(
                "<",
                "<a ",
                "<a@b",
                "<http:",
                "<!--",
                "<?",
                "<![CDATA[",
                "&",
                "&amp;",
                "&#0;",
                "\\",
                "\\[",
                '"',
            ),
            *("\u2028", "\u202e a ", "\u0301", "a"),
        )
    },
    "rows of backticks": "".join("`" * i + " " for i in range(1, 447))[:PROSE],
    "nested list": "\n".join(" " * (2 * i) + "- a" for i in range(310))[:PROSE],
    "nested quotations": ">" * 1_000 + "a" + repeated("\n" + ">" * 1_000)[: PROSE - 1_001],
    "narrow table": ("|a" * 500 + "\n" + "|-" * 500 + "\n" + "|b\n" * PROSE)[:PROSE],
    "wide table": ("a|" * 16_000 + "\n" + "-|" * 16_000 + "\n" + "|b\n" * PROSE)[:PROSE],
    "references": ("".join(f"[a{i}]: b\n" for i in range(4_000)) + "[a1] " * PROSE)[:PROSE],
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=map(ascii, HOSTILE))
def test_render_draws_nonsense_as_long_as_a_field_takes_in_little_time(text):
    start = time.thread_time()

    drawn = render(text)

    # The parser itself stops at two seconds; what the rest takes grows with the text.
    assert time.thread_time() - start < 2 * TIME
    assert isinstance(drawn, str)


def test_a_text_that_takes_too_long_is_drawn_as_plain_paragraphs():
    parser = BoundedParser(time=0)

    assert parser.render("*one* <b>\n\n- two") == "<p>*one* &lt;b&gt;</p>\n<p>- two</p>\n"
    assert parser.renderInline("*one*") == "*one*"


def test_an_address_that_is_too_long_is_no_link():
    address = "https://x.example/" + "a" * LONGEST_ADDRESS

    assert render(address) == f'<p dir="auto">{address}</p>'
    assert render(address[: LONGEST_ADDRESS - 1]).startswith('<p dir="auto"><a href="https://x.example/aaa')


def test_plain_leaves_the_words():
    assert plain("# A *b*\n\n- [c](https://x.example) `d`\n- ![e](f.png)") == "A b c d e"


def test_shortened_cuts_after_a_word():
    assert shorten("one two, three", 9) == "one two…"
    assert shorten("one two", 7) == "one two"


_ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    r"\\\\evil.example",
    r"/\\evil.example",
    r"\\/evil.example",
    "/%5Cevil.example",
    "<\t//evil.example>",
    "< //evil.example>",
    "</\t/evil.example>",
    "/&#9;/evil.example",
    "/&#10;/evil.example",
    "/&#13;&#92;evil.example",
    "java&#9;script:alert(1)",
]


@pytest.mark.parametrize("address", _ELSEWHERE)
def test_address_that_leads_elsewhere_without_saying_so_is_no_link(address):
    assert "<a" not in render(f"[a]({address})")
    assert "<a" not in render(f"[a][1]\n\n[1]: {address}")


def test_bare_address_without_a_scheme_is_no_link():
    assert "<a" not in render("See //evil.example/ and \\\\evil.example")


@pytest.mark.parametrize(
    "address", ["/about/", "#part", "?q=a", "a//b", "/a//b", "https://x.example//b", "../a"]
)
def test_path_of_this_site_is_a_link(address):
    assert f'href="{address}"' in render(f"[a]({address})")


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        r"\\evil.example",
        r"/\evil.example",
        r"https:/\evil.example",
        r"https:\\evil.example",
        "\t//evil.example",
        " https://x.example",
        "https:evil.example",
        "https:/evil.example",
        "https://x\t.example",
    ],
)
def test_link_of_a_source_is_a_whole_address(address):
    assert not is_web_url(address)
