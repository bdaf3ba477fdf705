"""Warm processes that make PDFs: bounded in time, memory and number, without secrets, replaced when lost.

A worker is started with an empty environment and hears only JSON, so neither the server's secrets nor its
objects are within reach of what it renders; it answers only bytes.
"""

import asyncio
import contextlib
import gc
import json
import logging
import os
import queue
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from views.pdf import memory
from views.pdf.kept import Job, Kept, job_of, read_job
from views.pdf.layout import longest

VIEWS = Path(__file__).parent.parent
_READY, _MADE, _FAILED, _TOO_LARGE = b"r", b"m", b"f", b"l"
_START_SECONDS = 60.0
_LARGEST_PDF = 64 << 20
_log = logging.getLogger("portal.paper")


class PaperError(Exception):
    """A document could not be made. `str()` is a sentence for the reader, `detail` a reason for the log."""

    sentence = "The PDF could not be made."

    def __init__(self, detail: str = "", more: str = "") -> None:
        super().__init__(f"{self.sentence} {more}".rstrip())
        self.detail, self.more = detail, more


class PaperBusy(PaperError):
    """More documents are asked for than may wait."""

    sentence = "Many PDFs are being made just now. Wait a minute, then try again."


class PaperTooSlow(PaperError):
    """There was no answer in time; the worker was ended."""

    sentence = (
        "This PDF took too long to make, since much is going on. Nothing you wrote is lost. Try again in some minutes."
    )


class PaperTooLarge(PaperError):
    """There is more text than can be printed with the time and memory that one document may have."""

    sentence = (
        "This record has more text than one PDF can hold. Nothing you wrote is lost. Shorten the longest answers."
    )


class PaperFailed(PaperError):
    """The template, the engine or the worker failed."""

    sentence = "The PDF could not be made. Nothing you wrote is lost. Try again in a minute."


class _WorkerLost(PaperFailed):
    """The process ended without an answer: killed from outside, or by what it was given."""


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, views: Path, memory: int, effort: float) -> None:
        ours, theirs = Pipe(duplex=True)
        try:
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", __name__, str(theirs.fileno()), str(memory), str(effort), str(views)],
                cwd=VIEWS.parent,
                env={},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Ctrl-C is for the server, which then closes its workers. Not a session of its own: Linux would share
                # the processors between sessions, and the worker's niceness would count for nothing.
                process_group=0,
            )
        finally:
            theirs.close()
        self.pipe = ours
        self.ready = False
        self.made = 0
        self.peak = 0

    def ask(self, job: bytes, seconds: float) -> bytes:
        """The PDF for `job`. Raises any PaperError but PaperBusy; then `alive` tells whether it can go on."""
        try:
            if not self.ready:
                if not self.pipe.poll(_START_SECONDS) or self.pipe.recv_bytes() != _READY:
                    self.end()
                    raise PaperFailed("the worker did not start")
                self.ready = True
            # A worker that reads nothing must not hold the server's thread: its pipe may be full.
            sending = threading.Timer(seconds, self.process.kill)
            sending.start()
            try:
                self.pipe.send_bytes(job)
            finally:
                sending.cancel()
            if not self.pipe.poll(seconds):
                self.end()
                raise PaperTooSlow(f"no answer within {seconds:g} seconds")
            answer = self.pipe.recv_bytes(_LARGEST_PDF)
            # What it has to say of the document and of itself comes after it.
            warnings, self.peak = json.loads(self.pipe.recv_bytes()) if answer[:1] == _MADE else ([], 0)
        except (EOFError, OSError) as error:
            self.end()
            raise _WorkerLost(f"the worker ended: {self.process.returncode}") from error
        self.made += 1
        for warning in warnings:
            _log.warning("a document: %s", warning)
        if answer[:1] == _MADE:
            return answer[1:]
        raise (PaperTooLarge if answer[:1] == _TOO_LARGE else PaperFailed)(answer[1:].decode("utf8", "replace"))

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        """Kill the process, wait for it, and close the pipe; harmless when it is gone already."""
        if self.alive:
            self.process.kill()
        self.process.wait()
        self.pipe.close()


