"""`manage.py test`: pytest, with its arguments as they are."""

import pytest

from controversies.management.commands import test

pytestmark = pytest.mark.django_db


@pytest.fixture
def arguments(monkeypatch):
    """Note what pytest would have been given."""
    given: list[list[str]] = []

    def main(arguments: list[str]) -> int:
        given.append(arguments)
        return 3

    monkeypatch.setattr(test.pytest, "main", main)
    return given


def test_test_runs_everything_on_two_processes_and_ends_as_pytest_did(arguments):
    with pytest.raises(SystemExit) as ended:
        test.Command().run_from_argv(["manage.py", "test"])

    assert ended.value.code == 3
    assert arguments == [["-n", "2", "--dist", "worksteal"]]


def test_test_lets_later_options_win(arguments):
    with pytest.raises(SystemExit):
        test.Command().run_from_argv(["manage.py", "test", "-x", "-n0"])

    assert arguments == [["-n", "2", "--dist", "worksteal", "-x", "-n0"]]


def test_test_of_chosen_tests_needs_no_second_process(arguments):
    with pytest.raises(SystemExit):
        test.Command().run_from_argv(["manage.py", "test", "tests/history", "-k", "chain"])

    assert arguments == [["tests/history", "-k", "chain"]]
