"""S01: `kill -9` at any moment. S08: several runs at once."""

import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from faults.oracle import (
    archive_faults,
    compared,
    copies,
    downloads_again,
    ids_of,
    read_tables,
    undisturbed,
    unreadable,
)
from faults.program import Program, killed
from faults.promise import Outcome, Setup
from trials.exits import Exit
from trials.practice.faults import Faults
from trials.practice.log import Entry
from trials.practice.server import serving
from trials.practice.world import World


@dataclass(slots=True)
class _Tally:
    kills: int = 0
    crawls: int = 0
    again: int = 0
    broken: list[str] = field(default_factory=list)


def random_kills(setup: Setup) -> Outcome:
    """Crawl, kill at a moment drawn from the time that a run takes, and go on until a run ends by itself."""
    kills, pages = (6, 25) if setup.short else (200, 500)
    world = World(trials=pages + 20)
    wanted, seconds = undisturbed(world, pages)
    total = _Tally()

    def crawl(worker: int, quota: int) -> None:
        dice = setup.random(f"S01 {worker}")
        mine = 0
        while mine < quota:
            folder = setup.folder / f"{worker}-{mine}"
            mine += _crawl(folder, world, wanted, dice, seconds, quota - mine, total)
            setup.note(f"S01: {total.kills} of {kills} kills")

    quotas = [kills // setup.workers + (worker < kills % setup.workers) for worker in range(setup.workers)]
    setup.each("S01", quotas, crawl)
    return Outcome(
        f"{kills} kills of {pages} pages: 0 lost, 0 twice, 0 gaps, 0 torn tables; again at most once a kill",
        f"{total.kills} kills in {total.crawls} crawls: {len(total.broken)} faults; {total.again} pages again",
        total.broken,
    )


def _crawl(
    folder: Path, world: World, wanted: Mapping[str, str], dice: Random, seconds: float, most: int, total: _Tally
) -> int:
    """Crawl into a new store with at most so many kills; return how many there were."""
    log: list[Entry] = []
    with serving(world, log=log) as site:
        program = Program(folder, site.base, ids_of(world, len(wanted)))
        kills, torn = 0, []
        while kills < most and killed(program.started(), dice.uniform(0, seconds)):
            kills += 1
            torn += [f"{name} is torn after kill {kills}" for name in unreadable(program.tables)]
        done = program.run()
        found = read_tables(program.tables, site.base)
    again = downloads_again(log)
    faults = torn + compared(found, wanted, program.ids) + archive_faults(program.archive)
    faults += copies(program.archive)
    faults += [f"{again} pages asked for again after {kills} kills"] if again > kills else []
    faults += [f"it ends with {done.code}: {done.said}"] if done.code else []
    total.broken += [f"{folder}: {fault}" for fault in faults]
    total.kills, total.crawls, total.again = total.kills + kills, total.crawls + 1, total.again + again
    return kills


# --- several runs at once -------------------------------------------------------------------------------------------

_MOST_AT_ONCE = 8
_SILENT_SECONDS = 30  # for which the one that works gets no answer
_TRIES = 3  # of one that comes late: the quickest counts, since the machine may be busy


def runs_at_once(setup: Setup) -> Outcome:
    """Start 2 to 8 runs on one store at once; one works, and is killed every other time, the others leave."""
    rounds = 2 if setup.short else 100
    loading = min(_seconds(setup.folder, number) for number in range(3))
    results = [_round(setup, number, loading) for number in range(rounds)]
    slowest = max(late for _, late in results)
    broken = [fault for faults, _ in results for fault in faults]
    return Outcome(
        f"{rounds} rounds: one runs, the others exit 75 within a second of being loaded; 0 stale locks",
        f"{rounds - len({fault.partition(':')[0] for fault in broken})} of {rounds}; the slowest took {slowest:.2f} s",
        broken,
    )


def _seconds(folder: Path, number: int) -> float:
    """Return how long the program takes to be loaded."""
    program = Program(folder / f"version-{number}", "http://127.0.0.1:1", ())
    return program.ended([*program.command[:3], "--version"]).seconds


def _round(setup: Setup, number: int, loading: float) -> tuple[list[str], float]:
    """Return what went wrong, and the seconds that a run takes beyond its loading to see that it cannot run."""
    setup.note(f"S08: round {number + 1}")
    most = _SILENT_SECONDS / 2 if setup.short else 1.0  # who waits, waits for the end of the silence
    count = setup.random(f"S08 {number}").randint(2, _MOST_AT_ONCE)
    log: list[Entry] = []
    world = World(trials=20)
    silent = Faults([{"kind": "silence", "path": "/robots.txt", "first": 1, "seconds": _SILENT_SECONDS}])
    with serving(world, faults=silent, log=log) as site:
        program = Program(setup.folder / f"round-{number}", site.base, ids_of(world, 1), ("--no-wait",))
        runs = [program.started(name=f"run-{place}") for place in range(count)]
        codes = _others(runs)
        tried = [program.run(name="late") for _ in range(_TRIES)]
        late, seconds = {done.code for done in tried}, min(done.seconds for done in tried) - loading
        faults = [f"the others exit with {codes}"] if codes != [Exit.BUSY] * (count - 1) else []
        faults += [f"one that comes late exits with {late}"] if late != {Exit.BUSY} else []
        faults += [f"one that comes late takes {seconds:.2f} s"] if seconds > most else []
        holders = [run for run in runs if run.poll() is None]
        for holder in holders:
            holder.send_signal(signal.SIGKILL)
            holder.wait()
        after = program.run(name="after")
        faults += [f"after the holder was killed: {after.code} {after.said}"] if after.code else []
    faults += archive_faults(program.archive)
    return [f"round {number}: {fault}" for fault in faults], seconds


def _others(runs: list[subprocess.Popen[bytes]]) -> list[int]:
    """Wait until only one runs; return the exit codes of the others."""
    end = time.monotonic() + 30
    while sum(run.poll() is None for run in runs) > 1 and time.monotonic() < end:
        time.sleep(0.02)
    return [run.returncode for run in runs if run.poll() is not None]
