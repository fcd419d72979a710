"""Disguises of addresses that must not be asked: each is refused before any socket opens or any name is looked up."""

import ipaddress
import socket
import threading
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controversies.checks.fetch import AddressRefusal, AddressRefused, fetch, parse_address
from controversies.checks.fetch.addresses import is_public, without_secrets
from controversies.checks.fetch.transport import TransportError, exchange
from controversies.models import FetchHost
from controversies.models.choices import FetchResult
from tests.checks.sockets import watched

MALFORMED, SCHEME, LOGIN = AddressRefusal.MALFORMED, AddressRefusal.SCHEME, AddressRefusal.LOGIN
SECRET, PORT = AddressRefusal.SECRET, AddressRefusal.PORT
HOST, PRIVATE = AddressRefusal.HOST, AddressRefusal.PRIVATE

DISGUISES = {
    # this machine
    "http://127.0.0.1/": PRIVATE,
    "http://127.1.2.3/": PRIVATE,
    "http://127.0.0.1./": PRIVATE,
    "http://127.1/": MALFORMED,
    "http://127.0.1/": MALFORMED,
    "http://2130706433/": MALFORMED,
    "http://0x7f000001/": MALFORMED,
    "http://0x7f.0.0.1/": MALFORMED,
    "http://0x7f.1/": MALFORMED,
    "http://0X7F.0X0.0X0.0X1/": MALFORMED,
    "http://017700000001/": MALFORMED,
    "http://0177.0.0.1/": MALFORMED,
    "http://127.0.0.01/": MALFORMED,
    "http://00000177.0.0.1/": MALFORMED,
    "http://127.0.0.1.2/": MALFORMED,
    "http://0x/": MALFORMED,
    "http://0/": MALFORMED,
    "http://0.0.0.0/": PRIVATE,
    "http://4294967295/": MALFORMED,
    "http://１２７.０.０.１/": MALFORMED,
    "http://①②⑦.⓪.⓪.①/": MALFORMED,
    "http://127。0。0。1/": MALFORMED,
    "http://127．0．0．1/": MALFORMED,
    "http://127｡0｡0｡1/": MALFORMED,
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/": MALFORMED,
    "http://ｌｏｃａｌｈｏｓｔ/": MALFORMED,
    "http://locaſhost.example/": MALFORMED,
    "http://lo\u00adcalhost/": MALFORMED,
    "http://localho\u200bst/": MALFORMED,
    "http://127.0.0.1%2f.example.org/": MALFORMED,
    "http://%31%32%37.0.0.1/": MALFORMED,
    "http://localhost/": HOST,
    "http://LOCALHOST/": HOST,
    "http://localhost./": HOST,
    "http://localhost../": MALFORMED,
    "http://a.localhost/": HOST,
    "http://localhost.localdomain/": HOST,
    "http://[::1]/": PRIVATE,
    "http://[0:0:0:0:0:0:0:1]/": PRIVATE,
    "http://[::]/": PRIVATE,
    "http://[::ffff:127.0.0.1]/": PRIVATE,
    "http://[::ffff:7f00:1]/": PRIVATE,
    "http://[::127.0.0.1]/": PRIVATE,
    "http://[0:0:0:0:ffff:0:127.0.0.1]/": PRIVATE,
    "http://[64:ff9b::127.0.0.1]/": PRIVATE,
    "http://[64:ff9b::a00:1]/": PRIVATE,
    "http://[64:ff9b:1::1]/": PRIVATE,
    "http://[2002:7f00:1::]/": PRIVATE,
    "http://[2001:0:4136:e378:8000:63bf:807f:fffe]/": PRIVATE,
    "http://[::1%25lo]/": MALFORMED,
    "http://[fe80::1%25eth0]/": MALFORMED,
    "http://[fe80::1%eth0]/": MALFORMED,
    "http://[::1]x/": MALFORMED,
    "http://[::1/": MALFORMED,
    "http://[v1.a]/": MALFORMED,
    # inner networks
    "http://10.0.0.1/": PRIVATE,
    "http://172.16.0.1/": PRIVATE,
    "http://172.31.255.255/": PRIVATE,
    "http://192.168.1.1/": PRIVATE,
    "http://100.64.0.1/": PRIVATE,
    "http://100.127.255.254/": PRIVATE,
    "http://192.0.0.1/": PRIVATE,
    "http://192.0.0.9/": PRIVATE,
    "http://192.0.2.1/": PRIVATE,
    "http://192.88.99.1/": PRIVATE,
    "http://198.18.0.1/": PRIVATE,
    "http://198.19.255.255/": PRIVATE,
    "http://198.51.100.7/": PRIVATE,
    "http://203.0.113.9/": PRIVATE,
    "http://224.0.0.1/": PRIVATE,
    "http://239.255.255.250/": PRIVATE,
    "http://240.0.0.1/": PRIVATE,
    "http://255.255.255.255/": PRIVATE,
    "http://[fc00::1]/": PRIVATE,
    "http://[fd00:ec2::254]/": PRIVATE,
    "http://[fe80::1]/": PRIVATE,
    "http://[fec0::1]/": PRIVATE,
    "http://[ff02::1]/": PRIVATE,
    "http://[100::1]/": PRIVATE,
    "http://[2001:db8::1]/": PRIVATE,
    "http://[2001:10::1]/": PRIVATE,
    "http://[3fff::1]/": PRIVATE,
    "http://[5f00::1]/": PRIVATE,
    "http://printer/": HOST,
    "http://db.internal/": HOST,
    "http://nas.local/": HOST,
    "http://wiki.corp/": HOST,
    "http://router.lan/": HOST,
    "http://router.home.arpa/": HOST,
    "http://1.0.0.127.in-addr.arpa/": HOST,
    "http://shop.onion/": HOST,
    # metadata services
    "http://169.254.169.254/latest/meta-data/": PRIVATE,
    "http://169.254.170.2/": PRIVATE,
    "http://[::ffff:169.254.169.254]/": PRIVATE,
    "http://[64:ff9b::169.254.169.254]/": PRIVATE,
    "http://2852039166/": MALFORMED,
    "http://0xa9fea9fe/": MALFORMED,
    "http://168.63.129.16/": PRIVATE,
    "http://100.100.100.200/": PRIVATE,
    "http://metadata.google.internal/": HOST,
    # other ways in
    "file:///etc/passwd": SCHEME,
    "ftp://example.org/": SCHEME,
    "gopher://example.org/": SCHEME,
    "dict://example.org:11211/": SCHEME,
    "data:text/html,hello": SCHEME,
    "javascript:alert(1)": SCHEME,
    "//example.org/": SCHEME,
    "example.org": SCHEME,
    "": SCHEME,
    "http:example.org": MALFORMED,
    "http:///example.org": MALFORMED,
    "http://": MALFORMED,
    "http://example.org:22/": PORT,
    "http://example.org:8080/": PORT,
    "http://example.org:6379/": PORT,
    "http://example.org:0/": PORT,
    "http://example.org:80:22/": MALFORMED,
    "http://example.org:８０/": MALFORMED,
    "http://example.org:99999/": MALFORMED,
    "http://example.org:-80/": MALFORMED,
    "http://user:password@example.org/": LOGIN,
    "http://user@example.org/": LOGIN,
    "http://@example.org/": LOGIN,
    "http://example.org@127.0.0.1/": LOGIN,
    "http://127.0.0.1\\@example.org/": MALFORMED,
    "http://example.org\\.localhost/": MALFORMED,
    "http://example.org/\r\nHost: localhost": MALFORMED,
    "http://example.org\r\n/": MALFORMED,
    "http://exa\tmple.org/": MALFORMED,
    "http://example.org\x00.localhost/": MALFORMED,
    "http://example.org/a b": MALFORMED,
    " http://example.org/": MALFORMED,
    "http://-example.org/": MALFORMED,
    "http://exam..ple.org/": MALFORMED,
    "http://" + "a" * 64 + ".org/": MALFORMED,
    "http://" + "a." * 130 + "org/": MALFORMED,
    "http://example.org/" + "a" * 4_000: MALFORMED,
    # secrets
    "https://example.org/a?token=abc": SECRET,
    "https://example.org/a?access_token=abc": SECRET,
    "https://example.org/a?x=1&API-Key=abc": SECRET,
    "https://example.org/a?key=abc": SECRET,
    "https://example.org/a?sig=abc": SECRET,
    "https://example.org/a?X-Amz-Signature=abc&X-Amz-Date=1": SECRET,
    "https://example.org/a?X-Goog-Signature=abc": SECRET,
    "https://example.org/a?password=abc": SECRET,
    "https://example.org/a?a=1;token=abc": SECRET,
    "https://example.org/a?%74oken=abc": SECRET,
    "https://example.org/a#access_token=abc": SECRET,
    "https://example.org/a;jsessionid=0A1B": SECRET,
}


