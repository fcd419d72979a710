"""Files that people write: what is understood, what keeps its key, and what is said of faults."""

from dataclasses import replace

import pytest

from controversies.document.types import Backer, Source, Topic
from controversies.interchange import files
from controversies.interchange.files import Catalogue, InvalidFile, key_paths
from tests.interchange.files.pages import PAGE, page

NOTHING = Catalogue()
HEAD = "---\nid: weights\ntitle: Weights\nthread: models\nstatus: active\n"  # the next line is line 6


def read(text, known=NOTHING, before=None):
    return files.read(text, name="weights.md", known=known, before=before)


def faults(text, **options):
    with pytest.raises(InvalidFile) as caught:
        read(text, **options)
    return [str(fault) for fault in caught.value.faults]


def test_little_is_enough():
    document = files.read(
        "---\ntitle: Weights\nthread: open-models\nstatus: active\n---\nProse.\n",
        name="content/weights.md",
        known=NOTHING,
    )

    assert document.head.slug == "weights"
    assert document.key == key_paths.page_key("weights")
    assert (document.head.polarity, document.head.publication) == ("multi-axis", "draft")
    assert (document.head.topic.slug, document.head.topic.title) == ("open-models", "Open models")
    assert document.context.text == "Prose."


def test_text_is_what_it_looks_like():
    document = read(
        "---\nid: no\ntitle: 1984\nquestion: yes\nthread: off\nstatus: active\nreviewed_on: 2024-07-23\n"
        "reviewed_by: ~x\nattribution: 0x1F\n---\n"
    )

    head = document.head
    assert (head.slug, head.title, head.question, head.topic.slug) == ("no", "1984", "yes", "off")
    assert (head.reviewed_on, head.reviewed_by, head.attribution) == ("2024-07-23", "~x", "0x1F")


def test_other_words_and_shapes_for_the_same_are_understood():
    document = read(
        HEAD + "positions:\n"
        "  - claim: One\n"
        "    proponents:\n"
        "      - {id: meta-ai, kind: company, name: Meta AI, evidence: [{url: https://crux.example/}]}\n"
        "    sources:\n"
        "      - {url: https://crux.example/, title: A work, author: [A. One, B. Two], kind: blog}\n"
        "      - https://crux.example/\n"
        "---\n"
    )

    [source] = document.sources
    assert (source.authors, source.kind, source.slug) == ("A. One, B. Two", "blog", "a-work")
    assert [citation.source for citation in document.citations()] == [source.key] * 3
    assert [backer.kind for backer in document.backers] == ["company"]


def test_backers_are_known_by_address_name_and_alias():
    meta = Backer(
        key=key_paths.backer_key("meta"), slug="meta", name="Meta AI", kind="company", aliases=("FAIR Lab",)
    )
    known = Catalogue(backers=(meta,))
    text = (
        HEAD
        + "positions:\n"
        + "".join(
            f"  - claim: Claim {name}\n    proponents: [{name}]\n"
            for name in ("meta", "meta-ai", "fair-lab", "Meta AI")
        )
    )

    document = read(text + "---\n", known)

    assert document.backers == (meta,)
    assert [len(position.backings) for position in document.positions] == [1, 1, 1, 1]


def test_unknown_backers_are_what_their_address_says():
    text = (
        HEAD
        + "positions:\n  - claim: One\n    proponents: [some-startup-founders, deep-mind, Jane Doe]\n---\n"
    )

    document = read(text)

    assert [(backer.slug, backer.name, backer.kind) for backer in document.backers] == [
        ("some-startup-founders", "Some startup founders", "constituency"),
        ("deep-mind", "Deep Mind", "organisation"),
        ("jane-doe", "Jane Doe", "person"),
    ]


def test_sources_are_known_by_address_link_and_doi():
    known = Catalogue(
        sources=(
            Source(key=key_paths.source_key("a"), slug="a", title="A", url="https://crux.example/a"),
            Source(key=key_paths.source_key("b"), slug="b", title="B", doi="10.1000/b"),
            Source(key=key_paths.source_key("c"), slug="c", title="C"),
        ),
        topics=(Topic(key=key_paths.thread_key("m"), slug="m", title="Models"),),
    )
    text = (
        "---\nid: weights\ntitle: Weights\nthread: models\nstatus: active\ncontext_sources:\n"
        "  - url: https://crux.example/a\n  - {doi: 10.1000/b, title: Another B}\n  - c\n---\n"
    )

    document = read(text, known)

    assert [source.key for source in document.sources] == [source.key for source in known.sources]
    assert [source.title for source in document.sources] == ["A", "Another B", "C"]
    assert document.head.topic == known.topics[0]


# -- what keeps its key --


