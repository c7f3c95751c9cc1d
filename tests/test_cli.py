"""The program as a person runs it: output, messages, exit codes."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from registry.tables import TABLES
from tests.cases import FOLDER
from tests.pages import BASE, FAMILIES, as_text, render

GOOD = FOLDER / "NCT09990001-fetched-page-says-when-and-where" / "page.html"
CUT = FOLDER / "NCT09990023-cut-short" / "page.html"


def run(*arguments: str | Path, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "trials", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "COLUMNS": "80", **env},
    )


def test_a_card() -> None:
    done = run("parse", GOOD)
    card = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    for text in ("NCT09990001", "Recruiting", "Phase 2/Phase 3", "Lantern Institute", "18 Years to 75 Years",
                 "warm lamp", "Lantern Clinic, Springfield", "12 weeks", "1 completed", "damaged"):  # fmt: skip
        assert text in card
    assert "\x1b" not in card
    for private in ("Ada", "933-7001", "lantern.org"):
        assert private not in card


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_card_fits_the_terminal(columns: int) -> None:
    card = run("parse", GOOD, COLUMNS=str(columns)).stdout.decode()
    assert max(map(len, card.splitlines())) <= columns


def test_json_lines_in_the_order_given() -> None:
    summary = FOLDER / "NCT09990015-summary-page" / "page.html"
    done = run("parse", summary, GOOD, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["studies"][0]["nct_id"] for line in lines] == ["NCT09990015", "NCT09990001"]
    assert all(list(line) == [table.name for table in TABLES] for line in lines)
    assert lines[1]["pages"][0]["fetched_at"] is None


def test_parquet(tmp_path: Path) -> None:
    done = run("parse", GOOD, "--parquet", tmp_path / "tables")
    assert done.returncode == 0
    assert done.stdout == b""
    assert b"1 of 1 pages read" in done.stderr
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {f"{table.name}.parquet" for table in TABLES}


def test_standard_input() -> None:
    assert run("parse", "-", stdin=as_text(BASE).encode()).returncode == 0


def test_results_reach_a_file_while_a_progress_bar_is_shown(tmp_path: Path) -> None:
    terminal, end = pty.openpty()
    with (tmp_path / "out.json").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "trials", "parse", *[str(GOOD)] * 30, "--json"], stdout=out, stderr=end
        )
    os.close(end)
    shown = _shown(terminal)
    assert process.wait() == 0
    assert "Reading pages" in shown
    assert len((tmp_path / "out.json").read_bytes().splitlines()) == 30


def _shown(terminal: int) -> str:
    shown = b""
    with suppress(OSError):  # Linux ends a terminal that was closed with an error
        while part := os.read(terminal, 65536):
            shown += part
    os.close(terminal)
    return shown.decode()


def test_json_on_a_terminal_is_json() -> None:
    terminal, end = pty.openpty()
    arguments = [sys.executable, "-m", "trials", "parse", *[str(GOOD)] * 30, "--json"]
    process = subprocess.Popen(arguments, stdout=end, stderr=end)
    os.close(end)
    lines = _shown(terminal).splitlines()
    assert process.wait() == 0
    assert [json.loads(line)["pages"][0]["nct_id"] for line in lines] == ["NCT09990001"] * 30


def test_a_terminal_without_a_width() -> None:
    assert b"NCT09990001" in run("parse", GOOD, COLUMNS="0").stdout


def test_bad_files_are_named_and_the_good_delivered(tmp_path: Path) -> None:
    (tmp_path / "empty.html").write_bytes(b"")
    (tmp_path / "binary.html").write_bytes(bytes(range(256)))
    (tmp_path / "other.html").write_text("<html><body><p>We will be back.</p></body></html>")
    two = render(BASE, FAMILIES["two-column-table"]).replace(
        "LAMP-17/b</td>", "</td></tr><tr><th>NCT number</th><td>NCT09990002"
    )
    (tmp_path / "two.html").write_text(two)
    moved = render(BASE, FAMILIES["two-column-table"]).replace("/other/NCT09990001/", "/other/NCT09990009/")
    (tmp_path / "moved.html").write_text(moved)
    names = ["empty.html", "binary.html", "other.html", "two.html", "moved.html", "missing.html", ".", "nul\x01.html"]
    done = run("parse", *(tmp_path / name for name in names), CUT, GOOD, "--json")
    sentences = done.stderr.decode().splitlines()
    assert done.returncode == 5
    assert len(done.stdout.splitlines()) == 1
    for sentence, words in zip(
        sentences,
        ("empty", "binary", "heading of a trial page", "names 2 trials", "canonical address", "no such file", "folder",
         "no such file", "cut short"),
        strict=True,
    ):  # fmt: skip
        assert sentence.startswith("trials: ")
        assert words in sentence
        assert "Traceback" not in sentence
    assert "nul\\x01.html" in sentences[7]


def test_an_unreadable_file() -> None:
    done = run("parse", "/proc/self/mem")
    assert done.returncode == 5
    assert b"Cannot be read" in done.stderr


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_an_endless_file_is_refused() -> None:
    done = run("parse", "/dev/zero")
    assert done.returncode == 5
    assert b"more than 16,777,216 bytes" in done.stderr


def test_only_bad_files_write_no_tables(tmp_path: Path) -> None:
    done = run("parse", CUT, "--parquet", tmp_path / "tables")
    assert done.returncode == 5
    assert not (tmp_path / "tables").exists()


def test_usage() -> None:
    assert run("parse").returncode == 2
    assert run("parse", GOOD, "--colour").returncode == 2
    unknown = run("dictionary", "study")
    assert unknown.returncode == 2
    assert b"'studies'" in unknown.stderr


def test_version_and_help() -> None:
    assert run("--version").stdout.startswith(b"trials ")
    assert b"Examples" in run("parse", "--help").stdout


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("parse", GOOD, "--parquet", tmp_path / "file")
    assert done.returncode == 4
    assert b"choose another folder" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "trials", "parse", str(GOOD), "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 4
    assert b"Traceback" not in done.stderr


def test_a_reader_that_leaves_is_no_error() -> None:
    command = f"{sys.executable} -m trials parse {' '.join([str(GOOD)] * 30)} --json | head -c 10"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_tables_are_written_even_if_the_reader_of_json_left(tmp_path: Path) -> None:
    pages = " ".join([str(GOOD)] * 30)
    command = f"{sys.executable} -m trials parse {pages} --json --parquet {tmp_path / 'tables'} | head -c 10"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False)
    assert done.returncode == 0
    assert (tmp_path / "tables" / "studies.parquet").exists()


@pytest.mark.parametrize("option", ["--json", None])
def test_a_locale_without_unicode(option: str | None) -> None:
    done = run("parse", GOOD, *([option] if option else []), LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Lantern" in done.stdout.decode("utf-8")


@pytest.mark.parametrize("arguments", [("",), (str(GOOD), "--parquet", "")])
def test_empty_names_are_a_usage_error(arguments: tuple[str, ...]) -> None:
    done = run("parse", *arguments)
    assert done.returncode == 2
    assert b"empty" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_signals_leave_nothing_half_written(number: int, code: int, tmp_path: Path) -> None:
    pages = [str(GOOD)] * 3000
    process = subprocess.Popen(
        [sys.executable, "-m", "trials", "parse", *pages, "--parquet", str(tmp_path / "tables")], stderr=subprocess.PIPE
    )
    time.sleep(2)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == code
    assert b"nothing half-written" in stderr
    assert not (tmp_path / "tables").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_a_signal_waits_until_all_tables_have_their_names(number: int, code: int, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    signal_at_the_third = f"""
