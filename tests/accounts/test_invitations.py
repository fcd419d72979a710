"""Invitations by e-mail: with a role, once, for a week."""

import datetime
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from controversies import rights
from controversies.accounts import invitations, roles
from controversies.accounts.roles import RoleName
from controversies.models import Invitation, RightsChange
from tests.factories import PASSWORD, TopicFactory, UserFactory, group
from tests.markup import one_line

pytestmark = pytest.mark.django_db
ACCEPTED = {
    "username": "ada",
    "first_name": "Ada",
    "last_name": "Example",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


@pytest.fixture
def root() -> Any:
    group("editor")
    return UserFactory(username="root", is_superuser=True)


def client(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def link() -> str:
    [path] = re.findall(
        r"^http://[^/\s]+(/admin/account/invitation/\S+)$", mail.outbox[-1].body, re.MULTILINE
    )
    return path


def test_administrator_invites_and_the_guest_accepts(root: Any) -> None:
    topic = TopicFactory(title="Weights")
    page = client(root).get("/admin/controversies/invitation/add/").content.decode()
    assert "Edits pages, decides on proposals and suggestions" in page
    sent = {"email": "ada@crux.example", "role": "editor", "topics": [str(topic.pk)]}

    response = client(root).post("/admin/controversies/invitation/add/", sent, follow=True)

    assert "The invitation was sent to ada@crux.example." in response.content.decode()
    [message] = mail.outbox
    assert message.to == ["ada@crux.example"]
    assert "as: Editor." in message.body
    assert "For these topics: Weights" in message.body
    guest = Client()
    html = one_line(guest.get(link()).content.decode())
    assert "You are invited as: Editor." in html
    response = guest.post(link(), ACCEPTED)
    assert response.headers["Location"] == "/admin/account/second-factor/"
    user = User.objects.get(username="ada")
    assert (user.email, user.is_staff, user.is_superuser) == ("ada@crux.example", True, False)
    assert roles.role_of(user) is RoleName.EDITOR
    assert rights.allowed_topics(user) == {str(topic.pk)}
    assert guest.get("/admin/").status_code == 200
    assert [row.change for row in RightsChange.objects.order_by("id")] == [
        "invitation",
        "role",
        "topics",
        "invitation-accepted",
    ]
    listed = client(root).get("/admin/controversies/invitation/").content.decode()
    assert "Accepted" in listed


def over(path: str) -> bool:
    first, second = Client().get(path), Client().post(path, ACCEPTED)
    return (
        first.status_code == second.status_code == 410
        and "This invitation does not work any more." in first.content.decode()
    )


def test_link_works_once(root: Any) -> None:
    invitations.invite("ada@crux.example", RoleName.EDITOR, None, by=root)
    path = link()
    Client().post(path, ACCEPTED)

    assert over(path)
    assert User.objects.filter(email="ada@crux.example").count() == 1


def test_link_works_for_a_week(root: Any) -> None:
    invitations.invite("ada@crux.example", RoleName.EDITOR, None, by=root)
    Invitation.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))

    assert over(link())


def test_withdrawn_link_works_no_more(root: Any) -> None:
    invitation = invitations.invite("ada@crux.example", RoleName.EDITOR, None, by=root)

    response = client(root).post(
        "/admin/controversies/invitation/",
        {"action": "withdraw", "_selected_action": [str(invitation.pk)]},
        follow=True,
    )

    assert "Done for 1 invitation." in response.content.decode()
    assert over(link())
    with pytest.raises(invitations.InvitationOver):
        invitations.send_again(invitation, by=root)


def test_sent_again_has_a_new_link(root: Any) -> None:
    invitation = invitations.invite("ada@crux.example", RoleName.EDITOR, None, by=root)
    first = link()
    Invitation.objects.update(expires_at=timezone.now())

    invitations.send_again(invitation, by=root)

    assert first != link()
    assert over(first)
    assert Client().post(link(), ACCEPTED).status_code == 302


def test_link_of_somebody_who_is_no_administrator_any_more_gives_nothing(root: Any) -> None:
    invitations.invite("ada@crux.example", RoleName.ADMINISTRATOR, None, by=root)
    User.objects.filter(pk=root.pk).update(is_superuser=False)

    assert Client().post(link(), ACCEPTED).status_code == 410
    assert not User.objects.filter(username="ada").exists()


def test_link_is_not_in_the_database(root: Any) -> None:
    invitation = invitations.invite("ada@crux.example", RoleName.EDITOR, None, by=root)

    token = link().rstrip("/").rpartition("/")[2]
    assert len(token) >= 43
    assert token.encode() not in bytes(invitation.digest)


def test_guesses_find_no_invitation(root: Any) -> None:
    invitations.invite("ada@crux.example", RoleName.EDITOR, None, by=root)

    for token in ("x", "%00", "9" * 300, "..", link().rstrip("/").rpartition("/")[2][:-1]):
        assert Client().get(f"/admin/account/invitation/{token}/").status_code in (404, 410)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password2": "another long password"}, "password2"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"username": "root"}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": ""}, "username"),
    ],
)
def test_form_says_what_is_wrong_and_the_link_stays(root: Any, change: dict[str, str], field: str) -> None:
    invitations.invite("ada@crux.example", RoleName.EDITOR, None, by=root)

    response = Client().post(link(), {**ACCEPTED, **change})

    assert response.status_code == 200
    assert response.context["form"].errors[field]
    assert Client().post(link(), ACCEPTED).status_code == 302


def test_guest_cannot_choose_their_rights(root: Any) -> None:
    invitations.invite("ada@crux.example", RoleName.CONTRIBUTOR, None, by=root)

    Client().post(
        link(), {**ACCEPTED, "role": "administrator", "is_superuser": "1", "is_staff": "1", "email": "x@y.z"}
    )

    user = User.objects.get(username="ada")
    assert (roles.role_of(user), user.is_superuser, user.email) == (
        RoleName.CONTRIBUTOR,
        False,
        "ada@crux.example",
    )


@pytest.mark.parametrize("email", ["", "x", "a@b.example\nBcc: x@evil.example"])
def test_address_of_an_invitation_is_an_address(root: Any, email: str) -> None:
    client(root).post("/admin/controversies/invitation/add/", {"email": email, "role": "editor"})

    assert mail.outbox == []


@pytest.mark.parametrize("role", ["contributor", "editor", "publisher"])
def test_only_administrators_invite(role: str) -> None:
    user = UserFactory(role=role)

    with pytest.raises(PermissionDenied):
        invitations.invite("ada@crux.example", RoleName.CONTRIBUTOR, None, by=user)
    assert client(user).get("/admin/controversies/invitation/").status_code == 403


def test_link_leads_to_the_site_whatever_host_was_asked(root: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], "http://crux.example"

    client(root).post(
        "/admin/controversies/invitation/add/",
        {"email": "ada@crux.example", "role": "editor"},
        headers={"host": "evil.example"},
    )

    assert "evil.example" not in mail.outbox[0].body
    assert "http://crux.example/admin/account/invitation/" in mail.outbox[0].body
