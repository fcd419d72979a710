"""Records the revision that a commit is, and those of other pages that show what it corrected."""

import datetime
from dataclasses import replace

from django.utils.translation import gettext as _

from controversies import history
from controversies.document import text
from controversies.document.merge import merge
from controversies.document.parse import InvalidDocument
from controversies.document.types import Document
from controversies.history import Reading
from controversies.interchange import word_diff
from controversies.interchange.own_content import own_content
from controversies.models import Publication

from .commit_message import CommitInfo
from .import_context import ImportContext, PageEdit
from .report import SHORT, minute
from .shared_corrector import SharedCorrector


class RevisionRecorder:
    """Records the edits of commits. `attribution` is that of the pages on `lines` that have none of their own."""

    def __init__(self, context: ImportContext, corrector: SharedCorrector) -> None:
        self.context, self.corrector, self.report = context, corrector, context.report
        self.record, self.walk, self.guess_book = context.record, context.walk, context.guess_book
        self.attribution = ""
        self.lines: set[int] = set()

    def record_edit(self, edit: PageEdit, info: CommitInfo) -> None:
        self.corrector.settle_explicit(edit)
        page, change, head = edit.page, edit.change, edit.head
        new = self._target(edit)
        if new is None:
            return
        if self.attribution and change.line in self.lines and not new.head.attribution:
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
                self.context.fault(f"{name}: {fault}")
            return
        self.guess_book.add(guess for guess in edit.guesses if guess.key not in self.record.parts)
        self.record.add(new)
        unread = [each for each in page.unread_commits if not each.startswith(self.context.commit[:SHORT])]
        if revision is not None and unread and not edit.is_partial:
            self.report.notes.append(
                _(
                    "%(commit)s %(page)s: includes the changes of %(unread)s, whose file could not be read in full."
                )
                % {"commit": self.context.commit[:SHORT], "page": page.slug, "unread": ", ".join(unread)}
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

    def _target(self, edit: PageEdit) -> Document | None:
        """The page as the commit leaves it, or None if it leaves no page."""
        page, head = edit.page, edit.head
        if edit.document is None:
            return self._withdrawal(edit)
        is_whole = edit.change.whole and self.walk.order[self.context.commit] > page.until
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
                        "%(commit)s %(slug)s: %(what)s was also changed on the site, since revision %(number)s. In the "
                        "repository: “%(there)s”; on the site: “%(here)s”. Make both the same, and try again."
                    )
                    % {
                        "there": word_diff.difference(conflict.shown[0], conflict.shown[2]),
                        "here": word_diff.difference(conflict.shown[0], conflict.shown[1]),
                        "commit": self.context.commit[:SHORT],
                        "slug": page.slug,
                        "what": conflict.label,
                        "number": page.number,
                    }
                )
            return None
        return merged.document

    def _withdrawal(self, edit: PageEdit) -> Document | None:
        page, head = edit.page, edit.head
        if head is None or head.document.head.publication == Publication.WITHDRAWN:
            return None
        if (
            page.edited
            and edit.base is not None
            and own_content(edit.base, topic=False, publication=False)
            != own_content(head.document, topic=False, publication=False)
        ):
            self.report.refused.append(
                _(
                    "%(commit)s %(slug)s: the file was deleted in the repository, and the page was edited on the "
                    "site since "
                    "revision %(number)s. Withdraw the page on the site, or restore the file, and try again."
                )
                % {"commit": self.context.commit[:SHORT], "slug": page.slug, "number": page.number}
            )
            return None
        new = replace(head.document.head, publication=Publication.WITHDRAWN.value)
        return replace(head.document, head=new)

    def record_others(self, info: CommitInfo) -> None:
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
            self.report.refused += [f"{self.context.commit[:SHORT]} {fault}" for fault in error.faults]
            return
        for key in recorded:
            self._count(key, heads[key].document.head.slug, heads[key].number + 1, info, time)

    def _time(self, info: CommitInfo, head: Reading | None) -> datetime.datetime:
        """The commit's time, but not before the previous revision and not in the future."""
        time = min(info.time, self.context.now)
        return max(time, head.entry.time) if head else time

    def _count(self, key: str, slug: str, number: int, info: CommitInfo, time: datetime.datetime) -> None:
        self.report.revisions += 1
        self.report.pages.add(key)
        for note in info.notes:
            self.report.notes.append(f"{self.context.commit[:SHORT]} {slug}: {note}.")
        if time != info.time:
            if info.time > self.context.now:
                message = _(
                    "%(commit)s %(slug)s: its author's date, %(date)s, lies in the future; recorded as of %(time)s."
                )
            else:
                message = _(
                    "%(commit)s %(slug)s: its author's date, %(date)s, is before the previous revision; "
                    "recorded as of %(time)s."
                )
            commit = self.context.commit[:SHORT]
            dates = {"date": minute(info.time), "time": minute(time)}
            self.report.notes.append(message % {"commit": commit, "slug": slug, **dates})
        first = text.headline(info.summary)
        self.context.tell(
            f"{self.context.commit[:SHORT]} {slug} {number}: {info.time:%Y-%m-%d} {info.author}: {first}"
        )
