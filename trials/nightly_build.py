"""The tables of a night: built, published through the gates, and compared with those before."""

import os
import time
from functools import partial
from pathlib import Path

from normalizers.across import differences
from normalizers.builds import current_build
from normalizers.gates import MEASURES
from registry.errors import GatesFailed
from scraper.store import ARCHIVE
from trials.build import Built, Wanted, build
from trials.engines import in_processes
from trials.report import Dataset, Ended, Ids, Report
from trials.reported import seconds_since
from trials.settings import Settings
from trials.tonight import RESTS
from trials.worker import without_pandas

_MOST_IDS = 1000  # of new, changed and gone trials in the report


def build_and_publish(settings: Settings, report: Report) -> None:
    """Build and publish what the archive holds; GatesFailed and others as `trials.build.build`, noted in the report."""
    without_pandas()
    began = time.monotonic()
    before = current_build(settings.store)
    engine = partial(in_processes, workers=os.cpu_count() or 1)
    gates = {name: why for name, why in report.accepted.items() if name in MEASURES}
    try:
        built = build(Wanted(settings.store, str(settings.store / ARCHIVE), engine, accepted=gates))
    except GatesFailed as error:
        report.dataset = _refused(error, before)
        raise
    finally:
        report.seconds.building = seconds_since(began)
    report.dataset = _dataset(built, before)
    published = _published(report.dataset) if built.published.is_new else f"{report.dataset.build} stays published."
    report.sentence = f"{fetched(report)} {published}"


def fetched(report: Report) -> str:
    """Return what was fetched, in a sentence."""
    pages = report.pages
    if not pages.expected and report.ended is not Ended.BUDGET:
        return f"No page was due; {RESTS}."
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
