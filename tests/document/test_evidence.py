"""Independent groups of sources, the party's word and contradictions: what a careful editor would say of each case."""

from dataclasses import replace
from typing import Any

import pytest

from controversies.document import evidence, types
from controversies.document.evidence import position_evidence, unexplained_positions
from tests.factories import document_factory, new_key, source_block

LONG = "How open weights changed the safety of language models"


def source(title: str, **fields: Any) -> types.Source:
    """A source of which nothing is known but what is given."""
    plain = {
        "authors": "",
        "publisher": "",
        "date": "",
        "kind": "other",
        "url": "",
        "doi": "",
        "archive_url": "",
    }
    return replace(source_block(), title=title, **{**plain, **fields})


def news(title: str, publisher: str, **fields: Any) -> types.Source:
    return source(title, publisher=publisher, kind="news", **fields)


def paper(title: str, authors: str, **fields: Any) -> types.Source:
    return source(title, authors=authors, **{"kind": "article", **fields})


def backer(name: str, **fields: Any) -> types.Backer:
    plain = {"kind": "organisation", "description": "", "website": "", "aliases": ()}
    return types.Backer(key=new_key(), slug=f"b-{new_key()[:8]}", name=name, **{**plain, **fields})


def citation(of: types.Source, relation: str = "supports") -> types.Citation:
    return types.Citation(key=new_key(), source=of.key, relation=relation)


def page(
    supporting: list[types.Source],
    contradicting: tuple[types.Source, ...] = (),
    backers: tuple[types.Backer, ...] = (),
    **position: Any,
) -> types.Document:
    """A page whose only position cites these."""
    document = document_factory(positions=1, points=1, citations=0, backings=0, stances=1)
    values: dict[str, Any] = {
        "citations": (
            *(citation(each) for each in supporting),
            *(citation(each, "contradicts") for each in contradicting),
        ),
        "backings": tuple(types.Backing(key=new_key(), backer=each.key) for each in backers),
    }
    changed = replace(document.positions[0], **{**values, **position})
    return document.with_blocks(positions=(changed,), sources=(*supporting, *contradicting), backers=backers)


def of(document: types.Document) -> evidence.PositionEvidence:
    return position_evidence(document, document.positions[0])


def groups(*supporting: types.Source, backers: tuple[types.Backer, ...] = ()) -> list[int]:
    """The sizes of the groups of sources, in the order of the page."""
    return [len(each.sources) for each in of(page(list(supporting), (), backers)).supporting]


