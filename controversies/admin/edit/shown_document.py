"""The document that an edit form is drawn from, as the form sends it back in its field `shown`.

Nothing is stored between drawing a form and saving it: the name of the document says how to make it again.

    7                             revision 7; 0 for a page that is not recorded yet
    m4:9:2                        revision 2 restored: merged with revision 9 as a change of revision 4
    m4:9:2p                       the same, with the publication of revision 2
    p6f8f57e0-…                   the newest version of a proposal, merged with the newest revision
    p6f8f57e0-…:3:9               version 3 of it, merged with revision 9
"""

import re
from dataclasses import dataclass

from controversies.kit.keys import is_key, revision_number

_RESTORATION = re.compile(r"m(\d{1,9}):(\d{1,9}):(\d{1,9})(p?)", re.ASCII)
_PROPOSAL = re.compile(r"p([0-9a-f-]{36})(?::(\d{1,9}):(\d{1,9}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ShownRevision:
    """A revision; 0 for a page that is not recorded yet."""

    number: int


@dataclass(frozen=True, slots=True)
class ShownRestoration:
    """An old revision restored: `old` merged with `head`, as if it were a change of `base`.

    `with_publication`: the page is to be as public as the old revision was, too.
    """

    base: int
    head: int
    old: int
    with_publication: bool = False


@dataclass(frozen=True, slots=True)
class ShownProposal:
    """A version of a proposal merged with a revision of its page; the newest of both where it is None."""

    key: str
    version: int | None = None
    head: int | None = None


type Shown = ShownRevision | ShownRestoration | ShownProposal


def parse_shown(text: str) -> Shown:
    """Return the document that a form's `shown` names. Raises ValueError for any other text."""
    if match := _RESTORATION.fullmatch(text):
        base, head, old, publication = match.groups()
        return ShownRestoration(int(base), int(head), int(old), bool(publication))
    if match := _PROPOSAL.fullmatch(text):
        key, version, head = match.groups()
        if not is_key(key):
            raise ValueError("This is not a proposal's key.")
        return ShownProposal(key, int(version), int(head)) if version else ShownProposal(key)
    number = revision_number(text)
    if number is None:
        raise ValueError("This is not a revision's number.")
    return ShownRevision(number)


def format_shown(shown: Shown) -> str:
    """Return the text that `parse_shown` reads."""
    match shown:
        case ShownRevision(number):
            return str(number)
        case ShownRestoration(base, head, old, with_publication):
            return f"m{base}:{head}:{old}{'p' if with_publication else ''}"
        case ShownProposal(key, version, head):
            return f"p{key}" if version is None else f"p{key}:{version}:{head}"


def draft_name(shown: Shown, base: int) -> str:
    """Return what tells a draft in the browser's store from one of today's page; "" if that is what is drawn.

    Versions of one proposal share a draft.
    """
    if shown == ShownRevision(base):
        return ""
    return f":{format_shown(ShownProposal(shown.key) if isinstance(shown, ShownProposal) else shown)}"
