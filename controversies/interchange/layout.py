"""The roles of files in folders, archives and git repositories.

Pages are the `.md` in folders named `controversies`, however deep; backers are the `.yml` in folders named `actors`,
and topics' titles the `.yml` and `.md` in those named `threads` or `topics`. Where no page is found in this way, the
pages are the `.md` of the top folder itself.
"""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import PurePosixPath

PAGES, ACTORS = "controversies", "actors"
TOPIC_FOLDERS = ("threads", "topics")
PAGE_ENDINGS, FACT_ENDINGS = (".md",), (".yml", ".yaml")
INDEXES = {"readme.md", "index.md", "_index.md"}
_ABOUT = INDEXES | {"license.md", "contributing.md", "changelog.md"}  # the repository itself


class Role(StrEnum):
    """The role of a file in an import."""

    PAGE = "page"
    ACTOR = "actor"
    TOPIC = "topic"


def is_hidden(folder: str) -> bool:
    """Return whether a folder of this name is passed over with all that is in it."""
    return folder.startswith(".")


def may_be_page(name: str) -> bool:
    """Return whether a file of this name could be a page, wherever it is."""
    return name.lower().endswith(PAGE_ENDINGS) and name.lower() not in _ABOUT


def role(path: PurePosixPath) -> Role | None:
    """Return the role of a file by its name and its folder's."""
    name, folder = path.name.lower(), path.parent.name
    if folder == PAGES and may_be_page(name):
        return Role.PAGE
    if folder == ACTORS and name.endswith(FACT_ENDINGS):
        return Role.ACTOR
    if folder in TOPIC_FOLDERS and (name.endswith(FACT_ENDINGS) or may_be_page(name)):
        return Role.TOPIC
    return None


def roles(paths: Iterable[PurePosixPath], top: PurePosixPath) -> list[Role | None]:
    """Return the role of each of the files; without any page among them, those in the folder `top` are pages."""
    every = list(paths)
    chosen = [role(path) for path in every]
    if Role.PAGE in chosen:
        return chosen
    return [
        Role.PAGE if path.parent == top and may_be_page(path.name) else each
        for each, path in zip(chosen, every, strict=True)
    ]
