"""Sites to fetch from: the practice site, and one that sends literally what a test says."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import repeat
from typing import TypeAlias

END = b"\r\n\r\n"
RESET = b"reset"
"""In the place of an answer: the connection is reset."""


def answer(body: bytes | str, *, status: str = "200 OK", headers: Mapping[str, str] | None = None) -> bytes:
    """Return an answer with its length."""
    content = body.encode() if isinstance(body, str) else body
    lines = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(content)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}Connection: close\r\n\r\n".encode() + content


def dripping(piece: bytes, *, seconds: float = 0.0, first: bytes = b"") -> Iterator[bytes]:
    """Yield an answer that never ends."""
    yield first
    for each in repeat(piece):
        time.sleep(seconds)
        yield each


Sent: TypeAlias = bytes | Iterable[bytes]


class RawSite:
    """Sends the bytes that `answers` has for a path, then closes; `asked` lists paths, `heads` requests, in order."""

    def __init__(self, answers: Mapping[str, Sent] | Callable[[str], Sent]) -> None:
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.asked: list[str] = []
        self.heads: list[bytes] = []

    def run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                head = _request_head(connection)
                path = head.split(b" ")[1].decode() if b" " in head else ""
                self.asked.append(path)
                self.heads.append(head)
                sent = self._answer(path)
                if sent is RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    continue
                with suppress(ConnectionError):  # who asked may have left
                    for piece in [sent] if isinstance(sent, bytes) else sent:
                        connection.sendall(piece)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _answer(self, path: str) -> Sent:
        if callable(self._answers):
            return self._answers(path)
        return self._answers.get(path, answer("nothing here", status="404 Not Found"))


def _request_head(connection: socket.socket) -> bytes:
    received = b""
    while END not in received and (piece := connection.recv(65536)):
        received += piece
    return received


@contextmanager
def raw_site(answers: Mapping[str, Sent] | Callable[[str], Sent]) -> Iterator[RawSite]:
    site = RawSite(answers)
    threading.Thread(target=site.run, daemon=True).start()
    try:
        yield site
    finally:
        site.close()
