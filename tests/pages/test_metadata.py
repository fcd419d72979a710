"""What pages say of themselves to machines: schema.org's data, cards, addresses."""

import html as html_module
import json
import re
from dataclasses import replace

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from controversies import history
from controversies.kit.identifiers import canonical_doi, source_keys
from controversies.models import Backer, BackerKind, Source, SourceKind
from controversies.pages import atom, metadata
from tests import strategies
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    UserFactory,
    backer_block,
    document_factory,
    source_block,
)

SITE = "http://testserver"
AUTHORS = [
    {"@type": "Person", "name": "A. Author", "givenName": "A.", "familyName": "Author"},
    {"@type": "Person", "name": "B. Writer", "givenName": "B.", "familyName": "Writer"},
]
ODD = "\u2028\u2029"  # which no recorded text has
HOSTILE = "</script><script>alert(1)</script><!--<script>]]>\"'\\&amp;&copy;\u202e שלום"


def html_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def data_of(html):
    """The data of a page: one block, which a browser would take whole."""
    assert len(re.findall(r"<script(?! src)", html)) == 1  # the other is a file of our own
    [text] = re.findall(r'<script type="application/ld\+json">(.*?)</script', html, re.DOTALL)
    assert not set(text) & set("<>&\u2028\u2029")
    return json.loads(text)


def card_of(html):
    """The properties of the page's card, and its name, description and address for search engines."""
    found = re.findall(
        r'<meta (?:property|name)="((?:og|twitter):[\w:]+|description)" content="([^"]*)">', html
    )
    [canonical] = re.findall(r'<link rel="canonical" href="([^"]*)">', html)
    assert len(found) == len(dict(found))
    return {name: html_module.unescape(value) for name, value in found} | {"canonical": canonical}


def steps(data):
    """The way to the page, as names and paths."""
    found = data["breadcrumb"]["itemListElement"]
    assert [step["position"] for step in found] == list(range(1, len(found) + 1))
    return [(step["name"], step["item"].removeprefix(SITE)) for step in found]


# -- a controversy --


@pytest.fixture
def page(db):
    who = [BackerFactory(slug=f"who-{kind}", name=f"A {kind}", kind=kind) for kind in BackerKind.values]
    works = [
        SourceFactory(
            slug="work", title="The Work", kind="article", authors="A. Author and B. Writer", publisher="A Journal",
            date="2024-07", doi="10.1234/abc", url="https://journal.example/work",
            archive_url="https://archive.example/work",
        ),
        SourceFactory(slug="report", title="A Report", kind="report", url="", doi="10.1234/def", publisher="An Office"),
    ]  # fmt: skip
    return ControversyFactory(
        positions=2, points=1, backers=who, backings=6, citations=4, sources=works, revisions=3,
        slug="open", title="Open or closed", question="Should they be open?", status_summary="It *rests*.",
        topic=TopicFactory(slug="weights", title="Weights"), reviewed_on="2026-01-02", reviewed_by="Rita Reviewer",
        attribution="From [The Ledger](https://the-ledger.example/a), "
        "[CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/).",
    )  # fmt: skip


def test_controversy_is_a_question_with_answers_suggested(client, page):
    data = data_of(html_of(client, "/controversies/open/"))

    question = data.pop("mainEntity")
    first, second = page.document.positions
    anchors = [f"{SITE}/controversies/open/#position-{each.key[:8]}" for each in (first, second)]
    point = f"{SITE}/controversies/open/#point-{page.document.points[0].key[:8]}"
    answers = question.pop("suggestedAnswer")
    assert question == {
        "@type": "Question",
        "@id": f"{SITE}/controversies/open/#question",
        "name": "Should they be open?",
        "about": [
            {
                "@type": "Thing",
                "@id": point,
                "name": "Point of contention 1",
                "url": point,
            }
        ],
        "answerCount": 2,
    }
    assert [each["@id"] for each in answers] == anchors
    assert [(each["@type"], each["name"], each["text"], each["url"]) for each in answers] == [
        ("Answer", "Position A", first.claim, anchors[0]),
        ("Answer", "Position B", second.claim, anchors[1]),
    ]
    by_key = page.document.by_key
    assert [each["@id"] for each in answers[0]["mentions"]] == [
        f"{SITE}/backers/{by_key[backing.backer].slug}/#backer" for backing in first.backings
    ]
    assert {each["@type"] for answer in answers for each in answer["mentions"]} == {
        "Organization", "ResearchOrganization", "GovernmentOrganization", "Person", "Thing",
    }  # fmt: skip
    cited = [f"{SITE}/sources/{source.slug}/#source" for source in page.document.sources]
    assert {each["@id"] for answer in answers for each in answer["citation"]} <= set(cited)
    # Nothing rules on who is right.
    told = json.dumps([data, question, answers])
    assert not re.search("ClaimReview|Rating|acceptedAnswer|upvoteCount", told)


