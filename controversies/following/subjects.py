"""Subjects that readers can follow: all pages, or one page, topic or backer that is public now."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from controversies.models import Controversy, SubjectType, Subscription
from controversies.pages.public_rows import public_backers, public_topics

_VIEWS = {SubjectType.PAGE: "controversy", SubjectType.TOPIC: "topic", SubjectType.BACKER: "backer"}
_FEEDS = {
    SubjectType.PAGE: "controversy_feed",
    SubjectType.TOPIC: "topic_feed",
    SubjectType.BACKER: "backer_feed",
}
_CALENDARS = {SubjectType.PAGE: "page_calendar", SubjectType.TOPIC: "topic_calendar"}


@dataclass(frozen=True, slots=True)
class FollowSubject:
    """A subject to follow. `slug` and `name` are "" for the whole site."""

    type: SubjectType
    key: uuid.UUID
    slug: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        """The name in a list: “Topic: Open weights”."""
        if self.type == SubjectType.SITE:
            return _("All pages of %(site)s") % {"site": settings.SITE_NAME}
        if self.type == SubjectType.TOPIC:
            return _("Topic: %(name)s") % {"name": self.name}
        if self.type == SubjectType.BACKER:
            return _("Backer: %(name)s") % {"name": self.name}
        return self.name

    @property
    def path(self) -> str:
        """The path of its page."""
        return reverse(_VIEWS[self.type], args=[self.slug]) if self.slug else reverse("changes")

    @property
    def follow_path(self) -> str:
        """The path of the page that offers to follow it."""
        return reverse(f"follow_{self.type}", args=[self.slug]) if self.slug else reverse("follow")

    @property
    def feed_path(self) -> str:
        """The path of its feed."""
        return reverse(_FEEDS[self.type], args=[self.slug]) if self.slug else reverse("changes_feed")

    @property
    def calendar_path(self) -> str:
        """The path of its calendar of reviews; "" for a backer, which has none."""
        if self.type == SubjectType.BACKER:
            return ""
        return reverse(_CALENDARS[self.type], args=[self.slug]) if self.slug else reverse("calendar")


def whole_site() -> FollowSubject:
    """Return the site as something to follow."""
    return FollowSubject(SubjectType.SITE, Subscription.SITE)


def public_subjects(wanted: Iterable[tuple[str, uuid.UUID]]) -> dict[tuple[str, uuid.UUID], FollowSubject]:
    """Return those of these types and keys that are public now, by type and key; a query a type at most."""
    keys: dict[str, list[uuid.UUID]] = {}
    for subject_type, key in wanted:
        keys.setdefault(subject_type, []).append(key)
    known: dict[tuple[str, uuid.UUID], FollowSubject] = {}
    if SubjectType.SITE in keys:
        known[SubjectType.SITE, Subscription.SITE] = whole_site()
    for each, rows, title in (
        (SubjectType.PAGE, Controversy.objects.public(), "title"),
        (SubjectType.TOPIC, public_topics(), "title"),
        (SubjectType.BACKER, public_backers(), "name"),
    ):
        if each in keys:
            for key, slug, name in rows.filter(pk__in=keys[each]).values_list("pk", "slug", title):
                known[each, key] = FollowSubject(each, key, slug, name)
    return known
