"""parquet: one file a table, as builds have them; a table that is wanted whole, and has nothing to mask, is copied."""

import shutil
from pathlib import Path

import pyarrow as pa

from normalizers.writing import TableWriter
from registry.tables import Column, Table
from trials.export.outcome import Outcome
from trials.export.source import Source


def write_parquet(source: Source, files: list[tuple[Table, Path]], *, raw: bool) -> Outcome:
    """Write each table to its file; nothing in it is run, so that `raw` changes nothing."""
    del raw
    for table, path in files:
        if unchanged := source.unchanged(table):
            shutil.copyfile(unchanged, path)
            source.passed(table)
            continue
        writer = TableWriter(table, path)
        for batch in source.batches(table, _as_it_is):
            writer.append(pa.Table.from_batches([batch]))
        writer.close()
    return Outcome()


def _as_it_is(_column: Column, sql: str) -> str:
    return sql
