"""The commands of the nights: harvest, plan, discover, status."""

from collections.abc import Sequence
from typing import Annotated

import typer

from registry.errors import SettingsError
from registry.labels import PageKind
from scraper.pages import Source
from trials.app import Contact, Delay, Kinds, LogFile, NoWait, Site, StoreFolder, Verbose, app, examples, names_of
from trials.discover import discover
from trials.harvest import Order, harvest
from trials.log import logging_to
from trials.planning import show_plan
from trials.settings import settings
from trials.status import show_status

_Ids = Annotated[
    list[str] | None,
    typer.Option("--ids", metavar="FILE", help="Ids to add: a list, or a table with a column of ids; - is stdin."),
]
_Requests = Annotated[int | None, typer.Option("--requests", metavar="N", help="Requests at most; else 20,000.")]
_Sources = Annotated[
    list[str] | None,
    typer.Option("--sources", metavar="WAY,…", help=f"Trials found in these ways: {', '.join(Source)}; else all."),
]
_Depth = Annotated[
    int | None, typer.Option("--depth", metavar="N", min=0, help="Steps of See also at most; else any number.")
]
_Listings = Annotated[
    list[str] | None,
    typer.Option("--listing", metavar="URL", help="A listing to read by its next links; may be given several times."),
]


@app.command(
    "harvest",
    epilog=examples(
        "trials harvest",
        "trials harvest --requests 20000 --minutes 480",
        "trials harvest --ids cohort.csv --sources given",
        "trials harvest --dry-run",
        "trials harvest --accept loss --because 'it was so'",
    ),
)
def harvest_(
    ids: _Ids = None,
    requests: _Requests = None,
    minutes: Annotated[
        float | None, typer.Option("--minutes", metavar="M", help="Minutes at most, building not counted.")
    ] = None,
    most_bytes: Annotated[
        str | None, typer.Option("--bytes", metavar="SIZE", help="Bytes of bodies at most, such as 500MB.")
    ] = None,
    kinds: Kinds = None,
    sources: _Sources = None,
    depth: _Depth = None,
    listings: _Listings = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be asked for, and ask for nothing.")
    ] = False,
    no_build: Annotated[bool, typer.Option("--no-build", help="Fetch only; build and publish nothing.")] = False,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", metavar="NAME", help="Let an alarm or a gate through, this night.")
    ] = None,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="Why; the report keeps it.")] = "",
    site: Site = None,
    contact: Contact = None,
    store: StoreFolder = None,
    delay: Delay = None,
    no_wait: NoWait = False,
    log: LogFile = None,
    verbose: Verbose = False,
) -> None:
    """Run a night: find, fetch, build, publish.

    Trials are found, the pages most likely to have changed asked for, the tables built and published. What it did is in
    `report.json` of the store; the last line on stderr says how it went. Exit code 0: done; 3: the site refused, or is
    not as it was; 6: a new layout, or gates that failed; 75: another run holds the store. Then nothing was published,
    and what was stays. Ctrl-C finishes the page in hand; run it again to go on.
    """
    chosen = settings(
        {
            "site": site, "contact": contact, "store": store, "delay_seconds": delay, "log": log,
            "requests": requests, "minutes": minutes, "bytes": most_bytes, **_which(kinds, sources, depth, listings),
        }
    )  # fmt: skip
    if dry_run:
        if ids or accept:
            raise SettingsError("--dry-run adds no ids and lets nothing through: leave out --ids and --accept.")
        raise typer.Exit(show_plan(chosen))
    order = Order(ids or (), not no_build, not no_wait, dict.fromkeys(accept or (), because))
    with logging_to(chosen.log, verbose=verbose):
        raise typer.Exit(harvest(order, chosen))


@app.command(
    "plan",
    epilog=examples(
        "trials plan",
        "trials plan --requests 500 --top 20",
        "trials plan --json",
    ),
)
def plan_(
    requests: _Requests = None,
    kinds: Kinds = None,
    sources: _Sources = None,
    depth: _Depth = None,
    top: Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Print only the first.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a line of JSON a page.")] = False,
    store: StoreFolder = None,
    site: Site = None,
) -> None:
    """Print what tonight would ask for, and why.

    A line a page, in their order, each with the reason. Reads only.
    """
    chosen = settings({"store": store, "site": site, "requests": requests, **_which(kinds, sources, depth, None)})
    raise typer.Exit(show_plan(chosen, as_json=json, top=top))


@app.command(
    "discover",
    epilog=examples(
        "trials discover",
        "trials discover --listing /gout/ --sources listing",
        "trials discover --ids cohort.csv --sources given --add",
    ),
)
def discover_(
    ids: _Ids = None,
    listings: _Listings = None,
    sources: _Sources = None,
    add: Annotated[bool, typer.Option("--add", help="Note them in the ledger: the next night asks for them.")] = False,
    site: Site = None,
    contact: Contact = None,
    store: StoreFolder = None,
    delay: Delay = None,
    log: LogFile = None,
    verbose: Verbose = False,
) -> None:
    """Print the trials that could be added.

    They are named by the site's sitemaps and listings, and by lists of ids. A line each: the id, how it was found, and
    where. Sitemaps and listings are asked for; no page of a trial is.
    """
    chosen = settings(
        {
            "site": site, "contact": contact, "store": store, "delay_seconds": delay, "log": log,
            **_which(None, sources, None, listings),
        }
    )  # fmt: skip
    with logging_to(chosen.log, verbose=verbose):
        raise typer.Exit(discover(ids or (), chosen, adds=add))


@app.command(
    epilog=examples(
        "trials status",
        "trials status --json",
        "trials status --within 36",
    )
)
def status(
    json: Annotated[bool, typer.Option("--json", help="Print it as one JSON object.")] = False,
    within: Annotated[
        float | None,
        typer.Option("--within", metavar="HOURS", min=0, help="Exit with 5 if no night was good in the last HOURS."),
    ] = None,
    store: StoreFolder = None,
) -> None:
    """Show whether all is well, and what is due.

    Coverage, age of the oldest page, the last nights, what is wrong and what to do about it. Reads only.
    """
    raise typer.Exit(show_status(settings({"store": store}).store, as_json=json, within_hours=within))


def _which(
    kinds: Sequence[str] | None, sources: Sequence[str] | None, depth: int | None, listings: Sequence[str] | None
) -> dict[str, object]:
    """Return the settings that say which pages are asked for; SettingsError for a kind or a way that there is not."""
    return {
        "kinds": names_of(kinds, list(PageKind), "kind of page"),
        "sources": names_of(sources, list(Source), "way in which trials are found"),
        "depth": depth,
        "listings": tuple(listings) if listings else None,
    }


NIGHT_COMMANDS: tuple[object, ...] = (harvest_, plan_, discover_, status)
