"""Somebody signed in shows again that it is they: with their password, a code of an authenticator, a recovery code."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from routes import codes, passwords
from routes.guard import Person
from routes.limits import Slowed, Tries, address, code_tries, in_words, note_slowed, password_tries
from routes.steps import NO_CODE, WRONG_CODE, WRONG_RECOVERY
from sql import Database, Identity

NO_PASSWORD = "Type your present password."  # noqa: S105
WRONG_PASSWORD = "That is not your present password."  # noqa: S105


@dataclass(frozen=True)
class Proof:
    """What proves it, to be used up together with the act it is for; or why it does not.

    `step` is a right code's time step, `code` a recovery code's hash, `stored` the present password as it is stored.
    """

    step: int | None = None
    code: bytes | None = None
    stored: str = ""
    error: str = ""
    status: int = 422
    tries: Tries | None = None

    async def forgive(self, db: Database) -> None:
        """It was right: it does not count among the wrong tries."""
        if self.tries:
            await self.tries.forgive(db)


def open_seeds(request: Request, mine: Any) -> list[bytes]:
    """The secrets of an account's authenticators."""
    keys = request.app.state.settings.keys
    return [codes.unseal(sealed, mine.person, keys) for sealed in (mine.seed, mine.seed_second) if sealed]


async def read_proof(request: Request, typed: str, *, recovery: bool) -> Proof:
    """A code of one of one's own authenticators, or, where `recovery`, a recovery code; counted like at signing in."""
    person: Person = request.state.person
    code, spare = codes.digits(typed), codes.recovery(typed) if recovery else ""
    if not code and not spare:
        return Proof(error=WRONG_RECOVERY if recovery and len(typed.strip()) >= 12 else NO_CODE)
    tries = await code_tries(request, person.id, person.username)
    if tries.wait:
        return await _slowed(request, tries)
    if spare:
        return Proof(code=codes.recovery_hash(spare), tries=tries)
    db: Database = request.app.state.db
    async with db.reading(person.identity) as q:
        mine = await q.my_account.look()
    step = codes.step_of_any(code, open_seeds(request, mine), mine.seconds, request.app.state.settings.code_drift)
    if step is None:
        await note_failure(request, "code")
        return Proof(error=WRONG_CODE)
    return Proof(step=step, tries=tries)


async def read_password(request: Request, typed: str) -> Proof:
    """One's own present password; counted like at signing in."""
    person: Person = request.state.person
    if not typed:
        return Proof(error=NO_PASSWORD)
    tries = await password_tries(request, person.username)
    if tries.wait:
        return await _slowed(request, tries)
    db: Database = request.app.state.db
    async with db.reading(Identity.door) as q:
        account = await q.sign_in.find(username=person.username)
    stored = account.password if account else None
    if not await passwords.matches(stored, typed, request.app.state.settings.cheap_hashes):
        await note_failure(request, "password")
        return Proof(error=WRONG_PASSWORD)
    return Proof(stored=stored or "", tries=tries)


async def note_failure(request: Request, why: str) -> None:
    """One more failure of this person's for the audit trail."""
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        await q.sign_in.fail(person=request.state.person.id, address=address(request), why=why)


async def _slowed(request: Request, tries: Tries) -> Proof:
    person: Person = request.state.person
    await note_slowed(request, person.id, person.username, Slowed.INSIDE, own=tries.own)
    return Proof(error=f"There were too many wrong tries. Wait {in_words(tries.wait)}, then try again.", status=429)
