"""The page to read about the API and to try it at: a form for each address, drawn from what it declares.

It needs no script: the form comes back to this page, which asks the address itself and shows what it answered.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import quote

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from controversies import history
from controversies.models import Controversy
from controversies.pages.access import public_view

from .endpoint import VERSION, Endpoint, address
from .endpoints import ENDPOINTS
from .parameters import Choice, Flag, Number, Parameter
from .problems import KINDS

SHOWN = 20_000  # characters of an answer
_ENVIRONMENT = (
    "HTTP_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "wsgi.url_scheme",
)
_TELLING = ("Content-Type", "Content-Location", "ETag", "Last-Modified", "Link", "Cache-Control")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of a form: what is offered, and what was chosen."""

    parameter: Parameter
    type: str
    value: str
    options: tuple[str, ...] = ()
    required: bool = False

    @property
    def about(self) -> SafeString:
        return _marked(self.parameter.about)


@dataclass(frozen=True, slots=True)
class Answered:
    """What an address answered."""

    url: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: str
    cut: bool


@dataclass(frozen=True, slots=True)
class Form:
    """An address with its form, and what it answered, if it was asked."""

    endpoint: Endpoint
    fields: tuple[Field, ...]
    answered: Answered | None

    @property
    def template(self) -> str:
        return VERSION + self.endpoint.path

    @property
    def about(self) -> SafeString:
        return _marked(self.endpoint.about)


@public_view
def page(request: HttpRequest) -> HttpResponse:
    """All addresses; the one that was tried, with its answer."""
    asked = request.GET
    examples = _examples()
    forms = [_form(request, each, asked, examples) for each in ENDPOINTS]
    tried = next((form for form in forms if form.answered), None)
    context = {
        "section": "api",
        "groups": [
            (name, list(group)) for name, group in groupby(forms, key=lambda form: form.endpoint.group)
        ],
        "tried": tried,
        "plain": not asked,
        "base": address(request, VERSION),
        "kinds": [(status, name, title, _marked(words)) for status, (name, title, words) in KINDS.items()],
    }
    return render(request, "api/api.html", context)


def _form(request: HttpRequest, endpoint: Endpoint, asked: QueryDict, examples: dict[str, str]) -> Form:
    is_tried = asked.get("try") == endpoint.name
    given = {each.name: asked.get(each.name, "").strip() for each in endpoint.parameters} if is_tried else {}
    shown = given or {name: examples.get(_whose(endpoint, name), "") for name in endpoint.in_path}
    return Form(
        endpoint,
        tuple(_field(each, endpoint, shown.get(each.name, "")) for each in endpoint.parameters),
        _ask(request, endpoint, given) if is_tried else None,
    )


def _whose(endpoint: Endpoint, name: str) -> str:
    """What an example is of: "controversies slug" of the parameter `slug` below /controversies."""
    return f"{endpoint.path.split('/')[1]} {name}"


def _field(parameter: Parameter, endpoint: Endpoint, value: str) -> Field:
    required = parameter.name in endpoint.in_path
    if isinstance(parameter, Choice):
        return Field(parameter, "select", value, tuple(parameter.choices.values), required)
    if isinstance(parameter, Flag):
        return Field(parameter, "select", value, ("true",), required)
    return Field(parameter, "number" if isinstance(parameter, Number) else "text", value, required=required)


def _examples() -> dict[str, str]:
    """Something to begin with, of a page that readers see; two queries."""
    first = Controversy.objects.public().order_by("slug").values_list("pk", flat=True).first()
    reading = history.head(str(first)) if first else None
    if reading is None:
        return {}
    document, number = reading.document, reading.number
    found = {
        "controversies slug": document.head.slug,
        "controversies number": str(number),
        "controversies a": "0",
        "controversies b": str(number),
        "topics slug": document.head.topic.slug,
    }
    for name, blocks in (("backers", document.backers), ("sources", document.sources)):
        if blocks:
            found[f"{name} slug"] = blocks[0].slug
    return found


def _ask(request: HttpRequest, endpoint: Endpoint, given: dict[str, str]) -> Answered:
    """What the address answers, asked as anybody would."""
    path = {name: given[name] for name in endpoint.in_path}
    query = QueryDict(mutable=True)
    for name, value in given.items():
        if value and name not in path:
            query[name] = value
    where = VERSION + re.sub(r"\{([a-z]+)\}", lambda found: quote(path[found[1]], safe=""), endpoint.path)
    asked = WSGIRequest(
        {
            **{name: request.META[name] for name in _ENVIRONMENT if name in request.META},
            "REQUEST_METHOD": "GET",
            "PATH_INFO": where,
            "QUERY_STRING": query.urlencode(),
            "wsgi.input": io.BytesIO(),
        }
    )
    response = endpoint(asked, **path)
    body = response.content.decode()
    return Answered(
        address(request, where) + (f"?{query.urlencode()}" if query else ""),
        response.status_code,
        response.reason_phrase,
        tuple(_told(response)),
        body[:SHOWN],
        len(body) > SHOWN,
    )


def _told(response: Any) -> Iterator[tuple[str, str]]:
    for name in _TELLING:
        if name in response:
            yield name, response[name]


def _marked(text: Promise | str) -> SafeString:
    """The text with `names` as code, which descriptions have as Markdown does."""
    parts = re.split("`([^`]+)`", str(text))
    return format_html_join("", "{}", ((_code(part) if i % 2 else part,) for i, part in enumerate(parts)))


def _code(name: str) -> SafeString:
    return format_html("<code>{}</code>", name)
