"""The client never leaves its site: redirects, names and certificates that lead elsewhere open no connection there."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from registry.errors import FetchError, Refused
from scraper import client, wire
from scraper.client import Client
from scraper.manners import Manners
from scraper.store import Store
from scraper.wire import Wire, WireError, resolve
from tests.sites import answer, raw_site

_PUBLIC = "93.184.216.34"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "REQUEST_SECONDS", 5)
    monkeypatch.setattr(client, "_LOOPBACK_BACKOFF_SECONDS", 0.0)


# --- redirects ------------------------------------------------------------------------------------------------------


class _Canary:
    """A listener that nobody may connect to; `connects` counts who did."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.connects = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                self._socket.accept()[0].close()
                self.connects += 1

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture(scope="module")
def canary() -> Iterator[_Canary]:
    listener = _Canary()
    yield listener
    listener.close()


_THIS_MACHINE = (
    "127.0.0.1 localhost LOCALHOST localhost. 127.0.0.1. 127.1 127.0.1 127.0.0.2 0.0.0.0 0 2130706433 0x7f000001 "
    "0x7f.0.0.1 0177.0.0.1 017700000001 127.000.000.001 [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] "
    "[0:0:0:0:0:ffff:7f00:1] \uff11\uff12\uff17.0.0.1 127\u30020\u30020\u30021 \u2460\u2461\u2466.0.0.1 user@127.0.0.1 "
    "user:secret@127.0.0.1 127.0.0.1:{site}@127.0.0.1 127.0.0.1%00 %31%32%37.0.0.1"
).split()
_AWAY = [
    *(f"http://{host}:{{canary}}/x" for host in _THIS_MACHINE),
    *(f"//{host}:{{canary}}/x" for host in _THIS_MACHINE[:8]),
    "https://127.0.0.1:{site}/x",
    "https://127.0.0.1:{canary}/x",
    "HTTP://127.0.0.1:{canary}/x",
    "http://localhost:{site}/x",
    "http://user@127.0.0.1:{site}/x",
    "http://127.0.0.1/x",
    "http://127.0.0.1:0/x",
    "http://127.0.0.1:99999/x",
    "http://127.0.0.1:{site}0/x",
    "http://127.0.0.1:{site}:{canary}/x",
    "http://127.0.0.1:{site}.registry.example/x",
    "http://registry.example/x",
    "https://registry.example:{site}/x",
    "http://xn--rgistry-bya.example/x",
    "http://r\u0435gistry.example/x",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/latest/meta-data/",
    "/\t/127.0.0.1:{canary}/x",
    "ht\ttp://127.0.0.1:{canary}/x",
    "http:/\t/127.0.0.1:{canary}/x",
    "http://127.0.0.1:{site}\\@127.0.0.1:{canary}/x",
    "http://127.0.0.1:{canary}\\@127.0.0.1:{site}/x",
    "http://[::1/x",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{canary}/x",
    "data:text/html,x",
    "javascript:alert(1)",
    "gopher://127.0.0.1:{canary}/x",
    "ws://127.0.0.1:{canary}/x",
    "mailto:someone@registry.example",
    "urn:x",
]
_HERE = [
    "/\\127.0.0.1:{canary}/x",
    "\\\\127.0.0.1:{canary}/x",
    "http://",
    "http:///x",
    "http:127.0.0.1:{canary}/x",
    "http:/127.0.0.1:{canary}/x",
    "http:\\\\127.0.0.1:{canary}/x",
    "/%2f/127.0.0.1:{canary}/x",
    "/..//127.0.0.1:{canary}/x",
    "http://127.0.0.1:{site}//127.0.0.1:{canary}/x",
    "http://127.0.0.1:{site}?@127.0.0.1:{canary}/x",
    "http://127.0.0.1:{site}#@127.0.0.1:{canary}/x",
]
"""Targets that another reader may take for another host; ours takes them for paths of the site."""


