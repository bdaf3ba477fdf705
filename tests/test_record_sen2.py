"""The SEN2 return against cases worked out on paper: who is in it, what each module says, what is to be mended."""

from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record import codes
from record.case import LEADS, Step, status_of
from record.plan import APPEALS, CEASED, NEEDS, SETTINGS
from record.sen2 import MODULES, Row, modules
from record.sen2_case import Case, Child, Period, due_next, told
from record.sen2_codes import WANTED, Codes, read_codes
from record.sen2_rules import RULES, faults, lacking, upn_rules

PERIOD = Period(2026)  # about 2025, as things stood on 15 January 2026
LATER = date(2026, 6, 1)
KNOWN = read_codes("requestsource=3,reviewoutcome.keep=K,reviewoutcome.amend=M,reviewoutcome.cease=C,softwarecode=X")
HEADER = {"lea": "307", "datetime": "2026-06-01T09:00:00"}
WHOLE = {
    "urn": "990101", "unit": "no", "resourced": "yes", "residential": "no", "work": "no", "since": "2021-09-06",
    "primary": "ASD", "secondary": "SLCN", "budget": "yes", "arranged": "no", "direct": "yes",
}  # fmt: skip
ANSWERS = {"ethnicity": "WBRI", "rya": "no"}
number = count(1)


def step(kind: str, on: str | date, **details: str) -> Step:
    day = date.fromisoformat(on) if isinstance(on, str) else on
    return Step(str(next(number)), kind, day, details=details)


def child(id: str = "1", **facts: object) -> Child:
    known = {"surname": "Al-Hashimi", "forename": "Layla", "born": date(2018, 1, 8), "sex": "F", "postcode": "W7 8EH",
             "upn": "V307400124001"}  # fmt: skip
    return Child(id, **(known | facts))  # type: ignore[arg-type]


def case(*steps: Step, whose: Child | None = None, **answers: str) -> Case:
    """A case whose first step is its receipt."""
    return Case("r", f"ERSA-{next(number):06}", whose or child(), steps, ANSWERS | answers)


def made(*cases: Case, period: Period = PERIOD, today: date = LATER) -> dict[str, list[Row]]:
    return modules(told(cases, period, today), KNOWN, HEADER)


def only(rows: dict[str, list[Row]], module: str) -> dict[str, str]:
    """The one row of a module, without what is empty."""
    (row,) = rows[module]
    return {name: value for name, value in row.values.items() if value}


def found(*cases: Case, period: Period = PERIOD, today: date = LATER) -> dict[str, str]:
    """What is to be mended, by rule."""
    return {fault.rule: fault.detail for fault in faults(told(cases, period, today))}


# ---------------------------------------------------------------- which cases


def test_the_return_of_a_year_is_about_the_year_before_as_it_stood_on_the_third_thursday_of_january() -> None:
    assert (PERIOD.first, PERIOD.last) == (date(2025, 1, 1), date(2025, 12, 31))
    assert [Period(year).reference for year in (2024, 2025, 2026, 2027, 2032)] == [
        date(2024, 1, 18), date(2025, 1, 16), date(2026, 1, 15), date(2027, 1, 21), date(2032, 1, 15)
    ]  # fmt: skip
    assert due_next(date(2026, 3, 31)) == 2026
    assert due_next(date(2026, 4, 1)) == 2027


@pytest.mark.parametrize(
    ("steps", "counts"),
    [
        ([("received", "2025-12-31")], True),
        ([("received", "2026-01-01")], False),
        ([("received", "2023-01-09")], True),  # still being worked on
        ([("received", "2024-11-01"), ("receipt", "2024-11-02"), ("not_assess", "2024-12-31")], False),
        ([("received", "2024-11-01"), ("receipt", "2024-11-02"), ("not_assess", "2025-01-01")], True),
        ([("received", "2025-11-01"), ("receipt", "2025-11-02"), ("not_assess", "2026-01-09")], True),
        ([("received", "2024-11-01"), ("withdrawn", "2024-12-20")], False),
        ([("received", "2024-11-01"), ("withdrawn", "2025-01-20")], True),
    ],
)
def test_a_case_is_in_the_return_of_the_years_it_was_worked_on(steps: list[tuple[str, str]], counts: bool) -> None:
    it = case(*(step(kind, on) for kind, on in steps))
    assert bool(told([it], PERIOD, LATER).stages) == counts


