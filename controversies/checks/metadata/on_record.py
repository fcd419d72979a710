"""Sources that the site has already, by the keys of `kit.identifiers`, which are indexed."""

from collections.abc import Iterable

from django.db import models

from controversies.kit.identifiers import Identifier
from controversies.models import SOURCE_KEYS, Source

SourceRows = models.QuerySet[Source]


def sources_on_record(identifier: Identifier) -> SourceRows:
    """Return the sources of the identifier's work or address. One query by index; none for a title."""
    return sources_with_keys(identifier.keys)


def sources_with_keys(keys: Iterable[str]) -> SourceRows:
    """Return the sources that have one of these keys (`source_keys`)."""
    wanted = sorted(keys)
    if not wanted:
        return Source.objects.none()
    return Source.objects.alias(keys=SOURCE_KEYS).filter(keys__overlap=wanted)
