"""The record of one page: the versions and texts that hold the words, and their removal."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from controversies import models as m
from controversies.document import canonical, redact
from controversies.document.redact import NAME, TextMatch
from controversies.history import periods

from .order import KIND_NAMES, TEXT_COLUMNS, Finding, PlaceKind, RedactionOrder


@dataclass(slots=True)
class _BlockVersion:
    """A version of a block in the record, with its text before and after; equal where it is only stored again."""

    key: str
    since: int
    before: str
    after: str
    matches: list[TextMatch]
    name: str  # of the block type


class PageRecord:
    """The whole record of one page: the versions that hold the words, and those that were packed against them."""

    def __init__(self, key: str, slug: str, order: RedactionOrder) -> None:
        self.key, self.slug, self.order, self.words = key, slug, order, order.words
        self.versions: list[_BlockVersion] = []
        self.texts: list[tuple[int, PlaceKind, str, str]] = []  # revision, kind of text, before, after
        self.outlines: dict[int, list[Any]] = {}
        self.newest: dict[str, int] = {}  # by key of a block: the revision of its current version
        if {PlaceKind.HISTORY, PlaceKind.PAGE} & order.kinds:
            self._read_blocks()
        self._read_revisions()

    def _read_blocks(self) -> None:
        stored = list(
            m.Block.objects.filter(controversy_id=self.key, outline=None)
            .order_by("since", "key")
            .values_list("key", "since", "digest", "body", "basis")
        )
        bodies = {(str(key), since): bytes(body) for key, since, _digest, body, _basis in stored if body}
        redacted: set[tuple[str, int]] = set()
        for key, since, digest, body, basis in stored:
            name = str(key)
            if digest is None:
                self.newest.pop(name, None)
                continue
            self.newest[name] = since
            if body is None:
                continue
            text = canonical.unpack(bytes(body), None if basis is None else bodies[name, basis])
            data = json.loads(text)
            matches = redact.part_places(self.words, data, canonical.TYPES[data["block"]])
            if matches and redact.redact_block(self.words, data):
                redacted.add((name, since))
                after = canonical.dumps(data).decode()
                self.versions.append(_BlockVersion(name, since, text.decode(), after, matches, data["block"]))
            elif basis is not None and (name, basis) in redacted:
                self.versions.append(
                    _BlockVersion(name, since, text.decode(), text.decode(), [], data["block"])
                )

    def _read_revisions(self) -> None:
        searched = {
            kind: column for kind, (_part, column) in TEXT_COLUMNS.items() if kind in self.order.kinds
        }
        revisions = m.Revision.objects.filter(controversy_id=self.key).order_by("number")
        columns = ("number", "summary", "author_name", "reviewer_name", "changes")
        for number, *texts, changes in revisions.values_list(*columns).iterator(chunk_size=1000):
            by_column = dict(zip(columns[1:4], texts, strict=True))
            for kind, column in searched.items():
                before = by_column[column]
                if self.words.are_in(before):
                    after = self.words.replace_in(before, limit=0) if kind is PlaceKind.SUMMARY else NAME
                    self.texts.append((number, kind, before, after))
            if PlaceKind.OUTLINE in self.order.kinds:
                clean = [self._clean_entry(entry) for entry in changes]
                if clean != changes:
                    self.outlines[number] = clean

    def _clean_entry(self, entry: list[Any]) -> list[Any]:
        """An entry of an outline without the words: only backers have a name there."""
        if entry[0] != "backer" or not isinstance(entry[1], str):
            return entry
        return [entry[0], self.words.replace_in(entry[1]), *entry[2:]]

    def findings(self) -> Iterator[Finding]:
        for version in self.versions:
            is_current = self.newest.get(version.key) == version.since
            for match in version.matches:
                kind = PlaceKind.PAGE if is_current else PlaceKind.HISTORY
                yield Finding(kind, self.slug, version.name, version.since, match)
        for number, kind, before, _after in self.texts:
            label = str(KIND_NAMES[kind])
            for match in redact.text_places(self.words, before, kind.value, label):
                yield Finding(kind, self.slug, label, number, match)
        for number, entries in self.outlines.items():
            match = TextMatch("changes", str(KIND_NAMES[PlaceKind.OUTLINE]), len(entries), "", "", "")
            yield Finding(PlaceKind.OUTLINE, self.slug, str(KIND_NAMES[PlaceKind.OUTLINE]), number, match)

    def redact(self) -> int:
        """Remove the words from the record, and return the number of redactions.

        The current page must be free of them already.
        """
        if not self.versions and not self.texts and not self.outlines:
            return 0
        order = self.order
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT controversies_redact(%s, %s, %s, %s, %s, %s, %s::uuid[], %s::integer[], %s::text[], %s::text[],"
                " %s::integer[], %s::text[], %s::text[], %s::jsonb, %s)",
                [
                    *(self.key, order.ground, order.reason, order.by_name, order.second_name, order.office),
                    [each.key for each in self.versions],
                    [each.since for each in self.versions],
                    [each.before for each in self.versions],
                    [each.after for each in self.versions],
                    [number for number, *_rest in self.texts],
                    [TEXT_COLUMNS[kind][0].value for _number, kind, *_rest in self.texts],
                    [after for *_rest, after in self.texts],
                    json.dumps(self.outlines),
                    order.replaces_digests,
                ],
            )
            [count] = cursor.fetchone()
        periods.rebuild([self.key])
        return int(count)
