"""The row of a controversy for Django's admin log."""

from controversies.document.types import Document
from controversies.models import Controversy


def log_row(document: Document) -> Controversy:
    """Return a row with the key, name and address of a page, for the admin's log and messages; never saved."""
    return Controversy(pk=document.key, slug=document.head.slug, title=document.head.title)
