"""Moves of pages from one topic to another, read from the heads of their revisions."""

import uuid
from collections.abc import Iterable

from controversies.document.types import Topic
from controversies.models import Revision

from .log_lines import decode_head, fetch

# SQL condition: the topic of the page at revision `r` is another one than before, or the same with another name.
CHANGES_TOPIC = f"r.changes @? '{Revision.TOPIC_CHANGED}'"

_HEADS = """
    SELECT k.page, k.number, head.body, basis.body
    FROM unnest(%(pages)s::uuid[], %(numbers)s::integer[]) k (page, number)
    JOIN LATERAL (
        SELECT b.body, b.basis FROM controversies_block b
        WHERE b.controversy_id = k.page AND b.key = k.page AND b.since <= k.number
        ORDER BY b.since DESC LIMIT 1
    ) head ON true
    LEFT JOIN controversies_block basis
        ON basis.controversy_id = k.page AND basis.key = k.page AND basis.since = head.basis
"""


def topic_moves(places: Iterable[tuple[uuid.UUID, int]]) -> dict[tuple[uuid.UUID, int], tuple[Topic, Topic]]:
    """Return the topics before and after those of these revisions (keys of pages, numbers) that moved their page.

    One query, none without revisions. A head that cannot be read tells of no move.
    """
    wanted = [(page, number) for page, number in places if number > 1]
    if not wanted:
        return {}
    both = [(page, each) for page, number in wanted for each in (number - 1, number)]
    pages, numbers = zip(*both, strict=True)
    topics: dict[tuple[uuid.UUID, int], Topic] = {}
    for page, number, body, basis in fetch(_HEADS, {"pages": list(pages), "numbers": list(numbers)}):
        try:
            topics[page, number] = decode_head(body, basis).topic
        except (TypeError, ValueError):
            continue
    moves = {}
    for page, number in wanted:
        before, after = topics.get((page, number - 1)), topics.get((page, number))
        if before is not None and after is not None and before.key != after.key:
            moves[page, number] = before, after
    return moves
