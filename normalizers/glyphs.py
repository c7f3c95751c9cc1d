"""Question marks that stand where a character stood that Windows-1252 lacks; the end of a question is none of them.

A question ends before white space, a quotation mark or a bracket, and its sentence asks: it, or what stands behind a
comma, an `and` or a bracket, begins as a question does (`is`, `in patients with gout, does`, `and is it`), or it holds
`what`, `how`, `question`. So ends the title of an article before journal and year. A criterion with `which has
relapsed` or `and did not respond` asks nothing. Everything else is a lost sign, bullet, bracket, numeral or letter.
What may be either counts as lost where the same text has lost others, or stands inside a text without any question, but
not behind the few words that a text begins with.
"""

import re
from collections.abc import Iterator
from enum import Enum

_SENTENCE = 300  # characters before the sign in which its sentence may have begun
_HEADLINE = 80  # characters of a first sentence that may ask without a verb: it is short
_WORDS = re.compile(r"\w\W+[^\W\d_]{3,}\Z")  # two at least, and the last one is no rest of one (`Th? Lan`)
_ADDRESS_LENGTH = 200  # characters of an address before its query
_RUN = re.compile(r"\?+")
_POWER = re.compile(r"(?:[×xX*·] ?|[0-9] )10\Z")
_ADDRESS = re.compile(r"(?:://|www\.)\S*\Z")
_GOES_ON = re.compile(r"[a-z0-9%=<>^×≈]")  # stands directly behind no question
_JOURNAL = re.compile(  # behind the title of an article: `? J Light. 2019 May 3`, `? Light 2019;12`
    r"\s[A-Z](?:[^.?!;:\n]|\.(?= [a-z])){1,100}(?:\. (?:19|20)[0-9]{2}\b| (?:19|20)[0-9]{2} ?;)"
)
_NEXT = re.compile(r"\s*(\S?)")
_STOPS = r"[.!;:•]\s|[\n\"“”]"
_STOP = re.compile(_STOPS)
_BEGINS = re.compile(rf"{_STOPS}|\?(?=[\s\"“”'’)\]])")  # ends the sentence before
_ABBREVIATED = re.compile(r"[A-Z]{2}\Z")
_AUXILIARY = r"(?:is|are|was|were|am|do|does|did|can|could|would|will|shall|should|may|might|must|has|have|had)"
_SUBJECT = (
    r"(?:i|you|your|we|our|he|she|it|they|their|there|this|that|these|those|any|anyone|an?|the"
    r"|patients?|participants?|subjects?|people|women|men|adults|children)"
)
_WHICH = r"(?:who|when|where|(?:(?:in|to|of|for|by|with|from|at|on)\s)?(?:whom|whose|which))"
_BEFORE_COMMA = (
    r"(?:in|for|to|among|after|during|before|if|when|while|with|within|without|on|at|over|of|from|between|compared|given"
    r"|considering|following|under|by|as|since|because|thinking|based|overall|currently|generally|apart|despite)"
)
_ASKS = re.compile(
    r"\b(?:what|how|why|whether|questions?|ask(?:s|ed|ing)?|answer\w*|hypothes[ie]s"
    r"|(?:know|see|find out|learn|understand|test|assess|evaluate|determine|examine|investigate) if)\b"
    rf"|(?:\A|[(\[*–]|-\s|(?<![a-z0-9])[0-9a-z]{{1,2}}[.)])[^\w,;]*(?:(?:and|or|but|so|then)\s)?(?!(?-i:WHO\b))(?:{_AUXILIARY}|any|{_WHICH})\b"
    rf"|\A\W*{_BEFORE_COMMA}\b[^.]*,\s(?:(?:and|or|but|so|then)\s)?(?:{_AUXILIARY}|{_WHICH})\b"
    rf"|(?:,|\b(?:and|or|but|so|then|{_WHICH}))\s{_AUXILIARY}\s{_SUBJECT}\b"
    rf"|,\s(?:(?:and|or)\s)?{_WHICH}(?:\sones?)?\Z"
    r"|(?-i:\b(?:Is|Are|Was|Were|Do|Does|Did|Have|Has|Can|Could|Would|Will|Should|Who|When|Where|Which)\b)",
    re.IGNORECASE,
)


