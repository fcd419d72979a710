"""Fixtures: controversies with their history, in YAML that people write and review.

Registered in settings as the serializer of YAML, so that `loaddata` takes such files, and Django's own fixtures
as before. A file is a list of entries of three kinds:

    - model: auth.group                 # Django's own, as ever
      fields: {name: Readers}
    - topics: […]                       # what pages share, known by its slug: any of topics, backers and
      backers: […]                      # sources, each with the fields of its block. Once on record under its
      sources: […]                      # slug, it is used as the record has it.
    - controversy: open-weights         # the slug of its page
      contributors: [contributor-7]     # authors whose changes somebody else accepts: each needs a `reviewer`
      revisions:                        # oldest first
        - time: 2026-03-08T00:00:00Z
          author: A name that everybody may see
          reviewer: Who accepted it     # where the author proposed it
          summary: Why it was done.
          kind: import                  # or restore; usually left out
          document: {…}                 # the whole page: what is as before is written by YAML's aliases
        - time: …
          author: …
          source: {slug: …, title: …}   # instead of a document: a source (or a backer) that this page alone
                                        # shows is put right

A document has the fields of the JSON twin, but for its keys: topic, sources and backers are named by their slug;
points and positions have a short `key` of their own, from which their real key is derived; a citation or backing
needs none (a second citation of one source in one place does); a backing that is nothing but its backer's slug is
written as just that.

Loading is append-only, as all of history is. A page that the file made is left alone, one that is the beginning
of the file's history is continued, and one that was edited since is refused, with the whole file.
"""

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError
from django.core.serializers.base import DeserializationError
from django.core.serializers.pyyaml import Deserializer as DjangoDeserializer
from django.core.serializers.pyyaml import Serializer
from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
from django.utils.translation import gettext as _

from controversies import history
from controversies import models as m
from controversies.document import parse
from controversies.document.canonical import to_json
from controversies.document.parse import Fault, InvalidDocument
from controversies.document.types import Backer, Document, Head, Kind, Part, Source, Spec, Topic
from controversies.models import ChangeClass

from . import strict_yaml
from .derived_keys import controversy_key, derive_key
from .own_content import own_content

__all__ = ["Deserializer", "FixtureRefused", "Serializer", "controversy_key"]

SHARED: dict[str, tuple[type[Part], Any]] = {
    "topics": (Topic, m.Topic),
    "backers": (Backer, m.Backer),
    "sources": (Source, m.Source),
}
_NAMELESS: dict[str, Any] = {
    "topics": Topic(key="", slug="", title="?"),
    "backers": Backer(key="", slug="", name="?", kind=m.BackerKind.PERSON.value),
    "sources": Source(key="", slug="", title="?"),
}
CORRECTABLE = {"backer": "backers", "source": "sources"}
KINDS = {kind.value: kind for kind in (ChangeClass.IMPORT, ChangeClass.RESTORE)}
_LINES = {
    "author": Spec("author", Kind.LINE, "", required=True, limit=150),
    "reviewer": Spec("reviewer", Kind.LINE, "", limit=150),
    "summary": Spec("summary", Kind.PROSE, "", limit=1000),
}
_ENTRY = ("controversy", "contributors", "revisions")
_NAME = Spec("key", Kind.SLUG, "", required=True, limit=100)
_SLUG = replace(_NAME, name="controversy")
# Of a document. Its key and slug, its backers and sources are said elsewhere in the file.
_FIELDS = (
    *(spec.name for spec in Head.SPECS if spec.name not in ("key", "slug")),
    *("context", "points", "positions"),
)


class FixtureRefused(DeserializationError, CommandError):
    """A fixture that was not loaded at all; each line of the message is one reason. Commands print it without a
    traceback.
    """


@dataclass(frozen=True)
class SharedBlocks:
    """The topics, backers and sources that the pages of a file share, by slug."""

    topics: dict[str, Topic]
    backers: dict[str, Backer]
    sources: dict[str, Source]

    def as_on_record(self) -> "SharedBlocks":
        """The same under the keys that the record has for their slugs."""
        rekeyed: dict[str, dict[str, Any]] = {}
        for name, (_cls, model) in SHARED.items():
            blocks = getattr(self, name)
            keys = dict(model.objects.filter(slug__in=blocks).values_list("slug", "id"))
            rekeyed[name] = {
                slug: replace(block, key=str(keys.get(slug, block.key))) for slug, block in blocks.items()
            }
        return SharedBlocks(**rekeyed)


