"""A listing page → the trials that it names, in page order, and the address of the next page.

It is read by its links, in any markup. A link names a trial by its address, else by its text; links to other hosts
name none: an advertisement, or the registry itself, is no entry of this site. Links in the site's frame (`nav`,
`aside`, the page's own `header` …) are left out. A frame may also be made of bare cells: where entries print a status,
a link without one is the frame's if it stands outside the element around them, on another path of elements.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from parsers.head import read_head
from parsers.outline import Outline
from parsers.texts import one_line
from registry.labels import CONDITIONS, INTERVENTION, LOCATIONS, SPONSORS, TITLE_BLOCK
from registry.nct_id import NCT_ID, PLACEHOLDER, is_nct_id
from registry.vocabularies import code
from registry.wording import fold

_FILTERS = frozenset({CONDITIONS, INTERVENTION, LOCATIONS, SPONSORS})  # what a listing may offer to choose by
_FRAME = frozenset({"nav", "aside", "dialog", "navigation", "complementary", "search", "banner", "contentinfo"})
_ENDS_OF_PAGE = frozenset({"header", "footer"})  # unless they are those of an entry (HTML: "sectioning content")
_SECTIONS = frozenset({"article", "section", "main"})
_INLINE = frozenset(
    "a abbr b bdi big cite code del em font i ins kbd mark nobr q s small span strong sub sup time tt u var wbr".split()
)
_EXPONENT = re.compile(r"[-+−]?[0-9]+")
_NEXT = frozenset(
    {"next", "next page", "next ›", "next »", "next >", "next →", "›", "»", ">", "→", "older", "older trials"}
)
_PAGE_IN_ADDRESS = re.compile(r"(?:[?&](?:page|paged|pageno|page_no|pagenum|pg|p)=|/page[/-])([0-9]{1,7})\b")
_ID_AND_DASH = re.compile(r"^NCT[0-9]{8}\s*(?:[-–—:|]\s*)?", re.IGNORECASE)
_ID_LENGTH = len(PLACEHOLDER)
_MANY = ""  # stands for several ids
_FEWEST = 2  # entries with a status that show which element is around them


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


@dataclass(frozen=True, slots=True)
class _Row:
    """What stands around a link and around no other trial: its lines, and the first status that is one of its texts."""

    lines: tuple[str, ...]
    status: str | None


def is_listing(outline: Outline) -> bool:
    """Whether a page has none of the sections of a page of a trial: See also alone makes no listing."""
    return {part.name for part in outline.parts} <= {None, TITLE_BLOCK, *_FILTERS}


def listing_of(text: str, url: str | None) -> Listing:
    """Return the trials that an HTML page links to, outside its frame; `read_outline` has checked its limits."""
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
        is_ours = parts.scheme in ("http", "https") and _host(parts) == _host(home)
    except ValueError:
        return None
    is_downgrade = (home.scheme, parts.scheme) == ("https", "http")
    is_plain = is_ours and parts.hostname and "@" not in parts.netloc and not is_downgrade
    return parts._replace(fragment="").geturl().replace(" ", "%20") if is_plain else None


def _host(parts: SplitResult) -> tuple[str | None, int | None]:
    """Return host and port, None for the port that the scheme means anyhow."""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.hostname, None if parts.port == usual else parts.port


def _links(body: LexborNode, base: str | None) -> Iterator[_Link]:
    for node in body.css("a[href]"):
        around = tuple(_ancestors(node))
        href = (node.attributes.get("href") or "").strip()
        url, text = safe_address(href, base), " ".join(_lines(node)) or _name(node)
        is_ours = url is not None or (base is None and not re.match(r"[a-z][a-z0-9+.-]*:|//|\\", href, re.IGNORECASE))
        may_name = is_ours and not _is_in_frame(around)
        ids = (_ids(urlsplit(url).path if url else href) or _ids(text)) if may_name else []
        yield _Link(ids[0] if len(ids) == 1 else None, url, text, node.attributes.get("rel") or "", around)


def _ancestors(node: LexborNode) -> Iterator[LexborNode]:
    each: LexborNode | None = node
    while each is not None and each.tag != "body":
        yield each
        each = each.parent


def _is_in_frame(around: Sequence[LexborNode]) -> bool:
    """Whether a link stands in the site's frame; headers and footers of entries are none of it."""
    in_section = False
    for node in reversed(around):
        if {str(node.tag), node.attributes.get("role") or ""} & _FRAME or (
            node.tag in _ENDS_OF_PAGE and not in_section
        ):
            return True
        in_section = in_section or node.tag in _SECTIONS
    return False


