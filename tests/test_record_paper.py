"""Paper says all that was answered, what is missing where it is a preview, and nothing confidential."""

import json
from dataclasses import replace
from typing import Any

import pytest
from whole_record import TODAY, everything, given, listed

from record import VNOV22
from record.form import Answers, Row, Rows
from record.paper import CONFIDENTIAL, paper

EVERYTHING = everything()


def tab(printed: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(t for t in printed if t["name"] == name)


def fields_of(part: dict[str, Any]) -> list[dict[str, Any]]:
    return part["fields"] if part["kind"] == "fields" else [f for row in part["rows"] for f in row["fields"]]


def values(printed: list[dict[str, Any]]) -> list[str]:
    return [f["value"] for t in printed for part in t["parts"] for f in fields_of(part)]


@pytest.mark.parametrize("preview", [True, False])
def test_every_answer_is_printed_in_words(preview: bool) -> None:
    printed = paper(VNOV22, EVERYTHING, preview)
    for form_tab, printed_tab in zip(VNOV22.tabs, printed, strict=True):
        for part, printed_part in zip(form_tab.parts, printed_tab["parts"], strict=True):
            shown = [(f["label"], f["value"]) for f in fields_of(printed_part)]
            answers = EVERYTHING.rows(part.name) if isinstance(part, Rows) else [EVERYTHING]
            every = [(f, f.kind.show(here[f.name])) for here in answers for f in part.every()]
            # what the heading of an entry says is not said again
            names = part.title_of if isinstance(part, Rows) else ()
            assert shown == [(f.label, words) for f, words in every if f.name not in names]
            titles = " ".join(row["title"] for row in printed_part.get("rows", ()))
            assert all(words in titles for f, words in every if f.name in names)
            assert all(value for _, value in shown)


def test_a_text_is_printed_letter_for_letter() -> None:
    long = "ਪੰਜਾਬੀ <b>&amp; \n\n" * 1_200
    assert long in values(paper(VNOV22, given(EVERYTHING, reason=long), preview=False))


def test_it_is_plain_data_that_another_process_can_read() -> None:
    printed = paper(VNOV22, EVERYTHING, preview=True)
    assert json.loads(json.dumps(printed)) == printed


def test_sections_are_numbered_as_they_are_shown_without_a_gap() -> None:
    printed = paper(VNOV22, given(EVERYTHING, nc_year="5"), preview=True)
    assert "adulthood" not in [t["name"] for t in printed]
    assert tab(printed, "needs")["number"] == 8
    assert tab(printed, "outcomes")["number"] == 13


def test_a_preview_says_what_is_missing_and_what_is_wanted() -> None:
    needs = tab(paper(VNOV22, Answers(today=TODAY), preview=True), "needs")
    assert needs["missing"] == [
        "Why an EHC needs assessment is requested",
        "Primary need",
        "Needs in at least one of the four areas",
    ]
    assert needs["warnings"] == ["The council’s published thresholds have been read"]
    reason = needs["parts"][0]["fields"][0]
    assert reason["missing"] is True
    assert reason["value"] == ""


def test_what_was_submitted_says_nothing_of_what_is_missing() -> None:
    for printed in paper(VNOV22, listed(Answers(today=TODAY), "parents", {}), preview=False):
        assert printed["missing"] == printed["warnings"] == []
        for part in printed["parts"]:
            assert not any(f["missing"] for f in fields_of(part))
            assert not any(row["missing"] for row in part.get("rows", ()))


def test_an_entry_says_who_added_it_and_what_it_lacks() -> None:
    entry = Row("x", {"first_name": "Anna", "relationship": "mother"}, "Amina Yusuf", "", "3 November 2026")
    record = replace(EVERYTHING, lists={"parents": [entry, Row("y", {})]})
    first, second = tab(paper(VNOV22, record, preview=True), "parents")["parts"][0]["rows"]
    assert first["title"] == "Parent or carer 1: Anna, Mother"
    assert first["by"] == "Amina Yusuf, 3 November 2026"
    assert "Surname" in first["missing"]
    assert second["title"] == "Parent or carer 2"
    assert second["by"] == ""


def test_empty_long_questions_are_kept_in_a_preview_and_left_out_of_what_is_sent() -> None:
    def labels(preview: bool) -> list[str]:
        health = tab(paper(VNOV22, Answers(today=TODAY), preview), "health")
        return [f["label"] for f in health["parts"][0]["fields"]]

    assert labels(True) == [
        "Conditions and history",
        "Medication and equipment",
        "Individual healthcare plan",
    ]
    assert labels(False) == ["Individual healthcare plan"]


def labels_of(record: Answers, name: str, preview: bool = False) -> list[str]:
    return [f["label"] for part in tab(paper(VNOV22, record, preview), name)["parts"] for f in fields_of(part)]


def test_what_is_sent_says_of_a_long_question_that_it_was_left_empty_where_an_answer_is_looked_for() -> None:
    sent = paper(VNOV22, Answers(today=TODAY), preview=False)
    reason = tab(sent, "needs")["parts"][0]["fields"][0]
    assert (reason["label"], reason["value"]) == ("Why an EHC needs assessment is requested", "")
    assert "My hopes and aspirations" in labels_of(Answers(today=TODAY), "child_views")
    assert "My interests" not in labels_of(Answers(today=TODAY), "child_views")


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(
    ("name", "label", "answers", "asked"),
    [
        ("personal", "Why there is no UPN or ULN", {"upn": "A123"}, False),
        ("personal", "Why there is no UPN or ULN", {}, True),
        ("child_views", "Language of the original words", {}, False),
        ("child_views", "Language of the original words", {"views_original": "Tak"}, True),
        ("child_views", "Date recorded", {}, False),
        ("child_views", "Date recorded", {"views_original": "Tak"}, True),
        ("child_views", "Why no views are given", {"views_original": "Tak"}, False),
        ("parent_views", "Whose words these are", {}, False),
        ("parent_views", "Translated by", {}, False),
        ("needs", "Strengths: cognition and learning", {}, False),
        ("needs", "Strengths: cognition and learning", {"cl_needs": "Reading"}, True),
        ("setting", "Days lost to suspensions", {"suspensions": "0"}, False),
        ("setting", "Days lost to suspensions", {"suspensions": "2"}, True),
    ],
)
def test_a_question_that_does_not_apply_is_not_said_to_be_without_an_answer(
    name: str, label: str, answers: dict[str, str], asked: bool, preview: bool
) -> None:
    assert (label in labels_of(given(Answers(today=TODAY), **answers), name, preview)) is asked


def test_an_answer_is_printed_although_its_question_does_not_apply() -> None:
    record = given(Answers(today=TODAY), upn="A123", upn_unknown="UN1")
    assert "Why there is no UPN or ULN" in labels_of(record, "personal")


def test_earlier_schools_are_not_asked_for_above_their_list() -> None:
    record = listed(Answers(today=TODAY), "previous_settings", {"name": "Little Oaks"})
    assert "Earlier schools" not in labels_of(record, "setting")
    assert "Earlier schools" in labels_of(Answers(today=TODAY), "setting")


def test_an_entry_that_is_sent_has_no_optional_question_without_an_answer() -> None:
    outcome = {"type": "SEMH", "team": "EP", "outcome": "Stays in class", "provision": "A quiet place"}
    record = listed(Answers(today=TODAY), "outcomes", outcome)
    assert labels_of(record, "outcomes") == ["Outcome", "By when", "Provision"]
    assert "How often" in labels_of(record, "outcomes", preview=True)


def test_an_empty_list_tells_a_reader_of_what_was_sent_nothing_of_how_to_fill_it() -> None:
    for form_tab in paper(VNOV22, Answers(today=TODAY), preview=False):
        assert {part["empty"] for part in form_tab["parts"] if part["kind"] == "rows"} <= {"None given."}


def test_what_a_long_title_of_an_entry_may_not_say_whole_is_said_below_it() -> None:
    record = listed(Answers(today=TODAY), "diagnoses", {"diagnosis": "word " * 30}, {"diagnosis": "Dyslexia"})
    part = next(p for p in tab(paper(VNOV22, record, False), "needs")["parts"] if p["kind"] == "rows")
    assert [[f["label"] for f in row["fields"]] for row in part["rows"]] == [["Diagnosis"], []]


def test_a_question_that_was_not_asked_is_not_printed() -> None:
    record = given(Answers(today=TODAY), looked_after="no")
    labels = [f["label"] for p in tab(paper(VNOV22, record, True), "personal")["parts"] for f in fields_of(p)]
    assert "Which authority is responsible" not in labels


def test_original_words_carry_their_language() -> None:
    record = given(EVERYTHING, views_language="PNJG", views_original="ਮੈਨੂੰ ਕੁੱਤੇ ਪਸੰਦ ਹਨ")
    original = next(
        f
        for part in tab(paper(VNOV22, record, preview=False), "child_views")["parts"]
        for f in fields_of(part)
        if f["value"].startswith("ਮੈਨੂੰ")
    )
    assert original["language"] == "pa-Guru"


@pytest.mark.parametrize("named", ["OTL", ""])
def test_words_of_a_language_that_nobody_named_are_not_taken_for_english(named: str) -> None:
    record = given(EVERYTHING, views_language=named, views_original="Δεν μου αρέσει")
    fields = [f for part in tab(paper(VNOV22, record, False), "child_views")["parts"] for f in fields_of(part)]
    assert [f["language"] for f in fields if f["value"] == "Δεν μου αρέσει"] == ["und"]
    assert {f["language"] for f in fields if f["value"] != "Δεν μου αρέσει"} == {""}


def hidden(same_address: str) -> str:
    parent = {
        "first_name": "Anna",
        "surname": "Kowalska",
        "same_address": same_address,
        "address": "7 Secret Lane",
        "postcode": "UB1 3HW",
        "phone": "07700 900123",
        "email": "anna@secret.example",
        "contact_restriction": "yes",
        "contact_restriction_note": "Fled from his father.",
    }
    home = given(
        EVERYTHING,
        address_line1="3 Home Street",
        address_line2="Flat 9",
        postcode="W5 2HL",
        phone="020 7946 0000",
        gp_name="Dr Nearby",
        gp_address="Corner Surgery",
        portal_email="anna@secret.example",
    )
    other = {"first_name": "Jan", "surname": "Nowak", "same_address": "no", "phone": "07700 900999"}
    return json.dumps(paper(VNOV22, listed(home, "parents", parent, other), preview=True), ensure_ascii=False)


@pytest.mark.parametrize("same_address", ["yes", "no", ""])
def test_how_to_find_a_parent_in_hiding_is_not_printed(same_address: str) -> None:
    printed = hidden(same_address)
    for secret in ("Secret Lane", "UB1 3HW", "900123", "secret.example", "Fled"):
        assert secret not in printed
    assert "Kowalska" in printed
    assert "900999" in printed
    assert CONFIDENTIAL in printed


def test_a_childs_address_is_hidden_with_the_parent_who_lives_there_and_so_is_the_doctor_nearby() -> None:
    for secret in ("3 Home Street", "Flat 9", "W5 2HL", "7946", "Nearby", "Corner Surgery"):
        assert secret in hidden("no")
        assert secret not in hidden("yes")


def test_an_address_is_said_to_be_confidential_once() -> None:
    personal = tab(json.loads(hidden("yes")), "personal")
    withheld = [f["label"] for part in personal["parts"] for f in fields_of(part) if f["value"] == CONFIDENTIAL]
    assert withheld == ["Address", "Telephone", "GP"]
