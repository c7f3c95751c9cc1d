"""What Datasette is told of the tables: what they and their columns mean, their facets and order, the questions."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from normalizers.metadata import LICENCE
from registry.tables import Column, Table
from trials.explore.copy import SEARCH
from trials.explore.looks import FIRST_COLUMNS, SHOWN, look_of
from trials.explore.questions import QUESTIONS, Question

DATABASE = "trials"
"""Name of the database in addresses."""
TRIALS = f"/{DATABASE}/studies?{urlencode({'_col': FIRST_COLUMNS}, doseq=True)}"
"""Address of the list of trials; a search may be added."""
_PAGE_ROWS = 50
_SETTINGS = {
    "default_page_size": _PAGE_ROWS,
    "sql_time_limit_ms": 20_000,  # of questions, whose SQL is ours: the longest takes one second on 100,000 trials
    "facet_time_limit_ms": 1_000,
    "num_sql_threads": 1,  # one person looks; its connection stays when the file goes, after a newer build
    "default_allow_sql": False,  # `trials sql` is there for it
    "allow_download": False,
    "allow_csv_stream": False,
    "suggest_facets": False,  # it would count every column of every page
}


def settings() -> Mapping[str, object]:
    """Return the settings of Datasette."""
    return _SETTINGS


def metadata() -> dict[str, Any]:
    """Return titles, meanings, facets, orders and questions, as Datasette takes them."""
    tables = {table.name: _table(table) for table in SHOWN}
    tables["studies"] |= {"fts_table": SEARCH, "fts_pk": "rowid", "label_column": "brief_title"}
    return {
        "title": "Clinical trials",
        "license": LICENCE["title"],
        "license_url": LICENCE["path"],
        "databases": {DATABASE: {"tables": tables, "queries": {each.name: _question(each) for each in QUESTIONS}}},
    }


def counts(rows: Mapping[str, int], size: int, form: str) -> dict[str, Any]:
    """Return what `datasette inspect` would find out, so that no table is counted when it starts."""
    tables = {name: {"count": count} for name, count in rows.items()}
    return {DATABASE: {"hash": form, "size": size, "tables": tables}}


def _table(table: Table) -> dict[str, Any]:
    look = look_of(table.name)
    return {
        "description": f"One row per {table.grain}.",
        "columns": {column.name: _meaning(column) for column in table.columns},
        "facets": list(look.facets),
        **({"sort_desc": look.sort_desc} if look.sort_desc else {}),
    }


def _meaning(column: Column) -> str:
    unit = f" ({column.unit})" if column.unit else ""
    null = f" Null: {column.null}." if column.null else " Never null."
    return f"{column.meaning}{unit}.{null}"


def _question(question: Question) -> dict[str, str]:
    said = {"title": question.title, "description": question.description, "sql": question.sql}
    return {**said, "fragment": question.plot} if question.plot else said
