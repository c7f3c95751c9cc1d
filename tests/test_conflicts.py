"""Values that cannot all be true are problems that name both; values that may be true together are none."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from normalizers.conflicts import sighting_conflicts
from normalizers.tidy import tidy
from parsers import parse
from registry.record import Page
from registry.tables import Row, TableRows
from tests.pages import BASE, FAMILIES, Pairs, render

_FETCHED = datetime(2025, 3, 1, 12, tzinfo=UTC)
_START, _END, _PRIMARY = "Start date", "Est. completion date", "Est. primary completion date"


def _with(pairs: Pairs, given: dict[str, str]) -> Pairs:
    return tuple((label, given.get(label, value)) for label, value in pairs)


def _read(given: dict[str, str], recruitment: dict[str, str] | None = None) -> TableRows:
    """Read the page with other values; `recruitment` goes before `given` in its section."""
    facts = replace(
        BASE,
        status=given.get("Status", BASE.status),
        administrative=_with(BASE.administrative, given),
        information=_with(BASE.information, given),
        recruitment=_with(BASE.recruitment, given | (recruitment or {})),
    )
    page = Page(render(facts, FAMILIES["two-column-table"]).encode(), fetched_at=_FETCHED)
    return tidy(page, parse(page))


def _conflicts(tables: TableRows) -> list[Row]:
    return [row for row in tables["problems"] if "conflict" in str(row["code"])]


@pytest.mark.parametrize(
    ("given", "code", "column", "said"),
    [
        ({_START: "May 10, 2027", _PRIMARY: ""}, "", "", ()),
        ({_START: "July 2027", _PRIMARY: ""}, "dates_in_conflict", "start_date", ("'July 2027'", "'June 2027'")),
        ({_START: "June 30, 2027", _PRIMARY: ""}, "", "", ()),
        ({_START: "March 2027"}, "", "", ()),
        ({_START: "March 2, 2027"}, "dates_in_conflict", "start_date", ("March 2, 2027", "March 1, 2027")),
        ({_PRIMARY: "June 30, 2027"}, "", "", ()),
        ({_PRIMARY: "July 1, 2027"}, "dates_in_conflict", "primary_completion_date", ("July 1, 2027", "June 2027")),
        ({"First received": "May 2, 2024", "Last updated": "May 2, 2024"}, "", "", ()),
        (
            {"First received": "May 3, 2024", "Last updated": "May 2, 2024"},
            "dates_in_conflict", "study_first_submitted_date", ("May 3, 2024", "May 2, 2024"),
        ),
        ({"Verified date": "March 2025"}, "", "", ()),
        ({"Verified date": "April 2025"}, "dates_in_conflict", "verification_date", ("'April 2025'", "2025-03-01")),
        ({"Last updated": "March 2, 2025"}, "", "", ()),
        (
            {"Last updated": "March 3, 2025"},
            "dates_in_conflict", "last_update_submitted_date", ("'March 3, 2025'", "2025-03-01"),
        ),
        ({"Status": "Completed"}, "dates_in_conflict", "completion_date", ("'June 2027'", "2025-03-01")),
        ({"Age group": "18 Years to 18 Years"}, "", "", ()),
        (
            {"Age group": "2 Years to 18 Months"},
            "ages_in_conflict", "age_group_text", ("2 Years to 18 Months", "'2 Years'", "'18 Months'"),
        ),
        ({"Status": "Withdrawn", "Enrollment": "0"}, "", "", ()),
        (
            {"Status": "Withdrawn", "Enrollment": "12"},
            "enrollment_in_conflict", "enrollment", ("Enrollment '12'", "Status 'Withdrawn'"),
        ),
        ({"Enrollment": "0"}, "enrollment_in_conflict", "enrollment", ("Enrollment '0'", "Status 'Recruiting'")),
        ({"Status": "Unknown status", "Enrollment": "0"}, "", "", ()),
        ({"Status": "Recruiting", "Enrollment": ""}, "", "", ()),
    ],
)  # fmt: skip
def test_values_of_one_page(given: dict[str, str], code: str, column: str, said: tuple[str, ...]) -> None:
    conflicts = _conflicts(_read(given))
    assert [(row["code"], row["column"]) for row in conflicts] == ([(code, column)] if code else [])
    for row in conflicts:
        assert all(text in str(row["message"]) for text in said)


def test_no_date_is_compared_with_a_fetch_that_is_not_known() -> None:
    facts = replace(BASE, information=_with(BASE.information, {"Verified date": "April 2099"}))
    page = Page(render(facts, FAMILIES["two-column-table"]).encode())
    assert _conflicts(tidy(page, parse(page))) == []


@pytest.mark.parametrize(
    ("first", "second", "kept", "conflicts"),
    [
        ("June 2027", "June 30, 2027", "2027-06-30", 0),
        ("June 30, 2027", "June 2027", "2027-06-30", 0),
        ("June 2027", "July 1, 2027", "2027-06", 1),
        ("June 1, 2027", "June 2, 2027", "2027-06-01", 1),
    ],
)
def test_the_two_completion_dates(first: str, second: str, kept: str, conflicts: int) -> None:
    tables = _read({_END: first}, {_END: second})
    assert tables["studies"][0]["completion_month_year"] == kept
    assert [row["code"] for row in _conflicts(tables)] == ["conflict"] * conflicts
    assert all(repr(second) in str(row["message"]) and kept in str(row["message"]) for row in _conflicts(tables))


def test_the_two_labels_of_the_status() -> None:
    tables = _read({"Status": "Recruiting"}, {"Status": "Suspended"})
    (conflict,) = _conflicts(tables)
    assert tables["studies"][0]["overall_status"] == "RECRUITING"
    assert conflict["column"] == "overall_status"
    assert "'Suspended'" in str(conflict["message"])
    assert "RECRUITING" in str(conflict["message"])


# --- what other pages show --------------------------------------------------------------------------------------

_STUDY: Row = {
    "nct_id": "NCT09990001",
    "fetched_at": _FETCHED,
    "overall_status": "RECRUITING",
    "phase": None,
    "brief_title": "Lamps for stiff knees",
}


def _sighting(day: int | None, **other: object) -> Row:
    return {
        "nct_id": "NCT09990002",
        "related_nct_id": "NCT09990001",
        "status": "RECRUITING",
        "phase": "PHASE2",
        "title": "Lamps for Stiff  Knees",
        "seen_at": None if day is None else datetime(2025, 3, day, 12, tzinfo=UTC),
    } | other


def test_a_sighting_that_says_the_same_is_none() -> None:
    assert sighting_conflicts(_STUDY, [_sighting(2), _sighting(None, status=None, title=None)]) == []


def test_a_newer_sighting_that_says_otherwise() -> None:
    (problem,) = sighting_conflicts(_STUDY, [_sighting(2, status="COMPLETED"), _sighting(3)])
    assert (problem.code, problem.table, problem.column) == ("sighting_in_conflict", "studies", "overall_status")
    assert problem.text == "COMPLETED"
    for said in ("'RECRUITING'", "'COMPLETED'", "NCT09990002", "2025-03-02T12:00:00Z"):
        assert said in problem.message


def test_sightings_before_the_fetch_and_of_other_trials_do_not_count() -> None:
    older, other = _sighting(1, status="COMPLETED"), _sighting(2, status="COMPLETED", related_nct_id="NCT09990003")
    assert sighting_conflicts(_STUDY, [older, other]) == []


def test_sightings_without_a_time_count() -> None:
    unknown: Row = _STUDY | {"fetched_at": None}
    for study, sighting in ((_STUDY, _sighting(None, title="Lamps")), (unknown, _sighting(1, title="Lamps"))):
        (problem,) = sighting_conflicts(study, [sighting])
        assert (problem.column, problem.text) == ("brief_title", "Lamps")


def test_one_problem_for_each_value_is_the_newest_sightings() -> None:
    sightings = [
        _sighting(2, status="COMPLETED", nct_id="NCT09990004"),
        _sighting(4, status="COMPLETED", nct_id="NCT09990005"),
        _sighting(3, status="SUSPENDED"),
        _sighting(3, phase=None),
    ]
    problems = sighting_conflicts(_STUDY | {"phase": "PHASE2"}, sightings)
    assert [(each.text, "NCT09990005" in each.message) for each in problems] == [
        ("COMPLETED", True),
        ("SUSPENDED", False),
    ]
    assert sighting_conflicts(_STUDY | {"phase": "NA"}, [_sighting(2)])[0].column == "phase"
