"""The page of a store: its reports, its build and its archive, read; nothing is changed."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import duckdb

from normalizers.builds import current_build
from registry.errors import StoreError
from scraper.ledger import as_time
from scraper.store import LEDGER
from scraper.verify import ledger_of
from trials.advice import advice
from trials.dataset import Dataset
from trials.forgetting import check_forgotten
from trials.morning import unknown
from trials.morning.around import reader_of
from trials.morning.night import night_chapter
from trials.morning.nights import nights_chapter
from trials.morning.page import Head, anchor, html
from trials.morning.parts import Chapter
from trials.morning.tables import tables_chapter
from trials.morning.unknown import Around
from trials.report import FOLDER, Report, reports_of

_LATE = timedelta(hours=36)  # as the watch of deploy/ has it
_TITLE = "Morning report"
_NOT_WELL = "NOT WELL."
_TIMER = "Look whether the timer is on."


def morning_report(store: Path, nights: int, now: datetime) -> str:
    """Return the page of a store with so many nights; `now` tells whether the last one is overdue.

    Where the tables cannot be read, the page has the nights alone and says why. StoreError if there are none either.
    """
    reports = list(islice(reports_of(store), nights))
    broken = ""
    with ExitStack() as stack:
        around = _around(store, stack)
        try:
            chapters = _chapters(reports, _tables(store, stack), around)
        except (StoreError, duckdb.Error) as error:
            broken = f"The tables cannot be read: {str(error).splitlines()[0]}"
            if not reports:
                raise StoreError(broken) from error
            chapters = _chapters(reports, None, around)
    return html(_head(reports, chapters, now, _joined([_unread(store, reports), broken])), chapters)


def _chapters(reports: Sequence[Report], dataset: Dataset | None, around: Around) -> list[Chapter]:
    if not reports and dataset is None:
        raise StoreError("There is no night and no build to report on: `trials harvest` makes both.")
    last, published = (reports[0] if reports else None), _published(reports)
    return [night_chapter(last, published, dataset, around), tables_chapter(dataset), nights_chapter(reports)]


def _unread(store: Path, reports: Sequence[Report]) -> str:
    """Return that the newest report is not among those that could be read; empty if it is."""
    newest = max((path.name for path in (store / FOLDER).glob("*.json")), default="")
    if not newest or (reports and newest <= f"{reports[0].run}.json"):
        return ""
    return f"The newest report, {newest!r}, cannot be read: it is damaged, or of another version."


def _published(reports: Sequence[Report]) -> Report | None:
    """Return the last night that published: the changes of the tables are since its beginning."""
    return next((each for each in reports if each.dataset is not None and each.dataset.published), None)


def _tables(store: Path, stack: ExitStack) -> Dataset | None:
    build = current_build(store)
    if build is None:
        return None
    dataset = stack.enter_context(Dataset(build))
    check_forgotten(store, build)
    return dataset


def _around(store: Path, stack: ExitStack) -> Around:
    """Return what reads pages again for the lines around something unknown; nothing can be read without a ledger."""
    if (store / LEDGER).exists():
        with suppress(StoreError):
            return reader_of(store, stack.enter_context(ledger_of(store)))
    return lambda _: []


def _head(reports: Sequence[Report], chapters: Sequence[Chapter], now: datetime, broken: str) -> Head:
    if not reports:
        if broken:
            return Head(_TITLE, "bad", _NOT_WELL, broken, "", [])
        return Head(
            _TITLE, "none", "No night yet.", "The tables were built by hand.", "`trials harvest` runs a night.", []
        )
    last = reports[0]
    sentences = [_late(last, now), last.sentence, broken]
    to_do = [_TIMER if sentences[0] else "", "" if last.is_good else advice(last.exit_code)]
    is_well = not sentences[0] and not broken
    look = "good" if last.is_good and is_well else "bad"
    verdict = "THE NIGHT WENT WRONG." if not last.is_good else "A good night." if is_well else _NOT_WELL
    anchors = {anchor(block.heading) for chapter in chapters for block in chapter.blocks}
    tiles = [(name, number, to if to in anchors else chapters[0].anchor) for name, number, to in _tiles(reports)]
    title = f"{_TITLE} · {last.started_at[:10]}"
    return Head(title, look, verdict, _joined(sentences), _joined(to_do), tiles)


def _joined(sentences: Sequence[str]) -> str:
    return " ".join(filter(None, sentences))


def _late(last: Report, now: datetime) -> str:
    began = as_time(last.started_at)
    if began is None or now - began <= _LATE:
        return ""
    return f"No night has begun since {last.started_at}, {(now - began).days} days ago. The last one:"


def _tiles(reports: Sequence[Report]) -> Iterator[tuple[str, str, str]]:
    """Yield names, numbers, and the anchors of the blocks that say more, where there are such."""
    last, published = reports[0], _published(reports)
    yield "Pages got", f"{last.pages.got:,} of {last.pages.expected:,}", anchor("Expected and got")
    if published is not None and (data := published.dataset) is not None:
        yield "New trials", f"{data.new.count:,}", anchor("New trials")
        yield "Changed trials", f"{data.changed.count:,}", anchor("Changed trials")
        yield "Gone trials", f"{data.gone.count:,}", anchor("Gone trials")
    yield "Words not known", f"{len(last.unknown):,}", anchor(unknown.HEADING)
    yield "Problems", f"{sum(last.problems.values()):,}", anchor("Problems of the new versions of pages")
