"""The manifest of a build: what its files hold, what they were made from, and which gates they passed.

`manifest.json` stands in the build. It holds no time at which it was made: the same archive, published after the same
build, gives the same bytes. What it says of the tables was read from the files themselves (`normalizers.measure`).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from normalizers.contacts import Groups, Held, sealed, unsealed
from normalizers.inputs import NAME as INPUTS
from normalizers.measure import Measured, Quality, measure
from registry import VERSION
from registry.errors import StoreError
from registry.tables import TABLES, table

MANIFEST = "manifest.json"
_FORMAT = 1
_BUILD_TIME = "%Y%m%dT%H%M%SZ"
_NO_TIME = "00000000T000000Z"  # of a build of no answers


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a build was made from.

    `answers` is the number of answers of the archive that were read, `newest_at` the time of the newest one (None if
    there is none), `answers_sha256` the hash of their list. `as_of` is the time up to which answers counted, None for
    all. `forgotten` are the ids that were left out on purpose; the manifest has their number only.
    """

    answers: int
    newest_at: datetime | None
    answers_sha256: str
    as_of: datetime | None = None
    forgotten: frozenset[str] = frozenset()
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """Trials of a build, and how many of them are new, changed, or gone from the site since the build before."""

    trials: int
    new: int = 0
    changed: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Build:
    """A folder of tables, measured."""

    folder: Path
    tables: dict[str, Measured]
    quality: Quality

    @property
    def sha256(self) -> str:
        """Return the hash of the hashes of the tables."""
        lines = "".join(f"{each.sha256}  {name}.parquet\n" for name, each in sorted(self.tables.items()))
        return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Previous:
    """A build that was published: rows by table, values by table and column."""

    folder: Path
    rows: dict[str, int]
    non_null: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the name of the build."""
        return self.folder.name


def measure_build(folder: Path) -> Build:
    """Read every table of a build once; TableError if one is missing, damaged, or has another schema."""
    quality = Quality()
    tables = {table.name: measure(folder / f"{table.name}.parquet", table, quality) for table in TABLES}
    return Build(folder, tables, quality)


def build_name(build: Build, inputs: Inputs) -> str:
    """Return the name of a build: the time of the newest answer, and the beginning of the hash of its tables."""
    at = inputs.newest_at.astimezone(UTC).strftime(_BUILD_TIME) if inputs.newest_at else _NO_TIME
    return f"{at}-{build.sha256[:8]}"


def manifest(
    name: str,
    build: Build,
    inputs: Inputs,
    counts: Counts,
    previous: Previous | None,
    gates: list[dict[str, Any]],
    held: Mapping[str, Groups],
) -> dict[str, Any]:
    """Return the manifest of the build of that name as JSON has it; `gates` are their verdicts.

    `held` says which row groups hold contacts, by table, as far as that is known.
    """
    pages = build.quality.pages
    return {
        "format": _FORMAT,
        "build": name,
        "compared_with": previous.name if previous else None,
        "program": VERSION,
        "parser_versions": dict(sorted(build.quality.parser_versions.items())),
        "written_by": sorted({each.written_by for each in build.tables.values()}),
        "inputs": _inputs(inputs),
        "trials": {"all": counts.trials, "new": counts.new, "changed": counts.changed, "gone": counts.gone},
        "pages": {
            "versions": pages,
            "with_unknown_wording_or_label": build.quality.strange,
            "mean_text_claimed": round(build.quality.claimed / pages, 6) if pages else None,
        },
        "problems": dict(sorted(build.tables["problems"].codes["code"].items())),
        "gates": gates,
        "files": {name: file_sha256(build.folder / name) for name in [INPUTS] if (build.folder / name).exists()},
        "tables": {name: _table(each, held.get(name)) for name, each in build.tables.items()},
    }


def _inputs(inputs: Inputs) -> dict[str, Any]:
    return {
        "answers": inputs.answers,
        "newest_at": _time(inputs.newest_at),
        "answers_sha256": inputs.answers_sha256,
        "as_of": _time(inputs.as_of),
        "forgotten": len(inputs.forgotten),
        "damaged_records": inputs.damaged,
    }


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def _table(found: Measured, held: Groups | None) -> dict[str, Any]:
    entry = {
        "file": f"{found.table}.parquet",
        "sha256": found.sha256,
        "bytes": found.bytes,
        "rows": found.rows,
        "row_groups": found.row_groups,
        "schema": found.schema,
        "non_null": dict(found.non_null),
        "codes": {column: dict(sorted(counts.items())) for column, counts in found.codes.items()},
    }
    if held is not None:
        assert len(held) == found.row_groups, "each was looked through when it was written"
        entry["contacts"] = sealed(table(found.table), Held(found.sha256, held))
    return entry


def as_json(content: Mapping[str, Any]) -> bytes:
    """Return a manifest as the bytes of its file."""
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def damaged_files(folder: Path) -> list[str]:
    """Return the files of a published build that are not as its manifest says, or not there, by name."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        due = {**content["files"], **{each["file"]: each["sha256"] for each in content["tables"].values()}}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [MANIFEST]
    return sorted(name for name, sha256 in due.items() if file_sha256(folder / name) != sha256)


def files_of_other_size(folder: Path) -> list[str]:
    """Return the files of a published build's tables that are not there, or of another size than its manifest says.

    It reads none of them: what has its size and other bytes is for `damaged_files` to find.
    """
    try:
        tables = json.loads((folder / MANIFEST).read_bytes())["tables"]
        due = {each["file"]: each["bytes"] for each in tables.values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [MANIFEST]
    return sorted(name for name, size in due.items() if _size(folder / name) != size)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def file_sha256(path: Path) -> str | None:
    """Return the sha256 of a file, None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def read_contacts(folder: Path) -> dict[str, Held]:
    """Return what the manifest of a build says of contacts in the files of its tables, of those that it knows it of.

    Whether a file is still the one that was spoken of is for the caller to see.
    """
    try:
        entries = json.loads((folder / MANIFEST).read_bytes())["tables"]
        known = {each.name: unsealed(each, entries[each.name]) for each in TABLES}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {name: held for name, held in known.items() if held}


def read_manifest(folder: Path) -> Previous:
    """Return what the manifest of a published build says; StoreError if it is not there or damaged."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        tables = content["tables"]
        return Previous(
            folder,
            {name: int(each["rows"]) for name, each in tables.items()},
            {name: {column: int(n) for column, n in each["non_null"].items()} for name, each in tables.items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"The manifest of the build {str(folder)!r} cannot be read ({error}). Put it back, or remove the link "
            "`current` beside `tables`: the next build is then compared with none."
        ) from error
