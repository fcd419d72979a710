"""Edits made at random from a seed, over generated pages and the fixtures', each with the label of what it did."""

import re
from collections.abc import Callable, Iterable
from random import Random

from controversies.document.types import Document

from .editor import PageEditor
from .labels import LabelledEdit, class_sets
from .pages import FIXTURES, generated_page, newest

SEED, EACH = 8, 9  # edits of each kind
_POSITION_CLASSES = (
    "substantive | substantive source | substantive attribution | substantive source attribution"
)


class NotPossible(Exception):
    """The page has nothing that this kind of edit could be made of; another page is tried."""


type Made = tuple[list[list[str]], str, dict[str, str]]
type Kind = Callable[[Random, PageEditor], Made]

_KINDS: dict[str, list[Kind]] = {}


def generated(seed: int = SEED, each: int = EACH) -> list[LabelledEdit]:
    """So many edits of each kind. The same seed makes the same edits."""
    made: list[LabelledEdit] = []
    for kind, ways in _KINDS.items():
        random = Random(f"{seed} {kind}")
        count = 0
        while count < each * len(ways):
            way = ways[count % len(ways)]
            page = PageEditor(_page(random))
            try:
                readings, classes, prose = way(random, page)
            except NotPossible:
                continue
            name = f"{way.__name__.strip('_').replace('_', ' ')} ({page.before.head.slug}, {count})"
            told = tuple(tuple(reading) for reading in readings)
            after = page.document()
            made.append(LabelledEdit(kind, name, page.before, after, told, class_sets(classes), prose))
            count += 1
    return [*made, *reverted(made, 2 * each)]


def _page(random: Random) -> Document:
    if random.random() < 0.25:
        return newest(random.choice(FIXTURES))
    return generated_page(random.randint(0, 39))


def _kind(kind: str) -> Callable[[Kind], Kind]:
    def register(make: Kind) -> Kind:
        _KINDS.setdefault(kind, []).append(make)
        return make

    return register


def _made(
    *changes: str, classes: str, readings: Iterable[list[str]] = (), prose: dict[str, str] | None = None
) -> Made:
    return list(readings) or [list(changes)], classes, prose or {}


# -- what there is to choose from --


def _letters(page: PageEditor) -> list[str]:
    return [name for name in page.parts if name.isupper()]


def _points(page: PageEditor) -> list[str]:
    return [name for name in page.parts if name.isdigit()]


def _slugs(page: PageEditor, path: str, name: str) -> list[str]:
    return [page.slug(each, name) for each in page.members(page.part(path), name)]


def _with(random: Random, page: PageEditor, name: str, least: int = 1) -> tuple[str, list[str]]:
    """A position that has so many members in a list, and their slugs."""
    found = [(letter, _slugs(page, letter, name)) for letter in _letters(page)]
    found = [each for each in found if len(each[1]) >= least]
    if not found:
        raise NotPossible
    return random.choice(found)


def _texts(page: PageEditor, least: int = 60) -> list[str]:
    """The paths of the page's own texts that are long enough to be edited."""
    paths = ["context/text", *(f"{point}/body" for point in _points(page))]
    for letter in _letters(page):
        paths.append(f"{letter}/argument")
        paths += [f"{letter}/stances/{point}/text" for point in _slugs(page, letter, "stances")]
    return [path for path in paths if len(page.get(path)) >= least]


def _text(random: Random, page: PageEditor, least: int = 60) -> str:
    found = _texts(page, least)
    if not found:
        raise NotPossible
    return random.choice(found)


def _arguments(page: PageEditor, least: int = 60) -> list[str]:
    return [f"{each}/argument" for each in _letters(page) if len(page.get(f"{each}/argument")) >= least]


# -- renumber --


@_kind("renumber")
def _a_source_is_added_in_front(random: Random, page: PageEditor) -> Made:
    path = random.choice(["A", "A", "context", _points(page)[0], "B"])
    page.cite(path, "a-new-source", at=0)
    return _made(f"added {path}/sources/a-new-source", classes="source")


