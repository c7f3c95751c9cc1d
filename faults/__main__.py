"""`make faults`: what the program promises, measured; `python -m faults S01 N04` measures some.

FAULTS_SEED chooses moments, cuts and flips, FAULTS_SHORT=1 the cut that the tests run, FAULTS_WORKERS how many cases
are worked on at once, FAULTS_FOLDER keeps what the runs wrote. The exit code is 1 if a promise was broken.
"""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from faults.promise import Outcome, Promise, Setup, Skipped
from faults.promises import PROMISES

_MOST_LINES = 20  # of what broke a promise


class _Row(NamedTuple):
    promise: Promise
    outcome: Outcome | None
    said: str
    seconds: float


def main(names: Sequence[str]) -> int:
    """Measure promises, all of them if none is named; return the exit code."""
    setup = Setup(
        folder=Path(os.environ.get("FAULTS_FOLDER") or tempfile.mkdtemp(prefix="faults-")).absolute(),
        seed=int(os.environ.get("FAULTS_SEED", "1")),
        short=os.environ.get("FAULTS_SHORT", "") not in ("", "0"),
        workers=int(os.environ.get("FAULTS_WORKERS", os.cpu_count() or 2)),
        note=_note if sys.stderr.isatty() else lambda _: None,
    )
    chosen = [promise for promise in PROMISES if not names or promise.id in names]
    if strangers := set(names) - {promise.id for promise in chosen}:
        print(f"{', '.join(sorted(strangers))}: no such promise; there are {', '.join(p.id for p in PROMISES)}.")
        return 2
    print(f"FAULTS_SEED={setup.seed}, everything in {setup.folder}", flush=True)
    rows = [_measured(promise, setup) for promise in chosen]
    _show(rows)
    return 1 if any(row.said == "FAILED" for row in rows) else 0


def _measured(promise: Promise, setup: Setup) -> _Row:
    start = time.monotonic()
    outcome: Outcome | None = None
    if setup.short and promise.takes_minutes:
        said = "left out"
    else:
        try:
            outcome = promise.measure(replace(setup, folder=setup.folder / promise.id))
            said = "FAILED" if outcome.broken else "ok"
        except Skipped as lack:
            said = f"SKIPPED: {lack}"
    row = _Row(promise, outcome, said, time.monotonic() - start)
    figures = f"wanted {outcome.wanted}; measured {outcome.measured}" if outcome else "not measured"
    print(f"{promise.id}  {promise.did}: {figures}: {said}, {row.seconds:.0f} s", flush=True)
    for line in outcome.broken[:_MOST_LINES] if outcome else ():
        print(f"     {line}", flush=True)
    return row


def _show(rows: Sequence[_Row]) -> None:
    table = Table("", "done", "wanted", "measured", "", "s")
    for promise, outcome, said, seconds in rows:
        figures = (outcome.wanted, outcome.measured) if outcome else ("", "")
        table.add_row(promise.id, promise.did, *figures, said, f"{seconds:.0f}")
    console = Console(highlight=False, markup=False, emoji=False)
    console.width = max(console.width, 120)
    console.print(table)


def _note(text: str) -> None:
    sys.stderr.write(f"\r\x1b[K{text}\r")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
