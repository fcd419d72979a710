"""Take words out of everything that the site keeps: find every place that holds them, and erase them from all.

Today's page first, as a revision like any other, without the words. Then every older version in the record, through
the database's own function (`sql/redactions.sql`), which leaves their digests and writes down who did it and on which
ground. Then what stands beside the record: proposals, suggestions, what files said, the desk's log. One transaction:
all of it or nothing. What the database has kept of the old bytes goes with `rewrite()`, for the tables' owner only.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies import history
from controversies import models as m
from controversies.document import canonical, redact, rows
from controversies.document.redact import MARKER, NAME, RemovedWords, TextMatch
from controversies.document.types import SHARED, Topic
from controversies.history import words_removed
from controversies.kit import retry
from controversies.models import RedactedPart, RedactionGround, RedactionOffice, RedactionState
from controversies.models.redaction import REASON


class Where(StrEnum):
    """The kinds of place that can hold the words."""

    PAGE = "page"  # today's
    SHARED = "shared"  # a backer, source or topic of today
    HISTORY = "history"  # an older version of a part of a page
    SUMMARY = "summary"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    OUTLINE = "outline"  # a backer's name in what a revision changed
    PROPOSAL = "proposal"
    SUGGESTION = "suggestion"
    IMPORT = "import"
    LOG = "log"


NAMES = {
    Where.PAGE: gettext_lazy("Today’s page"),
    Where.SHARED: gettext_lazy("Backers, sources and topics"),
    Where.HISTORY: gettext_lazy("Earlier versions"),
    Where.SUMMARY: gettext_lazy("Reasons for changes"),
    Where.AUTHOR: gettext_lazy("Authors’ names"),
    Where.REVIEWER: gettext_lazy("Reviewers’ names"),
    Where.OUTLINE: gettext_lazy("Lists of what changed"),
    Where.PROPOSAL: gettext_lazy("Proposals"),
    Where.SUGGESTION: gettext_lazy("Readers’ suggestions"),
    Where.IMPORT: gettext_lazy("What imported files said"),
    Where.LOG: gettext_lazy("The desk’s log"),
}
EVERYWHERE = frozenset(Where)
# What can be asked for alone.
PARTS = {
    "text": frozenset({Where.PAGE, Where.SHARED, Where.HISTORY, Where.OUTLINE, Where.IMPORT}),
    "summary": frozenset({Where.SUMMARY}),
    "author": frozenset({Where.AUTHOR}),
    "reviewer": frozenset({Where.REVIEWER}),
    "proposals": frozenset({Where.PROPOSAL}),
    "suggestions": frozenset({Where.SUGGESTION}),
    "log": frozenset({Where.LOG}),
}
_TEXTS = {
    Where.SUMMARY: (RedactedPart.SUMMARY, "summary"),
    Where.AUTHOR: (RedactedPart.AUTHOR, "author_name"),
    Where.REVIEWER: (RedactedPart.REVIEWER, "reviewer_name"),
}


class NotPossible(Exception):
    """The words cannot be removed as asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that holds the words. `page` is the slug of the page it belongs to, `name` the thing in words."""

    where: Where
    page: str
    name: str
    number: int  # of the revision, 0 where there is none
    place: TextMatch


@dataclass(slots=True)
class RemovalReport:
    """Every place found, and what must be seen to by hand."""

    findings: list[Finding] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.findings)

    @property
    def counts(self) -> dict[Where, int]:
        """How many places there are of each kind, in the kinds' order."""
        found = Counter(each.where for each in self.findings)
        return {where: found[where] for where in Where if found[where]}


@dataclass(frozen=True)
class Order:
    """The words to remove, where, on which ground and on whose word. `pages`: the keys of some; None for all."""

    words: RemovedWords
    ground: str = RedactionGround.OTHER.value
    reason: str = ""
    by_name: str = ""
    second_name: str = ""
    office: str = RedactionOffice.OPERATOR.value
    pages: tuple[str, ...] | None = None
    wheres: frozenset[Where] = EVERYWHERE


def check(order: Order) -> None:
    """Refuse an order that names the words itself, or lacks a ground or a name. Raises NotPossible."""
    if order.ground not in RedactionGround.values:
        raise NotPossible(_("Give one of these grounds: %s.") % ", ".join(RedactionGround.values))
    if order.ground == RedactionGround.OTHER and not order.reason:
        raise NotPossible(_("Say in words why they are removed: readers see it."))
    if len(order.reason) > REASON:
        raise NotPossible(_("The reason has more than %s characters.") % REASON)
    if not order.by_name.strip():
        raise NotPossible(_("Say who removes the words."))
    for given in (order.reason, order.by_name, order.second_name):
        if order.words.are_in(given):
            raise NotPossible(_("The reason and the names must not hold the words themselves."))
    if order.words.are_in(MARKER) or order.words.are_in(NAME):
        raise NotPossible(_("This is what stands where words were removed."))


