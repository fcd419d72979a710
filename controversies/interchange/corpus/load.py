"""Reads a corpus into an empty database: everything checked, all of it or nothing, with bounded memory.

Blocks are written as they are read. Revisions are gathered in a table of the transaction's own, and written in one
statement at the end, in the order of time: so they arrive (`models.Arrival`) in the order in which they were public.
The database's guards hold as for anybody: a page's rows come with its newest revision.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import IO, Any

from django.conf import settings
from django.db import DataError, IntegrityError, connection, reset_queries, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from controversies import history
from controversies import models as m
from controversies.document import canonical, parse, rows, text, types
from controversies.document.types import Backer, Document, Source, Topic
from controversies.history import periods, revisions_recorded
from controversies.history.refusals import explain_refusal

from .format import FORMAT, LOG, REDACTIONS, VERSION, Tally, moment
from .line_reader import CorpusLine, InvalidCorpus, lines
from .log_loader import LogLoader, look_up_entries
from .page_loader import PageLoader

_BATCH = 1000  # rows written at once
_PAGES = 20  # pages whose rows are written at once

_REVISION = (
    *("controversy_id", "number", "time", "author_name", "reviewer_name", "summary", "document", "digest"),
    *("classes", "changes", "added", "removed", "withheld"),
)
_GATHER = f"""
    CREATE TEMPORARY TABLE loaded_revision ON COMMIT DROP AS
    SELECT {", ".join(_REVISION)} FROM controversies_revision WITH NO DATA
"""  # noqa: S608 - made of constants
_BLOCK = ("controversy_id", "key", "since", "digest", "body", "basis", "outline", "renumbered")
# A page's revisions stay in their order though an import's times may go back.
_RECORD = f"""
    INSERT INTO controversies_revision ({", ".join(_REVISION)}) SELECT {", ".join(_REVISION)} FROM (
        SELECT *, max(time) OVER (PARTITION BY controversy_id ORDER BY number) AS latest FROM loaded_revision
    ) r ORDER BY latest, controversy_id, number
"""  # noqa: S608 - made of constants

_SHARED: dict[str, tuple[Any, Any]] = {
    "topic": (types.Topic, m.Topic),
    "backer": (types.Backer, m.Backer),
    "source": (types.Source, m.Source),
}


class NotEmpty(Exception):
    """The database has pages, or what pages share: a corpus is loaded into an empty one only."""


def load(raw: IO[bytes], progress: Callable[[int, int], None] = lambda done, whole: None) -> dict[str, int]:
    """Load the corpus that this file holds, compressed or not; how many of each sort there were.

    Others may read meanwhile; who writes, waits. `progress` is told how many revisions of how many are read. Raises
    NotEmpty, and Faulty with the line where something is wrong; nothing is written then.
    """
    try:
        with transaction.atomic():
            _claim()
            counts = CorpusLoader(progress).load(lines(raw))
            revisions_recorded.send(m.Revision)
    except IntegrityError as error:  # what COMMIT refused
        raise explain_refusal(error) from error
    return counts


def _claim() -> None:
    """Keep others from writing, and make sure that there is nothing yet. Raises NotEmpty."""
    with connection.cursor() as cursor:
        cursor.execute(
            "LOCK TABLE controversies_topic, controversies_backer, controversies_source, controversies_controversy"
            " IN SHARE ROW EXCLUSIVE MODE"
        )
        if any(model.objects.exists() for model in (m.Topic, m.Backer, m.Source, m.Controversy)):
            raise NotEmpty
        cursor.execute(_GATHER)


def _split_description(line: CorpusLine, values: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A topic's values without its description, and that: corpora of before it was recorded have it as it was typed."""
    description = values.get("description", "")
    if not isinstance(description, str) or "\0" in description or not text.is_storable(description):
        line.fault(_("“description” must be text without NUL."))
    if len(description) > types.PROSE:
        line.fault(_("“description” has more than %s characters.") % types.PROSE)
    return {name: value for name, value in values.items() if name != "description"}, description


