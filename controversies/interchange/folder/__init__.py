"""Whole folders of files: pages in `controversies/<slug>.md`, backers in `actors/<slug>.yml`.

`gather()` finds the files, `take()` imports them, `put()` exports. A file that was imported is remembered
(`models.Imported`), so that a changed one is an edit of what it said before, merged with what was edited since.
"""

from ..layout import ACTORS, PAGES, Role
from . import told
from .gather import File, gather
from .outgoing import Foreign, put
from .state import Outcome, Refused, Report, Taken
from .taking import Options, take

__all__ = [
    "ACTORS",
    "PAGES",
    "File",
    "Foreign",
    "Options",
    "Outcome",
    "Refused",
    "Report",
    "Role",
    "Taken",
    "gather",
    "put",
    "take",
    "told",
]
