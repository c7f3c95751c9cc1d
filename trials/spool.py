"""Trials that wait to be made anew, in a file: those of a whole registry would fill the memory."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from scraper.histories import TrialHistory

_AT_ONCE = 500  # trials


class Spool:
    """Trials in the order in which they were added; `with` ends it. Its file has no name, so that none can be left."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - closed at the end of `with`
        self._waiting: list[TrialHistory] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, trial: TrialHistory) -> None:
        """Keep a trial."""
        self._waiting.append(trial)
        if len(self._waiting) == _AT_ONCE:
            pickle.dump(self._waiting, self._file, pickle.HIGHEST_PROTOCOL)
            self._waiting = []

    def __iter__(self) -> Iterator[TrialHistory]:
        """Yield the trials that were added before."""
        end = self._file.tell()
        self._file.seek(0)
        while self._file.tell() < end:
            yield from pickle.load(self._file)  # noqa: S301 - what this program wrote just now
        yield from self._waiting
