"""The scripts of deploy/ do what they say: run as they stand, among programs that only look like the real ones."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trials.exits import Exit

DEPLOY = Path(__file__).parent.parent / "deploy"
SCRIPTS = sorted(DEPLOY.glob("trials-*"))
KILLED = 137  # by SIGKILL, as a shell says it


def _fake(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def _environment(folder: Path, **more: str) -> dict[str, str]:
    (folder / "tmp").mkdir(exist_ok=True)
    return {"PATH": f"{folder}:/usr/bin:/bin", "TMPDIR": str(folder / "tmp"), **more}


def _run(script: str, folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", DEPLOY / script, *arguments],
        env=_environment(folder, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _advice(code: int) -> str:
    return subprocess.run([DEPLOY / "trials-advice", str(code)], capture_output=True, text=True, check=True).stdout


def test_there_are_scripts_and_each_may_be_run() -> None:
    assert [path.name for path in SCRIPTS] == ["trials-advice", "trials-mail", "trials-night"]
    assert all(os.access(path, os.X_OK) for path in SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing(script: Path) -> None:
    program = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("shellcheck is not there")
    done = subprocess.run([program, script], capture_output=True, check=False)
    assert done.stdout.decode() == ""
    assert done.returncode == 0


def test_each_exit_code_has_advice_of_its_own() -> None:
    advice = {code: _advice(code) for code in [*Exit, KILLED]}
    assert advice[Exit.INTERRUPTED] == advice[Exit.TERMINATED]
    assert len(set(advice.values())) == len(advice) - 1


def test_a_good_night_is_silent_and_gets_its_options(tmp_path: Path) -> None:
    _fake(tmp_path, "trials", f'printf "%s|" "$@" > {tmp_path}/asked; echo much; echo more >&2')
    done = _run("trials-night", tmp_path, "--requests", "5", "--ids", "a list.txt")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "asked").read_text() == "harvest|--requests|5|--ids|a list.txt|"


@pytest.mark.parametrize("code", [*(code for code in Exit if code), KILLED])
def test_a_bad_night_says_code_advice_and_the_last_line(code: int, tmp_path: Path) -> None:
    _fake(tmp_path, "trials", f"seq 100; echo 'The night in one sentence.' >&2; exit {int(code)}")
    done = _run("trials-night", tmp_path)
    assert done.returncode == code
    assert f"exit code {int(code)} " in done.stdout.splitlines()[0]
    assert _advice(code) in done.stdout
    assert done.stdout.splitlines()[-20:] == [*map(str, range(82, 101)), "The night in one sentence."]
    assert "\n81\n" not in done.stdout
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_night_without_the_program_is_a_bad_one(tmp_path: Path) -> None:
    done = _run("trials-night", tmp_path)
    assert done.returncode == 127
    assert _advice(127) in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_harvest_in_order(number: signal.Signals, tmp_path: Path) -> None:
    ended = "sleep 0.5; echo ended in order; exit 143"
    _fake(tmp_path, "trials", f"trap '{ended}' TERM; touch {tmp_path}/begun; while :; do sleep 0.1; done")
    night = subprocess.Popen(
        ["sh", DEPLOY / "trials-night"], env=_environment(tmp_path), stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    night.send_signal(number)
    said, _ = night.communicate(timeout=30)
    assert night.returncode == Exit.TERMINATED
    assert said.splitlines()[-1] == "ended in order"


def _fake_systemd(folder: Path, code: int) -> None:
    shown = f"*=ExecMainStatus) echo {code} ;; *=Result) echo exit-code ;; *=InvocationID) echo abc ;;"
    _fake(folder, "systemctl", f'case "$2" in {shown} esac')
    _fake(folder, "journalctl", 'echo "for $*"; echo "the last line"')
    _fake(folder, "sendmail", f'echo "$@" > {folder}/options; cat > {folder}/mail')


def _mail(folder: Path, unit: str, report: Path, **more: str) -> tuple[list[str], str]:
    """Return the head's lines and the body of the mail that is handed to sendmail."""
    done = _run("trials-mail", folder, unit, str(report), **more)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (folder / "options").read_text() == "-t\n"
    head, body = (folder / "mail").read_text().split("\n\n", 1)
    return head.splitlines(), body


def test_the_mail_has_code_advice_sentence_and_last_lines(tmp_path: Path) -> None:
    _fake_systemd(tmp_path, 3)
    report = tmp_path / "report.json"
    report.write_text('{"exit_code": 3, "ended": "2026-01-31T06:00:00Z", "sentence": "It answered 403 – stopped."}')
    head, body = _mail(tmp_path, "trials-harvest.service", report, MAILTO="you@example.org")
    assert head[0] == "To: you@example.org"
    assert head[1] == f"Subject: trials-harvest.service on {os.uname().nodename}: exit-code, exit code 3"
    assert _advice(3) in body
    assert "The newest report, of 2026-01-31T06:00:00Z says: It answered 403 – stopped.\n" in body
    assert "for --output=cat --no-pager --lines=20 _SYSTEMD_INVOCATION_ID=abc\n" in body
    assert body.endswith("the last line\n")


@pytest.mark.parametrize("content", [None, "", "{}", "[]", "{"])
def test_a_report_that_cannot_be_read_keeps_no_mail_back(content: str | None, tmp_path: Path) -> None:
    _fake_systemd(tmp_path, 1)
    report = tmp_path / "report.json"
    if content is not None:
        report.write_text(content)
    head, body = _mail(tmp_path, "trials-harvest.service", report)
    assert head[0] == "To: root"
    assert f"There is no report that can be read at {report}.\n" in body
    assert body.endswith("the last line\n")


def test_the_watch_has_other_advice_than_a_harvest(tmp_path: Path) -> None:
    _fake_systemd(tmp_path, 5)
    _, body = _mail(tmp_path, "trials-watch.service", tmp_path / "none")
    assert _advice(5) not in body
    assert "systemctl list-timers" in body


def test_a_mail_that_cannot_be_sent_is_a_failure(tmp_path: Path) -> None:
    _fake_systemd(tmp_path, 1)
    _fake(tmp_path, "sendmail", "cat > /dev/null; exit 75")
    assert _run("trials-mail", tmp_path, "trials-harvest.service", "none").returncode == 75
