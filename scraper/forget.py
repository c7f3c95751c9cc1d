"""Forgetting a trial: no answer of it stays in the archive, nothing in the ledger, and it is not asked for again.

The files that hold answers of it are written anew without them, byte for byte otherwise, and take the place of the old
ones in one commit. What other trials' pages say of it in their See also stays: those are pages of other trials.
"""

from collections.abc import Iterable, Iterator

from registry.errors import Reason, StoreError
from scraper import archive
from scraper.archive import Kept
from scraper.files import sha256_of
from scraper.scan import scan
from scraper.site import trial_of
from scraper.store import ARCHIVE, DAMAGED, Store, read_given, write_forgotten, write_given


def forget(store: Store, ids: Iterable[str]) -> int:
    """Remove trials from archive and ledger, and note that they may not come back; return how many answers went."""
    forgotten = frozenset(ids)
    write_forgotten(store.folder, store.forgotten | forgotten)
    write_given(store.folder, read_given(store.folder) - forgotten)
    for old in store.folder.glob(f"{DAMAGED}*"):  # what a ledger made anew has replaced
        old.unlink()
    count = sum(_forget_one(store, nct_id) for nct_id in sorted(forgotten))
    store.ledger.vacuum()
    return count


def _forget_one(store: Store, nct_id: str) -> int:
    of_it = set(_requests_of(store, nct_id))
    rows = store.ledger.all("SELECT request, warc_file, warc_offset FROM requests WHERE warc_file IS NOT NULL")
    gone: dict[str, set[int]] = {}
    for request, warc_file, offset in rows:
        if request in of_it:
            gone.setdefault(warc_file, set()).add(offset)
    moves = {warc_file: _without(store, warc_file, offsets) for warc_file, offsets in sorted(gone.items())}
    with store.ledger.transaction():
        for warc_file, (new, moved) in moves.items():
            _move(store, warc_file, new, moved)
        _drop(store, nct_id, of_it)
    for warc_file in moves:
        archive.remove(store.folder / ARCHIVE / warc_file)
        store.ledger.drop_archive(warc_file)
    return len(of_it)


def _requests_of(store: Store, nct_id: str) -> Iterator[int]:
    """Yield the requests for a trial and for an obsolete id that leads to it, wherever its page came from.

    The address decides first: who asked for an obsolete id was given another trial's page, which is that trial's.
    """
    ids = {nct_id, *store.pages.aliases_to(nct_id)}
    for request, url, asked_for, reason in store.ledger.all("SELECT request, url, asked_for, reason FROM requests"):
        if (trial_of(url) or (asked_for or "").partition(" ")[0]) in ids or _is_page_of(nct_id, reason):
            yield request


def _is_page_of(nct_id: str, reason: str | None) -> bool:
    """Whether an answer was refused because it is the page of this trial, and not of the one asked for."""
    return reason is not None and reason.startswith(Reason.ID_MISMATCH) and f"of {nct_id}," in reason


def _without(store: Store, warc_file: str, offsets: set[int]) -> tuple[str, dict[int, Kept]]:
    """Write a file anew without some exchanges; return its new name and where the others are now."""
    folder = store.folder / ARCHIVE
    run = _next_name(warc_file)
    new = f"{run}.warc.gz"
    store.ledger.note_archive(new, "stale")
    archive.remove(folder / new)
    kept = [each for each in scan(folder / warc_file).exchanges if each.offset not in offsets]
    _check_whole(store, warc_file, offsets | {each.offset for each in kept})
    if not kept:
        store.ledger.drop_archive(new)
        return "", {}
    return new, archive.rewrite(folder, warc_file, run, kept)


def _check_whole(store: Store, warc_file: str, there: set[int]) -> None:
    """Raise StoreError if a file lacks answers that the ledger knows: they would be lost with it."""
    rows = store.ledger.all("SELECT warc_offset FROM requests WHERE warc_file = ?", (warc_file,))
    if any(offset not in there for (offset,) in rows):
        raise StoreError(
            f"{warc_file!r} is damaged, and what can still be read of it would be lost. `trials verify` names the "
            "rest; take the file from a backup, or make the ledger anew with --rebuild-ledger, then forget again."
        )


def _next_name(warc_file: str) -> str:
    """Return the name of a file's next edition, without its suffix.

    >>> _next_name("trials-20260105T030405Z-0a1b2c.warc.gz"), _next_name("trials-20260105T030405Z-0a1b2c.2.warc.gz")
    ('trials-20260105T030405Z-0a1b2c.2', 'trials-20260105T030405Z-0a1b2c.3')
    """
    stem, _, edition = warc_file.removesuffix(".warc.gz").partition(".")
    return f"{stem}.{int(edition or 1) + 1}"


def _move(store: Store, warc_file: str, new: str, moved: dict[int, Kept]) -> None:
    for offset, kept in moved.items():
        store.ledger.write(
            "UPDATE requests SET warc_file = ?, warc_offset = ?, warc_end = ? WHERE warc_file = ? AND warc_offset = ?",
            (*kept.place, kept.end, warc_file, offset),
        )
    if new:
        store.ledger.note_archive(new, "sealed", sha256_of(store.folder / ARCHIVE / new))
    store.ledger.note_archive(warc_file, "stale")


def _drop(store: Store, nct_id: str, requests: set[int]) -> None:
    """Remove what the ledger knows of a trial."""
    ids = [nct_id, *store.pages.aliases_to(nct_id)]
    for each in ids:
        for table, column in (("pages", "nct_id"), ("addresses", "nct_id"), ("sightings", "nct_id")):
            store.ledger.write(f"DELETE FROM {table} WHERE {column} = ?", (each,))  # noqa: S608
        store.ledger.write("DELETE FROM sightings WHERE seen_on = ?", (each,))
        store.ledger.write("UPDATE pages SET found_on = NULL WHERE found_on = ?", (each,))
        store.ledger.write(  # why the page of another trial was refused may name it
            "UPDATE pages SET reason = replace(reason, ?, 'a trial that was forgotten') WHERE instr(reason, ?)",
            (each, each),
        )
        store.ledger.write("DELETE FROM aliases WHERE alias = ? OR nct_id = ?", (each, each))
    for request in requests:
        store.ledger.write("DELETE FROM requests WHERE request = ?", (request,))
