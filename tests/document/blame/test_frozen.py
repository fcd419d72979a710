"""The algorithm is frozen, and right about histories in which the author of each word is known."""

import hashlib

import pytest

from controversies.document.blame import ALGORITHM, MemoryArchive, attribute
from tests.benchmarks.blame.contestants import Ours
from tests.benchmarks.blame.histories import history
from tests.benchmarks.blame.score import Score


def digest(mix: str) -> str:
    """The digest of all that is stored of a fixed history."""
    archive, old, stored = MemoryArchive(), None, hashlib.sha256()
    for step in history(1, 40, mix):
        outcome = attribute(old, step.document, step.number, archive, restores=bool(step.reverts_to))
        archive.add(outcome.origins, outcome.former)
        stored.update(repr(sorted(outcome.origins.items())).encode())
        stored.update(repr(sorted(outcome.former)).encode())
        old = step.document
    return stored.hexdigest()[:16]


def test_what_is_stored_is_what_this_algorithm_stores():
    """Whoever changes what attribution answers gives ALGORITHM another number: databases then derive it again."""
    digests = {mix: digest(mix) for mix in ("moderate", "hostile")}

    assert (ALGORITHM, digests) == (1, {"moderate": "d9b0d874985abd65", "hostile": "ae4d753f074bf394"})


@pytest.mark.parametrize(("mix", "words", "wordings"), [("moderate", 0.995, 0.999), ("hostile", 0.98, 0.99)])
def test_words_and_wordings_are_told_right(mix, words, wordings):
    ours, score, earlier = Ours(), Score(), {}
    steps = list(history(2, 120, mix))
    restored = {step.reverts_to for step in steps}
    for step in steps:
        ours.add(step)
        if step.reverts_to:
            score.add_revert(earlier[step.reverts_to], ours.answers(step))
        if step.number in restored:
            earlier[step.number] = ours.answers(step)
    score.add(steps[-1], ours.answers(steps[-1]))

    assert score.reverts > 2
    assert score.reverts_wrong == 0
    assert score.share("revision") >= words
    assert score.share("wording") >= wordings
