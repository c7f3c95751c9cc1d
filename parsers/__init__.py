"""Bytes → `Record`, or `Listing`. Pure: no clock, no path, no environment, no network."""

import re

from parsers.cut import take_out_cut, without_half_tag
from parsers.decode import Decoded, decode
from parsers.listing import Listing, is_listing, listing_of
from parsers.markup import read_html
from parsers.notices import is_notice, says_so
from parsers.outline import Outline
from parsers.plaintext import read_text
from parsers.trial_page import read_trial_page
from registry.errors import PageError, Reason
from registry.limits import MAX_BYTES
from registry.record import Page, Record

_HTML = re.compile(
    r"<(?:!doctype|html|head|meta|title|body|main|article|section|div|table|h[1-6]|dl|ul|p|span)\b",
    re.IGNORECASE,
)
_SNIFFED = 4096  # characters in which a page shows its markup
_CONTROLS = bytes([*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
_MOST_CONTROLS = 0.02  # share of control characters above which bytes are no text


def parse(page: Page) -> Record:
    """Return what the page says.

    Raises PageError, with its reason, for bytes that are no trial page, for a page cut short, and for one of another
    trial than asked for. A text extraction, and a page that a corpus cut, are read as far as they go, and are never
    complete.
    """
    decoded, outline = read_outline(page)
    if page.truncated is None:  # else its sections may stand behind the cut
        _refuse_listing(page, decoded, outline)
    try:
        record = read_trial_page(outline, decoded, page.url)
    except PageError as error:
        if error.reason is Reason.NOT_A_TRIAL_PAGE and page.truncated is not None:
            message = "It was cut before its 'NCT number', if it is a page of a trial. Look for another capture of it."
            raise PageError(Reason.INCOMPLETE_PAGE, message) from error
        if error.reason is Reason.NOT_A_TRIAL_PAGE and is_html(decoded.text) and is_notice(outline, decoded.text):
            raise PageError(
                Reason.SOFT_ERROR,
                "It has no heading of a trial page: it is a notice, such as of maintenance, a login, a check for robots"
                " or 'not found'. Fetch or save the page again later.",
            ) from error
        raise
    if page.requested_id and page.requested_id != record.nct_id:
        raise PageError(Reason.ID_MISMATCH, f"It is the page of {record.nct_id}, not of {page.requested_id}.")
    return record


def _refuse_listing(page: Page, decoded: Decoded, outline: Outline) -> None:
    """Say of a page without any section of a trial, but with links to trials, that it is a listing.

    A notice may link to a trial too, such as the one that is gone.
    """
    if not is_listing(outline) or not is_html(decoded.text):
        return
    count = len(listing_of(decoded.text, page.url).trials)
    if count > 1 or (count and not says_so(decoded.text)):
        message = f"It is a listing that names {count} trial{'s' if count > 1 else ''}. Give the page of one trial."
        raise PageError(Reason.NOT_A_TRIAL_PAGE, message)


def read_listing(page: Page) -> Listing:
    """Return what a listing page names; PageError if it is cut short, of a trial, a notice, or names no trial."""
    decoded, outline = read_outline(page)
    if not is_listing(outline):
        raise PageError(Reason.OTHER_KIND, "It has the sections of a page of a trial, so it is no listing. Parse it.")
    listing = listing_of(decoded.text, page.url)
    if len(listing.trials) <= 1 and says_so(decoded.text):
        message = "It is a notice, such as of maintenance or 'not found', and no listing. Fetch or save it again later."
        raise PageError(Reason.SOFT_ERROR, message)
    if not listing.trials:
        raise PageError(Reason.NOT_A_TRIAL_PAGE, "It links to no trial, so it is no listing. Give the listing itself.")
    return listing


def is_html(text: str) -> bool:
    """Whether a text shows its markup at its beginning."""
    return _HTML.search(text, 0, _SNIFFED) is not None


def read_outline(page: Page, *, may_be_cut: bool = False) -> tuple[Decoded, Outline]:
    """Return the text of a page and its outline; PageError if it is empty, binary, too large or, else, cut short."""
    if not page.body.strip():
        raise PageError(Reason.EMPTY, "It is empty. Fetch or save the page again.")
    if len(page.body) > MAX_BYTES:
        raise PageError(Reason.TOO_LARGE, f"It has more than {MAX_BYTES:,} bytes; no trial page has.")
    content_type = next((value for name, value in page.headers.items() if name.lower() == "content-type"), "")
    decoded = decode(page.body, content_type, is_cut=page.truncated is not None)
    sample = decoded.text[:_SNIFFED].encode("utf-8", "replace")
    if len(sample) - len(sample.translate(None, _CONTROLS)) > _MOST_CONTROLS * len(decoded.text[:_SNIFFED]):
        raise PageError(Reason.BINARY, "It is binary, neither HTML nor text. Give the saved page itself.")
    if not is_html(decoded.text):
        return decoded, read_text(decoded.text)
    outline = read_html(decoded.text if page.truncated is None else without_half_tag(decoded.text))
    if page.truncated is not None:
        take_out_cut(outline)
    elif not (outline.complete or may_be_cut):
        raise PageError(
            Reason.INCOMPLETE_PAGE,
            "It is cut short, or several pages in one: HTML that does not end with its first </html>. Fetch or save the"
            " page again.",
        )
    return decoded, outline
