"""The file of an own copy of a source, for editors: to download, or to delete."""

import uuid

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.admin.board.view import may_decide
from controversies.admin.verdicts import day
from controversies.checks import copies
from controversies.checks.copies import CopyDamaged, store
from controversies.models import SourceCopy


def copy_view(request: HttpRequest, *, model_admin: ModelAdmin, key: uuid.UUID, number: int) -> HttpResponse:
    """Hand out the file of a copy, or delete it; its digest stays on record."""
    if not may_decide(request.user):
        raise PermissionDenied
    copy = SourceCopy.objects.filter(pk=number, source=key).select_related("source").defer("text").first()
    if copy is None:
        raise Http404
    if request.method == "POST":
        return _delete(request, model_admin, copy)
    if copy.deleted_at is not None or not copy.warc_sha256:
        raise Http404
    try:
        content = store.read(copy.warc_sha256)
    except CopyDamaged as damaged:
        raise Http404 from damaged
    name = f"{copy.source.slug}-{copy.time:%Y-%m-%d}.warc.gz"
    return HttpResponse(
        content,
        content_type="application/octet-stream",  # no browser opens what a stranger wrote
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _delete(request: HttpRequest, model_admin: ModelAdmin, copy: SourceCopy) -> HttpResponse:
    if copies.delete_copies([copy.pk]):
        message = _("The copy of %s is deleted. Its digest stays on record.") % day(copy.time)
        model_admin.log_change(request, copy.source, message)
        messages.success(request, message)
    else:
        messages.info(request, _("This copy was deleted already."))
    url = reverse("admin:controversies_source_change", args=[copy.source.pk])
    return HttpResponseRedirect(f"{url}#checks")
