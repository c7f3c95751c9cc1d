"""The commands for analysts: export, sql."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from registry.errors import SettingsError
from registry.privacy import CONTACTS
from registry.tables import TABLES
from trials.aact.views import CTGOV, LEGACY
from trials.answering import Printing, print_answer
from trials.app import StoreFolder, app, examples
from trials.exits import Exit
from trials.export.choice import Choice, codes_of
from trials.export.formats import FORMATS, format_of
from trials.export.locked import locked
from trials.export.run import Exported, Order, build_of, check_whole, export
from trials.export.shapes import pieces, shapes
from trials.ids import distinct, read_lists
from trials.screen import progress_bar, say
from trials.settings import settings

_MOST_NAMED = 5  # ids that the build has not

_AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="The tables as known on a day, as `build --as-of` made them."),
]
_Raw = Annotated[bool, typer.Option("--raw", help="No ' before texts that a spreadsheet would run (csv, tsv, xlsx).")]


class _Schema(Enum):
    """Whose tables names without a schema are, if not ours."""

    CTGOV = CTGOV
    LEGACY = LEGACY


@app.command(
    "export",
    epilog=examples(
        "trials export tables --format csv",
        "trials export us.xlsx --status recruiting --country US",
        "trials export wide.csv --wide --where 'enrollment > 100'",
        "trials export peru.sqlite --country Peru",
        "trials export mine --format csv --ids cohort.csv",
        "trials export phases.csv --columns studies.phase,nct_id",
    ),
)
def export_(
    target: Annotated[Path, typer.Argument(metavar="PATH", help="A folder; or a file, whose suffix names the format.")],
    form: Annotated[str | None, typer.Option("--format", metavar="NAME", help=f"One of {', '.join(FORMATS)}.")] = None,
    tables: Annotated[
        list[str] | None, typer.Option("--tables", metavar="TABLE,…", help="Only these; else all but contacts.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--columns", metavar="COLUMN,…", help="Only these: names, or table.column, of the tables."),
    ] = None,
    wide: Annotated[
        bool, typer.Option("--wide", help="One table, a row a trial, with lists and counts of what it has several of.")
    ] = False,
    status: Annotated[
        list[str] | None, typer.Option("--status", metavar="STATUS,…", help="RECRUITING, 'Not yet recruiting', …")
    ] = None,
    phase: Annotated[list[str] | None, typer.Option("--phase", metavar="PHASE,…", help="PHASE2, NA, …")] = None,
    country: Annotated[
        list[str] | None, typer.Option("--country", metavar="COUNTRY,…", help="Codes or names; of any location.")
    ] = None,
    condition: Annotated[
        list[str] | None, typer.Option("--condition", metavar="TEXT", help="Stands in a condition or MeSH term.")
    ] = None,
    sponsor: Annotated[
        list[str] | None,
        typer.Option("--sponsor", metavar="TEXT", help="Stands in a sponsor's or collaborator's name."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help="Starts on that day or later, or may: 2024-05 is open."),
    ] = None,
    changed_since: Annotated[
        str | None,
        typer.Option("--changed-since", metavar="DATE", help="New or changed, as we saw it, since that day."),
    ] = None,
    ids: Annotated[
        list[str] | None, typer.Option("--ids", metavar="FILE", help="Only these: a list, or a table; - is stdin.")
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(
            "--where",
            metavar="SQL",
            help="A condition on studies; countries.name means any such row. Trials come whole.",
        ),
    ] = None,
    as_of: _AsOf = None,
    contacts: Annotated[
        bool, typer.Option("--contacts", help=f"With {CONTACTS}, and with emails and phones in free text.")
    ] = False,
    raw: _Raw = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the export that is there.")] = False,
    store: StoreFolder = None,
) -> None:
    """Write tables as csv, xlsx or a database.

    The published tables, or those of some trials, for spreadsheets, pandas, R and databases. A trial must pass every
    filter; of several values of one filter, any. README.md, dictionary.md and datapackage.json are written beside. Exit
    code 5 if no trial fits, an id is not there, or a text did not fit into a cell.
    """
    place = _place(target)
    build = _build(store, as_of)
    chosen_form, is_file = format_of(place, form)
    wanted = shapes(pieces(tables, "--tables"), pieces(columns, "--columns"), wide=wide, contacts=contacts)
    if is_file and not chosen_form.holds_all and len(wanted) > 1:
        raise SettingsError(
            f"A {chosen_form.name} file holds one table: name it with --tables, or take --wide; or name a folder, with "
            f"--format {chosen_form.name}."
        )
    choice = Choice(
        codes_of("overall_status", status or (), "--status"),
        codes_of("phase", phase or (), "--phase"),
        codes_of("countries", country or (), "--country"),
        _texts(condition, "--condition"),
        _texts(sponsor, "--sponsor"),
        _day(since, "--since"),
        _day(changed_since, "--changed-since"),
        _ids(ids),
        where,
    )
    said = _said(status=status, phase=phase, country=country, condition=condition, sponsor=sponsor, since=since,
                 changed_since=changed_since, ids=ids, where=where)  # fmt: skip
    order = Order(build, place, chosen_form, is_file, wanted, choice, said, contacts, raw, force)
    check_whole(build)
    with _bar(target.name) as begin:
        exported = export(order, begin)
    raise typer.Exit(_told(exported, order))


def _place(target: Path) -> Path:
    place = Path(os.path.abspath(target))  # noqa: PTH100 - links stay
    if not place.name or not target.name:
        raise SettingsError("PATH is empty, or has no name that an export could take.")
    return place


def _build(store: Path | None, as_of: str | None) -> Path:
    day = _day(as_of, "--as-of")
    return build_of(settings({"store": store}).store, day.isoformat() if day else None)


def _day(text: str | None, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError as error:
        raise SettingsError(f"{option} takes a day such as 2026-01-31, not {text!r}.") from error


def _texts(texts: Sequence[str] | None, option: str) -> tuple[str, ...]:
    if not all(text.strip() for text in texts or ()):
        raise SettingsError(f"{option} is empty; quote variables that may be empty.")
    return tuple(text.strip() for text in texts or ())


def _ids(names: Sequence[str] | None) -> tuple[str, ...] | None:
    if not names:
        return None
    found = tuple(str(one.nct_id) for one in distinct(read_lists(names)))
    if not found:
        raise SettingsError("--ids names no id of a trial.")
    return found


def _said(**filters: Sequence[str] | str | None) -> tuple[str, ...]:
    """Return the filters as they were typed."""
    return tuple(
        f"--{name.replace('_', '-')} {shlex.quote(value)}"
        for name, values in filters.items()
        for value in ([values] if isinstance(values, str) else values or ())
    )


@contextmanager
def _bar(name: str) -> Iterator[Callable[[int], Callable[[int], None]]]:
    with progress_bar() as progress:

        def begin(rows: int) -> Callable[[int], None]:
            task = progress.add_task(name, total=rows)
            return lambda count: progress.advance(task, count)

        yield begin


def _told(exported: Exported, order: Order) -> Exit:
    for nct_id in exported.missing[:_MOST_NAMED]:
        say(f"{nct_id} is not among the trials of this build.")
    if (more := len(exported.missing) - _MOST_NAMED) > 0:
        say(f"{more:,} more ids are not among them.")
    for sentence in (*exported.outcome.notes, *exported.outcome.cut):
        say(sentence)
    if not exported.trials:
        say("No trial fits, and nothing was written.")
        return Exit.PARTIAL
    tables = order.tables[0].name if len(order.tables) == 1 else f"{len(order.tables)} tables"
    contacts = " They hold personal data." if order.contacts else ""
    say(f"{exported.trials:,} trials, {tables}, written to {str(order.target)!r}.{contacts}")
    return Exit.PARTIAL if exported.missing or exported.outcome.cut else Exit.DONE


@app.command(
    epilog=examples(
        "trials sql 'SELECT phase, enrollment FROM studies'",
        "trials sql 'DESCRIBE studies'",
        "trials sql 'FROM changes' --json | head",
        "trials sql 'SELECT * FROM studies' --schema ctgov",
    )
)
def sql(
    statement: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT in DuckDB's dialect; - is stdin.")],
    json: Annotated[bool, typer.Option("--json", help="A JSON object a row.")] = False,
    raw: _Raw = False,
    contacts: Annotated[
        bool, typer.Option("--contacts", help=f"With {CONTACTS}, and with emails and phones in free text.")
    ] = False,
    schema: Annotated[
        _Schema | None, typer.Option(help="Whose names tables have that are named without a schema: AACT's.")
    ] = None,
    as_of: _AsOf = None,
    store: StoreFolder = None,
) -> None:
    """Answer a question to the tables, in SQL.

    The answer is a table on a terminal, csv in a pipe. The statement can read the tables and nothing else: no file, no
    network, no setting. AACT's tables are there as ctgov.studies, those from before 2024 as ctgov_legacy.studies.
    """
    build = _build(store, as_of)
    tables = [table for table in TABLES if contacts or table.name != CONTACTS]
    text = sys.stdin.read() if statement == "-" else statement
    connection = locked(
        build, tables, contacts=contacts, aact=CTGOV in text.casefold(), schema=schema.value if schema else ""
    )
    printing = Printing.JSON if json else Printing.TABLE if sys.stdout.isatty() else Printing.CSV
    print_answer(connection, text, printing, raw=raw)


EXPORT_COMMANDS: tuple[object, ...] = (export_, sql)
