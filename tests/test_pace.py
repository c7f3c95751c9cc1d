"""The pace: what a Retry-After says, and that no two requests to a host are closer than the delay, whoever asks."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from registry.errors import StoreError
from scraper import pace
from scraper.pace import Gate, gate_folder, retry_after

_NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
_YEAR = timedelta(days=366)
_HOST = "127.0.0.1:8000"
_NAME_OF_RUN = pace._boot.__wrapped__

# --- Retry-After (RFC 9110 §10.2.3) ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        (" 7 ", 7),
        ("\t007", 7),
        ("Wed, 25 Nov 2026 12:01:00 GMT", 60),
        ("Wednesday, 25-Nov-26 12:01:00 GMT", 60),
        ("Wed Nov 25 12:01:00 2026", 60),
        ("Tue Dec  1 12:00:00 2026", 6 * 86_400),
        ("Wed, 25 Nov 2026 11:59:59 GMT", 0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0),
        ("Thu Jan  1 00:00:00 1970", 0),
        ("Wed, 25 Nov 2026 12:00:60 GMT", 60),
        ("Mon, 29 Feb 2016 00:00:00 GMT", 0),
    ],
)
def test_a_pause_is_a_number_of_seconds_or_a_date_in_three_forms(text: str, seconds: int) -> None:
    assert retry_after(text, _NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "9" * 400,
        "9" * 5000,
        "31622401",
        "0" * 400 + "9" * 10,
        "Fri, 01 Jan 2099 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Wednesday, 25-Nov-76 12:00:00 GMT",
        "Tuesday, 29-Feb-28 12:00:00 GMT",
    ],
)
def test_a_pause_is_a_year_at_most(text: str) -> None:
    assert retry_after(text, _NOW) == _YEAR


def test_a_year_of_two_digits_is_not_more_than_fifty_years_ahead() -> None:
    assert retry_after("Thursday, 26-Nov-76 12:00:00 GMT", _NOW) == timedelta(0)
    assert retry_after("Tuesday, 01-Jan-77 00:00:00 GMT", _NOW) == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "-5",
        "+5",
        "1.5",
        "1e3",
        "abc",
        "0x10",
        "5 seconds",
        "120, 120",
        "\u0661\u0662",
        "\u00b2",
        "5\n",
        "Wed, 25 Nov 2026 12:01:00 +0100",
        "Wed, 25 Nov 2026 12:01:00 UTC",
        "Wed, 25 Nov 2026 12:01:00",
        "Wed, 25 Nov 2026 12:01 GMT",
        "Wed, 25 Nov 26 12:01:00 GMT",
        "wed, 25 nov 2026 12:01:00 gmt",
        "25 Nov 2026 12:01:00 GMT",
        "Wed, 5 Nov 2026 12:01:00 GMT",
        "Wed, 31 Nov 2026 12:01:00 GMT",
        "Sun, 29 Feb 2026 12:01:00 GMT",
        "Wed, 25 Nov 2026 24:00:00 GMT",
        "Wed, 25 Nov 2026 12:01:61 GMT",
        "Wed, 25 Nov 0000 12:01:00 GMT",
        "Fri, 31 Dec 9999 23:59:60 GMT",
        "2026-11-25T12:01:00Z",
        "Wed Nov 25 12:01:00 2026 GMT",
    ],
)
def test_what_is_neither_says_nothing(text: str | None) -> None:
    assert retry_after(text, _NOW) is None


# --- the gate, by clocks that the test moves ------------------------------------------------------------------------


class _Clocks:
    """The clocks of one machine; sleeping moves both."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.boot, self.since_boot, self.wall = "b0", 1000.0, 1_764_072_000.0
        self.slept: list[float] = []
        monkeypatch.setattr(pace, "_boot", lambda: self.boot)
        monkeypatch.setattr(pace, "_since_boot", lambda: self.since_boot)
        monkeypatch.setattr(pace, "_wall", lambda: self.wall)

    def pass_(self, seconds: float) -> None:
        self.since_boot += seconds
        self.wall += seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_(seconds)

    def ask(self, gate: Gate, delay: float = 2.0, seconds: float = 0.0) -> float:
        """Take a turn in which a request takes some seconds; return how long was waited for it."""
        self.slept.clear()
        with gate.turn(delay, self.sleep):
            self.pass_(seconds)
        return sum(self.slept)


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> _Clocks:
    return _Clocks(monkeypatch)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(_HOST, tmp_path)


