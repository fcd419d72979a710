"""Precision and recall of what is reported, per kind of edit."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from . import reported
from .labels import LabelledEdit, Match, match


@dataclass
class Score:
    """Counts over edits of one kind."""

    edits: int = 0
    right: int = 0
    false: int = 0
    missed: int = 0
    same_classes: int = 0
    substantive: int = 0
    called_less: int = 0
    called_more: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.false) if self.right + self.false else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    def add(self, edit: LabelledEdit, found: Match, classes: frozenset[str]) -> None:
        """Count one edit, and note what is wrong with what was reported of it."""
        self.edits += 1
        self.right += len(found.right)
        self.false += len(found.false)
        self.missed += len(found.missed)
        wrong = [f"false: {each}" for each in found.false] + [f"missed: {each}" for each in found.missed]
        is_same = classes in edit.classes
        self.same_classes += is_same
        if edit.is_substantive:
            self.substantive += 1
            if "substantive" not in classes:
                self.called_less += 1
                wrong.append(f"substantive is called {' '.join(sorted(classes)) or 'nothing'}")
        elif "substantive" in classes and not any("substantive" in each for each in edit.classes):
            self.called_more += 1
        if not is_same:
            wanted = " | ".join(" ".join(sorted(each)) or "-" for each in edit.classes)
            wrong.append(f"classes: {' '.join(sorted(classes)) or '-'} for {wanted}")
        if wrong:
            self.faults.append(f"{edit.kind}: {edit.name}\n" + "\n".join(f"    {each}" for each in wrong))


def scores(edits: Iterable[LabelledEdit]) -> dict[str, Score]:
    """The score of each kind, and of all of them under “all”."""
    found: dict[str, Score] = {}
    for edit in edits:
        result = match(edit, reported.changes(edit.old, edit.new))
        classes = reported.classes(edit.old, edit.new)
        for kind in (edit.kind, "all"):
            found.setdefault(kind, Score()).add(edit, result, classes)
    return {kind: found[kind] for kind in sorted(found, key=lambda kind: (kind == "all", kind))}


def table(found: dict[str, Score]) -> str:
    """The scores, a line a kind."""
    lines = [
        f"{'kind':<16} edits  right  false  missed  precision  recall  classes  substantive called less  more"
    ]
    for kind, score in found.items():
        lines.append(
            f"{kind:<16} {score.edits:>5} {score.right:>6} {score.false:>6} {score.missed:>7}"
            f" {score.precision:>10.3f} {score.recall:>7.3f} {score.same_classes:>4}/{score.edits:<4}"
            f" {score.called_less:>10} of {score.substantive:<8} {score.called_more:>6}"
        )
    return "\n".join(lines)
