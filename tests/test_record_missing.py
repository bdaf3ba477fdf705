"""What a record still lacks is said at the right level, and only where it matters."""

import pytest
from whole_record import TODAY, blocking, core, everything, given, listed, warnings, without

from record import VNOV22
from record.form import Answers, Need, Row, missing, said

EVERYTHING = everything()


def test_a_record_with_everything_lacks_nothing() -> None:
    assert VNOV22.missing(EVERYTHING) == []


def test_the_laws_core_is_small_and_always_blocks() -> None:
    assert core(Answers(today=TODAY)) == [
        "First name",
        "Surname (legal)",
        "Date of birth",
        "A parent or carer whom SENAS can reach (address, telephone or email)",
        "School or setting",
        "Why an EHC needs assessment is requested",
    ]


def test_what_is_missing_leads_to_a_field_or_list_of_its_tab() -> None:
    for gap in VNOV22.missing(Answers(today=TODAY)):
        tab = VNOV22.tab(gap.tab)
        assert tab is not None
        assert VNOV22.field(tab, "", gap.key) or gap.key in [part.name for part in tab.lists], gap


def test_an_entrys_gap_names_the_entry_and_leads_to_its_field() -> None:
    record = listed(EVERYTHING, "parents", {"first_name": "Anna", "relationship": "mother"})
    gap = next(m for m in VNOV22.missing(record) if m.key == "parents-1.surname")
    assert gap.says == "Surname (Anna, Mother)"
    nameless = listed(EVERYTHING, "parents", {})
    assert "First name (Parent or carer 1)" in blocking(nameless)


@pytest.mark.parametrize("route", [{"phone": "020 8825 6910"}, {"email": "a@b.example"}, {"address": "1 High St"}])
def test_any_route_to_a_parent_is_enough_for_the_core(route: dict[str, str]) -> None:
    child = Answers({"dob": "2018-03-05"}, today=TODAY)
    reach = "A parent or carer whom SENAS can reach (address, telephone or email)"
    assert reach in core(listed(child, "parents", {"first_name": "Anna"}))
    assert reach not in core(listed(child, "parents", {"first_name": "Anna", **route}))


def test_a_parent_at_the_childs_known_address_can_be_reached() -> None:
    at_home = listed(Answers({"address_line1": "1 High St"}, today=TODAY), "parents", {"same_address": "yes"})
    assert not any("can reach" in says for says in core(at_home))


def test_a_young_person_of_16_is_enough_to_reach() -> None:
    sixteen = Answers({"dob": "2010-11-24", "email": "me@b.example"}, today=TODAY)
    fifteen = given(sixteen, dob="2010-11-25")
    assert not any("can reach" in says for says in core(sixteen))
    assert any("can reach" in says for says in core(fifteen))


@pytest.mark.parametrize(
    ("parent", "broken"),
    [
        ({"parental_responsibility": "no"}, True),
        ({"parental_responsibility": "unknown"}, True),
        ({"parental_responsibility": "yes"}, False),
        ({"parental_responsibility": "no", "relationship": "corporate_parent"}, False),
    ],
)
def test_somebody_must_have_parental_responsibility(parent: dict[str, str], broken: bool) -> None:
    record = listed(given(EVERYTHING, dob="2018-03-05"), "parents", parent)
    assert ("Someone with parental responsibility" in blocking(record)) is broken


def test_nobody_needs_parental_responsibility_for_a_young_person() -> None:
    record = listed(EVERYTHING, "parents", {"parental_responsibility": "no"})
    assert "Someone with parental responsibility" not in blocking(record)


def test_one_route_to_a_parent_is_wanted_not_two() -> None:
    record = listed(EVERYTHING, "parents", {"first_name": "Anna", "email": "a@b.example"})
    assert "Telephone or email (Anna)" not in warnings(record)
    assert "Telephone or email (Anna)" in warnings(listed(EVERYTHING, "parents", {"first_name": "Anna"}))


