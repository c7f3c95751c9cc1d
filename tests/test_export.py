"""Exports hold what the build holds: each format read back by other programs, hostile texts, nothing that is run."""

import csv
import json
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import fastjsonschema
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.utils.escape import unescape

from normalizers.masking import masked
from registry.errors import StoreError
from registry.privacy import EMAIL, EMAIL_MASK, PHONE, PHONE_MASK
from registry.tables import TABLES, Table, Type, table
from tests.builds import published, trials
from trials import read_csv
from trials.export import source, xlsx
from trials.export.cells import RUNNING, as_text, guarded, unguarded
from trials.export.choice import Choice
from trials.export.formats import FORMATS, format_of
from trials.export.outcome import Outcome
from trials.export.run import Exported, Order, build_of, export
from trials.export.shapes import shapes
from trials.export.wide import WIDE

TEXTS = (
    "N/A", "NA", "None", "NULL", "nan", "0012", "1E10", "007", "true", "2024-05-01", "1/2", "-1", "+1", "3-4",
    "=18 years old", "+86 …", "- Age", "@x", "=cmd|'/c calc'!A1", "'quoted'", "''", "'", "\tx", "\nfirst", "\rx",
    "a\nb\r\nc\rd", 'she said "no", twice; yes', '"', ",", "a,b;c\td|e", " before and behind ", "é😀 ≥18",
    "\u2028\u200b", "<r><t>bold</t></r>", "<b>&amp;</b>", "_x0041_", "[1, 2]", '{"a": 1}', "\\N", "\\", "# note",
    "line one\n" * 2_000 + 'and "more"' * 200,
)  # fmt: skip
"""What people write, and what makes csv, spreadsheets and databases stumble."""


def _hostile() -> dict[str, list[dict[str, Any]]]:
    """Return tables of one trial for each text, which stands in columns of all kinds of table."""
    tables = trials(len(TEXTS))
    for place, text in enumerate(TEXTS):
        nct_id = f"NCT{place + 1:08}"
        for name, columns in (("studies", ("official_title", "source")), ("eligibilities", ("criteria", "minimum_age")),
                              ("brief_summaries", ("description",)), ("conditions", ("name",)),
                              ("facilities", ("name",)), ("sponsors", ("name",)), ("changes", ("old",))):  # fmt: skip
            for row in tables[name]:
                if row["nct_id"] == nct_id:
                    row.update(dict.fromkeys(columns, text))
        for row in tables["pages"]:
            if row["nct_id"] == nct_id:
                row["blank_labels"] = [text, "b"]
    return tables


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "store"
    published(folder, _hostile())
    return folder


