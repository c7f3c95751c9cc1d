"""Names under a heading: conditions with MeSH terms, countries, and the citations of references."""

import re
from collections.abc import Iterator, Sequence

from parsers.citations import read_citations
from parsers.draft import HEADING, Draft, texts_of
from parsers.outline import SEPARATORS, Paragraph, Part
from registry.labels import CONDITIONS, COUNTRIES, REFERENCES, FieldKey, subheading
from registry.record import PageRow
from registry.vocabularies import code

_COUNTRY_END = re.compile(r",\s*\u00a0\s*|[;|]|,\s*\Z")  # comma and no-break space: names may hold comma and space
_NAME_END = re.compile(r",[^\S\u00a0]*\u00a0|\s[|•·]\s")  # as the site ends the names of countries; what no name holds
_MOST_PIECES = 3  # of a country's name, cut at its commas


def read_names(part: Part, draft: Draft) -> None:
    """Read a name from each line, or several where the page ends them as the site does."""
    label = section = str(part.name)
    rows = draft.rows.setdefault(section, [])
    draft.columns.add(FieldKey(section, section))
    if section == REFERENCES:
        read_citations(part, draft)
        return
    for line, is_entry in _entries(part):
        before, colon, behind = line.partition(":") if section == CONDITIONS else ("", "", line)
        if found := subheading(before.strip(SEPARATORS)) if before else None:
            label = found
            draft.columns.add(FieldKey(section, label))
            draft.claim(HEADING, before + colon)
            line = behind
            if "," in line and ";" not in line:
                _say_not_separable(line, label, draft)
        elif section == CONDITIONS and _are_joined(line, None if is_entry else draft.condition, rows):
            _say_not_separable(line, label, draft)
        if line.strip():
            draft.claim((FieldKey(section, label),), line)
            pieces = line.split(";") if colon and line is behind else [line]
            rows.extend(PageRow({label: name}) for piece in pieces for name in _names(section, piece) if name)


def _entries(part: Part) -> Iterator[tuple[str, bool]]:
    """Yield the lines, and whether the markup bounds each as an entry of a list: a comma in one is the name's own."""
    for block in part.blocks:
        is_entry = isinstance(block, Paragraph) and block.is_entry
        yield from ((line, is_entry) for text in texts_of(block) for line in text.split("\n") if line.strip())


def _are_joined(line: str, condition: str | None, before: Sequence[PageRow]) -> bool:
    """Whether commas stand between names: behind the condition of the title, or around a subheading.

    Behind the condition semicolons may stand, too. Behind a line of that condition alone, `Leukemia, Myeloid` is one
    name: the page gives each a line of its own.
    """
    line = line.strip(SEPARATORS)
    if condition is not None and line.startswith((f"{condition},", f"{condition};")):
        return all(condition not in row.cells.values() for row in before)
    return "," in line and any(subheading(piece) for piece in line.split(","))


def _say_not_separable(line: str, label: str, draft: Draft) -> None:
    """Note terms on one line with commas or semicolons between, which terms hold themselves."""
    if len(_names(CONDITIONS, line)) == 1:
        message = (
            "Terms on one line are not told apart: a comma may part them, or stand inside one (Arthritis, Rheumatoid)."
        )
        draft.note("cells_not_separable", message, FieldKey(CONDITIONS, label), line.strip())


def _names(section: str, line: str) -> list[str]:
    if section == COUNTRIES:
        return country_names(line)
    return [name.strip(SEPARATORS) for name in _NAME_END.split(line)]


def country_names(line: str) -> list[str]:
    r"""Return the countries of a line, each followed by a comma and a no-break space.

    Where the no-break spaces are lost, a comma ends a name only if known countries stand on both sides.

    >>> country_names("China,\u00a0Korea, Republic of,\u00a0")
    ['China', 'Korea, Republic of']
    >>> country_names("China, Korea, Republic of, ")
    ['China', 'Korea, Republic of']
    """
    names = [name.strip(SEPARATORS) for name in _COUNTRY_END.split(line)]
    names = [name for name in names if name]
    if len(names) == 1 and "," in names[0]:
        return _known_countries(names[0].split(",")) or names
    return names


def _known_countries(pieces: Sequence[str]) -> list[str]:
    """Return the pieces joined again into known countries, longest first; empty if any piece is left."""
    names: list[str] = []
    start = 0
    while start < len(pieces):
        for end in range(min(len(pieces), start + _MOST_PIECES), start, -1):
            name = ",".join(pieces[start:end]).strip()
            if code("countries", name) is not None:
                names.append(name)
                start = end
                break
        else:
            return []
    return names
