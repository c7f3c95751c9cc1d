"""S03: what a power loss needs. A kill proves nothing of it, since the system keeps what the program wrote.

Read from a trace of the system calls: when the ledger speaks of an answer, archive file and its name are on disk; when
a file gets its name, its content is on disk, and the name is made to last.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from faults.oracle import ids_of
from faults.program import Program
from faults.promise import Outcome, Setup
from faults.syscalls import RENAMES, SYNCS, WRITES, strace
from trials.practice.server import serving
from trials.practice.world import World

_ON_FILE = re.compile(r"(?P<name>[a-z0-9]+)\(\d+<(?P<path>/[^>]*)>.* = (?P<result>\d+)$")
_RENAME = re.compile(r'rename[a-z0-9]*\(.*?"(?P<old>[^"]+)".*"(?P<new>[^"]+)".* = 0$')
_COMMITS = 100


@dataclass(slots=True)
class _Disk:
    """What would be lost if the power went now."""

    unsynced: set[Path] = field(default_factory=set)  # files whose last bytes are not on disk
    unnamed: dict[Path, Path] = field(default_factory=dict)  # files whose name is not on disk, with their folder
    known: set[Path] = field(default_factory=set)
    commits: int = 0
    renames: int = 0
    broken: list[str] = field(default_factory=list)


def order_of_writes(setup: Setup) -> Outcome:
    """Trace a run of more than a hundred commits and read the order of its calls."""
    pages = 8 if setup.short else 60
    world = World(trials=pages + 20)
    setup.folder.mkdir(parents=True)
    trace = setup.folder / "trace.txt"
    with serving(world) as site:
        program = Program(setup.folder / "traced", site.base, ids_of(world, pages))
        done = program.run(strace(trace, WRITES + SYNCS + RENAMES))
    assert done.code == 0, done.said
    disk = replayed(trace.read_text("utf-8", "replace").splitlines(), program.folder)
    least = 10 if setup.short else _COMMITS
    broken = disk.broken + ([f"only {disk.commits} commits were seen"] if disk.commits < least else [])
    broken += [f"{path.name} has a name that is not on disk at the end" for path in disk.unnamed]
    return Outcome(
        f"0 violations in {least} commits and all renames",
        f"{len(disk.broken)} in {disk.commits} commits and {disk.renames} renames",
        broken,
    )


def replayed(lines: Iterable[str], folder: Path) -> _Disk:
    """Return what the calls of a trace did, in their order, to the files in a folder."""
    disk = _Disk()
    for line in lines:
        if (match := _RENAME.match(line)) and match["new"].startswith(str(folder)):
            _rename(disk, Path(match["old"]), Path(match["new"]))
        elif (match := _ON_FILE.match(line)) and match["path"].startswith(str(folder)):
            act = _sync if match["name"] in SYNCS else _write
            act(disk, Path(match["path"]))
    return disk


def _write(disk: _Disk, path: Path) -> None:
    if path.name.endswith("-wal"):
        _check_archive(disk)
    elif path.name.endswith(".warc.gz") and path not in disk.known:
        disk.unnamed[path] = path.parent
    disk.known.add(path)
    disk.unsynced.add(path)


def _check_archive(disk: _Disk) -> None:
    """The ledger is written: nothing of the archive may be on its way yet."""
    for path in disk.unsynced:
        if path.name.endswith(".warc.gz"):
            disk.broken.append(f"commit {disk.commits + 1}: {path.name} is not synced")
    for path in disk.unnamed:
        disk.broken.append(f"commit {disk.commits + 1}: the name of {path.name} is not synced")


def _sync(disk: _Disk, path: Path) -> None:
    if path.name.endswith("-wal") and path in disk.unsynced:
        disk.commits += 1
    disk.unsynced.discard(path)
    disk.unnamed = {each: folder for each, folder in disk.unnamed.items() if folder != path}


def _rename(disk: _Disk, old: Path, new: Path) -> None:
    disk.renames += 1
    if old in disk.unsynced or old not in disk.known:
        disk.broken.append(f"{new.name} gets its name before its content is synced")
    disk.unsynced.discard(old)
    disk.unnamed[new] = new.parent
