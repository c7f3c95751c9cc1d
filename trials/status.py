"""`trials status`: the store as a whole: coverage, age, the last nights, what comes next. Reads only, takes no lock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, Field
from rich.console import Group, RenderableType
from rich.text import Text

from normalizers.builds import current_build
from scraper.ledger import Ledger, as_text, as_time, now
from scraper.pages import State
from scraper.verify import ledger_of
from trials.counts import grid
from trials.exits import Exit
from trials.report import Report, reports_of
from trials.screen import deliver, inert, say, show

_MOST_NIGHTS = 7  # shown
_MOST_LOOKED_AT = 400  # reports that are looked through for a good night
_HELD = (State.FETCHED, State.UNCHANGED)


class Night(BaseModel):
    """One night, as its report says."""

    run: str
    started_at: str
    exit_code: int
    sentence: str


class Status(BaseModel):
    """What a store holds. Times are UTC, None for never or not known."""

    store: str
    pages: dict[str, dict[str, int]] = Field(description="Pages by kind and state.")
    held: int = Field(description="Trials whose details page is held.")
    known: int = Field(description="Trials that were named somewhere, obsolete ids left out.")
    oldest_fetch: str | None = Field(description="When the details page was fetched that was not fetched for longest.")
    median_fetch: str | None
    seen_changed: int = Field(description="Pages that another page contradicts: due now.")
    never_tried: int
    failing: int = Field(description="Pages whose last answer was no good page, nor that there is none.")
    closed_until: str | None = Field(description="Until when the site wants no requests.")
    next_due: str | None = Field(description="When the first page is due that the site put off.")
    build: str | None = Field(description="The build that is published.")
    last_night: Night | None
    last_good_night: Night | None


def show_status(store: Path, *, as_json: bool, within_hours: float | None) -> Exit:
    """Show the state of a store; PARTIAL if a good night was asked for within so many hours, and there was none."""
    nights = _nights(store)
    with ledger_of(store) as ledger, ledger.snapshot():
        status = _status(store, ledger, nights)
    if as_json:
        deliver(status.model_dump_json(indent=1) + "\n")
    else:
        show(_card(status, [night for night, _ in nights[:_MOST_NIGHTS]]))
    return Exit.DONE if within_hours is None else _within(status, within_hours)


def _nights(store: Path) -> list[tuple[Night, bool]]:
    """Return the last nights, the newest first, back to a good one, and whether each was good."""
    nights: list[tuple[Night, bool]] = []
    for report in islice(reports_of(store), _MOST_LOOKED_AT):
        nights.append((_night(report), report.is_good))
        if len(nights) >= _MOST_NIGHTS and any(is_good for _, is_good in nights):
            break
    return nights


def _within(status: Status, hours: float) -> Exit:
    good = status.last_good_night
    if good and (at := as_time(good.started_at)) and now() - at <= timedelta(hours=hours):
        return Exit.DONE
    last = f"; the last one began {good.started_at}" if good else ", nor any before"
    say(f"There was no good night in the last {hours:g} hours{last}. Look at the newest report, and whether it runs.")
    return Exit.PARTIAL


def _status(store: Path, ledger: Ledger, nights: Sequence[tuple[Night, bool]]) -> Status:
    pages: dict[str, dict[str, int]] = {}
    for kind, state, count in ledger.all("SELECT kind, state, count(*) FROM pages GROUP BY 1, 2 ORDER BY 1, 2"):
        pages.setdefault(kind, {})[state] = count
    details = pages.get("details", {})
    held = "FROM pages WHERE kind = 'details' AND version IS NOT NULL"
    (count, oldest) = ledger.one(f"SELECT count(*), min(last_ok) {held}")
    median = ledger.one(f"SELECT last_ok {held} ORDER BY last_ok LIMIT 1 OFFSET {count // 2}")
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
        last_night=nights[0][0] if nights else None,
        last_good_night=next((night for night, is_good in nights if is_good), None),
    )


def _night(report: Report) -> Night:
    return Night(run=report.run, started_at=report.started_at, exit_code=report.exit_code, sentence=report.sentence)


def _card(status: Status, nights: Sequence[Night]) -> RenderableType:
    share = f" ({status.held / status.known:.1%})" if status.known else ""
    rows = [
        ("Coverage", f"{status.held:,} of {status.known:,} trials known are held{share}"),
        ("Oldest", _ago(status.oldest_fetch)),
        ("Median", _ago(status.median_fetch)),
        ("Due now", f"{status.seen_changed:,} seen changed on other pages, {status.never_tried:,} never fetched"),
        ("Failing", f"{status.failing:,} pages whose last answer was no good one"),
        ("Published", status.build or "nothing yet"),
        ("Good night", _ago(status.last_good_night.started_at if status.last_good_night else None)),
    ]
    rows += [("Closed", f"the site wants no requests until {status.closed_until}")] if status.closed_until else []
    rows += [("Put off", f"until {status.next_due}")] if status.next_due else []
    parts: list[RenderableType] = [Text(inert(status.store), style="bold"), grid(rows), Text()]
    for kind, states in status.pages.items():
        said = ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in states.items())
        parts.append(Text(f"  {kind}: {said}"))
    if nights:
        said_nights = ((night.started_at, f"{night.exit_code:>3}", inert(night.sentence)) for night in nights)
        parts += [Text("\nLast nights: when, exit code, how", style="bold"), grid(said_nights)]
    return Group(*parts)


def _ago(at: str | None) -> str:
    """Return a time and how long ago it is, for people."""
    moment: datetime | None = as_time(at)
    if moment is None:
        return "never"
    hours = (now() - moment).total_seconds() / 3600
    return f"{at} ({hours:.0f} hours ago)" if hours < 48 else f"{at} ({hours / 24:.0f} days ago)"