@_kind("renumber")
def _a_source_is_removed_in_front(random: Random, page: PageEditor) -> Made:
    # One without marks to it and cited once, so that no prose names what is gone.
    letter, slugs = _with(random, page, "sources", 2)
    for slug in slugs:
        number = page.before.source_numbers[page.shared["sources"][slug]["key"]]
        cited = [each.source for each in page.before.citations()]
        prose = "".join(str(page.get(path)) for path in _texts(page, 0))
        prose += "".join(page.get(f"{each}/confidence_reason") for each in _letters(page))
        if f"[{number}]" not in prose or cited.count(page.shared["sources"][slug]["key"]) > 1:
            page.remove(f"{letter}/sources/{slug}")
            return _made(f"removed {letter}/sources/{slug}", classes="source")
    raise NotPossible


@_kind("renumber")
def _a_source_is_moved_within_a_position(random: Random, page: PageEditor) -> Made:
    letter, slugs = _with(random, page, "sources", 3)
    page.move(f"{letter}/sources/{slugs[-1]}", 0)
    return _made(f"moved {letter}/sources/{slugs[-1]}", classes="wording | source")


@_kind("renumber")
def _a_position_with_its_marks_is_moved(random: Random, page: PageEditor) -> Made:
    letters = _letters(page)
    letter = random.choice(letters[2:])
    page.move(letter, 0)
    return _made(f"moved {letter}", classes="wording")


# -- reorder --


@_kind("reorder")
def _positions_in_another_order(random: Random, page: PageEditor) -> Made:
    letters = _letters(page)
    order = letters[:]
    while order == letters:
        random.shuffle(order)
    page.order("positions", "".join(order))
    return _made(classes="wording", readings=_fewest_moves(letters, order))


@_kind("reorder")
def _points_in_another_order(random: Random, page: PageEditor) -> Made:
    points = _points(page)
    order = points[:]
    while order == points:
        random.shuffle(order)
    page.order("points", "".join(order))
    return _made(classes="wording", readings=_fewest_moves(points, order))


@_kind("reorder")
def _sources_in_another_order(random: Random, page: PageEditor) -> Made:
    letter, slugs = _with(random, page, "sources", 3)
    order = slugs[:]
    while order == slugs:
        random.shuffle(order)
    by_slug = {page.slug(each, "sources"): each for each in page.members(page.part(letter), "sources")}
    page.part(letter)["citations"] = [by_slug[slug] for slug in order]
    readings = [
        [each.replace("moved ", f"moved {letter}/sources/") for each in r]
        for r in _fewest_moves(slugs, order)
    ]
    return _made(classes="wording | source", readings=readings)


@_kind("reorder")
def _one_to_the_front_or_the_end(random: Random, page: PageEditor) -> Made:
    letters = _letters(page)
    letter = random.choice([letters[0], letters[-1]])
    page.move(letter, 0 if letter == letters[-1] else len(letters) - 1)
    return _made(f"moved {letter}", classes="wording")


def _fewest_moves(old: list[str], new: list[str]) -> list[list[str]]:
    """Every smallest set of members whose moving explains the new order, those that leave most in their place."""
    best: list[set[str]] = []
    for bits in range(1 << len(old)):
        kept = {each for i, each in enumerate(old) if bits >> i & 1}
        if [each for each in old if each in kept] == [each for each in new if each in kept]:
            best.append(kept)
    longest = max(map(len, best))
    best = [kept for kept in best if len(kept) == longest]
    stayed = {each for each, other in zip(old, new, strict=True) if each == other}
    most = max(len(kept & stayed) for kept in best)
    return [
        [f"moved {each}" for each in old if each not in kept] for kept in best if len(kept & stayed) == most
    ]


# -- slips --


def _words(text: str, least: int = 6) -> list[str]:
    """Words of a text that occur once, are long enough to be known with a letter amiss, and are no names."""
    found = re.findall(rf"(?<![\w\[])[a-z]{{{least},}}(?![\w\]])", text)
    return [word for word in found if len(re.findall(rf"\b{word}\b", text)) == 1]


