"""Paper for the person who asks for it; or, where it cannot be made, a page that says why, and the way back."""

import logging
from collections.abc import Awaitable
from uuid import UUID

from routes.failure import Explained, Words
from views.pdf.workers import PaperError, PaperTooLarge

log = logging.getLogger("portal.paper")

TITLE = "The PDF could not be made"


def tell(error: PaperError) -> None:
    """Write down why: nothing of what anybody wrote."""
    log.warning("a document was not made: %s: %s", type(error).__name__, error.detail)


async def made(making: Awaitable[bytes], record: UUID, place: tuple[str, str] = ("submit", "Submit ERSA")) -> bytes:
    """The paper that is being made. Where it cannot be, raises Explained, which leads back into the record.

    ``place`` is where to: its name in the address, and its title.
    """
    try:
        return await making
    except PaperError as error:
        tell(error)
        name, title = place
        back = f"/records/{record}/{name}", f"Go back to {title}"
        if isinstance(error, PaperTooLarge):
            raise Explained(422, Words(TITLE, str(error)), back) from error
        raise Explained(503, Words(TITLE, str(error)), back, {"Retry-After": "60"}) from error
