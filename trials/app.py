"""The `trials` program as typer knows it, and the options that several of its commands take."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from registry.errors import SettingsError
from registry.labels import PageKind

app = typer.Typer(
    name="trials",
    help="Pages of a trial registry in, tidy tables out; every character of a page is accounted for.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def examples(*commands: str, note: str = "") -> str:
    r"""Return what stands below a command's options: examples, a line each; a long one goes on after a backslash."""
    head = f"Examples, {note}:" if note else "Examples:"
    return "\n".join(["\b", head, *(f"  {line}" for command in commands for line in command.split("\n"))])


ParquetFolder = Annotated[
    Path | None,
    typer.Option("--parquet", metavar="DIR", help="Write the tables to DIR, one Parquet file each."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the tables, one line of JSON a page.")]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kinds", metavar="KIND,…", help=f"Kinds of page: {', '.join(PageKind)}; else details."),
]
Site = Annotated[
    str | None, typer.Option("--site", metavar="URL", help="The registry's mirror; else as in trials.toml.")
]
Contact = Annotated[
    str | None, typer.Option("--contact", metavar="EMAIL", help="Your email address, sent with every request.")
]
Delay = Annotated[
    float | None,
    typer.Option("--delay", metavar="SECONDS", help="Between an answer and the next request; else 2, on loopback 0."),
]
LogFile = Annotated[
    Path | None, typer.Option("--log", metavar="FILE", help="Write every event to FILE, a line of JSON each.")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every event on stderr.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for another run to end: exit with 75 at once.")]
StoreFolder = Annotated[
    Path | None, typer.Option("--store", metavar="DIR", help="Folder of archive and ledger; else data.")
]


def names_of(texts: Sequence[str] | None, known: Sequence[str], what: str) -> tuple[str, ...] | None:
    """Return the names that an option lists with commas, each once; SettingsError for one that is not known."""
    if not texts:
        return None
    names = [name.strip().lower().replace("-", "_") for text in texts for name in text.split(",")]
    if strangers := [name for name in names if name not in known]:
        raise SettingsError(f"{strangers[0]!r} is no {what}; there are {', '.join(known)}.")
    return tuple(dict.fromkeys(names))
