"""The list of the texts about the site, and the form that adds a version to one. Nothing that was typed is lost."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controversies.kit.accounts import Account, signed_in
from controversies.models import SiteText, SiteTextName
from controversies.pages.diff.contents import prose_piece
from controversies.pages.site_text_defaults import DEFAULTS
from controversies.workflow import site_texts

_FOLDER = "admin/controversies/site_texts"


class SiteTextForm(forms.Form):
    """A new version of a text; `base` is the number of the one that it follows."""

    body = forms.CharField(
        label=gettext_lazy("Text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 20, "class": "vLargeTextField"}),
        help_text=gettext_lazy(
            "Markdown. Leave it empty to show the standard text. Name no log-in here, and no "
            "address that readers should not see."
        ),
    )
    summary = forms.CharField(
        label=gettext_lazy("Reason for the change"),
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField", "maxlength": site_texts.SUMMARY_LIMIT}),
        help_text=gettext_lazy("Readers see it in the text’s history."),
    )
    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=999_999_999)


def text_list(request: HttpRequest) -> HttpResponse:
    """List the texts, each with its newest version."""
    _check(request)
    newest = site_texts.newest_versions()
    context = _context(request, _("Texts about the site")) | {
        "texts": [(name, newest.get(name)) for name in SiteTextName],
    }
    return TemplateResponse(request, f"{_FOLDER}/list.html", context)


def text_form(request: HttpRequest, name: str) -> HttpResponse:
    """Show the form of a text; save a version, show a preview, or show why it was not saved."""
    user = _check(request)
    if name not in SiteTextName.values:
        raise Http404
    text = SiteTextName(name)
    newest = site_texts.newest_versions().get(text)
    number, body = (newest.number, newest.body) if newest else (0, "")
    form = SiteTextForm(request.POST or None, initial={"body": body, "base": number})
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            context["preview"] = form.cleaned_data["body"].strip() or str(DEFAULTS[text])
        else:
            try:
                saved = _save(text, form, user)
            except site_texts.TextOutdated as refusal:
                form.add_error(None, str(refusal))
                context |= _conflict(form, newest)
            except site_texts.TextRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(
                    request, _("Version %(number)d was saved. Readers see it now.") % {"number": saved.number}
                )
                return HttpResponseRedirect(reverse("site_texts"))
    context |= _context(request, str(text.label)) | {
        "text": text,
        "form": form,
        "newest": newest,
        "default": str(DEFAULTS[text]),
    }
    return TemplateResponse(request, f"{_FOLDER}/edit.html", context)


def _save(text: SiteTextName, form: SiteTextForm, user: Account) -> SiteText:
    data = form.cleaned_data
    return site_texts.save(text, data["body"], data["summary"], author=user, base=data["base"])


def _conflict(form: SiteTextForm, newest: SiteText | None) -> dict[str, Any]:
    """The comparison of the other's text with the one that was typed; the form follows the other's from now on."""
    number, body = (newest.number, newest.body) if newest else (0, "")
    form.data = {**dict(form.data.items()), "base": str(number)}
    return {"theirs": newest, "piece": prose_piece(body, form.cleaned_data["body"].strip())}


def _check(request: HttpRequest) -> Account:
    """Return the account, if it may write these texts. Raises PermissionDenied."""
    if not site_texts.may_edit(request.user):
        raise PermissionDenied
    return signed_in(request)


def _context(request: HttpRequest, title: str) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title}
