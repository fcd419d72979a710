"""What registries say of a work, asked in the loopback world."""

import pytest

from controversies.checks.metadata import Proposals, look_up
from controversies.checks.metadata.values import ValueOrigin
from controversies.kit.identifiers import identify
from tests.checks.world import Reply

from . import answers

pytestmark = pytest.mark.django_db(transaction=True)
ORIGINS = {
    "api.crossref.org": ValueOrigin.CROSSREF,
    "api.datacite.org": ValueOrigin.DATACITE,
    "export.arxiv.org": ValueOrigin.ARXIV,
    "eutils.ncbi.nlm.nih.gov": ValueOrigin.PUBMED,
    "openlibrary.org": ValueOrigin.OPEN_LIBRARY,
}


def values(proposals: Proposals) -> dict[str, str]:
    return {name: each.value for name, each in proposals.values.items()}


def look(pasted: str) -> Proposals:
    return look_up(identify(pasted), address=pasted if pasted.startswith("https://") else "")


def answer_with(world, host, path, reply):
    """Let a registry answer, and every other say that it knows nothing."""
    for each in ORIGINS:
        world.host(each)
    world.handle(host, path, lambda request: reply)


@pytest.mark.parametrize("answer", answers.ANSWERS, ids=lambda answer: f"{answer.host}-{answer.name}")
def test_work_is_proposed_as_its_registry_has_it(world, clock, answer):
    content_type = "application/atom+xml" if answer.host == "export.arxiv.org" else "application/json"
    content_type = "text/xml" if answer.host == "eutils.ncbi.nlm.nih.gov" else content_type
    answer_with(world, answer.host, answer.path, Reply(200, answer.body, {"Content-Type": content_type}))

    proposals = look(answer.pasted)

    assert values(proposals) == answer.wanted
    assert proposals.failure == ""
    origins = {name: each.origin for name, each in proposals.values.items()}
    assert {name for name, origin in origins.items() if origin == ValueOrigin.PASTED} <= {"url"}
    assert {origins[name] for name in ("title", "kind")} == {ORIGINS[answer.host]}
