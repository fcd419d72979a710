"""The document that bringing an old revision back, or undoing one, would make of a page."""

from dataclasses import dataclass, replace
from enum import StrEnum

from django.core.exceptions import BadRequest
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin.edit.shown_document import ShownRestoration
from controversies.document import rows
from controversies.document.merge import Conflict, MergeResult, merge
from controversies.document.types import Backer, Document, Source, Topic
from controversies.models import Publication


class RestoreAction(StrEnum):
    """The two ways to restore a revision."""

    REVERT = "revert"
    UNDO = "undo"


@dataclass(frozen=True)
class RestorePlan:
    """The plan of a restoration: the page would be `result`, with all `conflicts` decided for the old revision.

    The page is to become, in part or whole, as `old` was; the change is measured from `base` and merged with `head`.
    """

    action: RestoreAction
    number: int
    base: history.Reading
    head: history.Reading
    old: history.Reading
    result: Document
    conflicts: tuple[Conflict, ...]

    def shown_document(self, *, with_publication: bool) -> ShownRestoration:
        """The name of the result, for an edit form that is drawn from it."""
        return ShownRestoration(self.base.number, self.head.number, self.old.number, with_publication)

    @property
    def publication(self) -> Publication | None:
        """The publication that would come back too, None if it stays; a page never becomes a draft again."""
        now, then = self.head.document.head.publication, self.old.document.head.publication
        if self.action is RestoreAction.UNDO and now != self.base.document.head.publication:
            return None
        return Publication(then) if then not in (now, Publication.DRAFT) else None


@dataclass(frozen=True)
class RestoreNotice:
    """The words of the conflict form for an old revision that is restored; `base` and `mine` name two sides."""

    heading: str
    base: str
    mine: str
    option: str


def plan_restore(
    action: RestoreAction, key: str, number: int, *, base: int | None = None
) -> RestorePlan | None:
    """Return what restoring would do today; None without such a revision, or without one before the one to undo.

    `base` is the newest revision that the editor has seen.
    """
    head = history.head(key)
    if action is RestoreAction.UNDO:
        old, start = history.at(key, number - 1), history.at(key, number)
    else:
        old, start = history.at(key, number), history.at(key, base) if base else head
    if head is None or old is None or start is None:
        return None
    merged = _merge(start, head, old)
    return RestorePlan(action, number, start, head, old, merged.document, merged.conflicts)


def restored_document(key: str, shown: ShownRestoration) -> Document:
    """Return the merged document that `shown` names. Raises BadRequest if the page has no such revisions."""
    base, head, old = (history.at(key, number) for number in (shown.base, shown.head, shown.old))
    if base is None or head is None or old is None:
        raise BadRequest("There is no such revision.")
    if shown.with_publication and old.document.head.publication == Publication.DRAFT:
        raise BadRequest("A published page cannot become a draft again.")
    return _merge(base, head, old, with_publication=shown.with_publication).document


def restore_notice(shown: ShownRestoration) -> RestoreNotice:
    """Return the words of the conflict form for this restoration."""
    return RestoreNotice(
        _("Something here has changed since then. Choose what to keep."),
        _("Revision %s") % shown.base,
        _("Revision %s") % shown.old,
        _("As it was in revision %s") % shown.old,
    )


def with_shared_as_recorded(document: Document) -> Document:
    """The document with its backers, sources and topic as they are recorded now: restoring changes none of those."""
    topic = document.head.topic
    topic = rows.shared_blocks(Topic, [topic.key]).get(topic.key, topic)
    backers = rows.shared_blocks(Backer, (backer.key for backer in document.backers))
    sources = rows.shared_blocks(Source, (source.key for source in document.sources))
    return replace(document, head=replace(document.head, topic=topic)).with_blocks(
        backers=tuple(backers.get(backer.key, backer) for backer in document.backers),
        sources=tuple(sources.get(source.key, source) for source in document.sources),
    )


def _merge(
    base: history.Reading, head: history.Reading, old: history.Reading, *, with_publication: bool = False
) -> MergeResult:
    wanted = history.restored_document(old.document, base.document, publication=with_publication)
    return merge(
        with_shared_as_recorded(base.document),
        with_shared_as_recorded(head.document),
        with_shared_as_recorded(wanted),
    )
