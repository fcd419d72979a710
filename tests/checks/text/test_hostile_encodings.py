"""Pages that name an encoding in which no page is written are read as what they are, in time."""

import zlib
from time import process_time

import pytest

from controversies.checks.text.encoding import decode

NAMES = [
    *(
        "punycode",
        "idna",
        "unicode_escape",
        "unicode-escape",
        "raw_unicode_escape",
        "raw-unicode-escape",
        "undefined",
    ),
    *(
        "zlib_codec",
        "zip",
        "bz2",
        "base64",
        "hex",
        "quopri",
        "uu",
        "rot13",
        "rot_13",
        "mbcs",
        "oem",
        "utf_7",
        "u7",
    ),
    *("charmap", "palmos", "", "x" * 5_000, "../../etc/passwd", "\u0661"),
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_encoding_of_no_page_is_not_believed(name):
    body = b"<p>caf\xe9 " + b"9" * 200_000 + zlib.compress(b"a")
    start = process_time()

    in_header = decode(body, f"text/html; charset={name}")
    in_page = decode(b"<meta charset=" + name.encode() + b">" + body)

    assert process_time() - start < 2
    assert "<p>caf\u00e9 999" in in_header
    assert "caf\u00e9 999" in in_page
