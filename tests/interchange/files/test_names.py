"""What follows from a name, and from an address alone. Old files rely on these: they never change."""

import pytest

from controversies.interchange.files import names


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Capability thresholds", "capability-thresholds"),
        ("The DeepSeek factor: what’s in it?", "the-deepseek-factor-whats-in-it"),
        ("Open weights democratize AI, enable safety research", "open-weights-democratize-ai"),
        ("Ça va", "ca-va"),
        ("שלום", "b7ac0398"),
        ("AI и право", "ai-bba5fe42"),
        ("!", "bb7208bc"),
        ("a" * 50, "a" * 32),
    ],
)
def test_slug(name, slug):
    assert names.slug(name) == slug


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("academic-researchers", "Academic researchers"),
        ("meta-ai", "Meta AI"),
        ("eu", "EU"),
        ("8-people", "8 people"),
    ],
)
def test_title(address, title):
    assert names.title(address) == title


@pytest.mark.parametrize(
    "address",
    [
        "open-source-community",
        "academic-researchers",
        "some-frontier-lab-safety-researchers",
        "national-security-analysts",
        "regulatory-advocates",
        "some-policymakers",
        "pragmatic-centrists",
        "most-of-academia",
        "the-public",
    ],
)
def test_addresses_that_read_like_a_group_of_people(address):
    assert names.is_group(address)


@pytest.mark.parametrize(
    "address",
    [
        "meta-ai",
        "yann-lecun",
        "hugging-face",
        "demis-hassabis",
        "gary-marcus",
        "jeff-bezos",
        "sony-labs",
        "us",
        "united-nations",
    ],
)
def test_addresses_that_do_not(address):
    assert not names.is_group(address)
