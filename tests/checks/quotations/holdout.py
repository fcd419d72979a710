"""A hold-out for the matcher: generated copies and falsifications of quotations from texts that it was not tuned on.

The texts are prose of the fixtures, docstrings of Python's own library, Django's messages in some seventy languages,
and sentences with numbers made from a seed. `copies()` distorts as honest copyists do, `falsifications()` as
falsifiers do.
"""

import ast
import gettext
import random
import re
import sysconfig
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import django
import yaml
from django.conf import settings

from controversies.checks.text import read_text

MODULES = """
    argparse ast calendar codecs collections configparser contextlib csv datetime decimal difflib dis doctest
    enum fractions ftplib functools gettext heapq imaplib inspect ipaddress mailbox optparse os pathlib pdb
    pickletools pkgutil platform poplib pprint queue random sched shelve shlex shutil smtplib socket
    socketserver ssl statistics string subprocess tarfile tempfile textwrap threading timeit tokenize
    traceback turtle typing uuid warnings wave weakref webbrowser zipfile
"""
TOWNS = "Brindlemoor Casterholm Øvrevik Tomar Łęczna Kütahya Zürich Gdynia Niš Évora"
THINGS = "trawlers bridges turbines greenhouses ferries quarries orchards reservoirs tramways lighthouses"
DENIALS = re.compile(
    r"(?<!\w)(?:not|no|never|nor|none|nothing|cannot|without|unless|except|neither|\w+n['’]t|fail\w*|wrong\w*|"
    r"false\w*|doubt\w*|den\w+|reject\w*|refus\w*|disput\w*|rather|instead|incorrect\w*|unable|impossible|lack\w*|"
    r"hardly|rarely|contrary|alleg\w+|suppos\w+|nicht|nie|sin|ne|pas|não|non)(?!\w)",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"“(A-Z])|(?<=[。！？])")
WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Sample:
    """A quotation, the text that it claims to be from, and how it was made."""

    kind: str
    is_honest: bool
    quote: str
    text: str


# Texts


@cache
def texts() -> tuple[str, ...]:
    """Return all texts, those of one seed always the same."""
    return (*fixture_texts(), *library_texts(), *translated_texts(), *numbered_texts())


