"""Cite a page, its sources, a source: at the revision that was read, as it was then, and only what is public."""

import datetime
import json
import re
from dataclasses import replace

import pytest
from django.urls import reverse

from controversies import history
from controversies.models import Backer, Source
from tests.factories import ControversyFactory, SourceFactory, UserFactory
from tests.interchange.test_cite import printed, read_bibtex, read_ris

pytestmark = pytest.mark.django_db

HOSTILE = "</textarea><script>alert(1)</script>\"'&<img src=x onerror=alert(2)>%s{{ 7|add:7 }}"
OF_A_PAGE = ("cite", "cite_file", "sources_file")


def addresses(slug: str, number: int = 0) -> list[str]:
    """All that cites a page, or one revision of it."""
    if number:
        return [
            reverse("revision_cite", args=[slug, number]),
            *(reverse("revision_cite_file", args=[slug, number, form]) for form in ("bib", "ris", "json")),
            *(reverse("revision_sources_file", args=[slug, number, form]) for form in ("bib", "ris", "json")),
        ]
    return [
        reverse("cite", args=[slug]),
        *(reverse("cite_file", args=[slug, form]) for form in ("bib", "ris", "json")),
        *(reverse("sources_file", args=[slug, form]) for form in ("bib", "ris", "json")),
    ]


def text(response):
    html = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<main") :]).split())


@pytest.fixture
def renamed():
    """A page whose only source and title were changed after its first revision."""
    made = ControversyFactory(
        slug="open", title="Then", positions=1, points=0, sources=[SourceFactory.build(slug="a", title="Old")]
    )
    made.edit(title="Now")
    row = Source.objects.get(slug="a")
    with history.act(author_name="Edith Editor", summary="Its title has changed."):
        Source.objects.filter(pk=row.pk).update(title="New")
    made.head = history.head(made.key)
    assert made.head.number == 3
    return made


def test_files_have_their_types_and_names(client):
    ControversyFactory(slug="open", positions=1, sources=[SourceFactory.build(slug="a-work")], revisions=2)

    found = {
        address: (response["Content-Type"], response["Content-Disposition"])
        for address in (*addresses("open")[1:], *addresses("open", 1)[1:], "/sources/a-work.bib")
        if (response := client.get(address)).status_code == 200
    }

    bib = "application/x-bibtex; charset=utf-8"
    ris = "application/x-research-info-systems; charset=utf-8"
    csl = "application/vnd.citationstyles.csl+json"
    assert found == {
        "/controversies/open/cite.bib": (bib, 'attachment; filename="open-revision-2.bib"'),
        "/controversies/open/cite.ris": (ris, 'attachment; filename="open-revision-2.ris"'),
        "/controversies/open/cite.json": (csl, 'attachment; filename="open-revision-2.json"'),
        "/controversies/open/sources.bib": (bib, 'attachment; filename="open-sources-2.bib"'),
        "/controversies/open/sources.ris": (ris, 'attachment; filename="open-sources-2.ris"'),
        "/controversies/open/sources.json": (csl, 'attachment; filename="open-sources-2.json"'),
        "/controversies/open/revisions/1/cite.bib": (bib, 'attachment; filename="open-revision-1.bib"'),
        "/controversies/open/revisions/1/cite.ris": (ris, 'attachment; filename="open-revision-1.ris"'),
        "/controversies/open/revisions/1/cite.json": (csl, 'attachment; filename="open-revision-1.json"'),
        "/controversies/open/revisions/1/sources.bib": (bib, 'attachment; filename="open-sources-1.bib"'),
        "/controversies/open/revisions/1/sources.ris": (ris, 'attachment; filename="open-sources-1.ris"'),
        "/controversies/open/revisions/1/sources.json": (csl, 'attachment; filename="open-sources-1.json"'),
        "/sources/a-work.bib": (bib, 'attachment; filename="a-work.bib"'),
    }


def test_page_is_cited_at_its_newest_revision_by_its_permanent_address(client, settings):
    settings.SITE_NAME = "The Site"
    made = ControversyFactory(
        slug="open",
        title="Is it so?",
        revisions=3,
        attribution="By [us](https://us.example/), *CC BY-SA 4.0*.",
    )

    [(key, entry)] = read_bibtex(client.get("/controversies/open/cite.bib").content.decode()).items()
    [data] = json.loads(client.get("/controversies/open/cite.json").content)

    assert key == "open-revision-3"
    assert entry.fields["url"] == "http://testserver/controversies/open/revisions/3/"
    assert entry.fields["howpublished"] == "The Site"
    assert entry.fields["date"] == "2026-01-07"
    assert entry.fields["note"] == (
        f"Revision 3, with the digest {made.head.entry.digest.hex()}. By us (https://us.example/), CC BY-SA 4.0."
    )
    assert client.get(entry.fields["url"]).status_code == 200
    assert (data["title"], data["URL"]) == ("Is it so?", entry.fields["url"])


