"""Gates: what is measured, what lets a build through, and what a store's own limits may say."""

import sys
from pathlib import Path
from typing import Any

import pytest

from normalizers.gates import MEASURES, Verdict, check_accepted, load_gates
from registry.errors import GatesFailed, SettingsError, StoreError
from registry.tables import TableRows
from tests.builds import published, trials
from trials.cli import main
from trials.exits import Exit

_OTHER = "https://inclinicaltrials.com/NCT00000001"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def _refused(store: Path, tables: TableRows, **options: Any) -> str:
    with pytest.raises(GatesFailed) as caught:
        published(store, tables, **options)
    (name,) = caught.value.gates
    return f"{name}: {str(caught.value).partition(f'{name}: ')[2]}"


def _verdict(verdicts: tuple[Verdict, ...], name: str) -> Verdict:
    return next(verdict for verdict in verdicts if verdict.gate.name == name)


# --- each gate --------------------------------------------------------------------------------------------------


def test_the_first_build_is_compared_with_none(store: Path) -> None:
    verdicts = published(store, trials(300)).verdicts
    assert [verdict.gate.name for verdict in verdicts] == list(MEASURES)
    assert all(verdict.is_passed for verdict in verdicts)
    compared = {verdict.gate.name for verdict in verdicts if verdict.measured is not None}
    assert set(MEASURES) - compared == {"trials", "rows", "fill", "changed"}


def test_a_night_as_any_other_passes(store: Path) -> None:
    published(store, trials(300))
    later = trials(306)
    for row in later["studies"][:50]:
        row["enrollment"] = None if row["nct_id"] == "NCT00000001" else 7
    later["sponsors"] = later["sponsors"][:-3]
    verdicts = published(store, later, changed=50).verdicts
    assert all(verdict.is_passed and verdict.measured is not None for verdict in verdicts)
    assert _verdict(verdicts, "changed").measured == pytest.approx(100 * 50 / 300, abs=1e-4)


def test_no_trial_is_lost_but_one_that_was_forgotten(store: Path) -> None:
    published(store, trials(300))
    kept = trials(299, first=2)
    assert _refused(store, kept).startswith(
        "trials: 1 trials lost that were not forgotten, at most 0 may be. NCT00000001."
    )
    verdicts = published(store, kept, forgotten=frozenset({"NCT00000001", "NCT00000777"})).verdicts
    assert _verdict(verdicts, "trials").measured == 0


def test_rows_of_forgotten_trials_are_no_loss(store: Path) -> None:
    published(store, trials(300))
    kept = trials(270, first=31)
    forgotten = frozenset(f"NCT{number:08}" for number in range(1, 31))
    assert _verdict(published(store, kept, forgotten=forgotten).verdicts, "rows").measured == 0


