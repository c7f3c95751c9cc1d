"""One request over one kept connection: HTTP/1.1 read by h11, every byte counted, an end to it by a clock of our own.

A host is resolved once for a connection, its addresses are checked, and the connection goes to one of those (so that a
name that changes its address in between leads nowhere else). The body comes as it is on the wire, its transfer coding
removed; what ended it too early is said. Redirects, robots.txt and the pace are the client's business.
"""

import ipaddress
import select
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlsplit

import certifi
import h11
import requests
from requests.adapters import BaseAdapter

CONNECT_SECONDS = 10
READ_SECONDS = 20  # between two pieces of an answer
REQUEST_SECONDS = 60  # from the request to the end of its answer
MAX_HEADERS = 100
MAX_HEAD_BYTES = 65_536  # of the status line and all headers
_PIECE_BYTES = 65_536
_NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("2001::/23", "2002::/16", "3fff::/20", "192.88.99.0/24")))
"""What `is_global` lets pass and leads elsewhere: protocol assignments, 6to4, documentation (RFC 6890, 7526, 9637)."""
_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is public (RFC 4291 §2.4)."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class WireError(OSError):
    """No answer, or no whole one: `truncated` is `time` or `disconnect` (WARC 1.1 §5.13), the message says why."""

    def __init__(self, message: str, truncated: str = "disconnect") -> None:
        super().__init__(message)
        self.truncated = truncated


