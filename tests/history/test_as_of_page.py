"""A page as of a time: the order of time in its history, and the one look-up that finds the revision."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from controversies import history
from controversies import models as m
from controversies.document.parse import InvalidDocument
from controversies.history import read
from controversies.history.read import as_of
from controversies.history.revisions import revision_digest
from tests.factories import START, BackerFactory, ControversyFactory, Recorded

from .test_verify import tamper

pytestmark = pytest.mark.django_db

DAY, MOMENT = datetime.timedelta(days=1), datetime.timedelta(microseconds=1)


def set_times(made: Recorded, *times: datetime.datetime) -> None:
    """Give the revisions these times, as a record has them that is older than the rule."""
    for number, time in enumerate(times, 1):
        tamper(
            "UPDATE controversies_revision SET time = %s WHERE controversy_id = %s AND number = %s",
            time,
            made.key,
            number,
        )


def walk(made: Recorded, time: datetime.datetime) -> int:
    """The newest revision at a time, by going through all of them."""
    revisions = m.Revision.objects.filter(controversy=made.key).values_list("number", "time")
    return max((number for number, made_at in revisions if made_at <= time), default=0)


# -- time never runs back --


def test_revision_dated_before_the_newest_is_refused_and_says_what_to_do():
    made = ControversyFactory(revisions=2, title="Milk")

    with pytest.raises(InvalidDocument) as refused:
        made.edit(title="Cream", time=START + DAY - MOMENT)

    [fault] = refused.value.faults
    assert str(fault) == (
        "time: The new revision of “Milk” would be of 2026-01-06T08:59:59.999999+00:00, but revision 2 is of "
        "2026-01-06T09:00:00+00:00. Give it that time or a later one."
    )
    assert history.head(made.key) == made.head
    made.edit(title="Cream", time=START + DAY)
    assert (made.head.number, made.head.entry.time) == (3, START + DAY)


def test_correction_dated_before_the_newest_revision_of_one_page_changes_none():
    backer = BackerFactory()
    pages = [ControversyFactory(backers=[backer], positions=1, start=START + days * DAY) for days in (0, 5)]

    def correct() -> None:
        with history.act(author_name="Edith", summary="Its new name.", time=START + 3 * DAY):
            m.Backer.objects.filter(pk=backer.pk).update(name="Another name")

    with pytest.raises(InvalidDocument, match="of 2026-01-08T09:00:00"):
        correct()

    assert [history.head(each.key) for each in pages] == [each.head for each in pages]


def next_revision(made: Recorded, time: datetime.datetime) -> m.Revision:
    """A revision by hand that follows the newest and holds the same document."""
    entry = made.head.entry
    digest = revision_digest(parent=entry.digest, document=entry.document, author="A", time=time, summary="")
    return m.Revision(
        controversy_id=made.key, number=made.head.number + 1, time=time, author_name="A",
        document=entry.document, digest=digest,
    )  # fmt: skip


def test_database_itself_refuses_a_revision_dated_before_the_one_it_follows():
    made = ControversyFactory(revisions=2)

    with (
        pytest.raises(IntegrityError, match="would be dated before the one that it follows"),
        transaction.atomic(),
    ):
        next_revision(made, START + DAY - MOMENT).save(force_insert=True)
    next_revision(made, START + DAY).save(force_insert=True)

    assert read.newest_number(made.key) == 3


def test_clock_that_was_set_back_makes_no_revision_of_an_earlier_time():
    future = datetime.datetime.now(datetime.UTC) + DAY
    made = ControversyFactory(start=future)

    made.edit(title="Later")

    assert made.head.entry.time == future + MOMENT


def test_record_that_is_older_than_the_rule_goes_on():
    made = ControversyFactory(revisions=3)
    set_times(made, START + 20 * DAY, START + 10 * DAY, START + 5 * DAY)
    made.head = history.head(made.key)

    made.edit(title="Later", time=START + 6 * DAY)
    made.edit(title="Later still")

    assert made.head.number == 5


# -- the look-up --


def test_newest_revision_at_each_time_is_found():
    made = ControversyFactory(revisions=5)
    ControversyFactory(revisions=2, start=START - 10 * DAY)  # another page

    assert as_of(made.key, START - MOMENT) == 0
    for number in range(1, 6):
        made_at = START + (number - 1) * DAY
        assert as_of(made.key, made_at - MOMENT) == number - 1
        assert as_of(made.key, made_at) == number
        assert as_of(made.key, made_at + DAY - MOMENT) == number
    assert as_of(made.key, datetime.datetime.max.replace(tzinfo=datetime.UTC)) == 5
    assert as_of(made.key, datetime.datetime.min.replace(tzinfo=datetime.UTC)) == 0


def test_of_revisions_of_one_time_the_newest_counts():
    made = ControversyFactory(revisions=1)
    made.edit(title="Second", time=START)
    made.edit(title="Third", time=START)

    assert as_of(made.key, START) == 3
    assert as_of(made.key, START - MOMENT) == 0


def test_record_that_is_older_than_the_rule_has_its_newest_revision_at_the_end():
    """Times that go back: at the end counts what the record has last, and before its first time there was nothing."""
    made = ControversyFactory(revisions=5)
    set_times(made, *(START + days * DAY for days in (10, 20, 5, 6, 30)))

    assert as_of(made.key, START + 4 * DAY) == 0
    assert as_of(made.key, START + 10 * DAY) == 1
    assert as_of(made.key, START + 20 * DAY) == walk(made, START + 20 * DAY) == 4
    assert as_of(made.key, START + 29 * DAY) == 4
    assert as_of(made.key, START + 30 * DAY) == 5


def buffers(made: Recorded, time: datetime.datetime) -> int:
    """Count the pages of the database's memory that the look-up reads, of tables and indexes."""

    def explain(execute, sql, params, many, context):
        return execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params, many, context)

    as_of(made.key, time)  # so that the function is planned
    with connection.execute_wrapper(explain):
        [plan] = as_of(made.key, time)  # type: ignore[misc]  # the answer is the plan
    return int(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"])


def test_look_up_reads_as_little_of_a_long_history_as_of_a_short_one():
    short, long = ControversyFactory(), ControversyFactory()
    head = long.head
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        m.Revision.objects.bulk_create(
            m.Revision(
                controversy_id=long.key,
                number=number,
                time=START + number * DAY / 24,
                author_name="A",
                document=head.entry.document,
                digest=head.entry.digest,
            )
            for number in range(2, 10_001)
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("ANALYZE controversies_revision")

    few = buffers(short, START + DAY)
    assert few > 0
    for time in (START, START + 30 * DAY, START + 400 * DAY, START + 10_000 * DAY):
        assert as_of(long.key, time) == walk(long, time)
        assert buffers(long, time) <= few + 4  # a level more of each index
