"""`trials dictionary`: the data dictionary, the guide to the problems, and the one for users of AACT."""

from collections.abc import Sequence
from difflib import get_close_matches

import typer

from normalizers.dictionary import dictionary
from normalizers.problem_guide import problem_guide
from registry.tables import TABLES, table
from trials.screen import deliver


def show_dictionary(names: Sequence[str]) -> None:
    """Print the dictionary of these tables, of all if none is named; a usage error for a name that is no table."""
    known = [table.name for table in TABLES]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f" Did you mean {near[0]!r}?" if near else f" The tables are {', '.join(known)}."
            raise typer.BadParameter(f"There is no table {name!r}.{hint}")
    deliver(dictionary([table(name) for name in names] or TABLES))


def show_problem_guide() -> None:
    """Print what every code of `problems` means and asks for."""
    deliver(problem_guide())


def show_guide_for_aact() -> None:
    """Print what users of AACT find here."""
    from trials.aact.guide import guide

    deliver(guide())
