"""Damaged places of a column's text as problems; which columns hold texts that may be damaged."""

from functools import cache
from typing import cast

from normalizers.loss import Mark, lossy_marks
from registry.labels import FIELDS, FieldKey, Kind
from registry.privacy import looks_personal
from registry.record import Problem
from registry.tables import Row, table

_MAY_BE_DAMAGED = frozenset({Kind.TEXT, Kind.TERM, Kind.CITATION, Kind.RELATED, Kind.TIME_FRAME, Kind.SPONSOR})
_AROUND = 20  # characters of context in the message


def problems_of_damage(name: str, column: str, key: FieldKey, row: Row) -> list[Problem]:
    """Return a problem for each damaged place in a column's text; its message shows what is around, unless personal."""
    text = row.get(column)
    if not isinstance(text, str) or not (marks := lossy_marks(text)):
        return []
    ordinal = cast("int | None", row.get("ordinal"))
    where = f"{name}.{column}" + (f", row {ordinal}" if ordinal else "")
    return [
        Problem(
            "lossy_text", _message(text, mark, where), str(key), text[mark.start : mark.end], name, column, ordinal,
            mark.start, mark.end,
        )
        for mark in marks
    ]  # fmt: skip


def _message(text: str, mark: Mark, where: str) -> str:
    around = text[max(0, mark.start - _AROUND) : mark.end + _AROUND].replace("\n", " ")
    context = "" if looks_personal(around) else f" in '…{around}…'"
    damaged = text[mark.start : mark.end]
    return f"{damaged!r}{context} ({where}) may have been {mark.was}; the text was left as it is."


@cache
def texts_that_stand_once() -> tuple[tuple[str, str, FieldKey], ...]:
    """Return table, column and first place of the texts that a page has once, and that may be damaged."""
    found: dict[tuple[str, str], FieldKey] = {}
    for known in FIELDS:
        if table(known.table).key == ("nct_id",) and known.kind in _MAY_BE_DAMAGED:
            found.setdefault((known.table, known.column), known.key)
    return tuple((*column, key) for column, key in found.items())


@cache
def texts_of_rows(section: str, name: str) -> tuple[tuple[str, FieldKey], ...]:
    """Return column and place of the texts that the rows of a section give a table, and that may be damaged."""
    fields = (known for known in FIELDS if known.section == section and known.table == name)
    return tuple((known.column, known.key) for known in fields if known.kind in _MAY_BE_DAMAGED)
