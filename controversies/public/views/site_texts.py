"""The texts about the site: their versions, each version as it was, and what changed between two."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.kit.keys import revision_number
from controversies.kit.keyset import make_page
from controversies.models import SiteText, SiteTextName
from controversies.pages import cache, metadata
from controversies.pages.access import public_view
from controversies.pages.diff.contents import prose_piece
from controversies.pages.policy import RELEASE
from controversies.public.views.about_page import about_versions
from controversies.workflow import site_texts

PAGE = 50  # versions


@public_view(reads=("before",), versions=about_versions, subject=RELEASE)
def text_history(request: HttpRequest, name: str) -> HttpResponse:
    """List the versions of a text, newest first."""
    text = _name(name)
    before = revision_number(request.GET.get("before"))
    rows = site_texts.versions(text, before=before, limit=PAGE + 1)
    listed = make_page(rows, PAGE, is_first=before is None)
    context = _context(request, text, _("All versions")) | {
        "versions": listed.rows,
        "next": listed.next.number if listed.next else 0,
        "is_first": before is None,
    }
    return render(request, "about/text-history.html", context)


@public_view(reads=(), versions=about_versions, subject=RELEASE)
def text_version(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Show one version of a text as it was."""
    text = _name(name)
    version = _version(text, number)
    following = site_texts.version(text, number + 1)
    context = _context(request, text, _("Version %(number)d") % {"number": number}) | {
        "version": version,
        "is_newest": following is None,
        "before": number - 1,
        "after": number + 1 if following else 0,
    }
    return render(request, "about/text-version.html", context)


@public_view(reads=(), versions=about_versions, subject=RELEASE)
def text_compare(request: HttpRequest, name: str, a: int, b: int) -> HttpResponse:
    """Show what changed from version `a` of a text (0: nothing) to version `b`."""
    text = _name(name)
    if a >= b:
        raise Http404
    old = _version(text, a) if a else None
    new = _version(text, b)
    context = _context(request, text, _("Versions compared")) | {
        "old": old,
        "new": new,
        "piece": prose_piece(old.body if old else "", new.body),
        "is_same": (old.body if old else "") == new.body,
    }
    return render(request, "about/text-compare.html", context)


def _name(name: str) -> SiteTextName:
    if name not in SiteTextName.values:
        raise Http404
    return SiteTextName(name)


def _version(text: SiteTextName, number: int) -> SiteText:
    version = site_texts.version(text, number)
    if version is None:
        raise Http404
    return version


def _context(request: HttpRequest, text: SiteTextName, title: str) -> dict[str, Any]:
    origin = cache.origin(request)
    steps = ((_("About this site"), reverse("about")), (str(text.label), reverse("site_text", args=[text])))
    return {
        "section": "about",
        "origin": origin,
        "facts": {"breadcrumb": metadata.crumbs(origin, *steps, (title, request.path))},
        "text": text,
        "title": title,
    }
