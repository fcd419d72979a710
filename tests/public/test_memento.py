"""Memento (RFC 7089, pattern 2.1): negotiation at the TimeGate, headers of page and revisions, timemaps."""

import datetime
import re

import pytest
from django.core.cache import cache
from django.utils.http import parse_http_date

from controversies import models as m
from controversies.pages import memento
from tests.factories import START, ControversyFactory, UserFactory
from tests.history.test_verify import tamper, without_guards

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
SITE = "http://testserver"
PAGE = "/controversies/one/"
GATE, MAP = f"{PAGE}timegate/", f"{PAGE}timemap/"
ORIGINAL = (f"{SITE}{PAGE}", "original", {})
TIMEGATE = (f"{SITE}{GATE}", "timegate", {})
TIMEMAP = (f"{SITE}{MAP}", "timemap", {"type": "application/link-format"})


@pytest.fixture
def made():
    """Four public revisions after a draft, one a day from 5 January 2026 at 9."""
    return ControversyFactory(slug="one", revisions=5, published_at=2, positions=1)


def links_of(text):
    """The links of a header or of link-format: address, relations, other attributes. Each relation is quoted."""
    pattern = r'\s*<([^<>"]+)>((?:;\s*[a-z]+="[^"]*")*)\s*(?:,|$)'
    assert re.fullmatch(f"(?:{pattern})+", text), text
    links = []
    for address, attributes in re.findall(pattern, text):
        values = dict(re.findall(r'([a-z]+)="([^"]*)"', attributes))
        links.append((address, values.pop("rel"), values))
    return links


def memento_link(number, relations, day):
    time = datetime.datetime(2026, 1, day, 9, tzinfo=datetime.UTC)
    return (f"{SITE}{PAGE}revisions/{number}/", relations, {"datetime": memento.http_time(time)})


# -- the page --


def test_page_links_to_its_timegate_and_timemap(client, made):
    for _again in range(3):  # also from the cache
        response = client.get(PAGE)

        assert links_of(response["Link"]) == [TIMEGATE, TIMEMAP]
        assert "Memento-Datetime" not in response
        assert "accept-datetime" not in response["Vary"].lower()
    etag = client.get(PAGE)["ETag"]
    assert client.get(PAGE, headers={"if-none-match": etag}).status_code == 304


def test_page_does_not_negotiate(client, made):
    plain = client.get(PAGE)
    cache.clear()

    asked = client.get(PAGE, headers={"accept-datetime": "Tue, 06 Jan 2026 09:00:00 GMT"})

    assert (asked.status_code, asked.content, asked["ETag"]) == (200, plain.content, plain["ETag"])


def test_page_as_of_a_day_links_to_all(client, made):
    for as_of, status in (("2026-01-07", 200), ("2026-01-01", 404)):
        response = client.get(PAGE, {"as_of": as_of})

        assert response.status_code == status
        assert links_of(response["Link"]) == [ORIGINAL, TIMEGATE, TIMEMAP]


def test_page_that_is_not_public_has_no_links(client):
    ControversyFactory(slug="one", publication="draft", revisions=2)
    client.force_login(UserFactory(role="editor"))

    for path in (PAGE, f"{PAGE}revisions/1/", f"{PAGE}?as_of=2026-01-05"):
        response = client.get(path)
        assert response.status_code == 200
        assert "Link" not in response
        assert "Memento-Datetime" not in response


# -- revisions --


def test_revision_has_its_time_and_links_to_the_others(client, made):
    response = client.get(f"{PAGE}revisions/4/")

    assert response["Memento-Datetime"] == "Thu, 08 Jan 2026 09:00:00 GMT"
    assert links_of(response["Link"]) == [
        ORIGINAL, TIMEGATE, TIMEMAP,
        memento_link(2, "first memento", 6), memento_link(3, "prev memento", 7), memento_link(4, "memento", 8),
        memento_link(5, "next last memento", 9),
    ]  # fmt: skip


def test_first_last_and_only_revision_have_the_links_that_there_are(client, made):
    def mementos(path):
        return links_of(client.get(path)["Link"])[3:]

    assert mementos(f"{PAGE}revisions/2/") == [
        memento_link(2, "first memento", 6), memento_link(3, "next memento", 7), memento_link(5, "last memento", 9),
    ]  # fmt: skip
    assert mementos(f"{PAGE}revisions/3/") == [
        memento_link(2, "first prev memento", 6), memento_link(3, "memento", 7), memento_link(4, "next memento", 8),
        memento_link(5, "last memento", 9),
    ]  # fmt: skip
    assert mementos(f"{PAGE}revisions/5/") == [
        memento_link(2, "first memento", 6), memento_link(4, "prev memento", 8), memento_link(5, "last memento", 9),
    ]  # fmt: skip
    ControversyFactory(slug="two")
    [only] = links_of(client.get("/controversies/two/revisions/1/")["Link"])[3:]
    assert only[1] == "first last memento"


