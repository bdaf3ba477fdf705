"""What stands before every route: headers, forged requests, who is there, and failures that keep what was typed."""

import asyncio
import html
import logging
import re
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import psycopg
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

import views
from routes import PUBLIC, ROUTES, demo
from routes.failure import HANDLERS
from routes.guard import LARGEST, Guard
from sql import Refused, Unavailable
from tests.fixtures_server import HERE, PASSWORD, Portal, oath

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types htmx"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
NOBODY = "00000000-0000-4000-8000-000000000000"


def address(route: Route) -> str:
    return re.sub(r"\{\w+(:\w+)?\}", lambda found: "gateway" if "path" in found[0] else NOBODY, route.path)


def of_every_kind() -> list[Route]:
    return [route for route in [*ROUTES, *demo.ROUTES] if isinstance(route, Route)]


@pytest.fixture
def amina(portal: Portal) -> httpx2.Client:
    return portal.sign_in("amina")


# ---------------------------------------------------------------- who may come in


def test_every_route_outside_the_public_list_asks_who_is_there() -> None:
    open_to_all = [
        route.path
        for route in ROUTES
        if isinstance(route, Route) and route not in PUBLIC and not getattr(route.endpoint, "guarded", False)
    ]
    assert open_to_all == [], "put @signed_in above these handlers"


@pytest.mark.parametrize("route", of_every_kind(), ids=lambda route: f"{sorted(route.methods)[-1]} {route.path}")
def test_nobody_gets_a_child_s_page_or_a_fault_from_any_route(portal: Portal, route: Route) -> None:
    client = portal.client()
    for method in sorted(set(route.methods or ()) - {"HEAD"}):
        answer = client.request(method, address(route), data={"x": "1"} if method == "POST" else None)
        assert answer.status_code < 500
        if route not in PUBLIC and route not in demo.ROUTES:
            assert answer.status_code in (303, 401)
            assert answer.headers.get("location", "/sign-in").startswith("/sign-in")


@pytest.mark.parametrize("route", of_every_kind(), ids=lambda route: f"{sorted(route.methods)[-1]} {route.path}")
def test_every_answer_has_the_headers(portal: Portal, amina: httpx2.Client, route: Route) -> None:
    if route.path == "/sign-out":
        return
    for client in (portal.client(), amina):
        for method in sorted(route.methods or ()):
            answer = client.request(method, address(route))
            for name, value in HEADERS.items():
                assert answer.headers.get(name) == value, (method, name)
            assert "cache-control" in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/static/nothing.css", 404),
        ("GET", "/static/..%2f..%2fserver.py", 404),
        ("DELETE", "/gateway", 405),
        ("PUT", "/sign-in", 405),
        ("GET", "/sign-out", 405),
        ("GET", "/a%00b", 404),
        ("GET", "/sign-in?next=%00", 404),
        ("GET", "/records/%ff%fe/personal", 404),
        ("GET", "/records/%ED%A0%80/personal", 404),
        ("GET", "/records/not-a-record/personal", 404),
        ("GET", f"/records/{NOBODY}/personal", 404),
    ],
)
def test_what_is_not_there_is_said_in_words_with_the_headers(
    amina: httpx2.Client, method: str, path: str, status: int
) -> None:
    answer = amina.request(method, path)
    assert answer.status_code == status
    assert "Oooops!" in answer.text
    # a file is nobody's in particular: from there the bare address leads on to the Gateway
    assert ('href="/"' if path.startswith("/static") else 'href="/gateway"') in answer.text
    for name, value in HEADERS.items():
        assert answer.headers.get(name) == value


# ---------------------------------------------------------------- forged requests


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "OWN"}, False),
        ({"Origin": "OWN"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({}, False),
    ],
)
def test_only_our_own_pages_may_post(portal: Portal, headers: dict[str, str], passes: bool) -> None:
    sent = {name: portal.url if value == "OWN" else value for name, value in headers.items()}
    answer = httpx2.post(f"{portal.url}/sign-in", data={"username": "amina"}, headers=sent)
    assert answer.status_code == (303 if passes else 403)
    if not passes:
        assert "came from another website" in answer.text


