"""Imports files: backers first, then pages, all of them in one transaction or none.

Each changed file is an edit of what it said when it was last imported, merged with what was edited since. Whatever
cannot be read, or was changed here and there alike, is told with its line, and nothing is written.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from controversies import history, likeness
from controversies import models as m
from controversies.document import labels, parse
from controversies.document.compare import compare
from controversies.document.conflict import Conflict
from controversies.document.parse import InvalidDocument
from controversies.document.types import ATTRIBUTION, Backer, Document, Part, Topic
from controversies.history import Reading, Stale
from controversies.kit import retry
from controversies.kit.keys import is_key
from controversies.models import ChangeClass, Publication

from .. import files, word_diff
from ..files import FaultSample, FileFault, InvalidFile, PageFile, key_paths
from ..guess_book import guessable_parts
from ..layout import Role
from ..own_content import own_content
from . import merge_base
from .backer_importer import BackerImporter
from .corrections import shared_blocks
from .file_finder import ImportFile
from .import_log import ImportLog, document_of, numbers_of, save_imports, stored_document, stored_text
from .import_state import FileOutcome, FileResult, ImportRefused, ImportReport, ImportState
from .topic_importer import TopicImporter

_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Author, summary, whether to publish pages without an explicit state, and the attribution of those without one."""

    author_name: str
    summary: str = ""
    publish: bool = False
    attribution: str = ""


def no_attribution(_titles: list[str]) -> str:
    """Answer for an operator who cannot be asked."""
    return ""


def import_files(
    files: Iterable[ImportFile],
    options: ImportOptions,
    *,
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda name: None,
    faults: Iterable[FileFault] = (),
    ask: Callable[[list[str]], str] = no_attribution,
) -> ImportReport:
    """Import these files, or only say what that would do. Raises ImportRefused; nothing is written then.

    `faults` are those found before: with any, nothing is written. `progress` is told the name of each page's file
    before it is looked at. `ask` is given the titles of the pages whose origin nobody says, if `options` do not say it
    either, and gives their attribution or "". A deadlock with somebody who edits, or an edit that comes in between, is
    tried again. Raises InvalidDocument for options that cannot be recorded.
    """
    chosen, earlier_faults = list(files), FaultSample(faults)
    options = replace(options, attribution=parse.value(ATTRIBUTION, options.attribution))
    overruled: dict[str, Any] = {}  # by key: what a file says of what another only guesses

    def attempt() -> ImportReport:
        report = _FolderImporter(options, progress, earlier_faults, ask, overruled).run(chosen)
        retry.check_deferred_constraints()
        if dry_run:
            transaction.set_rollback(True)
        return report

    while True:
        try:
            return retry.in_transaction(attempt, also=Stale)
        except _GuessReplaced as said:
            overruled |= said.parts


class _GuessReplaced(Exception):
    """A later file gives a fact of a new backer or topic that an earlier one could only guess."""

    def __init__(self, parts: dict[str, Any]) -> None:
        super().__init__()
        self.parts = parts


_BATCH = 500  # files that are opened before they are looked up and read


@dataclass(slots=True)
class _PageImport:
    """A page's file on its way into the record; without a `document`, nothing is to be recorded."""

    file: ImportFile
    digest: bytes
    open_pages: PageFile
    head: Reading | None = None
    in_file: Document | None = None
    document: Document | None = None