def test_a_child_without_fixed_address_needs_none() -> None:
    homeless = without(EVERYTHING, "address_line1", "postcode")
    assert {"Address", "Postcode"} <= set(blocking(given(homeless, no_fixed_abode="no")))
    assert not {"Address", "Postcode"} & set(blocking(given(homeless, no_fixed_abode="yes")))


def test_a_missing_upn_needs_its_reason() -> None:
    unknown = without(EVERYTHING, "upn", "uln", "upn_unknown")
    assert "Why there is no UPN or ULN" in blocking(unknown)
    assert "Unique Pupil Number (UPN)" in warnings(unknown)
    assert "Why there is no UPN or ULN" not in blocking(given(unknown, upn_unknown="UN1"))
    assert "Why there is no UPN or ULN" not in blocking(given(unknown, uln="1000102504"))


def test_an_answer_that_depends_is_missed_only_where_it_is_asked() -> None:
    none = without(EVERYTHING, "looked_after_la")
    assert "Which authority is responsible" in blocking(given(none, looked_after="s20"))
    assert "Which authority is responsible" not in blocking(given(none, looked_after="no"))


def test_a_date_of_birth_that_cannot_be_is_noticed() -> None:
    says = "The date of birth is not that of someone aged 0 to 25"
    assert says in warnings(given(EVERYTHING, dob="1999-11-01"))
    assert says not in warnings(given(EVERYTHING, dob="2026-11-24"))


def test_arrival_before_birth_is_noticed() -> None:
    record = given(EVERYTHING, date_arrival_uk="2007-01-01")
    assert "The date of arrival is before the date of birth" in warnings(record)


def test_being_taught_out_of_year_needs_a_reason() -> None:
    says = "Why taught outside their own year group"
    ten = without(given(EVERYTHING, dob="2016-05-05"), "out_of_year_reason")
    assert says not in blocking(given(ten, nc_year="6"))
    assert says in blocking(given(ten, nc_year="5"))
    assert says not in blocking(given(ten, nc_year="X"))


def test_hours_are_needed_for_the_early_years_and_reduced_timetables() -> None:
    says = "Hours attended each week"
    none = without(EVERYTHING, "weekly_hours")
    assert says in blocking(given(none, nc_year="N1", reduced_timetable="no"))
    assert says in blocking(given(none, nc_year="6", reduced_timetable="yes"))
    assert says not in blocking(given(none, nc_year="6", reduced_timetable="no"))


def test_no_earlier_school_is_an_answer_too() -> None:
    says = "Other schools attended, or that there were none"
    none = listed(without(EVERYTHING, "no_previous_settings"), "previous_settings")
    assert says in warnings(none)
    assert says not in warnings(given(none, no_previous_settings="yes"))
    assert says not in warnings(listed(none, "previous_settings", {"name": "Oak Nursery"}))


@pytest.mark.parametrize(("written", "old"), [("2025-11-24", False), ("2025-11-23", True), ("", True)])
def test_a_report_is_wanted_from_the_last_12_months(written: str, old: bool) -> None:
    record = listed(EVERYTHING, "professionals", {"team": "EP", "last_report_on": written})
    assert ("A professional’s report from the last 12 months" in warnings(record)) is old


def test_an_educational_psychologist_is_wanted_who_has_begun() -> None:
    says = "The involvement of an educational psychologist"
    assert says in warnings(listed(EVERYTHING, "professionals", {"team": "SLT", "involvement": "current"}))
    assert says in warnings(listed(EVERYTHING, "professionals", {"team": "EP", "involvement": "waiting"}))
    assert says not in warnings(listed(EVERYTHING, "professionals", {"team": "EP", "involvement": "ended"}))


