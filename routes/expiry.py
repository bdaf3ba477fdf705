"""What comes to the end of its time: listed by the portal's background work, told of by mail, and then deleted.

What is due the database says, by its own clock; safe with several portals, and each request goes in a transaction of
its own, so that after a crash nothing is deleted by half.
"""

import logging
from datetime import datetime
from typing import Any

from record.clock import LONDON
from record.retention import OUTCOMES, Rule
from routes.loop import LOOP, MORNING, TEN_MINUTES, Chore, every
from sql import Database, Queries
from views import letter
from views.words import day

log = logging.getLogger("portal.expiry")

MOST = 200  # requests deleted in one look: letters wait meanwhile
LINES = 50  # requests that one letter names


def chore(db: Database, settings: Any) -> Chore:
    """What the loop does at each round: nothing until the time has come."""
    return every(TEN_MINUTES, lambda: look(db, settings, datetime.now(LONDON)))


async def look(db: Database, settings: Any, now: datetime) -> None:
    """List what comes up; from the morning on write the letters, then delete what is over."""
    async with db.writing(LOOP) as q:
        await q.retention.warn()
        if now.hour >= MORNING:
            await _tell(q, settings)
    if now.hour >= MORNING:
        await erase(db)


async def _tell(q: Queries, settings: Any) -> None:
    """One letter to each recipient about all that they have not been told: by reference, never a name."""
    told: dict[str, list[Any]] = {}
    for row in await q.retention.tell():
        told.setdefault(row.email or settings.ersa_email, []).append(row)
    for recipient, rows in told.items():
        subject, body = letter(
            "retention_warning",
            count=len(rows),
            more=len(rows[LINES:]),
            lines=[_words(row, settings.base_url) for row in rows[:LINES]],
            drafts=all(row.outcome == "draft" for row in rows),
            link=f"{settings.base_url}/retention",
        )
        await q.letter.add(recipient=recipient, subject=subject, body=body)


def _words(row: Any, base_url: str) -> dict[str, str]:
    draft = row.outcome == "draft"
    return {
        "reference": row.reference,
        "goes": day(row.goes),
        "outcome": OUTCOMES[row.outcome],
        "rule": Rule(row.outcome, row.since, row.years).words,
        "link": f"{base_url}/records/{row.record}{'' if draft else '/review'}",
    }


async def erase(db: Database) -> int:
    """Delete what is over; how many requests. One that cannot be deleted keeps no other."""
    async with db.reading(LOOP) as q:
        over = await q.retention.over(most=MOST)
    gone = 0
    for it in over:
        try:
            async with db.writing(LOOP) as q:
                gone += await q.retention.erase(record=it.record)
        except Exception:
            log.exception("%s could not be deleted; it is tried again", it.reference)
    return gone
