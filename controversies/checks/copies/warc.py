"""Copies as WARC 1.1 (ISO 28500): the request and the response of one fetch, in one compressed file.

The response's body is kept decompressed, so headers that spoke of its transfer are kept under `X-Archive-Orig-…`.
"""

import datetime
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ..fetch import FetchAnswer
from .store import CopyDamaged

_TRANSFER = {"content-encoding", "transfer-encoding", "content-length"}
_PRIVATE = {"set-cookie", "set-cookie2"}


@dataclass(frozen=True, slots=True)
class CopiedPage:
    """A page as a copy holds it: the address that gave it, when, its body and the Content-Type to read it by."""

    url: str
    time: datetime.datetime
    body: bytes
    content_type: str


def pack(answer: FetchAnswer) -> bytes:
    """Return an answer with its request as the bytes of a WARC file."""
    file = BytesIO()
    writer = WARCWriter(file, gzip=True, warc_version="1.1")
    date = answer.time.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    writer.write_record(
        writer.create_warcinfo_record("copy.warc.gz", {"software": "crux", "format": "WARC File Format 1.1"})
    )
    body = answer.body
    headers = [
        (f"X-Archive-Orig-{name}" if name in _TRANSFER else name, value)
        for name, value in answer.headers.items()
        if name not in _PRIVATE
    ]
    status = StatusAndHeaders(
        f"{answer.status} {answer.reason}".strip(),
        [*headers, ("content-length", str(len(body)))],
        protocol="HTTP/1.1",
    )
    response = writer.create_warc_record(
        answer.url,
        "response",
        payload=BytesIO(body),
        length=len(body),
        http_headers=status,
        warc_headers_dict={
            "WARC-Date": date,
            "WARC-Identified-Payload-Type": answer.content_type or "application/octet-stream",
        },
    )
    parts = urlsplit(answer.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = writer.create_warc_record(
        answer.url,
        "request",
        http_headers=StatusAndHeaders(
            f"GET {path} HTTP/1.1",
            [("Host", parts.netloc), *answer.request_headers.items()],
            is_http_request=True,
        ),
        warc_headers_dict={
            "WARC-Date": date,
            "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
        },
    )
    writer.write_record(request)
    writer.write_record(response)
    return file.getvalue()


def unpack(data: bytes) -> CopiedPage:
    """Read the page back from the bytes of a WARC file. Raises CopyDamaged."""
    try:
        for record in ArchiveIterator(BytesIO(data)):
            if record.rec_type != "response":
                continue
            headers = record.rec_headers
            time = datetime.datetime.fromisoformat(headers.get_header("WARC-Date"))
            return CopiedPage(
                headers.get_header("WARC-Target-URI"),
                time,
                record.content_stream().read(),
                headers.get_header("WARC-Identified-Payload-Type"),
            )
    except (ArchiveLoadFailed, ValueError, TypeError) as error:
        raise CopyDamaged("this is no WARC file of a copy") from error
    raise CopyDamaged("this WARC file has no response")
