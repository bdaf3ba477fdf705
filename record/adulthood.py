"""Preparing for adulthood, from Year 9 (Code of Practice chapter 8; SEND Regulations 2014 reg 6(1)(g))."""

from record import documents
from record.conditions import aged, from_year
from record.form import Answers, Field, If, Need, Section, Tab
from record.kinds import Choice, LongText


def _applies(record: Answers) -> bool:
    return from_year(9, record)


TAB = Tab(
    "adulthood",
    "Preparing for adulthood",
    (
        Section(
            "pathways",
            "Hopes and plans",
            (
                Field("pfa_employment", "Employment, education and training", LongText(), Need.WANTED),
                Field("pfa_independence", "Independent living", LongText(), Need.WANTED),
                Field("pfa_community", "Friends, relationships and community", LongText(), Need.WANTED),
                Field("pfa_health", "Good health", LongText(), Need.WANTED),
                Field(
                    "transition_plan",
                    "SEN transition plan",
                    documents.ONE_OF_THEM,
                    hint=f"If there is one. {documents.CHOOSE}",
                ),
            ),
        ),
        Section(
            "deciding",
            "Deciding for themselves",
            (
                Field(
                    "yp_decides",
                    "The young person makes their own decisions",
                    Choice({"yes": "Yes", "with_support": "With support", "lacks_capacity": "Lacks capacity"}),
                    Need.REQUIRED,
                    "From 16. Capacity is judged for each decision.",
                    needed_when=aged(16),
                ),
                Field(
                    "yp_decides_basis",
                    "How this was found, and who decides instead",
                    LongText(2000, rows=3),
                    Need.REQUIRED,
                    when=If("yp_decides", ("lacks_capacity",)),
                ),
                Field(
                    "more_time_needed",
                    "Why more time is needed to complete education",
                    LongText(),
                    Need.REQUIRED,
                    "From 18.",
                    needed_when=aged(18),
                ),
            ),
        ),
    ),
    applies=_applies,
)
