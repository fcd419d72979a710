"""Verdicts derived again from what was seen, which is kept for good."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction

from controversies.models import SourceCheck, SourceState

from . import clock
from .recording import apply_standing, standing_of
from .verdicts import Standing, next_check, replay


def derive(source_id: UUID) -> Standing:
    """Return the standing of a source after all that was seen of it.

    All but `steps` is exact: of a row that stands for many answers alike, only the first and last times are known.
    """
    checks = list(SourceCheck.objects.filter(source=source_id).order_by("first", "pk"))
    address = next((check.address for check in reversed(checks) if check.address), "")
    earlier = [place for place, check in enumerate(checks) if check.address not in ("", address)]
    at_last = (
        checks[earlier[-1] + 1 :] if earlier else checks
    )  # what was seen at another address counts no more
    return replay(
        (check.strike, check.hops[-1][1] if check.hops else "", time)
        for check in at_last
        if check.strike
        for time in _times(check)
    )


def _times(check: SourceCheck) -> Iterator[datetime]:
    for number in range(check.count - 1):
        yield check.first + (check.last - check.first) / (check.count - 1) * number
    yield check.last


def follows(state: SourceState, derived: Standing) -> bool:
    """Tell whether a verdict on record is the one that follows from what was seen."""
    recorded = standing_of(state)
    return (
        recorded.verdict == derived.verdict
        and recorded.since == derived.since
        and recorded.moved_to == derived.moved_to
        and (recorded.strike, recorded.strikes, recorded.first_strike_at)
        == (derived.strike, derived.strikes, derived.first_strike_at)
    )


def rebuild() -> tuple[int, int]:
    """Correct all verdicts that do not follow from what was seen; return how many there are, and how many were wrong.

    What editors accepted stays. Each source is a transaction of its own.
    """
    count = wrong = 0
    for key in SourceState.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=1000):
        with transaction.atomic():
            state = SourceState.objects.select_for_update().filter(pk=key).first()
            if state is None:
                continue
            count += 1
            derived = derive(state.pk)
            if not follows(state, derived):
                wrong += 1
                apply_standing(state, derived)
                state.due_at = min(state.due_at, next_check(derived, clock.now(), state.pk))
                state.save()
    return count, wrong
