"""Derive the evidence for each position from the document alone: independent groups of sources, and how they relate.

Sources are one group if they are the same work, repeat one work (`origin`), have one title or the same authors, share
an author and have like titles, or come from one publisher or site. Sites and publishers that host others (arXiv,
YouTube, a journal) say nothing of independence. A group with a source of a backer's own is the party's word: it counts
as evidence, not as independent. What is cited to show that a backer holds a position is no evidence that it is true.

Pure and without any check, so it is right at every revision.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast
from urllib.parse import unquote, urlsplit

from controversies.kit.identifiers import same_address, source_keys
from controversies.models import BackerKind, Confidence, EvidenceStrength, EvidenceTrait, Relation, SourceKind

from . import redact
from .platforms import GENERIC_PATHS, HOSTS, HOSTS_WITH_USERS_BEFORE, HOSTS_WITH_USERS_IN_PATH, PUBLISHERS
from .types import Backer, Citation, Document, Position, Source

CORROBORATED, STRONG = 2, 3  # independent groups
_TITLE_WORDS = 4  # fewer are shared by chance
_LONG_TITLE_WORDS = 7  # as many are not, whoever signed
_LIKE = 0.5  # share of the words of two titles that both have
_MOST_NAMES = 40  # authors of one source that are compared
_MOST_COMPARED = 40  # sources with one name, title, publisher or site that another is compared with
_SHORTEST_NAME = 4  # characters of a publisher's name that may be the beginning of a backer's

# Kinds of works that a publisher or site collects from others: there, their authors speak.
_COLLECTED = frozenset({SourceKind.ARTICLE, SourceKind.PREPRINT, SourceKind.BOOK})
_OWN_WORD = frozenset(
    {SourceKind.BLOG, SourceKind.REPORT, SourceKind.MEDIA, SourceKind.DATASET, SourceKind.OTHER}
)
_VOLUME = frozenset({"vol", "volume", "no", "nr", "issue", "pp", "version", "the"})
_NOBODY = frozenset(
    {"anonymous", "staff", "unknown", "various", "na", "editors", "editorial board", "staff writer"}
)
_STOP = {
    *("a", "an", "and", "are", "as", "at", "by", "for", "from", "how", "in", "is", "it", "of", "on", "or")
} | {*("the", "to", "what", "why", "with")}
_OTHERS = re.compile(r"\b(?:and others|and \d+ others|et al\.?|u\.\s?a\.|and colleagues)\s*$", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"\s*(?:;|,|\band\b|\bund\b|\bet\b|&)\s*", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[\s-]?){1,4}")
_ARCHIVED = re.compile(
    r"https?://web\.archive\.org/web/[0-9]{4,14}(?:[a-z]{2}_)?/(?P<address>.+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class SharedTrait:
    """A trait that sources of a group have in common: its value in words, and their keys in the order of the page."""

    trait: EvidenceTrait
    value: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvidenceGroup:
    """Sources that are not independent of one another; a source by itself has no traits.

    `party` is the key of the position's backer whose own word it is, "" if nobody's.
    """

    sources: tuple[str, ...]
    citations: tuple[str, ...]
    traits: tuple[SharedTrait, ...] = ()
    party: str = ""


@dataclass(frozen=True, slots=True)
class PositionEvidence:
    """The evidence cited for a position and its stances; keys are those of the document."""

    position: str
    supporting: tuple[EvidenceGroup, ...] = ()
    contradicting: tuple[EvidenceGroup, ...] = ()

    @property
    def supporting_sources(self) -> int:
        return sum(len(group.sources) for group in self.supporting)

    @property
    def contradicting_sources(self) -> int:
        return sum(len(group.sources) for group in self.contradicting)

    @property
    def independent(self) -> tuple[EvidenceGroup, ...]:
        """The supporting groups that are nobody's own word."""
        return tuple(group for group in self.supporting if not group.party)

    @property
    def strength(self) -> EvidenceStrength:
        if self.contradicting:
            return EvidenceStrength.CONTRADICTED
        if not self.supporting:
            return EvidenceStrength.NONE
        if len(self.independent) >= STRONG:
            return EvidenceStrength.STRONG
        is_corroborated = len(self.independent) >= CORROBORATED
        return EvidenceStrength.CORROBORATED if is_corroborated else EvidenceStrength.SINGLE

    @property
    def bears_out_high(self) -> bool:
        """Whether high confidence needs no further reason: two independent groups, and nothing against them."""
        return len(self.independent) >= CORROBORATED and not self.contradicting


