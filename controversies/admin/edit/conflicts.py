"""The form that asks an editor about conflicts: base, theirs and mine side by side, and the answers read back.

Each question is three fields of the form: `resolve:<path>` has the side to take, `seen:<path>` the text of theirs
that the answer was about, and `typed:<path>` a third text, once for each field concerned.
"""

from dataclasses import dataclass

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from controversies import history
from controversies.admin import conflict as comparison_text
from controversies.admin.edit.restoration import RestoreNotice
from controversies.document import compare, labels, parse, say
from controversies.document.merge import Clash, Conflict, MergeResult, Resolution, Take, merge
from controversies.document.types import Document, Kind
from controversies.document.words import WordRun
from controversies.kit.accounts import Visitor

PUBLICATION = "head/publication"
RESOLVE, SEEN, OWN_TEXT = "resolve:", "seen:", "typed:"
MAX_ENTRIES = 100  # revisions that are read to name their authors


def read_resolutions(data: QueryDict, *, may_publish: bool) -> dict[str, Resolution]:
    """Return the answers in a submitted form, by path. A user who may not publish cannot do so by an answer either.

    Raises BadRequest for an answer that no form offers.
    """
    resolutions = {}
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
        texts = tuple(map(str, data.getlist(OWN_TEXT + path)))
        resolutions[path] = Resolution(take, str(data.get(SEEN + path, "")), texts)
    return resolutions


@dataclass(frozen=True)
class ConflictSide:
    """One of the three sides of a conflict. `title` says whose it is; `runs` mark the changes from the base."""

    title: str
    css: str
    runs: list[WordRun]
    is_removed: bool


@dataclass(frozen=True)
class ConflictTextBox:
    """A field for a third text."""

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
class ConflictQuestion:
    """A conflict as the form asks about it. `author` names the people who made the other edit."""

    conflict: Conflict
    author: str
    notice: RestoreNotice | None
    answer: Resolution | None
    is_open: bool
    was_asked: bool

    @property
    def label(self) -> str:
        return labels.capital(self.conflict.label)

    @property
    def explanation(self) -> str:
        """The reason of the question, and the meaning of its answers."""
        kind, values = self.conflict.kind, {"who": self.author}
        if self.notice is not None:
            return _("Changed since by %(who)s.") % values
        if kind is Clash.REMOVED:
            return self._removal % values
        if kind is Clash.ORDER:
            message = _(
                "You and %(who)s both put these in a new order. What was added or removed is not in question."
            )
            return message % values
        if kind is Clash.PLACE:
            return _("You and %(who)s both moved this, each to another place.") % values
        if kind is Clash.TWICE:
            message = _("You and %(who)s both put this backer here, in different ways. It can be here once.")
            return message % values
        if kind is Clash.WHOLE:
            message = _(
                "Together, your changes and those of %(who)s would break a rule of these pages. Choose one of the two "
                "now, then make the other change again."
            )
            return message % values
        if len(self.conflict.specs) > 1:
            return _("You and %(who)s both changed this. The two fields belong together.") % values
        if self.conflict.is_part:
            message = _("You and %(who)s both changed this place in the text. The rest of it is merged.")
            return message % values
        if self.conflict.specs[0].kind is Kind.PROSE:
            return _("You and %(who)s both changed the same paragraphs of this text.") % values
        return _("You and %(who)s both changed this.") % values

    @property
    def _removal(self) -> str:
        if not self.conflict.theirs:
            return _(
                "%(who)s removed this; you changed something in it. If you keep it, it comes back with "
                "all that was in it. If it stays removed, what you put into it goes too."
            )
        return _(
            "You removed this; %(who)s changed something in it. If it is kept, all that was in it stays. If it "
            "is removed, what they put into it goes too."
        )

    @property
    def sides(self) -> list[ConflictSide]:
        base, theirs, mine = self.conflict.side_runs
        is_removal = self.conflict.kind is Clash.REMOVED
        base_title = self.notice.base if self.notice else _("When you began")
        mine_title = self.notice.mine if self.notice else _("You")
        return [
            ConflictSide(base_title, "was", base, False),
            ConflictSide(
                labels.capital(self.author), "theirs", theirs, is_removal and not self.conflict.theirs
            ),
            ConflictSide(mine_title, "mine", mine, is_removal and not self.conflict.mine),
        ]

    @property
    def can_type(self) -> bool:
        """Whether a third text may be typed."""
        return self.conflict.can_type and all(spec.choices is None for spec in self.conflict.specs)

    @property
    def options(self) -> list[ConflictOption]:
        theirs, mine = _("Take theirs"), _("Keep mine")
        if self.notice is not None:
            theirs, mine = _("As it is today"), self.notice.option
        elif self.conflict.kind is Clash.REMOVED:
            if self.conflict.theirs:
                theirs, mine = _("Keep it, with their changes"), _("Remove it")
            else:
                theirs, mine = _("Leave it removed"), _("Keep it, with my changes")
        options = [(Take.THEIRS, theirs), (Take.MINE, mine)]
        if self.can_type:
            options.append((Take.OWN_TEXT, _("Something else:")))
        chosen = self.answer.take if self.answer else None
        return [ConflictOption(take.value, label, take is chosen) for take, label in options]

    @property
    def boxes(self) -> list[ConflictTextBox]:
        """Fields for a third text, which begins as mine."""
        if not self.can_type:
            return []
        specs = self.conflict.specs
        texts = self.answer.texts if self.answer else ()
        return [
            ConflictTextBox(str(spec.label), text, 5 if spec.kind is Kind.PROSE else 1)
            for spec, text in zip(
                specs, texts if len(texts) == len(specs) else self.conflict.mine, strict=True
            )
        ]

    @property
    def complaint(self) -> str:
        """The error at this question: its answer cannot be used, or there is none; "" if there is no error."""
        if self.conflict.fault and self.conflict.kind is not Clash.WHOLE:
            return self.conflict.fault
        if not (self.is_open and self.was_asked):
            return ""
        if self.answer is not None and self.answer.seen != self.conflict.seen:
            return _("This was changed again since you answered. Look at it once more.")
        return _("Not answered yet.")


