"""A record on somebody's desk: the people who write, a line that can be made bad, and a window in a real browser."""

import itertools
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, Page

from tests.desk import Desk, Record
from tests.fixtures_server import Portal
from tests.line import Line

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def amina(portal: Portal) -> httpx2.Client:
    """A SENCO of Brentmere's, signed in."""
    return portal.sign_in("amina")


@pytest.fixture(scope="module")
def ben(portal: Portal) -> httpx2.Client:
    """Their colleague, who writes in the same records."""
    return portal.sign_in("ben")


@pytest.fixture(scope="module")
def one_line(portal: Portal) -> Iterator[Line]:
    line = Line(int(portal.url.rsplit(":", 1)[1]))
    yield line
    line.close()


@pytest.fixture
def line(one_line: Line) -> Line:
    """The line between browser and portal, in good order at the start."""
    one_line.mend()
    return one_line


@pytest.fixture
def record(portal: Portal, amina: httpx2.Client) -> Record:
    """A record in which nothing is answered yet."""
    return Record(portal, amina, next(numbers))


@pytest.fixture
def desk(chromium: Browser, line: Line, record: Record, amina: httpx2.Client) -> Iterator[Desk]:
    """Amina's browser. A page that complains to its console fails the test."""
    desk = Desk(chromium, line, record, amina)
    yield desk
    desk.close()


@pytest.fixture
def page(desk: Desk) -> Page:
    """The child's views, open before Amina."""
    return desk.open()
