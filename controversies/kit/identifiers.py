"""Identifiers of works: DOIs, arXiv numbers, PMIDs, ISBNs and web addresses as people paste them, and keys to compare.

Two texts mean one work, or one address, if their keys are equal (`Identifier.keys`, `source_keys`, `same_address`).
The database has the same rules in `sql/identifiers.sql`, made of the patterns here, so that keys can be indexed;
`tests/checks/metadata/test_on_record.py` holds one against the other. Patterns with a name in capitals are read by
both: they use only what Python and PostgreSQL read alike (no lazy quantifiers, no `\\d`, `\\w` or `\\b`).
"""

import re
import string
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote

from .isbn import isbn13

KEPT = r"^[A-Za-z0-9._~:/?#@!$&'()*+,;=\[\]-]$"  # characters that an address has as they are
DECODED = r"^[A-Za-z0-9._~-]$"  # …and those that mean the same percent-encoded (RFC 3986, 2.3)
PRINTABLE = r"^[!-~]$"
ADDRESS = r"^([Hh][Tt][Tt][Pp][Ss]?)://([^/?#]*)([^?#]*)([?][^#]*)?(#.*)?$"
DEFAULT_PORT = r"^(http .*):80$|^(https .*):443$"  # of a scheme, a space and a host
TRACKING = (  # names of parameters that say where a reader came from
    r"^(utm_.*|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|srsltid|li_fat_id"
    r"|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|_ga|_gl|vero_id|oly_enc_id|oly_anon_id|fb_action_ids|fb_action_types"
    r"|guccounter|guce_referrer|guce_referrer_sig|__twitter_impression)$"
)
DOI_HOST = r"^(dx\.)?doi\.org$"
DOI_IN_PATH = r"^[^?#]*/(10\.[0-9]{4,9}/[^?#]+)"
DOI_IN_QUERY = r"[?&](?:id|doi)=(?:doi:)?(10\.[0-9]{4,9}(?:/|%2F)[^&#]+)"
DOI_OF_NATURE = r"^nature\.com/articles/([A-Za-z0-9.-]+)"
VIEW = (  # what publishers put behind a DOI for one view of the work
    r"(/(full|fulltext|full-text|abstract|abs|pdf|epdf|pdfdirect|epub|html|meta|summary|references|figures|tables|citations"
    r"|suppl|related|metrics|download))+$"
)
FILE = r"\.(full|abstract|short|long|full-text|full\.pdf|pdf|html)$"
PREPRINT_VERSION = r"^(10\.(?:1101|64898)/.*[0-9])v[0-9]+$"  # bioRxiv and medRxiv
_ARXIV = r"[0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[A-Za-z]{2})?/[0-9]{7}"
ARXIV_ADDRESS = (
    r"^(?:(?:[a-z]+\.)?arxiv\.org|ar5iv\.org|ar5iv\.labs\.arxiv\.org)/(?:abs|pdf|html|format|ps|e-print|src)"
    rf"/({_ARXIV})(?:v[0-9]+)?(?:\.pdf)?(?:[/?#].*)?$"
)
ARXIV_DOI = r"^10\.48550/arxiv\.([0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[a-z]{2})?/[0-9]{7})(?:v[0-9]+)?$"
ARXIV_SUBJECT = r"\.[A-Za-z]{2}/"  # math.GT/0309136 is math/0309136
PMID_ADDRESS = (
    r"^(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed|europepmc\.org/(?:article|abstract)/(?:med|MED))"
    r"/([1-9][0-9]{0,8})$"
)

