"""The guesses on record: facts of backers and topics that imports guessed and nobody has confirmed."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies import models as m
from controversies.document.types import Backer, Topic
from controversies.models import BackerKind

from .files import Catalogue, GuessedFact


def digest(value: str) -> bytes:
    """Return what is kept of a guessed value."""
    return hashlib.sha256(value.encode()).digest()


class GuessBook:
    """The guesses of a database, with those of one import; one query to read, and two to write."""

    def __init__(self) -> None:
        self.open: dict[str, dict[str, m.Guess]] = {}
        for row in m.Guess.objects.all():
            self.open.setdefault(str(row.key), {})[row.field] = row
        self.new: dict[str, dict[str, GuessedFact]] = {}
        self.settled: set[tuple[str, str]] = set()

    def fields(self, part: Any) -> frozenset[str]:
        """Return the fields of a backer or topic whose values are guesses."""
        rows = self.open.get(part.key, {})
        old = {name for name, row in rows.items() if bytes(row.digest) == digest(getattr(part, name))}
        fresh = self.new.get(part.key, {})
        new = {name for name, guess in fresh.items() if guess.value == getattr(part, name)}
        return frozenset(name for name in old | new if (part.key, name) not in self.settled)

    def add(self, guesses: Iterable[GuessedFact]) -> None:
        """Note what was guessed of something new."""
        for guess in guesses:
            self.new.setdefault(guess.key, {}).setdefault(guess.field, guess)

    def settle(self, key: str, fields: Iterable[str]) -> None:
        """Note that these fields are no longer guesses."""
        self.settled.update((key, field) for field in fields)

    def write(self, parts: Iterable[Any]) -> list[GuessedFact]:
        """Keep what is still a guess of these parts, as they are on record now; return the new ones."""
        now = {part.key: part for part in parts}
        ids = [
            row.pk
            for key, rows in self.open.items()
            for name, row in rows.items()
            if (key, name) in self.settled
        ]
        if ids:
            m.Guess.objects.filter(pk__in=ids).delete()
        kept = [
            guess
            for key, fresh in self.new.items()
            for guess in fresh.values()
            if key in now and guess.field in self.fields(now[key])
        ]
        m.Guess.objects.bulk_create(
            [
                m.Guess(
                    key=each.key, field=each.field, digest=digest(each.value), is_doubtful=each.is_doubtful
                )
                for each in kept
            ],
            update_conflicts=True,
            unique_fields=["key", "field"],
            update_fields=["digest", "is_doubtful"],
        )
        return kept

    def standing(self, parts: Iterable[Any]) -> list[GuessedFact]:
        """Return the guesses of earlier imports that still hold of these parts."""
        return [
            GuessedFact(
                part.key, part.slug, field, getattr(part, field), self.open[part.key][field].is_doubtful
            )
            for part in parts
            if part.key in self.open
            for field in sorted(self.fields(part) & self.open[part.key].keys())
        ]


def settle(key: Any) -> None:
    """Forget that anything of this backer or topic was guessed: a person has looked at it."""
    m.Guess.objects.filter(key=key).delete()


def in_words(guesses: Iterable[GuessedFact]) -> list[str]:
    """Return a line for each backer and topic of which something was guessed, doubtful ones first."""
    by_key: dict[str, list[GuessedFact]] = {}
    for guess in guesses:
        by_key.setdefault(guess.key, []).append(guess)
    lines = []
    for each in by_key.values():
        facts = ", ".join(
            str(BackerKind(guess.value).label).lower() if guess.field == "kind" else f"“{guess.value}”"
            for guess in sorted(each, key=lambda guess: guess.field != "name")
        )
        doubtful = any(guess.is_doubtful for guess in each)
        line = f"{each[0].slug}: {facts}"
        if each[0].field == "title":
            line = _("%(slug)s: the topic “%(title)s”") % {"slug": each[0].slug, "title": each[0].value}
        lines.append((not doubtful, each[0].slug, f"? {line}" if doubtful else f"  {line}"))
    return [line for _certain, _slug, line in sorted(lines)]


def report_lines(new: list[GuessedFact], standing: list[GuessedFact], verbosity: int) -> Iterator[str]:
    """Yield the lines of an import's report about its guesses, and about those of earlier imports."""
    if new:
        yield _(
            "Guessed from addresses (“?”: doubtful). Confirm or correct these in actors/<id>.yml or topics/<id>.yml, "
            "or in the admin:"
        )
        yield from in_words(new)
    count = len({guess.key for guess in standing})
    if count and verbosity > 1:
        yield _("Guessed by earlier imports, and not confirmed yet:")
        yield from in_words(standing)
    elif count:
        yield (
            ngettext(
                "Guessed by an earlier import, and not confirmed yet: %s. --verbosity 2 lists it.",
                "Guessed by earlier imports, and not confirmed yet: %s. --verbosity 2 lists them.",
                count,
            )
            % count
        )


def guessable_parts(known: Catalogue) -> list[Backer | Topic]:
    """Return the backers and topics on record, of which something may be a guess."""
    return [*known.backers, *known.topics]
