"""The portal's cookies: each is signed, none can be read by a script, and each says only what it must."""

import hmac
import json
from hashlib import sha256
from typing import Any

from itsdangerous import BadData, Signer, URLSafeTimedSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from record.people import as_username

SIGNING_IN = 10 * 60  # seconds between giving a user name and giving the password
SETTING_PASSWORD = 30 * 60  # seconds between following a mailed link and choosing the password
KNOWN_DEVICE = 180 * 24 * 3600  # seconds a browser stays known to have signed somebody in


def _secure(request: HTTPConnection) -> bool:
    return bool(request.app.state.settings.base_url.startswith("https:"))


def _name(request: HTTPConnection, name: str) -> str:
    # A browser takes a __Host- cookie only over https, and then from nobody but this very host.
    return f"__Host-{name}" if _secure(request) else name


def _set(request: HTTPConnection, response: Response, name: str, value: str, age: int | None = None) -> None:
    # Lax rather than Strict: a link in a letter opens the record instead of asking to sign in again. Forged
    # posts are refused by the guard.
    response.set_cookie(
        _name(request, name), value, age, path="/", secure=_secure(request), httponly=True, samesite="lax"
    )


def _drop(request: HTTPConnection, response: Response, name: str) -> None:
    response.delete_cookie(_name(request, name), secure=_secure(request), httponly=True, samesite="lax")


def token_hash(token: str) -> bytes:
    """What the database knows a session's token by."""
    return sha256(token.encode()).digest()


def session_token(request: HTTPConnection) -> str:
    """The token of the session cookie, or '' where there is none or it was not signed by us."""
    try:
        return _signer(request).unsign(request.cookies.get(_name(request, "sid"), "")).decode()
    except (BadData, UnicodeError):
        return ""


def give_session(request: HTTPConnection, response: Response, token: str) -> None:
    """Hand out a session's token. The cookie ends with the browser; the session's own end is in the database."""
    _set(request, response, "sid", _signer(request).sign(token).decode())


def drop_session(request: HTTPConnection, response: Response) -> None:
    """Take the session cookie away."""
    _drop(request, response, "sid")


def _signer(request: HTTPConnection) -> Signer:
    return Signer(request.app.state.settings.secret, salt="session", key_derivation="hmac", digest_method=sha256)


def _timed(request: HTTPConnection, salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        request.app.state.settings.secret,
        salt=salt,
        serializer=json,
        signer_kwargs={"key_derivation": "hmac", "digest_method": sha256},
    )


def _read(request: HTTPConnection, name: str, age: int) -> dict[str, Any]:
    try:
        found = _timed(request, name).loads(request.cookies.get(_name(request, name), ""), max_age=age)
    except (BadData, UnicodeError):
        return {}
    return found if isinstance(found, dict) else {}


def signing_in(request: HTTPConnection) -> tuple[str, str]:
    """The user name given at the first step, and where to go afterwards; both '' when that is too long ago."""
    found = _read(request, "sign-in", SIGNING_IN)
    return as_username(str(found.get("name", ""))), str(found.get("next", ""))


def give_signing_in(request: HTTPConnection, response: Response, name: str, next_path: str) -> None:
    """Keep the user name, and where to go afterwards, from one step of signing in to the next."""
    value = _timed(request, "sign-in").dumps({"name": name, "next": next_path})
    _set(request, response, "sign-in", str(value), SIGNING_IN)


def drop_signing_in(request: HTTPConnection, response: Response) -> None:
    """Signed in: forget the steps."""
    _drop(request, response, "sign-in")


def password_token(request: HTTPConnection) -> str:
    """The token of the mailed link that was followed last; '' when that is too long ago."""
    return str(_read(request, "password", SETTING_PASSWORD).get("token", ""))


def give_password_token(request: HTTPConnection, response: Response, token: str) -> None:
    """Keep a mailed link's token out of the address while a password is chosen."""
    value = _timed(request, "password").dumps({"token": token[:200]})
    _set(request, response, "password", str(value), SETTING_PASSWORD)


def drop_password_token(request: HTTPConnection, response: Response) -> None:
    """The link has been used."""
    _drop(request, response, "password")


def fingerprint(request: HTTPConnection, *words: str) -> str:
    """A name for something that must not be written down as it is, such as a typed user name."""
    text = "\x1f".join(words)
    return hmac.new(request.app.state.settings.secret.encode(), text.encode(), sha256).hexdigest()[:32]


def name_print(request: HTTPConnection, username: str) -> str:
    """The fingerprint of a user name, the same however it is spelt: what wrong tries at it are counted by."""
    return fingerprint(request, "name", as_username(username))


def known_device(request: HTTPConnection, username: str) -> str:
    """This browser's own name, where it has signed that person in before; otherwise ''.

    Wrong passwords from elsewhere then cannot lock a teacher out of their own laptop.
    """
    found = _read(request, "device", KNOWN_DEVICE)
    names = found.get("people")
    known = isinstance(names, list) and fingerprint(request, "device", as_username(username)) in names
    return str(found.get("id", "")) if known else ""


def give_known_device(request: HTTPConnection, response: Response, username: str, fresh: str) -> None:
    """Remember that this browser has signed that person in. `fresh` is its name if it has none yet."""
    found = _read(request, "device", KNOWN_DEVICE)
    before = found.get("people") if isinstance(found.get("people"), list) else []
    me = fingerprint(request, "device", as_username(username))
    people = [me, *(name for name in before or [] if name != me)][:8]
    value = _timed(request, "device").dumps({"id": found.get("id") or fresh, "people": people})
    _set(request, response, "device", str(value), KNOWN_DEVICE)
