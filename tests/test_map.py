"""Guards of the map: who may import whom, that every route is guarded and nothing is left over.

Each check is a function of plain data that gives its complaints, so that it is also shown to notice a broken sample.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import jinja2
import psycopg
import pytest
from starlette.routing import BaseRoute, Mount, Route

import sql
import views
from routes import ROUTES
from routes import demo as demo_routes
from tests.fixtures_database import TestDatabase

HERE = Path(__file__).parent.parent
LAYERS = ("server", "routes", "record", "sql", "views", "migrations")
# Below each layer: what it may import of ours, and which libraries are not its business.
MAY: Mapping[str, tuple[set[str], set[str]]] = {
    "server": ({"routes", "record", "sql", "views", "migrations"}, set()),
    "routes": ({"record", "sql", "views"}, {"uvicorn"}),
    "migrations": ({"record"}, {"starlette", "uvicorn", "jinja2"}),
    "record": (set(), {"psycopg", "psycopg_pool", "starlette", "jinja2", "uvicorn"}),
    "sql": (set(), {"starlette", "jinja2", "uvicorn"}),
    "views": (set(), {"psycopg", "psycopg_pool", "uvicorn"}),
}
REFUSED_NAMES = {"core", "lib", "libs", "util", "utils", "service", "services", "helper", "helpers", "common", "misc"}
LONGEST = 400  # lines
# Whoever is not signed in may ask for these and nothing else.
PUBLIC = {
    "/",
    "/healthz",
    "/council.css",
    "/static",
    "/help",  # how to sign in is asked before one has
    "/help/guide",
    "/help/{topic}",
    "/sign-in",
    "/sign-in/password",
    "/sign-in/choose",
    "/sign-in/authenticator",
    "/sign-in/qr.svg",
    "/sign-in/code",
    "/sign-out",
    "/signed-out",
    "/session/again",
    "/password",
    "/password/set",
    "/password/{token}",
    "/sign-in/forgot",
    "/sign-in/forgotten",
    "/unlock/{token}",
    "/address/{token}",
    "/demo/code/{username}",
    "/demo/mail",
    "/demo/mail/{letter}",
}

Sources = Mapping[str, str]  # a module's path from here, and its text


def sources(*folders: str) -> dict[str, str]:
    paths = [path for folder in folders for path in sorted((HERE / folder).rglob("*.py"))]
    paths += [HERE / "server.py"] if "server" in folders else []
    return {path.relative_to(HERE).as_posix(): path.read_text(encoding="utf-8") for path in paths}


OURS = sources(*LAYERS)


def layer_of(path: str) -> str:
    return path.partition("/")[0].removesuffix(".py")


# ---------------------------------------------------------------- layers


def imported(text: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a module imports, wherever in it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def upward(modules: Sources) -> list[str]:
    found = []
    for path, text in modules.items():
        layer = layer_of(path)
        below, never = MAY[layer]
        for line, name in imported(text):
            top = name.partition(".")[0]
            if name.startswith("."):
                found.append(f"{path}:{line} imports {name}. Write the whole name, so that the layer can be seen.")
            elif (top in LAYERS or top == "tests") and top != layer and top not in below:
                found.append(
                    f"{path}:{line} imports {name}, but {layer}/ may know only {', '.join(sorted(below)) or 'itself'}. "
                    "Move what both need downwards, or pass it in from routes/."
                )
            elif top in never:
                found.append(f"{path}:{line} imports {name}, which is not {layer}/'s business. See the README's map.")
    return found


def test_layers_import_only_downwards() -> None:
    assert not upward(OURS), "\n".join(upward(OURS))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("record/needs.py", "from views import words"),
        ("record/needs.py", "import psycopg"),
        ("sql/__init__.py", "import routes.field"),
        ("views/words.py", "def f():\n    from record import clock"),
        ("views/words.py", "import psycopg.rows"),
        ("routes/field.py", "import server"),
        ("routes/field.py", "from migrations import demo"),
        ("routes/field.py", "from tests import paper"),
        ("routes/field.py", "from . import guard"),
    ],
)
def test_the_check_of_layers_notices_an_import_upwards(path: str, text: str) -> None:
    assert len(upward({path: text})) == 1


def test_the_check_of_layers_lets_the_right_ones_pass() -> None:
    assert not upward({"routes/field.py": "from record import form\nfrom sql import Database\nimport views, json"})


# ---------------------------------------------------------------- modules


def unshapely(modules: Sources) -> list[str]:
    found = []
    for path, text in modules.items():
        lines = text.count("\n")
        if lines > LONGEST:
            found.append(f"{path} has {lines} lines: split it by what it talks about, {LONGEST} are too many to read.")
        if odd := REFUSED_NAMES & set(path.removesuffix(".py").split("/")):
            found.append(f"{path}: “{odd.pop()}” says nothing. Name the module by the thing it is about.")
        if not ast.get_docstring(ast.parse(text)):
            found.append(f"{path} does not say what it is for: begin it with one sentence.")
        found += [
            f"{path}: the class {node.name} is named by a pattern. Name it by what it is in the users' words."
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.ClassDef) and re.search(r"(Manager|Service|Helper|Base|Util)s?$", node.name)
        ]
    return found


def test_modules_are_short_and_named_by_what_they_are_about() -> None:
    assert not unshapely(OURS), "\n".join(unshapely(OURS))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("routes/utils.py", '"""Odds and ends."""'),
        ("record/helpers/dates.py", '"""Dates."""'),
        ("record/needs.py", "x = 1"),
        ("record/needs.py", '"""Needs."""\n' + "\n" * 400),
        ("record/needs.py", '"""Needs."""\nclass RecordManager: ...'),
    ],
)
def test_the_check_of_modules_notices_a_shapeless_one(path: str, text: str) -> None:
    assert len(unshapely({path: text})) == 1


def peeking(modules: Sources) -> list[str]:
    """Where the environment is read. Clearing it is no reading."""
    found = []
    for path, text in modules.items():
        for node in ast.walk(ast.parse(text)):
            name = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            if isinstance(node, ast.ImportFrom) and node.module == "os":
                name = next((f"os.{a.name}" for a in node.names if a.name in ("environ", "getenv", "environb")), "")
            if name in ("os.environ", "os.getenv", "os.environb") and f"{name}.clear()" not in text:
                found.append(f"{path}:{node.lineno} reads {name}. Add a field to server.Settings and pass it in.")
    return found


def test_only_the_entry_reads_the_environment() -> None:
    found = [complaint for complaint in peeking(OURS) if not complaint.startswith("server.py:")]
    assert not found, "\n".join(found)
    assert len(peeking({"server.py": OURS["server.py"]})) == 1, "server.py reads the environment once, into Settings."


@pytest.mark.parametrize(
    "text", ["import os\nx = os.environ['PORTAL_DEMO']", "import os\nos.getenv('X')", "from os import environ"]
)
def test_the_check_of_the_environment_notices_a_second_reader(text: str) -> None:
    assert len(peeking({"routes/field.py": text})) == 1


# ---------------------------------------------------------------- settings


def settings_read(text: str) -> set[str]:
    """The names of settings a module mentions as a whole string."""
    strings = {
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {s for s in strings if re.fullmatch(r"PORTAL_[A-Z_]+|DATABASE_URL", s)}


def settings_told(readme: str) -> set[str]:
    """The names in the first column of the README's table."""
    first = [line.split("|")[1] for line in readme.splitlines() if line.startswith("| `")]
    return set(re.findall(r"`(PORTAL_[A-Z_]+|DATABASE_URL)`", " ".join(first)))


