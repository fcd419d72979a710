"""The whole site against those who mean it ill: hostile text everywhere, odd requests, and looking for secrets.

Every address of the public site is swept, so that a new page cannot be forgotten.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from controversies import history
from controversies import models as m
from controversies.document import parse, types
from controversies.document.types import Document, Kind, Part
from controversies.following import subscriptions
from controversies.following.subjects import FollowSubject, whole_site
from controversies.interchange.cite import FORMATS
from controversies.pages import cited_parts
from controversies.pages.pictures import charts, of_lists, of_page
from controversies.public import urls
from controversies.workflow import site_texts
from tests.factories import ControversyFactory, Recorded, UserFactory, document_factory
from tests.history.transparency import logs

pytestmark = pytest.mark.django_db

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>'",
    "[click](javascript:alert(1)) [x](JaVaScRiPt:alert(1)) [y](data:text/html;base64,PHNjcmlwdD4=)",
    "[z](&#106;avascript:alert(1)) <javascript:alert(1)> ![i](javascript:alert(1)) ![t](https://evil.example/t.png)",
    "<iframe src=https://evil.example></iframe><style>*{display:none}</style><base href=//evil.example>",
    "`</code><script>alert(1)</script>`",
    "```\n</pre><script>alert(1)</script>\n```",
    "{{ settings.SECRET_KEY }} {% debug %} %(x)s %s {0} ${x}",
    "\u202eevil\u202c \u200b\u200d\ufeff שלום مرحبا",
    "]]> --> <!-- </textarea></title></script>",
    "[^1] [^1]: note <a href='javascript:alert(1)' style='x' onclick='y'>",
    "&lt;script&gt; &amp;lt; &#0; &#x202e;",
)
MARK = "hostilemark"


def hostile(document: Document, turn: int = 0) -> Document:
    """The document with hostile text in each of its fields of text, as far as they take it."""
    count = turn

    def text(spec: types.Spec) -> str:
        nonlocal count
        count += 1
        made = f"{MARK} {HOSTILE[count % len(HOSTILE)]}"
        return " ".join(made.split())[: spec.limit] if spec.kind is not Kind.PROSE else made

    def part(old: Any) -> Any:
        values: dict[str, Any] = {}
        for spec in old.SPECS:
            if spec.kind in (Kind.LINE, Kind.PROSE) and spec.name != "reviewed_by":
                values[spec.name] = text(spec)
            elif spec.kind is Kind.LINES:
                values[spec.name] = (text(spec),)
            elif spec.kind is Kind.ITEMS:
                values[spec.name] = tuple(part(item) for item in getattr(old, spec.name))
            elif spec.kind is Kind.PART:
                values[spec.name] = part(getattr(old, spec.name))
        return replace(old, **values)

    def named(old: Part, index: int) -> Any:
        made = part(old)
        return replace(made, name=f"{made.name[:150]} {index}") if isinstance(made, types.Backer) else made

    return Document(head=part(document.head), context=part(document.context)).with_blocks(
        points=tuple(map(part, document.points)),
        positions=tuple(map(part, document.positions)),
        backers=tuple(named(backer, i) for i, backer in enumerate(document.backers)),
        sources=tuple(map(part, document.sources)),
    )


def arguments(page: Recorded, pattern: URLPattern) -> list[dict[str, Any]]:
    """What to fill an address with, to reach what the page shows."""
    document, last = page.document, page.head.number
    slugs = {
        "topics/": [document.head.topic.slug],
        "backers/": [backer.slug for backer in document.backers],
        "sources/": [source.slug for source in document.sources],
    }
    begin = str(pattern.pattern).partition("<")[0].removeprefix("api/").removeprefix("v1/")
    known: dict[str, list[Any]] = {
        "slug": slugs.get(begin, [page.slug]),
        "number": list(range(1, last + 1)) if "revisions/" in str(pattern.pattern) else [1],
        "form": list(FORMATS),
        "chart": list(of_lists.NAMES if begin == "backers/" else of_page.NAMES),
        "suffix": list(charts.FORMS),
        "part": [each.anchor for each in cited_parts.every(document)],
        "a": list(range(1, last + 1)),
        "b": list(range(1, last + 1)),
        "log": [1],
        "address": ["0/000.p/1"],  # of a tile
        "token": [subscription_token(page)],
    }
    if begin == "about/texts/":
        known |= {"name": [m.SiteTextName.OPERATOR.value], "number": [1, 2], "a": [1], "b": [2]}
    names = list(pattern.pattern.converters)
    assert set(names) <= set(known), f"Say in arguments() how to fill {pattern.name}: {names}"
    found = [
        dict(zip(names, values, strict=True))
        for values in itertools.product(*(known[name] for name in names))
    ]
    if {"a", "b"} <= set(names):
        return [each for each in found if each["a"] != each["b"] and each["b"] in (each["a"] + 1, last)]
    return found


# What answers to all that there is not, needs a parameter, has no other format, or is a file that is not made yet.
ASKED_OTHERWISE = {"api_unknown", "oembed", "oembed_xml", "download"}


def subscription_token(page: Recorded) -> str:
    """The secret part of the link in e-mails to a reader who follows the page, and more."""
    subject = FollowSubject(m.SubjectType.PAGE, page.row.pk)
    for each in (subject, whole_site()):
        subscriptions.request_subscription(each, "rosa@secret.example", pace="daily", language="en")
    row = m.Subscription.objects.latest("pk")
    subscriptions.confirm(row.token, str(row.pk))
    return row.token


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    """The public site's addresses, but for those that are asked otherwise."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLPattern):
            if each.name not in ASKED_OTHERWISE:
                yield each
        elif not str(each.pattern).startswith(("admin", "static")):
            yield from patterns(each)


