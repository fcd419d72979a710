"""The review queue: contributors' proposals and readers' suggestions that wait for a decision, oldest first.

It shows a user what they may decide on. The lists of proposals and of suggestions show what was decided.
"""

import datetime
import re
import uuid
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Expression, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies import rights
from controversies.admin.lists.filters import (
    PAGE_REFERENCE,
    TOPIC_REFERENCE,
    Choices,
    age_choices,
    is_older,
    row_chooser,
)
from controversies.admin.review.decisions import draw_privately
from controversies.kit.accounts import Visitor
from controversies.kit.keys import is_key
from controversies.kit.keyset import Keyset, KeysetPage, make_page
from controversies.models import Controversy, Proposal, ProposalState, Suggestion, Topic

TEMPLATE = "admin/controversies/queue/queue.html"
SIZE, SIZE_ON_PAGE = 50, 20  # items in the queue, and beside the form of a page
MAX_QUOTE = 80  # characters of a wrong filter that the message quotes
PROPOSALS, SUGGESTIONS = "proposals", "suggestions"
NEW_PAGES = "new"
_CURSOR = re.compile(r"(\d{8}T\d{6}\.\d{6})_([0-9a-f-]{36})")
_TIME = "%Y%m%dT%H%M%S.%f"
_BY_AGE = Keyset(("created", "id"))
_COLUMNS = ("created", "id", "kind", "title", "by", "about", "words", "number")

type Cursor = tuple[datetime.datetime, uuid.UUID]


def may_review(user: Visitor) -> bool:
    """Whether this user decides on what others propose and suggest."""
    return user.has_perm("controversies.change_controversy")


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A proposal or suggestion that waits for a decision.

    `number` is the revision that it began with, 0 for a new page; `by` is "" for a reader.
    """

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
    def kind_label(self) -> str:
        if self.kind == SUGGESTIONS:
            return _("A reader’s suggestion")
        return _("A proposed change") if self.number else _("A proposed page")

    @property
    def age(self) -> str:
        """The time it has waited, in words."""
        if timezone.now() - self.created < datetime.timedelta(minutes=1):
            return _("just now")
        return _("%s ago") % timesince(self.created, depth=1)

    @property
    def cursor(self) -> str:
        """The key of the item in the queue, for links to the next and previous page."""
        return f"{self.created.astimezone(datetime.UTC):{_TIME}}_{self.id}"


@dataclass(frozen=True, slots=True)
class QueueFilters:
    """The parameters of the queue's address. What makes no sense is left out, and `problems` says so."""

    kind: str = ""
    topic: str = ""
    page: str = ""
    by: str = ""
    age: str = ""
    before: str = ""
    after: str = ""
    problems: tuple[str, ...] = ()

    @property
    def active(self) -> dict[str, str]:
        """The filters that are set."""
        names = ("kind", "topic", "page", "by", "age")
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    @property
    def query(self) -> str:
        """The filters as a query, to which links to other pages of the queue add their cursor."""
        return urlencode(self.active)


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """The values to filter by, and their labels; topics and pages, of which there may be any number, are looked up."""

    kinds: Choices
    authors: Choices
    ages: Choices


# -- the items --


def page_topic() -> Expression:
    """The key of the topic of an item's page, looked up item by item: a join reads the pages of the whole site."""
    pages = Controversy.objects.filter(pk=OuterRef("controversy_id")).order_by()
    return Cast(Subquery(pages.values("topic_id")), CharField())


def _proposal_rows(waiting: QuerySet[Any]) -> QuerySet[Any]:
    text = CharField()
    return waiting.annotate(
        kind=Value(PROPOSALS, text),
        title=Coalesce("controversy__title", KT("document__title"), output_field=text),
        by=F("author_name"),
        about=Value("", text),
        words=F("reason"),
        number=F("base"),
        topic_key=Coalesce(page_topic(), KT("document__topic__key"), output_field=text),
    )


def _waiting_suggestions(user: Visitor) -> QuerySet[Suggestion]:
    """Return the suggestions that wait and are about topics that the user's role reaches."""
    allowed, waiting = rights.allowed_topics(user), Suggestion.objects.waiting()
    return waiting if allowed is None else waiting.filter(controversy__topic_id__in=allowed)


def _suggestion_rows(user: Visitor) -> QuerySet[Any]:
    text = CharField()
    return _waiting_suggestions(user).annotate(
        kind=Value(SUGGESTIONS, text),
        title=F("controversy__title"),
        by=Value("", text),
        about=F("block_name"),
        words=F("wrong"),
        topic_key=page_topic(),
    )


def waiting_count(user: Visitor) -> int:
    """Return how many items wait for this user's decision."""
    if not may_review(user):
        return 0
    return Proposal.objects.waiting_for(user).count() + _waiting_suggestions(user).count()


def waiting_for_page(user: Visitor, key: str, *, but: tuple[uuid.UUID, ...] = ()) -> list[QueueItem]:
    """Return what waits for a decision on a page and this user may see, their own proposals included; one query.

    `but` are those that the user is looking at.
    """
    proposals = Proposal.objects.visible_to(user).filter(state=ProposalState.OPEN)
    sources = [_proposal_rows(proposals)]
    if may_review(user):
        sources.append(_suggestion_rows(user))
    first, *others = (
        rows.filter(controversy=uuid.UUID(key))
        .exclude(pk__in=but)
        .order_by(*_BY_AGE.terms())
        .values_list(*_COLUMNS)[:SIZE_ON_PAGE]
        for rows in sources
    )
    rows = first.union(*others, all=True).order_by(*_BY_AGE.terms())[:SIZE_ON_PAGE] if others else first
    return [QueueItem(*row) for row in rows]


