"""What is answered where no view gets to answer: to programs as problem+json, to people as pages."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from controversies.api.problems import problem
from controversies.public import access

_API = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(400) if request.path.startswith(_API) else defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(404) if request.path.startswith(_API) else access.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return problem(500) if request.path.startswith(_API) else defaults.server_error(request)
