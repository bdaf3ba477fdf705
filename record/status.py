"""The states a case goes through, each with the words people read."""

STATUS = {
    "draft": "Draft",
    "submitted": "With SENAS",
    "acknowledged": "Receipt confirmed",
    "deciding": "Being decided",
    "assessing": "Assessment agreed",
    "not_assess": "No assessment",
    "not_issue": "No plan",
    "draft_plan": "Draft plan",
    "final_plan": "Final plan",
    "withdrawn": "Withdrawn",
    "moved_out": "Moved to another council",
    "ceased": "Ceased",
}
