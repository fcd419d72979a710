"""The contest: every algorithm on the same histories, and its table."""

from collections.abc import Callable

from .contestants import Contestant, Ours, PreviousRevision, WikiWho
from .histories import Step, history
from .score import Answers, Score

_LAST = 20  # revisions of which the newest that an algorithm did not pass over counts


def run(mixes: list[str], lengths: list[int], seeds: list[int], *, with_wikiwho: bool) -> None:
    """Print the table."""
    contestants: dict[str, Callable[[], Contestant]] = {"ours": Ours, "previous revision": PreviousRevision}
    if with_wikiwho:
        contestants["WikiWho 1.0.3"] = WikiWho
    heads = ("mix", "revisions", "seed", "words", "algorithm", "words", "first", "wording", "reverts", "CPU")
    print(_LINE.format(*heads))
    for mix in mixes:
        for length in lengths:
            totals: dict[str, list[tuple[float, ...]]] = {name: [] for name in contestants}
            for seed in seeds:
                scores, seconds = _measure(contestants, mix, length, seed)
                for name, score in scores.items():
                    ratio = seconds[name] / seconds["ours"]
                    figures = (
                        *map(score.share, ("revision", "first", "wording")),
                        score.reverts_wrong,
                        ratio,
                    )
                    totals[name].append(figures)
                    own = f"{seconds[name] / length * 1000:.2f} ms" if name == "ours" else f"× {ratio:.2f}"
                    wrong = f"{score.reverts_wrong} in {score.reverts}"
                    _print(mix, length, seed, score.counts["words"], name, figures, wrong, own)
            for name, rows in totals.items():
                means = tuple(sum(column) / len(rows) for column in zip(*rows, strict=True))
                _print(mix, length, "mean", "", name, means, f"{means[3]:.1f}", f"× {means[4]:.2f}")


_LINE = "{:<9}{:>10}{:>6}{:>8}  {:<18}{:>8}{:>8}{:>8}{:>14}{:>10}"


def _print(
    mix: str,
    length: int,
    seed: int | str,
    words: int | str,
    name: str,
    figures: tuple[float, ...],
    wrong: str,
    cpu: str,
) -> None:
    first, wording = (f"{100 * each:.2f}" if each else "–" for each in figures[1:3])
    share = f"{100 * figures[0]:.2f}"
    print(_LINE.format(mix, length, seed, words, name, share, first, wording, wrong, cpu), flush=True)


def _measure(
    contestants: dict[str, Callable[[], Contestant]], mix: str, length: int, seed: int
) -> tuple[dict[str, Score], dict[str, float]]:
    """The score of each algorithm after so many revisions, and the seconds that it took."""
    entered = {name: make() for name, make in contestants.items()}
    scores = {name: Score() for name in entered}
    restored = {step.reverts_to for step in history(seed, length, mix)}
    earlier: dict[int, dict[str, Answers | None]] = {}
    last: list[tuple[Step, dict[str, Answers | None]]] = []
    for step in history(seed, length, mix):
        for each in entered.values():
            each.add(step)
        if not (step.reverts_to or step.number in restored or step.number > length - _LAST):
            continue
        answers = {name: each.answers(step) for name, each in entered.items()}
        if step.number in restored:
            earlier[step.number] = answers
        for name, now in answers.items() if step.reverts_to else ():
            before = earlier[step.reverts_to][name]
            if before is not None and now is not None:
                scores[name].add_revert(before, now)
        if step.number > length - _LAST:
            last.append((step, answers))
    for name, score in scores.items():
        step, now = next((step, each[name]) for step, each in reversed(last) if each[name] is not None)
        assert now is not None
        score.add(step, now)
    return scores, {name: each.seconds for name, each in entered.items()}
