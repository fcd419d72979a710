"""Text of HTML: all that a browser shows, in order, and nothing else."""

import pytest

from controversies.checks.quotations import match
from controversies.checks.text import Failure, read_text

LONG = "<p>" + "Some words that make this a page with text of its own. " * 4 + "</p>"


def text_of(html: str, content_type: str = "text/html; charset=utf-8", encoding: str = "utf-8") -> str:
    return read_text(html.encode(encoding), content_type).text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One <b>wo</b>rd, <i>two</i> words.</p>", "One word, two words."),
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<div>One<div>Two</div>Three</div>", "One\nTwo\nThree"),
        ("<ul><li>One<li>Two</ul>", "One\nTwo"),
        ("<table><tr><td>A</td><td>B</td></tr><tr><th>C</th><td>D</td></tr></table>", "A\tB\nC\tD"),
        ("<figure><img alt='no'><figcaption>A caption</figcaption></figure>", "A caption"),
        ("<p>Text<aside>Aside</aside>more</p>", "Text\nAside\nmore"),
        ("<p>10<sup>2</sup> and 10<sup>−5</sup></p>", "10² and 10⁻⁵"),
        ("<p>H<sub>2</sub>O, x<sub>n</sub></p>", "H₂O, xn"),
        ("<p>the 19<sup>th</sup> century</p>", "the 19th century"),
        ("<p>in 2019<sup><a href='#n'>12</a></sup> it</p>", "in 2019[12] it"),
        ("<p>in 2019<sup class='r'><a href='#n'>[12]</a></sup> it</p>", "in 2019[12] it"),
        ("<p>word<sup><a href='#n'>a</a></sup> it</p>", "word[a] it"),
        ("<p>word<sup>3, 4</sup> it</p>", "word³, ⁴ it"),
        ("<p>He said <q>yes</q>.</p>", "He said “yes”."),
        ("<p>Super<wbr>califragilistic</p>", "Super\u200bcalifragilistic"),
        ("<p>in&shy;ter&nbsp;net &amp; &lt;b&gt; &#8217;</p>", "in\u00adter\u00a0net & <b> ’"),
        ("<pre>one\n  two</pre>", "one\ntwo"),
        ("<p>one\n   two\t three </p>", "one two three"),
        ("<p>well-\nknown</p>", "well- known"),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字", "漢字"),
        ("<p>shown<script>no()</script><style>p{}</style> too</p>", "shown too"),
        ("<p>a</p><template><p>no</p></template><noscript>no</noscript><p>b</p>", "a\nb"),
        ("<p>a</p><p hidden>no</p><p style='color:red;display: none'>no</p><p>b</p>", "a\nb"),
        ("<p>a<span style='visibility:hidden'>no</span>b</p>", "ab"),
        ("<p aria-hidden='true'>shown</p><p hidden='until-found'>kept</p>", "shown\nkept"),
        ("<details><summary>More</summary>Within</details>", "More\nWithin"),
        ("<dialog>no</dialog><dialog open>yes</dialog>", "yes"),
        ("<select><option>no</option></select><p>a</p>", "a"),
        ("<p>a<!-- no -->b<?no?></p>", "ab"),
        ("<title>no</title><nav>Menu</nav><main>Text</main>", "Menu\nText"),
        ("<p>never closed <b>at all", "never closed at all"),
        ("<p>a</b></i></p></div>b", "a\nb"),
        ("<svg><title>no</title><text>yes</text></svg>", "yes"),
        ("text \x00with NUL", "text with NUL"),
        ("", ""),
        ("<!-- -->", ""),
    ],
)
def test_shown_text(html, text):
    assert text_of(html) == text


def test_words_around_marks_captions_and_notes_are_matched():
    page = """<!doctype html><title>T</title><script>1</script><article><p>The weights<sup><a href=#f>[1]</a></sup>
    were <em>published</em> in <a href=x>March</a>.</p><figure><figcaption>Costs rose by 10<sup>2</sup>.</figcaption>
    </figure><aside>An aside says it plainly.</aside><footer><ol><li id=f>A footnote of its own.</li></ol></footer>"""
    text = text_of(page)

    for quote, verdict in (
        ("The weights were published in March.", "found"),
        ("Costs rose by 10².", "found"),
        ("Costs rose by 102.", "absent"),
        ("An aside says it plainly.", "found"),
        ("A footnote of its own.", "found"),
        ("The weights were not published in March.", "absent"),
    ):
        assert match(quote, text).verdict == verdict, quote


