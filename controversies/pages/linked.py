"""What a page is about, for machines: descriptions, cards, schema.org's data, made of the facts that the page shows.

A controversy is a question and its positions are answers suggested to it: none is accepted, none is rated, for the
editors do not rule on who is right. Names of what holds a position and of works are those that the page shows.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from controversies.document import redact, text
from controversies.document.types import Backer, Backing, Document, Head, Position, Source, Stance, label
from controversies.interchange.cite.names import NameIndex, split
from controversies.models import BackerKind, SourceKind

from . import atom, credit, markdown
from .draw import Drawing, anchor

# A constituency is no organisation: nobody speaks for it.
_WHO = {
    BackerKind.COMPANY: "Organization",
    BackerKind.RESEARCH_LAB: "ResearchOrganization",
    BackerKind.GOVERNMENT: "GovernmentOrganization",
    BackerKind.ORGANISATION: "Organization",
    BackerKind.PERSON: "Person",
    BackerKind.CONSTITUENCY: "Thing",
}
_WORK = {
    SourceKind.ARTICLE: "ScholarlyArticle",
    SourceKind.PREPRINT: "ScholarlyArticle",
    SourceKind.REPORT: "Report",
    SourceKind.BOOK: "Book",
    SourceKind.NEWS: "NewsArticle",
    SourceKind.BLOG: "BlogPosting",
    SourceKind.LEGAL: "CreativeWork",
    SourceKind.DATASET: "Dataset",
    SourceKind.MEDIA: "MediaObject",
    SourceKind.OTHER: "CreativeWork",
}
# Published in a journal, paper or site; the others, by somebody.
_IN = {SourceKind.ARTICLE, SourceKind.PREPRINT, SourceKind.NEWS, SourceKind.BLOG, SourceKind.MEDIA}
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"]+")
_LICENCES = ("creativecommons.org", "opendatacommons.org", "gnu.org", "opensource.org")
# A script element ends at "</script", whatever stands around it, and older parsers end a line at these two.
_ESCAPED = {char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


class Picture(NamedTuple):
    """A picture of a page, for those who pass on a link to it; its sides are in pixels."""

    path: str
    width: int
    height: int


def head(
    title: str,
    description: str,
    path: str,
    origin: str,
    *,
    page: str = "WebPage",
    facts: dict[str, Any] | None = None,
    kind: str = "website",
    canonical: str = "",
    picture: Picture | None = None,
) -> SafeString:
    """What a page's head says of it: description, address, a card for those who pass on a link, its data.

    `page` is the type of schema.org's that the page is of, `kind` that of OpenGraph's, `facts` what to say of it
    besides; without any, there is no data. `canonical` is the path of the page to be found in its place, if that
    is another.
    """
    told, name = escape(description), escape(title)
    lines = [
        f'<meta name="description" content="{told}">',
        f'<link rel="canonical" href="{escape(origin + (canonical or path))}">',
        f'<meta property="og:type" content="{kind}">',
        f'<meta property="og:site_name" content="{escape(settings.SITE_NAME)}">',
        f'<meta property="og:title" content="{name}">',
        f'<meta property="og:description" content="{told}">',
        f'<meta property="og:url" content="{escape(origin + path)}">',
    ]
    if picture:
        lines += [
            f'<meta property="og:image" content="{escape(origin + picture.path)}">',
            '<meta property="og:image:type" content="image/png">',
            f'<meta property="og:image:width" content="{picture.width}">',
            f'<meta property="og:image:height" content="{picture.height}">',
            f'<meta property="og:image:alt" content="{name}: {told}">',
        ]
    lines.append(f'<meta name="twitter:card" content="{"summary_large_image" if picture else "summary"}">')
    if facts:
        lines.append(script(_page(page, origin + path, title, description, origin) | facts))
    return mark_safe("\n".join(lines))  # noqa: S308 - each value is escaped


_READY = r'"\u0000"'  # stands for a part that is ready: no text has a NUL


def script(data: dict[str, Any]) -> SafeString:
    """A block of data for the page's head: no script that runs, so that the policy has nothing to say."""
    return mark_safe(f'<script type="application/ld+json">{_text(data)}</script>')  # noqa: S308 - escaped there


@dataclass(frozen=True, slots=True)
class _Ready:
    """A part of the data whose text was made before."""

    text: str


def _text(data: Any) -> SafeString:
    """The data as JSON that is safe in a script element."""
    ready: list[str] = []

    def instead(part: _Ready) -> str:
        ready.append(part.text)
        return "\0"

    text = json.dumps(data, default=instead, ensure_ascii=False, separators=(",", ":"))
    for char, escaped in _ESCAPED.items():
        text = text.replace(char, escaped)
    first, *rest = text.split(_READY)
    return mark_safe(first + "".join(map(str.__add__, ready, rest)))  # noqa: S308 - escaped just now


