"""Guesses at the names and kinds of backers and the titles of topics that a file gives by address only.

A guess is taken from the page's own words where they have the name, and from the address otherwise. It is no fact:
whoever says what is so puts it right, and until then it is known as a guess.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from controversies.models import BackerKind

from . import names

NAME, KIND, TITLE = "name", "kind", "title"

_SMALL = {
    "and",
    "at",
    "by",
    "for",
    "in",
    "of",
    "on",
    "the",
    "to",
    "de",
    "der",
    "di",
    "du",
    "la",
    "van",
    "von",
}
_ACRONYMS = """
    ACLU ACM AGI AI API BBC BSA CAIS CEO CERN CIA CMA CNIL COPA CSET DARPA DOJ EFF ETH EU FBI FCC FTC GDPR IBM ICO ID
    IEEE ILO IMF IP IT ITU LLM MIRI MIT ML NASA NATO NGO NHS NIST NSA NTIA NYU OECD PEN RAND RIAA SAG SEC TU UC UCL UK
    UN UNESCO US USA USC WHO WIPO WTO
"""
_CAPITALS = {word.lower(): word for word in _ACRONYMS.split()} | {"llms": "LLMs", "ngos": "NGOs"}
_CAPITALS |= {
    word.lower(): word
    for word in [
        "DeepMind",
        "DeepSeek",
        "EleutherAI",
        "GitHub",
        "LinkedIn",
        "OpenAI",
        "TikTok",
        "YouTube",
        "xAI",
    ]
}
_KINDS = {
    BackerKind.GOVERNMENT: """administration agency authority bureau commission congress court department embassy
        government ministry nist ntia ftc parliament senate""",
    BackerKind.RESEARCH_LAB: "deepmind lab labs laboratory laboratories",
    BackerKind.COMPANY: """ag capital company corp corporation gmbh holdings inc industries limited llc ltd motors
        pharmaceuticals plc semiconductor software studios systems technologies ventures""",
    BackerKind.ORGANISATION: """academy alliance association center centre church club coalition college consortium
        council federation forum foundation fund guild initiative institute institution league museum network
        organisation organization party press project school society trust union university""",
}
_BY_WORD = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_FIRST_NAMES_TEXT = """
    aaron abraham ada adam adrian aidan akira alan albert alejandro alex alexander alexandra alexis alice alison
    amanda amelia amir amy ana andre andrea andreas andrei andrew andy angela anita anjali ann anna anne annie
    anthony antonio anya arjun arthur arvind ashley audrey barbara beatrice ben benjamin bernard bernie beth
    betty bill bob boris brad brandon brenda brian bruce bruno caitlin carl carla carlos carmen carol caroline
    carolyn catherine cathy cecilia charles charlie charlotte chloe chris christian christina christine
    christopher claire clara clarence claude claudia connor craig cynthia daisy dan daniel daniela danielle
    dario dave david deborah deepak demis denise dennis derek diana diane diego dmitri dmitry dominic don donald
    donna dorothy doug douglas dylan ed edith eduardo edward elaine elena eli elias elisabeth elizabeth ellen
    emily emma emmanuel eric erica erik erin ernest esther ethan eugene eva evan eve evelyn fatima felix
    fernando fiona florian frances francesca francesco francis francois frank franz fred frederick fritz gabriel
    gabriela gareth gary gavin geoff geoffrey george gerald gerard giovanni giulia glenn gloria grace graham
    greg gregory guido gustav hannah hans harold harriet harry hassan heather heidi helen helena henry herbert
    hiroshi howard hugh hugo ian ibrahim igor ilya ingrid irene iris isaac isabel isabella ivan jack jacob
    jacques jaime james jamie jan jane janet jared jasmine jason javier jay jean jeff jeffrey jennifer jenny
    jeremy jerome jerry jesse jessica jill jim joan joanna joe joel johan john johannes jon jonas jonathan
    jordan jorge jose joseph josh joshua juan judith judy julia julian julie juliette jun jurgen justin kai
    karen karim karl kate katharina katherine kathleen kathy katie keith kelly ken kenji kenneth kevin kim kiran
    kumar kyle lars laura lauren laurence lawrence leah leila len leo leon leonard leonardo leopold leslie liam
    lily linda lisa liz lois lorenzo louis louise luca lucas lucia lucy luis luke lydia lynn madeleine magnus
    malcolm manuel marc marcel marco marcus margaret maria marie marina mario marion mark markus marta martha
    martin mary mateo matt matteo matthew maurice max maximilian maya megan mehmet melanie melissa michael
    michel michelle miguel mikhail mila miles milton mira miriam mohamed mohammed monica morgan mustafa nadia
    nancy naomi natalia natalie natasha nathan neil nicholas nick nicola nicolas nicole nigel nikita nina noah
    noam nora norman olaf oleg oliver olivia omar oscar otto pablo pamela paolo patricia patrick paul paula
    pedro peggy peter petra phil philip philippe phoebe pierre priya rachel rafael rahul raj ralph ramon raphael
    ravi ray raymond rebecca regina reid renee ricardo richard rick rishi rita rob robert roberta roberto robin
    rodrigo roger roland roman ron ronald rosa rosalind rose rosemary ross roy ruby russell ruth ryan salman
    sally sam samantha samuel sandra sara sarah sasha satya sayash scott sean sebastian sergei sergey seth shane
    shannon sharon sheila shirley silvia simon sofia sonia sophia sophie stefan stefano stella stephanie stephen
    steve steven stuart sue sundar susan suzanne sven sylvia tara ted teresa terry theodore theresa thomas tim
    timnit timothy tina tobias todd tom tomas tony tracy travis tristan tyler ursula valentina valerie vanessa
    vera veronica victor victoria vijay vikram vincent virginia vitalik vivek vladimir walter wanda wayne wei
    wendy werner will william wolfgang xavier yann yasmin yoshua yuki yuri yusuf yves zachary zara zoe
