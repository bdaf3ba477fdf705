"""A council's own portal begins without anybody: its first person of ICT is invited by mail, and lets in the others."""

import contextlib
from email.utils import parseaddr
from typing import Any

from record import identifiers
from record.kinds import Refused, Text
from record.people import suggested_username
from routes import passwords
from routes.cookies import token_hash
from routes.loop import LOOP
from routes.password_issue import LIFE
from routes.person_form import search
from routes.steps import new_token
from routes.temporary import new_password
from sql import Database
from views import letter

NOBODY = "Nobody can sign in yet. Set PORTAL_FIRST_ICT to the name and address of a person of ICT, and start again."
INVITED = "The first person of ICT is invited: a link to set a password goes to the address in PORTAL_FIRST_ICT."
WAITING = (
    "The first person of ICT has been sent a link that still works. After its 24 hours, a new start sends another."
)
OVER = "PORTAL_FIRST_ICT can be taken out of the settings: somebody of ICT has signed in."
NAME = Text(200)
EMAIL = Text(254, identifiers.email)


def read(typed: str) -> tuple[str, str]:
    """``Hassan Abdi <hassan.abdi@ealing.example>`` as name and address. Raises ValueError where it is not both."""
    name, email = parseaddr(typed)
    with contextlib.suppress(Refused):
        name, email = NAME.read(name), EMAIL.read(email)
        if name and email:
            return name, email
    raise ValueError("PORTAL_FIRST_ICT should be a name and an address: Hassan Abdi <hassan.abdi@ealing.example>")


async def invite(database_url: str, settings: Any) -> str:
    """Invite the person of the setting, unless somebody of ICT can sign in. What is to be said of it at the start."""
    async with Database(database_url, 2) as db:
        if not settings.first_ict:
            async with db.reading(LOOP) as q:
                return "" if await q.first_ict.there() else NOBODY
        name, email = settings.first_ict
        token = new_token()
        stored = await passwords.hashed(new_password(), settings.cheap_hashes)
        async with db.writing(LOOP) as q:
            came = await q.first_ict.invite(
                name=name,
                email=email,
                username=suggested_username(name),
                search=search({"name": name, "email": email}),
                password=stored,
                token=token_hash(token),
                life=LIFE,
            )
            if came.outcome == "invited":
                link = f"{settings.base_url}/password/{token}"
                subject, body = letter("first_ict", name=name, username=came.username, link=link)
                await q.account_life.tell(person=came.person, subject=subject, body=body)
    return {"invited": INVITED, "waiting": WAITING}.get(came.outcome, OVER)