def _page(kind: str, address: str, title: str, description: str, origin: str) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": kind,
        "@id": address,
        "url": address,
        "name": title,
        "description": description,
        "inLanguage": get_language(),
        "isPartOf": site(origin),
    }


def crumbs(origin: str, *steps: tuple[str, str]) -> dict[str, Any]:
    """The way to a page: the name and the path of each page on it."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": origin + path}
            for place, (name, path) in enumerate(steps, 1)
        ],
    }


def items(origin: str, name: str, found: list[tuple[str, str]]) -> dict[str, Any]:
    """The pages that a page lists: the title and the slug of each, `name` being that of their address."""
    return {
        "@type": "ItemList",
        "numberOfItems": len(found),
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": title, "url": origin + at(name, slug)}
            for place, (title, slug) in enumerate(found, 1)
        ],
    }


def listing(origin: str, title: str, name: str, of: str, found: list[tuple[str, str]]) -> dict[str, Any]:
    """What a list's page says besides: the way to it, and the pages that it lists, as items()."""
    return {
        "breadcrumb": crumbs(origin, (title, reverse(name))),
        "mainEntity": items(origin, of, found),
    }


def of_page(origin: str, head: Head, slug: str, title: str, path: str) -> dict[str, Any]:
    """What a page about a controversy's page says besides: which one, and the way from there."""
    return {
        "about": {"@type": "WebPage", "@id": origin + at("controversy", slug), "name": head.title},
        "breadcrumb": crumbs(origin, *_way(head, slug), (title, path)),
    }


def _way(head: Head, slug: str) -> list[tuple[str, str]]:
    return [
        (_("Controversies"), reverse("controversies")),
        (head.topic.title, at("topic", head.topic.slug)),
        (head.title, at("controversy", slug)),
    ]


def site(origin: str) -> dict[str, Any]:
    """The site that every page is part of."""
    return {"@type": "WebSite", "@id": f"{origin}/", "url": f"{origin}/", "name": settings.SITE_NAME}


def searchable(origin: str) -> dict[str, Any]:
    """The site, and how to search it: what the home page says."""
    return {
        **site(origin),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{origin}{reverse('search')}?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        },
    }


def controversy(drawing: Drawing, origin: str, *, old: bool, imported: bool) -> dict[str, Any]:
    """The question, the answers suggested, what they cite, and what the record says of this revision.

    `imported` is whether the page was not written here.

    As the page's pieces are, what is said of each position and source is made once and kept.
    """
    document, entry, slug = drawing.reading.document, drawing.reading.entry, drawing.slug
    head = document.head
    today, revision = origin + at("controversy", slug), origin + at("revision", slug, entry.number)
    twin = origin + at("revision_json", slug, entry.number) if old else origin + at("controversy_json", slug)
    here = revision if old else today

    def works() -> SafeString:
        return _text([_recorded(source, origin) for source in document.sources])

    found: dict[str, Any] = {
        "identifier": atom.revision_id(document.key, entry.number),
        "version": str(entry.number),
        "dateModified": entry.time.isoformat(),
        "editor": _people(entry.author_name),
        "archivedAt": revision,
        "encoding": {
            "@type": "MediaObject",
            "contentUrl": twin,
            "encodingFormat": "application/json",
        },
        **_terms(credit.attribution(document, imported=imported)),
        "breadcrumb": crumbs(
            origin,
            *_way(head, slug),
            *([(_("Revision %d") % entry.number, here[len(origin) :])] if old else []),
        ),
        "mainEntity": _question(drawing, here, origin),
        "citation": _Ready(drawing.kept("works", (), (origin,), works)),
    }
    if old:
        found["exampleOfWork"] = {"@type": "WebPage", "@id": today}
    if head.reviewed_on:
        found["lastReviewed"] = head.reviewed_on
        found["reviewedBy"] = {"@type": "Person", "name": head.reviewed_by}
    return found


def _people(names: str) -> Any:
    """Who wrote a revision: one person, or a list of several."""
    every = [{"@type": "Person", "name": name} for name in text.author_names(names)]
    return every if len(every) > 1 else every[0]


def _question(drawing: Drawing, here: str, origin: str) -> dict[str, Any]:
    document = drawing.reading.document
    head = document.head

    def answer(place: int, position: Position) -> _Ready:
        return _Ready(
            drawing.kept(
                "answer",
                (position.key,),
                (place, here),
                lambda: _text(_answer(document, position, place, here, origin)),
            )
        )

    return {
        "@type": "Question",
        "name": head.question or head.title,
        "about": [
            {"@type": "Thing", "name": point.title, "url": f"{here}#{anchor('point', point.key)}"}
            for point in document.points
        ],
        "answerCount": len(document.positions),
        "suggestedAnswer": [answer(place, position) for place, position in enumerate(document.positions)],
    }


