"""A folder as editors keep who kept such pages before: a page, and a registry of backers."""

from pathlib import Path

from controversies import history
from controversies import models as m
from controversies.interchange import folder
from controversies.interchange.folder import ImportOptions, ImportReport

WEIGHTS = """\
---
id: weights
title: "Open Weights: Gift vs. Hazard"
thread: open-models
status: active
polarity: multi-axis
last_updated: 2026-03-08
positions:
  - claim: "Open weights help research, and keep power from gathering in few hands"
    proponents: [meta-ai, jane-doe, open-source-community]
    sources:
      - url: https://crux.example/path/
        title: "Meta's open approach"
      - url: https://crux.example/case
        title: "The case for openness"
    confidence: high
  - claim: "Open release above a threshold of capability cannot be taken back"
    proponents: [some-lab-researchers, fair]
    sources:
      - url: https://crux.example/dual
        title: "Dual use"
        publisher: A Journal
        author: A. Author
        date: 2023-10
        type: preprint
    confidence: medium
---

## Context

The same openness that helps can harm — it must be "navigated".

## Key Tensions

**Thresholds:** Is there a point where models become "too capable"?

It is debated.

**Business:** Somebody has to pay.

## Status

This is contested.

## See also

Another page.
"""
META = """\
id: meta-ai
name: Meta AI
type: company
founded: 2013
website: https://crux.example/meta
aliases: [FAIR, Facebook AI]
"""
JANE = "id: jane-doe\nname: Jane Doe\ntype: individual\n"


def write(root: Path, **more: str) -> Path:
    """The folder, with the pages of these addresses instead of its own, or beside it."""
    (root / "controversies").mkdir(parents=True, exist_ok=True)
    (root / "actors").mkdir(exist_ok=True)
    (root / "actors" / "meta-ai.yml").write_text(META)
    (root / "actors" / "jane-doe.yml").write_text(JANE)
    for slug, text in ({"weights": WEIGHTS} | more).items():
        (root / "controversies" / f"{slug}.md").write_text(text)
    return root


def take(*paths: Path, dry_run: bool = False, **options: object) -> ImportReport:
    """Import these paths as the command does."""
    found, faults, _skipped = folder.find_files(map(str, paths))
    chosen = ImportOptions(**({"author_name": "Ida Importer"} | options))
    return folder.import_files(found, chosen, dry_run=dry_run, faults=faults)


def head(slug: str = "weights") -> history.Reading:
    """The newest revision of the page of this address."""
    found = history.head(str(m.Controversy.objects.get(slug=slug).pk))
    assert found is not None
    return found