# -- find --


def find(order: Order) -> RemovalReport:
    """Every place that holds the words; nothing is changed. Memory grows with the largest page."""
    report = RemovalReport()
    keys = _scope(order)
    for key, slug in _pages(keys):
        page = _PageRemoval(key, slug, order)
        report.findings += page.findings()
    for shared in _shared(order, keys):
        report.findings += shared.findings()
    for beside in _beside(order, keys):
        report.findings += beside.findings
    report.left = _left(order)
    return report


def _scope(order: Order) -> list[str] | None:
    """The keys of the pages concerned, None for all: those asked for, and those that show what these share.

    A backer's name cannot go from one page and stay on another.
    """
    if order.pages is None:
        return None
    keys = set(order.pages)
    if Where.SHARED not in order.wheres:
        return sorted(keys)
    known: set[str] = set()
    while True:
        found = {shared.key for shared in _shared(order, sorted(keys))} - known
        if not found:
            return sorted(keys)
        known |= found
        every: Any = list(found)
        blocks = m.Block.objects.filter(key__in=every).values_list("controversy_id", flat=True)
        topics = m.Controversy.objects.filter(topic__in=every).values_list("pk", flat=True)
        keys |= {str(key) for key in (*blocks.distinct(), *topics)}


def _pages(keys: list[str] | None) -> list[tuple[str, str]]:
    pages = m.Controversy.objects.order_by("pk")
    if keys is not None:
        pages = pages.filter(pk__in=keys)
    return [(str(key), slug) for key, slug in pages.values_list("pk", "slug")]


@dataclass(slots=True)
class _Version:
    """A version of a block in the record, with its text before and after; the same where it is only stored anew."""

    key: str
    since: int
    before: str
    after: str
    places: list[TextMatch]
    kind: str


class _PageRemoval:
    """One page's record, read whole: which versions hold the words, and which were packed against those."""

    def __init__(self, key: str, slug: str, order: Order) -> None:
        self.key, self.slug, self.order, self.words = key, slug, order, order.words
        self.versions: list[_Version] = []
        self.texts: list[tuple[int, Where, str, str]] = []  # revision, which text, before, after
        self.outlines: dict[int, list[Any]] = {}
        self.live: dict[str, int] = {}  # since when each block reads as it does today
        if {Where.HISTORY, Where.PAGE} & order.wheres:
            self._read_blocks()
        self._read_revisions()

    def _read_blocks(self) -> None:
        stored = list(
            m.Block.objects.filter(controversy_id=self.key, outline=None)
            .order_by("since", "key")
            .values_list("key", "since", "digest", "body", "basis")
        )
        bodies = {(str(key), since): bytes(body) for key, since, _digest, body, _basis in stored if body}
        hit: set[tuple[str, int]] = set()
        for key, since, digest, body, basis in stored:
            name = str(key)
            if digest is None:
                self.live.pop(name, None)
                continue
            self.live[name] = since
            if body is None:
                continue
            text = canonical.unpack(bytes(body), None if basis is None else bodies[name, basis])
            data = json.loads(text)
            places = redact.part_places(self.words, data, canonical.TYPES[data["block"]])
            if places and redact.redact_block(self.words, data):
                hit.add((name, since))
                after = canonical.dumps(data).decode()
                self.versions.append(_Version(name, since, text.decode(), after, places, data["block"]))
            elif basis is not None and (name, basis) in hit:
                self.versions.append(_Version(name, since, text.decode(), text.decode(), [], data["block"]))

    def _read_revisions(self) -> None:
        wanted = {where: column for where, (_part, column) in _TEXTS.items() if where in self.order.wheres}
        revisions = m.Revision.objects.filter(controversy_id=self.key).order_by("number")
        columns = ("number", "summary", "author_name", "reviewer_name", "changes")
        for number, *texts, changes in revisions.values_list(*columns).iterator(chunk_size=1000):
            given = dict(zip(columns[1:4], texts, strict=True))
            for where, column in wanted.items():
                before = given[column]
                if self.words.are_in(before):
                    after = self.words.replace_in(before, limit=0) if where is Where.SUMMARY else NAME
                    self.texts.append((number, where, before, after))
            if Where.OUTLINE in self.order.wheres:
                new = [self._entry(entry) for entry in changes]
                if new != changes:
                    self.outlines[number] = new

    def _entry(self, entry: list[Any]) -> list[Any]:
        """An entry of an outline without the words: only backers stand there by name."""
        if entry[0] != "backer" or not isinstance(entry[1], str):
            return entry
        return [entry[0], self.words.replace_in(entry[1]), *entry[2:]]

    def findings(self) -> Iterator[Finding]:
        for version in self.versions:
            today = self.live.get(version.key) == version.since
            for place in version.places:
                where = Where.PAGE if today else Where.HISTORY
                yield Finding(where, self.slug, version.kind, version.since, place)
        for number, where, before, _after in self.texts:
            label = str(NAMES[where])
            for place in redact.text_places(self.words, before, where.value, label):
                yield Finding(where, self.slug, label, number, place)
        for number, entries in self.outlines.items():
            place = TextMatch("changes", str(NAMES[Where.OUTLINE]), len(entries), "", "", "")
            yield Finding(Where.OUTLINE, self.slug, str(NAMES[Where.OUTLINE]), number, place)

    def write(self) -> int:
        """Take the words out of the record; how many rows say so. To be called once today's page has none."""
        if not self.versions and not self.texts and not self.outlines:
            return 0
        order = self.order
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT controversies_redact(%s, %s, %s, %s, %s, %s, %s::uuid[], %s::integer[], %s::text[], %s::text[],"
                " %s::integer[], %s::text[], %s::text[], %s::jsonb)",
                [
                    *(self.key, order.ground, order.reason, order.by_name, order.second_name, order.office),
                    [each.key for each in self.versions],
                    [each.since for each in self.versions],
                    [each.before for each in self.versions],
                    [each.after for each in self.versions],
                    [number for number, *_rest in self.texts],
                    [_TEXTS[where][0].value for _number, where, *_rest in self.texts],
                    [after for *_rest, after in self.texts],
                    json.dumps(self.outlines),
                ],
            )
            [written] = cursor.fetchone()
        return int(written)


