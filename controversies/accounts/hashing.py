"""Hash passwords apart from readers: in one thread a process, of low priority, with a short queue.

PBKDF2 takes half a second of CPU by design. In the threads that serve readers, forty attempts to log in would take
all of them; here a further attempt is refused instead. Known devices have a queue of their own, so that a flood of
guesses from elsewhere does not keep editors out.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from django.contrib.auth.hashers import PBKDF2PasswordHasher

QUEUE = 2  # hashes of one lane that run or wait in one process
RETRY_AFTER = 5  # seconds
_NICENESS = 10  # of the threads that hash: readers go first

is_known_device: ContextVar[bool] = ContextVar("is_known_device", default=False)


class HashingBusy(Exception):
    """Too many passwords wait to be hashed; this one was not."""


class BoundedPasswordHasher(PBKDF2PasswordHasher):
    """Django's own hasher, in the thread that is for it. Raises HashingBusy."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with _room(is_known_device.get()) as run:
            return run(lambda: super(BoundedPasswordHasher, self).encode(password, salt, iterations))


@contextmanager
def known_lane(is_known: bool) -> Iterator[None]:
    """Hash in the lane of known devices, if this is one."""
    token = is_known_device.set(is_known)
    try:
        yield
    finally:
        is_known_device.reset(token)


class _Lane:
    """One thread that hashes, and the room before it."""

    def __init__(self) -> None:
        self.room = threading.BoundedSemaphore(QUEUE)
        self.thread = ThreadPoolExecutor(1, "hashing", initializer=_give_way)


@cache
def _lane(process: int, is_known: bool) -> _Lane:
    """Return the lane of this process: threads do not survive a fork."""
    return _Lane()


@contextmanager
def _room(is_known: bool) -> Iterator[Callable[[Callable[[], str]], str]]:
    lane = _lane(os.getpid(), is_known)
    if not lane.room.acquire(blocking=False):
        raise HashingBusy
    try:
        yield lambda hash_password: lane.thread.submit(hash_password).result()
    finally:
        lane.room.release()


def _give_way() -> None:
    """Lower the priority of this thread, where the system can do that for one thread alone."""
    if hasattr(os, "setpriority") and threading.get_native_id() != os.getpid():
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
