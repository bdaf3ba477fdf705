"""How values are put into words on pages and in letters: times, days, counts, text of several lines."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

LONDON = ZoneInfo("Europe/London")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def local(moment: datetime) -> datetime:
    """The same moment by England's clock."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(LONDON)


def day(value: date | str | None) -> str:
    """``5 May 2016``, of a date, a time or ISO text; other text comes back as it is, nothing as ''."""
    if not value:
        return ""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
        except ValueError:
            return str(value)
    if isinstance(value, datetime):
        value = local(value)
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def clock(moment: datetime | None) -> str:
    """``10:42``, the time of day in England."""
    return f"{local(moment):%H:%M}" if moment else ""


def when(moment: datetime | None) -> str:
    """``24 November 2026 at 10:42``, in England's time."""
    return f"{day(moment)} at {clock(moment)}" if moment else ""


def stamp(moment: datetime | None, now: datetime | None = None) -> str:
    """When something was saved, as short as can be: ``10:42`` today, else ``3 November 2026 at 10:42``."""
    if not moment:
        return ""
    today = local(now or datetime.now(UTC)).date()
    return clock(moment) if local(moment).date() == today else when(moment)


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """``just now``, ``5 minutes ago``, ``today at 08:15``, ``yesterday at 16:03``, then the day itself."""
    if not moment:
        return ""
    then, here = local(moment), local(now or datetime.now(UTC))
    minutes = (here - then).total_seconds() / 60
    if minutes < 0 or (here.date() - then.date()).days > 1:
        return day(moment)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{plural(int(minutes), 'minute')} ago"
    return f"{'today' if then.date() == here.date() else 'yesterday'} at {clock(moment)}"


def plural(number: int, one: str, many: str = "") -> str:
    """``1 child``, ``1,204 children``: a number with its noun (``many`` is ``one`` + s unless given)."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def lines(text: str | None) -> Markup:
    """Text with its line breaks kept, everything in it escaped."""
    return Markup("<br>").join(escape(line) for line in (text or "").splitlines())


def size(number: int) -> str:
    """``840 bytes``, ``84 KB``, ``2.4 MB``, ``3 MB``: how large a file is."""
    if number < 1000:
        return plural(number, "byte")
    if number < 999_500:
        return f"{max(1, round(number / 1000))} KB"
    return f"{number / 1_000_000:.1f}".removesuffix(".0") + " MB"


def address(email: str) -> Markup:
    """An email address that breaks after its @ and before its dots, if it must, and never inside a word."""
    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=@)|(?=\.)", email))


FILTERS: dict[str, Callable[..., Any]] = {
    "address": address,
    "ago": ago,
    "clock": clock,
    "day": day,
    "lines": lines,
    "plural": plural,
    "size": size,
    "when": when,
}
