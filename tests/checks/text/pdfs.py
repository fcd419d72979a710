"""PDF files written by hand: pages of lines, and files that are made to harm whoever reads them."""

import zlib
from collections.abc import Sequence


def pdf(objects: Sequence[bytes], *, trailer: bytes = b"") -> bytes:
    """Return a PDF file of these objects; the first is its catalogue."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        start,
    )
    return bytes(out)


def stream(data: bytes, extra: bytes = b"") -> bytes:
    packed = zlib.compress(data)
    return b"<< /Length %d /Filter /FlateDecode %s >>\nstream\n%s\nendstream" % (len(packed), extra, packed)


def content(columns: Sequence[Sequence[str]]) -> bytes:
    """Return the content of a page with columns of lines, side by side."""
    parts = [b"BT /F1 11 Tf"]
    for number, lines in enumerate(columns):
        for row, line in enumerate(lines):
            words = line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            parts.append(b"1 0 0 1 %d %d Tm (%s) Tj" % (50 + 270 * number, 740 - 14 * row, words))
    return b"\n".join([*parts, b"ET"])


def text_pdf(pages: Sequence[Sequence[Sequence[str]]]) -> bytes:
    """Return a PDF file with these pages, each of columns of lines."""
    count = len(pages)
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, columns in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
            b" /Contents %d 0 R >>" % (5 + 2 * number)
        )
        objects.append(stream(content(columns)))
    return pdf(objects)


def one_page(contents: bytes, *more: bytes, resources: bytes = b"<< /Font << /F1 3 0 R >> >>") -> bytes:
    """Return a PDF file whose one page has this stream as its contents; `more` are objects from number 6."""
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources %s /Contents 5 0 R >>"
            % resources,
            contents,
            *more,
        ]
    )


def bomb_of_streams(size: int = 400_000_000) -> bytes:
    """A stream, packed twice, that unpacks to more than any memory."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b" " * 1_000_000) for _ in range(size // 1_000_000)) + packer.flush()
    twice = zlib.compress(once)
    return one_page(
        b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (len(twice), twice)
    )


HOSTILE = {
    "bomb of streams": bomb_of_streams,
    "pages that contain themselves": lambda: pdf(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R 2 0 R] /Count 3 >>"]
    ),
    "object that is itself": lambda: pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"2 0 R"]),
    "forms that draw themselves": lambda: one_page(
        stream(b"/X Do"),
        stream(
            b"/X Do /X Do",
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>",
        ),
        resources=b"<< /XObject << /X 6 0 R >> >>",
    ),
    "deep arrays": lambda: one_page(stream(b"[" * 500_000)),
    "deep dictionaries": lambda: pdf([b"<< /A " * 20_000]),
    "endless numbers of pages": lambda: pdf(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 999999999 >>"]
    ),
    "previous table is this one": lambda: pdf([b"<< /Type /Catalog >>"], trailer=b"/Prev 9 /XRefStm 9"),
    "millions of operators": lambda: one_page(stream(b"q Q " * 1_000_000)),
    "endless text": lambda: one_page(
        stream(b"BT /F1 9 Tf " + b"(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj " * 40_000 + b"ET")
    ),
    "length that lies": lambda: one_page(b"<< /Length 99999999999 >>\nstream\nBT ET\nendstream"),
    "unknown filter": lambda: one_page(b"<< /Length 3 /Filter /Nothing >>\nstream\nabc\nendstream"),
    "cut off": lambda: text_pdf([[["Some words."]]])[:300],
    "nothing but a head": lambda: b"%PDF-1.7\n",
    "huge object numbers": lambda: (
        b"%PDF-1.7\n999999999999 0 obj\n<<>>\nendobj\nxref\n0 999999999\ntrailer\n<< /Root 1 0 R >>"
    ),
}
