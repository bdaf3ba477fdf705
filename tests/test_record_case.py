"""What the rules of a case say: which step follows which, what may be corrected, what excuses from a date."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record.advice import Asked
from record.case import (
    BESIDE,
    KINDS,
    LEADS,
    OPEN,
    Step,
    appeal_refusal,
    appealable,
    correction_refusal,
    offered,
    overturn_refusal,
    refusal,
    standing,
    status_of,
)
from record.clock import DECISION, FINAL
from record.deadlines import Deadline, deadlines, next_due
from record.excuse import NATURE, REGULATIONS, Excuse
from record.status import STATUS

RECEIVED = date(2025, 9, 1)
TODAY = date(2026, 3, 1)
number = count(1)


def step(kind: str, on: date = RECEIVED, **more: object) -> Step:
    return Step(str(next(number)), kind, on, **more)  # type: ignore[arg-type]


def case(*kinds: str) -> list[Step]:
    """A case of these steps, one a week."""
    return [step("received"), *(step(kind, RECEIVED + timedelta(weeks=n)) for n, kind in enumerate(kinds, 1))]


def by_name(steps: list[Step], today: date = TODAY) -> dict[str, Deadline]:
    return {d.name: d for d in deadlines(steps, today)}


# ---------------------------------------------------------------- order


def test_every_step_has_words_and_leads_somewhere_or_nowhere() -> None:
    assert set(KINDS) == set(LEADS) | set(BESIDE) | {"void"}
    for stages in BESIDE.values():
        assert set(stages) <= set(STATUS) - {"draft"}
    for ways in LEADS.values():
        assert set(ways) | set(ways.values()) <= set(STATUS)


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ((), "submitted"),
        (("receipt",), "acknowledged"),
        (("receipt", "panel", "panel"), "deciding"),
        (("receipt", "assess", "draft", "draft", "final", "ceased"), "ceased"),
        (("receipt", "not_assess", "assess"), "assessing"),
        (("receipt", "assess", "no_plan", "draft"), "draft_plan"),
        (("receipt", "assess", "no_plan", "make_plan"), "assessing"),
        (("receipt", "assess", "make_plan"), None),
        (("withdrawn",), "withdrawn"),
        (("receipt", "assess", "draft", "final", "moved"), "moved_out"),
        (("question", "coordinator", "exception", "answer"), "submitted"),
        (("receipt", "assess", "draft", "final", "placement", "review", "amended", "review", "appeal"), "final_plan"),
        (("receipt", "assess", "review"), None),
        (("receipt", "assess", "draft", "placement", "final"), None),
        (("receipt", "appeal"), None),
        (("receipt", "not_assess", "appeal", "assess"), "assessing"),
        (("assess",), None),
        (("receipt", "final"), None),
        (("withdrawn", "receipt"), None),
        (("receipt", "receipt"), None),
    ],
)
def test_steps_lead_where_they_should_or_are_in_no_possible_order(kinds: tuple[str, ...], status: str | None) -> None:
    assert status_of(case(*kinds)) == status


@given(st.lists(st.sampled_from(sorted(LEADS)), max_size=8))
def test_what_is_offered_is_exactly_what_can_be_taken(kinds: list[str]) -> None:
    steps = case(*kinds)
    at = status_of(steps)
    if at is None:
        return
    day = steps[-1].on
    for kind in LEADS:
        assert (kind in offered(at)) == (refusal(kind, day, steps, TODAY) == "")
        assert (kind in offered(at)) == (status_of([*steps, step(kind, day)]) is not None)


@pytest.mark.parametrize(
    ("kind", "on", "sentence"),
    [
        ("receipt", TODAY + timedelta(days=1), "in the future"),
        ("receipt", RECEIVED - timedelta(days=1), "before the request was received, Mon 1 Sep 2025"),
        ("assess", RECEIVED, "Confirm receipt first"),
        ("draft", RECEIVED, "First record the decision to assess"),
        ("question", TODAY + timedelta(days=1), "in the future"),
    ],
)
def test_a_step_that_cannot_be_taken_says_why(kind: str, on: date, sentence: str) -> None:
    assert sentence in refusal(kind, on, case(), TODAY)


def test_a_step_before_the_one_it_follows_says_which() -> None:
    assert "before the step it follows" in refusal("assess", RECEIVED, case("receipt"), TODAY)
    assert "confirmed" in refusal("assess", RECEIVED, case("receipt"), TODAY)


def test_a_closed_case_takes_no_decision() -> None:
    assert "“Withdrawn”" in refusal("assess", TODAY, case("withdrawn"), TODAY)
    assert "nothing more is asked" in refusal("question", TODAY, case("withdrawn"), TODAY)
    assert refusal("coordinator", TODAY, case("withdrawn"), TODAY) == ""
    assert offered("withdrawn") == offered("moved_out") == ["coordinator"]
    assert offered("draft") == []


# ---------------------------------------------------------------- corrections


def test_a_corrected_step_counts_no_more() -> None:
    steps = case("receipt", "not_assess")
    steps[-1] = Step("x", "not_assess", steps[-1].on, corrected=True)
    steps.append(step("void", corrects="x"))
    assert [s.kind for s in standing(steps)] == ["received", "receipt"]
    assert status_of(steps) == "acknowledged"


def test_a_review_and_an_amended_plan_follow_the_plan() -> None:
    steps = case("receipt", "assess", "draft", "final")
    sent = steps[-1].on
    for kind in ("review", "amended"):
        assert "before the final plan was sent" in refusal(kind, sent - timedelta(days=1), steps, TODAY)
        assert refusal(kind, sent, steps, TODAY) == ""
        assert status_of([*steps, step(kind, sent - timedelta(days=1))]) is None
        assert refusal(kind, TODAY, case("receipt"), TODAY) == "First record the final plan."
    assert refusal("placement", sent - timedelta(days=9), steps, TODAY) == "", "where the child was before"
    reviewed = [*steps, step("review", sent)]
    assert "not be in the order" in correction_refusal(steps[-1], sent + timedelta(days=1), reviewed, TODAY)


def test_an_appeal_is_about_a_decision_that_stands() -> None:
    steps = case("receipt", "not_assess", "assess", "no_plan")
    refused, ended = steps[2], steps[-1]
    assert appealable(steps) == {"not_assess": refused.on, "no_plan": ended.on}
    assert appealable(case("receipt")) == {}
    assert "There is no decision yet" in refusal("appeal", TODAY, case("receipt", "assess"), TODAY)
    assert appeal_refusal("plan", TODAY, steps) == "Choose what it was about."
    assert "before the family was told of it" in appeal_refusal("no_plan", refused.on, steps)
    assert appeal_refusal("not_assess", refused.on, steps) == ""
    about = step("appeal", refused.on, details={"way": "tribunal", "about": "not_assess"})
    appealed = [*steps, about]
    assert "Later steps stand on this one" in correction_refusal(refused, None, appealed, TODAY)
    assert correction_refusal(about, refused.on + timedelta(days=1), appealed, TODAY) == ""
    assert correction_refusal(about, None, appealed, TODAY) == ""


def test_a_correction_keeps_the_order_of_what_happened() -> None:
    steps = case("receipt", "assess", "draft")
    receipt, assess = steps[1], steps[2]
    assert correction_refusal(assess, assess.on + timedelta(days=3), steps, TODAY) == ""
    assert "not be in the order" in correction_refusal(assess, assess.on + timedelta(weeks=3), steps, TODAY)
    assert "Later steps stand on this one" in correction_refusal(receipt, None, steps, TODAY)
    assert correction_refusal(steps[3], None, steps, TODAY) == ""
    assert "in the future" in correction_refusal(receipt, TODAY + timedelta(days=1), steps, TODAY)
    assert "before the request" in correction_refusal(receipt, RECEIVED - timedelta(days=1), steps, TODAY)
    assert "cannot be changed" in correction_refusal(steps[0], RECEIVED, steps, TODAY)


# ---------------------------------------------------------------- dates


def test_the_dates_of_an_open_case_are_counted_from_receipt_alone() -> None:
    found = by_name(case("receipt", "question", "answer", "panel"))
    assert {n: d.due for n, d in found.items()} == {
        "receipt": date(2025, 9, 4),
        "decision": date(2025, 10, 13),
        "no_plan": date(2025, 12, 22),
        "final": date(2026, 1, 19),
    }
    assert {n: d.state for n, d in found.items()} == {
        "receipt": "missed",
        "decision": "late",
        "no_plan": "late",
        "final": "late",
    }


@pytest.mark.parametrize("beside", ["question", "answer", "coordinator", "panel"])
def test_nothing_but_an_exception_moves_a_date(beside: str) -> None:
    plain, more = by_name(case("receipt")), by_name(case("receipt", beside))
    assert {n: (d.due, d.how) for n, d in plain.items()} == {n: (d.due, d.how) for n, d in more.items()}


def test_a_decision_on_the_last_day_is_in_time_and_a_day_later_is_not() -> None:
    for days, state in ((42, "met"), (43, "missed")):
        steps = [step("received"), step("receipt"), step("assess", RECEIVED + timedelta(days=days))]
        assert by_name(steps)["decision"].state == state


def test_a_decision_overturned_keeps_the_date_of_the_first() -> None:
    steps = case("receipt", "not_assess", "assess")
    assert by_name(steps)["decision"].done == steps[2].on


def overturned(kind: str, on: date, by: str, ordered: date | None = None) -> Step:
    details = {"overturned": by} | ({"ordered": ordered.isoformat()} if ordered else {})
    return step(kind, on, details=details)


ORDER, TOLD = date(2025, 11, 3), date(2025, 11, 14)
REFUSED = [step("received"), step("receipt", RECEIVED), step("not_assess", date(2025, 10, 10))]
UNPLANNED = [
    *(step("received"), step("receipt", RECEIVED), step("assess", date(2025, 10, 10))),
    step("no_plan", date(2025, 12, 19)),
]


@pytest.mark.parametrize(
    ("by", "said", "laws"),
    [
        ("tribunal", "tribunal’s order", ("44(2)(b)", "44(2)(b)(i)", "44(2)(b)(ii)")),
        ("unopposed", "tribunal told", ("45(3)", "45(3A)(a)", "45(3A)(b)")),
        ("mediation", "mediation agreement", ("42(2) and 44(2)(b)", "42(2) and 44(2)(b)(i)", "42(2) and 44(2)(b)(ii)")),
    ],
)
def test_an_assessment_that_was_refused_first_has_its_weeks_from_the_order(
    by: str, said: str, laws: tuple[str, ...]
) -> None:
    steps = [*REFUSED, overturned("assess", TOLD, by, ORDER)]
    found = by_name(steps, TOLD)
    how = {name: found[name].how for name in ("told", "no_plan", "final")}
    assert how == {
        "told": f"{said} Mon 3 Nov 2025 + 14 days = Mon 17 Nov 2025",
        "no_plan": f"{said} Mon 3 Nov 2025 + 70 days = Mon 12 Jan 2026",
        "final": f"{said} Mon 3 Nov 2025 + 98 days = Mon 9 Feb 2026",
    }
    assert tuple(found[name].law.partition(" ")[2] for name in how) == laws
    assert (found["decision"].state, found["decision"].done) == ("met", date(2025, 10, 10)), "it stays as it was"
    assert (found["told"].state, found["no_plan"].state, found["final"].state) == ("met", "open", "open")
    assert by_name(steps, date(2026, 2, 9))["final"].state == "open"
    assert by_name(steps, date(2026, 2, 10))["final"].state == "late"
    late = by_name([*REFUSED, overturned("assess", date(2025, 11, 18), by, ORDER)])
    assert late["told"].state == "missed"


@pytest.mark.parametrize(
    ("by", "said", "law"),
    [("tribunal", "tribunal’s order", "regulation 44(1)"), ("mediation", "mediation agreement", "regulation 42(5)")],
)
def test_the_order_or_the_agreement_may_set_another_date_for_one_limit_alone(by: str, said: str, law: str) -> None:
    details = {"overturned": by, "ordered": ORDER.isoformat(), "set_final": "2026-01-12"}
    found = by_name([*REFUSED, step("assess", TOLD, details=details)], date(2026, 1, 13))
    assert (found["final"].how, found["final"].law) == (f"{said} Mon 3 Nov 2025 sets Mon 12 Jan 2026", law)
    assert (found["final"].due, found["final"].state) == (date(2026, 1, 12), "late")
    assert found["no_plan"].how == f"{said} Mon 3 Nov 2025 + 70 days = Mon 12 Jan 2026"
    later = {"overturned": by, "ordered": "2026-01-30", "set_draft": "2026-03-20"}
    after = by_name([*UNPLANNED, step("make_plan", date(2026, 2, 6), details=later)], date(2026, 3, 20))
    assert (after["draft"].due, after["draft"].state) == (date(2026, 3, 20), "open")
    assert after["final"].due == date(2026, 4, 17)


def test_where_the_council_does_not_oppose_nobody_sets_another_date() -> None:
    details = {"overturned": "unopposed", "ordered": ORDER.isoformat(), "set_final": "2026-01-12"}
    assert by_name([*REFUSED, step("assess", TOLD, details=details)], TOLD)["final"].due == date(2026, 2, 9)


def test_a_plan_that_was_refused_first_has_five_weeks_to_its_draft_and_eleven_to_the_end() -> None:
    order, told = date(2026, 1, 30), date(2026, 2, 6)
    steps = [*UNPLANNED, overturned("make_plan", told, "tribunal", order)]
    found = by_name(steps, told)
    assert found["draft"].how == "tribunal’s order Fri 30 Jan 2026 + 35 days = Fri 6 Mar 2026"
    assert found["final"].how == "tribunal’s order Fri 30 Jan 2026 + 77 days = Fri 17 Apr 2026"
    assert (found["draft"].law, found["final"].law) == ("regulation 44(2)(c)(i)", "regulation 44(2)(c)(ii)")
    assert (found["no_plan"].state, found["no_plan"].done) == ("met", date(2025, 12, 19))
    assert (found["draft"].state, found["final"].state) == ("open", "open"), "not late since the twenty weeks ended"
    following = next_due(deadlines(steps, told))
    assert following
    assert following.name == "draft"
    sent = by_name([*steps, step("draft", date(2026, 3, 6))], date(2026, 3, 7))
    assert (sent["draft"].state, sent["final"].state) == ("met", "open")
    at_once = by_name([*UNPLANNED, overturned("draft", date(2026, 3, 9), "unopposed", order)], date(2026, 3, 9))
    assert (at_once["draft"].state, at_once["draft"].law) == ("missed", "regulation 45(6)")


def test_what_the_council_thinks_better_of_by_itself_has_its_weeks_from_receipt() -> None:
    found = by_name([*REFUSED, overturned("assess", TOLD, "council")], TOLD)
    assert "told" not in found
    assert (found["no_plan"].due, found["final"].due) == (date(2025, 12, 22), FINAL.due(RECEIVED))
    again = by_name([*UNPLANNED, overturned("make_plan", date(2026, 1, 7), "council")], date(2026, 1, 7))
    assert (again["final"].due, again["final"].state) == (FINAL.due(RECEIVED), "open")
    assert "draft" not in again


def test_a_decision_is_overturned_after_it_was_made_and_before_what_follows() -> None:
    assert "before the family was told of the decision" in overturn_refusal("assess", RECEIVED, TOLD, REFUSED)
    assert "after Fri 14 Nov 2025" in overturn_refusal("assess", TOLD + timedelta(days=1), TOLD, REFUSED)
    assert overturn_refusal("assess", ORDER, TOLD, REFUSED) == ""
    after = overturned("assess", TOLD, "tribunal", ORDER)
    steps = [*REFUSED, after]
    assert "not be in the order" in correction_refusal(REFUSED[2], date(2025, 11, 4), steps, TODAY)
    assert correction_refusal(REFUSED[2], ORDER, steps, TODAY) == ""
    early = overturned("assess", TOLD, "tribunal", RECEIVED)
    assert "not be in the order" in correction_refusal(
        Step(after.id, "assess", TOLD, details=early.details), TOLD, steps, TODAY
    )


def test_a_closed_case_waits_for_nothing() -> None:
    for kinds in (("withdrawn",), ("moved",), ("receipt", "not_assess"), ("receipt", "assess", "no_plan")):
        assert next_due(deadlines(case(*kinds), TODAY)) is None, kinds
    assert next_due([]) is None
    assert deadlines([], TODAY) == []


def test_the_family_s_days_on_a_draft_are_shown_from_the_latest_draft() -> None:
    steps = case("receipt", "assess", "draft", "draft")
    comments = by_name(steps)["comments"]
    assert comments.due == steps[-1].on + timedelta(days=14)
    assert "day 1 of 15" in comments.how
    assert by_name(steps)["no_plan"].state == "over", "a plan is being made"


def test_the_family_s_days_run_to_their_last_day_and_are_never_late() -> None:
    steps = case("receipt", "assess", "draft")
    last = steps[-1].on + timedelta(days=14)
    assert by_name(steps, last)["comments"].state == "running"
    assert by_name(steps, last + timedelta(days=1))["comments"].state == "ended"
    following = next_due(deadlines(steps, last))
    assert following
    assert following.name == "final", "they ask nothing of SENAS"


def test_advice_is_due_six_weeks_after_it_was_asked_for() -> None:
    asked = date(2025, 10, 13)
    steps = case("receipt", "assess")
    due = date(2025, 11, 24)
    waiting, given = Asked("EP", asked, due), Asked("SLT", asked, due, given=due)
    advice = {d.title: d for d in deadlines(steps, TODAY, asked=[waiting, given]) if d.name == "advice"}
    assert advice["Advice from EP"].due == date(2025, 11, 24)
    assert advice["Advice from EP"].law == "regulation 8(1)"
    assert advice["Advice from EP"].how == "asked Mon 13 Oct 2025 + 42 days = Mon 24 Nov 2025"
    assert advice["Advice from EP"].state == "late"
    assert advice["Advice from SLT"].state == "met"


def test_what_was_agreed_before_there_is_an_assessment_is_no_date_of_the_law_s() -> None:
    agreed = Asked("EP", date(2025, 9, 8), date(2025, 9, 30), statutory=False)
    (found,) = [d for d in deadlines(case("receipt"), TODAY, asked=[agreed]) if d.name == "advice"]
    assert (found.due, found.limit, found.law) == (agreed.due, agreed.due, "agreed, not set by the law")
    assert found.how == "asked Mon 8 Sep 2025, agreed by Tue 30 Sep 2025"
    assert found.state == "late"
    closed = deadlines(case("receipt", "assess", "no_plan"), TODAY, asked=[agreed])
    assert [d.state for d in closed if d.name == "advice"] == ["over"], "nobody waits for it any more"


# ---------------------------------------------------------------- exceptions


def excuse(law: str = "5(4)", ground: str = "d", **more: object) -> Excuse:
    given = {"since": RECEIVED, "until": RECEIVED + timedelta(days=27), "instead": date(2025, 11, 3)}
    return Excuse(law, ground, **(given | more))  # type: ignore[arg-type]


def excused(*excuses: Excuse) -> list[Step]:
    return [*case("receipt"), *(step("exception", details=e.details()) for e in excuses)]


@pytest.mark.parametrize(("law", "name"), [("5(4)", "decision"), ("10(4)", "no_plan"), ("13(3)", "final")])
def test_an_exception_moves_only_the_limit_its_regulation_names(law: str, name: str) -> None:
    plain = by_name(case("receipt"))
    instead = date(2026, 6, 1)
    found = by_name(excused(excuse(law, instead=instead)))
    assert {n for n in found if found[n].due != plain[n].due} == {name}
    assert found[name].due == instead
    assert found[name].limit == plain[name].limit, "the law's own date stays to be read"
    assert f"regulation {law}(d)" in found[name].how
    assert found[name].how.endswith("until Mon 1 Jun 2026")


def test_taken_back_the_date_is_the_law_s_again() -> None:
    steps = excused(excuse())
    assert by_name(steps)["decision"].due == date(2025, 11, 3)
    steps[-1] = replace(steps[-1], corrected=True)
    assert by_name([*steps, step("void", corrects=steps[-1].id)]) == by_name(case("receipt"))


@pytest.mark.parametrize(
    ("by", "law", "name"),
    [(by, law, name)
     for by, law in (("tribunal", "44(3)"), ("mediation", "44(3)"), ("unopposed", "45(7)"))
     for name in ("told", "no_plan", "final")],
)  # fmt: skip
def test_after_an_order_it_is_said_which_limit_and_what_excused_before_excuses_no_more(
    by: str, law: str, name: str
) -> None:
    first = [excuse(it, "c", instead=date(2026, 6, 1)) for it in ("5(4)", "10(4)", "13(3)")]
    before = [*REFUSED, *(step("exception", details=e.details()) for e in first)]
    plain = [*before, overturned("assess", TOLD, by, ORDER)]
    later = excuse(law, "a", since=ORDER, until=TOLD, instead=date(2026, 6, 2), limit=name)
    found, law_s = by_name([*plain, step("exception", details=later.details())]), by_name(plain)
    assert {n: found[n].due for n in found if found[n].due != law_s[n].due} == {name: date(2026, 6, 2)}
    assert law_s["final"].due == ORDER + timedelta(weeks=14)
    other = {"44(3)": "45(7)", "45(7)": "44(3)"}[law]
    assert by_name([*plain, step("exception", details=excuse(other, "a", limit=name).details())]) == law_s


def test_an_adviser_s_exception_moves_that_adviser_s_date_alone() -> None:
    asked = date(2025, 10, 13)
    later, law = date(2026, 1, 5), date(2025, 11, 24)
    missed = Excuse("8(2)", "c", asked, asked, later, whose="EP", request="1")
    wanted = [
        Asked("EP", asked, later, request="1"),
        Asked("EP", asked, law, request="2"),
        Asked("SLT", asked, law, request="3"),
    ]
    found = [d for d in deadlines(excused(missed), TODAY, asked=wanted) if d.name == "advice"]
    assert [(d.request, d.due, d.limit) for d in found] == [("1", later, law), ("2", law, law), ("3", law, law)]
    assert "by exception (regulation 8(2)(c), Mon 13 Oct 2025" in found[0].how
    assert [d.excuses for d in found] == [(missed,), (), ()]
    told = wanted[0].how()
    assert told.endswith("by exception (regulation 8(2)) until Mon 5 Jan 2026"), "who may not read what has happened"
    older = Excuse("8(2)", "c", asked, asked, later, whose="EP")
    assert [bool(it.excused_by([older])) for it in wanted] == [True, True, False], "named the service alone"


# The period of a decision on a request of 1 September 2025, and of the final plan.
SIX, TWENTY = (RECEIVED, DECISION.due(RECEIVED)), (RECEIVED, FINAL.due(RECEIVED))
ASKED = (date(2025, 10, 13), date(2025, 11, 24))  # of advice
LAW = SIX[1]  # Mon 13 Oct 2025


@pytest.mark.parametrize(
    ("it", "period", "wrong"),
    [
        (excuse(), SIX, ""),
        (excuse(until=date(2025, 9, 27)), SIX, "until: An absence counts only if it is at least 4 weeks"),
        (excuse(until=date(2025, 8, 1)), SIX, "until: It ends before it begins"),
        (excuse(instead=LAW), SIX, "instead: The new date must be later than the one the law sets, Mon 13 Oct 2025"),
        (excuse(instead=LAW + timedelta(days=28)), SIX, ""),
        (excuse(instead=LAW + timedelta(days=29)), SIX, "instead: It lasted 28 days, so it moves the date to"),
        # in the period lie 28 days of it, and 27
        (excuse(since=date(2025, 9, 16), until=date(2025, 12, 1)), SIX, ""),
        (excuse(since=date(2025, 9, 17), until=date(2025, 12, 1)), SIX, "since: An absence counts only if at least 4"),
        (excuse(since=date(2025, 10, 14), until=date(2025, 12, 1)), SIX, "since: It must lie within the period"),
        (excuse(since=date(2025, 7, 1), until=date(2025, 8, 31)), SIX, "since: It must lie within the period"),
        # other grounds have no length, and yet lie within it
        (excuse(ground="c", since=LAW, until=LAW, instead=date(2026, 3, 1)), SIX, ""),
        (excuse(ground="c", since=date(2025, 10, 14), until=date(2026, 1, 1)), SIX, "since: It must lie within"),
        (excuse("8(2)", "c", since=ASKED[1], until=ASKED[1], instead=date(2025, 12, 1)), ASKED, ""),
        (excuse("8(2)", "c", since=RECEIVED, until=RECEIVED), ASKED, "since: It must lie within the period"),
        (excuse("8(2)", "b", since=ASKED[0], until=date(2025, 11, 8), instead=date(2025, 12, 1)), ASKED, "until: An a"),
        # after an order two weeks away are enough
        (excuse("44(3)", "b", until=date(2025, 9, 14), instead=date(2025, 10, 27)), SIX, ""),
        (excuse("45(7)", "b", until=date(2025, 9, 13)), SIX, "until: An absence counts only if it is at least 2 weeks"),
    ],
)  # fmt: skip
def test_an_exception_is_one_the_regulations_know_within_its_period_and_moves_a_date_no_further_than_it_lasted(
    it: Excuse, period: tuple[date, date], wrong: str
) -> None:
    where, why = it.refusal(*period)
    assert f"{where}: {why}".startswith(wrong or ": ")
    assert bool(why) == bool(wrong)


@pytest.mark.parametrize(
    ("asked", "counts"),
    [
        (date(2025, 7, 15), False),
        (date(2025, 7, 16), True),  # a week before the school closed on the 23rd
        (date(2025, 8, 26), True),  # a week before it opened on 2 September
        (date(2025, 8, 27), False),
    ],
)
@pytest.mark.parametrize(("law", "ground"), [("13(3)", "a"), ("13(3)", "b"), ("44(3)", "c")])
def test_a_summer_counts_when_advice_was_asked_for_from_a_week_before_it_to_a_week_before_its_end(
    asked: date, counts: bool, law: str, ground: str
) -> None:
    june = (date(2025, 6, 2), FINAL.due(date(2025, 6, 2)))  # to Mon 20 Oct 2025
    days = {"since": date(2025, 7, 23), "until": date(2025, 9, 2), "instead": date(2025, 11, 30)}
    assert (excuse(law, ground, **days, asked=asked).refusal(*june)[1] == "") == counts
    closed = excuse(law, ground, **days, asked=date(2025, 7, 20))
    assert "Say when" in replace(closed, asked=None).refusal(*june)[1]
    assert "must be later" in replace(closed, instead=june[1]).refusal(*june)[1]
    assert "It lasted 41 days" in replace(closed, instead=date(2025, 12, 1)).refusal(*june)[1]
    august = (date(2025, 8, 1), FINAL.due(date(2025, 8, 1)))
    assert "asked for within the period" in closed.refusal(*august)[1]
    short = replace(closed, since=date(2025, 12, 20), until=date(2026, 1, 5), asked=date(2025, 12, 18))
    assert "at least 4 weeks" in short.refusal(*TWENTY)[1]


def test_what_a_step_keeps_of_an_exception_comes_back_whole() -> None:
    for it in (
        excuse(),
        excuse("44(3)", "c", asked=RECEIVED, limit="final"),
        excuse("13(3)", "a", asked=RECEIVED),
        Excuse("8(2)", "c", RECEIVED, RECEIVED, TODAY, whose="EP", request="1"),
    ):
        assert Excuse.of(it.details()) == it


def test_who_may_not_read_what_has_happened_knows_the_regulation_and_the_date() -> None:
    told = {"regulation": "5(4)", "instead": "2025-11-03"}
    steps = [*case("receipt"), step("exception", details=told)]
    found, known = by_name(steps)["decision"], by_name(excused(excuse()))["decision"]
    assert found.due == known.due
    assert found.how.endswith("; by exception (regulation 5(4)) until Mon 3 Nov 2025")


def test_every_ground_of_every_regulation_is_known() -> None:
    assert set(NATURE) == {(law, ground) for law, grounds in REGULATIONS.items() for ground in grounds}


def test_open_statuses_are_those_from_which_a_request_can_be_withdrawn() -> None:
    assert set(OPEN) == set(LEADS["withdrawn"])
    assert all(a != b for a, b in pairwise(OPEN))
