"""Faults of content: answers that are good HTTP and not what was asked for.

The first line of each docstring is what `trials practice --list-faults` says; parameters are those of the function.
"""

import gzip
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus

from scraper.site import TEMPLATES, read_address
from trials.practice.pages import plain_page
from trials.practice.site import Response, plain_response
from trials.practice.steps import Asked

_HTML = "text/html; charset=utf-8"
_HOP = re.compile(r"[?&]hop=([0-9]{1,6})$")

FORMS: Mapping[str, Callable[[datetime], str]] = {
    "imf": lambda at: format_datetime(at, usegmt=True),
    "rfc850": lambda at: at.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
    "asctime": lambda at: at.strftime("%a %b %e %H:%M:%S %Y"),
}
"""The three forms of an HTTP date (RFC 9110 §5.6.7), each from a moment in UTC."""

NOTICES: Mapping[str, bytes] = {
    "maintenance": plain_page("Down for maintenance", "We are back at six in the morning.").encode(),
    "captcha": plain_page("Just a moment", "Verify that you are human: type the five letters of the picture.").encode(),
    "login": plain_page("Log in", "Your session has expired. Log in to see this page.").encode(),
    "missing": plain_page("Page not found", "The page that you look for does not exist any more.").encode(),
    "bare": b"<!DOCTYPE html><html><head><title></title></head><body></body></html>",
}
"""Bodies that a site sends at status 200 in the place of a page."""


# --- content codings --------------------------------------------------------------------------------------------


def gzip_chain(asked: Asked, count: int = 6) -> Response:
    """The body is packed by gzip `count` times over, and Content-Encoding says so."""
    body = asked.right.body
    for _ in range(count):
        body = gzip.compress(body, mtime=0)
    return _changed(asked, body, {"Content-Encoding": ", ".join(["gzip"] * count)})


def false_gzip(asked: Asked) -> Response:
    """Content-Encoding says gzip, the body is not packed."""
    return _changed(asked, asked.right.body, {"Content-Encoding": "gzip"})


def unknown_coding(asked: Asked) -> Response:
    """Content-Encoding says x-practice, which nobody knows; the body is not packed."""
    return _changed(asked, asked.right.body, {"Content-Encoding": "x-practice"})


# --- statuses ---------------------------------------------------------------------------------------------------


def status(asked: Asked, status: int = 503, retry_after: str | None = None, location: str | None = None) -> Response:
    """A status, with the text of a Retry-After and with a Location if they are given."""
    del asked
    given = {"Retry-After": retry_after, "Location": location}
    return _said(status, {name: value for name, value in given.items() if value is not None})


def retry_date(asked: Asked, seconds: float = 120.0, form: str = "imf", status: int = 503) -> Response:
    """A status, with a Retry-After that is the date in `seconds` from now: form imf, rfc850 or asctime."""
    del asked
    moment = math.ceil(datetime.now(UTC).timestamp() + seconds)
    return _said(status, {"Retry-After": FORMS[form](datetime.fromtimestamp(moment, UTC))})


def not_modified(asked: Asked) -> Response:
    """304 to every request, conditional or not, with the ETag of the right answer."""
    return Response(HTTPStatus.NOT_MODIFIED, b"", _validators(asked))


def not_modified_other_tag(asked: Asked) -> Response:
    """304 to every request, with an ETag that no answer ever had."""
    return Response(HTTPStatus.NOT_MODIFIED, b"", {**_validators(asked), "ETag": '"another"'})


def weak_tag(asked: Asked) -> Response:
    """The right answer to the request and its conditions, with a weak ETag."""
    right = asked.site.respond(asked.target, asked.headers)
    tag = {"ETag": f"W/{right.headers['ETag']}"} if "ETag" in right.headers else {}
    return Response(right.status, right.body, {**right.headers, **tag})


