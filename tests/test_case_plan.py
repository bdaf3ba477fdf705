"""What SENAS records of a plan: where the child is to learn, needs, budget, reviews, appeals; how it is put right."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from record.plan import contradictions, number, place
from tests.fixtures_browser import PHONE, Windows
from tests.fixtures_server import Portal
from tests.test_accessible import sound
from tests.test_case import TODAY, Clerk, as_it_came_in, farah, letters, status, text, typed

__all__ = ["farah"]  # a fixture

WHOLE = {
    "urn": "990 101", "unit": "no", "resourced": "yes", "residential": "no", "work": "no", "since": "6/9/2021",
    "primary": "ASD", "secondary": "SLCN", "budget": "yes", "arranged": "no", "direct": "yes",
}  # fmt: skip
KEPT = {**WHOLE, "urn": "990101", "since": "2021-09-06"}


# ---------------------------------------------------------------- on paper


@pytest.mark.parametrize(
    ("details", "where"),
    [
        ({"urn": "990101"}, []),
        ({"sensetting": "OTH", "other": "Any special school"}, []),
        ({"urn": "990101", "ukprn": "10001234"}, ["ukprn"]),
        ({"urn": "990101", "sensetting": "EHE"}, ["sensetting"]),
        ({"sensetting": "EHE", "other": "At home"}, ["other"]),
        ({"primary": "ASD", "secondary": "ASD"}, ["secondary"]),
        ({"secondary": "ASD"}, ["primary"]),
        ({"budget": "no", "direct": "yes"}, ["direct"]),
        ({"budget": "no", "direct": "no", "arranged": "no"}, []),
    ],
)
def test_what_cannot_be_true_together_is_named(details: dict[str, str], where: list[str]) -> None:
    assert list(contradictions(details)) == where


@pytest.mark.parametrize(
    ("name", "typed", "right"),
    [("urn", "990101", True), ("urn", "99010", False), ("urn", "９９０１０１", False), ("urn", "EY1234", False),
     ("ukprn", "10001234", True), ("ukprn", "20001234", False), ("ukprn", "1000123", False)],
)  # fmt: skip
def test_a_number_of_a_setting_has_its_digits(name: str, typed: str, right: bool) -> None:
    assert (number(name, typed) == "") == right


def test_a_place_is_said_in_words() -> None:
    assert place({"urn": "990101"}) == "URN 990101"
    assert place({"ukprn": "10001234"}) == "UKPRN 10001234"
    assert place({"sensetting": "OTH", "other": "Any special school"}).endswith("is named: Any special school")
    assert place({}) == ""


# ---------------------------------------------------------------- through the pages


@pytest.fixture
def planned(owner: psycopg.Connection[Any], farah: Clerk) -> Iterator[str]:
    """A request of Brentmere's that daljit is involved with, with a draft plan; as it was again afterwards."""
    found = owner.execute(
        """select r.id from portal.record r join portal.involvement i on i.child = r.child
           join priv.account a on a.person = i.person and a.username = 'daljit'
           join portal.setting s on s.id = r.setting
           where s.name = 'Brentmere Primary School' and r.status = 'submitted' order by r.received_at limit 1"""
    ).fetchone()
    assert found, "The demo needs a submitted record at Brentmere that daljit is involved with."
    record = str(found[0])
    for kind, form in (("receipt", {}), ("assess", {"reason": "More must be known."}), ("draft", {})):
        assert farah.take(record, kind, **form).status_code == 303
    owner.execute("delete from portal.letter")
    yield record
    as_it_came_in(owner, record)


def details(owner: psycopg.Connection[Any], record: str, kind: str) -> Any:
    """What the newest such step keeps, and its id."""
    return owner.execute(
        "select details, id::text from portal.step where record = %s and kind = %s order by at desc limit 1",
        [record, kind],
    ).fetchone()


def count(owner: psycopg.Connection[Any], record: str) -> Any:
    return owner.execute("select count(*) from portal.step where record = %s", [record]).fetchone()


