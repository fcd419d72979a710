"""Measures the site behind the shipped nginx: its hits on a crawl, its speed, and how soon a withdrawn page is gone.

    python -m tests.benchmarks.proxy [--pages N] [--seconds S] [--withdrawals W]

nginx runs with config/deploy/nginx.conf and TLS before one process of the site with four threads, on a database of its
own. A crawl asks for every address of the sitemap and of each page, twice. Then `wrk` asks for a hot page and for a
static file of as many bytes, in turns, through the same nginx. Last, pages are withdrawn while they are asked for.
Needs nginx and wrk.
"""

import argparse
import contextlib
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - its models need the set-up above
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from controversies.pages import purging  # noqa: E402
from controversies.pages.release import release_id  # noqa: E402
from tests.factories import BackerFactory, ControversyFactory, SourceFactory  # noqa: E402
from tests.proxying import ShippedProxy, free_port, run_proxy  # noqa: E402

HOT = "/controversies/page-0/"
GZIP = {"Accept-Encoding": "gzip"}
ROUNDS = 5
RENEWED = ("STALE", "UPDATING")  # shown though it is older, while it is fetched again
PATIENCE = 90.0  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--pages", type=int, default=40, help="controversies (default: 40)")
    parser.add_argument("--seconds", type=int, default=3, help="of each of five rounds of load (default: 3)")
    parser.add_argument("--withdrawals", type=int, default=5, help="pages withdrawn each way (default: 5)")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed (on Debian: apt-get install wrk).")
    settings.DEBUG = False
    release_id()  # as a process of the site has it from its start
    call_command("collectstatic", interactive=False, verbosity=0)
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with tempfile.TemporaryDirectory(prefix="crux-proxy-") as folder:
            run(Path(folder), options.pages, options.seconds, options.withdrawals)
    finally:
        settings.PURGE_URL = ""
        connection.creation.destroy_test_db(name, verbosity=0)


def run(folder: Path, pages: int, seconds: int, withdrawals: int) -> None:
    backers, sources = BackerFactory.build_batch(12), SourceFactory.build_batch(30)
    made = [
        ControversyFactory(
            slug=f"page-{number}",
            revisions=4,
            positions=4,
            points=4,
            backings=8,
            citations=30,
            backers=backers,
            sources=sources,
        )
        for number in range(max(pages, 2 * withdrawals + 1))
    ]
    port = free_port()
    with serve(port), run_proxy(folder / "nginx", f"127.0.0.1:{port}") as proxy:
        wait_for(lambda: proxy.get("/healthz").status == 200)
        measure_crawl(proxy)
        measure_speed(proxy, port, seconds)
        measure_withdrawals(proxy, made[1:], withdrawals)


@contextlib.contextmanager
def serve(port: int) -> Iterator[None]:
    """Serve the site with one process and four threads."""
    environment = {
        "DATABASE_URL": f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{connection.settings_dict['NAME']}",
        "SECRET_KEY": "for this run only, and for nothing else: 0123456789abcdef",
        "ALLOWED_HOSTS": "localhost",
        "TRUST_PROXY": "1",
        "HTTPS": "1",
        "CHECKS": "0",
        "PURGE_URL": "nginx+http://127.0.0.1:1",  # what changes is told by this process, not by that
    }
    process: subprocess.Popen[Any] = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "1"),
            *("--blocking-threads", "4", "--no-log", "config.wsgi:application"),
        ],
        env={**os.environ, **environment},
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def wait_for(condition: Any) -> float:
    """Return the seconds until a condition holds. Raises TimeoutError."""
    started = time.perf_counter()
    while not condition():
        if time.perf_counter() - started > PATIENCE:
            raise TimeoutError
        time.sleep(0.02)
    return time.perf_counter() - started


# -- crawl --


def addresses(proxy: ShippedProxy) -> list[str]:
    """Return every address of the sitemap, and those that each page has besides."""
    listed = re.findall(r"<loc>https?://[^/]+(/[^<]*)</loc>", proxy.get("/sitemap.xml").body.decode())
    every = list(listed)
    for path in listed:
        if re.fullmatch(r"/controversies/[^/]+/", path):
            twin = path.rstrip("/")
            every += [
                f"{twin}.json",
                f"{twin}.atom",
                f"{twin}/history/",
                f"{twin}/cite/",
                f"{twin}/share.png",
            ]
            every += [f"{twin}/revisions/{number}/" for number in range(1, 5)]
            every += [f"{twin}/revisions/{number}.json" for number in range(1, 5)]
            every += [f"{twin}/compare/{number}/{number + 1}/" for number in range(1, 4)]
            every += [f"/api/v1{twin}", f"/api/v1{twin}/positions", f"/api/v1{twin}/revisions"]
        elif re.fullmatch(r"/(topics|backers)/[^/]+/", path):
            every += [f"{path.rstrip('/')}.atom", f"/api/v1{path.rstrip('/')}"]
        elif re.fullmatch(r"/sources/[^/]+/", path):
            every += [f"{path.rstrip('/')}.bib", f"/api/v1{path.rstrip('/')}"]
    return [*every, "/search/?q=controversy", "/changes.atom", "/sources.atom", "/api/v1/controversies"]


