"""Publishing a build: whole or not at all.

    building = new_building(store)
    …                                   every table as `building/<table>.parquet`, sorted by key (`normalizers.parquet`)
    publish(building, store, gates=load_gates(store), …)

The files are read once, which gives the manifest and the checks; then the gates decide. All files are on disk before
the folder takes its name, and it has its name before `current` turns to it. Who is killed in between leaves the old
build published, or the new one. The caller holds the lock of the store.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from normalizers.builds import (
    AS_OF,
    REFUSED,
    TABLES_FOLDER,
    current_build,
    new_building,
    point_to,
    prune,
    refusals_said,
    remove,
    sync_folder,
)
from normalizers.contacts import Groups
from normalizers.gates import GATES, NEVER_ACCEPTED, Candidate, Gate, Verdict, check_accepted, judge, lost_trials
from normalizers.inputs import NAME as INPUTS
from normalizers.manifest import (
    MANIFEST,
    Counts,
    Inputs,
    Previous,
    as_json,
    build_name,
    file_sha256,
    manifest,
    measure_build,
    read_manifest,
)
from normalizers.metadata import FILES, write_metadata
from registry.errors import GatesFailed, StoreError, TableError
from registry.tables import TABLES

__all__ = ["Published", "current_build", "keep_aside", "new_building", "prune", "publish"]

KEEP = 5
"""Builds that are kept: who reads an old one has as many nights to end."""


@dataclass(frozen=True, slots=True)
class Checks:
    """What a build is checked with: the gates, what it was made from, what is counted beside its tables.

    `accepted` names gates that may fail, and says why. `held` says which row groups hold contacts, by table, as far as
    that is known.
    """

    gates: Mapping[str, Gate]
    inputs: Inputs
    counts: Counts
    accepted: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, Groups] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a build. `is_new` is false where the same build was published already, and nothing was done.

    `verdicts` are those of all gates, empty where nothing was done; `pruned` the names of builds that were removed;
    `notes` sentences for who runs the program.
    """

    folder: Path
    is_new: bool
    verdicts: tuple[Verdict, ...] = ()
    pruned: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def publish(
    building: Path,
    store: Path,
    checks: Checks,
    *,
    keep: int = KEEP,
) -> Published:
    """Check the tables in `building`, and publish them as the current build of the store.

    SettingsError if a gate is accepted that there is not; TableError if a
    table is missing, damaged, or has another schema: the folder stays until the next build. GatesFailed if a gate
    fails: the folder is kept as `<build>.refused`. StoreError if the disk refuses: the folder goes.
    """
    check_accepted(checks.accepted)
    try:
        with refusals_said(store):
            current = current_build(store)
            candidate = _candidate(building, read_manifest(current) if current else None, checks)
            target = _place(candidate, store / TABLES_FOLDER)
            verdicts = tuple(judge(candidate, checks.gates, checks.accepted))
            is_there = candidate.previous is not None and candidate.previous.folder == target
            if is_there and all(verdict.is_open for verdict in verdicts):
                shutil.rmtree(building)
                return Published(target, False, verdicts, notes=_unused(checks.accepted, verdicts))
            _finish(target.name, candidate, verdicts, checks.held)
            if not all(verdict.is_open for verdict in verdicts):
                raise _refused(building, target, verdicts)
            _move(building, target)
            point_to(store, target)
    except StoreError:
        shutil.rmtree(building, ignore_errors=True)
        raise
    pruned, notes = _pruned(store, keep)
    return Published(target, True, verdicts, pruned, (*_unused(checks.accepted, verdicts), *notes))


def keep_aside(
    building: Path,
    store: Path,
    name: str,
    checks: Checks,
) -> Published:
    """Check the tables in `building`, compared with none, and keep them as `tables/<name>`; what is published stays so.

    For the tables as known on a day. Errors as `publish`.
    """
    check_accepted(checks.accepted)
    target = store / TABLES_FOLDER / name
    try:
        with refusals_said(store):
            candidate = _candidate(building, None, checks)
            verdicts = tuple(judge(candidate, checks.gates, checks.accepted))
            _finish(name, candidate, verdicts, checks.held)
            if not all(verdict.is_open for verdict in verdicts):
                raise _refused(building, target, verdicts)
            if target.exists():
                remove(target)
            building.rename(target)
            sync_folder(target.parent)
    except StoreError:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return Published(target, True, verdicts, (), _unused(checks.accepted, verdicts))


