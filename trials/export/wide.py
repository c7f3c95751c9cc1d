"""One wide table: a row a trial, with what it has several of as lists and counts.

    all columns of studies, eligibilities and designs; brief_summary, detailed_description
    lead_sponsor, and a list, in the order of the page, of each of: collaborators, conditions, mesh_terms,
        interventions, intervention_types, country_codes, primary_outcomes, id_values
    the number of rows in other tables: eligibility_criteria_count, facilities_count, …

A trial without rows has empty lists and zeros. Whoever wants more of a child table takes that table.
"""

from collections.abc import Iterator
from typing import NamedTuple

from registry.tables import Column, Table, Type, table

NAME = "studies_wide"
_ORDER = "ORDER BY ordinal"


class _Child(NamedTuple):
    """A column made of the rows that a trial has in another table."""

    column: Column
    table: str
    sql: str  # an aggregate of its rows


def _list(name: str, meaning: str, of: str, column: str, where: str = "") -> _Child:
    only = f"{column} IS NOT NULL{' AND ' if where else ''}{where}"
    return _Child(Column(name, Type.TEXTS, meaning), of, f"list({column} {_ORDER}) FILTER (WHERE {only})")


def _count(of: str) -> _Child:
    return _Child(Column(f"{of}_count", Type.INTEGER, f"Number of its rows in `{of}`"), of, "count(*)")


def _text(name: str, meaning: str, null: str, of: str, sql: str) -> _Child:
    return _Child(Column(name, Type.TEXT, meaning, null), of, sql)


_LEAD = "first(name ORDER BY ordinal) FILTER (WHERE lead_or_collaborator = 'lead')"
_CHILDREN = (
    _text("brief_summary", "The summary, line breaks kept", "it has none", "brief_summaries", "any_value(description)"),
    _text(
        "detailed_description",
        "The description, line breaks kept",
        "it has none",
        "detailed_descriptions",
        "any_value(description)",
    ),
    _text("lead_sponsor", "Lead sponsor, the first if several", "the page names none", "sponsors", _LEAD),
    _list("collaborators", "Collaborators", "sponsors", "name", "lead_or_collaborator = 'collaborator'"),
    _list("conditions", "Conditions as printed", "conditions", "name"),
    _list("mesh_terms", "MeSH terms as printed", "browse_conditions", "mesh_term"),
    _list("interventions", "Names of interventions", "interventions", "name"),
    _list("intervention_types", "Codes of kinds of intervention", "interventions", "intervention_type"),
    _list("country_codes", "ISO 3166-1 alpha-2 codes of countries", "countries", "country_code"),
    _list("primary_outcomes", "Primary outcomes", "design_outcomes", "measure", "outcome_type = 'primary'"),
    _list("id_values", "Other ids", "id_information", "id_value"),
    *map(_count, ("eligibility_criteria", "facilities", "design_outcomes", "study_references", "problems")),
)
_BESIDE = ("eligibilities", "designs")  # one row a trial at most: their columns are taken over


def _columns() -> Iterator[Column]:
    yield from table("studies").columns
    for name in _BESIDE:
        for column in table(name).columns[1:]:
            null = f"{column.null}; or no row in `{name}`" if column.null else f"no row in `{name}`"
            yield Column(column.name, column.type, column.meaning, null, column.unit, column.vocabulary)
    for child in _CHILDREN:
        yield child.column


WIDE = Table(NAME, "trial", ("nct_id",), tuple(_columns()))
"""The wide table as others are described."""


def wide_sql(condition: str) -> str:
    """Return the SQL of its rows, of trials that fit a condition on `nct_id`; the tables are named as they are."""
    joins = [f'LEFT JOIN (SELECT * FROM "{name}" WHERE {condition}) AS "{name}" USING (nct_id)' for name in _BESIDE]
    columns = ["studies.*", *(f"{name}.* EXCLUDE (nct_id)" for name in _BESIDE)]
    for name in dict.fromkeys(child.table for child in _CHILDREN):
        children = [child for child in _CHILDREN if child.table == name]
        made = ", ".join(f'{child.sql} AS "{child.column.name}"' for child in children)
        rows = f'SELECT nct_id, {made} FROM "{name}" WHERE {condition} GROUP BY nct_id'
        joins.append(f'LEFT JOIN ({rows}) AS "{name}" USING (nct_id)')
    columns += [f'{_never_null(child.column, child.table)} AS "{child.column.name}"' for child in _CHILDREN]
    return f"SELECT {', '.join(columns)} FROM (SELECT * FROM studies WHERE {condition}) AS studies {' '.join(joins)}"


def _never_null(column: Column, of: str) -> str:
    empty = {Type.TEXTS: "[]::VARCHAR[]", Type.INTEGER: "0"}.get(column.type)
    name = f'"{of}"."{column.name}"'
    return f"coalesce({name}, {empty})" if empty else name
