import re
from dataclasses import replace

import pytest
from django.urls import reverse

from controversies.models import Backer
from tests import factories
from tests.factories import BackerFactory, ControversyFactory

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>%s{{ 7|add:7 }}"


def text(response):
    html = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<main") :]).split())


def names(response):
    """The backers listed, by name."""
    return re.findall(
        r'<a class="name" href="/backers/[\w-]+/"><bdi>([^<]*)</bdi></a>', response.content.decode()
    )


def listed(client, **query):
    response = client.get(reverse("backers", query=query))
    assert response.status_code == 200
    return names(response)


def with_backing(made, **fields):
    """Record another note, since, until or citations of the first position's first backing."""
    position = made.document.positions[0]
    backing = replace(position.backings[0], **fields)
    made.save(
        made.document.with_blocks(
            positions=(
                replace(position, backings=(backing, *position.backings[1:])),
                *made.document.positions[1:],
            )
        )
    )


@pytest.fixture
def meta():
    return BackerFactory.build(
        slug="meta-ai",
        name="Meta AI",
        kind="company",
        description="Part of *Meta Platforms*.",
        website="https://ai.meta.example/",
        aliases=["Meta", "FAIR"],
    )


# -- one backer --


def test_backer_shows_what_it_holds_since_when_and_on_what_evidence(client, meta):
    other = BackerFactory.build(name="Another one")
    made = ControversyFactory(
        positions=1,
        points=0,
        backings=2,
        citations=3,
        backers=[meta, other],
        title="A page",
        status="dormant",
    )
    source = made.document.sources[0]
    use = replace(
        factories.citation(source),
        key=factories.new_key(),
        relation="supports",
        quote="So it said.",
        locator="p. 9",
    )
    with_backing(made, since="2024-07-23", note="It says so.", citations=(use,))

    response = client.get(reverse("backer", args=["meta-ai"]))
    words = text(response)
    position = made.document.positions[0]

    assert response.status_code == 200
    assert "Meta AI Company Part of Meta Platforms ." in words
    assert "Also called Meta, FAIR Links ai.meta.example Positions 1 Pages 1" in words
    assert f"Position A: {position.claim} in A page It says so. Held since 23 July 2024" in words
    assert (
        "Confidence in the evidence High Status of the dispute Dormant Also backed by Another one organisation"
        in words
    )
    assert f"Evidence of support = Supports {source.title}" in words
    assert "“So it said.”" in words
    assert "p. 9" in words
    assert "Former positions None recorded." in words
    html = response.content.decode()
    assert f'href="/controversies/{made.slug}/#position-{position.key[:8]}"' in html
    assert '<svg class="timeline held"' in html
    assert f'<link rel="canonical" href="http://testserver{reverse("backer", args=["meta-ai"])}">' in html
    assert "<title>Meta AI · " in html
    assert "style=" not in html


def test_backer_shows_former_positions_apart(client, meta):
    made = ControversyFactory(positions=1, points=0, backers=[meta])
    with_backing(made, since="2022", until="2025-03")

    words = text(client.get(reverse("backer", args=["meta-ai"])))

    assert "Positions held Current positions, with evidence of support. None recorded." in words
    assert words.index("Former positions") < words.index("Held from 2022 to March 2025")
    assert "Positions 0 Former positions 1 Pages 1" in words


def test_backer_is_shown_beside_current_backers_only(client, meta):
    current = BackerFactory.build(name="Still with it")
    former = BackerFactory.build(name="Left it")
    made = ControversyFactory(positions=1, points=0, backings=3, backers=[meta, current, former])
    position = made.document.positions[0]
    first, second, third = position.backings
    backings = (first, second, replace(third, since="2020", until="2024"))
    made.save(replace(made.document, positions=(replace(position, backings=backings),)))

    words = text(client.get(reverse("backer", args=["meta-ai"])))

    assert "Also backed by Still with it organisation" in words
    assert "Left it" not in words


def test_backer_tells_nothing_of_pages_that_are_not_public(client, meta):
    shown = ControversyFactory(positions=1, backers=[meta], title="A shown page")
    for publication in ("draft", "withdrawn"):
        ControversyFactory(
            positions=1,
            backers=[shown.document.backers[0]],
            title=f"A {publication} page",
            publication=publication,
        )

    words = text(client.get(reverse("backer", args=["meta-ai"])))

    assert "A shown page" in words
    assert "A draft page" not in words
    assert "A withdrawn page" not in words
    assert "Positions 1 Pages 1" in words


@pytest.mark.parametrize("publication", ["draft", "withdrawn"])
def test_backer_that_no_public_page_shows_is_not_found(client, meta, publication):
    ControversyFactory(positions=1, backers=[meta], publication=publication)
    unused = BackerFactory.create()

    assert client.get(reverse("backer", args=["meta-ai"])).status_code == 404
    assert client.get(reverse("backer", args=[unused.slug])).status_code == 404
    assert client.get(reverse("backer", args=["nobody"])).status_code == 404
    assert listed(client) == []


