"""Errors, as RFC 9457 has them: application/problem+json."""

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .parameters import Fault

MEDIA_TYPE = "application/problem+json"
# By status: the name that its type ends in, its title, and what to say where nothing more is known.
KINDS: dict[int, tuple[str, Promise, Promise]] = {
    400: (
        "unreadable",
        _("The request cannot be made sense of"),
        _("Something in the address is not as the description has it; `faults` says what."),
    ),
    404: (
        "unknown",
        _("There is nothing here"),
        _("There is no such thing, or readers do not see it."),
    ),
    405: (
        "read-only",
        _("This can only be read"),
        _("Use GET or HEAD: nothing can be changed here."),
    ),
    409: (
        "stale-cursor",
        _("The cursor is of no use any longer"),
        _("This record has no such place. Begin again without a cursor, and drop what is not told then."),
    ),
    410: (
        "withdrawn",
        _("This has been withdrawn"),
        _("It was public once. Whoever keeps a copy removes it."),
    ),
    500: (
        "failure",
        _("Something went wrong here"),
        _("It is not your fault, and it has been noted. Try again later."),
    ),
}


def problem(status: int, detail: str = "", *, faults: Iterable[Fault] = ()) -> HttpResponse:
    """The answer that says what is wrong."""
    kind, title, words = KINDS[status]
    data: dict[str, Any] = {
        "type": f"{reverse('api')}#problem-{kind}",
        "title": str(title),
        "status": status,
        "detail": detail or str(words),
    }
    found = [{"parameter": fault.parameter, "detail": fault.detail} for fault in faults]
    if found:
        data["detail"] = " ".join(f"{each['parameter']}: {each['detail']}" for each in found)
        data["faults"] = found
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    return HttpResponse(text, status=status, content_type=MEDIA_TYPE)
