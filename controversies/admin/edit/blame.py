"""The authors of one field of the edit page, which a script fetches when an editor asks for them."""

import uuid

from django.contrib.admin import ModelAdmin
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from controversies import history
from controversies.history.blame import RETRY_SECONDS, BlameUnderway, blame_of
from controversies.kit.keys import is_key, revision_number
from controversies.pages.blame.view import blamed_part


def blame_view(request: HttpRequest, *, model_admin: ModelAdmin, key: uuid.UUID) -> HttpResponse:
    """Tell who wrote the field, the part or the block that `path` names, in the revision of this `number`.

    A path begins with the block's key. Editors see the true authors of drafts, too.
    """
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    block, _dot, path = request.GET.get("path", "").partition(".")
    number = revision_number(request.GET.get("number"))
    if number is None or not is_key(block):
        raise BadRequest("There is no revision of this number, or no block of this key.")
    reading = history.at(str(key), number)
    if reading is None:
        raise Http404
    slug = reading.document.head.slug
    try:
        fields = blamed_part(blame_of(reading, every=True), slug, block, path)
    except BlameUnderway as underway:
        return HttpResponse(str(underway), status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    return TemplateResponse(request, "admin/controversies/controversy/blame.html", {"fields": fields})
