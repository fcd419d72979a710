"""What a browser sends with the edit page: keys and revisions' numbers. What no page of ours would send is refused."""

from typing import Any

from django.core.exceptions import BadRequest

from controversies import history
from controversies.admin.edit import restore
from controversies.document import types
from controversies.kit.keys import revision_number


def number(text: str | None) -> int:
    """A revision's number; 0 stands for none. Raises BadRequest."""
    found = revision_number(text)
    if found is None:
        raise BadRequest("This is not a revision's number.")
    return found


def reading(current: history.Reading, number: int) -> history.Reading:
    """This revision of the same page. Raises BadRequest."""
    if number == current.number:
        return current
    found = history.at(current.document.key, number)
    if found is None:
        raise BadRequest("There is no such revision.")
    return found


def shown(current: history.Reading, text: str) -> tuple[int | str, types.Document]:
    """The revision that a page was drawn from, or the documents merged for it, as `shown` names them."""
    merged = restore.shown(current, text)
    if merged is not None:
        return text, merged
    found = number(text)
    return found, reading(current, found).document


def own_since(user: Any, key: str, base: int) -> int | None:
    """The newest revision after this one that the user made."""
    where = "r.controversy_id = %s AND r.number > %s AND r.author_id = %s"
    return next((entry.number for entry in history.read.entries(where, [key, base, user.pk], limit=1)), None)