PLANNED = (("receipt", "2023-02-02"), ("assess", "2023-03-10"), ("draft", "2023-05-20"), ("final", "2023-06-10"))


@pytest.mark.parametrize(
    ("ended", "counts"),
    [(None, True), ("2024-12-31", False), ("2025-01-01", True), ("2025-12-31", True), ("2026-01-09", False),
     ("2026-02-01", True)],
)  # fmt: skip
def test_a_plan_is_in_it_while_it_runs_and_once_more_for_the_year_it_ended_in(ended: str | None, counts: bool) -> None:
    steps = [step("received", "2023-02-01"), *(step(kind, on) for kind, on in PLANNED)]
    steps += [step("ceased", ended, code="2")] if ended else []
    assert bool(told([case(*steps)], PERIOD, LATER).stages) == counts


def test_what_happened_after_the_reference_date_is_not_told() -> None:
    it = case(step("received", "2025-12-01"), step("receipt", "2025-12-02"), step("assess", "2026-01-16"))
    assert only(made(it), "requests")["requestoutcome"] == "A"
    assert only(made(it, today=date(2025, 12, 31)), "requests")["requestoutcome"] == "A"
    assert only(made(it, period=Period(2027)), "requests")["requestoutcome"] == "Y"


# ---------------------------------------------------------------- worked on paper, one case after the other


def test_a_plan_made_within_twenty_weeks() -> None:
    rows = made(
        case(
            step("received", "2025-02-03"), step("receipt", "2025-02-05"), step("assess", "2025-03-14"),
            step("draft", "2025-05-30"), step("final", "2025-06-20", **WHOLE), rya="yes",
        )
    )  # fmt: skip
    assert only(rows, "person") == {
        "surname": "Al-Hashimi", "forename": "Layla", "personbirthdate": "2018-01-08", "sex": "F", "ethnicity": "WBRI",
        "postcode": "W7 8EH", "upn": "V307400124001",
    }  # fmt: skip
    assert only(rows, "requests") == {
        "receiveddate": "2025-02-03", "requestsource": "3", "rya": "1", "requestoutcomedate": "2025-03-14",
        "requestoutcome": "Y", "requestmediation": "0", "requesttribunal": "0", "exported": "0",
    }  # fmt: skip
    assert only(rows, "assessment") == {
        "assessmentoutcome": "Y", "assessmentoutcomedate": "2025-06-20", "assessmentmediation": "0",
        "assessmenttribunal": "0", "othermediation": "0", "othertribunal": "0", "week20": "0",
    }  # fmt: skip
    assert only(rows, "namedplan") == {
        "startdate": "2025-06-20", "planres": "0", "planwbp": "0", "pb": "1", "oa": "0", "dp": "1",
    }  # fmt: skip
    assert only(rows, "plandetail") == {
        "urn": "990101", "placementrank": "1", "senunitindicator": "0", "resourcedprovisionindicator": "1",
    }  # fmt: skip
    assert only(rows, "activeplans") == {}
    assert only(rows, "placementdetail") == {
        "res": "0", "wbp": "0", "urn": "990101", "placementrank": "1", "entrydate": "2021-09-06",
        "senunitindicator": "0", "resourcedprovisionindicator": "1",
    }  # fmt: skip
    assert [row.values for row in rows["senneed"]] == [
        {"sentype": "ASD", "sentyperank": "1"}, {"sentype": "SLCN", "sentyperank": "2"}
    ]  # fmt: skip


def test_refused_then_overturned_by_the_tribunal() -> None:
    """The first decision and its day stay; the indicator says what became of it; the assessment is told below it."""
    it = case(
        step("received", "2024-10-01"), step("receipt", "2024-10-02"), step("not_assess", "2024-11-12"),
        step("assess", "2025-05-09", overturned="tribunal"),
    )  # fmt: skip
    request = only(made(it), "requests")
    assert (request["requestoutcome"], request["requestoutcomedate"]) == ("N", "2024-11-12")
    assert (request["requestmediation"], request["requesttribunal"]) == ("0", "1")
    assert only(made(it), "assessment") == {"assessmentoutcome": "A"}
    assert only(made(it, period=Period(2027)), "requests")["requestoutcome"] == "H", "all of it before that period"


