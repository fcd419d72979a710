"""A site whose sources live through weeks in the loopback world: some move, change, vanish, refuse, are retracted.

What each source does is known, so what checks make of it can be counted: precision and recall per verdict, tasks
opened once, false alarms, requests a host and day.
"""

import datetime
import json
import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from controversies import models as m
from controversies.checks import worker
from controversies.document.types import Source
from tests.factories import source_block

from .clock import MovingClock
from .sites import article, page_citing
from .world import Handler, Reply, Request, World, html, redirect, with_etag

DAY = 86_400.0
_SUBJECTS = [
    "weights",
    "licences",
    "audits",
    "sandboxes",
    "benchmarks",
    "data",
    "chips",
    "compute",
    "labels",
    "filters",
    "agents",
    "proofs",
]
_PLACES = [
    "Oslo",
    "Accra",
    "Lima",
    "Perth",
    "Osaka",
    "Quito",
    "Turin",
    "Dakar",
    "Leeds",
    "Bergen",
    "Izmir",
    "Pune",
]


@dataclass
class Expected:
    """What is right of one source at the end: its verdict, and the causes of tasks by quotation."""

    kind: str
    verdict: str
    causes: dict[str, set[tuple[str, str]]]  # by quotation: (cause, state)


@dataclass
class Simulation:
    """The world, the sources with what is right of them, and the clock."""

    world: World
    clock: MovingClock
    start: datetime.datetime
    expected: dict[str, Expected] = field(default_factory=dict)  # by key of the source
    checks: int = 0

    def day(self) -> float:
        return (self.clock.time - self.start).total_seconds() / DAY


type Build = Callable[[Simulation, random.Random, str, str, list[str]], Handler | Reply]


def _fine(_sim: Simulation, _rng: random.Random, _url: str, title: str, quotes: list[str]) -> Reply:
    return article(title, *quotes)


def _tagged(_sim: Simulation, _rng: random.Random, _url: str, title: str, quotes: list[str]) -> Handler:
    return with_etag(article(title, *quotes))


def _restless(_sim: Simulation, rng: random.Random, _url: str, title: str, quotes: list[str]) -> Handler:
    """A page whose bytes are others each time, its words the same."""
    return lambda _request: article(title, *quotes, head=f'<meta name="nonce" content="{rng.random()}">')


def _from_day(day: float, until: float, other: Callable[[Request], Reply]) -> Build:
    """A page that answers otherwise between two days."""

    def build(sim: Simulation, _rng: random.Random, _url: str, title: str, quotes: list[str]) -> Handler:
        page = article(title, *quotes)
        return lambda request: other(request) if day <= sim.day() < until else page

    return build


def _altered(until: float) -> Build:
    def build(sim: Simulation, _rng: random.Random, _url: str, title: str, quotes: list[str]) -> Handler:
        before, after = (
            article(title, *quotes),
            article(title, *quotes[1:], "What stood here was taken back."),
        )
        return lambda _request: after if 3 <= sim.day() < until else before

    return build


def _retitled(sim: Simulation, _rng: random.Random, _url: str, title: str, quotes: list[str]) -> Handler:
    before, after = article(title, *quotes), article("Gardening for Beginners in Small Yards", *quotes)
    return lambda _request: after if sim.day() >= 3 else before


def _moved(status: int) -> Build:
    def build(sim: Simulation, _rng: random.Random, url: str, title: str, quotes: list[str]) -> Handler:
        page = article(title, *quotes)
        new = url.replace("https://", "https://new.")
        sim.world.page(new, page)
        return lambda _request: redirect(new, status) if sim.day() >= 3 else page

    return build


def _wrong_quote(_sim: Simulation, _rng: random.Random, _url: str, title: str, quotes: list[str]) -> Reply:
    return article(title, *(quote.replace("never", "always") for quote in quotes[:1]), *quotes[1:])


def _mistitled(_sim: Simulation, _rng: random.Random, _url: str, _title: str, quotes: list[str]) -> Reply:
    return article("Migration of Birds over the Northern Sea", *quotes)


def _flaky(_sim: Simulation, rng: random.Random, _url: str, title: str, quotes: list[str]) -> Handler:
    """A page that fails every other time, by chance."""
    page, chance = article(title, *quotes), random.Random(rng.random())
    return lambda _request: Reply(503) if chance.random() < 0.5 else page


def _always(reply: Reply) -> Build:
    return lambda _sim, _rng, _url, _title, _quotes: reply


