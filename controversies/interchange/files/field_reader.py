"""The values of fields as documents have them: text in canonical form, choices, lists of lines."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from yaml import Node

from controversies.document import text

from . import nodes
from .faults import did_you_mean
from .nodes import NodeReader


class FieldReader:
    """Reads fields from nodes; what is not as it should be is a fault at its line, and None."""

    def __init__(self, nodes_: NodeReader) -> None:
        self.nodes = nodes_

    def line(self, node: Node, name: str) -> str | None:
        """Text of one line."""
        found = self.nodes.text(node, name)
        return None if found is None else text.line(found)

    def prose(self, node: Node, name: str) -> str | None:
        """Text of several lines."""
        found = self.nodes.text(node, name)
        return None if found is None else text.prose(found)

    def choice(self, node: Node, name: str, offered: Mapping[str, str]) -> str | None:
        """One of the values offered, as documents have it."""
        found = self.line(node, name)
        if found is None or found in offered:
            return offered[found] if found is not None else None
        message = _("“%(value)s” is no %(name)s. Write one of: %(choices)s.") % {
            "value": found[:60],
            "name": name,
            "choices": ", ".join(offered),
        }
        self.nodes.add(node, message + did_you_mean(found, offered))
        return None

    def lines(self, node: Node, name: str) -> tuple[str, ...] | None:
        """A list of lines."""
        if not nodes.is_list(node):
            self.nodes.items(node, name)
            return None
        found = [self.line(item, name) for item in self.nodes.items(node, name)]
        return None if None in found else tuple(line for line in found if line is not None)

    def joined(self, node: Node, name: str) -> str | None:
        """Text of one line, or a list of such with commas between."""
        if not nodes.is_list(node):
            return self.line(node, name)
        found = self.lines(node, name)
        return None if found is None else ", ".join(found)
