"""Reads the text of a page's file as a document; every fault has its line."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from yaml import Node

from controversies.document import parse
from controversies.document.canonical import to_json
from controversies.document.parse import InvalidDocument
from controversies.document.schema import Spec
from controversies.document.types import Context, Document, Head, Topic, context_key
from controversies.kit.keys import is_key
from controversies.models import Publication, Status
from controversies.models.fields import is_partial_date

from . import guesses, key_paths, marks, vocabulary
from .catalogue import Catalogue
from .faults import FileFault, InvalidFile
from .guesses import Prose
from .matching import KeyAssigner
from .mentions import MentionIndex
from .page_file import PageFile
from .part_reader import BlockListReader, PartReader
from .point_reader import PointReader
from .position_reader import PositionReader
from .rule_check import further_faults

_NO_TOPIC = Topic(key=key_paths.thread_key("none"), slug="none", title="?")  # so that the rest can be checked


def read(
    text: str,
    *,
    name: str,
    known: Catalogue,
    before: Document | None = None,
    numbers: Sequence[str] | None = None,
) -> Document:
    """Read a file's text as a document. Raises InvalidFile with every fault.

    `name` is the file's, for faults, and for the page's address where the text does not give it. `known` are the
    backers, sources and topics on record, to which those in the file are added. `before` is the document that the text
    was made from: recognisable parts keep their keys. `numbers` are the keys of the sources that marks by number mean,
    in order; without them, the file numbers its sources itself.
    """
    return document(PageFile(text, name=name), known=known, before=before, numbers=numbers)


def document(
    page: PageFile,
    *,
    known: Catalogue,
    before: Document | None = None,
    numbers: Sequence[str] | None = None,
    written: Sequence[str] | None = None,
) -> Document:
    """Read an open file as a document, as `read()` does; once only.

    `written` are the keys that numbers meant in the version before, if not those of `before`: its `PageFile.numbers`.
    """
    return _PageReader(page, known, before, numbers, written).document()


class _PageReader:
    def __init__(
        self,
        page: PageFile,
        known: Catalogue,
        before: Document | None,
        numbers: Sequence[str] | None,
        written: Sequence[str] | None,
    ) -> None:
        self.page, self.before, self.numbers, self.written = page, before, numbers, written
        self.nodes, self.fields, self.top = page.nodes, page.fields, page.top
        self.faults, self.lines = page.faults, page.lines
        explicit_keys = self.explicit_keys()
        if before is not None:
            known = known.extended(before.backers, before.sources, [before.head.topic])
        self.key = (
            before.key if before else explicit_keys.get(key_paths.PAGE) or key_paths.page_key(page.slug)
        )
        self.mentions = MentionIndex(self.fields, known, explicit_keys, page.completion)
        keys = KeyAssigner(explicit_keys, [self.key, context_key(self.key)])
        self.reader = PartReader(page, self.key, before, self.mentions, keys)

    def explicit_keys(self) -> dict[str, str]:
        """The keys that the file gives, by path."""
        node = self.top.get("keys")
        keys: dict[str, str] = {}
        lines: dict[str, int] = {}
        for path, value in self.nodes.free(node) if node else ():
            key = (self.fields.line(value, path) or "").lower()
            if not is_key(key):
                message = _("“%s” is not a key. Leave the line out: missing keys are made.")
                self.nodes.add(value, message % key[:60])
            elif key in lines:
                message = _("Line %s has this key too. Leave the line out of the copy.")
                self.nodes.add(value, message % lines[key])
            else:
                keys[path] = key
                lines[key] = self.nodes.line(value)
        if self.before and keys.get(key_paths.PAGE, self.before.key) != self.before.key:
            message = _("These are the keys of another page. Leave “keys” out of the copy.")
            self.nodes.add(node, message)  # type: ignore[arg-type]  # it is there
        return keys

    def document(self) -> Document:
        data: dict[str, Any] = {"key": self.key, "slug": self.page.slug or "x", **self.head()}
        points = PointReader(self.reader)
        data["points"] = points.read(self.top.get("points"))
        data["positions"] = PositionReader(self.reader, points).read(self.top.get("positions"))
        for block_type in vocabulary.OTHER_BLOCKS:
            blocks = BlockListReader(self.reader, block_type)
            data[block_type.attribute] = blocks.read(self.top.get(block_type.attribute))
        data["context"] = self.context()
        self.reader.citations.resolve()
        data["sources"] = [to_json(source) for source in self.reader.citations.sources]
        backers = self.mentions.backers.values()
        if any(mention.guessed for mention in backers) or self.mentions.new_topic:
            self.page.guesses = list(self.mentions.guess(Prose(guesses.words_of(data))))
        self.page.explicit_facts = self.mentions.explicit_facts
        data["backers"] = [to_json(self.mentions.backer_block(mention)) for mention in backers]
        return self.parse(data)

    def context(self) -> dict[str, Any]:
        key = context_key(self.key)
        old = self.before.context.citations if self.before else ()
        node = self.top.get(Context.spec("citations").file)
        values = {
            spec.name: self.fields.value(spec, self.top[spec.file])
            for spec in vocabulary.plain_specs(Context)
            if not spec.file_heading and spec.file in self.top
        }
        texts = {spec.name: self.headed_text(spec, f"context.{spec.name}") for spec in _headed_specs(Context)}
        return {
            **{name: value for name, value in values.items() if value is not None},
            "key": key,
            **texts,
            "citations": self.reader.citations.read(node, "context", "context", key, old),
        }

    def parse(self, data: dict[str, Any]) -> Document:
        """The document of this data. Raises its faults, and those of the file so far."""
        self.put_marks(data)
        for i, mention in enumerate(self.mentions.backers.values()):
            mention.note_lines(self.lines, f"backers[{i}]")
        if completion := self.page.completion:  # leave out what could not be read
            for fault in self.faults.items:
                completion.note(
                    _("line %(line)s: %(message)s") % {"line": fault.line, "message": fault.message}
                )
            self.faults.items.clear()
        try:
            document = parse.document(data)
        except InvalidDocument as error:
            for each in (*error.faults, *further_faults(data, error.faults)):
                self.page.fault(each.path, each.message)
            raise InvalidFile(self.faults.items) from error
        self.faults.raise_any()
        return document

    def put_marks(self, data: dict[str, Any]) -> None:
        """Write the marks of sources as the record has them."""

        def fault(spot: marks.Spot, message: str) -> None:
            self.faults.add(self.page.line_of(*spot), message)

        sources = [*(self.before.sources if self.before else ()), *self.reader.citations.sources]
        completion = self.page.completion
        mark_reader = marks.MarkReader(
            self.mentions.source_names(),
            {source.key: source.title for source in sources},
            self.before,
            self.numbers,
            fault,
            written=self.written,
            is_lenient=completion is not None,
        )
        mark_reader.convert(data)
        self.page.numbers = mark_reader.used
        notes = [(self.page.line_of(*spot), note) for spot, note in mark_reader.notes]
        for line, message in sorted(dict.fromkeys([*notes, *self.mentions.notes])):
            if completion:
                completion.note(_("line %(line)s: %(message)s") % {"line": line, "message": message})
            else:
                self.page.notes.append(FileFault(self.faults.file, line, message))

    # -- head --

    def head(self) -> dict[str, Any]:
        for name in vocabulary.PAGE:
            self.reader.mark(name, self.top.get(name))
        for name in ("title", "thread", "status"):
            if name not in self.top:
                self.faults.add(self.nodes.first, self.missing(name))
        self.check_last_updated()
        values = self.reader.values(Head, self.without_headed(self.top))
        publication = self.before.head.publication if self.before else Publication.DRAFT.value
        placeholders = {"title": "?", "status": Status.ACTIVE.value, "publication": publication}
        values |= {name: value for name, value in placeholders.items() if not values[name]}
        return {
            **values,
            "topic": to_json(self.topic() or _NO_TOPIC),
            **{spec.name: self.headed_text(spec, spec.name) for spec in _headed_specs(Head)},
        }

    def topic(self) -> Topic | None:
        thread = self.top.get("thread")
        facts: dict[str, Any] = {}
        for name, spec in vocabulary.topic_fields(Head.spec("topic")):
            node = self.top.get(name)
            self.reader.mark(f"topic.{spec.name}", node)
            if node is not None and ((value := self.fields.value(spec, node)) or not spec.required):
                facts[spec.name] = value or spec.default
        if "title" not in facts:
            self.reader.mark("topic.title", self.top.get("thread_title") or thread)
        self.reader.mark("topic.slug", thread)
        topic = self.mentions.topic(thread, facts)
        if topic:
            self.reader.mark(topic.key, thread)
            for name, spec in vocabulary.topic_fields(Head.spec("topic")):
                self.reader.mark(f"{topic.key}.{spec.name}", self.top.get(name))
        return topic

    def without_headed(self, facts: Mapping[str, Node]) -> dict[str, Node]:
        headings = {spec.file for spec in _headed_specs(Head)}
        return {name: node for name, node in facts.items() if name not in headings}

    def check_last_updated(self) -> None:
        node = self.top.get("last_updated")
        updated = (self.fields.prose(node, "last_updated") or "") if node is not None else ""
        if node is not None and updated and not is_partial_date(updated[:10]):
            self.nodes.add(node, _("Write the day as 2026-03-08, not “%s”.") % updated[:60])

    def missing(self, name: str) -> str:
        example = {
            "title": _("Write “title: …”, what the page is called."),
            "thread": _("Write “thread: …”, the address of its topic, as in “thread: open-weights”."),
            "status": _("Write “status: …”, one of: %s.") % ", ".join(Status.values),
        }
        return _("“%s” is missing.") % name + " " + example[name]

    def headed_text(self, spec: Spec, path: str) -> str:
        """Prose that stands in the front matter or in the body under its heading."""
        node, heading = self.top.get(spec.file), spec.file_heading
        body = self.page.body
        text = body.texts.get(heading, "")
        if node is None:
            self.lines[path] = body.lines.get(heading) or body.lines[""]
            return text
        self.reader.mark(path, node)
        if text:
            message = _("“%(name)s” stands here and under “## %(section)s”. Keep one.")
            self.nodes.add(node, message % {"name": spec.file, "section": heading})
        return self.fields.prose(node, spec.file) or ""


def _headed_specs(part: type[Head] | type[Context]) -> list[Spec]:
    return [spec for block_type, spec in vocabulary.headed_specs() if block_type.part is part]
