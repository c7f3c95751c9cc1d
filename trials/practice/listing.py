"""`trials practice --list-faults`: every kind of fault, from the table of `kinds.py`."""

from trials.practice.kinds import KINDS, REQUIRED, Kind
from trials.screen import show
from trials.sheet import Rows


def show_faults() -> None:
    """Print id, name, sentence and parameters with their defaults, one kind of fault a row."""
    show(Rows([(kind.rows, kind.name, kind.sentence + _parameters(kind)) for kind in KINDS.values()], named=False))


def _parameters(kind: Kind) -> str:
    texts = [f"{name} = {_toml(value)}" for name, value in kind.parameters.items()]
    return f" ({', '.join(texts)})" if texts else ""


def _toml(value: object) -> str:
    """Return a default as TOML writes it; `…` where there is none."""
    if value is None or value is REQUIRED:
        return "…"
    return f'"{value}"' if isinstance(value, str) else str(value)
