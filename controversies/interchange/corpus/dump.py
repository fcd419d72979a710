"""Writes the corpus, a line at a time: memory grows with the largest page, not with how much there is."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document import canonical, rows
from controversies.document.types import Backer, Source, Topic
from controversies.history import redactions, replay
from controversies.history.public import publication_changes
from controversies.history.read import Entry
from controversies.history.redactions import Notice
from controversies.history.transparency import reader
from controversies.models import Publication, RedactedPart

from .format import FORMAT, KINDS, LOG, LONGEST, REDACTIONS, RIGHTS, VERSION, Tally, moment

_CHUNK = 500  # rows at a time from the server

_NEWEST = """
    SELECT max(r.time) FROM controversies_controversy c
    CROSS JOIN LATERAL (
        SELECT time FROM controversies_revision WHERE controversy_id = c.id ORDER BY number DESC LIMIT 1
    ) r
    WHERE c.publication = 'published'
"""


class TooLong(ValueError):
    """A part of a page is larger than a line of the format may be; nothing can be dumped that none could load."""


def corpus(progress: Callable[[int, int], None] = lambda done, whole: None) -> Iterator[bytes]:
    """Every line of the corpus, each with its line feed; to be read within `replay.snapshot()`.

    `progress` is told how many revisions of how many are done. Seven queries, four a page, and one more for every
    `replay.BATCH` revisions of one. Raises TooLong.
    """
    tally = Tally()
    for sort, line in _lines(progress):
        if len(line) > LONGEST:
            raise TooLong(
                _("Line %(line)s would have %(size)s bytes; at most %(most)s can be read again.")
                % {"line": tally.lines + 1, "size": len(line), "most": LONGEST}
            )
        tally.add(line, sort)
        yield line + b"\n"
    yield canonical.dumps(tally.footer()) + b"\n"


def _lines(progress: Callable[[int, int], None]) -> Iterator[tuple[str, bytes]]:
    """The lines with the sort that each counts as."""
    public = m.Controversy.objects.public()
    whole = m.Revision.objects.filter(controversy__in=public).count()
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST)
        [newest] = cursor.fetchone()
    removed = m.Redaction.objects.filter(controversy__in=public).exists()
    newest_log = m.Log.objects.order_by("-pk").first()
    sections = [*([REDACTIONS] if removed else []), *([LOG] if newest_log else [])]
    header = {
        "format": FORMAT,
        "version": VERSION,
        **({"with": sections} if sections else {}),
        "site": {"name": settings.SITE_NAME, "url": settings.SITE_URL},
        "newest": moment(newest) if newest else None,
        "pages": public.count(),
        "revisions": whole,
        "rights": RIGHTS,
    }
    yield "", canonical.dumps(header)
    yield from _shared_lines()
    if newest_log:
        yield from _log_lines(newest_log)
    done = 0
    for key, slug in public.order_by("pk").values_list("pk", "slug").iterator(chunk_size=_CHUNK):
        notices = redactions.of_page(str(key)) if removed else []
        for sort, line in _page_lines(str(key), slug, notices):
            if sort in ("revisions", "hidden"):
                done += 1
                progress(done, whole)
            yield sort, line


def _shared_lines() -> Iterator[tuple[str, bytes]]:
    """Topics, backers and sources that public pages show, as they are today."""
    shown = Publication.PUBLISHED
    topics = m.Topic.objects.filter(Exists(m.Controversy.objects.public().filter(topic=OuterRef("pk"))))
    for row in topics.order_by("pk").values_list(*rows.columns(Topic)).iterator(chunk_size=_CHUNK):
        yield "topics", canonical.dumps({"topic": canonical.to_json(rows.from_row(Topic, row))})
    held = m.Backing.objects.filter(backer=OuterRef("pk"), position__controversy__publication=shown)
    backers = m.Backer.objects.filter(Exists(held)).order_by("pk")
    for row in backers.values_list(*rows.columns(Backer)).iterator(chunk_size=_CHUNK):
        yield "backers", canonical.dumps({"backer": canonical.to_json(rows.from_row(Backer, row))})
    cited = m.Citation.objects.filter(m.on_pages(m.Citation, "publication", shown), source=OuterRef("pk"))
    sources = m.Source.objects.filter(Exists(cited.order_by())).order_by("pk")
    for row in sources.values_list(*rows.columns(Source)).iterator(chunk_size=_CHUNK):
        yield "sources", canonical.dumps({"source": canonical.to_json(rows.from_row(Source, row))})


def _log_lines(log: m.Log) -> Iterator[tuple[str, bytes]]:
    """The newest checkpoint of a log, if it has been signed, and all its entries in order."""
    checkpoint = reader.newest_checkpoint(log.pk)
    if checkpoint:
        yield "", canonical.dumps({"checkpoint": checkpoint.note})
    entries = m.Leaf.objects.filter(log=log).order_by("index").values_list("entry", flat=True)
    for entry in entries.iterator(chunk_size=_CHUNK):
        yield "entries", b'{"entry":' + bytes(entry) + b"}"


class _PageState:
    """A page as it stands at one of its revisions, and as readers last saw it: what a revision's lines follow from."""

    def __init__(self, key: str, notices: Iterable[Notice] = ()) -> None:
        self.key = key
        self.removed: dict[
            tuple[str, int], list[Notice]
        ] = {}  # by block and number; "" of what a revision says
        for notice in notices:
            self.removed.setdefault((notice.key, notice.since), []).append(notice)
        self.publication = ""
        self.order: list[str] = []
        self.live: dict[str, m.Block] = {}
        self.standing: dict[str, bytes] = {}  # the newest body of each block that stands by itself
        self.gone: list[str] = []  # removed by this revision
        self.shown: dict[str, bytes] = {}  # digests of what readers last saw, in order

    def take(self, step: replay.Step) -> None:
        """Go on to the next revision."""
        self.gone = []
        for block in step.blocks:
            name = str(block.key)
            if block.key == m.Block.OUTLINE:
                self.order = [str(each) for each in block.outline or ()]
            elif block.digest is None:
                self.live.pop(name, None)
                self.gone.append(name)
            else:
                if block.body is not None and canonical.is_basis(bytes(block.body), block.basis):
                    self.standing[name] = bytes(block.body)
                self.live[name] = block
        self._publish(step.entry)

    def _publish(self, entry: Entry) -> None:
        if entry.withheld:
            self.publication = entry.withheld
            return
        head = self.live[self.key]
        if head.since == entry.number:
            text = self.text(self.key)
            if text is not None:
                self.publication = json.loads(text)["publication"]
                return
        for change in publication_changes(entry):  # of a head that was erased, this is left
            self.publication = change[4]

    def text(self, name: str) -> bytes | None:
        """The canonical JSON of a block, None where it was erased."""
        block = self.live[name]
        if block.body is None:
            return None
        return canonical.unpack(bytes(block.body), None if block.basis is None else self.standing[name])

    def digest(self, name: str) -> bytes:
        return bytes(self.live[name].digest or b"")


