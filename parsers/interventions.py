"""Tables of interventions that have one column of types and names: `Drug: Aspirin`."""

from collections.abc import Sequence

from parsers.outline import Table, TableRow
from parsers.texts import heading_section
from registry.labels import INTERVENTION
from registry.vocabularies import code

_COLUMNS = ("Type", "Name")


def is_of_types_and_names(name: str) -> bool:
    """Whether a column is called as the section is, or its plural: it holds a type, a colon and a name.

    >>> is_of_types_and_names("Interventions"), is_of_types_and_names("Description")
    (True, False)
    """
    return heading_section(name.removesuffix("s")) == INTERVENTION


def with_types_apart(table: Table) -> tuple[Table, list[str]]:
    """Return a table with that column as two, and the texts that are gone: its name, and the colons."""
    place = next((place for place, name in enumerate(table.header) if is_of_types_and_names(name)), None)
    if place is None or not set(_COLUMNS).isdisjoint(table.header):
        return table, []
    gone = [table.header[place]]
    rows = []
    for row in table.rows:
        cells, colon = _apart(row.cells, place)
        gone.append(colon)
        rows.append(TableRow(cells, row.link))
    header = (*table.header[:place], *_COLUMNS, *table.header[place + 1 :])
    return Table(header, rows), gone


def _apart(cells: Sequence[str], place: int) -> tuple[tuple[str, ...], str]:
    if place >= len(cells):
        return tuple(cells), ""
    kind, colon, name = cells[place].partition(":")
    if not colon or code("intervention_type", kind) is None:
        kind, colon, name = "", "", cells[place]
    return (*cells[:place], kind.strip(), name.strip(), *cells[place + 1 :]), colon
