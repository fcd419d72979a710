"""The public page of a document that is not saved."""

import os
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from controversies import history
from controversies.admin.edit.page_form import FormProblem
from controversies.document import canonical, compare
from controversies.document.types import Document
from controversies.history.public import is_origin_unknown
from controversies.kit.accounts import signed_in
from controversies.pages import diff
from controversies.pages.access import PageState
from controversies.pages.draw import Drawing  # a preview is the public page, so its code must draw it

TEMPLATES = "admin/controversies/controversy"


def preview(request: HttpRequest, document: Document, number: int, today: Document | None) -> HttpResponse:
    """Draw the document as its page would be if it were revision `number`, after the changes from today's page.

    Nothing is written.
    """
    view = diff.diff_view(compare.compare(today, document))
    digests = canonical.digests(document)
    token = os.urandom(32)  # no recorded revision has this digest, so nothing is ever mistaken for this one
    now = timezone.now()
    reading = history.Reading(
        history.Entry(
            controversy=document.key,
            number=number,
            time=now,
            author=request.user.pk,
            author_name=history.public_name(signed_in(request)),
            summary="",
            document=canonical.combine(digests.items()),
            digest=token,
            classes=(),
            changes=[],
            added=0,
            removed=0,
        ),
        document,
        {key: history.read.StoredBlock(number, digest, b"", None, None) for key, digest in digests.items()},
    )
    head = document.head
    page = PageState(
        document.key, head.slug, head.title, head.publication, number, token, now, follows_public=False
    )
    return _render(
        request,
        {
            "page": page,
            "section": "controversies",
            "head": head,
            "diff": view,
            "is_origin_unknown": is_origin_unknown(
                document, imported=document.key in history.read.imported_keys([document.key])
            ),
            "prefix": "would-",
            "is_new": today is None,
            "refs": (drawing := Drawing(reading, head.slug, {})).refs,
            **drawing.pieces(),
        },
    )


def preview_problems(request: HttpRequest, problems: list[FormProblem]) -> HttpResponse:
    """Draw the errors that must be corrected before there is a page to show."""
    return _render(request, {"problems": problems})


def _render(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    response = render(request, f"{TEMPLATES}/preview.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