_UNDISPUTED = re.compile(r"[A-Za-z0-9._~:/?&=-]*")  # the characters that any address has as they are
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_DOI = re.compile(r"10\.[0-9]{4,9}/\S+")
_DOI_PREFIX = re.compile(
    r"(?:(?:https?://)?(?:dx\.|www\.)?doi\.org/|(?:info:|urn:)?doi[:/ ]\s*)+", re.IGNORECASE
)
_DOI_WITHIN = re.compile(
    r"(?<![0-9A-Za-z.])(?:https?://(?:dx\.|www\.)?doi\.org/|doi:?\s*)?(10\.[0-9]{4,9}/\S+)", re.IGNORECASE
)
_ARXIV_NUMBER = re.compile(
    r"(?:arxiv:\s*)?((?:[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5}"
    r"|(?:astro-ph|cond-mat|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|nlin|nucl-ex|nucl-th|physics|quant-ph|math|cs"
    r"|q-bio|q-fin|stat|eess|econ|[a-z]{2,9}-[a-z]{2,4})(?:\.[a-z]{2})?/[0-9]{7})(?:v[1-9][0-9]*)?)"
    r"(?:\s*\[[a-z.-]+\])?",
    re.IGNORECASE,
)
_ARXIV_LABEL = re.compile(rf"\barxiv:\s*((?:{_ARXIV})(?:v[1-9][0-9]*)?)(?![0-9])", re.IGNORECASE)
_PMID = re.compile(r"(?:pmid|pubmed(?: id)?)[:\s]\s*([1-9][0-9]{0,8})", re.IGNORECASE)
_PMID_LABEL = re.compile(r"\bpmid:?\s*([1-9][0-9]{0,8})(?![0-9])", re.IGNORECASE)
_ISBN_PREFIX = re.compile(r"(?:urn:)?isbn(?:[- ]?1[03])?(?::|\s|(?=[0-9]))\s*", re.IGNORECASE)
_ISBN_LABEL = re.compile(r"\bisbn(?:[- ]?1[03])?:?\s*([0-9][0-9 -]{8,16}[0-9Xx])(?![0-9])", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_BARE_URL = re.compile(r"(?:www\.[^\s/]+\.[a-z]{2,}\S*|(?:[a-z0-9-]+\.)+[a-z]{2,}/\S*)", re.IGNORECASE)
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">", "“": "”", "‘": "’", "«": "»", "„": "“", '"': '"', "'": "'"}
_IN_PATH = "/:@!$&'()*+,;="  # besides letters, digits and "-._~" (RFC 3986, 3.3)
_HYPHENS = str.maketrans("‐‑‒–—−", "------")
_JOINERS = "\u200c\u200d"  # they shape words of some scripts
LONGEST = 5_000  # characters that are looked at


class IdentifierKind(StrEnum):
    """The kinds of identifiers; a text that is none of the others is a title."""

    DOI = "doi"
    ARXIV = "arxiv"
    PMID = "pmid"
    ISBN = "isbn"
    URL = "url"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier in its canonical form.

    A DOI in small letters; an arXiv number with its version if it has one; an ISBN of 13 digits, or as it was typed
    where `fault` says what is wrong with it ("check-digit"); an address with its scheme; a title on one line.
    """

    kind: IdentifierKind
    value: str
    fault: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the work, to be compared with those of sources (`source_keys`); none for a title."""
        match self.kind:
            case IdentifierKind.DOI:
                return source_keys(doi=self.value)
            case IdentifierKind.ARXIV:
                return frozenset({f"arxiv:{_arxiv_key(self.value)}"})
            case IdentifierKind.PMID:
                return frozenset({f"pmid:{self.value}"})
            case IdentifierKind.ISBN:
                return frozenset() if self.fault else source_keys(isbn=self.value)
            case IdentifierKind.URL:
                return source_keys(url=self.value) | {f"url:{each}" for each in address_spellings(self.value)}
        return frozenset()


def identify(text: str) -> Identifier:
    """Return the identifier that a pasted text is, or else has within it; else the text as a title.

    Hidden characters, surrounding brackets and quotation marks, and punctuation at the end are left out.
    """
    title = " ".join(_without_hidden(text[:LONGEST]).split())
    plain = _unwrap(title.translate({ord(each): None for each in _JOINERS}))
    if doi := canonical_doi(plain):
        return _of_doi(doi)
    if number := _ARXIV_NUMBER.fullmatch(plain):
        return _of_arxiv(number[1])
    if number := _PMID.fullmatch(plain):
        return Identifier(IdentifierKind.PMID, number[1])
    if isbn := isbn13(plain):
        return Identifier(IdentifierKind.ISBN, isbn)
    if prefix := _ISBN_PREFIX.match(plain):
        digits = plain[prefix.end() :].translate(_HYPHENS)
        if digits and not digits.strip("0123456789Xx- ") and any(each.isdigit() for each in digits):
            return Identifier(IdentifierKind.ISBN, digits, fault="check-digit")
    if _URL.fullmatch(plain):
        return _of_url(plain)
    if _BARE_URL.fullmatch(plain):
        return _of_url(f"https://{plain}")
    return _identifier_inside(plain) or Identifier(IdentifierKind.TITLE, title)


def _identifier_inside(text: str) -> Identifier | None:
    """The identifier within a longer text, as in a reference copied from a list."""
    if (label := _DOI_WITHIN.search(text)) and (doi := canonical_doi(label[0])):
        return _of_doi(doi)
    if label := _ARXIV_LABEL.search(text):
        return _of_arxiv(label[1])
    if label := _PMID_LABEL.search(text):
        return Identifier(IdentifierKind.PMID, label[1])
    if (label := _ISBN_LABEL.search(text)) and (isbn := isbn13(label[1])):
        return Identifier(IdentifierKind.ISBN, isbn)
    if address := _URL.search(text):
        return _of_url(_without_end(address[0]))
    return None


