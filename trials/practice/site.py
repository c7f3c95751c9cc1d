"""Requests → responses of the practice site: URL grammar, listings, sitemaps, robots.txt, conditional requests.

The grammar is that of `scraper/site.py`. A trial answers under the slugs of its condition and its keyword, and two
thirds of the trials under `other` too; with or without a slash at the end; the id in any case.
"""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from itertools import islice
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.sax.saxutils import escape

from registry.labels import PageKind
from scraper.site import OTHER, TEMPLATES, Address, read_address
from trials.practice.brief import STATUSES, Brief, brief
from trials.practice.pages import LISTED, home_page, listing_page, plain_page, trial_page
from trials.practice.words import TOPICS
from trials.practice.world import World

_IN_SITEMAP = 1000  # addresses in one sitemap; the protocol allows 50,000
_WITHOUT_OTHER = 3  # every third trial does not answer under `other`
_XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_HTML = "text/html; charset=utf-8"
_STATUS_SLUGS = {wording.lower().replace(",", "").replace(" ", "-"): wording for wording in STATUSES}
_LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="#036"/></svg>'


@dataclass(frozen=True, slots=True)
class Response:
    """What is sent back: status, body without content coding, headers."""

    status: HTTPStatus
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Site:
    """One world as a web site; `base` is its address."""

    def __init__(self, world: World, base: str) -> None:
        self.world = world
        self.base = base

    def respond(self, target: str, headers: Mapping[str, str]) -> Response:
        """Return the response to a GET; conditional by ETag and Last-Modified (RFC 9110 §13), gzip where accepted."""
        response = self._at(target)
        if response.status != HTTPStatus.OK:
            return response
        packed = "gzip" in headers.get("Accept-Encoding", "") and response.headers["Content-Type"] == _HTML
        tag = f'"{hashlib.sha256(response.body).hexdigest()[:16]}{"-gz" if packed else ""}"'
        known = {**response.headers, "ETag": tag, "Vary": "Accept-Encoding", "Cache-Control": "no-cache"}
        if _not_modified(tag, known.get("Last-Modified"), headers):
            return Response(HTTPStatus.NOT_MODIFIED, b"", known)
        if packed:
            body = gzip.compress(response.body, mtime=0)
            return Response(HTTPStatus.OK, body, {**known, "Content-Encoding": "gzip"})
        return Response(HTTPStatus.OK, response.body, known)

    def _at(self, target: str) -> Response:
        parts = urlsplit(target)
        fixed = {
            "/": lambda: _html(home_page(self.world)),
            "/robots.txt": lambda: _file(self._robots(), "text/plain; charset=utf-8"),
            "/sitemap.xml": lambda: _file(self._sitemap_index(), "application/xml"),
            "/logo.svg": lambda: _file(_LOGO, "image/svg+xml"),
            "/search": lambda: _html(plain_page("Search", "Searching is not part of the practice site.")),
        }
        if parts.path in fixed:
            return fixed[parts.path]()
        if (found := read_address(parts.path)) is not None:
            return self._trial(found)
        if parts.path.startswith("/sitemap-"):
            return self._sitemap(parts.path)
        return self._listing(parts.path, parse_qs(parts.query))

    # --- trials -------------------------------------------------------------------------------------------------

    def _trial(self, found: Address) -> Response:
        place = self.world.place_of(found.nct_id)
        if place is None or not self._answers(place, found.slug):
            return _missing()
        known = brief(self.world, place)
        if self.world.is_gone(place):
            return _html(plain_page("Gone", "This trial is no longer listed."), HTTPStatus.GONE)
        if known.nct_id != found.nct_id:
            slug = known.slug if found.slug == OTHER else found.slug
            path = TEMPLATES[found.kind].format(slug=slug, nct_id=known.nct_id)
            return Response(HTTPStatus.MOVED_PERMANENTLY, b"", {"Location": path})
        changed = datetime.combine(self.world.changed_on(place), time(), UTC)
        return _html(trial_page(self.world, place, found.kind, self.base), modified=changed)

    def _answers(self, place: int, slug: str) -> bool:
        topic = self.world.topic(place)
        return slug in (topic.slug, topic.keyword_slug) or (slug == OTHER and place % _WITHOUT_OTHER != 0)

    # --- listings -----------------------------------------------------------------------------------------------

    def _listing(self, path: str, query: Mapping[str, list[str]]) -> Response:
        """Return a page of the trials of a condition, `?status=` and `&page=` narrow it."""
        slug = path.strip("/")
        topic = next((n for n, topic in enumerate(TOPICS) if slug in (topic.slug, topic.keyword_slug)), None)
        number = query.get("page", ["1"])[0]
        status = query.get("status", [""])[0]
        known = (slug == OTHER or topic is not None) and number.isascii() and number.isdigit() and int(number) > 0
        if not known or status not in ("", *_STATUS_SLUGS):
            return _missing()
        places = range(self.world.count) if topic is None else self.world.places(topic)
        first = (int(number) - 1) * LISTED
        trials = list(islice(self._listed(places, _STATUS_SLUGS.get(status)), first, first + LISTED + 1))
        again = {"status": status} if status else {}
        more = f"/{slug}/?{urlencode({**again, 'page': int(number) + 1})}" if len(trials) > LISTED else ""
        return _html(listing_page(slug, trials[:LISTED], int(number), more, self.base))

    def _listed(self, places: range, status: str | None) -> Iterator[Brief]:
        for place in places:
            if not self.world.is_gone(place):
                known = brief(self.world, place)
                if status is None or known.status == status:
                    yield known

    # --- robots and sitemaps ------------------------------------------------------------------------------------

    def _robots(self) -> str:
        return f"User-agent: *\nDisallow: /search\n\nSitemap: {self.base}/sitemap.xml\n"

    def _sitemap_index(self) -> str:
        count = -(-self.world.count // _IN_SITEMAP)
        entries = "".join(
            f"<sitemap><loc>{self.base}/sitemap-{number}.xml.gz</loc><lastmod>{self.world.today}</lastmod></sitemap>"
            for number in range(1, count + 1)
        )
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex {_XMLNS}>{entries}</sitemapindex>\n'

    def _sitemap(self, path: str) -> Response:
        number = path.removeprefix("/sitemap-").removesuffix(".xml.gz")
        if not path.endswith(".xml.gz") or not (number.isascii() and number.isdigit()):
            return _missing()
        first = (int(number) - 1) * _IN_SITEMAP
        places = range(max(0, first), min(first + _IN_SITEMAP, self.world.count))
        if not places:
            return _missing()
        entries = "".join(self._entry(place) for place in places if not self.world.is_gone(place))
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {_XMLNS}>{entries}</urlset>\n'
        body = gzip.compress(text.encode(), mtime=0)
        return Response(HTTPStatus.OK, body, {"Content-Type": "application/gzip"})

    def _entry(self, place: int) -> str:
        location = self.base + TEMPLATES[PageKind.DETAILS].format(
            slug=self.world.topic(place).slug, nct_id=self.world.nct_id(place)
        )
        return f"<url><loc>{escape(location)}</loc><lastmod>{self.world.changed_on(place)}</lastmod></url>"


def _not_modified(tag: str, modified: str | None, headers: Mapping[str, str]) -> bool:
    """Whether what the client holds is current; If-None-Match decides alone where it is sent (RFC 9110 §13.2.2)."""
    if (tags := headers.get("If-None-Match")) is not None:
        return tags.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in tags.split(",")]
    since = headers.get("If-Modified-Since")
    if since is None or modified is None:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


def _html(text: str, status: HTTPStatus = HTTPStatus.OK, modified: datetime | None = None) -> Response:
    headers = {"Content-Type": _HTML}
    if modified is not None:
        headers["Last-Modified"] = format_datetime(modified, usegmt=True)
    return Response(status, text.encode(), headers)


def _file(text: str, kind: str) -> Response:
    return Response(HTTPStatus.OK, text.encode(), {"Content-Type": kind})


def _missing() -> Response:
    return _html(plain_page("Not found", "There is no such page."), HTTPStatus.NOT_FOUND)
