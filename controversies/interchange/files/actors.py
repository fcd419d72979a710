"""A backer in a file of its own, `actors/<slug>.yml`."""

import re
from typing import Any

from django.utils.translation import gettext as _

from controversies.document import parse
from controversies.document.types import Backer

from . import nodes, paths
from . import vocabulary as words
from .derive import Completion
from .faults import Faults, Faulty
from .fields import Fields
from .nodes import Nodes


def read_actor(
    text: str | bytes, *, name: str, completion: Completion | None = None, unsaid: set[str] | None = None
) -> Backer:
    """The backer that the text of a file says. Raises Faulty with every fault.

    With a `completion`, what is missing is derived and noted there. `unsaid` is filled with the facts that are guesses.

    What documents have no place for, the year of its founding, is kept as a sentence of its description.
    """
    faults = Faults(name)
    if isinstance(text, bytes):
        text = completion.decoded(text) if completion else text
        text = nodes.decoded(text, faults) if isinstance(text, bytes) else text
    text = nodes.cleaned(completion.printable(text) if completion else text, faults)
    faults.raise_any()
    found = Nodes(text, 1, faults)
    if completion and not faults.found:
        found.root = completion.actor(found.root)
    if found.root is None and not faults.found:
        faults.add(1, _("The file is empty. Write “id: …”, “name: …” and “type: …”."))
    faults.raise_any()
    assert found.root is not None  # noqa: S101 - for the type checker: else a fault was raised
    fields = Fields(found)
    given = found.object(found.root, words.ACTOR)
    data: dict[str, Any] = {}
    for field in ("id", "name", "website", "key", "founded"):
        data[field] = (fields.line(given[field], field) or "") if field in given else ""
    data["description"] = (
        (fields.prose(given["description"], "description") or "") if "description" in given else ""
    )
    data["aliases"] = (fields.lines(given["aliases"], "alias") or ()) if "aliases" in given else ()
    guessed = (fields.lines(given["guessed"], "guessed") or ()) if "guessed" in given else ()
    if unsaid is not None:
        unsaid |= {"kind" if fact == "type" else fact for fact in guessed} & {"name", "kind"}
        unsaid |= completion.guessed if completion else set()
    data["kind"] = fields.choice(given["type"], "type", words.BACKER_TYPES) if "type" in given else None
    for field in ("id", "name", "type"):
        if field not in given:
            offered = ", ".join(words.BACKER_TYPES)
            example = {"id": _("its address"), "name": _("what it is called"), "type": offered}[field]
            message = _("“%(name)s” is missing. Write “%(name)s: …” (%(example)s).")
            faults.add(1, message % {"name": field, "example": example})
    founded = data.pop("founded")
    if founded and founded not in data["description"]:
        data["description"] = f"{data['description']}\n\n{_('Founded %s.') % founded}".strip()
    slug = data.pop("id")
    data |= {"slug": slug or "x", "name": data["name"] or "?", "kind": data["kind"] or "person"}
    data["key"] = data["key"] or paths.backer_key(slug)
    block, wrong = parse.part(Backer, data, "")
    for fault in wrong:
        field = re.sub(r"\[\d+\]$", "", fault.path)
        field = {"slug": "id", "kind": "type"}.get(field, field)
        line = found.line(given[field]) if field in given else 1
        faults.add(line, f"{field}: {fault.message}")
    if faults.found:
        raise Faulty(faults.found)
    made: Backer = block
    return made
