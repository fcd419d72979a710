"""Words that deny, in the languages that sources are often written in.

A list of words cannot tell what a sentence means. It only has to notice that somebody should read it.
"""

import re
import unicodedata

from .gaps import plain

_ENGLISH = r"""
    not non no never nor none neither nobody nothing nowhere cannot without hardly scarcely barely rarely seldom unless
    (?:ca|wo|sha|do|does|did|is|are|was|were|has|have|had|would|could|should|might|must|need|ai)n[']?t no\s+longer
"""
# These deny what stands near them. Somewhere in a long passage they say little.
_NEAR = r"""
    except lacks? lacked lacking absence fail(?:s|ed|ing|ures?)? refus(?:e|es|ed|ing|al) den(?:y|ies|ied|ying|ial)
    reject(?:s|ed|ing|ion)? false(?:ly|hood)? untrue wrong(?:ly)? incorrect(?:ly)? mistaken(?:ly)? myth unlikely
    impossible unable doubt(?:s|ed|ful|ing)? disput(?:e|es|ed|ing) refut(?:e|es|ed|ing) debunk(?:s|ed|ing)?
    disprov(?:e|es|ed|en|ing) contrary alleged(?:ly)? supposed(?:ly)? purported(?:ly)? so-called nonsense
    refrain(?:s|ed|ing)? abstain(?:s|ed|ing)? avoid(?:s|ed|ing)? prevent(?:s|ed|ing)? opposite reportedly rumou?red
    instead rather\s+than far\s+from anything\s+but
"""
_NEAR_LENGTH = 200  # characters
# Left out alone, these make a firmer statement of what is said.
_HEDGES = re.compile(
    r"(?<!\w)(?:may|might|could|if|only|almost|nearly|partly|perhaps|possibly|probably|sometimes|vielleicht|möglicherweise|"
    r"fast|nur|peut-être|presque|quizás|casi|forse|quasi|talvez|возможно|почти)(?!\w)",
    re.IGNORECASE,
)
_MOST_HEDGE_WORDS = 3
_GERMAN = (
    "nicht nichts nie niemals niemand kein(?:e|er|en|em|es|erlei|eswegs)? weder ohne kaum falsch mitnichten"
)
_FRENCH = "ne n'\\w+ pas jamais aucune? nulle? nullement sans rien personne guère faux ni non"
_SPANISH = "no nunca jamás ning[uú]n[oa]?s? nadie nada tampoco sin ni falso"
_ITALIAN = "non mai nessun[oa]? nulla niente neppure neanche nemmeno senza né falso"
_PORTUGUESE = "não nunca nu jamais nenhum(?:a)? ninguém nada nem sem tampouco"
_DUTCH_NORDIC = (
    "niet nooit geen niets niemand zonder inte aldrig ingen inget utan ikke ikkje aldri intet uden uten ej"
)
_SLAVIC = (
    "nie nigdy żaden żadna bez nikt не ни нет никогда без нельзя никто ничего ніколи немає není nikdy ne"
)
_OTHERS = """
    değil yok hayır asla لا لم لن ليس ليست بدون غير לא אין בלי אינו אינה नहीं मत không chưa chẳng tidak bukan ei nem
    nincs δεν μην όχι
"""
_IDEOGRAPHS = ("不", "没", "沒", "未", "無", "无", "非", "否", "别", "勿", "莫")
_SPACELESS = (*_IDEOGRAPHS, "ไม่", "มิได้", "ບໍ່", "មិន", "មិនមែន")
_ANYWHERE = (
    *_SPACELESS,
    *("ない", "なかっ", "ません", "せず", "ぬ"),
    *("않", "없", "아니", "못"),
)


def _words(*lists: str) -> str:
    spaced = (re.sub(r"\\s\+", "\x00", each).split() for each in lists)
    return "|".join(word.replace("\x00", r"\s+") for words in spaced for word in words)


_ALL = _words(_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _PORTUGUESE, _DUTCH_NORDIC, _SLAVIC, _OTHERS)
_LINE_END = re.compile(r"(?<=\w)[-¬\x02]\s*\n\s*(?=\w)")
_DENIAL = re.compile(rf"(?<!\w)(?:{_ALL})(?!\w)|{'|'.join(_ANYWHERE)}", re.IGNORECASE)
_DENIAL_NEAR = re.compile(rf"(?<!\w)(?:{_words(_NEAR)})(?!\w)", re.IGNORECASE)

