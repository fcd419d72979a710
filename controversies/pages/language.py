"""The languages of answers: the one of the site's own words, and the one that a page's text is written in.

The address alone names the language of the site's words: `/de/backers/` is `/backers/` in German, and an address
without a language is English. No header and no cookie chooses, so that every cache keeps one answer for each address,
and a link leads to what its sender saw. What is for programs, the desk and the API have one address, and are English.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, override

from controversies.kit.languages import ENGLISH, is_right_to_left, is_same_language

_ENGLISH_ALONE = ("/admin/", "/api/")
_AUTO = SafeString(' dir="auto"')
# Letters of scripts that run from right to left, and marks of that direction.
_MAY_RUN_LEFTWARDS = re.compile(
    "[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_address: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


class LocaleMiddleware:
    """Middleware: answer in the language that the address names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request.path_info)
        request.LANGUAGE_CODE = language
        token = _address.set(request)
        try:
            with override(language):
                return self.get_response(request)
        finally:
            _address.reset(token)


def language_of(path: str) -> str:
    """Return the language that a path names, English if it names none."""
    first = path[1:].partition("/")[0]
    return first if first != settings.LANGUAGE_CODE and first in dict(settings.LANGUAGES) else ENGLISH


def in_language(path: str, language: str) -> str:
    """Return the path of the same page in another language."""
    own = language_of(path)
    plain = path if own == ENGLISH else path[len(own) + 1 :]
    plain = "/" + plain.lstrip("/\\")  # with two slashes or backslashes it would be another site's address
    return plain if language == ENGLISH else f"/{language}{plain}"


class Translation(NamedTuple):
    """A page in one of the site's languages: its tag, its own name, its address, whether it is the one on show."""

    language: str
    name: str
    address: str
    is_current: bool


def translations(path: str) -> list[Translation]:
    """Return the page at a path, with or without a query, in each language of the site."""
    current = language_of(path)
    return [
        Translation(code, name, in_language(path, code), code == current) for code, name in settings.LANGUAGES
    ]


def translations_on_show() -> list[Translation]:
    """Return the page that is being drawn in each language; nothing for what is English alone."""
    request = _address.get()
    if request is None or request.path.startswith(_ENGLISH_ALONE):
        return []
    query = request.META.get("QUERY_STRING", "")
    path = escape_uri_path(request.path)
    return translations(f"{path}?{query}" if query else path)


def direction_attr(text: str, around: str = "") -> SafeString:
    """Return the attribute by which a text's own words decide its direction; none where that makes no difference.

    `around` is the language of the element around it, where this is not the site's own.
    """
    is_rtl = is_right_to_left(around) if around else get_language_bidi()
    return _AUTO if is_rtl or _MAY_RUN_LEFTWARDS.search(text) else SafeString()


def block_attributes(tag: str, text: str) -> SafeString:
    """Return the attributes of a heading or paragraph with a text of a page in the language of this tag."""
    attributes = text_attributes(tag)
    is_rtl = is_right_to_left(attributes["text_language"])
    return attributes["text_attrs"] + (SafeString() if is_rtl else direction_attr(text))


def text_attributes(tag: str) -> dict[str, Any]:
    """Return what templates need to say in which language a page's text is, and which way it runs, by name.

    `text_language` is its tag. `text_attrs` are the attributes of an element with such text, empty where the page
    around it is in the same language; `lang_attr` is the language alone. `label_attrs` are those of the site's own
    words within an element that has attributes.
    """
    tag, around = tag or ENGLISH, get_language() or ENGLISH
    is_foreign, is_rtl = not is_same_language(tag, around), is_right_to_left(tag)
    language = format_html(' lang="{}"', tag) if is_foreign else SafeString()
    return {
        "text_language": tag,
        "lang_attr": language,
        "text_attrs": language + SafeString(' dir="rtl"') if is_rtl else language,
        "label_attrs": (format_html(' lang="{}"', around) if is_foreign else SafeString())
        + SafeString(f' dir="{"rtl" if get_language_bidi() else "ltr"}"'),
    }
