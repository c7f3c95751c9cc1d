"""The connection that requests go over, with an end to each request, whatever trickles in.

A timeout of `requests` begins anew with every byte that comes: a header that grows by a byte a second never ends. Here
a clock of our own shuts the socket down.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool


class Watch:
    """Knows the socket of the one connection. `is_over` is true once the last request took too long."""

    def __init__(self) -> None:
        self.is_over = False
        self._socket: socket.socket | None = None

    def adapter(self) -> HTTPAdapter:
        """Return what a session sends its requests by, so that its socket is watched."""
        return _Adapter(self._note)

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Shut the connection down if what is inside takes longer."""
        self.is_over = False
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()  # a clock that has run out just now must not end the next request

    def _note(self, connected: socket.socket) -> None:
        self._socket = connected
        if self.is_over:
            self._end()

    def _end(self) -> None:
        self.is_over = True
        if self._socket is not None:
            with suppress(OSError):  # it is closed already
                self._socket.shutdown(socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Opens connections that tell of their sockets."""

    def __init__(self, noted: Callable[[socket.socket], None]) -> None:
        self._noted = noted
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        pools = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}
        self.poolmanager.pool_classes_by_scheme = {
            scheme: _telling(pool, self._noted) for scheme, pool in pools.items()
        }


def _telling(pool: type[HTTPConnectionPool], noted: Callable[[socket.socket], None]) -> type[HTTPConnectionPool]:
    """Return a class of pools like `pool` whose connections call `noted` with their socket once it is open."""

    class Connection(pool.ConnectionCls):  # type: ignore[name-defined, misc]
        def connect(self) -> None:
            super().connect()
            noted(self.sock)

    class Pool(pool):  # type: ignore[valid-type, misc]
        ConnectionCls = Connection

    return Pool
