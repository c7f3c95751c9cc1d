"""Who publishes is killed at every step: readers see whole builds only, and the next run goes on."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from normalizers.builds import current_build
from normalizers.manifest import MANIFEST
from tests.builds import trials, write

_LEAST = 36  # kills, of the some hundred steps that a build has in the file system


class _Publisher:
    """`tests.publisher`, running."""

    def __init__(self, store: Path, template: Path) -> None:
        command = [sys.executable, "-m", "tests.publisher", str(store), str(template)]
        self.running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def build(self, number: int, steps: int) -> str:
        assert self.running.stdin
        assert self.running.stdout
        self.running.stdin.write(f"{number} {steps}\n")
        self.running.stdin.flush()
        return self.running.stdout.readline().strip()


class _Reader(threading.Thread):
    """Reads over and over: one file by `current`, opened once, and two of the build that `current` leads to.

    By the path that leads over the link pandas and DuckDB open a file twice, for its footer and for its rows: what
    comes between is another build. So the documents say that the link is resolved first.
    """

    def __init__(self, store: Path) -> None:
        super().__init__()
        self.store = store
        self.stopping = threading.Event()
        self.reads = 0
        self.builds: set[str] = set()
        self.faults: list[str] = []

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self._read()
            except Exception as error:  # whatever a reader meets is what the test is about
                self.faults.append(repr(error))

    def _read(self) -> None:
        with (self.store / "current/studies.parquet").open("rb") as file:
            alone = set(pd.read_parquet(file)["source"])
        folder = Path(os.path.realpath(self.store / "current"))
        together = set(pd.read_parquet(folder / "studies.parquet")["source"])
        together |= set(pd.read_parquet(folder / "sponsors.parquet")["name"])
        if len(alone) != 1 or len(together) != 1:
            self.faults.append(f"mixed: {alone}, {together}")
        self.reads += 1
        self.builds |= together


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    folder = tmp_path / "template"
    folder.mkdir()
    return write(trials(3), folder)


@pytest.fixture
def publisher(store: Path, template: Path) -> Iterator[_Publisher]:
    started = _Publisher(store, template)
    assert started.build(0, 0) == "done"
    yield started
    started.running.kill()
    started.running.communicate()


@contextmanager
def _reading(store: Path) -> Iterator[_Reader]:
    """Read all the while; then hold what was read to be whole."""
    thread = _Reader(store)
    thread.start()
    try:
        yield thread
    finally:
        thread.stopping.set()
        thread.join()
    assert thread.faults == []
    assert len(thread.builds) > 1


def _check_whole(store: Path) -> str:
    """Return the name of the published build, after holding its files to its manifest."""
    folder = current_build(store)
    assert folder
    said = json.loads((folder / MANIFEST).read_bytes())
    assert said["build"] == folder.name
    for table in said["tables"].values():
        assert hashlib.sha256((folder / table["file"]).read_bytes()).hexdigest() == table["sha256"]
    return folder.name


def test_killed_at_every_step_readers_see_whole_builds(store: Path, publisher: _Publisher) -> None:
    steps = _steps(publisher)
    assert steps > _LEAST
    moments = sorted({*range(1, steps, max(1, steps // _LEAST)), *range(steps - 12, steps + 1)})
    before, names, ended = _check_whole(store), set(), list[str]()
    with _reading(store) as reader:
        for number, moment in enumerate(moments, 1000):
            ended.append(publisher.build(number, moment))
            names.add(_check_whole(store))
        assert set(ended) <= {"killed", "done"}  # how many steps there are depends on what the one before left
        assert ended.count("killed") >= _LEAST
        assert before in names  # who is killed early leaves what was published
        assert len(names) > 1  # who is killed late has published
        assert publisher.build(3000, 0) == "done"
        _check_whole(store)
    assert reader.reads > len(moments)
    left = [path.name for path in (store / "tables").iterdir()]
    assert len(left) <= 5
    assert not [name for name in left if name.startswith(".")]


def _steps(publisher: _Publisher) -> int:
    """Return how many steps a build has: the most after which it is still killed."""
    low, high = 0, 1_024
    number = 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if publisher.build(number, middle) == "killed" else (low, middle)
        number += 1
    return low


def test_killed_at_any_time_readers_see_whole_builds(store: Path, publisher: _Publisher) -> None:
    """Moments between the steps, such as while a file is written or synced."""
    dice = random.Random(29)
    kills = 0
    with _reading(store) as reader:
        for number in range(1, 25):
            answers: list[str] = []
            asking = threading.Thread(target=lambda n=number, said=answers: said.append(publisher.build(n, 0)))
            asking.start()
            _wait_for_building(store, asking)
            time.sleep(dice.uniform(0, 0.5))
            _kill_children(publisher.running.pid)
            asking.join()
            kills += answers == ["killed"]
            _check_whole(store)
        assert publisher.build(100, 0) == "done"
    assert reader.reads > 24
    assert kills > 0


def _wait_for_building(store: Path, asking: threading.Thread) -> None:
    while asking.is_alive() and not list((store / "tables").glob(".building-*/*.parquet")):
        time.sleep(0.002)


def _kill_children(parent: int) -> None:
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split():
        os.kill(int(child), signal.SIGKILL)
