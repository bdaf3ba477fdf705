"""The Gateway: who is listed, found and sorted, and how an ERSA is started."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from migrations.demo.register import upn
from tests.fixtures_server import Portal


def names(page: str) -> list[str]:
    """The children listed, in the order of the page."""
    return re.findall(r'<bdi(?: class="name")?>([^<]+)</bdi>', page.partition("<tbody>")[2].partition("</tbody>")[0])


@pytest.fixture(scope="module")
def amina(portal: Portal):
    return portal.sign_in("amina")


def test_who_may_not_start_an_ersa_is_told_who_can(portal: Portal) -> None:
    answer = portal.sign_in("farah").get("/start")
    assert answer.status_code == 403
    assert "Only the child’s setting can start an ERSA" in answer.text
    assert "You may not change this" not in answer.text


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


@pytest.mark.parametrize("how", ["{}", "{0}", "  {} ", "lower", "number", "bare"])
def test_a_child_is_found_by_the_reference_of_any_of_their_requests(portal: Portal, amina, how: str) -> None:
    with portal.owner() as db:
        found = db.execute(
            "select r.reference from portal.record r join portal.child c on c.id = r.child"
            " where c.first_name = 'Kacper' and c.surname = 'Wiśniewski'"
        ).fetchone()
    assert found
    (reference,) = found
    number = reference.removeprefix("ERSA-")
    typed = {"lower": f"ersa {number}", "number": number, "bare": str(int(number))}.get(how, how.format(reference))
    assert names(amina.post("/gateway", data={"search": typed}).text) == ["Kacper Wiśniewski"]
    assert names(portal.sign_in("carys").post("/gateway", data={"search": typed}).text) == []


@pytest.mark.parametrize("end", [4, 9, 12, 13])
def test_a_child_is_found_by_the_beginning_of_their_upn(portal: Portal, amina, end: int) -> None:
    with portal.owner() as db:
        found = db.execute("select upn from portal.child where surname = 'Wiśniewski'").fetchone()
    assert found
    for typed in (found[0][:end], f" {found[0][:end].lower()} "):
        assert "Kacper Wiśniewski" in names(amina.post("/gateway", data={"search": typed}).text)
    assert names(amina.post("/gateway", data={"search": found[0][:3] + "99999"}).text) == []


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("31/2/2020", "There is no 31 February 2020."),
        ("1 13 2016", "There is no month 13."),
        ("3 Foobar 2016", "There is no month called"),
        ("😀", "There is nothing to look for"),
        ("%", "There is nothing to look for"),
        ("--", "There is nothing to look for"),
    ],
)
def test_what_can_find_nobody_says_why(amina, typed: str, why: str) -> None:
    for page in (
        amina.post("/gateway", data={"search": typed}).text,
        amina.post("/start", data={"search": typed}).text,
    ):
        assert names(page) == []
        assert why in page
        assert f'value="{typed}"' in page
        assert "children found" not in page
    answer = amina.post("/gateway/export", data={"search": typed})
    assert answer.status_code == 422
    assert why in answer.text


def test_the_gateway_says_what_can_be_searched_for(amina) -> None:
    assert "Name, UPN, date of birth or reference" in amina.get("/gateway").text


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


ODD_NAMES = [
    "Ana de Souza",
    "Śliwa Ąkacja",
    "Kofi Łapa",
    "Zo Świątek",
    "Ann O’Brien",
    "Abe Obi",
    "Zed Ali",
    "Al Ali Khan",
]


def everybody(client, **form: str) -> list[str]:
    """Every child of the list in its order, over all its pages."""
    found: list[str] = []
    for _ in range(20):
        page = client.post("/gateway", data=form).text
        found += names(page)
        older = re.search(r'name="older" value="([^"]+)"', page)
        if not older:
            return found
        form["older"] = older[1]
    raise AssertionError("The list does not end.")


def test_the_order_of_surnames_is_that_of_the_alphabet_whatever_marks_and_capitals(portal: Portal) -> None:
    carys = portal.sign_in("carys")
    for name in ODD_NAMES:
        first, _, last = name.partition(" ")
        assert carys.post("/start/new", data=new_child(carys, first_name=first, surname=last)).status_code == 303
    listed = everybody(carys, sort="name")
    assert [name for name in listed if name in ODD_NAMES] == [
        "Śliwa Ąkacja", "Zed Ali", "Al Ali Khan", "Ana de Souza", "Kofi Łapa", "Abe Obi", "Ann O’Brien", "Zo Świątek",
    ]  # fmt: skip
    assert len(listed) == len(set(listed))
    with portal.owner() as db:
        order = db.execute(
            "select c.collname from pg_attribute a join pg_collation c on c.oid = a.attcollation"
            " where a.attrelid = 'portal.child'::regclass and a.attname = 'search'"
        ).fetchone()
    assert order == ("C",), "the order is the portal's own, whatever the database's collation"


# ---------------------------------------------------------------- starting an ERSA


def new_child(amina, **given: str) -> dict[str, str]:
    """A child to be added, as the form sends it."""
    setting = re.findall(r'name="setting" value="(\d+)"', amina.get("/start").text)[0]
    return {"setting": setting, "first_name": "Nova", "surname": "Star", "dob": "3 3 2016", "sex": "F", **given}


@pytest.mark.parametrize("setting", ["9" * 20, "9" * 5000, "2147483648", "0", "-1", "٣", "1.0", "", "x"])
def test_only_a_setting_of_one_s_own_is_taken(amina, setting: str) -> None:
    answer = amina.post("/start/new", data=new_child(amina, setting=setting, surname="Nowhere"))
    assert answer.status_code == 422, answer.text[-500:]
    assert "Choose the setting." in answer.text
    assert 'value="Nowhere"' in answer.text, "what was typed is still there"


def test_a_child_of_the_same_name_and_birthday_is_asked_about_and_nothing_typed_is_lost(portal: Portal, amina) -> None:
    first = amina.post("/start/new", data=new_child(amina, first_name="Dora", surname="Döppel"))
    assert first.status_code == 303
    again = amina.post("/start/new", data=new_child(amina, first_name="dora", surname="Doppel"))
    assert again.headers["location"] == first.headers["location"], "every name is the same: it is this child"
    longer = new_child(amina, first_name="Dora", middle_names="Ann", surname="Doppel", address_line1="7 Mill Lane")
    asked = amina.post("/start/new", data=longer)
    assert asked.status_code == 422
    assert "Is it this child?" in asked.text
    assert f'href="{first.headers["location"].removesuffix("/personal")}"' in asked.text
    assert 'value="7 Mill Lane"' in asked.text
    numbered = amina.post("/start/new", data=new_child(amina, first_name="Dora", surname="Doppel", dob="4 3 2016"))
    assert numbered.status_code == 303, "another birthday is another child"
    with portal.owner() as db:
        count = "select count(*) from portal.child where surname in ('Doppel', 'Döppel')"
        assert db.execute(count).fetchone() == (2,)
        assert amina.post("/start/new", data={**longer, "another": "yes"}).status_code == 303
        assert db.execute(count).fetchone() == (3,)


def test_two_children_with_different_upns_are_not_taken_for_one(portal: Portal, amina) -> None:
    twin = {"first_name": "Una", "surname": "Twin"}
    assert amina.post("/start/new", data=new_child(amina, **twin, upn=upn("3072901", 2020, 901))).status_code == 303
    asked = amina.post("/start/new", data=new_child(amina, **twin, upn=upn("3072901", 2020, 902)))
    assert asked.status_code == 422, asked.text[-900:]
    assert "Is it this child?" in asked.text


def test_a_double_click_adds_one_child(portal: Portal, amina) -> None:
    typed = new_child(amina, first_name="Click", surname="Twice")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: amina.post("/start/new", data=typed), range(4)))
    assert len({a.headers.get("location") for a in answers}) == 1
    with portal.owner() as db:
        assert db.execute("select count(*) from portal.child where surname = 'Twice'").fetchone() == (1,)


# ---------------------------------------------------------------- a child's earlier requests

ENDED = re.compile(r"Earlier request:?\s*(ERSA-\d{6}) \(No assessment, (\d+ \w+ \d{4})\)")


def row_of(page: str, name: str) -> str:
    """The line of that child in the list."""
    (row,) = [row for row in page.partition("<tbody>")[2].split("</tr>") if f">{name}</bdi>" in row]
    return row


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).replace(" )", ")").replace(" :", ":")


@pytest.fixture(scope="module")
def second(portal: Portal, amina) -> tuple[str, str]:
    """A child whose request was refused and who has a second one: the old record's address and the new one's."""
    page = amina.post("/gateway", data={"search": "Aoife Brennan"}).text
    found = re.search(r'href="(/records/[0-9a-f-]{36})"', page)
    child = re.search(r'id="child-([0-9a-f-]{36})"', page)
    assert found
    assert child
    assert "No assessment" in page
    made = amina.post(f"/start/{child[1]}").headers["location"].removesuffix("/personal")
    assert made != found[1]
    return found[1], made


def test_a_child_s_earlier_request_is_under_their_name_in_the_gateway_and_on_the_record(amina, second) -> None:
    old, new = second
    row = row_of(amina.post("/gateway", data={"search": "Aoife Brennan"}).text, "Aoife Brennan")
    assert f'href="{new}"' in row
    assert f'href="{old}"' in row
    assert ENDED.search(plain(row)), plain(row)
    for tab in ("personal", "submit", "documents"):
        page = amina.get(f"{new}/{tab}").text
        assert f'href="{old}"' in page
        assert ENDED.search(plain(page)), tab
    back = amina.get(f"{old}/needs").text
    assert f'href="{new}"' in back
    assert "Later request: ERSA-" in plain(back)


def test_senas_keeps_the_earlier_request_once_the_new_one_is_theirs_and_sees_no_draft(portal: Portal, second) -> None:
    old, new = second
    farah = portal.sign_in("farah")
    row = row_of(farah.post("/gateway", data={"search": "Aoife Brennan"}).text, "Aoife Brennan")
    assert f'href="{old}"' in row
    assert "Earlier request" not in row
    assert new not in farah.get(f"{old}/review").text
    with portal.owner() as db:
        db.execute("update portal.record set status = 'submitted', received_at = now() where id = %s", [new[-36:]])
    row = row_of(farah.post("/gateway", data={"search": "Aoife Brennan"}).text, "Aoife Brennan")
    assert f'href="{new}"' in row
    assert f'href="{old}"' in row
    assert ENDED.search(plain(row)), plain(row)
    assert f'href="{old}"' in farah.get(f"{new}/review").text
    assert f'href="{new}"' in farah.get(f"{old}/case").text


def test_the_request_that_is_open_stands_in_the_list_though_another_was_begun_later(
    portal: Portal, amina, second
) -> None:
    old, new = second
    with portal.owner() as db:
        db.execute("update portal.record set status = 'withdrawn' where id = %s", [new[-36:]])
        db.execute("update portal.record set status = 'assessing' where id = %s", [old[-36:]])
    row = row_of(amina.post("/gateway", data={"search": "Aoife Brennan"}).text, "Aoife Brennan")
    assert f'class="govuk-link name" href="{old}"' in row
    child = re.search(r'id="child-([0-9a-f-]{36})"', row)
    assert child
    assert amina.post(f"/start/{child[1]}").headers["location"] == f"{old}/personal"