def fixture_texts() -> Iterator[str]:
    def strings(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for each in value.values():
                yield from strings(each)
        elif isinstance(value, list):
            for each in value:
                yield from strings(each)

    for path in sorted((Path(settings.BASE_DIR) / "fixtures").glob("*.yaml")):
        prose = {
            " ".join(each.replace("*", "").split()) for each in strings(yaml.safe_load(path.read_text()))
        }
        yield from sorted(each for each in prose if len(each) > 250 and "[" not in each)


def library_texts() -> Iterator[str]:
    """Paragraphs of the docstrings of Python's library, a text a module."""
    library = Path(sysconfig.get_path("stdlib"))
    for name in MODULES.split():
        file = next(
            (each for each in (library / f"{name}.py", library / name / "__init__.py") if each.is_file()),
            None,
        )
        if file is None:
            continue
        paragraphs = []
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                for paragraph in (ast.get_docstring(node) or "").split("\n\n"):
                    plain = " ".join(paragraph.split())
                    if len(plain) > 120 and not re.search(r">>>|  |[\[\]{}<>*`|=\\_]|\.\.", plain):
                        paragraphs.append(plain)
        if paragraphs:
            yield "\n\n".join(dict.fromkeys(paragraphs[:12]))


def translated_texts() -> Iterator[str]:
    """Messages of Django, a text a language."""
    base = Path(django.__file__).parent
    languages = sorted(
        path.name for path in (base / "conf/locale").iterdir() if (path / "LC_MESSAGES").is_dir()
    )
    for language in languages:
        messages: list[str] = []
        for folder in ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes"):
            file = base / folder / "locale" / language / "LC_MESSAGES" / "django.mo"
            if file.is_file():
                with file.open("rb") as stream:
                    catalogue = gettext.GNUTranslations(stream)._catalog
                messages += [
                    each
                    for key, each in catalogue.items()
                    if key
                    and isinstance(each, str)
                    and len(each) > 45
                    and not re.search(r"[%<{\[]|\.\.", each)
                ]
        if len(messages) >= 3:
            yield "\n".join(messages)


def numbered_texts(count: int = 120, seed: int = 7_919) -> Iterator[str]:
    """Sentences full of numbers, signs, names and punctuation, in five languages."""
    dice = random.Random(seed)
    towns, things = TOWNS.split(), THINGS.split()
    frames = (
        "In {year}, {town}’s {thing} cost ${money} million, or {small}% less than planned; nobody minded.",
        "The {thing} of {town} (built in {year}–{later}) froze at −{small} °C, {town2}’s at +{other} °C.",
        "“We can’t rebuild the {thing},” said the mayor, “unless {town} pays {money},{hundreds} crowns.”",
        "Between {small}.{other} and {other}.{small} per cent of all {thing} — mostly in {town} — were re-opened.",
        "Is it {town}’s fault? Hardly: the well-known {thing} were sold at {small}:{other} odds, not given away.",
        "About {money}² feet, i.e. {small}/{other} of the {thing}, weren’t insured in {town}, {town2} or elsewhere.",
        "Die {thing} von {town} kosten {small},{other} Millionen Euro; „billiger“ werden sie nicht, sagt {town2}.",
        "Les {thing} de {town} n’ont pas coûté {money} euros : c’était {small} % de plus qu’en {year} !",
        "Los {thing} de {town} costaron {money} €; ¿quién lo sabía en {year}? Nadie, según {town2}.",
        "В {year} году {thing} города {town} стоили {money} рублей — это на {small}% меньше, чем в {later}.",
    )
    for _number in range(count):
        sentences = []
        for frame in dice.sample(frames, 5):
            year = dice.randint(1871, 2019)
            sentences.append(
                frame.format(
                    year=year,
                    later=year + dice.randint(1, 9),
                    town=dice.choice(towns),
                    town2=dice.choice(towns),
                    thing=dice.choice(things),
                    money=dice.randint(12, 980),
                    hundreds=dice.randint(100, 999),
                    small=dice.randint(2, 9),
                    other=dice.randint(11, 49),
                )
            )
        yield " ".join(sentences)


# Passages


def passage(text: str, dice: random.Random) -> str:
    """Return whole sentences of a text, or words of it, as somebody would quote them."""
    paragraph = dice.choice([each for each in text.split("\n") if len(each) > 40] or [text])
    sentences = [each for each in SENTENCE_END.split(paragraph) if len(each) > 25]
    if sentences and dice.random() < 0.6:
        first = dice.randrange(len(sentences))
        chosen = " ".join(sentences[first : first + dice.randint(1, 2)])
        if chosen in text:
            return chosen
    words = paragraph.split()
    if len(words) < 6:  # a script without spaces
        return paragraph
    start = dice.randrange(len(words) - 5)
    end = start + dice.randint(5, 30)
    end += bool(re.match(r"[%€°]", " ".join(words[end : end + 1])))  # “4 %” is one number
    return " ".join(words[start:end])


def is_cut_from_denial(quote: str, text: str) -> bool:
    """Whether a denial stands just before or after the passage, so that quoting it alone is not honest."""
    start = text.find(quote)
    before, after = text[max(0, start - 40) : start].split()[-2:], text[start + len(quote) :].split()[:1]
    return bool(
        re.search(
            r"(?i)not|n['’]t$|no$|never|pas$|nicht|não|non|ne$|не|без|nu$|nie$|fail|unable|without|sin |"
            r"ing[ea]n|ikk[ej]|inte |geen|niet",
            " ".join(before),
        )
        or re.match("(?i)nicht|niet|inte|ikke|değil", " ".join(after))
    )


# Honest copies: from the passage and its text to what the copyist wrote and what the source shows.

type Copier = Callable[[str, str, random.Random], tuple[str, str]]


def _in_source(change: Callable[[str, random.Random], str]) -> Copier:
    return lambda quote, text, dice: (quote, change(text, dice))


def _in_quote(change: Callable[[str, random.Random], str]) -> Copier:
    return lambda quote, text, dice: (change(quote, dice), text)


def _wrapped(text: str, dice: random.Random) -> str:
    return re.sub(r" ", lambda _space: "\n" if dice.random() < 0.15 else " ", text)


def _hyphenated(text: str, dice: random.Random) -> str:
    def cut(match: re.Match[str]) -> str:
        word = match.group()
        place = dice.randint(2, len(word) - 2)
        return f"{word[:place]}-\n{word[place:]}" if dice.random() < 0.2 else word

    return re.sub(r"(?<!\w)[^\W\d_]{6,}(?!\w)", cut, text)


def _soft_hyphens(text: str, dice: random.Random) -> str:
    return re.sub(
        r"(?<=[^\W\d_]{3})(?=[^\W\d_]{3})", lambda _at: "\u00ad" if dice.random() < 0.3 else "", text
    )


def _with_marks(form: Callable[[random.Random], str]) -> Callable[[str, random.Random], str]:
    def mark(text: str, dice: random.Random) -> str:
        place = dice.choice([r"(?<=[^\W\d_]{4})(?=[ ,;])", r"(?<=[^\W\d_]{3}[.,;])(?= )"])
        return re.sub(place, lambda _at: form(dice) if dice.random() < 0.25 else "", text)

    return mark


def _superscript(dice: random.Random) -> str:
    return str(dice.randint(4, 99)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _straight(text: str, _dice: random.Random) -> str:
    return re.sub("[“”„«»]", '"', re.sub("[‘’‚]", "'", text))


def _curly(text: str, _dice: random.Random) -> str:
    text = re.sub(r'(^|[\s(])"', r"\1“", text).replace('"', "”")
    return text.replace("'", "’")


def _dashes(text: str, dice: random.Random) -> str:
    text = re.sub(r" ?[—] ?| – ", lambda _dash: dice.choice(["—", " — ", " – ", " - ", " -- "]), text)
    return re.sub(r"(?<=\d)–(?=\d)", "-", text).replace("−", "-")


def _spaces(text: str, dice: random.Random) -> str:
    return re.sub(" ", lambda _space: dice.choice([" ", " ", "  ", "\u00a0", "\u2009", "\t"]), text)


def _french(text: str, _dice: random.Random) -> str:
    return re.sub(r"(?<=\w)([;:!?])(?=\s)", "\u202f\\1", text)


def _omitting(left: str, right: str) -> Copier:
    def omit(quote: str, text: str, dice: random.Random) -> tuple[str, str]:
        words = quote.split()
        for _try in range(20):
            if len(words) < 9:
                break
            start = dice.randint(3, len(words) - 5)
            end = start + dice.randint(1, 4)
            omitted = " ".join(words[start - 1 : end + 1])
            if (
                len(words) - end < 3
                or DENIALS.search(omitted)
                or not re.fullmatch(r"[A-Za-z.,' -]{1,58}", omitted)
            ):
                continue
            head, tail = " ".join(words[:start]), " ".join(words[end:])
            if re.search(r"[?!]", f"{head[-3:]}"):
                continue
            return f"{head}{left}{right}{tail}", text
        return quote, text

    return omit


def _capital(quote: str, text: str, _dice: random.Random) -> tuple[str, str]:
    is_letter = quote[0] != quote[0].swapcase() and len(quote[0].swapcase()) == 1
    return f"[{quote[0].swapcase()}]{quote[1:]}" if is_letter else quote, text


def _inserted(quote: str, text: str, dice: random.Random) -> tuple[str, str]:
    words = quote.split(" ")
    places = [
        place
        for place in range(2, len(words) - 1)
        if words[place][:1].isalnum() and words[place - 1] != "not"
    ]
    if not places:
        return quote, text
    words.insert(dice.choice(places), dice.choice(["[sic]", "[emphasis added]", "[the harbour office]"]))
    return " ".join(words), text


def _emphasised(quote: str, text: str, dice: random.Random) -> tuple[str, str]:
    words = quote.split(" ")
    places = [place for place, word in enumerate(words) if re.fullmatch(r"[^\W\d_]+", word)]
    if places:
        place = dice.choice(places)
        words[place] = f"**{words[place]}**"
    return " ".join(words), text


def _as_page(text: str, dice: random.Random) -> str:
    """Return the text as read from a page of HTML with elements within words and marks between them."""
    pieces = []
    for line in text.split("\n"):
        words = []
        for word in line.split(" "):
            html = escape(word, quote=False)
            if word.isalpha() and dice.random() < 0.1:
                html = f"<b>{html[:2]}</b>{html[2:]}" if "&" not in html else html
            elif dice.random() < 0.05:
                html = f"<a href='#'>{html}</a>"
            if word.isalpha() and len(word) > 3 and dice.random() < 0.08:
                html += f"<sup><a href='#n'>{dice.randint(1, 40)}</a></sup>"
            words.append(html)
        pieces.append(f"<p>{' '.join(words)}</p>")
    page = f"<!DOCTYPE html><title>T</title><nav>Menu<script>x</script></nav><main>{''.join(pieces)}</main>"
    return read_text(page.encode(), "text/html; charset=utf-8").text


COPIES: dict[str, Copier] = {
    "exact": lambda quote, text, _dice: (quote, text),
    "straight quotes": _in_quote(_straight),
    "typographic quotes": _in_quote(_curly),
    "dashes": _in_quote(_dashes),
    "kinds of spaces": _in_source(_spaces),
    "French spaces": _in_source(_french),
    "wrapped lines": _in_source(_wrapped),
    "soft hyphens": _in_source(_soft_hyphens),
    "hyphens at line ends": _in_source(_hyphenated),
    "decomposed letters": _in_source(lambda text, _dice: unicodedata.normalize("NFD", text)),
    "ligatures": _in_source(
        lambda text, _dice: text.replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ").replace("ff", "ﬀ")
    ),
    "zero-width spaces": _in_source(
        lambda text, dice: re.sub(
            r"(?<=[a-z]{3})(?=[a-z])", lambda _at: "\u200b" if dice.random() < 0.1 else "", text
        )
    ),
    "reference numbers": _in_source(_with_marks(lambda dice: f"[{dice.randint(1, 99)}]")),
    "superscript marks": _in_source(_with_marks(_superscript)),
    "quotation marks around": _in_quote(
        lambda quote, dice: dice.choice(["“%s”", '"%s"', "« %s »", "„%s“"]) % quote
    ),
    "stop put at the end": _in_quote(lambda quote, _dice: f"{quote}." if quote[-1:].isalpha() else quote),
    "omission": _omitting(" … ", ""),
    "omission in brackets": _omitting(" [...] ", ""),
    "capital in brackets": _capital,
    "words in brackets": _inserted,
    "Markdown emphasis": _emphasised,
    "page of HTML": _in_source(_as_page),
}


# Falsifications: from the passage and its text to another quotation, or "" where this passage does not allow it.

type Falsifier = Callable[[str, str, random.Random], str]


def _replace_one(pattern: str, change: Callable[[re.Match[str], random.Random], str]) -> Falsifier:
    compiled = re.compile(pattern)

    def falsify(quote: str, _text: str, dice: random.Random) -> str:
        matches = list(compiled.finditer(quote))
        if not matches:
            return ""
        match = dice.choice(matches)
        return quote[: match.start()] + change(match, dice) + quote[match.end() :]

    return falsify


def _with_words(change: Callable[[list[str], random.Random], list[str] | None], least: int = 6) -> Falsifier:
    def falsify(quote: str, _text: str, dice: random.Random) -> str:
        words = quote.split(" ")
        is_usable = len(words) >= least and all(any(map(str.isalnum, word)) for word in words)
        return " ".join(change(words, dice) or ()) if is_usable else ""

    return falsify


def _other_word(quote: str, text: str, dice: random.Random) -> str:
    places = [match for match in WORD.finditer(quote) if len(match.group()) > 3]
    others = sorted({word for word in WORD.findall(text) if len(word) > 3})
    if not places or len(others) < 2:
        return ""
    match = dice.choice(places)
    other = dice.choice([word for word in others if word.lower() != match.group().lower()])
    return quote[: match.start()] + other + quote[match.end() :]


def _other_name(quote: str, text: str, dice: random.Random) -> str:
    pattern = re.compile(r"(?<=[a-z] )[A-Z][a-z]{3,}")
    names, places = sorted(set(pattern.findall(text))), list(pattern.finditer(quote))
    if not places or len(names) < 2:
        return ""
    match = dice.choice(places)
    other = dice.choice([name for name in names if name != match.group()])
    return quote[: match.start()] + other + quote[match.end() :]


def _digit(match: re.Match[str], dice: random.Random) -> str:
    return str((int(match.group()) + dice.randint(1, 8)) % 10)


def _swap(words: list[str], dice: random.Random) -> list[str] | None:
    place = dice.randrange(len(words) - 1)
    words[place], words[place + 1] = words[place + 1], words[place]
    return words


def _letters_swapped(match: re.Match[str], dice: random.Random) -> str:
    word = match.group()
    place = dice.randrange(1, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _look_alike(match: re.Match[str], _dice: random.Random) -> str:
    return match.group().translate(str.maketrans("aeopcxi", "аеорсхі"))


def _without_accent(match: re.Match[str], _dice: random.Random) -> str:
    return unicodedata.normalize("NFD", match.group())[0]


def _hidden_denial(quote: str, _text: str, _dice: random.Random) -> str:
    match = re.search(r"(?<=\w{2} )(?:not|never|no|cannot|without|nicht|pas|не|unless)(?= \w{2})", quote)
    if not match:
        return ""
    head, tail = quote[: match.start()].rstrip(), quote[match.end() :].lstrip()
    return f"{head} … {tail}" if len(head.split()) > 2 and len(tail.split()) > 2 else ""


def _spliced(quote: str, text: str, dice: random.Random) -> str:
    sentences = [each for each in SENTENCE_END.split(text) if len(each.split()) > 7]
    if len(sentences) < 2:
        return ""
    one, other = (each.split() for each in dice.sample(sentences, 2))
    return " ".join([*one[: len(one) // 2], *other[len(other) // 2 :]])


def _reordered(quote: str, text: str, _dice: random.Random) -> str:
    words = quote.split()
    if len(words) < 9:
        return ""
    half = len(words) // 2
    head, tail = " ".join(words[:half]), " ".join(words[half:])
    return f"{tail} … {head}" if text.count(head) == 1 == text.count(tail) else ""


def _cut_at_start(quote: str, _text: str, dice: random.Random) -> str:
    match = re.match(r"[\"“(]?[A-Za-zÀ-ÿА-я]{4,}", quote)
    return quote[dice.randint(match.end() - 3, match.end() - 1) :] if match else ""


def _cut_at_end(quote: str, _text: str, dice: random.Random) -> str:
    match = re.search(r"[A-Za-zÀ-ÿА-я]{4,}[.!?\"”]*$", quote)
    return quote[: match.start() + dice.randint(1, 3)] if match else ""


def _after_denial(_quote: str, text: str, dice: random.Random) -> str:
    matches = list(re.finditer(r"(?<= )(?:not|never|cannot|doesn’t|doesn't|don't|isn't) (?=\w)", text))
    if not matches:
        return ""
    words = text[dice.choice(matches).end() :].split("\n", 1)[0].split()
    return " ".join(words[:12]) if len(words) > 5 else ""


def _from_elsewhere(_quote: str, text: str, dice: random.Random) -> str:
    other = passage(dice.choice(texts()), dice)
    return "" if other in text else other


SYNONYMS = {
    **{
        "may": "must",
        "can": "will",
        "should": "must",
        "some": "all",
        "more": "less",
        "before": "after",
        "first": "last",
    },
    **{
        "always": "often",
        "all": "most",
        "and": "or",
        "or": "and",
        "is": "was",
        "are": "were",
        "larger": "smaller",
        "will": "may",
    },
    **{
        "but": "so",
        "if": "when",
        "only": "mostly",
        "any": "each",
        "than": "as",
        "use": "avoid",
        "true": "false",
        "open": "closed",
    },
}

FALSIFICATIONS: dict[str, Falsifier] = {
    "word dropped": _with_words(
        lambda words, dice: [*words[: (at := dice.randrange(1, len(words) - 1))], *words[at + 1 :]]
    ),
    "word doubled": _with_words(
        lambda words, dice: [*words[: (at := dice.randrange(1, len(words)))], *words[at - 1 :]]
    ),
    "word put in": _with_words(
        lambda words, dice: [
            *words[: (at := dice.randrange(1, len(words)))],
            dice.choice(["secretly", "not", "always", "más", "nie", "very"]),
            *words[at:],
        ]
    ),
    "words swapped": _with_words(_swap),
    "another word of the text": _other_word,
    "another name": _other_name,
    "a word like it": _replace_one(
        rf"(?<!\w)(?:{'|'.join(SYNONYMS)})(?!\w)", lambda match, _dice: SYNONYMS[match.group()]
    ),
    "digit changed": _replace_one(r"\d", _digit),
    "year changed": _replace_one(
        r"(?<!\d)(?:1[89]|20)\d\d(?!\d)",
        lambda match, dice: str(int(match.group()) + dice.choice([-10, -1, 1, 10])),
    ),
    "denial dropped": _replace_one(r" (?:not|never|nicht|pas|не)(?= )|n['’]t(?= )", lambda _match, _dice: ""),
    "denial put in": _replace_one(
        r"(?<= (?:is|be|it|en|de)) (?=\w)|(?<= (?:are|was|can|der|les)) (?=\w)", lambda _match, _dice: " not "
    ),
    "comma dropped": _replace_one(r"(?<=\w),(?= \w)", lambda _match, _dice: ""),
    "comma put in": _replace_one(r"(?<=[^\W\d_]{2}) (?=[^\W\d_]{2})", lambda _match, _dice: ", "),
    "sign dropped": _replace_one(r"[−+](?=\d)", lambda _match, _dice: ""),
    "decimal sign moved": _replace_one(
        r"(?<=\d)[.,](?=\d)", lambda match, dice: dice.choice(["", "," if match.group() == "." else "."])
    ),
    "percent or currency dropped": _replace_one(
        r"(?<=\w )[$€](?=\d)|(?<=\d)\s?[%€](?= \w)", lambda _match, _dice: ""
    ),
    "superscript flattened": _replace_one(r"[²³]", lambda match, _dice: str("²³".index(match.group()) + 2)),
    "capital changed": _replace_one(
        r"(?<=\w )[^\W\d_](?=[^\W\d_]{2})", lambda match, _dice: match.group().swapcase()
    ),
    "apostrophe dropped": _replace_one(r"(?<=[^\W\d_])['’](?=[^\W\d_])", lambda _match, _dice: ""),
    "space lost": _replace_one(r"(?<=[a-zà-ÿа-я]{2}) (?=[a-zà-ÿа-я]{2})", lambda _match, _dice: ""),
    "space put in": _replace_one(r"(?<=[a-zà-ÿа-я]{2})(?=[a-zà-ÿа-я]{3})", lambda _match, _dice: " "),
    "hyphen lost": _replace_one(r"(?<=[^\W\d_])-(?=[^\W\d_])", lambda _match, dice: dice.choice(["", " "])),
    "ending changed": _replace_one(
        r"(?<=[a-z]{3})s(?= )|(?<=[a-z]{4})ed(?= )|(?<=[a-z]{4})(?= [a-z])",
        lambda match, _dice: "" if match.group() else "s",
    ),
    "letters swapped": _replace_one(r"(?<!\w)[^\W\d_](?:([^\W\d_])(?!\1)){4,}(?!\w)", _letters_swapped),
    "look-alike letter": _replace_one(r"(?<=[a-z])[aeopcxi](?=[a-z])", _look_alike),
    "accent dropped": _replace_one(r"[éèàáíóúüöäçñãõêôîşğčšžřůåřțș]", _without_accent),
    "question for a stop": _replace_one(r"(?<=\w)[.](?= |$)", lambda _match, _dice: "?"),
    "denial behind an omission": _hidden_denial,
    "denial in brackets": _with_words(
        lambda words, dice: [
            *words[: (at := dice.randrange(1, len(words)))],
            dice.choice(["[not]", "[never]", "[nicht]", "[falsely]"]),
            *words[at:],
        ]
    ),
    "parts in another order": _reordered,
    "halves of two sentences": _spliced,
    "starts within a word": _cut_at_start,
    "ends within a word": _cut_at_end,
    "cut after a denial": _after_denial,
    "from another text": _from_elsewhere,
    "last word changed": _with_words(lambda words, _dice: [*words[:-1], "forever."]),
}


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


def copies(count: int, seed: int) -> Iterator[Sample]:
    """Honest copies, `count` of each kind; those that the kind does not change are passed over, but for exact ones."""
    for number, (kind, copy) in enumerate(COPIES.items()):
        dice = random.Random(f"{seed}-{number}")
        done = 0
        for _try in range(count * 40):
            if done == count:
                break
            text = dice.choice(texts())
            quote = passage(text, dice)
            if (
                len(_letters(quote)) < 15
                or len(quote.split()) < 3
                or is_cut_from_denial(quote, text)
                or quote not in text
            ):
                continue
            copied, shown = copy(quote, text, dice)
            if kind != "exact" and (copied, shown) == (quote, text):
                continue
            done += 1
            yield Sample(kind, True, copied, shown)


def falsifications(count: int, seed: int) -> Iterator[Sample]:
    """Falsified quotations, `count` of each kind where the texts allow as many, none that the text says by chance."""
    for number, (kind, falsify) in enumerate(FALSIFICATIONS.items()):
        dice = random.Random(f"{seed}-{number}-false")
        done = 0
        for _try in range(count * 60):
            if done == count:
                break
            text = dice.choice(texts())
            quote = passage(text, dice)
            if len(_letters(quote)) < 15 or quote not in text:
                continue
            false = falsify(quote, text, dice)
            if not false or false == quote or len(false) < 12:
                continue
            if (
                kind not in ("cut after a denial", "starts within a word", "ends within a word")
                and false in text
            ):
                continue
            if re.search(rf"(?<!\w){re.escape(false)}(?!\w)", text) and "within a word" in kind:
                continue
            done += 1
            yield Sample(kind, False, false, text)
