"""What stands beside an export: README.md, dictionary.md and datapackage.json, for just its tables and columns."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from normalizers.dictionary import dictionary
from normalizers.links import links
from normalizers.metadata import LICENCE, field_of
from registry import VERSION
from registry.privacy import EMAIL_MASK, PHONE_MASK
from registry.tables import Table, Type
from trials.export.databases import has_key
from trials.export.formats import FORMATS, Format

FILES = ("README.md", "datapackage.json", "dictionary.md")


class Made(NamedTuple):
    """What an export holds, for whoever reads it."""

    form: Format
    files: list[tuple[Table, Path]]
    build: str
    said: tuple[str, ...]  # the filters, as they were given
    trials: int
    contacts: bool
    raw: bool


def write_beside(made: Made, folder: Path, prefix: str) -> None:
    """Write the three files into a folder, a prefix before their names; OSError if the disk refuses."""
    texts = (readme(made), datapackage(made), dictionary([table for table, _ in made.files]))
    for name, text in zip(FILES, texts, strict=True):
        (folder / f"{prefix}{name}").write_text(text, encoding="utf-8")


# --- the Data Package -------------------------------------------------------------------------------------------


def datapackage(made: Made) -> str:
    """Return the descriptor of the tables as a Data Package, in JSON."""
    package = {
        "name": "clinical-trials-export",
        "title": "Tables of clinical trials",
        "profile": "data-package",
        "version": VERSION,
        "description": f"Exported from the build {made.build}; README.md says how to load it.",
        "licenses": [LICENCE],
        "sources": [{"title": "ClinicalTrials.gov", "path": "https://clinicaltrials.gov"}],
        "resources": [_resource(made, table, path) for table, path in made.files],
    }
    return json.dumps(package, indent=1, ensure_ascii=False) + "\n"


def _resource(made: Made, table: Table, path: Path) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "name": table.name,
        "path": path.name,
        "profile": "data-resource",
        "format": made.form.name,
        "mediatype": made.form.media_type,
        "encoding": "utf-8",
        "description": f"One row per {table.grain}. Sorted by {', '.join(table.key)}.",
        "licenses": [LICENCE],
        "schema": _schema(made, table),
    }
    if made.form.name in ("csv", "tsv"):
        resource["dialect"] = {"delimiter": "\t" if made.form.name == "tsv" else ",", "doubleQuote": True}
    return resource


def _schema(made: Made, table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [field_of(column) for column in table.columns],
        "missingValues": [""] if made.form.name in ("csv", "tsv") else [],
    }
    if has_key(table):
        schema["primaryKey"] = list(table.key)
    if foreign := [
        _foreign_key(link.columns, link.to) for link in links(table) if _is_there(made, link.to, link.columns)
    ]:
        schema["foreignKeys"] = foreign
    return schema


def _is_there(made: Made, name: str, columns: tuple[str, ...]) -> bool:
    return any(table.name == name and set(columns) <= {c.name for c in table.columns} for table, _ in made.files)


def _foreign_key(columns: tuple[str, ...], to: str) -> dict[str, Any]:
    return {"fields": list(columns), "reference": {"resource": to, "fields": list(columns)}}


# --- how to load it ---------------------------------------------------------------------------------------------

_README = """\
# {title}

{what}

`dictionary.md` explains every column and what its null means; `datapackage.json` says the same to programs.

## How to load it

{loading}
## What to know

{notes}

The records come from ClinicalTrials.gov (U.S. National Library of Medicine) through a mirror, and are in the public
domain. Name the source, and the build that these tables are of: `{build}` begins with the time of its newest answer.

