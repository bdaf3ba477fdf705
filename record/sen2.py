"""The rows of the SEN2 person level return for the Department for Education: one table a module, as COLLECT has them.

Items and codes are those of the guide of 2025 (version 1.4), as far as its public readers tell them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from record import plan
from record.case import Step
from record.sen2_case import Case, Period, Placement, Stage, Told, cease_reason, excused, placements
from record.sen2_codes import Codes

# Each module: the module its rows belong to, and its items in order.
PLACE = ("urn", "ukprn", "sensetting", "sensettingother", "placementrank")
UNIT = ("senunitindicator", "resourcedprovisionindicator")
MODULES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sen2": ("", ("collection", "year", "referencedate", "sourcelevel", "softwarecode", "release", "serialno",
                  "datetime", "lea", "dmo", "dco", "dsco")),
    "person": ("sen2", ("surname", "forename", "personbirthdate", "sex", "ethnicity", "postcode", "upn",
                        "uniquelearnernumber", "upnunknown")),
    "requests": ("person", ("receiveddate", "requestsource", "rya", "requestoutcomedate", "requestoutcome",
                            "requestmediation", "requesttribunal", "exported")),
    "assessment": ("requests", ("assessmentoutcome", "assessmentoutcomedate", "assessmentmediation",
                                "assessmenttribunal", "othermediation", "othertribunal", "week20")),
    "namedplan": ("assessment", ("startdate", "planres", "planwbp", "pb", "oa", "dp", "ceasedate", "ceasereason")),
    "plandetail": ("namedplan", (*PLACE, *UNIT)),
    "activeplans": ("requests", ("transferla", "reviewmeeting", "reviewoutcome", "reviewdraft", "phasetransferduedate",
                                 "phasetransferfinaldate", "lastreview")),
    "placementdetail": ("activeplans", ("res", "wbp", *PLACE, "entrydate", "leavingdate", *UNIT)),
    "senneed": ("activeplans", ("sentype", "sentyperank")),
}  # fmt: skip
SEVERAL = ("placementdetail", "senneed")  # rows of one case
# A spreadsheet may run what begins like this, and no name does: it is left out, and stands among what is to be mended.
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Row:
    """One row of a module; ``parent`` is the row of the module above it, ``case`` where it is mended."""

    id: int
    parent: int
    values: Mapping[str, str]
    case: Case | None = None


def modules(told: Told, codes: Codes, header: Mapping[str, str]) -> dict[str, list[Row]]:
    """The rows of every module. ``header`` is ``lea``, the council's number, and ``datetime``, when it was made."""
    rows: dict[str, list[Row]] = {name: [] for name in MODULES}
    rows["sen2"].append(Row(1, 0, _header(told.period, codes, header)))
    for cases in told.children.values():
        rows["person"].append(Row(cases[0].number, 1, _person(cases), cases[-1]))
    for stage in told.stages:
        number, person = stage.case.number, told.children[stage.case.child.id][0].number
        several: dict[str, int] = {}
        for name, values in _of_a_case(stage, codes):
            several[name] = several.get(name, 0) + 1
            id_ = number * 100 + several[name] if name in SEVERAL else number
            rows[name].append(Row(id_, person if name == "requests" else number, values, stage.case))
    return rows


def _of_a_case(stage: Stage, codes: Codes) -> Iterator[tuple[str, dict[str, str]]]:
    yield "requests", _request(stage, codes)
    if stage.first("assess"):
        yield "assessment", _assessment(stage)
    if stage.issued:
        yield "namedplan", _plan(stage, codes)
        if plan.place(stage.said):
            yield "plandetail", {**_place(stage.said), "placementrank": "1"}
    if stage.active:
        yield "activeplans", _active(stage, codes)
        yield from (("placementdetail", _attended(it, codes)) for it in placements(stage))
        for rank, name in (("1", "primary"), ("2", "secondary")):
            if stage.said.get(name):
                yield "senneed", {"sentype": stage.said[name], "sentyperank": rank}


# ---------------------------------------------------------------- one module after the other


def _header(period: Period, codes: Codes, header: Mapping[str, str]) -> dict[str, str]:
    return {
        "collection": "SEN2",
        "year": str(period.year),
        "referencedate": period.reference.isoformat(),
        "sourcelevel": "L",
        "softwarecode": codes["softwarecode"],
        "release": "1",
        "serialno": "1",
        **header,
        **{name: codes[name] for name in ("dmo", "dco", "dsco")},
    }


def answer(cases: Sequence[Case], name: str) -> str:
    """What a child's ERSAs say, the newest first."""
    return next((case.answers[name] for case in reversed(cases) if case.answers.get(name)), "")


def _person(cases: Sequence[Case]) -> dict[str, str]:
    child, uln = cases[-1].child, answer(cases, "uln")
    return {
        "surname": text(child.surname),
        "forename": text(child.forename),
        "personbirthdate": child.born.isoformat(),
        "sex": child.sex,
        "ethnicity": answer(cases, "ethnicity"),
        "postcode": child.postcode,
        "upn": child.upn,
        "uniquelearnernumber": uln,
        "upnunknown": "" if child.upn or uln else answer(cases, "upn_unknown"),
    }


