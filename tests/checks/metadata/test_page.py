"""A page's own metadata."""

import pytest

from controversies.checks.metadata import ValueOrigin, page_metadata, page_title

from .pages import PAGES

URL = "https://a.example/b"


def values(html: str | bytes, content_type: str = "", url: str = URL) -> dict[str, str]:
    proposals = page_metadata(html, content_type, url)
    assert {each.origin for each in proposals.values.values()} <= {ValueOrigin.PAGE}
    return {name: each.value for name, each in proposals.values.items()}


@pytest.mark.parametrize("sample", PAGES, ids=lambda sample: sample.name)
def test_page_says_what_it_shows(sample):
    proposals = page_metadata(sample.body, sample.content_type, sample.url)

    assert {name: each.value for name, each in proposals.values.items()} == sample.wanted
    assert proposals.failure == sample.failure
    assert page_title(sample.body, sample.content_type, sample.url).title == sample.wanted.get("title", "")
