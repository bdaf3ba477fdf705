"""Takes in the files people bring: each is looked through in a process of its own, within limits of time and memory."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from views.pdf.convert import WORD_SECONDS
from views.pdf.unfit import WORDS

ROOT = Path(__file__).parent.parent.parent
SECONDS = 25.0
AT_ONCE = 2
ENDING = 200  # times a hundredth of a second


class Refused(Exception):
    """The file is not taken; `str()` is a sentence for the person, with what to do instead.

    `peak` is how many bytes of memory it took to find out, 0 where the process was ended before it could say.
    """

    def __init__(self, sentence: str, peak: int = 0) -> None:
        super().__init__(sentence)
        self.peak = peak


@dataclass(frozen=True)
class Taken:
    """A file that is kept. `made_from` is what it was before it became a PDF: '', 'photograph', 'Word document'.

    `peak` is how many bytes of memory it took to look through it.
    """

    content: bytes
    pages: int
    made_from: str
    peak: int = 0


class Intake:
    """`await intake.take(content, most=3_000_000)`; at most a few files are looked through at once."""

    def __init__(self, at_once: int = AT_ONCE, seconds: float = SECONDS, word_seconds: float = WORD_SECONDS) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._seconds, self._word_seconds = seconds, word_seconds

    async def take(self, content: bytes, most: int) -> Taken:
        """The file as it is kept, `most` bytes at most. Raises Refused."""
        async with self._places:
            answer, made = await self._ask(content)
        if reason := answer.get("reason"):
            raise Refused(WORDS[reason], answer.get("peak", 0))
        taken = Taken(made if answer["made_from"] else content, answer["pages"], answer["made_from"], answer["peak"])
        if len(taken.content) > most:
            raise Refused(
                "As a PDF this file would be larger than the portal takes. Make it smaller and bring it again.",
                taken.peak,
            )
        return taken

    async def _ask(self, content: bytes) -> tuple[dict, bytes]:
        # what is left lying when it has to be ended lies here, and goes
        with tempfile.TemporaryDirectory(prefix="portal-intake-", ignore_cleanup_errors=True) as folder:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "views.pdf.check",
                cwd=ROOT,
                env={"TMPDIR": folder},  # none of the server's secrets
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
            seconds = self._word_seconds if content.startswith(b"PK\x03\x04") else self._seconds
            try:
                out, _ = await asyncio.wait_for(child.communicate(content), seconds)
            except TimeoutError:
                return {"reason": "slow"}, b""
            finally:
                await _end(child)
        head, _, made = out.partition(b"\n")
        try:
            return json.loads(head), made
        except ValueError:
            # it was ended: by its limit of time, or it took more memory than it may have
            return {"reason": "slow"}, b""


async def _end(child: asyncio.subprocess.Process) -> None:
    """End it and everything it started: LibreOffice is three programs, of which only the first is its child."""
    for _ in range(ENDING):
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # none left; or one that only waits to be cleared away
            break
        await asyncio.sleep(0.01)
    await child.wait()
