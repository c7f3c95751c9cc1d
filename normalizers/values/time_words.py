"""Words of time frames, and the forms that they stand in; `time_frames.py` reads by them."""

import re

from normalizers.values.durations import DAYS


def _any(*forms: str) -> str:
    """Return a pattern for one of the forms."""
    return f"(?:{'|'.join(forms)})"


NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "eighteen": "18", "twenty": "20", "twenty-four": "24",
    "twenty-eight": "28", "thirty": "30", "thirty-six": "36", "forty-eight": "48", "fifty-two": "52", "sixty": "60",
    "ninety": "90",
}  # fmt: skip
_UNITS = {
    "minute": ("minutes", "minute", "mins", "min"),
    "hour": ("hours", "hour", "hrs", "hr", "h"),
    "day": ("days", "day", "d"),
    "week": ("weeks", "week", "wks", "wk", "w"),
    "month": ("months", "month", "mths", "mos", "mo"),
    "year": ("years", "year", "yrs", "yr", "y"),
}
DAYS_IN = {word: DAYS[unit] for unit, words in _UNITS.items() for word in words}
"""Days in each wording of a unit."""
_UNIT = _any(*DAYS_IN)

# --- one spelling -----------------------------------------------------------------------------------------------

ALIKE = str.maketrans(
    {**dict.fromkeys("‐‑‒–—−", "-"), "，": ",", "；": ";", "（": "(", "）": ")", "。": ".", "：": ":"}
)
WORD = re.compile(r"[a-z]+(?:-(?:two|four|six|eight))?")
GLUED = re.compile(
    rf"(?<=[0-9])(?=-?{_UNIT}\b)-?|(?<=[0-9])(?:st|nd|rd|th)\b|(?<=[a-z])(?=[0-9])"  # 2years, 2-year, 2nd, week2
)
FRAMED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
TOLERANCE = re.compile(rf"[(\[]? ?(?:\+ ?/ ?-|\+-|±) ?[0-9.]+ ?(?:{_UNIT}\b)? ?[)\]]?")
PERHAPS_ONE_NUMBER = re.compile(r"^[^,/]*[0-9][,/][0-9][^,/]*$|[0-9],[0-9]{3}(?![0-9])|\b[1-9][0-9]{0,2}\.[0-9]00\b")
"""`1,5 years`, `1/2 year` and `1,000 days` may be one number or two, `1.000 days` one day or a thousand."""

# --- moments ----------------------------------------------------------------------------------------------------

_MADE = _any(*"drug treatment medication medicine intervention product therapy imp dose vaccine agent".split())
_STUDY = _any("study", "trial")
BASELINE = re.compile(r"(?:the )?base-?line\b")
START = (
    "(?:the )?(?:(?:date|day|time|moment) of (?:the )?)?"
    + _any(
        "base-?line", "enroll?ment", "randomi[sz]ation", "inclusion", "study entry", "registration",
        rf"first {_any(*'dose administration infusion injection day dosing'.split())}"
        rf"(?: of (?:the )?(?:study |investigational )?{_MADE})?",
        rf"{_any(*'start beginning initiation commencement'.split())} of (?:the )?"
        rf"(?:study |investigational |trial )*{_any(_MADE, _STUDY)}",
        rf"{_any(_STUDY, '(?:study )?treatment', 'therapy', 'intervention')} (?:start|initiation|beginning)",
    )
    + "(?: visit| assessment)?"
)  # fmt: skip
"""A moment that is day 0."""
_DONE = (
    "dos(?:e|ing) operati(?:on|ve(?:ly)?) op surg(?:ery|ical) treatment intervention procedure test therapy infusion"
)
_BEFORE = _any(
    rf"(?:immediately )?(?:pre|before)[ -]?(?:the )?{_any(*_DONE.split(), 'injection', 'vaccination')}",
    "screening(?: visit)?",
    "(?:signing of )?(?:the )?informed consent",
    "(?:hospital )?admission",
)
"""A moment that may be some days before day 0."""
_SHARE = _any(
    "treatment", _STUDY, "therapy", "intervention", "follow[ -]?up", "participation", "training", "program(?:me)?"
)
_KINDS = _any(*"study trial entire whole drug intervention active double-blind randomi[sz]ed".split())
_CLOSE = "(?:the )?" + _any(
    rf"(?:end|completion|conclusion|close) of (?:the )?(?:{_KINDS} )*{_SHARE}(?: (?:period|phase|visit))?",
    rf"{_any(_STUDY, 'treatment', 'follow[ -]?up')} (?:completion|end|exit)",
    "post-?(?:intervention|treatment|test|training)",
    "(?:final|last) (?:study )?visit",
)
"""A moment at the end of something: read only where its time stands behind it, as in `end of treatment (Week 40)`."""

# --- what stands between ----------------------------------------------------------------------------------------

