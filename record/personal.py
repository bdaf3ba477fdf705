"""Personal details: the facts the council holds, and what else identifies and describes the child."""

from record import codes, documents, identifiers
from record.conditions import age, day
from record.form import Answers, Condition, Field, If, Need, Row, Rule, Section, Tab
from record.kinds import YES_NO, YES_NO_UNKNOWN, Choice, Date, LongText, Text


def _has_address(here: Answers | Row, record: Answers) -> bool:
    return record["no_fixed_abode"] != "yes"


def _home_is_secret(here: Answers | Row, record: Answers) -> bool:
    """The child's address, or that of a GP nearby, gives away that of a parent there who must not be found."""
    return any(
        parent["contact_restriction"] == "yes" and parent["same_address"] == "yes" for parent in record.rows("parents")
    )


def _no_number(here: Answers | Row, record: Answers) -> bool:
    return not record["upn"] and not record["uln"]


def _held(
    name: str,
    label: str,
    kind: Text | Date | Choice,
    need: Need = Need.OPTIONAL,
    needed_when: Condition | None = None,
    secret_when: Condition | None = None,
    with_field: str = "",
) -> Field:
    return Field(
        name,
        label,
        kind,
        need,
        locked=True,
        needed_when=needed_when,
        secret_when=secret_when,
        with_field=with_field,
    )


def _held_address(name: str, label: str) -> Field:
    return _held(name, label, Text(100), secret_when=_home_is_secret, with_field="address_line1")


def _arrived_before_birth(record: Answers) -> bool:
    born, arrived = day(record["dob"]), day(record["date_arrival_uk"])
    return bool(born and arrived and arrived < born)


def _not_0_to_25(record: Answers) -> bool:
    years_old = age(record)
    return years_old is not None and not 0 <= years_old <= 25


