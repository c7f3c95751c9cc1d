"""Which trials an export holds: filters of the command line, all of which a trial must pass.

status, phase       one of these codes, or of the wordings that registry/vocab knows
country             one of these, as code or wording: of a country or a location of the trial
condition, sponsor  one of these texts stands in a condition or MeSH term, or in a sponsor, in any case
since               it starts on this day or later, or may: a month is not decided against
changed_since       a version of it was first seen on this day or later, in UTC
ids                 one of these
where               a condition in SQL on studies; a column of another table, as `countries.country_code`, means that
the trial has such a row
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from registry.errors import SettingsError
from registry.tables import TABLES
from registry.vocabularies import code, codes, wordings
from trials.export.locked import locked, refusals_said

_TABLES = frozenset(table.name for table in TABLES)
_MOST_NAMED = 20  # codes of a vocabulary in a message


@dataclass(frozen=True, slots=True)
class Choice:
    """What trials must be like; empty and None leave it open. Statuses, phases and countries are codes."""

    statuses: Sequence[str] = ()
    phases: Sequence[str] = ()
    countries: Sequence[str] = ()
    conditions: Sequence[str] = ()
    sponsors: Sequence[str] = ()
    since: date | None = None
    changed_since: date | None = None
    ids: Sequence[str] | None = None
    where: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether every trial fits."""
        return self == Choice()


def codes_of(vocabulary: str, texts: Iterable[str], option: str) -> tuple[str, ...]:
    """Return codes for codes and wordings, several of them with commas between; SettingsError for what is neither."""
    found: dict[str, None] = {}
    for text in texts:
        whole = _code(vocabulary, text)
        pieces = [whole] if whole else [_code_or_error(vocabulary, piece, option) for piece in text.split(",")]
        found.update(dict.fromkeys(pieces))
    return tuple(found)


def _code(vocabulary: str, text: str) -> str | None:
    known = {each.casefold(): each for each in codes(vocabulary)}
    return known.get(text.strip().casefold()) or code(vocabulary, text.strip())


def _code_or_error(vocabulary: str, text: str, option: str) -> str:
    found = _code(vocabulary, text)
    if found is None:
        known = {each.casefold(): each for pair in wordings(vocabulary) for each in pair}
        near = get_close_matches(text.strip().casefold(), known, 1)
        hint = f"Did you mean {known[near[0]]!r}?" if near else _all_of(vocabulary)
        raise SettingsError(f"{option} {text.strip()!r} is neither a code nor a wording. {hint}")
    return found


def _all_of(vocabulary: str) -> str:
    every = sorted(codes(vocabulary))
    return f"There are {', '.join(every)}." if len(every) <= _MOST_NAMED else "Give a code of ISO 3166, or a name."


def chosen(build: Path, choice: Choice) -> list[str] | None:
    """Return the ids of the trials of a build that fit, sorted; None for all. SettingsError for a wrong `where`."""
    if choice.is_open:
        return None
    connection = locked(build)
    try:
        clauses = list(_clauses(choice))
        fitting = " AND ".join(f"({sql})" for sql, _ in clauses) or "true"
        values = [value for _, value in clauses]
        ids = _ids(connection, f"SELECT nct_id FROM studies WHERE {fitting}", values)
        if choice.where is not None:
            ids &= _where(connection, choice.where)
        return sorted(ids if choice.ids is None else ids.intersection(choice.ids))
    finally:
        connection.close()


def ids_in(build: Path) -> set[str]:
    """Return the ids of all trials of a build."""
    return set(map(str, pq.read_table(build / "studies.parquet", columns=["nct_id"]).column(0).to_pylist()))


def _clauses(choice: Choice) -> Iterator[tuple[str, Any]]:
    """Yield conditions on studies, and the value of the one `?` in each."""
    if choice.statuses:
        yield "list_contains(?, overall_status)", list(choice.statuses)
    if choice.phases:
        yield "list_contains(?, phase)", list(choice.phases)
    if choice.countries:
        rows = "SELECT nct_id, country_code FROM countries UNION ALL SELECT nct_id, country_code FROM facilities"
        yield f"nct_id IN (SELECT nct_id FROM ({rows}) WHERE list_contains(?, country_code))", list(choice.countries)
    if choice.conditions:
        rows = (
            "SELECT nct_id, downcase_name AS name FROM conditions "
            "UNION ALL SELECT nct_id, downcase_mesh_term FROM browse_conditions"
        )
        yield _says(rows), [text.lower() for text in choice.conditions]
    if choice.sponsors:
        yield _says("SELECT nct_id, lower(name) AS name FROM sponsors"), [text.lower() for text in choice.sponsors]
    if choice.since:
        yield "start_latest >= ?", choice.since
    if choice.changed_since:
        yield "nct_id IN (SELECT nct_id FROM study_versions WHERE valid_from >= ?)", choice.changed_since


def _says(rows: str) -> str:
    return f"nct_id IN (SELECT nct_id FROM ({rows}), (SELECT unnest(?::VARCHAR[]) AS said) WHERE contains(name, said))"


def _where(connection: duckdb.DuckDBPyConnection, where: str) -> set[str]:
    """Return the ids of trials that fit a condition of the user's."""
    with refusals_said(where):
        condition = str(duckdb.SQLExpression(where))  # one expression: nothing behind it, no bracket that ends another
        joins = "".join(f" LEFT JOIN {name} USING (nct_id)" for name in _named(connection, condition))
        return _ids(connection, f"SELECT DISTINCT studies.nct_id FROM studies{joins} WHERE {condition}", [])


def _named(connection: duckdb.DuckDBPyConnection, condition: str) -> list[str]:
    """Return the other tables whose columns a condition names; what subqueries name is their own."""
    ((tree,),) = connection.execute("SELECT json_serialize_sql(?)", [f"SELECT 1 WHERE {condition}"]).fetchall()
    return sorted(set(_columns(json.loads(tree)["statements"][0]["node"]["where_clause"])))


def _columns(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _columns(each)
    elif isinstance(node, dict):
        names = node.get("column_names", [])
        if node.get("class") == "COLUMN_REF" and len(names) > 1 and names[0] in _TABLES - {"studies"}:
            yield names[0]
        for key, each in node.items():
            if key != "subquery":
                yield from _columns(each)


def _ids(connection: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any]) -> set[str]:
    return {nct_id for (nct_id,) in connection.execute(sql, values).fetchall()}
