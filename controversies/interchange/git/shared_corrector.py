"""Corrects backers, sources and topics on record to what a commit changed of them."""

from collections.abc import Iterable
from dataclasses import replace

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from controversies.document.types import BLOCK_TYPES, TOPIC, Topic

from .backer_files import Shared, differing
from .history_walk import CommitStep
from .import_context import ImportContext, PageEdit
from .report import SHORT, one_line


class SharedCorrector:
    """Corrects what pages share, commit by commit. Changes of others are refused, not overwritten."""

    def __init__(self, context: ImportContext) -> None:
        self.context, self.report, self.walk = context, context.report, context.walk
        self.record, self.actors, self.guess_book = context.record, context.actors, context.guess_book

    def correct(self, step: CommitStep, edits: list[PageEdit]) -> None:
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
                self._correct_topic(name, blob, before.topics.get(name))
        for edit in edits:
            if edit.base is None or edit.document is None:
                continue
            was: dict[str, Shared] = {part.key: part for part in edit.base.sources}
            was[edit.base.head.topic.key] = edit.base.head.topic
            shown: list[Shared] = [*edit.document.sources, edit.document.head.topic]
            for part in shown:
                if part.key in was:
                    self._change(was[part.key], part)

    def _correct_topic(self, path: str, blob: str, before: str | None) -> None:
        """Put the title of a topic right that has a file of its own."""
        topic_in_file, old = (
            self.actors.topic(path, blob),
            self.actors.topic(path, before) if before else None,
        )
        on_record = self.record.catalogue.topic(topic_in_file.slug) if topic_in_file else None
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
        """Replace guesses on record by explicit facts, and with `fill`, set fields that are empty there."""
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

    def settle_explicit(self, edit: PageEdit) -> None:
        """Replace guesses on record by the facts that the page itself gives."""
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
                        "%(commit)s %(slug)s: “%(name)s” was also changed on the site. It is “%(here)s” on the site "
                        "and "
                        "“%(there)s” in the repository. Make both the same, and try again."
                    )
                    % {
                        "commit": self.context.commit[:SHORT],
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
                model = (TOPIC if isinstance(new, Topic) else BLOCK_TYPES[type(new)]).model
                model._default_manager.filter(pk=new.key).update(**rows)
        except IntegrityError as error:
            self.context.fault(f"{new.slug}: {str(error).splitlines()[0]}")
            return
        self.record.update(replace(now, **values))
        self.record.changed.add(new.key)
