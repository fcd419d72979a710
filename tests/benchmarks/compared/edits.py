"""The whole set."""

from .by_hand import by_hand
from .generated import generated
from .labels import LabelledEdit


def labelled_edits() -> list[LabelledEdit]:
    """Every edit of the set, those by hand first."""
    return [*by_hand(), *generated()]
