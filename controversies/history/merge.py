"""Merging backers, sources or topics that are one thing recorded twice, undoing that, and deleting what nothing shows.

A merge is one transaction: the pages that show what goes show what stays from then on, each by a new revision; what
goes is deleted, and its key and address lead to what stays (`former`). Locks are taken in the order of everybody who
records a page: the shared rows, then the pages.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import Exists, Model, OuterRef, ProtectedError, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies import models as m
from controversies.document import canonical, parse, rows
from controversies.document.types import BY_NAME, TOPIC, BlockType, Document, SharedBlock
from controversies.document.unite import unite
from controversies.kit import retry
from controversies.kit.accounts import Account
from controversies.models import ChangeClass, ProposalState

from . import locks, pending, read
from .record import act, public_name
from .refusals import explain_refusal

MAX_READ = 100  # rows that refer to a shared one and are read to count the pages that show it
_BATCH = 200  # pages whose documents are in memory at once
# The rows that refer to a shared one, by the name of its type, which is that of their foreign key, too.
_REFERRING: dict[str, type[Model]] = {"topic": m.Controversy, "backer": m.Backing, "source": m.Citation}


class MergeRefused(Exception):
    """A merge, its undoing or a deletion that cannot be done; the message says why. Nothing was written."""


@dataclass(frozen=True, slots=True)
class RowMerge:
    """A merge that was made: its row, and the keys of the pages of which it recorded a revision."""

    merger: m.Merger
    pages: tuple[str, ...]


def pages_showing(block_type: BlockType, keys: Iterable[str]) -> list[str]:
    """Return the keys of the controversies that show one of these backers, sources or topics, in order; one query."""
    return sorted(set(map(str, places_of(block_type, list(keys)).values_list("page", flat=True))))


def places_of(block_type: BlockType, rows: object) -> QuerySet[Any]:
    """Return the rows that refer to these backers, sources or topics (keys or a query), each with its `page`."""
    model = _REFERRING[block_type.name]
    return (
        model._default_manager.filter(**{f"{block_type.name}__in": rows})
        .order_by()
        .annotate(page=m.page_of(model))
    )


@dataclass(frozen=True, slots=True)
class PageSample:
    """Controversies that show a backer, source or topic: all of them, or the first that were read of very many.

    `public` is the number of public ones, which is kept and so exact.
    """

    keys: frozenset[str] = frozenset()
    is_whole: bool = True
    public: int = 0

    @property
    def count(self) -> int:
        """The number of pages or, of very many, of those that are public."""
        return len(self.keys) if self.is_whole else max(self.public, len(self.keys))


def sample_pages(block_type: BlockType, keys: Iterable[str], *, most: int = 0) -> dict[str, PageSample]:
    """Return the controversies that show each of these backers, sources or topics, by key.

    Where `most` rows refer to one, or `MAX_READ`, more of them are not read. Three queries.
    """
    wanted, most = list(keys), most or MAX_READ
    model = _REFERRING[block_type.name]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT place.id FROM unnest(%s::uuid[]) AS shared (key) CROSS JOIN LATERAL (
                SELECT p.id FROM {model._meta.db_table} p WHERE p.{block_type.name}_id = shared.key LIMIT %s
            ) place
            """,  # noqa: S608 - made of the names of tables and columns
            [wanted, most],
        )
        read_places = [key for (key,) in cursor.fetchall()]
    places: dict[str, list[str]] = {key: [] for key in wanted}
    rows_read = model._default_manager.filter(pk__in=read_places).order_by().annotate(page=m.page_of(model))
    for key, page in rows_read.values_list(f"{block_type.name}_id", "page"):
        places[str(key)].append(str(page))
    kept = m.PublicUse.objects.filter(type=block_type.name, key__in=wanted).values_list("key", "pages")
    public = {str(key): pages for key, pages in kept}
    return {
        key: PageSample(frozenset(pages), len(pages) < most, public.get(key, 0))
        for key, pages in places.items()
    }


def merge(
    block_type: BlockType,
    kept: str,
    others: Collection[str],
    block: SharedBlock,
    *,
    author: Account,
    summary: str,
    expected: dict[str, SharedBlock] | None = None,
) -> RowMerge:
    """Merge the rows with the keys `others` into the one with the key `kept`, which becomes `block`.

    `expected` are the blocks that the editor has seen, by key. Raises MergeRefused if one of them is not on record any
    more or has changed, and InvalidDocument for values that cannot be recorded.
    """
    if kept in others or not others:
        raise ValueError("A merge needs one row that stays and others that go.")
    pending.record_all(seconds=float("inf"))  # not within the transaction of the merge
    try:
        return retry.in_transaction(
            lambda: _merge(
                block_type,
                kept,
                sorted(others),
                block,
                author=author,
                summary=summary,
                expected=expected or {},
            )
        )
    except IntegrityError as error:
        raise explain_refusal(error) from error


