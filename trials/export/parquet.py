"""parquet: one file a table, as builds have them; a table that is wanted whole, and has nothing to mask, is copied."""

import shutil
from pathlib import Path

from normalizers.writing import TableWriter
from registry.tables import Table
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
        for rows in source.stored(table):
            writer.append(rows)
        writer.close()
    return Outcome()
