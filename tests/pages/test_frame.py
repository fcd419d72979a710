"""What all pages have in common: the frame, the faults' pages, words and marks."""

import re
from pathlib import Path

import pytest
from django.conf import settings
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
    ],
)
def test_every_word_has_a_mark_of_its_own(choices, shapes):
    assert set(shapes) == set(choices)
    assert len(set(shapes.values())) == len(choices)


@pytest.mark.parametrize(
    ("shapes", "units", "name"),
    [
        (marks.STATUS, "16 16", "badge"),
        (marks.CONFIDENCE, "18 16", "badge"),
        (marks.BACKER, "12 12", "backer"),
    ],
)
def test_the_style_sheet_draws_the_same_glyphs(shapes, units, name):
    css = (Path(settings.BASE_DIR) / "controversies/static/crux/site/parts/glyphs.css").read_text()
    drawn = dict(
        re.findall(
            rf"\.{name}\.([\w-]+) {{\s+--glyph: url\(\"data:image/svg\+xml,<svg xmlns='http://www.w3.org/2000/svg'"
            rf" viewBox='0 0 {units}'>(.*)</svg>\"\);",
            css,
        )
    )
    cut = re.compile(
        r"<mask id='tick'><path fill='white' d='M0 0h16v16H0z'/>(.*)</mask>(.*) mask='url\(%23tick\)'/>"
    )

    def as_mask(shape: str) -> str:
        return re.sub('class="(line|cut)"', 'fill="none" stroke="black"', shape).replace('"', "'")

    assert {value: cut.sub(r"\2/>\1", shape) for value, shape in drawn.items()} == {
        value: as_mask(shape) for value, shape in shapes.items()
    }


@pytest.mark.parametrize("member", [*Status, *Confidence])
def test_badge_is_its_word(member):
    badge = (
        tags.status_badge(member.value) if isinstance(member, Status) else tags.confidence_badge(member.value)
    )

    assert badge == f'<span class="badge {member.value}">{member.label}</span>'


@pytest.mark.parametrize(
    ("date", "words"),
    [("2024", "2024"), ("2024-07", "July 2024"), ("2024-07-23", "23 July 2024"), ("0001-01", "January 0001")],
)
def test_day_says_as_much_of_a_date_as_is_known(date, words):
    assert tags.day(date) == words