def _merge(
    block_type: BlockType,
    kept: str,
    others: list[str],
    block: SharedBlock,
    *,
    author: Account,
    summary: str,
    expected: dict[str, SharedBlock],
) -> RowMerge:
    before = _lock_rows(block_type, [kept, *others])
    if len(before) <= len(others):
        raise MergeRefused(
            _("Somebody else has merged or deleted one of these meanwhile. Nothing was changed.")
        )
    if any(before[key] != was for key, was in expected.items()):
        raise MergeRefused(_("Somebody else has changed one of these meanwhile. Look at the values again."))
    faults = parse.part(block_type.part, canonical.to_json(block), "")[1]
    if faults:
        raise parse.InvalidDocument(faults)
    locks.lock_pages(pages_showing(block_type, [kept, *others]))
    with act(author=author, summary=summary) as recorded:
        keys = dict.fromkeys(others, kept)
        for pages in batched(pages_showing(block_type, others), _BATCH):
            documents = rows.from_rows(pages).values()
            rows.apply_all((document, unite(document, keys, {kept: before[kept]})) for document in documents)
        _follow_citations([kept, *others])
        block_type.model._default_manager.filter(pk__in=others).delete()
        m.Guess.objects.filter(key__in=others).delete()
        if block != before[kept]:
            block_type.model._default_manager.filter(pk=kept).update(**rows.row_of(block))
    merger = m.Merger.objects.create(
        type=block_type.name,
        kept=kept,
        time=timezone.now(),
        author=author,
        author_name=public_name(author),
        before={key: canonical.to_json(each) for key, each in before.items()},
        after=canonical.to_json(block),
        pages=_newest_numbers(recorded),
    )
    m.FormerAddress.objects.bulk_create(
        m.FormerAddress(key=key, type=block_type.name, slug=before[key].slug, merger=merger) for key in others
    )
    return RowMerge(merger, tuple(recorded))


def _lock_rows(block_type: BlockType, keys: Iterable[str]) -> dict[str, SharedBlock]:
    """Lock these rows until COMMIT, so that no page newly refers to one, and return their blocks by key."""
    wanted = list(keys)
    list(
        block_type.model._default_manager.filter(pk__in=wanted)
        .order_by("pk")
        .select_for_update()
        .values("pk")
    )
    return rows.shared_blocks(block_type.part, wanted)


def _newest_numbers(pages: Iterable[str]) -> dict[str, int]:
    """The number of the newest revision of each of these pages, by key; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id::text, (SELECT max(r.number) FROM controversies_revision r WHERE r.controversy_id = c.id)"
            " FROM unnest(%s::uuid[]) c (id)",
            [list(pages)],
        )
        return dict(cursor.fetchall())


def _follow_citations(keys: Iterable[str]) -> None:
    """Give open questions about citations of these sources the source that each citation has now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE controversies_citationtask t SET source_id = c.source_id FROM controversies_citation c"
            " WHERE t.source_id = ANY(%s::uuid[]) AND c.id = t.citation_id AND c.source_id <> t.source_id",
            [list(keys)],
        )


# -- undoing --


def undo_merge(merger_id: int, *, author: Account, summary: str) -> tuple[str, ...]:
    """Undo a merge while nothing that it changed has changed since; return the keys of the pages recorded.

    Rows and pages are as they were before, the pages by a new revision each, and the former addresses are again those
    of rows. Raises MergeRefused with the reason.
    """
    pending.record_all(seconds=float("inf"))
    try:
        return retry.in_transaction(lambda: _undo(merger_id, author=author, summary=summary))
    except IntegrityError as error:
        fault = explain_refusal(error)
        if isinstance(fault, IntegrityError):
            raise
        raise MergeRefused(_("This merge cannot be undone: %s") % fault) from error


