"""Pictures of every page, as the cast see it on a laptop and on a phone: ``python -m tests.screenshots FOLDER``."""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from record.case import OVERTURNS, offered
from record.status import STATUS
from routes.case_form import RECORDED
from tests import pages
from tests.fixtures_browser import LAPTOP, PHONE, Windows
from tests.fixtures_server import PASSWORD, Portal, oath
from tests.test_accessible import record_of

LONGEST = 3200  # pixels of a page that a picture shows
BRENTMERE = "s.name = 'Brentmere Primary School' and r.status"


class Camera:
    """Takes pictures of pages into ``folder``, numbered in the order in which they were taken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken = 0

    def take(self, page: Page, name: str) -> None:
        self.taken += 1
        for size, shape in (("laptop", LAPTOP), ("phone", PHONE)):
            page.set_viewport_size(shape)  # type: ignore[arg-type]
            page.mouse.move(0, 0)
            height = min(LONGEST, page.evaluate("() => document.documentElement.scrollHeight"))
            if page.locator("dialog[open]").count():
                height = shape["height"]
            page.set_viewport_size({"width": shape["width"], "height": max(height, shape["height"])})
            # to hide the caret, Playwright would write styles into the page, which htmx then copies
            page.screenshot(path=self.folder / f"{self.taken:02}-{name}-{size}.png", caret="initial")
        page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]


def test_every_page_has_its_picture_taken(windows: Windows, portal: Portal, folder: Path) -> None:
    camera = Camera(folder)
    signing_in(windows.open(), portal, camera)
    with portal.owner() as db:
        found = pages.places(db)
    shown = [*pages.opened(), *(page for _, page in pages.on_the_way().values() if page)]
    for who in sorted({page.who for page in shown}):
        page = windows.open("" if who == "nobody" else who)
        for it in (it for it in shown if it.who == who):
            page.goto(portal.url + pages.filled(it.path, found))
            camera.take(page, it.name)
    draft = found["draft"]
    page = windows.open("amina", "/gateway")
    page.get_by_label("Find a child").fill("zzz")
    page.keyboard.press("Enter")
    page.wait_for_selector(".nothing")
    camera.take(page, "gateway-no-child")
    page.goto(f"{portal.url}/start")
    page.locator("#new summary").click()
    page.get_by_role("button", name="Add the child").click()
    camera.take(page, "start-refused")
    begun = record_of(portal, f"{BRENTMERE} = 'draft' and c.surname = 'Dhillon'")
    for tab in ("personal", "parents", "needs", "provision", "submit"):
        page.goto(f"{portal.url}/records/{begun}/{tab}")
        camera.take(page, f"begun-{tab}")
        if tab == "needs":
            page.screenshot(path=folder / "record.png")  # the one in the README
    page.goto(f"{portal.url}/records/{begun}/report?report=submit")
    camera.take(page, "begun-last-step")
    page.goto(f"{portal.url}/records/{draft}/needs")
    page.locator("#f-reason [data-history] summary").click()
    page.fill("#thresholds_checked_on", "31 2 2026")
    page.keyboard.press("Tab")
    page.wait_for_timeout(500)
    camera.take(page, "record-refused-and-history")
    two_texts(windows, page, portal, draft, camera)
    outcomes(windows, portal, draft, camera)
    advice(windows, portal, found["theirs"], camera)
    decisions(windows, portal, camera)
    steps(windows, portal, camera)
    dialogs(windows.open("ben", f"/records/{draft}/needs"), camera)
    assert camera.taken > len(shown)


def signing_in(page: Page, portal: Portal, camera: Camera) -> None:
    """Daljit's first sign-in, step by step."""
    camera.take(page, "sign-in")
    page.get_by_role("button", name="Next").click()
    camera.take(page, "sign-in-nobody")
    page.get_by_label("User name").fill("daljit")
    page.get_by_role("button", name="Next").click()
    camera.take(page, "sign-in-password")
    page.get_by_label("Password", exact=True).fill("saffron-bell-river")
    page.get_by_role("button", name="Next").click()
    camera.take(page, "sign-in-choose")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("The new password again").fill(PASSWORD)
    page.get_by_role("button", name="Next").click()
    camera.take(page, "sign-in-authenticator")
    secret = "".join(str(page.locator(".setup-key").text_content()).split())
    portal.secrets["daljit"] = secret
    page.get_by_label("Code from your authenticator app").fill(oath(secret))
    page.get_by_role("button", name="Finish and sign in").click()
    page.wait_for_load_state()
    camera.take(page, "after-first-sign-in")


def two_texts(windows: Windows, page: Page, portal: Portal, record: str, camera: Camera) -> None:
    """What two people see who write in the same field."""
    page.goto(f"{portal.url}/records/{record}/child_views")
    other = windows.open("ben", f"/records/{record}/child_views")
    other.fill("#views_interests", "Trains, and drawing maps of the Elizabeth line.")
    other.keyboard.press("Tab")
    other.wait_for_selector("#s-views_interests[data-state=saved]")
    page.fill("#views_interests", "Trains. He knows every station.")
    page.keyboard.press("Tab")
    page.wait_for_timeout(1500)
    camera.take(page, "record-two-texts")


