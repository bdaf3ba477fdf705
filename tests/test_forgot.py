"""A forgotten password is mended by email, a sleeping account announced in time; others' tries lock nobody out."""

import re
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.fixtures_server import PASSWORD, Portal, oath

NEW = "marmalade lighthouse tuesday"


def letters_to(portal: Portal, username: str, wanted: str, known: int = 0) -> list[str]:
    """The bodies of the letters to somebody whose subject has these words, once there are more than `known`."""
    deadline = time.monotonic() + 15
    while True:
        with portal.owner() as db:
            found = db.execute(
                "select l.body from portal.letter l join portal.person p on p.email = l.recipient"
                " join priv.account a on a.person = p.id where a.username = %s and l.subject like %s order by l.id",
                [username, f"%{wanted}%"],
            ).fetchall()
        if len(found) > known:
            return [body for (body,) in found]
        assert time.monotonic() < deadline, f"no letter about “{wanted}” to {username}"
        time.sleep(0.1)


def all_seen_to(portal: Portal) -> int:
    """Wait until no errand is left; how many letters there are then."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        with portal.owner() as db:
            left, letters = db.execute(
                "select (select count(*) from priv.errand), (select count(*) from portal.letter)"
            ).fetchone() or (0, 0)
        if not left:
            return int(letters)
        time.sleep(0.1)
    raise AssertionError("an errand was never seen to")


def ask(portal: Portal, username: str) -> httpx2.Client:
    client = portal.client()
    client.post("/sign-in", data={"username": username})
    answer = client.post("/sign-in/forgot")
    assert answer.headers["location"] == "/sign-in/forgotten", answer.text
    return client


def link_in(body: str, kind: str = "password") -> str:
    found = re.search(rf"/{kind}/[\w-]{{43}}", body)
    assert found, body
    return found[0]


def follow(portal: Portal, link: str, password: str = NEW) -> httpx2.Response:
    client = portal.client()
    client.get(link)
    return client.post("/password", data={"password": password, "again": password})


@pytest.fixture(autouse=True)
def rested(portal: Portal) -> None:
    portal.forget_codes()


@pytest.fixture
def amina(portal: Portal) -> Iterator[None]:
    """Amina has signed in, so her account is awake; afterwards her password is what the other tests expect."""
    portal.sign_in("amina")
    with portal.owner() as db:
        (before,) = db.execute("select password from priv.account where username = 'amina'").fetchone() or ("",)
        yield
        db.execute("update priv.account set password = %s where username = 'amina'", [before])


def test_a_link_by_mail_sets_a_new_password_and_the_code_is_still_asked_for(portal: Portal, amina: None) -> None:
    known = 0
    ask(portal, "AMINA")
    link = link_in(letters_to(portal, "amina", "new password", known)[-1])
    assert follow(portal, link).headers["location"] == "/password/set"
    portal.forget_codes()
    client = portal.client()
    client.post("/sign-in", data={"username": "amina"})
    assert client.post("/sign-in/password", data={"password": PASSWORD}).status_code == 422
    answer = client.post("/sign-in/password", data={"password": NEW})
    assert answer.headers["location"] == "/sign-in/code"
    assert client.get("/gateway").headers["location"].startswith("/sign-in")
    assert client.post("/sign-in/code", data={"code": oath(portal.secrets["amina"])}).headers["location"] == "/gateway"


def test_a_link_is_good_once_and_worthless_after_a_newer_one_or_a_sign_in(portal: Portal, amina: None) -> None:
    known = len(letters_to(portal, "amina", "", -1))
    ask(portal, "amina")
    first = link_in(letters_to(portal, "amina", "", known)[-1])
    ask(portal, "amina")
    second = link_in(letters_to(portal, "amina", "", known + 1)[-1])
    assert follow(portal, first).status_code == 410
    assert follow(portal, second).status_code == 303
    assert follow(portal, second).status_code == 410
    with portal.owner() as db:
        db.execute("update priv.account set password = (select password from priv.account o where o.username = 'ben')")
    known = len(letters_to(portal, "amina", "", 0))
    portal.forget_codes()
    ask(portal, "amina")
    third = link_in(letters_to(portal, "amina", "", known)[-1])
    with portal.owner() as db:
        db.execute("update priv.account set signed_in_at = clock_timestamp() where username = 'amina'")
    assert follow(portal, third).status_code == 410


def test_a_link_is_worthless_after_half_an_hour_and_stored_as_a_hash(portal: Portal, amina: None) -> None:
    known = len(letters_to(portal, "amina", "", -1))
    ask(portal, "amina")
    link = link_in(letters_to(portal, "amina", "", known)[-1])
    with portal.owner() as db:
        row = db.execute(
            "select encode(token_hash, 'escape'), ends_at - made_at from priv.password_link order by made_at desc"
        ).fetchone()
        assert row
        assert link.rsplit("/", 1)[1] not in row[0]
        assert row[1].total_seconds() == pytest.approx(1800, abs=1)
        db.execute("update priv.password_link set ends_at = clock_timestamp() where used_at is null")
    assert follow(portal, link).status_code == 410


def test_whether_there_is_such_an_account_makes_no_difference_to_the_answer(portal: Portal, amina: None) -> None:
    pages = {}
    for name in ("amina", "ghost"):
        client = ask(portal, name)
        page = client.get("/sign-in/forgotten")
        pages[name] = (page.status_code, page.text.replace(name, "…"))
    assert pages["amina"] == pages["ghost"]
    before = all_seen_to(portal)
    ask(portal, "phantom")
    assert all_seen_to(portal) == before
    with portal.owner() as db:
        assert db.execute(
            "select detail ->> 'why' from audit.event where action = 'password_forgotten' order by id desc limit 1"
        ).fetchone() == ("none",)


def test_an_account_that_sleeps_is_told_whom_to_ask_instead(portal: Portal, amina: None) -> None:
    with portal.owner() as db:
        db.execute("update priv.account set signed_in_at = now() - interval '56 days' where username = 'amina'")
    ask(portal, "amina")
    body = letters_to(portal, "amina", "please write to Education ICT")[-1]
    assert "/password/" not in body
    assert "EalingEducationICT@ealing.gov.uk" in body
    assert "55 days" in body


def test_a_link_asked_for_in_time_is_worthless_once_the_account_sleeps(portal: Portal, amina: None) -> None:
    with portal.owner() as db:
        db.execute(
            "update priv.account set signed_in_at = now() - interval '55 days' + interval '9 seconds'"
            " where username = 'amina'"
        )
        db.execute("update priv.account set sleep_told = 2 where username = 'amina'")
        known = len(letters_to(portal, "amina", "", -1))
        ask(portal, "amina")
        link = link_in(letters_to(portal, "amina", "", known)[-1])
        left = db.execute(
            "select extract(epoch from ends_at - clock_timestamp()) from priv.password_link order by made_at desc"
        ).fetchone()
        assert left
        assert left[0] < 9
        time.sleep(max(0, float(left[0])) + 0.1)
    assert follow(portal, link).status_code == 410


def test_a_closed_account_gets_no_letter(portal: Portal) -> None:
    with portal.owner() as db:
        db.execute("update priv.account set disabled_at = now() where username = 'farah'")
        before = all_seen_to(portal)
        ask(portal, "farah")
        assert all_seen_to(portal) == before
        db.execute("update priv.account set disabled_at = null where username = 'farah'")


def test_nobody_can_fill_a_mailbox_or_learn_of_it_when_it_is_full(portal: Portal, amina: None) -> None:
    before = all_seen_to(portal)
    for _ in range(8):
        assert "on its way" in ask(portal, "amina").get("/sign-in/forgotten").text
    assert all_seen_to(portal) == before + 3
    for n in range(60):
        client = portal.client()
        client.post("/sign-in", data={"username": f"ghost{n}"})
        answer = client.post("/sign-in/forgot")
    assert answer.status_code == 429
    assert "Wait" in answer.text


def test_without_a_user_name_one_starts_again(portal: Portal) -> None:
    assert portal.client().post("/sign-in/forgot").headers["location"] == "/sign-in?late=1"
    assert portal.client().get("/sign-in/forgotten").headers["location"] == "/sign-in?late=1"


# ---------------------------------------------------------------- falling asleep


def test_two_letters_come_before_an_account_falls_asleep_and_a_sign_in_wakes_it(portal: Portal, amina: None) -> None:
    def slept(days: float) -> None:
        with portal.owner() as db:
            told = db.execute("select sleep_told from priv.account where username = 'amina'").fetchone()
            db.execute(
                "update priv.account set signed_in_at = now() - make_interval(secs => %s) where username = 'amina'",
                [days * 86400],
            )
            db.execute("update priv.account set sleep_told = %s where username = 'amina'", told)

    with portal.owner() as db:
        db.execute("update priv.account set sleep_told = 0 where username = 'amina'")
        db.execute("delete from portal.letter where subject like 'Please sign in%'")
    slept(40.9)
    time.sleep(2.5)
    with portal.owner() as db:
        assert db.execute("select count(*) from portal.letter where subject like 'Please sign in%'").fetchone() == (0,)
    slept(41.1)
    (first,) = letters_to(portal, "amina", "Please sign in")
    assert "55 days" in first
    time.sleep(2.5)
    slept(52.1)
    assert len(letters_to(portal, "amina", "Please sign in", 1)) == 2
    time.sleep(2.5)
    assert len(letters_to(portal, "amina", "Please sign in", 1)) == 2
    portal.sign_in("amina")
    with portal.owner() as db:
        assert db.execute("select sleep_told from priv.account where username = 'amina'").fetchone() == (0,)
    slept(53)
    assert len(letters_to(portal, "amina", "Please sign in", 2)) == 3  # late, so only the last one is worth writing


# ---------------------------------------------------------------- slowed down, never locked out


def test_others_wrong_tries_bring_a_letter_that_lets_the_real_person_in_at_once(portal: Portal, amina: None) -> None:
    portal.forget_codes()
    for _ in range(12):
        guesser = portal.client()
        guesser.post("/sign-in", data={"username": "amina"})
        last = guesser.post("/sign-in/password", data={"password": "wrong words here"})
    assert last.status_code == 429
    known = len(letters_to(portal, "amina", "Many wrong tries", 0))
    assert known == 1
    link = link_in(letters_to(portal, "amina", "Many wrong tries")[-1], "unlock")
    mine = portal.client()
    mine.post("/sign-in", data={"username": "amina"})
    assert mine.post("/sign-in/password", data={"password": PASSWORD}).status_code == 429
    assert mine.get(link).status_code == 200
    assert mine.post("/sign-in/password", data={"password": PASSWORD}).status_code == 429  # looking changes nothing
    assert mine.post(link).headers["location"] == "/sign-in"
    mine.post("/sign-in", data={"username": "amina"})
    for _ in range(12):  # the guesser goes on, and is slowed down again
        guesser.post("/sign-in/password", data={"password": "wrong words here"})
    assert guesser.post("/sign-in/password", data={"password": "wrong"}).status_code == 429
    assert mine.post("/sign-in/password", data={"password": PASSWORD}).status_code == 303
    assert mine.post(link).status_code == 410
    with portal.owner() as db:
        actions = {row[0] for row in db.execute("select action from audit.event").fetchall()}
    assert {"sign_in_slowed", "unlocked_by_mail"} <= actions


def wrong_code(portal: Portal) -> str:
    return f"{(int(oath(portal.secrets['amina'])) + 500_000) % 1_000_000:06}"


def test_whoever_fails_at_the_code_has_the_password_and_the_letter_says_so(portal: Portal, amina: None) -> None:
    guesser = portal.client()
    guesser.post("/sign-in", data={"username": "amina"})
    for _ in range(12):  # the letter about the password does not keep back the other
        last = guesser.post("/sign-in/password", data={"password": "wrong words here"})
    assert last.status_code == 429
    with portal.owner() as db:
        db.execute("delete from priv.bucket where starts_with(key, 'password:')")
        db.execute("update priv.account set last_step = 0")
    assert guesser.post("/sign-in/password", data={"password": PASSWORD}).headers["location"] == "/sign-in/code"
    for _ in range(12):
        last = guesser.post("/sign-in/code", data={"code": wrong_code(portal)})
    assert last.status_code == 429
    letter = letters_to(portal, "amina", "does somebody have your password?")[-1]
    assert "with the right password" in letter
    assert f"{portal.url}/account/password" in letter
    assert "tell Education ICT: EalingEducationICT@ealing.gov.uk" in " ".join(letter.split())
    assert "need not do anything" not in letter
    mine = portal.client()
    assert mine.post(link_in(letter, "unlock")).headers["location"] == "/sign-in"
    mine.post("/sign-in", data={"username": "amina"})
    mine.post("/sign-in/password", data={"password": PASSWORD})
    assert mine.post("/sign-in/code", data={"code": oath(portal.secrets["amina"])}).headers["location"] == "/gateway"
    with portal.owner() as db:
        why = db.execute("select detail from audit.event where action = 'sign_in_slowed' order by id desc").fetchone()
    assert why == ({"why": "code"},)


@pytest.mark.parametrize("at", ["/account/password", "/account/authenticator/first"])
def test_wrong_tries_in_a_browser_where_one_is_signed_in_have_a_letter_of_their_own(
    portal: Portal, amina: None, at: str
) -> None:
    client = portal.sign_in("amina")
    portal.forget_codes()
    known = len(letters_to(portal, "amina", "where you are signed in", -1))
    for _ in range(12):
        given = {"present": "a guess of it", "password": NEW, "again": NEW, "code": wrong_code(portal)}
        last = client.post(at, data=given)
    assert last.status_code == 429
    letter = letters_to(portal, "amina", "where you are signed in", known)[-1]
    assert "sign out everywhere else" in " ".join(letter.split())
    assert client.post(link_in(letter, "unlock")).status_code == 303
    assert client.post(at, data=given).status_code == 422


def test_without_a_letter_it_is_enough_to_wait(portal: Portal, amina: None) -> None:
    for _ in range(12):
        guesser = portal.client()
        guesser.post("/sign-in", data={"username": "amina"})
        last = guesser.post("/sign-in/password", data={"password": "wrong words here"})
    assert last.status_code == 429
    wait = int(last.headers["retry-after"])
    assert wait <= 300
    with portal.owner() as db:
        db.execute("update priv.bucket set at = at - make_interval(secs => %s)", [wait])
    guesser.post("/sign-in", data={"username": "amina"})
    assert guesser.post("/sign-in/password", data={"password": PASSWORD}).status_code == 303
