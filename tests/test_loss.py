"""Signs that were lost are marked; genuine ones are not. A `|` stands before each sign that must be marked."""

import re

import pytest

from normalizers.loss import Loss, lossy_marks

_LOST = (
    "Age |=18 years, BMI |= 30.5 kg/m2, SpO2 |=93%",
    "platelet count |= the lower limit of normal, ALT |= 2.5 × ULN",
    "QT: 450 |= QTc |= 500 ms; 60 mmHg|=diastolic blood pressure <90",
    "Urine protein |=++, heart failure |=II, Grade |= grade 2, tumor |=T2b",
    "total score greater than or equal to (|=) 22",
    "E/A ratio |= 0.8, tumor |=T2, T2 |= 5 cm, total points |= 10, treatment period |= 4 weeks, number of falls |= 2",
    "lymph nodes (none |=15 mm); a dose of |=10 mg; HR |=100 bpm; WHO status |=2 (see Appendix A)",
    "Gestational age |= 24 + 0 and |= 29 + 6 weeks, NYHA class |= |? or more",
    "NYHA |?-|?, Child-Pugh is|?or|?. ALT, |?-GT, interferon-|?(pg/ml) and IFN- |?.",
    "|? Diameter above 10 mm |? Villous adenoma |? Mixed adenoma",
    "visits at d1|?d3|?d5|? end of one month|? end of three months, 5 |? score |? 21",
    "Criteria: Relapsed, or did not respond to (WHO) drugs|? 3. Adults in whom surgery is planned|? 4. Age |= 18",
    "Criteria: seen at age (18 to 40), and did not relapse|? Note: it is able to have effects|? Old",
    "+|? Ki-67 index (responders)",
    "Th|? Lan Hospital",
    'Medical Center "LUMEN"|??D, Kyiv',
    "body temperature above 37.2|?; 38 |? after treatment",
    "neutrophils above 1.5×10|?/L, or 2 x 10|? cells",
    "WBC <4×|109/L and 5x|106 CD34+ cells/kg, at least |108 CFU, 100 |10 9/L",
)
_GENUINE = (
    "Hb >= 9, =< 5, </= 3, > or = 2, >/=10, != 4, <= 7",
    "n=20, N = 35, p=0.05, AUC=0.8, r = .9, HR = 0.72, alpha = 0.05, (a = 0.05), power = 80%, (Ratio = 2:1)",
    "0 = no pain, 10=worst pain; 1=mild 2=severe; like so: 0=1,1=3",
    "0 = no pain, 10 = worst pain) - Pulse <93; 10 = worst - Pulse < 93",
    "no pain = 0 mm and maximum pain imaginable = 100 mm; never = 1, always = 5; mild = 1",
    "each cycle = 28 days, Cycle length=21 days; from t=60 to t=90; at time = 150 min",
    "VO2max = 4.19 + (0.025 × distance); CR = disappearance of all lesions",
    "T1 = 6 weeks, T2 = 12 weeks; hazard ratio = 0.75, odds ratio = 2, r2 = 0.7; number of patients = 40",
    "maximum score = 30, lowest possible value = 0, possible range = 7-49; 1 cup = 240 mL, pulse width = 100 us",
    "study duration = 24 months, DLT window = 28 days, total treatment period = 4 weeks",
    "Is the device safe? Does it work? How would you rate your health during the week?",
    'Were you able to (1) talk? (2) walk? Did it last? "How often was it good?" answered yes',
    "see https://example.org/trial?id=7 or www.example.org/?q=a",
    "Could it be left out ?",
    "Doe J, Roe A. The knee of adults: a joint of the brain? J Light. 2019 May 3;12(3):45-67. PMID: 1234567",
    "Doe J. Lamps as markers of the disease? Light (Basel) 2021; 9: 2199.",
    "Early or late surgery? The aim is to compare both.",
    "Feeling sad? Anxious? Join our study.",
    "In patients with gout, does colchicine help? - Secondary: will it last?",
    "We want to find out if yoga helps? Yes.",
    "Each adult says (a) did it hurt? (b) did it help?",
    "The item Are you satisfied with it? is scored",
    "If you could go back, would you choose it? Else not.",
    "It hurts, and do you sleep? Good.",
    "Use the test at home, and by whom? Nobody knows.",
    '"Some enlargement of the lamp (any)"? Data are presented',
    "week 104 to 108, 106 patients, 10 mL, 1.109 L, Phe104Leu",
)


@pytest.mark.parametrize("text", _LOST)
def test_lost_signs_are_marked(text: str) -> None:
    starts = [match.start() - number for number, match in enumerate(re.finditer(r"\|", text))]
    assert [mark.start for mark in lossy_marks(text.replace("|", ""))] == starts


@pytest.mark.parametrize("text", _GENUINE)
def test_genuine_signs_are_not_marked(text: str) -> None:
    assert lossy_marks(text) == []


def test_a_sign_that_may_be_either_is_lost_where_others_are() -> None:
    assert lossy_marks("Up to 7 days following surgery?") == []
    assert [mark.end for mark in lossy_marks("At d1?d3, up to 7 days following surgery?")] == [6, 41]


@pytest.mark.parametrize(
    ("text", "kind", "damaged"),
    [
        ("Age =18", Loss.COMPARISON, "="),
        ("????, 3", Loss.GLYPH, "????"),
        ("4×10?/L", Loss.EXPONENT, "?"),
        ("4×109/L", Loss.EXPONENT, "109/L"),
        ("4×109.", Loss.EXPONENT, "109"),
        ("cafÃ©", Loss.ENCODING, "Ã©"),
        ("a\x1bb", Loss.CONTROL, "\x1b"),
        ("a\ufffd\ufffdb", Loss.BYTES, "\ufffd\ufffd"),
        ("a\u202eb", Loss.DIRECTION, "\u202e"),
    ],
)
def test_each_kind_of_loss(text: str, kind: Loss, damaged: str) -> None:
    (mark,) = lossy_marks(text)
    assert (mark.kind, text[mark.start : mark.end]) == (kind, damaged)
