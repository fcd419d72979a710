"""The store of what a process remembers: bounded by bytes, and not washed out by a crawl."""

import random
from threading import Thread

from controversies.kit.segmented import OVERHEAD, SegmentedStore

PAGE = 10_000 - OVERHEAD  # bytes


def test_values_are_there_until_they_are_dropped() -> None:
    store = SegmentedStore(100_000)
    store.set("a", "A", 10)
    store.set("a", "B", 10)

    assert store.get("a") == "B"
    assert (len(store), store.bytes) == (1, 10 + OVERHEAD)
    assert store.drop("a")
    assert not store.drop("a")
    assert (store.get("a"), store.bytes) == (None, 0)


def test_no_more_bytes_are_held_than_allowed_whatever_happens() -> None:
    store, rng = SegmentedStore(300_000), random.Random(1)
    for _ in range(20_000):
        key = rng.randrange(100)
        match rng.randrange(10):
            case 0:
                store.drop(key)
            case 1 | 2 | 3:
                store.set(key, str(key), rng.randrange(60_000))
            case _:
                assert store.get(key) in (None, str(key))
        assert 0 <= store.bytes <= store.limit
        held = [*store._probation.values(), *store._protected.values()]
        assert store.bytes == sum(size for _value, size in held)
        assert store._protected_bytes == sum(size for _value, size in store._protected.values())
        assert not store._probation.keys() & store._protected.keys()
    store.clear()
    assert (len(store), store.bytes, store._protected_bytes) == (0, 0, 0)


def test_crawl_of_twenty_thousand_pages_leaves_the_hot_ones() -> None:
    store = SegmentedStore(1_000_000)  # a hundred pages
    hot = [f"hot {i}" for i in range(50)]
    for _ in range(2):
        for key in hot:
            if store.get(key) is None:
                store.set(key, key, PAGE)

    for number in range(20_000):
        key = f"crawled {number}"
        assert store.get(key) is None
        store.set(key, key, PAGE)

    assert all(store.get(key) == key for key in hot)


def test_pages_that_nobody_asks_for_any_more_make_room() -> None:
    store = SegmentedStore(1_000_000)
    for generation in range(3):
        keys = [f"{generation} {i}" for i in range(70)]
        for _ in range(3):
            for key in keys:
                if store.get(key) is None:
                    store.set(key, key, PAGE)
        assert sum(store.get(key) is not None for key in keys) >= 60


def test_one_large_value_pushes_out_nothing() -> None:
    store = SegmentedStore(100_000)
    store.set("small", "value", 100)
    store.set("large", "value", 50_000)

    assert store.get("large") is None
    assert store.get("small") == "value"


def test_threads_do_not_break_the_count() -> None:
    store = SegmentedStore(200_000)

    def work(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(5_000):
            key = rng.randrange(60)
            if store.get(key) is None:
                store.set(key, key, rng.randrange(9_000))

    threads = [Thread(target=work, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.bytes == sum(size for _v, size in (*store._probation.values(), *store._protected.values()))
    assert store.bytes <= store.limit
