"""A listing page → the trials that it names, in page order, and the address of the next page.

It is read by its links, in any markup. A link names a trial by its address, else by its text; links to other hosts
name none: an advertisement, or the registry itself, is no entry of this site. Links in the site's frame (`nav`,
`aside`, …) are left out. A frame may also be made of bare cells: links alike share their path of elements, and where
the rows of one such group print a status, those of a group without any are the frame's.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from parsers.decode import decode
from parsers.head import read_head
from parsers.markup import read_html
from parsers.outline import Outline
from registry.errors import PageError, Reason
from registry.labels import TITLE_BLOCK
from registry.nct_id import NCT_ID, PLACEHOLDER, is_nct_id
from registry.record import Page
from registry.vocabularies import code
from registry.wording import fold

_FRAME = frozenset({"nav", "aside", "header", "footer", "form", "dialog"})
_FRAME_ROLES = frozenset({"navigation", "complementary", "search", "banner", "contentinfo", "dialog"})
_NEXT = frozenset(
    {"next", "next page", "next ›", "next »", "next >", "next →", "›", "»", ">", "→", "older", "older trials"}
)
_PAGE_IN_ADDRESS = re.compile(r"(?:[?&]page=|/page/)([0-9]{1,7})\b")
_ID_AND_DASH = re.compile(r"^NCT[0-9]{8}\s*(?:[-–—:|]\s*)?", re.IGNORECASE)
_ID_LENGTH = len(PLACEHOLDER)
_MANY = ""  # stands for several ids


@dataclass(frozen=True, slots=True)
class ListedTrial:
    """One trial of a listing; `title` and `status` as printed, None where they are not. `text` is that of its link."""

    nct_id: str
    url: str | None
    title: str | None
    status: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The trials of a page, each once, in its order; `next_page` is an address on the same host, None for none."""

    trials: tuple[ListedTrial, ...]
    next_page: str | None


@dataclass(frozen=True, slots=True)
class _Link:
    """A link: the trial that it names outside the frame, and its address on this site; None for none."""

    nct_id: str | None
    url: str | None
    text: str
    relations: str
    around: tuple[LexborNode, ...]  # the link itself, then what holds it

    @property
    def shape(self) -> tuple[str, ...]:
        """The tags around the link."""
        return tuple(str(node.tag) for node in self.around)


def read_listing(page: Page) -> Listing:
    """Return what a listing page names; PageError if it is no HTML page, a page of a trial, or names no trial."""
    content_type = next((value for name, value in page.headers.items() if name.lower() == "content-type"), "")
    text = decode(page.body, content_type).text
    if not is_listing(read_html(text)):
        raise PageError(Reason.OTHER_KIND, "It has the sections of a page of a trial, so it is no listing. Parse it.")
    listing = listing_of(text, page.url)
    if not listing.trials:
        raise PageError(Reason.NOT_A_TRIAL_PAGE, "It links to no trial, so it is no listing. Give the listing itself.")
    return listing


def is_listing(outline: Outline) -> bool:
    """Whether a page has none of the sections of a page of a trial: See also alone makes no listing."""
    return all(part.name in (None, TITLE_BLOCK) for part in outline.parts)


def listing_of(text: str, url: str | None) -> Listing:
    """Return the trials that an HTML page links to, outside its frame; `read_html` has checked its limits."""
    head = read_head(text)
    here = url or head.canonical
    base = safe_address(head.base, here) or here
    body = LexborHTMLParser(text.replace("\x00", "\ufffd")).body
    links = list(_links(body, base)) if body is not None else []
    return Listing(_trials(links), _next_page(links, head.next_page, here, base))


def safe_address(link: str | None, base: str | None) -> str | None:
    """Return a link as an absolute http(s) address on the host of `base`, without its fragment; None for any other.

    A user name, a backslash or a character that cannot be shown is no part of an honest address.

    >>> safe_address("?page=2", "https://example.org/gout/"), safe_address("//other.org/", "https://example.org/")
    ('https://example.org/gout/?page=2', None)
    """
    link = (link or "").strip(" \t\r\n\f")
    if not link or not base or not link.isprintable() or "\\" in link:
        return None
    try:
        parts, home = urlsplit(urljoin(base, link)), urlsplit(base)
        is_ours = parts.scheme in ("http", "https") and (parts.hostname, parts.port) == (home.hostname, home.port)
    except ValueError:
        return None
    is_downgrade = (home.scheme, parts.scheme) == ("https", "http")
    is_plain = is_ours and parts.hostname and "@" not in parts.netloc and not is_downgrade
    return parts._replace(fragment="").geturl().replace(" ", "%20") if is_plain else None


