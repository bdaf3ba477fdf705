"""An idle session is over everywhere, and nothing that a page asks by itself keeps it alive."""

import re
from datetime import timedelta
from uuid import uuid4

import httpx2
import psycopg
import pytest
from starlette.routing import Route

from routes import PUBLIC, ROUTES
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


def test_background_requests_of_an_hour_do_not_keep_a_session_alive(portal: Portal, amina: httpx2.Client) -> None:
    record = record_of(portal)
    alive = []
    with portal.owner() as db:
        for minute in range(60):
            later(db, 1)
            answers = [
                amina.get("/session"),
                amina.get(f"/records/{record}/versions?tab=child_views"),
                amina.get(f"/records/{record}/needs-attention"),
                amina.get("/gateway", headers={"X-Background": "1"}),
            ]
            alive += [minute + 1 for answer in answers if answer.status_code == 200]
    assert max(alive) == 9, "until the tenth minute"


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
