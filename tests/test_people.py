"""ICT's People pages: found, added, changed, given a password, reset, unlocked, disabled, each with its reason."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from html import unescape
from typing import Any

import httpx2
import pytest

from record.names import fold
from record.people import as_username, looks_shared, suggested_username, username_fault
from routes import passwords
from routes.temporary import WORDS, new_password
from tests.fixtures_server import PASSWORD, Portal, oath

LINK = re.compile(r"http://[^\s/]+(/password/[\w-]{43})")


@pytest.fixture(scope="module")
def ict(portal: Portal) -> httpx2.Client:
    return portal.sign_in("hassan")


@pytest.fixture(autouse=True)
def _fresh(portal: Portal) -> None:
    portal.forget_codes()


def one(portal: Portal, query: str, *given: object) -> Any:
    """The first column of the first row."""
    with portal.owner() as connection:
        found = connection.execute(query, given).fetchone()  # type: ignore[arg-type]
    return found[0] if found else None


def person(portal: Portal, name: str) -> int:
    return int(one(portal, "select id from portal.person where name = %s", name))


def setting(portal: Portal, name: str) -> str:
    return str(one(portal, "select id from portal.setting where name = %s", name))


def newest_letter(portal: Portal, to: str) -> str:
    """The newest letter to that address, once the loop has posted it."""
    wanted = one(portal, "select max(id) from portal.letter where recipient = %s", to)
    assert wanted, f"no letter to {to}"
    deadline = time.monotonic() + 15
    while one(portal, "select sent_at from portal.letter where id = %s", wanted) is None:
        assert time.monotonic() < deadline, "the letter was not posted"
        time.sleep(0.1)
    found = []
    for path in (portal.folder / "mail").glob("*.eml"):
        letter = message_from_bytes(path.read_bytes(), policy=policy.default)
        if letter["To"] == to:
            found.append((path.stat().st_mtime_ns, f"{letter['Subject']}\n{letter.get_content()}"))  # type: ignore[attr-defined]
    return max(found)[1]


def trail(portal: Portal, whom: int) -> list[tuple[str, str, str]]:
    """What ICT did about somebody: action, who did it, why."""
    with portal.owner() as connection:
        return connection.execute(
            "select e.action, p.name, coalesce(e.detail ->> 'reason', '') from audit.event e"
            " join portal.person p on p.id = e.person where e.detail ->> 'whom' = %s order by e.id",
            [str(whom)],
        ).fetchall()  # type: ignore[return-value]


def newcomer(portal: Portal, **changes: str) -> dict[str, str]:
    return {
        "name": "Zoë Łukasik",
        "email": "zoe.lukasik@brentmere.example",
        "role": "senco",
        "add_setting": setting(portal, "Brentmere Primary School"),
        "way": "link",
        **changes,
    }


def add(portal: Portal, ict: httpx2.Client, **changes: str) -> int:
    answer = ict.post("/people/add", data=newcomer(portal, **changes))
    assert answer.status_code in (200, 303), re.sub(r"\s+", " ", answer.text)
    found = re.search(r"/people/(\d+)", answer.headers.get("location", "") or answer.text)
    assert found
    return int(found[1])


def sure_of(answer: httpx2.Response) -> str:
    """What the button that goes on all the same sends along."""
    found = re.search(r'name="sure" value="([^"]+)"', answer.text)
    assert found, answer.text
    return unescape(found[1])


def follow(portal: Portal, letter: str) -> httpx2.Client:
    """A browser in which the letter's link has been followed to the page that asks for the password."""
    found = LINK.search(letter)
    assert found, letter
    client = portal.client()
    answer = client.get(found[1])
    assert (answer.status_code, answer.headers["location"]) == (303, "/password")
    return client


def sign_in_as(portal: Portal, username: str, password: str) -> tuple[httpx2.Client, str]:
    """A browser after the password, and where it was led."""
    client = portal.client()
    client.post("/sign-in", data={"username": username})
    answer = client.post("/sign-in/password", data={"password": password})
    return client, answer.headers.get("location", "")


def enrolled(portal: Portal, client: httpx2.Client) -> str:
    """Scan the QR code and sign in; the authenticator's secret."""
    page = client.get("/sign-in/authenticator").text
    found = re.search(r"((?:[A-Z2-7]{4}\s){7}[A-Z2-7]{4})", re.sub(r"<[^>]+>", " ", page))
    assert found, page
    secret = "".join(found[1].split())
    answer = client.post("/sign-in/authenticator", data={"code": oath(secret)})
    assert answer.headers["location"] == "/account/recovery-codes?next=%2Fgateway"
    return secret


