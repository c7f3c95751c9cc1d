"""A made-up registry: so many trials of one seed on one night, each made when it is asked for.

Nothing is kept: the id of a trial is computed from its place and the other way round, and everything about it comes
from random streams named by seed, place and purpose. So 100,000 trials need no more memory than 100, and a trial that
changes one night is otherwise the same.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random

from trials.practice.words import TOPICS, Topic

FIRST_NIGHT = date(2026, 1, 5)

_FIRST_NUMBER = 9_000_000  # the registry will not get that far for decades
_NUMBERS = 979_987  # a prime: multiplying modulo a prime gives each number once
_MOST_WITH_ALIAS = 20_000  # aliases count down from the last number
_ALIASES_PER = 40  # trials to one that had another id before
_NEW_AMONG = 200  # so many trials of the first night give one new trial a night
_GONE = 0.002  # share of trials that vanish within a hundred nights
_PERIODS = (10, 1000)  # nights between two changes of a trial
_MOST = _NUMBERS - _MOST_WITH_ALIAS  # trials that there are ids for, obsolete ones beside them
_CHANGES = ("status", "status", "enrollment", "completion", "location", "criteria")


@dataclass(frozen=True)
class World:
    """One registry on one night. `markup` prints every page in one family; else the families take turns."""

    seed: int = 1
    trials: int = 200
    night: int = 0
    markup: str | None = None

    def __post_init__(self) -> None:
        if self.count > _MOST:
            raise ValueError(
                f"{self.count:,} trials on night {self.night:,} are more than the {_MOST:,} that there are ids for. "
                "Ask for fewer trials, or for an earlier night."
            )

    @cached_property
    def count(self) -> int:
        """Number of trials there are on this night, those that vanished counted too."""
        return self.trials + self.night * max(_NEW_AMONG, self.trials) // _NEW_AMONG

    @property
    def today(self) -> date:
        """The day of this night."""
        return FIRST_NIGHT + timedelta(days=self.night)

    def random(self, place: int, purpose: str) -> Random:
        """Return the random stream of one purpose of one trial."""
        return Random(f"{self.seed}/{place}/{purpose}")  # noqa: S311 - a game, no secret

    # --- ids ----------------------------------------------------------------------------------------------------

    @cached_property
    def _factor(self) -> tuple[int, int]:
        stream = self.random(-1, "ids")
        return stream.randrange(1, _NUMBERS), stream.randrange(_NUMBERS)

    def nct_id(self, place: int) -> str:
        """Return the id of the trial at a place."""
        factor, start = self._factor
        return f"NCT{_FIRST_NUMBER + (factor * place + start) % _NUMBERS:08}"

    def place_of(self, nct_id: str) -> int | None:
        """Return the place of the trial with this id, obsolete ids included; None if there is none."""
        factor, start = self._factor
        number = int(nct_id[3:]) - _FIRST_NUMBER
        if not 0 <= number < _NUMBERS:
            return None
        place = (number - start) * pow(factor, -1, _NUMBERS) % _NUMBERS
        if place < self.count:
            return place
        of = _NUMBERS - 1 - place
        return of if self.alias_of(of) else None

    def alias_of(self, place: int) -> str | None:
        """Return the obsolete id of a trial, or None if it has none."""
        has_one = place < min(self.count, _MOST_WITH_ALIAS) and place % _ALIASES_PER == 1
        return self.nct_id(_NUMBERS - 1 - place) if has_one else None

    # --- conditions ---------------------------------------------------------------------------------------------

    def topic(self, place: int) -> Topic:
        """Return the condition of a trial; the conditions take turns, from another one on with each seed."""
        return TOPICS[(place + self.seed - 1) % len(TOPICS)]

    def places(self, topic: Topic) -> range:
        """Return the places of the trials of one condition."""
        return range((TOPICS.index(topic) - self.seed + 1) % len(TOPICS), self.count, len(TOPICS))

    # --- nights -------------------------------------------------------------------------------------------------

    def is_gone(self, place: int) -> bool:
        """Whether the site has dropped the trial."""
        stream = self.random(place, "gone")
        return stream.random() < _GONE and stream.randrange(1, 101) <= self.night - self.appeared(place)

    def appeared(self, place: int) -> int:
        """Return the night on which the trial was listed first: 0 for the trials of the first night."""
        return -(-max(0, place + 1 - self.trials) * _NEW_AMONG // max(_NEW_AMONG, self.trials))

    def changes(self, place: int) -> Counter[str]:
        """Return what changed about a trial up to this night, and how often."""
        return Counter(
            self.random(place, f"change {number}").choice(_CHANGES)
            for number in range(1, self._change_count(place) + 1)
        )

    def changed_on(self, place: int) -> date:
        """Return the day of the last change of a trial, or that of its appearance."""
        period, began = self._rhythm(place)
        return FIRST_NIGHT + timedelta(days=began + self._change_count(place) * period)

    def began_on(self, place: int) -> date:
        """Return the day from which changes are counted: of the last one before the first night, or of appearance."""
        return FIRST_NIGHT + timedelta(days=self._rhythm(place)[1])

    def _change_count(self, place: int) -> int:
        period, began = self._rhythm(place)
        return (self.night - began) // period

    def _rhythm(self, place: int) -> tuple[int, int]:
        """Return the nights from change to change, and the night from which they are counted."""
        stream = self.random(place, "rhythm")
        shortest, longest = _PERIODS
        period = round(shortest * (longest / shortest) ** stream.random())
        return period, self.appeared(place) or -stream.randrange(period)
