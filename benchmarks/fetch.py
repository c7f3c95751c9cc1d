"""Pages per CPU second of a whole run, unthrottled on loopback: `trials fetch` against a spider of Scrapy.

Ours fetches, archives, notes in the ledger, parses, reads values (`tidy`) and writes JSON lines of tables; Scrapy
fetches, parses and writes JSON lines of the same texts, and has nothing like `tidy`: so ours is also printed without
it, as the run that clocks the stages (`benchmarks/stages.py`) has it. Both ask for the same addresses and obey
robots.txt. Counted is the CPU time of the program and its children; that of a run with one page, which is mostly
imports, is taken off. The site is served by another process. Printed is the median of the runs, the programs in turn,
and where ours spends its time.
"""

import argparse
import gzip
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # so that it runs as a file, too

from benchmarks.pages import RECORDS, subjects
from trials.practice.markup import FAMILIES, details

_FAMILY = "two-column-table"  # which the spider is tuned to
_KNOWN = 640  # records, of which the largest are chosen
_LARGEST = 64
PEERS = _ROOT / ".venv-peers"
_SITE = "https://inclinicaltrials.com"  # whose addresses the pages have
_OURS = "trials fetch"
_ONE = "Scrapy, CONCURRENT_REQUESTS=1"
_USUAL = "Scrapy, as it comes"


# --- the site, in a process of its own ----------------------------------------------------------------------------


def rendered(kind: str, count: int) -> list[tuple[str, str]]:
    """Return (path, page) of so many trials: the `first`, or those with the `largest` pages."""
    family = FAMILIES[_FAMILY]
    found = [
        (f"/other/{each.trial.brief.nct_id}/details", family.frame(each.frame, details(each.facts, family)))
        for each in subjects(count if kind == "first" else _KNOWN)
    ]
    return found if kind == "first" else sorted(found, key=lambda each: len(each[1]))[-count:]


def serve(kind: str, count: int) -> None:
    """Serve until stdin ends; the first line on stdout lists the addresses, and says the median size of a page."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    base = f"http://127.0.0.1:{server.server_address[1]}"
    pages = {path: page.replace(_SITE, base).encode() for path, page in rendered(kind, count)}
    _Handler.bodies = {path: gzip.compress(page, mtime=0) for path, page in pages.items()}
    size = statistics.median(map(len, pages.values()))
    print(json.dumps({"addresses": [base + path for path in pages], "size": size}), flush=True)
    server.serve_forever()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for headers and body
    disable_nagle_algorithm = True
    bodies: dict[str, bytes]

    def do_GET(self) -> None:
        if self.path == "/robots.txt":
            self._send(b"User-agent: *\nDisallow: /search\n", {"Content-Type": "text/plain"})
        elif (body := self.bodies.get(self.path)) is None:
            self.send_error(404)
        else:
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            self._send(body, {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip", "ETag": tag})

    def _send(self, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _served(kind: str, count: int) -> Iterator[tuple[list[str], float]]:
    command = [sys.executable, "-m", "benchmarks.fetch", "--serve", kind, str(count)]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE) as site:
        assert site.stdout, "it is a pipe"
        try:
            said = json.loads(site.stdout.readline())
            yield said["addresses"], said["size"]
        finally:
            site.terminate()


# --- the programs -------------------------------------------------------------------------------------------------


def _ours(addresses: Sequence[str], folder: Path) -> float:
    return _cpu_seconds([sys.executable, "-m", "trials", *_flags(addresses, folder)], addresses, folder)


def _flags(addresses: Sequence[str], folder: Path) -> list[str]:
    site = addresses[0].partition("/other/")[0]
    return ["fetch", "-", "--json", "--site", site, "--store", str(folder / "store")]


def _scrapy(addresses: Sequence[str], folder: Path, *settings: str) -> float:
    (folder / "addresses").write_text("\n".join(addresses), encoding="ascii")
    common = ("ROBOTSTXT_OBEY=True", "DOWNLOAD_DELAY=0", "LOG_LEVEL=ERROR")
    flags = [flag for setting in (*common, *settings) for flag in ("-s", setting)]
    spider = str(_ROOT / "benchmarks" / "spider.py")
    output = ["-a", f"addresses={folder / 'addresses'}", "-O", "-:jsonlines"]
    command = [str(PEERS / "bin" / "python"), "-m", "scrapy", "runspider", spider, *output, *flags]
    return _cpu_seconds(command, addresses, folder)


def _cpu_seconds(command: Sequence[str], addresses: Sequence[str], folder: Path) -> float:
    """Run a program and return its CPU time and that of its children; it must print a line for each address."""
    return _run(command, addresses, folder)[0]


def _run(command: Sequence[str], addresses: Sequence[str], folder: Path) -> tuple[float, str]:
    """Return the CPU time, and what was said on stderr."""
    (folder / "given").write_text("\n".join(addresses), encoding="ascii")
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "XDG_STATE_HOME": str(folder / "state")}
    with (
        (folder / "given").open() as given,
        (folder / "lines").open("wb") as lines,
        (folder / "said").open("wb") as said,
    ):
        program = subprocess.Popen(command, cwd=folder, env=environment, stdin=given, stdout=lines, stderr=said)
        _, status, usage = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
    printed = (folder / "lines").read_bytes().count(b"\n")
    sentences = (folder / "said").read_text("utf-8")
    if program.returncode or printed != len(addresses):
        raise SystemExit(f"{printed} of {len(addresses)} pages came (code {program.returncode}):\n{sentences}")
    return usage.ru_utime + usage.ru_stime, sentences


PROGRAMS: dict[str, Callable[[Sequence[str], Path], float]] = {
    _OURS: _ours,
    _ONE: lambda addresses, folder: _scrapy(addresses, folder, "CONCURRENT_REQUESTS=1"),
    _USUAL: _scrapy,
}


def make_peers() -> None:
    """Make the venv that Scrapy is in, unless it is there as it should be."""
    wanted = _ROOT / "benchmarks" / "peers.txt"
    made = PEERS / "peers.txt"
    if made.exists() and made.read_bytes() == wanted.read_bytes():
        return
    venv.create(PEERS, clear=True, with_pip=True)
    pip = [str(PEERS / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--only-binary", ":all:", "--requirement", str(wanted)], check=True)
    shutil.copyfile(wanted, made)


# --- what is printed ----------------------------------------------------------------------------------------------


def _measured(addresses: Sequence[str], runs: int) -> dict[str, list[float]]:
    """Return the CPU seconds a page of each program and run, the programs in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(runs):
        for name, run in PROGRAMS.items():
            with tempfile.TemporaryDirectory() as alone, tempfile.TemporaryDirectory() as together:
                start = run(addresses[:1], Path(alone))
                seconds[name].append((run(addresses, Path(together)) - start) / (len(addresses) - 1))
    return seconds


