"""Who may open what in the admin: every address of it, for every role, against a table written out here.

An address that the table lacks fails, so that a new one needs a rule.
"""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories import BackerFactory, ControversyFactory, SourceFactory, TopicFactory, UserFactory

pytestmark = pytest.mark.django_db

ROLES = ("anonymous", "reader", "staff", "contributor", "editor", "publisher", "superuser")

# What GET answers to: nobody logged in and a reader's account; staff without a role; contributor; editor;
# publisher; superuser. "in" stands for a redirect to the log-in, "index" for one to the desk.
OPEN = ("in", "in", 200, 200, 200, 200, 200)
RULES: dict[str, tuple[Any, ...]] = {
    # the desk itself
    "index": OPEN,
    "login": (200, 200, "index", "index", "index", "index", "index"),
    "logout": ("index", "index", 405, 405, 405, 405, 405),
    "password_change": OPEN,
    "password_change_done": OPEN,
    "jsi18n": OPEN,
    "app_list controversies": ("in", "in", 404, 200, 200, 200, 200),
    "app_list auth": ("in", "in", 404, 404, 404, 404, 200),
    "autocomplete backing backer": ("in", "in", 403, 200, 200, 200, 200),
    "autocomplete citation source": ("in", "in", 403, 200, 200, 200, 200),
    "autocomplete controversy topic": ("in", "in", 403, 200, 200, 200, 200),
    # a page of the site, by content type and key: Django's own, for what has an address
    "view_on_site": ("in", "in", 302, 302, 302, 302, 302),
    # whatever else is asked for
    "catch_all": ("in", "in", 404, 404, 404, 404, 404),
    # who may look, add and change
    "controversies_backer_changelist": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_backer_add": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_backer_change": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_backer_history": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_backer_delete": ("in", "in", 403, 403, 403, 403, 403),
    "controversies_source_changelist": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_source_add": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_source_change": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_source_history": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_source_delete": ("in", "in", 403, 403, 403, 403, 403),
    "controversies_topic_changelist": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_topic_add": ("in", "in", 403, 403, 200, 200, 200),
    "controversies_topic_change": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_topic_history": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_topic_delete": ("in", "in", 403, 403, 403, 403, 403),
    # a contributor is shown the page itself, its history and nothing to type in
    "controversies_controversy_changelist": ("in", "in", 403, 200, 200, 200, 200),
    "controversies_controversy_add": ("in", "in", 403, 403, 200, 200, 200),
    "controversies_controversy_change": ("in", "in", 403, 302, 200, 200, 200),
    "controversies_controversy_history": ("in", "in", 403, 302, 302, 302, 302),
    "controversies_controversy_delete": ("in", "in", 403, 403, 403, 403, 403),
    "controversies_controversy_withdraw": ("in", "in", 403, 403, 403, 200, 200),
    # …and the first revision cannot be undone
    "controversies_controversy_revert": ("in", "in", 403, 403, 200, 200, 200),
    "controversies_controversy_undo": ("in", "in", 403, 403, 404, 404, 404),
    # the key alone leads to the page that asks again
    **{
        f"short {model}": ("in", "in", 302, 302, 302, 302, 302)
        for model in ("backer", "source", "topic", "controversy", "user", "group")
    },
    # accounts are the superuser's
    "auth_user_changelist": ("in", "in", 403, 403, 403, 403, 200),
    "auth_user_add": ("in", "in", 403, 403, 403, 403, 200),
    "auth_user_change": ("in", "in", 403, 403, 403, 403, 200),
    "auth_user_history": ("in", "in", 403, 403, 403, 403, 200),
    "auth_user_delete": ("in", "in", 403, 403, 403, 403, 200),
    "auth_user_password_change": ("in", "in", 403, 403, 403, 403, 200),
    "auth_group_changelist": ("in", "in", 403, 403, 403, 403, 200),
    "auth_group_add": ("in", "in", 403, 403, 403, 403, 200),
    "auth_group_change": ("in", "in", 403, 403, 403, 403, 200),
    "auth_group_history": ("in", "in", 403, 403, 403, 403, 200),
    "auth_group_delete": ("in", "in", 403, 403, 403, 403, 200),
}


