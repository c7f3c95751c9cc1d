"""Eligibility texts are cut into criteria at lines, bullets and numbers that go on; nothing is lost or added."""

import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.registry_lines import FORMS, in_form, lines_of, raw_texts
from normalizers.criteria import Criterion, cut_criteria, split_criteria

ROOT = Path(__file__).parent.parent


def _split(text: str) -> list[tuple[int | None, str | None, str]]:
    return [(each.parent, each.marker, each.text) for each in split_criteria(text)]


def _texts(text: str) -> list[str]:
    return [each.text for each in split_criteria(text)]


# --- nothing is lost --------------------------------------------------------------------------------------------


def _joined(text: str) -> str:
    pieces = cut_criteria(text)
    return "".join(f"{piece.marker or '' if isinstance(piece, Criterion) else ''}{piece.text}" for piece in pieces)


def _solid(text: str) -> str:
    return "".join(text.split())


_PIECES = st.sampled_from([
    "\n", "\n  ", " ", ". ", "; ", ": ", ", ", "- ", "* ", "• ", "– ", "1. ", "2. ", "3. ", "(1) ", "(2)", "(3) ",
    "a. ", "b) ", "i. ", "ii. ", "iii. ", "5.2.1 ", "5.2.2. ", "① ", "?x ", "10. 11. ", "(", ") ", "Adult", "men ",
    "or ", "grade ", "Inclusion Criteria", "Exclusion criteria: ", "non-inclusion ", "INCLUSION", "CRITERIA ",
    "ß\u3000", "\u2028", "**", "## ", "__", "Exlusion ", "critera", "Excluded:", "Critères d'", "Ausschlusskriterien",
])  # fmt: skip


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_joined_criteria_and_headings_give_back_the_text(text: str) -> None:
    assert _solid(_joined(text)) == _solid(text)


@given(st.text(max_size=200))
def test_any_text_is_given_back(text: str) -> None:
    assert _solid(_joined(text)) == _solid(text)


@given(st.lists(_PIECES, max_size=40).map("".join))
def test_criteria_are_parts_of_earlier_ones_on_their_side(text: str) -> None:
    criteria = split_criteria(text)
    for place, each in enumerate(criteria, start=1):
        assert each.text
        assert 0 < each.confidence <= 1
        if each.parent is not None:
            assert 0 < each.parent < place
            assert criteria[each.parent - 1].criterion_type == each.criterion_type


@pytest.mark.skipif(not raw_texts(), reason="the real records do not stand beside the project")
@pytest.mark.parametrize("form", FORMS)
def test_real_texts_are_given_back(form: str) -> None:
    for raw in raw_texts():
        text = in_form(list(lines_of(raw)), form).text
        assert _solid(_joined(text)) == _solid(text)
        assert _solid(_joined(raw)) == _solid(raw)


