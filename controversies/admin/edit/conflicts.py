"""What two edits both changed, put to an editor: what was, theirs and mine side by side; and the answers read back.

Each question is three fields of the form: `resolve:<path>` says what to take, `seen:<path>` which text of theirs
that was said about, and `typed:<path>` holds the third text, once for each field concerned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin import conflict as lines
from controversies.document import compare, labels, parse, say, types
from controversies.document.merge import Clash, Conflict, MergeResult, Resolution, Take, merge
from controversies.document.types import Kind
from controversies.document.words import WordRun

PUBLICATION = "head/publication"
RESOLVE, SEEN, TYPED = "resolve:", "seen:", "typed:"


def choices(data: Mapping[str, Any] | QueryDict, *, may_publish: bool) -> dict[str, Resolution]:
    """The answers sent, by path. Who may not publish cannot do it by an answer either."""
    found = {}
    for name in data:
        if not name.startswith(RESOLVE):
            continue
        path = name.removeprefix(RESOLVE)
        try:
            take = Take(str(data[name]))
        except ValueError as error:
            raise BadRequest("There is no such choice.") from error
        if path == PUBLICATION and take is not Take.THEIRS and not may_publish:
            continue
        typed = data.getlist(TYPED + path) if isinstance(data, QueryDict) else []
        found[path] = Resolution(take, data.get(SEEN + path, ""), tuple(typed))
    return found


@dataclass(frozen=True)
class ConflictSide:
    """What one of the three says. `title` says whose it is; `runs` marks what differs from how it was."""

    title: str
    css: str
    runs: list[WordRun]
    is_removed: bool


@dataclass(frozen=True)
class ConflictTextBox:
    """A field to type a third text in."""

    label: str
    value: str
    rows: int


@dataclass(frozen=True)
class ConflictOption:
    """A radio button."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class RestoreNotice:
    """What is said of two edits of which one is an old revision brought back: above them all, and of its own two."""

    words: str
    was: str
    mine: str
    option: str


@dataclass(frozen=True)
class ConflictQuestion:
    """A conflict, as it is asked."""

    conflict: Conflict
    who: str
    lead: RestoreNotice | None
    choice: Resolution | None
    is_open: bool
    was_asked: bool

    @property
    def label(self) -> str:
        return self.conflict.label[:1].upper() + self.conflict.label[1:]

    @property
    def rule(self) -> str:
        """Why this is asked, and what the answers mean."""
        kind, who = self.conflict.kind, {"who": self.who}
        if self.lead is not None:
            return _("Changed since by %(who)s.") % who
        if kind is Clash.REMOVED:
            if not self.conflict.theirs:
                return (
                    _(
                        "%(who)s removed this; you changed something in it. If you keep it, it comes back with "
                        "all that was in it. If it stays removed, what you put into it goes too."
                    )
                    % who
                )
            return (
                _(
                    "You removed this; %(who)s changed something in it. If it is kept, all that was in it stays. If it "
                    "is removed, what they put into it goes too."
                )
                % who
            )
        if kind is Clash.ORDER:
            return (
                _(
                    "You and %(who)s both put these in a new order. What was added or removed is not in question."
                )
                % who
            )
        if kind is Clash.PLACE:
            return _("You and %(who)s both moved this, each to another place.") % who
        if kind is Clash.TWICE:
            return (
                _("You and %(who)s both put this backer here, in different ways. It can be here once.") % who
            )
        if kind is Clash.WHOLE:
            return (
                _(
                    "Taken together, your changes and those of %(who)s would break a rule of these pages. One of "
                    "the two has to do for now; then make the other change anew."
                )
                % who
            )
        if len(self.conflict.specs) > 1:
            return _("You and %(who)s both changed this. The two fields belong together.") % who
        if self.conflict.is_part:
            return _("You and %(who)s both changed this place in the text. The rest of it is merged.") % who
        if self.conflict.specs[0].kind is Kind.PROSE:
            return _("You and %(who)s both changed the same paragraphs of this text.") % who
        return _("You and %(who)s both changed this.") % who

    @property
    def sides(self) -> list[ConflictSide]:
        was, theirs, mine = marked(self.conflict)
        gone = self.conflict.kind is Clash.REMOVED
        return [
            ConflictSide(self.lead.was if self.lead else _("When you began"), "was", was, False),
            ConflictSide(labels.capital(self.who), "theirs", theirs, gone and not self.conflict.theirs),
            ConflictSide(
                self.lead.mine if self.lead else _("You"), "mine", mine, gone and not self.conflict.mine
            ),
        ]

    @property
    def can_type(self) -> bool:
        return self.conflict.can_type and all(spec.choices is None for spec in self.conflict.specs)

    @property
    def options(self) -> list[ConflictOption]:
        theirs, mine = _("Take theirs"), _("Keep mine")
        if self.lead is not None:
            theirs, mine = _("As it is today"), self.lead.option
        elif self.conflict.kind is Clash.REMOVED:
            if self.conflict.theirs:
                theirs, mine = _("Keep it, with their changes"), _("Remove it")
            else:
                theirs, mine = _("Leave it removed"), _("Keep it, with my changes")
        made = [(Take.THEIRS, theirs), (Take.MINE, mine)]
        if self.can_type:
            made.append((Take.OWN_TEXT, _("Something else:")))
        taken = self.choice.take if self.choice else None
        return [ConflictOption(take.value, label, take is taken) for take, label in made]

    @property
    def boxes(self) -> list[ConflictTextBox]:
        """For a third text, begun with mine."""
        if not self.can_type:
            return []
        specs = self.conflict.specs
        typed = (
            self.choice.texts if self.choice and len(self.choice.texts) == len(specs) else self.conflict.mine
        )
        return [
            ConflictTextBox(str(spec.label), text, 5 if spec.kind is Kind.PROSE else 1)
            for spec, text in zip(specs, typed, strict=True)
        ]

    @property
    def complaint(self) -> str:
        """Why an answer that was given does not do, or that none was."""
        if self.conflict.fault and self.conflict.kind is not Clash.WHOLE:
            return self.conflict.fault
        if not (self.is_open and self.was_asked):
            return ""
        if self.choice is not None and self.choice.seen != self.conflict.seen:
            return _("This was changed again since you answered. Look at it once more.")
        return _("Still to be answered.")


