"""The policy that each public view declares, and the headers for caches that follow from it.

What readers without a session get is the same for all of them, so any cache may keep it. Browsers ask each time whether
it is still current. A shared cache asks `CACHE_SECONDS` after it got the answer at the latest, so a withdrawn page is
gone within that time; and at once where it can be told (`purge`), by the surrogate keys that each answer has then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import patch_cache_control

from . import proxies

STALE_IF_ERROR = 10 * 60  # seconds in which a shared cache may serve a page that the site fails to answer for
OLD_SECONDS = 24 * 60 * 60  # an old revision, where shared caches are told of what becomes of its page
EVERYTHING = "crux"  # the surrogate key of every answer
LISTS = "lists"
RELEASE = "release"  # only a release or a setting changes it
PAGE, TOPIC, BACKER, SOURCE = "page", "topic", "backer", "source"
_NUMBERS = {"number", "a", "b"}  # arguments of views that name revisions
_CURRENT = (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
_REMOVED = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)

type Versions = tuple[bytes, ...]
type FindVersions = Callable[..., Versions | None]


@dataclass(frozen=True, slots=True)
class PublicPolicy:
    """The parameters and versions that a view depends on.

    `find_versions` takes the request and the view's own arguments. It returns digests of all that the answer shows
    besides its address, None for an answer that must not be remembered.
    """

    reads: frozenset[str] | None = None  # parameters of the query; None: all of them
    find_versions: FindVersions | None = None  # None: the view's answers are not remembered
    subject: str = LISTS  # the answer changes with one page, topic, backer or source, or with any page
    is_old: bool = (
        False  # with a revision's number, an old revision: only what is told of its page changes it
    )
    is_for_all: bool = False  # the same for users with a session

    def surrogate_keys(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names by which a shared cache is told to drop the answer."""
        if self.subject == LISTS:
            return (EVERYTHING, LISTS)
        slug = arguments.get("slug")
        return (EVERYTHING, surrogate_key(self.subject, slug)) if slug else (EVERYTHING,)


def surrogate_key(subject: str, slug: str) -> str:
    """Return the surrogate key of what is shown of a page, topic, backer or source."""
    return f"{subject}-{slug}"


def policy_of(view: object) -> PublicPolicy | None:
    """Return what a view has declared, None if it is none of the public site."""
    policy = getattr(view, "policy", None)
    return policy if isinstance(policy, PublicPolicy) else None


def set_public_headers(response: HttpResponse, policy: PublicPolicy, arguments: Mapping[str, Any]) -> None:
    """Set the headers for caches of an answer to somebody without a session, unless the view has set its own.

    A page that is gone or moved replaces what a shared cache has, and is never served stale: it may come back.
    """
    if "Cache-Control" in response:
        return
    if not settings.CACHE_SECONDS or response.status_code not in (*_CURRENT, *_REMOVED):
        patch_cache_control(response, no_cache=True)
        return
    for name, separator in proxies.key_headers():
        response[name] = separator.join(policy.surrogate_keys(arguments))
    fresh = settings.CACHE_SECONDS - settings.CACHE_SECONDS // 2
    if response.status_code in _REMOVED:
        response["Cache-Control"] = f"public, max-age=0, s-maxage={fresh}"
        return
    stale = settings.CACHE_SECONDS - fresh
    if policy.is_old and not _NUMBERS.isdisjoint(arguments) and proxies.are_told():
        fresh = OLD_SECONDS
    response["Cache-Control"] = (
        f"public, max-age=0, s-maxage={fresh}, stale-while-revalidate={stale}, stale-if-error={STALE_IF_ERROR}"
    )


def is_shareable(response: HttpResponse) -> bool:
    """Whether an answer may be kept for others: it says so itself, and sets no cookie."""
    return "s-maxage=" in response.get("Cache-Control", "") and not response.cookies
