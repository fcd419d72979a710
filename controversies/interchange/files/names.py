"""Rules that derive addresses from names, and names and kinds from addresses.

Files leave out what follows. So these rules never change: an old file would say something else.
"""

import hashlib
import re
import unicodedata
from collections.abc import Container

from controversies.document import text
from controversies.document.types import Backer
from controversies.models import BackerKind

from ..derived_keys import derive_key

_LONGEST = 32
_ACRONYMS = {
    word.lower(): word
    for word in ("AGI", "AI", "API", "EU", "LLM", "LLMs", "ML", "NGO", "NGOs", "UK", "UN", "US", "USA")
}
_SOME = {"few", "many", "most", "other", "others", "several", "some", "various"}
_COLLECTIVES = {
    "academia",
    "community",
    "electorate",
    "majority",
    "minority",
    "people",
    "public",
    "workforce",
    "youth",
}
# Plurals that name one body.
_BODIES = {
    "affairs",
    "associates",
    "dynamics",
    "industries",
    "institutes",
    "labs",
    "laboratories",
    "mathematics",
    "nations",
    "networks",
    "news",
    "partners",
    "physics",
    "robotics",
    "sciences",
    "services",
    "solutions",
    "states",
    "studios",
    "systems",
    "technologies",
    "times",
    "ventures",
    "works",
}


def slug(name: str, longest: int = _LONGEST) -> str:
    """An address that follows from a name: its words in small letters, as many as there is room for.

    A name with letters that an address cannot have ends in a digest of them, so that two names stay two.
    """
    plain = unicodedata.normalize("NFKD", name.lower())
    ascii_only = plain.encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’]", "", ascii_only))
    address = ""
    for word in words:
        if len(address) + len(word) >= longest and address:
            break
        address = f"{address}-{word}" if address else word[:longest]
    if any(char.isalpha() and not char.isascii() and not unicodedata.combining(char) for char in plain):
        address = f"{address}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return address.strip("-") or hashlib.sha256(name.encode()).hexdigest()[:8]


def unique(name: str, used: Container[str], last: dict[str, tuple[str, int]] | None = None) -> str:
    """The name, or the first of name-2, name-3 and so on that is not taken.

    `last` remembers how far a name was tried, for who asks often, of what only grows.
    """
    candidate, number = last.get(name, (name, 2)) if last is not None else (name, 2)
    while candidate in used:
        candidate, number = f"{name}-{number}", number + 1
    if last is not None:
        last[name] = candidate, number
    return candidate


def alike(name: str) -> str:
    """Return the form that two spellings of one name have in common."""
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFKC", text.line(name)).casefold()).strip("-")


def title(address: str) -> str:
    """Return the name that an address suggests: “Academic researchers” for academic-researchers."""
    words = [_ACRONYMS.get(word, word) for word in address.split("-")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def is_group(address: str) -> bool:
    """Whether an address reads like a group without a spokesperson: some-founders, academic-researchers."""
    words = address.split("-")
    last = words[-1]
    if words[0] in _SOME or last in _COLLECTIVES or last.endswith(("community", "communities")):
        return True
    return re.fullmatch(r"\w{2,}[^siou]s", last) is not None and last not in _BODIES


def backer(address: str, key: str = "") -> Backer:
    """The backer of whom nothing but this address is known: a constituency, if it reads like one."""
    kind = BackerKind.CONSTITUENCY if is_group(address) else BackerKind.ORGANISATION
    return Backer(
        key=key or derive_key("backers", address), slug=address, name=title(address), kind=kind.value
    )
