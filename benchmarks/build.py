"""What a build costs: archive → Parquet, as ratios to a bare lxml parse of the same pages in the same run.

The archive holds pages of real records (made-up ones where those are not at hand), each trial under ids of its own as
often as pages are asked for. Counted is the CPU time of the program and its workers. Beside it stand the usual way (a
frame of pandas for each page, put together at the end), what reading and writing the archive costs, the gain of a
second process against that of a bare loop, memory for few and for many pages, and a night on which one page in a
hundred changed. The time for a whole registry is extrapolated from the largest build, by the clock and by the CPU time,
and said to be so: what else the machine had to do (its load) makes the clock go on, and not the CPU time.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # so that it runs as a file, too

import lxml.html
import pandas as pd
from warcio.archiveiterator import ArchiveIterator

from benchmarks.one_build import Cost, cpu_seconds
from benchmarks.pages import RECORDS, pages
from benchmarks.parse import soup
from registry.labels import PageKind
from scraper.answer import Answer
from scraper.histories import histories
from scraper.judge import asking
from scraper.ledger import Ledger
from scraper.pages import State
from scraper.spans import answers
from scraper.store import ARCHIVE, LEDGER, Store
from scraper.warc import exchange

_REGISTRY = 594_000  # trials of ClinicalTrials.gov in 2026
_AT = datetime(2026, 1, 5, 3, tzinfo=UTC)
_FIRST_ID = 10_000_000  # behind those of real records
_CHANGED = 100  # one page of so many changes on a night
_LOOP = 30_000_000


# --- the archive ------------------------------------------------------------------------------------------------------


def keep(store: Path, rendered: Sequence[str], places: Iterator[int], at: datetime, change: str = "") -> None:
    """Archive a page for each place, as a fetch does; `change` is put into the enrollment of each."""
    with Store(store, "benchmark", 0, lambda: None) as opened:
        for place in places:
            nct_id, html = page_of(rendered, place)
            body = html.replace("<body", f"<body data-night='{at:%d}'", 1).replace("Years to", f"{change}Years to", 1)
            url = f"https://inclinicaltrials.com/other/{nct_id}/details"
            headers = (("Content-Type", "text/html; charset=utf-8"),)
            got = opened.keep(Answer(url, 200, "OK", headers, body.encode(), (), at), asking(nct_id, PageKind.DETAILS))
            opened.ledger.settle_request(got.request, State.FETCHED, None)


def page_of(rendered: Sequence[str], place: int) -> tuple[str, str]:
    """Return id and page of the trial at a place: a real record under another id."""
    html = rendered[place % len(rendered)]
    known = html[html.index("NCT") :][:11]
    nct_id = f"NCT{_FIRST_ID + place:08}"
    return nct_id, html.replace(known, nct_id)


# --- measuring --------------------------------------------------------------------------------------------------------


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds that some work takes, in this process and in those that it starts and ends."""
    before = cpu_seconds()
    work()
    return cpu_seconds() - before


def least_cpu(work: Callable[[], object]) -> float:
    """Return the least of three times: the first has memory to get."""
    return min(cpu(work) for _ in range(3))


def wall(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def built(store: Path, *, workers: int = 1, full: bool = False, scheduler: str | None = None) -> Cost:
    """Build in a process of its own: workers load what their program has loaded."""
    command = [sys.executable, "-m", "benchmarks.one_build", str(store), "--workers", str(workers)]
    command += ["--full"] * full + (["--scheduler", scheduler] if scheduler else [])
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=_ROOT)
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


