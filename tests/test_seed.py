"""The one real page at hand, where it stands beside the project: what it must come out as."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from normalizers.dataset import to_json_line
from normalizers.tidy import tidy
from parsers import parse
from registry.record import Page

SEED = Path(__file__).parents[2] / "shared" / "seed" / "NCT06416709-details.txt"
pytestmark = pytest.mark.skipif(not SEED.exists(), reason="the real page does not stand beside the project")


@pytest.fixture(scope="module")
def tables() -> dict[str, list[dict[str, Any]]]:
    page = Page(SEED.read_bytes())
    found: dict[str, list[dict[str, Any]]] = json.loads(to_json_line(tidy(page, parse(page))))
    return found


Tables = dict[str, list[dict[str, Any]]]


def test_study(tables: Tables) -> None:
    (study,) = tables["studies"]
    expected = {
        "nct_id": "NCT06416709",
        "overall_status": "RECRUITING",
        "phase": "PHASE1/PHASE2",
        "study_type": "INTERVENTIONAL",
        "start_date": "2023-05-10",
        "completion_date": "2026-05-10",
        "primary_completion_date": "2026-05-10",
        "verification_month_year": "2024-05",
        "verification_date": None,
        "enrollment": 80,
        "source": "Cell Energy Life Sciences Group Co. LTD",
        "is_fda_regulated": False,
        "brief_title": None,
        "official_title": None,
    }
    assert {name: study[name] for name in expected} == expected


def test_ids_sponsors_contact(tables: Tables) -> None:
    assert [(row["id_source"], row["id_value"]) for row in tables["id_information"]] == [
        ("org_study_id", "KY-2023-2-6-2")
    ]
    assert [(row["lead_or_collaborator"], row["name"]) for row in tables["sponsors"]] == [
        ("lead", "Cell Energy Life Sciences Group Co. LTD"),
        ("collaborator", "Beijing 302 Hospital"),
    ]
    (contact,) = tables["central_contacts"]
    assert contact["name"] == "Zhe Xu, Dr"
    assert (contact["phone"], contact["phone_e164"]) == ("86 150 0111 1836", "+8615001111836")
    assert contact["email"] == "xuzhe302@139.com"


def test_who_may_take_part(tables: Tables) -> None:
    (row,) = tables["eligibilities"]
    assert (row["gender"], row["minimum_age_years"], row["maximum_age_years"]) == ("ALL", 18.0, 90.0)
    assert row["healthy_volunteers"] is False
    criteria = tables["eligibility_criteria"]
    top = Counter(c["criterion_type"] for c in criteria if c["parent_ordinal"] is None)
    assert top == {"inclusion": 4, "exclusion": 9}
    parts = [(c["parent_ordinal"], c["marker"]) for c in criteria if c["parent_ordinal"] is not None]
    assert parts == [(3, "(1)"), *[(4, "?")] * 4, (3, "(2)"), (3, "(3)")]


def test_blank_is_said(tables: Tables) -> None:
    (page,) = tables["pages"]
    assert page["blank_labels"] == [
        "Administrative data/Secondary ID",
        "Administrative data/First received",
        "Administrative data/Last updated",
        "Study information/Health authority",
    ]
    assert tables["designs"] == []
    assert (page["complete"], page["text_claimed"], page["url"], page["fetched_at"]) == (False, 1.0, None, None)


def test_rows_that_run_together(tables: Tables) -> None:
    assert [(row["name"], row["country_code"]) for row in tables["countries"]] == [("China", "CN")]
    (facility,) = tables["facilities"]
    assert (facility["country"], facility["name"], facility["text"]) == (
        "China",
        None,
        "China Beijing 302 Hospital Beijing",
    )
    assert [(row["outcome_type"], row["time_frame"]) for row in tables["design_outcomes"]] == [
        ("primary", "48 weeks"),
        ("primary", "2 weeks"),
    ]
    assert [(row["intervention_type"], row["name"]) for row in tables["interventions"]] == [
        ("DRUG", "mesenchymal stem cells"),
        ("OTHER", "saline"),
    ]
    assert all(row["description"] for row in tables["interventions"])


def test_related_studies(tables: Tables) -> None:
    related = tables["related_studies"]
    assert Counter(row["status"] for row in related) == {
        "NOT_YET_RECRUITING": 8,
        "RECRUITING": 7,
        "COMPLETED": 4,
        "WITHDRAWN": 1,
    }
    assert Counter(row["phase"] for row in related) == {"NA": 9, None: 8, "PHASE2": 1, "PHASE1/PHASE2": 1, "PHASE1": 1}
    printed = SEED.read_text(encoding="utf-8")
    assert all(f"{row['related_nct_id']} - {row['title']}" in printed for row in related)
    assert (related[0]["related_nct_id"], related[-1]["related_nct_id"]) == ("NCT05054270", "NCT05381415")


def test_damaged_places(tables: Tables) -> None:
    (eligibility,) = tables["eligibilities"]
    marks = [row for row in tables["problems"] if row["code"] == "lossy_text"]
    assert Counter(row["text"] for row in marks) == {"=": 12, "?": 5, "109/L": 3}
    assert all(eligibility["criteria"][row["start"] : row["end"]] == row["text"] for row in marks)
    assert Counter(row["code"] for row in tables["problems"]) == {"lossy_text": 20, "cells_not_separable": 3}
