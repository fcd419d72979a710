"""“Suggest a correction”: a form for readers, which needs no account and no scripts."""

import math
import uuid
from dataclasses import astuple, dataclass
from http import HTTPStatus
from typing import Any

from django import forms
from django.core import signing
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controversies.document import text
from controversies.history import Reading
from controversies.kit.keys import is_key
from controversies.kit.networks import client_address
from controversies.kit.outages import is_read_only
from controversies.models.suggestion import LONG, SHORT
from controversies.pages import access
from controversies.pages.access import PageState, form_view
from controversies.pages.draw import Drawing
from controversies.pages.language import text_attributes
from controversies.pages.refusals import refuse_method
from controversies.workflow import suggestions

from ..reader_form import ReaderForm

SALT = "controversies.suggest"
MIN_AGE = 3  # seconds; no person fills in the form in less
TOKEN_LENGTH = 500  # characters, more than any token has


class CanonicalField(forms.CharField):
    """Text in its canonical form; text without visible characters counts as none."""

    def __init__(self, *, lines: bool = False, **options: Any) -> None:
        self.is_prose = lines
        super().__init__(strip=False, **options)

    def to_python(self, value: object) -> str:
        raw = value if isinstance(value, str) else ""
        canonical = text.prose(raw) if self.is_prose else text.line(raw)
        return canonical if text.is_visible(canonical) and text.is_storable(canonical) else ""


