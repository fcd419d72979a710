"""International Standard Book Numbers: one form, checked."""

import pytest

from controversies.kit.isbn import isbn13


@pytest.mark.parametrize(
    ("text", "isbn"),
    [
        ("978-0-14-017739-8", "9780140177398"),
        ("9780140177398", "9780140177398"),
        ("0-14-017739-6", "9780140177398"),
        ("ISBN 0140177396", "9780140177398"),
        ("ISBN-13: 978 0 14 017739 8", "9780140177398"),
        ("urn:isbn:9780140177398", "9780140177398"),
        ("080442957X", "9780804429573"),
        ("0‐8044‐2957‐x", "9780804429573"),
        ("979-10-90636-07-1", "9791090636071"),
        ("9780140177399", ""),  # the check digit is wrong
        ("0140177397", ""),
        ("9770140177398", ""),  # an EAN of no book
        ("014017739", ""),
        ("97801401773980", ""),
        ("X140177396", ""),
        ("٩٧٨٠١٤٠١٧٧٣٩٨", ""),  # digits of other scripts
        ("", ""),
    ],
)
def test_an_isbn_has_one_form(text: str, isbn: str):
    assert isbn13(text) == isbn
