"""A real PostgreSQL for the tests: one server for the run, and a fresh migrated database for each test module."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from migrations import migrate
from sql.cluster import Cluster

TEMPLATE = "migrated"
APP = "portal_app"


@dataclass(frozen=True)
class TestDatabase:
    """A migrated database without data. The URLs are conninfo strings for psycopg."""

    __test__ = False

    name: str
    owner_url: str
    app_url: str
    superuser_url: str


@pytest.fixture(scope="session")
def reachable_folder() -> Iterator[Path]:
    """A folder that every account can enter, since the server runs as another one when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="portal-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def cluster(reachable_folder: Path) -> Iterator[Cluster]:
    """The server of this run, with a migrated template."""
    with Cluster(reachable_folder / "cluster", system_home=reachable_folder) as running:
        make_database(running, TEMPLATE)
        migrate(running.url("portal_migrator", TEMPLATE), APP, running.password(APP), set_password=True)
        yield running


@pytest.fixture(scope="module")
def database(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[TestDatabase]:
    """A fresh migrated database for this module, gone at its end."""
    name = request.module.__name__.rsplit(".")[-1][:60]
    with fresh_database(cluster, name) as made:
        yield made


@contextmanager
def fresh_database(cluster: Cluster, name: str, template: str = TEMPLATE) -> Iterator[TestDatabase]:
    """A copy of the template under that name, dropped at the end."""
    make_database(cluster, name, template)
    owner_url = cluster.url("portal_migrator", name)
    migrate(owner_url, APP, None)  # rights on the database itself are not copied from a template
    try:
        yield TestDatabase(name, owner_url, cluster.url(APP, name), cluster.url("postgres", name))
    finally:
        with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(f'drop database "{name}" with (force)')


def make_database(cluster: Cluster, name: str, template: str = "template1") -> None:
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f'create database "{name}" owner portal_migrator template "{template}"')
