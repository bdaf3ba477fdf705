"""The child's or young person's own views, in their words (first part of Appendix A)."""

from record import codes
from record.conditions import given, none_given
from record.form import Answers, Field, Need, Row, Section, Tab
from record.kinds import Choice, Date, LongText

_VIEWS = (
    "views_strengths",
    "views_important",
    "views_communication",
    "views_support",
    "views_going_well",
    "views_not_well",
    "views_interests",
    "views_aspirations",
    "views_original",
)


def _speaks_another(here: Answers | Row, record: Answers) -> bool:
    return record["first_language"] != "ENG"


def _view(name: str, label: str, need: Need = Need.OPTIONAL, hint: str = "") -> Field:
    return Field(name, label, LongText(), need, hint, needed_when=none_given("no_views_reason"))


TAB = Tab(
    "child_views",
    "Child’s views",
    (
        Section(
            "views",
            "What the child or young person says",
            (
                _view(
                    "views_strengths",
                    "What people like about me, what I do well",
                    Need.WANTED,
                    "Use their own words where you can.",
                ),
                _view("views_important", "What is important to me, now and in future", Need.WANTED),
                _view(
                    "views_communication",
                    "How I communicate, and how to help me decide",
                    Need.WANTED,
                    "Speech, signs, pictures, behaviour; what helps them understand a choice.",
                ),
                _view("views_support", "How best to support me", Need.WANTED),
                _view("views_going_well", "What is going well"),
                _view("views_not_well", "What is not going well"),
                _view("views_interests", "My interests"),
                _view("views_aspirations", "My hopes and aspirations", Need.WANTED),
            ),
        ),
        Section(
            "original",
            "Original words",
            (
                Field(
                    "views_language",
                    "Language of the original words",
                    Choice(codes.LANGUAGES_USED),
                    hint="If they were not English.",
                    needed_when=given("views_original"),
                ),
                Field(
                    "views_original",
                    "The original words, if not English",
                    LongText(),
                    hint="In any script. The English goes into the questions above.",
                    needed_when=_speaks_another,
                    language_from="views_language",
                ),
            ),
        ),
        Section(
            "recorded",
            "How this was recorded",
            (
                Field(
                    "views_recorded_on",
                    "Date recorded",
                    Date(past=True),
                    Need.REQUIRED,
                    needed_when=given(*_VIEWS),
                    says="Date the child’s views were recorded",
                ),
                Field(
                    "no_views_reason",
                    "Why no views are given",
                    LongText(1000, rows=3),
                    Need.REQUIRED,
                    "Only if everything above is empty.",
                    needed_when=none_given(*_VIEWS),
                    says="The child’s views, or why none are given",
                ),
            ),
        ),
    ),
    about="As the child or young person put it, with help if they wished. Leave a question empty "
    "if they had nothing to say to it.",
)
