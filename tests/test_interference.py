"""What is hidden changes no answer: the public site is read whole, hidden things are added, and it is read again.

This holds for words as for counts, orders, suggestions and corrections, whoever asks for what. Looking for secrets
(`test_adversary`) sees only those that are told in so many words.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from controversies import models as m
from controversies.document import types
from controversies.following import subscriptions
from controversies.following.subjects import FollowSubject
from controversies.history import earlier_texts
from controversies.interchange.downloads import files
from controversies.pages import versions
from controversies.workflow import proposals, suggestions
from tests.factories import (
    BackerFactory,
    ControversyFactory,
    Recorded,
    SourceFactory,
    TopicFactory,
    UserFactory,
    backer_block,
    document_factory,
    new_key,
    source_block,
)
from tests.test_adversary import addresses

pytestmark = pytest.mark.django_db

CANARY = "zyzzyvas"  # a word of hidden things alone
SHARED = "quokka"  # a word of public and of hidden things
BEFORE_IT = " ".join(
    f"quo{a}{b}" for a in "abcdefghij" for b in "xyz"
)  # words of hidden pages that come before it
PREFIXES = ("", "/de", "/es")


def saying(words: str, *, positions: int = 1, **options: object) -> types.Document:
    """A page that says these words in each kind of place that is searched, and counts in every list."""
    document = document_factory(
        positions=positions,
        points=1,
        citations=6,
        title=f"Title {words}",
        question=f"Is it so, {words}?",
        context=f"A context with {words}. “A quotation of {words}.”",
        **options,
    )
    return document.with_blocks(
        positions=tuple(
            replace(
                each,
                claim=f"A claim of {words}",
                argument=f"An argument for {words}.",
                confidence_reason=f"Since {words}.",
                citations=tuple(replace(cited, quote=f"They said {words}.") for cited in each.citations),
            )
            for each in document.positions
        ),
        points=tuple(replace(each, title=f"A point of {words}") for each in document.points),
    )


def public_site() -> list[Recorded]:
    """Some public pages that share a topic, a backer and a source, and say much of the same."""
    topic = TopicFactory(title=f"Topic of {SHARED}")
    backers = [backer_block(BackerFactory(name=f"Backer {SHARED} {i}")) for i in range(2)]
    sources = [source_block(SourceFactory(title=f"Source {SHARED} {i}", date="2024-07")) for i in range(2)]
    common = {"topic": topic, "backers": backers, "sources": sources}
    pages = [
        ControversyFactory(document=saying(words, positions=2, **common), revisions=3)
        for words in (f"{SHARED} alpha", f"{SHARED} alpha beta", "alpha gamma", "beta delta")
    ]
    for page in pages:
        rewrite(page)
    return pages


def rewrite(page: Recorded) -> None:
    """Have a page say something else, so that what it said is earlier text, and have the worker derive that."""
    page.save(replace(page.document, context=replace(page.document.context, text="Something else.")))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as COMMIT would
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert earlier_texts.catch_up()


def hide(shown: list[Recorded]) -> None:
    """Add what readers must not learn of: drafts and withdrawn pages, what these alone show, and what people sent."""
    words = f"{CANARY} {SHARED} gamma delta alpha"
    head = shown[0].document
    own_topic = TopicFactory(slug=f"{CANARY}-topic", title=f"Topic of {words}")
    own_backer = backer_block(BackerFactory(slug=f"{CANARY}-backer", name=f"{CANARY.title()} {SHARED}"))
    own_source = source_block(
        SourceFactory(
            slug=f"{CANARY}-source", title=f"{CANARY.title()} {SHARED}", doi=f"10.1234/{CANARY}", date="2019"
        )
    )
    for i, publication in enumerate(("draft", "withdrawn") * 4):
        of_public = i % 4 < 2
        document = saying(
            words,
            positions=2,
            topic=head.head.topic if of_public else own_topic,
            backers=list(head.backers) if of_public else [own_backer],
            sources=list(head.sources) if of_public else [own_source],
            slug=f"{CANARY}-{i}",
            status=m.Status.DORMANT.value,
        )
        page = ControversyFactory(
            document=replace(
                document,
                head=replace(document.head, publication="draft" if publication == "draft" else "published"),
                context=replace(document.context, text=f"{document.context.text} {BEFORE_IT}"),
            ),
            authors=(f"{CANARY.title()} Author", "Edith Editor"),
        )
        rewrite(page)
        if publication == "withdrawn":
            page.edit(publication=publication)
    user = UserFactory(role="contributor", username=CANARY, email=f"{CANARY}@crux.example", last_name=CANARY)
    changed = replace(head, head=replace(head.head, title=f"Proposed {words}"))
    proposals.propose(changed, author=user, reason=words, base=shown[0].head.number)
    suggestions.suggest(
        head,
        key=new_key(),
        block=None,
        number=3,
        address=new_key(),
        wrong=words,
        reader=CANARY,
        email=f"{CANARY}@a.example",
    )
    subject = FollowSubject(m.SubjectType.PAGE, shown[0].row.pk)
    subscriptions.request_subscription(subject, f"{CANARY}@a.example", pace="daily", language="en")


def typed_words() -> Iterator[str]:
    """What somebody may type who wants to know whether there is more about the canary."""
    one_letter_off = CANARY.replace("yv", "iv")
    known = (SHARED, "alpha", "beta", "gamma", "delta", f"Edith {SHARED}")
    yield from (
        CANARY,
        CANARY[:6],
        SHARED[:3],
        one_letter_off,
        f'"{CANARY}"',
        f"-{CANARY}",
        CANARY.title(),
        f"10.1234/{CANARY}",
    )
    for word in known:
        for other in (CANARY, one_letter_off, "xylophagous"):
            yield from (f"{word} {other}", f"{other} OR {word}", f"{word} -{other}", f'"{word} {other}"')
    yield from (" ".join(pair) for pair in itertools.permutations(known, 2))
    yield from (f"{' '.join(three)} {CANARY}" for three in itertools.combinations(known, 3))


def asked_for(shown: list[Recorded]) -> list[str]:
    """Every address of the public site about what is shown, and those that ask for the canary."""
    topic = shown[0].document.head.topic.slug
    every = {address for page in shown[:2] for address in addresses(page)}
    typed = [urlencode({"q": words}) for words in typed_words()]
    asked = [f"/search/?{each}" for each in typed] + [f"/search/suggestions.json?{each}" for each in typed]
    asked += [f"/search/?{each}&in=earlier" for each in typed]
    for facet in (
        *(f"topic={each}" for each in (topic, f"{CANARY}-topic")),
        *(
            "status=active",
            "status=dormant",
            "confidence=high",
            "backer=organisation",
            "year=2024",
            "year=2019",
            "contested=1",
        ),
    ):
        asked += [f"/search/?q={word}&{facet}" for word in (SHARED, "alpha", CANARY, f"{SHARED}+{CANARY}")]
        asked += [f"/search/?{facet}", f"/controversies/?{facet}", f"/needs-help/?{facet}"]
    for path in ("/backers/", "/sources/", "/api/v1/backers", "/api/v1/sources", "/api/v1/controversies"):
        asked += [f"{path}?q={word}" for word in (SHARED, CANARY, "Title", "Topic")]
    for order in ("oldest", "unreviewed", "newest"):
        asked += [f"/controversies/?order={order}", f"/controversies/?order={order}&status=dormant"]
    for need in ("review", "sources", "editors", "cells"):
        asked += [f"/needs-help/?need={need}", f"/needs-help/?need={need}&topic={topic}"]
    for name in (f"{CANARY.title()} Author", CANARY, "Edith Editor"):
        asked += [
            f"/authors/?name={quote(name)}",
            f"/changes/?by={quote(name)}",
            f"/authors/?after={quote(name)}",
        ]
    for address in (f"/controversies/{CANARY}-0/", f"/controversies/{shown[0].slug}/"):
        asked += [f"/oembed.json?url={quote('http://testserver' + address)}"]
    asked += [
        f"{path}?as_of={day}"
        for path in (
            "/",
            "/controversies/",
            "/backers/",
            "/sources/",
            "/topics/",
            f"/topics/{topic}/",
            "/search/",
        )
        for day in ("2026-01-05", "2026-01-06", "2026-01-07")
    ]
    asked += [
        f"/{kind}s/{CANARY}-{kind}{end}"
        for kind in ("topic", "backer", "source")
        for end in ("/", "/together.csv", "/map.csv", ".bib")
    ]
    asked += [
        f"/controversies/{CANARY}-{0}/{end}"
        for end in ("", "embed/", "pictures/", "share.png", "history/", "pictures/stances.csv", "cite.bib")
    ]
    asked += ["/data/positions.csv", "/data/sources.csv", "/data/citations.csv", "/data/backings.csv"]
    people = [
        prefix + address
        for prefix in PREFIXES[1:]
        for address in (
            "/",
            "/topics/",
            "/needs-help/",
            f"/topics/{topic}/map/",
            f"/search/?q={CANARY}",
            f"/search/?q={SHARED}+{CANARY}",
            "/backers/",
            "/authors/",
        )
    ]
    return sorted({*every, *asked, *people} - {each for each in every if _OF_THE_LOG.search(each)})


# That a page was public once, and is withdrawn, stands in the public log and in the list of changes for programs; forms
# have tokens of their own, and the page of downloads says when they were made.
_OF_THE_LOG = re.compile(
    r"^/(checkpoint|tile/|log/|verify|metrics|readyz)|^/api/v1/changes|tlog-proof$|/(suggest|follow)/|/data/$"
)


def answers(client: Client, asked: list[str]) -> dict[str, tuple[int, bytes]]:
    """The status and the body of each answer, none of it remembered."""
    cache.clear()
    versions.forget()
    found = {}
    for address in asked:
        response = client.get(address)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        found[address] = (response.status_code, body)
    return found


def test_what_is_hidden_changes_no_answer(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.DOWNLOADS_DIR = tmp_path
    shown = public_site()
    asked = asked_for(shown)
    files.make()
    before = answers(client, asked)

    hide(shown)
    files.make()
    after = answers(client, asked)

    own = f"/controversies/{CANARY}-"
    assert {address: before[address][0] for address in asked if before[address][0] >= 500} == {}
    assert [
        address for address in asked if before[address] != after[address] and not address.startswith(own)
    ] == []
    assert len(asked) > 500
    earlier = [before[address][1] for address in asked if address.endswith("&in=earlier")]
    assert any(f"<mark>{SHARED}</mark>".encode() in body for body in earlier)
