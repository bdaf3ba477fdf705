"""Signing in: user name, password, code; at first a password and an authenticator of one's own."""

import asyncio
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

import server
import views
from migrations.demo import CAST
from record.people import as_username
from routes import codes, passwords
from routes.sign_in import own_path
from tests.fixtures_server import HERE, PASSWORD, SECRET, Portal, oath

TEMPORARY = {member.username: member.password for member in CAST}
KEY = re.compile(r'class="setup-key">([A-Z2-7 ]{39})<')


@pytest.fixture(autouse=True)
def _fresh(portal: Portal) -> None:
    portal.forget_codes()


def at_password(portal: Portal, username: str, then: str = "") -> httpx2.Client:
    """A browser in which that user name has been typed, and Next pressed."""
    client = portal.client()
    answer = client.post("/sign-in", data={"username": username, "next": then})
    assert answer.headers["location"] == "/sign-in/password"
    return client


def at_code(portal: Portal, username: str, then: str = "") -> httpx2.Client:
    """A browser that asks for the code next. The person has been here before."""
    if username not in portal.secrets:
        portal.sign_in(username)
        portal.forget_codes()
    client = at_password(portal, username, then)
    assert client.post("/sign-in/password", data={"password": PASSWORD}).headers["location"] == "/sign-in/code"
    return client


def one(portal: Portal, query: str, *given: object) -> Any:
    """The first column of the first row."""
    with portal.owner() as connection:
        found = connection.execute(query, given).fetchone()
    return found[0] if found else None


def person(portal: Portal, username: str) -> int:
    return int(one(portal, "select person from priv.account where username = %s", username))


@contextmanager
def changed(portal: Portal, username: str, how: str, back: str) -> Iterator[None]:
    """An account that is different for a while."""
    with portal.owner() as connection:
        connection.execute(f"update priv.account set {how} where username = %s", [username])  # type: ignore[arg-type]
        yield
        connection.execute(f"update priv.account set {back} where username = %s", [username])  # type: ignore[arg-type]


# ---------------------------------------------------------------- the first time


def test_the_first_sign_in_leads_over_an_own_password_and_an_authenticator_to_the_gateway(portal: Portal) -> None:
    client = at_password(portal, "HASSAN")  # in whatever case the name is typed
    assert (
        client.post("/sign-in/password", data={"password": TEMPORARY["hassan"]}).headers["location"]
        == "/sign-in/choose"
    )
    chosen = {"password": PASSWORD, "again": PASSWORD}
    assert client.post("/sign-in/choose", data=chosen).headers["location"] == "/sign-in/authenticator"
    page = client.get("/sign-in/authenticator").text
    assert "service list is empty" in page
    found = KEY.search(page)
    assert found
    portal.secrets["hassan"] = found[1].replace(" ", "")
    answer = client.post("/sign-in/authenticator", data={"code": oath(portal.secrets["hassan"])})
    assert answer.headers["location"] == "/account/recovery-codes?next=%2Fgateway"
    assert client.get("/gateway").status_code == 200


def test_a_phone_reads_the_same_key_from_the_qr_code(portal: Portal, chromium: Browser, tmp_path: Path) -> None:
    client = at_password(portal, "grace")
    client.post("/sign-in/password", data={"password": TEMPORARY["grace"]})
    client.post("/sign-in/choose", data={"password": PASSWORD, "again": PASSWORD})
    found = KEY.search(client.get("/sign-in/authenticator").text)
    assert found
    context = chromium.new_context()
    context.add_cookies([{"name": c.name, "value": c.value or "", "url": portal.url} for c in client.cookies.jar])
    page = context.new_page()
    page.goto(f"{portal.url}/sign-in/authenticator")
    page.locator("img.qr").evaluate("image => image.decode()")
    page.locator("img.qr").screenshot(path=tmp_path / "qr.png")
    context.close()
    read = subprocess.check_output(["zbarimg", "--raw", "-q", str(tmp_path / "qr.png")], text=True)
    assert read.startswith("otpauth://totp/")
    assert f"secret={found[1].replace(' ', '')}" in read
    assert "grace" in read
    secret = re.search(r"secret=([A-Z2-7]+)", read)
    assert secret
    answer = client.post("/sign-in/authenticator", data={"code": oath(secret[1])})
    assert answer.headers["location"] == "/account/recovery-codes?next=%2Fgateway"
    portal.secrets["grace"] = secret[1]


