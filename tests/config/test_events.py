"""Named events in the log: what happened, in ids; nothing that anybody typed."""

import json
import logging

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path

from config.urls import urlpatterns as site_patterns
from controversies import models as m
from controversies.document.redact import RemovedWords
from controversies.kit.events import LEFT_OUT, log_event
from controversies.kit.networks import network_of
from controversies.workflow import redaction
from controversies.workflow.redaction import RedactionOrder
from tests.factories import PASSWORD, ControversyFactory, UserFactory, group

CANARY = "canary"
ADDRESS = "192.0.2.77"
pytestmark = pytest.mark.django_db(transaction=True)


def _break_a_rule(request):
    with transaction.atomic():
        m.Topic.objects.create(title=f"{CANARY} one", slug="same")
        m.Topic.objects.create(title=f"{CANARY} two", slug="same")


def _grant(request):
    assert request.user.is_superuser
    get_user_model().objects.get(pk=request.POST["account"]).groups.add(group("editor"))
    return HttpResponse("granted")


urlpatterns = [
    path("test/break/", _break_a_rule),
    path("test/grant/", _grant),
    *site_patterns,
]
handler500 = "config.errors.server_error"


def events(json_log) -> list[dict]:
    return [line for line in json_log() if line["logger"] == "crux.events"]


def fields(line: dict) -> dict:
    return {key: line[key] for key in line if key not in ("logger", "level", "timestamp", "request_id")}


def test_log_ins_and_log_outs(client, json_log):
    user = UserFactory(username=f"{CANARY}-name", email=f"{CANARY}@crux.example", role="editor")
    json_log()
    form = {"username": user.username, "password": f"{CANARY}-password"}
    client.login(**form)
    client.login(username=f"{CANARY}@nobody.example", password=f"{CANARY}\0")
    client.login(username=user.username, password=PASSWORD)
    client.logout()

    lines = json_log()
    assert [(line["event"], line.get("account")) for line in lines] == [
        ("login_failed", user.pk),
        ("login_failed", None),
        ("login", user.pk),
        ("logout", user.pk),
    ]
    assert CANARY not in json.dumps(lines)


def test_failed_log_in_at_the_form_tells_the_network(json_log):
    user = UserFactory(role="editor")
    Client().post(
        "/admin/login/",
        {"username": user.username, "password": f"{CANARY}!"},
        REMOTE_ADDR=ADDRESS,
        follow=True,
    )

    lines = json_log()
    failed = [line for line in lines if line["event"] == "login_failed"]
    for line in failed:
        assert (line["account"], line["network"], line["level"]) == (user.pk, "192.0.2.0/24", "warning")
        assert line["request_id"]
    assert ADDRESS not in json.dumps(lines)
    assert CANARY not in json.dumps(lines)


def test_rights_and_passwords(json_log):
    user = UserFactory(first_name=CANARY)
    editors = group("editor")
    permission = Permission.objects.get(codename="publish_controversy")
    json_log()

    user.groups.add(editors)
    user.user_permissions.add(permission)
    editors.user_set.remove(user)
    user.user_permissions.clear()
    editors.permissions.remove(permission)
    user.is_staff = True
    user.save()
    user.set_password(f"{CANARY}-password")
    user.save()
    user.save()

    lines = json_log()
    assert [fields(line) for line in lines] == [
        {"event": "rights_changed", "change": "add", "account": user.pk, "groups": [editors.pk]},
        {"event": "rights_changed", "change": "add", "account": user.pk, "permissions": [permission.pk]},
        {"event": "rights_changed", "change": "remove", "group": editors.pk, "accounts": [user.pk]},
        {"event": "rights_changed", "change": "clear", "account": user.pk},
        {
            "event": "group_rights_changed",
            "change": "remove",
            "group": editors.pk,
            "permissions": [permission.pk],
        },
        {"event": "rights_changed", "account": user.pk, "right": "is_staff", "granted": True},
        {"event": "password_changed", "account": user.pk},
    ]
    assert CANARY not in json.dumps(lines)


def test_rights_given_in_a_request_tell_by_whom(client, json_log, settings):
    settings.ROOT_URLCONF = __name__
    group("editor")
    superuser, user = UserFactory(is_superuser=True), UserFactory()
    client.force_login(superuser)
    json_log()

    client.post("/test/grant/", {"account": user.pk})

    [line] = events(json_log)
    assert (line["event"], line["by"], line["account"]) == ("rights_changed", superuser.pk, user.pk)
    log_event("later")
    assert "by" not in json_log()[-1]


def test_nothing_is_logged_of_what_was_rolled_back(json_log):
    user = UserFactory()
    json_log()

    with transaction.atomic():
        user.groups.add(Group.objects.create(name=CANARY))
        transaction.set_rollback(True)

    assert json_log() == []


def test_withdrawals_and_removals(json_log):
    publisher = UserFactory(role="publisher")
    page = ControversyFactory()
    json_log()

    page.edit(question=f"Is the {CANARY} alive?", summary=f"{CANARY} reason")
    order = RedactionOrder(RemovedWords(CANARY), ground="law", by_name="P", office="publisher")
    redaction.apply(order, author=publisher)
    other = ControversyFactory()
    other.edit(publication="withdrawn", summary=f"{CANARY} again")

    lines = events(json_log)
    assert [line["event"] for line in lines] == ["words_removed", "page_withdrawn"]
    assert (lines[0]["by"], lines[0]["ground"]) == (publisher.pk, "law")
    assert lines[1]["page"] == other.key
    assert CANARY not in json.dumps(lines)


def test_errors_of_the_database_quote_no_rows(json_log, settings):
    settings.ROOT_URLCONF = __name__
    response = Client(raise_request_exception=False).get("/test/break/")

    assert response.status_code == 500
    [line] = [each for each in json_log() if "exception" in each]
    assert "IntegrityError" in line["exception"]
    assert "DETAIL:  (left out)" in line["exception"]
    assert "(same)" not in line["exception"]


def test_fields_are_names_and_numbers(json_log):
    log_event(
        "tried", level=logging.WARNING, text="several words", mail="a@b.example", none=None, ids=[3, "x y"]
    )

    [line] = json_log()
    assert fields(line) == {"event": "tried", "text": LEFT_OUT, "mail": LEFT_OUT, "ids": [3, LEFT_OUT]}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_networks(address, network):
    assert network_of(address) == network


def test_saving_an_account_reads_its_flags_once_and_a_log_in_never():
    user = UserFactory()

    def reads(**options) -> int:
        with CaptureQueriesContext(connection) as queries:
            user.save(**options)
        return sum(query["sql"].startswith('SELECT "auth_user"."is_active"') for query in queries)

    assert (reads(), reads(update_fields=["last_login"])) == (1, 0)
