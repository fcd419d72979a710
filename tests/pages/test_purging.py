"""Shared caches are told what to drop: which answers, when, and that whoever edits never waits or fails for it."""

import datetime
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from controversies import history
from controversies.history import words_removed
from controversies.models import Backer, PurgeState
from controversies.pages import policy, proxies, purging
from controversies.pages.proxies import InvalidAddress, PurgeFailed, parse
from tests.caching import PUBLIC
from tests.factories import ControversyFactory

from .shared_caches import PlayedCache, played

KINDS = [pytest.param(kind, id=kind) for kind in proxies.KINDS]
WAIT = 20.0  # seconds


@pytest.fixture
def shared(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PlayedCache]:
    """A shared cache that the site tells, of the kind that the test names, else Varnish."""
    monkeypatch.setattr(purging, "AGAIN", datetime.timedelta(hours=1))
    monkeypatch.setattr(purging, "_RETRIES", ())
    with played(getattr(request, "param", "varnish")) as cache:
        settings.PURGE_URL = cache.url
        yield cache
        assert purging.teller.wait(WAIT)
        settings.PURGE_URL = ""


def fetch(shared: PlayedCache, *addresses: str) -> None:
    """Keep the site's answers in the shared cache, by the keys that they have."""
    for address in addresses:
        response = Client().get(address)
        keys = response.get("Surrogate-Key") or response.get("Cache-Tag") or ""
        shared.keep(address, keys)


def told() -> None:
    """Wait until what is committed was told."""
    assert purging.teller.wait(WAIT)


def addresses_of(page: Any) -> dict[str, str]:
    document = page.document
    return {
        "page": f"/controversies/{page.slug}/",
        "old": f"/controversies/{page.slug}/revisions/1/",
        "json": f"/controversies/{page.slug}.json",
        "api": f"/api/v1/controversies/{page.slug}/positions",
        "feed": f"/controversies/{page.slug}.atom",
        "topic": f"/topics/{document.head.topic.slug}/",
        "backer": f"/backers/{document.backers[0].slug}/",
        "source": f"/sources/{document.sources[0].slug}/",
        "home": "/",
        "search": "/search/?q=x",
        "sitemap": "/sitemap.xml",
    }


# -- what is told --


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shared", KINDS, indirect=True)
def test_withdrawn_page_is_dropped_everywhere_and_others_stay(shared: PlayedCache) -> None:
    page, other = ControversyFactory(revisions=2, citations=1, backings=1), ControversyFactory()
    told()
    purging.tell_pending()
    mine, theirs = addresses_of(page).values(), f"/controversies/{other.slug}/"
    fetch(shared, *mine, theirs, "/about/")
    assert len(shared.answers) == len(mine) + 2

    page.edit(publication="withdrawn")
    told()

    assert not set(mine) & set(shared.answers)
    assert set(shared.answers) == (set() if shared.kind == "nginx" else {theirs, "/about/"})


@pytest.mark.django_db(transaction=True)
def test_what_a_page_showed_before_is_dropped_too(shared: PlayedCache) -> None:
    """A backer's page lists a position that no longer has it."""
    page = ControversyFactory(positions=1, backings=1, citations=0)
    told()
    backer = f"/backers/{page.document.backers[0].slug}/"
    fetch(shared, backer)

    page.save(replace(page.document, positions=()))
    told()

    assert backer not in shared.answers


@pytest.mark.django_db(transaction=True)
def test_renamed_backer_is_dropped_where_it_is_shown(shared: PlayedCache) -> None:
    page, other = ControversyFactory(backings=1), ControversyFactory(backings=0, citations=0)
    told()
    fetch(shared, f"/controversies/{page.slug}/", f"/controversies/{other.slug}/")

    with history.act(author_name="Edith Editor", summary="A new name."):
        Backer.objects.filter(slug=page.document.backers[0].slug).update(name="New name")
    told()

    assert set(shared.answers) == {f"/controversies/{other.slug}/"}


@pytest.mark.django_db(transaction=True)
def test_draft_is_told_to_nobody(shared: PlayedCache) -> None:
    ControversyFactory()
    told()
    purging.tell_pending()
    shared.requests.clear()

    draft = ControversyFactory(publication="draft", slug="a-secret-draft")
    draft.edit(title="Another secret")
    told()
    purging.tell_pending()

    assert "secret" not in str(shared.requests)


