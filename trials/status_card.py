"""`trials status` for the operator in the morning: whether all is well, the figures, the last nights, what to do."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from scraper.ledger import as_time
from scraper.schedule import MAX_AGE
from trials.advice import advice
from trials.exits import Exit
from trials.report import NAME
from trials.sheet import Rows, indented, text_of, title
from trials.state import Night, Status

GOOD_WITHIN_HOURS = 36.0  # a night and a half: one that was missed shows the next morning
_MOST_FAILING = 0.1  # share of the trials known; single pages that cannot be had are ordinary


def status_card(status: Status, nights: Sequence[Night], at: datetime, within_hours: float) -> RenderableType:
    """Return the state of a store at a time; a good night is due every so many hours, once there was one."""
    found = list(_wrong(status, at, within_hours))
    parts = [*_verdict(status, found, at), Text(), title(status.store), Rows(list(_figures(status, at)))]
    if nights:
        said = [(_time(night.started_at), _how(night), night.sentence) for night in nights]
        parts += [Text(), title("Last nights: when (UTC), how"), Rows(said, named=False)]
    return Group(*parts, Text(), title("Next"), Rows(list(_next(status)), named=False))


def _wrong(status: Status, at: datetime, within_hours: float) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, and what to do about it."""
    last, good = status.last_night, status.last_good_night
    if last and last.exit_code != Exit.DONE:
        yield f"The last night went wrong, with exit code {last.exit_code}.", advice(last.exit_code)
    elif last and not last.is_good:
        yield "The last night published nothing, as it was asked to.", "`trials build` makes the tables and publishes."
    if last and (good is None or _hours(good.started_at, at) > within_hours):
        when = f"the last one began {_ago(good.started_at, at)}" if good else "nor any before"
        to_do = "See that the scheduler runs `trials harvest`: `systemctl list-timers`, or its log."
        yield f"No night was good in the last {within_hours:g} hours, {when}.", to_do
    if status.held and status.build is None:
        yield "No tables are published.", "`trials build` makes them."
    if status.damaged:
        what = f"The published tables are damaged: {', '.join(status.damaged)}."
        yield what, "`trials verify` says how they are made anew; look after the disk."
    if status.failing > _MOST_FAILING * status.known:
        yield f"{status.failing:,} pages fail.", f"{NAME} names them; `trials why ID` tells what came."
    if status.oldest_fetch and _hours(status.oldest_fetch, at) > MAX_AGE * 24:
        to_do = "Give the nights a larger budget: --requests, --minutes or --bytes."
        yield f"The oldest page is more than {MAX_AGE:.0f} days old.", to_do
    if status.closed_until:
        yield f"The site wants no requests until {_time(status.closed_until)} UTC.", "Wait: nothing is asked before."


def _verdict(status: Status, found: Sequence[tuple[str, str]], at: datetime) -> Iterator[RenderableType]:
    if found:
        yield text_of(f"NOT WELL: {len(found)} thing{'s' * (len(found) > 1)} to look at", "bold yellow")
        for what, to_do in found:
            yield indented(text_of(what))
            yield indented(text_of(to_do, "dim"), 4)
    elif status.last_night is None:
        yield text_of("No night was run here yet", "bold")
    else:
        yield text_of(f"All is well: the last night was good, {_ago(status.last_night.started_at, at)}", "bold green")


def _figures(status: Status, at: datetime) -> Iterator[tuple[str, str]]:
    last, good = status.last_night, status.last_good_night
    if last:
        yield "Last night", f"{_how(last)}, {_since(last.started_at, at)}"
    if last and not last.is_good:
        yield "Good night", _since(good.started_at if good else None, at)
    share = f" ({status.held / status.known:.1%})" if status.known else ""
    yield "Coverage", f"{status.held:,} of {status.known:,} trials known are held{share}"
    yield "Oldest", _since(status.oldest_fetch, at)
    yield "Median", _since(status.median_fetch, at)
    yield "Due now", f"{status.never_tried:,} never fetched, {status.seen_changed:,} seen changed on other pages"
    yield "Failing", f"{status.failing:,} pages whose last answer was no good one"
    if last and last.not_known:
        yield "Not known", f"{last.not_known:,} labels or wordings of the last night; {NAME} names them"
    yield "Published", status.build or "nothing yet"
    if status.next_due:
        yield "Put off", f"the first page until {_time(status.next_due)} UTC"
    for kind, states in status.pages.items():
        yield f"Of {kind}", ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in states.items())


def _how(night: Night) -> str:
    if night.is_good:
        return "good"
    return "not published" if night.exit_code == Exit.DONE else f"WRONG, exit code {night.exit_code}"


def _next(status: Status) -> Iterator[tuple[str, str]]:
    yield "trials plan", "which pages tonight would ask for, and why"
    yield "trials harvest", "a night, now" if status.last_night else "a first night"
    if status.last_night:
        yield "trials report", "the last night and the tables, as a page to read"


def _since(moment: str | None, at: datetime) -> str:
    return f"{_ago(moment, at)} ({_time(moment)} UTC)" if moment else "never"


def _ago(moment: str, at: datetime) -> str:
    """Return how long ago a time was, for people."""
    minutes = round(_hours(moment, at) * 60)
    if minutes < 0:
        return "yet to come by this clock"
    if minutes < 120:
        return f"{minutes} minute{'s' * (minutes != 1)} ago"
    return f"{minutes // 60} hours ago" if minutes < 2880 else f"{minutes // 1440:,} days ago"


def _hours(moment: str, at: datetime) -> float:
    parsed = as_time(moment)
    assert parsed is not None
    return (at - parsed).total_seconds() / 3600


def _time(moment: str) -> str:
    """Return a time of the ledger to the minute."""
    return moment[:16].replace("T", " ")
