"""One export: the trials are chosen, the tables written aside with what describes them, and then given their names."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from normalizers.builds import AS_OF, TABLES_FOLDER, current_build
from normalizers.manifest import damaged_files
from registry.errors import StoreError
from registry.tables import TABLES, Table
from trials.damage import how_anew, said
from trials.export.beside import FILES, Made, write_beside
from trials.export.choice import Choice, chosen, ids_in
from trials.export.formats import ALL_TABLES, FORMATS, Format, files_of
from trials.export.outcome import Outcome
from trials.export.placing import check_free, put, whole_or_not
from trials.export.source import Source
from trials.export.wide import NAME as WIDE_NAME

OWN = frozenset(
    {*FILES}
    | {
        f"{name}.{form.name}"
        for form in FORMATS.values()
        for name in (WIDE_NAME, ALL_TABLES, *(t.name for t in TABLES))
    }
)
"""Names of all files that an export may write into a folder."""
_MADE = "made"  # folder of what is to take its name


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be exported, and where to: `target` is a file if `is_file`, else a folder."""

    build: Path
    target: Path
    form: Format
    is_file: bool
    tables: tuple[Table, ...]
    choice: Choice
    said: tuple[str, ...] = ()
    contacts: bool = False
    raw: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of it: how many trials, and ids that were asked for and that the build has not."""

    trials: int
    missing: tuple[str, ...]
    outcome: Outcome


def build_of(store: Path, as_of: str | None) -> Path:
    """Return the folder of the build that is published, or of the tables as known on a day; StoreError without."""
    if as_of is None:
        build = current_build(store)
        if build is None:
            raise StoreError(f"The store {str(store)!r} has no tables yet. `trials build` makes them.")
    else:
        build = store / TABLES_FOLDER / f"{AS_OF}{as_of}"
        if not build.is_dir():
            raise StoreError(
                f"The store {str(store)!r} has no tables as known on {as_of}. "
                f"`trials build --as-of {as_of}` makes them."
            )
    _check_columns(build)
    return build.resolve()


def check_whole(build: Path) -> None:
    """Raise StoreError if a file of a published build is not as it was written."""
    if files := damaged_files(build):
        raise StoreError(f"{said(build, files)} {how_anew(build, files)}")


def _check_columns(build: Path) -> None:
    for table in TABLES:
        path = build / f"{table.name}.parquet"
        try:
            names = pq.read_schema(path).names
        except (OSError, ValueError) as error:
            raise StoreError(f"{str(path)!r} cannot be read ({error}). {how_anew(build, [path.name])}") from error
        if names != [column.name for column in table.columns]:
            raise StoreError(
                f"{str(build)!r} was built by another version of trials: {table.name} has other columns. "
                f"{how_anew(build, [])}"
            )


def export(order: Order, begin: Callable[[int], Callable[[int], None]]) -> Exported:
    """Carry out an order; nothing is written if no trial fits.

    `begin` is told how many rows there are about, and what it returns how many came each time. SettingsError for a
    target that is there or a condition that cannot be, StoreError if the disk refuses.
    """
    prefix = f"{order.target.name}." if order.is_file else ""
    targets = [order.target, *(order.target.with_name(f"{prefix}{name}") for name in FILES if prefix)]
    check_free(targets, OWN, is_file=order.is_file, force=order.force)
    missing = tuple(sorted(set(order.choice.ids or ()) - ids_in(order.build))) if order.choice.ids else ()
    ids = chosen(order.build, order.choice)
    trials = _rows(order.build / "studies.parquet") if ids is None else len(ids)
    if not trials:
        return Exported(0, missing, Outcome())
    try:
        outcome = _put(order, ids, trials, targets, begin)
    except StoreError as error:
        if order.build.is_dir():
            raise
        raise StoreError(
            f"The build {order.build.name} was removed while it was exported: newer builds push old ones out. "
            "Run it again."
        ) from error
    return Exported(trials, missing, outcome)


def _put(
    order: Order, ids: list[str] | None, trials: int, targets: list[Path], begin: Callable[[int], Callable[[int], None]]
) -> Outcome:
    """Write an export aside, and give its files or its folder their names."""
    prefix = f"{order.target.name}." if order.is_file else ""
    with whole_or_not(order.target) as aside:
        source = Source(order.build, ids, contacts=order.contacts, spill=aside / "spill")
        with closing(source):
            source.step = begin(source.rows(order.tables))
            outcome = _write(order, source, aside, prefix, trials)
        put(
            [(aside / _MADE / target.name, target) for target in targets] if prefix else [(aside / _MADE, order.target)]
        )
    return outcome


def _write(order: Order, source: Source, aside: Path, prefix: str, trials: int) -> Outcome:
    folder = aside / _MADE
    folder.mkdir()
    files = files_of(order.form, order.tables, folder)
    if prefix:
        files = [(table, folder / order.target.name) for table in order.tables]
    outcome = order.form.write(source, files, raw=order.raw)
    made = Made(order.form, files, order.build.name, order.said, trials, order.contacts, order.raw)
    write_beside(made, folder, prefix)
    if order.contacts:
        for path in folder.iterdir():
            path.chmod(0o600)
    return outcome


def _rows(path: Path) -> int:
    rows: int = pq.read_metadata(path).num_rows
    return rows
