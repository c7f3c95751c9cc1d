"""AACT's schemas over our tables: names, types, rules, spellings, functions, and queries as people write them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

import trials
from registry.labels import PageKind
from registry.tables import TABLES, TableRows, columns_of
from registry.vocabularies import codes
from tests.aact_queries import QUERIES, Query
from trials.aact.differences import DIFFERENCES, Difference
from trials.aact.guide import guide
from trials.aact.legacy import NEW_SINCE, VOCABULARIES, spellings
from trials.aact.mapping import JOINED, source, tables
from trials.aact.views import add_ctgov
from trials.dataset import Dataset
from trials.practice.pages import trial_truth
from trials.practice.tables import write_truth
from trials.practice.world import World

WORLD = World(trials=300)
_PORT = 8000


@pytest.fixture(scope="module")
def truth() -> list[TableRows]:
    """What every trial says, in the order of the ids."""
    site = f"http://127.0.0.1:{_PORT}"
    there = [place for place in range(WORLD.count) if WORLD.is_listed(place)]
    found = [trial_truth(WORLD, place, PageKind.DETAILS, site) for place in there]
    return sorted(found, key=lambda trial: str(trial["studies"][0]["nct_id"]))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    """The same as tables."""
    folder = tmp_path_factory.mktemp("truth")
    write_truth(WORLD, _PORT, folder)
    with trials.open(folder) as opened:
        yield opened


def answer(connection: duckdb.DuckDBPyConnection, expression: str) -> Any:
    row = connection.execute(f"SELECT {expression}").fetchone()
    assert row
    return row[0]


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database without tables of ours."""
    with duckdb.connect() as connection:
        add_ctgov(connection)
        yield connection


# --- queries ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", QUERIES, ids=[query.name for query in QUERIES])
def test_a_query_written_for_aact_has_the_answer_of_the_truth(
    query: Query, dataset: Dataset, truth: list[TableRows]
) -> None:
    expected = query.answer(truth)
    assert any(any(row) for row in expected), "an answer of nothing shows nothing"
    assert dataset.sql(query.sql, schema=query.schema).fetchall() == expected


def test_there_are_enough_queries_of_both_kinds() -> None:
    assert len(QUERIES) >= 25
    assert {query.schema for query in QUERIES} == {"ctgov", "ctgov_legacy"}


# --- names and types --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", tables())
def test_every_column_has_its_type(name: str, empty: duckdb.DuckDBPyConnection) -> None:
    relation = empty.table(f"ctgov.{name}")
    found = dict(zip(relation.columns, map(str, relation.types), strict=True))
    assert found == {column.name: column.type for column in tables()[name]}
    assert not empty.execute(f"SELECT * FROM ctgov.{name}").fetchall()


@pytest.mark.parametrize("name", tables())
def test_the_legacy_schema_has_the_same_but_what_is_new(name: str, empty: duckdb.DuckDBPyConnection) -> None:
    new = NEW_SINCE.get(name, ())
    kept = [column.name for column in tables()[name] if column.name not in new]
    assert empty.table(f"ctgov_legacy.{name}").columns == kept


def test_a_column_has_a_value_only_where_we_have_a_table() -> None:
    for name, columns in tables().items():
        assert bool(source(name)) == any(column.value for column in columns), name
        assert len({column.name for column in columns}) == len(columns)


_OF_ANOTHER_NAME = {
    "last_update_submitted_qc_date": "last_update_submitted_date",
    "start_date": "start_latest",
    "completion_date": "completion_latest",
    "primary_completion_date": "primary_completion_latest",
    "verification_date": "verification_latest",
    "created_at": "first_seen_at",
    "updated_at": "fetched_at",
}


