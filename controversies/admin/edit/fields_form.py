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
from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.admin.edit.page_form import FormProblem, FormSource, PageForm
from controversies.admin.part_form import PartForm, form_class
from controversies.document import parse
from controversies.document.evidence import position_evidence
from controversies.document.evidence_words import summary
from controversies.document.types import (
    BLOCK_TYPES,
    BLOCKS,
    BY_NAME,
    Backing,
    BlockType,
    Citation,
    Document,
    Head,
    Part,
    Position,
    Spec,
    Topic,
)
from controversies.kit.keys import is_key

MAX_OPEN = 6  # blocks of one type that are drawn open; of more, each is fetched when it is opened
UNRECORDED = "new"  # field: backers, sources and a topic that were named in a text and that no row has yet
NEW_KEY = "__key__"  # stands for the key of a part that a script adds
EMPTY_BLOCKS = {
    "points": 1,
    "positions": 2,
}  # that a new page begins with, which serve people without scripts, too
LISTED = tuple(block_type for block_type in BLOCKS if block_type.many and not block_type.shared)
SINGLE = tuple(block_type for block_type in BLOCKS if not block_type.many)


@dataclass(eq=False)
class FormNode:
    """A block or part on the page: its form, and the lists of its parts in the order of the page.

    `form` is None while a block is closed, `part` None while it is new. `about` is the block that a cell is for. `path`
    begins with the block's key and leads to the part by names of lists and keys, as blame names it.
    """

    cls: type[Part]
    key: str  # the prefix of its fields
    form: PartForm | None = None
    part: Any = None
    index: int = 0
    path: str = ""
    lists: list["FormList"] = field(default_factory=list)
    name: str = ""
    is_open: bool = False  # whether it is unfolded at first
    about: "FormNode | None" = None
    source_number: int | None = None  # of a citation: the number of its source on the page
    problems: list[str] = field(default_factory=list)  # about no field in particular
    chips: Any = None  # of a citation: what checks saw (`quote_checks.CitationChips`)

    @property
    def kind(self) -> str:
        """The name of the kind of part, as "position"."""
        block_type = BLOCK_TYPES.get(self.cls)
        return block_type.name if block_type else self.cls.__name__.lower()

    @property
    def is_block(self) -> bool:
        return self.cls in BLOCK_TYPES

    @property
    def list_name(self) -> str:
        """The name of the hidden inputs that list blocks of this type."""
        return BLOCK_TYPES[self.cls].attribute

    @property
    def label(self) -> str:
        """The letter or number of the block on the page."""
        block_type = BLOCK_TYPES.get(self.cls)
        return (block_type.number(self.index) if block_type else "") or str(self.index + 1)

    @property
    def kind_label(self) -> str:
        """The name of the kind of part for people, as "Backer"."""
        if block_type := BLOCK_TYPES.get(self.cls):
            return str(block_type.label)
        reference = reference_spec(self.cls)
        return str(reference.label) if reference else ""

    @property
    def has_errors(self) -> bool:
        return bool(self.problems or (self.form is not None and self.form.errors)) or any(
            child.has_errors for child in self.children()
        )

    def children(self) -> Iterator["FormNode"]:
        for each in self.lists:
            yield from each.nodes

    def count(self, cls: type[Part]) -> int:
        """The number of parts of this class anywhere in it."""
        if self.form is None:
            return sum(isinstance(part, cls) for part in _parts_within(self.part))
        return sum((child.cls is cls) + child.count(cls) for child in self.children())

    @property
    def backing_count(self) -> int:
        return self.count(Backing)

    @property
    def citation_count(self) -> int:
        return self.count(Citation)


@dataclass
class FormList:
    """A list of parts on the page."""

    spec: Spec
    owner: str  # the prefix of the part that has it
    nodes: list[FormNode] = field(default_factory=list)

    @property
    def field_name(self) -> str:
        """The name of the hidden inputs that hold the keys."""
        return f"{self.owner}-{self.spec.name}"

    @property
    def kind(self) -> str:
        return FormNode(part_class(self.spec), "").kind

    @property
    def has_cells(self) -> bool:
        """Whether it has one cell for each block of a type, rather than parts with keys of their own."""
        return cell_type(part_class(self.spec)) is not None


def part_class(spec: Spec) -> type[Part]:
    """The class of the parts of a list."""
    if spec.part is None:
        raise TypeError(f"{spec.name} is no list of parts.")
    return spec.part