_EVER = 1e9
_FORM = '<form><input type="password"></form>'
# By kind: its share, how it answers, its verdict after 40 days, and the tasks of its first and of its other quotations.
KINDS: dict[str, tuple[int, Build, str, set[tuple[str, str]], set[tuple[str, str]]]] = {
    "fine": (12, _fine, "verified", set(), set()),
    "fine, with an ETag": (6, _tagged, "verified", set(), set()),
    "fine, other bytes each time": (6, _restless, "verified", set(), set()),
    "moved": (8, _moved(301), "moved", {("moved", "open")}, {("moved", "open")}),
    "elsewhere for the time being": (3, _moved(302), "verified", set(), set()),
    "altered": (8, _altered(_EVER), "altered", {("altered", "open")}, set()),
    "altered and restored": (3, _altered(20), "verified", {("altered", "lapsed")}, set()),
    "another work at its address": (4, _retitled, "altered", {("altered", "open")}, {("altered", "open")}),
    "gone, 404": (
        *(6, _from_day(3, _EVER, lambda _request: html("Not found", status=404)), "gone"),
        *({("gone", "open")}, {("gone", "open")}),
    ),
    "gone, 410": (
        *(3, _from_day(3, _EVER, lambda _request: html("Gone", status=410)), "gone"),
        *({("gone", "open")}, {("gone", "open")}),
    ),
    "gone, with status 200": (
        *(5, _from_day(3, _EVER, lambda _request: html("Page not found", "<p>Sorry.</p>")), "gone"),
        *({("gone", "open")}, {("gone", "open")}),
    ),
    "host gone": (4, _always(Reply(500)), "gone", {("gone", "open")}, {("gone", "open")}),
    "away for two days": (
        *(4, _from_day(7, 9.5, lambda _request: html("Not found", status=404)), "verified", set(), set()),
    ),
    "server errors for two weeks": (
        4,
        _from_day(7, 21, lambda _request: Reply(502)),
        "verified",
        set(),
        set(),
    ),
    "flaky": (4, _flaky, "verified", set(), set()),
    "refuses machines": (5, _always(html("Forbidden", status=403)), "blocked", set(), set()),
    "asks for a log-in": (2, _always(html("Log in", _FORM)), "blocked", set(), set()),
    "too many requests": (
        2,
        _always(html("Slow down", status=429, retry_after="3600")),
        "blocked",
        set(),
        set(),
    ),
    "excluded by robots.txt": (3, _fine, "unchecked", set(), set()),
    "made by scripts": (
        *(
            2,
            _always(html("", '<div id="root"></div><script src="/a.js"></script>')),
            "unchecked",
            set(),
            set(),
        ),
    ),
    "quotation falsified": (5, _wrong_quote, "altered", {("quote", "open")}, set()),
    "title is another work's": (4, _mistitled, "altered", {("title", "open")}, {("title", "open")}),
    "retracted": (4, _fine, "verified", {("retracted", "open")}, {("retracted", "open")}),
}


def populate(
    world: World, clock: MovingClock, count: int, *, seed: int = 11, per_page: int = 50
) -> Simulation:
    """Record pages that cite `count` sources, of kinds by their shares, on about a quarter as many hosts."""
    rng = random.Random(seed)
    sim = Simulation(world, clock, clock.time)
    total = sum(share for share, *_rest in KINDS.values())
    kinds = [
        kind for kind, (share, *_rest) in KINDS.items() for _n in range(max(round(count * share / total), 1))
    ][:count]
    kinds += ["fine"] * (count - len(kinds))
    rng.shuffle(kinds)
    cited: dict[Source, list[str]] = {}
    retracted: list[str] = []
    for number, kind in enumerate(kinds):
        _share, build, verdict, first, others = KINDS[kind]
        subject, place = rng.choice(_SUBJECTS), rng.choice(_PLACES)
        title = f"Report {number} on {subject} and what {place} learned from them"
        quotes = [
            f"In {place} we have never seen {subject} number {number} hold for longer than a single season.",
            f"The committee of {place} asked for {number + 2} further years before it would say more on {subject}.",
        ][: rng.choice((1, 2, 2))]
        alone = kind in ("host gone", "excluded by robots.txt")
        host = f"alone{number}.example" if alone else f"host{number % max(count // 4, 1)}.example"
        url = f"https://{host}/reports/{number}"
        doi = f"10.5555/r{number}" if kind == "retracted" else ""
        key = str(uuid.UUID(int=rng.getrandbits(128), version=4))  # jitter follows from it
        source = replace(source_block(), key=key, url=url, title=title, doi=doi, archive_url="")
        world.page(url, build(sim, rng, url, title, quotes))
        if kind == "host gone":
            world.no_host(host)
        if kind == "excluded by robots.txt":
            world.page(f"https://{host}/robots.txt", Reply(200, b"User-agent: *\nDisallow: /reports/\n"))
        if doi:
            retracted.append(doi)
        cited[source] = quotes
        sim.expected[source.key] = Expected(
            kind, verdict, {quote: (others if place_ else first) for place_, quote in enumerate(quotes)}
        )
    _play_crossref(sim, retracted)
    entries = list(cited.items())
    for at in range(0, len(entries), per_page):
        page_citing(dict(entries[at : at + per_page]))
    return sim