class _FolderImporter:
    def __init__(
        self,
        options: ImportOptions,
        progress: Callable[[str], None],
        faults: FaultSample,
        ask: Callable[[list[str]], str],
        overruled: dict[str, Any],
    ) -> None:
        self.options, self.progress, self.ask = options, progress, ask
        known = files.catalogue_on_record()
        self.on_record = known
        topics = [part for part in overruled.values() if isinstance(part, Topic)]
        backers = [part for part in overruled.values() if isinstance(part, Backer)]
        self.state = ImportState(known.extended(backers, topics=topics), FaultSample(faults))
        self.overruled: dict[str, Any] = {}
        self.files_by_slug: dict[
            str, str
        ] = {}  # names of the files that were opened, by the address of the page

    def run(self, files: list[ImportFile]) -> ImportReport:
        registry = BackerImporter(self.state)
        registry.read([file for file in files if file.role is Role.ACTOR])
        topics = TopicImporter(self.state)
        topics.read([file for file in files if file.role is Role.TOPIC])
        pages: list[_PageImport] = []
        for batch in batched((file for file in files if file.is_page), _BATCH):
            opened = self.open_pages(batch)
            self.find(opened)
            for page in opened:
                if self.state.is_hopeless(page.file.name):
                    continue
                self.progress(page.file.name)
                self.read(page)
            pages += opened
        if self.overruled:
            raise _GuessReplaced(self.overruled)
        self.refuse_doubles(pages)
        self.stop()
        self.attribute(pages)
        self.note_likeness()
        self.write(registry, pages, topics)
        self.write_guesses()
        self.state.report.notes += dict.fromkeys(self.state.corrections.notes)
        return self.state.report

    def note_likeness(self) -> None:
        """Note which new backers, sources and topics something on record is like; three queries for each kind."""
        known = self.state.known
        every: tuple[Part, ...] = (*known.backers, *known.sources, *known.topics)
        self.state.report.notes += likeness.notes(
            part for part in every if self.on_record.by_key(part.identity) is None
        )

    def stop(self) -> None:
        if self.state.faults:
            raise ImportRefused(self.state.faults, len(self.state.unread))

    # -- reading --

    def open_pages(self, import_files: Iterable[ImportFile]) -> list[_PageImport]:
        """The files that could be opened; of two with one id, the first."""
        pages: list[_PageImport] = []
        seen = self.files_by_slug
        for file in import_files:
            if self.state.is_hopeless(file.name):
                continue
            try:
                opened = PageFile(file.data, name=file.name, keeps=True)
            except InvalidFile as faulty:
                self.state.faults.extend(faulty.faults)
                continue
            if opened.slug and opened.slug in seen:
                message = _("%(file)s has the id “%(id)s” too. Keep one of the two, or give this another id.")
                line = opened.nodes.line(opened.top["id"]) if "id" in opened.top else 1
                message = message % {"file": seen[opened.slug], "id": opened.slug}
                self.state.fault(file.name, line, message)
                continue
            seen[opened.slug] = file.name
            self.state.report.unknown_fields.update(opened.unknown_fields)
            pages.append(_PageImport(file, hashlib.sha256(file.data).digest(), opened))
        return pages

    def find(self, pages: list[_PageImport]) -> None:
        """Find the pages of these files on record, and what was last imported of each; three queries."""
        keys = {page.open_pages.page_key for page in pages if is_key(page.open_pages.page_key)}
        keys |= {key_paths.page_key(page.open_pages.slug) for page in pages}
        rows = m.Controversy.objects.filter(
            Q(slug__in=[page.open_pages.slug for page in pages]) | Q(pk__in=keys)
        ).values_list("slug", "id")
        by_slug = {slug: str(key) for slug, key in rows}
        heads = history.heads(by_slug.values())
        self.memory = ImportLog(heads)
        for page in pages:
            for key in (
                by_slug.get(page.open_pages.slug, ""),
                page.open_pages.page_key,
                key_paths.page_key(page.open_pages.slug),
            ):
                if key in heads:
                    page.head = heads[key]
                    break

    def read(self, page: _PageImport) -> None:
        """Read a file; `document` is set if it differs from the record."""
        head, opened = page.head, page.open_pages
        wants_publication = (
            self.options.publish
            and not opened.says_publication
            and (head is None or head.document.head.publication == Publication.DRAFT)
        )
        key = head.document.key if head else ""
        if key and not wants_publication and self.memory.is_seen(key, page.file.name, page.digest):
            return
        made_from, written = self.made_from(page, head) if head else ((), None)
        before = made_from[0] if made_from else head.document if head else None
        try:
            page.in_file = files.document(opened, known=self.state.known, before=before, written=written)
        except InvalidFile as faulty:
            self.state.faults.extend(faulty.faults)
            return
        self.state.report.notes += [f"{note}." for note in opened.notes]
        document: Document | None = page.in_file
        if head is not None:
            document = self.merge(page, made_from, head.document, page.in_file)
        self.share(page, page.in_file, made_from[0] if made_from else None)
        if document is not None and wants_publication:
            document = replace(document, head=replace(document.head, publication=Publication.PUBLISHED.value))
        page.document = document

    def made_from(self, page: _PageImport, head: Reading) -> tuple[tuple[Document, ...], list[str] | None]:
        """Return the documents that the file may have been made from, and the sources that numbers meant there."""
        key, name = head.document.key, page.file.name
        words = Counter(_WORDS.findall(page.file.data.decode(errors="replace")))

        def unlike(row: m.ImportedFile) -> int:
            row_words = Counter(_WORDS.findall(json.dumps(row.content, ensure_ascii=False)))
            return (words - row_words).total() + (row_words - words).total()

        last = self.memory.last(key, name, unlike)
        bases = merge_base.possible_bases(
            page.open_pages, head, last, is_own=self.memory.of_file(key, name) is not None
        )
        numbers = numbers_of(last)
        is_last = bool(numbers and bases and last) and bases[0] == document_of(last)  # type: ignore[arg-type]
        return bases, numbers if is_last else None

    def merge(
        self, page: _PageImport, made_from: tuple[Document, ...], head: Document, in_file: Document
    ) -> Document | None:
        """The file's edit merged with what is on record; None with a fault where that cannot be."""
        if not made_from:
            if own_content(in_file) == own_content(head):
                return head
            message = _(
                "“%(title)s” is on record under this id, and the file does not name the revision that it was made "
                "from. "
                "Export the page (exportcontroversies), make the change there, and import that; or add “revision: …” "
                "with the number of that revision; or choose another id."
            )
            line = page.open_pages.line("slug")
            self.state.fault(page.file.name, line, message % {"title": head.head.title})
            return None
        if in_file.head.slug not in (head.head.slug, made_from[0].head.slug):
            message = _(
                "This has the keys of “%s”, whose id is another. Leave “keys” and “revision” out of a copy; give a "
                "page another address on the site."
            )
            self.state.fault(page.file.name, page.open_pages.line("slug"), message % head.head.title)
            return None
        try:
            merged = merge_base.merge_edit(made_from, head, in_file)
        except merge_base.Ambiguous as error:
            self.state.fault(page.file.name, page.open_pages.line("revision"), str(error))
            return None
        for conflict in merged.conflicts:
            line = page.open_pages.line(_place(in_file, conflict.path))
            self.state.fault(page.file.name, line, _in_words(conflict))
        return None if merged.conflicts else merged.document

    def share(self, page: _PageImport, in_file: Document, before: Document | None) -> None:
        """Collect the corrections that a file makes to what pages share."""
        known = self.state.known
        was = {block.key: block for block in shared_blocks(before)} if before else {}
        for block in shared_blocks(in_file):
            on_record = known.by_key(block.key)
            if on_record is None:
                continue
            said_here = page.open_pages.explicit_facts.get(block.key, frozenset())
            guessed = self.state.guess_book.fields(on_record) & said_here
            if self.on_record.by_key(block.key) is None:
                if any(getattr(block, name) != getattr(on_record, name) for name in guessed):
                    self.overruled[block.key] = block
                    continue
                guessed = frozenset()
            self.state.guess_book.settle(block.key, said_here)
            corrections = self.state.corrections
            for field, message in corrections.weigh(
                block, on_record, was.get(block.key), file=page.file.name, guessed=guessed
            ):
                self.state.fault(page.file.name, page.open_pages.line(f"{block.key}.{field}"), message)
        self.state.guess_book.add(
            guess for guess in page.open_pages.guesses if known.by_key(guess.key) is None
        )
        self.state.known = known.extended(in_file.backers, in_file.sources, [in_file.head.topic])

    def refuse_doubles(self, pages: list[_PageImport]) -> None:
        seen: dict[str, str] = {}
        for page in pages:
            key = page.head.document.key if page.head else page.in_file.key if page.in_file else ""
            if key and key in seen:
                message = _("This is the same page as %s: it has its keys. Leave “keys” out of the copy.")
                self.state.fault(page.file.name, page.open_pages.line("keys"), message % seen[key])
            seen.setdefault(key, page.file.name)

    def attribute(self, pages: list[_PageImport]) -> None:
        """Give an attribution to imported pages whose files have none."""
        imported = history.read.imported_keys(page.head.document.key for page in pages if page.head)
        lacking: list[tuple[_PageImport, Document]] = []
        for page in pages:
            document = page.document or (page.head.document if page.head else None)
            if document is None or document.head.attribution:
                continue
            if page.head is None or document.key in imported:
                lacking.append((page, document))
        if not lacking:
            return
        titles = sorted(document.head.title for _page, document in lacking)
        attribution = self.options.attribution or parse.value(ATTRIBUTION, self.ask(titles))
        if not attribution:
            self.state.report.unattributed = titles
            return
        for page, document in lacking:
            page.document = replace(document, head=replace(document.head, attribution=attribution))

    # -- writing --

    def write_guesses(self) -> None:
        """Store the guesses about new backers and topics, and delete those that are settled."""
        now = guessable_parts(files.catalogue_on_record())
        report, book = self.state.report, self.state.guess_book
        report.guesses = book.write(now)
        report.earlier_guesses = book.standing(now)

    def write(self, registry: BackerImporter, pages: list[_PageImport], topics: TopicImporter) -> None:
        options = self.options
        summary = options.summary or _("Imported from files.")
        with history.act(
            author_name=options.author_name, summary=summary, kind=ChangeClass.IMPORT
        ) as recorded:
            registry.write()
            for file, message in self.state.corrections.write():
                self.state.fault(file, 1, message)
            self.stop()
            revisions = [self.record(page) for page in pages]
            self.stop()
        for page, revision in zip(pages, revisions, strict=True):
            self.tell(page, revision, page.head is not None and page.head.document.key in recorded)
        mine = {page.in_file.key for page in pages if page.in_file}
        others = history.heads(key for key in recorded if key not in mine)
        self.state.report.others = sorted(each.document.head.title for each in others.values())
        self.remember([*registry.imported, *topics.imported], pages)

    def record(self, page: _PageImport) -> m.Revision | None:
        if page.document is None:
            return None
        try:
            return history.record(
                page.document,
                author_name=self.options.author_name,
                summary=self.options.summary or _summary(page),
                base=page.head,
                kind=ChangeClass.IMPORT,
            )
        except InvalidDocument as error:
            for fault in error.faults:
                page.open_pages.fault(fault.path, fault.message)
            self.state.faults.extend(page.open_pages.faults.items)
            return None

    def tell(self, page: _PageImport, revision: m.Revision | None, was_recorded: bool) -> None:
        """Say in the report what became of a page."""
        head = page.head.document if page.head else None
        if revision is None and not was_recorded:
            title = head.head.title if head else ""
            self.state.report.pages.append(FileResult(page.file.name, title, FileOutcome.UNCHANGED))
            return
        key = head.key if head else page.document.key if page.document else ""
        now = history.head(key)
        if now is not None:
            self.state.report.pages.append(
                FileResult(
                    page.file.name,
                    now.document.head.title,
                    FileOutcome.CHANGED if head else FileOutcome.NEW,
                    compare(head, now.document),
                    now.number,
                )
            )

    def remember(self, rows: list[m.ImportedFile], pages: list[_PageImport]) -> None:
        """Store the content of the files, for their next import."""
        for page in pages:
            if page.in_file is not None:
                content = stored_document(page.in_file, page.open_pages.numbers)
                row = m.ImportedFile(
                    key=page.in_file.key,
                    file=page.file.name,
                    digest=page.digest,
                    content=content,
                    text=stored_text(page.file.data),
                )
                rows.append(row)
        save_imports(rows)


