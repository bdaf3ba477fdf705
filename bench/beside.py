"""How much ten people who preview at once slow the saving of a word: ``python -m bench.beside``.

One person writes, field after field, first alone, then while ten others change a record each and print its preview
again and again, with a pause to look at it. Printed: how long a save took, alone and beside them.
"""

import asyncio
import secrets
import statistics
import time
from hashlib import sha256

import httpx2
import psycopg
from itsdangerous import Signer

from bench.sign_in import SECRET, portal

READERS, SAVES, PAUSE = 10, 150, 4.0  # people, saves each way, seconds they look at a preview


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

    async def look(self, until: asyncio.Event) -> None:
        """Change something, print the preview, look at it; again and again."""
        while not until.is_set():
            await self.save()
            answer = await self.browser.get(f"/records/{self.record}/report?report=preview")
            if answer.status_code == 200:
                PREVIEWS.append(len(answer.content))
            await asyncio.sleep(PAUSE)


PREVIEWS: list[int] = []


async def measure(url: str, sid: str, records: list[str]) -> tuple[list[float], list[float]]:
    """The seconds of each save: alone, and beside ten who preview."""
    writer, *readers = (Window(url, sid, record) for record in records)

    async def saves() -> list[float]:
        found = []
        for _ in range(SAVES):
            found.append(await writer.save())
            await asyncio.sleep(0.1)
        return found

    await writer.save()
    alone = await saves()
    until = asyncio.Event()
    looking = [asyncio.create_task(reader.look(until)) for reader in readers]
    await asyncio.sleep(3)
    beside = await saves()
    until.set()
    await asyncio.gather(*looking)
    return alone, beside


def main() -> None:
    """Print both, and how many previews were made meanwhile."""
    with portal() as (url, db):
        rows = db.execute(
            "select r.id::text from portal.record r join portal.setting s on s.id = r.setting"
            " where s.name like 'Brentmere%%' order by r.started_at limit %s",
            [READERS + 1],
        ).fetchall()
        alone, beside = asyncio.run(measure(url, cookie(db, "amina"), [row[0] for row in rows]))
    for name, found in (("alone", alone), (f"beside {READERS} who preview", beside)):
        ninety = sorted(found)[len(found) * 9 // 10]
        print(f"{name}: median {statistics.median(found) * 1000:.1f} ms, nine of ten within {ninety * 1000:.1f} ms")
    times = statistics.median(beside) / statistics.median(alone)
    print(f"{len(PREVIEWS)} previews were made; a save took {times:.2f} times as long")


if __name__ == "__main__":
    main()
