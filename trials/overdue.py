"""Which trials are overdue, said once for the morning report and the explorer."""

UNENDED = ("NOT_YET_RECRUITING", "RECRUITING", "ENROLLING_BY_INVITATION", "ACTIVE_NOT_RECRUITING", "SUSPENDED")
"""Codes of `studies.overall_status` that say that a trial has not ended."""

ENDS = "coalesce(completion_latest, primary_completion_latest)"
"""The last day on which a trial should end: a month's is its last; the primary completion where there is no other."""


def overdue(day: str) -> str:
    """Return the condition on `studies` that a trial should have ended before a day and has not, by its status.

    `day` is SQL; the condition is one for DuckDB and for SQLite.
    """
    states = ", ".join(f"'{status}'" for status in UNENDED)
    return f"{ENDS} < {day} AND overall_status IN ({states})"
