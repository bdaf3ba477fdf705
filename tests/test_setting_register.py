"""ICT's register of settings: found, added, changed, closed, never deleted; every change on the audit trail."""

import re
from typing import Any

import httpx2
import pytest

from tests.fixtures_server import Portal

NEW = {"name": "Schöne Aussicht", "kind": "primary", "urn": "995555", "dfe_number": "307/2955", "postcode": "w5 2hl"}


@pytest.fixture(scope="module")
def hassan(portal: Portal) -> httpx2.Client:
    return portal.sign_in("hassan")


def names(page: str) -> list[str]:
    return re.findall(r'<a class="govuk-link name"[^>]*><bdi>([^<]+)</bdi>', page)


def one(portal: Portal, statement: str, *given: Any) -> Any:
    with portal.owner() as db:
        return db.execute(statement, given).fetchone()


def told(portal: Portal, setting: str) -> list[tuple[str, Any]]:
    """What the audit trail says Hassan did to that setting."""
    with portal.owner() as db:
        return db.execute(
            "select action, detail from audit.event where person is not null and detail->>'setting' = %s order by id",
            [setting],
        ).fetchall()


@pytest.fixture(scope="module")
def added(hassan: httpx2.Client) -> str:
    """The address of a setting that was added."""
    answer = hassan.post("/settings/new", data=NEW)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


@pytest.mark.parametrize("typed", ["brentmere", "BRENT prim", "990101", "3072901", "W7 8QD", "w78qd", "quince road"])
def test_a_setting_is_found_by_name_number_postcode_or_address(hassan: httpx2.Client, typed: str) -> None:
    assert names(hassan.get("/settings", params={"search": typed}).text) == ["Brentmere Primary School"]


@pytest.mark.parametrize("odd", ["\ud83d", "💜", "%' or 1=1 --", "x" * 5000])
def test_whatever_is_searched_for_is_answered(hassan: httpx2.Client, odd: str) -> None:
    address = "/settings?search=" + "".join(f"%{b:02x}" for b in odd.encode("utf-8", "surrogatepass"))
    answer = hassan.get(address + "&page=99999999999&show=x")
    assert answer.status_code == 200
    assert "No setting matches this search." in answer.text


def test_a_setting_is_added_as_it_was_typed_and_noted(portal: Portal, hassan: httpx2.Client, added: str) -> None:
    row = one(
        portal,
        "select name, urn, dfe_number, postcode, closed_on from portal.setting where id = %s",
        added.split("/")[-1],
    )
    assert row == ("Schöne Aussicht", "995555", "3072955", "W5 2HL", None)
    assert names(hassan.get("/settings", params={"search": "schone"}).text) == ["Schöne Aussicht"]
    (action, detail), *_ = told(portal, added.split("/")[-1])
    assert action == "setting.added"
    assert detail["changed"]["name"] == [None, "Schöne Aussicht"]


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"name": " "}, "name", "Enter the setting’s name."),
        ({"kind": ""}, "kind", "Choose what kind of setting it is."),
        ({"kind": "castle"}, "kind", ""),
        ({"urn": "12"}, "urn", "A URN has six digits"),
        ({"dfe_number": "29"}, "dfe_number", "A DfE number has seven digits"),
        ({"postcode": "W"}, "postcode", "This is not a United Kingdom postcode."),
        ({"email": "office"}, "email", "An email address has one @"),
        ({"urn": "990101", "dfe_number": ""}, "urn", "Another setting has this URN already."),
        ({"urn": "", "dfe_number": "3072901"}, "dfe_number", "Another setting has this DfE number already."),
    ],
)
def test_what_cannot_be_right_is_refused_beside_its_box(
    portal: Portal, hassan: httpx2.Client, typed: dict[str, str], field: str, says: str
) -> None:
    before = one(portal, "select count(*) from portal.setting")
    typed = {**NEW, "urn": "995556", "dfe_number": "3072956", **typed}
    answer = hassan.post("/settings/new", data=typed)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert says in answer.text
    assert "Schöne Aussicht" in answer.text or field == "name"
    assert one(portal, "select count(*) from portal.setting") == before


