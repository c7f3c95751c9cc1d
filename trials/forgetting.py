"""`trials forget`: removes trials from archive and ledger for good, and keeps them out."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from registry.errors import StoreError
from scraper.forget import forget
from scraper.store import Store, check_there, read_forgotten, write_forgotten
from trials.build import alone
from trials.exits import Exit
from trials.ids import distinct, read_ids
from trials.opening import opened
from trials.report import forget_in_reports
from trials.screen import say
from trials.settings import Settings


def forget_trials(spellings: Sequence[str], settings: Settings, *, undo: bool) -> Exit:
    """Forget trials, or with `undo` let them be asked for again; what was removed does not come back by that."""
    given = read_ids(spellings)
    ids = frozenset(str(one.nct_id) for one in distinct(given))
    if not ids:
        say("There is nothing to forget. An id is NCT and eight digits, such as NCT06416709.")
        return Exit.USAGE
    check_there(settings.store)
    with alone(settings.store), opened(settings, "forget") as store:
        if undo:
            write_forgotten(store.folder, store.forgotten - ids)
            say(f"{', '.join(sorted(ids))} may be asked for again.")
        else:
            _say_aliases(store, ids)
            names = ids.union(*map(store.pages.aliases_to, ids))
            count = forget(store, ids)
            forget_in_reports(store.folder, names)
            answers = f"{count:,} answer{'s' * (count != 1)}"
            say(f"{', '.join(sorted(ids))}: {answers} removed from the archive; not asked for again.")
    if not undo:
        say("The tables still hold them: `trials build` makes them anew, and removes every older build that does.")
        say("What you wrote elsewhere, tables and logs, holds them too: write it again, or remove their rows.")
    return Exit.DONE if all(one.nct_id for one in given) else Exit.PARTIAL


def check_forgotten(store: Path, build: Path) -> None:
    """Raise StoreError if a build still holds a trial that was forgotten: its tables are not to be shown."""
    forgotten = read_forgotten(store)
    if not forgotten:
        return
    held = pq.read_table(build / "studies.parquet", columns=["nct_id"])["nct_id"].to_pylist()
    if not forgotten.isdisjoint(held):
        raise StoreError("The tables still hold trials that were forgotten: `trials build` makes them anew without.")


def _say_aliases(store: Store, ids: frozenset[str]) -> None:
    """Say which ids are only obsolete ones of trials that stay."""
    for nct_id in sorted(ids):
        for trial in sorted(store.pages.trials_behind(nct_id) - ids):
            say(f"{nct_id} is an obsolete id of {trial}, which stays. `trials forget {trial}` forgets the trial.")
