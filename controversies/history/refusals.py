"""Refusals by the database, in words for editors: a constraint stands for a fault of the document."""

from django.db import IntegrityError
from django.utils.translation import gettext as _

from controversies import models as m
from controversies.document.parse import Fault, InvalidDocument

PUT_OFF = "controversies_put_off"  # `sql/pending.sql`


def still_recorded() -> str:
    """Return why a backer, source or topic cannot be changed while its last change is put off on some pages."""
    return _(
        "Its last change is still being recorded on the pages that show it. Nothing was saved. Try again in a minute."
    )


def constraint_name(error: IntegrityError) -> str:
    """Return the name of the constraint that was violated, "" if it was none."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""


def explain_refusal(error: IntegrityError) -> Exception:
    """Return the fault of the document that a refusal by the database stands for, or the error itself."""
    constraint = constraint_name(error)
    if constraint == PUT_OFF:
        return InvalidDocument([Fault("", still_recorded())])
    if constraint.endswith("_pkey"):
        table = constraint.removesuffix("_pkey").removeprefix("controversies_")
        return InvalidDocument(
            [
                Fault(
                    "",
                    _("A key of this page is already used elsewhere (%s).") % table,
                )
            ]
        )
    for model in (m.Backer, m.Source, m.Topic, m.Controversy, m.Position, m.ContestedPoint, m.Backing):
        for each in model._meta.constraints:
            if each.name == constraint:
                return InvalidDocument(
                    [Fault("", f"{model._meta.verbose_name}: {each.violation_error_message}")]
                )
        if constraint.startswith(f"{model._meta.db_table}_slug"):
            return InvalidDocument([Fault("", _("%s: this address is taken.") % model._meta.verbose_name)])
    return error
