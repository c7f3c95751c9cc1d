"""What a question in SQL is answered with: a table for a person, csv or JSON lines for a program."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from itertools import chain, islice
from typing import Any

import duckdb
import pyarrow as pa

from registry.errors import SettingsError
from registry.wording import STEERING
from trials.export.cells import as_text, guarded
from trials.export.locked import answer, refusals_said
from trials.screen import deliver, say, show
from trials.sheet import Answer

_MOST_ROWS = 200  # of a table on a terminal
_MOST_CHARACTERS = 300  # of a cell there


class Printing(Enum):
    """How rows are printed."""

    TABLE = auto()
    CSV = auto()
    JSON = auto()


def print_answer(connection: duckdb.DuckDBPyConnection, sql: str, printing: Printing, *, raw: bool) -> None:
    """Print the rows of a statement's answer; `raw` leaves texts in csv as they are, also those a spreadsheet runs.

    SettingsError for a statement that is not answered.
    """
    answered = answer(connection, sql)
    names = list(_distinct(answered.schema.names))
    rows = _rows(answered, sql)
    rows = chain(list(islice(rows, 1)), rows)  # what fails at once fails before anything is printed
    if printing is Printing.TABLE:
        _show(names, rows)
        return
    if printing is Printing.CSV and not deliver(f"{','.join(_cell(name, raw) for name in names)}\n"):
        return
    for row in rows:
        line = _object(names, row) if printing is Printing.JSON else ",".join(_cell(value, raw) for value in row)
        if not deliver(f"{line}\n"):
            return


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """Yield names; one that stands twice gets a number."""
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}"


def _rows(answered: pa.RecordBatchReader, sql: str) -> Iterator[tuple[Any, ...]]:
    with refusals_said(sql):
        for batch in answered:
            try:
                columns = [column.to_pylist() for column in batch.columns]
            except (OverflowError, ValueError) as error:  # infinity, the year 10000, nanoseconds
                raise SettingsError(
                    f"{sql!r} gives a date or time that cannot be printed ({error}). Cast it: column::VARCHAR."
                ) from error
            yield from zip(*columns, strict=True)


def _show(names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    first = list(islice(rows, _MOST_ROWS))
    numeric = frozenset(number for number, values in enumerate(zip(*first, strict=True)) if _are_numbers(values))
    show(Answer(names, [list(map(_short, row)) for row in first], numeric))
    if next(rows, None) is not None:
        say(f"These are the first {len(first)} rows; `| cat` prints all.")
    elif not first:
        say("No row fits.")


def _are_numbers(values: Iterable[object]) -> bool:
    return all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values)


def _short(value: object) -> str:
    text = "" if value is None else as_text(value)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"


def _cell(value: object, raw: bool) -> str:
    """Return a value as a cell of csv: null is empty, a text is quoted."""
    if value is None:
        return ""
    text = as_text(value)
    if isinstance(value, bool | int | float):
        return text
    text = text if raw else guarded(text)
    return '"' + text.replace('"', '""') + '"'


def _object(names: Sequence[str], row: Sequence[object]) -> str:
    """Return a row as JSON, which has no infinite numbers; what steers a terminal is escaped, and means the same."""
    text = json.dumps(_finite(dict(zip(names, row, strict=True))), ensure_ascii=False, default=as_text)
    return STEERING.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _finite(value: object) -> object:
    """Return a value with null for numbers that are infinite or none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return {str(key): _finite(each) for key, each in value.items()} if isinstance(value, dict) else value
