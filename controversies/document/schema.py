"""The declaration language: the kinds of fields, and what every face needs to know of each field.

`types` declares with it what a controversy is made of. Rows, canonical form, parsing, comparing, merging, the desk's
forms, files, the API and search iterate over `Part.SPECS` and `types.BLOCKS`, and list no field by hand:

    for block_type in BLOCKS:
        for block in block_type.blocks(document):
            for spec in block_type.part.SPECS:  # in the order of the JSON; LISTS and VALUES are the two halves
                value = getattr(block, spec.name)
                column = block_type.model._meta.get_field(spec.column)

`README.md` beside this module tells how to add a field and how to add a kind of block.
"""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, dataclass_transform

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controversies.models import ChangeClass

LINE, PROSE = 500, 100_000  # characters at most


class Kind(StrEnum):
    """The kinds of values that fields hold."""

    KEY = "key"  # a UUID in its canonical text form
    LINE = "line"  # text of one line
    PROSE = "prose"  # Markdown of several lines
    CHOICE = "choice"
    SLUG = "slug"
    URL = "url"  # http(s) or ""
    DOI = "doi"
    ISBN = "isbn"  # 13 digits or ""
    LANGUAGE = "language"  # a tag of BCP 47, "zh-Hans", or ""
    DAY = "day"  # "2024-07-23" or ""
    DATE = "date"  # as far as it is known: "2024", "2024-07", "2024-07-23" or ""
    LINES = "lines"  # a list of LINE
    ITEMS = "items"  # a list of parts, each with an identity, in an order that means something
    PART = "part"  # one part


TEXTS = (Kind.LINE, Kind.PROSE)  # compared by words
_LIMITS = {
    Kind.PROSE: PROSE,
    Kind.SLUG: 100,
    Kind.URL: 2000,
    Kind.DOI: 200,
    Kind.ISBN: 13,
    Kind.LANGUAGE: 35,
}  # where it is not LINE


@dataclass(frozen=True, slots=True)
class Search:
    """The index of a field for search: PostgreSQL's weight, A to D, and the place of its text within the page's text.

    Texts are put together by `place`, lowest first, then in the order of the declaration.
    """

    weight: str = "D"
    place: int = 6


@dataclass(frozen=True, slots=True)
class Widget:
    """Hints for a form field, where kind and limit do not decide."""

    rows: int = 3  # of a box for several lines
    placeholder: Promise | str = ""
    explained: bool = False  # each choice is offered with its meaning


@dataclass(frozen=True, slots=True)
class Spec:
    """The declaration of one field.

    `column` is the field of the part's model, `file` the name in text files (`file_aliases` are read, too), and
    `file_heading` the heading under which a file's body has it, "" for the front matter alone. `refers_to` is the
    name of the block type that a KEY points to. `change_class` is the class of a change that says something else;
    None if a change of this field has no class. `has_marks`: the text may refer to sources by number, as `[3]`.
    `is_editable`: the desk's form has an input for it. `help` replaces the help text of the column. `is_optional`: all
    JSON leaves the field out where it is empty, because the JSON of revisions recorded without it never changes.

    For sentences on changes: `phrase` is the field's name within a sentence (“%(label)s’s claim”), where the label does
    not make it; `counted` a number of members of a list (“%(n)s sources”, by `count`). Where a field and the one that
    it `goes_with` both changed, one sentence tells both. `leads`: its change is told before those of other texts.
    `order_label` names the order of a list in a question about it (“order of the sources”).
    """

    name: str
    kind: Kind
    label: Promise | str
    choices: type[models.TextChoices] | None = None
    part: "type[Part] | None" = None  # of ITEMS and PART
    refers_to: str = ""
    required: bool = False
    limit: int = LINE
    default: Any = ""
    column: str = ""
    file: str = ""
    file_aliases: tuple[str, ...] = ()
    file_heading: str = ""
    widget: Widget = Widget()
    search: Search | None = None
    change_class: ChangeClass | None = ChangeClass.SUBSTANTIVE
    has_marks: bool = False
    is_editable: bool = True
    is_optional: bool = False
    help: Promise | str = ""
    phrase: Promise | str = ""
    counted: Promise | str = ""
    goes_with: str = ""
    leads: bool = False
    order_label: Promise | str = ""

    @property
    def is_text(self) -> bool:
        """Whether values are compared by words."""
        return self.kind in TEXTS


