"""How fresh a store stays by which policy: stale pages and how long they are stale, over simulated nights.

The registry is `benchmarks/changing.py`; every policy has the same nights and the same budget, and knows only what its
own requests showed, but for the two that know better: *true rates* knows how often each trial changes, not when, and
*every change* knows when. Those with `plan` ask `scraper.schedule.plan` with rows as the ledger has them. New trials
are in the sitemap on the night after they appear. A page counts as stale from the first change that was not
fetched, a new one from its first day; shares are means of before and after each night's requests.

Each page was fetched once in the 50 days before the first day, so that each policy begins with the same store; 180
nights before those that count are for each to find its own balance and for the history that it learns from. The plot
shows whether they were enough.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # so that it runs as a file, too

from benchmarks.changing import ROWS, STATUSES, Assumed, Changing, Ints, changing, rates_of
from scraper.schedule import Known, plan

PLOT: Final = _ROOT / "docs" / "freshness.svg"
WORLDS: Final = (
    Assumed("as assumed"),
    Assumed("See also rendered every 120 days", lag=120.0),
    Assumed("rates unlike the table", spread=0.7, shape=1.0),
)
_SPREAD_BEFORE: Final = 50  # days in which all pages were fetched before the first
_DAY: Final = 2461000.5  # Julian day of the first
_NONE: Final = 255  # no sighting, nothing held


@dataclass
class Store:
    """What a policy knows of each trial from its own requests; times in days, NaN for never."""

    world: Changing
    budget: int
    sees: bool  # uses sightings
    last_ok: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.world.born)
        there = self.world.born <= 0
        random = np.random.default_rng(0)
        self.last_ok = np.where(there, -random.random(count) * _SPREAD_BEFORE, np.nan)
        self.first_ok = self.last_ok.copy()
        self.visits, self.changes = there.astype(np.int64), np.zeros(count, np.int64)
        self.version = np.zeros(count, np.int64)
        self.version[~there] = -1
        self.shown = np.where(there, self.world.shown[0], _NONE)
        self.status, self.completion = self.world.status[0].copy(), self.world.completion[0].copy()
        self.before, self.disproved, self.sighted = (np.full(count, _NONE) for _ in range(3))

    def fetch(self, trials: Ints, day: int) -> None:
        """Take the pages of trials as they are at the end of a day, and what their See also says of others."""
        world, shown = self.world, self.world.shown[day, trials].astype(np.int64)
        was_there = self.visits[trials] > 0
        self.changes[trials] += was_there & (self.version[trials] != world.version[day, trials])
        self.visits[trials] += 1
        self.first_ok[trials] = np.where(was_there, self.first_ok[trials], day)
        self.last_ok[trials] = day
        self.version[trials] = world.version[day, trials]
        self.status[trials], self.completion[trials] = world.status[day, trials], world.completion[day, trials]
        wrong = (self.sighted[trials] != _NONE) & (self.sighted[trials] != shown)
        self.disproved[trials] = np.where(wrong, self.sighted[trials], self.disproved[trials])
        self.before[trials] = np.where(self.shown[trials] != shown, self.shown[trials], self.before[trials])
        self.shown[trials] = shown
        self.sighted[trials] = _NONE
        if self.sees:
            self._see(trials, day)

    def _see(self, trials: Ints, day: int) -> None:
        """Keep what pages say against what is held: not what was disproved, or was held before the last change."""
        seen = self.world.see_also[trials].ravel()
        rendered = np.repeat(self.world.rendered[day, trials].astype(np.int64), ROWS)
        said = self.world.shown[rendered, seen].astype(np.int64)
        counts = (self.world.born[seen] <= rendered) & (self.visits[seen] > 0) & (self.last_ok[seen] < day)
        for held in (self.shown, self.disproved, self.before):
            counts &= said != held[seen]
        self.sighted[seen[counts]] = said[counts]

    def known(self, there: Ints) -> Iterator[Known]:
        """Yield the rows of the ledger."""
        world = self.world
        columns = zip(
            there.tolist(), world.born[there].tolist(), (_DAY + self.last_ok[there]).tolist(),
            (_DAY + self.first_ok[there]).tolist(), self.visits[there].tolist(), self.changes[there].tolist(),
            self.status[there].tolist(), (_DAY + world.start[there]).tolist(),
            (_DAY + self.completion[there].astype(np.float64)).tolist(), self.sighted[there].tolist(),
            strict=True,
        )  # fmt: skip
        for trial, born, last, first, visits, changes, status, start, end, sighted in columns:
            if not visits:
                yield Known(
                    f"NCT{trial:08}", "details", "never_tried", "sitemap", 0, _DAY + born, None, None, None, None,
                    0, 0, 0, None, None, None, None, None, None,
                )  # fmt: skip
                continue
            says = f"status {STATUSES[sighted % 8]}" if sighted != _NONE else None
            yield Known(
                f"NCT{trial:08}", "details", "fetched", "sitemap", 0, first, last, first, last, None, 0, visits,
                changes, STATUSES[status], world.phase[trial], start, end, says, None,
            )  # fmt: skip


Policy = Callable[[Store, Ints, int], Ints]  # the store, trials that are known, day → trials to fetch


def oldest_first(store: Store, there: Ints, day: int) -> Ints:
    age = np.where(np.isnan(store.last_ok[there]), np.inf, day - store.last_ok[there])
    chosen: Ints = there[np.argsort(-age, kind="stable")[: store.budget]]
    return chosen


def by_plan(store: Store, there: Ints, day: int) -> Ints:
    planned = plan(store.known(there), store.budget, _DAY + day)
    return np.array([int(each.nct_id[3:]) for each in planned], np.int64)


def true_rates(store: Store, there: Ints, day: int) -> Ints:
    """Return what is worth most by the rates that nobody knows: those of the trials as they were when last fetched."""
    world = store.world
    after = day - store.completion[there]
    rates = rates_of(store.status[there], day - world.start[there], after, world.factor[there], world.of_kind)
    rate = rates[0] + rates[1]
    x = rate * (day - store.last_ok[there])
    worth = (-np.expm1(-x) - x * np.exp(-x)) / rate
    worth[np.isnan(worth)] = np.inf
    chosen: Ints = there[np.argsort(-worth, kind="stable")[: store.budget]]
    return chosen


def every_change(store: Store, there: Ints, day: int) -> Ints:
    """Return what is stale, as if each change were told."""
    stale: Ints = there[store.version[there] != store.world.version[day, there]]
    return stale[: store.budget]


POLICIES: Final[dict[str, tuple[Policy, bool]]] = {
    "oldest first": (oldest_first, False),
    "plan": (by_plan, False),
    "plan with sightings": (by_plan, True),
    "true rates": (true_rates, False),
    "every change": (every_change, False),
}


@dataclass(frozen=True)
class Night:
    """Shares of the pages there are, and the mean age of staleness in days, before (0) and after (1) the requests."""

    stale: tuple[float, float]
    shown_stale: tuple[float, float]  # status or title
    age: tuple[float, float]
    wrong: int  # pages asked for because of a sighting and found unchanged
    sighted: int


def nights_of(name: str, world: Changing, budget: int) -> list[Night]:
    """Return every night of a policy."""
    policy, sees = POLICIES[name]
    store = Store(world, budget, sees)
    nights = []
    since = np.full(len(world.born), np.nan)
    for day in range(1, len(world.version)):
        there = np.flatnonzero(world.born < day)
        before = _state(store, there, day, since)
        fetched = policy(store, there, day)
        sighted = fetched[store.sighted[fetched] != _NONE]
        wrong = int(np.count_nonzero(store.version[sighted] == world.version[day, sighted]))
        store.fetch(fetched, day)
        after = _state(store, there, day, since)
        stale, shown, age = zip(before, after, strict=True)
        nights.append(Night(stale, shown, age, wrong, len(sighted)))
    return nights


def _state(store: Store, there: Ints, day: int, since: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the shares and the age of a moment; `since` is kept: the first day of each page's staleness."""
    stale = store.version[there] != store.world.version[day, there]
    since[there] = np.where(stale, np.where(np.isnan(since[there]), day, since[there]), np.nan)
    age = float(np.mean(day + 0.5 - since[there][stale])) if stale.any() else 0.0  # changes come at any hour
    shown = store.shown[there] != store.world.shown[day, there]
    return float(stale.mean()), float(shown.mean()), age