def test_refused_with_mediation_that_changed_nothing() -> None:
    it = case(
        step("received", "2025-03-03"), step("receipt", "2025-03-04"), step("not_assess", "2025-04-11"),
        step("appeal", "2025-05-20", way="mediation", about="not_assess"),
    )  # fmt: skip
    request = only(made(it), "requests")
    assert (request["requestoutcome"], request["requestmediation"], request["requesttribunal"]) == ("N", "1", "0")
    assert made(it)["assessment"] == []


def test_no_plan_and_then_one_after_mediation() -> None:
    it = case(
        step("received", "2025-01-06"), step("receipt", "2025-01-07"), step("assess", "2025-02-14"),
        step("no_plan", "2025-04-25"), step("draft", "2025-08-01", overturned="mediation"),
        step("final", "2025-09-05", **WHOLE),
    )  # fmt: skip
    assessment = only(made(it), "assessment")
    assert (assessment["assessmentoutcome"], assessment["assessmentoutcomedate"]) == ("N", "2025-04-25")
    assert (assessment["assessmentmediation"], assessment["assessmenttribunal"]) == ("1", "0")
    assert only(made(it), "namedplan")["startdate"] == "2025-09-05"
    assert len(made(it)["activeplans"]) == 1


@pytest.mark.parametrize("by", ["unopposed", "tribunal"])
def test_an_appeal_that_the_council_did_not_oppose_was_one_all_the_same(by: str) -> None:
    it = case(
        step("received", "2025-01-06"), step("receipt", "2025-01-07"), step("assess", "2025-02-14"),
        step("no_plan", "2025-04-25"), step("make_plan", "2025-07-01", overturned=by, ordered="2025-06-20"),
    )  # fmt: skip
    assessment = only(made(it), "assessment")
    assert (assessment["assessmentoutcome"], assessment["assessmenttribunal"]) == ("N", "1")


def test_an_appeal_about_what_the_plan_says() -> None:
    steps = [
        step("received", "2023-02-01"), *(step(kind, on) for kind, on in PLANNED[:3]),
        step("final", "2023-06-10", **WHOLE), step("appeal", "2025-07-01", way="tribunal", about="plan"),
    ]  # fmt: skip
    assert only(made(case(*steps)), "assessment") == {
        "assessmentoutcome": "H", "othermediation": "0", "othertribunal": "1"
    }  # fmt: skip
    later = only(made(case(*steps), period=Period(2027)), "assessment")
    assert later["othertribunal"] == "0", "not once more in the next year's"


def test_moved_away_before_the_assessment_was_completed() -> None:
    it = case(
        step("received", "2025-06-02"), step("receipt", "2025-06-03"), step("assess", "2025-07-11"),
        step("moved", "2025-08-20"),
    )  # fmt: skip
    rows = made(it)
    assert only(rows, "requests")["exported"] == "1"
    assert only(rows, "requests")["requestoutcome"] == "Y"
    assert only(rows, "assessment") == {"assessmentoutcome": "W"}
    assert rows["namedplan"] == rows["activeplans"] == []


@pytest.mark.parametrize("how", ["withdrawn", "moved"])
def test_over_before_the_decision(how: str) -> None:
    rows = made(case(step("received", "2025-06-02"), step(how, "2025-06-20")))
    assert only(rows, "requests") == {
        "receiveddate": "2025-06-02", "requestsource": "3", "rya": "0", "requestoutcome": "W"
    }  # fmt: skip
    assert rows["assessment"] == []


