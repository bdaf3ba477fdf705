"""By when advice that was asked for is to be given: the law's six weeks, or the day that was agreed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from record.clock import ADVICE, say
from record.excuse import Excuse

AGREED = "agreed, not set by the law"


@dataclass(frozen=True)
class Asked:
    """Advice that was asked for: of which service, on which day, by when; ``given`` when it came.

    What SENAS asks for once it has decided to assess is ``statutory`` (regulation 6): the service has six weeks from
    the day it was asked (8(1)). No other date can be written into such a request. An earlier one would be a wish that
    nobody has to keep, and a second date to be late by; a later one is for the Regulations alone to allow (8(2)). All
    else has the day that was agreed: what a setting asks for, and what SENAS asks for while it decides.

    The clock is the service's: it runs on from the first asking when a colleague is passed the request, or takes it.
    ``request`` is that first asking, to which an exception belongs. ``due`` is kept with the request
    (migrations/advice_requests.sql), so that everybody is told the same day, also who may not read the exception.
    """

    service: str
    on: date
    due: date
    statutory: bool = True
    given: date | None = None
    request: str = ""
    person: str = ""

    @property
    def law(self) -> str:
        """What sets the day."""
        return ADVICE.law if self.statutory else AGREED

    @property
    def limit(self) -> date:
        """The day without any exception."""
        return ADVICE.due(self.on) if self.statutory else self.due

    def excused_by(self, excuses: Iterable[Excuse]) -> tuple[Excuse, ...]:
        """The exceptions that are of this request; older ones name the service alone."""
        mine = (e for e in excuses if self.statutory and e.excuses(ADVICE.exception, ""))
        return tuple(e for e in mine if (e.request == self.request if e.request else e.whose == self.service))

    def how(self, excuses: Iterable[Excuse] = ()) -> str:
        """How the day comes about; ``excuses`` are the exceptions that the reader may know of."""
        if not self.statutory:
            return f"asked {say(self.on)}, agreed by {say(self.due)}"
        found = ADVICE.derive(self.on)
        if self.due > self.limit:
            words = "; ".join(e.words() for e in self.excused_by(excuses)) or f"regulation {ADVICE.exception}"
            found += f"; by exception ({words}) until {say(self.due)}"
        return found

    def words(self) -> str:
        """``EP (Ewa Nowak), asked Mon 13 Oct 2025``: which request it is."""
        return f"{self.service}{f' ({self.person})' if self.person else ''}, asked {say(self.on)}"
