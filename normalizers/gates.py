"""The gates of a build: what it is measured by against fixed limits, and against the build that is published now.

Each gate measures something that is wrong, and passes while that is at most its limit. Limits and their reasons stand
in `gates.toml`; a file of that name in a store is merged over it.
"""

import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from normalizers.manifest import Build, Counts, Inputs, Previous
from registry.errors import SettingsError, StoreError
from registry.tables import TABLES, table

GATES = "gates.toml"
NEVER_ACCEPTED = "empty"
_SHOWN = 10  # findings of one gate that are kept


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate's limit, and the reason for it; `least` and `ignored` say what is not compared."""

    name: str
    limit: float
    reason: str
    least: int = 0
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate measured. `measured` is None where there was nothing to compare; `because` is why it was accepted."""

    gate: Gate
    measures: str
    measured: float | None
    found: tuple[str, ...] = ()
    because: str = ""

    @property
    def is_passed(self) -> bool:
        """Whether what was measured is within the limit."""
        return self.measured is None or self.measured <= self.gate.limit

    @property
    def is_open(self) -> bool:
        """Whether the build may go through: it passed, or was accepted."""
        return self.is_passed or bool(self.because)

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as the manifest has it."""
        return {
            "gate": self.gate.name,
            "measures": self.measures,
            "measured": self.measured,
            "limit": self.gate.limit,
            "passed": self.is_passed,
            "accepted_because": self.because or None,
            "found": list(self.found),
        }


class Candidate(NamedTuple):
    """A build before the gates: its tables, what they were made from, and the build that is published now, if any.

    `lost` are the trials that are published now and that the build has not.
    """

    build: Build
    inputs: Inputs
    counts: Counts
    previous: Previous | None
    lost: frozenset[str] = frozenset()


class _Found(NamedTuple):
    measured: float | None
    found: Sequence[str] = ()


# --- limits ---------------------------------------------------------------------------------------------------------


def load_gates(store: Path | None = None) -> dict[str, Gate]:
    """Return the gates by name: those of the package, and over them what `gates.toml` of the store says.

    SettingsError if that file cannot be read, or names a gate or a key that there is not.
    """
    default = (files("normalizers") / GATES).read_text(encoding="utf-8")
    gates = {name: Gate(name, **_checked(name, keys, GATES)) for name, keys in tomllib.loads(default).items()}
    path = store / GATES if store else None
    if path is None or not path.exists():
        return gates
    try:
        ours = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{str(path)!r} cannot be read ({error}). Mend it, or remove it.") from error
    for name, keys in ours.items():
        _check_name(name, f"{str(path)!r} names")
        gates[name] = replace(gates[name], **_checked(name, keys, str(path)))
    return gates


def check_accepted(accepted: Mapping[str, str]) -> None:
    """Raise SettingsError for a gate that there is not, that lets nobody through, or that is accepted without a why."""
    for name, because in accepted.items():
        _check_name(name, "Accepted is")
        if name == NEVER_ACCEPTED:
            raise SettingsError("An empty build is never published: the gate 'empty' cannot be accepted.")
        if not because.strip():
            raise SettingsError(f"Say why the gate {name!r} is accepted: the manifest keeps it.")


def _check_name(name: str, who: str) -> None:
    if name not in MEASURES:
        near = get_close_matches(name, MEASURES, 1)
        hint = f"Did you mean {near[0]!r}?" if near else f"The gates are {', '.join(MEASURES)}."
        raise SettingsError(f"{who} a gate {name!r}, and there is none. {hint}")


def _checked(name: str, keys: object, where: str) -> dict[str, Any]:
    """Return the keys of a gate, each of its type; SettingsError for others."""
    if not isinstance(keys, dict):
        raise SettingsError(f"{where!r}: {name!r} is no gate. Write `[{name}]`, and its keys under it.")
    checked: dict[str, Any] = {}
    for key, value in keys.items():
        if key not in _KEYS:
            raise SettingsError(f"{where!r}: the gate {name!r} has no {key!r}. It may have {', '.join(_KEYS)}.")
        is_right, due = _KEYS[key]
        if not is_right(value):
            raise SettingsError(f"{where!r}: {key!r} of the gate {name!r} is {value!r}; {due} is due.")
        checked[key] = tuple(value) if isinstance(value, list) else value
    return checked


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and set(map(str, value)) <= {each.name for each in TABLES}


_KEYS: dict[str, tuple[Callable[[object], bool], str]] = {
    "limit": (_is_number, "a number from 0"),
    "least": (lambda value: _is_number(value) and isinstance(value, int), "a whole number from 0"),
    "ignored": (_are_tables, "a list of tables"),
    "reason": (lambda value: isinstance(value, str) and bool(value.strip()), "a text"),
}


# --- judging --------------------------------------------------------------------------------------------------------


def judge(candidate: Candidate, gates: Mapping[str, Gate], accepted: Mapping[str, str]) -> list[Verdict]:
    """Return the verdict of every gate on a build; `accepted` says why gates that fail are let through."""
    verdicts = []
    for name, (what, measuring) in MEASURES.items():
        measured, found = measuring(candidate, gates[name])
        more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        value = None if measured is None else round(measured, 4)
        verdict = Verdict(gates[name], what, value, (*found[:_SHOWN], *more))
        verdicts.append(verdict if verdict.is_passed else replace(verdict, because=accepted.get(name, "").strip()))
    return verdicts


def _empty(candidate: Candidate, _gate: Gate) -> _Found:
    return _Found(int(candidate.build.tables["studies"].rows == 0))


def _archive(candidate: Candidate, _gate: Gate) -> _Found:
    return _Found(candidate.inputs.damaged)


