"""The commands that look after a store: import, why, verify, forget."""

from typing import Annotated

import typer

from trials.app import LogFile, Site, StoreFolder, Verbose, app, examples
from trials.corpora import import_files
from trials.forgetting import forget_trials
from trials.log import logging_to
from trials.settings import settings
from trials.verify import verify_store
from trials.why import tell_of

_Ids = Annotated[list[str], typer.Argument(metavar="ID", help="Ids in any spelling; - is stdin.")]


@app.command(
    "import",
    epilog=examples(
        "trials import crawl.warc.gz",
        "trials import CC-MAIN-*.warc.wet.gz",
        "trials import s3://bucket/crawl.warc.gz",
        note="s3:// needs 'tidytrials[corpora]'",
    ),
)
def import_(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="WARC or WET files, or addresses of them.")],
    site: Site = None,
    store: StoreFolder = None,
    log: LogFile = None,
    verbose: Verbose = False,
) -> None:
    """Take pages from WARC and WET files.

    Pages of the site in files of web corpora go to the store, with their own dates. Prints how many pages were taken,
    known already, skipped (of other sites, or no trial's page) and refused. A file that cannot be read, or not to its
    end, is named on stderr, and the exit code is 5.
    """
    chosen = settings({"site": site, "store": store, "log": log})
    with logging_to(chosen.log, verbose=verbose):
        raise typer.Exit(import_files(files, chosen))


@app.command(
    epilog=examples(
        "trials why NCT09338473",
        "trials why nct9338473 --store demo",
    )
)
def why(ids: _Ids, store: StoreFolder = None) -> None:
    """Tell all that is known of a trial.

    Each request, answer, version, change and problem. Reads only. Exit code 5 if of one of them nothing is known.
    """
    raise typer.Exit(tell_of(ids, settings({"store": store}).store))


@app.command(
    epilog=examples(
        "trials verify",
        "trials verify --rebuild-ledger --store data",
    )
)
def verify(
    rebuild_ledger: Annotated[
        bool, typer.Option("--rebuild-ledger", help="Make a lost or damaged ledger anew from the archive first.")
    ] = False,
    store: StoreFolder = None,
) -> None:
    """Prove that the store is what was written.

    Every record of the archive is hashed again and compared with the ledger, every table with its build's manifest.
    Each damaged file and record is named on stderr, and the exit code is 4.
    """
    raise typer.Exit(verify_store(settings({"store": store}).store, rebuild=rebuild_ledger))


@app.command(
    epilog=examples(
        "trials forget NCT09338473",
        "trials forget NCT09338473 --undo",
    )
)
def forget(
    ids: _Ids,
    undo: Annotated[
        bool, typer.Option("--undo", help="Let them be asked for again; nothing comes back by it.")
    ] = False,
    store: StoreFolder = None,
) -> None:
    """Remove trials from the store for good.

    They leave archive and ledger, and are not asked for, imported or rebuilt again.
    """
    raise typer.Exit(forget_trials(ids, settings({"store": store}), undo=undo))


STORE_COMMANDS: tuple[object, ...] = (import_, why, verify, forget)
