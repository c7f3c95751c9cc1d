"""Parquet that DuckDB, pandas and pyarrow open: checked, sorted, byte-identical, whole or not at all."""

import hashlib
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from normalizers.arrow import arrow_table
from normalizers.dataset import merge, to_json_line, write_parquet
from normalizers.dictionary import dictionary
from normalizers.tidy import tidy
from parsers import parse
from registry.errors import StoreError, TableError
from registry.record import Page
from registry.tables import TABLES, Row, Table, TableRows, table
from tests.cases import READ, page_of
from tests.pages import BASE, FAMILIES, as_text, render


def _tables(page: Page) -> TableRows:
    return tidy(page, parse(page))


@pytest.fixture(scope="module")
def merged() -> TableRows:
    return merge(_tables(page_of(case)) for case in READ)


@pytest.fixture(scope="module")
def folder(merged: TableRows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("tables")
    write_parquet(merged, directory)
    return directory


@pytest.mark.parametrize("each", TABLES, ids=lambda each: each.name)
def test_duckdb_and_pandas_read_every_table(each: Table, folder: Path, merged: TableRows) -> None:
    path = folder / f"{each.name}.parquet"
    names = [column.name for column in each.columns]
    found = duckdb.connect().execute(f"SELECT * FROM '{path}'")
    assert [column[0] for column in found.description or []] == names
    assert len(found.fetchall()) == len(merged[each.name])
    frame = pd.read_parquet(path)
    assert list(frame.columns) == names
    assert len(frame) == len(merged[each.name])


def test_values_survive(folder: Path) -> None:
    rows = (
        duckdb.connect()
        .execute(
            f"""SELECT start_month_year, start_date, start_latest, enrollment, is_fda_regulated
        FROM '{folder}/studies.parquet' WHERE nct_id = 'NCT09990004'"""
        )
        .fetchall()
    )
    assert [tuple(map(str, row)) for row in rows] == [("2024-02", "None", "2024-02-29", "120", "False")]
    phases = pd.read_parquet(folder / "studies.parquet").set_index("nct_id")["phase"]
    assert phases["NCT09990004"] == "NA"
    assert pd.isna(phases["NCT09990003"])


@pytest.mark.parametrize("each", TABLES, ids=lambda each: each.name)
def test_descriptions_stand_in_the_schema(each: Table, folder: Path) -> None:
    schema = pq.read_schema(folder / f"{each.name}.parquet")
    for column in each.columns:
        metadata = schema.field(column.name).metadata or {}
        assert metadata[b"description"].decode() == column.meaning
        assert metadata.get(b"null", b"").decode() == column.null
        assert schema.field(column.name).nullable == column.nullable
    assert pq.ParquetFile(folder / f"{each.name}.parquet").metadata.row_group(0).column(0).compression == "ZSTD"


def test_the_same_pages_give_the_same_bytes_in_any_order(folder: Path, tmp_path: Path) -> None:
    write_parquet(merge(_tables(page_of(case)) for case in reversed(READ)), tmp_path)
    for each in TABLES:
        files = (folder / f"{each.name}.parquet", tmp_path / f"{each.name}.parquet")
        first, second = (hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
        assert first == second, each.name


def test_rows_are_sorted_by_key(folder: Path) -> None:
    ids = duckdb.connect().execute(f"SELECT nct_id, ordinal FROM '{folder}/related_studies.parquet'").fetchall()
    assert ids == sorted(ids)


def test_contacts_are_readable_by_the_owner_only(folder: Path) -> None:
    def mode(name: str) -> int:
        return stat.S_IMODE((folder / f"{name}.parquet").stat().st_mode)

    assert mode("central_contacts") == 0o600
    assert mode("studies") & 0o044


# --- merging pages ----------------------------------------------------------------------------------------------


def test_one_trial_once_its_pages_all() -> None:
    html = render(BASE, FAMILIES["definition-list"]).encode()
    text = as_text(BASE).encode()
    both = merge([_tables(Page(html)), _tables(Page(text)), _tables(Page(html))])
    assert len(both["pages"]) == 2
    assert len(both["studies"]) == 1
    assert both["facilities"][0]["name"] == "Lantern Clinic"  # the complete page, not the extraction


def test_the_newest_complete_page_wins() -> None:
    html = render(BASE, FAMILIES["definition-list"])
    newer = html.replace("Recruiting", "Suspended")
    pages = [
        Page(newer.encode(), url="https://inclinicaltrials.com/a", fetched_at=datetime(2026, 2, 1, tzinfo=UTC)),
        Page(html.encode(), url="https://inclinicaltrials.com/a", fetched_at=datetime(2026, 1, 1, tzinfo=UTC)),
    ]
    assert merge(map(_tables, pages))["studies"][0]["overall_status"] == "SUSPENDED"


def test_a_page_given_again_counts_where_it_was_given_last() -> None:
    html = render(BASE, FAMILIES["definition-list"])
    first, second = (_tables(Page(body.encode())) for body in (html, html.replace("Recruiting", "Suspended")))
    assert merge([first, second])["studies"][0]["overall_status"] == "SUSPENDED"
    assert merge([second, first])["studies"][0]["overall_status"] == "RECRUITING"
    assert merge([first, second, first])["studies"][0]["overall_status"] == "RECRUITING"


def test_a_fetch_names_its_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Page(b"", fetched_at=datetime(2026, 1, 1))


# --- what is refused --------------------------------------------------------------------------------------------


def _country(**changes: object) -> Row:
    return {"nct_id": "NCT09990001", "ordinal": 1, "name": "China", "country_code": "CN", **changes}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([_country(name=None)], "countries.name is null"),
        ([_country(ordinal="1")], "countries.ordinal holds what is not integer"),
        ([_country(country_code="QQ")], "no code of countries.csv"),
        ([_country(), _country(name="Japan")], "two rows with the key"),
        ([{**_country(), "extra": 1}], "other columns than the table"),
        ([{"nct_id": "NCT09990001"}], "other columns than the table"),
    ],
)
def test_rows_that_break_the_table_are_refused(rows: list[Row], message: str) -> None:
    with pytest.raises(TableError, match=message):
        arrow_table(table("countries"), rows)


