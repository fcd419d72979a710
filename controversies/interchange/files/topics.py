"""A topic in a file of its own, `topics/<slug>.yml` or `threads/<slug>.md`."""

import re
from pathlib import PurePath

from django.utils.translation import gettext as _
from yaml import MappingNode

from controversies.document import text
from controversies.document.types import Topic
from controversies.models.fields import SLUG

from . import key_paths, names, nodes
from . import vocabulary as words
from .faults import FaultList
from .field_reader import FieldReader
from .nodes import NodeReader
from .page_file import front_matter
from .titles import first_heading


def read_topic(content: str | bytes, *, name: str) -> Topic:
    """Read the text of a file as a topic: its address, title and description. Raises InvalidFile.

    Of Markdown, the front matter counts; without a title there, its first heading is that. What else is in the file
    is about the topic, not for its page.
    """
    faults = FaultList(name)
    if isinstance(content, bytes):
        content = nodes.decode_utf8(content, faults)
    content = nodes.normalize(content, faults)
    faults.raise_any()
    front, prose, first = content, "", 1
    if PurePath(name).suffix.lower() == ".md":
        front, prose = _parts(content)
        first = 2
    node_reader = NodeReader(front, first, faults)
    faults.raise_any()
    fields = FieldReader(node_reader)
    pairs = node_reader.root.value if isinstance(node_reader.root, MappingNode) else ()
    values = {
        words.TOPIC[key.value]: fields.prose(value, key.value) or ""
        for key, value in pairs
        if key.value in words.TOPIC and nodes.is_text(value) and not nodes.is_nothing(value)
    }
    stem = PurePath(name).name.partition(".")[0]
    slug = text.line(values.get("id", "")) or stem
    slug = slug if re.fullmatch(SLUG, slug) else names.slug(slug, 100)
    title = text.line(values.get("title", "")) or first_heading(prose)[0]
    if not text.is_visible(title) or len(title) > 200:  # noqa: PLR2004 - as the column has it
        faults.add(first, _("“title” is missing. Write “title: …”, what the topic is called."))
    faults.raise_any()
    return Topic(
        key=key_paths.thread_key(slug), slug=slug, title=title, description=values.get("description", "")
    )


def _parts(content: str) -> tuple[str, str]:
    """The front matter of a text, "" if it has none, and the rest."""
    front = front_matter(content)
    return front, content.lstrip("\n").removeprefix(f"---\n{front}").partition("\n---")[
        2
    ] if front else content
