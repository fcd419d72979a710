"""Charts over several pages as readers get them: their credit, their place on a page, and their files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from controversies.pages import cache, versions
from controversies.pages.holdings import PAGES, HeldPosition
from controversies.pages.pictures.charts import FORMS, Chart, ChartCredit, digits
from controversies.pages.pictures.of_lists import HOLDINGS, TOGETHER, holdings_chart, together_chart
from controversies.pages.policy import Versions
from controversies.pages.tags import day


@dataclass(frozen=True, slots=True)
class ChartFigure:
    """A chart on a page: its name, which is its anchor, and the addresses of its files by form."""

    name: str
    chart: Chart
    files: Mapping[str, str]


def list_credit(request: HttpRequest, subject: str, address: str) -> ChartCredit:
    """Return the credit of a chart over several pages, as they are today."""
    return ChartCredit(
        settings.SITE_NAME,
        subject,
        _("Record of %(day)s") % {"day": day(timezone.now())},
        f"{cache.origin(request)}{address}",
    )


def list_charts(request: HttpRequest, held: Sequence[HeldPosition]) -> Mapping[str, Chart]:
    """Return the charts of a part of the list of backers by name, of the positions that these hold."""
    credit = list_credit(request, _("Backers"), reverse("backers"))
    shown: dict[str, set[str]] = {}
    for each in held:
        shown.setdefault(each.backer, set()).add(each.page)
    notes: tuple[str, ...] = ()
    if any(len(pages) == PAGES for pages in shown.values()):
        notes = (_("Of each backer, at most %(n)s pages are counted, by title.") % {"n": digits(PAGES)},)
    return {HOLDINGS: holdings_chart(held, credit, notes), TOGETHER: together_chart(held, credit, notes)}


def list_files(name: str, request: HttpRequest, **arguments: str) -> Mapping[str, str]:
    """Return the addresses of a chart's files by form, of the same part of the list."""
    query = request.META.get("QUERY_STRING", "")
    return {
        form.upper(): reverse(name, kwargs={**arguments, "suffix": form}) + (f"?{query}" if query else "")
        for form in FORMS
    }


def list_file(request: HttpRequest, name: str, suffix: str, draw: Callable[[], bytes]) -> HttpResponse:
    """Return a file that `draw` makes, once for each state of all pages and each query."""
    query = request.META.get("QUERY_STRING", "").encode()
    version = (versions.corpus(request), query, versions.today().isoformat().encode())
    return chart_file(request, name, suffix, version, draw)


def chart_file(
    request: HttpRequest, name: str, suffix: str, version: Versions, draw: Callable[[], bytes]
) -> HttpResponse:
    """Return a file of this name that `draw` makes, once for each version and origin; CSV is for downloading."""
    version = (*version, cache.origin(request).encode())
    response = cache.respond_to_all(request, f"picture {name}.{suffix}", version, draw, FORMS[suffix])
    response["Content-Disposition"] = content_disposition_header(suffix == "csv", f"{name}.{suffix}") or ""
    return response
