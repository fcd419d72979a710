"""Redactions of a page, held against its blocks and revisions, and the notices about them."""

from collections.abc import Iterator
from itertools import groupby

from django.utils.translation import gettext as _

from controversies import models as m
from controversies.history.redactions import Notice
from controversies.kit.keys import MAX_NUMBER
from controversies.models import RedactedPart, RedactionGround

from .chain_rows import PageRemovals, RemovedText, rows
from .running import Running

# A later removal can replace the digests, which the pages' chains cover: anchors leave them out since version 2.
_ALL = """
    SELECT id, controversy_id::text, key::text, since, part, encode(digest, 'hex'), encode(now, 'hex'),
        (extract(epoch FROM time) * 1000000)::bigint, ground, reason, by_name, second_name, office, role
    FROM controversies_redaction ORDER BY id
"""


def by_place(removed: list[Notice]) -> PageRemovals:
    """Return the removed texts by place; of several removals from one place, the last."""
    removals = PageRemovals()
    for each in removed:
        removal = RemovedText(each.digest, each.now)
        if each.part == RedactedPart.BLOCK:
            removals.blocks[each.key, each.since] = removal
        else:
            removals.texts[each.since, each.part] = removal
    return removals


def faults(removals: PageRemovals) -> Iterator[str]:
    """Yield the redactions of nothing that the page has, once its chain was read."""
    for (key, since), removal in removals.blocks.items():
        if not removal.is_found:
            yield _(
                "A redaction is of block %(key)s since revision %(since)s, which is another or not there."
            ) % {
                "key": key,
                "since": since,
            }
    for (number, part), removal in removals.texts.items():
        if not removal.is_found:
            yield _(
                "A redaction is of the %(part)s of revision %(number)s, which is another or not there."
            ) % {
                "part": RedactedPart(part).label.lower(),
                "number": number,
            }


def repeated_ranges(key: str, removed: list[Notice]) -> tuple[range, ...]:
    """Return the revisions that arrive again: those that showed a text from which words were removed."""
    if not removed:
        return ()
    ends: dict[str, list[int]] = {}
    blocks = m.Block.objects.filter(controversy_id=key, key__in={each.key for each in removed if each.key})
    for name, since in blocks.order_by("since").values_list("key", "since"):
        ends.setdefault(str(name), []).append(since)
    ranges = []
    for each in removed:
        later = (since for since in ends.get(each.key, ()) if since > each.since)
        end = next(later, MAX_NUMBER) if each.part == RedactedPart.BLOCK else each.since + 1
        ranges.append(range(each.since, end))
    return tuple(ranges)


def notices(removed: list[Notice]) -> Iterator[str]:
    """Yield a sentence for each removal: when, on which ground, by whom, and its places."""
    groups = groupby(
        removed, key=lambda each: (each.time, each.ground, each.by_name, each.second_name, each.role)
    )
    for (time, ground, by, second, role), members in groups:
        people = by or _("somebody elsewhere")
        if second:
            people = _("%(one)s and %(other)s") % {"one": by, "other": second}
        yield _("Words were removed on %(day)s (%(ground)s), by %(who)s as %(role)s: %(places)s.") % {
            "day": f"{time:%Y-%m-%d %H:%M}",
            "ground": str(RedactionGround(ground).label).lower(),
            "who": people,
            "role": role,
            "places": ", ".join(map(_place, members)),
        }


def _place(removed: Notice) -> str:
    if removed.part == RedactedPart.BLOCK:
        return _("revision %(number)s, block %(key)s") % {"number": removed.since, "key": removed.key}
    return _("revision %(number)s, %(part)s") % {
        "number": removed.since,
        "part": RedactedPart(removed.part).label.lower(),
    }


def digests(count: int, version: int) -> tuple[tuple[int, str], str]:
    """Return the count and running digest of redactions, and the digest of the first `count`, "" if there are fewer.

    The latter is made as an anchor of this version has it.
    """
    running, earlier, then = Running(), Running(), ""
    for row in rows(_ALL, [], tuple):
        running.add([*row[:5], *row[7:]])
        earlier.add(row if version == 1 else [*row[:5], *row[7:]])
        if running.count == count:
            then = earlier.state[1]
    return running.state, then
