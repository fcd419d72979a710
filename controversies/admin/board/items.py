"""The items of the sources board with all that a decision needs: as many queries for one item as for twenty."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin.board.groups import TaskGroup
from controversies.admin.board.places import citation_url, name_citations
from controversies.admin.verdicts import (
    QuoteChip,
    SourceChip,
    chip_of_check,
    day,
    link_target,
    notice_chip,
    quote_chip,
    title_runs,
)
from controversies.checks.observations import SourceObservation, observe_sources, quote_checks
from controversies.checks.tasks import text_digest
from controversies.document.words import Op, WordRun
from controversies.models import (
    CitationTask,
    HeldBy,
    Publication,
    QuoteVerdict,
    Source,
    SourceCopy,
    SourceVerdict,
    TaskCause,
    TaskState,
    TitleMatch,
)

MAX_PLACES = 12  # of one item that are listed
MAX_PAGES = 60  # of controversies that are read to name places


@dataclass(slots=True)
class CitationPlace:
    """A citation that depends on a source: its page, its place in words, and its quotation.

    `where` is "" if the page no longer has it.
    """

    task: CitationTask
    title: str
    publication: str
    where: str = ""
    quote: str = ""

    @property
    def edit_url(self) -> str:
        """The address of the edit form, opened at this citation."""
        return citation_url(str(self.task.controversy_id), str(self.task.citation_id))

    @property
    def mark(self) -> str:
        """The label of a page that readers do not see, "" for a public one."""
        if not self.publication or self.publication == Publication.PUBLISHED:
            return ""
        return str(Publication(self.publication).label)


@dataclass(slots=True)
class BoardItem:
    """A question for an editor, with what machines saw and the places that depend on it.

    `chip` and `quote` are of the quotation that it is about, if it is about one; `more` places are not listed.
    `snapshot` is the address of a public copy; `taken_by` another source at the address that this one has moved to.
    """

    group: TaskGroup
    source: Source
    observation: SourceObservation
    places: list[CitationPlace] = field(default_factory=list)
    more: int = 0
    quote: str = ""
    chip: QuoteChip | None = None
    snapshot: str = ""
    taken_by: Source | None = None

    @property
    def cause(self) -> str:
        return self.group.cause

    @property
    def cause_label(self) -> str:
        return str(TaskCause(self.group.cause).label)

    @property
    def anchor(self) -> str:
        return f"item-{self.group.first}"

    @property
    def task(self) -> CitationTask:
        """The first of its tasks: all were closed alike."""
        return self.places[0].task

    @property
    def is_open(self) -> bool:
        return self.task.state == TaskState.OPEN

    @property
    def outcome(self) -> str:
        """The day and the way in which it was closed, and by whom; "" while it is open."""
        task = self.task
        values = {
            "day": day(task.closed_at),
            "who": history.public_name(task.closed_by) if task.closed_by else "",
            "number": task.revision or "",
        }
        if self.is_open:
            return ""
        if task.state == TaskState.LAPSED:
            return _("Closed on %(day)s: a later check found nothing wrong.") % values
        if task.state == TaskState.DISMISSED:
            return (
                _("Dismissed on %(day)s by %(who)s:") if values["who"] else _("Dismissed on %(day)s:")
            ) % values
        if not values["number"]:
            return _("Closed on %(day)s: the citation has changed.") % values
        if not values["who"]:
            return _("Closed on %(day)s by revision %(number)s of the page.") % values
        return _("Closed on %(day)s by %(who)s, with revision %(number)s of the page.") % values

    @property
    def headline(self) -> str:
        """The question in words: “The quotation has not been found since 12 November”."""
        since = day(self._since)
        phrases = {
            TaskCause.RETRACTED.value: _("There is a notice on this work, seen on %s"),
            TaskCause.DEAD.value: _("The source has been gone since %s"),
            TaskCause.ALTERED.value: _("The source no longer says what it said, since %s"),
            TaskCause.QUOTE.value: _("The quotation has not been found since %s"),
            TaskCause.TITLE.value: _("Its page has the title of another work, since %s"),
            TaskCause.MOVED.value: _("The source has moved, since %s"),
        }
        if self.cause == TaskCause.QUOTE and self.is_punctuation:
            return _("Punctuation of the quotation differs from the source, since %s") % since
        return phrases[self.cause] % since

    @property
    def _since(self) -> datetime.datetime:
        state = self.observation.state
        is_of_state = self.cause in (TaskCause.DEAD, TaskCause.MOVED) and self.is_open
        return state.since if is_of_state and state is not None and state.since else self.group.since

    @property
    def is_punctuation(self) -> bool:
        return self.chip is not None and self.chip.kind == QuoteVerdict.PUNCTUATION

    @property
    def is_about_title(self) -> bool:
        """Whether the title seen is what it is about."""
        check = self.observation.check
        if check is None or self.quote:
            return False
        is_other = check.title_match == TitleMatch.OTHER
        return self.cause == TaskCause.TITLE or (self.cause == TaskCause.ALTERED and is_other)

    @property
    def title_runs(self) -> tuple[WordRun, ...]:
        """The runs that lead from the title on record to the title seen; none if they have no word in common."""
        check = self.observation.check
        runs = title_runs(self.source.title, check.title) if check is not None else ()
        return runs if any(run.op is Op.KEPT and run.text.strip() for run in runs) else ()

    @property
    def notices(self) -> list[SourceChip]:
        return [notice_chip(notice) for notice in self.observation.notices]

    @property
    def held_text(self) -> str:
        """The copy in which the words of a source that is gone can still be read."""
        state = self.observation.state
        if state is not None and state.held_by == HeldBy.COPY and state.held_since:
            return _("Its text is held in a copy of %s.") % day(state.held_since)
        return "" if self.source.archive_url else _("No copy of it is on record.")

    @property
    def moved_to(self) -> str:
        state = self.observation.state
        is_moved = state is not None and state.verdict == SourceVerdict.MOVED
        return link_target(state.moved_to) if state is not None and is_moved else ""

    @property
    def may_use_copy(self) -> bool:
        return bool(self.snapshot) and self.snapshot != self.source.archive_url

    @property
    def is_under_way(self) -> bool:
        return self.observation.is_under_way

    @property
    def source_url(self) -> str:
        return reverse("admin:controversies_source_change", args=[self.source.pk])


def read_items(groups: Iterable[TaskGroup]) -> list[BoardItem]:
    """Return these items with all that is shown of them; nine queries at most, however many there are."""
    groups = list(groups)
    if not groups:
        return []
    sources = Source.objects.in_bulk({group.source for group in groups})
    seen = observe_sources(sources.values())
    items = [BoardItem(group, sources[group.source], seen[str(group.source)]) for group in groups]
    _add_places(items)
    _add_quotes(items)
    _add_copies(items)
    _add_other_sources(items)
    return [item for item in items if item.places]


def _add_places(items: list[BoardItem]) -> None:
    """Name the place of each citation by the newest revision of its page."""
    ids = [number for item in items for number in item.group.tasks[:MAX_PLACES]]
    tasks = {task.pk: task for task in CitationTask.objects.select_related("closed_by").filter(pk__in=ids)}
    pages = list(dict.fromkeys(str(tasks[number].controversy_id) for number in ids if number in tasks))
    documents = {key: head.document for key, head in history.heads(pages[:MAX_PAGES]).items()}
    names = {key: name_citations(document) for key, document in documents.items()}
    for item in items:
        item.more = len(item.group.tasks[MAX_PLACES:])
        for number in item.group.tasks[:MAX_PLACES]:
            task = tasks.get(number)
            if task is None:
                continue
            key = str(task.controversy_id)
            head = documents[key].head if key in documents else None
            place = CitationPlace(task, head.title if head else "", head.publication if head else "")
            if citation := names.get(key, {}).get(str(task.citation_id)):
                place.where, place.quote = citation.where, citation.quote
            item.places.append(place)


def _add_quotes(items: list[BoardItem]) -> None:
    """Add the verdict on the quotation that an item is about."""
    for item in items:
        quotes = [place.quote for place in item.places if place.quote]
        if item.cause == TaskCause.QUOTE and quotes:
            item.quote = quotes[0]
        elif item.cause == TaskCause.ALTERED:
            item.quote = next((quote for quote in quotes if text_digest(quote) == item.group.subject), "")
    checks = quote_checks((str(item.source.pk), text_digest(item.quote)) for item in items if item.quote)
    for item in items:
        check = checks.get((str(item.source.pk), text_digest(item.quote))) if item.quote else None
        if check is not None:
            state = item.observation.state
            item.chip = chip_of_check(item.quote, check, state.verdict if state else "")
        elif item.quote:
            item.chip = quote_chip(item.quote, QuoteVerdict.ABSENT.value)


def _add_copies(items: list[BoardItem]) -> None:
    """Add the newest public copy of each source."""
    copies = (
        SourceCopy.objects.filter(source__in={item.source.pk for item in items}, deleted_at=None)
        .exclude(snapshot_url="")
        .order_by("source_id", "-time")
        .distinct("source_id")
        .values_list("source_id", "snapshot_url")
    )
    addresses = dict(copies)
    for item in items:
        item.snapshot = link_target(addresses.get(item.source.pk, ""))


def _add_other_sources(items: list[BoardItem]) -> None:
    """Add the source that is on record at the new address of one that has moved."""
    wanted = {item.moved_to for item in items if item.moved_to}
    others = {row.url: row for row in Source.objects.filter(url__in=wanted)} if wanted else {}
    for item in items:
        item.taken_by = others.get(item.moved_to)
