"""What a table's file holds, measured by reading all of it once, in bounded memory; the checks of its rows among it.

Rows that break the rules of their table are counted here; whether they keep a build from being published is for
`normalizers.gates` to say.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from normalizers.parquet import batches, open_table, stored_schema
from registry.privacy import looks_personal
from registry.tables import Column, Table, table
from registry.vocabularies import codes

_STRANGE = ("unknown_wording", "unknown_label")  # problems that say that the site has words we do not know
_SHOWN = 60  # characters of a value that a message shows
_WITHHELD = "a text that may be a contact"


@dataclass(slots=True)
class Measured:
    """One table's file.

    `non_null` counts values by column, `codes` the rows of each code by vocabulary column. `nulls` counts nulls by
    column that may have none, `disordered` rows that do not come after the row before them, by key; `foreign` values
    that are no code, by column. `first_disordered` and `first_foreign` are the first of each, for people.
    """

    table: str
    sha256: str
    bytes: int
    schema: str
    written_by: str
    row_groups: int
    rows: int = 0
    non_null: Counter[str] = field(default_factory=Counter)
    codes: dict[str, Counter[str]] = field(default_factory=dict)
    nulls: Counter[str] = field(default_factory=Counter)
    disordered: int = 0
    foreign: Counter[str] = field(default_factory=Counter)
    first_disordered: str = ""
    first_foreign: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Quality:
    """How well pages were read: sums over the page versions of a build."""

    pages: int = 0
    claimed: float = 0.0  # sum of pages.text_claimed
    strange: int = 0  # pages with a wording or a label that is not known
    parser_versions: Counter[str] = field(default_factory=Counter)


def measure(path: Path, of: Table, quality: Quality) -> Measured:
    """Read the file of a table and return what it holds, adding what it says of pages to `quality`.

    TableError if it is not there, cannot be read to its end, or has another schema than `arrow_schema`.
    """
    with open_table(path, of) as file, path.open("rb") as raw:
        sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
        metadata = file.metadata
        found = Measured(
            of.name, sha256, path.stat().st_size, fingerprint(of), str(metadata.created_by), metadata.num_row_groups
        )
        found.codes = {column.name: Counter() for column in of.columns if column.vocabulary}
        before: dict[str, pa.RecordBatch] = {}  # the last row so far, of the columns that are compared with the next
        for batch in batches(file):
            _count(batch, of, found)
            _check_order(_behind(before, "key", batch.select(of.key)), of, found)
            if of.name == "pages":
                _add_pages(batch, quality)
            elif of.name == "problems":
                _add_strange(before, batch, quality)
            found.rows += batch.num_rows
    return found


def fingerprint(of: Table) -> str:
    """Return the sha256 of a table's columns: names, types, and which may be null."""
    fields = [(each.name, str(each.type), each.nullable) for each in stored_schema(of)]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def _count(batch: pa.RecordBatch, of: Table, found: Measured) -> None:
    for column in of.columns:
        values = batch.column(column.name)
        found.non_null[column.name] += len(values) - values.null_count
        if values.null_count and not column.nullable:
            found.nulls[column.name] += values.null_count
        if column.vocabulary:
            _count_codes(values, column, found)


def _count_codes(values: Any, column: Column, found: Measured) -> None:
    known = codes(column.vocabulary)
    for value, count in _counted(values):
        if value in known:
            found.codes[column.name][value] += count
        elif value is not None:
            found.first_foreign.setdefault(column.name, _WITHHELD if looks_personal(value) else value[:_SHOWN])
            found.foreign[column.name] += count


def _counted(values: Any) -> Iterator[tuple[Any, int]]:
    """Yield each value of an array once, and how often it stands there."""
    counts: Any = pc.value_counts(values)
    yield from zip(counts.field(0).to_pylist(), counts.field(1).to_pylist(), strict=True)


# --- order ----------------------------------------------------------------------------------------------------------


def _behind(before: dict[str, pa.RecordBatch], name: str, rows: pa.RecordBatch) -> pa.RecordBatch:
    """Return the rows behind the last one of the batch before, and remember their own last one."""
    former = before.get(name)
    if rows.num_rows:
        before[name] = rows.slice(rows.num_rows - 1)
    return rows if former is None else _joined(former, rows)


def _joined(first: pa.RecordBatch, second: pa.RecordBatch) -> pa.RecordBatch:
    columns = [pa.concat_arrays(pair) for pair in zip(first.columns, second.columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=second.schema)


def _check_order(rows: pa.RecordBatch, of: Table, found: Measured) -> None:
    """Count the rows that are not behind the one before; nulls come first, and a key with a null may stand again."""
    former, latter = rows.slice(0, max(rows.num_rows - 1, 0)), rows.slice(1)
    is_less, is_same = _compare(former, latter, of.key)
    fine = is_less
    for name in of.key:
        if latter.column(name).null_count:
            fine = pc.or_(fine, pc.and_(is_same, pc.is_null(latter.column(name))))
    wrong = len(fine) - (pc.sum(fine).as_py() or 0)
    if wrong and not found.disordered:
        (row,) = latter.slice(pc.index(fine, False).as_py(), 1).to_pylist()
        found.first_disordered = ", ".join(f"{name} {value}" for name, value in row.items())
    found.disordered += wrong


def _compare(former: pa.RecordBatch, latter: pa.RecordBatch, key: Sequence[str]) -> tuple[Any, Any]:
    """Return for each pair of rows whether the first has the lesser key, and whether both have the same."""
    is_less: Any = None
    is_same: Any = None
    for name in key:
        less, same = _compare_values(former.column(name), latter.column(name))
        is_less = less if is_less is None else pc.or_(is_less, pc.and_(is_same, less))
        is_same = same if is_same is None else pc.and_(is_same, same)
    return is_less, is_same


def _compare_values(former: Any, latter: Any) -> tuple[Any, Any]:
    less, same = pc.less(former, latter), pc.equal(former, latter)
    if not former.null_count and not latter.null_count:
        return less, same
    no_former, no_latter = pc.is_null(former), pc.is_null(latter)
    less = pc.if_else(pc.or_(no_former, no_latter), pc.and_not(no_former, no_latter), less)
    return less, pc.if_else(pc.or_(no_former, no_latter), pc.and_(no_former, no_latter), same)


# --- what pages and problems say of all -----------------------------------------------------------------------------


def _add_pages(batch: pa.RecordBatch, quality: Quality) -> None:
    quality.pages += batch.num_rows
    quality.claimed += pc.sum(batch.column("text_claimed")).as_py() or 0.0
    for version, count in _counted(batch.column("parser_version")):
        quality.parser_versions[version] += count


def _add_strange(before: dict[str, pa.RecordBatch], batch: pa.RecordBatch, quality: Quality) -> None:
    """Count the page versions with such a problem: the rows are sorted by page, so each begins where the last ends."""
    page = table("problems").key[:2]
    is_strange = pc.is_in(batch.column("code"), value_set=pa.array(_STRANGE))
    strange = batch.filter(is_strange).select(page)
    if not strange.num_rows:
        return
    is_first = "strange" not in before
    rows = _behind(before, "strange", strange)
    _, is_same = _compare(rows.slice(0, rows.num_rows - 1), rows.slice(1), page)
    quality.strange += len(is_same) - (pc.sum(is_same).as_py() or 0) + is_first
