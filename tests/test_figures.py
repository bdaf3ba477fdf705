"""The figures: counted from the steps of cases as on paper, with a table beside each chart, exported as tables."""

import csv
import io
import re
from datetime import date, timedelta
from html import unescape

import httpx2
import pytest
from playwright.sync_api import expect

from migrations.demo.history import add_history
from record.case import Step
from record.clock import today
from record.deadlines import deadlines
from record.figures import COUNTED, TOTAL, Case, Table, asked, ended, tables
from tests.fixtures_browser import LAPTOP, PHONE, Windows
from tests.fixtures_server import Portal
from tests.test_accessible import sound

TODAY = date(2026, 11, 24)
NAMES = ["stages", "decisions", "finals", "settings", "plans", "services", "causes"]


def case(received: date, setting: str = "Brentmere", status: str = "submitted", **steps: int) -> Case:
    """A case with steps so many days after it was received."""
    taken = [Step("0", "received", received)]
    taken += [
        Step(str(n), kind, received + timedelta(days), details={"question": "2"} if kind == "answer" else {})
        for n, (kind, days) in enumerate(steps.items(), 1)
    ]
    return Case(status, setting, received, deadlines(taken, TODAY), ended(taken, status), asked(taken))


def named(found: list[Table], name: str) -> dict[str, tuple]:
    return {str(row[0]): row[1:] for row in next(t for t in found if t.name == name).rows}


def test_a_year_on_paper_is_counted_as_on_paper() -> None:
    cases = [
        case(date(2026, 9, 1), receipt=2, assess=42, status="assessing"),  # in time, on the last day
        case(date(2026, 9, 2), receipt=2, assess=43, status="assessing"),  # a day late
        case(date(2026, 9, 3), setting="Oswin"),  # not decided, and late by now
        case(date(2026, 11, 20)),  # not due yet
        case(date(2026, 3, 2), receipt=1, assess=30, draft=100, final=140, status="final_plan"),
        case(date(2026, 3, 3), receipt=1, assess=30, draft=100, final=141, status="final_plan"),
        case(date(2024, 1, 1), receipt=1, assess=99, status="assessing"),  # more than a year ago
    ]
    found = tables(cases, TODAY)
    decided = named(found, "decisions")
    assert len(decided) == 12
    assert next(iter(decided)) == "December 2025"
    assert decided["September 2026"] == (33, 3, 1, 2, 0, 0)
    assert decided["November 2026"] == ("", 1, 0, 0, 1, 0)
    assert decided["March 2026"] == (100, 2, 2, 0, 0, 0)
    finished = named(found, "finals")
    assert finished["March 2026"] == (50, 2, 1, 1, 0, 0)
    settings = named(found, "settings")
    assert settings["Oswin"] == (0, 1, 0, 1, 0, 0)
    assert settings["Brentmere"][1] == 5, "those of the last twelve months"
    stages = named(found, "stages")
    assert stages["With SENAS"] == (2, 1)
    assert stages["Assessment agreed"][0] == 3


def test_every_request_is_in_one_column_whatever_became_of_it() -> None:
    early, late = {"received": date(2026, 3, 2)}, {"received": date(2026, 3, 9)}
    ends = [
        case(**early, status="withdrawn", withdrawn=20),  # before the decision was due
        case(**late, status="withdrawn", withdrawn=50),  # when it was late already
        case(**early, status="moved_out", receipt=1, assess=30, moved=60),
        case(**late, status="moved_out", receipt=1, assess=30, moved=141),  # the plan was late by then
        case(**early, status="not_assess", receipt=1, not_assess=40),
        case(**early, status="not_issue", receipt=1, assess=40, no_plan=100),
        case(**early, status="final_plan", receipt=1, assess=30, draft=100, final=140),
        case(**early, status="assessing", receipt=1, assess=60),  # the plan is late, and so was the decision
        case(date(2026, 11, 20)),
    ]
    found = tables(ends, TODAY)
    for table in found:
        for row in table.lines:
            if set(COUNTED) <= set(table.head):
                assert row[2] == sum(int(cell) for cell in row[3:]), f"{table.name}: {row} does not add up"
        first = 2 if set(COUNTED) <= set(table.head) else 1
        if table.total:
            summed = [sum(int(row[n]) for row in table.rows) for n in range(first, len(table.head))]
            assert list(table.total[first:]) == summed, f"{table.name}: the total is not the sum"
    total = {name: next(t for t in found if t.name == name).total[1:] for name in ("decisions", "finals")}
    # share, received, in time, late, not due yet, ended before
    assert total == {"decisions": (71, 9, 5, 2, 1, 1), "finals": (33, 9, 1, 2, 1, 5)}


