"""Time frames are read by full forms; what has no certain last day is None."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.time_frames import Truth, is_end, is_start, sample
from normalizers.values.time_frames import read_time_frame
from normalizers.values.time_words import DAYS_IN

_MONTH = 365.25 / 12
_READ: list[tuple[str, float | None, float, str | None]] = [
    ("48 weeks", None, 336, None),
    ("2 weeks", None, 14, None),
    ("1.5 Days", None, 1.5, None),
    ("12 hours", None, 0.5, None),
    (".5 hours", None, 0.5 / 24, None),
    ("2years", None, 730.5, None),
    ("twenty-four weeks.", None, 168, None),
    ('"6 months"', None, 6 * _MONTH, None),
    ("Baseline", 0, 0, None),
    ("up to 2 years", None, 730.5, None),
    ("Up to 3 years 5 months", None, 41 * _MONTH, None),
    ("Up to 2 years and 10 months", None, 34 * _MONTH, None),
    ("Up to ~78 months", None, 78 * _MONTH, None),
    ("Day 1, 8 and 15", 1, 15, None),
    ("Day 28", 28, 28, None),
    ("Day 8 (±2 days)", 8, 8, None),
    ("Week 12", None, 84, None),
    ("at week 12", 84, 84, None),
    ("the 4th week and the 8th week", 28, 56, None),
    ("Week 4 to Week 54", None, 378, None),  # from the beginning of week 4, or its end?
    ("4-8 weeks", 28, 56, None),
    ("0-60 min", 0, 1 / 24, None),
    ("from baseline to month 6", 0, 6 * _MONTH, None),
    ("Baseline (Week 0), Weeks 4, 16, 28", 0, 196, None),
    ("Baseline up to end of treatment (Week 40)", 0, 280, None),
    ("Month 6 (Week 26)", None, 6 * _MONTH, None),
    ("screening, 1, 3 and 6 months", None, 6 * _MONTH, None),  # some days before day 0
    ("Annually, during 5 years", None, 5 * 365.25, None),
    ("through study completion, an average of 1 year", None, 365.25, None),
    ("From randomization until death from any cause, assessed up to 100 months", 0, 100 * _MONTH, None),
    ("During study treatment (appx 6 months)", None, 6 * _MONTH, None),
    ("30 days after surgery", None, 30, "after surgery"),
    ("up to 7 days following surgery?", None, 7, "following surgery"),  # a stop that Windows-1252 lacks
    ("30 days after last dose", None, 30, "after last dose"),
    ("Predose, 0.5, 1 and 48 hours post-dose", None, 2, "post-dose"),
    ("12 months after randomization", None, 365.25, None),
    ("Postoperative days 1, 3 and 7", 1, 7, "postoperative"),
    ("Day 1 to 30 days after surgery", None, 30, "after surgery"),  # day 1 of what?
]


@pytest.mark.parametrize(("text", "first", "last", "origin"), _READ, ids=lambda part: part)
def test_read(text: str, first: float | None, last: float, origin: str | None) -> None:
    found = read_time_frame(text)
    assert found is not None
    assert found.origin == origin
    assert found.days_from == (None if first is None else pytest.approx(first, abs=1e-6))
    assert found.days_to == pytest.approx(last, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "", "2", "weeks", "2009", "Year 2020", "January 2018 to June 2019", "9999 years", "2 fortnights", "1/2 year",
        "until disease progression", "end of study", "screening", "day of surgery",
        "every 3 months", "daily", "6 cycles", "Cycle 1 Day 8", "up to 6 cycles (each cycle is 21 days)",
        "at least 5 years", "5+ years", "<24 hours", "12 or 24 weeks", "24 weeks or until discharge",
        "3 months and at discharge", "1 year, 6 months", "2 years and 10 months", "1,5 years", "1,000 days",
        "1.000 days", "up to 1.200 days",
        "12 weeks treatment and 24 weeks follow-up", "treatment 12 weeks, follow-up 24 weeks",
        "Day -1", "Day -14 to Day 28", "12 months before surgery", "24 hours pre-dose",
        "up to 45 days prior to enrollment", "10-5 years", "12 weeks, 4 weeks", "Month 6 (Week 12)",
        "baseline up to 30 days after the last dose", "up to 30 days after the last dose",
        "From the first dose until 2 weeks after the end of treatment", "7 days after each vaccination",
        "week 0, 2, 4, 8 and week 4 after the end of intake", "30 minutes from t=60 to t=90",
        "at the end of each cycle (28 days)", "3 times a week for 4 weeks", "last 4 weeks", "Day ٢",
        "-2 weeks", "Baseline, -2 weeks", "from -2 weeks to 12 weeks", "Visit 4, 12 weeks", "Period 2, 12 weeks",
        "Day 1 up to 6 months post-last dose",
        "up to 2 years of age", "Week 1 Day 3", "Day 15, 4 hours", "3 days before surgery to 30 days after surgery",
    ],
)  # fmt: skip
def test_not_certain(text: str) -> None:
    assert read_time_frame(text) is None


@pytest.mark.parametrize("truth", sample(), ids=lambda truth: truth.text)
def test_sample_read_by_hand(truth: Truth) -> None:
    found = read_time_frame(truth.text)
    assert found is None or is_end(truth, found)
    assert found is None or found.days_from is None or is_start(truth, found)


def test_most_of_the_sample_is_read() -> None:
    assert sum(read_time_frame(truth.text) is not None for truth in sample()) >= 300


_numbers = st.integers(1, 90)
_units = st.sampled_from(sorted(DAYS_IN))
_words = st.sampled_from(
    "up to|through|until|baseline|week|weeks|day|months|1|4|12|24|.5|,|and|or|(|)|-|–|±|every|after|post-|last dose|"
    "surgery|study completion|an average of|from|at|cycle|t=|NCT".split("|")
)


@given(_numbers, _units)
def test_one_time_in_any_dress_has_the_same_end(number: int, unit: str) -> None:
    texts = (
        "{} {}",
        "Up to {} {}",
        "at {} {}",
        "Baseline, {} {}",
        "within {} {}",
        "approximately {} {}.",
        "{}{}",
        "({} {})",
    )
    ends = {found.days_to for text in texts if (found := read_time_frame(text.format(number, unit)))}
    assert ends == {round(number * DAYS_IN[unit], 6)}


@given(st.lists(_words, max_size=12))
def test_the_first_day_is_never_behind_the_last(words: list[str]) -> None:
    found = read_time_frame(" ".join(words))
    assert found is None or 0 <= (found.days_from or 0) <= found.days_to


@given(st.lists(_words, min_size=1, max_size=8))
def test_case_and_space_make_no_difference(words: list[str]) -> None:
    text = " ".join(words)
    assert read_time_frame(text) == read_time_frame(f"  {text.upper()} ".replace(" ", "  "))
