"""The home page: current controversies, what changed, what came into dispute, and what needs help."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from controversies.history import log
from controversies.models import Confidence, Status
from controversies.pages import cache, disputes, lines, metadata, upkeep, versions
from controversies.pages.access import public_view
from controversies.pages.as_of import requested_time
from controversies.public import rendering
from controversies.public.views.lists import (
    LIST_PARAMETERS,
    linked_items,
    list_context,
    parse,
    topics_to_choose,
)

RECENT = 6  # changes
DISPUTES = NEEDY = 4


@public_view(reads=LIST_PARAMETERS, versions=versions.of_corpus_on_day)
def home(request: HttpRequest) -> HttpResponse:
    """Show current controversies, and beside them what brings readers back; of an earlier time, only its changes."""
    origin, requested = cache.origin(request), requested_time(request)
    changes = log.latest_changes_at(requested.time, RECENT) if requested else log.latest_changes(RECENT)
    context: dict[str, Any] = list_context(parse(request.GET), requested, topics_to_choose(requested)) | {
        "recent": [(line, lines.whole_words(line)) for line in changes],
        "confidences": list(Confidence),
        "statuses": list(Status),
        "origin": origin,
    }
    if requested is None:
        today = versions.today()
        context |= {
            "disputes": disputes.newly_disputed(DISPUTES),
            "needy": upkeep.most_needy(today, NEEDY),
            "needs": upkeep.counted_needs(today),
        }
    context["facts"] = {
        "isPartOf": metadata.searchable(origin),
        "mainEntity": linked_items(context, origin),
    }
    return rendering.respond(request, "lists/home.html", context, requested)
