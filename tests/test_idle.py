"""An idle session is over everywhere, and nothing that a page asks by itself keeps it alive."""

import re
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import psycopg
import pytest
from playwright.sync_api import Request, expect
from starlette.routing import Route

from routes import PUBLIC, ROUTES
from routes.guard import BY_ITSELF, IMPERSONAL
from tests.fixtures_browser import Windows
from tests.fixtures_server import Portal
from tests.test_session import record_of

CLOCK = """
    update priv.session
    set seen_at = seen_at - %(by)s, created_at = created_at - %(by)s, ends_at = ends_at - %(by)s"""


def later(db: psycopg.Connection, minutes: float) -> None:
    """Move the sessions' clock on."""
    db.execute(CLOCK, {"by": timedelta(minutes=minutes)})


@pytest.fixture
def amina(portal: Portal) -> httpx2.Client:
    return portal.sign_in("amina")


def by_itself(record: str) -> list[str]:
    """An address of every route that the guard takes for no sign of anybody."""
    values = {"record": record, "key": "views_strengths", "kind": "children", "file": str(uuid4())}
    routes = [route for route in ROUTES if isinstance(route, Route) and "GET" in (route.methods or ())]
    filled = [re.sub(r"{(\w+)}", lambda it: values.get(it[1], it[0]), route.path) for route in routes]
    found = [path for path in filled if BY_ITSELF.fullmatch(path)]
    assert len(found) == len(BY_ITSELF.pattern.split("|")), "an alternative of BY_ITSELF that is no route's"
    return found


def test_background_requests_of_an_hour_do_not_keep_a_session_alive(portal: Portal, amina: httpx2.Client) -> None:
    asked = [(path, {}) for path in by_itself(record_of(portal))] + [("/gateway", {"X-Background": "1"})]
    alive = []
    with portal.owner() as db:
        for minute in range(60):
            later(db, 1)
            answers = [amina.get(path, headers=headers) for path, headers in asked]
            alive += [minute + 1 for answer in answers if answer.status_code not in (401, 303)]
    assert max(alive) == 9, "until the tenth minute"


@pytest.mark.parametrize("where", ["/records/{record}/child_views", "/gateway", "/imports/children/{file}"])
def test_pages_that_are_left_alone_for_an_hour_ask_for_nothing_that_would_keep_them_alive(
    windows: Windows, portal: Portal, amina: httpx2.Client, where: str
) -> None:
    """What our own scripts and templates ask for while nobody is there is what the guard takes for that."""
    record = record_of(portal)
    page = windows.open(amina, f"/records/{record}/child_views")
    with portal.owner() as db:
        # a file that is being worked on all the time: its page asks every second how far it is
        waiting = db.execute(
            "insert into portal.import (person, kind, name, content, state, worked_at, ends_at)"
            " select person, 'children', 'a.csv', 'x', 'applying', now() + interval '1 day', now() + interval '1 day'"
            " from priv.account where username = 'amina' returning id"
        ).fetchone()
        assert waiting
        page.clock.install()
        page.goto(portal.url + where.format(record=record, file=waiting[0]))
        asked: list[Request] = []
        page.on("request", lambda sent: asked.append(sent))
        for _ in range(60):
            later(db, 1)
            page.clock.fast_forward(60_000)
            page.wait_for_timeout(100)
            if "/sign-in" in page.url or "/signed-out" in page.url:
                break
        else:
            expect(page.locator("#reauth")).to_be_visible()
        db.execute("delete from portal.import where id = %s", [waiting[0]])
    assert asked, "not even the clock is looked at"
    paths = [(it, urlsplit(it.url).path) for it in asked]
    kept = [
        f"{it.method} {path}"
        for it, path in paths
        if not (path.startswith(("/sign-in", "/signed-out")) or IMPERSONAL.fullmatch(path))
        and not (it.method == "GET" and BY_ITSELF.fullmatch(path))
        and "x-background" not in it.headers
    ]
    assert kept == []


def test_a_sign_of_the_person_every_nine_minutes_lasts_until_the_twelfth_hour(
    portal: Portal, amina: httpx2.Client
) -> None:
    minutes = 0
    with portal.owner() as db:
        while amina.post("/session").status_code == 200 and minutes < 15 * 60:
            later(db, 9)
            minutes += 9
    assert minutes == pytest.approx(12 * 60, abs=9)


def test_every_address_is_closed_to_an_idle_session_and_shows_nothing(portal: Portal, amina: httpx2.Client) -> None:
    record = record_of(portal)
    with portal.owner() as db:
        names = db.execute(
            "select c.first_name, c.surname from portal.child c join portal.record r on r.child = c.id where r.id = %s",
            [record],
        ).fetchone()
        assert names
        assert names[1] in amina.get(f"/records/{record}/needs").text, "a name that would be noticed"
        later(db, 10.1)
    asked = 0
    for route in (r for r in ROUTES if isinstance(r, Route) and r not in PUBLIC):
        path = re.sub(r"{record}", record, route.path)
        path = re.sub(r"{(child|entry|document)}", str(uuid4()), path)
        path = re.sub(r"{(person|place)}", "1", path).replace("{tab}", "needs")
        path = re.sub(r"{\w+}", "reason", path)
        for method in (route.methods or set()) - {"HEAD"}:
            answer = amina.request(method, path, data={} if method == "POST" else None)
            to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
            assert to_sign_in or answer.status_code == 401, f"{method} {path}: {answer.status_code}"
            assert not any(name in answer.text for name in names), f"{method} {path}"
            asked += 1
    assert asked > 60
