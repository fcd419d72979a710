"""A generated site is as if people had written it: its record is whole, and what follows from it is all there."""

import io
import json
import re
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from controversies import models as m
from controversies.interchange.corpus import dump, load
from controversies.models.owners import OWNERS, on_pages
from tests.benchmarks.scale import templates
from tests.benchmarks.scale.addresses import LEFT_OUT, QUERIES, addresses, every_route, next_link, site_sample
from tests.benchmarks.scale.fill import Filler, NotEmptyDatabase
from tests.interchange.corpus.test_load import empty

PAGES = 40
# Columns that say by whom and when the database wrote a row, or how it stores it,
# or follow from what checks saw, which is not in the corpus.
OF_THE_WRITING = {
    "verdict",
    "recorded_by",
    "recorded_at",
    "seal",
    "author_id",
    "position",
    "started",
    "body",
    "basis",
}
# What the corpus does not have: the desk's and the worker's.
NOT_OF_THE_RECORD = {"citationtask", "proposal", "sourcestate", "suggestion"}
# Words, of pages by a number that each database gives them: `checkhistory` holds them against the pages' texts.
WORDS = {"searchindex", "searchblock", "searchword", "searchterm"}

pytestmark = pytest.mark.django_db(transaction=True)


def fill(pages: int = PAGES) -> None:
    Filler(pages, lambda _step: None).fill()


def tables() -> list[str]:
    """All tables of ours, whether a model declares them or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'controversies\\_%%'"
            " AND relnamespace = 'public'::regnamespace ORDER BY relname"
        )
        names = [name for (name,) in cursor.fetchall()]
    return [name for name in names if name.partition("_")[2] not in NOT_OF_THE_RECORD | WORDS]


def rows(table: str, pages: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The rows of a table by their primary key: of one of the pages, or of no page."""
    model = next((model for model in OWNERS if model._meta.db_table == table), None)
    where, values = "true", []
    with connection.cursor() as cursor:
        if model is not None:
            keys = model._base_manager.filter(on_pages(model, "pk__in", pages)).values_list("pk", flat=True)
            where, values = "t.id = ANY (%s)", [list(keys)]
        elif "controversy_id" in templates.columns(table, numbered=True):
            where, values = "t.controversy_id = ANY (%s::uuid[])", [pages]
        cursor.execute(
            "SELECT a.attname FROM pg_index i"
            " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
            " WHERE i.indrelid = %s::regclass AND i.indisprimary",
            [table],
        )
        names = [name for (name,) in cursor.fetchall() if name not in OF_THE_WRITING]
        cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {where}", values)  # noqa: S608
        values_of_rows = [json.loads(row) for (row,) in cursor.fetchall()]
    # A name may have been shown first on a page that was withdrawn since: that is not in the corpus.
    left_out = OF_THE_WRITING | ({"begins"} if table == "controversies_listedname" else set())
    names = names or ["controversy_id", "number"]  # of arrivals, which are numbered over all pages
    return {
        tuple(row[name] for name in names): {
            # The places of words depend on the order in which a page's stances are read, which is not laid down.
            name: re.sub(r"\d[\dA-D,]*(?= |$)", "", value) if name == "vector" else value
            for name, value in row.items()
            if name not in left_out
        }
        for row in values_of_rows
    }


def public_pages() -> list[str]:
    """The keys of pages whose whole history is public."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.controversy_id::text FROM controversies_revision r"
            " LEFT JOIN controversies_arrival a USING (controversy_id, number)"
            " GROUP BY 1 HAVING bool_and(a.withdrawn IS FALSE)"
        )
        return [key for (key,) in cursor.fetchall()]


def test_site_has_a_whole_record(capsys):
    fill()

    call_command("checkhistory", "--log")

    assert f"{PAGES} controversies, 388 revisions: the record is whole." in capsys.readouterr().out


def test_site_has_what_readers_and_editors_meet():
    fill(100)

    assert m.Revision.objects.count() == 970
    states = list(m.Controversy.objects.order_by("slug").values_list("publication", flat=True))
    assert {state: states.count(state) for state in states} == {"published": 90, "draft": 5, "withdrawn": 5}
    assert m.Backing.objects.count() == 1000
    assert 1100 < m.Citation.objects.count() <= 2000
    assert max(topic.controversies.count() for topic in m.Topic.objects.all()) > 35
    assert m.Proposal.objects.filter(state="open").exists()
    assert m.Suggestion.objects.waiting().exists()
    assert m.CitationTask.objects.filter(state="open").exists()


def test_site_has_what_the_database_would_have_written():
    fill()
    pages = public_pages()
    generated = {table: rows(table, pages) for table in tables()}
    corpus = b"".join(dump.corpus())
    empty()

    load.load(io.BytesIO(corpus))

    assert len(pages) == 28
    for table, expected in generated.items():
        loaded = rows(table, pages)
        assert loaded == {key: expected.get(key) for key in loaded}, table
        if expected and "controversy_id" in next(iter(expected.values())):
            assert expected.keys() == loaded.keys(), table


def test_site_with_pages_is_not_filled():
    m.Topic.objects.create(slug="a", title="A")

    with pytest.raises(NotEmptyDatabase):
        fill()


def test_sweep_knows_every_route():
    paths = [address.path for address in addresses()]

    assert {"", "controversies/{page}/", "api/v1/changes", "admin/controversies/source/?q={rare}"} <= set(
        paths
    )
    assert set(QUERIES) - {address.route for address in addresses()} == set()
    assert [part for part in LEFT_OUT if not any(part in route for route in every_route())] == []


def test_sweep_finds_what_each_address_stands_for():
    fill(60)
    sample = site_sample()

    assert "" not in sample.values()
    assert {sample["hub"], sample["backer"]} <= set(m.Backer.objects.values_list("slug", flat=True))
    for address in addresses():
        assert "{" not in address.url(sample)


@pytest.mark.parametrize(
    ("body", "link"),
    [
        (b'<nav><a rel="next"\n  href="?q=a&amp;after=b">Next</a></nav>', "?q=a&after=b"),
        (b'<link rel="next" href="/changes.atom?before=3"/>', "/changes.atom?before=3"),
        (
            b'{"results":[],"next":"https://a.example/api/v1/backers?after=b"}',
            "https://a.example/api/v1/backers?after=b",
        ),
        (b'{"results":[],"next":null}', None),
        (b'<a rel="prev" href="?before=b">Previous</a>', None),
    ],
)
def test_link_to_the_next_page_is_followed(body, link):
    assert next_link(body) == link
