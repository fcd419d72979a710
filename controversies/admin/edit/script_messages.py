"""The messages of the edit page's script."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.admin.edit.fields_form import LISTED
from controversies.admin.form_context import SHARED_TYPES, FormContext
from controversies.document.types import Source


def script_messages() -> dict[str, str]:
    """Every message by its name; the script puts values in at the braces."""
    blocks: dict[str, str] = {}
    for block_type in LISTED:
        blocks[block_type.name] = str(block_type.named) % "{label}"
        blocks[f"add_{block_type.name}"] = _("Add: %s") % block_type.label
    return blocks | {
        "chosen": _("Chosen: {name}"),
        "use_it": _("Use it"),
        "use_here": _("New on this page: use it"),
        "new_source": _("Add as a new source: {text}"),
        "new_backer": _("Add as a new backer: {text}"),
        "new_topic": _("Add as a new topic: {text}"),
        "kind_source": _("new source"),
        "kind_backer": _("new backer"),
        "kind_topic": _("new topic"),
        "options_source": _("Sources on record"),
        "options_backer": _("Backers on record"),
        "options_topic": _("Topics on record"),
        "option_count": _("On record: {count}. Use the arrow keys to choose."),
        "only_new": _("Not on record. Press Enter to add it as new."),
        "no_options": _("Nothing on record fits this."),
        "placeholder_source": _("Link, DOI, arXiv, PMID, ISBN or title"),
        "placeholder_backer": _("Name"),
        "placeholder_topic": _("Title"),
        "origin": _("from {origin}"),
        "is_recorded": _("This work is on record already."),
        "use_recorded": _("Use “{name}”"),
        "looking_up": _("Looking it up…"),
        "looked_up": _("Some fields are filled in. Check them before you save."),
        "lookup_failed": _("Nothing could be looked up. Fill in the fields yourself."),
        "backing": _("Backer {label}"),
        "backing_named": _("Backer “{name}”"),
        "citation": _("Source {label}"),
        "citation_named": _("Source “{name}”"),
        "unnamed": _("(nothing written yet)"),
        "counts_position": _("backers {backers} · sources {sources}"),
        "counts_point": _("sources {sources}"),
        "add_position": _("Add a position"),
        "add_point": _("Add a contested point"),
        "add_backing": _("Add a backer"),
        "add_citation": _("Add a source"),
        "up": _("Move up: {name}"),
        "down": _("Move down: {name}"),
        "remove": _("Remove: {name}"),
        "move": _("Move to another place: {name}"),
        "title_move": _("Move to another position or text"),
        "move_button": _("Move"),
        "cancel": _("Cancel"),
        "context": _("Context"),
        "moved_to": _("{name} moved to {place}."),
        "not_moved": _("{name} was not moved. {reason}"),
        "already_there": _("{place} – this backer is already there"),
        "needs_text": _("{place} – write what it says first"),
        "no_place": _("There is no other place for {name} yet."),
        "title_up": _("Move up"),
        "title_down": _("Move down"),
        "title_remove": _("Remove"),
        "drag": _("Drag to move"),
        "added": _("Added: {name}"),
        "moved": _("{name} is now number {place} of {of}."),
        "is_first": _("{name} is the first already."),
        "is_last": _("{name} is the last already."),
        "removed": _("Removed: {name}."),
        "restored": _("Back again: {name}."),
        "undo": _("Undo"),
        "undo_of": _("Undo: bring {name} back"),
        "no_block": _("This part could not be loaded. Try again in a moment."),
        "gone_block": _("Somebody has removed this part. Reload the page to see the newest version."),
        "gone_target": _("The part that this link leads to is no longer on the page."),
        "draft": _("On {when} you typed something here that was not saved."),
        "draft_here": _("Here is what you typed on {when}. It is not saved yet."),
        "draft_as_text": _(
            "It could not be put back into the page, which may have changed since. Here it is as text."
        ),
        "draft_again": _("Try again"),
        "draft_away": _("Discard it"),
        "saving": _("Saving…"),
        "too_much": _("This is too long to send at once. Shorten the longest texts. Nothing is lost."),
        "unreachable": _("The server cannot be reached. Your text is still here. Try again in a moment."),
        "signed_out": _("You have been logged out, so nothing was saved yet. Your text is still here."),
        "login": _("Log in in a new tab, then save again."),
        "signed_in": _("You are logged in again. Now save."),
        "login_url": f"{reverse('admin:login')}?{urlencode({'next': reverse('admin:index')})}",
        "quote_verdict": _("{name}: {verdict}"),
        "quote_use": _("Use the source’s words"),
        "quote_used": _("The quotation now has the source’s words. It is not saved yet."),
        "quote_slow": _(
            "The check takes longer than usual. Its result will be here when you open the page again."
        ),
        "compare": _("Compare"),
        "use": _("Use: “{text}”"),
    }


def box_config(context: FormContext) -> dict[str, dict[str, Any]]:
    """The addresses that the boxes for topics, backers and sources ask, by kind, and whether the user may add one."""
    return {
        block_type.name: {
            "matches": reverse(f"admin:controversies_{block_type.name}_matches"),
            "lookup": reverse("admin:controversies_source_lookup") if block_type.part is Source else "",
            "title": block_type.part.TITLE,
            "mayAdd": context.may_add(model),
        }
        for model, block_type in SHARED_TYPES.items()
    }
