"""What a build was made of, a row a trial: `inputs.arrow` in its folder. The next build makes anew what differs.

Sorted by id. It also holds what is known of a trial beside its pages: when it was seen, and the state of its page.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

NAME = "inputs.arrow"
_AT_ONCE = 10_000
_TIME = pa.timestamp("s")
_CODE = b"code"
_NONE = bytes(16)


class Input(NamedTuple):
    """One trial: the hash of what its tables are made of (16 bytes), and what is known beside its pages."""

    nct_id: str
    fingerprint: bytes
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    page_state: str | None


_TYPES: list[pa.DataType] = [pa.string(), pa.binary(16), _TIME, _TIME, pa.string()]


def schema(code: str = "") -> pa.Schema:
    """Return the columns of the file; `code` as in `write_inputs`."""
    return pa.schema(list(zip(Input._fields, _TYPES, strict=True)), {_CODE: code.encode()})


def write_inputs(folder: Path, inputs: Iterable[Input], code: str) -> None:
    """Write the inputs as they come, sorted by id; `code` names the program that reads the pages."""
    columns = schema(code)
    with pa.OSFile(str(folder / NAME), "wb") as file, pa.ipc.new_stream(file, columns) as stream:
        waiting: list[Input] = []
        for each in inputs:
            waiting.append(each)
            if len(waiting) == _AT_ONCE:
                stream.write_batch(_batch(waiting, columns))
                waiting.clear()
        if waiting:
            stream.write_batch(_batch(waiting, columns))


def _batch(rows: list[Input], columns: pa.Schema) -> pa.RecordBatch:
    typed = zip(zip(*rows, strict=True), columns.types, strict=True)
    return pa.RecordBatch.from_arrays([pa.array(values, kind) for values, kind in typed], schema=columns)


def code_of(folder: Path) -> str | None:
    """Return what program read the pages of a build; None if that cannot be told."""
    try:
        with pa.OSFile(str(folder / NAME), "rb") as file, pa.ipc.open_stream(file) as stream:
            return (stream.schema.metadata or {}).get(_CODE, b"").decode() or None
    except (OSError, pa.ArrowInvalid):
        return None


def batches_of(folder: Path) -> Iterator[pa.RecordBatch]:
    """Yield the inputs of a build, some thousand rows at a time."""
    with pa.OSFile(str(folder / NAME), "rb") as file, pa.ipc.open_stream(file) as stream:
        yield from stream


def fingerprints(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield id and fingerprint of each trial of a build, in the order of the ids."""
    for batch in batches_of(folder):
        yield from zip(batch.column("nct_id").to_pylist(), batch.column("fingerprint").to_pylist(), strict=True)


def unsettle(folder: Path, nct_ids: Collection[str]) -> None:
    """Change the fingerprints of some trials to one that nothing has: the next build makes them anew."""
    inputs = [Input(*row.values()) for batch in batches_of(folder) for row in batch.to_pylist()]
    code = code_of(folder) or ""
    write_inputs(
        folder, (each._replace(fingerprint=_NONE) if each.nct_id in nct_ids else each for each in inputs), code
    )