def _state(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_the_delay_counts_from_the_end_of_the_last_request(clocks: _Clocks, gate: Gate) -> None:
    assert clocks.ask(gate, seconds=30) == 0
    assert clocks.ask(gate) == 2
    clocks.pass_(1.5)
    assert clocks.ask(gate) == 0.5
    clocks.pass_(2)
    assert clocks.ask(gate) == 0


def test_each_request_has_its_own_delay(clocks: _Clocks, gate: Gate) -> None:
    clocks.ask(gate, delay=0)
    assert clocks.ask(gate, delay=5) == 5
    assert clocks.ask(gate, delay=0) == 0


def test_hosts_do_not_wait_for_each_other(clocks: _Clocks, tmp_path: Path) -> None:
    clocks.ask(Gate(_HOST, tmp_path))
    assert clocks.ask(Gate("127.0.0.1:8001", tmp_path)) == 0
    assert clocks.ask(Gate(_HOST, tmp_path)) == 2


def test_a_host_is_one_in_any_case(clocks: _Clocks, tmp_path: Path) -> None:
    clocks.ask(Gate("registry.example", tmp_path))
    assert clocks.ask(Gate("Registry.Example", tmp_path)) == 2


@pytest.mark.parametrize("step", [-86_400.0, -1.0, 1.0, 86_400.0])
def test_a_step_of_the_wall_clock_changes_no_wait(clocks: _Clocks, gate: Gate, step: float) -> None:
    clocks.ask(gate)
    clocks.wall += step
    clocks.pass_(0.5)
    assert clocks.ask(gate) == 1.5


@pytest.mark.parametrize(("passed", "left"), [(0.5, 1.5), (60.0, 0.0), (-0.5, 2.0), (-86_400.0, 2.0)])
def test_after_a_restart_of_the_machine_the_wall_clock_counts(
    clocks: _Clocks, gate: Gate, passed: float, left: float
) -> None:
    clocks.ask(gate)
    clocks.boot, clocks.since_boot, clocks.wall = "b1", 3.0, clocks.wall + passed
    assert clocks.ask(gate) == left


def test_a_clock_that_went_back_makes_no_wait_longer_than_the_delay(clocks: _Clocks, gate: Gate) -> None:
    clocks.ask(gate)
    clocks.since_boot -= 500
    assert clocks.ask(gate) == 2


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"\0" * 100,
        b"asking\n",
        b"asked\n",
        b"asked b0 1000.0\n",
        b"asked b0 1.0 1.0 1.0\n",
        b"asked b0 nan 1764072000.0\n",
        b"asked b0 -900.0 1764072000.0\n",
        b"asked b0 1e-3 1764072000.0\n",
        b"asked b0 \xff.0 1764072000.0\n",
        b"asked b0 " + b"9" * 50 + b".0 1764072000.0\n",
        b"ASKED b0 1.0 1.0\n",
        b"\xff" * 500,
    ],
)
def test_a_state_that_cannot_be_read_counts_as_a_request_until_now(
    clocks: _Clocks, gate: Gate, tmp_path: Path, state: bytes
) -> None:
    clocks.ask(gate)
    clocks.pass_(60)
    _state(tmp_path).write_bytes(state)
    assert clocks.ask(gate) == 2
    assert clocks.ask(gate) == 2, "and the file is mended"


def test_who_dies_while_asking_has_asked_until_now(clocks: _Clocks, gate: Gate, tmp_path: Path) -> None:
    clocks.ask(gate)
    with gate.turn(2, clocks.sleep):
        held = _state(tmp_path).read_bytes()
    clocks.pass_(60)
    _state(tmp_path).write_bytes(held)
    assert clocks.ask(gate) == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_an_error_while_asking_ends_the_request(clocks: _Clocks, gate: Gate, error: type[BaseException]) -> None:
    with suppress(error), gate.turn(2, clocks.sleep):
        clocks.pass_(3)
        raise error
    clocks.pass_(0.5)
    assert clocks.ask(gate) == 1.5


