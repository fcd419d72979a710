"""The charts of a page at a revision, with what the database has besides the document."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.history import Reading
from controversies.history.confidence import LATEST, read_confidence
from controversies.history.spans import Span
from controversies.kit.keys import anchor
from controversies.pages.access import PageState
from controversies.pages.tags import day

from .charts import Chart, ChartCredit
from .of_page import page_charts

ALL = 2_000  # revisions that changed a confidence, read for a CSV file


def charts_of(
    page: PageState,
    reading: Reading,
    through: Iterable[Span],
    origin: str,
    *,
    is_old: bool = False,
    whole: bool = False,
) -> Mapping[str, Chart]:
    """Return the charts of a page at a revision by name; one query.

    `through` are the page's spans (`history.spans`). `is_old` has links lead to the revision instead of today's page.
    `whole` is for files of data.
    """
    document, entry = reading.document, reading.entry
    record = read_confidence(
        page.key,
        [position.key for position in document.positions],
        through,
        number=entry.number,
        time=entry.time,
        every=not page.is_public,
        limit=ALL if whole else LATEST,
    )
    revision = reverse("revision", args=[page.slug, entry.number])
    base = revision if is_old else reverse("controversy", args=[page.slug])

    def address(name: str, key: str) -> str:
        return reverse("source", args=[key]) if name == "source" else f"{base}#{anchor(name, key)}"

    credit = ChartCredit(
        settings.SITE_NAME,
        document.head.title,
        _("Revision %(number)d, %(day)s") % {"number": entry.number, "day": day(entry.time)},
        f"{origin}{revision}",
    )
    return page_charts(document, record, credit, address)
