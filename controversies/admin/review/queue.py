"""The review queue: what contributors propose and what readers suggest, in one list, oldest first.

What waits is what this person has still to decide on. What became of the rest is in the lists of proposals and of
readers' suggestions.
"""

import datetime
import re
import uuid
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.kit.keyset import Keyset, make_page
from controversies.models import Controversy, Proposal, ProposalState, Suggestion, Topic

TEMPLATE = "admin/controversies/queue/queue.html"
SIZE, OF_PAGE = 50, 20
AGES = {"day": 1, "week": 7, "month": 30}  # days
PROPOSALS, SUGGESTIONS = "proposals", "suggestions"
NEW_PAGES = "new"
_PLACE = re.compile(r"(\d{8}T\d{6}\.\d{6})_([0-9a-f-]{36})")
_TIME = "%Y%m%dT%H%M%S.%f"
_BY_AGE = Keyset(("created", "id"))
_COLUMNS = ("created", "id", "kind", "title", "by", "about", "words", "number")


def reviews(user: Any) -> bool:
    """Whether this account decides on what others propose and suggest."""
    return bool(user.has_perm("controversies.change_controversy"))


@dataclass(frozen=True, slots=True)
class QueueItem:
    """Something that waits. `number` is the revision that it began with, 0 for a new page; `by` is "" for a reader."""

    created: datetime.datetime
    id: uuid.UUID
    kind: str
    title: str
    by: str
    about: str
    words: str
    number: int

    @property
    def url(self) -> str:
        model = "proposal" if self.kind == PROPOSALS else "suggestion"
        return reverse(f"admin:controversies_{model}_change", args=[self.id])

    @property
    def what(self) -> str:
        if self.kind == SUGGESTIONS:
            return _("A reader’s suggestion")
        return _("A proposed change") if self.number else _("A proposed page")

    @property
    def ago(self) -> str:
        """How long it has waited, in words."""
        if timezone.now() - self.created < datetime.timedelta(minutes=1):
            return _("just now")
        return _("%s ago") % timesince(self.created, depth=1)

    @property
    def place(self) -> str:
        """Where it is in the queue, for links to go on from."""
        return f"{self.created.astimezone(datetime.UTC):{_TIME}}_{self.id}"


@dataclass(frozen=True, slots=True)
class QueueFilters:
    """What the address asks for. What makes no sense is left out, and `faults` says so."""

    kind: str = ""
    topic: str = ""
    page: str = ""
    by: str = ""
    age: str = ""
    before: str = ""
    after: str = ""
    faults: tuple[str, ...] = ()

    @property
    def filters(self) -> dict[str, str]:
        names = ("kind", "topic", "page", "by", "age")
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    @property
    def kept(self) -> str:
        """The filters as a query, to which links to other parts of the queue add their place."""
        return urlencode(self.filters)


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """What can be filtered by: values and their words."""

    kinds: list[tuple[str, str]]
    topics: list[tuple[str, str]]
    pages: list[tuple[str, str]]
    authors: list[tuple[str, str]]
    ages: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A part of the queue; `before` and `after` are places to go on from, "" where there is nothing."""

    items: tuple[QueueItem, ...]
    before: str
    after: str


# -- what waits --


def _proposals(waiting: QuerySet[Any]) -> QuerySet[Any]:
    text = CharField()
    return waiting.annotate(
        kind=Value(PROPOSALS, text),
        title=Coalesce("controversy__title", KT("document__title"), output_field=text),
        by=F("author_name"),
        about=Value("", text),
        words=F("reason"),
        number=F("base"),
        topic_key=Coalesce(
            Cast("controversy__topic_id", text), KT("document__topic__key"), output_field=text
        ),
    )


def _suggestions() -> QuerySet[Any]:
    text = CharField()
    return Suggestion.objects.waiting().annotate(
        kind=Value(SUGGESTIONS, text),
        title=F("controversy__title"),
        by=Value("", text),
        about=F("block_name"),
        words=F("wrong"),
        topic_key=Cast("controversy__topic_id", text),
    )


def waiting(user: Any) -> int:
    """How many wait for this person's decision."""
    if not reviews(user):
        return 0
    return Proposal.objects.waiting_for(user).count() + Suggestion.objects.waiting().count()


def of_page(user: Any, key: str, *, but: tuple[Any, ...] = ()) -> list[QueueItem]:
    """What waits for a decision of this page and this user may see, one's own proposals included; one query.

    `but` are those that are before the user already.
    """
    seen = (
        Proposal.objects.visible_to(user)
        .filter(state=ProposalState.OPEN, controversy=uuid.UUID(key))
        .exclude(pk__in=but)
    )
    found = _proposals(seen).order_by("created", "id").values_list(*_COLUMNS)[:OF_PAGE]
    if reviews(user):
        said = _suggestions().filter(controversy=uuid.UUID(key)).exclude(pk__in=but)
        said = said.order_by("created", "id").values_list(*_COLUMNS)[:OF_PAGE]
        found = found.union(said, all=True).order_by("created", "id")[:OF_PAGE]
    return [QueueItem(*row) for row in found]


