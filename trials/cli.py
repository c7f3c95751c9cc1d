"""The `trials` program: its commands. The exit codes are in `trials/exits.py`."""

import os
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Annotated, NoReturn

import typer

from registry import VERSION
from registry.errors import FetchError, GatesFailed, RegistryError, SettingsError, StoreBusy, StoreError
from registry.labels import PageKind
from trials.app import (
    Contact,
    Delay,
    Json,
    Kinds,
    LogFile,
    NoWait,
    ParquetFolder,
    Site,
    StoreFolder,
    Verbose,
    app,
    names_of,
)
from trials.delivery import Delivery
from trials.demo import show_demo
from trials.dictionary import show_dictionary, show_guide_for_aact, show_problem_guide
from trials.exits import Exit
from trials.explain import explain_files
from trials.export_commands import EXPORT_COMMANDS
from trials.fetching import Order, fetch_pages
from trials.fixture import FIXTURES, make_fixture
from trials.init import write_configuration
from trials.log import logging_to
from trials.morning_commands import MORNING_COMMANDS
from trials.night_commands import NIGHT_COMMANDS
from trials.parsing import parse_files
from trials.practice.drift import checked_drift
from trials.practice.listing import show_faults
from trials.practice.markup import FAMILIES
from trials.practice.server import serve
from trials.practice.tables import write_truth
from trials.practice.world import World
from trials.report import schema
from trials.screen import deliver, inert, say
from trials.settings import CONFIGURATION, settings
from trials.store_commands import STORE_COMMANDS
from trials.table_commands import TABLE_COMMANDS


def _version(wanted: bool) -> None:
    if wanted:
        print(f"trials {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


@app.command(
    epilog="Examples: trials parse page.html · trials parse saved/*.html --parquet tables · "
    "trials parse - --json < page.html · trials parse crawl.warc.gz --json"
)
def parse(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Saved pages or text extractions, WARC or WET files; - is stdin."),
    ],
    json: Json = False,
    parquet: ParquetFolder = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show each line of the page beside the column that it went to.")
    ] = False,
) -> None:
    """Read saved pages: a card for each, or all tables as JSON or Parquet.

    A file that is no whole trial page is named on stderr, and the exit code is 5; the others are delivered. Of a WARC
    or WET file, each capture of a trial's page counts as one. Touches no network, unless the name of such a file is an
    address (https://…/crawl.warc.gz).
    """
    _check_names(files, parquet)
    if explain and (json or parquet):
        raise typer.BadParameter("--explain is for a person; ask for --json or --parquet in a call of its own.")
    all_read = explain_files(files) if explain else parse_files(files, as_json=json, parquet=parquet)
    raise typer.Exit(Exit.DONE if all_read else Exit.PARTIAL)


def _check_names(names: Sequence[str], folder: Path | None) -> None:
    if "" in names or (folder is not None and not folder.name):
        raise typer.BadParameter("A name is empty; quote variables that may be empty.")


@app.command(
    epilog="Examples, with `trials practice` in another terminal: "
    "trials fetch NCT09338473 --site http://127.0.0.1:8000 · "
    "trials fetch nct9338473 'NCT 0965 1093' --kinds details,references --json · "
    "trials fetch - --parquet tables < ids.txt"
)
def fetch(
    ids: Annotated[
        list[str], typer.Argument(metavar="ID", help="Ids in any spelling, or addresses that name a trial; - is stdin.")
    ],
    kinds: Kinds = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask also for what the store has, if it changed.")] = False,
    json: Json = False,
    parquet: ParquetFolder = None,
    site: Site = None,
    contact: Contact = None,
    store: StoreFolder = None,
    delay: Delay = None,
    no_wait: NoWait = False,
    log: LogFile = None,
    verbose: Verbose = False,
) -> None:
    """Fetch pages of trials by id, archive them, and show a card for each, or all tables as JSON or Parquet.

    A page that the store has is taken from there. What cannot be delivered is named on stderr, and the exit code is
    5; it is 3 if the site refused or did not answer, and nothing was delivered.
    """
    _check_names(ids, parquet)
    chosen = settings({"site": site, "contact": contact, "store": store, "delay_seconds": delay, "log": log})
    wanted = names_of(kinds, list(PageKind), "kind of page") or (PageKind.DETAILS,)
    order = Order(ids, [PageKind(kind) for kind in wanted], refresh, waits=not no_wait)
    with logging_to(chosen.log, verbose=verbose):
        raise typer.Exit(fetch_pages(order, chosen, Delivery(as_json=json, parquet=parquet)))


@app.command(epilog="Example: trials fixture saved.html --claim 'A header cell may span two columns'")
def fixture(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A page, HTML or a text extraction (.txt); - is stdin.")],
    claim: Annotated[str, typer.Option("--claim", metavar="TEXT", help="What the page shows, in a few words.")],
    requested_id: Annotated[
        str | None, typer.Option("--id", metavar="NCT…", help="The id that was asked for; else the page's own.")
    ] = None,
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="Folder of the fixtures.")] = FIXTURES,
) -> None:
    """Make a test of the parser: a folder with the page and what is read of it now, or why it is refused."""
    _check_names([file], into)
    try:
        make_fixture(file, claim, requested_id, into)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@app.command(epilog="Examples: trials init · trials init --site http://127.0.0.1:8000 --store practice --force")
