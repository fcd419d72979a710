"""Matching of the statements that a revision changed with those that were there before.

In turn: statements equal in the field; equal on the page, so moved or copied; equal to one that left earlier; pairs of
statements most of whose words are the same, and runs of words that left one statement and came up in another, first
within the revision, then with what left earlier. What remains is new. Everything is bounded: work grows with the number
of words that changed, whatever they are.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from controversies.document.words import matches

from .archive import Archive, FormerText
from .origins import StatementOrigin, TokenRun, pack_statement, token_id, unpack_statement
from .tokens import IS_SHORT, IS_WORD, encode_tokens, grams, hash64, normalise, split_statements

_PAIR = 0.5  # share of words that two statements of one revision need to be a pair
_RETURN = 0.65  # …with one that left earlier
_INHERITED = 0.5  # share of its words by which a statement goes on with another one's id
_PARTNER = 0.2  # …if it stands in that one's place
_RUN = 3  # words in a row that are told again in another statement
_SHORTEST = 2  # words in a row that are looked up among those that left
_MEMORY = 400  # revisions within which words are told again that left
_COPIED = 3  # words of a statement that counts as copied where the other one stays
_NEIGHBOUR = 0.15  # of a score, for a neighbour that both statements have in common
_LONG_WEIGHT, _SHORT_WEIGHT = 3, 1  # of a word in a score
_FAR = 1_000  # places between statements of different fields
_POSTINGS = 64  # statements with a word beyond which the word tells nothing
_CANDIDATES = 6  # statements that are compared with one
_PLACES = 16  # places of a run beyond which it tells nothing
_MOST = 400  # grams that are asked for


class NewStatement:
    """A statement of the new document: its tokens' ids as far as they are known, and in the end its origin."""

    __slots__ = (
        "_codes",
        "_sources",
        "field",
        "ids",
        "index",
        "normal",
        "origin",
        "parents",
        "partner",
        "text",
    )

    def __init__(self, field: "FieldText", index: int, text: str, sources: list[str]) -> None:
        self.field, self.index, self.text = field, index, text
        self.normal = normalise(text, sources)
        self.origin: StatementOrigin | None = None
        self.ids: list[int] = []  # of its tokens, -1 where not known
        self.partner: OldStatement | None = None  # the statement that it was
        self.parents: Counter[int] = Counter()  # words by the id of the statement they came from
        self._sources = sources
        self._codes: list[int] | None = None

    @property
    def codes(self) -> list[int]:
        if self._codes is None:
            self._codes = encode_tokens(self.text, self._sources)
        return self._codes


class OldStatement:
    """A statement that was there before: of the old document, or of what left earlier."""

    __slots__ = (
        "_codes",
        "_ids",
        "_sources",
        "field",
        "index",
        "is_kept",
        "is_moved",
        "normal",
        "origin",
        "text",
    )

    def __init__(
        self, field: "FieldText | None", index: int, text: str, normal: str, sources: list[str]
    ) -> None:
        self.field, self.index, self.text, self.normal = field, index, text, normal
        self.origin = StatementOrigin(0, 0, 0, ())
        self.is_kept = False  # it stands in its field, word for word
        self.is_moved = False  # it stands somewhere, word for word
        self._sources = sources
        self._codes: list[int] | None = None
        self._ids: list[int] | None = None

    @classmethod
    def of_former(cls, origin: StatementOrigin, codes: list[int]) -> "OldStatement":
        statement = cls(None, -1, "", "", [])
        statement.origin, statement._codes = origin, codes
        return statement

    @property
    def codes(self) -> list[int]:
        if self._codes is None:
            self._codes = encode_tokens(self.text, self._sources)
        return self._codes

    @property
    def numbers(self) -> list[int]:
        """The ids of its tokens."""
        return [run.start + i for run in self.origin.runs for i in range(run.length)]

    @property
    def ids(self) -> list[int]:
        """The ids of its tokens; those that a new statement has got are -1."""
        if self._ids is None:
            self._ids = self.numbers
        return self._ids


