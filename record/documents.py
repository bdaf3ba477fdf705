"""What is said of a document that somebody brings: its name, type, author and date; and the words for its states."""

from collections.abc import Collection

from record.kinds import Choice, Date, LongText, Refused, Text
from record.lists import Lists

# The council's own list, set once at the start; "ERSA" and "Advice" are made by the portal. OFFERED is what a new
# document may be, USUAL what a request usually comes with, in the order people look for it.
TYPES: dict[str, str] = {}
OFFERED: dict[str, str] = {}
USUAL: list[str] = []


def use(lists: Lists) -> None:
    """From now on documents are of these types."""
    for mine, told in ((TYPES, {**lists.types, **lists.former}), (OFFERED, lists.types)):
        mine.clear()
        mine.update(told)
    USUAL[:] = lists.usual


# The answer to a question about a document: one of the record's, or when it will come.
ONE_OF_THEM = Text(200, suggest="documents")
CHOOSE = "Choose one of this record’s documents, or write when it will follow."
FOLLOWS = "It will follow"

# What may be brought besides PDF, as the council allows: the words for it, and what a file dialogue offers.
BROUGHT = {
    "pdf": ("PDF", ".pdf,application/pdf"),
    "photo": ("photograph (JPEG, PNG, HEIC)", ".jpg,.jpeg,.png,.heic,image/jpeg,image/png,image/heic"),
    "word": ("Word document", ".docx"),
}

AVAILABILITY = {"all": "Everybody on the record", "senas": "SENAS, and who added it"}

FIELDS: dict[str, Text | Choice | Date] = {
    "name": Text(120),
    "type": Choice(OFFERED),
    "author": Text(150),
    "dated": Date(past=True, earliest=1990),
}
NEEDED = {
    "name": "Give the document a name, such as “SLT report, spring 2026”.",
    "type": "Choose what type of document it is.",
    "dated": "Give the date of the document. It is on its first page.",
}
REASON = LongText(500)


def lacking(types: Collection[str]) -> list[str]:
    """The types of documents that a request usually comes with and that are not among ``types``."""
    return [code for code in USUAL if code not in types]


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
