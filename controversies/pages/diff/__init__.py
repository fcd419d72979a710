"""Comparisons as pages show them: `diff_view()` turns a `Comparison` into numbered changes for `templates/compare/`."""

from .builder import diff_view
from .pieces import DiffView, NumberedChange

__all__ = ["DiffView", "NumberedChange", "diff_view"]
