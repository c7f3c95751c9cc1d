"""What stands beside the tables of a build for people and programs, derived from `registry.tables` alone.

`dictionary.md`, `datapackage.json` (Data Package, specs.frictionlessdata.io), `entities.svg` and `README.md`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from normalizers.dictionary import dictionary
from normalizers.entities import entities
from normalizers.links import Link, links
from registry import VERSION
from registry.tables import TABLES, Column, Table, Type
from registry.vocabularies import codes

FILES = ("README.md", "datapackage.json", "dictionary.md", "entities.svg")
"""Names of what `write_metadata` writes."""

_TYPES = {
    Type.TEXT: "string",
    Type.INTEGER: "integer",
    Type.DECIMAL: "number",
    Type.BOOLEAN: "boolean",
    Type.DATE: "date",
    Type.TIME: "datetime",
    Type.TEXTS: "array",
}
LICENCE = {
    "name": "other-pd",  # Other (Public Domain), as licenses.opendefinition.org names it
    "title": "Public domain: records of ClinicalTrials.gov, U.S. National Library of Medicine",
    "path": "https://clinicaltrials.gov/about-site/terms-conditions",
}
"""Under what the records may be used, as a Data Package says it."""

_README = """\
# Tables of clinical trials

One Parquet file per table, all of one build. `dictionary.md` explains every column and what its null means,
`entities.svg` shows how the tables belong together, `datapackage.json` says both to programs, `manifest.json` what this
build was made from and how it was checked.

pandas:

    import pandas as pd
    studies = pd.read_parquet("studies.parquet", dtype_backend="pyarrow")  # dates and integers stay so
    countries = pd.read_parquet("countries.parquet", dtype_backend="pyarrow")
    print(studies.merge(countries, on="nct_id").groupby("country_code").size())

DuckDB:

    SELECT phase, count(*) AS trials, median(enrollment) AS persons
    FROM 'studies.parquet' JOIN 'countries.parquet' USING (nct_id)
    WHERE country_code = 'US' GROUP BY phase ORDER BY trials DESC;

R:

    library(arrow)
    studies <- read_parquet("studies.parquet")
    countries <- read_parquet("countries.parquet")
    table(merge(studies, countries, by = "nct_id")$country_code)

Tables belong together by `nct_id`; rows are sorted by key, so that a filter on `nct_id` reads little. Times are UTC.
The phase `NA` and Namibia's code `NA` are values: a CSV made of these is read with `keep_default_na=False` in pandas.

While builds are published every night, take even a single file from one of them: resolve the link `current` once
(`os.path.realpath`, `normalizePath`), and read from the folder that it leads to.

{personal} Leave it out when you share the tables.

The records come from ClinicalTrials.gov (U.S. National Library of Medicine) through a mirror, and are in the public
domain. Name the source, and the time of the newest answer that `manifest.json` gives: they may have changed since.

{tables}
"""


def write_metadata(folder: Path) -> None:
    """Write the four files into the folder of a build; OSError if the disk refuses."""
    for name, text in zip(FILES, (readme(), datapackage(), dictionary(), entities()), strict=True):
        (folder / name).write_text(text, encoding="utf-8")


def readme() -> str:
    """Return how to load the tables, and a list of them."""
    personal = [f"`{each.name}.parquet`" for each in TABLES if any(column.personal for column in each.columns)]
    rows = [f"| `{each.name}.parquet` | {each.grain} | {', '.join(each.key)} |" for each in TABLES]
    tables = "\n".join(["| file | one row per | key |", "| --- | --- | --- |", *rows])
    return _README.format(personal=f"Personal data stand in {' and '.join(personal)}.", tables=tables)


def datapackage() -> str:
    """Return the descriptor of the tables as a Data Package, in JSON."""
    package = {
        "name": "clinical-trials",
        "title": "Tables of clinical trials",
        "profile": "data-package",
        "version": VERSION,
        "description": "Tidy tables of registry pages of clinical trials; README.md says how to load them.",
        "licenses": [LICENCE],
        "sources": [{"title": "ClinicalTrials.gov", "path": "https://clinicaltrials.gov"}],
        "resources": [_resource(each) for each in TABLES],
    }
    return json.dumps(package, indent=1, ensure_ascii=False) + "\n"


def _resource(of: Table) -> dict[str, Any]:
    return {
        "name": of.name,
        "path": f"{of.name}.parquet",
        "profile": "data-resource",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "description": f"One row per {of.grain}. Sorted by {', '.join(of.key)}.",
        "licenses": [LICENCE],
        "schema": _schema(of),
    }


def _schema(of: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [field_of(column) for column in of.columns],
        "missingValues": [],  # Parquet has nulls; no text stands for one
    }
    if not any(of.column(name).nullable for name in of.key):  # else rows of one key may be several
        schema["primaryKey"] = list(of.key)
    if foreign := [_foreign_key(link) for link in links(of)]:
        schema["foreignKeys"] = foreign
    return schema


def _foreign_key(link: Link) -> dict[str, Any]:
    return {"fields": list(link.columns), "reference": {"resource": link.to, "fields": list(link.columns)}}


def field_of(column: Column) -> dict[str, Any]:
    """Return a column as a field of a Table Schema."""
    return dict(_field(column))


def _field(column: Column) -> Iterator[tuple[str, Any]]:
    yield "name", column.name
    yield "type", _TYPES[column.type]
    yield "description", column.meaning
    constraints: dict[str, Any] = {} if column.nullable else {"required": True}
    if column.vocabulary:
        constraints["enum"] = sorted(codes(column.vocabulary))
    if constraints:
        yield "constraints", constraints
    if column.nullable:
        yield "null", column.null
    if column.unit:
        yield "unit", column.unit
    if column.personal:
        yield "personal", True
