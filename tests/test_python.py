"""`import trials`: the documented examples as they stand, one build, types, cards, and errors with what to do."""

import csv
import doctest
import gzip
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import trials
from normalizers.dataset import write_parquet
from registry.errors import FetchError, NotFound, PageError, SettingsError, StoreError, TableError
from registry.labels import PageKind
from registry.record import Page
from registry.tables import ARROW, TABLES, Row, Type, columns_of
from registry.vocabularies import codes
from tests import builds
from tests.pages import BASE, FAMILIES, render
from tests.sites import answer, raw_site
from trials import frames
from trials.practice.pages import trial_page
from trials.practice.server import serving
from trials.practice.site import Site
from trials.practice.world import World
from trials.tables import tables_of
from trials.trial import Trial

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
WORLD = World(trials=40)
PAGE = render(BASE, FAMILIES["definition-list"]).encode()
HOSTILE = "<script>alert('x')</script> & \"quotes\""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after `make demo`, with a saved page and a file of an export."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-m", "trials", "demo"], cwd=folder, capture_output=True, check=True, env=environment
    )
    (folder / "page.html").write_bytes(PAGE)
    ids = ("0012", "NA", "'=1+1", "''t Hart-3")
    _write_csv(
        folder / "id_information.csv",
        ["nct_id", "ordinal", "id_source", "id_value", "id_type", "registry"],
        [["NCT09990001", number, "secondary_id", each, "", ""] for number, each in enumerate(ids, 1)],
    )
    return folder