def _misspell(random: Random, word: str) -> str:
    i = random.randint(1, len(word) - 3)
    way = random.randint(0, 2)
    if way == 0 and word[i] != word[i + 1]:
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    if way == 1:
        return word[:i] + word[i] + word[i:]
    return word[:i] + word[i + 1 :]


def _slip(random: Random, page: PageEditor, path: str) -> None:
    """Make one slip in a text."""
    text = page.get(path)
    words = _words(text)
    if not words:
        raise NotPossible
    word = random.choice(words)
    way = random.choice(["letter", "letter", "letter", "double", "comma", "case"])
    if way == "double":
        new = f"{word} {word}"
    elif way == "comma":
        new = f"{word},"
        if f"{word}," in text or f"{word}." in text:
            new = _misspell(random, word)
    elif way == "case":
        new = word.capitalize()
    else:
        new = _misspell(random, word)
    page.set(path, re.sub(rf"\b{word}\b", new, text))


@_kind("typo")
def _one_slip(random: Random, page: PageEditor) -> Made:
    path = _text(random, page, 30)
    _slip(random, page, path)
    return _made(f"changed {path}", classes="typo", prose={path: "typo"})


@_kind("typo")
def _several_slips_in_one_text(random: Random, page: PageEditor) -> Made:
    path = _text(random, page, 150)
    for _n in range(random.randint(2, 3)):
        _slip(random, page, path)
    return _made(f"changed {path}", classes="typo", prose={path: "typo"})


@_kind("typo")
def _slips_in_several_texts(random: Random, page: PageEditor) -> Made:
    paths = random.sample(_texts(page, 30), 3)
    for path in paths:
        _slip(random, page, path)
    return _made(*(f"changed {path}" for path in paths), classes="typo")


# -- the same said otherwise, and words that turn the meaning --

_SAME = (
    ("consider", "regard"),
    ("think that", "believe that"),
    ("admit that", "concede that"),
    ("reported a decline", "described a decline"),
    ("in its current form", "in its present form"),
    ("is needed for", "is required for"),
    ("point to the settlement", "refer to the settlement"),
    ("expect the", "anticipate the"),
    ("usually harmless", "mostly harmless"),
    ("safe enough", "sufficiently safe"),
    ("within the first year", "in the first year"),
    ("anybody", "anyone"),
)
_TURNED = (
    ("have found no effect", "have found an effect"),
    ("more than 40", "more than 14"),
    ("may publish", "must publish"),
    ("can show", "cannot show"),
    ("12 percent", "21 percent"),
    ("larger than the harm", "smaller than the harm"),
    ("did not agree", "did agree"),
    ("will often accept", "will never accept"),
    ("some of the data", "all of the data"),
    ("above the threshold", "below the threshold"),
    ("have seen all of", "have seen none of"),
    ("is needed for", "is not needed for"),
    ("were never asked", "were always asked"),
    ("rare and usually harmless", "common and usually harmless"),
    ("could be mistaken", "are mistaken"),
    ("a slower introduction", "a faster introduction"),
    ("doubt that", "believe that"),
    ("left the question open", "left the question closed"),
    ("support the proposal", "oppose the proposal"),
    ("for a decade", "for a year"),
    ("safe enough", "unsafe"),
    ("Most of", "Few of"),
    ("Several insurers", "All insurers"),
    ("Courts in two", "Courts in twelve"),
    ("committee of 2021", "committee of 2011"),
)


def _swapped(random: Random, page: PageEditor, pairs: Iterable[tuple[str, str]]) -> str:
    """Replace one of the pairs somewhere on the page; return the path."""
    found = [
        (path, old, new) for path in _texts(page, 20) for old, new in pairs if page.get(path).count(old) == 1
    ]
    if not found:
        raise NotPossible
    path, old, new = random.choice(found)
    page.replace(path, old, new)
    return path


@_kind("wording")
def _other_words(random: Random, page: PageEditor) -> Made:
    path = _swapped(random, page, _SAME)
    return _made(f"changed {path}", classes="wording", prose={path: "wording"})


@_kind("substantive")
def _a_word_turned(random: Random, page: PageEditor) -> Made:
    path = _swapped(random, page, _TURNED)
    return _made(f"changed {path}", classes="substantive", prose={path: "wording"})


