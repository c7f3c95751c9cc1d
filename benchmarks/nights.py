"""Nights of a practice site over real HTTP, each at its own time: what a store goes through in a month, and in trouble.

    python -m benchmarks.nights --trials 2000 --nights 30 --requests 300
    python -m benchmarks.nights --trouble --trials 600

The first runs a harvest a night; after each, every id that the site or the store knows must have a state, what was
expected be what came and what did not, and the night be good: a night that is not is a false alarm. The second lets
twelve things go wrong, each on a copy of the same store on the next night: each must end the night with a code of its
own, and leave what was published.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import time_machine

from normalizers.builds import current_build
from scraper.verify import ledger_of
from trials.exits import Exit
from trials.harvest import Order, harvest
from trials.practice.faults import Faults
from trials.practice.server import serving
from trials.practice.world import World
from trials.report import Report, reports_of
from trials.settings import Settings, check

_PAGES = "/*/NCT*"
TROUBLE: dict[str, dict[str, Any]] = {
    "a label is renamed": {"drift": "rename_label"},
    "a label is dropped": {"drift": "drop_label"},
    "a label stands in another section": {"drift": "move_label"},
    "two columns are swapped": {"drift": "swap_columns"},
    "a section is renamed": {"drift": "rename_heading"},
    "a third of all locations is cut": {"drift": "cut_rows"},
    "60 % of a column is blank": {"drift": "blank_column"},
    "every row stands twice": {"drift": "double_rows"},
    "there is no trial any more (404)": {"kind": "status", "status": 404},
    "a check for robots at status 200": {"kind": "soft_error", "notice": "captcha"},
    "maintenance at status 200": {"kind": "soft_error", "notice": "maintenance"},
    "the page of another trial": {"kind": "other_trial"},
}


@contextmanager
def at(world: World, hour: int = 3) -> Iterator[None]:
    """Let the clock stand in a night; it goes on from there."""
    moment = datetime(world.today.year, world.today.month, world.today.day, hour, tzinfo=UTC)
    with time_machine.travel(moment, tick=True):
        yield


def night(world: World, settings: Settings) -> tuple[Exit, Report]:
    """Harvest one night; return the exit code and the report."""
    with at(world):
        code = harvest(Order(), settings)
    return code, next(reports_of(settings.store))


def unaccounted(world: World, settings: Settings, report: Report) -> list[str]:
    """Return the ids of which it cannot be told what became: of the site, of the store, of the list of the night."""
    with ledger_of(settings.store) as ledger:
        known = dict(ledger.all("SELECT nct_id, state FROM pages WHERE kind = 'details'"))
    there = {world.nct_id(place) for place in range(world.count) if not world.is_gone(place)}
    pages = report.pages
    missing = sorted(there - known.keys()) + [nct_id for nct_id, state in known.items() if not state]
    if pages.got + len(pages.not_got) != pages.expected or any(not each.reason for each in pages.not_got):
        missing.append("the list of the night")
    return missing


def month(trials: int, nights: int, requests: int, seed: int) -> bool:
    """Run the nights; return whether each was good and every id accounted for."""
    world = World(seed=seed, trials=trials)
    good = True
    print("| night | exit | seconds | asked | fetched | unchanged | not got | changed | stale | sighted | lost |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder, serving(world) as site:
        for number in range(nights):
            site.world = world = replace(world, night=number)
            budget = 10 * trials if number == 0 else requests
            settings = check({"site": site.base, "store": Path(folder) / "store", "requests": budget})
            began = time.monotonic()
            code, report = night(world, settings)
            left = unaccounted(world, settings, report)
            good &= code is Exit.DONE and not left
            states, sighted = report.pages.by_state, report.pages.sightings
            print(
                f"| {number} | {code} | {time.monotonic() - began:.0f} | {report.pages.expected} "
                f"| {states.get('fetched', 0)} | {states.get('unchanged', 0)} | {len(report.pages.not_got)} "
                f"| {report.pages.changed} | {stale(world, settings):.1%} "
                f"| {sighted.get('changed', 0)} of {sum(sighted.values())} | {len(left)} {' '.join(left[:3])} |",
                flush=True,
            )
    return good


def stale(world: World, settings: Settings) -> float:
    """Return the share of trials whose page changed since it was fetched last, or was never fetched."""
    with ledger_of(settings.store) as ledger:
        fetched: dict[str, str] = dict(
            ledger.all("SELECT nct_id, last_ok FROM pages WHERE kind = 'details' AND last_ok IS NOT NULL")
        )
    there = [place for place in range(world.count) if not world.is_gone(place)]
    old: int = sum(fetched.get(world.nct_id(place), "")[:10] < world.changed_on(place).isoformat() for place in there)
    return old / len(there)


def trouble(trials: int, seed: int) -> int:
    """Let each thing go wrong; return how many ended as they should."""
    world = World(seed=seed, trials=trials)
    right = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving(world) as site:
            port = int(site.base.rpartition(":")[2])
            settings = check({"site": site.base, "store": folder / "store", "requests": 20 * trials})
            assert night(world, settings)[0] is Exit.DONE, "the first night is good"
        for number, (what, told) in enumerate(TROUBLE.items()):
            store = folder / f"store-{number}"
            shutil.copytree(folder / "store", store, symlinks=True)
            before = current_build(store)
            is_drift = "drift" in told
            then = replace(world, night=2, **told) if is_drift else replace(world, night=2)
            faults = None if is_drift else Faults([{"path": _PAGES, **told}])
            began = time.monotonic()
            with serving(then, port, faults) as site:
                code, report = night(then, settings.model_copy(update={"store": store}))
            stays = current_build(store) == before
            right += code in (Exit.SITE, Exit.GATES) and stays
            print(
                f"| {what} | {code} | {report.alarm or ', '.join(report.failed_gates)} | {report.pages.got} "
                f"| {'stays' if stays else 'GONE'} | {time.monotonic() - began:.0f} | {report.sentence} |",
                flush=True,
            )
            shutil.rmtree(store)
    return right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trouble", action="store_true")
    chosen = parser.parse_args()
    if not chosen.trouble:
        return not month(chosen.trials, chosen.nights, chosen.requests, chosen.seed)
    right = trouble(chosen.trials, chosen.seed)
    print(f"{right} of {len(TROUBLE)} blocked, with what was published before still there.")
    return right != len(TROUBLE)


if __name__ == "__main__":
    sys.exit(main())
