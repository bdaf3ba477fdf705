"""A draft started by mistake is withdrawn and taken up again: by its setting, with everything that was written kept."""

import re
import uuid

import httpx2
import psycopg
import pytest

from tests.desk import Record
from tests.fixtures_server import Portal
from tests.test_gateway import names, plain, row_of


def status(portal: Portal, record: str) -> tuple[str, bool, str | None]:
    with portal.owner() as db:
        found = db.execute(
            "select r.status, r.withdrawn_at is not null, p.name from portal.record r"
            " left join portal.person p on p.id = r.withdrawn_by where r.id = %s",
            [record],
        ).fetchone()
    assert found
    return found


@pytest.fixture
def record(portal: Portal, amina: httpx2.Client) -> Record:
    """A draft of a child who was added with it, in which something is written."""
    made = Record(portal, amina, uuid.uuid4().int % 10**9)
    made.write(amina, "reason", "Written before it was withdrawn.")
    return made


def withdraw(who: httpx2.Client, record: Record) -> httpx2.Response:
    return who.post(f"/records/{record.id}/withdraw")


def test_a_draft_is_withdrawn_after_a_question_and_can_be_taken_up_again(portal: Portal, amina, record: Record) -> None:
    link = f'href="/records/{record.id}/withdraw"'
    assert link in amina.get(f"/records/{record.id}/submit").text
    asked = plain(amina.get(f"/records/{record.id}/withdraw").text)
    assert "Withdraw this draft" in asked
    assert "Others have written in it" not in asked, "only she herself"
    assert status(portal, record.id) == ("draft", False, None), "a question changes nothing"
    page = amina.get(withdraw(amina, record).headers["location"]).text
    assert "withdrawn by Amina Yusuf" in plain(page)
    assert link not in page
    assert status(portal, record.id) == ("draft", True, "Amina Yusuf")
    page = amina.get(f"/records/{record.id}/needs").text
    assert "Written before it was withdrawn." in page
    assert "<textarea" not in page
    back = amina.post(f"/records/{record.id}/take-up").headers["location"]
    assert "<textarea" in amina.get(back.replace("personal", "needs")).text
    assert status(portal, record.id) == ("draft", False, None)
    assert record.stored("reason") == "Written before it was withdrawn."


def test_it_leaves_the_gateway_and_a_search_still_finds_it(portal: Portal, amina, record: Record) -> None:
    with portal.owner() as db:
        found = db.execute(
            "select c.first_name || ' ' || c.surname from portal.child c join portal.record r on r.child = c.id"
            " where r.id = %s",
            [record.id],
        ).fetchone()
    assert found
    (name,) = found
    page = amina.get("/gateway").text
    assert name in names(page)
    before = re.search(r"(\d+) children", page)
    withdraw(amina, record)
    page = amina.get("/gateway").text
    assert name not in names(page)
    after = re.search(r"(\d+) children", page)
    assert before
    assert after
    assert int(after[1]) == int(before[1]) - 1
    row = row_of(amina.post("/gateway", data={"search": name}).text, name)
    assert "Start an ERSA" in row
    assert re.search(r"Earlier request: ERSA-\d{6} \(Draft, withdrawn, \d+ \w+ \d{4}\)", plain(row)), plain(row)
    assert f'href="/records/{record.id}"' in row
    assert name in amina.post("/start", data={"search": name}).text


def test_a_child_who_was_in_the_list_before_stays_in_it(portal: Portal, amina) -> None:
    row = row_of(amina.post("/gateway", data={"search": "Ngozi Okafor"}).text, "Ngozi Okafor")
    start = re.search(r'action="(/start/[0-9a-f-]{36})"', row)
    assert start
    made = amina.post(start[1]).headers["location"].removesuffix("/personal")
    assert "leaves the Gateway’s list too" not in amina.get(f"{made}/withdraw").text
    amina.post(f"{made}/withdraw")
    with portal.owner() as db:
        db.execute("update portal.child set changed_at = now() where surname = 'Okafor'")
    row = row_of(amina.get("/gateway").text, "Ngozi Okafor")
    assert start[0] in row, "and another can be started"
    again = amina.post(start[1]).headers["location"].removesuffix("/personal")
    assert again != made
    answer = amina.post(f"{made}/take-up")
    assert answer.status_code == 409
    assert "Another ERSA has been started for this child" in answer.text
    assert amina.post(f"{again}/withdraw").status_code == 303


