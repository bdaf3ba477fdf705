"""Advice asked for by a date: who may then see the record, declining, passing on, reminders, and that it was given."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from playwright.sync_api import expect

from record.clock import say, today
from routes import advice_requests
from sql import Database
from tests.desk import Record
from tests.fixtures_browser import PHONE, Windows
from tests.fixtures_server import Portal
from tests.test_accessible import sound
from tests.test_corrections import letters, one, text
from tests.test_documents import bring, newest, trail
from tests.test_profiles import NEEDED, begin
from tests.test_profiles import write as fill
from tests.test_queue import line, received
from views.words import day

WEEKS = timedelta(weeks=6)
REFERENCE = "select reference from portal.record where id = %s"


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "ben", "daljit", "ewa", "farah")}


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return iter(range(800, 1000))


@pytest.fixture
def record(portal: Portal, people: dict[str, httpx2.Client], numbers: Iterator[int]) -> Record:
    """A record of Brentmere's that SENAS has; no adviser is involved."""
    made = Record(portal, people["amina"], next(numbers))
    received(portal, made, 10)
    return made


def person(portal: Portal, name: str) -> str:
    return str(one(portal, "select person from priv.account where username = %s", name))


def ask(portal: Portal, client: httpx2.Client, record: Record, of: str = "daljit", **more: str) -> httpx2.Response:
    data = {
        "list": "appendix_c",
        "of": person(portal, of),
        "due": "",
        "words": "How are instructions understood?",
        **more,
    }
    return client.post(f"/records/{record.id}/advice-requests", data=data)


def request_of(portal: Portal, record: Record) -> str:
    statement = "select id from portal.advice_request where record = %s order by asked_at desc, state limit 1"
    return str(one(portal, statement, record.id))


def colleague(portal: Portal, of: str) -> int:
    """Somebody else in the team, who is asked to go on and can sign in."""
    made = int(
        one(
            portal,
            "insert into portal.person (name, email, role, team, job_title, search, demo)"
            " select 'Second ' || p.team, %s, p.role, p.team, p.job_title, 'second', true"
            " from portal.person p where p.id = %s returning id",
            f"{uuid4()}@therapies.example",
            person(portal, of),
        )
    )
    with portal.owner() as db:
        db.execute(
            "insert into priv.account (person, username, password) values (%s, %s, '')", [made, f"second.{made}"]
        )
    return made


@contextmanager
def closed(portal: Portal, name: str) -> Iterator[None]:
    """Somebody's account is closed for a while."""
    with portal.owner() as db:
        db.execute("update priv.account set disabled_at = now() where username = %s", [name])
        try:
            yield
        finally:
            db.execute("update priv.account set disabled_at = null where username = %s", [name])


def on_trail(portal: Portal, who: str) -> set[str]:
    with portal.owner() as db:
        rows = db.execute("select distinct action from audit.event where person = %s", [person(portal, who)])
        return {row[0] for row in rows}


@pytest.mark.parametrize("who", ["farah", "amina"])
def test_who_is_asked_sees_that_record_and_gives_the_advice(
    portal: Portal, people: dict[str, httpx2.Client], record: Record, who: str
) -> None:
    assert people["daljit"].get(f"/records/{record.id}/personal").status_code == 404
    assert ask(portal, people[who], record).status_code == 303
    assert people["daljit"].get(f"/records/{record.id}/personal").status_code == 200
    page = text(people["daljit"].get(f"/records/{record.id}/advice-requests"))
    assert "How are instructions understood?" in page
    assert day(today() + WEEKS) in page
    assert people["daljit"].get(f"/records/{record.id}/needs").status_code == 404, "no more than is asked about"
    gateway = text(people["daljit"].get("/gateway"))
    assert "Your advice due" in gateway
    assert any(to.startswith("daljit") and "You are asked" in subject for to, subject, _ in letters(portal, record))
    assert all("Test Child" not in body for _, _, body in letters(portal, record))
    # given: the request is answered by the advice itself
    entry = str(uuid4())
    add = people["daljit"].post(f"/records/{record.id}/lists/appendix_c", data={"entry": entry})
    assert add.status_code == 303
    for field, words in (("appendix_date", today().isoformat()), ("appendix_provision", "Six sessions a term")):
        record.write(people["daljit"], f"{entry}.{field}", words)
    sent = people["daljit"].post(f"/records/{record.id}/profiles/appendix_c/submit")
    assert sent.headers["location"] == "/advice?done=submitted"
    assert one(portal, "select state from portal.advice_request where record = %s", record.id) == "done"
    assert "Given" in text(people[who].get(f"/records/{record.id}/advice-requests"))
    assert {"advice_request.insert", "advice_request.update"} <= set(trail(portal, record))
    # with the request ends what it let them see; their own advice stays theirs to read
    for tab in ("personal", "appendix_c", "documents", "advice-requests"):
        assert people["daljit"].get(f"/records/{record.id}/{tab}").status_code == 404, tab
    own = one(portal, "select document from portal.appendix where record = %s", record.id)
    assert f"/records/{record.id}/documents/{own}" in people["daljit"].get("/advice").text
    assert people["daljit"].get(f"/records/{record.id}/documents/{own}").content.startswith(b"%PDF-")
    assert people["ewa"].get(f"/records/{record.id}/documents/{own}").status_code == 404
    assert "children.listed" in on_trail(portal, "daljit")


