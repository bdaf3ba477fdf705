"""The appendices of an assessment: what is asked in each. Which there are and who writes them is the council's own.

Appendix B, the setting's own advice, may come after the ERSA. A field's name
begins with ``appendix_``: by that the database keeps what is being written to its author's team.
"""

from collections.abc import Iterable

from record.form import Field, Need, Rows, Tab
from record.kinds import Choices, Date, LongText, Text
from record.lists import Appendix

BASES = {
    "observation": "Observation",
    "test": "Assessment or test",
    "discussion": "Discussion with the family",
    "staff": "Discussion with staff",
    "records": "Records and earlier reports",
}
AREAS = (
    ("communication", "Communication and interaction"),
    ("cognition", "Cognition and learning"),
    ("semh", "Social, emotional and mental health"),
    ("physical", "Sensory and physical"),
)
FIELDS = (
    Field("appendix_date", "Date of advice", Date(), Need.REQUIRED),
    Field("appendix_basis", "Basis of the advice", Choices(BASES), Need.WANTED, "How you know what you say here."),
    Field(
        "appendix_dates",
        "Dates of observations, assessments and talks",
        Text(300),
        hint="For example: observed on 3 and 10 November 2026.",
    ),
    Field("appendix_background", "Background", LongText(rows=4)),
    *(
        Field(f"appendix_needs_{name}", f"Strengths and needs: {title.lower()}", LongText(rows=5))
        for name, title in AREAS
    ),
    Field("appendix_support", "Current provision and progress", LongText(rows=5), Need.WANTED),
    Field(
        "appendix_provision",
        "Recommended provision",
        LongText(rows=5),
        Need.REQUIRED,
        "What, by whom, how often and for how long. The outcomes are those of your team under Outcomes.",
    ),
)


def appendix(it: Appendix) -> Tab:
    """Its form."""
    name = f"appendix_{it.letter}"
    heading = f"Appendix {it.letter.upper()}: {it.title}"
    rows = Rows(
        name,
        heading,
        "Advice",
        FIELDS,
        title_of=("appendix_date",),
        empty="No advice yet that you can read.",
        most=20,
        own_only=True,
        one_each=True,
    )
    about = (
        "While it is written, only its author’s team can read it. Submitting it makes the advice, which SENAS and the "
        "setting can read under Documents."
    )
    return Tab(name, heading, (rows,), about=about, adviser_may_write=True, written_by=it.teams)


def title_of(name: str, tabs: Iterable[Tab]) -> str:
    """What an appendix is called; of one that the council has no more only its letter is known."""
    return next((tab.title for tab in tabs if tab.name == name), f"Appendix {name[-1].upper()}")