@_kind("substantive")
def _a_word_turned_and_a_slip_put_right(random: Random, page: PageEditor) -> Made:
    path = _swapped(random, page, _TURNED)
    other = random.choice([each for each in _texts(page, 60) if each != path])
    _slip(random, page, other)
    return _made(
        f"changed {path}", f"changed {other}", classes="substantive | substantive typo | substantive wording"
    )


_NEW = (
    "A review of the archive in Utrecht describes two earlier failures",
    "Whoever repeats the measurement at sea level gets another answer",
    "None of this was known when parliament held its hearing",
    "Two manufacturers withdrew, citing the price of insurance",
    "An appeal is pending, and its outcome binds the agency",
    "Neighbouring villages kept diaries that contradict the official log",
)


@_kind("substantive")
def _a_sentence_added(random: Random, page: PageEditor) -> Made:
    path = _text(random, page)
    page.set(path, f"{page.get(path)} {random.choice(_NEW)}.")
    return _made(f"changed {path}", classes="substantive")


@_kind("substantive")
def _a_sentence_removed(random: Random, page: PageEditor) -> Made:
    path = _text(random, page, 200)
    paragraphs = page.get(path).split("\n\n")
    sentences = re.split(r"(?<=\.) ", paragraphs[0])
    if len(sentences) < 2:
        raise NotPossible
    sentences.pop(random.randrange(len(sentences)))
    page.set(path, "\n\n".join([" ".join(sentences), *paragraphs[1:]]))
    return _made(f"changed {path}", classes="substantive")


# -- written anew --


def _anew(random: Random) -> str:
    return ". ".join(random.sample(_NEW, 3)) + "."


@_kind("rewrite")
def _a_paragraph_written_anew(random: Random, page: PageEditor) -> Made:
    path = _text(random, page, 200)
    paragraphs = page.get(path).split("\n\n")
    paragraphs[random.randrange(len(paragraphs))] = _anew(random)
    page.set(path, "\n\n".join(paragraphs))
    return _made(f"changed {path}", classes="substantive", prose={path: "rewritten"})


@_kind("rewrite")
def _a_text_written_anew(random: Random, page: PageEditor) -> Made:
    path = _text(random, page)
    page.set(path, _anew(random))
    return _made(f"changed {path}", classes="substantive", prose={path: "rewritten"})


# -- paragraphs split, joined and moved --


@_kind("split")
def _a_paragraph_split(random: Random, page: PageEditor) -> Made:
    path = random.choice([each for each in _arguments(page, 200)] or _no())
    places = [found.start() for found in re.finditer(r"(?<=\.) (?=[A-Z])", page.get(path))]
    if not places:
        raise NotPossible
    at = random.choice(places)
    page.set(path, f"{page.get(path)[:at]}\n\n{page.get(path)[at + 1 :]}")
    return _made(f"changed {path}", classes="wording | typo", prose={path: "split"})


@_kind("join")
def _two_paragraphs_joined(random: Random, page: PageEditor) -> Made:
    path = random.choice([each for each in _texts(page, 200) if "\n\n" in page.get(each)] or _no())
    page.set(path, page.get(path).replace("\n\n", " ", 1))
    return _made(f"changed {path}", classes="wording | typo", prose={path: "joined"})


@_kind("reorder")
def _paragraphs_in_another_order(random: Random, page: PageEditor) -> Made:
    path = random.choice([each for each in _arguments(page, 200) if "\n\n" in page.get(each)] or _no())
    first, *rest = page.get(path).split("\n\n")
    page.set(path, "\n\n".join([*rest, first]))
    return _made(f"changed {path}", classes="wording", prose={path: "moved"})


def _no() -> list[str]:
    raise NotPossible


# -- positions split, merged, added, removed --