def queue_page(user: Visitor, filters: QueueFilters, *, size: int = SIZE) -> KeysetPage[QueueItem]:
    """Return one page of the queue, in one query. Raises ValueError for a malformed cursor."""
    sources = []
    if filters.kind != SUGGESTIONS:
        sources.append(_filtered(_proposal_rows(Proposal.objects.waiting_for(user)), filters))
    if filters.kind not in (PROPOSALS, NEW_PAGES) and not filters.by:
        sources.append(_filtered(_suggestion_rows(user), filters))
    if not sources:
        return KeysetPage()
    after = _parse_cursor(filters.after) if filters.after else None
    before = _parse_cursor(filters.before) if filters.before else None
    backwards = before is not None and after is None
    first, *others = (
        _BY_AGE.select(each, size, after=after, before=before).values_list(*_COLUMNS) for each in sources
    )
    rows = first.union(*others, all=True).order_by(*_BY_AGE.terms(backwards=backwards)) if others else first
    items = [QueueItem(*row) for row in rows[: size + 1]]
    return make_page(items, size, backwards=backwards, is_first=after is None)


def _filtered(rows: QuerySet[Any], filters: QueueFilters) -> QuerySet[Any]:
    if filters.topic:
        rows = rows.filter(topic_key=filters.topic)
    if filters.kind == NEW_PAGES:
        rows = rows.filter(controversy=None)
    if filters.page:
        rows = rows.filter(controversy=uuid.UUID(filters.page))
    if filters.by:
        rows = rows.filter(author_name=filters.by)
    if filters.age:
        rows = rows.filter(is_older(filters.age))
    return rows


def _parse_cursor(text: str) -> Cursor:
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise ValueError(text)
    time = datetime.datetime.strptime(match[1], _TIME).replace(tzinfo=datetime.UTC)
    return time, uuid.UUID(match[2])


# -- the filters --


def filter_choices(user: Visitor) -> FilterChoices:
    """Return the values worth filtering by: of authors, those of waiting items."""
    open_proposals = Proposal.objects.waiting_for(user)
    names = open_proposals.order_by("author_name").values_list("author_name", flat=True).distinct()
    return FilterChoices(
        kinds=[
            (PROPOSALS, _("Proposals")),
            (NEW_PAGES, _("Proposed pages")),
            (SUGGESTIONS, _("Readers’ suggestions")),
        ],
        authors=[(name, name) for name in names],
        ages=age_choices(),
    )


def read_filters(query: QueryDict, choices: FilterChoices) -> QueueFilters:
    """Read the parameters of the address, as far as they are among these choices."""
    problems: list[str] = []
    values: dict[str, str] = {}
    for name, offered in (
        ("kind", choices.kinds),
        ("by", choices.authors),
        ("age", choices.ages),
    ):
        values[name] = query.get(name, "")
        if values[name] and values[name] not in dict(offered):
            problems.append(
                _("We can’t filter by “%s”, so that filter was ignored.") % values[name][:MAX_QUOTE]
            )
            values[name] = ""
    for name, model in (("topic", Topic), ("page", Controversy)):
        values[name] = key = query.get(name, "")
        if key and not (is_key(key) and model.objects.filter(pk=key).exists()):
            problems.append(_("We can’t filter by “%s”, so that filter was ignored.") % key[:MAX_QUOTE])
            values[name] = ""
    for name in ("before", "after"):
        values[name] = query.get(name, "")
        try:
            if values[name]:
                _parse_cursor(values[name])
        except ValueError:
            problems.append(_("There is no such place in the queue. This is its beginning."))
            values[name] = ""
    return QueueFilters(**values, problems=tuple(problems))


# -- the page --


def queue_view(request: HttpRequest, *, model_admin: ModelAdmin) -> HttpResponse:
    """Show the items that wait for a decision."""
    user = request.user
    if not may_review(user):
        raise PermissionDenied
    choices = filter_choices(user)
    filters = read_filters(request.GET, choices)
    page = queue_page(user, filters)
    if not page.rows and (filters.before or filters.after):
        filters = replace(filters, before="", after="")  # those items have been decided meanwhile
        page = queue_page(user, filters)
    total = waiting_count(user)
    own = Proposal.objects.filter(author=user.pk, state=ProposalState.OPEN)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Review queue"),
        "opts": model_admin.opts,
        "queue_page": page,
        "filters": filters,
        "choices": choices,
        "topic_chooser": row_chooser(TOPIC_REFERENCE, "topic", _("Topic"), filters.topic),
        "page_chooser": row_chooser(PAGE_REFERENCE, "page", _("Controversy"), filters.page),
        "media": model_admin.media,
        "total": total,
        "waiting_text": waiting_text(total),
        "own_count": 0 if settings.ONE_PERSON_DESK else own.count(),
        "mail_url": reverse("admin:controversies_proposal_mail"),
    }
    return draw_privately(request, model_admin, TEMPLATE, context)


def waiting_text(total: int) -> str:
    """Return a sentence on how many items wait."""
    if not total:
        return _("Nothing is waiting for your decision.")
    return (
        ngettext("%d item is waiting for your decision.", "%d items are waiting for your decision.", total)
        % total
    )


def first_page_section(request: HttpRequest) -> dict[str, Any] | None:
    """Return the queue's section on the desk's first page; None for users who do not decide."""
    if not may_review(request.user):
        return None
    total = waiting_count(request.user)
    text = waiting_text(total)
    oldest = queue_page(request.user, QueueFilters(), size=1).rows if total else ()
    if oldest:
        text = f"{text} {_('The oldest arrived %s.') % oldest[0].age}"
    return {
        "name": _("Review queue"),
        "url": reverse("admin:controversies_proposal_queue"),
        "about": _("Contributors’ proposals and readers’ suggestions, oldest first."),
        "words": text,
    }
