"""xlsx: one workbook, a sheet a table, written row by row; every text is a text cell, whatever it looks like.

Excel takes 32,767 characters a cell (UTF-16 units) and 1,048,576 rows a sheet: longer texts are cut, further rows go to
further sheets, and both are said. What XML 1.0 allows in no document is written as its picture (`␀`) or `�`. Dates are
Excel's, from 1900-03-01 on (before, its calendar has a day that never was); lists are JSON.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError
from xlsxwriter.worksheet import Worksheet

from registry.tables import Column, Table, Type
from trials.export.cells import as_text, guarded
from trials.export.outcome import Outcome
from trials.export.source import Source

MOST_CHARACTERS = 32_767
MOST_ROWS = 1_048_576
_FIRST_DATE = date(1900, 3, 1)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LIKE_MARKUP = re.compile(r"<r>.*</r>\Z", re.DOTALL)  # xlsxwriter takes such a text for one that it made itself
_WIDTH = 18  # characters of a column


def write_xlsx(source: Source, files: list[tuple[Table, Path]], *, raw: bool) -> Outcome:
    """Write all tables to one workbook."""
    path = files[0][1]
    book = xlsxwriter.Workbook(
        path, {"constant_memory": True, "tmpdir": str(path.parents[1]), "use_zip64": True}
    )  # not where the export is
    sheets = _Sheets(book, raw)
    try:
        for table, _ in files:
            sheets.fill(source, table)
        book.close()
    except XlsxFileError as error:
        raise OSError(str(error)) from error
    finally:
        sheets.let_go()
    return Outcome(tuple(_cut_said(sheets)), tuple(sheets.notes))


def _cut_said(sheets: "_Sheets") -> Iterator[str]:
    for where, (count, first) in sheets.cut.items():
        cells = "1 text" if count == 1 else f"{count:,} texts"
        yield (
            f"{cells} of {where} were cut to the {MOST_CHARACTERS:,} characters that a cell may have, first in row "
            f"{first:,} of its sheet. Every other format has them whole."
        )


@dataclass
class _Sheets:
    """The sheets of a workbook, and what they could not hold."""

    book: Any
    raw: bool
    cut: dict[str, tuple[int, int]] = field(default_factory=dict)  # by column: how many, and the first row
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._bold = self.book.add_format({"bold": True})

    def fill(self, source: Source, table: Table) -> None:
        """Write a table, on as many sheets as it needs."""
        number, sheet, row = 1, self._sheet(table, 1), 1
        for batch in source.batches(table, _as_cell):
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                if row == MOST_ROWS:
                    number, row = number + 1, 1
                    sheet = self._sheet(table, number)
                self._write_row(sheet, row, table, values)
                row += 1
        if number > 1:
            self.notes.append(
                f"{table.name} has more than the {MOST_ROWS:,} rows that a sheet may have: it goes on to the sheet "
                f"{table.name}_{number}."
            )

    def let_go(self) -> None:
        """Close the files that rows wait in, also where the workbook was not written."""
        for sheet in self.book.worksheets():
            if sheet.row_data_fh:
                sheet.row_data_fh.close()

    def _sheet(self, table: Table, number: int) -> Worksheet:
        sheet = self.book.add_worksheet(table.name if number == 1 else f"{table.name}_{number}")
        sheet.set_column(0, len(table.columns) - 1, _WIDTH)
        sheet.freeze_panes(1, 1)
        for place, column in enumerate(table.columns):
            sheet.write_string(0, place, column.name, self._bold)
        return sheet

    def _write_row(self, sheet: Worksheet, row: int, table: Table, values: tuple[Any, ...]) -> None:
        for place, value in enumerate(values):
            if isinstance(value, str):
                self._write_text(
                    sheet, row, place, self._fitting(value, row, f"{table.name}.{table.columns[place].name}")
                )
            elif isinstance(value, bool):
                sheet.write_boolean(row, place, value)
            elif isinstance(value, date):
                self._write_date(sheet, row, place, value)
            elif value is not None:
                sheet.write_number(row, place, value)

    def _write_date(self, sheet: Worksheet, row: int, place: int, value: date) -> None:
        day = value.date() if isinstance(value, datetime) else value
        if day < _FIRST_DATE:
            sheet.write_string(row, place, as_text(value))
        else:
            sheet.write_datetime(row, place, value, self._time if isinstance(value, datetime) else self._day)

    def _write_text(self, sheet: Worksheet, row: int, place: int, text: str) -> None:
        if _LIKE_MARKUP.match(text):
            sheet.write_rich_string(row, place, text[:1], text[1:2], text[2:])  # three pieces at least
        else:
            sheet.write_string(row, place, text)

    def _fitting(self, text: str, row: int, where: str) -> str:
        """Return a text as a cell may hold it; what is cut is counted."""
        text = _ILLEGAL.sub(_picture, text if self.raw else guarded(text))
        if 2 * len(text) <= MOST_CHARACTERS:
            return text
        units = text.encode("utf-16-le")
        if len(units) <= 2 * MOST_CHARACTERS:
            return text
        count, first = self.cut.get(where, (0, row + 1))
        self.cut[where] = count + 1, first
        return units[: 2 * MOST_CHARACTERS].decode("utf-16-le", "ignore")


def _picture(match: re.Match[str]) -> str:
    place = ord(match[0])
    return chr(0x2400 + place) if place < 0x20 else "�"


def _as_cell(column: Column, sql: str) -> str:
    return f"to_json({sql})::VARCHAR" if column.type is Type.TEXTS else sql
