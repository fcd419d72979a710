"""The site as of any time is what it was then: a random history is captured as it is made, and asked for afterwards."""

import datetime
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client

from controversies import history
from controversies import models as m
from controversies.document.types import Document
from tests.factories import (
    backer_block,
    citation,
    document_factory,
    new_key,
    source_block,
    topic_block,
)

pytestmark = pytest.mark.django_db

START = datetime.datetime(2024, 3, 1, 8, 0, tzinfo=datetime.UTC)
STEP = datetime.timedelta(hours=7)

# What differs between a page of a past day and the same page on that day: where its links lead, its date field, and
# what only today's page offers.
_ONLY_OF_A_TIME = re.compile(
    r'(?:\?|&amp;|&)as_of=[^"&#\\]*|<input type="hidden" name="as_of"[^>]*>|(?<=name="as_of") value="[^"]*"'
)
_NOTHING_THEN = re.compile(r"No page that is public today was public then\. The first is of .*? (?=</p>)")
_ONLY_TODAY = re.compile(
    r'<p class="follow">.*?</p>|<dt>Citation</dt>\s*<dd>.*?</dd>|<div class="last-visit".*?</div>'
    r'|<nav class="home-jumps".*?</nav>|<(p|figcaption) class="links picture-links">.*?</\1>'
    r'|<section class="section" (?:aria-labelledby="(?:disputed|needs)-head"|id="(?:holdings|together)").*?</section>',
    re.DOTALL,
)
# Today's list of backers names the positions of each, one of the past counts them.
_HELD = re.compile(r'<(t[hd])[^>]* class="count[^"]*"[^>]*>.*?</\1>', re.DOTALL)


