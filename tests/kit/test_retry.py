import psycopg.errors
import pytest
from django.db import IntegrityError, OperationalError, connection

from controversies.kit import retry
from controversies.models import Topic


def error(cause):
    made = OperationalError("as Django wraps it")
    made.__cause__ = cause
    return made


DEADLOCK, SERIALIZATION = psycopg.errors.DeadlockDetected(), psycopg.errors.SerializationFailure()


class Attempts:
    """Fail with each of these errors, then succeed. Every attempt leaves a topic, if its transaction is kept."""

    def __init__(self, *errors):
        self.errors, self.count = list(errors), 0

    def __call__(self):
        self.count += 1
        Topic.objects.create(title=f"Attempt {self.count}", slug=f"attempt-{self.count}")
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.mark.parametrize("cause", [DEADLOCK, SERIALIZATION])
def test_transient_errors_are_tried_again_and_leave_nothing(db, cause):
    attempts = Attempts(*[error(cause)] * (retry.TRIES - 1))

    assert retry.in_transaction(attempts) == "done"
    assert list(Topic.objects.values_list("slug", flat=True)) == [f"attempt-{retry.TRIES}"]


def test_last_transient_error_is_raised(db):
    attempts = Attempts(*[error(DEADLOCK)] * retry.TRIES)

    with pytest.raises(OperationalError):
        retry.in_transaction(attempts)

    assert attempts.count == retry.TRIES
    assert not Topic.objects.exists()


@pytest.mark.parametrize(
    "failure", [error(psycopg.errors.AdminShutdown()), error(None), IntegrityError(), LookupError()]
)
def test_other_errors_are_raised_at_once(db, failure):
    attempts = Attempts(failure)

    with pytest.raises(type(failure)):
        retry.in_transaction(attempts, also=ValueError)

    assert attempts.count == 1


def test_error_that_is_named_is_tried_again(db):
    assert retry.in_transaction(Attempts(UnicodeError(), ValueError()), also=ValueError) == "done"


def test_deferred_constraints_are_checked_at_once_and_stay_deferred(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE pair (id int PRIMARY KEY, other int REFERENCES pair DEFERRABLE INITIALLY DEFERRED)"
        )
        cursor.execute("INSERT INTO pair VALUES (1, 2)")
        cursor.execute("INSERT INTO pair VALUES (2, 1)")
        retry.check_deferred_constraints()
        cursor.execute("INSERT INTO pair VALUES (3, 4)")  # not refused yet

        with pytest.raises(IntegrityError):
            retry.check_deferred_constraints()
