"""Pages that save as autosave.js does, all at once, and the bookkeeping that no acknowledged word is missing."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

import httpx2
import psycopg

LOST = 0.08  # of all answers: they get lost on their way back, so the save is sent again although it was written
BUSY = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Ack:
    """One save the server acknowledged: the words, where they stand, and under which version if it said so."""

    field: str
    value: str
    state: str
    version: int


@dataclass
class Page:
    """One open window: its own name, the version of each field it knows, and how it sends again.

    ``fresh``: a repeated save gets a new number, as autosave.js does; otherwise it is the very same request again.
    """

    browser: httpx2.AsyncClient
    record: str
    fields: list[str]
    fresh: bool
    lost: float = LOST
    client: str = field(default_factory=lambda: uuid4().hex)
    versions: dict[str, int] = field(default_factory=dict)
    acks: list[Ack] = field(default_factory=list)
    conflicts: int = 0
    repeated: int = 0
    seq: int = 0
    numbers: Any = field(default_factory=lambda: count(1))

    async def open(self) -> None:
        """Load the page: the versions of its fields."""
        for name in self.fields:
            found = (await self.browser.get(f"/records/{self.record}/fields/{name}")).json()
            self.versions[name] = found["version"]

    async def type_until(self, stop: asyncio.Event) -> None:
        """Write in one field after another; each save is acknowledged before the next begins."""
        while not stop.is_set():
            await self.save(
                random.choice(self.fields), f"{self.client} {next(self.numbers)} ਪੰਜਾਬੀ 🌊 {'word ' * 40}end"
            )
            await asyncio.sleep(random.uniform(0.01, 0.08))

    async def save(self, name: str, value: str) -> Ack:
        """Send until it is acknowledged; in a conflict choose “keep mine”, as a person would."""
        self.seq += 1
        while True:
            status, told = await self._send(name, value)
            if status == 200:
                self.versions[name] = told["version"]
                ack = Ack(name, value, told["state"], told["version"])
                self.acks.append(ack)
                return ack
            if status == 409:
                self.conflicts += 1
                self.versions[name] = told["version"]
                self.seq += 1
                continue
            assert status in BUSY or not status, f"a save was answered {status}: {told}"
            self.repeated += 1
            self.seq += self.fresh
            await asyncio.sleep(random.uniform(0.05, 0.25))

    async def _send(self, name: str, value: str) -> tuple[int, dict[str, Any]]:
        sent = {"value": value, "base": self.versions.get(name, 0), "client": self.client, "seq": self.seq}
        try:
            answer = await self.browser.post(
                f"/records/{self.record}/fields/{name}", json=sent, headers={"X-Autosave": "1"}
            )
            return (0, {}) if random.random() < self.lost else (answer.status_code, answer.json())
        except (httpx2.TransportError, ValueError):
            return 0, {}  # no answer, or one cut short


@dataclass(frozen=True)
class Kept:
    """What the database holds of one record: history, the answers of today, and the trail's notes of them."""

    history: list[tuple[str, str, int, str, str, int]]  # entry, field, version, value, client, seq
    current: list[tuple[str, str, int, str]]
    trail: list[tuple[str, str, int]]


def kept(connection: psycopg.Connection[Any], record: str) -> Kept:
    def rows(query: str) -> list[Any]:
        return connection.execute(query.encode(), {"record": record}).fetchall()

    return Kept(
        rows("select entry::text, field, version, value, client, seq from portal.history where record = %(record)s"),
        rows("select entry::text, field, version, value from portal.answer where record = %(record)s"),
        rows(
            """select entry::text, field, (detail ->> 'version')::int from audit.event
               where record = %(record)s and action in ('answer.insert', 'answer.update')"""
        ),
    )


def faults(acks: Iterable[Ack], it: Kept) -> list[str]:
    """Everything that is not as it was promised; empty when no word was lost."""
    found = []
    texts = {(name, value) for _, name, _, value, _, _ in it.history}
    at_version = {(name, version): value for _, name, version, value, _, _ in it.history}
    for ack in acks:
        if (ack.field, ack.value) not in texts:
            found.append(f"lost: {ack.field} was acknowledged as {ack.state}, version {ack.version}: {ack.value[:60]}")
        elif ack.state != "superseded" and at_version.get((ack.field, ack.version)) != ack.value:
            found.append(f"wrong: version {ack.version} of {ack.field} is not the text that was acknowledged under it")
    versions: dict[tuple[str, str], dict[int, str]] = {}
    for entry, name, version, value, _, _ in it.history:
        versions.setdefault((entry, name), {})[version] = value
    for place, texts_by_version in versions.items():
        if sorted(texts_by_version) != list(range(1, len(texts_by_version) + 1)):
            found.append(f"gap: the versions of {place[1]} are {sorted(texts_by_version)}")
    newest = {place: (max(them), them[max(them)]) for place, them in versions.items()}
    if newest != {(entry, name): (version, value) for entry, name, version, value in it.current}:
        found.append("the answers of today are not the newest of the history")
    steps = Counter((entry, name, client, seq) for entry, name, _, _, client, seq in it.history if ":" in client)
    found += [f"twice: step {step} was written {times} times" for step, times in steps.items() if times > 1]
    if Counter((entry, name, version) for entry, name, version, *_ in it.history) != Counter(it.trail):
        found.append("the audit trail does not have one note for each version")
    return found
