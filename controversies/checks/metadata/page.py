"""A page's own metadata: `citation_*`, Dublin Core, JSON-LD, OpenGraph, and the `<title>` less the site's name."""

import codecs
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml import html as lxml_html

from controversies.kit.identifiers import canonical_doi, same_address
from controversies.kit.isbn import isbn13
from controversies.models import SourceKind

from ..fetch import FetchAnswer
from .dates import earliest, parse_date
from .titles import title_words
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
from .walls import is_wall_title

_NO_PAGES = ("application/pdf", "application/json", "text/plain", "application/octet-stream")
_MAX_METAS, _MAX_BLOCKS, _MAX_OBJECTS = 3_000, 50, 2_000
_MAX_JSON = 1_000_000  # characters of one block of JSON-LD
_MAX_DEPTH = 12
_TITLES = (
    "citation_title",
    "bepress_citation_title",
    "eprints.title",
    "dc.title",
    "dcterms.title",
    "prism.title",
)
_OTHER_TITLES = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "title")
_AUTHORS = ("citation_author", "bepress_citation_author", "eprints.creators_name")
_CREATORS = ("dc.creator", "dcterms.creator", "dc.contributor.author")
_OTHER_AUTHORS = (
    "author",
    "article:author",
    "book:author",
    "parsely-author",
    "sailthru.author",
    "byl",
    "byline",
)
_DATES = (
    *(
        "citation_publication_date",
        "citation_online_date",
        "citation_date",
        "citation_year",
        "citation_cover_date",
    ),
    *("bepress_citation_date", "eprints.date", "dc.date", "dcterms.date", "dc.date.issued", "dcterms.issued"),
    *(
        "dcterms.available",
        "prism.publicationdate",
        "article:published_time",
        "article:published",
        "og:published_time",
    ),
    *(
        "og:article:published_time",
        "book:release_date",
        "video:release_date",
        "datepublished",
        "publication_date",
    ),
    *("parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish_date", "publish-date", "date"),
)
_DOIS = ("citation_doi", "bepress_citation_doi", "prism.doi", "dc.identifier.doi", "dc.identifier", "doi")
_DOIS_ELSEWHERE = ("dcterms.identifier", "publication_doi", "citation_id")
_JOURNALS = ("citation_journal_title", "bepress_citation_journal_title", "prism.publicationname", "dc.source")
_ISBNS = ("citation_isbn", "book:isbn", "books:isbn", "prism.isbn")
_WORKS = {
    "NewsArticle": SourceKind.NEWS,
    **dict.fromkeys(
        ("ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle", "BackgroundNewsArticle"),
        SourceKind.NEWS,
    ),
    **dict.fromkeys(("LiveBlogPosting", "AskPublicNewsArticle", "ReviewNewsArticle"), SourceKind.NEWS),
    **dict.fromkeys(("BlogPosting", "SocialMediaPosting", "DiscussionForumPosting"), SourceKind.BLOG),
    **dict.fromkeys(("ScholarlyArticle", "MedicalScholarlyArticle"), SourceKind.ARTICLE),
    "Report": SourceKind.REPORT,
    "Book": SourceKind.BOOK,
    **dict.fromkeys(("Dataset", "SoftwareSourceCode"), SourceKind.DATASET),
    **dict.fromkeys(("VideoObject", "AudioObject", "PodcastEpisode", "Movie", "TVEpisode"), SourceKind.MEDIA),
    **dict.fromkeys(("Legislation", "LegislationObject"), SourceKind.LEGAL),
    **dict.fromkeys(("Article", "TechArticle", "Thesis", "CreativeWork", "DigitalDocument", "WebPage"), None),
}
_VAGUE = ("WebPage", "CreativeWork", "DigitalDocument")  # types of a page around the work
_PAGE_TYPES = {"video": SourceKind.MEDIA, "music": SourceKind.MEDIA, "book": SourceKind.BOOK}  # of OpenGraph
_HOSTS = {
    **dict.fromkeys(("youtube.com", "youtu.be", "vimeo.com"), SourceKind.MEDIA),
    **dict.fromkeys(("github.com", "gitlab.com", "kaggle.com"), SourceKind.DATASET),
    **dict.fromkeys(
        ("courtlistener.com", "supremecourt.gov", "eur-lex.europa.eu", "legislation.gov.uk"), SourceKind.LEGAL
    ),
    **dict.fromkeys(("substack.com", "medium.com", "lesswrong.com"), SourceKind.BLOG),
}
_SEPARATOR = re.compile(r"\s+[|·•»«:—–-]+\s+|\s*\|\s*|\s*::\s*|\s+[»«]\s*|:\s+")
_LABEL = re.compile(r"^\s*(?:[(\[]pdf[)\]]|\[[\w.:/-]*[0-9][\w.:/-]*\])\s*", re.IGNORECASE)
_ADDRESS = re.compile(r"^(?:https?://|@)|@[\w-]+\.|^\S*\.(?:com|org|net)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageTitle:
    """The title and authors that a page shows for itself, and where on the page they stand ("" each for a wall)."""

    title: str = ""
    authors: str = ""
    origin: str = ""  # "citation_title", "JSON-LD", "og:title", "h1" or "title"


@dataclass(slots=True)
class _Page:
    """The head of a page, collected once."""

    url: str
    metas: dict[str, list[str]] = field(default_factory=dict)
    work: dict[str, Any] = field(default_factory=dict)  # the JSON-LD object that stands for the work
    graph: dict[str, dict[str, Any]] = field(default_factory=dict)  # JSON-LD objects by their @id
    title: str = ""
    heading: str = ""
    canonical: str = ""
    times: list[str] = field(default_factory=list)

    def first(self, *names: str) -> str:
        """The first value of the first of these meta elements that has one."""
        return next((value for name in names for value in self.metas.get(name, ())), "")

    def all(self, *names: str) -> list[str]:
        """All values of the first of these meta elements that has any."""
        return next((values for name in names if (values := self.metas.get(name))), [])


def page_metadata(body: bytes | str, content_type: str = "", url: str = "") -> Proposals:
    """Return what a page says of the work that it shows; with `failure` "wall" for a page that stands before one.

    `content_type` is the header's, `url` the address at which the page was read. Nothing raises.
    """
    page = _read_page(body, content_type, url)
    if page is None:
        return Proposals(failure="unreadable")
    title, _where = _title(page)
    if not title:
        return Proposals(failure="wall" if _is_wall(page) else "no-metadata")
    doi = _doi(page)
    return propose(
        ValueOrigin.PAGE,
        title=title,
        authors=_authors(page),
        publisher=_published_in(page),
        date=_date(page),
        kind=_kind(page),
        url=_address(page),
        doi=doi,
        isbn=next(
            (isbn for each in [*page.all(*_ISBNS), *_texts(page.work.get("isbn"))] if (isbn := isbn13(each))),
            "",
        ),
    )


def page_title(answer: FetchAnswer | bytes | str, content_type: str = "", url: str = "") -> PageTitle:
    """Return the title and authors that a fetched page shows: of an Answer, or of a page's bytes or text."""
    if isinstance(answer, FetchAnswer):
        page = _read_page(answer.body, answer.content_type, answer.url)
    else:
        page = _read_page(answer, content_type, url)
    if page is None:
        return PageTitle()
    title, origin = _title(page)
    return PageTitle(title, _authors(page), origin) if title else PageTitle()


# -- reading --


def _read_page(body: bytes | str, content_type: str, url: str) -> _Page | None:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in _NO_PAGES or (isinstance(body, bytes) and body[:1024].lstrip().startswith(b"%PDF-")):
        return None
    root = _parse_html(body, content_type)
    if root is None:
        return None
    page = _Page(url)
    for meta in root.iterfind(".//meta"):
        content = plain(meta.get("content"))
        if not content:
            continue
        for attribute in ("name", "property", "itemprop"):
            if name := (meta.get(attribute) or "").strip().lower():
                page.metas.setdefault(name, []).append(content)
        if sum(map(len, page.metas.values())) > _MAX_METAS:
            break
    titles = [each for each in root.iter("title") if not any(up.tag == "svg" for up in each.iterancestors())]
    page.title = plain("".join(titles[0].itertext())) if titles else ""
    headings = [text for each in root.iter("h1") if (text := plain(" ".join(each.itertext())))]
    page.heading = headings[0] if len(set(headings)) == 1 else ""
    links = [
        each.get("href")
        for each in root.iterfind(".//link")
        if (each.get("rel") or "").lower() == "canonical"
    ]
    page.canonical = plain(links[0]) if links else ""
    page.times = [
        each.get("datetime") or ""
        for each in root.iter("time")
        if each.get("pubdate") is not None or "published" in (each.get("itemprop") or "").lower()
    ]
    _read_linked_data(root, page)
    return page


def _parse_html(body: bytes | str, content_type: str) -> Any:
    encoding = "utf-8" if isinstance(body, str) else _encoding(body, content_type)
    if isinstance(body, str):
        body = body.encode(errors="ignore")
    parser = lxml_html.HTMLParser(encoding=encoding, remove_pis=True, no_network=True)
    try:
        return lxml_html.document_fromstring(body, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _encoding(body: bytes, content_type: str) -> str | None:
    """The encoding that the header names; None if the page itself says it, or nobody does."""
    if body.startswith(b"\xef\xbb\xbf"):
        return "utf-8"
    if match := re.search(r"charset=[\"']?([\w-]+)", content_type, re.IGNORECASE):
        with suppress(LookupError):
            return codecs.lookup(match[1]).name
    if re.search(rb"<meta[^>]{0,200}charset", body[:4096], re.IGNORECASE):
        return None
    return "utf-8" if _is_utf8(body) else None


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read_linked_data(root: etree._Element, page: _Page) -> None:
    works: list[dict[str, Any]] = []
    scripts = [
        each
        for each in root.iter("script")
        if (each.get("type") or "").split(";")[0].strip() == "application/ld+json"
    ]
    for script in scripts[:_MAX_BLOCKS]:
        for thing in _things(_json(script.text or "")):
            if len(page.graph) < _MAX_OBJECTS and isinstance(thing.get("@id"), str):
                page.graph.setdefault(thing["@id"], thing)
            if _types(thing) & _WORKS.keys() and len(works) < _MAX_OBJECTS:
                works.append(thing)
    works.sort(key=lambda work: (bool(_types(work) & set(_VAGUE)), not _is_of_page(work, page)))
    page.work = works[0] if works else {}


def _json(text: str) -> Any:
    if len(text) > _MAX_JSON:
        return None
    text = (
        re.sub(r"^\s*(?:<!--|//<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\]\]>|\]\]>)\s*$", "", text)
        .strip()
        .rstrip(";")
    )
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _things(data: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The objects of a block of JSON-LD, as far as they stand for the page: of lists, graphs and main entities."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(data, list):
        for each in data[:_MAX_OBJECTS]:
            yield from _things(each, depth + 1)
    elif isinstance(data, dict):
        yield data
        for name in ("@graph", "mainEntity"):
            yield from _things(data.get(name), depth + 1)


def _types(thing: dict[str, Any]) -> set[str]:
    return {each.rpartition("/")[2] for each in items(thing.get("@type")) if isinstance(each, str)}


def _is_of_page(work: dict[str, Any], page: _Page) -> bool:
    """Whether the address of a JSON-LD object is the page's."""
    own = {same_address(each) for each in (page.url, page.canonical) if each}
    main = work.get("mainEntityOfPage")
    named = [work.get("url"), work.get("@id"), main, mapping(main).get("@id")]
    return any(same_address(each) in own for each in named if isinstance(each, str) and same_address(each))


def _texts(value: object) -> list[str]:
    return [text for each in items(value) if (text := plain(each))]


def _resolve(thing: object, page: _Page) -> dict[str, Any]:
    """A JSON-LD object, or the one that it refers to by @id."""
    known = mapping(thing)
    if set(known) <= {"@id", "@type"} and isinstance(known.get("@id"), str):
        return page.graph.get(known["@id"], known)
    return known


# -- fields --


def _title(page: _Page) -> tuple[str, str]:
    """The title and where it stands; "" each on a wall."""
    if _is_wall(page):
        return "", ""
    sites = _site_names(page)
    linked = _texts(page.work.get("headline")) or _texts(page.work.get("name"))
    if _types(page.work) & set(_VAGUE):
        linked = []
    candidates = [
        (page.first(*_TITLES), "citation_title"),
        (linked[0] if linked else "", "JSON-LD"),
        (_less_site(page.first(*_OTHER_TITLES), sites, page.heading), "og:title"),
        (_less_site(page.title, sites, page.heading), "title"),
        (page.heading, "h1"),
    ]
    for text, origin in candidates:
        title = plain_title(_LABEL.sub("", text))
        if title and not is_wall_title(title) and not _is_site(title, sites, page):
            return title, origin
    return "", ""


def _is_wall(page: _Page) -> bool:
    return bool(page.title and is_wall_title(page.title) and not page.first(*_TITLES)) or bool(
        page.title and is_wall_title(_less_site(page.title, _site_names(page), "")) and not page.work
    )


def _site_names(page: _Page) -> list[str]:
    """The names of the site, as it gives them and as its host says."""
    names = [page.first("og:site_name"), page.first("application-name"), page.first("citation_publisher")]
    publisher = _resolve(next(iter(items(page.work.get("publisher"))), None), page)
    names += _texts(publisher.get("name"))
    for thing in page.graph.values():
        if _types(thing) & {"WebSite", "Organization", "NewsMediaOrganization"}:
            names += _texts(thing.get("name"))
    host = _host(page.url)
    return [*filter(None, names), *([host, *host.split(".")[:-1]] if host else [])]


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _is_site(text: str, sites: list[str], page: _Page) -> bool:
    """Whether a title is only the site's name, on a page that is not the site's first."""
    is_deep = urlsplit(page.url).path.strip("/") != "" if page.url else False
    return is_deep and _letters(text) in {_letters(each) for each in sites}


def _letters(text: str) -> str:
    words = title_words(text)
    return "".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


def _less_site(text: str, sites: list[str], heading: str) -> str:
    """The title without the site's name before or behind it; the page's only heading where that is within the title."""
    known = {_letters(each) for each in sites} - {""}
    while separators := list(_SEPARATOR.finditer(text)):
        last, first = separators[-1], separators[0]
        if _letters(text[last.end() :]) in known:
            text = text[: last.start()]
        elif _letters(text[: first.start()]) in known:
            text = text[first.end() :]
        else:
            break
    if heading and _letters(heading) != _letters(text):
        pieces = [_letters(text[: each.start()]) for each in separators]
        pieces += [_letters(text[each.end() :]) for each in separators]
        if _letters(heading) in pieces:
            return heading
    return text.strip()


def _authors(page: _Page) -> str:
    if names := page.all(*_AUTHORS):
        return join_names(turned_name(name) for each in names for name in each.split(";") if name.strip())
    if names := page.all(*_CREATORS):
        return join_names(turned_name(name) for each in names for name in each.split(";") if name.strip())
    linked = list(_linked_names(page.work.get("author") or page.work.get("creator"), page))
    names = linked or page.all(*_OTHER_AUTHORS)
    return join_names(name for name in map(_unlabelled, names) if name and not _ADDRESS.search(name))


def _unlabelled(name: str) -> str:
    """A name without "By" before it; "A and B" as "A, B"."""
    name = re.sub(r"^\s*(?:written )?by:?\s+", "", name, flags=re.IGNORECASE)
    return re.sub(r"\s+and\s+(?=[A-Z]\S*\s+[A-Z])", ", ", name) if name.count(" and ") == 1 else name


def _linked_names(value: object, page: _Page) -> Iterator[str]:
    for each in items(value):
        if isinstance(each, str):
            yield page.graph.get(each, {}).get("name", each) if each in page.graph else plain(each)
            continue
        person = _resolve(each, page)
        parts = [plain(person.get("givenName")), plain(person.get("familyName"))]
        yield from _texts(person.get("name")) or [" ".join(filter(None, parts))]


def _published_in(page: _Page) -> str:
    if number := page.first("citation_arxiv_id"):
        return f"arXiv:{number}"
    volume, issue = (
        page.first("citation_volume", "prism.volume"),
        page.first("citation_issue", "prism.number"),
    )
    journal = page.first(*_JOURNALS)
    if journal:
        return volume_of(journal, volume, issue)
    proper = page.first(
        *("citation_conference_title", "citation_inbook_title", "citation_technical_report_institution"),
        *("citation_dissertation_institution", "bepress_citation_series_title"),
    )
    return (
        proper
        or _linked_journal(page)
        or page.first("citation_publisher", "og:site_name")
        or _linked_publisher(page)
        or page.first("dc.publisher", "dcterms.publisher", "application-name")
    )


def _linked_journal(page: _Page) -> str:
    """The journal of a JSON-LD article, which may be part of an issue that is part of a volume."""
    if not _types(page.work) & {"ScholarlyArticle", "MedicalScholarlyArticle"}:
        return ""
    part, volume, issue = page.work, "", ""
    for _level in range(4):
        part = _resolve(next(iter(items(part.get("isPartOf"))), None), page)
        volume = volume or plain(str(part.get("volumeNumber") or ""))
        issue = issue or plain(str(part.get("issueNumber") or ""))
        if part.get("name"):
            return volume_of(plain(part["name"]), volume, issue)
    return ""


def _linked_publisher(page: _Page) -> str:
    publisher = next(iter(items(page.work.get("publisher"))), None)
    if isinstance(publisher, str):
        return plain(publisher)
    names = _texts(_resolve(publisher, page).get("name"))
    return names[0] if names else ""


def _date(page: _Page) -> str:
    values = [value for name in _DATES for value in page.metas.get(name, ())]
    values += _texts(page.work.get("datePublished")) + _texts(page.work.get("uploadDate")) + page.times
    return earliest(map(parse_date, values)) or earliest(
        map(parse_date, _texts(page.work.get("dateCreated")))
    )


def _kind(page: _Page) -> str:
    kind: SourceKind | None = None
    if (
        page.first("citation_arxiv_id")
        or "preprint" in page.first("citation_article_type", "dc.type").lower()
    ):
        kind = SourceKind.PREPRINT
    elif page.first("citation_technical_report_institution"):
        kind = SourceKind.REPORT
    elif page.first("citation_isbn", "citation_inbook_title"):
        kind = SourceKind.BOOK
    elif page.first("citation_journal_title", "citation_conference_title", "prism.publicationname"):
        kind = SourceKind.ARTICLE
    kind = kind or next((known for each in sorted(_types(page.work)) if (known := _WORKS.get(each))), None)
    kind = kind or _PAGE_TYPES.get(page.first("og:type").partition(".")[0].lower())
    if kind is None:
        host = _host(page.url)
        kind = next(
            (known for name, known in _HOSTS.items() if host == name or host.endswith(f".{name}")), None
        )
    return kind.value if kind else ""


def _address(page: _Page) -> str:
    """The page's canonical address, if that is on the same host and no first page; else the one that was read."""
    for each in (page.canonical, page.first("og:url")):
        try:
            address = urljoin(page.url, each) if each else ""
            parts = urlsplit(address)
        except ValueError:
            continue
        is_home = parts.path in ("", "/") and not parts.query
        if (
            address
            and _host(address) == _host(page.url)
            and (not is_home or urlsplit(page.url).path in ("", "/"))
        ):
            return address
    return page.url


def _doi(page: _Page) -> str:
    texts = [value for name in (*_DOIS, *_DOIS_ELSEWHERE) for value in page.metas.get(name, ())]
    linked = [
        page.work.get("@id"),
        page.work.get("sameAs"),
        page.work.get("doi"),
        page.work.get("identifier"),
    ]
    for each in [value for one in linked for value in items(one)]:
        texts += _texts(mapping(each).get("value") or mapping(each).get("@value") or each)
    return next((doi for each in texts if (doi := canonical_doi(each))), "")