def test_an_involvement_long_unseen_is_noticed() -> None:
    says = "Newer dates: someone involved now was last seen more than 18 months ago"
    old = {"involvement": "current", "last_seen_on": "2025-05-23"}
    assert says in warnings(listed(EVERYTHING, "professionals", {"involvement": "ended"}, old))
    assert says not in warnings(listed(EVERYTHING, "professionals", {**old, "last_seen_on": "2025-05-24"}))
    assert says not in warnings(listed(EVERYTHING, "professionals", {**old, "involvement": "ended"}))


def test_someone_waited_for_has_no_dates_yet() -> None:
    waiting = listed(EVERYTHING, "professionals", {"name": "Ewa", "team": "EP", "involvement": "waiting"})
    assert not any(says.startswith("Most recent") for says in warnings(waiting))


def test_the_parent_portal_needs_somebody_to_invite() -> None:
    none = without(EVERYTHING, "portal_contact", "portal_email")
    assert "Email for the invitation" in blocking(given(none, communication_method="parent_portal"))
    assert "Email for the invitation" not in blocking(given(none, communication_method="post"))


def test_parents_who_declined_have_no_date() -> None:
    says = "When the parents or carers gave their views"
    none = without(EVERYTHING, "parent_contribution_date")
    assert says in blocking(given(none, parent_contribution="meeting"))
    assert says not in blocking(given(none, parent_contribution="declined"))


def test_a_child_without_a_word_needs_the_reason_once() -> None:
    tab = VNOV22.tab("child_views")
    assert tab is not None
    says = "The child’s views, or why none are given"
    silent = Answers(today=TODAY)
    assert [m.says for m in missing(tab, silent) if m.need <= Need.REQUIRED] == [says]
    assert missing(tab, given(silent, no_views_reason="She is two weeks old.")) == []
    spoken = given(silent, views_original="Lubię psy")
    assert [m.says for m in missing(tab, spoken) if m.need <= Need.REQUIRED] == ["Date the child’s views were recorded"]


def test_parents_without_a_word_need_the_reason_once() -> None:
    tab = VNOV22.tab("parent_views")
    assert tab is not None
    silent = Answers(today=TODAY)
    assert [m.says for m in missing(tab, silent) if m.need <= Need.REQUIRED] == [
        "The parents’ main concerns, or why no views are given"
    ]
    assert missing(tab, given(silent, no_parent_views_reason="Abroad until spring.")) == []
    original = given(silent, parent_original="ਪੰਜਾਬੀ")
    assert "Who translated the parents’ words" in [m.says for m in missing(tab, original)]


@pytest.mark.parametrize("area", ["ci", "cl", "semh", "sp"])
def test_one_area_of_need_is_enough_and_wants_its_evidence(area: str) -> None:
    says = "Needs in at least one of the four areas"
    none = without(EVERYTHING, *(f"{a}_{part}" for a in ("ci", "cl", "semh", "sp") for part in ("needs", "evidence")))
    assert says in blocking(none)
    one = given(none, **{f"{area}_needs": "Cannot yet."})
    assert says not in blocking(one)
    assert sum(w.startswith("Assessment evidence") for w in warnings(one)) == 1


def test_the_same_need_twice_is_noticed() -> None:
    record = given(EVERYTHING, primary_need="ASD", secondary_need="ASD")
    assert "A secondary need that is not the same as the primary need" in warnings(record)


def test_thresholds_not_read_are_noticed() -> None:
    assert "The thresholds have not been checked yet" in warnings(given(EVERYTHING, thresholds_checked="no"))


def test_two_dated_results_are_wanted() -> None:
    says = "Two or more results with their dates"
    dated = {"attain_result": "12", "attain_date": "2026-01-01"}
    assert says in warnings(listed(EVERYTHING, "results", dated, {"attain_result": "13"}))
    assert says not in warnings(listed(EVERYTHING, "results", dated, dated))


