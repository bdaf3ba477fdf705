"""Checks of numbers and addresses: each takes what was typed and returns it tidied, or says what is wrong."""

import re
import unicodedata

from record.kinds import Refused

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"  # no I, O or S: too like 1, 0 and 5
_POSTCODE = re.compile(
    r"GIR 0AA|ZZ99 \d[A-Z]{2}|"
    r"([A-PR-UWYZ]\d{1,2}|[A-PR-UWYZ][A-HK-Y]\d{1,2}|[A-PR-UWYZ]\d[A-HJKPSTUW]"
    r"|[A-PR-UWYZ][A-HK-Y]\d[ABEHMNPRVWXY]) \d[ABD-HJLNP-UW-Z]{2}",
    re.ASCII,
)


def _plain(typed: str) -> str:
    """Upper case without spaces and hyphens, full-width and other digits as 0 to 9."""
    text = unicodedata.normalize("NFKC", typed).upper()
    text = re.sub(r"[\s‐‑–—-]", "", text)
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in text)


def _digits(typed: str, name: str, length: int) -> str:
    number = _plain(typed)
    if not re.fullmatch(r"[0-9]+", number):
        raise Refused(f"{name} is made of digits only.")
    if len(number) != length:
        raise Refused(f"{name} has {length} digits; this has {len(number)}.")
    return number


def upn(typed: str) -> str:
    """A unique pupil number: check letter, local authority, establishment, year, serial.

    The letter is checked as the Department for Education lays down (rules 1510, 1540, 1550). The authority's
    number is not: new ones are added when councils merge.
    """
    number = _plain(typed)
    if len(number) != 13:
        raise Refused(f"A UPN has 13 characters; this has {len(number)}.")
    if re.search("[IOS]", number):
        raise Refused("The letters I, O and S are never used in a UPN. Look for a 1, a 0 or a 5.")
    if not re.fullmatch(r"[A-Z][0-9]{11}[0-9A-Z]", number):
        raise Refused("A UPN is a letter, then 12 digits (the last may be a letter if it is temporary).")
    values = [int(c) if c.isdigit() else UPN_LETTERS.index(c) for c in number[1:]]
    letter = UPN_LETTERS[sum(place * value for place, value in enumerate(values, 2)) % 23]
    if number[0] != letter:
        raise Refused(f"The check letter of this UPN should be {letter}, not {number[0]}. Look for a typing mistake.")
    return number


def uln(typed: str) -> str:
    """A unique learner number: ten digits, the last of them a check digit modulo 11."""
    number = _digits(typed, "A ULN", 10)
    remainder = sum(int(d) * weight for d, weight in zip(number[:9], range(10, 1, -1), strict=True)) % 11
    if remainder == 0 or int(number[9]) != 10 - remainder:
        raise Refused("This is not a ULN: its last digit does not fit the others. Look for a typing mistake.")
    return number


def nhs_number(typed: str) -> str:
    """An NHS number, written 943 476 5919; its last digit checks the others modulo 11."""
    number = _digits(typed, "An NHS number", 10)
    check = 11 - sum(int(d) * weight for d, weight in zip(number[:9], range(10, 1, -1), strict=True)) % 11
    if int(number[9]) != check % 11 or check == 10:
        raise Refused("This is not an NHS number: its last digit does not fit the others. Look for a typing mistake.")
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def postcode(typed: str) -> str:
    """A United Kingdom postcode in upper case with its space; ZZ99 3VZ (no fixed abode) is one too."""
    text = _plain(typed)
    text = f"{text[:-3]} {text[-3:]}"
    if not _POSTCODE.fullmatch(text):
        raise Refused("This is not a United Kingdom postcode. One looks like W5 2HL or UB1 3HW.")
    return text


def email(typed: str) -> str:
    """An email address: something, one @, a domain with a dot. Whether it exists is not asked."""
    text = unicodedata.normalize("NFC", typed).strip()
    if re.search(r"\s", text):
        raise Refused("An email address has no spaces. Only one address fits here.")
    if text.count("@") != 1:
        raise Refused("An email address has one @, for example name@school.example.")
    name, domain = text.split("@")
    parts = domain.split(".")
    if not name or len(parts) < 2 or not all(parts) or re.search(r'[<>()\[\],;:"\\]', text):
        raise Refused("This is not an email address. One looks like name@school.example.")
    if len(text) > 254:
        raise Refused("An email address can be 254 characters long at most.")
    return text


def phone(typed: str) -> str:
    """A telephone number as it is read out, perhaps with an extension: 020 8825 6910 ext 12."""
    text = " ".join(unicodedata.normalize("NFKC", typed).split())
    number, _, extension = re.sub(r"\b(extension|ext\.?|x)\s*", "x", text.lower()).partition("x")
    if re.search(r"[^\d\s()+./‐‑–—-]", number) or not re.fullmatch(r"\d{0,6}", extension.strip()):
        raise Refused("Write only the number here, for example 020 8825 6910. Put remarks elsewhere.")
    count = sum(c.isdecimal() for c in number)
    if not 7 <= count <= 15:
        raise Refused(f"A telephone number with its area code has 7 to 15 digits; this has {count}.")
    return text


def urn(typed: str) -> str:
    """A school's unique reference number: six digits, or EY and six digits for an early years provider."""
    number = _plain(typed)
    if not re.fullmatch(r"(EY)?[0-9]{6}", number):
        raise Refused("A URN has six digits, for example 101899. An early years number begins with EY.")
    return number
