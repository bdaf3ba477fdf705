"""Authenticator codes (TOTP, RFC 6238): secrets, their encryption at rest, the QR code, and checking a code."""

import base64
import binascii
import contextlib
import hmac
import io
import os
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import sha256

import pyotp
import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PERIOD = 30  # seconds a code is shown


class Unreadable(Exception):
    """The stored secret was not encrypted for this person, or not with a key we have."""


def new_seed() -> bytes:
    """A fresh secret of 160 bits, the size RFC 4226 recommends."""
    return secrets.token_bytes(20)


def read_keys(text: str) -> dict[int, bytes]:
    """The setting PORTAL_KEYS, ``2:base64,1:base64``: the first key encrypts, all decrypt. Raises ValueError."""
    keys: dict[int, bytes] = {}
    for part in filter(None, text.split(",")):
        number, _, key = part.strip().partition(":")
        with contextlib.suppress(ValueError, binascii.Error):
            keys[int(number)] = base64.b64decode(key, validate=True)
        if not number.isdecimal() or not 0 < int(number) < 256 or len(keys.get(int(number), b"")) != 32:
            keys = {}
            break
    if not keys:
        raise ValueError(
            "PORTAL_KEYS should be numbered keys of 32 bytes in base64, such as 1:AAAA…=; they protect secrets."
        )
    return keys


def seal(seed: bytes, person: int, keys: Mapping[int, bytes]) -> bytes:
    """Encrypted with the first key: its number in one byte, 12 random bytes, AES-256-GCM.

    It opens for this person only: copied to another account it is worthless.
    """
    number, key = next(iter(keys.items()))
    nonce = os.urandom(12)
    return bytes([number]) + nonce + AESGCM(key).encrypt(nonce, seed, _whose(person))


def unseal(sealed: bytes, person: int, keys: Mapping[int, bytes]) -> bytes:
    """The secret again. Raises Unreadable."""
    key = keys.get(sealed[0]) if sealed else None
    if key is None:
        raise Unreadable("The key that an authenticator's secret was encrypted with is not among PORTAL_KEYS.")
    try:
        return AESGCM(key).decrypt(sealed[1:13], sealed[13:], _whose(person))
    except InvalidTag as error:
        raise Unreadable("An authenticator's secret is not this person's, or its key has changed.") from error


def _whose(person: int) -> bytes:
    return f"totp|{person}".encode()


def spelt(seed: bytes) -> str:
    """The secret as authenticator apps take it: base 32, without padding."""
    return base64.b32encode(seed).decode().rstrip("=")


def in_fours(seed: bytes) -> str:
    """The secret for typing by hand: four letters at a time."""
    text = spelt(seed)
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address(seed: bytes, username: str, issuer: str) -> str:
    """The otpauth address that the QR code holds."""
    return pyotp.TOTP(spelt(seed)).provisioning_uri(name=username, issuer_name=issuer)


def picture(text: str) -> bytes:
    """A QR code as SVG, with the quiet edge that cameras need."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        scale=6,
        border=4,
        dark="#0b0c0c",
        light="#ffffff",
        xmldecl=False,
        svgns=True,
        nl=False,
    )
    return out.getvalue()


def code_at(seed: bytes, step: int) -> str:
    """The six figures of that time step."""
    return pyotp.TOTP(spelt(seed)).generate_otp(step)


def digits(typed: str) -> str:
    """What was typed without spaces and dashes, in any script's figures; '' unless it is six figures."""
    kept = "".join(ch for ch in unicodedata.normalize("NFKC", typed) if not ch.isspace() and ch not in "-–")
    if len(kept) != 6 or not all(ch.isdecimal() for ch in kept):
        return ""
    return "".join(str(unicodedata.decimal(ch)) for ch in kept)


RECOVERY = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no letter that looks like a figure
LENGTH = 24  # characters of five bits each: 120 bits


def new_recovery() -> str:
    """A recovery code, in fours: ``7Q2M-…``."""
    text = "".join(secrets.choice(RECOVERY) for _ in range(LENGTH))
    return "-".join(text[at : at + 4] for at in range(0, LENGTH, 4))


def recovery(typed: str) -> str:
    """A recovery code as it is stored, however it was typed; '' where it cannot be one."""
    text = unicodedata.normalize("NFKC", typed).upper().translate(str.maketrans("OIL", "011"))
    kept = "".join(ch for ch in text if not ch.isspace() and ch not in "-–‐")
    return kept if len(kept) == LENGTH and set(kept) <= set(RECOVERY) else ""


def recovery_hash(typed: str) -> bytes:
    """What the database knows a recovery code by; 120 random bits need no slow hash."""
    return sha256(b"recovery|" + recovery(typed).encode()).digest()


def step_of_any(code: str, seeds: Iterable[bytes], seconds: float, drift: int) -> int | None:
    """Which time step the code belongs to, with any of these secrets; None if to none."""
    found = [step for seed in seeds if (step := step_of(code, seed, seconds, drift)) is not None]
    return max(found, default=None)


def step_of(code: str, seed: bytes, seconds: float, drift: int) -> int | None:
    """Which time step near `seconds` since 1970 the code belongs to, `drift` steps either way; None if to none."""
    now = int(seconds) // PERIOD
    near = [step for step in range(now - drift, now + drift + 1) if hmac.compare_digest(code_at(seed, step), code)]
    return near[-1] if near else None
