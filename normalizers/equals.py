"""Equals signs that stand where `≥` or `≤` stood: a number, or what can be compared, follows, and nothing defines it.

What is left alone: two signs of comparison (`>=`, `> or =`), statistics and arithmetic (`n=20`, `AUC = 5`), keys of
scales (`0 = no pain`, `worst = 10`), moments and lengths (`t = 60`, `cycle = 28 days`), formulas and ratios.
"""

import re
from collections.abc import Iterator

_BEFORE = 40  # characters before the sign that are looked at; 60 behind it
_NUMBER = r"[+\-]?(?:[0-9]|\.[0-9])"
_WORD = (
    r"(?:(?:CTCAE |NCI |NYHA |modified )?(?:grade|class|stage|degree|level)\s?(?:[0-9]|[IV]{1,3}\b)"
    r"|(?:ULN|LLN|Child|NYHA|ECOG|KPS|ASA|BCLC|CTCAE|PI-?RADS|BI-?RADS|Gleason|once|twice|one|two|three|four|five|six|seven|eight|ten|twelve|half)\b"
    r"|(?:the )?(?:institution(?:al|'s)? |laborator(?:y|ies) |local )?(?:upper|lower) (?:limits?|range|normal)\b"
    r"|(?-i:[IV]{2,3}|c?T[1-4][a-c]?|N[1-3]|M1|G[1-4]|F[1-4]|VGPR)\b|\+{2,}|[$€£][0-9])"
)
_EQUALS = re.compile(rf"=(?=[ \u00a0]?(?:{_NUMBER}|{_WORD}))", re.IGNORECASE)
_RANGE = re.compile(
    r"(?:[0-9]|[0-9] ?(?:%|[A-Za-zµ°/²³^]{1,9}))\s?"
    r"(=)\s?[A-Za-z](?:[^0-9=;,\n<>?]|(?<=[A-Za-z\-])[0-9]){1,70}[=<]\s?[0-9]"
)
"""Both ends of an interval around a name: `6=score=10`, `60 mmHg = pressure < 90`. A key (`1=mild 2=severe`) has a number
before the second sign."""
_IN_WORDS = re.compile(r"(?:(?:greater|higher|more|less|lower|fewer) than|above|below) or equal(?: to)? \((=)\)")
_COMPARISON_BEFORE = re.compile(r"(?:[<>=!~≈≠±+]\s?/?\s?|[<>]\s?(?:or|and|to)(?: equal to)?\s?)\Z", re.IGNORECASE)
_DEFINED_BEFORE = re.compile(
    r"(?:(?P<statistic>(?<![A-Za-z\-])(?:(?-i:[nNkpPrRdftT]|CI|SD|SE|SEM|ICC|AUC)|alpha|beta|kappa|power|effect size"
    r"|coefficient|df|sample size|(?:p|kappa)[ \-]values?|significance(?: level)?|\bat time|\bto time|\bfrom time))"
    r"|(?P<risk>(?<![A-Za-z\-])(?-i:OR|HR|RR))"
    r"|(?P<greek>\((?:a|ß|1 ?- ?ß|amplitude|power)\)?|[0-9]\) time)"
    r"|(?P<ratio>ratio|randomi[sz](?:ed|ation)|allocation)"
    r"|(?P<length>\bcycles?(?: length| duration)?|\b(?:1|one|each) (?:unit|pack|drink|month|year|week|course|session))"
    r"|(?P<name>\b(?:dose|dose level|group|arm|cohort|visit|time ?point) (?-i:[+\-]?[0-9A-Z]{1,2}))"
    r"|(?P<key>(?<![A-Za-z\-/])(?<![0-9] )(?:no(?:ne|rmal)?|never|not at all|absent|always|yes|mild|moderate|severe"
    r"|min(?:imum)?|max(?:imum)?|lowest|highest|poor|fair|good|excellent|scores? range|no [a-z]{1,12}(?: at all)?"
    r"|(?:worst|best|least|most|highest|lowest)(?: [a-z]{1,12}){1,3}))"
    r"|(?P<sum>[0-9]\s?[×x*/+\-]\s?[0-9.]{1,9}))\s?\Z",
    re.IGNORECASE,
)
_UNIT = r"(?:[cmkµ]?m|[mkµn]?g|[mµd]?l|%|[×x*] ?(?:the|ULN|10)|years?|months?|weeks?|days?|hours?|h|min|U|IU)"
_AFTER = {
    "risk": rf"(?:0|[0-9]{{1,2}}\.[0-9]+(?![0-9]|\s?{_UNIT}\b))",
    "ratio": r"[0-9]+ ?: ?[0-9]",
    "length": r"[0-9]{1,3}(?: ?[±+(/\-]{1,3} ?[0-9]{1,2}\)?)?[ \-]?(?:hours?|days?|weeks?|months?|[a-z]{1,9}\b)",
    "key": rf"[0-9]+(?:\.[0-9]+)?(?![0-9.]|\s?{_UNIT}(?![A-Za-z]))",
}
_FOLLOWS = {name: re.compile(rf"=\s?{after}", re.IGNORECASE) for name, after in _AFTER.items()}
_DEFINED_AFTER = re.compile(r"=\s?(?:[0-9]+(?:\.[0-9]+)?\s?(?:\+\s?\(?[0-9]|\([A-Za-z])|0(?![.0-9,])|0?\.05\b)")
"""A formula; zero, which nothing is compared with; the usual level of significance."""


def lost_comparisons(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each sign, in order; one that may be either is left out.

    >>> [start for start, _ in lost_comparisons("Age =18, n =20, 90 = pressure < 140 mmHg; 0 = no pain, 1 = mild")]
    [4, 19]
    """
    between = {match.start(1) for pattern in (_RANGE, _IN_WORDS) for match in pattern.finditer(text)}
    found = {match.start() for match in _EQUALS.finditer(text) if not _is_defined(text, match.start())}
    return ((start, start + 1) for start in sorted(found | between))


def _is_defined(text: str, at: int) -> bool:
    before = text[max(0, at - _BEFORE) : at]
    if _COMPARISON_BEFORE.search(before) or _DEFINED_AFTER.match(text, at):
        return True
    known = _DEFINED_BEFORE.search(before)
    follows = _FOLLOWS.get(str(known.lastgroup)) if known else None
    return known is not None and (follows is None or follows.match(text, at) is not None)