@dataclass(frozen=True)
class FixtureRevision:
    """One revision as the file has it. Either it has a document of its own, or it puts fields of one block right."""

    time: datetime.datetime
    author: str
    reviewer: str
    summary: str
    kind: ChangeClass | None
    document: Document
    put_right: Backer | Source | None = None
    fields: tuple[str, ...] = ()


class FixturePage:
    """A controversy of a file. Quacks like Django's DeserializedObject, so that `loaddata` saves it."""

    def __init__(self, file: str, entry: dict[str, Any], shared: SharedBlocks) -> None:
        self.file, self.entry, self.shared = file, entry, shared
        self.slug: str = entry["controversy"]
        self.object = m.Controversy(pk=uuid.UUID(controversy_key(self.slug)), slug=self.slug)
        self.deferred_fields: dict[Any, Any] = {}

    def __str__(self) -> str:
        return f"{self.file}: {self.slug}"

    def save(self, using: str | None = None, **_options: Any) -> None:
        """Record what of the history is not on record, all or nothing. Raises FixtureRefused."""
        if using not in (None, DEFAULT_DB_ALIAS):
            raise FixtureRefused(_("%s: history is kept in the default database only.") % self)
        with transaction.atomic():
            self._save()

    def _save(self) -> None:
        revisions, faults = _revisions(self.entry, self.shared.as_on_record())
        if faults:
            raise FixtureRefused("\n".join(f"{self}, {fault}" for fault in faults))
        known = self._on_record(revisions)
        for number, revision in enumerate(revisions[known:], known + 1):
            try:
                self._record(number, revision)
            except InvalidDocument as error:
                where = _("%(page)s, revision %(number)s") % {"page": self, "number": number}
                raise FixtureRefused("\n".join(f"{where}: {fault}" for fault in error.faults)) from error
            except history.Stale as error:
                raise self._edited_error(error.head) from error
            except IntegrityError as error:  # a correction that makes two sources one, say
                where = _("%(page)s, revision %(number)s") % {"page": self, "number": number}
                raise FixtureRefused(f"{where}: {str(error).splitlines()[0]}") from error

    def _record(self, number: int, revision: FixtureRevision) -> None:
        if revision.put_right is None:
            row = history.record(
                revision.document,
                author_name=revision.author,
                reviewer_name=revision.reviewer,
                summary=revision.summary,
                time=revision.time,
                base=number - 1,
                kind=revision.kind,
            )
            recorded = [revision.document.key] if row else []
        else:
            block = revision.put_right
            with history.act(
                author_name=revision.author,
                reviewer_name=revision.reviewer,
                summary=revision.summary,
                time=revision.time,
            ) as recorded:
                shared = (
                    (m.Backer if isinstance(block, Backer) else m.Source)
                    .objects.select_for_update()
                    .get(pk=block.key)
                )
                for name in revision.fields:
                    value = getattr(block, name)
                    setattr(shared, name, list(value) if isinstance(value, tuple) else value)
                shared.save(update_fields=revision.fields)
        if recorded != [revision.document.key]:
            raise FixtureRefused(
                _("%(page)s, revision %(number)s: %(problem)s")
                % {
                    "page": self,
                    "number": number,
                    "problem": _("other pages show this too, so that it is no revision of this page alone.")
                    if recorded
                    else _("nothing changes: what it says is on record already. Leave it out."),
                }
            )

    def _on_record(self, revisions: list[FixtureRevision]) -> int:
        """Count the revisions that are on record already. Raises FixtureRefused if the record has others."""
        others = m.Controversy.objects.filter(slug=self.slug).exclude(pk=self.object.pk)
        if others.exists():
            raise FixtureRefused(
                _(
                    "%s: another page, which was not made from this file, has this address. Nothing was "
                    "loaded. Give one of them another address, or load the file into an empty database."
                )
                % self
            )
        key = str(self.object.pk)
        head = history.head(key)
        if head is None:
            return 0
        for number, revision in enumerate(revisions[: head.number], 1):
            reading = head if number == head.number else history.at(key, number)
            if reading is None or not _is_as_recorded(revision, reading):
                raise self._edited_error(reading)
        if head.number > len(revisions):
            raise self._edited_error(history.at(key, len(revisions) + 1))
        return head.number

    def _edited_error(self, reading: history.Reading | None) -> FixtureRefused:
        return FixtureRefused(
            _(
                "%(page)s: this page was edited since: its revision %(number)s, of %(day)s by %(author)s, is not "
                "in the file. Nothing was loaded, so that no edit is lost. Go on editing the page in the admin, "
                "or load the file into an empty database."
            )
            % {
                "page": self,
                "number": reading.number if reading else "?",
                "day": reading.entry.time.date() if reading else "?",
                "author": reading.entry.author_name if reading else "?",
            }
        )


