"""The credit of a page's text: its attribution, or a note that there is none, and its licence in a few words."""

import re
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from controversies.document.types import Document
from controversies.history.public import is_origin_unknown

from . import markdown

LICENCE_HOSTS = ("creativecommons.org", "opendatacommons.org", "gnu.org", "opensource.org")
_LICENCE_WORDS = 90  # characters
_LINK = re.compile(r"\[([^\[\]]+)\]\(<?(https?://[^\s()<>]+)>?(?:\s[^()]*)?\)")


def attribution(document: Document, *, imported: bool) -> str:
    """Return the attribution as Markdown; "" if the editors of this site wrote the page."""
    if is_origin_unknown(document, imported=imported):
        return _("Origin not recorded.")
    return document.head.attribution


def is_licence(address: str) -> bool:
    """Whether a web address is that of a licence."""
    host = (urlsplit(address).hostname or "").removeprefix("www.")
    return host in LICENCE_HOSTS


def licence(document: Document, *, imported: bool) -> str:
    """Return the licences that the attribution links to, by name; without any, how the attribution begins."""
    text = attribution(document, imported=imported)
    names = dict.fromkeys(name for name, address in _LINK.findall(text) if is_licence(address))
    if names:
        return ", ".join(names)
    return markdown.plain(text, _LICENCE_WORDS) or _("No licence is recorded.")


def credit_line(document: Document, *, imported: bool) -> str:
    """Return the credit as one line of plain text, with the addresses that it links to: licences ask for them."""
    return markdown.plain(_LINK.sub(r"\1 (\2)", attribution(document, imported=imported)))