def test_the_qr_code_stays_the_same_while_it_is_looked_at_and_goes_once_it_is_used(portal: Portal) -> None:
    client = at_password(portal, "ewa")
    client.post("/sign-in/password", data={"password": TEMPORARY["ewa"]})
    client.post("/sign-in/choose", data={"password": PASSWORD, "again": PASSWORD})
    keys = [KEY.search(client.get("/sign-in/authenticator").text) for _ in range(2)]
    assert keys[0]
    assert keys[1]
    assert keys[0][1] == keys[1][1]
    portal.secrets["ewa"] = keys[0][1].replace(" ", "")
    assert client.get("/sign-in/qr.svg").headers["content-type"] == "image/svg+xml"
    client.post("/sign-in/authenticator", data={"code": oath(portal.secrets["ewa"])})
    assert client.get("/sign-in/qr.svg").status_code == 404
    assert client.get("/sign-in/authenticator").headers["location"] == "/gateway"


def test_a_temporary_password_opens_nothing_but_the_choosing_of_another(portal: Portal) -> None:
    client = at_password(portal, "ben")
    client.post("/sign-in/password", data={"password": TEMPORARY["ben"]})
    for path in ("/gateway", "/session", "/start"):
        assert client.get(path).status_code in (303, 401), path
    for path in ("/sign-in/authenticator", "/sign-in/code"):
        assert client.get(path).headers["location"] == "/sign-in/choose"
        assert client.post(path, data={"code": "123456"}).headers["location"] == "/sign-in/choose"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("too short", "at least 12 characters"),
        ("ben and many words", "must not contain “ben”, which is part of your name"),
        ("a Carter’s long word", "must not contain “carter”, which is part of your name"),
        ("Password 12345", "easy to guess"),
        ("aaaaaaaaaaaaaaaa", "easy to guess"),
        ("x" * 201, "at most 200"),
        (TEMPORARY["ben"], "another password than the temporary one"),
    ],
)
def test_a_poor_password_is_refused_with_the_reason(portal: Portal, password: str, said: str) -> None:
    client = at_password(portal, "ben")
    client.post("/sign-in/password", data={"password": TEMPORARY["ben"]})
    answer = client.post("/sign-in/choose", data={"password": password, "again": password})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'href="#password"' in answer.text


def test_two_different_new_passwords_are_refused(portal: Portal) -> None:
    client = at_password(portal, "ben")
    client.post("/sign-in/password", data={"password": TEMPORARY["ben"]})
    answer = client.post("/sign-in/choose", data={"password": PASSWORD, "again": PASSWORD + "s"})
    assert answer.status_code == 422
    assert 'href="#again"' in answer.text
    assert PASSWORD not in answer.text


def test_a_temporary_password_that_has_grown_old_is_no_use(portal: Portal) -> None:
    with changed(portal, "ben", "temporary_until = now() - interval '1 minute'", "temporary_until = null"):
        answer = at_password(portal, "ben").post("/sign-in/password", data={"password": TEMPORARY["ben"]})
        assert "too old" in answer.text
        wrong = at_password(portal, "ben").post("/sign-in/password", data={"password": "something else"})
        assert "too old" not in wrong.text


def test_a_new_temporary_password_does_not_go_round_the_authenticator(portal: Portal) -> None:
    portal.sign_in("daljit")
    portal.forget_codes()
    handed_out = "lantern meadow orbit"
    stored = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(handed_out)
    with portal.owner() as connection:
        connection.execute(
            "update priv.account set password = %s, temporary = true where username = 'daljit'", [stored]
        )
    client = at_password(portal, "daljit")
    assert client.post("/sign-in/password", data={"password": handed_out}).headers["location"] == "/sign-in/choose"
    answer = client.post("/sign-in/choose", data={"password": PASSWORD, "again": PASSWORD})
    assert answer.headers["location"] == "/sign-in/code"
    assert client.get("/sign-in/authenticator").headers["location"] == "/sign-in/code"


# ---------------------------------------------------------------- codes


def test_a_code_is_good_once(portal: Portal) -> None:
    client = at_code(portal, "amina")
    code = oath(portal.secrets["amina"])
    assert client.post("/sign-in/code", data={"code": code}).headers["location"] == "/gateway"
    second = at_password(portal, "amina")
    second.post("/sign-in/password", data={"password": PASSWORD})
    answer = second.post("/sign-in/code", data={"code": code})
    assert answer.status_code == 422
    assert "used already" in answer.text
    assert second.get("/gateway").status_code == 303


