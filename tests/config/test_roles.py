"""`fixtures/roles`: who may do what."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

pytestmark = pytest.mark.django_db
CONTENT = {"topic", "controversy", "backer", "source"}


def rights() -> dict[str, set[str]]:
    return {
        group.name: {permission.codename for permission in group.permissions.all()}
        for group in Group.objects.prefetch_related("permissions")
    }


@pytest.fixture(autouse=True)
def roles():
    call_command("loaddata", "roles", verbosity=0)


def test_roles_each_have_more_rights_than_the_one_before():
    found = rights()

    assert set(found) == {"Contributor", "Editor", "Publisher"}
    assert found["Contributor"] < found["Editor"] < found["Publisher"]


def test_roles_contributor_reads_proposes_and_adds_what_a_proposal_needs():
    writes = {right for right in rights()["Contributor"] if not right.startswith("view_")}

    assert writes == {"propose_controversy", "add_backer", "add_source"}


def test_roles_editor_adds_and_changes_all_content():
    found = rights()

    more = found["Editor"] - found["Contributor"]
    assert more == {f"{act}_{model}" for act in ("add", "change") for model in CONTENT} - found["Contributor"]


def test_roles_only_the_publisher_publishes():
    found = rights()

    assert found["Publisher"] - found["Editor"] == {"publish_controversy"}


def test_roles_let_nobody_delete_anything():
    assert not [right for found in rights().values() for right in found if right.startswith("delete_")]


def test_roles_loaded_twice_change_nothing():
    before, ids = rights(), set(Group.objects.values_list("id", flat=True))

    call_command("loaddata", "roles", verbosity=0)

    assert rights() == before
    assert set(Group.objects.values_list("id", flat=True)) == ids
