"""Who wrote what, edit by edit."""

from dataclasses import replace

import pytest

from controversies.document.blame import BlameValue, MemoryArchive, attribute
from tests.document.blame.pages import (
    CONTEXT,
    POINTS,
    POSITIONS,
    argument,
    blames,
    citation,
    page,
    words_of,
)


def test_words_belong_to_the_revision_that_first_had_them():
    blame = blames(
        page("Models are open. They can be read."),
        page("Models are often open. They can be read."),
        page("Models are often open. They can be read by all."),
    )[-1]

    assert argument(blame) == [
        ("Models are ", 1),
        ("often ", 2),
        ("open. ", 1),
        ("They can be read ", 1),
        ("by all", 3),
        (".", 1),
    ]


def test_a_deletion_changes_no_word_but_the_wording():
    *_, blame = blames(page("Models are not open. Nobody knows."), page("Models are open. Nobody knows."))

    open_, nobody = blame[POSITIONS[0]]["argument"]
    assert (open_.revision, open_.wording, open_.here) == (1, 2, 1)
    assert (nobody.revision, nobody.wording) == (1, 1)


def test_white_space_alone_changes_nothing_and_a_capital_letter_the_wording_only():
    *_, wrapped, capital = blames(
        page("Models are open. So they say."),
        page("Models are\nopen.\n\nSo they say."),
        page("Models are\nOpen.\n\nSo they say."),
    )

    assert [(s.revision, s.wording) for s in wrapped[POSITIONS[0]]["argument"]] == [(1, 1), (1, 1)]
    assert [(s.revision, s.wording) for s in capital[POSITIONS[0]]["argument"]] == [(1, 3), (1, 1)]


def test_a_sentence_that_moves_keeps_its_words_and_wording_and_is_here_since():
    *_, blame = blames(
        page("Models are open to all. They stay.", "Second."),
        page("They stay.", "Second. Models are open to all."),
    )

    moved = blame[POSITIONS[1]]["argument"][-1]
    assert (moved.text, moved.revision, moved.wording, moved.here) == ("Models are open to all.", 1, 1, 2)


def test_a_sentence_is_not_elsewhere_for_standing_elsewhere_in_its_field():
    *_, blame = blames(page("One is here. Two are there. Three."), page("Three. Two are there. One is here."))

    assert {(s.revision, s.wording, s.here) for s in blame[POSITIONS[0]]["argument"]} == {(1, 1, 1)}


def test_a_copy_is_whose_the_original_is():
    *_, blame = blames(
        page("Models are open to all."), page("Models are open to all.", "Second. Models are open to all.")
    )

    assert argument(blame, 1) == [("Second. ", 1), ("Models are open to all.", 1)]


def test_a_clause_that_moves_to_another_sentence_keeps_its_author():
    *_, blame = blames(
        page("Weights are public since the release of last year. More follows.", "Nobody objects."),
        page("Weights are public. More follows.", "Nobody objects since the release of last year."),
    )

    assert argument(blame, 1) == [("Nobody objects since the release of last year.", 1)]


def test_a_sentence_is_split_and_joined_again():
    first, split, joined = blames(
        page("Weights are public and nobody can take them back again."),
        page("Weights are public. Nobody can take them back again."),
        page("Weights are public and nobody can take them back again."),
    )

    assert {revision for _text, revision in argument(split)} == {1, 2}
    assert "".join(text for text, revision in argument(split) if revision == 2).strip() == "."
    assert joined == first


def test_a_sentence_that_returns_in_other_words_is_its_authors_but_for_those():
    *_, blame = blames(
        page("The court decided against the company in March. Rest."),
        page("Rest."),
        page("Rest. The court decided against the other company in March."),
    )

    assert ("other ", 3) in argument(blame)
    assert ("The court decided against the ", 1) in argument(blame)


def test_a_rewritten_sentence_has_the_same_statement():
    first, second = blames(
        page("One stays. The court decided against the company. Two stays."),
        page("One stays. A tribunal later decided for the company. Two stays."),
    )

    assert first[POSITIONS[0]]["argument"][1].statement == second[POSITIONS[0]]["argument"][2].statement


def test_marks_follow_their_source():
    *_, blame = blames(
        page("Models are open [1]. They stay.", sources=(1,)),
        page("Models are open [2]. They stay.", sources=(0, 1)),
        page("Models are open [1]. They stay.", sources=(0, 1)),
    )
    renumbered = blames(
        page("Models are open [1].", sources=(1,)), page("Models are open [2].", sources=(0, 1))
    )[-1]

    assert {(s.revision, s.wording) for s in renumbered[POSITIONS[0]]["argument"]} == {(1, 1)}
    assert ("[1]", 3) in [(text.strip(), revision) for text, revision in argument(blame)]