def test_declining_needs_a_reason_and_ends_the_sight_of_the_record(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    ask(portal, people["farah"], record)
    url = f"/records/{record.id}/advice-requests/{request_of(portal, record)}"
    assert "Say why you decline" in text(people["daljit"].post(url, data={"reason": " "}))
    assert people["ben"].post(url, data={"reason": "No"}).status_code == 404, "only who was asked"
    answer = people["daljit"].post(url, data={"reason": "Not on our caseload"})
    assert answer.status_code == 303
    assert people["daljit"].get(f"/records/{record.id}/personal").status_code == 404
    assert people["daljit"].post(url, data={"reason": "Again"}).status_code == 404
    assert "Not on our caseload" in text(people["farah"].get(f"/records/{record.id}/advice-requests"))
    assert any(to.startswith("farah") and "declined" in subject for to, subject, _ in letters(portal, record))


def test_declining_leaves_what_was_there_before(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    with portal.owner() as db:
        db.execute(
            "insert into portal.involvement (child, person) select child, %s from portal.record where id = %s",
            [person(portal, "daljit"), record.id],
        )
    ask(portal, people["farah"], record)
    url = f"/records/{record.id}/advice-requests/{request_of(portal, record)}"
    people["daljit"].post(url, data={"reason": "On leave"})
    assert people["daljit"].get(f"/records/{record.id}/personal").status_code == 200


def test_it_is_passed_to_a_colleague_of_the_same_team_with_its_date(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    second = colleague(portal, "daljit")
    ask(portal, people["farah"], record, due=day(today() + timedelta(20)))
    url = f"/records/{record.id}/advice-requests/{request_of(portal, record)}"
    stranger = people["daljit"].post(url, data={"pass": "yes", "to": person(portal, "ewa")})
    assert "Choose a colleague of your team" in text(stranger)
    assert people["daljit"].post(url, data={"pass": "yes", "to": str(second)}).status_code == 303
    with portal.owner() as db:
        rows = db.execute(
            "select asked_of, state, due from portal.advice_request where record = %s order by state", [record.id]
        ).fetchall()
    assert rows == [
        (second, "asked", today() + timedelta(20)),
        (int(person(portal, "daljit")), "passed", today() + timedelta(20)),
    ]
    assert people["daljit"].get(f"/records/{record.id}/personal").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"list": "appendix_z"}, "Choose the appendix"),
        ({"of": ""}, "Choose whom you ask"),
        ({"of": "999999"}, "Choose whom you ask"),
        ({"of": "team:EP"}, "somebody of a team that writes Appendix C"),
        ({"of": "team:"}, "Choose whom you ask"),
        ({"list": "appendix_d"}, "somebody of a team that writes Appendix D"),
        ({"list": "appendix_b"}, "somebody of a team that writes Appendix B"),
        ({"due": "1 January 2020"}, "This day has passed"),
        ({"due": "1 January 2090"}, "more than a year"),
        ({"due": "soon"}, ""),
        ({"words": "x" * 1_001}, "It can be 1,000 at most"),
    ],
)
def test_what_cannot_be_asked_is_said_and_costs_nothing_typed(
    portal: Portal, people: dict[str, httpx2.Client], record: Record, wrong: dict[str, str], words: str
) -> None:
    data = {"list": "appendix_c", "of": person(portal, "daljit"), "due": "", "words": "ਪੰਜਾਬੀ 🙂", **wrong}
    answer = people["farah"].post(f"/records/{record.id}/advice-requests", data=data)
    assert answer.status_code == 422
    assert words in text(answer)
    # an appendix that there is not is no choice of the page's
    assert {"words", "list"} & set(wrong) or 'value="ਪੰਜਾਬੀ 🙂"' in answer.text
    assert one(portal, "select count(*) from portal.advice_request where record = %s", record.id) == 0


