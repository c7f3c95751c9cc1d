"""What a trial's own page works out of its rows: why a value is missing, which places are marked, how criteria nest."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trials.explore.looks import SHOWN
from trials.explore.trial import Part, Trial, around_difference

AT = datetime(2026, 11, 29, tzinfo=UTC).isoformat()
_URL = "https://inclinicaltrials.com/a"


def _trial(**rows: Sequence[Mapping[str, Any]]) -> Trial:
    parts = {each.name: Part(rows.get(each.name, ()), len(rows.get(each.name, ()))) for each in SHOWN}
    return Trial("NCT00000001", parts, Part((), 0))


def _page(**labels: list[str]) -> Mapping[str, Any]:
    lists = {name: json.dumps(labels.get(name, [])) for name in ("absent_labels", "blank_labels", "unread_labels")}
    return {"url": _URL, "fetched_at": AT, **lists}


_STUDY = {"url": _URL, "fetched_at": AT, "phase": None, "start_month_year": None}


@pytest.mark.parametrize(
    ("column", "labels", "why"),
    [
        ("phase", {"blank_labels": ["Administrative data/Phase"], "absent_labels": ["Label block/Phase"]}, "blank"),
        ("phase", {"absent_labels": ["Administrative data/Phase", "Label block/Phase"]}, "absent"),
        ("phase", {"absent_labels": ["Administrative data/Phase"]}, "null"),
        ("phase", {}, "null"),
        ("start_month_year", {"unread_labels": ["Administrative data/Start date"]}, "not read"),
        ("page_state", {"blank_labels": ["Administrative data/Phase"]}, "null"),
    ],
)
def test_why_a_value_is_missing(column: str, labels: dict[str, list[str]], why: str) -> None:
    assert _trial(studies=[_STUDY], pages=[_page(**labels)]).why("studies", column) == why


def test_another_version_of_the_page_says_nothing() -> None:
    other = {**_page(blank_labels=["Administrative data/Phase"]), "fetched_at": "2020-01-01T00:00:00Z"}
    assert _trial(studies=[_STUDY], pages=[other]).why("studies", "phase") == "null"
    assert _trial(pages=[other]).why("studies", "phase") == "null"


def _mark(start: int | None, end: int | None, text: str, column: str = "description") -> Mapping[str, Any]:
    place = {"table": "brief_summaries", "column": column, "row_ordinal": None}
    return {**place, "start": start, "end": end, "text": text, "message": f"{text} looks damaged"}


def _pieces(text: str, *marks: Mapping[str, Any]) -> list[tuple[str, str]]:
    trial = _trial(brief_summaries=[{"description": text}], problems=marks)
    found = trial.pieces("brief_summaries", "description")
    return [(piece.text, piece.message) for piece in found if piece.text]


def test_damaged_places_are_marked_in_their_order() -> None:
    found = _pieces("Age =18, dose ?g", _mark(14, 15, "?"), _mark(4, 5, "="), _mark(None, None, "x"))
    assert found == [
        ("Age ", ""), ("=", "= looks damaged"), ("18, dose ", ""), ("?", "? looks damaged"), ("g", ""),
    ]  # fmt: skip


def test_a_place_that_moved_or_is_of_another_column_is_not_marked() -> None:
    assert _pieces("[email] Age =18", _mark(4, 5, "="), _mark(12, 13, "=", "other")) == [("[email] Age =18", "")]


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(-5, 45), st.integers(-5, 45)), max_size=6))
def test_the_pieces_are_the_text(text: str, places: list[tuple[int, int]]) -> None:
    marks = [_mark(start, end, text[start:end]) for start, end in places]
    assert "".join(piece for piece, _ in _pieces(text, *marks)) == text


_LETTERS, _DIGITS = st.text("ab", max_size=600), st.text("0123", max_size=20)


@given(_LETTERS, _DIGITS, _DIGITS, _LETTERS)
def test_a_long_change_shows_all_that_differs_and_little_else(head: str, old: str, new: str, tail: str) -> None:
    before, after = around_difference(head + old + tail, head + new + tail)
    assert before is not None
    assert after is not None
    if old != new:
        assert before != after
    for shown, whole in ((before, head + old + tail), (after, head + new + tail)):
        assert shown.strip("…") in whole
        assert len(shown) <= max(300, 20 + 2 * 41)


def test_criteria_nest_under_their_kind_and_not_without_end() -> None:
    rows = [
        {"ordinal": number, "parent_ordinal": number - 1 or None, "criterion_type": "inclusion"}
        for number in range(1, 50)
    ]
    rows += [{"ordinal": 50, "parent_ordinal": 99, "criterion_type": "exclusion"}]
    (_, inclusion), (kind, exclusion) = _trial(eligibility_criteria=rows).criteria()
    assert [depth for depth, _ in inclusion[:7]] == [0, 1, 2, 3, 4, 5, 5]
    assert (kind, [depth for depth, _ in exclusion]) == ("exclusion", [0])
