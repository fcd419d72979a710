"""The text that a page is written as, word for word."""

from dataclasses import replace
from datetime import date

from controversies.document.types import Backer
from controversies.interchange import files
from controversies.interchange.files import key_paths
from tests.factories import document_factory
from tests.interchange.files.pages import PAGE, page


def test_write_says_all_of_a_page_and_no_key_that_follows_from_names():
    assert files.write(page(), updated=date(2026, 3, 8)) == PAGE


def test_write_says_keys_that_follow_from_no_name():
    document = page()
    point = replace(document.points[1], title="Costs of power")

    text = files.write(document.with_blocks(points=(document.points[0], point)))

    [entry] = text.partition("\nkeys:\n")[2].partition("\n---")[0].split("\n")
    assert entry == f"  point/costs-of-power: {key_paths.part_key(document.key, 'point', 'costs')}"


def test_write_says_nothing_of_backers_that_are_so_on_record():
    document = page()

    text = files.write(document, known=files.Catalogue(backers=document.backers))

    assert "      - yann-lecun\n" in text
    assert "Yann LeCun" not in text


def test_write_is_the_same_twice_and_has_no_alias():
    document = document_factory()

    assert files.write(document) == files.write(document)


def test_write_actor():
    backer = Backer(
        key=key_paths.backer_key("meta-ai"),
        slug="meta-ai",
        name="Meta AI",
        kind="company",
        website="https://ai.meta.com/",
        aliases=("FAIR", "Facebook AI"),
    )

    assert files.write_actor(backer) == (
        "id: meta-ai\nname: Meta AI\ntype: company\nwebsite: https://ai.meta.com/\n"
        "aliases:\n  - FAIR\n  - Facebook AI\n"
    )
