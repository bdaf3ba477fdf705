"""What is done to a list after the ERSA was sent is marked beside the entry, as a changed answer is."""

import uuid

import httpx2
import pytest

from tests.desk import Record
from tests.fixtures_server import Portal
from tests.test_gateway import plain

NOTICE = "Something here was changed after submission"


def add(who: httpx2.Client, record: Record, name: str) -> str:
    entry = str(uuid.uuid4())
    assert who.post(f"/records/{record.id}/lists/{name}", data={"entry": entry}).status_code == 303
    return entry


@pytest.fixture(scope="module")
def sent(portal: Portal, amina: httpx2.Client) -> tuple[Record, list[str], str]:
    """A record that was submitted with three parents in it, and a cycle that was withdrawn before."""
    record = Record(portal, amina, uuid.uuid4().int % 10**9)
    parents = [add(amina, record, "parents") for _ in range(3)]
    cycle = add(amina, record, "cycles")
    amina.post(f"/records/{record.id}/entries/{cycle}/withdraw")
    record.write(amina, f"{parents[0]}.phone", "020 7946 0123")
    record.write(amina, "reason", "She needs more than we can give.")
    assert amina.post(record.path("submit"), data={"reason": "In time for the panel."}).status_code == 303
    return record, parents, cycle


def card(page: str, entry: str) -> str:
    """What stands on the card of an entry."""
    _, _, rest = page.partition(f'id="entry-{entry}"')
    assert rest, "there is such a card"
    return plain(rest.partition('id="entry-')[0].partition("data-list")[0])


def test_what_was_sent_is_not_marked(amina, sent) -> None:
    record, parents, cycle = sent
    page = amina.get(record.path("parents")).text
    assert NOTICE not in page
    assert all("after submission" not in card(page, entry) for entry in parents)
    assert "after submission" not in amina.get(record.path("provision")).text
    assert "was withdrawn" in card(amina.get(record.path("provision")).text, cycle)


def test_an_entry_added_after_submission_says_so(amina, sent) -> None:
    record, _, _ = sent
    entry = add(amina, record, "results")
    page = amina.get(record.path("attainment")).text
    assert "Added after submission" in card(page, entry)
    assert NOTICE in page


def test_an_entry_restored_after_submission_was_no_part_of_it(amina, sent) -> None:
    record, _, cycle = sent
    amina.post(f"/records/{record.id}/entries/{cycle}/restore")
    page = amina.get(record.path("provision")).text
    assert "Restored after submission" in card(page, cycle)
    assert NOTICE in page


def test_an_order_changed_after_submission_is_marked_until_it_is_as_it_was(amina, sent) -> None:
    record, parents, _ = sent
    amina.post(f"/records/{record.id}/entries/{parents[0]}/down")
    page = amina.get(record.path("parents")).text
    assert "Order changed after submission" in plain(page)
    assert NOTICE in page
    amina.post(f"/records/{record.id}/entries/{parents[0]}/up")
    page = amina.get(record.path("parents")).text
    assert "Order changed" not in page
    assert NOTICE not in page


def test_an_entry_withdrawn_after_submission_says_so_to_senas_too(portal: Portal, amina, sent) -> None:
    record, parents, _ = sent
    amina.post(f"/records/{record.id}/entries/{parents[2]}/withdraw")
    for who in (amina, portal.sign_in("farah")):
        page = who.get(record.path("parents")).text
        assert "Withdrawn after submission" in card(page, parents[2])
        assert "Order changed" not in page
        assert NOTICE in page
