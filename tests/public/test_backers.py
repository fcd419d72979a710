import re
from dataclasses import replace
from itertools import batched, chain

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
    assert f"Evidence of support {source.title}" in words
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

    with django_assert_num_queries(8):
        assert client.get(reverse("backer", args=["meta-ai"])).status_code == 200


@pytest.fixture
def hub(meta, monkeypatch):
    """A backer with positions on seven pages, former ones on two of these; two pages are shown at a time."""
    monkeypatch.setattr("controversies.pages.uses_by_page.PAGES", 2)
    pages = []
    backers = [meta]
    for number in range(7):
        made = ControversyFactory(
            slug=f"p-{number}",
            title="Same title" if number < 3 else f"Title {number}",
            positions=1,
            backers=backers,
        )
        backers = made.document.backers
        pages.append(made)
    for number in (0, 5):
        with_backing(pages[number], until="2025")
    ControversyFactory(slug="draft", title="Title 0", positions=1, backers=backers, publication="draft")
    return pages


def followed(client, path):
    """The responses from this address on, by their links to the next page."""
    answers = [client.get(path)]
    while match := re.search(r'<a rel="next"[^>]* href="([^"]*)"', answers[-1].text):
        answers.append(client.get(path.partition("?")[0] + match[1].replace("&amp;", "&")))
        assert len(answers) < 20
    return answers


@pytest.mark.parametrize("query", ["", "?as_of=2030-01-01"])
def test_backer_of_many_pages_is_shown_some_pages_at_a_time(client, hub, query):
    answers = followed(client, f"/backers/meta-ai/{query}")

    slugs = [
        re.findall(r'in\s+<a class="name" href="/controversies/([\w-]+)/', each.text) for each in answers
    ]
    assert len(answers) == 4
    assert [answer.status_code for answer in answers] == [200] * 4
    in_order = [made.slug for made in sorted(hub, key=lambda made: (made.document.head.title, made.key))]
    if query:
        assert [sorted(each) for each in slugs] == [sorted(each) for each in batched(in_order, 2)]
        assert all("Positions and former positions 7 Pages 7" in text_of_all(answer) for answer in answers)
    else:
        former = [slug for slug in in_order if slug in ("p-0", "p-5")]
        in_order = [slug for slug in in_order if slug not in former] + former
        assert list(chain(*slugs)) == in_order
        assert all("Positions 5 Former positions 2 Pages 7" in text_of_all(answer) for answer in answers)
        assert "Positions held" not in text(answers[-1])
    assert "First page" not in text(answers[0])
    assert all("First page" in text(answer) for answer in answers[1:])
    assert 'content="noindex"' in answers[1].text
    assert ('content="noindex"' in answers[0].text) is bool(query)


def text_of_all(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


@pytest.mark.parametrize("query", ["?after=draft", "?after=nothing", "?after=former.p-9", "?after=%C3%A4.b"])
def test_backer_after_a_page_that_does_not_show_it_begins_anew_and_says_so(client, hub, query):
    response = client.get(f"/backers/meta-ai/{query}")

    assert "We can’t find that place in the list, so this is its first page." in text(response)
    assert response.text.count('<article class="row holding">') == 2
    past = client.get(f"/backers/meta-ai/{query}&as_of=2030-01-01")
    assert "We can’t find that place in the list, so this is its first page." in text(past)
    assert past.text.count('<article class="row holding">') == 2


def test_backer_goes_on_from_current_positions_to_former_ones(client, hub):
    words = text(client.get("/backers/meta-ai/?after=p-6"))  # the last by its title

    assert "Positions held" not in words
    assert words.index("Former positions") < words.index("2025")


def test_one_page_with_more_uses_than_fit_is_shown_whole(client, meta, monkeypatch):
    monkeypatch.setattr("controversies.pages.uses_by_page.USES", 2)
    made = ControversyFactory(slug="a", title="A", positions=4, points=0, backings=4, backers=[meta])
    ControversyFactory(slug="b", title="B", positions=1, points=0, backers=made.document.backers)

    first, second = followed(client, "/backers/meta-ai/")

    assert first.text.count('<article class="row holding">') == 4
    assert second.text.count('<article class="row holding">') == 1


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

    with django_assert_num_queries(4):
        client.get(reverse("backers"))
    with django_assert_num_queries(5):
        client.get(reverse("backers", query={"q": "b", "after": place}))


def test_backers_of_nothing_says_so(client):
    assert "None recorded yet." in text(client.get(reverse("backers")))
    assert "No backers match these filters." in text(client.get(reverse("backers", query={"q": "x"})))
