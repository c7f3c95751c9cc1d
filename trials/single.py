"""`trials.fetch` and `trials.parse`: one page for who works in Python, without a word on the screen.

What the program would say goes to the log `trials`, what it could not do is an error.
"""

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from registry.errors import PageError, Reason, SettingsError, StoreError
from registry.labels import PageKind
from registry.nct_id import read_nct_id
from registry.record import Page
from scraper.client import Client
from scraper.fetcher import Fetcher
from scraper.manners import check_site
from scraper.store import Store
from scraper.unpacked import begins_as_warc
from trials.contained import ContainedReader
from trials.fetching import with_aliases
from trials.opening import LOCK_SECONDS
from trials.reading import fetch_page
from trials.saved import body_of
from trials.settings import settings
from trials.tables import tables_of, tables_of_kind
from trials.trial import Trial

_LOG = logging.getLogger(__name__)


def fetch_trial(spelling: str, chosen: Mapping[str, object], kind: str, *, refresh: bool) -> Trial:
    """Return a page of one trial, from the store or from the site; errors as `trials.fetch`."""
    nct_id = read_nct_id(spelling)
    if nct_id is None:
        raise SettingsError(f"{spelling!r} is no id of a trial: NCT and eight digits, or an address with them.")
    if kind not in list(PageKind):
        raise SettingsError(f"{kind!r} is no kind of page; there are {', '.join(PageKind)}.")
    told = settings(chosen)
    if not told.store.exists():
        check_site(told.site, told.manners)  # a site that will not be asked needs no store
    with (
        Store(told.store, "fetch", LOCK_SECONDS, lambda: None) as store,
        ContainedReader() as reader,
        Client(store, told.site, told.manners, _LOG.info) as client,
    ):
        fetcher = Fetcher(client, store, told.url_templates, _LOG.info)
        fetcher.give([spelling])
        page = None if refresh else fetcher.held(nct_id, PageKind(kind))
        if page is not None:
            tables = tables_of_kind(page, PageKind(kind), reader.read)
        else:
            _, tables = fetch_page(store.holdings, fetcher, told.site, reader, nct_id, PageKind(kind))
        return Trial(with_aliases(fetcher, tables))


def parse_page(page: bytes | str | os.PathLike[str]) -> Trial:
    """Return what a saved page says; errors as `trials.parse`."""
    body = page if isinstance(page, bytes) else _body(Path(page))
    if begins_as_warc(body):
        message = "It is a file of captures, not a page: `trials parse FILE --parquet DIR` reads those."
        raise PageError(Reason.NOT_A_TRIAL_PAGE, message)
    with ContainedReader() as reader:
        return Trial(tables_of(Page(body), reader.read))


def _body(path: Path) -> bytes:
    try:
        return body_of(os.fspath(path.absolute()))  # `-` is a file here
    except StoreError as error:
        raise StoreError(f"{str(path)!r}: {error}") from error
