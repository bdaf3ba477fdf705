"""Parents and carers: who they are, who decides for the child, and how each can be reached."""

from record import codes, identifiers
from record.conditions import age, answered
from record.form import Answers, Field, If, Need, Row, Rows, Rule, Tab
from record.kinds import YES_NO, YES_NO_UNKNOWN, Choice, Text


def _young_person(record: Answers) -> bool:
    years_old = age(record)
    return years_old is not None and years_old >= 16


def _reachable(parent: Row, record: Answers) -> bool:
    at_home = parent["same_address"] == "yes" and record["address_line1"]
    return bool(parent["phone"] or parent["email"] or parent["address"] or at_home)


def _nobody_reachable(record: Answers) -> bool:
    own = ("phone", "mobile", "email", "address_line1")
    if _young_person(record) and any(record[name] for name in own):
        return False
    return not any(_reachable(parent, record) for parent in record.rows("parents"))


def _nobody_responsible(record: Answers) -> bool:
    parents = record.rows("parents")
    if not parents or _young_person(record):
        return False
    return not any(
        parent["parental_responsibility"] == "yes" or parent["relationship"] == "corporate_parent" for parent in parents
    )


def _no_route(here: Answers | Row, record: Answers) -> bool:
    return not here["phone"] and not here["email"]


_secret = answered("contact_restriction", "yes")

TAB = Tab(
    "parents",
    "Parents and carers",
    (
        Rows(
            "parents",
            "Parents and carers",
            "Parent or carer",
            (
                Field("title", "Title", Text(20, width=10)),
                Field("first_name", "First name", Text(100), Need.REQUIRED),
                Field("surname", "Surname", Text(100), Need.REQUIRED),
                Field(
                    "relationship",
                    "Relationship to the child or young person",
                    Choice(codes.RELATIONSHIPS),
                    Need.REQUIRED,
                ),
                Field("relationship_other", "Which relationship", Text(100), when=If("relationship", ("other",))),
                Field(
                    "parental_responsibility",
                    "Parental responsibility",
                    YES_NO_UNKNOWN,
                    Need.REQUIRED,
                    "In law: may decide for the child.",
                ),
                Field("same_address", "Lives at the child’s address", YES_NO, Need.REQUIRED),
                Field(
                    "address",
                    "Address",
                    Text(400),
                    Need.REQUIRED,
                    when=If("same_address", ("no",)),
                    secret_when=_secret,
                ),
                Field(
                    "postcode",
                    "Postcode",
                    Text(10, identifiers.postcode, width=10),
                    Need.REQUIRED,
                    "Leave this empty for an address abroad.",
                    when=If("same_address", ("no",)),
                    secret_when=_secret,
                    with_field="address",
                ),
                Field(
                    "phone",
                    "Telephone",
                    Text(40, identifiers.phone, width=20, inputmode="tel"),
                    Need.WANTED,
                    needed_when=_no_route,
                    says="Telephone or email",
                    secret_when=_secret,
                ),
                Field("email", "Email", Text(254, identifiers.email, inputmode="email"), secret_when=_secret),
                Field("first_language", "First language", Choice(codes.LANGUAGES), Need.REQUIRED),
                Field(
                    "interpreter_required",
                    "Interpreter needed for meetings",
                    YES_NO,
                    Need.REQUIRED,
                ),
                Field(
                    "interpreter_language",
                    "Interpreter’s language",
                    Choice(codes.LANGUAGES_USED),
                    Need.REQUIRED,
                    when=If("interpreter_required", ("yes",)),
                ),
                Field(
                    "accessible_format",
                    "Other format needed",
                    Choice(
                        {
                            "none": "None",
                            "large_print": "Large print",
                            "easy_read": "Easy read",
                            "braille": "Braille",
                            "audio": "Audio",
                        }
                    ),
                ),
                Field(
                    "contact_restriction",
                    "Confidential address, or must not be contacted",
                    YES_NO,
                    hint="If Yes, the PDF leaves out address, telephone and email; also the child’s, with the GP, if "
                    "the child lives there.",
                ),
                Field(
                    "contact_restriction_note",
                    "What SENAS must know about this",
                    Text(500),
                    hint="Never in the PDF. Whoever may open this record can read it here.",
                    when=If("contact_restriction", ("yes",)),
                    secret_when=_secret,
                ),
            ),
            title_of=("first_name surname", "relationship"),
            about="Everyone with parental responsibility, and whoever cares for the child. "
            "The first is the one SENAS contacts first.",
            empty="No parent or carer added yet.",
            most=6,
            ordered=True,
        ),
    ),
    rules=(
        Rule(
            "parents",
            "A parent or carer whom SENAS can reach (address, telephone or email)",
            _nobody_reachable,
            Need.CORE,
        ),
        Rule("parents", "Someone with parental responsibility", _nobody_responsible, Need.REQUIRED),
    ),
)
