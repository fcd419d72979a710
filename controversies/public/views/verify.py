"""Pages on the record: the state of the public log, the programs that check it, and the chapters on it."""

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from controversies.history.transparency.public_log import PublicLog, public_log, signed_place
from controversies.kit.keys import revision_number
from controversies.pages import access, cache, markdown, metadata, versions
from controversies.pages.access import public_view
from controversies.pages.policy import RELEASE

FOLDER = Path(settings.BASE_DIR) / "controversies" / "history" / "transparency"
VERIFIER, WITNESS = "crux_verify.py", "crux_witness.py"
_TITLE = re.compile(r"# .*\n\n(?:.+\n)+")  # of a chapter, with its first paragraph: the page has its own
_LINKS = re.compile(r"\[([^\]]*)\]\((?!https?:)[^)]*\)")  # to files, which the site does not have


class Program(NamedTuple):
    """A file that strangers run: its bytes, and their SHA-256 in hexadecimal."""

    content: bytes
    digest: str


@lru_cache
def program(name: str) -> Program:
    """Return a program; it changes with a release only."""
    content = (FOLDER / name).read_bytes()
    return Program(content, hashlib.sha256(content).hexdigest())


@public_view(reads=("page", "revision"), versions=versions.of_corpus)
def verify(request: HttpRequest) -> HttpResponse:
    """Show the state of the log, and how to check a page: of the one that the query names, with its files."""
    log = public_log()
    page, number = _wanted_page(request)
    digests = (log.version if log else b"", page.version if page else b"", str(number).encode())

    def draw() -> str:
        return render_to_string("verify/verify.html", _context(request, log, page, number), request)

    return cache.respond(request, "verify", digests, draw)


def _wanted_page(request: HttpRequest) -> tuple[access.PageState | None, int]:
    """Return the page and revision that the query names, None and 0 where it names none that readers see."""
    slug, number = request.GET.get("page", ""), revision_number(request.GET.get("revision", ""))
    if not slug or not number:
        return None, 0
    try:
        page = access.public_page(request, slug)
    except (Http404, access.PageWithdrawn):
        return None, 0
    return (page, number) if number <= page.number else (None, 0)


def _context(
    request: HttpRequest, log: PublicLog | None, page: access.PageState | None, number: int
) -> dict[str, Any]:
    origin = cache.origin(request)
    return {
        "section": "about",
        "origin": origin,
        "facts": {"breadcrumb": metadata.crumbs(origin, (_("Check the record"), reverse("verify")))},
        "log": log,
        "page": page,
        "number": number,
        "is_covered": page and signed_place(page.key, number),
        "verifier": VERIFIER,
        "verifier_digest": program(VERIFIER).digest,
        "witness": WITNESS,
        "witness_digest": program(WITNESS).digest,
    }


@public_view(reads=(), versions=versions.of_corpus)
def verify_json(request: HttpRequest) -> HttpResponse:
    """Return the state of the log as JSON."""
    log = public_log()
    digests = (log.version if log else b"",)
    return cache.respond(request, "verify_json", digests, lambda: _json(request, log), cache.JSON)


def _json(request: HttpRequest, log: PublicLog | None) -> str:
    origin = cache.origin(request)
    values: dict[str, Any] = {"log": None, "checkpoint": None}
    if log is not None and log.origin:
        values["log"] = {
            "origin": log.origin,
            "vkey": log.vkey,
            "policy": origin + reverse("verify_policy"),
            "entries": log.entries,
            "unsigned": log.unsigned,
        }
    if log is not None and log.is_signed and log.time is not None:
        values["checkpoint"] = {
            "size": log.size,
            "root": log.root_text,
            "time": log.time.isoformat(),
            "witnessed": log.is_witnessed,
            "witnesses": [{"name": each.name, "time": each.time.isoformat()} for each in log.confirmations],
            "note": origin + reverse("log_checkpoint"),
        }
    values["programs"] = {
        name: {"url": origin + reverse(route), "sha256": program(name).digest}
        for name, route in ((VERIFIER, "verifier"), (WITNESS, "witness"))
    }
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


@public_view(reads=(), versions=versions.of_corpus)
def verify_policy(request: HttpRequest) -> HttpResponse:
    """Return the site's own policy, as c2sp.org/tlog-policy writes it."""
    log = public_log()
    text = "text/plain; charset=utf-8"
    if log is None or not log.origin:
        return HttpResponse(_("This site’s log has no key yet, so there is no policy.") + "\n", text, 404)
    return cache.respond(request, "verify_policy", (log.version,), lambda: log.readers_policy, text)


@public_view(reads=(), versions=versions.of_release, subject=RELEASE)
def program_file(request: HttpRequest, name: str) -> HttpResponse:
    """Return a program to download; its ETag is its digest."""
    file = program(name)
    response = HttpResponse(file.content, content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["ETag"] = f'"{file.digest}"'
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


@public_view(reads=(), versions=versions.of_release, subject=RELEASE)
def formats(request: HttpRequest) -> HttpResponse:
    """Show the chapter for auditors."""
    origin = cache.origin(request)
    steps = [(_("Check the record"), reverse("verify")), (_("Formats"), reverse("verify_formats"))]
    context = {
        "section": "about",
        "chapter": chapter(),
        "facts": {"breadcrumb": metadata.crumbs(origin, *steps)},
    }
    return render(request, "verify/formats.html", context)


@lru_cache
def chapter() -> str:
    """Return the chapter for auditors as HTML: the one beside the code."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    return markdown.render(_LINKS.sub(r"\1", _TITLE.sub("", text, count=1)), under=0)


@public_view(reads=(), versions=versions.of_release, subject=RELEASE)
def record(request: HttpRequest) -> HttpResponse:
    """Show the chapter for readers: how this site keeps its record."""
    origin = cache.origin(request)
    steps = [
        (_("About this site"), reverse("about")),
        (_("How this site keeps its record"), reverse("record")),
    ]
    return render(
        request,
        "verify/record.html",
        {"section": "about", "facts": {"breadcrumb": metadata.crumbs(origin, *steps)}},
    )
