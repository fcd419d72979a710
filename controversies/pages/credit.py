"""Who a page's text is credited to: its attribution, or what can be said without one."""

from django.utils.translation import gettext as _

from controversies.document.types import Document
from controversies.history.public import is_origin_unknown


def attribution(document: Document, *, imported: bool) -> str:
    """The attribution as Markdown; "" where the editors of this site wrote the page."""
    if is_origin_unknown(document, imported=imported):
        return _("Origin not recorded.")
    return document.head.attribution