def _summary(page: _PageImport) -> str:
    if page.in_file is None:
        return _("Origin of the text recorded.")
    name = page.file.name.rpartition("/")[2]
    if page.open_pages.last_updated and page.head is None:
        return _("Imported from %(file)s, last updated there on %(day)s.") % {
            "file": name,
            "day": labels.day(page.open_pages.last_updated),
        }
    return _("Imported from %s.") % name


def _in_words(conflict: Conflict) -> str:
    """Return what the site and the file both changed, and what to do about it."""
    return _(
        "%(label)s was changed here and on the site. %(states)s Write the site's text here; or export the page, "
        "change it there, and import that."
    ) % {"label": labels.capital(conflict.label), "states": word_diff.three_states(*conflict.shown)}


def _place(document: Document, path: str) -> str:
    """The path of a conflict, whose parts are named by keys, with the places of these in the document."""
    steps_done: list[str] = []
    at: Any = document
    steps = path.split("/")
    while steps:
        name = steps.pop(0)
        if name == "head":
            continue
        steps_done.append(name)
        at = getattr(at, name, ())
        if steps and isinstance(at, tuple):
            key = steps.pop(0)
            indexes = [i for i, part in enumerate(at) if part.identity == key]
            if not indexes:
                break
            steps_done[-1] += f"[{indexes[0]}]"
            at = at[indexes[0]]
    return ".".join(steps_done)
