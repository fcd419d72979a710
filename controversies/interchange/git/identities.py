"""Names of authors as git writes them. No e-mail address of anybody goes out, and none comes in."""

import hashlib
import re
import unicodedata

from controversies.document import text
from controversies.history.record import AUTHOR_LIMIT

HOST = "crux.invalid"  # a domain that nobody can ever have (RFC 2606)

_PLAIN = r"""[^\s<>@"'(),:;\[\]]"""
_ADDRESS = re.compile(rf"(?<!{_PLAIN}){_PLAIN}+@{_PLAIN}+\.{_PLAIN}*[^\W_]")
_BRACKETED = re.compile(r"\s*<[^<>/\n]*@[^<>/\n]*>")
_LONGEST = 40  # characters of a name in its address


def identity(name: str) -> str:
    """`Name <placeholder>` for a name of one line, whatever is in it; the same for the same name, always."""
    return f"{ident(name)} <{placeholder(name)}>"


def ident(name: str) -> str:
    """The name without what git cannot have in one; what it was is to be written elsewhere if it differs."""
    return name.replace("<", "‹").replace(">", "›").replace("\0", "").replace("\n", " ").strip() or "?"


def placeholder(name: str) -> str:
    """An address for this name that reaches nobody."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].strip("-")
    if name.lower() not in (
        slug,
        slug.replace("-", " "),
    ):  # others would be the same, without what is left out
        slug = "-".join(filter(None, (slug, hashlib.sha256(name.encode()).hexdigest()[:8])))
    return f"{slug}@{HOST}"


def public_name(name: str) -> str:
    """The name of a commit's author as a revision may show it: no address; "" if nothing is left of it."""
    name = text.line(without_addresses(name.replace("\0", ""), name_only=True))[:AUTHOR_LIMIT].strip()
    return name if text.is_visible(name) else ""


def without_addresses(content: str, *, name_only: bool = False) -> str:
    """The text without e-mail addresses: `Name <a@b.example>` is Name. One that stands alone leaves what is
    before its @ in a name, and … in other text."""
    content = _BRACKETED.sub("", content)
    return _ADDRESS.sub(lambda match: match[0].partition("@")[0] if name_only else "…", content)
