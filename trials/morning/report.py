"""The page of a store: its reports, its build and its archive, read; nothing is changed."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from normalizers.builds import current_build
from registry.errors import StoreError
from scraper.ledger import as_time
from scraper.store import LEDGER, read_forgotten
from scraper.verify import ledger_of
from trials.advice import ADVICE
from trials.dataset import Dataset
from trials.exits import Exit
from trials.morning import unknown
from trials.morning.around import reader_of
from trials.morning.night import night_chapter
from trials.morning.nights import nights_chapter
from trials.morning.page import Head, anchor, html
from trials.morning.tables import tables_chapter
from trials.report import Report, reports_of

_LATE = timedelta(hours=36)  # as the watch of deploy/ has it
_TITLE = "Morning report"


def morning_report(store: Path, nights: int, now: datetime) -> str:
    """Return the page of a store with so many nights; `now` tells whether the last one is overdue.

    StoreError if the store has neither a night nor a build.
    """
    reports = list(islice(reports_of(store), nights))
    build = current_build(store)
    if not reports and build is None:
        raise StoreError(f"{str(store)!r} has no night and no tables to report on: `trials harvest` makes both.")
    last = reports[0] if reports else None
    published = next((each for each in reports if each.dataset is not None and each.dataset.published), None)
    with ExitStack() as stack:
        dataset = stack.enter_context(Dataset(build)) if build else None
        if dataset is not None:
            _check_forgotten(dataset, read_forgotten(store))
        around = reader_of(store, stack.enter_context(ledger_of(store))) if (store / LEDGER).exists() else lambda _: []
        chapters = [night_chapter(last, published, dataset, around), tables_chapter(dataset), nights_chapter(reports)]
    return html(_head(last, published, now), chapters)


def _check_forgotten(dataset: Dataset, forgotten: frozenset[str]) -> None:
    """Raise StoreError if the tables still hold a trial that was forgotten."""
    held = "SELECT count(*) FROM studies WHERE list_contains($1, nct_id)"
    ((count,),) = dataset.sql(held, [sorted(forgotten)]).fetchall() if forgotten else ((0,),)
    if count:
        raise StoreError("The tables still hold trials that were forgotten: `trials build` makes them anew without.")


def _head(last: Report | None, published: Report | None, now: datetime) -> Head:
    if last is None:
        return Head(_TITLE, "none", "The tables were built by hand.", "`trials harvest` runs a night.", [])
    began = as_time(last.started_at)
    title = f"{_TITLE} · {last.started_at[:10]}"
    advice = "" if last.is_good else ADVICE[Exit(last.exit_code)]
    if began is not None and now - began > _LATE:
        days = (now - began).total_seconds() / 86400
        sentence = f"No night has begun since {last.started_at}, {days:.0f} days ago. The last one: {last.sentence}"
        return Head(
            title, "bad", sentence, f"Look whether the timer is on. {advice}".strip(), list(_tiles(last, published))
        )
    return Head(title, "good" if last.is_good else "bad", last.sentence, advice, list(_tiles(last, published)))


def _tiles(last: Report, published: Report | None) -> Iterator[tuple[str, str, str]]:
    """Yield names, numbers, and the anchors of the blocks that say more."""
    yield "Pages got", f"{last.pages.got:,} of {last.pages.expected:,}", anchor("Expected and got")
    data = published.dataset if published else None
    if data is not None:
        yield "New trials", f"{data.new.count:,}", anchor("New trials") if data.new.count else "night"
        yield "Changed trials", f"{data.changed.count:,}", "night"
        yield "Gone trials", f"{data.gone.count:,}", anchor("Gone trials") if data.gone.count else "night"
    yield "Words not known", f"{len(last.unknown):,}", anchor(unknown.HEADING) if last.unknown else "night"
    yield (
        "Problems",
        f"{sum(last.problems.values()):,}",
        anchor("Problems of the new versions of pages") if last.problems else "night",
    )
