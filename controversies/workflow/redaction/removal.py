"""Find every place that holds the words of an order, and remove them from all, in one transaction."""

from functools import partial

from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies import history
from controversies import models as m
from controversies.document import redact, rows
from controversies.history import pending, words_removed
from controversies.kit import retry
from controversies.kit.accounts import Account
from controversies.kit.events import log_event
from controversies.models import RedactionState

from .desk_rows import desk_rows
from .order import PlaceKind, RedactionOrder, RedactionRefused, RemovalReport, check
from .page_record import PageRecord
from .shared_rows import shared_rows


def find(order: RedactionOrder) -> RemovalReport:
    """Find every place that holds the words, and change nothing. Memory grows with the largest page."""
    report = RemovalReport()
    keys = _scope(order)
    for key, slug in _pages(keys):
        report.findings += PageRecord(key, slug, order).findings()
    for shared_row in shared_rows(order, keys):
        report.findings += shared_row.findings()
    for desk_row in desk_rows(order, keys):
        report.findings += desk_row.findings
    report.manual_steps = _manual_steps(order)
    return report


def _scope(order: RedactionOrder) -> list[str] | None:
    """The keys of the pages concerned, None for all: those of the order, and those that share a row with the words.

    A backer's name cannot go from one page and stay on another.
    """
    if order.pages is None:
        return None
    keys = set(order.pages)
    if PlaceKind.SHARED not in order.kinds:
        return sorted(keys)
    known: set[str] = set()
    while True:
        shared_keys = {row.key for row in shared_rows(order, sorted(keys))} - known
        if not shared_keys:
            return sorted(keys)
        known |= shared_keys
        blocks = m.Block.objects.filter(key__in=shared_keys).values_list("controversy_id", flat=True)
        topics = m.Controversy.objects.filter(topic__pk__in=shared_keys).values_list("pk", flat=True)
        keys |= {str(key) for key in (*blocks.distinct(), *topics)}


def _pages(keys: list[str] | None) -> list[tuple[str, str]]:
    pages = m.Controversy.objects.order_by("pk")
    if keys is not None:
        pages = pages.filter(pk__in=keys)
    return [(str(key), slug) for key, slug in pages.values_list("pk", "slug")]


def _manual_steps(order: RedactionOrder) -> list[str]:
    """Name the places that hold the words and that people have to change."""
    user = get_user_model()
    columns = [
        each.name
        for each in user._meta.concrete_fields
        if each.get_internal_type() in ("CharField", "EmailField") and each.name != "password"
    ]
    steps = []
    for row in user._default_manager.order_by("pk").values("pk", *columns):
        joined = " ".join(str(row[name]) for name in ("first_name", "last_name") if name in row)
        if order.words.are_in(joined) or any(order.words.are_in_address(str(row[name])) for name in columns):
            steps.append(_("Account number %s has the words in its name. Rename or delete it.") % row["pk"])
    columns_of_record = m.Redaction.objects.values_list("by_name", "second_name", "reason")
    if any(order.words.are_in(text) for row in columns_of_record.distinct() for text in row):
        steps.append(
            _(
                "The record of removals has the words in a name or reason. It stays; only checkhistory shows it."
            )
        )
    return steps


def apply(order: RedactionOrder, *, author: Account | None = None) -> RemovalReport:
    """Erase the words from every place that holds them, in one transaction, and report the places.

    `author` is the account of who removes them. Without any such place the report is empty and nothing changes.
    Raises RedactionRefused, and InvalidDocument if today's page would not be valid without them.
    """
    check(order)

    pending.record_all(seconds=float("inf"))  # what is put off is words on their way into the record

    def attempt() -> RemovalReport:
        report = _apply(order, author)
        if report:
            transaction.on_commit(clear_caches)
            transaction.on_commit(partial(_log_removal, order, report, author))
        return report

    return retry.in_transaction(attempt)


def _log_removal(order: RedactionOrder, report: RemovalReport, author: Account | None) -> None:
    log_event(
        "words_removed",
        by=author.pk if author is not None else None,
        ground=order.ground,
        office=order.office,
        places=len(report.findings),
    )


def _apply(order: RedactionOrder, author: Account | None) -> RemovalReport:
    report = find(order)
    if not report:
        return report
    keys = _scope(order)
    # Today's pages first: shared rows, then the pages, in the order in which record() locks them.
    with history.act(author=author, author_name=order.by_name, summary=_("Words removed.")):
        for shared_row in list(shared_rows(order, keys)):
            shared_row.write()
        if PlaceKind.PAGE in order.kinds:
            _lock(keys)
            _sync_pages(order, keys)
    for key, slug in _pages(keys):
        PageRecord(key, slug, order).redact()
    for desk_row in list(desk_rows(order, keys)):
        desk_row.write()
    _close_requests(order)
    remaining = find(order)
    if remaining:
        raise RedactionRefused(
            _("Nothing was removed, because %s places would still hold the words.") % len(remaining.findings)
        )
    return report


def _close_requests(order: RedactionOrder) -> None:
    """Close requests that wait for the removal of these words, and delete the words there, too."""
    for request in m.RedactionRequest.objects.filter(state=RedactionState.WAITING).select_for_update():
        if order.words.are_in(request.words):
            request.state, request.words = RedactionState.DONE.value, ""
            request.second_name, request.decided_at = order.second_name or order.by_name, timezone.now()
            request.save(update_fields=["state", "words", "second_name", "decided_at"])


def _lock(keys: list[str] | None) -> None:
    """Keep others from recording these pages until COMMIT."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM controversies_controversy WHERE %s::uuid[] IS NULL OR id = ANY(%s::uuid[])"
            " ORDER BY id FOR NO KEY UPDATE",
            [keys, keys],
        )


def _sync_pages(order: RedactionOrder, keys: list[str] | None) -> None:
    """Update the rows of current pages to their documents without the words."""
    for key, _slug in _pages(keys):
        head = rows.from_rows([key])[key]
        clean = redact.redact_document(order.words, head)
        if clean != head:
            rows.sync_rows([clean])


def clear_caches() -> None:
    """Empty the shared cache and that of this process; other processes do so at their next request."""
    cache.clear()
    words_removed.send(m.Redaction)
