"""What commands print on terminals of any width, in pipes, and with texts that want to steer a terminal."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.console import RenderableType

from registry.tables import TABLES, TableRows, Type
from registry.wording import STEERING
from scraper.ledger import as_text
from tests.builds import trials
from tests.cases import FOLDER
from tests.nights import SITE, Nights
from tests.terminals import Terminal, terminal, widest
from trials import cli
from trials.app import app
from trials.card import card
from trials.practice.world import World
from trials.report import NotGot, Report, Unknown, write_report
from trials.report_card import night_card
from trials.screen import inert, plain, progress_bar, say, show, wrapped
from trials.sheet import Answer, Rows, text_of
from trials.state import Night, Status
from trials.status_card import status_card

assert all(cli.MODULES), "they add their commands to the program"
WORLD = World(trials=12, pace=30)
ID = WORLD.nct_id(3)
WIDTHS = (20, 40, 59, 60, 80, 120, 200)
GOOD = FOLDER / "NCT09990001-fetched-page-says-when-and-where" / "page.html"
AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
_COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*[39][0-7][;m]")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of two nights: pages, tables, the report of a good night and of a bad one."""
    folder = tmp_path_factory.mktemp("terminal") / "store"
    for number in (0, 9):
        Nights(folder).keep(replace(WORLD, night=number))
    assert _in_a_pipe("build", "--store", folder).returncode == 0
    for number, code in ((1, 0), (2, 3)):
        write_report(
            _report(run=f"trials-{number}", exit_code=code, sentence="The site refuses us, page by page."), folder
        )
    return folder


def _report(**more: object) -> Report:
    said = {"program": "0.1.0", "run": "trials-1", "site": SITE, "started_at": "2026-02-28T20:00:00Z"}
    return Report.model_validate({**said, **more})


def _in_a_pipe(*words: str | Path, err: Any = subprocess.PIPE, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR", "NO_COLOR")}
    command = [sys.executable, "-m", "trials", *map(str, words)]
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=err,
        text=True,
        timeout=120,
        check=False,
        env={**kept, "TRIALS_SITE": SITE, **env},
    )


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Terminal, Terminal]]:
    """Return what runs a command, or calls what prints, on terminals of so many columns: its stdout and stderr."""
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TRIALS_SITE", SITE)

    def run(columns: int, *words: str | Path | Callable[[], object]) -> tuple[Terminal, Terminal]:
        with terminal(columns) as (out, seen), terminal(columns) as (err, said), monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            if callable(words[0]):
                words[0]()
            else:
                app(list(map(str, words)), standalone_mode=False)
        return seen, said

    return run


COMMANDS: dict[str, tuple[str | Path, ...]] = {
    "parse": ("parse", GOOD),
    "explain": ("parse", "--explain", GOOD),
    "fetch": ("fetch", ID),
    "why": ("why", ID),
    "status": ("status",),
    "plan": ("plan", "--top", "5"),
    "dry-run": ("harvest", "--dry-run"),
    "build": ("build",),
    "verify": ("verify",),
    "sql": ("sql", "SELECT nct_id, brief_title, overall_status, phase, enrollment FROM studies LIMIT 3"),
    "sql-wide": ("sql", "FROM studies LIMIT 2"),
    "faults": ("practice", "--list-faults"),
}
_OF_A_STORE = frozenset(COMMANDS) - {"parse", "explain", "faults"}


def _words(name: str, store: Path) -> tuple[str | Path, ...]:
    return (*COMMANDS[name], "--store", store) if name in _OF_A_STORE else COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_no_line_is_wider_than_the_terminal(name: str, store: Path, on_terminal: Any) -> None:
    for columns in WIDTHS:
        out, err = on_terminal(columns, *_words(name, store))
        assert out.raw or err.raw
        assert widest(out.raw) <= columns
        for line in err.lines:  # of a sentence only a word of its own is wider, such as a path
            assert widest(line) <= columns or " " not in line.strip()


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"explain", "sql", "sql-wide"}))
def test_the_same_is_said_at_each_width(name: str, store: Path, on_terminal: Any) -> None:
    """`--explain` cuts the page's lines, and an answer repeats the names where its rows stand below each other."""
    shown = [_characters(on_terminal(columns, *_words(name, store))[0]) for columns in (24, 60, 80, 200)]
    assert shown[1:] == shown[:-1]


def _characters(seen: Terminal) -> Counter[str]:
    return Counter("".join("".join(seen.lines).split()))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_pipe_gets_text_alone_and_the_same_whatever_stderr_is(name: str, store: Path) -> None:
    piped = _in_a_pipe(*_words(name, store), TERM="xterm-256color")
    assert piped.returncode == 0
    assert "\x1b" not in piped.stdout + piped.stderr
    assert not re.search("[\u2500-\u259f]", piped.stdout), "no frames"
    assert not re.search(" $", piped.stdout, re.MULTILINE)
    with terminal(47) as (err, _):
        assert _in_a_pipe(*_words(name, store), err=err).stdout == piped.stdout


