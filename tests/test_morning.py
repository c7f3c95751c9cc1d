"""`trials report`: what the page says of nights and tables, and that every number is what its command lists."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from benchmarks.nights import night
from normalizers.builds import current_build
from registry.errors import StoreError
from registry.tables import Row
from tests.builds import published, trials
from tests.test_fetch import run
from tests.test_harvest import told
from trials.advice import ADVICE
from trials.dataset import Dataset
from trials.exits import Exit
from trials.morning.report import morning_report
from trials.practice.server import serving
from trials.practice.world import World
from trials.report import NAME, PAGE, Report, write_report

WORLD = World(trials=60, pace=60)
NIGHTS = 4
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store after good nights, and a copy of it after one more whose layout changed, in `bad`."""
    folder = tmp_path_factory.mktemp("month")
    with serving(WORLD) as site:
        for number in range(NIGHTS):
            site.world = replace(WORLD, night=number)
            assert night(site.world, told(site, folder / "good"))[0] is Exit.DONE
        shutil.copytree(folder / "good", folder / "bad", symlinks=True)
        site.world = replace(WORLD, night=NIGHTS, drift="rename_label")
        assert night(site.world, told(site, folder / "bad"))[0] is Exit.GATES
    return folder


def tree(page: str) -> Any:
    return lxml_html.fromstring(page)


def last_of(store: Path) -> Report:
    return Report.model_validate_json((store / NAME).read_bytes())


def morning_after(store: Path, days: float = 0.2) -> str:
    began = datetime.fromisoformat(last_of(store).started_at)
    return morning_report(store, 30, began + timedelta(days=days))


def text_of(page: str) -> str:
    return " ".join(tree(page).text_content().split())


def numbers_of(page: str) -> Iterator[tuple[str, str]]:
    """Yield each number of the page with the command it leads to."""
    read = tree(page)
    commands = {f"#{each.get('id')}": each.find("code").text_content() for each in read.iter("li") if each.get("id")}
    yield from ((link.text_content(), commands[link.get("href")]) for link in read.find_class("n") if link.tag == "a")


def queries(commands: list[str]) -> list[str]:
    """Return the queries of commands as a shell hands them over."""
    script = "\n".join(each.replace("trials sql", "printf '%s\\0'", 1) for each in commands)
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=True, text=True)
    return done.stdout.split("\0")[:-1]


def test_each_number_is_what_its_command_lists(month: Path) -> None:
    page = morning_after(month / "good")
    counts = [each for each in numbers_of(page) if each[0].replace(",", "").isdigit()]
    asked = [each for each in counts if each[1].startswith("trials sql ")]
    assert len(asked) > 200
    build = current_build(month / "good")
    assert build is not None
    with Dataset(build) as dataset:
        for (number, said), query in zip(asked, queries([each[1] for each in asked]), strict=True):
            assert len(dataset.sql(query).fetchall()) == int(number.replace(",", "")), said


def test_the_night_is_told_as_its_report_says(month: Path) -> None:
    report, text = last_of(month / "good"), text_of(morning_after(month / "good"))
    assert report.dataset is not None
    assert f"A good night. {report.sentence}" in text
    assert f"{report.pages.got} of {report.pages.expected} pages came" in text
    assert all(nct_id in text for nct_id in report.dataset.new.nct_ids)
    assert f"{NIGHTS} nights, 0 of them bad" in text


def test_changes_are_those_of_the_tables_since_the_night_began(month: Path) -> None:
    page = morning_after(month / "good")
    build = current_build(month / "good")
    assert build is not None
    with Dataset(build) as dataset:
        changed = dataset.sql(
            "SELECT DISTINCT nct_id FROM changes WHERE \"column\" = 'overall_status' AND seen_at >= $1",
            [last_of(month / "good").started_at[:19]],
        ).fetchall()
    (block,) = tree(page).xpath("//section[@id='status-changed']")
    assert changed and {row[0].text_content().strip() for row in block.xpath(".//tbody/tr")} == {
        one for (one,) in changed
    }