class Part:
    """Base of blocks and of the parts of blocks, which `@part` completes.

    IDENTITY names the field by which a list tells its members apart, TITLE the one by which people call the part.
    PAIRS are fields that change together. TWINS are tuples of fields: of two members of a list that have different
    keys, those are the same that agree in the first of these tuples, or else in the next. UNIQUE are tuples of fields
    of which no two parts may have the same values, small and capital letters aside; empty values do not count. ONCE
    names a field of which no two members of one list have the same value. MENTIONS are the names of the part's lists
    in the order in which the page shows them, which numbers the sources; the rest follow.
    """

    __slots__ = ()
    IDENTITY: ClassVar[str] = "key"
    TITLE: ClassVar[str] = ""
    MODEL: ClassVar[type[models.Model]]
    PAIRS: ClassVar[tuple[tuple[str, str], ...]] = ()
    TWINS: ClassVar[tuple[tuple[str, ...], ...]] = ()
    UNIQUE: ClassVar[tuple[tuple[str, ...], ...]] = ()
    ONCE: ClassVar[str] = ""
    MENTIONS: ClassVar[tuple[str, ...]] = ()
    SPECS: ClassVar[tuple[Spec, ...]] = ()  # every field, in the order of the JSON
    VALUES: ClassVar[tuple[Spec, ...]] = ()  # those that are no list of parts
    LISTS: ClassVar[tuple[Spec, ...]] = ()  # those that are
    SHOWN_LISTS: ClassVar[tuple[Spec, ...]] = ()  # LISTS in the order of MENTIONS

    @property
    def identity(self) -> str:
        """The key of the part, or of what it is about (of a stance, its point)."""
        return getattr(self, self.IDENTITY)

    @property
    def display_name(self) -> str:
        """The title, claim or name of the part; "" if it has none."""
        return getattr(self, self.TITLE) if self.TITLE else ""

    @classmethod
    def spec(cls, name: str) -> Spec:
        """The declaration of the field of this name. Raises KeyError."""
        for spec in cls.SPECS:
            if spec.name == name:
                return spec
        raise KeyError(name)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def part[P: Part](cls: type[P]) -> type[P]:
    """Class decorator: make an immutable part of its annotations, and collect the Specs of its fields."""
    cls = dataclass(frozen=True, kw_only=True, slots=True)(cls)
    cls.SPECS = tuple(
        Spec(**{"name": each.name, "column": each.name, "file": each.name, **each.metadata})
        for each in dataclasses.fields(cls)  # type: ignore[arg-type]  # it is a dataclass now
    )
    cls.VALUES = tuple(spec for spec in cls.SPECS if spec.kind is not Kind.ITEMS)
    cls.LISTS = tuple(spec for spec in cls.SPECS if spec.kind is Kind.ITEMS)
    first = tuple(cls.spec(name) for name in cls.MENTIONS)
    cls.SHOWN_LISTS = (*first, *(spec for spec in cls.LISTS if spec.name not in cls.MENTIONS))
    return cls


# -- fields: each helper takes the options of Spec --


def field(kind: Kind, label: Promise | str, **options: Any) -> Any:
    """A field of any kind; the options are those of Spec."""
    options.setdefault("default", () if kind in (Kind.ITEMS, Kind.LINES) else "")
    if kind in _LIMITS:
        options.setdefault("limit", _LIMITS[kind])
    if kind in TEXTS:
        options.setdefault("search", Search())
    metadata = {"kind": kind, "label": label, **options}
    if options.get("required") and not options["default"]:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=options["default"], metadata=metadata)


def key_field() -> Any:
    """The key of the part itself."""
    return field(Kind.KEY, _("Key"), required=True, column="id", is_editable=False)


def reference_field(refers_to: str, label: Promise | str, **options: Any) -> Any:
    """The key of a block of the type of this name."""
    return field(Kind.KEY, label, refers_to=refers_to, required=True, **options)


def line_field(label: Promise | str, **options: Any) -> Any:
    """Text of one line."""
    return field(Kind.LINE, label, **options)


def prose_field(label: Promise | str, **options: Any) -> Any:
    """Markdown of several lines, which may refer to sources by number."""
    return field(Kind.PROSE, label, **{"has_marks": True, **options})


def choice_field(label: Promise | str, choices: type[models.TextChoices], **options: Any) -> Any:
    """A word of a closed vocabulary."""
    return field(Kind.CHOICE, label, choices=choices, **options)


def items_field(part: type[Part], label: Promise | str, **options: Any) -> Any:
    """A list of parts."""
    return field(Kind.ITEMS, label, part=part, **options)
