"""The answer to the box: what is on record that a text may mean, and the values of something new."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest, JsonResponse

from controversies import likeness
from controversies.admin.form_context import SHARED_TYPES
from controversies.admin.shared.draft_part import draft_part
from controversies.admin.shared.usage import with_details
from controversies.kit.accounts import signed_in


def matches_response(request: HttpRequest, model: type[Model]) -> JsonResponse:
    """Answer `q`: `options` on record, and the `values` of a new one, by field; five queries at most."""
    block_type = SHARED_TYPES[model]
    text = request.GET.get("q", "").replace("\0", "").strip()
    matches = likeness.matches(block_type.part, [text]).get(text, [])
    options = [
        {
            "key": match.part.identity,
            "name": match.part.display_name,
            "detail": match.detail,
            "same": match.is_same,
        }
        for match in with_details(model, matches, signed_in(request))
    ]
    draft: Any = draft_part(block_type, text)
    values = {
        spec.name: getattr(draft, spec.name)
        for spec in block_type.part.SPECS
        if spec.is_editable and spec.name != "slug" and getattr(draft, spec.name) != spec.default
    }
    return JsonResponse(
        {"options": options, "values": {name: value for name, value in values.items() if value}}
    )
