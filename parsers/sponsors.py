"""Sponsors whose cells ran together, or hold several organizations."""

import re
from collections.abc import Sequence

from parsers.draft import Draft
from parsers.outline import Part
from parsers.rows import cut_sponsors
from parsers.texts import heading_count
from registry.labels import FIELDS, SPONSORS, STUDY_INFORMATION, FieldKey
from registry.record import PageRow
from registry.wording import DASHES, fold, label_key

_KEYS = tuple(known.key for known in FIELDS if known.section == SPONSORS)
_LABELS = {label_key(label): known.labels[0] for known in FIELDS if known.section == SPONSORS for label in known.labels}
_ROLE = re.compile(r"(.+?)\s*\(([^()]*)\)")
_BETWEEN = re.compile(r"\n|; *")  # what may stand between organizations in one cell


def read_sponsor_lines(part: Part, lines: Sequence[str], draft: Draft) -> None:
    """Read sponsors from lines: each with its role in brackets, or cut by what the page says elsewhere."""
    source = draft.texts.get(FieldKey(STUDY_INFORMATION, "Source"))
    rows = _with_roles(lines) or cut_sponsors(list(lines), source, heading_count(part.heading))
    if rows is not None:
        for line in lines:
            draft.claim(_KEYS, line)
        draft.rows[SPONSORS].extend(rows)
    elif lines:
        message = "The rows of Sponsors cannot be cut by what the page says: none begins with the name under Source."
        draft.leave("cells_not_separable", message, FieldKey(SPONSORS, "Lead Sponsor"), *lines)


def _with_roles(lines: Sequence[str]) -> list[PageRow]:
    """Return the rows of lines such as `Acme (Lead Sponsor)`; none where a line is no such one."""
    found = [_ROLE.fullmatch(line) for line in lines]
    rows = [PageRow({_LABELS[role]: match[1]}) for match in found if match and (role := label_key(match[2])) in _LABELS]
    return rows if len(rows) == len(lines) else []


def check_sponsors(part: Part, draft: Draft) -> None:
    """Compare the organizations with the number in the heading; a cell may hold several, which that number tells."""
    rows, count = draft.rows[SPONSORS], heading_count(part.heading)
    if not rows or len(_organizations(rows)) == count:
        return
    if count is None:
        _say_not_counted(rows, draft)
        return
    apart = [
        PageRow({label: name})
        for row in rows
        for label, text in row.cells.items()
        for name in _BETWEEN.split(text)
        if name
    ]
    if len(_organizations(apart)) == count:
        draft.rows[SPONSORS] = apart
    else:
        message = f"{part.heading!r} counts {count}, but {len(_organizations(rows))} organizations were read."
        draft.note("conflict", message, FieldKey(SPONSORS, "Lead Sponsor"), part.heading)


def _say_not_counted(rows: Sequence[PageRow], draft: Draft) -> None:
    message = "Several organizations may stand in one cell: the heading does not count them."
    for row in rows:
        for label, text in row.cells.items():
            if _BETWEEN.search(text):
                draft.note("cells_not_separable", message, FieldKey(SPONSORS, label), text)


def _organizations(rows: Sequence[PageRow]) -> set[str]:
    return {fold(name) for row in rows for name in row.cells.values() if name and name not in DASHES}