def _candidate(building: Path, previous: Previous | None, checks: Checks) -> Candidate:
    """Return the build, measured, beside the one that is published now."""
    write_metadata(building)
    known = {*FILES, INPUTS, *(f"{each.name}.parquet" for each in TABLES)}
    strange = {path.name for path in building.iterdir()} - known
    if strange:
        raise TableError(f"The build holds {', '.join(sorted(strange))}, which is no table. Nothing was published.")
    build = measure_build(building)
    lost = lost_trials(previous.folder, building) if previous else frozenset()
    return Candidate(build, checks.inputs, checks.counts, previous, lost)


def _finish(name: str, candidate: Candidate, verdicts: tuple[Verdict, ...], held: Mapping[str, Groups]) -> None:
    """Write the manifest, give the files their modes, and put all of them on disk."""
    build, inputs, counts, previous, _ = candidate
    content = manifest(name, build, inputs, counts, previous, [verdict.as_json() for verdict in verdicts], held)
    (build.folder / MANIFEST).write_bytes(as_json(content))
    private = {f"{each.name}.parquet" for each in TABLES if any(column.personal for column in each.columns)}
    mask = os.umask(0o077)
    os.umask(mask)
    for path in build.folder.iterdir():
        path.chmod(0o600 if path.name in private else 0o666 & ~mask)
        with path.open("rb") as file:
            os.fsync(file.fileno())
    build.folder.chmod(0o777 & ~mask)
    sync_folder(build.folder)


def _move(building: Path, target: Path) -> None:
    """Give a build its name. One of the same tables may have it: of a run that was killed, or before a way back."""
    if target.exists():
        (building / MANIFEST).replace(target / MANIFEST)
        sync_folder(target)
        shutil.rmtree(building)
    else:
        building.rename(target)
    sync_folder(target.parent)


def _place(candidate: Candidate, tables: Path) -> Path:
    """Return the folder of the build: one that is there if it has the same files, else the first that is free.

    The same are all but the manifest, which speaks of the build before.
    """
    build = candidate.build
    name = build_name(build, candidate.inputs)
    hashes: dict[str, str | None] = {f"{each.table}.parquet": each.sha256 for each in build.tables.values()}
    hashes |= {each: file_sha256(build.folder / each) for each in (*FILES, INPUTS) if (build.folder / each).exists()}
    for number in count(1):
        target = tables / (name if number == 1 else f"{name}-{number}")
        if not target.exists() or hashes == _hashes(target):
            return target
    raise AssertionError


def _hashes(folder: Path) -> dict[str, str | None]:
    return {path.name: file_sha256(path) for path in folder.iterdir() if path.name != MANIFEST}


def _refused(building: Path, target: Path, verdicts: tuple[Verdict, ...]) -> GatesFailed:
    """Keep a build that failed aside, in the place of any before it, and return the error that says why."""
    kept = target.with_name(f"{target.name}{REFUSED}")
    for before in target.parent.glob(f"*{REFUSED}"):
        if before.name.startswith(AS_OF) == target.name.startswith(AS_OF):
            remove(before)
    building.rename(kept)
    sync_folder(kept.parent)
    failed = [verdict for verdict in verdicts if not verdict.is_open]
    names = tuple(verdict.gate.name for verdict in failed)
    lines = "\n".join(_sentence(verdict) for verdict in failed)
    many = f"{len(names)} gates" if len(names) > 1 else "a gate"
    return GatesFailed(
        f"The build failed {many}, and nothing was published; it is kept as {str(kept)!r}.\n{lines}{_advice(names)}",
        gates=names,
        kept=kept,
    )


def _advice(failed: tuple[str, ...]) -> str:
    """Return a line that says how a build is published nevertheless; none for one that never is."""
    if NEVER_ACCEPTED in failed:
        return ""
    accepting = " ".join(f"--accept {name}" for name in failed)
    return (
        f"\nLook at it. To publish it nevertheless: `trials build {accepting} --because TEXT`. To change a limit for "
        f"good: `{GATES}` in the store."
    )


def _sentence(verdict: Verdict) -> str:
    gate, measured = verdict.gate, verdict.measured
    found = f" {'; '.join(verdict.found)}." if verdict.found else ""
    return f"  {gate.name}: {measured:,.10g} {verdict.measures}, at most {gate.limit:g} may be.{found} {gate.reason}"


def _unused(accepted: Mapping[str, str], verdicts: tuple[Verdict, ...]) -> tuple[str, ...]:
    used = {verdict.gate.name for verdict in verdicts if verdict.because}
    return tuple(f"The gate {name!r} was accepted, and did not fail." for name in accepted if name not in used)


def _pruned(store: Path, keep: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Prune after the build was published, which a build that cannot be removed does not undo."""
    try:
        return tuple(prune(store, keep)), ()
    except StoreError as error:
        return (), (f"The build was published; older ones could not be removed: {error.__cause__ or error}.",)
