"""Rows that readers see: topics, backings and citations of public pages."""

from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery

from controversies.models import Backing, Citation, Controversy, Source, Topic, page_of


def public_topics() -> QuerySet[Topic]:
    """Return the topics that readers see: those with a public page."""
    return Topic.objects.filter(pk__in=Controversy.objects.public().order_by().values("topic"))


def public_backings() -> QuerySet[Backing]:
    """Return the backings that readers see."""
    return Backing.objects.filter(position__controversy__in=Controversy.objects.public())


def public_citations() -> QuerySet[Citation]:
    """Return the citations that readers see."""
    return Citation.objects.annotate(page=page_of(Citation)).filter(
        page__in=Controversy.objects.public().values("pk")
    )


def public_sources() -> QuerySet[Source]:
    """Return the sources that public pages cite."""
    return Source.objects.filter(pk__in=public_citations().order_by().values("source"))


def count_of(related: QuerySet[Model], field: str) -> Subquery:
    """Return the number of related rows for each row of a query; `field` is their foreign key to it."""
    of_row = related.filter(**{field: OuterRef("pk")}).order_by().values(field)
    return Subquery(of_row.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
