"""Takes a repository of pages over, with its history: each commit that changed a page is a revision of it.

Commits are taken parents first. Where branches went beside one another, each commit is merged as the edit of its
parent that it was, so that nobody's is lost or undone by the next; a merge settles what they left. What was recorded
once is not recorded again, and a page that was edited here since is merged with what is new, or refused.

An edit of `actors/`, or of a source's facts, is one of everything that shows it: so the pages that the commit did
not change itself get a revision as well. All of it is one transaction.
"""

import hashlib
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from controversies import history
from controversies import models as m
from controversies.document import parse
from controversies.document.canonical import to_json
from controversies.document.types import (
    ATTRIBUTION,
    Context,
    Document,
    Head,
    Topic,
    context_key,
)
from controversies.interchange.files import (
    UNSORTED,
    Catalogue,
    Completion,
    GuessedFact,
    InvalidFile,
    PageFile,
    catalogue_on_record,
    has_front_matter,
    index_titles,
    key_paths,
    splice,
)
from controversies.interchange.files import document as read_document
from controversies.interchange.folder import import_log
from controversies.interchange.guess_book import guessable_parts
from controversies.kit import retry
from controversies.models import Polarity, Publication, Status

from . import commit_message
from .backer_files import BackerFiles
from .history_walk import CommitStep, FileChange, HistoryWalk, PageLocation
from .import_context import ImportContext, PageEdit
from .page_finder import PageFinder, PageRefused, TrackedPage
from .report import SHORT, HistoryReport
from .repository import Repository, TooLarge
from .revision_recorder import RevisionRecorder
from .shared_corrector import SharedCorrector

_KEPT = 64  # documents that are kept in memory, for what begins with them


def import_history(
    repository: Repository,
    tip: str,
    path: str = "",
    *,
    publish: bool = False,
    attribution: str = "",
    ask: Callable[[list[str]], str] = lambda _titles: "",
    skip_faulty: bool = False,
    dry_run: bool = False,
    tell: Callable[[str], None] = lambda _line: None,
    progress: Callable[[list[CommitStep]], Iterable[CommitStep]] = lambda steps: steps,
) -> HistoryReport:
    """Record what led to `tip`, all of it or nothing: nothing if there are faults (unless skipped) or refusals.

    `publish` publishes pages whose files do not say whether they are; what else has none is a draft. `attribution` is
    that of pages without one of their own; where it is "", `ask` is given their titles and gives it. `tell` is given a
    line for each revision, and `progress` goes through the commits.
    """
    walk = HistoryWalk(repository, tip, PageLocation.of(path))
    with transaction.atomic():
        taking = _HistoryImporter(
            walk,
            publish=publish,
            attribution=attribution,
            ask=ask,
            skip_faulty=skip_faulty,
            tell=tell,
        )
        report = taking.run(progress)
        is_refused = bool(report.refused) or (bool(report.faults) and not skip_faulty)
        if not is_refused:
            retry.check_deferred_constraints()
        if dry_run or is_refused:
            transaction.set_rollback(True)
    return report


