"""How long the demo's requests are kept: one rule that was changed, one legal hold, and what comes up by now."""

from typing import Any
from uuid import UUID

import psycopg

RULE = "Decided by the information governance board: nothing came of these requests, and settings keep their papers."
HELD = "An appeal to the tribunal is registered; the hearing has not been fixed yet."


def add_retention(
    connection: psycopg.Connection[tuple[Any, ...]], people: dict[str, int], numbers: dict[str, tuple[UUID, str]]
) -> None:
    """As the portal's own background work lists it, with the letters about it written long ago."""
    connection.execute(
        """insert into portal.retention_rule (outcome, since, years, reason, set_by)
           values ('withdrawn', 'closed', 3, %s, %s)""",
        [RULE, people["grace"]],
    )
    connection.execute(
        """insert into portal.hold (record, setting, child, reason, placed_by)
           select r.id, r.setting, r.child, %s, %s from portal.record r where r.id = %s""",
        [HELD, people["farah"], numbers["karolina"][0]],
    )
    connection.execute("select portal.retention_warn()")
    connection.execute("update portal.warning set told = '{90}'")
