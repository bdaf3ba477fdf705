"""An embedded PostgreSQL for trial and tests: made, started and stopped from a folder of binaries."""

import contextlib
import hashlib
import json
import logging
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from sql.account import NoAccount, choose_account, not_yours
from sql.binaries import Binaries, NoBinaries, copy_binaries, find_binaries
from sql.lock import AlreadyLocked, FolderLock
from sql.postmaster import PORT, NotStarted, Postmaster, stop_leftover

__all__ = ["AlreadyRunning", "Binaries", "Cluster", "ClusterError", "NoBinaries", "find_binaries"]

log = logging.getLogger("portal.cluster")

SUPERUSER = "postgres"
OWNER = "portal_migrator"
DATABASE = "portal"
SOCKET_LIMIT = 103 if sys.platform == "darwin" else 107  # bytes a socket's path may have
SYSTEM_HOME = Path("/var/lib")


class ClusterError(Exception):
    """The embedded PostgreSQL cannot be made or started; the text says why."""


class AlreadyRunning(ClusterError):
    """Another process runs the portal from this folder. `url` is where it serves, if it has said so."""

    def __init__(self, folder: Path, pid: str, url: str) -> None:
        where = f" and serves on {url}" if url else ""
        who = f" (process {pid})" if pid else ""
        super().__init__(f"The portal already runs from {folder}{who}{where}. Stop it first, or use it.")
        self.url = url