TAB = Tab(
    "personal",
    "Personal details",
    (
        Section(
            "held",
            "Held by the council",
            (
                _held("first_name", "First name", Text(100), Need.CORE),
                _held("middle_names", "Middle names", Text(100)),
                _held("surname", "Surname (legal)", Text(100), Need.CORE),
                _held("dob", "Date of birth", Date(past=True), Need.CORE),
                _held("sex", "Sex", Choice(codes.SEXES), Need.REQUIRED),
                _held(
                    "upn",
                    "Unique Pupil Number (UPN)",
                    Text(20, identifiers.upn, width=20),
                    Need.WANTED,
                ),
                _held(
                    "address_line1",
                    "Address",
                    Text(100),
                    Need.REQUIRED,
                    needed_when=_has_address,
                    secret_when=_home_is_secret,
                ),
                _held_address("address_line2", "Address, line 2"),
                _held_address("address_line3", "Town"),
                _held_address("address_line4", "County"),
                _held(
                    "postcode",
                    "Postcode",
                    Text(10, identifiers.postcode, width=10),
                    Need.REQUIRED,
                    needed_when=_has_address,
                    secret_when=_home_is_secret,
                    with_field="address_line1",
                ),
            ),
            about="These come from the council’s register and cannot be changed here. "
            "If something is wrong or missing, request a correction.",
        ),
        Section(
            "names",
            "Names and numbers",
            (
                Field("preferred_name", "Preferred name", Text(100), hint="What the child likes to be called."),
                Field("former_names", "Also or previously known as", Text(200)),
                Field("gender_identity", "Gender, if different from sex", Text(50)),
                Field(
                    "upn_unknown",
                    "Why there is no UPN or ULN",
                    Choice(codes.UPN_UNKNOWN),
                    Need.REQUIRED,
                    "Only if the child has neither number.",
                    needed_when=_no_number,
                ),
                Field("former_upn", "Former UPN", Text(20, identifiers.upn, width=20)),
                Field(
                    "uln",
                    "Unique learner number (ULN)",
                    Text(20, identifiers.uln, width=20, inputmode="numeric"),
                    hint="10 digits. Young people have one from about age 14.",
                ),
                Field(
                    "nhs_number",
                    "NHS number",
                    Text(20, identifiers.nhs_number, width=20, inputmode="numeric"),
                    Need.WANTED,
                    "10 digits, for example 943 476 5919. The family finds it in any letter from the NHS.",
                ),
            ),
        ),
        Section(
            "background",
            "Language and background",
            (
                Field(
                    "ethnicity",
                    "Ethnicity",
                    Choice(codes.ETHNICITIES),
                    Need.WANTED,
                    "As the family or young person describes it, not as others see it.",
                ),
                Field("religion", "Family’s religion", Choice(codes.RELIGIONS)),
                Field("religion_other", "Which religion", Text(100), when=If("religion", ("other",))),
                Field("first_language", "Child’s first language", Choice(codes.LANGUAGES), Need.REQUIRED),
                Field(
                    "first_language_other",
                    "Which language",
                    Text(100),
                    Need.WANTED,
                    when=If("first_language", ("OTL", "SIO", "OTB")),
                ),
                Field(
                    "home_languages",
                    "Languages spoken at home",
                    Text(300),
                    hint="All of them, for example Polish and English.",
                ),
                Field("date_arrival_uk", "Date of arrival in the UK", Date(past=True), hint="If born elsewhere."),
            ),
        ),
        Section(
            "contact",
            "Contact",
            (
                Field(
                    "no_fixed_abode",
                    "No fixed address",
                    YES_NO,
                    hint="Answer Yes if the family has nowhere settled to live.",
                ),
                Field(
                    "phone",
                    "Telephone",
                    Text(40, identifiers.phone, width=20, inputmode="tel"),
                    secret_when=_home_is_secret,
                ),
                Field("mobile", "Mobile", Text(40, identifiers.phone, width=20, inputmode="tel")),
                Field(
                    "email",
                    "Email",
                    Text(254, identifiers.email, inputmode="email"),
                    hint="The young person’s own, if they are 16 or over.",
                ),
                Field(
                    "gp_name",
                    "GP",
                    Text(150),
                    Need.WANTED,
                    "The doctor or the practice.",
                    secret_when=_home_is_secret,
                ),
                Field(
                    "gp_address",
                    "GP’s address",
                    Text(300),
                    Need.WANTED,
                    secret_when=_home_is_secret,
                    with_field="gp_name",
                ),
            ),
        ),
        Section(
            "care",
            "Care and support around the family",
            (
                Field(
                    "looked_after",
                    "Looked after by a local authority",
                    Choice(codes.LOOKED_AFTER),
                    Need.REQUIRED,
                ),
                Field(
                    "looked_after_la",
                    "Which authority is responsible",
                    Text(100),
                    Need.REQUIRED,
                    when=If("looked_after", ("s20", "s31", "other")),
                ),
                Field("previously_looked_after", "Previously looked after", YES_NO_UNKNOWN),
                Field("child_in_need", "Child in need", YES_NO_UNKNOWN, Need.WANTED),
                Field("child_protection", "Child protection plan", YES_NO_UNKNOWN, Need.WANTED),
                Field(
                    "early_help",
                    "Early Help Assessment and Plan (EHAP)",
                    Choice({"none": "None", "open": "Open", "closed": "Closed"}),
                    Need.WANTED,
                ),
                Field(
                    "early_help_doc",
                    "The EHAP document",
                    documents.ONE_OF_THEM,
                    hint=documents.CHOOSE,
                    when=If("early_help", ("open", "closed")),
                ),
                Field("youth_justice", "Known to youth justice", YES_NO_UNKNOWN),
                Field(
                    "rya",
                    "In relevant youth accommodation",
                    YES_NO,
                    hint="For example, a young offender institution.",
                ),
                Field("forces_family", "Service family", YES_NO, hint="A parent serves in the armed forces."),
                Field(
                    "court_orders",
                    "Court orders",
                    LongText(rows=3),
                    hint="Which order, by which court, since when.",
                ),
            ),
        ),
    ),
    rules=(
        Rule("dob", "The date of birth is not that of someone aged 0 to 25", _not_0_to_25),
        Rule("date_arrival_uk", "The date of arrival is before the date of birth", _arrived_before_birth),
    ),
)
# What the register holds of a child. Its columns have these names.
HELD = tuple(field.name for section in TAB.sections if section.name == "held" for field in section.fields)
