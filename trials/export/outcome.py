"""What came of writing a file: what a format could not hold, in sentences."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """`cut` says what was cut, `notes` what else a reader of the files should know."""

    cut: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
