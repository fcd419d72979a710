"""Roles, in words; giving one to an account; and the log of that."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.kit.accounts import Account
from controversies.kit.events import log_event
from controversies.models import RightsChange, RoleScope, Topic

from . import sessions


class RoleName(StrEnum):
    """Names of roles, as they are stored."""

    NONE = ""
    CONTRIBUTOR = "contributor"
    EDITOR = "editor"
    PUBLISHER = "publisher"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class DeskRole:
    """A role: its name in the desk, and what it may do, in a sentence."""

    name: RoleName
    label: str | Promise
    about: str | Promise


ROLES = {
    role.name: role
    for role in (
        DeskRole(
            RoleName.CONTRIBUTOR,
            gettext_lazy("Contributor"),
            gettext_lazy("Proposes changes and new pages, which editors decide on."),
        ),
        DeskRole(
            RoleName.EDITOR,
            gettext_lazy("Editor"),
            gettext_lazy(
                "Edits pages, decides on proposals and suggestions, tidies backers, sources and topics."
            ),
        ),
        DeskRole(
            RoleName.PUBLISHER,
            gettext_lazy("Publisher"),
            gettext_lazy("All that an editor does; publishes and withdraws pages, removes words for good."),
        ),
        DeskRole(
            RoleName.ADMINISTRATOR,
            gettext_lazy("Administrator"),
            gettext_lazy(
                "All that a publisher does, for all topics; invites people, gives roles, closes accounts."
            ),
        ),
    )
}


def role_of(user: Account) -> RoleName:
    """Return the account's role: the highest, if it is in several groups."""
    if user.is_superuser:
        return RoleName.ADMINISTRATOR
    groups = {group.name.lower() for group in user.groups.all()}
    for name in (RoleName.PUBLISHER, RoleName.EDITOR, RoleName.CONTRIBUTOR):
        if user.is_staff and name.value in groups:
            return name
    return RoleName.NONE


def label_of(name: str) -> str:
    """Return a role's name for people."""
    role = ROLES.get(RoleName(name)) if name else None
    return str(role.label) if role else _("No role")


def topics_of(user: Account) -> list[Topic] | None:
    """Return the topics that the account's role reaches, by title; None for all."""
    scope = RoleScope.objects.filter(user=user).first()
    return None if scope is None else list(Topic.objects.filter(pk__in=scope.reached).order_by("title"))


def give(user: Account, role: RoleName, topics: Iterable[Topic] | None, *, by: Account) -> None:
    """Give an account a role, for some topics or (None) all, and log it. Raises PermissionDenied.

    Only administrators give roles, and nobody takes the last administrator's, or their own, away.
    """
    if not by.is_superuser:
        raise PermissionDenied
    topics = None if role in (RoleName.ADMINISTRATOR, RoleName.NONE) else topics
    with transaction.atomic():
        before_role, before_topics = role_of(user), topics_of(user)
        user.is_superuser = role is RoleName.ADMINISTRATOR
        user.is_staff = role is not RoleName.NONE
        user.save(update_fields=["is_superuser", "is_staff"])
        user.user_permissions.clear()
        group = None
        if role in (RoleName.CONTRIBUTOR, RoleName.EDITOR, RoleName.PUBLISHER):
            group = Group.objects.get(name=role.value.capitalize())
        user.groups.set([group] if group else [])
        chosen = None if topics is None else list(topics)
        if chosen is None:
            RoleScope.objects.filter(user=user).delete()
        else:
            RoleScope.objects.update_or_create(user=user, defaults={"topics": [topic.pk for topic in chosen]})
        if role is not before_role:
            _log(user, by, "role", label_of(before_role), label_of(role))
        if _names(chosen) != _names(before_topics):
            _log(user, by, "topics", _names(before_topics), _names(chosen))


def close(user: Account, *, by: Account) -> None:
    """Close an account, and end its sessions."""
    _set_active(user, by=by, is_active=False)
    sessions.end_all(user)


def reopen(user: Account, *, by: Account) -> None:
    """Let the owner of a closed account log in again."""
    _set_active(user, by=by, is_active=True)


def _set_active(user: Account, *, by: Account, is_active: bool) -> None:
    if not by.is_superuser or (user.pk == by.pk and not is_active):
        raise PermissionDenied
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=is_active)
        user.is_active = is_active
        words = {True: _("Open"), False: _("Closed")}
        _log(user, by, "account", words[not is_active], words[is_active])


def log_invitation(
    email: str, change: str, role: str, topics: Iterable[Topic] | None, *, by: Account | None
) -> None:
    """Log what became of an invitation: sent, sent again, withdrawn, accepted."""
    text = f"{label_of(role)}; {_names(None if topics is None else list(topics))}"
    _write(None, email, by, change, "", text)


def _names(topics: list[Topic] | None) -> str:
    if topics is None:
        return _("All topics")
    return ", ".join(topic.title for topic in topics)[:1000] or _("No topics")


def _log(user: Account, by: Account, change: str, before: str, after: str) -> None:
    _write(user.pk, user.get_username(), by, change, before, after)


def _write(account: int | None, name: str, by: Account | None, change: str, before: str, after: str) -> None:
    RightsChange.objects.create(
        time=timezone.now(),
        by=by.pk if by else None,
        by_name=by.get_username() if by else "",
        account=account,
        account_name=name,
        change=change,
        before=before[:1000],
        after=after[:1000],
    )
    log_event("rights-changed", account=account, by=by.pk if by else None, change=change)
