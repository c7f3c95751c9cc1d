"""Eligibility criteria: composed by rule, as the mirror prints them, and as items."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from trials.practice import words
from trials.practice.forms import Form, Forms, Slots, by_kind, cut, fill, fill_new, groups_by_kind, topic_slots, walk
from trials.practice.mirror import flattened, squeezed
from trials.practice.words import Topic

_SHORT = 25  # characters of a short criterion: so much a side may be too long or too short
_ROOMY = 300  # characters that a criterion with parts may need
_TRIES = 12  # criteria too long for the rest of a side, after which it ends
_HEADINGS = {"inclusion": "Inclusion Criteria:", "exclusion": "Exclusion Criteria:"}

_AGE_FORMS = {grown: cut(form for form in words.AGE_FORMS if grown or "consent" not in form) for grown in (True, False)}
_CRITERIA = {"inclusion": by_kind(words.INCLUSION), "exclusion": by_kind(words.EXCLUSION)}
_GROUPS = {"inclusion": groups_by_kind(words.INCLUSION_GROUPS), "exclusion": groups_by_kind(words.EXCLUSION_GROUPS)}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: `side` is `inclusion` or `exclusion`; depth 1 is a part of the last criterion of depth 0."""

    side: str
    text: str
    depth: int


@dataclass(frozen=True, slots=True)
class Item:
    """One criterion: its side, its number or bullet as printed, its text, and the ordinal of the one it is part of."""

    side: str
    marker: str
    text: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class Criteria:
    """The whole text, and its items in order."""

    text: str
    items: tuple[Item, ...]


def composed_criteria(rng: Random, topic: Topic, length: int, *, minimum_age: str | None) -> tuple[Criterion, ...]:
    """Return the criteria in order, inclusion first, of about `length` characters without markers and line breaks.

    Each text is one line without a marker. Above 200 characters both sides are there. An item of depth 0 that ends in
    a colon is followed by its parts. `minimum_age` is the registry's: `18 Years`; children are not said to consent.

    >>> {c.side for c in composed_criteria(Random(1), words.TOPICS[0], 60, minimum_age="18 Years")}
    {'inclusion'}
    """
    seen: set[str] = set()
    inclusion_length = length * rng.uniform(0.4, 0.6) if length > 200 else length
    forms = _AGE_FORMS[topic.field != "paediatrics"]
    opening = [fill(rng, rng.choice(forms), {"age": (minimum_age.lower(),)})] if minimum_age else []
    opening += rng.sample(topic.limits, rng.randint(1, len(topic.limits)))
    inclusion = _side(rng, "inclusion", topic, opening, seen, inclusion_length)
    left = length - sum(len(criterion.text) for criterion in inclusion)
    exclusion = _side(rng, "exclusion", topic, [], seen, left) if length > 200 else []
    return (*inclusion, *exclusion)


def _side(
    rng: Random, side: str, topic: Topic, opening: Sequence[str], seen: set[str], length: float
) -> list[Criterion]:
    """Return the criteria of one side: the opening, then forms and groups until `length` is reached."""
    slots, kind = topic_slots(topic, None), (topic.field, topic.sex)
    taken = [Criterion(side, text, 0) for text in opening[: max(1, int(length / 50))]]
    seen.update(criterion.text for criterion in taken)
    size = sum(len(criterion.text) for criterion in taken)
    too_long = 0
    for form in walk(rng, _CRITERIA[side][kind]):
        if taken and (length - size < _SHORT or too_long == _TRIES):
            break
        if length - size > _ROOMY and rng.random() < 0.1:
            texts = _grouped(rng, *rng.choice(_GROUPS[side][kind]), slots, seen)
        else:
            texts = fill_new(rng, [form], slots, seen)
        added = sum(map(len, texts))
        if size + added - length > _SHORT:
            too_long += 1
            continue
        taken += [Criterion(side, text, min(place, 1)) for place, text in enumerate(texts)]
        size += added
    return taken


def _grouped(rng: Random, head: Form, parts: Forms, slots: Slots, seen: set[str]) -> list[str]:
    """Return a head and two parts or more, or nothing if they were not new."""
    texts = fill_new(rng, [head], slots, seen)
    if not texts:
        return []
    found = fill_new(rng, rng.sample(parts, rng.randint(2, len(parts))), slots, seen)
    return [*texts, *found] if len(found) > 1 else []


def printed_criteria(criteria: Sequence[Criterion], *, numbered: bool, newer: bool) -> Criteria:
    """Return the criteria with their headings: numbered or with bullets, a newer record's in one paragraph."""
    items = tuple(_items(criteria, numbered=numbered))
    lines = []
    for number, item in enumerate(items):
        if number == 0 or items[number - 1].side != item.side:
            lines.append(_HEADINGS[item.side])
        lines.append(f"{item.marker} {item.text}")
    return Criteria(flattened(lines) if newer else "\n".join(lines), items)


def _items(criteria: Sequence[Criterion], *, numbered: bool) -> Iterator[Item]:
    """Yield the items; their parts have bullets in a numbered list."""
    number, parent, side = 0, None, ""
    for ordinal, criterion in enumerate(criteria, start=1):
        if criterion.side != side:
            number, side = 0, criterion.side
        if criterion.depth == 0:
            number += 1
            parent = ordinal
        marker = f"{number}." if numbered and criterion.depth == 0 else "-"
        yield Item(criterion.side, marker, squeezed(criterion.text), None if criterion.depth == 0 else parent)
