"""`trials.read_csv`: csv and tsv files of `trials export` → pandas frames, every value as it was."""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from registry.errors import SettingsError, StoreError, TableError
from registry.tables import ARROW, TABLES, Column, Table, Type
from trials.export.wide import WIDE
from trials.frames import imported_pandas, to_pandas

if TYPE_CHECKING:
    import pandas as pd

_Cells: TypeAlias = "pa.ChunkedArray[Any]"
_GUARD = "'"  # before cells that a spreadsheet would run, and before those that begin with it
KNOWN: tuple[Table, ...] = (*TABLES, WIDE)
"""Tables that a file may hold."""
_BLOCK_BYTES = 2**26  # read at once; no row may be longer
_TAB_NAMES = (".tsv", ".tab", ".tsv.gz", ".tab.gz")


def read_table(path: str | os.PathLike[str], name: str | None, *, raw: bool) -> pd.DataFrame:
    """Return a file as a frame; errors as `trials.read_csv`."""
    imported_pandas()
    called = os.fspath(path)
    delimiter = "\t" if called.lower().endswith(_TAB_NAMES) else ","
    texts = _texts(called, delimiter)
    columns = _columns(called, texts.column_names, name)
    arrays = [
        _typed(texts[column] if raw else _unguarded(texts[column]), column, columns.get(column), called)
        for column in texts.column_names
    ]
    return to_pandas(pa.table(arrays, names=texts.column_names), columns)


def _texts(path: str, delimiter: str) -> pa.Table:
    """Return every cell as its text, an empty one as null."""
    try:
        with _opened(path) as lines:
            header = next(csv.reader(lines, delimiter=delimiter), [])
        if len(set(header)) < len(header) or not header:
            raise TableError(f"{path!r} has no header in which each column has a name of its own.")
        return arrow_csv.read_csv(
            path,
            arrow_csv.ReadOptions(block_size=_BLOCK_BYTES),
            arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path!r} is no table of texts in UTF-8 with a header ({error}).") from error
    except OSError as error:
        raise StoreError(f"{path!r} cannot be read ({error.strerror or error}). Check its name.") from error


def _opened(path: str) -> TextIO:
    opened = gzip.open if path.endswith(".gz") else open
    return opened(path, "rt", encoding="utf-8-sig", newline="")


def _columns(path: str, header: Sequence[str], name: str | None) -> dict[str, Column]:
    """Return the columns that are known: those of the table that is named, by the caller, the file or the columns."""
    return {column.name: column for table in _tables(path, header, name) for column in table.columns}


def _tables(path: str, header: Sequence[str], name: str | None) -> list[Table]:
    """Return the table of a file; where its columns fit several, all of them, as far as these agree."""
    known = {table.name: table for table in KNOWN}
    if name is not None:
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise SettingsError(f"There is no table {name!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return [known[name]]
    stem = os.path.basename(path).split(".")[0]  # noqa: PTH119 - a text with dots in its ending
    fitting = [table for table in KNOWN if {column.name for column in table.columns} >= set(header)]
    if stem in known and (known[stem] in fitting or not fitting):
        return [known[stem]]
    return fitting if _agree(fitting, header) else []


def _agree(tables: Sequence[Table], header: Sequence[str]) -> bool:
    told = {tuple((table.column(name).type, table.column(name).vocabulary) for name in header) for table in tables}
    return len(told) == 1


def _unguarded(texts: _Cells) -> _Cells:
    guarded = pc.starts_with(texts, _GUARD)
    bare: _Cells = pc.if_else(guarded, pc.utf8_slice_codeunits(texts, 1), texts)
    return bare


def _typed(texts: _Cells, name: str, column: Column | None, path: str) -> _Cells:
    if column is None:
        return texts
    try:
        return _READ.get(column.type, _cast)(texts, ARROW[column.type])
    except (pa.ArrowInvalid, ValueError) as error:
        raise TableError(f"{path!r}: the column {name!r} holds what is not {column.type.value} ({error}).") from error


def _cast(texts: _Cells, to: pa.DataType) -> _Cells:
    return texts.cast(to)


def _times(texts: _Cells, to: pa.DataType) -> _Cells:
    return pc.replace_substring_regex(texts, "Z$", "").cast(to)


def _lists(texts: _Cells, to: pa.DataType) -> _Cells:
    lists = [None if text is None else json.loads(text) for text in texts.to_pylist()]
    return pa.chunked_array([pa.array(lists, to)])


_READ: dict[Type, Callable[[_Cells, pa.DataType], _Cells]] = {Type.TIME: _times, Type.TEXTS: _lists}
