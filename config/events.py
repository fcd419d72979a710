"""Events that the log has by name, and what is counted with them: log-ins, rights, passwords, withdrawals, errors."""

import logging
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, Group, Permission
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.signals import got_request_exception
from django.db import Error, OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.http import HttpRequest

from controversies.document.types import Document
from controversies.history import Reading, revisions_recorded
from controversies.kit.accounts import Account
from controversies.kit.events import EventValue, log_event
from controversies.kit.metrics import DATABASE_ERRORS, LOGINS, SAVES
from controversies.kit.networks import client_address, network_of
from controversies.kit.request_ids import current_account
from controversies.models import Publication

_FLAGS = ("is_active", "is_staff", "is_superuser")


def connect() -> None:
    """Connect all receivers; once, when the apps are ready."""
    user_model = get_user_model()
    user_logged_in.connect(_logged_in)
    user_logged_out.connect(_logged_out)
    user_login_failed.connect(_login_failed)
    pre_save.connect(_remember_account, sender=user_model)
    post_save.connect(_account_saved, sender=user_model)
    post_delete.connect(_account_deleted, sender=user_model)
    for field in (user_model.groups, user_model.user_permissions, Group.permissions):
        m2m_changed.connect(_rights_changed, sender=field.through)
    revisions_recorded.connect(_revisions_recorded)
    connection_created.connect(_watch_connection)
    got_request_exception.connect(_request_failed)


def _after_commit(name: str, **fields: EventValue) -> None:
    log = partial(log_event, name, level=logging.INFO, by=current_account(), **fields)
    transaction.on_commit(log, robust=True)


# -- log-ins --


def _logged_in(request: HttpRequest | None = None, user: Account | None = None, **_kwargs: object) -> None:
    LOGINS.labels("success").inc()
    log_event("login", account=user.pk if user else None, network=_network(request))


def _logged_out(request: HttpRequest | None = None, user: Account | None = None, **_kwargs: object) -> None:
    if user is not None:
        log_event("logout", account=user.pk, network=_network(request))


def _login_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_kwargs: object) -> None:
    """Log which account was tried, if there is one: what was typed may be a password."""
    LOGINS.labels("failure").inc()
    model = get_user_model()
    name = str(credentials.get(model.USERNAME_FIELD) or "").replace("\0", "")
    account = (
        model._default_manager.filter(**{model.USERNAME_FIELD: name}).values_list("pk", flat=True).first()
    )
    log_event("login_failed", level=logging.WARNING, account=account, network=_network(request))


def _network(request: HttpRequest | None) -> str | None:
    return network_of(client_address(request)) or None if request is not None else None


# -- accounts and rights --


def _remember_account(
    instance: AbstractUser, raw: bool = False, update_fields: Iterable[str] | None = None, **_kwargs: object
) -> None:
    """Keep the flags that the account had, and whether its password is a new one."""
    vars(instance)["_flags_before"] = None
    if raw or instance._state.adding or (update_fields is not None and not {*_FLAGS} & {*update_fields}):
        return
    vars(instance)["_flags_before"] = (
        type(instance)._default_manager.filter(pk=instance.pk).values(*_FLAGS).first()
    )


def _account_saved(instance: AbstractUser, created: bool, **_kwargs: object) -> None:
    if created:
        _after_commit("account_created", account=instance.pk)
    elif getattr(instance, "_password", None) is not None:  # set_password() was called since the last save
        _after_commit("password_changed", account=instance.pk)
    before = getattr(instance, "_flags_before", None) or (
        {"is_staff": False, "is_superuser": False} if created else {}
    )
    for flag, old in before.items():
        if getattr(instance, flag) != old:
            _after_commit("rights_changed", account=instance.pk, right=flag, granted=getattr(instance, flag))


def _account_deleted(instance: AbstractUser, **_kwargs: object) -> None:
    _after_commit("account_deleted", account=instance.pk)


def _rights_changed(
    instance: AbstractUser,
    action: str,
    reverse: bool,
    model: type[Any],
    pk_set: set[int] | None = None,
    **_kwargs: object,
) -> None:
    """Log groups and permissions that an account or a group is given or loses."""
    if action not in ("post_add", "post_remove", "post_clear") or (action != "post_clear" and not pk_set):
        return
    name = "group_rights_changed" if isinstance(instance, Group) and model is Permission else "rights_changed"
    kind = {Group: "groups", Permission: "permissions"}.get(model, "accounts")
    owner = (
        "account"
        if isinstance(instance, get_user_model())
        else "group"
        if isinstance(instance, Group)
        else "permission"
    )
    fields = {owner: instance.pk, kind: sorted(pk_set or ()) or None}
    _after_commit(name, change=action.removeprefix("post_"), **fields)


# -- pages --


def _revisions_recorded(pairs: Iterable[tuple[Reading | None, Document]] = (), **_kwargs: object) -> None:
    """Count revisions, and log withdrawals."""
    for head, document in pairs:
        publication = document.head.publication
        transaction.on_commit(SAVES.labels(publication).inc, robust=True)
        if (
            publication == Publication.WITHDRAWN
            and head is not None
            and head.document.head.publication != publication
        ):
            _after_commit("page_withdrawn", page=document.key, revision=head.number + 1)


# -- the database --


def _request_failed(**_kwargs: object) -> None:
    """Count a connection that could not be made; other errors are counted where the query fails."""
    error = sys.exception()
    if isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", None) is None:
        DATABASE_ERRORS.labels("ConnectionFailed").inc()


def _watch_connection(connection: BaseDatabaseWrapper, **_kwargs: object) -> None:
    if _count_errors not in connection.execute_wrappers:
        connection.execute_wrappers.append(_count_errors)


def _count_errors(
    execute: Callable[..., Any], sql: str, params: object, many: bool, context: dict[str, Any]
) -> Any:
    try:
        return execute(sql, params, many, context)
    except Error as error:
        DATABASE_ERRORS.labels(type(error).__name__).inc()
        raise
