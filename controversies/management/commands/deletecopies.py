"""Delete the copies of sources, as a holder of rights may ask, and keep none from then on."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from controversies.checks.copies import allow_copies, forbid_copies
from controversies.checks.requests import request_check
from controversies.models import Source


class Command(BaseCommand):
    help = "Delete all copies of these sources and keep none from now on. Digests stay. Pages do not change."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "slug", nargs="+", help="a source, by the last part of its page's address: /sources/<slug>/"
        )
        parser.add_argument("--allow", action="store_true", help="let copies of these sources be kept again")

    def handle(self, *args: object, slug: list[str], allow: bool, **options: object) -> None:
        sources = {source.slug: source for source in Source.objects.filter(slug__in=slug)}
        unknown = sorted(set(slug) - sources.keys())
        if unknown:
            raise CommandError(
                _("No source is called %(slugs)s. Nothing was done.") % {"slugs": ", ".join(unknown)}
            )
        for source in sources.values():
            if allow:
                allow_copies(source.pk)
                text = _("Copies of “%(title)s” may be kept again.") % {"title": source.title}
            else:
                count = forbid_copies(source.pk)
                text = ngettext(
                    "%(count)d copy of “%(title)s” deleted. From now on, none is kept.",
                    "%(count)d copies of “%(title)s” deleted. From now on, none is kept.",
                    count,
                ) % {"count": count, "title": source.title}
            self.stdout.write(text)
        request_check((source.pk for source in sources.values()), urgent=False)