@pytest.mark.parametrize("name", ["explain", "status", "fetch"])
def test_colour_only_adds_and_is_left_out_where_it_is_not_wanted(
    name: str, store: Path, on_terminal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    coloured, _ = on_terminal(80, *_words(name, store))
    assert _COLOUR.search(coloured.raw)
    forced = _in_a_pipe(*_words(name, store), FORCE_COLOR="1", TERM="xterm-256color")
    assert _COLOUR.search(forced.stdout)
    monkeypatch.setenv("NO_COLOR", "1")
    bare, _ = on_terminal(80, *_words(name, store))
    assert not _COLOUR.search(bare.raw)
    monkeypatch.setenv("TERM", "dumb")
    dumb, _ = on_terminal(60, *_words(name, store))
    assert "\x1b" not in dumb.raw and widest(dumb.raw) <= 60
    assert coloured.lines == bare.lines


# --- hostile and unusual texts ----------------------------------------------------------------------------------

_TEXTS = {
    "wide": "研究は二重盲検で行われる " * 20,
    "combining": "e\u0301\u0323n" * 300,
    "emoji": "👩🏽\u200d⚕️🇩🇪 ❤️ " * 40,
    "right-to-left": "دراسة سريرية עם מבחן " * 30,
    "long": "x" * 5000,
    "long words": "placebo-controlled " * 300,
    "steering": "\x1b[31mred\x1b]8;;http://evil\x07here\x1b]8;;\x07 \u202edesrever\u2066 \x9b2J \x00\r\x08",
    "markup": "[bold]b[/bold] [link=http://evil]l[/link] [/] :smile: \\[x]",
    "lines": "one\ntwo\tthree\n\n\nfour",
}


def _filled(text: str) -> TableRows:
    """Return the tables of a trial, all of whose texts say the same."""
    tables = trials(1)
    for table in TABLES:
        free = [
            c.name for c in table.columns if c.type is Type.TEXT and not c.vocabulary and not c.name.endswith("_id")
        ]
        for row in tables[table.name] if table.name not in ("pages", "problems", "countries") else ():
            row.update(dict.fromkeys(free, text))
    return tables


def _status(text: str) -> RenderableType:
    night = Night(run=text, started_at=as_text(AT), exit_code=4, is_good=False, not_known=2, sentence=text)
    status = Status(
        store=text, pages={"details": {"fetched": 3}}, held=3, known=4, oldest_fetch=as_text(AT), median_fetch=None,
        seen_changed=0, never_tried=1, failing=4, closed_until=as_text(AT), next_due=as_text(AT), build=text,
        damaged=[text], last_night=night, last_good_night=None,
    )  # fmt: skip
    return status_card(status, [night] * 3, AT, 36)


def _night(text: str) -> RenderableType:
    missing = NotGot(nct_id=ID, kind="details", state="failed", reason=text)
    unknown = Unknown(code="unknown_label", about=text, text=text, pages=1, nct_id=ID, url=text)
    return night_card(_report(sentence=text, pages={"expected": 1, "not_got": [missing]}, unknown=[unknown]))


_SHOWN: dict[str, Callable[[str], RenderableType]] = {
    "card": lambda text: card(_filled(text)),
    "status": _status,
    "night": _night,
    "rows": lambda text: Rows([(text, text), ("name", text)]),
    "answer": lambda text: Answer(["n", text], [["1", text], ["2", "short"]], frozenset({0})),
}


@pytest.mark.parametrize("text", _TEXTS.values(), ids=list(_TEXTS))
@pytest.mark.parametrize("form", _SHOWN)
def test_texts_of_pages_keep_the_layout_and_steer_nothing(form: str, text: str) -> None:
    for columns in WIDTHS:
        shown = plain(_SHOWN[form](text), columns)
        assert widest(shown) <= columns
        assert not STEERING.search(shown)
        assert len(shown) < 150_000
    assert "".join(inert(text).split())[:4] in "".join(shown.split())


@pytest.mark.parametrize("text", _TEXTS.values(), ids=list(_TEXTS))
def test_sentences_of_pages_steer_nothing(text: str, on_terminal: Any) -> None:
    _, err = on_terminal(60, partial(say, text))
    assert not STEERING.search(err.raw.replace("\n", ""))
    assert err.raw.startswith("trials:")


def test_colour_wraps_no_text_of_a_page_as_markup(on_terminal: Any) -> None:
    out, _ = on_terminal(80, lambda: show(text_of("[red]not red[/red] :smile:")))
    assert out.raw == "[red]not red[/red] :smile:\n"


# --- sentences and bars -----------------------------------------------------------------------------------------


def test_sentences_break_between_words_and_paths_stay_whole(on_terminal: Any) -> None:
    path = "/a/very/long/path/to/a/store/that/has/no/end.json"
    _, err = on_terminal(40, partial(say, f"The report of the night is {path}, as is said."))
    assert err.lines == ["trials: The report of the night is", f"  {path},", "  as is said.", ""]
    assert wrapped("NCT1  new       why it is", 19) == "NCT1  new       why\n  it is"


def test_bars_leave_nothing_behind_and_stand_on_no_dumb_terminal(
    on_terminal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> None:
        with progress_bar() as progress:
            for number in progress.track(range(3), description="Reading [b]pages"):
                say(f"Page {number} is cut.")

    out, err = on_terminal(60, work)
    assert "Reading [b]pages" in err.raw
    assert [line for line in err.lines if line] == [f"trials: Page {number} is cut." for number in range(3)]
    assert out.raw == ""
    monkeypatch.setenv("TERM", "dumb")
    _, dumb = on_terminal(60, work)
    assert dumb.raw == "".join(f"trials: Page {number} is cut.\n" for number in range(3))


# --- status -----------------------------------------------------------------------------------------------------


def _verdict(**more: object) -> str:
    good = Night(run="r", started_at="2026-03-01T03:00:00Z", exit_code=0, is_good=True, not_known=0, sentence="Done.")
    said: dict[str, Any] = {
        "store": "data", "pages": {"details": {"fetched": 100}}, "held": 100, "known": 100, "oldest_fetch": as_text(AT),
        "median_fetch": as_text(AT), "seen_changed": 0, "never_tried": 0, "failing": 0, "closed_until": None,
        "next_due": None, "build": "b", "damaged": [], "last_night": good, "last_good_night": good,
    }  # fmt: skip
    status = Status.model_validate({**said, **more})
    return plain(status_card(status, [], AT, 36), 200)


def _bad(code: int, at: str = "2026-03-01T03:00:00Z") -> Night:
    return Night(run="r", started_at=at, exit_code=code, is_good=False, not_known=0, sentence="Not done.")


def test_status_says_first_that_all_is_well() -> None:
    assert _verdict().startswith("All is well: the last night was good, 5 hours ago\n")
    assert "NOT WELL" not in _verdict(failing=10, never_tried=5_000, known=6_000)
    assert _verdict(last_night=None, last_good_night=None).startswith("No night was run here yet\n")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"last_night": _bad(3)}, "The last night went wrong, with exit code 3."),
        ({"last_night": _bad(6)}, "Look at the refused build and docs/guide.md."),
        ({"last_night": _bad(99)}, "It is no exit code of trials"),
        ({"last_night": _bad(0)}, "The last night published nothing"),
        ({"last_night": _bad(0), "last_good_night": None}, "No night was good in the last 36 hours, nor any before."),
        ({"last_good_night": _bad(0, "2026-02-20T03:00:00Z")}, "the last one began 9 days ago."),
        ({"build": None}, "No tables are published."),
        ({"damaged": ["sponsors.parquet"]}, "The published tables are damaged: sponsors.parquet."),
        ({"failing": 11}, "11 pages fail."),
        ({"oldest_fetch": as_text(AT - timedelta(days=181))}, "The oldest page is more than 180 days old."),
        ({"closed_until": "2026-03-02T10:00:00Z"}, "The site wants no requests until 2026-03-02 10:00 UTC."),
    ],
)
def test_status_says_first_what_is_wrong(more: dict[str, object], said: str) -> None:
    head, *_ = _verdict(**more).partition("\ndata\n")
    assert head.startswith("NOT WELL: ")
    assert said in head


