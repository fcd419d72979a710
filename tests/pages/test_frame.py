"""What all pages have in common: the frame, the faults' pages, words and marks."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

from controversies.models import BackerKind, Confidence, PointKind, Relation, Status
from controversies.pages import marks, tags
from controversies.public.views import about_page


@pytest.mark.django_db
def test_unknown_page_is_told_in_the_sites_dress(client):
    response = client.get("/nowhere/")

    html = response.content.decode()
    assert response.status_code == 404
    assert "Page not found" in html
    assert '<header class="masthead">' in html
    assert '<meta name="robots" content="noindex">' in html
    assert response["Cache-Control"] == "no-cache"


@pytest.mark.django_db
def test_malformed_request_is_told_in_the_sites_dress(client):
    response = client.get("/search/?q=%00")

    html = response.content.decode()
    assert response.status_code == 400
    assert "We could not understand this request" in html
    assert '<header class="masthead">' in html


@pytest.mark.django_db
def test_fault_of_ours_is_told_in_the_sites_dress(monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("broken for a test")

    monkeypatch.setattr(about_page, "render", broken)
    client = Client(raise_request_exception=False)

    response = client.get("/about/")

    html = response.content.decode()
    assert response.status_code == 500
    assert "Something went wrong" in html
    assert "broken for a test" not in html
    assert '<header class="masthead">' in html


@pytest.mark.parametrize("template", ["400.html", "403.html", "404.html", "410.html", "500.html"])
def test_pages_of_faults_need_neither_a_request_nor_the_database(template):
    html = render_to_string(template)

    assert html.lstrip().startswith("<!doctype html>")
    assert html.rstrip().endswith("</html>")
    assert "{%" not in html


@pytest.mark.django_db
def test_frame_bears_the_sites_name(client, settings):
    settings.SITE_NAME = "Pro & Contra"

    html = client.get("/about/").content.decode()

    assert "<span>Pro &amp; Contra</span></a>" in html
    assert "<title>About this site · Pro &amp; Contra</title>" in html


@pytest.mark.django_db
def test_about_explains_every_word(client):  # without the database, which this test may not use
    html = client.get("/about/").content.decode()

    for choices in (Status, Confidence, PointKind, BackerKind, Relation):
        for member in choices:
            assert str(member.label) in html
            assert str(member.meaning)[1:].replace("'", "&#x27;") in html
    assert 'id="confidence"' in html


@pytest.mark.parametrize(
    ("choices", "shapes"),
    [
        (Status, marks.STATUS),
        (Confidence, marks.CONFIDENCE),
        (BackerKind, marks.BACKER),
        (Relation, marks.RELATION),
    ],
)
def test_every_word_has_a_mark_of_its_own(choices, shapes):
    assert set(shapes) == set(choices)
    assert len(set(shapes.values())) == len(choices)


@pytest.mark.parametrize("member", [*Status, *Confidence])
def test_badge_has_its_word_and_hides_its_glyph_from_screen_readers(member):
    badge = (
        tags.status_badge(member.value) if isinstance(member, Status) else tags.confidence_badge(member.value)
    )

    assert badge.endswith(f"</svg>{member.label}</span>")
    assert badge.count("<svg") == badge.count('aria-hidden="true"') == 1


@pytest.mark.parametrize(
    ("date", "words"),
    [("2024", "2024"), ("2024-07", "July 2024"), ("2024-07-23", "23 July 2024"), ("0001-01", "January 0001")],
)
def test_day_says_as_much_of_a_date_as_is_known(date, words):
    assert tags.day(date) == words
