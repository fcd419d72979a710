"""Tags of languages (BCP 47, RFC 5646): their canonical form, their direction and their names.

Languages have the two letters of ISO 639-1 where they have any, else the three of ISO 639-3. Extensions and private
tags mean nothing on a page, and are refused.
"""

import re

from django.utils.translation import get_language_info

TAG = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*$"
ENGLISH = "en"  # the language of a page that records none
_TAG = re.compile(TAG)
_PARTS = re.compile(
    r"(?P<language>[a-z]{2,3})(-(?P<script>[a-z]{4}))?(-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
)
_ISO_639_1 = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en"
    " eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv"
    " ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne"
    " ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st"
    " su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_TWO_LETTERS = frozenset(_ISO_639_1.split())
# By script, or by language where the tag names none.
_RIGHT_TO_LEFT_SCRIPTS = {"Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg", "Mand", "Samr"}
_RIGHT_TO_LEFT = {
    "ar",
    "arc",
    "ckb",
    "dv",
    "fa",
    "he",
    "ks",
    "nqo",
    "pnb",
    "ps",
    "sd",
    "syr",
    "ug",
    "ur",
    "yi",
}

# Where they are not those of English (CLDR).
_QUOTATION_MARKS = {
    **dict.fromkeys(("bg", "cs", "da", "de", "et", "is", "ka", "lb", "lt", "sk", "sl", "sq", "sr"), "„“"),
    **dict.fromkeys(("bs", "hr", "hu", "pl", "ro"), "„”"),
    **dict.fromkeys(("fi", "sv"), "””"),
    **dict.fromkeys(
        ("ar", "ca", "el", "es", "eu", "fa", "gl", "hy", "it", "nb", "nn", "no", "ru", "uk"), "«»"
    ),
    **dict.fromkeys(("ja", "zh-Hant", "zh-HK", "zh-MO", "zh-TW"), "「」"),
    "fr": ("«\u202f", "\u202f»"),
}

# The country that OpenGraph's locales name where a tag names none.
_OWN_LETTERS = "de es fi fr hu id it lt lv nl pl pt ro ru sk th tr"
_TERRITORIES = {
    **{language: language.upper() for language in _OWN_LETTERS.split()},
    **{
        "ar": "AR",
        "cs": "CZ",
        "da": "DK",
        "el": "GR",
        "fa": "IR",
        "he": "IL",
        "hi": "IN",
        "ja": "JP",
        "ko": "KR",
    },
    **{"nb": "NO", "sv": "SE", "uk": "UA", "vi": "VN", "zh": "CN"},
}


def language_tag(text: str) -> str:
    """Return a tag in its canonical form, as "zh-Hans" for "zh_hans"; "" if the text is no tag of a known shape.

    A language of two letters is one of ISO 639-1: countries are not languages ("jp", "gr").
    """
    parts = _PARTS.fullmatch(text.strip().replace("_", "-").lower())
    if parts is None or (len(parts["language"]) == 2 and parts["language"] not in _TWO_LETTERS):  # noqa: PLR2004
        return ""
    script, region = (parts["script"] or "").title(), (parts["region"] or "").upper()
    return "-".join(filter(None, (parts["language"], script, region))) + parts["variants"]


def is_right_to_left(tag: str) -> bool:
    """Whether a language is written from right to left."""
    language, *others = tag.split("-")
    script = next((each for each in others if len(each) == 4 and each.isalpha()), "")  # noqa: PLR2004
    return script in _RIGHT_TO_LEFT_SCRIPTS if script else language in _RIGHT_TO_LEFT


def is_same_language(tag: str, other: str) -> bool:
    """Whether two tags name one language, whatever their scripts and regions."""
    return tag.partition("-")[0].lower() == other.partition("-")[0].lower()


def language_name(tag: str) -> str:
    """Return the name of a language in the active one, with the tag where that says more: “German (de-CH)”."""
    code, name = _info(tag)
    if not name:
        return tag
    return str(name) if code == tag.lower() else f"{name} ({tag})"


def quote_in(text: str, tag: str) -> str:
    """Return the text between the quotation marks of a language."""
    language, *others = tag.split("-")
    marks = _QUOTATION_MARKS.get(f"{language}-{others[0]}") if others else None
    before, after = marks or _QUOTATION_MARKS.get(language, "“”")
    return f"{before}{text}{after}"


def open_graph_locale(tag: str) -> str:
    """Return a language as OpenGraph has it, with a territory; "" for English, which it assumes, or without one.

    Source: https://ogp.me/#optional (`language_TERRITORY`).
    """
    language, *others = tag.split("-")
    region = next((each for each in others if len(each) == 2), "") or _TERRITORIES.get(language, "")  # noqa: PLR2004
    return f"{language}_{region}" if region and tag != ENGLISH else ""


def _info(tag: str) -> tuple[str, str]:
    try:
        info = get_language_info(tag.lower())
    except KeyError:
        return "", ""
    return info["code"], info["name_translated"]
