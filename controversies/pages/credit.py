"""The credit of a page's text: its attribution, or a note that there is none."""

from django.utils.translation import gettext as _

from controversies.document.types import Document
from controversies.history.public import is_origin_unknown


def attribution(document: Document, *, imported: bool) -> str:
    """Return the attribution as Markdown; "" if the editors of this site wrote the page."""
    if is_origin_unknown(document, imported=imported):
        return _("Origin not recorded.")
    return document.head.attribution