# --- sides ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "criteria"),
    [
        ("Inclusion Criteria: 1. a 2. b Key Exclusion Criteria: 1. c", ["inclusion a", "inclusion b", "exclusion c"]),
        ("Inclusion criteria 1. a 2. b Exclusion criteria 1. c", ["inclusion a", "inclusion b", "exclusion c"]),
        ("Inclusion: 1. a 2. b. Exclusion: 1. c", ["inclusion a", "inclusion b.", "exclusion c"]),
        ("Inclusion\n- a\nExclusion\n- b", ["inclusion a", "exclusion b"]),
        ("- INCLUSION CRITERIA: - a - EXCLUSION CRITERIA: - b", ["inclusion a", "exclusion b"]),
        ("1. Inclusion Criteria\nAdults\n2. Exclusion Criteria\nMinors", ["inclusion Adults", "exclusion Minors"]),
        ("Inclusion Criteria Adults of any age", ["inclusion Adults of any age"]),
        ("Inclusion criteria for group A: - a. Exclusion criteria for all groups - b", ["inclusion a.", "exclusion b"]),
        ("Inclusion criteria:\n- a\nNon-inclusion criteria:\n- b", ["inclusion a", "exclusion b"]),
        ("Inclusion/Exclusion criteria: adults", ["unplaced adults"]),
        ("Inclusion and Exclusion Criteria:\n- a\n- b", ["unplaced a", "unplaced b"]),
        ("Inclusion Criteria: - a. Inclusion & exclusion criteria: - b", ["inclusion a.", "unplaced b"]),
        ("Exclusion criteria/non-inclusion criteria:\n- a", ["exclusion a"]),
        ("Inclusion Criteria (Men) - a Exclusion Criteria (Men) - b", ["inclusion a", "exclusion b"]),
        ("Inclusions: - a Exclusions: - b", ["inclusion a", "exclusion b"]),
        ("Inclusion criteria; 1. Old 2. Ill Exclusion Criteria; 1. Poor",
         ["inclusion Old", "inclusion Ill", "exclusion Poor"]),
        (
            "Exclusion Criteria: - Not meeting the Inclusion Criteria - Pregnant",
            ["exclusion Not meeting the Inclusion Criteria", "exclusion Pregnant"],
        ),
        ("Inclusion Criteria: - Rules must be met Exclusion Criteria: - b",
         ["inclusion Rules must be met", "exclusion b"]),
        ("Inclusion: Old; tall. Exclusion: Ill; poor", ["inclusion Old; tall.", "exclusion Ill; poor"]),
        (
            "Exclusion Criteria:\nIll\nDoes not meet inclusion criteria\nPoor",
            ["exclusion Ill", "exclusion Does not meet inclusion criteria", "exclusion Poor"],
        ),
        ("Inclusion Criteria:\n- a\nOther inclusion/exclusion criteria apply.\n- b",
         ["inclusion a", "inclusion Other inclusion/exclusion criteria apply.", "inclusion b"]),
        (
            "Exclusion Criteria:\n- Not meeting inclusion criteria\n- Other inclusion criteria for men: old",
            ["exclusion Not meeting inclusion criteria", "exclusion Other inclusion criteria for men: old"],
        ),
        ("Inclusion: Old. Some exclusion criteria apply.", ["inclusion Old. Some exclusion criteria apply."]),
        ("- a (CTCAE v5.0) - b (v4.03) - c", ["unplaced a (CTCAE v5.0)", "unplaced b (v4.03)", "unplaced c"]),
        ("Inclusion Criteria：- a - b", ["inclusion a", "inclusion b"]),
        ("Inclusion Criteria:\n- 1. a\n- 2. b", ["inclusion a", "inclusion b"]),
        ("The exclusion criteria are known. All join.", ["unplaced The exclusion criteria are known. All join."]),
    ],
)  # fmt: skip
def test_sides(text: str, criteria: list[str]) -> None:
    assert [f"{each.criterion_type} {each.text}" for each in split_criteria(text)] == criteria


@pytest.mark.parametrize(
    "heading",
    [
        "Non inclusion criteria:", "NON INCLUSION CRITERIA:", "Noninclusion criteria:", "Non - inclusion criteria:",
        "Non\u2011inclusion criteria:", "Exclusion criterion:", "Exclusion criterias:",
        "Exclusion Criteria include:", "Exclusion criteria are as follows:", "Exclusion Criteria in patients:",
        "II. Exclusion Criteria:", "B. Exclusion Criteria:", "- Exclusion Criteria:",
    ],
)  # fmt: skip
def test_headings_of_exclusion(heading: str) -> None:
    """In a line of their own and inside one; what stands behind them would else be of the other side."""
    for text in (f"Inclusion Criteria:\n- a\n{heading}\n- b", f"Inclusion Criteria: - a. {heading} - b"):
        assert [each.criterion_type for each in split_criteria(text)] == ["inclusion", "exclusion"]


@pytest.mark.parametrize(
    "heading",
    [
        "Criteria for exclusion:", "Criteria of non-inclusion:", "No inclusion criteria:",
        "The exclusion criteria were as follows",
        "Patients with any of the following exclusion criteria:", "Exclusion Criteria;", "Exclusion Criteria--",
    ],
)  # fmt: skip
def test_headings_of_exclusion_in_their_own_line(heading: str) -> None:
    text = f"Inclusion Criteria:\n- a\n{heading}\n- b"
    assert [each.criterion_type for each in split_criteria(text)] == ["inclusion", "exclusion"]


