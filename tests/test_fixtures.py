"""The fixtures that the site begins with: true to their sources, whole, and loaded in any order."""

import itertools
import re
from dataclasses import replace
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

from controversies import history
from controversies import models as m
from controversies.document.types import Document, Position
from controversies.history import read

FIXTURES = settings.BASE_DIR / "fixtures"
SLUGS = {
    "open_weights": "open-weights-risk-benefit",
    "scaling": "scaling",
    "training_copyright": "training-on-copyrighted-works",
}
OURS = ("scaling", "training_copyright")  # written for this site


def load(*names: str) -> None:
    call_command("loaddata", *names, verbosity=0)


def head(name: str) -> Document:
    found = history.head(str(m.Controversy.objects.get(slug=SLUGS[name]).pk))
    assert found is not None
    return found.document


def revisions(name: str) -> list[history.Reading]:
    key = m.Controversy.objects.get(slug=SLUGS[name]).pk
    numbers = [entry.number for entry in read.entries("r.controversy_id = %s", [key], order="r.number")]
    return [reading for number in numbers if (reading := history.at(str(key), number))]


def record() -> list[Any]:
    """What is on record: a page's digests tell of all that it showed and shows."""
    return list(m.Revision.objects.order_by("controversy_id", "number").values_list("number", "digest"))


def test_every_fixture_of_a_page_is_tested_here():
    assert {path.stem for path in FIXTURES.iterdir()} == {*SLUGS, "roles"}


@pytest.mark.parametrize("name", OURS)
@pytest.mark.django_db
def test_contributors_change_nothing_by_themselves(name: str) -> None:
    """As the README says of roles; whoever is called a contributor is listed as one, so that loading checks it."""
    [page] = [
        entry for entry in yaml.safe_load((FIXTURES / f"{name}.yaml").read_text()) if "controversy" in entry
    ]
    load(name)

    made = [
        (reading.entry.author_name, reading.entry.reviewer_name)
        for reading in revisions(name)
        if reading.entry.author_name.startswith("contributor-")
    ]

    assert {author for author, _reviewer in made} == set(page["contributors"])
    assert all(reviewer and not reviewer.startswith("contributor-") for _author, reviewer in made)


# -- the seed, word for word --

SEED_CONTEXT = (
    "The open-weights controversy is driven by a fundamental tension: the same openness that enables beneficial uses "
    "(independent safety research, academic access, competitive innovation) also enables harmful uses (fine-tuning to "
    "remove safety guardrails, deployment without safety measures, potential misuse). This tension cannot be resolved "
    "by choosing one side — it must be navigated."
)
SEED_POINTS = [
    (
        "Capability thresholds",
        'Is there a point where models become "too capable" to release openly? Proponents of openness argue that '
        "capability thresholds are arbitrary and will be perpetually gamed by those who benefit from closure. "
        "Proponents of restriction argue that the potential for catastrophic misuse creates a clear line, even if its "
        "exact position is debatable.",
    ),
    (
        "Business model viability",
        "Stability AI's financial difficulties demonstrated that building a sustainable business purely on open models "
        "is challenging. Meta's success with open models is subsidized by its advertising revenue. This raises the "
        'question of whether "open" AI will always depend on cross-subsidization from other business lines, limiting '
        "true independence.",
    ),
    (
        "The DeepSeek factor",
        "DeepSeek R1's release as an open model by a Chinese company added a geopolitical dimension. Some argue that "
        "Chinese open-source AI should be welcomed as a contribution to the global commons; others view it with "
        "suspicion as a potential vector for influence or intelligence collection. The fact that the open model "
        "weights are distinct from the censored chatbot application complicates this analysis.",
    ),
]
SEED_STATUS = (
    "This controversy is actively contested. The empirical record has expanded significantly — open models now "
    "demonstrably match proprietary ones — but the normative question of whether this is good remains unresolved."
)
SEED_POSITIONS = [
    (
        "Open weights democratize AI, enable safety research, and prevent dangerous concentration of power",
        "high",
        ["meta-ai", "yann-lecun", "hugging-face", "open-source-community", "academic-researchers"],
    ),
    (
        "Above a capability threshold, open release creates unacceptable proliferation risks that cannot be mitigated "
        "post-release",
        "medium",
        ["some-frontier-lab-safety-researchers", "national-security-analysts", "regulatory-advocates"],
    ),
    (
        "Open-source releases by big tech are strategic moves to commoditize competitors, not genuine democratization",
        "medium",
        ["industry-analysts", "some-startup-founders", "competition-scholars"],
    ),
    (
        "The open/closed distinction is less important than governance and accountability mechanisms regardless of "
        "model distribution",
        "medium",
        ["ai-governance-researchers", "some-policymakers", "pragmatic-centrists"],
    ),
]
# The works behind the seed's links and beside them, by their own titles; with authors as far as named, and dates.
SEED_SOURCES = {
    ("Open Source AI Is the Path Forward", "2024-07-23"),
    ("On the Societal Impact of Open Foundation Models", "2024-02-27"),
    ("Considerations for governing open foundation models", "2024-10-10"),
    (
        "Will releasing the weights of future large language models grant widespread access to pandemic agents?",
        "2023-10-25",
    ),
    ("Open-Sourcing Highly Capable Foundation Models", "2023-09-29"),
    ("Open (For Business): Big Tech, Concentrated Power, and the Political Economy of Open AI", "2023-08-17"),
    ("Why ‘open’ AI systems are actually closed, and why this matters", "2024-11-27"),
    ("Dual-Use Foundation Models with Widely Available Model Weights", "2024-07-30"),
    ("The Gradient of Generative AI Release: Methods and Considerations", "2023-02-05"),
    ("DeepSeek-R1: Incentivizing Reasoning Capability in LLMs via Reinforcement Learning", "2025-01-22"),
}


