"""What other pages know of a trial: status, phase, title. Cheap, because a page of twenty See also rows asks for it."""

from dataclasses import dataclass
from random import Random

from trials.practice import prose
from trials.practice.draw import turn
from trials.practice.life import first_status
from trials.practice.mirror import squeezed
from trials.practice.words import FIELD_TYPES, INTERVENTIONS
from trials.practice.world import World

STATUSES = {
    "Recruiting": "RECRUITING",
    "Not yet recruiting": "NOT_YET_RECRUITING",
    "Completed": "COMPLETED",
    "Active, not recruiting": "ACTIVE_NOT_RECRUITING",
    "Withdrawn": "WITHDRAWN",
    "Terminated": "TERMINATED",
    "Suspended": "SUSPENDED",
    "Enrolling by invitation": "ENROLLING_BY_INVITATION",
    "Unknown status": "UNKNOWN",
    "Available": "AVAILABLE",
    "No longer available": "NO_LONGER_AVAILABLE",
    "Temporarily not available": "TEMPORARILY_NOT_AVAILABLE",
    "Approved for marketing": "APPROVED_FOR_MARKETING",
    "Withheld": "WITHHELD",
}
PHASES = {
    "N/A": "NA",
    "Early Phase 1": "EARLY_PHASE1",
    "Phase 1": "PHASE1",
    "Phase 1/Phase 2": "PHASE1/PHASE2",
    "Phase 2": "PHASE2",
    "Phase 2/Phase 3": "PHASE2/PHASE3",
    "Phase 3": "PHASE3",
    "Phase 4": "PHASE4",
    "": None,
}
"""Wording → code; blank where phases are not printed."""
EXPANDED_ACCESS = frozenset(
    {"Available", "No longer available", "Temporarily not available", "Approved for marketing", "Withheld"}
)

_PHASE_WEIGHTS = (156, 3, 76, 50, 97, 14, 73, 42)


@dataclass(frozen=True, slots=True)
class Brief:
    """One trial as listings and See also rows print it."""

    place: int
    nct_id: str
    slug: str
    title: str
    status: str
    first_status: str  # before any change: what else is drawn must suit, and then stays
    phase: str


def brief(world: World, place: int) -> Brief:
    """Return what other pages know of the trial at a place."""
    stream = world.random(place, "brief")
    topic = world.topic(place)
    first = first_status(place, stream)
    phase = _phase(place, first, stream)
    name = None if is_observational(place, first) else first_intervention(world, place)[1]
    title = squeezed(prose.brief_title(stream, topic, name))
    history = world.history(place)
    status = history[-1].status if history else first
    return Brief(place, world.nct_id(place), topic.slug, title, status, first, phase)


def _phase(place: int, status: str, stream: Random) -> str:
    wordings = tuple(filter(None, PHASES))
    drawn = stream.choices(wordings, _PHASE_WEIGHTS)[0]
    if status in EXPANDED_ACCESS or is_observational(place, status):
        return ""
    return turn(place // 2, wordings, drawn)


def is_observational(place: int, status: str) -> bool:
    """Whether nothing is tried in the trial, only observed: a fifth of them."""
    return place % 5 == 4 and status not in EXPANDED_ACCESS


def first_intervention(world: World, place: int) -> tuple[str, str]:
    """Return type and name of what is tried; the first trials go through the types."""
    stream = world.random(place, "intervention")
    kind = turn(place, tuple(INTERVENTIONS), stream.choice(FIELD_TYPES[world.topic(place).field]))
    return kind, stream.choice(INTERVENTIONS[kind])