def test_what_is_recognisably_the_same_keeps_its_key():
    before = page()
    text = (
        PAGE.replace("claim: Open weights help", "claim: Open weights help everybody who builds on them")
        .replace("**Thresholds:**", "**The thresholds of it:**")
        .replace("title: Thresholds", "title: The thresholds of it")
        .replace("point: Thresholds", "point: The thresholds of it")
        .replace("- academic-researchers", "- new-people\n      - academic-researchers")
        .replace("locator: p. 4", "locator: p. 5")
    )

    after = read(text, before=before)

    old, new = before.positions[0], after.positions[0]
    assert [position.key for position in after.positions] == [position.key for position in before.positions]
    assert [point.key for point in after.points] == [point.key for point in before.points]
    assert [b.key for b in new.backings if b.key in {b.key for b in old.backings}] == [
        b.key for b in old.backings
    ]
    assert (new.citations[0].key, new.citations[0].locator) == (old.citations[0].key, "p. 5")
    assert new.stances[0].point == old.stances[0].point


def test_what_changed_places_keeps_its_key():
    before = page()
    first, second = PAGE.partition("  - claim: Open weights harm")[::2]
    start, first = first.partition("positions:\n")[::2]
    second, end = second.partition("points:\n")[::2]
    text = f"{start}positions:\n  - claim: Open weights harm{second}{first}points:\n{end}"
    # What the page has of a backer is said where it is named first; it is on record anyway.

    after = read(text, before=before)

    assert [p.key for p in after.positions] == [p.key for p in reversed(before.positions)]
    assert after.positions[1] == before.positions[0]


def test_a_new_position_of_an_old_name_has_a_key_of_its_own():
    before = read(PAGE.replace("Open weights help", "Open weights hurt nobody"), before=page())
    text = files.write(before).replace(
        "positions:\n", "positions:\n  - claim: Open weights help\n    confidence: low\n"
    )

    after = read(text, before=before)

    assert [p.claim for p in after.positions] == [
        "Open weights help",
        "Open weights hurt nobody",
        "Open weights harm",
    ]
    assert after.positions[1] == before.positions[0]
    assert after.positions[0].key != before.positions[0].key


