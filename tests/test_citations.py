"""PubMed id, DOI and year are read where a citation names them in full, and only there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizers.values.citations import doi, pmid, year


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        ("Doe J. Lamps. J Light. 2019 May 3;12(3):45-67. doi: 10.5555/x. Epub 2018 Dec 1.", 2019),
        ("Doe J. Lamps in 2011: a review of 1999. J Light (Engl). 2019;12:45.", 2019),
        ("Doe J. Lamps. Light Nurs. 2017 May/Jun;40(3):230-236.", 2017),
        ("Doe J, et al. Lamps? Processes 2021; 9: 2199.", 2021),
        ("Doe J. Lamps. J Light. 2020 Oct 15:S0213-4853(20)30278-4. Online ahead of print.", 2020),
        ("Doe J. Lamps. J Light. 2025 Dec 17. doi: 10.5555/2020.1999.", 2025),
        ("Doe, J., & Roe, A. (2002). Lamps: first findings. Light, 9(3), 200-210.", 2002),
        ("Doe J. Lamps. Philadelphia: Light Press, 1988.", 1988),
        ("Doe J. Lamps. Light. 2017 Oct 19;130(16):1857-68. Erratum In: Light. 2018 Dec 27;132(26):2782.", 2017),
        ("Doe J. Lamps. Light. 2017;1:2. Light. 2018;1:2.", None),
        ("Doe J. Lamps in 2011.", None),
        ("Doe J. Lamps. May 2016. Volume 13", None),
        ("Doe J. 2011-2019: years of lamps", None),
        ("Doe J. Lamps. Light. 3019;1:2.", None),
        ("Lamps of the world. Light Society. Accessed May 3, 2019.", None),
        ("Lamps of the world. Light Society. Retrieved on May 3, 2019", None),
        ("Doe J. Lamps. Light Press; cited 2019 May 3; available online", None),
        ("", None),
    ],
)
def test_years(citation: str, expected: int | None) -> None:
    assert year(citation) == expected


@given(st.integers(1900, 2099), st.integers(1, 400), st.text(alphabet="abc ,:()", max_size=30))
def test_a_year_in_front_of_the_volume_is_the_year(number: int, volume: int, title: str) -> None:
    assert year(f"Doe J. {title}. J Light. {number};{volume}:1-9.") == number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("doi: 10.1000/xyz.", "10.1000/xyz"),
        ("DOI 10.1016/S0140-6736(18)30111-6.", "10.1016/S0140-6736(18)30111-6"),
        ("https://doi.org/10.1000/xyz)", "10.1000/xyz"),
        ("10.1000/xyz", None),
        ("[doi: 10.1000/xyz(1)].", "10.1000/xyz(1)"),
        ("doi: 10.1000/xyz.Epub 2018", "10.1000/xyz"),
        ("https://doi.org/10.1000/xyz?from=mail", "10.1000/xyz"),
        (
            "doi: 10.1002/(SICI)1-2(1999)8:1<1::AID-X1>3.0.CO;2-Z.",
            "10.1002/(SICI)1-2(1999)8:1<1::AID-X1>3.0.CO;2-Z",
        ),
        ("doi: 10.1000/xyz doi: 10.1000/abc", None),
        ("doi: 10.1000/xyz. https://doi.org/10.1000/XYZ Erratum in: Light. doi: 10.1000/abc", "10.1000/xyz"),
        (f"doi: 10.1000/{'x' * 400}", None),
        ("doi: 10.10/xyz", None),
    ],
)
def test_dois(text: str, expected: str | None) -> None:
    assert doi(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("PMID: 30112233.", "30112233"), ("PMID 12", "12"), ("//pubmed.ncbi.nlm.nih.gov/30112233/", "30112233"),
     ("30112233", None), ("PMID: none", None), ("PMID: 1234567890", None),
     ("PMID: 0", None), ("PMID: 12 345 678", None), ("PMID: 30112233, 30112234", None), ("PMID: 1 PMID: 2", None),
     ("PMID: 30112233. Erratum in: Light. PMID: 30112234", "30112233"),
     ("Doe J. Lamps. Erratum in: Light. 2018;1:2. PMID: 30112233", "30112233")],
)  # fmt: skip
def test_pmids(text: str, expected: str | None) -> None:
    assert pmid(text) == expected
