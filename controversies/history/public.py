"""The public side of a revision: its JSON twin, and whether readers saw the revision before it.

Every face that shows recorded revisions imports these; nothing here asks who the reader is.
"""

import json
from collections.abc import Sequence
from typing import Any

from controversies.document import canonical
from controversies.document.types import Document
from controversies.models import ChangeClass, Publication, Revision

from . import redactions
from .read import Entry, Reading
from .redactions import Notice, ReplacedDigest

# SQL condition: a revision `r` changed its page's publication.
CHANGES_PUBLICATION = f"r.changes @? '{Revision.PUBLICATION_CHANGED}'"


def publication_changes(entry: Entry) -> list[Any]:
    """Return the entries of a revision's outline (`compare.Outline`) that tell a change of publication: one at most."""
    return [change for change in entry.changes if change[2:3] == ["publication"]]


def publication_outline(before: str, after: str) -> list[Any]:
    """Return the outline of a revision of which only its publication is known; `before` is "" for the first one."""
    return [] if before in ("", after) else [["head", "", "publication", before, after]]


def follows_public(entry: Entry, publication: str = Publication.PUBLISHED) -> bool:
    """Whether the revision before was public, given the `publication` of this one.

    It was what this one is, unless this one says that it changed that.
    """
    if entry.number == 1:
        return False
    for change in publication_changes(entry):
        return bool(change[3:4] == [Publication.PUBLISHED])
    return publication == Publication.PUBLISHED


def is_origin_unknown(document: Document, *, imported: bool) -> bool:
    """Whether nobody has said who wrote the text: the page was imported, and has no attribution."""
    return imported and not document.head.attribution


def is_as_imported(reading: Reading) -> bool:
    """Whether the text is as its named origin has it: imported with an attribution, and not edited since."""
    return (
        reading.number == 1
        and ChangeClass.IMPORT in reading.entry.classes
        and bool(reading.document.head.attribution)
    )


def entry_json(entry: Entry) -> dict[str, Any]:
    """Return what is needed to cite a revision and to verify it, as JSON values."""
    return {
        "number": entry.number,
        "time": entry.time.isoformat(),
        "author": entry.author_name,
        **({"reviewer": entry.reviewer_name} if entry.reviewer_name else {}),
        "summary": entry.summary,
        "digest": entry.digest.hex(),
        "document_digest": entry.document.hex(),
    }


def reading_json(
    reading: Reading,
    notices: Sequence[Notice] = (),
    replaced: Sequence[ReplacedDigest] = (),
    *,
    imported: bool,
) -> dict[str, Any]:
    """Return a revision and its document as JSON values: the content of the JSON twin.

    `imported` is whether the page was not written here. There are `redactions` only where words were removed, and
    `replaces` only where the revision had other digests before.
    """
    revision = entry_json(reading.entry)
    if replaced:
        revision["replaces"] = [each.digest.hex() for each in replaced]
    if is_origin_unknown(reading.document, imported=imported):
        revision["origin"] = "not recorded"
    return {
        "revision": revision,
        **canonical.document_json(reading.document),
        **({"redactions": redactions.values(notices, reading)} if notices else {}),
    }


def json_twin(reading: Reading, *, imported: bool, epoch: int) -> str:
    """Return the JSON twin of a revision's page, as text.

    `epoch` is that of redactions: without any on the site, none is looked for (no query).
    """
    notices = redactions.notices(reading) if epoch else []
    replaced = redactions.replaced_of(reading.entry) if epoch else []
    values = reading_json(reading, notices, replaced, imported=imported)
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"