@_kind("split position")
def _a_position_split(random: Random, page: PageEditor) -> Made:
    letter, slugs = _with(random, page, "sources", 2)
    path = f"{letter}/argument"
    paragraphs = page.get(path).split("\n\n")
    slug = slugs[-1]
    if len(paragraphs) < 2:
        raise NotPossible
    page.set(path, "\n\n".join(paragraphs[:-1]))
    place = _letters(page).index(letter) + 1
    new = page.add_position("A narrower answer holds for some of the sites", place, argument=paragraphs[-1])
    page.carry(f"{letter}/sources/{slug}", new, anew=random.random() < 0.5)
    required = [f"changed {path}", f"added {new}"]
    return _made(
        classes=_POSITION_CLASSES,
        readings=[
            [
                *required,
                f"moved {letter}/sources/{slug} -> {new}/sources",
                f"? moved {path} -> {new}/argument",
            ],
            [*required, f"removed {letter}/sources/{slug}", f"? moved {path} -> {new}/argument"],
        ],
    )


@_kind("merge positions")
def _two_positions_merged(random: Random, page: PageEditor) -> Made:
    letters = _letters(page)
    kept, gone = random.sample(letters, 2)
    if not page.get(f"{gone}/argument"):
        raise NotPossible
    own = set(_slugs(page, kept, "sources"))
    slugs = [slug for slug in _slugs(page, gone, "sources") if slug not in own]
    page.set(f"{kept}/argument", f"{page.get(f'{kept}/argument')}\n\n{page.get(f'{gone}/argument')}".strip())
    for slug in slugs:
        page.carry(f"{gone}/sources/{slug}", kept)
    page.remove(gone)
    required = [f"changed {kept}/argument", f"removed {gone}", f"? moved {gone}/argument -> {kept}/argument"]
    return _made(
        classes=_POSITION_CLASSES,
        readings=[
            [*required, *(f"moved {gone}/sources/{slug} -> {kept}/sources" for slug in slugs)],
            [*required, *(f"added {kept}/sources/{slug}" for slug in slugs)],
        ],
    )


@_kind("add and remove")
def _a_position_added(random: Random, page: PageEditor) -> Made:
    new = page.add_position(
        "Nobody can tell yet", random.randrange(len(_letters(page)) + 1), argument=_anew(random)
    )
    page.cite(new, "a-first-trial")
    page.back(new, "doubters")
    return _made(f"added {new}", classes=_POSITION_CLASSES)


@_kind("add and remove")
def _a_position_removed(random: Random, page: PageEditor) -> Made:
    letter = random.choice(_letters(page))
    page.remove(letter)
    _unmark(page)
    return _made(f"removed {letter}", classes=_POSITION_CLASSES)


@_kind("add and remove")
def _a_point_added_with_stances(random: Random, page: PageEditor) -> Made:
    point = page.add_point(
        "What was never measured", random.randrange(len(_points(page)) + 1), body=_anew(random)
    )
    letters = random.sample(_letters(page), 2)
    for letter in letters:
        page.say(letter, point, f"{random.choice(_NEW)}.")
    return _made(
        f"added {point}", *(f"added {each}/stances/{point}" for each in letters), classes=_POSITION_CLASSES
    )


@_kind("add and remove")
def _a_point_removed(random: Random, page: PageEditor) -> Made:
    point = random.choice(_points(page))
    page.remove(point)
    _unmark(page)
    return _made(f"removed {point}", classes=_POSITION_CLASSES)


@_kind("add and remove")
def _a_stance_or_backer_or_source_comes_or_goes(random: Random, page: PageEditor) -> Made:
    way = random.randrange(4)
    letter = random.choice(_letters(page))
    if way == 0:
        free = sorted(set(_points(page)) - set(_slugs(page, letter, "stances")))
        if not free:
            raise NotPossible
        point = random.choice(free)
        page.say(letter, point, f"{random.choice(_NEW)}.")
        return _made(f"added {letter}/stances/{point}", classes="substantive")
    if way == 1:
        page.back(letter, "newcomers", 0, since="2024")
        return _made(f"added {letter}/backers/newcomers", classes="attribution")
    if way == 2:
        letter, slugs = _with(random, page, "backers")
        slug = random.choice(slugs)
        page.remove(f"{letter}/backers/{slug}")
        _unmark(page)
        return _made(f"removed {letter}/backers/{slug}", classes="attribution | attribution source")
    page.cite(letter, "another-trial", quote="as measured in the second year", locator="p. 7")
    return _made(f"added {letter}/sources/another-trial", classes="source")


