"""A program that publishes builds until it is killed, for `tests/test_publish_kills.py`.

`python -m tests.publisher STORE TEMPLATE`; each line on standard input is the number of a build and before which step
in the file system to die of SIGKILL (0: none). A process of its own does it; its end is said on standard output.
`studies.source` and `sponsors.name` of a build hold its number, so that a reader can tell two builds apart.
"""

import os
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pandas  # noqa: F401 (else Arrow loads both for the first time in every child)
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq

from normalizers.builds import new_building
from normalizers.gates import load_gates
from normalizers.manifest import Counts, Inputs
from normalizers.parquet import WRITE_OPTIONS
from normalizers.publish import Checks, publish
from tests.builds import AT

_STEPS = ("os.rename", "os.symlink", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "shutil.rmtree", "open")


def die_after(steps: int, store: Path) -> None:
    """Die just before the step of that number that concerns the store."""
    left = steps

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in _STEPS and any(str(store) in str(argument) for argument in arguments):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    if steps:
        sys.addaudithook(count)


def marked(path: Path, column: str, mark: str) -> None:
    """Fill a column of a table with one text."""
    found = pq.read_table(path)
    place = found.schema.get_field_index(column)
    filled = found.set_column(place, found.schema.field(place), pa.array([mark] * found.num_rows))
    path.unlink()
    pq.write_table(filled, path, **WRITE_OPTIONS)


def build(store: Path, template: Path, number: int) -> None:
    """Publish one build."""
    building = new_building(store)
    shutil.copytree(template, building, dirs_exist_ok=True)
    for name, column in (("studies", "source"), ("sponsors", "name")):
        marked(building / f"{name}.parquet", column, str(number))
    at = AT + timedelta(seconds=number)
    publish(building, store, Checks(load_gates(), Inputs(3, at, "0"), Counts(3)))


def main() -> None:
    """Do what standard input asks for."""
    store, template = map(Path, sys.argv[1:])
    for line in sys.stdin:
        number, steps = map(int, line.split())
        child = os.fork()  # before Arrow has any threads: only children work with it
        if child == 0:
            die_after(steps, store)
            build(store, template, number)
            os._exit(0)
        ended = os.waitpid(child, 0)[1]
        sys.stdout.write({0: "done", signal.SIGKILL: "killed"}.get(ended, f"failed: {ended}") + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