def test_every_page_is_among_them() -> None:
    """Whatever the addresses are nested in: those of one's own language were left out once, and with them all pages."""
    found = {pattern.name for pattern in patterns()}

    assert {"home", "controversy", "api_controversies", "search", "cite_file", "embed_part"} <= found
    assert {each.name for each in urls.urlpatterns} - found <= ASKED_OTHERWISE


def addresses(page: Recorded) -> list[str]:
    """Every address of the public site that has to do with this page; the log is signed as it is now."""
    logs.sql("SET CONSTRAINTS ALL IMMEDIATE")  # as COMMIT would: what is public has its entry in the log
    logs.sql("SET CONSTRAINTS ALL DEFERRED")
    logs.fill(1)
    logs.sign()
    write_site_text("One.", "Two.")
    found = [
        reverse(str(pattern.name), kwargs=given)
        for pattern in patterns()
        for given in arguments(page, pattern)
    ]
    words = [
        f"/search/?q={MARK}",
        "/search/?q=weights",
        "/search/?q=publication&in=earlier",
        f"/controversies/?topic={page.document.head.topic.slug}",
        f"/oembed.json?url=http://testserver/controversies/{page.slug}/",
    ]
    return [*found, *words]


def write_site_text(*bodies: str) -> None:
    """Write these versions of the text on the site's operator, unless there are as many."""
    for number in range(m.SiteText.objects.count(), len(bodies)):
        author = UserFactory(role="publisher", first_name="Pia", last_name="Public")
        site_texts.save(
            m.SiteTextName.OPERATOR, bodies[number], bodies[number][:500], author=author, base=number
        )


def usual_status(address: str) -> int:
    """The status of the answer if all is well: programs that ask for a page at a time are led to a revision."""
    return 302 if address.endswith("/timegate/") else 200


def words_of(response: Any) -> str:
    """What an answer says, nothing if it is a picture or hashes: what a picture shows, the page says, too."""
    is_text = not response["Content-Type"].startswith(("image/", "application/octet-stream"))
    return response.content.decode() if is_text else ""


