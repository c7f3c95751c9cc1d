"""Time frames of outcomes: first and last day, by full forms only; `time_words.py` has the words.

A text is cut into numbers, units, moments and joining words; one word that is none of them, and it is not read. Only
two places may hold other words, and no numbers: in front of an end that is said to be one (`From surgery until death,
up to 2 years`), and behind `after`, which names what the days are counted from.

`Week 12` is day 84 and `Day 1` is day 1, as printed; a month and a year have their mean length. A tolerance (`± 3
days`) and words such as `approximately` change nothing. Not certain, and so not read: `or`, `at least`, cycles,
calendar years, and what goes up to some days after the end of something (`up to 30 days after the last dose`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise, takewhile
from math import isclose

from normalizers.values.time_words import (
    AFTER,
    ALIKE,
    BASELINE,
    CLOSED_AFTER,
    DAYS_IN,
    FIRST_NUMBER,
    FRAMED,
    FROM_START,
    GLUED,
    NO_END,
    NO_ORIGIN,
    NOT_THE_END,
    NUMBERS,
    OPENED_AFTER,
    OPERATED,
    PERHAPS_ONE_NUMBER,
    SAID_END,
    SIGNS,
    SPAN_WORDS,
    START,
    TIME,
    TOKEN,
    TOLERANCE,
    WHOLE,
    WORD,
)

_LONGEST = 300  # characters; no longer one of the real records is of one of the forms
_LATEST = 60_000.0  # days, 164 years: a number beyond is a calendar year or a slip
_SAME = 0.05  # of a time: 6 months and 26 weeks are as good as the same


@dataclass(frozen=True, slots=True)
class TimeFrame:
    """First and last day, counted from day 0, and what that is where the text names another moment than the start."""

    days_from: float | None
    days_to: float
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    sign: str
    days: tuple[float, ...] = ()
    unit: float = 0.0
    is_baseline: bool = False  # of the moments at day 0 the only one that is a time frame by itself
    is_named: bool = False  # `Week 4`, not `4 weeks`
    is_span: bool = False  # `4 to 8 weeks`, not `4 and 8 weeks`
    is_moment: bool = False  # `at` stands before it


@lru_cache(maxsize=2**12)  # outcomes of a trial share their time frames
def read_time_frame(text: str) -> TimeFrame | None:
    """Return the days of a time frame, or None where its last day is not certain.

    >>> read_time_frame("48 weeks"), read_time_frame("Day 1, 8 and 15")
    (TimeFrame(days_from=None, days_to=336.0, origin=None), TimeFrame(days_from=1.0, days_to=15.0, origin=None))
    >>> read_time_frame("30 days after surgery")
    TimeFrame(days_from=None, days_to=30.0, origin='after surgery')
    >>> read_time_frame("until disease progression")
    """
    if len(text) > _LONGEST:
        return None
    words = _plain(text)
    if PERHAPS_ONE_NUMBER.search(words):
        return None
    head, origin = _apart(words)
    found = _of_parts(_parts(head), origin) or _said(head, origin)
    return found if found and found.days_to <= _LATEST else None


def _plain(text: str) -> str:
    """Return the text in one spelling: lower case, numbers as digits, one kind of dash, no tolerance, no frame."""
    text = text.casefold().translate(ALIKE)
    if not NUMBERS.keys().isdisjoint(WORD.findall(text)):
        text = WORD.sub(lambda found: NUMBERS.get(found[0], found[0]), text)
    if "+" in text or "±" in text:
        text = TOLERANCE.sub(" ", text)
    text = " ".join(GLUED.sub(" ", text).split()).lstrip(" \"'").rstrip(" .,;:\"'")
    return text[1:-1].strip() if FRAMED.fullmatch(text) else text


def _apart(words: str) -> tuple[str, str | None]:
    """Return what stands before `after`, and what the days are counted from, None for the start."""
    if operated := OPERATED.match(words):
        return words[operated.end() :].lstrip(), operated[0]
    last = max(map(words.rfind, "0123456789"))
    found = AFTER.search(words, last) if last >= 0 else None
    if found is None:
        return words, None
    tail = words[found.end() :]
    if re.fullmatch(START, tail):
        return words[: found.start()], None
    return (words, None) if NO_ORIGIN.search(tail) else (words[: found.start()], words[found.start() :].strip(" -)]?"))


def _parts(head: str) -> list[_Part]:
    """Cut a text into parts; none where one word is not known."""
    signs, values, place = "", [], 0
    while place < len(head):
        token = TOKEN.match(head, place)
        if token is None or token.end() == place:
            return []
        place = token.end()
        if sign := SIGNS[token.lastgroup or ""]:
            signs += sign
            values.append(token[token.lastgroup or ""])
    if signs.startswith("-") and values[0] != "-":  # `through week 24`, but not `-2 weeks`
        signs = f"U{signs[1:]}"
    return [_part(found[0], values[found.start() : found.end()]) for found in TIME.finditer(signs)]


def _part(signs: str, values: Sequence[str]) -> _Part:
    if len(signs) == 1:
        return _Part(signs, is_baseline=BASELINE.match(values[0]) is not None)
    unit = DAYS_IN[values[signs.index("u")]]
    days = tuple(float(value) * unit for value, sign in zip(values, signs, strict=True) if sign == "n")
    if list(days) != sorted(set(days)):
        return _Part("?")
    return _Part("T", days, unit, is_named=signs.startswith("u"), is_span="-" in signs)


# --- what the parts say -----------------------------------------------------------------------------------------


def _of_parts(parts: Sequence[_Part], origin: str | None) -> TimeFrame | None:
    """Return the days where the parts are a list or a range of times, with moments in front."""
    parts = _joined(parts)
    signs = "".join(part.sign for part in parts)
    found = WHOLE.fullmatch(signs)
    if found is None:
        return TimeFrame(0.0, 0.0) if signs == "Z" and parts[0].is_baseline and origin is None else None
    times = [part for part in parts if part.sign == "T"]
    if ("x" in found[0] and len(times) > 1) or not _follow(found["times"], times, bool(found["upto"])):
        return None
    is_sum = found["times"] == "TT" or (found["upto"] and len(times) > 1)
    if found["lead"] and found["lead"][-1] in "ZB" and not (found["upto"] or times[0].is_named or times[0].is_moment):
        return None
    last = sum(part.days[-1] for part in times) if is_sum else times[-1].days[-1]
    is_range = not {"U", "-"}.isdisjoint(found[0])
    if origin and is_range and CLOSED_AFTER.search(origin) and not OPENED_AFTER.search(origin):
        return None
    return TimeFrame(
        _first(found["lead"], times, is_range, is_sum or bool(found["upto"]), origin), _rounded(last), origin
    )


def _joined(parts: Sequence[_Part]) -> list[_Part]:
    """Return the parts without brackets that say the same again, without how often, and with times said to be ends."""
    joined: list[_Part] = []
    rest = iter(parts)
    for part in rest:
        if part.sign == "(":
            inner = list(takewhile(lambda each: each.sign != ")", rest))
            if not _adds_nothing(joined, inner):
                return [_Part("?")]
        elif joined and joined[-1].sign == "@":
            joined[-1] = replace(part, is_moment=True)
        elif part.sign == "," and (not joined or joined[-1].sign in ",e"):
            continue
        elif part.sign == "e" and joined and joined[-1].sign == ",":
            joined[-1] = part
        else:
            joined.append(part)
        if joined and joined[-1].sign == "T" and len(joined) > 1 and joined[-2].sign == "C":
            del joined[-2]
    return joined


def _adds_nothing(before: list[_Part], inner: Sequence[_Part]) -> bool:
    """Whether a bracket names what stands before it again; it is the time of an end that has none."""
    said = [part for part in inner if part.sign not in "@xU"]
    if all(part.sign in "ZB" for part in said):
        return bool(before)
    if len(said) != 1 or said[0].sign != "T" or not before:
        return False
    last = max(said[0].days)
    if before[-1].sign == "C":
        before.append(said[0])
        return True
    if before[-1].sign == "T":
        return isclose(max(before[-1].days), last, rel_tol=_SAME)
    return before[-1].sign in "ZB" and last <= 1


def _follow(shape: str, times: Sequence[_Part], is_upto: bool) -> bool:
    """Whether the times can stand in this order: ranges go up, and only `up to 2 years and 6 months` is a sum."""
    for sign, (one, other) in zip(shape.split("T")[1:-1], pairwise(times), strict=True):
        is_smaller = not one.is_named and not other.is_named and one.unit > other.unit and max(other.days) < one.unit
        if not sign or is_upto:
            if not (is_smaller and len(times) == 2 and len(one.days) == len(other.days) == 1):
                return False
        elif is_smaller or max(one.days) > min(other.days):
            return False
    return True


def _first(lead: str, times: Sequence[_Part], is_range: bool, is_length: bool, origin: str | None) -> float | None:
    """Return the first day, where the text names it."""
    if lead:
        return 0.0 if lead[0] == "Z" and origin is None else None
    if is_length:
        return None
    one = times[0]
    days = one.days[0]
    if origin and one.is_named and not times[-1].is_named:  # `Day 1 to 30 days after surgery`
        return None
    if len(times) == 1 and len(one.days) == 1:
        return _rounded(days) if one.is_moment or not days or (one.is_named and one.unit == 1) else None
    return None if (is_range or one.is_span) and one.is_named and one.unit > 1 and days else _rounded(days)


def _said(head: str, origin: str | None) -> TimeFrame | None:
    """Return the end that stands last behind words without numbers, where they say that it is one."""
    number = FIRST_NUMBER.search(head)
    if number is None:
        return None
    words, rest = head[: number.start()], head[number.start() :].rstrip(")] ")
    cue = SAID_END.search(words)
    if cue is None or NO_END.search(words) or (cue["vague"] and not _is_span(words)):
        return None
    found = _of_parts([_Part("U"), *_parts(rest)], origin)
    return found and replace(found, days_from=0.0 if FROM_START.match(words) and origin is None else None)


def _is_span(words: str) -> bool:
    return SPAN_WORDS.match(words) is not None and NOT_THE_END.search(words) is None


def _rounded(days: float) -> float:
    return round(days, 6)
