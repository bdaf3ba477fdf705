"""Recovery codes and a second authenticator: a lost or new phone is no reason to wait for anybody."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.fixtures_server import PASSWORD, Portal, oath
from tests.test_forgot import letters_to

CODE = re.compile(r"\b(?:[0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}\b")
KEY = re.compile(r"((?:[A-Z2-7]{4}\s){7}[A-Z2-7]{4})")


def fresh_codes(portal: Portal, client: httpx2.Client, username: str) -> list[str]:
    """Ten recovery codes of somebody signed in, as the page shows them."""
    portal.forget_codes()
    answer = client.post("/account/recovery-codes", data={"code": oath(portal.secrets[username])})
    assert answer.status_code == 200, answer.text
    return CODE.findall(answer.text)


def at_code(portal: Portal, username: str) -> httpx2.Client:
    """A browser of somebody who has given the password."""
    portal.forget_codes()
    client = portal.client()
    client.post("/sign-in", data={"username": username})
    assert client.post("/sign-in/password", data={"password": PASSWORD}).headers["location"] == "/sign-in/code"
    return client


def new_key(portal: Portal, client: httpx2.Client, place: str, code: str) -> str:
    """Begin with a new authenticator; its key."""
    answer = client.post(f"/account/authenticator/{place}", data={"code": code})
    assert answer.headers.get("location") == "/account/authenticator/scan", answer.text
    found = KEY.search(re.sub(r"<[^>]+>", " ", client.get("/account/authenticator/scan").text))
    assert found
    return found[1].replace(" ", "")


@pytest.fixture
def amina(portal: Portal) -> httpx2.Client:
    return portal.sign_in("amina")


def test_ten_codes_are_shown_once_right_after_enrolling(portal: Portal) -> None:
    client = portal.sign_in("carys")
    page = client.get("/account/recovery-codes?next=/start")
    assert 'name="code"' not in page.text
    shown = client.post("/account/recovery-codes", data={"next": "/start"})
    made = CODE.findall(shown.text)
    assert len(set(made)) == 10
    assert 'href="/start"' in shown.text
    assert not CODE.search(client.get("/account/recovery-codes").text)
    assert client.post("/account/recovery-codes").status_code == 422, "a second time a code is asked for"
    with portal.owner() as db:
        stored = db.execute("select code_hash from priv.recovery_code").fetchall()
    assert len(stored) == 10
    assert all(len(bytes(row[0])) == 32 for row in stored)


def test_a_recovery_code_signs_in_once_however_it_is_typed(portal: Portal, amina: httpx2.Client) -> None:
    first, second, *_ = fresh_codes(portal, amina, "amina")
    client = at_code(portal, "amina")
    typed = first.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert client.post("/sign-in/code", data={"recovery": typed}).headers["location"] == "/gateway"
    assert "9 recovery codes left" in letters_to(portal, "amina", "recovery code was used")[-1]
    again = at_code(portal, "amina")
    answer = again.post("/sign-in/code", data={"recovery": first})
    assert answer.status_code == 422
    assert "used already" in answer.text
    assert again.post("/sign-in/code", data={"code": second}).headers["location"] == "/gateway"  # in the other box too


def test_of_many_at_once_one_gets_in_with_a_recovery_code(portal: Portal, amina: httpx2.Client) -> None:
    code = fresh_codes(portal, amina, "amina")[0]
    clients = [at_code(portal, "amina") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda c: c.post("/sign-in/code", data={"recovery": code}).status_code, clients))
    assert sorted(answers) == [303, 422, 422, 422, 422, 422]


def test_new_codes_end_the_earlier_ones_and_others_codes_are_worth_nothing(portal: Portal) -> None:
    amina, ben = portal.sign_in("amina"), portal.sign_in("ben")
    old = fresh_codes(portal, amina, "amina")[0]
    bens = fresh_codes(portal, ben, "ben")[0]
    fresh_codes(portal, amina, "amina")
    client = at_code(portal, "amina")
    for code in (old, bens, "0000-0000-0000-0000-0000-0000", "not a code at all", "½" * 24, "\x00" * 24):
        assert client.post("/sign-in/code", data={"recovery": code}).status_code == 422
    assert client.get("/gateway").status_code == 303


def test_a_recovery_code_opens_the_lock_of_a_session_that_ran_out(portal: Portal, amina: httpx2.Client) -> None:
    code = fresh_codes(portal, amina, "amina")[0]
    with portal.owner() as db:
        db.execute("update priv.session set seen_at = now() - interval '11 minutes'")
    assert amina.get("/account").status_code == 303
    portal.forget_codes()
    answer = amina.post("/session/again", json={"password": PASSWORD, "code": code})
    assert answer.status_code == 200, answer.text
    assert amina.get("/account").status_code == 200


def test_a_reset_by_ict_ends_recovery_codes_and_the_second_authenticator(portal: Portal, amina: httpx2.Client) -> None:
    code = fresh_codes(portal, amina, "amina")[0]
    with portal.owner() as db:
        before = db.execute("select seed from priv.account where username = 'amina'").fetchone()
        db.execute("update priv.account set seed = null where username = 'amina'")
        assert db.execute(
            "select count(*) from priv.recovery_code c join priv.account a using (person) where a.username = 'amina'"
        ).fetchone() == (0,)
        db.execute("update priv.account set seed = %s where username = 'amina'", before)
    client = at_code(portal, "amina")
    assert client.post("/sign-in/code", data={"recovery": code}).status_code == 422


# ---------------------------------------------------------------- authenticators


def test_moving_to_a_new_phone_takes_a_code_of_the_old_one_and_ends_it(portal: Portal, amina: httpx2.Client) -> None:
    elsewhere = portal.sign_in("amina")
    portal.forget_codes()
    old = portal.secrets["amina"]
    assert amina.post("/account/authenticator/first", data={"code": "000000"}).status_code == 422
    assert amina.get("/account/authenticator/qr.svg").status_code == 404
    new = new_key(portal, amina, "first", oath(old))
    assert amina.get("/account/authenticator/qr.svg").headers["content-type"].startswith("image/svg")
    wrong = amina.post("/account/authenticator/scan", data={"code": oath(old)})
    assert wrong.status_code == 422
    assert "app you have already" in wrong.text
    done = amina.post("/account/authenticator/scan", data={"code": oath(new)})
    assert done.headers["location"] == "/account?done=authenticator"
    portal.secrets["amina"] = new
    assert amina.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303, "every other session has ended"
    assert "no longer accepted" in letters_to(portal, "amina", "moved to another phone")[-1]
    client = at_code(portal, "amina")
    assert client.post("/sign-in/code", data={"code": oath(old)}).status_code == 422
    assert client.post("/sign-in/code", data={"code": oath(new)}).status_code == 303


def test_a_code_that_was_given_to_begin_with_is_not_accepted_twice(portal: Portal, amina: httpx2.Client) -> None:
    portal.forget_codes()
    code = oath(portal.secrets["amina"])
    new_key(portal, amina, "second", code)
    answer = amina.post("/account/authenticator/second", data={"code": code})
    assert answer.status_code == 422
    assert "used already" in answer.text


def test_a_recovery_code_is_enough_to_move_to_a_new_phone_once(portal: Portal, amina: httpx2.Client) -> None:
    code = fresh_codes(portal, amina, "amina")[0]
    new = new_key(portal, amina, "first", code)
    assert amina.post("/account/authenticator/scan", data={"code": oath(new)}).status_code == 303
    portal.secrets["amina"] = new
    assert amina.post("/account/authenticator/first", data={"code": code}).status_code == 422


def test_a_second_authenticator_signs_in_as_well_until_it_is_removed(portal: Portal, amina: httpx2.Client) -> None:
    portal.forget_codes()
    first = portal.secrets["amina"]
    second = new_key(portal, amina, "second", oath(first))
    assert amina.post("/account/authenticator/scan", data={"code": oath(second)}).status_code == 303
    for secret in (first, second):
        client = at_code(portal, "amina")
        assert client.post("/sign-in/code", data={"code": oath(secret)}).status_code == 303
    portal.forget_codes()
    assert amina.post("/account/authenticator/second/remove", data={"code": oath(first)}).status_code == 303
    client = at_code(portal, "amina")
    assert client.post("/sign-in/code", data={"code": oath(second)}).status_code == 422
    assert client.post("/sign-in/code", data={"code": oath(first)}).status_code == 303
    portal.forget_codes()
    last = client.post("/account/authenticator/first/remove", data={"code": oath(first)})
    assert last.status_code == 422, "the only one cannot be removed"


def test_of_two_authenticators_the_first_may_go(portal: Portal, amina: httpx2.Client) -> None:
    portal.forget_codes()
    first = portal.secrets["amina"]
    second = new_key(portal, amina, "second", oath(first))
    amina.post("/account/authenticator/scan", data={"code": oath(second)})
    portal.forget_codes()
    assert amina.post("/account/authenticator/first/remove", data={"code": oath(second)}).status_code == 303
    portal.secrets["amina"] = second
    client = at_code(portal, "amina")
    assert client.post("/sign-in/code", data={"code": oath(first)}).status_code == 422
    assert client.post("/sign-in/code", data={"code": oath(second)}).status_code == 303


def test_what_is_scanned_belongs_to_the_session_that_began_it(portal: Portal, amina: httpx2.Client) -> None:
    other = portal.sign_in("amina")
    portal.forget_codes()
    new_key(portal, amina, "first", oath(portal.secrets["amina"]))
    assert other.get("/account/authenticator/scan").headers["location"] == "/account"
    with portal.owner() as db:
        db.execute("update priv.new_authenticator set ends_at = clock_timestamp()")
    time.sleep(0.01)
    assert amina.get("/account/authenticator/scan").headers["location"] == "/account"