# -- faults --


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            "weights.md:1: The file must begin with a line “---”, then “id: …”, “title: …” and so on.",
        ),
        (
            "\n# Weights\n",
            "weights.md:2: The file must begin with a line “---”, then “id: …”, “title: …” and so on.",
        ),
        (
            "---\nid: weights\n",
            "weights.md:1: The front matter has no end. Put a line “---” after it.",
        ),
        (
            "---\n---\n",
            "weights.md:2: There is nothing between the two lines “---”. Write “id: …” and so on.",
        ),
        (
            "---\nid: a\ntitle: b: c\n---\n",
            "weights.md:3: There is a second colon here: put the text in double quotes, or correct the indentation.",
        ),
        (
            "---\nid: a\npositions:\n\t- claim: b\n---\n",
            "weights.md:4: A tab begins this line. Indent with spaces instead.",
        ),
        (
            "---\nid: \x00\n---\n",
            "weights.md:2: There is a control character (U+0000) here. Remove it.",
        ),
        (
            "---\nid: a\n---\nx\n\x1b\n",
            "weights.md:5: There is a control character (U+001B) here. Remove it.",
        ),
        (
            "---\n" + "[" * 60 + "]" * 60 + "\n---\n",
            "weights.md:2: This is nested more than 50 levels deep.",
        ),
        (
            HEAD + "---\n\n## Status\n\na\n\n## Status\n\nb\n",
            "weights.md:12: There is a second “## Status”. Put both under one heading.",
        ),
        (
            HEAD + "titel: x\n---\n",
            (
                "weights.md:6: Unknown field “titel”. Did you mean “title”? Known: id, title, question, thread, "
                "thread_title, thread_description, status, polarity, publication, reviewed_on, reviewed_by, language, "
                "status_summary, attribution, context, context_sources, positions, points, last_updated, revision, "
                "keys."
            ),
        ),
        (
            HEAD + "title: x\n---\n",
            "weights.md:6: “title” is given twice, first on line 3. Keep one.",
        ),
        (
            HEAD + "polarity: duel\n---\n",
            "weights.md:6: “duel” is not a known polarity. Write one of: binary, multi-axis.",
        ),
        (
            HEAD + "publication: publisht\n---\n",
            (
                "weights.md:6: “publisht” is not a known publication. Write one of: draft, published, withdrawn. Did "
                "you "
                "mean “published”?"
            ),
        ),
        (
            HEAD + "question: [a]\n---\n",
            "weights.md:6: “question” must be a single text, not a list. Write it on one line, in double quotes.",
        ),
        (
            HEAD + "reviewed_on: 2024-02-30\nreviewed_by: me\n---\n",
            "weights.md:6: reviewed_on: Write the day as 2024-07-23.",
        ),
        (
            HEAD + "reviewed_by: me\n---\n",
            "weights.md:2: reviewed_on: Give both the day of the review and the reviewer, or neither.",
        ),
        (
            HEAD + "last_updated: yesterday\n---\n",
            "weights.md:6: Write the day as 2026-03-08, not “yesterday”.",
        ),
        (
            HEAD + "revision: seven\n---\n",
            "weights.md:6: “revision” is the number of the revision that this was made from. "
            "Leave the line out if there is none.",
        ),
        (
            HEAD + "positions: none\n---\n",
            "weights.md:6: Write a list here: each position on a line of its own, after “- ”.",
        ),
        (
            HEAD + "positions:\n  - x\n---\n",
            (
                "weights.md:7: Write named values here, as in “name: value”. Known: claim, proponents, sources, "
                "confidence, confidence_reason, argument, stances."
            ),
        ),
        (
            HEAD + "positions:\n  - confidence: low\n---\n",
            "weights.md:7: This position has no claim. Write “claim: …”, one sentence.",
        ),
        (
            HEAD + "positions:\n  - claim: a\n    confidence: hgih\n---\n",
            (
                "weights.md:8: “hgih” is not a known confidence. Write one of: high, medium, low, disputed, not-rated. "
                "Did you mean “high”?"
            ),
        ),
        (
            HEAD + "positions:\n  - claim: a\n    proponents: [[b]]\n---\n",
            "weights.md:8: A list within a list. Write each proponent on a line of its own.",
        ),
        (
            HEAD + "positions:\n  - claim: a\n    proponents: [b, b]\n---\n",
            "weights.md:8: id: This backer is already listed for the position.",
        ),
        (
            HEAD + "positions:\n  - claim: a\n    sources:\n      - {url: 'ftp://a', title: b}\n---\n",
            "weights.md:9: url: Give a web address that starts with http:// or https://.",
        ),
        (
            HEAD + "positions:\n  - claim: a\n    sources:\n      - url: https://crux.example/\n---\n",
            "weights.md:9: This source has no title. Write “title: …”, the work's own title.",
        ),
        (
            HEAD + "positions:\n  - claim: a\n    sources: [b]\n---\n",
            "weights.md:8: No source is called “b” here or on record. Write its title and link "
            "beside its id.",
        ),
        (
            HEAD + "positions:\n  - claim: a\n    stances:\n      - {point: Threshold, text: b}\n"
            "---\n## Key Tensions\n\n**Thresholds:** c\n",
            "weights.md:9: No contested point is called “Threshold”. Did you mean “Thresholds”?",
        ),
        (
            HEAD + "points:\n  - {title: Threshold, kind: legal}\n---\n## Key Tensions\n\n"
            "**Thresholds:** c\n",
            (
                "weights.md:7: There is no “**Threshold:**” under “## Key Tensions”. Write it there, or “body: …” "
                "here. Did you mean “Thresholds”?"
            ),
        ),
        (
            HEAD + "context: a\n---\n## Context\n\nb\n",
            "weights.md:6: “context” stands here and under “## Context”. Keep one.",
        ),
        (
            HEAD + "keys:\n  page: seven\n---\n",
            "weights.md:7: “seven” is not a key. Leave the line out: missing keys are made.",
        ),
        (
            HEAD + "title2: !!python/object:os.system x\n---\n",
            "weights.md:6: The tag !!python/object:os.system is not supported. Write the value without it.",
        ),
        (
            HEAD + "<<: {a: b}\n---\n",
            "weights.md:6: Merging (“<<”) is not supported. Write the values out.",
        ),
    ],
)
def test_a_fault_says_where_and_what_to_write(text, message):
    assert message in faults(text)


def test_all_faults_are_found_at_once():
    text = (
        "---\nid: Weights!\nstatus: activ\npositions:\n"
        "  - claim: a\n    confidence: hgih\n    proponents:\n      - {id: b, since: 2024, until: 2023}\n"
        "  - confidnce: low\n"
        "---\n"
    )

    assert [(fault.partition(": ")[0], fault.partition(": ")[2][:34]) for fault in faults(text)] == [
        ("weights.md:2", "id: Use small letters, digits and s"[:34]),
        ("weights.md:2", "“thread” is missing. Write “thread: …"[:34]),
        ("weights.md:2", "“title” is missing. Write “title: …"[:34]),
        ("weights.md:3", "“activ” is not a known status. Write"[:34]),
        ("weights.md:6", "“hgih” is not a known confidence. Write"[:34]),
        ("weights.md:8", "until: “Until” is before “since”."),
        ("weights.md:9", "This position has no claim. Write “"[:34]),
        ("weights.md:9", "Unknown field “confidnce”. Did you mean"[:34]),
    ]


