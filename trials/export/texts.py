"""csv, tsv and jsonl: one file a table, UTF-8, a line end of one LF.

csv and tsv quote every text, and nothing else: a null is empty, a text without characters is `""`. Lists are JSON.
jsonl has an object a line, with every column, null as null, lists as lists.
"""

from functools import partial
from pathlib import Path

import pyarrow.csv as pa_csv

from registry.tables import Column, Table, Type
from trials.export.cells import sql_guarded, sql_text
from trials.export.outcome import Outcome
from trials.export.source import Source


def write_separated(source: Source, files: list[tuple[Table, Path]], *, raw: bool, separator: str) -> Outcome:
    """Write each table to its file; `raw` leaves texts as they are, also those that a spreadsheet would run."""
    for table, path in files:
        options = pa_csv.WriteOptions(include_header=False, delimiter=separator, quoting_style="needed")
        with path.open("wb") as file:
            file.write(f"{separator.join(column.name for column in table.columns)}\n".encode())
            for batch in source.batches(table, partial(_as_cell, raw=raw)):
                pa_csv.write_csv(batch, file, options)
    return Outcome()


def _as_cell(column: Column, sql: str, *, raw: bool) -> str:
    if column.type is Type.TIME:
        return sql_text(sql)
    if column.type is Type.TEXTS:
        return f"to_json({sql})::VARCHAR"
    return sql if raw or column.type is not Type.TEXT else sql_guarded(sql)


def write_lines(source: Source, files: list[tuple[Table, Path]], *, raw: bool) -> Outcome:
    """Write each table to its file, a JSON object a line; nothing in it is run, so that `raw` changes nothing."""
    del raw
    for table, path in files:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for objects in source.objects(table, _as_member):
                file.writelines(f"{each}\n" for each in objects)
    return Outcome()


def _as_member(column: Column, sql: str) -> str:
    return sql_text(sql) if column.type is Type.TIME else sql
