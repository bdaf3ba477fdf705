"""Whether the time of an answer tells a known user name from an unknown one: signing in, and a forgotten password.

Starts a portal of its own with real hashes, asks for both kinds in turn, and compares them by their medians and a
rank test (Mann and Whitney).
"""

import base64
import math
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx2
import psycopg

from sql.cluster import Cluster

HERE = Path(__file__).parent.parent
KNOWN = "amina"
SECRET = secrets.token_urlsafe(32)  # of a portal that is only measured
CHANCE = 0.01  # below this, the two are told apart


def rank_test(one: list[float], other: list[float]) -> float:
    """The chance that two samples of the same kind differ so much, two-sided, by the normal approximation."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks = sum(place for place, (_, which) in enumerate(ranked, 1) if which == 0)
    n, m = len(one), len(other)
    z = (ranks - n * (n + m + 1) / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))


def seconds(client: httpx2.Client, path: str, form: dict[str, str]) -> float:
    """How long the answer to that form took."""
    began = time.perf_counter()
    client.post(path, data=form)
    return time.perf_counter() - began


@contextmanager
def portal() -> Iterator[tuple[str, psycopg.Connection]]:
    """The address of a portal with the demo's people, and a connection to empty its buckets with."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name, socket.socket() as probe:
        folder = Path(name)
        folder.chmod(0o755)
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{(port := probe.getsockname()[1])}"
        probe.close()
        with Cluster(folder / "postgres") as cluster:
            environment = {
                **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
                "DATABASE_URL": cluster.url("portal_app"),
                "PORTAL_OWNER_DATABASE_URL": cluster.owner_url,
                "PORTAL_DEMO": "yes",
                "PORTAL_SECRET": SECRET,
                "PORTAL_KEYS": f"1:{base64.b64encode(bytes(32)).decode()}",
                "PORTAL_PORT": str(port),
                "PORTAL_DATA": str(folder / "data"),
            }
            process = subprocess.Popen([sys.executable, "server.py"], cwd=HERE, env=environment)
            try:
                for _ in range(1200):
                    try:
                        httpx2.get(f"{url}/healthz")
                        break
                    except httpx2.TransportError:
                        time.sleep(0.1)
                with psycopg.connect(cluster.url("postgres"), autocommit=True) as db:
                    yield url, db
            finally:
                process.terminate()
                process.wait(20)


def main(rounds: int) -> int:
    """Print both comparisons; 1 where one of them tells the names apart."""
    nobody = (f"nobody.{number}" for number in count(1))
    told = 0
    with portal() as (url, db):
        for what, path, form in (
            ("a wrong password", "/sign-in/password", {"password": "wrong words here"}),
            ("a forgotten password", "/sign-in/forgot", {}),
        ):
            found: dict[bool, list[float]] = {True: [], False: []}
            for turn in range(2 * rounds):
                db.execute("delete from priv.bucket")
                is_known = turn % 2 == 0
                with httpx2.Client(base_url=url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=30) as client:
                    client.post("/sign-in", data={"username": KNOWN if is_known else next(nobody)})
                    found[is_known].append(seconds(client, path, form))
            chance = rank_test(found[True], found[False])
            medians = {which: 1000 * statistics.median(times) for which, times in found.items()}
            verdict = "told apart" if chance < CHANCE else "not told apart"
            print(f"{what}: known {medians[True]:.1f} ms, unknown {medians[False]:.1f} ms, p = {chance:.3f}: {verdict}")
            told |= chance < CHANCE
    return int(told)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
