"""`trials harvest`: one night, from discovery to publication, and its report."""

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from normalizers.across import differences
from normalizers.builds import current_build
from normalizers.gates import MEASURES, check_accepted
from registry import VERSION
from registry.errors import BudgetSpent, FetchError, GatesFailed, SettingsError, StoreBusy, StoreError
from scraper.budget import Budget, Meter
from scraper.client import Client
from scraper.discovery import Finder, Sitemaps, walk_listing
from scraper.fetcher import Fetcher
from scraper.ledger import as_text, now
from scraper.manners import check_site
from scraper.pages import Found, Source
from scraper.store import ARCHIVE, LEDGER, Store
from trials.alarms import Alarm, Alarms, usual_share
from trials.build import Built, Wanted, build
from trials.contained import ContainedReader
from trials.engines import in_processes
from trials.exits import Exit
from trials.ids import distinct, read_lists
from trials.night import Asking, End, Night, leave_rest
from trials.opening import opened
from trials.reading import read_listed
from trials.report import Dataset, Ended, Ids, Manners, Report, Sizes, write_report
from trials.report_card import night_card
from trials.screen import say, show
from trials.settings import Settings
from trials.stop import Stop, finishing_the_page
from trials.ticking import ticking
from trials.tonight import tonight

_MOST_IDS = 1000  # of new, changed and gone trials in the report


@dataclass(frozen=True, slots=True)
class Order:
    """What a night is asked for besides the settings: lists of ids, whether it builds, and what is let through."""

    lists: Sequence[str] = ()  # files with ids
    builds: bool = True
    waits: bool = True  # for the end of another run
    accepted: Mapping[str, str] = field(default_factory=dict)


def harvest(order: Order, settings: Settings) -> Exit:
    """Run a night, write its report, and return the exit code; the last line on stderr says how it went.

    StoreBusy without a report if another run holds the store: that one reports.
    """
    _check(order)
    if not os.path.exists(settings.store):  # noqa: PTH110 - Path.exists raises where a folder may not be read
        check_site(settings.site, settings.manners)
    ids = [str(one.nct_id) for one in distinct(read_lists(order.lists))]
    store = opened(settings, "harvest", waits=order.waits)
    report = Report(program=VERSION, run=store.run, site=settings.site, started_at=as_text(now()))
    with _reported(report, settings.store):
        with store:
            _fetch(store, ids, order, settings, report)
        _build(order, settings, report)
    return Exit(report.exit_code)


def _check(order: Order) -> None:
    check_accepted({name: why for name, why in order.accepted.items() if name not in list(Alarm)})
    for name, why in order.accepted.items():
        if not why.strip():
            raise SettingsError(f"Say why the alarm {name!r} is accepted: the report keeps it.")


# --- the report -----------------------------------------------------------------------------------------------------


@contextmanager
def _reported(report: Report, store: Path) -> Iterator[None]:
    """Write the report of what is inside, however it ends; show it, and say in one line how that was."""
    began = time.monotonic()
    try:
        yield
    except SystemExit as error:
        code = Exit(int(error.code or 0))
        _end(report, End(Ended.INTERRUPTED, code, f"{code.name.capitalize()}; what was fetched is kept"))
        raise
    except GatesFailed as error:
        report.failed_gates = list(error.gates)
        for line in str(error).splitlines():
            say(line)
        _end(report, End(Ended.GATES, Exit.GATES, f"The build failed {', '.join(error.gates)}"))
    except FetchError as error:
        _end(report, End(Ended.SITE, Exit.SITE, str(error).rstrip(".")))
    except StoreBusy as error:
        _end(report, End(Ended.STORE, Exit.BUSY, str(error).rstrip(".")))
    except (StoreError, OSError) as error:
        _end(report, End(Ended.STORE, Exit.STORE, str(error).rstrip(".")))
    except SettingsError as error:
        _end(report, End(Ended.SETTINGS, Exit.USAGE, str(error).rstrip(".")))
    except Exception as error:
        _end(report, End(Ended.INTERNAL, Exit.INTERNAL, f"Internal error ({type(error).__name__})"))
        raise
    finally:
        report.ended_at = as_text(now())
        report.seconds.all = _seconds(began)
        with suppress(OSError, StoreError):  # a store that cannot be measured is reported all the same
            _measure(report, store)
        with suppress(OSError):  # the same for a stdout that takes nothing
            show(night_card(report))
        _write(report, store)


def _end(report: Report, end: End) -> None:
    """Note how the night ended; one that went wrong says what stays published."""
    report.ended, report.exit_code, report.alarm = end.ended, int(end.code), end.alarm
    report.sentence = f"{end.why}."
    if end.code is not Exit.DONE:
        report.sentence += " Nothing was published, what was published before stays."


