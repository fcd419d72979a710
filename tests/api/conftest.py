"""For tests of the API: nothing drawn before; and what it answers, as values."""

import json

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Begin each test with nothing cached."""
    cache.clear()


@pytest.fixture
def api(client):
    """What an address below /api/v1 answers, which must be 200."""

    def get(path: str, **query):
        response = client.get(f"/api/v1{path}", query)
        assert response.status_code == 200, response.text
        assert response["Content-Type"] == "application/json"
        return json.loads(response.content)

    return get


@pytest.fixture
def slugs(api):
    """The addresses, or what else tells them apart, of what a list has."""

    def get(path: str, by: str = "slug", **query):
        return [item[by] for item in api(path, **query)["items"]]

    return get


@pytest.fixture
def follow(client):
    """All items of a list, by following `next`, and how many answers it took."""

    def get(path: str, **query):
        items, answers, where = [], 0, f"/api/v1{path}"
        while where:
            found = json.loads(client.get(where, query if not answers else None).content)
            items += found["items"]
            answers += 1
            where = found["next"]
        return items, answers

    return get
