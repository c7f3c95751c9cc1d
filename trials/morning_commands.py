"""The command of the morning: report."""

import os
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from registry.errors import SettingsError
from scraper.files import write_whole
from scraper.ledger import now
from scraper.store import no_store
from trials.app import StoreFolder, app, examples
from trials.exits import Exit
from trials.report import PAGE
from trials.screen import deliver, say
from trials.settings import settings


@app.command(
    epilog=examples(
        "trials report",
        "trials report --open",
        "trials report --nights 90 --output morning.html",
        "trials report --output - | gzip > report.html.gz",
    )
)
def report(
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to write it; - is stdout. Else report.html in the store."
        ),
    ] = None,
    nights: Annotated[
        int, typer.Option("--nights", metavar="N", min=1, max=1000, help="How many nights are shown.")
    ] = 30,
    opens: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    store: StoreFolder = None,
) -> None:
    """Write the morning report, a page of HTML.

    It is about the last night, the tables, and the nights before. It needs no network to be read, and holds no
    contacts. Reads the store only, takes no lock.
    """
    from trials.export.placing import put, whole_or_not

    try:
        from trials.morning.report import morning_report
    except ImportError as error:
        raise SettingsError(f"`trials report` needs more ({error}): pip install 'tidytrials[report]'.") from error
    chosen = settings({"store": store})
    if not chosen.store.is_dir():
        raise no_store(chosen.store)
    path = chosen.store / PAGE if output is None else output
    if str(path) != "-":
        _check(path)
    page = morning_report(chosen.store, nights, now())
    if str(path) == "-":
        deliver(page)
        raise typer.Exit(Exit.DONE)
    with whole_or_not(path) as aside:  # of its own: several may write the same report
        write_whole(aside / path.name, page.encode())
        put([(aside / path.name, path)])
    say(f"The report is {os.fspath(path)!r}.")
    if opens:
        webbrowser.open(path.resolve().as_uri())
    raise typer.Exit(Exit.DONE)


def _check(path: Path) -> None:
    """Raise SettingsError for a folder, link, device and the like, whose place it would take; and without a folder."""
    if not path.parent.is_dir():
        raise SettingsError(f"There is no folder {str(path.parent)!r} to write the report into. Make it first.")
    if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
        raise SettingsError(f"{str(path)!r} is no file that the report may replace. Choose another name; - is stdout.")


MORNING_COMMANDS: tuple[object, ...] = (report,)
