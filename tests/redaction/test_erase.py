"""Words that must go are nowhere afterwards, and the record still proves itself."""

from dataclasses import replace
from typing import Any

import pytest

from controversies import history, redaction
from controversies import models as m
from controversies.document.redact import MARKER, Words
from controversies.history import verify
from tests.factories import ControversyFactory

pytestmark = pytest.mark.django_db


def order(text: str, **options: Any) -> redaction.Order:
    return redaction.Order(
        Words(
            text, **{name: options.pop(name) for name in ("ignore_case", "whole_field") if name in options}
        ),
        **{"ground": "privacy", "by_name": "Olga Operator", **options},
    )


def test_words_go_from_every_version_and_the_chain_holds():
    page = ControversyFactory(revisions=2)
    first = page.document.positions[0]
    for n in range(20):
        changed = replace(first, argument=f"{first.argument} Zoë Qüxly said so, {n} times.")
        page.save(page.document.changed(positions=(changed, *page.document.positions[1:])))
    before = {r.number: bytes(r.digest) for r in m.Revision.objects.all()}

    report = redaction.apply(order("Zoë Qüxly"))

    assert report.counts == {redaction.Where.PAGE: 1, redaction.Where.HISTORY: 19}
    assert not redaction.find(order("Zoë Qüxly"))
    assert {r.number: bytes(r.digest) for r in m.Revision.objects.all() if r.number < 23} == before
    assert list(verify.faults(page.key)) == []
    old = history.at(page.key, 10)
    assert f"{MARKER} said so, 7 times." in old.document.positions[0].argument
    assert m.Redaction.objects.count() == 20
    assert not redaction.apply(order("Zoë Qüxly"))
