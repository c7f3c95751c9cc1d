"""What a promise is, and what became of it."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar

_Case = TypeVar("_Case")
_Result = TypeVar("_Result")


class Skipped(Exception):  # noqa: N818 - no error: this machine cannot measure the promise
    """What this machine lacks, in a sentence."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Where and how promises are measured; `short` is the cut that the tests run."""

    folder: Path
    seed: int = 1
    short: bool = False
    workers: int = 2
    note: Callable[[str], None] = lambda _: None  # is told how far it is

    def random(self, purpose: str) -> Random:
        """Return the random stream of one purpose."""
        return Random(f"{self.seed}/{purpose}")  # noqa: S311 - no secret

    def each(self, did: str, cases: Iterable[_Case], work: Callable[[int, _Case], _Result]) -> list[_Result]:
        """Return what came of each case, in their order; several are worked on at once."""
        numbered = list(enumerate(cases))
        done: list[_Result] = []
        with ThreadPoolExecutor(self.workers) as pool:
            for result in pool.map(lambda pair: work(*pair), numbered):
                done.append(result)
                self.note(f"{did}: {len(done)} of {len(numbered)}")
        return done


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figure wanted, the figure measured, and each case that broke the promise, a line each."""

    wanted: str
    measured: str
    broken: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """One row: `id` is that of the fault table, `did` what is done to the program."""

    id: str
    did: str
    measure: Callable[[Setup], Outcome]
    takes_minutes: bool = False  # it waits for deadlines of the program: left out of the short cut
