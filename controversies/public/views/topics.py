"""The list of topics, with what each is about."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from controversies.document.types import TOPIC
from controversies.pages import alphabetical, cache, metadata, versions
from controversies.pages.access import public_view
from controversies.pages.as_of import requested_time
from controversies.pages.public_rows import first_pages_of
from controversies.public import rendering

FEW = 3  # pages of each topic that are named


@public_view(reads=("before", "after", "as_of"), versions=versions.of_corpus)
def topics(request: HttpRequest) -> HttpResponse:
    """List the topics that have public pages, by title, with the number of these."""
    query, requested = alphabetical.parse(request.GET, []), requested_time(request)
    if requested:
        page, query = alphabetical.page_then(TOPIC, requested, query, count="pages")
    else:
        page, query = alphabetical.page(TOPIC, query, count="pages")
    titles = {} if requested else first_pages_of([each.pk for each in page.rows], FEW)
    origin = cache.origin(request)
    context = {
        "section": "topics",
        "origin": origin,
        "query": query,
        "list_page": page,
        "listed": [(each, titles.get(str(each.pk), ())) for each in page.rows],
        "facts": metadata.listing(
            origin, _("Topics"), "topics", "topic", [(each.title, each.slug) for each in page.rows]
        ),
    }
    return rendering.respond(request, "topics/topics.html", context, requested)