# ---------------------------------------------------------------- finding


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("zielinska", "Ewa Zielińska"),
        ("EWA ziel", "Ewa Zielińska"),
        ("daljit", "Daljit Gill"),
        ("therapies.example", "Daljit Gill"),
        ("ben.carter@brentmere.example", "Ben Carter"),
        ("oswin’s high", "Carys Morgan"),
        ("brentmere amina", "Amina Yusuf"),
    ],
)
def test_people_are_found_by_name_address_user_name_and_setting(ict: httpx2.Client, typed: str, found: str) -> None:
    page = ict.post("/people", data={"search": typed}).text
    assert found in page
    assert "Josephine Achebe" not in page


@pytest.mark.parametrize("typed", ["%", "_", "\\", "' or 1=1", "\x00", "ﬁ" * 400, "nobody at all"])
def test_what_matches_nobody_says_so(ict: httpx2.Client, typed: str) -> None:
    answer = ict.post("/people", data={"search": typed})
    assert answer.status_code == 200
    assert "Nobody matches" in answer.text or fold(typed) == ""


def test_the_list_is_narrowed_by_role_setting_and_account(portal: Portal, ict: httpx2.Client) -> None:
    advisers = ict.post("/people", data={"role": "adviser"}).text
    assert "Daljit Gill" in advisers
    assert "Amina Yusuf" not in advisers
    place = ict.post("/people", data={"setting": setting(portal, "St Oswin's High School")}).text
    assert "Carys Morgan" in place
    assert "Ben Carter" not in place
    without = ict.post("/people", data={"state": "none"}).text
    assert "Maureen Tully" in without
    assert "Amina Yusuf" not in without
    assert ict.post("/people", data={"role": "king", "setting": "x" * 99, "state": "?"}).status_code == 200


def test_a_long_list_is_leafed_through_without_losing_or_repeating_anybody(portal: Portal, ict: httpx2.Client) -> None:
    with portal.owner() as connection:
        connection.execute(
            "insert into portal.person (name, email, role, search, demo) select case when n > 20 then 'Same Name' "
            "else 'Person ' || n end, '', 'adviser', ' leafing', true from generate_series(1, 75) n"
        )
    seen: list[str] = []
    form = {"search": "leafing"}
    pages = 0
    while True:
        page = ict.post("/people", data=form).text
        pages += 1
        seen += re.findall(r'id="person-(\d+)"', page)
        assert "75 people" in page
        older = re.search(r'name="older" value="([\d.]+)"', page)
        if not older:
            break
        form = {"search": "leafing", "older": older[1]}
    assert (pages, len(seen), len(set(seen))) == (3, 75, 75)
    newer = re.search(r'name="newer" value="([\w.]+)"', page)
    assert newer
    back = ict.post("/people", data={"search": "leafing", "newer": newer[1]}).text
    assert re.findall(r'id="person-(\d+)"', back) == seen[30:60]
    with portal.owner() as connection:
        connection.execute("delete from portal.person where search = ' leafing'")


@pytest.mark.parametrize("who", ["amina", "daljit", "farah", "grace"])
def test_nobody_but_ict_finds_these_pages(portal: Portal, who: str) -> None:
    client = portal.sign_in(who)
    it = person(portal, "Carys Morgan")
    for path in ("/people", "/people/add", f"/people/{it}", f"/people/{it}/reset", f"/people/{it}/hand-over"):
        assert client.get(path).status_code == 404, path
    for act in ("change", "password", "reset", "unlock", "disable", "enable", "hand-over", "hand-over/preview"):
        assert client.post(f"/people/{it}/{act}", data={"reason": "curious"}).status_code == 404, act
    assert trail(portal, it) == []


@pytest.mark.parametrize("wrong", ["0", "999999", "9" * 40, "-1", "amina", "1%27", "१"])
def test_a_person_who_is_not_there_is_not_found(ict: httpx2.Client, wrong: str) -> None:
    assert ict.get(f"/people/{wrong}").status_code == 404


# ---------------------------------------------------------------- adding


def test_somebody_added_sets_a_password_by_the_mailed_link_and_signs_in(portal: Portal, ict: httpx2.Client) -> None:
    it = add(portal, ict)
    assert "has been added" in ict.get(f"/people/{it}?done=added").text
    letter = newest_letter(portal, "zoe.lukasik@brentmere.example")
    assert "zoe.lukasik" in letter
    client = follow(portal, letter)
    page = client.get("/password").text
    assert "zoe.lukasik" in page
    own = "lagoon trumpet biscuit"
    short = client.post("/password", data={"password": "short", "again": "short"})
    assert (short.status_code, "at least 12" in short.text) == (422, True)
    other = client.post("/password", data={"password": own, "again": own + "!"})
    assert (other.status_code, "not the same" in other.text) == (422, True)
    assert client.post("/password", data={"password": own, "again": own}).headers["location"] == "/password/set"
    assert "Your password is set" in client.get("/password/set").text
    browser, led = sign_in_as(portal, "Zoe.Lukasik", own)
    assert led == "/sign-in/authenticator"
    enrolled(portal, browser)
    assert browser.get("/gateway").status_code == 200
    assert "Your password was changed" in newest_letter(portal, "zoe.lukasik@brentmere.example")
    assert [line[:2] for line in trail(portal, it)] == [
        ("person_added", "Hassan Abdi"), ("account_opened", "Hassan Abdi"), ("password_link_sent", "Hassan Abdi"),
    ]  # fmt: skip