def test_an_exception_to_the_twenty_weeks() -> None:
    steps = [
        step("received", "2025-02-03"), step("receipt", "2025-02-05"), step("assess", "2025-03-14"),
        step("exception", "2025-03-20", regulation="13(3)", ground="c", since="2025-03-01", until="2025-04-30",
             instead="2025-08-29"),
        step("draft", "2025-07-11"), step("final", "2025-08-22", **WHOLE),
    ]  # fmt: skip
    assert only(made(case(*steps)), "assessment")["week20"] == "1"
    steps[3] = step("exception", "2025-03-20", **{**steps[3].details, "regulation": "5(4)"})  # of another limit
    assert only(made(case(*steps)), "assessment")["week20"] == "0"


def test_a_decision_to_make_a_plan_that_is_not_made_yet_has_no_date() -> None:
    steps = [step("received", "2025-08-01"), step("receipt", "2025-08-04"), step("assess", "2025-09-10")]
    assert only(made(case(*steps)), "assessment") == {"assessmentoutcome": "A"}
    steps.append(step("draft", "2025-11-20"))
    assert only(made(case(*steps)), "assessment") == {"assessmentoutcome": "Y"}
    steps.append(step("withdrawn", "2025-12-01"))
    assert only(made(case(*steps)), "assessment") == {"assessmentoutcome": "W"}


def test_no_plan_at_all() -> None:
    rows = made(
        case(step("received", "2025-02-03"), step("receipt", "2025-02-05"), step("assess", "2025-03-14"),
             step("no_plan", "2025-05-20"))
    )  # fmt: skip
    assert only(rows, "assessment") == {
        "assessmentoutcome": "N", "assessmentoutcomedate": "2025-05-20", "assessmentmediation": "0",
        "assessmenttribunal": "0", "othermediation": "0", "othertribunal": "0", "week20": "0",
    }  # fmt: skip
    assert rows["namedplan"] == []


def long_ago(*more: Step, **details: str) -> Case:
    """A plan of 2023."""
    return case(step("received", "2023-02-01"), *(step(kind, on) for kind, on in PLANNED[:3]),
                step("final", "2023-06-10", **(WHOLE | details)), *more)  # fmt: skip


def test_a_plan_of_an_earlier_year_is_historical_and_still_told() -> None:
    rows = made(long_ago())
    assert only(rows, "requests")["requestoutcome"] == "H"
    assert not {"requestoutcomedate", "requestmediation", "exported"} & set(only(rows, "requests"))
    assert only(rows, "assessment")["assessmentoutcome"] == "H"
    assert not {"assessmentoutcomedate", "week20"} & set(only(rows, "assessment"))
    assert only(rows, "namedplan")["startdate"] == "2023-06-10"
    assert len(rows["activeplans"]) == 1


def test_a_plan_that_ended() -> None:
    rows = made(long_ago(step("ceased", "2025-07-31", code="3")))
    assert only(rows, "namedplan")["ceasedate"] == "2025-07-31"
    assert only(rows, "namedplan")["ceasereason"] == "3"
    assert len(rows["plandetail"]) == 1
    assert rows["activeplans"] == rows["placementdetail"] == rows["senneed"] == []
    moved = only(made(long_ago(step("moved", "2025-07-31", to="Hillingdon"))), "namedplan")
    assert (moved["ceasedate"], moved["ceasereason"]) == ("2025-07-31", "5")


def test_the_last_review_and_the_amended_plan_that_followed() -> None:
    rows = made(
        long_ago(
            step("review", "2025-01-20", meeting="2025-01-08", decision="keep"),
            step("review", "2025-12-08", meeting="2025-11-20", decision="amend", draft="2025-12-09",
                 phase_due="2026-02-15"),
            step("amended", "2026-01-12", **(WHOLE | {"urn": "990102", "since": "2026-09-01", "primary": "SLD"})),
            step("review", "2026-01-20", meeting="2026-01-10", decision="cease"),
        )
    )  # fmt: skip
    assert only(rows, "activeplans") == {
        "reviewmeeting": "2025-11-20", "reviewoutcome": "M", "reviewdraft": "2025-12-09",
        "phasetransferduedate": "2026-02-15", "phasetransferfinaldate": "2026-01-12", "lastreview": "2025-12-08",
    }  # fmt: skip
    assert only(rows, "namedplan")["startdate"] == "2023-06-10", "an amended plan is no other plan"
    assert only(rows, "plandetail")["urn"] == "990102"
    assert [row.values["sentype"] for row in rows["senneed"]] == ["SLD", "SLCN"]


