"""Retention as people meet it: the page at SENAS, rules, holds, a draft's own page, the old address of what is gone."""

import csv
import io
import threading
from typing import Any

import httpx2
import pytest
from playwright.sync_api import expect

from record.clock import today
from record.status import STATUS
from tests.fixtures_browser import Windows
from tests.fixtures_server import Portal
from tests.past import MARK, Past, ago, days, past, stood
from tests.persona import Owner
from tests.stage import same
from tests.test_accessible import sound
from tests.test_corrections import text
from views.words import day


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "carys", "daljit", "ewa", "farah", "grace", "hassan")}


def loop(owner: Owner, call: str, *given: Any) -> Any:
    """The portal's background work does something, now rather than within ten minutes."""
    with owner.transaction():
        owner.execute("set local role portal_p_loop")
        row = owner.execute(f"select portal.{call}".encode(), given).fetchone()
    return row[0] if row else None


def warned(owner: Owner, status: str = "moved_out", left: int = 40) -> Past:
    it = past(owner, status, ago(2 if status == "draft" else 6, left))
    loop(owner, "retention_warn()")
    return it


def erased(owner: Owner, status: str = "moved_out", before: Any = None) -> Past:
    """A request that was there and was deleted; ``before`` is done while it is there."""
    it = warned(owner, status, -1)
    if before:
        before(it)
    stood(owner, it)
    assert loop(owner, "retention_erase(%s)", it.record) is True
    return it


# ---------------------------------------------------------------- the rules


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_manager_changes_a_rule_and_sees_first_what_it_brings_about(
    windows: Windows, owner: Owner, people: dict[str, httpx2.Client], scripts: bool
) -> None:
    owner.execute("set session_replication_role = replica")
    owner.execute("delete from portal.retention_rule where outcome = 'not_assess' and set_by is not null")
    owner.execute("set session_replication_role = origin")
    old = past(owner, "not_assess", ago(5, -3))
    page = windows.open(people["grace"], "/retention", bypass_csp=scripts, java_script_enabled=scripts)
    page.locator("#rule-not_assess").get_by_role("link", name="Change").click()
    page.get_by_label("Years").fill("five")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#problems")).to_contain_text("Write a whole number of years")
    expect(page.locator("#problems")).to_contain_text("Say why")
    expect(page.get_by_label("Years")).to_have_value("five")
    if scripts:
        sound(page)
    page.get_by_label("Years").fill("5")
    page.get_by_label("Why").fill("The board of 3 November. ਬੋਰਡ")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("main")).to_contain_text("would come up for deletion within the next 90 days")
    assert owner.execute("select count(*) from portal.retention_rule where outcome = 'not_assess'").fetchone() == (1,)
    if scripts:
        sound(page)
    page.get_by_role("button", name="Change it again").click()
    expect(page.get_by_label("Why")).to_have_value("The board of 3 November. ਬੋਰਡ")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Set this rule").click()
    expect(page.locator("#rule-not_assess")).to_contain_text("5 years after it was closed")
    expect(page.locator("#rule-not_assess")).to_contain_text("The board of 3 November. ਬੋਰਡ")
    expect(page.locator("#rule-not_assess")).to_contain_text("Grace Mensah")
    detail = owner.execute(
        "select detail from audit.event where action = 'retention.changed' order by id desc limit 1"
    ).fetchone()
    assert detail
    assert detail[0] == {
        "name": "requests without assessment",
        "outcome": "not_assess",
        "old": ["closed", 6],
        "new": ["closed", 5],
        "reason": "The board of 3 November. ਬੋਰਡ",
    }
    told = text(people["hassan"].get("/audit?kind=registers"))
    assert "changed how long requests without assessment are kept" in told
    loop(owner, "retention_warn()")
    page.goto(windows.portal.url + "/retention")
    row = page.locator(f"#coming-{old.record}")
    expect(row).to_contain_text(f"{day(days(30))}in 30 days")
    expect(row).to_contain_text(f"so not before {day(days(30))}")
    if scripts:
        sound(page)


def test_how_many_it_brings_about_is_counted(owner: Owner, people: dict[str, httpx2.Client]) -> None:
    for left in (10, 89, 90, 91, 300):
        past(owner, "moved_out", ago(9, left))
    url, given = "/retention/rules/moved_out", {"since": "closed", "years": "9", "reason": "Decided"}
    before = text(people["grace"].post(url, data=given))
    now = owner.execute("select count(*) from portal.retention(null) where outcome = 'moved_out' and due <= %s",
                        [days(90)]).fetchone()  # fmt: skip
    assert now
    assert "3 requests would come up for deletion within the next 90 days" in before
    assert f"with the present rule {now[0]} do." in before
    assert "Each is listed and told of first" in before


