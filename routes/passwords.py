"""Passwords: hashing them without taking the machine down, and what makes one good enough."""

import asyncio
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from record.names import fold

HERE = Path(__file__).parent
LEAST, MOST = 12, 200
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "123qweasdzxc",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm", "zaq1xsw2cde3vfr4bgt5nhy6mju7",
        "1qazxsw23edcvfr45tgbnhy67ujm", "qazxswedcvfrtgbnhyujm", "qawsedrftgyhujikolp")  # fmt: skip
WORD = re.compile(r"[^\W\d_]+")
APOSTROPHE = re.compile("['’‘ʼ`´]")
LOOKALIKES = tuple(str.maketrans("0134578@$!|", f"o{one}eastbas{one}{one}") for one in "li")

# Two at a time: each takes 64 MiB and a whole core for a tenth of a second.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


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
    """Whether it is the password of that hash; where there is none (None, or no hash at all) it takes as long."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, stored, password, cheap)


def _verify(stored: str | None, password: str, cheap: bool) -> bool:
    real = bool(stored) and str(stored).startswith("$argon2")
    try:
        return hasher(cheap).verify(str(stored) if real else _nobodys(cheap), _same(password)) and real
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str, cheap: bool) -> bool:
    """Whether it was hashed with less than is right today."""
    return hasher(cheap).check_needs_rehash(stored)


@cache
def _words() -> frozenset[str]:
    """The words of which the commonest passwords are made, and the commonest of those long enough for us, whole."""
    lines = [
        line
        for name in ("common_passwords.txt", "leaked_passwords.txt")
        for line in (HERE / name).read_text(encoding="utf-8").splitlines()
    ]
    return frozenset(" ".join(line for line in lines if not line.startswith("#")).split())


def guessable(plain: str) -> bool:
    """Whether it is among the first that guessers try: at most two common words or runs of keys beside each other,
    whatever figures and signs stand between, and whether figures stand for letters or not.

    `plain` is in lower case and without spaces.
    """
    spelt = (plain, *(plain.translate(letters) for letters in LOOKALIKES))
    none = len(plain) + 3
    pieces = [0] + [none] * len(plain)  # the fewest words and runs that make up the text so far
    for end in range(1, len(plain) + 1):
        if not plain[end - 1].isalpha():
            pieces[end] = pieces[end - 1]
        for start in range(max(0, end - 40), end):
            if pieces[start] + 1 < pieces[end] and (
                _is_run(plain[start:end]) or not _words().isdisjoint(text[start:end] for text in spelt)
            ):
                pieces[end] = pieces[start] + 1
    return pieces[-1] <= 2


def _is_run(text: str) -> bool:
    """Four or more keys in a row, or the same one: ``asdf``, ``4321``, ``aaaa``; or two rows in turn: ``q1w2e3``."""
    return len(text) >= 4 and (_in_a_row(text) or (len(text) >= 6 and _in_a_row(text[::2]) and _in_a_row(text[1::2])))


def _in_a_row(text: str) -> bool:
    return len(set(text)) == 1 or any(text in row or text[::-1] in row for row in ROWS)


def own_part(password: str, username: str, name: str, email: str = "") -> tuple[str, str]:
    """What of a person's own a password holds, and what it is part of; two '' where nothing.

    Accents, capitals and figures that stand for letters make no difference. A part of four letters or more counts
    wherever it stands, a shorter one as a word of its own: the Dan Lee whose password is ``abundant fleece`` has not
    used his name.
    """
    box, _, host = email.partition("@")
    whose = {
        "your name": name,
        "your user name": username,
        "your email address": f"{box} {host.partition('.')[0]}",
    }
    spelt = _same(password).casefold()
    folded = [fold(text) for text in (spelt, *(spelt.translate(letters) for letters in LOOKALIKES))]
    words = {word for text in folded for word in WORD.findall(text)}
    joined = ["".join(text.split()) for text in folded]
    for where, text in whose.items():
        apart = WORD.findall(fold(APOSTROPHE.sub(" ", text)))
        for part in ("".join(apart), *WORD.findall(fold(text)), *apart):
            if any(part in other for other in joined) if len(part) >= 4 else len(part) == 3 and part in words:
                return part, where
    return "", ""


def fault(password: str, username: str, name: str, email: str = "") -> str:
    """Why it is no good as somebody's new password, or ''. Length and guessing count, no kinds of character."""
    plain = "".join(_same(password).casefold().split())
    if len(password) < LEAST:
        return f"Your password must have at least {LEAST} characters. Three random words are a good one."
    if len(password) > MOST:
        return f"Your password can have at most {MOST} characters."
    part, where = own_part(password, username, name, email)
    if part:
        return f"Your password must not contain “{part}”, which is part of {where}."
    if guessable(plain) or len(set(plain)) < 5:
        return "That password is easy to guess. Three random words are a good one."
    return ""
