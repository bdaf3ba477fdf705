"""Contribution and Communication Method: how the family took part and how SENAS keeps in touch with them."""

from record import codes, identifiers
from record.form import Answers, Field, If, Need, Row, Section, Tab
from record.kinds import YES_NO, Choice, Choices, Date, Text


def _invited_parent_is_secret(here: Answers | Row, record: Answers) -> bool:
    return any(parent["contact_restriction"] == "yes" for parent in record.rows("parents"))


_PORTAL = If("communication_method", ("parent_portal",))
_INTERPRETED = If("interpreter_used", ("yes",))

TAB = Tab(
    "contribution",
    "Contribution and Communication Method",
    (
        Section(
            "communication",
            "How SENAS should keep in touch",
            (
                Field(
                    "communication_method",
                    "Communication method",
                    Choice(
                        {
                            "parent_portal": "Parent Portal",
                            "email": "Email",
                            "post": "Post",
                            "telephone": "Telephone",
                            "school": "Through the school",
                        }
                    ),
                    Need.REQUIRED,
                    "With Parent Portal the family can read the documents online if an assessment is agreed.",
                ),
                Field(
                    "portal_contact",
                    "Who receives the invitation to the Parent Portal",
                    Text(200),
                    Need.REQUIRED,
                    "Their name as in Parents and carers, or the young person’s.",
                    when=_PORTAL,
                ),
                Field(
                    "portal_email",
                    "Email for the invitation",
                    Text(254, identifiers.email, inputmode="email"),
                    Need.REQUIRED,
                    when=_PORTAL,
                    secret_when=_invited_parent_is_secret,
                ),
            ),
        ),
        Section(
            "family",
            "How the parents or carers contributed",
            (
                Field(
                    "parent_contribution",
                    "How they gave their views",
                    Choice(
                        {
                            "meeting": "In a meeting",
                            "telephone": "By telephone",
                            "writing": "In writing",
                            "interpreter": "Through an interpreter",
                            "declined": "They chose not to",
                        }
                    ),
                    Need.REQUIRED,
                ),
                Field(
                    "parent_contribution_date",
                    "When",
                    Date(past=True),
                    Need.REQUIRED,
                    when=If("parent_contribution", ("meeting", "telephone", "writing", "interpreter")),
                    says="When the parents or carers gave their views",
                ),
                Field("interpreter_used", "Interpreter used", YES_NO),
                Field(
                    "interpreter_used_language",
                    "Interpreter’s language",
                    Choice(codes.LANGUAGES_USED),
                    when=_INTERPRETED,
                ),
                Field("interpreter_service", "Interpreting service", Text(150), when=_INTERPRETED),
                Field("interpreter_used_on", "Date of interpreting", Date(past=True), when=_INTERPRETED),
                Field(
                    "parent_saw_text",
                    "They have seen the text entered for them",
                    YES_NO,
                    Need.WANTED,
                    "Show or read it to them before you submit.",
                ),
                Field("parent_saw_text_on", "Seen on", Date(past=True), when=If("parent_saw_text", ("yes",))),
                Field("entered_by", "Entered on the family’s behalf by", Text(200), automatic=True),
            ),
        ),
        Section(
            "child",
            "How the child or young person contributed",
            (
                Field(
                    "child_contribution",
                    "How they gave their views",
                    Choices(
                        {
                            "conversation": "Conversation",
                            "drawing": "Drawing",
                            "aac": "Communication aid or symbols",
                            "observation": "Observation",
                            "advocate": "Through an advocate",
                            "own_form": "Their own form",
                            "not_possible": "It was not possible",
                        }
                    ),
                    Need.REQUIRED,
                    "Choose all that apply.",
                    says="How the child or young person gave their views",
                ),
                Field("child_supporter", "Who helped them", Text(150)),
            ),
        ),
    ),
)