def test_another_site_cannot_sign_a_person_out(portal: Portal) -> None:
    client = portal.sign_in("carys")
    assert client.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get("/gateway").status_code == 200


# ---------------------------------------------------------------- signed out


def test_a_link_to_a_page_leads_over_signing_in_and_back(portal: Portal) -> None:
    answer = portal.client().get("/records/abc/personal?x=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/records/abc/personal"


def test_htmx_is_sent_to_sign_in_and_back_to_the_page_it_stands_on(portal: Portal) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"{portal.url}/records/abc/reason?x=1"}
    answer = portal.client().get("/records/abc/personal", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in?next=/records/abc/reason"
    assert not answer.text


@pytest.mark.parametrize("headers", [{"X-Autosave": "1"}, {"Accept": "application/json"}, {}])
def test_a_script_is_told_in_words(portal: Portal, headers: dict[str, str]) -> None:
    answer = portal.client().post(f"/records/{NOBODY}/fields/reason", json={"value": "x"}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["message"].startswith("You have been signed out")


def test_a_form_sent_too_late_keeps_every_word_until_it_can_be_saved(portal: Portal) -> None:
    client = portal.sign_in("amina")
    with portal.owner() as db:
        found = db.execute(
            "select r.id from portal.record r join portal.setting s on s.id = r.setting"
            " where r.status = 'draft' and s.name = 'Brentmere Primary School' order by r.reference limit 1"
        ).fetchone()
        assert found
        path = f"/records/{found[0]}/child_views"
        page = client.get(path).text
        names = re.findall(r'name="(base\.views_strengths)" value="(\d+)"', page)
        assert names
        text = 'She said: "I <3 maths" & sums…\r\n\tżółć 🙂 آپ'
        fields = {"views_strengths": text, "base.views_strengths": names[0][1], "password": "not to be shown"}
        db.execute("update priv.session set seen_at = clock_timestamp() - idle where ended_at is null")
        late = client.post(path, data=fields)
        assert late.status_code == 401
        assert late.headers["refresh"] == "900; url=/signed-out?why=idle"
        assert "your text is kept on this page" in late.text
        assert 'target="_blank"' in late.text
        assert "not to be shown" not in late.text
        kept = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', late.text))
        again = {name: html.unescape(value) for name, value in kept.items()}
        assert again == {name: value for name, value in fields.items() if name != "password"}
        client = portal.sign_in("amina")
        assert client.post(path, data=again).status_code == 303
        stored = db.execute(
            "select a.value from portal.answer a where a.record = %s and a.field = 'views_strengths'", [found[0]]
        ).fetchone()
    assert stored == (text.replace("\r\n", "\n"),)


SECRET_BOX = re.compile(r'type="password"|autocomplete="(one-time-code|current-password|new-password)"|name="recovery"')
ASKS = {
    "/account/password": {},
    "/account/email": {"email": "amina@new.example"},
    "/account/recovery-codes": {},
    "/account/authenticator/first": {},
    "/account/authenticator/first/remove": {},
    "/people/{person}/reset": {"reason": "Rang from the school", "way": "keep"},
}


def secret_boxes(page: str) -> set[str]:
    """The names of the boxes for passwords and codes on a page."""
    boxes = [box for box in re.findall(r"<input[^>]*>", page) if SECRET_BOX.search(box)]
    return {found[1] for box in boxes if (found := re.search(r'\bname="([^"]+)"', box))}


@pytest.mark.parametrize("path", ASKS)
def test_no_password_and_no_code_comes_back_on_the_page_of_a_session_that_has_ended(portal: Portal, path: str) -> None:
    hassan = portal.sign_in("hassan")
    with portal.owner() as db:
        found = db.execute("select person from priv.account where username = 'amina'").fetchone()
        assert found
        db.execute("update priv.account set enrolled_at = now() - interval '1 day'")  # new codes ask for a code again
        where = path.format(person=found[0])
        names = secret_boxes(hassan.get(where).text)
        assert names, "this page asks for no password or code any more"
        db.execute("update priv.session set seen_at = clock_timestamp() - idle where ended_at is null")
    late = hassan.post(where, data={**ASKS[path], **dict.fromkeys(names, "very secret 314159")})
    if ASKS[path]:
        assert late.status_code == 401
        assert "you are asked for them again" in late.text
        for value in ASKS[path].values():
            assert f'value="{value}"' in late.text
    else:  # there is nothing left to save
        assert late.status_code == 303
        assert late.headers["location"] == f"/signed-out?why=idle&next={where}"
    assert "very secret" not in late.text


def test_every_box_for_a_password_or_a_code_is_on_the_list_of_what_no_page_repeats(portal: Portal) -> None:
    hassan, somebody, waiting = portal.sign_in("hassan"), portal.client(), portal.client()
    somebody.post("/sign-in", data={"username": "amina"})
    waiting.post("/sign-in", data={"username": "hassan"})
    waiting.post("/sign-in/password", data={"password": PASSWORD})
    pages = [client.get(route.path).text for route in of_every_kind() for client in (hassan, somebody, waiting)
             if "GET" in (route.methods or ()) and "{" not in route.path]  # fmt: skip
    pages += [hassan.get(path.format(person=1)).text for path in ASKS]
    names = set().union(*(secret_boxes(page) for page in pages))
    assert names == views.SECRET


def test_a_box_for_a_secret_that_is_not_on_the_list_makes_no_page() -> None:
    steps = views.templates.get_template("_steps.html").module
    assert "present" in steps.password("present", "x", "current-password")  # type: ignore[attr-defined]
    for macro, given in ((steps.password, ("old", "x", "y")), (steps.long_code, ("spare", "x", "y"))):  # type: ignore[attr-defined]
        with pytest.raises(ValueError, match=r"views\.SECRET"):
            macro(*given)


# ---------------------------------------------------------------- too much, and odd


def test_a_body_that_is_too_large_is_refused_before_it_is_read(amina: httpx2.Client) -> None:
    answer = amina.post("/gateway", data={"search": "x" * (LARGEST + 1)})
    assert answer.status_code == 413
    assert "your text is still on the page" in answer.text


def test_a_body_of_no_said_length_is_refused_once_it_is_too_large(amina: httpx2.Client) -> None:
    def endless() -> Any:
        for _ in range(LARGEST // 65_536 + 2):
            yield b"x" * 65_536

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert amina.post("/gateway", content=endless(), headers=headers).status_code == 413


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"search=%00&%00=x"),
        ("application/x-www-form-urlencoded", b"search=%ED%A0%80"),
        ("application/x-www-form-urlencoded", b"search=\xff\xfe"),
        ("application/x-www-form-urlencoded", b"&&&===%%%"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(4000))),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="search"\r\n\r\n\x00\r\n--b--',
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nx\r\n--b--',
        ),
        ("multipart/form-data; boundary=" + "b" * 10_000, b"x"),
        ("text/plain", b"search"),
        ("application/json", b'{"search": "\\ud800"}'),
        ("", b"\x00\xff"),
    ],
)
@pytest.mark.parametrize(
    "path", ["/gateway", "/start", "/start/new", "/sign-in", "/session/again", f"/records/{NOBODY}/child_views"]
)
def test_no_rubbish_is_a_fault_of_ours(amina: httpx2.Client, path: str, kind: str, body: bytes) -> None:
    answer = amina.post(path, content=body, headers={"Content-Type": kind} if kind else {})
    assert answer.status_code < 500
    assert answer.text or answer.status_code == 303
    assert "multipart" not in answer.text, "the parser's words are not ours"