@pytest.mark.django_db
@pytest.mark.parametrize("url", DISGUISES, ids=ascii)
def test_disguise_is_refused_before_any_socket_opens(url):
    with watched() as opened:
        answer = fetch(url, scheduled=True)

    assert (answer.seen, answer.detail) == (FetchResult.REFUSED, DISGUISES[url])
    assert answer.hops == ((None, url.replace("\0", "\ufffd")),)
    assert opened == []
    assert not FetchHost.objects.exists()


def test_watch_sees_sockets_and_names():
    """Else the test above could not fail."""
    with watched() as opened:
        socket.getaddrinfo("127.0.0.1", 80)
        socket.socket().close()

    assert [event for event, _ in opened] == ["socket.getaddrinfo", "socket.__new__"]


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.org", "https://example.org/"),
        ("HTTPS://Example.ORG./a#part", "https://example.org/a"),
        ("http://example.org:80/a?b=c", "http://example.org/a?b=c"),
        ("http://example.org:443/", "http://example.org:443/"),
        ("https://müller.example/Übung?q=ä", "https://xn--mller-kva.example/%C3%9Cbung?q=%C3%A4"),
        ("https://bücher.example/a%20b", "https://xn--bcher-kva.example/a%20b"),
        ("https://my_site.example.org/", "https://my_site.example.org/"),
        ("https://8.8.8.8/dns", "https://8.8.8.8/dns"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
        ("https://example.org/?token=", "https://example.org/?token="),
        (
            "https://example.org/?keyword=abc&monkey=1&authors=x",
            "https://example.org/?keyword=abc&monkey=1&authors=x",
        ),
        (
            "https://doi.org/10.1000/(SICI)1<2::AID>3.0.CO;2-X",
            "https://doi.org/10.1000/(SICI)1%3C2::AID%3E3.0.CO;2-X",
        ),
    ],
)
def test_address_that_may_be_requested_is_taken_apart(url, target):
    assert parse_address(url).url == target