def _play_crossref(sim: Simulation, retracted: list[str]) -> None:
    """Let Crossref answer, and know of retractions from the fifth day on."""

    def work(doi: str) -> dict[str, object]:
        notice = {
            "type": "retraction",
            "DOI": f"{doi}.ret",
            "source": "publisher",
            "updated": {"date-parts": [[2026, 11, 1]]},
        }
        return {"DOI": doi, "title": ["A report"], **({"updated-by": [notice]} if sim.day() >= 5 else {})}

    def answer(request: Request) -> Reply:
        asked = [
            doi for doi in retracted if doi in request.target.replace("%2F", "/").replace("%2f", "/").lower()
        ]
        listed = "filter" in request.query
        message = {"items": [work(doi) for doi in asked]} if listed else work(asked[0]) if asked else {}
        body = json.dumps({"status": "ok", "message": message}).encode()
        return Reply(200, body, {"Content-Type": "application/json"})

    sim.world.handle("api.crossref.org", "/works", answer)


def live(sim: Simulation, days: float) -> None:
    """Let the worker live so many days: whatever is due is checked when its turn comes."""
    end = sim.clock.time + datetime.timedelta(days=days)
    next_notices = sim.clock.time
    worker.adopt_sources()
    while sim.clock.time < end:
        sim.checks += worker.work(seconds=3600)
        if sim.clock.time >= next_notices:
            next_notices = sim.clock.time + datetime.timedelta(minutes=1 if _asks_for_notices() else 360)
        due = m.SourceState.objects.filter(due_at__gt=sim.clock.time).order_by("due_at").first()
        host = m.FetchHost.objects.filter(next_at__gt=sim.clock.time).order_by("next_at").first()
        times = [next_notices, end, *([due.due_at] if due else []), *([host.next_at] if host else [])]
        sim.clock.move_to(min(times))


def _asks_for_notices() -> bool:
    before = m.SourceState.objects.filter(notices_at=None).count()
    worker.ask_for_notices()
    return m.SourceState.objects.filter(notices_at=None).count() < before


@dataclass
class Outcomes:
    """The verdicts at the end beside what is right, and the tasks and requests on the way."""

    verdicts: Counter[tuple[str, str]]  # (right, given)
    mistakes: list[str]
    missing_tasks: int
    false_tasks: int
    right_tasks: int
    repeated_tasks: int
    requests: Counter[tuple[str, int]]  # by host and day
    closest: float  # seconds between two requests of one host, but for redirects and signs of missing pages

    def precision(self, verdict: str) -> float:
        given = sum(count for (_right, said), count in self.verdicts.items() if said == verdict)
        return self.verdicts[verdict, verdict] / given if given else 1.0

    def recall(self, verdict: str) -> float:
        right = sum(count for (truth, _said), count in self.verdicts.items() if truth == verdict)
        return self.verdicts[verdict, verdict] / right if right else 1.0


def outcomes(sim: Simulation) -> Outcomes:
    """Compare the rows of checks with what is right."""
    verdicts: Counter[tuple[str, str]] = Counter()
    mistakes: list[str] = []
    for state in m.SourceState.objects.all():
        right = sim.expected[str(state.source_id)]
        verdicts[right.verdict, state.verdict] += 1
        if right.verdict != state.verdict:
            mistakes.append(f"{right.kind}: {state.verdict} for {right.verdict}")
    quotes = {
        pk: (str(source), quote)
        for pk, source, quote in m.Citation.objects.values_list("pk", "source", "quote")
    }
    opened: Counter[tuple[str, str, str, str]] = Counter()
    for citation, cause, state in m.CitationTask.objects.values_list("citation_id", "cause", "state"):
        opened[*quotes[citation], cause, state] += 1
    wanted = {
        (source, quote, cause, state)
        for source, right in sim.expected.items()
        for quote, causes in right.causes.items()
        for cause, state in causes
    }
    for task in sorted(opened.keys() - wanted):
        mistakes.append(f"{sim.expected[task[0]].kind}: false task {task[2:]}")
    for task in sorted(wanted - opened.keys()):
        mistakes.append(f"{sim.expected[task[0]].kind}: no task {task[2:]}")
    requests: Counter[tuple[str, int]] = Counter()
    times: defaultdict[str, list[float]] = defaultdict(list)
    for request in sim.world.requests:
        second = (request.time - sim.start).total_seconds()
        requests[request.host, int(second // DAY)] += 1
        times[request.host].append(second)
    gaps = [
        later - earlier
        for host, seconds in times.items()
        if host != "api.crossref.org"
        for earlier, later in pairwise(seconds)
        if later > earlier
    ]
    return Outcomes(
        verdicts,
        mistakes,
        len(wanted - opened.keys()),
        len(opened.keys() - wanted),
        len(wanted & opened.keys()),
        sum(count - 1 for count in opened.values()),
        requests,
        min(gaps, default=0.0),
    )
