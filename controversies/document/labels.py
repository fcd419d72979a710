"""Names and values as people read them: parts of a page, fields' values, days, numbers and lists of words."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import TextChoices
from django.utils import formats
from django.utils.dateparse import parse_date
from django.utils.text import capfirst, get_text_list
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from controversies.kit.languages import language_name
from controversies.models import ChangeClass, Confidence, PointKind, Polarity, Status

from .types import BY_NAME, TOPIC_DESCRIPTION, Head, Kind, Numbering, Spec

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

_CAPITAL_NOUNS = ("de",)  # languages that write nouns with a capital letter
_ADJECTIVES = (Confidence, PointKind, Polarity, Status)  # vocabularies without nouns


def spec_of(kind: str, name: str) -> Spec | None:
    """Return the declaration of a field of a kind of block, by their names; None if another version wrote them."""
    block_type = BY_NAME.get(kind)
    if block_type is None:
        return None
    if name == TOPIC_DESCRIPTION.name and block_type.part is Head:
        return TOPIC_DESCRIPTION
    return next((spec for spec in block_type.part.SPECS if spec.name == name), None)


def number(n: int) -> str:
    """A count as a sentence has it: in words up to twelve."""
    return str(_NUMBERS[n]) if 0 <= n < len(_NUMBERS) else formats.number_format(n, use_l10n=True)


def number_of(phrase: Any, count: int, *, in_digits: bool = False) -> str:
    """Return a number of things: `phrase` is lazy, with `%(n)s` for the number, and takes its plural by `count`."""
    return str(phrase % {"n": count if in_digits else number(count), "count": count})


def capital(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return str(capfirst(text))


def conjunction(items: Iterable[str]) -> str:
    """Join the items as a sentence does: “a, b and c”."""
    return get_text_list(list(items), _("and"))


def block_name(kind: str, label: str) -> str:
    """Return the name of a block as a reader meets it: “Position B”, “Contested point 2”, “Backer “Meta AI””.

    `label` is the number or letter of the block; of a type without numbers, its title.
    """
    return block_names(kind, [label])


def block_names(kind: str, labels: list[str]) -> str:
    """Return the name of one block, or of several of a kind: “Positions A, B and C”."""
    block_type = BY_NAME.get(kind)
    if block_type is None:  # of another version
        return f"{capfirst(kind.replace('_', ' '))} {conjunction(labels)}".strip()
    if block_type.many and block_type.numbering is None:
        labels = [quote(label) for label in labels]
    named = str(block_type.named_plural if len(labels) > 1 else block_type.named)
    return named % conjunction(labels) if "%s" in named else named


def name_in_sentence(kind: str, label: str) -> str:
    """Return the name of a block within a sentence: “A”, “point 2”, “the context”."""
    block_type = BY_NAME.get(kind)
    named = str(block_type.in_sentence) if block_type is not None else f"{kind.replace('_', ' ')} %s"
    return named.replace("%s", label)


def field_in_sentence(kind: str, label: str, name: str) -> str:
    """Return the name of a block's field within a sentence: “A’s argument”, “the title of point 2”."""
    spec = spec_of(kind, name)
    words = {"field": lower(str(spec.label)) if spec else name.replace("_", " ")}
    words |= {"label": label, "block": name_in_sentence(kind, label)}
    block_type = BY_NAME.get(kind)
    if spec is not None and spec.phrase:
        phrase = str(spec.phrase)
    elif spec is None or block_type is None or block_type.shared:
        phrase = _("%(field)s of %(block)s")
    elif not block_type.many:
        phrase = _("the %(field)s")
    elif block_type.numbering is Numbering.LETTERS:
        phrase = _("%(label)s’s %(field)s")
    else:
        phrase = _("the %(field)s of %(block)s")
    return phrase % words


def lower(label: str) -> str:
    """Return a label within a sentence: with a small letter, but for “DOI”, and for nouns in German."""
    if get_language() in _CAPITAL_NOUNS:
        return label
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def in_small_letters(text: str, choices: type[TextChoices] | None = None) -> str:
    """Return a value in small letters, as it stands within a sentence.

    A language with capital nouns keeps it as it is, unless it is of `choices` without nouns.
    """
    return text if get_language() in _CAPITAL_NOUNS and choices not in _ADJECTIVES else text.lower()


def quote(text: str) -> str:
    """Return the text between quotation marks."""
    return _("“%s”") % text


def value(spec: Spec | None, text: str) -> str:
    """Return a word of a closed vocabulary, a date or a language as a reader meets it; other texts as they are."""
    if spec is not None and spec.choices is not None and text in spec.choices.values:
        return str(spec.choices(text).label)
    if spec is not None and spec.kind in (Kind.DAY, Kind.DATE):
        return day(text)
    if spec is not None and spec.kind is Kind.LANGUAGE:
        return language_name(text)
    return text


def status(text: str) -> str:
    """A status as a reader meets it."""
    return value(Head.spec("status"), text)


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
    if len(text) == len("2024"):
        return formats.date_format(date, "Y")
    return month_words(date) if len(text) == len("2024-07") else day_words(date)


def day_of_time(time: datetime.datetime) -> str:
    """The day of a time, in words and in UTC, as all times of the site are."""
    return day_words(time.astimezone(datetime.UTC))


def day_words(date: datetime.date) -> str:
    """A day in words: “23 July 2024”."""
    # Translators: a day in the codes of Django's `date` filter: day of the month, month in words, year.
    return formats.date_format(date, pgettext("format of a date", "j F Y"))


def month_words(date: datetime.date) -> str:
    """A month in words: “July 2024”."""
    # Translators: a month in the codes of Django's `date` filter.
    return formats.date_format(date, pgettext("format of a date", "F Y"))
