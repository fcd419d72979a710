"""What the script of the edit page says."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """Every phrase by its name; values come in at the braces."""
    return {
        "position": _("Position {label}"),
        "point": _("Contested point {label}"),
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
        "no_block": _("This part could not be fetched. Try again in a moment."),
        "gone_block": _(
            "This part is no longer there: it was taken out meanwhile. Reload the page to see it as it is."
        ),
        "gone_target": _("What the link leads to is no longer on this page."),
        "draft": _("On {when} you typed something here that was not saved."),
        "draft_here": _("Here is what you typed on {when}. It is not saved yet."),
        "draft_as_text": _(
            "It could not be put back into the page, which may have changed meanwhile. Here it is as text."
        ),
        "draft_again": _("Try again"),
        "draft_away": _("Throw it away"),
        "saving": _("Saving…"),
        "too_much": _(
            "This is more than can be sent at once. Shorten the longest texts; nothing is lost meanwhile."
        ),
        "unreachable": _(
            "The server cannot be reached. Nothing is lost: your text is still here. Try again in a moment."
        ),
        "signed_out": _("You have been logged out, so nothing was saved yet. Your text is still here."),
        "login": _("Log in in a new tab, then save again."),
        "signed_in": _("You are logged in again. Now save."),
        "login_url": f"{reverse('admin:login')}?{urlencode({'next': reverse('admin:index')})}",
        "compare": _("Compare"),
        "use": _("Use: “{text}”"),
    }
