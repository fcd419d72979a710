"""Whether two words are one, spelled in two ways: by a slip of the keyboard, or as in Britain and in America.

An English dictionary tells which of the two is a word. Two different words never are a slip, however alike; of what the
dictionary does not have, only what is hardly anything else is one. Another dictionary can give revisions other kinds of
change: whoever takes one derives those anew, as migration 0023 does.
"""

import gzip
import json
import re
import threading
from functools import cache, lru_cache
from importlib.resources import files

_SHORT, _LONG, _VERY_LONG = 3, 6, 8  # letters

# Words that turn what is said. A slip in one of these could be another of them.
_TURNING = frozenset(
    """
    no not nor none never nobody nothing nowhere neither without hardly scarcely barely rarely seldom cannot
    may might can could must shall should will would need ought dare
    all any each every few fewer less least many more most much several some both either half only just even still
    above after against before below between but by despite during except for from if in into more near of off on onto
    out over per than then through till to toward under unless until up upon versus via when where while with within
    now once yet too very so as at is are was were
    one two three four five six seven eight nine ten first second third
    """.split()  # noqa: SIM905 - read as lines
)
_ENDINGS = frozenset(
    """
    s es d ed r er rs ers st est ing ings ly al ally ist ists ism isms ic ics y ies ity ful less ness ment able ible
    ant ent ance ence ate ite ide ane ene ine yne ol or ee ees ion ions ive nt
    """.split()  # noqa: SIM905 - read as lines
)
_BEGINNINGS = (
    ("hypo", "hyper"),
    ("inter", "intra"),
    ("ante", "anti"),
    ("macro", "micro"),
    ("pre", "pro"),
    ("pre", "post"),
    ("per", "pro"),
    ("ex", "in"),
    ("em", "im"),
    ("over", "under"),
    ("sub", "super"),
    ("ab", "ad"),
    ("de", "re"),
    ("homo", "hetero"),
    ("uni", "omni"),
)

# Spelled in one way in Britain and in another in America.
_VARIANTS = [
    (re.compile(pattern), new)
    for pattern, new in (
        (r"(?<=..)isation", "ization"),
        (r"(?<=...)is(?=(?:e|es|ed|er|ers|ing)$)", "iz"),
        (r"(?<=..)ys(?=(?:e|es|ed|er|ers|ing)$)", "yz"),
        (r"(?<=[lbvnm])our(?=$|s$|ed$|ing$|able|ful|ite|hood|ist|ably)", "or"),
        (r"(?<=..)ogue(?=s?$)", "og"),
        (r"(?<=[aeiou]l)l(?=(?:ed|ing|er|ers)$)", ""),
        (r"(cent|theat|fib|lit|met|calib|meag|somb|spect)re(?=s?$)", r"\1er"),
        (r"(?<=cent)re(?=d$)", "ere"),
        (r"(?<=[dg]g)e(?=ment)", ""),
        (r"(?<=icen|efen|ffen|eten)c(?=e)", "s"),
        (r"(?<=racti)s(?=e|i)", "c"),
        (r"^artefact", "artifact"),
        (r"^sceptic", "skeptic"),
        (r"^programme(?=s?$)", "program"),
        (r"^grey", "gray"),
        (r"^ageing$", "aging"),
        (r"(?<=fulfi)ll?(?=$|s$|ment)", "l"),
        (r"(?<=enro)ll?(?=$|s$|ment)", "l"),
        (r"^skillful", "skilful"),
        (r"^willful", "wilful"),
        (r"^paed", "ped"),
        (r"^(an|arch)ae", r"\1e"),
        (r"^plough", "plow"),
        (r"^tyre(?=s?$)", "tire"),
        (r"^cheque(?=s?$)", "check"),
        (r"^learnt$", "learned"),
        (r"^whilst$", "while"),
        (r"^amongst$", "among"),
        (r"^towards$", "toward"),
    )
]


_LOADING = threading.Lock()


@cache
def _words() -> frozenset[str]:
    # Its own class keeps how often each word is used, too, and takes three times as long to make.
    return frozenset(
        json.loads(gzip.decompress((files("spellchecker") / "resources/en.json.gz").read_bytes()))
    )


def _dictionary() -> frozenset[str]:
    with _LOADING:  # not by each of the threads that ask first: it takes 20 MB
        return _words()


def is_word(text: str) -> bool:
    """Whether the dictionary has this word, in one or another form."""
    known = _dictionary()
    return text in known or text.removesuffix("'s") in known or variant(text) in known


@lru_cache(maxsize=4096)
def variant(word: str) -> str:
    """The word as America spells it, near enough to be compared."""
    for pattern, new in _VARIANTS:
        word = pattern.sub(new, word)
    return word


