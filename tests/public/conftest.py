"""For tests of the public site: nothing drawn before, nobody logged in."""

import pytest
from django.core.cache import cache

from controversies.pages import draw
from controversies.public.views import controversy


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Begin each test with nothing cached: pages, pieces, what is told of a history."""
    cache.clear()
    draw.forget()
    controversy._head.cache_clear()
    controversy._history.cache_clear()
    controversy._checks.cache_clear()