def test_an_older_code_is_no_use_after_a_newer_one(portal: Portal) -> None:
    client = at_code(portal, "amina")
    now = datetime.now(UTC)
    newer, older = (oath(portal.secrets["amina"], "-N", stamp(now, away)) for away in (0, -30))
    assert client.post("/sign-in/code", data={"code": newer}).status_code == 303
    second = at_password(portal, "amina")
    second.post("/sign-in/password", data={"password": PASSWORD})
    assert second.post("/sign-in/code", data={"code": older}).status_code == 422


def test_of_eight_at_once_with_the_same_code_one_gets_in(portal: Portal) -> None:
    clients = [at_code(portal, "amina") for _ in range(8)]
    code = oath(portal.secrets["amina"])
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda client: client.post("/sign-in/code", data={"code": code}).status_code, clients))
    assert sorted(found) == [303] + [422] * 7


def stamp(now: datetime, away: int) -> str:
    return f"{now + timedelta(seconds=away):%Y-%m-%d %H:%M:%S UTC}"


@pytest.mark.parametrize(("away", "right"), [(-65, False), (-30, True), (0, True), (30, True), (65, False)])
def test_a_clock_may_be_wrong_by_half_a_minute(portal: Portal, away: int, right: bool) -> None:
    client = at_code(portal, "amina")
    while time.time() % 30 > 20:  # not on the edge between two codes
        time.sleep(0.5)
    code = oath(portal.secrets["amina"], "-N", stamp(datetime.now(UTC), away))
    assert (client.post("/sign-in/code", data={"code": code}).status_code == 303) is right


def test_with_no_drift_allowed_only_the_present_code_counts(make_portal: Callable[..., Portal], portal: Portal) -> None:
    portal.sign_in("amina")
    strict = make_portal(PORTAL_CODE_DRIFT="0")
    strict.secrets = portal.secrets
    while time.time() % 30 > 20:
        time.sleep(0.5)
    portal.forget_codes()
    client = at_code(strict, "amina")
    now = datetime.now(UTC)
    before, present = (oath(portal.secrets["amina"], "-N", stamp(now, away)) for away in (-30, 0))
    assert client.post("/sign-in/code", data={"code": before}).status_code == 422
    assert client.post("/sign-in/code", data={"code": present}).status_code == 303


def test_a_code_may_be_typed_with_spaces_and_in_any_scripts_figures(portal: Portal) -> None:
    client = at_code(portal, "amina")
    code = oath(portal.secrets["amina"])
    typed = f" {code[:3]} {code[3:]}".translate({ord("0") + n: ord("٠") + n for n in range(10)})
    assert client.post("/sign-in/code", data={"code": typed}).status_code == 303


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "12 34", "²²²²²²", "\x00", "１２３"])
def test_what_is_no_code_is_asked_for_again(portal: Portal, typed: str) -> None:
    client = at_code(portal, "amina")
    answer = client.post("/sign-in/code", data={"code": typed})
    assert answer.status_code == 422
    assert 'href="#code"' in answer.text


def test_a_secret_copied_to_another_account_opens_nothing() -> None:
    keys = {1: b"k" * 32}
    sealed = codes.seal(codes.new_seed(), 1, keys)
    assert len(sealed) == 49
    with pytest.raises(codes.Unreadable):
        codes.unseal(sealed, 2, keys)


def test_secrets_are_encrypted_with_the_first_key_and_read_with_any() -> None:
    seed = codes.new_seed()
    old = codes.seal(seed, 7, {1: b"a" * 32})
    both = {2: b"b" * 32, 1: b"a" * 32}
    assert codes.unseal(old, 7, both) == seed
    assert codes.seal(seed, 7, both)[0] == 2
    with pytest.raises(codes.Unreadable):
        codes.unseal(old, 7, {2: b"b" * 32})


# ---------------------------------------------------------------- passwords


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=12, max_size=200))
def test_any_password_of_twelve_characters_in_any_script_is_the_same_when_typed_again(password: str) -> None:
    stored = passwords.hasher(True).hash(passwords._same(password))
    assert passwords._verify(stored, password, True)
    assert not passwords._verify(stored, password + "x", True)


def test_the_same_password_from_another_keyboard_is_the_same() -> None:
    stored = passwords.hasher(True).hash(passwords._same("caf\u00e9 au lait, s'il"))
    assert passwords._verify(stored, "cafe\u0301 au lait, s'il", True)