def test_a_file_that_is_too_large_is_refused_and_one_of_5_mb_is_read():
    prose = "## Part\n\n" + "word " * 10_000
    whole = HEAD + "---\n" + (prose + "\n\n") * 100

    assert len(whole) > 5_000_000
    assert faults(whole) == ["weights.md:7: context: At most 100000 characters; this has 5001097."]
    assert faults(whole * 3) == [
        "weights.md:1: The file is larger than 10 MB. Split the page, or shorten it."
    ]


def test_a_bomb_of_aliases_is_refused():
    text = (
        HEAD
        + "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        + "".join(
            f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
            for before, name in zip("abcdefgh", "bcdefghi", strict=True)
        )
    )

    [fault] = faults(text + "---\n")

    assert fault.endswith("far larger than it looks. Write the values out instead.")


def test_bytes_that_are_not_utf_8_are_a_fault_at_their_line():
    with pytest.raises(InvalidFile) as caught:
        files.PageFile("---\nid: a\ntitle: caf\xe9\n".encode("latin-1"), name="a.md")

    assert [str(fault) for fault in caught.value.faults] == [
        "a.md:3: The file is not in UTF-8 (byte 21). Save it as UTF-8."
    ]


# -- backers --


def test_an_actor_of_the_registry():
    backer = files.read_actor(
        "id: deepmind\nname: Google DeepMind\ntype: research-lab\nfounded: 2010\nwebsite: https://deepmind.google/\n"
        "aliases: [DeepMind, google-deepmind]\n",
        name="actors/deepmind.yml",
    )

    assert backer == Backer(
        key=key_paths.backer_key("deepmind"),
        slug="deepmind",
        name="Google DeepMind",
        kind="research-lab",
        description="Founded 2010.",
        website="https://deepmind.google/",
        aliases=("DeepMind", "google-deepmind"),
    )


@pytest.mark.parametrize(
    ("word", "kind"),
    [("individual", "person"), ("organization", "organisation"), ("constituency", "constituency")],
)
def test_types_of_actors(word, kind):
    text = f"id: a\nname: A\ntype: {word}\n"

    backer = files.read_actor(text, name="a.yml")

    assert backer.kind == kind
    assert files.write_actor(backer) == text


def test_all_faults_of_an_actor_are_found():
    with pytest.raises(InvalidFile) as caught:
        files.read_actor("id: A b\ntype: firm\nweb: x\nwebsite: crux.example\n", name="a.yml")

    assert [str(fault) for fault in caught.value.faults] == [
        "a.yml:1: id: Use small letters, digits and single hyphens only, as in “open-weights”.",
        "a.yml:1: “name” is missing. Write “name: …” (what it is called).",
        (
            "a.yml:2: “firm” is not a known type. Write one of: individual, organization, company, research-lab, "
            "government, organisation, person, constituency."
        ),
        (
            "a.yml:3: Unknown field “web”. Did you mean “website”? Known: id, name, type, description, website, "
            "aliases, founded, guessed, key."
        ),
        "a.yml:4: website: Give a web address that starts with http:// or https://.",
    ]


def test_the_day_and_the_revision_of_an_export_are_no_part_of_the_page():
    opened = files.PageFile(PAGE.replace("last_updated: 2026-03-08", "revision: 7-3f9c2ab14e10"), name="a.md")

    assert opened.revision == (7, "3f9c2ab14e10")
    assert files.document(opened, known=NOTHING) == page()


def test_a_copy_that_kept_the_keys_of_its_model_is_told():
    document = replace(page(), head=replace(page().head, key="6f8f57e0-6b0c-4e5e-8e55-3c4a1f0f7f0e"))

    [fault] = faults(files.write(document), before=page())

    assert fault == "weights.md:57: These are the keys of another page. Leave “keys” out of the copy."


def test_a_topic_is_described_by_the_file_or_as_on_record():
    said = PAGE.replace(
        "thread: models\n",
        "thread: models\nthread_description: |\n  Which models\n\n  may be had.\n",
    )
    first = files.read(said, name="page.md", known=Catalogue())
    topic = first.head.topic
    known = Catalogue(topics=(topic,))

    assert topic.description == "Which models\n\nmay be had."
    assert files.read(PAGE, name="page.md", known=known).head.topic == topic
    emptied = files.read(
        said.replace("|\n  Which models\n\n  may be had.", '""'), name="page.md", known=known
    )
    assert emptied.head.topic == replace(topic, description="")
