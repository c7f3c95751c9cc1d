"""Coverage-guided fuzzing of the parser; a crash is saved as `crash-…` by libFuzzer."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

from fuzz.mutate import outcome, seeds

with atheris.instrument_imports(include=["parsers"]):
    from parsers import parse


def main() -> None:
    """Start from the pages of the fixtures; the arguments are libFuzzer's."""
    with TemporaryDirectory() as corpus:
        for number, page in enumerate(seeds()):
            (Path(corpus) / str(number)).write_bytes(page)
        atheris.Setup([*sys.argv, corpus], lambda body: outcome(body, parse) and None)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