@pytest.mark.parametrize(("given", "says"), [
    ({"since": "closed", "years": "1", "reason": "x"}, "Keep it at least 2 years"),
    ({"since": "birth", "years": "17", "reason": "x"}, "count at least 18 years"),
    ({"since": "", "years": "7", "reason": "x"}, "Choose from when"),
    ({"since": "closed", "years": "6", "reason": "x"}, "This is the rule already."),
    ({"since": "closed", "years": "7", "reason": " "}, "Say why"),
    ({"since": "closed", "years": "7", "reason": "x" * 4_001}, "4,000 at most"),
    ({}, "Write the number of years."),
])  # fmt: skip
def test_a_rule_that_cannot_be_set_is_refused_in_place(
    people: dict[str, httpx2.Client], given: dict[str, str], says: str
) -> None:
    for act in ({}, {"act": "set"}):
        answer = people["grace"].post("/retention/rules/moved_out", data=given | act)
        assert answer.status_code == 422
        assert says in text(answer)
        assert str(given.get("reason", ""))[:100].strip() in answer.text


def test_an_outcome_there_is_not_has_no_rule(people: dict[str, httpx2.Client]) -> None:
    assert people["grace"].get("/retention/rules/nothing").status_code == 404
    assert people["grace"].post("/retention/rules/nothing", data={"act": "set"}).status_code == 404


# ---------------------------------------------------------------- what comes up, and holds


def test_what_comes_up_is_kept_by_a_hold_that_a_manager_lifts(
    windows: Windows, owner: Owner, people: dict[str, httpx2.Client]
) -> None:
    it = warned(owner)
    page = windows.open(people["farah"], "/retention", bypass_csp=True)
    row = page.locator(f"#coming-{it.record}")
    expect(row).to_contain_text(f"+ 6 years = {days(40):%a} {days(40).day} {days(40):%b %Y}")
    expect(row).to_contain_text("in 40 days")
    row.get_by_role("link", name="Put on legal hold").click()
    page.get_by_role("button", name="Put it on legal hold").click()
    expect(page.locator("#problems")).to_contain_text("Say what it is kept for")
    sound(page)
    page.get_by_label("What it is kept for").fill("An inquiry")
    page.get_by_role("button", name="Put it on legal hold").click()
    expect(page.get_by_role("alert").first).to_contain_text("not deleted as long as the hold stands")
    expect(page.locator("main")).to_contain_text("A SENAS manager can lift it")
    sound(page)
    for path in ("case", "review"):
        page.goto(f"{windows.portal.url}/records/{it.record}/{path}")
        expect(page.locator("#kept")).to_contain_text("On legal hold")
    page.goto(windows.portal.url + "/retention")
    expect(page.locator(f"#coming-{it.record}")).to_have_count(0)
    expect(page.locator(f"#hold-{it.record}")).to_contain_text("An inquiry")
    manager = windows.open(people["grace"], f"/records/{it.record}/hold", bypass_csp=True)
    manager.get_by_label("Why it can be lifted").fill("The inquiry has ended")
    manager.get_by_role("button", name="Lift the hold").click()
    expect(manager.get_by_role("alert").first).to_contain_text("nothing is deleted within 30 days")
    expect(manager.locator("main")).to_contain_text("The inquiry has ended")
    sound(manager)
    loop(owner, "retention_warn()")
    page.goto(f"{windows.portal.url}/records/{it.record}/case")
    expect(page.locator("#kept")).to_contain_text(f"it will be deleted on {day(days(40))}")
    expect(page.locator("header.head")).to_contain_text(f"will be deleted on {day(days(40))}")


