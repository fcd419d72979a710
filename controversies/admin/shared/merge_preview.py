"""A preview of a merge: the changes of each page, made by the same function that the merge itself uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.admin.shared.usage import MAX_PAGES, first_public_pages
from controversies.document import compare, say
from controversies.document.types import BlockType, Document, SharedBlock, Source, label
from controversies.document.unite import repeated_sources, unite
from controversies.history import read
from controversies.history.merge import PageSample
from controversies.kit.accounts import Visitor
from controversies.models import Controversy, Publication


@dataclass(frozen=True)
class PreviewedPage:
    """A page that a merge changes, and the changes in words."""

    controversy: Controversy
    lines: list[str]

    @property
    def mark(self) -> str:
        """The label of a page that readers do not see, "" for a public one."""
        is_public = self.controversy.publication == Publication.PUBLISHED
        return "" if is_public else self.controversy.get_publication_display()


@dataclass(frozen=True)
class MergePreview:
    """The pages that get a new revision: how many, and those listed that the user may see."""

    count: int
    public: int
    pages: list[PreviewedPage]
    rest: int  # pages that are not listed: too many, or the user may not see them
    is_whole: bool = (
        True  # whether all pages were counted: of very many, `count` is the least that there can be
    )

    @property
    def drafts(self) -> int:
        """The number of pages that readers do not see."""
        return self.count - self.public


def preview_merge(
    block_type: BlockType,
    merged_into: Mapping[str, str],
    before: Mapping[str, SharedBlock],
    after: SharedBlock,
    user: Visitor,
    showing: Mapping[str, PageSample],
) -> MergePreview:
    """Return what becomes of the pages; `merged_into` leads from what goes to what stays. Constant queries.

    `showing` has the pages that show each of the rows. Of very many, the public ones are counted and listed.
    """
    keys = list(merged_into) if after == before[after.key] else list(before)
    samples = [showing[key] for key in keys]
    is_whole = all(sample.is_whole for sample in samples)
    if is_whole:
        pages: Any = set().union(*(sample.keys for sample in samples))
        counts: dict[str, Any] = Controversy.objects.filter(pk__in=pages).aggregate(
            count=Count("pk"), public=Count("pk", filter=Q(publication=Publication.PUBLISHED))
        )
    else:
        pages = first_public_pages(block_type, keys)
        counts = dict.fromkeys(("count", "public"), max(sample.count for sample in samples))
    visible = Controversy.objects.visible_to(user).filter(pk__in=pages).defer("context")
    listed = list(visible.order_by("title", "pk")[:MAX_PAGES])
    heads = read.heads(str(each.pk) for each in listed)
    previewed = []
    for each in listed:
        head = heads.get(str(each.pk))
        lines = _lines(head.document, merged_into, before, after) if head is not None else []
        previewed.append(PreviewedPage(each, lines))
    rest = max(counts["count"] - len(previewed), 0)
    return MergePreview(counts["count"], counts["public"], previewed, rest, is_whole)


def _lines(
    document: Document, merged_into: Mapping[str, str], before: Mapping[str, SharedBlock], after: SharedBlock
) -> list[str]:
    united = unite(document, merged_into, {after.key: after})
    lines = [
        _("“%(old)s” becomes “%(new)s”.") % {"old": before[key].display_name, "new": after.display_name}
        for key in merged_into
        if key in document.by_key or key == document.head.topic.key
    ]
    comparison = compare.compare(document, united)
    if not lines:
        words = say.changes(compare.outline(comparison))
        lines = [f"{words}."] if words else []
    for index, (old, new) in enumerate(zip(document.positions, united.positions, strict=True)):
        if len(new.backings) < len(old.backings):
            lines.append(
                _(
                    "Position %s lists both: they become one backer, with both notes and all sources, "
                    "from the earlier start to the later end."
                )
                % label(index)
            )
    if isinstance(after, Source):
        more = repeated_sources(united, after.key) - repeated_sources(document, after.key)
        if more:
            lines.append(
                ngettext(
                    "%s list of sources then names it twice. Both citations stay, each with its own quotation.",
                    "In %s places it is then cited twice. All citations stay, each with its own quotation.",
                    more,
                )
                % more
            )
    return lines