class Cluster:
    """One PostgreSQL server whose data, passwords and log live in one folder.

    Use it as a context manager or by start() and stop(). It listens on a Unix socket only. `owner_url` and
    `url()` are connection strings for psycopg. `runtime` is a short folder for the socket (XDG_RUNTIME_DIR)
    used where the folder's own path is too long for one. `settings` are the server's, on top of ours: with them
    a test that promises something of the server can see itself fail.
    """

    def __init__(
        self,
        folder: Path,
        *,
        preferred: Path | None = None,
        runtime: Path | None = None,
        name: str = "portal",
        system_home: Path = SYSTEM_HOME,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.log = self.folder / "postgresql.log"
        self._name = name
        self._preferred = preferred
        self._runtime = runtime
        self._system_home = system_home
        self._settings = dict(settings or {})
        self._lock = FolderLock(self.folder / "lock")
        self._server: Postmaster | None = None
        self._socket: Path | None = None
        self._passwords: dict[str, str] = {}

    def __enter__(self) -> "Cluster":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # What others connect with

    @property
    def owner_url(self) -> str:
        """For migrations: a role that owns the database and may create roles, yet is no superuser."""
        return self.url(OWNER)

    @property
    def superuser_url(self) -> str:
        """For making databases and breaking things in tests; the product itself never needs it."""
        return self.url(SUPERUSER)

    def url(self, user: str, database: str = DATABASE) -> str:
        """Conninfo for that role and database over the socket."""
        return make_conninfo(
            host=str(self._socket), port=PORT, user=user, password=self.password(user), dbname=database
        )

    def password(self, user: str) -> str:
        """The password kept for that role; made and stored the first time it is asked for."""
        if user not in self._passwords:
            self._passwords[user] = secrets.token_urlsafe(24)
            self._store_passwords()
        return self._passwords[user]

    def serving(self, url: str) -> None:
        """Record where the portal serves, so that a second start can say so."""
        self._lock.say(url)

    # Start and stop

    def start(self) -> None:
        """Start the server, making the cluster first if there is none. Blocks until it answers.

        Raises AlreadyRunning, or another ClusterError with a sentence for whoever started the portal.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock.take()
        except AlreadyLocked as first:
            raise AlreadyRunning(self.folder, first.pid, first.url) from None
        except PermissionError as error:
            raise ClusterError(not_yours(self.folder)) from error
        try:
            self._server = self._prepare()
            self._server.launch(self.url(SUPERUSER, "postgres"))
            self._ensure_database()
            self._give_back()
        except (NoBinaries, NotStarted, NoAccount) as error:
            self.stop()
            raise ClusterError(str(error)) from error
        except PermissionError as error:
            self.stop()
            raise ClusterError(f"{error.filename}: {error.strerror}.") from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server (fast: open transactions are rolled back) and let the folder go."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._socket is not None and not self._socket.is_relative_to(self._home):
            shutil.rmtree(self._socket, ignore_errors=True)
            self._socket = None
        self._give_back()
        self._lock.release()

    def _give_back(self) -> None:
        """What root made in an ordinary account's folder must stay usable by that account."""
        if os.geteuid() != 0:
            return
        owner = self.folder.stat()
        for path in (self.folder / "lock", self.folder / "passwords.json", self.log):
            with contextlib.suppress(FileNotFoundError):
                os.chown(path, owner.st_uid, owner.st_gid)

    def revive(self) -> bool:
        """Start the server again if it has died. True if it had."""
        if self._server is None or not self._server.died:
            return False
        log.warning("PostgreSQL ended unexpectedly: starting it again")
        self._server.launch(self.url(SUPERUSER, "postgres"))
        return True

    # Making the cluster

    def _prepare(self) -> Postmaster:
        self._account = choose_account(self.data)
        self._home = self._reachable_home()
        binaries = find_binaries(self._preferred, self.data)
        if not self._account.reaches(binaries.folder / "postgres"):
            copy = copy_binaries(binaries, self._system_folder())
            _link(self.folder / "binaries", copy.folder)
            binaries = copy
        self._binaries = binaries
        self._load_passwords()
        self._socket = self._socket_folder()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        stop_leftover(self.data)
        return Postmaster(self._account, self._binaries, self.data, self._socket, self.log, self._settings)

    def _reachable_home(self) -> Path:
        """Where data and socket lie: our folder, or as root a place that the server's account can enter."""
        if self._account.reaches(self.folder) and not self.data.is_symlink():
            return self.folder
        home = self._system_folder()
        if not (self.folder / "passwords.json").exists() and (home / "data").exists():
            # Of a folder that was deleted and made anew: nobody has its passwords, yet it may be missed.
            stop_leftover(home / "data")
            (home / "data").rename(home / time.strftime("data-until-%Y%m%d-%H%M%S"))
        _link(self.data, home / "data")
        return home

    def _system_folder(self) -> Path:
        mark = hashlib.sha256(os.fsencode(self.folder.resolve())).hexdigest()[:12]
        folder = self._system_home / f"{self._name}-{mark}"
        folder.mkdir(mode=0o755, exist_ok=True)
        folder.chmod(0o755)
        return folder

    def _socket_folder(self) -> Path:
        own = self._home / "socket"
        if _fits(own):
            return self._account.take(own)
        for base in (self._runtime, Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108
            if base and base.is_dir() and _fits(base / "portal-12345678") and self._account.reaches(base):
                return self._account.take(Path(tempfile.mkdtemp(prefix="portal-", dir=base)))
        raise ClusterError(f"No folder has a path fit for a socket: {own} is too long or has a comma.")

    def _initialise(self) -> None:
        if self.data.resolve().exists():
            raise ClusterError(f"{self.data} holds something that is not a database. Move it away.")
        log.info("Making a new PostgreSQL %s cluster in %s", self._binaries.version, self.data)
        unfinished = self._home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._account.take(unfinished)
        secret = self._account.take(Path(str(self._socket))) / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password(SUPERUSER))
        if self._account.switch:
            os.chown(secret, self._account.uid, self._account.gid)
        basic = [self._binaries.program("initdb"), "-D", str(unfinished), "-U", SUPERUSER, "-E", "UTF8"]
        basic += ["-A", "scram-sha-256", f"--pwfile={secret}", "--data-checksums", "--no-instructions"]
        builtin = ["--locale-provider=builtin"] if self._binaries.major >= 17 else []
        try:
            made = self._run([*basic, *builtin, "--locale=C.UTF-8"])
            if made.returncode and "locale" in made.stderr:  # an older C library without C.UTF-8
                made = self._run([*basic, "--no-locale"])
        finally:
            secret.unlink()
        if made.returncode:
            raise ClusterError(f"PostgreSQL could not make its files in {self._home}: {made.stderr.strip()}")
        unfinished.rename(self._home / "data")

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, check=False, **self._account.options)  # noqa: S603

    # Passwords

    def _load_passwords(self) -> None:
        path = self.folder / "passwords.json"
        if path.exists():
            self._passwords = json.loads(path.read_text())
        elif (self.data / "PG_VERSION").exists():
            raise ClusterError(f"{path} is missing; without it the database in {self.data} cannot be opened.")

    def _store_passwords(self) -> None:
        path = self.folder / "passwords.json"
        handle, draft = tempfile.mkstemp(dir=self.folder, prefix="passwords.")  # 0600 by definition
        with os.fdopen(handle, "w") as file:
            json.dump(self._passwords, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)

    # The database in it

    def _ensure_database(self) -> None:
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            owner = sql.Identifier(OWNER)
            if not connection.execute("select 1 from pg_roles where rolname = %s", [OWNER]).fetchone():
                # Not a superuser: what works here must work with a council's own server too.
                query = sql.SQL("create role {} login createrole password {}")
                connection.execute(query.format(owner, sql.Literal(self.password(OWNER))))
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                query = sql.SQL("create database {} owner {}")
                connection.execute(query.format(sql.Identifier(DATABASE), owner))


def _fits(folder: Path) -> bool:
    """Whether a socket in that folder can be made and named: a comma would separate two hosts."""
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_LIMIT and "," not in str(folder)


def _link(link: Path, target: Path) -> None:
    if not link.is_symlink() or link.readlink() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target)
