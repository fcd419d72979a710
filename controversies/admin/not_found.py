"""Responses where a row is not there: the list, with a message."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _


def controversy_not_found(request: HttpRequest) -> HttpResponse:
    """Say on the list that there is no such controversy."""
    return redirect_to_list(request, "controversy", messages.WARNING, _("Controversy not found."))


def redirect_to_list(request: HttpRequest, model_name: str, level: int, message: str) -> HttpResponse:
    """Redirect to the list of this model with a message."""
    messages.add_message(request, level, message)
    return HttpResponseRedirect(reverse(f"admin:controversies_{model_name}_changelist"))
