"""What each label of a trial's pages says.

The first trials go through every absent and every blank label; after that some are left out at random.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

from registry.labels import (
    ADMINISTRATIVE,
    FIELDS,
    LABEL_BLOCK,
    RECRUITMENT,
    STUDY_DESIGN,
    STUDY_INFORMATION,
    FieldKey,
)
from trials.practice import identifiers, parties
from trials.practice.brief import EXPANDED_ACCESS, PHASES, STATUSES, Brief, is_observational
from trials.practice.draw import Quantiles, how_many
from trials.practice.mirror import squeezed
from trials.practice.participants import gender, takes_healthy
from trials.practice.said import (
    Said,
    aged,
    answered,
    coded,
    counted,
    dated,
    one_day,
    other_ids,
    own_id,
    text,
)
from trials.practice.words import Place
from trials.practice.world import World

_OPEN = frozenset({"Recruiting", "Not yet recruiting", "Enrolling by invitation", "Available"})
_PAST = frozenset({"Completed", "Terminated", "Unknown status", "Withdrawn", "No longer available", "Withheld"})

_ENROLLMENT: Quantiles = ((0.0, 4), (0.1, 12), (0.5, 60), (0.75, 160), (0.95, 1006), (0.99, 8844), (1.0, 40_000))
_LEFT_OUT = 0.015  # share of labels that are absent, and of those that are blank, after the first trials
_MONTH_ONLY = 0.4
_AHEAD = 0.1  # of its length: so long before its start a trial is announced
_SHOWN_BY = {"enrollment": "Enrollment", "completion": "Est. completion date", "criteria": "Eligibility"}
_ALWAYS_THERE = frozenset({FieldKey(ADMINISTRATIVE, "NCT number"), FieldKey(LABEL_BLOCK, "NCT number")})


def labelled(
    world: World, known: Brief, lead: str, home: Place, limits: tuple[str, str], criteria: str
) -> dict[FieldKey, Said]:
    """Return what each label of the details page and of the label block says, in the order of the page."""
    said = {
        **_administrative(world, known),
        **_information(world, known, lead, home),
        **_recruitment(world, known, limits, criteria),
        **_design(world, known),
    }
    block = {
        FieldKey(LABEL_BLOCK, field.labels[0]): _of_summary(said, field.labels[0])
        for field in FIELDS
        if field.section == LABEL_BLOCK
    }
    left_out = _with_left_out(world, known.place, said)
    return {**left_out, **block}


def _of_summary(said: Mapping[FieldKey, Said], label: str) -> Said:
    """Return what the label block says: the same, under a wording of its own, and a contact is never `n/a`."""
    wanted = "Est. completion date" if label == "Completion date" else label
    found = next(value for key, value in said.items() if key.label == wanted)
    return Said("") if found.text == "n/a" else found


def _with_left_out(world: World, place: int, said: dict[FieldKey, Said]) -> dict[FieldKey, Said]:
    """Leave labels out and values blank: each once among the first trials, some at random after.

    What a change is about is filled in with it: every change can be seen.
    """
    stream = world.random(place, "left out")
    filled_in = {_SHOWN_BY.get(change) for change in world.changes(place)}
    turns = [key for key in said if key not in _ALWAYS_THERE and key.section != STUDY_DESIGN]
    for number, key in enumerate(turns):
        share = stream.random() if place >= 2 * len(turns) else 1.0
        if key.label in filled_in:
            continue
        if place == number or share < _LEFT_OUT:
            said = {**said, key: Said(None)}
        elif place == number + len(turns) or share < 2 * _LEFT_OUT:
            said = {**said, key: Said("")}
    return said


def _in_section(section: str, pairs: Mapping[str, Said]) -> dict[FieldKey, Said]:
    return {FieldKey(section, label): value for label, value in pairs.items()}


def _administrative(world: World, known: Brief) -> dict[FieldKey, Said]:
    stream = world.random(known.place, "administrative")
    start, _, completion = _dates(world, known)
    received, updated = _received_and_updated(world, known.place)
    pairs = {
        "NCT number": Said(known.nct_id, {"nct_id": known.nct_id}),
        "Other study ID #": own_id(identifiers.own_number(stream, known.slug[:3].upper())),
        "Secondary ID": other_ids(identifiers.secondary_ids(stream, known.place)),
        "Status": coded("overall_status", known.status, STATUSES[known.status]),
        "Phase": coded("phase", known.phase, PHASES[known.phase]),
        "First received": one_day("study_first_submitted_date", received),
        "Last updated": one_day("last_update_submitted_date", updated),
        "Start date": start,
        "Est. completion date": completion,
    }
    return _in_section(ADMINISTRATIVE, pairs)


def _dates(world: World, known: Brief) -> tuple[Said, Said, Said]:
    """Return start, primary completion and completion, as the first status and the day of the record let expect them.

    Whatever happens later, only a change of completion moves one of them.
    """
    stream = world.random(known.place, "dates")
    days, since, share = stream.randrange(60, 2500), stream.randrange(4000), stream.random()
    passed = days + since if known.first_status in _PAST else round(days * share)
    if known.first_status == "Not yet recruiting":
        passed = -round(_AHEAD * days)
    start = world.began_on(known.place) - timedelta(days=passed)
    later = 91 * world.changes(known.place)["completion"]
    primary = start + timedelta(days=round(days * stream.uniform(0.5, 1.0)))
    end = start + timedelta(days=days + later)
    forms = [stream.random() < _MONTH_ONLY for _ in range(3)]
    return (
        dated("start", start, month_only=forms[0]),
        dated("primary_completion", primary, month_only=forms[1]),
        dated("completion", end, month_only=forms[2]),
    )


def _received_and_updated(world: World, place: int) -> tuple[date | None, date | None]:
    """Return when the record came and changed last; the mirror has lost it for most trials."""
    if place % 20 != 7:
        return None, None
    days = world.random(place, "received").randrange(30, 2000)
    began = world.began_on(place)
    return (began if world.appeared(place) else began - timedelta(days=days)), world.changed_on(place)


def _information(world: World, known: Brief, lead: str, home: Place) -> dict[FieldKey, Said]:
    stream = world.random(known.place, "information")
    name, phone, email = map(squeezed, parties.contact(stream, home.country))
    contacts = (name, phone, email) if known.first_status in _OPEN else ("n/a", "", "")
    pairs = {
        "Verified date": dated("verification", world.changed_on(known.place), month_only=True),
        "Source": text("source", lead),
        "Contact": Said(contacts[0], {"name": contacts[0]} if contacts[0] != "n/a" else {}),
        "Phone": text("phone", contacts[1]),
        "Email": Said(contacts[2], _email(contacts[2])),
        "Is FDA regulated": answered("is_fda_regulated", "Yes" if home.code == "US" else "No", yes=home.code == "US"),
        "Health authority": text("health_authority", f"{home.country}: Ministry" if known.place % 20 == 7 else ""),
        "Study type": _study_type(known),
    }
    return _in_section(STUDY_INFORMATION, pairs)


def _email(printed_text: str) -> dict[str, object]:
    return {"email": printed_text.replace("[@]", "@"), "email_text": printed_text} if printed_text else {}


def _study_type(known: Brief) -> Said:
    if known.first_status in EXPANDED_ACCESS:
        return coded("study_type", "Expanded Access", "EXPANDED_ACCESS")
    if is_observational(known.place, known.first_status):
        registry = known.place % 10 == 4
        return coded("study_type", f"Observational{' [Patient Registry]' if registry else ''}", "OBSERVATIONAL")
    return coded("study_type", "Interventional", "INTERVENTIONAL")


def _recruitment(world: World, known: Brief, limits: tuple[str, str], criteria: str) -> dict[FieldKey, Said]:
    stream = world.random(known.place, "recruitment")
    topic = world.topic(known.place)
    _, primary, completion = _dates(world, known)
    enrollment = how_many(known.place, stream, _ENROLLMENT) + 10 * world.changes(known.place)["enrollment"]
    sex, code = gender(stream, known.place, topic)
    healthy = takes_healthy(stream, topic)
    pairs = {
        "Status": coded("overall_status", known.status, STATUSES[known.status]),
        "Enrollment": counted("enrollment", 0 if known.status == "Withdrawn" else enrollment),
        "Est. completion date": completion,
        "Est. primary completion date": primary,
        "Accepts healthy volunteers": answered(
            "healthy_volunteers", "Accepts Healthy Volunteers" if healthy else "No", yes=healthy
        ),
        "Gender": coded("gender", sex, code),
        "Age group": aged(*limits),
        "Eligibility": text("criteria", criteria),
    }
    return _in_section(RECRUITMENT, pairs)


def _design(world: World, known: Brief) -> dict[FieldKey, Said]:
    """Return the study design, or nothing: the mirror prints it for some trials only."""
    if known.place % 2:
        return {}
    stream = world.random(known.place, "design")
    if not known.phase:
        pairs = {
            "Observational model": _plain(stream, "observational_model", ("Cohort", "Case-Control", "Other")),
            "Time perspective": _plain(stream, "time_perspective", ("Prospective", "Retrospective", "Cross-Sectional")),
        }
    else:
        pairs = {
            "Allocation": _plain(stream, "allocation", ("Randomized", "Non-Randomized")),
            "Intervention model": stream.choice(_MODELS),
            "Primary purpose": _plain(stream, "primary_purpose", ("Treatment", "Prevention", "Supportive Care")),
            "Masking": stream.choice(_MASKINGS),
        }
    return _in_section(STUDY_DESIGN, pairs)


def _plain(stream: Random, column: str, wordings: tuple[str, ...]) -> Said:
    wording = stream.choice(wordings)
    return Said(wording, {column: wording.upper().replace(" ", "_").replace("-", "_")})


_MODELS = tuple(
    Said(wording, {"intervention_model": code})
    for wording, code in (("Parallel Assignment", "PARALLEL"), ("Single Group Assignment", "SINGLE_GROUP"))
)
_MASKINGS = tuple(
    coded("masking", wording, code)
    for wording, code in (
        ("None (Open Label)", "NONE"),
        ("Double", "DOUBLE"),
        ("Triple (Participant, Investigator, Outcomes Assessor)", "TRIPLE"),
    )
)
