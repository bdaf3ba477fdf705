"""How much ten people who preview at once slow the saving of a word: ``python -m bench.beside``.

One person writes, field after field, in turns alone and while ten others change a record each and print its preview
again and again, with a pause to look at it. Those ten are a process of their own, as they are people of their own: what
their browsers do is not what the one waits for. Printed: how long a save took, alone and beside them.
"""

import argparse
import asyncio
import itertools
import secrets
import statistics
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import httpx2
import psycopg
from itsdangerous import Signer

from bench.sign_in import SECRET, portal

READERS, MOST = 10, 1.25  # people; how many times as long a save may take beside them


def cookie(db: psycopg.Connection, username: str) -> str:
    """The cookie of somebody who has signed in."""
    token = secrets.token_urlsafe(32)
    db.execute(
        "insert into priv.session (token_hash, person, stage, ends_at, idle)"
        " select %s, person, 'full', now() + interval '1 hour', interval '1 hour'"
        " from priv.account where username = %s",
        [sha256(token.encode()).digest(), username],
    )
    signer = Signer(SECRET, salt="session", key_derivation="hmac", digest_method=sha256)
    return signer.sign(token).decode()


class Window:
    """Somebody with a record open."""

    def __init__(self, url: str, sid: str, record: str) -> None:
        headers = {"Sec-Fetch-Site": "same-origin"}
        self.browser = httpx2.AsyncClient(base_url=url, cookies={"sid": sid}, headers=headers, timeout=60)
        self.record, self.seq, self.version, self.name = record, 0, 0, secrets.token_hex(16)

    async def save(self) -> float:
        """Write in one field; how many seconds until it was acknowledged."""
        self.seq += 1
        value = f"{self.seq} {'a sentence of some words, as people write them. ' * 20}"
        sent = {"value": value, "base": self.version, "client": self.name, "seq": self.seq}
        began = time.perf_counter()
        answer = await self.browser.post(f"/records/{self.record}/fields/views_interests", json=sent)
        taken = time.perf_counter() - began
        self.version = answer.json()["version"]
        if answer.status_code == 409:
            return await self.save()
        return taken

    async def look(self, until: float, pause: float) -> int:
        """Change something, print the preview, look at it; again and again. How many previews there were."""
        made = 0
        await asyncio.sleep(pause * secrets.randbelow(1000) / 1000)  # they do not all press the button at one moment
        while time.time() < until:
            await self.save()
            answer = await self.browser.get(f"/records/{self.record}/report?report=preview")
            made += answer.status_code == 200
            await asyncio.sleep(pause)
        return made


async def reading(url: str, sid: str, records: list[str], seconds: float, pause: float) -> int:
    """Ten people at work for so long; how many previews were made."""
    until = time.time() + seconds
    return sum(await asyncio.gather(*(Window(url, sid, record).look(until, pause) for record in records)))


async def saves(writer: Window, seconds: float) -> list[float]:
    """How long each save took, one after the other, a breath between them."""
    found, until = [], time.time() + seconds
    while time.time() < until:
        found.append(await writer.save())
        await asyncio.sleep(0.1)
    return found


async def measure(
    url: str, sid: str, records: list[str], rounds: int, seconds: float, pause: float
) -> tuple[list[tuple[list[float], list[float]]], int]:
    """For each round the seconds of each save, alone and beside ten who preview; and how many previews were made."""
    writer = Window(url, sid, records[0])
    await writer.save()
    pairs, previews = [], 0
    for _ in range(rounds):
        alone = await saves(writer, seconds)
        readers = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.beside", "--read"),
            *(url, sid, str(seconds + pause + 2), str(pause), *records[1:]),
            cwd=Path(__file__).parent.parent,
            stdout=subprocess.PIPE,
        )
        await asyncio.sleep(pause + 1)
        pairs.append((alone, await saves(writer, seconds)))
        told, _ = await readers.communicate()
        previews += int(told)
    return pairs, previews


def main() -> None:
    """Print both, how many previews were made meanwhile, and whether the promise was kept."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=4)
    asked.add_argument("--seconds", type=float, default=12, help="how long each turn is")
    asked.add_argument("--pause", type=float, default=4, help="seconds somebody looks at a preview")
    asked.add_argument("--read", nargs="+", help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.read:
        url, sid, seconds, pause, *records = options.read
        print(asyncio.run(reading(url, sid, records, float(seconds), float(pause))))
        return
    with portal() as (url, db):
        rows = db.execute(
            "select r.id::text from portal.record r join portal.setting s on s.id = r.setting"
            " where s.name like 'Brentmere%%' order by r.started_at limit %s",
            [READERS + 1],
        ).fetchall()
        records = [row[0] for row in rows]
        pairs, previews = asyncio.run(
            measure(url, cookie(db, "amina"), records, options.rounds, options.seconds, options.pause)
        )
    alone, beside = (list(itertools.chain.from_iterable(turns)) for turns in zip(*pairs, strict=True))
    print("How long the saving of a word takes:")
    for name, found in (("alone", alone), (f"beside {READERS} who preview", beside)):
        ninety = sorted(found)[len(found) * 9 // 10]
        print(f"  {name}: median {statistics.median(found) * 1000:.1f} ms, nine of ten within {ninety * 1000:.1f} ms")
    each = [statistics.median(after) / statistics.median(before) for before, after in pairs]
    times = statistics.median(each)
    verdict = "kept" if times <= MOST else "NOT KEPT"
    turns = ", ".join(f"{one:.2f}" for one in each)
    print(f"  {previews} previews were made; turn by turn a save took {turns} times as long")
    print(f"  {verdict:<9} ten who preview at once slow a save: x{times:.2f} (at most x{MOST:g})")


if __name__ == "__main__":
    main()
