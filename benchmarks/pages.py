"""Trials to measure with: real registry records where they stand beside the project, else made-up ones.

A record becomes a `Trial` of the practice site, so that its texts and its truth are made as those of every other.
"""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from registry.labels import (
    ADMINISTRATIVE,
    RECRUITMENT,
    STUDY_DESIGN,
    STUDY_INFORMATION,
    FieldKey,
    PageKind,
)
from registry.tables import TableRows
from registry.vocabularies import code, wordings
from trials.practice.brief import PHASES, STATUSES, Brief
from trials.practice.criteria import Criteria
from trials.practice.facts import Facts, facts_of
from trials.practice.frame import Frame
from trials.practice.markup import FAMILIES, details
from trials.practice.said import Said, aged, answered, coded, counted, dated, one_day, other_ids, own_id, text
from trials.practice.trial import Trial, compose
from trials.practice.truth import truth
from trials.practice.words import TOPICS, Place
from trials.practice.world import World

RECORDS = Path(__file__).parents[2] / "shared" / "real" / "ctgov_v2.jsonl.gz"
_RELATED = 20
_OPEN = frozenset({"RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION", "AVAILABLE"})
_CONTACT = ("Ada Example, MD", "1 (800) 933-7001", "ada[@]lantern.org")  # made up: the records come without persons
_LABEL = {  # column of `designs` → label
    "allocation": "Allocation",
    "intervention_model": "Intervention model",
    "observational_model": "Observational model",
    "primary_purpose": "Primary purpose",
    "time_perspective": "Time perspective",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A trial with the other trials of its See also table: what a details page prints, and what it says."""

    trial: Trial
    related: tuple[Brief, ...]

    @property
    def facts(self) -> Facts:
        """The texts of its pages."""
        return facts_of(self.trial, self.related, self._links)

    @property
    def truth(self) -> TableRows:
        """The rows that its details page says, made from the facts."""
        return truth(self.trial, PageKind.DETAILS, self.related, self._links, _address(self.trial.brief.nct_id))

    @property
    def frame(self) -> Frame:
        """What stands around its details page."""
        known = self.trial.brief
        title = f"{known.nct_id} - {known.title}" if self.trial.titled else "In Clinical Trials"
        newest = tuple((_address(other.nct_id), f"{other.nct_id} - {other.title}") for other in self.related[:3])
        return Frame(title=title, canonical=_address(known.nct_id), newest=newest)

    @property
    def _links(self) -> dict[str, str]:
        return {other.nct_id: _address(other.nct_id) for other in self.related}


def pages(count: int) -> list[tuple[str, str]]:
    """Return (family, page), the families in turn; the trials in their order, again from the first if too few."""
    known, names = subjects(count), list(FAMILIES)
    chosen = ((names[place % len(names)], known[place % len(known)]) for place in range(count))
    return [(name, FAMILIES[name].frame(each.frame, details(each.facts, FAMILIES[name]))) for name, each in chosen]


def subjects(count: int) -> list[Subject]:
    """Return so many trials of real records, or as many as there are; made-up ones where there are none."""
    trials = [trial_of(record, place) for place, record in enumerate(islice(records(), count + _RELATED))]
    return _with_related(trials, count) if trials else made_up(count)


def made_up(count: int) -> list[Subject]:
    """Return so many trials of the practice site."""
    world = World(trials=count + _RELATED)
    return _with_related([compose(world, place) for place in range(world.count)], count)


def _with_related(trials: Sequence[Trial], count: int) -> list[Subject]:
    known = [trial.brief for trial in trials]
    return [
        Subject(trial, tuple(other for other in (known * 2)[place + 1 : place + 1 + _RELATED] if other != trial.brief))
        for place, trial in enumerate(trials[:count])
    ]


def _address(nct_id: str) -> str:
    return f"https://inclinicaltrials.com/other/{nct_id}/details"


# --- records ----------------------------------------------------------------------------------------------------


def records() -> Iterator[dict[str, Any]]:
    if not RECORDS.exists():
        return
    with gzip.open(RECORDS, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def trial_of(whole: Mapping[str, Any], place: int) -> Trial:
    """Return the trial of a record of the registry's API (v2); `place` says which optional parts its page prints."""
    record = whole["protocolSection"]
    identity, outcomes = record["identificationModule"], record.get("outcomesModule", {})
    sponsors = record["sponsorCollaboratorsModule"]
    conditions = list(dict.fromkeys(map(_line, record["conditionsModule"].get("conditions", []))))
    meshes = whole["derivedSection"].get("conditionBrowseModule", {}).get("meshes", [])
    known = _brief(record, place)
    return Trial(
        brief=known,
        topic=TOPICS[0]._replace(condition=conditions[0] if conditions else "Other"),
        newer=False,
        said=_said(record, known),
        title_block=place % 4 != 2,
        titled=place % 3 != 1,
        acronym=_line(identity.get("acronym", "")),
        official_title=_line(identity.get("officialTitle", "")),
        summary=_lines(record["descriptionModule"]["briefSummary"]),
        description=_lines(record["descriptionModule"].get("detailedDescription", "")) or None,
        criteria=Criteria("", ()),
        conditions=conditions,
        mesh_terms=[_line(mesh["term"]) for mesh in meshes] if place % 2 else (),
        interventions=[
            (_wording("intervention_type", each["type"]), _line(each["name"]), _lines(each.get("description", "")))
            for each in record.get("armsInterventionsModule", {}).get("interventions", [])
        ],
        facilities=[
            (_country(each["country"]), (_line(each.get("facility", "")), each.get("city", ""), each.get("state", "")))
            for each in record.get("contactsLocationsModule", {}).get("locations", [])
            if each.get("facility")
        ],
        sponsors=list(
            dict.fromkeys(_line(s["name"]) for s in (sponsors["leadSponsor"], *sponsors.get("collaborators", [])))
        ),
        outcomes=[
            (kind, _line(each["measure"]), _lines(each.get("description", "")), _line(each.get("timeFrame", "")), "")
            for kind in ("Primary", "Secondary", "Other")
            for each in outcomes.get(f"{kind.lower()}Outcomes", [])
        ],
        references=[_citation(each) for each in record.get("referencesModule", {}).get("references", [])],
    )


def _line(printed: str) -> str:
    return " ".join(printed.split())


def _lines(printed: str) -> str:
    return "\n".join(filter(None, map(_line, printed.split("\n"))))


@cache
def _wording(vocabulary: str, wanted: str) -> str:
    """Return the newest wording of a code, "" of none."""
    return next((wording for wording, known in wordings(vocabulary) if known == wanted), "")


@cache
def _country(name: str) -> Place:
    return Place(name, code("countries", name) or "", 0, "", (), ())


def _citation(reference: Mapping[str, str]) -> str:
    pmid = reference.get("pmid", "")
    return _line(f"{reference['citation']} PMID: {pmid}" if pmid else reference["citation"])


def _brief(record: Mapping[str, Any], place: int) -> Brief:
    identity = record["identificationModule"]
    status = next(w for w, known in STATUSES.items() if known == record["statusModule"]["overallStatus"])
    phases = "/".join(record["designModule"].get("phases", [])) or None
    phase = next(wording for wording, known in PHASES.items() if known == phases)
    return Brief(place, identity["nctId"], "other", _line(identity["briefTitle"]), status, status, phase)


def _said(record: Mapping[str, Any], known: Brief) -> dict[FieldKey, Said]:
    sections = {
        ADMINISTRATIVE: _administrative(record, known),
        STUDY_INFORMATION: _information(record),
        RECRUITMENT: _recruitment(record, known),
        STUDY_DESIGN: _design(record["designModule"].get("designInfo", {})),
    }
    return {FieldKey(section, label): said for section, pairs in sections.items() for label, said in pairs.items()}


def _administrative(record: Mapping[str, Any], known: Brief) -> dict[str, Said]:
    identity, status = record["identificationModule"], record["statusModule"]
    others = [_line(each["id"]) for each in identity.get("secondaryIdInfos", [])]
    return {
        "NCT number": Said(known.nct_id, {"nct_id": known.nct_id}),
        "Other study ID #": own_id(_line(identity["orgStudyIdInfo"]["id"])),
        "Secondary ID": other_ids([each for each in others if "," not in each]),
        "Status": coded("overall_status", known.status, STATUSES[known.status]),
        "Phase": coded("phase", known.phase, PHASES[known.phase]),
        "First received": one_day("study_first_submitted_date", date.fromisoformat(status["studyFirstSubmitDate"])),
        "Last updated": Said(""),
        "Start date": _date("start", status),
        "Est. completion date": _date("completion", status),
    }


def _date(stem: str, status: Mapping[str, Any]) -> Said:
    struct = f"{stem.removesuffix('_completion')}{'Completion' * stem.endswith('_completion')}DateStruct"
    day = status.get(struct, {}).get("date", "")
    return dated(stem, date.fromisoformat(f"{day}-01"[:10]), month_only=len(day) == len("2024-05")) if day else Said("")


def _information(record: Mapping[str, Any]) -> dict[str, Said]:
    status, oversight = record["statusModule"], record.get("oversightModule", {})
    is_open = status["overallStatus"] in _OPEN
    name, phone, email = _CONTACT if is_open else ("n/a", "", "")
    regulated = bool(oversight.get("isFdaRegulatedDrug") or oversight.get("isFdaRegulatedDevice"))
    study_type = record["designModule"]["studyType"]
    verified = date.fromisoformat(f"{status['statusVerifiedDate'][:7]}-01")
    return {
        "Verified date": dated("verification", verified, month_only=True),
        "Source": text("source", _line(record["sponsorCollaboratorsModule"]["leadSponsor"]["name"])),
        "Contact": Said(name, {"name": name} if is_open else {}),
        "Phone": text("phone", phone),
        "Email": Said(email, {"email": email.replace("[@]", "@"), "email_text": email} if email else {}),
        "Is FDA regulated": answered("is_fda_regulated", "Yes" if regulated else "No", yes=regulated),
        "Health authority": text("health_authority", ""),
        "Study type": coded("study_type", _wording("study_type", study_type), study_type),
    }


def _recruitment(record: Mapping[str, Any], known: Brief) -> dict[str, Said]:
    who, status = record["eligibilityModule"], record["statusModule"]
    count = record["designModule"].get("enrollmentInfo", {}).get("count")
    healthy = bool(who.get("healthyVolunteers"))
    return {
        "Status": coded("overall_status", known.status, STATUSES[known.status]),
        "Enrollment": Said("") if count is None else counted("enrollment", count),
        "Est. completion date": _date("completion", status),
        "Est. primary completion date": _date("primary_completion", status),
        "Accepts healthy volunteers": answered(
            "healthy_volunteers", "Accepts Healthy Volunteers" if healthy else "No", yes=healthy
        ),
        "Gender": coded("gender", _wording("sex", who.get("sex", "")), who.get("sex")),
        "Age group": aged(who.get("minimumAge", "N/A"), who.get("maximumAge", "N/A")),
        "Eligibility": text("criteria", _lines(who.get("eligibilityCriteria", ""))),
    }


def _design(design: Mapping[str, Any]) -> dict[str, Said]:
    """Return what the record says; a code that has no wording of the site is left out."""
    said = {}
    for column, label in _LABEL.items():
        found = design.get("".join(word.capitalize() if n else word for n, word in enumerate(column.split("_"))))
        if found and (wording := _wording(column, found)):
            said[label] = Said(wording, {column: found})
    masking = design.get("maskingInfo", {})
    if wording := _wording("masking", masking.get("masking", "")):
        said["Masking"] = coded("masking", f"{wording}{_roles(masking.get('whoMasked', ()))}", masking["masking"])
    return said


def _roles(roles: Sequence[str]) -> str:
    return f" ({', '.join(role.replace('_', ' ').title() for role in roles)})" if roles else ""
