"""On which page a row stands, said once: for queries here, and for the guards' SQL (`controversies.sql`)."""

from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models.functions import Coalesce

from .backer import Backing
from .controversy import Controversy, OrderedPart, Stance
from .source import CITABLE, Citation

# By model, the foreign keys of which exactly one says what a row is part of. Other models are part of no one page.
OWNERS: dict[type[models.Model], tuple[str, ...]] = {
    Controversy: (),
    **{model: ("controversy",) for model in OrderedPart.__subclasses__()},
    Stance: ("position",),
    Backing: ("position",),
    Citation: CITABLE,
}


def page_paths(model: type[models.Model]) -> tuple[str, ...]:
    """Return the lookups that lead from a row to the controversy on whose page it is: one, or one of which is set."""
    paths: list[str] = []
    for name in OWNERS[model]:
        owner = model._meta.get_field(name).related_model
        assert isinstance(owner, type)  # noqa: S101 - for the type checker: they are foreign keys
        paths += [f"{name}__{path}" for path in page_paths(owner)] or [name]
    return tuple(paths)


def page_of(model: type[models.Model]) -> Coalesce | models.F:
    """Return the expression for the key of the page that a row is on.

    The owners of a row are looked up for that row alone: joined, all owners on record may be read for a few rows.
    """
    if model is Controversy:
        return models.F("pk")
    keys = [_page_by(model, name) for name in OWNERS[model]]
    return Coalesce(*keys, output_field=models.UUIDField()) if len(keys) > 1 else keys[0]


def _page_by(model: type[models.Model], name: str) -> Any:
    """The key of the page by this foreign key: as it is, or through the row that it refers to."""
    owner = model._meta.get_field(name).related_model
    assert isinstance(owner, type)  # noqa: S101 - for the type checker: they are foreign keys
    if owner is Controversy:
        return models.F(f"{name}_id")
    [path] = page_paths(owner)  # owners are of one page by one path
    of_page = owner._default_manager.filter(pk=models.OuterRef(f"{name}_id")).order_by()
    return models.Subquery(of_page.values(f"{path}_id"))


def on_pages(model: type[models.Model], lookup: str, value: object) -> models.Q:
    """Return the condition that a row is on a page with this value: `on_pages(Citation, "pk__in", keys)`."""
    names = [f"{path}__{lookup}" for path in page_paths(model)] or [lookup]
    return reduce(or_, (models.Q(**{name: value}) for name in names))
