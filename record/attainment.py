"""Attainment and progress: results over time and what they show (Code of Practice 9.14)."""

from record import codes
from record.conditions import before_birth
from record.form import Answers, Field, If, Need, RowRule, Rows, Rule, Section, Tab
from record.kinds import Choice, Date, LongText, Text


def _fewer_than_two_dated(record: Answers) -> bool:
    return sum(bool(row["attain_result"] and row["attain_date"]) for row in record.rows("results")) < 2


TAB = Tab(
    "attainment",
    "Attainment and progress",
    (
        Rows(
            "results",
            "Results",
            "Result",
            (
                Field("attain_area", "Subject or area", Choice(codes.ATTAINMENT_AREAS), Need.REQUIRED),
                Field("attain_area_other", "Which one", Text(100), when=If("attain_area", ("other",))),
                Field("attain_measure", "Measure", Choice(codes.ATTAINMENT_MEASURES), Need.REQUIRED),
                Field(
                    "attain_measure_name",
                    "Name of the test or measure",
                    Text(150),
                    when=If("attain_measure", ("standardised_test", "other")),
                ),
                Field("attain_result", "Result", Text(200), Need.REQUIRED),
                Field("attain_expected", "Expected for age", Text(200), Need.WANTED),
                Field("attain_date", "Date", Date(past=True), Need.REQUIRED),
                Field("attain_by", "Assessed by", Text(150)),
            ),
            title_of=("attain_area", "attain_date"),
            rules=(RowRule("attain_date", "The result is from before the date of birth", before_birth("attain_date")),),
            about="Two or more results of the same kind, some time apart, show progress best.",
            empty="No result added yet.",
        ),
        Section(
            "progress",
            "Progress",
            (
                Field(
                    "progress_summary",
                    "Rate of progress over time",
                    LongText(rows=8),
                    Need.REQUIRED,
                    "Compared with others of the same age, and with the child’s own start.",
                ),
            ),
        ),
    ),
    rules=(Rule("results", "Two or more results with their dates", _fewer_than_two_dated),),
)
