"""What a site's robots.txt allows us (RFC 9309), and stricter: what cannot be read closes the site.

protego matches paths; which bytes are rules at all, and which group is ours, is decided here.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from protego import Protego

from registry.charset import without_mark

AGENT = "trials"
"""Our product token: the group of this name speaks to us, in any case, else that of `*` (RFC 9309 §2.2.1)."""

MAX_BYTES = 512 * 1024  # that are read; RFC 9309 §2.5 asks for 500 KiB at least
_NO_LINE_ENDS = re.compile("[\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029\ufeff]")  # RFC 9309 §2.2 knows CR and LF only
_MARKUP = re.compile(
    r"\s*<(?:(?:!doctype|html|head|body|\?xml)\b|!--.{0,2000}?<(?:!doctype|html)\b)", re.IGNORECASE | re.DOTALL
)
"""How a page begins; a comment alone is what a proxy may put before the rules."""
_GROUP = re.compile(r"\s*user[ -]?agent[\s:]+(?P<token>[a-z_-]+|\*(?!\S))", re.IGNORECASE)
"""The line that begins a group; what follows its product token (`/1.0`) does not matter."""
_RECORD = re.compile(
    r"\s*(?:user[ -]?agent|allow|dis+al+[ao]w|diasllow|crawl[ -]delay|site-?maps?)(?=[\s:]|$)", re.IGNORECASE
)
"""The lines that count: any other (`Content-Signal`, `Host`) must not end a group (RFC 9309 §2.2.4)."""
_INDEX = re.compile(r"(\s*allow\b.*/index\.html)\s*(?:#.*)?", re.IGNORECASE)
"""A rule that protego, unlike RFC 9309, takes for the folder, too."""
_SECONDS = re.compile(r"(\s*crawl[ -]delay[\s:]+[0-9.]+)\s*s(?:ec(?:ond)?s?)?\.?\s*(?:#.*)?", re.IGNORECASE)
"""A Crawl-delay whose unit is written out; protego reads none of it."""
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
    records = list(_records(text))
    rules = Protego.parse("\n".join(records))
    agent = AGENT if f"user-agent: {AGENT}" in records else _NOBODY
    return Robots(None, _delay(rules.crawl_delay(agent)), tuple(rules.sitemaps), rules, agent)


def _text(body: bytes) -> str:
    """Return the lines of a robots.txt, any mark removed, and cut behind the last whole line if it is too long."""
    rest, charset = without_mark(body[: MAX_BYTES + 1])
    text = rest.decode(charset or "utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    if len(body) > MAX_BYTES:
        text = text[: text.rfind("\n") + 1]
    return _NO_LINE_ENDS.sub(" ", text)


def _records(text: str) -> Iterator[str]:
    """Yield the lines that count; that which begins a group with its product token alone, in lower case."""
    for line in text.split("\n"):
        if group := _GROUP.match(line):
            yield f"user-agent: {group['token'].lower()}"
        elif index := _INDEX.fullmatch(line):
            yield f"{index[1]}*"
        elif seconds := _SECONDS.fullmatch(line):
            yield seconds[1]
        elif _RECORD.match(line):
            yield line


def _delay(seconds: float | None) -> float | None:
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None
