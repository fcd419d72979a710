"""Consequences for checks of a saved page or source: tasks that are answered, sources to look at."""

import uuid
from collections.abc import Iterable

from controversies import history
from controversies.document.types import Document
from controversies.kit.accounts import Account

from .decisions import close_for_page, close_for_source, sources_to_check
from .requests import request_check


def follow_up(saved: history.SaveResult, document: Document, *, user: Account) -> None:
    """Close the tasks that a saved page answers, and have the sources of its changed citations checked.

    `document` is what was sent to be saved. Call it in the transaction of the save. No query where no citation
    changed, else three at most.
    """
    if saved.revision is None or saved.conflicts:
        return
    before = saved.head.document if saved.head is not None else None
    after = saved.merged.document if saved.merged is not None else document
    close_for_page(before, after, user=user)
    request_check(sources_to_check(before, after), urgent=True)


def follow_up_source(source: uuid.UUID, fields: Iterable[str], *, user: Account) -> None:
    """Close the tasks that a change of these fields of a source answers, and have it checked; three queries at most."""
    changed = set(fields)
    close_for_source(source, changed, user=user)
    if changed & {"url", "doi", "title", "archive_url"}:
        request_check([source], urgent=True)
