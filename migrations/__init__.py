"""Brings a database to the portal's present schema, and checks that the portal may safely use it."""

import hashlib
import re
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

__all__ = ["CheckFailed", "MigrationFailed", "check", "migrate"]

FOLDER = Path(__file__).parent
APP = "portal_app"  # the name by which roles.sql grants the personas
LOCK = 0x53454E44  # any fixed number; one migration at a time in a database
NOTE = """
    insert into portal_meta.migration (name, sha256) values (%s, %s)
    on conflict (name) do update set sha256 = excluded.sha256, applied_at = clock_timestamp()"""
NUMBERED = re.compile(r"(\d{4})_[a-z][a-z0-9_]*\.sql")
OLDEST = 15
# Before these, a cached plan could apply another role's row-level security (CVE-2024-10976).
SAFE_MINORS = {15: 9, 16: 5, 17: 1}


class MigrationFailed(Exception):
    """The database was left as the last finished migration made it; the text says what went wrong where."""


class CheckFailed(Exception):
    """This database or login would not keep the portal's promises; each of `reasons` is a sentence."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def migrate(
    owner_conninfo: str,
    app_user: str,
    app_password: str | None,
    folder: Path = FOLDER,
    *,
    set_password: bool = False,
) -> list[str]:
    """Apply what has not been applied yet; return the names of the files that were.

    roles.sql runs each time; each NNNN_noun.sql once; rules.sql and whatever else carries no number whole, in one
    transaction, when any of them changed or a numbered one ran.
    The owner needs the right to create roles, not to be a superuser. The login `app_user` is created with
    that password where it is missing; where it exists the password is only changed if `set_password`.
    Raises MigrationFailed; psycopg.OperationalError when the server cannot be reached.
    """
    files = _numbered(folder)
    with psycopg.connect(owner_conninfo, autocommit=True, connect_timeout=10) as connection:
        if connection.info.server_version < OLDEST * 10000:
            raise MigrationFailed(f"PostgreSQL {OLDEST} or newer is needed.")
        connection.execute("select pg_advisory_lock(%s)", [LOCK])
        landed = _landed(connection)
        _compare(files, landed)
        if (folder / "roles.sql").exists():
            _apply(connection, [folder / "roles.sql"], note=False)
        _ensure_login(connection, app_user, app_password, set_password)
        applied = []
        for path in files:
            if path.name not in landed:
                _apply(connection, [path])
                applied.append(path.name)
        rules = _rules(folder)
        if applied or any(landed.get(path.name) != _hash(path) for path in rules):
            _apply(connection, rules)
            applied += [path.name for path in rules]
        return applied


def _rules(folder: Path) -> list[Path]:
    """The files that are applied whole, again and again: rules.sql, then the others that carry no number."""
    named = [path for path in folder.glob("*.sql") if not path.name[0].isdigit() and path.name != "roles.sql"]
    return sorted(named, key=lambda path: (path.name != "rules.sql", path.name))


def _numbered(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.glob("[0-9]*.sql"))
    seen: dict[str, str] = {}
    for path in files:
        match = NUMBERED.fullmatch(path.name)
        if match is None:
            raise MigrationFailed(f"{path.name}: a migration is named like 0007_outcome.sql.")
        if match[1] in seen:
            raise MigrationFailed(f"{path.name} and {seen[match[1]]} have the same number.")
        seen[match[1]] = path.name
    return files


def _hash(path: Path) -> str:
    # A checkout may have changed the line ends.
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _landed(connection: psycopg.Connection[Any]) -> dict[str, str]:
    connection.execute("""
        create schema if not exists portal_meta;
        create table if not exists portal_meta.migration (
            name        text primary key,
            sha256      text not null,
            applied_at  timestamptz not null default clock_timestamp()
        )""")
    return dict(connection.execute("select name, sha256 from portal_meta.migration").fetchall())


def _compare(files: list[Path], landed: dict[str, str]) -> None:
    done = [name for name in landed if NUMBERED.fullmatch(name)]
    missing = sorted(set(done) - {path.name for path in files})
    if missing:
        raise MigrationFailed(
            f"This database was made by a newer portal: it has {', '.join(missing)}, which is not here."
        )
    for path in files:
        if path.name in landed and landed[path.name] != _hash(path):
            raise MigrationFailed(
                f"{path.name} was changed after it was applied to this database. Undo the change, "
                "and put what it was to do into a new migration."
            )
        if path.name not in landed and done and path.name < max(done):
            raise MigrationFailed(
                f"{path.name} comes before {max(done)}, which this database already has. Give it a higher number."
            )


def _apply(connection: psycopg.Connection[Any], paths: list[Path], *, note: bool = True) -> None:
    """Run the files in one transaction, together with the note that they ran."""
    for tries_left in range(9, -1, -1):
        try:
            with connection.transaction():
                # Whoever waits for a lock makes everybody else wait behind: give up soon and try again.
                connection.execute("set local lock_timeout = '500ms'")
                for path in paths:
                    _run(connection, path)
                    if note:
                        connection.execute(NOTE, [path.name, _hash(path)])
            return
        except psycopg.errors.LockNotAvailable as error:
            if not tries_left:
                raise MigrationFailed("The tables to change stayed in use. Try again later.") from error
            time.sleep(0.5)


def _run(connection: psycopg.Connection[Any], path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    try:
        connection.execute(text.encode())
        if connection.info.transaction_status != TransactionStatus.INTRANS:
            raise MigrationFailed(f"{path.name} ends its own transaction. Take its commit or rollback out.")
        connection.execute("reset role")
    except psycopg.errors.LockNotAvailable:
        raise
    except psycopg.Error as error:
        raise MigrationFailed(f"{path.name}{_line(text, error)}: {error}") from error


def _line(text: str, error: psycopg.Error) -> str:
    position = error.diag.statement_position
    return f", line {text[: int(position)].count(chr(10)) + 1}" if position else ""


def _ensure_login(connection: psycopg.Connection[Any], user: str, password: str | None, set_password: bool) -> None:
    """Make sure the portal can sign in as `user`, which has what roles.sql gave portal_app and no more."""
    role = sql.Identifier(user)
    with connection.transaction():
        found = connection.execute(
            "select rolcanlogin, rolinherit, rolsuper or rolbypassrls from pg_roles where rolname = %s",
            [user],
        ).fetchone()
        if found is None:
            connection.execute(sql.SQL("create role {} nologin noinherit").format(role))
        elif found[2]:
            raise MigrationFailed(
                f"The login {user} is a superuser or bypasses row-level security. Give the portal another."
            )
        can_login, inherits = found[:2] if found else (False, False)
        if password is not None and (set_password or not can_login):
            secret = connection.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256")
            connection.execute(sql.SQL("alter role {} login password {}").format(role, sql.Literal(secret.decode())))
        elif not can_login:
            raise MigrationFailed(f"The login {user} cannot sign in, and no password for it was given.")
        if inherits:
            connection.execute(sql.SQL("alter role {} noinherit").format(role))
        # From 16 on each grant remembers whether it is inherited, whatever the role says later.
        terms = sql.SQL(" with inherit false" if connection.info.server_version >= 160000 else "")
        personas = connection.execute(
            """
            select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid
            where m.member = %s::regrole""",
            [APP],
        ).fetchall()
        for (persona,) in personas:
            connection.execute(sql.SQL("grant {} to {}{}").format(sql.Identifier(persona), role, terms))
        database = sql.Identifier(connection.info.dbname)
        # Rights on the database itself are copied by no template and named by no file.
        connection.execute(sql.SQL("grant connect on database {} to {}").format(database, role))
        connection.execute(sql.SQL("revoke temporary on database {} from public").format(database))


def check(app_conninfo: str) -> None:
    """Ask the server, as the portal's login, whether the portal's promises can be kept on it.

    Raises CheckFailed with every reason found; psycopg.OperationalError when it cannot be reached.
    """
    reasons = []
    with psycopg.connect(app_conninfo, autocommit=True, connect_timeout=10) as connection:
        user = connection.info.user
        major, minor = divmod(connection.info.server_version, 10000)
        if major < OLDEST or minor < SAFE_MINORS.get(major, 0):
            reasons.append(
                f"The server is PostgreSQL {major}.{minor}; the portal needs {OLDEST} or newer with its "
                "security updates."
            )
        for setting, loss in (
            ("fsync", "a power cut could destroy it"),
            ("full_page_writes", "a power cut could destroy it"),
            ("synchronous_commit", "what was shown as saved could be lost"),
        ):
            found = connection.execute("select current_setting(%s)", [setting]).fetchone()
            if found and found[0] == "off":
                reasons.append(f"The server runs with {setting} = off: {loss}.")
        encoding = connection.execute("select current_setting('server_encoding')").fetchone()
        if encoding and encoding[0] != "UTF8":
            reasons.append(f"The database's encoding is {encoding[0]}; it must be UTF8.")
        reach = connection.execute("""
            select r.rolname, r.rolsuper, r.rolbypassrls,
                pg_has_role(session_user, r.oid, 'usage') and r.rolname <> session_user as inherited,
                exists (select from pg_shdepend d where d.refclassid = 'pg_authid'::regclass
                        and d.refobjid = r.oid and d.deptype = 'o') as owns,
                r.rolname like 'pg\\_%' as built_in
            from pg_roles r
            where pg_has_role(session_user, r.oid, 'member')
            and not exists (select from pg_roles s where s.rolname = session_user and s.rolsuper
                            and r.rolname <> session_user)
        """).fetchall()
        for role, is_super, bypasses, inherited, owns, built_in in reach:
            whose = f"The login {user}" if role == user else f"The login {user} can become {role}, which"
            if is_super:
                reasons.append(f"{whose} is a superuser.")
            elif bypasses:
                reasons.append(f"{whose} bypasses row-level security.")
            if owns:
                reasons.append(f"{whose} owns things in a database; the portal's login must own nothing.")
            if inherited:
                reasons.append(f"The login {user} has the rights of {role} without asking for them; make it NOINHERIT.")
            if built_in:
                reasons.append(f"{whose} has rights beyond the portal's.")
    if reasons:
        raise CheckFailed(reasons)