class _HistoryImporter:
    def __init__(
        self,
        walk: HistoryWalk,
        *,
        publish: bool,
        attribution: str,
        ask: Callable[[list[str]], str],
        skip_faulty: bool,
        tell: Callable[[str], None],
    ) -> None:
        self.context = ImportContext(walk, tell)
        self.walk, self.repository, self.report = walk, walk.repository, self.context.report
        self.record, self.actors, self.guess_book = (
            self.context.record,
            self.context.actors,
            self.context.guess_book,
        )
        self.corrector = SharedCorrector(self.context)
        self.recorder = RevisionRecorder(self.context, self.corrector)
        self.recorder.attribution = parse.value(ATTRIBUTION, attribution)
        self.publish, self.ask, self.skip_faulty = publish, ask, skip_faulty
        self.pages: dict[int, TrackedPage] = {}
        self.seen: set[int] = set()  # lines with commits that are new here
        self.is_new = False  # whether any commit is
        self.documents: OrderedDict[tuple[int, str], Document] = OrderedDict()
        self.facts_of: dict[
            tuple[int, str], tuple[tuple[GuessedFact, ...], Mapping[str, frozenset[str]]]
        ] = {}

    def run(self, progress: Callable[[list[CommitStep]], Iterable[CommitStep]]) -> HistoryReport:
        steps = list(self.walk.steps())
        self.report.commits = len(steps)
        self._find_pages(steps)
        past = frozenset[str]().union(*(page.past for page in self.pages.values()))
        for step in progress(steps):
            fresh = [
                change
                for change in step.changes
                if change.line in self.pages and step.commit not in self.pages[change.line].past
            ]
            self.report.known += len(fresh) < len(step.changes)
            if fresh or (step.shared and step.commit not in past):
                self._step(step, fresh)
                self.seen.update(change.line for change in fresh)
                self.is_new = True
        self._remember()
        m.Topic.objects.filter(pk__in=self.record.made, slug=UNSORTED, controversies=None).delete()
        self.report.unknown_fields |= self.actors.unknown_fields
        now = guessable_parts(catalogue_on_record())
        self.report.guesses, self.report.earlier_guesses = (
            self.guess_book.write(now),
            self.guess_book.standing(now),
        )
        self.report.unattributed = self._titles_without_attribution()
        return self.report

    def _titles_without_attribution(self) -> list[str]:
        """The titles of imported pages that have no attribution."""
        keys = [page.key for page in self.pages.values()]
        rows = m.Controversy.objects.filter(pk__in=history.read.imported_keys(keys), attribution="")
        return list(rows.order_by("title").values_list("title", flat=True))

    def _remember(self) -> None:
        """Store how far each page's history is on record, and the content of its files for later imports."""
        keys = [page.key for page in self.pages.values()]
        newest = m.Revision.objects.filter(controversy_id__in=keys).values("controversy_id")
        rows = [
            m.GitImportCursor(key=row["controversy_id"], commit=self.walk.tip, number=row["number"])
            for row in newest.annotate(number=Max("number"))
        ]
        m.GitImportCursor.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["key"], update_fields=["commit", "number"]
        )
        if self.is_new:
            import_log.save_imports(self._current_files())

    def _current_files(self) -> Iterator[m.ImportedFile]:
        """The content of new pages' files and of `actors/` at the tip."""
        tip = self.walk.nodes[-1].id
        tree = self.walk.tree(tip)
        for name, blob in tree.actors.items():
            backer = self.actors.read(name, blob)
            if backer is not None and (key := self.record.same(backer).key) in self.record.parts:
                yield self._imported_file(key, name, blob, to_json(backer))
        known = self.actors.catalogue_at(tree)
        for line, (name, blob) in self.walk.at(tip).items():
            page = self.pages.get(line)
            head = history.head(page.key) if page and line in self.seen else None
            if page is None or head is None:
                continue
            document = self._document(page, name, blob, known, head.document, is_reported=True)
            if document is not None:
                yield self._imported_file(
                    page.key, name, blob, import_log.stored_document(document, page.written)
                )

    def _imported_file(self, key: str, file: str, blob: str, content: object) -> m.ImportedFile:
        data = self.repository.blob(blob)
        digest = hashlib.sha256(data).digest()
        return m.ImportedFile(
            key=key, file=file, digest=digest, content=content, text=import_log.stored_text(data)
        )

    # -- which pages --

    def _find_pages(self, steps: list[CommitStep]) -> None:
        versions: dict[int, list[tuple[CommitStep, FileChange]]] = {}
        for step in steps:
            for change in step.changes:
                versions.setdefault(change.line, []).append((step, change))
        lacking: dict[str, tuple[int, str]] = {}
        pages = PageFinder(self.walk)
        silent = BackerFiles(self.repository, self.record, lambda _path, _error: None)
        for line, changed in versions.items():
            newest = self._newest(changed, silent)
            if newest is None:  # none of its files can be read: each is told when its turn comes
                self.pages[line] = TrackedPage(line, _nobody(self.walk.names[line]), derives=False)
                continue
            try:
                self.pages[line] = pages.page(
                    line, newest, [(step.commit, change.blob) for step, change in changed]
                )
            except PageRefused as refused:
                self.report.refused.append(str(refused))
                continue
            imported = m.ImportedFile.objects.filter(key=self.pages[line].key, file=self.walk.names[line])
            self.pages[line].written = import_log.numbers_of(imported.first())
            is_new = any(step.commit not in self.pages[line].past for step, _change in changed)
            if is_new and not newest.head.attribution:
                lacking[self.pages[line].key] = (line, newest.head.title)
        self.documents.clear()
        self._attribute(lacking)

    def _attribute(self, lacking: dict[str, tuple[int, str]]) -> None:
        """Find the attribution of pages whose files have none. Each key has its line and title."""
        there = dict(m.Controversy.objects.filter(pk__in=lacking).values_list("pk", "attribution"))
        imported = history.read.imported_keys(lacking)
        lines = {
            line: title
            for key, (line, title) in lacking.items()
            if (uuid.UUID(key) not in there) or (key in imported and not there[uuid.UUID(key)])
        }
        self.recorder.lines = set(lines)
        if lines and not self.recorder.attribution:
            self.recorder.attribution = parse.value(ATTRIBUTION, self.ask(sorted(lines.values())))

    def _newest(self, changed: list[tuple[CommitStep, FileChange]], actors: BackerFiles) -> Document | None:
        """The newest version of a line that has front matter which can be read: what never had any is no page."""
        for step, change in reversed(changed):
            if change.blob:
                try:
                    data = self.repository.blob(change.blob)
                    if not has_front_matter(data.decode(errors="replace")):
                        continue
                    completion = self._completion(change.name, step.commit)
                    opened = PageFile(data, name=change.name, completion=completion)
                    return read_document(opened, known=actors.catalogue_at(self.walk.tree(step.commit)))
                except (InvalidFile, TooLarge):
                    continue
        return None

    # -- commit by commit --

    def _step(self, step: CommitStep, changes: list[FileChange]) -> None:
        self.context.commit = step.commit
        commit = self.repository.commit(step.commit)
        info = commit_message.read(commit.message, author=commit.author, when=commit.when)
        known = self.actors.catalogue_at(self.walk.tree(step.commit))
        edits = []
        for change in changes:
            edit = self._edit(change, known, info)
            if edit is not None:
                edits.append(edit)
        self.corrector.correct(step, edits)
        for edit in edits:
            self.recorder.record_edit(edit, info)
        self.recorder.record_others(info)

    def _edit(self, change: FileChange, known: Catalogue, info: commit_message.CommitInfo) -> PageEdit | None:
        """The edit that a commit made to a page, or None if its file cannot be read."""
        page = self.pages[change.line]
        head = history.head(page.key)
        before = head.document if head else page.start
        base = None
        if change.parent:
            base = self._document(page, change.parent_name, change.parent, known, before, is_reported=True)
            base = base or page.last
        if not change.blob:
            return PageEdit(page, change, head, base, None)
        document = self._document(page, change.name, change.blob, known, before)
        if document is None:
            page.unread_commits.append(f"{self.context.commit[:SHORT]} ({info.author})")
            document = self._body_alone(page, change, known, before) if self.skip_faulty else None
            if document is None:
                return None
            page.last = document
            return PageEdit(page, change, head, base, document, is_partial=True)
        page.newest_blob, page.last = change.blob, document
        guesses, explicit = self.facts_of[change.line, change.blob]
        return PageEdit(page, change, head, base, document, guesses=guesses, explicit=explicit)

    def _document(
        self,
        page: TrackedPage,
        name: str,
        blob: str,
        known: Catalogue,
        before: Document,
        *,
        is_reported: bool = False,
    ) -> Document | None:
        """Read a file as a document; None if it cannot be read, which is reported unless it `is_reported`."""
        key = (page.line, blob)
        if is_reported and key in self.documents:
            self.documents.move_to_end(key)
            return self.documents[key]
        completion = self._completion(name, self.context.commit) if page.derives else None
        try:
            opened = PageFile(self.repository.blob(blob), name=name, completion=completion)
            document = page.as_mine(read_document(opened, known=known, before=before, written=page.written))
        except (InvalidFile, TooLarge) as error:
            if not is_reported:
                self.context.note_invalid(name, error)
            return None
        if not is_reported:
            page.written = opened.numbers
            marks = [
                _("line %(line)s: %(message)s") % {"line": note.line, "message": note.message}
                for note in opened.notes
            ]
            self.context.note_derived(name, [*marks, *(completion.notes if completion else ())])
        if self.publish and not opened.says_publication:
            head = replace(document.head, publication=Publication.PUBLISHED.value)
            document = replace(document, head=head)
        if not is_reported:
            self.report.unknown_fields.update(opened.unknown_fields)
        self.facts_of[key] = tuple(opened.guesses), opened.explicit_facts
        self.documents[key] = document
        if len(self.documents) > _KEPT:
            self.documents.popitem(last=False)
        return document

    def _body_alone(
        self, page: TrackedPage, change: FileChange, known: Catalogue, before: Document
    ) -> Document | None:
        """The text under front matter that cannot be read, with the newest that can; None if neither can."""
        if not page.derives:
            return None
        completion = self._completion(change.name, self.context.commit)
        try:
            data = self.repository.blob(change.blob)
            front = self.repository.blob(page.newest_blob) if page.newest_blob else b""
            opened = PageFile(splice(front, data), name=change.name, completion=completion)
            document = page.as_mine(read_document(opened, known=known, before=before))
        except (InvalidFile, TooLarge):
            return None
        kept = _("the front matter cannot be read, and stays as it was; the text under it is kept")
        self.context.note_derived(change.name, [kept, *completion.notes])
        return replace(document, head=replace(document.head, publication=before.head.publication))

    def _completion(self, path: str, commit: str) -> Completion:
        return Completion(path, index_title=lambda: self._title_in_index(path, commit))

    def _title_in_index(self, path: str, commit: str) -> str:
        """The title that a list of pages beside the file, or above it, gives it."""
        name = path.rpartition("/")[2]
        indexes = self.walk.tree(commit).indexes
        for index in sorted(indexes, key=lambda each: (-each.count("/"), each)):
            if path.startswith(index.rpartition("/")[0]):
                with suppress(TooLarge):
                    listed = self.repository.blob(indexes[index]).decode(errors="replace")
                    if title := dict(index_titles(listed)).get(name, ""):
                        return title
        return ""


def _nobody(name: str) -> Document:
    """A page for a line none of whose files can be read."""
    topic = Topic(key=key_paths.thread_key("none"), slug="none", title="?")
    head = Head(
        key=key_paths.page_key(name),
        slug="none",
        title="?",
        topic=topic,
        status=Status.ACTIVE.value,
        polarity=Polarity.MULTI_AXIS.value,
        publication=Publication.DRAFT.value,
    )
    return Document(head=head, context=Context(key=context_key(head.key)))
