"""What the tests share. Each kind of fixture has a file of its own."""

pytest_plugins = ["tests.fixtures_database", "tests.fixtures_server", "tests.fixtures_browser", "tests.fixtures_desk"]
