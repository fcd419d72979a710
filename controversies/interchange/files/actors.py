"""A backer in a file of its own, `actors/<slug>.yml`."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from yaml import Node

from controversies.document import parse
from controversies.document.parse import Fault
from controversies.document.types import Backer
from controversies.models import BackerKind

from . import key_paths, nodes, unknown_fields, vocabulary
from .completion import ACTOR_NAMES, Completion
from .faults import FaultList
from .field_reader import FieldReader
from .guesses import KIND, NAME
from .nodes import NodeReader

_GUESSABLE = {NAME, KIND}  # facts that a file may call guesses


@dataclass(slots=True)
class ActorFacts:
    """Facts in a backer's file beside the backer: which fields are guesses, and names of fields that backers lack."""

    guessed_facts: set[str] = field(default_factory=set)
    unknown_fields: list[str] = field(default_factory=list)


def founding_sentence(founded: str) -> str:
    """The sentence of a description that a year of founding becomes."""
    return _("Founded %s.") % founded


def read_actor(
    text: str | bytes, *, name: str, completion: Completion | None = None, aside: ActorFacts | None = None
) -> Backer:
    """Read the text of a file as a backer. Raises InvalidFile with every fault.

    With a `completion`, what is missing is derived and noted there. `aside` is filled with what else there is; without
    one, fields that backers lack are faults.

    What documents have no place for, the year of its founding, is kept as a sentence of its description.
    """
    faults = FaultList(name)
    if isinstance(text, bytes):
        text = completion.decode_other(text) if completion else text
        text = nodes.decode_utf8(text, faults) if isinstance(text, bytes) else text
    text = nodes.normalize(completion.printable(text) if completion else text, faults)
    faults.raise_any()
    node_reader = NodeReader(text, 1, faults)
    if aside and not faults.items:
        known = ACTOR_NAMES if completion else vocabulary.ACTOR
        node_reader.root, aside.unknown_fields = unknown_fields.without_unknown(node_reader.root, known)
    if completion and not faults.items:
        node_reader.root = completion.actor(node_reader.root)
    if node_reader.root is None and not faults.items:
        faults.add(1, _("The file is empty. Write “id: …”, “name: …” and “type: …”."))
    faults.raise_any()
    assert node_reader.root is not None  # noqa: S101 - for the type checker: else a fault was raised
    facts = node_reader.object(node_reader.root, vocabulary.ACTOR)
    backer, problems = _block(facts, FieldReader(node_reader), aside, completion)
    for fault in problems:
        place = Backer.spec(re.sub(r"\[\d+\]$", "", fault.path)).file
        line = node_reader.line(facts[place]) if place in facts else 1
        faults.add(line, f"{place}: {fault.message}")
    faults.raise_any()
    return backer


def _block(
    facts: dict[str, Node], fields: FieldReader, aside: ActorFacts | None, completion: Completion | None
) -> tuple[Backer, list[Fault]]:
    """The backer of these facts, and the faults of its values; missing facts are faults of the file."""
    slug, key, founded = (
        (fields.line(facts[name], name) or "") if name in facts else "" for name in ("id", "key", "founded")
    )
    guessed = (fields.lines(facts["guessed"], "guessed") or ()) if "guessed" in facts else ()
    if aside is not None:
        by_file_name = {Backer.spec(name).file: name for name in _GUESSABLE}
        aside.guessed_facts |= {by_file_name.get(name, name) for name in guessed} & _GUESSABLE
        aside.guessed_facts |= completion.guessed if completion else set()
    values = fields.values(Backer, facts)
    words = ", ".join(vocabulary.choices(Backer.spec("kind")))
    examples = {"id": _("its address"), "name": _("what it is called"), "type": words}
    for name, example in examples.items():
        if name not in facts:
            message = _("“%(name)s” is missing. Write “%(name)s: …” (%(example)s).")
            fields.nodes.faults.add(1, message % {"name": name, "example": example})
    description = values.get("description", "")
    if founded and founded not in description:
        values["description"] = f"{description}\n\n{founding_sentence(founded)}".strip()
    placeholders = {"name": "?", "kind": BackerKind.PERSON.value}  # so that the rest can be checked
    values |= {name: value for name, value in placeholders.items() if not values.get(name)}
    data = {**values, "slug": slug or "x", "key": key or key_paths.backer_key(slug)}
    return parse.part(Backer, data, "")