def test_two_reviewed_cycles_are_wanted_unless_there_is_a_reason() -> None:
    says = "Two or more reviewed cycles"
    cycle = {"cycle_start": "2026-01-01", "cycle_review": "2026-03-01", "cycle_impact": "Reads more."}
    one = listed(without(EVERYTHING, "no_cycles_reason"), "cycles", cycle, {"cycle_start": "2026-04-01"})
    assert says in warnings(one)
    assert says in warnings(listed(one, "cycles", cycle, {**cycle, "cycle_impact": ""}))
    assert says in warnings(listed(one, "cycles", cycle, {**cycle, "cycle_review": ""}))
    assert says not in warnings(listed(one, "cycles", cycle, cycle))
    assert says not in warnings(given(one, no_cycles_reason="Newly arrived."))


def test_no_cycle_at_all_needs_its_reason() -> None:
    says = "Cycles of support, or why there are none"
    none = listed(without(EVERYTHING, "no_cycles_reason"), "cycles")
    assert says in blocking(none)
    assert says not in blocking(given(none, no_cycles_reason="Newly arrived."))


def test_a_review_before_the_start_is_noticed() -> None:
    fine = {"cycle_target": "Reads.", "cycle_start": "2026-01-01", "cycle_review": "2026-03-01"}
    record = listed(EVERYTHING, "cycles", fine, {**fine, "cycle_target": "Writes.", "cycle_start": "2026-03-01"})
    found = [m for m in VNOV22.missing(record) if "later than the start" in m.says]
    assert [(m.need, m.key) for m in found] == [(Need.WANTED, "cycles-2.cycle_review")], "a link to the cycle itself"
    assert found[0].says == "A review date that is later than the start of its cycle (Writes.)"


def test_what_several_entries_lack_is_said_once_and_each_is_named_by_its_first_words() -> None:
    target = "By the end of Year 3 she writes three sentences about her day without an adult beside her."
    tab = next(tab for tab in VNOV22.tabs if tab.name == "provision")
    lacking = missing(tab, listed(EVERYTHING, "cycles", {"cycle_target": target}, {"cycle_target": "Reads."}))
    assert "Impact (By the end of Year 3 she writes three…; Reads.)" in said(lacking)
    alone = missing(tab, listed(without(EVERYTHING, "delegated_spend"), "cycles", {}, {}))
    assert "Spent this year from the £6,000 delegated resource" in said(alone)


@pytest.mark.parametrize(
    ("name", "day", "says"),
    [
        ("start_date", "1999-01-01", "The start here is before the date of birth"),
        ("start_date", "2035-01-01", "The start here is more than a year from now"),
        ("reduced_timetable_since", "1999-01-01", "The reduced timetable begins before the date of birth"),
        ("permanent_exclusion_on", "1999-01-01", "The exclusion is before the date of birth"),
        ("sen_support_since", "1999-01-01", "SEN Support begins before the date of birth"),
        ("last_review_date", "1999-01-01", "The last review is before the date of birth"),
    ],
)
def test_a_date_that_cannot_be_meant_is_noticed(name: str, day: str, says: str) -> None:
    assert says in warnings(given(EVERYTHING, **{name: day}))
    assert says not in warnings(given(EVERYTHING, **{name: EVERYTHING["dob"]}))
    assert says not in warnings(given(without(EVERYTHING, "dob"), **{name: TODAY.isoformat()}))


@pytest.mark.parametrize(
    ("rows", "entry", "says"),
    [
        ("cycles", {"cycle_start": "1999-01-01"}, "The cycle starts before the date of birth"),
        ("cycles", {"cycle_start": "2035-01-01"}, "The cycle starts more than a year from now"),
        (
            "previous_settings",
            {"attended_from": "2025-09-01", "attended_to": "2025-08-31"},
            "They left there before they began",
        ),
        ("previous_settings", {"attended_from": "1999-01-01"}, "They began there before the date of birth"),
        ("results", {"attain_date": "1999-01-01"}, "The result is from before the date of birth"),
        ("diagnoses", {"diagnosed_on": "1999-01-01"}, "The diagnosis is from before the date of birth"),
    ],
)
def test_a_date_of_an_entry_that_cannot_be_meant_is_noticed(rows: str, entry: dict[str, str], says: str) -> None:
    found = [m for m in VNOV22.missing(listed(EVERYTHING, rows, entry)) if m.says.startswith(says)]
    assert [(m.need, m.key) for m in found] == [(Need.WANTED, f"{rows}-1.{list(entry)[-1]}")]
    fine = {name: TODAY.isoformat() for name in entry}
    assert not any(m.says.startswith(says) for m in VNOV22.missing(listed(EVERYTHING, rows, fine)))