@pytest.mark.django_db
def test_open_weights_has_the_seeds_text_word_for_word():
    load("open_weights")

    document = head("open_weights")
    assert document.head.title == "Open-Weight AI Models: Democratization vs. Proliferation Risk"
    assert (document.head.status, document.head.status_summary) == ("active", SEED_STATUS)
    assert (document.head.polarity, document.head.publication) == ("multi-axis", "published")
    assert (document.head.topic.slug, document.head.topic.title) == (
        "open-vs-closed-weights",
        "Open vs. closed weights",
    )
    assert document.context.text == SEED_CONTEXT
    assert [(point.title, point.body) for point in document.points] == SEED_POINTS
    assert [
        (
            position.claim,
            position.confidence,
            [document.by_key[backing.backer].slug for backing in position.backings],
        )
        for position in document.positions
    ] == SEED_POSITIONS


@pytest.mark.django_db
def test_open_weights_has_stances_just_where_the_seed_states_them():
    load("open_weights")

    document = head("open_weights")
    [thresholds, _business, _deepseek] = document.points
    stances = [[(s.point, s.text) for s in position.stances] for position in document.positions]
    assert stances == [
        [
            (
                thresholds.key,
                "Capability thresholds are arbitrary and will be perpetually gamed by those who benefit from closure.",
            )
        ],
        [
            (
                thresholds.key,
                "The potential for catastrophic misuse creates a clear line, even if its exact position is debatable.",
            )
        ],
        [],
        [],
    ]
    for said in itertools.chain(*stances):  # its words are the point's own
        assert said[1].rstrip(".")[1:] in thresholds.body


@pytest.mark.django_db
def test_open_weights_invents_no_argument_and_no_reason():
    load("open_weights")

    assert [(p.argument, p.confidence_reason) for p in head("open_weights").positions] == [("", "")] * 4


@pytest.mark.django_db
def test_open_weights_names_who_is_named_and_marks_who_is_not_organised():
    load("open_weights")

    backers = {backer.slug: (backer.name, backer.kind) for backer in head("open_weights").backers}
    named = {slug: told for slug, told in backers.items() if told[1] != "constituency"}
    assert named == {
        "meta-ai": ("Meta AI", "company"),
        "yann-lecun": ("Yann LeCun", "person"),
        "hugging-face": ("Hugging Face", "company"),
    }
    assert len(backers) == 14
    for slug, (name, _kind) in backers.items():
        assert re.sub("[^a-z]+", "-", name.lower()) == slug


