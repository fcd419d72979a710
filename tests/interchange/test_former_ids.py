"""Files that name by its old id what was merged since: what stands for it is meant, and a note says so."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controversies.interchange import files
from controversies.interchange.files import catalogue_on_record
from tests.factories import BackerFactory, SourceFactory, TopicFactory
from tests.history.test_merge import BACKER, SOURCE, TOPIC, head, merge, page

pytestmark = pytest.mark.django_db


def merged_page() -> tuple[Any, str, dict[str, tuple[Any, Any]]]:
    """A page whose backer, source and topic were merged since, its file of before, and the pairs."""
    pairs = {
        "backer": (BackerFactory(), BackerFactory(name="An Old Name")),
        "source": (SourceFactory(), SourceFactory()),
        "topic": (TopicFactory(), TopicFactory()),
    }
    recorded = page(
        backers=[pairs["backer"][1]],
        sources=[pairs["source"][1]],
        topic=pairs["topic"][1],
        positions=1,
        backings=1,
    )
    text = files.write(recorded.document, known=catalogue_on_record())
    for block_type in (BACKER, SOURCE, TOPIC):
        merge(block_type, *pairs[block_type.name])
    return recorded, text, pairs


def test_a_file_with_old_ids_is_the_page_as_it_is_now() -> None:
    recorded, text, pairs = merged_page()

    opened = files.PageFile(text, name="old.md")
    document = files.document(opened, known=catalogue_on_record())

    assert {each.key for each in document.backers} == {str(pairs["backer"][0].pk)}
    assert {each.key for each in document.sources} == {str(pairs["source"][0].pk)}
    assert document.head.topic.key == str(pairs["topic"][0].pk)
    notes = " ".join(note.message for note in opened.notes)
    for kept, former in pairs.values():
        assert f"“{former.slug}” was merged into “{kept.slug}”" in notes
    assert head(recorded).document.backers == document.backers


def test_former_ids_are_read_only_for_a_name_that_is_unknown() -> None:
    def count(slug: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            known = catalogue_on_record()
            if slug:
                known.merged_into("backer", slug)
                known.merged_into("backer", slug)
        return len(captured)

    assert count("") == 3
    assert count("nobody") == 4
    _recorded, _text, pairs = merged_page()
    assert count(pairs["backer"][1].slug) == 5
