"""The `trials` program: its commands, and its exit codes in one place.

0 done · 1 internal error · 2 usage · 4 no space, or store damaged · 5 some of what was asked for could not be
delivered · 130 interrupted · 143 terminated.
"""

import signal
import sys
import traceback
from enum import IntEnum
from io import TextIOWrapper
from pathlib import Path
from types import FrameType, TracebackType
from typing import Annotated, NoReturn

import typer

from registry import VERSION
from registry.errors import RegistryError, StoreError
from trials.dictionary import show_dictionary
from trials.parse import parse_files
from trials.screen import inert, say


class Exit(IntEnum):
    """Exit codes, as `docs/runbook.md` explains them."""

    DONE = 0
    INTERNAL = 1
    USAGE = 2
    STORE = 4
    PARTIAL = 5
    INTERRUPTED = 130
    TERMINATED = 143


app = typer.Typer(
    name="trials",
    help="Pages of a trial registry in, tidy tables out; every character of a page is accounted for.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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
    "trials parse - --json < page.html"
)
def parse(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Saved pages or text extractions; - is stdin.")],
    json: Annotated[bool, typer.Option("--json", help="Print the tables, one line of JSON a page.")] = False,
    parquet: Annotated[
        Path | None,
        typer.Option("--parquet", metavar="DIR", help="Write the tables to DIR, one Parquet file each."),
    ] = None,
) -> None:
    """Read saved pages: a card for each, or all tables as JSON or Parquet. Touches no network.

    A file that is no whole trial page is named on stderr, and the exit code is 5; the others are delivered.
    """
    if "" in files or (parquet is not None and not parquet.name):
        raise typer.BadParameter("A name is empty; quote variables that may be empty.")
    raise typer.Exit(Exit.DONE if parse_files(files, as_json=json, parquet=parquet) else Exit.PARTIAL)


@app.command(epilog="Examples: trials dictionary · trials dictionary studies facilities")
def dictionary(
    tables: Annotated[list[str] | None, typer.Argument(metavar="TABLE", help="Only these tables.")] = None,
) -> None:
    """Print the data dictionary as Markdown: every table, column, unit, and what null means."""
    show_dictionary(tables or [])


def main() -> NoReturn:
    """Run the program and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # pages hold characters that a locale may lack
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.excepthook = _report_internal_error
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        app()
    except StoreError as error:
        _leave(Exit.STORE, str(error))
    except RegistryError as error:
        _leave(Exit.INTERNAL, f"internal error: {error} Please report it with the page.")
    except OSError as error:
        _leave(Exit.STORE, f"Cannot write the result ({error.strerror or error}). Free space and run it again.")
    sys.exit(Exit.DONE)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    code = Exit.INTERRUPTED if number == signal.SIGINT else Exit.TERMINATED
    _leave(code, f"{code.name.capitalize()}; nothing half-written was left.")


def _report_internal_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print the traceback with scraped text made inert; Python then exits with 1."""
    print(inert("".join(traceback.format_exception(kind, error, trace))), file=sys.stderr)
    say("internal error; please report it with the page.")


def _leave(code: Exit, sentence: str) -> NoReturn:
    say(sentence)
    sys.exit(code)
