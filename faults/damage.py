"""S05: an archive clipped at every byte of its last exchange. S06: bits that flip in what is at rest."""

import contextlib
import io
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from faults.oracle import archive_faults, compared, ids_of, page_paths, read_tables, undisturbed
from faults.program import Program, killed
from faults.promise import Outcome, Setup
from registry.errors import RegistryError
from scraper.scan import scan
from scraper.store import Store
from trials.exits import Exit
from trials.practice.faults import Faults
from trials.practice.log import Entry
from trials.practice.server import serving
from trials.practice.world import World
from trials.verify import verify_store

_WORLD = World(trials=40)
_PAGES = 5
_WAIT_SECONDS = 60


# --- S05 ------------------------------------------------------------------------------------------------------------


def clipped_archive(setup: Setup) -> Outcome:
    """Cut the file of a killed run at every byte of the last exchange; open the store, and at some bytes run again."""
    by_bytes, by_runs = (41, 60) if setup.short else (1, 20)
    wanted, _ = undisturbed(_WORLD, _PAGES)
    torn = _killed_store(setup.folder / "torn")
    start, end = _last_exchange(torn.archive[0])
    cuts = range(start, end, by_bytes)

    def clip(number: int, cut: int) -> list[str]:
        copy = replace(torn, folder=setup.folder / f"clip-{cut}")
        shutil.copytree(torn.store, copy.store)
        os.truncate(copy.archive[0], cut)
        faults = _opened(copy, start) if number % by_runs else _run_again(copy, wanted, start)
        shutil.rmtree(copy.folder)
        return [f"cut at {cut} of {start} to {end}: {fault}" for fault in faults]

    broken = [fault for faults in setup.each("S05", cuts, clip) for fault in faults]
    good = len(cuts) - len({fault.partition(":")[0] for fault in broken})
    share = 100 * good / len(cuts)
    return Outcome(
        f"{len(cuts):,} cuts: 100 % found, cut at the exact point, the page asked for again",
        f"{share:.0f} % ({good:,} cuts; {len(range(0, len(cuts), by_runs))} of them by the whole program)",
        broken,
    )


def _killed_store(folder: Path) -> Program:
    """Return a run that was killed after its last page was kept: what it wrote is not sealed."""
    log: list[Entry] = []
    *ids, unanswered = ids_of(_WORLD, _PAGES + 1)
    silent = Faults([{"kind": "silence", "path": f"/*/{unanswered}/*"}])
    with serving(_WORLD, faults=silent, log=log) as site:
        running = Program(folder, site.base, [*ids, unanswered]).started()
        end = time.monotonic() + _WAIT_SECONDS
        while not any(unanswered in path for path in page_paths(log)):
            assert time.monotonic() < end, "the run does not come to its last page"
            time.sleep(0.01)
        assert killed(running, 0)
    return Program(folder, site.base, ids)


def _last_exchange(warc: Path) -> tuple[int, int]:
    """Return where the last exchange of a file begins and ends."""
    last = scan(warc).exchanges[-1]
    return last.offset, last.end


def _opened(copy: Program, start: int) -> list[str]:
    """Open the store as every command does, and see what it says and leaves."""
    try:
        with Store(copy.store, "fetch", 0, lambda: None) as store:
            said = " ".join(store.recovered)
    except RegistryError as error:
        return [f"it cannot be opened: {error}"]
    return _cut_faults(copy, start, said)


def _cut_faults(copy: Program, start: int, said: str) -> list[str]:
    size = copy.archive[0].stat().st_size
    faults = [f"it is cut at {size}"] if size != start else []
    return [*faults, *([] if "1 answer lost" in said else [f"nothing is said: {said!r}"])]


def _run_again(copy: Program, wanted: Mapping[str, str], start: int) -> list[str]:
    """Run the same command again, and see that it asks for the one page that was lost."""
    log: list[Entry] = []
    with serving(_WORLD, log=log) as site:
        again = replace(copy, base=site.base)
        done = again.run()
        found = read_tables(again.tables, site.base)
    asked = page_paths(log)
    faults = [f"it exits with {done.code}: {done.said}"] if done.code else []
    faults += [f"it asks for {asked}"] if len(asked) != 1 or copy.ids[-1] not in asked[0] else []
    faults += compared(found, wanted, copy.ids) + archive_faults(again.archive)
    return faults + _cut_faults(again, start, done.said)


# --- S06 ------------------------------------------------------------------------------------------------------------


def flipped_bits(setup: Setup) -> Outcome:
    """Flip single bits of a store at rest; verify has to name the file, and for an archive the record."""
    flips, by_runs = (30, 15) if setup.short else (1000, 50)
    with serving(_WORLD) as site:
        program = Program(setup.folder / "store-at-rest", site.base, ids_of(_WORLD, _PAGES))
        done = program.run()
    assert done.code == 0, done.said
    assert _verified(program, by_run=True)[0] == Exit.DONE, "a whole store is not called whole"
    files = sorted(path for path in program.store.rglob("*") if path.is_file() and path.name != "lock")
    dice = setup.random("S06")
    broken = []
    for number in range(flips):
        path = files[number % len(files)]
        bit = dice.randrange(path.stat().st_size * 8)
        _flip(path, bit)
        fault = _unnamed(path, bit // 8, *_verified(program, by_run=number % by_runs == 0))
        _flip(path, bit)
        broken += [f"{path.name}, bit {bit}: {fault}"] if fault else []
        setup.note(f"S06: {number + 1} of {flips}")
    return Outcome(
        f"{flips:,} flips in {len(files)} files: verify exits 4 and names file and record",
        f"{flips - len(broken):,} of {flips:,}",
        broken,
    )


def _flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def _verified(program: Program, *, by_run: bool) -> tuple[int, str]:
    """Return the exit code of `trials verify` and what it says."""
    if by_run:
        command = [*program.command[:3], "verify", "--store", str(program.store)]
        done = program.ended(command, "verify")
        return done.code, done.said
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            code = int(verify_store(program.store, rebuild=False))
        except RegistryError as error:
            return Exit.STORE, str(error)
    return code, said.getvalue()


def _unnamed(path: Path, offset: int, code: int, said: str) -> str | None:
    """Return what verify should have said and did not, or None."""
    if code != Exit.STORE:
        return f"it exits with {code}"
    if path.name not in said and path.name.removesuffix(".sha256") not in said:
        return f"it names another file: {said}"
    if path.name.endswith(".warc.gz") and (record := _record_at(path, offset)) and f"offset {record}" not in said:
        return f"it does not name the record at offset {record}: {said}"
    return None


def _record_at(path: Path, offset: int) -> int | None:
    """Return where the exchange began in which a byte lies; None before the first one."""
    starts = [int(line.split('"offset": "')[1].split('"')[0]) for line in _index(path)]
    return max((start for start in starts if start <= offset), default=None)


def _index(path: Path) -> list[str]:
    return path.with_name(path.name.removesuffix(".warc.gz") + ".cdxj").read_text("utf-8").splitlines()