def test_the_portal_adds_up_hours_and_cost() -> None:
    tab = VNOV22.tab("provision")
    assert tab is not None
    hours, cost = VNOV22.field(tab, "", "total_hours"), VNOV22.field(tab, "", "total_cost")
    assert hours is not None
    assert cost is not None
    record = listed(
        Answers(today=TODAY),
        "cycles",
        {"cycle_minutes": "50", "cycle_cost": "1200.5"},
        {"cycle_minutes": "40", "cycle_cost": "99.75"},
        {"cycle_minutes": "not a number"},
    )
    assert hours.kind.show(hours.answer(record, record)) == "1.5"
    assert cost.kind.show(cost.answer(record, record)) == "£1,300.25"
    empty = Answers(today=TODAY)
    assert hours.answer(empty, empty) == ""


def test_adulthood_is_asked_from_year_9_by_year_or_by_age() -> None:
    def asked(**answers: str) -> bool:
        return "adulthood" in [t.name for t in VNOV22.shown(Answers(answers, today=TODAY))]

    assert asked(nc_year="9")
    assert not asked(nc_year="8", dob="2008-01-01")
    assert asked(dob="2013-08-31")
    assert not asked(dob="2013-09-01")
    assert asked(nc_year="X", dob="2010-01-01")
    assert not asked()


def test_a_tab_that_is_not_asked_misses_nothing() -> None:
    assert not any(m.tab == "adulthood" for m in VNOV22.missing(Answers({"nc_year": "8"}, today=TODAY)))


def test_deciding_for_oneself_is_asked_at_16_and_more_time_at_18() -> None:
    none = without(EVERYTHING, "yp_decides", "more_time_needed")
    decides, time = (
        "The young person makes their own decisions",
        "Why more time is needed to complete education",
    )
    assert not {decides, time} & set(blocking(given(none, dob="2010-11-25")))
    assert {decides, time} & set(blocking(given(none, dob="2010-11-24"))) == {decides}
    assert {decides, time} <= set(blocking(given(none, dob="2008-11-24")))


def test_a_young_person_who_decides_says_whether_parents_get_copies() -> None:
    none = without(EVERYTHING, "parents_copied")
    assert "Parents may receive copies" in blocking(given(none, yp_decides="yes"))
    assert "Parents may receive copies" not in blocking(given(none, yp_decides="lacks_capacity"))
    assert "Parents may receive copies" not in blocking(given(none, yp_decides="yes", dob="2016-01-01"))


def test_outcomes_are_optional_and_an_unfinished_one_never_blocks() -> None:
    assert not any(m.tab == "outcomes" for m in VNOV22.missing(listed(EVERYTHING, "outcomes")))
    begun = listed(EVERYTHING, "outcomes", {"outcome": "Asks for help."})
    assert blocking(begun) == blocking(listed(EVERYTHING, "outcomes"))


def test_an_answer_stays_visible_when_its_question_is_no_longer_asked() -> None:
    tab = VNOV22.tab("parents")
    assert tab is not None
    address = VNOV22.field(tab, "parents", "address")
    assert address is not None
    record = Answers(today=TODAY)
    assert not address.asked(Row("p", {"same_address": "yes"}), record)
    assert address.asked(Row("p", {"same_address": "yes", "address": "1 High St"}), record)
