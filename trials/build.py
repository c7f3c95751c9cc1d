"""`trials build`: archive → tables, and their publication. What did not change since the build before is copied.

Reads the archive and the ledger as they are when it begins; a fetch may go on meanwhile. A lock of its own keeps two
builds apart, and `forget` from a build.
"""

import fcntl
import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from normalizers import inputs
from normalizers.across import compared, finish
from normalizers.arrow import in_utc
from normalizers.builds import AS_OF, kept_builds, refusals_said, remove
from normalizers.contacts import Finder, Groups
from normalizers.gates import check_accepted, load_gates
from normalizers.inputs import Input
from normalizers.manifest import Counts, Inputs, damaged_files
from normalizers.publish import Checks, Published, current_build, keep_aside, new_building, publish
from normalizers.rows import Rows
from normalizers.writing import DatasetWriter
from registry.errors import StoreBusy, StoreError
from registry.tables import table
from scraper.histories import TrialHistory, histories, nothing_of
from scraper.ledger import Ledger
from scraper.opened import is_address
from scraper.store import check_there, read_forgotten
from scraper.verify import ledger_of
from trials.batches import Trial, code, tasks
from trials.engines import Engine
from trials.explore.copy import remove_orphans
from trials.screen import progress_bar, say
from trials.spool import Spool

