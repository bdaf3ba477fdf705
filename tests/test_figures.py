"""The figures: counted from the steps of cases as on paper, with a table beside each chart, exported as tables."""

import csv
import io
from datetime import date, timedelta
from html import unescape

import httpx2
import pytest
from playwright.sync_api import expect

from record.case import Step
from record.deadlines import deadlines
from record.figures import Case, Table, tables
from tests.fixtures_browser import LAPTOP, PHONE, Windows
from tests.fixtures_server import Portal
from tests.test_accessible import sound

TODAY = date(2026, 11, 24)


def case(received: date, setting: str = "Brentmere", status: str = "submitted", **steps: int) -> Case:
    """A case with steps so many days after it was received."""
    taken = [Step("0", "received", received)]
    taken += [Step(str(n), kind, received + timedelta(days)) for n, (kind, days) in enumerate(steps.items(), 1)]
    return Case(status, setting, received, deadlines(taken, TODAY))


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
    assert decided["September 2026"] == (33, 3, 1, 2, 0)
    assert decided["November 2026"] == ("", 1, 0, 0, 1)
    assert decided["March 2026"] == (100, 2, 2, 0, 0)
    finished = named(found, "finals")
    assert finished["March 2026"] == (50, 2, 1, 1, 0)
    settings = named(found, "settings")
    assert settings["Oswin"] == (0, 1, 0, 1, 0)
    assert settings["Brentmere"][1] == 5, "those of the last twelve months"
    stages = named(found, "stages")
    assert stages["With SENAS"] == (2, 1)
    assert stages["Assessment agreed"][0] == 3


def test_nothing_to_count_is_no_fault() -> None:
    assert [t.name for t in tables([], TODAY)] == ["stages", "decisions", "finals", "settings", "services", "causes"]


@pytest.fixture(scope="module")
def grace(portal: Portal) -> httpx2.Client:
    return portal.sign_in("grace")


@pytest.mark.parametrize("name", ["stages", "decisions", "finals", "settings", "services", "causes"])
def test_each_is_exported_as_it_is_shown(grace: httpx2.Client, name: str) -> None:
    answer = grace.get(f"/figures/export?table={name}")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    page = unescape(grace.get("/figures").text)
    assert len({len(row) for row in rows}) == 1
    assert all(row[0] in page for row in rows)


def test_a_table_that_there_is_not_is_no_page(grace: httpx2.Client) -> None:
    assert grace.get("/figures/export?table=nothing").status_code == 404


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE])
def test_the_figures_are_read_by_everybody(windows: Windows, grace: httpx2.Client, viewport: dict) -> None:
    page = windows.open(grace, "/figures", viewport=viewport, bypass_csp=True)
    expect(page.get_by_role("img", name="Open cases by stage")).to_be_visible()
    expect(page.locator("section").first).to_contain_text("With SENAS")
    sound(page)