@pytest.mark.parametrize(
    ("content_type", "encoding", "head"),
    [
        ("text/html; charset=windows-1252", "cp1252", ""),
        ("text/html; charset=ISO-8859-1", "cp1252", ""),
        ("text/html", "cp1252", '<meta charset="windows-1252">'),
        ("text/html", "cp1252", ""),
        ("text/html", "cp1252", '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">'),
        ("text/html", "utf-8", ""),
        ("text/html; charset=iso-8859-1", "utf-8", '<meta charset="utf-8">'),  # the server is wrong
        ("text/html; charset=nonsense", "utf-8", ""),
        ("text/html", "utf-8-sig", ""),
        ("text/html", "utf-16", ""),
        ("text/html; charset=utf-8", "cp1252", ""),  # the server is wrong
    ],
)
def test_encodings(content_type, encoding, head):
    assert "“Größe – é”" in text_of(
        f"<html><head>{head}</head><p>“Größe – é”</p></html>", content_type, encoding
    )


@pytest.mark.parametrize(
    ("declared", "encoding", "words"),
    [
        ("gb2312", "gb18030", "模型是开放的"),
        ("Shift_JIS", "cp932", "モデルは公開①"),
        ("euc-kr", "cp949", "모델은 공개"),
        ("big5", "big5hkscs", "模型是開放的"),
        ("iso-2022-jp", "iso2022_jp", "モデルは公開"),
        ("windows-1251", "cp1251", "Модель открыта"),
        ("koi8-r", "koi8_r", "Модель открыта"),
        ("tis-620", "cp874", "โมเดลเปิด"),
    ],
)
def test_encodings_of_other_scripts(declared, encoding, words):
    assert words in text_of(f'<meta charset="{declared}"><p>{words}</p>', "text/html", encoding)


def test_page_that_scripts_write_is_named():
    shell = '<html><body><div id="root"></div><noscript>Turn on JavaScript.</noscript><script src="a.js"></script>'

    assert read_text(shell.encode(), "text/html").failure == Failure.SCRIPT_ONLY
    assert read_text((shell + LONG).encode(), "text/html").failure == ""
    assert read_text(b"<p>Short.</p>", "text/html").failure == ""


def test_large_page_is_read():
    page = "<html>" + LONG * 40_000  # 9 MB
    assert len(text_of(page)) > 8_000_000


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100_000 + "deep" + "</div>" * 100_000,
        "<b>" * 50_000 + "deep",
        "<table><tr><td>" * 3_000 + "deep",
        "<p " + 'a="b" ' * 100_000 + ">deep",
        "deep" + "&amp;" * 100_000,
        "deep" + "<" * 500_000,
        "deep<!--" + "-" * 500_000,
        "<sup>" * 2_000 + "deep" + "</sup>" * 2_000,
        "deep<![CDATA[" + "]" * 100_000,
    ],
    ids=lambda page: page[:12],
)
def test_hostile_page_is_read_without_harm(page):
    """None may take more than time in proportion to its length, or the suite would stand still here."""
    assert read_text(page.encode(), "text/html").failure == ""


def test_nested_elements_are_read_to_some_depth():
    assert "deep" in text_of("<div>" * 200 + "deep" + "</div>" * 200)


@pytest.mark.parametrize(
    ("body", "content_type", "text", "failure"),
    [
        (b"One\r\nTwo", "text/plain", "One\nTwo", ""),
        (b"One", "text/markdown; charset=utf-8", "One", ""),
        (b"One", "", "One", ""),
        (b"\x00\x01\x02", "application/octet-stream", "", Failure.TYPE),
        (b"\x89PNG\r\n\x1a\n", "image/png", "", Failure.TYPE),
        (b'{"a": ["One", {"b": "Two", "c": 3}]}', "application/json", "One\nTwo", ""),
        (b'{"a": ', "application/json", "", Failure.DAMAGED),
        (b"[" * 100_000, "application/json", "", Failure.DAMAGED),
        (b'<?xml version="1.0"?><a>One<b>Two</b>Three</a>', "application/xml", "One\nTwo\nThree", ""),
        (b'<?xml version="1.0" encoding="iso-8859-1"?><a>\xe9</a>', "text/xml", "é", ""),
        (b"<feed><title>One</title></feed>", "application/atom+xml", "One", ""),
        (b"", "application/xml", "", Failure.DAMAGED),
        (b"<!DOCTYPE html><p>One</p>", "text/plain", "One", ""),
        (
            b'<?xml version="1.0"?><html><body><p>One<p>Two</body></html>',
            "application/xhtml+xml",
            "One\nTwo",
            "",
        ),
    ],
)
def test_other_types(body, content_type, text, failure):
    result = read_text(body, content_type)

    assert (result.text, result.failure) == (text, failure)


def test_entities_of_xml_are_not_resolved(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    body = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY y "zzz">]><a>One&x;Two</a>'

    assert "secret" not in read_text(body.encode(), "application/xml").text


def test_bomb_of_xml_entities_is_not_blown_up():
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    body = f'<!DOCTYPE a [<!ENTITY e0 "lol">{entities}]><a>&e12;</a>'

    assert len(read_text(body.encode(), "application/xml").text) < 1_000


def test_file_that_is_too_large_is_not_read():
    assert read_text(b"a" * 20_000_001, "text/plain").failure == Failure.TOO_LARGE