def test_controversy_tells_what_the_record_says(client, page):
    data = data_of(html_of(client, "/controversies/open/"))

    del data["mainEntity"], data["citation"], data["breadcrumb"]
    assert data == {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "@id": f"{SITE}/controversies/open/",
        "url": f"{SITE}/controversies/open/",
        "name": "Open or closed",
        "description": "Should they be open? It rests.",
        "inLanguage": "en",
        "isPartOf": {"@type": "WebSite", "@id": f"{SITE}/#site", "url": f"{SITE}/", "name": "Crux"},
        "identifier": atom.revision_id(page.key, 3),
        "version": "3",
        "dateModified": "2026-01-07T09:00:00+00:00",
        "editor": {"@type": "Person", "name": "Cora Contributor"},
        "archivedAt": f"{SITE}/controversies/open/revisions/3/",
        "encoding": {
            "@type": "MediaObject",
            "contentUrl": f"{SITE}/controversies/open.json",
            "encodingFormat": "application/json",
        },
        "creditText": "From The Ledger, CC BY-SA 4.0.",
        "license": ["https://creativecommons.org/licenses/by-sa/4.0/"],
        "isBasedOn": ["https://the-ledger.example/a"],
        "lastReviewed": "2026-01-02",
        "reviewedBy": {"@type": "Person", "name": "Rita Reviewer"},
    }


def test_controversy_tells_the_way_to_it_and_what_it_cites(client, page):
    data = data_of(html_of(client, "/controversies/open/"))

    assert steps(data) == [
        ("Controversies", "/controversies/"),
        ("Weights", "/topics/weights/"),
        ("Open or closed", "/controversies/open/"),
    ]
    assert sorted(data["citation"], key=lambda each: each["name"]) == [
        {
            "@type": "Report",
            "@id": f"{SITE}/sources/report/#source",
            "name": "A Report",
            "author": AUTHORS,
            "datePublished": "2024-07",
            "url": "https://doi.org/10.1234/def",
            "sameAs": "https://doi.org/10.1234/def",
            "identifier": {"@type": "PropertyValue", "propertyID": "DOI", "value": "10.1234/def"},
            "publisher": {"@type": "Organization", "name": "An Office"},
        },
        {
            "@type": "ScholarlyArticle",
            "@id": f"{SITE}/sources/work/#source",
            "name": "The Work",
            "author": AUTHORS,
            "datePublished": "2024-07",
            "url": "https://journal.example/work",
            "sameAs": "https://doi.org/10.1234/abc",
            "archivedAt": "https://archive.example/work",
            "identifier": {"@type": "PropertyValue", "propertyID": "DOI", "value": "10.1234/abc"},
            "isPartOf": {"@type": "CreativeWork", "name": "A Journal"},
        },
    ]


def test_card_of_a_controversy_is_made_of_its_own_facts(client, page):
    assert card_of(html_of(client, "/controversies/open/")) == {
        "description": "Should they be open? It rests.",
        "canonical": f"{SITE}/controversies/open/",
        "og:type": "article",
        "og:site_name": "Crux",
        "og:title": "Open or closed",
        "og:description": "Should they be open? It rests.",
        "og:url": f"{SITE}/controversies/open/",
        "twitter:card": "summary_large_image",
        "og:image": f"{SITE}/controversies/open/share.png",
        "og:image:type": "image/png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "Open or closed: Should they be open? It rests.",
    }
    picture = client.get("/controversies/open/share.png")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/png")


