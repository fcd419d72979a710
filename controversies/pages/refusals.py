"""Answers in place of what cannot be had (404, 405, 410), of the type that was asked for.

A page says it in the site's dress, a frame of another site in the dress of frames. Programs that asked for JSON, Atom
or BibTeX get a body that their parsers take; for any other file it is one line of text.
"""

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import PurePosixPath

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .framing import FOLDER, allow_frames

_WORDS: dict[int, tuple[Promise, Promise]] = {
    404: (_("Page not found"), _("Check the address for mistakes. The page may not be public.")),
    405: (_("This address can only be read"), _("Nothing was changed.")),
    410: (
        _("This page was withdrawn"),
        _("It was public once, but the editors have taken it off the site. Its history is kept."),
    ),
}
# A frame of another site is looked at by people who have typed no address.
_IN_FRAMES = _WORDS | {
    404: (_("No longer shown"), _("This page is not public, or this part of it was removed.")),
}


def refuse(request: HttpRequest, status: int) -> HttpResponse:
    """Return the answer of this status, which is a key of `_WORDS`."""
    if FOLDER in request.path:
        title, sentence = _IN_FRAMES[status]
        html = render_to_string("embed/refusal.html", {"title": title, "sentence": sentence})
        return allow_frames(HttpResponse(html, status=status))
    suffix = PurePosixPath(request.path).suffix
    if suffix in _FORMS:
        content_type, write = _FORMS[suffix]
        return HttpResponse(write(request, status), status=status, content_type=content_type)
    return HttpResponse(render_to_string(f"{status}.html", {}, request), status=status)


def refuse_method(request: HttpRequest, allowed: Iterable[str]) -> HttpResponse:
    """Return the answer to a method that an address does not have."""
    response = refuse(request, HTTPStatus.METHOD_NOT_ALLOWED)
    response["Allow"] = ", ".join(allowed)
    return response


def problem(status: int, detail: str) -> HttpResponse:
    """Return an error for a program that asked for JSON. It is the program's, so that no log has it as the site's."""
    response = HttpResponse(_problem_text(status, detail), status=status, content_type=_PROBLEM)
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
    return response


def _problem_text(status: int, detail: str) -> str:
    """Return a problem of RFC 9457, of no type of its own."""
    fields = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
    }
    return json.dumps(fields, ensure_ascii=False, indent=1) + "\n"


def _problem(_request: HttpRequest, status: int) -> str:
    return _problem_text(status, str(_WORDS[status][1]))


def _atom(request: HttpRequest, status: int) -> str:
    """Return a feed without entries that says it in its title."""
    title, sentence = _WORDS[status]
    address = escape(request.build_absolute_uri(request.path))
    time = timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
        f' xml:lang="{get_language()}">'
        f"<title>{escape(title)}</title><subtitle>{escape(sentence)}</subtitle><id>{address}</id>"
        f'<link rel="self" href="{address}"/><updated>{time}</updated></feed>\n'
    )


def _bibtex(_request: HttpRequest, status: int) -> str:
    """Return a file without entries: what stands between them is a comment."""
    return f"% {_line(status)}"


def _text(_request: HttpRequest, status: int) -> str:
    return _line(status)


def _line(status: int) -> str:
    title, sentence = _WORDS[status]
    return f"{title}. {sentence}\n"


_PROBLEM = "application/problem+json"
_PLAIN = ("text/plain; charset=utf-8", _text)
_FORMS: dict[str, tuple[str, Callable[[HttpRequest, int], str]]] = {
    ".json": (_PROBLEM, _problem),
    ".atom": ("application/atom+xml; charset=utf-8", _atom),
    ".bib": ("application/x-bibtex; charset=utf-8", _bibtex),
    **dict.fromkeys((".ris", ".csv", ".png", ".svg", ".ics", ".ico", ".gz", ".txt", ".tlog-proof"), _PLAIN),
}
