"""A case after submission, through its pages: steps in their order, dates that tell how they come about, letters."""

import html
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx2
import psycopg
import pytest

from record.clock import add_working_days, decision_due, say, today
from record.kinds import say_date
from tests.fixtures_server import Portal
from views.words import day

TODAY = today()


def typed(on: date) -> str:
    return f"{on.day}/{on.month}/{on.year}"


def text(answer: httpx2.Response) -> str:
    """What a person reads on the page."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


class Clerk:
    """Somebody signed in, with a look behind the portal."""

    def __init__(self, portal: Portal, owner: psycopg.Connection[Any], who: str) -> None:
        self.client, self.owner = portal.sign_in(who), owner

    def take(self, record: str, kind: str, **form: str) -> httpx2.Response:
        return self.client.post(f"/records/{record}/case/{kind}", data={"on": typed(TODAY), **form})

    def page(self, record: str) -> str:
        answer = self.client.get(f"/records/{record}/case")
        assert answer.status_code == 200
        return text(answer)


@pytest.fixture(scope="module")
def farah(portal: Portal, owner: psycopg.Connection[Any]) -> Clerk:
    return Clerk(portal, owner, "farah")


@pytest.fixture(scope="module")
def amina(portal: Portal, owner: psycopg.Connection[Any]) -> Clerk:
    return Clerk(portal, owner, "amina")


def as_it_came_in(owner: psycopg.Connection[Any], record: str) -> None:
    """Take back what was done to a request since it was received."""
    with owner.transaction():
        owner.execute("set local session_replication_role = replica")
        owner.execute("delete from portal.step where record = %s and kind <> 'received'", [record])
        owner.execute("delete from portal.letter")
        owner.execute(
            "update portal.record set status = 'submitted', coordinator = null, acknowledged_at = null where id = %s",
            [record],
        )


@pytest.fixture
def ours(owner: psycopg.Connection[Any]) -> Iterator[str]:
    """A request of Brentmere's as it came in; as it was again afterwards."""
    found = owner.execute(
        """select r.id from portal.record r join portal.setting s on s.id = r.setting
           where s.name = 'Brentmere Primary School' and r.status = 'submitted' order by r.received_at limit 1"""
    ).fetchone()
    assert found
    yield str(found[0])
    as_it_came_in(owner, str(found[0]))


def letters(owner: psycopg.Connection[Any]) -> list[tuple[str, str, str]]:
    return owner.execute("select recipient, subject, body from portal.letter order by id").fetchall()


def status(owner: psycopg.Connection[Any], record: str) -> str:
    found = owner.execute("select status from portal.record where id = %s", [record]).fetchone()
    assert found
    return str(found[0])


def newest(owner: psycopg.Connection[Any], record: str, kind: str) -> str:
    found = owner.execute(
        "select id from portal.step where record = %s and kind = %s order by at desc limit 1", [record, kind]
    ).fetchone()
    assert found
    return str(found[0])


def child(owner: psycopg.Connection[Any], record: str) -> Any:
    return owner.execute(
        "select c.first_name, c.surname from portal.child c join portal.record r on r.child = c.id where r.id = %s",
        [record],
    ).fetchone()


def test_a_case_goes_from_receipt_to_the_final_plan_and_every_step_is_told(
    farah: Clerk, amina: Clerk, owner: psycopg.Connection[Any], ours: str
) -> None:
    me = owner.execute("select person from priv.account where username = 'farah'").fetchone()
    assert me
    for kind, form, stage in (
        ("coordinator", {"whom": str(me[0])}, "submitted"),
        ("receipt", {}, "acknowledged"),
        ("panel", {}, "deciding"),
        ("assess", {"reason": "More must be known."}, "assessing"),
        ("draft", {}, "draft_plan"),
        ("final", {"urn": "990101"}, "final_plan"),
    ):
        owner.execute("delete from portal.letter")
        answer = farah.take(ours, kind, **form)
        assert answer.status_code == 303, text(answer)
        assert answer.headers["location"] == f"/records/{ours}/case?done={kind}"
        assert status(owner, ours) == stage
        sent = letters(owner)
        assert any(to == "amina.yusuf@brentmere.example" for to, _, _ in sent), kind
        assert not any(to == "farah.siddiqui@council.example" for to, _, _ in sent), "who did it knows it"
        names = child(owner, ours)
        for _, subject, body in sent:
            assert re.search(r"ERSA-\d{6}", subject)
            assert not any(name in subject + body for name in names), body
            assert f"/records/{ours}/case" in body
    page = amina.page(ours)
    for words in (
        "SENAS decided to assess",
        "More must be known.",
        "The final plan was sent",
        "Farah Siddiqui",
        "URN 990101",
    ):
        assert words in page
    assert f"{day(TODAY)} · recorded by Farah Siddiqui at" in page, "the day of the step and of its recording are one"
    assert "What can be done next" not in page, "the setting takes none of these steps"


