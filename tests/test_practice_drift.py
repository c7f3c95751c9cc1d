"""Drifts of the practice site: pages that say the same otherwise, or lack some of it; and faults of whole sites."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest
import requests

from registry.labels import FIELDS, SECTIONS, PageKind
from registry.record import Page
from registry.tables import TableRows
from registry.wording import label_key
from scraper.site import TEMPLATES
from trials.practice import drift
from trials.practice.drift import DRIFTS, LABELS, renamed
from trials.practice.faults import Faults
from trials.practice.markup import FAMILIES
from trials.practice.pages import changed_on, trial_page
from trials.practice.server import serving
from trials.practice.world import World
from trials.tables import tables_of

BASE = "http://127.0.0.1:8000"


def _path(world: World, place: int) -> str:
    return TEMPLATES[PageKind.DETAILS].format(slug=world.topic(place).slug, nct_id=world.nct_id(place))


def _read(world: World, place: int, kind: PageKind = PageKind.DETAILS) -> TableRows:
    return tables_of(Page(trial_page(world, place, kind, BASE).encode()))


# --- drifts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PageKind)
def test_the_layout_is_another_from_its_night_on_and_not_before(kind: PageKind) -> None:
    usual, other = World(night=2), World(night=2, layout_night=3)
    for place in range(20):
        assert trial_page(other, place, kind, BASE) == trial_page(usual, place, kind, BASE)
    for night in (3, 4):
        usual, other = World(night=night), World(night=night, layout_night=3)
        for place in range(20):
            assert "Registered " in trial_page(other, place, kind, BASE)
            assert "Registered " not in trial_page(usual, place, kind, BASE)
            assert changed_on(other, place, kind) == max(changed_on(usual, place, kind), other.layout_day)
            assert other.changed_on(place) == usual.changed_on(place)


def test_the_parser_says_what_it_does_not_know_of_a_new_layout() -> None:
    for family in FAMILIES:
        read = _read(World(markup=family, layout_night=0), 33)
        assert {"unknown_label", "unclaimed_text"} & {row["code"] for row in read["problems"]}
        assert read["studies"][0]["enrollment"] is None
        assert read["studies"][0]["phase"] is None
        assert read["design_outcomes"] == []


def test_new_wordings_are_known_to_nobody() -> None:
    known = {wording for field in FIELDS for wording in field.folded}
    known |= {label_key(heading) for section in SECTIONS for heading in section.headings}
    assert not known & {label_key(renamed(wording)) for wording in known}


_PLACE = 33  # eighteen locations, six outcomes


def _drifted(name: str) -> tuple[TableRows, TableRows]:
    return _read(World(markup="div-rows"), _PLACE), _read(World(markup="div-rows", drift=name), _PLACE)


def test_a_label_is_renamed_dropped_or_moved() -> None:
    usual, dropped = _drifted("drop_label")
    assert (usual["studies"][0]["enrollment"], dropped["studies"][0]["enrollment"]) == (48, None)
    _, renamed_one = _drifted("rename_label:Administrative data/Start date")
    assert usual["studies"][0]["start_month_year"] and renamed_one["studies"][0]["start_month_year"] is None
    assert "unknown_label" in {row["code"] for row in renamed_one["problems"]}
    _, moved = _drifted("move_label")
    assert "misplaced_label" in {row["code"] for row in moved["problems"]}


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("name", ["rename_label", "drop_label"])
def test_each_label_that_a_page_has_can_be_another_or_none(name: str, label: str) -> None:
    section, _, wording = label.rpartition("/")
    kind = PageKind.SUMMARY if section == "Label block" else PageKind.DETAILS
    usual, other = World(trials=300), World(trials=300, drift=f"{name}:{label}")
    never = wording == "Endpoint classification"
    pages = (trial_page(usual, p, kind, BASE) != trial_page(other, p, kind, BASE) for p in range(100, 112))
    assert any(pages) != never


def test_rows_are_cut_doubled_swapped_and_blanked() -> None:
    usual, cut = _drifted("cut_rows")
    places = usual["facilities"]
    assert 8 <= len(cut["facilities"]) <= 15 < len(places) == 18
    _, doubled = _drifted("double_rows")
    assert [row["name"] for row in doubled["facilities"]] == [row["name"] for row in places for _ in range(2)]
    _, swapped = _drifted("swap_columns")
    assert [row["state"] for row in swapped["facilities"]] == [row["city"] for row in places]
    assert [row["city"] for row in swapped["facilities"]] == [row["state"] for row in places]
    _, blanked = _drifted("blank_column:Outcome/Time frame")
    assert None in [row["time_frame"] for row in blanked["design_outcomes"]]
    assert None not in [row["time_frame"] for row in usual["design_outcomes"]]


def test_three_cells_of_five_are_blank_and_a_third_of_the_rows_is_cut() -> None:
    blanked, cut, usual = (World(trials=400, drift=name) for name in ("blank_column", "cut_rows", None))
    cells = [row["city"] for p in range(100, 180) for row in _read(blanked, p)["facilities"]]
    assert 0.5 < cells.count(None) / len(cells) < 0.7
    left, whole = (sum(len(_read(world, p)["facilities"]) for p in range(100, 180)) for world in (cut, usual))
    assert 0.6 < left / whole < 0.73


def test_a_section_loses_its_heading() -> None:
    usual, other = _drifted("rename_heading")
    assert usual["design_outcomes"]
    assert other["design_outcomes"] == []


def test_some_pages_drift_as_many_as_asked_for() -> None:
    world = World(trials=2000, drift="drop_label", drift_share=0.05)
    drifting = [place for place in range(2000) if world.drift_of(place)]
    assert 60 < len(drifting) < 140
    assert drifting == [place for place in range(2000) if replace(world, night=9).drift_of(place)]
    there = next(place for place in range(2000) if place not in drifting)
    assert trial_page(world, there, PageKind.DETAILS, BASE) == trial_page(
        World(trials=2000), there, PageKind.DETAILS, BASE
    )


def test_every_drift_says_what_it_does() -> None:
    assert all(each.subject in each.subjects and each.apply.__doc__ for each in DRIFTS.values())
    with pytest.raises(ValueError, match="'crayon' is no drift; there are layout, rename_label"):
        trial_page(World(drift="crayon"), 1, PageKind.DETAILS, BASE)
    with pytest.raises(ValueError, match="cut_rows cannot be about 'Gender'; there are Locations, "):
        drift.checked_drift("cut_rows:Gender")


def _command(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "trials", "practice", *arguments],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    return done.returncode, done.stderr


def test_the_command_takes_drifts_that_there_are() -> None:
    code, said = _command("--layout-night", "3", "--drift", "crayon")
    assert (code, "'crayon' is no drift" in said) == (2, True)
    assert _command("--layout-night", "-1")[0] == 2


# --- faults of whole sites ------------------------------------------------------------------------------------------

_FAULTS = re.findall(r'^    (\{"kind.*?\})', drift.__doc__ or "", re.MULTILINE)


@pytest.mark.parametrize("entry", _FAULTS)
def test_the_faults_of_whole_sites_are_as_they_are_described(entry: str) -> None:
    fault = json.loads(entry)
    world = World(trials=30)
    with serving(world, 0, Faults([fault])) as site:
        answer = requests.get(site.base + _path(world, 5), timeout=5)
        robots = requests.get(f"{site.base}/robots.txt", timeout=5)
    assert robots.status_code == 200
    assert answer.status_code == (404 if fault["kind"] == "status" else 200)
    assert f"<title>{world.nct_id(5)}" not in answer.text
    assert bool(re.search("NCT number", answer.text)) == (fault["kind"] == "other_trial")


def test_there_are_four_of_them() -> None:
    assert len(_FAULTS) == 4
