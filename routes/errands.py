"""What was asked for at the door, seen to in the background: letters for forgotten passwords and sleeping accounts.

Whoever asks gets the same answer in the same time, whether the account exists or not.
"""

from datetime import timedelta
from typing import Any

from routes.cookies import token_hash
from routes.limits import Slowed
from routes.loop import LOOP
from routes.steps import new_token
from sql import Database, Queries
from views import letter
from views.words import day

DAYS_BEFORE = [14, 3]  # an account falls asleep: how many days before its people are told
UNLOCK = timedelta(hours=24)
SLOWED = frozenset(at.value for at in Slowed)
MOST = 100  # letters in one transaction


async def work(db: Database, settings: Any) -> None:
    """See to every errand that waits, and tell whose account falls asleep soon."""
    awake = timedelta(days=settings.sleep_days)
    while True:
        async with db.writing(LOOP) as q:
            errand = await q.account_life.errand(awake=awake)
            if errand is None:
                break
            if errand.state not in ("none", "off"):
                await _see_to(q, errand, settings, awake)
    async with db.writing(LOOP) as q:
        for it in await q.account_life.asleep_soon(awake=awake, days=DAYS_BEFORE, most=MOST):
            words = {"name": it.name, "username": it.username, "date": day(it.asleep_at), "link": settings.base_url}
            await _tell(q, it.person, "asleep_soon", days=settings.sleep_days, **words)


async def _see_to(q: Queries, errand: Any, settings: Any, awake: timedelta) -> None:
    words = {"name": errand.name, "username": errand.username}
    token = new_token()
    if errand.kind == "recovery_used":
        await _tell(q, errand.person, "recovery_used", left=errand.left_codes, **words)
    elif errand.kind in SLOWED:
        await q.account_life.unlock_link(person=errand.person, token=token_hash(token), life=UNLOCK)
        links = {"link": f"{settings.base_url}/unlock/{token}", "change": f"{settings.base_url}/account/password"}
        await _tell(q, errand.person, errand.kind, **links, **words)
    elif errand.state == "awake":
        await q.account_life.forgot(
            person=errand.person, token=token_hash(token), life=timedelta(minutes=settings.reset_minutes), awake=awake
        )
        link = f"{settings.base_url}/password/{token}"
        await _tell(q, errand.person, "forgot_link", link=link, minutes=settings.reset_minutes, **words)
    else:
        never = errand.state == "new"
        await _tell(q, errand.person, "forgot_asleep", never=never, days=settings.sleep_days, **words)


async def _tell(q: Queries, person: int, name: str, /, **words: Any) -> None:
    subject, body = letter(name, **words)
    await q.account_life.tell(person=person, subject=subject, body=body)
