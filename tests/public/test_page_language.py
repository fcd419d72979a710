"""A page in another language: HTML, metadata and citations say so, and its text runs as the language does."""

import json
import re
from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError

from controversies import history
from controversies import models as m
from controversies.document import canonical, parse
from tests.admin.editing import change_url, opened
from tests.factories import ControversyFactory, UserFactory

pytestmark = pytest.mark.django_db


def page_in(language: str):
    controversy = ControversyFactory(title="Ist es so?", positions=2, points=2, citations=4)
    document = controversy.document
    controversy.save(replace(document, head=replace(document.head, language=language)))
    return controversy


def html_of(client, controversy, rest: str = "") -> str:
    """The page without the links to the site's other languages."""
    html = client.get(f"/controversies/{controversy.slug}/{rest}").content.decode()
    return re.sub(r'<nav class="languages".*?</nav>', "", html, flags=re.DOTALL)


def test_text_in_another_language_says_so_and_labels_do_not(client):
    html = html_of(client, page_in("de"))

    assert '<html lang="en" dir="ltr" data-paper=' in html
    assert '<h1 lang="de">' in html
    assert html.count('<h3 lang="de"><span class="hidden-text"\n lang="en" dir="ltr">') == 2  # points
    assert len(re.findall(r'<h3 id="position-[0-9a-f]+-claim" lang="de">', html)) == 2
    assert '<div class="prose" lang="de">' in html
    assert '"inLanguage":"de"' in html
    assert '<meta property="og:locale" content="de_DE">' in html


def test_a_page_that_records_no_language_is_english(client):
    html = html_of(client, ControversyFactory(positions=2, points=2))

    assert re.findall(r' lang="\w+"', html) == [' lang="en"']
    assert '"inLanguage":"en"' in html
    assert "og:locale" not in html


def test_lists_and_authorship_say_in_which_language_a_page_is(client):
    controversy = page_in("de")

    def texts(address: str) -> list[str]:
        html = client.get(address).content.decode()
        return re.findall(
            r'<(?:h3|span|div)(?: class="[a-z-]+")?( lang="\w+")?(?: dir="auto")?>(?=<a class="plain|<bdi>|<p)',
            html,
        )

    assert set(texts("/controversies/")) == {' lang="de"'}
    assert set(texts("/de/controversies/")) == {""}
    path = f"/controversies/{controversy.slug}/blame/"
    assert '<div class="prose" lang="de">' in client.get(path).content.decode()
    assert 'class="prose" lang' not in client.get(f"/de{path}").content.decode()


def test_reasons_have_the_marks_of_the_sites_language(client):
    controversy = page_in("de")
    path = f"/controversies/{controversy.slug}/blame/"

    marks = [client.get(f"{prefix}{path}").content.decode() for prefix in ("", "/de", "/es")]

    for html, quoted in zip(marks, ("“{}”", "„{}“", "«{}»"), strict=True):
        assert re.search(quoted.format('<span class="blame-reason" dir="auto">[^<]+</span>'), html)


def test_arabic_text_runs_from_right_to_left_in_headings_claims_and_paragraphs(client):
    html = html_of(client, page_in("ar"))

    assert '<h1 lang="ar" dir="rtl">' in html
    assert html.count('<h3 lang="ar" dir="rtl"><span class="hidden-text"\n lang="en" dir="ltr">') == 2
    assert html.count('class="claim" lang="ar" dir="rtl"') == 2
    prose = re.search(r'<div class="prose" lang="ar" dir="rtl">(.*?)</div>', html, re.DOTALL)
    assert prose
    assert "dir=" not in prose[1]  # each paragraph as the text around it


def test_quotations_have_the_marks_of_the_language(client):
    assert re.search(r'<blockquote class="quote">„[^”]+“</blockquote>', html_of(client, page_in("de")))


def test_an_old_revision_stays_in_the_language_that_it_had(client):
    controversy = page_in("de")

    assert 'lang="de"' not in html_of(client, controversy, "revisions/1/")
    assert 'lang="de"' in html_of(client, controversy, "revisions/2/")


def test_citations_of_the_page_name_its_language(client):
    controversy = page_in("de")
    path = f"/controversies/{controversy.slug}/cite"

    assert "language = {de}" in client.get(f"{path}.bib").content.decode()
    assert "LA  - de" in client.get(f"{path}.ris").content.decode()
    assert json.loads(client.get(f"{path}.json").content)[0]["language"] == "de"


def test_a_page_without_a_language_keeps_its_digest():
    head = ControversyFactory().document.head

    assert "language" not in canonical.to_json(head)
    assert canonical.to_json(replace(head, language="de"))["language"] == "de"


def test_json_names_a_language_only_where_one_is_recorded(client):
    german, english = page_in("de").slug, ControversyFactory().slug

    def answers(slug: str, number: int) -> list[dict]:
        twin = client.get(f"/controversies/{slug}/revisions/{number}.json").json()
        whole = client.get(f"/api/v1/controversies/{slug}/revisions/{number}").json()
        return [twin, whole]

    assert [answer.get("language") for answer in answers(german, 2)] == ["de", "de"]
    assert ["language" in answer for answer in answers(german, 1) + answers(english, 1)] == [False] * 4
    listed = {each["slug"]: each for each in client.get("/api/v1/controversies").json()["items"]}
    assert listed[german]["language"] == "de"
    assert "language" not in listed[english]


def test_a_text_that_is_no_language_is_refused_in_words(client):
    data = canonical.document_json(ControversyFactory().document)

    assert parse.document(data | {"language": "zh_hans"}).head.language == "zh-Hans"
    with pytest.raises(parse.InvalidDocument, match="language: Write the language as a code: de for German"):
        parse.document(data | {"language": "jp"})
    with pytest.raises(ValidationError, match="Write the language as a code"):
        m.Controversy(title="x", slug="x", language="German", topic_id=None).full_clean(exclude=["topic"])


def test_an_editor_chooses_the_language_in_the_form(client):
    client.force_login(UserFactory(role="publisher"))
    document = ControversyFactory().document
    sent = opened(client, change_url(document.key, ""))
    sent["head-language"] = "pt_br"
    sent["reason-summary"] = "It is in Portuguese."

    response = client.post(change_url(document.key, ""), sent.data())

    assert response.status_code == 302
    assert history.head(document.key).document.head.language == "pt-BR"
