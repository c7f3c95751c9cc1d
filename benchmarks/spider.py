"""The usual spider of Scrapy for details pages in the first family of markup: every label, table and text.

It is run by Scrapy, in the venv of `benchmarks/peers.txt`; `-a addresses=FILE` says what to ask for.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy


class TrialsSpider(scrapy.Spider):  # type: ignore[misc]  # Scrapy is not in the venv that types are checked in
    """One line of JSON a page."""

    name = "trials"
    addresses: str

    async def start(self) -> AsyncIterator[Any]:
        """Ask for every address."""
        for url in Path(self.addresses).read_text("ascii").split():
            yield scrapy.Request(url)

    def parse(self, response: Any) -> Iterator[dict[str, Any]]:
        """Yield all texts of a page, as printed."""
        labels: dict[str, dict[str, str]] = {}
        tables: dict[str, list[dict[str, str]]] = {}
        texts: dict[str, list[str]] = {}
        for block in response.css("main > table, main > p"):
            section = block.xpath("string(preceding-sibling::h2[1])").get()
            if block.root.tag == "p":
                texts.setdefault(section, []).append(block.xpath("string()").get().strip())
            elif block.css("th[scope]"):
                rows = block.css("tr")
                labels[section] = {row.css("th::text").get(""): _text(row.css("td")) for row in rows}
            else:
                header = block.css("th::text").getall()
                rows = block.xpath(".//tr[td]")
                tables[section] = [dict(zip(header, map(_text, row.css("td")), strict=False)) for row in rows]
        related = [
            {"url": link.attrib["href"], "title": link.xpath("string()").get()}
            for link in response.xpath("//main/h2[.='See also']/following-sibling::table[1]//a")
        ]
        yield {
            "url": response.url,
            "title": response.css("title::text").get(),
            "canonical": response.css("link[rel=canonical]::attr(href)").get(),
            "labels": labels,
            "texts": texts,
            "tables": tables,
            "related": related,
        }


def _text(cell: Any) -> str:
    return "\n".join(cell.css("::text").getall()).strip()