def test_the_final_plan_keeps_what_it_says_and_everybody_on_the_record_reads_it(
    portal: Portal, farah: Clerk, owner: psycopg.Connection[Any], planned: str
) -> None:
    assert farah.take(planned, "final", **WHOLE).status_code == 303
    assert details(owner, planned, "final")[0] == KEPT
    for who in ("amina", "daljit", "farah"):
        page = Clerk(portal, owner, who).page(planned)
        for words in ("URN 990101", "In resourced provision: yes", "6 September 2021", "Autistic spectrum disorder",
                      "Some of it as direct payments: yes"):  # fmt: skip
            assert words in page, (who, words)


def test_what_is_not_known_yet_is_left_out(farah: Clerk, owner: psycopg.Connection[Any], planned: str) -> None:
    assert farah.take(planned, "final").status_code == 303
    assert details(owner, planned, "final")[0] == {}


def test_the_form_begins_with_the_needs_of_the_ersa(farah: Clerk, owner: psycopg.Connection[Any], planned: str) -> None:
    (needed,) = owner.execute(
        "select value from portal.answer where record = %s and field = 'primary_need'", [planned]
    ).fetchone() or ("",)
    page = farah.client.get(f"/records/{planned}/case/final").text
    assert f'<option value="{needed}" selected>' in page
    assert '<option value="NSA"' not in page, "a plan names a need"
    assert "Brentmere Primary School has" in page, "its URN is at hand"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"urn": "12345"}, "A URN has 6 digits."),
        ({"ukprn": "999"}, "A UKPRN has 8 digits"),
        ({"urn": "990101", "ukprn": "10001234"}, "Give one of the three only"),
        ({"sensetting": "EHE", "other": "x"}, "Write this only with “Other”"),
        ({"sensetting": "nonsense"}, "Choose one of the list."),
        ({"primary": "NSA"}, "A plan names the need itself."),
        ({"primary": "ASD", "secondary": "ASD"}, "the same as the primary one"),
        ({"budget": "no", "direct": "yes"}, "There is no personal budget"),
        ({"since": "soon"}, "Write the date"),
        ({"since": "1/1/0001"}, "Check the year."),
        ({"since": "1/1/9999"}, "Check the year."),
        ({"since": typed(TODAY + timedelta(days=400))}, "Check the year."),
        ({"other": "x" * 201, "sensetting": "OTH"}, "201 characters"),
    ],
)
def test_what_a_plan_cannot_say_is_refused_and_costs_nothing(
    farah: Clerk, owner: psycopg.Connection[Any], planned: str, form: dict[str, str], sentence: str
) -> None:
    before = count(owner, planned)
    answer = farah.take(planned, "final", reason="Kept <words>", **form)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "Kept &lt;words&gt;</textarea>" in answer.text
    assert count(owner, planned) == before


def test_a_plan_s_details_are_put_right_like_its_day(
    farah: Clerk, owner: psycopg.Connection[Any], planned: str
) -> None:
    farah.take(planned, "final", **WHOLE)
    _, step = details(owner, planned, "final")
    address = f"/records/{planned}/steps/{step}"
    page = farah.client.get(address).text
    assert 'value="990101"' in page
    assert 'value="6 September 2021"' in page
    wrong = farah.client.post(address, data={"act": "correct", "on": typed(TODAY), "why": "A slip.", "urn": "1"})
    assert (wrong.status_code, "A URN has 6 digits." in text(wrong)) == (422, True)
    right = {**WHOLE, "urn": "", "sensetting": "OTH", "other": "Any special school", "primary": "SLD"}
    answer = farah.client.post(address, data={"act": "correct", "on": typed(TODAY), "why": "A slip.", **right})
    assert answer.status_code == 303
    kept, _ = details(owner, planned, "final")
    expected = {**KEPT, "sensetting": "OTH", "other": "Any special school", "primary": "SLD", "why": "A slip."}
    del expected["urn"]
    assert kept == expected
    assert status(owner, planned) == "final_plan"
    assert "Any special school" in farah.page(planned)