def _write_csv(path: Path, header: list[str], rows: list[list[Any]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    return path


def test_the_documented_examples_run_as_they_stand(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo)
    for variable in [name for name in os.environ if name.startswith("TRIALS_")]:
        monkeypatch.delenv(variable)
    examples = doctest.DocTestParser().get_doctest(GUIDE, {}, "python.md", "docs/python.md", 0)
    assert len(examples.examples) == GUIDE.count(">>> ")
    said: list[str] = []
    failed, tried = doctest.DocTestRunner(verbose=False).run(examples, out=said.append)
    assert (failed, tried) == (0, len(examples.examples)), "".join(said)


def test_importing_costs_nothing() -> None:
    heavy = (
        "pyarrow",
        "duckdb",
        "pandas",
        "rich",
        "typer",
        "pydantic",
        "requests",
        "scraper",
        "parsers",
        "normalizers",
    )
    code = f"import sys, trials; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"


def test_the_functions_stay_when_the_program_is_loaded() -> None:
    code = "import trials.cli, trials.trial, trials; print(trials.fetch('x'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, text=True)
    assert "SettingsError: 'x' is no id of a trial" in done.stderr


# --- datasets ---------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with a build of three trials."""
    builds.published(tmp_path / "store", builds.trials(3))
    return tmp_path / "store"


def test_a_dataset_stays_of_one_build(store: Path) -> None:
    with trials.open(store) as before:
        first = before.sql("SELECT count(*) FROM studies").fetchall()
        builds.published(store, builds.trials(4), at=datetime(2026, 12, 1, tzinfo=UTC))
        assert first == before.sql("SELECT count(*) FROM studies").fetchall() == [(3,)]
        assert before.arrow("facilities").num_rows == 2 * 3
        assert len(before.pandas("studies")) == 3
    with trials.open(store) as after:
        assert after.name != before.name
        assert after.relation("studies").count("*").fetchall() == [(4,)]


def test_a_dataset_is_opened_by_any_of_its_names(store: Path, tmp_path: Path) -> None:
    name = trials.open(store).name
    assert trials.open(store / "current").name == name
    assert trials.open(str(store / "tables" / name)).name == name
    write_parquet(builds.trials(2), tmp_path / "folder")
    assert trials.open(tmp_path / "folder").arrow("studies").num_rows == 2


def test_the_tables_as_of_a_day(store: Path) -> None:
    with pytest.raises(StoreError, match="trials build --as-of 2026-01-31"):
        trials.open(store, as_of="2026-01-31")
    builds.write(builds.trials(1), _made(store / "tables" / "as-of-2026-01-31"))
    assert trials.open(store, as_of="2026-01-31").arrow("studies").num_rows == 1
    with pytest.raises(SettingsError, match="a day such as"):
        trials.open(store, as_of="yesterday")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def test_what_is_no_dataset(tmp_path: Path, store: Path) -> None:
    with pytest.raises(StoreError, match="There is no folder"):
        trials.open(tmp_path / "nowhere")
    with pytest.raises(StoreError, match="`trials build` makes them"):
        trials.open(_made(tmp_path / "empty"))
    dataset = trials.open(store)
    for wrong in (dataset.arrow, dataset.pandas, dataset.relation):
        with pytest.raises(SettingsError, match="Did you mean 'studies'"):
            wrong("study")
    with pytest.raises(SettingsError, match=r"no column of studies 'fase'\. Did you mean 'phase'"):
        dataset.arrow("studies", columns=["nct_id", "fase"])
    with pytest.raises(SettingsError, match="no schema 'aact'"):
        dataset.sql("SELECT 1", schema="aact")


def test_a_build_that_is_gone_is_a_sentence(store: Path) -> None:
    dataset = trials.open(store)
    (dataset.folder / "studies.parquet").unlink()
    with pytest.raises(StoreError, match="open the store again"):
        dataset.arrow("studies")
    with pytest.raises(StoreError, match="open the store again"):
        dataset.sql("SELECT 1")


def test_a_table_of_another_user_is_left_out(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "contacts" not in str(path) and allowed(path, mode))
    dataset = trials.open(store)
    assert "central_contacts" not in dataset.tables
    assert dataset.sql("SELECT count(*) FROM ctgov.central_contacts").fetchall() == [(0,)]
    with pytest.raises(StoreError, match="only its owner"):
        dataset.arrow("central_contacts")


@pytest.mark.parametrize("name", [table.name for table in TABLES])
def test_frames_hold_what_the_tables_hold(name: str, store: Path) -> None:
    dataset = trials.open(store)
    table, frame = dataset.arrow(name), dataset.pandas(name)
    assert list(frame.columns) == list(columns_of(name)) == table.column_names
    for column in columns_of(name).values():
        values = [
            None if value is pd.NA or value is pd.NaT or _is_nan(value) else value for value in frame[column.name]
        ]
        assert list(map(_plain, values)) == list(map(_plain, table[column.name].to_pylist())), column.name
        if column.vocabulary:
            assert set(frame[column.name].cat.categories) == codes(column.vocabulary)
        else:
            assert isinstance(frame[column.name].dtype, pd.ArrowDtype)


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and value != value


def _plain(value: object) -> object:
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value


def test_codes_of_another_version_are_kept() -> None:
    table = pa.table({"phase": ["PHASE2", "PHASE9", None]})
    frame = frames.to_pandas(table, columns_of("studies"))
    assert frame.phase.isna().tolist() == [False, False, True]
    assert frame.phase.tolist()[:2] == ["PHASE2", "PHASE9"]


def test_without_pandas_it_is_said_what_to_install(store: Path, monkeypatch: pytest.MonkeyPatch, demo: Path) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    dataset = trials.open(store)
    assert dataset.arrow("studies").num_rows == 3
    what_to_do = r"pip install 'tidytrials\[pandas\]'"
    with pytest.raises(SettingsError, match=what_to_do):
        dataset.pandas("studies")
    with pytest.raises(SettingsError, match=what_to_do):
        trials.read_csv(demo / "id_information.csv")


def test_a_dataset_shows_itself(store: Path) -> None:
    dataset = trials.open(store)
    assert f"Dataset of build {dataset.name}\n  studies " in repr(dataset)
    page = dataset._repr_html_()
    assert re.findall(r"<code>facilities</code></td><td>6</td>", page)
    assert page.count("<tr>") == len(TABLES) + 1


# --- trials -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving(WORLD) as up:
        yield up


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without settings."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_trial_is_fetched_once(site: Site, elsewhere: Path, capfd: pytest.CaptureFixture[str]) -> None:
    nct_id = WORLD.nct_id(3)
    first = trials.fetch(nct_id.lower(), site=site.base, store=elsewhere / "store")
    again = trials.fetch(nct_id, site="http://127.0.0.1:9", store=elsewhere / "store")
    assert first.nct_id == nct_id
    assert again.tables == first.tables
    assert first.json() == again.json()
    assert first["studies"][0]["url"].startswith(site.base)  # type: ignore[attr-defined]
    assert capfd.readouterr() == ("", "")
    with pytest.raises(FetchError):
        trials.fetch(nct_id, site="http://127.0.0.1:9", store=elsewhere / "store", refresh=True)


def test_fetching_gives_what_the_program_prints(site: Site, elsewhere: Path) -> None:
    command = ["fetch", WORLD.nct_id(5), "--json", "--site", site.base, "--store", str(elsewhere / "store")]
    done = subprocess.run(
        [sys.executable, "-m", "trials", *command], cwd=elsewhere, capture_output=True, check=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert trials.fetch(WORLD.nct_id(5), site=site.base, store=elsewhere / "store").json() + "\n" == done.stdout


def test_an_obsolete_id_leads_to_its_trial(site: Site, elsewhere: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    alias = WORLD.alias_of(1)
    trial = trials.fetch(str(alias), site=site.base, store=elsewhere / "store")
    assert trial.nct_id == WORLD.nct_id(1)
    assert (alias, "nct_alias") in [(row["id_value"], row["id_source"]) for row in trial["id_information"]]


def test_other_kinds_of_page(site: Site, elsewhere: Path) -> None:
    trial = trials.fetch(WORLD.nct_id(2), site=site.base, store=elsewhere / "store", kind="references")
    assert trial.kind == PageKind.REFERENCES
    assert WORLD.nct_id(2) in repr(trial)
    assert WORLD.nct_id(2) in trial._repr_html_()


def test_what_cannot_be_fetched(site: Site, elsewhere: Path) -> None:
    store = elsewhere / "store"
    with pytest.raises(SettingsError, match="'NCT123' is no id of a trial"):
        trials.fetch("NCT123", site=site.base, store=store)
    with pytest.raises(SettingsError, match="no kind of page; there are details"):
        trials.fetch(WORLD.nct_id(0), site=site.base, store=store, kind="detail")
    with pytest.raises(SettingsError, match="site is wrong"):
        trials.fetch(WORLD.nct_id(0), site="inclinicaltrials", store=store)
    with pytest.raises(NotFound, match="has no details page"):
        trials.fetch("NCT01234567", site=site.base, store=store)
    with pytest.raises(FetchError):
        trials.fetch(WORLD.nct_id(0), store=elsewhere / "other")  # no contact address
    assert not (elsewhere / "other").exists()


def test_a_page_that_is_none_is_an_error(elsewhere: Path) -> None:
    with raw_site(lambda path: answer("" if path == "/robots.txt" else "<p>none</p>")) as up, pytest.raises(PageError):
        trials.fetch("NCT01234567", site=up.base, store=elsewhere / "store")


def test_parsing_gives_the_tables_of_the_page(elsewhere: Path) -> None:
    page = trial_page(WORLD, 4, PageKind.DETAILS, "http://127.0.0.1:8000").encode()
    path = elsewhere / "saved.html"
    path.write_bytes(page)
    expected = tables_of(Page(page))
    for given in (page, path, str(path)):
        assert trials.parse(given).tables == expected


def test_what_cannot_be_parsed(elsewhere: Path) -> None:
    with pytest.raises(PageError):
        trials.parse(b"<p>Nothing here</p>")
    with pytest.raises(PageError, match="captures"):
        trials.parse(b"WARC/1.0\r\n")
    with pytest.raises(StoreError, match=r"'gone\.html': There is no such file"):
        trials.parse("gone.html")
    with pytest.raises(StoreError, match="folder"):
        trials.parse(elsewhere)
    with pytest.raises(StoreError, match="'-': There is no such file"):
        trials.parse("-")


def test_a_card_is_escaped_and_has_no_contact() -> None:
    tables = tables_of(Page(PAGE))
    for name in ("studies", "sponsors", "facilities", "conditions", "interventions", "design_outcomes"):
        for row in tables[name]:
            row.update({key: HOSTILE for key, value in row.items() if isinstance(value, str) and key != "nct_id"})
    page = Trial(tables)._repr_html_()
    assert "&lt;script&gt;" in page
    assert not re.search(r"<(?!/?(div|p|b|br|table|tr|th|td)\b)", page)
    assert "<script" not in page
    contact = tables["central_contacts"][0]
    for value in (contact["name"], contact["phone"], contact["email"]):
        assert str(value) not in page
        assert str(value) not in repr(Trial(tables))


def test_a_trial_of_a_build_is_that_of_its_page(store: Path) -> None:
    dataset = trials.open(store)
    trial = dataset.trial("nct 0000 0002")
    assert trial.nct_id == "NCT00000002"
    for table in TABLES:
        expected = [row for row in builds.trials(3)[table.name] if row["nct_id"] == "NCT00000002"]
        key = [name for name in table.key if name != "fetched_at"]
        assert sorted(_keys(trial[table.name], key)) == sorted(_keys(expected, key)), table.name
    assert "NCT00000002" in repr(trial)
    assert trial.json()
    with pytest.raises(NotFound, match="has no trial NCT00000009"):
        dataset.trial("NCT00000009")
    with pytest.raises(SettingsError, match="no id of a trial"):
        dataset.trial("nct")
    assert trial.arrow("facilities").num_rows == 2
    with pytest.raises(SettingsError, match="no table 'sites'"):
        trial.pandas("sites")


def _keys(rows: Any, names: list[str]) -> list[tuple[str, ...]]:
    return [tuple(str(row[name]) for name in names) for row in rows]


# --- files of an export -----------------------------------------------------------------------------------------

_TEXTS = (
    "N/A", "NA", "0012", "null", "NaN", "-", "1e5", "2024-01-01", " padded ", "two\nlines", "two\r\nlines", 'a "quote"',
    "=1+1", "+86 10", "- Age", "@x", "\ttab", "\rreturn", "\nline", "'t Hart", "''", "'", "é漢😀", "a,b;c|d",
    "x" * 20_000,
)  # fmt: skip
_GUARDED = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def _cell(value: object, *, raw: bool) -> str:
    """A cell as `trials export` writes it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M:%SZ}"
        case list():
            return '["a, b", "c \\"d\\""]'
        case str() if not raw and value.startswith(_GUARDED):
            return f"'{value}"
    return str(value)


def _some(column_type: Type) -> Any:
    return {
        Type.INTEGER: -12, Type.DECIMAL: 0.1, Type.BOOLEAN: False, Type.DATE: datetime(2024, 5, 31).date(),
        Type.TIME: datetime(2026, 11, 29, 8, 15, 1), Type.TEXTS: ["a, b", 'c "d"'],
    }.get(column_type)  # fmt: skip


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize(("ending", "delimiter"), [("csv", ","), ("tsv", "\t")])
@pytest.mark.parametrize("name", [table.name for table in TABLES])
def test_every_value_of_a_file_is_as_it_was(name: str, ending: str, delimiter: str, raw: bool, tmp_path: Path) -> None:
    columns = columns_of(name)
    rows: list[Row] = []
    for text in _TEXTS:
        free = {
            column.name: text if column.type is Type.TEXT and not column.vocabulary else None
            for column in columns.values()
        }
        given = {column.name: _some(column.type) for column in columns.values() if column.type is not Type.TEXT}
        known = {c.name: sorted(codes(c.vocabulary))[0] for c in columns.values() if c.vocabulary}
        rows.append({**free, **given, **known})
    rows.append(dict.fromkeys(columns))
    path = tmp_path / f"{name}.{ending}"
    _write_csv(path, list(columns), [[_cell(value, raw=raw) for value in row.values()] for row in rows], delimiter)
    frame = trials.read_csv(path, raw=raw)
    assert list(frame.columns) == list(columns)
    for column in columns.values():
        if column.vocabulary:
            assert frame[column.name].astype(object).where(frame[column.name].notna(), None).tolist() == [
                row[column.name] for row in rows
            ]
        else:
            found = pa.array(frame[column.name]).cast(ARROW[column.type])
            assert found.to_pylist() == [row[column.name] for row in rows], column.name
            assert pa.types.is_string(found.type) == (column.type is Type.TEXT)


def test_files_that_a_spreadsheet_or_gzip_went_over(tmp_path: Path) -> None:
    text = "nct_id,enrollment,overall_status\r\nNCT01234567,12,RECRUITING\r\n"
    (tmp_path / "studies.csv").write_text("\ufeff" + text, encoding="utf-8", newline="")
    (tmp_path / "studies.csv.gz").write_bytes(gzip.compress(text.encode()))
    for path in (tmp_path / "studies.csv", tmp_path / "studies.csv.gz"):
        frame = trials.read_csv(path)
        assert frame.astype(object).to_numpy().tolist() == [["NCT01234567", 12, "RECRUITING"]]
        assert str(frame.enrollment.dtype) == "int64[pyarrow]"


def test_the_columns_tell_the_table_too(tmp_path: Path) -> None:
    header = ["nct_id", "overall_status", "enrollment", "start_date"]
    path = _write_csv(tmp_path / "mine.csv", header, [["NCT01234567", "RECRUITING", 12, "2024-05-17"]])
    types = trials.read_csv(path).dtypes.astype(str).tolist()
    assert types == ["string[pyarrow]", "category", "int64[pyarrow]", "date32[day][pyarrow]"]
    renamed = _write_csv(tmp_path / "x.csv", ["nct_id", "my_column"], [["NCT01234567", "0012"]])
    assert trials.read_csv(renamed).my_column.tolist() == ["0012"]
    assert str(trials.read_csv(path, table="studies").dtypes["enrollment"]) == "int64[pyarrow]"


def test_what_is_no_file_of_an_export(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        trials.read_csv(tmp_path / "gone.csv")
    with pytest.raises(SettingsError, match="Did you mean 'studies'"):
        trials.read_csv(_write_csv(tmp_path / "a.csv", ["nct_id"], []), table="study")
    with pytest.raises(TableError, match="header"):
        trials.read_csv(_write_csv(tmp_path / "b.csv", ["nct_id", "nct_id"], []))
    (tmp_path / "c.csv").write_bytes(b"")
    with pytest.raises(TableError, match="header"):
        trials.read_csv(tmp_path / "c.csv")
    (tmp_path / "d.csv").write_bytes("nct_id\nNCT\xe9".encode("latin-1"))
    with pytest.raises(TableError, match="UTF-8"):
        trials.read_csv(tmp_path / "d.csv")
    with pytest.raises(TableError, match="'enrollment' holds what is not integer"):
        trials.read_csv(_write_csv(tmp_path / "studies.csv", ["nct_id", "enrollment"], [["NCT01234567", "many"]]))


def test_a_frame_of_a_file_is_that_of_the_build(store: Path, tmp_path: Path) -> None:
    dataset = trials.open(store)
    for name in ("studies", "facilities", "pages"):
        rows = dataset.arrow(name).to_pylist()
        written = [[_cell(value, raw=False) if value != [] else "[]" for value in row.values()] for row in rows]
        path = _write_csv(tmp_path / f"{name}.csv", list(rows[0]), written)
        frame, expected = trials.read_csv(path), dataset.pandas(name)
        texts = [column.name for column in columns_of(name).values() if column.type is not Type.TEXTS]
        assert frame[texts].astype(str).equals(expected[texts].astype(str))
        assert pq.read_schema(dataset.folder / f"{name}.parquet").names == list(frame.columns)