@given(st.integers(0, 2**32 - 1))
def test_private_address_hidden_in_ipv6_is_never_public(number):
    inner = ipaddress.IPv4Address(number)
    hidden = [
        ipaddress.IPv6Address(number),
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
        ipaddress.IPv6Address((0x20010000 << 96) | (number ^ 0xFFFF_FFFF)),
    ]
    through_nat64 = ipaddress.IPv6Address((0x0064_FF9B << 96) | number)

    assert not any(is_public(each) for each in hidden)
    assert is_public(through_nat64) == is_public(inner)
    assert is_public(inner) <= inner.is_global


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused(text):
    for url in (text, f"http://{text}/", f"https://example.org/{text}"):
        try:
            target = parse_address(url)
        except AddressRefused:
            continue
        assert target.url.isascii()
        assert target.port in {80, 443}
        assert parse_address(target.url) == target


def test_secret_that_a_server_adds_is_left_out_of_what_is_kept():
    url = "https://store.example/file.pdf?X-Amz-Signature=abc&name=a"

    assert without_secrets(url) == "https://store.example/file.pdf?X-Amz-Signature=%E2%80%A6&name=a"
    assert without_secrets("https://a.example/b;jsessionid=9F?x=1") == "https://a.example/b?x=1"
    assert without_secrets("https://a.example/b?x=1#c") == "https://a.example/b?x=1#c"
    assert without_secrets("http://[::1?token=abc") == "http://[::1"
    assert without_secrets("https://a.example/b?" + "x=1&" * 2_000 + "token=abc") == "https://a.example/b"


# Names and what they are looked up to


def ask(host: str, resolver) -> tuple[FetchResult, str]:
    with pytest.raises(TransportError) as error:
        exchange(
            parse_address(f"http://{host}/"),
            {},
            monotonic() + 2,
            max_body=lambda status, headers: 0,
            resolver=resolver,
        )
    return error.value.seen, error.value.detail


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "10.0.0.1"],
        ["10.0.0.1", "8.8.8.8"],
        ["2606:4700::1111", "::1"],
        ["8.8.8.8", "fe80::1%eth0"],
        ["169.254.169.254"],
        ["::ffff:127.0.0.1"],
        ["no address"],
    ],
)
def test_host_with_any_private_address_is_refused_before_a_socket_opens(addresses):
    with watched() as opened:
        result = ask("two-faced.example", lambda host: addresses)

    assert result == (FetchResult.REFUSED, PRIVATE)
    assert opened == []


def test_host_that_is_not_there_differs_from_a_look_up_that_fails():
    def fail(code: int):
        def resolver(host: str) -> list[str]:
            raise socket.gaierror(code, "no")

        return resolver

    assert ask("a.example", fail(socket.EAI_NONAME)) == (FetchResult.NO_HOST, "dns")
    assert ask("a.example", fail(socket.EAI_NODATA)) == (FetchResult.NO_HOST, "dns")
    assert ask("a.example", fail(socket.EAI_AGAIN)) == (FetchResult.NO_ANSWER, "dns")
    assert ask("a.example", fail(socket.EAI_FAIL)) == (FetchResult.NO_ANSWER, "dns")
    assert ask("a.example", lambda host: []) == (FetchResult.NO_HOST, "dns")


def test_name_server_that_never_answers_is_left():
    released = threading.Event()

    def resolver(host: str) -> list[str]:
        released.wait(20)
        return []

    assert ask("a.example", resolver) == (FetchResult.NO_ANSWER, "dns")
    released.set()


def test_rebinding_is_harmless():
    """The name is looked up once; what it means a moment later is never asked."""
    meanings = iter([["203.0.114.1"], ["127.0.0.1"], ["127.0.0.1"]])  # public at first

    with watched() as opened:
        result = ask("rebinding.example", lambda host: next(meanings))

    assert result == (FetchResult.NO_ANSWER, "connection")
    assert [address for event, address in opened if event == "socket.connect"] == [("203.0.114.1", 80)]
    assert not [name for event, name in opened if event == "socket.getaddrinfo"]
    assert next(meanings) == ["127.0.0.1"]  # asked once
