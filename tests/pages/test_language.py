"""The language of answers: one now, so caches need not tell readers apart; the reader's, once there are several."""

import pytest

from tests.factories import ControversyFactory


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/about/", "{page}", "{page}history/", "/changes.atom", "/nowhere/"])
def test_one_language_is_the_same_answer_for_every_reader(client, path):
    path = path.format(page=f"/controversies/{ControversyFactory().slug}/")

    plain = client.get(path)
    german = client.get(path, headers={"accept-language": "de-CH, fr;q=0.5"})

    assert german.content == plain.content
    assert german.get("ETag") == plain.get("ETag")
    assert "Accept-Language" not in german.get("Vary", "")
    assert "Content-Language" not in german


@pytest.mark.django_db
def test_of_several_languages_readers_get_their_own(client, settings):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    path = f"/controversies/{ControversyFactory().slug}/"

    pages = [
        client.get(path, headers={"accept-language": language}) for language in ("en", "de", "en", "de", "fr")
    ]

    assert [page["Content-Language"] for page in pages] == ["en", "de", "en", "de", "en"]
    assert ['<html lang="de"' in page.text for page in pages] == [False, True, False, True, False]
    assert all("Accept-Language" in page["Vary"] for page in pages)
    assert pages[0]["ETag"] == pages[2]["ETag"] == pages[4]["ETag"] != pages[1]["ETag"] == pages[3]["ETag"]
