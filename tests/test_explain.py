"""`trials parse --explain` and `trials fixture`: what a person sees, and what is written."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from parsers import read_outline
from parsers.draft import Draft
from parsers.trial_page import read_draft
from registry.record import Page
from tests.cases import FOLDER, READ, json_of, page_of
from tests.pages import BASE, FAMILIES, render
from tests.test_cli import CUT, GOOD, run
from tests.test_odd_markup import _page as details_page
from trials.explain import explain_files, explanation, problems_of
from trials.fixture import slug_of
from trials.tables import tables_of

ROOT = FOLDER.parent.parent


def _draft(html: str) -> Draft:
    _, outline = read_outline(Page(html.encode()))
    return read_draft(outline, None)


def _explain(html: str) -> list[str]:
    console = Console(file=io.StringIO(), width=120)
    console.print(explanation(_draft(html), problems_of(tables_of(Page(html.encode())))))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def _printed(html: str, **env: str) -> str:
    done = run("parse", "--explain", "-", stdin=html.encode(), **env)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


def _beside(lines: list[str], text: str) -> str:
    """Return what stands beside the line that begins with a text."""
    (line,) = (line for line in lines if line.strip().startswith(text))
    return re.split(r"\s{2,}", line.strip())[-1]


_INFORMATION = "<table><tr><th>Source<td>Acme<tr><th>Enrollment<td>80<tr><th>Moon phase<td>waning</table>"
_ELIGIBILITY = "<table><tr><th>Gender<td>Odd</table>"


def test_each_line_stands_beside_who_claims_it() -> None:
    lines = _explain(
        details_page(study_information=_INFORMATION, recruitment_information__eligibility=_ELIGIBILITY),
    )
    assert _beside(lines, "Study information") == "heading"
    assert _beside(lines, "Phase | Phase 2") == "studies.phase"
    assert _beside(lines, "Gender | Odd") == "eligibilities.gender"
    assert "unknown_wording" in next(line for line in lines if "Gender | Odd" in line)
    assert _beside(lines, "oil") == "interventions.name"
    assert _beside(lines, "Status | Clinical Trial") == "related_studies.status, title, phase"


def test_each_problem_says_where_to_mend_it() -> None:
    labels = "<dl><dt>NCT number<dd>NCT09990001<dt>Phase<dd>Phase 9<dt>Fund<dd>NIH</dl>"
    said = " ".join(_explain(details_page(administrative_data=labels))).partition("of the text claimed")[2]
    assert re.search(r"unknown_label: [^.]*'Fund'[^.]* FIELDS in registry/labels\.py", said)
    assert re.search(r"unknown_wording: [^.]*'Phase 9'[^.]* registry/vocab/phase\.csv", said)


def test_a_label_outside_its_section_is_named_with_the_usual_one() -> None:
    html = details_page(study_information=_INFORMATION, recruitment_information__eligibility=_ELIGIBILITY)
    (problem,) = (problem for problem in _draft(html).problems if problem.code == "misplaced_label")
    assert problem.label == "Study information/Enrollment"
    assert "'Recruitment information / eligibility'" in problem.message


@pytest.mark.parametrize(
    ("information", "recruitment", "codes"),
    [
        ("<p>Source: Acme</p><p>Enrollment: 80</p>", "<p>Gender: All</p>", ["misplaced_label"]),
        ("<dl><dt>Source<dd>Acme<dt>Enrollment<dd>80</dl>", "<dl><dt>Enrollment<dd>80</dl>", ["unknown_label"]),
        ("<dl><dt>Source<dd>Acme<dt>Moon phase<dd>80</dl>", "<dl><dt>Gender<dd>All</dl>", ["unknown_label"]),
        ("<dl><dt>Source<dd>Acme<dt>Masking<dd>Double</dl>", "<dl><dt>Gender<dd>All</dl>", ["misplaced_label"]),
    ],
)
def test_misplaced_or_unknown(information: str, recruitment: str, codes: list[str]) -> None:
    html = details_page(study_information=information, recruitment_information__eligibility=recruitment)
    assert [problem.code for problem in _draft(html).problems] == codes


def test_a_contact_outside_its_section_is_not_repeated() -> None:
    administrative = "<dl><dt>NCT number<dd>NCT09990001<dt>Phase<dd>N/A<dt>Phone<dd>854 9146<dt>Contact<dd>Ada</dl>"
    html = details_page(administrative_data=administrative)
    problems = _draft(html).problems
    assert [problem.code for problem in problems] == ["misplaced_label", "misplaced_label"]
    assert all(problem.text is None for problem in problems)
    shown = "\n".join(_explain(html))
    assert "854 9146" not in shown
    assert "Ada" not in shown


@pytest.mark.parametrize("family", FAMILIES)
def test_no_contact_is_shown(family: str) -> None:
    shown = "\n".join(_explain(render(BASE, FAMILIES[family])))
    assert "central_contacts.email" in shown
    for private in ("Ada", "933-7001", "lantern.org"):
        assert private not in shown


def test_colours_on_a_terminal() -> None:
    information = "<dl><dt>Source<dd>Acme<dt>Moon phase<dd>waning</dl>"
    html = details_page(study_information=information, recruitment_information__eligibility=_ELIGIBILITY)
    shown = _printed(html, FORCE_COLOR="1", TERM="xterm", NO_COLOR="")
    bold, red, green, yellow = "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m"
    for line in (f"{bold}Study information", f"{green}  Source | Acme", f"{red}  Moon phase", f"{red}unknown_label",
                 f"{yellow}  Gender | Odd", f"{yellow}unknown_wording"):  # fmt: skip
        assert line in shown


def test_no_colour_when_piped_and_no_wider_than_the_terminal() -> None:
    printed = _printed(render(BASE, FAMILIES["two-column-table"]), COLUMNS="60")
    assert "\x1b" not in printed
    assert max(map(len, printed.splitlines())) <= 60


def test_scraped_text_is_inert() -> None:
    html = details_page(clinical_trial_summary="<p>a\u202eb\u009b2Jc</p>", references="<p>x\u2066y</p>")
    printed = _printed(html)
    assert r"a\u202eb" in printed
    assert not set(printed) & set("\u202e\u009b\u2066")


def test_a_refused_page_is_shown_as_far_as_it_was_read() -> None:
    two = FOLDER / "NCT09990024-two-trials" / "page.html"
    for page, reason in ((CUT, "cut short"), (two, "names 2 trials")):
        done = run("parse", "--explain", page)
        assert done.returncode == 5
        assert reason in done.stderr.decode()
        assert "studies.nct_id" in done.stdout.decode()
    empty = run("parse", "--explain", "-", GOOD, stdin=b" ")
    assert (empty.returncode, b"empty" in empty.stderr, b"studies.nct_id" in empty.stdout) == (5, True, True)


def test_explain_is_no_format() -> None:
    assert run("parse", "--explain", "--json", GOOD).returncode == 2


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_every_fixture_can_be_explained(case: Path) -> None:
    page = page_of(case)
    _, outline = read_outline(page)
    draft = read_draft(outline, page.url)
    console = Console(file=io.StringIO(), width=100)
    console.print(explanation(draft, draft.problems))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(problem.code in shown for problem in draft.problems)
    assert ("100.0%" in shown) == (draft.claimed / draft.content > 0.9995)


def test_the_guide_shows_real_output() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    shown = re.findall(r"```console\n\$ trials (.*?)\n(.*?)```", guide, re.DOTALL)
    assert shown
    for command, printed in shown:
        done = subprocess.run(
            [sys.executable, "-m", "trials", *command.split()],
            cwd=ROOT,
            capture_output=True,
            check=True,
            env={"COLUMNS": "110", "PYTHONPATH": str(ROOT)},
        )
        assert done.stdout.decode() == printed


# --- fixtures ---------------------------------------------------------------------------------------------------


def _fixture(*arguments: str | Path, into: Path) -> subprocess.CompletedProcess[bytes]:
    return run("fixture", *arguments, "--into", into)


def test_a_fixture_of_a_page(tmp_path: Path) -> None:
    done = _fixture(GOOD, "--claim", "Says “when” & where", into=tmp_path)
    assert done.returncode == 0
    assert b"Read every line" in done.stderr
    case = tmp_path / "NCT09990001-says-when-where"
    assert sorted(path.name for path in case.iterdir()) == ["expected.json", "page.html", "page.json"]
    assert (case / "page.html").read_bytes() == GOOD.read_bytes()
    assert json_of(case / "page.json") == {}
    kept = json_of(GOOD.parent / "expected.json")
    made = json_of(case / "expected.json")
    assert made.keys() == kept.keys()
    assert made["studies"][0]["official_title"] == kept["studies"][0]["official_title"]
    assert _parsed(case) == made


def _parsed(case: Path) -> dict[str, object]:
    line = run("parse", case / "page.html", "--json").stdout
    return {name: rows for name, rows in json.loads(line).items() if rows}


def test_a_fixture_of_a_refused_page(tmp_path: Path) -> None:
    done = _fixture(GOOD, "--claim", "of another trial", "--id", "NCT09990099", into=tmp_path)
    assert done.returncode == 0
    case = tmp_path / "NCT09990099-of-another-trial"
    assert json_of(case / "page.json") == {"requested_id": "NCT09990099"}
    assert json_of(case / "error.json")["reason"] == "id_mismatch"
    assert not (case / "expected.json").exists()


def test_a_fixture_is_never_overwritten(tmp_path: Path) -> None:
    assert _fixture(GOOD, "--claim", "once", into=tmp_path).returncode == 0
    expected = tmp_path / "NCT09990001-once" / "expected.json"
    expected.write_text("mine")
    again = _fixture(GOOD, "--claim", "ONCE!", into=tmp_path)
    assert (again.returncode, b"is there already" in again.stderr) == (4, True)
    assert expected.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((CUT, "--claim", "cut"), 2),  # its id is not known
        ((GOOD, "--claim", "…/.."), 2),
        ((GOOD, "--claim", "試験"), 2),
        ((GOOD, "--claim", "a" * 81), 2),
        ((GOOD, "--claim", "x", "--id", "../NCT09990001"), 2),
        (("no-such.html", "--claim", "x"), 4),
    ],
)
def test_what_makes_no_fixture(arguments: tuple[str | Path, ...], code: int, tmp_path: Path) -> None:
    assert _fixture(*arguments, into=tmp_path).returncode == code
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_fixtures_must_be_there(tmp_path: Path) -> None:
    done = _fixture(GOOD, "--claim", "x", into=tmp_path / "missing")
    assert (done.returncode, b"There is no folder" in done.stderr) == (4, True)


@pytest.mark.parametrize(
    ("claim", "slug"),
    [
        ("A cell, of two rows", "a-cell-of-two-rows"),
        ("../../etc/passwd", "etc-passwd"),
        (r"C:\x\.hidden", "c-x-hidden"),
        ("Größe\n\x00É", "grosse-e"),
        ("--rowspan=2", "rowspan-2"),
    ],
)
def test_a_claim_is_a_safe_name(claim: str, slug: str) -> None:
    assert slug_of(claim) == slug


def test_a_page_that_costs_too_much_is_not_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The others are: reading is contained here, too."""
    monkeypatch.setattr("trials.contained.WALL_SECONDS", 0.001)
    page = tmp_path / "page.html"
    page.write_text(render(BASE, FAMILIES["two-column-table"]), encoding="utf-8")
    assert not explain_files([str(page)])
    monkeypatch.undo()
    assert explain_files([str(page)])