class Paper:
    """The pool. `await paper.render("ersa.pdf.html", data)` is all that routes need; `close()` at the end.

    `workers` documents are made at once, `waiting` more may wait; each has `effort` seconds of a processor, `seconds`
    in all once begun, and `memory` bytes of address space. A process is replaced after `lifetime` documents.
    `keeping` is how many bytes of previews stay in memory; for `again` seconds what failed is not tried again.
    Processes start with `start()` or with the first document; templates are read from `views`. The rules of every
    document are in `colour`.
    """

    def __init__(
        self,
        workers: int = 2,
        waiting: int = 20,
        seconds: float = 55.0,  # a proxy waits for a minute
        effort: float = 40.0,
        memory: int = 768 << 20,
        lifetime: int = 500,
        keeping: int = 48 << 20,
        again: float = 60.0,
        views: Path = VIEWS,
        colour: str = "",
    ) -> None:
        self._size, self._seconds, self._effort, self._memory = workers, seconds, effort, memory
        self._lifetime, self._again = lifetime, again
        self._views = views.resolve()
        self.peak = 0  # the most bytes of memory that a document took
        self._look = {"colour": colour} if colour else {}
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="paper")
        self._places = threading.BoundedSemaphore(workers + waiting)
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._all: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._kept = Kept(keeping)
        self._failed: dict[bytes, tuple[float, PaperError]] = {}
        self._making: dict[bytes, asyncio.Task[bytes]] = {}
        self._previewing = asyncio.Semaphore(max(1, workers - 1))

    def start(self) -> None:
        """Start the processes now, so that the first document need not wait for one (about half a second)."""
        while len(self._all) < self._size:
            self._idle.put(self._hire())

    async def render(self, template: str, data: Mapping[str, Any]) -> bytes:
        """The PDF that `template`, a file in views/, makes of `data`: dicts, lists, strings, numbers.

        Raises PaperBusy, PaperTooSlow, PaperTooLarge or PaperFailed, and TypeError when `data` holds anything else.
        """
        return await self._render(job_of(template, {**self._look, **data}), data)

    async def _render(self, job: Job, data: Mapping[str, Any], turn: asyncio.Semaphore | None = None) -> bytes:
        until, before = self._failed.get(job.key, (0.0, None))
        if before and time.monotonic() < until:
            raise type(before)(before.detail, before.more)
        if self._closed or not self._places.acquire(blocking=False):
            raise PaperBusy("closed" if self._closed else "too many waiting")
        try:
            async with turn or contextlib.nullcontext():
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._make, job.told)
        except PaperTooLarge as error:
            most = "; ".join(longest(data))
            more = f"Most of it is in: {most}." if most else ""
            raise self._noted(job.key, PaperTooLarge(error.detail, more)) from error
        except (PaperBusy, _WorkerLost):
            raise
        except PaperError as error:
            self._noted(job.key, error)
            raise
        finally:
            self._places.release()

    def _noted(self, key: bytes, error: PaperError) -> PaperError:
        """`error`, which whoever asks again soon hears at once: it would come again, after as much work."""
        now = time.monotonic()
        self._failed = {known: it for known, it in self._failed.items() if it[0] > now}
        self._failed[key] = now + self._again, error
        return error

    async def preview(self, template: str, data: Mapping[str, Any]) -> bytes:
        """Like `render`, but what has not changed since is not made again, nor twice for two who ask at once.

        Previews leave one worker free, if there are two: what is submitted does not wait for them, and when many are
        asked for at once a processor stays for those who write.
        """
        job = job_of(template, {**self._look, **data})
        known = self._kept.get(job.key)
        if known is not None:
            return known
        making = self._making.get(job.key)
        if making is None:
            making = self._making[job.key] = asyncio.ensure_future(self._render(job, data, self._previewing))
            making.add_done_callback(lambda done: self._finished(job.key, done))
        # One who goes away does not take it from the others.
        return await asyncio.shield(making)

    def _finished(self, key: bytes, making: "asyncio.Task[bytes]") -> None:
        del self._making[key]
        if not making.cancelled() and making.exception() is None:
            self._kept.put(key, making.result())

    def _make(self, job: bytes) -> bytes:
        try:
            return self._ask(job)
        except _WorkerLost:
            # Once more: whoever ended that process may have meant another, or it was idle when it went.
            return self._ask(job)

    def _ask(self, job: bytes) -> bytes:
        # There are as many threads as workers, so an idle one, or the right to start one, is always there.
        try:
            worker = self._idle.get_nowait()
        except queue.Empty:
            worker = self._hire()
        if not worker.alive:
            self._dismiss(worker)
            worker = self._hire()
        try:
            return worker.ask(job, self._seconds)
        finally:
            self.peak = max(self.peak, worker.peak)
            if worker.alive and worker.made < self._lifetime:
                self._idle.put(worker)
            else:
                self._dismiss(worker)
                # The next one warms up while nobody waits for it.
                if not self._closed:
                    self._idle.put(self._hire())

    def _hire(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise PaperBusy("closed")
            worker = _Worker(self._views, self._memory, self._effort)
            self._all.add(worker)
            return worker

    def _dismiss(self, worker: _Worker) -> None:
        with self._lock:
            self._all.discard(worker)
        worker.end()

    def close(self) -> None:
        """End the processes; documents being made fail. May be called twice."""
        with self._lock:
            self._closed = True
            workers, self._all = list(self._all), set()
        for worker in workers:
            worker.process.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in workers:
            worker.end()


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_PDF, _LARGEST_PDF))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _where(error: Exception) -> str:
    """What failed and where; not its message, which may quote the document."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name}, line {last.lineno} of {Path(last.filename).name}"


class _TimeUp(BaseException):
    """A document has taken as much of the processor as it may. No part of the engine holds it back."""


def _time_up(*signalled: Any) -> None:
    raise _TimeUp


def _serve(pipe: Connection, most: int, effort: float, views: Path) -> None:
    """Answer jobs until the server goes away; leave after a document that took all it may, or much of the memory."""
    from xhtml2pdf.config.resources import RenderLimitError

    from views.pdf.render import engine

    render = engine(views)
    # The collector would look through a growing document again and again: it comes once, when one is made.
    gc.collect()
    gc.freeze()
    gc.disable()
    _limit(most)
    os.nice(10)  # whoever saves a word comes first
    signal.signal(signal.SIGPROF, _time_up)
    pipe.send_bytes(_READY)
    while True:
        try:
            template, data = read_job(pipe.recv_bytes())
        except EOFError:
            return
        memory.begin()
        try:
            signal.setitimer(signal.ITIMER_PROF, effort)
            made = render(template, data)
            signal.setitimer(signal.ITIMER_PROF, 0)
            answer = _MADE + made.pdf
        except _TimeUp:
            pipe.send_bytes(_TOO_LARGE + f"more than {effort:g} seconds of work".encode())
            return
        except MemoryError:
            pipe.send_bytes(_TOO_LARGE + b"out of memory")
            return
        except RenderLimitError as error:
            answer = _TOO_LARGE + str(error).encode("utf8", "replace")
        except Exception as error:
            answer = _FAILED + _where(error).encode("utf8", "replace")
        signal.setitimer(signal.ITIMER_PROF, 0)
        pipe.send_bytes(answer)
        if answer[:1] == _MADE:
            pipe.send_bytes(json.dumps([made.warnings, memory.peak()]).encode("ascii"))
        gc.collect()
        if _resident() > most * 0.6:
            return


def _resident() -> int:
    """Bytes in memory now. What getrusage says begins with what the server had when it started this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    os.environ.clear()
    _serve(Connection(int(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
