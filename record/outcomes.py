"""Outcomes that each team seeks for the child. Optional; each is changed only by the team that wrote it.

None is ever needed for the ERSA. One without type, team or words is shown, but is not part of the advice yet; so that
nobody overlooks it, what it lacks is among the things good to have.
"""

from record import codes
from record.conditions import given
from record.form import Field, Need, Rows, Tab
from record.kinds import Choice, LongText, Text

_HAS_PROVISION = given("provision")
LEFT_OUT = "{}: otherwise not in the advice"

OUTCOMES = Rows(
    "outcomes",
    "Outcomes",
    "Outcome",
    (
        Field("type", "Type", Choice(codes.OUTCOME_TYPES, select=True), Need.WANTED, says=LEFT_OUT.format("Type")),
        Field(
            "team",
            "Team",
            Choice(codes.TEAMS),
            Need.WANTED,
            "Filled in from your account, so that SENAS knows which outcomes belong to which team.",
            says=LEFT_OUT.format("Team"),
        ),
        Field(
            "outcome",
            "Outcome",
            LongText(2000, rows=3),
            Need.WANTED,
            "What the child will be able to do: specific, measurable, achievable, realistic, with a time.",
            says=LEFT_OUT.format("Outcome"),
        ),
        Field("by_when", "By when", Text(100), Need.WANTED, "A date, or the end of a key stage."),
        Field("provision", "Provision", LongText(rows=4), Need.WANTED, "What is to be done, to reach the outcome."),
        Field(
            "provision_by",
            "Provided by",
            Text(200),
            hint="Who does it, and with what training.",
            needed_when=_HAS_PROVISION,
        ),
        Field("how_often", "How often", Text(100), hint="For example: three times a week.", needed_when=_HAS_PROVISION),
        Field(
            "how_long",
            "How long",
            Text(100),
            hint="Each time, and for how many weeks or terms.",
            needed_when=_HAS_PROVISION,
        ),
        Field("linked_need", "Area of need", Choice(codes.NEED_AREAS)),
    ),
    title_of=("type", "team"),
    opening="outcome",
    about="Add outcomes only if you want to. Add a new one rather than changing another team’s. "
    "An outcome is part of the advice once it has a type and a team.",
    empty="No outcome added. You need not add any.",
    most=100,
    own_only=True,
    ready_with=(("type", "choose a type"), ("team", "choose a team"), ("outcome", "write the outcome")),
    team_field="team",
    beside=("type", "linked_need"),
    grouped_by=("type", "team"),
)
TAB = Tab("outcomes", "Outcomes", (OUTCOMES,), adviser_may_write=True)