def test_a_review_has_its_meeting_its_decision_and_the_day_the_family_was_told(
    farah: Clerk, owner: psycopg.Connection[Any], planned: str
) -> None:
    early = farah.take(planned, "review", meeting=typed(TODAY), decision="keep")
    assert (early.status_code, "First record the final plan." in text(early)) == (422, True)
    farah.take(planned, "final", **WHOLE)
    for form, sentence in (
        ({"decision": "keep"}, "Write the day"),
        ({"meeting": typed(TODAY)}, "Choose what was decided."),
        ({"meeting": typed(TODAY + timedelta(days=1)), "decision": "keep"}, "The meeting comes before"),
        ({"meeting": "1/1/9999", "decision": "keep", "phase_due": "1/1/2026"}, "Check the year."),
        ({"meeting": typed(TODAY), "decision": "keep", "draft": typed(TODAY)}, "only where the plan is to be amended"),
        ({"meeting": typed(TODAY), "decision": "amend", "draft": typed(TODAY + timedelta(days=1))}, "has been sent"),
        ({"meeting": typed(TODAY), "decision": "amend", "phase_due": "1/1/2099"}, "Check the year."),
        ({"meeting": typed(TODAY - timedelta(days=1)), "decision": "keep", "on": typed(TODAY - timedelta(days=1))},
         "before the final plan was sent"),
    ):  # fmt: skip
        refused = farah.take(planned, "review", **form)
        assert refused.status_code == 422, form
        assert sentence in text(refused), form
    due = TODAY + timedelta(days=90)
    taken = farah.take(planned, "review", meeting=typed(TODAY), decision="amend", draft=typed(TODAY),
                       phase_due=typed(due))  # fmt: skip
    assert taken.status_code == 303
    assert status(owner, planned) == "final_plan"
    today = TODAY.isoformat()
    assert details(owner, planned, "review")[0] == {
        "meeting": today, "decision": "amend", "draft": today, "phase_due": due.isoformat()
    }  # fmt: skip
    assert "Amend the plan" in farah.page(planned)


def test_an_amended_plan_begins_with_what_the_plan_said(
    farah: Clerk, owner: psycopg.Connection[Any], planned: str
) -> None:
    farah.take(planned, "final", **WHOLE)
    page = farah.client.get(f"/records/{planned}/case/amended").text
    assert 'value="990101"' in page
    assert '<option value="SLCN" selected>' in page
    assert farah.take(planned, "amended", **{**WHOLE, "urn": "990102"}).status_code == 303
    assert details(owner, planned, "amended")[0]["urn"] == "990102"
    assert 'value="990102"' in farah.client.get(f"/records/{planned}/case/amended").text


def test_a_placement_needs_a_setting(farah: Clerk, owner: psycopg.Connection[Any], planned: str) -> None:
    farah.take(planned, "final", **WHOLE)
    nothing = farah.take(planned, "placement", rank="1")
    assert (nothing.status_code, "Give a URN or a UKPRN" in text(nothing)) == (422, True)
    unranked = farah.take(planned, "placement", sensetting="EHE")
    assert (unranked.status_code, "Choose which of the child’s places" in text(unranked)) == (422, True)
    long_ago = farah.take(planned, "placement", rank="1", sensetting="EHE", since="1/9/2019")
    assert long_ago.status_code == 303, "the child may have been there before the request"
    assert details(owner, planned, "placement")[0] == {"rank": "1", "sensetting": "EHE", "since": "2019-09-01"}
    assert "Elective home education" in farah.page(planned)


