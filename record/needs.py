"""Reason and needs: why an assessment is asked for, and strengths and needs in the four areas."""

from record import codes, documents
from record.conditions import answered, before_birth, given
from record.form import Answers, Field, If, Need, RowRule, Rows, Rule, Section, Tab
from record.kinds import YES_NO, Choice, Date, LongText, Text

_NEEDS = tuple(f"{area}_needs" for area in codes.NEED_AREAS)


def _area(area: str, title: str) -> Section:
    needs_given = given(f"{area}_needs")
    return Section(
        area,
        title,
        (
            Field(
                f"{area}_strengths",
                f"Strengths: {title.lower()}",
                LongText(),
                Need.WANTED,
                needed_when=needs_given,
            ),
            Field(
                f"{area}_needs",
                f"Needs and their effect: {title.lower()}",
                LongText(),
                hint="What is hard, how often, and what it means for learning and everyday life.",
            ),
            Field(
                f"{area}_evidence",
                f"Assessment evidence: {title.lower()}",
                LongText(),
                Need.WANTED,
                "Which assessment, by whom, when, with what result.",
                needed_when=needs_given,
            ),
        ),
    )


def _same_need_twice(record: Answers) -> bool:
    return bool(record["secondary_need"]) and record["secondary_need"] == record["primary_need"]


TAB = Tab(
    "needs",
    "Reason and needs",
    (
        Section(
            "why",
            "Reason",
            (
                Field(
                    "reason",
                    "Why an EHC needs assessment is requested",
                    LongText(rows=8),
                    Need.CORE,
                    "Why the support so far is not enough, and what an assessment should find out.",
                ),
                Field(
                    "thresholds_checked",
                    "The council’s published thresholds have been read",
                    YES_NO,
                    Need.WANTED,
                ),
                Field(
                    "thresholds_checked_on",
                    "Read on",
                    Date(past=True),
                    when=If("thresholds_checked", ("yes",)),
                ),
                Field("primary_need", "Primary need", Choice(codes.SEN_TYPES), Need.REQUIRED),
                Field("secondary_need", "Secondary need", Choice(codes.SEN_TYPES)),
            ),
        ),
        Rows(
            "diagnoses",
            "Diagnoses",
            "Diagnosis",
            (
                Field("diagnosis", "Diagnosis", Text(200), Need.REQUIRED),
                Field("diagnosed_by", "Made by", Text(150)),
                Field("diagnosed_on", "Date", Date(past=True)),
                Field(
                    "diagnosis_doc",
                    "Which document shows it",
                    documents.ONE_OF_THEM,
                    hint=documents.CHOOSE,
                ),
            ),
            title_of=("diagnosis",),
            rules=(
                RowRule("diagnosed_on", "The diagnosis is from before the date of birth", before_birth("diagnosed_on")),
            ),
            empty="No diagnosis added. A child does not need one for an assessment.",
            most=20,
        ),
        *(_area(area, title) for area, title in codes.NEED_AREAS.items()),
        Section(
            "daily_life",
            "Independence and safety",
            (
                Field("independence", "Self-care and independence", LongText()),
                Field("risk", "Risk and safety", LongText()),
            ),
        ),
    ),
    rules=(
        Rule(
            "ci_needs",
            "Needs in at least one of the four areas",
            lambda record: not any(record[name] for name in _NEEDS),
            Need.REQUIRED,
            _NEEDS,
        ),
        Rule(
            "secondary_need",
            "A secondary need that is not the same as the primary need",
            _same_need_twice,
        ),
        Rule(
            "thresholds_checked",
            "The thresholds have not been checked yet",
            lambda record: answered("thresholds_checked", "no")(record, record),
        ),
    ),
)
