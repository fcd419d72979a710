"""The blame that is stored of a page, derived again from its revisions and compared.

Memory grows with what has left the page since its first revision. What is not stored is no fault: it is derived when
somebody asks for it.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from controversies.document.blame import FormerText
from controversies.history.blame.derive import replay_page
from controversies.history.blame.storage import derived_number, former_text
from controversies.history.read import UnreadableRevision

from .chain_rows import rows

_ORIGINS = """
    SELECT since, key::text, runs FROM controversies_origin WHERE controversy_id = %s AND every = %s ORDER BY since, key
"""
_FORMER = """
    SELECT hash, key::text, since, grams, body FROM controversies_gone
    WHERE controversy_id = %s AND every = %s ORDER BY since, key, hash
"""


def faults(key: str) -> Iterator[str]:
    """Yield the faults of readers' blame and of the desk's; nothing of a page that cannot be read."""
    for every in (False, True):
        try:
            yield from _faults(key, every=every)
        except UnreadableRevision:
            return  # which the chain's faults name


def _faults(key: str, *, every: bool) -> Iterator[str]:
    number = derived_number(key, every=every)
    stored = rows(_ORIGINS, [key, every], tuple)
    pending = next(stored, None)
    former: dict[tuple[int, str], FormerText] = {}
    last = 0
    for revision in replay_page(key, number, every=every) if number else ():
        expected = dict(revision.attribution.origins)
        while pending is not None and pending[0] <= revision.number:
            since, block, runs = pending
            if since != revision.number or expected.pop(block, None) != bytes(runs):
                yield _fault(since, block)
            pending = next(stored, None)
        for block in expected:
            yield _fault(revision.number, block)
        for text in revision.attribution.former:
            former[text.hash, text.key] = text
        last = revision.number
    while pending is not None:
        yield _fault(pending[0], pending[1])
        pending = next(stored, None)
    if last != number:
        yield _("Who wrote what is stored up to revision %(number)s, but should be up to %(last)s.") % {
            "number": number,
            "last": last,
        }
    for text in rows(_FORMER, [key, every], former_text):
        if former.pop((text.hash, text.key), None) != text:
            yield _former_fault(text)
    for text in former.values():
        yield _former_fault(text)


def _fault(number: int, key: str) -> str:
    return _("Revision %(number)s: who wrote what in block %(key)s is not what follows from the record.") % {
        "number": number,
        "key": key,
    }


def _former_fault(text: FormerText) -> str:
    return _(
        "Revision %(number)s: the origins of what left block %(key)s are not what follows from the record."
    ) % {"number": text.since, "key": text.key}