def part(user: Any, asked: QueueFilters, *, size: int = SIZE) -> QueuePage:
    """The part of the queue that is asked for, in one query. Raises ValueError for a place that is none."""
    chosen = []
    if asked.kind != SUGGESTIONS:
        chosen.append(_filtered(_proposals(Proposal.objects.waiting_for(user)), asked))
    if asked.kind != PROPOSALS and not asked.by and asked.page != NEW_PAGES:
        chosen.append(_filtered(_suggestions(), asked))
    if not chosen:
        return QueuePage((), "", "")
    after = _placed(asked.after) if asked.after else None
    before = _placed(asked.before) if asked.before else None
    backwards = before is not None and after is None
    first, *others = (
        _BY_AGE.select(each, size, after=after, before=before).values_list(*_COLUMNS) for each in chosen
    )
    rows = first.union(*others, all=True).order_by(*_BY_AGE.terms(backwards=backwards)) if others else first
    page = make_page(
        [QueueItem(*row) for row in rows[: size + 1]], size, backwards=backwards, is_first=after is None
    )
    return QueuePage(
        page.rows,
        before=page.previous.place if page.previous else "",
        after=page.next.place if page.next else "",
    )


def _filtered(items: QuerySet[Any], asked: QueueFilters) -> QuerySet[Any]:
    if asked.topic:
        items = items.filter(topic_key=asked.topic)
    if asked.page == NEW_PAGES:
        items = items.filter(controversy=None)
    elif asked.page:
        items = items.filter(controversy=uuid.UUID(asked.page))
    if asked.by:
        items = items.filter(author_name=asked.by)
    if asked.age:
        items = items.filter(created__lt=timezone.now() - datetime.timedelta(days=AGES[asked.age]))
    return items


def _placed(text: str) -> tuple[datetime.datetime, uuid.UUID]:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    time = datetime.datetime.strptime(found[1], _TIME).replace(tzinfo=datetime.UTC)
    return time, uuid.UUID(found[2])


# -- what is asked for --


def offered(user: Any) -> FilterChoices:
    """What is worth filtering by: of pages and authors, those that something waits of."""
    open_proposals = Proposal.objects.waiting_for(user)
    concerned = Q(pk__in=open_proposals.exclude(controversy=None).values("controversy")) | Q(
        pk__in=Suggestion.objects.waiting().values("controversy")
    )
    pages = Controversy.objects.filter(concerned).order_by("title", "pk").values_list("pk", "title")
    names = open_proposals.order_by("author_name").values_list("author_name", flat=True).distinct()
    topics = Topic.objects.order_by("title", "pk").values_list("pk", "title")
    return FilterChoices(
        kinds=[(PROPOSALS, _("Proposals")), (SUGGESTIONS, _("Readers’ suggestions"))],
        topics=[(str(key), title) for key, title in topics],
        pages=[(NEW_PAGES, _("New pages")), *((str(key), title) for key, title in pages)],
        authors=[(name, name) for name in names],
        ages=[
            ("day", _("More than a day")),
            ("week", _("More than a week")),
            ("month", _("More than a month")),
        ],
    )


def ask(query: QueryDict, choices: FilterChoices) -> QueueFilters:
    """What the address asks for, of what is offered."""
    faults, taken = [], {}
    for name, known in (
        ("kind", choices.kinds),
        ("topic", choices.topics),
        ("page", choices.pages),
        ("by", choices.authors),
        ("age", choices.ages),
    ):
        value = query.get(name, "")
        if value and value not in dict(known):
            faults.append(_("Nothing that waits can be filtered by “%s”, so that was left out.") % value[:80])
            value = ""
        taken[name] = value
    places = {}
    for name in ("before", "after"):
        places[name] = query.get(name, "")
        try:
            if places[name]:
                _placed(places[name])
        except ValueError:
            faults.append(_("There is no such place in the queue; this is its beginning."))
            places[name] = ""
    return QueueFilters(**taken, **places, faults=tuple(faults))


# -- the page --


def view(site: Any, request: HttpRequest) -> HttpResponse:
    """What waits for a decision. `site` is the ModelAdmin that it belongs to."""
    user: Any = request.user
    if not reviews(user):
        raise PermissionDenied
    choices = offered(user)
    asked = ask(request.GET, choices)
    found = part(user, asked)
    if not found.items and (asked.before or asked.after):
        asked = replace(asked, before="", after="")  # what was there has been decided meanwhile
        found = part(user, asked)
    total = waiting(user)
    waits_for_others = Proposal.objects.filter(author=user.pk, state=ProposalState.OPEN)
    own = 0 if settings.ONE_PERSON_DESK else waits_for_others.count()
    request.current_app = site.admin_site.name
    response = TemplateResponse(
        request,
        TEMPLATE,
        {
            **site.admin_site.each_context(request),
            "title": _("Review queue"),
            "opts": site.opts,
            "found": found,
            "asked": asked,
            "offered": choices,
            "total": total,
            "counted": counted(total),
            "own": own,
            "mail_url": reverse("admin:controversies_proposal_mail"),
        },
    )
    response["Cache-Control"] = "private, no-store"
    return response


def counted(total: int) -> str:
    """How many wait, in words."""
    if not total:
        return _("Nothing waits for your decision.")
    return ngettext("%d waits for your decision.", "%d wait for your decision.", total) % total


def on_first_page(request: HttpRequest) -> dict[str, Any] | None:
    """What the desk's first page says of the queue; None for those who do not decide."""
    user: Any = request.user
    if not reviews(user):
        return None
    total = waiting(user)
    words = counted(total)
    oldest = part(user, QueueFilters(), size=1).items if total else ()
    if oldest:
        words = _("%(count)s The oldest came %(ago)s.") % {"count": words, "ago": oldest[0].ago}
    return {
        "name": _("Review queue"),
        "url": reverse("admin:controversies_proposal_queue"),
        "about": _("What contributors propose and readers suggest, oldest first."),
        "words": words,
    }