def _print(seconds: dict[str, list[float]], stages: dict[str, float]) -> None:
    """Print what a page costs each program, and ours without `tidy`; `stages` are seconds a page."""
    ours = seconds[_OURS]
    without = {f"{_OURS}, without tidy": [each - stages["tidy"] for each in ours]}
    for name, taken in {**seconds, **without}.items():
        ratio = statistics.median(theirs / mine for mine, theirs in zip(ours, taken, strict=True))
        each = statistics.median(taken)
        print(
            f"{1 / each:6.0f} pages per CPU second {1e6 * each:7.0f} µs a page {ratio:6.2f} × ours   {name}", flush=True
        )


def _stages(addresses: Sequence[str]) -> dict[str, float]:
    """Return the seconds a page of each stage of ours, in a run of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.stages", *_flags(addresses, Path(folder))]
        said = _run(command, addresses, Path(folder))[1]
    return {name: seconds / len(addresses) for name, seconds in json.loads(said.splitlines()[-1]).items()}


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--pages", type=int, default=400, help="how many pages a run (default 400)")
    options.add_argument("--runs", type=int, default=5, help="of each program, in turn (default 5)")
    options.add_argument("--serve", nargs=2, metavar=("KIND", "COUNT"), help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve:
        serve(given.serve[0], int(given.serve[1]))
        return
    make_peers()
    source = "real records" if RECORDS.exists() else "made-up trials"
    for kind, count in (("first", given.pages), ("largest", min(given.pages, _LARGEST))):
        with _served(kind, count) as (addresses, size):
            print(f"{len(addresses)} pages of {source} in {_FAMILY}, median {size / 1024:.0f} KiB", flush=True)
            stages = _stages(addresses)
            _print(_measured(addresses, given.runs), stages)
            for name, seconds in sorted(stages.items(), key=lambda stage: -stage[1]):
                print(f"{1e6 * seconds:10.0f} µs a page   {name}", flush=True)


if __name__ == "__main__":
    main()
