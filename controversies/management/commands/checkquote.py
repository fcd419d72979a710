"""checkquote: compare quotations with the text of their sources."""

import json
import sys
from collections.abc import Iterable
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.checks.fetch import NotYet, fetch
from controversies.checks.metadata import page_title
from controversies.checks.quotations import Note, QuoteMatch, match
from controversies.checks.text import Failure, ReadText, read_text
from controversies.kit.identifiers import doi_address
from controversies.models import Citation, Source
from controversies.models.choices import FetchResult


class UnreadableLine(ValueError):
    """A line of the batch has no quotation to compare; the text says why."""


class Command(BaseCommand):
    help = _(
        "Fetches a source and says whether it has the words that are quoted from it, or the words given. With --batch "
        "it fetches nothing: it reads JSON lines with id, quote and text from standard input, and writes for each a "
        "line with id and verdict: found, punctuation (the words are there, but punctuation differs), doubt, or absent."
    )
    requires_system_checks = ()  # a batch needs no database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "address",
            nargs="?",
            default="",
            metavar="ADDRESS",
            help=_("a link, or the address or key of a source or citation of this site"),
        )
        parser.add_argument(
            "quote",
            nargs="?",
            default="",
            metavar="QUOTE",
            help=_("the words to look for (default: all that pages quote)"),
        )
        parser.add_argument(
            "--batch", action="store_true", help=_("compare the quotations on standard input")
        )

    def handle(self, *args: object, address: str, quote: str, batch: bool, **options: object) -> None:
        if batch:
            if address:
                raise CommandError(_("With --batch, quotations come from standard input: give no address."))
            self._answer_batch(sys.stdin.buffer)
            return
        if not address:
            raise CommandError(_("Give the address of a source, or use --batch."))
        self._look_at(address, quote)

    def _answer_batch(self, lines: Iterable[bytes]) -> None:
        """Answer each line as it comes; name those that cannot be read, and end with 1 if there are any."""
        faults = 0
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                key, quote, text = _read_line(line)
            except UnreadableLine as error:
                faults += 1
                self.stderr.write(_("Line %(number)s: %(problem)s") % {"number": number, "problem": error})
                continue
            self.stdout.write(json.dumps({"id": key, "verdict": match(quote, text).verdict.value}))
            self.stdout.flush()
        if faults:
            raise CommandError(
                ngettext("%s line could not be read.", "%s lines could not be read.", faults) % faults
            )

    def _look_at(self, address: str, quote: str) -> None:
        """Fetch a source and say what it shows of the quotations."""
        url, quotes = _source_of(address)
        if quote:
            quotes = [quote]
        try:
            answer = fetch(url, scheduled=False)
        except NotYet as error:
            raise CommandError(
                _("Its host was asked a moment ago. Try again after %s UTC.") % f"{error.until:%H:%M:%S}"
            ) from error
        for status, hop in answer.hops:
            self.stdout.write(f"{status or '–'} {hop}")
        self.stdout.write(_("Answer: %s") % answer.seen.label)
        if answer.seen != FetchResult.OK:
            raise CommandError(_("The source has no text to compare."))
        if title := page_title(answer).title:
            self.stdout.write(_("Title: %s") % title)
        text = read_text(answer.body, answer.content_type, url=answer.url)
        if text.failure:
            raise CommandError(str(Failure(text.failure).label))
        self.stdout.write(
            ngettext("%s character of text", "%s characters of text", len(text.text)) % len(text.text)
        )
        if not quotes:
            self.stdout.write(_("Nothing is quoted from it."))
        for each in quotes:
            self._tell(each, match(each, text.text), text)

    def _tell(self, quote: str, result: QuoteMatch, text: ReadText) -> None:
        self.stdout.write("")
        self.stdout.write(f"“{quote}”")
        self.stdout.write(f"  {result.verdict.label}")
        for note in result.notes:
            self.stdout.write(f"  {Note(note).label}")
        if page := result.exact and text.page_at(result.start):
            self.stdout.write("  " + _("Page %s") % page)
        if result.exact and result.exact != quote:
            self.stdout.write("  " + _("The source’s words: “%s”") % result.exact)
        if result.nearest:
            self.stdout.write("  " + _("Nearest passage: “%s”") % result.nearest)


def _read_line(line: bytes) -> tuple[object, str, str]:
    """Return the id, the quotation and the text of a line. Raises UnreadableLine."""
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableLine(_("This is not UTF-8: %s") % error.reason) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableLine(_("This is not JSON: %s") % error) from error
    if not isinstance(value, dict):
        raise UnreadableLine(_("This is not an object with id, quote and text."))
    for name in ("id", "quote", "text"):
        if name not in value:
            raise UnreadableLine(_("“%s” is missing.") % name)
    for name in ("quote", "text"):
        if not isinstance(value[name], str):
            raise UnreadableLine(_("“%s” is not a string.") % name)
    return value["id"], value["quote"], value["text"]


def _source_of(address: str) -> tuple[str, list[str]]:
    """Return the link of a source, and what pages quote from it, each quotation once. Raises CommandError."""
    citation = (
        Citation.objects.select_related("source").filter(pk=key).first() if (key := _key(address)) else None
    )
    if citation:
        return _link(citation.source), [citation.quote] if citation.quote else []
    source = _recorded_source(address)
    if source is None and "://" in address:
        return address, []
    if source is None:
        raise CommandError(
            _("“%s” is no link, and no source or citation of this site has this address or key.") % address
        )
    citations = Citation.objects.filter(source=source).exclude(quote="").order_by("pk")
    return _link(source), list(dict.fromkeys(citations.values_list("quote", flat=True)))


def _recorded_source(address: str) -> Source | None:
    """Return the source with this key, link, slug or page on this site."""
    if key := _key(address):
        return Source.objects.filter(pk=key).first()
    if by_link := Source.objects.filter(url=address).first():
        return by_link
    parts = urlsplit(address)
    if parts.netloc and parts.netloc != urlsplit(settings.SITE_URL).netloc:
        return None
    slug = parts.path.strip("/").removeprefix("sources/")
    return Source.objects.filter(slug=slug).first()


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _link(source: Source) -> str:
    if source.url:
        return source.url
    if source.doi:
        return doi_address(source.doi)
    raise CommandError(_("The source “%s” has neither a link nor a DOI.") % source.title)
