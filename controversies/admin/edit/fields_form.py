"""The form of a whole controversy: drawn from a document, and read back into one.

Lists are repeated hidden inputs that name the keys of their members, in order: `points`, `positions`,
`<position>-backings`, `<anything cited for>-citations`. Order on the page is the order, absent is removed, and
a part moves by being named in another list. What a position says on a point is a cell of the position; its
fields begin `<position>-stances-<point>`.

A point or position whose fields were not sent (its block was never opened) is carried over from the document
that the form was drawn from.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin.edit.page_form import FormProblem, PageForm
from controversies.admin.edit.part_forms import (
    BackingForm,
    CitationForm,
    ContextForm,
    FormContext,
    HeadForm,
    PartForm,
    PointForm,
    PositionForm,
    StanceForm,
)
from controversies.document import parse, types
from controversies.kit.keys import is_key

OPEN_AT_MOST = 6  # where there are more points, or positions, they are fetched as they are opened
NEW_SHARED = (
    "new"  # the field that carries what no record has yet: backers, sources and a topic named in a text
)
NEW = "__key__"  # stands for the key of a part that a script adds
FIRST_FIELD = {"points": "title", "positions": "claim"}  # always sent if any field of the block is


@dataclass(eq=False)
class FormNode:
    """One block or part on the page. `form` is None while the block is shut."""

    kind: str
    key: str
    form: PartForm | None
    part: Any = None  # as the document has it that the form was drawn from; None if it is new
    index: int = 0
    stances: list["FormNode"] = field(default_factory=list)
    backings: list["FormNode"] = field(default_factory=list)
    citations: list["FormNode"] = field(default_factory=list)
    name: str = ""  # what people call it
    is_open: bool = False  # whether it is unfolded at first
    number: int | None = None  # of a citation: its source's on the page
    point: "FormNode | None" = None  # of a stance
    problems: list[str] = field(default_factory=list)  # that belong to no field

    @property
    def prefix(self) -> str:
        return self.key

    @property
    def label(self) -> str:
        """Its letter or number on the page."""
        return types.label(self.index) if self.kind == "position" else str(self.index + 1)

    @property
    def has_errors(self) -> bool:
        return bool(self.problems or (self.form is not None and self.form.errors)) or any(
            child.has_errors for child in self.children()
        )

    def children(self) -> Iterator["FormNode"]:
        yield from self.citations
        yield from self.backings
        yield from self.stances

    @property
    def backing_count(self) -> int:
        return len(self.backings if self.form else self.part.backings)

    @property
    def citation_count(self) -> int:
        """Sources cited anywhere in it."""
        if self.form:
            return len(self.citations) + sum(
                child.citation_count for child in self.children() if child.kind != "citation"
            )
        inner = (*getattr(self.part, "backings", ()), *getattr(self.part, "stances", ()))
        return len(self.part.citations) + sum(len(each.citations) for each in inner)


class FieldsForm(PageForm):
    """Forms for every block of a document."""

    template = "change_form.html"

    def __init__(
        self,
        *,
        shown: types.Document,
        current: history.Reading | None,
        desk: FormContext,
        data: QueryDict | None = None,
        open_all: bool = False,
        proposed: bool = False,
        brings_publication: bool = False,
    ) -> None:
        super().__init__(
            shown=shown,
            current=current,
            desk=desk,
            data=data,
            proposed=proposed,
            brings_publication=brings_publication,
        )
        self.open_all = open_all
        desk.know(shown)
        if current is not None:
            desk.know(current.document)
        self.parts: dict[str, Any] = {}
        self.parts |= {point.key: point for point in shown.points}
        for position in shown.positions:
            self.parts[position.key] = position
            self.parts |= {backing.key: backing for backing in position.backings}
        self.parts |= {citation.key: citation for citation in shown.citations()}
        self.listed: set[str] = set()
        self.new_shared = ""
        if data is not None:
            self._look_up(data)
        self.head = FormNode("head", "head", HeadForm(data, "head", self.head_shown(), desk), shown.head)
        self._limit_head()
        self.context = FormNode(
            "context", "context", ContextForm(data, "context", shown.context, desk), shown.context
        )
        self._citations(self.context, shown.context.citations)
        self.points = self._blocks("points", PointForm, shown.points)
        self.positions = self._blocks("positions", PositionForm, shown.positions)
        if self.is_new and data is None and not proposed:
            self._empty_rows()
        self.where: dict[str, FormNode] = {}
        self.name_all()

    # -- what is on the page --

    def _limit_head(self) -> None:
        """Take out what this user, or nobody, may change here."""
        assert self.head.form is not None  # noqa: S101 - for the type checker: made just now
        fields = self.head.form.fields
        if self.has_fixed_address:
            del fields["slug"]
        if not self.may_publish or self.is_public or self.brings_publication:
            del fields["publication"]
        else:
            offered = [(p.value, f"{p.label} – {p.meaning}") for p in self.publications]
            fields["publication"].widget.choices = offered
        if not self.may_review:
            del fields["reviewed"]

    def _look_up(self, data: QueryDict) -> None:
        if data.get(NEW_SHARED):
            self.new_shared = str(data[NEW_SHARED])
            self.desk.know_new(self.new_shared)
        self.desk.look_up(
            backers=[str(data[name]) for name in data if name.endswith("-backer")],
            sources=[str(data[name]) for name in data if name.endswith("-source")],
            topic=str(data.get("head-topic", "")),
        )

    def _key(self, text: str) -> str:
        """A key as it was sent; refuses what no script of ours would send."""
        if not is_key(text):
            raise BadRequest("A key is not a UUID.")
        if text in self.listed:
            raise BadRequest("A key is listed twice.")
        self.listed.add(text)
        return text

    def _part(self, key: str, cls: type[types.Part]) -> Any:
        """The part of this key in the document shown, if it is of that class."""
        part = self.parts.get(key)
        return part if isinstance(part, cls) else None

    def _keys(self, name: str, shown: Any) -> list[str]:
        if self.data is None:
            return [part.key for part in shown]
        return [self._key(str(text)) for text in self.data.getlist(name)]

    def _blocks(self, name: str, form: type[PartForm], shown: Any) -> list[FormNode]:
        keys = self._keys(name, shown)
        nodes = []
        for index, key in enumerate(keys):
            part = self._part(key, types.Point if name == "points" else types.Position)
            node = FormNode(name.removesuffix("s"), key, None, part, index)
            if self.data is None:
                is_open = self.open_all or len(keys) <= OPEN_AT_MOST
            else:
                is_open = f"{key}-{FIRST_FIELD[name]}" in self.data
                if not is_open and any(sent.startswith(f"{key}-") for sent in self.data):
                    raise BadRequest("A block was sent in part.")
                if not is_open and part is None:
                    if not self.proposed:
                        raise BadRequest("A part is named that the page did not have.")
                    self._leave_out(node)
                    continue
            if is_open:
                self._open(node, form)
            nodes.append(node)
        return nodes

    def _leave_out(self, node: FormNode) -> None:
        """Say that a block which nobody had opened is no longer there: its words are in no document any more."""
        self.general.append(
            _("Position %(label)s was taken out of the proposal meanwhile, and is left out here.")
            % {"label": node.label}
            if node.kind == "position"
            else _("Contested point %(label)s was taken out of the proposal meanwhile, and is left out here.")
            % {"label": node.label}
        )

    def _open(self, node: FormNode, form: type[PartForm]) -> None:
        part = node.part
        node.is_open = node.kind == "position" or self.is_new or self.open_all
        node.form = form(self.data, node.key, part, self.desk)
        self._citations(node, part.citations if part else ())
        if node.kind != "position":
            return
        for index, key in enumerate(self._keys(f"{node.key}-backings", part.backings if part else ())):
            known = self._part(key, types.Backing)
            child = FormNode("backing", key, BackingForm(self.data, key, known, self.desk), known, index)
            self._citations(child, known.citations if known else ())
            node.backings.append(child)
        said = {stance.point: stance for stance in part.stances} if part else {}
        for point in self.points:
            prefix = f"{node.key}-stances-{point.key}"
            stance = said.get(point.key)
            cell = FormNode(
                "stance", prefix, StanceForm(self.data, prefix, stance, self.desk), stance, point=point
            )
            self._citations(cell, stance.citations if stance else ())
            node.stances.append(cell)

    def _citations(self, node: FormNode, shown: Any) -> None:
        for index, key in enumerate(self._keys(f"{node.prefix}-citations", shown)):
            known = self._part(key, types.Citation)
            cited = FormNode("citation", key, CitationForm(self.data, key, known, self.desk), known, index)
            cited.number = self.shown.source_numbers.get(known.source) if known else None
            node.citations.append(cited)

    def _empty_rows(self) -> None:
        """Rows to begin with, which also serve who has no scripts; those left blank are not kept."""
        for number in range(3):
            node = FormNode(
                "point" if number == 0 else "position", str(uuid.uuid4()), None, None, max(number - 1, 0)
            )
            (self.points if number == 0 else self.positions).append(node)
            self._open(node, PointForm if number == 0 else PositionForm)

    def open_block(self, key: str) -> FormNode | None:
        """The point or position of this key with its fields, or None if the document has none."""
        for node in (*self.points, *self.positions):
            if node.key == key:
                if node.form is None:
                    self._open(node, PointForm if node.kind == "point" else PositionForm)
                    self.name_all()
                return node
        return None

    def templates(self) -> list[FormNode]:
        """A new part of each kind, for scripts to copy. Unbound: nothing in it is wrong yet."""
        forms: list[tuple[str, type[PartForm]]] = [
            ("point", PointForm),
            ("position", PositionForm),
            ("backing", BackingForm),
            ("citation", CitationForm),
            ("stance", StanceForm),
        ]
        return [
            FormNode(kind, NEW, form(None, NEW, None, self.desk), point=FormNode("point", "", None))
            for kind, form in forms
        ]

    def name_all(self) -> None:
        """Give every node the name by which people know it."""
        for node in (*self.points, *self.positions):
            first = "title" if node.kind == "point" else "claim"
            node.name = str(node.form[first].value() or "") if node.form else getattr(node.part, first)
        for node in self.nodes():
            if node.kind == "backing" and node.form:
                node.name = self._chosen(node.form, "backer")
            elif node.kind == "citation" and node.form:
                node.name = self._chosen(node.form, "source")

    def _chosen(self, form: PartForm, name: str) -> str:
        names: Any = self.desk.backers if name == "backer" else self.desk.sources
        found = names.get(form[name].value())
        return "" if found is None else getattr(found, "name", None) or found.title

    def nodes(self) -> Iterator[FormNode]:
        """Every node, in the order of the page."""

        def walk(node: FormNode) -> Iterator[FormNode]:
            yield node
            for child in node.children():
                yield from walk(child)

        for top in (self.head, self.context, *self.points, *self.positions):
            yield from walk(top)

    def is_added(self, part: Any) -> bool:
        return part.key in self.desk.fresh

    def as_sent(self) -> QueryDict:
        """What a browser would send of it as it is drawn."""
        data = QueryDict(mutable=True)
        data.setlist("points", [node.key for node in self.points])
        data.setlist("positions", [node.key for node in self.positions])
        for node in self.nodes():
            if node.form is None:
                continue
            data.setlist(f"{node.prefix}-citations", [child.key for child in node.citations])
            if node.kind == "position":
                data.setlist(f"{node.prefix}-backings", [child.key for child in node.backings])
            for bound in node.form:
                if not isinstance(bound.field, forms.BooleanField):
                    data[bound.html_name] = str(bound.value() or "")
        return data

    # -- the document that it makes --

    @cached_property
    def document(self) -> types.Document:
        """What the form says, whether it will do or not. Fills `where`, which finds the node of a fault's path."""
        self.where = {"": self.head, "context": self.context}
        context = types.Context(
            key=self.shown.context.key,
            text=self.context.form.value("text") if self.context.form else "",
            citations=self._made_citations(self.context, "context"),
        )
        points: list[types.Point] = []
        for node in self.points:
            path = f"points[{len(points)}]"
            if node.form is None:
                self.where[path] = node
                points.append(node.part)
                continue
            citations = self._made_citations(node, path)
            if node.part is None and node.form.is_blank and not citations:
                continue
            self.where[path] = node
            points.append(types.Point(key=node.key, citations=citations, **node.form.values()))
        kept = {point.key for point in points}
        positions: list[types.Position] = []
        for node in self.positions:
            path = f"positions[{len(positions)}]"
            position = self._made_position(node, path, kept)
            if position is not None:
                self.where[path] = node
                positions.append(position)
        document = types.Document(
            head=self._made_head(), context=context, points=tuple(points), positions=tuple(positions)
        )
        held = dict.fromkeys(b.backer for position in positions for b in position.backings)
        cited = dict.fromkeys(citation.source for citation in document.citations())
        document = replace(
            document,
            backers=tuple(self.desk.backers[key] for key in held if key in self.desk.backers),
            sources=tuple(self.desk.sources[key] for key in cited if key in self.desk.sources),
        )
        return self.renumbered(document, {source.key: source.title for source in self.desk.sources.values()})

    def _made_head(self) -> types.Head:
        assert self.head.form is not None  # noqa: S101 - for the type checker: the head is never shut
        values = self.head.form.values()
        shown = self.head_shown()
        topic = values.pop("topic")
        known = self.desk.topics.get(topic)
        if values.pop("reviewed", False):
            shown = self.reviewed(shown)
        if values.get("slug") == "":
            values["slug"] = slugify(values["title"]).replace("_", "-")[:100].strip("-")
        return replace(shown, topic=known or types.Topic(key=topic, slug="", title=""), **values)

    def _made_citations(self, node: FormNode, path: str) -> tuple[types.Citation, ...]:
        made: list[types.Citation] = []
        for child in node.citations:
            assert child.form is not None  # noqa: S101 - for the type checker: only blocks are ever shut
            if child.part is None and child.form.is_blank:
                continue
            self.where[f"{path}.citations[{len(made)}]"] = child
            made.append(types.Citation(key=child.key, **child.form.values()))
        return tuple(made)

    def _made_position(self, node: FormNode, path: str, points: set[str]) -> types.Position | None:
        if node.form is None:
            stances = tuple(stance for stance in node.part.stances if stance.point in points)
            return node.part if stances == node.part.stances else replace(node.part, stances=stances)
        backings: list[types.Backing] = []
        for child in node.backings:
            assert child.form is not None  # noqa: S101 - as above
            inner = f"{path}.backings[{len(backings)}]"
            citations = self._made_citations(child, inner)
            if child.part is None and child.form.is_blank and not citations:
                continue
            self.where[inner] = child
            backings.append(types.Backing(key=child.key, citations=citations, **child.form.values()))
        stances_made: list[types.Stance] = []
        for cell in sorted(node.stances, key=lambda cell: cell.point.key if cell.point else ""):
            assert cell.form is not None and cell.point is not None  # noqa: S101, PT018 - as above
            inner = f"{path}.stances[{len(stances_made)}]"
            citations = self._made_citations(cell, inner)
            text = cell.form.value("text")
            if cell.point.key not in points or not (text or citations):
                continue
            self.where[inner] = cell
            stances_made.append(types.Stance(point=cell.point.key, text=text, citations=citations))
        citations = self._made_citations(node, path)
        if node.part is None and node.form.is_blank and not (citations or backings or stances_made):
            return None
        return types.Position(
            key=node.key,
            stances=tuple(stances_made),
            backings=tuple(backings),
            citations=citations,
            **node.form.values(),
        )

    def is_valid(self) -> bool:
        """Whether what was sent is a document; if not, each fault is at its field."""
        self.place(parse.check(self.document, known=self.shown))
        if self.head.form and "publication" in self.head.form.fields:
            chosen = self.document.head.publication
            if chosen not in self.publications and "publication" not in self.head.form.errors:
                self.head.form.add_error("publication", _("Choose one of the values offered."))
        if not self.problems():
            self.document = self.document.with_blocks()
            return True
        return False

    def place(self, faults: list[parse.Fault]) -> None:
        """Put each fault at the field that it is about."""
        for fault in faults:
            path, _dot, name = fault.path.rpartition(".")
            if path in ("topic",):
                path, name = "", "topic"
            node = self.where.get(path)
            if fault.path == "summary":
                self.reason.add_error("summary", fault.message)
            elif node is None or not fault.path:
                self.general.append(self._in_words(fault))
            elif node.form is not None and name in node.form.fields:
                if name not in node.form.errors:
                    node.form.add_error(name, fault.message)
            else:
                node.problems.append(fault.message)

    def _in_words(self, fault: parse.Fault) -> str:
        """A fault of a backer or source, which no field here is about."""
        found = re.match(r"(backers|sources)\[(\d+)\]", fault.path)
        if not found:
            return str(fault)
        shared: Any = getattr(self.document, found[1])[int(found[2])]
        return f"{getattr(shared, 'name', None) or shared.title}: {fault.message}"

    def problems(self) -> list[FormProblem]:
        """All that must be put right, in the order of the page."""
        found = [FormProblem("", message, "") for message in self.general]
        for top in (self.head, self.context, *self.points, *self.positions):
            found += self._problems(top, self._words(top))
        return [*found, *self.reason_problems()]

    def _problems(self, node: FormNode, where: str) -> Iterator[FormProblem]:
        for message in node.problems:
            yield FormProblem(where, message, f"block-{node.key}")
        if node.form is not None:
            for name, messages in node.form.errors.items():
                bound = node.form[name]
                words = " › ".join(filter(None, [where, str(bound.label)]))
                for each in messages:
                    yield FormProblem(words, str(each), bound.id_for_label)
        for child in node.children():
            yield from self._problems(child, " › ".join(filter(None, [where, self._words(child)])))

    @staticmethod
    def _words(node: FormNode) -> str:
        values = {"label": node.label, "name": node.name}
        if node.kind == "point":
            return _("Contested point %(label)s") % values
        if node.kind == "position":
            return _("Position %(label)s") % values
        if node.kind == "context":
            return _("Context")
        if node.kind == "backing":
            return (_("Backer “%(name)s”") if node.name else _("Backer %(label)s")) % values
        if node.kind == "citation":
            return (_("Source “%(name)s”") if node.name else _("Source %(label)s")) % values
        if node.kind == "stance" and node.point is not None:
            return _("On point %(label)s") % {"label": node.point.label}
        return ""


__all__ = ["FieldsForm", "FormNode"]
