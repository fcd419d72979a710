"""Public revisions of one page: the nearest to a number and those of a range, whatever was hidden between."""

import datetime

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from controversies import models as m
from controversies.history import public_revisions
from controversies.history.public_revisions import DatedRevision
from tests.factories import START, ControversyFactory, Recorded

from .test_verify import tamper

pytestmark = pytest.mark.django_db

UP, DOWN = True, False


def page_of(*states: str) -> Recorded:
    """A page with a revision of each of these states in turn."""
    made = ControversyFactory(publication=states[0], revisions=1)
    for number, state in enumerate(states[1:], 2):
        made.edit(
            publication=state, title=f"Title {number}", time=START + datetime.timedelta(days=number - 1)
        )
    return made


def numbers(revisions):
    return [revision.number if revision else None for revision in revisions]


def test_nearest_passes_over_what_was_hidden():
    made = page_of("draft", "published", "published", "withdrawn", "withdrawn", "published")

    upwards = numbers(public_revisions.nearest(made.key, *((number, UP) for number in range(1, 8))))
    downwards = numbers(public_revisions.nearest(made.key, *((number, DOWN) for number in range(7))))

    assert upwards == [2, 2, 3, 6, 6, 6, None]
    assert downwards == [None, None, 2, 3, 3, 3, 6]
    [second] = public_revisions.nearest(made.key, (2, UP))
    assert second == (2, START + datetime.timedelta(days=1))


def test_range_has_public_ones_in_order():
    made = page_of("draft", "published", "withdrawn", "published", "published")

    assert numbers(public_revisions.in_range(made.key, 1, 99)) == [2, 4, 5]
    assert numbers(public_revisions.in_range(made.key, 3, 4)) == [4]
    assert numbers(public_revisions.in_range(made.key, 1, 1)) == []


def test_page_that_is_no_longer_public_has_those_that_were():
    made = page_of("published", "published", "withdrawn")

    assert numbers(public_revisions.in_range(made.key, 1, 9)) == [1, 2]
    assert numbers(public_revisions.nearest(made.key, (3, DOWN), (3, UP))) == [2, None]


# The states that a published page can take; a draft only at first.
histories = st.builds(
    lambda drafts, rest: ["draft"] * drafts + ["published", *rest],
    st.integers(0, 2),
    st.lists(st.sampled_from(["published", "withdrawn"]), max_size=6),
)


@given(histories)
def test_answers_are_those_of_the_documents(states):
    made = page_of(*states)
    public = [number for number, state in enumerate(states, 1) if state == "published"]
    places = range(1, len(states) + 1)

    assert numbers(public_revisions.in_range(made.key, 1, len(states))) == public
    assert numbers(public_revisions.nearest(made.key, *((place, UP) for place in places))) == [
        min((number for number in public if number >= place), default=None) for place in places
    ]
    assert numbers(public_revisions.nearest(made.key, *((place, DOWN) for place in places))) == [
        max((number for number in public if number <= place), default=None) for place in places
    ]


def test_time_of_writing_is_told_where_it_is_later_than_the_revisions_own():
    before = datetime.datetime.now(datetime.UTC)
    made = ControversyFactory()
    made.edit(title="Made here and now")
    entry = made.head.entry

    written = public_revisions.shown_since(made.key, DatedRevision(1, START))

    assert written is not None
    assert before - datetime.timedelta(seconds=5) < written < before + datetime.timedelta(minutes=5)
    assert public_revisions.shown_since(made.key, DatedRevision(2, entry.time)) is None
    tamper("UPDATE controversies_revision SET recorded_at = NULL WHERE controversy_id = %s", made.key)
    assert public_revisions.shown_since(made.key, DatedRevision(1, START)) is None


def test_nearest_reads_as_little_of_a_long_history_as_of_a_short_one():
    short, long = ControversyFactory(), ControversyFactory()
    entry = long.head.entry
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        m.Revision.objects.bulk_create(
            m.Revision(
                controversy_id=long.key, number=number, time=START, author_name="A",
                document=entry.document, digest=entry.digest,
            )
            for number in range(2, 10_001)
        )  # fmt: skip
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("ANALYZE controversies_revision")
    read: list[int] = []

    def count(execute, sql, params, many, context):
        [(plan,)] = execute(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params, many, context
        ).fetchall()
        read.append(plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"])
        return execute(sql, params, many, context)

    for made, middle in ((short, 1), (long, 5000)):
        starts = ((1, UP), (middle - 1, DOWN), (middle, UP), (middle + 1, UP), (10_000, DOWN))
        with connection.execute_wrapper(count):
            public_revisions.nearest(made.key, *starts)

    few, many = read
    assert few > 0
    assert many <= few + 40  # pages, of five look-ups
