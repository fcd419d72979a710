"""“Suggest a correction”: a form for readers, who need no account and no scripts."""

import uuid
from dataclasses import astuple, dataclass
from http import HTTPStatus
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies import history
from controversies.document import text
from controversies.history import Reading
from controversies.kit.keys import is_key
from controversies.models.suggestion import LONG, SHORT
from controversies.pages import access
from controversies.pages.access import PageState, form_view
from controversies.pages.draw import Drawing
from controversies.workflow import suggestions

SALT = "controversies.suggest"
SOONEST = 3  # seconds: nobody reads the form and writes an answer in less
RETRY = 60 * 60  # seconds
TOKEN_LENGTH = 500  # characters; ours are shorter


class Written(forms.CharField):
    """What a reader typed, in the canonical form of text. What cannot be seen counts as nothing."""

    def __init__(self, *, lines: bool = False, **options: Any) -> None:
        self.is_prose = lines
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        given = value if isinstance(value, str) else ""
        made = text.prose(given) if self.is_prose else text.line(given)
        return made if text.is_visible(made) and text.is_storable(made) else ""


class SuggestForm(forms.Form):
    """What is wrong, what would be right and why, on what source; who says so only if they wish."""

    wrong = Written(
        lines=True,
        label=gettext_lazy("What is wrong?"),
        help_text=gettext_lazy("Quote the words, or say what is missing."),
        max_length=LONG,
        error_messages={"required": gettext_lazy("Say what is wrong.")},
        widget=forms.Textarea({"rows": 4, "dir": "auto"}),
    )
    instead = Written(
        lines=True,
        label=gettext_lazy("What would be right, and why?"),
        max_length=LONG,
        required=False,
        widget=forms.Textarea({"rows": 4, "dir": "auto"}),
    )
    source = Written(
        lines=True,
        label=gettext_lazy("Where can the editors check it?"),
        help_text=gettext_lazy(
            "A link or the title of a published work. Only a slip of the pen is corrected without."
        ),
        max_length=LONG,
        required=False,
        widget=forms.Textarea({"rows": 2, "dir": "auto"}),
    )
    name = Written(
        label=gettext_lazy("Your name"),
        max_length=SHORT,
        required=False,
        widget=forms.TextInput({"autocomplete": "name", "dir": "auto"}),
    )
    credit = forms.BooleanField(
        label=gettext_lazy("If the page is changed, name me in its history"), required=False
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy(
            "Only if you want to be told what became of it. It is shown to nobody, not even the editors, "
            "and removed once you are told, after 90 days at the latest."
        ),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    # Nobody sees this field; programs that fill in every form do.
    subject = forms.CharField(
        label=gettext_lazy("Leave this empty"),
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", "use_required_attribute": False, **options})

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("credit") and not data.get("name") and "name" not in self.errors:
            self.add_error("name", _("Give the name under which you want to be named, or do not ask for it."))
        return data

    def clean_subject(self) -> str:
        if self.cleaned_data["subject"]:
            raise ValidationError(
                _("A field that must stay empty was filled in, perhaps by your browser. It is empty again.")
            )
        return ""

    def without_trap(self) -> None:
        """Empty the field that must stay so, for the form to be sent again."""
        sent: Any = self.data
        sent = sent.copy()  # what a request has sent cannot be changed
        sent["subject"] = ""
        self.data = sent

    def problems(self) -> list[tuple[str, str]]:
        """What to put right: the id of the field, if it can be seen, and what is the matter."""
        return [
            ("" if name in ("subject", "__all__") else str(self[name].id_for_label), str(message))
            for name, messages in self.errors.items()
            for message in messages
        ]


@dataclass(frozen=True)
class Token:
    """What a form was drawn for. It is signed, so that nobody but this site can have made it."""

    page: str  # the controversy's key
    block: str | None
    number: int  # the revision shown
    key: str  # of the suggestion to be, so that a second click makes no second one
    time: float

    @classmethod
    def new(cls, reading: Reading, block: str | None) -> "Token":
        return cls(reading.document.key, block, reading.number, str(uuid.uuid4()), timezone.now().timestamp())

    @classmethod
    def read(cls, sent: str, page: PageState) -> "Token | None":
        """The token that was sent, or None if it is not ours or is another page's."""
        try:
            token = cls(*signing.loads(sent[:TOKEN_LENGTH], salt=SALT))
        except signing.BadSignature:
            return None
        return token if token.page == page.key else None

    def signed(self) -> str:
        return signing.dumps(astuple(self), salt=SALT)

    @property
    def is_too_new(self) -> bool:
        return timezone.now().timestamp() - self.time < SOONEST


@form_view
def suggest(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, beside what it is about; and what becomes of it once it is sent."""
    page = access.public_page(request, slug)
    if request.method == "POST":
        return _post(request, page)
    block = request.GET.get("block") or None
    if block is not None and not is_key(block):
        raise Http404
    reading = _reading(request, page, page.number)
    return _draw(request, page, reading, Token.new(reading, block), SuggestForm())


@form_view
def suggested(request: HttpRequest, slug: str) -> HttpResponse:
    """Thanks, and what happens next."""
    if request.method == "POST":
        return HttpResponseNotAllowed(["GET", "HEAD"])
    context = {"page": access.public_page(request, slug), "section": "controversies"}
    return render(request, "suggest/suggested.html", context)


def _post(request: HttpRequest, page: PageState) -> HttpResponse:
    token = Token.read(request.POST.get("token", ""), page)
    form = SuggestForm(request.POST)
    if token is None:
        asked = request.GET.get("block", "")
        reading = _reading(request, page, page.number)
        token = Token.new(reading, asked if is_key(asked) else None)
        said = _("This form was not complete when it came. What you wrote is still here: send it once more.")
        return _draw(request, page, reading, token, form, said=said, status=HTTPStatus.BAD_REQUEST)
    reading = _reading(request, page, token.number)
    if not access.is_from_here(request):
        said = _(
            "Your browser did not send the cookie that shows that this form is ours, so nothing was sent. Allow "
            "cookies for this site, and send it once more: what you wrote is still here."
        )
        return _draw(request, page, reading, token, form, said=said, status=HTTPStatus.FORBIDDEN)
    if not form.is_valid():
        return _draw(request, page, reading, token, form, status=HTTPStatus.BAD_REQUEST)
    if token.is_too_new:
        said = _("That was too quick for a person, so nothing was sent. If you are one, send it once more.")
        return _draw(request, page, reading, token, form, said=said, status=HTTPStatus.BAD_REQUEST)
    block = token.block if suggestions.part(reading.document, token.block) is not None else None
    words = {name: form.cleaned_data[name] for name in ("wrong", "instead", "source", "credit", "email")}
    try:
        suggestions.suggest(
            reading.document,
            key=token.key,
            block=block,
            number=token.number,
            address=_address(request),
            reader=form.cleaned_data["name"],
            **words,
        )
    except suggestions.TooMany as met:
        response = _draw(
            request,
            page,
            reading,
            token,
            form,
            said=_too_many(everybody=met.everybody),
            status=HTTPStatus.TOO_MANY_REQUESTS,
        )
        response["Retry-After"] = str(RETRY)
        return response
    return HttpResponseRedirect(reverse("suggested", args=[page.slug]))


def _too_many(*, everybody: bool) -> str:
    if everybody:
        return _(
            "Too many suggestions came from all readers together within the last hour, so this one was not taken. "
            "What you wrote is still here: try again in an hour."
        )
    return _(
        "Too many suggestions came from your network address within the last hour, so this one was not taken. "
        "What you wrote is still here: try again in an hour."
    )


def _draw(
    request: HttpRequest,
    page: PageState,
    reading: Reading,
    token: Token,
    form: SuggestForm,
    *,
    said: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    document = reading.document
    found = suggestions.part(document, token.block)
    if form.is_bound:
        problems = form.problems()
        form.without_trap()
    else:
        problems = []
    context = {
        "page": page,
        "section": "controversies",
        "about": suggestions.name(document, token.block if found is not None else None),
        "gone": found is None,
        "whole": token.block is None or found is None,
        "head": document.head,
        "piece": Drawing(reading, page.slug, {}, alone=True).block(found or document.head),
        "form": form,
        "token": token.signed(),
        "part": token.block,  # “block” is the template’s own in a {% block %}
        "said": said,
        "problems": problems,
        "today": reading.number == page.number,
        "reading": reading,
    }
    return render(request, "suggest/suggest.html", context, status=status)


def _reading(request: HttpRequest, page: PageState, number: int) -> Reading:
    return access.may_read(request, history.at(page.key, number))


def _address(request: HttpRequest) -> str:
    """Where the request comes from. A proxy that we trust adds who asked it at the end of what it was told."""
    if settings.TRUST_PROXY:
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if told:
            return told
    return str(request.META.get("REMOTE_ADDR", ""))