@pytest.mark.django_db(transaction=True)
def test_release_and_removal_of_words_drop_everything(
    shared: PlayedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ControversyFactory()
    told()
    fetch(shared, f"/controversies/{page.slug}/", "/about/")

    monkeypatch.setattr(purging, "release_id", lambda: "ab" * 32)
    purging.tell_pending()

    assert not shared.answers
    assert shared.requests[-1][2]["surrogate-key"] == policy.EVERYTHING
    PurgeState.objects.update(redaction=-1, again_at=None)
    fetch(shared, "/about/")
    words_removed.send(None)
    told()
    assert not shared.answers


@pytest.mark.django_db(transaction=True)
def test_many_revisions_at_once_drop_everything(shared: PlayedCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "MANY", 3)
    ControversyFactory()
    told()
    with transaction.atomic():
        for _ in range(4):
            ControversyFactory()
    told()

    assert shared.requests[-1][2]["surrogate-key"] == policy.EVERYTHING


# -- when --


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_told(shared: PlayedCache) -> None:
    page = ControversyFactory()
    told()
    purging.tell_pending()
    shared.requests.clear()

    with transaction.atomic():
        page.edit(title="Never")
        transaction.set_rollback(True)
    told()

    assert not shared.requests


@pytest.mark.django_db(transaction=True)
def test_all_is_told_twice_and_then_no_more(shared: PlayedCache) -> None:
    """An answer that was under way may come after the first time."""
    page = ControversyFactory()
    told()
    fetch(shared, f"/controversies/{page.slug}/")
    assert shared.answers

    PurgeState.objects.update(again_at=timezone.now() - datetime.timedelta(seconds=1))
    assert not purging.tell_pending()

    assert not shared.answers
    shared.requests.clear()
    assert not purging.tell_pending()
    assert not shared.requests


@pytest.mark.django_db(transaction=True)
def test_second_time_follows_by_itself(shared: PlayedCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "AGAIN", datetime.timedelta(seconds=0.3))
    page = ControversyFactory()
    told()
    page.edit(title="Another title")
    told()
    fetch(shared, f"/controversies/{page.slug}/")

    deadline = time.monotonic() + WAIT
    while shared.answers and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not shared.answers


# -- failures --


@pytest.mark.django_db(transaction=True)
def test_failure_is_tried_again_and_logged_without_the_token(
    shared: PlayedCache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(purging, "_RETRIES", (0.05, 0.05))
    page = ControversyFactory()
    told()
    fetch(shared, f"/controversies/{page.slug}/")
    shared.failures = 2

    page.edit(publication="withdrawn")
    told()

    assert not shared.answers
    assert caplog.text.count("varnish at 127.0.0.1") == 2
    assert "503" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_shared_cache_that_is_down_neither_delays_nor_fails_an_edit(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(purging, "_RETRIES", ())
    with played("fastly") as cache:
        url = cache.url
    settings.PURGE_URL = url  # nobody listens there now
    page = ControversyFactory()

    page.edit(publication="withdrawn")
    told()

    assert Client().get(f"/controversies/{page.slug}/").status_code == 410
    assert "ConnectionRefusedError" in caplog.text
    assert cache.token not in caplog.text
    settings.PURGE_URL = ""
    # What failed is told by the worker's next look.
    with played("fastly") as again:
        settings.PURGE_URL = again.url
        again.keep("/x", f"crux page-{page.slug}")
        purging.tell_shared_caches.func()
        assert not again.answers
        settings.PURGE_URL = ""


@pytest.mark.django_db(transaction=True)
def test_worker_says_what_it_cannot_tell(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    ControversyFactory()
    with played("cloudflare") as cache:
        settings.PURGE_URL = cache.url.replace(cache.token, "wrong-token")
        purging.tell_shared_caches.func()
        settings.PURGE_URL = ""

    assert "cloudflare at 127.0.0.1" in caplog.text
    assert "403" in caplog.text
    assert "wrong-token" not in caplog.text


# -- addresses and headers --


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("http://127.0.0.1", "must begin with one of varnish"),
        ("squid+http://127.0.0.1", "must begin with one of varnish"),
        ("varnish+http://", "must begin with|names no host"),
        ("varnish+http://[::1", "names no host"),
        ("varnish+http://a:99999999", "names no host"),
        ("fastly+https://api.fastly.com/SERVICE", "TOKEN"),
        ("fastly+https://token@api.fastly.com/", "TOKEN"),
        ("cloudflare+https://token@api.cloudflare.com/a/b", "TOKEN"),
    ],
)
def test_address_that_cannot_be_used_says_why(text: str, message: str) -> None:
    with pytest.raises(InvalidAddress, match=message) as caught:
        parse(text)
    assert "token@" not in str(caught.value)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "header", "keys"),
    [
        ("", "Surrogate-Key", None),
        ("nginx+http://127.0.0.1:1", "Surrogate-Key", None),
        ("varnish+http://127.0.0.1:1", "Surrogate-Key", "crux page-one"),
        ("fastly+http://t@127.0.0.1:1/S nginx+http://127.0.0.1:1", "Surrogate-Key", "crux page-one"),
        ("cloudflare+http://t@127.0.0.1:1/z", "Cache-Tag", "crux,page-one"),
    ],
)
def test_keys_are_in_the_header_that_the_shared_cache_knows(
    client: Client, settings: Settings, url: str, header: str, keys: str | None
) -> None:
    ControversyFactory(slug="one", revisions=2)
    settings.PURGE_URL = url

    assert client.get("/controversies/one/").get(header) == keys
    old = client.get("/controversies/one/revisions/1/")["Cache-Control"]
    assert old == (PUBLIC.replace("s-maxage=30", "s-maxage=86400") if url else PUBLIC)


def test_no_answer_in_time_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxies, "_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        [cache] = parse(f"varnish+http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(PurgeFailed, match="TimeoutError"):
            proxies.purge(cache, ["crux"])
