"""A registry that changes from day to day, for `benchmarks/freshness.py`: made up, with rates as real ones have them.

Rates are a year's. They are told apart by what happens, so that the table in `scraper/rates.py`, which is of sums by
kind, is no copy of them, and were set so that what `benchmarks/rates.py` measures in real records comes out of these
trials too (a test of the assumption, printed by `python -m benchmarks.changing`):

- A planned trial starts (2.2 near its date, .7 later); a trial that is open ends (1.8 in the half year after its date,
  1.2 later, .1 before: Jones et al. 2017, and the shares of real records that are still open), stops recruiting
  (.25), or, two years after its date without an update, is unknown; then .05.
- All else: 1.2 planned, .4 after the start should have been, 1.7 in its first year, 1.0 later, .6 and .4 after the
  completion date; ended ones 1.0, .5, .05, .01 in their first, second, until their fifth, and in later years (results
  are due after one). In early phases 1.3, in others .8 times as many. One in thirty of these changes the title. Four
  in ten of an open trial near or past its completion date move that date by a year.
- Trials of one kind differ: each has a factor of its own, gamma with shape 3 (the likelihood of open records does not
  tell 3 from more, and falls below 2).
- 6 % new trials a year; statuses and dates to begin with as in real records.

What a page's See also says is of the page's last rendering: when its own trial changed, else by chance, every `lag`
days in the mean. Its rows are 20 trials of the same condition, the same ones for good; conditions are of very
different sizes.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scraper.rates import prior_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STATUSES: Final = (
    "NOT_YET_RECRUITING", "RECRUITING", "ACTIVE_NOT_RECRUITING", "COMPLETED", "TERMINATED", "UNKNOWN",
)  # fmt: skip
_PLANNED, _RECRUITING, _ACTIVE, _COMPLETED, _TERMINATED, _UNKNOWN = range(6)
_AT_FIRST: Final = (0.052, 0.181, 0.044, 0.481, 0.082, 0.16)  # 480 records of unselected exports; smaller ones joined
_AT_BIRTH: Final = (0.6, 0.3, 0.02, 0.08, 0.0, 0.0)
_PHASES: Final = ("NA", "PHASE1", "PHASE2", "PHASE3", None)
_EARLY: Final = (1, 2)
ROWS: Final = 20
_YEAR: Final = 365.25
_TITLE: Final = 1 / 30
_MOVED: Final = 0.4


@dataclass(frozen=True)
class Assumed:
    """What is assumed of the registry and its mirror, beside what stands above."""

    name: str
    lag: float = 30.0  # days between two renderings of a page's See also by chance
    shape: float = 3.0  # of the factors of trials
    spread: float = 0.0  # of factors that all trials of a kind share (lognormal): what the policy's table has wrong


@dataclass(frozen=True)
class Changing:
    """What is true of each trial at the end of each day (rows), and what its page was rendered with."""

    born: Ints  # the first day; not below 0 for those that were there
    see_also: Ints  # trials on each page
    phase: list[str | None]
    version: NDArray[np.uint8]
    shown: NDArray[np.uint8]  # status and title, as See also rows tell them apart
    status: NDArray[np.uint8]
    start: Floats  # of each trial
    completion: NDArray[np.float32]
    factor: Floats  # of each trial
    of_kind: Floats
    rendered: NDArray[np.int16]  # the day of the page's last rendering


class _Trials:
    """The trials as they are now."""

    def __init__(self, count: int, at_birth: Ints, random: np.random.Generator, assumed: Assumed) -> None:
        self.random, self.born = random, at_birth
        old = at_birth <= 0
        self.status = np.where(old, random.choice(6, count, p=_AT_FIRST), random.choice(6, count, p=_AT_BIRTH)).astype(
            np.int64
        )
        lasts = random.lognormal(np.log(900), 0.75, count)
        side = random.normal(0, 1, count)
        since_end = np.select(
            [self.status == _PLANNED, self.status == _UNKNOWN, self.status >= _COMPLETED],
            [
                random.normal(200, 290, count) - lasts,
                400 + random.exponential(2300, count),
                random.uniform(0, 7200, count),
            ],
            -139 + side * np.where(side < 0, 750, 300),
        )
        since = np.where(self.status == _PLANNED, since_end + lasts, np.maximum(since_end + lasts, 30))
        since = np.where(old, since, np.where(self.status == _PLANNED, random.normal(-30, 90, count), 30))
        since = np.where(~old & (self.status >= _COMPLETED), lasts + 100, since)
        self.start = np.maximum(at_birth, 0) - since
        self.completion = self.start + lasts
        self.updated = np.maximum(at_birth, 0) - random.exponential(350, count)
        self.factor = random.gamma(assumed.shape, 1 / assumed.shape, count)
        self.of_kind = random.lognormal(0, assumed.spread, 12) if assumed.spread else np.ones(12)
        self.phase = random.integers(0, len(_PHASES), count)
        self.factor *= np.where(np.isin(self.phase, _EARLY) & (self.status < _COMPLETED), 1.3, 0.8)
        self.title = np.zeros(count, dtype=np.int64)

    def rates(self, day: int) -> tuple[Floats, Floats]:
        """Return the rates a day at which status changes, and all else."""
        return rates_of(self.status, day - self.start, day - self.completion, self.factor, self.of_kind)

    def turn(self, changing: Ints, day: int) -> None:
        """Change the status of trials."""
        chance = self.random.random(len(changing))
        was, after = self.status[changing], day - self.completion[changing]
        end = np.where(chance < 0.85, _COMPLETED, _TERMINATED)
        stops = (was == _RECRUITING) & (after < 0) & (chance < 2 / 3)
        self.status[changing] = np.select(
            [was == _PLANNED, stops, was == _UNKNOWN],
            [np.where(chance < 0.92, _RECRUITING, _TERMINATED), _ACTIVE, end],
            end,
        )
        early = changing[(self.status[changing] >= _COMPLETED) & (after < 0)]
        self.completion[early] = day

    def update(self, changing: Ints, day: int) -> None:
        """Change anything else of trials."""
        self.title[changing] += self.random.random(len(changing)) < _TITLE
        is_late = (self.status[changing] < _COMPLETED) & (self.completion[changing] - day < 90)
        moved = changing[is_late & (self.random.random(len(changing)) < _MOVED)]
        self.completion[moved] = np.maximum(self.completion[moved], day) + 365

    def expire(self, day: int) -> Ints:
        """Make unknown what nobody updated, and return it."""
        silent = (self.status < _COMPLETED) & (day - self.completion > 730) & (day - self.updated > 730)
        self.status[silent] = _UNKNOWN
        return np.flatnonzero(silent)


def rates_of(
    status: NDArray[Any], since: NDArray[Any], after: NDArray[Any], factor: Floats, of_kind: Floats
) -> tuple[Floats, Floats]:
    """Return the changes a day of the status, and of all else, by the days since start and completion."""
    planned, open_ = status == _PLANNED, (status == _RECRUITING) | (status == _ACTIVE)
    ended = (status == _COMPLETED) | (status == _TERMINATED)
    kinds = [
        planned & (since < -30), planned & (since < 90), planned,
        open_ & (after < -90) & (since < _YEAR), open_ & (after < 0), open_ & (after < 180), open_,
        ended & (after < _YEAR), ended & (after < 2 * _YEAR), ended & (after < 5 * _YEAR), ended,
    ]  # fmt: skip
    turning = np.select(kinds, [0.2, 2.2, 0.7, 0.1, 0.1, 1.8, 1.2, 0.0, 0.0, 0.0, 0.0], 0.05)
    turning = turning + np.where((status == _RECRUITING) & (after < 0), 0.25, 0.0)
    other = np.select(kinds, [1.2, 1.2, 0.4, 1.7, 1.0, 0.6, 0.4, 1.0, 0.5, 0.05, 0.01], 0.02) * factor
    shared = np.select(kinds, list(of_kind[:11]), of_kind[11]) / _YEAR
    return shared * turning, shared * other


def changing(count: int, days: int, assumed: Assumed, seed: int) -> Changing:
    """Return `count` trials and those that are new within the days."""
    random = np.random.default_rng(seed)
    new = round(count * 0.06 / _YEAR * days)
    born = np.concatenate([np.zeros(count, np.int64), np.sort(random.integers(1, days, new))])
    total = count + new
    trials = _Trials(total, born, random, assumed)
    world = Changing(
        born, _see_also(total, random), [_PHASES[each] for each in trials.phase.tolist()],
        np.zeros((days, total), np.uint8), np.zeros((days, total), np.uint8), np.zeros((days, total), np.uint8),
        trials.start, np.zeros((days, total), np.float32), trials.factor, trials.of_kind,
        np.zeros((days, total), np.int16),
    )  # fmt: skip
    version = np.zeros(total, np.int64)
    rendered = np.maximum(born, -random.exponential(assumed.lag, total).astype(np.int64))
    for day in range(days):
        turning, other = trials.rates(day)
        is_there = born < day
        turns = is_there & (random.random(total) < -np.expm1(-turning))
        updates = is_there & (random.random(total) < -np.expm1(-other))
        trials.turn(np.flatnonzero(turns), day)
        trials.update(np.flatnonzero(updates), day)
        trials.updated[turns | updates] = day
        changed = turns | updates
        changed[trials.expire(day)] = True
        changed &= is_there
        version += changed
        rendered = np.where(changed | (random.random(total) < 1 / assumed.lag) | (born == day), day, rendered)
        world.version[day], world.status[day] = version, trials.status
        world.shown[day] = trials.status + 8 * (trials.title % 30)
        world.completion[day] = trials.completion
        world.rendered[day] = np.maximum(rendered, 0)
    return world


def _see_also(total: int, random: np.random.Generator) -> Ints:
    """Return 20 trials of the same condition for each; the sizes of conditions follow Zipf's law, from 21 on."""
    weights = 1 / np.arange(1, total // 60 + 2)
    condition = np.sort(random.choice(len(weights), total, p=weights / weights.sum()))
    first = np.searchsorted(condition, condition, "left")
    size = np.maximum(np.searchsorted(condition, condition, "right") - first, ROWS + 1)
    first = np.minimum(first, total - size)
    order = random.permutation(total)  # trial at each place
    places = first[:, None] + (random.random((total, ROWS)) * size[:, None]).astype(np.int64)
    see_also = np.empty((total, ROWS), np.int64)
    see_also[order] = order[places]
    return see_also


def main() -> None:
    """Print by kind of trial how many trials are of it, and what looking back from a day finds of their rate."""
    random = np.random.default_rng(1)
    born = np.zeros(40_000, np.int64)
    trials = _Trials(len(born), born, random, Assumed("as assumed"))
    for day in range(400):
        turning, other = trials.rates(day)
        turns, updates = (random.random(len(born)) < -np.expm1(-each) for each in (turning, other))
        trials.turn(np.flatnonzero(turns), day)
        trials.update(np.flatnonzero(updates), day)
        trials.updated[turns | updates] = day
        trials.expire(day)
    kinds: dict[str, list[float]] = {}
    columns = zip(trials.status.tolist(), trials.start.tolist(), trials.completion.tolist(), strict=True)
    for trial, (status, start, end) in enumerate(columns):
        since = min(max(399.0 - trials.updated[trial], 1.0), _YEAR)
        kinds.setdefault(prior_of(STATUSES[status], start, end, 399).text, []).append(since)
    for kind, looked_back in sorted(kinds.items()):
        updated = sum(each < _YEAR for each in looked_back)
        rate = updated / sum(looked_back) * _YEAR
        print(f"{kind:30} {len(looked_back) / len(born):6.1%} of the trials {rate:5.2f} a year looking back")
    print(f"all: {np.mean(399 - trials.updated < _YEAR):.0%} updated within a year")


if __name__ == "__main__":
    main()
