"""The practice site over HTTP/1.1, on loopback only."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from registry import VERSION
from registry.errors import SettingsError
from trials.practice.site import Response, Site, plain_response
from trials.practice.world import World
from trials.screen import say

HOST = "127.0.0.1"

_LINGER_SECONDS = 0.5  # how long a client that was refused may go on sending, so that it still reads the answer
_LINGER_READS = 64  # of 64 KiB


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about a client that went away; anything else is an error of ours."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet for headers and body
    timeout = 60  # seconds that an idle connection is kept

    def version_string(self) -> str:
        """Return what the header Server says."""
        return f"practice/{VERSION}"

    def do_GET(self) -> None:
        """Answer with the body."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer without the body."""
        self._answer(with_body=False)

    def do_POST(self) -> None:
        """Refuse: nothing can be changed here. What the client sends besides is not read as a request."""
        headers = {"Allow": "GET, HEAD", "Connection": "close"}
        self._send(Response(HTTPStatus.METHOD_NOT_ALLOWED, b"", headers), with_body=True)

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_POST  # noqa: N815 - named by the library

    def _answer(self, *, with_body: bool) -> None:
        """Answer; an HTTP/1.1 request needs one Host (RFC 9112 §3.2), and after a body the connection is closed."""
        assert isinstance(self.server, _Server)
        names = {name.title() for name in self.headers}
        headers = {name: ", ".join(self.headers.get_all(name, [])) for name in names}
        if self.request_version >= "HTTP/1.1" and len(self.headers.get_all("Host", [])) != 1:
            response = plain_response(HTTPStatus.BAD_REQUEST, "The request does not say for which host it is.")
        else:
            response = self.server.site.respond(self.path, headers)
        self.close_connection |= headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in headers
        self._send(response, with_body=with_body)

    def _send(self, response: Response, *, with_body: bool) -> None:
        self.send_response(response.status)
        if self.close_connection:
            self.send_header("Connection", "close")
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(response.body)

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
def serving(world: World, port: int = 0) -> Iterator[Site]:
    """Serve a world from a thread; SettingsError if the port is taken. `Site.base` is its address."""
    try:
        server = _Server((HOST, port), _Handler)
    except OSError as error:
        raise SettingsError(f"Port {port} cannot be used ({os.strerror(error.errno or 0)}). Choose another.") from error
    server.site = Site(world, f"http://{HOST}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.site
    finally:
        server.shutdown()
        server.server_close()


def serve(port: int, world: World) -> None:
    """Serve until a signal ends the program."""
    with serving(world, port) as site:
        say(f"{world.count:,} made-up trials at {site.base} (robots.txt, sitemap.xml); Ctrl-C stops it.")
        say(f"Try: trials fetch {world.nct_id(0)} --site {site.base} --store data/practice")
        if alias := world.alias_of(1):
            say(f"{alias} is an obsolete id: the site redirects it.")
        threading.Event().wait()