def _page_lines(key: str, slug: str, notices: Iterable[Notice]) -> Iterator[tuple[str, bytes]]:
    count = m.Revision.objects.filter(controversy_id=key).count()
    yield "pages", canonical.dumps({"page": key, "slug": slug, "revisions": count})
    state = _PageState(key, notices)
    for step in replay.steps(key):
        state.take(step)
        if state.publication != Publication.PUBLISHED:
            yield "hidden", canonical.dumps(_hidden_line(step.entry, state.publication))
        else:
            yield from _revision_lines(state, step.entry)


def _hidden_line(entry: Entry, publication: str) -> dict[str, Any]:
    return {
        "hidden": entry.number,
        "time": moment(entry.time, "seconds"),
        "publication": publication,
        "digest": entry.digest.hex(),
    }


def _revision_lines(state: _PageState, entry: Entry) -> Iterator[tuple[str, bytes]]:
    changed = [name for name in state.order if state.live[name].since == entry.number]
    differing = (name for name in state.order if state.shown.get(name) != state.digest(name))
    earlier = [name for name in differing if state.live[name].since != entry.number]
    removed = [name for name in state.gone if name in state.shown]
    kind = next((each for each in entry.classes if each in KINDS), "")
    line = {
        "revision": entry.number,
        "time": moment(entry.time),
        "author": entry.author_name,
        "summary": entry.summary,
        "document": entry.document.hex(),
        "digest": entry.digest.hex(),
        "changed": changed,
        **({"reviewer": entry.reviewer_name} if entry.reviewer_name else {}),
        **({"kind": kind} if kind else {}),
        **({"removed": removed} if removed else {}),
        **({"earlier": earlier} if earlier else {}),
        **({"order": state.order} if state.order != list(state.shown) else {}),
        **_removals(state.removed.get(("", entry.number), [])),
    }
    yield "revisions", canonical.dumps(line)
    written = {*changed, *earlier}
    for name in state.order:
        if name in written:
            text = state.text(name)
            if text is None:
                yield "erased", canonical.dumps({"erased": name, "digest": state.digest(name).hex()})
            else:
                removals = _removals(state.removed.get((name, state.live[name].since), []))
                if removals:
                    line = {"redacted": name, "digest": state.digest(name).hex(), **removals}
                    yield "redacted", canonical.dumps(line)
                yield "blocks", text
    state.shown = {name: state.digest(name) for name in state.order}


def _removals(notices: list[Notice]) -> dict[str, Any]:
    """The removals of words for a line; empty if there were none."""
    removals = [
        {
            **({"part": each.part} if each.part != RedactedPart.BLOCK else {}),
            "time": moment(each.time),
            "ground": each.ground,
            "reason": each.reason,
            "office": each.office,
            "now": each.now.hex(),
        }
        for each in notices
    ]
    return {"removals": removals} if removals else {}