def test_old_revision_tells_of_itself_and_of_what_page_it_is(client, page):
    page.edit(title="Another title")

    html = html_of(client, "/controversies/open/revisions/1/")

    data, card = data_of(html), card_of(html)
    assert data["@id"] == data["url"] == card["og:url"] == f"{SITE}/controversies/open/revisions/1/"
    assert data["name"] == card["og:title"] == "Open or closed (revision 1)"
    assert (data["version"], data["dateModified"]) == ("1", "2026-01-05T09:00:00+00:00")
    assert data["exampleOfWork"] == {"@type": "WebPage", "@id": f"{SITE}/controversies/open/"}
    assert data["encoding"]["contentUrl"] == f"{SITE}/controversies/open/revisions/1.json"
    assert data["mainEntity"]["suggestedAnswer"][0]["url"].startswith(data["url"] + "#position-")
    assert steps(data)[-2:] == [
        ("Open or closed", "/controversies/open/"),
        ("Revision 1", "/controversies/open/revisions/1/"),
    ]
    # It is read and kept, but today's page is what is to be found.
    assert card["canonical"] == f"{SITE}/controversies/open/"
    assert "og:image" not in card  # the picture is today's
    assert '<meta name="robots" content="noindex">' in html


def test_what_is_kept_of_a_page_never_shows_on_another(client, page):
    """Parts are kept by digests: what another revision or page says is never taken for this one's."""
    before = data_of(html_of(client, "/controversies/open/"))
    first, second = page.document.positions
    page.save(page.document.with_blocks(positions=(replace(second, claim="Another claim"), first)))
    source = replace(page.document.sources[0], title="Another title")
    other = document_factory(positions=1, backings=1, citations=1, slug="other")
    ControversyFactory(document=other)

    after = data_of(html_of(client, "/controversies/open/"))

    assert [each["text"] for each in after["mainEntity"]["suggestedAnswer"]] == ["Another claim", first.claim]
    assert [each["name"] for each in after["mainEntity"]["suggestedAnswer"]] == ["Position A", "Position B"]
    assert [each["name"] for each in data_of(html_of(client, "/controversies/other/"))["citation"]] == [
        other.sources[0].title
    ]
    assert data_of(html_of(client, "/controversies/open/revisions/3/"))["citation"] == before["citation"]
    assert source.title not in json.dumps(after)


def test_page_and_revision_are_cited_as_the_revision_that_was_read(client, page):
    for address, number in (("", 3), ("revisions/1/", 1)):
        html = html_of(client, f"/controversies/open/{address}")
        assert re.findall("<link [^>]*cite-as[^>]*>", html) == [
            f'<link rel="cite-as" href="{SITE}/controversies/open/revisions/{number}/">'
        ]


@pytest.mark.django_db
def test_page_of_a_draft_tells_others_nothing(client):
    ControversyFactory(slug="draft", publication="draft", title="A draft")
    client.force_login(UserFactory(role="editor"))

    html = html_of(client, "/controversies/draft/")
    assert data_of(html)["name"] == "A draft"
    assert "og:image" not in card_of(html)  # which nobody would be shown
    client.logout()
    assert "A draft" not in client.get("/controversies/draft/").content.decode()


# -- the other pages --


