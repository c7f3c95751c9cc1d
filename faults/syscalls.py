"""S02: a kill at every system call that changes a store. S04: disks that are full, and that fail.

strace names the calls of an undisturbed run, then runs the same command again and injects at one of them. It follows
the program alone, not the process that reads pages, and counts the calls of each name: so the same number is the same
call every time. A signal that is injected arrives before the call is done.
"""

import ctypes
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from faults.oracle import archive_faults, compared, copies, downloads_again, ids_of, read_tables, undisturbed
from faults.program import Ended, Program
from faults.promise import Outcome, Setup, Skipped
from trials.exits import Exit
from trials.practice.log import Entry
from trials.practice.server import serving
from trials.practice.world import World

WRITES = ("write", "pwrite64", "writev", "pwritev2", "ftruncate")
SYNCS = ("fsync", "fdatasync")
RENAMES = ("rename", "renameat", "renameat2")
REMOVALS = ("unlink", "unlinkat", "rmdir")
_CALL = re.compile(r"(?P<name>[a-z0-9_]+)\((?P<arguments>.*)")
_WORLD = World(trials=40)
_PAGES = 5


class Call(NamedTuple):
    """One call of an undisturbed run: the so-many-th of its name, and the file that it changes."""

    name: str
    number: int
    path: str


def strace(trace: Path, calls: Sequence[str], *more: str) -> list[str]:
    """Return what stands before a command that is traced; Skipped where there is no strace."""
    if shutil.which("strace") is None:
        raise Skipped("strace is not there")
    return ["strace", "-qq", "-y", "-s", "0", "-o", str(trace), "-e", f"trace={','.join(calls)}", *more]


def calls_of(trace: Path, folder: Path) -> list[Call]:
    """Return the calls in a trace that change a file in a folder."""
    counts, calls = Counter[str](), []
    for line in trace.read_text("utf-8", "replace").splitlines():
        if match := _CALL.match(line):
            counts[match["name"]] += 1
            if path := _path_in(match["arguments"], folder):
                calls.append(Call(match["name"], counts[match["name"]], path))
    return calls


def _path_in(arguments: str, folder: Path) -> str | None:
    """Return the first file that a call names, below a folder; strace writes it behind the descriptor, or in quotes."""
    match = re.match(rf'(?:\d+<|AT_FDCWD<[^>]*>, "|")({re.escape(str(folder))}/[^>"]*)', arguments)
    return match[1] if match else None


def _recorded(setup: Setup, calls: Sequence[str]) -> tuple[Mapping[str, str], list[Call]]:
    """Return the trials of an undisturbed run, and what it changes: store, tables and the pace that it keeps."""
    wanted, _ = undisturbed(_WORLD, _PAGES)
    with serving(_WORLD) as site:
        program = Program(setup.folder / "traced", site.base, ids_of(_WORLD, _PAGES))
        trace = setup.folder / "traced.txt"
        done = program.run(strace(trace, calls))
    assert done.code == 0, done.said
    changed = [call for call in calls_of(trace, program.folder) if Path(call.path).parent != program.folder]
    return wanted, changed


# --- S02 ------------------------------------------------------------------------------------------------------------


def killed_calls(setup: Setup) -> Outcome:
    """Kill the program at each call, run it again, and compare what came of both."""
    watched = WRITES + SYNCS + RENAMES + REMOVALS
    wanted, calls = _recorded(setup, watched)
    chosen = _short_cut(calls) if setup.short else calls

    def kill(_: int, call: Call) -> list[str] | None:
        log: list[Entry] = []
        folder = setup.folder / f"{call.name}-{call.number}"
        with serving(_WORLD, log=log) as site:
            program = Program(folder, site.base, ids_of(_WORLD, _PAGES))
            inject = f"inject={call.name}:signal=KILL:when={call.number}"
            first = program.run(strace(folder.with_suffix(".txt"), watched, "-e", inject))
            done = program.run()
            found = read_tables(program.tables, site.base)
        if first.code >= 0:
            return None  # it ended by itself: the call did not come
        faults = [f"then it ends with {done.code}: {done.said}"] if done.code else []
        faults += compared(found, wanted, program.ids) + archive_faults(program.archive) + copies(program.archive)
        faults += [f"{downloads_again(log)} pages asked for again"] if downloads_again(log) > 1 else []
        shutil.rmtree(folder)
        return [f"{call.name} number {call.number}, on {Path(call.path).name}: {fault}" for fault in faults]

    results = [result for result in setup.each("S02", chosen, kill) if result is not None]
    broken = [fault for faults in results for fault in faults]
    clean = sum(not faults for faults in results)
    broken += ["the calls of two runs differ: too few were killed"] if len(results) < 0.95 * len(chosen) else []
    return Outcome(
        f"{len(chosen)} of {len(calls)} calls, each killed once: 0 lost, 0 twice, 0 gaps, at most one page again",
        f"{clean} of {len(results)} clean",
        broken,
    )


def _short_cut(calls: Sequence[Call]) -> list[Call]:
    """Return some calls: the first ones of the archive, and one of every so many."""
    archived = [call for call in calls if call.path.endswith(".warc.gz")]
    return [*archived[:2], *calls[7::90]]


# --- S04 ------------------------------------------------------------------------------------------------------------

