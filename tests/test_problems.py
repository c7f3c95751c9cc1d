"""A problem names what it is about, so that it can be joined to it; each kind of problem is explained."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from normalizers.conflicts import newer_conflicts, sighting_conflicts
from normalizers.tidy import tidy
from parsers import parse
from registry.problems import ProblemKind, problem_kinds
from registry.record import Page
from registry.tables import TABLES, Row, TableRows, table
from tests.cases import READ, json_of
from tests.pages import BASE, FAMILIES, as_text, render


def _tables(text: str) -> TableRows:
    page = Page(text.encode())
    return tidy(page, parse(page))


def _row_of(tables: TableRows, problem: Row) -> Row:
    (row,) = [row for row in tables[str(problem["table"])] if row["ordinal"] == problem["row_ordinal"]]
    return row


def test_every_problem_about_a_value_of_a_child_table_names_its_row() -> None:
    facts = replace(
        BASE,
        interventions=(("Device", "lamp", "A dose of 5 mg"), ("Potion", "oil", "A dose of =5 mg"), ("Elixir", "", "")),
        locations=(*BASE.locations, ("Atlantis", "NYHA ?-clinic", "", "")),
        outcomes=(*BASE.outcomes, ("Tertiary", "Score =5", "d1?d3", "12 weeks", "perhaps")),
        sponsors=(("Lantern Institute, Ltd.", "Clinic ?7"), ("", "Han River ?8")),
        related=(*BASE.related, ("Paused", "a title without id", "Phase 9")),
    )
    tables = _tables(render(facts, FAMILIES["two-column-table"]))
    with_ordinals = {table.name for table in TABLES if "ordinal" in table.key}
    about = [problem for problem in tables["problems"] if problem["table"] in with_ordinals and problem["column"]]
    assert len(about) == 14
    for problem in about:
        row = _row_of(tables, problem)
        column, start, end = str(problem["column"]), problem["start"], problem["end"]
        if isinstance(start, int) and isinstance(end, int):
            assert str(row[column])[start:end] == problem["text"]
        elif problem["text"]:
            assert problem["text"] in (row[column], row.get(f"{column}_text")) or row[column] is None


def test_two_rows_with_the_same_text_are_told_apart() -> None:
    outcome = ("Primary", "Pain on a scale", "Asked", "on some day", "")
    tables = _tables(as_text(replace(BASE, outcomes=(outcome, *BASE.outcomes, outcome))))
    ran_together = [row for row in tables["problems"] if row["code"] == "cells_not_separable"]
    outcomes = [row["row_ordinal"] for row in ran_together if row["table"] == "design_outcomes"]
    assert outcomes == [row["ordinal"] for row in tables["design_outcomes"] if row["text"]]
    assert len(outcomes) == 4


def test_a_mark_in_the_criteria_names_the_criterion_that_holds_it() -> None:
    text = "Age =1\nInclusion Criteria:\n1. Age =18\n2. Score =18\nExclusion Criteria:\n1. WBC =4: - NYHA ?-? - ALT =2"
    recruitment = tuple((label, text if label == "Eligibility" else value) for label, value in BASE.recruitment)
    tables = _tables(render(replace(BASE, recruitment=recruitment), FAMILIES["two-column-table"]))
    (criteria,) = (row["criteria"] for row in tables["eligibilities"])
    marks = [row for row in tables["problems"] if row["column"] == "criteria"]
    assert len(marks) == 7
    criteria_of = {row["ordinal"]: str(row["text"]) for row in tables["eligibility_criteria"]}
    for mark in marks:
        around = str(criteria)[int(str(mark["start"])) - 4 : int(str(mark["end"]))].strip()
        assert around in criteria_of[mark["row_ordinal"]], mark
    assert [mark["row_ordinal"] for mark in marks][:3] == [1, 2, 3]


def test_a_problem_about_no_row_names_none() -> None:
    tables = _tables(render(replace(BASE, summary="Age =18"), FAMILIES["two-column-table"]))
    assert [row["row_ordinal"] for row in tables["problems"] if row["table"] == "brief_summaries"] == [None]


# --- what the guide says ----------------------------------------------------------------------------------------

_KINDS = {kind.code: kind for kind in problem_kinds()}
_OF_FIXTURES: list[Row] = [row for case in READ for row in json_of(case / "expected.json").get("problems", ())]


@pytest.mark.parametrize("kind", _KINDS.values(), ids=_KINDS)
def test_what_is_said_of_a_kind_is_whole(kind: ProblemKind) -> None:
    for about in kind.about:
        name, column = about.split(".")
        table(name).column(column)
    for said in (kind.meaning, kind.example, kind.analyst, kind.maintainer):
        assert said.endswith((".", "?"))


_NEWER_URL = "https://inclinicaltrials.com/other/NCT09990001"
_OF_TWO_PAGES = ("newer_page_in_conflict", "sighting_in_conflict")


@pytest.mark.parametrize("kind", [kind for kind in _KINDS.values() if kind.code not in _OF_TWO_PAGES], ids=str)
def test_examples_are_messages_of_the_program(kind: ProblemKind) -> None:
    assert kind.example in {row["message"] for row in _OF_FIXTURES if row["code"] == kind.code}


def test_the_example_of_a_sighting_is_a_message_of_the_program() -> None:
    study: Row = {"nct_id": "NCT09990001", "fetched_at": None, "overall_status": "RECRUITING"}
    seen_at = datetime(2025, 3, 2, 12, tzinfo=UTC)
    sighting: Row = {
        "nct_id": "NCT09990002",
        "related_nct_id": "NCT09990001",
        "status": "COMPLETED",
        "seen_at": seen_at,
    }
    (problem,) = sighting_conflicts(study, [sighting])
    assert problem.message == _KINDS["sighting_in_conflict"].example


def test_the_example_of_a_newer_page_is_a_message_of_the_program() -> None:
    study: Row = {column.name: None for column in table("studies").columns} | {"overall_status": "RECRUITING"}
    fetched_at = datetime(2025, 3, 2, 12, tzinfo=UTC)
    newer = study | {"overall_status": "COMPLETED", "fetched_at": fetched_at, "url": _NEWER_URL, "phase": "PHASE2"}
    (problem,) = newer_conflicts(study, newer)
    assert problem.message == _KINDS["newer_page_in_conflict"].example


def test_dates_that_may_be_one_day_are_no_conflict() -> None:
    study: Row = {column.name: None for column in table("studies").columns}
    newer = study | {"fetched_at": datetime(2025, 3, 2, 12, tzinfo=UTC), "url": _NEWER_URL}
    month = {"start_month_year": "2024-05", "start_earliest": date(2024, 5, 1), "start_latest": date(2024, 5, 31)}
    for day, problems in ((17, []), (None, ["2024-06-01"])):
        at = date(2024, 5, day) if day else date(2024, 6, 1)
        own = {"start_month_year": str(at), "start_date": at, "start_earliest": at, "start_latest": at}
        assert [problem.text for problem in newer_conflicts(study | month, newer | own)] == problems


def test_problems_are_about_what_the_guide_says() -> None:
    for row in _OF_FIXTURES:
        known = _KINDS[str(row["code"])].about
        assert f"{row['table']}.{row['column']}" in known if row["table"] else row["column"] is None, row
