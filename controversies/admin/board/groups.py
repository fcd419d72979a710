"""The open questions of the sources board, read from the tasks: grouped, filtered, counted, a page at a time.

What is about a whole source (it is gone, has moved, shows another title) is one item with every citation that depends
on it; what is about one citation (its quotation, a notice on the work it rests on) is an item of its own.
"""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    UUIDField,
    Value,
    When,
)

from controversies.kit.accounts import Visitor
from controversies.kit.keyset import Keyset, KeysetPage, make_page
from controversies.models import CitationTask, Controversy, Revision, TaskCause, TaskState

SIZE = 20  # items of a page
CAUSES = (  # in the order of the board
    TaskCause.RETRACTED,
    TaskCause.DEAD,
    TaskCause.ALTERED,
    TaskCause.QUOTE,
    TaskCause.TITLE,
    TaskCause.MOVED,
)
OF_ONE_CITATION = (TaskCause.QUOTE, TaskCause.RETRACTED)  # the others concern a source wherever it is cited
MAX_CURSOR = 60  # characters
_OPEN_ORDER = Keyset(("rank", "since", "first"))
_CLOSED_ORDER = Keyset(("until", "first"), descending=True)
_TIME = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True, slots=True)
class BoardFilters:
    """The parameters of the board's address: a cause, a page, a source, whether only one's own pages, and a state."""

    cause: str = ""
    page: str = ""
    mine: str = ""
    state: str = TaskState.OPEN.value
    source: str = ""
    before: str = ""
    after: str = ""
    problems: tuple[str, ...] = ()

    @property
    def active(self) -> dict[str, str]:
        """The filters that are set."""
        values = {name: getattr(self, name) for name in ("cause", "page", "mine", "source")}
        values["state"] = "" if self.is_open else self.state
        return {name: value for name, value in values.items() if value}

    @property
    def query(self) -> str:
        """The filters as a query, to which links to other pages of the board add their cursor."""
        return urlencode(self.active)

    @property
    def is_open(self) -> bool:
        return self.state == TaskState.OPEN


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """The tasks of one item; the key of its place on the board.

    `about` is the citation of a cause that concerns one, else the source; `until` is when it was closed.
    """

    rank: int
    cause: str
    source: uuid.UUID
    subject: str
    about: uuid.UUID
    since: datetime.datetime
    until: datetime.datetime | None
    first: int
    tasks: tuple[int, ...]

    @property
    def cursor(self) -> str:
        """The key of the item on the board, for links to the next and previous page."""
        time = self.until or self.since
        return f"{self.rank}_{time.astimezone(datetime.UTC):{_TIME}}_{self.first}"


def visible_tasks(user: Visitor) -> QuerySet[CitationTask]:
    """Return the tasks of the pages that this user may see."""
    pages = Controversy.objects.visible_to(user).filter(pk=OuterRef("controversy_id"))
    return CitationTask.objects.filter(Exists(pages))


def open_tasks(user: Visitor) -> QuerySet[CitationTask]:
    """Return the open tasks of the pages that this user may see."""
    return visible_tasks(user).filter(state=TaskState.OPEN)


def filtered_tasks(user: Visitor, filters: BoardFilters) -> QuerySet[CitationTask]:
    """Return the tasks that pass these filters."""
    tasks = visible_tasks(user).filter(state=filters.state)
    if filters.cause:
        tasks = tasks.filter(cause=filters.cause)
    if filters.page:
        tasks = tasks.filter(controversy_id=uuid.UUID(filters.page))
    if filters.source:
        tasks = tasks.filter(source=uuid.UUID(filters.source))
    if filters.mine:
        own = Revision.objects.filter(controversy=OuterRef("controversy_id"), author=user.pk)
        tasks = tasks.filter(Exists(own))
    return tasks


def count_open(user: Visitor) -> dict[str, int]:
    """Return the number of open questions by cause, in the board's order; one query.

    Of causes that concern one citation each, the number of citations; of the others, of sources.
    """
    rows = (
        open_tasks(user)
        .order_by()
        .values("cause")
        .annotate(sources=Count("source", distinct=True), citations=Count("pk"))
    )
    counts = {
        row["cause"]: row["citations" if row["cause"] in OF_ONE_CITATION else "sources"] for row in rows
    }
    return {cause.value: counts[cause] for cause in CAUSES if cause in counts}


def read_groups(user: Visitor, filters: BoardFilters, *, size: int = SIZE) -> KeysetPage[TaskGroup]:
    """Return one page of items, in one query. Raises ValueError for a malformed cursor."""
    rank = Case(
        *(When(cause=cause, then=Value(number)) for number, cause in enumerate(CAUSES)),
        default=Value(len(CAUSES)),
        output_field=IntegerField(),
    )
    about = Case(
        When(cause__in=OF_ONE_CITATION, then=F("citation_id")),
        default=F("source_id"),
        output_field=UUIDField(),
    )
    rows = (
        filtered_tasks(user, filters)
        .annotate(rank=rank, about=about)
        .values("rank", "cause", "source_id", "subject", "about")
        .annotate(
            since=Min("opened_at"),
            until=Max("closed_at"),
            first=Min("pk"),
            tasks=ArrayAgg("pk", order_by="pk"),
        )
    )
    after, before = (_parse_cursor(text, filters) for text in (filters.after, filters.before))
    keyset = _OPEN_ORDER if filters.is_open else _CLOSED_ORDER
    groups = [
        TaskGroup(
            row["rank"],
            row["cause"],
            row["source_id"],
            row["subject"],
            row["about"],
            row["since"],
            row["until"],
            row["first"],
            tuple(row["tasks"]),
        )
        for row in keyset.select(rows, size, after=after, before=before)
    ]
    return make_page(groups, size, backwards=before is not None and after is None, is_first=after is None)


def _parse_cursor(text: str, filters: BoardFilters) -> tuple[Any, ...] | None:
    if not text:
        return None
    rank, time, first = text.split("_")
    moment = datetime.datetime.strptime(time, _TIME).replace(tzinfo=datetime.UTC)
    key = (int(rank), moment, int(first))
    return key if filters.is_open else key[1:]


def is_cursor(text: str) -> bool:
    """Tell whether this is the cursor of a place on the board."""
    try:
        return len(text) <= MAX_CURSOR and _parse_cursor(text, BoardFilters()) is not None
    except ValueError:
        return False


def tasks_of_item(cause: str, source: uuid.UUID, about: uuid.UUID, subject: str) -> QuerySet[CitationTask]:
    """Return the tasks of one item, by what identifies it."""
    condition = Q(cause=cause, source=source, subject=subject)
    if cause in OF_ONE_CITATION:
        condition &= Q(citation_id=about)
    return CitationTask.objects.filter(condition)