"""
_FIRST_NAMES = set(_FIRST_NAMES_TEXT.split())
_TITLED = (
    r"(?:Dr|Prof|Professor|Sen|Senator|Judge|Justice|Mr|Mrs|Ms|Sir|Dame|Lord|Lady|President|Chancellor)\.?\s+"
)


@dataclass(frozen=True, slots=True)
class GuessedFact:
    """A guessed fact of a backer or topic: the field, and the value."""

    key: str
    slug: str
    field: str
    value: str
    is_doubtful: bool


class Prose:
    """The words of a page, in which names are looked for."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.text = "\n".join(texts)
        plain, self.places = [], []
        for i, char in enumerate(self.text):
            for letter in unicodedata.normalize("NFKD", char):
                if not unicodedata.combining(letter):
                    plain.append(letter)
                    self.places.append(i)
        self.plain = "".join(plain)

    def spellings(self, address: str) -> Counter[str]:
        """Count the spellings that the page uses for the words of an address."""
        pattern = r"[\s._'’–-]{0,2}".join(map(re.escape, address.split("-")))
        spellings: Counter[str] = Counter()
        for match in re.finditer(rf"(?<![\w/@.-]){pattern}(?![\w/@-]|\.\w)", self.plain, re.IGNORECASE):
            start, end = self.places[match.start()], self.places[match.end() - 1] + 1
            while end < len(self.text) and unicodedata.combining(self.text[end]):
                end += 1
            spellings[re.sub(r"\s+", " ", self.text[start:end])] += 1
        return spellings

    def says_title_of(self, name: str) -> bool:
        """Whether the name ever stands behind what people are addressed by."""
        return re.search(_TITLED + re.escape(name), self.text) is not None


def words_of(data: object) -> Iterator[str]:
    """Every text in these values that is not an address."""
    if isinstance(data, str):
        if not data.startswith(("http://", "https://")):
            yield data
    elif isinstance(data, dict):
        for name, value in data.items():
            if name not in ("key", "slug", "backer", "source", "point"):
                yield from words_of(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from words_of(value)


def backer(address: str, prose: Prose) -> dict[str, tuple[str, bool]]:
    """Name and kind of the backer of this address, each with whether that is doubtful."""
    kind, is_doubtful_kind = _kind(address)
    name, is_doubtful_name = _name(address, prose, is_group=kind is BackerKind.CONSTITUENCY)
    if is_doubtful_kind and "-" in address and prose.says_title_of(name):
        kind, is_doubtful_kind = BackerKind.PERSON, False
    return {NAME: (name, is_doubtful_name), KIND: (kind.value, is_doubtful_kind)}


def _kind(address: str) -> tuple[BackerKind, bool]:
    if names.is_group(address):
        return BackerKind.CONSTITUENCY, False
    parts = address.split("-")
    hints = [_BY_WORD[part] for part in reversed(parts) if part in _BY_WORD]
    if hints:
        return hints[0], False
    if len(parts) in (2, 3, 4) and parts[0] in _FIRST_NAMES and not _CAPITALS.keys() & set(parts[1:]):
        return BackerKind.PERSON, False
    return BackerKind.ORGANISATION, True


def _name(address: str, prose: Prose, *, is_group: bool) -> tuple[str, bool]:
    spellings = prose.spellings(address)
    capital = Counter({name: count for name, count in spellings.items() if name != name.lower()})
    if is_group:
        commonest = capital.most_common(1)
        plain = names.title(address)
        if not commonest or commonest[0][0].lower() == plain.lower().replace("-", " "):
            return plain, False
        name = commonest[0][0]
        return name[0].upper() + name[1:], False
    if capital:
        most = max(capital.values())
        return max((name for name, count in capital.items() if count == most), key=_capitals), False
    parts = address.split("-")
    words = [_capitalised(part, is_first=i == 0) for i, part in enumerate(parts)]
    is_known = len(parts) > 1 or parts[0] in _CAPITALS
    return " ".join(words), not is_known


def _capitals(name: str) -> tuple[int, str]:
    return sum(char.isupper() for char in name), name


def _capitalised(word: str, *, is_first: bool) -> str:
    if word in _CAPITALS:
        return _CAPITALS[word]
    return word if word in _SMALL and not is_first else word[:1].upper() + word[1:]