def outcomes(windows: Windows, portal: Portal, record: str, camera: Camera) -> None:
    """One that is begun, one of another team's that is opened, one that was withdrawn."""
    page = windows.open("amina", f"/records/{record}/outcomes")
    page.get_by_role("button", name="Add ours beside it").first.click()
    page.wait_for_selector("article.entry details[open]")
    camera.take(page, "outcomes-ours-beside")
    page.get_by_role("button", name="Withdraw").last.click()
    page.get_by_role("button", name="Open all").click()
    camera.take(page, "outcomes-open-and-withdrawn")


def advice(windows: Windows, portal: Portal, record: str, camera: Camera) -> None:
    """An appendix as it is written, submitted and revised, and the requests for it."""
    page = windows.open("daljit", f"/records/{record}/appendix_c")
    page.get_by_role("button", name="Add advice").click()
    page.get_by_label("Date of advice").fill("3 November 2026")
    page.get_by_label("Recommended provision").fill("Direct therapy twice a week.")
    page.get_by_label("Background").focus()
    page.wait_for_selector("#all-saved:has-text('Every answer')")
    camera.take(page, "advice-begun")
    for name in ("advice-last-step", "advice-revised"):
        page.get_by_label("Report", exact=True).select_option(label="Appendix C: submit the advice")
        page.get_by_role("button", name="Run report").click()
        page.wait_for_selector("#submit-advice")
        camera.take(page, name)
        page.locator("#submit-advice button").click()
        page.wait_for_selector(".govuk-notification-banner")
    camera.take(page, "advice-submitted")
    page.goto(f"{portal.url}/records/{record}/profiles")
    camera.take(page, "advice-profiles")
    page.goto(f"{portal.url}/advice")
    page.get_by_role("button", name="Decline, or pass it to a colleague").first.click()
    page.locator("summary", has_text="Decline, or pass it to a colleague").first.click()
    page.get_by_role("button", name="Decline", exact=True).first.click()
    camera.take(page, "advice-declined-without-reason")
    senas = windows.open("farah", "/gateway")
    senas.goto(page.url.partition("?")[0].partition("#")[0].rpartition("/advice-requests")[0] + "/advice-requests")
    for it in senas.get_by_text("Change it, or take it back").all():
        it.click()
    camera.take(senas, "advice-requests-of-senas")


def decisions(windows: Windows, portal: Portal, camera: Camera) -> None:
    """What SENAS decides about documents and families, and what who asked sees meanwhile and then."""
    page = windows.open("farah", "/document-requests")
    asked = str(page.locator("tbody td a").first.get_attribute("href"))
    ben = windows.open("ben", "/gateway")
    ben.goto(portal.url + asked)
    camera.take(ben, "document-asked-for")
    page.locator("tbody summary").first.click()
    page.get_by_role("button", name="Decline").click()
    camera.take(page, "document-declined-without-reason")
    page.get_by_label("Why").fill("It is about a sibling.")
    page.get_by_role("button", name="Decline").click()
    page.goto(f"{portal.url}/document-requests?show=decided")
    camera.take(page, "documents-decided")
    ben.reload()
    camera.take(ben, "document-declined")
    page.goto(f"{portal.url}/invitations")
    page.get_by_role("button", name="Mark as invited").first.click()
    camera.take(page, "invited")
    page.goto(f"{portal.url}/removals?reference=ERSA-001044")
    page.locator("tbody summary").first.click()
    page.get_by_label("Why").first.fill("It was added twice")
    page.get_by_role("button", name="Remove").first.click()
    camera.take(page, "removed")


def steps(windows: Windows, portal: Portal, camera: Camera) -> None:
    """The form of each step SENAS can take, at the first status that offers it, and what it says of an empty one."""
    page = windows.open("farah", "/queue?whose=all")
    taken: set[str] = set()
    with portal.owner() as db:
        found = dict(db.execute("select status, min(id::text) from portal.record group by status").fetchall())
    for status in STATUS:
        for kind in offered(status) if status in found else ():
            again = OVERTURNS.get(kind) == status
            if kind not in RECORDED or (kind in taken and not again):
                continue
            taken.add(kind)
            page.goto(f"{portal.url}/records/{found[status]}/case/{kind}")
            name = f"step-{kind}-of-{status}"
            camera.take(page, name)
            if page.locator("#case-form form button").count():
                page.locator("#case-form form button").first.click()
                camera.take(page, f"{name}-empty")


def dialogs(page: Page, camera: Camera) -> None:
    page.evaluate("() => document.getElementById('idle').showModal()")
    camera.take(page, "dialog-idle")
    page.evaluate("() => { document.getElementById('idle').close(); document.getElementById('reauth').showModal(); }")
    camera.take(page, "dialog-signed-out")


class Album:
    """Tells the run above where its pictures go."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @pytest.fixture
    def folder(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say where the pictures go: python -m tests.screenshots FOLDER")
    sys.exit(pytest.main([__file__, "-q", "-p", "no:cacheprovider"], plugins=[Album(Path(sys.argv[1]).absolute())]))
