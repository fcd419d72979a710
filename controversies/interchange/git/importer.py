"""Takes a repository of pages over, with its history: each commit that changed a page is a revision of it.

Commits are taken parents first. Where branches went beside one another, each commit is merged as the edit of its
parent that it was, so that nobody's is lost or undone by the next; a merge settles what they left. What was recorded
once is not recorded again, and a page that was edited here since is merged with what is new, or refused.

An edit of `actors/`, or of a source's facts, is one of everything that shows it: so the pages that the commit did
not change itself get a revision as well. All of it is one transaction.
"""

import datetime
import hashlib
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies import history
from controversies import models as m
from controversies.document import parse, text
from controversies.document.canonical import to_json
from controversies.document.merge import merge
from controversies.document.parse import InvalidDocument
from controversies.document.types import (
    ATTRIBUTION,
    Backer,
    Context,
    Document,
    Head,
    Source,
    Topic,
    context_key,
)
from controversies.history import Reading
from controversies.interchange import word_diff
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
from controversies.interchange.guess_book import GuessBook, guessable_parts
from controversies.kit import retry
from controversies.models import Polarity, Publication, Status

from . import commit_message
from .backer_files import BackerFiles, Shared, SharedRecord, differing
from .history_walk import CommitStep, FileChange, HistoryWalk, PageLocation
from .page_finder import PageFinder, PageRefused, TrackedPage
from .report import SHORT, HistoryReport, minute, one_line
from .repository import Repository, TooLarge

_KEPT = 64  # documents that are kept in memory, for what begins with them
_ROWS: dict[type, type] = {Backer: m.Backer, Source: m.Source, Topic: m.Topic}