def rows_of(store: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table of the build that is published."""
    return list(pq.read_table(store / "current" / f"{name}.parquet").to_pylist())


def exported(store: Path, target: Path, name: str | None = None, **also: Any) -> Exported:
    """Export, by default all tables of all trials."""
    form, is_file = format_of(target, name)
    wide, contacts = also.pop("wide", False), also.get("contacts", False)
    wanted = shapes(also.pop("tables", ()), also.pop("columns", ()), wide=wide, contacts=contacts)
    choice = also.pop("choice", Choice())
    return export(Order(build_of(store, None), target, form, is_file, wanted, choice, **also), lambda _: lambda _: None)


# --- each format, read back -------------------------------------------------------------------------------------


def _printed(row: Mapping[str, Any]) -> dict[str, str | None]:
    """Return a row as texts; a decimal of no fraction is printed as an integer."""
    return {
        name: None
        if value is None
        else as_text(value).removesuffix(".0")
        if isinstance(value, float)
        else as_text(value)
        for name, value in row.items()
    }


def _by_csv(folder: Path, name: str, separator: str = ",", suffix: str = "csv") -> list[dict[str, str | None]]:
    """Read by Python's csv, a guard taken off each text; an empty text is none."""
    with (folder / f"{name}.{suffix}").open(encoding="utf-8", newline="") as file:
        return [
            {key: unguarded(value) if value else None for key, value in row.items()}
            for row in csv.DictReader(file, delimiter=separator, strict=True)
        ]


def _by_tsv(folder: Path, name: str) -> list[dict[str, str | None]]:
    return _by_csv(folder, name, "\t", "tsv")


def _by_pandas(folder: Path, name: str) -> list[dict[str, str | None]]:
    frame = pd.read_csv(folder / f"{name}.csv", dtype="string", keep_default_na=False, na_values=[""])
    rows = frame.apply(lambda column: column.str.replace(r"^'", "", regex=True)).to_dict("records")
    return [{str(key): None if pd.isna(value) else str(value) for key, value in row.items()} for row in rows]


def _by_duckdb(folder: Path, name: str) -> list[dict[str, str | None]]:
    return [
        {key: None if value is None else unguarded(value) for key, value in row.items()}
        for row in duckdb.read_csv(str(folder / f"{name}.csv"), header=True, all_varchar=True, max_line_size=10_000_000)
        .to_arrow_table()
        .to_pylist()
    ]


@pytest.mark.parametrize(
    ("form", "read"),
    [("csv", _by_csv), ("csv", _by_pandas), ("csv", _by_duckdb), ("tsv", _by_tsv)],
    ids=["csv", "csv-pandas", "csv-duckdb", "tsv"],
)
def test_separated_texts_come_back(
    store: Path, tmp_path: Path, form: str, read: Callable[[Path, str], list[dict[str, str | None]]]
) -> None:
    exported(store, tmp_path / "out", form)
    for each in shapes((), (), wide=False, contacts=False):
        assert read(tmp_path / "out", each.name) == list(map(_printed, rows_of(store, each.name))), each.name


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_our_own_reader_gives_every_value_back(store: Path, tmp_path: Path, form: str) -> None:
    exported(store, tmp_path / "out", form)
    for each in shapes((), (), wide=False, contacts=False):
        frame = read_csv(tmp_path / "out" / f"{each.name}.{form}")
        found = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
        assert found == rows_of(store, each.name), each.name


@pytest.mark.parametrize("columns", [(), ("nct_id", "lead_sponsor", "conditions"), ("nct_id", "phase", "enrollment")])
def test_our_own_reader_knows_the_wide_table(store: Path, tmp_path: Path, columns: tuple[str, ...]) -> None:
    for form in ("csv", "parquet"):
        exported(store, tmp_path / f"cohort.{form}", wide=True, columns=columns)
    frame = read_csv(tmp_path / "cohort.csv")
    expected = pq.read_table(tmp_path / "cohort.parquet")
    assert pa.Table.from_pandas(frame, preserve_index=False).to_pylist() == expected.to_pylist()
    kinds = {name: str(kind) for name, kind in frame.dtypes.items()}
    assert kinds.get("conditions", "list<item: string>[pyarrow]").startswith("list<")
    assert kinds.get("phase", "category") == "category"
    assert kinds.get("enrollment", "int64[pyarrow]") == "int64[pyarrow]"


def test_json_lines_come_back(store: Path, tmp_path: Path) -> None:
    exported(store, tmp_path / "out", "jsonl")
    for each in shapes((), (), wide=False, contacts=False):
        text = (tmp_path / "out" / f"{each.name}.jsonl").read_text(encoding="utf-8")
        found = [json.loads(line) for line in text.split("\n")[:-1]]
        assert found == [_in_json(row) for row in rows_of(store, each.name)], each.name


def _in_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: as_text(value) if isinstance(value, date) else value for name, value in row.items()}


def test_sqlite_comes_back(store: Path, tmp_path: Path) -> None:
    exported(store, tmp_path / "out.sqlite")
    connection = sqlite3.connect(tmp_path / "out.sqlite")
    connection.row_factory = sqlite3.Row
    for each in shapes((), (), wide=False, contacts=False):
        found = [dict(row) for row in connection.execute(f'SELECT * FROM "{each.name}"')]
        assert found == [_in_sqlite(row) for row in rows_of(store, each.name)], each.name
    keys = [row["name"] for row in connection.execute("PRAGMA table_info(facilities)") if row["pk"]]
    connection.close()
    assert keys == ["nct_id", "ordinal"]


def _in_sqlite(row: Mapping[str, Any]) -> dict[str, Any]:
    def said(value: Any) -> Any:
        if isinstance(value, list):
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return int(value) if isinstance(value, bool) else as_text(value) if isinstance(value, date) else value

    return {name: said(value) for name, value in row.items()}


