"""What readers may not see shows nowhere: first made, then looked for at every address with every filter."""

from dataclasses import replace

import pytest

from controversies.api import endpoints
from controversies.api.parameters import Choice, Flag, Number
from controversies.workflow import proposals, suggestions
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    SourceFactory,
    TopicFactory,
    UserFactory,
    new_key,
)

pytestmark = pytest.mark.django_db(transaction=True)

MARK = "zqxhidden"


@pytest.fixture
def hidden():
    """A public page with a past, and much that readers may not see; what addresses that has."""
    user = UserFactory(role="contributor", email=f"{MARK}@crux.example", username=MARK)
    shared = {
        "topic": TopicFactory(slug=f"{MARK}-topic", title=f"{MARK} topic"),
        "backers": [BackerFactory(slug=f"{MARK}-backer", name=f"{MARK} backer")],
        "sources": [SourceFactory(slug=f"{MARK}-source", title=f"{MARK} source", doi="10.1000/zqxhidden")],
    }
    secret = {"title": f"{MARK} title", "question": f"{MARK}?", "context": MARK, "status_summary": MARK}
    ControversyFactory(slug=f"{MARK}-draft", publication="draft", revisions=3, **shared, **secret)
    ControversyFactory(slug=f"{MARK}-gone", publication="withdrawn", revisions=4, **shared, **secret)
    page = ControversyFactory(slug="open", title=f"{MARK} before", revisions=2, published_at=3)
    page.edit(title="Open", publication="published", summary="Opened.")
    page.edit(title=f"{MARK} between", publication="withdrawn", author_name=f"{MARK} name", summary=MARK)
    page.edit(title=f"{MARK} within", question=MARK, author_name=f"{MARK} name", summary=MARK)
    page.edit(title="Open", question="Why?", publication="published", summary="Opened again.")
    proposed = replace(page.document, head=replace(page.document.head, title=f"{MARK} proposed"))
    proposals.propose(proposed, author=user, reason=MARK, base=6)
    suggestions.suggest(
        page.document, key=new_key(), block=None, number=6, address=new_key(), wrong=MARK, reader=MARK
    )
    return page


def asked(page):
    """Every address with each of its filters, for what is hidden as for what is not."""
    slugs = [
        "open", page.document.backers[0].slug, page.document.sources[0].slug, page.document.head.topic.slug,
        *(f"{MARK}-{what}" for what in ("draft", "gone", "topic", "backer", "source")),
    ]  # fmt: skip
    for each in endpoints.ENDPOINTS:
        for slug in slugs if "{slug}" in each.path else [""]:
            for number in range(7) if "{number}" in each.path or "{b}" in each.path else [0]:
                path = "/api/v1" + each.path.format(slug=slug, number=number, a=max(number - 1, 0), b=number)
                yield path, {}
                for parameter in each.parameters:
                    for value in values(parameter, slugs):
                        if parameter.name not in each.in_path:
                            yield path, {parameter.name: value}


def values(parameter, slugs):
    if isinstance(parameter, Choice):
        return parameter.choices.values
    if isinstance(parameter, Flag):
        return ["true"]
    if isinstance(parameter, Number):
        return [1, 100]
    return {
        "q": [MARK, "weights"], "author": [f"{MARK} name"], "doi": ["10.1000/zqxhidden"], "block": [],
        "updated_since": ["2020-01-01"], "as_of": ["2026-01-05T10:00:00Z", "2026-01-06T10:00:00Z", "2030-01-01"],
        "cursor": [],
    }.get(parameter.name, slugs)  # fmt: skip


def test_nothing_hidden_shows_at_any_address_with_any_filter(client, hidden):
    seen, tried = {}, 0

    for path, query in asked(hidden):
        response = client.get(path, query)
        tried += 1
        text = response.text.replace(path, "")
        for value in query.values():
            text = text.replace(str(value), "")  # what was asked is said again in `next` and in problems
        if MARK in text.lower():
            seen[path, str(query)] = text
        assert response.status_code in (200, 404, 410), (path, query, response.text)

    assert tried > 300
    assert seen == {}


def test_nothing_hidden_is_counted(api, slugs, client):
    shared = {"topic": TopicFactory(slug="topic"), "backers": [BackerFactory(slug="backer")]}
    shared["sources"] = [SourceFactory(slug="source")]
    ControversyFactory(slug="open", positions=1, citations=1, **shared)
    ControversyFactory(publication="draft", positions=4, citations=4, **shared)
    ControversyFactory(publication="withdrawn", positions=4, citations=4, **shared)

    assert api("/topics/topic")["controversies"] == 1
    assert api("/backers/backer")["positions"] == 1
    assert api("/sources/source")["citations"] == 1
    assert len(api("/sources/source/citations")["items"]) == 1
    assert slugs("/controversies", backer="backer", source="source", topic="topic") == ["open"]
    assert len(api("/positions", backer="backer")["items"]) == 1


def test_what_only_hidden_pages_have_is_as_what_there_is_not(client, hidden):
    for kind in ("topic", "backer", "source"):
        there = client.get(f"/api/v1/{kind}s/{MARK}-{kind}")
        none = client.get(f"/api/v1/{kind}s/none")

        assert (there.status_code, there.content) == (none.status_code, none.content)
    draft, none = (client.get(f"/api/v1/controversies/{slug}") for slug in (f"{MARK}-draft", "none"))
    assert (draft.status_code, draft.content) == (none.status_code, none.content)
