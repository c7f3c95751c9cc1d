"""The site's URL grammar: which trial an address is of.

`/<slug>/<id>/details`, `/<slug>/<id>` (summary), `/<slug>/<id>/references`, with or without a slash at the end, the
id in any case; the slug is a condition, a keyword or `other`. `/<slug>/` is a listing and names no trial.
"""

import re
from urllib.parse import urlsplit

_PATH = re.compile(r"/[^/]+/(NCT[0-9]{8})(?:/(?:details|references))?/?", re.IGNORECASE)


def trial_of(url: str) -> str | None:
    """Return the id of the trial whose page an address is, or None if it is none's.

    >>> trial_of("https://inclinicaltrials.com/other/nct01572038/details/")
    'NCT01572038'
    """
    try:
        match = _PATH.fullmatch(urlsplit(url).path)
    except ValueError:
        return None
    return match[1].upper() if match else None