def _undo(merger_id: int, *, author: Account, summary: str) -> tuple[str, ...]:
    merger = m.Merger.objects.select_for_update().filter(pk=merger_id).first()
    if merger is None:
        raise MergeRefused(_("This merge has been undone already."))
    block_type, kept = BY_NAME[merger.type], str(merger.kept)
    before = {key: _recorded_block(block_type, data) for key, data in merger.before.items()}
    current = _lock_rows(block_type, [kept]).get(kept)
    locks.lock_pages(sorted(merger.pages))
    if refusal := _refusal(merger, block_type, current):
        raise MergeRefused(refusal)
    with act(author=author, summary=summary, kind=ChangeClass.RESTORE) as recorded:
        if current != before[kept]:
            block_type.model._default_manager.filter(pk=kept).update(**rows.row_of(before[kept]))
        block_type.model._default_manager.bulk_create(
            block_type.model(id=key, **rows.row_of(block)) for key, block in before.items() if key != kept
        )
        for pages in batched(sorted(merger.pages), _BATCH):
            rows.apply_all(_pairs_before(merger, pages))
        _follow_citations([kept])
    merger.delete()
    return tuple(recorded)


def _recorded_block(block_type: BlockType, data: object) -> SharedBlock:
    block, faults = parse.part(block_type.part, data, "")
    if faults:
        raise MergeRefused(_("This merge cannot be undone: words were removed from what was merged."))
    return block


def _pairs_before(merger: m.Merger, pages: Sequence[str]) -> list[tuple[Document, Document]]:
    """Each of these pages as it is, and as it was before the merge. Raises MergeRefused if that cannot be read."""
    now = rows.from_rows(pages)
    earlier = read.several((page, merger.pages[page] - 1) for page in pages)
    was = {reading.document.key: reading.document for reading in earlier}
    if was.keys() != now.keys():
        raise MergeRefused(_("This merge cannot be undone: an earlier revision of a page cannot be read."))
    return [(now[page], was[page]) for page in pages]


def undo_refusal(merger: m.Merger) -> str:
    """Return the reason why a merge cannot be undone any more, "" if it can; three queries at most."""
    block_type, kept = BY_NAME[merger.type], str(merger.kept)
    return _refusal(merger, block_type, rows.shared_blocks(block_type.part, [kept]).get(kept))


def _refusal(merger: m.Merger, block_type: BlockType, current: SharedBlock | None) -> str:
    if current is None:
        if m.FormerAddress.objects.filter(key=merger.kept).exists():
            return _("What it was merged into was itself merged since. Undo that merge first.")
        return _("What it was merged into was deleted since.")
    if canonical.to_json(current) != merger.after:
        return _("“%s” has been changed since.") % current.display_name
    numbers = _newest_numbers(merger.pages)
    changed = sum(numbers[page] != number for page, number in merger.pages.items())
    if changed:
        return ngettext(
            "%(count)s page that the merge changed has been changed since.",
            "%(count)s pages that the merge changed have been changed since.",
            changed,
        ) % {"count": changed}
    return ""


# -- deleting what nothing shows --


def shown_keys(block_type: BlockType, keys: Iterable[str]) -> set[str]:
    """Return those of these keys that a page or an open proposal shows; two queries."""
    wanted = list(keys)
    places = _REFERRING[block_type.name]._default_manager.filter(**{block_type.name: OuterRef("pk")})
    used = block_type.model._default_manager.filter(Exists(places), pk__in=wanted).order_by()
    shown = set(map(str, used.values_list("pk", flat=True)))
    path = "$.topic.key" if block_type is TOPIC else f"$.{block_type.attribute}[*].key"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT key #>> '{}' FROM controversies_proposal p"
            " CROSS JOIN LATERAL jsonb_path_query(p.document, %s::jsonpath) key"
            " WHERE p.state = %s AND jsonb_path_query_array(p.document, '$.*[*].key') ?| %s"
            " AND key #>> '{}' = ANY(%s)",
            [path, ProposalState.OPEN.value, wanted, wanted],
        )
        return shown | {key for (key,) in cursor.fetchall()}


def delete_unused(block_type: BlockType, keys: Iterable[str]) -> list[SharedBlock]:
    """Delete those of these backers, sources or topics that no page and no open proposal shows; return their blocks.

    Old revisions may mention them: whoever restores one makes the row again from the revision's own data. Former
    addresses that led to one of them lead nowhere from then on.
    """

    def attempt() -> list[SharedBlock]:
        blocks = _lock_rows(block_type, keys)
        shown = shown_keys(block_type, blocks)
        unused = [key for key in blocks if key not in shown]
        try:
            block_type.model._default_manager.filter(pk__in=unused).delete()
        except ProtectedError as error:  # shown by a transaction that ended meanwhile
            raise MergeRefused(
                _("A page began to show one of these meanwhile. Nothing was deleted.")
            ) from error
        m.Merger.objects.filter(kept__in=unused).delete()
        m.Guess.objects.filter(key__in=unused).delete()
        return [blocks[key] for key in unused]

    return retry.in_transaction(attempt)