def _trials(candidate: Candidate, _gate: Gate) -> _Found:
    lost = sorted(candidate.lost - candidate.inputs.forgotten)
    return _Found(len(lost) if candidate.previous else None, lost)


def lost_trials(previous: Path, now: Path) -> frozenset[str]:
    """Return the ids of trials of a build that another has not."""
    before = _ids(previous)
    return frozenset(before.filter(pc.invert(pc.is_in(before, value_set=_ids(now)))).to_pylist())


def _ids(folder: Path, name: str = "studies", ids: Iterable[str] = ()) -> Any:
    """Return the trial of each row of a table, be it only of these trials; StoreError if its file is damaged."""
    filters: Any = [("nct_id", "in", sorted(ids))] if ids else None
    try:
        found = pq.read_table(folder / f"{name}.parquet", columns=["nct_id"], filters=filters)
    except (pa.ArrowInvalid, OSError) as error:
        raise StoreError(
            f"The published build has a {name}.parquet that cannot be read ({error}): nothing can be compared with it. "
            "Put the file back, or remove the link `current`, and build again."
        ) from error
    return found.column(0).combine_chunks()


def _rows(candidate: Candidate, gate: Gate) -> _Found:
    """Measure the worst loss of a table, in percent beyond chance; rows of trials that were forgotten are no loss."""
    if candidate.previous is None:
        return _Found(None)
    forgotten = candidate.lost & candidate.inputs.forgotten
    losses: list[tuple[float, str]] = []
    for name, before in candidate.previous.rows.items():
        if name in gate.ignored or before < gate.least or name not in candidate.build.tables:
            continue
        due = before - (len(_ids(candidate.previous.folder, name, forgotten)) if forgotten else 0)
        now = candidate.build.tables[name].rows
        if now < due:
            losses.append((100 * (due - now) / due, f"{name}: {now:,} rows, were {due:,}"))
    return _worst(losses, candidate)


def _worst(measures: list[tuple[float, str]], candidate: Candidate) -> _Found:
    """Return the largest of some losses, in percent, beyond what so few trials may vary by; and all in words."""
    trials = candidate.build.tables["studies"].rows
    if candidate.previous:
        trials = min(trials, candidate.previous.rows["studies"])
    by_chance = 100 / math.sqrt(max(trials, 1))  # two standard deviations of a half, of so many trials
    measures.sort(key=lambda each: (-each[0], each[1]))
    worst = max(0.0, measures[0][0] - by_chance) if measures else 0
    return _Found(worst, [f"{said} ({value:.1f} %)" for value, said in measures])


def _keys(candidate: Candidate, _gate: Gate) -> _Found:
    wrong = [each for each in candidate.build.tables.values() if each.disordered]
    said = [f"{each.table}: {each.disordered:,} rows, the first {each.first_disordered}" for each in wrong]
    return _Found(sum(each.disordered for each in wrong), said)


def _nulls(candidate: Candidate, _gate: Gate) -> _Found:
    found = {f"{name}.{column}": n for name, each in candidate.build.tables.items() for column, n in each.nulls.items()}
    return _Found(sum(found.values()), [f"{column}: {n:,} rows" for column, n in found.items()])


def _codes(candidate: Candidate, _gate: Gate) -> _Found:
    wrong = [(each, column, n) for each in candidate.build.tables.values() for column, n in each.foreign.items()]
    said = [f"{each.table}.{column}: {n:,} rows, the first {each.first_foreign[column]!r}" for each, column, n in wrong]
    return _Found(sum(n for _, _, n in wrong), said)


def _fill(candidate: Candidate, gate: Gate) -> _Found:
    """Measure the worst loss of a column's share of values, in points of percent beyond chance."""
    if candidate.previous is None:
        return _Found(None)
    losses: list[tuple[float, str]] = []
    for name, now in candidate.build.tables.items():
        before = candidate.previous.rows.get(name, 0)
        if name in gate.ignored or min(now.rows, before) < max(gate.least, 1):
            continue
        for column in table(name).columns:
            was = 100 * candidate.previous.non_null.get(name, {}).get(column.name, 0) / before
            share = 100 * now.non_null[column.name] / now.rows
            if share < was:
                losses.append((was - share, f"{name}.{column.name}: {share:.1f} % filled, was {was:.1f} %"))
    return _worst(losses, candidate)


def _vocabulary(candidate: Candidate, gate: Gate) -> _Found:
    quality = candidate.build.quality
    return _Found(100 * quality.strange / quality.pages if quality.pages >= max(gate.least, 1) else None)


def _unclaimed(candidate: Candidate, gate: Gate) -> _Found:
    quality = candidate.build.quality
    return _Found(100 * (1 - quality.claimed / quality.pages) if quality.pages >= max(gate.least, 1) else None)


def _changed(candidate: Candidate, gate: Gate) -> _Found:
    old = candidate.previous.rows.get("studies", 0) if candidate.previous else 0
    if old < max(gate.least, 1):
        return _Found(None)
    return _Found(100 * candidate.counts.changed / old)


MEASURES: dict[str, tuple[str, Callable[[Candidate, Gate], _Found]]] = {
    "empty": ("build without a trial", _empty),
    "archive": ("records of the archive that cannot be read", _archive),
    "trials": ("trials lost that were not forgotten", _trials),
    "rows": ("% of a table's rows lost, beyond chance", _rows),
    "keys": ("rows that do not come after the one before, by key", _keys),
    "nulls": ("nulls where there may be none", _nulls),
    "codes": ("values that are no code of their vocabulary", _codes),
    "fill": ("points of a column's share of values lost, beyond chance", _fill),
    "vocabulary": ("% of pages with a wording or a label that is not known", _vocabulary),
    "unclaimed": ("% of the text of a page that no rule claims, on average", _unclaimed),
    "changed": ("% of the trials changed", _changed),
}