@pytest.mark.django_db
def test_open_weights_cites_works_under_their_own_titles():
    load("open_weights")

    document = head("open_weights")
    assert {(source.title, source.date) for source in document.sources} == SEED_SOURCES
    assert {citation.relation for citation in document.citations()} == {"supports", "contradicts", "context"}
    assert all(position.citations for position in document.positions)
    dois = {source.doi for source in document.sources} - {""}
    assert dois == {"10.1126/science.adp1848", "10.1038/s41586-024-08141-1"}


@pytest.mark.django_db
def test_open_weights_says_whose_text_it_is_under_which_licence_and_what_was_changed():
    load("open_weights")

    [only] = revisions("open_weights")
    attribution = only.document.head.attribution
    assert attribution.startswith(
        "Adapted from “Open-Weight AI Models: Democratization vs. Proliferation Risk”, The Ledger (the-ledger.net), "
        "contributors, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/)."
    )
    assert "Changed:" in attribution
    assert (only.entry.author_name, only.entry.time.isoformat(), only.entry.classes) == (
        "The Ledger contributors",
        "2026-03-08T00:00:00+00:00",
        ("import",),
    )
    assert "8 March 2026" in only.entry.summary


# -- all of them --


@pytest.mark.django_db
@pytest.mark.parametrize("name", SLUGS)
def test_each_fixture_loads_by_itself_and_twice(name):
    load(name)
    before = record()

    load(name)

    assert before
    assert record() == before


@pytest.mark.django_db
@pytest.mark.parametrize("names", list(itertools.permutations(SLUGS)), ids=" ".join)
def test_all_fixtures_load_in_any_order_and_leave_a_record_that_is_whole(names, capsys):
    for name in names:
        load(name)
    before = record()

    load("roles", *names)

    assert record() == before
    assert set(m.Controversy.objects.public().values_list("slug", flat=True)) == set(SLUGS.values())
    call_command("checkhistory")
    assert capsys.readouterr().out.strip() == "3 controversies, 14 revisions: the record is whole."


@pytest.mark.django_db
@pytest.mark.parametrize("name", SLUGS)
def test_no_fixture_overwrites_an_edit(name):
    load(*SLUGS)
    before = history.head(head(name).key)
    history.record(
        replace(before.document, head=replace(before.document.head, title="Edited")),
        author_name="Ada",
        base=before,
    )

    with pytest.raises(
        CommandError, match=f"^{name}.yaml: {SLUGS[name]}: this page was edited since: its revision"
    ):
        load(*SLUGS)

    assert head(name).head.title == "Edited"


def test_what_several_fixtures_share_is_told_alike_in_all():
    told: dict[tuple[str, str], Any] = {}
    for name in SLUGS:
        for entry in yaml.safe_load((FIXTURES / f"{name}.yaml").read_text()):
            for kind in set(entry) & {"topics", "backers", "sources"}:
                for block in entry[kind]:
                    assert told.setdefault((kind, block["slug"]), block) == block
    assert {("backers", "meta-ai"), ("backers", "yann-lecun"), ("sources", "deepseek-2025-r1")} <= set(told)


@pytest.mark.django_db
def test_every_source_has_title_authors_date_and_a_place_to_find_it():
    load(*SLUGS)

    for source in m.Source.objects.all():
        assert source.title, source.slug
        assert source.authors, source.slug
        assert source.date, source.slug
        assert source.kind != "other", source.slug
        assert source.url or re.search(r"No\. \d:\d\d-cv-\d+$", source.publisher), source.slug
    assert m.Source.objects.count() == 24


@pytest.mark.django_db
def test_every_backer_of_a_page_is_described():
    load(*SLUGS)

    assert list(m.Backer.objects.filter(description="").values_list("slug", flat=True)) == []
    assert set(m.Backer.objects.values_list("kind", flat=True)) == set(m.BackerKind.values)


# -- our own pages: what history and compare have to show --


def prose(position: Position) -> list[str]:
    return [position.argument, position.confidence_reason, *(stance.text for stance in position.stances)]