def evidence(document: Document) -> dict[str, PositionEvidence]:
    """Return the evidence for each position, by its key, in the order of the page."""
    return {position.key: position_evidence(document, position) for position in document.positions}


def position_evidence(document: Document, position: Position) -> PositionEvidence:
    """Return the evidence for one position of a document."""
    backers = [cast(Backer, document.by_key[backing.backer]) for backing in position.backings]
    citations = [*position.citations]
    for stance in position.stances:
        citations += stance.citations
    by_relation = {
        relation: [citation for citation in citations if citation.relation == relation]
        for relation in (Relation.SUPPORTS, Relation.CONTRADICTS)
    }
    return PositionEvidence(
        position.key,
        _groups(document, by_relation[Relation.SUPPORTS], backers),
        _groups(document, by_relation[Relation.CONTRADICTS], ()),
    )


def unexplained_positions(document: Document, *known: Document) -> list[int]:
    """Return the indexes of positions with high confidence that the evidence does not bear out and no reason explains.

    Not of those that are the same in one of the `known` documents: what is on record may stay as it is.
    """
    recorded = {position for each in known for position in each.positions}
    return [
        index
        for index, position in enumerate(document.positions)
        if position.confidence == Confidence.HIGH
        and not position.confidence_reason.strip()
        and position not in recorded
        and not position_evidence(document, position).bears_out_high
    ]


# -- groups --


