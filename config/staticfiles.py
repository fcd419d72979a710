"""Static files: stylesheets put together from their parts, and modules that import each other by hashed names."""

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

STATIC = Path("static")
_IMPORT = re.compile(r'@import url\("([^"]+)"\)(?: layer\((\w+)\))?;\n?')
_STRING_OR_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|/\*.*?\*/', re.DOTALL)


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it has no types
    """Compress static files under hashed names; rewrite the names in imports of modules, too."""

    support_js_module_import_aggregation = True


class StylesheetFinder(BaseFinder):
    """Find `crux/site.css`, which `crux/site/index.css` puts together by its imports, so that a page asks for one file.

    The same holds for every folder with an `index.css`. A stylesheet is put together again whenever it is asked for, so
    that somebody who works on a part sees it at the next reload.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        self._folder = tempfile.mkdtemp(prefix="crux-styles-")
        # Not sooner: another thread may have made a finder of its own, and still read what the first one wrote.
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        self._storage = FileSystemStorage(self._folder)
        self._indexes = {
            index.parent.relative_to(root).with_suffix(".css").as_posix(): index
            for config in apps.get_app_configs()
            for root in [Path(config.path) / STATIC]
            for index in sorted(root.glob("**/index.css"))
        }

    def find(self, path: str, find_all: bool = False) -> Any:
        built = [self._build(path)] if path in self._indexes else []
        return built if find_all else next(iter(built), [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        for name in self._indexes:
            if not matches_patterns(name, list(ignore_patterns or [])):
                self._build(name)
                yield name, self._storage

    def _build(self, name: str) -> str:
        """Write the stylesheet of this name, at once for threads that read it meanwhile, and return its path."""
        path = Path(self._folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(handle, "w") as file:
            file.write(whole_stylesheet(self._indexes[name]))
        os.replace(unfinished, path)
        return str(path)


def whole_stylesheet(path: Path) -> str:
    """Return a stylesheet with what it imports in place, without comments and indentation.

    Raises `FileNotFoundError` if an imported file is missing.
    """
    text = _STRING_OR_COMMENT.sub(lambda match: match[1] or "", path.read_text())
    lines = "\n".join(line.strip() for line in text.splitlines() if line.strip())

    def import_content(match: re.Match[str]) -> str:
        part = whole_stylesheet(path.parent / match[1])
        return f"@layer {match[2]} {{\n{part}\n}}\n" if match[2] else f"{part}\n"

    return _IMPORT.sub(import_content, lines)