def bodies(store: Path) -> Iterator[str]:
    """Yield the pages of an archive, by another reader than ours."""
    for path in sorted((store / ARCHIVE).glob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type == "response":
                    yield record.content_stream().read().decode()


def usual(store: Path, to: Path) -> None:
    """The usual way: a frame for each page, put together at the end."""
    frames = [pd.DataFrame([soup(body)]) for body in bodies(store)]
    pd.concat(frames, ignore_index=True).astype(str).to_parquet(to)


def _loop(_number: int) -> None:
    total = 0
    for number in range(_LOOP):
        total += number


def bare_gain() -> float:
    """Return how much faster two processes do two shares of work than one does both: no more is to be had here."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as one, context.Pool(2) as two:
        one.map(int, range(2))
        two.map(int, range(2))  # both are up
        return wall(lambda: one.map(_loop, range(2), 1)) / wall(lambda: two.map(_loop, range(2), 1))


def _parsed(texts: Sequence[str]) -> None:
    """Parse the pages as scripts do: the tree of one is let go before the next."""
    for text in texts:
        lxml.html.fromstring(text)


# --- the report -------------------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2_000, help="of the archive")
    parser.add_argument(
        "--many", type=int, default=0, help="pages of a second archive, for memory and the extrapolation"
    )
    parser.add_argument("--dask", action="store_true", help="also two workers of a dask cluster on this machine")
    chosen = parser.parse_args()
    print(
        f"{'real records' if RECORDS.exists() else 'MADE-UP TRIALS: no real records are at hand'}, "
        f"{chosen.pages:,} pages; u is a bare lxml.html parse of the same pages"
    )
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder), chosen.pages, chosen.many, dask=chosen.dask)


def report(folder: Path, count: int, many: int, *, dask: bool) -> None:
    rendered = [html for _, html in pages(min(count, 640))]
    store = folder / "store"
    keep(store, rendered, iter(range(count)), _AT)
    texts = list(bodies(store))
    bare = least_cpu(lambda: _parsed(texts))
    kilobytes = sum(map(len, texts)) / len(texts) / 1000
    print(f"page {kilobytes:.1f} kB, u {1000 * bare / count:.2f} ms")
    full = built(store, full=True).cpu
    _line("archive → Parquet, all tables, one worker", full / bare, 6)
    _line("a frame for each page, the usual way", cpu(lambda: usual(store, folder / "usual.parquet")) / bare)
    _archive(store, texts, bare)
    _night(store, rendered, count, full)
    _parallel(store, dask=dask)
    if many:
        _many(folder / "many", rendered, store, many)


def _line(what: str, measured: float, asked: float | None = None, unit: str = "u") -> None:
    print(f"  {what:60} {measured:8.2f} {unit}" + (f"   asked {asked:g}" if asked is not None else ""), flush=True)


def _archive(store: Path, texts: Sequence[str], bare: float) -> None:
    with Ledger(store / LEDGER, read_only=True) as ledger:
        spans = [page.span for trial in histories(ledger) for page in trial.pages]
    _line("reading the archive", least_cpu(lambda: list(answers(str(store / ARCHIVE), spans))) / bare, 0.15)
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    url = "https://inclinicaltrials.com/other/NCT10000000/details"
    pieces = [Answer(url, 200, "OK", headers, text.encode(), (), _AT) for text in texts]
    _line(
        "writing it, without the disk",
        least_cpu(lambda: [exchange(each, (), None, "<urn:x>") for each in pieces]) / bare,
        0.4,
    )


def _night(store: Path, rendered: Sequence[str], count: int, full: float) -> None:
    keep(store, rendered, iter(range(0, count, _CHANGED)), _AT + timedelta(days=1), "1")
    night = built(store)
    _line(f"a night on which 1 % of {count:,} pages changed, of a full build", 100 * night.cpu / full, 5, "%")
    _line("memory of its program", night.program, unit="MiB")


def _parallel(store: Path, *, dask: bool) -> None:
    bare = bare_gain()
    one = built(store, full=True).wall
    two = built(store, workers=2, full=True).wall
    print(f"  two processes: a bare loop gains {bare:.2f}, a build {one / two:.2f}")
    _line("share of the gain", 100 * (one / two - 1) / (bare - 1) if bare > 1.02 else float("nan"), 85, "%")
    if dask:
        from distributed import LocalCluster

        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            spread = built(store, full=True, scheduler=cluster.scheduler_address).wall
        _line("dask with two workers: share of the gain", 100 * (one / spread - 1) / (bare - 1), 70, "%")


def _many(store: Path, rendered: Sequence[str], few: Path, count: int) -> None:
    keep(store, rendered, iter(range(count)), _AT)
    small, large = (built(each, workers=2, full=True) for each in (few, store))
    print(
        f"  {count:,} pages: program {large.program:.0f} MiB, worker {large.worker:.0f} MiB (asked 256); "
        f"fewer: {small.program:.0f} and {small.worker:.0f}"
    )
    _line("memory of a worker, against that for fewer pages", large.worker / small.worker, 1.2, "×")
    _line("memory of the program, against that for fewer pages", large.program / small.program, 1.2, "×")
    print(
        f"  {count:,} pages with two workers: {large.wall:.0f} s by the clock, {large.cpu:.0f} s of the CPU; "
        f"{os.cpu_count()} cores, with a load of {os.getloadavg()[0]:.1f} at the end"
    )
    _line(f"{_REGISTRY:,} pages, extrapolated by the clock", _minutes(large.wall, count), 60, "min")
    _line("the same by CPU time, were two cores idle", _minutes(large.cpu / 2, count), 60, "min")
    _night(store, rendered, count, large.cpu)
    shutil.rmtree(store)


def _minutes(seconds: float, count: int) -> float:
    """Return how long the whole registry takes if so many pages take so long."""
    return seconds / count * _REGISTRY / 60


if __name__ == "__main__":
    main()