def test_a_temporary_password_is_shown_once_and_leads_only_to_choosing_one(portal: Portal, ict: httpx2.Client) -> None:
    given = newcomer(portal, name="Omar Handover", email="", way="hand", username="omar")
    page = ict.post("/people/add", data=given).text
    found = re.search(r'id="temporary" translate="no">([a-z]+-[a-z]+-[a-z]+-\d{4})<', page)
    assert found, page
    it = person(portal, "Omar Handover")
    assert found[1] not in ict.get(f"/people/{it}").text
    client, led = sign_in_as(portal, "omar", found[1])
    assert led == "/sign-in/choose"
    assert client.get("/gateway").status_code == 303
    with portal.owner() as connection:
        connection.execute(
            "update priv.account set temporary_until = now() - interval '1 minute' where person = %s", [it]
        )
    assert sign_in_as(portal, "omar", found[1])[1] == ""
    assert "too old" in ict.get(f"/people/{it}").text


def test_a_user_name_is_made_of_the_name_and_is_nobody_else_s(portal: Portal, ict: httpx2.Client) -> None:
    first = add(portal, ict, name="Twin One Person", email="twin1@brentmere.example")
    second = add(portal, ict, name="Twin Two Person", email="twin2@brentmere.example")
    names = [one(portal, "select username from priv.account where person = %s", it) for it in (first, second)]
    assert names == ["twin.person", "twin.person2"]
    taken = ict.post("/people/add", data=newcomer(portal, name="Another One", email="a1@x.example", username="AMINA"))
    assert (taken.status_code, "has this user name already" in taken.text) == (422, True)
    assert one(portal, "select count(*) from portal.person where name = 'Another One'") == 0


def test_somebody_of_senas_is_put_into_one_of_its_teams_and_taken_out(portal: Portal, ict: httpx2.Client) -> None:
    whom = one(portal, "select person from priv.account where username = 'grace'")
    form = {"name": "Grace Mensah", "email": "grace.mensah@council.example", "role": "manager", "sure": ""}
    for team, words in (("Secondary and post-16", True), ("", False)):
        answer = ict.post(f"/people/{whom}/change", data=form | {"team": team})
        assert answer.status_code == 303, answer.text
        page = ict.get(f"/people/{whom}").text
        assert ("Secondary and post-16" in page) == words
        chosen = "<option selected>Secondary and post-16</option>" in ict.get(f"/people/{whom}/change").text
        assert chosen == words
    assert one(portal, "select team from portal.person where id = %s", whom) == "SENAS"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "Enter the person’s name."),
        ({"email": "not an address"}, "Email:"),
        ({"email": ""}, "Enter an email address to send the link to"),
        ({"role": ""}, "Choose a role."),
        ({"role": "king"}, "Choose a role."),
        ({"role": "adviser"}, "Choose the adviser’s team."),
        ({"role": "adviser", "team": "Schools"}, "Choose the adviser’s team."),
        ({"role": "senas", "team": "EP"}, "Choose a team of SENAS, or none."),
        ({"role": "manager", "team": "Nowhere"}, "Choose a team of SENAS, or none."),
        ({"add_setting": ""}, "Choose the setting where the SENCO works."),
        ({"add_setting": "999999"}, "Choose one of the settings"),
        ({"add_setting": "one"}, "Choose one of the settings"),
        ({"username": "two words"}, "and no spaces"),
        ({"way": ""}, "Choose how they get"),
        ({"name": "x" * 201}, "201 characters"),
        ({"phone": "call me"}, "Telephone:"),
    ],
)
def test_what_cannot_be_is_refused_in_place_and_kept(
    portal: Portal, ict: httpx2.Client, changes: dict[str, str], said: str
) -> None:
    before = one(portal, "select count(*) from portal.person")
    answer = ict.post(
        "/people/add", data=newcomer(portal, **{"name": "Kept Words", "email": "kept@x.example", **changes})
    )
    assert answer.status_code == 422
    assert said in answer.text
    assert changes.get("name", "Kept Words").strip() in answer.text
    assert one(portal, "select count(*) from portal.person") == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": "office@brentmere.example"}, "looks like a shared mailbox"),
        ({"email": "SEN.Admin@brentmere.example"}, "looks like a shared mailbox"),
        ({"name": "Brentmere Office", "email": "b@x.example"}, "looks like a shared account"),
        ({"email": "Ben.Carter@brentmere.example"}, "Ben Carter has the same email address"),
        ({"name": "amina yusuf", "email": "other@x.example"}, "Amina Yusuf is in the portal already"),
    ],
)
def test_a_shared_mailbox_or_a_second_account_is_warned_of_and_not_stopped(
    portal: Portal, ict: httpx2.Client, changes: dict[str, str], said: str
) -> None:
    form = newcomer(portal, **{"name": "Doubted Person", "email": "doubted@x.example", **changes})
    answer = ict.post("/people/add", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    sure = re.search(r'name="sure" value="([^"]+)"', answer.text)
    assert sure
    # being sure of one address is not being sure of another
    assert ict.post("/people/add", data=form | {"sure": sure[1], "email": "head@brentmere.example"}).status_code == 422
    assert ict.post("/people/add", data=form | {"sure": sure[1]}).status_code == 303
    with portal.owner() as connection:
        connection.execute(
            "update portal.person p set name = 'Gone ' || p.id, email = ''"
            " where id = (select max(id) from portal.person)"
        )


@pytest.mark.parametrize(
    "own", ["amina.yusuf@x.example", "senthil@x.example", "a.head@x.example", "o.post@x.example", ""]
)
def test_somebody_s_own_address_is_not_taken_for_a_shared_one(own: str) -> None:
    assert looks_shared("Amelia Head", own) == ""


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("Ewa Zielińska", "ewa.zielinska"),
        ("Li", "li"),
        ("Mary-Jane O’Neill", "mary.oneill"),
        ("?", "person"),
        ("J Smith", "j.smith"),
        ("李 明", "person"),
        ("Іван Франко", "person"),
    ],
)
def test_a_suggested_user_name_is_a_good_one(name: str, username: str) -> None:
    assert suggested_username(name) == username
    assert username_fault(username) == ""