def test_old_revision_is_cited_with_what_it_said_then(client, renamed):
    then = [client.get(address).content.decode() for address in addresses("open", 1)]
    now = [client.get(address).content.decode() for address in addresses("open")]

    for old, new in zip(then[:4], now[:4], strict=True):
        assert ("Then" in old, "Now" in old) == (True, False)
        assert ("Then" in new, "Now" in new) == (False, True)
    for old, new in zip(then[4:], now[4:], strict=True):
        assert ("Old" in old, "New" in old) == (True, False)
        assert ("Old" in new, "New" in new) == (False, True)
    assert ("Old." in text(client.get("/controversies/open/revisions/1/cite/"))) is True
    [entry] = read_bibtex(client.get("/sources/a.bib").content.decode()).values()
    assert printed(entry.fields["title"]) == "New"


def test_page_of_citations_has_them_in_words_and_as_files(client, renamed):
    html = client.get("/controversies/open/cite/").content.decode()
    words = text(client.get("/controversies/open/cite/"))

    assert "“ Now ”. Crux, revision 3," in words
    assert "http://testserver/controversies/open/revisions/3/" in words
    for form in ("bib", "ris", "json"):
        assert f'href="/controversies/open/revisions/3/cite.{form}"' in html
        assert f'href="/controversies/open/revisions/3/sources.{form}"' in html
    assert "A. Author, B. Writer. 2024-07. New. Journal of Examples 12. https://journal.example/a" in words
    assert "@misc{open-revision-3," in html
    assert "@article{a," in html
    assert "not today’s page" not in html
    assert "noindex" not in html


def test_citations_of_an_old_revision_say_so_and_are_not_indexed(client, renamed):
    html = client.get("/controversies/open/revisions/1/cite/").content.decode()

    assert "You are reading revision 1 of 3, not today’s page" in html
    assert '<meta name="robots" content="noindex">' in html
    assert '<link rel="canonical" href="http://testserver/controversies/open/cite/">' in html


def test_pages_lead_to_their_citations(client):
    made = ControversyFactory(slug="open", positions=1, sources=[SourceFactory.build(slug="a")], revisions=2)

    today = client.get(reverse("controversy", args=[made.slug])).content.decode()
    old = client.get(reverse("revision", args=[made.slug, 1])).content.decode()
    source = client.get(reverse("source", args=["a"])).content.decode()

    assert 'href="/controversies/open/cite/"' in today
    assert 'href="/controversies/open/revisions/2/cite/"' in today
    assert old.count('href="/controversies/open/revisions/1/cite/"') == 2
    assert 'href="/controversies/open/cite/"' not in old
    for form in ("bib", "ris", "json"):
        assert f'href="/sources/a.{form}"' in source
    for number, html in ((2, today), (1, old)):
        links = dict(
            re.findall(r'<link rel="alternate" type="([^"]+)" title="Cite: [^"]+" href="([^"]+)">', html)
        )
        assert links == {
            "application/x-bibtex": f"/controversies/open/revisions/{number}/cite.bib",
            "application/x-research-info-systems": f"/controversies/open/revisions/{number}/cite.ris",
            "application/vnd.citationstyles.csl+json": f"/controversies/open/revisions/{number}/cite.json",
        }
        permanent = f"http://testserver/controversies/open/revisions/{number}/"
        assert f'<link rel="cite-as" href="{permanent}">' in html