class Deserializer(DjangoDeserializer):
    """Yields what `loaddata` saves. Every fault of the file's controversies is found before the first."""

    def __init__(self, stream_or_string: IO[bytes] | IO[str] | bytes | str, **options: Any) -> None:
        self.file = Path(str(getattr(stream_or_string, "name", "") or _("the fixture"))).name
        try:
            entries = strict_yaml.load(stream_or_string)
        except strict_yaml.InvalidYaml as error:
            raise FixtureRefused(f"{self.file}: {error}") from error
        self.pages, faults = _pages(self.file, entries)
        if faults:
            raise FixtureRefused("\n".join(faults))
        # Past Django's own reading of the YAML, to what handles the entries.
        super(DjangoDeserializer, self).__init__(entries, **options)

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]  # the stubs would have it give itself
        before = set(history.unrecorded())
        yield from super().__iter__()
        # The database refuses these at COMMIT, whoever loads them; here they can be told by their names.
        changed = sorted(set(history.unrecorded()) - before)
        if changed:
            heads = history.heads(changed)
            titles = [
                heads[key].document.head.title if key in heads else m.Controversy.objects.get(pk=key).title
                for key in changed
            ]
            raise FixtureRefused(
                _(
                    "%(file)s: its entries change what these pages show without a revision: %(pages)s. Nothing was "
                    "loaded. Write a page as an entry with `controversy`, or change it in the admin."
                )
                % {"file": self.file, "pages": ", ".join(f"“{title}”" for title in titles)}
            )

    def _handle_object(self, obj: dict[str, Any]) -> Iterator[Any]:
        if "model" in obj:
            yield from super()._handle_object(obj)  # type: ignore[misc]  # the stubs lack it
        elif "controversy" in obj:
            yield self.pages[parse.value(_SLUG, obj["controversy"])]


def _is_as_recorded(revision: FixtureRevision, reading: history.Reading) -> bool:
    """Whether the revision is this one of the file; what pages share may be another's, and gives way.

    A file that named no reviewer when it was loaded, and does by now, is the same.
    """
    entry = reading.entry
    if (entry.author_name, entry.time, entry.summary) != (revision.author, revision.time, revision.summary):
        return False
    if entry.reviewer_name not in ("", revision.reviewer):
        return False
    return own_content(revision.document, topic=False) == own_content(reading.document, topic=False)


# -- reading: each function gives what it could make, and every fault --


def _pages(file: str, entries: object) -> tuple[dict[str, FixturePage], list[str]]:
    if not isinstance(entries, list) or not entries:
        return {}, [f"{file}: " + _("A fixture is a list of entries, with one at least.")]
    faults: list[str] = []
    shared_entries: list[dict[str, Any]] = []
    pages: dict[str, dict[str, Any]] = {}
    for i, entry in enumerate(entries):
        where = _("%(file)s, entry %(number)s") % {"file": file, "number": i + 1}
        if not isinstance(entry, dict):
            faults.append(f"{where}: " + _("An entry is an object with named values."))
        elif "model" in entry:
            faults += [f"{where}: {fault}" for fault in _django_faults(entry)]
        elif "controversy" in entry:
            try:
                slug = parse.value(_SLUG, entry["controversy"])
            except InvalidDocument as error:
                faults.append(f"{where}: {error}")
                continue
            if slug in pages:
                faults.append(f"{where}: " + _("“%s” is in this file already.") % slug)
            pages[slug] = {**entry, "controversy": slug}
        elif entry and set(entry) <= set(SHARED):
            shared_entries.append(entry)
        else:
            offered = _("An entry has `model`, or `controversy`, or any of %s and nothing else.")
            faults.append(f"{where}: " + offered % ", ".join(SHARED))
    shared, wrong = _shared_blocks(shared_entries)
    faults += [f"{file}: {fault}" for fault in wrong]
    fixture_pages = {slug: FixturePage(file, entry, shared) for slug, entry in pages.items()}
    for page in fixture_pages.values():
        faults += [f"{page}, {fault}" for fault in _revisions(page.entry, shared)[1]]
    return fixture_pages, faults


