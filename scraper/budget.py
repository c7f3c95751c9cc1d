"""What a run may take of a site, and what it took: requests, minutes, bytes.

Every request counts, also one for robots.txt, a redirect, or one more attempt; none is sent beyond the budget.
"""

import math
import time
from collections import Counter
from dataclasses import dataclass, field

from registry.errors import BudgetSpent


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may take; None is no bound. `bytes` are those of bodies, as they come over the wire."""

    requests: int | None = None
    minutes: float | None = None
    bytes: int | None = None


@dataclass(slots=True)
class Meter:
    """Counts what a run takes.

    `statuses` counts answers by HTTP status, `unanswered` requests to which nothing came, `paused_seconds` are those
    waited because a Retry-After said so. `shortest_gap` are the fewest seconds between the end of an answer and the
    next request, None before there were two.
    """

    budget: Budget = field(default_factory=Budget)
    requests: int = 0
    bytes: int = 0
    unanswered: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    paused_seconds: float = 0.0
    shortest_gap: float | None = None
    _began: float = field(default_factory=time.monotonic)
    _ended: float | None = None  # of the last answer

    @property
    def seconds_left(self) -> float:
        """Return how long the run may go on yet."""
        if self.budget.minutes is None:
            return math.inf
        return self._began + 60 * self.budget.minutes - time.monotonic()

    @property
    def requests_left(self) -> int | None:
        """Return how many requests may be sent yet, None without a bound."""
        return None if self.budget.requests is None else max(0, self.budget.requests - self.requests)

    @property
    def used(self) -> float:
        """Return the share of the budget that is used up, by the measure that ends first; 0 without a budget."""
        budget, minutes = self.budget, (time.monotonic() - self._began) / 60
        taken = ((self.requests, budget.requests), (minutes, budget.minutes), (self.bytes, budget.bytes))
        return max((count / most for count, most in taken if most is not None), default=0.0)

    def check(self) -> None:
        """Raise BudgetSpent if nothing more may be asked for."""
        if self.requests_left == 0:
            raise BudgetSpent(f"The budget of {self.budget.requests:,} requests is used up.")
        if self.seconds_left <= 0:
            raise BudgetSpent(f"The budget of {self.budget.minutes:g} minutes is used up.")
        if self.budget.bytes is not None and self.bytes >= self.budget.bytes:
            raise BudgetSpent(f"The budget of {self.budget.bytes:,} bytes is used up.")

    def ask(self) -> None:
        """Count a request that is about to be sent."""
        self.requests += 1
        if self._ended is not None:
            gap = time.monotonic() - self._ended
            self.shortest_gap = gap if self.shortest_gap is None else min(gap, self.shortest_gap)

    def answered(self, status: int | None, size: int) -> None:
        """Count what came: a status with a body of so many bytes, or nothing."""
        self._ended = time.monotonic()
        self.bytes += size
        if status is None:
            self.unanswered += 1
        else:
            self.statuses[status] += 1
