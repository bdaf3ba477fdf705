"""A first or a new password for somebody, from ICT: a mailed link to set one, or a temporary one to hand over."""

from datetime import timedelta
from enum import Enum

from starlette.requests import Request

from routes import passwords
from routes.cookies import token_hash
from routes.steps import new_token
from routes.temporary import new_password
from sql import Queries
from views import letter

LIFE = timedelta(hours=24)


class Way(Enum):
    """How a person gets a password; the value is what forms send."""

    LINK = "link"
    HAND = "hand"

    @classmethod
    def of(cls, sent: str) -> "Way | None":
        return next((way for way in cls if way.value == sent), None)

    @classmethod
    def words(cls) -> list[tuple[str, str, str]]:
        """Value, label and hint of each, for radio buttons."""
        return [
            (cls.LINK.value, "Send a link by email", "They set a password themselves, within 24 hours."),
            (
                cls.HAND.value,
                "Show me a temporary password to hand over",
                "For somebody whom email does not reach. It is shown once, works for 24 hours, and only leads "
                "to choosing a password of their own.",
            ),
        ]


async def temporary(request: Request) -> tuple[str, str]:
    """A temporary password, and how it is stored. Hashing takes a while: not while a transaction is open."""
    secret = new_password()
    return secret, await passwords.hashed(secret, request.app.state.settings.cheap_hashes)


async def send_link(q: Queries, request: Request, person: int, words: dict[str, str], name: str, reason: str) -> bool:
    """Mail a link that sets a password, with the letter `name`. False where there is no account to set it for.

    `words` are the person's "email", "username" and "name".
    """
    token = new_token()
    if not await q.password_link.send(person=person, token=token_hash(token), life=LIFE, reason=reason):
        return False
    link = f"{request.app.state.settings.base_url}/password/{token}"
    subject, body = letter(name, link=link, **words)
    await q.letter.add(recipient=words["email"], subject=subject, body=body)
    return True
