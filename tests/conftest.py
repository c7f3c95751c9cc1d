"""Tests touch no network but loopback."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from scraper.store import Store
from tests.browser import chromium, tab

__all__ = ["chromium", "only_loopback", "open_store", "tab"]

# the same examples every night, however busy the machine
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")

os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="trials-tests-")  # the pace of this machine is not touched

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store", "test", 0, lambda: None) as opened:
        yield opened


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in _LOOPBACK:
            raise AssertionError(f"a test wants to reach {address!r}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield
