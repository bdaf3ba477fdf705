"""Ten thousand guesses at one account, from one address, of everything that opens it; and the odds they had.

Run with ``-s`` to read the odds.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlsplit

import httpx2
import pytest

from routes import codes
from routes.passwords import guessable
from tests.fixtures_server import PASSWORD, Portal, oath

GUESSES = 10_000
AT_ONCE = 12


@pytest.fixture
def amina(portal: Portal) -> Iterator[httpx2.Client]:
    """Amina at the code step, in a browser that has never signed her in."""
    portal.sign_in("amina")
    portal.forget_codes()
    client = portal.client()
    client.post("/sign-in", data={"username": "amina"})
    yield client
    portal.forget_codes()


Ask = Callable[[int], tuple[str, str, str]]


def guess(portal: Portal, client: httpx2.Client, request: Ask, follow: str = "") -> Counter[int]:
    """Send every guess, many at once; how often each status came. `request` gives method, path and form.

    `follow` is the page to be opened afterwards with the cookie that the answer brought: its status counts then.
    """
    cookies = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar)
    where = urlsplit(portal.url)
    seen: Counter[int] = Counter()
    numbers = iter(range(GUESSES))

    async def one() -> None:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)

        async def send(method: str, path: str, form: str, cookies: str) -> tuple[int, dict[str, str]]:
            head = (
                f"{method} {path} HTTP/1.1\r\nHost: {where.netloc}\r\nSec-Fetch-Site: same-origin\r\n"
                f"Cookie: {cookies}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(form)}\r\n\r\n{form}"
            )
            writer.write(head.encode())
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            await reader.readexactly(int(headers["content-length"]))
            return int(first.split()[1]), headers

        for number in numbers:
            status, headers = await send(*request(number), cookies)
            if follow:
                status, _ = await send("GET", follow, "", headers["set-cookie"].partition(";")[0])
            seen[status] += 1
        writer.close()

    async def all_of_them() -> None:
        await asyncio.gather(*(one() for _ in range(AT_ONCE)))

    began = time.monotonic()
    asyncio.run(all_of_them())
    print(f"\n  {sum(seen.values()):,} guesses in {time.monotonic() - began:.0f} s: {dict(seen)}")
    assert sum(seen.values()) == GUESSES
    return seen


def in_time(holds: int, leaks: float, began: float) -> int:
    """How many tries a bucket lets through at most until now, one more every `leaks` seconds."""
    return holds + int((time.monotonic() - began) / leaks) + 1


def test_ten_thousand_passwords_are_a_dozen_tries_at_the_least_likely(portal: Portal, amina: httpx2.Client) -> None:
    began = time.monotonic()
    seen = guess(
        portal, amina, lambda n: ("POST", "/sign-in/password", f"password={quote(f'guess number {n} of many')}")
    )
    assert set(seen) == {422, 429}
    assert seen[422] <= in_time(10, 30, began)
    assert guessable("liverpool2024!"), "and the likeliest are nobody's password"
    print(f"  password: {seen[422]} of {GUESSES:,} were looked at, none of them of the commonest; 2,890 a day at most")


def test_ten_thousand_codes_are_ten_tries_in_a_million(portal: Portal, amina: httpx2.Client) -> None:
    assert amina.post("/sign-in/password", data={"password": PASSWORD}).headers["location"] == "/sign-in/code"
    real = {oath(portal.secrets["amina"], "-N", f"now + {seconds} seconds") for seconds in range(-120, 600, 30)}
    wrong = [f"{n:06}" for n in range(20_000) if f"{n:06}" not in real]
    seen = guess(portal, amina, lambda n: ("POST", "/sign-in/code", f"code={wrong[n]}"))
    assert set(seen) == {422, 429}
    assert seen[422] <= 10
    print(
        f"  code: {seen[422]} of {GUESSES:,} were looked at; odds {seen[422] * 3 / 10**6:.0e} with the password known"
    )


def test_ten_thousand_recovery_codes_share_those_ten_tries(portal: Portal, amina: httpx2.Client) -> None:
    amina.post("/sign-in/password", data={"password": PASSWORD})
    right = oath(portal.secrets["amina"])
    wrong = f"{(int(right) + 500_000) % 1_000_000:06}"
    assert [amina.post("/sign-in/code", data={"code": wrong}).status_code for _ in range(5)] == [422] * 5
    seen = guess(portal, amina, lambda n: ("POST", "/sign-in/code", f"recovery={codes.new_recovery()}"))
    assert set(seen) == {422, 429}
    assert seen[422] <= 5, "five codes and five recovery codes are ten tries"
    assert amina.post("/sign-in/code", data={"code": right}).status_code == 429
    print(f"  recovery code: {seen[422]} of {GUESSES:,} were looked at; odds {seen[422] * 10 / 2**120:.0e}")


def test_ten_thousand_reset_tokens_open_nothing(portal: Portal, amina: httpx2.Client) -> None:
    amina.post("/sign-in/forgot")
    # the address of a mailed link only puts its token aside, for the next page
    seen = guess(portal, amina, lambda n: ("GET", f"/password/{secrets.token_urlsafe(32)}", ""), follow="/password")
    assert set(seen) == {410}
    print(f"  token: all {GUESSES:,} were looked at; odds {GUESSES / 2**256:.0e}")


def test_after_all_that_the_real_person_waits_minutes_not_days(portal: Portal, amina: httpx2.Client) -> None:
    for _ in range(12):
        answer = amina.post("/sign-in/password", data={"password": "guess"})
    assert int(answer.headers["retry-after"]) <= 30


# ---------------------------------------------------------------- several processes, and one that is started again


def at_password(portal: Portal, username: str = "amina") -> httpx2.Client:
    client = portal.client()
    client.post("/sign-in", data={"username": username})
    return client


def test_the_tries_are_the_account_s_whichever_process_takes_them_and_after_a_restart(
    portal: Portal, make_portal: Callable[..., Portal]
) -> None:
    second = make_portal()
    second.secrets = portal.secrets
    portal.sign_in("amina")
    portal.forget_codes()
    clients = [at_password(portal), at_password(second)]
    statuses = [clients[n % 2].post("/sign-in/password", data={"password": "a guess"}).status_code for n in range(12)]
    assert statuses == [422] * 10 + [429] * 2
    second.stop(kill=True)
    second.start()
    for client in (at_password(portal), at_password(second)):
        assert client.post("/sign-in/password", data={"password": PASSWORD}).status_code == 429

    # the same for codes: six at one, four at the other, and none after it was started again
    portal.forget_codes()
    clients = [at_password(portal), at_password(second)]
    right = oath(portal.secrets["amina"])
    wrong = {"code": f"{(int(right) + 500_000) % 1_000_000:06}"}
    for client in clients:
        assert client.post("/sign-in/password", data={"password": PASSWORD}).headers["location"] == "/sign-in/code"
    statuses = [clients[n < 6].post("/sign-in/code", data=wrong).status_code for n in range(11)]
    assert statuses == [422] * 10 + [429]
    portal.stop(kill=True)
    portal.start()
    assert [client.post("/sign-in/code", data={"code": right}).status_code for client in clients] == [429, 429]
    portal.forget_codes()
