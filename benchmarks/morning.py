"""What the morning report costs: time and size, beside pandas counting the nulls of the same tables.

    python -m benchmarks.morning --trials 100000 --nights 30

The build is made of real registry records, repeated under other ids and in other letters (`benchmarks.publish`), with
changes in two trials of a hundred each night; the reports have a thousand pages that were not got. Each is measured in
a process of its own, the start of Python and its imports among it. Asked: less than 10 s, and 3 MB.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # so that it runs as a file, too

_NAME = "20261129T030000Z-00000000"
_LAST = datetime(2026, 11, 29, 3, tzinfo=UTC)
_CHANGED = 0.02  # of the trials in a night
_NOT_GOT = 1000
_BY_PANDAS = (
    "import sys, pandas as pd, pathlib\n"
    "for path in sorted(pathlib.Path(sys.argv[1]).glob('*.parquet')):\n"
    "    pd.read_parquet(path, dtype_backend='pyarrow').isna().mean()\n"
)


def store_of(trials: int, nights: int, folder: Path) -> Path:
    """Make a store with a build and reports; no archive, no ledger."""
    from benchmarks.publish import base, write
    from normalizers.parquet import row_group_rows
    from registry.tables import TABLES

    tables, _ = base()
    build = folder / "tables" / _NAME
    build.mkdir(parents=True)
    for each in TABLES:
        rows = _seen(tables[each.name]) if each.name == "studies" else tables[each.name]
        group = row_group_rows(each)
        write(rows, each.name, trials, build / f"{each.name}.parquet", group)
    _write_changes(trials, nights, build / "changes.parquet")
    (folder / "current").symlink_to(build.relative_to(folder))
    reports = folder / "reports"
    reports.mkdir()
    for night in range(nights):
        text = _report(_LAST - timedelta(days=night), trials)
        (reports / f"{json.loads(text)['run']}.json").write_text(text, encoding="utf-8")
    return folder


def _seen(studies: Any) -> Any:
    """Return the studies as a build has them: seen within four months."""
    import pyarrow as pa

    chance = Random(1)
    last = [_LAST.replace(tzinfo=None) - timedelta(days=chance.randrange(120)) for _ in range(studies.num_rows)]
    for name in ("first_seen_at", "last_seen_at"):
        place = studies.schema.get_field_index(name)
        studies = studies.set_column(place, studies.schema.field(name), pa.array(last, studies.schema.field(name).type))
    return studies


def _write_changes(trials: int, nights: int, path: Path) -> None:
    import pyarrow.parquet as pq

    from normalizers.arrow import arrow_table
    from registry.tables import table

    rows: list[dict[str, object]] = []
    chance = Random(2)
    for night in range(nights):
        for number in chance.sample(range(trials), int(trials * _CHANGED)):
            old, new = chance.sample(("RECRUITING", "COMPLETED", "TERMINATED", "UNKNOWN"), 2)
            at = _LAST - timedelta(days=night)
            changed = {
                "nct_id": f"NCT{number:08}",
                "table": "studies",
                "column": "overall_status",
                "old": old,
                "new": new,
            }
            rows.append({**changed, "ordinal": None, "seen_at": at, "url": None})
    rows.sort(key=lambda row: (str(row["nct_id"]), str(row["seen_at"])))
    pq.write_table(arrow_table(table("changes"), rows), path)


def _report(began: datetime, trials: int) -> str:
    from trials.report import Dataset, Ended, Ids, Manners, NotGot, Pages, Report, Seconds

    ids = [f"NCT{number:08}" for number in range(_NOT_GOT)]
    missing = [
        NotGot(nct_id=nct_id, kind="details", state="failed", reason=f"no answer, try {place % 50}")
        for place, nct_id in enumerate(ids)
    ]
    states = {"fetched": 400, "unchanged": 18_600}
    return Report(
        program="0.1.0",
        run=f"trials-{began:%Y%m%dT%H%M%SZ}-000000",
        site="https://inclinicaltrials.com",
        started_at=f"{began:%Y-%m-%dT%H:%M:%SZ}",
        ended_at=f"{began + timedelta(hours=9):%Y-%m-%dT%H:%M:%SZ}",
        exit_code=0,
        ended=Ended.DONE,
        sentence="A night of the benchmark.",
        problems={"lossy_text": 9000, "conflict": 90},
        pages=Pages(expected=20_000, got=19_000, by_state=states, not_got=missing),
        dataset=Dataset(
            build=_NAME, published=True, before=_NAME, trials=trials, new=Ids(count=1000, nct_ids=ids),
            changed=Ids(count=2000, nct_ids=ids), gone=Ids(count=10, nct_ids=ids[:10]), pages_read=400,
            damaged_records=0,
        ),
        manners=Manners(
            delay_seconds=2, requests=20_010, answers_by_status={"200": 400, "304": 18_600}, shortest_gap_seconds=2.0
        ),
        seconds=Seconds(discovery=60, planning=4, fetching=30_000, building=400, all=30_464),
    ).model_dump_json()  # fmt: skip


def _timed(command: list[str]) -> tuple[float, float]:
    """Return the seconds of a command: of the processor, and of the clock."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=_ROOT, check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - start


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--trials", type=int, default=100_000)
    options.add_argument("--nights", type=int, default=30)
    options.add_argument("--times", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        store = store_of(given.trials, given.nights, Path(name) / "store")
        page = Path(name) / "report.html"
        ours, theirs = [], []
        for _ in range(given.times):
            ours.append(
                _timed([sys.executable, "-m", "trials", "report", "--store", str(store), "--output", str(page)])
            )
            theirs.append(_timed([sys.executable, "-c", _BY_PANDAS, str(store / "tables" / _NAME)]))
        (ours_cpu, ours_wall), (theirs_cpu, theirs_wall) = min(ours), min(theirs)
        print(
            f"{given.trials:,} trials, {given.nights} nights: processor {ours_cpu:.1f} s, {ours_cpu / theirs_cpu:.2f} "
            f"of what pandas takes to count the nulls of the tables; clock {ours_wall:.1f} s and {theirs_wall:.1f} s; "
            f"{page.stat().st_size / 1e6:.2f} MB"
        )


if __name__ == "__main__":
    main()
