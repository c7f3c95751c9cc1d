"""What each column of AACT is here: `columns.csv` has its type and its value of ours, or no value where it is null.

Names, types and rules are those of AACT's schema `ctgov` (layout of 2024). A value is an expression of DuckDB over the
table of ours with the same name, or over what `SOURCES` has in its place.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from registry.tables import TABLES


@dataclass(frozen=True, slots=True)
class AactColumn:
    """One column of AACT: its type in DuckDB, and its value; an empty value is null, pages cannot fill it."""

    table: str
    name: str
    type: str
    value: str


@cache
def columns() -> tuple[AactColumn, ...]:
    """Return every column of every table of AACT, in the order of `columns.csv`."""
    text = (files("trials.aact") / "columns.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), strict=True)
    return tuple(AactColumn(row["table"], row["column"], row["type"], row["value"]) for row in rows)


@cache
def tables() -> dict[str, tuple[AactColumn, ...]]:
    """Return the columns of AACT by their table."""
    names = dict.fromkeys(column.table for column in columns())
    return {name: tuple(column for column in columns() if column.table == name) for name in names}


_AGE_YEARS = """
    coalesce({side}_age_years, CASE WHEN upper({side}_age) = 'N/A' THEN {unlimited} END) AS {name}
"""
_AGE_NUMBER = """
    CASE WHEN {side}_age IS NOT NULL
         THEN coalesce(try_cast(regexp_extract({side}_age, '^[0-9]+') AS INTEGER), 0) END AS {side}_age_num,
    regexp_replace(lower(regexp_extract({side}_age, '[^ ]+$')), 's$', '') AS {side}_age_unit
"""
_UNITED_STATES = "('US', 'AS', 'GU', 'MP', 'PR', 'UM', 'VI', 'FM', 'MH', 'PW')"
"""The United States, their territories, and the states in free association with them, as ISO 3166-1 has them."""

_LAST_SAID = "coalesce(last_update_submitted_date, fetched_at::DATE)"
"""Pages do not say which dates are estimates; one after the last update of the record can be nothing else."""

SOURCES = {
    "eligibilities": f"""
        SELECT *, {_AGE_YEARS.format(side="minimum", unlimited=0, name="lowest_age")},
               {_AGE_YEARS.format(side="maximum", unlimited="'infinity'::DOUBLE", name="highest_age")}
        FROM {{eligibilities}}""",
    "calculated_values": f"""
        SELECT nct_id, study_first_submitted_date, start_latest, primary_completion_latest,
               start_earliest <= {_LAST_SAID} AND primary_completion_earliest <= {_LAST_SAID} AS dates_are_past,
               facilities, has_us_facility, primary_outcomes, secondary_outcomes, other_outcomes,
               minimum_age_num, minimum_age_unit, maximum_age_num, maximum_age_unit
        FROM {{studies}}
        LEFT JOIN (SELECT nct_id, count(*) AS facilities, bool_or(country_code IN {_UNITED_STATES}) AS has_us_facility
                   FROM {{facilities}} GROUP BY nct_id) USING (nct_id)
        LEFT JOIN (SELECT nct_id, count(*) FILTER (outcome_type = 'primary') AS primary_outcomes,
                          count(*) FILTER (outcome_type = 'secondary') AS secondary_outcomes,
                          count(*) FILTER (outcome_type = 'other') AS other_outcomes
                   FROM {{design_outcomes}} GROUP BY nct_id) USING (nct_id)
        LEFT JOIN (SELECT nct_id, {_AGE_NUMBER.format(side="minimum")}, {_AGE_NUMBER.format(side="maximum")}
                   FROM {{eligibilities}}) USING (nct_id)""",
}
"""What values of a table of AACT are taken from, where that is not the table of ours with its name."""

COUNTED_IN = {
    "number_of_facilities": "facilities",
    "has_us_facility": "facilities",
    "has_single_facility": "facilities",
    "number_of_primary_outcomes_to_measure": "design_outcomes",
    "number_of_secondary_outcomes_to_measure": "design_outcomes",
    "number_of_other_outcomes_to_measure": "design_outcomes",
}
"""Columns of calculated_values that are null where the table of ours that they count is not there."""


def source(name: str) -> str | None:
    """Return the query that values of a table of AACT are taken from, tables of ours in braces; None if there is none.

    >>> source("sponsors"), source("keywords")
    ('SELECT * FROM {sponsors}', None)
    """
    if name in SOURCES:
        return SOURCES[name]
    return f"SELECT * FROM {{{name}}}" if name in {table.name for table in TABLES} else None


JOINED = {
    "all_browse_conditions": ("browse_conditions", "mesh_term", ""),
    "all_browse_interventions": ("browse_interventions", "mesh_term", ""),
    "all_cities": ("facilities", "city", ""),
    "all_conditions": ("conditions", "name", ""),
    "all_countries": ("countries", "name", "removed IS NOT TRUE"),
    "all_design_outcomes": ("design_outcomes", "measure", ""),
    "all_facilities": ("facilities", "name", ""),
    "all_group_types": ("design_groups", "group_type", ""),
    "all_id_information": ("id_information", "id_value", ""),
    "all_intervention_types": ("interventions", "intervention_type", ""),
    "all_interventions": ("interventions", "name", ""),
    "all_keywords": ("keywords", "name", ""),
    "all_overall_official_affiliations": ("overall_officials", "affiliation", ""),
    "all_overall_officials": ("overall_officials", "name", ""),
    "all_primary_outcome_measures": ("design_outcomes", "measure", "outcome_type = 'primary'"),
    "all_secondary_outcome_measures": ("design_outcomes", "measure", "outcome_type = 'secondary'"),
    "all_sponsors": ("sponsors", "name", ""),
    "all_states": ("facilities", "state", ""),
}
"""AACT's views with one row a trial, its distinct values joined by `|`: table, column, and which rows count."""
