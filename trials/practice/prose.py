"""Texts of made-up trials, composed by rule from a `random.Random`: the same generator state gives the same text.

A form of `words.py` is cut once into literals and slots; a text is forms walked through in a drawn order, filled anew.
No text repeats a sentence or a criterion verbatim.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from trials.practice import words
from trials.practice.words import PLACES, SLOTS, Group, Place, Topic

_Form = tuple[str, ...]  # literal, slot, literal, slot, …, literal
_Forms = tuple[_Form, ...]
_Slots = Mapping[str, Sequence[str]]  # what stands in the slots of one text, before those of SLOTS

_ROUNDS = 40  # walks through all forms after which a text ends, however long it should be
_SHORT = 25  # characters of a short criterion: so much a side may be too long or too short
_ROOMY = 300  # characters that a criterion with parts may need
_TRIES = 12  # criteria too long for the rest of a side, after which it ends
_PARAGRAPH = 350  # characters after which a paragraph may end
_BRIEF_TITLE = range(40, 161)  # characters of a brief title
_SMALL = frozenset("a an and at by for g/day in kg mg mg/mL of on or per the to µg/kg g mL".split())
_ASCII = str.maketrans(
    {"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", "æ": "ae", "þ": "th", "Þ": "Th", "đ": "d"}
)
_UNSUITED = {  # no cure for the healthy, no old age for children
    "pharmacology": r"\{[Pp]lain\}|\{gain\}|\{setting\}|Improve|Evidence|survival",
    "paediatrics": "≥ 65|Women",
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: `side` is `inclusion` or `exclusion`; depth 1 is a part of the last criterion of depth 0."""

    side: str
    text: str
    depth: int


def _cut(forms: Iterable[str]) -> _Forms:
    return tuple(tuple(re.split(r"\{(\w+)\}", form)) for form in forms)


def _suits(field: str, form: str) -> bool:
    return field not in _UNSUITED or not re.search(_UNSUITED[field], form)


def _by_field(forms: Iterable[str]) -> Mapping[str, _Forms]:
    kept = tuple(forms)
    return {field: _cut(form for form in kept if _suits(field, form)) for field in words.FIELD_TYPES}


def _side_forms(forms: Mapping[str, tuple[str, ...]]) -> Mapping[str, _Forms]:
    kinds = {"pharmacology": ("any", "adult"), "paediatrics": ("any", "patient")}
    usual = ("any", "patient", "adult")
    return {
        field: _cut(form for kind in (field, *kinds.get(field, usual)) for form in forms[kind])
        for field in words.FIELD_TYPES
    }


def _groups(groups: Sequence[Group]) -> Mapping[str, tuple[tuple[_Form, _Forms], ...]]:
    return {
        field: tuple((_cut([group.head])[0], _cut(group.parts)) for group in groups if _suits(field, group.head))
        for field in words.FIELD_TYPES
    }


def _by_culture(forms: Mapping[str, tuple[str, ...]]) -> Mapping[str, _Forms]:
    return {culture: _cut((*forms["any"], *own, *own)) for culture, own in forms.items()}


_TITLES = {True: _by_field(words.TITLES), False: _by_field(words.OBSERVED_TITLES)}
_OFFICIAL_TITLES = {True: _by_field(words.OFFICIAL_TITLES), False: _by_field(words.OBSERVED_OFFICIAL_TITLES)}
_PURPOSES = {True: _by_field(words.PURPOSES), False: _by_field(words.OBSERVED_PURPOSES)}
_METHODS = {True: _by_field(words.METHODS), False: _by_field(words.OBSERVED_METHODS)}
_BACKGROUND = {**_by_field(words.BACKGROUND), "pharmacology": _cut(words.HEALTHY_BACKGROUND)}
_MEASURES = _cut(words.MEASURES)
_CLOSINGS = _cut(words.CLOSINGS)
_BULLETS = tuple(zip(_cut(words.BULLET_HEADS), map(_cut, words.BULLETS), strict=True))
_AGE_FORMS = _cut(words.AGE_FORMS)
_CRITERIA = {"inclusion": _side_forms(words.INCLUSION), "exclusion": _side_forms(words.EXCLUSION)}
_CRITERIA_GROUPS = {"inclusion": _groups(words.INCLUSION_GROUPS), "exclusion": _groups(words.EXCLUSION_GROUPS)}
_MEASURE_NAMES = _by_field(words.MEASURE_NAMES)
_MEASURE_TEXTS = _cut(words.MEASURE_TEXTS)
_TIME_FRAMES = _cut(words.TIME_FRAMES)
_INTERVENTION_TEXTS = {
    taken: _cut(form for form in words.INTERVENTION_TEXTS if not re.search(unsuited, form))
    for taken, unsuited in ((True, "Session|Borg|Perform|minutes a day|at home"), (False, r"\{(dose|tube_ml|drug)\}"))
}
_CITATION_TITLES = _by_field(words.CITATION_TITLES)
_FACILITY_FORMS = _by_culture(words.FACILITY_FORMS)
_ORGANIZATION_FORMS = _by_culture(words.ORGANIZATION_FORMS)
_OFFICES = _cut(words.OFFICES)
_TAKEN = frozenset(  # names of what is taken or injected
    name for kind in ("Drug", "Biological", "Dietary Supplement") for name in words.INTERVENTIONS[kind]
)
_CULTURES = tuple(words.GIVEN_NAMES)


