"""People: accounts with their role in words, invitations, and the log of rights. All of it is for administrators."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from controversies.accounts import invitations, roles
from controversies.accounts.people_forms import AccountForm, InvitationRequestForm
from controversies.accounts.roles import RoleName
from controversies.admin.lists.change_list import KeysetAdmin, TitledList
from controversies.kit.accounts import signed_in
from controversies.models import Invitation, RightsChange


class PersonAdmin(UserAdmin):
    """Accounts. Their rights are a role; single permissions are not given."""

    about = gettext_lazy("Accounts, their roles, and the topics that these reach.")
    form = AccountForm
    add_form = AdminUserCreationForm
    list_display = ("username", "full_name", "email", "role_name", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email")}),
        (gettext_lazy("Rights"), {"fields": ("role", "topics", "is_active")}),
        (gettext_lazy("Password"), {"fields": ("password",)}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()

    def get_changelist(self, request: HttpRequest, **options: object) -> type[TitledList]:
        return TitledList

    @admin.display(description=gettext_lazy("name"), ordering="last_name")
    def full_name(self, obj: User) -> str:
        return obj.get_full_name()

    @admin.display(description=gettext_lazy("role"))
    def role_name(self, obj: User) -> str:
        return roles.label_of(roles.role_of(obj).value)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is not None:  # role and topics are fields of the form, not of the model
            kwargs["fields"] = ("username", "first_name", "last_name", "email", "is_active", "password")
        return super().get_form(request, obj, change=change, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Accounts are closed, not deleted: what they did stays theirs."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Form, change: bool) -> None:
        """Save names and address as they are, and rights through the roles, which log them."""
        by = signed_in(request)
        if not by.is_superuser:
            raise PermissionDenied
        if not isinstance(form, AccountForm):
            super().save_model(request, obj, form, change)
            return
        stored = User.objects.get(pk=obj.pk)
        is_open, role = form.cleaned_data["is_active"], RoleName(form.cleaned_data["role"])
        obj.is_active, obj.is_staff, obj.is_superuser = stored.is_active, stored.is_staff, stored.is_superuser
        if obj.pk == by.pk and (role is not RoleName.ADMINISTRATOR or not is_open):
            messages.error(request, _("You cannot take your own rights away. Another administrator can."))
            role, is_open = RoleName.ADMINISTRATOR, True
        super().save_model(request, obj, form, change)
        roles.give(obj, role, form.chosen_topics(), by=by)
        if is_open != stored.is_active:
            (roles.reopen if is_open else roles.close)(obj, by=by)

    def save_related(self, request: HttpRequest, form: Form, formsets: object, change: bool) -> None:
        """Leave groups and permissions alone: the role has set them."""


@admin.register(Invitation)
class InvitationAdmin(KeysetAdmin):
    """Invites people, shows what became of it."""

    about = gettext_lazy("Invite somebody by e-mail, with a role.")
    form = InvitationRequestForm
    list_display = ("email", "role_name", "topic_names", "invited_by", "sent_at", "state")
    list_display_links = None
    list_select_related = ("invited_by",)
    ordering = ("-sent_at", "-id")
    actions = ["send_again", "withdraw"]
    orders: ClassVar[dict[str, tuple[str, ...]]] = {"sent_at": ("sent_at", "id")}
    is_newest_first = True

    def get_fieldsets(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        return ((None, {"fields": ("email", "role", "topics")}),)

    def get_form(
        self, request: HttpRequest, obj: Invitation | None = None, change: bool = False, **kwargs: object
    ) -> Any:
        return super().get_form(request, obj, change=change, **{**kwargs, "fields": ("email",)})

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return obj is None and bool(request.user.is_superuser and request.user.is_active)

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("role"))
    def role_name(self, obj: Invitation) -> str:
        return roles.label_of(obj.role)

    @admin.display(description=gettext_lazy("topics"))
    def topic_names(self, obj: Invitation) -> str:
        topics = invitations.topics_of(obj)
        return _("All topics") if topics is None else ", ".join(topic.title for topic in topics)

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: Invitation) -> str:
        return invitations.state_of(obj)

    def save_model(self, request: HttpRequest, obj: Invitation, form: Form, change: bool) -> None:
        assert isinstance(form, InvitationRequestForm)  # noqa: S101 - for the type checker
        role = RoleName(form.cleaned_data["role"])
        invitation = invitations.invite(obj.email, role, form.chosen_topics(), by=signed_in(request))
        obj.__dict__.update(invitation.__dict__)

    def log_addition(self, request: HttpRequest, obj: Invitation, message: object) -> None:  # type: ignore[override]
        """Leave it to the log of rights."""

    def response_add(
        self, request: HttpRequest, obj: Invitation, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, _("The invitation was sent to %(email)s.") % {"email": obj.email})
        return self.response_post_save_add(request, obj)

    @admin.action(permissions=["change"], description=gettext_lazy("Send again"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        self._each(request, queryset, invitations.send_again)

    @admin.action(permissions=["change"], description=gettext_lazy("Withdraw"))
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        self._each(request, queryset, invitations.withdraw)

    def _each(self, request: HttpRequest, queryset: QuerySet[Invitation], act: Callable[..., None]) -> None:
        count = 0
        for invitation in queryset:
            try:
                act(invitation, by=signed_in(request))
                count += 1
            except invitations.InvitationOver:
                state = invitations.state_of(invitation)
                messages.warning(
                    request, _("%(email)s: %(state)s") % {"email": invitation.email, "state": state}
                )
        words = ngettext("Done for %(count)s invitation.", "Done for %(count)s invitations.", count)
        messages.info(request, words % {"count": count})


@admin.register(RightsChange)
class RightsChangeAdmin(KeysetAdmin):
    """Shows who gave whom what, and when. Nobody changes it."""

    about = gettext_lazy("Who gave whom which role, for which topics, and when.")
    list_display = ("time_text", "by_name", "account_name", "change_words", "before", "after")
    list_display_links = None
    search_fields = ("=account_name", "=by_name")
    ordering = ("-id",)
    list_per_page = 100
    orders: ClassVar[dict[str, tuple[str, ...]]] = {"time_text": ("id",)}
    is_newest_first = True

    @admin.display(description=gettext_lazy("time"), ordering="id")
    def time_text(self, obj: RightsChange) -> str:
        return date_format(obj.time, "DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("change"))
    def change_words(self, obj: RightsChange) -> str:
        words = {
            "role": _("Role"),
            "topics": _("Topics"),
            "account": _("Account"),
            "invitation": _("Invited"),
            "invitation-again": _("Invited again"),
            "invitation-withdrawn": _("Invitation withdrawn"),
            "invitation-accepted": _("Invitation accepted"),
        }
        return words.get(obj.change, obj.change)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: RightsChange | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RightsChange | None = None) -> bool:
        return False


admin.site.unregister(User)
admin.site.unregister(Group)
admin.site.register(User, PersonAdmin)
