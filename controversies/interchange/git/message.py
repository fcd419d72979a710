"""Messages of commits: the revision's reason, and under it, as git's trailers, what else the record says of it.

Cite the report itself instead of news of it.

Page: open-weights
Revision: 7
Kinds-of-change: source, wording
Digest: 4d0c…                         of the revision, which its page shows
Document: 91ab…                       of the page as it then was
Reviewed-by: Paul <paul@crux.invalid> where somebody accepted what the author proposed
Author: A <B>                         the name, where git cannot have it as it is
Time: 2026-03-08T09:30:00.250000Z     where git cannot have it as exactly
Reason: none                          where none was given, and the first line is made up
"""

import datetime
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from controversies.document import text
from controversies.history import Entry
from controversies.history.record import SUMMARY_LIMIT
from controversies.models import ChangeClass

from . import people

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_NONE = "none"
_TRAILER = re.compile(r"([A-Z][a-z]+(?:-[a-z]+)*): (.*)")
_CUT = " […]"


@dataclass(frozen=True, slots=True)
class Told:
    """What a commit says of the revision that it is. `exported`: the message is one of ours."""

    author: str
    time: datetime.datetime
    summary: str
    kind: ChangeClass | None
    reviewer: str = ""
    digest: str = ""  # of the revision, in hexadecimal
    document: str = ""  # … of the document
    exported: bool = False


def seconds(time: datetime.datetime) -> int:
    """The time as git has it, whole and not before 1970."""
    return max((time - _EPOCH) // datetime.timedelta(seconds=1), 0)


def message(entry: Entry, slug: str) -> str:
    """The message for a revision of the page with this address."""
    trailers = {
        "Page": slug,
        "Revision": str(entry.number),
        **({"Kinds-of-change": ", ".join(entry.classes)} if entry.classes else {}),
        "Digest": entry.digest.hex(),
        "Document": entry.document.hex(),
    }
    if entry.reviewer_name:
        trailers["Reviewed-by"] = f"{entry.reviewer_name} <{people.placeholder(entry.reviewer_name)}>"
    if people.ident(entry.author_name) != entry.author_name:
        trailers["Author"] = entry.author_name
    if _whole(seconds(entry.time)) != entry.time:
        trailers["Time"] = entry.time.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    if not entry.summary:
        trailers["Reason"] = _NONE
    said = entry.summary or f"{slug}: revision {entry.number}"
    return f"{said}\n\n" + "".join(f"{name}: {value}\n" for name, value in trailers.items())


def read(given: str, *, author: str, when: int) -> Told:
    """What a commit's message, author's name and date (in seconds) say; no e-mail address is in it.

    A message that `message()` made gives back what it was made of. Of any other, what is more than a reason may
    have is cut off, and the revision is an import.
    """
    time = _whole(when)
    summary, _blank, last = given.rstrip("\n").rpartition("\n\n")
    ours = _trailers(last)
    if {"Page", "Revision", "Digest", "Document"} <= ours.keys():
        return Told(
            author=_name(ours.get("Author", author)),
            time=_exact(ours.get("Time", ""), time),
            summary="" if ours.get("Reason") == _NONE else _summary(summary),
            kind=next((k for k in _KINDS if k in ours.get("Kinds-of-change", "").split(", ")), None),
            reviewer=people.public_name(ours.get("Reviewed-by", "").rpartition(" <")[0]),
            digest=ours["Digest"],
            document=ours["Document"],
            exported=True,
        )
    return Told(_name(author), time, _summary(given), ChangeClass.IMPORT)


_KINDS = (ChangeClass.IMPORT, ChangeClass.RESTORE)  # what no comparison can tell


def _name(author: str) -> str:
    return people.public_name(author) or _("An editor")


def _trailers(last: str) -> dict[str, str]:
    found = [_TRAILER.fullmatch(line) for line in last.split("\n")]
    return {each[1]: each[2] for each in found if each} if all(found) else {}


def _summary(given: str) -> str:
    said = text.prose(people.without_addresses(given.replace("\0", "")))
    if len(said) > SUMMARY_LIMIT:
        said = said[: SUMMARY_LIMIT - len(_CUT)].rstrip() + _CUT
    return said if text.is_visible(said) else ""


def _whole(when: int) -> datetime.datetime:
    """The time of so many seconds since 1970, or the last or first that there is a calendar for."""
    latest = int(datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC).timestamp())
    return datetime.datetime.fromtimestamp(min(max(when, 0), latest), datetime.UTC)


def _exact(given: str, time: datetime.datetime) -> datetime.datetime:
    """The time as the trailer has it, if it is the commit's own."""
    try:
        exact = datetime.datetime.fromisoformat(given)
    except ValueError:
        return time
    return exact if exact.tzinfo and _whole(seconds(exact)) == time else time