def test_duckdb_comes_back_with_types_and_meanings(store: Path, tmp_path: Path) -> None:
    exported(store, tmp_path / "out.duckdb")
    with duckdb.connect(tmp_path / "out.duckdb", read_only=True) as connection:
        for each in shapes((), (), wide=False, contacts=False):
            assert connection.sql(f'FROM "{each.name}"').to_arrow_table().to_pylist() == rows_of(store, each.name)
        types = dict(connection.sql("SELECT column_name, column_type FROM (DESCRIBE studies)").fetchall())
        one = "(schema_name, table_name, column_name) = ('main', 'studies', 'enrollment')"
        said = f"SELECT comment FROM duckdb_columns() WHERE {one}"
        ((comment,),) = connection.sql(said).fetchall()
        aact = "SELECT nct_id, official_title FROM ctgov.studies ORDER BY nct_id"
        assert [title for _, title in connection.sql(aact).fetchall()] == list(TEXTS)
        assert connection.sql("SELECT DISTINCT overall_status FROM ctgov_legacy.studies").fetchall() == [
            ("Recruiting",)
        ]
    assert (types["start_date"], types["enrollment"], types["fetched_at"]) == ("DATE", "BIGINT", "TIMESTAMP")
    assert comment.startswith("Number of participants")
    assert not list(tmp_path.glob("*.wal"))


def test_parquet_comes_back_with_its_schema(store: Path, tmp_path: Path) -> None:
    exported(store, tmp_path / "out", "parquet")
    for each in shapes((), (), wide=False, contacts=False):
        was, now = (pq.read_table(folder / f"{each.name}.parquet") for folder in (store / "current", tmp_path / "out"))
        assert now.schema.equals(was.schema, check_metadata=True), each.name
        assert now.equals(was), each.name


def _sheet(path: Path, name: str) -> list[dict[str, Any]]:
    book = openpyxl.load_workbook(path)
    rows = [[cell.value for cell in row] for row in book[name].iter_rows()]
    book.close()
    return [dict(zip(map(str, rows[0]), row, strict=True)) for row in rows[1:]]


def test_spreadsheets_come_back(store: Path, tmp_path: Path) -> None:
    assert exported(store, tmp_path / "out.xlsx").outcome == Outcome()
    for name in ("studies", "eligibilities", "brief_summaries", "conditions", "pages", "design_outcomes"):
        expected = [_in_sheet(row) for row in rows_of(store, name)]
        found = [{key: _from_sheet(value) for key, value in row.items()} for row in _sheet(tmp_path / "out.xlsx", name)]
        assert found == expected, name


def _in_sheet(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: json.dumps(value, ensure_ascii=False, separators=(",", ":")) if isinstance(value, list) else value
        for name, value in row.items()
    }


def _from_sheet(value: object) -> object:
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else value
    return _unescaped(value) if isinstance(value, str) else value


def _unescaped(text: str) -> str:
    """Return the text of a cell: `_x000D_` is a character (ECMA-376, ST_Xstring), which openpyxl leaves to its user."""
    return unguarded(unescape(text))


