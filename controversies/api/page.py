"""The page to read about the API and to try it at: a form for each address, drawn from what it declares.

It needs no script: the form comes back to this page, which calls the address itself and shows the response.
"""

import io
import re
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from controversies import history
from controversies.models import Controversy
from controversies.pages import versions
from controversies.pages.access import public_view

from .addresses import VERSION, address
from .endpoint import Endpoint
from .endpoints import ENDPOINTS
from .parameters import Choice, Flag, Number, Parameter
from .problems import KINDS

SHOWN = 20_000  # characters of an answer
_READS = {"try", *(each.name for endpoint in ENDPOINTS for each in endpoint.parameters)}  # parameters
_ENVIRONMENT = (
    "HTTP_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "wsgi.url_scheme",
)
_SHOWN_HEADERS = ("Content-Type", "Content-Location", "ETag", "Last-Modified", "Link", "Cache-Control")


@dataclass(frozen=True, slots=True)
class FormParameter:
    """A parameter of a form, its options and its value."""

    parameter: Parameter
    type: str
    value: str
    options: tuple[str, ...] = ()
    required: bool = False

    @property
    def description(self) -> SafeString:
        return _with_code(self.parameter.about)


@dataclass(frozen=True, slots=True)
class ShownResponse:
    """The response of an address, as the page shows it."""

    url: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: str
    cut: bool


@dataclass(frozen=True, slots=True)
class EndpointForm:
    """An address with its form, and its response, if it was tried."""

    endpoint: Endpoint
    fields: tuple[FormParameter, ...]
    response: ShownResponse | None

    @property
    def template(self) -> str:
        return VERSION + self.endpoint.path

    @property
    def description(self) -> SafeString:
        return _with_code(self.endpoint.about)


@public_view(reads=_READS, versions=versions.of_corpus)
def page(request: HttpRequest) -> HttpResponse:
    """Show all addresses, and the one that was tried with its response."""
    examples = _examples()
    forms = [_form(request, each, examples) for each in ENDPOINTS]
    tried = next((form for form in forms if form.response), None)
    context = {
        "section": "api",
        "groups": [
            (name, list(group)) for name, group in groupby(forms, key=lambda form: form.endpoint.group)
        ],
        "tried": tried,
        "plain": not request.GET,
        "base": address(request, VERSION),
        "kinds": [(status, name, title, _with_code(words)) for status, (name, title, words) in KINDS.items()],
    }
    return render(request, "api/api.html", context)


def _form(request: HttpRequest, endpoint: Endpoint, examples: dict[str, str]) -> EndpointForm:
    query = request.GET
    is_tried = query.get("try") == endpoint.name
    values = {each.name: query.get(each.name, "").strip() for each in endpoint.parameters} if is_tried else {}
    shown = values or {name: examples.get(_example_name(endpoint, name), "") for name in endpoint.in_path}
    return EndpointForm(
        endpoint,
        tuple(_form_parameter(each, endpoint, shown.get(each.name, "")) for each in endpoint.parameters),
        _call(request, endpoint, values) if is_tried else None,
    )


def _example_name(endpoint: Endpoint, name: str) -> str:
    """The name of an example: "controversies slug" for the parameter `slug` below /controversies."""
    return f"{endpoint.path.split('/')[1]} {name}"


def _form_parameter(parameter: Parameter, endpoint: Endpoint, value: str) -> FormParameter:
    required = parameter.name in endpoint.in_path
    if isinstance(parameter, Choice):
        return FormParameter(parameter, "select", value, tuple(parameter.choices.values), required)
    if isinstance(parameter, Flag):
        return FormParameter(parameter, "select", value, ("true",), required)
    kind = "number" if isinstance(parameter, Number) else "text"
    return FormParameter(parameter, kind, value, required=required)


def _examples() -> dict[str, str]:
    """Values to start with, from a public page; two queries."""
    first = Controversy.objects.public().order_by("slug").values_list("pk", flat=True).first()
    reading = history.head(str(first)) if first else None
    if reading is None:
        return {}
    document, number = reading.document, reading.number
    examples = {
        "controversies slug": document.head.slug,
        "controversies number": str(number),
        "controversies a": "0",
        "controversies b": str(number),
        "topics slug": document.head.topic.slug,
    }
    for name, blocks in (("backers", document.backers), ("sources", document.sources)):
        if blocks:
            examples[f"{name} slug"] = blocks[0].slug
    return examples


def _call(request: HttpRequest, endpoint: Endpoint, values: dict[str, str]) -> ShownResponse:
    """Call the address as any client would."""
    path = {name: values[name] for name in endpoint.in_path}
    query = QueryDict(mutable=True)
    for name, value in values.items():
        if value and name not in path:
            query[name] = value
    where = VERSION + re.sub(r"\{([a-z]+)\}", lambda match: quote(path[match[1]], safe=""), endpoint.path)
    inner = WSGIRequest(
        {
            **{name: request.META[name] for name in _ENVIRONMENT if name in request.META},
            "REQUEST_METHOD": "GET",
            "PATH_INFO": where,
            "QUERY_STRING": query.urlencode(),
            "wsgi.input": io.BytesIO(),
        }
    )
    response = endpoint(inner, **path)
    body = response.content.decode()
    return ShownResponse(
        address(request, where) + (f"?{query.urlencode()}" if query else ""),
        response.status_code,
        response.reason_phrase,
        tuple((name, response[name]) for name in _SHOWN_HEADERS if name in response),
        body[:SHOWN],
        len(body) > SHOWN,
    )


def _with_code(text: Promise | str) -> SafeString:
    """The text with `names` as code, which descriptions have as Markdown does."""
    parts = re.split("`([^`]+)`", str(text))
    return format_html_join("", "{}", ((_code(part) if i % 2 else part,) for i, part in enumerate(parts)))


def _code(name: str) -> SafeString:
    return format_html("<code>{}</code>", name)
