"""The pages of a list of addresses by Scrapy: `scrapy runspider spider.py -s JOBDIR=job -o rows.jsonl < addresses`."""

import hashlib
import sys
from collections.abc import Iterator
from typing import Any

import scrapy


class Pages(scrapy.Spider):  # type: ignore[misc]
    """One row a page: its address, its title, the hash of its body."""

    name = "pages"
    start_urls = tuple(sys.stdin.read().split())

    def parse(self, response: Any) -> Iterator[dict[str, str | None]]:
        """Yield the row of a page."""
        yield {
            "url": response.request.meta.get("redirect_urls", [response.url])[0],
            "title": response.css("title::text").get(),
            "sha256": hashlib.sha256(response.body).hexdigest(),
        }
