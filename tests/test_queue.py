"""SENAS's work queue: what is next and late, whose it is, and giving cases to somebody."""

import re
from datetime import timedelta
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import expect

from record.clock import add_working_days, today
from routes.queue import KINDS
from tests.desk import Record
from tests.fixtures_browser import LAPTOP, PHONE, Windows
from tests.fixtures_server import Portal
from tests.test_accessible import sound
from tests.test_corrections import letters, one, text


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "farah", "grace")}


def received(portal: Portal, record: Record, days: int) -> str:
    """The record was submitted so many days ago. Its reference."""
    with portal.owner() as db:
        db.execute(
            "update portal.record set status = 'submitted', received_at = now() - make_interval(days => %s)"
            " where id = %s",
            [days, record.id],
        )
        db.execute(
            "insert into portal.step (record, setting, child, kind, happened_on, at, place)"
            " select id, setting, child, 'received', (received_at at time zone 'Europe/London')::date, received_at,"
            " received_at from portal.record where id = %s",
            [record.id],
        )
    return str(one(portal, "select reference from portal.record where id = %s", record.id))


def line(page: httpx2.Response, record: Record) -> str:
    found = re.search(rf'<tr id="case-{record.id}">(.*?)</tr>', page.text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


def test_a_new_submission_waits_for_its_receipt_and_is_late_when_three_working_days_have_passed(
    portal: Portal, people: dict[str, httpx2.Client]
) -> None:
    fresh, late = Record(portal, people["amina"], 601), Record(portal, people["amina"], 602)
    received(portal, fresh, 0)
    received(portal, late, 9)
    queue = people["farah"].get("/queue?whose=none")
    due = add_working_days(today(), 3)
    assert f"in {(due - today()).days} days" in line(queue, fresh)
    assert "Receipt due" in line(queue, fresh)
    passed = (today() - add_working_days(today() - timedelta(9), 3)).days
    assert f"{passed} day{'s' if passed > 1 else ''} late" in line(queue, late)
    assert queue.text.index(late.id) < queue.text.index(fresh.id), "the most urgent first"
    assert line(people["farah"].get("/queue?whose=none&kind=late"), late)
    assert not line(people["farah"].get("/queue?whose=none&kind=late"), fresh)
    assert line(people["farah"].get("/queue?whose=none&kind=receipt"), fresh)
    assert not line(people["farah"].get("/queue?whose=none&kind=advice"), fresh)
    assert not line(people["farah"].get("/queue?whose=mine"), fresh)


def test_a_case_stands_under_everything_it_waits_for_and_its_line_says_all_of_it(
    portal: Portal, people: dict[str, httpx2.Client]
) -> None:
    both, late = Record(portal, people["amina"], 603), Record(portal, people["amina"], 604)
    for record, days in ((both, 0), (late, 60)):
        received(portal, record, days)
    with portal.owner() as db:
        db.execute("set session_replication_role = replica")
        db.execute("update portal.record set status = 'assessing' where id = %s", [late.id])
        db.execute(
            "insert into portal.step (record, setting, child, kind, happened_on, place)"
            " select id, setting, child, kind, current_date - 50, now() + n * interval '1 second'"
            " from portal.record, (values ('receipt', 1), ('assess', 2)) it(kind, n) where id = %s",
            [late.id],
        )
        db.execute(
            "insert into portal.advice_request (record, setting, child, list, team, asked_by, asked_at, due)"
            " select r.id, r.setting, r.child, 'appendix_c', 'SLT', a.person, now() - interval '50 days',"
            " current_date - 8 from portal.record r, priv.account a where r.id = %s and a.username = 'farah'",
            [late.id],
        )
    farah = people["farah"]

    def kinds(record: Record) -> set[str]:
        return {kind for kind in KINDS if line(farah.get(f"/queue?whose=none&kind={kind}"), record)}

    soon = {"soon"} if (add_working_days(today(), 3) - today()).days <= 7 else set()
    assert kinds(both) == {"all", "new", "receipt", "decision"} | soon
    assert kinds(late) == {"all", "late", "advice", "advice-late", "plan"}
    said = line(farah.get("/queue?whose=none"), both)
    assert said.index("Receipt due") < said.index("in 42 days Decision due"), "the shortest first"
    assert re.search(r"8 days late Advice from SLT due.*in 52 days Plan or no plan due.*in 80 days Final plan due",
                     line(farah.get("/queue?whose=none"), late))  # fmt: skip
    assert "Decision due" not in line(farah.get("/queue?whose=none"), late), "it is decided"
    assert farah.get(f"/records/{both.id}/review").status_code == 200
    assert "new" not in kinds(both), "somebody has read it"
    assert not line(people["grace"].get("/queue?whose=none&kind=new"), both), "whoever it was"


def test_what_is_due_to_be_erased_is_counted_beside_the_other_lists(people: dict[str, httpx2.Client]) -> None:
    coming = re.findall(r'id="coming-', people["grace"].get("/retention").text)
    assert coming, "the demo lists some"
    assert f"Requests due to be erased {len(coming)}" in text(people["grace"].get("/queue"))


def test_the_counts_are_those_of_the_lists(people: dict[str, httpx2.Client]) -> None:
    page = people["grace"].get("/queue?whose=all")
    links = re.findall(r'href="(/queue\?[^"]+)"[^>]*>[^<]*<span class="queue__count"> (\d+)<', page.text)
    assert len(links) >= 8
    for href, count in links:
        total = re.search(r'id="total" role="status">(\d+) case', people["grace"].get(href.replace("&amp;", "&")).text)
        assert total
        assert total[1] == count, href


def test_a_manager_gives_many_cases_to_one_person_who_is_told(portal: Portal, people: dict[str, httpx2.Client]) -> None:
    records = [Record(portal, people["amina"], 610 + n) for n in range(2)]
    for record in records:
        received(portal, record, 1)
    farah = one(portal, "select person from priv.account where username = 'farah'")
    refused = people["grace"].post("/queue?whose=none", data={"whom": str(farah)})
    assert refused.status_code == 422
    assert "Choose the cases first" in text(refused)
    assert "Choose who is to have them" in text(people["grace"].post("/queue", data={"case": records[0].id}))
    amina = one(portal, "select person from priv.account where username = 'amina'")
    nobody = people["grace"].post("/queue", data={"case": records[0].id, "whom": str(amina)})
    assert "Choose somebody of SENAS" in text(nobody)
    data = {"case": [it.id for it in records], "whom": str(farah)}
    answer = people["grace"].post("/queue?whose=none", data=data)
    assert answer.headers["location"].endswith("done=2")
    assert all(line(people["farah"].get("/queue?whose=mine"), it) for it in records)
    recipients = {to for to, _, _ in letters(portal, records[0])}
    assert any(to.startswith("farah") for to in recipients)


def test_a_leavers_cases_are_handed_over_from_their_own_list(portal: Portal, people: dict[str, httpx2.Client]) -> None:
    farah = one(portal, "select person from priv.account where username = 'farah'")
    grace = one(portal, "select person from priv.account where username = 'grace'")
    theirs = people["grace"].get(f"/queue?whose={farah}")
    cases = re.findall(r'name="case" value="([^"]+)"', theirs.text)
    assert cases
    people["grace"].post(f"/queue?whose={farah}", data={"case": cases, "whom": str(grace)})
    assert "0 cases of Farah" in text(people["grace"].get(f"/queue?whose={farah}"))
    everything = people["grace"].post(f"/queue?whose={grace}", data={"every": "yes", "whom": str(farah)})
    assert everything.headers["location"].endswith(f"done={len(cases)}"), "all of a list, whichever are ticked"
    assert "0 cases of Grace" in text(people["farah"].get(f"/queue?whose={grace}"))


def test_a_team_has_a_queue_and_a_leaver_s_cases_are_found_and_handed_over(
    portal: Portal, people: dict[str, httpx2.Client]
) -> None:
    """Farah is of a team, Grace of none; Leonard left and has a case."""
    farah = one(portal, "select person from priv.account where username = 'farah'")
    name, ours = "Early years and primary", Record(portal, people["amina"], 620)
    received(portal, ours, 1)
    allocated = people["grace"].post("/queue?whose=none", data={"case": ours.id, "whom": str(farah)})
    assert allocated.status_code == 303
    assert line(people["farah"].get("/queue?whose=team"), ours)
    assert f"My team’s {count(portal, name)}" in text(people["farah"].get("/queue"))
    assert "My team’s" not in text(people["grace"].get("/queue")), "she is of no team"
    assert line(people["grace"].get(f"/queue?whose=team:{quote(name)}"), ours)
    assert not line(people["grace"].get("/queue?whose=team:Secondary+and+post-16"), ours)
    queue = people["grace"].get("/queue").text
    assert f'value="team:{name}">{name} ({count(portal, name)})' in queue
    leonard = one(portal, "select id from portal.person where name = 'Leonard Okafor'")
    assert f'<option value="{leonard}">Leonard Okafor, who has left (1)' in queue
    refused = people["grace"].post("/queue", data={"case": ours.id, "whom": str(leonard)})
    assert "Choose somebody of SENAS" in text(refused), "who has left is given nothing"
    done = people["grace"].post(f"/queue?whose={leonard}", data={"every": "yes", "whom": str(farah)})
    assert done.headers["location"].endswith("done=1")
    assert "Leonard Okafor" not in people["grace"].get("/queue").text.partition("queue__filters")[2]


def count(portal: Portal, team: str) -> int:
    return int(one(
        portal,
        "select count(*) from portal.record r join portal.person p on p.id = r.coordinator where p.team = %s"
        " and r.status in ('submitted', 'acknowledged', 'deciding', 'assessing', 'draft_plan')",
        team,
    ))  # fmt: skip


@pytest.mark.parametrize(
    "query", ["whose=x&kind=y&page=z", "whose=99999999&page=9999", f"page={quote('१')}", "whose=²"]
)
def test_a_made_up_address_shows_a_list_all_the_same(people: dict[str, httpx2.Client], query: str) -> None:
    assert people["farah"].get(f"/queue?{query}").status_code == 200


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE])
def test_the_queue_is_worked_in_a_browser_and_sound(
    windows: Windows, people: dict[str, httpx2.Client], viewport: dict
) -> None:
    page = windows.open(people["grace"], "/queue?whose=all", viewport=viewport, bypass_csp=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Work queue")
    sound(page)
    page.get_by_role("navigation", name="What they wait for").get_by_role("link", name="Decisions to make").click()
    rows = page.locator("table.list tbody tr")
    expect(rows.first).to_contain_text("Decision due")
    page.get_by_role("button", name="Allocate").click()
    expect(page.locator("#problems")).to_contain_text("Choose the cases first")
    sound(page)


def test_on_a_phone_the_filters_are_folded_and_what_is_urgent_is_not(
    windows: Windows, people: dict[str, httpx2.Client]
) -> None:
    page = windows.open(people["grace"], "/queue?whose=all", java_script_enabled=False)
    decisions, folded = page.get_by_role("link", name="Decisions to make"), page.locator(".fold > summary")
    expect(decisions).to_be_visible()
    expect(folded).to_be_hidden()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    expect(folded).to_contain_text("The whole service · Everything")
    expect(decisions).to_be_hidden()
    expect(page.get_by_role("link", name="Late")).to_have_count(1)
    folded.click()
    decisions.click()
    expect(folded).to_contain_text("Decisions to make")