def marked(conflict: Conflict) -> tuple[list[WordRun], list[WordRun], list[WordRun]]:
    """What was, what is there now and what is wanted, the latter two with what differs from how it was."""
    return conflict.side_runs


@dataclass(frozen=True)
class ConcurrentEdits:
    """What was recorded since an edit began, and what both that and the edit changed."""

    base: int
    head: history.Reading
    who: str
    is_own: bool  # all of it was saved by the very user, in another tab
    theirs: list[lines.ChangedBlockSection]
    mine: list[lines.ChangedBlockSection]
    questions: list[ConflictQuestion]
    lead: RestoreNotice | None

    @property
    def later(self) -> int:
        return self.head.number - self.base

    @property
    def compare_url(self) -> str:
        return reverse("compare", args=[self.head.document.head.slug, self.base, self.head.number])

    @property
    def open_count(self) -> int:
        return sum(question.is_open for question in self.questions)


def meanwhile(
    base: history.Reading,
    head: history.Reading,
    mine: types.Document,
    data: Mapping[str, Any] | QueryDict,
    *,
    user: Any,
    found: tuple[Conflict, ...] | None = None,
    lead: RestoreNotice | None = None,
) -> ConcurrentEdits:
    """What to tell an editor whose page has moved on; `found` is what saving found open, if it was tried."""
    who, is_own = _who(mine.key, base.number, head.number, user)
    questions = _questions((base.document, head.document, mine), data, user, who, found, lead)
    return ConcurrentEdits(
        base.number,
        head,
        who,
        is_own,
        lines.sections(compare.compare(base.document, head.document)),
        lines.sections(compare.compare(base.document, mine)),
        questions,
        lead,
    )


def _who(key: str, base: int, head: int, user: Any) -> tuple[str, bool]:
    """Who saved between two revisions, in words, and whether that was only this user."""
    where = "r.controversy_id = %s AND r.number > %s AND r.number <= %s"
    entries = history.read.entries(where, [key, base, head], limit=100)
    if all(entry.author == user.pk for entry in entries):
        return _("your other tab"), True
    names = dict.fromkeys(entry.author_name for entry in entries if entry.author != user.pk)
    return labels.conjunction(names), False


def _questions(
    three: tuple[types.Document, types.Document, types.Document],
    data: Mapping[str, Any] | QueryDict,
    user: Any,
    who: str,
    found: tuple[Conflict, ...] | None,
    lead: RestoreNotice | None,
) -> list[ConflictQuestion]:
    """All that is in question, answered or not, in the order of the page."""
    if parse.check(three[2], known=three[0]):
        return []  # it is no document yet: first things first
    given = choices(data, may_publish=user.has_perm("controversies.publish_controversy"))
    if found is None:
        found = merge(*three, given).conflicts
    still = {conflict.path: conflict for conflict in found}
    every = {conflict.path: conflict for conflict in merge(*three).conflicts} | still
    return [
        ConflictQuestion(each, who, lead, given.get(path), path in still, SEEN + path in data)
        for path, each in every.items()
    ]


def told(key: str, base: int, slug: str, head: int, merged: MergeResult, user: Any, *, decided: bool) -> str:
    """What came in while an edit was made that was merged with it; for a message after saving.

    `decided` is whether the two had met, and the user said what shall be.
    """
    who, is_own = _who(key, base, head, user)
    if is_own and decided:
        said = _(
            "Meanwhile something was saved in your other tab: {what} Where the two met, it is as you said. {link}"
        )
    elif is_own:
        said = _("Meanwhile something was saved in your other tab: {what} Both are kept. {link}")
    elif decided:
        said = _(
            "Meanwhile {who} had saved: {what} Where you met, it is as you said; all else of both is kept. {link}"
        )
    else:
        said = _("Meanwhile {who} had saved: {what} Your change and theirs are both kept. {link}")
    link = format_html(
        '<a href="{}">{}</a>', reverse("compare", args=[slug, base, head]), _("Compare what came in")
    )
    return format_html(said, who=who, what=say.summary(merged.incoming), link=link)
