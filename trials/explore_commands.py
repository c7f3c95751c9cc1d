"""The command for looking at the tables: explore."""

import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from registry.errors import SettingsError
from trials.app import StoreFolder, app, examples
from trials.explore.copy import copy_of, rows_of
from trials.export.run import build_of
from trials.forgetting import check_forgotten
from trials.screen import progress_bar, say
from trials.settings import settings


@app.command(epilog=examples("trials explore", "trials explore --open", "trials explore --port 0 --store data/demo"))
def explore(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")] = 8001,
    opens: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    store: StoreFolder = None,
) -> None:
    """Show the published tables in a browser.

    Search, counts, plots, questions, and a page for each trial, until Ctrl-C. A copy of the build is made in the store
    first, and kept until there is a newer one. It has no contacts, can only be read, and is served to this machine
    alone.
    """
    try:
        from trials.explore.server import Copy, serving
    except ModuleNotFoundError as error:
        raise SettingsError(f"explore needs more ({error}): pip install 'tidytrials[explore]'.") from error
    folder = settings({"store": store}).store
    build = build_of(folder, None)
    check_forgotten(folder, build)
    with _bar() as begin:
        path = copy_of(folder, build, begin)
    rows = rows_of(build)
    with serving(Copy(path, build.name, rows), port) as address:
        say(f"{rows['studies']:,} trials at {address}/trials; Ctrl-C stops it.")
        if opens and not webbrowser.open(f"{address}/trials"):
            say("No browser could be opened: open the address yourself.")
        threading.Event().wait()


@contextmanager
def _bar() -> Iterator[Callable[[int], Callable[[int], None]]]:
    with progress_bar() as progress:

        def begin(rows: int) -> Callable[[int], None]:
            task = progress.add_task("Copying the build", total=rows)
            return lambda count: progress.advance(task, count)

        yield begin


EXPLORE_COMMANDS: tuple[object, ...] = (explore,)
