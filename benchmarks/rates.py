"""How often real records change, by kind of trial: what `scraper/rates.py` says beside what real records show.

Reads the public records of ClinicalTrials.gov that lie beside the project (`shared/real`), if they do. Each record has
the day of its export (`versionHolder`), of its last update and of its registration. Looking back from the export, the
time to the last update is an observation of a Poisson process that ends with its first event: the rate is the number
of records updated within a year over the years looked back, at most one, and none beyond the registration.

Only exports that were not chosen by date of update count: in one, all records had been updated within 95 days. One more
was chosen by status and counts for the statuses that it has. What this cannot see: the update that brought a trial
into its kind counts too (so trials that just ended or started seem faster), and a trial that is still recruiting after
its date is one that was not updated (so it seems slower). For these the second table counts how many are left.
"""

import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # so that it runs as a file, too

from scraper.rates import YEAR, Prior, prior_of

RECORDS = Path(__file__).parents[2] / "shared" / "real" / "ctgov_v2.jsonl.gz"
_UNCHOSEN = {"2024-09-24", "2025-10-02", "2026-04-24", "2026-04-29"}
_BY_STATUS = {"2023-11-07"}  # recruiting and not yet recruiting
_OPEN = {"RECRUITING", "ACTIVE_NOT_RECRUITING", "ENROLLING_BY_INVITATION", "SUSPENDED"}
_LEFT = ((0, 90), (90, 180), (180, 365), (365, 730), (730, 1095))


class Record(NamedTuple):
    """What a record says; days since the update, the registration, the last possible start and completion."""

    export: str
    status: str
    phase: str | None
    since_update: int
    since_first: int
    since_start: int | None
    since_end: int | None

    @property
    def kind(self) -> Prior:
        """The kind of trial on the day of the export."""
        start, end = (None if each is None else -float(each) for each in (self.since_start, self.since_end))
        return prior_of(self.status, start, end, 0.0)


def records() -> Iterator[Record]:
    with gzip.open(RECORDS, "rt", encoding="utf-8") as lines:
        for line in lines:
            whole = json.loads(line)
            said = whole["protocolSection"]["statusModule"]
            export = whole["derivedSection"]["miscInfoModule"]["versionHolder"]
            end = said.get("primaryCompletionDateStruct") or said.get("completionDateStruct")
            phases = whole["protocolSection"]["designModule"].get("phases")
            yield Record(
                export, said["overallStatus"], "/".join(phases) if phases else None,
                *(
                    _days(export, each)
                    for each in (said["lastUpdateSubmitDate"], said["studyFirstSubmitDate"])
                ),
                *(None if each is None else _days(export, each["date"]) for each in (said.get("startDateStruct"), end)),
            )  # fmt: skip


def _days(later: str, earlier: str) -> int:
    """Return the days between two dates; of a month its last counts."""
    if len(earlier) == len("2026-01"):
        year, month = map(int, earlier.split("-"))
        day = date(year + month // 12, month % 12 + 1, 1) - timedelta(1)
    else:
        day = date.fromisoformat(earlier)
    return (date.fromisoformat(later) - day).days


def rate(group: Iterable[Record]) -> tuple[int, int, float]:
    """Return the records, the updates within a year, and the years looked back."""
    group = list(group)
    updated = sum(each.since_update < YEAR and each.since_update < each.since_first for each in group)
    return len(group), updated, sum(max(1.0, min(each.since_update, YEAR)) for each in group) / YEAR


def _line(name: str, group: Iterable[Record], table: str) -> None:
    count, updated, years = rate(group)
    error = 2 * (updated + 1) ** 0.5 / years
    print(f"| {name} | {count} | {updated} | {years:.1f} | {updated / years:.2f} ± {error:.2f} | {table} |")


def main() -> None:
    if not RECORDS.exists():
        sys.exit("The real records are not here: nothing was measured.")
    known = [each for each in records() if each.export in _UNCHOSEN | _BY_STATUS]
    unchosen = [each for each in known if each.export in _UNCHOSEN]
    kinds = defaultdict(list)
    for each in known:
        kinds[each.kind].append(each)
    print("| a trial | records | updated | years | a year | scraper/rates.py |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for kind, group in sorted(kinds.items(), key=lambda each: -each[0].per_year):
        _line(kind.text, group, f"{kind.per_year}")
    _line("(all, of exports that were not chosen)", unchosen, "")
    early = {"EARLY_PHASE1", "PHASE1", "PHASE1/PHASE2", "PHASE2"}
    _line("(open, early phases)", (r for r in known if r.status in _OPEN and r.phase in early), "")
    _line("(open, others)", (r for r in known if r.status in _OPEN and r.phase not in early), "")
    print(
        "\n| days since the date | not yet recruiting, of those started | open or planned, of those past completion |"
    )
    print("| --- | ---: | ---: |")
    for low, high in _LEFT:
        started = [r for r in unchosen if r.since_start is not None and low <= r.since_start < high]
        ended = [r for r in unchosen if r.since_end is not None and low <= r.since_end < high]
        waiting = sum(r.status == "NOT_YET_RECRUITING" for r in started)
        left = sum(r.status in _OPEN or r.status == "NOT_YET_RECRUITING" for r in ended)
        print(f"| {low} to {high} | {waiting} of {len(started)} | {left} of {len(ended)} |")


if __name__ == "__main__":
    main()
