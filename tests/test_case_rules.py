"""The steps of a case in the database: who may take them, in which order, and that none is ever changed."""

import json
import threading
import time
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from record.case import BESIDE, KINDS, LEADS
from record.clock import today
from record.status import STATUS
from tests.fixtures_database import TestDatabase
from tests.persona import NO_RIGHT, Owner, becoming, person, signed_in, value
from tests.stage import SIGNED_IN

DAY = today() - timedelta(days=1)


@pytest.fixture(scope="module")
def ours(owner: Owner) -> Any:
    """A record of Brentmere's whose receipt is not confirmed yet, received long enough ago for everything below."""
    record = value(
        owner,
        """select r.id from portal.record r join portal.setting s on s.id = r.setting
           where s.name = 'Brentmere Primary School' and r.status = 'submitted' order by r.received_at limit 1""",
    )
    assert record, "The demo needs a submitted record at Brentmere."
    return record


def take(app: Owner, record: Any, kind: str, day: date = DAY, corrects: Any = None, **details: Any) -> str:
    return value(
        app,
        "select portal.step_take(%s, %s, %s, 'because', %s, %s)",
        [record, kind, day, json.dumps(details), corrects],
    )


def status(app: Owner, record: Any) -> str:
    return value(app, "select status from portal.record where id = %s", [record])


def test_every_status_of_the_demo_follows_from_its_steps(owner: Owner) -> None:
    wrong = owner.execute(
        "select reference, status, portal.step_status(id) from portal.record where status not in ('draft') "
        "and status is distinct from portal.step_status(id)"
    ).fetchall()
    assert not wrong
    assert value(owner, "select count(distinct status) from portal.record") == 12


def test_the_database_and_the_form_agree_on_what_each_step_leads_to(owner: Owner) -> None:
    for kind in KINDS:
        for stage in STATUS:
            leads = value(owner, "select portal.step_leads(%s, %s)", [kind, stage])
            if kind in BESIDE:
                assert leads == (stage if stage in BESIDE[kind] else None), (kind, stage)
            else:
                assert leads == LEADS.get(kind, {}).get(stage), (kind, stage)


def test_every_submission_is_a_step_of_its_own_on_the_day_it_was_received_in_england(owner: Owner) -> None:
    days = owner.execute("""
        select s.happened_on, (b.received_at at time zone 'Europe/London')::date
        from portal.submission b left join portal.step s on s.record = b.record and s.kind = 'received'""").fetchall()
    assert days
    assert all(step == received for step, received in days)


def test_a_request_goes_its_way_step_by_step(app: Owner, tokens: dict[str, str], ours: Any) -> None:
    way = ("receipt", "panel", "assess", "draft", "final")
    stages = ("acknowledged", "deciding", "assessing", "draft_plan", "final_plan")
    with becoming(app, "portal_p_senas", tokens["farah"]) as farah:
        for kind, stage in zip(way, stages, strict=True):
            assert len(take(farah, ours, kind)) == 36
            assert status(farah, ours) == stage
        assert value(farah, "select acknowledged_at from portal.record where id = %s", [ours])


def test_what_is_recorded_of_a_plan_follows_the_plan_and_leaves_it_where_it_is(
    app: Owner, tokens: dict[str, str], ours: Any
) -> None:
    with becoming(app, "portal_p_senas", tokens["farah"]) as farah:
        taken = {kind: take(farah, ours, kind, today()) for kind in ("receipt", "assess", "draft", "final")}
        assert take(farah, ours, "review", DAY) == "order", "before the plan was sent"
        assert len(take(farah, ours, "placement", DAY)) == 36
        for kind in ("review", "amended", "appeal"):
            assert len(take(farah, ours, kind, today(), about="plan", way="tribunal")) == 36
        assert status(farah, ours) == "final_plan"
        assert take(farah, ours, "void", today(), corrects=taken["final"]) == "order", "others stand upon it"
        assert len(take(farah, ours, "ceased", today())) == 36
        assert take(farah, ours, "review", today()) == "order", "the plan has ended"
        assert len(take(farah, ours, "appeal", today(), about="plan", way="tribunal")) == 36


