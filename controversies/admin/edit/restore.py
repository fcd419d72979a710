"""Bringing an old revision back, or undoing one: what the page would become, why, and the doing of it.

Where something else was changed since, that is for an editor to decide, in the edit page. That is then drawn from
what the merge made of it so far, which `shown` names as `m<base>:<head>:<wanted>`: three revisions, so that the
form can be drawn again without anything being stored. With a `p` at its end, the publication is brought back, too.
"""

import re
import uuid
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin import presence as company
from controversies.admin.edit import conflicts as resolve
from controversies.admin.edit.part_forms import FormContext, ReasonForm
from controversies.document import compare, rows, types
from controversies.document.merge import Conflict, merge
from controversies.document.parse import InvalidDocument
from controversies.kit.keys import revision_number
from controversies.models import Publication
from controversies.pages import diff  # an editor sees what readers would see, so readers' code draws it
from controversies.workflow import proposals

TEMPLATE = "admin/controversies/controversy/restore.html"
MERGED = re.compile(r"m([0-9]{1,9}):([0-9]{1,9}):([0-9]{1,9})(p?)")


class RestoreAction(StrEnum):
    """What is to be done with a revision."""

    REVERT = "revert"
    UNDO = "undo"


@dataclass(frozen=True)
class RestorePlan:
    """What would become of the page: `result`, if `conflicts` were decided in favour of the old revision."""

    act: RestoreAction
    number: int
    base: history.Reading
    head: history.Reading
    old: history.Reading  # the page is to be as this one was, in part or whole
    result: types.Document
    conflicts: tuple[Conflict, ...]

    def shown(self, *, publication: bool) -> str:
        return f"m{self.base.number}:{self.head.number}:{self.old.number}{'p' if publication else ''}"

    @property
    def publication(self) -> Publication | None:
        """What the page would be for readers, if that changes too; nothing becomes a draft again."""
        now, then = self.head.document.head.publication, self.old.document.head.publication
        if self.act is RestoreAction.UNDO and now != self.base.document.head.publication:
            return None
        return Publication(then) if then not in (now, Publication.DRAFT) else None


def plan(act: RestoreAction, key: str, number: int, *, base: int | None = None) -> RestorePlan | None:
    """What this would do today; None if there is no such revision, or none before the one to be undone.

    `base` is the newest revision that whoever reverts has seen.
    """
    head = history.head(key)
    old = history.at(key, number - 1 if act is RestoreAction.UNDO else number)
    start = history.at(key, number) if act is RestoreAction.UNDO else history.at(key, base) if base else head
    if head is None or old is None or start is None:
        return None
    merged = _merged(start, head, old)
    return RestorePlan(act, number, start, head, old, merged.document, merged.conflicts)


def _merged(
    base: history.Reading, head: history.Reading, old: history.Reading, *, publication: bool = False
) -> Any:
    wanted = as_now(history.restored_document(old.document, base.document, publication=publication))
    return merge(as_now(base.document), as_now(head.document), wanted)


def as_now(document: types.Document) -> types.Document:
    """The document with its backers, sources and topic as they are shown now: no revert changes those."""
    topic = rows.shared_blocks(types.Topic, [document.head.topic.key]).get(
        document.head.topic.key, document.head.topic
    )
    backers = rows.shared_blocks(types.Backer, (each.key for each in document.backers))
    sources = rows.shared_blocks(types.Source, (each.key for each in document.sources))
    return replace(document, head=replace(document.head, topic=topic)).with_blocks(
        backers=tuple(backers.get(each.key, each) for each in document.backers),
        sources=tuple(sources.get(each.key, each) for each in document.sources),
    )


def shown(current: history.Reading, text: str) -> types.Document | None:
    """The document that `shown` names, if it names a merged one."""
    found = MERGED.fullmatch(text)
    if found is None:
        return None
    *numbers, publication = found.groups()
    readings = [history.at(current.document.key, int(number)) for number in numbers]
    if None in readings:
        raise BadRequest("There is no such revision.")
    base, head, old = readings
    if publication and old.document.head.publication == Publication.DRAFT:  # type: ignore[union-attr]  # none is None
        raise BadRequest("Nothing becomes a draft again.")
    return _merged(base, head, old, publication=bool(publication)).document  # type: ignore[arg-type]  # none is None


def brings_publication(text: str) -> bool:
    """Whether the document that `shown` names is to be as public as it was, too."""
    found = MERGED.fullmatch(text)
    return found is not None and bool(found[4])