# ---------------------------------------------------------------- where the child goes


def places(it: Case, period: Period = PERIOD) -> list[tuple[str, str, str, str]]:
    keys = ("placementrank", "urn", "entrydate", "leavingdate")
    return [
        tuple(row.values[key] for key in keys)
        for row in made(it, period=period, today=period.reference)["placementdetail"]
    ]  # type: ignore[misc]


def at(urn: str, since: str, on: str, rank: str = "1") -> Step:
    return step("placement", on, urn=urn, since=since, rank=rank)


def test_one_placement_follows_the_other_and_each_ends_the_day_before() -> None:
    it = long_ago(at("990102", "2025-09-01", "2025-10-20"), at("990103", "2026-01-12", "2026-02-01"))
    assert places(it) == [
        ("1", "990101", "2021-09-06", "2025-08-31"),
        ("1", "990102", "2025-09-01", "2026-01-11"),
        ("1", "990103", "2026-01-12", ""),
    ], "the third was recorded after the reference date, and had begun before it"
    assert places(it, Period(2028)) == [("1", "990103", "2026-01-12", "")], "no more of earlier years"


def test_a_placement_that_begins_later_is_not_told_yet() -> None:
    it = long_ago(at("990102", "2026-09-01", "2025-12-01"), since="2021-09-06")
    assert places(it) == [("1", "990101", "2021-09-06", "")]


def test_a_child_who_stays_where_they_were_until_the_named_place_begins() -> None:
    it = long_ago(at("990102", "2019-09-02", "2023-06-12"), since="2026-09-01")
    assert places(it) == [("1", "990102", "2019-09-02", "")]
    assert places(it, Period(2027)) == [
        ("1", "990102", "2019-09-02", "2026-08-31"), ("1", "990101", "2026-09-01", "")
    ]  # fmt: skip


def test_a_second_place_beside_the_main_one() -> None:
    it = long_ago(at("990104", "2025-03-03", "2025-03-04", rank="2"))
    assert places(it) == [("1", "990101", "2021-09-06", ""), ("2", "990104", "2025-03-03", "")]


def test_what_a_plan_names_without_a_day_counts_only_where_nothing_else_is_known() -> None:
    assert places(long_ago(since="")) == [("1", "990101", "", "")]
    assert places(long_ago(at("990102", "2019-09-02", "2023-06-12"), since="")) == [("1", "990102", "2019-09-02", "")]
    assert places(long_ago(urn="", since="")) == []


def test_an_amended_plan_that_says_more_of_the_same_place_begins_no_other() -> None:
    said = WHOLE | {"unit": "yes", "since": ""}
    it = long_ago(step("amended", "2025-03-03", **said))
    assert places(it) == [("1", "990101", "2021-09-06", "")]
    assert made(it)["placementdetail"][0].values["senunitindicator"] == "1"


def test_elective_home_education_has_no_number() -> None:
    it = long_ago(urn="", sensetting="EHE")
    assert only(made(it), "placementdetail")["sensetting"] == "EHE"
    assert not {"urn", "ukprn"} & set(only(made(it), "plandetail"))


# ---------------------------------------------------------------- people


def test_a_child_with_two_requests_is_one_person() -> None:
    whose = child()
    first = case(step("received", "2025-01-06"), step("receipt", "2025-01-07"), step("not_assess", "2025-02-14"),
                 whose=whose, uln="1000102504", ethnicity="APKN")  # fmt: skip
    second = case(step("received", "2025-09-01"), whose=whose, ethnicity="")
    rows = made(second, first)
    assert [row.id for row in rows["person"]] == [first.number]
    assert only(rows, "person")["uniquelearnernumber"] == "1000102504", "what an earlier ERSA says is known still"
    assert only(rows, "person")["ethnicity"] == "APKN"
    assert [(row.id, row.parent) for row in rows["requests"]] == [
        (first.number, first.number), (second.number, first.number)
    ]  # fmt: skip