# The words after which what follows is denied.
_DIRECT = re.compile(
    r"(?<!\w)(?:not|never|no|cannot|without|hardly|scarcely|barely|neither|nor|non|"
    r"instead\s+of|rather\s+than|far\s+from|anything\s+but|no\s+longer|"
    r"(?:fail(?:s|ed|ing|ure)?|refus(?:e|es|ed|ing|al)|declin(?:e|es|ed|ing)|unable|unwilling|unlikely|impossible)\s+to|"
    r"(?:ca|wo|sha|do|does|did|is|are|was|were|has|have|had|would|could|should|might|must|need|ai)n'?t|"
    r"nicht|nie|niemals|keine?[rnms]?|ohne|pas|jamais|sans|aucune?|nunca|jamás|sin|não|sem|non|senza|"
    r"niet|nooit|geen|zonder|inte|aldrig|ingen|utan|ikke|aldri|uten|uden|nie|nigdy|bez|не|ни|без|нет|"
    r"لا|لم|لن|ليس|ليست|בלי|לא|אין|नहीं|không|chưa|tidak|bukan|안|못|δεν|μην)"
    r"(?:\s+(?:a|an|the|be|been|being|necessarily|yet|always|really|actually|even|so|very|any|to))?[\s\"'“”„‘«»(*_]*$",
    re.IGNORECASE,
)
_THAT = re.compile(
    r"(?<!\w)(?:that|whether|dass|que|qu'|che|dat|att|że|что)[\s\"'“”„‘«»(*_]*$", re.IGNORECASE
)
_CLAIM = re.compile(
    r"(?<!\w)(?:claim|idea|notion|belief|assertion|allegation|suggestion|assumption|rumou?r|theory|view)s?\s+that\W*$",
    re.IGNORECASE,
)
_BELIEF = re.compile(
    r"(?<!\w)(?:believ|think|claim|say|said|argu|expect|suggest|conclud|assum|suppos|assert|maintain|agree)"
    r"(?:e|s|es|d|ed|ing)?[\s\"'“”„‘«»(*_]*$",
    re.IGNORECASE,
)
_FEW = re.compile(r"(?<!\w)(?:few|little)(?!\w)", re.IGNORECASE)
# Put in by an editor, these change how far a statement reaches.
_LIMITS = re.compile(
    r"\W*(?:only|mostly|mainly|all|always|every|most|many|some|sometimes|often|few|partly|almost|nearly|always|"
    r"nur|alle|immer|seulement|tous|toujours|solo|todos|siempre|sempre)\W*",
    re.IGNORECASE,
)
_NOT_ONLY = re.compile(r"(?<!\w)not\s+(?:only|just|merely|simply)\b", re.IGNORECASE)
_REACH = 6  # words before “that” among which a denial is looked for
# “por lo que”, “ya que” and “parce que” give a reason.
_REASON = re.compile(r"(?<!\w)(?:lo|ya|por|para|parce|puesto|dado|così|tal)\s+(?:que|che)\W*$", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?;。！？]\W*\s|\n\s*\n|[。！？]")
_AFTER = re.compile(
    r"[\s]*(?:nicht|niet|inte|ikke|ikkje|ej|değil|değildir|yok|नहीं|নয়|নেই|না|இல்லை|نہیں|نیست)(?!\w)|(?:では|じゃ|は|が)?(?:ない|ありません|なかった|ません)|\s*(?:지\s*)?(?:않|못하)|(?:이|가)?\s*아니",
    re.IGNORECASE,
)


def readable(text: str) -> str:
    """Return a text as people read it: words whole that hyphens or characters that nobody sees divide."""
    return _LINE_END.sub("", unicodedata.normalize("NFKC", plain(text)))


def denies(words: str) -> bool:
    """Whether any of these words denies."""
    text = readable(words)
    return bool(_DENIAL.search(text)) or (len(text) <= _NEAR_LENGTH and bool(_DENIAL_NEAR.search(text)))


def hedges(words: str) -> bool:
    """Whether these few words only limit what is said, such as “may”."""
    return len(words.split()) <= _MOST_HEDGE_WORDS and bool(_HEDGES.search(readable(words)))


def limits(words: str) -> bool:
    """Whether these words, put into a statement, change how far it reaches, such as “only” or “all”."""
    return bool(_LIMITS.fullmatch(readable(words)))


def last_sentence(text: str) -> str:
    """Return what stands after the last end of a sentence."""
    return _SENTENCE.split(text)[-1]


def first_sentence(text: str) -> str:
    """Return what stands before the first end of a sentence."""
    return _SENTENCE.split(text)[0]


def is_denied(before: str, after: str, is_spaceless: bool = False) -> bool:
    """Whether the words around a passage deny it: “not”, “it is false that”, “the claim that … is false”."""
    if _AFTER.match(readable(after)):
        return True
    sentence = readable(last_sentence(before))
    if not sentence.strip():
        return False
    if is_spaceless and sentence.rstrip(" \"'“”「『").endswith(_SPACELESS):
        return True
    if _DIRECT.search(sentence):
        return True
    if _BELIEF.search(sentence):
        subject = " ".join(sentence.split()[-_REACH:])
        return denies(subject) or bool(_FEW.search(subject))
    if not _THAT.search(sentence) or _REASON.search(sentence):
        return False
    words = sentence.split()[-1 - _REACH : -1]
    if denies(_NOT_ONLY.sub("", " ".join(words))):
        return True
    return bool(_CLAIM.search(sentence)) and denies(first_sentence(after))
