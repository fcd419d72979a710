"""A page as an editor changes it: parts by the letters, numbers and slugs that the page shows before the edit."""

import copy
import uuid
from typing import Any

from controversies.document import canonical, parse, references
from controversies.document.types import Document, label

_NAMES = {"backers": ("backings", "backer"), "sources": ("citations", "source")}


def key(*names: object) -> str:
    """A key that is the same for the same names."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, names))))


class PageEditor:
    """Edits of one document. Paths are those of labels: `A`, `2`, `A/argument`, `A/backers/meta-ai/since`."""

    def __init__(self, document: Document) -> None:
        self.before = document
        self.data: dict[str, Any] = copy.deepcopy(canonical.document_json(document))
        self.data.setdefault("context", {})
        self.parts: dict[str, dict[str, Any]] = {"context": self.data["context"], "head": self.data}
        for i, position in enumerate(self._list(self.data, "positions")):
            self.parts[label(i)] = position
        for i, point in enumerate(self._list(self.data, "points"), 1):
            self.parts[str(i)] = point
        self.numbers = {part["key"]: name for name, part in self.parts.items() if name.isdigit()}
        self.shared = {
            name: {each["slug"]: each for each in self._list(self.data, name)}
            for name in ("backers", "sources")
        }

    @staticmethod
    def _list(part: dict[str, Any], name: str) -> list[dict[str, Any]]:
        return part.setdefault(name, [])

    # -- finding --

    def part(self, path: str) -> dict[str, Any]:
        """The part at a path."""
        first, *rest = path.split("/")
        if first in self.shared:
            return self.shared[first][rest[0]]
        part = self.parts[first]
        for name, item in zip(rest[::2], rest[1::2], strict=True):
            part = next(each for each in self.members(part, name) if self.slug(each, name) == item)
        return part

    def members(self, part: dict[str, Any], name: str) -> list[dict[str, Any]]:
        return self._list(part, {"backers": "backings", "sources": "citations"}.get(name, name))

    def slug(self, item: dict[str, Any], name: str) -> str:
        """What a member of a list is called in a path."""
        if name == "stances":
            return self.numbers[item["point"]]
        field = _NAMES[name][1]
        return next(each["slug"] for each in self.shared[name].values() if each["key"] == item[field])

    def get(self, path: str) -> Any:
        """The value at a path."""
        owner, _slash, name = path.rpartition("/")
        return self.part(owner).get(name, "")

    # -- changing --

    def set(self, path: str, value: Any) -> None:
        owner, _slash, name = path.rpartition("/")
        self.part(owner)[name] = value

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace words of a text; they must be there exactly once."""
        text = self.get(path)
        if text.count(old) != 1:
            raise ValueError(f"{path} has “{old}” {text.count(old)} times")
        self.set(path, text.replace(old, new))

    def new_source(self, slug: str, **fields: Any) -> str:
        """Make a source known, and return its slug."""
        given = {"key": key("source", slug), "slug": slug, "title": slug.replace("-", " ").capitalize()}
        self.shared["sources"].setdefault(slug, {**given, **fields})
        return slug

    def new_backer(self, slug: str, **fields: Any) -> str:
        """Make a backer known, and return its slug."""
        given = {"key": key("backer", slug), "slug": slug, "name": slug.replace("-", " ").title()}
        self.shared["backers"].setdefault(slug, {**given, "kind": "organisation", **fields})
        return slug

    def cite(
        self, path: str, slug: str, at: int | None = None, relation: str = "supports", **fields: Any
    ) -> None:
        """Cite a source; a slug that is unknown is a new source."""
        self.new_source(slug)
        items = self.members(self.part(path), "sources")
        source = self.shared["sources"][slug]["key"]
        made = {"key": key("citation", path, slug, at), "source": source, "relation": relation, **fields}
        items.insert(len(items) if at is None else at, made)

    def back(self, path: str, slug: str, at: int | None = None, **fields: Any) -> None:
        """Name a backer of a position; a slug that is unknown is a new backer."""
        self.new_backer(slug)
        items = self.members(self.part(path), "backers")
        backer = self.shared["backers"][slug]["key"]
        made = {"key": key("backing", path, slug), "backer": backer, **fields}
        items.insert(len(items) if at is None else at, made)

    def say(self, path: str, point: str, text: str) -> None:
        """Give a position a stance on a point."""
        self.members(self.part(path), "stances").append({"point": self.parts[point]["key"], "text": text})

    def remove(self, path: str) -> None:
        """Remove a position, a point (with what is said of it), or a member of a list."""
        part, items = self.part(path), self.siblings(path)
        items.remove(part)
        if path.isdigit():
            for position in self._list(self.data, "positions"):
                stances = self._list(position, "stances")
                stances[:] = [stance for stance in stances if stance["point"] != part["key"]]

    def siblings(self, path: str) -> list[dict[str, Any]]:
        """The list in which a part stands."""
        owner, _slash, _slug = path.rpartition("/")
        if not owner:
            return self._list(self.data, "points" if path.isdigit() else "positions")
        owner, _slash, name = owner.rpartition("/")
        return self.members(self.part(owner), name)

    def move(self, path: str, place: int) -> None:
        """Move a part within its list, to a place counted from 0."""
        part, items = self.part(path), self.siblings(path)
        items.remove(part)
        items.insert(place, part)

    def order(self, name: str, paths: str) -> None:
        """Put positions or points in this order: “DBAC”, “312”."""
        self.data[name] = [self.parts[path] for path in paths]

    def carry(self, path: str, into: str, at: int | None = None, *, anew: bool = False) -> None:
        """Move a member of a list to the same list of another part; `anew` with a key of its own."""
        part = self.part(path)
        self.siblings(path).remove(part)
        if anew and "key" in part:
            part["key"] = key("anew", path, into)
        name = path.split("/")[-2]
        items = self.members(self.part(into), name)
        items.insert(len(items) if at is None else at, part)

    def add_position(self, claim: str, at: int | None = None, **fields: Any) -> str:
        """Add a position, and return what it is called in labels."""
        return self._add("positions", {"key": key("position", claim), "claim": claim, **fields}, at)

    def add_point(self, title: str, at: int | None = None, **fields: Any) -> str:
        """Add a point, and return what it is called in labels."""
        return self._add("points", {"key": key("point", title), "title": title, **fields}, at)

    def _add(self, name: str, part: dict[str, Any], at: int | None) -> str:
        items = self._list(self.data, name)
        at = len(items) if at is None else at
        items.insert(at, part)
        called = "+" + (label(at) if name == "positions" else str(at + 1))
        self.parts[called] = part
        if name == "points":
            self.numbers[part["key"]] = called
        return called

    # -- the page after --

    def document(self, *, as_typed: bool = False) -> Document:
        """The page as the site stores it: marks follow their sources, unless they are to stay `as_typed`."""
        data = {
            **self.data,
            "backers": list(self.shared["backers"].values()),
            "sources": list(self.shared["sources"].values()),
        }
        after = parse.document(data)
        if as_typed:
            return after
        numbers = references.numbering(after, self.before)
        return references.renumber_marks(after, numbers, references.titles((after, self.before)))


def written(document: Document) -> Document:
    """The document as one that was checked and put in canonical form."""
    return parse.document(canonical.document_json(document))