def test_a_bad_night_is_loud_says_what_to_do_and_shows_what_is_published(month: Path) -> None:
    page = morning_after(month / "bad")
    text, report = text_of(page), last_of(month / "bad")
    assert f"THE NIGHT WENT WRONG. {report.sentence}" in text and ADVICE[Exit.GATES] in text
    assert f"of the night of {last_of(month / 'good').started_at}" in text
    assert len(report.pages.not_got) > 0 and "Not got, and why" in text
    assert f"{NIGHTS + 1} nights, 1 of them bad" in text


def test_what_is_not_known_stands_with_the_lines_around_it(month: Path) -> None:
    (block,) = tree(morning_after(month / "bad")).xpath("//section[contains(@id, 'not-known')]")
    label = last_of(month / "bad").unknown[0].text.splitlines()[0]
    lines = block.find(".//pre").text_content().splitlines()
    assert any(label in line for line in lines[1:-1]) and len(lines) == 5


def test_a_night_that_did_not_come_is_loud(month: Path) -> None:
    assert "A good night." in text_of(morning_after(month / "good", days=1.4))
    late = text_of(morning_after(month / "good", days=3.1))
    assert "NOT WELL. No night has begun since" in late and "3 days ago" in late


def test_the_page_holds_no_contact(month: Path) -> None:
    build = current_build(month / "bad")
    assert build is not None
    with Dataset(build) as dataset:
        contacts = dataset.sql("SELECT name, phone, email_text FROM central_contacts").fetchall()
    page = morning_after(month / "bad")
    private = {text for contact in contacts for text in contact if text}
    assert len(private) > 20 and not [text for text in private if text in page]


def test_the_same_store_gives_the_same_page(month: Path) -> None:
    assert morning_after(month / "good") == morning_after(month / "good")


def _changed(table: str, column: str | None, old: str | None, new: str | None, ordinal: int | None = None) -> Row:
    seen = {"seen_at": datetime(2026, 11, 29, 4), "url": None}
    return {
        "nct_id": "NCT00000001",
        "table": table,
        "column": column,
        "ordinal": ordinal,
        "old": old,
        "new": new,
        **seen,
    }


_NIGHT = {"program": "0", "run": "trials-1", "site": "s", "started_at": "2026-11-29T03:00:00Z"}


def _with_night(store: Path) -> None:
    """Note that the night published what the store has."""
    data = {
        "build": "b", "published": True, "before": None, "trials": 1, "pages_read": 1, "damaged_records": 0,
        **{name: {"count": 0, "nct_ids": []} for name in ("new", "changed", "gone")},
    }  # fmt: skip
    write_report(Report.model_validate({**_NIGHT, "dataset": data}), store)


def test_changes_of_each_kind_are_shown_the_largest_first(tmp_path: Path) -> None:
    tables = trials(1)
    outcome = '{{"outcome_type": "{}", "measure": "{}", "time_frame": "2 years"}}'
    tables["changes"] = [
        _changed("design_outcomes", None, outcome.format("primary", "Pain"), outcome.format("primary", "Sleep"), 1),
        _changed("design_outcomes", None, None, outcome.format("secondary", "Hidden"), 2),
        _changed("eligibilities", "criteria", "no {JSON", "none"),
        _changed("sponsors", None, None, '{"lead_or_collaborator": "lead", "name": "Acme"}', 1),
        _changed("studies", "completion_month_year", "2027-01", "2027-02-03"),
        _changed("studies", "enrollment", "100", "0"),
        _changed("studies", "overall_status", "RECRUITING", "TERMINATED"),
        _changed("studies", "phase", "PHASE2", None),
        _changed("studies", "start_month_year", "2020", "2026-01"),
        _changed("studies", "primary_completion_month_year", "2020-01", "2026-01"),
    ]
    tables["changes"].sort(key=lambda row: [str(row[name] or "") for name in ("nct_id", "table", "column", "ordinal")])
    published(tmp_path, tables)
    _with_night(tmp_path)
    page = tree(morning_report(tmp_path, 30, datetime(2026, 11, 29, 8, tzinfo=UTC)))
    shown = {
        block.find("h3").text: [[cell.text_content().strip() for cell in row][3:] for row in block.xpath(".//tbody/tr")]
        for block in page.xpath("//section[contains(@id, 'changed') or @id = 'dates-moved']")
    }
    assert shown["Status changed"] == [["Recruiting", "Terminated"]]
    assert shown["Phase changed"] == [["Phase 2", "nothing"]]
    assert shown["Dates moved"] == [["2020-01", "2026-01"], ["2027-01", "2027-02-03"], ["2020", "2026-01"]]
    assert shown["Enrollment changed"] == [["100", "0"]]
    assert shown["Sponsors changed"] == [["nothing", "Acme (Lead Sponsor)"]]
    assert shown["Primary outcomes changed"] == [["Pain [2 years]", "Sleep [2 years]"]]
    assert len(shown["Changed trials"]) == 1


