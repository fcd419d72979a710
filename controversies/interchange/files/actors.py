"""A backer in a file of its own, `actors/<slug>.yml`."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from controversies.document import parse
from controversies.document.types import Backer

from . import key_paths, nodes, unknown_fields
from . import vocabulary as words
from .completion import ACTOR_NAMES, Completion
from .faults import FaultList, InvalidFile
from .field_reader import FieldReader
from .nodes import NodeReader


@dataclass(slots=True)
class ActorFacts:
    """What a backer's file says beside the backer: the facts that it only guesses, and fields that backers lack."""

    guessed_facts: set[str] = field(default_factory=set)
    unknown_fields: list[str] = field(default_factory=list)


def founded_in_words(founded: str) -> str:
    """The sentence of a description that a year of founding becomes."""
    return _("Founded %s.") % founded


def read_actor(
    text: str | bytes, *, name: str, completion: Completion | None = None, aside: ActorFacts | None = None
) -> Backer:
    """The backer that the text of a file says. Raises InvalidFile with every fault.

    With a `completion`, what is missing is derived and noted there. `aside` is filled with what else there is; without
    one, fields that backers lack are faults.

    What documents have no place for, the year of its founding, is kept as a sentence of its description.
    """
    faults = FaultList(name)
    if isinstance(text, bytes):
        text = completion.decoded(text) if completion else text
        text = nodes.decode_utf8(text, faults) if isinstance(text, bytes) else text
    text = nodes.normalize(completion.printable(text) if completion else text, faults)
    faults.raise_any()
    found = NodeReader(text, 1, faults)
    if aside and not faults.found:
        known = ACTOR_NAMES if completion else words.ACTOR
        found.root, aside.unknown_fields = unknown_fields.without_unknown(found.root, known)
    if completion and not faults.found:
        found.root = completion.actor(found.root)
    if found.root is None and not faults.found:
        faults.add(1, _("The file is empty. Write “id: …”, “name: …” and “type: …”."))
    faults.raise_any()
    assert found.root is not None  # noqa: S101 - for the type checker: else a fault was raised
    fields = FieldReader(found)
    given = found.object(found.root, words.ACTOR)
    data: dict[str, Any] = {}
    for fact in ("id", "name", "website", "key", "founded"):
        data[fact] = (fields.line(given[fact], fact) or "") if fact in given else ""
    data["description"] = (
        (fields.prose(given["description"], "description") or "") if "description" in given else ""
    )
    data["aliases"] = (fields.lines(given["aliases"], "alias") or ()) if "aliases" in given else ()
    guessed = (fields.lines(given["guessed"], "guessed") or ()) if "guessed" in given else ()
    if aside is not None:
        aside.guessed_facts |= {"kind" if each == "type" else each for each in guessed} & {"name", "kind"}
        aside.guessed_facts |= completion.guessed if completion else set()
    data["kind"] = fields.choice(given["type"], "type", words.BACKER_TYPES) if "type" in given else None
    for fact in ("id", "name", "type"):
        if fact not in given:
            offered = ", ".join(words.BACKER_TYPES)
            example = {"id": _("its address"), "name": _("what it is called"), "type": offered}[fact]
            message = _("“%(name)s” is missing. Write “%(name)s: …” (%(example)s).")
            faults.add(1, message % {"name": fact, "example": example})
    founded = data.pop("founded")
    if founded and founded not in data["description"]:
        data["description"] = f"{data['description']}\n\n{founded_in_words(founded)}".strip()
    slug = data.pop("id")
    data |= {"slug": slug or "x", "name": data["name"] or "?", "kind": data["kind"] or "person"}
    data["key"] = data["key"] or key_paths.backer_key(slug)
    block, wrong = parse.part(Backer, data, "")
    for fault in wrong:
        place = re.sub(r"\[\d+\]$", "", fault.path)
        place = {"slug": "id", "kind": "type"}.get(place, place)
        line = found.line(given[place]) if place in given else 1
        faults.add(line, f"{place}: {fault.message}")
    if faults.found:
        raise InvalidFile(faults.found)
    made: Backer = block
    return made