@pytest.mark.parametrize(
    "heading",
    [
        "Exlusion criteria:", "EXCULSION CRITERIA:", "Exclusion Critera:", "Exclusion Critiera:", "Exclusion-Criteria:",
        "EXCLUSION_CRITERIA:", "**Exclusion Criteria:**", "**Exclusion Criteria**:", "## Exclusion Criteria:",
        "(2) Exclusion Criteria:", "MAIN EXCLUSION CRITERIA:", "Key Exclusions:",
        "Exclusion Criteria (any of):", "Excluded:", "Not eligible:", "Ineligible patients:", "Ineligibility criteria:",
        "Exclusion factors:", "Reasons for exclusion:", "Exclusion criteria, any of:", "Ausschlusskriterien:",
        "Exclusiecriteria:", "Criterios de exclusión:", "Critères de non-inclusion :", "Criteri di esclusione:",
    ],
)  # fmt: skip
def test_headings_of_exclusion_in_other_words(heading: str) -> None:
    for text in (f"Inclusion Criteria:\n- old\n{heading}\n- ill", f"Inclusion Criteria: - old. {heading} - ill"):
        assert [f"{each.criterion_type} {each.text}" for each in split_criteria(text)] in (
            ["inclusion old", "exclusion ill"],
            ["inclusion old.", "exclusion ill"],
        )
        assert _solid(_joined(text)) == _solid(text)


@pytest.mark.parametrize(
    ("text", "criteria"),
    [
        ("Included: adults. Excluded: children", ["inclusion adults.", "exclusion children"]),
        ("Inclusion Critera\n- a\nExlusion Critera\n- b", ["inclusion a", "exclusion b"]),
        ("**Inclusion:**\n* **Age** 18\n**Exclusion:**\n* b", ["inclusion **Age** 18", "exclusion b"]),
        ("I. Inclusion Criteria: - a II. Exclusion Criteria: - b", ["inclusion a", "exclusion b"]),
        ("Inclusion Criteria: - Hepatitis B. Exclusion Criteria: - b", ["inclusion Hepatitis B.", "exclusion b"]),
        ("Einschlusskriterien:\n- a\nAusschlusskriterien:\n- b", ["inclusion a", "exclusion b"]),
        ("Inclusion Criteria:\nOld\nPatients are excluded if they have:\n- b", ["inclusion Old", "exclusion b"]),
    ],
)
def test_both_sides_in_other_words(text: str, criteria: list[str]) -> None:
    assert [f"{each.criterion_type} {each.text}" for each in split_criteria(text)] == criteria


@pytest.mark.parametrize(
    "criterion",
    [
        "- Excluded: smokers", "- Prior therapy: Excluded", "Enclusion criteria:", "- Meets all inclusion critera",
        "Conclusion criteria:", "Patients are excluded if they smoke.",
    ],
)  # fmt: skip
def test_what_is_no_heading_in_other_words(criterion: str) -> None:
    assert {each.criterion_type for each in split_criteria(f"Inclusion Criteria:\n{criterion}\n- Old")} == {"inclusion"}


@pytest.mark.parametrize("words", ["Excluded:", "Not eligible:", "Patients are excluded if they have:"])
def test_other_words_turn_no_side_that_has_its_usual_heading(words: str) -> None:
    sides = [each.criterion_type for each in split_criteria(f"Inclusion:\n- a\n{words}\n- b\nExclusion:\n- c")]
    assert sides == ["inclusion", "inclusion", "inclusion", "exclusion"]


@pytest.mark.parametrize("heading", ["Withdrawal criteria:", "Elimination Criteria", "Subject drop-out criteria:"])
def test_criteria_of_those_who_leave_later_are_of_neither_side(heading: str) -> None:
    text = f"Inclusion Criteria:\n- a\nExclusion criteria:\n- b\n{heading}\n- c"
    assert [each.criterion_type for each in split_criteria(text)] == ["inclusion", "exclusion", "unplaced"]
    flat = split_criteria("Exclusion Criteria: - a. - Elimination criteria: - b")
    assert [each.criterion_type for each in flat] == ["exclusion", "unplaced"]


@pytest.mark.parametrize(
    "criterion",
    [
        "- Alcohol withdrawal criteria: met",
        "- Meets withdrawal criteria",
        "Banff rejection criteria met",
        "- Old - Alcohol Withdrawal criteria: met",
    ],
)
def test_criteria_that_name_such_criteria_keep_their_side(criterion: str) -> None:
    for text in (f"Exclusion Criteria:\n{criterion}\n- Old", f"Exclusion Criteria: {criterion} - Old"):
        assert {each.criterion_type for each in split_criteria(text)} == {"exclusion"}