@pytest.mark.parametrize("text", ["no JSON", "[]", "1", "[" * 100_000])
def test_a_change_that_was_tampered_with_leaves_the_nights(tmp_path: Path, text: str) -> None:
    tables = trials(1)
    tables["changes"] = [_changed("sponsors", None, text, None, 1)]
    published(tmp_path, tables)
    _with_night(tmp_path)
    page = text_of(morning_report(tmp_path, 30, datetime(2026, 11, 29, 8, tzinfo=UTC)))
    assert "The tables cannot be read: `changes` holds" in page and "Night by night" in page


@pytest.mark.parametrize("number", ["²", "9" * 5000, "-1", "1e9"])
def test_an_enrollment_that_is_no_number_is_shown_as_it_is(tmp_path: Path, number: str) -> None:
    tables = trials(1)
    tables["changes"] = [_changed("studies", "enrollment", number, "10")]
    published(tmp_path, tables)
    _with_night(tmp_path)
    assert number[:20] in text_of(morning_report(tmp_path, 30, datetime(2026, 11, 29, 8, tzinfo=UTC)))


def test_two_nights_of_one_day_have_a_bar_each(tmp_path: Path) -> None:
    for name, began in (("trials-1", "28T03:00:00"), ("trials-2", "29T03:00:00"), ("trials-3", "29T04:30:00")):
        write_report(Report.model_validate(_NIGHT | {"run": name, "started_at": f"2026-11-{began}Z"}), tmp_path)
    page = tree(morning_report(tmp_path, 30, datetime(2026, 11, 29, 8, tzinfo=UTC)))
    labels = [label.text for label in page.xpath("//*[name() = 'svg']//*[name() = 'text']")]
    assert {"2026-11-28", "2026-11-29 03:00:00", "2026-11-29 04:30:00"} <= set(labels)
    assert "2026-11-29" not in labels


# --- stores that have less ----------------------------------------------------------------------------------------


def test_overdue_trials_are_those_that_should_have_ended_and_have_not(tmp_path: Path) -> None:
    tables = trials(
        5, overall_status="RECRUITING", completion_latest=date(2026, 10, 31), primary_completion_latest=None
    )
    for row in tables["studies"]:
        row["last_seen_at"] = datetime(2026, 11, 29)
    late, done, future, primary, none = tables["studies"]
    done["overall_status"] = "COMPLETED"
    future["completion_latest"] = date(2026, 12, 31)
    primary |= {"completion_latest": None, "primary_completion_latest": date(2026, 11, 28)}
    none["completion_latest"] = None
    published(tmp_path, tables)
    (block,) = tree(morning_report(tmp_path, 30, datetime.now(UTC))).xpath("//*[@id='overdue-trials']")
    rows = [[cell.text_content().strip() for cell in row] for row in block.xpath(".//tbody/tr")]
    assert [(row[0], row[4]) for row in rows] == [(late["nct_id"], "29"), (primary["nct_id"], "1")]
    assert "2 trials should have ended before 2026-11-29" in text_of(lxml_html.tostring(block, encoding="unicode"))


