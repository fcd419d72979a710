"""One page with some of everything, as a document and as the text that it is written as."""

from controversies.document.types import (
    Backer,
    Backing,
    Citation,
    Context,
    Document,
    Head,
    Point,
    Position,
    Source,
    Stance,
    Topic,
    context_key,
)
from controversies.interchange.files import key_paths
from controversies.models import stance_key

PAGE = """\
---
id: weights
title: "Weights: open or not?"
question: Who may have them?
thread: models
status: active
polarity: multi-axis
publication: published
last_updated: 2026-03-08
reviewed_on: 2026-03-01
reviewed_by: An editor
positions:
  - claim: Open weights help
    proponents:
      - id: yann-lecun
        name: Yann LeCun
        type: individual
        note: Says so often.
        since: 2023-07
        sources:
          - id: path-forward
            url: https://crux.example/path
            title: The Path Forward
            authors: A. Author
            date: 2024
            type: blog
      - id: academic-researchers
        name: Academic researchers
        type: constituency
    sources:
      - id: path-forward
        quote: |-
          One line.

          And another.
        locator: p. 4
    confidence: high
    confidence_reason: Many have looked.
    argument: As its best advocates make it.
    stances:
      - point: Thresholds
        text: There are none.
        sources:
          - id: path-forward
            relation: contradicts
  - claim: Open weights harm
    proponents:
      - yann-lecun
points:
  - title: Thresholds
    kind: normative
context_sources:
  - id: survey
    title: A survey
    doi: 10.1000/182
    relation: context
---

## Context

Some context.

## Background

More of it.

## Key Tensions

**Thresholds:** Is there one?

A second paragraph.

**Costs:**

- of power
- of time

## Status

Open.
"""


def page() -> Document:
    """The document of PAGE."""
    key = key_paths.page_key("weights")
    backers = (
        Backer(key=key_paths.backer_key("yann-lecun"), slug="yann-lecun", name="Yann LeCun", kind="person"),
        Backer(
            key=key_paths.backer_key("academic-researchers"),
            slug="academic-researchers",
            name="Academic researchers",
            kind="constituency",
        ),
    )
    path = Source(
        key=key_paths.source_key("path-forward"),
        slug="path-forward",
        title="The Path Forward",
        authors="A. Author",
        date="2024",
        kind="blog",
        url="https://crux.example/path",
    )
    survey = Source(key=key_paths.source_key("survey"), slug="survey", title="A survey", doi="10.1000/182")
    thresholds, costs = (key_paths.part_key(key, "point", name) for name in ("thresholds", "costs"))
    helps, harms = (
        key_paths.part_key(key, "position", name) for name in ("open-weights-help", "open-weights-harm")
    )

    def cite(owner: str, source: Source, relation: str = "supports", **more: str) -> tuple[Citation, ...]:
        made = key_paths.citation_key(owner, source.slug)
        return (Citation(key=made, source=source.key, relation=relation, **more),)

    first = key_paths.backing_key(helps, "yann-lecun")
    return Document(
        head=Head(
            key=key,
            slug="weights",
            title="Weights: open or not?",
            question="Who may have them?",
            topic=Topic(key=key_paths.thread_key("models"), slug="models", title="Models"),
            status="active",
            status_summary="Open.",
            polarity="multi-axis",
            publication="published",
            reviewed_on="2026-03-01",
            reviewed_by="An editor",
        ),
        context=Context(
            key=context_key(key),
            text="Some context.\n\n## Background\n\nMore of it.",
            citations=cite(context_key(key), survey, "context"),
        ),
    ).with_blocks(
        points=(
            Point(
                key=thresholds,
                title="Thresholds",
                body="Is there one?\n\nA second paragraph.",
                kind="normative",
            ),
            Point(key=costs, title="Costs", body="- of power\n- of time"),
        ),
        positions=(
            Position(
                key=helps,
                claim="Open weights help",
                argument="As its best advocates make it.",
                confidence="high",
                confidence_reason="Many have looked.",
                stances=(
                    Stance(
                        point=thresholds,
                        text="There are none.",
                        citations=cite(stance_key(helps, thresholds), path, "contradicts"),
                    ),
                ),
                backings=(
                    Backing(
                        key=first,
                        backer=backers[0].key,
                        note="Says so often.",
                        since="2023-07",
                        citations=cite(first, path),
                    ),
                    Backing(key=key_paths.backing_key(helps, "academic-researchers"), backer=backers[1].key),
                ),
                citations=cite(helps, path, quote="One line.\n\nAnd another.", locator="p. 4"),
            ),
            Position(
                key=harms,
                claim="Open weights harm",
                backings=(Backing(key=key_paths.backing_key(harms, "yann-lecun"), backer=backers[0].key),),
            ),
        ),
        backers=backers,
        sources=(survey, path),
    )
