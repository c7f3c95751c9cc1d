"""Equals signs that stand where `≥` or `≤` stood: a number, or what can be compared, follows, and nothing defines it.

What is left alone: two signs of comparison (`>=`, `> or =`), statistics and arithmetic (`n=20`, `AUC = 5`), keys of
scales (`0 = no pain`, `worst = 10`), moments and lengths (`t = 60`, `cycle = 28 days`), formulas and ratios.
"""

import re
from collections.abc import Iterator

_BEFORE = 40  # characters before the sign that are looked at; some 75 behind it
_NUMBER = r"[+\-]?(?:[0-9]|\.[0-9])"
_WORD = (
    r"(?:(?:CTCAE |NCI |NYHA |modified )?(?:grade|class|stage|degree|level)\s?(?:[0-9]|[IV]{1,3}\b)"
    r"|(?:ULN|LLN|Child|NYHA|New York Heart|ECOG|KPS|ASA|BCLC|CTCAE|PI-?RADS|BI-?RADS|Gleason"
    r"|once|twice|one|two|three|four|five|six|seven|eight|ten|twelve|half)\b"
    r"|(?:the )?(?:institution(?:al|'s)? |laborator(?:y|ies) |local )?(?:upper|lower) (?:limits?|range|normal)\b"
    r"|(?-i:[IV]{2,3}|c?T[1-4][a-c]?|N[1-3]|M1|G[1-4]|F[1-4]|VGPR)\b|\+{2,}|[$€£][0-9]|\?)"
)
_COMPARED = re.compile(rf"=[ \u00a0]?(?:{_NUMBER}|{_WORD})", re.IGNORECASE)
_UP_TO_LIMIT = re.compile(
    r"=\s?[A-Za-z](?:(?! - )[^0-9=;,\n<>?()]|\([^()\n=<>]{0,40}\)|(?<=[A-Za-z\-])[0-9]){1,70}[=<]\s?[0-9]"
)
_LIMIT = re.compile(r"(?:[0-9]|[0-9] ?(?:%|[A-Za-zµ°/²³^]{1,9}))\s?\Z")
"""Both ends of an interval around a name: `6=score=10`, `60 mmHg = pressure < 90`. A key (`1=mild 2=severe`) has a
number before the second sign."""
_IN_WORDS = re.compile(r"(?:(?:greater|higher|more|less|lesser|lower|fewer) than|above|below) or equal(?: to)? \(\Z")
_COMPARISON_BEFORE = re.compile(
    r"(?:[<>=!~≈≠±+]\s?/?\s?|[<>]\s?(?:or|and|to)(?: equal to)?\s?|[?&]\w{1,20})\Z", re.IGNORECASE
)
_DEFINED_BEFORE = re.compile(
    r"(?<![A-Za-z])(?:(?=[A-Za-z])(?:"
    r"(?P<statistic>(?<!-)(?:(?-i:[nNkpPrRdftT]|[rR][2²]|CI|SD|SE|SEM|ICC|AUC)|alpha|beta|kappa|power"
    r"|effect size|coefficient|df"
    r"|sample size|(?:p|kappa)[ \-]values?|significance(?: level)?|(?:at|to|from) time"
    r"|(?:hazard|odds|risk|rate) ratio|relative risk|(?:planned|target|total) enrollment"
    r"|number of (?:subjects|participants|patients|arms|groups|sites|cent(?:er|re)s)"
    r"|wavelength|pulse width|flip angle|study duration|total (?:treatment|study) period"
    r"|DLT (?:observation )?(?:period|window)))"
    r"|(?P<risk>(?<!-)(?-i:OR|HR|RR))"
    r"|(?P<ratio>ratio|randomi[sz](?:ed|ation)|allocation)"
    r"|(?P<length>cycles?(?: length| duration)?|(?:one|each) (?:unit|pack|drink|month|year|week|course|session))"
    r"|(?P<moment>(?-i:T[0-9]))"
    r"|(?P<name>(?:dose|dose level|group|arm|cohort|visit|time ?point) (?-i:[+\-]?[0-9A-Z]{1,2}))"
    r"|(?P<key>(?<![\-/])(?<![0-9] )(?:no(?:ne|rmal)?|never|not at all|absent|always|yes|mild|moderate|severe"
    r"|min(?:imum)?|max(?:imum)?|lowest|highest|poor|fair|good|excellent|scores? range"
    r"|(?:max(?:imum)?|min(?:imum)?|highest|lowest) (?:possible )?(?:value|points?)"
    r"|(?:max(?:imum)?|min(?:imum)?|possible|possible total|total possible) (?:possible )?(?:scores?|range)"
    r"|no [a-z]{1,12}(?: at all)?|(?:worst|best|least|most|highest|lowest)(?: [a-z]{1,12}){1,3}))"
    r"|(?P<anchor>(?:worst|best|most|least|no|max(?:imum|imal)?|highest|lowest)(?: [a-z]{1,12}){0,2}"
    r" (?:pain|imaginable|possible|conceivable|ever|state|health|symptoms?)))"
    r"|(?=[0-9(])(?:(?P<greek>\((?:a|ß|1 ?- ?ß|amplitude|power)\)?|[0-9]\) time)"
    r"|(?P<one>(?<![0-9])1 (?:unit|pack|drink|glass|cup|m[lL]|kg|month|year|week|day|cycle|course|session))"
    r"|(?P<number>(?<![0-9.\-])[0-9]{1,3})"
    r"|(?P<sum>[0-9]\s?[×x*/+\-]\s?[0-9.]{1,9})))\s?\Z",
    re.IGNORECASE,
)
_UNIT = r"(?:[cmkµ]?m|[mkµn]?g|[mµd]?l|%|[×x*] ?(?:the|ULN|10)|years?|months?|weeks?|days?|hours?|h|min|U|IU)"
_AFTER = {
    "risk": rf"(?:0|[0-9]{{1,2}}\.[0-9]+(?![0-9]|\s?{_UNIT}\b))",
    "number": r"[0-9]{1,2}(?![0-9.%])",
    "ratio": r"[0-9]+ ?: ?[0-9]",
    "length": r"[0-9]{1,3}(?: ?[±+(/\-]{1,3} ?[0-9]{1,2}\)?)?[ \-]?(?:hours?|days?|weeks?|months?|[a-z]{1,9}\b)",
    "moment": r"[0-9.]{1,5}[ \-]?(?:min|h|minutes?|hours?|days?|weeks?|months?|years?)\b",
    "key": rf"[0-9]+(?:\.[0-9]+)?(?![0-9.]|\s?{_UNIT}(?![A-Za-z]))",
}
"""What must follow for some of them: `HR = 0.7` is a hazard ratio, `HR =100` a heart rate."""
_FOLLOWS = {name: re.compile(rf"=\s?{after}", re.IGNORECASE) for name, after in _AFTER.items()}
_DEFINED_AFTER = re.compile(
    r"=\s?(?:[0-9]+(?:\.[0-9]+ \+ \(?|(?:\.[0-9]+)? \+ \()[0-9]|0(?![.0-9,])|0?\.05\b(?!\s?(?:m[A-Z/]|mm|[µ%×x])))"
)
"""A formula; zero, which nothing is compared with; the usual level of significance."""


def lost_comparisons(text: str) -> Iterator[int]:
    """Yield the place of each sign, in order; one that may be either is left out.

    >>> list(lost_comparisons("Age =18, n =20, 90 = pressure < 140 mmHg; 0 = no pain, 1 = mild"))
    [4, 19]
    """
    at = text.find("=")
    while at >= 0:
        before = text[max(0, at - _BEFORE) : at]
        if _COMPARED.match(text, at):
            is_lost = not _is_defined(text, at, before)
        elif text.startswith("=)", at):
            is_lost = _IN_WORDS.search(before) is not None
        else:
            is_lost = _UP_TO_LIMIT.match(text, at) is not None and _LIMIT.search(before) is not None
        if is_lost:
            yield at
        at = text.find("=", at + 1)


def _is_defined(text: str, at: int, before: str) -> bool:
    if _COMPARISON_BEFORE.search(before) or _DEFINED_AFTER.match(text, at):
        return True
    known = _DEFINED_BEFORE.search(before)
    follows = _FOLLOWS.get(str(known.lastgroup)) if known else None
    return known is not None and (follows is None or follows.match(text, at) is not None)
