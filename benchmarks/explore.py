"""What the explorer costs: the copy, the start, each page for the first time and again; beside plain Datasette.

A build is made of real registry records, repeated under other ids and in other letters (`benchmarks.publish`). The peer
is what an analyst would type: pandas' `to_sql` of the same tables, and `datasette trials.sqlite` as it comes. Both are
asked over HTTP, each in a process of its own, started anew; times are of the clock, ratios ours over the peer's. A page
that the peer gave up (an error, or its time limit) has no ratio; the peer has no search and no questions.
"""

import argparse
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # so that it runs as a file, too

_TIMES = 5
_FACETS = "_facet=overall_status&_facet=phase&_facet=study_type"
_OURS = (
    "/trials",
    "/trials/studies",
    "/trial/{id}",
    "/trials/facilities",
    "/trials/problems",
    "/trials/studies?_search=cancer",
    "/trials/studies?overall_status=RECRUITING",
)
_THEIRS = {  # the same rows and counts, asked for by hand
    "/trials": "/trials",
    "/trials/studies": f"/trials/studies?{_FACETS}&_sort_desc=fetched_at",
    "/trials/facilities": "/trials/facilities?_facet=country_code",
    "/trials/problems": "/trials/problems?_facet=code&_facet=table",
    "/trials/studies?overall_status=RECRUITING": f"/trials/studies?overall_status=RECRUITING&{_FACETS}",
}


def _copied(store: Path, build: Path) -> Path:
    from trials.explore.copy import copy_of

    start, processor = time.perf_counter(), time.process_time()
    path = copy_of(store, build, lambda _: lambda _: None)
    print(
        f"copy         {time.perf_counter() - start:7.1f} s, of the processor {time.process_time() - processor:7.1f} s,"
        f" {path.stat().st_size / 2**20:8.0f} MiB",
        flush=True,
    )
    return path


def _by_pandas(build: Path, target: Path) -> Path:
    import pandas as pd

    from trials.explore.looks import SHOWN

    start, processor = time.perf_counter(), time.process_time()
    with closing(sqlite3.connect(target)) as connection:
        for table in SHOWN:
            path = build / f"{table.name}.parquet"
            if path.exists():
                frame = pd.read_parquet(path)
                lists = [name for name in frame if name in ("absent_labels", "blank_labels", "unread_labels")]
                frame[lists] = frame[lists].astype(str)
                frame.to_sql(table.name, connection, index=False, chunksize=10_000)
    print(
        f"by pandas    {time.perf_counter() - start:7.1f} s, of the processor {time.process_time() - processor:7.1f} s,"
        f" {target.stat().st_size / 2**20:8.0f} MiB",
        flush=True,
    )
    return target


@contextmanager
def _program(command: Sequence[str], port: int) -> Iterator[float]:
    """Start a program, and yield how many seconds it took until it answered."""
    start = time.perf_counter()
    program = subprocess.Popen(command, cwd=_ROOT, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while _asked(port, "/favicon.ico") is None:
            assert program.poll() is None, "it ended"
            time.sleep(0.02)
        yield time.perf_counter() - start
    finally:
        program.send_signal(signal.SIGINT)
        program.wait(timeout=60)


def _asked(port: int, path: str) -> tuple[float, int] | None:
    """Return how many seconds a page took, and its status; None if nobody listens."""
    start = time.perf_counter()
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return time.perf_counter() - start, answer.status
    except ConnectionRefusedError:
        return None


def _measured(command: Sequence[str], port: int, pages: dict[str, str]) -> dict[str, tuple[float, float, int]]:
    """Return for each page the seconds of its first view, the median of later ones, and the status."""
    found = {}
    with _program(command, port) as starting:
        print(f"             starts in {starting:.2f} s", flush=True)
        for name, path in pages.items():
            views = [_asked(port, path) for _ in range(_TIMES + 1)]
            seconds = [each[0] for each in views if each]
            found[name] = (seconds[0], statistics.median(seconds[1:]), views[0][1] if views[0] else 0)
    return found


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
        return port


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--trials", type=int, default=100_000)
    options.add_argument("--folder", type=Path, help="keep the build there, and use it again")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        _run(given.trials, given.folder or Path(name))


def _build(trials: int, store: Path) -> Path:
    from benchmarks.export import _build as make
    from benchmarks.publish import base
    from normalizers.builds import TABLES_FOLDER, point_to

    build = store / TABLES_FOLDER / "20261129T000000Z-00000000"
    if not build.exists():
        build.parent.mkdir(parents=True)
        tables, _ = base()
        make(tables, trials, build)
        point_to(store, build)
    return build


def _run(trials: int, store: Path) -> None:
    from trials.explore.questions import QUESTIONS

    build = _build(trials, store)
    print(f"{trials:,} trials")
    _copied(store, build)
    port = _free_port()
    program, served = [sys.executable, "-m"], ["--port", str(port)]
    pages = {path: path.format(id=f"NCT{trials // 2:08}") for path in _OURS}
    pages |= {path: path for path in (f"/trials/{each.name}" for each in QUESTIONS)}
    ours = _measured([*program, "trials", "explore", *served, "--store", str(store)], port, pages)
    plain = store / "trials.db"
    if not plain.exists():
        _by_pandas(build, plain)
    theirs = _measured([*program, "datasette", str(plain), *served], port, _THEIRS)
    for name, (first, later, status) in ours.items():
        line = f"{name:45} first {first * 1e3:7.0f} ms, later {later * 1e3:7.0f} ms, status {status}"
        if name in theirs:
            before, after, said = theirs[name]
            line += f"; plain {before * 1e3:7.0f} ms, {after * 1e3:7.0f} ms, status {said}"
            line += f"; ratio {first / before:.2f}, {later / after:.2f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
