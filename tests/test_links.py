"""Mailed links end with what they were for: a later password, another address, a reset or a closed account."""

import secrets
from collections.abc import Callable
from hashlib import sha256

import httpx2
import pytest

from tests.fixtures_server import PASSWORD, Portal, oath

ICT_S = {"reason": "asked for on the telephone"}
NEW = "marmalade lighthouse tuesday"
ALL = ("password", "address", "unlock")


@pytest.fixture(scope="module")
def ict(portal: Portal) -> httpx2.Client:
    return portal.sign_in("hassan")


@pytest.fixture(autouse=True)
def _fresh(portal: Portal) -> None:
    portal.forget_codes()


def links_for(portal: Portal, username: str) -> dict[str, str]:
    """A mailed link of each kind, as a person has it who asked for all of them; by kind its address."""
    found = {}
    with portal.owner() as db:
        for kind in ALL:
            token = secrets.token_urlsafe(32)
            db.execute(
                f"insert into priv.{kind}_link (token_hash, person, ends_at{', email' if kind == 'address' else ''})"
                " select %s, person, now() + interval '1 day'"
                f"{', $$elsewhere@new.example$$' if kind == 'address' else ''} from priv.account where username = %s",
                [sha256(token.encode()).digest(), username],
            )
            found[kind] = f"/{kind}/{token}"
    return found


def works(portal: Portal, link: str) -> bool:
    """Whether following the link leads to what it is for, rather than to a page that says it cannot be used."""
    client = portal.client()
    answer = client.get(link)
    if answer.status_code == 303:
        answer = client.get(answer.headers["location"])
    assert answer.status_code in (200, 410)
    return answer.status_code == 200


def of(portal: Portal, username: str) -> int:
    with portal.owner() as db:
        found = db.execute("select person from priv.account where username = %s", [username]).fetchone()
    assert found
    return int(found[0])


def issue(portal: Portal, ict: httpx2.Client, links: dict[str, str]) -> None:
    assert ict.post(f"/people/{of(portal, 'ben')}/password", data={"way": "hand", **ICT_S}).status_code == 200


def reset(portal: Portal, ict: httpx2.Client, links: dict[str, str]) -> None:
    form = {"way": "keep", "code": oath(portal.secrets["hassan"]), **ICT_S}
    assert ict.post(f"/people/{of(portal, 'ben')}/reset", data=form).status_code == 303


def close_and_open(portal: Portal, ict: httpx2.Client, links: dict[str, str]) -> None:
    for act in ("disable", "enable"):
        assert ict.post(f"/people/{of(portal, 'ben')}/{act}", data=ICT_S).status_code == 303


def another_address(portal: Portal, ict: httpx2.Client, links: dict[str, str]) -> None:
    with portal.owner() as db:
        found = db.execute("select id from portal.setting where name = 'Brentmere Primary School'").fetchone()
    assert found
    form = {"name": "Ben Carter", "email": "b.carter@brentmere.example", "role": "senco", "add_setting": str(found[0])}
    answer = ict.post(f"/people/{of(portal, 'ben')}/change", data=form)
    assert answer.status_code == 303, answer.text


def another_name(portal: Portal, ict: httpx2.Client, links: dict[str, str]) -> None:
    with portal.owner() as db:
        found = db.execute(
            "select s.id, p.email from portal.setting s, portal.person p"
            " where s.name = 'Brentmere Primary School' and p.id = %s", [of(portal, "ben")]
        ).fetchone()  # fmt: skip
    assert found
    form = {"name": "Ben Carter-Lowe", "email": found[1], "role": "senco", "add_setting": str(found[0])}
    assert ict.post(f"/people/{of(portal, 'ben')}/change", data=form).status_code == 303


def own_password(portal: Portal, ict: httpx2.Client, links: dict[str, str]) -> None:
    client = portal.sign_in("ben")
    links |= links_for(portal, "ben")  # signing in has ended the one that sets a password
    for before, after in ((PASSWORD, NEW), (NEW, PASSWORD)):
        form = {"present": before, "password": after, "again": after}
        assert client.post("/account/password", data=form).status_code == 303


def temporary_password_chosen(portal: Portal, ict: httpx2.Client, links: dict[str, str]) -> None:
    with portal.owner() as db:
        db.execute("update priv.account set temporary = true where username = 'ben'")
    client = portal.client()
    client.post("/sign-in", data={"username": "ben"})
    assert client.post("/sign-in/password", data={"password": PASSWORD}).headers["location"] == "/sign-in/choose"
    answer = client.post("/sign-in/choose", data={"password": NEW, "again": NEW})
    assert answer.headers["location"] == "/sign-in/code"


def own_link(portal: Portal, ict: httpx2.Client, links: dict[str, str]) -> None:
    client = portal.client()
    client.get(links_for(portal, "ben")["password"])
    answer = client.post("/password", data={"password": PASSWORD, "again": PASSWORD})
    assert answer.headers["location"] == "/password/set"


def own_address(portal: Portal, ict: httpx2.Client, links: dict[str, str]) -> None:
    assert portal.client().post(links_for(portal, "ben")["address"]).status_code == 200


Act = Callable[[Portal, httpx2.Client, dict[str, str]], None]


@pytest.mark.parametrize(
    ("act", "ended"),
    [
        (issue, ("password", "address")),
        (reset, ("password", "address")),
        (close_and_open, ALL),
        (another_address, ALL),
        (another_name, ()),
        (own_password, ("password", "address")),
        (temporary_password_chosen, ("password", "address")),
        (own_link, ("password", "address")),
        (own_address, ALL),
    ],
    ids=lambda it: it.__name__ if callable(it) else "-".join(it) or "none",
)
def test_a_link_ends_with_what_makes_it_dangerous(
    portal: Portal, ict: httpx2.Client, act: Act, ended: tuple[str, ...]
) -> None:
    portal.sign_in("ben")
    portal.forget_codes()
    with portal.owner() as db:
        before = db.execute(
            "select a.person, a.password, a.temporary, a.seed, a.seed_pending, p.email from priv.account a"
            " join portal.person p on p.id = a.person where a.username = 'ben'"
        ).fetchone()
        assert before
        links = links_for(portal, "ben")
        assert {kind: works(portal, link) for kind, link in links.items()} == dict.fromkeys(ALL, True)
        act(portal, ict, links)
        assert {kind for kind, link in links.items() if not works(portal, link)} == set(ended)
        # so that the next of these tests finds everything as it was
        db.execute(
            "update priv.account set password = %(password)s, temporary = %(temporary)s, temporary_until = null,"
            " seed = %(seed)s, seed_pending = %(pending)s where person = %(person)s",
            dict(zip(("person", "password", "temporary", "seed", "pending"), before, strict=False)),
        )
        db.execute("update portal.person set name = 'Ben Carter', email = %s where id = %s", [before[5], before[0]])
        for kind in ALL:
            db.execute(f"delete from priv.{kind}_link where person = %s", [before[0]])