def test_a_change_is_saved_and_noted_old_and_new(portal: Portal, hassan: httpx2.Client, added: str) -> None:
    answer = hassan.post(added, data={**NEW, "phone": "020 7946 0999"})
    assert answer.headers["location"].endswith("?done=changed")
    assert "The change was saved." in hassan.get(answer.headers["location"]).text
    action, detail = told(portal, added.split("/")[-1])[-1]
    assert (action, detail["changed"]) == ("setting.changed", {"phone": ["", "020 7946 0999"]})


def test_saving_without_a_change_is_no_event(portal: Portal, hassan: httpx2.Client, added: str) -> None:
    hassan.post(added, data={**NEW, "phone": "020 7946 0999"})
    before = len(told(portal, added.split("/")[-1]))
    hassan.post(added, data={**NEW, "phone": "020 7946 0999"})
    assert len(told(portal, added.split("/")[-1])) == before


def test_a_setting_is_closed_with_a_reason_and_opened_again(portal: Portal, hassan: httpx2.Client, added: str) -> None:
    setting = added.split("/")[-1]
    refused = hassan.post(f"{added}/close", data={"closed_on": "31 2 2026", "reason": ""})
    assert refused.status_code == 422
    assert "There is no 31 February 2026." in refused.text
    assert "Say why" in refused.text
    hassan.post(f"{added}/close", data={"closed_on": "31 August 2026", "reason": "Merged with Brentmere"})
    assert str(one(portal, "select closed_on from portal.setting where id = %s", setting)[0]) == "2026-08-31"
    assert told(portal, setting)[-1][0] == "setting.closed"
    assert told(portal, setting)[-1][1]["reason"] == "Merged with Brentmere"
    assert names(hassan.get("/settings", params={"search": "schone"}).text) == []
    assert names(hassan.get("/settings", params={"search": "schone", "show": "closed"}).text) == ["Schöne Aussicht"]
    hassan.post(f"{added}/close", data={"reason": "A mistake"})
    assert one(portal, "select closed_on from portal.setting where id = %s", setting) == (None,)


def test_children_of_a_closed_setting_stay_with_the_people_who_work_there(
    portal: Portal, hassan: httpx2.Client
) -> None:
    amina = portal.sign_in("amina")
    with portal.owner() as db:
        row = db.execute("select id from portal.setting where dfe_number = '3072901'").fetchone()
    assert row
    before = re.findall(r'id="child-', amina.get("/gateway").text)
    hassan.post(f"/settings/{row[0]}/close", data={"closed_on": "1 September 2026", "reason": "try"})
    page = amina.get("/gateway").text
    assert re.findall(r'id="child-', page) == before
    assert 'href="/start"' not in page
    hassan.post(f"/settings/{row[0]}/close", data={"reason": "try"})
    assert 'href="/start"' in amina.get("/gateway").text


@pytest.mark.parametrize(
    "address", ["/settings/0", "/settings/999999999", "/settings/x", "/settings/99999999999999999999"]
)
def test_a_setting_that_does_not_exist_is_not_found(hassan: httpx2.Client, address: str) -> None:
    assert hassan.get(address).status_code == 404


def test_the_database_lets_nobody_but_ict_change_the_register(portal: Portal) -> None:
    with portal.owner() as db:
        granted = db.execute(
            "select distinct grantee from information_schema.column_privileges where table_schema = 'portal'"
            " and table_name = 'setting' and privilege_type in ('INSERT', 'UPDATE') and grantee like 'portal_p_%%'"
        ).fetchall()
        deletes = db.execute(
            "select grantee from information_schema.table_privileges where table_schema = 'portal'"
            " and table_name = 'setting' and privilege_type = 'DELETE' and grantee like 'portal_p_%%'"
        ).fetchall()
    assert granted == [("portal_p_ict",)]
    assert deletes == []
