"""`trials harvest`: one night, from discovery to publication, and its report."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from normalizers.builds import current_build
from normalizers.gates import check_accepted
from registry import VERSION
from registry.errors import BudgetSpent, SettingsError
from scraper.budget import Budget, Meter
from scraper.client import Client
from scraper.fetcher import Fetcher
from scraper.ledger import as_text, now
from scraper.manners import check_site
from scraper.pages import Source
from scraper.store import Store
from trials.alarms import Alarm, Alarms, usual_share
from trials.contained import ContainedReader
from trials.exits import Exit
from trials.finding import find
from trials.ids import distinct, read_lists
from trials.night import Asking, End, Night, leave_rest
from trials.nightly_build import build_and_publish, fetched
from trials.opening import opened
from trials.report import Ended, Manners, Report
from trials.reported import note_end, reported, seconds_since
from trials.screen import say
from trials.settings import Settings
from trials.stop import Stop, finishing_the_page
from trials.ticking import ticking
from trials.tonight import tonight


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
    with reported(report, settings.store):
        with store:
            _fetch(store, ids, order, settings, report)
        if report.exit_code == Exit.DONE and order.builds:
            build_and_publish(settings, report)
        elif report.exit_code == Exit.DONE:
            report.sentence = f"{fetched(report)} Nothing was built, as asked for."
    return Exit(report.exit_code)


def _check(order: Order) -> None:
    check_accepted({name: why for name, why in order.accepted.items() if name not in list(Alarm)})
    for name, why in order.accepted.items():
        if not why.strip():
            raise SettingsError(f"Say why the alarm {name!r} is accepted: the report keeps it.")


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
            end = find(client, store, ids, settings, report, stop)
            night = _plan(store, settings, report, meter)
            night.end = end or _spent(meter)
            try:
                alarms = Alarms(usual_share(current_build(settings.store)), frozenset(order.accepted))
                fetcher = Fetcher(client, store, settings.url_templates, say)
                _ask(night, Asking(night, store, fetcher, reader, settings.site, alarms), stop, report, meter)
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


def _plan(store: Store, settings: Settings, report: Report, meter: Meter) -> Night:
    began = time.monotonic()
    night = Night(tonight(store.ledger, settings, meter.requests_left))
    report.pages = night.pages
    report.seconds.planning = seconds_since(began)
    return night


def _ask(night: Night, asking: Asking, stop: Stop, report: Report, meter: Meter) -> None:
    """Ask for page after page; what was not asked for is noted with the reason."""
    began = time.monotonic()
    try:
        with ticking(night, meter) as tick:
            for page in night.planned:
                if night.end is not None:
                    break
                asking.ask(page, stop)
                tick()
    finally:
        night.pages.by_state = dict(night.states)
        report.unknown = sorted(night.unknown.values(), key=lambda each: (-each.pages, each.code, each.about))
        report.problems = dict(sorted(night.problems.items()))
        report.seconds.fetching = seconds_since(began)


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
    if night.end and night.end.ended is Ended.BUDGET and not night.asked:
        night.end = replace(night.end, code=Exit.PARTIAL, why=f"{night.end.why} before a page was asked for")
    if night.end and night.end.alarm is Alarm.LAYOUT:
        store.doubt(night.end.why)
        night.end = replace(night.end, why=f"{night.end.why}; new versions of this night wait until asked for again")
    note_end(report, night.end or End(Ended.DONE, Exit.DONE, "All that was due was asked for"))


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
