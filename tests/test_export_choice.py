"""Which trials an export holds, and what SQL of a user may do: read the tables, and nothing else."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from registry.errors import SettingsError
from registry.tables import TABLES, table
from tests.builds import published, trials
from trials.export import source
from trials.export.choice import Choice, chosen, codes_of
from trials.export.locked import answer, locked
from trials.export.shapes import pieces, shapes
from trials.export.source import Source


def _id(number: int) -> str:
    return f"NCT{number:08}"


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of six trials, each with something of its own."""
    tables = trials(6)
    studies = tables["studies"]
    studies[0].update(overall_status="COMPLETED", phase="NA")
    studies[1].update(phase=None, start_earliest=date(2024, 5, 1), start_latest=date(2024, 5, 31))
    studies[2].update(start_earliest=date(2024, 6, 1), start_latest=date(2024, 6, 1))
    studies[3].update(enrollment=7)
    studies[4].update(start_earliest=None, start_latest=None)
    _rows(tables, "countries", 1)[0].update(name="Namibia", country_code="NA")
    _rows(tables, "facilities", 2)[0].update(country="Chile", country_code="CL", city="Arica")
    _rows(tables, "conditions", 3)[0].update(name="Brittle Bones", downcase_name="brittle bones")
    term = {"nct_id": _id(4), "ordinal": 1, "mesh_term": "Osteogenesis", "downcase_mesh_term": "osteogenesis"}
    tables["browse_conditions"].append(term)
    _rows(tables, "sponsors", 5)[0].update(name="100% O'Hara_Labs")
    for place, row in enumerate(studies):
        seen_at = datetime(2026, 11, 20 + place, tzinfo=UTC)
        version = {"nct_id": row["nct_id"], "valid_from": seen_at, "valid_to": None, "url": row["url"]}
        tables["study_versions"].append(version)
    return published(tmp_path_factory.mktemp("choice") / "store", tables).folder


def _rows(tables: dict[str, list[dict[str, Any]]], name: str, number: int) -> list[dict[str, Any]]:
    return [row for row in tables[name] if row["nct_id"] == _id(number)]


def test_no_filter_is_every_trial(build: Path) -> None:
    assert chosen(build, Choice()) is None


