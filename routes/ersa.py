"""The ERSA as plain data for its paper: the same for the preview, the submission and the demo's records."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from record.codes import NC_YEARS
from record.form import Answers, Form
from record.paper import paper
from views.words import day, when


@dataclass(frozen=True)
class Sent:
    """By whom and when an ERSA was submitted, and why it was incomplete if it was."""

    by: str
    at: datetime
    incomplete_reason: str = ""


def ersa(council: str, form: Form, answers: Answers, reference: str, sent: Sent | None) -> dict[str, Any]:
    """What ``ersa.pdf.html`` shows; not sent yet, it is a draft that says what is missing."""
    submitted = {"by": sent.by, "at": when(sent.at), "incomplete_reason": sent.incomplete_reason} if sent else None
    year = answers["nc_year"] or answers["nc_year_by_age"]
    return {
        "title": form.title if sent else f"ERSA {form.version} (Preview)",
        "form": form.title,
        "council": council,
        "service": "SENAS",
        "draft": sent is None,
        "child": {
            "name": f"{answers['first_name']} {answers['surname']}",
            "dob": day(answers["dob"]),
            "setting": answers["setting_name"],
            "year": NC_YEARS.get(year, ""),
        },
        "reference": reference,
        "printed": when(sent.at if sent else datetime.now(UTC)),
        "submitted": submitted,
        "tabs": paper(form, answers, preview=sent is None),
        "history_note": "",
    }