def test_no_cell_of_a_spreadsheet_is_a_formula(store: Path, tmp_path: Path) -> None:
    exported(store, tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    book.close()
    assert len(cells) > 10_000
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert not [cell.value for cell in cells if isinstance(cell.value, str) and cell.value.startswith(tuple(RUNNING))]


@pytest.mark.parametrize("separator", [",", "\t"], ids=["csv", "tsv"])
def test_no_cell_of_a_separated_file_is_run(store: Path, tmp_path: Path, separator: str) -> None:
    form = {",": "csv", "\t": "tsv"}[separator]
    exported(store, tmp_path / "out", form)
    texts = set()
    for path in (tmp_path / "out").glob(f"*.{form}"):
        with path.open(encoding="utf-8", newline="") as file:
            texts |= {cell for row in csv.reader(file, delimiter=separator, strict=True) for cell in row}
    assert not [text for text in texts if text.startswith(tuple(RUNNING))]
    assert {guarded(text) for text in TEXTS} <= texts


def test_raw_texts_have_no_guard(store: Path, tmp_path: Path) -> None:
    exported(store, tmp_path / "out.csv", tables=["sponsors"], columns=["name"], raw=True)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        found = [row["name"] for row in csv.DictReader(file, strict=True)]
    assert found == [row["name"] for row in rows_of(store, "sponsors")]


def test_a_null_is_no_empty_text(tmp_path: Path) -> None:
    published(tmp_path / "store", trials(2, acronym=None, source=""))
    exported(tmp_path / "store", tmp_path / "out.csv", tables=["studies"], columns=["acronym", "source"])
    assert (tmp_path / "out.csv").read_bytes() == b'acronym,source\n,""\n,""\n'


# --- limits of spreadsheets -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["x" * 40_000, "😀" * 20_000], ids=["x", "two units each"])
def test_a_text_that_is_too_long_for_a_cell_is_cut_and_said(tmp_path: Path, text: str) -> None:
    published(tmp_path / "store", trials(3, official_title=text))
    found = exported(tmp_path / "store", tmp_path / "out.xlsx", tables=["studies"])
    assert found.outcome.cut == (
        "3 texts of studies.official_title were cut to the 32,767 characters that a cell may have, first in row 2 of "
        "its sheet. Every other format has them whole.",
    )
    (title, *_) = [row["official_title"] for row in _sheet(tmp_path / "out.xlsx", "studies")]
    assert title == text[: 32_767 if text[0] == "x" else 16_383]


def test_rows_beyond_a_sheet_go_on_to_the_next(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 20)
    found = exported(store, tmp_path / "out.xlsx", tables=["studies"], columns=["nct_id"])
    assert found.outcome.notes == (
        "studies has more than the 20 rows that a sheet may have: it goes on to the sheet studies_3.",
    )
    sheets = ("studies", "studies_2", "studies_3")
    ids = [row["nct_id"] for name in sheets for row in _sheet(tmp_path / "out.xlsx", name)]
    assert ids == [row["nct_id"] for row in rows_of(store, "studies")]


def test_characters_that_xml_has_not_are_seen(tmp_path: Path) -> None:
    published(tmp_path / "store", trials(1, official_title="a\x01b\x0bc\x1fd\ufffee"))
    exported(tmp_path / "store", tmp_path / "out.xlsx", tables=["studies"])
    assert _sheet(tmp_path / "out.xlsx", "studies")[0]["official_title"] == "a␁b␋c␟d�e"


def test_days_before_excel_are_texts(tmp_path: Path) -> None:
    published(tmp_path / "store", trials(1, start_earliest=date(1900, 2, 28), start_latest=date(1900, 3, 1)))
    exported(tmp_path / "store", tmp_path / "out.xlsx", tables=["studies"])
    (row,) = _sheet(tmp_path / "out.xlsx", "studies")
    assert (row["start_earliest"], row["start_latest"]) == ("1900-02-28", datetime(1900, 3, 1))


# --- contacts ---------------------------------------------------------------------------------------------------

_CRITERIA = table("eligibilities").column("criteria")
_EMAIL, _PHONE = "ada.canary@lantern-canary.org", "+1 617 555 2368"


@pytest.fixture
def personal(tmp_path: Path) -> Path:
    """A store with an email and a telephone number in every free text."""
    tables = trials(3)
    for each in TABLES:
        for column in each.columns:
            if column.type is Type.TEXT and not column.vocabulary and column.name in _FREE:
                for row in tables[each.name]:
                    row[column.name] = f"Write to {_EMAIL} or call {_PHONE}, please."
    published(tmp_path / "store", tables)
    return tmp_path / "store"


_FREE = frozenset(
    "official_title source criteria description name measure time_frame citation text title message old new marker"
    " overall_status_text health_authority seen_title label id_value".split()
)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("chosen", [False, True], ids=["all", "chosen"])
def test_contacts_are_in_no_format(personal: Path, tmp_path: Path, form: str, chosen: bool) -> None:
    choice = Choice(where="enrollment >= 0") if chosen else Choice()
    exported(personal, tmp_path / "out", form, choice=choice)
    texts = _everything(tmp_path / "out", form)
    assert "[email]" in texts
    assert "[phone]" in texts
    assert "canary" not in texts
    assert texts.count("555 2368") == texts.count("Write to [email] or call +1 617 555 2368")  # ids, which have numbers
    assert "central_contacts" not in texts


def test_contacts_are_there_if_asked_for_and_then_the_owners_alone(personal: Path, tmp_path: Path) -> None:
    exported(personal, tmp_path / "out", "csv", contacts=True)
    assert "canary" in (tmp_path / "out" / "eligibilities.csv").read_text(encoding="utf-8")
    assert "phone_e164" in (tmp_path / "out" / "central_contacts.csv").read_text(encoding="utf-8")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}


