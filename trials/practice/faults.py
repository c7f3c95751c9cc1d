"""Which requests of the practice site go wrong, and how: a TOML file, or the same as dictionaries.

    seed = 7                 # another seed picks other requests; default 0
    [[fault]]
    kind = "cut_body"        # `trials practice --list-faults` prints them all, and what else each takes
    path = "/*/details"      # glob on the path without its query; default "*"
    share = 0.3              # of these requests; default 1
    after = 1                # the first so many requests of each address are answered right; default 0
    first = 2                # then so many go wrong, and the later ones are answered right; default all
    at = 0.5                 # parameters of the kind

A request is hit by the first fault that picks it. That is a pure function of the seed, the place of the fault in the
file, the address (path and query) and how many times it was asked for before. Only GET is hit.
"""

import threading
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random

from registry.errors import SettingsError
from trials.practice.kinds import KINDS, PARAMETERS, REQUIRED, Kind, Parameter, Value
from trials.practice.site import Site
from trials.practice.steps import Asked, Wrong
from trials.practice.wrong import hops, redirects

_GENERAL: Mapping[str, Parameter] = {
    "path": Parameter("a glob such as '/*/details'", (str,), lambda value: value != ""),
    "share": Parameter("a number from 0 to 1", (int, float), lambda value: 0 <= value <= 1),  # type: ignore[operator]
    "after": Parameter("a whole number from 0 on", (int,), lambda value: value >= 0),  # type: ignore[operator]
    "first": Parameter("a whole number from 1 on", (int,), lambda value: value >= 1),  # type: ignore[operator]
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of the file, checked."""

    kind: Kind
    path: str = "*"
    share: float = 1.0
    after: int = 0
    first: int | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)

    def hits(self, target: str, times: int, drawn: float) -> bool:
        """Whether a request goes wrong whose address was asked for `times` times before; `drawn` is from [0, 1)."""
        if not fnmatchcase(target.partition("?")[0], self.path):
            return False
        if self.kind.answer is redirects and hops(target):
            return True  # a chain that began is led to its end
        last = self.first is None or times < self.after + self.first
        return self.after <= times and last and drawn < self.share


@dataclass(frozen=True, slots=True)
class Hit:
    """A fault and the request that it hits."""

    fault: Fault
    asked: Asked

    @property
    def name(self) -> str:
        """The name of its kind."""
        return self.fault.kind.name

    def answer(self) -> Wrong:
        """Return what is answered in place of the right answer."""
        return self.fault.kind.answer(self.asked, **self.fault.parameters)


class Faults:
    """The faults of one site, which count how many times each address was asked for."""

    def __init__(self, entries: Iterable[Mapping[str, object]] = (), seed: int = 0, folder: Path = Path()) -> None:
        """Check the entries, each like a `[[fault]]` of the file; SettingsError names what is wrong.

        Files that they name are looked for in `folder`.
        """
        self._seed = seed
        self._faults = [_fault(f"Fault {number}", entry, folder) for number, entry in enumerate(entries, start=1)]
        self._asked = Counter[str]()
        self._lock = threading.Lock()

    def choose(self, site: Site, target: str, headers: Mapping[str, str]) -> Hit | None:
        """Count a GET request, and return the fault that hits it; None if it is to be answered right."""
        with self._lock:
            times = self._asked[target]
            self._asked[target] += 1
        for number, fault in enumerate(self._faults, start=1):
            stream = Random(f"{self._seed}/{number}/{target}/{times}")  # noqa: S311 - a game, no secret
            if fault.hits(target, times, stream.random()):
                return Hit(fault, Asked(site, target, headers, stream))
        return None


def read_faults(file: Path) -> Faults:
    """Return the faults of a TOML file; SettingsError says what is wrong with it, and where."""
    try:
        told = tomllib.loads(file.read_bytes().decode())
    except OSError as error:
        raise SettingsError(f"{file} cannot be read ({error.strerror}). Name a file of faults.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"{file} is no TOML ({error}). Mend it.") from error
    try:
        return _faults(told, file.parent)
    except SettingsError as error:
        raise SettingsError(f"{file}: {error}") from error


def _faults(told: Mapping[str, object], folder: Path) -> Faults:
    _check_names("The file", told, ("seed", "fault"))
    seed, entries = told.get("seed", 0), told.get("fault", [])
    if type(seed) is not int:
        raise SettingsError(f"The seed is {seed!r}; give a whole number.")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SettingsError("Its faults are no list of tables; begin each with a line [[fault]].")
    if not entries:
        raise SettingsError("It has no fault; begin each with a line [[fault]].")
    return Faults(entries, seed, folder)


def _fault(name: str, entry: Mapping[str, object], folder: Path) -> Fault:
    kind = _kind(name, entry.get("kind"))
    name = f"{name} ({kind.name})"
    _check_names(name, entry, ("kind", *_GENERAL, *kind.parameters))
    if missing := [each for each, value in kind.parameters.items() if value is REQUIRED and each not in entry]:
        raise SettingsError(f"{name} needs {missing[0]}: {PARAMETERS[missing[0]].words}.")
    general = {each: _value(name, each, entry[each], rule) for each, rule in _GENERAL.items() if each in entry}
    own = {each: _value(name, each, entry[each], PARAMETERS[each]) for each in kind.parameters if each in entry}
    if "file" in own:
        own["file"] = _content(name, folder / str(own["file"]))
    return Fault(kind, **general, parameters=own)  # type: ignore[arg-type]


def _kind(name: str, told: object) -> Kind:
    if isinstance(told, str) and told in KINDS:
        return KINDS[told]
    near = get_close_matches(str(told), KINDS, 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    said = "has no kind" if told is None else f"is of kind {told!r}, which is not known"
    raise SettingsError(f"{name} {said}.{hint} `trials practice --list-faults` prints all kinds.")


def _check_names(name: str, told: Mapping[str, object], known: Sequence[str]) -> None:
    if strangers := [each for each in told if each not in known]:
        raise SettingsError(f"{name} takes no {strangers[0]!r}; there are {', '.join(known)}.")


def _value(name: str, parameter: str, value: object, rule: Parameter) -> Value:
    """Return a value that is what its parameter may be; a bool is no number here, as in TOML."""
    if type(value) in rule.types and rule.is_right(value):  # type: ignore[arg-type]
        return value  # type: ignore[return-value]
    raise SettingsError(f"{name}: {parameter} is {value!r}; give {rule.words}.")


def _content(name: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{name}: the file {str(file)!r} cannot be read ({error}). Name one that is there."
        ) from error
