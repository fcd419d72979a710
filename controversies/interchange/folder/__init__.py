"""Whole folders of files: pages in `controversies/<slug>.md`, backers in `actors/<slug>.yml`.

`find_files()` finds the files, `import_files()` imports them, `write_folder()` exports. An imported file is remembered
(`models.ImportedFile`), so that a changed one is an edit of what it said before, merged with what was edited since.
"""

from ..layout import ACTORS, PAGES, Role
from .export_folder import FolderRefused, write_folder
from .file_finder import ImportFile, find_files
from .import_state import FileOutcome, FileResult, ImportRefused, ImportReport
from .importer import ImportOptions, import_files
from .terminal import terminal_diff

__all__ = [
    "ACTORS",
    "PAGES",
    "FileOutcome",
    "FileResult",
    "FolderRefused",
    "ImportFile",
    "ImportOptions",
    "ImportRefused",
    "ImportReport",
    "Role",
    "find_files",
    "import_files",
    "terminal_diff",
    "write_folder",
]
