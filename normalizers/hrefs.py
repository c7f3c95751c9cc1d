"""Links of a page as addresses."""

import re
from urllib.parse import urljoin, urlsplit

# Links and addresses that urljoin would put together as they stand; most are, and it takes its time.
_PLAIN_SITE = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?(?=/|$)")
_PLAIN_PATH = re.compile(r"/(?!/)[A-Za-z0-9_%~/-]*")
_PLAIN_LINK = re.compile(rf"{_PLAIN_SITE.pattern}{_PLAIN_PATH.pattern}")


def absolute_link(base: str, target: str | None) -> str | None:
    """Return a link as an absolute http(s) address; None for none, another scheme, or a place on the page itself."""
    target = (target or "").strip()
    if not target or target.startswith("#"):
        return None
    if _PLAIN_LINK.fullmatch(target):
        return target
    if _PLAIN_PATH.fullmatch(target) and (site := _PLAIN_SITE.match(base)):
        return f"{site[0]}{target}"
    try:
        absolute = urljoin(base, target)
        parts = urlsplit(absolute)
    except ValueError:
        return None
    return absolute if parts.scheme in ("http", "https") and parts.netloc else None
