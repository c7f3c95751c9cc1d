"""Units and crontab of deploy/ are what systemd, cron and the program take; docs/nightly.md explains them."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import trials.cli  # noqa: F401 - its commands become the app's
from trials.app import app
from trials.exits import Exit

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
WORKFLOW = (DEPLOY / "ci" / "nightly.yml").read_text(encoding="utf-8")
NIGHTLY = (ROOT / "docs" / "nightly.md").read_text(encoding="utf-8")
UNITS = sorted((DEPLOY / "systemd").iterdir())
HARVEST = DEPLOY / "systemd" / "trials-harvest.service"
PROGRAM = "/opt/trials/.venv/bin/trials"


def _lines(path: Path) -> list[str]:
    """Return the lines that are no comments, continued ones joined."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _executed(unit: Path) -> list[list[str]]:
    return [shlex.split(line.partition("=")[2]) for line in _lines(unit) if line.startswith("ExecStart=")]


# --- every file ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [*UNITS, DEPLOY / "trials.cron", DEPLOY / "Containerfile", DEPLOY / "ci" / "nightly.yml", *DEPLOY.glob("trials-*")],
    ids=lambda path: path.name,
)
def test_each_file_says_how_it_is_installed(path: Path) -> None:
    assert re.search(r"^# Install\b", path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", sorted(p for p in DEPLOY.rglob("*") if p.is_file()), ids=lambda path: path.name)
def test_what_is_named_below_opt_trials_is_there(path: Path) -> None:
    for name in re.findall(r"/opt/trials/((?:deploy|docs)/[\w./@-]+\w)", path.read_text()):
        assert (ROOT / name).is_file(), name
        assert "docs/" in name or os.access(ROOT / name, os.X_OK), name


# --- command lines ---------------------------------------------------------------------------------------------------


_CALL = re.compile(r"\b(?:trials|tidytrials) ((?:init|harvest|status|verify|build)\b[^`)|&\n]*)")


def _command_lines() -> list[list[str]]:
    """Return the arguments of each call of the program, from units, crontab, workflow and document."""
    crontab = "\n".join(_lines(DEPLOY / "trials.cron")).replace("deploy/trials-night", "trials harvest")
    workflow = "\n".join(line for line in WORKFLOW.splitlines() if line.startswith("          trials "))
    document = "\n".join(re.findall(r"^    .*|`trials .*?`", NIGHTLY, re.MULTILINE))
    calls = [call for text in (crontab, workflow, document) for call in _CALL.findall(text.replace(" 2>&1", ""))]
    units = [words[1:] for unit in UNITS for words in _executed(unit) if words[0] == PROGRAM]
    return units + [shlex.split(call.replace("GATE", "rows").replace("TEXT", "x")) for call in calls]


def _parse(words: list[str]) -> None:
    """Parse a call without running it; click's UsageError if the program does not know it."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    commands[words[0]].make_context(words[0], list(words[1:]))


def test_command_lines_are_found_in_each_file() -> None:
    assert len(_command_lines()) >= 12
    assert {words[0] for words in _command_lines()} == {"init", "harvest", "status", "verify", "build", "report"}


@pytest.mark.parametrize("words", sorted({tuple(words) for words in _command_lines()}), ids=" ".join)
def test_the_program_knows_the_command_line(words: tuple[str, ...]) -> None:
    _parse(list(words))


def test_a_command_line_that_is_wrong_is_seen() -> None:
    with pytest.raises(Exception, match="--ful"):
        _parse(["build", "--ful"])


# --- systemd ---------------------------------------------------------------------------------------------------------


def _systemd_analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not there")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)


def _installed(folder: Path) -> list[Path]:
    """Return copies of the units with the paths of this checkout: systemd looks whether a program may be run."""
    for unit in UNITS:
        here = unit.read_text().replace(PROGRAM, str(Path(sys.executable).parent / "trials"))
        (folder / unit.name).write_text(here.replace("/opt/trials/", f"{ROOT}/"))
    return sorted(folder.iterdir())


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    done = _systemd_analyze("verify", "--recursive-errors=no", *_installed(tmp_path))
    assert [line for line in done.stderr.splitlines() if "trials-" in line] == []
    assert done.returncode == 0


def test_systemd_sees_a_setting_that_is_none(tmp_path: Path) -> None:
    unit = next(unit for unit in _installed(tmp_path) if unit.name == "trials-harvest.service")
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystme=strict"))
    assert "ProtectSystme" in _systemd_analyze("verify", unit).stderr


@pytest.mark.parametrize("unit", ["trials-harvest.service", "trials-watch.service", "trials-report.service"])
def test_the_exposure_is_low(unit: str) -> None:
    done = _systemd_analyze("security", "--offline=true", "--threshold=20", DEPLOY / "systemd" / unit)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service" and "@" not in unit.name])
def test_each_service_mails_its_failure(unit: Path) -> None:
    assert any(line.startswith("OnFailure=trials-night-failed@%n.service") for line in _lines(unit))
    after_a_night = {word for line in _lines(HARVEST) if line.startswith("OnSuccess=") for word in line[10:].split()}
    assert unit.with_suffix(".timer") in UNITS or unit.name in after_a_night


def test_the_report_is_made_after_good_and_bad_nights() -> None:
    starts = [line for line in _lines(HARVEST) if line.startswith(("OnSuccess=", "OnFailure="))]
    assert len(starts) == 2 and all("trials-report.service" in line for line in starts)


def test_which_exit_codes_are_no_failure_or_tried_again() -> None:
    lines = _lines(HARVEST)
    assert f"SuccessExitStatus={Exit.TERMINATED.value}" in lines
    assert f"RestartForceExitStatus={Exit.BUSY.value}" in lines
    assert "Restart=no" in lines


# --- cron ------------------------------------------------------------------------------------------------------------

_RANGES = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}


def _jobs() -> list[list[str]]:
    """Return five fields of time, user and command of each line that is no setting."""
    return [line.split(None, 6) for line in _lines(DEPLOY / "trials.cron") if not re.match(r"[A-Z]+=", line)]


def test_cron_takes_the_lines() -> None:
    assert len(_jobs()) == 2
    for *times, user, command in _jobs():
        for (least, most), field in zip(_RANGES.values(), times, strict=True):
            assert field == "*" or least <= int(field) <= most
        assert user == "trials"
        assert "%" not in command, "cron takes a bare % for a line break"
        assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0


@pytest.mark.parametrize(("code", "printed"), [(0, ""), (5, "No good night.\n")])
def test_cron_hears_of_the_watch_on_bad_days_only(code: int, printed: str, tmp_path: Path) -> None:
    (tmp_path / "trials").write_text(f"#!/bin/sh\necho No good night. >&2\nexit {code}\n")
    (tmp_path / "trials").chmod(0o755)
    command = next(job[-1] for job in _jobs() if "--within" in job[-1]).replace("/etc/trials", str(tmp_path))
    done = subprocess.run(["sh", "-c", command], env={"PATH": f"{tmp_path}:/bin"}, capture_output=True, check=False)
    assert (done.stdout.decode(), done.stderr.decode()) == (printed, "")


# --- the document ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", list(Exit))
def test_the_document_explains_each_exit_code(code: Exit) -> None:
    assert re.search(rf"^\| {code.value} \| [^|]+ \| [^|]+ \| [^|]+ \|$", NIGHTLY, re.MULTILINE)


def test_the_document_adds_up() -> None:
    rows = re.findall(r"^\| ([\d,]+) \| ([\d.]+) h \| ([\d.]+) h \| ([\d.]+) h \|$", NIGHTLY, re.MULTILINE)
    assert len(rows) == 3
    for requests, *hours in rows:
        for seconds, said in zip((2.0, 2.5, 10.5), hours, strict=True):
            assert abs(int(requests.replace(",", "")) * seconds / 3600 - float(said)) <= 0.051


def test_the_document_names_each_file() -> None:
    names = {path.name for path in DEPLOY.rglob("*") if path.is_file()}
    named = {name for name in names if name in NIGHTLY}
    assert names - named <= {"requirements.txt", "trials-advice"}