@contextmanager
def _connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Note to which addresses connections are opened."""
    opened: list[Any] = []
    connect = socket.socket.connect

    def noted(self: socket.socket, address: Any) -> None:
        opened.append(address[:2])
        connect(self, address)

    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "connect", noted)
        yield opened


@pytest.mark.parametrize("target", _AWAY)
def test_a_redirect_that_leads_away_is_not_followed(
    target: str, open_store: Store, canary: _Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, opened, port = _followed(target, open_store, canary, monkeypatch)
    assert (asked, opened, canary.connects) == (["/robots.txt", "/"], [("127.0.0.1", port)] * 2, 0)


@pytest.mark.parametrize("target", _HERE)
def test_a_redirect_that_only_looks_as_if_it_led_away_stays(
    target: str, open_store: Store, canary: _Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, opened, port = _followed(target, open_store, canary, monkeypatch)
    assert ({*opened}, canary.connects) == ({("127.0.0.1", port)}, 0)


def _followed(
    target: str, open_store: Store, canary: _Canary, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[str], list[Any], int]:
    """Follow a redirect; return what the site was asked for, which connections were opened, and the site's port."""
    with raw_site(lambda path: sent if path == "/" else answer("")) as site, Client(open_store, site.base) as asking:
        port = int(site.base.rpartition(":")[2])
        location = target.replace("{site}", str(port)).replace("{canary}", str(canary.port))
        sent = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        with _connections(monkeypatch) as opened, suppress(FetchError):
            asking.follow(f"{site.base}/", "a test")
        return site.asked, opened, port


