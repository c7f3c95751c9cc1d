"""How a table stands in Parquet: the writer's settings, the schema as it is stored, and reading in bounded memory.

One place for all writers, so that the same rows give the same bytes. Every reader of Parquet 2.6 opens the files.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from registry.errors import TableError
from registry.tables import Table, arrow_schema

WRITE_OPTIONS: Mapping[str, Any] = MappingProxyType(
    {
        "compression": "zstd",
        "compression_level": 3,  # level 1 is a third faster and a fifth larger
        "write_statistics": True,  # rows are sorted by key: a filter on nct_id reads one row group
        "write_page_index": True,  # and of that one a few pages, where the reader knows page indexes
    }
)
"""Arguments of `pq.ParquetWriter` and `pq.write_table` that every table is written with."""

ROW_GROUP_ROWS = 32_768
"""Rows of a row group (the last may have fewer). Larger ones save a tenth of the bytes and cost DuckDB a third more for
one trial; smaller ones cost bytes and gain nothing (`benchmarks/publish.py`)."""
_ROW_GROUP_SENTENCES = 8_192
"""The same where a row holds sentences, or all of a trial: a group is in memory while it is written."""
_ROW_GROUP_TEXTS = 2_048
"""The same where that row is one long text: a trial is found in two thirds of the time, for a hundredth more bytes."""
_LONG_TEXTS = frozenset({"brief_summaries", "detailed_descriptions", "eligibilities"})
_SENTENCES = frozenset({"changes", "design_outcomes", "interventions", "pages", "study_references"})

_BATCH_ROWS = 16_384
_BATCH_BYTES = 32 * 2**20  # as stored, before they are packed: long texts are read in smaller batches


def row_group_rows(table: Table) -> int:
    """Return how many rows a row group of a table has in a build."""
    if table.name in _LONG_TEXTS:
        return _ROW_GROUP_TEXTS
    has_sentences = table.name in _SENTENCES or table.key == ("nct_id",)
    return _ROW_GROUP_SENTENCES if has_sentences else ROW_GROUP_ROWS


@cache
def stored_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of a table's file: Parquet keeps seconds as milliseconds, and renames list items."""
    sink = pa.BufferOutputStream()
    pq.write_table(arrow_schema(table).empty_table(), sink, **WRITE_OPTIONS)
    return pq.read_schema(pa.BufferReader(sink.getvalue()))


def open_table(path: Path, table: Table) -> pq.ParquetFile:
    """Return a table's file, opened; TableError if it is not there, no Parquet, or has another schema.

    Vocabulary columns are read as dictionaries, which costs less.
    """
    try:
        found = pq.read_schema(path)
    except FileNotFoundError as error:
        raise TableError(f"The build has no {path.name}. Write every table, also one without rows.") from error
    except (pa.ArrowInvalid, OSError) as error:
        if getattr(error, "errno", None):  # the disk, not the file
            raise
        raise TableError(f"{path.name} is no whole Parquet file ({error}). Write it anew.") from error
    if not found.equals(stored_schema(table), check_metadata=True):
        raise TableError(f"{path.name} {_difference(found, table)}. Write it with `arrow_schema`.")
    coded = [column.name for column in table.columns if column.vocabulary]
    return pq.ParquetFile(path, pre_buffer=False, read_dictionary=coded)


def _difference(found: pa.Schema, table: Table) -> str:
    wanted = stored_schema(table)
    if found.names != wanted.names:
        return f"has the columns {', '.join(found.names)}, not {', '.join(wanted.names)}"
    for one, other in zip(found, wanted, strict=True):
        if not one.equals(other):
            return f"has {one}, where {other} is due"
    return "lacks the descriptions of its columns, or has others"


def batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """Yield the rows, row group by row group, ten thousand or less at a time; TableError where the file is damaged."""
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        fitting = _BATCH_BYTES * group.num_rows // max(group.total_byte_size, 1)
        try:
            yield from file.iter_batches(max(1, min(fitting, _BATCH_ROWS)), row_groups=[number], use_threads=False)
        except (pa.ArrowInvalid, OSError) as error:
            raise TableError(f"Row group {number} of a table cannot be read ({error}). Write it anew.") from error
