"""The form VNOV22 holds together: every name is one, every condition and rule leads to a real question."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import record
from record import VNOV22, codes
from record.form import Field, If, Rows, Section, Tab
from record.kinds import Choice, Choices, LongText
from record.status import STATUS

TABS = pytest.mark.parametrize("tab", VNOV22.tabs, ids=lambda t: t.name)


def every_part() -> Iterator[tuple[Tab, Section | Rows]]:
    for tab in VNOV22.tabs:
        for part in tab.parts:
            yield tab, part


def every_field() -> Iterator[tuple[Tab, Section | Rows, Field]]:
    for tab, part in every_part():
        for field in part.every():
            yield tab, part, field


def once(names: list[str]) -> None:
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_the_tabs_are_those_of_the_ersa_in_their_order() -> None:
    assert [tab.title for tab in VNOV22.tabs] == [
        "Personal details",
        "Parents and carers",
        "Setting",
        "Professional Involvement",
        "Contribution and Communication Method",
        "Child’s views",
        "Parent and carer’s views",
        "Reason and needs",
        "Attainment and progress",
        "Graduated approach and provision",
        "Health",
        "Social care",
        "Preparing for adulthood",
        "Outcomes",
        "Consent",
    ]
    assert record.FORMS == {"VNOV22": VNOV22}


@TABS
def test_a_tab_is_named_as_its_module(tab: Tab) -> None:
    assert getattr(record, tab.name).TAB is tab


@TABS
def test_a_tab_has_a_title_and_questions(tab: Tab) -> None:
    assert tab.title
    assert re.fullmatch("[a-z_]+", tab.name)
    assert any(list(part.every()) for part in tab.parts)
    once([part.name for part in tab.parts])


def test_a_question_outside_lists_has_a_name_of_its_own_in_the_whole_form() -> None:
    once([field.name for _, part, field in every_field() if isinstance(part, Section)])


def test_a_list_has_a_name_of_its_own_and_so_have_its_questions_within_it() -> None:
    lists = [part for _, part in every_part() if isinstance(part, Rows)]
    once([part.name for part in lists])
    for part in lists:
        once([field.name for field in part.fields])


def test_a_name_can_be_a_column_and_an_address() -> None:
    assert [f.name for _, _, f in every_field() if not re.fullmatch("[a-z][a-z0-9_]*", f.name)] == []


def test_a_code_can_be_part_of_an_html_id() -> None:
    """No spaces: several codes are stored joined by them, and an id may not hold one."""
    for _, _, field in every_field():
        if isinstance(field.kind, Choice | Choices):
            assert [c for c in field.kind.options if not re.fullmatch("[A-Za-z0-9_]+", c)] == [], field.name
            assert all(field.kind.options.values()), field.name


def test_an_entry_is_named_by_its_own_questions() -> None:
    for _, part in every_part():
        if isinstance(part, Rows):
            names = {field.name for field in part.fields}
            assert {name for group in part.title_of for name in group.split()} <= names, part.name


def test_a_condition_asks_a_real_question_of_the_same_place_for_answers_it_can_have() -> None:
    for tab, part, field in every_field():
        if not isinstance(field.when, If):
            continue
        asked = VNOV22.field(tab, part.name if isinstance(part, Rows) else "", field.when.field)
        assert asked is not None, f"{tab.name}.{field.name}"
        assert asked.name != field.name
        if field.when.values:
            assert isinstance(asked.kind, Choice), f"{tab.name}.{field.name}"
            assert set(field.when.values) <= set(asked.kind.options), f"{tab.name}.{field.name}"


def test_a_rule_leads_to_a_question_or_list_of_its_tab() -> None:
    for tab in VNOV22.tabs:
        names = {f.name for s in tab.sections for f in s.fields} | {part.name for part in tab.lists}
        assert {rule.field for rule in tab.rules} <= names, tab.name


def test_a_text_in_its_original_language_names_the_question_of_its_language() -> None:
    for tab, part, field in every_field():
        if field.language_from:
            of = VNOV22.field(tab, part.name if isinstance(part, Rows) else "", field.language_from)
            assert of is not None
            assert isinstance(of.kind, Choice)
            assert set(of.kind.options) <= set(codes.LANGUAGES)


def test_words_of_the_form_are_short_and_plain() -> None:
    for _, _, field in every_field():
        assert 0 < len(field.label) <= 80, field.name
        assert len(field.hint) <= 120, field.name
        assert not field.label.endswith((".", ":")), field.name
        assert not field.hint or field.hint.endswith("."), field.name
    for tab in VNOV22.tabs:
        for rule in [*tab.rules, *(rule for part in tab.lists for rule in part.rules)]:
            assert rule.says[0].isupper(), rule.says
            assert not rule.says.endswith("."), rule.says


def test_views_and_needs_hold_at_least_20000_characters() -> None:
    names = ("reason", "views_aspirations", "parent_history", "ci_needs", "progress_summary", "extra_needed")
    for name in names:
        kind = next(f.kind for _, _, f in every_field() if f.name == name)
        assert isinstance(kind, LongText)
        assert kind.most >= 20_000


def test_what_the_council_holds_is_locked_and_nothing_else() -> None:
    locked = {f.name for _, _, f in every_field() if f.locked}
    assert locked == {
        "first_name",
        "middle_names",
        "surname",
        "dob",
        "sex",
        "upn",
        "address_line1",
        "address_line2",
        "address_line3",
        "address_line4",
        "postcode",
    }


def test_only_an_authors_team_changes_an_outcome() -> None:
    assert [part.name for _, part in every_part() if isinstance(part, Rows) and part.own_only] == ["outcomes"]


def test_advisers_write_outcomes_and_contacts() -> None:
    assert {tab.name for tab in VNOV22.tabs if tab.adviser_may_write} == {"outcomes", "professionals"}


def test_teams_and_types_carry_the_words_of_the_councils_list() -> None:
    assert codes.TEAMS["SLT"] == "SLT – Speech and Language Therapy"
    assert len(codes.TEAMS) == 12
    assert codes.OUTCOME_TYPES["SEMH"] == "SEMH – Social, Emotional and Mental Wellbeing"
    assert len(codes.OUTCOME_TYPES) == 6
    assert len(codes.ETHNICITIES) == 20


def test_every_state_a_case_can_be_in_has_words() -> None:
    schema = (Path(__file__).parent.parent / "migrations" / "0001_portal.sql").read_text()
    found = re.search(r"status\s+text not null default 'draft' check \(status in \(([^)]*)\)", schema)
    assert found, "the states of a case are no longer where this test looks for them"
    assert set(re.findall(r"'(\w+)'", found[1])) == set(STATUS)
