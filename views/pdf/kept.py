"""PDFs that were made lately, kept in memory so that what has not changed is not made again."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

PASSING = ("printed",)
"""What a document says of its own making: a later one that differs in nothing else is the same."""


def made_of(template: str, data: Mapping[str, Any]) -> bytes:
    """A key that is the same for the same template and data. Who may not see some of the data asks with another."""
    lasting = {name: value for name, value in data.items() if name not in PASSING}
    return hashlib.sha256(json.dumps([template, lasting], sort_keys=True).encode("ascii")).digest()


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
