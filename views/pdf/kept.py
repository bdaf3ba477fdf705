"""PDFs that were made lately, kept in memory so that what has not changed is not made again."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

PASSING = ("printed",)
"""What a document says of its own making: a later one that differs in nothing else is the same."""


class Job(NamedTuple):
    """What a worker is told, and the key of what it makes: the same for the same template and data."""

    key: bytes
    told: bytes


def job_of(template: str, data: Mapping[str, Any]) -> Job:
    """The job of making `template` with `data`, written once. Who may not see some of the data asks with another."""
    lasting = json.dumps([template, {name: value for name, value in data.items() if name not in PASSING}])
    passing = json.dumps({name: data[name] for name in PASSING if name in data})
    return Job(hashlib.sha256(lasting.encode("ascii")).digest(), f"[{lasting}, {passing}]".encode("ascii"))


def read_job(told: bytes) -> tuple[str, dict[str, Any]]:
    """The template and the data of a job."""
    (template, lasting), passing = json.loads(told)
    return template, {**lasting, **passing}


class Kept:
    """At most `most` bytes of PDFs; those that nobody asked for longest go first."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._made: OrderedDict[bytes, bytes] = OrderedDict()

    def get(self, key: bytes) -> bytes | None:
        """The PDF kept under `key`, if it still is."""
        if key not in self._made:
            return None
        self._made.move_to_end(key)
        return self._made[key]

    def put(self, key: bytes, pdf: bytes) -> None:
        """Keep `pdf`, unless it alone is too large."""
        if key in self._made or len(pdf) > self._most:
            return
        self._made[key] = pdf
        self._size += len(pdf)
        while self._size > self._most:
            _, oldest = self._made.popitem(last=False)
            self._size -= len(oldest)
