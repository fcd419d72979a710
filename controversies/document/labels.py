"""Names and values as people read them: parts of a page, fields' values, days, numbers and lists of words."""

import datetime
from collections.abc import Iterable

from django.utils import formats
from django.utils.dateparse import parse_date
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.models import ChangeClass

from . import canonical
from .types import TOPIC_DESCRIPTION, Kind, Spec

SPECS: dict[str, dict[str, Spec]] = {
    kind: {spec.name: spec for spec in cls.SPECS} for kind, cls in canonical.TYPES.items()
}
SPECS["head"][TOPIC_DESCRIPTION.name] = TOPIC_DESCRIPTION
_NUMBERS = (
    gettext_lazy("no"),
    gettext_lazy("one"),
    gettext_lazy("two"),
    gettext_lazy("three"),
    gettext_lazy("four"),
    gettext_lazy("five"),
    gettext_lazy("six"),
    gettext_lazy("seven"),
    gettext_lazy("eight"),
    gettext_lazy("nine"),
    gettext_lazy("ten"),
    gettext_lazy("eleven"),
    gettext_lazy("twelve"),
)


def number(n: int) -> str:
    """A count as a sentence has it: in words up to twelve."""
    return str(_NUMBERS[n]) if 0 <= n < len(_NUMBERS) else formats.number_format(n, use_l10n=True)


def capital(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return str(capfirst(text))


def conjunction(items: Iterable[str]) -> str:
    """Join the items as a sentence does: “a, b and c”."""
    return get_text_list(list(items), _("and"))


def block_name(kind: str, label: str) -> str:
    """The name of a block as a reader meets it: “Position B”, “Contested point 2”, “Backer Meta AI”."""
    names = {
        "head": _("Page"),
        "context": _("Context"),
        "point": _("Contested point %s"),
        "position": _("Position %s"),
        "backer": _("Backer %s"),
        "source": _("Source %s"),
    }
    name = names.get(kind) or capfirst(kind.replace("_", " ")) + " %s"
    return (name % label).strip() if "%s" in name else name


def block_names(kind: str, labels: list[str]) -> str:
    """The name of one block, or of several of a kind: “Positions A, B and C”."""
    names = {
        "point": _("Contested points %s"),
        "position": _("Positions %s"),
        "backer": _("Backers %s"),
        "source": _("Sources %s"),
    }
    if len(labels) > 1 and kind in names:
        return names[kind] % conjunction(labels)
    return block_name(kind, labels[0])


def value(spec: Spec | None, text: str) -> str:
    """A value of a closed vocabulary, or a day, as a reader meets it."""
    if spec is not None and spec.choices is not None and text in spec.choices.values:
        return str(spec.choices(text).label)
    if spec is not None and spec.kind is Kind.DAY:
        return day(text)
    return text


def status(text: str) -> str:
    """A status as a reader meets it."""
    return value(SPECS["head"]["status"], text)


def change_class(name: str) -> str:
    """The name of a class of change; of an unknown one, the value itself."""
    return str(ChangeClass(name).label) if name in ChangeClass else name


def day(text: str) -> str:
    """A date of ISO 8601 in words, as far as it is known: “2024”, “July 2024”, “23 July 2024”."""
    whole = text + "-01-01"[len(text) - 4 :] if len(text) in (4, 7) else text
    try:
        date = parse_date(whole)
    except ValueError:
        return text
    if date is None:
        return text
    return formats.date_format(date, {4: "Y", 7: "F Y"}.get(len(text), "j F Y"))


def day_of_time(time: datetime.datetime) -> str:
    """The day of a time, in words and in UTC, as all times of the site are."""
    return formats.date_format(time.astimezone(datetime.UTC), "j F Y")
