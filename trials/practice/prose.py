"""Texts of made-up trials, composed by rule from a `random.Random`: the same generator state gives the same text.

A text is forms walked through in a drawn order, filled anew. No text repeats a sentence verbatim.
"""

import re
from collections.abc import Sequence
from random import Random

from trials.practice import words
from trials.practice.forms import (
    Forms,
    Slots,
    by_field,
    cut,
    fill,
    fill_new,
    title_slots,
    topic_slots,
    walk,
    within,
)
from trials.practice.parties import author
from trials.practice.words import Topic

_PARAGRAPH = 350  # characters after which a paragraph may end
_BRIEF_TITLE = range(40, 161)  # characters of a brief title
_TITLES = {True: by_field(words.TITLES), False: by_field(words.OBSERVED_TITLES)}
_OFFICIAL_TITLES = {True: by_field(words.OFFICIAL_TITLES), False: by_field(words.OBSERVED_OFFICIAL_TITLES)}
_PURPOSES = {True: by_field(words.PURPOSES), False: by_field(words.OBSERVED_PURPOSES)}
_METHODS = {True: by_field(words.METHODS), False: by_field(words.OBSERVED_METHODS)}
_BACKGROUND = {**by_field(words.BACKGROUND), "pharmacology": cut(words.HEALTHY_BACKGROUND)}
_MEASURES = cut(words.MEASURES)
_CLOSINGS = cut(words.CLOSINGS)
_BULLETS = tuple(zip(cut(words.BULLET_HEADS), map(cut, words.BULLETS), strict=True))
_MEASURE_NAMES = by_field(words.MEASURE_NAMES)
_MEASURE_TEXTS = cut(words.MEASURE_TEXTS)
_TIME_FRAMES = cut(words.TIME_FRAMES)
_INTERVENTION_TEXTS = {
    taken: cut(form for form in words.INTERVENTION_TEXTS if not re.search(unsuited, form))
    for taken, unsuited in ((True, "Session|Borg|Perform|minutes a day|at home"), (False, r"\{(dose|tube_ml|drug)\}"))
}
_CITATION_TITLES = by_field(words.CITATION_TITLES)
_TAKEN = frozenset(  # names of what is taken or injected
    name for kind in ("Drug", "Biological", "Dietary Supplement") for name in words.INTERVENTIONS[kind]
)


def brief_title(rng: Random, topic: Topic, intervention_name: str | None) -> str:
    """Return a title of 40 to 160 characters; of an observational study where there is no intervention.

    >>> len(brief_title(Random(7), words.TOPICS[0], "Tarovenib")) in range(40, 161)
    True
    """
    slots = title_slots(topic, intervention_name)
    forms = _TITLES[intervention_name is not None][topic.field]
    for form in walk(rng, forms, rounds=1):
        title = fill(rng, form, slots)
        if len(title) in _BRIEF_TITLE:
            return title
    (people,) = slots["people"]
    return f"A Study of Treatment and Follow-up in {people}"[: _BRIEF_TITLE[-1]]


def official_title(rng: Random, topic: Topic, intervention_name: str | None) -> str:
    """Return a title as protocols bear it, of any length."""
    forms = _OFFICIAL_TITLES[intervention_name is not None][topic.field]
    return fill(rng, rng.choice(forms), title_slots(topic, intervention_name))


def acronym(rng: Random) -> str:
    """Return an acronym built from syllables, such as `GLOW` or `LUMP-2`."""
    middle = rng.choice(words.ACRONYM_SYLLABLES) if rng.random() < 0.3 else ""
    number = rng.choice(("-2", " II", "-3", " 1")) if rng.random() < 0.25 else ""
    return f"{rng.choice(words.ACRONYM_SYLLABLES)}{middle}{rng.choice(words.ACRONYM_ENDINGS)}{number}"


def summary(rng: Random, topic: Topic, intervention_name: str | None, length: int) -> str:
    """Return a brief summary of about `length` characters; paragraphs and bullets are lines."""
    tried = intervention_name is not None
    plan = (
        (_PURPOSES[tried][topic.field], 0.35),
        (_METHODS[tried][topic.field], 0.75),
        (_MEASURES, 1.0),
    )
    return _compose(rng, plan, topic_slots(topic, intervention_name), length)