def test_renumbering_stores_nothing():
    before, after = page("Models are open [1].", sources=(0, 1)), page("Models are open [2].", sources=(1, 0))
    archive = MemoryArchive()
    archive.add(*attribute(None, before, 1, archive))

    assert attribute(before, after, 2, archive).origins.keys() <= {CONTEXT}


def test_quotes_are_word_for_word_and_have_no_marks():
    quote = citation(0, quote="As [1] says.")
    one = page(sources=(0, 1))
    one = replace(one, context=replace(one.context, citations=(quote, *one.context.citations[1:])))
    two = one.with_blocks(context=replace(one.context, citations=one.context.citations[::-1]))

    *_, blame = blames(one, two)

    assert words_of(blame[CONTEXT][f"citations.{quote.key}.quote"]) == [("As [1] says.", 1)]


def test_values_belong_to_whoever_set_them_last():
    *_, blame = blames(
        page(confidence="medium"),
        page(confidence="high"),
        page(confidence="medium"),
        page("More.", confidence="medium"),
    )

    assert blame[POSITIONS[0]]["confidence"] == BlameValue("medium", 3)


def test_a_restored_value_belongs_to_whoever_set_it_then():
    *_, blame = blames(
        page(confidence="medium"), page(confidence="high"), page(confidence="medium"), restores=(3,)
    )

    assert blame[POSITIONS[0]]["confidence"] == BlameValue("medium", 1)


def test_a_value_that_is_its_default_again_has_an_owner():
    *_, blame = blames(page(confidence="medium"), page())

    assert blame[POSITIONS[0]]["confidence"] == BlameValue("not-rated", 2)


def test_members_of_lists_are_known_by_their_keys():
    one, two = page(sources=(0, 1)), page(sources=(1, 0, 2))

    *_, blame = blames(one, two)

    path = "citations.{}.relation"
    assert blame[CONTEXT][path.format(citation(0).key)] == BlameValue("supports", 1)
    assert blame[CONTEXT][path.format(citation(2).key)] == BlameValue("supports", 2)


def test_a_member_that_moves_to_another_block_keeps_its_owner():
    one = page(sources=(0,))
    there = replace(one.points[0], citations=one.context.citations)
    two = one.with_blocks(context=replace(one.context, citations=()), points=(there, *one.points[1:]))

    *_, blame = blames(one, two)

    assert blame[POINTS[0]][f"citations.{citation(0).key}.source"].revision == 1


def test_a_block_that_returns_later_is_whose_it_was():
    whole = page("Models are open to all. They stay.", stance="It speaks.", confidence="high")
    changed = page("Models are open to all. They stay a while.", stance="It speaks.", confidence="low")
    without = whole.with_blocks(positions=whole.positions[1:])

    first, _, _, back = blames(whole, changed, without, whole, restores=(4,))

    assert back == first


def test_what_an_edit_war_does_not_settle_stays_bounded():
    one, two = page("Models are open to all."), page("Models are closed to all.")
    archive, old, sizes = MemoryArchive(), None, []
    for number in range(1, 60):
        document = one if number % 2 else two
        outcome = attribute(old, document, number, archive)
        archive.add(outcome.origins, outcome.former)
        sizes.append(sum(map(len, archive.former.values())))
        old = document

    assert sizes[5] == sizes[-1]
    assert blames(*[one, two] * 20)[-1] == blames(one, two)[-1]


def test_an_amended_proposal_has_two_authors():
    *_, blame = blames(
        page("Models are open."),
        page("Models are open. They were not always."),  # as proposed
        page("Models are open. They were not always so."),  # as the reviewer recorded it right after
    )

    assert argument(blame)[1:] == [("They were not always ", 2), ("so", 3), (".", 2)]


@pytest.mark.parametrize(
    ("old", "new", "added"),
    [
        ("模型是开放的。大家都能用。", "模型是完全开放的。大家都能用。", "完全"),
        ("النماذج مفتوحة. الجميع يستعملها.", "النماذج مفتوحة جدا. الجميع يستعملها.", "جدا"),
        ("मॉडल खुले हैं। सब चलाते हैं।", "मॉडल बहुत खुले हैं। सब चलाते हैं।", "बहुत"),
        ("โมเดลเปิดอยู่", "โมเดลไม่เปิดอยู่", "ไม่"),
        ("Cafe\u0301s are open. So are bars.", "Cafe\u0301s are still open. So are bars.", "still"),
        ("`x = 1`\n`y = 2`", "`x = 1`\n`y = 23`", "23"),
    ],
)
def test_every_script_has_words(old, new, added):
    *_, blame = blames(page(old), page(new))

    assert "".join(text for text, revision in argument(blame) if revision == 2).strip() == added
    assert "".join(text for text, _revision in argument(blame)) == new