@dataclass(eq=False, slots=True)
class FieldText:
    """A text field whose text changed, came or left.

    `place` is the hash of its path, `settled` set once the origins of the new text are known. Texts that are not
    `shared` with other pages exchange statements with one another.
    """

    key: str
    place: int
    shared: bool
    old: list[OldStatement] = field(default_factory=list)
    new: list[NewStatement] = field(default_factory=list)
    settled: bool = False

    def set_texts(self, old: str, old_sources: list[str], new: str, new_sources: list[str]) -> None:
        for i, text in enumerate(split_statements(old)):
            self.old.append(OldStatement(self, i, text, normalise(text, old_sources), old_sources))
        self.new = [NewStatement(self, i, text, new_sources) for i, text in enumerate(split_statements(new))]

    def set_old_origins(self, origins: list[StatementOrigin]) -> None:
        for statement, origin in zip(self.old, origins, strict=True):
            statement.origin = origin

    @property
    def is_ambiguous(self) -> bool:
        """Whether the old text cannot return statement by statement: what left it has no words, or a double."""
        normals = [old.normal for old in self.old]
        return len(set(normals)) < len(normals) or not all(
            grams(old.codes) for old in self.old if not old.is_kept
        )

    @property
    def origins(self) -> list[StatementOrigin]:
        """The origins of the new text, once all of its statements are matched."""
        return [statement.origin for statement in self.new if statement.origin is not None]


def statement_hash(normal: str) -> int:
    """The hash by which a statement is known again when it returns."""
    return hash64("statement", normal)


class _Run(NamedTuple):
    """A run of tokens that an old and a new statement have in common."""

    old: OldStatement
    i: int
    new: NewStatement
    j: int
    length: int


class Matcher:
    """The matching of one revision's statements. Call its methods in their order."""

    def __init__(self, fields: list[FieldText], number: int, archive: Archive) -> None:
        self.fields, self.number, self.archive = fields, number, archive
        self._former: dict[int, list[FormerText]] = {}  # statements by hash
        self._ordinal = 0  # of the next new token
        self._statement = 0  # of the next new statement

    def match_within(self) -> None:
        """Match statements that are equal in their field."""
        for each in self.fields:
            _match_within(each)

    def match_returns(self, former: Iterable[FormerText]) -> None:
        """Match statements that are equal to one that stood in the same field earlier, which these are."""
        self._former = defaultdict(list)
        for text in former:
            if text.grams:
                self._former[text.hash].append(text)
        for new in self.unmatched() if self._former else ():
            for text in self._former.get(statement_hash(new.normal), ()):
                origin, place, codes = unpack_statement(text.body)
                if (text.key, place) == (new.field.key, new.field.place) and len(codes) == len(new.codes):
                    new.origin = origin

    def match_moves(self) -> None:
        """Match statements that are equal to one that left another field."""
        leftover: dict[str, deque[OldStatement]] = defaultdict(deque)
        for each in self._own_fields():
            for old in each.old:
                if not old.is_kept:
                    leftover[old.normal].append(old)
        for new in self.unmatched():
            queue = leftover.get(new.normal)
            if queue and not new.field.shared:
                same = (old for old in queue if old.field is not None and old.field.key == new.field.key)
                old = next(same, queue[0])
                queue.remove(old)
                old.is_moved = True
                self._move(new, old.origin)

    def unmatched(self) -> list[NewStatement]:
        """The new statements without an origin."""
        return [new for each in self.fields if not each.settled for new in each.new if new.origin is None]

    def match_copies(self, standing: Callable[[list[NewStatement]], dict[str, StatementOrigin]]) -> None:
        """Match statements that are equal to one that stays where it was.

        `standing` returns the origins of those, by normal form, that stand in parts of the page that did not change.
        """
        there = {
            old.normal: old.origin
            for each in self._own_fields()
            for old in reversed(each.old)
            if old.is_moved
        }
        candidates = [
            new for new in self.unmatched() if not new.field.shared and new.normal.count(" ") >= _COPIED - 1
        ]
        elsewhere = standing([new for new in candidates if new.normal not in there])
        for new in candidates:
            origin = there.get(new.normal) or elsewhere.get(new.normal)
            if origin is not None:
                self._move(new, origin)

    def match_former(self) -> None:
        """Match statements that are equal to one that left another field earlier."""
        for new in self.unmatched() if self._former else ():
            texts = self._former.get(statement_hash(new.normal))
            if not texts or new.field.shared:
                continue
            text = max(texts, key=lambda text: (text.key == new.field.key, text.since, text.key))
            origin, _place, codes = unpack_statement(text.body)
            if len(codes) == len(new.codes):
                self._move(new, origin)

    def match_words(self) -> None:
        """Match what is left by its words, then make what remains new."""
        rest = self.unmatched()
        for new in rest:
            new.ids = [-1] * len(new.codes)
        own = [new for new in rest if not new.field.shared]
        leftover = [old for each in self._own_fields() for old in each.old if not old.is_kept]
        _match_pairs(own, leftover, _PAIR)
        for each in self.fields:
            if each.shared and not each.settled:
                old = [old for old in each.old if not old.is_moved]
                _match_pairs([new for new in each.new if new.origin is None], old, _PAIR)
        _match_runs(own, leftover)
        for new in rest:
            _fill_gaps(new)
        self._match_similar(own)
        for new in rest:
            self._finish(new)

    def former(self) -> Iterator[FormerText]:
        """The statements that left their field."""
        for each in self._own_fields():
            for old in each.old:
                keys = () if old.is_kept else tuple(grams(old.codes))
                if keys:
                    body = pack_statement(old.origin, each.place, old.codes)
                    yield FormerText(statement_hash(old.normal), each.key, self.number, keys, body)

    def _own_fields(self) -> Iterator[FieldText]:
        return (each for each in self.fields if not each.shared)

    def _move(self, new: NewStatement, origin: StatementOrigin) -> None:
        new.origin = origin._replace(here=self.number)

    def _match_similar(self, statements: list[NewStatement]) -> None:
        """Match what is left with statements that left in revisions before."""
        wanted: list[int] = []
        for new in statements:
            for run in _unknown_runs(new):
                if sum(code & IS_WORD for code in run) >= _SHORTEST:
                    wanted += grams(run, every=True)
        if not wanted:
            return
        former = self.archive.similar(sorted(set(wanted[:_MOST])), self.number - _MEMORY)
        old = []
        for text in former:
            origin, _place, codes = unpack_statement(text.body)
            old.append(OldStatement.of_former(origin, codes))
        single = [new for new in statements if new.partner is None]
        _match_pairs(single, old, _RETURN)
        _match_runs(statements, old)
        for new in single:
            _fill_gaps(new)

    def _finish(self, new: NewStatement) -> None:
        """Give new ids to the tokens that are new, and the statement its origin."""
        ids = new.ids
        for i, known in enumerate(ids):
            if known < 0:
                ids[i] = token_id(self.number, self._ordinal)
                self._ordinal += 1
        words = sum(code & IS_WORD for code in new.codes)
        parent, count = max(new.parents.items(), key=lambda item: (item[1], -item[0]), default=(0, 0))
        if new.partner is not None and new.parents[new.partner.origin.id] >= words * _PARTNER:
            identity = new.partner.origin.id
        elif count and count >= words * _INHERITED:
            identity = parent
        else:
            identity = token_id(self.number, self._statement)
            self._statement += 1
        here = next(
            (old.origin.here for old in new.field.old if old.origin.id == identity and not old.is_moved),
            self.number,
        )
        new.origin = StatementOrigin(identity, self.number, here, tuple(_runs_of(ids)))


