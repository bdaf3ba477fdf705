"""Passwords: hashing them without taking the machine down, and what makes one good enough."""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST, MOST = 12, 200

# Two at a time: each takes 64 MiB and a whole core for a tenth of a second.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
# Longer ones of the lists of passwords that are tried first, and our own words; compared without spaces and case.
_COMMON = frozenset((
    "123456789012", "1234567890123", "1q2w3e4r5t6y", "1qaz2wsx3edc", "abcdefghijkl", "administrator", "changeme1234",
    "correcthorsebatterystaple", "ealingcouncil", "iloveyou1234", "letmein12345", "password1234", "password12345",
    "password123456", "passwordpassword", "qwerty123456", "qwertyqwerty", "qwertyuiop12", "qwertyuiop123",
    "qwertyuiopasdfghjkl", "sendportal123", "senco1234567", "welcome12345", "welcomewelcome",
))  # fmt: skip


@cache
def hasher(cheap: bool) -> PasswordHasher:
    """Argon2id: 64 MiB, two passes, one lane. The cheap one is for tests."""
    if cheap:
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHasher(time_cost=2, memory_cost=65536, parallelism=1)


@cache
def _nobodys(cheap: bool) -> str:
    """The hash an unknown user name's password is compared with, so that it takes the same time."""
    return hasher(cheap).hash("the password of nobody at all")


def _same(password: str) -> str:
    """One spelling for what looks the same, whatever keyboard typed it (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


async def hashed(password: str, cheap: bool) -> str:
    """The password as it is stored."""
    return await asyncio.get_running_loop().run_in_executor(_threads, hasher(cheap).hash, _same(password))


async def matches(stored: str | None, password: str, cheap: bool) -> bool:
    """Whether it is the password of that hash; with None it takes as long and is not."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, stored, password, cheap)


def _verify(stored: str | None, password: str, cheap: bool) -> bool:
    try:
        return hasher(cheap).verify(stored or _nobodys(cheap), _same(password)) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str, cheap: bool) -> bool:
    """Whether it was hashed with less than is right today."""
    return hasher(cheap).check_needs_rehash(stored)


def fault(password: str, username: str, name: str) -> str:
    """Why it is no good as somebody's new password, or ''. Length and guessing count, no kinds of character."""
    plain = "".join(_same(password).casefold().split())
    own = [part for part in (username, *name.split()) if len(part) >= 3]
    if len(password) < LEAST:
        return f"Your password must have at least {LEAST} characters. Three random words are a good one."
    if len(password) > MOST:
        return f"Your password can have at most {MOST} characters."
    if any(_same(part).casefold() in plain for part in own):
        return "Your password must not contain your name or your user name."
    if plain in _COMMON or len(set(plain)) < 5:
        return "That password is easy to guess. Three random words are a good one."
    return ""