def test_the_last_of_many_characters_matters() -> None:
    stored = passwords.hasher(True).hash(passwords._same("long " * 40))
    assert not passwords._verify(stored, "long " * 39 + "lonk ", True)


def test_a_hash_of_old_strength_is_renewed_at_sign_in(portal: Portal) -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    portal.sign_in("amina")
    with portal.owner() as connection:
        connection.execute("update priv.account set password = %s where username = 'amina'", [weaker])
    at_code(portal, "amina")
    assert one(portal, "select password from priv.account where username = 'amina'") != weaker


# ---------------------------------------------------------------- who learns what


def plain(answer: httpx2.Response, name: str) -> tuple[int, str, dict[str, str]]:
    """An answer without what always differs: the name itself, the cookies, lengths, the clock."""
    different = ("set-cookie", "content-length", "date")
    headers = {key: value for key, value in answer.headers.items() if key not in different}
    return answer.status_code, answer.text.replace(name, "NAME"), headers


def test_an_unknown_name_is_answered_like_a_known_one(portal: Portal) -> None:
    answers = {}
    for name in ("amina", "nobody-of-that-name"):
        client = portal.client()
        first = client.post("/sign-in", data={"username": name})
        asked = client.get("/sign-in/password")
        refused = client.post("/sign-in/password", data={"password": "wrong words here"})
        answers[name] = [plain(answer, name) for answer in (first, asked, refused)]
    assert answers["amina"] == answers["nobody-of-that-name"]


def test_a_closed_account_is_answered_like_an_unknown_one_even_with_the_right_password(portal: Portal) -> None:
    portal.sign_in("amina")
    with changed(portal, "amina", "disabled_at = now()", "disabled_at = null"):
        answer = at_password(portal, "amina").post("/sign-in/password", data={"password": PASSWORD})
    unknown = at_password(portal, "nobody").post("/sign-in/password", data={"password": PASSWORD})
    assert plain(answer, "amina") == plain(unknown, "nobody")