def test_a_second_hold_and_a_second_lift_change_nothing(owner: Owner, people: dict[str, httpx2.Client]) -> None:
    url = f"/records/{warned(owner).record}/hold"
    assert people["farah"].post(url, data={"reason": "First"}).headers["location"].endswith("placed")
    answer = people["grace"].post(url, data={"reason": "Second"})
    assert "A colleague had put it on legal hold" in text(people["grace"].get(answer.headers["location"]))
    assert people["farah"].post(f"{url}/lift", data={"reason": "x"}).status_code == 404
    assert people["grace"].post(f"{url}/lift", data={"reason": ""}).status_code == 422
    assert people["grace"].post(f"{url}/lift", data={"reason": "x"}).headers["location"].endswith("lifted")
    assert people["grace"].post(f"{url}/lift", data={"reason": "x"}).status_code == 404
    page = text(people["grace"].get(url))
    assert "First" in page
    assert "Second" not in page


def test_an_open_case_shows_its_hold_and_a_school_does_not_see_it(
    owner: Owner, people: dict[str, httpx2.Client]
) -> None:
    it = past(owner, "deciding", ago(1))
    people["farah"].post(f"/records/{it.record}/hold", data={"reason": f"An inquiry into {MARK} School"})
    assert "On legal hold" in text(people["grace"].get(f"/records/{it.record}/case"))
    assert "An inquiry" in text(people["grace"].get(f"/records/{it.record}/hold"))
    assert "legal hold" in text(people["farah"].get(f"/records/{it.record}/readers"))
    for page in ("case", "readers", "personal"):
        answer = people["amina"].get(f"/records/{it.record}/{page}")
        assert answer.status_code == 200
        assert "hold" not in text(answer).replace("household", "").lower(), page
    assert people["amina"].get(f"/records/{it.record}/hold").status_code == 404


def test_the_setting_reads_how_long_its_request_is_kept(owner: Owner, people: dict[str, httpx2.Client]) -> None:
    it = past(owner, "ceased", ago(1))
    page = text(people["amina"].get(f"/records/{it.record}/case"))
    assert "How long it is kept: until 5 May 2047. (born 5 May 2016 + 31 years = Sun 5 May 2047)" in page


def test_more_than_a_page_comes_up(owner: Owner, people: dict[str, httpx2.Client]) -> None:
    for _ in range(55):
        past(owner, "moved_out", ago(6, 50))
    loop(owner, "retention_warn()")
    first, last = text(people["grace"].get("/retention")), text(people["grace"].get("/retention?page=99999"))
    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in last
    for odd in ("", "0", "-1", "two", "٢", "9" * 400):
        assert people["grace"].get("/retention", params={"page": odd}).status_code == 200


def test_looking_through_what_comes_up_is_on_the_trail(owner: Owner, people: dict[str, httpx2.Client]) -> None:
    it = warned(owner)
    people["farah"].get("/retention")
    detail = owner.execute(
        "select detail from audit.event where action = 'children.listed' order by id desc limit 1"
    ).fetchone()
    assert detail
    assert str(it.child) in detail[0]["children"]


# ---------------------------------------------------------------- drafts


def test_a_draft_says_by_itself_that_it_will_be_deleted_until_somebody_goes_on(
    windows: Windows, owner: Owner, people: dict[str, httpx2.Client]
) -> None:
    it = warned(owner, "draft", 20)
    page = windows.open(people["amina"], f"/records/{it.record}/personal", bypass_csp=True)
    says = f"Will be deleted on {day(days(30))} unless somebody writes in it"
    expect(page.locator("header.head")).to_contain_text(says)
    sound(page)
    senas = text(people["farah"].get("/retention"))
    assert f"{it.reference} Brentmere Primary School" in senas.replace("\n", " ")
    name = owner.execute("select first_name from portal.child where id = %s", [it.child]).fetchone()
    assert name
    assert name[0] not in senas, "a draft is between the family and the setting"
    page.fill("#preferred_name", "Ada")
    page.keyboard.press("Tab")
    expect(page.locator("#s-preferred_name")).to_contain_text("Saved")
    page.reload()
    expect(page.locator("header.head")).not_to_contain_text("deleted")


# ---------------------------------------------------------------- what was deleted


