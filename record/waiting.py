"""What an open case waits for now: every date that somebody has still to keep, the shortest first."""

from collections.abc import Iterable

from record.deadlines import Deadline

PLAN = ("no_plan", "draft", "final")
PLANNED_AT = ("assessing", "draft_plan")  # before the decision to assess nobody writes a plan
# How the queue calls what each waits for.
KIND = {"receipt": "receipt", "decision": "decision", "advice": "advice", **dict.fromkeys(PLAN, "plan")}


def waiting(found: Iterable[Deadline], status: str) -> list[Deadline]:
    """Of a case's dates those that are still to be kept and that something can be done about at its status."""
    return sorted(
        (
            it
            for it in found
            if it.state in ("open", "late") and it.name in KIND and (it.name not in PLAN or status in PLANNED_AT)
        ),
        key=lambda it: it.due,
    )
