"""What publishing costs: rows a second that are measured, memory by size, what sizes of row groups do to a filter.

A store is made of real registry records, rendered and read, and repeated under other ids, with other letters in their
texts each time, so that they compress as real ones. Each size is measured in a process of its own. Of row groups are
printed the size of two files, and what DuckDB needs for the rows of one trial, of 100 trials, and for a count over all,
as ratios to the size that is used (1.00). All times are of the processor.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # so that it runs as a file, too

SIZES = (2_000, 20_000, 80_000)  # trials
GROUPS = (4_096, 16_384, 32_768, 131_072, 1_048_576)  # rows
TABLES_OF_GROUPS = ("facilities", "eligibility_criteria")
_TIMES = 15
_PROSE = frozenset("name title description criteria text measure citation official_title brief_title message".split())
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def base(count: int = 200) -> tuple[dict[str, Any], int]:
    """Return the tables of so many real trials as Arrow tables, with the trials' numbers in place of their ids."""
    from datetime import UTC, datetime

    from benchmarks.accuracy import in_family
    from benchmarks.pages import subjects
    from normalizers.arrow import arrow_table
    from normalizers.dataset import merge
    from normalizers.tidy import tidy
    from parsers import parse
    from registry.record import Page
    from registry.tables import TABLES

    at = datetime(2026, 11, 29, tzinfo=UTC)
    pages = []
    known = subjects(count)
    for number, subject in enumerate(known):
        url = f"https://inclinicaltrials.com/other/{subject.trial.brief.nct_id}/details"
        page = Page(in_family("two-column-table", number, subject).encode(), url=url, fetched_at=at)
        pages.append(tidy(page, parse(page)))
    merged = merge(pages)
    return {each.name: arrow_table(each, merged[each.name]) for each in TABLES}, len(known)


def copies(table: Any, name: str, trials: int) -> Iterator[Any]:
    """Yield the rows again and again under other ids and in other letters, in the order of their key."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = pc.unique(table["nct_id"])
    place = pc.index_in(table["nct_id"], value_set=ids)
    for first in range(0, trials, len(ids)):
        new = pa.array([f"NCT{first + number:08}" for number in range(len(ids))])
        nct_id = pc.take(new, place)
        rows = table.set_column(table.schema.get_field_index("nct_id"), table.schema.field("nct_id"), nct_id)
        if name in ("pages", "problems", "studies"):
            urls = pa.array([f"https://inclinicaltrials.com/other/{each}/details" for each in new.to_pylist()])
            url = pc.take(urls, place)
            rows = rows.set_column(table.schema.get_field_index("url"), table.schema.field("url"), url)
        yield in_other_letters(rows, first) if first else rows


def in_other_letters(rows: Any, seed: int) -> Any:
    """Return the rows with the letters of their prose exchanged."""
    import pyarrow as pa

    other = str.maketrans(_LETTERS, "".join(Random(seed).sample(_LETTERS, len(_LETTERS))))
    for place, column in enumerate(rows.schema):
        if column.name in _PROSE and pa.types.is_string(column.type):
            texts = [text and text.translate(other) for text in rows.column(place).to_pylist()]
            rows = rows.set_column(place, column, pa.array(texts, pa.string()))
    return rows


def write(table: Any, name: str, trials: int, path: Path, group: int) -> int:
    """Write the rows of so many trials, streamed, in row groups of a size; return how many rows they are."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from normalizers.parquet import WRITE_OPTIONS

    waiting: list[Any] = []
    count = waiting_rows = 0
    with pq.ParquetWriter(path, table.schema, **WRITE_OPTIONS) as writer:
        for rows in copies(table, name, trials) if table.num_rows else ():
            waiting.append(rows)
            waiting_rows += rows.num_rows
            count += rows.num_rows
            if waiting_rows >= group:
                writer.write_table(pa.concat_tables(waiting), group)
                waiting, waiting_rows = [], 0
        if waiting:
            writer.write_table(pa.concat_tables(waiting), group)
    return count


