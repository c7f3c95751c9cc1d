"""What is true of a run, told by its input, the log of the site and the files: never by the program itself.

Tables are compared trial by trial with those of a run that nothing disturbed, but for what differs between two right
runs: addresses (the port), times, places in the archive.
"""

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pyarrow.parquet as pq
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from faults.program import Program
from registry.tables import TABLES
from trials.practice.log import Entry
from trials.practice.server import serving
from trials.practice.world import World

_OF_THE_RUN = ("url", "_at", "sha256", "warc_", "valid_", "page")  # parts of names of columns


class Tables(NamedTuple):
    """What was published: for each trial a hash of all its rows, and what is wrong with the tables as such."""

    trials: Mapping[str, str]
    faults: Sequence[str]


@cache
def undisturbed(world: World, count: int) -> tuple[Mapping[str, str], float]:
    """Return the trials that a run gives which nothing disturbs, and the seconds that it takes."""
    with serving(world) as site, TemporaryDirectory() as folder:
        program = Program(Path(folder), site.base, ids_of(world, count))
        done = program.run()
        found = read_tables(program.tables, site.base)
    assert done.code == 0, done.said
    assert not found.faults, found.faults
    assert found.trials.keys() == set(program.ids), "an undisturbed run lacks trials"
    return found.trials, done.seconds


def ids_of(world: World, count: int) -> list[str]:
    """Return the ids of so many trials that are there."""
    there = (world.nct_id(place) for place in range(world.count) if world.is_listed(place))
    return [nct_id for nct_id, _ in zip(there, range(count), strict=False)]


# --- tables ---------------------------------------------------------------------------------------------------------


def read_tables(folder: Path, base: str) -> Tables:
    """Read everything that a folder publishes; no folder is no trials."""
    if not folder.exists():
        return Tables({}, ())
    rows: dict[str, list[Any]] = {}
    faults: list[str] = []
    for table in TABLES:
        try:
            rows[table.name] = pq.read_table(folder / f"{table.name}.parquet").to_pylist()
        except (OSError, ValueError) as error:
            faults.append(f"{table.name}.parquet cannot be read ({error})")
            continue
        keys = Counter(tuple(row[name] for name in table.key) for row in rows[table.name])
        faults += [f"{table.name} has {count} rows with the key {key}" for key, count in keys.items() if count > 1]
    pages = Counter(row["nct_id"] for row in rows.get("pages", ()))
    faults += [f"{nct_id} has {count} pages" for nct_id, count in pages.items() if count > 1]
    return Tables(_hashes(rows, base), faults)


def unreadable(folder: Path) -> list[str]:
    """Return the published files that are no whole Parquet."""
    torn = []
    for path in folder.glob("*.parquet"):
        try:
            pq.read_metadata(path)
        except (OSError, ValueError):
            torn.append(path.name)
    return torn


def _hashes(rows: Mapping[str, Sequence[Mapping[str, Any]]], base: str) -> dict[str, str]:
    lines: dict[str, list[str]] = {}
    for name, held in rows.items():
        for row in held:
            kept = {column: value for column, value in row.items() if not _is_of_the_run(column, value)}
            lines.setdefault(str(row["nct_id"]), []).append(f"{name} {kept!r}".replace(base, ""))
    return {
        nct_id: hashlib.sha256("\n".join(sorted(each)).encode("utf-8", "surrogatepass")).hexdigest()
        for nct_id, each in lines.items()
        if any(line.startswith("pages ") for line in each)
    }


def _is_of_the_run(column: str, value: object) -> bool:
    return isinstance(value, datetime) or any(part in column for part in _OF_THE_RUN)


def compared(found: Tables, wanted: Mapping[str, str], asked: Iterable[str]) -> list[str]:
    """Return each trial that is lost, strange, or other than it should be, and each fault of the tables."""
    asked = set(asked)
    faults = [f"{nct_id} is lost" for nct_id in sorted(asked - found.trials.keys())]
    return [*faults, *strange(found, wanted, asked)]


def strange(found: Tables, wanted: Mapping[str, str], asked: Iterable[str]) -> list[str]:
    """Return the same of the trials that were delivered."""
    faults = list(found.faults)
    faults += [f"{nct_id} was not asked for" for nct_id in sorted(found.trials.keys() - set(asked))]
    wrong = (nct_id for nct_id in found.trials if found.trials[nct_id] != wanted.get(nct_id))
    return faults + [f"{nct_id} is not what the site has" for nct_id in sorted(wrong)]


# --- archive --------------------------------------------------------------------------------------------------------


def archive_faults(files: Iterable[Path]) -> list[str]:
    """Return what is wrong with files of an archive that no run holds: each is whole, sealed, and read by others."""
    return [f"{path.name}: {fault}" for path in files for fault in _file_faults(path)]


def _file_faults(path: Path) -> list[str]:
    faults = []
    try:
        members = count_members(path.read_bytes())
        with path.open("rb") as file:
            by_warcio = sum(
                1 for record in ArchiveIterator(file, check_digests="raise") if record.raw_stream.read() or 1
            )
        with path.open("rb") as file:
            by_fastwarc = sum(1 for _ in FastIterator(file, parse_http=True, verify_digests=True))
        if not members == by_warcio == by_fastwarc:
            faults.append(f"{members} members, {by_warcio} records by warcio, {by_fastwarc} by fastwarc")
    except Exception as error:  # whatever a reader raises is what is looked for
        faults.append(f"{type(error).__name__}: {error}")
    seal = path.with_name(f"{path.name}.sha256")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if not seal.exists() or seal.read_text("ascii") != f"{digest}  {path.name}\n":
        faults.append("its sha256 is missing or wrong")
    if not path.with_name(path.name.removesuffix(".warc.gz") + ".cdxj").exists():
        faults.append("it has no index")
    return faults


def copies(files: Iterable[Path]) -> list[str]:
    """Return each page of a trial that an archive holds more than once, as an answer with a body of its own."""
    held = Counter[str]()
    for path in files:
        with path.open("rb") as file:
            kinds = (
                (record.rec_type, record.rec_headers.get_header("WARC-Target-URI")) for record in ArchiveIterator(file)
            )
            held.update(url for kind, url in kinds if kind == "response" and "/NCT" in url)
    return [f"the archive has {count} copies of {url}" for url, count in held.items() if count > 1]


def count_members(content: bytes) -> int:
    """Return how many gzip members a file consists of, each a record; ValueError for anything else."""
    count = 0
    while content:
        unpacker = zlib.decompressobj(wbits=31)
        if not unpacker.decompress(content).startswith(b"WARC/1.1\r\n") or not unpacker.eof:
            raise ValueError(f"the member after {count} whole ones is torn or no record")
        content = unpacker.unused_data
        count += 1
    return count


# --- the log of the site --------------------------------------------------------------------------------------------


def asked_paths(log: Iterable[Entry]) -> list[str]:
    """Return the addresses that were asked for, in order."""
    return [str(entry["path"]) for entry in list(log) if "request" in entry]


def page_paths(log: Iterable[Entry]) -> list[str]:
    """Return those of them that are pages of trials."""
    return [path for path in asked_paths(log) if "/NCT" in path]


def downloads_again(log: Iterable[Entry]) -> int:
    """Return how many requests for pages were not the first for their address."""
    return sum(Counter(page_paths(log)).values()) - len(set(page_paths(log)))
