"""Corrections: asked for beside what the council holds, queued for SENAS and ICT, applied or refused, told by email."""

import re
import threading
import uuid
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import httpx2
import psycopg
import pytest

from record.names import filed
from tests.desk import Record
from tests.fixtures_server import Portal

BRENTMERE, OSWIN = "Brentmere Primary School", "St Oswin's High School"
UPN = "H307290120001"
Ask = Callable[..., httpx2.Response]


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "ben", "carys", "daljit", "farah", "hassan")}


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return iter(range(100, 1000))


@pytest.fixture
def record(portal: Portal, people: dict[str, httpx2.Client], numbers: Iterator[int]) -> Record:
    """A child of Brentmere's whose ERSA SENAS has, so that it may open it."""
    made = Record(portal, people["amina"], next(numbers))
    with portal.owner() as db:
        db.execute("update portal.record set status = 'submitted', received_at = now() where id = %s", [made.id])
    return made


@pytest.fixture
def ask(people: dict[str, httpx2.Client], record: Record) -> Ask:
    """Ask for a correction, as Amina unless somebody else is named."""

    def asking(field: str, new: str, who: str = "amina", reason: str = "The passport says so.", **more: str) -> Any:
        data = {"new": new, "reason": reason, **more}
        return people[who].post(f"/records/{record.id}/corrections/{field}", data=data)

    return asking


def waiting(portal: Portal, record: Record) -> str:
    """The id of the newest request for that record."""
    return str(one(portal, "select id from portal.correction where record = %s order by asked_at desc", record.id))


def one(portal: Portal, statement: str, *values: Any) -> Any:
    with portal.owner() as db:
        found = db.execute(statement, values).fetchone()
    return found and found[0]


def child(portal: Portal, record: Record, column: str) -> Any:
    statement = f"select c.{column} from portal.child c join portal.record r on r.child = c.id where r.id = %s"
    return one(portal, statement, record.id)


def state(portal: Portal, record: Record) -> list[str]:
    with portal.owner() as db:
        rows = db.execute("select state from portal.correction where record = %s order by asked_at", [record.id])
        return [row[0] for row in rows]


def letters(portal: Portal, record: Record) -> list[tuple[str, str, str]]:
    """Recipient, subject and body of every letter about that record, oldest first."""
    reference = one(portal, "select reference from portal.record where id = %s", record.id)
    with portal.owner() as db:
        return db.execute(
            "select recipient, subject, body from portal.letter where subject like %s order by id", [f"%{reference}%"]
        ).fetchall()


