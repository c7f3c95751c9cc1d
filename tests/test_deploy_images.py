"""The container and the workflow of deploy/ are what their builders and forges take, and are made of what is here."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from trials.exits import Exit

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"

# --- the container ---------------------------------------------------------------------------------------------------

_KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "STOPSIGNAL", "ENTRYPOINT", "CMD"}


def _instructions() -> list[tuple[str, str]]:
    """Return name and arguments of each instruction, continued lines joined, without comments."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def _copied() -> list[str]:
    copies = [rest.split()[:-1] for name, rest in _instructions() if name == "COPY" and "--from" not in rest]
    return [name for names in copies for name in names]


def test_the_container_is_made_of_known_instructions() -> None:
    assert {name for name, _ in _instructions()} == _KNOWN
    assert all(re.search(r":\d+\.\d+\.\d+-", rest) for name, rest in _instructions() if name == "FROM")
    assert ("USER", "10001:10001") in _instructions()
    assert [json.loads(rest) for name, rest in _instructions() if name in ("ENTRYPOINT", "CMD")] == [
        ["trials"],
        ["harvest"],
    ]


def test_the_container_copies_what_is_there_and_not_ignored() -> None:
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text().splitlines()
    for name in _copied():
        assert (ROOT / name).exists(), name
        assert any(fnmatchcase(name, line.removeprefix("!")) for line in ignored if line.startswith("!")), name


def test_the_container_has_every_package_of_the_program() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {package.split(".")[0] for package in project["tool"]["setuptools"]["packages"]}
    assert packages | {"deploy/requirements.txt", "pyproject.toml", project["project"]["readme"]} == set(_copied())


def test_the_linter_of_containers_finds_nothing() -> None:
    program = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("hadolint is not there")
    done = subprocess.run([program, "--no-color", DEPLOY / "Containerfile"], capture_output=True, check=False)
    assert (done.stdout.decode(), done.returncode) == ("", 0)


def _pins(path: Path) -> dict[str, str]:
    """Return each pinned requirement with its hashes, by its name."""
    pins = re.split(r"\n(?! )", path.read_text().replace("\\\n", "").strip())
    return {re.split(r"[=;\[ ]", pin)[0]: re.sub(r"\s+", " ", pin) for pin in pins}


def test_the_container_installs_the_same_pins_and_no_tools() -> None:
    ours, all_of_them = _pins(DEPLOY / "requirements.txt"), _pins(ROOT / "requirements.txt")
    assert all("--hash=sha256:" in pin for pin in ours.values())
    assert {name: re.findall(r"==\S+|--hash=\S+", pin) for name, pin in ours.items()} == {
        name: re.findall(r"==\S+|--hash=\S+", all_of_them[name]) for name in ours
    }, "run `make lock`"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[>=\[;]", dependency)[0] for dependency in project["dependencies"]}
    assert needed | {"setuptools"} <= ours.keys(), "run `make lock`"
    assert "pytest" not in ours


# --- the forge's workflow --------------------------------------------------------------------------------------------


def _job() -> dict[str, Any]:
    workflow = yaml.safe_load((DEPLOY / "ci" / "nightly.yml").read_text())
    assert workflow["concurrency"]["cancel-in-progress"] is False
    assert len(workflow[True]["schedule"][0]["cron"].split()) == 5  # YAML 1.1 reads the key `on` as true
    job: dict[str, Any] = workflow["jobs"]["harvest"]
    return job


def _step(name: str) -> str:
    script: str = next(step["run"] for step in _job()["steps"] if step.get("name") == name)
    return script


def test_the_workflow_pins_what_it_uses_and_ends_in_time() -> None:
    used = [step["uses"] for step in _job()["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[a-z/-]+@[0-9a-f]{40}", name) for name in used)
    minutes = re.search(r"trials harvest --minutes (\d+)", _step("Harvest"))
    assert minutes
    assert int(minutes[1]) + 50 <= _job()["timeout-minutes"] < 360


@pytest.mark.parametrize("code", [*Exit])
def test_the_workflow_fails_by_the_exit_code(code: Exit, tmp_path: Path) -> None:
    (tmp_path / "trials").write_text(f"#!/bin/sh\nexit {code.value}\n")
    (tmp_path / "trials").chmod(0o755)
    done = subprocess.run(
        ["bash", "-e", "-c", _step("Harvest")],
        cwd=ROOT,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert done.stdout.startswith(f"::error title=Exit code {code.value}::") == (code != Exit.DONE)


def test_the_workflow_shows_the_report(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(
        '{"exit_code": 6, "ended": "2026-01-31T06:00:00Z", "sentence": "A gate failed."}'
    )
    (tmp_path / "python").symlink_to(sys.executable)
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "TRIALS_STORE": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    subprocess.run(["bash", "-e", "-c", _step("Summary")], env=environment, check=True)
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("**A gate failed.**\n\nExit code 6, ended 2026-01-31T06:00:00Z.\n")