def _unmark(page: PageEditor) -> None:
    """Refuse an edit after which prose would name a source that is gone: then it changes, too."""
    after = page.document()
    gone = {source.key for source in page.before.sources} - {source.key for source in after.sources}
    numbers = {f"[{page.before.source_numbers[each]}]" for each in gone}
    prose = "".join(str(page.get(path)) for path in _texts_left(page))
    if any(number in prose for number in numbers):
        raise NotPossible


def _texts_left(page: PageEditor) -> list[str]:
    """The paths of texts of what is still on the page."""
    left = {
        name
        for name, part in page.parts.items()
        if part in page.data["positions"] or part in page.data["points"]
    }
    paths = [path for path in _texts(page, 0) if path.split("/")[0] in {*left, "context"}]
    return [*paths, *(f"{name}/confidence_reason" for name in left if not name.lstrip("+").isdigit())]


# -- from one position to another --


def _two(random: Random, page: PageEditor, name: str) -> tuple[str, str, str]:
    """A member of a list and a position that lacks it: from, into, slug."""
    letter, slugs = _with(random, page, name)
    slug = random.choice(slugs)
    others = [each for each in _letters(page) if each != letter and slug not in _slugs(page, each, name)]
    if not others:
        raise NotPossible
    return letter, random.choice(others), slug


@_kind("move between")
def _a_source_moved(random: Random, page: PageEditor) -> Made:
    letter, other, slug = _two(random, page, "sources")
    page.carry(f"{letter}/sources/{slug}", other, anew=random.random() < 0.5)
    return _made(f"moved {letter}/sources/{slug} -> {other}/sources", classes="source")


@_kind("move between")
def _a_backer_moved(random: Random, page: PageEditor) -> Made:
    letter, other, slug = _two(random, page, "backers")
    page.carry(f"{letter}/backers/{slug}", other, anew=random.random() < 0.5)
    return _made(f"moved {letter}/backers/{slug} -> {other}/backers", classes="attribution")


@_kind("move between")
def _a_stance_moved(random: Random, page: PageEditor) -> Made:
    letter, other, slug = _two(random, page, "stances")
    page.carry(f"{letter}/stances/{slug}", other)
    return _made(f"moved {letter}/stances/{slug} -> {other}/stances", classes="substantive")


@_kind("move between")
def _a_paragraph_moved(random: Random, page: PageEditor) -> Made:
    paths = [each for each in _arguments(page, 200) if "\n\n" in page.get(each)]
    if len(paths) < 2:
        raise NotPossible
    path, into = random.sample(paths, 2)
    *rest, last = page.get(path).split("\n\n")
    page.set(path, "\n\n".join(rest))
    page.set(into, f"{page.get(into)}\n\n{last}")
    return _made(
        f"changed {path}",
        f"changed {into}",
        f"? moved {path} -> {into}",
        classes="substantive | wording",
        prose={into: "moved"},
    )


# -- values, shared records, dates --


@_kind("values")
def _a_confidence(random: Random, page: PageEditor) -> Made:
    letter = random.choice(_letters(page))
    values = {"high", "medium", "low", "disputed", "not-rated"} - {page.get(f"{letter}/confidence")}
    page.set(f"{letter}/confidence", random.choice(sorted(values)))
    if random.random() < 0.5:
        page.set(f"{letter}/confidence_reason", f"{random.choice(_NEW)}.")
        return _made(
            f"changed {letter}/confidence", f"changed {letter}/confidence_reason", classes="confidence"
        )
    return _made(f"changed {letter}/confidence", classes="confidence")


