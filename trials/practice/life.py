"""What becomes of a trial night by night: how often its record changes, what changes then, and how it ends.

Rates. The registry does not say how often its records change, but it prints when each changed last. If changes come by
chance at a steady rate (a Poisson process, as Cho and Garcia-Molina found of web pages), the share of records that did
not change for `t` nights is exp(-t/m), `m` the mean number of nights between changes; and where the rates of trials
themselves are spread exponentially, it is 1/(1 + t/m). Of 646 records of the registry, each seen on the day of its
export (2023 to 2026), this many had not changed for

    nights                      30     90    365    730
    not yet recruiting (64)   0.73   0.50   0.19   0.09    with m =   90: 0.75 0.50 0.20 0.11
    recruiting (195)          0.77   0.57   0.25   0.09    with m =  110: 0.79 0.55 0.23 0.13
    active (28)               0.79   0.64   0.21   0.04    with m =  120: 0.80 0.57 0.25 0.14
    by invitation (6)         1.00   0.67   0.17   0.17    with m =  150: 0.83 0.63 0.29 0.17
    ended (274)               0.98   0.97   0.91   0.82    with m = 3600: 0.99 0.98 0.91 0.83

which the second form fits. `nights` of `STAGES` is this `m`: of trials of a status the mean rate is one change in so
many nights, and each trial has a pace of its own, spread exponentially about 1, which it keeps from status to status.
None of 76 records of unknown status had changed within a year: who writes to such a record says how the trial stands,
and then its status is another; how often is a guess, the rate of those that ended. Two suspended records and the
statuses of expanded access, one or none each, are too few to be counted: those that are open have the rate of a trial
that recruits, the others that of one that ended.

Kinds and next statuses are no measurements. A status is told within thirty days of a change (42 CFR 11.64), and what
is open is looked at once a year at least; a trial of middling pace waits half a year for its first participant,
recruits for two years, and is watched for nearly as long. Locations come while it recruits; an ended record is
corrected. Every kind shows on the details page, so a status that none follows is never said to change.

Ends. The registry takes no record away, but a mirror may, and duplicates are merged. Shares are made up: of 2,000
trials some three vanish in a month, and three are merged with another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import NamedTuple

from trials.practice.draw import turn

ENDING = 0.1  # share of the trials that end
_ENDS_WITHIN = 1000  # nights after its appearance
_MERGED = 0.5  # share of those that end
_MISSING = (3, 10)  # nights that the site just lacks a trial that vanished, before it says that it is gone

_NO_STATUS = {"enrollment": 1, "completion": 2, "location": 1, "criteria": 1}
_CORRECTED = {"enrollment": 2, "completion": 2, "criteria": 1}


@dataclass(frozen=True, slots=True)
class Stage:
    """A status: its records among 646, mean nights between changes, and the weights of kinds and of next statuses."""

    records: int
    nights: float
    kinds: Mapping[str, int]
    following: Mapping[str, int]


STAGES: Mapping[str, Stage] = {
    "Recruiting": Stage(
        195,
        110,
        {"status": 15, "enrollment": 10, "completion": 25, "location": 35, "criteria": 15},
        {"Active, not recruiting": 55, "Completed": 30, "Terminated": 8, "Unknown status": 5, "Suspended": 2},
    ),
    "Not yet recruiting": Stage(
        64,
        90,
        {"status": 50, "enrollment": 10, "completion": 20, "location": 10, "criteria": 10},
        {"Recruiting": 85, "Withdrawn": 10, "Enrolling by invitation": 5},
    ),
    "Completed": Stage(225, 3600, _CORRECTED, {}),
    "Active, not recruiting": Stage(
        28,
        120,
        {"status": 20, "enrollment": 25, "completion": 40, "location": 10, "criteria": 5},
        {"Completed": 85, "Terminated": 10, "Unknown status": 5},
    ),
    "Withdrawn": Stage(12, 3600, {"completion": 1, "criteria": 1}, {}),  # the number of participants is 0 and stays
    "Terminated": Stage(37, 3600, _CORRECTED, {}),
    "Suspended": Stage(2, 110, {"status": 50, "completion": 50}, {"Recruiting": 60, "Terminated": 30, "Withdrawn": 10}),
    "Enrolling by invitation": Stage(
        6, 150, {"status": 20, **_NO_STATUS}, {"Active, not recruiting": 40, "Completed": 55, "Terminated": 5}
    ),
    "Unknown status": Stage(76, 3600, {"status": 1}, {"Completed": 80, "Recruiting": 10, "Terminated": 10}),
    "Available": Stage(1, 110, {"status": 1, **_NO_STATUS}, {"No longer available": 60, "Approved for marketing": 40}),
    "No longer available": Stage(1, 3600, _CORRECTED, {}),
    "Temporarily not available": Stage(
        1, 110, {"status": 3, **_NO_STATUS}, {"Available": 70, "No longer available": 30}
    ),
    "Approved for marketing": Stage(1, 3600, _CORRECTED, {}),
    "Withheld": Stage(1, 3600, _CORRECTED, {}),
}
"""In the order of their turns."""


class Change(NamedTuple):
    """One change of a trial: on which night, of what, and its status from then on."""

    night: int
    kind: str
    status: str


class End(NamedTuple):
    """How a trial ends: on which night, merged with another or not, and from which night its absence is for good."""

    night: int
    is_merged: bool
    for_good: int


_STATUSES = tuple(STAGES)
_RECORDS = tuple(accumulate(stage.records for stage in STAGES.values()))


def first_status(place: int, stream: Random) -> str:
    """Return the status in which a trial is seen first, as frequent as in the registry after the first trials."""
    return turn(place, _STATUSES, stream.choices(_STATUSES, cum_weights=_RECORDS)[0])


def end_of(stream: Random, appeared: int) -> End:
    """Return how a trial ends that does."""
    night = appeared + stream.randint(1, _ENDS_WITHIN)
    return End(night, stream.random() < _MERGED, night + stream.randint(*_MISSING))


def changes_of(stream: Random, status: str, nights: range, pace: float) -> Iterator[Change]:
    """Yield the changes of a trial, from its appearance to the last of these nights; none is on the first."""
    pace, moment = pace * stream.expovariate(1.0), float(nights.start)
    while True:
        stage = STAGES[status]
        moment += stream.expovariate(1.0) * stage.nights / pace
        if moment >= nights.stop - 1:
            return
        kind = _drawn(stream, stage.kinds)
        if kind == "status":
            status = _drawn(stream, stage.following)
        yield Change(int(moment) + 1, kind, status)


def _drawn(stream: Random, weights: Mapping[str, int]) -> str:
    return stream.choices(tuple(weights), cum_weights=tuple(accumulate(weights.values())))[0]