@dataclass
class Site:
    """A site with a clock, whose pages share topics, backers and sources."""

    chosen: random.Random
    time: datetime.datetime = START
    pages: list[str] = field(default_factory=list)
    topics: list[Any] = field(default_factory=lambda: [topic_block() for _ in range(2)])
    backers: list[Any] = field(default_factory=lambda: [backer_block() for _ in range(4)])
    sources: list[Any] = field(default_factory=lambda: [source_block() for _ in range(5)])

    def act(self) -> str:
        """Do something at the next hour, and return what."""
        self.time += STEP
        deeds = [self.write, self.edit, self.edit, self.edit, self.rename, self.hide]
        deed: Callable[[], None] = self.write if len(self.pages) < 2 else self.chosen.choice(deeds)
        deed()
        connection.check_constraints()  # as COMMIT would
        return deed.__name__

    def write(self) -> None:
        """Make a page, a draft now and then."""
        document = document_factory(
            topic=self._known(m.Topic, self.chosen.choice(self.topics)),
            positions=2,
            points=1,
            backings=3,
            citations=4,
            backers=[self._known(m.Backer, each) for each in self.chosen.sample(self.backers, 2)],
            sources=[self._known(m.Source, each) for each in self.chosen.sample(self.sources, 3)],
            publication="draft" if self.chosen.random() < 0.2 else "published",
        )
        self.record(document, None)
        self.pages.append(document.key)

    def _known(self, model: Any, block: Any) -> Any:
        """The block as it is on record by now."""
        row = model.objects.filter(pk=block.key).first()
        if row is None:
            return block
        names = [spec.name for spec in block.SPECS if spec.name != "key"]
        values = {name: getattr(row, name) for name in names}
        return replace(
            block,
            **{n: tuple(v) if isinstance(v, list) else str(v or "") for n, v in values.items()},
        )

    def record(self, document: Document, head: history.Reading | None) -> None:
        history.record(document, base=head, author_name="Edith", summary="A reason.", time=self.time)

    def edit(self) -> None:
        """Change a page: its words, its title, its status, its topic, what it cites or who backs it."""
        head = history.head(self.chosen.choice(self.pages))
        assert head is not None
        document, number = head.document, head.number
        position = self.chosen.choice(document.positions)
        change = self.chosen.choice([0, 1, 2, 3, 4, 4, 5, 6, 7])
        if change == 0:
            document = replace(
                document, head=replace(document.head, title=f"Title {number} of {self.time:%d %H}")
            )
        elif change == 1:
            document = replace(
                document, head=replace(document.head, status=self.chosen.choice(m.Status.values))
            )
        elif change == 2:
            topic = self._known(m.Topic, self.chosen.choice(self.topics))
            document = replace(
                document, head=replace(document.head, topic=topic, question=f"Is it {number}?")
            )
        elif change == 3 and len(document.positions) > 1:
            rest = tuple(each for each in document.positions if each is not position)
            document = document.with_blocks(positions=rest)
        elif change == 4:
            known = document.sources if self.chosen.random() < 0.5 else tuple(self.sources)
            source = self._known(m.Source, self.chosen.choice(known))
            cited = replace(position, citations=(*position.citations, citation(source, number)))
            document = self._with(document, cited, sources=(*document.sources, source))
        elif change == 5 and position.backings:
            ended = replace(position.backings[0], until="2024", note=f"Until {number}.")
            document = self._with(document, replace(position, backings=(ended, *position.backings[1:])))
        elif change == 6 and position.backings:
            document = self._with(document, replace(position, backings=position.backings[1:]))
        else:
            document = self._with(
                document,
                replace(position, claim=f"Claim {number}.", confidence=self.chosen.choice(["high", "low"])),
            )
        self.record(document, head)

    def _with(self, document: Document, position: Any, **blocks: Any) -> Document:
        positions = tuple(position if each.key == position.key else each for each in document.positions)
        known = {each.key for each in document.sources}
        if "sources" in blocks:
            blocks["sources"] = (*document.sources, *(b for b in blocks["sources"] if b.key not in known))
        return document.with_blocks(positions=positions, **blocks)

    def rename(self) -> None:
        """Give a topic, backer or source another name, kind or address, on all pages that show it."""
        model: Any = self.chosen.choice([m.Topic, m.Backer, m.Source])
        row = self.chosen.choice(list(model.objects.order_by("slug")))
        mark = f"{self.time:%d-%H}"
        changes: list[dict[str, Any]] = [{"slug": f"moved-{mark}-{new_key()[:8]}"}]
        if model is m.Backer:
            changes += [{"name": f"Renamed {mark}"}, {"kind": "person"}, {"aliases": [f"Also {mark}"]}]
            changes += [{"description": f"Described {mark}."}]
        else:
            changes += [{"title": f"Renamed {mark}"}]
            changes += [{"description": f"Described {mark}."} if model is m.Topic else {"kind": "book"}]
        with history.act(author_name="Edith", summary="Renamed.", time=self.time):
            model.objects.filter(pk=row.pk).update(**self.chosen.choice(changes))

    def hide(self) -> None:
        """Withdraw a page, or publish it again or at last."""
        head = history.head(self.chosen.choice(self.pages))
        assert head is not None
        publication = "withdrawn" if head.document.head.publication == "published" else "published"
        document = replace(head.document, head=replace(head.document.head, publication=publication))
        self.record(document, head)

    def publish_all(self) -> None:
        """Publish what is hidden: a page that is withdrawn today is at no date."""
        self.time += STEP
        for key in self.pages:
            head = history.head(key)
            assert head is not None
            document = replace(head.document, head=replace(head.document.head, publication="published"))
            if document != head.document:
                self.record(document, head)


