"""Other trials that a trial's own texts name by their id: what an analyst joins trials on.

See also is left out: that table is the site's choice, and has a table of its own. So are the pieces of criteria, which
stand in the whole text already, and names of places and people.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from registry.nct_id import is_nct_id
from registry.tables import Row

_ID = re.compile(r"(?<![A-Za-z0-9])NCT[ -]?([0-9]{8})(?![0-9])", re.IGNORECASE)
_COLUMNS = {
    "studies": ("brief_title", "official_title", "acronym"),
    "id_information": ("id_value",),
    "brief_summaries": ("description",),
    "detailed_descriptions": ("description",),
    "eligibilities": ("criteria",),
    "interventions": ("name", "description"),
    "design_outcomes": ("measure", "description", "time_frame", "text"),
    "study_references": ("citation",),
}
"""Where other trials are named, in the order of the rows."""


def mentions(nct_id: str, tables: Mapping[str, Sequence[Row]]) -> Iterator[Row]:
    """Yield a row for each other trial and column that names it, in the order of the tables; none twice."""
    places = dict.fromkeys(_places(tables))
    return (
        {"mentioned_nct_id": mentioned, "table": name, "column": column}
        for mentioned, name, column in places
        if mentioned != nct_id and is_nct_id(mentioned)
    )


def _places(tables: Mapping[str, Sequence[Row]]) -> Iterator[tuple[str, str, str]]:
    for name, columns in _COLUMNS.items():
        for row in tables[name]:
            for column in columns:
                text = row.get(column)
                if isinstance(text, str) and ("NCT" in text or "nct0" in text):
                    yield from ((f"NCT{digits}", name, column) for digits in _ID.findall(text))
