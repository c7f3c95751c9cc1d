"""Text extractions whose cells end in bars, and texts that begin in the middle of a page."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizers.dataset import to_json_line
from normalizers.tidy import tidy
from parsers import parse
from parsers.rows import cut_outcome
from registry.errors import PageError, Reason
from registry.record import Page
from tests.pages import BASE, FAMILIES, Facts, as_bars, as_text, render, wrapped
from tests.test_markup import facts

TITLED = replace(
    BASE,
    condition="Osteoarthritis, Knee",
    acronym="LAMP",
    official_title="Evening Light Under a Warm or a Cool Lamp for People With Stiff Knees: a Randomized Trial",
)
_WIDTHS = [None, 72, 76, 80]
_OF_THE_FILE = ("url", "complete", "body_sha256", "record_sha256", "charset_source")

Tables = dict[str, list[dict[str, Any]]]


def tables_of(text: str) -> Tables:
    page = Page(text.encode())
    tables: Tables = json.loads(to_json_line(tidy(page, parse(page))))
    return tables


def facts_in(text: str) -> Tables:
    """Return the tables without what differs between a page and a text of it: address, hash, whether it is whole."""
    tables = tables_of(text)
    for row in (row for rows in tables.values() for row in rows):
        for name in _OF_THE_FILE:
            row.pop(name, None)
    return tables


def _codes(tables: Tables) -> set[str]:
    return {row["code"] for row in tables["problems"]} - {"lossy_text"}  # one place is made to look so


@pytest.mark.parametrize("own_lines", [False, True])
@pytest.mark.parametrize("wrap", _WIDTHS)
@pytest.mark.parametrize("said", [BASE, TITLED], ids=["untitled", "titled"])
def test_a_text_gives_the_tables_of_the_page(said: Facts, wrap: int | None, own_lines: bool) -> None:
    html = render(wrapped(said, wrap), FAMILIES["two-column-table"])
    assert facts_in(as_bars(said, wrap=wrap, own_lines=own_lines)) == facts_in(html)


@settings(max_examples=40, deadline=None)
@given(facts(), st.sampled_from(_WIDTHS), st.booleans())
def test_any_facts_give_the_tables_of_the_page(said: Facts, wrap: int | None, own_lines: bool) -> None:
    html = render(wrapped(said, wrap), FAMILIES["two-column-table"])
    assert facts_in(as_bars(said, wrap=wrap, own_lines=own_lines)) == facts_in(html)


@pytest.mark.parametrize("part", range(4, 40))
def test_a_text_cut_anywhere_is_read_as_far_as_it_goes(part: int) -> None:
    text = as_bars(BASE, wrap=72)
    tables = tables_of(text[: len(text) * part // 40])
    (page,) = tables["pages"]
    assert (page["nct_id"], page["complete"]) == (BASE.nct_id, False)
    of_the_last_cell = {"unclaimed_text", "unknown_label", "unknown_column", "unread_value", "unknown_wording"}
    assert _codes(tables) <= of_the_last_cell | {"conflict"}  # sponsors that are counted, and cut off


@pytest.mark.parametrize("change", [lambda t: t.replace("\n", "\r\n"), lambda t: t.replace(" | ", "\t|\t")])
def test_line_ends_and_tabs_make_no_difference(change: Any) -> None:
    assert facts_in(change(as_bars(BASE, wrap=72))) == facts_in(as_bars(BASE, wrap=72))


# --- one oddity each --------------------------------------------------------------------------------------------


def _with(old: str, new: str) -> Tables:
    text = as_bars(BASE)
    assert text.count(old) == 1
    return tables_of(text.replace(old, new))


@pytest.mark.parametrize(
    ("printed", "source"),
    [
        ("Source | Acme|Lantern |", "Acme|Lantern"),
        ("Source | Acme | Lantern |", "Acme | Lantern"),
        ("Source |\nAcme | Lantern |", "Acme | Lantern"),
        ("Source\n|\nAcme\n|", "Acme"),
        ("Source |\n\nAcme\nInstitute of\nLight |\n", "Acme Institute of Light"),
        ("Source: | Acme |", "Acme"),
        ("Source |", None),
        ("Source |  |", None),
        ("Source |\n |", None),
        ("Source |\n|", None),
        ("Source | Acme", "Acme"),
    ],
)
def test_a_value(printed: str, source: str | None) -> None:
    tables = _with("Source | Lantern Institute, Ltd. |", printed)
    (study,) = tables["studies"]
    assert (study["source"], study["study_type"]) == (source, "INTERVENTIONAL")
    assert tables["central_contacts"][0]["name"] == "Ada Example, MD"
    assert ("Study information/Source" in tables["pages"][0]["blank_labels"]) == (source is None)
    assert _codes(tables) == set()


def test_a_wrapped_label() -> None:
    tables = _with("Est. primary completion date | March 1, 2027 |", "Est. primary\ncompletion date | March\n1, 2027 |")
    assert tables["studies"][0]["primary_completion_date"] == "2027-03-01"


def test_a_value_that_reads_like_its_own_label() -> None:
    tables = _with("Accepts healthy volunteers | No |", "Accepts healthy volunteers |\nAccepts Healthy Volunteers |")
    assert tables["eligibilities"][0]["healthy_volunteers"] is True


@pytest.mark.parametrize("printed", ["Fund | NIH |", "Fund |\nNIH |"])
def test_an_unknown_label_is_left_over(printed: str) -> None:
    tables = _with("Phase | Phase 2/Phase 3 |", f"Phase | Phase 2/Phase 3 |\n{printed}")
    assert [row["text"] for row in tables["problems"] if row["code"] == "unknown_label"] == ["Fund\nNIH"]
    assert tables["studies"][0]["phase"] == "PHASE2/PHASE3"


@pytest.mark.parametrize(
    ("printed", "cells"),
    [
        ("United States | Lantern Clinic |\nSpringfield | Ohio |", ("Lantern Clinic", "Springfield", "Ohio")),
        ("United States |\nLantern Clinic |\n |\nOhio |", ("Lantern Clinic", None, "Ohio")),
        ("United States | Lantern Clinic |  | Ohio |", ("Lantern Clinic", None, "Ohio")),
        ("United States | Lantern\nClinic |\n| Ohio |", ("Lantern Clinic", None, "Ohio")),
        ("United States | Lantern|Clinic | | |", ("Lantern|Clinic", None, None)),
    ],
)
def test_a_row(printed: str, cells: tuple[str | None, ...]) -> None:
    tables = _with("United States | Lantern Clinic | Springfield | Ohio |", printed)
    row, other = tables["facilities"]
    assert (row["name"], row["city"], row["state"], row["text"]) == (*cells, None)
    assert other["name"] == "Han River Hospital"
    assert _codes(tables) == set()


@pytest.mark.parametrize(
    "printed", ["United States | Lantern | Clinic | Springfield | Ohio |", "United States | Lantern Clinic | Ohio |"]
)
def test_a_row_with_more_or_fewer_cells_than_columns_stays_whole(printed: str) -> None:
    tables = _with("United States | Lantern Clinic | Springfield | Ohio |", printed)
    row, other = tables["facilities"]
    assert (row["country_code"], row["name"], row["text"]) == ("US", None, printed.removesuffix(" |"))
    assert other["name"] == "Han River Hospital"
    assert _codes(tables) == {"cells_not_separable"}


def test_a_bar_inside_a_cell_on_a_line_of_its_own_moves_no_other_cell() -> None:
    places = [("Argentina", "Lantern | Clinic", "Springfield", ""), ("China", "B", "C", "D"), ("Japan", "E", "F", "")]
    tables = tables_of(as_bars(replace(BASE, locations=places), own_lines=True))
    found = [(row["country"], row["name"], row["city"], row["state"] or "") for row in tables["facilities"]]
    assert found == places
    assert "cells_not_separable" not in _codes(tables)


@pytest.mark.parametrize(
    "header", ["Country | Name | Zip | City | State |", "Country |\nName |\nZip |\nCity |\nState |"]
)
def test_an_unknown_column_is_left_over(header: str) -> None:
    text = as_bars(replace(BASE, locations=[("China", "A", "100", "B", "C")]))
    tables = tables_of(text.replace("Country | Name | City | State |", header))
    (row,) = tables["facilities"]
    assert (row["name"], row["city"], row["state"]) == ("A", "B", "C")
    assert [row["text"] for row in tables["problems"] if row["code"] == "unknown_column"] == ["Zip\n100"]


def test_a_related_trial_with_a_bar_in_its_title() -> None:
    tables = _with("NCT02345678 - Lamp glare (GLARE) |", "NCT02345678 - Lamp | glare |")
    assert [row["ordinal"] for row in tables["related_studies"]] == [1, 2, 3]
    row = tables["related_studies"][1]
    assert (row["related_nct_id"], row["title"], row["status"], row["phase"]) == (
        "NCT02345678", "Lamp | glare", "ACTIVE_NOT_RECRUITING", "NA",
    )  # fmt: skip


def test_bars_in_prose_are_text() -> None:
    tables = _with("Two lamps are compared.", "Warm | cool |\nare compared.")
    assert tables["brief_summaries"][0]["description"].endswith("Warm | cool |\nare compared.")


def test_bars_alone_make_no_text_of_this_style() -> None:
    plain = as_text(BASE)
    barred = tables_of(plain.replace("Two lamps", "Status | Recruiting |\nTwo lamps").replace("lamp\n", "lamp |\n"))
    assert {**barred, "pages": []} == {
        **tables_of(plain),
        "pages": [],
        "brief_summaries": barred["brief_summaries"],
        "interventions": barred["interventions"],
    }
    assert "Status | Recruiting |" in barred["brief_summaries"][0]["description"]


@pytest.mark.parametrize("title", ["Official title:\nLight for\nKnees", "Official title: Light\nfor Knees"])
def test_a_title_block(title: str) -> None:
    tables = tables_of(f"Home\n\nPain Clinical Trial\n— LAMP\n\n{title}\n\nShare\n{as_bars(BASE)}")
    (study,) = tables["studies"]
    assert (study["official_title"], study["acronym"]) == ("Light for Knees", "LAMP")


# --- from the middle of a page ----------------------------------------------------------------------------------

_STYLES = {"bars": as_bars, "text": as_text}


@pytest.mark.parametrize("style", _STYLES)
@pytest.mark.parametrize("start", ["NCT number", "Administrative data"])
def test_a_text_that_begins_inside(style: str, start: str) -> None:
    text = _STYLES[style](BASE)
    whole, tables = tables_of(text), tables_of(f"the lamps, in the\nevening.\n\n{text[text.index(start) :]}")
    left = [row["text"] for row in tables["problems"] if row["code"] == "unclaimed_text"]
    assert left == ["the lamps, in the\nevening."]
    assert tables["pages"][0]["complete"] is False
    assert {name for name in tables if tables[name] != whole[name]} == {"pages", "problems"}
    assert "Clinical Trial Details/" in {row["label"] for row in tables["problems"]}


@pytest.mark.parametrize("style", _STYLES)
@pytest.mark.parametrize("start", ["Other study ID", "Study information", "Locations"])
def test_a_text_that_names_no_trial_is_refused(style: str, start: str) -> None:
    text = _STYLES[style](BASE)
    with pytest.raises(PageError) as refused:
        parse(Page(text[text.index(start) :].encode()))
    assert refused.value.reason is Reason.NOT_A_TRIAL_PAGE


@pytest.mark.parametrize("bar", ["", " |"])
def test_a_summary_page_from_its_description_on(bar: str) -> None:
    block = [("NCT number", "NCT09990001"), ("Study type", "Interventional"), ("Source", "Acme"), ("Phase", "N/A")]
    text = "was dim.\n\nStudy Design\n\n\n" + "".join(f"{label}{bar} {value}{bar}\n" for label, value in block)
    tables = tables_of(text)
    assert [row["text"] for row in tables["problems"]] == ["was dim."]
    assert (tables["pages"][0]["kind"], tables["studies"][0]["source"]) == ("summary", "Acme")


# --- rows whose cells ran together ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "time_frame"),
    [
        ("Primary Pain in the knee 48 weeks", "48 weeks"),
        ("Primary Pain at week 2 2 weeks", "2 weeks"),
        ("Primary Pain (VAS, 0-10). 12 months", "12 months"),
        ("Primary 12 months", "12 months"),
        ("Primary Pain compared with baseline 2 weeks", "2 weeks"),
        ("Primary Pain Up to 10 years", None),
        ("Primary Pain 3 and 6 months", None),
        ("Primary Pain 1,2,or 3 years", None),
        ("Primary Pain baseline, 8 weeks", None),
        ("Primary Pain Baseline 8 weeks", None),
        ("Primary Pain 4-8 weeks, 6 months", None),
        ("Primary Pain 2 years 6 months", None),
        ("Primary Death from any cause, assessed for an average of 1 year", None),
        ("Primary Pain postoperative 30 days", None),
        ("Primary Pain - 12 months", None),
    ],
)
def test_a_time_at_the_end_is_the_time_frame_where_nothing_before_it_may_be_of_it(
    row: str, time_frame: str | None
) -> None:
    """Half a time frame is a wrong one: `Up to 10 years` is not `10 years`, and `3 and 6 months` not `6 months`."""
    assert cut_outcome(row).cells.get("Time frame") == time_frame  # type: ignore[union-attr]