def test_a_number_before_a_heading_is_its_own_or_ends_a_sentence() -> None:
    assert _texts("Inclusion Criteria: 1. Adult 2. BMI < 30. Exclusion Criteria: 1. Ill") == [
        "Adult",
        "BMI < 30.",
        "Ill",
    ]
    assert _texts("Inclusion Criteria: - ECOG 0 to 2. Exclusion Criteria: - Ill") == ["ECOG 0 to 2.", "Ill"]
    assert _texts("1. Inclusion Criteria: - Adult 2. Exclusion Criteria: - Ill") == ["Adult", "Ill"]
    assert _texts("Inclusion Criteria: - Adult. 2. Exclusion Criteria: - Ill") == ["Adult.", "Ill"]


def test_headings_stand_between_the_criteria() -> None:
    pieces = cut_criteria("Key Inclusion Criteria: 1. a Exclusion criteria for men: 1. b")
    assert [piece.text for piece in pieces if not isinstance(piece, Criterion)] == [
        "Key Inclusion Criteria:",
        "Exclusion criteria for men:",
    ]


def test_text_without_headings_is_unplaced() -> None:
    (criterion,) = split_criteria("Adults who read.")
    assert (criterion.criterion_type, criterion.marker, criterion.text) == ("unplaced", None, "Adults who read.")
    assert split_criteria("  ") == []


# --- one paragraph ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("1. INR=1.5 on day 2.5 2. Age (see 3.) at visit 4", ["INR=1.5 on day 2.5", "Age (see 3.) at visit 4"]),
        ("1. Toxicity of grade 2. 2. ECOG of 0 or 1. 3. Adult", ["Toxicity of grade 2.", "ECOG of 0 or 1.", "Adult"]),
        ("1. Seen at visit 2. Lives near 2. Adult", ["Seen at visit 2. Lives near", "Adult"]),
        ("1. Adult 2. Seen for 6 months or 3. Ill 4. Old", ["Adult", "Seen for 6 months or", "Ill", "Old"]),
        ("1. Old. 2. Ill. 4. Poor. 5. Tall.", ["Old.", "Ill.", "Poor.", "Tall."]),
        ("1. a 3. b", ["a 3. b"]),
        ("Ill, as 2. says", ["Ill, as 2. says"]),
        ("- Age 18 - 65 years - NYHA ? - ? - c", ["Age 18 - 65 years", "NYHA ? - ?", "c"]),
        ("- Headache (by the list - third edition) - Adult", ["Headache (by the list - third edition)", "Adult"]),
        ("- Adult - Reachable — by letter – at home - Old", ["Adult", "Reachable — by letter – at home", "Old"]),
        (f"{'- Adult ' * 20}- Able to walk - even slowly", [*["Adult"] * 20, "Able to walk - even slowly"]),
        ("- Adult - None of: - heart attack - stroke - Old", ["Adult", "None of:", "heart attack", "stroke", "Old"]),
        ("1. Diary kept - on paper or by app - daily 2. b", ["Diary kept - on paper or by app - daily", "b"]),
        ("1. Organs: - AST < 5 - ALT < 5 2. b", ["Organs:", "AST < 5", "ALT < 5", "b"]),
        ("- ARM A - Old - ARM A - Ill - ARM A - Poor", ["ARM A - Old", "ARM A - Ill", "ARM A - Poor"]),
        ("1. AST < 1.5 * ULN 2. b", ["AST < 1.5 * ULN", "b"]),
        ("1. Women who a) bleed, or b) are ill 2. b", ["Women who a) bleed, or b) are ill", "b"]),
        ("1. Ill if (1) old, or (2) poor 2. b", ["Ill if (1) old, or (2) poor", "b"]),
        ("1. Any of: a. One b. Two 2. b", ["Any of:", "One", "Two", "b"]),
        ("1. Any of: (1) One (2) Two 2. b", ["Any of:", "One", "Two", "b"]),
        ("1. Any of: (1) one; (2) two 2. b", ["Any of: (1) one; (2) two", "b"]),
        ("1. Any of: (1) one; (2) two; (3) three 2. b", ["Any of:", "one;", "two;", "three", "b"]),
        ("1. Any of: i. One; ii. Two; iii. Three 2. b", ["Any of:", "One;", "Two;", "Three", "b"]),
        ("1. Any of: ①One ②Two 2. b", ["Any of:", "One", "Two", "b"]),
        ("1. Virus: ?Flu: in blood; ?Covid 2. Is it so?", ["Virus:", "Flu: in blood;", "Covid", "Is it so?"]),
        ("1. Virus: ?Flu 2. b", ["Virus: ?Flu", "b"]),
        ("5.2.1 Old 5.2.2 Ill, AST of 5.2 ULN 5.3.1 Poor", ["Old", "Ill, AST of 5.2 ULN", "Poor"]),
        ("1. Heart: 1.1. Attack 1.2. Failure 2. b", ["Heart:", "Attack", "Failure", "b"]),
        ("a) One b) Two", ["One", "Two"]),
        ("1. Adult 2 .Ill 3. Poor 4. Old 5. Tall", ["Adult 2 .Ill", "Poor", "Old", "Tall"]),
        ("1. Adult 3. Poor 4. Old", ["Adult 3. Poor 4. Old"]),
        ("1) Old 3) Poor 4) Tall 5) Rich", ["Old", "Poor", "Tall", "Rich"]),
        ("1 Adult. 2 Ill. 3. Poor. 4. Old. 5. Tall.", ["1 Adult. 2 Ill.", "Poor.", "Old.", "Tall."]),
        ("Adult. 3. Poor. 4. Old.", ["Adult. 3. Poor. 4. Old."]),
        ("1. Ill. a. Known virus 2. b", ["Ill.", "Known virus", "b"]),
        ("1. Liver a. ALT < 3 b. AST < 3 2. b", ["Liver", "ALT < 3", "AST < 3", "b"]),
        ("1. Any of a. Old, b. Young or c. Neither 2. b", ["Any of a. Old, b. Young or c. Neither", "b"]),
        ("1. Lacks vitamin a. Takes none 2. b", ["Lacks vitamin a. Takes none", "b"]),
        ("Function as shown i. Heart ii. Liver iii. Lung", ["Function as shown", "Heart", "Liver", "Lung"]),
        ("Read by A. Doe, B. Roe, C. Poe", ["Read by A. Doe, B. Roe, C. Poe"]),
        ("As told A. Doe, B. Roe, C. Poe", ["As told A. Doe, B. Roe, C. Poe"]),
        ("1. Tea once a day 2. Milk per week 3. Water", ["Tea once a day", "Milk per week", "Water"]),
        ("(1)One;(2)Two;(3)Three", ["One;", "Two;", "Three"]),
    ],
)  # fmt: skip
def test_what_is_split_inside_a_line(text: str, texts: list[str]) -> None:
    assert _texts(text) == texts
    assert _texts(f"Inclusion Criteria: {text}") == texts


