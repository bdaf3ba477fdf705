"""Health: conditions, checks of hearing and vision, and a short health screening."""

from record import documents
from record.form import Field, If, Need, Section, Tab
from record.kinds import YES_NO_UNKNOWN, Date, LongText, Text

SCREENING = (
    ("health_screen_sleep", "Sleep is often a difficulty"),
    ("health_screen_eating", "Eating, drinking or swallowing is a difficulty"),
    ("health_screen_toilet", "Needs help with toileting beyond their age"),
    ("health_screen_movement", "Movement, balance or tiredness is a difficulty"),
    ("health_screen_mood", "There are worries about mood, anxiety or self-harm"),
    ("health_screen_emergency", "A health condition may need emergency care in school"),
)


def _check(name: str, label: str) -> tuple[Field, ...]:
    done = If(name, ("yes",))
    return (
        Field(name, f"{label} checked", YES_NO_UNKNOWN, Need.WANTED),
        Field(f"{name}_on", f"{label}: date of the check", Date(past=True), Need.WANTED, when=done),
        Field(f"{name}_result", f"{label}: result", Text(300), Need.WANTED, when=done),
    )


TAB = Tab(
    "health",
    "Health",
    (
        Section(
            "conditions",
            "Conditions and medication",
            (
                Field("health_conditions", "Conditions and history", LongText()),
                Field("medication", "Medication and equipment", LongText(rows=4)),
                Field(
                    "healthcare_plan",
                    "Individual healthcare plan",
                    documents.ONE_OF_THEM,
                    hint=f"If there is one. {documents.CHOOSE}",
                ),
            ),
        ),
        Section(
            "checks",
            "Hearing and vision",
            (*_check("hearing_check", "Hearing"), *_check("vision_check", "Vision")),
        ),
        Section(
            "screening",
            "Health screening",
            (
                *(Field(name, label, YES_NO_UNKNOWN) for name, label in SCREENING),
                Field("health_screen_notes", "Notes on these answers", LongText(rows=4)),
            ),
            about="A Yes tells SENAS whom to ask. It is not a diagnosis.",
        ),
    ),
)
