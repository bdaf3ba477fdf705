"""Asks ClamAV's clamd whether a file holds a virus, by its INSTREAM command over a socket.

A scanner that cannot be reached never means "fine": the file waits, and the background work asks again.
"""

import asyncio
import contextlib
import logging
import socket
import struct
from uuid import UUID

from routes.loop import LOOP
from sql import Database
from views import letter

log = logging.getLogger("portal.scan")
CHUNK = 64 << 10
AT_ONCE = 20  # waiting files asked about at each round of the background work


def read_address(text: str) -> str:
    """Where a scanner listens: the path of a socket, ``host:port``, or '' for none. Raises ValueError."""
    host, _, port = text.rpartition(":")
    if text and not text.startswith("/") and not (host and port.isdecimal()):
        raise ValueError("it should be the path of clamd's socket, or host and port, such as localhost:3310")
    return text


class Infected(Exception):
    """The scanner found something; `str()` is its name for it."""


class Unreachable(Exception):
    """The scanner gave no answer that can be relied on."""


class Undecided(Unreachable):
    """The scanner answered, but could not decide on this file, such as one larger than it was set to take."""


class Scanner:
    """`address` is the path of a socket, or ``host:port``."""

    def __init__(self, address: str, seconds: float = 20.0) -> None:
        self._address, self._seconds = address, seconds
        self._told: set[str] = set()

    async def scan(self, content: bytes) -> None:
        """Return when the content is clean. Raises Infected, Unreachable or Undecided."""
        try:
            answer = await asyncio.wait_for(self._ask(content), self._seconds)
        except (OSError, TimeoutError) as error:
            raise Unreachable(type(error).__name__) from error
        if answer == "stream: OK":
            return
        if answer.endswith(" FOUND"):
            raise Infected(answer.removeprefix("stream: ").removesuffix(" FOUND"))
        # once, for whoever runs the scanner to put right: the file is asked about again and again
        if answer not in self._told:
            self._told.add(answer)
            log.warning("the scanner could not decide on a file: %s", answer[:100])
        raise Undecided(answer[:100])

    async def _ask(self, content: bytes) -> str:
        loop = asyncio.get_running_loop()
        with await self._connected() as it:
            # what is larger than it takes it answers in the middle, and hangs up: the answer is there to be read
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                await loop.sock_sendall(it, b"zINSTREAM\0")
                for at in range(0, len(content), CHUNK):
                    piece = content[at : at + CHUNK]
                    await loop.sock_sendall(it, struct.pack("!I", len(piece)) + piece)
                await loop.sock_sendall(it, struct.pack("!I", 0))
            answer = b""
            while not answer.endswith(b"\0"):
                piece = await loop.sock_recv(it, 4096)
                if not piece:
                    raise ConnectionError("it hung up without an answer")
                answer += piece
            return answer[:-1].decode("utf8", "replace").strip()

    async def _connected(self) -> socket.socket:
        if self._address.startswith("/"):
            it = socket.socket(socket.AF_UNIX)
            it.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_connect(it, self._address)
            except BaseException:
                it.close()
                raise
            return it
        host, _, port = self._address.rpartition(":")
        it = await asyncio.to_thread(socket.create_connection, (host, int(port)), self._seconds)
        it.setblocking(False)
        return it


async def again(db: Database, scanner: Scanner, base_url: str) -> None:
    """Ask about the files that still wait; stop where the scanner is away, pass by what it cannot decide on.

    Who brought a file in which it now finds a virus is written to: they were told that the file is in the record.
    """
    asked: list[UUID] = []
    for _ in range(AT_ONCE):
        async with db.writing(LOOP) as q:
            it = await q.document.unscanned(asked=asked)
            if it is None:
                return
            asked.append(it.document)
            try:
                await scanner.scan(bytes(it.content))
                clean = True
            except Infected as found:
                log.warning("a document that waited holds %s", found)
                clean = False
            except Undecided:
                continue
            except Unreachable:
                return
            told = await q.document.scanned(document=it.document, clean=clean)
            if told is not None and told.email:
                link = f"{base_url}/records/{told.record}/documents"
                subject, body = letter("document_infected", reference=told.reference, link=link)
                await q.letter.add(recipient=told.email, subject=subject, body=body)
