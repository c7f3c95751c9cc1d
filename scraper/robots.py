"""What a site's robots.txt allows us (RFC 9309), and stricter: what cannot be read closes the site.

protego matches paths; which bytes are rules at all, and which group is ours, is decided here.
"""

import math
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from protego import Protego

from registry.charset import without_mark

AGENT = "trials"
"""Our product token: the group of this name speaks to us, in any case, else that of `*` (RFC 9309 §2.2.1)."""

MAX_BYTES = 512 * 1024  # that are read; RFC 9309 §2.5 asks for 500 KiB at least
_OTHER_LINE_ENDS = re.compile("[\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # RFC 9309 §2.2 knows CR and LF only
_MARKUP = re.compile(r"\s*<(?:!doctype|!--|html|head|body|\?xml)", re.IGNORECASE)
_GROUP = re.compile(r"^([ \t]*user-?agent[ \t]*:?[ \t]*[a-z_-]+)[^#\n]*", re.IGNORECASE | re.MULTILINE)
"""The line that begins a group; what follows its product token (`/1.0`) does not matter."""
_OUR_GROUP = re.compile(rf"^[ \t]*user-?agent[ \t]*:?[ \t]*{AGENT}[ \t]*(?:#|$)", re.IGNORECASE | re.MULTILINE)
_NOBODY = "*"


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one site for us. `closed_because` says why nothing may be asked for; None if something may.

    `delay_seconds` is the Crawl-delay of our group, None if it names none that is a number; `sitemaps` are addresses.
    """

    closed_because: str | None = None
    delay_seconds: float | None = None
    sitemaps: tuple[str, ...] = ()
    _rules: Protego | None = None
    _agent: str = AGENT

    @classmethod
    def closed(cls, because: str) -> Self:
        """Return rules that allow nothing."""
        return cls(closed_because=because)

    def allows(self, url: str) -> bool:
        """Whether we may ask for an address; the longest rule that matches decides, Allow before Disallow (§2.2.2)."""
        return self.closed_because is None and (self._rules is None or self._rules.can_fetch(url, self._agent))


def read_robots(status: int | None, body: bytes) -> Robots:
    """Return the rules in the answer to a request for robots.txt; status None for no answer (RFC 9309 §2.3.1).

    A site that has none (4xx) allows everything. One that cannot say (429, 5xx, no answer) is closed.
    """
    if status is None:
        return Robots.closed("no answer")
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _read(body)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS:
        return Robots()
    return Robots.closed(f"it answered {status}")


def _read(body: bytes) -> Robots:
    text = _text(body)
    if _MARKUP.match(text):  # a page that says in HTML that there is no robots.txt
        return Robots()
    text = _GROUP.sub(r"\1 ", text)
    rules = Protego.parse(text)
    agent = AGENT if _OUR_GROUP.search(text) else _NOBODY
    return Robots(None, _delay(rules.crawl_delay(agent)), tuple(rules.sitemaps), rules, agent)


def _text(body: bytes) -> str:
    """Return the lines of a robots.txt, its mark removed, and cut behind the last whole line if it is too long."""
    rest, _ = without_mark(body[: MAX_BYTES + 1])
    if len(body) > MAX_BYTES:
        rest = rest[: max(rest.rfind(b"\n"), rest.rfind(b"\r")) + 1]
    lines = rest.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return _OTHER_LINE_ENDS.sub(" ", lines)


def _delay(seconds: float | None) -> float | None:
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None