ODD = {
    "more than a column holds": "9" * 20,
    "more than Python reads": "9" * 5000,
    "other digits": "٣²½",
    "the first day": "1/1/0001",
    "the last day": "9999-12-31",
}


def asked_for(where: str) -> list[str]:
    """Every name that a handler looks for in what ``where`` matches: an address, or a form too."""
    text = "".join(path.read_text() for path in (HERE / "routes").glob("*.py"))
    return sorted(set(re.findall(where + r"""\.(?:get|getlist)\(["']([a-z_]+)["']""", text)))


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("who", ["amina", "farah", "hassan"])
def test_no_odd_number_or_day_is_a_fault_of_ours(portal: Portal, who: str, odd: str) -> None:
    """At every address, in the place of everything that can be asked or typed there."""
    asked, client = asked_for(r"(?:query_params|given)"), portal.sign_in(who)
    typed = [*asked_for(r"\w+"), "first_name", "dob", "setting", "upn"]
    assert {"saved", "page", "before"} <= set(asked)
    assert {"whom", "due", "on", "version"} <= set(typed)
    some = max(1, 50_000 // len(odd))  # as many as fit into one address
    with portal.owner() as db:
        found = db.execute("select id from portal.record where status = 'deciding' limit 1").fetchone()
    assert found
    places = {"record": str(found[0]), "kind": "exception", "tab": "needs", "list": "parents"}
    for route in of_every_kind():
        if route in PUBLIC or route in demo.ROUTES:
            continue
        path = re.sub(r"\{(\w+)\}", lambda it: places.get(it[1], NOBODY), route.path)
        if "POST" in (route.methods or ()):
            answers = [client.post(path, data=dict.fromkeys(typed, odd))]
        else:
            several = (asked[at : at + some] for at in range(0, len(asked), some))
            answers = [client.get(path, params=dict.fromkeys(those, odd)) for those in several]
        assert max(a.status_code for a in answers) < 500, (route.path, portal.logged()[-1500:])


@pytest.mark.parametrize(
    "cookie", ["sid=", "sid=x", "sid=\xff.\xff", "sid=a.b.c", "sign-in=x.y.z; device=%00", ";;;=;"]
)
def test_no_cookie_is_a_fault_of_ours(portal: Portal, cookie: str) -> None:
    client = portal.client()
    for path in ("/gateway", "/sign-in", "/sign-in/password"):
        answer = client.get(path, headers={"Cookie": cookie.encode("latin-1")})
        assert answer.status_code in (200, 303)


# ---------------------------------------------------------------- when it goes wrong


def test_while_the_database_is_stuck_the_page_says_so_and_keeps_the_text(portal: Portal) -> None:
    client = portal.sign_in("amina")
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with psycopg.connect(portal.database.superuser_url) as connection:
            connection.execute("lock table priv.session in access exclusive mode")
            held.set()
            free.wait(30)

    holding = threading.Thread(target=hold)
    holding.start()
    assert held.wait(20)
    try:
        fields = {"views_strengths": "Words that must not be lost", "base.views_strengths": "0"}
        answer = client.post(f"/records/{NOBODY}/child_views", data=fields)
        script = client.post(f"/records/{NOBODY}/fields/reason", json={"value": "x"})
    finally:
        free.set()
        holding.join()
    assert answer.status_code == script.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert 'value="Words that must not be lost"' in answer.text
    assert f'action="/records/{NOBODY}/child_views"' in answer.text
    assert "message" in script.json()
    assert client.get("/gateway").status_code == 200


Ask = Callable[..., httpx2.Response]


@pytest.fixture
def broken() -> Ask:
    """Asks a portal whose one page does as it is told: raises, or answers, whatever the test says."""

    def ask(handler: Callable[[Request], Awaitable[Response]], method: str = "GET", **sent: Any) -> httpx2.Response:
        app = Starlette(
            routes=[Route("/page", handler, methods=["GET", "POST"])],
            middleware=[Middleware(Guard)],
            exception_handlers=HANDLERS,  # type: ignore[arg-type]
        )
        app.state.settings = SimpleNamespace(base_url="http://portal.example", secret="s" * 40, demo=False)

        async def go() -> httpx2.Response:
            headers = {"Sec-Fetch-Site": "same-origin", **sent.pop("headers", {})}
            transport = httpx2.ASGITransport(app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://portal.example") as client:
                return await client.request(method, "/page", headers=headers, **sent)

        return asyncio.run(go())

    return ask


def raising(error: Exception) -> Callable[[Request], Awaitable[Response]]:
    async def handler(request: Request) -> Response:
        await request.form()  # already read when it goes wrong
        raise error

    return handler


def test_a_fault_has_a_reference_that_is_in_the_log_and_keeps_what_was_typed(
    broken: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    fields = {"reason": "Long <b>story</b>", **dict.fromkeys(views.SECRET, "a secret")}
    with caplog.at_level(logging.ERROR):
        answer = broken(raising(RuntimeError("the reason\nrow: Ayaan, a child")), "POST", data=fields)
    assert answer.status_code == 500
    found = re.search(r'class="reference">([0-9A-F]{8})<', answer.text)
    assert found
    assert found[1] in caplog.text
    assert "RuntimeError: the reason" in caplog.text
    assert "Ayaan" not in caplog.text
    assert "Long" not in caplog.text
    assert 'value="Long &lt;b&gt;story&lt;/b&gt;"' in answer.text
    assert "a secret" not in answer.text
    assert "but for passwords and codes: you are asked for them again" in answer.text
    assert "Oooops!" in answer.text
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


def test_the_log_tells_what_led_to_a_fault(broken: Ask, caplog: pytest.LogCaptureFixture) -> None:
    async def handler(request: Request) -> Response:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error

    with caplog.at_level(logging.ERROR):
        broken(handler)
    assert re.search(r"KeyError: 'first'\s+then\s.*ValueError: second", caplog.text, re.DOTALL)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (HTTPException(404), 404, "There is no such page"),
        (HTTPException(403), 403, "You may not change this"),
        (HTTPException(403, "Only the SENCO may submit."), 403, "Only the SENCO may submit."),
        (HTTPException(410, "It was withdrawn."), 410, "It was withdrawn."),
        (HTTPException(413), 413, "too much at once"),
        (HTTPException(418, "Odd."), 418, "Odd."),
        (Refused("no"), 403, "can help"),
        (Unavailable("away"), 503, "cannot save or show this right now"),
    ],
)
def test_each_failure_says_what_happened_to_a_person_and_to_a_script(
    broken: Ask, error: Exception, status: int, said: str
) -> None:
    page = broken(raising(error), "POST", data={"reason": "my words"})
    assert page.status_code == status
    assert said in page.text
    assert 'value="my words"' in page.text
    fragment = broken(raising(error), headers={"HX-Request": "true"})
    assert fragment.status_code == status
    assert "<html" not in fragment.text
    script = broken(raising(error), "POST", json={}, headers={"X-Autosave": "1"})
    assert script.status_code == status
    assert script.json()["message"]
    if isinstance(error, HTTPException) and said == error.detail:
        assert script.json()["message"] == said


def test_even_without_its_own_page_a_failure_is_told_in_words(broken: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views.templates, "loader", None)
    views.templates.cache.clear()  # type: ignore[union-attr]
    answer = broken(raising(RuntimeError("x")))
    assert answer.status_code == 500
    assert "The fault is ours, not yours." in answer.text
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_page_may_set_a_header_of_its_own(broken: Ask) -> None:
    async def handler(request: Request) -> Response:
        return PlainTextResponse("x", headers={"Cache-Control": "public, max-age=5"})

    assert broken(handler).headers["cache-control"] == "public, max-age=5"


def test_a_code_given_elsewhere_is_not_repeated_on_any_page(portal: Portal, tmp_path: Path) -> None:
    client = portal.client()
    client.post("/sign-in", data={"username": "amina"})
    page = client.post("/sign-in/password", data={"password": "an unlikely password"})
    assert "an unlikely password" not in page.text
    assert PASSWORD not in portal.logged()
    assert oath(portal.secrets["amina"]) not in portal.logged() if "amina" in portal.secrets else True