_EVERY = (
    rf"(?:and )?(?:once )?(?:every (?:[0-9.]+ )?{_UNIT}|daily|(?:bi-?)?weekly|monthly|quarterly|annually|yearly)\b"
    r"(?: (?:for|during|over)(?: up to)?)?"
)
"""How often: says nothing of the end, which must stand beside."""
_UPTO = r"(?:for )?(?:up[ -]?to|until|till|no later than)(?: a?(?: total| maximum| max)(?: of)?)?"
_ABOUT = _any(*r"approximately approximate approx\.? appx\.? about around roughly circa ~".split())
_NO_NAME = "(?! ?[0-9]+ ?(?:[,;:)]|and))"  # `Visit 4, 12 weeks`
_IDLE = _any(
    r"(?:an? )?(?:estimated |expected )?(?:average|mean|median)(?: of)?", _ABOUT, "on average",
    *"estimated expected anticipated".split(),
    r"(?:will be )?" + _any(*"assessed evaluated measured recorded collected performed monitored followed".split()),
    r"assessments?", r"evaluations?", r"changes? from", r"changes?",
    *"between from within for over during after in the both first full entire whole by respectively".split(),
    r"maximum(?: of)?", r"max\.?(?: of)?", rf"(?:follow[ -]?up )?visits?{_NO_NAME}", rf"time ?points?{_NO_NAME}",
    r"time ?frame",
    r"(?:by )?(?:the )?end of(?: the)?", r"an?(?= [0-9])", r"a (?:total|period) of", r"each of",
)  # fmt: skip
"""Words that change neither the first nor the last day."""
_NOUN = (
    r"(?:of )?(?:the )?(?:study |trial |treatment |intervention |total )?"
    + _any(_STUDY, "follow[ -]?up", *"treatment therapy period phase duration intervention long training".split())
    + rf"(?: period| phase| visits?| time)?(?: of)?{_NO_NAME}"
)  # fmt: skip
"""What one span is of; of two spans it would say that they follow each other."""

# --- what the days are counted from -----------------------------------------------------------------------------

AFTER = re.compile(r"(?:[ -]|(?<=[a-z)]))(?:(?:after|following|since|from|into|relative to)\b[ -]?|post[ -]?)(?=[a-z])")
OPERATED = re.compile(r"post-?op(?:erative)?(?:ly)?(?= )")
"""Stands before the time, and names what the days are counted from: `Postoperative day 1`."""
_CLOSED = (
    r"last final end ends ended completion completing completed complete discontinu\w+ stop\w* cessation discharge "
    r"withdrawal removal progression relapse response treatments? \w*therapy interventions? training study trial "
    r"program\w*"
)
CLOSED_AFTER = re.compile(rf"\b{_any(*_CLOSED.split())}\b")
"""What comes at the end of something: a span up to some time after it has no certain length."""
OPENED_AFTER = re.compile(r"\b(?:first|start|starting|started|begin\w*|initiati\w+|commenc\w+)\b")
_JOINED = "until till every each then thereafter whichever per or and any all both up to through before prior cycles?"
NO_ORIGIN = re.compile(rf"\b{_any(*_JOINED.split(), *'if while with life age [0-9]+'.split(), _UNIT)}\b|[;:(=<>+]")
"""Words that make more of it than the name of one moment."""

# --- an end behind other words ----------------------------------------------------------------------------------

SAID_END = re.compile(
    r"(?:\b(?:up ?to|(?:an? )?(?:estimated |expected )?(?:average|median|mean|maximum|max)(?: time ?frame)?(?: of)?"
    r"|expected follow-up period|maximum follow-up|follow-up of|a total of)"
    rf"|(?P<vague>[,(\[] ?|\b(?:{_ABOUT}|estimated(?: to be)?|expected(?: to be)?|estimated as|average)))"
    rf"(?: (?:an? )?(?:{_ABOUT}|total of|maximum(?: of)?|max(?: of)?|average of|period of|up to))*[ ~]*$"
)
"""What stands in front of the end; where it is `vague`, only SPAN_WORDS make an end of it."""
_SPANS = (
    "from through throughout until up\\ to to during duration whole entire over for on study treatment time\\ between"
)
SPAN_WORDS = re.compile(
    r"(?:time |measured |assessed |recorded |evaluated |followed )?"
    + _any(
        *re.split(r"(?<!\\) ", _SPANS), "at (?:the )?(?:end|completion) of", "end of (?:study|treatment|trial)",
        "base-?line (?:to|through|up to)",
    )
    + r"\b"
)  # fmt: skip
FROM_START = re.compile(rf"(?:time |measured |assessed |recorded |evaluated )?from (?:the )?{START}\b|base-?line\b")
NOT_THE_END = re.compile(r"\b(?:each|per|cycles?|length|every|prior|before|last|intervals?|windows?)\b|[=<>]")
NO_END = re.compile(r"\b(?:length|prior to)\b|=")
FIRST_NUMBER = re.compile(rf"(?:\b{_UNIT} ?)?[.0-9]*[0-9]")

# --- tokens -----------------------------------------------------------------------------------------------------

TOKEN = re.compile(
    rf" *(?:(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|(?P<every>{_EVERY})|(?P<start>{START}\b)|(?P<before>{_BEFORE}\b)"
    rf"|(?P<close>{_CLOSE}\b)|(?P<upto>{_UPTO}\b)|(?P<to>-|to\b|through\b|thru\b)|(?P<unit>{_UNIT}\b)"
    rf"|(?P<comma>,|;|and\b|&|/)|(?P<open>[(\[])|(?P<shut>[)\]])|(?P<at>(?:at|on)\b)|(?P<idle>{_IDLE}(?![a-z]))"
    rf"|(?P<noun>{_NOUN}(?![a-z])))[.:]?"
)
SIGNS = {
    "start": "Z", "before": "B", "close": "C", "upto": "U", "to": "-", "number": "n", "unit": "u", "comma": ",",
    "open": "(", "shut": ")", "noun": "x", "every": "e", "idle": "", "at": "@",
}  # fmt: skip
"""The kind of a token as one letter, so that an order of kinds is matched as a word; T is a time: number and unit."""
TIME = re.compile(r"un(?:(?:,+|-)n(?!u))*|n(?:(?:,+|-)n)*u|.")
WHOLE = re.compile(
    r"(?:e,?)?x?(?P<lead>[ZB]*(?:Z|[ZB](?:,+|-|(?=U))))?(?:e,?)?(?P<upto>U)?"
    r"(?P<times>T(?:(?:,|-|U)?T)*)x?(?:,e?|,?Z)?"
)
"""How often or of what, moments, `up to`, times; and how often, or the start again."""