@pytest.mark.parametrize(
    ("choice", "numbers"),
    [
        (Choice(statuses=["COMPLETED"]), [1]),
        (Choice(statuses=["COMPLETED", "RECRUITING"]), [1, 2, 3, 4, 5, 6]),
        (Choice(phases=["NA"]), [1]),
        (Choice(countries=["NA"]), [1]),
        (Choice(countries=["CL"]), [2]),
        (Choice(conditions=["BRITTLE b"]), [3]),
        (Choice(conditions=["osteogenesis", "brittle"]), [3, 4]),
        (Choice(conditions=["%"]), []),
        (Choice(sponsors=["o'hara_"]), [5]),
        (Choice(sponsors=["100%"]), [5]),
        (Choice(since=date(2024, 5, 15)), [2, 3]),
        (Choice(since=date(2024, 6, 1)), [3]),
        (Choice(changed_since=date(2026, 11, 24)), [5, 6]),
        (Choice(ids=[_id(6), _id(2), _id(77)]), [2, 6]),
        (Choice(ids=[_id(77)]), []),
        (Choice(where="enrollment < 10"), [4]),
        (Choice(where="phase IS NULL OR phase = 'NA'"), [1, 2]),
        (Choice(where="countries.country_code = 'NA'"), [1]),
        (Choice(where="facilities.city = 'Arica' AND conditions.name IS NOT NULL"), [2]),
        (Choice(where="nct_id IN (SELECT nct_id FROM facilities WHERE city = 'Arica')"), [2]),
        (Choice(where="EXISTS (FROM conditions WHERE conditions.nct_id = studies.nct_id AND name ^@ 'Brittle')"), [3]),
        (Choice(where="enrollment < 10 OR phase = 'NA'", statuses=["RECRUITING"]), [4]),
        (Choice(where="enrollment < 10 -- and no more"), [4]),
        (Choice(statuses=["COMPLETED"], countries=["CL"]), []),
    ],
    ids=str,
)  # fmt: skip
def test_trials_that_fit(build: Path, choice: Choice, numbers: list[int]) -> None:
    assert chosen(build, choice) == [_id(number) for number in numbers]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("enrolment > 5", "enrollment"),
        ("countries.country = 'US'", "does not have a column"),
        ("phase = 'NA'; DROP VIEW studies", "more than one statement"),
        ("true) UNION (SELECT 'x'", "syntax error"),
        ("", "cannot be answered"),
        ("a, b", "single expression"),
        ("count(*) > 1", "cannot be answered"),
        ("phase = ?", "cannot be answered"),
        ("nct_id IN (SELECT content FROM read_text('/etc/passwd'))", "wants more than to read the tables"),
        ("nct_id IN (SELECT column0 FROM read_csv('http://127.0.0.1:1/x'))", "wants more than to read the tables"),
    ],
)
def test_a_condition_that_cannot_be(build: Path, where: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        chosen(build, Choice(where=where))


_secret = "the value of a variable"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')", "FROM '/etc/passwd'", "FROM read_text('/etc/passwd')",
        "FROM read_blob('/etc/passwd')", "FROM glob('/etc/*')", "FROM sniff_csv('/etc/passwd')",
        "FROM read_parquet('{build}/central_contacts.parquet')", "FROM parquet_schema('{build}/studies.parquet')",
        "COPY studies TO '{out}/x.csv'", "COPY (SELECT 1) TO '{build}/studies.parquet'", "EXPORT DATABASE '{out}/x'",
        "ATTACH '{out}/x.db'", "ATTACH ':memory:' AS m", "INSTALL httpfs", "LOAD httpfs", "LOAD '/tmp/x.so'",
        "SET enable_external_access = true", "RESET lock_configuration", "SET VARIABLE x = 1",
        "PRAGMA enable_progress_bar",
        "CREATE TABLE x AS SELECT 1", "CREATE TEMP VIEW x AS SELECT 1", "DROP VIEW studies", "DELETE FROM studies",
        "INSERT INTO studies SELECT * FROM studies", "UPDATE studies SET phase = NULL", "CREATE SECRET s (TYPE s3)",
        "WITH gone AS (DELETE FROM studies RETURNING *) SELECT * FROM gone", "CALL enable_logging()", "CHECKPOINT",
        "SELECT 1; COPY studies TO '{out}/x.csv'", "SELECT 1; SELECT 2", "", "SELECT getenv('HOME')", "FROM _secret",
        "PREPARE a AS SELECT 1", "BEGIN", "VACUUM", "USE memory", "FROM duckdb_secrets()",
        "FROM query('DROP VIEW studies')",
        "EXPLAIN ANALYZE COPY studies TO '{out}/x.csv'",
    ],
)  # fmt: skip
def test_sql_that_wants_more_than_to_read_is_refused(build: Path, tmp_path: Path, sql: str) -> None:
    before = {path.name: path.read_bytes() for path in build.iterdir()}
    with locked(build) as connection, pytest.raises(SettingsError):
        answer(connection, sql.format(build=build, out=tmp_path)).read_all()
    assert not list(tmp_path.iterdir())
    assert {path.name: path.read_bytes() for path in build.iterdir()} == before


@pytest.mark.parametrize(
    "sql",
    ["SELECT count(*) FROM studies", "FROM changes", "VALUES (1)", "DESCRIBE studies", "SHOW TABLES",
     "SUMMARIZE sponsors",
     "EXPLAIN SELECT 1", "WITH x AS (FROM studies) SELECT * FROM x JOIN sponsors USING (nct_id)", "SELECT 1;"],
)  # fmt: skip
def test_sql_that_reads_is_answered(build: Path, sql: str) -> None:
    with locked(build) as connection:
        assert answer(connection, sql).read_all().num_columns