def _django_faults(entry: dict[str, Any]) -> Iterator[Fault]:
    """Yield the faults of an entry that Django would report less clearly."""
    if not isinstance(entry["model"], str):
        yield Fault("model", _("This must be text."))
    if not isinstance(entry.get("fields"), dict):
        yield Fault("fields", _("This must be an object with named values."))


def _shared_blocks(entries: list[dict[str, Any]]) -> tuple[SharedBlocks, list[Fault]]:
    faults: list[Fault] = []
    blocks: dict[str, dict[str, Any]] = {name: {} for name in SHARED}
    for entry in entries:
        for name, items in entry.items():
            cls = SHARED[name][0]
            if not isinstance(items, list):
                faults.append(Fault(name, _("This must be a list.")))
                continue
            for i, item in enumerate(items):
                path = f"{name}[{i}]"
                if isinstance(item, dict) and "key" in item:
                    faults.append(
                        Fault(f"{path}.key", _("There is no such field: its slug says which it is."))
                    )
                    continue
                if isinstance(item, dict):
                    item = {**item, "key": derive_key(name, str(item.get("slug", "")).strip())}  # noqa: PLW2901 - a copy with its key
                block, wrong = parse.part(cls, item, path)
                faults += wrong
                if block is not None and block.slug in blocks[name]:
                    faults.append(Fault(f"{path}.slug", _("“%s” is in this file already.") % block.slug))
                elif block is not None:
                    blocks[name][block.slug] = block
                elif isinstance(item, dict) and isinstance(item.get("slug"), str):
                    # So that whatever refers to it is not told to be at fault, too.
                    blocks[name].setdefault(
                        item["slug"], replace(_NAMELESS[name], key=item["key"], slug=f"faulty-{i}")
                    )
    return SharedBlocks(**blocks), faults


def _revisions(entry: dict[str, Any], shared: SharedBlocks) -> tuple[list[FixtureRevision], list[Fault]]:
    """The controversy's revisions. A fault's path begins with its revision: `revision 2: positions[1].claim`."""
    faults = [
        Fault(str(name), _("There is no such field. Known: %s.") % ", ".join(_ENTRY))
        for name in entry
        if name not in _ENTRY
    ]
    contributors = entry.get("contributors", [])
    if not isinstance(contributors, list) or not all(isinstance(name, str) for name in contributors):
        faults.append(Fault("contributors", _("This must be a list of names.")))
        contributors = []
    entries = entry.get("revisions")
    if not isinstance(entries, list) or not entries:
        return [], [*faults, Fault("revisions", _("This must be a list, with one revision at least."))]
    revisions: list[FixtureRevision] = []
    for number, data in enumerate(entries, 1):
        # After a faulty revision, nothing is said of what would follow from it.
        before = revisions[-1] if len(revisions) == number - 1 and revisions else None
        revision, wrong = _revision(entry["controversy"], data, before, shared, is_first=number == 1)
        if revision is not None:
            wrong += _role_faults(revision, contributors)
        if revision is not None and revision.put_right is not None:
            blocks = CORRECTABLE["backer" if isinstance(revision.put_right, Backer) else "source"]
            corrected = {**getattr(shared, blocks), revision.put_right.slug: revision.put_right}
            shared = replace(shared, **{blocks: corrected})
        if revision is not None:
            revisions.append(revision)
        where = _("revision %s") % number
        faults += [Fault(f"{where}: {fault.path}" if fault.path else where, fault.message) for fault in wrong]
    return revisions, faults


def _role_faults(revision: FixtureRevision, contributors: list[str]) -> list[Fault]:
    """Faults against the roles: contributors only propose, and nobody accepts their own proposal."""
    if revision.reviewer and revision.reviewer == revision.author:
        return [Fault("reviewer", _("Nobody accepts what they proposed themselves."))]
    if revision.reviewer in contributors:
        return [
            Fault("reviewer", _("“%s” is a contributor, who cannot accept a change.") % revision.reviewer)
        ]
    if revision.author in contributors and not revision.reviewer:
        return [
            Fault(
                "reviewer",
                _("“%s” is a contributor: name the editor who accepted the change.") % revision.author,
            )
        ]
    return []