class Wire(BaseAdapter):
    """What a session of `requests` sends by. Holds one connection; `close` ends it."""

    def __init__(self, trust: ssl.SSLContext | None = None) -> None:
        """`trust` says whose certificates count; else those that certifi lists."""
        super().__init__()
        self._trust = trust
        self._connection: _Connection | None = None

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send a request and return its response, head read; `raw` is the `Body`. WireError if no head came."""
        connection = self._connected(request)
        try:
            head = connection.ask(request)
        except BaseException:
            self.close()
            raise
        response = requests.Response()
        response.status_code = head.status_code
        response.reason = bytes(head.reason).decode("iso-8859-1")
        response.request = request
        response.url = str(request.url)
        response.raw = Body(connection, head)
        return response

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self, request: requests.PreparedRequest) -> "_Connection":
        """Return the connection that is there, if it leads to the same host and is still good, else a new one."""
        parts = urlsplit(str(request.url))
        origin = (parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        if self._connection is None or self._connection.origin != origin or not self._connection.is_good():
            self.close()
            self._connection = _Connection(*origin, self._trust)
        return self._connection


class Body:
    """The body of an answer, piece by piece as it comes; it can be read once, and only to its end is the line good."""

    def __init__(self, connection: "_Connection", head: h11.Response) -> None:
        self._connection = connection
        self._pieces = connection.pieces()
        self.ip = connection.ip
        self.protocol = f"HTTP/{head.http_version.decode()}"
        self.headers = tuple((n.decode("iso-8859-1"), v.decode("iso-8859-1")) for n, v in head.headers.raw_items())

    def __iter__(self) -> Iterator[bytes]:
        """Yield what comes; WireError if it ends too early or takes too long."""
        return self._pieces

    def close(self) -> None:
        """Give up what has not been read; the connection with it."""
        self._connection.end()


class _Connection:
    """A socket, and what h11 knows of the exchange on it."""

    def __init__(self, scheme: str, host: str, port: int, trust: ssl.SSLContext | None) -> None:
        self.origin = (scheme, host, port)
        self._end = time.monotonic() + REQUEST_SECONDS
        self._is_new = True
        self._socket, self.ip = _connect(host, port, self._end)
        if scheme == "https":
            context = trust or ssl.create_default_context(cafile=certifi.where())
            try:
                self._socket = context.wrap_socket(self._socket, server_hostname=host)
            except (OSError, ValueError) as error:
                self._socket.close()
                raise WireError(_why(error)) from error
        self._http = self._new_cycle()
        self._is_open = True
        self._has_hung_up = False

    @staticmethod
    def _new_cycle() -> h11.Connection:
        return h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)

    def is_good(self) -> bool:
        """Whether another request may be sent: the last answer was read to its end, and the host did not hang up."""
        if not self._is_open or (self._http.our_state, self._http.their_state) != (h11.DONE, h11.DONE):
            return False
        return not select.select([self._socket], [], [], 0)[0]  # what comes unasked is an end, or no answer of ours

    def ask(self, request: requests.PreparedRequest) -> h11.Response:
        """Send a request and return the head of its answer; WireError if none comes."""
        if not self._is_new:  # of a new one the time began before it was made
            self._end = time.monotonic() + REQUEST_SECONDS
        self._is_new = False
        if self._http.our_state is h11.DONE:
            self._http.start_next_cycle()
        self._send(request)
        while isinstance(event := self._next_event(), h11.InformationalResponse):
            pass  # such as 103; the answer follows
        if not isinstance(event, h11.Response):
            raise WireError("the answer has no head")
        _check_head(event)
        return event

    def _send(self, request: requests.PreparedRequest) -> None:
        parts = urlsplit(str(request.url))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        said = [("Host", parts.netloc), *cast(Mapping[str, str], request.headers).items()]
        headers = [(name.encode(), value.encode("iso-8859-1")) for name, value in said]  # an ETag may hold any byte
        asked = h11.Request(method="GET", target=target, headers=headers)
        try:
            self._socket.settimeout(self._seconds_left())
            self._socket.sendall((self._http.send(asked) or b"") + (self._http.send(h11.EndOfMessage()) or b""))
        except OSError as error:
            raise WireError(_why(error)) from error

    def pieces(self) -> Iterator[bytes]:
        """Yield the body of the answer; WireError if it ends too early or takes too long."""
        try:
            while isinstance(event := self._next_event(), h11.Data):
                yield bytes(event.data)
        except BaseException:
            self.end()
            raise
        if not isinstance(event, h11.EndOfMessage):
            self.end()
            raise WireError("the answer goes on where it should end")
        if self._http.their_state is not h11.DONE:
            self.end()

    def _next_event(self) -> object:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._http.receive_data(self._receive())
        except h11.RemoteProtocolError as error:
            why = "it hung up too early" if self._has_hung_up else f"no HTTP as it should be: {error}"
            raise WireError(why) from error
        return event

    def _receive(self) -> bytes:
        try:
            self._socket.settimeout(self._seconds_left())
            piece = self._socket.recv(_PIECE_BYTES)
        except TimeoutError as error:
            self._seconds_left()
            raise WireError(f"nothing for {READ_SECONDS} seconds", "time") from error
        except OSError as error:
            raise WireError(_why(error)) from error
        self._has_hung_up = not piece
        return piece

    def _seconds_left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise WireError(f"more than {REQUEST_SECONDS} seconds", "time")
        return min(left, READ_SECONDS)

    def end(self) -> None:
        """Close the socket; the connection is not good for another request."""
        self._is_open = False
        self._socket.close()

    close = end


def _check_head(head: h11.Response) -> None:
    """Raise WireError for a head that can be read in two ways (RFC 9112 §6.3), or has too many headers."""
    names = [name for name, _ in head.headers]
    if len(names) > MAX_HEADERS:
        raise WireError(f"more than {MAX_HEADERS} headers")
    if sum(len(name) + len(value) + 4 for name, value in head.headers) > MAX_HEAD_BYTES:
        raise WireError(f"headers of more than {MAX_HEAD_BYTES:,} bytes")
    if b"content-length" in names and b"transfer-encoding" in names:
        raise WireError("two lengths of one body: Content-Length and Transfer-Encoding")


def _connect(host: str, port: int, end: float) -> tuple[socket.socket, str]:
    """Return a socket that is connected to a host, and its address; the addresses are tried in turn, until an end."""
    failure: OSError | None = None
    for address in resolve(host, port):
        try:
            left = max(0.001, min(CONNECT_SECONDS, end - time.monotonic()))
            connected = socket.create_connection((address, port), left)
        except OSError as error:
            failure = error
            continue
        with suppress(OSError):
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected, address
    raise WireError(_why(failure) if failure else "its name has no address", _cut_by(failure))


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host; WireError if it has none, or one that is not what the host says to be.

    A loopback host must stay on this machine, and any other be a public one: no name may lead into a network of ours.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise WireError(f"its name is not known: {_why(error)}") from error
    addresses = list(dict.fromkeys(str(place[4][0]) for place in found))
    local = is_loopback(host)
    for address in map(ipaddress.ip_address, addresses):
        if not (address.is_loopback if local else _is_public(address)):
            raise WireError(f"its name leads to {address}, which is no address of a public host")
    return addresses


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: a loopback address or `localhost`; no name is looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast and not any(address in net for net in _NOT_PUBLIC)


def _cut_by(error: OSError | None) -> str:
    return "time" if isinstance(error, TimeoutError) else "disconnect"


def _why(error: BaseException) -> str:
    """Return a reason in a few words."""
    if isinstance(error, TimeoutError):
        return f"no connection in {CONNECT_SECONDS} seconds"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not count: {error.verify_message}"
    return getattr(error, "strerror", None) or type(error).__name__
