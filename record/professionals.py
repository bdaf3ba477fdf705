"""Professional Involvement: who has worked with the child, when, and how each can be reached."""

from record import codes, documents, identifiers
from record.conditions import day, months_ago
from record.form import Answers, Field, Need, Row, Rows, Rule, Tab
from record.kinds import YES_NO, Choice, Date, Text


def _no_route(here: Answers | Row, record: Answers) -> bool:
    return not here["phone"] and not here["email"]


def _has_seen(here: Answers | Row, record: Answers) -> bool:
    return here["involvement"] != "waiting"


def _has_reported(here: Answers | Row, record: Answers) -> bool:
    return bool(here["last_report_on"])


def _no_recent_report(record: Answers) -> bool:
    year_ago = months_ago(record.today, 12)
    dates = (day(row["last_report_on"]) for row in record.rows("professionals"))
    return not any(written and written >= year_ago for written in dates)


def _no_psychologist(record: Answers) -> bool:
    return not any(row["team"] == "EP" and _has_seen(row, record) for row in record.rows("professionals"))


def _current_but_long_unseen(record: Answers) -> bool:
    limit = months_ago(record.today, 18)
    return any(
        row["involvement"] == "current" and (seen := day(row["last_seen_on"])) and seen < limit
        for row in record.rows("professionals")
    )


_SUFFICIENT = Choice({"yes": "Yes", "no": "No", "not_asked": "Not asked"})

TAB = Tab(
    "professionals",
    "Professional Involvement",
    (
        Rows(
            "professionals",
            "Professionals",
            "Professional",
            (
                Field("team", "Team", Choice(codes.INVOLVED_TEAMS), Need.REQUIRED),
                Field("name", "Name", Text(150), Need.WANTED),
                Field("job_title", "Job title", Text(150)),
                Field("organisation", "Organisation", Text(150)),
                Field("address", "Address", Text(400)),
                Field(
                    "phone",
                    "Telephone",
                    Text(40, identifiers.phone, width=20, inputmode="tel"),
                    Need.WANTED,
                    needed_when=_no_route,
                    says="Telephone or email",
                ),
                Field("email", "Email", Text(254, identifiers.email, inputmode="email")),
                Field(
                    "involvement",
                    "Involvement",
                    Choice({"current": "Current", "ended": "Ended", "waiting": "Referred and waiting"}),
                    Need.REQUIRED,
                ),
                Field("first_seen_on", "Involved since", Date(past=True)),
                Field(
                    "last_seen_on",
                    "Most recent involvement",
                    Date(past=True),
                    Need.WANTED,
                    needed_when=_has_seen,
                ),
                Field(
                    "last_report_on",
                    "Most recent report",
                    Date(past=True),
                    Need.WANTED,
                    "The date on the report. Add the report itself in the Documents tab.",
                    needed_when=_has_seen,
                ),
                Field(
                    "report_doc",
                    "The report among the documents",
                    documents.ONE_OF_THEM,
                    Need.WANTED,
                    documents.CHOOSE,
                    needed_when=_has_reported,
                ),
                Field(
                    "requested_by_parent",
                    "The parent or young person asks for this person’s advice",
                    YES_NO,
                ),
                Field(
                    "sufficient_author",
                    "The adviser finds the existing report sufficient",
                    _SUFFICIENT,
                    hint="Advice is not sought again if adviser, council and family all find it sufficient.",
                    needed_when=_has_reported,
                ),
                Field(
                    "sufficient_parent",
                    "The parent or young person finds the existing report sufficient",
                    _SUFFICIENT,
                    needed_when=_has_reported,
                ),
            ),
            title_of=("name", "team"),
            about="Everyone outside the classroom who knows the child’s needs. SENAS asks them for advice.",
            empty="No professional added yet.",
        ),
    ),
    rules=(
        Rule("professionals", "A professional’s report from the last 12 months", _no_recent_report),
        Rule("professionals", "The involvement of an educational psychologist", _no_psychologist),
        Rule(
            "professionals",
            "Newer dates: someone involved now was last seen more than 18 months ago",
            _current_but_long_unseen,
        ),
    ),
    adviser_may_write=True,
)
