"""Properties of the readers of values: what is printed is read back, and nothing is made up."""

import calendar
from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizers.values.contacts import read_email, read_phone
from normalizers.values.dates import read_date
from normalizers.values.durations import DAYS, read_ages
from registry.vocabularies import code, codes, wordings

_days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
_MONTHS = {
    "full": calendar.month_name,
    "short": calendar.month_abbr,
}


@given(_days, st.sampled_from(sorted(_MONTHS)))
def test_a_date_is_read_back(day: date, names: str) -> None:
    month = _MONTHS[names][day.month]
    for text in (f"{month} {day.day}, {day.year}", f"{month.upper()} {day.day:02}, {day.year}", day.isoformat()):
        found = read_date(text)
        assert found is not None
        assert (found.day, found.iso) == (day, day.isoformat())


@given(_days)
def test_a_month_is_all_its_days_and_no_day(day: date) -> None:
    for text in (f"{calendar.month_name[day.month]} {day.year}", f"{day:%Y-%m}"):
        found = read_date(text)
        assert found is not None
        assert found.day is None
        assert found.earliest <= day <= found.latest
        assert (found.latest - found.earliest).days == calendar.monthrange(day.year, day.month)[1] - 1


@given(st.text(alphabet="JanFebMry0123456789, -/.", max_size=14))
def test_what_is_read_as_a_date_names_a_year_and_a_month(text: str) -> None:
    found = read_date(text)
    assert found is None or (str(found.earliest.year) in text and found.earliest <= found.latest)


@given(st.integers(0, 120), st.integers(0, 120), st.sampled_from(sorted(DAYS)), st.sampled_from(sorted(DAYS)))
def test_ages_are_read_as_printed_in_whatever_order(low: int, high: int, low_unit: str, high_unit: str) -> None:
    ages = read_ages(f"{low} {low_unit.title()}s to {high} {high_unit.title()}s")
    assert ages is not None
    assert (ages.minimum, ages.maximum) == (f"{low} {low_unit.title()}s", f"{high} {high_unit.title()}s")
    assert ages.minimum_years == pytest.approx(low * DAYS[low_unit] / DAYS["year"], abs=1e-6)
    assert ages.maximum_years == pytest.approx(high * DAYS[high_unit] / DAYS["year"], abs=1e-6)


@pytest.mark.parametrize("region", ["US", "CN", "DE", "FR", "JP", "KR", "GB", "BR", "IT", "EG"])
def test_a_number_in_any_dress_is_one_number(region: str) -> None:
    example = phonenumbers.example_number(region)
    assert example is not None
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    assert read_phone(e164, []) == read_phone(national, [region]) == read_phone(f"00{e164[1:]}", [region]) == e164
    assert read_phone(f"{e164} ext. 12", []) == e164
    assert read_phone(f"{e164} / {e164}", []) is None


@given(st.text(alphabet="0123456789+()-. x/", max_size=40), st.sampled_from([["US"], ["CN", "FR"], []]))
def test_a_number_that_is_read_reads_as_itself(text: str, regions: list[str]) -> None:
    number = read_phone(text, regions)
    assert number is None or read_phone(number, []) == number


@given(st.emails())
def test_a_mirrored_address_is_the_address(address: str) -> None:
    assert read_email(address.replace("@", "[@]")) == read_email(address)


@pytest.mark.parametrize("name", ["phase", "overall_status", "study_type", "intervention_type", "masking", "countries"])
def test_a_wording_has_its_code_in_any_case_and_spacing(name: str) -> None:
    for wording, known in wordings(name):
        assert code(name, f" {wording.upper()}\u00a0") == code(name, wording.replace(" ", "  ")) == known
    assert all(code(name, f"{each} or so") is None for each in codes(name))
