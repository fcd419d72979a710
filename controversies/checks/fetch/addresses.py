"""Web addresses and network addresses: which of them may be asked.

Everything here happens before a socket opens. Format of addresses: RFC 3986; disguises of IPv4: WHATWG URL, “ends in a
number”; special networks: IANA's registries for IPv4 and IPv6, with the metadata services of clouds.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

PORTS = {"http": 80, "https": 443}
LONGEST = 4_000  # characters of an address


class AddressRefusal(models.TextChoices):
    """The reasons for never requesting an address."""

    MALFORMED = "malformed", _("This is not a web address that can be requested.")
    SCHEME = "scheme", _("Only http and https addresses are requested.")
    LOGIN = "login", _("The address holds a user name or a password.")
    SECRET = (
        "secret",
        _("The address holds a secret, such as a token, a key or a session. Use one without it."),
    )
    PORT = "port", _("Only the usual ports, 80 and 443, are requested.")
    HOST = "host", _("The host’s name is not one of the public internet.")
    PRIVATE = "private", _("The host is on a private network.")


class AddressRefused(Exception):
    """An address must not be requested; `refusal` says why."""

    def __init__(self, refusal: AddressRefusal) -> None:
        super().__init__(str(refusal.label))
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be requested, in parts: `host` in ASCII and small letters, `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def key(self) -> str:
        """The name of the host's row: with its port, if that is not a usual one."""
        return self.host if self.port in PORTS.values() else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port as one writes them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")

    @property
    def url(self) -> str:
        """The whole address, without a fragment."""
        return self.origin + self.path


# Names of parameters whose values are secrets. Compared in small letters, without hyphens and underscores.
SECRETS = {
    *("token", "accesstoken", "authtoken", "idtoken", "refreshtoken", "securitytoken", "xamzsecuritytoken"),
    *("key", "apikey", "secretkey", "accesskey", "awsaccesskeyid", "subscriptionkey", "privatekey"),
    *("sig", "signature", "xamzsignature", "xamzcredential", "xgoogsignature", "xgoogcredential", "hmac"),
    *("password", "passwd", "pwd", "secret", "clientsecret", "credential", "credentials"),
    *("session", "sessionid", "sessid", "sid", "phpsessid", "jsessionid", "aspsessionid", "cfid", "cftoken"),
    *("auth", "authorization", "oauthtoken", "bearer", "jwt", "samlresponse"),
}
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Names that no public server has: RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN's .internal, and usual inner names.
_INNER = {
    *("localhost", "local", "internal", "intranet", "private", "corp", "home", "lan", "localdomain", "arpa"),
    *("test", "invalid", "onion", "alt"),
}


def _is_secret(name: str) -> bool:
    return re.sub(r"[-_.\s]", "", name).lower() in SECRETS


def has_secret(url: str) -> bool:
    """Whether a parameter of the address, in its query or fragment, is a secret."""
    parts = urlsplit(url)
    pairs = [
        pair
        for text in (parts.query.replace(";", "&"), parts.fragment)
        for pair in parse_qsl(text, max_num_fields=1_000)
    ]
    return any(_is_secret(name) and value for name, value in pairs) or bool(
        _SESSION_IN_PATH.search(parts.path)
    )


def without_secrets(url: str) -> str:
    """Return the address with `…` for the values of secrets, as it is kept where a server sent us there.

    One that cannot be taken apart is cut where its parameters begin.
    """
    try:
        if not has_secret(url):
            return url
    except ValueError:
        return url.partition("?")[0].partition("#")[0]
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query.replace(";", "&"), keep_blank_values=True, max_num_fields=1_000)
    query = urlencode([(name, "…" if _is_secret(name) else value) for name, value in pairs])
    path = re.sub(_SESSION_IN_PATH.pattern + r"[^/]*", "", parts.path, flags=re.IGNORECASE)
    return urlunsplit(parts._replace(path=path, query=query, fragment=""))


def loopback_port(host: str, port: int) -> int | None:
    """Return the port of this machine that plays the host in tests, 0 for a host that is not there.

    None for all others, which are all hosts on a site (`CHECKS_ALLOWED`).
    """
    return settings.CHECKS_ALLOWED.get((host, port))


def parse_address(url: str, *, is_redirect: bool = False) -> Target:
    """Take an address apart if it may be requested. Raises AddressRefused.

    A secret is refused in what an editor wrote; servers may send us to signed addresses of their own (`is_redirect`).
    """
    if len(url) > LONGEST or _CONTROL.search(url):
        raise AddressRefused(AddressRefusal.MALFORMED)
    try:
        parts = urlsplit(url)
        port = parts.port
        secret = not is_redirect and has_secret(url)
    except ValueError as error:
        raise AddressRefused(AddressRefusal.MALFORMED) from error
    if parts.scheme not in PORTS:
        raise AddressRefused(AddressRefusal.SCHEME)
    if "@" in parts.netloc:
        raise AddressRefused(AddressRefusal.LOGIN)
    if secret:
        raise AddressRefused(AddressRefusal.SECRET)
    host, literal = _parse_host(parts.netloc)
    port = PORTS[parts.scheme] if port is None else port
    if loopback_port(host, port) is None:
        if port not in PORTS.values():
            raise AddressRefused(AddressRefusal.PORT)
        if literal is not None:
            if not is_public(literal):
                raise AddressRefused(AddressRefusal.PRIVATE)
        elif "." not in host or host.rpartition(".")[2] in _INNER:
            raise AddressRefused(AddressRefusal.HOST)
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._") or "/"
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return Target(parts.scheme, host, port, f"{path}?{query}" if query else path)


def _parse_host(netloc: str) -> tuple[str, ipaddress.IPv4Address | ipaddress.IPv6Address | None]:
    """Return the host in ASCII, and its network address if it is one. Raises AddressRefused."""
    if netloc.startswith("["):
        text, bracket, rest = netloc[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")) or "%" in text:
            raise AddressRefused(AddressRefusal.MALFORMED)
        try:
            literal = ipaddress.IPv6Address(text)
        except ValueError as error:
            raise AddressRefused(AddressRefusal.MALFORMED) from error
        return literal.compressed, literal
    host = netloc.partition(":")[0].lower().removesuffix(".")
    labels = host.split(".")
    if not host.isascii():
        labels = [_ascii_label(label) for label in labels]
        host = ".".join(labels)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):  # noqa: PLR2004 - RFC 1035
        raise AddressRefused(AddressRefusal.MALFORMED)
    if _NUMBER.fullmatch(labels[-1]):  # browsers and C libraries take it for IPv4, in many spellings
        try:
            return host, ipaddress.IPv4Address(host)
        except ValueError as error:
            raise AddressRefused(AddressRefusal.MALFORMED) from error
    return host, None


def _ascii_label(label: str) -> str:
    """Return a label in Punycode. One that only dresses up ASCII, as ①②⑦ or １２７, is refused."""
    if label.isascii():
        return label
    try:
        code = label.encode("idna").decode()
    except UnicodeError as error:
        raise AddressRefused(AddressRefusal.MALFORMED) from error
    if not code.startswith("xn--") or "." in code:
        raise AddressRefused(AddressRefusal.MALFORMED)
    return code


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: how networks without IPv4 reach it
_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that IANA has given to public networks
_REFUSED = [
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
        *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # the metadata service of a cloud, at a public address
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),  # with Teredo and 6to4
    )
]


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is of the public internet, and hides no other within it."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in _UNICAST:
            return False
    return address.is_global and not any(
        address in network for network in _REFUSED if network.version == address.version
    )
