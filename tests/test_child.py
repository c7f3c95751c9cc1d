"""Calls in a process of our own: what comes back, what breaks it, and that it ends with the program."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer

import pytest

from registry.errors import PageError, Reason, StoreError
from trials import child
from trials.child import Child, Ended, _Running, _started

_START = "from tests.test_child import serve; serve()"


def serve() -> None:
    child.serve(lambda: None)


@pytest.fixture
def process() -> Iterator[Child]:
    """A process without limits."""
    started = Child(_START)
    yield started
    started.end()


def _refuse() -> None:
    raise PageError(Reason.TOO_DEEP, "It nests too deep.")


def _chatter(text: str) -> str:
    sys.stdout.write(text)
    sys.stdout.flush()
    os.write(1, text.encode())
    return text


def test_one_process_carries_out_call_after_call(process: Child) -> None:
    first = process.call(os.getpid)
    assert first != os.getpid()
    assert process.call(max, 1, 3, 2) == 3
    large = os.urandom(10_000_000)
    assert process.call(bytes, large) == large
    assert process.call(os.getpid) == first


def test_an_error_of_ours_comes_back_whole(process: Child) -> None:
    with pytest.raises(PageError, match="nests too deep") as refused:
        process.call(_refuse)
    assert refused.value.reason is Reason.TOO_DEEP
    assert process.call(len, "ab") == 2


def test_a_fault_of_the_program_comes_back_with_its_traceback(process: Child) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)Traceback.*ValueError: invalid literal"):
        process.call(int, "x")


def test_memory_that_runs_out_is_said(process: Child) -> None:
    with pytest.raises(MemoryError):
        process.call(bytes, 2**62)


def test_what_libraries_print_is_no_reply(process: Child) -> None:
    assert process.call(_chatter, "\x80\x05.") == "\x80\x05."


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_call_that_breaks_the_process_costs_no_other(process: Child, number: signal.Signals) -> None:
    with pytest.raises(Ended) as ended:
        process.call(signal.raise_signal, number)
    assert ended.value.code == -number
    assert process.call(len, "ab") == 2


def test_a_call_that_takes_too_long() -> None:
    impatient = Child(_START, patience=1)
    with pytest.raises(Ended):
        impatient.call(time.sleep, 60)
    impatient.end()


def test_another_thread_may_end_it_amid_a_call(process: Child) -> None:
    assert process.call(len, "ab") == 2
    Timer(0.2, process.end).start()
    with pytest.raises(Ended):
        process.call(time.sleep, 60)


def test_ended_while_it_is_being_started_it_takes_no_call(process: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start_late(start: str, patience: float | None) -> _Running:
        process.end()  # as another thread does
        running = _started(start, patience)
        started.append(running.process)
        return running

    monkeypatch.setattr(child, "_started", start_late)
    with pytest.raises(Ended):
        process.call(time.sleep, 60)
    assert [each.poll() for each in started] == [-signal.SIGKILL]


def test_a_reply_that_is_not_read_to_its_end_is_not_taken_for_the_next(
    process: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_off(_replies: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("trials.child.pickle.load", breaks_off)
        process.call(len, "ab")
    assert process.call(len, "abc") == 3


def test_where_no_process_can_be_started(process: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(StoreError, match="Cannot start"):
        process.call(len, "ab")


def test_where_no_line_to_a_process_can_be_had(process: Child) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        with pytest.raises(StoreError, match="Too many open files"):
            process.call(len, "ab")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert process.call(len, "ab") == 2


def test_it_ends_with_the_program_also_amid_a_call() -> None:
    script = (
        "import os, time; from threading import Thread; from trials.child import Child\n"
        f"started = Child({_START!r}); print(started.call(os.getpid), flush=True)\n"
        "started.call(time.sleep, 60)\n"
    )
    program = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1])
    assert program.stdout is not None
    with program.stdout:
        pid = int(program.stdout.readline())
    program.kill()
    program.wait()
    assert soon(lambda: not is_running(pid))


def soon(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)
    return is_so()


def is_running(pid: int) -> bool:
    """Whether a process is there; one that ended and whose starter was killed waits for init as a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
