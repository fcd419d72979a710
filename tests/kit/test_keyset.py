import itertools

import pytest

from controversies.kit.keyset import Keyset, KeysetPage, make_page
from controversies.models import Topic

BY_DESCRIPTION = Keyset(("description", "slug"))


@pytest.fixture
def topics(db):
    """Five topics, three of one description."""
    return [
        Topic.objects.create(title=f"Topic {n}", slug=f"t{n}", description=description)
        for n, description in enumerate("BABCB")
    ]


def slugs(page):
    return [topic.slug for topic in page.rows]


def key(topic):
    return topic.description, topic.slug


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_forwards_and_backwards_show_every_row_once(topics, size, descending):
    keyset = Keyset(("description", "slug"), descending=descending)
    expected = ["t1", "t0", "t2", "t4", "t3"][:: -1 if descending else 1]

    forwards, page = [], keyset.page(Topic.objects.all(), size)
    assert page.previous is None
    while True:
        forwards.append(slugs(page))
        if page.next is None:
            break
        page = keyset.page(Topic.objects.all(), size, after=key(page.next))
        assert page.previous == page.rows[0]
    backwards, page = [], keyset.page(Topic.objects.all(), size, before=("", "") if descending else ("Z", ""))
    while True:
        backwards.append(slugs(page))
        assert page.next == page.rows[-1]
        if page.previous is None:
            break
        page = keyset.page(Topic.objects.all(), size, before=key(page.previous))

    assert list(itertools.chain(*forwards)) == expected
    assert list(itertools.chain(*reversed(backwards))) == expected
    assert {len(each) for each in [*forwards[:-1], *backwards[:-1]]} <= {size}


def test_after_wins_over_before(topics):
    page = BY_DESCRIPTION.page(Topic.objects.all(), 2, after=("B", "t0"), before=("B", "t0"))

    assert slugs(page) == ["t2", "t4"]


def test_page_beyond_the_end_is_empty_and_leads_nowhere(topics):
    assert BY_DESCRIPTION.page(Topic.objects.all(), 2, after=("Z", "")) == KeysetPage()
    assert BY_DESCRIPTION.page(Topic.objects.all(), 2, before=("", "")) == KeysetPage()


def test_page_is_one_query_however_many_rows(topics, django_assert_num_queries):
    with django_assert_num_queries(1):
        BY_DESCRIPTION.page(Topic.objects.all(), 2, after=("A", "t1"))


def test_key_of_one_field_needs_no_condition_but_its_own():
    assert str(Keyset(("slug",)).beyond(("a",))) == "(AND: ('slug__gt', 'a'))"


def even(number):
    return number % 2 == 0


@pytest.mark.parametrize(
    ("rows", "backwards", "expected"),
    [
        ([], False, KeysetPage()),
        ([1, 3], False, KeysetPage()),  # all left out, and no more
        ([1, 3, 5, 7], False, KeysetPage((), None, 5)),  # all left out: the last one looked at leads on
        ([2, 4], False, KeysetPage((2, 4))),
        ([2, 4, 6], False, KeysetPage((2, 4), None, 4)),  # one too many is shown
        ([2, 3, 4, 6], False, KeysetPage((2, 4), None, 4)),
        ([2, 3, 5, 6], False, KeysetPage((2,), None, 5)),
        ([6, 5, 3, 2], True, KeysetPage((6,), 3, 6)),
        ([6, 4, 2], True, KeysetPage((4, 6), 4, 6)),
        ([6], True, KeysetPage((6,), None, 6)),
    ],
)
def test_rows_that_are_left_out_are_passed_over(rows, backwards, expected):
    assert make_page(rows, 2, batch=3, shows=even, backwards=backwards) == expected


def test_page_that_does_not_begin_the_list_leads_back():
    assert make_page([3, 4, 5], 2, is_first=False) == KeysetPage((3, 4), 3, 4)