def test_files_are_kept_by_who_asks_whether_they_changed(client):
    made = ControversyFactory(slug="open", positions=1, sources=[SourceFactory.build(slug="a")])

    for address in (*addresses("open"), *addresses("open", 1), "/sources/a.ris"):
        first = client.get(address)
        again = client.get(address, headers={"if-none-match": first["ETag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")

    tags = [client.get(address)["ETag"] for address in addresses("open", 1)[1:]]
    made.edit(title="Another")
    assert [client.get(address)["ETag"] for address in addresses("open", 1)[1:]] == tags


def test_page_was_read_on_the_day_it_is_asked_for(client, monkeypatch):
    ControversyFactory(slug="open")

    found = {}
    for day in (1, 2):
        now = datetime.datetime(2027, 5, day, 12, tzinfo=datetime.UTC)
        monkeypatch.setattr("controversies.pages.versions.timezone.now", lambda now=now: now)
        response = client.get("/controversies/open/cite.ris")
        [reference] = read_ris(response.content.decode())
        found[response["ETag"]] = reference["Y2"]

    assert list(found.values()) == [["2027/05/01/"], ["2027/05/02/"]]


def test_source_knows_the_backers_of_public_pages_by_name_and_alias(client):
    made = ControversyFactory(
        positions=1,
        sources=[
            SourceFactory.build(slug="one", authors="Hugging Face"),
            SourceFactory.build(slug="two", authors="Hugging Friends, Jane Doe"),
        ],
        citations=2,
    )
    assert "{Face, Hugging}" in client.get("/sources/one.bib").content.decode()

    with history.act(author_name="Edith Editor", summary="Its name has changed."):
        Backer.objects.filter(pk=made.document.backers[0].key).update(
            name="Hugging Face", kind="company", aliases=["Hugging Friends"]
        )

    assert "author = {{Hugging Face}}" in client.get("/sources/one.bib").content.decode()
    assert "author = {{Hugging Friends, Jane Doe}}" in client.get("/sources/two.bib").content.decode()


def test_what_readers_may_not_see_cannot_be_cited(client):
    ControversyFactory(slug="draft", publication="draft", sources=[SourceFactory.build(slug="hidden")])
    ControversyFactory(slug="gone", publication="withdrawn", sources=[SourceFactory.build(slug="lost")])
    ControversyFactory(slug="late", revisions=3, published_at=3)

    for slug, status in (("draft", 404), ("gone", 410), ("none", 404)):
        for address in (*addresses(slug), *addresses(slug, 1)):
            assert client.get(address).status_code == status, address
    for number, status in ((1, 404), (2, 404), (3, 200), (4, 404), (999_999_999, 404)):
        for address in addresses("late", number):
            assert client.get(address).status_code == status, address
    for slug in ("hidden", "lost", "none"):
        assert client.get(f"/sources/{slug}.bib").status_code == 404
    client.force_login(UserFactory(role="editor"))
    assert client.get("/controversies/draft/cite/")["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "address",
    [
        "/controversies/open/cite.txt",
        "/controversies/open/sources.bibx",
        "/controversies/open/revisions/0/cite.bib",
        "/controversies/open/revisions/01/sources.bib",
        "/sources/a.csl",
        "/controversies/a%00b/cite.bib",
    ],
)
def test_other_addresses_are_not_found(client, address):
    ControversyFactory(slug="open", positions=1, sources=[SourceFactory.build(slug="a")])

    assert client.get(address).status_code == 404


def test_what_people_wrote_is_text(client):
    source = SourceFactory.build(slug="evil", title=HOSTILE, authors=HOSTILE, publisher=HOSTILE)
    ControversyFactory(slug="open", positions=1, sources=[source], title=HOSTILE, attribution=HOSTILE)

    html = client.get("/controversies/open/cite/").content.decode()

    assert html.count("<script") == html.count("</script") == 1
    assert '<script type="application/ld+json">' in html
    assert "<img" not in html
    assert html.count("</textarea>") == html.count("<textarea") == 6
    assert "&lt;/textarea&gt;&lt;script&gt;alert(1)" in html
    [entry] = read_bibtex(client.get("/sources/evil.bib").content.decode()).values()
    assert printed(entry.fields["title"]) == HOSTILE


@pytest.mark.parametrize("size", [1, 4])
def test_citations_ask_a_constant_number_of_queries(client, django_assert_num_queries, size):
    ControversyFactory(
        slug="open",
        positions=size,
        points=size,
        citations=size * 5,
        revisions=size + 1,
        sources=[SourceFactory.build(slug=f"a-{i}", authors="Jane Doe, OpenAI") for i in range(size)],
    )

    for address in (*addresses("open"), *addresses("open", 1)):
        with django_assert_num_queries(2 if "sources." in address else 4):
            assert client.get(address).status_code == 200
    with django_assert_num_queries(4):
        assert client.get("/sources/a-0.bib").status_code == 200


def test_citations_answer_only_to_get_and_head(client):
    ControversyFactory(slug="open")

    for address in addresses("open"):
        assert client.post(address).status_code == 405
        assert client.head(address).content == b""


# -- one part of a page --


@pytest.fixture
def reworded():
    """A page whose first position was reworded after its first revision."""
    made = ControversyFactory(slug="open", title="Is it so?", positions=2, points=1)
    first, second = made.document.positions
    made.save(made.document.with_blocks(positions=(second, replace(first, claim="It is not"))))
    return made


def part_of(page, index=0):
    return f"position-{page.document.positions[index].key[:8]}"


def test_a_part_is_cited_at_its_revision_under_its_name_then(client, reworded):
    """It was A in revision 1 and is B now: a citation says what its reader finds there."""
    part = part_of(reworded, 1)
    base = "http://testserver/controversies/open/revisions"
    old_claim = history.at(reworded.key, 1).document.positions[0].claim

    for address, number, title in (
        (f"cite/{part}", 2, "Position B, “It is not”, of “Is it so?”"),
        (f"revisions/1/cite/{part}", 1, f"Position A, “{old_claim}”, of “Is it so?”"),
    ):
        [(key, entry)] = read_bibtex(
            client.get(f"/controversies/open/{address}.bib").content.decode()
        ).items()
        [data] = json.loads(client.get(f"/controversies/open/{address}.json").content)
        [reference] = read_ris(client.get(f"/controversies/open/{address}.ris").content.decode())
        assert key == data["id"] == f"open-revision-{number}-{part}"
        assert printed(entry.fields["title"]) == data["title"] == title
        assert reference["TI"] == [title]
        assert entry.fields["url"] == data["URL"] == f"{base}/{number}/#{part}"
        assert f'id="{part}"' in client.get(f"/controversies/open/revisions/{number}/").content.decode()
        name = client.get(f"/controversies/open/{address}.bib")["Content-Disposition"]
        assert name == f'attachment; filename="open-revision-{number}-{part}.bib"'


def test_a_part_has_a_page_with_its_words_and_both_of_its_addresses(client, reworded):
    part = part_of(reworded, 1)

    page = client.get(f"/controversies/open/cite/{part}/")
    shown = text(page)

    assert "Position B, “ It is not ”, of “ Is it so? ”. Crux, revision 2," in shown
    boxes = re.findall(r'<p class="copied"[^>]*>([^<]*)</p>', page.content.decode())
    assert boxes == [
        f"http://testserver/controversies/open/revisions/2/#{part}",
        f"http://testserver/controversies/open/#{part}",
    ]
    assert '<meta name="robots" content="noindex">' in page.content.decode()


def test_a_part_that_a_revision_lacks_is_not_found(client, reworded):
    silent = tuple(replace(each, stances=()) for each in reworded.document.positions)
    gone = f"point-{reworded.document.points[0].key[:8]}"
    reworded.save(reworded.document.with_blocks(points=(), positions=silent))

    for ending in ("/", ".bib", ".json"):
        assert client.get(f"/controversies/open/cite/{gone}{ending}").status_code == 404
        assert client.get(f"/controversies/open/revisions/1/cite/{gone}{ending}").status_code == 200
        assert client.get(f"/controversies/open/cite/point-00000000{ending}").status_code == 404


def test_each_part_leads_to_its_citation_at_the_revision_that_is_read(client, reworded):
    """Pieces are drawn once for all revisions that share them, and yet lead to the one that is on show."""
    day = history.at(reworded.key, 1).entry.time.date().isoformat()
    reads = {
        "": "/controversies/open/cite/",
        "revisions/1/": "/controversies/open/revisions/1/cite/",
        f"?as_of={day}": "/controversies/open/cite/",
    }
    for address, start in reads.items():
        html = client.get(f"/controversies/open/{address}").content.decode()
        links = re.findall(r'<a data-cite href="([^"]+)"', html)
        assert len(links) == 3, address
        for link in links:
            assert link.startswith(start)
            assert link.endswith(f"?as_of={day}") == ("as_of" in address)
            assert client.get(link).status_code == 200
    then = client.get(f"/controversies/open/cite/{part_of(reworded, 1)}/?as_of={day}").content.decode()
    assert "It is not" not in then


def test_the_page_to_cite_has_what_else_can_be_done_with_a_page(client, reworded):
    for start, twin in (
        ("", "/controversies/open.json"),
        ("revisions/1/", "/controversies/open/revisions/1.json"),
    ):
        html = client.get(f"/controversies/open/{start}cite/").content.decode()
        links = re.findall(r'<a\b[^>]*href="([^"]+)"', html[html.index("<main") :])
        assert {twin, "/controversies/open.atom", "/api/"} <= set(links)
        parts = [link for link in links if re.search(r"/cite/(position|point)-", link)]
        assert len(parts) == 3
        assert all(link.startswith(f"/controversies/open/{start}cite/") for link in parts)


def test_tabs_have_no_file_among_them(client, reworded):
    for address in ("", "revisions/1/", "history/", "cite/"):
        html = client.get(f"/controversies/open/{address}").content.decode()
        tabs = html[html.index('<nav class="tabs"') :].partition("</nav>")[0]
        assert ".json" not in tabs
        assert "cite/" in tabs


def test_a_credit_keeps_the_addresses_of_its_licence(client):
    licence = "https://creativecommons.org/licenses/by-sa/4.0/"
    credit = (
        f'“Title”, by *its* [contributors]( https://the-ledger.example/x ), [CC BY-SA 4.0]({licence} "licence"). '
        + "x" * 400
    )
    ControversyFactory(slug="open", attribution=credit)

    for ending in ("bib", "ris", "json"):
        words = client.get(f"/controversies/open/cite.{ending}").content.decode()
        assert licence in words
        assert "x" * 400 in words