@pytest.mark.parametrize(
    ("typed", "good"),
    [
        ("amina", True),
        ("AMINA.Yusuf2", True),
        ("o'brien", True),
        ("ａｍｉｎａ", True),  # which is amina, and taken
        ("аmina", False),  # a Cyrillic letter
        ("zoë", False),
        ("amına", False),
        ("ami\u200bna", False),
        ("a", False),
        ("a b", False),
    ],
)
def test_a_user_name_has_plain_letters_so_that_no_two_look_the_same(typed: str, good: bool) -> None:
    assert (username_fault(as_username(typed)) == "") is good


def test_an_account_with_another_name_of_before_can_still_be_helped(portal: Portal, ict: httpx2.Client) -> None:
    it = add(portal, ict, name="Older Name", email="older@brentmere.example")
    with portal.owner() as connection:
        connection.execute("update priv.account set username = 'zoë' where person = %s", [it])
    answer = ict.post(f"/people/{it}/password", data={"way": "link", "reason": "forgotten"})
    assert answer.headers.get("location") == f"/people/{it}?done=invited", answer.text


def test_full_width_letters_are_the_name_they_look_like(portal: Portal, ict: httpx2.Client) -> None:
    answer = ict.post(
        "/people/add", data=newcomer(portal, name="Full Width", username="ａｍｉｎａ", email="wide@brentmere.example")
    )
    assert (answer.status_code, "Somebody has this user name already" in answer.text) == (422, True)


def test_a_person_without_an_address_is_not_said_to_be_told(portal: Portal, ict: httpx2.Client) -> None:
    it = add(portal, ict, name="Without Mail", email="", way="hand")
    page = ict.get(f"/people/{it}/reset").text
    assert "They have no email address, so nothing reaches them" in page
    assert "They are told by email" not in page
    assert "They are told by email" in ict.get(f"/people/{person(portal, 'Ben Carter')}/reset").text


def test_an_empty_reset_form_says_all_that_is_missing_at_once(portal: Portal, ict: httpx2.Client) -> None:
    it = person(portal, "Ben Carter")
    answer = ict.post(f"/people/{it}/reset", data={"way": "keep"})
    assert answer.status_code == 422
    for words in ("Write why.", "Type the six figures"):
        assert answer.text.count(words) == 2, "above the page, and beside the box"
    # a right code is not used up by a form that lacks something else
    code = oath(portal.secrets["hassan"])
    answer = ict.post(f"/people/{it}/reset", data={"way": "keep", "code": code})
    assert "Write why." in answer.text
    assert "Type the six figures" not in answer.text
    assert ict.post(f"/people/{it}/reset", data={"way": "keep", "code": code, "reason": "a test"}).status_code == 303


def test_a_temporary_password_is_made_of_three_of_many_words_and_is_a_good_one() -> None:
    assert len(WORDS) == len(set(WORDS)) > 500
    assert all(re.fullmatch(r"[a-z]{4,10}", word) for word in WORDS)
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    assert not [it for it in made if passwords.fault(it, "amina", "Amina Yusuf")]


