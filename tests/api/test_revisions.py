"""Revisions: the list, and what changed between two, in structure and in words."""

import json
from dataclasses import replace

import pytest

from tests.factories import ControversyFactory

pytestmark = pytest.mark.django_db


def test_list_is_newest_first_and_goes_on_by_number(api, follow):
    ControversyFactory(slug="one", revisions=5)

    items, answers = follow("/controversies/one/revisions", limit=2)

    assert [item["number"] for item in items] == [5, 4, 3, 2, 1]
    assert answers == 3
    last = items[-1]
    assert (last["author"], last["summary"], last["previous"]) == ("Edith Editor", "First version.", 0)
    assert items[0]["previous"] == 4
    assert items[0]["compare"] == "http://testserver/api/v1/controversies/one/compare/4/5"
    assert items[0]["changed"] == "The summary of the status changed"
    assert items[0]["classes"] == ["status"]
    assert items[0]["added"] > 0
    assert items == api("/controversies/one/revisions", limit=100)["items"]


def test_list_is_filtered(slugs):
    made = ControversyFactory(slug="one", revisions=6)

    def numbers(**query):
        return slugs("/controversies/one/revisions", "number", **query)

    assert numbers(author="Paul Publisher") == [5, 2]
    assert numbers(**{"class": "confidence"}) == [4, 3]
    assert numbers(block=made.key) == [5, 1]
    assert numbers(block=made.key, author="Edith Editor") == [1]


def test_what_readers_could_not_see_is_not_listed_nor_told(client, api):
    made = ControversyFactory(slug="one", revisions=3, published_at=3)
    made.edit(publication="withdrawn", title="Taken back zqx")
    made.edit(publication="published", title="Back again")

    found = api("/controversies/one/revisions")["items"]

    assert [(each["number"], each["previous"]) for each in found] == [(5, 0), (3, 0)]
    assert [each["changed"] for each in found] == ["Published", "Published"]
    assert [(each["classes"], each["added"], each["removed"]) for each in found] == [([], 0, 0)] * 2
    assert "zqx" not in json.dumps(found)
    for number in (1, 2, 4):
        assert client.get(f"/api/v1/controversies/one/revisions/{number}").status_code == 404
        assert client.get(f"/api/v1/controversies/one/compare/{number}/5").status_code == 404
        assert client.get(f"/api/v1/controversies/one/compare/5/{number}").status_code == 404


def test_comparison_is_structured_and_word_by_word(api):
    made = ControversyFactory(slug="one", positions=2, points=1, backings=2, citations=2)
    first, second = made.document.positions
    kept = replace(
        first, claim=first.claim.replace("cannot take", "can never take"), confidence="low", backings=()
    )
    made.save(made.document.with_blocks(positions=(kept,)))

    found = api("/controversies/one/compare/1/2")

    assert (found["from"]["number"], found["to"]["number"]) == (1, 2)
    changes = {(each["kind"], each["action"]): each for each in found["blocks"]}
    changed, removed = changes["position", "changed"], changes["position", "removed"]
    assert removed["key"] == second.key
    assert removed["old"]["claim"] == second.claim
    assert removed["new"] is None
    claim, confidence = changed["fields"]
    assert (claim["name"], claim["label"], claim["new"]) == ("claim", "Claim", kept.claim)
    assert [run["text"] for run in claim["words"] if run["op"] == "removed"] == ["cannot "]
    assert [run["text"] for run in claim["words"] if run["op"] == "added"] == ["can never "]
    assert (confidence["old"], confidence["new"], confidence["words"]) == ("high", "low", None)
    [backings] = changed["lists"]
    assert (backings["name"], [each["action"] for each in backings["items"]]) == ("backings", ["removed"])
    assert found["unchanged"] > 0
    assert found["summary"].endswith(".")


def test_words_of_a_comparison_make_both_texts(api):
    ControversyFactory(slug="one", revisions=4)

    for a, b in ((1, 4), (4, 1), (2, 3)):
        for block in api(f"/controversies/one/compare/{a}/{b}")["blocks"]:
            for field in block["fields"]:
                runs = field["words"] or []
                if runs:
                    assert "".join(r["text"] for r in runs if r["op"] != "added") == field["old"]
                    assert "".join(r["text"] for r in runs if r["op"] != "removed") == field["new"]


def test_comparison_with_nothing_and_with_itself(api):
    made = ControversyFactory(slug="one")

    whole = api("/controversies/one/compare/0/1")
    same = api("/controversies/one/compare/1/1")

    assert whole["from"] is None
    assert {each["action"] for each in whole["blocks"]} == {"added"}
    assert len(whole["blocks"]) == len(made.document.blocks())
    assert (same["blocks"], same["unchanged"]) == ([], len(made.document.blocks()))


@pytest.mark.parametrize("path", ["revisions/1", "compare/1/2", "compare/0/2"])
def test_what_was_said_and_changed_stays_as_it_was(client, path):
    made = ControversyFactory(slug="one", revisions=2)
    before = client.get(f"/api/v1/controversies/one/{path}")

    made.edit(title="Another")
    after = client.get(f"/api/v1/controversies/one/{path}")

    assert (after.content, after["ETag"]) == (before.content, before["ETag"])
