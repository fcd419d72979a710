"""The section on checks of a source's own page: verdict, observations, quotations, copies and notices."""

from dataclasses import dataclass, field

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from controversies.admin.board.groups import open_tasks
from controversies.admin.board.places import citation_url
from controversies.admin.board.view import board_url, may_decide
from controversies.admin.board.worker_line import worker_line
from controversies.admin.verdicts import QuoteChip, SourceChip, chip_of_check, day, source_chips
from controversies.checks import is_on
from controversies.checks.observations import SourceObservation, observe_sources
from controversies.checks.tasks import text_digest
from controversies.kit.accounts import Visitor
from controversies.models import (
    Citation,
    Controversy,
    QuoteCheck,
    QuoteVerdict,
    Source,
    SourceCheck,
    SourceCopy,
    SourceVerdict,
    TaskCause,
    page_of,
)

MAX_CHECKS = 20  # observations that are listed, newest first
MAX_QUOTES = 50
MAX_COPIES = 20
QUOTED = 200  # characters of a quotation


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A quotation from the source: its beginning, the form's address at its citation, and its verdict, if any."""

    quote: str
    url: str
    chip: QuoteChip | None
    citation: str
    digest: str

    @property
    def is_correctable(self) -> bool:
        """Whether the source's own words can replace it."""
        return self.chip is not None and self.chip.kind == QuoteVerdict.PUNCTUATION and bool(self.chip.exact)


@dataclass(slots=True)
class SourceChecksView:
    """All that was seen of a source, for editors."""

    source: Source
    observation: SourceObservation
    checks: list[SourceCheck] = field(default_factory=list)
    quotes: list[QuoteRow] = field(default_factory=list)
    copies: list[SourceCopy] = field(default_factory=list)
    tasks: int = 0

    @property
    def verdict_text(self) -> str:
        """The verdict and since when."""
        state = self.observation.state
        if state is None:
            return _("Not checked yet. Sources are checked once a page cites them.")
        label = str(SourceVerdict(state.verdict).label)
        if state.since is None:
            return f"{label}."
        return _("%(verdict)s since %(day)s.") % {"verdict": label, "day": day(state.since)}

    @property
    def checked_text(self) -> str:
        """The day of the last check and of the next."""
        state = self.observation.state
        if state is None or state.checked_at is None:
            return ""
        if not is_on():
            return _("Last checked on %s.") % day(state.checked_at)
        values = {"last": day(state.checked_at), "next": day(state.due_at)}
        return _("Last checked on %(last)s; the next check is due on %(next)s.") % values

    @property
    def chips(self) -> list[SourceChip]:
        """The faults of the source besides its verdict."""
        return [chip for chip in source_chips(self.observation) if chip.kind != TaskCause.DEAD]

    @property
    def worker_line(self) -> str:
        return worker_line()

    @property
    def is_on(self) -> bool:
        return is_on()

    @property
    def board_url(self) -> str:
        return board_url(f"source={self.source.pk}")

    @property
    def decide_url(self) -> str:
        return board_url()


def read_source_checks(source: Source, user: Visitor) -> SourceChecksView | None:
    """Return what was seen of a source; None for users who do not decide. Eight queries at most."""
    if not may_decide(user):
        return None
    view = SourceChecksView(source, observe_sources([source])[str(source.pk)])
    view.tasks = open_tasks(user).filter(source=source.pk).count()
    view.checks = list(SourceCheck.objects.filter(source=source.pk).order_by("-last", "-pk")[:MAX_CHECKS])
    view.copies = list(
        SourceCopy.objects.filter(source=source.pk).defer("text").order_by("-time", "-pk")[:MAX_COPIES]
    )
    view.quotes = _quote_rows(source, user, view.observation)
    return view


def _quote_rows(source: Source, user: Visitor, observation: SourceObservation) -> list[QuoteRow]:
    visible = Controversy.objects.visible_to(user).values("pk")
    # Of very many, those on some pages are looked at: as many as fill the list.
    quoted = Citation.objects.filter(source=source.pk).exclude(quote="").order_by("pk")
    cited = (
        Citation.objects.filter(pk__in=list(quoted.values_list("pk", flat=True)[: 2 * MAX_QUOTES]))
        .annotate(page=page_of(Citation))
        .filter(page__in=visible)
        .order_by("page", "pk")
        .values_list("pk", "page", "quote")[:MAX_QUOTES]
    )
    verdicts = {
        check.quote_sha256: check
        for check in QuoteCheck.objects.filter(source=source.pk).select_related("copy").defer("copy__text")
    }
    state = observation.state.verdict if observation.state is not None else ""
    rows = []
    for key, page, quote in cited:
        check = verdicts.get(text_digest(quote))
        chip = chip_of_check(quote, check, state) if check is not None else None
        words = Truncator(quote).chars(QUOTED)
        rows.append(QuoteRow(words, citation_url(str(page), str(key)), chip, str(key), text_digest(quote)))
    return rows
