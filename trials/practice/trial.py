"""One made-up trial: what the mirror prints of it, and what that says.

Texts are composed by `prose.py` and damaged by `mirror.py`; what the labels say is in `labelled.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from registry.labels import FieldKey
from trials.practice import parties, prose
from trials.practice.brief import Brief, brief, first_intervention, is_observational
from trials.practice.criteria import Criteria, Criterion, composed_criteria, printed_criteria
from trials.practice.draw import Quantiles, how_many
from trials.practice.labelled import labelled
from trials.practice.mirror import printed, squeezed
from trials.practice.participants import age_in_criteria, ages
from trials.practice.said import Said
from trials.practice.words import COMPARATORS, PLACE_DRAW, Place, Topic
from trials.practice.world import World

# as the registry's records show
_LOCATIONS: Quantiles = ((0.1, 0), (0.55, 1), (0.75, 3), (0.9, 16), (0.95, 32), (0.99, 135), (1.0, 460))
_PRIMARY: Quantiles = ((0.6, 1), (0.8, 2), (0.95, 6), (0.99, 12), (1.0, 44))
_SECONDARY: Quantiles = ((0.2, 0), (0.5, 3), (0.75, 6), (0.95, 15), (0.99, 29), (1.0, 56))
_OTHER: Quantiles = ((0.93, 0), (0.99, 6), (1.0, 46))
_CRITERIA: Quantiles = (
    *((0.0, 72), (0.1, 291), (0.25, 545), (0.5, 1000)),
    *((0.75, 2400), (0.95, 6400), (0.99, 9400), (1.0, 19_000)),
)
_SUMMARY: Quantiles = ((0.0, 60), (0.25, 231), (0.5, 390), (0.75, 729), (0.95, 1640), (1.0, 3800))
_DESCRIPTION: Quantiles = ((0.34, 0), (0.5, 500), (0.75, 1424), (0.95, 3955), (1.0, 17_000))
_COLLABORATORS: Quantiles = ((0.6, 0), (0.9, 1), (0.97, 3), (1.0, 18))
_CITATIONS: Quantiles = ((0.7, 0), (0.85, 1), (0.95, 5), (1.0, 76))
_REPEATED_ROW = 0.03


@dataclass(frozen=True, slots=True)
class Trial:
    """Everything that the pages of one trial print."""

    brief: Brief
    topic: Topic
    newer: bool  # registered after the registry changed its texts: one paragraph each
    said: Mapping[FieldKey, Said]  # labels of the details page, and of the label block of the summary page
    title_block: bool
    titled: bool  # whether `<title>` names the trial
    acronym: str
    official_title: str
    summary: str
    description: str | None
    criteria: Criteria
    conditions: Sequence[str]
    mesh_terms: Sequence[str]
    interventions: Sequence[tuple[str, str, str]]  # type, name, description
    facilities: Sequence[tuple[Place, tuple[str, str, str]]]  # country; name, city, state
    sponsors: Sequence[str]  # the lead first
    outcomes: Sequence[tuple[str, str, str, str, str]]  # type, measure, description, time frame, safety issue
    references: Sequence[str]


def compose(world: World, place: int) -> Trial:
    """Return a trial with all that its pages print."""
    known = brief(world, place)
    topic = world.topic(place)
    newer = place % 3 != 0
    texts = world.random(place, "texts")
    interventions = _interventions(world, known)
    tried = interventions[0][1] if interventions else None
    length = how_many(place, texts, _DESCRIPTION)
    home = world.random(place, "home").choice(PLACE_DRAW)
    sponsors = _sponsors(world, place, home)
    limits = ages(world.random(place, "ages"), place, topic)
    criteria = _criteria(world, place, topic, limits[0], newer=newer)
    said = labelled(world, known, sponsors[0], home, limits, criteria.text)
    return Trial(
        brief=known,
        topic=topic,
        newer=newer,
        said=said,
        title_block=place % 4 != 2,
        titled=place % 3 != 1,
        acronym=squeezed(prose.acronym(texts)) if place % 3 == 0 else "",
        official_title=squeezed(prose.official_title(texts, topic, tried)) if place % 6 else "",
        summary=printed(prose.summary(texts, topic, tried, how_many(place, texts, _SUMMARY)), newer=newer),
        description=printed(prose.description(texts, topic, tried, length), newer=newer) if length else None,
        criteria=criteria,
        conditions=[topic.condition, *([topic.plain.capitalize()] if place % 3 == 1 else [])] if place % 7 else [],
        mesh_terms=topic.mesh_terms if place % 7 and place % 2 else (),
        interventions=interventions,
        facilities=_facilities(world, place, home),
        sponsors=sponsors,
        outcomes=_outcomes(world, place, topic),
        references=_citations(world, place, topic),
    )


def _interventions(world: World, known: Brief) -> list[tuple[str, str, str]]:
    if is_observational(known.place, known.first_status) and known.place % 3:
        return []
    stream = world.random(known.place, "interventions")
    named = [first_intervention(world, known.place)] + [
        stream.choice(COMPARATORS) for _ in range(stream.choice((0, 0, 1, 1, 2, 3)))
    ]
    return [
        (kind, squeezed(name), printed(prose.intervention_text(stream, name), newer=False))
        for kind, name in dict.fromkeys(named)
    ]


def _sponsors(world: World, place: int, home: Place) -> list[str]:
    stream = world.random(place, "sponsors")
    count = 1 + how_many(place, stream, _COLLABORATORS)
    names = [parties.organization(stream, home if number < 2 else stream.choice(PLACE_DRAW)) for number in range(count)]
    return list(dict.fromkeys(map(squeezed, names)))


def _facilities(world: World, place: int, home: Place) -> list[tuple[Place, tuple[str, str, str]]]:
    """Return the places of a trial, country by country; those that were added on a later night come last."""
    stream = world.random(place, "facilities")
    count = how_many(place, stream, _LOCATIONS)
    countries = [home, *(stream.choice(PLACE_DRAW) for _ in range(min(8, count // 5)))]
    found: list[tuple[Place, tuple[str, str, str]]] = []
    while len(found) < count:
        if found and stream.random() < _REPEATED_ROW:
            found.append(stream.choice(found))
            continue
        found.append(_facility(stream, countries))
    added = world.random(place, "added facilities")
    return [
        *sorted(found, key=lambda row: countries.index(row[0])),
        *(_facility(added, countries) for _ in range(world.changes(place)["location"])),
    ]


def _facility(stream: Random, countries: Sequence[Place]) -> tuple[Place, tuple[str, str, str]]:
    country = stream.choice(countries)
    _, name, city, state = parties.facility(stream, country)
    return country, (squeezed(name), squeezed(city), squeezed(state))


def _outcomes(world: World, place: int, topic: Topic) -> list[tuple[str, str, str, str, str]]:
    stream = world.random(place, "outcomes")
    rows = []
    for kind, quantiles in (("Primary", _PRIMARY), ("Secondary", _SECONDARY), ("Other", _OTHER)):
        for _ in range(how_many(place, stream, quantiles)):
            measure, description, frame = map(squeezed, prose.outcome(stream, topic))
            safety = stream.choice(("Yes", "No")) if place % 6 == 0 else ""
            rows.append((kind, measure, description, frame, safety))
    return rows


def _citations(world: World, place: int, topic: Topic) -> list[str]:
    stream = world.random(place, "citations")
    return [squeezed(prose.citation(stream, topic)) for _ in range(how_many(place, stream, _CITATIONS))]


def _criteria(world: World, place: int, topic: Topic, lowest_age: str, *, newer: bool) -> Criteria:
    stream = world.random(place, "criteria")
    length = how_many(place, stream, _CRITERIA)
    composed = list(composed_criteria(stream, topic, length, minimum_age=age_in_criteria(lowest_age, topic)))
    for number in range(world.changes(place)["criteria"]):
        composed.append(Criterion("exclusion", f"Amendment {number + 1}: withdrawal of consent", 0))
    return printed_criteria(composed, numbered=place % 2 == 0, newer=newer)