def _answer(document: Document, position: Position, place: int, here: str, origin: str) -> dict[str, Any]:
    blocks = document.by_key
    parts: tuple[Position | Backing | Stance, ...] = (position, *position.backings, *position.stances)
    cited = dict.fromkeys(citation.source for part in parts for citation in part.citations)
    return {
        "@type": "Answer",
        "url": f"{here}#{anchor('position', position.key)}",
        "name": _("Position %s") % label(place),
        "text": position.claim,
        "mentions": [_recorded(blocks[backing.backer], origin) for backing in position.backings],
        "citation": [{"@id": origin + at("source", blocks[key].slug)} for key in cited],  # type: ignore[union-attr]
    }


@lru_cache(maxsize=256)
def _terms(attribution: str) -> dict[str, Any]:
    """Where the text comes from and under which licence, as far as addresses tell."""
    if not attribution:
        return {}
    addresses = dict.fromkeys(found.rstrip(".,;:!?'*_") for found in _ADDRESS.findall(attribution))
    licences = [each for each in addresses if _is_licence(each)]
    origins = [each for each in addresses if each not in licences]
    return {
        "creditText": markdown.plain(attribution),
        **({"license": licences} if licences else {}),
        **({"isBasedOn": origins} if origins else {}),
    }


def _is_licence(address: str) -> bool:
    host = (urlsplit(address).hostname or "").removeprefix("www.")
    return host in _LICENCES


def who(backer: Any, origin: str) -> dict[str, Any]:
    """A backer: a document's or a row."""
    return {
        "@type": _WHO[BackerKind(backer.kind)],
        "@id": origin + at("backer", backer.slug),
        "name": backer.name,
    }


def whole(backer: Any, origin: str) -> dict[str, Any]:
    """A backer with all that its own page says of it."""
    found = {**who(backer, origin), "mainEntityOfPage": origin + at("backer", backer.slug)}
    for name, value in (
        ("alternateName", list(backer.aliases)),
        ("description", markdown.plain(backer.description)),
        ("url", _kept(backer.website)),
    ):
        if value:
            found[name] = value
    return found


def work(source: Any, origin: str) -> dict[str, Any]:
    """A source: a document's or a row."""
    kind = SourceKind(source.kind)
    found: dict[str, Any] = {
        "@type": _WORK[kind],
        "@id": origin + at("source", source.slug),
        "name": source.title,
    }
    doi = f"https://doi.org/{source.doi}" if source.doi else ""
    for name, value in (
        ("author", _authors(source.authors)),
        ("datePublished", source.date),
        ("url", _kept(source.url) or doi),
        ("sameAs", doi),
        ("archivedAt", _kept(source.archive_url)),
    ):
        if value:
            found[name] = value
    if source.doi:
        found["identifier"] = {"@type": "PropertyValue", "propertyID": "DOI", "value": source.doi}
    if source.publisher and kind in _IN:
        found["isPartOf"] = {"@type": "CreativeWork", "name": source.publisher}
    elif source.publisher:
        found["publisher"] = source.publisher
    return found


def _kept(address: str) -> str:
    """The address, but for one that stands where another had to go."""
    return "" if address.startswith(redact.URL) else address


@lru_cache(maxsize=4096)
def _recorded(block: Backer | Source, origin: str) -> dict[str, Any]:
    """What is said of a document's backer or source, which never changes: to be read only."""
    return who(block, origin) if isinstance(block, Backer) else work(block, origin)


def _authors(text: str) -> list[Any]:
    """Who wrote a work: people where the text leaves little doubt, else what it says."""
    names, _others = split(text, NameIndex())
    return [
        name.whole
        or {
            "@type": "Person",
            "name": " ".join(part for part in (name.given, name.family, name.suffix) if part),
            **({"givenName": name.given} if name.given else {}),
            "familyName": name.family,
        }
        for name in names
    ]


def at(name: str, slug: str, number: int = 0) -> str:
    """The path of a page, or of a revision of one: as `reverse()`, which takes longer than all the rest."""
    path = _pattern(name, numbered=bool(number)).replace("SLUG", slug)
    return path.replace(str(_NUMBER), str(number)) if number else path


_NUMBER = 987654321


@lru_cache
def _pattern(name: str, *, numbered: bool) -> str:
    return reverse(name, args=["SLUG", _NUMBER] if numbered else ["SLUG"])
