"""What a citation, or its link, names: PubMed id, DOI, year of publication; each only in its own full form."""

import re
from collections.abc import Callable

_PMID = re.compile(  # eight digits at most; `12,345,678` and a list are none
    r"(?:\bPMID\s*:?\s*|//pubmed\.ncbi\.nlm\.nih\.gov/|//(?:www\.)?ncbi\.nlm\.nih\.gov/pubmed/)"
    r"([1-9][0-9]{3,7}(?!\s?[,;&]\s?[0-9]{6,8}\b)|[1-9][0-9]{0,2}(?![ ,.][0-9]{3}))\b",
    re.IGNORECASE,
)
_DOI = re.compile(  # those of the form SICI hold angle brackets
    r"(?:\bdoi\s*:?\s*|(?P<link>//(?:dx\.)?doi\.org/))"
    r"(?P<doi>10\.[0-9]{4,9}/[^\s\"”<>]{1,300}(?:<[0-9]{1,9}::[A-Z-]{1,9}[0-9]{0,9}>[^\s\"”<>]{1,99})?)(?![^\s\"”<>])",
    re.IGNORECASE,
)
_BEHIND_DOI = re.compile(r"\.(?:Epub|eCollection|PMID|PMCID)\b.*|[.,;:'’]+\Z", re.IGNORECASE)
_QUERY = re.compile(r"[?#].*")
_BRACKETS = {")": "(", "]": "[", "}": "{"}

_YEAR = "((?:19|20)[0-9]{2})"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Spring|Summer|Fall|Autumn|Winter)[a-z]{0,7}"
_DAY = rf"(?: {_MONTH}(?:[-/ ]{_MONTH})?(?: [0-9]{{1,2}}(?:-[0-9]{{1,2}})?)?)?"
_YEARS = (
    re.compile(rf" {_YEAR}{_DAY} ?; ?\(?[0-9A-Za-z]"),  # J Light. 2019 May 3;12(3):45-67
    re.compile(rf"[.?!] {_YEAR}{_DAY}[.:](?=[ A-Z0-9]|$)"),  # J Light. 2019 May 3. doi: …
    re.compile(rf"\({_YEAR}\)[.,:]|, {_YEAR}\.?$|\({_YEAR}\)\.?$"),  # Doe, J. (2019). …; Light Press, 2019
)
"""Forms of the year, the surest first: the next one counts only where the one before stands nowhere."""
_BEFORE = 40  # characters in which a word says that the year is one of reading
_SEEN = re.compile(
    r"\b(?:Epub|Access(?:ed)?|Retrieved|Cited|Viewed|Visited|Consulted|Updated)\b[^.;]*\Z", re.IGNORECASE
)
_LATER = re.compile(r"\b(?:Erratum|Comment|Update|Retraction|Republished|Corrected)\b.{0,40}? in[:.]", re.IGNORECASE)
_MAY_BE_LATER = re.compile(r" in[:.]", re.IGNORECASE)
"""How each of them ends: looked for in a tenth of the time of the whole pattern."""


def pmid(text: str) -> str | None:
    """Return the PubMed id that a text names, None where it names several."""
    return _only(text, lambda part: [found[1] for found in _PMID.finditer(part)])


def doi(text: str) -> str | None:
    """Return the DOI that a text names, None where it names several.

    >>> doi("J Light (doi:10.1016/S0140-6736(12)61766-8)."), doi("https://doi.org/10.1000/jl.2019?from=mail")
    ('10.1016/S0140-6736(12)61766-8', '10.1000/jl.2019')
    """
    return _only(text, lambda part: [_without_end(each["doi"], bool(each["link"])) for each in _DOI.finditer(part)])


def _only(text: str, named_in: Callable[[str], list[str]]) -> str | None:
    """Return what a text names; of several what stands before a later note, whose own id may stand behind that."""
    for part in dict.fromkeys((text, _without_later(text))):  # most are the same
        named = named_in(part)
        if len({each.casefold() for each in named}) == 1:
            return named[0]
    return None


def _without_later(text: str) -> str:
    later = _LATER.search(text) if _MAY_BE_LATER.search(text) else None
    return text[: later.start()] if later else text


def _without_end(found: str, is_link: bool) -> str:
    """Take off what is none of a DOI: a query, what follows a stop, closing marks that nothing opened."""
    cut = _QUERY.sub("", found) if is_link else found
    while True:
        shorter = _BEHIND_DOI.sub("", cut)
        last = shorter[-1:]
        if last in _BRACKETS and shorter.count(last) > shorter.count(_BRACKETS[last]):
            shorter = shorter[:-1]
        if shorter == cut:
            return cut
        cut = shorter


def year(citation: str) -> int | None:
    """Return the year of publication, None where no form of it is there, or two years are.

    >>> year("Doe J. Light in 2011. J Light. 2019 May 3;12(3):45-67. Epub 2018 Dec 1. Erratum in: J Light. 2020;1:2.")
    2019
    >>> year("Doe J. Light in 2011.")
    """
    text = _without_later(citation)
    for form in _YEARS:
        years = {
            each
            for found in form.finditer(text)
            for each in found.groups()
            if each and not _SEEN.search(text[max(0, found.start() - _BEFORE) : found.start()])
        }
        if years:
            return int(years.pop()) if len(years) == 1 else None
    return None
