"""What a text names is looked up, and nothing else of the record is read."""

from typing import Any

import pytest

from controversies.interchange import files
from controversies.interchange.files import Catalogue
from tests.factories import BackerFactory, SourceFactory, TopicFactory
from tests.history.test_merge import BACKER, SOURCE, merge, page

pytestmark = pytest.mark.django_db

TEXT = """---
id: open-weights
title: Open weights
thread: models
status: active
positions:
  - claim: Open weights are safe.
    proponents: {proponents}
    sources:
{sources}
---
"""


def catalogue(proponents: str = "[nobody]", sources: str = "      - id: unheard-of") -> tuple[Catalogue, Any]:
    opened = files.PageFile(TEXT.format(proponents=proponents, sources=sources), name="open-weights.md")
    return files.catalogue_naming(files.names_in(opened)), opened


def test_only_what_is_named_is_read():
    for _number in range(5):
        BackerFactory(), SourceFactory()
    named = BackerFactory(slug="meta-ai"), SourceFactory(slug="kapoor-2024")

    known, _opened = catalogue("[meta-ai]", "      - id: kapoor-2024")

    assert [backer.key for backer in known.backers] == [str(named[0].pk)]
    assert [source.key for source in known.sources] == [str(named[1].pk)]


@pytest.mark.parametrize(
    "written", ["hugging-face", "Hugging Face", "HUGGING  FACE", "🤗 Hugging_Face", "hf"]
)
def test_backer_is_known_by_its_address_and_its_names_in_any_spelling(written):
    backer = BackerFactory(slug="hugging-face", name="Hugging Face", aliases=["HF"])
    BackerFactory(name="Hugging Face Friends"), BackerFactory(name="HFT")

    known, _opened = catalogue(f"[{{id: {written}}}, other]")

    assert [each.key for each in known.backers] == [str(backer.pk)]
    assert [each.key for each in known.backers_called(written)] == [str(backer.pk)]


@pytest.mark.parametrize("field", ["url", "doi"])
def test_source_is_known_by_its_link_and_doi(field):
    value = {"url": "https://a.example/paper", "doi": "10.1234/abc"}[field]
    source = SourceFactory(**{field: value})
    SourceFactory()

    known, _opened = catalogue(sources=f"      - {field}: {value}")

    assert [each.key for each in known.sources] == [str(source.pk)]


def test_address_of_a_new_source_is_one_that_no_source_has():
    for slug in ("a-study-of-models", "a-study-of-models-2", "a-study-of-models-of-old"):
        SourceFactory(slug=slug)

    known, opened = catalogue("[a, b]", "      - title: A study of models")
    TopicFactory(slug="models")

    assert [source.slug for source in files.document(opened, known=known).sources] == ["a-study-of-models-3"]


def test_source_that_was_probably_meant_is_offered_from_the_record():
    for slug in ("kapoor-2024", "zuckerberg-2023", "abbott-2020"):
        SourceFactory(slug=slug)

    known, opened = catalogue(sources="      - id: kapor-2024")

    with pytest.raises(files.InvalidFile, match="Did you mean “kapoor-2024”"):
        files.document(opened, known=known)


def test_former_addresses_lead_to_what_stands_for_them():
    backers, sources = (BackerFactory(), BackerFactory(slug="old-name")), (SourceFactory(), SourceFactory())
    page(backers=[backers[1]], sources=[sources[1]], positions=1, backings=1)
    merge(BACKER, *backers)
    merge(SOURCE, *sources)

    known, opened = catalogue("[old-name]", f"      - id: {sources[1].slug}")
    document = files.document(opened, known=known)

    assert [backer.key for backer in document.backers] == [str(backers[0].pk)]
    assert [source.key for source in document.sources] == [str(sources[0].pk)]