@pytest.mark.django_db
@pytest.mark.parametrize("name", OURS)
def test_each_reference_in_the_text_is_to_a_source_that_its_position_cites(name):
    """In every revision, since a new source changes the numbers of those after it. References are [1], [2], …"""
    load(name)

    found = 0
    for reading in revisions(name):
        numbers = reading.document.source_numbers
        for position in reading.document.positions:
            point_sources = {c.source for point in reading.document.points for c in point.citations}
            cited = {numbers[key] for key in {c.source for c in position.citations} | point_sources}
            for text in prose(position):
                for number in map(int, re.findall(r"\[(\d+)\]", text)):
                    assert number in cited, (reading.number, position.claim, text)
                    found += 1
        assert not re.search(r"\[\d", reading.document.context.text + reading.document.head.status_summary)
    assert found > 40


# What each number stands for in the newest revision: a right number on a wrong work would pass the test above.
REFERENCES = {
    "scaling": [
        "schaeffer-2023-mirage",
        "kaplan-2020-scaling-laws",
        "hoffmann-2022-compute-optimal",
        "sutton-2019-bitter-lesson",
        "lecun-2022-path",
        "snell-2024-test-time-compute",
        "deepseek-2025-r1",
    ],
    "training_copyright": [
        "lemley-2021-fair-learning",
        "thomson-reuters-v-ross-2025",
        "bartz-v-anthropic-2025-fair-use",
        "kadrey-v-meta-2025",
        "nyt-v-microsoft-2023-complaint",
        "copyright-office-2025-training",
        "bartz-v-anthropic-2025-settlement",
        "senftleben-2023-remuneration",
    ],
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", OURS)
def test_the_numbers_of_sources_are_those_that_the_text_was_written_with(name):
    load(name)

    assert [source.slug for source in head(name).sources] == REFERENCES[name]


@pytest.mark.django_db
@pytest.mark.parametrize("name", OURS)
def test_our_pages_have_a_history_by_several_hands_with_a_reason_each(name):
    load(name)

    entries = [reading.entry for reading in revisions(name)]
    assert len(entries) >= 6
    assert len({entry.author_name for entry in entries}) >= 4
    assert all(entry.summary for entry in entries)
    assert all(reading.document.head.publication == "published" for reading in revisions(name))


@pytest.mark.django_db
@pytest.mark.parametrize("name", OURS)
def test_our_pages_give_every_position_argument_evidence_backers_and_a_reason(name):
    load(name)

    for position in head(name).positions:
        assert position.argument
        assert position.confidence_reason
        assert position.backings
        assert position.citations
        assert position.stances
    assert any(
        len(position.stances) < len(head(name).points) for position in head(name).positions
    )  # silence, too
    assert {citation.relation for citation in head(name).citations()} == {
        "supports",
        "contradicts",
        "context",
    }


@pytest.mark.django_db
def test_our_histories_show_what_history_is_for():
    load(*OURS)

    copyright_, scaling = revisions("training_copyright"), revisions("scaling")
    kinds = [reading.entry.classes for reading in copyright_]
    assert kinds[3] == ("typo",)
    assert kinds[6][0] == "restore"
    assert copyright_[6].document == copyright_[4].document
    changes = [reading.entry.changes for reading in scaling]
    assert ["head", "", "status", "emerging", "active"] in changes[2]
    assert ["position", "A", "claim"] in changes[2]
    assert ["position", "A", "confidence", "high", "medium"] in changes[2]
    assert changes[3] == [["source", "1", "title"]]
    assert changes[5] == [["point", "1", "moved", "3"]]
    ended = [b for p in scaling[-1].document.positions for b in p.backings if b.until]
    assert [(scaling[-1].document.by_key[b.backer].slug, b.since, b.until) for b in ended] == [
        ("some-frontier-lab-researchers", "2020", "2024")
    ]
    assert (
        scaling[2].document.by_key[scaling[3].document.sources[0].key].title
        == "Emergent abilities are a mirage"
    )
    assert scaling[3].document.sources[0].title == "Are Emergent Abilities of Large Language Models a Mirage?"


def test_the_project_has_nothing_to_complain_of():
    call_command("check")