# Two sources each, whether they are independent, and why a careful editor would say so.
PAIRS = {
    "two newspapers with stories of their own": (
        news("Weights leak from a lab", "The Times", url="https://times.example/a"),
        news("Regulators eye open models", "The Post", url="https://post.example/b"),
        True,
    ),
    "two stories of one newspaper": (
        news("Weights leak from a lab", "The Times", url="https://times.example/a"),
        news("Regulators eye open models", "The Times", url="https://times.example/b"),
        False,
    ),
    "one site, publishers not recorded": (
        source("First", url="https://times.example/a"),
        source("Second", url="http://www.times.example/b"),
        False,
    ),
    "a part of the site": (
        source("First", url="https://blog.lab.example/a"),
        source("Second", url="https://lab.example/b"),
        False,
    ),
    "sites that only share a top-level domain": (
        source("First", url="https://one.co.uk/a"),
        source("Second", url="https://two.co.uk/b"),
        True,
    ),
    "hosts with a common ending": (
        source("First", url="https://notlab.example/a"),
        source("Second", url="https://lab.example/b"),
        True,
    ),
    "wire copy in two newspapers, signed": (
        news("Court rules on weights", "The Times", authors="Reuters", url="https://times.example/a"),
        news("Court rules on weights of models", "The Post", authors="Reuters", url="https://post.example/b"),
        False,
    ),
    "two stories of one agency in two newspapers": (
        news("Court rules on weights", "The Times", authors="Reuters", url="https://times.example/a"),
        news("Lab publishes a model", "The Post", authors="Reuters", url="https://post.example/b"),
        False,
    ),
    "wire copy, not signed": (
        news(LONG, "The Times", url="https://times.example/a"),
        news(LONG.upper(), "The Post", url="https://post.example/b"),
        False,
    ),
    "wire copy under other names": (
        news(LONG, "The Times", authors="Staff reporter of ours", url="https://times.example/a"),
        news(LONG, "The Post", authors="Jane Doe", url="https://post.example/b"),
        False,
    ),
    "a short title by chance": (
        news("Open weights", "The Times", url="https://times.example/a"),
        news("Open weights", "The Post", url="https://post.example/b"),
        True,
    ),
    "a mirror of a paper": (
        paper(LONG, "A. Author", url="https://uni.example/paper.pdf"),
        paper(LONG, "A. Author", url="https://mirror.example/paper.pdf"),
        False,
    ),
    "a paper and its preprint with another title": (
        paper(
            "Open weights and the safety of models", "Ann Author, Bo Writer", kind="article", doi="10.5555/1"
        ),
        paper("Open weights and model safety", "Ann Author, Bo Writer, Cy Third", kind="preprint"),
        False,
    ),
    "one author, unlike titles, another author beside": (
        paper("Open weights and safety", "Ann Author, Bo Writer", publisher="Journal A"),
        paper("A census of court rulings", "Ann Author, Cy Third", publisher="Journal B"),
        True,
    ),
    "the same authors again under another publisher": (
        paper(
            "Open for business", "David Gray Widder, Sarah West", publisher="SSRN 4543807", kind="preprint"
        ),
        paper("Why open systems are closed", "Sarah Myers West, David Gray Widder", publisher="Nature 635"),
        False,
    ),
    "authors written the other way round": (
        paper("Study one of something", "Kapoor, S.; Bommasani, R."),
        paper("Quite another matter", "Rishi Bommasani and Sayash Kapoor"),
        False,
    ),
    "people with one surname": (
        paper("Open weights and safety", "Ann Lee"),
        paper("Open weights and their safety", "Bob Lee"),
        True,
    ),
    "bodies that end alike": (
        source("Rules for models", authors="European Commission"),
        source("Rules for the models", authors="Election Commission"),
        True,
    ),
    "nobody's name": (
        source("First of all", authors="Anonymous"),
        source("Second of all", authors="anonymous"),
        True,
    ),
    "two papers of other authors in one journal": (
        paper(
            "First study of it", "Ann Lee", publisher="Nature 620", url="https://www.nature.com/articles/1"
        ),
        paper(
            "Second study of it all",
            "Bo Writer",
            publisher="Nature 631",
            url="https://www.nature.com/articles/2",
        ),
        True,
    ),
    "two preprints of other authors": (
        paper(
            "First study of it",
            "Ann Lee",
            publisher="arXiv:2403.07918",
            url="https://arxiv.org/abs/2403.07918",
        ),
        paper(
            "Other matter", "Bo Writer", publisher="arXiv:2310.18233", url="https://arxiv.org/abs/2310.18233"
        ),
        True,
    ),
    "two papers in a journal, authors not recorded": (
        source("First study", publisher="Journal of X 1", kind="article"),
        source("Other matter", publisher="Journal of X 2(3)", kind="article"),
        False,
    ),
    "two reports of one institute by other authors": (
        source("First report", authors="Ann Lee", publisher="Institute of Y", kind="report"),
        source("Other matter", authors="Bo Writer", publisher="The Institute of Y", kind="report"),
        False,
    ),
    "two newspapers on one platform": (
        news("Weights leak", "The Times", url="https://medium.com/@thetimes/a"),
        news("Regulators eye models", "The Post", url="https://medium.com/@thepost/b"),
        True,
    ),
    "one writer on a platform": (
        source("Weights leak", url="https://medium.com/@ann/a"),
        source("Regulators eye models", url="https://medium.com/@Ann/b?source=x"),
        False,
    ),
    "two writers with places before the host": (
        source("Weights leak", url="https://ann.substack.com/p/a"),
        source("Regulators eye models", url="https://bo.substack.com/p/b"),
        True,
    ),
    "one writer with a place before the host": (
        source("Weights leak", url="https://ann.substack.com/p/a"),
        source("Regulators eye models", url="https://ann.substack.com/p/b"),
        False,
    ),
    "two repositories of other owners": (
        source("Tool", url="https://github.com/ann/tool"),
        source("Library", url="https://github.com/bo/library"),
        True,
    ),
    "two videos": (
        source("Talk", url="https://www.youtube.com/watch?v=1", kind="media"),
        source("Lecture", url="https://www.youtube.com/watch?v=2", kind="media"),
        True,
    ),
    "a mirror in the web archive": (
        source("Weights leak", url="https://web.archive.org/web/20240102030405/https://times.example/a"),
        source("Weights leak again", url="https://times.example/a"),
        False,
    ),
    "two sites in the web archive": (
        source("Weights leak", url="https://web.archive.org/web/2024/https://times.example/a"),
        source("Regulators", url="https://web.archive.org/web/2024/http://post.example/b"),
        True,
    ),
    "one DOI, once as a link": (
        source("Weights leak", doi="10.5555/ABC"),
        source("Weights (leak)", url="https://doi.org/10.5555/abc"),
        False,
    ),
    "a preprint by number and by DOI": (
        source("Old title", url="https://arxiv.org/abs/2403.07918v2"),
        source("New title", doi="10.48550/arXiv.2403.07918"),
        False,
    ),
    "two comments on a government's site": (
        source("Comment of A", url="https://www.regulations.gov/comment/1", kind="legal"),
        source("Reply of B", url="https://www.regulations.gov/comment/2", kind="legal"),
        True,
    ),
    "addresses without a host": (source("First", url="https:///a"), source("Second", url="https:///b"), True),
    "an address that cannot be read": (
        source("First", url="https://[x/a"),
        source("Second", url="https://[x/b"),
        True,
    ),
    "nothing but titles": (source("First"), source("Second"), True),
    "words that were removed": (
        source(
            "⟦removed⟧", authors="⟦removed⟧", publisher="⟦removed⟧", url="https://removed.invalid/00000001"
        ),
        source(
            "⟦removed⟧", authors="⟦removed⟧", publisher="⟦removed⟧", url="https://removed.invalid/00000002"
        ),
        True,
    ),
    "publishers named together": (
        source("First", publisher="Centre for Z; arXiv:2311.09227", kind="report"),
        source("Second", publisher="Centre for Z", kind="report"),
        False,
    ),
    "dockets of two cases": (
        source(
            "A v. B, order",
            authors="US District Court, N.D. (Alsup, J.)",
            publisher="No. 3:24-cv-05417",
            kind="legal",
        ),
        source(
            "C v. D, ruling",
            authors="US District Court, D. (Bibas, J.)",
            publisher="No. 1:20-cv-613",
            kind="legal",
        ),
        True,
    ),
    "two works that repeat one": (
        news("Lab leaks", "The Times", origin="A report by Reuters, 5 May 2026"),
        news("Weights are out", "The Post", origin="a report by  Reuters, 5 May 2026."),
        False,
    ),
    "two works that repeat others": (
        news("Lab leaks", "The Times", origin="Reuters, 5 May 2026"),
        news("Weights are out", "The Post", origin="Reuters, 6 May 2026"),
        True,
    ),
    "a work and what repeats it, by title": (
        paper("A census of leaks", "Ann Lee", publisher="Journal of X"),
        news("Leaks counted", "The Post", origin="A Census of Leaks"),
        False,
    ),
    "a work and what repeats it, by address": (
        paper("A census of leaks", "Ann Lee", url="https://www.x.example/census/"),
        news("Leaks counted", "The Post", origin="http://x.example/census?utm_source=post"),
        False,
    ),
    "a work and what repeats it, by DOI": (
        paper("A census of leaks", "Ann Lee", doi="10.5555/census"),
        news("Leaks counted", "The Post", origin="10.5555/CENSUS"),
        False,
    ),
    "origins that were removed": (
        news("Lab leaks", "The Times", origin="⟦removed⟧"),
        news("Weights are out", "The Post", origin="⟦removed⟧"),
        True,
    ),
    "two printings of one book": (
        source("On Weights", isbn="9780306406157", kind="book"),
        source("On weights, a study", isbn="9780306406157", kind="book"),
        False,
    ),
    "accents and capitals": (
        source("First", publisher="Institut für Ö"),
        source("Second", publisher="INSTITUT FUR O"),
        False,
    ),
    "a series of reports": (
        source("AI Index Report 2023", authors="Stanford HAI, Ann Lee", kind="report"),
        source("AI Index Report 2024", authors="Stanford HAI, Bo Writer", kind="report"),
        False,
    ),
}


