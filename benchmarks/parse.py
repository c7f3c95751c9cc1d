"""CPU time of reading a page, as a ratio to a bare lxml parse of the same page in the same run.

Each page is read by every reader in turn, so that the machine's mood falls on all alike. The median over the pages
of the ratio to `lxml.html.fromstring`, and to BeautifulSoup, is printed, not the time. BeautifulSoup and parsel stand
for the usual scripts: find each label's cell or term, take the text beside it, and the rows of every table.
"""

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it runs as a file, too

import lxml.html
from bs4 import BeautifulSoup
from parsel import Selector

from benchmarks.pages import RECORDS, pages
from normalizers.tidy import tidy
from parsers import parse, read_outline
from registry.labels import FIELDS
from registry.record import Page

_BARE = "bare lxml.html parse"
_USUAL = "BeautifulSoup on lxml, the usual script"
_LABELS = {field.labels[0] for field in FIELDS}


def soup(html: str) -> dict[str, str]:
    """The usual script, for tables and definition lists."""
    tree = BeautifulSoup(html, "lxml")
    found: dict[str, str] = {}
    for cell in tree.find_all(["th", "td", "dt", "div", "span", "strong", "b"]):
        label = cell.get_text(" ", strip=True).rstrip(":")
        if label in _LABELS and (value := cell.find_next_sibling()) is not None:
            found[label] = value.get_text(" ", strip=True)
    for table in tree.find_all("table"):
        for row in table.find_all("tr"):
            cells = [cell.get_text(" ", strip=True) for cell in row.find_all(["td", "th"])]
            found[cells[0] if cells else ""] = " | ".join(cells[1:])
    return found


def selectors(html: str) -> dict[str, str]:
    """The same script by selectors."""
    page = Selector(text=html)
    found: dict[str, str] = {}
    for cell in page.xpath("//th|//td|//dt|//div|//span|//strong|//b"):
        label = " ".join(cell.xpath(".//text()").getall()).strip().rstrip(":")
        if label in _LABELS and (value := cell.xpath("following-sibling::*[1]")):
            found[label] = " ".join(value.xpath(".//text()").getall()).strip()
    for row in page.xpath("//tr"):
        cells = [" ".join(cell.xpath(".//text()").getall()).strip() for cell in row.xpath("./th|./td")]
        found[cells[0] if cells else ""] = " | ".join(cells[1:])
    return found


def hand_tuned(html: str) -> dict[str, str]:
    """Selectors for one markup alone, that of the first family: what a careful script does until the page changes."""
    page = Selector(text=html)
    rows = page.css("main tr")
    labels = {row.css("th::text").get(""): row.css("td::text").get("") for row in rows}
    cells = [row.css("td ::text").getall() for row in rows]
    texts = page.css("main > p::text, main > h2::text").getall()
    return {**labels, "rows": str(len(cells)), "texts": "\n".join(texts)}


def whole(html: str) -> None:
    page = Page(html.encode())
    tidy(page, parse(page))


READERS: dict[str, Callable[[str], object]] = {
    _BARE: lxml.html.fromstring,
    "page to record": lambda html: parse(Page(html.encode())),  # first: it looks up the texts that nobody knows yet
    "page to outline": lambda html: read_outline(Page(html.encode())),
    "page to tables": whole,
    "parsel, the same script": selectors,
    "parsel, selectors for one markup": hand_tuned,
    _USUAL: soup,
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    options.add_argument("--pages", type=int, default=220, help="how many pages (default 220)")
    count = options.parse_args().pages
    given = pages(count)
    gc.collect()
    gc.freeze()  # what the run itself holds is no part of reading a page
    times: dict[str, list[int]] = {name: [] for name in READERS}
    for _, html in given:
        for name, read in READERS.items():
            start = time.process_time_ns()
            read(html)
            times[name].append(time.process_time_ns() - start)
    bare, usual = times[_BARE], times[_USUAL]
    size = statistics.median(len(html.encode()) for _, html in given)
    print(
        f"{count} pages of {'real records' if RECORDS.exists() else 'one made-up trial'}, median {size / 1024:.0f} KiB"
    )
    for name, taken in times.items():
        print(f"{_ratio(taken, bare):6.1f} × bare lxml   {_ratio(taken, usual):5.2f} × BeautifulSoup   {name}")


def _ratio(taken: list[int], other: list[int]) -> float:
    """Return the median over the pages."""
    return statistics.median(mine / theirs for mine, theirs in zip(taken, other, strict=True) if theirs)


if __name__ == "__main__":
    main()