def test_who_is_interrupted_while_waiting_has_not_asked(clocks: _Clocks, gate: Gate) -> None:
    def interrupt(_: float) -> None:
        clocks.pass_(0.5)
        raise KeyboardInterrupt

    clocks.ask(gate)
    with suppress(KeyboardInterrupt), gate.turn(2, interrupt):
        pytest.fail("the turn came too early")
    assert clocks.ask(gate) == 1.5


# --- the gate between threads and programs --------------------------------------------------------------------------

_ASK = """
import signal, sys, time
from pathlib import Path
from scraper.pace import Gate

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
gate, delay, seconds = Gate(sys.argv[1], Path(sys.argv[2])), float(sys.argv[3]), float(sys.argv[4])
for _ in range(int(sys.argv[5])):
    with gate.turn(delay):
        start = time.clock_gettime(time.CLOCK_MONOTONIC)
        print("asking", flush=True)
        time.sleep(seconds)
        print(start, time.clock_gettime(time.CLOCK_MONOTONIC), flush=True)
"""


def _program(folder: Path, *, delay: float, seconds: float, times: int = 1) -> subprocess.Popen[str]:
    arguments = [_HOST, str(folder), str(delay), str(seconds), str(times)]
    return subprocess.Popen(
        [sys.executable, "-c", _ASK, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _turns(printed: str) -> list[tuple[float, float]]:
    return [(float(start), float(end)) for start, end in re.findall(r"^([\d.]+) ([\d.]+)$", printed, re.MULTILINE)]


def _assert_spaced(turns: list[tuple[float, float]], delay: float) -> None:
    for (_, end), (start, _) in pairwise(sorted(turns)):
        assert start - end >= delay


def test_programs_take_turns(tmp_path: Path) -> None:
    programs = [_program(tmp_path, delay=0.05, seconds=0.01, times=5) for _ in range(3)]
    turns = [turn for program in programs for turn in _turns(program.communicate(timeout=60)[0])]
    assert len(turns) == 15
    _assert_spaced(turns, 0.05)


def test_threads_take_turns(tmp_path: Path) -> None:
    turns: list[tuple[float, float]] = []

    def ask() -> None:
        gate = Gate(_HOST, tmp_path)
        for _ in range(4):
            with gate.turn(0.02):
                start = pace._since_boot()
                turns.append((start, pace._since_boot()))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(turns) == 16
    _assert_spaced(turns, 0.02)


def test_who_follows_a_program_that_was_killed_waits_the_whole_delay(tmp_path: Path) -> None:
    with Gate(_HOST, tmp_path).turn(0):
        pass
    holder = _program(tmp_path, delay=0, seconds=60)
    assert holder.stdout and holder.stdout.readline() == "asking\n"
    waiting = _program(tmp_path, delay=0.2, seconds=0)
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(0.3)
    killed = pace._since_boot()
    holder.kill()
    holder.communicate()
    ((start, _),) = _turns(waiting.communicate(timeout=60)[0])
    assert start - killed >= 0.2


@pytest.mark.parametrize(("delay", "state"), [(0.0, "the lock"), (60.0, "the delay")])
def test_who_waits_can_be_interrupted(tmp_path: Path, delay: float, state: str) -> None:
    holder = _program(tmp_path, delay=0, seconds=60)
    assert holder.stdout and holder.stdout.readline() == "asking\n"
    if state == "the delay":
        holder.kill()
        holder.communicate()
    waiting = _program(tmp_path, delay=delay, seconds=0)
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(0.5)
    waiting.send_signal(signal.SIGINT)
    printed, errors = waiting.communicate(timeout=60)
    holder.kill()
    holder.communicate()
    assert (printed, waiting.returncode, "KeyboardInterrupt" in errors) == ("", -signal.SIGINT, True)
    free = _program(tmp_path, delay=0, seconds=0)
    assert len(_turns(free.communicate(timeout=60)[0])) == 1


# --- where it is kept -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1:8000", "127.0.0.1_3a_8000"),
        ("[::1]:80", "_5b__3a__3a_1_5d__3a_80"),
        ("../x_y", ".._2f_x_5f_y"),
        ("registry.example", "registry.example"),
    ],
)
def test_a_host_makes_a_safe_name(tmp_path: Path, host: str, name: str) -> None:
    with Gate(host, tmp_path).turn(0):
        assert [file.name for file in tmp_path.iterdir()] == [name]


