"""The system's Chromium for tests of pages: no tab may end with a script error, or with a request to elsewhere.

A machine without Chromium skips what needs it; `apt-get install chromium` is all there is to do.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_HERE = ("", "127.0.0.1", "localhost")  # hosts; a file and a `data:` image have none


@dataclass
class Tab:
    """A tab of the browser, with what went wrong in it: texts of errors, and what was asked for elsewhere."""

    page: Page
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} {message.location.get('url', '')}")

    def _see(self, request: Request) -> None:
        if (urlsplit(request.url).hostname or "") not in _HERE:
            self.elsewhere.append(request.url)

    def violations(self) -> list[str]:
        """Return what axe-core finds against WCAG and its best practices: the rule, and the first element of each."""
        found = Axe().run(self.page).response["violations"]
        return [f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}" for each in found]


def path_of_chromium() -> str | None:
    """Return where the system's Chromium is; None if there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = path_of_chromium()
    if path is None:
        pytest.skip("There is no Chromium here: apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Tab]:
    with chromium.new_context() as context:
        opened = Tab(context.new_page())
        yield opened
        assert not opened.errors
        assert not opened.elsewhere