@pytest.mark.parametrize("form", ["where", "answer"])
def test_no_variable_of_the_program_is_a_table(build: Path, form: str) -> None:
    frame = __import__("pandas").DataFrame({"nct_id": [_id(1)]})
    with pytest.raises(SettingsError, match="frame does not exist"), locked(build) as connection:
        if form == "where":
            chosen(build, Choice(where="nct_id IN (SELECT nct_id FROM frame)"))
        answer(connection, "FROM frame")
    assert len(frame) == 1


# --- codes, names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vocabulary", "texts", "codes"),
    [
        ("overall_status", ["recruiting"], ("RECRUITING",)),
        ("overall_status", ["Active, not recruiting"], ("ACTIVE_NOT_RECRUITING",)),
        ("overall_status", ["completed,RECRUITING", "Completed"], ("COMPLETED", "RECRUITING")),
        ("phase", ["N/A", "Phase 1/Phase 2"], ("NA", "PHASE1/PHASE2")),
        ("countries", ["na", "Germany, us", "Korea, Republic of"], ("NA", "DE", "US", "KR")),
    ],
)
def test_codes_and_wordings(vocabulary: str, texts: list[str], codes: tuple[str, ...]) -> None:
    assert codes_of(vocabulary, texts, "--x") == codes


def test_an_unknown_wording_has_a_neighbour() -> None:
    with pytest.raises(SettingsError, match=r"--status 'recruting' is neither .* Did you mean 'RECRUITING'\?"):
        codes_of("overall_status", ["recruting"], "--status")


@pytest.mark.parametrize(
    ("names", "columns", "said"),
    [
        (["study"], [], "no table 'study'. Did you mean 'studies'"),
        (["studies"], ["nct_di"], "no column 'nct_di' in studies. Did you mean 'nct_id'"),
        ([], ["countries.nme"], "Did you mean 'countries.name'"),
        (["studies"], ["countries.name"], "no column 'countries.name' in studies"),
        (["central_contacts"], [], "--contacts only"),
    ],
)
def test_unknown_names_have_neighbours(names: list[str], columns: list[str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        shapes(names, columns, wide=False, contacts=False)


def test_tables_and_columns() -> None:
    found = shapes((), ["nct_id", "countries.name", "phase"], wide=False, contacts=False)
    names = {each.name: [column.name for column in each.columns] for each in found}
    assert names["studies"] == ["nct_id", "phase"]
    assert names["countries"] == ["nct_id", "name"]
    assert names["sponsors"] == ["nct_id"]
    assert "central_contacts" not in names
    assert len(shapes((), (), wide=False, contacts=True)) == len(TABLES)
    with pytest.raises(SettingsError, match="leave out --tables"):
        shapes(["studies"], (), wide=True, contacts=False)


def test_names_with_commas() -> None:
    assert pieces(["a, b", "B"], "--x") == ("a", "b")
    with pytest.raises(SettingsError, match="empty name"):
        pieces([""], "--x")


# --- rows of the chosen trials ----------------------------------------------------------------------------------


def test_rows_of_chosen_trials_stay_in_the_order_of_their_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_TRIALS_AT_ONCE", 70)
    build = published(tmp_path / "store", trials(700)).folder
    ids = [_id(number) for number in range(1, 701) if number % 3]
    rows = Source(build, ids, contacts=True, spill=tmp_path / "spill")
    for name in ("studies", "facilities", "pages", "related_studies"):
        of = table(name)
        found = [row for batch in rows.batches(of, lambda _, sql: sql) for row in batch.to_pylist()]
        keys = [tuple(row[column] for column in of.key) for row in found]
        assert keys == sorted(keys)
        assert sorted({row["nct_id"] for row in found}) == ids
    rows.close()
