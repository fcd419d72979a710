"""What very many pages show is counted by what is kept, and no more of it is read than of anything else."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from controversies.admin.shared import usage
from controversies.history import merge
from controversies.models import Proposal
from tests.factories import BackerFactory, SourceFactory, UserFactory
from tests.history.test_merge import BACKER, SOURCE, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> Client:
    client = Client()
    client.force_login(UserFactory(role="editor"))
    return client


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A backer and a source on three public pages and a draft, of which few rows are read at once."""
    hub = {"backer": BackerFactory(name="Hub"), "source": SourceFactory(title="Hub")}
    for number, publication in enumerate(["published"] * 3 + ["draft"]):
        page(
            title=f"Page {number}",
            publication=publication,
            backers=[hub["backer"]],
            sources=[hub["source"]],
            backings=1,
        )
    monkeypatch.setattr(merge, "MAX_READ", 3)
    monkeypatch.setattr(usage, "MAX_MENTIONED", 3)
    return hub


@pytest.mark.parametrize("block_type", [BACKER, SOURCE])
def test_no_more_rows_are_read_than_are_needed(hub: dict[str, Any], block_type: Any) -> None:
    key = str(hub[block_type.name].pk)

    with CaptureQueriesContext(connection) as captured:
        [sample] = merge.sample_pages(block_type, [key]).values()

    assert len(captured) == 3
    assert 1 <= len(sample.keys) <= 3
    assert (sample.is_whole, sample.public, sample.count) == (False, 3, 3)


def test_of_few_rows_all_pages_are_told(hub: dict[str, Any]) -> None:
    few = BackerFactory()
    shown = page(backers=[few], backings=1)

    samples = merge.sample_pages(BACKER, [str(few.pk), str(BackerFactory().pk)])

    assert [(each.is_whole, sorted(each.keys)) for each in samples.values()] == [
        (True, [shown.key]),
        (True, []),
    ]


@pytest.mark.parametrize("kind", ["backer", "source"])
def test_page_of_a_hub_counts_public_pages_and_lists_the_first(
    editor: Client, hub: dict[str, Any], kind: str
) -> None:
    url = reverse(f"admin:controversies_{kind}_change", args=[hub[kind].pk])

    text = " ".join(editor.get(url).content.decode().split())

    assert "On <strong>3</strong> public pages. Pages that are not public may show it, too." in text
    assert all(f">Page {number}</a>" in text for number in range(3))
    assert ">Page 3</a>" not in text


def test_deletion_and_merge_count_public_pages_of_a_hub(editor: Client, hub: dict[str, Any]) -> None:
    keys = f"{hub['backer'].pk},{BackerFactory(name='Other').pk}"

    deletion = editor.get(reverse("admin:controversies_backer_delete_unused"), {"ids": keys})
    merging = editor.get(reverse("admin:controversies_backer_merge"), {"ids": keys})
    form = merging.context["form"]
    into_other = editor.post(
        reverse("admin:controversies_backer_merge"),
        {"ids": keys, "kept": form.other_rows[0].key, "reason": "", "drawn": form["drawn"].value()},
    )

    assert "3 public pages show it" in deletion.content.decode()
    assert "on 3 public pages" in " ".join(merging.content.decode().split())
    assert "At least <strong>3 pages</strong> get a new revision each" in " ".join(
        into_other.content.decode().split()
    )


def test_box_tells_a_hub_from_others_by_one_page(editor: Client, hub: dict[str, Any]) -> None:
    [option] = editor.get(reverse("admin:controversies_source_matches"), {"q": "Hub"}).json()["options"]

    assert "and many other pages" in option["detail"]


def test_open_proposal_keeps_what_it_mentions() -> None:
    mentioned, free = BackerFactory(), BackerFactory()
    shown = page(positions=1, backings=1)
    document = {"backers": [{"key": str(mentioned.pk)}], "topic": {"key": "x"}}
    Proposal.objects.create(
        controversy_id=shown.key,
        base=1,
        document=document,
        reason="r",
        author_name="a",
        created=timezone.now(),
        changed=timezone.now(),
    )

    assert merge.shown_keys(BACKER, [str(mentioned.pk), str(free.pk)]) == {str(mentioned.pk)}
