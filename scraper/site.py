"""The site's URL grammar: which page of which trial an address is.

`/<slug>/<id>/details`, `/<slug>/<id>` (summary), `/<slug>/<id>/references`, with or without a slash at the end, the
id in any case; the slug is a condition, a keyword or `other`. `/<slug>/` is a listing and names no trial.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_PATH = re.compile(r"/(?P<slug>[^/]+)/(?P<id>NCT[0-9]{8})(?:/(?P<kind>details|references))?/?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """The page of one trial: its id in upper case, the slug as printed, the kind (details, summary, references)."""

    nct_id: str
    slug: str
    kind: str


def read_address(url: str) -> Address | None:
    """Return what an address says of its page, or None if it is not the page of a trial.

    >>> read_address("https://inclinicaltrials.com/other/nct01572038/details/")
    Address(nct_id='NCT01572038', slug='other', kind='details')
    """
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    return Address(match["id"].upper(), match["slug"], (match["kind"] or "summary").lower())