# -- what pages share --


@dataclass(slots=True)
class _Shared:
    """A row that several pages show, with its values without the words."""

    model: Any
    key: str
    name: str
    values: dict[str, Any]
    places: list[TextMatch]

    def findings(self) -> Iterator[Finding]:
        for place in self.places:
            yield Finding(Where.SHARED, "", self.name, 0, place)


def _shared(order: Order, keys: list[str] | None) -> Iterator[_Shared]:
    """The topics, backers and sources that hold the words: all of them, or those of some pages."""
    if Where.SHARED not in order.wheres:
        return
    for block_type in SHARED:
        cls, model = block_type.part, block_type.model
        found = model._default_manager.order_by("pk")
        if keys is not None:
            shown = m.Block.objects.filter(controversy_id__in=keys).values("key")
            found = found.filter(controversies__in=keys) if cls is Topic else found.filter(pk__in=shown)
        for row in found.distinct().values_list(*rows.columns(cls)):
            data = canonical.to_json(rows.from_row(cls, row))
            places = redact.part_places(order.words, data, cls)
            changed = redact.redact_part(order.words, data, cls)
            values = {
                spec.column: data[spec.name]
                for spec in cls.VALUES
                if changed and spec.name != "key" and spec.name in data
            }
            if places:
                yield _Shared(model, str(row[0]), str(model._meta.verbose_name), values, places)


# -- what stands beside the record --


@dataclass(slots=True)
class _Beside:
    """A row beside the record, with what to write into it."""

    row: Any
    values: dict[str, Any]
    findings: list[Finding]

    def write(self) -> None:
        type(self.row)._base_manager.filter(pk=self.row.pk).update(**self.values)


