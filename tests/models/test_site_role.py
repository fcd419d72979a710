"""What operators run as the site's own role, which owns nothing."""

import io

import pytest
from django.core.management import CommandError, call_command

from .two_roles import two_roles


@pytest.mark.django_db(transaction=True)
def test_site_s_role_reads_the_whole_record_again() -> None:
    """As the timer does every night: it needs no right that the site does not have."""
    with two_roles() as site:
        with site.django(site.owner):
            call_command("loaddata", "open_weights", verbosity=0)
        out = io.StringIO()
        with site.django(site.app):
            try:
                call_command("checkhistory", stdout=out, stderr=out)
            except CommandError as error:
                pytest.fail(f"{error}\n{out.getvalue()}")

    assert "the record is whole" in out.getvalue()