_MANY = 500  # pages from which on a progress bar helps
_BYTES_A_TRIAL = 12_000  # of all tables, with what waits while they are written; real trials take 7,000 to 9,000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be built. `until` leaves out later answers; `archive` is a folder, or the address of one.

    `accepted` names gates that may fail, each with the reason.
    """

    store: Path
    archive: str
    engine: Engine
    full: bool = False
    until: datetime | None = None
    accepted: Mapping[str, str] = field(default_factory=dict)
    keep: int = 5


@dataclass(slots=True)
class _Plan:
    """What there is to do: trials known, those that are made anew, and what the build is made of."""

    trials: int = 0
    anew: int = 0
    pages: int = 0  # of the trials made anew
    answers: int = 0
    newest_at: datetime | None = None
    listed: str = ""


@dataclass(slots=True)
class Built:
    """What came of a build: trials known and made anew, pages read, refused answers by reason, damaged records."""

    published: Published
    counts: Counts
    trials: int
    anew: int
    pages: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    damaged: list[str] = field(default_factory=list)
    held: dict[str, Groups] = field(default_factory=dict)  # which row groups hold contacts, by table


def build(wanted: Wanted) -> Built:
    """Build the tables of a store and publish them; errors as `normalizers.publish.publish`, StoreBusy for a second.

    Nothing of a build is left that did not come to its end.
    """
    gates = load_gates(wanted.store)
    check_accepted(wanted.accepted)
    _check_archive(wanted.archive)
    with refusals_said(wanted.store), alone(wanted.store), ledger_of(wanted.store) as ledger, ledger.snapshot():
        current = current_build(wanted.store)
        before = None if wanted.full or current is None else _copied_from(current)
        forgotten = read_forgotten(wanted.store)
        building = new_building(wanted.store)
        try:
            with Spool(building) as anew:
                plan = _planned(ledger, wanted.until, building, before, anew)
                _check_space(wanted.store, plan)
                built = _made(wanted, plan, anew, building, before)
            built.counts = compared(building, None if wanted.until else current)
            made_of = Inputs(
                plan.answers, plan.newest_at, plan.listed, wanted.until, forgotten, damaged=len(built.damaged)
            )
            checks = Checks(gates, made_of, built.counts, wanted.accepted, built.held)
            if wanted.until:
                built.published = keep_aside(building, wanted.store, f"{AS_OF}{wanted.until:%Y-%m-%d}", checks)
            else:
                built.published = publish(building, wanted.store, checks, keep=wanted.keep)
        finally:
            shutil.rmtree(building, ignore_errors=True)  # it has another name, if it came to its end
        _remove_forgotten(wanted.store, forgotten)
        remove_orphans(wanted.store)
        return built


def _check_archive(archive: str) -> None:
    if not is_address(archive) and not Path(archive).is_dir():
        raise StoreError(
            f"There is no archive at {archive!r}: it is the folder of a store's WARC files, or an address."
        )


def _copied_from(current: Path) -> Path | None:
    """Return the published build, if trials may be copied from it: of the same program, and as it was written."""
    if damaged := damaged_files(current):
        say(f"The published build {current.name} is damaged ({', '.join(damaged)}): nothing is copied from it.")
        return None
    return current if inputs.code_of(current) == code() else None


def _remove_forgotten(store: Path, forgotten: frozenset[str]) -> None:
    """Remove every build but the published one that holds a trial that was forgotten."""
    current = current_build(store)
    for folder in kept_builds(store) if forgotten else ():
        if folder != current and _holds(folder, forgotten):
            remove(folder)


def _holds(folder: Path, nct_ids: frozenset[str]) -> bool:
    """Whether a build has one of some trials; also where that cannot be told."""
    try:
        return any(nct_id in nct_ids for nct_id, _ in inputs.fingerprints(folder))
    except (OSError, pa.ArrowInvalid):
        return True


@contextmanager
def alone(store: Path) -> Iterator[None]:
    """Hold the lock of builds; StoreBusy if another build holds it."""
    check_there(store)
    descriptor = os.open(store / "build.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StoreBusy(f"Another build of {str(store)!r}, or a forgetting, is going on. Wait for its end.") from error
    else:
        yield
    finally:
        os.close(descriptor)


def _planned(ledger: Ledger, until: datetime | None, building: Path, before: Path | None, anew: Spool) -> _Plan:
    """Go through all trials once: write what the build is made of, count, and keep those that are made anew."""
    plan = _Plan()
    listed = hashlib.sha256()

    def counted() -> Iterator[Input]:
        for trial, old in _trials(ledger, until, before):
            fingerprint = trial.fingerprint
            if fingerprint != old:
                anew.add(trial)
                plan.anew += bool(trial.pages)
                plan.pages += len(trial.pages)
            if not trial.pages:
                continue
            plan.trials += 1
            plan.answers += len(trial.pages)
            newest = trial.pages[-1].at
            plan.newest_at = max(plan.newest_at or newest, newest)
            listed.update(fingerprint)
            yield Input(trial.nct_id, fingerprint, trial.first_seen_at, trial.last_seen_at, trial.page_state)

    inputs.write_inputs(building, counted(), code())
    plan.listed = listed.hexdigest()
    return plan


def _trials(ledger: Ledger, until: datetime | None, before: Path | None) -> Iterator[tuple[TrialHistory, bytes | None]]:
    """Yield every trial, and its fingerprint in the build before, None for none; one that is no more has no pages."""
    old = inputs.fingerprints(before) if before else iter(())
    known = next(old, None)
    for trial in histories(ledger, until):
        while known and known[0] < trial.nct_id:
            yield nothing_of(known[0]), known[1]
            known = next(old, None)
        if known and known[0] == trial.nct_id:
            yield trial, known[1]
            known = next(old, None)
        else:
            yield trial, None
    while known:
        yield nothing_of(known[0]), known[1]
        known = next(old, None)


def _with_known(trials: Iterable[TrialHistory], before: Path | None) -> Iterator[Trial]:
    """Yield each trial with what the build before knows of its pages: they stand where they stood in the archive."""
    rows = Rows(before / "pages.parquet" if before else None, table("pages"))
    for trial in trials:
        for _ in rows.before(trial.nct_id):
            pass
        own = [in_utc(row) for part in rows.of(trial.nct_id) for row in part.to_pylist()]
        known = {(row["warc_file"], row["warc_offset"], row["fetched_at"]): row for row in own}
        places = [(page.span.warc_file, page.span.offset, page.at) for page in trial.pages]
        of_it = {n: known[place] for n, place in enumerate(places) if place in known}
        yield Trial(trial, of_it, extends=len(of_it) == len(own) > 0)
    rows.close()


def _check_space(store: Path, plan: _Plan) -> None:
    """Raise StoreError if the disk has not the room that a build of so many trials takes."""
    needed, free = plan.trials * _BYTES_A_TRIAL, shutil.disk_usage(store).free
    if needed > free:
        raise StoreError(
            f"A build of {plan.trials:,} trials takes some {needed / 1e9:,.1f} GB, and {str(store)!r} has "
            f"{free / 1e9:,.1f} GB left. Free space; older builds in {str(store / 'tables')!r} may be removed."
        )


def _made(wanted: Wanted, plan: _Plan, anew: Iterable[TrialHistory], building: Path, before: Path | None) -> Built:
    """Write all tables of a build."""
    built = Built(Published(building, is_new=False), Counts(0), plan.trials, plan.anew)
    unsettled: set[str] = set()
    todo = tasks(wanted.archive, _with_known(anew, before))
    with Finder() as finder:
        with (
            DatasetWriter(building, finder, before) as writer,
            progress_bar(wanted=plan.pages > _MANY) as progress,
            closing(wanted.engine(todo)) as results,
        ):
            bar = progress.add_task("Reading pages", total=plan.pages)
            for done in results:
                writer.take(done.nct_ids, done.tables, done.continued)
                built.pages += done.pages
                built.refused += done.refused
                built.damaged += done.damaged
                unsettled |= done.unsettled
                progress.advance(bar, done.answers)
            writer.copy_rest()
        if unsettled:
            inputs.unsettle(building, unsettled)
        finish(building, finder)
        built.held = finder.held()
    return built
