"""The answer to one request, redirects followed."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from controversies.models.choices import FetchResult


@dataclass(frozen=True, slots=True)
class FetchAnswer:
    """The answer of the last address that a request led to, bounded and judged.

    Secrets in addresses that servers sent us to are left out of `url` and `hops`.
    """

    seen: FetchResult
    url: str  # the last address asked
    time: datetime.datetime
    hops: tuple[tuple[int | None, str], ...] = ()  # (status, address), the first address first
    permanent: bool = False  # there were redirects, and all of them were permanent (301, 308)
    status: int | None = None
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # names in small letters
    body: bytes = b""  # decompressed, 10 MB at most; b"" unless `seen` is OK
    content_type: str = (
        ""  # with its parameters, as in `text/html; charset=utf-8`; by the first bytes if it misleads
    )
    retry_after: int | None = None  # seconds
    detail: str = ""  # a short code: why there is no answer, or by what a wall was known
    request_headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        """The type without parameters, in small letters."""
        return self.content_type.partition(";")[0].strip().lower()
