"""Which account the embedded PostgreSQL runs as, since it refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNPRIVILEGED = ("postgres", "nobody")

# Nothing of the starter's environment reaches the server: PGPORT or LC_ALL would change how it runs.
ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}


class NoAccount(Exception):
    """There is no account the server may run as; the text says why."""


@dataclass(frozen=True)
class Account:
    """An account of this machine. `switch` is true where we, as root, change to it."""

    name: str
    uid: int
    gid: int
    switch: bool

    @property
    def options(self) -> dict[str, Any]:
        """For subprocess: run as this account, with nothing inherited from the starter."""
        options: dict[str, Any] = {"env": ENVIRONMENT, "cwd": "/", "umask": 0o077}
        if self.switch:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def reaches(self, path: Path, how: str = "-x") -> bool:
        """Whether this account passes `test <how> path`: -x to enter or run, -w to write."""
        if not self.switch:
            return os.access(path, os.X_OK if how == "-x" else os.W_OK)
        asked = subprocess.run(  # noqa: S603
            ["/bin/sh", "-c", f'test {how} "$1"', "sh", str(path)], check=False, **self.options
        )
        return asked.returncode == 0

    def take(self, path: Path) -> Path:
        """Make a folder that only this account (and root) can enter."""
        path.mkdir(mode=0o700, exist_ok=True)
        if self.switch and path.stat().st_uid != self.uid:
            os.chown(path, self.uid, self.gid)
        path.chmod(0o700)
        return path


def choose_account(data: Path) -> Account:
    """The account to run as: one's own, or as root the owner of the data, else postgres, else nobody.

    Raises NoAccount where the data belongs to somebody else, or root finds nobody to be.
    """
    me = os.geteuid()
    found = data.stat() if data.exists() else None
    owner = found.st_uid if found else None
    if me != 0:
        if owner not in (None, me):
            raise NoAccount(not_yours(data))
        return Account(_name(me), me, os.getegid(), switch=False)
    if found and owner:
        return Account(_name(owner), owner, found.st_gid, switch=True)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid, switch=True)
    raise NoAccount("PostgreSQL does not run as root, and there is no account postgres or nobody here.")


def not_yours(path: Path) -> str:
    """The sentence for whoever starts the portal on another account's folder."""
    while not path.exists():
        path = path.parent
    owner = _name(path.stat().st_uid)
    return f"{path} belongs to {owner}. Start the portal as {owner}, or from a folder of your own."


def _name(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid or 0).pw_name
    except KeyError:
        return f"account {uid}"
