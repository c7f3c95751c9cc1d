"""Ids in the spellings in which people hand them over."""

import pytest

from registry.nct_id import is_nct_id, read_nct_id, split_ids


@pytest.mark.parametrize(
    "spelling",
    [
        "NCT06416709",
        "nct06416709",
        "Nct6416709",
        "  NCT06416709\t",
        "NCT 0641 6709",
        "NCT-06416709",
        "NCT: 06416709",
        "NCT #06416709.",
        '"NCT06416709"',
        "(NCT06416709)",
        "\ufeffNCT06416709",
        "ＮＣＴ０６４１６７０９",
        "NCT\u00a006416709",
        "https://inclinicaltrials.com/other/NCT06416709/details",
        "http://inclinicaltrials.com/kidney-tranplant/nct06416709/",
        "https://clinicaltrials.gov/study/NCT06416709?tab=history#top",
        "NCT06416709 and again NCT06416709",
        "NCT06416709 12 weeks",
    ],
)
def test_a_spelling_of_one_id(spelling: str) -> None:
    assert read_nct_id(spelling) == "NCT06416709"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NCT",
        "06416709",
        "NCT0641670",  # a digit is lost, and a zero is there: which one cannot be known
        "NCT064167091",
        "NCT00000000",
        "NCT0",
        "XNCT06416709",
        "NCT0641670X",
        "NCT06416709 NCT06416710",
        "ISRCTN06416709",
        "NCT٠٦٤١٦٧٠٩",
        "NCT933847 25",  # an id and a number, or one id: not known
        "NCT9338473²",
        "NCT9.2E6",
        "NCT9.2",
        "NCT1023",
        "NCT06416709.5X",
    ],
)
def test_no_id(text: str) -> None:
    assert read_nct_id(text) is None


def test_zeros_that_a_spreadsheet_dropped_come_back() -> None:
    assert read_nct_id("NCT10234") == "NCT00010234"


@pytest.mark.parametrize("text", ["NCT06416709\n", "nct06416709", "NCT0641670９", "NCT00000000", ""])
def test_is_nct_id_is_strict(text: str) -> None:
    assert not is_nct_id(text)


def test_a_line_of_a_list_may_hold_several() -> None:
    line = '"NCT06416709",nct 0641 6710;x NCT06416711 NCT06416712 # NCT06416713'
    assert [read_nct_id(piece) for piece in split_ids(line)] == [
        "NCT06416709",
        "NCT06416710",
        "NCT06416711",
        "NCT06416712",
    ]


@pytest.mark.parametrize("line", ["", "   ", "# a comment", " , ; \t"])
def test_a_line_without_ids(line: str) -> None:
    assert split_ids(line) == []


@pytest.mark.parametrize(
    "address",
    [
        "https://inclinicaltrials.com/other/NCT06416709/details#outcome",
        "https://inclinicaltrials.com/knee,left/NCT06416709/details",
        "NCT #06416709",
        "http://127.0.0.1:8000/other/NCT06416709/details;jsessionid=1",
    ],
)
def test_what_stays_one_piece(address: str) -> None:
    assert split_ids(address) == [address]
    assert split_ids(f"NCT06416710,{address}") == ["NCT06416710", address]
