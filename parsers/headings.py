"""Which of the texts that read like a section heading are headings.

A line of prose, an entry of a table of contents or a menu may read `Study Design` too. Three rules: of several
for one section, those in the style that most sections use stay; of those left, the ones that keep the order of
the page stay; one that stands alone for its section but breaks the order stays only in a style that sections share.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from registry.labels import SECTIONS

_ORDER = {section.name: place for place, section in enumerate(SECTIONS)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that reads like the heading of `section`.

    `style` is how it looks (tag and class, or "line"), `marked` whether that is unlike running text, `bare`
    whether no text stands between it and the next candidate.
    """

    section: str
    style: str
    marked: bool
    bare: bool


def choose(candidates: Sequence[Candidate]) -> list[int]:
    """Return the places of the candidates that are headings, at most one a section, in order."""
    orders = [_ORDER[candidate.section] for candidate in candidates]
    if all(order < after for order, after in pairwise(orders)):  # as on most pages: nothing to choose
        return list(range(len(candidates)))
    sections_in = _sections_in_style(candidates)
    left = _in_common_style(candidates, sections_in)
    chain = _longest_in_order(candidates, left)
    by_section: dict[str, list[int]] = defaultdict(list)
    for place in left:
        by_section[candidates[place].section].append(place)
    alone = {
        places[0]
        for places in by_section.values()
        if len(places) == 1 and candidates[places[0]].marked and len(sections_in[candidates[places[0]].style]) > 1
    }
    return sorted(chain | alone)


def _sections_in_style(candidates: Sequence[Candidate]) -> dict[str, set[str]]:
    sections_in: dict[str, set[str]] = defaultdict(set)
    for candidate in candidates:
        if not candidate.bare:
            sections_in[candidate.style].add(candidate.section)
    return sections_in


def _in_common_style(candidates: Sequence[Candidate], sections_in: dict[str, set[str]]) -> list[int]:
    best: dict[str, int] = {}
    for candidate in candidates:
        best[candidate.section] = max(best.get(candidate.section, 0), len(sections_in[candidate.style]))
    return [
        place
        for place, candidate in enumerate(candidates)
        if len(sections_in[candidate.style]) == best[candidate.section]
    ]


def _longest_in_order(candidates: Sequence[Candidate], places: Iterable[int]) -> set[int]:
    """Return the chain of places with ascending sections that weighs most; a bare one weighs half."""
    chains: dict[int, tuple[int, tuple[int, ...]]] = {}  # last section → (weight, chain)
    for place in places:
        candidate = candidates[place]
        order = _ORDER[candidate.section]
        before = max((chain for last, chain in chains.items() if last < order), default=(0, ()))
        chain = (before[0] + (1 if candidate.bare else 2), (*before[1], place))
        if order not in chains or chain[0] > chains[order][0]:
            chains[order] = chain
    return set(max(chains.values(), default=(0, ()))[1])