def _beside(order: Order, keys: list[str] | None) -> Iterator[_Beside]:
    """Proposals, suggestions, what files said, the desk's log: those that hold the words."""
    sources: list[tuple[Where, Any, dict[str, Any]]] = [
        (
            Where.PROPOSAL,
            m.Proposal.objects.order_by("pk"),
            {
                "document": _document,
                "reason": _prose,
                **dict.fromkeys(("author_name", "reviewer_name"), _name),
            }
            | {"decision": _prose},
        ),
        (
            Where.SUGGESTION,
            m.Suggestion.objects.order_by("pk"),
            dict.fromkeys(("wrong", "instead", "answer", "block_name"), _prose)
            | {"source": _source, "email": _email}
            | dict.fromkeys(("name", "editor_name"), _name),
        ),
        (
            Where.IMPORT,
            m.ImportedFile.objects.order_by("pk"),
            {"content": _tree, "file": _prose, "text": _file},
        ),
        (
            Where.LOG,
            m.RedactionRequest.objects.order_by("pk"),
            {"reason": _prose, "answer": _prose, "author_name": _name, "second_name": _name},
        ),
        (Where.LOG, LogEntry.objects.order_by("pk"), {"object_repr": _prose, "change_message": _message}),
    ]
    for where, found, fields in sources:
        if where not in order.wheres:
            continue
        kept = found
        if keys is not None:
            name = {m.ImportedFile: "key__in", LogEntry: "object_id__in"}.get(found.model, "controversy__in")
            kept = found.filter(**{name: keys})
        for row in kept.iterator(chunk_size=200):
            values: dict[str, Any] = {}
            findings: list[Finding] = []
            for name, clean in fields.items():
                before = getattr(row, name)
                after = clean(order.words, before)
                if after == before:
                    continue
                values[name] = after
                text = before if isinstance(before, str) else json.dumps(before, ensure_ascii=False)
                label = str(row._meta.get_field(name).verbose_name)
                shown = redact.text_places(order.words, text, name, label)
                findings += [
                    Finding(where, "", str(row._meta.verbose_name), 0, place)
                    for place in shown or [TextMatch(name, label, 1, "", "", "")]
                ]
            if values and isinstance(row, m.ImportedFile) and row.text:
                values["text"] = ""  # of which "content" says the same, however its lines were broken
            if values:
                yield _Beside(row, values, findings)


def _prose(words: RemovedWords, text: str) -> str:
    return words.replace_in(text)


def _file(words: RemovedWords, text: str) -> str:
    """A file's text, or nothing of it: the words may stand in it in other lines, quotes and escapes."""
    flat = " ".join(text.split())
    return "" if words.are_in(flat) or words.are_in_address(flat) or words.replace_in(flat) != flat else text


def _name(words: RemovedWords, text: str) -> str:
    return NAME if words.are_in(text) else text


def _source(words: RemovedWords, text: str) -> str:
    if words.are_in(text):
        return words.replace_in(text)
    return redact.URL if words.are_in_address(text) else text


def _email(words: RemovedWords, text: str) -> str:
    return "" if text and words.are_in_address(text) else text


def _document(words: RemovedWords, data: Any) -> Any:
    copy = json.loads(json.dumps(data))
    redact.redact_document_json(words, copy)
    return copy


def _tree(words: RemovedWords, data: Any, key: str = "") -> Any:
    """Any JSON values without the words."""
    if isinstance(data, dict):
        key = str(data.get("key") or key)
        return {name: _tree(words, value, key) for name, value in data.items()}
    if isinstance(data, list):
        return [_tree(words, value, key) for value in data]
    if not isinstance(data, str):
        return data
    if " " not in data and words.are_in_address(data):
        if data.startswith(("http://", "https://")):
            return f"{redact.URL}{key[:8]}"
        if not words.are_in(data):
            return f"{redact.SLUG}{key[:8]}"
    return words.replace_in(data)


def _message(words: RemovedWords, text: str) -> str:
    """A log entry's message, which may be JSON."""
    if text.startswith("["):
        try:
            data = json.loads(text)
        except ValueError:
            return words.replace_in(text)
        clean = _tree(words, data)
        return json.dumps(clean) if clean != data else text
    return words.replace_in(text)


def _left(order: Order) -> list[str]:
    """Name the places that hold the words and that people have to change."""
    user = get_user_model()
    columns = [
        each.name
        for each in user._meta.concrete_fields
        if each.get_internal_type() in ("CharField", "EmailField") and each.name != "password"
    ]
    found = []
    for row in user._default_manager.order_by("pk").values("pk", *columns):
        joined = " ".join(str(row[name]) for name in ("first_name", "last_name") if name in row)
        if order.words.are_in(joined) or any(order.words.are_in_address(str(row[name])) for name in columns):
            found.append(
                _("The account number %s has the words in its name: rename or delete it.") % row["pk"]
            )
    named = m.Redaction.objects.values_list("by_name", "second_name", "reason")
    if any(order.words.are_in(text) for row in named.distinct() for text in row):
        found.append(_("The record of removals, which only checkhistory shows, names somebody so: it stays."))
    return found


# -- apply --


