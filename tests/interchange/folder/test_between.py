"""Somebody saves a page while its file is being imported: both are kept."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from controversies import history
from controversies.history import verify

from .pages import WEIGHTS, head, take
from .test_importer import edit


@pytest.mark.django_db(transaction=True)
def test_an_edit_that_is_saved_while_files_are_read_is_merged(tmp_path, monkeypatch):
    path = tmp_path / "weights.md"
    path.write_text(WEIGHTS)
    take(path)
    path.write_text(WEIGHTS.replace("status: active", "status: dormant"))
    record, tries = history.record, []

    def elsewhere():
        try:
            return edit(question="Who may?")
        finally:
            connections.close_all()

    def late(document, **options):
        tries.append(document)
        if len(tries) == 1:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(elsewhere).result(60)
        return record(document, **options)

    monkeypatch.setattr(history, "record", late)
    take(path)

    found = head()
    assert (found.document.head.question, found.document.head.status) == ("Who may?", "dormant")
    assert (found.number, len(tries)) == (3, 2)
    assert list(verify.faults(found.document.key)) == []