def test_neighbours_are_public_ones(client):
    made = ControversyFactory(slug="one")
    made.edit(publication="withdrawn", time=START + DAY)
    made.edit(title="Nobody saw it", time=START + 2 * DAY)
    made.edit(publication="published", time=START + 3 * DAY)

    assert links_of(client.get(f"{PAGE}revisions/4/")["Link"])[3:] == [
        memento_link(1, "first prev memento", 5),
        memento_link(4, "last memento", 8),
    ]
    everything = client.get(MAP).content.decode() + client.get(GATE)["Link"]
    assert not re.search(r"revisions/[23]/", everything)


def test_memento_never_varies_with_accept_datetime_and_ignores_it(client, made):
    plain = client.get(f"{PAGE}revisions/3/")

    asked = client.get(f"{PAGE}revisions/3/", headers={"accept-datetime": "Fri, 09 Jan 2026 09:00:00 GMT"})

    assert "accept-datetime" not in plain["Vary"].lower()
    assert (asked.status_code, asked["Memento-Datetime"]) == (200, plain["Memento-Datetime"])
    assert asked.content == plain.content


def test_revision_that_is_missing_or_hidden_links_to_the_timemap(client, made):
    for path in (f"{PAGE}revisions/1/", f"{PAGE}revisions/6/", f"{PAGE}revisions/999999999/"):
        response = client.get(path)

        assert response.status_code == 404
        assert links_of(response["Link"]) == [ORIGINAL, TIMEGATE, TIMEMAP]
        assert "Memento-Datetime" not in response
    assert "Link" not in client.get("/controversies/nowhere/revisions/1/")


def test_hidden_revision_is_no_memento_even_for_editors(client, made):
    client.force_login(UserFactory(role="editor"))

    hidden = client.get(f"{PAGE}revisions/1/")

    assert hidden.status_code == 200
    assert "Memento-Datetime" not in hidden
    assert client.get(f"{PAGE}revisions/3/")["Memento-Datetime"] == "Wed, 07 Jan 2026 09:00:00 GMT"


def test_links_follow_a_new_revision_at_once(client, made):
    client.get(f"{PAGE}revisions/5/")
    made.edit(title="Later", time=START + 5 * DAY)

    assert links_of(client.get(f"{PAGE}revisions/5/")["Link"])[-1] == memento_link(6, "next last memento", 10)


# -- the TimeGate --


def gate(client, time=None, **options):
    headers = {} if time is None else {"accept-datetime": time}
    return client.get(GATE, headers=headers, **options)


@pytest.mark.parametrize(
    ("time", "number"),
    [
        (None, 5),
        ("Fri, 09 Jan 2026 09:00:00 GMT", 5),
        ("Fri, 09 Jan 2026 08:59:59 GMT", 4),
        ("Wed, 07 Jan 2026 09:00:00 GMT", 3),
        ("Tue, 06 Jan 2026 09:00:00 GMT", 2),
        ("Tue, 06 Jan 2026 08:59:59 GMT", 2),  # before the first: the first
        ("Mon, 05 Jan 2026 12:00:00 GMT", 2),  # a draft then
        ("Mon, 01 Jan 0001 00:00:00 GMT", 2),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 2),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 5),
        ("Sat, 31 Dec 2016 23:59:60 GMT", 2),
        (" Wed, 07 Jan 2026 10:00:00 GMT ", 3),
    ],
)
def test_timegate_redirects_to_the_revision_at_the_time(client, made, time, number):
    response = gate(client, time)

    assert response.status_code == 302
    assert response["Location"] == f"{SITE}{PAGE}revisions/{number}/"
    assert "accept-datetime" in re.split(", *", response["Vary"].lower())
    assert "Memento-Datetime" not in response
    links = links_of(response["Link"])
    assert links[:2] == [ORIGINAL, TIMEMAP]
    assert [link for link in links if link[0] == response["Location"]] == [
        link for link in links_of(client.get(response["Location"])["Link"]) if link[0] == response["Location"]
    ]
    assert all(
        "datetime" in attributes for _address, relations, attributes in links if "memento" in relations
    )


