"""Outcomes that each team seeks for the child. Optional; each is changed only by the team that wrote it."""

from record import codes
from record.form import Field, Need, Rows, Tab
from record.kinds import Choice, LongText, Text

TAB = Tab(
    "outcomes",
    "Outcomes",
    (
        Rows(
            "outcomes",
            "Outcomes",
            "Outcome",
            (
                Field("type", "Type", Choice(codes.OUTCOME_TYPES), Need.REQUIRED),
                Field(
                    "team",
                    "Team",
                    Choice(codes.TEAMS),
                    Need.REQUIRED,
                    "So that SENAS knows which outcomes belong to which team.",
                ),
                Field(
                    "outcome",
                    "Outcome",
                    LongText(2000, rows=3),
                    Need.REQUIRED,
                    "What the child will be able to do: specific, measurable, achievable, realistic, with a time.",
                ),
                Field("by_when", "By when", Text(100), Need.WANTED, "A date, or the end of a key stage."),
                Field(
                    "provision",
                    "Provision",
                    LongText(rows=4),
                    Need.WANTED,
                    "What, by whom, how often and for how long.",
                ),
                Field("linked_need", "Area of need", Choice(codes.NEED_AREAS)),
            ),
            title_of=("type", "team"),
            about="Add outcomes only if you want to. Add a new one rather than changing another team's.",
            empty="No outcome added. You need not add any.",
            most=100,
            own_only=True,
        ),
    ),
    adviser_may_write=True,
)