def test_each_date_says_how_it_comes_about(
    farah: Clerk, amina: Clerk, owner: psycopg.Connection[Any], ours: str
) -> None:
    (received,) = owner.execute("select happened_on from portal.step where record = %s", [ours]).fetchone() or ()
    for who in (farah, amina):
        page = who.page(ours)
        assert f"received {say(received)} + 42 days = {say(decision_due(received))}" in page
        assert f"received {say(received)} + 3 working days = {say(add_working_days(received, 3))}" in page
        assert day(decision_due(received)) in page


@pytest.mark.parametrize(
    ("kind", "form", "sentence"),
    [
        ("receipt", {"on": ""}, "Write the day"),
        ("receipt", {"on": "31/2/2026"}, ""),
        ("receipt", {"on": "soon"}, ""),
        ("receipt", {"on": "1/1/2020"}, "before the request was received"),
        ("receipt", {"on": typed(TODAY + timedelta(days=1))}, "is in the future"),
        ("assess", {"reason": "x"}, "Confirm receipt first"),
        ("final", {}, "First record when the draft plan was sent"),
        ("ceased", {"reason": "x"}, "Only a final plan can end."),
        ("question", {"reason": "  "}, "Write the question."),
        ("question", {"reason": "x" * 5000}, "4,000"),
        ("coordinator", {"whom": ""}, "Choose somebody of SENAS."),
        ("coordinator", {"whom": "999999999"}, "Choose somebody of SENAS."),
        ("moved", {}, "Name the council."),
        ("withdrawn", {}, "Give the reasons."),
        ("exception", {"reason": "x"}, "Choose the exception."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_changes_nothing(
    farah: Clerk, owner: psycopg.Connection[Any], ours: str, kind: str, form: dict[str, str], sentence: str
) -> None:
    answer = farah.take(ours, kind, **form)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert status(owner, ours) == "submitted"
    assert owner.execute("select count(*) from portal.step where record = %s", [ours]).fetchone() == (1,)
    assert not letters(owner)


def test_what_was_typed_stays_when_it_is_refused(farah: Clerk, ours: str) -> None:
    farah.take(ours, "receipt")
    answer = farah.take(ours, "assess", on="soon", reason="Because of <this> & that")
    assert answer.status_code == 422
    assert "Because of &lt;this&gt; &amp; that</textarea>" in answer.text
    assert 'value="soon"' in answer.text


def test_a_question_is_answered_on_the_record_and_stops_no_clock(
    farah: Clerk, amina: Clerk, owner: psycopg.Connection[Any], ours: str
) -> None:
    before = farah.page(ours)
    due = re.search(r"\+ 42 days = (\w+ \d+ \w+ \d+)", before)
    assert farah.take(ours, "question", reason="When was the hearing test?").status_code == 303
    assert "time limits of the law run on" in letters(owner)[-1][2]
    assert "hearing" not in letters(owner)[-1][2], "what is asked stays on the record"
    assert "1 question" in text(amina.client.get(f"/records/{ours}/needs")), "seen wherever one is in the record"
    page = amina.client.get(f"/records/{ours}/case")
    address = re.search(r'action="(/records/[^"]+/questions/[^"]+)"', page.text)
    assert address
    assert due
    assert due[1] in text(page), "the date is as it was"
    empty = amina.client.post(address[1], data={"answer": " "})
    assert (empty.status_code, "Write the answer first." in text(empty)) == (422, True)
    owner.execute("delete from portal.letter")
    assert amina.client.post(address[1], data={"answer": "In May."}).status_code == 303
    assert [to for to, _, _ in letters(owner)] == ["ERSA@ealing.gov.uk"], "nobody co-ordinates it yet"
    again = amina.client.post(address[1], data={"answer": "In June."})
    assert again.status_code == 409
    assert "In May." in farah.page(ours)
    assert "In June." not in farah.page(ours)


def test_a_wrong_date_is_put_right_by_a_later_row_and_the_first_stays(
    farah: Clerk, owner: psycopg.Connection[Any], ours: str
) -> None:
    farah.take(ours, "receipt")
    (step,) = (
        owner.execute("select id from portal.step where record = %s and kind = 'receipt'", [ours]).fetchone() or ()
    )
    (received,) = (
        owner.execute("select happened_on from portal.step where record = %s and kind = 'received'", [ours]).fetchone()
        or ()
    )
    address = f"/records/{ours}/steps/{step}"
    assert farah.client.get(address).status_code == 200
    nothing = farah.client.post(address, data={"act": "correct", "on": typed(received), "reason": ""})
    assert (nothing.status_code, "Say why it is corrected" in text(nothing)) == (422, True)
    right = farah.client.post(address, data={"act": "correct", "on": typed(received), "reason": "", "why": "A slip."})
    assert right.status_code == 303
    rows = owner.execute(
        "select happened_on, corrects from portal.step where record = %s and kind = 'receipt' order by at", [ours]
    ).fetchall()
    assert rows == [(TODAY, None), (received, step)]
    page = farah.page(ours)
    assert "Corrected since" in page
    assert "A slip." in page
    twice = farah.client.post(address, data={"act": "void", "why": "again"})
    assert (twice.status_code, "was corrected already" in text(twice)) == (422, True)


def test_a_decision_keeps_its_reasons_when_it_is_corrected(
    farah: Clerk, owner: psycopg.Connection[Any], ours: str
) -> None:
    farah.take(ours, "receipt")
    farah.take(ours, "not_assess", reason="The setting can.")
    (step,) = (
        owner.execute("select id from portal.step where record = %s and kind = 'not_assess'", [ours]).fetchone() or ()
    )
    address = f"/records/{ours}/steps/{step}"
    form = {"act": "correct", "on": typed(TODAY), "why": "A slip."}
    bare = farah.client.post(address, data={**form, "reason": " "})
    assert (bare.status_code, "Give the reasons." in text(bare)) == (422, True)
    assert farah.client.post(address, data={**form, "reason": "The setting can, with its plan."}).status_code == 303
    assert "The setting can, with its plan." in farah.page(ours)
    assert status(owner, ours) == "not_assess"


def test_what_later_steps_stand_on_is_not_taken_back(farah: Clerk, owner: psycopg.Connection[Any], ours: str) -> None:
    farah.take(ours, "receipt")
    farah.take(ours, "not_assess", reason="The setting can.")
    steps = dict(owner.execute("select kind, id from portal.step where record = %s", [ours]).fetchall())
    answer = farah.client.post(f"/records/{ours}/steps/{steps['receipt']}", data={"act": "void", "why": "slip"})
    assert (answer.status_code, "Take them back first" in text(answer)) == (422, True)
    assert farah.client.post(
        f"/records/{ours}/steps/{steps['not_assess']}", data={"act": "void", "why": "slip"}
    ).status_code == 303  # fmt: skip
    assert status(owner, ours) == "acknowledged"


def test_an_exception_moves_its_own_date_and_no_other(farah: Clerk, owner: psycopg.Connection[Any], ours: str) -> None:
    (received,) = owner.execute("select happened_on from portal.step where record = %s", [ours]).fetchone() or ()
    form = {
        "ground": "5(4) d",
        "since": typed(received),
        "until": typed(received + timedelta(days=20)),
        "instead": typed(received + timedelta(days=70)),
        "reason": "The family travelled.",
    }
    short = farah.take(ours, "exception", **form)
    assert (short.status_code, "at least 4 weeks" in text(short)) == (422, True)
    form["until"] = typed(received + timedelta(days=30))
    early = farah.take(ours, "exception", **{**form, "instead": typed(received + timedelta(days=42))})
    assert (early.status_code, "later than the one the law sets" in text(early)) == (422, True)
    assert farah.take(ours, "exception", **form).status_code == 303
    page = farah.page(ours)
    assert f"by exception (regulation 5(4)(d), {say(received)}" in page
    assert f"until {say(received + timedelta(days=70))}" in page
    assert f"received {say(received)} + 140 days = {say(received + timedelta(days=140))}" in page
    assert page.count("by exception") == 1
    far = farah.take(ours, "exception", **{**form, "instead": typed(received + timedelta(days=74))})
    assert (far.status_code, 'id="instead-error"' in far.text) == (422, True)
    assert "It lasted 31 days" in text(far)
    farah.take(ours, "receipt")
    listed = text(farah.client.post("/gateway", data={"search": " ".join(child(owner, ours))}))
    assert f"{day(received + timedelta(days=70))} Decision due" in listed, "the list counts as the case does"


def test_what_overturns_a_decision_is_asked_for_with_its_day_and_the_weeks_are_counted_from_it(
    farah: Clerk, amina: Clerk, owner: psycopg.Connection[Any], ours: str
) -> None:
    yesterday = typed(TODAY - timedelta(days=1))
    for kind in ("receipt", "not_assess"):
        assert farah.take(ours, kind, reason="The setting can.").status_code == 303
    form = {"reason": "It was ordered.", "overturned": "tribunal"}
    assert 'name="ordered"' in farah.client.get(f"/records/{ours}/case/assess").text
    for wrong, said in (("", "Write the day"), (yesterday, "before the family was told of the decision it over")):
        answer = farah.take(ours, "assess", **form, ordered=wrong)
        assert (answer.status_code, said in text(answer)) == (422, True), wrong
        assert 'id="ordered-error"' in answer.text
    assert farah.take(ours, "assess", **form, ordered=typed(TODAY)).status_code == 303
    for who in (farah, amina):
        page = who.page(ours)
        assert f"tribunal’s order {say(TODAY)} + 98 days = {say(TODAY + timedelta(98))}" in page
        assert "regulation 44(2)(b)(ii)" in page
        assert "140 days" not in page
    # it was another way: put right, the weeks are counted from that
    step = newest(owner, ours, "assess")
    fields = {**form, "act": "correct", "on": typed(TODAY), "why": "A slip.", "ordered": typed(TODAY)}
    for by, said in (("council", "+ 140 days"), ("unopposed", f"tribunal told {say(TODAY)} + 98 days")):
        answer = farah.client.post(f"/records/{ours}/steps/{step}", data={**fields, "overturned": by})
        assert answer.status_code == 303
        step = newest(owner, ours, "assess")
        assert said in farah.page(ours)
    assert farah.take(ours, "no_plan", reason="The setting can.").status_code == 303
    form = {"reason": "We agreed.", "overturned": "mediation", "ordered": typed(TODAY)}
    assert farah.take(ours, "make_plan", **form).status_code == 303
    assert status(owner, ours) == "assessing"
    page = farah.page(ours)
    assert f"mediation agreement {say(TODAY)} + 35 days = {say(TODAY + timedelta(35))}" in page
    assert f"mediation agreement {say(TODAY)} + 77 days = {say(TODAY + timedelta(77))}" in page
    queue = text(farah.client.get("/queue?whose=all&kind=plan"))
    assert re.search(rf"Draft plan due\b[^.]*?{day(TODAY + timedelta(35))}", queue)
    # of the council's own second thoughts there is no such day
    farah.take(ours, "no_plan", reason="The setting can.")
    odd = {"reason": "We thought again.", "overturned": "council", "ordered": yesterday}
    assert farah.take(ours, "make_plan", **odd).status_code == 303
    kept = owner.execute("select details from portal.step where id = %s", [newest(owner, ours, "make_plan")]).fetchone()
    assert kept == ({"overturned": "council"},)


def test_another_date_that_the_tribunal_sets_is_the_one_that_counts(
    farah: Clerk, amina: Clerk, owner: psycopg.Connection[Any], ours: str
) -> None:
    for kind in ("receipt", "not_assess"):
        farah.take(ours, kind, reason="The setting can.")
    assert "If it sets other dates than the law" in text(farah.client.get(f"/records/{ours}/case/assess"))
    other = TODAY + timedelta(days=60)
    form = {"reason": "It was ordered.", "overturned": "tribunal", "ordered": typed(TODAY)}
    for by, wrong, said in (
        ("tribunal", typed(TODAY), "This is not after"),
        ("tribunal", "31/2/2027", "id=set_final-error"),
        ("unopposed", typed(other), "Only the tribunal’s order or a mediation agreement"),
    ):
        answer = farah.take(ours, "assess", **{**form, "overturned": by}, set_final=wrong)
        assert (answer.status_code, f'value="{wrong}"' in answer.text) == (422, True)
        assert said.removeprefix("id=") in (answer.text if said.startswith("id=") else text(answer))
    assert farah.take(ours, "assess", **form, set_final=typed(other)).status_code == 303
    for who in (farah, amina):
        page = who.page(ours)
        assert f"tribunal’s order {say(TODAY)} sets {say(other)}" in page
        assert f"Send the final plan by: {say(other)}" in page
        assert f"tribunal’s order {say(TODAY)} + 70 days" in page
    step = newest(owner, ours, "assess")
    assert f'value="{say_date(other)}"' in farah.client.get(f"/records/{ours}/steps/{step}").text
    fields = {**form, "act": "correct", "on": typed(TODAY), "why": "A slip.", "set_final": ""}
    assert farah.client.post(f"/records/{ours}/steps/{step}", data=fields).status_code == 303
    assert f"tribunal’s order {say(TODAY)} + 98 days" in farah.page(ours)


def test_a_step_no_page_offers_does_not_exist(farah: Clerk, ours: str) -> None:
    for kind in ("received", "answer", "void", "nonsense"):
        assert farah.take(ours, kind).status_code == 404
        assert farah.client.get(f"/records/{ours}/case/{kind}").status_code == 404


def test_a_draft_has_no_dates_yet(amina: Clerk, owner: psycopg.Connection[Any]) -> None:
    found = owner.execute(
        """select r.id from portal.record r join portal.setting s on s.id = r.setting
           where s.name = 'Brentmere Primary School' and r.status = 'draft' limit 1"""
    ).fetchone()
    assert found
    assert "The dates begin when the request is submitted" in amina.page(str(found[0]))
