"""Forms of administrators: an account with its role, and an invitation."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UserChangeForm
from django.forms import ModelForm
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.models import Invitation, Topic

from . import roles
from .roles import ROLES


def role_field(*, with_none: bool) -> forms.ChoiceField:
    """Return the field that asks for a role, each with what it may do."""

    def choices() -> list[tuple[str, SafeString]]:
        line = "<strong>{}</strong>: {}"
        named = [(role.name.value, format_html(line, role.label, role.about)) for role in ROLES.values()]
        none = ("", format_html(line, _("No role"), _("May not use the desk.")))
        return [none, *named] if with_none else named

    return forms.ChoiceField(
        label=gettext_lazy("Role"), choices=choices, widget=forms.RadioSelect, required=not with_none
    )


def topics_field() -> forms.ModelMultipleChoiceField:
    """Return the field that asks for the topics that a role reaches."""
    return forms.ModelMultipleChoiceField(
        Topic.objects.order_by("title", "pk"),
        label=gettext_lazy("Only for these topics"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Choose none for all topics. On pages of other topics, the account can then only read."
        ),
    )


class ScopedRoleMixin(forms.Form):
    """A role and its topics, read from a form."""

    def chosen_topics(self) -> list[Topic] | None:
        """Return the topics chosen; None for all."""
        return list(self.cleaned_data["topics"]) or None


class AccountForm(ScopedRoleMixin, UserChangeForm):
    """An account: names, address, role, topics, and whether it is open."""

    role = role_field(with_none=True)
    topics = topics_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = roles.role_of(self.instance).value
        topics = roles.topics_of(self.instance)
        self.fields["topics"].initial = [] if topics is None else [topic.pk for topic in topics]


class InvitationRequestForm(ScopedRoleMixin, ModelForm):
    """An address, a role and its topics."""

    class Meta:
        model = Invitation
        fields = ["email"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = role_field(with_none=False)
        self.fields["topics"] = topics_field()
