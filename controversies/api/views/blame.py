"""The blame of one page: of its newest revision, or of an earlier one."""

from django.http import HttpRequest
from django.urls import reverse

from controversies.api.addresses import address, api
from controversies.api.blame import BLAME
from controversies.api.endpoint import Answer, Params
from controversies.history import Reading
from controversies.history.blame import ALGORITHM, blame_of
from controversies.pages import access


def blame(request: HttpRequest, params: Params) -> Answer:
    """Answer with the blame of the newest revision."""
    return _answer(request, access.page(request, params["slug"]), None)


def revision_blame(request: HttpRequest, params: Params) -> Answer:
    """Answer with the blame of one revision."""
    page = access.page(request, params["slug"])
    return _answer(request, page, access.reading_at(request, page, params["number"]))


def _answer(request: HttpRequest, page: access.PageState, reading: Reading | None) -> Answer:
    """Answer for a public revision, or for the newest one: the same answer, under the same digest."""
    entry = reading.entry if reading else page
    here = f"/controversies/{page.slug}"
    return Answer(
        (entry.digest, page.removals),
        lambda: BLAME.values(blame_of(reading or access.reading_at(request, page, entry.number))),
        name=f"blame {ALGORITHM}",
        modified=entry.time,
        links=(
            ("alternate", address(request, reverse("revision", args=[page.slug, entry.number]))),
            ("latest-version", api(request, f"{here}/blame")),
        ),
        location=api(request, f"{here}/revisions/{entry.number}/blame"),
    )
