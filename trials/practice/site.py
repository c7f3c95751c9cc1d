"""Requests → responses of the practice site: URL grammar, listings, sitemaps, robots.txt, conditional requests.

The grammar is that of `scraper/site.py`. A trial answers under the slugs of its condition and its keyword, and two
thirds of the trials under `other` too; with or without a slash at the end; the id in any case.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from itertools import islice
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from registry.labels import PageKind
from scraper.site import OTHER, TEMPLATES, Address, read_address
from trials.practice.brief import Brief, brief
from trials.practice.pages import LISTED, STATUS_SLUGS, changed_on, home_page, listing_page, plain_page, trial_page
from trials.practice.words import TOPICS
from trials.practice.world import World

_IN_SITEMAP = 1000  # addresses in one sitemap; the protocol allows 50,000
_WITHOUT_OTHER = 3  # every third trial does not answer under `other`
_XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_HTML = "text/html; charset=utf-8"
_PAGE_NUMBER = re.compile("[1-9][0-9]{0,6}")
_SITEMAP = re.compile(r"/sitemap-([1-9][0-9]{0,6})\.xml\.gz")
_TAG = re.compile(r'"[^"]*"')
_LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="#036"/></svg>'


@dataclass(frozen=True, slots=True)
class Response:
    """What is sent back: status, body without content coding, headers."""

    status: HTTPStatus
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Site:
    """A web site; `base` is its address. Another `world` may be put in while it is served: another night."""

    def __init__(self, world: World, base: str) -> None:
        self.world = world
        self.base = base
        self._pages = _Pages(world, base)

    def respond(self, target: str, headers: Mapping[str, str]) -> Response:
        """Return the response to a GET; conditional by ETag and Last-Modified (RFC 9110 §13), gzip where accepted.

        It is of one world, also where that is replaced meanwhile.
        """
        world, pages = self.world, self._pages
        if pages.world is not world:
            pages = self._pages = _Pages(world, self.base)
        response = pages.at(target)
        if response.status != HTTPStatus.OK:
            return response
        packed = _accepts_gzip(headers.get("Accept-Encoding", "")) and response.headers["Content-Type"] == _HTML
        tag = f'"{hashlib.sha256(response.body).hexdigest()[:16]}{"-gz" if packed else ""}"'
        known = {**response.headers, "ETag": tag, "Vary": "Accept-Encoding", "Cache-Control": "no-cache"}
        if _not_modified(tag, known.get("Last-Modified"), headers):
            return Response(HTTPStatus.NOT_MODIFIED, b"", known)
        if packed:
            body = gzip.compress(response.body, mtime=0)
            return Response(HTTPStatus.OK, body, {**known, "Content-Encoding": "gzip"})
        return Response(HTTPStatus.OK, response.body, known)


class _Pages:
    """The pages of one world, each made when it is asked for."""

    def __init__(self, world: World, base: str) -> None:
        self.world = world
        self.base = base

    def at(self, target: str) -> Response:
        """Return the response to a target in origin or absolute form (RFC 9112 §3.2); its path is decoded once."""
        try:
            parts = urlsplit(target)
        except ValueError:
            return plain_response(HTTPStatus.BAD_REQUEST, "This is no address.")
        path = unquote(parts.path) or "/"
        fixed = {
            "/": lambda: _html(home_page(self.world, self.base)),
            "/robots.txt": lambda: _file(self._robots(), "text/plain; charset=utf-8"),
            "/sitemap.xml": lambda: _file(self._sitemap_index(), "application/xml"),
            "/logo.svg": lambda: _file(_LOGO, "image/svg+xml"),
            "/search": lambda: _html(plain_page("Search", "Searching is not part of the practice site.")),
        }
        if path in fixed:
            return fixed[path]()
        if (found := read_address(self.base + quote(path))) is not None:
            return self._trial(found)
        if (child := _SITEMAP.fullmatch(path)) is not None:
            return self._sitemap(int(child[1]))
        return self._listing(path, parse_qs(parts.query))

    # --- trials -------------------------------------------------------------------------------------------------

    def _trial(self, found: Address) -> Response:
        place = self.world.place_of(found.nct_id)
        if place is None or not self._answers(place, found.slug):
            return _missing()
        if self.world.is_gone(place):
            return _gone() if self.world.is_gone_for_good(place) else _missing()
        merged_into = self.world.merged_into(place)
        known = brief(self.world, place if merged_into is None else merged_into)
        if known.nct_id != found.nct_id:
            slug = known.slug if found.slug == OTHER else found.slug
            path = TEMPLATES[found.kind].format(slug=slug, nct_id=known.nct_id)
            return Response(HTTPStatus.MOVED_PERMANENTLY, b"", {"Location": path})
        changed = datetime.combine(changed_on(self.world, place, found.kind), time(), UTC)
        return _html(trial_page(self.world, place, found.kind, self.base), modified=changed)

    def _answers(self, place: int, slug: str) -> bool:
        topic = self.world.topic(place)
        return slug in (topic.slug, topic.keyword_slug) or (slug == OTHER and place % _WITHOUT_OTHER != 0)

    # --- listings -----------------------------------------------------------------------------------------------

    def _listing(self, path: str, query: Mapping[str, list[str]]) -> Response:
        """Return a page of the trials of a condition, `?status=` and `&page=` narrow it."""
        slug = path.strip("/")
        topic = next((topic for topic in TOPICS if slug in (topic.slug, topic.keyword_slug)), None)
        number = query.get("page", ["1"])[0]
        status = query.get("status", [""])[0]
        known = (slug == OTHER or topic is not None) and status in ("", *STATUS_SLUGS)
        if not known or not _PAGE_NUMBER.fullmatch(number):
            return _missing()
        places = range(self.world.count) if topic is None else self.world.places(topic)
        first = (int(number) - 1) * LISTED
        trials, more = self._with_status(places, status, first) if status else self._listed(places, first)
        if not trials and not more and first:
            return _missing()
        return _html(listing_page(self.world, slug, status, trials, int(number), more, self.base))

    def _listed(self, places: range, first: int) -> tuple[Sequence[Brief], bool]:
        """Return the trials of one page, fewer than usual where some ended; and whether more follow."""
        there = filter(self.world.is_listed, places[first : first + LISTED])
        return [brief(self.world, place) for place in there], first + LISTED < len(places)

    def _with_status(self, places: range, status: str, first: int) -> tuple[Sequence[Brief], bool]:
        """Return the same of one status; all trials before have to be looked at."""
        there = (brief(self.world, place) for place in filter(self.world.is_listed, places))
        found = (known for known in there if known.status == STATUS_SLUGS[status])
        trials = list(islice(found, first, first + LISTED + 1))
        return trials[:LISTED], len(trials) > LISTED

    # --- robots and sitemaps ------------------------------------------------------------------------------------

    def _robots(self) -> str:
        return f"User-agent: *\nDisallow: /search\n\nSitemap: {self.base}/sitemap.xml\n"

    def _sitemap_index(self) -> str:
        entries = "".join(
            f"<sitemap><loc>{self.base}/sitemap-{number}.xml.gz</loc><lastmod>{day}</lastmod></sitemap>"
            for number, day in enumerate(self._changed_on, start=1)
        )
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex {_XMLNS}>{entries}</sitemapindex>\n'

    @cached_property
    def _changed_on(self) -> Sequence[date]:
        """The day on which each sitemap became another: of a trial's last change, or of its end."""
        children = range(1, -(-self.world.count // _IN_SITEMAP) + 1)
        return [
            max(self.world.ended_on(place) or self.world.changed_on(place) for place in self._in_sitemap(number))
            for number in children
        ]

    def _in_sitemap(self, number: int) -> range:
        """Return the places of the trials of a sitemap, those that ended among them."""
        return range(self.world.count)[(number - 1) * _IN_SITEMAP : number * _IN_SITEMAP]

    def _sitemap(self, number: int) -> Response:
        if (number - 1) * _IN_SITEMAP >= self.world.count:
            return _missing()
        entries = "".join(map(self._entry, filter(self.world.is_listed, self._in_sitemap(number))))
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {_XMLNS}>{entries}</urlset>\n'
        body = gzip.compress(text.encode(), mtime=0)
        return Response(HTTPStatus.OK, body, {"Content-Type": "application/gzip"})

    def _entry(self, place: int) -> str:
        """Return an address with the day of the trial's own last change.

        `Last-Modified` of its details page may be later, because that also prints the status of other trials, and is
        made anew with a new layout. A real site's sitemap knows the records, not what its pages show beside them.
        """
        location = self.base + TEMPLATES[PageKind.DETAILS].format(
            slug=self.world.topic(place).slug, nct_id=self.world.nct_id(place)
        )
        return f"<url><loc>{escape(location)}</loc><lastmod>{self.world.changed_on(place)}</lastmod></url>"


def _accepts_gzip(accepted: str) -> bool:
    """Whether a client takes gzip, by name or by `*`, with another weight than 0 (RFC 9110 §12.5.3).

    >>> [_accepts_gzip(text) for text in ("br, GZIP;q=0.5", "gzip;q=0", "x-gzip-2", "*", "*;q=0", "gzip, *;q=0")]
    [True, False, False, True, False, True]
    """
    codings = (each.partition(";") for each in accepted.lower().split(","))
    weights = {name.strip(): weight.replace(" ", "") for name, _, weight in codings}
    weight = weights.get("gzip", weights.get("*", "q=0"))
    return not re.fullmatch(r"q=0(\.0*)?", weight)


def _not_modified(tag: str, modified: str | None, headers: Mapping[str, str]) -> bool:
    """Whether what the client holds is current; If-None-Match decides alone where it is sent (RFC 9110 §13.2.2)."""
    if (tags := headers.get("If-None-Match")) is not None:
        return tags.strip() == "*" or tag in _TAG.findall(tags)
    since, changed = _moment(headers.get("If-Modified-Since")), _moment(modified)
    return since is not None and changed is not None and changed <= since


def _moment(text: str | None) -> datetime | None:
    """Return the moment that an HTTP date says in any of its three forms (RFC 9110 §5.6.7), or None.

    >>> _moment("Sun Nov  6 08:49:37 1994") == _moment("Sunday, 06-Nov-94 08:49:37 GMT")
    True
    """
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # asctime names no zone and means UTC


def plain_response(status: HTTPStatus, text: str) -> Response:
    """Return a page that says one thing under a status of its own."""
    return _html(plain_page(status.phrase, text), status)


def _html(text: str, status: HTTPStatus = HTTPStatus.OK, modified: datetime | None = None) -> Response:
    headers = {"Content-Type": _HTML}
    if modified is not None:
        headers["Last-Modified"] = format_datetime(modified, usegmt=True)
    return Response(status, text.encode(), headers)


def _file(text: str, kind: str) -> Response:
    return Response(HTTPStatus.OK, text.encode(), {"Content-Type": kind})


def _gone() -> Response:
    return plain_response(HTTPStatus.GONE, "This trial is no longer listed.")


def _missing() -> Response:
    return plain_response(HTTPStatus.NOT_FOUND, "There is no such page.")
