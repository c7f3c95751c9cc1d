"""The builds of a store: where they stand, which one is published, and which may go.

    <store>/tables/<build>/              a build: never changed again
    <store>/tables/as-of-<day>/          the tables as known on a day; kept until it is made again, or removed by hand
    <store>/tables/<build>.refused/      the newest one that failed its gates
    <store>/tables/.building-<process>/  one that is being written
    <store>/tables/.removing-<build>/    one that is being removed
    <store>/current -> tables/<build>    the build that is published

Names of builds begin with the time of their newest answer, and so sort by it. Everything here but `current_build` is
called by who holds the lock of the store.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from normalizers.manifest import read_manifest
from registry.errors import StoreError

CURRENT = "current"
TABLES_FOLDER = "tables"
REFUSED = ".refused"
AS_OF = "as-of-"
_BUILDING = ".building-"
_REMOVING = ".removing-"
_NEW_POINTER = ".current.new"
_BUILD = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}(?:-[0-9]{1,6})?")


@contextmanager
def refusals_said(store: Path) -> Iterator[None]:
    """Turn what the disk refuses into a StoreError."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"Cannot publish in {str(store)!r} ({error.strerror or error}): nothing half-written was published. Free "
            "space, or mend the folder, and run it again."
        ) from error


def new_building(store: Path) -> Path:
    """Return an empty folder, of its owner alone, for the tables of a build; leftovers of runs that were killed go.

    StoreError also for a store whose published build cannot be compared with: better now than after the work.
    """
    with refusals_said(store):
        if current := current_build(store):
            read_manifest(current)
        tables = store / TABLES_FOLDER
        tables.mkdir(parents=True, exist_ok=True)
        building = tables / f"{_BUILDING}{os.getpid()}"
        _sweep(store)
        if building.exists():  # of a process of the same number
            shutil.rmtree(building)
        building.mkdir(mode=0o700)
    return building


def current_build(store: Path) -> Path | None:
    """Return the folder of the build that is published, None if none is; StoreError if `current` leads to no build.

    Who reads several files takes them from this folder, so that all are of one build.
    """
    pointer = store / CURRENT
    try:
        target = pointer.readlink()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(
            f"{str(pointer)!r} is no link to a build ({error.strerror}). Move it away, and build again."
        ) from error
    build = store / target
    if target.parent != Path(TABLES_FOLDER) or not _BUILD.fullmatch(target.name) or not build.is_dir():
        raise StoreError(f"{str(pointer)!r} leads to {str(target)!r}, which is no build. Remove it, and build again.")
    return build


def builds_of(store: Path) -> list[Path]:
    """Return the builds of a store, the newest first: by the time of the newest answer, then by when they were made."""
    found = [path for path in (store / TABLES_FOLDER).glob("*") if _BUILD.fullmatch(path.name)]
    return sorted(found, key=lambda path: (path.name[:16], path.stat().st_mtime_ns, path.name), reverse=True)


def kept_builds(store: Path) -> list[Path]:
    """Return every folder with a whole build: published, older, as of a day, or refused."""
    folders = (path for path in (store / TABLES_FOLDER).glob("*") if path.is_dir())
    return [
        path for path in folders if _BUILD.fullmatch(path.name.removesuffix(REFUSED)) or path.name.startswith(AS_OF)
    ]


def point_to(store: Path, build: Path) -> None:
    """Publish a build: `current` is either the old link or the new one, whenever the process dies."""
    aside = store / _NEW_POINTER
    aside.unlink(missing_ok=True)
    aside.symlink_to(Path(TABLES_FOLDER) / build.name)
    aside.replace(store / CURRENT)
    sync_folder(store)


def prune(store: Path, keep: int) -> list[str]:
    """Remove all but the newest `keep` builds, never the one that is published; return the names of those that went.

    A build that was refused goes once it or a newer one is published, or another was refused. StoreError if one cannot
    be removed.
    """
    with refusals_said(store):
        current = current_build(store)
        _sweep(store)
        gone = [path for path in builds_of(store)[max(keep, 1) :] if path != current]
        refused = sorted((store / TABLES_FOLDER).glob(f"*{REFUSED}"), reverse=True)
        gone += [
            path for path in refused if path != refused[0] or (current and path.name <= f"{current.name}{REFUSED}")
        ]
        for path in gone:
            remove(path)
    return sorted(path.name for path in gone)


def _sweep(store: Path) -> None:
    """Remove what runs that were killed left half-made or half-removed: who holds the lock is the only one at work."""
    for prefix in (_BUILDING, _REMOVING):
        for path in (store / TABLES_FOLDER).glob(f"{prefix}*"):
            if path.name != f"{_BUILDING}{os.getpid()}":
                shutil.rmtree(path)


def remove(folder: Path) -> None:
    """Remove a build: first its name, so that nobody takes half of it for a whole one."""
    aside = folder.with_name(f"{_REMOVING}{folder.name}")
    if aside.exists():
        shutil.rmtree(aside)
    folder.rename(aside)
    shutil.rmtree(aside)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