def test_an_account_without_a_password_lets_nobody_in(portal: Portal) -> None:
    with portal.owner() as connection:
        connection.execute(
            "insert into portal.person (name, role, demo) values ('Empty Handed', 'ict', true);"
            "insert into priv.account (person, username, password)"
            " select id, 'empty', '' from portal.person where name = 'Empty Handed'"
        )
    for guess in ("", "the password of nobody at all", "!"):
        assert sign_in_as(portal, "empty", guess)[1] == "", guess


# ---------------------------------------------------------------- the mailed link


def test_a_link_is_good_once_whoever_tries_at_the_same_time(portal: Portal, ict: httpx2.Client) -> None:
    add(portal, ict, name="Raced Person", email="raced@brentmere.example")
    letter = newest_letter(portal, "raced@brentmere.example")
    clients = [follow(portal, letter) for _ in range(6)]

    def use(numbered: tuple[int, httpx2.Client]) -> str:
        n, client = numbered
        secret = f"lantern harbour {n} orchard"
        return client.post("/password", data={"password": secret, "again": secret}).headers.get("location", "")

    with ThreadPoolExecutor(6) as pool:
        came = sorted(pool.map(use, enumerate(clients)))
    assert came == ["", "", "", "", "", "/password/set"]
    late = follow(portal, letter).get("/password")
    assert (late.status_code, "This link cannot be used" in late.text) == (410, True)


def test_following_a_link_uses_nothing_up(portal: Portal, ict: httpx2.Client) -> None:
    add(portal, ict, name="Scanned Person", email="scanned@brentmere.example")
    letter = newest_letter(portal, "scanned@brentmere.example")
    for _ in range(3):
        client = follow(portal, letter)
        assert client.get("/password").status_code == 200
        assert "password/" not in str(client.get("/password").url)


@pytest.mark.parametrize(
    ("why", "spoil"),
    [
        ("late", "update priv.password_link set ends_at = now() - interval '1 second' where person = %(it)s"),
        ("used", "update priv.account set signed_in_at = clock_timestamp() where person = %(it)s"),
        ("closed", "update priv.account set disabled_at = now() where person = %(it)s"),
    ],
)
def test_a_link_ends_with_its_day_with_a_sign_in_and_with_the_account(
    portal: Portal, ict: httpx2.Client, why: str, spoil: str
) -> None:
    it = add(portal, ict, name=f"Spoilt {why}", email=f"{why}@brentmere.example")
    client = follow(portal, newest_letter(portal, f"{why}@brentmere.example"))
    assert client.get("/password").status_code == 200
    before = one(portal, "select password from priv.account where person = %s", it)
    with portal.owner() as connection:
        connection.execute(spoil, {"it": it})  # type: ignore[arg-type]
    answer = client.post("/password", data={"password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 410
    assert one(portal, "select password from priv.account where person = %s", it) == before


def test_a_newer_link_ends_the_older(portal: Portal, ict: httpx2.Client) -> None:
    it = add(portal, ict, name="Twice Invited", email="twice@brentmere.example")
    first = newest_letter(portal, "twice@brentmere.example")
    answer = ict.post(f"/people/{it}/password", data={"way": "link", "reason": "the first got lost"})
    assert answer.headers["location"] == f"/people/{it}?done=invited"
    second = newest_letter(portal, "twice@brentmere.example")
    assert LINK.search(first)[1] != LINK.search(second)[1]  # type: ignore[index]
    assert follow(portal, first).get("/password").status_code == 410
    assert follow(portal, second).get("/password").status_code == 200


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 5000, "%00", "%ff%fe"])
def test_a_made_up_link_gets_a_plain_sentence(portal: Portal, token: str) -> None:
    client = portal.client()
    assert client.get(f"/password/{token}").status_code in (303, 404)
    answer = client.get("/password")
    assert (answer.status_code, "This link cannot be used" in answer.text) == (410, True)
    assert client.post("/password", data={"password": PASSWORD, "again": PASSWORD}).status_code == 410


def test_no_token_is_in_the_database(portal: Portal, ict: httpx2.Client) -> None:
    add(portal, ict, name="Hashed Person", email="hashed@brentmere.example")
    found = LINK.search(newest_letter(portal, "hashed@brentmere.example"))
    assert found
    token = found[1].rpartition("/")[2]
    assert one(portal, "select count(*) from priv.password_link where token_hash = sha256(%s)", token.encode()) == 1


# ---------------------------------------------------------------- changing


