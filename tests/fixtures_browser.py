"""A real browser for the tests: Debian's Chromium, driven by Playwright, and windows of it for the cast."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.fixtures_server import Portal

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PACKAGES = {
    "zbarimg": "zbar-tools",
    "pdftotext": "poppler-utils",
    "pdftohtml": "poppler-utils",
    "soffice": "libreoffice-writer-nogui",
    "clamd": "clamav-daemon",
}
OWN = ("data:", "blob:", "about:", "chrome:", "chrome-extension:")  # what its viewer of PDFs asks for
# What the browser says of an answer that is not 200: tests that bring one about look at the page themselves.
EXPECTED = ("Failed to load resource", "net::ERR_", "Failed to fetch")


def need(*tools: str) -> str:
    """Where the first of ``tools`` that is installed lies. Without it: skipped on a desk, a failure in CI."""
    for tool in tools:
        if found := shutil.which(tool):
            return found
    package = PACKAGES.get(tools[0], tools[0])
    message = f"{tools[0].upper()} NOT FOUND: THESE TESTS DID NOT RUN. Install it: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="module")
def chromium(demo_template: str) -> Iterator[Browser]:
    """The browser.

    Playwright keeps an event loop running in this thread. So the demo, which is loaded with loops of its own, comes
    first, and the browser goes with its module, before other modules run theirs.
    """
    found = need("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class Windows:
    """Windows on ``portal``, each a browser of its own. A page that complains to its console is a fault."""

    def __init__(self, browser: Browser, portal: Portal) -> None:
        self.browser, self.portal = browser, portal
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.strangers: list[str] = []

    def open(self, who: str | httpx2.Client = "", path: str = "/", **options: Any) -> Page:
        """A window on ``path``, signed in as ``who`` (one of the cast, or a client that is somebody already)."""
        options = {"viewport": LAPTOP, "locale": "en-GB", "timezone_id": "Europe/London", **options}
        context = self.browser.new_context(**options)
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        if who:
            client = self.portal.sign_in(who) if isinstance(who, str) else who
            jar = [{"name": c.name, "value": c.value or "", "url": self.portal.url} for c in client.cookies.jar]
            context.add_cookies(jar)  # type: ignore[arg-type]
        context.on("page", self._watch)
        context.on("request", lambda sent: self._seen(sent.url))
        page = context.new_page()
        page.goto(self.portal.url + path)
        return page

    def _watch(self, page: Page) -> None:
        page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._note(str(error)))

    def _note(self, text: str) -> None:
        if not any(known in text for known in EXPECTED):
            self.complaints.append(text)

    def _seen(self, url: str) -> None:
        if not url.startswith((self.portal.url, *OWN)):
            self.strangers.append(url)

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        assert self.complaints == []
        assert self.strangers == [], "a page asked somebody else for something"


@pytest.fixture
def windows(chromium: Browser, portal: Portal) -> Iterator[Windows]:
    """Opens windows of this test's own; at its end none of them may have complained."""
    made = Windows(chromium, portal)
    yield made
    made.close()
