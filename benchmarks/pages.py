"""Pages to measure with: real registry records where they stand beside the project, else one made-up trial."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from registry.vocabularies import wordings
from tests.pages import BASE, FAMILIES, Facts, Pairs, render

RECORDS = Path(__file__).parents[2] / "shared" / "real" / "ctgov_v2.jsonl.gz"


def pages(count: int) -> list[tuple[str, str]]:
    """Return (family, page), the families in turn; the records in their order, again from the first if too few."""
    records = list(_records()) or [BASE]
    names = list(FAMILIES)
    chosen = ((names[place % len(names)], records[place % len(records)]) for place in range(count))
    return [(name, render(facts, FAMILIES[name])) for name, facts in chosen]


def _records() -> Iterator[Facts]:
    if not RECORDS.exists():
        return
    with gzip.open(RECORDS, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield facts_of(json.loads(line)["protocolSection"])


def _wording(vocabulary: str, code: str) -> str:
    return next((wording for wording, known in wordings(vocabulary) if known == code), code)


def _date(struct: dict[str, str]) -> str:
    text = struct.get("date", "")
    if len(text) == 7:
        return f"{date.fromisoformat(f'{text}-01'):%B %Y}"
    day = date.fromisoformat(text) if text else None
    return f"{day:%B} {day.day}, {day.year}" if day else ""


def _lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def facts_of(record: dict[str, Any]) -> Facts:
    """Return what the site would print of a record of the registry's API (v2, `protocolSection`)."""
    nct_id = record["identificationModule"]["nctId"]
    sponsors = record["sponsorCollaboratorsModule"]
    lead, *others = [sponsors["leadSponsor"]["name"], *(s["name"] for s in sponsors.get("collaborators", []))]
    locations = record.get("contactsLocationsModule", {}).get("locations", [])
    outcomes = record.get("outcomesModule", {})
    status = _wording("overall_status", record["statusModule"]["overallStatus"])
    return replace(
        BASE,
        nct_id=nct_id,
        status=status,
        administrative=_administrative(record, nct_id, status),
        summary=_lines(record["descriptionModule"].get("briefSummary", "")),
        description=_lines(record["descriptionModule"].get("detailedDescription", "")) or None,
        recruitment=_recruitment(record, status),
        conditions=record["conditionsModule"].get("conditions", []),
        interventions=[
            (_wording("intervention_type", i["type"]), i["name"], _lines(i.get("description", "")))
            for i in record.get("armsInterventionsModule", {}).get("interventions", [])
        ],
        locations=[[place.get(name, "") for name in ("country", "facility", "city", "state")] for place in locations],
        sponsors=[(lead, others[0] if others else ""), *(("", name) for name in others[1:])],
        countries=list(dict.fromkeys(place["country"] for place in locations if "country" in place)),
        outcomes=[
            (kind, outcome["measure"], _lines(outcome.get("description", "")), outcome.get("timeFrame", ""), "")
            for kind in ("Primary", "Secondary", "Other")
            for outcome in outcomes.get(f"{kind.lower()}Outcomes", [])
        ],
        related=[*BASE.related] * 6 + [*BASE.related][:2],
    )


def _administrative(record: dict[str, Any], nct_id: str, status: str) -> Pairs:
    dates = record["statusModule"]
    said = {
        "NCT number": nct_id,
        "Other study ID #": record["identificationModule"]["orgStudyIdInfo"].get("id", ""),
        "Secondary ID": "",
        "Status": status,
        "Phase": _wording("phase", "/".join(record["designModule"].get("phases", []))),
        "Start date": _date(dates.get("startDateStruct", {})),
        "Est. completion date": _date(dates.get("completionDateStruct", {})),
    }
    return [(label, said.get(label, value)) for label, value in BASE.administrative]


def _recruitment(record: dict[str, Any], status: str) -> Pairs:
    who = record["eligibilityModule"]
    said = {
        "Status": status,
        "Enrollment": str(record["designModule"].get("enrollmentInfo", {}).get("count", "")),
        "Gender": _wording("sex", who.get("sex", "")),
        "Age group": f"{who.get('minimumAge', 'N/A')} to {who.get('maximumAge', 'N/A')}",
        "Eligibility": _lines(who.get("eligibilityCriteria", "")),
    }
    return [(label, said.get(label, value)) for label, value in BASE.recruitment]