def brief_title(rng: Random, topic: Topic, intervention_name: str | None) -> str:
    """Return a title of 40 to 160 characters; of an observational study where there is no intervention.

    >>> len(brief_title(Random(7), words.TOPICS[0], "Tarovenib")) in range(40, 161)
    True
    """
    slots = _title_slots(topic, intervention_name)
    forms = _TITLES[intervention_name is not None][topic.field]
    for form in _walk(rng, forms, rounds=1):
        title = _fill(rng, form, slots)
        if len(title) in _BRIEF_TITLE:
            return title
    (people,) = slots["people"]
    return f"A Study of Treatment and Follow-up in {people}"[: _BRIEF_TITLE[-1]]


def official_title(rng: Random, topic: Topic, intervention_name: str | None) -> str:
    """Return a title as protocols bear it, of any length."""
    forms = _OFFICIAL_TITLES[intervention_name is not None][topic.field]
    return _fill(rng, rng.choice(forms), _title_slots(topic, intervention_name))


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
    return _compose(rng, plan, _slots(topic, intervention_name), length)


def description(rng: Random, topic: Topic, intervention_name: str | None, length: int) -> str:
    """Return a detailed description of about `length` characters; paragraphs and bullets are lines."""
    plan = (
        (_BACKGROUND[topic.field], 0.3),
        (_METHODS[intervention_name is not None][topic.field], 0.6),
        (_MEASURES, 0.85),
        (_CLOSINGS, 1.0),
    )
    return _compose(rng, plan, _slots(topic, intervention_name), length)


def criteria(rng: Random, topic: Topic, length: int, *, minimum_age: str | None) -> tuple[Criterion, ...]:
    """Return the criteria in order, inclusion first, of about `length` characters without markers and line breaks.

    Each text is one line without a marker. Above 200 characters both sides are there. An item of depth 0 that ends in
    a colon is followed by its parts. `minimum_age` is the registry's: `18 Years`.

    >>> {c.side for c in criteria(Random(1), words.TOPICS[0], 60, minimum_age="18 Years")}
    {'inclusion'}
    """
    slots = _slots(topic, None)
    seen: set[str] = set()
    inclusion_length = length * rng.uniform(0.4, 0.6) if length > 200 else length
    opening = [_fill(rng, rng.choice(_AGE_FORMS), {"age": (minimum_age.lower(),)})] if minimum_age else []
    opening += rng.sample(topic.limits, rng.randint(1, len(topic.limits)))
    inclusion = _side(rng, "inclusion", topic.field, opening, slots, seen, inclusion_length)
    left = length - sum(len(criterion.text) for criterion in inclusion)
    exclusion = _side(rng, "exclusion", topic.field, [], slots, seen, left) if length > 200 else []
    return (*inclusion, *exclusion)


def outcome(rng: Random, topic: Topic) -> tuple[str, str, str]:
    """Return (measure, description or "", time frame)."""
    slots = _slots(topic, None)
    measure = _fill(rng, rng.choice(_MEASURE_NAMES[topic.field]), slots)
    text = _fill(rng, rng.choice(_MEASURE_TEXTS), slots)
    return measure, text, _fill(rng, rng.choice(_TIME_FRAMES), {})


