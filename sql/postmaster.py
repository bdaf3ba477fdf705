"""The server process of the embedded PostgreSQL: launched, waited for, stopped."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg

from sql.account import Account
from sql.binaries import Binaries

log = logging.getLogger("portal.cluster")

PORT = 5432  # only part of the socket's name
# Fast, then at once, then by force; each with the seconds it is given.
STOPS = ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
}


class NotStarted(Exception):
    """The server did not start or stop; the text gives its own last words."""


class Postmaster:
    """A server over one data folder, listening in one socket folder, writing to one log."""

    def __init__(
        self,
        account: Account,
        binaries: Binaries,
        data: Path,
        socket: Path,
        log_file: Path,
        settings: Mapping[str, str],
    ) -> None:
        folders = '"' + str(socket).replace('"', '""') + '"'
        self._command = [binaries.program("postgres"), "-D", str(data.resolve())]
        for name, value in {**SETTINGS, "unix_socket_directories": folders, **settings}.items():
            self._command += ["-c", f"{name}={value}"]
        self._account = account
        self._log = log_file
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def died(self) -> bool:
        return self._server is not None and self._server.poll() is not None

    def launch(self, conninfo: str) -> None:
        """Start, and return when the server answers on that conninfo. Raises NotStarted."""
        # A killed server's last children hold its shared memory for a moment: hence several tries.
        patience = time.monotonic() + 10
        while True:
            with self._log.open("ab") as out:
                written = out.tell()
                self._server = subprocess.Popen(  # noqa: S603
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,  # Ctrl-C is for us: we stop the server when the last save is in
                    **self._account.options,
                )
            if self._answers(self._server, conninfo):
                return
            words = self._last_words(written)
            if time.monotonic() > patience or not ("lock file" in words or "shared memory" in words):
                raise NotStarted(f"PostgreSQL does not start: {words}")
            time.sleep(0.3)

    def _answers(self, server: subprocess.Popen[bytes], conninfo: str) -> bool:
        """True when it answers, False when it ended. Recovery after a crash may take its time."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if server.poll() is not None:
                return False
            try:
                psycopg.connect(conninfo, connect_timeout=5).close()
                return True
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise NotStarted("The passwords kept are not those of the database.") from error
            time.sleep(0.03)
        raise NotStarted(f"PostgreSQL started but does not answer. Its log is {self._log}.")

    def _last_words(self, since: int) -> str:
        with self._log.open("rb") as log_file:
            log_file.seek(since)
            lines = log_file.read().decode(errors="replace").splitlines()
        told = [line.split("  ", 1)[-1] for line in lines if "FATAL" in line or "HINT" in line]
        return " ".join(told[-2:]) or f"see {self._log}"

    def stop(self) -> None:
        """Stop it: open transactions are rolled back, what was committed is on disk."""
        server, self._server = self._server, None
        if server is None:
            return
        for how, patience in STOPS:
            if server.poll() is None:
                server.send_signal(how)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    server.wait(patience)


def stop_leftover(data: Path) -> None:
    """A server whose portal was killed runs on: stop it, so that the next starts with its own settings."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n")[0])
    except (FileNotFoundError, ValueError):
        return
    if not _serves(pid, data):
        # After a restart of the machine the number may be some other process's.
        pid_file.unlink(missing_ok=True)
        return
    log.info("Stopping the PostgreSQL that an earlier run left behind (process %s)", pid)
    for how, patience in STOPS:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not _serves(pid, data):
                return
            time.sleep(0.05)
    raise NotStarted(f"The PostgreSQL left behind by an earlier run does not stop (process {pid}).")


def _serves(pid: int, data: Path) -> bool:
    """Whether that process is a PostgreSQL server of this data folder: it works in it."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cwd").samefile(data)
        except OSError:
            return False
    shown = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return str(data.resolve()) in shown.stdout
