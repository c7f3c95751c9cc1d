"""What exports cost: time, size and peak memory of each format, beside pandas' own writers of the same tables.

A build is made of real registry records, repeated under other ids and in other letters (`benchmarks.publish`). Each
export runs in a process of its own, all tables but contacts, masked and guarded as by default; pandas gets the same
tables, masks nothing, and its time is told with reading them and without. Spreadsheets are measured on fewer trials:
Excel's rows end at a million. Times are of the clock, and of the processor; ratios are ours over pandas'.

In one more build each table has a contact, and is packed anew where else it is copied.

Seconds of the processor and peak memory, 100,000 trials on two cores that others used, too (2026-11-30): parquet 2.3
to 3.2 s and 270 MiB (pandas 7.5 to 8.7 s, 880 MiB: 0.27 to 0.37; size 0.60), with a contact in each table 8.8 s; csv
7.7 s. Where a build does not say what holds contacts (2026-11-29 and 30): parquet 7.8 to 8.7 s, csv 10.0 to 12.6 s and
295 MiB (pandas 46.2 s, 979 MiB), tsv 11.5 s, jsonl 17.3, sqlite 33.0, csv wide 14.3; xlsx of 2,000 trials 8.2 s (14.0
s: 0.59). MiB at 25,000 and 100,000 trials: duckdb 349 and 374 (22.5 s); before, csv 260 and 295, parquet 258 and 282,
jsonl 371 and 413, sqlite 268 and 280, csv wide 533 and 522.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # so that it runs as a file, too

_SHEETS = "xlsx"
_PANDAS = {"csv": "to_csv", "parquet": "to_parquet", "xlsx": "to_excel"}
_FORMATS = ("csv", "parquet", "tsv", "jsonl", "sqlite", "duckdb", "csv wide", _SHEETS)
_MEMORY_SIZES = (0.25, 1)  # shares of the trials between which memory should not grow


def _build(tables: dict[str, Any], trials: int, folder: Path, *, contact: bool = False) -> Path:
    """Write a build of so many trials, with what its manifest says; `contact` puts one into each table with a text."""
    from benchmarks.publish import copies
    from normalizers.contacts import Finder
    from normalizers.manifest import MANIFEST, Counts, Inputs, as_json, manifest, measure_build
    from normalizers.writing import TableWriter
    from registry.tables import table

    folder.mkdir()
    with Finder() as finder:
        for name, rows in tables.items():
            writer = TableWriter(table(name), folder / f"{name}.parquet", finder)
            for number, part in enumerate(copies(rows, name, trials) if rows.num_rows else ()):
                writer.append(_with_contact(part, name) if contact and not number else part)
            writer.close()
        held = finder.held()
    content = manifest(folder.name, measure_build(folder), Inputs(0, None, ""), Counts(trials), None, [], held)
    (folder / MANIFEST).write_bytes(as_json(content))
    return folder


def _with_contact(rows: Any, name: str) -> Any:
    """Return the rows with an email in the first text."""
    import pyarrow as pa

    from normalizers.masking import free_texts
    from registry.tables import Type, table

    texts = [each.name for each in free_texts(table(name)).values() if each.type is Type.TEXT]
    for place, column in enumerate(rows.schema):
        if column.name in texts[:1]:
            values = rows.column(place).to_pylist()
            return rows.set_column(place, column, pa.array(["a@b.example.org", *values[1:]], column.type))
    return rows


def export(build: Path, form: str, target: Path, *, wide: bool) -> None:
    """Export a build as the program does."""
    from trials.export.choice import Choice
    from trials.export.formats import FORMATS
    from trials.export.run import Order
    from trials.export.run import export as carry_out
    from trials.export.shapes import shapes

    tables = shapes((), (), wide=wide, contacts=False)
    carry_out(Order(build, target, FORMATS[form], False, tables, Choice()), lambda _: lambda _: None)


def by_pandas(build: Path, form: str, target: Path) -> float:
    """Write the same tables by pandas, and return how many seconds reading them took."""
    import pandas as pd

    from registry.privacy import CONTACTS
    from registry.tables import TABLES

    target.mkdir()
    reading = 0.0
    book = pd.ExcelWriter(target / "trials.xlsx", engine="xlsxwriter") if form == _SHEETS else None
    for table in TABLES:
        if table.name == CONTACTS:
            continue
        start = time.perf_counter()
        frame = pd.read_parquet(build / f"{table.name}.parquet", dtype_backend="pyarrow")
        reading += time.perf_counter() - start
        if book:
            frame.to_excel(book, sheet_name=table.name, index=False)
        else:
            getattr(frame, _PANDAS[form])(target / f"{table.name}.{form}", index=False)
    if book:
        book.close()
    return reading


def _one(build: Path, what: str, target: Path) -> dict[str, float]:
    """Return what one export costs in this process: seconds, of the processor, without reading, bytes, peak."""
    form, _, by = what.partition(" by ")
    start, processor = time.perf_counter(), time.process_time()
    reading = 0.0
    if by:
        reading = by_pandas(build, form, target)
    else:
        export(build, form.removesuffix(" wide"), target, wide=form.endswith(" wide"))
    seconds = time.perf_counter() - start
    size = sum(path.stat().st_size for path in target.iterdir() if path.suffix not in (".md", ".json"))
    return {
        "seconds": seconds,
        "processor": time.process_time() - processor,
        "writing": seconds - reading,
        "bytes": size,
        "peak": _peak(),
    }


def _peak() -> int:
    """Return the highest memory of this process, in bytes; Linux tells it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def _measured(build: Path, what: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.export", "--one", what, str(build), str(folder / "out")]
    done = subprocess.run(command, cwd=_ROOT, env=os.environ, stdout=subprocess.PIPE, check=True)
    subprocess.run(["rm", "-r", str(folder / "out")], check=True)
    found: dict[str, float] = json.loads(done.stdout)
    print(
        f"{what:18} {found['seconds']:8.1f} s, of the processor {found['processor']:7.1f} s"
        f" {found['bytes'] / 2**20:9.1f} MiB, memory {found['peak'] / 2**20:6.0f} MiB",
        flush=True,
    )
    return found


def _compared(build: Path, form: str, folder: Path) -> None:
    ours, theirs = _measured(build, form, folder), _measured(build, f"{form} by pandas", folder)
    print(
        f"{form:18} time {ours['seconds'] / theirs['seconds']:.2f} of pandas', of its writing alone"
        f" {ours['seconds'] / theirs['writing']:.2f}; processor {ours['processor'] / theirs['processor']:.2f};"
        f" size {ours['bytes'] / theirs['bytes']:.2f}; memory {ours['peak'] / theirs['peak']:.2f}",
        flush=True,
    )


def _builds(tables: dict[str, Any], trials: int, folder: Path) -> Iterator[Path]:
    for share in _MEMORY_SIZES:
        count = int(trials * share)
        yield _build(tables, count, folder / f"build-{count}")


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--one", nargs=3, metavar=("WHAT", "BUILD", "TARGET"), help=argparse.SUPPRESS)
    options.add_argument("--trials", type=int, default=100_000)
    options.add_argument("--sheet-trials", type=int, default=2_000, help="trials of the spreadsheets")
    options.add_argument("--formats", nargs="+", metavar="FORMAT", default=_FORMATS, choices=_FORMATS)
    given = options.parse_args()
    if given.one:
        what, build, target = given.one
        print(json.dumps(_one(Path(build), what, Path(target))))
        return
    from benchmarks.publish import base

    tables, _ = base()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = _builds(tables, given.trials, folder)
        print(f"{given.trials:,} trials")
        for form in given.formats:
            if form in _PANDAS and form != _SHEETS:
                _compared(large, form, folder)
            elif form != _SHEETS:
                _measured(large, form, folder)
        if "parquet" in given.formats:
            print("a contact in each table")
            _measured(_build(tables, given.trials, folder / "contacts", contact=True), "parquet", folder)
        print(f"{int(given.trials * _MEMORY_SIZES[0]):,} trials, for the memory")
        for form in given.formats:
            if form != _SHEETS:
                _measured(small, form, folder)
        if _SHEETS in given.formats:
            print(f"{given.sheet_trials:,} trials")
            _compared(_build(tables, given.sheet_trials, folder / "sheets"), _SHEETS, folder)


if __name__ == "__main__":
    main()
