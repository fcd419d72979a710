"""Revisions as a stream for `git fast-import`: a commit each, of the files that it changed.

The same revisions give the same bytes, so two exports have the same commits, and later revisions come after the
earlier ones: whoever fetched once fetches only what is new. Nothing here is translated, for the same reason.
"""

import datetime
import hashlib
from collections.abc import Callable, Iterable, Iterator

from controversies.document import text
from controversies.document.types import Backer, Document
from controversies.history import Reading

from ..layout import ACTORS, PAGES
from . import identities
from .commit_message import message, seconds

BRANCH = "refs/heads/main"

ABOUT = """\
# Controversies and their history

Each commit is one revision of one page, as readers of the site saw it, by its author, at its time, with its reason.
`controversies/` has the pages, and `actors/` those who hold the positions on them. Under the reason stand the page's
address, the revision's number and its digest, so that the revision can be found on the site and checked.

The e-mail addresses are placeholders made of the names: they reach nobody. What readers could not see is not here.

Where a page's text is not its editors' own, its `attribution` says whose it is and under which licence: keep it with
every copy. A page that began with a commit of the kind “import” and has none is of unknown origin. `manage.py
importhistory` takes a repository like this one over, with its history.
"""


def fast_import_stream(
    readings: Iterable[Reading],
    *,
    write: Callable[[Document, datetime.date], str],
    write_actor: Callable[[Backer], str],
) -> Iterator[bytes]:
    """The stream for these public revisions, oldest first; a piece a revision, so that no more is ever held.

    `write` gives a page's file, with the day of the revision, and `write_actor` that of a backer; the commit has
    the files of all backers on its page. If a revision cannot be read, the stream ends without `done`, and git
    takes nothing of it.
    """
    tree = _BranchTree()
    yield f"feature done\nreset {BRANCH}\n".encode()
    for reading in readings:
        entry, document = reading.entry, reading.document
        page = f"{PAGES}/{document.head.slug}.md"
        files = b"".join(
            [
                tree.write("README.md", "", ABOUT),
                *(
                    tree.write(f"{ACTORS}/{backer.slug}.yml", backer.key, write_actor(backer))
                    for backer in sorted(document.backers, key=lambda backer: backer.slug)
                ),
                tree.write(page, document.key, write(document, entry.time.astimezone(datetime.UTC).date())),
            ]
        )
        author = f"{identities.identity(text.author_names(entry.author_name)[0])} {seconds(entry.time)} +0000"
        yield b"".join(
            [
                f"commit {BRANCH}\nauthor {author}\ncommitter {author}\n".encode(),
                _data(message(entry, document.head.slug)),
                files,
                b"\n",
            ]
        )
    yield b"done\n"


class _BranchTree:
    """The files of the branch so far: the path of each key, and the digest of each file."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}  # path of each key
        self.files: dict[str, tuple[str, bytes]] = {}  # key and digest of each path

    def write(self, path: str, key: str, content: str) -> bytes:
        """The lines that make this the key's file, moved from where it was before; none if it is so already."""
        lines = b""
        before = self.places.get(key, path)
        if before != path and self.files[before][0] == key:
            del self.files[before]
            lines += f"D {before}\n".encode()
        self.places[key] = path
        now = (key, hashlib.sha256(content.encode()).digest())
        if self.files.get(path) != now:
            self.files[path] = now
            lines += f"M 100644 inline {path}\n".encode() + _data(content)
        return lines


def _data(content: str) -> bytes:
    data = content.encode()
    return b"data %d\n%b\n" % (len(data), data)