@pytest.mark.parametrize("target", ["http://localhost:{canary}/x", "http://127.0.0.1:{site}@localhost:{canary}/x"])
def test_no_other_host_is_asked_whoever_wants_it(
    target: str, open_store: Store, canary: _Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_site({}) as site, Client(open_store, site.base) as asking, _connections(monkeypatch) as opened:
        url = target.replace("{site}", site.base.rpartition(":")[2]).replace("{canary}", str(canary.port))
        with pytest.raises(Refused, match=r"leads away from .*; only the site itself is asked"):
            asking.get(url, "a test")
        assert opened == []


def test_the_corpus_is_as_large_as_it_is_said_to_be() -> None:
    assert len({*_AWAY, *_HERE}) == len(_AWAY) + len(_HERE) >= 60


def test_a_redirect_away_is_said_with_where_it_leads(open_store: Store) -> None:
    sent = {"/": answer("", status="302 Found", headers={"Location": "https://registry.example/x"})}
    with raw_site(sent) as site, Client(open_store, site.base) as asking:
        with pytest.raises(Refused, match=r"leads away from http://127.* to 'https://registry\.example/x'") as error:
            asking.follow(f"{site.base}/", "a test")
        assert error.value.status == 302


# --- names (RFC 6890) -----------------------------------------------------------------------------------------------


def _names(monkeypatch: pytest.MonkeyPatch, *lookups: list[str]) -> None:
    """Let the name of a public site have other addresses with each look-up; addresses are their own."""
    remaining = iter(lookups)

    def look_up(host: str, port: int, *_: object, **__: object) -> list[tuple[Any, ...]]:
        found = [host] if _is_address(host) else next(remaining)
        kinds = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in found]
        return [(kind, socket.SOCK_STREAM, 6, "", (each, port)) for kind, each in zip(kinds, found, strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def _is_address(host: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_address(host))
    return False


_NOT_PUBLIC = (
    "127.0.0.1 127.8.8.8 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 0.0.0.0 0.1.2.3 100.64.0.1 "
    "192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 "
    "::1 :: ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 fc00::1 fd00:ec2::254 fe80::1 ff02::1 ff0e::1 "
    "2001::1 2001:0:7f00:1:: 2001:db8::1 2001:10::1 2002:7f00:1:: 64:ff9b::7f00:1 64:ff9b:1::1 100::1 "
    "::7f00:1 ::a00:1 ::ffff:0:7f00:1 fec0::1 3fff::1 5f00::1 4000::1 192.88.99.1"
).split()


@pytest.mark.parametrize("address", _NOT_PUBLIC)
@pytest.mark.parametrize("before", [[], [_PUBLIC]], ids=["alone", "behind a public one"])
def test_a_name_that_leads_into_a_network_of_ours_is_refused(
    address: str, before: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _names(monkeypatch, [*before, address])
    with pytest.raises(WireError, match="which is no address of a public host"):
        resolve("registry.example", 443)


@pytest.mark.parametrize("address", [_PUBLIC, "8.8.8.8", "2606:2800:220:1::1", "2a00:1450:4001::1"])
def test_a_name_of_a_public_host_is_not_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _names(monkeypatch, [address])
    assert resolve("registry.example", 443) == [address]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_name_of_this_machine_leads_nowhere_else(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (_PUBLIC, 80))])
    with pytest.raises(WireError, match=f"leads to {_PUBLIC}"):
        resolve(host, 80)


def test_a_connection_goes_to_the_address_that_was_checked(open_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _names(monkeypatch, *[[_PUBLIC], ["127.0.0.1"]] * 5)
    tried: list[Any] = []

    def refuse(address: tuple[str, int], *_: object) -> None:
        tried.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", refuse)
    manners = Manners("someone@registry.example", delay_seconds=0)
    with (
        Client(open_store, "https://registry.example", manners) as asking,
        pytest.raises(Refused, match="cannot be read"),
    ):
        asking.get("https://registry.example/x", "a test")
    assert {*tried} == {(_PUBLIC, 443)}


# --- certificates ---------------------------------------------------------------------------------------------------


class _SecureSite:
    """A site by https with one certificate; `asked` lists the requests that came through."""

    def __init__(self, certificate: trustme.LeafCert) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._context)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.base = f"https://localhost:{self._socket.getsockname()[1]}"
        self.asked: list[bytes] = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                self._serve(self._socket.accept()[0])

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, self._context.wrap_socket(connection, server_side=True) as secure:
            self.asked.append(secure.recv(65_536).split(b" ")[1])
            secure.sendall(answer("fine"))

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextmanager
def _secure_site(certificate: trustme.LeafCert) -> Iterator[_SecureSite]:
    site = _SecureSite(certificate)
    try:
        yield site
    finally:
        site.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def wired(authority: trustme.CA) -> Wire:
    """What trusts the authority of these tests, and is else as strict as ever."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return Wire(context)


def _expired(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("localhost", not_after=datetime.now(UTC) - timedelta(days=1))


def test_a_certificate_that_counts_is_accepted(open_store: Store, authority: trustme.CA, wired: Wire) -> None:
    with _secure_site(authority.issue_cert("localhost")) as site, Client(open_store, site.base, wire=wired) as asking:
        assert asking.get(f"{site.base}/x", "a test").answer.body == b"fine"
        assert site.asked == [b"/robots.txt", b"/x"]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("of nobody", "unable to get local issuer certificate|self-signed certificate"),
        ("expired", "certificate has expired"),
        ("of another host", "Hostname mismatch"),
    ],
)
def test_a_certificate_that_does_not_count_is_refused(
    kind: str, why: str, open_store: Store, authority: trustme.CA, wired: Wire
) -> None:
    certificates = {
        "of nobody": lambda: trustme.CA().issue_cert("localhost"),
        "expired": lambda: _expired(authority),
        "of another host": lambda: authority.issue_cert("registry.example"),
    }
    with _secure_site(certificates[kind]()) as site, Client(open_store, site.base, wire=wired) as asking:
        with pytest.raises(Refused, match=f"its certificate does not count: .*(?:{why})"):
            asking.get(f"{site.base}/x", "a test")
        assert site.asked == []


def test_no_variable_lets_a_certificate_count(
    open_store: Store, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(bundle))
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    with _secure_site(authority.issue_cert("localhost")) as site, Client(open_store, site.base) as asking:
        with pytest.raises(Refused, match="its certificate does not count"):
            asking.get(f"{site.base}/x", "a test")
        assert site.asked == []


def test_no_variable_sends_the_client_to_a_proxy(
    open_store: Store, canary: _Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    with raw_site({"/x": answer("fine")}) as site, Client(open_store, site.base) as asking:
        assert asking.get(f"{site.base}/x", "a test").answer.body == b"fine"
    assert canary.connects == 0
