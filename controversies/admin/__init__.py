"""The editors' desk. Importing this package registers its pages with Django's admin site.

`edit` edits a controversy, `review` decides on what others propose, suggest or want removed, `shared` edits what many
pages show (backers, sources, topics), and `lists` has the filters of the lists. Nothing here knows how readers' pages
are drawn: that is `controversies.pages`.
"""

from controversies.admin import people
from controversies.admin.edit import controversy_admin
from controversies.admin.review import proposals, redaction, suggestions
from controversies.admin.shared import backer, source, topic

__all__ = [
    "backer",
    "controversy_admin",
    "people",
    "proposals",
    "redaction",
    "source",
    "suggestions",
    "topic",
]
