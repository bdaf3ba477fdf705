"""My account: password and address are changed by their owner alone, each told by mail; sessions can be ended."""

import httpx2
import pytest

from routes.account import browser_name
from tests.fixtures_server import PASSWORD, Portal, oath
from tests.test_forgot import letters_to, link_in

NEW = "marmalade lighthouse tuesday"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Edg/130"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
    "Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def amina(portal: Portal) -> httpx2.Client:
    client = portal.sign_in("amina")
    portal.forget_codes()
    return client


def recipients(portal: Portal, subject: str) -> list[str]:
    with portal.owner() as db:
        return [row[0] for row in db.execute("select recipient from portal.letter where subject = %s", [subject])]


def test_the_page_says_who_one_is_and_is_everybody_s_own(portal: Portal, amina: httpx2.Client) -> None:
    page = amina.get("/account").text
    assert "Amina Yusuf" in page
    assert "SENCO" in page
    hassan = portal.sign_in("hassan").get("/account").text
    assert "Amina" not in hassan
    assert 'href="/account"' in amina.get("/gateway").text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"present": "", "password": NEW, "again": NEW}, "Type your present password"),
        ({"present": "wrong words here", "password": NEW, "again": NEW}, "not your present password"),
        ({"present": PASSWORD, "password": "short", "again": "short"}, "at least 12"),
        ({"present": PASSWORD, "password": NEW, "again": NEW + "!"}, "not the same"),
        ({"present": PASSWORD, "password": "my name is Amina", "again": "my name is Amina"}, "contain “amina”"),
        ({"present": PASSWORD, "password": "Password123456!", "again": "Password123456!"}, "easy to guess"),
        ({"present": PASSWORD, "password": PASSWORD, "again": PASSWORD}, "Choose another"),
    ],
)
def test_a_password_that_will_not_do_is_refused_in_place(
    amina: httpx2.Client, given: dict[str, str], words: str
) -> None:
    answer = amina.post("/account/password", data=given)
    assert answer.status_code == 422
    assert words in answer.text
    assert "There is a problem" in answer.text


def test_a_new_password_ends_every_other_session_and_is_told_by_mail(portal: Portal, amina: httpx2.Client) -> None:
    elsewhere = portal.sign_in("amina")
    portal.forget_codes()
    answer = amina.post("/account/password", data={"present": PASSWORD, "password": NEW, "again": NEW})
    assert answer.headers["location"] == "/account?done=password"
    assert amina.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    assert "My account" in letters_to(portal, "amina", "Your password was changed")[-1]
    client = portal.client()
    client.post("/sign-in", data={"username": "amina"})
    assert client.post("/sign-in/password", data={"password": PASSWORD}).status_code == 422
    assert client.post("/sign-in/password", data={"password": NEW}).status_code == 303
    back = amina.post("/account/password", data={"present": NEW, "password": PASSWORD, "again": PASSWORD})
    assert back.status_code == 303


def test_guessing_the_present_password_is_slowed_down_here_too(portal: Portal, amina: httpx2.Client) -> None:
    for _ in range(11):
        answer = amina.post("/account/password", data={"present": "guess of it", "password": NEW, "again": NEW})
    assert answer.status_code == 429
    assert "Wait" in answer.text


def test_a_new_address_counts_once_its_own_link_was_followed_and_the_old_one_is_told(
    portal: Portal, amina: httpx2.Client
) -> None:
    with portal.owner() as db:
        (old,) = db.execute("select email from portal.person where name = 'Amina Yusuf'").fetchone() or ("",)
    wanted = "a.yusuf@elsewhere.example"
    assert amina.post("/account/email", data={"email": wanted, "present": "wrong words"}).status_code == 422
    assert amina.post("/account/email", data={"email": "nonsense", "present": PASSWORD}).status_code == 422
    assert amina.post("/account/email", data={"email": "", "present": PASSWORD}).status_code == 422
    assert amina.post("/account/email", data={"email": wanted, "present": PASSWORD}).status_code == 303
    with portal.owner() as db:
        (body,) = db.execute("select body from portal.letter where recipient = %s", [wanted]).fetchone() or ("",)
        assert db.execute("select email from portal.person where name = 'Amina Yusuf'").fetchone() == (old,)
    link = link_in(body, "address")
    stranger = portal.client()  # opened on the phone, where she is not signed in
    assert wanted in stranger.get(link).text
    with portal.owner() as db:
        assert db.execute("select email from portal.person where name = 'Amina Yusuf'").fetchone() == (old,)
    assert "is changed" in stranger.post(link).text
    assert stranger.post(link).status_code == 410
    assert wanted in amina.get("/account").text
    assert old in recipients(portal, "The email address of your account was changed")
    with portal.owner() as db:
        db.execute("update portal.person set email = %s where name = 'Amina Yusuf'", [old])


def test_a_later_link_for_another_address_ends_the_earlier(portal: Portal, amina: httpx2.Client) -> None:
    links = []
    for wanted in ("one@elsewhere.example", "two@elsewhere.example"):
        amina.post("/account/email", data={"email": wanted, "present": PASSWORD})
        with portal.owner() as db:
            (body,) = db.execute("select body from portal.letter where recipient = %s", [wanted]).fetchone() or ("",)
        links.append(link_in(body, "address"))
    assert portal.client().get(links[0]).status_code == 410
    assert portal.client().get(links[1]).status_code == 200


def test_each_session_can_be_ended_from_another_and_all_at_once(portal: Portal, amina: httpx2.Client) -> None:
    amina.post("/account/sessions", data={"session": "others"})
    one, two = portal.sign_in("amina"), portal.sign_in("amina")
    ben = portal.sign_in("ben")
    page = amina.get("/account").text
    handles = [part.split('"')[0] for part in page.split('name="session" value="')[1:]]
    assert len(handles) == 3, "two others, and all at once"
    assert ben.post("/account/sessions", data={"session": handles[0]}).status_code == 303
    assert [one.get("/account").status_code, two.get("/account").status_code] == [200, 200]
    amina.post("/account/sessions", data={"session": handles[0]})
    assert sorted((one.get("/account").status_code, two.get("/account").status_code)) == [200, 303]
    amina.post("/account/sessions", data={"session": "others"})
    assert [c.get("/account").status_code for c in (one, two, amina, ben)] == [303, 303, 200, 200]


def test_browsers_are_called_by_names_people_know() -> None:
    assert browser_name(EDGE) == "Edge on Windows"
    assert browser_name(IPHONE) == "Safari on iPhone"
    assert browser_name("") == "A browser"


def test_what_people_do_to_their_accounts_is_on_the_audit_trail(portal: Portal, amina: httpx2.Client) -> None:
    amina.post("/account/recovery-codes", data={"code": oath(portal.secrets["amina"])})
    with portal.owner() as db:
        found = {row[0] for row in db.execute("select action from audit.event where person is not null")}
    assert {"password_changed", "address_changed", "sessions_ended", "recovery_codes_made"} <= found
