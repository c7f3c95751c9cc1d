"""The site's URL grammar: which page of which trial an address is, and how an address is made.

`/<slug>/<id>/details`, `/<slug>/<id>` (summary), `/<slug>/<id>/references`, with or without a slash at the end, the
id in any case; the slug is a condition, a keyword or `other`. `/<slug>/` is a listing and names no trial.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from registry.labels import PageKind

OTHER = "other"
"""The slug under which a trial of any condition may answer."""

TEMPLATES: Mapping[PageKind, str] = {
    PageKind.DETAILS: "/{slug}/{nct_id}/details",
    PageKind.SUMMARY: "/{slug}/{nct_id}",
    PageKind.REFERENCES: "/{slug}/{nct_id}/references",
}

_PATH = re.compile(r"/(?P<slug>[^/]+)/(?P<id>NCT[0-9]{8})(?:/(?P<kind>details|references))?/?", re.IGNORECASE)
_PLAIN = re.compile(r"https?://[a-z0-9.:-]+(?P<path>/[^?#\s]*)")  # most addresses: taken apart in a tenth of the time


@dataclass(frozen=True, slots=True)
class Address:
    """What an address of a trial's page says."""

    slug: str
    nct_id: str
    kind: PageKind


def read_address(url: str) -> Address | None:
    """Return what an address says, or None if it is of no trial's page.

    >>> read_address("https://inclinicaltrials.com/other/nct01572038/details/")
    Address(slug='other', nct_id='NCT01572038', kind=<PageKind.DETAILS: 'details'>)
    """
    match = _matched(url)
    if match is None:
        return None
    kind = PageKind((match["kind"] or PageKind.SUMMARY).lower())
    return Address(match["slug"], match["id"].upper(), kind)


def trial_of(url: str) -> str | None:
    """Return the id of the trial whose page an address is, or None if it is none's."""
    match = _matched(url)
    return match["id"].upper() if match else None


def _matched(url: str) -> re.Match[str] | None:
    plain = _PLAIN.fullmatch(url)
    try:
        return _PATH.fullmatch(plain["path"] if plain else urlsplit(url).path)
    except ValueError:
        return None


def belongs(url: str, site: str) -> bool:
    """Whether an address is of the site: the same scheme, host and port, and no character that cannot be shown.

    >>> belongs("http://127.0.0.1:8000/x", "http://127.0.0.1:8000"), belongs("http://127.0.0.1:80001/", "http://127.0.0.1:8000")
    (True, False)
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return url.isprintable() and f"{parts.scheme}://{parts.netloc}" == site


def addresses(site: str, template: str, nct_id: str, slugs: Iterable[str]) -> Iterator[str]:
    """Yield an address of a trial's page under each slug in turn, then under `other`.

    >>> list(addresses("http://127.0.0.1:8000", "/{slug}/{nct_id}/details", "NCT01572038", ["gout"]))
    ['http://127.0.0.1:8000/gout/NCT01572038/details', 'http://127.0.0.1:8000/other/NCT01572038/details']
    """
    for slug in dict.fromkeys([*slugs, OTHER]):
        yield site + template.format(slug=quote(slug, safe="%"), nct_id=nct_id)
