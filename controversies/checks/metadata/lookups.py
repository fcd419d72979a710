"""Lookups behind the desk's box for a source: each is a row, filled by the worker and read by its user alone."""

import datetime
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.tasks import task, task_backends
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.kit.identifiers import Identifier, IdentifierKind, identify
from controversies.kit.request_ids import current_request_id, keep_request_id
from controversies.models import Source, SourceLookup

from .. import clock, is_on
from ..fetch import NotYet
from .on_record import sources_on_record, sources_with_keys
from .registries import look_up, pasted_values
from .values import Proposals

MAX_LENGTH = 2_000  # characters of what is pasted
KEPT = datetime.timedelta(days=1)
PATIENCE = datetime.timedelta(seconds=90)  # that the desk waits for the worker
PER_MINUTE, PER_DAY = 20, 500  # lookups of one user
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_AGAIN = datetime.timedelta(minutes=10)  # within which the same text is not looked up twice

FAILURES: Mapping[str, Promise | str] = {
    "off": gettext_lazy(
        "Checks are switched off on this site, so nothing was looked up. Fill in the fields yourself."
    ),
    "no-worker": gettext_lazy(
        "The look-up has not been done: the background worker does not run. Fill in the fields yourself."
    ),
    "no-answer": gettext_lazy("There was no answer. Fill in the fields yourself, or try again later."),
    "busy": gettext_lazy("The registry is busy. Fill in the fields yourself, or try again in a minute."),
    "unknown": gettext_lazy("No registry knows this work. Fill in the fields yourself."),
    "not-understood": gettext_lazy("The registry’s answer could not be read. Fill in the fields yourself."),
    "check-digit": gettext_lazy(
        "This is no ISBN: its last digit does not fit the others. Check it for a slip."
    ),
    "blocked": gettext_lazy("The site does not let programs read this page. Fill in the fields yourself."),
    "gone": gettext_lazy("There is no page at this address. Check the address."),
    "no-host": gettext_lazy("There is no site of this name. Check the address."),
    "refused": gettext_lazy(
        "This address is not public, or holds a password. Give an address that readers can open."
    ),
    "too-large": gettext_lazy("This file is too large to be read. Fill in the fields yourself."),
    "unreadable": gettext_lazy("This file says nothing about itself. Fill in the fields yourself."),
    "wall": gettext_lazy("The site shows programs another page than readers. Fill in the fields yourself."),
    "no-metadata": gettext_lazy("The page says nothing about itself. Fill in the fields yourself."),
    "error": gettext_lazy("The look-up failed. Fill in the fields yourself, and tell the site’s operator."),
}
logger = logging.getLogger(__name__)


class LookupRefused(ValueError):
    """A lookup that is not begun; the message says why, for the user."""


@dataclass(frozen=True, slots=True)
class LookupResult:
    """The state of a lookup. `on_record` are sources of the same work, or address, that the site has already.

    `values` are {field: {"value", "origin" in words}}; with a failure they may be few or none.
    """

    state: str  # "waiting", "done" or "failed"
    kind: str  # of what was pasted: "doi", "arxiv", "pmid", "isbn", "url" or "title"
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    failure: str = ""  # a sentence
    on_record: list[Source] = field(default_factory=list)


