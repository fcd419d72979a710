"""The values of fields as documents have them: text in canonical form, choices, lists of lines."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from yaml import Node

from controversies.document import text
from controversies.document.schema import Kind, Part, Spec

from . import nodes, vocabulary
from .faults import did_you_mean
from .nodes import NodeReader


class FieldReader:
    """Reads fields from nodes. A value of the wrong shape is a fault at its line, and None."""

    def __init__(self, node_reader: NodeReader) -> None:
        self.nodes = node_reader

    def value(self, spec: Spec, node: Node) -> Any:
        """The value of a declared field."""
        name = spec.file
        if spec.kind is Kind.CHOICE:
            return self.choice(node, name, vocabulary.choices(spec))
        if spec.kind is Kind.LINES:
            return self.lines(node, vocabulary.MEMBERS.get(name, name))
        if spec.kind is Kind.PROSE:
            return self.prose(node, name)
        return self.joined_line(node, name) if name in vocabulary.JOINED else self.line(node, name)

    def values(self, part: type[Part], facts: Mapping[str, Node]) -> dict[str, Any]:
        """The values of the fields of a part that have one here, by the fields' names in documents."""
        values = {
            spec.name: self.value(spec, facts[spec.file])
            for spec in vocabulary.plain_specs(part)
            if spec.file in facts
        }
        return {name: value for name, value in values.items() if value is not None}

    def line(self, node: Node, name: str) -> str | None:
        """Text of one line."""
        scalar = self.nodes.text(node, name)
        return None if scalar is None else text.line(scalar)

    def prose(self, node: Node, name: str) -> str | None:
        """Text of several lines."""
        scalar = self.nodes.text(node, name)
        return None if scalar is None else text.prose(scalar)

    def choice(self, node: Node, name: str, offered: Mapping[str, str]) -> str | None:
        """One of the values offered, as documents have it."""
        word = self.line(node, name)
        if word is None or word in offered:
            return offered[word] if word is not None else None
        message = _("“%(value)s” is not a known %(name)s. Write one of: %(choices)s.") % {
            "value": word[:60],
            "name": name,
            "choices": ", ".join(offered),
        }
        self.nodes.add(node, message + did_you_mean(word, offered))
        return None

    def lines(self, node: Node, name: str) -> tuple[str, ...] | None:
        """A list of lines."""
        if not nodes.is_list(node):
            self.nodes.items(node, name)
            return None
        members = [self.line(item, name) for item in self.nodes.items(node, name)]
        return None if None in members else tuple(line for line in members if line is not None)

    def joined_line(self, node: Node, name: str) -> str | None:
        """Text of one line, or a list of such with commas between."""
        if not nodes.is_list(node):
            return self.line(node, name)
        members = self.lines(node, name)
        return None if members is None else ", ".join(members)
