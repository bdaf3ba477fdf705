"""The demo's database without the portal: for the tests of the rules, which ask it as one persona or another."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.fixtures_database import TestDatabase
from tests.persona import Owner, session
from tests.stage import SIGNED_IN


@pytest.fixture(scope="module")
def owner(demo_database: TestDatabase) -> Iterator[Owner]:
    """A superuser's connection, to set the scene and to try what even an owner may not."""
    with psycopg.connect(demo_database.superuser_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def app(demo_database: TestDatabase) -> Iterator[Owner]:
    """The portal's own connection."""
    with psycopg.connect(demo_database.app_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def tokens(owner: Owner) -> dict[str, str]:
    """A session of each of the cast, by user name."""
    return {who: session(owner, who) for who in SIGNED_IN}