def test_nothing_is_written_if_one_table_is_broken(merged: TableRows, tmp_path: Path) -> None:
    with pytest.raises(TableError):
        write_parquet({**merged, "countries": [_country(name=None)]}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(merged: TableRows, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose another folder"):
        write_parquet(merged, tmp_path / "file" / "tables")


def test_a_full_disk_leaves_what_stood_there(
    merged: TableRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_parquet(merged, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    written: list[int] = []

    def write(table_: pa.Table, _file: object, **_options: object) -> None:
        written.append(table_.num_rows)
        if len(written) > 5:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", write)
    with pytest.raises(StoreError, match="No space left on device"):
        write_parquet(merged, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_where_a_table_belongs(merged: TableRows, tmp_path: Path) -> None:
    (tmp_path / "pages.parquet").mkdir()
    with pytest.raises(StoreError, match="nothing that stood there was changed"):
        write_parquet(merged, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["pages.parquet"]


def test_a_rename_that_fails_says_what_is_new(
    merged: TableRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "designs.parquet":
            raise OSError(5, "Input/output error")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(StoreError, match="6 of 22 tables are of this run"):
        write_parquet(merged, tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


# --- JSON and dictionary ----------------------------------------------------------------------------------------


def test_json_has_every_table_and_column() -> None:
    line = to_json_line(_tables(Page(as_text(BASE).encode())))
    assert "\n" not in line
    tables = json.loads(line)
    assert list(tables) == [each.name for each in TABLES]
    for each in TABLES:
        assert all(list(row) == [column.name for column in each.columns] for row in tables[each.name])
        assert not any(value == "" for row in tables[each.name] for value in row.values())
        if "ordinal" in each.key and each.name != "changes":
            assert [row["ordinal"] for row in tables[each.name]] == list(range(1, len(tables[each.name]) + 1))


def test_json_is_inert_and_keeps_values() -> None:
    hostile = "\x1b]0;title\x07 \u202eevil\u2028 \x9b2J"
    tables = _tables(Page(as_text(BASE).replace("LAMP-17/b", hostile).encode()))
    line = to_json_line(tables)
    assert not set(line) & {"\x1b", "\x07", "\u202e", "\u2028", "\x9b"}
    assert json.loads(line)["id_information"][0]["id_value"] == tables["id_information"][0]["id_value"]


def test_dictionary_names_everything() -> None:
    text = dictionary()
    for each in TABLES:
        assert f"## {each.name}\n" in text
        for column in each.columns:
            assert f"| `{column.name}` |" in text