def _everything(folder: Path, form: str) -> str:
    """Return all texts of an export, as one."""
    path = folder / f"trials.{form}"
    if form == "sqlite":
        with sqlite3.connect(path) as connection:
            texts = "\n".join(connection.iterdump())
        connection.close()
        return texts
    if form == "duckdb":
        with duckdb.connect(path, read_only=True) as database:
            names = [name for (name,) in database.sql("SHOW TABLES").fetchall()]
            return "\n".join(str(database.sql(f'FROM "{name}"').fetchall()) for name in names)
    if form == "xlsx":
        book = openpyxl.load_workbook(path)
        texts = "\n".join(str([cell.value for row in sheet.iter_rows() for cell in row]) for sheet in book)
        book.close()
        return texts
    if form == "parquet":
        return "\n".join(str(pq.read_table(path).to_pylist()) for path in folder.glob("*.parquet"))
    return "\n".join(path.read_text(encoding="utf-8") for path in folder.iterdir())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail josé.x+y@exa-mple.ac.uk.", "Mail [email]."), ("<b@c.de>", "<[email]>"),
        ("a [@] b.org, now", "[email], now"), ("a(at)b.org", "[email]"),
        ("dose @ 5.50 mg, 400mg@8h", None), ("+86 10 1234 5678", "[phone]"),
        ("at +49 (0)30 450-50 0000, x", "at [phone], x"), ("(301) 496-2563", "[phone]"), ("1-800-411-1222", "[phone]"),
        ("call us at 1234 5678 now", "[phone] now"), ("0221/478-0000", "[phone]"), ("0049 30 123456 7", "[phone]"),
        ("phone calls at weeks 12-24-36-48", None), ("2019-01-01 to 2020-12-31", None), ("1000 - 2000 mg", None),
        ("ISRCTN12345678, NCT01234567, 2019-001234-12", None), ("10^9/L, 100-200-300", None), ("018-002", None),
        ("N Engl J Med. 2008;359(4):339-378. PMID: 12345678", None), ("CD4+ 200 cells, age 18-75", None),
        ("doi: 10.1186/s13104-020-05021-5, 10.1016/0090-4295(92)90009-l, 10.1037//0022-3514.73.2.345", None),
        ("doi: 10.1016/j.cell.2018.02.010", None), ("study B-0610-038-004, P.T.REC/012/002577", None),
        ("T cell 200 000 000/L", None), ("from 01/02/2024 to 01 02 2024", None),
        ("1-877-BLOSSOM (toll-free)", "[phone] (toll-free)"),
        ("(021) 234 5678", "[phone]"), ("03-1234-5678;02 1234 5678", "[phone];[phone]"), ("301/496-2563", "[phone]"),
        ("site contact 555-0100 1", "site [phone]"), ("cell: 0171 2345678", "[phone]"),
    ],
)  # fmt: skip
def test_what_is_masked(text: str, expected: str | None) -> None:
    ((found,),) = duckdb.execute(f"SELECT {masked(_CRITERIA, 'text')} FROM (SELECT $1 AS text)", [text]).fetchall()
    assert found == (expected or text)
    assert re.sub(PHONE, rf"\1{PHONE_MASK}", re.sub(EMAIL, EMAIL_MASK, text)) == found


# --- what happens meanwhile -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "parquet", "duckdb", "sqlite"])
def test_a_build_that_goes_while_it_is_read(tmp_path: Path, form: str) -> None:
    published(tmp_path / "store", trials(3))
    build = build_of(tmp_path / "store", None)

    def begin(_: int) -> Callable[[int], None]:
        shutil.rmtree(build)
        return lambda _: None

    order = Order(build, tmp_path / "out", FORMATS[form], False, shapes((), (), wide=False, contacts=False), Choice())
    with pytest.raises(StoreError, match="was removed while it was exported: newer builds push old ones out"):
        export(order, begin)
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


