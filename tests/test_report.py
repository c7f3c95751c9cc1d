"""What a person sees of a night: while it goes on, and at its end; text of sites in it is inert."""

import io
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydantic import ValidationError
from rich.console import Console

from scraper.budget import Budget, Meter
from scraper.schedule import Planned, Why
from trials import ticking
from trials.night import Night
from trials.report import Dataset, Ended, Ids, NotGot, Report, Unknown, reports_of, write_report
from trials.report_card import night_card

HOSTILE = "\x1b]0;owned\x07\x1b[2J<script>\u202e"
PLANNED = [Planned(f"NCT0000000{n}", "details", Why.NEW, "Never fetched.", 1.0) for n in range(1, 10)]


def report(**more: object) -> Report:
    return Report.model_validate(
        {"program": "0.1.0", "run": "trials-1", "site": "s", "started_at": "2026-11-29T03:00:00Z", **more}
    )


def printed(of: Report, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    console.print(night_card(of))
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


def test_what_was_not_got_and_what_is_not_known_is_named_with_its_first_example() -> None:
    told = report(
        pages={
            "expected": 3,
            "got": 1,
            "by_state": {"fetched": 1, "gone": 2},
            "not_got": [
                NotGot(nct_id=f"NCT0000000{n}", kind="details", state="gone", reason="there is no such page")
                for n in (1, 2)
            ],
        },
        unknown=[
            Unknown(
                code="unknown_label", about="Other/Shoe size", text="Shoe size\n43", pages=7, nct_id="NCT1", url=None
            )
        ],
    )
    shown = printed(told)
    assert "3 expected, 1 got: 2 gone, 1 fetched" in shown
    assert "NCT00000001 details: there is no such page" in shown and "NCT00000002" not in shown
    assert "label Other/Shoe size (Shoe size / 43) on 7 pages, first NCT1" in shown


def test_text_of_sites_is_inert() -> None:
    told = report(
        sentence=HOSTILE,
        pages={"not_got": [NotGot(nct_id="NCT00000001", kind="details", state="failed", reason=HOSTILE)]},
        unknown=[Unknown(code="unknown_wording", about=HOSTILE, text=HOSTILE, pages=1, nct_id="NCT1", url=HOSTILE)],
    )
    shown = printed(told)
    assert not set("\x1b\x07\u202e") & set(shown)
    assert "\\x1b]0;owned" in shown


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_card_keeps_the_width(width: int) -> None:
    ids = Ids(count=12, nct_ids=[])
    data = Dataset(
        build="20260105T030000Z-0123abcd", published=True, before=None, trials=12, new=ids, changed=ids, gone=ids,
        pages_read=3, damaged_records=0,
    )  # fmt: skip
    shown = printed(report(dataset=data, problems={"lossy_text": 12_000, "unknown_label": 3}), width)
    assert max(map(len, shown.splitlines())) <= width
    assert "12 new, 12 changed, 12 gone against none before" in " ".join(shown.split())


def test_a_night_that_was_killed_says_so_and_is_not_good() -> None:
    assert (report().sentence, report().ended, report().is_good) == ("It was killed.", Ended.INTERNAL, False)


def test_a_report_holds_nothing_that_its_schema_does_not_know() -> None:
    with pytest.raises(ValidationError):
        report(shoe_size=43)


def test_reports_are_read_newest_first_whatever_lies_beside_them(tmp_path: Path) -> None:
    for run in ("trials-1", "trials-2"):
        write_report(report(run=run), tmp_path)
    (tmp_path / "reports" / "trials-3.json").write_text('{"format": 99}')
    (tmp_path / "reports" / "notes.txt").write_text("mine")
    assert [each.run for each in reports_of(tmp_path)] == ["trials-2", "trials-1"]


def test_without_a_terminal_a_line_a_minute_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    night = Night(PLANNED * 20, began=clock[0])
    with ticking.ticking(night, Meter(Budget(minutes=5), _began=clock[0])) as tick:
        for _ in range(6):
            clock[0] += 20
            night.asked += 1
            night.states["fetched"] += 1
            tick()
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "trials: 3 of 180 pages, 4 min left, 0.05 a second: 3 fetched.",
        "trials: 6 of 180 pages, 3 min left, 0.05 a second: 6 fetched.",
    ]


def test_a_signal_amid_a_query_is_no_internal_error(tmp_path: Path) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from trials.report import Report
from trials.reported import reported
from trials.stop import stop_on_signals

stop_on_signals()
night = Report(program="0", run="trials-1", site="s", started_at="2026-11-29T03:00:00Z")
with reported(night, Path(sys.argv[1])):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except SystemExit:  # as DuckDB does
        raise RuntimeError("Query interrupted") from None
"""
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, timeout=60)
    (told,) = reports_of(tmp_path)
    assert (done.returncode, told.ended, told.exit_code) == (143, Ended.INTERRUPTED, 143)
    assert "Internal error" not in told.sentence and "Traceback" not in done.stderr
