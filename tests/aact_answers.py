"""Answers to the queries of `aact_queries.py`, from the truth of every trial, one by one; no database is asked."""

import json
import re
import statistics
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from registry.tables import TableRows

Rows = list[tuple[Any, ...]]
Trials = Sequence[TableRows]


# --- the truth, read without SQL --------------------------------------------------------------------------------


def study(trial: TableRows) -> Any:
    return trial["studies"][0]


def month_end(text: str | None) -> date | None:
    """The day of a date as AACT has it: `2024-05` is its last day."""
    if text is None:
        return None
    year, month, *day = map(int, text.split("-"))
    return date(year, month, *(day or [monthrange(year, month)[1]]))


def day(trial: TableRows, stem: str) -> date | None:
    return month_end(study(trial)[f"{stem}_month_year"])


def first_day(trial: TableRows, stem: str) -> date | None:
    text = study(trial)[f"{stem}_month_year"]
    return month_end(text if len(text) > 7 else f"{text}-01") if text else None


def rows(trial: TableRows, table: str) -> list[Any]:
    return list(trial[table])


def names(trial: TableRows, table: str, column: str = "name") -> list[Any]:
    return [row[column] for row in trial[table]]


def lead(trial: TableRows) -> Any:
    return next((row["name"] for row in trial["sponsors"] if row["lead_or_collaborator"] == "lead"), None)


def phase(trial: TableRows) -> Any:
    return study(trial)["phase"]


def status(trial: TableRows) -> Any:
    return study(trial)["overall_status"]


def counted(keys: Iterable[Any]) -> Rows:
    """Keys with their counts, the most frequent first, then by key."""
    return sorted(((*key, n) for key, n in Counter(keys).items()), key=lambda row: (-row[-1], row[:-1]))


def years(text: str | None) -> float | None:
    """An age limit in years; None where there is none or it is not printed."""
    match = re.match(r"([0-9]+) (\w+?)s?$", text or "")
    units = {"Year": 1, "Month": 12, "Week": 52, "Day": 365, "Hour": 8760, "Minute": 525600}
    return int(match[1]) / units[match[2]] if match else None


def eligibility(trial: TableRows) -> Any:
    return trial["eligibilities"][0] if trial["eligibilities"] else {}


def duration(trial: TableRows) -> int | None:
    """Months of thirty days from start to primary completion, where neither can be but an estimate."""
    begun, ended = first_day(trial, "start"), first_day(trial, "primary_completion")
    said = study(trial)["last_update_submitted_date"]
    if begun is None or ended is None or said is None or max(begun, ended) > said:
        return None
    start, end = day(trial, "start"), day(trial, "primary_completion")
    assert start and end
    return int((end - start).days / 30)


# --- answers ----------------------------------------------------------------------------------------------------


def by_country_and_phase(trials: Trials) -> Rows:
    return counted(
        (country, phase(each))
        for each in trials
        if status(each) == "RECRUITING" and phase(each)
        for country in set(names(each, "facilities", "country"))
    )


def overdue(trials: Trials) -> Rows:
    late: dict[str, list[date]] = defaultdict(list)
    for each in trials:
        end = day(each, "completion")
        if end and end < date(2026, 1, 1) and status(each) in ("RECRUITING", "ACTIVE_NOT_RECRUITING"):
            late[lead(each)].append(end)
    return sorted(((name, len(ends), min(ends)) for name, ends in late.items()), key=lambda row: (-row[1], row[0]))


def per_term_and_year(trials: Trials) -> Rows:
    starts = [(each, day(each, "start")) for each in trials]
    found = Counter(
        (term, begun.year)
        for each, begun in starts
        if begun
        for term in names(each, "browse_conditions", "downcase_mesh_term")
    )
    return sorted((*key, n) for key, n in found.items() if n > 1)


def small(trials: Trials) -> Rows:
    sizes = (("none", 0, 0), ("1-20", 1, 20), ("21-100", 21, 100), ("over 100", 101, 10**9))
    return [
        (name, sum(low <= (study(each)["enrollment"] if study(each)["enrollment"] is not None else -1) <= high
                   for each in trials))
        for name, low, high in sizes
    ]  # fmt: skip


def median_duration(trials: Trials) -> Rows:
    by_phase: dict[str, list[int]] = defaultdict(list)
    for each in trials:
        if (months := duration(each)) is not None and phase(each):
            by_phase[phase(each)].append(months)
    return sorted((name, len(values), statistics.median(values)) for name, values in by_phase.items())


def per_month(trials: Trials) -> Rows:
    starts = Counter(f"{begun:%Y-%m}" for each in trials if (begun := day(each, "start")) and begun.year >= 2024)
    return sorted(starts.items())


def drug_and_no_placebo(trials: Trials) -> Rows:
    return sorted(
        (study(each)["nct_id"],)
        for each in trials
        if any(row["intervention_type"] == "DRUG" for row in rows(each, "interventions"))
        and not any("placebo" in (name or "").lower() for name in names(each, "interventions"))
    )