def test_nobody_writes_in_a_withdrawn_draft_or_submits_it(portal: Portal, amina, ben, record: Record) -> None:
    entry = str(uuid.uuid4())
    amina.post(f"/records/{record.id}/lists/parents", data={"entry": entry})
    withdraw(amina, record)
    save = {"value": "late", "base": 1, "client": "latelate", "seq": 9}
    answers = [
        ben.post(f"/records/{record.id}/fields/reason", json=save),
        ben.post(f"/records/{record.id}/fields/reason/restore", data={"version": "1"}),
        ben.post(f"/records/{record.id}/needs", data={"reason": "late", "base.reason": "1"}),
        ben.post(f"/records/{record.id}/lists/parents", data={"entry": str(uuid.uuid4())}),
        ben.post(f"/records/{record.id}/entries/{entry}/withdraw"),
        ben.post(f"/records/{record.id}/submit", data={"reason": "late"}),
        ben.post(f"/records/{record.id}/advice-requests", data={"list": "appendix_b"}),
    ]
    assert [a.status_code for a in answers] == [410] * len(answers)
    assert "This draft was withdrawn" in answers[0].json()["message"]
    assert record.stored("reason") == "Written before it was withdrawn."
    assert status(portal, record.id)[:2] == ("draft", True)
    assert "ERSA – NOV 22" not in ben.get(f"/records/{record.id}/submit").text


def test_the_database_keeps_a_withdrawn_draft_closed_by_itself(portal: Portal, amina, record: Record) -> None:
    from tests.persona import becoming, session

    amina.post(f"/records/{record.id}/lists/parents", data={"entry": str(uuid.uuid4())})
    withdraw(amina, record)
    with portal.owner() as owner, psycopg.connect(portal.database.app_url, autocommit=True) as app:
        token = session(owner, "ben")
        for statement in (
            "update portal.answer set value = 'late', version = version + 1 where record = %s",
            "update portal.entry set withdrawn_at = now() where record = %s",
            "insert into portal.entry (record, setting, child, list) select id, setting, child, 'parents'"
            " from portal.record where id = %s",
        ):
            with becoming(app, "portal_p_senco", token), pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement, [record.id])
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute("update portal.record set status = 'submitted' where id = %s", [record.id])


def test_who_withdrew_it_is_on_the_trail_in_words(portal: Portal, amina, record: Record) -> None:
    withdraw(amina, record)
    withdraw(amina, record)
    amina.post(f"/records/{record.id}/take-up")
    with portal.owner() as db:
        found = db.execute(
            "select action from audit.event where record = %s and action in ('record.withdrawn', 'record.taken_up')"
            " order by id",
            [record.id],
        ).fetchall()
    assert found == [("record.withdrawn",), ("record.taken_up",)]
    readers = plain(amina.get(f"/records/{record.id}/readers").text)
    assert "withdrew the draft it" not in readers
    assert "withdrew the draft" in readers


def test_only_its_setting_withdraws_a_draft_and_nobody_what_was_submitted(portal: Portal, amina) -> None:
    daljit = portal.sign_in("daljit")
    with portal.owner() as db:
        draft, sent = (
            db.execute(
                "select r.id from portal.record r join portal.involvement i on i.child = r.child"
                " join portal.person p on p.id = i.person join portal.setting s on s.id = r.setting"
                f" where p.name like 'Daljit%' and s.name like 'Brentmere%' and r.status {how} 'draft' limit 1"
            ).fetchone()
            for how in ("=", "<>")
        )
    assert draft
    assert sent
    for who, record, words in ((daljit, draft[0], "by the child’s setting"), (amina, sent[0], "has been submitted")):
        for answer in (who.get(f"/records/{record}/withdraw"), who.post(f"/records/{record}/withdraw")):
            assert answer.status_code == 403
            assert words in answer.text
