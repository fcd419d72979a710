"""A controversy as a file that people write, review and compare: Markdown with YAML front matter.

    ---
    id: open-weights                  # its address
    title: Open weights
    question: …
    thread: open-models               # the address of its topic; `thread_title` where that does not say its title,
                                      # `thread_description` where it has one
    status: active                    # emerging, active, dormant, resolved
    polarity: multi-axis              # or binary
    publication: published            # draft where nothing is said
    positions:
      - claim: Open weights …
        proponents:
          - meta-ai                   # of whom nothing is to say here, or:
          - id: yann-lecun
            name: Yann LeCun
            type: individual          # company, government, research-lab, individual, organization, constituency
            note: …                   # how this backer holds it; since, until, sources
        sources:
          - id: kapoor-2024           # its address; a source that the file has told is named by that alone
            url: https://…
            title: …                  # publisher, authors, date, type, archive_url, doi
            relation: supports        # where nothing is said; or contradicts, context
            quote: …                  # and locator
        confidence: high              # medium, low, disputed, not-rated; confidence_reason
        argument: …
        stances:
          - point: Thresholds         # the title of a contested point
            text: …
    points:                           # what the body has no place for: kind of dispute, sources
      - title: Thresholds
        kind: normative
    context_sources: […]
    keys: {…}                         # those that do not follow from the names above
    ---

    ## Context

    Prose, with what sections of other names there are. [@kapoor-2024] refers to a source by its id.

    ## Key Tensions

    **Thresholds:** Prose of one paragraph or more.

    ## Status

    The state of the dispute in words.

Prose that Markdown's own marks would break there (a heading of one of these names, say) is in the front matter, as
`context`, `body` and `status_summary`. Keys (UUIDs) are written, at the end, only where they do not follow from
names, as they do for whatever a file made. `actors/<slug>.yml` has one backer each, `topics/<slug>.yml` one topic.

Nothing here reads or writes a database, but for `catalogue_on_record()` and `catalogue_naming()`.
"""

from .actors import ActorFacts, read_actor
from .catalogue import Catalogue, catalogue_on_record
from .completion import UNSORTED, Completion
from .faults import FaultSample, FileFault, InvalidFile
from .guesses import GuessedFact
from .named_parts import Names, catalogue_naming, names_in, names_of
from .page_file import PageFile, front_matter, has_front_matter, splice
from .page_reader import document, read
from .page_writer import mark, write, write_actor
from .titles import index_titles
from .topics import read_topic

__all__ = [
    "UNSORTED",
    "ActorFacts",
    "Catalogue",
    "Completion",
    "FaultSample",
    "FileFault",
    "GuessedFact",
    "InvalidFile",
    "Names",
    "PageFile",
    "catalogue_naming",
    "catalogue_on_record",
    "document",
    "front_matter",
    "has_front_matter",
    "index_titles",
    "mark",
    "names_in",
    "names_of",
    "read",
    "read_actor",
    "read_topic",
    "splice",
    "write",
    "write_actor",
]
