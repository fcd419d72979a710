"""Former keys and addresses: backers, sources and topics that were merged into others (`merge.py` merges)."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Q

from controversies.document import parse, rows
from controversies.document.types import BY_NAME, SHARED, Document, Part, SharedBlock
from controversies.document.unite import unite
from controversies.models import FormerAddress

# From each former key to the one that it was merged into, and on until one that was not.
_LIVING = """
    WITH RECURSIVE chain (origin, key) AS (
        {start}
        UNION
        SELECT chain.origin, m.kept FROM chain
        JOIN controversies_formeraddress a ON a.key = chain.key
        JOIN controversies_merger m ON m.id = a.merger_id
    )
    SELECT origin::text, key::text FROM chain
    WHERE NOT EXISTS (SELECT FROM controversies_formeraddress a WHERE a.key = chain.key)
"""
_OF_KEYS = _LIVING.format(
    start="""
        SELECT a.key, m.kept FROM controversies_formeraddress a
        JOIN controversies_merger m ON m.id = a.merger_id WHERE a.key = ANY(%s::uuid[])
    """
)
_OF_ADDRESS = _LIVING.format(
    start="""
        (SELECT a.key, m.kept FROM controversies_formeraddress a
        JOIN controversies_merger m ON m.id = a.merger_id
        WHERE a.type = %s AND a.slug = %s ORDER BY m.id DESC LIMIT 1)
    """
)


def _fetch(sql: str, params: list[str | list[str]]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return dict(cursor.fetchall())


def living_keys(keys: Iterable[str]) -> dict[str, str]:
    """Return the keys that stand for those of these keys that were merged away; one query, or none without keys."""
    wanted = list(keys)
    return _fetch(_OF_KEYS, [wanted]) if wanted else {}


def find_living(type_name: str, slug: str) -> str | None:
    """Return the key of what stands for the backer, source or topic that had this address, or None; one query."""
    return next(iter(_fetch(_OF_ADDRESS, [type_name, slug]).values()), None)


def living_slug(type_name: str, slug: str) -> str:
    """Return the address of what stands for the one that had this address; one query, two if it had one.

    "" if nothing was merged that had it, or something else has it today.
    """
    key = find_living(type_name, slug)
    if key is None:
        return ""
    queryset = BY_NAME[type_name].model._default_manager.filter(Q(pk=key) | Q(slug=slug))
    slugs = list(queryset.values_list("slug", flat=True))
    return "" if slug in slugs or not slugs else str(slugs[0])


def living_addresses(slugs: Iterable[str] | None = None) -> dict[tuple[str, str], str]:
    """Return, by type and former address, the key of what stands for it now; one query, two if anything was merged.

    Of these addresses, or of all.
    """
    wanted = None if slugs is None else list(slugs)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT type, slug, key::text FROM controversies_formeraddress WHERE slug <> ''"
            " AND (%(slugs)s::text[] IS NULL OR slug = ANY (%(slugs)s)) ORDER BY merger_id",
            {"slugs": wanted},
        )
        addresses = {(type_name, slug): key for type_name, slug, key in cursor.fetchall()}
    living = living_keys(addresses.values())
    return {address: living[key] for address, key in addresses.items() if key in living}


def former_blocks(part: type[Part], keys: Iterable[str]) -> dict[str, SharedBlock]:
    """Return those of these keys that were merged away, each with its block as it was then; one query."""
    addresses = FormerAddress.objects.filter(key__in=list(keys)).select_related("merger")
    blocks = {str(each.key): parse.part(part, each.merger.before[str(each.key)], "")[0] for each in addresses}
    return {key: block for key, block in blocks.items() if block is not None}


def follow_mergers(documents: tuple[Document, ...], head: Document | None) -> tuple[Document, ...]:
    """Return the documents with what was merged away replaced by what stands for it.

    `head` is what is on record: what it shows was not merged away. One query where a document mentions something else,
    up to three more if that was merged.
    """
    known = {block.key for block in head.shared_blocks()} if head is not None else set()
    mentioned = {block.key for document in documents for block in document.shared_blocks()}
    living = living_keys(sorted(mentioned - known))
    if not living:
        return documents
    blocks: dict[str, SharedBlock] = {}
    for block_type in SHARED:
        blocks |= rows.shared_blocks(block_type.part, sorted(set(living.values())))
    living = {key: kept for key, kept in living.items() if kept in blocks}
    return tuple(unite(document, living, blocks) for document in documents)