def children_only(trials: Trials) -> Rows:
    def fits(each: TableRows) -> bool:
        limits = eligibility(each)
        low, high = limits.get("minimum_age"), limits.get("maximum_age")
        return low is not None and high is not None and (years(low) or 0) < 18 and (years(high) or 999) < 18

    return sorted((study(each)["nct_id"],) for each in trials if fits(each))


def multinational(trials: Trials) -> Rows:
    found = ((study(each)["nct_id"], sorted(set(names(each, "countries")))) for each in trials)
    return sorted((nct_id, len(there), ", ".join(there)) for nct_id, there in found if len(there) >= 3)


def collaborations(trials: Trials) -> Rows:
    pairs = Counter(
        (lead(each), row["name"])
        for each in trials
        for row in rows(each, "sponsors")
        if row["lead_or_collaborator"] == "collaborator"
    )
    return [(*pair, n) for pair, n in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:10]]


def share_randomized(trials: Trials) -> Rows:
    of_type: dict[str, list[bool]] = defaultdict(list)
    for each in trials:
        for row in rows(each, "designs"):
            if study(each)["study_type"]:
                of_type[study(each)["study_type"]].append(row["allocation"] == "RANDOMIZED")
    return sorted((name, len(all_), sum(all_), sum(all_) * 100 // len(all_)) for name, all_ in of_type.items())


def first_and_last_update(trials: Trials) -> Rows:
    dates: dict[str, list[date]] = defaultdict(list)
    for each in trials:
        if updated := study(each)["last_update_submitted_date"]:
            dates[status(each)].append(updated)
    return sorted((name, min(days), max(days)) for name, days in dates.items())


def masking_by_purpose(trials: Trials) -> Rows:
    cells = Counter(
        (row["primary_purpose"], row["masking"] == "NONE")
        for each in trials
        for row in rows(each, "designs")
        if row["primary_purpose"] and row["masking"]
    )
    purposes = sorted({purpose for purpose, _ in cells})
    return [(purpose, cells[purpose, True], cells[purpose, False]) for purpose in purposes]


def score_outcomes(trials: Trials) -> Rows:
    return sorted(
        (study(each)["nct_id"], n)
        for each in trials
        if (n := sum(row["outcome_type"] == "primary" and "score" in (row["measure"] or "").lower()
                     for row in rows(each, "design_outcomes")))
    )  # fmt: skip


def outcomes_to_measure(trials: Trials) -> Rows:
    found = ((study(each)["nct_id"], Counter(names(each, "design_outcomes", "outcome_type"))) for each in trials)
    kinds = ("primary", "secondary", "other")
    return [(nct_id, *(counts[kind] or None for kind in kinds)) for nct_id, counts in found]


def single_site(trials: Trials) -> Rows:
    sites = [len(each["facilities"]) for each in trials]
    return [(len(sites), sum(n == 0 for n in sites), sum(n == 1 for n in sites), max(sites))]


def american(trials: Trials) -> Rows:
    def there(each: TableRows) -> bool | None:
        codes = names(each, "facilities", "country_code")
        return bool({"US", "PR", "GU"} & set(codes)) if codes else None

    return [(value, n) for value, n in sorted(Counter(map(there, trials)).items(), key=lambda item: str(item[0]))]


def states(trials: Trials) -> Rows:
    found = Counter(
        row["state"]
        for each in trials
        if status(each) in ("RECRUITING", "NOT_YET_RECRUITING")
        for row in {(r["state"], study(each)["nct_id"]): r for r in each["facilities"]}.values()
        if row["country"] == "United States" and row["state"]
    )
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def first_condition(trials: Trials) -> Rows:
    return sorted((study(each)["nct_id"], names(each, "conditions")[0]) for each in trials if each["conditions"])


def reporting_papers(trials: Trials) -> Rows:
    found = Counter(bool([pmid for pmid in names(each, "study_references", "pmid") if pmid]) for each in trials)
    return [(True, found[True]), (False, found[False])]


def secondary_ids(trials: Trials) -> Rows:
    return sorted(
        (study(each)["nct_id"], row["id_value"])
        for each in trials
        for row in rows(each, "id_information")
        if row["id_source"] == "secondary_id" and re.fullmatch(r"[0-9]{4}-[0-9]{6}-[0-9]{2}", row["id_value"])
    )


def running_total(trials: Trials) -> Rows:
    days = [study(each)["study_first_submitted_date"] for each in trials]
    per_year = Counter(first.year for first in days if first)
    total, found = 0, []
    for year, n in sorted(per_year.items()):
        total += n
        found.append((year, n, total))
    return found


def age_units(trials: Trials) -> Rows:
    found = []
    for each in trials:
        text = eligibility(each).get("minimum_age")
        if text is not None:
            unit = text.split()[-1].lower().rstrip("s")
            found.append((unit, int(re.match("[0-9]*", text)[0] or 0)))  # type: ignore[index]
    units: dict[str, list[int]] = defaultdict(list)
    for unit, number in found:
        units[unit].append(number)
    return sorted((unit, min(values), max(values)) for unit, values in units.items())


def largest_of_each_phase(trials: Trials) -> Rows:
    best: dict[str, tuple[int, str]] = {}
    for each in trials:
        size, name = study(each)["enrollment"], phase(each)
        if size is None or name is None:
            continue
        nct_id = study(each)["nct_id"]
        if name not in best or (-size, nct_id) < (-best[name][0], best[name][1]):
            best[name] = (size, nct_id)
    return sorted((name, nct_id, size) for name, (size, nct_id) in best.items())


def unknown_size_last(trials: Trials) -> Rows:
    known = [(study(each)["nct_id"], study(each)["enrollment"]) for each in trials if status(each) == "WITHDRAWN"]
    return sorted(known, key=lambda row: (row[1] is not None, -(row[1] or 0), row[0]))


def texts_with(trials: Trials) -> Rows:
    return sorted(
        (study(each)["nct_id"],)
        for each in trials
        if re.search("pregnan", eligibility(each).get("criteria") or "", re.IGNORECASE)
        or re.search("pregnan", (names(each, "brief_summaries", "description") or [""])[0] or "", re.IGNORECASE)
    )


def women_only(trials: Trials) -> Rows:
    found = Counter(
        (eligibility(each)["gender"], eligibility(each)["healthy_volunteers"])
        for each in trials
        if eligibility(each).get("gender") and eligibility(each).get("healthy_volunteers") is not None
    )
    return sorted((gender, healthy, n) for (gender, healthy), n in found.items())


def quiet_years(trials: Trials) -> Rows:
    starts = Counter(begun.year for each in trials if (begun := day(each, "start")))
    return [(year, starts[year]) for year in range(2015, 2027)]


def _legacy(spelled: dict[str, str], found: Rows, column: int) -> Iterator[tuple[Any, ...]]:
    for row in found:
        yield (*row[:column], spelled.get(row[column], row[column]), *row[column + 1 :])


PHASES = {
    "NA": "Not Applicable", "EARLY_PHASE1": "Early Phase 1", "PHASE1": "Phase 1", "PHASE1/PHASE2": "Phase 1/Phase 2",
    "PHASE2": "Phase 2", "PHASE2/PHASE3": "Phase 2/Phase 3", "PHASE3": "Phase 3", "PHASE4": "Phase 4",
}  # fmt: skip
STATUSES = {
    "COMPLETED": "Completed", "TERMINATED": "Terminated", "WITHDRAWN": "Withdrawn", "UNKNOWN": "Unknown status",
    "RECRUITING": "Recruiting", "ACTIVE_NOT_RECRUITING": "Active, not recruiting",
}  # fmt: skip


def legacy_phases(trials: Trials) -> Rows:
    found = counted((phase(each),) for each in trials if status(each) == "COMPLETED" and phase(each))
    return sorted(_legacy(PHASES, found, 0), key=lambda row: (-row[1], row[0]))


def legacy_ended(trials: Trials) -> Rows:
    ended = ("COMPLETED", "TERMINATED", "WITHDRAWN", "UNKNOWN")
    found = Counter(
        (begun.year, STATUSES[status(each)])
        for each in trials
        if (begun := day(each, "start")) and begun.year >= 2018 and status(each) in ended
    )
    return sorted((year, name, n) for (year, name), n in found.items())


def legacy_healthy(trials: Trials) -> Rows:
    return sorted(
        (study(each)["nct_id"],)
        for each in trials
        if phase(each) in ("PHASE1", "EARLY_PHASE1") and eligibility(each).get("healthy_volunteers") is True
    )


def legacy_designs(trials: Trials) -> Rows:
    return [
        (
            sum(
                row["allocation"] == "RANDOMIZED"
                and row["intervention_model"] == "PARALLEL"
                and row["masking"] in ("DOUBLE", "TRIPLE", "QUADRUPLE")
                for each in trials
                for row in rows(each, "designs")
            ),
            sum(row["masking"] == "NONE" for each in trials for row in rows(each, "designs")),
        )
    ]


def legacy_types(trials: Trials) -> Rows:
    def spelled(each: TableRows) -> str | None:
        text = study(each)["study_type_text"]
        return None if study(each)["study_type"] is None else str(text)

    return sorted(Counter(name for each in trials if (name := spelled(each))).items())


def legacy_drugs(trials: Trials) -> Rows:
    kinds = {"DRUG": "Drug", "BIOLOGICAL": "Biological", "DIETARY_SUPPLEMENT": "Dietary Supplement"}
    found = Counter(
        kinds[row["intervention_type"]]
        for each in trials
        if status(each) == "ACTIVE_NOT_RECRUITING"
        for row in rows(each, "interventions")
        if row["intervention_type"] in kinds
    )
    return sorted(found.items())


def sponsors_as_json(trials: Trials) -> Rows:
    found: Rows = []
    for trial in sorted(trials, key=lambda each: str(study(each)["nct_id"])):
        if status(trial) == "COMPLETED" and len(rows(trial, "sponsors")) == 1:
            (sponsor,) = rows(trial, "sponsors")
            member = {"name": sponsor["name"], "role": sponsor["lead_or_collaborator"], "class": None}
            text = json.dumps([member], ensure_ascii=False, separators=(",", ":"))
            found.append((study(trial)["nct_id"], PHASES.get(str(phase(trial))), text))
    return found
