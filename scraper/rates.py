"""How often the page of a trial changes: a prior by the kind of trial, and what the page's own history adds to it.

A kind has changes a year: changes of the status, and other updates. They were rounded from these sources:

- 580 public records of ClinicalTrials.gov from exports of 2023 to 2026 (`benchmarks/rates.py`). The time since the last
  update is a backward recurrence time; of a Poisson process it has the distribution of the gaps themselves, so there
  is no inspection paradox. Counted are updates in the year before the export over the time looked back, cut at
  a year and at the registration (censoring). Where what a record is now says that it was not updated (still
  recruiting after its completion date), looking back says little of what comes, and the next two are used.
- The same records: 14 of 19 were open half a year to a year after their completion date, 5 of 27 in the year after
  that: 1.5 a year leave. Of those that should have started three to six months ago 3 of 11 have not.
- Jones et al. 2017 (BMJ Open 7:e017719): a trial's end reaches the registry 141 days later in the median, 48 and 419 in
  the quartiles; that is a rate of 1.8 a year for half a year, and less afterwards.

42 CFR 11.64 wants an update at least every 12 months, and of the recruitment status within 30 days; 42 CFR 11.44
results a year after the primary completion. Unknown status is set by the registry itself after two years without an
update, so no snapshot shows how such records change; .07 is assumed: more, and trials that ended long ago would be
updated more often than they are, for it is to these that unknown ones turn.
"""

from math import exp, log
from typing import Final, NamedTuple

YEAR: Final = 365.25

# Weight of the prior, as changes seen: the shape of a gamma distribution of rates among trials of one kind. Records
# that recruit fit 3; less is used, because the table itself may be wrong.
_SHAPE: Final = 1.0


class Prior(NamedTuple):
    """A kind of trial: changes a year, what it is in words, and whether the rate goes with the phase."""

    per_year: float
    text: str
    with_phase: bool = False


STARTS_LATER: Final = Prior(1.4, "that starts later")
STARTS_NOW: Final = Prior(3.0, "whose start is near")
START_PASSED: Final = Prior(1.0, "whose start has long passed")
YOUNG: Final = Prior(2.0, "in its first year", True)
UNDER_WAY: Final = Prior(1.3, "under way", True)
END_NEAR: Final = Prior(1.7, "whose completion is near", True)
END_PASSED: Final = Prior(2.4, "past its completion date", True)
END_LONG_PASSED: Final = Prior(1.6, "long past its completion date", True)
JUST_ENDED: Final = Prior(1.2, "that ended within a year")
ENDED: Final = Prior(0.6, "that ended a year ago")
LONG_ENDED: Final = Prior(0.06, "that ended years ago")
OLD: Final = Prior(0.02, "that ended long ago")
UNVERIFIED: Final = Prior(0.07, "that nobody updates")
OTHER: Final = Prior(0.4, "of which little is known")  # the mean: 43 of 480 were updated within 90 days

_OPEN: Final = frozenset({"RECRUITING", "ACTIVE_NOT_RECRUITING", "ENROLLING_BY_INVITATION", "SUSPENDED"})
_ENDED: Final = frozenset({"COMPLETED", "TERMINATED", "WITHDRAWN"})
# Of open trials those of early phases are updated 1.7 times as often as others in the records; half of that (in
# logarithms) is used, for the records are few and their phases go with their sponsors.
_EARLY: Final = frozenset({"EARLY_PHASE1", "PHASE1", "PHASE1/PHASE2", "PHASE2"})
_BY_PHASE: Final = (0.9, 1.2)


def prior_of(status: str | None, start: float | None, completion: float | None, now: float) -> Prior:
    """Return the kind of a trial by its status (a code of the vocabulary) and its dates (days, as `now`)."""
    if status in _ENDED:
        return _of_ended(now - completion) if completion is not None else LONG_ENDED
    if status in _OPEN:
        return _of_open(start, completion, now)
    if status == "NOT_YET_RECRUITING":
        return _of_planned(now - start) if start is not None else STARTS_LATER
    return UNVERIFIED if status == "UNKNOWN" else OTHER


def prior_rate(prior: Prior, phase: str | None) -> float:
    """Return the changes a day of a kind of trial in a phase."""
    return prior.per_year / YEAR * (_BY_PHASE[phase in _EARLY] if prior.with_phase else 1)


def own_rate(expected: float, visits: int, changes: int, observed: float) -> float:
    """Return the changes a day of a page: `expected` ones, corrected by its own over the `observed` days.

    Gamma-Poisson shrinkage. That a visit saw a change says at least one: of n gaps with x of them changed the estimate
    is `-n ln((n - x + .5) / (n + .5))` changes (Cho and Garcia-Molina 2003, Estimating frequency of change).

    >>> own_rate(0.01, 1, 0, 0.0)
    0.01
    >>> own_rate(0.01, 11, 0, 100.0)
    0.005
    """
    if observed <= 0 or visits < 2:
        return expected
    seen = 0.0
    if changes > 0:
        gaps = visits - 1
        seen = -gaps * log((max(gaps - changes, 0) + 0.5) / (gaps + 0.5))
    return (_SHAPE + seen) / (_SHAPE / expected + observed)


def gain(rate: float, age: float) -> float:
    """Return the fresh days that a request is worth for a page `age` days after its last good answer.

    Asked for every t days a page of rate r is fresh for (1 - e^-rt) / r of them. What that gives a day, f, has the
    derivative f' = -(1 - e^-rt (1 + rt)) / (r t^2); a longer t saves 1 / t^2 requests a day. The quotient is what the
    request between is worth: fresh days for one request. It grows with age, to 1 / r.

    >>> round(gain(0.01, 100), 1), gain(0.01, 0)
    (26.4, 0.0)
    """
    x = rate * age
    if x < 1e-3:  # the difference below would be lost in rounding
        return x * x * (0.5 - x / 3 + x * x / 8) / rate
    return (1 - exp(-x) * (1 + x)) / rate


def _of_planned(since_start: float) -> Prior:
    if since_start < -30:
        return STARTS_LATER
    return STARTS_NOW if since_start < 90 else START_PASSED


def _of_open(start: float | None, completion: float | None, now: float) -> Prior:
    since_end = now - completion if completion is not None else -YEAR
    if since_end >= 0:
        return END_PASSED if since_end < 180 else END_LONG_PASSED
    if since_end >= -90:
        return END_NEAR
    return YOUNG if start is not None and now - start < YEAR else UNDER_WAY


def _of_ended(since_end: float) -> Prior:
    if since_end < YEAR:
        return JUST_ENDED
    if since_end < 2 * YEAR:
        return ENDED
    return LONG_ENDED if since_end < 5 * YEAR else OLD
