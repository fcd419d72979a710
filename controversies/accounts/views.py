"""Pages of log-in."""

from typing import Any

from allauth.account.views import LoginView
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from .hashing import RETRY_AFTER

_COUNTED_IN_MINUTES = 120  # seconds


class DeskLoginView(LoginView):
    """Log in to the desk, by password or passkey."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and request.user.is_staff and request.method == "GET":
            return redirect(self.get_success_url() or "admin:index")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "title": gettext("Log in"),
            "next": self.get_next_url() or "",
        }


login = DeskLoginView.as_view()


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show what belongs to the user's own account."""
    return render(request, "account/overview.html")


def refusal(request: HttpRequest, seconds: int, *, is_busy: bool = False) -> HttpResponse:
    """Return the page for an attempt that came too soon, or while too many others are being checked."""
    if is_busy:
        sentence = gettext("The site is checking many log-ins at the moment. Try again in a few seconds.")
    elif seconds < _COUNTED_IN_MINUTES:
        sentence = ngettext(
            "There were too many attempts. Try again in %(seconds)s second.",
            "There were too many attempts. Try again in %(seconds)s seconds.",
            seconds,
        ) % {"seconds": seconds}
    else:
        minutes = -(-seconds // 60)
        sentence = ngettext(
            "There were too many attempts. Try again in %(minutes)s minute.",
            "There were too many attempts. Try again in %(minutes)s minutes.",
            minutes,
        ) % {"minutes": minutes}
    context = {"title": gettext("Please wait"), "sentence": sentence}
    response = render(request, "account/refused.html", context, status=429)
    response.headers["Retry-After"] = str(seconds or RETRY_AFTER)
    response.headers["Cache-Control"] = "no-store, private"
    return response