def test_a_mark_that_names_no_column_has_its_number(tmp_path: Path) -> None:
    tables = trials(2)
    for row in tables["problems"]:
        row |= {"code": "lossy_text", "table": None, "column": None}
    published(tmp_path, tables)
    page = morning_report(tmp_path, 30, datetime.now(UTC))
    marks = [(number, said) for number, said in numbers_of(page) if "lossy_text" in said]
    build = current_build(tmp_path)
    assert build is not None
    with Dataset(build) as dataset:
        found = [len(dataset.sql(query).fetchall()) for query in queries([said for _, said in marks])]
    assert found == [len(tables["problems"]), 2] == [int(number) for number, _ in marks]


def test_tables_without_a_night_and_a_night_without_tables_are_reported(tmp_path: Path) -> None:
    published(tmp_path / "tables", trials(2))
    assert "No night yet." in text_of(morning_report(tmp_path / "tables", 30, datetime.now(UTC)))
    (tmp_path / "nights").mkdir()
    started = {"program": "0", "run": "trials-1", "site": "s", "started_at": "2026-11-29T03:00:00Z"}
    write_report(Report.model_validate(started), tmp_path / "nights")
    text = text_of(morning_report(tmp_path / "nights", 30, datetime(2026, 11, 29, 8, tzinfo=UTC)))
    assert "THE NIGHT WENT WRONG. It was killed." in text and "Nothing is published yet" in text


def edited(store: Path, **wrong: object) -> None:
    """Write the report of the newest night, and edit it."""
    started: dict[str, object] = {"program": "0", "run": "trials-9", "site": "s", "started_at": "2026-11-29T03:00:00Z"}
    path = write_report(Report.model_validate(started), store)
    path.write_text(json.dumps(started | wrong), encoding="utf-8")


@pytest.mark.parametrize(
    "wrong",
    [
        {"started_at": "t"}, {"started_at": "2026-11-29T03:00:00"}, {"started_at": "' OR 1=1 --"}, {"run": "$(id)"},
        {"pages": {"expected": 10**400}}, {"pages": {"expected": -1}}, {"seconds": {"fetching": math.nan}},
        {"manners": {"paused_seconds": math.inf}}, {"format": 2},
        {"pages": {"not_got": [{"nct_id": "; rm -rf ~", "kind": "details", "state": "failed", "reason": "r"}]}},
    ],
    ids=str,
)  # fmt: skip
def test_a_report_that_cannot_be_right_is_passed_over_and_said(tmp_path: Path, wrong: dict[str, object]) -> None:
    good = {"program": "0", "run": "trials-1", "site": "s", "started_at": "2026-11-28T03:00:00Z"}
    write_report(Report.model_validate(good), tmp_path)
    edited(tmp_path, **wrong)
    text = text_of(morning_report(tmp_path, 30, datetime(2026, 11, 29, 8, tzinfo=UTC)))
    assert "THE NIGHT WENT WRONG." in text and "The newest report, 'trials-9.json', cannot be read" in text
    assert "1 nights, 1 of them bad" in text and "rm -rf" not in text


def test_texts_of_a_report_that_was_edited_are_inert_in_charts(tmp_path: Path) -> None:
    edited(tmp_path, problems={"a\0b": 1, "\u202ec": 2, "</svg><script>": 3})
    page = morning_report(tmp_path, 30, datetime(2026, 11, 29, 8, tzinfo=UTC))
    assert not {"\0", "\u202e", "<script>"} & set(re.findall("\0|\u202e|<script>", page))
    assert "a\\x00b" in text_of(page)


def test_an_empty_store_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="trials harvest"):
        morning_report(tmp_path, 30, datetime.now(UTC))


