"""A signed-in person's own authenticator code, asked for again before what nobody else may do at their screen."""

from dataclasses import dataclass

from starlette.requests import Request

from routes import codes
from routes.guard import Person
from routes.limits import Tries, address, code_tries, in_words
from routes.steps import NO_CODE, WRONG_CODE
from sql import Database, Identity


@dataclass(frozen=True)
class Code:
    """The time step of a right code, still to be used up together with the act; or why it is none."""

    step: int = 0
    error: str = ""
    status: int = 422
    tries: Tries | None = None


async def read_own_code(request: Request, typed: str) -> Code:
    """Check ICT's own code like one at signing in: counted, slowed down, one step of drift either way."""
    person: Person = request.state.person
    settings = request.app.state.settings
    code = codes.digits(typed)
    if not code:
        return Code(error=NO_CODE)
    tries = await code_tries(request, person.id, person.username)
    if tries.wait:
        await note_failure(request, "limit")
        return Code(error=f"There were too many wrong tries. Wait {in_words(tries.wait)}, then try again.", status=429)
    db: Database = request.app.state.db
    async with db.reading(person.identity) as q:
        own = await q.people.own_secret()
    step = None
    if own is not None and own.seed is not None:
        seed = codes.unseal(own.seed, own.person, settings.keys)
        step = codes.step_of(code, seed, own.seconds, settings.code_drift)
    if step is None:
        await note_failure(request, "code")
        return Code(error=WRONG_CODE)
    return Code(step=step, tries=tries)


async def note_failure(request: Request, why: str) -> None:
    """One more failure of this person's for the audit trail."""
    db: Database = request.app.state.db
    async with db.writing(Identity.door) as q:
        await q.sign_in.fail(person=request.state.person.id, address=address(request), why=why)