class _Verdict(Enum):
    LOST = 0
    QUESTION = 1
    DOUBTFUL = 2  # inside a text
    LAST = 3  # doubtful, and the text's end


def lost_glyphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of signs, in order; one that may be either is left out.

    >>> text = "Is it safe? NYHA ?-? or ECOG 0?1; 38.5?, see https://example.org/?page=1"
    >>> [text[start - 1 : end] for start, end in lost_glyphs(text)]
    [' ?', '-?', '0?', '5?']
    """
    runs = [match.span() for match in _RUN.finditer(text)]
    verdicts = [_verdict(text, *run) for run in runs]
    wanted = {_Verdict.LOST}
    if _Verdict.QUESTION not in verdicts:
        wanted |= {_Verdict.DOUBTFUL} | ({_Verdict.LAST} if _Verdict.LOST in verdicts else set())
    return (run for run, verdict in zip(runs, verdicts, strict=True) if verdict in wanted)


def follows_power(text: str, at: int) -> bool:
    """Whether a place is that of the exponent in a power of ten: `4×10?/L`."""
    return _POWER.search(text, max(0, at - 4), at) is not None


def _verdict(text: str, start: int, end: int) -> _Verdict:
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    if _ADDRESS.search(text, max(0, start - _ADDRESS_LENGTH), start):
        return _Verdict.QUESTION
    if follows_power(text, start) or _GOES_ON.match(after):
        return _Verdict.LOST
    following = _NEXT.match(text, end)[1]  # type: ignore[index]  # matches every text
    if not before.strip() or before in "([-":
        return _unattached(text, start, after, following)
    return _Verdict.QUESTION if _JOURNAL.match(text, end) else _attached(text, start, after, following)


def _unattached(text: str, start: int, after: str, following: str) -> _Verdict:
    """Judge a sign that no word stands before: white space, the text's begin, a bracket or a hyphen."""
    if text[start - 1 : start] == "(" and after == ")":
        return _Verdict.QUESTION
    if not following:
        return _Verdict.QUESTION if _asks(text, start) else _Verdict.LAST
    said = text[max(0, start - 20) : start].rstrip()
    is_end = said and not said[-1].isdigit() and after.isspace() and following.isupper() and _asks(text, start)
    return _Verdict.QUESTION if is_end else _Verdict.LOST


def _attached(text: str, start: int, after: str, following: str) -> _Verdict:
    """Judge a sign behind a word, a number or a closing bracket."""
    is_quoted = text[start - 1] in '"“”' and not after.isupper()
    if _asks(text, start) or is_quoted or (after in "\"“”'’" and after):
        return _Verdict.QUESTION
    if text[start - 1].isdigit() or after.isupper() or (after and after in "+-/*("):
        return _Verdict.LOST
    if not following or after in ")]":
        return _Verdict.LAST
    if following.islower() or (_ABBREVIATED.search(text, max(0, start - 2), start) and following in ";,)"):
        return _Verdict.LOST
    return _Verdict.LAST if following.isupper() and _is_headline(text, start) else _Verdict.DOUBTFUL


def _is_headline(text: str, at: int) -> bool:
    """Whether a text begins with these words, and no sentence ends before: `Early or late surgery? A trial`."""
    return at < _HEADLINE and _WORDS.search(text, 0, at) is not None and _STOP.search(text, 0, at) is None


def _asks(text: str, at: int) -> bool:
    sentence = text[max(0, at - _SENTENCE) : at]
    begins = [match.end() for match in _BEGINS.finditer(sentence)]
    return _ASKS.search(sentence[begins[-1] :] if begins else sentence) is not None