def test_every_other_page_says_what_it_is(client, page):
    backer, source = "who-company", "work"
    listed = [
        (list(page.document.backers), "/backers/", "name"),
        (list(page.document.sources), "/sources/", "title"),
    ]

    for address, kind, way in (
        ("/about/", "AboutPage", [("About this site", "/about/")]),
        ("/changes/", "CollectionPage", [("Recent changes", "/changes/")]),
        ("/controversies/", "CollectionPage", [("Controversies", "/controversies/")]),
        ("/topics/weights/", "CollectionPage", [("Topics", "/topics/"), ("Weights", "/topics/weights/")]),
        ("/backers/", "CollectionPage", [("Backers", "/backers/")]),
        (f"/backers/{backer}/", "ProfilePage", [("Backers", "/backers/"), ("A company", f"/backers/{backer}/")]),
        ("/sources/", "CollectionPage", [("Sources", "/sources/")]),
        (f"/sources/{source}/", "WebPage", [("Sources", "/sources/"), ("The Work", f"/sources/{source}/")]),
    ):  # fmt: skip
        html = html_of(client, address)
        data, card = data_of(html), card_of(html)
        assert (data["@type"], steps(data)) == (kind, way)
        assert data["@id"] == data["url"] == card["og:url"] == card["canonical"] == SITE + address
        assert data["name"] == card["og:title"] == way[-1][0]
        assert data["description"] == card["og:description"] == card["description"]
        assert (card["og:type"], card["twitter:card"]) == ("website", "summary")
    for blocks, address, name in listed:
        items = data_of(html_of(client, address))["mainEntity"]
        assert (items["@type"], items["numberOfItems"]) == ("ItemList", len(blocks))
        assert {(item["name"], item["url"]) for item in items["itemListElement"]} == {
            (getattr(block, name), f"{SITE}{address}{block.slug}/") for block in blocks
        }


def test_lists_say_which_controversies_they_list_and_the_home_page_how_to_search(client, page):
    ControversyFactory(publication="draft", topic=page.row.topic)
    for address in ("/", "/controversies/", "/topics/weights/"):
        assert data_of(html_of(client, address))["mainEntity"]["itemListElement"] == [
            {
                "@type": "ListItem",
                "position": 1,
                "name": "Open or closed",
                "url": f"{SITE}/controversies/open/",
            }
        ]

    search = data_of(html_of(client, "/"))["isPartOf"]["potentialAction"]
    assert search["@type"] == "SearchAction"
    found = search["target"]["urlTemplate"].replace("{search_term_string}", "closed")
    assert found == f"{SITE}/search/?q=closed"
    assert 'href="/controversies/open/' in html_of(client, found.removeprefix(SITE))


def ids_of(value):
    """The identifiers of things in linked data, wherever they stand: those of pages have no fragment."""
    if isinstance(value, dict):
        own = {value["@id"]} if "#" in value.get("@id", "") else set()
        return own.union(*map(ids_of, value.values()))
    return set().union(*map(ids_of, value)) if isinstance(value, list) else set()


@pytest.mark.django_db
def test_a_thing_has_one_identifier_in_all_languages(client):
    made = ControversyFactory(slug="open", positions=2, points=1, backings=2, citations=2)
    backer, source = made.document.backers[0].slug, made.document.sources[0].slug

    for address in ("/controversies/open/", f"/backers/{backer}/", f"/sources/{source}/", "/data/"):
        english, german = (data_of(html_of(client, start + address)) for start in ("", "/de"))
        assert english["url"] == SITE + address
        assert german["url"] == f"{SITE}/de{address}"
        assert len(ids_of(english)) > 1
        assert ids_of(english) == ids_of(german)


def test_pages_about_a_page_say_which(client, page):
    for address, name in (("history/", "History"), ("compare/2/3/", "Compare"), ("cite/", "Cite")):
        data = data_of(html_of(client, f"/controversies/open/{address}"))
        assert data["about"] == {
            "@type": "WebPage",
            "@id": f"{SITE}/controversies/open/",
            "name": "Open or closed",
        }
        assert steps(data)[2:] == [
            ("Open or closed", "/controversies/open/"),
            (name, f"/controversies/open/{address}"),
        ]


@pytest.mark.django_db
def test_backer_and_source_say_all_that_their_pages_do(client):
    who = BackerFactory(
        slug="who", name="Who", kind="research-lab", aliases=["W.", "Hoo"], description="A *lab*.",
        website="https://who.example/",
    )  # fmt: skip
    ControversyFactory(positions=1, backers=[who], backings=1, citations=1)

    assert data_of(html_of(client, "/backers/who/"))["mainEntity"] == {
        "@type": "ResearchOrganization",
        "@id": f"{SITE}/backers/who/#backer",
        "name": "Who",
        "mainEntityOfPage": f"{SITE}/backers/who/",
        "alternateName": ["W.", "Hoo"],
        "description": "A lab.",
        "url": "https://who.example/",
    }