def _of_doi(doi: str) -> Identifier:
    if number := re.match(ARXIV_DOI, doi):
        return _of_arxiv(number[1] + doi[number.end(1) :])
    return Identifier(IdentifierKind.DOI, doi)


def _of_arxiv(number: str) -> Identifier:
    name, slash, rest = number.translate(_LOWER).partition("/")
    subject = name.partition(".")[0] if slash else name
    return Identifier(IdentifierKind.ARXIV, subject + slash + rest)


def _of_url(url: str) -> Identifier:
    address = same_address(url)
    if number := re.match(ARXIV_ADDRESS, address):
        version = re.match(r"v[1-9][0-9]*", address[number.end(1) :])
        return _of_arxiv(number[1] + (version[0] if version else ""))
    if number := re.match(PMID_ADDRESS, address):
        return Identifier(IdentifierKind.PMID, number[1])
    if doi := _doi_in(address):
        return _of_doi(doi)
    return Identifier(IdentifierKind.URL, clean_address(url))


# -- DOIs and arXiv numbers --


def doi_address(doi: str) -> str:
    """Return the address of a DOI at its resolver: what a path may not have, as "<" of old DOIs, percent-encoded."""
    return f"https://doi.org/{quote(doi, safe=_IN_PATH)}"


def canonical_doi(text: str) -> str:
    """Return the DOI that the text is, in small letters and without "doi:" or "https://doi.org/"; "" if it is none."""
    plain = _unwrap(_without_hidden(text))
    prefix = _DOI_PREFIX.match(plain)
    doi = plain[prefix.end() :] if prefix else plain
    if prefix and "doi.org" in prefix[0].lower():
        doi = unquote(re.split(r"[?#]", doi)[0])
    doi = _without_end(doi).translate(_LOWER)
    return doi if _DOI.fullmatch(doi) else ""


def _doi_in(address: str) -> str:
    """The DOI that the key of an address has in it, as publishers' addresses do; else ""."""
    if within := re.search(DOI_IN_PATH, address) or re.search(DOI_IN_QUERY, address):
        doi = re.sub(FILE, "", re.sub(VIEW, "", _doi_key(within[1])))
        return re.sub(PREPRINT_VERSION, r"\1", doi)
    if within := re.search(DOI_OF_NATURE, address):
        return "10.1038/" + re.sub(FILE, "", _doi_key(within[1]))
    return ""


def _doi_key(doi: str) -> str:
    return _percent(doi, PRINTABLE, PRINTABLE).translate(_LOWER)


def _arxiv_key(number: str) -> str:
    """The arXiv number without version and subject class, in small letters."""
    return re.sub(ARXIV_SUBJECT, "/", re.sub(r"v[0-9]+$", "", number)).translate(_LOWER)


# -- web addresses --


def same_address(url: str) -> str:
    """Return the key by which web addresses are one, as "example.org/a?b=1"; "" if the text is no http(s) address.

    Folded: scheme, `www.`, default port, slash at the end, fragment (but for `#!`), parameters that track readers,
    percent-encoding, capitals of the host, names of hosts in other scripts, every spelling of doi.org. Kept: capitals
    of the path, order of parameters.
    """
    parts = re.match(ADDRESS, url.strip(), re.DOTALL)
    if parts is None:
        return ""
    scheme, authority, path, query, fragment = (parts[i] or "" for i in range(1, 6))
    user, at, host = authority.rpartition("@")
    host = _host(scheme.translate(_LOWER), host)
    if re.match(DOI_HOST, host):
        return "doi.org/" + _doi_key(path.strip("/"))
    path = _percent(path).rstrip("/")
    pieces = [each for each in _percent(query[1:]).split("&") if each and not _is_tracking(each)]
    query = "?" + "&".join(pieces) if pieces else ""
    fragment = _percent(fragment) if fragment.startswith("#!") else ""
    return f"{_percent(user)}{at}{host}{path}{query}{fragment}"


def address_spellings(url: str) -> tuple[str, ...]:
    """Return the keys that the database may have for the address: a host of another script in both its spellings.

    PostgreSQL knows no Punycode: there, `bücher.example` and `xn--bcher-kva.example` are two.
    """
    key = same_address(url)
    host, slash, rest = key.partition("/")
    return tuple(dict.fromkeys((key, ".".join(map(_readable_label, host.split("."))) + slash + rest)))