_ERRORS = {**dict.fromkeys(WRITES, ("ENOSPC", "EIO")), **dict.fromkeys(SYNCS, ("EIO", "ENOSPC"))}
_RENAME_ERRORS = ("EIO", "ENOSPC")
_DISK_MIB = 4


def failing_disk(setup: Setup) -> Outcome:
    """Let calls fail, fill a small disk, give it a log that takes nothing: it stops in words, and goes on later."""
    injected = 3 if setup.short else 50
    wanted, calls = _recorded(setup, WRITES + SYNCS + RENAMES)
    failing = [call for call in calls if not _is_passed_over(call)]
    step = len(failing) / injected
    chosen = [failing[int(number * step)] for number in range(injected)]
    results = setup.each("S04", chosen, lambda number, call: _failed_call(setup, wanted, number, call))
    full = [_full_disk(setup, wanted, kib) for kib in ((64,) if setup.short else (0, 16, 64, 128, 200, 300, 400, 500))]
    results += [*(each for each in full if each is not None), _deaf_streams(setup, wanted)]
    broken = [fault for faults in results for fault in faults]
    return Outcome(
        f"{injected} calls that fail, {len(full)} full disks, a log that takes nothing: exit 4, a sentence, then whole",
        f"{sum(not faults for faults in results)} of {len(results)}",
        broken,
    )


def _is_passed_over(call: Call) -> bool:
    """Whether a call's failure is no failure of the run: SQLite syncs folders as well as the system lets it."""
    return call.name == "fdatasync" and "." not in Path(call.path).name


def _failed_call(setup: Setup, wanted: Mapping[str, str], number: int, call: Call) -> list[str]:
    folder = setup.folder / f"{call.name}-{call.number}"
    error = _ERRORS.get(call.name, _RENAME_ERRORS)[number % 2]
    with serving(_WORLD) as site:
        program = Program(folder, site.base, ids_of(_WORLD, _PAGES))
        inject = f"inject={call.name}:error={error}:when={call.number}"
        trace = folder.with_suffix(".txt")
        first = program.run(strace(trace, WRITES + SYNCS + RENAMES, "-e", inject))
        faults = [*_stopped(first), *_goes_on(program, wanted)]
    if "INJECTED" not in trace.read_text("utf-8", "replace"):
        faults = ["the call did not come"]
    return [f"{error} at {call.name} number {call.number}, on {Path(call.path).name}: {each}" for each in faults]


def _stopped(done: Ended) -> list[str]:
    """Return what is wrong with how a run stopped that could not write."""
    faults = [] if done.code == Exit.STORE else [f"it exits with {done.code}"]
    faults += ["it says nothing"] if not done.said.startswith("trials: ") and "\ntrials: " not in done.said else []
    return [f"{fault}: {done.said[-600:]}" for fault in faults + (["a traceback"] if done.has_traceback else [])]


def _goes_on(program: Program, wanted: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the same command once there is space again."""
    done = program.run()
    found = read_tables(program.tables, program.base)
    faults = [f"then it exits with {done.code}: {done.said}"] if done.code else []
    faults += compared(found, wanted, program.ids) + copies(program.archive)
    return faults + archive_faults(program.archive)


def _full_disk(setup: Setup, wanted: Mapping[str, str], kib: int) -> list[str] | None:
    """Run on a disk that has so much space left, then free it; None where no disk can be mounted."""
    folder = setup.folder / f"disk-{kib}"
    with _disk(folder) as mounted, serving(_WORLD) as site:
        if not mounted:
            return None
        ballast = folder / "ballast"
        left = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize - kib * 1024
        ballast.write_bytes(bytes(left))
        ids = ids_of(_WORLD, _PAGES)
        program = Program(setup.folder / f"log-{kib}", site.base, ids, place=folder)
        first = program.run()
        ballast.unlink()
        faults = [*_stopped(first), *_goes_on(program, wanted)]
    return [f"{kib} KiB left: {fault}" for fault in faults]


@contextmanager
def _disk(folder: Path) -> Iterator[bool]:
    """Mount a disk of a few MiB in memory; false where that is not allowed."""
    folder.mkdir(parents=True)
    libc = ctypes.CDLL(None, use_errno=True)
    mounted = libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={_DISK_MIB}m".encode()) == 0
    try:
        yield mounted
    finally:
        if mounted:
            libc.umount2(os.fsencode(folder), 2)  # MNT_DETACH


def _deaf_streams(setup: Setup, wanted: Mapping[str, str]) -> list[str]:
    """A log that takes nothing is no reason to stop; a result that cannot be written is."""
    with serving(_WORLD) as site:
        program = Program(setup.folder / "deaf", site.base, ids_of(_WORLD, _PAGES))
        done = program.ended(["sh", "-c", 'exec "$@" 2>/dev/full', "sh", *program.command])
        faults = [f"a full log: it exits with {done.code}"] if done.code else []
        faults += [
            f"a full log: {fault}" for fault in compared(read_tables(program.tables, site.base), wanted, program.ids)
        ]
        printing = replace(program, folder=setup.folder / "mute", options=("--json",), with_tables=False)
        done = printing.ended(["sh", "-c", 'exec "$@" >/dev/full', "sh", *printing.command])
        return faults + [f"a full output: {fault}" for fault in _stopped(done)]
