"""Measures how well the search answers what people type: success at 5 and mean reciprocal rank, by kind of query.

    python -m tests.benchmarks.search [--all] [--failed] [--noise N]

The answers of `/search/` are read as a reader has them, links from top to bottom, on a site that has the pages of
`fixtures/`, those of `pages.py` and `--noise` others, in a database that is made for the run and dropped after it. A
query succeeds at 5 if one of the addresses that answer it is among the first five links, or for what is nowhere, if
there are none. The queries that are kept apart are counted by themselves. Lists the failures of the others with
`--failed`; only with `--all` those that are kept apart, too.
"""

import argparse
import os
import random
from contextlib import redirect_stdout
from io import StringIO

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import re  # noqa: E402
from collections import defaultdict  # noqa: E402
from collections.abc import Iterable  # noqa: E402
from html import unescape  # noqa: E402
from urllib.parse import quote  # noqa: E402

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from controversies.document import types  # noqa: E402
from controversies.history import earlier_texts  # noqa: E402
from controversies.models import Backer, Source, Topic  # noqa: E402
from tests.benchmarks import cases  # noqa: E402
from tests.factories import ControversyFactory, document_factory, new_key  # noqa: E402

from .pages import EARLIER_ARGUMENTS, PAGES, SENTENCES, JudgedPage  # noqa: E402
from .queries import QUERIES, JudgedQuery  # noqa: E402

NOISE = 150  # pages
_LINK = re.compile(
    r'<a (?:class="[^"]*" )?href="(/(?:controversies|topics|backers|sources|authors)/[^"#]+)(?:#[^"]*)?"'
)
_FIXTURES = ("open_weights", "scaling", "training_copyright")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.search", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--all", action="store_true", help="list failures of what is kept apart, too")
    parser.add_argument("--failed", action="store_true", help="list failures")
    parser.add_argument("--noise", type=int, default=NOISE, help="pages that nobody looks for")
    options = parser.parse_args()
    setup_test_environment()
    with cases.databases():
        fill(options.noise)
        report(answer_all(), failed=options.failed, apart=options.all)


def fill(noise: int) -> None:
    """Record all pages."""
    with redirect_stdout(StringIO()):
        call_command("loaddata", *_FIXTURES, verbosity=0)
    topics: dict[str, Topic] = {}
    for page in PAGES:
        record_twice(document_of(page, topics), EARLIER_ARGUMENTS.get(page.slug, ""))
    draw = random.Random(1)
    for number in range(noise):
        sentences = draw.sample(SENTENCES, 12)
        document = document_factory(
            title=f"{sentences[0].split()[-1].strip('.').capitalize()} and {sentences[1].split()[1]}, case {number}",
            question=sentences[2], status_summary=sentences[3], context=" ".join(sentences[4:7]),
            positions=2, points=1, citations=1, stances=0,
        )  # fmt: skip
        first, second = document.positions
        document = document.with_blocks(
            points=(_replace(document.points[0], title=sentences[7], body=sentences[8]),),
            positions=(
                _replace(first, claim=sentences[9], argument=sentences[10], confidence_reason=""),
                _replace(second, claim=sentences[11], argument=sentences[3], confidence_reason=""),
            ),
        )
        record_twice(document, draw.choice(SENTENCES))
    assert earlier_texts.catch_up()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def record_twice(document: types.Document, argument: str) -> None:
    """Record a document after a first revision in which the first position has this argument; once if it is ""."""
    first, *others = document.positions
    earlier = document.with_blocks(positions=(_replace(first, argument=argument or first.argument), *others))
    page = ControversyFactory(document=earlier)
    if argument:
        page.save(document)


def _replace[P: types.Part](part: P, **values: object) -> P:
    return type(part)(**{spec.name: getattr(part, spec.name) for spec in part.SPECS} | values)