class CorpusLoader:
    def __init__(self, progress: Callable[[int, int], None]) -> None:
        self.progress = progress
        self.tally = Tally()
        self.header: CorpusLine | None = None
        self.place = ("", "")  # the sort of the last line of what is shared, and its key
        self.shared: list[Sourced[Any]] = []  # rows to insert, of one model
        self.page: PageLoader | None = None
        self.done: list[Sourced[Document]] = []  # pages whose rows are to write
        self.described: dict[str, str] = {}  # topics' descriptions, by key
        self.held_back: set[str] = set()  # keys of topics whose description no page has recorded yet
        self.last = ""  # key of the last page
        self.newest = ""
        self.blocks: list[m.Block] = []
        self.revisions: list[m.Revision] = []
        self.redactions: list[m.Redaction] = []
        self.log: LogLoader | None = None

    def load(self, numbered_lines: Iterator[tuple[int, bytes]]) -> dict[str, int]:
        line = None
        for number, raw in numbered_lines:
            line = CorpusLine(number, raw)
            if number == 1:
                self._begin(line)
            elif "end" in line:
                self._end(line)
                for after, _raw in numbered_lines:
                    raise InvalidCorpus(after, _("Nothing comes after the footer."))
                return self.tally.of
            else:
                self._take(line)
        number = line.number + 1 if line else 1
        raise InvalidCorpus(number, _("The footer is missing: the file was cut off."))

    def _begin(self, line: CorpusLine) -> None:
        if line.data.get("format") != FORMAT:
            line.fault(_("This is not a corpus: its first line must contain “format”: “%s”.") % FORMAT)
        if line.data.get("version") != VERSION:
            line.fault(_("This program can only read version %s of the format.") % VERSION)
        line.only(
            {"format", "version", "site", "newest", "pages", "revisions", "rights"}, frozenset({"with"})
        )
        sections = line.data.get("with", [LOG])
        if sections not in ([REDACTIONS], [LOG], [REDACTIONS, LOG]):
            line.fault(_("“%s” is unknown here.") % "with")
        if LOG in line.data.get("with", []):
            self.log = LogLoader()
        if line.data["newest"] is not None:
            line.time("newest")
        for name in ("pages", "revisions"):
            line.count(name, 2**53)
        line.get("rights", str)
        line.get("site", dict)
        self.header = line
        self.tally.add(line.text)

    def _take(self, line: CorpusLine) -> None:
        if self.page is None or self.page.is_whole:
            if _SHARED.keys() & line.data.keys():
                self._share(line)
                return
            if {"checkpoint", "entry"} & line.data.keys():
                self._take_log(line)
                return
            self._begin_page(line)
            return
        self.page.take(line)
        sort = next(
            each
            for name, each in (
                ("redacted", "redacted"),
                ("block", "blocks"),
                ("erased", "erased"),
                ("hidden", "hidden"),
                ("", "revisions"),
            )
            if not name or name in line
        )
        self.tally.add(line.text, sort)
        if sort in ("hidden", "revisions") and self.header is not None:
            self.progress(self.tally.of["hidden"] + self.tally.of["revisions"], self.header.data["revisions"])
        self._gather(self.page)

    def _take_log(self, line: CorpusLine) -> None:
        if self.log is None or self.last:
            line.fault(_("The log comes before the pages, and the first line says that there is one."))
        self._write_shared()
        self.log.take(line)
        self.tally.add(line.text, "entries" if "entry" in line else "")

    # -- what pages share --

    def _share(self, line: CorpusLine) -> None:
        [sort] = line.data.keys() if len(line.data) == 1 else [""]
        if sort not in _SHARED:
            line.fault(_("A line for a topic, backer or source has one member."))
        if self.last or (self.log and self.log.has_begun):
            line.fault(_("Topics, backers and sources come before the log and the pages."))
        cls, model = _SHARED[sort]
        values = line.get(sort, dict)
        description = ""
        if cls is types.Topic:
            values, description = _split_description(line, values)
        part: Any
        part, faults = parse.part(cls, values, "")
        if faults:
            line.fault(str(faults[0]))
        if canonical.to_json(part) != values:
            line.fault(_("This is not in canonical form: texts tidied, defaults left out."))
        order = list(_SHARED)
        before, key = self.place
        if before and (order.index(sort), part.key) <= (order.index(before), key):
            line.fault(_("Topics come first, then backers, then sources, each sorted by key and there once."))
        if before != sort or len(self.shared) >= _BATCH:
            self._write_shared()
        self.place = (sort, part.key)
        if isinstance(part, types.Topic):
            part = replace(part, description=description)
            self.described[part.key] = description
        self.shared.append((line, model(id=part.key, **rows.row_of(part))))
        self.tally.add(line.text, f"{sort}s")

    def _write_shared(self) -> None:
        sourced_rows, self.shared = self.shared, []
        _each(sourced_rows, lambda some: type(some[0])._default_manager.bulk_create(some))

    # -- pages --

    def _begin_page(self, line: CorpusLine) -> None:
        if "page" not in line:
            line.fault(_("A page, or the footer, is expected here."))
        self._write_shared()
        self.page = PageLoader.begin(line, self.last)
        self.page.has_redactions = self.header is not None and REDACTIONS in self.header.data.get("with", [])
        self.last = self.page.key
        self.tally.add(line.text, "pages")

    def _gather(self, page: PageLoader) -> None:
        """Take over what is ready to be written: not the blocks of a revision that is not all read."""
        if page.pending is not None:
            return
        self.blocks += page.blocks
        self.revisions += page.revisions
        self.redactions += page.redactions
        page.blocks, page.revisions, page.redactions = [], [], []
        if page.is_whole and page.document is not None:
            self.newest = max(self.newest, moment(self.revisions[-1].time))
            self.done.append((page.line, page.document))
            if len(self.done) >= _PAGES:
                self._write_pages()
        if len(self.blocks) >= _BATCH or len(self.revisions) >= _BATCH:
            self._write_history()

    def _write_history(self) -> None:
        _copy("controversies_block", _BLOCK, self.blocks)
        _copy("loaded_revision", _REVISION, self.revisions)
        self.blocks, self.revisions = [], []
        reset_queries()  # which Django keeps with DEBUG

    def _write_pages(self) -> None:
        done, self.done = self.done, []
        self._hold_back([document.head.topic for _line, document in done])
        _check_shared(done)
        _each(done, rows.sync_rows)
        documents = rows.from_rows([document.key for _line, document in done])
        for line, document in done:
            if documents.get(document.key) != document:
                line.fault(_("The page's rows could not be made from its newest revision."))
        reset_queries()

    def _hold_back(self, topics: list[types.Topic]) -> None:
        """Keep back the description of topics that a corpus of before it was recorded has beside its pages."""
        held = {topic.key for topic in topics if not topic.description and self.described.get(topic.key)}
        if held := held - self.held_back:
            self.held_back |= held
            m.Topic.objects.filter(pk__in=held).update(description="")

    def _record_descriptions(self) -> None:
        """Give the topics the descriptions that were held back, with a revision of each page of theirs."""
        if not self.held_back:
            return
        summary = _("The description of this page’s topic is part of the page’s record from now on.")
        with history.act(author_name=settings.SITE_NAME, summary=summary):
            for key in sorted(self.held_back):
                tidy = text.prose(self.described[key])
                if text.is_visible(tidy):
                    m.Topic.objects.filter(pk=key).update(description=tidy)

    # -- the end --

    def _end(self, line: CorpusLine) -> None:
        if self.header is None or (self.page is not None and not self.page.is_whole):
            line.fault(_("The last page is not complete."))
        if line.data != self.tally.footer():
            line.fault(
                _(
                    "The footer's counts or digest do not match the lines before it: a line was lost or altered."
                )
            )
        header, of = self.header.data, self.tally.of
        header_counts = (header["pages"], header["revisions"], header["newest"])
        if header_counts != (of["pages"], of["revisions"] + of["hidden"], self.newest or None):
            self.header.fault(_("“pages”, “revisions” or “newest” does not match the lines that follow."))
        self._write_shared()
        self._write_pages()
        self._write_history()
        _check_used(line)
        # Before their revisions, as only of a page that is not here yet can they be brought; in the order of time.
        m.Redaction.objects.bulk_create(
            sorted(self.redactions, key=lambda each: each.time), batch_size=_BATCH
        )
        if self.log:
            self.log.write()
            self.log.check_root()
        with connection.cursor() as cursor:
            cursor.execute(_RECORD)
        periods.rebuild(str(key) for key in m.Controversy.objects.values_list("pk", flat=True).iterator())
        if self.log:
            self.log.check_pages()
        elif self.redactions:
            look_up_entries()  # of revisions, which come first
            with connection.cursor() as cursor:
                cursor.execute("SELECT controversies_load_redaction_leaves()")
        self._record_descriptions()


