"""What the documents say is what the program does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from normalizers.dictionary import dictionary
from normalizers.problem_guide import problem_guide
from registry.errors import Reason
from registry.vocabularies import codes
from scraper.pages import State
from scraper.schedule import Why
from trials.alarms import Alarm
from trials.exits import Exit
from trials.report import Ended

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROBLEMS = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def test_the_dictionary_is_current() -> None:
    current = (ROOT / "docs" / "dictionary.md").read_text(encoding="utf-8")
    assert current == dictionary(), "run `make dictionary`"


def test_the_guide_to_problems_is_current() -> None:
    assert problem_guide() == PROBLEMS, "run `make dictionary`"


_SHOWN = re.findall(r"```console\n\$ (.*?)\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("command", "printed"), _SHOWN, ids=[command for command, _ in _SHOWN])
def test_the_readme_shows_real_output(command: str, printed: str, tmp_path: Path) -> None:
    make, target = command.split()
    recipe = re.search(rf"^{target}:.*\n\t@?(.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert make == "make"
    assert recipe
    if printed:
        program, *arguments = recipe[1].split()
        assert program == "$(BIN)/trials"
        done = subprocess.run(
            [sys.executable, "-m", "trials", *arguments],
            cwd=tmp_path,
            capture_output=True,
            check=True,
            env={"COLUMNS": "80", "PYTHONPATH": str(ROOT)},
        )
        assert done.stdout.decode() == printed


def test_the_readme_shows_commands() -> None:
    assert [command for command, printed in _SHOWN if printed] == ["make demo"]


def test_python_in_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = next((ROOT / "tests" / "fixtures").glob("NCT09990001-*")) / "page.html"
    subprocess.run(
        [sys.executable, "-m", "trials", "parse", str(page), "--parquet", str(tmp_path / "data" / "demo" / "current")],
        check=True,
        cwd=ROOT,
    )
    monkeypatch.chdir(tmp_path)
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(block, "README.md", "exec"), {})


@pytest.mark.parametrize("code", list(Exit))
def test_the_runbook_explains_each_exit_code(code: Exit) -> None:
    assert re.search(rf"^\| {code.value} \|", RUNBOOK, re.MULTILINE)


@pytest.mark.parametrize("name", [*Reason, *State])
def test_the_runbook_explains_each_refusal_and_state(name: str) -> None:
    assert f"`{name}`" in RUNBOOK


@pytest.mark.parametrize("code", sorted(codes("problem")))
def test_the_guide_explains_each_problem(code: str) -> None:
    assert f"\n## {code}\n" in PROBLEMS


def test_the_runbook_leads_to_the_guide_to_problems() -> None:
    assert "(problems.md)" in RUNBOOK


_PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md")])


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@pytest.mark.parametrize("name", [*Alarm, *Ended, *Why])
def test_the_runbook_explains_how_nights_end_and_why_pages_are_asked_for(name: str) -> None:
    assert f"| `{name}` |" in RUNBOOK