@pytest.mark.parametrize("name", [name for name in tables() if source(name)])
def test_a_value_is_our_column_of_the_same_name(name: str, dataset: Dataset) -> None:
    ours = columns_of(name) if name != "calculated_values" else {}
    plain = [column for column in tables()[name] if column.value.isidentifier() and column.value in ours]
    assert [column.value for column in plain] == [_OF_ANOTHER_NAME.get(each.name, each.name) for each in plain]
    unused = ours.keys() - {column.value for column in tables()[name]}
    assert not unused & {column.name for column in tables()[name]} - {"enrollment", *_OF_ANOTHER_NAME}
    for column in plain:
        found = dataset.sql(f"SELECT {column.name} FROM ctgov.{name} ORDER BY ALL").fetchall()
        assert found == dataset.sql(f"SELECT {column.value} FROM {name} ORDER BY ALL").fetchall(), column.name


@pytest.mark.parametrize("name", JOINED)
def test_joined_views_have_a_row_a_trial(name: str, dataset: Dataset, truth: list[TableRows]) -> None:
    table, column, condition = JOINED[name]
    kept = condition.split("'")[1] if "outcome_type" in condition else None
    expected = [
        (str(trial["studies"][0]["nct_id"]), "|".join(sorted({str(row[column]) for row in rows if row[column]})))
        for trial in truth
        if (rows := [row for row in trial.get(table, []) if kept in (None, row.get("outcome_type"))])
    ]
    found = dataset.sql(f"SELECT * FROM {name} ORDER BY nct_id", schema="ctgov").fetchall()
    assert found == expected
    assert found or source(table) is None


# --- AACT's rules -----------------------------------------------------------------------------------------------


