"""DataCite's REST API: data sets, software, reports and preprints by DOI (https://api.datacite.org, JSON:API)."""

from typing import Any
from urllib.parse import quote

from controversies.kit.identifiers import doi_address
from controversies.models import SourceKind

from .dates import earliest, parse_date
from .values import (
    Proposals,
    ValueOrigin,
    items,
    join_names,
    mapping,
    plain,
    plain_title,
    propose,
    turned_name,
    volume_of,
)

_KINDS = {
    **dict.fromkeys(
        ("dataset", "software", "computationalnotebook", "collection", "model", "workflow", "datapaper"),
        SourceKind.DATASET,
    ),
    "preprint": SourceKind.PREPRINT,
    **dict.fromkeys(("journalarticle", "conferencepaper", "conferenceproceeding"), SourceKind.ARTICLE),
    **dict.fromkeys(("book", "bookchapter"), SourceKind.BOOK),
    **dict.fromkeys(("report", "standard", "outputmanagementplan", "projectdeliverable"), SourceKind.REPORT),
    **dict.fromkeys(("audiovisual", "sound", "film"), SourceKind.MEDIA),
}
_PUBLISHED = ("issued", "available")
ARXIV = "10.48550/arxiv."


def work_path(doi: str) -> str:
    """Return the path of a work."""
    return f"/dois/{quote(doi, safe='')}"


def read_work(data: object) -> Proposals:
    """Return what DataCite's answer about one work says of it; nothing if it is no such answer."""
    work = mapping(mapping(mapping(data).get("data")).get("attributes"))
    doi, titles = plain(work.get("doi")).lower(), [mapping(each) for each in items(work.get("titles"))]
    main = next((each for each in titles if not each.get("titleType")), titles[0] if titles else {})
    subtitle = next((each for each in titles if each.get("titleType") == "Subtitle"), {})
    title = plain_title(main.get("title"), subtitle.get("title"))
    if not title or not doi:
        return Proposals()
    isbn = next(
        (
            each
            for each in map(mapping, items(work.get("identifiers")))
            if each.get("identifierType") == "ISBN"
        ),
        {},
    )
    return propose(
        ValueOrigin.DATACITE,
        title=title,
        authors=join_names(map(_name, items(work.get("creators")))),
        publisher=_published_in(work, doi),
        date=_date(work),
        kind=_kind(mapping(work.get("types"))),
        url=plain(work.get("url")) or doi_address(doi),
        doi=doi,
        isbn=plain(isbn.get("identifier")),
    )


def _name(creator: object) -> str:
    person = mapping(creator)
    first, family = plain(person.get("givenName")), plain(person.get("familyName"))
    if first and family:
        return f"{first} {family}"
    name = plain(person.get("name"))
    return name if person.get("nameType") == "Organizational" else turned_name(name)


def _published_in(work: dict[str, Any], doi: str) -> str:
    if doi.startswith(ARXIV):
        return f"arXiv:{doi.removeprefix(ARXIV)}"
    container = mapping(work.get("container"))
    if journal := plain(container.get("title")):
        return volume_of(journal, container.get("volume"), container.get("issue"))
    publisher = work.get("publisher")
    return plain(publisher.get("name") if isinstance(publisher, dict) else publisher)


def _date(work: dict[str, Any]) -> str:
    dates = [mapping(each) for each in items(work.get("dates"))]
    by_type = [(plain(each.get("dateType")).lower(), parse_date(each.get("date"))) for each in dates]
    published = [date for name, date in by_type if name in _PUBLISHED] + [
        parse_date(work.get("publicationYear"))
    ]
    year = earliest(published)[:4]
    # A repository that issues by year knows the day on which the work was submitted.
    submitted = [date for name, date in by_type if name == "submitted" and year and date.startswith(year)]
    return earliest(published + submitted)


def _kind(types: dict[str, Any]) -> str:
    names = (types.get("resourceTypeGeneral"), types.get("resourceType"))
    known = [_KINDS.get(plain(name).replace(" ", "").lower()) for name in names]
    return next((kind.value for kind in known if kind), "")
