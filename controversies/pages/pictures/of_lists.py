"""The charts over several pages, pure functions: who holds what, who stands with whom, how a topic's pages relate."""

import uuid
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.kit.keys import anchor
from controversies.pages.holdings import HeldPosition
from controversies.pages.shared_uses import SharedUse

from .charts import ChartCredit, digits
from .matrix import MOST_COLUMNS, Mark, MatrixChart, MatrixColumn, MatrixMark, MatrixRow

HOLDINGS, TOGETHER = "holdings", "together"
NAMES = (HOLDINGS, TOGETHER)  # of the charts of a list of backers
_LETTERS = 3  # of positions in one mark


def holdings_chart(
    held: Sequence[HeldPosition], credit: ChartCredit, notes: tuple[str, ...] = ()
) -> MatrixChart:
    """Return the backers × pages, with the letters of the positions held; pages of several backers come first."""
    letters: dict[tuple[str, str], list[str]] = {}
    for each in held:
        letters.setdefault((each.backer, each.page), []).append(each.label)
    backers = _backers_by_name(held)
    popular = Counter(page for _backer, page in letters)
    by_page = {each.page: each for each in held}
    pages = sorted(popular, key=lambda page: (-popular[page], by_page[page].page_title, page))
    rows, columns = _places(backers), _places(pages)
    return MatrixChart(
        _("Who holds what"),
        credit,
        _("Backer"),
        tuple(
            MatrixColumn(
                str(i), by_page[page].page_title, reverse("controversy", args=[by_page[page].page_slug])
            )
            for i, page in enumerate(pages, 1)
        ),
        tuple(
            MatrixRow(one.backer_name, reverse("backer", args=[one.backer_slug])) for one in backers.values()
        ),
        {
            (rows[backer], columns[page]): (MatrixMark(Mark.TILE, _short(labels), " ".join(labels)),)
            for (backer, page), labels in letters.items()
        },
        {Mark.TILE: _("Holds the position with this letter")},
        ("backer", "controversy", "mark", "positions"),
        notes,
        ngettext("%(n)s backer", "%(n)s backers", len(backers)) % {"n": digits(len(backers))} + ".",
        most_rows=60,
    )


def together_chart(
    held: Sequence[HeldPosition], credit: ChartCredit, notes: tuple[str, ...] = ()
) -> MatrixChart:
    """Return the backers × backers: how many positions two hold both, or that they differ on a page that both are on.

    Backers that hold a position together with most come first; those alone on their pages are left out.
    """
    backers = _backers_by_name(held)
    positions: dict[str, set[str]] = {}
    pages: dict[str, set[str]] = {}
    for each in held:
        positions.setdefault(each.position, set()).add(each.backer)
        pages.setdefault(each.page, set()).add(each.backer)
    same = _pairs(positions.values())
    met = _pairs(pages.values())
    with_others = Counter(backer for pair in same for backer in pair)
    order = [
        backer
        for backer in sorted(backers, key=lambda key: (-with_others[key], backers[key].backer_name, key))
        if any(backer in pair for pair in met)
    ]
    places = _places(order)
    marks = {}
    for pair in met:
        one, other = pair
        mark = MatrixMark(Mark.TILE, str(same[pair])) if same[pair] else MatrixMark(Mark.HOLLOW)
        marks[places[one], places[other]] = marks[places[other], places[one]] = (mark,)
    addresses = {key: reverse("backer", args=[backers[key].backer_slug]) for key in order}
    return MatrixChart(
        _("Who stands with whom"),
        credit,
        _("Backer"),
        tuple(
            MatrixColumn(str(i), backers[key].backer_name, addresses[key], is_named=False)
            for i, key in enumerate(order, 1)
        ),
        tuple(MatrixRow(backers[key].backer_name, addresses[key], str(i)) for i, key in enumerate(order, 1)),
        marks,
        {
            Mark.TILE: _("Number of positions that both hold"),
            Mark.HOLLOW: _("On one page, with different positions"),
        },
        ("backer", "other_backer", "mark", "positions"),
        notes,
        most_rows=MOST_COLUMNS,
    )