def document_of(page: JudgedPage, topics: dict[str, Topic]) -> types.Document:
    """Return the document of a page."""
    slug = re.sub(r"[^a-z]+", "-", page.topic.lower())
    topic = topics.setdefault(slug, Topic(slug=slug, title=page.topic))
    name, alias, kind = page.backer
    title, authors, publisher, identifier = page.source
    is_doi = identifier.startswith("10.")
    document = document_factory(
        slug=page.slug, title=page.title, question=page.question, status_summary="Argued for years.", topic=topic,
        context="", positions=2, points=1, citations=1, stances=0, backings=1,
        backers=[Backer(slug=re.sub(r"[^a-z0-9]+", "-", name.lower()), name=name, kind=kind,
                        aliases=[alias] if alias else [])],
        sources=[Source(slug=f"{page.slug}-source", title=title, authors=authors, publisher=publisher, date="2020",
                        kind="article", doi=identifier if is_doi else "", isbn="" if is_doi else identifier,
                        url="" if identifier else f"https://papers.example/{page.slug}")],
    )  # fmt: skip
    first, second = document.positions
    citation = types.Citation(
        key=new_key(), source=document.sources[0].key, relation="supports", quote=page.quote
    )
    return document.with_blocks(
        points=(_replace(document.points[0], title=page.point, body=""),),
        positions=(
            _replace(
                first,
                claim=page.claims[0],
                argument=page.arguments[0],
                confidence_reason="",
                citations=(citation,),
            ),
            _replace(second, claim=page.claims[1], argument=page.arguments[1], confidence_reason=""),
        ),
    )


def links(html: str) -> list[str]:
    """Return the addresses that the answer leads to, from top to bottom, each once."""
    main = html.partition('<main id="main">')[2].partition("</main>")[0]
    return list(dict.fromkeys(unescape(match[1]) for match in _LINK.finditer(main)))


def answer_all() -> list[tuple[JudgedQuery, int, list[str]]]:
    """Ask every query; return with each the rank of the first right answer, 0 without one, and the links."""
    client = Client()
    answers = []
    for query in QUERIES:
        where = "&in=earlier" if query.kind == "earlier" else ""
        response = client.get(f"/search/?q={quote(query.text)}{where}", headers={"host": "127.0.0.1"})
        assert response.status_code == 200, (query, response.status_code)
        shown = links(response.content.decode())
        ranks = [i for i, address in enumerate(shown, 1) if address in query.expected]
        is_right_to_be_empty = not query.expected and not shown
        answers.append((query, ranks[0] if ranks else int(is_right_to_be_empty), shown))
    return answers


def report(answers: Iterable[tuple[JudgedQuery, int, list[str]]], *, failed: bool, apart: bool) -> None:
    """Print the table, and the failures."""
    answers = list(answers)
    by_kind: dict[str, list[tuple[JudgedQuery, int]]] = defaultdict(list)
    for query, rank, _shown in answers:
        by_kind[query.kind].append((query, rank))
        by_kind["all"].append((query, rank))
    columns = f"{'success@5':>11}{'MRR':>7}"
    print(f"{'kind':<22}{'queries':>8}{columns}   kept apart: {'queries':>7}{columns}")
    for kind, judged in by_kind.items():
        line = f"{kind:<22}"
        for is_apart in (False, True):
            ranks = [rank for query, rank in judged if query.is_apart == is_apart]
            success = sum(0 < rank <= 5 for rank in ranks) / max(1, len(ranks))
            mean = sum(1 / rank for rank in ranks if rank) / max(1, len(ranks))
            line += f"{len(ranks):>{22 if is_apart else 8}}{success:>11.2f}{mean:>7.2f}"
        print(line)
    for query, rank, shown in answers if failed else ():
        if not 0 < rank <= 5 and (apart or not query.is_apart):
            print(
                f"  {query.kind}: {query.text!r} at {rank or 'no rank'}; first {', '.join(shown[:4]) or 'nothing'}"
            )


if __name__ == "__main__":
    main()