def _request(stage: Stage, codes: Codes) -> dict[str, str]:
    """The first decision, with the day the family was told of it, even where it was overturned since."""
    told = {
        "receiveddate": stage.received.isoformat(),
        "requestsource": codes["requestsource"],
        "rya": _bit(stage.case.answers.get("rya") == "yes"),
    }
    decision = stage.first("assess", "not_assess")
    if decision is None:
        return {**told, "requestoutcome": "W" if stage.over else "A"}
    if _historical(stage, decision, stage.overturned("assess")):
        return {**told, "requestoutcome": "H"}
    return {
        **told,
        "requestoutcomedate": decision.on.isoformat(),
        "requestoutcome": "Y" if decision.kind == "assess" else "N",
        **_disputed(stage, "not_assess", stage.overturned("assess"), "request"),
        "exported": codes.of("exported", "yes" if stage.first("moved") and not stage.issued else "no"),
    }


def _historical(stage: Stage, decision: Step, overturned: Step | None) -> bool:
    """Decided before the period, and not overturned in it: then the change is told with the first decision."""
    return all(step.on < stage.period.first for step in (decision, overturned) if step)


def _disputed(stage: Stage, about: str, overturned: Step | None, item: str) -> dict[str, str]:
    by = overturned.details["overturned"] if overturned else ""
    by = "tribunal" if by == "unopposed" else by  # it was appealed to all the same
    return {f"{item}{way}": _bit(by == way or stage.appealed(about, way)) for way in plan.APPEALS}


def _assessment(stage: Stage) -> dict[str, str]:
    """The decision to make a plan: a draft is one, of which nothing is known for good until the plan is sent."""
    refused, issued, overturned = stage.first("no_plan"), stage.issued, stage.overturned("draft", "make_plan")
    decision = refused or issued
    others = {f"other{way}": _bit(stage.appealed("plan", way)) for way in plan.APPEALS} if issued else {}
    if decision is None:
        outcome = "W" if stage.over else "Y" if stage.status == "draft_plan" else "A"
        return {"assessmentoutcome": outcome}
    if _historical(stage, decision, overturned):
        return {"assessmentoutcome": "H", **others}
    return {
        "assessmentoutcome": "N" if refused else "Y",
        "assessmentoutcomedate": decision.on.isoformat(),
        **_disputed(stage, "no_plan", overturned, "assessment"),
        **(others or {f"other{way}": "0" for way in plan.APPEALS}),
        "week20": _bit(excused(stage.case.steps)),
    }


def _plan(stage: Stage, codes: Codes) -> dict[str, str]:
    said, over = stage.said, stage.over
    ended = {"ceasedate": over.on.isoformat(), "ceasereason": cease_reason(over)} if over else {}
    return {
        "startdate": stage.issued.on.isoformat() if stage.issued else "",
        "planres": codes.of("planres", said.get("residential", "")),
        "planwbp": codes.of("planwbp", said.get("work", "")),
        "pb": _yes(said, "budget"),
        "oa": _yes(said, "arranged"),
        "dp": codes.of("dp", said.get("direct", "")),
        **ended,
    }


def _place(details: Mapping[str, Any]) -> dict[str, str]:
    return {
        "urn": details.get("urn", ""),
        "ukprn": details.get("ukprn", ""),
        "sensetting": details.get("sensetting", ""),
        "sensettingother": text(details.get("other", "")),
        "senunitindicator": _yes(details, "unit"),
        "resourcedprovisionindicator": _yes(details, "resourced"),
    }


def _active(stage: Stage, codes: Codes) -> dict[str, str]:
    """The last review that was decided, and what followed where a change of phase was coming."""
    review = stage.last("review")
    if review is None:
        return {}
    due = review.details.get("phase_due", "")
    amended = next((s.on for s in stage.live if s.kind == "amended" and s.on >= review.on), None)
    return {
        "reviewmeeting": review.details.get("meeting", ""),
        "reviewoutcome": codes.of("reviewoutcome", review.details.get("decision", "")),
        "reviewdraft": review.details.get("draft", ""),
        "phasetransferduedate": due,
        "phasetransferfinaldate": amended.isoformat() if due and amended else "",
        "lastreview": review.on.isoformat(),
    }


def _attended(it: Placement, codes: Codes) -> dict[str, str]:
    return {
        "res": codes.of("res", it.details.get("residential", "")),
        "wbp": codes.of("wbp", it.details.get("work", "")),
        **_place(it.details),
        "placementrank": it.rank,
        "entrydate": it.entered.isoformat() if it.entered else "",
        "leavingdate": it.left.isoformat() if it.left else "",
    }


def text(written: str) -> str:
    """Words as they are sent; none where they begin with a sign that no name begins with."""
    return "" if written.lstrip(" \u00a0\ufeff\u200b").startswith(SIGNS) else written


def _bit(true: bool) -> str:
    return "1" if true else "0"


def _yes(details: Mapping[str, Any], name: str) -> str:
    return {"yes": "1", "no": "0"}.get(details.get(name, ""), "")
