"""The application: the `trials` program, and what Python has of it (`docs/python.md`).

Importing it costs nothing: what a function needs is loaded when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from datetime import date
    from pathlib import Path

    import pandas as pd

    from trials.dataset import Dataset
    from trials.trial import Trial

__all__ = ["fetch", "open", "parse", "read_csv"]


def open(store: str | os.PathLike[str] = "data", *, as_of: str | date | None = None) -> Dataset:  # noqa: A001 - trials.open
    """Open the tables of a store's published build, or of the one that `trials build --as-of` keeps for a day.

    `store` may also be a folder of Parquet files of ours. All tables are of the build that was published just now,
    whatever is published later. StoreError if there is none.
    """
    from trials.dataset import open_dataset

    return open_dataset(store, as_of)


def fetch(
    trial: str,
    *,
    site: str | None = None,
    contact: str | None = None,
    store: str | Path | None = None,
    kind: str = "details",
    refresh: bool = False,
) -> Trial:
    """Return a page of one trial, from the store or from the site, as `trials fetch` gets it.

    `trial` is an id in any spelling, or an address. What is not given is as in `trials.toml` and `TRIALS_*` variables.
    FetchError if the site has no usable answer, PageError for what is no page of the trial, StoreError, SettingsError.
    """
    from trials.single import fetch_trial

    return fetch_trial(trial, {"site": site, "contact": contact, "store": store}, kind, refresh=refresh)


def parse(page: bytes | str | os.PathLike[str]) -> Trial:
    """Return what a saved page says, given as its bytes or its path; touches no network.

    PageError if it is no page of a trial, StoreError if it cannot be read.
    """
    from trials.single import parse_page

    return parse_page(page)


def read_csv(path: str | os.PathLike[str], *, table: str | None = None, raw: bool = False) -> pd.DataFrame:
    """Return a csv or tsv file of `trials export` with every value as it was: `N/A`, `NA` and `0012` stay.

    Types are those of the dictionary, of the table that the file's name or columns tell, or that `table` names.
    `raw` is for files written with `--raw`: no `'` is taken off. TableError for what is no such file.
    """
    from trials.tabular import read_table

    return read_table(path, table, raw=raw)