def test_a_forgotten_trial_is_in_no_report(tmp_path: Path, month: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(month / "good", store, symlinks=True)
    done = run("report", "--store", store)
    assert done.returncode == 0 and (store / PAGE).exists()
    nct_id = WORLD.nct_id(0)
    assert run("forget", nct_id, "--store", store).returncode == 0
    assert not (store / PAGE).exists()
    shown = run("report", "--output", "-", "--store", store)
    assert shown.returncode == 0 and nct_id not in shown.stdout and "`trials build` makes them anew" in shown.stdout
    assert "NOT WELL." in shown.stdout
    explored = run("explore", "--port", "0", "--store", store)
    assert explored.returncode == Exit.STORE and "`trials build` makes them anew" in explored.stderr


def test_tables_and_ledger_that_are_damaged_leave_the_nights(tmp_path: Path, month: Path) -> None:
    shutil.copytree(month / "bad", tmp_path / "store", symlinks=True)
    build = current_build(tmp_path / "store")
    assert build is not None
    (build / "studies.parquet").write_bytes(b"PAR1")
    (tmp_path / "store" / "ledger.sqlite").write_bytes(b"no ledger")
    text = text_of(morning_after(tmp_path / "store"))
    assert "THE NIGHT WENT WRONG." in text and "The tables cannot be read" in text and "Night by night" in text
    shutil.rmtree(tmp_path / "store" / "reports")
    with pytest.raises(StoreError, match="cannot be read"):
        morning_report(tmp_path / "store", 30, datetime.now(UTC))


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command_writes_into_the_store_for_its_owner_alone(month: Path) -> None:
    store = month / "good"
    done = run("report", "--store", store)
    assert (done.returncode, done.stdout) == (0, "") and str(store / PAGE) in done.stderr
    assert (store / PAGE).stat().st_mode & 0o777 == 0o600
    (store / PAGE).unlink()


def test_a_pipe_gets_the_page_and_nothing_else(month: Path) -> None:
    done = run("report", "--output", "-", "--nights", "2", "--store", month / "good")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("<!doctype html>") and done.stdout.endswith("</html>\n")
    assert "2 nights, 0 of them bad" in text_of(done.stdout)


def test_a_folder_that_is_not_there_is_a_sentence(month: Path, tmp_path: Path) -> None:
    done = run("report", "--output", str(tmp_path / "none" / "r.html"), "--store", month / "good")
    assert done.returncode == Exit.USAGE and "There is no folder" in done.stderr


def test_a_report_leaves_what_another_is_writing(month: Path, tmp_path: Path) -> None:
    shown = tmp_path / "r.html"
    (tmp_path / ".r.html.new").write_text("half of ano")
    other = tmp_path / f".r.html.{os.getpid()}.new"
    other.mkdir()
    assert run("report", "--output", str(shown), "--store", month / "good").returncode == 0
    assert other.is_dir() and (tmp_path / ".r.html.new").exists() and shown.read_text().endswith("</html>\n")


@pytest.mark.parametrize("name", ["folder", "link", "dangling", "pipe"])
def test_what_is_no_file_is_not_replaced(month: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    before = (tmp_path / name).lstat()
    done = run("report", "--output", str(tmp_path / name), "--store", month / "good")
    assert done.returncode == Exit.USAGE and "may replace" in done.stderr
    assert (tmp_path / name).lstat().st_ino == before.st_ino


def test_a_signal_amid_a_query_is_a_signal(tmp_path: Path) -> None:
    program = f"""
import os, signal, sys
import trials.morning.report as its
from trials.__main__ import main

def interrupted(*_):  # as DuckDB does
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except SystemExit:
        raise RuntimeError("Query interrupted") from None

its.morning_report = interrupted
sys.argv[1:] = ["report", "--store", {str(tmp_path)!r}]
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "trials: Interrupted; nothing half-written was left.\n")


def test_no_name_is_no_file(month: Path) -> None:
    assert run("report", "--output", "", "--store", month / "good").returncode == Exit.USAGE


def test_a_store_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run("report", "--store", tmp_path / "none")
    assert done.returncode == Exit.STORE and "There is no store at" in done.stderr


def test_without_its_libraries_the_command_says_how_to_get_them(month: Path) -> None:
    without = "import sys; sys.modules['altair'] = None; sys.argv[1:] = ['report', '--store', {!r}]; "
    program = without.format(str(month / "good")) + "from trials.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == Exit.USAGE and "pip install 'tidytrials[report]'" in done.stderr


@pytest.mark.parametrize("code", ADVICE)
def test_the_shell_gives_the_same_advice(code: Exit) -> None:
    done = subprocess.run(["sh", ROOT / "deploy" / "trials-advice", str(int(code))], capture_output=True, text=True)
    assert done.stdout.strip() == ADVICE[code]
