"""A corpus takes redactions along: loaded, it is the same site, and dumped again the same file."""

import io
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import transaction

from controversies import models as m
from controversies.history import replay, verify
from controversies.interchange.corpus import dump, load
from controversies.workflow import redaction
from tests.factories import ControversyFactory

from .test_erase import order


def lines() -> list[bytes]:
    with replay.snapshot():
        return list(dump.corpus())


@pytest.mark.django_db(transaction=True)
def test_corpus_with_redactions_loads_and_is_the_same_again():
    page = ControversyFactory(revisions=2, published_at=2)
    first = page.document.positions[0]
    for n in range(3):
        changed = replace(first, argument=f"{first.argument} Zoë Qüxly said so, {n} times.")
        page.save(
            page.document.with_blocks(positions=(changed, *page.document.positions[1:])),
            summary="As Zoë Qüxly asked.",
            author_name="Zoë Qüxly" if n else "Ada",
        )
    redaction.apply(order("Zoë Qüxly"))
    redaction.apply(order("Ada"))
    before = lines()
    told = list(m.Redaction.objects.order_by("id").values_list("part", "now", "digest", "ground", "time"))
    call_command("flush", interactive=False, verbosity=0)

    load.load(io.BytesIO(b"".join(before)))

    assert lines() == before
    assert "Qüxly" not in b"".join(before).decode()
    assert list(verify.faults(page.key)) == []
    assert sorted(map(repr, told)) == sorted(
        map(repr, m.Redaction.objects.order_by("id").values_list("part", "now", "digest", "ground", "time"))
    )
    assert transaction.get_autocommit()