def test_backer_escapes_what_people_wrote(client):
    hostile = BackerFactory.build(slug="evil", name=HOSTILE, description=HOSTILE, aliases=[HOSTILE])
    made = ControversyFactory(positions=1, backers=[hostile], title=HOSTILE)
    with_backing(made, note=HOSTILE)

    for address in (
        reverse("backer", args=["evil"]),
        reverse("backers"),
        reverse("backers", query={"q": HOSTILE}),
    ):
        html = client.get(address).content.decode()
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize("size", [1, 4])
def test_backer_asks_a_constant_number_of_queries(client, django_assert_num_queries, meta, size):
    made = ControversyFactory(positions=size, backings=size, citations=size * 6, backers=[meta])
    ControversyFactory(positions=size, backings=size, backers=made.document.backers)

    with django_assert_num_queries(4):
        assert client.get(reverse("backer", args=["meta-ai"])).status_code == 200


def test_backer_answers_only_to_get_and_head(client, meta):
    ControversyFactory(positions=1, backers=[meta])

    assert client.post(reverse("backer", args=["meta-ai"])).status_code == 405
    assert client.delete(reverse("backers")).status_code == 405


# -- the list --


@pytest.fixture
def many():
    """Three backers of a public page, and one that only a draft shows."""
    backers = [
        BackerFactory.build(slug="b-lab", name="Beta Lab", kind="research-lab"),
        BackerFactory.build(slug="a-firm", name="Alpha", kind="company", aliases=["First of 100%"]),
        BackerFactory.build(slug="c-crowd", name="Crowd", kind="constituency"),
    ]
    ControversyFactory(positions=3, points=0, backings=3, backers=backers)
    ControversyFactory(
        positions=1, backers=[BackerFactory.build(slug="hidden", name="Hidden")], publication="draft"
    )


def test_backers_lists_those_that_readers_see_by_name(client, many):
    assert listed(client) == ["Alpha", "Beta Lab", "Crowd"]
    assert "Alpha also First of 100% Company" in text(client.get(reverse("backers")))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "alp"}, ["Alpha"]),
        ({"q": "100%"}, ["Alpha"]),
        ({"q": "%"}, ["Alpha"]),
        ({"q": "_"}, []),
        ({"q": "  beta   lab "}, ["Beta Lab"]),
        ({"q": "hidden"}, []),
        ({"kind": "constituency"}, ["Crowd"]),
        ({"kind": "person"}, []),
        ({"kind": "alien"}, ["Alpha", "Beta Lab", "Crowd"]),
        ({"q": "a", "kind": "research-lab"}, ["Beta Lab"]),
        ({"after": "a-firm"}, ["Beta Lab", "Crowd"]),
        ({"before": "c-crowd"}, ["Alpha", "Beta Lab"]),
        ({"after": "c-crowd"}, []),
        ({"after": "nobody"}, ["Alpha", "Beta Lab", "Crowd"]),
        ({"after": "hidden"}, ["Alpha", "Beta Lab", "Crowd"]),
        ({"q": HOSTILE * 50}, []),
    ],
)
def test_backers_are_searched_filtered_and_paged(client, many, query, found):
    assert listed(client, **query) == found


def test_backers_pages_by_key(client, monkeypatch):
    monkeypatch.setattr("controversies.pages.alphabetical.SIZE", 2)
    backers = [
        BackerFactory.build(slug=f"b-{i}", name="Same name" if i < 3 else f"Z{i}", kind=kind)
        for i, kind in enumerate(["company", "person", "organisation", "person", "person"])
    ]
    ControversyFactory(positions=5, points=0, backings=5, backers=backers)

    first = client.get(reverse("backers"))
    second = client.get(reverse("backers", query={"after": "b-1"}))
    third = client.get(reverse("backers", query={"after": "b-3"}))
    back = client.get(reverse("backers", query={"before": "b-4"}))

    slugs = [
        re.findall(r'href="/backers/([\w-]+)/"', r.content.decode()) for r in (first, second, third, back)
    ]
    assert slugs == [["b-0", "b-1"], ["b-2", "b-3"], ["b-4"], ["b-2", "b-3"]]
    assert 'href="?after=b-1"' in first.content.decode()
    assert "Earlier in the alphabet" not in text(first)
    assert 'href="?before=b-2"' in second.content.decode()
    assert "Later in the alphabet" not in text(third)
    assert 'href="?after=b-3"' in back.content.decode()


@pytest.mark.parametrize("size", [1, 5])
def test_backers_asks_a_constant_number_of_queries(client, django_assert_num_queries, size):
    ControversyFactory(positions=size, backings=size)
    ControversyFactory(positions=size, backings=size)

    place = Backer.objects.first().slug

    with django_assert_num_queries(2):
        client.get(reverse("backers"))
    with django_assert_num_queries(3):
        client.get(reverse("backers", query={"q": "b", "after": place}))


def test_backers_of_nothing_says_so(client):
    assert "None recorded yet." in text(client.get(reverse("backers")))
    assert "No backers match these filters." in text(client.get(reverse("backers", query={"q": "x"})))
