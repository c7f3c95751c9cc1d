"""Layouts that the parser does not know, and losses: what a page says is changed before its markup is printed.

The truth of a trial (`trials practice --truth`) stays what it is. In-process:

    World(layout_night=3)                           every page has a new `layout` from night 3 on
    World(layout_night=3, drift="double_rows")      or another of `DRIFTS`; without `layout_night` from night 0 on
    World(drift="drop_label:Administrative data/Phase", drift_share=0.05)

`site.world = replace(site.world, night=4)` moves the night of a site while it is served.

What a drift is about may stand after a colon: of labels and columns `section/label`, one of `LABELS`; of rows the
section of a table; a heading. A label that a trial's page lacks changes nothing there. A new layout makes a page anew,
and `Last-Modified` says so; sitemaps know the records and do not.

What a whole site answers wrongly is a fault, of `serving(world, port, Faults([fault]))`; the same port again is the
same site on another night:

    {"kind": "status", "status": 404, "path": "/*/NCT*"}               there is no trial any more
    {"kind": "soft_error", "notice": "captcha", "path": "/*/NCT*"}     a check for robots at status 200
    {"kind": "soft_error", "notice": "maintenance", "path": "/*/NCT*"}
    {"kind": "other_trial", "path": "/*/NCT*"}                         the page of another trial

With the path `*`, which is the default, robots.txt and sitemaps answer so too; `share` hits some addresses only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple, TypeAlias

from registry.labels import (
    ADMINISTRATIVE,
    FIELDS,
    LABEL_BLOCK,
    LOCATIONS,
    OUTCOME,
    RECRUITMENT,
    REFERENCES,
    SECTIONS,
    SEE_ALSO,
    SPONSORS,
    STUDY_DESIGN,
    STUDY_INFORMATION,
)
from trials.practice.facts import Facts, Pairs, Rows

_PAIRS = {
    ADMINISTRATIVE: "administrative",
    STUDY_INFORMATION: "information",
    RECRUITMENT: "recruitment",
    STUDY_DESIGN: "design",
    LABEL_BLOCK: "label_block",
}
_TABLES = {LOCATIONS: "locations", SPONSORS: "sponsors", OUTCOME: "outcomes", SEE_ALSO: "related"}
_CUT, _BLANKED = 1 / 3, 0.6  # shares of the rows

LABELS = tuple(str(field.key) for field in FIELDS if field.section in {**_PAIRS, **_TABLES})
"""Every label with a value, and every column of a table."""
_COLUMNS = tuple(label for label in LABELS if label.rpartition("/")[0] in _TABLES)

Apply: TypeAlias = Callable[[Facts, str, Random], Facts]


def drifted(facts: Facts, drift: str, stream: Random) -> Facts:
    """Return what a page says after a drift, its subject after a colon; ValueError if there is none of that name."""
    name, _, subject = checked_drift(drift).partition(":")
    return DRIFTS[name].apply(facts, subject or DRIFTS[name].subject, stream)


def checked_drift(drift: str) -> str:
    """Return the name of a drift, with its subject if it has one; ValueError names what there is."""
    name, _, subject = drift.partition(":")
    if name not in DRIFTS:
        raise ValueError(f"{name!r} is no drift; there are {', '.join(DRIFTS)}.")
    if subject and subject not in DRIFTS[name].subjects:
        raise ValueError(f"{name} cannot be about {subject!r}; there are {', '.join(DRIFTS[name].subjects)}.")
    return drift


def renamed(wording: str) -> str:
    """Return a new wording of a label or heading."""
    return f"Registered {wording.lower()}"


# --- labels and headings ----------------------------------------------------------------------------------------


def rename_label(facts: Facts, subject: str, stream: Random) -> Facts:
    """A label or column has a new wording."""
    del stream
    section, _, label = subject.rpartition("/")
    if section in _TABLES:
        header = [renamed(name) if name == label else name for name in facts.headers[section]]
        return _with_header(facts, section, header)
    return _with_pairs(facts, section, [(renamed(n) if n == label else n, v) for n, v in _pairs(facts, section)])


def drop_label(facts: Facts, subject: str, stream: Random) -> Facts:
    """A label is left out with its value, a column with its cells."""
    del stream
    section, _, label = subject.rpartition("/")
    if section not in _TABLES:
        return _with_pairs(facts, section, [pair for pair in _pairs(facts, section) if pair[0] != label])
    header = facts.headers[section]
    rows = [[text for name, text in zip(header, row, strict=True) if name != label] for row in _rows(facts, section)]
    return _with_rows(_with_header(facts, section, [name for name in header if name != label]), section, rows)


def move_label(facts: Facts, subject: str, stream: Random) -> Facts:
    """A label stands at the end of another section: of study information, or if it is of that, of recruitment."""
    section, _, label = subject.rpartition("/")
    moved = [pair for pair in _pairs(facts, section) if pair[0] == label]
    target = RECRUITMENT if section == STUDY_INFORMATION else STUDY_INFORMATION
    return _with_pairs(drop_label(facts, subject, stream), target, [*_pairs(facts, target), *moved])


def rename_heading(facts: Facts, subject: str, stream: Random) -> Facts:
    """A section has a new heading."""
    del stream
    return replace(facts, headings={**facts.headings, subject: renamed(subject)})


def layout(facts: Facts, subject: str, stream: Random) -> Facts:
    """Several labels and the headings of two sections have new wordings, so that no page is what it was."""
    for label in ("Administrative data/Phase", "Administrative data/Start date", f"{LABEL_BLOCK}/Study type"):
        facts = rename_label(facts, label, stream)
    facts = rename_label(rename_label(facts, f"{RECRUITMENT}/Enrollment", stream), f"{RECRUITMENT}/Gender", stream)
    return rename_heading(rename_heading(facts, REFERENCES, stream), subject, stream)


# --- rows -------------------------------------------------------------------------------------------------------


def swap_columns(facts: Facts, subject: str, stream: Random) -> Facts:
    """The cells of a column and of that on its right, or of the last and the first, have changed places."""
    del stream
    section, column = _column(facts, subject)
    return _with_rows(facts, section, [_swapped(row, column) for row in _rows(facts, section)])


def _swapped(row: Sequence[str], column: int) -> Sequence[str]:
    other = (column + 1) % len(row)
    places = {column: other, other: column}
    return [row[places.get(place, place)] for place in range(len(row))]


def blank_column(facts: Facts, subject: str, stream: Random) -> Facts:
    """A column is blank in three of five rows."""
    section, column = _column(facts, subject)
    rows = [
        ["" if place == column and is_blanked else text for place, text in enumerate(row)]
        for row in _rows(facts, section)
        for is_blanked in [stream.random() < _BLANKED]
    ]
    return _with_rows(facts, section, rows)


def cut_rows(facts: Facts, subject: str, stream: Random) -> Facts:
    """A third of the rows of a table is not there."""
    return _with_rows(facts, subject, [row for row in _rows(facts, subject) if stream.random() >= _CUT])


def double_rows(facts: Facts, subject: str, stream: Random) -> Facts:
    """Every row of a table stands twice."""
    del stream
    return _with_rows(facts, subject, [row for row in _rows(facts, subject) for _ in range(2)])


# --- facts ------------------------------------------------------------------------------------------------------


def _column(facts: Facts, subject: str) -> tuple[str, int]:
    section, _, label = subject.rpartition("/")
    return section, facts.headers[section].index(label)


def _pairs(facts: Facts, section: str) -> Pairs:
    pairs: Pairs = getattr(facts, _PAIRS[section])
    return pairs


def _rows(facts: Facts, section: str) -> Rows:
    rows: Rows = getattr(facts, _TABLES[section])
    return rows


def _with_pairs(facts: Facts, section: str, pairs: Pairs) -> Facts:
    return _with(facts, _PAIRS[section], pairs)


def _with_rows(facts: Facts, section: str, rows: Rows) -> Facts:
    return _with(facts, _TABLES[section], rows)


def _with(facts: Facts, name: str, value: Any) -> Facts:
    return replace(facts, **{name: value})


def _with_header(facts: Facts, section: str, header: Sequence[str]) -> Facts:
    return replace(facts, headers={**facts.headers, section: header})


class Drift(NamedTuple):
    """One drift: its function, what it is about if nothing is said, and all that it may be about."""

    apply: Apply
    subject: str
    subjects: Sequence[str]


_HEADINGS = tuple(heading for section in SECTIONS for heading in section.headings)
_OF_PAIRS = tuple(label for label in LABELS if label not in _COLUMNS and not label.startswith(LABEL_BLOCK))

DRIFTS: Mapping[str, Drift] = {
    "layout": Drift(layout, OUTCOME, _HEADINGS),
    "rename_label": Drift(rename_label, f"{RECRUITMENT}/Enrollment", LABELS),
    "drop_label": Drift(drop_label, f"{RECRUITMENT}/Enrollment", LABELS),
    "move_label": Drift(move_label, f"{RECRUITMENT}/Gender", _OF_PAIRS),
    "rename_heading": Drift(rename_heading, OUTCOME, _HEADINGS),
    "swap_columns": Drift(swap_columns, f"{LOCATIONS}/City", _COLUMNS),
    "blank_column": Drift(blank_column, f"{LOCATIONS}/City", _COLUMNS),
    "cut_rows": Drift(cut_rows, LOCATIONS, tuple(_TABLES)),
    "double_rows": Drift(double_rows, LOCATIONS, tuple(_TABLES)),
}