@pytest.mark.django_db
def test_what_was_renamed_has_its_new_name(client):
    """Rows are told of as they are now, whatever was told of them before."""
    page = ControversyFactory(positions=1, backings=1, citations=1)
    backer, source = page.document.backers[0], page.document.sources[0]
    addresses = [reverse("backer", args=[backer.slug]), reverse("source", args=[source.slug])]
    before = [data_of(html_of(client, address))["mainEntity"]["name"] for address in addresses]

    with history.act(author_name="Edith Editor", summary="New names."):
        Backer.objects.filter(pk=backer.key).update(name="New name")
        Source.objects.filter(pk=source.key).update(title="New title")
    after = [data_of(html_of(client, address))["mainEntity"]["name"] for address in addresses]

    assert before == [backer.name, source.title]
    assert after == ["New name", "New title"]
    data = data_of(html_of(client, f"/controversies/{page.slug}/"))
    assert data["citation"][0]["name"] == "New title"
    assert data["mainEntity"]["suggestedAnswer"][0]["mentions"][0]["name"] == "New name"


@pytest.mark.django_db
def test_a_constituency_has_no_profile(client):
    """Nobody speaks for it, and a profile page is of a person or an organisation."""
    ControversyFactory(positions=1, backers=[BackerFactory(slug="who", kind="constituency")], backings=1)

    data = data_of(html_of(client, "/backers/who/"))

    assert (data["@type"], data["mainEntity"]["@type"]) == ("WebPage", "Thing")


OLD_DOI = "10.1002/(sici)1097<1::aid-x>3.0.co;2-y"
ODD_ADDRESS = 'https://example.org/a"b|c^d`e{f}\\g<h>?q=ü%20&x'


@pytest.mark.django_db
def test_every_address_in_linked_data_is_one(client):
    """An IRI may not have "<": one of them makes a reader of JSON-LD refuse all of a page's data."""
    works = [
        SourceFactory(slug="old", doi=OLD_DOI, url="", isbn="", kind="report"),
        SourceFactory(
            slug="odd", doi="", url=ODD_ADDRESS, archive_url=ODD_ADDRESS, isbn="9783161484100", kind="report"
        ),
    ]  # fmt: skip
    page = ControversyFactory(positions=1, citations=2, sources=works, backings=1, slug="page")
    encoded = "https://doi.org/10.1002/(sici)1097%3C1::aid-x%3E3.0.co;2-y"

    old, odd = sorted(
        data_of(html_of(client, "/controversies/page/"))["citation"],
        key=lambda each: each["@id"],
        reverse=True,
    )
    html = html_of(client, "/sources/old/")

    assert (old["url"], old["sameAs"], old["identifier"]["value"]) == (encoded, encoded, OLD_DOI)
    assert (
        odd["url"] == odd["archivedAt"] == "https://example.org/a%22b%7Cc%5Ed%60e%7Bf%7D%5Cg%3Ch%3E?q=ü%20&x"
    )
    assert odd["identifier"] == {"@type": "PropertyValue", "propertyID": "ISBN", "value": "9783161484100"}
    assert html.count(f'href="{encoded}"') == 2  # its title and its DOI
    assert canonical_doi(encoded) == OLD_DOI
    assert source_keys(url=encoded) >= source_keys(doi=OLD_DOI)
    for address in (
        "/controversies/page/",
        "/sources/old/",
        "/sources/odd/",
        f"/backers/{page.document.backers[0].slug}/",
    ):
        for iri in addresses_in(data_of(html_of(client, address))):
            assert not re.search(r'[\x00-\x20<>"{}|\\^`]', iri), iri


def addresses_in(data):
    """Every address in linked data."""
    if isinstance(data, dict):
        return [each for value in data.values() for each in addresses_in(value)]
    if isinstance(data, list):
        return [each for value in data for each in addresses_in(value)]
    return [data] if isinstance(data, str) and re.match(r"https?:", data) else []


def test_things_and_their_pages_are_two(client, page):
    """What is said of a page, as who edited it, is not said of the thing that it is about."""
    for address in ("/", "/controversies/open/", "/backers/who-company/", "/sources/work/"):
        data = data_of(html_of(client, address))
        things = [data["isPartOf"], data["mainEntity"]]
        assert data["@id"] == f"{SITE}{address}"
        assert all(each.get("@id") != data["@id"] for each in things), address


