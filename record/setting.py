"""Setting: where the child learns, in which year, how much they attend, and where they were before."""

from record import codes, years
from record.conditions import answered, before_birth, far_ahead, of_record, out_of_order, year_by_age
from record.form import Answers, Field, If, Need, Row, RowRule, Rows, Rule, Section, Tab
from record.kinds import YES_NO, Choice, Date, LongText, Number, Text, Tick


def _out_of_year(here: Answers | Row, record: Answers) -> bool:
    by_age = year_by_age(record)
    return bool(by_age) and years.number(record["nc_year"]) not in (None, years.number(by_age))


def _hours_matter(here: Answers | Row, record: Answers) -> bool:
    return record["reduced_timetable"] == "yes" or record["nc_year"] in ("E1", "E2", "N1", "N2")


def _was_suspended(here: Answers | Row, record: Answers) -> bool:
    return record["suspensions"] not in ("", "0")


def _no_other_setting(here: Answers | Row, record: Answers) -> bool:
    return not record.rows("previous_settings")


_DATES = (
    ("start_date", "The start here is before the date of birth", before_birth("start_date")),
    ("start_date", "The start here is more than a year from now", far_ahead("start_date")),
    (
        "reduced_timetable_since",
        "The reduced timetable begins before the date of birth",
        before_birth("reduced_timetable_since"),
    ),
    ("permanent_exclusion_on", "The exclusion is before the date of birth", before_birth("permanent_exclusion_on")),
    ("sen_support_since", "SEN Support begins before the date of birth", before_birth("sen_support_since")),
    ("last_review_date", "The last review is before the date of birth", before_birth("last_review_date")),
)


TAB = Tab(
    "setting",
    "Setting",
    (
        Section(
            "school",
            "School or setting",
            (
                Field("setting_name", "School or setting", Text(200), Need.CORE, automatic=True),
                Field("setting_address", "Address", Text(400), automatic=True),
                Field("setting_phone", "Telephone", Text(40), automatic=True),
                Field("setting_email", "Email", Text(254), automatic=True),
                Field("completed_by", "Person completing this request", Text(200), automatic=True),
                Field("start_date", "Started here on", Date(), Need.REQUIRED),
            ),
        ),
        Section(
            "year",
            "Year group",
            (
                Field("nc_year", "Year group", Choice(codes.NC_YEARS), Need.REQUIRED),
                Field(
                    "nc_year_by_age",
                    "Year group by age",
                    Choice(codes.NC_YEARS),
                    automatic=True,
                    work_out=year_by_age,
                ),
                Field(
                    "out_of_year_reason",
                    "Why taught outside their own year group",
                    LongText(500, rows=2),
                    Need.REQUIRED,
                    "Only if the two above differ.",
                    needed_when=_out_of_year,
                ),
                Field("phase_transfer", "Next change of phase", Choice(codes.PHASE_TRANSFERS)),
            ),
        ),
        Section(
            "attendance",
            "Attendance",
            (
                Field(
                    "attendance_pct",
                    "Attendance over the last 12 months",
                    Number(0, 100, places=1, unit="%"),
                    Need.WANTED,
                    "In per cent, for example 92.5.",
                ),
                Field("reduced_timetable", "Reduced timetable", YES_NO, Need.WANTED),
                Field(
                    "reduced_timetable_since",
                    "Reduced since",
                    Date(),
                    Need.WANTED,
                    when=If("reduced_timetable", ("yes",)),
                ),
                Field(
                    "reduced_timetable_reason",
                    "Why it is reduced, and the plan to end it",
                    LongText(2000, rows=3),
                    Need.WANTED,
                    when=If("reduced_timetable", ("yes",)),
                ),
                Field(
                    "weekly_hours",
                    "Hours attended each week",
                    Number(0, 50, places=1),
                    Need.REQUIRED,
                    "For early years, and wherever the timetable is reduced.",
                    needed_when=_hours_matter,
                ),
                Field("suspensions", "Number of suspensions", Number(0, 200), hint="In the last 12 months."),
                Field(
                    "suspension_days",
                    "Days lost to suspensions",
                    Number(0, 200, places=1),
                    needed_when=_was_suspended,
                ),
                Field("permanent_exclusion", "Ever permanently excluded", YES_NO),
                Field(
                    "permanent_exclusion_on",
                    "Date of the permanent exclusion",
                    Date(past=True),
                    when=If("permanent_exclusion", ("yes",)),
                ),
            ),
        ),
        Section(
            "support",
            "SEN Support",
            (
                Field("sen_provision", "Current SEN provision", Choice(codes.SEN_PROVISION), Need.WANTED),
                Field(
                    "sen_support_since",
                    "On SEN Support since",
                    Date(past=True),
                    Need.WANTED,
                    needed_when=answered("sen_provision", "K"),
                ),
                Field("last_review_date", "Last SEN Support review meeting", Date(past=True), Need.WANTED),
            ),
        ),
        Section(
            "before",
            "Before this setting",
            (
                Field(
                    "no_previous_settings",
                    "Earlier schools",
                    Tick("This is the first school or setting attended"),
                    needed_when=_no_other_setting,
                ),
            ),
        ),
        Rows(
            "previous_settings",
            "Other schools and settings attended",
            "School or setting",
            (
                Field("name", "Name", Text(200), Need.REQUIRED),
                Field("location", "Where it is", Text(200), hint="Town, or country if abroad."),
                Field("attended_from", "From", Date(past=True), Need.WANTED),
                Field("attended_to", "To", Date(past=True), Need.WANTED),
            ),
            title_of=("name", "location"),
            rules=(
                RowRule("attended_from", "They began there before the date of birth", before_birth("attended_from")),
                RowRule(
                    "attended_to", "They left there before they began", out_of_order("attended_from", "attended_to")
                ),
            ),
            empty="No other school or setting added.",
            most=20,
        ),
    ),
    rules=(
        Rule(
            "no_previous_settings",
            "Other schools attended, or that there were none",
            lambda record: not record.rows("previous_settings") and not record["no_previous_settings"],
        ),
        *(Rule(name, says, of_record(check)) for name, says, check in _DATES),
    ),
)
