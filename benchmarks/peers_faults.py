"""The same faults for this program, Scrapy and a script with requests, side by side: a table in Markdown.

Each gets the same addresses on its standard input and the same site. A page is right if the hash of its body is that
of the page that the site has. Scrapy goes into a virtual environment of its own (`benchmarks/peers.txt`); it
asks for one page at a time, obeys robots.txt, keeps its state in a JOBDIR and appends its rows to a file.

    python -m benchmarks.peers_faults
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from benchmarks.fetch import PEERS, make_peers
from faults.oracle import downloads_again, ids_of, page_paths
from faults.program import Program, killed
from faults.robots import STATUSES
from registry.labels import PageKind
from scraper.site import TEMPLATES
from trials.practice.faults import Faults
from trials.practice.log import Entry
from trials.practice.server import serving
from trials.practice.site import Site
from trials.practice.world import World

_HERE = Path(__file__).parent
_WORLD = World(trials=240)
_ROBOTS = "/robots.txt"
_PLACES = 10  # at which a body is cut
_KILLS = 20
_KILLED_PAGES = 200
_CLIPS = 10


class Rows(NamedTuple):
    """What was delivered: pairs of address and hash; and how many lines, or files, could not be read."""

    pages: Sequence[tuple[str, str]]
    torn: int


@dataclass(frozen=True, slots=True)
class Peer:
    """A program: its name, its command, the file that it delivers, and how that is read."""

    name: str
    command: Callable[[Program], Sequence[str]]
    output: str
    rows: Callable[[Path], Rows]


# --- the three ------------------------------------------------------------------------------------------------------


def peers() -> list[Peer]:
    """Return what is compared; Scrapy is installed if it is not there."""
    make_peers()
    python = PEERS / "bin" / "python"
    show = [str(python), "-c", "import scrapy; print(scrapy.__version__)"]
    version = subprocess.run(show, check=True, capture_output=True, text=True).stdout.strip()
    spider = [str(python), "-m", "scrapy", "runspider", str(_HERE / "peers" / "spider.py"), "-o", "rows.jsonl"]
    told = {"JOBDIR": "job", "ROBOTSTXT_OBEY": "True", "CONCURRENT_REQUESTS": "1", "DOWNLOAD_DELAY": "0"}
    told |= {"DOWNLOAD_TIMEOUT": "30", "TELNETCONSOLE_ENABLED": "False", "LOG_LEVEL": "WARNING"}
    spider += [part for name, value in told.items() for part in ("-s", f"{name}={value}")]
    script = [sys.executable, str(_HERE / "peers" / "script.py")]
    return [
        Peer("trials", lambda program: program.command, "tables/pages.parquet", _our_rows),
        Peer(f"Scrapy {version}", lambda _: spider, "rows.jsonl", _json_rows),
        Peer("requests, to_parquet", lambda _: script, "rows.parquet", _parquet_rows),
    ]


def _our_rows(path: Path) -> Rows:
    return _parquet_rows(path, "body_sha256")


def _parquet_rows(path: Path, digest: str = "sha256") -> Rows:
    if not path.exists():
        return Rows((), 0)
    try:
        found = pq.read_table(path).to_pylist()
    except (OSError, ValueError):
        return Rows((), 1)
    return Rows([(row["url"], row[digest]) for row in found], 0)


def _json_rows(path: Path) -> Rows:
    pages, torn = [], 0
    for line in path.read_text("utf-8", "replace").splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
            pages.append((row["url"], row["sha256"]))
        except (ValueError, KeyError, TypeError):
            torn += 1
    return Rows(pages, torn)


# --- one run --------------------------------------------------------------------------------------------------------


class Judged(NamedTuple):
    """What became of the pages asked for."""

    right: int
    wrong: int  # delivered, and not what the site has
    lost: int
    twice: int
    torn: int


def _addresses(site: Site, count: int) -> list[str]:
    """Return addresses that answer at once."""
    ids = ids_of(_WORLD, count)
    slugs = [_WORLD.topic(place).slug for place in (_WORLD.place_of(nct_id) for nct_id in ids) if place is not None]
    template = TEMPLATES[PageKind.DETAILS]
    return [site.base + template.format(slug=slug, nct_id=each) for slug, each in zip(slugs, ids, strict=True)]


def _judged(rows: Rows, site: Site, urls: Sequence[str]) -> Judged:
    truth = {url: hashlib.sha256(site.respond(url.removeprefix(site.base), {}).body).hexdigest() for url in urls}
    counts = Counter(url for url, _ in rows.pages)
    wrong = {url for url, digest in rows.pages if truth.get(url) != digest}
    right = truth.keys() & counts.keys() - wrong
    lost = len(truth.keys() - counts.keys())
    return Judged(len(right), len(wrong), lost, sum(count - 1 for count in counts.values()), rows.torn)


def _run(folder: Path, peer: Peer, faults: Sequence[dict[str, Any]], pages: int, **more: Any) -> tuple[Judged, float]:
    """Run a peer once against a site that misbehaves; return what came of it, and its peak of memory in MiB."""
    with serving(_WORLD, faults=Faults(faults, folder=folder), log=more.get("log")) as site:
        urls = _addresses(site, pages)
        program = Program(folder, site.base, urls)
        done = program.run_with_peak(peer.command(program))
        return _judged(peer.rows(folder / peer.output), site, urls), done.peak_mib or 0.0


# --- rows of the table ----------------------------------------------------------------------------------------------


def cut_pages(folder: Path, peer: Peer, kinds: Sequence[dict[str, Any]]) -> str:
    """Return how many pages were accepted that were cut the first time they were asked for."""
    total: list[Judged] = []
    for number, kind in enumerate(kinds):
        ids = ids_of(_WORLD, _PLACES)
        takes_place = kind["kind"].startswith("cut")
        faults = [
            {**kind, "path": f"/*/{nct_id}/*", "first": 1, **({"at": place / _PLACES} if takes_place else {})}
            for place, nct_id in enumerate(ids)
        ]
        total.append(_run(folder / str(number), peer, faults, _PLACES)[0])
    asked = _PLACES * len(kinds)
    return f"{sum(each.wrong for each in total)} of {asked}; {sum(each.right for each in total)} came right"


def framed_cuts(folder: Path, peer: Peer) -> str:
    """N01."""
    names = ("cut_body", "cut_chunk", "cut_between_chunks", "no_last_chunk")
    return cut_pages(folder, peer, [{"kind": name} for name in names])


def gzip_cuts(folder: Path, peer: Peer) -> str:
    """N02."""
    names = ("cut_gzip", "no_gzip_trailer", "bad_gzip_crc")
    framings = ("length", "chunked", "close")
    return cut_pages(folder, peer, [{"kind": name, "framing": framing} for name in names for framing in framings])


def html_cuts(folder: Path, peer: Peer) -> str:
    """N03."""
    return cut_pages(folder, peer, [{"kind": "cut_html"}])


def bombs(folder: Path, peer: Peer) -> str:
    """N04, N05: the most memory that a bomb takes beyond a run without one."""
    _, usual = _run(folder / "none", peer, (), 1)
    bomb = {"kind": "bomb", "coding": "gzip", "size_mib": 1024}
    cases = [{**bomb, "path": "/*/NCT*", "status": status} for status in (200, 302, 404)]
    cases.append({**bomb, "path": _ROBOTS})
    peaks = [_run(folder / str(number), peer, [case], 1)[1] for number, case in enumerate(cases)]
    return f"{max(0.0, max(peaks) - usual):,.0f} MiB"


def robots(folder: Path, peer: Peer) -> str:
    """R01: how many of the cases go as RFC 9309 says, and how many pages were asked for in the others."""
    good = wrongly = 0
    for number, case in enumerate(STATUSES):
        log: list[Entry] = []
        here = folder / str(number)
        here.mkdir(parents=True)
        (here / "robots.txt").write_bytes(case.body or b"")
        given = {"file": "robots.txt"} if case.body is not None else {}
        _run(here, peer, [{**case.fault, **given, "path": _ROBOTS}], 2, log=log)
        asked = len(page_paths(log))
        good += (asked > 0) == case.opens
        wrongly += 0 if case.opens else asked
    return f"{good} of {len(STATUSES)}; {wrongly} pages asked for"


def kills(folder: Path, peer: Peer) -> str:
    """S01: crawls that are killed at random and started again until they end by themselves."""
    dice, count, crawls = Random("kills"), 0, 0
    total, again, seconds = Judged(0, 0, 0, 0, 0), 0, 0.0
    while count < _KILLS:
        log: list[Entry] = []
        with serving(_WORLD, log=log) as site:
            urls = _addresses(site, _KILLED_PAGES)
            program = Program(folder / str(crawls), site.base, urls)
            seconds = program.ended(peer.command(program)).seconds if not crawls else seconds
            program = Program(folder / f"{crawls}-killed", site.base, urls)
            log.clear()
            while count < _KILLS and killed(program.spawned(peer.command(program)), dice.uniform(0, seconds)):
                count += 1
            program.ended(peer.command(program))
            judged = _judged(peer.rows(program.folder / peer.output), site, urls)
        total = Judged(*(one + other for one, other in zip(total, judged, strict=True)))
        again, crawls = again + downloads_again(log), crawls + 1
    asked = crawls * _KILLED_PAGES
    return (
        f"of {asked:,} pages {total.lost} lost, {total.twice} twice, {total.torn} lines torn; {again:,} asked for again"
    )


def clips(folder: Path, peer: Peer) -> str:
    """S05: what is written last is clipped (the archive, where there is one, else the output); the same run again."""
    whole = again = 0
    for number in range(_CLIPS):
        log: list[Entry] = []
        with serving(_WORLD, log=log) as site:
            urls = _addresses(site, 5)
            program = Program(folder / str(number), site.base, urls)
            program.ended(peer.command(program))
            written = program.archive[0] if program.archive else program.folder / peer.output
            size = written.stat().st_size
            os.truncate(written, size - 1 - size * number // 50)  # up to a fifth of it: the last of five pages
            log.clear()
            program.ended(peer.command(program))
            judged = _judged(peer.rows(program.folder / peer.output), site, urls)
        whole += judged.right == len(urls) and not judged.twice and not judged.torn
        again += len(page_paths(log))
    return f"{whole} of {_CLIPS} whole again; {again} of {5 * _CLIPS} pages asked for"


_ROWS: Sequence[tuple[str, str, Callable[[Path, Peer], str]]] = (
    ("N01", "pages accepted that were cut short of their framing", framed_cuts),
    ("N02", "pages accepted whose gzip was cut or damaged", gzip_cuts),
    ("N03", "pages accepted that were cut and nothing frames", html_cuts),
    ("N04", "memory for a page or robots.txt that unpacks to 1 GiB (N05)", bombs),
    ("R01", "robots.txt heeded as RFC 9309 says; pages asked for against it", robots),
    ("S01", f"{_KILLS} × kill -9 in runs of {_KILLED_PAGES} pages, started again", kills),
    ("S05", "the file written last clipped, started again", clips),
)


def main() -> None:
    compared = peers()
    print(f"| | | {' | '.join(peer.name for peer in compared)} |")
    print(f"| --- | --- |{' --- |' * len(compared)}")
    with tempfile.TemporaryDirectory(prefix="peers-") as runs:
        for row, did, measure in _ROWS:
            cells = [measure(Path(runs) / row / str(number), peer) for number, peer in enumerate(compared)]
            print(f"| {row} | {did} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