def test_files_and_folders_are_of_the_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    before = os.umask(0)
    try:
        folder = gate_folder()
        with Gate(_HOST, folder).turn(0):
            pass
    finally:
        os.umask(before)
    assert folder == tmp_path / "trials" / "gates"
    modes = [path.stat().st_mode & 0o777 for path in (folder.parent, folder, _state(folder))]
    assert modes == [0o700, 0o700, 0o600]


def test_a_folder_that_others_may_enter_is_closed_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    gate_folder().chmod(0o777)
    assert gate_folder().stat().st_mode & 0o777 == 0o700


def _home(monkeypatch: pytest.MonkeyPatch, home: str | None) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    if home is None:
        monkeypatch.delenv("HOME", raising=False)
    else:
        monkeypatch.setenv("HOME", home)


def test_the_state_is_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _home(monkeypatch, str(tmp_path))
    assert gate_folder() == tmp_path / ".local" / "state" / "trials" / "gates"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")  # XDG: it counts only if it is absolute
    assert gate_folder() == tmp_path / ".local" / "state" / "trials" / "gates"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, and no home."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _home(monkeypatch, None)
    return tmp_path / f"trials-{os.getuid()}"


@pytest.mark.parametrize("home", [None, "", "relative", "/dev/null", "/proc"])
def test_without_a_home_that_can_be_written_the_state_is_temporary(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    _home(monkeypatch, home)
    assert gate_folder() == temporary / "gates"
    assert temporary.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("theirs", ["trials", "trials/gates"])
def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theirs: str) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    gate_folder()
    lstat = Path.lstat

    def of_another(self: Path) -> os.stat_result:
        found = list(lstat(self))
        found[4] += self == tmp_path / theirs
        return os.stat_result(found)

    monkeypatch.setattr(Path, "lstat", of_another)
    with pytest.raises(StoreError, match=rf"{theirs}' is no folder of yours\. Remove it, or set XDG_STATE_HOME"):
        gate_folder()


def test_a_link_in_the_place_of_the_folder_is_refused(temporary: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    temporary.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="is no folder of yours"):
        gate_folder()


def test_a_link_in_the_place_of_the_file_is_refused(gate: Gate, tmp_path: Path) -> None:
    target = tmp_path.parent / f"{tmp_path.name}-target"
    target.write_bytes(b"precious")
    (tmp_path / "127.0.0.1_3a_8000").symlink_to(target)
    with pytest.raises(StoreError, match="cannot be kept"), gate.turn(0):
        pytest.fail("a link was followed")
    assert target.read_bytes() == b"precious"


@pytest.mark.parametrize("call", ["pwrite", "pread"])
def test_a_disk_that_fails_is_said_and_nothing_is_asked(gate: Gate, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(StoreError, match=r"\(No space left on device\)\. Mend it\."):
        patched.setattr(os, call, fail)
        with gate.turn(0):
            pytest.fail("a turn that cannot be noted was given")
    with gate.turn(0):
        pass


def test_an_error_of_the_request_is_not_taken_for_one_of_the_disk(gate: Gate) -> None:
    with pytest.raises(ConnectionResetError), gate.turn(0):
        raise ConnectionResetError


def test_a_machine_without_a_name_for_its_run_counts_by_the_wall_clock(
    clocks: _Clocks, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(path: Path, *_: str) -> str:
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_text", missing)
    clocks.boot = _NAME_OF_RUN()
    clocks.ask(gate)
    monkeypatch.setattr(os, "getpid", lambda: 1)  # as another program sees it
    clocks.boot = _NAME_OF_RUN()
    clocks.wall += 0.5
    assert clocks.ask(gate) == 1.5