def patterns(urls: list[Any], at: str) -> list[tuple[str, str]]:
    """The name and the address, with gaps for what varies, of every page under these patterns."""
    found: list[tuple[str, str]] = []
    for each in urls:
        if isinstance(each, URLResolver):
            found += patterns(each.url_patterns, at + str(each.pattern))
        elif isinstance(each, URLPattern):
            found.append((each.name or f"catch_all {each.pattern}", at + str(each.pattern)))
    return found


def addresses() -> dict[str, str]:
    """Every address of the admin by its rule's name."""
    things: dict[str, Any] = {
        "backer": BackerFactory(),
        "source": SourceFactory(),
        "topic": TopicFactory(),
        "controversy": ControversyFactory().row,
        "user": UserFactory(),
        "group": Group.objects.create(name="Some group"),
    }
    [root] = [
        each for each in get_resolver().url_patterns if getattr(each, "app_name", None) == admin.site.name
    ]
    found: dict[str, str] = {}
    for name, pattern in patterns(root.url_patterns, "/admin/"):
        model = next((model for model in things if f"/{model}/" in pattern), "")
        key = str(things[model].pk) if model else ""
        if name == "app_list":
            for label in ("controversies", "auth"):
                found[f"app_list {label}"] = f"/admin/{label}/"
        elif name == "autocomplete":
            for of, field in (("backing", "backer"), ("citation", "source"), ("controversy", "topic")):
                found[f"autocomplete {of} {field}"] = (
                    f"/admin/autocomplete/?app_label=controversies&model_name={of}&field_name={field}"
                )
        elif name == "view_on_site":
            found[name] = _shortcut(things["controversy"])
        elif name.startswith("catch_all"):
            # One a model, which leads from …/<key>/ to …/<key>/change/; and the admin's own.
            found["short " + model if model else "catch_all"] = (
                re.sub(r"<[^>]+>", key, pattern) if model else "/admin/nonsense/"
            )
        else:
            found[name] = re.sub(r"<[^>]+>", key, re.sub(r"<int:[^>]+>", "1", pattern))
    return found


def _shortcut(thing: Any) -> str:
    return f"/admin/r/{ContentType.objects.get_for_model(thing).pk}/{thing.pk}/"


def clients() -> dict[str, Client]:
    users = {
        "reader": UserFactory(),
        "staff": UserFactory(is_staff=True),
        "contributor": UserFactory(role="contributor"),
        "editor": UserFactory(role="editor"),
        "publisher": UserFactory(role="publisher"),
        "superuser": UserFactory(is_superuser=True),
    }
    made = {"anonymous": Client()}
    for role, user in users.items():
        made[role] = Client()
        made[role].force_login(user)
    return made


def answer(client: Client, address: str) -> Any:
    response = client.get(address)
    if response.status_code == 302 and response.headers["Location"].startswith("/admin/login/"):
        return "in"
    if response.status_code == 302 and response.headers["Location"] == "/admin/":
        return "index"
    return response.status_code


def test_every_address_of_the_admin_has_a_rule() -> None:
    assert sorted(addresses()) == sorted(RULES)


def test_every_address_answers_every_role_by_its_rule() -> None:
    users, wrong = clients(), []

    for name, address in addresses().items():
        for role, expected in zip(ROLES, RULES.get(name, ()), strict=False):
            got = answer(users[role], address)
            if got != expected:
                wrong.append((name, role, expected, got))

    assert not wrong, wrong


def test_what_is_closed_to_a_role_is_closed_to_what_it_sends() -> None:
    users, wrong = clients(), []

    for name, address in addresses().items():
        for role, expected in zip(ROLES, RULES.get(name, ()), strict=False):
            if expected not in ("in", 403, 404):
                continue
            response = users[role].post(
                address, {"name": "Mine", "title": "Mine", "post": "yes", "_save": "1"}
            )
            leads = response.headers.get("Location", "")
            closed = response.status_code in (403, 404, 405) or leads.startswith("/admin/login/")
            if not closed:
                wrong.append((name, role, response.status_code, leads))

    assert not wrong, wrong