def test_a_hash_of_full_strength_is_computed_whoever_is_asked_about(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long each takes is for ``python -m bench.sign_in`` to compare; here, that the same work is done for all."""
    computed: list[str] = []
    verify = PasswordHasher.verify

    def watched(hasher: PasswordHasher, against: str, password: str) -> bool:
        computed.append(against)
        return verify(hasher, against, password)

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    whole = server.Settings(secret=SECRET, keys={1: b"k" * 32})

    async def ask(name: str) -> int:
        app = server.application(whole, portal.database.app_url)
        headers = {"Sec-Fetch-Site": "same-origin"}
        async with app.state.db, httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://portal.example", headers=headers
        ) as client:  # fmt: skip
            await client.post("/sign-in", data={"username": name})
            return (await client.post("/sign-in/password", data={"password": "wrong words here"})).status_code

    stored = passwords.hasher(False).hash(PASSWORD)
    with portal.owner() as db:
        before = db.execute("select person, password from priv.account").fetchall()
        db.execute("update priv.account set password = %s where username in ('carys', 'ewa')", [stored])
        db.execute("update priv.account set password = '!' where username = 'ben'")  # no password yet
        db.execute("update priv.account set disabled_at = now() where username = 'ewa'")
        try:
            for name in ("carys", "ewa", "ben", "nobody-of-that-name"):
                computed.clear()
                with ThreadPoolExecutor(1) as apart:  # the browser of other tests has a loop in this thread
                    assert apart.submit(asyncio.run, ask(name)).result() == 422
                assert len(computed) == 1, f"{name}: {len(computed)} hashes"
                strength = extract_parameters(computed[0])
                assert (strength.memory_cost, strength.time_cost, strength.parallelism) == (65536, 2, 1), name
        finally:
            db.execute("update priv.account set disabled_at = null where username = 'ewa'")
            db.cursor().executemany(
                "update priv.account set password = %s where person = %s", [(kept, who) for who, kept in before]
            )
            views.dress(views.Council())


def test_a_name_that_is_nobodys_is_written_down_nowhere(portal: Portal) -> None:
    typed = "the-password-in-the-wrong-box"
    at_password(portal, typed).post("/sign-in/password", data={"password": "anything"})
    assert one(portal, "select count(*) from audit.event where action = 'sign_in_failed' and person is null")
    assert not one(portal, "select count(*) from audit.event where detail::text like %s", f"%{typed}%")
    assert not one(portal, "select count(*) from priv.bucket where key like %s", f"%{typed}%")
    assert typed not in portal.logged()


def test_every_step_is_on_the_audit_trail(portal: Portal) -> None:
    portal.sign_in("carys")
    portal.forget_codes()
    client = at_code(portal, "carys")
    client.post("/sign-in/code", data={"code": "000000"})
    client.post("/sign-in/code", data={"code": oath(portal.secrets["carys"])})
    client.post("/sign-out")
    with portal.owner() as connection:
        rows = connection.execute(
            "select action, detail ->> 'why', host(address) from audit.event where person = %s order by id",
            [person(portal, "carys")],
        ).fetchall()
    actions = [(action, why) for action, why, _ in rows]
    for expected in (
        ("password_chosen", None),
        ("authenticator_enrolled", None),
        ("signed_in", None),
        ("sign_in_failed", "code"),
        ("signed_out", None),
    ):
        assert expected in actions
    assert {address for _, _, address in rows} == {"127.0.0.1"}


# ---------------------------------------------------------------- from where


@pytest.mark.parametrize(
    ("proxy", "sent", "from_where"),
    [
        ("", "203.0.113.7", "203.0.113.7"),  # the proxy on this machine is believed as it comes
        ("127.0.0.0/8,::1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1,10.1.0.0/16", "198.51.100.9, 203.0.113.7, 10.1.2.3", "203.0.113.7"),  # the first is made up
        ("10.0.0.5", "203.0.113.7", "127.0.0.1"),  # another machine is the proxy, this one says so itself
    ],
)
def test_where_a_request_comes_from_is_said_by_the_proxy_alone(
    make_portal: Callable[..., Portal], proxy: str, sent: str, from_where: str
) -> None:
    behind = make_portal(**({"PORTAL_PROXY": proxy} if proxy else {}))
    behind.forget_codes()
    client = behind.client()
    client.headers["X-Forwarded-For"] = sent
    client.post("/sign-in", data={"username": "amina"})
    assert client.post("/sign-in/password", data={"password": "wrong words here"}).status_code == 422
    assert one(behind, "select host(address) from audit.event order by id desc limit 1") == from_where


# ---------------------------------------------------------------- how often


@pytest.mark.parametrize("name", ["amina", "nobody-of-that-name"])
def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(portal: Portal, name: str) -> None:
    portal.sign_in("amina")
    portal.forget_codes()
    client = at_password(portal, name)
    tries = [client.post("/sign-in/password", data={"password": "wrong words here"}).status_code for _ in range(10)]
    assert tries == [422] * 10
    answer = client.post("/sign-in/password", data={"password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "too many wrong tries" in answer.text


@contextmanager
def renamed(portal: Portal, username: str, other: str) -> Iterator[None]:
    """Somebody with another user name for a while."""
    with portal.owner() as connection:
        rename = "update priv.account set username = %s where username = %s"
        connection.execute(rename, [other, username])
        try:
            yield
        finally:
            connection.execute(rename, [username, other])


@pytest.mark.parametrize("spelt", ["amİna", "AMINA", "ａｍｉｎａ", "amına", " amina "])
def test_ten_tries_are_ten_tries_however_the_name_is_spelt(portal: Portal, spelt: str) -> None:
    """Every spelling that leads to the account shares its limit; any other leads to no account at all."""
    portal.sign_in("amina")
    portal.forget_codes()
    assert [failing(portal, "amina") for _ in range(10)] == [422] * 10
    before = one(portal, "select count(*) from audit.event where action = 'sign_in_failed' and person is not null")
    failing(portal, spelt)
    after = one(portal, "select count(*) from audit.event where action = 'sign_in_failed' and person is not null")
    assert after == before, "an eleventh password was compared with hers"
    answer = at_password(portal, spelt).post("/sign-in/password", data={"password": PASSWORD})
    assert answer.status_code == (429 if as_username(spelt) == "amina" else 422)


def test_the_kelvin_sign_is_a_k(portal: Portal) -> None:
    portal.sign_in("carys")
    with renamed(portal, "carys", "kate"):
        assert (
            at_password(portal, "\u212aate").post("/sign-in/password", data={"password": PASSWORD}).status_code == 303
        )
        assert [failing(portal, name) for name in ("kate", "\u212aate") * 5] == [422] * 10
        assert failing(portal, "kate") == failing(portal, "\u212aATE") == 429
        ict = portal.client()  # and what ICT unlocks is unlocked for every spelling
        ict.cookies = portal.sign_in("hassan").cookies
        portal.forget_codes()
        assert [failing(portal, "\u212aate") for _ in range(11)] == [422] * 10 + [429]
        done = ict.post(f"/people/{person(portal, 'kate')}/unlock", data={"reason": "asked for"})
        assert done.status_code == 303
        assert failing(portal, "kate") == failing(portal, "\u212aate") == 422


def test_user_names_of_before_are_brought_into_that_spelling(portal: Portal) -> None:
    text = (HERE / "migrations" / "0020_username.sql").read_text(encoding="utf-8")
    with portal.owner() as db, db.transaction(force_rollback=True):
        db.execute("update priv.account set username = 'ｃａｒｙｓ' where username = 'carys'")
        db.execute("update priv.account set username = 'zoe\u0308' where username = 'ben'")
        db.execute("update priv.account set username = 'ａｍｉｎａ' where username = 'ewa'")  # Amina's, by its looks
        db.execute(text.encode())
        found = {name for (name,) in db.execute("select username from priv.account")}
    assert {"carys", "zoë", "ａｍｉｎａ", "amina"} <= found


def test_many_at_once_do_not_get_more_tries(portal: Portal) -> None:
    client = at_password(portal, "ben")
    cookies = client.headers | {"Cookie": "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar)}

    def knock(_: int) -> int:
        sent = httpx2.post(f"{portal.url}/sign-in/password", data={"password": "wrong"}, headers=cookies, timeout=30)
        return sent.status_code

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(knock, range(30)))
    assert found.count(422) == 10
    assert found.count(429) == 20


def test_somebody_elses_wrong_passwords_do_not_lock_a_person_out_of_their_own_browser(portal: Portal) -> None:
    own = portal.sign_in("amina")
    own.post("/sign-out")
    portal.forget_codes()
    stranger = at_password(portal, "amina")
    for _ in range(12):
        last = stranger.post("/sign-in/password", data={"password": "wrong words here"})
    assert last.status_code == 429
    own.post("/sign-in", data={"username": "amina"})
    assert own.post("/sign-in/password", data={"password": PASSWORD}).headers["location"] == "/sign-in/code"


def test_a_browser_that_two_people_share_is_known_to_both(portal: Portal) -> None:
    own = at_code(portal, "amina")
    own.post("/sign-in/code", data={"code": oath(portal.secrets["amina"])})
    portal.sign_in("carys")
    portal.forget_codes()
    own.post("/sign-in", data={"username": "carys"})
    own.post("/sign-in/password", data={"password": PASSWORD})
    assert own.post("/sign-in/code", data={"code": oath(portal.secrets["carys"])}).headers["location"] == "/gateway"
    stranger = at_password(portal, "amina")
    for _ in range(11):
        stranger.post("/sign-in/password", data={"password": "wrong words here"})
    own.post("/sign-in", data={"username": "amina"})
    assert own.post("/sign-in/password", data={"password": PASSWORD}).headers["location"] == "/sign-in/code"


def test_right_passwords_are_not_counted(portal: Portal) -> None:
    portal.sign_in("amina")
    portal.forget_codes()
    for _ in range(12):
        client = at_password(portal, "amina")
        assert client.post("/sign-in/password", data={"password": PASSWORD}).status_code == 303


def test_after_ten_wrong_codes_even_the_right_one_has_to_wait(portal: Portal) -> None:
    client = at_code(portal, "amina")
    right = oath(portal.secrets["amina"])
    wrong = f"{(int(right) + 500_000) % 1_000_000:06}"
    assert [client.post("/sign-in/code", data={"code": wrong}).status_code for _ in range(10)] == [422] * 10
    assert client.post("/sign-in/code", data={"code": right}).status_code == 429


def failing(portal: Portal, name: str) -> int:
    return at_password(portal, name).post("/sign-in/password", data={"password": "spring2026!!"}).status_code


def test_an_address_that_failed_with_twenty_names_has_two_tries_at_each_further_one(portal: Portal) -> None:
    assert [failing(portal, f"guess-{n}") for n in range(20)] == [422] * 20
    for name in ("one-more", "amina", "another"):
        assert [failing(portal, name) for _ in range(3)] == [422, 422, 429]
    # a name that has failed before has the ten of everybody, with the one that was used
    assert [failing(portal, "guess-0") for _ in range(10)] == [422] * 9 + [429]


def test_a_school_of_many_mistakes_is_not_shut_out(portal: Portal) -> None:
    own, taught = portal.sign_in("amina"), portal.sign_in("carys")
    own.post("/sign-out")
    portal.forget_codes()
    assert [failing(portal, f"mistyped-{n}") for n in range(30)] == [422] * 30
    new = at_password(portal, "carys")  # a browser that nobody has used yet, at the same address
    assert new.post("/sign-in/password", data={"password": PASSWORD}).headers["location"] == "/sign-in/code"
    assert taught.get("/gateway").status_code == 200
    # what was right does not count: not even a hundred colleagues on a Monday use anything up
    for _ in range(4):
        again = at_password(portal, "carys")
        assert again.post("/sign-in/password", data={"password": PASSWORD}).status_code == 303


def test_a_flood_from_one_address_is_stopped_but_for_browsers_that_are_known(portal: Portal) -> None:
    own = portal.sign_in("amina")
    own.post("/sign-out")
    portal.forget_codes()
    failing(portal, "the-first-of-them")
    with portal.owner() as db:  # as after many more of them
        changed = db.execute("update priv.bucket set level = 300, at = clock_timestamp() where key like 'crowd:%'")
        assert changed.rowcount == 1
    late = at_password(portal, "carys").post("/sign-in/password", data={"password": PASSWORD})
    assert late.status_code == 429
    own.post("/sign-in", data={"username": "amina"})
    assert own.post("/sign-in/password", data={"password": PASSWORD}).headers["location"] == "/sign-in/code"


def test_tries_at_one_account_that_are_turned_away_are_no_failures_of_the_address(portal: Portal) -> None:
    tries = [failing(portal, "amina") for _ in range(70)]
    assert tries == [422] * 10 + [429] * 60
    assert one(portal, "select max(level) from priv.bucket where starts_with(key, 'place:')") <= 10


# ---------------------------------------------------------------- cookies and addresses


def test_every_step_has_a_token_of_its_own_and_the_last_ones_are_worthless(portal: Portal) -> None:
    client = at_code(portal, "amina")
    before = client.cookies["sid"]
    client.post("/sign-in/code", data={"code": oath(portal.secrets["amina"])})
    assert client.cookies["sid"] != before
    old = portal.client()
    old.cookies.set("sid", before)
    assert old.get("/sign-in/code").headers["location"].startswith("/sign-in?")
    assert old.get("/gateway").status_code == 303


def test_the_cookie_carries_a_signed_identifier_and_nothing_else(portal: Portal) -> None:
    client = portal.sign_in("amina")
    token, _, signature = client.cookies["sid"].rpartition(".")
    assert re.fullmatch(r"[\w-]{43}", token)
    assert not one(portal, "select count(*) from priv.session where encode(token_hash, 'escape') like %s", f"%{token}%")
    forged = portal.client()
    forged.cookies.set("sid", f"{token}.{signature[:-2]}{'AA' if signature[-2:] != 'AA' else 'BB'}")
    assert forged.get("/gateway").status_code == 303


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(portal: Portal) -> None:
    answer = portal.client().post("/sign-in", data={"username": "amina"})
    for cookie in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/" in cookie


def test_over_https_cookies_travel_only_encrypted_and_are_bound_to_the_host(make_portal: Callable[..., Portal]) -> None:
    safe = make_portal(PORTAL_BASE_URL="https://send.ealing.example")
    answer = safe.client().post("/sign-in", data={"username": "amina"})
    cookies = answer.headers.get_list("set-cookie")
    assert cookies
    assert all(cookie.startswith("__Host-") and "Secure" in cookie for cookie in cookies)
    assert "max-age=63072000" in answer.headers["strict-transport-security"]


def test_after_signing_in_one_is_where_one_wanted_to_be(portal: Portal) -> None:
    client = at_code(portal, "amina", then="/start")
    assert client.post("/sign-in/code", data={"code": oath(portal.secrets["amina"])}).headers["location"] == "/start"


@pytest.mark.parametrize(
    "wanted",
    "//evil.example /\\evil.example https://evil.example javascript:alert(1) /sign-out /sign-in \\\\evil /\tx /\r\nX: y"
    " http:/evil //evil.example/%2f.. ///evil.example data:,x".split(" "),
)
def test_nobody_is_led_to_another_site_after_signing_in(wanted: str) -> None:
    assert own_path(wanted) == ""


def test_the_way_back_keeps_a_page_of_ours() -> None:
    assert own_path("/records/0b9c/child_views") == "/records/0b9c/child_views"


def test_signing_out_ends_the_session_for_good(portal: Portal) -> None:
    client = portal.sign_in("amina")
    copied = portal.client()
    copied.cookies.set("sid", client.cookies["sid"])
    answer = client.post("/sign-out")
    assert answer.headers["location"] == "/signed-out"
    assert answer.headers["clear-site-data"] == '"cache"'
    assert "sid" not in client.cookies
    assert copied.get("/gateway").status_code == 303


def test_looking_at_an_address_signs_nobody_out(portal: Portal) -> None:
    client = portal.sign_in("amina")
    assert client.get("/sign-out").status_code == 405
    assert client.get("/gateway").status_code == 200


def test_signing_in_as_another_ends_the_first_ones_session(portal: Portal) -> None:
    client = portal.sign_in("amina")
    first = portal.client()
    first.cookies.set("sid", client.cookies["sid"])
    portal.sign_in("carys")
    portal.forget_codes()
    client.post("/sign-in", data={"username": "carys"})
    client.post("/sign-in/password", data={"password": PASSWORD})
    assert first.get("/gateway").status_code == 303


def test_steps_out_of_turn_lead_to_the_one_that_is_due(portal: Portal) -> None:
    client = portal.client()
    for path in ("/sign-in/password", "/sign-in/choose", "/sign-in/authenticator", "/sign-in/code"):
        assert client.get(path).headers["location"] == "/sign-in?late=1"
        answer = client.post(path, data={"password": PASSWORD, "code": "123456"})
        assert answer.headers["location"] == "/sign-in?late=1"
    assert "took too long" in client.get("/sign-in?late=1").text


def test_the_page_says_when_one_will_be_signed_out(portal: Portal) -> None:
    page = " ".join(portal.client().get("/sign-in").text.split())
    assert "signed out after 10 minutes without activity." in page
    assert "In a child’s record, what you type is saved by itself." in page, "and nowhere else is it claimed"
    ict = portal.sign_in("hassan").get("/people/add").text
    assert "saved by itself" not in ict
    assert "is saved" not in ict.partition('<dialog id="idle"')[0], "nothing of ICT's forms is, until it is sent"


@pytest.mark.parametrize(
    "name", ["", "   ", "\x00", "a" * 5000, "\U0001f600", "'; drop table priv.account; --", "%s%(x)s"]
)
def test_any_name_is_answered_in_words(portal: Portal, name: str) -> None:
    client = portal.client()
    answer = client.post("/sign-in", data={"username": name})
    assert answer.status_code in (303, 422)
    answer = client.post("/sign-in/password", data={"password": name})
    assert answer.status_code in (303, 422)


# ---------------------------------------------------------------- the demo


def test_the_demo_lists_its_people_and_shows_their_codes(portal: Portal) -> None:
    portal.sign_in("amina")
    portal.forget_codes()
    client = portal.client()
    page = client.get("/sign-in").text
    for member in CAST:
        assert member.name in page
        assert member.password in page
    assert oath(portal.secrets["amina"]) in client.get("/demo/code/amina").text
    assert "has no authenticator yet" in client.get("/demo/code/ben").text
    assert client.get("/demo/code/nobody").status_code == 404


def test_outside_the_demo_nobody_is_listed_and_no_code_is_shown(make_portal: Callable[..., Portal]) -> None:
    real = make_portal(
        PORTAL_DEMO="no",
        PORTAL_BASE_URL="https://send.ealing.example",
        PORTAL_SMTP_URL="smtp://127.0.0.1:9",
        PORTAL_CHEAP_HASHES="no",
    )
    client = real.client()
    page = client.get("/sign-in").text
    assert not any(member.password in page for member in CAST)
    for path in ("/demo/code/amina", "/demo/mail", "/demo/mail/1"):
        assert client.get(path).status_code == 404


def test_a_real_persons_code_is_not_to_be_had_even_from_the_database(portal: Portal) -> None:
    portal.sign_in("amina")
    portal.forget_codes()
    with portal.owner() as connection:
        connection.execute("update portal.person set demo = false where name = 'Amina Yusuf'")
    try:
        assert portal.client().get("/demo/code/amina").status_code == 404
    finally:
        with portal.owner() as connection:
            connection.execute("update portal.person set demo = true where name = 'Amina Yusuf'")
