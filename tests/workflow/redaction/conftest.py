"""What the tests of the removal of words share."""

import pytest

from controversies.workflow.redaction import storage


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the tests beside, whose transactions are open on the same server for as long as each of them runs."""
    monkeypatch.setattr(storage, "PATIENCE", 900.0)
