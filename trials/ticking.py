"""How far a night is: a bar on a terminal; elsewhere a line a minute on stderr."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import MofNCompleteColumn, TextColumn

from scraper.budget import Meter
from trials.night import Night
from trials.screen import has_bars, progress_bar, say

_EVERY_SECONDS = 60


@contextmanager
def ticking(night: Night, meter: Meter) -> Iterator[Callable[[], None]]:
    """Show how far a night is; what is yielded is called after each page."""
    with _bar(night, meter) if has_bars() else _lines(night, meter) as tick:
        yield tick


@contextmanager
def _bar(night: Night, meter: Meter) -> Iterator[Callable[[], None]]:
    with progress_bar(MofNCompleteColumn(), TextColumn("{task.description}", markup=False)) as progress:
        bar = progress.add_task("", total=len(night.planned))
        yield lambda: progress.update(bar, completed=night.asked, description=so_far(night, meter))


@contextmanager
def _lines(night: Night, meter: Meter) -> Iterator[Callable[[], None]]:
    due = time.monotonic() + _EVERY_SECONDS

    def tick() -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + _EVERY_SECONDS
            say(f"{night.asked:,} of {len(night.planned):,} pages, {so_far(night, meter)}.")

    yield tick


def so_far(night: Night, meter: Meter) -> str:
    """Return the time that is left of the list or the budget, the rate, and the counts by outcome, in a line."""
    counts = ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in night.states.most_common())
    seconds = (len(night.planned) - night.asked) / max(night.per_second, 1e-9) if night.asked else 0
    seconds = max(0.0, min(seconds, meter.seconds_left))
    return f"{shown(seconds)} left, {night.per_second:.2g} a second: {counts}"


def shown(seconds: float) -> str:
    """Return a time as a person says it.

    >>> shown(20), shown(150), shown(36_000)
    ('1 min', '3 min', '10 h 0 min')
    """
    minutes = max(1, round(seconds / 60 + 0.49))
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
