"""An export takes its name when all of it is on disk, or leaves nothing: written aside, synced, renamed.

A file takes the place of another in one step. A folder that stood there is moved away first and removed last: whenever
the process dies, either it or the new export is whole, under the name or beside it. Only what an export may have
written is ever removed.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from normalizers.dataset import undisturbed
from registry.errors import SettingsError, StoreError

_NEW, _OLD = "new", "old"
_REFUSALS = (
    OSError,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.FatalException,
    duckdb.TransactionException,
    sqlite3.OperationalError,
)


def check_free(targets: Sequence[Path], own: frozenset[str], *, is_file: bool, force: bool) -> None:
    """Raise SettingsError if a target is there and may not be replaced: without `force`, or with files of others in it.

    A file takes the place of a file only (`is_file`), and a folder that of a folder.
    `own` are the names of all files that an export writes into a folder.
    """
    try:
        _check_each(targets, own, is_file=is_file, force=force)
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        raise SettingsError(
            f"{str(targets[0])!r} cannot be written ({error.strerror}). Choose another name or place."
        ) from error


def _check_each(targets: Sequence[Path], own: frozenset[str], *, is_file: bool, force: bool) -> None:
    for target in targets:
        is_folder = target.is_dir() and not target.is_symlink()
        if not os.path.lexists(target) or (is_folder and not any(target.iterdir())):
            continue
        if not force:
            raise SettingsError(f"{str(target)!r} is there already. Choose another name, or replace it with --force.")
        if target.is_symlink() or is_folder == is_file or not (is_folder or target.is_file()):
            raise SettingsError(
                f"{str(target)!r} is {'a folder' if is_folder else 'a file, a link or the like'}, which this export "
                "does not replace. Choose another name."
            )
        strangers = sorted(path.name for path in target.iterdir() if path.name not in own) if is_folder else []
        if strangers:
            raise SettingsError(
                f"{str(target)!r} holds {strangers[0]!r}, which is of no export; it is not replaced. "
                "Choose another folder."
            )


@contextmanager
def whole_or_not(target: Path) -> Iterator[Path]:
    """Yield a folder to write into, beside the target; it goes whatever happens. StoreError if the disk refuses."""
    aside = _beside(target, _NEW)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        aside.mkdir(mode=0o700)
        yield aside
    except _REFUSALS as error:
        why = getattr(error, "strerror", None) or str(error).split("\n")[0]
        raise StoreError(
            f"Cannot export to {str(target)!r} ({why}). Nothing half-written was left. Free space or choose another "
            "place, and run it again."
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def put(pairs: Sequence[tuple[Path, Path]]) -> None:
    """Give files and folders their names, in place of what stood there; signals wait until it is done."""
    for made, _ in pairs:
        _sync(made)
    with undisturbed():
        for made, target in pairs:
            if made.is_file() and not target.is_dir():
                made.replace(target)
                _sync_folder(target.parent)
                continue
            old = _beside(target, _OLD)
            if os.path.lexists(target):
                target.rename(old)
            try:
                made.rename(target)
            except OSError:
                if os.path.lexists(old):
                    old.rename(target)
                raise
            _sync_folder(target.parent)
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)


def _beside(target: Path, what: str) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.{what}")


def _sweep(target: Path) -> None:
    """Remove what runs that were killed left half-written; what they moved away stays, for it was whole."""
    for path in target.parent.glob(f".{target.name}.*.{_NEW}"):
        process = path.name.removeprefix(f".{target.name}.").removesuffix(f".{_NEW}")
        if process.isdigit() and not _runs(int(process)):
            shutil.rmtree(path, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return process != os.getpid()


def _sync(made: Path) -> None:
    for path in [made, *made.rglob("*")] if made.is_dir() else [made]:
        _sync_folder(path)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
