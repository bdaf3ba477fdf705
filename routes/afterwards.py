"""What was written, added, withdrawn or put in another order after an ERSA was sent: no part of what SENAS received."""

from datetime import datetime
from typing import Any

from record.form import Rows, Tab
from routes.opened import Opened, Stored


def changed_after(stored: Stored, opened: Opened) -> bool:
    """True for an answer written after the ERSA was submitted: it is not part of what was sent."""
    sent: datetime | None = opened.submission.received_at if opened.submission else None
    return bool(sent and stored.saved_at and stored.saved_at > sent)


def changed_tab(opened: Opened, tab: Tab) -> bool:
    """True when anything in the tab was written, added, withdrawn or put in another order after submission."""
    if tab.written_by:  # advice beside the ERSA was no part of what was sent
        return False
    by_name = {part.name: part for part in tab.lists}
    if any(after_submission(opened, by_name[e.list], e) for e in opened.entries if e.list in by_name):
        return True
    if any(reordered(opened, part) for part in tab.lists):
        return True
    names = {f.name for part in tab.sections for f in part.fields}
    entries = {e.id for e in opened.entries if e.list in by_name}
    return any(
        changed_after(stored, opened)
        for (entry, name), stored in opened.stored.items()
        if entry in entries or (entry == opened.main and name in names)
    )


def after_submission(opened: Opened, part: Rows, e: Any) -> str:
    """What became of an entry after the ERSA was sent, in words; empty where it is as it was, or nothing was sent."""
    if not opened.submission or part.name.startswith("appendix_"):
        return ""
    was_sent, gone = str(e.id) in opened.submission.entries.get(part.name, ()), e.withdrawn_at is not None
    if was_sent and gone:
        return "Withdrawn after submission"
    if was_sent or gone:
        return ""
    return f"{'Added' if e.added_at > opened.submission.received_at else 'Restored'} after submission"


def reordered(opened: Opened, part: Rows) -> bool:
    """True when entries that were sent stand in another order by now."""
    if not part.ordered or not opened.submission:
        return False
    now = [row.id for row in opened.answers.rows(part.name)]
    sent = [id_ for id_ in opened.submission.entries.get(part.name, ()) if id_ in now]
    return sent != [id_ for id_ in now if id_ in sent]