def undocumented(text: str, readme: str) -> list[str]:
    read, told = settings_read(text), settings_told(readme)
    return [f"{name} is read by server.py: add a row to the README's table." for name in sorted(read - told)] + [
        f"{name} stands in the README's table, but server.py does not read it." for name in sorted(told - read)
    ]


def test_every_setting_is_in_the_readme() -> None:
    found = undocumented(OURS["server.py"], (HERE / "README.md").read_text(encoding="utf-8"))
    assert settings_read(OURS["server.py"])
    assert not found, "\n".join(found)


def test_the_check_of_settings_notices_a_forgotten_and_a_stale_one() -> None:
    assert len(undocumented('text("PORTAL_NEW", "")', "| `PORTAL_OLD` | no | what |")) == 2
    assert not undocumented('text("PORTAL_NEW", "")', "| `PORTAL_NEW` | no | what |")


# ---------------------------------------------------------------- routes


def unguarded(routes: Iterable[BaseRoute]) -> list[str]:
    found = []
    for route in routes:
        path = getattr(route, "path", str(route))
        guarded = isinstance(route, Route) and getattr(route.endpoint, "guarded", False)
        if not guarded and path not in PUBLIC:
            found.append(
                f"{path} answers anybody. Put @signed_in on its handler; if everybody really should get it, "
                "add it to PUBLIC in this test, and say why in the commit."
            )
        if isinstance(route, Mount) and path != "/static":
            found.append(f"{path} is mounted, so its routes cannot be walked. List them one by one.")
    return found


