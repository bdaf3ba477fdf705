"""What the tests share. Each kind of fixture has a file of its own."""

import hypothesis
import pytest

pytest_plugins = [
    "tests.fixtures_database",
    "tests.fixtures_server",
    "tests.fixtures_browser",
    "tests.fixtures_desk",
    "tests.fixtures_persona",
]

# How long a machine takes that has other things to do says nothing about the portal.
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")

# Each of these takes minutes by itself, so they begin first: at the end no process then waits for another's.
LONG = ("test_story", "test_guessing", "test_storm", "test_session", "test_accessible", "test_access")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long modules first, otherwise in their order. The tests of a module stay together: they share a server."""
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))