def _links(body: LexborNode, base: str | None) -> Iterator[_Link]:
    for node in body.css("a[href]"):
        around = tuple(_ancestors(node))
        is_frame = any(_is_frame(each) for each in around)
        href = (node.attributes.get("href") or "").strip()
        url, text = safe_address(href, base), " ".join(node.text(separator=" ").split())
        is_ours = url is not None or (base is None and not re.match(r"[a-z][a-z0-9+.-]*:|//|\\", href, re.IGNORECASE))
        ids = _ids(urlsplit(url).path if url else href) or _ids(text) if is_ours and not is_frame else []
        yield _Link(ids[0] if len(ids) == 1 else None, url, text, node.attributes.get("rel") or "", around)


def _ancestors(node: LexborNode) -> Iterator[LexborNode]:
    each: LexborNode | None = node
    while each is not None and each.tag != "body":
        yield each
        each = each.parent


def _is_frame(node: LexborNode) -> bool:
    return node.tag in _FRAME or (node.attributes.get("role") or "") in _FRAME_ROLES


def _ids(text: str) -> list[str]:
    return list(dict.fromkeys(found for found in NCT_ID.findall(text.upper()) if is_nct_id(found)))


# --- trials -----------------------------------------------------------------------------------------------------


def _trials(links: Sequence[_Link]) -> tuple[ListedTrial, ...]:
    """Return each trial once, where its first link stands, with the first address that a link to it has."""
    named = [link for link in links if link.nct_id]
    rows = _rows(named)
    with_status = {link.shape for link, lines in zip(named, rows, strict=True) if _status(lines)}
    of_trials: dict[str, list[tuple[_Link, list[str]]]] = {}
    for link, lines in zip(named, rows, strict=True):
        if not with_status or link.shape in with_status:
            of_trials.setdefault(str(link.nct_id), []).append((link, lines))
    found = [_printed(nct_id, own) for nct_id, own in of_trials.items()]
    said = Counter(trial.title for trial in found)
    return tuple(replace(each, title=each.title if said[each.title] == 1 else None) for each in found)  # not `View`


def _rows(links: Sequence[_Link]) -> list[list[str]]:
    """Return for each link the lines of the largest element around it that holds no other trial."""
    owners: dict[int, str] = {}  # keyed by an element's place in memory
    for link in links:
        for node in link.around:
            if owners.setdefault(node.mem_id, str(link.nct_id)) != link.nct_id:
                owners[node.mem_id] = _MANY
    lines: dict[int, list[str]] = {}
    rows = []
    for link in links:
        row = next((node for node in reversed(link.around) if owners[node.mem_id] == link.nct_id), link.around[0])
        if row.mem_id not in lines:
            lines[row.mem_id] = [" ".join(line.split()) for line in row.text(separator="\n").split("\n")]
        rows.append(lines[row.mem_id])
    return rows


def _status(lines: Sequence[str]) -> str | None:
    """Return the first status that a line is, or ends in behind its label."""
    values = (line.rpartition(":")[2].strip() for line in lines)
    return next((text for text in values if text and code("overall_status", text)), None)


def _printed(nct_id: str, links: Sequence[tuple[_Link, list[str]]]) -> ListedTrial:
    texts = [link.text for link, _ in links]
    candidates = (*texts, *links[0][1])
    behind_id = (_ID_AND_DASH.sub("", text) for text in candidates if _ids(text[:_ID_LENGTH]) == [nct_id])
    others = (text for text in texts if not _ids(text))
    return ListedTrial(
        nct_id,
        url=next((link.url for link, _ in links if link.url), None),
        title=next(filter(None, (*behind_id, *others)), None),
        status=_status(links[0][1]),
        text=texts[0],
    )


# --- the next page ----------------------------------------------------------------------------------------------


def _next_page(links: Sequence[_Link], in_head: str | None, here: str | None, base: str | None) -> str | None:
    """Return the address of the next page: by its relation, else by its link's text, else by the number of the page."""
    number = _page_number(here) + 1
    related = (link.url for link in links if "next" in link.relations.lower().split())
    called = (link.url for link in links if fold(link.text) in _NEXT)
    counted = (link.url for link in links if link.text == str(number) and _page_number(link.url) == number)
    candidates = (safe_address(in_head, base), *related, *called, *counted)
    return next((url for url in candidates if url and url != here), None)


def _page_number(url: str | None) -> int:
    match = _PAGE_IN_ADDRESS.search(url or "")
    return int(match[1]) if match else 1