def test_why_there_is_no_number_is_told_only_where_there_is_none() -> None:
    none = case(step("received", "2025-01-06"), whose=child(upn=""), upn_unknown="UN3")
    assert only(made(none), "person")["upnunknown"] == "UN3"
    uln = case(step("received", "2025-01-06"), whose=child(upn=""), upn_unknown="UN3", uln="1000102504")
    assert "upnunknown" not in only(made(uln), "person")


@pytest.mark.parametrize("name", ["=1+1", "+44", "-x", "@x", " =1", "\t=1", "＝1", "\u200b=1"])
def test_what_a_spreadsheet_would_run_is_no_name_and_is_left_out(name: str) -> None:
    it = case(step("received", "2025-01-06"), whose=child(surname=name))
    assert "surname" not in only(made(it), "person")
    assert "name" in found(it)


# ---------------------------------------------------------------- the tables as a whole


@st.composite
def lives(draw: st.DrawFn) -> Case:
    """A case that has gone any possible way."""
    day = draw(st.dates(date(2022, 1, 1), date(2025, 12, 31)))
    steps = [step("received", day)]
    for _ in range(draw(st.integers(0, 9))):
        ways = [kind for kind in (*LEADS, "review", "amended", "placement", "appeal")
                if status_of([*steps, step(kind, day)]) is not None]  # fmt: skip
        if not ways:
            break
        day += timedelta(days=draw(st.integers(0, 200)))
        details = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "urn": st.just("990101"), "since": st.dates(date(2020, 1, 1), date(2027, 1, 1)).map(str),
                    "rank": st.sampled_from(["1", "2"]), "decision": st.sampled_from(["keep", "amend"]),
                    "meeting": st.just("2025-02-02"), "primary": st.sampled_from(sorted(NEEDS)),
                    "secondary": st.sampled_from(sorted(NEEDS)), "unit": st.sampled_from(["yes", "no"]),
                    "code": st.sampled_from(sorted(CEASED)), "sensetting": st.sampled_from(sorted(SETTINGS)),
                    "overturned": st.sampled_from(["council", "mediation", "tribunal"]),
                    "about": st.sampled_from(["not_assess", "no_plan", "plan"]),
                    "way": st.sampled_from(sorted(APPEALS)),
                },
            )
        )  # fmt: skip
        steps.append(step(draw(st.sampled_from(ways)), day, **details))
    upn = draw(st.sampled_from(["V307400124001", "U30740012401A", "nonsense", ""]))
    born = draw(st.dates(date(2000, 1, 1), date(2023, 1, 1)))
    return case(*steps, whose=child(str(next(number)), upn=upn, born=born))


@given(st.lists(lives(), max_size=5), st.integers(2024, 2028))
def test_whatever_happened_every_row_stands_below_one_and_holds_only_what_its_module_has(
    cases: list[Case], year: int
) -> None:
    rows = made(*cases, period=Period(year))
    for name, (parent, items) in MODULES.items():
        ids = [row.id for row in rows[name]]
        assert len(set(ids)) == len(ids), name
        assert {row.parent for row in rows[name]} <= ({row.id for row in rows[parent]} if parent else {0}), name
        for row in rows[name]:
            assert set(row.values) <= set(items), name
    for row in rows["requests"]:
        assert (row.values["requestoutcome"] in "YN") == bool(row.values.get("requestoutcomedate"))
    for row in rows["placementdetail"]:
        assert not row.values["leavingdate"] or row.values["entrydate"] <= row.values["leavingdate"]
    for fault in faults(told(cases, Period(year), LATER)):
        assert fault.rule in RULES
        assert fault.mend[0] in ("step", "take", "case", "register", "answer")
        assert fault.mend[0] != "step" or fault.mend[1] in {s.id for s in fault.case.steps}


# ---------------------------------------------------------------- what is to be mended first


WELL = (("receipt", "2025-02-05"), ("assess", "2025-03-14"), ("draft", "2025-05-30"))


def planned(**details: str) -> Case:
    """A plan of the period that says all."""
    return case(step("received", "2025-02-03"), *(step(kind, on) for kind, on in WELL),
                step("final", "2025-06-20", **(WHOLE | details)))  # fmt: skip


