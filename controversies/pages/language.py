"""The languages of answers: the one of the site's own words, and the one that a page's text is written in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware as DjangoLocaleMiddleware
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi

from controversies.kit.languages import ENGLISH, is_right_to_left, is_same_language


class LocaleMiddleware(DjangoLocaleMiddleware):
    """Django's middleware, without headers for a choice of languages if there is only one.

    `Vary: Accept-Language` would make caches keep an equal copy of each page for every browser's languages.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if len(settings.LANGUAGES) == 1:
            return response
        return super().process_response(request, response)


def text_attributes(tag: str) -> dict[str, Any]:
    """Return what templates need to say in which language a page's text is, and which way it runs, by name.

    `text_language` is its tag. `text_attrs` are the attributes of an element with such text, empty where the page
    around it is in the same language; `block_attrs` those of a heading or paragraph, whose words decide its direction
    unless the language does. `label_attrs` are those of the site's own words within such an element.
    """
    tag, around = tag or ENGLISH, get_language() or ENGLISH
    is_foreign, is_rtl = not is_same_language(tag, around), is_right_to_left(tag)
    language = format_html(' lang="{}"', tag) if is_foreign else SafeString()
    return {
        "text_language": tag,
        "text_attrs": language + SafeString(' dir="rtl"') if is_rtl else language,
        "block_attrs": language + SafeString(f' dir="{"rtl" if is_rtl else "auto"}"'),
        "label_attrs": (format_html(' lang="{}"', around) if is_foreign else SafeString())
        + SafeString(f' dir="{"rtl" if get_language_bidi() else "ltr"}"'),
    }