def init(
    site: Site = None,
    contact: Contact = None,
    store: StoreFolder = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file that is there.")] = False,
) -> None:
    """Ask for site, contact address and store, and write them to trials.toml; what a flag says is not asked for."""
    if CONFIGURATION.exists() and not force:
        raise typer.BadParameter(f"{CONFIGURATION} is there already; edit it, or overwrite it with --force.")
    write_configuration(site, contact, store)


@app.command(
    epilog="Examples: trials practice · trials practice --port 8001 --trials 100000 --seed 7 --night 3 · "
    "trials practice --faults faults.toml --log requests.jsonl · trials practice --night 3 --layout-night 3"
)
def practice(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")] = 8000,
    trials: Annotated[int, typer.Option(min=1, max=900_000, help="Number of trials on the first night.")] = 200,
    seed: Annotated[int, typer.Option(help="Another seed is another registry.")] = 1,
    night: Annotated[int, typer.Option(min=0, max=10_000, help="Nights since the first: trials change.")] = 0,
    markup: Annotated[
        str | None, typer.Option(metavar="FAMILY", help="Print every page in this family of markup.")
    ] = None,
    layout_night: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, max=10_000, help="From night N on pages have labels and headings not known."),
    ] = None,
    drift: Annotated[
        str | None, typer.Option(metavar="NAME", help="Another change of the pages than of their layout: drop_label …")
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write what details pages say as Parquet to DIR, and serve nothing; takes 100 KB a trial.",
        ),
    ] = None,
    faults: Annotated[Path | None, typer.Option(metavar="FILE", help="Misbehave as FILE says, in TOML.")] = None,
    log: Annotated[Path | None, typer.Option(metavar="FILE", help="Append each request to FILE as JSON.")] = None,
    list_faults: Annotated[
        bool, typer.Option("--list-faults", help="Print the kinds of fault, serve nothing.")
    ] = False,
) -> None:
    """Serve a small made-up registry on loopback, to try everything out on. Ctrl-C stops it."""
    _check_names([], truth)
    if list_faults:
        show_faults()
        return
    if truth and (faults or log):
        raise typer.BadParameter("--truth serves nothing: leave out --faults and --log.")
    try:
        world = World(seed, trials, night, _family(markup), layout_night, drift and checked_drift(drift))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if truth is None:
        serve(port, world, faults, log)
    else:
        write_truth(world, port, truth)


def _family(name: str | None) -> str | None:
    if name is not None and name not in FAMILIES:
        raise typer.BadParameter(f"{name!r} is no family of markup; there are {', '.join(FAMILIES)}.")
    return name


@app.command(epilog="Examples: trials demo · trials demo --trials 50")
def demo(
    trials: Annotated[int, typer.Option(min=10, max=10_000, help="Number of trials to fetch.")] = 200,
    store: StoreFolder = None,
) -> None:
    """Show the whole way: a practice site, pages over HTTP, archive, tables, one card, one question in SQL.

    Everything is written to the folder `demo` in the store, which is emptied first.
    """
    raise typer.Exit(show_demo(trials, settings({"store": store}).store / "demo"))


@app.command(epilog="Examples: trials dictionary · trials dictionary studies facilities · trials dictionary --problems")
def dictionary(
    tables: Annotated[list[str] | None, typer.Argument(metavar="TABLE", help="Only these tables.")] = None,
    problems: Annotated[bool, typer.Option("--problems", help="The codes of problems instead.")] = False,
    report: Annotated[bool, typer.Option("--report", help="The JSON Schema of a night's report instead.")] = False,
    aact: Annotated[bool, typer.Option("--aact", help="What users of AACT find here instead.")] = False,
) -> None:
    """Print the data dictionary as Markdown: every table, column, unit, and what null means."""
    if problems + report + aact + bool(tables) > 1:
        raise typer.BadParameter("Problems may be about any table, and reports are none: give one option alone.")
    if report:
        deliver(schema())
    elif problems:
        show_problem_guide()
    elif aact:
        show_guide_for_aact()
    else:
        show_dictionary(tables or [])


def main() -> NoReturn:
    """Run the program and exit with its code."""
    assert STORE_COMMANDS + TABLE_COMMANDS + NIGHT_COMMANDS + EXPORT_COMMANDS + MORNING_COMMANDS, (
        "they are added to the program where they are defined"
    )
    _open_streams()
    sys.excepthook = _report_internal_error
    try:
        app()
    except SettingsError as error:
        _leave(Exit.USAGE, str(error))
    except StoreBusy as error:
        _leave(Exit.BUSY, str(error))
    except StoreError as error:
        _leave(Exit.STORE, str(error))
    except GatesFailed as error:
        *lines, last = str(error).splitlines()
        for line in lines:
            say(line)
        _leave(Exit.GATES, last)
    except FetchError as error:
        _leave(Exit.SITE, str(error))
    except RegistryError as error:
        _leave(Exit.INTERNAL, f"internal error: {error} Please report it with the page.")
    except OSError as error:
        _leave(Exit.STORE, f"Cannot write the result ({error.strerror or error}). Free space and run it again.")
    sys.exit(Exit.DONE)


def _open_streams() -> None:
    """Give the standard streams UTF-8, and an empty one in place of each that a shell has closed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # pages hold characters that a locale may lack
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _report_internal_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print the traceback with scraped text made inert; Python then exits with 1."""
    print(inert("".join(traceback.format_exception(kind, error, trace))), file=sys.stderr)
    say("internal error; please report it with the page.")


def _leave(code: Exit, sentence: str) -> NoReturn:
    say(sentence)
    sys.exit(code)