def text(answer: httpx2.Response) -> str:
    """What the page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text.replace("<wbr>", ""))).split())


def setting(portal: Portal, name: str) -> int:
    return int(one(portal, "select id from portal.setting where name = %s", name))


# ---------------------------------------------------------------- asking


def test_a_correction_can_be_asked_for_beside_every_fact_the_council_holds(people: Any, record: Record) -> None:
    page = people["amina"].get(record.path("personal")).text
    asked = set(re.findall(rf'href="/records/{record.id}/corrections/(\w+)"', page))
    assert asked == {
        *("first_name", "middle_names", "surname", "dob", "sex", "upn", "postcode", "setting"),
        *(f"address_line{n}" for n in range(1, 5)),
    }


def test_asking_waits_in_the_queue_and_on_the_record_with_old_new_and_reason(
    portal: Portal, people: Any, record: Record, ask: Ask
) -> None:
    old = child(portal, record, "surname")
    answer = ask("surname", "  Kowalska-Żak ", reason="Seen on the passport, 3 November.")
    assert answer.status_code == 303
    assert child(portal, record, "surname") == old, "nothing changes before it is decided"
    told = text(people["amina"].get(answer.headers["location"]))
    assert "has been asked for" in told
    assert "You asked on" in told
    assert f"{old} → Kowalska-Żak" in told
    for page in (people["amina"], people["ben"]):
        said = text(page.get(record.path("personal")))
        assert ": waiting (should be Kowalska-Żak )" in said
    assert "Amina Yusuf asked on" in text(people["ben"].get(record.path("personal")))
    for who in ("farah", "hassan"):
        queue = text(people[who].get("/corrections"))
        assert f"from {old} to Kowalska-Żak" in queue
        assert "Seen on the passport, 3 November." in queue


def test_asking_writes_to_senas_and_ict_without_a_name(portal: Portal, record: Record, ask: Ask) -> None:
    ask("first_name", "Zofia")
    sent = letters(portal, record)
    assert [to for to, _, _ in sent] == ["ERSA@ealing.gov.uk", "EalingEducationICT@ealing.gov.uk"]
    first, last = child(portal, record, "first_name"), child(portal, record, "surname")
    for _, subject, body in sent:
        assert "/corrections" in body
        assert not re.search(rf"Zofia|\b{first}\b|{last}", subject + body)


@pytest.mark.parametrize(
    ("field", "new", "says"),
    [
        ("dob", "31 2 2016", "There is no 31 February 2016"),
        ("dob", "5 5 1991", "up to 25"),
        ("dob", "", "Enter what it should be"),
        ("dob", "5 5 2016", "what the register says already"),
        ("sex", "X", "Choose one of the answers"),
        ("surname", " ", "Enter what it should be"),
        ("upn", "A307290120001", "check letter"),
        ("upn", "", "Enter what it should be."),
        ("postcode", "nowhere", "not a United Kingdom postcode"),
        ("postcode", "", "tick that it should be empty"),
        ("setting", "", "Choose the setting"),
        ("setting", "999999", "Choose the setting"),
        ("setting", "ten", "Choose the setting"),
    ],
)
def test_what_the_register_cannot_hold_is_refused_in_place(
    portal: Portal, record: Record, ask: Ask, field: str, new: str, says: str
) -> None:
    answer = ask(field, new, reason="Because the family said it.")
    assert answer.status_code == 422
    assert says in text(answer)
    assert 'href="#new"' in answer.text
    assert "Because the family said it." in answer.text, "what was typed stays"
    assert state(portal, record) == []


def test_a_correction_without_a_reason_is_refused_in_place(portal: Portal, record: Record, ask: Ask) -> None:
    answer = ask("surname", "Kowalska", reason=" ")
    assert answer.status_code == 422
    assert 'href="#reason"' in answer.text
    assert 'value="Kowalska"' in answer.text
    assert state(portal, record) == []


@pytest.mark.parametrize("field", ["id", "search", "added_by", "reason", "x'y", "setting_id"])
def test_only_what_the_register_holds_can_be_asked_for(people: Any, record: Record, ask: Ask, field: str) -> None:
    assert people["amina"].get(f"/records/{record.id}/corrections/{field}").status_code == 404
    assert ask(field, "x").status_code == 404


@pytest.mark.parametrize("typed", ["\x00Zoé\x00", "ਗੁਰਪ੍ਰੀਤ", "</bdi><script>alert(1)</script>", "Ø" * 100])
def test_every_name_can_be_asked_for(portal: Portal, people: Any, record: Record, ask: Ask, typed: str) -> None:
    assert ask("first_name", typed).status_code == 303
    assert people["farah"].post(f"/corrections/{waiting(portal, record)}/apply").status_code == 303
    name = typed.replace("\x00", "")
    assert child(portal, record, "first_name") == name
    assert "<script>alert" not in people["farah"].get("/corrections?show=decided").text


def test_a_fact_is_asked_for_once_at_a_time(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    assert ask("surname", "Kowalska").status_code == 303
    assert ask("surname", "Kowalski", who="ben").status_code == 303
    assert state(portal, record) == ["waiting"]
    assert len(letters(portal, record)) == 2, "the second one wrote no letters"
    page = people["ben"].get(f"/records/{record.id}/corrections/surname").text
    assert "<textarea" not in page
    assert "Amina Yusuf asked on" in page


def test_whoever_may_not_see_the_child_can_ask_for_nothing(
    portal: Portal, people: Any, record: Record, ask: Ask
) -> None:
    for who in ("carys", "daljit", "hassan"):
        assert people[who].get(f"/records/{record.id}/corrections/surname").status_code == 404
        assert ask("surname", "Kowalska", who=who).status_code == 404
    assert state(portal, record) == []


def test_an_adviser_involved_with_the_child_can_ask(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    with portal.owner() as db:
        db.execute(
            "insert into portal.involvement (person, child) select p.id, r.child from portal.person p, portal.record r"
            " where p.email like 'daljit%%' and r.id = %s",
            [record.id],
        )
    assert ask("surname", "Kowalska", who="daljit").status_code == 303
    assert "Daljit Gill" in people["farah"].get("/corrections").text


# ---------------------------------------------------------------- deciding


@pytest.mark.parametrize("who", ["farah", "hassan"])
@pytest.mark.parametrize(
    ("field", "new", "stored"),
    [
        ("first_name", "Zofia", "Zofia"),
        ("middle_names", "Maria Anna", "Maria Anna"),
        ("surname", "Kowalska", "Kowalska"),
        ("dob", "6 May 2016", "2016-05-06"),
        ("sex", "M", "M"),
        ("address_line1", "2 Blue Lane", "2 Blue Lane"),
        ("address_line2", "Flat 2", "Flat 2"),
        ("address_line3", "Hanwell", "Hanwell"),
        ("address_line4", "Middlesex", "Middlesex"),
        ("postcode", "w52hl", "W5 2HL"),
    ],
)
def test_every_fact_is_put_right_in_one_click(
    portal: Portal, people: Any, record: Record, ask: Ask, who: str, field: str, new: str, stored: str
) -> None:
    assert ask(field, new).status_code == 303
    answer = people[who].post(f"/corrections/{waiting(portal, record)}/apply")
    assert answer.status_code == 303
    assert str(child(portal, record, field)) == stored
    assert state(portal, record) == ["applied"]
    assert "Amina Yusuf is told by email" in text(people[who].get(answer.headers["location"]))
    names = [child(portal, record, n) for n in ("surname", "first_name", "middle_names")]
    assert child(portal, record, "search") == filed(*names), "and is found by it"


def test_who_asked_is_not_said_to_be_told_where_no_mail_reaches_them(
    portal: Portal, people: Any, record: Record, ask: Ask
) -> None:
    ask("surname", "Kowalska")
    with portal.owner() as db:
        before = db.execute("select id, email from portal.person where name = 'Amina Yusuf'").fetchone()
        assert before
        db.execute("update portal.person set email = '' where id = %s", [before[0]])
        answer = people["farah"].post(f"/corrections/{waiting(portal, record)}/apply")
        page = text(people["farah"].get(answer.headers["location"]))
        db.execute("update portal.person set email = %s where id = %s", [before[1], before[0]])
    assert "Amina Yusuf has no email address: tell them yourself." in page
    assert "is told by email" not in page


def test_an_applied_name_is_found_by_the_gateway_and_shown_in_the_record(
    portal: Portal, people: Any, record: Record, ask: Ask
) -> None:
    ask("surname", "Żółć-Unheardof")
    people["hassan"].post(f"/corrections/{waiting(portal, record)}/apply")
    assert "Żółć-Unheardof" in people["amina"].post("/gateway", data={"search": "zolc unheardof"}).text
    page = text(people["amina"].get(record.path("personal")))
    assert "Żółć-Unheardof" in page
    assert "applied by Hassan Abdi on" in page


def test_what_should_be_empty_is_emptied(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    with portal.owner() as db:
        db.execute(
            "update portal.child set upn = %s where id = (select child from portal.record where id = %s)",
            [UPN, record.id],
        )
    assert ask("upn", "", empty="yes").status_code == 303
    people["farah"].post(f"/corrections/{waiting(portal, record)}/apply")
    assert child(portal, record, "upn") is None


def test_a_upn_that_another_child_has_is_not_applied(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    other = one(portal, "select upn from portal.child where upn is not null")
    assert ask("upn", other).status_code == 303
    answer = people["hassan"].post(f"/corrections/{waiting(portal, record)}/apply")
    assert answer.status_code == 409
    assert "Another child in the portal has this UPN" in answer.text
    assert child(portal, record, "upn") is None
    assert state(portal, record) == ["waiting"]


def test_what_was_corrected_meanwhile_is_kept(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    ask("surname", "Kowalska")
    with portal.owner() as db:
        db.execute(
            "update portal.child set surname = 'Nowak' where id = (select child from portal.record where id = %s)",
            [record.id],
        )
    answer = people["farah"].post(f"/corrections/{waiting(portal, record)}/apply")
    assert answer.status_code == 409
    assert "The register says by now: Nowak" in text(answer)
    assert child(portal, record, "surname") == "Nowak"


def test_a_refusal_needs_a_reason_which_the_asker_reads(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    ask("surname", "Kowalska")
    it = waiting(portal, record)
    refused = people["farah"].post(f"/corrections/{it}/refuse", data={"answer": "  "})
    assert refused.status_code == 422
    assert f'href="#answer-{it}"' in refused.text
    assert state(portal, record) == ["waiting"]
    assert (
        people["farah"].post(f"/corrections/{it}/refuse", data={"answer": "Not on the deed poll."}).status_code == 303
    )
    assert state(portal, record) == ["refused"]
    assert child(portal, record, "surname") != "Kowalska"
    for address in (f"/records/{record.id}/corrections/surname", record.path("personal")):
        page = text(people["amina"].get(address))
        assert "refused by Farah Siddiqui on" in page
        assert "Not on the deed poll." in page
    to, subject, body = letters(portal, record)[-1]
    assert to == "amina.yusuf@brentmere.example"
    assert "refused" in subject
    assert "deed poll" not in body
    assert "Kowalska" not in body
    assert ask("surname", "Kowalska").status_code == 303, "and may ask again"


def test_the_asker_is_told_by_mail_without_a_name(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    ask("surname", "Kowalska")
    people["hassan"].post(f"/corrections/{waiting(portal, record)}/apply")
    to, subject, body = letters(portal, record)[-1]
    assert to == "amina.yusuf@brentmere.example"
    assert "was applied" in subject
    assert "Kowalska" not in subject + body


def test_two_who_decide_at_once_decide_once(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    ask("surname", "Kowalska")
    it = waiting(portal, record)
    answers: list[int] = []

    def press(who: str, how: str) -> None:
        answers.append(people[who].post(f"/corrections/{it}/{how}", data={"answer": "No proof."}).status_code)

    threads = [threading.Thread(target=press, args=args) for args in (("farah", "apply"), ("hassan", "refuse"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 409]
    assert len([sent for sent in letters(portal, record) if sent[0].startswith("amina")]) == 1


def test_what_was_decided_already_says_so(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    ask("surname", "Kowalska")
    it = waiting(portal, record)
    people["farah"].post(f"/corrections/{it}/apply")
    answer = people["hassan"].post(f"/corrections/{it}/apply")
    assert answer.status_code == 409
    assert "Farah Siddiqui has applied this already." in answer.text


def test_every_step_is_on_the_audit_trail(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    ask("surname", "Kowalska")
    people["hassan"].post(f"/corrections/{waiting(portal, record)}/apply")
    with portal.owner() as db:
        rows = db.execute(
            "select p.name, e.action from audit.event e join portal.person p on p.id = e.person"
            " where e.record = %s and e.action like 'correction%%' order by e.id",
            [record.id],
        ).fetchall()
        changed = db.execute(
            "select p.name from audit.event e join portal.person p on p.id = e.person"
            " where e.action = 'child.update' order by e.id desc limit 1"
        ).fetchone()
        seen = db.execute("select detail from audit.event where action = 'children.listed'").fetchall()
    assert rows == [("Amina Yusuf", "correction.insert"), ("Hassan Abdi", "correction.applied")]
    assert changed == ("Hassan Abdi",)
    assert "Kowalska" not in str(seen)


# ---------------------------------------------------------------- who sees what


def test_a_correction_is_decided_by_senas_and_ict_alone(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    ask("surname", "Kowalska")
    it = waiting(portal, record)
    for who in ("amina", "carys", "daljit"):
        assert people[who].get("/corrections").status_code == 404
        assert people[who].post(f"/corrections/{it}/apply").status_code == 404
        assert people[who].post(f"/corrections/{it}/refuse", data={"answer": "x"}).status_code == 404
    assert state(portal, record) == ["waiting"]
    assert people["farah"].post(f"/corrections/{uuid.uuid4()}/apply").status_code == 404
    assert people["farah"].post("/corrections/none/apply").status_code == 404


def test_ict_sees_the_fact_in_question_and_nothing_once_it_is_decided(
    portal: Portal, people: Any, record: Record, ask: Ask
) -> None:
    record.write(people["amina"], "reason", "A secret of the family")
    ask("middle_names", "Unmistakable", reason="The aunt told us.")
    name = f"{child(portal, record, 'first_name')} {child(portal, record, 'surname')}"
    page = people["hassan"].get("/corrections").text
    assert name in page
    assert "Unmistakable" in page
    assert "A secret" not in page
    assert f"/records/{record.id}" not in page
    people["hassan"].post(f"/corrections/{waiting(portal, record)}/apply")
    decided = people["hassan"].get("/corrections?show=decided").text
    assert one(portal, "select reference from portal.record where id = %s", record.id) in decided
    for word in (name, "Unmistakable", "The aunt"):
        assert word not in decided
    assert "Unmistakable" in people["farah"].get("/corrections?show=decided").text


def test_the_database_itself_gives_icts_persona_no_child_and_no_request(portal: Portal) -> None:
    with psycopg.connect(portal.database.app_url, autocommit=True) as db:
        db.execute("set role portal_p_ict")
        for table in ("child", "record", "answer", "correction"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(f"select * from portal.{table}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("select * from portal.correction_list(true, null, null, 10)")


def test_nobody_can_write_in_a_request_what_is_not_theirs_to_say(portal: Portal) -> None:
    with portal.owner() as db:
        columns = {
            row[0]
            for row in db.execute(
                "select column_name from information_schema.column_privileges where table_name = 'correction'"
                " and grantee = 'portal_p_senco' and privilege_type in ('INSERT', 'UPDATE')"
            )
        }
    assert columns == {"record", "setting", "child", "field", "new", "reason"}


def test_a_draft_stays_hidden_from_senas_although_its_correction_is_seen(
    portal: Portal, people: Any, record: Record, ask: Ask
) -> None:
    with portal.owner() as db:
        db.execute("update portal.record set status = 'draft', received_at = null where id = %s", [record.id])
    ask("surname", "Kowalska")
    page = people["farah"].get("/corrections").text
    assert "Kowalska" in page
    assert f"/records/{record.id}" not in page
    assert people["farah"].get(record.path("personal")).status_code == 404


# ---------------------------------------------------------------- moving


def test_a_move_takes_everything_along_and_changes_who_sees_it(
    portal: Portal, people: Any, record: Record, ask: Ask
) -> None:
    record.write(people["amina"], "reason", "first words")
    record.write(people["amina"], "reason", "words that move")
    people["amina"].post(f"/records/{record.id}/lists/parents", data={"entry": str(uuid.uuid4())})
    with portal.owner() as db:
        facts = "select author, saved_at, version, value from portal.answer where record = %s"
        before = db.execute(facts, [record.id]).fetchall()
        versions = db.execute("select count(*) from portal.history where record = %s", [record.id]).fetchone()
    assert ask("setting", str(setting(portal, OSWIN))).status_code == 303
    it = waiting(portal, record)
    assert people["hassan"].post(f"/corrections/{it}/apply").status_code == 403, "SENAS decides about a move"
    assert "SENAS decides" in text(people["hassan"].get("/corrections"))
    assert people["farah"].post(f"/corrections/{it}/apply").status_code == 303
    with portal.owner() as db:
        assert db.execute(facts, [record.id]).fetchall() == before, "nobody else became its author"
        assert db.execute("select count(*) from portal.history where record = %s", [record.id]).fetchone() == versions
        for table in ("record", "entry", "answer", "history", "correction"):
            column = "id" if table == "record" else "record"
            found = db.execute(f"select distinct setting from portal.{table} where {column} = %s", [record.id])
            assert found.fetchall() == [(setting(portal, OSWIN),)], table
        events = db.execute(
            "select e.action from audit.event e join portal.person p on p.id = e.person"
            " where e.child = (select child from portal.record where id = %s) and p.name = 'Farah Siddiqui'"
            " and e.action not like 'record.re%%' order by e.id",
            [record.id],
        ).fetchall()
    assert sorted(e[0] for e in events) == ["child.update", "correction.applied", "record.update"]
    for who in ("amina", "ben"):
        assert people[who].get(record.path("needs")).status_code == 404
        body = {"value": "x", "base": 2, "client": "elsewhere-0123456789", "seq": 1}
        assert people[who].post(f"/records/{record.id}/fields/reason", json=body).status_code == 404
    page = people["carys"].get(record.path("needs"))
    assert page.status_code == 200
    assert "words that move" in page.text
    record.write(people["carys"], "reason", "and go on")
    assert record.stored("reason") == "and go on"


def test_both_settings_are_told_of_a_move(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    ask("setting", str(setting(portal, OSWIN)))
    people["farah"].post(f"/corrections/{waiting(portal, record)}/apply")
    told = {to: (subject, body) for to, subject, body in letters(portal, record)[2:]}
    assert set(told) == {"amina.yusuf@brentmere.example", "carys.morgan@stoswins.example"}
    name = child(portal, record, "surname")
    assert not any(name in subject + body for subject, body in told.values())
    assert one(portal, "select contact from portal.record where id = %s", record.id) is None, "nobody's contact is left"


def test_a_setting_that_has_closed_gets_no_child(portal: Portal, people: Any, record: Record, ask: Ask) -> None:
    other = one(portal, "select id from portal.setting where name not in (%s, %s)", BRENTMERE, OSWIN)
    ask("setting", str(other))
    with portal.owner() as db:
        db.execute("update portal.setting set closed_on = now() where id = %s", [other])
    answer = people["farah"].post(f"/corrections/{waiting(portal, record)}/apply")
    with portal.owner() as db:
        db.execute("update portal.setting set closed_on = null where id = %s", [other])
    assert answer.status_code == 409
    assert "has closed" in answer.text
    assert child(portal, record, "setting") == setting(portal, BRENTMERE)


def test_what_was_submitted_stays_as_it_was_sent_after_a_move(portal: Portal, people: Any) -> None:
    with portal.owner() as db:
        found = db.execute(
            "select s.record, s.answers from portal.submission s join portal.setting t on t.id = s.setting"
            " where t.name = %s limit 1",
            [BRENTMERE],
        ).fetchone()
    assert found
    moving, sent = found
    data = {"new": str(setting(portal, OSWIN)), "reason": "Moved house."}
    assert people["amina"].post(f"/records/{moving}/corrections/setting", data=data).status_code == 303
    it = one(portal, "select id from portal.correction where record = %s", moving)
    assert people["farah"].post(f"/corrections/{it}/apply").status_code == 303
    assert one(portal, "select answers from portal.submission where record = %s", moving) == sent
    document = one(portal, "select id from portal.document where record = %s", moving)
    assert people["carys"].get(f"/records/{moving}/documents/{document}").status_code == 200
    assert people["amina"].get(f"/records/{moving}/documents/{document}").status_code == 404