def test_a_list_inside_another_ends_where_the_outer_one_goes_on() -> None:
    assert _split("1. Any of: 1. a 2. b 3. c 2. Old 3. Ill") == [
        (None, "1.", "Any of:"), (1, "1.", "a"), (1, "2.", "b"), (1, "3.", "c"), (None, "2.", "Old"),
        (None, "3.", "Ill"),
    ]  # fmt: skip
    assert [parent for parent, _, _ in _split("Men: 1. a 2. b Women: 1. c 2. d")] == [None, 1, 1, 1, 1]


def test_a_list_goes_on_in_another_form() -> None:
    assert [parent for parent, _, _ in _split("1. a\n2) b\n(3) c\n(a) x\nb) y\n4. d")] == [None, None, None, 3, 3, None]
    assert [parent for parent, _, _ in _split("1. a\n1) x\n2) y\n2. b")] == [None, 1, 1, None]


def test_nesting_by_marks() -> None:
    text = "Exclusion Criteria:\n1. Any of:\na. x\nb. y\n2. z\n- p\n- q"
    assert [(parent, marker) for parent, marker, _ in _split(text)] == [
        (None, "1."), (1, "a."), (1, "b."), (None, "2."), (4, "-"), (4, "-"),
    ]  # fmt: skip


def test_a_letter_may_be_a_numeral() -> None:
    assert [parent for parent, _, _ in _split("1. Any of:\ni. x\nii. y\n2. z")] == [None, 1, 1, None]
    assert [parent for parent, _, _ in _split("g. x\nh. y\ni. z")] == [None, None, None]