@dataclass(frozen=True)
class ConcurrentEdits:
    """The revisions recorded since an edit began, and their conflicts with it.

    `is_own`: the user saved all of it, in another tab. `theirs` and `mine` say what each changed.
    """

    base: int
    head: history.Reading
    author: str
    is_own: bool
    theirs: list[comparison_text.ChangedBlockSection]
    mine: list[comparison_text.ChangedBlockSection]
    questions: list[ConflictQuestion]
    notice: RestoreNotice | None

    @property
    def revision_count(self) -> int:
        return self.head.number - self.base

    @property
    def compare_url(self) -> str:
        return reverse("compare", args=[self.head.document.head.slug, self.base, self.head.number])

    @property
    def open_count(self) -> int:
        return sum(question.is_open for question in self.questions)


def concurrent_edits(
    base: history.Reading,
    head: history.Reading,
    mine: Document,
    data: QueryDict,
    *,
    user: Visitor,
    conflicts: tuple[Conflict, ...] | None = None,
    notice: RestoreNotice | None = None,
) -> ConcurrentEdits:
    """Return what to tell an editor whose page has moved on.

    `conflicts` are those that saving left open, None if it was not tried.
    """
    author, is_own = _authors(mine.key, base.number, head.number, user)
    return ConcurrentEdits(
        base.number,
        head,
        author,
        is_own,
        comparison_text.sections(compare.compare(base.document, head.document)),
        comparison_text.sections(compare.compare(base.document, mine)),
        _questions(base.document, head.document, mine, data, user, author, conflicts, notice),
        notice,
    )


def _authors(key: str, base: int, head: int, user: Visitor) -> tuple[str, bool]:
    """The people who saved after one revision up to another, in words, and whether that was only this user."""
    where = "r.controversy_id = %s AND r.number > %s AND r.number <= %s"
    entries = history.read.entries(where, [key, base, head], limit=MAX_ENTRIES)
    if all(entry.author == user.pk for entry in entries):
        return _("your other tab"), True
    names = dict.fromkeys(entry.author_name for entry in entries if entry.author != user.pk)
    return labels.conjunction(names), False


def _questions(
    base: Document,
    theirs: Document,
    mine: Document,
    data: QueryDict,
    user: Visitor,
    author: str,
    conflicts: tuple[Conflict, ...] | None,
    notice: RestoreNotice | None,
) -> list[ConflictQuestion]:
    """All conflicts, answered or not, in the order of the page; none while `mine` breaks a rule of documents."""
    if parse.check(mine, known=base):
        return []
    answers = read_resolutions(data, may_publish=user.has_perm("controversies.publish_controversy"))
    if conflicts is None:
        conflicts = merge(base, theirs, mine, answers).conflicts
    still_open = {conflict.path: conflict for conflict in conflicts}
    all_conflicts = {conflict.path: conflict for conflict in merge(base, theirs, mine).conflicts} | still_open
    return [
        ConflictQuestion(conflict, author, notice, answers.get(path), path in still_open, SEEN + path in data)
        for path, conflict in all_conflicts.items()
    ]


def merge_message(
    document: Document, base: int, head: int, merged: MergeResult, user: Visitor, *, is_resolved: bool
) -> str:
    """Return what to say after saving an edit that was merged with revisions `base` + 1 to `head`.

    `is_resolved`: the two conflicted, and the user chose.
    """
    author, is_own = _authors(document.key, base, head, user)
    if is_own and is_resolved:
        message = _(
            "Your other tab saved this page while you were editing: {what} Where both had changed the same text, your "
            "choice was kept. {link}"
        )
    elif is_own:
        message = _(
            "Your other tab saved this page while you were editing: {what} Both changes are kept. {link}"
        )
    elif is_resolved:
        message = _(
            "{who} saved this page while you were editing: {what} Where both of you had changed the same text, your "
            "choice was kept; all else of both is kept. {link}"
        )
    else:
        message = _(
            "{who} saved this page while you were editing: {what} Your change and theirs are both kept. {link}"
        )
    url = reverse("compare", args=[document.head.slug, base, head])
    link = format_html('<a href="{}">{}</a>', url, _("Compare their changes"))
    return format_html(message, who=author, what=say.summary(merged.incoming), link=link)
