"""A line between browser and portal that can be made bad: slow, cut off, lost on the way back."""

import asyncio
import json
import threading
from contextlib import suppress
from typing import Any

BACKLOG = 2**22  # bytes of a line the proxy reads at most
REASON = {429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}


class Line:
    """Passes every request on to ``port`` and its answer back. The faults strike saves of fields only.

    ``before`` and ``after``: seconds that the next saves wait on their way there, and back; one that the
    browser gives up on its way there never arrives. ``instead``: statuses
    the next saves are answered with, without reaching the portal. ``lost``: how many answers get lost although the
    portal has stored the text. ``cut``: how many arrive with their end missing. ``saves``: every save so far, as
    {"key", "value", "seq", "status", "state"}.
    """

    def __init__(self, port: int) -> None:
        self.target = port
        self.mend()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        """A good line again, with nothing noted."""
        self.before: list[float] = []
        self.after: list[float] = []
        self.instead: list[int] = []
        self.lost = self.cut = 0
        self.saves: list[dict[str, Any]] = []
        self.background: list[str] = []

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._answer, "127.0.0.1", 0, limit=BACKLOG))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            names = {
                line.split(b":", 1)[0].lower(): line.split(b":", 1)[1].strip() for line in head.splitlines()[1:] if line
            }
            body = await reader.readexactly(int(names.get(b"content-length", 0)))
            method, path, _ = head.split(b" ", 2)
            if b"x-background" in names:
                self.background.append(path.decode())
            if method == b"POST" and b"/fields/" in path and not path.endswith(b"/restore"):
                writer.write(await self._save(path.decode(), head, body, reader))
            else:
                writer.write(await self._pass(head, body))
            await writer.drain()
        writer.close()

    async def _save(self, path: str, head: bytes, body: bytes, reader: asyncio.StreamReader) -> bytes:
        sent = json.loads(body)
        note = {"key": path.rsplit("/", 1)[1], "value": sent["value"], "seq": sent["seq"], "status": 0, "state": ""}
        self.saves.append(note)
        if self.before:
            await asyncio.sleep(self.before.pop(0))
            if reader.at_eof():
                raise ConnectionError("the browser gave up before the save was through")
        if self.instead:
            note["status"] = status = self.instead.pop(0)
            return f"HTTP/1.1 {status} {REASON[status]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        wait = self.after.pop(0) if self.after else 0
        answer = await self._pass(head, body)
        note["status"] = int(answer.split(b" ", 2)[1])
        with suppress(ValueError):
            note["state"] = json.loads(answer.partition(b"\r\n\r\n")[2]).get("state", "")
        await asyncio.sleep(wait)
        if self.lost:
            self.lost -= 1
            return b""
        if self.cut:
            self.cut -= 1
            return answer[:-20]
        return answer

    async def _pass(self, head: bytes, body: bytes) -> bytes:
        lines = [
            line for line in head.split(b"\r\n") if not line.lower().startswith((b"connection:", b"accept-encoding:"))
        ]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target)
        writer.write(b"\r\n".join(lines[:-2]) + b"\r\nConnection: close\r\n\r\n" + body)
        answer = await reader.read()
        writer.close()
        return answer