def test_timegate_passes_over_hidden_revisions(client):
    made = ControversyFactory(slug="one")
    made.edit(publication="withdrawn", time=START + DAY)
    made.edit(publication="published", time=START + 2 * DAY)

    assert gate(client, "Tue, 06 Jan 2026 12:00:00 GMT")["Location"].endswith("/revisions/1/")


def test_last_revision_within_the_second_counts(client):
    made = ControversyFactory(slug="one", start=START)
    for millisecond in (100, 500, 999):
        made.edit(title=f"Title {millisecond}", time=START + datetime.timedelta(milliseconds=millisecond))
    made.edit(title="Next second", time=START + datetime.timedelta(seconds=1))

    found = gate(client, memento.http_time(START))["Location"]

    assert found == f"{SITE}{PAGE}revisions/4/"
    assert client.get(found)["Memento-Datetime"] == memento.http_time(START)
    assert client.get(f"{PAGE}revisions/5/")["Memento-Datetime"] == "Mon, 05 Jan 2026 09:00:01 GMT"


def test_every_memento_is_found_by_its_own_time(client, made):
    for number in range(2, 6):
        time = client.get(f"{PAGE}revisions/{number}/")["Memento-Datetime"]
        assert gate(client, time)["Location"].endswith(f"/revisions/{number}/")


@pytest.mark.parametrize(
    "time",
    ["", "yesterday", "2026-01-07", "2026-01-07T09:00:00Z", "Wed, 07 Jan 2026 09:00:00",
     "Wed, 30 Feb 2026 09:00:00 GMT",
     "Wed, 07 Jan 2026 09:00:00 +0000", "Wed, 07 Jan 2026 09:00:00 CET", "Wednesday, 07-Jan-26 09:00:00 GMT",
     "Wed Jan  7 09:00:00 2026", "Wed, 7 Jan 2026 09:00:00 GMT", "Wed, 07 Jan 26 09:00:00 GMT", "1767776400",
     "Wed, 07 Jan 2026 24:00:00 GMT", "Wed, 07 Jan 2026 09:60:00 GMT", "Wed, 07 Jan 2026 09:00:61 GMT",
     "Wed, 00 Jan 2026 09:00:00 GMT", "Wed, 07 Jan 0000 09:00:00 GMT", "Wed, 07 Mai 2026 09:00:00 GMT",
     "Wed, 07 Jan 2026 09:00:00 GMT, Thu, 08 Jan 2026 09:00:00 GMT", "Xyz, 07 Jan 2026 09:00:00 GMT",
     "Wed, ٠7 Jan 2026 09:00:00 GMT".encode().decode("latin-1"), "Wed, 07 Jan 2026 09:00:00 GMT\0", "9" * 60_000],
)  # fmt: skip
def test_timegate_refuses_what_is_no_time_and_says_what_to_write(client, made, time):
    response = gate(client, time)

    assert response.status_code == 400
    assert "Thu, 12 Mar 2026 09:30:00 GMT" in response.content.decode()
    assert "Location" not in response


def test_timegate_and_timemap_of_a_page_that_is_not_public_are_not_there(client):
    ControversyFactory(slug="one", publication="draft")
    ControversyFactory(slug="gone", publication="withdrawn")
    user = UserFactory(role="editor")

    for _user in (None, user):
        for path, status in (("one", 404), ("gone", 410), ("nowhere", 404)):
            for rest in ("timegate", "timemap"):
                response = client.get(f"/controversies/{path}/{rest}/")
                assert response.status_code == status
                assert "Link" not in response
        client.force_login(user)


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}revisions/3/", GATE, MAP])
def test_head_has_the_headers_of_get(client, made, path):
    got, head = client.get(path), client.head(path)

    assert head.status_code == got.status_code
    for name in ("Link", "Memento-Datetime", "Location", "Vary", "Content-Type", "ETag"):
        assert head.get(name) == got.get(name), name
    assert client.post(path).status_code == 405


# -- timemaps --


def test_timemap_lists_the_public_revisions(client, made):
    response = client.get(MAP)

    assert response["Content-Type"] == "application/link-format"
    assert "accept-datetime" not in response["Vary"].lower()
    period = {"from": "Tue, 06 Jan 2026 09:00:00 GMT", "until": "Fri, 09 Jan 2026 09:00:00 GMT"}
    assert links_of(response.content.decode()) == [
        ORIGINAL,
        (f"{SITE}{MAP}", "self", {"type": "application/link-format", **period}),
        TIMEGATE,
        memento_link(2, "first memento", 6), memento_link(3, "memento", 7), memento_link(4, "memento", 8),
        memento_link(5, "last memento", 9),
    ]  # fmt: skip
    text = response.content.decode()
    assert text.startswith(
        f'<{SITE}{PAGE}>;rel="original",\n<{SITE}{MAP}>;rel="self";type="application/link-format";'
    )