def test_what_the_family_disputes_is_not_for_advisers(app: Owner, owner: Owner, tokens: dict[str, str]) -> None:
    near = value(
        owner,
        """select r.id from portal.record r join portal.involvement i on i.child = r.child
           where r.status = 'final_plan' and i.person = %s limit 1""",
        [person(owner, "daljit")],
    )
    assert near, "The demo needs a final plan of a child that daljit is involved with."
    with app.transaction(force_rollback=True):
        become = "select set_config('app.tok', %s, true), set_config('role', %s, true)"
        app.execute(become, [tokens["farah"], "portal_p_senas"])
        for kind in ("placement", "appeal"):
            assert len(take(app, near, kind, today(), about="plan", way="mediation")) == 36
        app.execute("reset role")
        app.execute(become, [tokens["daljit"], "portal_p_adviser"])
        seen = app.execute("select kind from portal.step where record = %s", [near]).fetchall()
        assert ("placement",) in seen
        assert ("appeal",) not in seen


@pytest.mark.parametrize(
    "kind",
    [
        "assess",
        "not_assess",
        "draft",
        "final",
        "no_plan",
        "panel",
        "ceased",
        "review",
        "amended",
        "placement",
        "appeal",
    ],
)
def test_a_step_out_of_order_is_not_taken(app: Owner, tokens: dict[str, str], ours: Any, kind: str) -> None:
    with becoming(app, "portal_p_senas", tokens["farah"]) as farah:
        assert take(farah, ours, kind) == "order"
        assert status(farah, ours) == "submitted"
        assert value(farah, "select count(*) from portal.step where record = %s", [ours]) == 1


def test_no_step_lies_in_the_future_or_before_receipt_or_before_the_step_before(
    app: Owner, tokens: dict[str, str], ours: Any
) -> None:
    with becoming(app, "portal_p_senas", tokens["farah"]) as farah:
        assert take(farah, ours, "receipt", today() + timedelta(days=1)) == "day"
        assert take(farah, ours, "receipt", date(2020, 1, 1)) == "day"
        assert len(take(farah, ours, "receipt", today())) == 36
        assert take(farah, ours, "panel", DAY) == "order"


def test_a_wrongly_recorded_decision_is_stood_in_for_by_a_later_row(
    app: Owner, tokens: dict[str, str], ours: Any
) -> None:
    with becoming(app, "portal_p_senas", tokens["farah"]) as farah:
        receipt = take(farah, ours, "receipt")
        wrong = take(farah, ours, "not_assess")
        assert take(farah, ours, "void", corrects=receipt) == "order", "a step that others stand upon"
        assert len(take(farah, ours, "void", corrects=wrong)) == 36
        assert status(farah, ours) == "acknowledged"
        assert take(farah, ours, "void", corrects=wrong) == "gone", "taken back once is taken back"
        first = take(farah, ours, "assess")
        again = take(farah, ours, "assess", corrects=first)
        assert len(again) == 36
        assert status(farah, ours) == "assessing"
        assert take(farah, ours, "draft", corrects=again) == "gone", "one kind does not stand in for another"
        assert value(farah, "select count(*) from portal.step where record = %s", [ours]) == 6


def test_a_request_is_not_opened_again_beside_another(app: Owner, owner: Owner, tokens: dict[str, str]) -> None:
    """A decision not to assess may be overturned, but not while the child has a new request already."""
    with owner.transaction(force_rollback=True):
        old = value(owner, "select id from portal.record where status = 'not_assess' limit 1")
        owner.execute(
            """insert into portal.record (child, setting, form)
               select child, setting, form from portal.record where id = %s""",
            [old],
        )
        owner.execute("select set_config('app.tok', %s, true), set_config('role', 'portal_p_senas', true)",
                      [tokens["farah"]])  # fmt: skip
        assert take(owner, old, "assess", today(), overturned="mediation") == "live"
        assert status(owner, old) == "not_assess"