class _Groups:
    """Sources joined into groups (union-find), with the traits that joined them."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.parents = {key: key for key in keys}
        self.traits: dict[tuple[EvidenceTrait, str], dict[str, None]] = {}

    def root(self, key: str) -> str:
        while self.parents[key] != key:
            self.parents[key] = self.parents[self.parents[key]]
            key = self.parents[key]
        return key

    def join(self, trait: EvidenceTrait, value: str, keys: Iterable[str]) -> None:
        """Make these sources one group, if there are two at least."""
        members = list(dict.fromkeys(keys))
        if len(members) > 1:
            self.traits.setdefault((trait, value), {}).update(dict.fromkeys(members))
            for key in members[1:]:
                self.parents[self.root(key)] = self.root(members[0])


def _groups(
    document: Document, citations: list[Citation], backers: Iterable[Backer]
) -> tuple[EvidenceGroup, ...]:
    sources = {each.source: cast(Source, document.by_key[each.source]) for each in citations}
    if not sources:
        return ()
    groups = _Groups(sources)
    for trait, value, keys in _exact_traits(sources):
        groups.join(trait, value, keys)
    for first, second in _candidates(sources.values()):
        for trait, value in _traits_of_pair(first, second):
            groups.join(trait, value, (first.key, second.key))
    members: dict[str, list[str]] = {}
    for key in sources:
        members.setdefault(groups.root(key), []).append(key)
    named = list(backers)
    return tuple(
        EvidenceGroup(
            tuple(keys),
            tuple(each.key for each in citations if each.source in keys),
            tuple(
                SharedTrait(trait, value, tuple(key for key in keys if key in joined))
                for (trait, value), joined in groups.traits.items()
                if not joined.keys().isdisjoint(keys)
            ),
            next((party for key in keys if (party := _party(sources[key], named))), ""),
        )
        for keys in members.values()
    )


def _exact_traits(sources: dict[str, Source]) -> Iterator[tuple[EvidenceTrait, str, list[str]]]:
    """The traits that sources share word for word: the work itself, and the work that they repeat."""
    by_work: dict[str, list[str]] = defaultdict(list)
    by_origin: dict[str, list[str]] = defaultdict(list)
    origins: dict[str, str] = {}
    for source in sources.values():
        for key in _work_keys(source):
            by_work[key].append(source.key)
        if source.origin and not redact.MARKED.search(source.origin):
            name = _plain(source.origin)
            by_origin[name].append(source.key)
            origins.setdefault(name, source.origin)
    for keys in by_work.values():
        yield EvidenceTrait.WORK, "", keys
    for name, keys in by_origin.items():
        # What repeats a work that is cited, too, is one with it.
        yield EvidenceTrait.ORIGIN, origins[name], [*keys, *_repeated(origins[name], sources.values())]


def _repeated(origin: str, sources: Iterable[Source]) -> list[str]:
    """The keys of the sources that an origin names: by title, DOI or address."""
    name = _plain(origin)
    address, works = (
        same_address(origin),
        source_keys(doi=origin.strip() if origin.startswith("10.") else "", url=origin),
    )
    return [
        each.key
        for each in sources
        if (name and name == _plain(each.title))
        or (address and address == same_address(each.url))
        or works & _work_keys(each)
    ]


def _candidates(sources: Iterable[Source]) -> Iterator[tuple[Source, Source]]:
    """The pairs of sources that have something in common, each with few enough others that time stays bounded."""
    alike: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        site = _site(source.url)
        features = {
            f"title {_plain(source.title)}",
            *(f"publisher {name}" for name in _publishers(source.publisher)),
        }
        features |= {f"author {name.last}" for name in _names(source.authors)}
        features |= {f"site {'.'.join(site.split('.')[-2:])}"} if site else set()
        compared: dict[str, Source] = {}
        for feature in sorted(features):
            compared |= {each.key: each for each in alike[feature][:_MOST_COMPARED]}
            alike[feature].append(source)
        for other in compared.values():
            yield other, source


def _traits_of_pair(first: Source, second: Source) -> Iterator[tuple[EvidenceTrait, str]]:
    one, two = _names(first.authors), _names(second.authors)
    common = [name for name in one if any(name.is_like(other) for other in two)]
    if one and two and len(common) == len(one) and all(any(a.is_like(b) for a in one) for b in two):
        yield EvidenceTrait.AUTHORS, first.authors
    elif common and _are_like(first.title, second.title):
        yield EvidenceTrait.AUTHOR, common[0].text
    title = _plain(first.title)
    if title and title == _plain(second.title):
        words = len(title.split())
        if words >= _LONG_TITLE_WORDS or (words >= _TITLE_WORDS and (common or not (one and two))):
            yield EvidenceTrait.TITLE, first.title
    if one and two and not common and first.kind in _COLLECTED and second.kind in _COLLECTED:
        return  # two works by others in one journal
    publishers = _publishers(first.publisher)
    if shared := next((name for name in publishers if name in _publishers(second.publisher)), ""):
        yield EvidenceTrait.PUBLISHER, publishers[shared]
    if site := _common_site(_site(first.url), _site(second.url)):
        yield EvidenceTrait.SITE, site


# -- the party's word --


def _party(source: Source, backers: Iterable[Backer]) -> str:
    """The key of the backer whose own word the source is; "" if it is nobody's."""
    named = [each for each in backers if each.kind != BackerKind.CONSTITUENCY]
    for backer in named:
        own, site = _site(backer.website), _site(source.url)
        if own and site and (site == own or site.endswith(f".{own}")):
            return backer.key
        if any(_is_own_publisher(name, source) for name in (backer.name, *backer.aliases)):
            return backer.key
    authors = _names(source.authors)
    if not authors or _OTHERS.search(source.authors):
        return ""
    signed = [
        next((each.key for each in named if _is_called(author, source.authors, each)), "")
        for author in authors
    ]
    return signed[0] if all(signed) else ""


def _is_called(author: "_Name", authors: str, backer: Backer) -> bool:
    for name in (backer.name, *backer.aliases):
        if _plain(authors) == _plain(name):
            return True
        if backer.kind == BackerKind.PERSON and any(author.is_like(each) for each in _names(name)):
            return True
        if _plain(author.text) == _plain(name):
            return True
    return False


def _is_own_publisher(name: str, source: Source) -> bool:
    """Whether the publisher is of this name: “Meta” is Meta AI's, a journal “Nature” not Nature Conservancy's."""
    own = _plain(name).split()
    for publisher in _publishers(source.publisher):
        words = publisher.split()
        if words == own:
            return True
        short, long = sorted((words, own), key=len)
        if (
            source.kind in _OWN_WORD
            and long[: len(short)] == short
            and len(" ".join(short)) >= _SHORTEST_NAME
        ):
            return True
    return False