def _of_a_trial(tables_: dict[str, dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    """A database with one trial: a row in each of these tables, of the columns that are given."""
    connection = duckdb.connect()
    for name, row in tables_.items():
        columns = ", ".join(f"${key} AS {key}" for key in {"nct_id": "", **row})
        connection.execute(f"CREATE TABLE {name} AS SELECT {columns}", {"nct_id": "NCT01234567", **row})
    add_ctgov(connection)
    return connection


@pytest.mark.parametrize(
    ("low", "high", "groups"),
    [
        (("17 Years", 17.0), ("18 Years", 18.0), (True, True, False)),
        (("18 Years", 18.0), ("64 Years", 64.0), (False, True, False)),
        (("18 Years", 18.0), ("65 Years", 65.0), (False, True, True)),
        (("65 Years", 65.0), ("N/A", None), (False, False, True)),
        (("N/A", None), ("17 Years", 17.0), (True, False, False)),
        (("N/A", None), ("N/A", None), (True, True, True)),
        ((None, None), ("17 Years", 17.0), (None, False, False)),
        (("70 Years", 70.0), (None, None), (False, False, None)),
    ],
)
def test_age_groups_are_those_that_the_limits_reach(
    low: tuple[Any, Any], high: tuple[Any, Any], groups: tuple[Any, ...]
) -> None:
    limits = dict(
        zip(("minimum_age", "minimum_age_years", "maximum_age", "maximum_age_years"), (*low, *high), strict=True)
    )
    connection = _of_a_trial({"eligibilities": limits})
    assert connection.execute("SELECT child, adult, older_adult FROM ctgov.eligibilities").fetchall() == [groups]


def test_ages_are_numbers_and_units_as_aact_has_them() -> None:
    limits = {"minimum_age": "18 Months", "maximum_age": "N/A"}
    connection = _of_a_trial({"studies": {}, "eligibilities": limits})
    columns = "minimum_age_num, minimum_age_unit, maximum_age_num, maximum_age_unit"
    assert connection.execute(f"SELECT {columns} FROM ctgov.calculated_values").fetchall() == [(18, "month", 0, "n/a")]


@pytest.mark.parametrize(
    ("ended", "said", "months"),
    [
        ((date(2020, 12, 1), date(2020, 12, 31)), date(2021, 3, 1), 11),
        ((date(2020, 12, 1), date(2020, 12, 31)), date(2020, 12, 5), 11),
        ((date(2020, 12, 1), date(2020, 12, 31)), date(2020, 11, 30), None),
        ((date(2019, 12, 17), date(2019, 12, 17)), date(2021, 3, 1), -1),
        ((date(2020, 12, 1), date(2020, 12, 31)), None, None),
    ],
)
def test_a_duration_is_of_dates_that_can_be_past(
    ended: tuple[date, date], said: date | None, months: int | None
) -> None:
    dates = {"start_earliest": date(2020, 1, 31), "start_latest": date(2020, 1, 31)}
    dates |= dict(zip(("primary_completion_earliest", "primary_completion_latest"), ended, strict=True))
    connection = _of_a_trial({"studies": {**dates, "last_update_submitted_date": said, "fetched_at": None}})
    assert answer(connection, "actual_duration FROM ctgov.calculated_values") == months


@pytest.mark.parametrize(("code", "there"), [("US", True), ("PR", True), ("PW", True), ("CA", False), (None, None)])
def test_the_united_states_have_territories(code: str | None, there: bool | None) -> None:
    connection = _of_a_trial({"studies": {}, "facilities": {"ordinal": 1, "country_code": code}})
    assert answer(connection, "has_us_facility FROM ctgov.calculated_values") is there


def test_what_was_not_exported_is_not_counted() -> None:
    connection = _of_a_trial({"studies": {}})
    counts = "number_of_facilities, has_us_facility, has_single_facility, number_of_primary_outcomes_to_measure"
    assert connection.execute(f"SELECT {counts} FROM ctgov.calculated_values").fetchall() == [(None,) * 4]
    assert not connection.execute("SELECT * FROM ctgov.central_contacts").fetchall()


def test_a_trial_without_facilities_has_none() -> None:
    connection = _of_a_trial({"studies": {}, "facilities": {"ordinal": 1}})
    connection.execute("DELETE FROM facilities")
    columns = "number_of_facilities, has_us_facility, has_single_facility"
    assert connection.execute(f"SELECT {columns} FROM ctgov.calculated_values").fetchall() == [(0, None, None)]


def test_ids_are_keys_that_stay(dataset: Dataset) -> None:
    for name in tables():
        if source(name) and name != "studies":
            rows, ids = dataset.sql(f"SELECT count(*), count(DISTINCT id) FROM ctgov.{name}").fetchall()[0]
            assert rows == ids > 0, name


def test_no_row_of_a_trial_has_an_id_of_the_next_trial() -> None:
    rows = {"facilities": {"ordinal": 999_999}}
    last = answer(_of_a_trial(rows), "id FROM ctgov.facilities")
    assert last < answer(
        _of_a_trial({"facilities": {"nct_id": "NCT01234568", "ordinal": 1}}), "id FROM ctgov.facilities"
    )


@pytest.mark.parametrize("place", VOCABULARIES, ids=".".join)
def test_every_code_was_written_somehow(place: tuple[str, str]) -> None:
    vocabulary = VOCABULARIES[place]
    written = spellings(vocabulary)
    assert written.keys() == codes(vocabulary)
    assert len(set(written.values())) == len(written)
    table, column = place
    for code, text in written.items():
        connection = _of_a_trial({table: {column: code, "ordinal": 1}})
        assert answer(connection, f"{column} FROM ctgov.{table}") == code
        assert answer(connection, f"{column} FROM ctgov_legacy.{table}") == text


@pytest.mark.parametrize(
    ("code", "printed", "text"),
    [
        ("INTERVENTIONAL", "Interventional", "Interventional"),
        ("OBSERVATIONAL", "Observational", "Observational"),
        ("OBSERVATIONAL", "Observational [Patient Registry]", "Observational [Patient Registry]"),
        ("EXPANDED_ACCESS", "Expanded Access", "Expanded Access"),
        (None, None, None),
    ],
)
def test_registries_were_a_type_of_their_own(code: str | None, printed: str | None, text: str | None) -> None:
    connection = _of_a_trial({"studies": {"study_type": code, "study_type_text": printed}})
    assert answer(connection, "study_type FROM ctgov.studies") == code
    assert answer(connection, "study_type FROM ctgov_legacy.studies") == text


@pytest.mark.parametrize(("healthy", "text"), [(True, "Accepts Healthy Volunteers"), (False, "No"), (None, None)])
def test_healthy_volunteers_were_a_text(healthy: bool | None, text: str | None) -> None:
    connection = _of_a_trial({"eligibilities": {"healthy_volunteers": healthy}})
    assert answer(connection, "healthy_volunteers FROM ctgov_legacy.eligibilities") == text


# --- where the views stand --------------------------------------------------------------------------------------


def test_the_views_are_of_a_file_and_under_any_name(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "export.duckdb"
    with duckdb.connect(str(path)) as connection:
        for table in TABLES:
            rows = dataset.arrow(table.name)
            connection.register("rows", rows)
            connection.execute(f"CREATE TABLE {table.name} AS SELECT * FROM rows")
        connection.unregister("rows")
        add_ctgov(connection)
        add_ctgov(connection)
    counted = "SELECT count(*), count(start_date) FROM {}ctgov_legacy.studies"
    expected = dataset.sql(counted.format("")).fetchall()
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute(counted.format("")).fetchall() == expected
        assert answer(connection, "to_char(date '2020-05-07', 'Mon YYYY')") == "May 2020"
        connection.execute("SET search_path = 'ctgov,main'; SET integer_division = true")
        assert answer(connection, "min(removed) FROM countries") is False
        assert answer(connection, "to_char(date '2020-05-07', 'YYYY')") == "2020"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS other (READ_ONLY)")
        assert connection.execute(counted.format("other.")).fetchall() == expected


# --- functions and dialect --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("to_char(date '2024-05-07', 'YYYY-MM-DD')", "2024-05-07"),
        ("to_char(date '2024-05-07', 'yyyy/mm')", "2024/05"),
        ("to_char(date '2024-05-07', 'Month')", "May      "),
        ("to_char(date '2024-05-07', 'FMMonth FMDD, YYYY')", "May 7, 2024"),
        ("to_char(date '2024-09-07', 'MON YY')", "SEP 24"),
        ("to_char(date '2024-05-07', 'YYYY\"-Q\"Q')", "2024-Q2"),
        ("to_char(date '2024-12-30', 'IYYY-IW')", "2025-01"),
        ("to_char(timestamp '2024-05-07 13:04:05', 'HH24:MI:SS HH12 PM')", "13:04:05 01 PM"),
        ("to_char(date '2024-05-07', 'Dy DDD')", "Tue 128"),
        ("to_char(NULL::date, 'YYYY')", None),
        ("to_char(max(x), 'YYYY') FROM (VALUES (date '2020-01-01'), (date '2021-01-01')) t(x)", "2021"),
        ("to_char(1234567, 'FM9,999,999')", "1,234,567"),
        ("to_char(0.5, 'FM990.00')", "0.50"),
        ("to_char(1234, 'FM999')", "###"),
        ("to_date('2020-03', 'YYYY-MM')", date(2020, 3, 1)),
        ("to_date('March 5, 2020', 'Month DD, YYYY')", date(2020, 3, 5)),
        ("initcap('LUNG cancer, non-small')", "Lung Cancer, Non-Small"),
        ("btrim('  x ')", "x"),
        ("btrim('xyx', 'x')", "y"),
        ("(regexp_match('Phase 12', '[0-9]+'))[1]", "12"),
        ("(regexp_match('Phase 12', 'Phase ([0-9])'))[1]", "1"),
        ("regexp_match('Phase', '[0-9]+')", None),
        ("regexp_match('f(x)', 'f\\(x\\)')", ["f(x)"]),
        ("regexp_count('placebo, Placebo', '[Pp]lacebo')", 2),
        ("regexp_like('Placebo', 'PLACEBO', 'i')", True),
        ("array_remove(ARRAY['a', 'b', 'a'], 'a')", ["b"]),
        ("every(x > 0) FROM (VALUES (1), (2)) t(x)", True),
        ("json_agg(x) FROM (VALUES (1), (2)) t(x)", "[1,2]"),
        (
            "json_agg(json_build_object('n', x, 'd', date '2020-01-01', 'of', jsonb_build_object(1, NULL)))"
            " FROM (VALUES (1), (2)) t(x)",
            '[{"n":1,"d":"2020-01-01","of":{"1":null}},{"n":2,"d":"2020-01-01","of":{"1":null}}]',
        ),
        ("json_object_agg(k, v) FROM (VALUES ('a', 1), ('b', 2)) t(k, v)", '{"a":1,"b":2}'),
        ("jsonb_object_agg(k, v) FROM (VALUES (1, 'x')) t(k, v)", '{"1":"x"}'),
        ("to_jsonb(ARRAY[1, 2])", "[1,2]"),
        ("jsonb_array_length('[1, 2]')", 2),
        ("regexp_substr('Phase 12', '[0-9]+')", "12"),
        ("regexp_substr('Phase', '[0-9]+')", None),
        ("quote_literal('it''s')", "'it''s'"),
        ("width_bucket(35, 0, 100, 10)", 4),
        ("width_bucket(-1, 0, 100, 10)", 0),
        ("width_bucket(100, 0, 100, 10)", 11),
        ("date '2020-01-31' + make_interval(months => 1)", "2020-02-29 00:00:00"),
        ("num_nonnulls(1, NULL, 'x')", 2),
    ],
)
def test_functions_of_postgres(expression: str, expected: Any, empty: duckdb.DuckDBPyConnection) -> None:
    found = answer(empty, expression)
    assert (str(found) if expression.startswith("date") else found) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "to_char(date '2024-05-07', 'YYYY-WW')",
        "to_char(5, '999')",
        "to_char(interval '1 day', 'DD')",
        "to_date('2020', 'J')",
        "regexp_match('ab', '(a)(b)')",
    ],
)
def test_what_a_function_does_not_know_is_an_error(expression: str, empty: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.InvalidInputException, match=r"know|takes"):
        empty.execute(f"SELECT {expression}").fetchall()


