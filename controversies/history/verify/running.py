"""Running digests of lists."""

import hashlib

from controversies.document.canonical import dumps


class Running:
    """A running digest of a list: it can be taken after any number of entries."""

    def __init__(self) -> None:
        self.count, self.digest = 0, b""

    def add(self, entry: object) -> None:
        self.count += 1
        self.digest = hashlib.sha256(self.digest + dumps(entry)).digest()

    @property
    def state(self) -> tuple[int, str]:
        return self.count, self.digest.hex()
