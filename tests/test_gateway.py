"""The Gateway: who is listed, found and sorted, and how an ERSA is started."""

import re

import pytest

from tests.fixtures_server import Portal


def names(page: str) -> list[str]:
    """The children listed, in the order of the page."""
    return re.findall(r'<bdi(?: class="name")?>([^<]+)</bdi>', page.partition("<tbody>")[2].partition("</tbody>")[0])


@pytest.fixture(scope="module")
def amina(portal: Portal):
    return portal.sign_in("amina")


def test_a_senco_sees_the_children_of_their_own_setting_and_no_others(portal: Portal, amina) -> None:
    listed = names(amina.get("/gateway").text)
    with portal.owner() as db:
        own = {
            f"{first} {last}"
            for first, last in db.execute(
                "select first_name, surname from portal.child c join portal.setting s on s.id = c.setting"
                " where s.name = 'Brentmere Primary School'"
            )
        }
    assert own
    assert set(listed) <= own
    carys = names(portal.sign_in("carys").get("/gateway").text)
    assert carys
    assert not set(carys) & own


@pytest.mark.parametrize("typed", ["wisniewski", "WIŚNIEWSKI kacper", "kac wis", "14/9/2018", "14 September 2018"])
def test_a_child_is_found_without_accents_in_any_order_and_by_birthday(amina, typed: str) -> None:
    assert "Kacper Wiśniewski" in names(amina.post("/gateway", data={"search": typed}).text)


def test_a_search_that_finds_nobody_says_what_to_try(amina) -> None:
    page = amina.post("/gateway", data={"search": "zzzz%_\\"}).text
    assert names(page) == []
    assert "Part of a name is enough" in page


@pytest.mark.parametrize("typed", ["\x00", "\ud83d", "💜 ਗੁਰਪ੍ਰੀਤ", "x" * 5000, "%' or 1=1 --"])
def test_whatever_is_searched_for_is_answered(amina, typed: str) -> None:
    answer = amina.post(
        "/gateway",
        content=f"search={typed}".encode("utf-8", "surrogatepass"),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 200
