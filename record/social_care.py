"""Social care: who supports the family, and a short social care screening."""

from record.form import Field, If, Need, Section, Tab
from record.kinds import YES_NO_UNKNOWN, Choice, LongText, Text

SCREENING = (
    ("care_screen_home", "Daily life at home needs much more help than for others of this age"),
    ("care_screen_safety", "There are worries about safety at home or outside"),
    ("care_screen_leisure", "Cannot join clubs or leisure without extra help"),
    ("care_screen_breaks", "The family has asked for short breaks"),
    ("care_screen_carer", "Cares for somebody else at home (young carer)"),
    ("care_screen_housing", "Housing does not suit the child’s needs"),
)

TAB = Tab(
    "social_care",
    "Social care",
    (
        Section(
            "support",
            "Support for the family",
            (
                Field(
                    "known_to_social_care",
                    "Known to social care",
                    Choice({"yes": "Yes", "past": "In the past", "no": "No", "unknown": "Not known"}),
                    Need.REQUIRED,
                ),
                Field(
                    "social_worker",
                    "Social worker",
                    Text(300),
                    Need.REQUIRED,
                    "Name, team and telephone.",
                    when=If("known_to_social_care", ("yes",)),
                ),
                Field("family_support", "Family support and short breaks", LongText(rows=4)),
            ),
        ),
        Section(
            "screening",
            "Social care screening",
            (
                *(Field(name, label, YES_NO_UNKNOWN) for name, label in SCREENING),
                Field("care_screen_notes", "Notes on these answers", LongText(rows=4)),
            ),
            about="A Yes tells SENAS whom to ask. If a child is in danger, call 999 and tell your setting’s "
            "safeguarding lead at once.",
        ),
    ),
)