def test_a_table_that_loses_rows(store: Path) -> None:
    before = trials(300)
    published(store, before)
    rows = before["sponsors"]
    few = {**trials(300), "sponsors": rows[: len(rows) * 93 // 100]}
    assert published(store, few).is_new, "seven in a hundred may be chance among 300 trials"
    published(store, before)
    less = {**trials(300), "sponsors": rows[: len(rows) * 90 // 100]}
    said = _refused(store, less)
    assert said.startswith("rows: 4.2265 % of a table's rows lost, beyond chance, at most 2 may be. sponsors: ")


def test_a_small_store_is_not_compared(store: Path) -> None:
    published(store, trials(20))
    less: TableRows = {**trials(20, acronym=None, source=None), "sponsors": []}
    verdicts = published(store, less, changed=20).verdicts
    assert _verdict(verdicts, "changed").measured is None
    assert all(verdict.is_passed for verdict in verdicts)


def test_problems_may_become_fewer(store: Path) -> None:
    assert len(trials(300)["problems"]) >= 200
    published(store, trials(300))
    assert published(store, {**trials(300), "problems": []}).is_new


def test_a_column_that_is_filled_no_more(store: Path) -> None:
    published(store, trials(300))
    later = trials(300)
    for row in later["studies"][:15]:
        row["source"] = None
    assert published(store, later).is_new  # five points
    for row in later["studies"][15:60]:
        row["source"] = None
    said = _refused(store, later)
    assert said.startswith("fill: 9.2265 points of a column's share of values lost, beyond chance, at most 5 may be. ")
    assert "studies.source: 80.0 % filled, was 95.0 % (15.0 %)" in said


def test_values_that_are_no_code(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("normalizers.arrow.codes", lambda _name: {"PAUSED", *_all_codes()})
    said = _refused(store, trials(3, overall_status="PAUSED"))
    assert said.startswith("codes: 3 values that are no code of their vocabulary, at most 0 may be. ")
    assert "studies.overall_status: 3 rows, the first 'PAUSED'" in said


def _all_codes() -> set[str]:
    from registry.tables import TABLES
    from registry.vocabularies import codes

    return {
        code for table in TABLES for column in table.columns if column.vocabulary for code in codes(column.vocabulary)
    }


def test_words_that_are_not_known(store: Path) -> None:
    tables = trials(300)
    (problem,) = [row for row in tables["problems"] if row["nct_id"] == "NCT00000001"]
    strange = [row for row in tables["problems"] if str(row["nct_id"]) <= "NCT00000033"]
    for row in strange:
        row["code"] = "unknown_label"
    tables["problems"].append({**problem, "ordinal": 2, "code": "unknown_wording"})  # the same page
    said = _refused(store, tables)
    assert said.startswith("vocabulary: 11 % of pages with a wording or a label that is not known, at most 10 may be.")


def test_text_that_nothing_claims(store: Path) -> None:
    tables = trials(300)
    for row in tables["pages"]:
        row["text_claimed"] = 0.9
    assert _refused(store, tables).startswith("unclaimed: 10 % of the text of a page")


def test_trials_that_change_all_at_once(store: Path) -> None:
    published(store, trials(300))
    assert _refused(store, trials(301), changed=61).startswith("changed: 20.3333 % of the trials changed, at most 20")


def test_all_that_failed_is_said_at_once(store: Path) -> None:
    published(store, trials(300))
    with pytest.raises(GatesFailed, match="failed 3 gates") as caught:
        published(store, trials(200, source=None))
    assert caught.value.gates == ("trials", "rows", "fill")
    assert "--accept trials --accept rows --accept fill --because TEXT" in str(caught.value)
    assert "and 90 more" in str(caught.value)


def test_gates_that_were_accepted_are_named_with_the_reason(store: Path) -> None:
    published(store, trials(300))
    because = {"trials": "the site closed", "rows": "the site closed", "keys": "to be safe"}
    done = published(store, trials(200), accepted=because)
    assert [verdict.because for verdict in done.verdicts if not verdict.is_passed] == ["the site closed"] * 2
    assert done.notes == ("The gate 'keys' was accepted, and did not fail.",)


@pytest.mark.parametrize(
    ("accepted", "message"),
    [
        ({"rowz": "a typo"}, "a gate 'rowz', and there is none. Did you mean 'rows'?"),
        ({"quality": "x"}, "The gates are empty, archive, trials, rows"),
        ({"rows": " "}, "Say why the gate 'rows' is accepted"),
        ({"empty": "why not"}, "cannot be accepted"),
    ],
)
def test_what_cannot_be_accepted(accepted: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_accepted(accepted)
    assert message in str(caught.value)


def test_a_published_table_that_is_damaged_is_said(store: Path) -> None:
    folder = published(store, trials(3)).folder
    (folder / "studies.parquet").write_bytes(b"damaged")
    with pytest.raises(StoreError, match=r"has a studies\.parquet that cannot be read"):
        published(store, trials(4))


# --- limits -----------------------------------------------------------------------------------------------------


def test_every_gate_has_a_limit_and_a_reason() -> None:
    gates = load_gates()
    assert list(gates) == list(MEASURES)
    assert all(gate.reason.endswith(".") for gate in gates.values())


def test_a_store_may_have_limits_of_its_own(store: Path) -> None:
    (store / "gates.toml").write_text('[rows]\nlimit = 40.5\nignored = ["pages", "problems"]\n', encoding="utf-8")
    default, ours = load_gates(), load_gates(store)
    assert (ours["rows"].limit, ours["rows"].ignored) == (40.5, ("pages", "problems"))
    assert (ours["rows"].least, ours["rows"].reason) == (default["rows"].least, default["rows"].reason)
    assert {**ours, "rows": default["rows"]} == default
    published(store, trials(300))
    less = {**trials(300), "sponsors": trials(300)["sponsors"][:600]}
    assert published(store, less).is_new


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[rowz]\nlimit = 1", "names a gate 'rowz', and there is none. Did you mean 'rows'?"),
        ("[rows]\nlimits = 1", "the gate 'rows' has no 'limits'. It may have limit, least, ignored, reason."),
        ("[rows]\nlimit = '2 %'", "'limit' of the gate 'rows' is '2 %'; a number from 0 is due."),
        ("[rows]\nlimit = -1", "a number from 0 is due"),
        ("[rows]\nlimit = nan", "a number from 0 is due"),
        ("[rows]\nlimit = true", "a number from 0 is due"),
        ("[rows]\nleast = 1.5", "a whole number from 0 is due"),
        ("[rows]\nignored = ['tables']", "a list of tables is due"),
        ("[rows]\nreason = ''", "a text is due"),
        ("rows = 3", "'rows' is no gate. Write `[rows]`"),
        ("[rows", "cannot be read"),
    ],
)
def test_limits_that_are_wrong_are_said(store: Path, content: str, message: str) -> None:
    (store / "gates.toml").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_gates(store)
    assert message in str(caught.value)
    assert str(store / "gates.toml") in str(caught.value)


def test_limits_that_are_no_text(store: Path) -> None:
    (store / "gates.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_gates(store)


# --- the program ------------------------------------------------------------------------------------------------


def test_the_program_ends_with_6_and_says_each_line(
    store: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    published(store, trials(3))
    monkeypatch.setattr("trials.cli.app", lambda: published(store, trials(2)))
    monkeypatch.setattr("sys.excepthook", sys.excepthook)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == Exit.GATES
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("trials: ") for line in lines)
    assert lines[1].startswith("trials:   trials: 1 trials lost")