# -- hostile text --


@pytest.mark.django_db
def test_data_and_card_hold_hostile_text_word_for_word(client, settings):
    settings.SITE_NAME = HOSTILE
    topic = TopicFactory(title="T" + HOSTILE, slug="topic")
    who = BackerFactory(name="B" + HOSTILE, slug="who")
    work = SourceFactory(title="S" + HOSTILE, slug="work", authors=HOSTILE)
    document = document_factory(
        positions=1, points=1, backers=[who], sources=[work], topic=topic, slug="page",
        title=HOSTILE, question="", attribution=HOSTILE, status_summary="",
    )  # fmt: skip
    position = replace(document.positions[0], claim="C</script>")
    ControversyFactory(document=document.with_blocks(positions=(position,)), revisions=2)

    for address in (
        "/", "/about/", "/controversies/", "/topics/topic/", "/backers/who/", "/sources/work/", "/changes/",
        "/controversies/page/", "/controversies/page/history/", "/controversies/page/compare/1/2/",
        "/controversies/page/revisions/1/", "/controversies/page/cite/",
    ):  # fmt: skip
        html = html_of(client, address)
        data, card = data_of(html), card_of(html)
        assert html.count("</script") == 1 + html.count("<script src"), address
        assert data["isPartOf"]["name"] == card["og:site_name"] == HOSTILE
        assert data["name"] == card["og:title"]
        assert data["description"] == card["og:description"]
    assert data_of(html_of(client, "/backers/who/"))["name"] == "B" + HOSTILE
    assert data_of(html_of(client, "/controversies/page/"))["mainEntity"]["suggestedAnswer"][0]["text"] == (
        "C</script>"
    )
    title = data_of(html_of(client, "/controversies/page/"))["name"]
    assert data_of(html_of(client, "/controversies/page/history/"))["name"] == f"History of “{title}”"


@given(st.data())
def test_any_text_that_can_be_stored_stays_as_it_is_and_inside_its_block(data):
    text = data.draw(strategies.proses() | st.just(HOSTILE + ODD))
    block = str(metadata.script({"a": text, text: [1]}))

    assert block.startswith('<script type="application/ld+json">')
    inside = block.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not set(inside) & set("<>&\u2028\u2029")
    assert json.loads(inside) == {"a": text, text: [1]}


# -- the vocabulary --


def test_every_kind_of_backer_and_source_has_a_type():
    kinds = [
        metadata.backer_data(backer_block(BackerFactory.build(kind=kind)), "")["@type"] for kind in BackerKind
    ]
    works = [
        metadata.source_data(source_block(SourceFactory.build(kind=kind)), "")["@type"] for kind in SourceKind
    ]

    assert kinds == [
        "Organization", "ResearchOrganization", "GovernmentOrganization", "Organization", "Person", "Thing",
    ]  # fmt: skip
    assert works == [
        "ScholarlyArticle", "ScholarlyArticle", "Report", "Book", "NewsArticle", "BlogPosting", "CreativeWork",
        "Dataset", "MediaObject", "CreativeWork",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("attribution", "terms"),
    [
        ("", {}),
        ("Our own words.", {"creditText": "Our own words."}),
        (
            "See <https://a.example/b>, https://c.example/d.",
            {
                "creditText": "See https://a.example/b, https://c.example/d.",
                "isBasedOn": ["https://a.example/b", "https://c.example/d"],
            },
        ),
        (
            "[CC0](https://www.creativecommons.org/publicdomain/zero/1.0/)",
            {
                "creditText": "CC0",
                "license": ["https://www.creativecommons.org/publicdomain/zero/1.0/"],
            },
        ),
        ("https://[broken", {"creditText": "https://[broken"}),
        (
            "https://creativecommons.org.evil.example/",
            {
                "creditText": "https://creativecommons.org.evil.example/",
                "isBasedOn": ["https://creativecommons.org.evil.example/"],
            },
        ),
    ],
)
def test_terms_are_told_as_far_as_addresses_tell(attribution, terms):
    assert metadata._terms(attribution) == terms