def test_changes_are_saved_and_the_old_address_is_told(portal: Portal, ict: httpx2.Client) -> None:
    it = add(portal, ict, name="Nia Changed", email="nia.old@brentmere.example")
    oswin = setting(portal, "St Oswin's High School")
    page = ict.get(f"/people/{it}/change").text
    assert "nia.old@brentmere.example" in page
    form = {"name": "Nia Married", "email": "nia.new@brentmere.example", "role": "senco", "job_title": "SENCO",
            "add_setting": oswin}  # fmt: skip
    answer = ict.post(f"/people/{it}/change", data=form)
    assert answer.headers["location"] == f"/people/{it}?done=readdressed"
    shown = ict.get(answer.headers["location"]).text
    assert "sent to the old address no longer works" in shown  # she has not signed in yet
    assert ict.post(f"/people/{it}/change", data=form).headers["location"] == f"/people/{it}?done=changed"
    assert "Nia Married" in shown
    assert "St Oswin&#39;s High School" in shown
    assert "Brentmere Primary" not in shown
    assert "was changed" in newest_letter(portal, "nia.old@brentmere.example")
    assert "Nia Married" in ict.post("/people", data={"search": "married"}).text
    changes = one(portal, "select detail -> 'changes' from audit.event where action = 'person_changed'"
                          " and detail ->> 'whom' = %s", str(it))  # fmt: skip
    assert changes["email"] == ["nia.old@brentmere.example", "nia.new@brentmere.example"]
    assert changes["settings"][1] == [int(oswin)]


def test_saving_what_is_there_already_leaves_no_trace(portal: Portal, ict: httpx2.Client) -> None:
    it = add(portal, ict, name="Same As Ever", email="same@brentmere.example")
    before = trail(portal, it)
    form = newcomer(portal, name="Same As Ever", email="same@brentmere.example")
    assert ict.post(f"/people/{it}/change", data=form).status_code == 303
    assert trail(portal, it) == before


def test_another_role_counts_at_once(portal: Portal, ict: httpx2.Client) -> None:
    client = portal.sign_in("ben")
    assert client.get("/start").status_code == 200
    it = person(portal, "Ben Carter")
    form = {"name": "Ben Carter", "email": "ben.carter@brentmere.example", "job_title": "Deputy SENCO"}
    other = form | {"role": "adviser", "team": "EP"}
    answer = ict.post(f"/people/{it}/change", data=other)
    assert (answer.status_code, "could no longer see to that" in answer.text) == (422, True)
    assert client.get("/start").status_code == 200, "nothing has changed yet"
    assert ict.post(f"/people/{it}/change", data=other | {"sure": sure_of(answer)}).status_code == 303
    assert client.get("/start").status_code == 303, "the session of the old role is over"
    assert one(portal, "select count(*) from portal.membership where person = %s", it) == 0
    back = form | {"role": "senco", "add_setting": setting(portal, "Brentmere Primary School")}
    assert ict.post(f"/people/{it}/change", data=back).status_code == 303


def test_nobody_changes_resets_or_disables_themselves(portal: Portal, ict: httpx2.Client) -> None:
    it = person(portal, "Hassan Abdi")
    assert "This is your own account" in ict.get(f"/people/{it}").text
    form = {"name": "Hassan Abdi", "email": "hassan.abdi@council.example", "role": "senas"}
    answer = ict.post(f"/people/{it}/change", data=form)
    assert (answer.status_code, "for a colleague to change" in answer.text) == (422, True)
    for act in ("password", "reset", "disable"):
        code = oath(portal.secrets["hassan"])
        answer = ict.post(f"/people/{it}/{act}", data={"reason": "because", "way": "hand", "code": code})
        assert answer.status_code == 422, act
        assert "a colleague in ICT has to do this" in answer.text
    assert ict.get("/people").status_code == 200
    assert one(portal, "select role from portal.person where id = %s", it) == "ict"


# ---------------------------------------------------------------- reset, password, unlock


def test_a_reset_lets_the_qr_code_be_scanned_again_and_ends_the_sessions(portal: Portal, ict: httpx2.Client) -> None:
    client = portal.sign_in("carys")
    it = person(portal, "Carys Morgan")
    portal.forget_codes()
    form = {"way": "keep", "reason": "new phone", "code": oath(portal.secrets["hassan"])}
    answer = ict.post(f"/people/{it}/reset", data=form)
    assert answer.headers.get("location") == f"/people/{it}?done=reset", answer.text
    assert client.get("/gateway").status_code == 303
    assert "Your account was reset" in newest_letter(portal, "carys.morgan@stoswins.example")
    browser, led = sign_in_as(portal, "carys", PASSWORD)
    assert led == "/sign-in/authenticator"
    portal.secrets["carys"] = enrolled(portal, browser)
    assert trail(portal, it)[-1] == ("account_reset", "Hassan Abdi", "new phone")