def intervention_text(rng: Random, name: str) -> str:
    """Return what an intervention consists of: nothing, a sentence, or several lines."""
    slots = {"name": (_within(name),), "Name": (name,)}
    return _fill(rng, rng.choice(_INTERVENTION_TEXTS[name in _TAKEN]), slots)


def citation(rng: Random, topic: Topic) -> str:
    """Return one line: authors, title, journal, year, pages, and in part of them a DOI or a PMID."""
    authors = ", ".join(_author(rng) for _ in range(rng.randint(1, 5))) + rng.choice((".", ", et al."))
    title = _fill(rng, rng.choice(_CITATION_TITLES[topic.field]), _slots(topic, None))
    end = "" if title.endswith("?") else "."
    page = rng.randrange(1, 900)
    issue = f"{rng.randrange(1995, 2025)};{rng.randrange(1, 80)}({rng.randrange(1, 12)}):{page}-{page + 9}"
    doi = (
        f" doi:10.5555/{rng.choice(('lantern', 'jlm', 'S0000-0001'))}.{rng.randrange(10**5)}"
        if rng.random() < 0.5
        else ""
    )
    pmid = f" PMID: 3{rng.randrange(10**7):07}" if rng.random() < 0.4 else ""
    return f"{authors} {title}{end} {rng.choice(words.JOURNALS)}. {issue}.{doi}{pmid}"


def contact(rng: Random, country_wording: str) -> tuple[str, str, str]:
    """Return (name with degree or office, telephone as printed, email); KeyError where `PLACES` lacks the country."""
    place = PLACES[country_wording]
    phone = _digits(rng, rng.choice(words.ODD_PHONES if rng.random() < 0.04 else place.phones))
    at = "[@]" if rng.random() < 0.04 else "@"
    domain = rng.choice(words.EMAIL_DOMAINS)
    if rng.random() < 0.15:
        office = _fill(rng, rng.choice(_OFFICES), _place_slots(rng, place, ""))
        return office, phone, f"{rng.choice(('trials', 'study.office', 'contact-us'))}{at}{domain}"
    given, family = rng.choice(words.GIVEN_NAMES[place.culture]), rng.choice(words.FAMILY_NAMES[place.culture])
    name = f"{given} {family}, {rng.choice(words.DEGREES)}" if rng.random() < 0.85 else f"{given} {family}"
    return name, phone, f"{_mailbox(rng, given, family)}{at}{domain}"


def organization(rng: Random, place: Place) -> str:
    """Return the name of a sponsor or collaborator of this country."""
    city, _ = rng.choice(place.towns)
    return _fill(rng, rng.choice(_ORGANIZATION_FORMS[place.culture]), _place_slots(rng, place, city))


def facility(rng: Random, place: Place) -> tuple[str, str, str, str]:
    """Return (country as printed, name, city, state or "")."""
    city, state = rng.choice(place.towns)
    name = _fill(rng, rng.choice(_FACILITY_FORMS[place.culture]), _place_slots(rng, place, city))
    return place.country, name, city, state


def _side(
    rng: Random, side: str, field: str, opening: Sequence[str], slots: _Slots, seen: set[str], length: float
) -> list[Criterion]:
    """Return the criteria of one side: the opening, then forms and groups until `length` is reached."""
    taken = [Criterion(side, text, 0) for text in opening[: max(1, int(length / 50))]]
    seen.update(criterion.text for criterion in taken)
    size = sum(len(criterion.text) for criterion in taken)
    too_long = 0
    for form in _walk(rng, _CRITERIA[side][field]):
        if taken and (length - size < _SHORT or too_long == _TRIES):
            break
        if length - size > _ROOMY and rng.random() < 0.1:
            texts = _grouped(rng, *rng.choice(_CRITERIA_GROUPS[side][field]), slots, seen)
        else:
            texts = _new(rng, [form], slots, seen)
        added = sum(map(len, texts))
        if size + added - length > _SHORT:
            too_long += 1
            continue
        taken += [Criterion(side, text, min(place, 1)) for place, text in enumerate(texts)]
        size += added
    return taken


def _grouped(rng: Random, head: _Form, parts: _Forms, slots: _Slots, seen: set[str]) -> list[str]:
    """Return a head and two parts or more, or nothing if they were not new."""
    texts = _new(rng, [head], slots, seen)
    if not texts:
        return []
    found = _new(rng, rng.sample(parts, rng.randint(2, len(parts))), slots, seen)
    return [*texts, *found] if len(found) > 1 else []