# --- the wide table ---------------------------------------------------------------------------------------------


def test_the_wide_table_says_what_the_tables_say(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_TRIALS_AT_ONCE", 5)
    exported(store, tmp_path / "wide.parquet", wide=True)
    rows = pq.read_table(tmp_path / "wide.parquet").to_pylist()
    assert [row["nct_id"] for row in rows] == [row["nct_id"] for row in rows_of(store, "studies")]
    for row in rows:
        of = {each.name: [r for r in rows_of(store, each.name) if r["nct_id"] == row["nct_id"]] for each in TABLES}
        assert row["criteria"] == of["eligibilities"][0]["criteria"]
        assert row["brief_summary"] == of["brief_summaries"][0]["description"]
        assert row["conditions"] == [r["name"] for r in of["conditions"]]
        assert row["country_codes"] == [r["country_code"] for r in of["countries"] if r["country_code"]]
        assert row["primary_outcomes"] == [
            r["measure"] for r in of["design_outcomes"] if r["outcome_type"] == "primary" and r["measure"] is not None
        ]
        leads = [r["name"] for r in of["sponsors"] if r["lead_or_collaborator"] == "lead"]
        assert row["lead_sponsor"] == (leads[0] if leads else None)
        assert row["facilities_count"] == len(of["facilities"])
        assert row["problems_count"] == len(of["problems"])


def test_a_trial_without_rows_elsewhere_is_in_the_wide_table(tmp_path: Path) -> None:
    tables = trials(3)
    kept = {"studies", "pages", "problems"}
    cut = {
        name: rows if name in kept else [r for r in rows if r["nct_id"] != "NCT00000002"]
        for name, rows in tables.items()
    }
    published(tmp_path / "store", cut)
    exported(tmp_path / "store", tmp_path / "wide.jsonl", wide=True)
    row = [json.loads(line) for line in (tmp_path / "wide.jsonl").read_text(encoding="utf-8").splitlines()][1]
    assert (row["nct_id"], row["conditions"], row["facilities_count"], row["gender"]) == ("NCT00000002", [], 0, None)


def test_names_of_the_wide_table_are_distinct() -> None:
    names = [column.name for column in WIDE.columns]
    assert len(set(names)) == len(names)


# --- what stands beside -----------------------------------------------------------------------------------------

_PROFILES = Path(__file__).parent / "profiles"


@pytest.mark.parametrize("form", FORMATS)
def test_the_package_beside_is_valid_and_its_files_are_there(store: Path, tmp_path: Path, form: str) -> None:
    exported(store, tmp_path / "out", form, tables=["studies", "pages", "countries"])
    package = json.loads((tmp_path / "out" / "datapackage.json").read_text(encoding="utf-8"))
    profile = json.loads((_PROFILES / "data-package.json").read_text(encoding="utf-8"))
    fastjsonschema.compile(profile, use_default=False)(package)
    assert all((tmp_path / "out" / each["path"]).is_file() for each in package["resources"])
    assert [each["name"] for each in package["resources"]] == ["studies", "pages", "countries"]
    assert "## countries" in (tmp_path / "out" / "dictionary.md").read_text(encoding="utf-8")


def test_a_file_has_its_description_beside_it(store: Path, tmp_path: Path) -> None:
    exported(store, tmp_path / "cohort.csv", tables=["countries"], columns=["nct_id", "country_code"])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "cohort.csv", "cohort.csv.README.md", "cohort.csv.datapackage.json", "cohort.csv.dictionary.md",
    ]  # fmt: skip
    package = json.loads((tmp_path / "cohort.csv.datapackage.json").read_text(encoding="utf-8"))
    (resource,) = package["resources"]
    assert resource["path"] == "cohort.csv"
    assert [field["name"] for field in resource["schema"]["fields"]] == ["nct_id", "country_code"]
    assert "primaryKey" not in resource["schema"]
    assert "foreignKeys" not in resource["schema"]