@_kind("values")
def _a_value_of_a_source_or_backer(random: Random, page: PageEditor) -> Made:
    name, field, value, kind = random.choice(
        [
            ("sources", "relation", "", "source"),
            ("sources", "quote", "as the authors say themselves in their summary", "source"),
            ("sources", "locator", "p. 99", "source"),
            ("backers", "since", "2001-05", "attribution"),
            ("backers", "until", "2025-01", "attribution"),
            ("backers", "note", "In a letter to the committee.", "attribution"),
        ]
    )
    letter, slugs = _with(random, page, name)
    path = f"{letter}/{name}/{random.choice(slugs)}/{field}"
    now = page.get(path)
    page.set(path, value or random.choice(sorted({"supports", "contradicts", "context"} - {now})))
    return _made(f"changed {path}", classes=kind)


@_kind("values")
def _a_status_or_publication(random: Random, page: PageEditor) -> Made:
    field, value, classes = random.choice(
        [
            ("status", "dormant", "status"),
            ("status", "resolved", "status"),
            ("publication", "withdrawn", "-"),
            ("question", "What is the method for, and who may use it?", "substantive"),
        ]
    )
    page.set(f"head/{field}", value)
    return _made(f"changed head/{field}", classes=classes)


@_kind("shared")
def _a_backer_or_source_put_right(random: Random, page: PageEditor) -> Made:
    name = random.choice(["backers", "sources"])
    slug = random.choice(sorted(page.shared[name]))
    field = "name" if name == "backers" else random.choice(["title", "publisher", "date"])
    path = f"{name}/{slug}/{field}"
    page.set(path, "1999" if field == "date" else f"Called otherwise by now ({slug})")
    return _made(f"changed {path}", classes="attribution" if name == "backers" else "source")


# -- several at once, and back --

_SINGLE = ("renumber", "typo", "substantive", "values", "shared", "move between", "wording")


def _several(random: Random, page: PageEditor) -> tuple[list[str], list[frozenset[str]]]:
    """Three to six edits that touch different paths."""
    changes: list[str] = []
    classes: list[frozenset[str]] = []
    for _n in range(random.randint(3, 6)):
        ways = [way for kind in _SINGLE for way in _KINDS[kind]]
        trial = random.choice(ways)
        if trial in (_a_source_is_moved_within_a_position, _a_paragraph_moved, _a_source_is_removed_in_front):
            continue
        try:
            readings, given, _prose = trial(random, page)
        except NotPossible:
            continue
        touched = [each for each in readings[0] if not each.startswith("?")]
        if set(_owners(touched)) & set(_owners(changes)):
            raise NotPossible  # two edits of one part are told as one: labels would have to say how
        changes += touched
        classes.append(class_sets(given)[0])
    if len(changes) < 3:
        raise NotPossible
    return changes, classes


def _owners(changes: list[str]) -> list[str]:
    """The part and list or field that each change is about."""
    found: list[str] = []
    for change in changes:
        _verb, path, *rest = change.split()
        found += ["/".join(path.split("/")[:3]), *(f"{each}/{path.split('/')[-1]}" for each in rest[1:])]
    return found


@_kind("several")
def _some_edits_at_once(random: Random, page: PageEditor) -> Made:
    changes, classes = _several(random, page)
    whole = frozenset().union(*classes)
    lenient = [
        " ".join(sorted(each)) for each in (whole, whole - {"typo"}, whole - {"typo", "wording"}) if each
    ]
    return _made(*changes, classes=" | ".join(dict.fromkeys(lenient)) or "-")


_OPPOSITE = {"added": "removed", "removed": "added", "changed": "changed"}


def reverted(edits: Iterable[LabelledEdit], count: int) -> list[LabelledEdit]:
    """So many of the edits taken back, of those whose paths are called the same on both pages."""
    made: list[LabelledEdit] = []
    for edit in edits:
        [changes, *others] = edit.readings
        if others or edit.old is None or any(each[0] in "m?" or "+" in each for each in changes):
            continue
        told = tuple(f"{_OPPOSITE[each.split()[0]]} {each.split(' ', 1)[1]}" for each in changes)
        if any(each.split()[1].count("/") == 0 for each in told):
            continue  # a position that comes back is called by its new letter
        made.append(
            LabelledEdit("revert", f"back from {edit.name}", edit.new, edit.old, (told,), edit.classes)
        )
    return made[:: max(1, len(made) // count)][:count]
