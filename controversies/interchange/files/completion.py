"""Completes old files: derives the fields that a page needs and the file lacks, where nobody can mend it any more.

Files in the history of a repository were written under other rules than today's: a title stood in the first heading or
in the file's name, a source was a bare link, a field had another name. `complete()` makes of such a file's YAML one
that reads; each thing that it derives or leaves out is noted. It invents no words: a claim, title or name is one that
the file or its address has.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from yaml import MappingNode, Mark, Node, ScalarNode, SequenceNode

from controversies.document import text
from controversies.document.schema import Kind, Part, Spec
from controversies.document.types import (
    Backer,
    Backing,
    Citation,
    Context,
    Head,
    Point,
    Position,
    Source,
    Stance,
)
from controversies.kit.characters import without_controls
from controversies.models import Confidence, Status
from controversies.models.fields import SLUG, is_partial_date, is_web_url
from controversies.models.source import DOI

from . import guesses, names, nodes
from . import vocabulary as words

UNSORTED = "unsorted"  # the topic of a page of whose topic nothing is said

_STRING = "tag:yaml.org,2002:str"
_SENTENCE = re.compile(r"(?<=[.!?])\s")
# Folders whose names say nothing of what a page is about.
_FOLDERS = {
    "",
    "articles",
    "content",
    "controversies",
    "data",
    "doc",
    "docs",
    "drafts",
    "entries",
    "markdown",
}
_FOLDERS |= {"pages", "posts", "public", "site", "src", "topics", "wiki"}
_PAGE = {"name": "title", "headline": "title", "topic": "thread", "category": "thread", "section": "thread"}
PAGE_NAMES = (*words.PAGE, *_PAGE)
_POSITION = {
    **{name: "claim" for name in ("title", "name", "position", "statement", "thesis", "summary")},
    **{name: "proponents" for name in ("backers", "holders", "actors", "supporters")},
    **{name: "sources" for name in ("references", "citations", "evidence", "links")},
    **{name: "argument" for name in ("body", "text", "description", "reasoning")},
}
_PROPONENT = {"slug": "id", "title": "name"}
_SOURCE = {"link": "url", "href": "url", "name": "title", "year": "date"}
_POINT = {"name": "title", "text": "body", "description": "body"}
_ACTOR = {"slug": "id", "title": "name"}
ACTOR_NAMES = (*words.ACTOR, *_ACTOR)
# Words of old files for the values of a choice.
_WORDS: dict[object, dict[str, str]] = {
    Confidence: {
        "unrated": Confidence.NOT_RATED.value,
        "none": Confidence.NOT_RATED.value,
        "very-high": Confidence.HIGH.value,
        "very-low": Confidence.LOW.value,
        "med": Confidence.MEDIUM.value,
        "moderate": Confidence.MEDIUM.value,
        "contested": Confidence.DISPUTED.value,
    }
}
_LIMITS = {"title": 200, "name": 200}


class Completion:
    """Completes one file's YAML. `notes` say what was derived or left out, in the order of the file."""

    def __init__(self, path: str, index_title: Callable[[], str] = lambda: "") -> None:
        self.path, self.index_title = path, index_title
        self.heading = ""  # of the body; taken from there, if it is the title
        self.takes_heading = False
        folders = reversed(path.split("/")[:-1])
        self.folder = next((name for name in folders if name.lower() not in _FOLDERS), "")
        self.notes: list[str] = []
        self.guessed: set[str] = set()  # facts of a backer

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    # -- bytes --

    def decode_other(self, data: bytes) -> str | bytes:
        """The text of a file that is not in UTF-8, or the bytes of one that is or that is too large."""
        try:
            data.decode("utf-8-sig")
        except UnicodeDecodeError:
            if len(data) <= nodes.MAX_SIZE:
                self.note(_("the file is not in UTF-8: it is read as Windows-1252"))
                return data.decode("cp1252", "replace")
        return data

    def printable(self, text: str) -> str:
        """The text without control characters."""
        plain = without_controls(text)
        if plain != text:
            self.note(_("control characters are left out"))
        return plain

    # -- pages --

    def page(self, root: Node | None) -> MappingNode:
        """The front matter of a page with all that a page needs."""
        top = self._mapping(root, words.PAGE, _PAGE, "")
        stem = self.path.rpartition("/")[2].partition(".")[0]
        slug = self._scalar(top, "id") or (stem if re.fullmatch(SLUG, stem) else "")
        if not re.fullmatch(SLUG, slug) or len(slug) > 100:  # noqa: PLR2004 - as the column has it
            slug = names.slug(slug or stem, 100)
            self._say(top, "id", slug, _("id “%s” from the file’s name"))
        self._title(top, stem)
        self._thread(top)
        self._choice(top, Head.spec("status"), Status.ACTIVE.value, is_needed=True)
        self._date(top, "last_updated")
        self._fields(top, Head, Context)
        for pair in Head.PAIRS:
            both = [Head.spec(name).file for name in pair]
            if len(top.keys() & set(both)) == 1:
                self._leave_out(top, *both)
        for name in ("id", "thread", *(name for name, _spec in words.topic_fields(Head.spec("topic")))):
            self._flat(top, name)
        for name in ("last_updated", "revision"):
            self._flat(top, name)
        for block_type in words.LISTED_BLOCKS:
            self._list(top, block_type.attribute, self._member(block_type.part))
        return _node(top, root)

    def _member(self, part: type[Part]) -> Callable[[Node], Node | None]:
        """The function that completes one part of a list."""
        special: dict[type[Part], Callable[[Node], Node | None]] = {
            Position: self._position,
            Backing: self._proponent,
            Citation: self._source,
            Point: self._point,
            Stance: self._stance,
        }
        return special.get(part) or partial(self._declared_part, part)

    def _declared_part(self, part: type[Part], node: Node) -> Node | None:
        facts = self._mapping(node, words.field_names(part), {}, "")
        self._fields(facts, part)
        return _node(facts, node)

    def _fields(self, facts: dict[str, Node], *parts: type[Part], splits_lines: bool = False) -> None:
        """Complete the values of the fields of these parts by their kinds, and the members of their lists."""
        specs = [spec for part in parts for spec in words.file_specs(part)]
        for spec in specs:
            if spec.kind is Kind.CHOICE:
                self._choice(facts, spec, aliases=_WORDS.get(spec.choices))
        for kind, complete in ((Kind.URL, self._url), (Kind.DAY, self._date), (Kind.DATE, self._date)):
            for spec in specs:
                if spec.kind is kind:
                    complete(facts, spec.file)
        for spec in specs:
            is_doi = spec.kind is Kind.DOI and spec.file in facts
            if is_doi and not re.fullmatch(DOI, self._scalar(facts, spec.file)):
                self._leave_out(facts, spec.file)
        for spec in specs:
            if spec.kind not in (Kind.KEY, Kind.SLUG, Kind.LINES, Kind.PART, Kind.ITEMS):
                self._flat(facts, spec.file)
        for spec in specs:
            if spec.kind is Kind.LINES:
                self._list(facts, spec.file, _as_is, split=splits_lines)
            elif spec.part is not None and spec.kind is Kind.ITEMS:
                self._list(facts, spec.file, self._member(spec.part), split=spec.part is Backing)

    def _title(self, top: dict[str, Node], stem: str) -> None:
        if self._scalar(top, "title"):
            return
        self.takes_heading = bool(self.heading)
        if self.heading:
            self._say(top, "title", self.heading[:200].strip(), _("title “%s” from the first heading"))
        elif title := self.index_title():
            self._say(top, "title", title[:200].strip(), _("title “%s” from the index"))
        else:
            self._say(top, "title", names.title(names.slug(stem, 100)), _("title “%s” from the file’s name"))

    def _thread(self, top: dict[str, Node]) -> None:
        if self._scalar(top, "thread"):
            return
        if self.folder:
            self._say(top, "thread", self.folder, _("thread “%s”, from the folder’s name"))
        else:
            self._say(top, "thread", UNSORTED, _("no thread: filed under “%s”"))

    def _position(self, node: Node) -> Node | None:
        if isinstance(node, ScalarNode):
            return _node({"claim": node}, node)
        facts = self._mapping(node, words.POSITION, _POSITION, _("position"))
        if not self._scalar(facts, "claim"):
            argument = self._scalar(facts, "argument")
            if not argument:
                self.note(_("a position without a claim left out"))
                return None
            first = text.headline(_SENTENCE.split(argument)[0])
            self._say(facts, "claim", first, _("claim “%s” from its argument"))
        self._fields(facts, Position)
        return _node(facts, node)

    def _proponent(self, node: Node) -> Node | None:
        if isinstance(node, ScalarNode):
            return node if text.line(node.value) else None
        facts = self._mapping(node, words.PROPONENT, _PROPONENT, _("proponent"))
        if not (self._scalar(facts, "id") or self._scalar(facts, "name")):
            self.note(_("a proponent without an id or a name left out"))
            return None
        self._fields(facts, Backer, Backing)
        return _node(facts, node)

    def _source(self, node: Node) -> Node | None:
        if isinstance(node, ScalarNode):
            value = text.line(node.value)
            if not value:
                return None
            if re.fullmatch(SLUG, value):
                return node  # may be one that is told elsewhere
            facts: dict[str, Node] = {"url" if is_web_url(value) else "title": node}
        else:
            facts = self._mapping(node, words.SOURCE, _SOURCE, _("source"))
        self._fields(facts, Source, Citation)
        self._flat(facts, "id")
        url = self._scalar(facts, "url")
        if url and not self._scalar(facts, "title"):
            parts = urlsplit(url)
            shown = f"{(parts.hostname or '').removeprefix('www.')}{parts.path}".rstrip("/")
            facts["title"] = _scalar(shown[:300] or url[:300], facts["url"])
            self.note(_("title “%s” of a source from its link") % shown)
        if not (url or self._scalar(facts, "title") or self._scalar(facts, "id")):
            self.note(_("a source without a title or a link left out"))
            return None
        return _node(facts, node)

    def _point(self, node: Node) -> Node | None:
        if isinstance(node, ScalarNode):
            return _node({"title": node, "body": _scalar("", node)}, node)
        facts = self._mapping(node, words.POINT, _POINT, _("point"))
        if not self._scalar(facts, "title"):
            self.note(_("a point without a title left out"))
            return None
        self._fields(facts, Point)
        return _node(facts, node)

    def _stance(self, node: Node) -> Node | None:
        facts = self._mapping(node, words.STANCE, {}, _("stance"))
        if not self._scalar(facts, "point"):
            self.note(_("a stance that names no point left out"))
            return None
        if not self._scalar(facts, "text"):
            self.note(_("a stance without a text left out"))
            return None
        self._fields(facts, Stance)
        return _node(facts, node)

    # -- backers --

    def actor(self, root: Node | None) -> MappingNode:
        """The YAML of a backer with all that one needs."""
        facts = self._mapping(root, words.ACTOR, _ACTOR, "")
        stem = self.path.rpartition("/")[2].partition(".")[0]
        slug = self._scalar(facts, "id")
        if not re.fullmatch(SLUG, slug):
            self._say(facts, "id", names.slug(slug or stem, 100), _("id “%s” from the file’s name"))
        if not self._scalar(facts, "name"):
            guess = guesses.backer(
                self._scalar(facts, "id"), guesses.Prose([self._scalar(facts, "description")])
            )
            self._say(facts, "name", guess[guesses.NAME][0], _("name “%s” from its id"))
            self.guessed.add(guesses.NAME)
        self._choice(facts, Backer.spec("kind"))
        if "type" not in facts:
            guess = guesses.backer(
                self._scalar(facts, "id"), guesses.Prose([self._scalar(facts, "description")])
            )
            self._say(
                facts,
                "type",
                words.word(Backer.spec("kind"), guess[guesses.KIND][0]),
                _("type “%s”, guessed"),
            )
            self.guessed.add(guesses.KIND)
        self._fields(facts, Backer, splits_lines=True)
        return _node(facts, root)

    # -- fields --

    def _mapping(
        self, node: Node | None, known: Mapping[str, str], others: Mapping[str, str], part_name: str
    ) -> dict[str, Node]:
        """The named values that are known here, by the names they go by; others' names are taken for ours."""
        facts: dict[str, Node] = {}
        if not isinstance(node, MappingNode):
            if node is not None and not nodes.is_nothing(node):
                self.note(_("values without a name are left out"))
            return facts
        pairs = [(str(key.value), value) for key, value in node.value if isinstance(key, ScalarNode)]
        ours = {known[name] for name, _value in pairs if name in known}
        for name, value in pairs:
            called = known.get(name) or known.get(name.lower())
            if called is None and others.get(name.lower()) not in {None, *ours, *facts}:
                called = others[name.lower()]
                note = _("“%(name)s” is read as %(called)s") % {"name": name, "called": called}
                self._note_part(part_name, note)
            if called is None:
                self._note_part(part_name, _("“%s” is left out") % name)
            elif called in facts:
                self._note_part(part_name, _("a second “%s” is left out") % name)
            elif not nodes.is_nothing(value):
                facts[called] = value
        return facts

    def _note_part(self, part_name: str, note: str) -> None:
        self.note(_("%(part)s: %(note)s") % {"part": part_name, "note": note} if part_name else note)

    def _scalar(self, facts: Mapping[str, Node], name: str) -> str:
        node = facts.get(name)
        return text.line(node.value) if isinstance(node, ScalarNode) else ""

    def _say(self, facts: dict[str, Node], name: str, value: str, note: str) -> None:
        facts[name] = _scalar(value, next(iter(facts.values()), None))
        self.note(note % value)

    def _leave_out(self, facts: dict[str, Node], *fields: str) -> None:
        for name in fields:
            if name in facts:
                del facts[name]
                self.note(_("“%s” is left out: it cannot be read") % name)

    def _flat(self, facts: dict[str, Node], name: str) -> None:
        """Make one text of a value that is a list of such; leave out what is none."""
        node = facts.get(name)
        if isinstance(node, SequenceNode) and all(isinstance(each, ScalarNode) for each in node.value):
            facts[name] = _scalar(", ".join(each.value for each in node.value), node)
        elif node is not None and not isinstance(node, ScalarNode):
            self._leave_out(facts, name)
        if (limit := _LIMITS.get(name)) and len(self._scalar(facts, name)) > limit:
            facts[name] = _scalar(text.headline(self._scalar(facts, name), limit), node)
            self.note(_("“%(name)s” is cut after %(limit)s characters") % {"name": name, "limit": limit})

    def _choice(
        self,
        facts: dict[str, Node],
        spec: Spec,
        otherwise: str = "",
        *,
        is_needed: bool = False,
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        name, offered = spec.file, words.choices(spec)
        word = self._scalar(facts, name)
        meant = word.lower().replace(" ", "-").replace("_", "-")
        if word in offered:
            return
        if alias := (aliases or {}).get(meant):
            note = _("%(name)s “%(said)s” is read as %(value)s")
            self.note(note % {"name": name, "said": word, "value": alias})
            meant = alias
        if meant in offered:
            facts[name] = _scalar(meant, facts[name])
        elif name in facts or is_needed:
            facts.pop(name, None)
            facts_of = {"name": name, "value": otherwise, "said": word, "offered": ", ".join(offered)}
            if otherwise:
                facts[name] = _scalar(otherwise, None)
                unsaid = _("no %(name)s: taken for “%(value)s”")
                self.note(
                    (_("%(name)s “%(said)s” is unknown: taken for “%(value)s”") if word else unsaid)
                    % facts_of
                )
            else:
                note = _("%(name)s “%(said)s” is unknown and left out (known: %(offered)s)")
                self.note(note % facts_of)

    def _date(self, facts: dict[str, Node], name: str) -> None:
        date = self._scalar(facts, name)
        if (
            name not in facts
            or is_partial_date(date)
            or (name == "last_updated" and is_partial_date(date[:10]))
        ):
            return
        if is_partial_date(date[:10]):
            facts[name] = _scalar(date[:10], facts[name])
            return
        self._leave_out(facts, name)

    def _url(self, facts: dict[str, Node], name: str) -> None:
        url = self._scalar(facts, name)
        if name not in facts or is_web_url(url):
            return
        if url and is_web_url(f"https://{url}") and "." in url:
            facts[name] = _scalar(f"https://{url}", facts[name])
            self.note(_("“%s” is read as a web address") % url)
        else:
            self._leave_out(facts, name)

    def _list(
        self,
        facts: dict[str, Node],
        name: str,
        member: Callable[[Node], Node | None],
        *,
        split: bool = False,
    ) -> None:
        """Complete each member of a list; what is one value alone is a list of it, or of what commas part."""
        node = facts.get(name)
        if node is None:
            return
        if isinstance(node, SequenceNode):
            items: Sequence[Node] = [each for each in node.value if not nodes.is_nothing(each)]
        elif isinstance(node, ScalarNode) and split:
            items = [_scalar(part.strip(), node) for part in node.value.split(",") if part.strip()]
        else:
            items = [node]
        flat = [
            inner for each in items for inner in (each.value if isinstance(each, SequenceNode) else [each])
        ]
        plain = [each.value.strip() if isinstance(each, ScalarNode) else None for each in flat]
        once = [each for i, each in enumerate(flat) if plain[i] is None or plain[i] not in plain[:i]]
        if len(once) < len(flat):
            self.note(_("“%s” lists something twice: read once") % name)
        members = [each for each in map(member, once) if each is not None]
        facts[name] = SequenceNode("tag:yaml.org,2002:seq", members, node.start_mark, node.end_mark)


_NOWHERE = Mark("", 0, 0, 0, None, 0)  # the place of what is derived


def _as_is(node: Node) -> Node | None:
    return node if isinstance(node, ScalarNode) else None


def _scalar(value: str, like: Node | None) -> ScalarNode:
    mark = like.start_mark if like is not None else _NOWHERE
    return ScalarNode(_STRING, value, mark, mark)


def _node(facts: Mapping[str, Node], like: Node | None) -> MappingNode:
    mark = like.start_mark if like is not None else _NOWHERE
    return MappingNode(
        "tag:yaml.org,2002:map", [(_scalar(name, None), value) for name, value in facts.items()], mark, mark
    )
