"""Tags of languages: what is one, and what follows from it."""

import pytest

from controversies.kit.languages import (
    is_right_to_left,
    language_name,
    language_tag,
    open_graph_locale,
    quote_in,
)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("de", "de"),
        ("EN", "en"),
        (" zh_hans ", "zh-Hans"),
        ("pt-br", "pt-BR"),
        ("sr-latn-rs", "sr-Latn-RS"),
        ("es-419", "es-419"),
        ("de-1996", "de-1996"),
        ("haw", "haw"),
        ("jp", ""),  # a country
        ("German", ""),
        ("e", ""),
        ("en-", ""),
        ("x-klingon", ""),
        ("de\n", "de"),
        ('de" onload="', ""),
        ("", ""),
    ],
)
def test_tags_are_read_as_people_write_them(text, tag):
    assert language_tag(text) == tag
    assert language_tag(tag) == tag


def test_direction_follows_the_script_before_the_language():
    assert [is_right_to_left(tag) for tag in ("ar", "he-IL", "uz-Arab", "ur")] == [True] * 4
    assert [is_right_to_left(tag) for tag in ("en", "zh-Hans", "ar-Latn", "az")] == [False] * 4


def test_a_language_has_a_name():
    assert language_name("de") == "German"
    assert language_name("de-CH") == "German (de-CH)"
    assert language_name("gsw") == "gsw"


def test_quotation_marks_and_locales_are_those_of_the_language():
    assert [
        quote_in("x", tag) for tag in ("en", "de-AT", "es", "ja", "zh-TW", "zh-Hant-HK", "zh-Hans", "gsw")
    ] == [
        "“x”",
        "„x“",
        "«x»",
        "「x」",
        "「x」",
        "「x」",
        "“x”",
        "“x”",
    ]
    assert [open_graph_locale(tag) for tag in ("en", "de", "pt-BR", "ja", "haw")] == [
        "",
        "de_DE",
        "pt_BR",
        "ja_JP",
        "",
    ]