def start_lookup(user: AbstractBaseUser, text: str) -> SourceLookup:
    """Have a pasted text looked up by the worker. Raises LookupRefused for too long a text, or too many.

    The same text of the same user within ten minutes is one lookup. While checks are off it has failed at once.
    """
    text = " ".join(text.split())
    if not text:
        raise LookupRefused(_("Paste a link, DOI, arXiv number, PMID or ISBN, or type a title."))
    if len(text) > MAX_LENGTH:
        raise LookupRefused(_("Paste at most %(limit)s characters.") % {"limit": MAX_LENGTH})
    now = clock.now()
    own = SourceLookup.objects.filter(user_id=user.pk)
    same = own.filter(text=text, created__gt=now - _AGAIN, failure="").order_by("-created").first()
    if same is not None and (same.done_at is not None or now - same.created < PATIENCE):
        return same
    recent = list(
        own.filter(created__gt=now - KEPT).order_by("-created").values_list("created", flat=True)[:PER_DAY]
    )
    in_minute = sum(each > now - datetime.timedelta(minutes=1) for each in recent)
    if in_minute >= PER_MINUTE or len(recent) >= PER_DAY:
        raise LookupRefused(
            _("You have looked up many sources. Wait a minute, or fill in the fields yourself.")
        )
    if not is_on():
        values = pasted_values(*_read_pasted(text)).as_json()
        return SourceLookup.objects.create(
            user_id=user.pk, text=text, created=now, done_at=now, proposals=values, failure="off"
        )
    lookup = SourceLookup.objects.create(user_id=user.pk, text=text, created=now)
    look_up_source.enqueue(str(lookup.key), request_id=current_request_id())
    return lookup


def lookup_result(key: str | UUID, user: AbstractBaseUser) -> LookupResult | None:
    """Return how a lookup stands; None if there is none of this key, or it is another user's. Three queries at most."""
    try:
        lookup = SourceLookup.objects.filter(key=UUID(str(key)), user_id=user.pk).first()
    except ValueError:
        return None
    if lookup is None:
        return None
    identifier = identify(lookup.text)
    code = lookup.failure
    if lookup.done_at is None and not code and clock.now() - lookup.created > PATIENCE:
        code = "no-worker"
    state = "failed" if code else "waiting" if lookup.done_at is None else "done"
    proposals = Proposals.from_json(lookup.proposals)
    if code == "no-worker":
        proposals = pasted_values(*_read_pasted(lookup.text))
    values = {
        name: {"value": each.value, "origin": str(each.origin.label)}
        for name, each in proposals.values.items()
    }
    known = sources_on_record(identifier)
    if proposals:
        known |= sources_with_keys(proposals.keys)
    return LookupResult(
        state=state,
        kind=identifier.kind.value,
        values=values,
        failure=str(FAILURES.get(code, FAILURES["error"])) if code else "",
        on_record=list(known.distinct()) if known is not None else [],
    )


@task(priority=20)
@keep_request_id
def look_up_source(key: str) -> None:
    """Fill in a lookup. Done once, however often it is run: what has been done is left as it is."""
    lookup = SourceLookup.objects.filter(key=key, done_at=None).first()
    if lookup is None:
        return
    identifier, address = _read_pasted(lookup.text)
    if not is_on():
        _finish(lookup, Proposals(pasted_values(identifier, address).values, "off"))
        return
    try:
        _finish(lookup, look_up(identifier, address=address))
    except NotYet as wait:
        _try_again(lookup, wait.until)
    except Exception:
        logger.exception("The look-up of a source failed.")
        _finish(lookup, Proposals(pasted_values(identifier, address).values, "error"))


def _read_pasted(text: str) -> tuple[Identifier, str]:
    """The identifier that was pasted, and the web address from which it was read, or ""."""
    identifier = identify(text)
    is_address = _ADDRESS.fullmatch(text) is not None and identifier.kind is not IdentifierKind.URL
    return identifier, text if is_address else ""


def _try_again(lookup: SourceLookup, until: datetime.datetime) -> None:
    """Look up once it is the host's turn; give up before the desk does."""
    if until < lookup.created + PATIENCE and task_backends["default"].supports_defer:
        look_up_source.using(run_after=until).enqueue(str(lookup.key), request_id=current_request_id())
    else:
        _finish(lookup, Proposals(pasted_values(*_read_pasted(lookup.text)).values, "busy"))


def _finish(lookup: SourceLookup, proposals: Proposals) -> None:
    SourceLookup.objects.filter(pk=lookup.pk, done_at=None).update(
        done_at=clock.now(), proposals=proposals.as_json(), failure=proposals.failure
    )


def delete_old_lookups(now: datetime.datetime | None = None) -> int:
    """Delete lookups of more than a day ago. Returns their number."""
    return SourceLookup.objects.filter(created__lt=(now or clock.now()) - KEPT).delete()[0]
