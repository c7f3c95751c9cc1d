"""Runs that an alarm stopped: what they brought is doubted, and nothing uses it until it was asked for again.

The archive says so itself: beside the file of such a run stands `<run>.doubted`, with the reason. A ledger that is made
anew from it doubts the same. Each page falls back on its good version before, and is asked for first in the next run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.errors import StoreError
from scraper.files import write_whole
from scraper.ledger import Ledger
from scraper.pages import State

_SUFFIX = ".doubted"
_GOOD = f"('{State.FETCHED}', '{State.UNCHANGED}')"
_BEFORE = f"FROM requests WHERE asked_for = nct_id || ' ' || kind AND outcome IN {_GOOD} ORDER BY at DESC, request DESC"
_FALL_BACK = f"""
UPDATE pages SET state = '{State.DOUBTED}', reason = ?, due = NULL, record_sha256 = NULL,
    version = (SELECT coalesce(original, request) {_BEFORE} LIMIT 1), last_ok = (SELECT at {_BEFORE} LIMIT 1)
WHERE version = ?
"""  # noqa: S608 - states


def doubt(archive: Path, ledger: Ledger, run: str, why: str) -> None:
    """Doubt the versions of pages that a run brought: first in the archive's folder, then in the ledger.

    StoreError if the disk refuses.
    """
    with _translated(archive / f"{run}{_SUFFIX}") as note:
        write_whole(note, f"{why}\n".encode())
    note_doubt(archive, ledger, run)


def note_doubt(archive: Path, ledger: Ledger, run: str) -> None:
    """Note in the ledger that the versions a run brought are doubted, if the archive says so; a second time is none.

    A file that was written anew without a forgotten trial is called as its run, with a number behind.
    """
    with _translated(archive / f"{run.partition('.')[0]}{_SUFFIX}") as note:
        if not note.exists():
            return
        why = note.read_text("utf-8", "replace").strip()
    with ledger.transaction():
        brought = ledger.all("SELECT request FROM requests WHERE run = ? AND outcome = ?", (run, State.FETCHED))
        for (request,) in brought:
            ledger.write(
                "UPDATE requests SET outcome = ?, reason = ? WHERE request = ? OR (original = ? AND run = ?)",
                (State.DOUBTED, why, request, request, run),
            )
        ledger.write_all(_FALL_BACK, [(why, request) for (request,) in brought])


def note_doubts(archive: Path, ledger: Ledger) -> None:
    """Note every doubt of the archive: a run may have been killed between the two."""
    for note in sorted(archive.glob(f"*{_SUFFIX}")):
        note_doubt(archive, ledger, note.name.removesuffix(_SUFFIX))


@contextmanager
def _translated(note: Path) -> Iterator[Path]:
    """Raise a StoreError for what the disk refuses."""
    try:
        yield note
    except OSError as error:
        raise StoreError(
            f"The note {str(note)!r} of a run that an alarm stopped cannot be kept ({error.strerror or error}). Free "
            "space, or look after the disk."
        ) from error