def test_a_reset_needs_ict_s_own_code_which_is_good_once(portal: Portal, ict: httpx2.Client) -> None:
    portal.sign_in("carys")
    it = person(portal, "Carys Morgan")
    portal.forget_codes()
    code = oath(portal.secrets["hassan"])
    for wrong in ("", "12345", "000000" if code != "000000" else "111111", oath(portal.secrets["carys"])):
        answer = ict.post(f"/people/{it}/reset", data={"way": "keep", "reason": "new phone", "code": wrong})
        assert answer.status_code == 422, wrong
    assert ict.post(f"/people/{it}/reset", data={"way": "keep", "reason": "", "code": code}).status_code == 422
    assert one(portal, "select seed is not null from priv.account where person = %s", it)
    good = {"way": "keep", "reason": "new phone", "code": code}
    other = person(portal, "Daljit Gill")
    assert ict.post(f"/people/{it}/reset", data=good).status_code == 303
    again = ict.post(f"/people/{other}/reset", data=good)
    assert (again.status_code, "has been used already" in again.text) == (422, True)
    assert trail(portal, other) == []
    del portal.secrets["carys"]
    with portal.owner() as connection:
        connection.execute(
            "update priv.account set temporary = true, password = %s where person = %s",
            [passwords.hasher(True).hash("copper-kite-meadow"), it],
        )


def test_a_reset_forgets_recovery_codes_and_the_second_authenticator_too(portal: Portal, ict: httpx2.Client) -> None:
    it = add(portal, ict, name="Well Equipped", email="equipped@brentmere.example", username="equipped")
    with portal.owner() as connection:
        connection.execute(
            "update priv.account set seed = 'one', seed_second = 'two', signed_in_at = now() where person = %(it)s;",
            {"it": it},
        )
        connection.execute("insert into priv.recovery_code (person, code_hash) values (%s, 'three')", [it])
    form = {"way": "keep", "reason": "lost her bag", "code": oath(portal.secrets["hassan"])}
    assert ict.post(f"/people/{it}/reset", data=form).status_code == 303
    left = "select coalesce(seed, seed_pending, seed_second) is null from priv.account where person = %s"
    assert one(portal, left, it)
    assert one(portal, "select count(*) from priv.recovery_code where person = %s", it) == 0


def test_guessing_ict_s_code_is_slowed_down(portal: Portal, ict: httpx2.Client) -> None:
    it = person(portal, "Daljit Gill")
    right = oath(portal.secrets["hassan"])
    wrong = [f"{n:06}" for n in range(14) if f"{n:06}" != right]
    came = [
        ict.post(f"/people/{it}/reset", data={"way": "keep", "reason": "guess", "code": code}).status_code
        for code in wrong
    ]
    assert came[:10] == [422] * 10
    assert set(came[10:]) == {429}
    assert trail(portal, it) == []


def test_a_reset_with_a_new_password_makes_the_old_one_worthless(portal: Portal, ict: httpx2.Client) -> None:
    it = add(portal, ict, name="Lost Everything", email="lost@brentmere.example", username="lost")
    client = follow(portal, newest_letter(portal, "lost@brentmere.example"))
    client.post("/password", data={"password": PASSWORD, "again": PASSWORD})
    enrolled(portal, sign_in_as(portal, "lost", PASSWORD)[0])
    form = {"way": "link", "reason": "lost phone and password", "code": oath(portal.secrets["hassan"])}
    assert ict.post(f"/people/{it}/reset", data=form).status_code == 303
    assert sign_in_as(portal, "lost", PASSWORD)[1] == ""
    letter = newest_letter(portal, "lost@brentmere.example")
    assert "Your account was reset" in letter
    fresh = follow(portal, letter)
    assert (
        fresh.post("/password", data={"password": "cedar window parade", "again": "cedar window parade"}).status_code
        == 303
    )
    assert sign_in_as(portal, "lost", "cedar window parade")[1] == "/sign-in/authenticator"


def test_a_temporary_password_for_an_account_ends_its_sessions_and_keeps_the_authenticator(
    portal: Portal, ict: httpx2.Client
) -> None:
    client = portal.sign_in("daljit")
    it = person(portal, "Daljit Gill")
    answer = ict.post(f"/people/{it}/password", data={"way": "hand", "reason": "mail is down"})
    found = re.search(r'id="temporary" translate="no">([\w-]+)<', answer.text)
    assert found
    assert client.get("/gateway").status_code == 303
    assert "temporary password was made" in newest_letter(portal, "daljit.gill@therapies.example")
    browser, led = sign_in_as(portal, "daljit", found[1])
    assert led == "/sign-in/choose"
    own = "marble feather ocean"
    assert browser.post("/sign-in/choose", data={"password": own, "again": own}).headers["location"] == "/sign-in/code"
    assert trail(portal, it)[-1] == ("password_issued", "Hassan Abdi", "mail is down")


