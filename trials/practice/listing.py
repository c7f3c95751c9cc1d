"""`trials practice --list-faults`: every kind of fault, from the table of `kinds.py`."""

from rich.table import Table

from trials.practice.kinds import KINDS, REQUIRED, Kind
from trials.screen import show


def show_faults() -> None:
    """Print id, name, sentence and parameters with their defaults, one kind of fault a row."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(width=7)
    table.add_column(no_wrap=True)
    table.add_column()
    for kind in KINDS.values():
        table.add_row(kind.rows, kind.name, kind.sentence + _parameters(kind))
    show(table)


def _parameters(kind: Kind) -> str:
    texts = [f"{name} = {_toml(value)}" for name, value in kind.parameters.items()]
    return f" ({', '.join(texts)})" if texts else ""


def _toml(value: object) -> str:
    """Return a default as TOML writes it; `…` where there is none."""
    if value is None or value is REQUIRED:
        return "…"
    return f'"{value}"' if isinstance(value, str) else str(value)