def clean_address(url: str) -> str:
    """Return the address without parameters that track readers and without a fragment that only marks a text."""
    parts = re.match(ADDRESS, url.strip(), re.DOTALL)
    if parts is None:
        return url.strip()
    scheme, authority, path, query, fragment = (parts[i] or "" for i in range(1, 6))
    kept = [each for each in query[1:].split("&") if each and not _is_tracking(each)]
    query = "?" + "&".join(kept) if kept else ""
    fragment = "" if fragment.startswith("#:~:") else fragment
    return f"{scheme.translate(_LOWER)}://{authority}{path}{query}{fragment}"


def source_keys(*, doi: str = "", url: str = "", isbn: str = "") -> frozenset[str]:
    """Return the keys of a source, as "doi:10.1234/x", "arxiv:2401.00001", "pmid:1", "isbn:978…", "url:a.example/b".

    Two sources that share a key are one work. In SQL: `controversies_source_keys`.
    """
    keys, dois = set(), set()
    if address := same_address(url):
        keys.add(f"url:{address}")
        dois.add(address.removeprefix("doi.org/") if address.startswith("doi.org/10.") else _doi_in(address))
        if number := re.match(ARXIV_ADDRESS, address):
            keys.add(f"arxiv:{_arxiv_key(number[1])}")
        if number := re.match(PMID_ADDRESS, address):
            keys.add(f"pmid:{number[1]}")
    dois.add(_doi_key(doi))
    for each in dois - {""}:
        keys.add(f"doi:{each}")
        if number := re.match(ARXIV_DOI, each):
            keys.add(f"arxiv:{_arxiv_key(number[1])}")
    if isbn:
        keys.add(f"isbn:{isbn}")
    return frozenset(keys)


def _host(scheme: str, host: str) -> str:
    host = ".".join(map(_ascii_label, host.split(".")))
    ported = re.match(DEFAULT_PORT, f"{scheme} {host}")
    if ported:
        host = (ported[1] or ported[2]).partition(" ")[2]
    host = host.rstrip(".")
    return host[4:] if host.startswith("www.") and "." in host[4:] else host


def _ascii_label(label: str) -> str:
    """One label of a host's name in small letters, in Punycode (RFC 3492) if it is of another script."""
    label = label.translate(_LOWER)
    if label.isascii():
        return label
    return "xn--" + unicodedata.normalize("NFC", label.lower()).encode("punycode").decode("ascii")


def _readable_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _percent(text: str, kept: str = KEPT, decoded: str = DECODED) -> str:
    """The text with one spelling of percent-encoding: what matches `decoded` plain, what is not `kept` encoded."""
    if _UNDISPUTED.fullmatch(text):
        return text

    def token(match: re.Match[str]) -> str:
        piece = match[0]
        if len(piece) > 1:
            code = int(piece[1:], 16)
            return chr(code) if re.match(decoded, chr(code)) else piece.upper()
        return piece if re.match(kept, piece) else quote(piece, safe="", errors="replace")

    return re.sub(r"%[0-9A-Fa-f]{2}|.", token, text, flags=re.DOTALL)


def _is_tracking(parameter: str) -> bool:
    return re.match(TRACKING, parameter.partition("=")[0].translate(_LOWER)) is not None


# -- what people paste along --


def _without_hidden(text: str) -> str:
    """The text without control and format characters; every kind of space is a plain one."""
    plain = unicodedata.normalize("NFC", text)
    plain = re.sub(r"\s", " ", plain)
    return "".join(
        each
        for each in plain
        if each in _JOINERS or unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Cn")
    )


def _unwrap(text: str) -> str:
    """The text without spaces, brackets and quotation marks around it, and without punctuation at its end."""
    while True:
        text = text.strip()
        if len(text) > 1 and _PAIRS.get(text[0]) == text[-1]:
            text = text[1:-1]
        elif text and text[0] in _PAIRS and _PAIRS[text[0]] not in text[1:]:
            text = text[1:]
        else:
            plain = _without_end(text)
            if plain == text:
                return text
            text = plain


def _without_end(text: str) -> str:
    """The text without punctuation at its end; a bracket that closes one within the text stays."""
    while text:
        last = text[-1]
        if last in ".,;:!…’”»\"'" or (last in ")]}>" and not _is_closed(text, last)):
            text = text[:-1].rstrip()
        else:
            break
    return text


def _is_closed(text: str, bracket: str) -> bool:
    opening = {")": "(", "]": "[", "}": "{", ">": "<"}[bracket]
    return text.count(opening) >= text.count(bracket)
