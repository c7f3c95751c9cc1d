"""What stops a night early: signs, while pages come in, that the site as a whole is not as it was.

Single pages that cannot be had are ordinary. Many of the last 50 are not, and to go on would only fill the archive with
what is no page of a trial, or lose trials that are there. Each alarm can be accepted for one night, like a gate.
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from normalizers.drift import Losses, losses
from registry.tables import TableRows
from scraper.pages import State
from trials.exits import Exit

_LAST = 50  # pages that are looked at together
_MOST_FAILED = 25  # pages among them to which no good answer came; many in a row end a night before (`breaker.py`)
_MOST_WRONG = 5  # pages among them that are notices, or other trials' pages
_MOST_LOST = 10  # pages among them that we hold and the site has no more
_MOST_STRANGE = 0.25  # share of pages with a layout that is not known, beyond what is usual
_FEWEST_STRANGE = 10
_MOST_WITH_LOSS = 0.5  # share of the changed pages that lost the same, of those that had it
_LAYOUT = frozenset({"unknown_label", "unknown_section", "unknown_column", "absent_section", "unclaimed_text"})
_HELD = frozenset({State.FETCHED, State.UNCHANGED})
_LOST = frozenset({State.GONE, State.NOT_FOUND})


class Alarm(StrEnum):
    """What may be wrong with a site as a whole."""

    FAILURES = "failures"
    NOTICES = "notices"
    STRANGERS = "strangers"
    LOSS = "loss"
    LAYOUT = "layout"


_SAID = {
    Alarm.FAILURES: "{count} of the last {of} pages could not be had, whatever was tried",
    Alarm.NOTICES: "{count} of the last {of} pages are none of a trial but a notice (maintenance, a check for robots), "
    "or have a layout that cannot be read",
    Alarm.STRANGERS: "{count} of the last {of} pages may not become records, such as pages of other trials",
    Alarm.LOSS: "{count} of the last {of} pages were there before, and the site has them no more",
    Alarm.LAYOUT: "{count} of the last {of} pages have labels, sections or text that are not known, or lack a section",
}
EXITS = {alarm: Exit.GATES if alarm is Alarm.LAYOUT else Exit.SITE for alarm in Alarm}


class Sign(NamedTuple):
    """What a page that was asked for is a sign of; `losses` against the version that was held, None for no pair."""

    alarm: Alarm | None
    losses: Losses | None = None


@dataclass(slots=True)
class Alarms:
    """Takes what became of one page after the other. `usual` is the share of pages whose layout is not all known."""

    usual: float = 0.0
    accepted: frozenset[str] = frozenset()
    _last: deque[Sign] = field(default_factory=lambda: deque(maxlen=_LAST))
    _pairs: deque[Losses] = field(default_factory=lambda: deque(maxlen=_LAST))

    def note(self, sign: Sign) -> None:
        """Note what a page is a sign of."""
        self._last.append(sign)
        if sign.losses is not None:
            self._pairs.append(sign.losses)

    @property
    def raised(self) -> tuple[Alarm, str] | None:
        """Return the alarm that is raised, with a sentence without its end; None for none."""
        counts, of = Counter(sign.alarm for sign in self._last), len(self._last)
        most = {
            Alarm.FAILURES: _MOST_FAILED,
            Alarm.NOTICES: _MOST_WRONG,
            Alarm.STRANGERS: _MOST_WRONG,
            Alarm.LOSS: _MOST_LOST,
            Alarm.LAYOUT: max(_FEWEST_STRANGE, (self.usual + _MOST_STRANGE) * of),
        }
        for alarm, limit in most.items():
            if counts[alarm] > limit and alarm not in self.accepted:
                return alarm, _SAID[alarm].format(count=counts[alarm], of=of)
        return self._common_loss() if Alarm.LAYOUT not in self.accepted else None

    def _common_loss(self) -> tuple[Alarm, str] | None:
        """Return the alarm for a loss that most pages share that could have it, against the version that we hold."""
        lost, kept, unread = (Counter(sign for pair in self._pairs for sign in pair[part]) for part in range(3))
        of = {sign: count + kept[sign] for sign, count in lost.items()} | dict.fromkeys(unread, len(self._pairs))
        for sign, count in sorted((lost + unread).items(), key=lambda item: (-item[1], item[0])):
            if count >= _FEWEST_STRANGE and count > _MOST_WITH_LOSS * of[sign]:
                return Alarm.LAYOUT, f"{count} of the last {of[sign]} changed pages that could say the same: {sign}"
        return None


def sign_of(before: State | None, after: State, tables: TableRows | None, held: TableRows | None) -> Sign:
    """Return what a page is a sign of: its states before and after it was asked for, and what it says.

    `tables` is what a new version says, None for none; `held` what the version before said.
    """
    if after is State.FAILED:
        return Sign(Alarm.FAILURES)
    if after is State.SOFT_ERROR:
        return Sign(Alarm.NOTICES)
    if after is State.QUARANTINED:
        return Sign(Alarm.STRANGERS)
    if after in _LOST and before in _HELD:
        return Sign(Alarm.LOSS)
    if tables is None:
        return Sign(None)
    is_strange = any(problem["code"] in _LAYOUT for problem in tables["problems"])
    return Sign(Alarm.LAYOUT if is_strange else None, None if held is None else losses(held, tables))


def usual_share(build: Path | None) -> float:
    """Return the share of the trials of a build whose pages have a layout that is not all known; 0 for none."""
    if build is None:
        return 0.0
    try:
        trials = pq.read_metadata(build / "studies.parquet").num_rows
        found = pq.read_table(
            build / "problems.parquet", columns=["nct_id"], filters=[("code", "in", sorted(_LAYOUT))]
        ).column(0)
    except (OSError, pa.ArrowInvalid):  # it is damaged, and said to be so when the next is built
        return 0.0
    return len(pc.unique(found)) / trials if trials else 0.0
