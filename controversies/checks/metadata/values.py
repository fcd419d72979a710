"""Values that are proposed for a source, each with its origin and by the Document's own rules."""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.document import parse, text
from controversies.document.parts import Source
from controversies.document.schema import Kind
from controversies.kit.identifiers import canonical_doi, clean_address, source_keys
from controversies.kit.isbn import isbn13

from .titles import latex_to_text

LONGEST = 20_000  # characters of a value that are looked at
MAX_NAMES = 4  # of authors, that are all named; of more, the first three and "others"
_NAMED = 3
_MARKUP = re.compile(
    r"<(/?)(?:[a-z]+:)?(?:i|b|em|strong|sub|sup|scp|sc|u|tt|span|p|br|a|font|italic|bold|title|inf|ovl|div|math|m[a-z]+"
    r"|annotation|semantics)\b[^<>]{0,500}>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"</?(?:[a-z]+:)?(?:p|br|div|title)\b[^<>]{0,500}>", re.IGNORECASE)
_SUPERSCRIPT = re.compile(r"<sup\b[^<>]{0,100}>\s*([0-9+-]{1,5})\s*</sup>", re.IGNORECASE)
_RAISED = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_HIDDEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]")
_STATE = re.compile(
    r"^(?:retracted(?: article| chapter| paper)?|withdrawn|removed|temporary removal)\s*[:—–-]\s*(?=\S)",
    re.IGNORECASE,
)
_BY = re.compile(r"^\s*by:?\s+", re.IGNORECASE)


class ValueOrigin(models.TextChoices):
    """The origin of a value, in words."""

    CROSSREF = "crossref", gettext_lazy("Crossref")
    DATACITE = "datacite", gettext_lazy("DataCite")
    ARXIV = "arxiv", gettext_lazy("arXiv")
    PUBMED = "pubmed", gettext_lazy("PubMed")
    OPEN_LIBRARY = "open-library", gettext_lazy("Open Library")
    PAGE = "page", gettext_lazy("the page’s own metadata")
    PASTED = "pasted", gettext_lazy("what you pasted")


@dataclass(frozen=True, slots=True)
class ProposedValue:
    """A value for one field of a source. Nothing that an editor typed is replaced by it."""

    value: str
    origin: ValueOrigin


@dataclass(frozen=True, slots=True)
class Proposals:
    """Values for a source, by field; and why there are no more, a code of `lookups.FAILURES` or ""."""

    values: Mapping[str, ProposedValue] = field(default_factory=dict)
    failure: str = ""

    def __bool__(self) -> bool:
        return bool(self.values)

    def get(self, name: str) -> str:
        """The value proposed for a field; "" if there is none."""
        return self.values[name].value if name in self.values else ""

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the work, to be compared with those of sources on record."""
        return source_keys(doi=self.get("doi"), url=self.get("url"), isbn=self.get("isbn"))

    def or_else(self, others: "Proposals") -> "Proposals":
        """Return these proposals, and the others' for fields that they lack."""
        return Proposals({**others.values, **self.values}, self.failure)

    def leave_out(self, *names: str) -> "Proposals":
        """Return these proposals but for some fields."""
        return Proposals({k: v for k, v in self.values.items() if k not in names}, self.failure)

    def as_json(self) -> dict[str, dict[str, str]]:
        """Return them as `SourceLookup.proposals` has them: {field: {"value": …, "origin": code}}."""
        return {
            name: {"value": each.value, "origin": each.origin.value} for name, each in self.values.items()
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Mapping[str, str]], failure: str = "") -> "Proposals":
        """Proposals as `as_json()` wrote them."""
        return cls(
            {n: ProposedValue(v["value"], ValueOrigin(v["origin"])) for n, v in values.items()}, failure
        )


