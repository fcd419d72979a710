"""`/metrics`: who reads which figures, and that they add up over processes."""

import datetime
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from controversies import history
from controversies import models as m
from controversies.kit import metrics
from controversies.kit.events import log_event
from tests.factories import ControversyFactory, UserFactory

TOKEN = "a-token-of-prometheus"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def _token(settings):
    settings.METRICS_TOKEN = TOKEN


def values(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return the samples of an answer by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    return values(text).get((name, frozenset(labels.items())), 0.0)


def read(client) -> str:
    response = client.get("/metrics", headers=BEARER)
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return response.content.decode()


@pytest.mark.django_db
def test_public_figures_are_of_public_things(client):
    ControversyFactory(publication="draft")
    log_event("login")
    names = {name for name, _labels in values(client.get("/metrics").content.decode())}

    assert {name.split("_")[1] for name in names} <= {"log", "checks"}


@pytest.mark.django_db
def test_operators_read_all(client):
    ControversyFactory(revisions=2)
    text = read(client)
    assert value(text, "crux_queue_length", queue="proposals") == 0
    assert value(text, "crux_database_up") == 1
    assert "crux_build_info{release=" in text

    superuser = UserFactory(is_superuser=True)
    client.force_login(superuser)
    assert b"crux_build_info" in client.get("/metrics").content
    client.force_login(UserFactory(role="publisher"))
    assert b"crux_build_info" not in client.get("/metrics").content


@pytest.mark.django_db
def test_wrong_token_is_told_so(client, settings):
    for token in ("wrong", "é"):
        response = client.get(
            "/metrics", headers={"authorization": f"Bearer {token}".encode().decode("latin-1")}
        )
        assert response.status_code == 401
        assert b"METRICS_TOKEN" in response.content
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 200
    assert client.get("/metrics", headers=BEARER).status_code == 401


@pytest.mark.django_db
def test_what_waits_is_counted(client):
    page = ControversyFactory()
    m.Suggestion.objects.create(
        controversy_id=page.key,
        block_name="The page",
        number=1,
        wrong="Something",
        created=timezone.now() - datetime.timedelta(hours=2),
    )

    text = read(client)
    assert value(text, "crux_queue_length", queue="suggestions") == 1
    assert value(text, "crux_queue_oldest_age_seconds", queue="suggestions") >= 7200
    assert ("crux_queue_oldest_age_seconds", frozenset({("queue", "proposals")})) not in values(text)


@pytest.mark.django_db
def test_without_the_database_operators_get_what_was_counted(client, monkeypatch):
    def refuse():
        raise OperationalError("connection to u:password@h failed")

    monkeypatch.setattr(connection, "cursor", refuse)

    text = read(client)
    assert value(text, "crux_database_up") == 0
    assert value(text, "crux_database_errors_total", error="OperationalError") >= 1
    assert "u:password" not in text


@pytest.mark.django_db(transaction=True)
def test_saves_conflicts_and_errors_are_counted(client):
    before = read(client)
    page = ControversyFactory(revisions=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        m.Topic.objects.bulk_create([m.Topic(title="T", slug="t"), m.Topic(title="T", slug="t")])
    with pytest.raises(history.Stale):
        history.record(page.document, author_name="Ada", base=1)
    after = read(client)

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("crux_saves_total", publication="published") == 3
    assert grown("crux_database_errors_total", error="IntegrityError") == 1
    assert grown("crux_request_seconds_count", route="metrics", status="2xx") == 1


_SETUP = "import django; django.setup()"
_COUNT = "from controversies.kit.metrics import count_cache; count_cache('page', hit=True)"


def count_in_another_process(folder: Path, code: str = _COUNT) -> str:
    script = f"{_SETUP}; {code}; from controversies.kit import metrics; print(metrics.exposition())"
    environment = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    run = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_processes_add_up_and_the_next_takes_over_from_the_last(tmp_path):
    folder = tmp_path / "metrics"
    for count in (1, 2, 3):
        text = count_in_another_process(folder)
        assert value(text, "crux_cache_lookups_total", kind="page", result="hit") == count
    assert sorted(path.name for path in folder.iterdir()) == ["0.lock", "counter_0.db"]
    assert folder.stat().st_mode & 0o777 == 0o700

    inner = f"{_SETUP}; {_COUNT}"
    nested = (
        f"{_COUNT}; import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}], check=True)"
    )
    text = count_in_another_process(folder, nested)
    assert value(text, "crux_cache_lookups_total", kind="page", result="hit") == 5
    assert (folder / "counter_1.db").exists()


def test_folder_of_somebody_else_is_not_used(tmp_path):
    folder = tmp_path / "metrics"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)

    text = count_in_another_process(folder)

    assert value(text, "crux_cache_lookups_total", kind="page", result="hit") == 1
    assert list(folder.iterdir()) == []


def test_names_are_those_in_the_text():
    metrics.count_cache("page", hit=False)

    names = {name for name, _labels in values(metrics.exposition())}
    assert names <= set(metrics.metric_names())


# -- the rules for alerts --


def test_alert_rules_name_figures_that_there_are():
    rules = yaml.safe_load((settings.BASE_DIR / "config/deploy/alerts.yml").read_text())["groups"][0]["rules"]
    gauges = set(re.findall(r'"(crux_\w+)"', (settings.BASE_DIR / "config/metrics.py").read_text()))
    known = gauges | set(metrics.metric_names())
    named = [set(re.findall(r"\bcrux_\w+", rule["expr"])) for rule in rules]

    assert len(rules) > 8
    assert set().union(*named) <= known
    for rule, names in zip(rules, named, strict=True):
        assert names or "up{" in rule["expr"], rule["alert"]
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["action"].endswith(".")


def test_alert_rules_name_values_of_labels_that_there_are():
    text = (settings.BASE_DIR / "config/deploy/alerts.yml").read_text()
    queues = {"worker_tasks", "put_off_revisions", "proposals", "suggestions", "redaction_requests"}
    code = "".join(
        path.read_text()
        for path in [*settings.BASE_DIR.glob("config/*.py"), *settings.BASE_DIR.glob("controversies/**/*.py")]
    )

    named = set("|".join(re.findall(r'queue=~?"([^"]+)"', text)).split("|"))
    assert named == queues
    assert all(f'"{each}": (' in code for each in named)
    results = re.findall(r'(\w+)_total\{result="(\w+)"\}', text)
    assert results
    for _metric, result in results:
        assert f'labels("{result}")' in code