def test_every_route_outside_the_public_list_is_guarded() -> None:
    everything = [*ROUTES, *demo_routes.ROUTES]
    assert not unguarded(everything), "\n".join(unguarded(everything))
    gone = PUBLIC - {getattr(route, "path", "") for route in everything}
    assert not gone, f"{gone} are in PUBLIC of this test, but no route answers them: take them out."


def test_no_get_route_shares_its_handler_with_a_writing_one() -> None:
    """A handler that both shows and changes would change on a GET some day."""
    allowed = {"routes.gateway.show", "routes.start.show"}  # a search is posted, so that no name is in an address
    for route in (r for r in ROUTES if isinstance(r, Route)):
        name = f"{route.endpoint.__module__}.{route.endpoint.__name__}"
        both = {"GET", "POST"} <= (route.methods or set())
        assert not both or name in allowed, f"{route.path}: give GET and POST a handler each."


def test_the_check_of_routes_notices_an_open_one() -> None:
    async def handler(request: object) -> None: ...

    assert len(unguarded([Route("/records/{record}/secrets", handler)])) == 1
    assert len(unguarded([Mount("/records", routes=[])])) == 2
    assert not unguarded([Route("/sign-in", handler)])


# ---------------------------------------------------------------- queries


def called(modules: Sources) -> set[tuple[str, str]]:
    """Every ``q.file.name`` in the code."""
    return {
        (node.value.attr, node.attr)
        for text in modules.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and isinstance(node.value.value, ast.Name)
        and node.value.value.id == "q"
    }


def mismatched(headings: set[tuple[str, str]], calls: set[tuple[str, str]]) -> list[str]:
    return [f"sql/{f}.sql: nothing calls `{n}`. Delete it, or call q.{f}.{n}." for f, n in sorted(headings - calls)] + [
        f"q.{f}.{n} is called, but sql/{f}.sql has no '-- name: {n}'. Write it." for f, n in sorted(calls - headings)
    ]


def test_every_heading_is_called_and_every_call_has_a_heading() -> None:
    calls = called(sources("routes", "server"))
    found = mismatched(set(sql.statements()), calls)
    assert calls
    assert not found, "\n".join(found)


def test_the_check_of_headings_notices_both_kinds_of_fault() -> None:
    calls = called(
        {"routes/field.py": "async def f(q):\n    await q.answer.lok(entry=1)\n    list = q.gateway.by_name"}
    )
    assert calls == {("answer", "lok"), ("gateway", "by_name")}
    assert len(mismatched({("answer", "look"), ("gateway", "by_name")}, calls)) == 2


def unpreparable(connection: psycopg.Connection, statements: Mapping[tuple[str, str], sql.Statement]) -> list[str]:
    found = []
    for (file, name), statement in statements.items():
        numbers: dict[str, int] = {}

        def number(match: re.Match[str], numbers: dict[str, int] = numbers) -> str:
            return f"${numbers.setdefault(match[1], len(numbers) + 1)}"

        text = sql.PARAMETER.sub(number, statement.text).replace("%%", "%")
        result = connection.pgconn.prepare(b"", text.encode())
        if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
            said = result.error_message.decode().strip()
            found.append(f"sql/{file}.sql, {name}, does not fit the migrated schema: {said}")
    return found


def test_every_statement_can_be_prepared(database: TestDatabase) -> None:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        found = unpreparable(connection, sql.statements())
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["select nothing from portal.child", "select %(a)s::date + now()", "selec 1"])
def test_the_check_of_statements_notices_one_that_does_not_fit(database: TestDatabase, text: str) -> None:
    broken = {("child", "list"): sql.Statement("many", text, "", frozenset())}
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        assert len(unpreparable(connection, broken)) == 1


# ---------------------------------------------------------------- templates


def unreadable(folder: Path) -> list[str]:
    """Templates that do not parse: pages, pieces, paper and letters alike."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True)
    found = []
    for path in sorted([*folder.glob("*.html"), *folder.glob("*.txt")]):
        try:
            environment.parse(path.read_text(encoding="utf-8"))
        except jinja2.TemplateSyntaxError as error:
            found.append(f"views/{path.name}, line {error.lineno}: {error.message}")
    return found


def test_every_template_parses() -> None:
    assert not unreadable(views.HERE), "\n".join(unreadable(views.HERE))


def test_the_check_of_templates_notices_a_broken_one(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{% if %}")
    (tmp_path / "letter.txt").write_text("{{ name")
    assert len(unreadable(tmp_path)) == 2
