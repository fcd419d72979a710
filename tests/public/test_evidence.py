"""What a stranger downloads of a page verifies with the verifier that a stranger downloads, and nothing else does."""

import json

import pytest

from controversies.workflow import redaction
from tests.factories import BIG, ControversyFactory
from tests.history.transparency.logs import fill, key, sign
from tests.history.transparency.verifier import crux_verify, verify_page
from tests.workflow.redaction.test_erase import order
from tests.workflow.redaction.test_replaced_digests import WORDS, with_words

pytestmark = pytest.mark.django_db(transaction=True)
POLICY = f"log {key()}\nquorum none\n".encode()


def downloaded(client, page, number: int) -> tuple[bytes, bytes]:
    """The JSON of a revision, and its proof."""
    address = f"/controversies/{page.slug}/revisions/{number}"
    return client.get(f"{address}.json").content, client.get(f"{address}.tlog-proof").content


def verified(client, page, number: int):
    return verify_page(*downloaded(client, page, number), POLICY)


def test_every_revision_of_a_large_page_verifies(client):
    page = ControversyFactory(revisions=4, **BIG)
    fill(300)
    sign()

    for number in range(1, 5):
        report = verified(client, page, number)
        assert report.faults == []
        assert report.notes == []


def test_page_as_readers_see_it_today_verifies(client):
    page = ControversyFactory(revisions=2)
    sign()
    text = client.get(f"/controversies/{page.slug}.json").content

    assert verify_page(text, downloaded(client, page, 2)[1], POLICY).is_verified


def test_tampered_part_is_named(client):
    page = ControversyFactory(revisions=2, positions=3)
    sign()
    text, proof = downloaded(client, page, 2)
    values = json.loads(text)
    values["positions"][1]["argument"] += "!"

    report = verify_page(json.dumps(values).encode(), proof, POLICY)

    [fault] = report.faults
    assert fault.kind == "altered-part"
    assert fault.place.startswith("page.json, position B, “")


def test_revision_after_hidden_ones_verifies(client):
    page = ControversyFactory(publication="draft", revisions=1)
    page.edit(title="Another title")
    page.edit(publication="published")
    page.edit(publication="withdrawn")
    page.edit(publication="published", title="A third title")
    sign()

    for number in (3, 5):
        assert verified(client, page, number).faults == []


WAYS = [False, True]


@pytest.mark.parametrize("replaces_digests", WAYS)
def test_page_without_words_that_were_removed_verifies_and_says_so(client, replaces_digests):
    page = with_words()
    sign()
    redaction.apply(order(WORDS, replaces_digests=replaces_digests))
    sign()

    for number in range(1, 6):
        report = verified(client, page, number)
        assert report.faults == []
        assert ("removal" in report.noted) == (number in (2, 3) and not replaces_digests)


@pytest.mark.parametrize("replaces_digests", WAYS)
def test_words_removed_twice_from_the_same_part(client, replaces_digests):
    page = with_words()
    for words in ("said", WORDS):
        redaction.apply(order(words, replaces_digests=replaces_digests))
        sign()

    for number in range(1, 6):
        assert verified(client, page, number).faults == []


@pytest.mark.parametrize("replaces_digests", WAYS)
def test_revision_whose_author_was_removed_verifies(client, replaces_digests):
    page = ControversyFactory(revisions=1)
    page.edit(title="Another title", author_name="Zoë Qüxly")
    page.edit(title="A third title")
    redaction.apply(order("Zoë Qüxly", replaces_digests=replaces_digests))
    sign()

    for number in range(1, 4):
        report = verified(client, page, number)
        assert report.faults == []
        assert ("removal" in report.noted) == (number == 2 and not replaces_digests)


def test_text_cannot_be_altered_under_cover_of_a_removed_author(client):
    page = ControversyFactory(revisions=1)
    page.edit(title="Another title", author_name="Zoë Qüxly")
    redaction.apply(order("Zoë Qüxly"))
    sign()
    text, proof = downloaded(client, page, 2)
    values = json.loads(text)
    values["title"] = "An altered title"
    blocks = crux_verify.page_blocks(values, "")
    values["revision"]["document_digest"] = crux_verify.document_digest(
        (each.key, each.digest) for each in blocks
    ).hex()

    report = verify_page(json.dumps(values).encode(), proof, POLICY)

    assert report.counts == {"altered-revision": 1}


def test_removal_that_is_not_signed_yet_is_not_taken_for_lawful(client):
    """The words are gone, and the newest checkpoint does not know of it: the verifier says what it sees."""
    page = with_words()
    sign()
    redaction.apply(order(WORDS))

    assert verified(client, page, 3).counts == {"altered-part": 1}
    sign()
    assert verified(client, page, 3).is_verified