@dataclass(frozen=True, slots=True)
class _PageEdit:
    page: TrackedPage
    change: FileChange
    head: Reading | None  # the newest revision
    base: Document | None  # what the parent's file said
    document: Document | None  # what the file says; None where there is none any more
    is_partial: bool = False  # its front matter could not be read
    guesses: tuple[GuessedFact, ...] = ()  # what was guessed of what is new
    explicit: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # the facts of backers and its topic that it says


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
        self.attribution, self.ask = parse.value(ATTRIBUTION, attribution), ask
        self.lacking: set[int] = set()  # lines without an attribution of their own
        self.walk, self.repository, self.publish, self.tell = walk, walk.repository, publish, tell
        self.skip_faulty = skip_faulty
        self.report = HistoryReport()
        self.now = timezone.now()
        self.commit = ""  # that is being read
        self.record = SharedRecord()
        self.actors = BackerFiles(self.repository, self.record, self._note_invalid, self._note_derived)
        self.pages: dict[int, TrackedPage] = {}
        self.seen: set[int] = set()  # lines with commits that are new here
        self.is_new = False  # whether any commit is
        self.documents: OrderedDict[tuple[int, str], Document] = OrderedDict()
        self.facts_of: dict[
            tuple[int, str], tuple[tuple[GuessedFact, ...], Mapping[str, frozenset[str]]]
        ] = {}
        self.guess_book = GuessBook()

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
        """The titles of the pages that were not written here, and of which nobody has said who did."""
        keys = [page.key for page in self.pages.values()]
        rows = m.Controversy.objects.filter(pk__in=history.read.imported_keys(keys), attribution="")
        return list(rows.order_by("title").values_list("title", flat=True))

    def _remember(self) -> None:
        """Note how far the history of each page is on record now, and what its file says, if that is to be edited."""
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
        """What the files of the pages that are new here say at the tip, and those of `actors/`."""
        tip = self.walk.nodes[-1].id
        tree = self.walk.tree(tip)
        for name, blob in tree.actors.items():
            backer = self.actors.read(name, blob)
            if backer is not None and (key := self.record.same(backer).key) in self.record.parts:
                yield self._imported_file(key, name, blob, to_json(backer))
        known = self.actors.known(tree)
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

    def _imported_file(self, key: str, file: str, blob: str, content: Any) -> m.ImportedFile:
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
        """Find out what these pages are credited to, as no file says it. Each key has its line and title."""
        there = dict(m.Controversy.objects.filter(pk__in=lacking).values_list("pk", "attribution"))
        imported = history.read.imported_keys(lacking)
        lines = {
            line: title
            for key, (line, title) in lacking.items()
            if (uuid.UUID(key) not in there) or (key in imported and not there[uuid.UUID(key)])
        }
        self.lacking = set(lines)
        if lines and not self.attribution:
            self.attribution = parse.value(ATTRIBUTION, self.ask(sorted(lines.values())))

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
                    return read_document(opened, known=actors.known(self.walk.tree(step.commit)))
                except (InvalidFile, TooLarge):
                    continue
        return None

    # -- commit by commit --

    def _step(self, step: CommitStep, changes: list[FileChange]) -> None:
        self.commit = step.commit
        commit = self.repository.commit(step.commit)
        info = commit_message.read(commit.message, author=commit.author, when=commit.when)
        known = self.actors.known(self.walk.tree(step.commit))
        edits = []
        for change in changes:
            edit = self._edit(change, known, info)
            if edit is not None:
                edits.append(edit)
        self._correct_shared(step, edits)
        for edit in edits:
            self._record(edit, info)
        self._record_others(info)

    def _edit(
        self, change: FileChange, known: Catalogue, info: commit_message.CommitInfo
    ) -> _PageEdit | None:
        """What a commit did to a page, or None if its file cannot be read."""
        page = self.pages[change.line]
        head = history.head(page.key)
        before = head.document if head else page.start
        base = None
        if change.parent:
            base = self._document(page, change.parent_name, change.parent, known, before, is_reported=True)
            base = base or page.last
        if not change.blob:
            return _PageEdit(page, change, head, base, None)
        document = self._document(page, change.name, change.blob, known, before)
        if document is None:
            page.unread_commits.append(f"{self.commit[:SHORT]} ({info.author})")
            document = self._body_alone(page, change, known, before) if self.skip_faulty else None
            if document is None:
                return None
            page.last = document
            return _PageEdit(page, change, head, base, document, is_partial=True)
        page.newest_blob, page.last = change.blob, document
        guesses, explicit = self.facts_of[change.line, change.blob]
        return _PageEdit(page, change, head, base, document, guesses=guesses, explicit=explicit)

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
        """What a file says, or None if it cannot be read, which is told unless it was."""
        key = (page.line, blob)
        if is_reported and key in self.documents:
            self.documents.move_to_end(key)
            return self.documents[key]
        completion = self._completion(name, self.commit) if page.derives else None
        try:
            opened = PageFile(self.repository.blob(blob), name=name, completion=completion)
            document = page.as_mine(read_document(opened, known=known, before=before, written=page.written))
        except (InvalidFile, TooLarge) as error:
            if not is_reported:
                self._note_invalid(name, error)
            return None
        if not is_reported:
            page.written = opened.numbers
            marks = [
                _("line %(line)s: %(message)s") % {"line": note.line, "message": note.message}
                for note in opened.notes
            ]
            self._note_derived(name, [*marks, *(completion.notes if completion else ())])
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
        completion = self._completion(change.name, self.commit)
        try:
            data = self.repository.blob(change.blob)
            front = self.repository.blob(page.newest_blob) if page.newest_blob else b""
            opened = PageFile(splice(front, data), name=change.name, completion=completion)
            document = page.as_mine(read_document(opened, known=known, before=before))
        except (InvalidFile, TooLarge):
            return None
        kept = _("the front matter cannot be read, and stays as it was; the text under it is kept")
        self._note_derived(change.name, [kept, *completion.notes])
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

    def _note_derived(self, path: str, notes: list[str]) -> None:
        if notes:
            self.report.notes.append(f"{self.commit[:SHORT]} {path}: {'; '.join(notes)}.")

    def _note_invalid(self, path: str, error: InvalidFile | TooLarge) -> None:
        if isinstance(error, TooLarge):
            self._fault(f"{path}: {error}")
        else:
            for fault in error.faults:
                self._fault(str(fault))

    def _fault(self, words: str) -> None:
        self.report.faults.setdefault(words, []).append(self.commit)

    # -- what pages share --

    def _correct_shared(self, step: CommitStep, edits: list[_PageEdit]) -> None:
        """Change on record what the commit changed of backers, sources and topics."""
        before, after = self.walk.tree(step.parent), self.walk.tree(step.commit)
        for old, new, unsaid in self.actors.changes(before.actors, after.actors):
            if old is not None:
                self._change(old, new)
            elif new.key in self.record.made:  # until now, only its address was known
                self._change(self.record.parts[new.key], new)
            elif new.key in self.record.parts:
                self._settle(new, {"name", "kind"} - unsaid, fill=True)
            if new.key in self.record.parts:
                self.guess_book.settle(new.key, {"name", "kind"} - unsaid)
        for name, blob in after.topics.items():
            if before.topics.get(name) != blob:
                self._take_topic(name, blob, before.topics.get(name))
        for edit in edits:
            if edit.base is None or edit.document is None:
                continue
            was: dict[str, Shared] = {part.key: part for part in edit.base.sources}
            was[edit.base.head.topic.key] = edit.base.head.topic
            shown: list[Shared] = [*edit.document.sources, edit.document.head.topic]
            for part in shown:
                if part.key in was:
                    self._change(was[part.key], part)

    def _take_topic(self, path: str, blob: str, before: str | None) -> None:
        """Put the title of a topic right that has a file of its own."""
        topic_in_file, old = (
            self.actors.topic(path, blob),
            self.actors.topic(path, before) if before else None,
        )
        on_record = self.record.known.topic(topic_in_file.slug) if topic_in_file else None
        if topic_in_file is None or on_record is None:
            return
        topic = replace(
            on_record,
            title=topic_in_file.title,
            description=topic_in_file.description or on_record.description,
        )
        if old is not None:
            self._change(
                replace(topic, title=old.title, description=old.description or topic.description), topic
            )
        self._settle(topic, {"title"}, fill=False)
        self.guess_book.settle(topic.key, ["title"])

    def _settle(self, new: Shared, explicit: Iterable[str], *, fill: bool) -> None:
        """Change what is only guessed on record to what is said of it, and fill what is empty there if asked to."""
        now = self.record.parts[new.key]
        names = {
            name
            for name in self.guess_book.fields(now) & set(explicit)
            if getattr(now, name) != getattr(new, name)
        }
        if fill:
            names |= {name for name in differing(now, new) if not getattr(now, name)}
        if names:
            self._change(now, replace(now, **{name: getattr(new, name) for name in names}))

    def _settle_explicit(self, edit: _PageEdit) -> None:
        """Put right what a page says itself of what was only guessed so far."""
        if edit.document is None:
            return
        parts: list[Shared] = [*edit.document.backers, edit.document.head.topic]
        for part in parts:
            if part.key in self.record.parts and (explicit := edit.explicit.get(part.key)):
                self._settle(part, explicit, fill=False)
                self.guess_book.settle(part.key, explicit)

    def _change(self, old: Shared, new: Shared) -> None:
        """Change what differs between the two on record, if it is there, and was not changed by others."""
        now = self.record.parts.get(new.key)
        if now is None:
            return
        names = [name for name in differing(old, new) if getattr(now, name) != getattr(new, name)]
        is_ours = new.key in self.record.made or new.key in self.record.changed
        for name in names:
            if not is_ours and getattr(now, name) != getattr(old, name):
                self.report.refused.append(
                    _(
                        "%(commit)s %(slug)s: “%(name)s” was changed here too. It is “%(here)s” here and “%(there)s” "
                        "there. Make it the same here as there, or there as here, and begin again."
                    )
                    % {
                        "commit": self.commit[:SHORT],
                        "slug": new.slug,
                        "name": name,
                        "here": one_line(getattr(now, name), getattr(old, name)),
                        "there": one_line(getattr(new, name), getattr(old, name)),
                    }
                )
                return
        if not names:
            return
        values = {name: getattr(new, name) for name in names}
        rows = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        try:
            with transaction.atomic():
                _ROWS[type(new)].objects.filter(pk=new.key).update(**rows)  # type: ignore[attr-defined]  # a model
        except IntegrityError as error:
            self._fault(f"{new.slug}: {str(error).splitlines()[0]}")
            return
        self.record.update(replace(now, **values))
        self.record.changed.add(new.key)

    # -- recording --

    def _record(self, edit: _PageEdit, info: commit_message.CommitInfo) -> None:
        self._settle_explicit(edit)
        page, change, head = edit.page, edit.change, edit.head
        new = self._target(edit)
        if new is None:
            return
        if self.attribution and change.line in self.lacking and not new.head.attribution:
            new = replace(new, head=replace(new.head, attribution=self.attribution))
        try:
            revision = history.record(
                new,
                author_name=info.author,
                summary=info.summary,
                time=self._time(info, head),
                base=head,
                kind=info.kind,
                reviewer_name=info.reviewer,
            )
        except InvalidDocument as error:
            name = change.name or change.parent_name
            for fault in error.faults:
                self._fault(f"{name}: {fault}")
            return
        self.guess_book.add(guess for guess in edit.guesses if guess.key not in self.record.parts)
        self.record.add(new)
        unread = [each for each in page.unread_commits if not each.startswith(self.commit[:SHORT])]
        if revision is not None and unread and not edit.is_partial:
            self.report.notes.append(
                _(
                    "%(commit)s %(page)s: also holds what changed in %(unread)s, whose file could not be read in full."
                )
                % {"commit": self.commit[:SHORT], "page": page.slug, "unread": ", ".join(unread)}
            )
            page.unread_commits = []
        if revision is not None:
            self._count(page.key, page.slug, revision.number, info, revision.time)
        if info.exported:
            now = revision.document if revision else head.entry.document if head else b""
            if bytes(now).hex() == info.document:
                self.report.as_before += 1
            else:
                self.report.otherwise += 1

    def _target(self, edit: _PageEdit) -> Document | None:
        """The page as the commit leaves it, or None if it leaves no page."""
        page, head = edit.page, edit.head
        if edit.document is None:
            return self._withdrawal(edit)
        is_whole = edit.change.whole and self.walk.order[self.commit] > page.until
        if head is None or (is_whole and not page.edited):
            return edit.document
        base = edit.base or page.start
        if edit.base is None:
            base = replace(base, head=replace(edit.document.head, publication=base.head.publication))
        merged = merge(base, head.document, edit.document)
        if merged.conflicts and page.edited:
            for conflict in merged.conflicts:
                self.report.refused.append(
                    _(
                        "%(commit)s %(slug)s: %(what)s was changed here too, since revision %(number)s. In the "
                        "repository: “%(there)s”; here: “%(here)s”. Make it the same here as there, or there as here, "
                        "and begin again."
                    )
                    % {
                        "there": word_diff.difference(conflict.shown[0], conflict.shown[2]),
                        "here": word_diff.difference(conflict.shown[0], conflict.shown[1]),
                        "commit": self.commit[:SHORT],
                        "slug": page.slug,
                        "what": conflict.label,
                        "number": page.number,
                    }
                )
            return None
        return merged.document

    def _withdrawal(self, edit: _PageEdit) -> Document | None:
        page, head = edit.page, edit.head
        if head is None or head.document.head.publication == Publication.WITHDRAWN:
            return None
        if page.edited and edit.base is not None and not _is_said(edit.base, head.document):
            self.report.refused.append(
                _(
                    "%(commit)s %(slug)s: its file was deleted there, and the page was edited here since revision "
                    "%(number)s. Withdraw the page here, or bring the file back, and begin again."
                )
                % {"commit": self.commit[:SHORT], "slug": page.slug, "number": page.number}
            )
            return None
        new = replace(head.document.head, publication=Publication.WITHDRAWN.value)
        return replace(head.document, head=new)

    def _record_others(self, info: commit_message.CommitInfo) -> None:
        """Record the other pages that show what was changed."""
        keys = history.unrecorded()
        if not keys:
            return
        heads = history.heads(keys)
        time = max([self._time(info, None), *(head.entry.time for head in heads.values())])
        try:
            with history.act(
                author_name=info.author, summary=info.summary, time=time, kind=info.kind
            ) as recorded:
                pass
        except InvalidDocument as error:  # what was changed cannot be so on another page
            self.report.refused += [f"{self.commit[:SHORT]} {fault}" for fault in error.faults]
            return
        for key in recorded:
            self._count(key, heads[key].document.head.slug, heads[key].number + 1, info, time)

    def _time(self, info: commit_message.CommitInfo, head: Reading | None) -> datetime.datetime:
        """When it was, as far as that can be: not before the revision before, and not in the future."""
        time = min(info.time, self.now)
        return max(time, head.entry.time) if head else time

    def _count(
        self, key: str, slug: str, number: int, info: commit_message.CommitInfo, time: datetime.datetime
    ) -> None:
        self.report.revisions += 1
        self.report.pages.add(key)
        for note in info.notes:
            self.report.notes.append(f"{self.commit[:SHORT]} {slug}: {note}.")
        if time != info.time:
            reason = _("which lies in the future") if info.time > self.now else _("before what it follows")
            self.report.notes.append(
                _("%(commit)s %(slug)s: dated %(date)s by its author, %(reason)s; recorded as of %(time)s.")
                % {
                    "commit": self.commit[:SHORT],
                    "slug": slug,
                    "date": minute(info.time),
                    "reason": reason,
                    "time": minute(time),
                }
            )
        first = text.headline(info.summary)
        self.tell(f"{self.commit[:SHORT]} {slug} {number}: {info.time:%Y-%m-%d} {info.author}: {first}")


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


def _is_said(one: Document, other: Document) -> bool:
    """Whether two documents say the same, but for what others share with them, and who may see it."""
    head = replace(one.head, topic=other.head.topic, publication=other.head.publication)
    return (head, one.context, one.points, one.positions) == (
        other.head,
        other.context,
        other.points,
        other.positions,
    )