@lru_cache(maxsize=4096)
def is_same(old: str, new: str) -> bool:
    """Whether the two, in small letters, are one word in two spellings, one of them perhaps a slip."""
    if old == new or variant(old) == variant(new) or {old, new} == {"a", "an"}:
        return True
    if not (old.isalpha() and new.isalpha()):
        return old.replace("'", "") == new.replace("'", "") and not {old, new} & _SHORT_FORMS
    known = [is_word(old), is_word(new)]
    if (
        all(known) or old.upper() == old
    ):  # in a script without capitals, as Hebrew or Chinese, one sign turns a word
        return False
    short, long = sorted((old, new), key=len)
    if not any(known):
        is_other = long.endswith(short) or _turns(old, new) or _turns(new, old)
        return not is_other and _is_slip(short, long, either=False)
    word, slip = (new, old) if known[1] else (old, new)
    if long.endswith(short) or _could_be_another(slip, word) or _is_formed(slip, word):
        return False
    return _is_slip(short, long, either=True)


def _could_be_another(slip: str, word: str) -> bool:
    """Whether a word that turns what is said is meant, and it could as well be another such."""
    if word not in _TURNING:
        return False
    alike = (each for each in _TURNING if each != word and abs(len(each) - len(slip)) < 2)  # noqa: PLR2004 - letters
    return any(_distance(slip, each) == 1 for each in alike)


# Endings that are taken for one another; the others say something else.
_ALIKE = (
    {"ance", "ence"},
    {"ant", "ent"},
    {"able", "ible"},
    {"ly", "ally"},
    {"d", "ed"},
    {"er", "or"},
    {"ers", "ors"},
)


def _is_formed(slip: str, word: str) -> bool:
    """Whether the first, which the dictionary lacks, is a word that it has, with an end; “chatbots” is no slip.

    Where the second has the same end, or one that is taken for it, it is: “occured”, “existance”.
    """
    for end in _ENDINGS:
        stem = slip.removesuffix(end)
        if stem == slip or len(stem) < _SHORT or word[: len(stem)] != stem:
            continue
        if any(word.endswith(each) for alike in (*_ALIKE, {end}) if end in alike for each in alike):
            continue
        if is_word(stem) or (end[0] in "aeio" and is_word(f"{stem}e")):
            return True
    return any(
        one.startswith(a) and other.startswith(b) and one[len(a) :] == other[len(b) :]
        for one, other in ((slip, word), (word, slip))
        for a, b in _BEGINNINGS
    )


@lru_cache(maxsize=1024)
def is_same_name(old: str, new: str) -> bool:
    """Whether two names, in small letters, are one in two spellings: letters swapped, doubled, or one left out."""
    if not is_same(old, new):
        return False
    short, long = sorted((old, new), key=len)
    return (
        _is_swap(short, long)
        or _is_doubled(short, long)
        or (len(long) - len(short) == 1 and len(short) > _LONG and not long.startswith(short))
    )


_SHORT_FORMS = {"we're", "he'll", "she'll", "we'll", "i'll", "i'd", "he'd", "she'd", "we'd"}


def _turns(one: str, other: str) -> bool:
    """Whether one word is the other with an end or a beginning that makes it another word."""
    if other.startswith(one) and other[len(one) :] in _ENDINGS:
        return True
    if any(
        one.startswith(a) and other.startswith(b) and one[len(a) :] == other[len(b) :] for a, b in _BEGINNINGS
    ):
        return True
    start = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    # They part at an end that both have: “nitrate”, “nitrite”; “tokenizer”, “tokenized”.
    return any(
        one[i:] in _ENDINGS and other[i:] in _ENDINGS and one[:i] == other[:i]
        for i in range(max(1, start - 4), start + 1)
    )


def _is_slip(short: str, long: str, *, either: bool) -> bool:
    """Whether letters were swapped, left out, doubled or mistyped; `either` of the two is a word."""
    swapped = _is_swap(short, long)
    if short[0] != long[0] and not swapped:
        return False
    if swapped:
        return len(short) >= (_SHORT if either else _LONG - 1)
    if len(short) <= _SHORT:
        return False
    distance = _distance(short, long)
    if either:
        return distance == 1 or (distance == 2 and len(short) >= _LONG)  # noqa: PLR2004 - two slips
    return distance == 1 and (_is_doubled(short, long) or len(short) >= _VERY_LONG)


def _is_doubled(short: str, long: str) -> bool:
    """Whether the longer one only has a letter twice."""
    return len(long) - len(short) == 1 and any(
        long[i] == long[i + 1] and long[:i] + long[i + 1 :] == short for i in range(len(short))
    )


def _is_swap(one: str, other: str) -> bool:
    """Whether two letters beside one another changed places."""
    if len(one) != len(other):
        return False
    at = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    return (
        len(at) == 2  # noqa: PLR2004 - letters
        and at[1] == at[0] + 1
        and one[at[0]] == other[at[1]]
        and one[at[1]] == other[at[0]]
    )


def _distance(one: str, other: str) -> int:
    """Count the letters added, left out, replaced or swapped with the next (optimal string alignment)."""
    if abs(len(one) - len(other)) > 2:  # noqa: PLR2004 - more is no slip
        return 3
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for k, b in enumerate(other, 1):
            cost = min(last[k] + 1, row[k - 1] + 1, last[k - 1] + (a != b))
            if i > 1 and k > 1 and a == other[k - 2] and one[i - 2] == b:
                cost = min(cost, before[k - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
