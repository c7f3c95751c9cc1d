"""`make shots`: pictures of the report and the explorer, light and dark, wide and narrow, to be looked at.

Both show nine nights of a small practice site; the pictures are in `shots/`.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from normalizers.builds import current_build
from scraper.ledger import now
from tests.browser import path_of_chromium
from tests.explored import explored_build
from tests.nights import Nights
from trials.build import Wanted, build
from trials.engines import in_processes
from trials.explore.metadata import TRIALS
from trials.explore.questions import QUESTIONS
from trials.morning.report import morning_report
from trials.practice.world import World

_TRIALS, _NIGHTS, _SHOWN = 60, (0, 1, 3, 9), 30
_SCHEMES = ("light", "dark")
_WIDTHS = {"wide": 1200, "narrow": 390}  # pixels


def main() -> None:
    """Make a store, and take the pictures."""
    path = path_of_chromium()
    if path is None:
        sys.exit("There is no Chromium here: apt-get install chromium.")
    shots = Path("shots")
    shutil.rmtree(shots, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        store = Path(name) / "store"
        _fill(store)
        (store / "report.html").write_text(morning_report(store, _SHOWN, now()), encoding="utf-8")
        published = current_build(store)
        assert published is not None
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        with explored_build(store, published) as base:
            pages = {"report": (store / "report.html").as_uri(), **dict(_explorer(base))}
            for shot, address in pages.items():
                _take(browser, address, shots / shot)
        browser.close()
    sys.stdout.write(f"{len(pages)} pages in {shots}\n")


def _fill(store: Path) -> None:
    nights = Nights(store)
    for night in _NIGHTS:
        nights.keep(World(1, _TRIALS, night))
    build(Wanted(store, str(store / "archive"), partial(in_processes, workers=1)))


def _explorer(base: str) -> Iterator[tuple[str, str]]:
    yield "first", f"{base}/trials"
    yield "trials", f"{base}{TRIALS}"
    yield "trial", f"{base}/trial/{World(1, _TRIALS, 0).nct_id(0)}"
    yield "row", f"{base}/trials/studies/{World(1, _TRIALS, 0).nct_id(0)}"
    yield "table", f"{base}/trials/problems"
    for question in QUESTIONS:
        yield question.name, f"{base}/trials/{question.name}#{question.plot}"


def _take(browser: Browser, address: str, into: Path) -> None:
    for width, pixels in _WIDTHS.items():
        for scheme in _SCHEMES:
            with browser.new_context(viewport={"width": pixels, "height": 900}) as context:
                page = context.new_page()
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                page.goto(address, wait_until="networkidle")
                page.screenshot(path=into / f"{width}-{scheme}.png", full_page=True)


if __name__ == "__main__":
    main()
