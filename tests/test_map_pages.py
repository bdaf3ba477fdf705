"""Guards of the map of pages: every address that answers with a page is looked at by axe and photographed."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from starlette.routing import BaseRoute, Mount, Route

from routes import ROUTES
from routes import demo as demo_routes
from tests import pages

TESTS = Path(__file__).parent
EVERYTHING = [*ROUTES, *demo_routes.ROUTES]


def asked(routes: Iterable[BaseRoute]) -> list[str]:
    """The paths of all that answers a GET."""
    return [r.path for r in routes if isinstance(r, Mount) or (isinstance(r, Route) and "GET" in (r.methods or ()))]


def overlooked(routes: Iterable[BaseRoute], opened: set[str], on_the_way: set[str], no_page: set[str]) -> list[str]:
    found = [
        f"{path} is in no table of tests/pages.py. Does an address alone lead to the page? Add it to OPENED. Is it "
        "seen on a way through the product? To ON_THE_WAY. Is it a file or a redirect? To NO_PAGE."
        for path in asked(routes)
        if path not in opened | on_the_way | no_page
    ]
    found += [f"{path} stands in two tables of tests/pages.py." for path in sorted((opened | on_the_way) & no_page)]
    gone = (on_the_way | no_page) - set(asked(routes))
    return found + [f"{path} stands in tests/pages.py, but no route answers it." for path in sorted(gone)]


def unseen(on_the_way: Mapping[str, str], modules: Mapping[str, str]) -> list[str]:
    """Routes whose module does not have axe look at anything, or never comes near their address."""
    found = []
    for path, module in on_the_way.items():
        text = modules.get(module, "")
        words = [part for part in path.split("/") if part and not part.startswith("{")]
        if not re.search(r"\bsound\(|\bAxe\(\)", text) or not re.search(rf"[/\"']{words[-1]}\b", text):
            found.append(f"{path}: tests/{module}.py does not have axe look at it.")
    return found


def test_every_page_is_in_a_table() -> None:
    opened = {pages.route_of(page.path, EVERYTHING) for page in pages.opened()}
    assert "" not in opened, "an address of OPENED leads nowhere"
    found = overlooked(EVERYTHING, opened, set(pages.on_the_way()), pages.no_page())
    assert not found, "\n".join(found)


def test_what_is_seen_on_the_way_is_seen_by_axe() -> None:
    ways = {path: module for path, (module, _) in pages.on_the_way().items()}
    found = unseen(ways, {path.stem: path.read_text(encoding="utf-8") for path in TESTS.glob("*.py")})
    assert not found, "\n".join(found)


def test_every_address_that_is_photographed_leads_somewhere() -> None:
    shown = [page for _, page in pages.on_the_way().values() if page]
    assert [page for page in shown if not pages.route_of(page.path, EVERYTHING)] == []


def test_every_place_is_found_in_the_demo_and_every_place_is_used(portal) -> None:
    with portal.owner() as db:
        found = pages.places(db)
    shown = [*pages.opened(), *(page for _, page in pages.on_the_way().values() if page)]
    assert {name for page in shown for name in pages.PLACE.findall(page.path)} == set(found)


async def handler(request: object) -> None: ...


@pytest.mark.parametrize(
    ("opened", "on_the_way", "no_page", "complaints"),
    [
        (set(), set(), set(), 1),
        ({"/secrets"}, set(), set(), 0),
        (set(), {"/secrets"}, set(), 0),
        (set(), set(), {"/secrets"}, 0),
        ({"/secrets"}, set(), {"/secrets"}, 1),
        ({"/secrets"}, {"/gone"}, set(), 1),
        ({"/secrets"}, set(), {"/gone"}, 1),
    ],
)
def test_the_check_of_pages_notices_what_is_forgotten_or_gone(
    opened: set[str], on_the_way: set[str], no_page: set[str], complaints: int
) -> None:
    routes = [Route("/secrets", handler), Route("/written", handler, methods=["POST"])]
    assert len(overlooked(routes, opened, on_the_way, no_page)) == complaints


def test_the_check_of_ways_notices_a_module_that_does_not_look() -> None:
    modules = {"looks": "sound(page)\npage.goto('/people/add')", "walks": "page.goto('/people/add')"}
    assert not unseen({"/people/add": "looks"}, modules)
    assert len(unseen({"/people/add": "walks"}, modules)) == 1
    assert len(unseen({"/people/add": "gone"}, modules)) == 1
    assert len(unseen({"/people/remove": "looks"}, modules)) == 1


def test_an_address_finds_its_route() -> None:
    assert pages.route_of("/records/{draft}/needs", EVERYTHING) == "/records/{record}/{tab}"
    assert pages.route_of("/records/{draft}/documents?x=1", EVERYTHING) == "/records/{record}/documents"
    assert pages.route_of("/nowhere/at/all", EVERYTHING) == ""
