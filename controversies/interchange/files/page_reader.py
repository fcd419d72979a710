"""A file's text as a document, or every fault with its line."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from yaml import Node

from controversies.document import parse, text
from controversies.document.canonical import to_json
from controversies.document.parse import Fault, InvalidDocument
from controversies.document.types import Document, Point, Position, Topic, context_key
from controversies.kit.keys import is_key
from controversies.models import Confidence, Polarity, Publication, stance_key
from controversies.models.fields import is_partial_date

from . import body, faults, guesses, key_paths, marks, matching, names, nodes
from . import vocabulary as words
from .catalogue import Catalogue
from .citations import CitationReader
from .faults import MOST_GUESSES, InvalidFile, did_you_mean
from .guesses import Prose
from .matching import KeyAssigner, KeyRequest
from .mentions import Mention, MentionIndex
from .page_file import PageFile

_NO_TOPIC = Topic(
    key=key_paths.thread_key("none"), slug="none", title="?"
)  # so that the rest can be looked at


def read(
    text: str,
    *,
    name: str,
    known: Catalogue,
    before: Document | None = None,
    numbers: Sequence[str] | None = None,
) -> Document:
    """The document that a file's text says. Raises InvalidFile with every fault.

    `name` is the file's, for faults, and for the page's address where the text does not say it. `known` is what is
    on record of what pages share; what the file says of that is taken, too. `before` is the document that the text
    was made from: what is recognisably the same keeps its key. `numbers` are the keys of the sources that marks by
    number mean, in order; without them, it is the file that numbers its sources.
    """
    return document(PageFile(text, name=name), known=known, before=before, numbers=numbers)


def document(
    opened: PageFile,
    *,
    known: Catalogue,
    before: Document | None = None,
    numbers: Sequence[str] | None = None,
    written: Sequence[str] | None = None,
) -> Document:
    """What `read()` gives, of a file that was opened before; once only.

    `written` are the keys that numbers meant in the version before, if not those of `before`: its `PageFile.numbers`.
    """
    return _PageReader(opened, known, before, numbers, written).document()


class _PageReader:
    def __init__(
        self,
        opened: PageFile,
        known: Catalogue,
        before: Document | None,
        numbers: Sequence[str] | None,
        written: Sequence[str] | None,
    ) -> None:
        self.opened, self.before, self.numbers, self.written = opened, before, numbers, written
        self.nodes, self.fields, self.top = opened.nodes, opened.fields, opened.top
        self.faults, self.lines = opened.faults, opened.lines
        given = self._given()
        known = (
            known if before is None else known.and_also(before.backers, before.sources, [before.head.topic])
        )
        self.shared = MentionIndex(self.fields, known, given, opened.completion)
        self.key = before.key if before else given.get(key_paths.PAGE) or key_paths.page_key(opened.slug)
        self.keys = KeyAssigner(given, [self.key, context_key(self.key)])
        self.old = before.by_key if before else {}
        self.named: dict[str, list[dict[str, Any]]] = {}  # points, by what they are called
        self.citing = CitationReader(self.fields, self.shared, self.keys, self.lines)

    def _given(self) -> dict[str, str]:
        """The keys that the file gives, by path."""
        node = self.top.get("keys")
        made: dict[str, str] = {}
        lines: dict[str, int] = {}
        for path, value in self.nodes.free(node) if node else ():
            key = (self.fields.line(value, path) or "").lower()
            if not is_key(key):
                message = _("“%s” is no key. Leave the line out: a key is made for whatever has none.")
                self.nodes.add(value, message % key[:60])
            elif key in lines:
                message = _("Line %s has this key too. Leave the line out of whatever was copied.")
                self.nodes.add(value, message % lines[key])
            else:
                made[path] = key
                lines[key] = self.nodes.line(value)
        if self.before and made.get(key_paths.PAGE, self.before.key) != self.before.key:
            message = _("These are the keys of another page. Leave “keys” out of the copy.")
            self.nodes.add(node, message)  # type: ignore[arg-type]  # it is there
        return made

    def document(self) -> Document:
        data: dict[str, Any] = {"key": self.key, "slug": self.opened.slug or "x", **self.head()}
        points = self.points()
        positions = self.positions(points)
        context: dict[str, Any] = {
            "key": context_key(self.key),
            "text": self.said_once("context", self.opened.body.context),
        }
        old = self.before.context.citations if self.before else ()
        context["citations"] = self.citing.read(
            self.top.get("context_sources"), "context", "context", context["key"], old
        )
        self.citing.resolve()
        data |= {
            "context": context,
            "points": [point["data"] for point in points],
            "positions": positions,
            "sources": [to_json(source) for source in self.citing.sources],
        }
        if any(mention.guessed for mention in self.shared.backers.values()) or self.shared.new_topic:
            self.opened.guesses = list(self.shared.guess(Prose(guesses.words_of(data))))
        self.opened.explicit_facts = self.shared.explicit_facts
        data |= {
            "backers": [to_json(self.shared.backer_block(m)) for m in self.shared.backers.values()],
        }
        return self.parsed(data)

    def parsed(self, data: dict[str, Any]) -> Document:
        """The document of this data; its faults, and those found before, are raised."""
        self.put_marks(data)
        for i, mention in enumerate(self.shared.backers.values()):
            self.lines[f"backers[{i}]"] = mention.line
            self.lines[mention.key] = mention.line
            for fact, line in mention.lines.items():
                self.lines[f"backers[{i}].{fact}"] = self.lines[f"{mention.key}.{fact}"] = line
        if completion := self.opened.completion:  # all that could be read is: the rest is left out
            for left in self.faults.found:
                completion.note(
                    _("line %(line)s: %(message)s") % {"line": left.line, "message": left.message}
                )
            self.faults.found.clear()
        try:
            document = parse.document(data)
        except InvalidDocument as error:
            for fault in (*error.faults, *_more(data, error.faults)):
                self.opened.fault(fault.path, fault.message)
            raise InvalidFile(self.faults.found) from error
        self.faults.raise_any()
        return document

    def put_marks(self, data: dict[str, Any]) -> None:
        """Write the marks of sources as the record has them."""

        def fault(spot: marks.Spot, message: str) -> None:
            self.faults.add(self.opened.line_of(*spot), message)

        sources = [*(self.before.sources if self.before else ()), *self.citing.sources]
        completion = self.opened.completion
        reading = marks.MarkReader(
            self.shared.source_names(),
            {source.key: source.title for source in sources},
            self.before,
            self.numbers,
            fault,
            written=self.written,
            is_lenient=completion is not None,
        )
        reading.put(data)
        self.opened.numbers = reading.used
        for line, message in sorted((self.opened.line_of(*spot), said) for spot, said in reading.notes):
            if completion:
                completion.note(_("line %(line)s: %(message)s") % {"line": line, "message": message})
            else:
                self.opened.notes.append(faults.FileFault(self.faults.file, line, message))

    # -- head --

    def text(self, name: str) -> str:
        node = self.top.get(name)
        return "" if node is None else self.fields.prose(node, name) or ""

    def mark(self, path: str, node: Node | None) -> None:
        if node is not None:
            self.lines[path] = self.nodes.line(node)

    def head(self) -> dict[str, Any]:
        for name in words.PAGE:
            self.mark({"thread": "topic", "id": "slug"}.get(name, name), self.top.get(name))
        self.mark("topic.title", self.top.get("thread_title") or self.top.get("thread"))
        self.mark("topic.description", self.top.get("thread_description"))
        self.mark("topic.slug", self.top.get("thread"))
        for name in ("title", "thread", "status"):
            if name not in self.top:
                self.faults.add(self.nodes.first, self.missing(name))
        description = self.text("thread_description") if "thread_description" in self.top else None
        topic = self.shared.topic(
            self.top.get("thread"), text.line(self.text("thread_title")), description=description
        )
        if topic:
            self.mark(topic.key, self.top.get("thread"))
            self.mark(f"{topic.key}.title", self.top.get("thread_title"))
            self.mark(f"{topic.key}.description", self.top.get("thread_description"))
        updated = self.text("last_updated")
        if updated and not is_partial_date(updated[:10]):
            self.nodes.add(
                self.top["last_updated"], _("Write the day as 2026-03-08, not “%s”.") % updated[:60]
            )
        publication = self.before.head.publication if self.before else Publication.DRAFT.value
        made = {
            name: self.text(name)
            for name in ("title", "question", "attribution", "reviewed_on", "reviewed_by")
        }
        made["title"] = made["title"] or "?"  # told above
        return {
            **made,
            "topic": to_json(topic or _NO_TOPIC),
            "status": self.choice("status", words.STATUSES) or "active",
            "polarity": self.choice("polarity", words.POLARITIES) or Polarity.MULTI_AXIS.value,
            "publication": self.choice("publication", words.PUBLICATIONS) or publication,
            "status_summary": self.said_once("status_summary", self.opened.body.status),
        }

    def missing(self, name: str) -> str:
        example = {
            "title": _("Write “title: …”, what the page is called."),
            "thread": _("Write “thread: …”, the address of its topic, as in “thread: open-weights”."),
            "status": _("Write “status: …”, one of: %s.") % ", ".join(words.STATUSES),
        }
        return _("“%s” is missing.") % name + " " + example[name]

    def choice(self, name: str, offered: Mapping[str, str]) -> str | None:
        node = self.top.get(name)
        return None if node is None else self.fields.choice(node, name, offered)

    def said_once(self, name: str, in_body: str) -> str:
        """Prose that is in the front matter or in the body."""
        node = self.top.get(name)
        section = body.STATUS if name == "status_summary" else body.CONTEXT
        if node is None:
            path = "context.text" if name == "context" else name
            self.lines[path] = self.opened.body.lines.get(section) or self.opened.body.lines[""]
            return in_body
        if in_body:
            message = _("“%(name)s” is said here and under “## %(section)s” too. Keep one.")
            self.nodes.add(node, message % {"name": name, "section": section})
        return self.fields.prose(node, name) or ""

    # -- points --

    def points(self) -> list[dict[str, Any]]:
        """The points in their order: what the body says, and what the front matter adds."""
        made: list[dict[str, Any]] = [
            {"title": point.title, "body": point.body, "line": point.line, "node": None, "facts": {}}
            for point in self.opened.body.points
        ]
        at, in_body = 0, _by_name(made)
        for node in self.nodes.items(self.top.get("points"), _("point")):
            facts = self.nodes.object(node, words.POINT)
            title = self.fields.line(facts["title"], "title") if "title" in facts else None
            if title is None:
                if "title" not in facts:
                    self.nodes.add(node, _("This point has no title. Write “title: …”, as the body has it."))
                continue
            if found := in_body.get(_point_name(title)):
                one = found.pop(0)
                one |= {"node": node, "facts": facts}
                if "body" in facts:
                    message = _("“body” is said here and under “**%s:**” too. Keep one.")
                    self.nodes.add(facts["body"], message % title)
                at = next(i for i, each in enumerate(made, 1) if each is one)
            elif "body" in facts:
                said = self.fields.prose(facts["body"], "body") or ""
                one = {
                    "title": title,
                    "body": said,
                    "line": self.nodes.line(node),
                    "node": node,
                    "facts": facts,
                }
                made.insert(at, one)
                at += 1
            else:
                is_early = len(self.faults.found) < MOST_GUESSES
                offered = {each["title"] for each in made if is_early and each["node"] is None}
                message = _(
                    "There is no “**%s:**” under “## Key Tensions”. Write it there, or “body: …” here."
                )
                self.nodes.add(facts["title"], message % title + did_you_mean(title, offered))
        self._name_points(made)
        for i, each in enumerate(made):
            path = f"points[{i}]"
            self.lines[path] = each["line"]
            facts = each["facts"]
            for name in ("title", "kind"):
                self.mark(f"{path}.{name}", facts.get(name))
            kind = self.fields.choice(facts["kind"], "kind", words.POINT_KINDS) if "kind" in facts else ""
            old = self.old.get(each["key"])
            cited = old.citations if isinstance(old, Point) else ()
            each["data"] = {
                "key": each["key"],
                "title": each["title"],
                "body": each["body"],
                "kind": kind or "",
                "citations": self.citing.read(facts.get("sources"), path, each["path"], each["key"], cited),
            }
        return made

    def _name_points(self, made: list[dict[str, Any]]) -> None:
        found = key_paths.uniques([names.slug(each["title"]) for each in made])
        items = [
            KeyRequest(
                f"point/{name}",
                name,
                lambda name: key_paths.part_key(self.key, "point", name),
                (matching.words(each["title"]), matching.words(each["body"])),
            )
            for name, each in zip(found, made, strict=True)
        ]
        old = [
            (point.key, (matching.words(point.title), matching.words(point.body)))
            for point in (self.before.points if self.before else ())
        ]
        for name, each, key in zip(
            found, made, self.keys.give(items, old, matching.like_points), strict=True
        ):
            each |= {"name": name, "path": f"point/{name}", "key": key}

    # -- positions --

    def positions(self, points: list[dict[str, Any]]) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        for node in self.nodes.items(self.top.get("positions"), _("position")):
            facts = self.nodes.object(node, words.POSITION)
            claim = self.fields.line(facts["claim"], "claim") if "claim" in facts else None
            if not claim:
                if "claim" not in facts or claim == "":
                    self.nodes.add(node, _("This position has no claim. Write “claim: …”, one sentence."))
                claim = "?"
            backers = [
                self.proponent(each) for each in self.nodes.items(facts.get("proponents"), _("proponent"))
            ]
            made.append(
                {"claim": claim, "facts": facts, "node": node, "backers": [each for each in backers if each]}
            )
        self._name_positions(made)
        return [self.position(f"positions[{i}]", each, points) for i, each in enumerate(made)]

    def _name_positions(self, made: list[dict[str, Any]]) -> None:
        found = key_paths.uniques([names.slug(each["claim"]) for each in made])

        def known_by(claim: str, backers: list[str]) -> tuple[frozenset[str], frozenset[str]]:
            return matching.words(claim), frozenset(backers)

        items = [
            KeyRequest(
                f"position/{name}",
                name,
                lambda name: key_paths.part_key(self.key, "position", name),
                known_by(each["claim"], [mention.key for mention, _facts, _node in each["backers"]]),
            )
            for name, each in zip(found, made, strict=True)
        ]
        old = [
            (position.key, known_by(position.claim, [b.backer for b in position.backings]))
            for position in (self.before.positions if self.before else ())
        ]
        for name, each, key in zip(
            found, made, self.keys.give(items, old, matching.like_positions), strict=True
        ):
            each |= {"path": f"position/{name}", "key": key}

    def proponent(self, node: Node) -> tuple[Mention, dict[str, Node], Node] | None:
        facts: dict[str, Node] = {}
        given: Node | None = node
        if not nodes.is_text(node):
            if nodes.is_list(node):
                self.nodes.add(node, _("A list within a list. Write each proponent on a line of its own."))
                return None
            facts = self.nodes.object(node, words.PROPONENT)
            given = facts.get("id", facts.get("name"))
        name = self.fields.line(given, "id") if given is not None else ""
        if not name:
            self.nodes.add(
                node, _("This proponent has no id. Write one, as in “- meta-ai” or “- id: meta-ai”.")
            )
            return None
        return self.shared.backer(node, name, facts), facts, node

    def position(self, path: str, given: dict[str, Any], points: list[dict[str, Any]]) -> dict[str, Any]:
        facts, key = given["facts"], given["key"]
        found = self.old.get(key)
        old = found if isinstance(found, Position) else None
        self.mark(path, given["node"])
        for name in words.POSITION:
            self.mark(f"{path}.{name}", facts.get(name))
        prose = {
            name: (self.fields.prose(facts[name], name) or "") if name in facts else ""
            for name in ("argument", "confidence_reason")
        }
        confidence = None
        if "confidence" in facts:
            confidence = self.fields.choice(facts["confidence"], "confidence", words.CONFIDENCES)
        where = given["path"]
        return {
            "key": key,
            "claim": given["claim"],
            **prose,
            "confidence": confidence or Confidence.NOT_RATED.value,
            "citations": self.citing.read(
                facts.get("sources"), path, f"{where}/sources", key, old.citations if old else ()
            ),
            "backings": self.backings(path, where, key, given["backers"], old),
            "stances": self.stances(path, where, key, facts.get("stances"), points, old),
        }

    def backings(
        self,
        path: str,
        where: str,
        position: str,
        given: list[tuple[Mention, dict[str, Node], Node]],
        old: Position | None,
    ) -> list[dict[str, Any]]:
        items = [
            KeyRequest(
                f"{where}/proponents/{mention.slug}",
                mention.slug,
                lambda name: key_paths.backing_key(position, name),
                mention.key,
            )
            for mention, _facts, _node in given
        ]
        before = [(backing.key, backing.backer) for backing in old.backings] if old else []
        cited = {backing.key: backing.citations for backing in old.backings} if old else {}
        made = []
        for i, (key, item) in enumerate(
            zip(self.keys.give(items, before, matching.same), items, strict=True)
        ):
            mention, facts, node = given[i]
            at = f"{path}.backings[{i}]"
            self.mark(at, node)
            for name in ("note", "since", "until"):
                self.mark(f"{at}.{name}", facts.get(name))
            said = {
                name: (self.fields.prose(facts[name], name) or "") if name in facts else ""
                for name in ("note", "since", "until")
            }
            citations = self.citing.read(facts.get("sources"), at, item.path, key, cited.get(key, ()))
            made.append({"key": key, "backer": mention.key, **said, "citations": citations})
        return made

    def stances(
        self,
        path: str,
        where: str,
        position: str,
        node: Node | None,
        points: list[dict[str, Any]],
        old: Position | None,
    ) -> list[dict[str, Any]]:
        cited = {stance.point: stance.citations for stance in old.stances} if old else {}
        made: list[dict[str, Any]] = []
        for each in self.nodes.items(node, _("stance")):
            facts = self.nodes.object(each, words.STANCE)
            point = self.point(each, facts.get("point"), points)
            if point is None:
                continue
            at = f"{path}.stances[{len(made)}]"
            self.mark(at, each)
            self.mark(f"{at}.text", facts.get("text"))
            said = (self.fields.prose(facts["text"], "text") or "") if "text" in facts else ""
            key = stance_key(position, point["key"])
            citations = self.citing.read(
                facts.get("sources"), at, f"{where}/stances/{point['name']}", key, cited.get(point["key"], ())
            )
            made.append({"point": point["key"], "text": said, "citations": citations})
        return made

    def point(self, stance: Node, node: Node | None, points: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The point that a stance names by its title or number."""
        if node is None:
            self.nodes.add(stance, _("This stance names no point. Write “point: …”, the point's title."))
            return None
        number = nodes.number(node)
        if number is not None and 1 <= number <= len(points):
            return points[number - 1]
        title = self.fields.line(node, "point")
        if title is None:
            return None
        if not self.named:
            self.named = _by_name(points)
        found = self.named.get(_point_name(title), [])
        if len(found) > 1:
            message = _(
                "Several points are called “%s”. Write the point's number, counted from 1, without quotes."
            )
            self.nodes.add(node, message % title)
        elif not found:
            message = _("No contested point is called “%s”.") % title[:100]
            offered = [each["title"] for each in points] if len(self.faults.found) < MOST_GUESSES else []
            self.nodes.add(node, message + did_you_mean(title, offered))
        return found[0] if found else None


def _more(data: dict[str, Any], faults: Iterable[Fault]) -> list[Fault]:
    """What else is wrong, which is looked at only where every value by itself is in order."""
    for number, fault in enumerate(faults):
        at: Any = data
        *way, last = (int(step) if step.isdigit() else step for step in re.findall(r"\w+", fault.path))
        for step in way:
            at = at[step]
        if isinstance(last, int) or last in ("key", "source", "backer", "point"):
            return []  # what refers to it would be told to be at fault
        at[last] = {"slug": f"faulty-{number}", "claim": "?", "title": "?", "name": "?", "text": "?"}.get(
            last, ""
        )
        if last in ("since", "until", "reviewed_on", "reviewed_by"):
            at |= dict.fromkeys({"since", "until", "reviewed_on", "reviewed_by"} & at.keys(), "")
    try:
        parse.document(data)
    except InvalidDocument as error:
        return error.faults
    return []


def _point_name(title: str) -> str:
    """What a point is known by, but for its spelling."""
    return names.alike(title) or title


def _by_name(points: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The points by what they are known by."""
    made: dict[str, list[dict[str, Any]]] = {}
    for point in points:
        made.setdefault(_point_name(point["title"]), []).append(point)
    return made
