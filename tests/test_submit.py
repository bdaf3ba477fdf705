"""Submission over HTTP: what blocks it, what it freezes, that there is only ever one, and the letters it sends."""

import hashlib
import io
import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pikepdf
import pytest
from aiosmtpd.controller import Controller

from tests.fixtures_server import Portal, free_port
from tests.paper import words_of


class Mailbox:
    """A real SMTP server on this machine that keeps what it is given; while ``away`` it refuses."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.away = False

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.away:
            return "451 try again later"
        self.letters.append(envelope.content)
        return "250 OK"


@pytest.fixture(scope="module")
def mailbox():
    kept = Mailbox()
    controller = Controller(kept, hostname="127.0.0.1", port=free_port())
    controller.start()
    kept.url = f"smtp://127.0.0.1:{controller.port}"
    yield kept
    controller.stop()


@pytest.fixture(scope="module")
def portal(make_portal, mailbox) -> Portal:
    return make_portal(PORTAL_SMTP_URL=mailbox.url)


@pytest.fixture(scope="module")
def amina(portal: Portal) -> httpx2.Client:
    return portal.sign_in("amina")


def record_of(who: httpx2.Client, name: str) -> str:
    """The address of a child's record, found in the Gateway."""
    page = who.post("/gateway", data={"search": name}).text
    found = re.search(r'href="(/records/[0-9a-f-]{36})"', page)
    assert found, f"{name} has no record"
    return found.group(1)


def key_of(record: str) -> str:
    return record.rpartition("/")[2]


def test_what_is_needed_is_asked_for_before_an_incomplete_ersa_goes(amina) -> None:
    record = record_of(amina, "Abdirahman Warsame")
    confirm = amina.get(f"{record}/report?report=submit").text
    assert "Why is it submitted as incomplete?" in confirm
    refused = amina.post(f"{record}/submit", data={"reason": "  "})
    assert refused.status_code == 422
    assert "Say why" in refused.text


def test_a_request_without_the_laws_core_is_not_taken(amina) -> None:
    amina.post("/gateway", data={"search": "Ngozi Okafor"})
    child = re.search(r'action="(/start/[0-9a-f-]{36})"', amina.post("/gateway", data={"search": "Ngozi"}).text)
    assert child
    record = amina.post(child.group(1)).headers["location"].removesuffix("/personal")
    answer = amina.post(f"{record}/submit", data={"reason": "The parents asked for it."})
    assert answer.status_code == 422
    assert "Must be completed first" in answer.text
    assert amina.get(f"{record}/receipt").status_code == 303


def test_many_submissions_at_once_make_one(portal: Portal, amina, mailbox) -> None:
    record = record_of(amina, "Kacper Wisniewski")
    ben = portal.sign_in("ben")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda who: who.post(f"{record}/submit", data={}), [amina, ben] * 3))
    assert {a.headers.get("location") for a in answers} == {f"{record}/receipt"}
    with portal.owner() as db:
        one = db.execute("select count(*) from portal.submission where record = %s", [key_of(record)]).fetchone()
        documents = db.execute(
            "select d.name, c.content, d.sha256, s.received_at = r.received_at, r.status, d.pages"
            " from portal.document d join portal.submission s on s.id = d.submission"
            " join portal.content c on c.document = d.id"
            " join portal.record r on r.id = d.record where d.record = %s",
            [key_of(record)],
        ).fetchall()
    assert one == (1,)
    (name, content, digest, same_moment, status, pages), *others = documents
    assert not others
    assert (name, same_moment, status) == ("ERSA – School (VNOV22)", True, "submitted")
    assert digest == hashlib.sha256(content).digest()
    with pikepdf.open(io.BytesIO(content)) as document:
        assert len(document.pages) == pages > 5


def test_the_receipt_tells_when_by_whom_and_what_comes_next(amina) -> None:
    record = record_of(amina, "Kacper Wisniewski")
    page = re.sub(r"<[^>]+>|\s+", " ", amina.get(f"{record}/receipt").text)
    assert re.search(r"ERSA-\d{6}", page)
    assert "SENAS confirms that it has received the request by" in re.sub(" +", " ", page)
    head = amina.get(f"{record}/needs").text
    assert "With SENAS since" in head
    assert "receipt due by" in head
    assert "ERSA – School (VNOV22)" in amina.get(f"{record}/documents").text