@pytest.mark.parametrize("case", PAIRS)
def test_two_sources_are_independent_or_one_group(case):
    first, second, independent = PAIRS[case]

    assert groups(first, second) == ([1, 1] if independent else [2])
    assert groups(second, first) == ([1, 1] if independent else [2])


def test_groups_are_joined_through_a_third():
    a = news("One", "The Times", url="https://times.example/a")
    b = news("Two", "The Times", authors="Reuters")
    c = news("Three", "The Post", authors="Reuters")

    assert groups(a, c) == [1, 1]
    assert groups(a, c, b) == [3]


def test_trace_says_which_citations_form_a_group_and_why():
    a = news("One", "The Times", url="https://times.example/a")
    b = news("Two", "The Times", url="https://times.example/b")
    c = news("Three", "The Post")
    document = page([a, b, c])
    first, second = of(document).supporting

    assert first.sources == (a.key, b.key)
    assert first.citations == tuple(each.key for each in document.positions[0].citations[:2])
    assert [(each.trait, each.value, each.sources) for each in first.traits] == [
        ("publisher", "The Times", (a.key, b.key)),
        ("site", "times.example", (a.key, b.key)),
    ]
    assert (second.sources, second.traits) == ((c.key,), ())


def test_source_cited_twice_counts_once():
    a = news("One", "The Times")
    document = page([a, a])

    assert of(document).supporting_sources == 1
    assert len(of(document).supporting[0].citations) == 2


