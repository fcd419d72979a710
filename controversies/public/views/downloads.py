"""Everything to download: the page that lists the files, the files, and the description of the tables for programs."""

import json
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from controversies.interchange.downloads import files
from controversies.interchange.downloads.files import KeptFile
from controversies.interchange.downloads.tables import TABLES, Table, csvw
from controversies.pages import cache, metadata, versions
from controversies.pages.access import public_view
from controversies.pages.policy import RELEASE, Versions

ACCEL = "/-/downloads/"  # at the proxy: where it finds `DOWNLOADS_DIR` (config/deploy/nginx.conf)
_TYPES = {".gz": "application/gzip", ".csv": "text/csv; charset=utf-8; header=present"}


class Offer(NamedTuple):
    """A file that is offered: the table that it has, None for the corpus, and the file, None while it is made."""

    name: str
    table: Table | None
    file: KeptFile | None


def _of_files(request: HttpRequest, **_arguments: object) -> Versions:
    """Return the version of the files that are offered now."""
    manifest = files.current_set()
    return (repr(manifest).encode(),)


@public_view(reads=(), versions=_of_files, is_for_all=True)
def downloads(request: HttpRequest) -> HttpResponse:
    """List the files with everything public, and say what each has."""
    manifest, origin = files.current_set(), cache.origin(request)
    kept = manifest.files if manifest else {}
    tables = {table.file_name: table for table in TABLES}
    context = {
        "section": "about",
        "origin": origin,
        "facts": {
            "breadcrumb": metadata.crumbs(origin, (_("Download everything"), reverse("downloads"))),
            "mainEntity": _dataset(origin, manifest),
        },
        "manifest": manifest,
        "offers": [Offer(name, tables.get(name), kept.get(name)) for name in files.NAMES],
    }
    return render(request, "downloads/downloads.html", context)


@public_view(reads=(), subject=RELEASE, is_for_all=True)
def download(request: HttpRequest, name: str) -> HttpResponse:
    """Return a file as it was made, or 404 while there is none; a proxy that can sends it by itself.

    Shared caches do not keep it: it may have to go at any time.
    """
    manifest = files.current_set()
    file = manifest.files.get(name) if manifest else None
    if manifest is None or file is None:
        raise Http404
    path = manifest.path(name)
    response = _send(request, path, file)
    response["Cache-Control"] = "no-cache"
    return response


def _send(request: HttpRequest, path: Path, file: KeptFile) -> HttpResponse:
    etag = f'"{file.sha256[:32]}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    headers = {
        "Content-Type": _TYPES[path.suffix],
        "Content-Disposition": content_disposition_header(True, path.name) or "",
        "ETag": etag,
    }
    if settings.DOWNLOADS_BY_PROXY:
        return HttpResponse(headers={**headers, "X-Accel-Redirect": f"{ACCEL}{path.parent.name}/{path.name}"})
    try:
        response = FileResponse(path.open("rb"))
    except FileNotFoundError:  # another set has taken its place just now
        raise Http404 from None
    for header, value in headers.items():
        response[header] = value  # in place of what it has guessed from the name
    return response  # type: ignore[return-value]  # it has all that an answer needs


@public_view(reads=(), versions=versions.of_release, subject=RELEASE, is_for_all=True)
def csv_metadata(request: HttpRequest) -> HttpResponse:
    """Return the description of the tables (CSV on the Web), at the address where programs look for it."""
    text = json.dumps(csvw(), ensure_ascii=False, indent=1) + "\n"
    return HttpResponse(text, content_type="application/csvm+json")


def _dataset(origin: str, manifest: files.Manifest | None) -> dict[str, object]:
    """Return the files as schema.org's Dataset."""
    address = reverse("downloads")
    facts: dict[str, object] = {
        "@type": "Dataset",
        "@id": metadata.thing_id(origin + address, "dataset", origin),
        "name": _("Everything on %s") % settings.SITE_NAME,
        "description": _(
            "All public pages with their whole history; positions, backings, sources and citations."
        ),
        "isAccessibleForFree": True,
    }
    if manifest is not None:
        facts["dateModified"] = manifest.time.isoformat()
        facts["distribution"] = [
            {
                "@type": "DataDownload",
                "name": each.name,
                "contentUrl": origin + reverse("download", args=[each.name]),
                "encodingFormat": _TYPES[Path(each.name).suffix].partition(";")[0],
                "contentSize": str(each.size),
                "sha256": each.sha256,
            }
            for each in manifest.files.values()
        ]
    return facts
