"""What a citation, or its link, names: PubMed id, DOI, year of publication; each only in its own full form."""

import re

_PMID = re.compile(
    r"(?:\bPMID\s*:?\s*|//pubmed\.ncbi\.nlm\.nih\.gov/|//(?:www\.)?ncbi\.nlm\.nih\.gov/pubmed/)([0-9]{1,9})\b",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?:\bdoi\s*:?\s*|//(?:dx\.)?doi\.org/)(10\.[0-9]{4,9}/[^\s\"<>]+)", re.IGNORECASE)

_YEAR = "((?:19|20)[0-9]{2})"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Spring|Summer|Fall|Autumn|Winter)[a-z]{0,7}"
_DAY = rf"(?: {_MONTH}(?:[-/ ]{_MONTH})?(?: [0-9]{{1,2}}(?:-[0-9]{{1,2}})?)?)?"
_YEARS = (
    re.compile(rf"(?<!Epub) {_YEAR}{_DAY} ?; ?\(?[0-9A-Za-z]"),  # J Light. 2019 May 3;12(3):45-67
    re.compile(rf"[.?!] {_YEAR}{_DAY}[.:](?=[ A-Z0-9]|$)"),  # J Light. 2019 May 3. doi: …
    re.compile(rf"\({_YEAR}\)[.,:]|, {_YEAR}\.?$|\({_YEAR}\)\.?$"),  # Doe, J. (2019). …; Light Press, 2019
)
"""Forms of the year, the surest first: the next one counts only where the one before stands nowhere."""
_LATER = re.compile(r"\b(?:Erratum|Comment|Update|Retraction|Republished|Corrected)\b.{0,40}? in[:.]", re.IGNORECASE)


def pmid(text: str) -> str | None:
    """Return the PubMed id that a text names."""
    found = _PMID.search(text)
    return found[1] if found else None


def doi(text: str) -> str | None:
    """Return the DOI that a text names."""
    found = _DOI.search(text)
    return found[1].rstrip(".,;)") if found else None


def year(citation: str) -> int | None:
    """Return the year of publication, None where no form of it is there, or two years are.

    >>> year("Doe J. Light in 2011. J Light. 2019 May 3;12(3):45-67. Epub 2018 Dec 1. Erratum in: J Light. 2020;1:2.")
    2019
    >>> year("Doe J. Light in 2011.")
    """
    later = _LATER.search(citation)
    text = citation[: later.start()] if later else citation
    for form in _YEARS:
        years = {each for found in form.finditer(text) for each in found.groups() if each}
        if years:
            return int(years.pop()) if len(years) == 1 else None
    return None
