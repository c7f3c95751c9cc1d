"""Damaged places of a column's text as problems."""

from collections.abc import Iterator
from typing import cast

from normalizers.loss import lossy_marks
from registry.labels import FieldKey
from registry.privacy import looks_personal
from registry.record import Problem
from registry.tables import Row

_AROUND = 20  # characters of context in the message


def problems_of_damage(table: str, column: str, key: FieldKey, row: Row) -> Iterator[Problem]:
    """Yield a problem for each damaged place in a column's text; its message shows what is around, unless personal."""
    text = row.get(column)
    ordinal = cast("int | None", row.get("ordinal"))
    if not isinstance(text, str):
        return
    for mark in lossy_marks(text):
        around = text[max(0, mark.start - _AROUND) : mark.end + _AROUND].replace("\n", " ")
        damaged = text[mark.start : mark.end]
        context = "" if looks_personal(around) else f" in '…{around}…'"
        where = f"{table}.{column}" + (f", row {ordinal}" if ordinal else "")
        message = f"{damaged!r}{context} ({where}) may have been {mark.was}; the text was left as it is."
        yield Problem("lossy_text", message, str(key), damaged, table, column, ordinal, mark.start, mark.end)