def _runs_of(ids: list[int]) -> Iterator[TokenRun]:
    start = length = 0
    for number in ids:
        if length and number == start + length:
            length += 1
            continue
        if length:
            yield TokenRun(start, length)
        start, length = number, 1
    if length:
        yield TokenRun(start, length)


def _match_within(each: FieldText) -> None:
    """Match the statements of one field that are equal: at both ends, then in order, then wherever."""
    old, new = each.old, each.new
    start, old_end, new_end = 0, len(old), len(new)
    while start < min(old_end, new_end) and old[start].normal == new[start].normal:
        _keep(old[start], new[start])
        start += 1
    while min(old_end, new_end) > start and old[old_end - 1].normal == new[new_end - 1].normal:
        old_end, new_end = old_end - 1, new_end - 1
        _keep(old[old_end], new[new_end])
    if start in (old_end, new_end):
        return
    middle_old, middle_new = old[start:old_end], new[start:new_end]
    for i, j, length in matches([each.normal for each in middle_old], [each.normal for each in middle_new]):
        for n in range(length):
            _keep(middle_old[i + n], middle_new[j + n])
    leftover: dict[str, deque[OldStatement]] = defaultdict(deque)
    for statement in middle_old:
        if not statement.is_moved:
            leftover[statement.normal].append(statement)
    for each_new in middle_new:
        if each_new.origin is None and (queue := leftover.get(each_new.normal)):
            _keep(queue.popleft(), each_new)


def _keep(old: OldStatement, new: NewStatement) -> None:
    old.is_kept = old.is_moved = True
    new.origin, new.partner = old.origin, old


def _unknown_runs(new: NewStatement) -> Iterator[list[int]]:
    run: list[int] = []
    for code, known in zip(new.codes, new.ids, strict=True):
        if known < 0:
            run.append(code)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _weights(codes: list[int]) -> Counter[int]:
    """The words among these codes, each as often as it is there, short ones for less."""
    weights: Counter[int] = Counter()
    for code in codes:
        if code & IS_WORD:
            weights[code] += _SHORT_WEIGHT if code & IS_SHORT else _LONG_WEIGHT
    return weights