def test_a_colleague_without_an_account_is_given_one(portal: Portal, ict: httpx2.Client) -> None:
    it = person(portal, "Maureen Tully")
    assert "maureen.tully" in ict.get(f"/people/{it}/password").text
    taken = ict.post(f"/people/{it}/password", data={"way": "link", "reason": "starts", "username": "amina"})
    assert (taken.status_code, "has this user name already" in taken.text) == (422, True)
    form = {"way": "link", "reason": "starts today", "username": "maureen"}
    assert ict.post(f"/people/{it}/password", data=form).status_code == 303
    letter = newest_letter(portal, "maureen.tully@bramblehedge.example")
    assert "has opened an account for you" in letter
    assert follow(portal, letter).get("/password").status_code == 200


def test_unlocking_lets_somebody_in_at_once(portal: Portal, ict: httpx2.Client) -> None:
    it = person(portal, "Grace Mensah")
    assert "slowed down" not in ict.get(f"/people/{it}").text
    portal.sign_in("grace")
    for _ in range(11):
        sign_in_as(portal, "grace", "a wrong password")
    assert sign_in_as(portal, "grace", PASSWORD)[1] == ""
    assert "slowed down for" in ict.get(f"/people/{it}").text
    answer = ict.post(f"/people/{it}/unlock", data={"reason": "it was her, capital letters"})
    assert answer.headers["location"] == f"/people/{it}?done=unlocked"
    assert sign_in_as(portal, "grace", PASSWORD)[1] == "/sign-in/code"
    assert "slowed down" not in ict.get(f"/people/{it}").text
    assert trail(portal, it)[-1][0] == "account_unlocked"


# ---------------------------------------------------------------- disabling


def test_a_disabled_account_is_out_at_once_and_comes_back_whole(portal: Portal, ict: httpx2.Client) -> None:
    client = portal.sign_in("ewa")
    it = person(portal, "Ewa Zielińska")
    answer = ict.post(f"/people/{it}/disable", data={"reason": "long leave"})
    assert answer.headers["location"] == f"/people/{it}?done=disabled"
    assert client.get("/gateway").status_code == 303
    assert sign_in_as(portal, "ewa", PASSWORD)[1] == ""
    assert "Disabled" in ict.get(f"/people/{it}").text
    assert ict.post(f"/people/{it}/password", data={"way": "link", "reason": "x"}).status_code == 422
    assert ict.post(f"/people/{it}/enable", data={"reason": "is back"}).status_code == 303
    assert sign_in_as(portal, "ewa", PASSWORD)[1] == "/sign-in/code"
    assert [line[0] for line in trail(portal, it)][-2:] == ["account_disabled", "account_enabled"]


@pytest.mark.parametrize("act", ["password", "reset", "unlock", "disable"])
def test_nothing_is_done_without_a_reason(portal: Portal, ict: httpx2.Client, act: str) -> None:
    it = person(portal, "Farah Siddiqui")
    form = {"way": "link", "reason": "  ", "code": oath(portal.secrets["hassan"])}
    answer = ict.post(f"/people/{it}/{act}", data=form)
    assert (answer.status_code, "Write why." in answer.text) == (422, True)
    assert trail(portal, it) == []


def test_no_address_of_ict_s_pages_deletes_anybody(portal: Portal, ict: httpx2.Client) -> None:
    it = person(portal, "Farah Siddiqui")
    for path in (f"/people/{it}", f"/people/{it}/delete"):
        assert ict.request("DELETE", path).status_code in (404, 405)
        assert ict.post(path).status_code in (404, 405)
    with portal.owner() as connection:
        allowed = connection.execute(
            "select count(*) from information_schema.role_table_grants where privilege_type = 'DELETE'"
            " and table_name in ('person', 'account') and grantee like 'portal_p_%'"
        ).fetchone()
    assert allowed == (0,)


def test_the_functions_refuse_every_other_persona(portal: Portal) -> None:
    """Row-level security again, without the pages: the session's role decides, not the persona that was taken on."""
    client = portal.sign_in("amina")
    token = next(c.value for c in client.cookies.jar if c.name == "sid").rpartition(".")[0]
    it = person(portal, "Carys Morgan")
    calls = (
        "select * from priv.people('{}', null, null, null, null, 10)",
        f"select * from priv.person_look({it})",
        f"select priv.account_disable({it}, 'x')",
        f"select priv.account_reset({it}, 999999999, 'x')",
        f"select priv.password_issue({it}, 'x', now(), 'x')",
        f"select * from priv.hand_over_list({it}, null)",
    )
    for persona in ("portal_p_senco", "portal_p_ict", "portal_p_door"):
        for call in calls:
            with portal.owner() as connection, connection.transaction():
                connection.execute("select set_config('app.tok', %s, true)", [token])
                connection.execute(f"set local role {persona}")  # type: ignore[arg-type]
                with pytest.raises(Exception, match=r"only ICT|permission denied"):
                    connection.execute(call)  # type: ignore[arg-type]