def _revision(
    slug: str, data: object, before: FixtureRevision | None, shared: SharedBlocks, *, is_first: bool
) -> tuple[FixtureRevision | None, list[Fault]]:
    if not isinstance(data, dict):
        return None, [Fault("", _("This must be an object with named values."))]
    known = ("time", "author", "reviewer", "summary", "kind", "document", *CORRECTABLE)
    faults = [
        Fault(str(name), _("There is no such field. Known: %s.") % ", ".join(known))
        for name in data
        if name not in known
    ]
    texts = {}
    for name, spec in _LINES.items():
        try:
            texts[name] = parse.value(spec, "" if data.get(name) is None else data[name])
        except InvalidDocument as error:
            faults += error.faults
    time = data.get("time")
    if not isinstance(time, datetime.datetime) or time.tzinfo is None:
        faults.append(Fault("time", _("Give day, time and time zone, as in 2026-03-08T09:30:00Z.")))
    elif before is not None and time <= before.time:
        faults.append(Fault("time", _("This is not later than the revision before it.")))
    kind = data.get("kind")
    if kind is not None and (not isinstance(kind, str) or kind not in KINDS):
        offered = ", ".join(KINDS)
        faults.append(
            Fault("kind", _("“%(value)s” is not one of: %(choices)s.") % {"value": kind, "choices": offered})
        )
    content = [name for name in ("document", *CORRECTABLE) if name in data]
    document, put_right = None, None
    if len(content) != 1:
        faults.append(Fault("", _("A revision has one of: %s.") % ", ".join(("document", *CORRECTABLE))))
    elif content == ["document"]:
        document, wrong = _DocumentBuilder(slug, shared).document(data["document"])
        faults += wrong
    elif is_first:
        faults.append(Fault(content[0], _("The first revision needs a document.")))
    elif before is not None:
        put_right, wrong = _correction(content[0], data[content[0]], before.document)
        faults += wrong
        if put_right is not None:
            document = before.document.with_blocks(
                **{
                    name: tuple(
                        put_right if b.key == put_right.key else b for b in getattr(before.document, name)
                    )
                    for name in CORRECTABLE.values()
                }
            )
    if before is not None and document is not None and document == before.document:
        faults.append(Fault("", _("Nothing changes in this revision: leave it out.")))
    if faults or document is None or not isinstance(time, datetime.datetime):
        return None, faults
    return FixtureRevision(
        time.astimezone(datetime.UTC),
        texts["author"],
        texts["reviewer"],
        texts["summary"],
        KINDS[kind] if kind is not None else None,
        document,
        put_right,
        tuple(name for name in data[content[0]] if name != "slug") if put_right is not None else (),
    ), []


def _correction(name: str, data: object, before: Document) -> tuple[Any, list[Fault]]:
    """The block of the page before as these fields put it right."""
    if not isinstance(data, dict) or not data.keys() - {"slug"} or "slug" not in data:
        return None, [Fault(name, _("Give the slug, and the fields that change."))]
    shown = {block.slug: block for block in getattr(before, CORRECTABLE[name])}
    block = shown.get(str(data["slug"]))
    if block is None:
        return None, [Fault(f"{name}.slug", _("The page does not show “%s”.") % data["slug"])]
    if "key" in data:
        return None, [Fault(f"{name}.key", _("There is no such field: its slug says which it is."))]
    return parse.part(type(block), {**to_json(block), **data}, name)


