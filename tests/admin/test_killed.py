"""A process that dies by SIGKILL between any two statements of a save: all of the save is there, or none of it."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import ip_address
from secrets import randbits
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.urls import reverse

from controversies import history
from controversies import models as m
from controversies.document import rows
from controversies.history import verify
from controversies.workflow import proposals, suggestions
from tests.admin.editing import ADD_URL, change_url, opened
from tests.factories import ControversyFactory, TopicFactory, UserFactory, new_key

pytestmark = pytest.mark.django_db(transaction=True)

# Reads a request a line; a child of its own sends it to the site and kills itself before its n-th statement. COMMIT
# counts as one, and so does the end: whoever dies after the last statement has got no answer, but all is written.
PROGRAM = """
    import json, os, signal, sys
    import django
    django.setup()
    from django.db import connection
    from django.test import Client

    def one(request):
        left = request["n"]
        def step():
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        def watch(execute, *args):
            step()
            return execute(*args)
        client = Client(headers={"host": "localhost"})
        client.cookies["sessionid"] = request["session"]
        connection.ensure_connection()
        commit = connection._commit
        def watched_commit():
            step()
            commit()
        connection._commit = watched_commit
        with connection.execute_wrapper(watch):
            response = client.post(request["url"], request["data"])
            step()
        os._exit(0 if response.status_code == 302 else 1)

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            one(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
MANY = 100  # statements: beyond this something is wrong


@dataclass
class Sent:
    """A request that is about to be sent, and how to tell afterwards whether what it asks for was done."""

    key: str  # of the controversy
    url: str
    data: dict[str, Any]
    is_there: Callable[[], list[bool]]  # each thing that is written: all are there, or none


def _is_recorded(key: str, number: int) -> list[bool]:
    """Whether each trace of this revision is there."""
    head = history.head(key)
    return [
        (head.number if head else 0) == number,
        m.Revision.objects.filter(controversy=key, number=number).exists(),
        m.Block.objects.filter(controversy=key, since=number).exists(),
    ]


def _form(client: Client, url: str) -> Any:
    sent = opened(client, url)
    sent["head-question"], sent["reason-summary"] = "Is this mine?", "Why"
    return sent


def saved(client: Client, *, merged: bool = False) -> Sent:
    """An edit, whether somebody else has saved meanwhile or not."""
    made = ControversyFactory(positions=1, points=1, backings=1, citations=1)
    sent = _form(client, change_url(made.key))
    if merged:
        made.edit(status_summary="Theirs")
    number = made.head.number + 1

    def is_there() -> list[bool]:
        head = history.head(made.key)
        assert head is not None
        assert head.document.head.status_summary == made.document.head.status_summary
        return [
            *_is_recorded(made.key, number),
            head.document.head.question == "Is this mine?",
            LogEntry.objects.filter(object_id=made.key).exists(),
        ]

    return Sent(made.key, change_url(made.key), {**sent.data(), "_save": "1"}, is_there)


def added(client: Client) -> Sent:
    """A new page."""
    topic = TopicFactory()
    sent = _form(client, ADD_URL)
    sent["head-title"], sent["head-topic"] = f"A page on {topic.slug}", str(topic.pk)
    key = sent["key"]
    return Sent(
        key,
        ADD_URL,
        {**sent.data(), "_save": "1"},
        lambda: [
            *_is_recorded(key, 1),
            m.Controversy.objects.filter(pk=key).exists(),
            LogEntry.objects.filter(object_id=key).exists(),
        ],
    )


def undone(client: Client) -> Sent:
    """A revision undone, after another one."""
    made = ControversyFactory(positions=1, question="Was it?")
    made.edit(question="Is it?")
    made.edit(status_summary="Theirs")
    url = reverse("admin:controversies_controversy_undo", args=[made.key, 2])
    return Sent(
        made.key,
        url,
        {"base": "3", "reason-summary": "Why"},
        lambda: [
            *_is_recorded(made.key, 4),
            m.Controversy.objects.get(pk=made.key).question == "Was it?",
            LogEntry.objects.filter(object_id=made.key).exists(),
        ],
    )


def proposed(client: Client) -> Sent:
    """A change proposed by a contributor."""
    cora = UserFactory(role="contributor")
    client.force_login(cora)
    made = ControversyFactory(positions=1)
    sent = _form(client, change_url(made.key))
    key = sent["proposal"]
    return Sent(
        made.key,
        change_url(made.key),
        {**sent.data(), "_save": "1"},
        lambda: [
            m.Proposal.objects.filter(pk=key).exists(),
            LogEntry.objects.filter(object_id=key).exists(),
        ],
    )


def accepted(_client: Client) -> Sent:
    """A proposal accepted after the page has moved on."""
    made = ControversyFactory(positions=1, points=1, backings=1, citations=1)
    mine = replace(made.document, head=replace(made.document.head, question="Is this mine?"))
    cora = UserFactory(role="contributor")
    proposal = proposals.propose(mine, author=cora, reason="Why", base=1)
    made.edit(status_summary="Theirs")

    def is_there() -> list[bool]:
        now = m.Proposal.objects.get(pk=proposal.pk)
        return [
            *_is_recorded(made.key, 3),
            (now.state, now.revision) == ("accepted", 3),
            m.Controversy.objects.get(pk=made.key).question == "Is this mine?",
            LogEntry.objects.filter(object_id=str(proposal.pk)).exists(),
        ]

    return Sent(
        made.key, proposal.get_absolute_url(), {"_accept": "1", "version": "1", "head": "2"}, is_there
    )


def edited(client: Client) -> Sent:
    """A proposal that a reviewer edits and accepts after the page has moved on: two revisions."""
    made = ControversyFactory(positions=1, points=1, backings=1, citations=1)
    mine = replace(made.document, head=replace(made.document.head, title="A title proposed"))
    cora = UserFactory(role="contributor")
    proposal = proposals.propose(mine, author=cora, reason="Why", base=1)
    sent = _form(client, change_url(made.key, f"?shown=p{proposal.pk}"))
    made.edit(status_summary="Theirs")

    def is_there() -> list[bool]:
        now = m.Proposal.objects.get(pk=proposal.pk)
        row = m.Controversy.objects.get(pk=made.key)
        return [
            *_is_recorded(made.key, 4),
            m.Revision.objects.filter(controversy=made.key, number=3, author=cora).exists(),
            m.Block.objects.filter(controversy=made.key, since=3).exists(),
            (now.state, now.revision) == ("accepted", 3),
            row.question == "Is this mine?",
            row.title == "A title proposed",
            LogEntry.objects.filter(object_id=str(proposal.pk)).exists(),
        ]

    return Sent(made.key, change_url(made.key), {**sent.data(), "_save": "1"}, is_there)


def used(client: Client) -> Sent:
    """A reader's suggestion that an edit makes use of."""
    made = ControversyFactory(positions=1)
    suggestion = suggestions.suggest(
        made.document,
        key=new_key(),
        block=None,
        number=1,
        address=str(ip_address(randbits(32))),
        wrong="The year is.",
    )
    sent = _form(client, change_url(made.key, f"?suggestion={suggestion.pk}"))

    def is_there() -> list[bool]:
        now = m.Suggestion.objects.get(pk=suggestion.pk)
        return [*_is_recorded(made.key, 2), (now.state, now.revision) == ("used", 2)]

    return Sent(made.key, change_url(made.key), {**sent.data(), "_save": "1"}, is_there)


@pytest.mark.parametrize(
    "prepare",
    [saved, partial(saved, merged=True), added, undone, proposed, accepted, edited, used],
    ids=["saved", "merged", "added", "undone", "proposed", "accepted", "edited", "used"],
)
def test_killed_between_any_two_statements_of_a_save_leaves_all_of_it_or_nothing(
    prepare: Callable[[Client], Sent],
) -> None:
    client = Client()
    client.force_login(UserFactory(role="editor"))
    base, _, _old = os.environ["DATABASE_URL"].rpartition("/")
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "EMAIL_URL": "dummymail://",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    ended: list[tuple[int, bool]] = []  # how the process ended, and whether what it was asked for is there
    try:
        for n in range(1, MANY):
            sent = prepare(client)
            assert not any(sent.is_there())
            request = {
                "n": n,
                "session": client.cookies["sessionid"].value,
                "url": sent.url,
                "data": sent.data,
            }
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            code = int(process.stdout.readline())
            traces = sent.is_there()
            assert len(set(traces)) == 1, (n, traces)
            ended.append((code, traces[0]))
            head = history.head(sent.key)
            if head is not None:
                assert head.document == rows.from_rows([sent.key])[sent.key]
                assert list(verify.faults(sent.key)) == []
            if code == 0:
                break
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(60)

    # Killed before its first statement and before each that follows; nothing is there until all is.
    assert ended[0] == (-signal.SIGKILL, False)
    assert ended[-1] == (0, True)
    assert {code for code, _is_there in ended[:-1]} == {-signal.SIGKILL}
    found = [is_there for _code, is_there in ended]
    assert found == sorted(found)
    assert found.count(False) > 8
    assert found.count(True) > 1  # killed after COMMIT, and not at all