def _match_pairs(new: list[NewStatement], old: list[OldStatement], least: float) -> None:
    """Pair statements that share at least this part of their words, the most alike first, each with one other.

    Where neighbours are the same, less is enough.
    """
    if not new or not old:
        return
    bags = [_weights(each.codes) for each in old]
    sizes = [bag.total() for bag in bags]
    postings: dict[int, list[int]] = defaultdict(list)
    for n, bag in enumerate(bags):
        for code in bag:
            postings[code].append(n)
    pairs = []
    for m, each in enumerate(new):
        bag = _weights(each.codes)
        size = bag.total()
        shared: Counter[int] = Counter()
        for code, weight in bag.items():
            places = postings.get(code, ())
            if len(places) <= _POSTINGS:
                for n in places:
                    shared[n] += weight
        ranked = sorted(shared.items(), key=lambda item: (-item[1] / (sizes[item[0]] + size), item[0]))
        for n, _count in ranked[:_CANDIDATES]:
            near = _nearness(old[n], each)
            score = 2 * (bag & bags[n]).total() / (size + sizes[n]) + _NEIGHBOUR * near
            if score >= least:
                distance = abs(old[n].index - each.index) if old[n].field is each.field else _FAR
                pairs.append((-score, distance, n, m))
    used: set[int] = set()
    for _score, _distance, n, m in sorted(pairs):
        if n not in used and new[m].partner is None:
            used.add(n)
            new[m].partner = old[n]


def _nearness(old: OldStatement, new: NewStatement) -> int:
    """The number of neighbours, before and after, that both have in common."""
    if old.field is not new.field or old.field is None:
        return 0
    olds, news = old.field.old, new.field.new
    i, j = old.index, new.index
    before = i == j == 0 or (i > 0 and j > 0 and news[j - 1].partner is olds[i - 1])
    last = i + 1 == len(olds), j + 1 == len(news)
    after = all(last) or (not any(last) and news[j + 1].partner is olds[i + 1])
    return before + after


def _fill_gaps(new: NewStatement) -> None:
    """Match what is left of a statement and of the one that it was, in order."""
    old = new.partner
    if old is None:
        return
    # Tokens that are matched already are anchors where both have them, and else like nothing.
    anchors = {number: -1 - n for n, number in enumerate(old.numbers)}
    a = [
        code if free >= 0 else anchors[number]
        for code, free, number in zip(old.codes, old.ids, old.numbers, strict=True)
    ]
    b = [
        code if known < 0 else anchors.get(known, -1 - len(anchors))
        for code, known in zip(new.codes, new.ids, strict=True)
    ]
    for i, j, length in matches(a, b):
        _assign(_Run(old, i, new, j, length))


def _assign(run: _Run) -> None:
    """Give the new statement's tokens the ids of the old one's."""
    old, new = run.old.ids, run.new.ids
    codes = run.new.codes
    for n in range(run.length):
        i, j = run.i + n, run.j + n
        if new[j] < 0 and old[i] >= 0:
            new[j], old[i] = old[i], -1
            run.new.parents[run.old.origin.id] += codes[j] & IS_WORD


def _match_runs(new: list[NewStatement], old: list[OldStatement]) -> None:
    """Match runs of words that left old statements with those that came up in new ones, the longest first."""
    places: dict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
    for n, each in enumerate(old):
        free = each.ids
        codes = each.codes
        for i in range(len(codes) - _RUN + 1):
            if min(free[i : i + _RUN]) >= 0:
                places[tuple(codes[i : i + _RUN])].append((n, i))
    if not places:
        return
    runs = []
    for m, statement in enumerate(new):
        codes = statement.codes
        j = 0
        while j <= len(codes) - _RUN:
            at = places.get(tuple(codes[j : j + _RUN]), ()) if max(statement.ids[j : j + _RUN]) < 0 else ()
            best = (0, False, 0, 0)
            for n, i in at if len(at) <= _PLACES else ():
                length = _common_length(old[n], i, statement, j)
                best = max(best, (length, old[n] is statement.partner, -n, -i))
            length, _is_partner, n, i = best
            if length:
                runs.append((-length, not _is_partner, m, j, -n, -i))
                j += max(1, length - _RUN + 1)
            else:
                j += 1
    for length, _other, m, j, n, i in sorted(runs):
        run = _Run(old[n], i, new[m], j, -length)
        if sum(code & IS_WORD for code in run.new.codes[j : j - length]) >= _RUN:
            _assign(run)


def _common_length(old: OldStatement, i: int, new: NewStatement, j: int) -> int:
    """The number of free tokens that both have in common from these places on."""
    length = 0
    while (
        i + length < len(old.codes)
        and j + length < len(new.codes)
        and old.codes[i + length] == new.codes[j + length]
        and old.ids[i + length] >= 0
        and new.ids[j + length] < 0
    ):
        length += 1
    return length
