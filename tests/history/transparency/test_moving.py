"""A site moves to another host with a corpus and LOG_DIR: its log goes on, and agrees with the record there."""

import pytest

from controversies import models as m
from controversies.workflow import redaction
from tests.factories import ControversyFactory
from tests.interchange.corpus.test_load import empty, loaded
from tests.interchange.corpus.test_log import corpus
from tests.interchange.corpus.test_log import site as record_pages
from tests.workflow.redaction.test_erase import order

from .signing import ORIGIN, assert_signs, newest, refusal, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("removed", ["nothing", "words", "words and digests"])
def test_log_goes_on_where_it_moves(settings, tmp_path, removed):
    settings.LOG_DIR = tmp_path / "log"
    record_pages()
    ControversyFactory(slug="fourth", revisions=3, question="Did Jane Doe do it?")
    if removed != "nothing":
        redaction.apply(order("Jane Doe", replaces_digests=removed == "words and digests"))
    run("logkey", ORIGIN)
    run("checkpoint")
    ControversyFactory(slug="fifth")
    text, entries = corpus(), m.Leaf.objects.count()
    before = m.Log.objects.get().vkey
    empty()
    loaded(text)

    assert "does not know the key of log.example yet" in refusal("checkpoint")[1]
    run("logkey")
    assert m.Log.objects.get().vkey == before
    assert f"Signed {entries} entries (1 new)" in run("checkpoint")
    assert_signs(newest().note, entries)
    ControversyFactory(slug="sixth")
    run("checkpoint")

    output = run("checkhistory", log=True)
    assert f"{entries + 1} entries of the public log, {entries + 1} of them signed" in output
    assert (
        "The log has entries of 1 page that is not here: it was withdrawn where the corpus came from."
        in output
    )


def test_corpus_that_is_older_than_the_last_checkpoint_is_refused(settings, tmp_path):
    settings.LOG_DIR = tmp_path / "log"
    record_pages()
    run("logkey", ORIGIN)
    text = corpus()
    ControversyFactory(slug="fourth")
    run("checkpoint")
    empty()
    loaded(text)
    run("logkey")

    code, message = refusal("checkpoint")

    assert code == 1
    assert "The log was cut off: 12 entries were signed" in message
    assert "The log was cut off: 12 entries were signed" in refusal("checkhistory", log=True)[1]