def reference_spec(cls: type[Part]) -> Spec | None:
    """The field by which a part refers to a shared block, as a backing to its backer."""
    return next((spec for spec in cls.VALUES if spec.refers_to and spec.is_editable), None)


def cell_type(cls: type[Part]) -> BlockType | None:
    """The type of the blocks that parts of this class are cells for, as stances for points; None for other parts."""
    refers_to = cls.spec(cls.IDENTITY).refers_to
    return BY_NAME[refers_to] if refers_to else None


def _parts_within(part: Part) -> Iterator[Part]:
    for spec in part.LISTS:
        for member in getattr(part, spec.name):
            yield member
            yield from _parts_within(member)


def _list_classes(cls: type[Part]) -> Iterator[type[Part]]:
    for spec in cls.SHOWN_LISTS:
        yield part_class(spec)
        yield from _list_classes(part_class(spec))


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
                part.identity: part
                for part in (block, *_parts_within(block))
                if cell_type(type(part)) is None
            }
        self.seen_keys: set[str] = set()
        self.unrecorded = ""
        if data is not None:
            self._look_up(data)
        self.single = {block_type.name: self._single_node(block_type) for block_type in SINGLE}
        self._limit_head()
        self.blocks: dict[str, list[FormNode]] = {}
        for block_type in LISTED:
            self.blocks[block_type.attribute] = self._block_nodes(block_type)
        if self.is_new and data is None and not self.is_proposed:
            self._add_empty_blocks()
        self.places: dict[str, FormNode] = {}  # by the path of a document's fault
        self._name_nodes()
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
        """Read what the submitted form refers to: one query for each kind that is not known yet."""
        if data.get(UNRECORDED):
            self.unrecorded = str(data[UNRECORDED])
            self.context.add_unrecorded(self.unrecorded)
        for name, block_type in BY_NAME.items():
            if block_type.shared:
                keys = [str(data[each]) for each in data if each.endswith(f"-{name}")]
                self.context.look_up(block_type.model, keys)

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
        return any(part.identity == self.open_at for part in _parts_within(block))

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
                return node
        return None

    def templates(self) -> list[FormNode]:
        """A new part of each kind, for scripts to copy. Its form is unbound, so that nothing in it is wrong yet."""
        blocks = [block_type.part for block_type in LISTED]
        classes = dict.fromkeys([*blocks, *(each for cls in blocks for each in _list_classes(cls))])
        return [self._template(cls) for cls in classes]

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

    def is_unrecorded(self, part: Part) -> bool:
        return part.identity in self.context.unrecorded

    def as_submitted(self) -> QueryDict:
        """Return the data that a browser would send of the form as it is drawn."""
        data = QueryDict(mutable=True)
        for attribute, nodes in self.blocks.items():
            data.setlist(attribute, [node.key for node in nodes])
        for node in self.nodes():
            if node.form is None:
                continue
            for each in node.lists:
                if not each.has_cells:
                    data.setlist(each.field_name, [child.key for child in each.nodes])
            for bound in node.form:
                if not isinstance(bound.field, forms.BooleanField):
                    data[bound.html_name] = str(bound.value() or "")
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
        backers, sources = self.context.parts[m.Backer], self.context.parts[m.Source]
        held = dict.fromkeys(b.backer for position in document.positions for b in position.backings)
        cited = dict.fromkeys(citation.source for citation in document.citations())
        document = replace(
            document,
            backers=tuple(backers[key] for key in held if key in backers),
            sources=tuple(sources[key] for key in cited if key in sources),
        )
        return self.renumber(document, {source.key: source.title for source in sources.values()})

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
        form = self._form(self.head)
        if "publication" in form.fields:
            chosen = self.document.head.publication
            if chosen not in self.publications and "publication" not in form.errors:
                form.add_error("publication", _("Choose one of the values offered."))
        if self.problems():
            return False
        self.document = self.document.with_blocks()
        return True

    def place(self, faults: Iterable[parse.Fault]) -> None:
        for fault in faults:
            path, _dot, name = fault.path.rpartition(".")
            if path == "topic":
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
        for child in node.children():
            yield from self._problems(child, " › ".join(filter(None, [place, self._place_name(child)])))

    @staticmethod
    def _place_name(node: FormNode) -> str:
        """The name of a node in the list of errors; "" for the head."""
        if node.about is not None:
            return _("On point %(label)s") % {"label": node.about.label}
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


__all__ = ["UNRECORDED", "FieldsForm", "FormNode"]