# --- help -------------------------------------------------------------------------------------------------------

_NAMES = [str(command.name or getattr(command.callback, "__name__", "")) for command in app.registered_commands]


@pytest.mark.parametrize("name", ["", *_NAMES])
@pytest.mark.parametrize("columns", [60, 80])
def test_help_fits_and_nothing_in_it_is_cut(
    name: str, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    with suppress(SystemExit):
        app([*name.split(), "--help"], prog_name="trials")
    lines = capsys.readouterr().out.splitlines()[1:]  # the usage ends in dots
    assert widest("\n".join(lines)) <= columns
    assert not [line for line in lines if line.endswith("...")]
    if name:
        examples = lines[next(number for number, line in enumerate(lines) if line.startswith("  Example")) :]
        assert all(line.startswith(("    trials ", "      --")) for line in examples[1:])
        assert len(examples) > 1


def test_the_help_lists_commands_in_the_order_of_their_use() -> None:
    listed = re.findall("^  ([a-z]+)  ", _in_a_pipe("--help").stdout.partition("Commands:")[2], re.MULTILINE)
    assert sorted(listed) == sorted(_NAMES)
    assert (listed[0], listed[-1]) == ("demo", "fixture")


def test_each_example_names_options_that_there_are() -> None:
    for name, command in zip(_NAMES, app.registered_commands, strict=True):
        known = _in_a_pipe(name, "--help").stdout.partition("Examples")[0] if command.epilog else ""
        for option in re.findall(r"(?<= )--[a-z-]+", command.epilog or ""):
            assert f"{option} " in known or f"{option}\n" in known, (name, option)
