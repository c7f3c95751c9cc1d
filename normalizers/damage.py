"""Damaged places of a column's text as problems."""

from typing import cast

from normalizers.loss import Mark, lossy_marks
from registry.labels import FieldKey
from registry.privacy import looks_personal
from registry.record import Problem
from registry.tables import Row

_AROUND = 20  # characters of context in the message


def problems_of_damage(table: str, column: str, key: FieldKey, row: Row) -> list[Problem]:
    """Return a problem for each damaged place in a column's text; its message shows what is around, unless personal."""
    text = row.get(column)
    if not isinstance(text, str) or not (marks := lossy_marks(text)):
        return []
    ordinal = cast("int | None", row.get("ordinal"))
    where = f"{table}.{column}" + (f", row {ordinal}" if ordinal else "")
    return [
        Problem(
            "lossy_text", _message(text, mark, where), str(key), text[mark.start : mark.end], table, column, ordinal,
            mark.start, mark.end,
        )
        for mark in marks
    ]  # fmt: skip


def _message(text: str, mark: Mark, where: str) -> str:
    around = text[max(0, mark.start - _AROUND) : mark.end + _AROUND].replace("\n", " ")
    context = "" if looks_personal(around) else f" in '…{around}…'"
    damaged = text[mark.start : mark.end]
    return f"{damaged!r}{context} ({where}) may have been {mark.was}; the text was left as it is."
