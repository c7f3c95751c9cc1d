"""Proving a store: every file of it is what was written, and ledger and archive say the same. Changes nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from scraper.archive import index_file
from scraper.cdx import index_of
from scraper.files import seal_of, sha256_of
from scraper.ledger import ArchiveFile, Ledger
from scraper.scan import Scan, scan
from scraper.site import trial_of
from scraper.store import ARCHIVE, FORGOTTEN, LEDGER, check_there, read_forgotten


@dataclass(slots=True)
class Proof:
    """What was looked at, for a person; what is wrong is yielded by `check` beside it."""

    files: int = 0
    records: int = 0
    bytes: int = 0


def check_ledger(folder: Path) -> Iterator[str]:
    """Yield what is wrong with the ledger's file, a sentence each: nothing can be said of the archive then."""
    path = folder / LEDGER
    if not path.is_file():
        yield f"{LEDGER} is not there. `trials verify --rebuild-ledger` makes it anew from the archive."
        return
    seal = seal_of(path)
    if seal.exists() and _sealed(seal, path.name) != sha256_of(path):
        yield (
            f"{LEDGER}: its sha256 is not that of {seal.name}, so one of the two is damaged or was changed. "
            "`trials verify --rebuild-ledger` makes both anew from the archive."
        )
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as ledger:
            (found,) = ledger.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        yield f"{LEDGER}: {found}. `trials verify --rebuild-ledger` makes it anew from the archive."


def check_archive(folder: Path, ledger: Ledger, proof: Proof) -> Iterator[str | None]:
    """Yield what is wrong with the archive, a sentence each that names file and record; None after each file."""
    known = {file.warc_file: file for file in ledger.archives()}
    there = {path.name for path in (folder / ARCHIVE).glob("*.warc.gz")}
    for name in sorted(there - known.keys()):
        yield f"{name}: the ledger does not know it. `trials import` takes its pages; or move it away."
    forgotten = read_forgotten(folder)
    for file in known.values():
        if file.state != "stale":
            try:
                yield from _check_file(folder / ARCHIVE / file.warc_file, file, ledger, proof)
            except OSError as error:
                yield f"{file.warc_file}: it cannot be read ({error.strerror or error}). Look after the disk."
            yield from _check_forgotten(file, ledger, forgotten)
        yield None


def _check_file(path: Path, file: ArchiveFile, ledger: Ledger, proof: Proof) -> Iterator[str]:
    if not path.is_file():
        if file.end:
            yield f"{path.name} is not there; it held {len(_rows(file, ledger))} answers."
        return
    found = scan(path)
    proof.files += 1
    proof.records += len(found.exchanges)
    proof.bytes += path.stat().st_size
    damaged = [*_damaged(path, file, ledger, found), *_unknown(path, file, ledger, found)]
    yield from damaged
    if file.state == "open":  # of a run that was killed: the next one cuts what stands behind
        return
    if not damaged and sha256_of(path) != file.sha256:
        yield f"{path.name}: its sha256 is not the one in the ledger; the damage is outside the records of answers."
    yield from _check_beside(path, file, found)


def _damaged(path: Path, file: ArchiveFile, ledger: Ledger, found: Scan) -> Iterator[str]:
    """Yield each answer that the ledger knows and the file does not hold as it was written."""
    whole = {each.offset: each for each in found.exchanges}
    for url, offset, end, crc32 in _rows(file, ledger):
        each = whole.get(offset)
        if each is None or (end is not None and (each.end, each.crc32) != (end, crc32)):  # an old version knew no end
            why = next((fault.why for fault in found.faults if offset <= fault.offset < (end or offset + 1)), "")
            yield f"{path.name}: the answer of {url} at offset {offset} is damaged{f': it {why}' if why else ''}."
        elif each.record.field("WARC-Target-URI") != url:
            yield f"{path.name}: at offset {offset} stands another answer than that of {url}."


def _unknown(path: Path, file: ArchiveFile, ledger: Ledger, found: Scan) -> Iterator[str]:
    """Yield what is damaged where the ledger knows no answer: a ledger that was made anew could not read one there.

    What stands behind the ledger's end, in the file of a run that was killed, is no damage: the next run cuts it.
    """
    spans = [(offset, end or offset + 1) for _, offset, end, _ in _rows(file, ledger)]
    for fault in found.faults:
        is_behind = file.state == "open" and fault.offset >= file.end
        if not is_behind and not any(offset <= fault.offset < end for offset, end in spans):
            yield (
                f"{path.name}: what stands at offset {fault.offset} {fault.why}, and the ledger knows no answer there. "
                "Take the file from a backup; or move it away, make the ledger anew, and `trials import` the file."
            )


def _rows(file: ArchiveFile, ledger: Ledger) -> list[tuple[str, int, int | None, int | None]]:
    return ledger.all(
        "SELECT url, warc_offset, warc_end, crc32 FROM requests WHERE warc_file = ? ORDER BY warc_offset",
        (file.warc_file,),
    )


def _check_beside(path: Path, file: ArchiveFile, found: Scan) -> Iterator[str]:
    """Yield what is wrong with the sha256 and the index beside a sealed file."""
    if _sealed(seal_of(path), path.name) != file.sha256:
        yield f"{seal_of(path).name}: it is not the sha256 that the ledger has."
    index = index_file(path)
    if not index.is_file() or index.read_bytes() != index_of(path.name, found).encode():
        yield f"{index.name}: it is not the index of {path.name}."


def _check_forgotten(file: ArchiveFile, ledger: Ledger, forgotten: frozenset[str]) -> Iterator[str]:
    """Yield what should be forgotten; as `forget` does, by the address first, which may be another trial's."""
    rows = ledger.all("SELECT url, asked_for FROM requests WHERE warc_file = ?", (file.warc_file,)) if forgotten else ()
    of = {trial_of(url) or (asked_for or "").partition(" ")[0] for url, asked_for in rows}
    for nct_id in sorted(forgotten & of):
        yield f"{file.warc_file}: it holds answers of {nct_id}, which is in {FORGOTTEN}. `trials forget {nct_id}`."


def _sealed(seal: Path, name: str) -> str | None:
    """Return the sha256 in a file as `sha256sum` writes it, or None if it is none of that name."""
    try:
        text = seal.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    digest, separator, rest = text.partition("  ")
    return digest if separator and rest == f"{name}\n" else None


def ledger_of(folder: Path) -> Ledger:
    """Return the ledger of a store, to be read; StoreError if there is none."""
    check_there(folder)
    return Ledger(folder / LEDGER, read_only=True)
