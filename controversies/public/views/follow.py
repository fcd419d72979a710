"""“Follow”: the page that explains and offers e-mail, feeds and calendars; the links in e-mails; the calendars.

A link in an e-mail shows a page with buttons and changes nothing by itself: programs that scan e-mails open all links.
"""

import math
import uuid
from http import HTTPStatus

from django import forms
from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from controversies.accounts import throttle
from controversies.following import addresses, delivery
from controversies.following import calendar as review_calendar
from controversies.following import subscriptions as subscribing
from controversies.following.subjects import FollowSubject, public_subjects, whole_site
from controversies.kit.outages import is_read_only
from controversies.models import DigestPace, SubjectType
from controversies.pages import access, cache, versions
from controversies.pages.access import form_view, public_view
from controversies.pages.former_address import row_at
from controversies.pages.policy import PAGE, TOPIC
from controversies.pages.public_rows import public_backers, public_topics
from controversies.pages.refusals import refuse_method

from ..reader_form import ReaderForm

ONE_CLICK = "List-Unsubscribe"  # the field that RFC 8058 has mail programs send


class FollowForm(ReaderForm):
    """The form: an e-mail address, and how often."""

    email = forms.CharField(
        label=gettext_lazy("Your e-mail address"),
        error_messages={"required": gettext_lazy("Enter your e-mail address.")},
        max_length=addresses.LONGEST,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    pace = forms.ChoiceField(
        label=gettext_lazy("How often"),
        choices=[
            (DigestPace.WEEKLY, gettext_lazy("Once a week, on Mondays")),
            (DigestPace.DAILY, gettext_lazy("Once a day")),
        ],
        initial=DigestPace.WEEKLY,
        error_messages={"required": gettext_lazy("Choose how often you want e-mails.")},
        widget=forms.RadioSelect,
    )

    def clean_email(self) -> str:
        return addresses.normalise(self.cleaned_data["email"])


@form_view
def follow(request: HttpRequest, kind: SubjectType, slug: str = "") -> HttpResponse:
    """Explain how to follow all pages, a page, topic or backer; note a request for e-mails."""
    subject = _subject(request, kind, slug)
    if request.method != "POST":
        return _draw(request, subject, FollowForm())
    if not settings.FOLLOW_BY_MAIL:
        raise Http404
    form = FollowForm(request.POST)
    if is_read_only():
        message = _(
            "Nothing was saved, because the site can only be read for the moment. Try again in a few minutes."
        )
        return _draw(request, subject, form, message, HTTPStatus.SERVICE_UNAVAILABLE)
    if not access.is_from_here(request):
        message = _(
            "Nothing was saved, because your browser blocked this form’s cookie. Allow it, then try again."
        )
        return _draw(request, subject, form, message, HTTPStatus.FORBIDDEN)
    if not form.is_valid():
        return _draw(request, subject, form, status=HTTPStatus.BAD_REQUEST)
    seconds = throttle.count_follow_request(request)
    if seconds:
        response = _draw(
            request, subject, form, _too_many(math.ceil(seconds / 60)), HTTPStatus.TOO_MANY_REQUESTS
        )
        response["Retry-After"] = str(seconds)
        return response
    try:
        wait = throttle.reserve_follow_mail(request, form.cleaned_data["email"])
    except throttle.NoTurn as error:
        message = _busy(math.ceil(error.seconds / 3600))
        response = _draw(request, subject, form, message, HTTPStatus.SERVICE_UNAVAILABLE)
        response["Retry-After"] = str(error.seconds)
        return response
    subscribing.request_subscription(
        subject,
        form.cleaned_data["email"],
        pace=form.cleaned_data["pace"],
        language=get_language() or settings.LANGUAGE_CODE,
        wait=wait,
    )
    delivery.request_without_worker()
    return HttpResponseRedirect(reverse("follow_sent"))


@form_view
def confirmation_notice(request: HttpRequest) -> HttpResponse:
    """Say that an e-mail is on its way, whatever the address is."""
    return _message_page(request, "follow/sent.html")


@form_view
def farewell(request: HttpRequest) -> HttpResponse:
    """Say that nothing is followed any more by the address of a link."""
    return _message_page(request, "follow/ended.html")


@form_view
def subscriptions(request: HttpRequest, token: str) -> HttpResponse:
    """Show the owner of an address what it follows, and what waits to be confirmed; confirm and end that."""
    if request.method == "POST":
        return _change_subscriptions(request, token)
    rows = subscribing.find(token)
    if not rows:
        return _unknown_link(request)
    subjects = public_subjects((row.type, row.key) for row in rows)
    listed = [(row, subjects.get((row.type, row.key))) for row in rows]
    context = {
        "section": "follow",
        "token": token,
        "waiting": [(row, subject) for row, subject in listed if row.asked_at],
        "followed": [(row, subject) for row, subject in listed if row.confirmed_at],
    }
    return render(request, "follow/yours.html", context)


def _change_subscriptions(request: HttpRequest, token: str) -> HttpResponse:
    """Do what a button of the page says, or a mail program's one click: end everything."""
    if is_read_only():
        return render(request, "503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    if not subscribing.find(token) and ONE_CLICK not in request.POST:
        return _unknown_link(request)
    act, number = request.POST.get("act", ""), request.POST.get("subscription", "")
    if ONE_CLICK in request.POST or act == "end-all":
        subscribing.leave(token)
    elif act == "confirm":
        subscribing.confirm(token, number)
    elif act == "end":
        subscribing.leave(token, number)
    if ONE_CLICK in request.POST:  # mail programs follow no redirect
        return render(request, "follow/ended.html", {"section": "follow"})
    is_left = not subscribing.find(token)
    return HttpResponseRedirect(reverse("follow_ended") if is_left else request.path)


def _unknown_link(request: HttpRequest) -> HttpResponse:
    return render(request, "follow/gone.html", {"section": "follow"}, status=HTTPStatus.NOT_FOUND)


def _message_page(request: HttpRequest, template: str) -> HttpResponse:
    if request.method == "POST":
        return refuse_method(request, ("GET", "HEAD"))
    return render(request, template, {"section": "follow", "days": subscribing.UNCONFIRMED_DAYS})


def _subject(request: HttpRequest, kind: SubjectType, slug: str) -> FollowSubject:
    """Return the page, topic or backer of this address. Raise Http404, PageWithdrawn or PageMoved."""
    if kind == SubjectType.SITE:
        return whole_site()
    if kind == SubjectType.PAGE:
        page = access.public_page(request, slug)
        return FollowSubject(kind, uuid.UUID(page.key), page.slug, page.title)
    rows = public_topics() if kind == SubjectType.TOPIC else public_backers()
    row = row_at(request, rows, slug)
    return FollowSubject(kind, row.pk, row.slug, str(row))


def _draw(
    request: HttpRequest,
    subject: FollowSubject,
    form: FollowForm,
    message: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    problems = form.problems() if form.is_bound else []
    if form.is_bound:
        form.without_trap()
    context = {
        "section": "follow",
        "subject": subject,
        "is_site": subject.type == SubjectType.SITE,
        "form": form,
        "message": message,
        "problems": problems,
        "by_mail": settings.FOLLOW_BY_MAIL,
        "origin": cache.origin(request),
        "days": subscribing.UNCONFIRMED_DAYS,
        "refused_days": subscribing.REFUSED_DAYS,
        "reviews": review_calendar.review_of(subject.key) if subject.type == SubjectType.PAGE else None,
    }
    return render(request, "follow/follow.html", context, status=status)


def _too_many(minutes: int) -> str:
    return ngettext(
        "Many requests have come from your network. Nothing was saved: try again in a minute.",
        "Many requests have come from your network. Nothing was saved: try again in %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}


def _busy(hours: int) -> str:
    return ngettext(
        "Very many people ask for e-mails just now. Nothing was saved: try again in an hour.",
        "Very many people ask for e-mails just now. Nothing was saved: try again in %(hours)s hours.",
        hours,
    ) % {"hours": hours}


# -- calendars --


@public_view(reads=(), versions=versions.of_corpus_on_day, is_for_all=True)
def calendar(request: HttpRequest) -> HttpResponse:
    """Return the calendar of the reviews of all pages."""
    return _calendar(
        request, _("%s: reviews") % settings.SITE_NAME, review_calendar.reviews(versions.today())
    )


@public_view(reads=(), versions=versions.of_today, subject=PAGE, is_for_all=True)
def page_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the calendar of the review of one page."""
    page = access.public_page(request, slug)
    return _calendar(request, _("%s: review") % page.title, review_calendar.review_of(uuid.UUID(page.key)))


@public_view(reads=(), versions=versions.of_corpus_on_day, subject=TOPIC, is_for_all=True)
def topic_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the calendar of the reviews of a topic's pages."""
    topic = row_at(request, public_topics(), slug)
    return _calendar(
        request, _("%s: reviews") % topic.title, review_calendar.reviews(versions.today(), topic=topic.pk)
    )


def _calendar(request: HttpRequest, name: str, reviews: list[review_calendar.Review]) -> HttpResponse:
    text = review_calendar.draw(name, reviews, cache.origin(request))
    return HttpResponse(text, content_type=review_calendar.CONTENT_TYPE)
