"""What a record's header and receipt say of dates: by the council's own promise, and only what is still to come."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest

from record.clock import add_working_days, today
from record.kinds import say_date
from tests.fixtures_server import Portal
from tests.test_gateway import plain


@pytest.fixture(scope="module")
def portal(make_portal: Callable[..., Portal]) -> Portal:
    """A council that promises a receipt within seven working days."""
    return make_portal(PORTAL_RECEIPT_DAYS="7")


@pytest.fixture(scope="module")
def amina(portal: Portal) -> httpx2.Client:
    return portal.sign_in("amina")


def a_case(portal: Portal, status: str, days_ago: int) -> str:
    """A request of Brentmere's at that status, received so many days ago; its steps as its status says."""
    received = today() - timedelta(days=days_ago)
    with portal.owner() as db:
        found = db.execute(
            "select r.id from portal.record r join portal.setting s on s.id = r.setting"
            " where s.name like 'Brentmere%%' and r.status = %s limit 1",
            [status],
        ).fetchone()
        assert found, status
        (record,) = found
        db.execute("update portal.record set received_at = %s::date + time '12:00' where id = %s", [received, record])
        db.execute("alter table portal.step disable trigger keep")
        db.execute(
            "update portal.step set happened_on = %s where record = %s and kind = 'received'", [received, record]
        )
        db.execute("alter table portal.step enable trigger keep")
    return str(record)


def header(client: httpx2.Client, record: str) -> str:
    page = client.get(f"/records/{record}/personal").text
    return plain(page[page.index('<header class="head"') : page.index("</header>", page.index('<header class="head"'))])


def test_the_header_promises_the_receipt_by_the_council_s_own_number_of_days(portal: Portal, amina) -> None:
    record, received = a_case(portal, "submitted", 1), today() - timedelta(days=1)
    said = header(amina, record)
    assert f"With SENAS since {say_date(received)} · receipt due by {say_date(add_working_days(received, 7))}" in said
    assert "late" not in said


def test_the_header_of_an_open_case_names_the_next_date(portal: Portal, amina) -> None:
    received = today() - timedelta(days=10)
    said = header(amina, a_case(portal, "deciding", 10))
    assert f"With SENAS since {say_date(received)}" in said
    assert f"decision due by {say_date(received + timedelta(weeks=6))}" in said


def test_a_date_that_has_passed_is_called_late(portal: Portal, amina) -> None:
    received = today() - timedelta(days=50)
    said = header(amina, a_case(portal, "deciding", 50))
    assert f"decision due by {say_date(received + timedelta(weeks=6))} – late" in said


@pytest.mark.parametrize("status", ["not_assess", "final_plan", "withdrawn"])
def test_what_is_over_is_not_with_senas_any_more(portal: Portal, amina, status: str) -> None:
    record = a_case(portal, "not_assess", 60)
    with portal.owner() as db:
        db.execute("update portal.record set status = %s where id = %s", [status, record])
    said = header(amina, record)
    with portal.owner() as db:
        db.execute("update portal.record set status = 'not_assess' where id = %s", [record])
    assert "With SENAS since" not in said
    assert "due by" not in said
    assert re.search(rf"Submitted on {say_date(today() - timedelta(days=60))}", said), said


# ---------------------------------------------------------------- the receipt


def parts(client: httpx2.Client, record: str) -> tuple[str, str, str]:
    """A receipt's words: before, under "What has happened", under "What happens next"."""
    page = client.get(f"/records/{record}/receipt").text
    said = plain(page[page.index('<div class="govuk-panel') : page.index("If you have a question")])
    before, _, rest = said.partition("What has happened")
    happened, _, to_come = (
        rest.partition("What happens next") if rest else ("", "", before.partition("What happens next")[2])
    )
    return before, happened, to_come


def test_a_receipt_of_today_tells_what_is_to_come(portal: Portal, amina) -> None:
    record, received = a_case(portal, "submitted", 1), today() - timedelta(days=1)
    _, happened, to_come = parts(amina, record)
    assert happened == ""
    assert f"SENAS confirms that it has received the request by {say_date(add_working_days(received, 7))}" in to_come
    assert f"told whether there will be an assessment by {say_date(received + timedelta(weeks=6))}" in to_come


def test_a_receipt_read_later_tells_what_has_happened_and_no_date_twice(portal: Portal, amina) -> None:
    record = a_case(portal, "deciding", 10)
    _, happened, to_come = parts(amina, record)
    assert re.search(r"SENAS confirmed that it has the request on \d+ \w+ \d{4}", happened), happened
    assert "SENAS confirms" not in to_come
    assert "told whether there will be an assessment by" in to_come
    assert f'href="/records/{record}/case"' in amina.get(f"/records/{record}/receipt").text


def test_a_receipt_of_what_is_over_asks_nobody_to_wait(portal: Portal, amina) -> None:
    record = a_case(portal, "not_assess", 60)
    _, happened, to_come = parts(amina, record)
    assert re.search(r"SENAS decided not to assess on \d+ \w+ \d{4}", happened), happened
    assert " by " not in to_come
    assert "Nothing more is due" in to_come


def test_a_receipt_speaks_of_a_letter_only_where_there_was_an_address_for_it(portal: Portal, amina) -> None:
    record = a_case(portal, "submitted", 1)
    assert "sent by email" in parts(amina, record)[0]
    with portal.owner() as db:
        submitter = "(select submitted_by from portal.submission where record = %s)"
        (kept,) = db.execute(f"select email from portal.person where id = {submitter}", [record]).fetchone() or ("",)
        db.execute(f"update portal.person set email = '' where id = {submitter}", [record])
        try:
            assert "sent by email" not in parts(amina, record)[0]
        finally:
            db.execute(f"update portal.person set email = %s where id = {submitter}", [kept, record])