def test_evidence_that_somebody_holds_a_claim_is_not_evidence_for_it():
    meta, a = backer("Meta AI"), news("One", "The Times")
    document = page([], (), (meta,))
    backing = replace(document.positions[0].backings[0], citations=(citation(a), citation(a, "contradicts")))
    document = document.with_blocks(
        positions=(replace(document.positions[0], backings=(backing,)),), sources=(a,)
    )

    assert (of(document).strength, of(document).supporting, of(document).contradicting) == ("none", (), ())


def test_sources_of_stances_count():
    a, b = news("One", "The Times"), news("Two", "The Post")
    document = page([a])
    stance = replace(document.positions[0].stances[0], citations=(citation(b),))
    document = document.with_blocks(
        positions=(replace(document.positions[0], stances=(stance,)),), sources=(a, b)
    )

    assert of(document).strength == "corroborated"


def test_context_is_for_neither_side():
    a = news("One", "The Times")
    document = page([a], citations=(citation(a, "context"),))

    assert of(document).strength == "none"


@pytest.mark.parametrize(
    ("count", "strength"), [(0, "none"), (1, "single"), (2, "corroborated"), (3, "strong"), (9, "strong")]
)
def test_strength_follows_from_the_number_of_independent_groups(count, strength):
    assert of(page([news(f"Story {i}", f"Paper {chr(97 + i)}") for i in range(count)])).strength == strength


def test_contradiction_counts_whatever_supports():
    many = [news(f"Story {i}", f"Paper {chr(97 + i)}") for i in range(4)]
    against = news("No", "The Opposite")

    assert of(page(many, (against,))).strength == "contradicted"
    assert of(page(many, (against,))).contradicting_sources == 1


