"""Keys that follow from names: the same file makes the same page wherever it is read."""

import uuid

# Of every key that files derive. It never changes: the pages of another would be other pages.
NAMESPACE = uuid.UUID("c5f0d3a6-4f0e-4f53-9a55-0f6c2f6a1d0b")


def derive_key(*names: str, under: str = "") -> str:
    """The key of what these names say, within the part whose key is `under` or else anywhere."""
    return str(uuid.uuid5(uuid.UUID(under) if under else NAMESPACE, "/".join(names)))


def controversy_key(slug: str) -> str:
    """The key of the controversy that files make under this slug."""
    return derive_key("controversy", slug)
