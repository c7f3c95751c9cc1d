"""The formats of an export: names, suffixes, and what writes them."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from registry.errors import SettingsError
from registry.tables import Table
from trials.export.databases import write_duckdb, write_sqlite
from trials.export.outcome import Outcome
from trials.export.parquet import write_parquet
from trials.export.source import Source
from trials.export.texts import write_lines, write_separated


class Write(Protocol):
    """Writes tables, each to its file; `raw` leaves texts as they are, also those that a spreadsheet would run."""

    def __call__(self, source: Source, files: list[tuple[Table, Path]], *, raw: bool) -> Outcome:
        """Return what could not be held."""


class Format(NamedTuple):
    """One format; `holds_all` if all tables stand in one file."""

    name: str
    write: Write
    holds_all: bool
    media_type: str


def _write_xlsx(source: Source, files: list[tuple[Table, Path]], *, raw: bool) -> Outcome:
    try:
        from trials.export.xlsx import write_xlsx
    except ModuleNotFoundError as error:
        raise SettingsError("xlsx needs one more package: pip install 'tidytrials[analysis]'.") from error
    return write_xlsx(source, files, raw=raw)


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("csv", partial(write_separated, separator=","), False, "text/csv"),
        Format("tsv", partial(write_separated, separator="\t"), False, "text/tab-separated-values"),
        Format("jsonl", write_lines, False, "application/jsonl"),
        Format("xlsx", _write_xlsx, True, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        Format("sqlite", write_sqlite, True, "application/vnd.sqlite3"),
        Format("duckdb", write_duckdb, True, "application/vnd.duckdb"),
        Format("parquet", write_parquet, False, "application/vnd.apache.parquet"),
    )
}
"""All formats; the suffix of a file is its format's name."""

ALL_TABLES = "trials"
"""Name, without suffix, of the file that holds all tables, where an export is a folder."""


def format_of(target: Path, name: str | None) -> tuple[Format, bool]:
    """Return the format of an export, and whether it is a single file: its suffix says so, or `name` does.

    SettingsError where neither does, or the two differ.
    """
    suffix = target.suffix.removeprefix(".").lower()
    if name is None and suffix not in FORMATS:
        raise SettingsError(
            f"Say the format of {str(target)!r}: --format {'|'.join(FORMATS)}; or name a file by it: trials.xlsx."
        )
    if name is not None and name not in FORMATS:
        raise SettingsError(f"{name!r} is no format; there are {', '.join(FORMATS)}.")
    if name is not None and suffix in FORMATS and suffix != name:
        raise SettingsError(f"{str(target)!r} is named {suffix}, and --format says {name}. Leave one of them out.")
    return FORMATS[name or suffix], suffix in FORMATS


def files_of(form: Format, tables: Sequence[Table], folder: Path) -> list[tuple[Table, Path]]:
    """Return each table with the file that it stands in."""
    return [(table, folder / f"{ALL_TABLES if form.holds_all else table.name}.{form.name}") for table in tables]
