"""`trials export` and `trials sql` as a person runs them: messages, exit codes, nothing half-written left."""

import csv
import json
import os
import pty
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from normalizers.builds import current_build
from tests.builds import published, trials
from trials.cli import main
from trials.export.formats import FORMATS


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands") / "store"
    published(folder, trials(4, official_title="=1+1"))
    return folder


def _command(store: Path, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "trials", *map(str, arguments), "--store", str(store)]


def run(store: Path, *arguments: str | Path, stdin: str = "", most: int | None = None) -> tuple[int, str, str]:
    """Run the program and return its exit code, output and messages; `most` is how many bytes a file may have."""

    def limit() -> None:
        if most is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    done = subprocess.run(
        _command(store, *arguments), input=stdin, capture_output=True, text=True, check=False, timeout=120,
        preexec_fn=limit, env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


Inside = Callable[..., tuple[int, str, str]]


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    """Run the program in this process, which is quicker; arguments and what comes back as for `run`."""

    def called(store: Path, *arguments: str | Path, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["trials", *map(str, arguments), "--store", str(store)])
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin.encode())))
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return called


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- export -----------------------------------------------------------------------------------------------------


def test_a_folder(inside: Inside, store: Path, tmp_path: Path) -> None:
    code, out, said = inside(store, "export", tmp_path / "out", "--format", "csv", "--status", "recruiting")
    assert (code, out) == (0, "")
    assert said == f"trials: 4 trials, 21 tables, written to {str(tmp_path / 'out')!r}.\n"
    assert _names(tmp_path) == ["out"]
    readme = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "4 trials, chosen by `--status recruiting`." in readme
    build = current_build(store)
    assert build is not None
    assert build.name in readme


