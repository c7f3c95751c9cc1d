"""One trial in Python: the tables of its page, as `--json` has them, and its card for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import pyarrow as pa
from rich.text import Text

from normalizers.arrow import arrow_table
from normalizers.dataset import to_json_line
from registry.errors import SettingsError
from registry.tables import TABLES, Row, TableRows, columns_of, table
from trials.card import card, entries, heading
from trials.frames import to_pandas
from trials.screen import plain

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = 80  # of the card as text


class Trial(Mapping[str, Sequence[Row]]):
    """What a page says of a trial: rows by table, each a dictionary of columns; null is None."""

    def __init__(self, tables: TableRows) -> None:
        self.tables = tables

    @property
    def nct_id(self) -> str:
        """Id of the trial; of an obsolete id that was asked for, that of its trial."""
        return str(self.tables["pages"][0]["nct_id"])

    @property
    def kind(self) -> str:
        """Kind of the page: details, summary or references."""
        return str(self.tables["pages"][0]["kind"])

    def __getitem__(self, name: str) -> Sequence[Row]:
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def arrow(self, name: str) -> pa.Table:
        """Return one table as Arrow, in the order of its key; SettingsError for a name that is none."""
        if name not in self.tables:
            raise SettingsError(f"There is no table {name!r}. There are {', '.join(each.name for each in TABLES)}.")
        return arrow_table(table(name), self.tables[name])

    def pandas(self, name: str) -> pd.DataFrame:
        """Return one table as a frame of Arrow's types; codes are categories."""
        return to_pandas(self.arrow(name), columns_of(name))

    def json(self) -> str:
        """Return all tables as the line that `--json` prints."""
        return to_json_line(self.tables)

    def __repr__(self) -> str:
        """Return the card as text; contacts are not on it."""
        return plain(card(self.tables), _COLUMNS).rstrip("\n")

    def _repr_html_(self) -> str:
        """Return the card for a notebook; every text of the page is escaped."""
        titles = [line for study in self["studies"] for line in heading(study)]
        rows = "".join(
            f"<tr><th style='text-align:left;vertical-align:top'>{_html(Text(name))}</th>"
            f"<td style='text-align:left;white-space:pre-line'>{_html(value)}</td></tr>"
            for name, value in entries(self.tables)
        )
        return f"<div><p><b>{escape(self.nct_id)}</b> {'<br>'.join(map(_html, titles))}</p><table>{rows}</table></div>"


def _html(text: Text) -> str:
    return escape(text.plain)