# -- words, names, sites --


@dataclass(frozen=True, slots=True)
class _Name:
    """An author's name as it is written, its last word, and the words before."""

    text: str
    last: str
    first_names: tuple[str, ...]

    def is_like(self, other: "_Name") -> bool:
        """Whether both may be one person: “S. M. West” and “Sarah Myers West”. A single word is a whole name."""
        if self.last != other.last or bool(self.first_names) != bool(other.first_names):
            return False
        if not self.first_names:
            return True
        one, two = self.first_names[0], other.first_names[0]
        return one == two or (1 in (len(one), len(two)) and one[0] == two[0])


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """Words in small letters without accents and punctuation, for comparing."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(each for each in folded if not unicodedata.combining(each))
    return " ".join(re.sub(r"[^\w]+|_", " ", re.sub(r"[’']", "", letters)).split())


@lru_cache(maxsize=4096)
def _names(authors: str) -> tuple[_Name, ...]:
    """The names in a line of authors, at most `_MOST_NAMES`; none of those that name nobody."""
    if redact.MARKED.search(authors):
        return ()
    pieces: list[str] = []
    for piece in _BETWEEN_NAMES.split(_OTHERS.sub("", authors)):
        if piece and pieces and _INITIALS.fullmatch(piece):
            pieces[-1] = f"{piece} {pieces[-1]}"  # “Kapoor, S.”
        elif piece:
            pieces.append(piece)
    names = []
    for piece in pieces[:_MOST_NAMES]:
        words = _plain(piece).split()
        if words and " ".join(words) not in _NOBODY:
            names.append(_Name(piece, words[-1], tuple(words[:-1])))
    return tuple(names)


def _are_like(one: str, two: str) -> bool:
    """Whether two titles have half of their words in common, or one begins or ends with the other."""
    first, second = _plain(one), _plain(two)
    short, long = sorted((first, second), key=len)
    if len(short.split()) >= _TITLE_WORDS - 1 and (
        long.startswith(f"{short} ") or long.endswith(f" {short}")
    ):
        return True
    words, others = set(first.split()) - _STOP, set(second.split()) - _STOP
    return bool(words) and bool(others) and len(words & others) >= _LIKE * len(words | others)


@lru_cache(maxsize=4096)
def _publishers(text: str) -> dict[str, str]:
    """The publishers in a field, in plain words and as they are written; without volumes and hosts of others' works."""
    if redact.MARKED.search(text):
        return {}
    names = {}
    for piece in re.split(r"\s*(?:;|,| via )\s*", text):
        unnumbered = " ".join(word for word in piece.split() if not any(map(str.isdigit, word)))
        words = [word for word in _plain(unnumbered).split() if word not in _VOLUME]
        name = " ".join(words)
        if name and name not in PUBLISHERS and words[0] not in PUBLISHERS:
            names[name] = piece
    return names


@lru_cache(maxsize=4096)
def _site(url: str) -> str:
    """The site of an address, by which publications of one speaker are known; "" of hosts of others' works.

    On a host where people have places of their own it is the place, as in "medium.com/@user".
    """
    if not url or url.startswith(redact.URL):
        return ""
    archived = _ARCHIVED.fullmatch(url)
    if archived:
        address = archived["address"]
        url = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    except ValueError:
        return ""
    if host in HOSTS_WITH_USERS_IN_PATH:
        user = unquote(parts.path).strip("/").split("/")[0].casefold()
        return "" if user in GENERIC_PATHS else f"{host}/{user}"
    if host in HOSTS or host in HOSTS_WITH_USERS_BEFORE or "." not in host:
        return ""
    return host


def _common_site(one: str, two: str) -> str:
    """The site that two are of: they are the same, or one is a part of the other."""
    for site, other in ((one, two), (two, one)):
        if site and other and (site == other or (other.endswith(f".{site}") and site.count(".") >= 1)):
            return site
    return ""


def _work_keys(source: Source) -> frozenset[str]:
    url = "" if source.url.startswith(redact.URL) else source.url
    archived = _ARCHIVED.fullmatch(url)
    doi = "" if source.doi.startswith(redact.DOI) else source.doi
    return source_keys(doi=doi, url=archived["address"] if archived else url, isbn=source.isbn)
