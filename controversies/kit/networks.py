"""Network addresses of those who ask: where they stand in a request, and the network that they belong to."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: HttpRequest) -> str:
    """Return the network address of the client, which a trusted proxy adds at the end of the header."""
    if settings.TRUST_PROXY:
        address = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if address:
            return address
    return str(request.META.get("REMOTE_ADDR", ""))


def parse_address(text: str) -> Address | None:
    """Return the address, an IPv4 one that is written as IPv6 as IPv4; None of a Unix socket or nonsense."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def network_of(text: str, *, v4: int = 24, v6: int = 48) -> str:
    """Return the network of this size that an address belongs to, as "192.0.2.0/24"; "" without an address.

    The sizes are those of one site: what logs may have of an address.
    """
    address = parse_address(text)
    if address is None:
        return ""
    size = v4 if isinstance(address, ipaddress.IPv4Address) else v6
    return str(ipaddress.ip_network((address.packed, size), strict=False))