def description(rng: Random, topic: Topic, intervention_name: str | None, length: int) -> str:
    """Return a detailed description of about `length` characters; paragraphs and bullets are lines."""
    plan = (
        (_BACKGROUND[topic.field], 0.3),
        (_METHODS[intervention_name is not None][topic.field], 0.6),
        (_MEASURES, 0.85),
        (_CLOSINGS, 1.0),
    )
    return _compose(rng, plan, topic_slots(topic, intervention_name), length)


def outcome(rng: Random, topic: Topic) -> tuple[str, str, str]:
    """Return (measure, description or "", time frame)."""
    slots = topic_slots(topic, None)
    measure = fill(rng, rng.choice(_MEASURE_NAMES[topic.field]), slots)
    text = fill(rng, rng.choice(_MEASURE_TEXTS), slots)
    return measure, text, fill(rng, rng.choice(_TIME_FRAMES), {})


def intervention_text(rng: Random, name: str) -> str:
    """Return what an intervention consists of: nothing, a sentence, or several lines."""
    slots = {"name": (within(name),), "Name": (name,)}
    return fill(rng, rng.choice(_INTERVENTION_TEXTS[name in _TAKEN]), slots)


def citation(rng: Random, topic: Topic) -> str:
    """Return one line: authors, title, journal, year, pages, and in part of them a DOI or a PMID."""
    authors = ", ".join(author(rng) for _ in range(rng.randint(1, 5))) + rng.choice((".", ", et al."))
    title = fill(rng, rng.choice(_CITATION_TITLES[topic.field]), topic_slots(topic, None))
    end = "" if title.endswith("?") else "."
    page = rng.randrange(1, 900)
    issue = f"{rng.randrange(1995, 2025)};{rng.randrange(1, 80)}({rng.randrange(1, 12)}):{page}-{page + 9}"
    doi = (
        f" doi:10.5555/{rng.choice(('lantern', 'jlm', 'S0000-0001'))}.{rng.randrange(10**5)}"
        if rng.random() < 0.5
        else ""
    )
    pmid = f" PMID: 9{rng.randrange(10**7):07}" if rng.random() < 0.4 else ""
    return f"{authors} {title}{end} {rng.choice(words.JOURNALS)}. {issue}.{doi}{pmid}"


def _compose(rng: Random, plan: Sequence[tuple[Forms, float]], slots: Slots, length: int) -> str:
    """Return a text whose sections, (forms, share of the length reached at its end), are paragraphs."""
    seen: set[str] = set()
    paragraphs: list[str] = []
    size = 0
    for forms, share in plan:
        paragraphs.append(_section(rng, forms, slots, seen, length * share - size))
        size += len(paragraphs[-1])
        if length - size > 400 and rng.random() < 0.2:
            paragraphs.append(_bullets(rng, slots, seen))
            size += len(paragraphs[-1])
    return rng.choice(("\n", "\n", " ") if length < 400 else ("\n",)).join(filter(None, paragraphs))


def _section(rng: Random, forms: Forms, slots: Slots, seen: set[str], length: float) -> str:
    """Return new sentences up to `length`, at least one of the first section; a long section has several paragraphs."""
    lines: list[list[str]] = [[]]
    size = paragraph = 0
    for form in walk(rng, forms):
        sentence = fill(rng, form, slots)
        if sentence in seen:
            continue
        if seen and size + len(sentence) / 2 > length:
            break
        if paragraph > _PARAGRAPH and rng.random() < 0.3:
            lines.append([])
            paragraph = 0
        seen.add(sentence)
        lines[-1].append(sentence)
        size += len(sentence) + 1
        paragraph += len(sentence)
    return "\n".join(map(" ".join, lines))


def _bullets(rng: Random, slots: Slots, seen: set[str]) -> str:
    head, parts = rng.choice(_BULLETS)
    texts = fill_new(rng, [head, *rng.sample(parts, rng.randint(3, len(parts)))], slots, seen)
    return "\n* ".join(texts) if texts[0].endswith(":") and len(texts) > 1 else ""