def measure(folder: Path) -> dict[str, float]:
    """Return what measuring a build costs, in this process: seconds, rows, bytes, and the peak of memory."""
    from normalizers.gates import lost_trials
    from normalizers.manifest import measure_build

    before = _peak()
    start = time.process_time()
    build = measure_build(folder)
    seconds = time.process_time() - start
    wrong = sum(each.disordered + each.nulls.total() + each.foreign.total() for each in build.tables.values())
    assert not wrong, "the benchmark writes what is no build"
    peak = _peak()
    start = time.process_time()
    lost_trials(folder, folder)
    tables = build.tables.values()
    return {
        "seconds": seconds,
        "rows": sum(each.rows for each in tables),
        "bytes": sum(each.bytes for each in tables),
        "peak": peak - before,
        "comparing": time.process_time() - start,
    }


def _peak() -> int:
    """Return the highest memory of this process since it was asked before, in bytes; Linux tells it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def _sizes(tables: dict[str, Any], folder: Path) -> None:
    from normalizers.parquet import ROW_GROUP_ROWS

    for trials in SIZES:
        for name, table in tables.items():
            write(table, name, trials, folder / f"{name}.parquet", ROW_GROUP_ROWS)
        command = [sys.executable, "-m", "benchmarks.publish", "--one", str(folder)]
        found = json.loads(
            subprocess.run(command, cwd=_ROOT, env=os.environ, stdout=subprocess.PIPE, check=True).stdout
        )
        print(
            f"{trials:9,} trials {found['rows']:12,} rows {found['bytes'] / 2**20:8.1f} MiB"
            f" {found['rows'] / found['seconds'] / 1e6:6.2f} million rows a second"
            f" {found['seconds']:7.1f} s {found['peak'] / 2**20:7.0f} MiB of memory"
            f" {found['comparing']:6.2f} s to compare ids",
            flush=True,
        )


def _groups(tables: dict[str, Any], folder: Path, trials: int) -> None:
    import duckdb

    from normalizers.parquet import ROW_GROUP_ROWS

    database = duckdb.connect()
    database.execute("SET threads = 1")
    for name in TABLES_OF_GROUPS:
        found: dict[int, list[float]] = {}
        for group in (ROW_GROUP_ROWS, *(each for each in GROUPS if each != ROW_GROUP_ROWS)):
            path = folder / f"{name}-{group}.parquet"
            write(tables[name], name, trials, path, group)
            found[group] = [path.stat().st_size, *_queries(database, path, trials)]
        for group in sorted(found):
            ratios = [f"{one / used:6.2f}" for one, used in zip(found[group], found[ROW_GROUP_ROWS], strict=True)]
            said = zip(("size", "one trial", "100 trials", "count"), ratios, strict=True)
            print(
                f"{name:21} {group:9,} rows a group  {'  '.join(f'{what} {ratio}' for what, ratio in said)}", flush=True
            )
        used = found[ROW_GROUP_ROWS]
        print(
            f"{name:21} {ROW_GROUP_ROWS:9,}: {used[0] / 2**20:.1f} MiB, {used[1] * 1e3:.1f} ms, {used[2] * 1e3:.1f} ms,"
            f" {used[3] * 1e3:.1f} ms"
        )


def _queries(database: Any, path: Path, trials: int) -> list[float]:
    dice = Random(7)
    wanted = [f"'NCT{dice.randrange(trials):08}'" for _ in range(100)]
    queries = [
        [f"SELECT * FROM '{path}' WHERE nct_id = {each}" for each in wanted[:_TIMES]],
        [f"SELECT * FROM '{path}' WHERE nct_id IN ({', '.join(wanted)})"] * 3,
        [f"SELECT count(DISTINCT nct_id), max(ordinal) FROM '{path}'"] * 3,
    ]
    return [statistics.median(_timed(database, query) for query in each) for each in queries]


def _timed(database: Any, query: str) -> float:
    start = time.process_time()
    database.execute(query).fetchall()
    return time.process_time() - start


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--one", metavar="FOLDER", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--trials", type=int, default=30_000, help="of the files whose row groups are compared")
    given = options.parse_args()
    if given.one:
        print(json.dumps(measure(given.one)))
        return
    tables, _ = base()
    with tempfile.TemporaryDirectory() as folder:
        _sizes(tables, Path(folder))
        _groups(tables, Path(folder), given.trials)


if __name__ == "__main__":
    main()
