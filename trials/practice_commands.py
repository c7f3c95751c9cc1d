"""The commands to try everything out with: practice, demo."""

from pathlib import Path
from typing import Annotated

import typer

from trials.app import StoreFolder, app, examples
from trials.demo import show_demo
from trials.practice.drift import checked_drift
from trials.practice.listing import show_faults
from trials.practice.markup import FAMILIES
from trials.practice.server import serve
from trials.practice.tables import write_truth
from trials.practice.world import World
from trials.settings import settings


@app.command(
    epilog=examples(
        "trials practice",
        "trials practice --port 8001 --trials 100000 --seed 7",
        "trials practice --faults faults.toml --log asked.jsonl",
        "trials practice --night 3 --layout-night 3",
    )
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
    """Serve a made-up registry to try things on.

    It is up on loopback until Ctrl-C.
    """
    if truth is not None and not truth.name:
        raise typer.BadParameter("A name is empty; quote variables that may be empty.")
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


@app.command(
    epilog=examples(
        "trials demo",
        "trials demo --trials 50",
    )
)
def demo(
    trials: Annotated[int, typer.Option(min=10, max=10_000, help="Number of trials to fetch.")] = 200,
    store: StoreFolder = None,
) -> None:
    """Show the whole way on a practice site.

    Pages come over HTTP, are archived and made into tables; a card and a question in SQL show what is in them.
    Everything is written to the folder `demo` in the store, which is emptied first.
    """
    raise typer.Exit(show_demo(trials, settings({"store": store}).store / "demo"))


PRACTICE_COMMANDS: tuple[object, ...] = (practice, demo)
