"""The pages “About this site”, with its operator's texts and the vocabulary, and “How we check sources”."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies import checks
from controversies.history import authors as record
from controversies.history.log_lines import fetch
from controversies.models import (
    BackerKind,
    ChangeClass,
    Confidence,
    EvidenceStrength,
    PointKind,
    Polarity,
    Relation,
    SiteText,
    SiteTextName,
    Status,
)
from controversies.pages import cache, metadata, versions
from controversies.pages.access import public_view
from controversies.pages.policy import RELEASE, Versions
from controversies.pages.site_text_defaults import DEFAULTS
from controversies.workflow import site_texts


@dataclass(frozen=True, slots=True)
class ShownText:
    """A text about the site: its newest version or, while the operator has written none, the words that there are."""

    name: SiteTextName
    body: str
    version: SiteText | None
    is_default: bool


# What the pages show besides: all versions of the texts, and the editors who are named.
_SHOWN = """
    SELECT (
        SELECT md5(string_agg(md5(to_jsonb(t)::text), '' ORDER BY t.name, t.number)) FROM controversies_sitetext t
    ), (
        SELECT md5(string_agg(concat_ws(' ', u.id, u.first_name, u.last_name, u.is_active, u.is_staff, u.is_superuser, (
            SELECT string_agg(g.group_id::text, ' ' ORDER BY g.group_id) FROM auth_user_groups g WHERE g.user_id = u.id
        )), ',' ORDER BY u.id))
        FROM controversies_editorlisting l JOIN auth_user u ON u.id = l.user_id
    )
"""


def about_versions(request: HttpRequest, **_arguments: object) -> Versions:
    """Return the versions of what “About” and the texts' own pages show; two queries at most."""
    [shown] = fetch(_SHOWN, {})
    return (versions.corpus(request), repr(shown).encode())


@public_view(reads=(), versions=about_versions, subject=RELEASE)
def about_page(request: HttpRequest) -> HttpResponse:
    origin = cache.origin(request)
    names = site_texts.listed_editors()
    authors = record.of_public_revisions(names)
    return render(
        request,
        "about.html",
        {
            "section": "about",
            "facts": {"breadcrumb": metadata.crumbs(origin, (_("About this site"), request.path))},
            "texts": _shown_texts(),
            "editors": [(name, name in authors) for name in names],
            "confidences": list(Confidence),
            "strengths": list(EvidenceStrength),
            "statuses": list(Status),
            "polarities": list(Polarity),
            "points": list(PointKind),
            "backers": list(BackerKind),
            "relations": list(Relation),
            "classes": list(ChangeClass),
        },
    )


def _shown_texts() -> list[ShownText]:
    """The texts in the order in which they are read; one query."""
    newest = site_texts.newest_versions()
    shown = []
    for name in SiteTextName:
        version = newest.get(name)
        body = version.body if version else ""
        shown.append(ShownText(name, body or str(DEFAULTS[name]), version, is_default=not body))
    return shown


@public_view(reads=(), versions=versions.of_release, subject=RELEASE)
def checks_page(request: HttpRequest) -> HttpResponse:
    """Tell readers how sources are checked, and people whose site is visited who asks."""
    origin, title = cache.origin(request), _("How we check sources")
    steps = ((_("About this site"), reverse("about")), (title, request.path))
    return render(
        request,
        "about/checks.html",
        {
            "section": "about",
            "facts": {"breadcrumb": metadata.crumbs(origin, *steps)},
            "is_on": checks.is_on(),
        },
    )
