"""Bytes of a text to characters, by what they say of themselves and by what they are.

Names of encodings mean what browsers take them for (WHATWG Encoding Standard): iso-8859-1 is windows-1252.
"""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:+-]+)", re.IGNORECASE)
_DECLARED = re.compile(
    rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:+-]+)|<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:+-]+)",
    re.IGNORECASE,
)
_HEAD = 4_096  # bytes in which a page names its encoding
_OTHER_NAMES = {
    **dict.fromkeys(("iso-8859-1", "latin-1", "latin1", "l1", "ascii", "us-ascii", "x-cp1252"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk", "gb_2312-80", "chinese"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("ks_c_5601-1987", "euc-kr", "korean", "windows-949"), "cp949"),
    **dict.fromkeys(("iso-8859-9", "latin5"), "cp1254"),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5"), "big5hkscs"),
    **dict.fromkeys(("tis-620", "iso-8859-11"), "cp874"),
    **dict.fromkeys(("utf-16", "utf-16le", "utf-16be", "utf-32", "utf-7", "x-user-defined"), "utf-8"),
}
# No page is written in these, and a page that says so would take hours: punycode's time grows with the square.
_PYTHONS_OWN = {
    *("punycode", "idna", "unicode_escape", "unicode-escape", "raw_unicode_escape", "raw-unicode-escape"),
    *("undefined", "mbcs", "oem", "utf-7"),
}
_MOST_FAULTS = 100  # one character in so many may be damaged in a text that is UTF-8 all the same


def decode(body: bytes, content_type: str = "") -> str:
    """Return the characters of a text; those that cannot be read become U+FFFD."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, errors="replace").removeprefix("\ufeff")
    declared = _declared(body, content_type)
    if declared == "iso2022_jp":  # it is ASCII as it stands
        return body.decode(declared, errors="replace")
    text = body.decode("utf-8", errors="replace")
    faults = text.count("\ufffd")
    # Text of another encoding is hardly ever valid UTF-8 by chance, so that beats what is declared.
    if not faults or _is_utf8(text, faults):
        return text
    return body.decode(declared if declared not in ("", "utf_8") else "cp1252", errors="replace")


def _declared(body: bytes, content_type: str) -> str:
    """Return Python's name for the encoding that the header or else the page names; "" if there is none."""
    names = [match.group(1) for match in [_CHARSET.search(content_type)] if match]
    if match := _DECLARED.search(body[:_HEAD]):
        names.append((match.group(1) or match.group(2)).decode("ascii", errors="replace"))
    for each in names:
        name = each.lower()
        try:
            codec = codecs.lookup(_OTHER_NAMES.get(name, name))
        except LookupError:
            continue
        if codec._is_text_encoding and codec.name not in _PYTHONS_OWN:
            return codec.name.replace("-", "_")
    return ""


def _is_utf8(text: str, faults: int) -> bool:
    """Whether a text is UTF-8 in which few characters are damaged."""
    others = sum(1 for char in text if char > "\x7f") - faults
    return others > faults * _MOST_FAULTS
