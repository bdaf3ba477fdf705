"""One portal at a time in a folder: whoever comes second is told about the first."""

import fcntl
import os
from pathlib import Path


class AlreadyLocked(Exception):
    """Another process holds the folder. `pid` and `url` are what it has said of itself, perhaps nothing."""

    def __init__(self, pid: str, url: str) -> None:
        super().__init__(pid, url)
        self.pid = pid
        self.url = url


class FolderLock:
    """The lock file of a folder. The kernel lets go of it when its process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None
        # A forked child that outlives us must not keep the folder locked.
        os.register_at_fork(after_in_child=self._close)

    def take(self) -> None:
        """Raises AlreadyLocked, or PermissionError where the folder is another account's and free."""
        refusal: PermissionError | None = None
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except PermissionError as error:
            refusal = error
            handle = os.open(self._path, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, url, *_ = (os.pread(handle, 1000, 0).decode() + "\n\n").split("\n")
            os.close(handle)
            raise AlreadyLocked(pid, url) from None
        if refusal:
            os.close(handle)
            raise refusal
        self._handle = handle
        self.say("")

    def say(self, url: str) -> None:
        """Note where we serve, for whoever comes second."""
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"{os.getpid()}\n{url}\n".encode(), 0)

    def release(self) -> None:
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
        self._close()

    def _close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
