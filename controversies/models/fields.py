"""Column types that several models share."""

import datetime
import re
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from controversies.kit.languages import TAG

WEB_URL = r"^https?://[^\s]+$"
PARTIAL_DATE = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"

URL_MESSAGE = _("Give a web address that starts with http:// or https://.")
DATE_MESSAGE = _("Write the date as 2024, 2024-07 or 2024-07-23, as far as it is known.")
LANGUAGE_MESSAGE = _(
    "Write the language as a code: de for German, es for Spanish, zh-Hans for Chinese in simplified characters."
)
SLUG_MESSAGE = _("Use small letters, digits and single hyphens only, as in “open-weights”.")


def is_partial_date(text: str) -> bool:
    """Whether the text is a real date of ISO 8601, given to the year, the month or the day."""
    if not re.fullmatch(PARTIAL_DATE, text):
        return False
    try:
        datetime.date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return True


def is_web_url(text: str) -> bool:
    """Whether the text is a usable http or https address, in the small letters that the database asks for."""
    if not re.match(WEB_URL, text) or not text.isprintable():  # no zero-width or direction marks
        return False
    try:
        URLValidator(schemes=["http", "https"])(text)
    except ValidationError:
        return False
    return True


def _validate_partial_date(text: str) -> None:
    if not is_partial_date(text):
        raise ValidationError(DATE_MESSAGE, code="invalid")


def _validate_web_url(text: str) -> None:
    if not is_web_url(text):
        raise ValidationError(URL_MESSAGE, code="invalid")


class PartialDateField(models.CharField):
    """A date known to the year, month or day: "2024", "2024-07" or "2024-07-23"; "" where unknown.

    Such texts sort as dates do, with a year before its months and days.
    """

    default_validators = [_validate_partial_date]

    def __init__(self, *args: Any, **options: Any) -> None:
        options.update(max_length=10, blank=True, default="")
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        for fixed in ("max_length", "blank", "default"):
            options.pop(fixed, None)
        return name, path, args, options


class WebUrlField(models.URLField):
    """An http or https address, or ""."""

    default_validators = [_validate_web_url]

    def __init__(self, *args: Any, **options: Any) -> None:
        options.update(max_length=2000, blank=True, default="")
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        for fixed in ("max_length", "blank", "default"):
            options.pop(fixed, None)
        return name, path, args, options


def slug_field(**options: Any) -> models.SlugField:
    """Make the field for the last part of a page's address: unique, and the natural key."""
    return models.SlugField(
        _("address"),
        max_length=100,
        unique=True,
        db_index=False,  # the constraint's own index serves; no LIKE on it
        validators=[RegexValidator(SLUG, SLUG_MESSAGE)],
        **options,
    )


class KeyedModel(models.Model):
    """A row whose primary key is its key in documents, for ever."""

    id = models.UUIDField(_("key"), primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class SlugManager[M: models.Model](models.Manager[M]):
    """Finds a row by its natural key, the slug."""

    def get_by_natural_key(self, slug: str) -> M:
        return self.get(slug=slug)


class SlugKeyedModel(KeyedModel):
    """A row with a page of its own; its natural key is its slug."""

    objects = SlugManager()

    class Meta:
        abstract = True

    def natural_key(self) -> tuple[str]:
        return (self.slug,)  # type: ignore[attr-defined]  # every subclass has one


def one_of(name: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """A constraint that the column holds one of the choices."""
    return models.CheckConstraint(
        condition=models.Q((f"{name}__in", choices.values)),
        name=f"%(app_label)s_%(class)s_{name}_is_known",
        violation_error_message=_("Choose one of the values offered."),
    )


def web_url(name: str) -> models.CheckConstraint:
    """A constraint that the column holds an http(s) address or nothing."""
    return models.CheckConstraint(
        condition=models.Q((name, "")) | models.Q((f"{name}__regex", WEB_URL)),
        name=f"%(app_label)s_%(class)s_{name}_is_http",
        violation_error_message=URL_MESSAGE,
    )


def partial_date(name: str) -> models.CheckConstraint:
    """A constraint that the column holds a date, as far as it is known, or nothing."""
    return models.CheckConstraint(
        condition=models.Q((name, "")) | models.Q((f"{name}__regex", PARTIAL_DATE)),
        name=f"%(app_label)s_%(class)s_{name}_is_a_date",
        violation_error_message=DATE_MESSAGE,
    )


def language_shape(name: str) -> models.CheckConstraint:
    """A constraint that the column holds the tag of a language or nothing."""
    return models.CheckConstraint(
        condition=models.Q((name, "")) | models.Q((f"{name}__regex", TAG)),
        name=f"%(app_label)s_%(class)s_{name}_is_a_tag",
        violation_error_message=LANGUAGE_MESSAGE,
    )


def slug_shape() -> models.CheckConstraint:
    """A constraint that the slug is fit for an address."""
    return models.CheckConstraint(
        condition=models.Q(slug__regex=SLUG),
        name="%(app_label)s_%(class)s_slug_is_an_address",
        violation_error_message=SLUG_MESSAGE,
    )


def not_empty(name: str) -> models.CheckConstraint:
    """A constraint that the column says something."""
    return models.CheckConstraint(
        condition=~models.Q((name, "")),
        name=f"%(app_label)s_%(class)s_{name}_is_given",
        violation_error_message=_("This cannot be left empty."),
    )
