"""Graduated approach and provision: what was tried, for how long, at what cost and with what effect."""

from decimal import Decimal, InvalidOperation

from record import documents
from record.conditions import before_birth, far_ahead, out_of_order
from record.form import Answers, Field, Need, Row, RowRule, Rows, Rule, Section, Tab
from record.kinds import Date, LongText, Number, Text


def _sum(record: Answers, name: str) -> Decimal:
    total = Decimal(0)
    for row in record.rows("cycles"):
        try:
            total += Decimal(row[name] or 0)
        except InvalidOperation:
            continue
    return total


def _written(total: Decimal) -> str:
    return f"{total:.2f}".rstrip("0").rstrip(".") if total else ""


def _total_hours(record: Answers) -> str:
    return _written(_sum(record, "cycle_minutes") / 60)


def _total_cost(record: Answers) -> str:
    return _written(_sum(record, "cycle_cost"))


def _fewer_than_two_reviewed(record: Answers) -> bool:
    reviewed = [row for row in record.rows("cycles") if row["cycle_review"] and row["cycle_impact"]]
    return len(reviewed) < 2 and not record["no_cycles_reason"]


def _no_cycles(here: Answers | Row, record: Answers) -> bool:
    return not record.rows("cycles")


TAB = Tab(
    "provision",
    "Graduated approach and provision",
    (
        Rows(
            "cycles",
            "Cycles of assess, plan, do, review",
            "Cycle",
            (
                Field("cycle_start", "Start", Date(), Need.REQUIRED),
                Field("cycle_target", "Target", LongText(1000, rows=2), Need.REQUIRED),
                Field("cycle_provision", "Provision", LongText(1000, rows=3), Need.REQUIRED),
                Field("cycle_staff", "Delivered by", Text(150), Need.WANTED),
                Field("cycle_group", "Group size", Number(1, 1000), Need.WANTED, "1 if one to one."),
                Field("cycle_minutes", "Minutes each week", Number(0, 3000), Need.WANTED),
                Field(
                    "cycle_cost",
                    "Cost per year",
                    Number(0, 1_000_000, places=2, prefix="£"),
                    Need.WANTED,
                    "In pounds, for this child alone.",
                ),
                Field("cycle_review", "Review date", Date(), Need.REQUIRED),
                Field(
                    "cycle_impact",
                    "Impact",
                    LongText(2000, rows=4),
                    Need.REQUIRED,
                    "What changed, and how you know.",
                ),
            ),
            opening="cycle_target",
            rules=(
                RowRule("cycle_start", "The cycle starts before the date of birth", before_birth("cycle_start")),
                RowRule("cycle_start", "The cycle starts more than a year from now", far_ahead("cycle_start")),
                RowRule(
                    "cycle_review",
                    "A review date that is later than the start of its cycle",
                    out_of_order("cycle_start", "cycle_review", same_day=False),
                ),
            ),
            about="Each time you planned support, gave it and reviewed it. Two reviewed cycles show most.",
            empty="No cycle added yet.",
        ),
        Section(
            "no_cycles",
            "If there are no cycles",
            (
                Field(
                    "no_cycles_reason",
                    "Why there are no cycles",
                    LongText(1000, rows=3),
                    Need.REQUIRED,
                    "For example, newly arrived, or needs so severe that SEN Support was passed over.",
                    needed_when=_no_cycles,
                    says="Cycles of support, or why there are none",
                ),
            ),
        ),
        Section(
            "resources",
            "Resources",
            (
                Field(
                    "total_hours",
                    "Hours each week, all cycles together",
                    Number(0, 10_000, places=2),
                    automatic=True,
                    work_out=_total_hours,
                ),
                Field(
                    "total_cost",
                    "Cost per year, all cycles together",
                    Number(0, 100_000_000, places=2, prefix="£"),
                    automatic=True,
                    work_out=_total_cost,
                ),
                Field(
                    "delegated_spend",
                    "Spent this year from the £6,000 delegated resource",
                    Number(0, 1_000_000, places=2, prefix="£"),
                    Need.WANTED,
                    "In pounds.",
                ),
                Field(
                    "provision_map",
                    "Provision map",
                    documents.ONE_OF_THEM,
                    Need.WANTED,
                    documents.CHOOSE,
                ),
            ),
        ),
        Section(
            "approach",
            "What was done and what is missing",
            (
                Field(
                    "advice_followed",
                    "How specialists’ advice was used",
                    LongText(),
                    Need.WANTED,
                ),
                Field("universal_strategies", "Adjustments in class", LongText()),
                Field(
                    "extra_needed",
                    "What is needed beyond the provision available",
                    LongText(),
                    Need.REQUIRED,
                    "Beyond what your setting can give from its own resources.",
                ),
            ),
        ),
    ),
    rules=(Rule("cycles", "Two or more reviewed cycles", _fewer_than_two_reviewed),),
)
