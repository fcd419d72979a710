"""Texts about the site: the newest versions, all versions, and saving a new one."""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from controversies import rights
from controversies.document import text as texts
from controversies.history import public_name
from controversies.kit.accounts import Account, Visitor
from controversies.kit.events import log_event
from controversies.models import SiteText, SiteTextName

BODY_LIMIT = 20_000  # characters
SUMMARY_LIMIT = 500
PERMISSION = "controversies.publish_controversy"
_EDITORS = ("Editor", "Publisher")  # groups whose members may be named as editors
_LISTED = 500  # names


class TextRefused(Exception):
    """A version was not saved. The text says why, for the person."""


class TextOutdated(TextRefused):
    """Another version was saved meanwhile."""


def may_edit(user: Visitor | None) -> bool:
    """Whether the account may write what the site says of itself: a publisher of all topics, or an administrator."""
    return (
        isinstance(user, User)
        and user.is_staff
        and user.has_perm(PERMISSION)
        and rights.allowed_topics(user) is None
    )


def newest_versions() -> dict[SiteTextName, SiteText]:
    """Return the newest version of each text that there is; one query."""
    rows = SiteText.objects.order_by("name", "-number").distinct("name")
    return {SiteTextName(row.name): row for row in rows}


def versions(name: SiteTextName, *, before: int | None = None, limit: int) -> list[SiteText]:
    """Return versions of a text, newest first: those numbered below `before`; one query."""
    rows = SiteText.objects.filter(name=name)
    if before is not None:
        rows = rows.filter(number__lt=before)
    return list(rows.order_by("-number")[:limit])


def version(name: SiteTextName, number: int) -> SiteText | None:
    """Return one version of a text, None if there is none of this number; one query."""
    return SiteText.objects.filter(name=name, number=number).first()


def save(name: SiteTextName, body: str, summary: str, *, author: Account, base: int) -> SiteText:
    """Add a version that follows version `base` (0: none) and return it.

    Raises TextOutdated if another follows it already, and TextRefused for a text that cannot be saved.
    """
    body, summary = texts.prose(body), texts.prose(summary)
    if not texts.is_storable(body) or not texts.is_storable(summary):
        raise TextRefused(_("The text has characters that cannot be saved. Type them again."))
    if len(body) > BODY_LIMIT:
        raise TextRefused(
            _("The text is too long: at most %(limit)s characters.") % {"limit": f"{BODY_LIMIT:,}"}
        )
    if not texts.is_visible(summary):
        raise TextRefused(_("Give a reason for the change. Readers see it in the text’s history."))
    if len(summary) > SUMMARY_LIMIT:
        raise TextRefused(
            _("The reason is too long: at most %(limit)s characters.") % {"limit": SUMMARY_LIMIT}
        )
    body = body if texts.is_visible(body) else ""
    last = SiteText.objects.filter(name=name).order_by("-number").first()
    if (last.number if last else 0) != base:
        raise TextOutdated(_outdated())
    if body == (last.body if last else ""):
        raise TextRefused(_("The text is as it was, so nothing was saved."))
    try:
        with transaction.atomic():
            row = SiteText.objects.create(
                name=name,
                number=base + 1,
                time=max(timezone.now(), last.time) if last else timezone.now(),
                author=author,
                author_name=public_name(author),
                summary=summary,
                body=body,
            )
    except IntegrityError:
        raise TextOutdated(_outdated()) from None
    log_event("site_text_changed", by=author.pk, text=name.value, number=row.number)
    return row


def _outdated() -> str:
    return _("Somebody else has saved this text meanwhile. Compare the two, then save yours again.")


# -- editors who are named --


def listed_editors() -> list[str]:
    """Return the public names of the editors who want to be named, in alphabetical order; one query.

    No log-in name is among them: who has given no name of their own is left out, and so is a closed account.
    """
    users = (
        User.objects.filter(editor_listing__isnull=False, is_active=True, is_staff=True)
        .exclude(first_name="", last_name="")
        .prefetch_related("groups")[:_LISTED]
    )
    return sorted(
        {public_name(user) for user in users if _is_editor(user, user.groups.all())}, key=str.casefold
    )


def _is_editor(user: Account, groups: Iterable[object]) -> bool:
    return user.is_superuser or any(str(group) in _EDITORS for group in groups)