def propose(origin: ValueOrigin, **values: str) -> Proposals:
    """Return proposals of these values: only what the Document takes, in its canonical form. Empty values are none."""
    proposals = {}
    for spec in Source.SPECS:
        raw = values.get(spec.name, "")
        if not raw:
            continue
        if spec.kind is Kind.LINE:
            raw = shorten(raw, spec.limit)
        elif spec.kind is Kind.DOI:
            raw = canonical_doi(raw)
        elif spec.kind is Kind.URL:
            raw = clean_address(raw)
        elif spec.name == "isbn":
            raw = isbn13(raw)
        try:
            value = parse.value(spec, raw)
        except parse.InvalidDocument:
            continue
        if value:
            proposals[spec.name] = ProposedValue(value, origin)
    return Proposals(proposals)


def plain(value: object, *, is_latex: bool = False) -> str:
    """Return a text of one line without markup, control and hidden characters; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    value = value[:LONGEST]
    if not text.is_storable(value):
        value = value.encode(errors="ignore").decode()
    value = without_markup(html.unescape(without_markup(value)))
    value = without_markup(html.unescape(value))
    if is_latex and ("\\" in value or "$" in value or "{" in value):
        value = latex_to_text(value)
    return text.line(_HIDDEN.sub("", value))


def without_markup(value: str) -> str:
    """The text of a title with the tags that registries leave in: raised figures raised, breaks as spaces."""
    value = _SUPERSCRIPT.sub(lambda match: match[1].translate(_RAISED), value)
    return _MARKUP.sub("", _BREAK.sub(" ", value))


def plain_title(value: object, subtitle: object = "", *, is_latex: bool = False) -> str:
    """Return a work's own title with its subtitle, without "RETRACTED:" before it or a full stop behind it."""
    title, more = plain(value, is_latex=is_latex), plain(subtitle, is_latex=is_latex)
    title = _STATE.sub("", title).strip()
    if title.endswith(".") and not title.endswith(("..", "etc.", "Inc.", "Co.", "al.")):
        title = title[:-1]
    if more and more.casefold() not in title.casefold():
        title = f"{title}{' ' if title.endswith((':', '?', '!', '—')) else ': '}{more}"
    return title


def join_names(names: Iterable[str]) -> str:
    """Return authors as the record writes them: "A B, C D", of more than four the first three "and others"."""
    known = list(dict.fromkeys(name for each in names if (name := _BY.sub("", each).strip(" ,;"))))
    if len(known) <= MAX_NAMES:
        return ", ".join(known)
    return _("%(names)s and others") % {"names": ", ".join(known[:_NAMED])}


def turned_name(name: str) -> str:
    """Return "Jane Doe" for "Doe, Jane"; other names as they are."""
    family, comma, first = name.partition(",")
    if not comma or "," in first or not first.strip():
        return name.strip()
    if first.strip().rstrip(".").lower() in ("jr", "sr", "inc", "ltd", "llc", "phd", "md", "ii", "iii"):
        return name.strip()
    return f"{first.strip()} {family.strip()}"


def volume_of(journal: str, volume: object, issue: object = "") -> str:
    """Return where an article appeared, as "Science 386(6718)"; "" without a journal."""
    numbers = plain(str(volume)) if isinstance(volume, str | int) else ""
    if journal and numbers and isinstance(issue, str | int) and plain(str(issue)):
        numbers += f"({plain(str(issue))})"
    return f"{journal} {numbers}".strip() if journal else ""


def shorten(value: str, limit: int) -> str:
    """The text, cut with "…" after a word if it has more characters than that."""
    if len(value) <= limit:
        return value
    cut = value[: limit - 1]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[limit // 2 :] else cut}…"


def items(value: object) -> list[Any]:
    """The value as a list: of one value, itself; of none, empty."""
    if value is None or value == "":
        return []
    return value[:1_000] if isinstance(value, list) else [value]


def mapping(value: object) -> dict[str, Any]:
    """The value if it is a JSON object; else an empty one."""
    return value if isinstance(value, dict) else {}