def test_a_late_date_is_counted_once_and_by_its_cause() -> None:
    received = date(2026, 3, 2)
    cases = [
        case(received, status="assessing", receipt=9, assess=50),  # receipt, decision, and both plan dates
        case(received, status="assessing", receipt=1, question=2, answer=45, assess=50),
        case(received, status="final_plan", receipt=1, question=2, answer=4, assess=42, draft=110, final=150),
    ]
    found = next(t for t in tables(cases, TODAY) if t.name == "causes")
    assert found.head == ("Cause", "Dates", "Receipts", "Decisions", "Advice", "Plans")
    assert {row[0]: row[1:] for row in found.lines} == {
        "No cause recorded": (7, 1, 1, 0, 5),
        "A question had no answer": (1, 0, 1, 0, 0),
        TOTAL: (8, 1, 2, 0, 5),
    }


def test_nothing_to_count_is_no_fault_and_says_why() -> None:
    found = {t.name: t for t in tables([], TODAY)}
    assert list(found) == NAMES
    assert found["causes"].empty.startswith("Nothing was late")
    assert found["services"].empty.startswith("No advice was asked for")
    assert found["settings"].empty.startswith("No request was received")
    assert found["services"].lines == [], "no total of nothing"
    fresh = {t.name: t for t in tables([case(date(2026, 11, 20))], TODAY)}
    assert fresh["decisions"].empty.startswith("No decision on a request of the last twelve months was due yet")


@pytest.fixture(scope="module")
def grace(portal: Portal) -> httpx2.Client:
    """With the year behind the figures that the demo has, and the tests' own does not."""
    with portal.owner() as db:
        places = dict(db.execute("select name, id from portal.setting").fetchall())
        people = {"farah": 0, "leonard": 0}
        for name in people:
            (people[name],) = db.execute(
                "select id from portal.person where lower(name) like %s", [f"{name} %"]
            ).fetchone() or (0,)
        assert add_history(db, places, people, today()) > 60
        wrong = db.execute(
            "select reference from portal.record where status <> 'draft' and status <> portal.step_status(id)"
        ).fetchall()
        assert not wrong
    return portal.sign_in("grace")


def test_the_demo_s_year_looks_like_a_council_s(grace: httpx2.Client) -> None:
    def rows(name: str) -> dict[str, list[str]]:
        answer = grace.get(f"/figures/export?table={name}").content.decode("utf-8-sig")
        return {row[0]: row[1:] for row in csv.reader(io.StringIO(answer))}

    assert sum(row[0].isdecimal() for row in list(rows("decisions").values())[1:-1]) >= 9, "most months have a share"
    for name, least, most in (("decisions", 60, 95), ("finals", 30, 80), ("services", 50, 95)):
        assert least < int(rows(name)[TOTAL][0]) < most, name
    assert len(rows("causes")) > 3
    queue = grace.get("/queue?whose=all").text
    last = re.findall(r'href="/records/([^/]+)/review"', queue)[0]
    for page in ("review", "case", "documents", "receipt", "submit", "personal", "review/print"):
        assert grace.get(f"/records/{last}/{page}").status_code == 200, page


@pytest.mark.parametrize("name", NAMES)
def test_each_is_exported_as_it_is_shown(grace: httpx2.Client, name: str) -> None:
    answer = grace.get(f"/figures/export?table={name}")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    page = unescape(grace.get("/figures").text).partition(f'id="{name}"')[2].partition("</section>")[0]
    shown = [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in page.split("<tr")[1:]]
    assert len(rows) > 2, "the demo has something to show"
    assert [[cell.replace("–", "") for cell in row] for row in shown] == rows


def test_a_table_that_there_is_not_is_no_page(grace: httpx2.Client) -> None:
    assert grace.get("/figures/export?table=nothing").status_code == 404


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE])
def test_the_figures_are_read_by_everybody(windows: Windows, grace: httpx2.Client, viewport: dict) -> None:
    page = windows.open(grace, "/figures", viewport=viewport, bypass_csp=True)
    # on a phone it would be too small to read, and the table says the same
    expect(page.get_by_role("img", name="Open cases by stage")).to_have_count(int(viewport is LAPTOP))
    expect(page.locator("section").first).to_contain_text("With SENAS")
    sound(page)
