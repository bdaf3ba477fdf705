"""What a plan says that is counted afterwards: where the child is to learn, which needs it names, which budget.

The codes are those of the Department for Education's SEN2 return (guide to the person level return 2025, version 1.4).
A step of a case keeps them as text: a number, a code of a list below, or ``yes`` and ``no``. What nobody knows is not
there.
"""

import re
from collections.abc import Mapping
from typing import Any

from record.codes import SEN_TYPES

# Where there is no school or college with a number of its own.
SETTINGS: Mapping[str, str] = {
    "OLA": "Arranged by the council elsewhere than in a school or college (EOTAS)",
    "OPA": "Arranged by the family, other than home education",
    "EHE": "Elective home education",
    "EYP": "Early years provider without a URN",
    "OTH": "Other, or only a type of setting is named",
    "NEET": "Not in education, employment or training (aged 16 to 25)",
    "NIEC": "Not in education or training: notice to end the plan was given",
    "NIEO": "Not in education or training for another reason",
}
EXPLAINED = ("OTH", "NIEO")  # of these the return asks which
CEASED: Mapping[str, str] = {
    "1": "Reached the greatest age: the end of the school year in which they turned 25",
    "2": "Their needs are met without a plan, in education or training",
    "3": "Went on to higher education",
    "4": "Went on to paid work, other than an apprenticeship",
    "5": "Transferred to another council in England",
    "6": "The young person no longer wishes to be in education or training",
    "7": "Moved out of England",
    "8": "Has died",
    "9": "Another reason",
}
REVIEWED: Mapping[str, str] = {
    "keep": "Keep the plan as it is",
    "amend": "Amend the plan",
    "cease": "End the plan",
}
RANKS: Mapping[str, str] = {"1": "The only or main one", "2": "A second one beside it"}
# A plan names a need; “no specialist assessment yet” is none.
NEEDS: Mapping[str, str] = {code: words for code, words in SEN_TYPES.items() if code != "NSA"}
APPEALS: Mapping[str, str] = {"mediation": "Mediation", "tribunal": "Appeal to the tribunal"}

YES_NO: Mapping[str, str] = {"yes": "Yes", "no": "No"}
# What is asked with yes or no: of the place named, and of the plan.
OF_A_PLACE: Mapping[str, str] = {
    "unit": "In a SEN unit",
    "resourced": "In resourced provision",
    "residential": "Residential",
    "work": "Work-based learning",
}
OF_THE_BUDGET: Mapping[str, str] = {
    "budget": "Taken up by the family",
    "arranged": "Some of it as organised arrangements",
    "direct": "Some of it as direct payments",
}


def number(name: str, typed: str) -> str:
    """Why ``typed`` is no URN or UKPRN, as a sentence; empty where it is one. Whether it exists is not asked."""
    if name == "urn":
        return "" if re.fullmatch("[0-9]{6}", typed) else "A URN has 6 digits. It is in the register of settings."
    return "" if re.fullmatch("1[0-9]{7}", typed) else "A UKPRN has 8 digits and begins with 1."


def contradictions(details: Mapping[str, Any]) -> dict[str, str]:
    """What cannot be true together, by the name of the detail it is said of."""
    found: dict[str, str] = {}
    places = [name for name in ("urn", "ukprn", "sensetting") if details.get(name)]
    for name in places[1:]:
        found[name] = "Give one of the three only: a URN, a UKPRN, or why there is neither."
    if details.get("other") and details.get("sensetting") not in EXPLAINED:
        found["other"] = "Write this only with “Other” or “for another reason” above."
    if details.get("secondary") and details["secondary"] == details.get("primary"):
        found["secondary"] = "The secondary need is the same as the primary one."
    if details.get("secondary") and not details.get("primary"):
        found["primary"] = "Where there is one need only it is the primary one."
    if details.get("budget") == "no":
        for name in ("arranged", "direct"):
            if details.get(name) == "yes":
                found[name] = "There is no personal budget, so nothing is paid from it."
    return found


def place(details: Mapping[str, Any]) -> str:
    """The setting a step names, in words; empty where it names none."""
    if details.get("urn"):
        return f"URN {details['urn']}"
    if details.get("ukprn"):
        return f"UKPRN {details['ukprn']}"
    words = SETTINGS.get(details.get("sensetting", ""), "")
    return f"{words}: {details['other']}" if words and details.get("other") else words