{tables}
"""


def readme(made: Made) -> str:
    """Return what the export holds and how to load it in pandas, R, DuckDB and Excel."""
    first = made.files[0][0].name
    blocks = _LOADING[made.form.name]
    loading = "\n".join(f"{tool}:\n\n{_indented(code)}\n" for tool, code in zip(_TOOLS, blocks, strict=True))
    rows = [f"| `{table.name}` | `{path.name}` | {table.grain} |" for table, path in made.files]
    return _README.format(
        title="Clinical trials" if len(made.files) > 1 else f"Clinical trials: {first}",
        what=_what(made),
        loading=loading.replace("studies", first).replace("FILE", made.files[0][1].name),
        notes="\n".join(f"- {note}" for note in _notes(made)),
        build=made.build,
        tables="\n".join(["| table | file | one row per |", "| --- | --- | --- |", *rows]),
    )


def _what(made: Made) -> str:
    which = f", chosen by `{' '.join(made.said)}`" if made.said else ": all there are"
    return f"{made.trials:,} trials{which}."


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.splitlines())


def _notes(made: Made) -> list[str]:
    notes = [
        "Tables belong together by `nct_id`; rows are sorted by key. Times are UTC.",
        "The phase `NA` and Namibia's code `NA` are values, not missing ones.",
    ]
    if made.contacts:
        notes.append("**It holds personal data**: names, telephone numbers and email addresses. Do not pass it on.")
    else:
        notes.append(
            f"Contacts are left out; emails and telephone numbers in free text are replaced by `{EMAIL_MASK}` and "
            f"`{PHONE_MASK}`. `problems.start` and `end` count in the text as it was before. Names of persons may "
            "still stand in free text, and as sponsor or location."
        )
    if any(column.type is Type.TEXTS for table, _ in made.files for column in table.columns):
        notes.append("Lists are " + ("lists." if made.form.name in ("duckdb", "parquet", "jsonl") else "JSON."))
    return notes + list(_OF_FORMAT.get(made.form.name, ())) + _of_guards(made)


def _of_guards(made: Made) -> list[str]:
    if made.form.name not in ("csv", "tsv", "xlsx"):
        return []
    if made.raw:
        return ["Texts are as they are (`--raw`): **a spreadsheet may run one that begins with `=`, `+`, `-` or `@`.**"]
    return [
        "A text that a spreadsheet would run (it begins with `=`, `+`, `-`, `@`, a tab or a line break), and one that "
        "begins with `'`, has a `'` before it. The second line for pandas and R above takes one off, and so does "
        "`trials.read_csv`, which also gives numbers and dates their types: by the lines above all is text."
        if made.form.name != "xlsx"
        else "A text that begins with `=`, `+`, `-`, `@`, a tab, a line break or `'` has a `'` before it; take one off."
    ]


_TEXT_NOTES = (
    "UTF-8; every text is quoted, a null is empty and not quoted; dates are ISO 8601, times like "
    "`2026-11-29T03:00:00Z`, booleans `true` and `false`.",
)
_OF_FORMAT = {
    "csv": _TEXT_NOTES,
    "tsv": _TEXT_NOTES,
    "jsonl": ("Dates are ISO 8601, times like `2026-11-29T03:00:00Z`; every column is there, null as `null`.",),
    "duckdb": (
        "The schemas `ctgov` and `ctgov_legacy` are views under AACT's names, the second with the spellings from "
        "before 2024; a file of `--wide` has none.",
    ),
    "sqlite": ("Dates and times are ISO 8601 texts, booleans 0 and 1.",),
    "xlsx": (
        "A sheet a table. Excel's limits are 32,767 characters a cell (a longer text is cut) and 1,048,576 rows a "
        "sheet (further rows stand on `<table>_2`); what was cut was said when this was exported. Characters that XML "
        "does not allow are pictures (`␀`) or `�`. Dates before 1900-03-01 are texts.",
    ),
}
_TOOLS = ("pandas", "R", "DuckDB", "Excel")


def _separated(function: str, separator: str, kind: str) -> tuple[str, ...]:
    sep = f', sep="{separator}"' if separator != "," else ""
    delim = f", delim = '{separator}'" if separator != "," else ""
    return (
        "import pandas as pd\n"
        f'studies = pd.read_csv("FILE"{sep}, dtype="string", keep_default_na=False, na_values=[""])\n'
        'studies = studies.apply(lambda column: column.str.replace(r"^\'", "", regex=True))',
        f'studies <- {function}("FILE", colClasses = "character", na.strings = "", encoding = "UTF-8")\n'
        'studies[] <- lapply(studies, function(column) sub("^\'", "", column))',
        f"SELECT * FROM read_csv('FILE'{delim}, header = true, all_varchar = true, max_line_size = 10000000);",
        f"Data > Get Data > From Text/CSV, file origin 65001: Unicode (UTF-8), delimiter {kind},\n"
        "data type detection: do not detect. (A double click takes another encoding.)",
    )


_LOADING: dict[str, tuple[str, ...]] = {
    "csv": _separated("read.csv", ",", "comma"),
    "tsv": _separated("read.delim", "\\t", "tab"),
    "jsonl": (
        'import pandas as pd\nstudies = pd.read_json("FILE", lines=True, dtype=False)',
        'library(jsonlite)\nstudies <- stream_in(file("FILE"))',
        "SELECT * FROM read_json('FILE', format = 'newline_delimited', maximum_object_size = 100000000);",
        "Data > Get Data > From JSON takes no JSON Lines: export csv or xlsx for Excel.",
    ),
    "xlsx": (
        "import pandas as pd\n"
        'studies = pd.read_excel("FILE", sheet_name="studies", keep_default_na=False, na_values=[""])',
        'library(readxl)\nstudies <- read_excel("FILE", sheet = "studies", na = "", guess_max = 100000)',
        "INSTALL excel; LOAD excel;\nSELECT * FROM read_xlsx('FILE', sheet = 'studies', all_varchar = true);",
        "Open it. Texts stay texts: nothing is run, and no id becomes a number.",
    ),
    "sqlite": (
        'import sqlite3\nimport pandas as pd\nstudies = pd.read_sql("SELECT * FROM studies", sqlite3.connect("FILE"))',
        'library(DBI)\nstudies <- dbReadTable(dbConnect(RSQLite::SQLite(), "FILE"), "studies")',
        "INSTALL sqlite; LOAD sqlite;\nATTACH 'FILE' AS trials (TYPE sqlite);\nSELECT * FROM trials.studies;",
        "Data > Get Data > From Other Sources > From ODBC, with a driver for SQLite; or export xlsx.",
    ),
    "duckdb": (
        'import duckdb\nstudies = duckdb.connect("FILE", read_only=True).sql("FROM studies").df()',
        'library(DBI)\nstudies <- dbReadTable(dbConnect(duckdb::duckdb("FILE", read_only = TRUE)), "studies")',
        "ATTACH 'FILE' AS trials (READ_ONLY);\nSELECT * FROM trials.studies;",
        "Data > Get Data > From Other Sources > From ODBC, with DuckDB's driver; or export xlsx.",
    ),
    "parquet": (
        'import pandas as pd\nstudies = pd.read_parquet("FILE", dtype_backend="pyarrow")  # dates and integers stay so',
        'library(arrow)\nstudies <- read_parquet("FILE")',
        "SELECT * FROM 'FILE';",
        "Data > Get Data > From File > From Parquet.",
    ),
}
assert _LOADING.keys() == FORMATS.keys()