# --- lines ------------------------------------------------------------------------------------------------------


def test_lines_are_criteria_whatever_stands_in_them() -> None:
    text = "Inclusion Criteria:\n- Seen at visit 1.\n- Ill - or old\n- if 1) poor; 2) old; 3) ill\nor 2. so"
    assert _texts(text) == ["Seen at visit 1.", "Ill - or old", "if 1) poor; 2) old; 3) ill", "or 2. so"]


def test_a_line_that_is_a_list_is_split() -> None:
    assert _texts("Inclusion Criteria:\n- 1. Old; 2. Ill; 3. Poor\n- Tall") == ["Old;", "Ill;", "Poor", "Tall"]
    assert _texts("Inclusion Criteria:\n1. Old on day 2. 2. Ill\nTall") == ["Old on day 2. 2. Ill", "Tall"]


def test_nesting_by_indents() -> None:
    text = "* Any of:\n  * a\n    * b\n  * c\n\n  noted\n* Organs\n  1. d\n* e"
    assert [(parent, said) for parent, _, said in _split(text)] == [
        (None, "Any of:"), (1, "a"), (2, "b"), (1, "c"), (1, "noted"), (None, "Organs"), (6, "d"), (None, "e"),
    ]  # fmt: skip


def test_the_first_line_has_its_indent_too() -> None:
    assert [parent for parent, _, _ in _split("Inclusion Criteria:\n\n  * a\n  * b\n    * c")] == [None, None, 2]
    assert [parent for parent, _, _ in _split("Inclusion Criteria: - a\n  - b\n- c")] == [None, 1, None]


def test_a_line_that_ends_in_a_colon_has_parts() -> None:
    assert [parent for parent, _, _ in _split("Men:\n- a\n- b\nWomen:\n- c")] == [None, 1, 1, None, 4]


def test_a_mark_alone_in_its_line_belongs_to_the_next() -> None:
    assert _split("1.\nOld\n2.\nIll") == [(None, "1.", "Old"), (None, "2.", "Ill")]
    assert _split("Old\n-") == [(None, None, "Old\n-")]


# --- confidence -------------------------------------------------------------------------------------------------


def test_confidence_falls_from_lines_to_texts_that_were_not_split() -> None:
    texts = (
        "Inclusion Criteria:\n- Old\n- Ill",
        "Inclusion Criteria: - Old - Ill",
        "Inclusion Criteria: a) Old b) Ill",
        "Inclusion Criteria: - Old men: see Hepatic: - Ill",
        "Inclusion Criteria: " + "light " * 30,
        "Inclusion Criteria: " + "light " * 200,
        "Inclusion Criteria: Old Pregnant women who read Able to walk alone",
    )
    first = [split_criteria(text)[0].confidence for text in texts]
    assert first == sorted(first, reverse=True)
    assert len({*first}) >= 6
    assert first[0] == 1
    assert first[-1] < 0.1


# --- cost -------------------------------------------------------------------------------------------------------

_READ_HUGE_TEXTS = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (90, 90))
from tests.test_criteria import HOSTILE
from normalizers.criteria import cut_criteria
for piece in HOSTILE:
    cut_criteria(piece * (100_000 // len(piece)))
"""
HOSTILE = [
    " ", "1", "a ", "(", "?", "1. ", "- ", "1. a ", "1. a 2. b ", "2. a 1. b ", "x: 1. b 2. c ", ": 1. A", "1. A: ",
    "Exlusion critera ", "crit ", "clusion crit", "**", "## ", "\nWomen ", "\nPatients excluded ", "Excluded:",
    "a: ** ", "- a (", "- 1. a ", "\n- a", "\n  - a", "i. a ii. b iii. c ", "?a ", "x: ?b ?c; ", "1.1 A ", "grade 2. ",
    "Inclusion criteria for a ", "Exclusion Criteria - ", "\nInclusion ", "x: a. B b. C ", "\n1. a 2. b 3. c", "\nA:",
    *map("".join, product(("\n", " "), ("(1) a; (2) b; (3) c: ", "inclusion/exclusion criteria"))),
]  # fmt: skip


def test_no_text_costs_more_than_its_length() -> None:
    """Seconds where all is linear; what is not is killed by the limit on its processor time."""
    done = subprocess.run([sys.executable, "-c", _READ_HUGE_TEXTS], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
