"""The practice site over HTTP/1.1, on loopback only."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from registry import VERSION
from registry.errors import SettingsError
from trials.practice.site import Response, Site
from trials.practice.world import World
from trials.screen import say

HOST = "127.0.0.1"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site


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
        """Refuse: nothing can be changed here."""
        self._send(Response(HTTPStatus.METHOD_NOT_ALLOWED, b"", {"Allow": "GET, HEAD"}), with_body=True)
        self.close_connection = True  # what the client sent is not read

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_POST  # noqa: N815 - named by the library

    def _answer(self, *, with_body: bool) -> None:
        assert isinstance(self.server, _Server)
        headers = {name.title(): value for name, value in self.headers.items()}
        self._send(self.server.site.respond(self.path, headers), with_body=with_body)

    def _send(self, response: Response, *, with_body: bool) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(response.body)

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
        say(f"Try: trials fetch {world.nct_id(0)} --site {site.base} --store practice")
        threading.Event().wait()