def addresses() -> Iterator[str]:
    """Every address of lists, topics, backers and sources, and of the API for them, as it would be asked for now."""
    topics, backers, sources = (
        list(model.objects.order_by("slug").values_list("slug", flat=True))
        for model in (m.Topic, m.Backer, m.Source)
    )
    yield from ("/", "/controversies/", "/controversies/?order=title", "/controversies/?status=active")
    yield from (f"/controversies/?topic={slug}&status=active&order=title" for slug in topics[:1])
    yield from (f"/topics/{slug}/" for slug in topics)
    yield from (
        "/backers/",
        "/backers/?kind=person",
        "/backers/?q=renamed",
        "/sources/",
        "/sources/?q=journal",
    )
    yield from ("/sources/?kind=book", "/backers/?q=also")
    yield from (f"/backers/{slug}/" for slug in backers)
    yield from (f"/sources/{slug}/" for slug in sources)
    api = "/api/v1"
    yield from (f"{api}/controversies", f"{api}/controversies?status=active", f"{api}/positions")
    yield from (f"{api}/positions?confidence=high&limit=100", f"{api}/positions?topic={topics[0]}")
    yield from (f"{api}/topics", f"{api}/backers", f"{api}/backers?kind=person", f"{api}/sources?q=renamed")
    yield f"{api}/sources"
    yield from (f"{api}/topics/{slug}" for slug in topics)
    for slug in backers[:2]:
        yield from (
            f"{api}/backers/{slug}",
            f"{api}/positions?backer={slug}",
            f"{api}/controversies?backer={slug}",
        )
    for slug in sources[:2]:
        yield from (
            f"{api}/sources/{slug}",
            f"{api}/sources/{slug}/citations",
            f"{api}/controversies?source={slug}",
        )


def at(address: str, time: datetime.datetime) -> str:
    text = time.strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'as_of': text})}"


def answer(client: Client, address: str) -> str:
    """What an address answers, without what must differ between a day and the same day later."""
    response = client.get(address)
    if response.status_code == 404:
        return "not found"
    assert response.status_code == 200, (address, response.text)
    text = response.text
    if not address.startswith("/api/"):
        [main] = re.findall(r"<main.*?</main>", text, re.DOTALL)
        if address.partition("?")[0] == "/backers/":
            main = _HELD.sub("", main)
        text = re.sub(r"\s+", " ", _ONLY_TODAY.sub("", main))
        text = _NOTHING_THEN.sub("No controversies have been published yet. ", text)
    else:
        content = without_checks(response.json())
        if address.partition("?")[0].endswith("/citations"):  # as of a time they are listed page by page
            content["items"].sort(key=lambda each: each["key"])
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    return _ONLY_OF_A_TIME.sub("", text)


def without_checks(value: Any) -> Any:
    """An answer without what is known of sources today, which none as of a time has."""
    if isinstance(value, dict):
        return {name: without_checks(each) for name, each in value.items() if name != "checks"}
    return [without_checks(each) for each in value] if isinstance(value, list) else value


SEEDS = range(2)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_site_as_of_any_time_is_what_it_was_then(client: Client, seed: int) -> None:
    site = Site(random.Random(seed))
    captured: list[tuple[datetime.datetime, str, dict[str, str]]] = []
    for _ in range(14):
        deed = site.act()
        every = list(addresses())
        some = site.chosen.sample(every, len(every) // 2)  # each is among them at several times
        captured.append((site.time, deed, {each: answer(client, each) for each in some}))
    site.publish_all()
    connection.check_constraints()

    checked = 0
    for time, deed, answers in captured:
        for moment in (time, time + STEP / 2, time + STEP - datetime.timedelta(seconds=1)):
            for address, expected in answers.items():
                if moment != time and site.chosen.random() < 0.8:  # the same as at the time itself
                    continue
                assert answer(client, at(address, moment)) == expected, (time, deed, moment, address)
                checked += expected != "not found"
    assert checked > 250
    before = START - STEP
    assert all(answer(client, at(each, before)) in ("not found", EMPTY[each]) for each in EMPTY)


EMPTY = {
    "/api/v1/controversies": '{\n "items": [],\n "next": null\n}\n',
    "/api/v1/positions": '{\n "items": [],\n "next": null\n}\n',
    "/api/v1/backers": '{\n "items": [],\n "next": null\n}\n',
    "/api/v1/topics": '{\n "items": [],\n "next": null\n}\n',
}
