"""Printed lines of a text extraction, in either style: which are headings, and where the text begins."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from parsers.headings import Candidate, choose
from parsers.outline import Outline, Pair, Paragraph, Part
from parsers.sections import TITLE_LINE
from parsers.texts import heading_section, one_line
from registry.labels import ADMINISTRATIVE, ID_KEY, LABEL_BLOCK, PAGE_HEADING, SUMMARY, fields_of
from registry.wording import fold

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Line:
    """One line, whether a blank one stands before it, and whether it stands alone between blank lines."""

    text: str
    after_blank: bool
    is_apart: bool


StartsSection: TypeAlias = Callable[[str, str], bool]
"""Whether a line begins what stands under the heading of a section, so that the line before is that heading."""


def printed_lines(text: str) -> list[Line]:
    """Return the lines that are not blank, white space in them folded."""
    printed = [one_line(line) for line in ["", *_LINE_END.split(text), ""]]
    blank = [not line.strip() for line in printed]
    return [
        Line(line, blank[place - 1], blank[place - 1] and blank[place + 1])
        for place, line in enumerate(printed)
        if not blank[place]
    ]


def headings_among(all_lines: Sequence[Line], page: Outline, starts: StartsSection) -> dict[int, str]:
    """Return the section of each line that is a heading; note on the page those that only read like one."""
    alike = [(place, name) for place, line in enumerate(all_lines) if (name := heading_section(line.text))]
    followed = {
        place
        for place, name in alike
        if place + 1 < len(all_lines) and starts(all_lines[place + 1].text, name)
    }  # fmt: skip
    apart = [(place, name) for place, name in alike if all_lines[place].is_apart or place in followed]
    places = apart if any(all_lines[place].is_apart for place, _ in alike) else alike
    bare = [after == place + 1 for (place, _), (after, _) in pairwise(places)] + [False]
    candidates = [Candidate(name, "line", False, is_bare) for (_, name), is_bare in zip(places, bare, strict=False)]
    headings = dict(places[chosen] for chosen in choose(candidates))
    page.rejected_headings = [all_lines[place].text for place, name in places if name not in headings.values()]
    return headings


def begins_inside(all_lines: Sequence[Line], headings: dict[int, str]) -> int | None:
    """Return where a text that lost its first headings names its trial, or None if it lost none.

    Before any heading, an `NCT number` with a label behind it that only the administrative data have opens those;
    without one it opens the label block of a summary page.
    """
    end = min(headings, default=len(all_lines))
    places = [place for place in range(end) if label_of(all_lines[place].text, ADMINISTRATIVE) == ID_KEY]
    if not places or ADMINISTRATIVE in headings.values():
        return None
    labels = {label_of(line.text, ADMINISTRATIVE) for line in all_lines[places[0] : end]} - {None}
    return places[0] if labels - fields_of(LABEL_BLOCK).keys() else None


def label_of(line: str, section: str) -> str | None:
    """Return the label of the section that a line begins with, folded, or None."""
    folded = f"{fold(line)} "
    return next((label for label in fields_of(section) if folded.startswith((f"{label} ", f"{label}:"))), None)


def leave_beginning(page: Outline) -> None:
    """Make the text before the first heading or label a part that nothing claims, if the page begins further above.

    A page begins with its title block, its own heading or, a summary page, with the summary: what stands before those
    is the site's frame.
    """
    before, first = page.parts[0], page.parts[1].name if len(page.parts) > 1 else PAGE_HEADING
    is_titled = any(
        isinstance(block, Pair) or (isinstance(block, Paragraph) and TITLE_LINE.fullmatch(block.text))
        for block in before.blocks
    )
    if before.blocks and not is_titled and first not in (PAGE_HEADING, SUMMARY):
        page.parts.insert(1, Part(None, "", before.blocks))
        before.blocks = []
