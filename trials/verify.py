"""`trials verify`: proves that archive, ledger and tables are as written; `--rebuild-ledger` makes the ledger anew."""

import sys
from collections.abc import Iterator
from pathlib import Path

from normalizers.builds import kept_builds
from scraper.store import check_there, locked
from scraper.verify import Proof, check_archive, check_ledger, ledger_of
from trials.contained import ContainedReader
from trials.damage import damaged
from trials.exits import Exit
from trials.rebuild import rebuild_ledger
from trials.screen import deliver, fitted, progress_bar, say


def verify_store(folder: Path, *, rebuild: bool) -> Exit:
    """Look at every record and table of a store and say what is wrong; STORE if anything is.

    StoreBusy if a run writes to it.
    """
    check_there(folder)
    with locked(folder):
        if rebuild:
            _rebuild(folder)
        return _verify(folder)


def _rebuild(folder: Path) -> None:
    with progress_bar() as progress, ContainedReader() as reader:
        task = progress.add_task("Reading the archive", total=None)
        count = rebuild_ledger(folder, reader, say, lambda: progress.advance(task))
    say(f"The ledger was made anew from {count:,} answers; the one before is ledger.sqlite.damaged.")


def _verify(folder: Path) -> Exit:
    wrong, proof = 0, Proof()
    for sentence in _findings(folder, proof):
        wrong += 1
        say(sentence)
    builds = len(kept_builds(folder))
    sizes = f"{proof.files:,} archive files, {proof.records:,} answers, {proof.bytes:,} bytes; {builds:,} builds"
    deliver(fitted(f"{sizes}: {_judged(wrong)}.", sys.stdout) + "\n")
    return Exit.STORE if wrong else Exit.DONE


def _judged(wrong: int) -> str:
    if not wrong:
        return "whole"
    return "1 thing is wrong" if wrong == 1 else f"{wrong:,} things are wrong"


def _findings(folder: Path, proof: Proof) -> Iterator[str]:
    """Yield what is wrong; of the archive only if the ledger can be believed."""
    yield from damaged(folder)
    found = list(check_ledger(folder))
    yield from found
    if found:
        return
    with ledger_of(folder) as ledger, progress_bar() as progress:
        task = progress.add_task("Reading the archive", total=len(ledger.archives()))
        for sentence in check_archive(folder, ledger, proof):
            if sentence is None:
                progress.advance(task)
            else:
                yield sentence