# A backer, a source, and whether it is the backer's own word.
PARTIES = {
    "its own site": (
        backer("Lab", website="https://www.lab.example/"),
        source("We say so", url="https://lab.example/blog/a"),
        True,
    ),
    "a part of its own site": (
        backer("Lab", website="https://lab.example/"),
        source("We say so", url="https://blog.lab.example/a"),
        True,
    ),
    "a site that only ends alike": (
        backer("Lab", website="https://lab.example/"),
        source("They say so", url="https://otherlab.example/a"),
        False,
    ),
    "its place on a platform": (
        backer("Lab", website="https://github.com/lab"),
        source("We say so", url="https://github.com/lab/tool"),
        True,
    ),
    "another's place on the platform": (
        backer("Lab", website="https://github.com/lab"),
        source("They say so", url="https://github.com/other/tool"),
        False,
    ),
    "its name as the publisher": (backer("Lab"), source("We say so", publisher="Lab", kind="blog"), True),
    "its other name as the publisher": (
        backer("Laboratory of Q", aliases=("LQ",)),
        source("We say so", publisher="LQ", kind="report"),
        True,
    ),
    "its parent's blog": (
        backer("Meta AI", website="https://ai.meta.com/"),
        source("Open is the path", authors="Mark Zuckerberg", publisher="Meta", kind="blog"),
        True,
    ),
    "a journal that its name begins with": (
        backer("Nature Conservancy"),
        paper("A study", "Ann Lee", publisher="Nature 635"),
        False,
    ),
    "a newspaper that its name begins with": (
        backer("Atlantic Council"),
        news("A story", "The Atlantic"),
        False,
    ),
    "a person's own paper": (
        backer("Yann LeCun", kind="person"),
        paper("A path", "Yann LeCun", publisher="OpenReview, version 0.9.2"),
        True,
    ),
    "a person's paper with others": (
        backer("Jared Kaplan", kind="person"),
        paper("Scaling laws", "Jared Kaplan, Sam McCandlish, Tom Henighan and others"),
        False,
    ),
    "a newspaper's story on it": (
        backer("Lab", website="https://lab.example/"),
        news("Lab says so", "The Times", url="https://times.example/lab"),
        False,
    ),
    "a constituency of that name": (
        backer("Researchers", kind="constituency"),
        source("Letter", authors="Researchers"),
        False,
    ),
    "a backer without a site": (backer("Lab"), source("A study", url="https://times.example/a"), False),
}


@pytest.mark.parametrize("case", PARTIES)
def test_own_word_of_a_backer_is_known_and_is_not_independent(case):
    who, what, is_own = PARTIES[case]
    [group] = of(page([what], (), (who,))).supporting

    assert group.party == (who.key if is_own else "")
    assert of(page([what, news("A story of it", "The Daily")], (), (who,))).strength == (
        "single" if is_own else "corroborated"
    )


def test_reprint_of_the_own_word_is_the_partys_word():
    lab = backer("Lab", website="https://lab.example/")
    own = source(LONG, url="https://lab.example/a")
    reprint = news(LONG, "The Times", url="https://times.example/a")
    [group] = of(page([reprint, own], (), (lab,))).supporting

    assert group.party == lab.key


def test_own_word_for_another_position_is_independent():
    """A company that admits what its opponents say."""
    lab = backer("Lab", website="https://lab.example/")
    [group] = of(page([source("We were wrong", url="https://lab.example/a")])).supporting

    assert group.party == ""
    assert lab.key != group.party


def test_number_of_comparisons_grows_with_the_sources_and_not_with_their_pairs():
    many = [
        paper(
            f"Study {i} of open weights",
            f"Ann Lee {i}, Bo Writer",
            publisher="Lab",
            url="https://lab.example/",
        )
        for i in range(1000)
    ]

    assert len(list(evidence._candidates(many))) < 50 * len(many)
    assert groups(*many) == [1000]


# -- the reason that is asked for --


def test_high_confidence_on_thin_evidence_asks_for_a_reason():
    thin = page([news("One", "The Times")], confidence="high", confidence_reason="")

    assert unexplained_positions(thin) == [0]


@pytest.mark.parametrize(
    "values",
    [
        {"confidence": "medium", "confidence_reason": ""},
        {"confidence": "high", "confidence_reason": "Two courts."},
    ],
)
def test_other_confidence_or_a_reason_asks_for_nothing(values):
    assert unexplained_positions(page([news("One", "The Times")], **values)) == []


def test_two_independent_groups_ask_for_nothing_unless_contradicted():
    two = [news("One", "The Times"), news("Two", "The Post")]

    assert unexplained_positions(page(two, confidence="high", confidence_reason="")) == []
    assert unexplained_positions(
        page(two, (news("No", "The Opposite"),), confidence="high", confidence_reason="  ")
    ) == [0]


def test_position_that_nobody_touched_is_left_alone():
    thin = page([news("One", "The Times")], confidence="high", confidence_reason="")
    elsewhere = replace(thin, head=replace(thin.head, title="Another title"))
    touched = thin.with_blocks(positions=(replace(thin.positions[0], argument="Another argument."),))

    assert unexplained_positions(elsewhere, thin) == []
    assert unexplained_positions(touched, thin) == [0]
