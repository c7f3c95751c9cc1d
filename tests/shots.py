"""`make shots`: pictures of the report and the explorer, light and dark, wide and narrow, to be looked at.

Both show nights of a small practice site; the report is also taken after a night whose layout was another, and printed.
The pictures are in `shots/`.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.nights import night
from normalizers.builds import current_build
from scraper.ledger import as_time
from tests.browser import path_of_chromium
from tests.explored import explored_build
from trials.explore.metadata import TRIALS
from trials.explore.questions import QUESTIONS
from trials.morning.report import morning_report
from trials.practice.server import serving
from trials.practice.world import World
from trials.report import PAGE, reports_of
from trials.settings import check

_TRIALS, _NIGHTS, _SHOWN = 100, 6, 30
_WORLD = World(trials=_TRIALS, pace=30)
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
        good, bad = _stores(Path(name))
        published = current_build(good)
        assert published is not None, "good nights publish"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        with explored_build(good, published) as base:
            pages = {"report": _report(good), "report-bad": _report(bad), **dict(_explorer(base))}
            for shot, address in pages.items():
                _take(browser, address, shots / shot)
        browser.close()
    sys.stdout.write(f"{len(pages)} pages in {shots}\n")


def _stores(folder: Path) -> tuple[Path, Path]:
    """Return a store after good nights, and a copy of it after one more whose layout is another."""
    with serving(_WORLD) as site:
        for number in range(_NIGHTS):
            site.world = replace(_WORLD, night=number)
            night(site.world, check({"site": site.base, "store": folder / "good", "requests": 2 * _TRIALS}))
        shutil.copytree(folder / "good", folder / "bad", symlinks=True)
        site.world = replace(_WORLD, night=_NIGHTS, drift="rename_label")
        night(site.world, check({"site": site.base, "store": folder / "bad"}))
    return folder / "good", folder / "bad"


def _report(store: Path) -> str:
    """Write the morning report of the last night, and return its address."""
    began = as_time(next(reports_of(store)).started_at)
    assert began is not None, "a report says when its night began"
    page = store / PAGE
    page.write_text(morning_report(store, _SHOWN, began + timedelta(hours=5)), encoding="utf-8")
    return page.as_uri()


def _explorer(base: str) -> Iterator[tuple[str, str]]:
    yield "first", f"{base}/trials"
    yield "trials", f"{base}{TRIALS}"
    yield "trial", f"{base}/trial/{_WORLD.nct_id(0)}"
    yield "row", f"{base}/trials/studies/{_WORLD.nct_id(0)}"
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
                if address.startswith("file:") and (width, scheme) == ("wide", "light"):
                    page.pdf(path=into / "printed.pdf", format="A4")


if __name__ == "__main__":
    main()
