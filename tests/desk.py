"""Somebody at their desk: a browser window on one child's record, and what the portal has stored meanwhile."""

import time
from collections.abc import Callable
from typing import Any

import httpx2
from playwright.sync_api import Browser, BrowserContext, Page

from tests.fixtures_browser import EXPECTED
from tests.fixtures_server import Portal
from tests.line import Line


def until(true: Callable[[], Any], seconds: float = 6) -> bool:
    """Wait until something is so; False when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return bool(true())


class Record:
    """A fresh record of a fresh child of Brentmere's, seen from behind the portal."""

    def __init__(self, portal: Portal, senco: httpx2.Client, number: int) -> None:
        self.portal = portal
        child = {"first_name": "Test", "surname": f"Child {number}", "dob": "5 5 2016", "sex": "F"}
        with portal.owner() as db:
            found = db.execute("select id from portal.setting where name = 'Brentmere Primary School'").fetchone()
        assert found
        child |= {
            "setting": str(found[0]),
            "address_line1": "1 Green Lane",
            "postcode": "W7 3AA",
            "address_line3": "London",
        }
        answer = senco.post("/start/new", data=child)
        assert answer.status_code == 303, answer.text
        self.id = answer.headers["location"].split("/")[2]

    def path(self, tab: str = "child_views") -> str:
        return f"/records/{self.id}/{tab}"

    def stored(self, key: str) -> str:
        """What the database holds now."""
        return self._answer(key)[0]

    def version(self, key: str) -> int:
        return self._answer(key)[1]

    def _answer(self, key: str) -> tuple[str, int]:
        entry, _, field = key.rpartition(".")
        with self.portal.owner() as db:
            found = db.execute(
                "select a.value, a.version from portal.answer a join portal.entry e on e.id = a.entry"
                " where a.record = %s and a.field = %s and (e.id::text = %s or %s = '' and e.list = 'ersa')",
                (self.id, field, entry, entry),
            ).fetchone()
        return found or ("", 0)

    def write(self, who: httpx2.Client, key: str, value: str) -> None:
        """Somebody writes in a field from elsewhere, upon what is there."""
        body = {
            "value": value,
            "base": self.version(key),
            "client": "elsewhere-0123456789",
            "seq": int(time.time() * 1000),
        }
        answer = who.post(f"/records/{self.id}/fields/{key}", json=body)
        assert answer.json()["state"] == "saved", answer.text


class Desk:
    """One person's browser: windows on ``record`` over ``line``."""

    def __init__(self, browser: Browser, line: Line, record: Record, client: httpx2.Client, **options: Any) -> None:
        self.line, self.record = line, record
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(8000)
        self.context.add_cookies(
            [{"name": c.name, "value": c.value or "", "url": line.url} for c in client.cookies.jar]
        )
        self.complaints: list[str] = []

    def open(self, tab: str = "child_views") -> Page:
        page = self.context.new_page()
        page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.goto(self.line.url + self.record.path(tab))
        return page

    def _note(self, text: str) -> None:
        if not any(known in text for known in EXPECTED):
            self.complaints.append(text)

    def close(self) -> None:
        """Leave; a script that complained on the way is a fault of the page."""
        self.context.close()
        assert self.complaints == []


def box(key: str) -> str:
    """The selector of a field's control; keys of lists have dots."""
    return f'[id="{key}"]'


def status(page: Page, key: str) -> str:
    return page.locator(f'[id="s-{key}"]').inner_text()


def saved(page: Page, key: str, seconds: float = 8) -> bool:
    """Wait until the field says that it is saved, by the clock."""
    return until(lambda: status(page, key).startswith("Saved ") and ":" in status(page, key), seconds)


def write(page: Page, key: str, text: str, delay: float = 10) -> None:
    """Type at the end of what is there."""
    page.focus(box(key))
    page.keyboard.press("Control+End")
    page.keyboard.type(text, delay=delay)


def focused(page: Page) -> str:
    return str(page.evaluate("() => document.activeElement.id"))
