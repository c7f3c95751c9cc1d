"""The practice site over HTTP/1.1, on loopback only; it may be told to misbehave, and to log what it was asked."""

import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from registry import VERSION
from registry.errors import SettingsError
from trials.practice.faults import Faults, Hit, read_faults
from trials.practice.log import Entry, Log, Numbered, Tally, log_file
from trials.practice.site import Response, Site, plain_response
from trials.practice.steps import Pause, Reset, Steps, Wrong
from trials.practice.world import World
from trials.screen import say

HOST = "127.0.0.1"

_LINGER_SECONDS = 0.5  # how long a client that was refused may go on sending, so that it still reads the answer
_LINGER_READS = 64  # of 64 KiB
_WITHOUT_LENGTH = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})  # RFC 9110 §8.6


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site
    faults: Faults
    log: Numbered
    accepted = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count the connection; its number goes to the handler as a third part of the client's address."""
        self.accepted += 1
        super().process_request(request, (*client_address, self.accepted))

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about a client that went away; anything else is an error of ours."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet for headers and body
    timeout = 60  # seconds that an idle connection is kept
    server: _Server
    wfile: Tally

    def setup(self) -> None:
        """Count what is written."""
        super().setup()
        self.wfile = Tally(cast(Any, self.wfile).detach())

    def handle_one_request(self) -> None:
        """Forget the request before."""
        self.command = self.path = ""
        self._at: float | None = None
        super().handle_one_request()

    def parse_request(self) -> bool:
        """Note the time: the request line has been read."""
        self._at = time.monotonic()
        return super().parse_request()

    def version_string(self) -> str:
        """Return what the header Server says."""
        return f"practice/{VERSION}"

    def do_GET(self) -> None:
        """Answer with the body, or as a fault says."""
        headers = self._named_headers()
        hit = self.server.faults.choose(self.server.site, self.path, headers)
        with self._logged(headers, hit):
            self._send(hit.answer() if hit else self._right(headers), with_body=True)

    def do_HEAD(self) -> None:
        """Answer without the body."""
        headers = self._named_headers()
        with self._logged(headers):
            self._send(self._right(headers), with_body=False)

    def do_POST(self) -> None:
        """Refuse: nothing can be changed here. What the client sends besides is not read as a request."""
        self.close_connection = True
        headers = {"Allow": "GET, HEAD"}
        with self._logged(self._named_headers()):
            self._send(Response(HTTPStatus.METHOD_NOT_ALLOWED, b"", headers), with_body=True)

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_POST  # noqa: N815 - named by the library

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request."""
        with self._logged({}):
            super().send_error(code, message, explain)

    def _named_headers(self) -> Mapping[str, str]:
        names = dict.fromkeys(name.title() for name in self.headers)
        return {name: ", ".join(self.headers.get_all(name, [])) for name in names}

    def _right(self, headers: Mapping[str, str]) -> Response:
        """Return what is right; an HTTP/1.1 request needs one Host (RFC 9112 §3.2)."""
        if self.request_version >= "HTTP/1.1" and len(self.headers.get_all("Host", [])) != 1:
            return plain_response(HTTPStatus.BAD_REQUEST, "The request does not say for which host it is.")
        return self.server.site.respond(self.path, headers)

    @contextmanager
    def _logged(self, headers: Mapping[str, str], hit: Hit | None = None) -> Iterator[None]:
        """Log a request before it is answered; and its answer, also where the client did not wait for the end."""
        number = self.server.log.asked(
            {
                "at": self._at or time.monotonic(),
                "connection": cast(tuple[str, int, int], self.client_address)[2],
                "method": self.command or None,
                "path": self.path or None,
                "headers": headers,
                "fault": hit.name if hit else None,
            }
        )
        self.wfile.begin()
        try:
            yield
            self.wfile.flush()
        finally:
            self.server.log.answered(number, self.wfile)

    def _send(self, answer: Wrong, *, with_body: bool) -> None:
        """Send; after the body of a request the connection is closed, and after the steps of a fault."""
        told = self.headers
        self.close_connection |= told.get("Content-Length", "0") != "0" or "Transfer-Encoding" in told
        if isinstance(answer, Response):
            self._send_response(answer, with_body=with_body)
        else:
            self.close_connection = True
            self._take(answer)

    def _send_response(self, response: Response, *, with_body: bool) -> None:
        self.send_response(response.status)
        if self.close_connection:
            self.send_header("Connection", "close")
        for name, value in response.headers.items():
            self.send_header(name, value.encode().decode("latin-1"))  # the library sends Latin-1; this gives UTF-8
        if response.status not in _WITHOUT_LENGTH:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(response.body)

    def _take(self, steps: Steps) -> None:
        """Send what a fault says, as it is."""
        for step in steps:
            if isinstance(step, Pause):
                self._pause(step.seconds)
            elif isinstance(step, Reset):
                self._reset()
            else:
                self.wfile.write(step)
                self.wfile.flush()

    def _pause(self, seconds: float) -> None:
        """Wait; ConnectionError as soon as the client leaves."""
        if seconds == 0:
            return
        end = time.monotonic() + seconds
        self.connection.settimeout(seconds)
        with suppress(TimeoutError):
            if not self.connection.recv(1, socket.MSG_PEEK):
                raise ConnectionAbortedError
            time.sleep(max(0.0, end - time.monotonic()))  # it sends more: it is there
        self.connection.settimeout(self.timeout)

    def _reset(self) -> None:
        """End the connection by a reset: what closes a socket that lingers for no time."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def finish(self) -> None:
        """Close so that the answer arrives: what the client still sends is read, lest it meets a reset."""
        super().finish()
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER_SECONDS)
            for _ in range(_LINGER_READS):
                if not self.connection.recv(1 << 16):
                    break

    def log_message(self, *_: object) -> None:
        """Log nothing: whoever asks knows."""


@contextmanager
def serving(
    world: World, port: int = 0, faults: Faults | None = None, log: list[Entry] | Log | None = None
) -> Iterator[Site]:
    """Serve a world from a thread; SettingsError if the port is taken. `Site.base` is its address.

    The log takes entries as they are described in `log.py`: that of a request is there before its answer is, that of
    the answer may come a moment after it.
    """
    try:
        server = _Server((HOST, port), _Handler)
    except OSError as error:
        raise SettingsError(f"Port {port} cannot be used ({os.strerror(error.errno or 0)}). Choose another.") from error
    server.site = Site(world, f"http://{HOST}:{server.server_address[1]}")
    server.faults = faults or Faults()
    server.log = Numbered(log.append if isinstance(log, list) else log or _forget)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.site
    finally:
        server.shutdown()
        server.server_close()


def _forget(entry: Entry) -> None:
    """Take an entry where there is no log."""
    del entry


def serve(port: int, world: World, faults: Path | None = None, log: Path | None = None) -> None:
    """Serve until a signal ends the program; SettingsError if a file that is given cannot be used."""
    told = read_faults(faults) if faults else None
    with log_file(log) if log else nullcontext() as entries, serving(world, port, told, entries) as site:
        say(f"{world.count:,} made-up trials at {site.base} (robots.txt, sitemap.xml); Ctrl-C stops it.")
        say(f"Try: trials fetch {world.nct_id(0)} --site {site.base} --store data/practice")
        if alias := world.alias_of(1):
            say(f"{alias} is an obsolete id: the site redirects it.")
        if faults:
            say(f"It misbehaves as {faults} says.")
        threading.Event().wait()