def test_a_decision_overturned_leaves_the_first_decision_as_it_was(
    app: Owner, owner: Owner, tokens: dict[str, str]
) -> None:
    old = value(owner, "select id from portal.record where status = 'not_assess' limit 1")
    with becoming(app, "portal_p_senas", tokens["farah"]) as farah:
        assert len(take(farah, old, "assess", today(), overturned="mediation")) == 36
        assert status(farah, old) == "assessing"
        assert value(farah, "select count(*) from portal.step where record = %s and kind = 'not_assess'", [old]) == 1


def test_allocating_changes_the_co_ordinator_and_nothing_else(
    app: Owner, owner: Owner, tokens: dict[str, str], ours: Any
) -> None:
    grace = person(owner, "grace")
    with becoming(app, "portal_p_senas", tokens["farah"]) as farah:
        first = take(farah, ours, "coordinator", person=grace)
        assert value(farah, "select coordinator from portal.record where id = %s", [ours]) == grace
        assert status(farah, ours) == "submitted"
        take(farah, ours, "receipt")
        assert value(farah, "select coordinator from portal.record where id = %s", [ours]) == grace
        take(farah, ours, "void", corrects=first)
        assert value(farah, "select coordinator from portal.record where id = %s", [ours]) is None


def test_a_question_is_answered_once_and_only_by_the_child_s_setting(
    app: Owner, owner: Owner, tokens: dict[str, str], ours: Any
) -> None:
    with app.transaction(force_rollback=True):
        become = "select set_config('app.tok', %s, true), set_config('role', %s, true)"
        app.execute(become, [tokens["farah"], "portal_p_senas"])
        question = take(app, ours, "question")
        app.execute("savepoint a")
        with pytest.raises(NO_RIGHT):
            take(app, ours, "answer", question=question)
        app.execute("rollback to a")
        app.execute("reset role")
        app.execute(become, [tokens["carys"], "portal_p_senco"])
        with pytest.raises(NO_RIGHT):
            take(app, ours, "answer", question=question)
        app.execute("rollback to a")
        app.execute("reset role")
        app.execute(become, [tokens["amina"], "portal_p_senco"])
        assert len(take(app, ours, "answer", question=question)) == 36
        assert take(app, ours, "answer", question=question) == "gone"
        assert status(app, ours) == "submitted"


@pytest.mark.parametrize("kind", ["receipt", "assess", "question", "coordinator", "exception", "withdrawn", "received"])
@pytest.mark.parametrize("who", ["amina", "carys"])
def test_no_setting_takes_a_step_of_the_council_s(
    app: Owner, tokens: dict[str, str], ours: Any, who: str, kind: str
) -> None:
    with pytest.raises(NO_RIGHT), becoming(app, "portal_p_senco", tokens[who]) as senco:
        take(senco, ours, kind)


@pytest.mark.parametrize(("who", "persona"), [("daljit", "portal_p_adviser"), ("hassan", "portal_p_ict")])
def test_advisers_and_ict_take_no_step_at_all(
    app: Owner, tokens: dict[str, str], ours: Any, who: str, persona: str
) -> None:
    with pytest.raises(NO_RIGHT), becoming(app, persona, tokens[who]) as other:
        take(other, ours, "answer")


@pytest.mark.parametrize("who", SIGNED_IN)
@pytest.mark.parametrize(
    "change",
    [
        "update portal.step set reason = 'other'",
        "delete from portal.step",
        "insert into portal.step (record, setting, child, kind, happened_on) "
        "select id, setting, child, 'assess', current_date from portal.record",
        "update portal.record set coordinator = null",
        "update portal.record set received_at = now()",
    ],
)
def test_nobody_writes_steps_or_dates_by_hand(app: Owner, tokens: dict[str, str], who: str, change: str) -> None:
    with pytest.raises(NO_RIGHT), signed_in(app, tokens, who) as somebody:
        somebody.execute(change.encode())