def test_mediation_and_appeals_are_about_a_decision_that_was_made(
    portal: Portal, farah: Clerk, owner: psycopg.Connection[Any], planned: str
) -> None:
    early = farah.take(planned, "appeal", way="tribunal", about="plan")
    assert (early.status_code, "There is no decision yet" in text(early)) == (422, True)
    assert "Record mediation or an appeal" not in farah.page(planned)
    farah.take(planned, "final", **WHOLE)
    assert "Record mediation or an appeal" in farah.page(planned)
    other = farah.take(planned, "appeal", way="tribunal", about="not_assess")
    assert (other.status_code, "Choose what it was about." in text(other)) == (422, True)
    before = farah.take(planned, "appeal", way="tribunal", about="plan", on=typed(TODAY - timedelta(days=1)))
    assert (before.status_code, "before the family was told of it" in text(before)) == (422, True)
    owner.execute("delete from portal.letter")
    assert farah.take(planned, "appeal", way="tribunal", about="plan", reason="Section I").status_code == 303
    assert status(owner, planned) == "final_plan"
    assert "amina.yusuf@brentmere.example" in [to for to, _, _ in letters(owner)]
    assert not [to for to, _, _ in letters(owner) if "daljit" in to], "it is between the family and the council"
    assert "Section I" in Clerk(portal, owner, "amina").page(planned)
    daljit = Clerk(portal, owner, "daljit").page(planned)
    assert "Section I" not in daljit
    assert "URN 990101" in daljit
    _, decided = details(owner, planned, "final")
    back = farah.client.post(f"/records/{planned}/steps/{decided}", data={"act": "void", "why": "A slip."})
    assert (back.status_code, "Later steps stand on this one." in text(back)) == (422, True)


def test_a_plan_ends_for_a_reason_that_is_counted(farah: Clerk, owner: psycopg.Connection[Any], planned: str) -> None:
    farah.take(planned, "final", **WHOLE)
    bare = farah.take(planned, "ceased", reason="It has done its work.")
    assert (bare.status_code, "Choose the reason." in text(bare)) == (422, True)
    assert farah.take(planned, "ceased", reason="It has done its work.", code="2").status_code == 303
    assert details(owner, planned, "ceased")[0] == {"code": "2"}
    assert "Their needs are met without a plan" in farah.page(planned)
    late = farah.take(planned, "review", meeting=typed(TODAY), decision="keep")
    assert (late.status_code, "This request is “Ceased”" in text(late)) == (422, True)


def test_no_setting_and_no_adviser_records_any_of_it(
    portal: Portal, farah: Clerk, owner: psycopg.Connection[Any], planned: str
) -> None:
    farah.take(planned, "final", **WHOLE)
    before = count(owner, planned)
    for who in ("amina", "daljit", "hassan"):
        for kind in ("review", "amended", "placement", "appeal"):
            assert Clerk(portal, owner, who).take(planned, kind, way="tribunal", about="plan").status_code == 404
    assert count(owner, planned) == before


@pytest.mark.parametrize("kind", ["final", "review", "amended", "placement", "appeal", "ceased"])
def test_these_forms_are_for_everybody(
    windows: Windows, farah: Clerk, owner: psycopg.Connection[Any], planned: str, kind: str
) -> None:
    if kind != "final":
        farah.take(planned, "final", **WHOLE)
    page = windows.open(farah.client, f"/records/{planned}/case/{kind}", viewport=PHONE, bypass_csp=True)
    sound(page)
    wrong = "since" if kind == "placement" else "on"
    page.locator(f"#{wrong}").fill("31/2/2026")
    page.locator("form.measure button").first.click()
    page.locator(f'#problems a[href="#{wrong}"]').click()
    assert page.evaluate("() => document.activeElement.id") == wrong
    sound(page)


def test_everything_of_a_plan_is_in_the_archive_for_subject_access(farah: Clerk, planned: str) -> None:
    farah.take(planned, "final", **WHOLE)
    answer = farah.client.post(f"/records/{planned}/subject-access", data={"reason": "The mother asked."})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        name = next(it for it in archive.namelist() if it.endswith("steps.csv"))
        rows = list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
    said = next(row["More"] for row in rows if row["Step"] == "The final plan was sent")
    assert "URN 990101" in said
    assert "Autistic spectrum disorder" in said


def test_a_year_is_one_of_a_child_of_today(farah: Clerk, planned: str) -> None:
    for on in (date(1, 1, 1), date(9999, 12, 31)):
        answer = farah.take(planned, "final", on=f"{on.day}/{on.month}/{on.year:04}")
        assert (answer.status_code, "Check the year." in text(answer)) == (422, True)
