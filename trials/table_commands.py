"""The commands that make tables: build."""

import os
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from normalizers.builds import CURRENT
from registry.errors import SettingsError
from scraper.store import ARCHIVE
from trials.app import LogFile, StoreFolder, Verbose, app, examples
from trials.build import Built, Wanted, build
from trials.counts import row_counts
from trials.engines import Engine, in_processes
from trials.exits import Exit
from trials.log import logging_to
from trials.screen import say, show
from trials.settings import settings
from trials.sheet import text_of
from trials.worker import without_pandas

_PROCESSES, _DASK = "processes", "dask"
_FIRST_DAY = date(1990, 1, 1)  # before all registries and the web
_MOST_NAMED = 5  # damaged records that are named one by one


@app.command(
    "build",
    epilog=examples(
        "trials build",
        "trials build --full --workers 4",
        "trials build --as-of 2026-01-31",
        "trials build --accept changed --because 'a redone site'",
        "trials build --engine dask --scheduler tcp://head:8786 \\\n  --archive s3://bucket/archive",
    ),
)
def build_(
    full: Annotated[
        bool, typer.Option("--full", help="Read every page again; else what did not change is copied.")
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="The tables as known at the end of a day (UTC), kept aside."),
    ] = None,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", metavar="GATE", help="Let this gate fail; say why by --because.")
    ] = None,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="Why; the manifest keeps it.")] = "",
    keep: Annotated[int, typer.Option("--keep", min=1, help="How many builds are kept.")] = 5,
    workers: Annotated[int, typer.Option("--workers", min=0, help="Processes; 0 is one a core.")] = 0,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help=f"Where pages are read: {_PROCESSES} or {_DASK}.")
    ] = _PROCESSES,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Of the dask cluster, such as tcp://head:8786.")
    ] = None,
    archive: Annotated[
        str | None,
        typer.Option("--archive", metavar="ADDRESS", help="Where copies of the archive's files are; else the store's."),
    ] = None,
    store: StoreFolder = None,
    log: LogFile = None,
    verbose: Verbose = False,
) -> None:
    """Make and publish the tables of all pages.

    The pages of the archive are read, the tables checked and published as data/current in the store. They are published
    whole or not at all: if a gate fails, it is named with its reason, the build is kept aside, and the exit code is 6.
    Touches no network but for --archive and --scheduler.
    """
    if because and not accept:
        raise SettingsError("--because says why a gate is accepted: name it with --accept GATE.")
    chosen = settings({"store": store, "log": log})
    wanted = Wanted(
        store=chosen.store,
        archive=archive or str(chosen.store / ARCHIVE),
        engine=engine_of(engine, scheduler, workers),
        full=full,
        until=_end_of(as_of) if as_of else None,
        accepted=dict.fromkeys(accept or (), because),
        keep=keep,
    )
    without_pandas()
    with logging_to(chosen.log, verbose=verbose):
        built = build(wanted)
        _say_damage(built)
        for note in built.published.notes:
            say(note)
        show(summary(built, wanted))
    raise typer.Exit(Exit.DONE)


def engine_of(name: str, scheduler: str | None, workers: int) -> Engine:
    """Return where the tasks of a build are carried out; SettingsError for a choice that cannot be."""
    if name == _DASK:
        if scheduler is None:
            raise SettingsError("--engine dask needs the address of its scheduler: --scheduler tcp://head:8786.")
        return _dask(scheduler)
    if name != _PROCESSES:
        raise SettingsError(f"{name!r} is no engine; there are {_PROCESSES} and {_DASK}.")
    if scheduler is not None:
        raise SettingsError("--scheduler is for --engine dask.")
    return partial(in_processes, workers=workers or os.cpu_count() or 1)


def _dask(scheduler: str) -> Engine:
    try:
        from trials.cluster import on_dask
    except ImportError as error:
        raise SettingsError(f"--engine dask needs more ({error}): pip install 'tidytrials[cluster]'.") from error
    return partial(on_dask, scheduler=scheduler)


def _end_of(text: str) -> datetime:
    try:
        end = datetime.combine(date.fromisoformat(text), time(23, 59, 59), UTC)
    except ValueError as error:
        raise SettingsError(f"--as-of takes a day such as 2026-01-31, not {text!r}.") from error
    if not _FIRST_DAY <= end.date() <= datetime.now(UTC).date():
        raise SettingsError(f"--as-of takes a day from {_FIRST_DAY} to today, not {text}.")
    return end


def _say_damage(built: Built) -> None:
    for sentence in built.damaged[:_MOST_NAMED]:
        say(sentence)
    if (more := len(built.damaged) - _MOST_NAMED) > 0:
        say(f"{more:,} more records of the archive cannot be read.")


def summary(built: Built, wanted: Wanted) -> RenderableType:
    """Return what came of a build, for a person."""
    published = built.published
    counts = built.counts
    copied = built.trials - built.anew
    since = f": {counts.new:,} new, {counts.changed:,} changed, {counts.gone:,} gone" if wanted.until is None else ""
    parts = [
        Text(f"{counts.trials:,} trials{since}"),
        Text(f"{built.pages:,} pages read, {copied:,} trials as in the build before"),
    ]
    if built.refused:
        refused = ", ".join(f"{count:,} {reason}" for reason, count in sorted(built.refused.items()))
        parts.append(Text(f"Answers that are no page of their trial: {refused}"))
    where = str(published.folder)
    if wanted.until is None:
        where = f"{wanted.store / CURRENT} is {where}"
    return Group(*parts, Text(), row_counts(published.folder), Text(), text_of(where))


TABLE_COMMANDS: tuple[object, ...] = (build_,)