type Sourced[T] = tuple[CorpusLine, T]  # what is to be written, and the line that told of it


def _each[T](items: list[Sourced[T]], write: Callable[[list[T]], object]) -> None:
    """Write them all at once; if the database refuses, find which one. Raises InvalidCorpus."""
    if not items:
        return
    try:
        with transaction.atomic():
            write([each for _line, each in items])
    except (IntegrityError, DataError) as error:
        if len(items) > 1:
            for item in items:
                _each([item], write)
            return
        why = explain_refusal(error) if isinstance(error, IntegrityError) else error
        items[0][0].fault(str(why).strip().splitlines()[0])


def _copy(table: str, columns: tuple[str, ...], rows: list[Any]) -> None:
    """Append these rows; triggers see them as any others."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([_column_value(row, name) for name in columns])


def _column_value(row: object, name: str) -> Any:
    value = getattr(row, name)
    return json.dumps(value) if name == "changes" else value


def _check_shared(sourced: list[Sourced[Document]]) -> None:
    """Refuse a page whose newest revision shows a topic, backer or source otherwise than the corpus has it."""
    documents = [document for _line, document in sourced]
    on_record: dict[str, Any] = {
        **rows.shared_blocks(Topic, {document.head.topic.key for document in documents}),
        **rows.shared_blocks(Backer, {backer.key for document in documents for backer in document.backers}),
        **rows.shared_blocks(Source, {source.key for document in documents for source in document.sources}),
    }
    for line, document in sourced:
        part: Any
        for part in (document.head.topic, *document.backers, *document.sources):
            if on_record.get(part.key) != part:
                line.fault(_("This page's newest revision does not match the line of “%s”.") % part.slug)


def _check_used(line: CorpusLine) -> None:
    """Refuse what no page shows: it was not public."""
    shown: dict[Any, Any] = {m.Topic: m.Controversy, m.Backer: m.Backing, m.Source: m.Citation}
    for model, by in shown.items():
        name = model._meta.model_name
        uses = by._default_manager.filter(**{name: OuterRef("pk")}).order_by()
        unused = model._default_manager.filter(~Exists(uses)).values_list("slug", flat=True).first()
        if unused is not None:
            line.fault(
                _("No page shows “%s”. A corpus contains only the topics, backers and sources of its pages.")
                % unused
            )
