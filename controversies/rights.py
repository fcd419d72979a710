"""Rights by topic: a role that reaches only some topics lets its account work on their pages, and on no others.

Outside its topics an account reads what the desk shows, and changes, proposes and decides nothing. What many pages
show (a backer, a source) may be changed by those whose topics have all of these pages. `history` checks each revision
that somebody makes; the rest of the desk asks here, too, before people type in vain.
"""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from controversies.kit.accounts import Visitor
from controversies.models import Controversy, Topic, former_topics


class TopicRefused(PermissionDenied):
    """The account's role does not reach the topic of a page. The text says so, for the person."""


def allowed_topics(user: Visitor | None) -> frozenset[str] | None:
    """Return the keys of the topics that the account's role reaches; None if it reaches all."""
    if not isinstance(user, User) or user.is_superuser:
        return None
    scope = getattr(user, "scope", None)
    return None if scope is None else frozenset(map(str, scope.reached))


def may_work_on(user: Visitor | None, topics: Iterable[object]) -> bool:
    """Whether the account's role reaches all of these topics, given by key."""
    allowed = allowed_topics(user)
    return allowed is None or {str(topic) for topic in topics} <= allowed


def may_work_on_pages(user: Visitor | None, pages: Iterable[object]) -> bool:
    """Whether the account's role reaches the topics of these pages, given by key; one query for a limited role."""
    if allowed_topics(user) is None:
        return True
    return may_work_on(
        user, Controversy.objects.filter(pk__in=list(pages)).values_list("topic_id", flat=True)
    )


def reaching(users: QuerySet[User], topic: str) -> QuerySet[User]:
    """Return those of the accounts whose role reaches this topic, given by key."""
    topics = sorted(former_topics(topic))
    return users.filter(Q(scope=None) | Q(is_superuser=True) | Q(scope__topics__overlap=topics))


def check_topics(user: Visitor | None, topics: Iterable[object]) -> None:
    """Raise TopicRefused unless the account's role reaches all of these topics."""
    allowed = allowed_topics(user)
    if allowed is None:
        return
    beyond = {str(topic) for topic in topics} - allowed
    if beyond:
        titles = list(Topic.objects.filter(pk__in=beyond).order_by("title").values_list("title", flat=True))
        if not titles:
            raise TopicRefused(_("Your role does not reach new topics. Ask an administrator."))
        raise TopicRefused(
            _(
                "Your role does not reach the topic: %(topics)s. Nothing was saved. Ask an editor of that topic."
            )
            % {"topics": ", ".join(titles)}
        )


def check_pages(user: Visitor | None, pages: Iterable[object]) -> None:
    """Raise TopicRefused unless the account's role reaches the topics of all these pages, given by key."""
    if allowed_topics(user) is not None:
        check_topics(
            user, Controversy.objects.filter(pk__in=list(pages)).values_list("topic_id", flat=True).distinct()
        )


def check_everywhere(user: Visitor | None) -> None:
    """Raise TopicRefused for a role that does not reach all topics."""
    if allowed_topics(user) is not None:
        raise TopicRefused(_("This concerns pages of all topics, and your role reaches only some."))