def test_what_is_there_is_replaced_only_by_force(inside: Inside, store: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    arguments = ("export", target, "--tables", "studies", "--columns", "nct_id")
    assert inside(store, *arguments)[0] == 0
    before = target.read_bytes()
    code, _, said = inside(store, *arguments, "--ids", "-", stdin="NCT00000002")
    assert code == 2
    assert "is there already" in said
    assert target.read_bytes() == before
    assert inside(store, *arguments, "--ids", "-", "--force", stdin="NCT00000002")[0] == 0
    assert target.read_bytes() == b'nct_id\n"NCT00000002"\n'
    assert len(_names(tmp_path)) == 4


@pytest.mark.parametrize("kind", ["file", "folder", "link", "file in an export"])
def test_what_is_of_no_export_stays_also_by_force(inside: Inside, store: Path, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "out"
    if kind == "file":
        target.write_text("mine", encoding="utf-8")
    elif kind == "link":
        (tmp_path / "mine").mkdir()
        target.symlink_to("mine")
    else:
        if kind == "file in an export":
            assert inside(store, "export", target, "--format", "csv")[0] == 0
        target.mkdir(exist_ok=True)
        (target / "thesis.docx").write_text("mine", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    code, _, said = inside(store, "export", target, "--format", "csv", "--force")
    assert code == 2
    assert "not replace" in said
    assert sorted(tmp_path.rglob("*")) == before
    assert not target.is_file() or target.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("length", [245, 300])
def test_a_name_that_is_too_long(inside: Inside, store: Path, tmp_path: Path, length: int) -> None:
    code, _, said = inside(store, "export", tmp_path / f"{'x' * length}.csv", "--tables", "studies")
    assert code == 2
    assert "File name too long" in said
    assert not _names(tmp_path)


def test_an_empty_folder_is_filled(inside: Inside, store: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert inside(store, "export", tmp_path / "out", "--format", "jsonl")[0] == 0
    assert "studies.jsonl" in _names(tmp_path / "out")


def test_ids_that_are_not_there_are_said(inside: Inside, store: Path, tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("NCT00000003\nnct00000099\n", encoding="utf-8")
    code, _, said = inside(
        store, "export", tmp_path / "out.jsonl", "--tables", "studies", "--ids", tmp_path / "ids.txt"
    )
    assert code == 5
    assert "trials: NCT00000099 is not among the trials of this build.\n" in said
    (line,) = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["nct_id"] == "NCT00000003"


def test_nothing_is_written_if_no_trial_fits(inside: Inside, store: Path, tmp_path: Path) -> None:
    code, _, said = inside(store, "export", tmp_path / "out", "--format", "csv", "--where", "enrollment < 0")
    assert (code, said) == (5, "trials: No trial fits, and nothing was written.\n")
    assert not _names(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["out"], 2, "Say the format of"),
        (["out", "--format", "cvs"], 2, "'cvs' is no format; there are csv, tsv, jsonl"),
        (["out.csv", "--format", "tsv"], 2, "Leave one of them out."),
        (["out.csv"], 2, "A csv file holds one table"),
        ([""], 2, "PATH is empty"),
        (["/", "--format", "csv"], 2, "PATH is empty, or has no name"),
        (["out", "--format", "csv", "--tables", "study"], 2, "Did you mean 'studies'?"),
        (["out", "--format", "csv", "--columns", "fase"], 2, "Did you mean 'phase'?"),
        (["out", "--format", "csv", "--tables", "central_contacts"], 2, "with --contacts only"),
        (["out", "--format", "csv", "--tables", ""], 2, "--tables holds an empty name"),
        (["out", "--format", "csv", "--sponsor", " "], 2, "--sponsor is empty"),
        (["out", "--format", "csv", "--since", "2024"], 2, "--since takes a day such as 2026-01-31, not '2024'."),
        (["out", "--format", "csv", "--where", "fase = 1"], 2, "cannot be answered: Binder Error"),
        (["out", "--format", "csv", "--where", "nct_id = (SELECT content FROM read_text('/etc/passwd'))"], 2,
         "wants more than to read the tables"),
        (["out", "--format", "csv", "--ids", "nowhere.txt"], 4, "cannot be read"),
        (["out", "--format", "csv", "--as-of", "2020-01-31"], 4, "`trials build --as-of 2020-01-31` makes them."),
        (["/proc/out", "--format", "csv"], 4, "Nothing half-written was left."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(
    inside: Inside, store: Path, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    name, *rest = arguments
    found = inside(store, "export", tmp_path / name if name and name[0] != "/" else name, *rest)
    assert found[0] == code
    assert said in found[2]
    assert "Traceback" not in found[2]
    assert not _names(tmp_path)


def test_a_store_without_a_build(inside: Inside, tmp_path: Path) -> None:
    for arguments in (["export", tmp_path / "out", "--format", "csv"], ["sql", "SELECT 1"]):
        code, _, said = inside(tmp_path / "store", *arguments)
        assert code == 4
        assert "has no tables yet. `trials build` makes them." in said


def test_a_build_of_another_version(inside: Inside, tmp_path: Path) -> None:
    published(tmp_path / "store", trials(1))
    path = tmp_path / "store" / "current" / "countries.parquet"
    found = pq.read_table(path).drop_columns(["country_code"])
    path.unlink()
    pq.write_table(found, path)
    code, _, said = inside(tmp_path / "store", "export", tmp_path / "out", "--format", "csv")
    assert code == 4
    assert "was built by another version of trials: countries has other columns" in said


@pytest.mark.parametrize("as_of", ["", "2026-01-31"])
def test_a_table_that_was_changed_since_it_was_written(inside: Inside, tmp_path: Path, as_of: str) -> None:
    folder = published(tmp_path / "store", trials(3)).folder
    if as_of:
        folder = folder.rename(folder.with_name(f"as-of-{as_of}"))
    path = folder / "facilities.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    wanted = ("--as-of", as_of) if as_of else ()
    code, _, said = inside(tmp_path / "store", "export", tmp_path / "out", "--format", "parquet", *wanted)
    assert code == 4
    assert "is damaged: facilities.parquet is not as its manifest says" in said
    assert f"`trials build{' --as-of ' + as_of if as_of else ''}` makes it anew" in said
    assert _names(tmp_path) == ["store"]


def test_the_tables_as_known_on_a_day(inside: Inside, tmp_path: Path) -> None:
    folder = published(tmp_path / "store", trials(2)).folder
    os.system(f"cp -r {folder} {folder.with_name('as-of-2026-01-31')}")
    published(tmp_path / "store", trials(3))
    code, _, said = inside(tmp_path / "store", "export", tmp_path / "out.csv", "--wide", "--as-of", "2026-01-31")
    assert code == 0
    assert "2 trials, studies_wide" in said


# --- nothing half-written ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "most"), [*((form, 40_000) for form in FORMATS), ("csv", 1_000), ("duckdb", 1_000)])
def test_a_disk_that_takes_no_more_leaves_what_was_there(
    inside: Inside, store: Path, tmp_path: Path, form: str, most: int
) -> None:
    target = tmp_path / "out"
    assert inside(store, "export", target, "--format", form)[0] == 0
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    code, _, said = run(store, "export", target, "--format", form, "--force", most=most)
    assert code == 4, said
    assert "Nothing half-written was left. Free space" in said
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before
    assert _names(tmp_path) == ["out"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
@pytest.mark.parametrize("form", ["csv", "xlsx", "duckdb"])
def test_a_signal_leaves_nothing(many: Path, tmp_path: Path, number: signal.Signals, code: int, form: str) -> None:
    program = subprocess.Popen(
        _command(many, "export", tmp_path / "out", "--format", form), stderr=subprocess.PIPE, text=True
    )
    _wait_for(tmp_path, program)
    program.send_signal(number)
    said = program.communicate(timeout=60)[1]
    assert program.returncode == code
    assert "nothing half-written was left" in said
    assert not _names(tmp_path)


def test_a_closed_terminal_does_not_stop_what_was_told_not_to_hang_up(many: Path, tmp_path: Path) -> None:
    command = ["nohup", *_command(many, "export", tmp_path / "out", "--format", "csv")]
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _wait_for(tmp_path, program)
    program.send_signal(signal.SIGHUP)
    program.communicate(timeout=60)
    assert program.returncode == 0
    assert _names(tmp_path) == ["out"]


def test_what_a_killed_run_left_goes_with_the_next(many: Path, tmp_path: Path) -> None:
    program = subprocess.Popen(_command(many, "export", tmp_path / "out", "--format", "csv"))
    _wait_for(tmp_path, program)
    program.kill()
    program.wait(timeout=60)
    assert _names(tmp_path)[0].startswith(".out.")
    assert run(many, "export", tmp_path / "out", "--format", "parquet")[0] == 0
    assert _names(tmp_path) == ["out"]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose export takes seconds."""
    folder = tmp_path_factory.mktemp("many") / "store"
    published(folder, trials(4_000))
    return folder


def _wait_for(folder: Path, program: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """Wait until a run has begun to write."""
    until = time.monotonic() + 60
    while not list(folder.glob(".out.*/*")):
        assert program.poll() is None
        assert time.monotonic() < until
        time.sleep(0.005)


# --- sql --------------------------------------------------------------------------------------------------------


def test_sql_prints_csv_in_a_pipe(store: Path) -> None:
    code, out, said = run(
        store, "sql", "SELECT nct_id, official_title, acronym, enrollment FROM studies ORDER BY nct_id"
    )
    assert (code, said) == (0, "")
    rows = list(csv.reader(StringIO(out)))
    assert rows[0] == ["nct_id", "official_title", "acronym", "enrollment"]
    assert rows[1] == ["NCT00000001", "'=1+1", "", "120"]
    assert len(rows) == 5
    assert "'=1+1" not in run(store, "sql", "SELECT official_title FROM studies", "--raw")[1]


def test_sql_prints_json_lines(inside: Inside, store: Path) -> None:
    sql = "SELECT start_earliest, [1, 2] AS l, NULL AS n, 'nan'::DOUBLE AS x, chr(27) AS e, 1 AS a, 2 AS a FROM studies"
    code, out, _ = inside(store, "sql", sql, "--json")
    assert code == 0
    assert "\x1b" not in out
    found = json.loads(out.splitlines()[0])
    assert found == {"start_earliest": "2023-05-10", "l": [1, 2], "n": None, "x": None, "e": "\x1b", "a": 1, "a_2": 2}


def test_no_number_in_json_is_infinite(inside: Inside, store: Path) -> None:
    sql = "SELECT ['nan'::DOUBLE, 1.5] AS l, {'a': 'inf'::DOUBLE} AS s, MAP {'k': 'nan'::DOUBLE} AS m"
    found = json.loads(inside(store, "sql", sql, "--json")[1], parse_constant=lambda name: pytest.fail(name))
    assert found == {"l": [None, 1.5], "s": {"a": None}, "m": [["k", None]]}


def test_sql_takes_the_question_from_standard_input(inside: Inside, store: Path) -> None:
    assert inside(store, "sql", "-", stdin="SELECT count(*) AS n FROM studies")[1] == '"n"\n4\n'


def test_sql_knows_the_names_of_aact(inside: Inside, store: Path) -> None:
    ours = inside(store, "sql", "SELECT nct_id, overall_status FROM studies ORDER BY ALL")[1]
    assert inside(store, "sql", "SELECT nct_id, overall_status FROM CTGOV.studies ORDER BY ALL")[1] == ours
    assert (
        inside(store, "sql", "SELECT nct_id, overall_status FROM studies ORDER BY ALL", "--schema", "ctgov")[1] == ours
    )
    as_before = "SELECT overall_status, 7 / 2 AS n FROM studies LIMIT 1"
    assert inside(store, "sql", as_before, "--schema", "ctgov_legacy")[1] == '"overall_status","n"\n"Recruiting",3\n'
    assert inside(store, "sql", "SELECT count(*) AS n FROM ctgov.central_contacts")[1] == '"n"\n0\n'
    assert inside(store, "sql", "SELECT count(*) AS n FROM ctgov.central_contacts", "--contacts")[1] == '"n"\n4\n'
    code, _, said = inside(store, "sql", "SELECT 1", "--schema", "aact")
    assert code == 2
    assert "'ctgov', 'ctgov_legacy'" in said


def test_sql_shows_a_table_on_a_terminal(store: Path) -> None:
    code, out = _on_a_terminal(_command(store, "sql", "SELECT i AS n, chr(27) AS e FROM range(300) r(i)"))
    assert code == 0
    assert "\\x1b" in out
    assert "These are the first 200 rows" in out
    assert " 199 " in out.replace("\r\n", " \n ") or "199" in out
    assert "200  " not in out


def _on_a_terminal(command: list[str]) -> tuple[int, str]:
    """Run a program whose output is a terminal; return its exit code and what it showed."""
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        command, stdout=theirs, stderr=theirs, env={**os.environ, "COLUMNS": "80", "TERM": "xterm"}
    )
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # the other end is closed
        while piece := os.read(ours, 65_536):
            shown += piece
    os.close(ours)
    return program.wait(timeout=60), shown.decode()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("COPY studies TO 'x.csv'", "The tables are read-only: COPY is refused, SELECT is answered."),
        ("FROM read_csv('/etc/passwd')", "wants more than to read the tables"),
        ("FROM central_contacts", "central_contacts does not exist"),
        ("FROM studys", 'Did you mean "studies"?'),
        ("SELECT 1; SELECT 2", "One statement is answered at a time, not 2."),
        ("SELECT 'infinity'::TIMESTAMP", "cannot be printed"),
        ("SELECT DATE '9999-12-31' + INTERVAL 1 YEAR", "cannot be printed"),
    ],
)
def test_sql_that_is_not_answered(inside: Inside, store: Path, sql: str, said: str) -> None:
    code, out, found = inside(store, "sql", sql)
    assert (code, out) == (2, "")
    assert said in found
    assert found.count("\n") == 1


def test_contacts_are_answered_if_asked_for(inside: Inside, store: Path) -> None:
    assert inside(store, "sql", "SELECT count(*) AS n FROM central_contacts", "--contacts")[1] == '"n"\n4\n'


def test_sql_masks_contacts_in_texts_before_it_looks(inside: Inside, tmp_path: Path) -> None:
    tables = trials(1)
    tables["eligibilities"][0]["criteria"] = "Call +1 617 555 2368 or write to ada@lantern-canary.org."
    published(tmp_path / "store", tables)
    sql = "SELECT criteria, string_split(criteria, '@') AS parts FROM eligibilities WHERE criteria LIKE '%{}%'"
    masked = json.loads(inside(tmp_path / "store", "sql", sql.format("mail"), "--json")[1])
    assert masked["criteria"] == "[phone] or write to [email]."
    assert masked["parts"] == [masked["criteria"]]
    assert inside(tmp_path / "store", "sql", sql.format("canary"), "--json")[1] == ""
    in_aact = json.loads(inside(tmp_path / "store", "sql", "SELECT criteria FROM ctgov.eligibilities", "--json")[1])
    assert in_aact["criteria"] == masked["criteria"]
    open_ = json.loads(inside(tmp_path / "store", "sql", sql.format("canary"), "--json", "--contacts")[1])
    assert open_["criteria"] == tables["eligibilities"][0]["criteria"]


def test_a_reader_that_leaves_early_is_no_error(many: Path) -> None:
    program = subprocess.Popen(_command(many, "sql", "FROM studies"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert program.stdout is not None
    program.stdout.readline()
    program.stdout.close()
    assert program.stderr is not None
    assert program.stderr.read() == b""
    program.stderr.close()
    assert program.wait(timeout=60) == 0
