"""Errors, as RFC 9457 has them: application/problem+json."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controversies.kit.request_ids import current_request_id

from .parameters import ParameterFault
from .schemas import TEXT, array
from .shape import Fields, Shape

MEDIA_TYPE = "application/problem+json"
# By status: the name that its type ends in, its title, and a sentence for when nothing more is known.
KINDS: dict[int, tuple[str, Promise, Promise]] = {
    400: (
        "unreadable",
        _("The request is not valid"),
        _("Something in the address does not match the description; `faults` says what."),
    ),
    403: (
        "forbidden",
        _("This is not allowed"),
        _("Nothing was changed. Use GET or HEAD, and no session of the desk."),
    ),
    404: (
        "unknown",
        _("Not found"),
        _("There is no such thing, or it is not public."),
    ),
    405: (
        "read-only",
        _("This can only be read"),
        _("Use GET or HEAD: nothing can be changed here."),
    ),
    409: (
        "stale-cursor",
        _("The cursor is out of date"),
        _(
            "This record has no such place. Start again without a cursor, and remove whatever does not appear then."
        ),
    ),
    410: (
        "withdrawn",
        _("This has been withdrawn"),
        _("It was public once. If you keep a copy, remove it."),
    ),
    500: (
        "failure",
        _("Something went wrong here"),
        _("It is not your fault, and it has been logged. Try again later."),
    ),
    503: (
        "underway",
        _("Not ready yet"),
        _("This is still being worked out. Try again after the seconds that `Retry-After` says."),
    ),
}
_REPORTED = {403, 500, 503}  # statuses whose cause is in the site's log under the request's id


@dataclass(frozen=True)
class ProblemDetails:
    """The content of an error: its status, and what is known of it besides."""

    status: int
    detail: str = ""
    faults: tuple[ParameterFault, ...] = ()

    @property
    def sentence(self) -> str:
        if self.faults:
            return " ".join(f"{fault.parameter}: {fault.detail}" for fault in self.faults)
        return self.detail or str(KINDS[self.status][2])


FAULT = Shape[ParameterFault](
    "",
    "",
    {"parameter": (TEXT, lambda fault: fault.parameter), "detail": (TEXT, lambda fault: fault.detail)},
)
PROBLEM = Shape[ProblemDetails](
    "Problem",
    "An error, as RFC 9457 has it.",
    {
        "type": (
            {"type": "string", "format": "uri-reference"},
            lambda each: f"{reverse('api')}#problem-{KINDS[each.status][0]}",
        ),
        "title": (TEXT, lambda each: str(KINDS[each.status][1])),
        "status": ({"type": "integer"}, lambda each: each.status),
        "detail": (TEXT, lambda each: each.sentence),
    },
    Fields(
        {
            "faults": array(FAULT.schema, "The faults of parameters."),
            "request_id": {**TEXT, "description": "The id to give when you report this error."},
        },
        lambda each: {
            **({"faults": [FAULT.values(fault) for fault in each.faults]} if each.faults else {}),
            **({"request_id": current_request_id()} if each.status in _REPORTED else {}),
        },
        optional=("faults", "request_id"),
    ),
)


def problem(status: int, detail: str = "", *, faults: Iterable[ParameterFault] = ()) -> HttpResponse:
    """The response for an error."""
    values = PROBLEM.values(ProblemDetails(status, detail, tuple(faults)))
    text = json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    return HttpResponse(text, status=status, content_type=MEDIA_TYPE)
