"""Emails and telephone numbers in free text are masked, in SQL: a registry has some ten million texts.

Free are all texts that have no vocabulary, but ids, addresses, hashes and the like. In ids an email is masked, and no
telephone number: many have the form of one.
"""

from registry.privacy import EMAIL, EMAIL_MASK, PHONE, PHONE_MASK
from registry.tables import Column, Table, Type

_NO_PROSE = frozenset(
    "nct_id related_nct_id mentioned_nct_id url body_sha256 record_sha256 charset parser_version warc_file table column"
    " absent_labels blank_labels unread_labels country_codes intervention_types doi pmid start_month_year"
    " completion_month_year primary_completion_month_year verification_month_year".split()
)
SIGNS = r"[@＠]|[\[(] ?(?i:at) ?[\])]|[0-9](?:[^0-9]?[^0-9]?[^0-9]?[0-9]){6}|1[-. ]8[0-8]{2}[-. ][0-9A-Z]"
"""A text that does not fit this holds neither; for RE2 (DuckDB, Arrow)."""
_NUMBERS = frozenset({"id_value", "id_values"})


def masked(column: Column, sql: str) -> str:
    """Return the SQL of a column's values, `sql`, without emails and telephone numbers."""
    if not is_free_text(column):
        return sql
    if column.type is Type.TEXTS:
        return f"list_transform({sql}, lambda each: {_without(_masks(column), 'each')})"
    return _without(_masks(column), sql)


def _masks(column: Column) -> dict[str, str]:
    """Return patterns, and what stands in their place."""
    return {EMAIL: EMAIL_MASK} | ({PHONE: rf"\1{PHONE_MASK}"} if holds_phones(column) else {})


def differs(column: Column, sql: str) -> str:
    """Return the SQL of whether a mask changes a column's values, `sql`: null for null."""
    return f"{masked(column, sql)} != {sql}"


def free_texts(table: Table) -> dict[str, Column]:
    """Return the columns of a table that hold what people wrote, by name."""
    return {column.name: column for column in table.columns if is_free_text(column)}


def is_free_text(column: Column) -> bool:
    """Whether a column holds what people wrote."""
    is_text = column.type in (Type.TEXT, Type.TEXTS)
    return is_text and not column.vocabulary and column.name not in _NO_PROSE


def holds_phones(column: Column) -> bool:
    """Whether telephone numbers are masked in a column of free text: many ids have the form of one."""
    return column.name not in _NUMBERS


def _without(patterns: dict[str, str], sql: str) -> str:
    """Return the SQL of a text without what fits the patterns; most have no sign of it, which is cheap to see."""
    found = sql
    for pattern, mask in patterns.items():
        found = f"regexp_replace({found}, {_literal(pattern)}, {_literal(mask)}, 'g')"
    return f"CASE WHEN regexp_matches({sql}, {_literal(SIGNS)}) THEN {found} ELSE {sql} END"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