def _run(job: tuple[int, str, int, int, float, int]) -> list[Night]:
    at, name, count, days, share, seed = job
    return nights_of(name, changing(count, days, WORLDS[at], seed), round(count * share))


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--trials", type=int, default=100_000)
    options.add_argument("--nights", type=int, default=60)
    options.add_argument("--before", type=int, default=180, help="nights that do not count")
    options.add_argument("--share", type=float, default=0.02, help="of the pages, that are asked for each night")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--plot", type=Path, default=PLOT)
    asked = options.parse_args()
    start = time.perf_counter()
    jobs = [
        (at, name, asked.trials, asked.before + asked.nights + 1, asked.share, asked.seed)
        for at in range(len(WORLDS))
        for name in POLICIES
        if at == 0 or name != "plan"
    ]
    with ProcessPoolExecutor(2) as pool:
        found = dict(zip([job[:2] for job in jobs], pool.map(_run, jobs), strict=True))
    print_table(found, asked.nights)
    print(f"\n{time.perf_counter() - start:.0f} s", file=sys.stderr)
    from benchmarks.freshness_plot import draw

    draw({name: [100 * float(np.mean(n.stale)) for n in found[0, name]] for name in POLICIES}, asked.nights, asked.plot)


def print_table(found: dict[tuple[int, str], list[Night]], last: int) -> None:
    print("| registry | policy | stale | to oldest first | status or title wrong | days stale | sightings wrong |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for (at, name), all_nights in found.items():
        nights, first = all_nights[-last:], found[at, "oldest first"][-last:]
        stale, usual = (float(np.mean([night.stale for night in each])) for each in (nights, first))
        shown, age = (float(np.mean([getattr(n, column) for n in nights])) for column in ("shown_stale", "age"))
        sighted, wrong = sum(n.sighted for n in nights), sum(n.wrong for n in nights)
        told = f"{wrong:,} of {sighted:,}" if sighted else ""
        print(f"| {WORLDS[at].name} | {name} | {stale:.2%} | {stale / usual:.2f} | {shown:.2%} | {age:.1f} | {told} |")


if __name__ == "__main__":
    main()
