"""Backers, as editors see them."""

from functools import partial
from typing import ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from controversies.admin.lists.bulk import BulkEdit, pages_by_value
from controversies.admin.lists.filters import NeedFilter, Needs
from controversies.admin.shared.shared_admin import SharedAdmin
from controversies.document.types import BY_NAME
from controversies.models import Backer, BackerKind, Backing

_BACKINGS = Backing.objects.filter(backer=OuterRef("pk"))


class BackerNeeds(NeedFilter):
    def needs(self) -> Needs:
        return {
            "place": (_("Shown nowhere"), ~Exists(_BACKINGS), ""),
            # A constituency is unorganised: nobody keeps a website for it.
            "website": (_("No website"), Q(website="") & ~Q(kind=BackerKind.CONSTITUENCY), "id_website"),
            "description": (_("No description"), Q(description=""), "id_description"),
        }


@admin.register(Backer)
class BackerAdmin(SharedAdmin):
    about = _(
        "Who holds positions: companies, labs, government bodies, organisations, people, constituencies."
    )
    reasons = (
        _("Name corrected."),
        _("The backer has changed its name."),
        _("Website brought up to date."),
        _("Description made clearer."),
    )
    fields = ["name", "kind", "slug", "description", "website", "aliases"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name", "aliases", "slug"]
    search_help_text = _("Looks in names, other names and addresses.")
    list_display = ["name", "kind", "positions_held", "shown_on"]
    orders: ClassVar[dict[str, tuple[str, ...]]] = {"name": ("name", "id"), "positions_held": ("uses", "key")}
    use_columns = ("positions_held",)
    list_filter = [BackerNeeds, "kind"]
    ordering = ["name", "pk"]
    bulk_edits = (
        BulkEdit(
            name="kind",
            column="kind",
            title=_("Set the kind"),
            question=_("New kind"),
            button=_("Set the kind"),
            choices=lambda: BackerKind.choices,
            pages=partial(pages_by_value, BY_NAME["backer"], "kind"),
            reasons=(_("Kind corrected."),),
        ),
    )

    def told_apart(self, obj: Backer) -> str:
        return f"{obj.name} ({obj.get_kind_display()})"

    @admin.display(description=_("holds"), ordering="uses")
    def positions_held(self, obj: Backer) -> str:
        count: int = obj.uses  # type: ignore[attr-defined]  # annotated
        return ngettext("%s position", "%s positions", count) % count if count else str(_("nothing"))