def allies_chart(key: str, name: str, held: Sequence[HeldPosition], credit: ChartCredit) -> MatrixChart:
    """Return the other backers × the pages on which a backer holds a position: who holds the same, and who another.

    Those that hold most of the same positions come first.
    """
    own: dict[str, list[HeldPosition]] = {}
    for each in held:
        if each.backer == key:
            own.setdefault(each.page, []).append(each)
    own_positions = {each.position for ones in own.values() for each in ones}
    marks_of: dict[tuple[str, str], list[HeldPosition]] = {}
    for each in held:
        if each.backer != key and each.page in own:
            marks_of.setdefault((each.backer, each.page), []).append(each)
    agreed = Counter(each.backer for each in held if each.position in own_positions)
    backers = _backers_by_name([each for ones in marks_of.values() for each in ones])
    order = sorted(backers, key=lambda other: (-agreed[other], backers[other].backer_name, other))
    rows, columns = _places(order), _places(own)
    return MatrixChart(
        _("Who stands with %(name)s") % {"name": name},
        credit,
        _("Backer"),
        tuple(
            MatrixColumn(
                str(i),
                _("%(title)s: position %(labels)s")
                % {"title": ones[0].page_title, "labels": ", ".join(each.label for each in ones)},
                f"{reverse('controversy', args=[ones[0].page_slug])}#{anchor('position', ones[0].position)}",
            )
            for i, ones in enumerate(own.values(), 1)
        ),
        tuple(
            MatrixRow(backers[other].backer_name, reverse("backer", args=[backers[other].backer_slug]))
            for other in order
        ),
        {
            (rows[other], columns[page]): _with_and_against(ones, own_positions)
            for (other, page), ones in marks_of.items()
        },
        {
            Mark.TILE: _("Holds the same position"),
            Mark.HOLLOW: _("Holds another position on the page"),
        },
        ("backer", "controversy", "mark", "positions"),
    )


def _with_and_against(ones: Sequence[HeldPosition], own: set[str]) -> tuple[MatrixMark, ...]:
    """Return the marks of a backer's positions on a page: those that are among `own`, and others."""
    marks = []
    for mark, labels in (
        (Mark.TILE, [each.label for each in ones if each.position in own]),
        (Mark.HOLLOW, [each.label for each in ones if each.position not in own]),
    ):
        if labels:
            marks.append(MatrixMark(mark, _short(labels), " ".join(labels)))
    return tuple(marks)


def topic_chart(
    pages: Sequence[tuple[uuid.UUID, str, str]],
    uses: Sequence[SharedUse],
    credit: ChartCredit,
    notes: tuple[str, ...] = (),
) -> MatrixChart:
    """Return the pages of a topic × the backers and sources that they share; what most of them share comes first.

    `pages` are the key, title and address of each.
    """
    here = Counter((each.type, each.key) for each in uses)
    by_key = {(each.type, each.key): each for each in uses}
    order = sorted(
        here,
        key=lambda one: (here[one] == 1, -here[one], -by_key[one].pages, by_key[one].title, str(one)),
    )[:MOST_COLUMNS]
    order.sort(key=lambda one: one[0])  # backers, then sources
    rows, columns = _places(key for key, _title, _slug in pages), _places(order)
    return MatrixChart(
        _("How the pages relate"),
        credit,
        _("Controversy"),
        tuple(
            MatrixColumn(
                str(i),
                ngettext("%(title)s (%(n)s page)", "%(title)s (%(n)s pages)", by_key[one].pages)
                % {"title": by_key[one].title, "n": digits(by_key[one].pages)},
                reverse(one[0], args=[by_key[one].slug]),
            )
            for i, one in enumerate(order, 1)
        ),
        tuple(MatrixRow(title, reverse("controversy", args=[slug])) for _key, title, slug in pages),
        {
            (rows[each.page], columns[each.type, each.key]): (
                MatrixMark(Mark.TILE if each.type == "backer" else Mark.HOLLOW),
            )
            for each in uses
            if (each.type, each.key) in columns
        },
        {
            Mark.TILE: _("A backer that this page shares with others"),
            Mark.HOLLOW: _("A source that this page shares with others"),
        },
        ("controversy", "shared", "mark", "note"),
        notes,
    )


def _backers_by_name(held: Sequence[HeldPosition]) -> dict[str, HeldPosition]:
    """Return one position of each backer by its key, in the order of names."""
    by_key = {each.backer: each for each in held}
    return dict(sorted(by_key.items(), key=lambda item: (item[1].backer_name, item[0])))


def _pairs(groups: Iterable[set[str]]) -> Counter[tuple[str, str]]:
    """Count for each pair the groups that both are in."""
    return Counter(pair for group in groups for pair in combinations(sorted(group), 2))


def _places[Key: Hashable](keys: Iterable[Key]) -> dict[Key, int]:
    return {key: place for place, key in enumerate(keys)}


def _short(labels: Sequence[str]) -> str:
    """Return the letters that a mark has room for."""
    if len(labels) <= _LETTERS:
        return "".join(labels) if all(len(each) == 1 for each in labels) else " ".join(labels)
    return f"{labels[0]}+{len(labels) - 1}"
