"""The description: answers are as it says to the letter, and a client that tries all it allows finds nothing."""

import json
import os
import random
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, reset_queries
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from controversies.api import endpoints
from controversies.api.openapi import description
from tests.factories import ControversyFactory

pytestmark = pytest.mark.django_db

EXAMPLES = 10  # of each address and mode; HYPOTHESIS_PROFILE=thorough tries as many as that says
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
# What the description allows may be answered so: it cannot tell what was withdrawn from what is there.
ALLOWED = ["2xx", "404", "409", "410"]


@pytest.fixture
def made():
    """A page with all that a document can hold, its past, and a draft beside it."""
    made = ControversyFactory(
        slug="one", positions=3, points=3, backings=6, citations=30, revisions=6, published_at=2,
        reviewed_on="2026-03-08", reviewed_by="Edith Editor", attribution="By *others*.",
    )  # fmt: skip
    made.save(made.document.with_blocks(positions=(made.document.positions[2], *made.document.positions[:1])))
    ControversyFactory(slug="gone", publication="withdrawn")
    ControversyFactory(slug="draft", publication="draft")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return made


def places(made) -> dict[str, list[str]]:
    """What there is at addresses, by their first part."""
    document = made.document
    return {
        "controversies": ["one", "one", "one", "gone", "draft"],
        "topics": [document.head.topic.slug],
        "backers": [backer.slug for backer in document.backers],
        "sources": [source.slug for source in document.sources],
    }


# -- the letter --


def closed(schema: Any) -> Any:
    """The schema with nothing let pass that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(value) for name, value in schema.items()}
    if "properties" in found and isinstance(found.get("required"), list):
        found["additionalProperties"] = False
    return found


def judge(name: str) -> jsonschema_rs.Draft202012Validator:
    """Holds a value against the component of this name, closed."""
    components = closed(description()["components"])
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def asked(each, made) -> list[str]:
    """The address with whatever there is to ask it of."""
    found = []
    for slug in places(made).get(each.path.split("/")[1], [""]):
        for a, b in ((0, 2), (2, 7), (7, 3), (5, 6)):
            found.append("/api/v1" + each.path.format(slug=slug, number=b, a=a, b=b))
    more = {"changes_since": "?documents=true", "controversy": "?as_of=2026-01-07T10:00:00Z"}.get(each.name)
    return [*dict.fromkeys(found), *([found[0] + more] if more else [])]


@pytest.mark.parametrize("each", endpoints.ENDPOINTS, ids=lambda each: each.name)
def test_answers_are_what_the_description_says_to_the_letter(client, made, each):
    answered = 0

    for path in asked(each, made):
        response = client.get(path)
        if response.status_code == 200:
            answered += 1
            assert [error.message for error in judge(each.component).iter_errors(response.json())] == []
        else:
            assert [error.message for error in judge("Problem").iter_errors(response.json())] == []
            assert response.status_code in {400, *each.problems}

    assert answered


def test_judge_would_find_a_field_too_many_and_one_too_few(api, made):
    found = api("/topics")

    found["items"][0]["more"] = 1
    assert not judge("Topics").is_valid(found)
    del found["items"][0]["more"], found["items"][0]["title"]
    assert not judge("Topics").is_valid(found)


def test_description_is_one_of_openapi(api, client):
    found = api("/openapi.json")

    assert found["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(found).validate()
    for schema in found["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    names = [each["get"]["operationId"] for each in found["paths"].values()]
    assert names == [each.name for each in endpoints.ENDPOINTS]
    response = client.get("/api/v1/openapi.json")
    again = client.get("/api/v1/openapi.json", headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304


def test_description_refers_to_all_that_it_has():
    text = json.dumps(description())

    for name in description()["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text, name


# -- a client that tries whatever it may, and what it may not --


@pytest.fixture
def application():
    """The site, in this thread and within this test's transaction."""
    request_started.disconnect(close_old_connections)
    request_started.disconnect(reset_queries)
    request_finished.disconnect(close_old_connections)
    yield get_wsgi_application()
    request_started.connect(close_old_connections)
    request_started.connect(reset_queries)
    request_finished.connect(close_old_connections)


TRIED = [
    pytest.param(each, mode, id=f"{each.name}-{mode.value}")
    for each in endpoints.ENDPOINTS
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if each.parameters or mode is GenerationMode.POSITIVE  # nothing can be wrong where nothing is asked
]


@pytest.mark.parametrize(("each", "mode"), TRIED)
def test_client_that_tries_everything_finds_nothing(application, made, each, mode):
    config = schemathesis.Config.from_dict(
        {"checks": {"positive_data_acceptance": {"expected-statuses": ALLOWED}}}
    )
    found = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=config)
    operation = found[each.path]["GET"]
    there = places(made).get(each.path.split("/")[1], [])
    answered = []

    @given(case=operation.as_strategy(generation_mode=mode), choose=st.randoms(use_true_random=False))
    @settings(
        max_examples=settings().max_examples if THOROUGH else EXAMPLES,
        derandomize=not THOROUGH,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def tried(case: schemathesis.Case, choose: random.Random) -> None:
        if mode is GenerationMode.POSITIVE and choose.random() < 0.8:
            for name in case.path_parameters:
                case.path_parameters[name] = choose.choice(there if name == "slug" else range(1, 8))
        answered.append(case.call_and_validate(headers={"Accept-Encoding": "identity"}).status_code)

    tried()

    expected = {200} if mode is GenerationMode.POSITIVE else {400, 404}
    assert expected & set(answered)
