"""arXiv's API: preprints by number (https://info.arxiv.org/help/api, Atom 1.0)."""

import re
from urllib.parse import quote

from lxml import etree

from controversies.models import SourceKind

from .dates import parse_date
from .values import Proposals, ValueOrigin, join_names, plain, plain_title, propose
from .xml import child_text, children, parse_xml

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_NUMBER = re.compile(r"arxiv\.org/abs/([a-z.-]*/?[0-9.]+)(v[0-9]+)?$", re.IGNORECASE)
_COMMENT = re.compile(
    r"^\W*withdrawn\b|\b(?:has been|have been|is|are|was|were) (?:\w+ )?withdrawn\b"
    r"|\bwithdrawn (?:by|due|because|as|since|owing|from arxiv)\b",
    re.IGNORECASE,
)
_WITHDRAWN = re.compile(
    r"(?:this|the) (?:paper|article|submission|manuscript|preprint|work) (?:has been|is|was) withdrawn\b",
    re.IGNORECASE,
)


def works_path(*numbers: str) -> str:
    """Return the path of one or more works."""
    return f"/api/query?id_list={quote(','.join(numbers), safe=',/.')}&max_results={len(numbers)}"


def read_works(body: bytes) -> dict[str, etree._Element]:
    """Return the entries of a feed by arXiv number, without versions. Raises ValueError if it is no feed."""
    feed = parse_xml(body)
    if feed.tag != f"{_ATOM}feed":
        raise ValueError("no Atom feed")
    entries = {}
    for entry in children(feed, f"{_ATOM}entry"):
        number = _NUMBER.search(child_text(entry, f"{_ATOM}id").strip())
        if (
            number and child_text(entry, f"{_ATOM}title").strip()
        ):  # an error is an entry, too, of another address
            entries[number[1].lower()] = entry
    return entries


def read_work(body: bytes) -> Proposals:
    """Return what arXiv says of the one work asked for. Raises ValueError if the answer is no feed."""
    for number, entry in read_works(body).items():
        names = (child_text(author, f"{_ATOM}name") for author in children(entry, f"{_ATOM}author"))
        return propose(
            ValueOrigin.ARXIV,
            title=plain_title(child_text(entry, f"{_ATOM}title"), is_latex=True),
            authors=join_names(plain(name, is_latex=True) for name in names),
            publisher=f"arXiv:{number}",
            date=parse_date(child_text(entry, f"{_ATOM}published")),
            kind=SourceKind.PREPRINT.value,
            url=f"https://arxiv.org/abs/{number}",
            doi=f"10.48550/arxiv.{number}",
        )
    return Proposals()


def is_withdrawn(entry: etree._Element) -> bool:
    """Whether the newest version of a work says that it is withdrawn, as its authors' comment or its abstract tells."""
    comment = plain(child_text(entry, f"{_ARXIV}comment"))
    abstract = plain(child_text(entry, f"{_ATOM}summary"))
    return bool(_COMMENT.search(comment) or _WITHDRAWN.match(abstract))


def day_of_version(entry: etree._Element) -> str:
    """The day of the newest version."""
    return parse_date(child_text(entry, f"{_ATOM}updated"))