@pytest.mark.parametrize("difference", DIFFERENCES, ids=[each.what for each in DIFFERENCES])
def test_a_difference_is_one_and_there_is_a_way_around(
    difference: Difference, empty: duckdb.DuckDBPyConnection
) -> None:
    assert answer(empty, difference.instead) == difference.answer
    if difference.here is None:
        with pytest.raises(duckdb.Error):
            empty.execute(f"SELECT {difference.written}").fetchall()
    else:
        assert answer(empty, difference.written) == difference.here != difference.answer


def test_settings_make_two_differences_go(dataset: Dataset) -> None:
    query = "SELECT 7 / 2, list(x ORDER BY x DESC) FROM (VALUES (1), (NULL)) t(x)"
    assert dataset.sql(query, schema="ctgov").fetchall() == [(3, [None, 1])]
    assert dataset.sql(query).fetchall() == [(3.5, [1, None])]


def test_the_guide_is_current() -> None:
    current = (Path(__file__).parent.parent / "docs" / "aact.md").read_text(encoding="utf-8")
    assert current == guide(), "run `make dictionary`"


def test_the_guide_names_every_column_that_is_null() -> None:
    for name, columns in tables().items():
        line = next((line for line in guide().splitlines() if line.startswith(f"| {name} |")), "")
        null = [column.name for column in columns if source(name) and not column.value]
        assert all(f"`{column}`" in line for column in null), name