def _ids(text: str) -> list[str]:
    return list(dict.fromkeys(found for found in NCT_ID.findall(text.upper()) if is_nct_id(found)))


# --- texts ------------------------------------------------------------------------------------------------------


def _lines(node: LexborNode) -> list[str]:
    """Return the lines of an element; only those that are no inline elements break them."""
    pieces: list[str] = []
    _add_pieces(node, pieces)
    return [line for piece in "".join(pieces).split("\x00") if (line := one_line(piece))]


def _add_pieces(node: LexborNode, pieces: list[str]) -> None:
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            text = child.text_content or ""
            is_power = node.tag == "sup" and _EXPONENT.fullmatch(text) and pieces and pieces[-1][-1:].isdigit()
            pieces.append(f"^{text}" if is_power else text)
        elif child.tag in _INLINE:
            _add_pieces(child, pieces)
        elif child.tag not in ("script", "style", "template"):
            pieces.append("\x00")
            _add_pieces(child, pieces)
            pieces.append("\x00")


def _name(node: LexborNode) -> str:
    """Return the name of a link without text: its own label, or that of its picture."""
    pictures = (picture.attributes.get("alt") for picture in node.css("img[alt]"))
    names = (node.attributes.get("aria-label"), node.attributes.get("title"), *pictures)
    return one_line(next(filter(None, names), ""))


# --- trials -----------------------------------------------------------------------------------------------------


def _trials(links: Sequence[_Link]) -> tuple[ListedTrial, ...]:
    """Return each trial once, where its first link stands, with the first address that a link to it has."""
    named = [link for link in links if link.nct_id]
    of_trials: dict[str, list[tuple[_Link, _Row]]] = {}
    for link, row in _entries(named, _rows(named)):
        of_trials.setdefault(str(link.nct_id), []).append((link, row))
    said = Counter(text for own in of_trials.values() for text in {link.text for link, _ in own})
    return tuple(_printed(nct_id, own, said) for nct_id, own in of_trials.items())


def _rows(links: Sequence[_Link]) -> list[_Row]:
    """Return for each link what the largest element around it prints that holds no other trial."""
    owners: dict[int, str] = {}  # keyed by an element's place in memory
    for link in links:
        for node in link.around:
            if owners.setdefault(node.mem_id, str(link.nct_id)) != link.nct_id:
                owners[node.mem_id] = _MANY
    known: dict[int, _Row] = {}
    rows = []
    for link in links:
        node = next((each for each in reversed(link.around) if owners[each.mem_id] == link.nct_id), link.around[0])
        if node.mem_id not in known:
            lines = _lines(node)
            runs = [one_line(run) for run in node.text(separator="\n").split("\n")]
            known[node.mem_id] = _Row(tuple(lines), _status((*lines, *runs)))
        rows.append(known[node.mem_id])
    return rows


def _status(texts: Iterable[str]) -> str | None:
    """Return the first status that a text is, or ends in behind its label."""
    values = (text.rpartition(":")[2].strip() for text in texts)
    return next((text for text in values if text and code("overall_status", text)), None)


def _entries(links: Sequence[_Link], rows: Sequence[_Row]) -> Iterator[tuple[_Link, _Row]]:
    """Yield the links that are entries of the listing, and not of a frame made of bare cells."""
    with_status = [link for link, row in zip(links, rows, strict=True) if row.status]
    shapes = {link.shape for link in with_status}
    inside = _shared(with_status) if len({link.nct_id for link in with_status}) >= _FEWEST else None
    for link, row in zip(links, rows, strict=True):
        is_inside = inside is not None and inside <= {node.mem_id for node in link.around}
        if not with_status or link.shape in shapes or is_inside:
            yield link, row


def _shared(links: Sequence[_Link]) -> set[int]:
    """Return the elements around all of the links."""
    return set.intersection(*({node.mem_id for node in link.around} for link in links))


def _printed(nct_id: str, links: Sequence[tuple[_Link, _Row]], said: Counter[str]) -> ListedTrial:
    """Return a trial as its links and its row print it; what the links of several trials say (`View`) is no title."""
    texts = [link.text for link, _ in links]
    row = links[0][1]
    behind_id = (_ID_AND_DASH.sub("", text) for text in (*texts, *row.lines) if _ids(text[:_ID_LENGTH]) == [nct_id])
    others = (text for text in texts if said[text] == 1 and not _ids(text))
    return ListedTrial(
        nct_id,
        url=next((link.url for link, _ in links if link.url), None),
        title=next(filter(None, (*behind_id, *others)), None),
        status=row.status,
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