class SuggestForm(ReaderForm):
    """The form: what is wrong, what would be right and why, a source; name and e-mail address are optional."""

    wrong = CanonicalField(
        lines=True,
        label=gettext_lazy("What is wrong?"),
        help_text=gettext_lazy("Quote the words, or say what is missing."),
        max_length=LONG,
        error_messages={"required": gettext_lazy("Tell us what is wrong.")},
        widget=forms.Textarea({"rows": 4, "dir": "auto"}),
    )
    instead = CanonicalField(
        lines=True,
        label=gettext_lazy("What would be right, and why?"),
        max_length=LONG,
        required=False,
        widget=forms.Textarea({"rows": 4, "dir": "auto"}),
    )
    source = CanonicalField(
        lines=True,
        label=gettext_lazy("Where can we check it?"),
        help_text=gettext_lazy(
            "A link, or the title of a published work. We need a source for anything but typos."
        ),
        max_length=LONG,
        required=False,
        widget=forms.Textarea({"rows": 2, "dir": "auto"}),
    )
    name = CanonicalField(
        label=gettext_lazy("Your name"),
        max_length=SHORT,
        required=False,
        widget=forms.TextInput({"autocomplete": "name", "dir": "auto"}),
    )
    credit = forms.BooleanField(
        label=gettext_lazy("If you change the page, name me in its history"), required=False
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy(
            "Only if you want to know the outcome. Nobody sees it, not even the editors. It is deleted once we reply, "
            "or after 90 days."
        ),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("credit") and not data.get("name") and "name" not in self.errors:
            self.add_error("name", _("Enter your name, or untick “name me in its history”."))
        return data


@dataclass(frozen=True)
class Token:
    """The page, part and revision that a form is for; signed, so that only this site can make one."""

    page: str  # the controversy's key
    block: str | None
    number: int  # of the revision shown
    key: str  # of the suggestion, so that a second click makes no second one
    time: float

    @classmethod
    def new(cls, reading: Reading, block: str | None) -> "Token":
        return cls(reading.document.key, block, reading.number, str(uuid.uuid4()), timezone.now().timestamp())

    @classmethod
    def read(cls, signed: str, page: PageState) -> "Token | None":
        """Return the signed token; None if its signature is wrong or it is another page's."""
        try:
            token = cls(*signing.loads(signed[:TOKEN_LENGTH], salt=SALT))
        except signing.BadSignature:
            return None
        return token if token.page == page.key else None

    def sign(self) -> str:
        return signing.dumps(astuple(self), salt=SALT)

    @property
    def is_too_new(self) -> bool:
        return timezone.now().timestamp() - self.time < MIN_AGE


@form_view
def suggest(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form beside the part of the page that it is about; store what is sent."""
    page = access.public_page(request, slug)
    if request.method == "POST":
        return _post(request, page)
    block = request.GET.get("block") or None
    if block is not None and not is_key(block):
        raise Http404
    reading = access.reading_at(request, page)
    return _draw(request, page, reading, Token.new(reading, block), SuggestForm())


@form_view
def suggested(request: HttpRequest, slug: str) -> HttpResponse:
    """Say thank you, and what happens next."""
    if request.method == "POST":
        return refuse_method(request, ["GET", "HEAD"])
    context = {"page": access.public_page(request, slug), "section": "controversies"}
    return render(request, "suggest/suggested.html", context)


def _post(request: HttpRequest, page: PageState) -> HttpResponse:
    token = Token.read(request.POST.get("token", ""), page)
    form = SuggestForm(request.POST)
    if token is None:
        block_key = request.GET.get("block", "")
        reading = access.reading_at(request, page)
        token = Token.new(reading, block_key if is_key(block_key) else None)
        message = _(
            "The form was incomplete when it reached us. What you wrote is still here: please send it again."
        )
        return _draw(request, page, reading, token, form, message=message, status=HTTPStatus.BAD_REQUEST)
    reading = access.reading_at(request, page, token.number)
    if is_read_only():
        message = _(
            "Nothing was sent, because the site can only be read for the moment. What you wrote is still here: please "
            "send it again in a few minutes."
        )
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return _draw(request, page, reading, token, form, message=message, status=status)
    if not access.is_from_here(request):
        message = _(
            "Nothing was sent, because your browser blocked this form’s cookie. What you wrote is still here: allow "
            "cookies for this site, then send it again."
        )
        return _draw(request, page, reading, token, form, message=message, status=HTTPStatus.FORBIDDEN)
    if not form.is_valid():
        return _draw(request, page, reading, token, form, status=HTTPStatus.BAD_REQUEST)
    if token.is_too_new:
        message = _(
            "Nothing was sent, because the form was filled in faster than people type. Please send it again."
        )
        return _draw(request, page, reading, token, form, message=message, status=HTTPStatus.BAD_REQUEST)
    block = token.block if suggestions.suggestion_block(reading.document, token.block) is not None else None
    words = {name: form.cleaned_data[name] for name in ("wrong", "instead", "source", "credit", "email")}
    try:
        suggestions.suggest(
            reading.document,
            key=token.key,
            block=block,
            number=token.number,
            address=client_address(request),
            reader=form.cleaned_data["name"],
            **words,
        )
    except suggestions.TooManySuggestions as error:
        minutes = math.ceil(error.wait.total_seconds() / 60)
        response = _draw(
            request,
            page,
            reading,
            token,
            form,
            message=_too_many(minutes),
            status=HTTPStatus.TOO_MANY_REQUESTS,
        )
        response["Retry-After"] = str(minutes * 60)
        return response
    return HttpResponseRedirect(reverse("suggested", args=[page.slug]))


def _too_many(minutes: int) -> str:
    return ngettext(
        "Many suggestions have come from your network, so yours has to wait. What you wrote is still here: please "
        "send it again in a minute.",
        "Many suggestions have come from your network, so yours has to wait. What you wrote is still here: please "
        "send it again in %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}


def _draw(
    request: HttpRequest,
    page: PageState,
    reading: Reading,
    token: Token,
    form: SuggestForm,
    *,
    message: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    document = reading.document
    part = suggestions.suggestion_block(document, token.block)
    if form.is_bound:
        problems = form.problems()
        form.without_trap()
    else:
        problems = []
    context = {
        **text_attributes(document.head.language),
        "page": page,
        "section": "controversies",
        "about": suggestions.block_name(document, token.block if part is not None else None),
        "gone": part is None,
        "whole": token.block is None or part is None,
        "parts": [(each.key, suggestions.block_name(document, each.key)) for each in document.own_blocks()],
        "head": document.head,
        "piece": Drawing(reading, page.slug, {}, alone=True).block(part or document.head),
        "form": form,
        "token": token.sign(),
        "part": token.block,  # in a {% block %}, `block` is the template's own
        "message": message,
        "closed": is_read_only(),
        "problems": problems,
        "now": _("What the page says")
        if reading.number == page.number
        else _("What the page said at revision %(number)s") % {"number": reading.number},
    }
    return render(request, "suggest/suggest.html", context, status=status)
