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
from typer.models import CommandInfo

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
    examples,
    names_of,
)
from trials.delivery import Delivery
from trials.dictionary import show_dictionary, show_guide_for_aact, show_problem_guide
from trials.exits import Exit
from trials.explain import explain_files
from trials.explore_commands import EXPLORE_COMMANDS
from trials.export_commands import EXPORT_COMMANDS
from trials.fetching import Order, fetch_pages
from trials.fixture import FIXTURES, make_fixture
from trials.init import write_configuration
from trials.log import logging_to
from trials.morning_commands import MORNING_COMMANDS
from trials.night_commands import NIGHT_COMMANDS
from trials.parsing import parse_files
from trials.practice_commands import PRACTICE_COMMANDS
from trials.report import schema
from trials.screen import deliver, inert, say
from trials.settings import CONFIGURATION, settings
from trials.stop import leaving_if_stopped
from trials.store_commands import STORE_COMMANDS
from trials.table_commands import TABLE_COMMANDS

MODULES = (
    STORE_COMMANDS, TABLE_COMMANDS, NIGHT_COMMANDS, EXPORT_COMMANDS, EXPLORE_COMMANDS, MORNING_COMMANDS,
    PRACTICE_COMMANDS,
)  # fmt: skip
_ORDER = (
    "demo", "practice", "init", "fetch", "parse", "why", "harvest", "plan", "status", "report", "discover", "build",
    "export", "sql", "explore", "dictionary", "verify", "import", "forget", "fixture",
)  # fmt: skip
"""Commands as `--help` lists them: to try out, one trial, every night, the tables, the store, the parser."""


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
    epilog=examples(
        "trials parse page.html",
        "trials parse saved/*.html --parquet tables",
        "trials parse - --json < page.html",
        "trials parse crawl.warc.gz --json",
    )
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
    """Read saved pages: a card each, or tables.

    The tables are printed as JSON or written as Parquet, all of them. A file that is no whole trial page is named on
    stderr, and the exit code is 5; the others are delivered. Of a WARC or WET file, each capture of a trial's page
    counts as one. Touches no network, unless the name of such a file is an address (https://…/crawl.warc.gz).
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
    epilog=examples(
        "trials fetch NCT09338473 --site http://127.0.0.1:8000",
        "trials fetch nct9338473 'NCT 0965 1093' --json",
        "trials fetch NCT09338473 --kinds details,references",
        "trials fetch - --parquet tables < ids.txt",
        note="with `trials practice` in another terminal",
    )
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
    """Fetch trials by id, as cards or as tables.

    Each page is archived before it is read; one that the store has is taken from there. The tables are printed as JSON
    or written as Parquet, all of them. What cannot be delivered is named on stderr, and the exit code is
    5; it is 3 if the site refused or did not answer, and nothing was delivered.
    """
    _check_names(ids, parquet)
    chosen = settings({"site": site, "contact": contact, "store": store, "delay_seconds": delay, "log": log})
    wanted = names_of(kinds, list(PageKind), "kind of page") or (PageKind.DETAILS,)
    order = Order(ids, [PageKind(kind) for kind in wanted], refresh, waits=not no_wait)
    with logging_to(chosen.log, verbose=verbose):
        raise typer.Exit(fetch_pages(order, chosen, Delivery(as_json=json, parquet=parquet)))


@app.command(
    epilog=examples(
        "trials fixture saved.html --claim 'A cell may be empty'",
    )
)
def fixture(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A page, HTML or a text extraction (.txt); - is stdin.")],
    claim: Annotated[str, typer.Option("--claim", metavar="TEXT", help="What the page shows, in a few words.")],
    requested_id: Annotated[
        str | None, typer.Option("--id", metavar="NCT…", help="The id that was asked for; else the page's own.")
    ] = None,
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="Folder of the fixtures.")] = FIXTURES,
) -> None:
    """Make a test of the parser from a page.

    It is a folder with the page and what is read of it now, or why it is refused.
    """
    _check_names([file], into)
    try:
        make_fixture(file, claim, requested_id, into)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@app.command(
    epilog=examples(
        "trials init",
        "trials init --site http://127.0.0.1:8000 --force",
    )
)
def init(
    site: Site = None,
    contact: Contact = None,
    store: StoreFolder = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file that is there.")] = False,
) -> None:
    """Ask for the settings, write trials.toml.

    They are site, contact address and store; what a flag says is not asked for.
    """
    if CONFIGURATION.exists() and not force:
        raise typer.BadParameter(f"{CONFIGURATION} is there already; edit it, or overwrite it with --force.")
    write_configuration(site, contact, store)


@app.command(
    epilog=examples(
        "trials dictionary",
        "trials dictionary studies facilities",
        "trials dictionary --problems",
    )
)
def dictionary(
    tables: Annotated[list[str] | None, typer.Argument(metavar="TABLE", help="Only these tables.")] = None,
    problems: Annotated[bool, typer.Option("--problems", help="The codes of problems instead.")] = False,
    report: Annotated[bool, typer.Option("--report", help="The JSON Schema of a night's report instead.")] = False,
    aact: Annotated[bool, typer.Option("--aact", help="What users of AACT find here instead.")] = False,
) -> None:
    """Print what every column means.

    The data dictionary as Markdown: every table, column, unit, and what null means.
    """
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


def _place(command: CommandInfo) -> int:
    name = command.name or getattr(command.callback, "__name__", "")
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


app.registered_commands.sort(key=_place)  # as --help lists them


def main() -> NoReturn:
    """Run the program and exit with its code."""
    assert all(MODULES), "they are added to the program where they are defined"
    _open_streams()
    sys.excepthook = _report_internal_error
    try:
        with leaving_if_stopped():
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
