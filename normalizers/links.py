"""How tables belong together: which columns of one lead to a row of another, derived from `registry.tables`."""

from collections.abc import Iterator
from typing import NamedTuple

from registry.tables import Table

_TRIAL = ("nct_id",)
_PAGE = ("url", "fetched_at")  # the key of pages, wherever both stand


class Link(NamedTuple):
    """Columns of a table that name a row of another by its key; `is_many` if several rows may name the same."""

    columns: tuple[str, ...]
    to: str
    is_many: bool


def links(of: Table) -> Iterator[Link]:
    """Yield the links of a table: every trial is in studies, and every page version that a row names is in pages.

    A table whose key is the trial alone has one row a trial, and so one a page: that is of one trial.
    """
    is_many = of.key != _TRIAL
    names = {column.name for column in of.columns}
    if of.name != "studies" and names.issuperset(_TRIAL):
        yield Link(_TRIAL, "studies", is_many)
    if of.name != "pages" and names.issuperset(_PAGE):
        yield Link(_PAGE, "pages", is_many)
