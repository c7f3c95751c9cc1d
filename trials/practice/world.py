"""A made-up registry: so many trials of one seed on one night, each made when it is asked for.

Nothing is kept: the id of a trial is computed from its place and the other way round, and everything about it comes
from random streams named by seed, place and purpose. So 100,000 trials need no more memory than 100, and a trial that
changes one night is otherwise the same.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from hashlib import blake2b
from random import Random

from trials.practice.life import ENDING, Change, End, changes_of, end_of, first_status
from trials.practice.words import TOPICS, Topic

FIRST_NIGHT = date(2026, 1, 5)

_FIRST_NUMBER = 9_000_000  # the registry will not get that far for decades
_NUMBERS = 979_987  # a prime: multiplying modulo a prime gives each number once
_MOST_WITH_ALIAS = 20_000  # aliases count down from the last number
_ALIASES_PER = 40  # trials to one that had another id before
_NEW_AMONG = 200  # so many trials of the first night give one new trial a night
_QUIET = (10, 1000)  # nights of which a random one, before the first, is that of a trial's last change
_MOST = _NUMBERS - _MOST_WITH_ALIAS  # trials that there are ids for, obsolete ones beside them


@dataclass(frozen=True)
class World:
    """One registry on one night. `markup` prints every page in one family; else the families take turns.

    From `layout_night` on pages are printed otherwise: as the `drift` of `drift.py` says, by default `layout`; with a
    drift alone from the first night on. `drift_share` of the trials have it on their pages, by seed and place.
    Trials change `pace` times as often as in the registry: where few are looked at on few nights.
    """

    seed: int = 1
    trials: int = 200
    night: int = 0
    markup: str | None = None
    layout_night: int | None = None
    drift: str | None = None
    drift_share: float = 1.0
    pace: float = 1.0

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

    def _share(self, place: int, purpose: str) -> float:
        """Return a number from [0, 1), as random; a stream costs ten times as much."""
        name = f"{self.seed}/{place}/{purpose}".encode()
        return int.from_bytes(blake2b(name, digest_size=4).digest()) / 2**32

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

    def appeared(self, place: int) -> int:
        """Return the night on which the trial was listed first: 0 for the trials of the first night."""
        return -(-max(0, place + 1 - self.trials) * _NEW_AMONG // max(_NEW_AMONG, self.trials))

    def first_status(self, place: int) -> str:
        """Return the status of a trial before any change."""
        return first_status(place, self.random(place, "brief"))

    def history(self, place: int) -> tuple[Change, ...]:
        """Return every change of a trial up to this night, in order; none after its end."""
        end = self._end(place)
        nights = range(self.appeared(place), min(self.night + 1, end.night) if end else self.night + 1)
        return tuple(changes_of(self.random(place, "nights"), self.first_status(place), nights, self.pace))

    def changes(self, place: int) -> Counter[str]:
        """Return what changed about a trial up to this night, and how often."""
        return Counter(change.kind for change in self.history(place))

    def changed_on(self, place: int) -> date:
        """Return the day of the last change of a trial, or that of its appearance."""
        history = self.history(place)
        return FIRST_NIGHT + timedelta(days=history[-1].night) if history else self.began_on(place)

    def began_on(self, place: int) -> date:
        """Return the day of the last change before the first night, or of appearance."""
        stream = self.random(place, "rhythm")
        shortest, longest = _QUIET
        quiet = round(shortest * (longest / shortest) ** stream.random())
        return FIRST_NIGHT + timedelta(days=self.appeared(place) or -stream.randrange(quiet))

    def drift_of(self, place: int) -> str | None:
        """Return the drift that a trial's pages show on this night, None if they are as the parser knows them."""
        name = self.drift or ("layout" if self.layout_night is not None else None)
        if name is None or self.night < (self.layout_night or 0):
            return None
        return name if self._share(place, "drift") < self.drift_share else None

    @property
    def layout_day(self) -> date:
        """The day from which drifts show."""
        return FIRST_NIGHT + timedelta(days=self.layout_night or 0)

    # --- ends ---------------------------------------------------------------------------------------------------

    def is_listed(self, place: int) -> bool:
        """Whether listings and sitemaps name the trial: it neither vanished nor was merged."""
        return self.ended_on(place) is None

    def is_gone(self, place: int) -> bool:
        """Whether the site has dropped the trial."""
        end = self._ended(place)
        return end is not None and not end.is_merged

    def is_gone_for_good(self, place: int) -> bool:
        """Whether the site says so of a trial that is gone; on the nights before that, it just has no such page."""
        end = self._ended(place)
        return end is not None and not end.is_merged and end.for_good <= self.night

    def merged_into(self, place: int) -> int | None:
        """Return the place of the trial that this one was merged with; None if it stands for itself."""
        end = self._ended(place)
        return self._kept(place) if end and end.is_merged else None

    def ended_on(self, place: int) -> date | None:
        """Return the day on which a trial vanished or was merged; None if it is there on this night."""
        end = self._ended(place)
        return FIRST_NIGHT + timedelta(days=end.night) if end else None

    def _ended(self, place: int) -> End | None:
        """Return how a trial ended, None if it did not until this night."""
        end = self._end(place)
        return end if end and end.night <= self.night else None

    def _end(self, place: int) -> End | None:
        """Return how a trial ends on whatever night; where there is none to be merged with, it does not."""
        if self._share(place, "ends") >= ENDING:
            return None
        end = end_of(self.random(place, "end"), self.appeared(place))
        return None if end.is_merged and self._kept(place) is None else end

    def _kept(self, place: int) -> int | None:
        """Return the trial that one is merged with: of the same condition, there before it, and without an end."""
        earlier = range(place - len(TOPICS), -1, -len(TOPICS))
        return next((other for other in earlier if self._end(other) is None), None)
