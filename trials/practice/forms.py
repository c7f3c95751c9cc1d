"""The forms of `words.py`, prepared: cut once into literals and slots, sorted by whom they suit, filled when drawn."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import TypeAlias

from trials.practice import words
from trials.practice.words import SLOTS, Group, Topic

Form: TypeAlias = tuple[str, ...]
"""Literal, slot, literal, slot, …, literal."""
Forms: TypeAlias = tuple[Form, ...]
Slots: TypeAlias = Mapping[str, Sequence[str]]
"""What stands in the slots of one text, before those of `SLOTS`."""

_ROUNDS = 40  # walks through all forms after which a text ends, however long it should be
_SMALL = frozenset("a an and at by for g/day in kg mg mg/mL of on or per the to µg/kg g mL".split())
_UNSUITED = {  # no cure for the healthy, no old age for children
    "pharmacology": r"\{[Pp]lain\}|\{gain\}|\{setting\}|Improve|Evidence|survival",
    "paediatrics": "≥ 65|Women",
}
_UNSUITED_SEX = {"": "(?!)", "Male": "[Ww]omen|Female|[Pp]regnan", "Female": r"\b[Mm]en\b"}
_ONCE = re.compile("(?P<consent>informed consent|give consent|consent of a parent)|(?P<pregnancy>^Pregnan)")


def cut(forms: Iterable[str]) -> Forms:
    """Return the forms, each as literals and slots in turn."""
    return tuple(tuple(re.split(r"\{(\w+)\}", form)) for form in forms)


def by_field(forms: Iterable[str]) -> Mapping[str, Forms]:
    """Return the forms that suit, keyed by the field of a topic."""
    kept = tuple(forms)
    return {field: cut(form for form in kept if _suits(field, form)) for field in words.FIELD_TYPES}


def by_kind(forms: Mapping[str, tuple[str, ...]]) -> Mapping[tuple[str, str], Forms]:
    """Return the criteria that suit, keyed by the field and the sex of a topic."""
    kinds = {"pharmacology": ("any", "adult"), "paediatrics": ("any", "patient")}
    usual = ("any", "patient", "adult")
    return {
        (field, sex): cut(
            form for kind in (field, *kinds.get(field, usual)) for form in forms[kind] if not re.search(unsuited, form)
        )
        for field in words.FIELD_TYPES
        for sex, unsuited in _UNSUITED_SEX.items()
    }


def groups_by_kind(groups: Sequence[Group]) -> Mapping[tuple[str, str], tuple[tuple[Form, Forms], ...]]:
    """Return the heads that suit with their parts, keyed by the field and the sex of a topic."""
    return {
        (field, sex): tuple(
            (cut([group.head])[0], cut(group.parts))
            for group in groups
            if _suits(field, group.head) and not re.search(unsuited, group.head)
        )
        for field in words.FIELD_TYPES
        for sex, unsuited in _UNSUITED_SEX.items()
    }


def by_culture(forms: Mapping[str, tuple[str, ...]]) -> Mapping[str, Forms]:
    """Return the forms keyed by the culture of a place, its own twice as often as those of any."""
    return {culture: cut((*forms["any"], *own, *own)) for culture, own in forms.items()}


def _suits(field: str, form: str) -> bool:
    return field not in _UNSUITED or not re.search(_UNSUITED[field], form)


# --- filling ----------------------------------------------------------------------------------------------------


def walk(rng: Random, forms: Sequence[Form], rounds: int = _ROUNDS) -> Iterator[Form]:
    """Yield the forms in a drawn order, each once before any comes again."""
    for _ in range(rounds):
        yield from rng.sample(forms, len(forms))


def fill(rng: Random, form: Form, slots: Slots) -> str:
    """Return a form with its slots filled; `second_marker` is another one than `marker` of the same form."""
    texts = list(form)
    for place in range(1, len(form), 2):
        slot = form[place].removeprefix("second_")
        choices = slots[slot] if slot in slots else SLOTS[slot]
        text = rng.choice(choices)
        if slot != form[place] and text in texts:
            text = choices[(choices.index(text) + 1) % len(choices)]
        texts[place] = text
    return "".join(texts)


def fill_new(rng: Random, forms: Iterable[Form], slots: Slots, seen: set[str]) -> list[str]:
    """Return the filled forms that were not seen before, and remember them; one text asks for consent, not two."""
    found = []
    for form in forms:
        text = fill(rng, form, slots)
        if _subject(text) not in seen:
            seen.add(_subject(text))
            found.append(text)
    return found


def _subject(text: str) -> str:
    """Return what no second text of the same page may be about: mostly the text itself."""
    match = _ONCE.search(text)
    return str(match.lastgroup) if match else text


def topic_slots(topic: Topic, intervention_name: str | None) -> Slots:
    """Return what a text says of a condition, and of what is tried."""
    slots: dict[str, Sequence[str]] = {
        "plain": (topic.plain,),
        "Plain": (_capital(topic.plain),),
        "people": (topic.people,),
        "organ": topic.organ_words,
        "marker": topic.markers,
        "Marker": tuple(map(_capital, topic.markers)),
    }
    if intervention_name is not None:
        slots["intervention"] = (within(intervention_name),)
        slots["Intervention"] = (intervention_name,)
    return slots


def title_slots(topic: Topic, intervention_name: str | None) -> Slots:
    """Return the same with capitals, as titles have them."""
    return {
        "plain": (_titled(topic.plain),),
        "people": (_titled(topic.people),),
        "marker": tuple(map(_titled, topic.markers)),
        "intervention": (_titled(intervention_name or ""),),
    }


def _capital(text: str) -> str:
    """Return the text with a capital at its beginning, unless that is no common word (`eGFR`, `α-galactosidase`)."""
    first = text.split(maxsplit=1)[0].replace("-", "")
    return text[:1].upper() + text[1:] if first.isascii() and first.isalpha() and first.islower() else text


def within(name: str) -> str:
    """Return a name as it stands inside a sentence: `usual care`, but `LanternBand` and `QuietWave`."""
    first, *others = name.split() or [""]
    common = first[:1].isupper() and first[1:].islower() and not any(map(str.istitle, others))
    return name[:1].lower() + name[1:] if common else name


def _titled(text: str) -> str:
    """Return the text with capitals as in titles, units and small words left alone."""
    return " ".join(word if word in _SMALL else _capital(word) for word in text.split())
