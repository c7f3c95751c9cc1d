"""The plan of a night over 600,000 known pages in a ledger: time and peak memory, beside the usual way.

The usual way reads the same rows into a list of dicts, sorts it by the last good answer and takes the first. Each runs
in a process of its own, three times; the fastest counts.
"""

import argparse
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # so that it runs as a file, too

from registry.labels import PageKind
from scraper.ledger import Ledger
from scraper.outlook import known_pages, lastmods
from scraper.pages import Source
from scraper.schedule import Known, plan

PAGES: Final = 600_000
BUDGET: Final = 20_000
NOW: Final = 2461000.5
_COLUMNS: Final = ", ".join(Known._fields)
_TIMES: Final = frozenset("first_seen last_tried first_ok last_ok due start completion lastmod".split())
_TITLE: Final = "A Study of a Treatment in People With a Condition, Which Is as Long as Most Titles Are"
_STATUSES: Final = ("COMPLETED",) * 5 + ("RECRUITING", "UNKNOWN", "NOT_YET_RECRUITING", "TERMINATED", "WITHDRAWN")
_PHASES: Final = (None, "NA", "PHASE1", "PHASE2", "PHASE3", "PHASE4")


def write(path: Path, count: int) -> None:
    """Write a ledger of made-up pages: most fetched, some new, some failing, one in a hundred sighted."""
    columns = [("title", "?"), ("record_sha256", "?"), ("ways", "2")]
    columns += [(name, "strftime('%Y-%m-%dT%H:%M:%SZ', ?)" if name in _TIMES else "?") for name in Known._fields]
    names, values = (", ".join(part) for part in zip(*columns, strict=True))
    ledger = Ledger(path)
    with ledger.transaction():
        ledger.write_all(
            f"INSERT INTO pages ({names}) VALUES ({values})", ((_TITLE, "0" * 64, *row) for row in _rows(count))
        )
    ledger.close()


def _rows(count: int) -> Iterator[Known]:
    draw = random.Random(1)
    for number in range(count):
        nct_id, first = f"NCT{number:08}", NOW - draw.uniform(60, 700)
        ok = NOW - draw.uniform(0, 190)
        blank = (None,) * 6
        if draw.random() < 0.05:
            yield Known(nct_id, "details", "never_tried", "sitemap", 0, first, *(None,) * 4, 0, 0, 0, *blank)
            continue
        fails = draw.randint(1, 9) if draw.random() < 0.05 else 0
        start = NOW - draw.uniform(-300, 6000)
        sighted = "status COMPLETED" if draw.random() < 0.01 else None
        yield Known(
            nct_id, "details", "failed" if fails else "fetched", "sitemap", 0, first, ok, first, ok, None, fails,
            draw.randint(1, 30), draw.choice((0, 0, 0, 1, 3)), draw.choice(_STATUSES), draw.choice(_PHASES), start,
            start + draw.uniform(100, 2000), sighted, ok - 20,
        )  # fmt: skip


def ours(path: Path) -> int:
    """Plan from the ledger, as `trials plan` does; the rows are streamed."""
    with Ledger(path, read_only=True) as ledger:
        return len(plan(known_pages(ledger, [PageKind.DETAILS], list(Source)), BUDGET, NOW, lastmods(ledger)))


def usual(path: Path) -> int:
    """Sort a list of all rows by the last good answer."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        rows = [dict(row) for row in database.execute(f"SELECT {_COLUMNS} FROM pages")]
    rows.sort(key=lambda row: row["last_ok"] or "")
    return len(rows[:BUDGET])


def _measure(way: str, path: Path) -> None:
    before, cpu, wall = _peak(), time.process_time(), time.perf_counter()
    count = {"plan": ours, "list of dicts": usual}[way](path)
    taken = time.perf_counter() - wall
    print(
        json.dumps(
            {"pages": count, "wall": taken, "cpu": time.process_time() - cpu, "peak": _peak(), "at_start": before}
        )
    )


def _peak() -> int:
    """Return the highest memory of this process in bytes, the interpreter and its modules among it."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--pages", type=int, default=PAGES)
    options.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.one:
        _measure(asked.one[0], Path(asked.one[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        write(path, asked.pages)
        print(f"{asked.pages:,} pages, budget {BUDGET:,}, file of {path.stat().st_size / 2**20:.0f} MiB")
        for way in ("plan", "list of dicts"):
            command = [sys.executable, "-m", "benchmarks.plan", "--one", way, str(path)]
            runs = [
                json.loads(
                    subprocess.run(command, cwd=_ROOT, env=os.environ, stdout=subprocess.PIPE, check=True).stdout
                )
                for _ in range(3)
            ]
            best = min(runs, key=lambda run: float(run["cpu"]))
            print(
                f"{way:14} {best['cpu']:5.2f} s CPU {best['wall']:5.2f} s {best['peak'] / 2**20:5.0f} MiB at most"
                f" ({best['at_start'] / 2**20:.0f} before), {best['pages']:,} pages"
            )


if __name__ == "__main__":
    main()