def _write(report: Report, store: Path) -> None:
    """Write the report and say how the night went; one without a report did not go well."""
    try:
        where = f"The report is {str(write_report(report, store))!r}."
    except OSError as error:
        where = f"The report cannot be written ({error.strerror}). Free space, or mend the folder."
        if report.exit_code == Exit.DONE:
            report.ended, report.exit_code = Ended.STORE, int(Exit.STORE)
    good = report.exit_code == Exit.DONE
    say(f"{'' if good else 'THE NIGHT WENT WRONG. '}{report.sentence} {where}")


def _measure(report: Report, store: Path) -> None:
    """Note what the store takes on the disk."""
    archive = store / ARCHIVE
    files = {path.name: path.stat().st_size for path in archive.glob("*")} if archive.is_dir() else {}
    current = current_build(store)
    ledger = store / LEDGER
    report.sizes = Sizes(
        archive_of_run=sum(size for name, size in files.items() if name.startswith(report.run)),
        archive=sum(files.values()),
        ledger=ledger.stat().st_size if ledger.exists() else 0,
        tables_of_build=sum(path.stat().st_size for path in current.iterdir()) if current else 0,
        free=shutil.disk_usage(store).free,
    )


def _seconds(since: float) -> float:
    return round(time.monotonic() - since, 3)


# --- at the site ----------------------------------------------------------------------------------------------------


def _fetch(store: Store, ids: Sequence[str], order: Order, settings: Settings, report: Report) -> None:
    """Find trials, plan, and ask for pages."""
    meter = Meter(settings.budget)
    report.budget = _said(settings.budget)
    report.accepted = dict(order.accepted)
    with (
        finishing_the_page() as stop,
        ContainedReader() as reader,
        Client(store, settings.site, settings.manners, say, meter=meter) as client,
    ):
        try:
            end = _discover(client, store, ids, settings, report, stop)
            night = _plan(store, settings, report, meter)
            night.end = end or _spent(meter)
            try:
                alarms = Alarms(usual_share(current_build(settings.store)), frozenset(order.accepted))
                fetcher = Fetcher(client, store, settings.url_templates, say)
                _ask(night, Asking(night, store, fetcher, reader, settings.site, alarms), stop, report)
            finally:
                leave_rest(night, store)
        finally:
            report.manners = _manners(meter, settings)
    _conclude(night, store, settings, report)


def _spent(meter: Meter) -> End | None:
    """Return the end of a night whose budget went on the discovery, to the last request."""
    try:
        meter.check()
    except BudgetSpent as error:
        return End(Ended.BUDGET, Exit.DONE, str(error).rstrip("."))
    return None


def _said(budget: Budget) -> dict[str, float | None]:
    return {"requests": budget.requests, "minutes": budget.minutes, "bytes": budget.bytes}


def _discover(
    client: Client, store: Store, ids: Sequence[str], settings: Settings, report: Report, stop: Stop
) -> End | None:
    """Take ids that are given, sitemaps and listings to the ledger; return how the night ended, if it did by that."""
    began = time.monotonic()
    finder = Finder(store, settings.site)
    finder.take_ids(ids, Found(Source.GIVEN, now(), depth=0))
    end = None
    try:
        for _ in found_on_site(client, store, finder, settings, report):
            if stop.code is not None:
                end = End(Ended.INTERRUPTED, stop.code, f"{stop.code.name.capitalize()} amid the discovery")
                break
    except BudgetSpent as error:
        end = End(Ended.BUDGET, Exit.DONE, str(error).rstrip("."))
    report.discovered.new = {str(source): count for source, count in finder.new.items()}
    report.discovered.known = finder.known
    report.seconds.discovery = _seconds(began)
    return end


def found_on_site(
    client: Client, store: Store, finder: Finder, settings: Settings, report: Report | None = None
) -> Iterator[None]:
    """Read the site's sitemaps and the listings of the settings; yield after each."""
    if Source.SITEMAP in settings.sources:
        sitemaps = Sitemaps(client, store, finder, say)
        for _ in sitemaps.read():
            if report:
                report.discovered.sitemaps = sitemaps.count
            yield
    for listing in settings.listings if Source.LISTING in settings.sources else ():
        url = listing if "://" in listing else f"{settings.site}{listing}"
        for _ in walk_listing(client, url, read_listed, finder, say):
            if report:
                report.discovered.listings += 1
            yield


def _plan(store: Store, settings: Settings, report: Report, meter: Meter) -> Night:
    began = time.monotonic()
    night = Night(tonight(store.ledger, settings, meter.requests_left))
    report.pages = night.pages
    report.seconds.planning = _seconds(began)
    return night


def _ask(night: Night, asking: Asking, stop: Stop, report: Report) -> None:
    """Ask for page after page; what was not asked for is noted with the reason."""
    began = time.monotonic()
    try:
        with ticking(night) as tick:
            for page in night.planned:
                if night.end is not None:
                    break
                asking.ask(page, stop)
                tick()
    finally:
        night.pages.by_state = dict(night.states)
        report.unknown = sorted(night.unknown.values(), key=lambda each: (-each.pages, each.code, each.about))
        report.problems = dict(sorted(night.problems.items()))
        report.seconds.fetching = _seconds(began)


