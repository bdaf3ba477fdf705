"""What is said of a document that somebody brings: its name, type, author and date; and the words for its states."""

from record.kinds import Choice, Date, LongText, Refused, Text

# The council's own list; "ERSA" and "Advice" are made by the portal.
TYPES = {
    "provision_map": "Provision map",
    "sen_plan": "SEN support plan or review",
    "ep": "Educational psychology report",
    "slt": "Speech and language report (SLT)",
    "ot": "Occupational therapy report",
    "physio": "Physiotherapy report",
    "medical": "Medical or CDT report",
    "camhs": "CAMHS report",
    "sensory": "Hearing, vision or multi-sensory report",
    "social_care": "Social care report",
    "ehap": "Early help assessment and plan",
    "attendance": "Attendance",
    "attainment": "Attainment and progress",
    "behaviour": "Behaviour or pastoral plan",
    "work": "Sample of work",
    "child": "Child or young person’s views",
    "parent": "Parent or carer’s views",
    "health_plan": "Individual healthcare plan",
    "consent": "Signed consent",
    "private": "Private report",
    "other": "Other",
}
# What a request usually comes with (the council's checklist), in the order people look for it.
USUAL = ("provision_map", "sen_plan", "attainment", "attendance", "consent")

# What may be brought besides PDF, as the council allows: the words for it, and what a file dialogue offers.
BROUGHT = {
    "pdf": ("PDF", ".pdf,application/pdf"),
    "photo": ("photograph (JPEG, PNG, HEIC)", ".jpg,.jpeg,.png,.heic,image/jpeg,image/png,image/heic"),
    "word": ("Word document", ".docx"),
}

AVAILABILITY = {"all": "Everybody on the record", "senas": "SENAS, and who added it"}

FIELDS: dict[str, Text | Choice | Date] = {
    "name": Text(120),
    "type": Choice(TYPES),
    "author": Text(150),
    "dated": Date(past=True, earliest=1990),
}
NEEDED = {
    "name": "Give the document a name, such as “SLT report, spring 2026”.",
    "type": "Choose what type of document it is.",
    "dated": "Give the date of the document. It stands on its first page.",
}
REASON = LongText(500)


def read(typed: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What was typed, as it is stored, and what is wrong with it: both by field."""
    stored, refused = {}, {}
    for name, kind in FIELDS.items():
        try:
            stored[name] = kind.read(typed.get(name, ""))
            if not stored[name].strip() and name in NEEDED:
                raise Refused(NEEDED[name])
        except Refused as refusal:
            refused[name] = str(refusal)
    return stored, refused