def _compose(rng: Random, plan: Sequence[tuple[_Forms, float]], slots: _Slots, length: int) -> str:
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


def _section(rng: Random, forms: _Forms, slots: _Slots, seen: set[str], length: float) -> str:
    """Return new sentences up to `length`, at least one of the first section; a long section has several paragraphs."""
    lines: list[list[str]] = [[]]
    size = paragraph = 0
    for form in _walk(rng, forms):
        sentence = _fill(rng, form, slots)
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


def _bullets(rng: Random, slots: _Slots, seen: set[str]) -> str:
    head, parts = rng.choice(_BULLETS)
    texts = _new(rng, [head, *rng.sample(parts, rng.randint(3, len(parts)))], slots, seen)
    return "\n* ".join(texts) if texts[0].endswith(":") and len(texts) > 1 else ""


def _new(rng: Random, forms: Iterable[_Form], slots: _Slots, seen: set[str]) -> list[str]:
    """Return the filled forms that were not seen before, and remember them."""
    texts = [text for text in dict.fromkeys(_fill(rng, form, slots) for form in forms) if text not in seen]
    seen.update(texts)
    return texts


def _walk(rng: Random, forms: Sequence[_Form], rounds: int = _ROUNDS) -> Iterator[_Form]:
    """Yield the forms in a drawn order, each once before any comes again."""
    for _ in range(rounds):
        yield from rng.sample(forms, len(forms))


def _fill(rng: Random, form: _Form, slots: _Slots) -> str:
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


def _slots(topic: Topic, intervention_name: str | None) -> _Slots:
    slots: dict[str, Sequence[str]] = {
        "plain": (topic.plain,),
        "Plain": (_capital(topic.plain),),
        "people": (topic.people,),
        "organ": topic.organ_words,
        "marker": topic.markers,
        "Marker": tuple(map(_capital, topic.markers)),
    }
    if intervention_name is not None:
        slots["intervention"] = (_within(intervention_name),)
        slots["Intervention"] = (intervention_name,)
    return slots


def _title_slots(topic: Topic, intervention_name: str | None) -> _Slots:
    return {
        "plain": (_titled(topic.plain),),
        "people": (_titled(topic.people),),
        "marker": tuple(map(_titled, topic.markers)),
        "intervention": (_titled(intervention_name or ""),),
    }


def _place_slots(rng: Random, place: Place, city: str) -> _Slots:
    return {
        "city": (city,),
        "name": words.INVENTED_NAMES,
        "number": (str(rng.randrange(1, 4000)),),
        "given": words.GIVEN_NAMES[place.culture],
        "family": words.FAMILY_NAMES[place.culture],
    }


def _capital(text: str) -> str:
    """Return the text with a capital at its beginning, unless that is no common word (`eGFR`, `α-galactosidase`)."""
    first = text.split(maxsplit=1)[0].replace("-", "")
    return text[:1].upper() + text[1:] if first.isascii() and first.isalpha() and first.islower() else text


def _within(name: str) -> str:
    """Return a name as it stands inside a sentence: `usual care`, but `LanternBand` and `QuietWave`."""
    first, *others = name.split() or [""]
    common = first[:1].isupper() and first[1:].islower() and not any(map(str.istitle, others))
    return name[:1].lower() + name[1:] if common else name


def _titled(text: str) -> str:
    """Return the text with capitals as in titles, units and small words left alone."""
    return " ".join(word if word in _SMALL else _capital(word) for word in text.split())


def _author(rng: Random) -> str:
    culture = rng.choice(_CULTURES)
    return f"{rng.choice(words.FAMILY_NAMES[culture])} {rng.choice(words.GIVEN_NAMES[culture])[0]}"


def _digits(rng: Random, pattern: str) -> str:
    return "".join([rng.choice("0123456789") if sign == "#" else sign for sign in pattern])


def _mailbox(rng: Random, given: str, family: str) -> str:
    """Return the local part of an address in ASCII letters, digits and dots."""
    first, last = (re.sub(r"[^a-z]", "", _ascii(name).lower()) for name in (given, family))
    return rng.choice((f"{first}.{last}", f"{first[:1]}{last}", f"{last}{rng.randrange(1, 99)}", last))


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text.translate(_ASCII)).encode("ascii", "ignore").decode("ascii")
