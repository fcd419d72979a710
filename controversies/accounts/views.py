"""Pages of log-in."""

from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.account.views import LoginView
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache

from controversies.kit.accounts import signed_in
from controversies.models import EditorListing

from . import invitations, roles, sessions
from .forms import InvitationForm, PublicNameForm
from .hashing import RETRY_AFTER

_KEY_DIGITS = 18  # of a row's key
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
    factors = Authenticator.objects.filter(user=signed_in(request))
    context = {
        "passkeys": [factor.wrap() for factor in factors if factor.type == Authenticator.Type.WEBAUTHN],
        "has_app": any(factor.type == Authenticator.Type.TOTP for factor in factors),
        "is_listed": EditorListing.objects.filter(user=signed_in(request)).exists(),
    }
    return render(request, "account/overview.html", context)


@login_required
def public_name(request: HttpRequest) -> HttpResponse:
    """Show the form for the name that readers see, and keep it."""
    user = signed_in(request)
    is_listed = EditorListing.objects.filter(user=user).exists()
    initial = {"name": user.get_full_name(), "is_listed": is_listed}
    form = PublicNameForm(request.POST or None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            if form.cleaned_data["name"] != user.get_full_name():
                user.first_name, user.last_name = form.cleaned_data["name"], ""
                user.save(update_fields=["first_name", "last_name"])
            if form.cleaned_data["is_listed"]:
                EditorListing.objects.get_or_create(user=user)
            else:
                EditorListing.objects.filter(user=user).delete()
        messages.success(request, gettext("Your public name was saved."))
        return redirect("account_overview")
    context = {"form": form, "title": gettext("Public name")}
    return render(request, "account/public_name.html", context)


@login_required
def session_list(request: HttpRequest) -> HttpResponse:
    """List the account's sessions; end one, or all but this."""
    user = signed_in(request)
    if request.method == "POST":
        key = request.POST.get("session", "")
        ended = sessions.end_one(user, int(key)) if key.isdecimal() and len(key) < _KEY_DIGITS else 0
        if "others" in request.POST:
            ended = sessions.end_others(request, user)
        words = ngettext("%(count)s session was ended.", "%(count)s sessions were ended.", ended)
        messages.success(request, words % {"count": ended})
        return redirect("account_sessions")
    rows = sorted(UserSession.objects.purge_and_list(user), key=lambda row: row.last_seen_at, reverse=True)
    current = request.session.session_key
    context = {
        "rows": [{"row": row, "is_current": row.session_key == current} for row in rows],
        "longest": sessions.LONGEST // 86400,
        "idle": settings.SESSION_COOKIE_AGE // 86400,
    }
    return render(request, "account/sessions.html", context)


@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation, and make the account that it is for."""
    opened = invitations.find_open(token)
    if opened is None:
        return render(request, "account/invitation.html", status=410)
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = invitations.accept(token, form.instance, form.cleaned_data["password1"])
        except invitations.InvitationOver:
            return render(request, "account/invitation.html", status=410)
        return perform_login(request, Login(user=user, redirect_url=reverse("mfa_index")))
    role, topics = roles.ROLES[roles.RoleName(opened.role)], invitations.topics_of(opened)
    context = {
        "form": form,
        "role": role.label,
        "about": role.about,
        "topics": None if topics is None else ", ".join(topic.title for topic in topics),
    }
    return render(request, "account/invitation.html", context)


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
    response.headers["Cache-Control"] = "no-store, private"  # a code may be refused on any page
    return response
