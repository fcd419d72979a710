"""The form of a whole page in fields: drawn from a document, and read back into one.

Lists are repeated hidden inputs that name the keys of their members, in order: `points`, `positions`,
`<position>-backings`, `<part>-citations`. The order on the page is the order; what is absent is removed; a part moves
by being named in another list. A stance is a cell of its position for a point; its fields begin with
`<position>-stances-<point>`.

A block whose fields were not sent, because it was never opened, is carried over from the document that the form was
drawn from; so is each field of a part that the form does not have.
"""

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _

from controversies import likeness
from controversies import models as m
from controversies.admin.edit.form_node import (
    FormList,
    FormNode,
    NewPart,
    cell_type,
    list_classes,
    part_class,
    parts_within,
    reference_kind,
    reference_spec,
)
from controversies.admin.edit.page_form import FormProblem, FormSource, PageForm
from controversies.admin.fields import ReferenceInput
from controversies.admin.form_context import SHARED_NAMES, SHARED_TYPES, shared_parts
from controversies.admin.part_form import PartForm, form_class
from controversies.admin.shared.draft_part import draft_part, with_free_slugs
from controversies.admin.shared.usage import with_details
from controversies.document import parse
from controversies.document.evidence import position_evidence
from controversies.document.evidence_words import summary
from controversies.document.types import (
    BLOCK_TYPES,
    BLOCKS,
    BY_NAME,
    BlockType,
    Citation,
    Document,
    Head,
    Part,
    Position,
    Topic,
)
from controversies.history import shared_rows
from controversies.kit.keys import is_key

MAX_OPEN = 6  # blocks of one type that are drawn open; of more, each is fetched when it is opened
NEW_KEY = "__key__"  # stands for the key of a part that a script adds
EMPTY_BLOCKS = {
    "points": 1,
    "positions": 2,
}  # that a new page begins with, which serve people without scripts, too
LISTED = tuple(block_type for block_type in BLOCKS if block_type.many and not block_type.shared)
SINGLE = tuple(block_type for block_type in BLOCKS if not block_type.many)