def test_declining_two_requests_leaves_no_sight_of_the_child(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    first = (ask(portal, people["farah"], record), request_of(portal, record))[1]
    second = (ask(portal, people["farah"], record, list="appendix_f"), request_of(portal, record))[1]
    at = f"/records/{record.id}"
    assert people["daljit"].post(f"{at}/advice-requests/{first}", data={"reason": "Not ours"}).status_code == 303
    assert people["daljit"].get(f"{at}/personal").status_code == 200
    assert people["daljit"].get(f"{at}/appendix_c").status_code == 404
    assert people["daljit"].post(f"{at}/advice-requests/{second}", data={"reason": "Nor this"}).status_code == 303
    assert people["daljit"].get(f"{at}/personal").status_code == 404
    assert record.id not in people["daljit"].get("/gateway").text


def test_the_whole_request_is_read_only_where_who_asked_says_so(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    record.write(people["amina"], "reason", "He cannot yet follow two instructions")
    bring(people["amina"], record)
    ask(portal, people["farah"], record)
    at, wanted = f"/records/{record.id}", request_of(portal, record)
    assert people["daljit"].get(f"{at}/needs").status_code == 404
    assert people["daljit"].get(f"{at}/documents/{newest(portal, record)}").status_code == 404
    assert people["daljit"].get(f"{at}/report?report=preview").status_code == 404
    changed = people["farah"].post(f"{at}/advice-requests/{wanted}/change", data={"due": "", "whole": "yes"})
    assert changed.status_code == 303
    assert "follow two instructions" in text(people["daljit"].get(f"{at}/needs"))
    assert people["daljit"].get(f"{at}/documents/{newest(portal, record)}").status_code == 200
    for beyond in ("case", "corrections/first_name"):
        assert people["daljit"].get(f"{at}/{beyond}").status_code == 404
    assert "May read the whole request" in text(people["farah"].get(f"{at}/advice-requests"))
    people["farah"].post(f"{at}/advice-requests/{wanted}/change", data={"due": ""})
    assert people["daljit"].get(f"{at}/needs").status_code == 404


def test_who_asked_changes_the_date_and_takes_it_back(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    ask(portal, people["farah"], record)
    at, wanted = f"/records/{record.id}/advice-requests", request_of(portal, record)
    for who in ("daljit", "amina"):  # who was asked, and somebody on the other side of it
        for verb in ("change", "cancel"):
            assert people[who].post(f"{at}/{wanted}/{verb}", data={"due": ""}).status_code in (404, 409), who
    refused = people["farah"].post(f"{at}/{wanted}/change", data={"due": "1 January 2020"})
    assert refused.status_code == 422
    assert f'id="due-{wanted}-error"' in refused.text
    later = day(today() + timedelta(60))
    assert people["farah"].post(f"{at}/{wanted}/change", data={"due": later}).status_code == 303
    assert later in text(people["daljit"].get(at))
    assert people["farah"].post(f"{at}/{wanted}/cancel").status_code == 303
    assert people["daljit"].get(f"/records/{record.id}/personal").status_code == 404
    assert people["farah"].post(f"{at}/{wanted}/cancel").status_code == 409
    assert "Taken back" in text(people["farah"].get(at))
    told = [subject for to, subject, _ in letters(portal, record) if to.startswith("daljit")]
    assert [it.partition(":")[0] for it in told] == [
        "You are asked for advice", "A request for advice was changed", "A request for advice was taken back",
    ]  # fmt: skip
    assert ask(portal, people["farah"], record).status_code == 303, "asked anew"


def test_a_setting_takes_back_what_it_asked_for_and_nobody_else_s(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    ask(portal, people["amina"], record)
    at, wanted = f"/records/{record.id}/advice-requests", request_of(portal, record)
    assert people["farah"].post(f"{at}/{wanted}/cancel").status_code == 409
    assert people["ben"].post(f"{at}/{wanted}/cancel").status_code == 303, "a colleague of hers"


def test_a_team_is_asked_and_one_of_them_takes_it(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    second = colleague(portal, "daljit")
    assert ask(portal, people["farah"], record, of="daljit", list="appendix_f").status_code == 303
    asked = ask_team(people["farah"], record, "appendix_c", "SLT")
    assert asked.status_code == 303
    wanted = one(portal, "select id from portal.advice_request where record = %s and asked_of is null", record.id)
    theirs = one(portal, "select email from portal.person where id = %s", second)
    told = {to for to, subject, _ in letters(portal, record) if subject.startswith("Your team is asked")}
    assert {"daljit.gill@therapies.example", theirs} <= told
    assert not [to for to in told if to.startswith("ewa")]
    assert "nobody yet" in text(people["farah"].get(f"/records/{record.id}/advice-requests"))
    hers = text(people["daljit"].get("/advice"))
    assert "Asked of your team Whoever takes one" in hers
    assert "Asked of your team" not in text(people["ewa"].get("/advice"))
    assert people["ewa"].post(f"/advice/{wanted}/take").status_code == 404
    assert people["daljit"].post(f"/advice/{wanted}/take").status_code == 303
    assert people["daljit"].get(f"/records/{record.id}/appendix_c").status_code == 200
    assert people["daljit"].post(f"/advice/{wanted}/take").status_code == 409
    assert one(portal, "select asked_of from portal.advice_request where id = %s", wanted) == int(
        person(portal, "daljit")
    )
    again = ask_team(people["farah"], record, "appendix_c", "SLT")
    assert again.status_code == 303, "somebody else of the team, too"
    assert ask_team(people["farah"], record, "appendix_c", "SLT").status_code == 422


def ask_team(client: httpx2.Client, record: Record, appendix: str, team: str) -> httpx2.Response:
    data = {"list": appendix, "of": f"team:{team}", "due": "", "words": ""}
    return client.post(f"/records/{record.id}/advice-requests", data=data)


def test_senas_asks_the_school_for_the_senco_s_advice(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    form = people["farah"].get(f"/records/{record.id}/advice-requests?appendix=appendix_b").text
    offered = {name for name in ("amina", "ben", "carys", "ewa") if f'<option value="{person(portal, name)}"' in form}
    assert offered == {"amina", "ben"}, "neither another school's nor who does not write it"
    assert ask_team(people["farah"], record, "appendix_b", "Schools").status_code == 303
    told = {to.split("@")[0] for to, subject, _ in letters(portal, record) if subject.startswith("Your team")}
    assert {"amina.yusuf", "ben.carter"} & told
    assert not [to for to in told if "carys" in to]
    assert "Asked of your team" in text(people["ben"].get("/advice"))
    wanted = request_of(portal, record)
    assert people["ben"].post(f"/advice/{wanted}/take").status_code == 303
    assert people["ben"].get(f"/records/{record.id}/personal").status_code == 200
    entry = begin(people["ben"], str(record.id), "appendix_b")
    fill(people["ben"], str(record.id), entry, **NEEDED)
    assert people["ben"].post(f"/records/{record.id}/profiles/appendix_b/submit").status_code == 303
    assert one(portal, "select state from portal.advice_request where id = %s", wanted) == "done"


def test_asking_twice_is_asking_once(portal: Portal, people: dict[str, httpx2.Client], record: Record) -> None:
    ask(portal, people["farah"], record)
    assert "They have been asked for this appendix already" in text(ask(portal, people["amina"], record))


def test_who_is_asked_is_not_said_to_be_told_where_no_mail_reaches_them(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    page = people["farah"].get(ask(portal, people["farah"], record, of="ewa", list="appendix_d").headers["location"])
    assert "They are told by email." in text(page)
    with portal.owner() as db:
        before = one(portal, "select email from portal.person where id = %s", person(portal, "daljit"))
        db.execute("update portal.person set email = '' where id = %s", [person(portal, "daljit")])
        page = people["farah"].get(ask(portal, people["farah"], record).headers["location"])
        db.execute("update portal.person set email = %s where id = %s", [before, person(portal, "daljit")])
    assert "have no email address: tell them yourself" in text(page)


def test_when_the_assessment_is_over_nobody_is_asked_and_only_what_was_begun_stays_in_sight(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    farah, daljit, at = people["farah"], people["daljit"], f"/records/{record.id}"
    ask(portal, farah, record, whole="yes")
    ask(portal, farah, record, of="ewa", list="appendix_d")
    assert ask_team(farah, record, "appendix_f", "SLT").status_code == 303
    team = one(portal, "select id from portal.advice_request where record = %s and asked_of is null", record.id)
    assert f"/advice/{team}/take" in daljit.get("/advice").text
    entry = begin(daljit, record.id, "appendix_c")
    fill(daljit, record.id, entry, appendix_background="begun")
    assert "Ask for advice" in text(farah.get(f"{at}/case"))
    with portal.owner() as db:
        db.execute("update portal.record set status = 'withdrawn' where id = %s", [record.id])
    assert "Ask for advice" not in text(farah.get(f"{at}/case"))
    assert "nobody is asked for more advice" in text(farah.get(f"{at}/advice-requests"))
    assert ask(portal, farah, record, list="appendix_e").status_code == 409
    hers, theirs = daljit.get("/advice"), people["ewa"].get("/advice")
    assert "No longer needed: the request for an assessment is over. What you wrote is kept." in text(hers)
    assert f"{at}/appendix_c" in hers.text
    assert "begun" in daljit.get(f"{at}/appendix_c").text
    assert daljit.get(f"{at}/needs").status_code == 404, "no longer the whole request"
    assert f"/advice/{team}/take" not in hers.text
    assert daljit.post(f"/advice/{team}/take").status_code == 404
    assert "No longer needed" in text(theirs)
    assert f"{at}/appendix_d" not in theirs.text
    assert people["ewa"].get(f"{at}/personal").status_code == 404


def test_an_adviser_asks_nobody(portal: Portal, people: dict[str, httpx2.Client], record: Record) -> None:
    ask(portal, people["farah"], record)
    assert ask(portal, people["daljit"], record, of="ewa").status_code == 403


def test_whoever_is_late_is_reminded_once_for_each_stage_and_senas_sees_it(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    ask(portal, people["farah"], record)
    due = today() + WEEKS
    with portal.owner() as db:
        stages = []
        for days in (30, 7, 6, 1, 0, -1, -9):
            told = db.execute(
                "select count(*) from portal.advice_remind(%s) where record = %s", [due - timedelta(days), record.id]
            ).fetchone()
            stages.append(told[0] if told else None)
        db.execute(
            "update portal.advice_request set asked_at = now() - interval '50 days', due = current_date - 8"
            " where record = %s", [record.id]
        )  # fmt: skip
    assert stages == [0, 1, 0, 1, 0, 1, 0]
    queue = people["farah"].get("/queue?whose=none&kind=advice")
    assert "Advice from SLT" in line(queue, record)
    assert "Advice from SLT" in text(people["farah"].get(f"/records/{record.id}/case"))


def decided(farah: httpx2.Client, record: Record) -> None:
    """SENAS has decided to assess."""
    on = {"on": f"{today():%d/%m/%Y}", "reason": "More must be known."}
    for kind in ("receipt", "assess"):
        assert farah.post(f"/records/{record.id}/case/{kind}", data=on).status_code == 303


def test_once_it_is_decided_to_assess_the_law_sets_the_date_and_only_its_exception_moves_it_everywhere(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    at, asked = f"/records/{record.id}/advice-requests", today()
    agreed, law, later = day(asked + timedelta(20)), day(asked + WEEKS), day(asked + timedelta(70))
    form = f"{at}?appendix=appendix_c"
    ask(portal, people["farah"], record, of="ewa", list="appendix_d", due=agreed)
    assert 'name="due"' in people["farah"].get(form).text
    decided(people["farah"], record)
    assert f"By {law} : once SENAS has decided to assess" in text(people["farah"].get(form))
    assert 'name="due"' in people["amina"].get(form).text, "a setting agrees a day with whom it asks"
    ask(portal, people["farah"], record, due=day(asked + timedelta(10)))
    wanted, told = (
        request_of(portal, record),
        [body for to, _, body in letters(portal, record) if to.startswith("dalj")],
    )
    assert law in told[-1], "not the day that was typed into the address"
    people["farah"].post(f"{at}/{wanted}/change", data={"due": later, "whole": "yes"})

    def dates() -> dict[str, set[str]]:
        """Which of the days each page has, to whom it concerns."""
        pages = {
            "case": people["farah"].get(f"/records/{record.id}/case"),
            "review": people["farah"].get(f"/records/{record.id}/review"),
            "school": people["amina"].get(f"/records/{record.id}/case"),
            "requests": people["daljit"].get(at),
            "mine": people["daljit"].get("/advice"),
        }
        return {name: {on for on in (law, later) if on in text(page)} for name, page in pages.items()}

    assert all(found == {law} for found in dates().values())
    page = text(people["farah"].get(f"/records/{record.id}/case"))
    assert f"asked {say(asked)} + 42 days = {say(asked + WEEKS)}" in page
    assert f"asked {say(asked)}, agreed by {say(asked + timedelta(20))}" in page
    # an exception is of a request that was made by the law, and chosen from those
    exception = f"/records/{record.id}/case/exception"
    offered = people["farah"].get(exception).text
    assert f'<option value="{wanted}">SLT (Daljit' in offered
    assert "EP (Ewa" not in offered
    typed = {"ground": "8(2) c", "since": day(asked), "until": day(asked), "instead": later, "reason": "The bus."}
    assert "Choose whose advice it is" in text(people["farah"].post(exception, data=typed))
    early = people["farah"].post(exception, data={**typed, "request": wanted, "instead": law})
    assert "later than the one the law sets" in text(early)
    assert people["farah"].post(exception, data={**typed, "request": wanted}).status_code == 303
    assert all(later in found for found in dates().values())
    assert "did not keep an appointment" in text(people["amina"].get(f"/records/{record.id}/case"))
    assert "regulation 8(2)) until" in text(people["daljit"].get("/advice"))
    assert "The bus." not in text(people["daljit"].get(at))
    assert later in text(people["daljit"].get("/gateway"))
    # it is the request's, whoever it is passed to; taken back, the day is the law's again
    second = colleague(portal, "daljit")
    people["daljit"].post(f"{at}/{wanted}", data={"pass": "yes", "to": str(second)})
    now = "select due, state from portal.advice_request where record = %s and list = 'appendix_c' order by state"
    with portal.owner() as db:
        assert db.execute(now, [record.id]).fetchall() == [
            (asked + timedelta(70), "asked"), (asked + timedelta(70), "passed")]  # fmt: skip
        step = one(portal, "select id from portal.step where record = %s and kind = 'exception'", record.id)
        people["farah"].post(f"/records/{record.id}/steps/{step}", data={"act": "void", "why": "It was not theirs."})
        assert {due for due, _ in db.execute(now, [record.id])} == {asked + WEEKS}
        # a request that is over reminds nobody
        remind = "select email from portal.advice_remind(%s) where record = %s"
        db.execute("update portal.record set status = 'withdrawn' where id = %s", [record.id])
        assert db.execute(remind, [asked + WEEKS, record.id]).fetchall() == []
        assert "No longer needed" in text(people["farah"].get(at))
        db.execute("update portal.record set status = 'assessing' where id = %s", [record.id])
        assert len(db.execute(remind, [asked + WEEKS, record.id]).fetchall()) == 2
    # what was declined is no late advice
    mine = one(portal, "select id from portal.advice_request where record = %s and list = 'appendix_d'", record.id)
    people["ewa"].post(f"{at}/{mine}", data={"reason": "On leave"})
    assert "Advice from EP" not in text(people["farah"].get(f"/records/{record.id}/case"))


def test_nobody_is_asked_who_cannot_sign_in_any_more(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    second, form = colleague(portal, "daljit"), f"/records/{record.id}/advice-requests"
    whom = f"{form}?appendix=appendix_c"
    assert f'value="{second}"' in people["farah"].get(whom).text
    ask(portal, people["farah"], record)
    with closed(portal, f"second.{second}"):
        assert f'value="{second}"' not in people["farah"].get(whom).text
        assert ask(portal, people["farah"], record, of=f"second.{second}").status_code == 422
        url = f"{form}/{request_of(portal, record)}"
        assert "Choose a colleague" in text(people["daljit"].post(url, data={"pass": "yes", "to": str(second)}))
        # nor by the database itself, should the page's list be a moment old
        with portal.owner() as db, db.transaction(force_rollback=True):
            token = people["farah"].cookies["sid"].rpartition(".")[0]
            db.execute("select set_config('app.tok', %s, true)", [token])
            db.execute("set local role portal_p_senas")
            asked = db.execute(
                "select id from portal.advice_ask(%s, 'appendix_c', %s, '', current_date + 30, '', false, '{SLT}')",
                [record.id, second],
            ).fetchone()
    assert asked is None


def test_whoever_asked_is_told_when_it_will_not_come_from_whom_they_asked(
    portal: Portal, people: dict[str, httpx2.Client], record: Record
) -> None:
    ask(portal, people["amina"], record)
    due = today() + WEEKS
    remind = "select email, away from portal.advice_remind(%s) where record = %s"
    with closed(portal, "daljit"), portal.owner() as db:
        told = [db.execute(remind, [due - timedelta(days), record.id]).fetchall() for days in (30, 29, 7, -1)]
        page = text(people["amina"].get(f"/records/{record.id}/advice-requests"))
    asker = one(portal, "select email from portal.person where id = %s", person(portal, "amina"))
    assert told == [[(asker, True)], [], [], []], "once, at once, and nothing to the one who has left"
    assert "They can no longer give it." in page
    with portal.owner() as db:  # they are back, and reminded as ever
        assert db.execute(remind, [due, record.id]).fetchall() == [("daljit.gill@therapies.example", False)]
        db.execute("update portal.advice_request set reminded = '{}' where record = %s", [record.id])
        with closed(portal, "daljit"), closed(portal, "amina"):
            found = db.execute(remind, [due, record.id]).fetchall()
        coordinator = db.execute(
            "select p.email from portal.record r join portal.person p on p.id = coalesce(r.coordinator, r.contact)"
            " where r.id = %s", [record.id]
        ).fetchone()  # fmt: skip
    assert [email for email, _ in found] == ([coordinator[0]] if coordinator and coordinator[0] != asker else [])


def test_the_letter_about_it_names_no_child(portal: Portal, people: dict[str, httpx2.Client], record: Record) -> None:
    ask(portal, people["amina"], record)

    async def go() -> None:
        async with Database(portal.database.app_url, 2) as db:
            await advice_requests.remind(db, SimpleNamespace(base_url=portal.url))

    with closed(portal, "daljit"), pytest.MonkeyPatch.context() as patched:
        patched.setattr(advice_requests, "MORNING", 0)
        asyncio.run(go())
    found = [it for it in letters(portal, record) if "from somebody else" in it[1]]
    assert [to.split("@")[0] for to, _, _ in found] == ["amina.yusuf"]
    assert "Test Child" not in found[0][2]
    assert f"/records/{record.id}/advice-requests" in found[0][2]


def test_asking_and_declining_in_a_browser(
    windows: Windows, portal: Portal, people: dict[str, Any], record: Record
) -> None:
    page = windows.open(people["farah"], f"/records/{record.id}/case", bypass_csp=True)
    page.get_by_role("link", name="Ask for advice").or_(page.get_by_role("button", name="Ask for advice")).click()
    page.get_by_label("Appendix").select_option("appendix_d")
    page.get_by_role("button", name="Next: whom to ask").click()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#problems")).to_contain_text("Choose whom you ask")
    sound(page)
    page.get_by_label("Whom").select_option(person(portal, "ewa"))
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("They are told by email")
    page.get_by_text("Change it, or take it back").click()
    sound(page)
    hers = windows.open(people["ewa"], "/advice", viewport=PHONE, bypass_csp=True)
    sound(hers)
    hers.get_by_role("listitem").filter(has_text=str(one(portal, REFERENCE, record.id))).get_by_role(
        "button", name="Decline, or pass it to a colleague"
    ).click()
    hers.locator("summary", has_text="Decline, or pass it to a colleague").click()
    sound(hers)
    hers.get_by_label("Why you decline").fill("On leave until the spring")
    hers.get_by_role("button", name="Decline").click()
    expect(hers.get_by_role("heading", level=1)).to_have_text("Advice asked of you")
    expect(hers.get_by_role("alert").first).to_contain_text("told that you declined")
    sound(hers)
