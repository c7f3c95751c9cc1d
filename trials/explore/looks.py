"""How the tables are looked at: which columns are counted beside a table, its order, its group on the first page."""

from collections.abc import Iterator
from typing import NamedTuple

from registry.privacy import CONTACTS
from registry.tables import TABLES, Column, Table, Type

DICTIONARY = Table(
    "dictionary",
    "column of a table",
    ("table", "column"),
    (
        Column("table", Type.TEXT, "Table of the column"),
        Column("column", Type.TEXT, "Name of the column"),
        Column("type", Type.TEXT, "Type of its values; dates and times are ISO 8601 texts here, booleans 0 and 1"),
        Column("unit", Type.TEXT, "Unit of its values", "it has none"),
        Column("meaning", Type.TEXT, "What it says"),
        Column("null_means", Type.TEXT, "What a null in it means", "it is never null"),
        Column("vocabulary", Type.TEXT, "Name of the vocabulary that has all its codes", "it has none"),
        Column("rows", Type.INTEGER, "Number of rows of the table"),
        Column("filled", Type.INTEGER, "Number of rows with a value"),
        Column("percent", Type.DECIMAL, "Share of rows with a value", "the table is empty", unit="percent"),
    ),
)
"""A table of the copy alone: every column, what it means, and how many rows have it."""

SHOWN: tuple[Table, ...] = (*(table for table in TABLES if table.name != CONTACTS), DICTIONARY)
"""All tables of the copy; contacts are not among them."""


class Look(NamedTuple):
    """How a table is shown: columns that are counted beside it, the column that orders it from the highest on."""

    facets: tuple[str, ...] = ()
    sort_desc: str = ""  # empty: by the key
    indexed: tuple[str, ...] = ()  # further columns that are asked for by value


LOOKS: dict[str, Look] = {
    "studies": Look(
        ("overall_status", "phase", "study_type"),
        "last_update_submitted_date",
        ("enrollment", "start_month_year", "primary_completion_latest"),
    ),
    "id_information": Look(("id_source", "registry"), indexed=("id_value",)),
    "eligibilities": Look(("gender", "healthy_volunteers")),
    "designs": Look(("allocation", "primary_purpose", "masking")),
    "conditions": Look(("name",)),
    "browse_conditions": Look(("mesh_term",)),
    "interventions": Look(("intervention_type",)),
    "facilities": Look(("country_code",)),
    "countries": Look(("country_code",)),
    "sponsors": Look(("lead_or_collaborator",), indexed=("name",)),
    "design_outcomes": Look(("outcome_type",)),
    "study_references": Look(indexed=("year",)),
    "mentioned_studies": Look(("table",), indexed=("mentioned_nct_id",)),
    "related_studies": Look(indexed=("related_nct_id",)),
    "pages": Look(("kind", "complete"), "fetched_at"),
    "problems": Look(("code", "table")),
    "changes": Look(("table", "column"), "seen_at"),
    "study_versions": Look((), "valid_from"),
    "dictionary": Look(("table", "type")),
}
"""Tables without a row here are shown by their key, and nothing is counted."""

FIRST_COLUMNS = (
    "brief_title", "official_title", "overall_status", "phase", "study_type", "enrollment", "start_month_year",
    "primary_completion_month_year", "source", "last_update_submitted_date",
)  # fmt: skip
"""Columns of studies that a list of trials begins with; one link shows all."""

GROUPS: dict[str, tuple[str, ...]] = {
    "What a trial is": (
        "studies", "brief_summaries", "detailed_descriptions", "conditions", "browse_conditions", "interventions",
        "designs", "eligibilities", "eligibility_criteria", "design_outcomes", "sponsors", "facilities", "countries",
        "id_information",
    ),
    "What leads elsewhere": ("related_studies", "mentioned_studies", "study_references"),
    "What changed": ("changes", "study_versions"),
    "How well it was read": ("problems", "pages", "dictionary"),
}  # fmt: skip
"""The tables as the first page lists them."""


def look_of(name: str) -> Look:
    """Return how a table is shown."""
    return LOOKS.get(name, Look())


def indexed_columns(table: Table) -> Iterator[str]:
    """Yield the columns of a table that an index makes quick: all that the pages order, count or look up by."""
    look = look_of(table.name)
    if any(column.nullable for column in table.columns if column.name in table.key):
        yield "nct_id"  # SQLite has no primary key there
    yield from dict.fromkeys((*look.facets, *((look.sort_desc,) if look.sort_desc else ()), *look.indexed))