def test_the_old_address_says_plainly_what_became_of_it(
    windows: Windows, owner: Owner, people: dict[str, httpx2.Client]
) -> None:
    def read(it: Past) -> None:
        daljit = owner.execute("select person from priv.account where username = 'daljit'").fetchone()
        assert daljit
        owner.execute("insert into portal.involvement (person, child) values (%s, %s)", [daljit[0], it.child])
        assert people["daljit"].get(f"/records/{it.record}/personal").status_code == 200

    it = erased(owner, before=read)
    said = f"{it.reference} was deleted"
    for who in ("amina", "daljit", "farah", "grace"):
        for path in ("/personal", "/case", "/documents", "/report?report=preview", "/nothing"):
            answer = people[who].get(f"/records/{it.record}{path}")
            assert answer.status_code == 410, (who, path)
            assert said in text(answer)
            assert "Oooops" not in answer.text
    for who in ("carys", "ewa", "hassan"):
        nothing = people[who].get(f"/records/{it.child}/personal")
        assert same(people[who].get(f"/records/{it.record}/personal")) == same(nothing)
        assert nothing.status_code == 404
    save = {"value": "x", "base": 0, "client": "page-0001", "seq": 1}
    answer = people["amina"].post(f"/records/{it.record}/fields/reason", json=save)
    assert answer.status_code == 410
    assert said in answer.json()["message"]
    answer = people["amina"].post(f"/records/{it.record}/needs", data={"reason": "Typed meanwhile"})
    assert answer.status_code == 410
    assert "Typed meanwhile" in answer.text
    page = windows.open(people["farah"], f"/records/{it.record}/review", bypass_csp=True)
    expect(page.get_by_role("heading", level=1)).to_have_text(said)
    sound(page)


def test_what_is_deleted_while_somebody_acts_is_told_to_them(
    portal: Portal, owner: Owner, people: dict[str, httpx2.Client]
) -> None:
    """Whoever adds something waits until it is deleted, and finds nothing to add it to."""
    it = warned(owner, left=-1)
    stood(owner, it)
    answers: list[httpx2.Response] = []
    with portal.owner() as deleting, deleting.transaction():
        deleting.execute("set local role portal_p_loop")
        assert deleting.execute("select portal.retention_erase(%s)", [it.record]).fetchone() == (True,)
        url = f"/records/{it.record}/hold"
        adding = threading.Thread(target=lambda: answers.append(people["farah"].post(url, data={"reason": "Late"})))
        adding.start()
        waits = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%%portal.hold%%'"
        while not owner.execute(waits).fetchone() and adding.is_alive():
            pass
    adding.join(20)
    assert [a.status_code for a in answers] == [410]
    assert f"{it.reference} was deleted" in text(answers[0])
    assert "Late" in answers[0].text


def test_what_was_deleted_is_listed_and_exported_without_a_name(owner: Owner, people: dict[str, httpx2.Client]) -> None:
    its = [erased(owner), erased(owner, "draft")]
    page = text(people["farah"].get("/retention")).partition("Deleted")[2]
    answer = people["farah"].get("/retention/export")
    rows = {row["Reference"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
    for it, outcome, rule in zip(
        its,
        ("Moved to another council", "Draft that was never submitted"),
        ("6 years after it was closed", "2 years after its last change"),
        strict=True,
    ):
        assert it.reference in page
        row = rows[it.reference]
        assert (row["Outcome"], row["Kept until"], row["Setting"]) == (outcome, rule, "Brentmere Primary School")
        assert row["Deleted"] == f"{today():%d/%m/%Y}"
    assert MARK.encode() not in answer.content
    count = owner.execute("select detail from audit.event where action = 'deletions.exported'").fetchone()
    assert count == ({"rows": len(rows)},)
    told = text(people["hassan"].get(f"/audit?reference={its[0].reference}"))
    assert f"The portal deleted {its[0].reference}, its time being over" in told


def test_no_number_of_the_figures_changes_when_a_request_goes(owner: Owner, people: dict[str, httpx2.Client]) -> None:
    """Under any rule: what was sent is kept two years from its closing, and the figures look back one."""
    shortest = [past(owner, status, ago(2, -1)) for status in STATUS if status in ("withdrawn", "moved_out")]
    owner.execute("set session_replication_role = replica")
    owner.execute("update portal.retention_rule set years = 2 where outcome in ('withdrawn', 'moved_out')")
    owner.execute("set session_replication_role = origin")
    for number in range(3):
        past(owner, "submitted", days(-20 * number))
    loop(owner, "retention_warn()")
    for it in shortest:
        stood(owner, it)
    names = ("stages", "decisions", "finals", "settings", "services", "causes")
    before = [people["grace"].get(f"/figures/export?table={name}").content for name in names]
    assert any(b"Brentmere" in table for table in before)
    for it in shortest:
        assert loop(owner, "retention_erase(%s)", it.record) is True
    assert [people["grace"].get(f"/figures/export?table={name}").content for name in names] == before