class Inspector(HTMLParser):
    """What a browser would make of a page, and what of it could run or call out."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        safe_script = "nonce" in given or "src" in given or given.get("type") == "application/ld+json"
        if tag == "script" and not safe_script:
            self.faults.append("script")
        if (
            tag in {"iframe", "object", "embed"}
            or (tag == "base" and "href" in given)
            or (tag == "style" and "nonce" not in given)
        ):
            self.faults.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.faults.append(f"{tag} {name}")
            if name in {"href", "src", "action", "formaction", "xlink:href", "srcset", "poster"}:
                scheme = (value or "").strip().lower().partition(":")[0]
                if scheme in {"javascript", "vbscript"} or (scheme == "data" and tag != "link"):
                    self.faults.append(f"{tag} {name}={value}")
                if name in {"src", "srcset"} and "evil" in (value or ""):
                    self.faults.append(f"{tag} {name}={value}")


def inspected(text: str) -> list[str]:
    inspector = Inspector()
    inspector.feed(text)
    return inspector.faults


def test_inspector_finds_what_it_looks_for():
    assert inspected("<script>x</script>") == ["script"]
    assert inspected("<p onclick=x style='y'>") == ["p onclick", "p style"]
    assert inspected("<a href=' JavaScript:x'>") == ["a href= JavaScript:x"]
    assert inspected("<img src=https://evil.example>") == ["img src=https://evil.example"]
    assert inspected("<base href=//evil.example>") == ["base"]
    assert inspected("<p>&lt;script&gt;</p>") == []


@pytest.mark.parametrize("turn", range(0, len(HOSTILE), 3))
def test_hostile_text_stays_text_on_every_page(client: Client, turn: int):
    old = hostile(document_factory(positions=2, points=2, citations=9, sources=3), turn)
    page = ControversyFactory(document=old)
    page.save(hostile(page.document, turn + 1), author_name=HOSTILE[turn][:150], summary=HOSTILE[turn])
    write_site_text(f"{MARK} {HOSTILE[turn]}", f"{MARK} {HOSTILE[(turn + 1) % len(HOSTILE)]}")
    seen = 0

    for address in addresses(page):
        response = client.get(address)
        assert response.status_code == usual_status(address), address
        text = words_of(response)
        seen += MARK in text
        if response["Content-Type"].startswith("text/html"):
            assert inspected(text) == [], address
        is_file = "json" in response["Content-Type"] or "calendar" in response["Content-Type"]
        is_file |= "Content-Disposition" in response
        assert "alert(1)</script>" not in text or is_file, address

    assert seen > 10


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_edges_are_drawn_on_every_page(client: Client, day: str):
    """Calendars, timelines and pictures reckon with days: none goes past the first or the last that there is."""
    document = document_factory(backings=4, citations=9, reviewed_on=day, reviewed_by="Rita Reviewer")
    dated = [
        replace(each, backings=tuple(replace(held, since=day, until=day) for held in each.backings))
        for each in document.positions
    ]
    sources = [replace(each, date=day, read_on=day) for each in document.sources]
    page = ControversyFactory(document=document.with_blocks(positions=tuple(dated), sources=tuple(sources)))
    page.edit(title="Changed")

    wrong = {
        address: status
        for address in addresses(page)
        if (status := client.get(address).status_code) != usual_status(address)
    }

    assert wrong == {}


def test_json_twin_of_hostile_text_is_the_document(client: Client):
    page = ControversyFactory(document=hostile(document_factory(citations=9)))

    response = client.get(f"/controversies/{page.slug}.json")

    assert response["Content-Type"].startswith("application/json")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert parse.document(response.json()) == page.document


def test_page_of_the_longest_texts_is_drawn(client: Client):
    """A megabyte and more: every text as long as it may be, of what takes Markdown longest."""
    document = document_factory(positions=4, points=2, citations=4)
    worst = ["[" * 60_000, "*a_ " * 25_000, "> " * 50_000, "<" * 100_000]
    positions = tuple(
        replace(
            position, argument=parse.value(_argument(), text), confidence_reason=("word " * 20_000).strip()
        )
        for position, text in zip(document.positions, worst, strict=True)
    )
    context = replace(document.context, text=("A line of a very long context.\n" * 3_200).strip())
    page = ControversyFactory(document=replace(document.with_blocks(positions=positions), context=context))

    response = client.get(f"/controversies/{page.slug}/")

    assert response.status_code == 200
    assert len(response.content) > 700_000
    assert inspected(response.content.decode()) == []


def _argument() -> types.Spec:
    return next(spec for spec in types.Position.SPECS if spec.name == "argument")


# -- odd requests --


@pytest.mark.parametrize(
    "address",
    [
        "/controversies/no-such/",
        "/controversies/no-such.json",
        "/controversies/no-such/history/",
        "/controversies/%00/",
        "/controversies/a%00b.json",
        "/controversies/..%2f..%2fetc/",
        "/controversies/%F0%9F%92%A9/",
        "/controversies/%ff/",
        "/controversies/here/revisions/0/",
        "/controversies/here/revisions/2/",
        "/controversies/here/revisions/-1/",
        "/controversies/here/revisions/01/",
        "/controversies/here/revisions/999999999/",
        "/controversies/here/revisions/2147483648/",
        "/controversies/here/revisions/99999999999999999999999999/",
        "/controversies/here/revisions/x.json",
        "/controversies/here/revisions/2.json",
        "/controversies/here/compare/1/2/",
        "/controversies/here/compare/1/0/",
        "/controversies/here/compare/1/99999999999999999999999999/",
        "/topics/no-such/",
        "/backers/no-such/",
        "/sources/no-such/",
        "/sources/%00/",
        "/no-such-page/",
        "/" + "a" * 5_000 + "/",
    ],
)
def test_unknown_address_is_not_found(client: Client, address: str):
    ControversyFactory(slug="here")

    response = client.get(address)

    assert response.status_code == 404
    of_program = "application/problem+json" if address.endswith(".json") else "text/html"
    assert response["Content-Type"].startswith(of_program)


ODD = [
    "",
    "%00",
    "a%00b",
    "%ff",
    "-1",
    "0",
    "1e9",
    "99999999999999999999",
    "'",
    '"',
    "%25",
    "(",
    "a:*&|!<->",
    "\\",
    "💩",
]


@pytest.mark.parametrize(
    "address",
    [
        "/search/?q={}",
        "/search/?q={}&in=earlier",
        "/search/?q=weights&in=earlier&after={}",
        "/search/?q=weights&in={}",
        "/controversies/?topic={}",
        "/controversies/?status={}",
        "/changes/?before={}",
        "/changes/?after={}",
        "/backers/?after={}",
        "/sources/?after={}&q={}",
        "/controversies/here/history/?before={}",
        "/controversies/here/history/?after={}",
        "/controversies/here/?x={}",
    ],
)
def test_odd_question_is_answered(client: Client, address: str):
    ControversyFactory(slug="here", revisions=2)

    for value in (*ODD, "x" * 5_000):
        response = client.get(address.replace("{}", value))
        assert response.status_code in {200, 302, 400, 404}, value


FOR_MACHINES = ("/healthz", "/livez", "/readyz", "/metrics", "/checkpoint", "/tile/", "/log/")


def test_wrong_method_is_refused_on_every_page(client: Client):
    page = ControversyFactory(revisions=2)

    for address, method in itertools.product(addresses(page), ("post", "put", "patch", "delete")):
        if method == "post" and (address.endswith(("/suggest/", "/follow/")) or "/yours/" in address):
            continue  # what readers send: tests/public/test_suggest.py, test_follow.py
        response = getattr(client, method)(address)
        assert response.status_code == 405, (address, method)
        assert "GET" in response["Allow"], address
        assert response.content or address.startswith(FOR_MACHINES), (address, method)  # says so in words

    assert history.head(page.key) == page.head


# -- what is not public --

SECRET = "unspeakablesecret"


def secret_page(publication: str) -> Recorded:
    """A page that says the secret everywhere, and is in this state of publication."""
    document = document_factory(
        positions=2,
        points=2,
        citations=9,
        publication=publication,
        slug=f"{SECRET}-{publication}",
        title=f"{SECRET} title",
        question=f"{SECRET}?",
        context=f"{SECRET} context",
        status_summary=f"{SECRET} summary",
    )
    named = [replace(backer, name=f"{SECRET} {backer.name}") for backer in document.backers]
    titled = [replace(source, title=f"{SECRET} {source.title}") for source in document.sources]
    topic = replace(document.head.topic, title=f"{SECRET} {document.head.topic.title}")
    document = replace(
        document.with_blocks(backers=tuple(named), sources=tuple(titled)),
        head=replace(document.head, topic=topic),
    )
    return ControversyFactory(document=document)


def test_what_is_public_is_on_many_pages(client: Client):
    """Else the two tests below could not fail."""
    page = secret_page("published")

    found = [address for address in addresses(page) if SECRET in words_of(client.get(address))]

    assert len(found) > 10


@pytest.mark.parametrize(("publication", "status"), [("draft", 404), ("withdrawn", 410)])
def test_what_is_not_public_is_on_no_page(client: Client, publication: str, status: int):
    public = ControversyFactory()
    hidden = secret_page(publication)

    for address in {*addresses(hidden), *addresses(public), "/search/?q=title", "/search/?q=context"}:
        response = client.get(address)
        own = address.startswith(f"/controversies/{hidden.slug}")
        assert response.status_code in ({status} if own else {200, 302, 404, status}), address
        assert SECRET not in words_of(response).replace(hidden.slug, ""), address
    found = client.get(f"/search/?q={SECRET}").content.decode()  # says what was asked for, and nothing more
    assert f"{SECRET} " not in found.replace(f"{SECRET} ·", "")
    assert hidden.slug not in found
    assert "/controversies/controversy-" not in found


def test_what_was_said_before_publication_is_on_no_page(client: Client):
    page = ControversyFactory(publication="draft", context=f"{SECRET} context", title=f"{SECRET} title")
    page.edit(title="Public title", summary=f"{SECRET} reason", author_name=f"{SECRET} name")
    page.save(
        replace(
            page.document,
            head=replace(page.document.head, publication="published"),
            context=replace(page.document.context, text="Public context."),
        )
    )

    for address in addresses(page):
        response = client.get(address)
        hidden = any(f"/revisions/{n}" in address for n in (1, 2)) or f"{page.slug}/compare/" in address
        assert response.status_code == (404 if hidden else usual_status(address)), address
        assert SECRET not in words_of(response), address


def test_addresses_of_people_are_on_no_page(client: Client):
    author = UserFactory(
        first_name="", last_name="", username="edith@secret.example", email="edith@secret.example"
    )
    page = ControversyFactory(author=author, revisions=3)

    for address in addresses(page):
        assert "secret.example" not in words_of(client.get(address)), address

    assert history.head(page.key).entry.author_name == "edith"


def test_keys_of_one_page_do_not_open_another():
    """A document whose parts are another page's is refused, whoever records it."""
    theirs, mine = ControversyFactory(), document_factory()
    stolen = replace(mine, context=replace(mine.context, citations=())).with_blocks(
        points=theirs.document.points,
        positions=theirs.document.positions,
        backers=theirs.document.backers,
        sources=theirs.document.sources,
    )

    with pytest.raises(parse.InvalidDocument, match="already used elsewhere"):
        history.record(stolen, author_name="Mallory", base=None)

    assert m.Controversy.objects.count() == 1