def lead(text: str) -> resolve.RestoreNotice | None:
    """What the edit page says above the questions, if it was drawn from a merged document."""
    found = MERGED.fullmatch(text)
    if found is None:
        return None
    base, old = found[1], found[3]
    return resolve.RestoreNotice(
        _("Something here was changed again since: say what it shall be."),
        _("Revision %s") % base,
        _("Revision %s") % old,
        _("As it was in revision %s") % old,
    )


def view(site: Any, request: HttpRequest, *, act: RestoreAction, key: uuid.UUID, number: int) -> HttpResponse:
    """Show what would change and ask why; do it when that is sent. `site` is the ModelAdmin."""
    if not site.has_change_permission(request):
        raise PermissionDenied
    may_publish = request.user.has_perm("controversies.publish_controversy")
    found = plan(act, str(key), number)
    if found is None:
        raise Http404
    base = revision_number(request.POST.get("base"))
    if request.method == "POST" and base is None:
        raise BadRequest("This is not a revision's number.")
    form = ReasonForm(
        request.POST if request.method == "POST" else None, "reason", None, FormContext(request.user)
    )
    publication = may_publish and found.publication is not None and "publication" in request.POST
    if request.method == "POST":
        if not form.value("summary"):
            form.add_error("summary", _("Say in a few words why: readers see it."))
        else:
            answer = _do(site, request, found, base or 0, form, publication=publication)
            if answer is not None:
                return answer
    company.touch(str(key), request.user)
    result = found.result
    comparison = compare.compare(as_now(found.head.document), result)
    head = found.head.document.head
    request.current_app = site.admin_site.name
    return TemplateResponse(
        request,
        TEMPLATE,
        {
            "act": act.value,
            "number": number,
            "title": _("Undo revision %s") % number
            if act is RestoreAction.UNDO
            else _("Bring revision %s back") % number,
            "plan": found,
            "both": proposals.revision_pair(str(key), number) if act is RestoreAction.UNDO else None,
            "diff": diff.diff_view(comparison),
            "changes": bool(comparison.reported_changes),
            "publication": found.publication if may_publish else None,
            "ticked": publication,
            "company": company.others(str(key), request.user),
            "ping": company.EVERY,
            "kept": f"{request.user.pk}:{request.path}",
            "reason": form,
            "page_title": head.title,
            "slug": head.slug,
            "section": "",
            "edit_url": reverse("admin:controversies_controversy_change", args=[key]),
        },
    )


def _do(
    site: Any, request: HttpRequest, found: RestorePlan, seen: int, form: ReasonForm, *, publication: bool
) -> HttpResponse | None:
    """Record it; None if the form has to be drawn again."""
    key, summary = found.head.document.key, form.value("summary")
    options: dict[str, Any] = {"author": request.user, "summary": summary, "publication": publication}
    try:
        with transaction.atomic():
            if found.act is RestoreAction.UNDO:
                saved = history.undo(key, found.number, **options)
            else:
                saved = history.revert(key, found.number, base=seen, **options)
            if saved.revision is not None:
                site.log_change(request, site.row(found.head.document), saved.revision.summary)
    except history.UnknownRevision as error:
        raise BadRequest("There is no such revision.") from error
    except InvalidDocument as invalid:
        for fault in invalid.faults:
            form.add_error("summary", str(fault))
        return None
    if saved.conflicts:
        return _ask(found.act, key, found.number, seen, summary, publication=publication)
    site.tell(request, saved, seen)
    return HttpResponseRedirect(reverse("admin:controversies_controversy_change", args=[key]))


def _ask(
    act: RestoreAction, key: str, number: int, seen: int, summary: str, *, publication: bool
) -> HttpResponse:
    """Go on in the edit page."""
    again = plan(act, key, number, base=seen)
    if again is None:
        raise BadRequest("There is no such revision.")
    said = _("Revision %s undone.") if act is RestoreAction.UNDO else _("Revision %s restored.")
    shown, why = again.shown(publication=publication), f"{said % number} {summary}"[:1000]
    query = urlencode({"base": again.base.number, "shown": shown, "why": why})
    return HttpResponseRedirect(f"{reverse('admin:controversies_controversy_change', args=[key])}?{query}")


__all__ = ["RestoreAction", "RestorePlan", "brings_publication", "lead", "plan", "shown", "view"]
