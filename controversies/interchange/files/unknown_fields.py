"""Fields of files that pages and backers have no place for: kept as they came, and written back by exports."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping

from yaml import MappingNode, Node, ScalarNode

from .. import strict_yaml
from ..strict_yaml import InvalidYaml

_TYPO = 0.8  # how alike a name is to a known one for it to be that, misspelled


def without_unknown(root: Node | None, known: Collection[str]) -> tuple[Node | None, list[str]]:
    """Return an object without its unknown fields, and their names. A misspelled name stays, for the reader to
    report.
    """
    if not isinstance(root, MappingNode):
        return root, []
    unknown = [
        key.value
        for key, _value in root.value
        if isinstance(key, ScalarNode) and is_unknown(key.value, known)
    ]
    if not unknown:
        return root, []
    pairs = [(key, value) for key, value in root.value if getattr(key, "value", None) not in unknown]
    return MappingNode(root.tag, pairs, root.start_mark, root.end_mark), list(dict.fromkeys(unknown))


def is_unknown(name: str, known: Collection[str]) -> bool:
    """Return whether a field of this name is none of ours, nor one of them misspelled."""
    is_plain = name.isprintable() and name != "<<"
    return (
        is_plain
        and name not in known
        and not difflib.get_close_matches(name.lower()[:100], known, n=1, cutoff=_TYPO)
    )


def fields_as_written(front: str, known: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the unknown fields of an object's YAML: the name of the field before each, its name, and its lines."""
    try:
        root = strict_yaml.compose(front)
    except InvalidYaml:
        return
    if not isinstance(root, MappingNode) or root.flow_style:
        return
    lines = front.split("\n")
    starts = [key.start_mark.line for key, _value in root.value] + [len(lines)]
    before = ""
    for (key, _value), start, end in zip(root.value, starts, starts[1:], strict=False):
        name = str(key.value)
        if isinstance(key, ScalarNode) and is_unknown(name, known):
            field_lines = "\n".join(lines[start:end]).rstrip() + "\n"
            if _stands_alone(field_lines, name):
                yield before, name, field_lines
        else:
            before = name


def _stands_alone(field_lines: str, name: str) -> bool:
    """Return whether these lines are one field of this name, without anything else of the file."""
    try:
        root = strict_yaml.compose(field_lines)
    except InvalidYaml:
        return False
    return isinstance(root, MappingNode) and [getattr(key, "value", "") for key, _value in root.value] == [
        name
    ]


def insert_fields(written: Mapping[str, str], extras: Iterable[tuple[str, str, str]]) -> str:
    """Return the lines of an object's fields, by name, with others each behind the field that it was behind."""
    behind: dict[str, list[str]] = {}
    for before, name, field_lines in extras:
        if name not in written:
            behind.setdefault(before if before in written else "", []).append(field_lines)
    all_lines = [part for name, lines in written.items() for part in (lines, *behind.get(name, ()))]
    return "".join([*all_lines, *behind.get("", ())])
