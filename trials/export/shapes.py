"""Which tables and columns an export has, each as `registry.tables` describes it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches

from registry.errors import SettingsError
from registry.privacy import CONTACTS
from registry.tables import TABLES, Column, Table
from trials.export.wide import WIDE


def shapes(names: Sequence[str], columns: Sequence[str], *, wide: bool, contacts: bool) -> tuple[Table, ...]:
    """Return the tables with their columns as asked for: all tables, or those named, or the wide one alone.

    `columns` are names, or `table.column`; a table of which none is named is left out, and without any all have theirs.
    SettingsError for a name that is not known, and for the table of contacts unless it was allowed.
    """
    if wide and names:
        raise SettingsError("--wide is a table of its own: leave out --tables.")
    tables = (WIDE,) if wide else tuple(_tables(names, contacts=contacts))
    return _narrowed(tables, columns) if columns else tables


def pieces(texts: Iterable[str] | None, option: str) -> tuple[str, ...]:
    """Return the names that an option lists with commas, each once; SettingsError for an empty one."""
    found = tuple(dict.fromkeys(name.strip().lower() for text in texts or () for name in text.split(",")))
    if "" in found:
        raise SettingsError(f"{option} holds an empty name; quote variables that may be empty.")
    return found


def _tables(names: Sequence[str], *, contacts: bool) -> Iterable[Table]:
    known = {table.name: table for table in TABLES}
    for name in names:
        if name not in known:
            raise SettingsError(f"There is no table {name!r}. {_hint(name, known)}")
        if name == CONTACTS and not contacts:
            raise SettingsError(f"{CONTACTS} holds personal data; it is exported with --contacts only.")
    wanted = [known[name] for name in names] or TABLES
    return (table for table in wanted if contacts or table.name != CONTACTS)


def _narrowed(tables: Sequence[Table], names: Sequence[str]) -> tuple[Table, ...]:
    for name in names:
        if not any(_named(table, [name]) for table in tables):
            known = {each for table in tables for c in table.columns for each in (c.name, f"{table.name}.{c.name}")}
            raise SettingsError(f"There is no column {name!r} in {_listed(tables)}. {_hint(name, known)}")
    narrowed = (replace(table, columns=_named(table, names)) for table in tables)
    return tuple(table for table in narrowed if table.columns)


def _named(table: Table, names: Sequence[str]) -> tuple[Column, ...]:
    known = {column.name: column for column in table.columns}
    short = dict.fromkeys(name.removeprefix(f"{table.name}.") for name in names)
    return tuple(known[name] for name in short if name in known)


def _listed(tables: Sequence[Table]) -> str:
    return ", ".join(table.name for table in tables) if len(tables) < 4 else f"the {len(tables)} tables"


def _hint(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f"Did you mean {near[0]!r}?" if near else "`trials dictionary` lists tables and columns."
