"""Values are read by full forms only; what fits none is None."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from normalizers.loss import lossy_marks
from normalizers.readers import read
from normalizers.values.contacts import read_email, read_phone
from normalizers.values.dates import read_date
from normalizers.values.durations import read_ages
from parsers.names import country_names
from parsers.rows import beginning, cut_location, cut_outcome, cut_related, cut_sponsors
from registry.labels import STUDY_DESIGN, fields_of
from registry.vocabularies import code, codes

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("text", "iso", "earliest", "latest"),
    [
        ("May 10, 2023", "2023-05-10", date(2023, 5, 10), date(2023, 5, 10)),
        ("february 2024", "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-12-31", "2023-12-31", date(2023, 12, 31), date(2023, 12, 31)),
        ("2023-12", "2023-12", date(2023, 12, 1), date(2023, 12, 31)),
        ("Sept 5, 2023", "2023-09-05", date(2023, 9, 5), date(2023, 9, 5)),
        ("Sep 2023", "2023-09", date(2023, 9, 1), date(2023, 9, 30)),
        ("Feb 29, 2024", "2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
        ("February 29, 2000", "2000-02-29", date(2000, 2, 29), date(2000, 2, 29)),
    ],
)
def test_dates(text: str, iso: str, earliest: date, latest: date) -> None:
    found = read_date(text)
    assert found is not None
    assert (found.iso, found.earliest, found.latest) == (iso, earliest, latest)
    assert (found.day is None) == (earliest != latest)


@pytest.mark.parametrize(
    "text",
    ["", "2023", "May", "May 32, 2023", "February 29, 2023", "10/05/2023", "Mai 2023", "May 10 2023 or so",
     "February 29, 2100", "Septe 2023", "Febr 2023", "10 May 2023", "May 10-12, 2023", "2023-5-10", "May 10, 2023\n",
     "2023-05-10T00:00:00Z", "May 0, 2023", "2023-13", "2023-00-10", "May 2999", "٢٠٢٣-٠٥"],
)  # fmt: skip
def test_no_dates(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("text", "low", "high", "low_years", "high_years"),
    [
        ("n/a to 17 years", "N/A", "17 years", None, 17.0),
        ("18 Years to 90 Years", "18 Years", "90 Years", 18.0, 90.0),
        ("6 Months to 18 Months", "6 Months", "18 Months", 0.5, 1.5),
        ("18 Years and older", "18 Years", "N/A", 18.0, None),
        ("N/A to 17 Years", "N/A", "17 Years", None, 17.0),
        ("up to 17 Years", "N/A", "17 Years", None, 17.0),
        ("N/A and older", "N/A", "N/A", None, None),
        ("1 Day to 1 Week", "1 Day", "1 Week", 0.002738, 0.019165),
        ("90 Years to 18 Years", "90 Years", "18 Years", 90.0, 18.0),
        ("30 Minutes to 1 Year", "30 Minutes", "1 Year", 0.000057, 1.0),
        ("18 Years or over", "18 Years", "N/A", 18.0, None),
        ("17 Years and under", "N/A", "17 Years", None, 17.0),
        ("18 to 65 Years", "18 Years", "65 Years", 18.0, 65.0),
        ("18 Years - 65 Years", "18 Years", "65 Years", 18.0, 65.0),
        ("N/A to N/A", "N/A", "N/A", None, None),
        ("18 Years and older (Adult, Older Adult)", "18 Years", "N/A", 18.0, None),
        ("up to 17 Years   (Child)".replace("   ", " "), "N/A", "17 Years", None, 17.0),
        ("Child, Adult, Senior", "N/A", "N/A", None, None),
    ],
)
def test_ages(text: str, low: str, high: str, low_years: float | None, high_years: float | None) -> None:
    ages = read_ages(text)
    assert ages is not None
    assert (ages.minimum, ages.maximum, ages.minimum_years, ages.maximum_years) == (low, high, low_years, high_years)


@pytest.mark.parametrize(
    "text",
    ["", "adults", "18 to 90", "18 Years", "-1 Years and older", "Adult, Older Adult",
     "18 Years and older (approximately)", "9999999 Years and older", "٣ Years and older"],
)  # fmt: skip
def test_no_ages(text: str) -> None:
    assert read_ages(text) is None


@pytest.mark.parametrize(
    ("text", "regions", "number"),
    [
        ("86 150 0111 1836", ["CN"], "+8615001111836"),
        ("+86 150 0111 1836", [], "+8615001111836"),
        ("1 (800) 933-7001", ["US", "CA"], "+18009337001"),
        ("8549146", ["FR"], None),
        ("1 (800) 933-7001", ["CN"], None),  # a number there too
        ("650 723 4000", ["DE"], None),
        ("919-668-8888", [], None),  # no country is known
        ("0612345678", ["FR", "NL"], None),  # a number in both
        ("call us", ["US"], None),
        ("＋86 150 0111 1836", [], "+8615001111836"),
        ("(+86) 10 8839 6171", ["FR"], "+861088396171"),
        ("0086-10-88396171", ["US"], "+861088396171"),
        ("00 33 1 40 27 37 27", ["FR", "US"], "+33140273727"),
        ("+44 (0)20 7946 0958", [], "+442079460958"),
        ("+1 650-253-0000 ext. 123", [], "+16502530000"),
        ("650-253-0000 x123", ["US"], "+16502530000"),
        ("650-253-0000 or 650-253-0001", ["US"], None),
        ("650-253-0000; 650-253-0001", ["US"], None),
        ("+33 1 40 27 37 27 +33 1 40 27 37 28", [], None),
        ("Phone 650-253-0000", ["DE"], None),  # a number there too
        ("Office: 650-253-0000", ["US"], "+16502530000"),
        ("Fax 650-253-0000", ["US"], None),
        ("Tel/Fax: 020 7946 0958", ["GB"], "+442079460958"),
        ("Fax / Tel: 020 7946 0958", ["GB"], "+442079460958"),
        ("650-253-OOOO", ["US"], None),  # letters for zeros
        ("1-800-LillyRx", ["US"], "+18005455979"),
        ("2011-005334-20", ["DE"], None),  # an id
        ("49 (0) 30 45050", ["DE"], "+493045050"),
        ("+8 495 123 45 67", ["RU"], None),  # no code of a country; +84 would be another's
        ("+2 0100 123 4567", ["EG"], "+201001234567"),
        ("8839 6171", ["CS"], None),  # a country that is no more
        ("+" * 200, [], None),
        ("", ["US"], None),
    ],
)
def test_phones(text: str, regions: list[str], number: str | None) -> None:
    assert read_phone(text, regions) == number


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a.b@example.org", "a.b@example.org"),
        ("a[@]example.org", "a@example.org"),
        ("a at b", None),
        ("a@example.org;", "a@example.org"),
        ("mailto:a@example.org", "a@example.org"),
        ("a[@]example.org, b[@]example.org", None),
        ("a[@]b[@]example.org", None),
        ("a [@] example.org", None),
        ("n/a@n.a", None),
        ("a@test", None),
        ("A.B@EXAMPLE.ORG", "A.B@example.org"),
        ("", None),
        ("@", None),
    ],
)
def test_emails(text: str, address: str | None) -> None:
    assert read_email(text) == address


def test_na_and_blank_phases_are_different_facts() -> None:
    assert code("phase", "N/A") == "NA"
    assert code("phase", "") is None
    assert code("phase", "Phase 2/Phase 3") == "PHASE2/PHASE3"


@pytest.mark.parametrize(
    ("vocabulary", "text", "expected"),
    [
        ("phase", "Phase 1|Phase 2", "PHASE1/PHASE2"),
        ("phase", "EARLY_PHASE1", "EARLY_PHASE1"),
        ("phase", "Phase 5", None),
        ("overall_status", "NOT_YET_RECRUITING", "NOT_YET_RECRUITING"),
        ("overall_status", "Unknown †", "UNKNOWN"),
        ("overall_status", "On hold", None),
        ("study_type", "Observational [Patient Registry]", "OBSERVATIONAL"),
        ("intervention_type", "Biological/Vaccine", "BIOLOGICAL"),
        ("masking", "Double-Blind", "DOUBLE"),
        ("yes_no", "Accepts Healthy Volunteers", "true"),
        ("yes_no", "not stated", None),
        ("sex", "Both", "ALL"),
        ("sex", "x" * 100_000, None),
    ],
)
def test_older_and_newer_wordings(vocabulary: str, text: str, expected: str | None) -> None:
    assert code(vocabulary, text) == expected


@pytest.mark.parametrize(
    ("text", "masking", "roles"),
    [
        ("Double Blind (Subject, Caregiver)", "DOUBLE", {"subject", "caregiver"}),
        ("Quadruple (Participant, Care Provider, Investigator, Outcomes Assessor)", "QUADRUPLE",
         {"subject", "caregiver", "investigator", "outcomes_assessor"}),
        ("None (Open Label)", "NONE", None),
        ("Double", "DOUBLE", None),
        ("Double (Subject, Janitor)", "DOUBLE", None),
        ("Double ()", "DOUBLE", None),
    ],
)  # fmt: skip
def test_masked_roles(text: str, masking: str, roles: set[str] | None) -> None:
    reading = read(fields_of(STUDY_DESIGN)["masking"], text)
    masked = {name.removesuffix("_masked"): value for name, value in reading.columns.items() if "_masked" in name}
    assert reading.columns["masking"] == masking
    assert masked == ({} if roles is None else {role: role in roles for role in codes("masking_role")})
    assert bool(reading.problem) == ("Janitor" in text or "()" in text)


# --- rows whose cells ran together ------------------------------------------------------------------------------


def test_the_longest_country_wins() -> None:
    assert beginning("Korea, Republic of Seoul Clinic", "countries") == ("Korea, Republic of", "Seoul Clinic")
    assert beginning("Guinea-Bissau Clinic", "countries")[0] == "Guinea-Bissau"
    assert beginning("Chinatown Clinic", "countries") == ("", "")


def test_a_row_of_an_unknown_country_is_none() -> None:
    assert cut_location("Narnia Wardrobe") is None


def test_only_the_time_frame_at_the_end_is_cut() -> None:
    row = cut_outcome("Secondary Sleep at 2 weeks of light")
    assert row is not None
    assert row.cells == {"Type": "Secondary"}
    assert cut_outcome("Tertiary Sleep 2 weeks") is None


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        (
            "Recruiting NCT01234567 - A trial Phase 1/Phase 2",
            ("Recruiting", "NCT01234567 - A trial", "Phase 1/Phase 2"),
        ),
        ("NCT01234567 - A trial in phase 9", ("", "NCT01234567 - A trial in phase 9", "")),
        ("On hold NCT01234567 - N/A or not N/A", ("On hold", "NCT01234567 - N/A or not", "N/A")),
    ],
)
def test_see_also_rows(line: str, cells: tuple[str, str, str]) -> None:
    row = cut_related(line)
    assert row is not None
    assert tuple(row.cells.values()) == cells


def test_a_see_also_row_needs_an_id() -> None:
    assert cut_related("Recruiting a trial of light") is None


def test_sponsors_are_cut_only_where_the_page_settles_them() -> None:
    assert cut_sponsors(["Acme Ltd City Hospital"], "Acme Ltd", None) is not None
    assert cut_sponsors(["Acme Ltd City Hospital"], "Other", 2) is None
    assert cut_sponsors(["Acme Ltd City Hospital"], None, 2) is None
    assert cut_sponsors(["Acme Ltd A", "Acme Ltd B", "C"], "Acme Ltd", 4) is not None
    assert cut_sponsors(["Acme Ltd A B"], "Acme Ltd", 3) is None  # two collaborators in one row: which?
    only = cut_sponsors(["Someone"], "Other", 1)
    assert only is not None
    assert only[0].cells["Lead Sponsor"] == "Someone"


def test_countries_with_commas() -> None:
    assert country_names("China,\u00a0") == ["China"]
    assert country_names("Taiwan, Iran, Islamic Republic of, ") == ["Taiwan", "Iran, Islamic Republic of"]
    assert country_names("Atlantis, Lower") == ["Atlantis, Lower"]


# --- damaged text -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "damaged"),
    [
        ("Age =18 years", ["="]),
        ("pulse was =93%; (=6 months)", ["=", "="]),
        ("PLT >= 3, =< 4, n=20, AUC=0.8, 0 = no pain, > or = 5, </=7", []),
        ("NYHA?; class", ["?"]),
        ("?Adenovirus infection", ["?"]),
        ("Is it warm? Is it late?", []),
        ("more than 12×109/L or 4×109/L", ["109/L", "109/L"]),
        ("109 patients, 1092/L", []),
        ("5×10?/L", ["?"]),
    ],
)
def test_damaged_places(text: str, damaged: list[str]) -> None:
    assert [text[mark.start : mark.end] for mark in lossy_marks(text)] == damaged


_READ_HUGE_TEXTS = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (40, 40))
from tests.test_values import *
from normalizers.criteria import split_criteria
from normalizers.values.citations import doi, pmid, year
from normalizers.values.identifiers import id_kind
from normalizers.values.time_frames import read_time_frame
for piece in (" ", "1", "a ", "(", "= ", "?", "1. ", "- ", "10", "Inclusion Criteria ", "NCT0", "China, ", ", ",
              "doi:10.1000/", ". 2019 May", "Erratum "):
    text = piece * (100_000 // len(piece))
    for read in (split_criteria, lossy_marks, read_date, read_ages, read_time_frame, cut_outcome, cut_location,
                 cut_related, country_names, doi, pmid, year, id_kind, read_email):
        read(text)
"""


def test_no_pattern_blows_up() -> None:
    """Seconds where every pattern is linear; a pattern that is not is killed by the limit on its processor time."""
    done = subprocess.run([sys.executable, "-c", _READ_HUGE_TEXTS], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