def partial(asked: Asked) -> Response:
    """206 with the first half of the body, which was not asked for in parts."""
    body = asked.right.body
    half = max(1, len(body) // 2)
    content_range = {"Content-Range": f"bytes 0-{half - 1}/{len(body)}"}
    return _changed(asked, body[:half], content_range, HTTPStatus.PARTIAL_CONTENT)


def no_content(asked: Asked) -> Response:
    """204 without a body."""
    del asked
    return Response(HTTPStatus.NO_CONTENT, b"")


# --- redirects --------------------------------------------------------------------------------------------------


def redirect(asked: Asked, location: str, status: int = 302) -> Response:
    """A status with a Location, whatever that is: another host, another scheme, no address."""
    del asked
    return _said(status, {"Location": location})


def redirects(asked: Asked, count: int = 6, status: int = 302) -> Response:
    """`count` redirects one after the other within the site, then the right answer."""
    done = hops(asked.target)
    if done >= count:
        return asked.right
    start = _HOP.sub("", asked.target)
    return _said(status, {"Location": f"{start}{'&' if '?' in start else '?'}hop={done + 1}"})


def redirect_loop(asked: Asked, status: int = 302) -> Response:
    """A redirect to the address that was asked for."""
    return _said(status, {"Location": asked.target})


def hops(target: str) -> int:
    """Return how many redirects of `redirects` led to a target; 0 if none did."""
    match = _HOP.search(target)
    return int(match[1]) if match else 0


# --- bodies at status 200 ---------------------------------------------------------------------------------------


def empty_body(asked: Asked) -> Response:
    """200 with the right headers and a body of no bytes."""
    return _changed(asked, b"", {}, HTTPStatus.OK)


def pdf(asked: Asked) -> Response:
    """200 with a body that is, and is called, application/pdf."""
    del asked
    return Response(HTTPStatus.OK, b"%PDF-1.4\n%%EOF\n", {"Content-Type": "application/pdf"})


def json(asked: Asked) -> Response:
    """200 with a body that is, and is called, application/json."""
    del asked
    return Response(HTTPStatus.OK, b'{"results": []}\n', {"Content-Type": "application/json"})


def other_trial(asked: Asked) -> Response:
    """200 with the page of the next trial, under the address of this one; of another address the right answer."""
    found, world = read_address(f"{asked.site.base}{asked.target}"), asked.site.world
    place = world.place_of(found.nct_id) if found else None
    if found is None or place is None:
        return asked.right
    other = next(each for step in range(1, world.count + 1) if world.is_listed(each := (place + step) % world.count))
    slug, nct_id = world.topic(other).slug, world.nct_id(other)
    return asked.site.respond(TEMPLATES[found.kind].format(slug=slug, nct_id=nct_id), {})


def soft_error(asked: Asked, notice: str | None = None) -> Response:
    """200 with a notice: maintenance, captcha, login, missing or bare; drawn for each request if none is named."""
    return Response(HTTPStatus.OK, NOTICES[notice or asked.draw.choice(tuple(NOTICES))], {"Content-Type": _HTML})


def literal(asked: Asked, file: bytes) -> Response:
    """200 with the bytes of this file, under the right Content-Type."""
    return Response(HTTPStatus.OK, file, {"Content-Type": asked.right.headers.get("Content-Type", _HTML)})


# --- responses --------------------------------------------------------------------------------------------------


def _changed(asked: Asked, body: bytes, headers: Mapping[str, str], status: HTTPStatus | None = None) -> Response:
    """Return the right answer with another body, and with these headers besides its own."""
    right = asked.right
    return Response(status or right.status, body, {**right.headers, **headers})


def _said(status: int, headers: Mapping[str, str]) -> Response:
    """Return an answer that is its status; 204 and 304 have no body (RFC 9110 §15.3.5, §15.4.5)."""
    known = HTTPStatus(status)
    if known in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        return Response(known, b"", headers)
    plain = plain_response(known, "The practice site was told to answer so.")
    return Response(known, plain.body, {**plain.headers, **headers})


def _validators(asked: Asked) -> dict[str, str]:
    """Return what a 304 has of the right answer's headers (RFC 9110 §15.4.5)."""
    return {name: value for name, value in asked.right.headers.items() if name in ("ETag", "Last-Modified", "Vary")}
