"""The steps of signing in without their pages: is the password right, is the code, and the session that follows."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.requests import Request

from routes import codes, passwords
from routes.cookies import token_hash
from routes.limits import Slowed, Tries, address, code_tries, in_words, note_slowed, password_tries
from sql import Database, Identity

# How long a session may last at each stage before the person is signed in.
LIFE = {"choose": timedelta(minutes=30), "enrol": timedelta(minutes=30), "code": timedelta(minutes=10)}

WRONG_PASSWORD = "The user name or the password is not right."  # noqa: S105
WRONG_CODE = "That code is not right. Type the six figures that your app shows now."
USED_CODE = "That code has been used already. Wait for the next one, then type it."
NO_CODE = "Type the six figures that your authenticator app shows."
WRONG_RECOVERY = "That recovery code is not right, or it has been used already. Each is good once."
TOO_OLD = "Your temporary password is too old to be used. Ask Education ICT for a new one."


@dataclass(frozen=True)
class Outcome:
    """What came of a step: a session's token and its stage, or why not, of which field and with which status."""

    token: str = ""
    stage: str = ""
    error: str = ""
    status: int = 422
    wait: int = 0
    field: str = "password"


def _settings(request: Request) -> Any:
    return request.app.state.settings


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def full_life(request: Request) -> timedelta:
    """How long a session lasts at most, however busy the person is."""
    return timedelta(hours=_settings(request).session_hours)


async def try_password(request: Request, username: str, password: str) -> Outcome:
    """Begin a session at the first stage still to be done. The same work and answer for a name that is nobody's."""
    db: Database = request.app.state.db
    cheap = _settings(request).cheap_hashes
    tries = await password_tries(request, username)
    if tries.wait:
        await note_slowed(request, None, username, Slowed.PASSWORD, own=tries.own)
        return _wait(tries)
    async with db.reading(Identity.door) as q:
        account = await q.sign_in.find(username=username)
    right = await passwords.matches(account.password if account else None, password, cheap)
    if account is None or account.disabled or not right:
        await _failed(request, account.person if account else None, "password" if account else "name")
        return Outcome(error=WRONG_PASSWORD)
    await tries.forgive(db)
    if account.too_old:
        await _failed(request, account.person, "temporary password too old")
        return Outcome(error=TOO_OLD)
    if passwords.needs_rehash(account.password, cheap):
        better = await passwords.hashed(password, cheap)
        async with db.writing(Identity.door) as q:
            await q.sign_in.rehash(person=account.person, before=account.password, after=better)
    token = new_token()
    longest = max(LIFE.values()) if account.temporary or not account.enrolled else LIFE["code"]
    async with db.writing(Identity.door) as q:
        stage = await q.sign_in.begin(
            token=token_hash(token),
            person=account.person,
            idle=_settings(request).idle,
            life=longest,
            address=address(request),
            browser=request.headers.get("user-agent", ""),
        )
        if stage == "enrol":
            await q.sign_in.offer(token=token_hash(token), seed=_fresh_seed(request, account.person))
    return Outcome(token=token, stage=stage)


async def choose_password(request: Request, person: int, token: str, password: str) -> Outcome:
    """Take the new password and go on to the next stage."""
    db: Database = request.app.state.db
    stored = await passwords.hashed(password, _settings(request).cheap_hashes)
    fresh = new_token()
    async with db.writing(Identity.door) as q:
        stage = await q.sign_in.choose(
            token=token_hash(token),
            new_token=token_hash(fresh),
            password=stored,
            idle=_settings(request).idle,
            life=LIFE["enrol"],
        )
        if stage == "enrol":
            await q.sign_in.offer(token=token_hash(fresh), seed=_fresh_seed(request, person))
    return Outcome(token=fresh, stage=stage) if stage else Outcome(status=401)


async def pending_seed(request: Request, token: str) -> bytes | None:
    """The secret to show to who is enrolling, None where this session is not."""
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        found = await q.sign_in.secret(token=token_hash(token))
    if found is None or found.stage != "enrol" or found.seed is None:
        return None
    return codes.unseal(found.seed, found.person, _keys(request))


async def try_code(request: Request, token: str, typed: str) -> Outcome:
    """Sign in with a code, where the session of that token is waiting for one. A code is good once.

    Who has enrolled may give a recovery code instead.
    """
    db: Database = request.app.state.db
    settings = _settings(request)
    async with db.writing(Identity.door) as q:
        found = await q.sign_in.secret(token=token_hash(token))
        second = await q.account_life.second(token=token_hash(token))
    if found is None or found.seed is None:
        return Outcome(status=401)
    code = codes.digits(typed)
    recovery = codes.recovery(typed) if found.stage == "code" else ""
    if not code and not recovery:
        return Outcome(error=NO_CODE if len(typed.strip()) < 12 else WRONG_RECOVERY, field="code")
    tries = await code_tries(request, found.person, found.username)
    if tries.wait:
        await note_slowed(request, found.person, found.username, Slowed.CODE)
        return _wait(tries)
    if recovery:
        return await _recover(request, token, found.person, recovery, tries)
    seeds = [codes.unseal(sealed, found.person, settings.keys) for sealed in (found.seed, second) if sealed]
    step = codes.step_of_any(code, seeds, found.seconds, settings.code_drift)
    if step is None:
        await _failed(request, found.person, "code")
        return Outcome(error=WRONG_CODE, field="code")
    fresh = new_token()
    async with db.writing(Identity.door) as q:
        used = await q.sign_in.use(
            token=token_hash(token),
            new_token=token_hash(fresh),
            step=step,
            idle=settings.idle,
            life=full_life(request),
        )
    if not used:
        await _failed(request, found.person, "code used before")
        return Outcome(error=USED_CODE, field="code")
    await tries.forgive(db)
    return Outcome(token=fresh, stage="full")


async def _recover(request: Request, token: str, person: int, code: str, tries: Tries) -> Outcome:
    db: Database = request.app.state.db
    fresh = new_token()
    async with db.writing(Identity.door) as q:
        used = await q.account_life.recover(
            token=token_hash(token),
            new_token=token_hash(fresh),
            code=codes.recovery_hash(code),
            idle=_settings(request).idle,
            life=full_life(request),
        )
    if not used:
        await _failed(request, person, "recovery code")
        return Outcome(error=WRONG_RECOVERY, field="code")
    await tries.forgive(db)
    return Outcome(token=fresh, stage="full")


def _keys(request: Request) -> Mapping[int, bytes]:
    keys: Mapping[int, bytes] = _settings(request).keys
    return keys


def _fresh_seed(request: Request, person: int) -> bytes:
    return codes.seal(codes.new_seed(), person, _keys(request))


def _wait(tries: Tries) -> Outcome:
    words = f"There were too many wrong tries. Wait {in_words(tries.wait)}, then try again."
    return Outcome(error=words, status=429, wait=tries.wait)


async def _failed(request: Request, person: int | None, why: str) -> None:
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        await q.sign_in.fail(person=person, address=address(request), why=why)
