"""The views of parents and carers, in their words (second part of Appendix A)."""

from record import codes
from record.conditions import given, none_given
from record.form import Answers, Field, If, Need, Row, Section, Tab
from record.kinds import Choice, Date, LongText, Text

_VIEWS = (
    "parent_history",
    "parent_strengths",
    "parent_concerns",
    "parent_helps",
    "parent_health",
    "parent_family_impact",
    "parent_support_wanted",
    "parent_aspirations",
    "parent_original",
)


def _speak_another(here: Answers | Row, record: Answers) -> bool:
    parents = record.rows("parents")
    return not parents or any(parent["first_language"] != "ENG" for parent in parents)


def _view(name: str, label: str, need: Need = Need.OPTIONAL, hint: str = "", says: str = "") -> Field:
    return Field(name, label, LongText(), need, hint, needed_when=none_given("no_parent_views_reason"), says=says)


TAB = Tab(
    "parent_views",
    "Parent and carer’s views",
    (
        Section(
            "views",
            "What the parents or carers say",
            (
                _view(
                    "parent_history",
                    "The child’s story and family",
                    Need.WANTED,
                    "What SENAS should know of their life so far.",
                ),
                _view("parent_strengths", "Strengths seen at home", Need.WANTED),
                _view(
                    "parent_concerns",
                    "Main concerns",
                    Need.REQUIRED,
                    says="The parents’ main concerns, or why no views are given",
                ),
                _view("parent_helps", "What helps and what does not"),
                _view("parent_health", "Health and development"),
                _view("parent_family_impact", "Effect on daily life and the family"),
                _view("parent_support_wanted", "Support wanted", Need.WANTED),
                _view("parent_aspirations", "Hopes for the future", Need.WANTED),
            ),
        ),
        Section(
            "original",
            "Original words",
            (
                Field(
                    "parent_language",
                    "Language of the original words",
                    Choice(codes.LANGUAGES_USED),
                    hint="If they were not English.",
                    needed_when=given("parent_original"),
                ),
                Field(
                    "parent_original",
                    "The original words, if not English",
                    LongText(),
                    hint="In any script. The English goes into the questions above.",
                    needed_when=_speak_another,
                    language_from="parent_language",
                ),
                Field(
                    "translated_by",
                    "Translated by",
                    Text(150),
                    Need.REQUIRED,
                    when=If("parent_original"),
                    says="Who translated the parents’ words",
                ),
            ),
        ),
        Section(
            "recorded",
            "How this was recorded",
            (
                Field(
                    "parent_views_whose",
                    "Whose words these are",
                    Text(200),
                    hint="For example, “His mother; what his father said is marked”.",
                    needed_when=given(*_VIEWS),
                ),
                Field(
                    "parent_views_date",
                    "Date given",
                    Date(past=True),
                    Need.REQUIRED,
                    needed_when=given(*_VIEWS),
                    says="Date the parents gave their views",
                ),
                Field(
                    "no_parent_views_reason",
                    "Why no views are given",
                    LongText(1000, rows=3),
                    hint="Only if everything above is empty.",
                    needed_when=none_given(*_VIEWS),
                ),
            ),
        ),
    ),
    about="Parents and carers give their views through you. Write what they said, as they said it.",
)
