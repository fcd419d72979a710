"""Messages of commits: the revision's reason, and under it, as git's trailers, what else the record says of it.

Cite the report itself instead of news of it.

Page: open-weights
Revision: 7
Kinds-of-change: source, wording
Digest: 4d0c…                         of the revision, which its page shows
Document: 91ab…                       of the page as it then was
Co-authored-by: Bo <bo@crux.invalid>  for each author after the first
Reviewed-by: Paul <paul@crux.invalid> where somebody accepted what the author proposed
Author: A <B>                         the names, where git cannot have them as they are
Time: 2026-03-08T09:30:00.250000Z     where git cannot have it as exactly
Reason: none                          where none was given, and the first line is made up
"""

import datetime
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from controversies.document import text
from controversies.history import Entry
from controversies.history.record import AUTHOR_LIMIT, IMPORTED_SUMMARY_LIMIT, SUMMARY_LIMIT
from controversies.models import ChangeClass

from . import identities

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_NONE = "none"
_TRAILER = re.compile(r"([A-Z][a-z]+(?:-[a-z]+)*): (.*)")
_CUT = " […]"
_COAUTHOR = re.compile(r"[ \t]*co-authored-by:[ \t]*(\S.*?)[ \t]*", re.IGNORECASE)
_TRAILED = "Co-authored-by"


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """The facts of a revision in a commit. `exported`: the message was written by an export.

    `author` may be several, as `text.join_authors()` has them. `notes` say what the record cannot hold as it was.
    """

    author: str
    time: datetime.datetime
    summary: str
    kind: ChangeClass | None
    reviewer: str = ""
    digest: str = ""  # of the revision, in hexadecimal
    document: str = ""  # … of the document
    exported: bool = False
    notes: tuple[str, ...] = ()


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
    authors = text.author_names(entry.author_name)
    lines = [f"{_TRAILED}: {identities.identity(name)}" for name in authors[1:]]
    if entry.reviewer_name:
        trailers["Reviewed-by"] = f"{entry.reviewer_name} <{identities.placeholder(entry.reviewer_name)}>"
    if any(identities.ident(name) != name for name in authors):
        trailers["Author"] = entry.author_name
    if _whole(seconds(entry.time)) != entry.time:
        trailers["Time"] = entry.time.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    if not entry.summary:
        trailers["Reason"] = _NONE
    reason = entry.summary or f"{slug}: revision {entry.number}"
    lines = [f"{name}: {value}" for name, value in trailers.items()] + lines
    return f"{reason}\n\n" + "".join(f"{line}\n" for line in lines)


def read(message: str, *, author: str, when: int) -> CommitInfo:
    """Read a commit's message, author's name and date (in seconds); e-mail addresses are left out.

    A message that `message()` made gives back what it was made of. Any other is kept whole, but for co-authors, who
    are authors, and what is beyond the limit of an imported reason; the revision is an import.
    """
    time = _whole(when)
    summary, _blank, last = message.rstrip("\n").rpartition("\n\n")
    ours = _trailers(last)
    if {"Page", "Revision", "Digest", "Document"} <= ours.keys():
        kind = next((k for k in _KINDS if k in ours.get("Kinds-of-change", [""])[0].split(", ")), None)
        every = [author, *(name.rpartition(" <")[0] for name in ours.get(_TRAILED, ()))]
        reason, notes = _summary(
            summary, IMPORTED_SUMMARY_LIMIT if kind is ChangeClass.IMPORT else SUMMARY_LIMIT
        )
        return CommitInfo(
            author=_name(ours.get("Author", [text.join_authors(every)])[0]),
            time=_exact(ours.get("Time", [""])[0], time),
            summary="" if ours.get("Reason") == [_NONE] else reason,
            kind=kind,
            reviewer=identities.public_name(ours.get("Reviewed-by", [""])[0].rpartition(" <")[0]),
            digest=ours["Digest"][0],
            document=ours["Document"][0],
            exported=True,
            notes=notes,
        )
    names, rest, more = _authors(author, message.replace("\r\n", "\n"))
    reason, notes = _summary(rest, IMPORTED_SUMMARY_LIMIT)
    return CommitInfo(names, time, reason, ChangeClass.IMPORT, notes=(*more, *notes))


def _authors(author: str, message: str) -> tuple[str, str, list[str]]:
    """The authors in one, the message without the lines that name them, and who there was no room for."""
    names = [_plain(author)]
    kept, notes = [], []
    for line in message.split("\n"):
        match = _COAUTHOR.fullmatch(line)
        name = _plain(match[1], "") if match else ""
        if name and len(text.join_authors([*names, name])) <= AUTHOR_LIMIT:
            names += [name] if name not in names else []
            continue
        if name:
            notes.append(_("no room for another author: %s stays in the reason") % name)
        kept.append(line)
    return text.join_authors(names), "\n".join(kept), notes


def _plain(name: str, otherwise: str | None = None) -> str:
    """One person's name, without what would make several of it."""
    plain = identities.public_name(name).replace(text.AUTHOR_SEPARATOR, ", ").strip("; ")
    return plain or (_("An editor") if otherwise is None else otherwise)


_KINDS = (ChangeClass.IMPORT, ChangeClass.RESTORE)  # what no comparison can tell


def _name(author: str) -> str:
    return identities.public_name(author) or _("An editor")


def _trailers(last: str) -> dict[str, list[str]]:
    """The values of each trailer, if these lines are nothing else."""
    lines = [_TRAILER.fullmatch(line) for line in last.split("\n")]
    values: dict[str, list[str]] = {}
    for each in lines if all(lines) else ():
        if each:
            values.setdefault(each[1], []).append(each[2])
    return values


def _summary(message: str, limit: int) -> tuple[str, tuple[str, ...]]:
    """The message as a reason of at most so many characters, and whether that is not all of it."""
    reason = text.prose(identities.without_addresses(message.replace("\0", "")))
    if not text.is_visible(reason):
        return "", ()
    if len(reason) <= limit:
        return reason, ()
    note = _("the message has %(size)s characters; the first %(limit)s are kept")
    return reason[: limit - len(_CUT)].rstrip() + _CUT, (note % {"size": len(reason), "limit": limit},)


def _whole(when: int) -> datetime.datetime:
    """The time of so many seconds since 1970, or the last or first that there is a calendar for."""
    latest = int(datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC).timestamp())
    return datetime.datetime.fromtimestamp(min(max(when, 0), latest), datetime.UTC)


def _exact(trailer: str, time: datetime.datetime) -> datetime.datetime:
    """The time as the trailer has it, if it is the commit's own."""
    try:
        exact = datetime.datetime.fromisoformat(trailer)
    except ValueError:
        return time
    return exact if exact.tzinfo and _whole(seconds(exact)) == time else time
