"""`trials status`: the store as a whole: coverage, age, the last nights, what comes next. Reads only, takes no lock."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path

from normalizers.builds import current_build
from normalizers.manifest import files_of_other_size
from scraper.ledger import Ledger, as_text, as_time, now
from scraper.pages import State
from scraper.verify import ledger_of
from trials.exits import Exit
from trials.report import reports_of
from trials.screen import deliver, say, show
from trials.state import Night, Status
from trials.status_card import GOOD_WITHIN_HOURS, status_card

_MOST_NIGHTS = 7  # shown
_MOST_LOOKED_AT = 400  # reports that are looked through for a good night
_NOT_THERE = (State.GONE, State.NOT_FOUND, State.ALIAS)  # such a page grows old for no fault of ours


def show_status(store: Path, *, as_json: bool, within_hours: float | None) -> Exit:
    """Show the state of a store; PARTIAL if a good night was asked for within so many hours, and there was none."""
    nights = _nights(store)
    with ledger_of(store) as ledger, ledger.snapshot():
        status = _status(store, ledger, nights)
    if as_json:
        deliver(status.model_dump_json(indent=1) + "\n")
    else:
        show(status_card(status, nights[:_MOST_NIGHTS], now(), within_hours or GOOD_WITHIN_HOURS))
    return Exit.DONE if within_hours is None else _within(status, within_hours)


def _nights(store: Path) -> list[Night]:
    """Return the last nights, the newest first, back to a good one."""
    nights: list[Night] = []
    for report in islice(reports_of(store), _MOST_LOOKED_AT):
        nights.append(Night.of(report))
        if len(nights) >= _MOST_NIGHTS and any(night.is_good for night in nights):
            break
    return nights


def _within(status: Status, hours: float) -> Exit:
    good = status.last_good_night
    if good and (at := as_time(good.started_at)) and now() - at <= timedelta(hours=hours):
        return Exit.DONE
    last = f"; the last one began {good.started_at}" if good else ", nor any before"
    say(f"There was no good night in the last {hours:g} hours{last}. Look at the newest report, and whether it runs.")
    return Exit.PARTIAL


def _status(store: Path, ledger: Ledger, nights: Sequence[Night]) -> Status:
    pages: dict[str, dict[str, int]] = {}
    for kind, state, count in ledger.all("SELECT kind, state, count(*) FROM pages GROUP BY 1, 2 ORDER BY 1, 2"):
        pages.setdefault(kind, {})[state] = count
    details = pages.get("details", {})
    held = "FROM pages WHERE kind = 'details' AND version IS NOT NULL"
    there = f"{held} AND state NOT IN {tuple(map(str, _NOT_THERE))}"
    (count,) = ledger.one(f"SELECT count(*) {held}")
    (count_there, oldest) = ledger.one(f"SELECT count(*), min(last_ok) {there}")
    median = ledger.one(f"SELECT last_ok {there} ORDER BY last_ok LIMIT 1 OFFSET {count_there // 2}")
    (closed,) = ledger.one("SELECT max(closed_until) FROM sites")
    (due,) = ledger.one("SELECT min(due) FROM pages")
    (sighted,) = ledger.one("SELECT count(*) FROM pages WHERE sighted IS NOT NULL")
    build = current_build(store)
    return Status(
        store=str(store),
        pages=pages,
        held=count,
        known=sum(details.values()) - details.get(State.ALIAS, 0),
        oldest_fetch=oldest,
        median_fetch=median[0] if median else None,
        seen_changed=sighted,
        never_tried=details.get(State.NEVER_TRIED, 0),
        failing=sum(details.get(state, 0) for state in (State.FAILED, State.SOFT_ERROR, State.QUARANTINED)),
        closed_until=closed if closed and closed > as_text(now()) else None,
        next_due=due,
        build=build.name if build else None,
        damaged=files_of_other_size(build) if build else [],
        last_night=nights[0] if nights else None,
        last_good_night=next((night for night in nights if night.is_good), None),
    )