def test_a_case_that_says_all_has_nothing_to_mend() -> None:
    assert found(planned()) == {}
    assert found(case(step("received", "2025-12-20"))) == {}


@pytest.mark.parametrize(
    ("it", "rule", "detail"),
    [
        (planned(urn=""), "plan", "the setting it names"),
        (planned(unit="", primary=""), "plan", "in a SEN unit, primary need"),
        (planned(urn="", sensetting="OTH"), "plan", "which setting it is"),
        (planned(budget="yes", arranged="", direct=""), "plan",
         "some of it as organised arrangements, some of it as direct payments"),
        (planned(budget=""), "plan", "personal budget"),
        (planned(primary="NSA"), "needs", ""),
        (planned(secondary="ASD"), "needs", ""),
        (planned(since=""), "entry", ""),
        (planned(urn="", since=""), "nowhere", ""),
        (planned(since="2026-09-01"), "nowhere", ""),
        (planned(unit="yes"), "units", ""),
        (planned(direct="no"), "budget", ""),
        (long_ago(), "review", "the plan was sent Sat 10 Jun 2023"),
        (long_ago(step("review", "2024-12-02", decision="keep")), "review", "the last was Mon 2 Dec 2024"),
        (long_ago(step("ceased", "2025-07-31")), "ceased", ""),
        (long_ago(step("ceased", "2025-07-31", code="nonsense")), "ceased", ""),
        (long_ago(step("ceased", "2025-07-31", code="3")), "reason", "Went on to higher education; 7 years old"),
        (case(step("received", "2025-09-01")), "decision", "by Mon 13 Oct 2025"),
        (case(step("received", "2025-08-01"), step("receipt", "2025-08-02"), step("assess", "2025-09-01")), "final",
         "by Fri 19 Dec 2025"),
        (case(step("received", "2025-12-20"), whose=child(upn="")), "1500", ""),
        (case(step("received", "2025-12-20"), whose=child(upn=""), upn_unknown="UN1"), "unknown", "8 years old"),
        (case(step("received", "2025-12-20"), whose=child(upn="A307400124001")), "1510", ""),
        (case(step("received", "2025-12-20"), whose=child(upn="U30740012401A")), "temporary", ""),
        (case(step("received", "2025-12-20"), ethnicity=""), "ethnicity", ""),
        (case(step("received", "2025-12-20"), whose=child(postcode="")), "postcode", ""),
        (case(step("received", "2025-12-20"), whose=child(postcode="W1")), "postcode", ""),
        (case(step("received", "2025-12-20"), whose=child(sex="U")), "sex", ""),
        (case(step("received", "2025-12-20"), whose=child(born=date(1999, 1, 1))), "age", "27 years old"),
        (case(step("received", "2025-12-20"), whose=child(born=date(2025, 12, 21))), "birth", "Sun 21 Dec 2025"),
        (case(step("received", "2025-12-20"), uln="1000102505"), "uln", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_what_it_lacks(it: Case, rule: str, detail: str) -> None:
    assert {rule: detail}.items() <= found(it).items()


def test_each_fault_leads_to_where_it_is_mended() -> None:
    it = planned(urn="", since="")
    assert {f.rule: f.mend for f in faults(told([it], PERIOD, LATER))} == {
        "plan": ("step", it.steps[-1].id), "nowhere": ("take", "placement")
    }  # fmt: skip
    moved = case(step("received", "2025-12-20"), whose=child(upn="", postcode=""), ethnicity="")
    assert {f.rule: f.mend for f in faults(told([moved], PERIOD, LATER))} == {
        "1500": ("answer", "upn_unknown"), "ethnicity": ("answer", "ethnicity"), "postcode": ("register", "postcode"),
    }  # fmt: skip


def test_who_has_no_home_has_no_postcode_to_mend() -> None:
    assert found(case(step("received", "2025-12-20"), whose=child(postcode=""), no_fixed_abode="yes")) == {}


def test_an_exception_that_was_not_needed_is_asked_about() -> None:
    it = planned()
    excused = step("exception", "2025-03-20", regulation="13(3)", ground="c", since="2025-03-01", until="2025-04-30",
                   instead="2025-08-29")  # fmt: skip
    in_time = Case(it.record, it.reference, it.child, [*it.steps, excused], it.answers)
    assert "exception" in found(in_time)
    late = [*it.steps[:-1], excused, step("final", "2025-07-20", **WHOLE)]
    assert "exception" not in found(Case(it.record, it.reference, it.child, late, it.answers))


def test_a_placement_elsewhere_than_named_is_asked_about_and_described_in_full() -> None:
    it = long_ago(at("990102", "2025-09-01", "2025-09-02"))
    assert found(it)["named"] == "URN 990102, not URN 990101"
    assert found(it)["place"] == "in a SEN unit, in resourced provision, residential, work-based learning"


def test_two_children_with_one_number() -> None:
    both = [case(step("received", "2025-12-20"), whose=child(id)) for id in "12"]
    assert [fault.rule for fault in faults(told(both, PERIOD, LATER))] == ["1520", "1520"]


@pytest.mark.parametrize(
    ("upn", "rules"),
    [
        ("V307400124001", []),
        ("B801200005001", []),
        ("H243278544154", ["1530"]),  # a valid letter, of no council there is
        ("A950000178301", ["1530"]),
        ("Q207000016049", ["1510"]),  # the letter is P, whatever the help page says that has it
        ("V3074001240O1", ["1540"]),
        ("V30740012400I", ["1550"]),
        ("V30740012400S", ["1550"]),
        ("U30740012401A", ["temporary"]),
        ("", ["1540", "1550", "1530"]),
        ("V３０７400124001", ["1510"]),
    ],
)
def test_the_department_s_rules_about_a_upn(upn: str, rules: list[str]) -> None:
    assert upn_rules(upn) == rules


def test_faults_come_with_errors_first() -> None:
    levels = [RULES[f.rule].level for f in faults(told([planned(unit="yes", urn=""), long_ago()], PERIOD, LATER))]
    assert levels == sorted(levels)
    assert set(levels) == {"error", "query"}
    kinds = [rule.level for rule in RULES.values()]
    assert kinds == sorted(kinds)


# ---------------------------------------------------------------- code lists


def test_every_code_is_one_of_the_return_s_lists() -> None:
    assert set(SETTINGS) == {"OLA", "OPA", "EHE", "EYP", "OTH", "NEET", "NIEC", "NIEO"}
    assert list(CEASED) == [str(n) for n in range(1, 10)]
    assert "NSA" not in NEEDS
    assert set(NEEDS) == {"SPLD", "MLD", "SLD", "PMLD", "SEMH", "SLCN", "HI", "VI", "MSI", "PD", "ASD", "DS", "OTH"}
    assert set(codes.UPN_UNKNOWN) == {"UN1", "UN2", "UN3", "UN5", "UN8", "UN9", "UN10"}
    assert len(codes.ETHNICITIES) == 20


def test_codes_that_nobody_has_looked_up_are_named_and_not_guessed() -> None:
    about = told([planned(), long_ago(step("review", "2025-12-08", decision="keep"))], PERIOD, LATER)
    lacks = {it.name: it for it in lacking(about, Codes())}
    assert lacks["requestsource"].level == lacks["reviewoutcome.keep"].level == "error"
    assert "reviewoutcome.amend" not in lacks, "no review has decided that"
    assert (lacks["planres.yes"].sent, lacks["planres.yes"].level) == ("1", "query")
    assert lacking(about, read_codes(",".join(f"{name}=1" for name in WANTED))) == []
    row = only(modules(told([planned()], PERIOD, LATER), Codes(), HEADER), "requests")
    assert "requestsource" not in row


@pytest.mark.parametrize("text", ["requestsource", "requestsource=", "source=3", "requestsource=a;b", "planres=1"])
def test_a_setting_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"it knows no|should be a name"):
        read_codes(text)


def test_codes_are_given_with_commas_or_spaces() -> None:
    assert read_codes("requestsource=3, planres.yes=R\n dmo=1").given == {
        "requestsource": "3", "planres.yes": "R", "dmo": "1"
    }  # fmt: skip
    assert read_codes("").given == {}
