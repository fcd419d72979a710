"""The base of forms for readers: without required attributes, with a trap for programs that fill in forms."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class ReaderForm(forms.Form):
    """A form without labels' colons and browsers' own messages, and with a field that people do not see."""

    subject = forms.CharField(
        label=gettext_lazy("Leave this empty"),
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", "use_required_attribute": False, **options})

    def clean_subject(self) -> str:
        if self.cleaned_data["subject"]:
            raise ValidationError(
                _(
                    "A hidden field was filled in, perhaps by your browser. It is empty now: send the form again."
                )
            )
        return ""

    def without_trap(self) -> None:
        """Empty the trap, so that the form can be sent again."""
        data = cast(QueryDict, self.data).copy()  # the request's own is immutable
        data["subject"] = ""
        self.data = data

    def problems(self) -> list[tuple[str, str]]:
        """Return the errors: the id of the field, "" if it is not visible, and the message."""
        return [
            ("" if name in ("subject", "__all__") else str(self[name].id_for_label), str(message))
            for name, messages in self.errors.items()
            for message in messages
        ]
