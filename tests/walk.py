"""A walk through the running product as its people take it, past every picture of the guide (views/guide.toml)."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx2
from playwright.sync_api import Locator, Page, expect

from migrations.demo import CAST
from record.clock import today
from tests.fixtures_browser import LAPTOP, Windows
from tests.fixtures_server import PASSWORD, Portal, oath
from tests.hostile import pdf
from tests.test_accessible import ENDED, record_of
from tests.test_story import child_without_ersa, open_tab, scanned

# Tall, so that nothing sticks above what is pictured; narrow, so that it can be read on a phone.
WINDOW = {"width": 1000, "height": 3200}
TEMPORARY = {member.username: member.password for member in CAST}
PATIENCE = 20_000  # milliseconds for a page that is slow to come
LOST = (
    "The walk of the guide stopped here: it did not find on the page what it looks for. Where that has another name or"
    " place now, say so in tests/walk.py and views/guide.toml, and run `make guide`."
)
BRENTMERE = "s.name = 'Brentmere Primary School' and r.status = 'draft'"


class Camera(Protocol):
    """Notes what a part of a page says, and may take its picture."""

    sharpness: float  # dots of a picture to each of the page

    def take(self, name: str, *parts: Locator, point: Locator | None = None, spoil: Locator | None = None) -> None:
        """What ``parts`` say, and a picture of them; ``point`` is marked in it, ``spoil`` made of no use."""

    def paper(self, name: str, content: bytes) -> None:
        """The top of a PDF, and what stands there in red."""

    def whole(self, name: str, page: Page) -> None:
        """What the window shows."""


class Walk:
    """One walk: ``windows`` of the portal's people, and the camera."""

    def __init__(self, windows: Windows, portal: Portal, camera: Camera, folder: Path) -> None:
        self.windows, self.portal, self.camera, self.folder = windows, portal, camera, folder
        self.last = ""  # picture

    def open(self, who: str | httpx2.Client = "", path: str = "/", **options: Any) -> Page:
        options = {"viewport": WINDOW, "device_scale_factor": self.camera.sharpness, **options}
        page = self.windows.open(who, path, **options)
        page.set_default_timeout(PATIENCE)
        return page

    def all(self) -> None:
        """Every part, in the order in which one leads to the next. A machine that is busy is waited for."""
        expect.set_options(timeout=PATIENCE)
        try:
            self.walk()
        except Exception as error:
            error.add_note(f"{LOST} The last picture before was {self.last or 'none'}.")
            raise
        finally:
            expect.set_options(timeout=5_000)  # as it was

    def walk(self) -> None:
        amina = self.open()
        self.first(amina)
        begun = self.start(amina)
        self.fill(amina)
        self.same_box(amina, begun)
        self.parents(amina, begun)
        told = record_of(self.portal, f"{BRENTMERE} and c.surname = 'Dhillon'")
        self.readme(told)
        self.preview(amina, told)
        self.contacts(amina, told)
        self.outcomes(amina, told)
        sent = record_of(self.portal, BRENTMERE)
        self.documents(amina, sent)
        self.submit(amina)
        farah = self.portal.sign_in("farah")
        self.advice(amina, farah, sent)
        self.ask(farah, sent)
        self.lost(amina)
        self.senas(self.open(farah, "/queue?whose=none"), sent)
        self.reset(self.open("hassan", "/people"))
        self.away(begun)

    def take(self, name: str, *parts: Locator, **marks: Locator) -> None:
        for part in (*parts, *marks.values()):
            expect(part.first).to_be_visible()
        self.camera.take(name, *parts, **marks)
        self.last = name

    # ---- everybody

    def first(self, page: Page) -> None:
        page.get_by_label("User name").fill("amina")
        boxes, go = page.locator("main .govuk-form-group"), page.get_by_role("button", name="Next")
        self.take("first-name", page.locator("h1"), boxes, go, point=go)
        go.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your password")
        password = page.get_by_label("Password", exact=True)
        self.take("first-password", page.locator("h1"), boxes, go, point=password)
        password.fill(TEMPORARY["amina"])
        go.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Choose your own password")
        self.take("first-own", page.locator("main > *"))
        page.get_by_label("New password", exact=True).fill(PASSWORD)
        page.get_by_label("The new password again").fill(PASSWORD)
        page.get_by_role("button", name="Next").click()
        secret = scanned(page, self.folder)
        self.portal.secrets["amina"] = secret
        page.get_by_text("service list is empty").click()
        code = page.locator("img.qr")
        hint = page.locator("details[open]")
        self.take("first-scan", page.get_by_role("heading", name="Scan this code"), code, hint, spoil=code)
        step, finish = page.get_by_role("heading", name="Type the code"), page.get_by_role("button", name="Finish")
        self.take("first-code", step, page.locator("form").filter(has=finish), point=finish)
        page.get_by_label("Code from your authenticator app").fill(oath(secret))
        finish.click()
        show = page.get_by_role("button", name="Show me 10 recovery codes")
        self.take("first-recovery", page.locator("main > *"), point=show)
        page.get_by_role("link", name="Later").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Gateway")

    def lost(self, mine: Page) -> None:
        self.portal.forget_codes()
        page = self.open(path="/sign-in")
        page.get_by_label("User name").fill("amina")
        page.get_by_role("button", name="Next").click()
        forgot = page.get_by_role("button", name="Forgot password")
        self.take("lost-password", page.locator("main > *"), point=forgot)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Next").click()
        page.get_by_text("I do not have my phone").click()
        code = page.locator("form").filter(has=page.get_by_label("Code from your authenticator app"))
        self.take("lost-phone", page.locator("h1"), code, page.locator("details[open]"))
        mine.goto(self.portal.url + "/account")
        move = mine.get_by_role("link", name="Move to a new phone")
        app, codes = mine.get_by_role("heading", name="Authenticator app"), mine.get_by_text("Make new recovery codes")
        self.take("lost-move", app, move, codes, point=move)

    def away(self, record: str) -> None:
        page = self.open(self.portal.sign_in("ben"), "/gateway")
        page.clock.install()
        page.goto(f"{self.portal.url}/records/{record}/child_views")
        with self.portal.owner() as db:
            db.execute(
                "update priv.session set seen_at = clock_timestamp() - idle + interval '100 seconds'"
                " where person = (select person from priv.account where username = 'ben') and ended_at is null"
            )
        page.clock.fast_forward("08:10")  # only the page's own clock: how long is left it asks the portal
        window = page.locator("#idle")
        expect(window).to_be_visible()
        self.take("away-warning", window, point=page.get_by_role("button", name="Stay signed in"))
        page.get_by_role("button", name="Stay signed in").click()
        expect(window).to_be_hidden()
        with self.portal.owner() as db:
            db.execute(ENDED, ["ben"])
        page.fill("#views_strengths", "I can build a train from anything.")
        page.clock.fast_forward("00:10")
        window = page.locator("#reauth")
        expect(window).to_be_visible()
        self.take("away-back", window)

    # ---- settings

    def start(self, page: Page) -> str:
        child = child_without_ersa(self.portal)
        page.get_by_label("Find a child").fill(child["surname"])
        page.get_by_label("Find a child").press("Enter")
        row = page.locator("table.list tbody tr")
        expect(row).to_have_count(1)
        begin = row.get_by_role("button", name="Start an ERSA")
        self.take("start-find", page.locator("#find"), page.locator("table.list"), point=begin)
        other = self.open(self.portal.sign_in("ben"), "/start")
        other.get_by_label("Find a child").fill("Novak")
        other.get_by_label("Find a child").press("Enter")
        nobody = other.get_by_text("No child of your setting matches")
        expect(nobody).to_be_visible()
        add, surname = other.locator("#new h2"), other.get_by_label("Surname", exact=True)
        self.take("start-new", other.locator("#known"), other.locator("#find"), nobody, add, surname)
        other.context.close()
        begin.click()
        expect(page.locator("#record")).to_be_visible()
        open_tab(page, "child_views")
        self.take("start-tabs", page.locator("nav.tabs"))
        return page.url.split("/records/")[1].split("/")[0]

    def fill(self, page: Page) -> None:
        self.take("fill-needed", page.locator("#needs"))
        field = page.locator("#f-views_strengths")
        for text in ("I am good at building.", "I am good at building. I can build a train from anything."):
            page.fill("#views_strengths", text)
            page.keyboard.press("Tab")
            expect(page.locator("#s-views_strengths[data-state=saved]")).to_be_visible()
        self.take("fill-saved", field, point=page.locator("#s-views_strengths"))
        field.locator("[data-history] summary").click()
        expect(field.get_by_role("button", name="Bring this back")).to_be_visible()
        self.take("fill-history", field, point=field.get_by_role("button", name="Bring this back"))
        open_tab(page, "needs")
        page.locator("#f-thresholds_checked").get_by_label("Yes").check()
        page.fill("#thresholds_checked_on", "31 2 2026")
        page.keyboard.press("Tab")
        expect(page.locator("#s-thresholds_checked_on")).to_contain_text("There is no 31 February")
        self.take("fill-refused", page.locator("#f-thresholds_checked_on"))
        page.fill("#thresholds_checked_on", "")

    def same_box(self, page: Page, record: str) -> None:
        open_tab(page, "child_views")
        other = self.open(self.portal.sign_in("ben"), f"/records/{record}/child_views")
        for window, text, state in (
            (other, "Trains, and drawing maps of the lines.", "saved"),
            (page, "Trains. She knows each station.", "conflict"),
        ):
            window.fill("#views_interests", text)
            window.keyboard.press("Tab")
            expect(window.locator(f"#s-views_interests[data-state={state}]")).to_be_visible()
        self.take("both-texts", page.locator("#f-views_interests"))
        page.get_by_role("button", name="Keep both").click()
        expect(page.locator("#s-views_interests[data-state=saved]")).to_be_visible()
        other.context.close()

    def preview(self, page: Page, record: str) -> None:
        page.goto(f"{self.portal.url}/records/{record}/submit")
        run = page.get_by_role("button", name="Run report")
        self.take("preview-run", page.get_by_role("heading", name="Reports"), page.locator("form.reports"), point=run)
        address = f"{page.locator('form.reports').get_attribute('action')}?report=preview"
        self.camera.paper("preview-red", page.request.get(self.portal.url + address).body())

    def parents(self, page: Page, record: str) -> None:
        open_tab(page, "parent_views")
        self.take("parents-sheet", page.get_by_text("For the family:"))
        open_tab(page, "contribution")
        page.locator("#f-communication_method").get_by_label("Parent Portal").check()
        expect(page.locator("#f-portal_email")).to_be_visible()
        chosen, whom = page.locator("#f-communication_method"), page.locator("#f-portal_contact")
        self.take("parents-portal", chosen, whom, page.locator("#f-portal_email"))

    def contacts(self, page: Page, record: str) -> None:
        page.goto(f"{self.portal.url}/records/{record}/professionals")
        entry = self.added(page, "Add professional")
        asked = [self.field(entry, label) for label in ("Team", "Name", "Job title", "Organisation")]
        self.take("contacts-add", entry.locator("summary").first, *asked)
        open_tab(page, "personal")
        row, link = page.locator("#f-dob"), page.locator("#f-dob").get_by_role("link", name="Request a correction")
        self.take("correct-link", page.locator("#f-first_name"), row, point=link)
        link.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Request a correction")
        self.take("correct-form", page.locator("#correction h1"), page.locator("#correction form"))

    def outcomes(self, page: Page, record: str) -> None:
        page.goto(f"{self.portal.url}/records/{record}/outcomes")
        theirs = page.locator("article.entry", has_text="only their team changes it").first
        button = theirs.get_by_role("button", name="Add ours beside it")
        self.take("outcomes-beside", theirs.locator("summary").first, button, point=button)
        entry = self.added(page, "Add outcome")
        expect(entry).to_contain_text("Not yet in the advice")
        asked = [self.field(entry, label) for label in ("Outcome", "Type", "Team")]
        self.take("outcomes-add", entry.locator("summary").first, *asked)

    def added(self, page: Page, button: str) -> Locator:
        """A new entry of a list."""
        entries = page.locator("article.entry")
        before = entries.count()
        page.get_by_role("button", name=button).click()
        expect(entries).to_have_count(before + 1)
        return entries.last

    def field(self, entry: Locator, label: str) -> Locator:
        """Of an entry, with all that stands beside its box."""
        return entry.locator(".field").filter(has=entry.page.get_by_label(label, exact=True))

    def documents(self, page: Page, record: str) -> None:
        page.goto(f"{self.portal.url}/records/{record}/documents/new")
        page.get_by_label("Name of the document").fill("SLT report, spring term")
        page.get_by_label("Type", exact=True).select_option(label="Speech and language report (SLT)")
        page.get_by_label("Author and role").fill("Daljit Gill, speech and language therapist")
        page.get_by_label("Date of the document").fill(f"{today() - timedelta(days=40):%d/%m/%Y}")
        brought = {"name": "report.pdf", "mimeType": "application/pdf", "buffer": pdf()}
        page.get_by_label("Upload new file").set_input_files(brought)  # type: ignore[arg-type]
        insert = page.get_by_role("button", name="Insert")
        self.take("documents-new", page.locator("#tab-title"), page.locator("#upload"), point=insert)
        insert.click()
        row = page.get_by_role("row").filter(has_text="SLT report, spring term")
        expect(row).to_be_visible()
        self.take(
            "documents-listed", page.locator("table.list thead"), row, point=row.get_by_role("link", name="Withdraw")
        )

    def submit(self, page: Page) -> None:
        open_tab(page, "submit")
        page.get_by_label("Report", exact=True).select_option(label="ERSA – NOV 22")
        go, nothing = page.get_by_role("button", name="Continue to submit"), page.get_by_text("Nothing is missing")
        self.take(
            "submit-run",
            page.get_by_role("heading", name="Reports"),
            page.locator("form.reports"),
            nothing,
            go,
            point=go,
        )
        go.click()
        send = page.get_by_role("button", name="Submit to SENAS")
        self.take("submit-last", page.locator("#tab-title"), page.locator("#tab-title + p"), send, point=send)
        send.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("ERSA submitted")
        steps = page.locator("ol.govuk-list--number")
        self.take("submit-receipt", page.locator(".govuk-panel"), steps)
        open_tab(page, "documents")
        row = page.get_by_role("row").filter(has_text="ERSA – School (VNOV22)")
        self.take("submit-listed", page.locator("table.list thead").first, row)

    def advice(self, page: Page, farah: httpx2.Client, record: str) -> None:
        open_tab(page, "profiles")
        page.get_by_label("Appendix", exact=True).select_option(label="Appendix B: Setting (SENCO’s advice)")
        choose = page.locator("form").filter(has=page.get_by_label("Appendix"))
        go = page.get_by_role("button", name="Open")
        self.take("advice-choose", page.locator("#tab-title"), choose, point=go)
        go.click()
        self.added(page, "Add advice")
        report = page.locator("form[data-report]")
        self.take("advice-report", report, point=report.get_by_role("button", name="Submit this advice"))
        with self.portal.owner() as db:
            (daljit,) = db.execute("select person from priv.account where username = 'daljit'").fetchone() or (0,)
        asked = {
            "list": "appendix_c",
            "of": str(daljit),
            "due": "",
            "words": "What would help with instructions in class?",
        }
        assert farah.post(f"/records/{record}/advice-requests", data=asked).status_code == 303
        theirs = self.open("daljit", f"/records/{record}/advice-requests")
        write = theirs.get_by_role("button", name="Write the advice")
        self.take("advice-asked", theirs.get_by_role("listitem").filter(has=write), point=write)
        theirs.context.close()

    def ask(self, farah: httpx2.Client, record: str) -> None:
        with self.portal.owner() as db:
            (document,) = db.execute(
                "select id from portal.document where record = %s and name = 'SLT report, spring term'", [record]
            ).fetchone() or ("",)
        address = f"/records/{record}/documents/{document}"
        assert farah.post(f"{address}/availability", data={"availability": "senas"}).status_code == 303
        page = self.open("ben", f"/records/{record}/documents")
        row = page.locator(f"[id='document-{document}']")
        link = row.get_by_role("link", name="SLT report, spring term")
        self.take("ask-listed", page.locator("table.list thead").first, row, point=link)
        link.click()
        ask = page.get_by_role("button", name="Ask SENAS to make this available")
        self.take("ask-page", page.locator("#tab-title"), page.locator("#tab-title + p"), ask, point=ask)
        ask.click()
        expect(page.get_by_role("alert").first).to_contain_text("SENAS has been asked")
        page.context.close()

    # ---- SENAS and Education ICT

    def senas(self, page: Page, record: str) -> None:
        row = page.locator(f"[id='case-{record}']")
        self.take("queue", page.locator(".queue__filters"), page.locator("table.list thead"), row)
        row.get_by_role("link").first.click()
        confirm = page.get_by_role("link", name="Confirm receipt").first
        acts = page.get_by_role("list").filter(has=confirm).first
        self.take("receipt-acts", page.get_by_role("heading", name="Dates and steps"), acts, point=confirm)
        confirm.click()
        self.form("receipt-form", page, "Confirm receipt")
        self.done(page, "Confirm receipt")
        page.goto(f"{self.portal.url}/records/{record}/case/question")
        page.get_by_label("Question to the setting").fill("Has the hearing test taken place by now? What did it find?")
        self.form("receipt-question", page, "Ask for more information")
        page.goto(f"{self.portal.url}/records/{record}/case/assess")
        page.get_by_label("Reasons for the decision").fill("What was tried with advice has not been enough.")
        self.form("decide-form", page, "Decide to assess")
        self.done(page, "Decide to assess")
        self.take("decide-dates", page.locator("#dates"))
        page.goto(self.portal.url + "/document-requests")
        row = page.get_by_role("row").filter(has_text="SLT report, spring term")
        self.take("release", page.locator("table.list thead"), row, point=row.get_by_role("button", name="Grant"))

    def form(self, name: str, page: Page, button: str) -> None:
        """The form of a step: its heading and all its controls."""
        press = page.get_by_role("button", name=button)
        title = page.locator("main .govuk-caption-l, main h1")
        self.take(name, title, page.locator("main form").filter(has=press), point=press)

    def done(self, page: Page, button: str) -> None:
        page.get_by_role("button", name=button).click()
        page.wait_for_url("**/case?done=*")

    def reset(self, page: Page) -> None:
        page.get_by_label("Find a person").fill("Daljit")
        page.get_by_label("Find a person").press("Enter")
        rows = page.locator("table.list tbody tr")
        expect(rows).to_have_count(1)
        link = rows.get_by_role("link", name="Daljit")
        self.take("reset-find", page.locator("#find"), page.locator("table.list"), point=link)
        link.click()
        again = page.get_by_role("link", name="Reset account")
        acts = page.get_by_role("list").filter(has=again)
        self.take("reset-person", page.get_by_role("heading", name="Account", exact=True), acts)
        again.click()
        self.form("reset-form", page, "Reset account")

    def readme(self, record: str) -> None:
        page = self.open("amina", f"/records/{record}/needs", viewport=LAPTOP, device_scale_factor=1)
        expect(page.locator("#all-saved")).to_have_text("Every answer here is saved.")
        self.camera.whole("record", page)