class _DocumentBuilder:
    """A document with local names made one with keys, as far as its shape allows; the rest is parse's to find."""

    def __init__(self, slug: str, shared: SharedBlocks) -> None:
        self.slug, self.shared = slug, shared
        self.key = controversy_key(slug)
        self.faults: list[Fault] = []

    def document(self, data: object) -> tuple[Document | None, list[Fault]]:
        if not isinstance(data, dict):
            return None, [Fault("document", _("This must be an object with named values."))]
        for name in data:
            if name not in _FIELDS:
                self.fault(str(name), _("There is no such field. Known: %s.") % ", ".join(_FIELDS))
        values = {name: value for name, value in data.items() if name in _FIELDS}
        values |= {
            "key": self.key,
            "slug": self.slug,
            "topic": self.topic(data.get("topic")),
            "backers": [to_json(backer) for backer in self.shared.backers.values()],
            "sources": [to_json(source) for source in self.shared.sources.values()],
        }
        if isinstance(data.get("context"), dict):
            values["context"] = self.with_citations(data["context"], "context", "context")
        values["points"] = self.each(data, "points", "", self.point)
        values["positions"] = self.each(data, "positions", "", self.position)
        try:
            document = parse.document(values)
        except InvalidDocument as error:
            paths = {fault.path for fault in self.faults}
            self.faults += [fault for fault in error.faults if fault.path not in paths]
            return None, self.faults
        return document, self.faults

    def fault(self, path: str, message: str) -> None:
        self.faults.append(Fault(path, message))

    def each(self, data: dict[str, Any], name: str, path: str, convert: Any) -> Any:
        """The list of this name with each object converted, and whatever is none left as it is."""
        items = data.get(name, [])
        if not isinstance(items, list):
            return items
        where = f"{path}.{name}" if path else name
        return [convert(item, f"{where}[{i}]") for i, item in enumerate(items)]

    def name(self, data: dict[str, Any], path: str) -> str:
        """The local name of a point or position."""
        try:
            return parse.value(_NAME, data.get("key") or "")
        except InvalidDocument as error:
            self.fault(f"{path}.key", error.faults[0].message)
            return path

    def topic(self, slug: object) -> Any:
        topic = self.shared.topics.get(slug) if isinstance(slug, str) else None
        if topic is None:
            self.fault("topic", self.unknown(slug, "topics"))
            return {"key": self.key, "slug": "unknown", "title": "?"}  # so that parse looks at the rest
        return to_json(topic)

    def unknown(self, slug: object, name: str) -> str:
        if slug is None:
            return _("This is required.")
        return _("“%(slug)s” is not among the file's %(list)s.") % {"slug": slug, "list": name}

    def reference(self, slug: object, name: str, path: str) -> str:
        """The key of the backer or source of this slug."""
        block = getattr(self.shared, name).get(slug) if isinstance(slug, str) else None
        if block is None:
            self.fault(path, self.unknown(slug, name))
            return derive_key(name, str(slug))
        return block.key

    def point(self, data: object, path: str) -> object:
        if not isinstance(data, dict):
            return data
        name = self.name(data, path)
        return {
            **self.with_citations(data, path, f"point/{name}"),
            "key": derive_key("point", name, under=self.key),
        }

    def position(self, data: object, path: str) -> object:
        if not isinstance(data, dict):
            return data
        name = self.name(data, path)

        def stance(item: object, where: str) -> object:
            if not isinstance(item, dict):
                return item
            point = item.get("point")
            converted = self.with_citations(item, where, f"stance/{name}/{point}")
            if isinstance(point, str):
                converted["point"] = derive_key("point", point, under=self.key)
            return converted

        def backing(item: object, where: str) -> object:
            if isinstance(item, str):
                item = {"backer": item}
            if not isinstance(item, dict):
                return item
            if "key" in item:
                self.fault(f"{where}.key", _("There is no such field: its backer says which it is."))
            slug = item.get("backer")
            return {
                **self.with_citations(item, where, f"backing/{name}/{slug}"),
                "key": derive_key("backing", name, str(slug), under=self.key),
                "backer": self.reference(slug, "backers", f"{where}.backer"),
            }

        return {
            **self.with_citations(data, path, f"position/{name}"),
            "key": derive_key("position", name, under=self.key),
            "stances": self.each(data, "stances", path, stance),
            "backings": self.each(data, "backings", path, backing),
        }

    def with_citations(self, data: dict[str, Any], path: str, owner: str) -> dict[str, Any]:
        """A copy of what holds citations, with these converted."""
        seen: set[str] = set()

        def citation(item: object, where: str) -> object:
            if not isinstance(item, dict):
                return item
            slug = item.get("source")
            name = self.name(item, where) if "key" in item else str(slug)
            if name in seen:
                self.fault(f"{where}.key", _("This source is cited twice here: give one of them a key."))
            seen.add(name)
            return {
                **item,
                "key": derive_key("citation", owner, name, under=self.key),
                "source": self.reference(slug, "sources", f"{where}.source"),
            }

        return {**data, "citations": self.each(data, "citations", path, citation)}
