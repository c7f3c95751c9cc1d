"""`trials explore`: what the copy holds, when it is made and goes, what the command says."""

import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import pytest

from normalizers.builds import current_build
from registry.errors import SettingsError
from registry.tables import TABLES, table
from tests.builds import published, trials
from tests.explored import ask, explored_build
from trials.explore.copy import FOLDER, copy_of, remove_orphans
from trials.explore.looks import FIRST_COLUMNS, GROUPS, LOOKS, SHOWN, indexed_columns
from trials.explore.server import Copy, serving

TRIAL = "NCT00000001"


# --- the copy ---------------------------------------------------------------------------------------------------


def _copied(store: Path) -> Path:
    build = current_build(store)
    assert build is not None
    return copy_of(store, build, lambda _: lambda _: None)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "store"
    tables = trials(30)
    tables["studies"][1].update(official_title="Write to ada@lantern.org or +49 30 450 50 12")
    published(folder, tables)
    return folder


def test_every_table_and_column_has_its_place() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(each.name for each in SHOWN)
    assert {each.name for each in TABLES} - {each.name for each in SHOWN} == {"central_contacts"}
    for each in SHOWN:
        assert set(indexed_columns(each)) <= {column.name for column in each.columns}
    assert set(FIRST_COLUMNS) <= {column.name for column in table("studies").columns}
    assert LOOKS.keys() <= {each.name for each in SHOWN}


def test_the_copy_has_no_contacts_and_masks_texts(store: Path) -> None:
    with closing(sqlite3.connect(_copied(store))) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        dumped = "\n".join(connection.iterdump())
    assert "central_contacts" not in names
    assert "Write to [email] or [phone]" in dumped
    for contact in ("Ada Example", "ada[@]lantern.org", "ada@lantern.org", "933-7001", "450 50"):
        assert contact not in dumped


def test_every_row_refers_to_its_trial(store: Path) -> None:
    with closing(sqlite3.connect(_copied(store))) as connection:
        for each in SHOWN:
            found = [(row[2], row[3]) for row in connection.execute(f'PRAGMA foreign_key_list("{each.name}")')]
            expected = [] if each.name in ("studies", "dictionary") else [("studies", "nct_id")]
            assert found == expected, each.name
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_copy_is_made_once_and_goes_with_a_newer_build(tmp_path: Path) -> None:
    store = tmp_path / "100% of a?b#c"
    published(store, trials(3))
    first = _copied(store)
    before = first.stat()
    assert _copied(store) == first
    assert (first.stat().st_ino, first.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    build = current_build(store)
    assert build is not None
    with explored_build(store, build) as address:
        assert ask(address, "/trials/studies").status == 200
    published(store, trials(4), accepted={})
    second = _copied(store)
    assert list((store / FOLDER).iterdir()) == [second]
    assert second != first


def test_a_copy_goes_with_its_build(tmp_path: Path) -> None:
    published(tmp_path, trials(3))
    copy = _copied(tmp_path)
    remove_orphans(tmp_path)
    assert copy.exists()
    build = current_build(tmp_path)
    assert build is not None
    shutil.rmtree(build)
    remove_orphans(tmp_path)
    assert not copy.exists()


def test_a_copy_that_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    published(tmp_path, trials(3))

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    build = current_build(tmp_path)
    assert build is not None
    with pytest.raises(KeyboardInterrupt):
        copy_of(tmp_path, build, lambda _: interrupted)
    assert list((tmp_path / FOLDER).iterdir()) == []


# --- the command ------------------------------------------------------------------------------------------------


def _command(store: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "trials", "explore", *arguments, "--store", str(store)]


@contextmanager
def _started(store: Path) -> Iterator["tuple[subprocess.Popen[str], IO[str]]"]:
    """Start the program, and yield it with its messages; it is ended whatever happens."""
    with subprocess.Popen(_command(store, "--port", "0"), stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        try:
            yield program, program.stderr
        finally:
            program.kill()


def _run(store: Path, *arguments: str, most: int | None = None, **variables: str) -> tuple[int, str]:
    def limit() -> None:
        if most is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    done = subprocess.run(
        _command(store, *arguments), capture_output=True, text=True, check=False, timeout=120, preexec_fn=limit,
        env={**os.environ, **variables},
    )  # fmt: skip
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_it_says_its_address_and_ends_by_ctrl_c(store: Path) -> None:
    with _started(store) as (program, messages):
        said = messages.readline()
        assert said.startswith("trials: 30 trials at http://127.0.0.1:")
        assert said.endswith("/trials; Ctrl-C stops it.\n")
        assert ask(said.split()[4].removesuffix("/trials;"), f"/trial/{TRIAL}").status == 200
        program.send_signal(signal.SIGINT)
        assert messages.read() == "trials: Interrupted; nothing half-written was left.\n"
        assert program.wait(timeout=30) == 130


def test_ctrl_c_while_it_copies_leaves_nothing(tmp_path: Path) -> None:
    published(tmp_path, trials(3_000))
    with _started(tmp_path) as (program, messages):
        until = time.monotonic() + 60
        while not list((tmp_path / FOLDER).glob(".*/*")):
            assert program.poll() is None
            assert time.monotonic() < until
            time.sleep(0.005)
        program.send_signal(signal.SIGINT)
        assert messages.read() == "trials: Interrupted; nothing half-written was left.\n"
        assert program.wait(timeout=60) == 130
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_store_without_tables(tmp_path: Path) -> None:
    code, said = _run(tmp_path)
    assert code == 4
    assert said == f"trials: The store {str(tmp_path)!r} has no tables yet. `trials build` makes them.\n"


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    published(tmp_path, trials(300))
    code, said = _run(tmp_path, "--port", "0", most=200_000)
    assert code == 4
    assert "Nothing half-written was left." in said
    assert said.count("\n") == 1
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_port_that_is_taken(store: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(SettingsError, match=f"Port {port} cannot be used .*Choose another"):
            serving(Copy(_copied(store), "", {}), port).__enter__()


def test_the_extra_is_asked_for(store: Path, tmp_path: Path) -> None:
    (tmp_path / "datasette").mkdir()
    (tmp_path / "datasette" / "__init__.py").write_text("raise ModuleNotFoundError('No module named datasette')")
    code, said = _run(store, PYTHONPATH=str(tmp_path))
    assert code == 2
    assert "pip install 'tidytrials[explore]'" in said