def measure_crawl(proxy: ShippedProxy) -> None:
    """Ask for every address twice, and once more with what a mailing adds."""
    paths = addresses(proxy)
    print(f"Crawl of {len(paths)} addresses: what came from the cache, and bytes sent to who takes gzip\n")
    print("| crawl | at once | of these while it was fetched again | bytes | seconds | not 200 |")
    print("| --- | --- | --- | --- | --- | --- |")
    for title, suffix in (("first", ""), ("second", ""), ("with ?utm_source", "utm_source=mail")):
        started, states, sent, failed = time.perf_counter(), Counter[str](), 0, 0
        for path in paths:
            mark = ("&" if "?" in path else "?") if suffix and not path.startswith("/api/") else ""
            answer = proxy.get(path + (mark + suffix if mark else ""), GZIP)
            states[answer.cache] += 1
            sent += len(answer.body)
            failed += answer.status != 200
        renewed = sum(states[state] for state in RENEWED) / len(paths)
        hits = states["HIT"] / len(paths) + renewed
        seconds = time.perf_counter() - started
        print(f"| {title} | {hits:.1%} | {renewed:.1%} | {sent:,} | {seconds:.1f} | {failed} |")
    missed = [path for path in paths if proxy.get(path, GZIP).cache not in ("HIT", *RENEWED)]
    print(f"\nNot from the cache: {', '.join(sorted(missed)) or 'none'}")


# -- speed --


def measure_speed(proxy: ShippedProxy, port: int, seconds: int) -> None:
    """Ask for a hot page and for a static file of as many bytes, in turns."""
    answer = proxy.get(HOT, GZIP)
    (proxy.folder / "static").mkdir()
    (proxy.folder / "static" / "as-large.bin").write_bytes(os.urandom(len(answer.body)))
    whole = len(gzip.decompress(answer.body))
    base = f"https://localhost:{proxy.https}"
    page: list[float] = []
    static: list[float] = []
    for _ in range(ROUNDS):
        page.append(load(f"{base}{HOT}", seconds))
        static.append(load(f"{base}/static/as-large.bin", seconds))
    alone = load(f"http://localhost:{port}{HOT}", seconds)
    ratios = [one / other for one, other in zip(page, static, strict=True)]
    print(f"\nHot page of {len(answer.body):,} bytes ({whole:,} before compression), 16 connections\n")
    print("| what | requests a second |\n| --- | --- |")
    print(f"| page, through nginx | {median(page):,.0f} |")
    print(f"| static file of the same size, by nginx | {median(static):,.0f} |")
    print(f"| page, by the site itself, remembered | {alone:,.0f} |")
    print(
        f"\nPage to static file: {median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}); goal: at least 0.5"
    )


def load(url: str, seconds: int) -> float:
    """Return the requests a second that are answered. Raises RuntimeError if any is not answered well."""
    wrk = shutil.which("wrk")
    assert wrk
    headers = ("-H", "Accept-Encoding: gzip", "-H", "Host: localhost", "-H", "X-Forwarded-Proto: https")
    result = subprocess.run(
        [wrk, "-t1", "-c16", f"-d{seconds}s", *headers, url], capture_output=True, text=True, check=True
    )
    if "Non-2xx" in result.stdout or "Socket errors" in result.stdout:
        raise RuntimeError(result.stdout)
    match = re.search(r"Requests/sec:\s+([\d.]+)", result.stdout)
    assert match
    return float(match[1])


# -- withdrawals --


def measure_withdrawals(proxy: ShippedProxy, pages: list[Any], count: int) -> None:
    """Withdraw pages that are asked for all the time: with purges, and without."""
    told = [withdraw(proxy, [page], proxy.purge_url)[0] for page in pages[:count]]
    waited = withdraw(proxy, pages[count : 2 * count], "")
    print(f"\nTime from the end of a withdrawal's COMMIT until it is gone, {count} pages each\n")
    print("| proxy | median | longest | stated |\n| --- | --- | --- | --- |")
    print(f"| is told | {median(told):.3f} s | {max(told):.3f} s | at once |")
    bound = settings.CACHE_SECONDS
    print(f"| is not told | {median(waited):.1f} s | {max(waited):.1f} s | at most {bound} s |")


def withdraw(proxy: ShippedProxy, pages: list[Any], purge_url: str) -> list[float]:
    """Withdraw pages at once; return the seconds until each is gone from the proxy."""
    settings.PURGE_URL = purge_url
    paths = [f"/controversies/{page.slug}/" for page in pages]
    for path in paths:
        wait_for(lambda path=path: proxy.get(path, GZIP).cache == "HIT")
    for page in pages:
        page.edit(publication="withdrawn")
    started, seconds = time.perf_counter(), dict[str, float]()

    def are_gone() -> bool:
        for path in paths:
            if path not in seconds and proxy.get(path, GZIP).status == 410:
                seconds[path] = time.perf_counter() - started
        return len(seconds) == len(paths)

    wait_for(are_gone)
    purging.teller.wait(10)
    return list(seconds.values())


if __name__ == "__main__":
    main()