import os, time
from pathlib import Path
replace, count = Path.replace, 0
def slowly(self, target):
    global count
    count += 1
    if count == 3:
        os.kill(os.getpid(), {int(number)})
        time.sleep(0.1)
    return replace(self, target)
Path.replace = slowly
from trials.__main__ import main
main()
"""
    arguments = [sys.executable, "-c", signal_at_the_third, "parse", str(GOOD), "--parquet", str(folder)]
    done = subprocess.run(arguments, capture_output=True, timeout=60, check=False)
    assert done.returncode == code
    assert sorted(path.stem for path in folder.iterdir()) == sorted(table.name for table in TABLES)


_HOSTILE = "\x1b]0;owned\x07\x1b[2J[bold]x[/bold] \u202eevil \u061c\u206a\u200b\U000e0041"


def test_hostile_text_is_inert_on_the_terminal() -> None:
    done = run("parse", "-", stdin=as_text(BASE).replace("warm lamp", _HOSTILE).encode())
    card = done.stdout.decode()
    assert not set(card) & set(_HOSTILE) - set(map(chr, range(32, 127)))
    assert "[bold]x[/bold]" in card


def test_hostile_text_is_inert_in_json_and_stays_the_same() -> None:
    done = run("parse", "-", "--json", stdin=as_text(BASE).replace("warm lamp", _HOSTILE).encode())
    line = done.stdout.decode()
    assert not set(line) & set(_HOSTILE) - set(map(chr, range(32, 127)))
    kept = [
        text for rows in json.loads(line).values() for row in rows for text in row.values() if isinstance(text, str)
    ]
    assert any("\u202eevil \u061c\u206a\u200b\U000e0041" in text for text in kept)