def test_not_even_the_owner_changes_a_step(owner: Owner) -> None:
    for change in (
        "update portal.step set happened_on = current_date",
        "delete from portal.step",
        "truncate portal.step",
    ):
        with pytest.raises(NO_RIGHT), owner.transaction():
            owner.execute(change.encode())


def test_steps_are_seen_by_whom_the_record_is_and_exceptions_not_by_advisers(
    app: Owner, owner: Owner, tokens: dict[str, str], ours: Any
) -> None:
    seen = {}
    for who in SIGNED_IN:
        with signed_in(app, tokens, who) as somebody:
            try:
                seen[who] = value(somebody, "select count(*) from portal.step where record = %s", [ours])
            except NO_RIGHT:
                seen[who] = None
        if who == "hassan":
            assert seen[who] is None
    assert (seen["amina"], seen["ben"], seen["farah"], seen["grace"], seen["carys"]) == (1, 1, 1, 1, 0)
    near = value(
        owner,
        """select r.id from portal.record r join portal.involvement i on i.child = r.child
           where r.status = 'deciding' and i.person = %s limit 1""",
        [person(owner, "daljit")],
    )
    assert near, "The demo needs a case being decided that daljit is involved with."
    moved = "select record, details from portal.step_moved(%s)"
    with app.transaction(force_rollback=True):
        become = "select set_config('app.tok', %s, true), set_config('role', %s, true)"
        app.execute(become, [tokens["farah"], "portal_p_senas"])
        days = {"since": "2026-09-01", "until": "2026-10-01", "instead": "2027-01-01"}
        assert len(take(app, near, "exception", today(), regulation="5(4)", ground="d", **days)) == 36
        assert app.execute(moved, [[near, ours]]).fetchall() == [], "who sees the step itself"
        app.execute("reset role")
        app.execute(become, [tokens["daljit"], "portal_p_adviser"])
        assert value(app, "select count(*) from portal.step where record = %s and kind = 'exception'", [near]) == 0
        assert value(app, "select count(*) from portal.step where record = %s", [near]) > 1
        # but the date that it moves is theirs to know, and they are told no more than that
        told = {"regulation": "5(4)", "instead": "2027-01-01"}
        assert app.execute(moved, [[near, ours]]).fetchall() == [(near, told)]
        app.execute("reset role")
        app.execute(become, [tokens["ewa"], "portal_p_adviser"])
        mine = value(owner, "select count(*) from portal.involvement i join portal.record r on r.child = i.child"
                     " where r.id = %s and i.person = %s", [near, person(owner, "ewa")])  # fmt: skip
        assert len(app.execute(moved, [[near, ours]]).fetchall()) == mine


def test_two_who_take_the_same_step_at_once_take_it_once(
    demo_database: TestDatabase, owner: Owner, tokens: dict[str, str]
) -> None:
    record = value(owner, "select id from portal.record where status = 'submitted' order by received_at desc limit 1")
    day = value(owner, "select happened_on from portal.step where record = %s and kind = 'received'", [record])
    verdicts: list[str] = []

    def confirm(who: str) -> None:
        with psycopg.connect(demo_database.app_url) as connection:
            connection.execute(
                "select set_config('app.tok', %s, true), set_config('role', 'portal_p_senas', true)", [tokens[who]]
            )
            verdicts.append(take(connection, record, "receipt", day))
            time.sleep(0.3)  # hold the record while the other asks

    both = [threading.Thread(target=confirm, args=(who,)) for who in ("farah", "grace")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(len(verdict) for verdict in verdicts) == [len("order"), 36]
    assert value(owner, "select count(*) from portal.step where record = %s and kind = 'receipt'", [record]) == 1
