"""Who a page's text is credited to: its attribution, or what can be said without one."""

from django.utils.translation import gettext as _

from controversies.document.types import Document


def is_unknown(document: Document, *, imported: bool) -> bool:
    """Whether nobody has said who wrote the text: the page was imported, and has no attribution."""
    return imported and not document.head.attribution


def attribution(document: Document, *, imported: bool) -> str:
    """The attribution as Markdown; "" where the editors of this site wrote the page."""
    if is_unknown(document, imported=imported):
        return _("Origin not recorded.")
    return document.head.attribution
