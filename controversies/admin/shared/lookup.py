"""The look-up of a new source, which the box asks for: what registries and the page itself say of it."""

from http import HTTPStatus

from django.core.exceptions import BadRequest
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from controversies.admin.shared.usage import with_details
from controversies.checks import is_on
from controversies.checks.metadata.lookups import LookupRefused, LookupResult, lookup_result, start_lookup
from controversies.document import rows
from controversies.document.types import Source as SourcePart
from controversies.kit.accounts import signed_in
from controversies.kit.keys import is_key
from controversies.likeness import Match
from controversies.models import Source


def lookup_response(request: HttpRequest) -> JsonResponse:
    """Begin to look up the `text` that was sent, or answer how the lookup of this `key` stands."""
    user = signed_in(request)
    if request.method == "POST":
        try:
            key = str(start_lookup(user, request.POST.get("text", "").replace("\0", "")).key)
        except LookupRefused as refused:
            return JsonResponse({"state": "failed", "values": {}, "failure": str(refused), "options": []})
    elif not is_key(key := request.GET.get("key", "")):
        raise BadRequest("This is no key of a lookup.")
    result = lookup_result(key, user)
    if result is None:
        message = _("This was looked up too long ago.")
        return JsonResponse({"state": "failed", "failure": message}, status=HTTPStatus.NOT_FOUND)
    return JsonResponse(
        {
            "key": key,
            "state": result.state,
            "values": result.values,
            "failure": result.failure,
            "off": not is_on(),
            "options": _options(result, request),
        }
    )


def _options(result: LookupResult, request: HttpRequest) -> list[dict[str, str]]:
    """The sources on record of the same work, as the box offers them."""
    keys = [str(source.pk) for source in result.on_record]
    parts = rows.shared_blocks(SourcePart, keys) if keys else {}
    matches = [Match(part, True) for part in parts.values()]
    return [
        {"key": match.part.key, "name": match.part.title, "detail": match.detail}
        for match in with_details(Source, matches, signed_in(request))
    ]
