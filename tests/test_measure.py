"""What a file of a table holds, and which of its rows break the rules: held to a plain reading of the rows."""

import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizers.dataset import merge
from normalizers.manifest import Build, measure_build
from normalizers.measure import Measured, Quality, fingerprint, measure
from normalizers.parquet import WRITE_OPTIONS
from normalizers.tidy import tidy
from parsers import parse
from registry.errors import TableError
from registry.record import Page
from registry.tables import TABLES, Row, Table, TableRows, arrow_schema, table
from tests.builds import write
from tests.cases import READ, page_of


@pytest.fixture(scope="module")
def rows() -> TableRows:
    return merge(_tables(page_of(case)) for case in READ)


def _tables(page: Page) -> TableRows:
    return tidy(page, parse(page))


@pytest.fixture(scope="module")
def build(rows: TableRows, tmp_path_factory: pytest.TempPathFactory) -> Build:
    return measure_build(write(rows, tmp_path_factory.mktemp("build")))


@pytest.mark.parametrize("each", TABLES, ids=lambda each: each.name)
def test_counts_are_those_of_the_rows(each: Table, rows: TableRows, build: Build) -> None:
    found, mine = build.tables[each.name], rows[each.name]
    assert found.rows == len(mine)
    assert (found.disordered, found.nulls, found.foreign) == (0, Counter(), Counter())
    for column in each.columns:
        values = [row[column.name] for row in mine if row[column.name] is not None]
        assert found.non_null[column.name] == len(values)
        assert found.codes.get(column.name) == (Counter(map(str, values)) if column.vocabulary else None)


def test_pages_are_counted_once(rows: TableRows, build: Build) -> None:
    strange = {
        (row["url"], row["fetched_at"])
        for row in rows["problems"]
        if row["code"] in ("unknown_wording", "unknown_label")
    }
    assert build.quality.strange == len(strange) > 0
    assert build.quality.pages == len(rows["pages"])
    assert build.quality.claimed == pytest.approx(sum(float(str(row["text_claimed"])) for row in rows["pages"]))
    assert sum(build.quality.parser_versions.values()) == len(rows["pages"])


# --- order ------------------------------------------------------------------------------------------------------

_keys = st.lists(
    st.tuples(
        st.sampled_from(["NCT00000001", "NCT00000002"]),
        st.sampled_from(["studies", "sponsors"]),
        st.sampled_from([None, "name", "phase"]),
        st.sampled_from([None, 1, 2, 10]),
        st.sampled_from([datetime(2026, 1, 1), datetime(2026, 1, 2)]),
    ),
    max_size=30,
)


@given(_keys, st.integers(1, 7))
def test_disorder_is_what_comparing_row_by_row_finds(keys: list[tuple[object, ...]], group: int) -> None:
    names = table("changes").key
    rows: list[Row] = [dict(zip(names, key, strict=True)) | {"old": None, "new": None, "url": None} for key in keys]
    found = _measured("changes", rows, group)
    places = [[(value is not None, value or 0) for value in key] for key in keys]
    pairs = zip(keys, places, keys[1:], places[1:], strict=False)
    wrong = [not (was < now or (was == now and None in key)) for _, was, key, now in pairs]
    assert found.disordered == sum(wrong)
    assert bool(found.first_disordered) == any(wrong)


def _measured(name: str, rows: list[Row], group: int = 1000) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.parquet"
        content = pa.Table.from_pylist(rows, schema=arrow_schema(table(name)))
        pq.write_table(content, path, group, **WRITE_OPTIONS)
        return measure(path, table(name), Quality())


def test_a_key_that_stands_twice_across_row_groups() -> None:
    rows: list[Row] = [{"nct_id": "NCT00000001", "ordinal": n, "name": "x", "country_code": None} for n in (1, 2, 2, 3)]
    found = _measured("countries", rows, group=2)
    assert found.row_groups == 2
    assert (found.disordered, found.first_disordered) == (1, "nct_id NCT00000001, ordinal 2")


@pytest.mark.parametrize(
    ("long", "shown"),
    [("Upper and Lower Lanternia " * 10, 60), ("Jane Roe, jane@lantern.org", None), ("+1 800 933 7001", None)],
)
def test_values_that_are_no_code_are_counted_and_cut_or_withheld(long: str, shown: int | None) -> None:
    rows: list[Row] = [
        {"nct_id": "NCT00000001", "ordinal": n, "name": "x", "country_code": code}
        for n, code in enumerate(["US", long, "US", None, "QQ"], 1)
    ]
    found = _measured("countries", rows)
    assert found.codes["country_code"] == {"US": 2}
    assert found.foreign == {"country_code": 2}
    assert found.first_foreign == {"country_code": long[:shown] if shown else "a text that may be a contact"}


# --- files ------------------------------------------------------------------------------------------------------


def test_a_file_that_is_cut_or_flipped_is_an_error_or_says_so(rows: TableRows, tmp_path: Path) -> None:
    write(rows, tmp_path)
    path = tmp_path / "sponsors.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(TableError, match="no whole Parquet file"):
        measure(path, table("sponsors"), Quality())
    place = pq.ParquetFile(write(rows, tmp_path) / "sponsors.parquet").metadata.row_group(0).column(3).data_page_offset
    path.write_bytes(whole[: place + 4] + b"\xff" * 60 + whole[place + 64 :])
    with pytest.raises(TableError, match="cannot be read"):
        measure(path, table("sponsors"), Quality())


def test_the_fingerprint_is_of_names_types_and_nulls() -> None:
    assert len({fingerprint(each) for each in TABLES}) == len(TABLES) - 1  # summaries and descriptions look alike
    assert fingerprint(table("brief_summaries")) == fingerprint(table("detailed_descriptions"))
