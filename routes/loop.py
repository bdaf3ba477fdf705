"""The portal's own background work: posts the letters that wait, and clears away what is long over.

Safe with several portals on one database: each letter is held by one of them.
"""

import asyncio
import logging
import smtplib
import ssl
from collections.abc import Awaitable, Callable, Iterable
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sql import Database, Identity, Unavailable

log = logging.getLogger("portal.loop")

Chore = Callable[[], Awaitable[None]]
LOOP = Identity("portal_p_loop", "")
PAUSE = 2.0  # seconds between looks
TEN_MINUTES = 600.0  # between looks at dates, and at what is long over
MORNING = 7  # o'clock in England: no letter about a date is sent before
KEPT_DAYS = 30  # for which a document that was taken back can be brought back


class Post:
    """Where letters go: to an SMTP server, or, in the demo, into a folder as files."""

    def __init__(self, sender: str, smtp_url: str, folder: Path | None) -> None:
        self.sender, self.smtp, self.folder = sender, urlsplit(smtp_url), folder

    def send(self, letter: Any) -> None:
        """Post one letter. Raises OSError or smtplib.SMTPException where it could not be."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, letter.recipient, letter.subject
        message["Date"] = format_datetime(letter.written_at)
        # the same letter keeps its name when it is posted again, so that a mailbox can tell
        message["Message-ID"] = (
            f"<letter-{letter.id}-{int(letter.written_at.timestamp())}@{self.sender.rpartition('@')[2]}>"
        )
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.body)
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / f"{letter.id:06}.eml").write_bytes(message.as_bytes())
            return
        secure = self.smtp.scheme == "smtps"
        host, port = self.smtp.hostname or "localhost", self.smtp.port or (465 if secure else 25)
        context = ssl.create_default_context()
        opened = (
            smtplib.SMTP_SSL(host, port, timeout=20, context=context)
            if secure
            else smtplib.SMTP(host, port, timeout=20)
        )
        with opened as server:
            if self.smtp.scheme == "smtp+starttls":
                server.starttls(context=context)
            if self.smtp.username:
                server.login(unquote(self.smtp.username), unquote(self.smtp.password or ""))
            server.send_message(message)


async def run(
    db: Database,
    post: Post,
    revive: Callable[[], bool] | None = None,
    chores: Iterable[Chore] = (),
) -> None:
    """Until cancelled. ``revive`` starts the portal's own database again where it has ended.

    ``chores`` are done at each round, before the letters go: they may write some.
    """
    purge_at = 0.0
    now = asyncio.get_running_loop().time
    while True:
        try:
            for chore in chores:
                await chore()
            while await post_one(db, post):
                pass
            if now() >= purge_at:
                async with db.writing(LOOP) as q:
                    await q.session.purge()
                    await q.letter.forget()
                    await q.imports.purge()
                    await q.document.purge(days=KEPT_DAYS)
                purge_at = now() + TEN_MINUTES
        except Unavailable:
            log.warning("the database is away; letters wait")
            if revive is not None and await asyncio.to_thread(revive):
                log.warning("the database was started again")
        except Exception:
            log.exception("the background work failed; it goes on")
        await asyncio.sleep(PAUSE)


def every(seconds: float, work: Chore) -> Chore:
    """A chore that does nothing until its time has come again; what fails waits for its next time too."""
    at = 0.0

    async def chore() -> None:
        nonlocal at
        if (now := asyncio.get_running_loop().time()) >= at:
            at = now + seconds
            await work()

    return chore


async def post_one(db: Database, post: Post) -> bool:
    """Post the letter that has waited longest. False when none waits."""
    async with db.writing(LOOP) as q:
        letter = await q.letter.next()
        if letter is None:
            return False
        try:
            await asyncio.to_thread(post.send, letter)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # the reason without the server's words: they may repeat the address or the text
            log.warning("letter %s could not be posted: %s", letter.id, type(error).__name__)
            await q.letter.failed(letter=letter.id, problem=type(error).__name__)
        else:
            await q.letter.sent(letter=letter.id)
    return True
