"""The revisions that blame names, as a page tells of them: author, time, reason, age, and where links lead."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from controversies.document.redact import MARKED
from controversies.history.blame import BlameEntry, PageBlame

# Oldest first: the class of the stylesheet, which draws a line of that width, and the word.
AGES = (
    ("age-1", _("oldest")),
    ("age-2", _("older")),
    ("age-3", _("in between")),
    ("age-4", _("newer")),
    ("age-5", _("newest")),
)


@dataclass(frozen=True, slots=True)
class OriginView:
    """A revision that wrote words or set a value: what the record says of it, its age, and where links lead.

    The age is one of AGES, by its place; None if all words of the page are of one time. `change` is the address of its
    comparison with the revision before, or else of the revision; `before` that of the blame of the revision before, ""
    if readers may not see it.
    """

    entry: BlameEntry
    age: int | None
    change: str
    before: str

    @property
    def number(self) -> int:
        return self.entry.number

    @property
    def author(self) -> str:
        return self.entry.author_name


class OriginViews:
    """The origins on one page, each made once. `authors` are those of the ones that were asked for."""

    def __init__(self, blame: PageBlame, slug: str) -> None:
        self.blame, self.slug = blame, slug
        self.authors: set[str] = set()
        times = [entry.time for entry in blame.entries.values()]
        self._first = min(times, default=blame.reading.entry.time)
        self._life = (blame.reading.entry.time - self._first).total_seconds()
        self._by_number: dict[int, OriginView] = {}

    @property
    def has_ages(self) -> bool:
        """Whether not all is of one time."""
        return self._life > 0

    def origin(self, number: int) -> OriginView:
        """Return the revision of this number, which the blame names."""
        if number not in self._by_number:
            self._by_number[number] = self.origin_of(self.blame.entries[number])
        return self._by_number[number]

    def origin_of(self, entry: BlameEntry) -> OriginView:
        """Return a revision of the page, whether the blame names it or not."""
        age = None
        if self.has_ages:
            share = (entry.time - self._first).total_seconds() / self._life
            age = max(0, min(int(share * len(AGES)), len(AGES) - 1))
        change, before = reverse("revision", args=[self.slug, entry.number]), ""
        if not entry.before_publication:
            change = reverse("compare", args=[self.slug, entry.number - 1, entry.number])
            before = reverse("revision_blame", args=[self.slug, entry.number - 1]) if entry.number > 1 else ""
        if entry.author_name and not MARKED.search(entry.author_name):
            self.authors.add(entry.author_name)
        return OriginView(entry, age, change, before)