def _manners(meter: Meter, settings: Settings) -> Manners:
    return Manners(
        delay_seconds=settings.manners.delay_of(settings.site),
        requests=meter.requests,
        requests_unanswered=meter.unanswered,
        answers_by_status={str(status): count for status, count in sorted(meter.statuses.items())},
        body_bytes=meter.bytes,
        shortest_gap_seconds=None if meter.shortest_gap is None else round(meter.shortest_gap, 3),
        paused_seconds=round(meter.paused_seconds, 3),
    )


def _conclude(night: Night, store: Store, settings: Settings, report: Report) -> None:
    """Note how the fetching ended."""
    if Alarm.FAILURES not in report.accepted:
        night.give_up()
    if night.end is None and not night.planned and store.ledger.one("SELECT 1 FROM pages") is None:
        night.end = _without_trials(store, settings)
    _end(report, night.end or End(Ended.DONE, Exit.DONE, "All that was due was asked for"))


def _without_trials(store: Store, settings: Settings) -> End:
    """Return how a night ends that knows of no trial: the sitemaps that could not be read are the site's fault."""
    if Source.SITEMAP in settings.sources and store.pages.sitemap_read_at(settings.site) is None:
        return End(Ended.SITE, Exit.SITE, "No trial is known, and the site's sitemaps could not be read whole")
    return End(
        Ended.SETTINGS,
        Exit.USAGE,
        f"No trial is known, and none was found in the ways that are looked in ({', '.join(settings.sources)}). Give "
        "ids with --ids, or listings in trials.toml",
    )


# --- the tables -----------------------------------------------------------------------------------------------------


def _build(order: Order, settings: Settings, report: Report) -> None:
    """Build and publish what the archive holds, after a night that went well."""
    if report.exit_code != Exit.DONE:
        return
    if not order.builds:
        report.sentence = f"{_fetched(report)} Nothing was built, as asked for."
        return
    began = time.monotonic()
    before = current_build(settings.store)
    engine = partial(in_processes, workers=os.cpu_count() or 1)
    gates = {name: why for name, why in order.accepted.items() if name in MEASURES}
    try:
        built = build(Wanted(settings.store, str(settings.store / ARCHIVE), engine, accepted=gates))
    except GatesFailed as error:
        report.dataset = _refused(error, before)
        raise
    finally:
        report.seconds.building = _seconds(began)
    report.dataset = _dataset(built, before)
    published = _published(report.dataset) if built.published.is_new else f"{report.dataset.build} stays published."
    report.sentence = f"{_fetched(report)} {published}"


def _fetched(report: Report) -> str:
    pages = report.pages
    states = ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in sorted(pages.by_state.items()))
    first = report.sentence if report.ended is Ended.BUDGET else ""
    return f"{first} {pages.got:,} of {pages.expected:,} pages{f' ({states})' if states else ''}.".strip()


def _published(dataset: Dataset) -> str:
    return (
        f"Published {dataset.build}: {dataset.trials:,} trials, {dataset.new.count:,} new, "
        f"{dataset.changed.count:,} changed, {dataset.gone.count:,} gone."
    )


def _dataset(built: Built, before: Path | None) -> Dataset:
    folder = built.published.folder
    new, changed, gone = _differing(built, before)
    return Dataset(
        build=folder.name,
        published=True,
        before=before.name if before else None,
        trials=built.counts.trials,
        new=new,
        changed=changed,
        gone=gone,
        pages_read=built.pages,
        damaged_records=len(built.damaged),
    )


def _differing(built: Built, before: Path | None) -> tuple[Ids, Ids, Ids]:
    """Return the trials that are new, changed and gone; no ids if the build before is no more."""
    folder, counts = built.published.folder, built.counts
    if before is not None and before.name == folder.name:
        return _counted(0), _counted(0), _counted(0)
    if before is not None and not before.is_dir():  # it held a trial that was forgotten
        return _counted(counts.new), _counted(counts.changed), _counted(counts.gone)
    new, changed, gone = (Ids(count=count, nct_ids=ids) for count, ids in differences(folder, before, _MOST_IDS))
    return new, changed, gone


def _counted(count: int) -> Ids:
    return Ids(count=count, nct_ids=[])


def _refused(error: GatesFailed, before: Path | None) -> Dataset:
    found = differences(error.kept, before, _MOST_IDS)
    new, changed, gone = (Ids(count=count, nct_ids=ids) for count, ids in found)
    return Dataset(
        build=error.kept.name, published=False, before=before.name if before else None, trials=0, new=new,
        changed=changed, gone=gone, pages_read=0, damaged_records=0,
    )  # fmt: skip