def _blocks(readme: Path) -> dict[str, str]:
    """Return what a README says of loading, by tool."""
    text = readme.read_text(encoding="utf-8").split("## How to load it")[1].split("## What to know")[0]
    parts = re.split(r"^(\w+):\n", text, flags=re.MULTILINE)
    return {
        tool: re.sub(r"^    ", "", code, flags=re.MULTILINE)
        for tool, code in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.mark.parametrize("form", FORMATS)
def test_the_pandas_of_the_readme_runs(store: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exported(store, tmp_path / "out", form, tables=["studies", "sponsors"])
    monkeypatch.chdir(tmp_path / "out")
    found: dict[str, Any] = {}
    exec(_blocks(tmp_path / "out" / "README.md")["pandas"], found)
    frame = found["studies"]
    titles = [_unescaped(title) if form == "xlsx" else title for title in frame["official_title"]]
    assert titles == list(TEXTS)
    if "sqlite3" in found:
        for connection in [each for each in found.values() if isinstance(each, sqlite3.Connection)]:
            connection.close()


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "duckdb", "parquet"])
def test_the_duckdb_of_the_readme_runs(store: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exported(store, tmp_path / "out", form, tables=["studies"])
    monkeypatch.chdir(tmp_path / "out")
    with duckdb.connect() as connection:
        *before, last = [s for s in _blocks(tmp_path / "out" / "README.md")["DuckDB"].split(";") if s.strip()]
        for statement in before:
            connection.execute(statement)
        found = connection.sql(last).to_arrow_table().to_pylist()
    assert [
        unguarded(row["official_title"]) if form in ("csv", "tsv") else row["official_title"] for row in found
    ] == list(TEXTS)


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not here")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_libreoffice_runs_nothing(store: Path, tmp_path: Path, form: str) -> None:
    exported(store, tmp_path / f"studies.{form}", tables=["studies"])
    command = ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless"]
    reading = ["--infilter=Text - txt - csv (StarCalc):44,34,76,1,,0,true"] if form == "csv" else []  # quoted is text
    arguments = [*reading, "--convert-to", "xlsx", "--outdir", "opened", f"studies.{form}"]
    subprocess.run([*command, *arguments], cwd=tmp_path, capture_output=True, check=True, timeout=120)
    book = openpyxl.load_workbook(tmp_path / "opened" / "studies.xlsx")
    sheet = book.worksheets[0]
    formulas = {cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "f"}
    assert formulas <= {"=TRUE()", "=FALSE()"}, "it writes booleans so"
    names, *rows = sheet.iter_rows(values_only=True)
    shown = [str(row[names.index("official_title")] or "") for row in rows]
    book.close()
    for text, row in zip(shown, rows_of(store, "studies"), strict=True):
        assert _one_newline(guarded(row["official_title"])) in (_one_newline(text), _one_newline(unescape(text)))


def _one_newline(text: str) -> str:
    """Return a text as LibreOffice keeps it: all line ends are one."""
    return re.sub(r"\r\n?", "\n", text)


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not here")
def test_the_r_of_the_readme_runs(store: Path, tmp_path: Path) -> None:
    exported(store, tmp_path / "out", "csv", tables=["studies"])
    in_bytes = "writeLines(vapply(studies$official_title, function(t) paste(charToRaw(t), collapse = ''), ''))"
    code = f"{_blocks(tmp_path / 'out' / 'README.md')['R']}\n{in_bytes}"
    done = subprocess.run(["Rscript", "-e", code], cwd=tmp_path / "out", capture_output=True, text=True, check=True)
    read = [bytes.fromhex(line).decode() for line in done.stdout.splitlines()]
    assert read == [re.sub("\r\n?", "\n", text) for text in TEXTS], "R takes each line break for a newline"


def test_every_table_is_described(store: Path, tmp_path: Path) -> None:
    exported(store, tmp_path / "out", "jsonl", contacts=True)
    readme = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE) == [each.name for each in TABLES]
    assert "personal data" in readme


def _of(name: str, *columns: str) -> Table:
    (found,) = shapes([name], columns, wide=False, contacts=False)
    return found


def test_columns_come_in_the_order_asked_for() -> None:
    assert [column.name for column in _of("studies", "phase", "nct_id").columns] == ["phase", "nct_id"]
    assert _of("studies") == table("studies")