def test_the_letters_go_to_the_submitter_and_senas_without_the_childs_name(mailbox, amina) -> None:
    deadline = time.monotonic() + 20
    while len(mailbox.letters) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    texts = [letter.decode("utf-8", "replace") for letter in mailbox.letters]
    assert len(texts) == 2
    assert any("To: ERSA@ealing.gov.uk" in text for text in texts)
    assert any("brentmere" in text and "Receipt: ERSA-" in text for text in texts)
    for text in texts:
        assert "Kacper" not in text
        assert "ni=C5=9B" not in text
        assert "Wi" + "śniewski" not in text


def test_what_was_sent_stays_as_it_was_whatever_is_written_afterwards(portal: Portal, amina) -> None:
    record = record_of(amina, "Kacper Wisniewski")
    now = amina.get(f"{record}/fields/reason").json()
    body = {"value": "Changed long after it was sent", "base": now["version"], "client": "afterafter", "seq": 1}
    assert amina.post(f"{record}/fields/reason", json=body).status_code == 200
    assert "Changed after submission" in amina.get(f"{record}/needs").text
    with portal.owner() as db:
        row = db.execute("select answers from portal.submission where record = %s", [key_of(record)]).fetchone()
    assert row
    assert row[0]["answers"]["reason"] == now["value"]
    href = re.search(r'href="(/records/[^"]+/documents/[0-9a-f-]{36})"', amina.get(f"{record}/documents").text)
    assert href
    printed = words_of(amina.get(href.group(1)).content)
    assert "long after it was sent" not in printed
    assert " ".join(now["value"].split()[:6]) in printed


def test_an_incomplete_ersa_says_why_on_paper_and_to_senas(portal: Portal, amina) -> None:
    record = record_of(amina, "Abdirahman Warsame")
    why = "The family moves on Friday and asked us to send it now."
    assert amina.post(f"{record}/submit", data={"reason": why}).headers["location"] == f"{record}/receipt"
    assert why in amina.get(f"{record}/receipt").text
    farah = portal.sign_in("farah")
    assert why in farah.get(f"{record}/submit").text
    href = re.search(r'href="(/records/[^"]+/documents/[0-9a-f-]{36})"', farah.get(f"{record}/documents").text)
    assert href
    assert why in words_of(farah.get(href.group(1)).content)


def test_a_letter_waits_while_the_mail_server_is_away(portal: Portal, mailbox) -> None:
    mailbox.away, before = True, len(mailbox.letters)
    with portal.owner() as db:
        db.execute("insert into portal.letter (recipient, subject, body) values ('a@b.example', 'Later', 'Hello')")
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            row = db.execute("select tries, problem, sent_at from portal.letter where subject = 'Later'").fetchone()
            if row and row[0]:
                break
            time.sleep(0.1)
        assert row
        assert (row[0], row[2]) == (1, None)
        mailbox.away = False
        db.execute("update portal.letter set next_try = now() where subject = 'Later'")
        while time.monotonic() < deadline + 15 and row[2] is None:
            time.sleep(0.1)
            row = db.execute("select tries, problem, sent_at from portal.letter where subject = 'Later'").fetchone()
    assert row[2] is not None
    assert any(b"Subject: Later" in letter for letter in mailbox.letters[before:])


def test_an_adviser_is_told_who_submits(portal: Portal) -> None:
    daljit = portal.sign_in("daljit")
    with portal.owner() as db:
        draft = db.execute(
            "select r.id from portal.record r join portal.involvement i on i.child = r.child"
            " join priv.account a on a.person = i.person and a.username = 'daljit'"
            " where r.status = 'draft' and r.withdrawn_at is null limit 1"
        ).fetchone()
    assert draft
    page = daljit.get(f"/records/{draft[0]}/submit").text
    assert "submitted by the child’s setting" in page
    answer = daljit.post(f"/records/{draft[0]}/submit", data={})
    assert answer.status_code in (303, 403)


def test_what_a_letter_said_is_not_kept_once_it_is_long_sent(portal: Portal) -> None:
    import asyncio

    from routes.loop import LOOP
    from sql import Database

    async def forget() -> None:
        db = Database(portal.database.app_url, 2)
        await db.open()
        async with db.writing(LOOP) as q:
            await q.letter.forget()
        await db.close()

    with portal.owner() as db:
        db.execute(
            "insert into portal.letter (recipient, subject, body, sent_at) values"
            " ('a@b.example', 'Old', 'A link', now() - interval '2 hours'), ('a@b.example', 'New', 'A link', now())"
        )
        asyncio.run(forget())
        kept = dict(db.execute("select subject, body from portal.letter where subject in ('Old', 'New')").fetchall())
    assert kept == {"Old": "", "New": "A link"}
