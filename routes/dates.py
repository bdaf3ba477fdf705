"""The dates of records: what they follow from, gathered for one or for many at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from record import clock
from record.advice import Asked
from record.case import Step
from record.deadlines import Deadline, deadlines
from sql import Queries

DUE = {
    "receipt": "Receipt due",
    "decision": "Decision due",
    "advice": "Advice due",
    "no_plan": "Plan or no plan due",
    "draft": "Draft plan due",
    "final": "Final plan due",
}


@dataclass(frozen=True)
class Dates:
    """What the dates of several records follow from: their steps, and the advice that was asked for."""

    steps: Mapping[UUID, Sequence[Step]]
    asked: Mapping[UUID, Sequence[Any]]

    def of(self, record: UUID, receipt_days: int) -> list[Deadline]:
        """Every date of that record."""
        asked = as_asked(self.asked.get(record, ()))
        return deadlines(self.steps.get(record, ()), clock.today(), receipt_days, asked)


NO_DATES = Dates({}, {})


async def dates_of(q: Queries, records: Sequence[UUID]) -> Dates:
    """What the dates of these records follow from."""
    if not records:
        return NO_DATES
    steps: dict[UUID, list[Any]] = defaultdict(list)
    for step in await q.case.of_many(records=records):
        steps[step.record].append(step)
    asked: dict[UUID, list[Any]] = defaultdict(list)
    for request in await q.advice_request.of_many(records=records):
        asked[request.record].append(request)
    return Dates({record: as_steps(those) for record, those in steps.items()}, asked)


def as_steps(rows: Sequence[Any]) -> list[Step]:
    """The rows of sql/case.sql as the record's rules read them."""
    return [
        Step(str(r.id), r.kind, r.happened_on, r.reason, r.details, r.author or "", str(r.corrects or ""), r.corrected)
        for r in rows
    ]


def as_asked(rows: Sequence[Any]) -> list[Asked]:
    """The rows of sql/advice_request.sql, of those that wait or were answered, in the same way."""
    return [Asked(r.team, r.asked_on, r.due, r.statutory, r.given_on, str(r.request), r.asked_of) for r in rows]