class FieldsForm(PageForm):
    """A form for each block of a document."""

    template = "change_form.html"

    def __init__(
        self, source: FormSource, data: QueryDict | None = None, *, open_all: bool = False, open_at: str = ""
    ) -> None:
        """`open_all` opens every block, `open_at` the one that has the part of this key."""
        super().__init__(source, data)
        self.open_all = open_all
        self.open_at = open_at
        self.context.add_document(self.shown)
        if self.current is not None:
            self.context.add_document(self.current.document)
        self.parts: dict[str, Part] = {}  # of the document shown, by key
        for block in self.shown.blocks():
            self.parts |= {
                part.identity: part for part in (block, *parts_within(block)) if cell_type(type(part)) is None
            }
        self.seen_keys: set[str] = set()
        self.new: dict[str, NewPart] = {}  # topics, backers and sources that no row has yet, by key
        if data is not None:
            self._look_up(data)
        elif self.is_proposed:
            self._draw_unrecorded()
        self.single = {block_type.name: self._single_node(block_type) for block_type in SINGLE}
        self._limit_head()
        self.blocks: dict[str, list[FormNode]] = {}
        for block_type in LISTED:
            self.blocks[block_type.attribute] = self._block_nodes(block_type)
        if self.is_new and data is None and not self.is_proposed:
            self._add_empty_blocks()
        self.places: dict[str, FormNode] = {}  # by the path of a document's fault
        self._name_nodes()
        self._place_new_parts()
        self._show_evidence()

    def _show_evidence(self) -> None:
        """Say beside the reason for a position's confidence what evidence was cited when the form was drawn."""
        for node in self.positions:
            if node.form is None or not isinstance(node.part, Position):
                continue
            if reason := node.form.fields.get("confidence_reason"):
                reason.help_text = summary(position_evidence(self.shown, node.part))

    # -- the nodes of the page --

    @property
    def head(self) -> FormNode:
        return self.single["head"]

    @property
    def context_block(self) -> FormNode:
        return self.single["context"]

    @property
    def points(self) -> list[FormNode]:
        return self.blocks["points"]

    @property
    def positions(self) -> list[FormNode]:
        return self.blocks["positions"]

    @property
    def sections(self) -> list[tuple[BlockType, list[FormNode]]]:
        """The lists of blocks, as they are drawn."""
        return [(block_type, self.blocks[block_type.attribute]) for block_type in LISTED]

    def _single_node(self, block_type: BlockType) -> FormNode:
        drawn, shown = getattr(self.start, block_type.attribute), getattr(self.shown, block_type.attribute)
        form = form_class(block_type.part)(self.data, block_type.name, drawn, self.context)
        node = FormNode(block_type.part, block_type.name, form, shown, path=shown.key)
        self._add_lists(node)
        return node

    def _limit_head(self) -> None:
        """Remove the fields that this user, or nobody, may change here."""
        fields = self._form(self.head).fields
        if self.has_fixed_address:
            del fields["slug"]
        if not self.may_publish or self.is_public or self.restores_publication:
            del fields["publication"]
        else:
            offered = [(choice.value, f"{choice.label} – {choice.meaning}") for choice in self.publications]
            widget: Any = fields["publication"].widget
            widget.choices = offered
        if not self.may_review:
            del fields["reviewed"]

    @staticmethod
    def _form(node: FormNode) -> PartForm:
        if node.form is None:
            raise TypeError("Only blocks in lists are ever closed.")
        return node.form

    def _look_up(self, data: QueryDict) -> None:
        """Read what the submitted form refers to: a few queries for each kind that is not known yet."""
        values: dict[str, list[str]] = {name: [] for name in SHARED_NAMES}
        for each in data:
            kind = each.rpartition("-")[2]
            if kind in values:
                values[kind].append(ReferenceInput(kind).value_from_datadict(data, None, each))
        for name, model in SHARED_NAMES.items():
            block_type = SHARED_TYPES[model]
            new = [self._check_key(str(key)) for key in data.getlist(block_type.attribute)]
            drawn = self.context.parts[model].copy()
            if new:  # recorded ones were sent twice
                self.context.add_recorded(model, new)
            self.context.look_up(model, values[name])
            for key in new:
                if self.context.is_recorded(model, key):
                    continue
                if key in drawn or self.context.may_add(model):
                    self._add_new(NewPart.submitted(block_type, key, drawn.get(key), data, self.context))
            self.context.look_up_texts(model, [value for value in values[name] if not is_key(value)])

    def _draw_unrecorded(self) -> None:
        """Give the parts of a proposal that no row has yet their fields."""
        keys = shared_rows.unrecorded_keys(self.shown)
        for part in shared_parts(self.shown):
            if part.identity in keys:
                self._add_new(NewPart.from_part(SHARED_TYPES[part.MODEL], part, self.context))

    def _add_new(self, new: NewPart) -> None:
        self.new[new.key] = new
        self.context.add_new(new.part)

    def _place_new_parts(self) -> None:
        """Draw each new part with the first that refers to it, and ask where a text does not say which one is meant."""
        if not self.new and not any(self.context.matches.values()):
            return
        placed: set[str] = set()
        for node in self.nodes():
            bound = node.reference
            if bound is None:
                continue
            value, model = str(bound.value() or ""), SHARED_NAMES[reference_kind(node.cls)]
            if value in self.new and value not in placed:
                placed.add(value)
                node.new_part = self.new[value]
            elif self.data is not None and value and not self.context.key_of(model, value):
                self._ask(node, SHARED_TYPES[model], value)

    def _ask(self, node: FormNode, block_type: BlockType, text: str) -> None:
        """Offer what a text may mean, and a new part of it."""
        matches = self.context.matches[block_type.model].get(text, [])[: likeness.LIMIT]
        node.matches = with_details(block_type.model, matches, self.context.user)
        if self.context.may_add(block_type.model):
            node.new_part = NewPart.from_part(block_type, draft_part(block_type, text), self.context)
            node.new_part.is_asked = True

    def _check_key(self, text: str) -> str:
        """Return a submitted key. Raises BadRequest for what no script of ours sends."""
        if not is_key(text):
            raise BadRequest("A key is not a UUID.")
        if text in self.seen_keys:
            raise BadRequest("A key is listed twice.")
        self.seen_keys.add(text)
        return text

    def _part(self, key: str, cls: type[Part]) -> Part | None:
        """The part of this key in the document shown, if it is of that class."""
        part = self.parts.get(key)
        return part if isinstance(part, cls) else None

    def _keys(self, name: str, shown: Iterable[Part]) -> list[str]:
        if self.data is None:
            return [part.identity for part in shown]
        return [self._check_key(str(text)) for text in self.data.getlist(name)]

    def _block_nodes(self, block_type: BlockType) -> list[FormNode]:
        keys = self._keys(block_type.attribute, block_type.blocks(self.shown))
        nodes = []
        for index, key in enumerate(keys):
            node = FormNode(block_type.part, key, None, self._part(key, block_type.part), index, key)
            if self.data is None:
                is_open = self.open_all or len(keys) <= MAX_OPEN or self._has_opened(node.part)
            else:
                is_open = f"{key}-{block_type.part.TITLE}" in self.data  # which is sent if any field is
                if not is_open and any(name.startswith(f"{key}-") for name in self.data):
                    raise BadRequest("A block was sent in part.")
                if not is_open and node.part is None:
                    if not self.is_proposed:
                        raise BadRequest("A part is named that the page did not have.")
                    self._leave_out(node)
                    continue
            if is_open:
                self._open(node)
            nodes.append(node)
        return nodes

    def _has_opened(self, block: Part | None) -> bool:
        """Whether a block has the part at which the form is opened."""
        if not self.open_at or block is None:
            return False
        return any(part.identity == self.open_at for part in parts_within(block))

    def _leave_out(self, node: FormNode) -> None:
        """Say that a block which nobody had opened is gone: no document has its text any more."""
        message = _("%(block)s was removed from the proposal in the meantime, so it is not here.")
        self.general.append(message % {"block": self._place_name(node)})

    def _open(self, node: FormNode) -> None:
        """Give a block its fields."""
        node.is_open = node.kind == "position" or self.is_new or self.open_all
        node.form = form_class(node.cls)(self.data, node.key, node.part, self.context)
        self._add_lists(node)

    def _add_lists(self, node: FormNode) -> None:
        for spec in node.cls.SHOWN_LISTS:
            cls, shown = part_class(spec), getattr(node.part, spec.name) if node.part else ()
            each = FormList(spec, node.key)
            node.lists.append(each)
            if (block_type := cell_type(cls)) is not None:
                parts = {part.identity: part for part in shown}
                for about in self.blocks[block_type.attribute]:
                    part = parts.get(about.key)
                    key = f"{each.field_name}-{about.key}"
                    path = f"{node.path}.{spec.name}.{about.key}"
                    each.nodes.append(self._part_node(cls, key, part, path, about=about))
                continue
            for index, key in enumerate(self._keys(each.field_name, shown)):
                path = f"{node.path}.{spec.name}.{key}"
                each.nodes.append(self._part_node(cls, key, self._part(key, cls), path, index))

    def _part_node(
        self,
        cls: type[Part],
        key: str,
        part: Part | None,
        path: str,
        index: int = 0,
        about: FormNode | None = None,
    ) -> FormNode:
        form = form_class(cls)(self.data, key, part, self.context)
        node = FormNode(cls, key, form, part, index, path, about=about)
        if isinstance(part, Citation):
            node.source_number = self.shown.source_numbers.get(part.source)
        self._add_lists(node)
        return node

    def _add_empty_blocks(self) -> None:
        """Add blocks to begin with; those left blank are not kept."""
        for block_type in LISTED:
            nodes = self.blocks[block_type.attribute]
            for _number in range(EMPTY_BLOCKS.get(block_type.attribute, 0)):
                node = FormNode(block_type.part, str(uuid.uuid4()), index=len(nodes))
                nodes.append(node)
                self._open(node)

    def open_block(self, key: str) -> FormNode | None:
        """The block of this key with its fields; None if the document has none in its lists."""
        for node in (node for nodes in self.blocks.values() for node in nodes):
            if node.key == key:
                if node.form is None:
                    self._open(node)
                    self._name_nodes()
                    self._place_new_parts()
                return node
        return None

    def templates(self) -> list[FormNode]:
        """A new part of each kind, for scripts to copy. Its form is unbound, so that nothing in it is wrong yet."""
        blocks = [block_type.part for block_type in LISTED]
        classes = dict.fromkeys([*blocks, *(each for cls in blocks for each in list_classes(cls))])
        return [self._template(cls) for cls in classes]

    def new_part_templates(self) -> list[NewPart]:
        """A new topic, backer and source, for scripts to copy, of those that this user may add."""
        return [
            NewPart.template(block_type, self.context)
            for model, block_type in SHARED_TYPES.items()
            if self.context.may_add(model)
        ]

    def _template(self, cls: type[Part]) -> FormNode:
        node = FormNode(cls, NEW_KEY, form_class(cls)(None, NEW_KEY, None, self.context))
        node.lists = [FormList(spec, NEW_KEY) for spec in cls.SHOWN_LISTS]
        if (block_type := cell_type(cls)) is not None:
            node.about = FormNode(block_type.part, "")
        return node

    def _name_nodes(self) -> None:
        """Give every node the name by which people know it."""
        for node in self.nodes():
            reference = reference_spec(node.cls)
            if node.cls.TITLE and node.form:
                node.name = str(node.form[node.cls.TITLE].value() or "")
            elif node.cls.TITLE:
                node.name = node.part.display_name
            elif reference is not None and node.form:
                model = BY_NAME[reference.refers_to].model
                node.name = self.context.name(model, node.form[reference.name].value())

    def nodes(self) -> Iterator[FormNode]:
        """Every node, in the order of the page."""

        def walk(node: FormNode) -> Iterator[FormNode]:
            yield node
            for child in node.children():
                yield from walk(child)

        for top in self._tops():
            yield from walk(top)

    def _tops(self) -> Iterator[FormNode]:
        yield from self.single.values()
        for nodes in self.blocks.values():
            yield from nodes

    @property
    def is_complete(self) -> bool:
        """Whether the document has all that was typed, names of what it refers to and new parts included."""
        used = set(self._references(self.document))
        return used >= self.new.keys() and not any(
            node.matches or (node.new_part and node.new_part.key not in self.new) for node in self.nodes()
        )

    def is_unrecorded(self, part: Part) -> bool:
        return part.identity in self.context.unrecorded

    def as_submitted(self) -> QueryDict:
        """Return the data that a browser would send of the form as it is drawn."""
        data = QueryDict(mutable=True)
        for attribute, nodes in self.blocks.items():
            data.setlist(attribute, [node.key for node in nodes])
        for new in self.new.values():
            data.appendlist(new.list_name, new.key)
        for node in (*self.nodes(), *self.new.values()):
            if node.form is None:
                continue
            for each in node.lists:
                if not each.has_cells:
                    data.setlist(each.field_name, [child.key for child in each.nodes])
            for bound in node.form:
                if not isinstance(bound.field, forms.BooleanField):
                    value = bound.field.prepare_value(bound.value())
                    data[bound.html_name] = str(value or "")
        return data

    # -- the document that was typed --

    @cached_property
    def document(self) -> Document:
        """The document in the form, valid or not. Fills `places`."""
        self.places = {}
        context: Any = self._build(self.context_block, "context", {})
        kept: dict[str, set[str]] = {}  # keys of the blocks, by the attribute of their type
        blocks: dict[str, tuple[Any, ...]] = {}
        for block_type in LISTED:
            built: list[Part] = []
            for node in self.blocks[block_type.attribute]:
                part = self._build(node, f"{block_type.attribute}[{len(built)}]", kept)
                if part is not None:
                    built.append(part)
            blocks[block_type.attribute] = tuple(built)
            kept[block_type.attribute] = {part.identity for part in built}
        self.places[""] = self.head
        document = replace(self.shown, head=self._build_head(), context=context, **blocks)
        self._name_new_parts(document)
        document = replace(document, head=self._with_topic(document.head))
        backers, sources = self.context.parts[m.Backer], self.context.parts[m.Source]
        held = dict.fromkeys(b.backer for position in document.positions for b in position.backings)
        cited = dict.fromkeys(citation.source for citation in document.citations())
        document = replace(
            document,
            backers=tuple(backers[key] for key in held if key in backers),
            sources=tuple(sources[key] for key in cited if key in sources),
        )
        for block_type in (block_type for block_type in BLOCKS if block_type.shared):
            for index, part in enumerate(block_type.blocks(document)):
                if part.key in self.new:
                    self.places[f"{block_type.attribute}[{index}]"] = self.new[part.key]
        return self.renumber(document, {source.key: source.title for source in sources.values()})

    def _name_new_parts(self, document: Document) -> None:
        """Give the new parts that the document refers to their addresses; one query for each kind."""
        used = set(self._references(document))
        for model, block_type in SHARED_TYPES.items():
            new = [each for key, each in self.new.items() if each.block_type is block_type and key in used]
            for each, part in zip(new, with_free_slugs(model, [each.part for each in new]), strict=True):
                each.part = self.context.parts[model][each.key] = part

    @staticmethod
    def _references(document: Document) -> Iterator[str]:
        yield document.head.topic.key
        yield from (backing.backer for position in document.positions for backing in position.backings)
        yield from (citation.source for citation in document.citations())

    def _with_topic(self, head: Head) -> Head:
        return replace(head, topic=self.context.parts[m.Topic].get(head.topic.key, head.topic))

    def _build_head(self) -> Head:
        values = self._form(self.head).values()
        head = self.start.head
        key = values.pop("topic")
        topic = self.context.parts[m.Topic].get(key) or Topic(key=key, slug="", title="")
        if values.pop("reviewed", False):
            head = self.with_review(head)
        if values.get("slug") == "":
            values["slug"] = slugify(values["title"]).replace("_", "-")[:100].strip("-")
        return replace(head, topic=topic, **values)

    def _build(self, node: FormNode, path: str, kept: dict[str, set[str]]) -> Part | None:
        """The part in a node, None if it is blank. A field that the form lacks stays as it is in the part drawn.

        `path` is that of the part in the document; `kept` has the keys of the blocks that cells may be for.
        """
        if node.form is None:
            self.places[path] = node
            return _without_cells(node.part, kept)
        values: dict[str, Any] = {
            each.spec.name: self._build_list(each, f"{path}.{each.spec.name}", kept) for each in node.lists
        }
        has_parts = any(values.values())
        if node.form.is_blank and not has_parts and (node.part is None or node.about is not None):
            return None
        self.places[path] = node
        values |= node.form.values()
        if node.part is not None:
            return replace(node.part, **values)
        identity = node.about.key if node.about is not None else node.key
        return node.cls(**{node.cls.IDENTITY: identity}, **values)

    def _build_list(self, each: FormList, path: str, kept: dict[str, set[str]]) -> tuple[Part, ...]:
        nodes = each.nodes
        if (block_type := cell_type(part_class(each.spec))) is not None:
            about = [(node.about.key, node) for node in nodes if node.about is not None]
            keys = kept[block_type.attribute]
            nodes = [node for key, node in sorted(about, key=lambda pair: pair[0]) if key in keys]
        built: list[Part] = []
        for node in nodes:
            part = self._build(node, f"{path}[{len(built)}]", kept)
            if part is not None:
                built.append(part)
        return tuple(built)

    def is_valid(self) -> bool:
        self.place(parse.check(self.document, known=self.shown))
        if self.is_saved:
            self._ask_about_new_parts()
        form = self._form(self.head)
        if "publication" in form.fields:
            chosen = self.document.head.publication
            if chosen not in self.publications and "publication" not in form.errors:
                form.add_error("publication", _("Choose one of the values offered."))
        if self.problems():
            return False
        self.document = self.document.with_blocks()
        return True

    def _ask_about_new_parts(self) -> None:
        """Ask about each new part that something on record is like, once; three queries for each kind, or none."""
        used = set(self._references(self.document))
        for block_type in SHARED_TYPES.values():
            new = {
                key: each
                for key, each in self.new.items()
                if each.block_type is block_type and key in used and not each.is_asked
            }
            alike = (
                likeness.same_or_alike(block_type.part, [each.part for each in new.values()]) if new else {}
            )
            for node in self.nodes():
                new_part = node.new_part
                if new_part is None or new_part.key not in alike:
                    continue
                new_part.is_asked = True
                node.matches = with_details(block_type.model, alike[new_part.key], self.context.user)
                node.problems.append(likeness.did_you_mean(match.part for match in node.matches))

    def place(self, faults: Iterable[parse.Fault]) -> None:
        for fault in faults:
            path, _dot, name = fault.path.rpartition(".")
            if path == "topic" and self.document.head.topic.key in self.new:
                self.places["topic"] = self.new[self.document.head.topic.key]
            elif path == "topic":
                path, name = "", "topic"
            node = self.places.get(path)
            if fault.path == "summary":
                self.reason.add_error("summary", fault.message)
            elif node is None or not fault.path:
                self.general.append(self._fault_message(fault))
            elif node.form is not None and name in node.form.fields:
                if name not in node.form.errors:
                    node.form.add_error(name, fault.message)
            else:
                node.problems.append(fault.message)

    def _fault_message(self, fault: parse.Fault) -> str:
        """The message of a fault that no field here is about, as of a backer or source."""
        match = re.match(r"(\w+)\[(\d+)\]", fault.path)
        if not match or match[1] not in {block_type.attribute for block_type in BLOCKS if block_type.shared}:
            return str(fault)
        part: Part = getattr(self.document, match[1])[int(match[2])]
        return f"{part.display_name}: {fault.message}"

    def problems(self) -> list[FormProblem]:
        problems = [FormProblem("", message, "") for message in self.general]
        for top in self._tops():
            problems += self._problems(top, self._place_name(top))
        return [*problems, *self.reason_problems()]

    def _problems(self, node: FormNode, place: str) -> Iterator[FormProblem]:
        for message in node.problems:
            yield FormProblem(place, message, f"block-{node.key}")
        if node.form is not None:
            for name, errors in node.form.errors.items():
                bound = node.form[name]
                words = " › ".join(filter(None, [place, str(bound.label)]))
                for error in errors:
                    yield FormProblem(words, str(error), bound.id_for_label)
        for child in (*node.children(), *([node.new_part] if node.new_part else [])):
            yield from self._problems(child, " › ".join(filter(None, [place, self._place_name(child)])))

    @staticmethod
    def _place_name(node: FormNode) -> str:
        """The name of a node in the list of errors; "" for the head."""
        if node.about is not None:
            return _("On point %(label)s") % {"label": node.about.label}
        if isinstance(node, NewPart):
            return node.kind_label
        if block_type := BLOCK_TYPES.get(node.cls):
            if node.cls is Head:
                return ""
            return str(block_type.named) % node.label if block_type.many else str(block_type.named)
        values = {"kind": node.kind_label, "name": node.name, "label": node.label}
        return (_("%(kind)s “%(name)s”") if node.name else _("%(kind)s %(label)s")) % values


def _without_cells(part: Part, kept: dict[str, set[str]]) -> Part:
    """The part without cells for blocks that are gone."""
    changed: dict[str, Any] = {}
    for spec in part.LISTS:
        block_type = cell_type(part_class(spec))
        if block_type is None:
            continue
        cells = getattr(part, spec.name)
        remaining = tuple(cell for cell in cells if cell.identity in kept[block_type.attribute])
        if remaining != cells:
            changed[spec.name] = remaining
    return replace(part, **changed) if changed else part  # type: ignore[type-var]  # every part is a dataclass


__all__ = ["FieldsForm", "FormNode"]
