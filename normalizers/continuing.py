"""Histories that go on from the build before: what changed from a trial's rows there to those that were made anew."""

from collections.abc import Collection, Sequence

import pyarrow as pa

from normalizers.arrow import arrow_table, in_utc
from normalizers.history import continued, joined
from registry.tables import Row, TableRows, table


class Continuing:
    """Some trials of which the newest page alone was read, and their rows before and now.

    Each table is noted first; those of the history are asked for then.
    """

    def __init__(self, nct_ids: Collection[str] = ()) -> None:
        self._before: dict[str, TableRows] = {nct_id: {} for nct_id in nct_ids}
        self._now: dict[str, TableRows] = {nct_id: {} for nct_id in nct_ids}
        self._made: dict[str, TableRows] = {}

    def __contains__(self, nct_id: str) -> bool:
        return nct_id in self._now

    def note(self, nct_id: str, name: str, before: Sequence[pa.Table], now: pa.Table) -> None:
        """Note the rows that a trial has in a table in the build before, and those it has now."""
        old = pa.concat_tables([now.slice(0, 0), *before])
        is_same = old.equals(now)  # most are, and rows take their time
        self._before[nct_id][name] = [] if is_same else _rows(old)
        self._now[nct_id][name] = [] if is_same else _rows(now)

    def history(self, nct_id: str, name: str, before: Sequence[pa.Table]) -> pa.Table:
        """Return the rows of a trial in a table of its history: those of before, and those that go on from them."""
        if nct_id not in self._made:
            self._made[nct_id] = continued(self._before.pop(nct_id), self._now[nct_id])
        old = [row for rows in before for row in _rows(rows)]
        return arrow_table(table(name), joined(name, old, self._made[nct_id][name]))


def _rows(rows: pa.Table) -> list[Row]:
    return [in_utc(row) for row in rows.to_pylist()]
