"""What the documents say is what the program does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from normalizers.dictionary import dictionary
from registry.errors import Reason
from registry.vocabularies import codes
from trials.exits import Exit

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def test_the_dictionary_is_current() -> None:
    current = (ROOT / "docs" / "dictionary.md").read_text(encoding="utf-8")
    assert current == dictionary(), "run `make dictionary`"


_SHOWN = re.findall(r"```console\n\$ (.*?)\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("command", "printed"), _SHOWN, ids=[command for command, _ in _SHOWN])
def test_the_readme_shows_real_output(command: str, printed: str) -> None:
    if command.startswith("make"):
        assert re.search(rf"^{command.split()[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return
    program, *arguments = command.split()
    assert program == ".venv/bin/trials"
    done = subprocess.run(
        [sys.executable, "-m", "trials", *arguments], cwd=ROOT, capture_output=True, check=True, env={"COLUMNS": "80"}
    )
    assert done.stdout.decode() == printed


def test_the_readme_shows_commands() -> None:
    assert len(_SHOWN) >= 2


def test_python_in_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = next((ROOT / "tests" / "fixtures").glob("NCT09990001-*")) / "page.html"
    subprocess.run(
        [sys.executable, "-m", "trials", "parse", str(page), "--parquet", str(tmp_path / "tables")],
        check=True,
        cwd=ROOT,
    )
    monkeypatch.chdir(tmp_path)
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(block, "README.md", "exec"), {})


@pytest.mark.parametrize("code", list(Exit))
def test_the_runbook_explains_each_exit_code(code: Exit) -> None:
    assert re.search(rf"^\| {code.value} \|", RUNBOOK, re.MULTILINE)


@pytest.mark.parametrize("name", [*Reason, *sorted(codes("problem"))])
def test_the_runbook_explains_each_refusal_and_problem(name: str) -> None:
    assert f"`{name}`" in RUNBOOK


_PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md")])


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target