def test_timemap_does_not_negotiate(client, made):
    plain = client.get(MAP)

    for headers in ({"accept-datetime": "Tue, 06 Jan 2026 09:00:00 GMT"}, {"accept": "text/html"}):
        asked = client.get(MAP, headers=headers)
        assert (asked.status_code, asked.content) == (200, plain.content)
    assert client.get(MAP, headers={"if-none-match": plain["ETag"]}).status_code == 304
    made.edit(title="Later", time=START + 5 * DAY)
    assert client.get(MAP, headers={"if-none-match": plain["ETag"]}).status_code == 200


def with_many(made, numbers):
    """Add revisions of these numbers by hand, an hour apart, that hold the newest document."""
    entry = made.head.entry
    with without_guards():
        m.Revision.objects.bulk_create(
            m.Revision(
                controversy_id=made.key, number=number, time=START + number * DAY / 24, author_name="A",
                document=entry.document, digest=number.to_bytes(32),
            )
            for number in numbers
        )  # fmt: skip


def test_long_timemap_comes_in_parts_that_link_to_one_another(client):
    made = ControversyFactory(slug="one")
    with_many(made, range(2, 2501))
    seen, addresses, found = set(), [f"{SITE}{MAP}"], []
    while addresses:
        address = addresses.pop(0)
        seen.add(address)
        links = links_of(client.get(address).content.decode())
        [own] = [link for link in links if link[1] == "self"]
        mementos = [link for link in links if "memento" in link[1]]
        found += mementos
        assert own[0] == address
        assert [own[2]["from"], own[2]["until"]] == [mementos[0][2]["datetime"], mementos[-1][2]["datetime"]]
        for other, _relation, attributes in (link for link in links if link[1] == "timemap"):
            [there] = [link for link in links_of(client.get(other).content.decode()) if link[1] == "self"]
            assert attributes == there[2]
            if other not in seen and other not in addresses:
                addresses.append(other)

    assert sorted(seen) == [f"{SITE}{MAP}", f"{SITE}{MAP}2/", f"{SITE}{MAP}3/"]
    assert [int(link[0].split("/")[-2]) for link in found] == list(range(1, 2501))
    assert [link[1] for link in found if link[1] != "memento"] == ["first memento", "last memento"]
    times = [parse_http_date(link[2]["datetime"]) for link in found]
    assert times == sorted(times)
    assert client.get(f"{MAP}4/").status_code == client.get(f"{MAP}999999999/").status_code == 404
    assert client.get(f"{MAP}0/").status_code == 404


def test_part_without_public_revisions_is_passed_over(client):
    made = ControversyFactory(slug="one")
    made.edit(publication="withdrawn", time=START)
    with_many(made, range(3, 2100))
    tamper("UPDATE controversies_controversy SET publication = 'published' WHERE id = %s", made.key)
    tamper(
        """UPDATE controversies_revision SET changes = '[["head", "", "publication", "withdrawn", "published"]]'"""
        " WHERE controversy_id = %s AND number = 2050",
        made.key,
    )

    links = links_of(client.get(MAP).content.decode())

    assert [link[0] for link in links if link[1] == "timemap"] == [f"{SITE}{MAP}3/"]
    assert [link[1] for link in links if "memento" in link[1]] == ["first memento"]
    empty = links_of(client.get(f"{MAP}2/").content.decode())
    assert [link[2] for link in empty if link[1] == "self"] == [{"type": "application/link-format"}]


@pytest.mark.parametrize("revisions", [1, 3, 1500])
def test_timegate_and_timemap_take_as_many_queries_however_long_the_history(
    client, django_assert_max_num_queries, revisions
):
    made = ControversyFactory(slug="one")
    with_many(made, range(2, revisions + 1))

    with django_assert_max_num_queries(4):  # page, number, the nearest, those beside it
        gate(client, "Tue, 06 Jan 2026 09:00:00 GMT")
    with django_assert_max_num_queries(4):  # page, revisions, the nearest, the ends of a neighbour
        client.get(MAP)


def test_forwarded_host_and_scheme_are_in_every_address(client, made, settings):
    settings.ALLOWED_HOSTS = ["crux.example"]
    response = client.get(GATE, headers={"host": "crux.example"}, secure=True)

    assert response["Location"] == "https://crux.example/controversies/one/revisions/5/"
    assert "http://" not in response["Link"]