def apply(order: Order, *, author: Any = None) -> RemovalReport:
    """Erase the words from every place found, in one transaction; what was found.

    `author` is the account of who removes them. Gives an empty report, and changes nothing, where there are none.
    Raises NotPossible, and InvalidDocument if today's page would not be valid without them.
    """
    check(order)

    def attempt() -> RemovalReport:
        report = _apply(order, author)
        if report:
            transaction.on_commit(forget)
        return report

    return retry.in_transaction(attempt)


def _apply(order: Order, author: Any) -> RemovalReport:
    report = find(order)
    if not report:
        return report
    keys = _scope(order)
    # Today's pages first: shared rows, then the pages, in the order in which record() locks them.
    with history.act(author=author, author_name=order.by_name, summary=_("Words removed.")):
        for shared in list(_shared(order, keys)):
            shared.model._base_manager.filter(pk=shared.key).update(**shared.values)
        if Where.PAGE in order.wheres:
            _lock(keys)
            _settle(order, keys)
    for key, slug in _pages(keys):
        _PageRemoval(key, slug, order).write()
    for beside in list(_beside(order, keys)):
        beside.write()
    _close_requests(order)
    remaining = find(order)
    if remaining:
        raise NotPossible(
            _("The words still stand in %s places, so nothing was removed.") % len(remaining.findings)
        )
    return report


def _close_requests(order: Order) -> None:
    """Close requests that wait for the removal of these very words: they are gone, and are not kept there either."""
    for request in m.RedactionRequest.objects.filter(state=RedactionState.WAITING).select_for_update():
        if order.words.are_in(request.words):
            request.state, request.words = RedactionState.DONE.value, ""
            request.second_name, request.decided_at = order.second_name or order.by_name, timezone.now()
            request.save(update_fields=["state", "words", "second_name", "decided_at"])


def _lock(keys: list[str] | None) -> None:
    """Keep others from recording these pages until COMMIT."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM controversies_controversy WHERE %s::uuid[] IS NULL OR id = ANY(%s::uuid[])"
            " ORDER BY id FOR NO KEY UPDATE",
            [keys, keys],
        )


def _settle(order: Order, keys: list[str] | None) -> None:
    """Bring the rows of today's pages into agreement with their documents without the words."""
    for key, _slug in _pages(keys):
        head = rows.from_rows([key])[key]
        clean = redact.redact_document(order.words, head)
        if clean != head:
            rows.sync_rows([clean])


def forget() -> None:
    """Empty the cache, and have this process forget what it remembers; others do at their next request."""
    cache.clear()
    words_removed.send(m.Redaction)


# -- the bytes --

# The tables that have held the words, with those that are derived from them.
_TABLES = (
    *(m.Block, m.Revision, m.Controversy, m.ContestedPoint, m.Position, m.Stance, m.Backing, m.Citation),
    *(
        m.Topic,
        m.Backer,
        m.Source,
        m.SearchIndex,
        m.Proposal,
        m.Suggestion,
        m.ImportedFile,
        m.RedactionRequest,
        LogEntry,
    ),
)


def tables() -> list[str]:
    """The names of the tables to rewrite so that nothing of the words is left in their files."""
    found = [model._meta.db_table for model in _TABLES]
    every = connection.introspection.table_names()
    found += [
        name for name in every if name.startswith("controversies_unrecordedchange") and name not in found
    ]
    location = settings.CACHES["default"].get("LOCATION", "")
    found += [name for name in ("django_session", location) if name in every]
    return found


def rewrite() -> list[str]:
    """Rewrite the files of all tables concerned, so that dead rows and statistics are gone; what could not be done.

    Locks each table while it is rewritten. For the tables' owner, outside a transaction.
    """
    failed: list[str] = []
    statements = [f'VACUUM (FULL, ANALYZE) "{name}"' for name in tables()]
    # Statistics hold the commonest values of each column.
    statements += ["VACUUM (FULL) pg_catalog.pg_statistic", "CHECKPOINT"]
    warnings: list[str] = []

    def note(diagnostic: Any) -> None:
        warnings.append(diagnostic.message_primary)

    with connection.cursor() as cursor:
        connection.connection.add_notice_handler(note)
        try:
            for statement in statements:
                warnings.clear()  # whoever may not vacuum a table is only warned that it was left out
                try:
                    cursor.execute(statement)
                except DatabaseError:
                    failed.append(statement)
                else:
                    failed += [statement] if warnings else []
        finally:
            connection.connection.remove_notice_handler(note)
    return failed


__all__ = [
    "EVERYWHERE",
    "NAMES",
    "PARTS",
    "Finding",
    "NotPossible",
    "Order",
    "RemovalReport",
    "Where",
    "apply",
    "check",
    "find",
    "forget",
    "rewrite",
    "tables",
]
