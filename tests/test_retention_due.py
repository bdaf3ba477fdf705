"""What comes to the end of its time is warned of first, and people are told; what is needed is kept beyond it."""

import threading
from datetime import date
from typing import Any

import psycopg
import pytest

from record.clock import today
from routes import expiry
from tests.fixtures_database import TestDatabase
from tests.past import (
    MARK,
    SIX,
    ago,
    answer,
    as_it_was,
    days,
    erase,
    hold,
    lift,
    listed,
    look,
    past,
    rule,
    step,
    stood,
    there,
)
from tests.persona import Owner, column, value


@pytest.fixture(autouse=True)
def _as_it_was(owner: Owner) -> None:
    as_it_was(owner)


# ---------------------------------------------------------------- warned of before


@pytest.mark.parametrize(("left", "is_listed"), [(91, False), (90, True), (1, True), (0, True), (-400, True)])
def test_a_request_is_listed_ninety_days_before_its_time_is_over(
    demo_database: TestDatabase, owner: Owner, left: int, is_listed: bool
) -> None:
    it = past(owner, "withdrawn", ago(6, left))
    look(demo_database)
    assert listed(owner, it) == ((today(), max(days(left), days(30))) if is_listed else None)
    assert there(owner, it)


@pytest.mark.parametrize(("left", "stands", "goes"), [
    (-400, 29, False), (-400, 30, True), (0, 29, False), (0, 30, True), (0, 90, True), (1, 90, False),
])  # fmt: skip
def test_nothing_goes_before_its_time_nor_before_it_has_stood_thirty_days(
    demo_database: TestDatabase, owner: Owner, left: int, stands: int, goes: bool
) -> None:
    it = past(owner, "withdrawn", ago(6, left))
    look(demo_database)
    stood(owner, it, stands)
    look(demo_database)
    assert there(owner, it) != goes


def test_nothing_is_deleted_at_night(demo_database: TestDatabase, owner: Owner) -> None:
    it = past(owner, "withdrawn", ago(6, -1))
    look(demo_database)
    stood(owner, it)
    look(demo_database, SIX)
    assert there(owner, it)


@pytest.mark.parametrize(("status", "years", "born"), [
    ("withdrawn", 6, date(2016, 5, 5)), ("moved_out", 6, date(2016, 5, 5)), ("not_assess", 6, date(2016, 5, 5)),
    ("not_issue", 3, ago(25)), ("ceased", 3, ago(31)), ("draft", 2, date(2016, 5, 5)), ("final_plan", 3, ago(31)),
])  # fmt: skip
def test_each_outcome_goes_by_its_own_rule(
    demo_database: TestDatabase, owner: Owner, status: str, years: int, born: date
) -> None:
    it = past(owner, status, ago(years), born)
    look(demo_database)
    stood(owner, it)
    look(demo_database)
    assert not there(owner, it)
    left = owner.execute("select status, outcome, received_on is null, closed_on, steps from portal.erased"
                         " where record = %s", [it.record]).fetchone()  # fmt: skip
    plan = status in ("final_plan", "ceased")
    assert left
    assert left[:4] == (
        status,
        "plan" if plan else status,
        status == "draft",
        None if status == "final_plan" else ago(years),
    )
    assert [s["kind"] for s in left[4]][:1] == ([] if status == "draft" else ["received"])


@pytest.mark.parametrize("status", ["submitted", "acknowledged", "deciding", "assessing", "draft_plan"])
def test_an_open_request_is_never_listed_however_old(demo_database: TestDatabase, owner: Owner, status: str) -> None:
    it = past(owner, status, ago(20), ago(35))
    look(demo_database)
    assert listed(owner, it) is None
    step(owner, it, "withdrawn", today())
    owner.execute("update portal.record set status = 'withdrawn' where id = %s", [it.record])
    look(demo_database)
    assert listed(owner, it) is None, "it was closed today"


def test_a_plan_that_goes_on_is_kept_whatever_the_rule_until_it_must_have_ended(
    demo_database: TestDatabase, owner: Owner
) -> None:
    rule(owner, "plan", "closed", 2)
    young, old = past(owner, "final_plan", ago(20), ago(27)), past(owner, "final_plan", ago(20), ago(28))
    look(demo_database)
    assert listed(owner, young) is None, "two years from the 26th birthday"
    assert listed(owner, old) == (today(), days(30))


@pytest.mark.parametrize("beside", ["draft", "submitted", "draft_plan"])
def test_what_is_about_a_child_with_another_open_request_is_kept(
    demo_database: TestDatabase, owner: Owner, beside: str
) -> None:
    old = past(owner, "withdrawn", ago(6, -1))
    look(demo_database)
    stood(owner, old)
    new = past(owner, beside, today(), child=old.child)
    look(demo_database)
    assert there(owner, old)
    assert listed(owner, old) is None
    owner.execute("update portal.record set status = 'ceased' where id = %s", [new.record])
    look(demo_database)
    assert listed(owner, old) == (today(), days(30)), "warned of anew"


def test_a_step_that_was_taken_back_closes_nothing(demo_database: TestDatabase, owner: Owner) -> None:
    it = past(owner, "withdrawn", ago(5))
    wrong = step(owner, it, "withdrawn", ago(8))
    owner.execute(
        """insert into portal.step (record, setting, child, kind, happened_on, corrects)
           select record, setting, child, 'void', current_date, id from portal.step where id = %s""",
        [wrong],
    )
    look(demo_database)
    assert listed(owner, it) is None, "the other withdrawal is five years old"


# ---------------------------------------------------------------- legal hold, writing, other rules


def test_what_is_on_legal_hold_stays_and_is_warned_of_anew_afterwards(
    demo_database: TestDatabase, owner: Owner
) -> None:
    it = past(owner, "withdrawn", ago(6, -1))
    look(demo_database)
    stood(owner, it)
    hold(owner, it)
    assert listed(owner, it) is None, "at once"
    look(demo_database)
    assert there(owner, it)
    assert listed(owner, it) is None
    lift(owner, it)
    look(demo_database)
    assert listed(owner, it) == (today(), days(30))
    stood(owner, it)
    look(demo_database)
    assert not there(owner, it)


def test_a_hold_that_came_a_moment_ago_is_seen(demo_database: TestDatabase, owner: Owner, app: Owner) -> None:
    """The list still says it goes; whoever is about to delete looks again."""
    it = past(owner, "withdrawn", ago(6, -1))
    look(demo_database)
    stood(owner, it)
    warned = owner.execute("select * from portal.warning where record = %s", [it.record]).fetchone()
    hold(owner, it)
    assert warned
    owner.execute(
        """insert into portal.warning (record, setting, child, reference, outcome, since, years, closed_on, due,
                                       warned_on)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        warned[:10],
    )
    assert erase(app, it) is False
    assert there(owner, it)


@pytest.mark.parametrize("years", [2, 5])
def test_a_shorter_rule_deletes_nothing_within_thirty_days(
    demo_database: TestDatabase, owner: Owner, years: int
) -> None:
    listed_long, new = past(owner, "withdrawn", ago(6, 60)), past(owner, "withdrawn", ago(6, 200))
    look(demo_database)
    stood(owner, listed_long, 80)
    assert listed(owner, new) is None
    rule(owner, "withdrawn", "closed", years)
    for _ in range(2):
        look(demo_database)
        assert listed(owner, listed_long) == (today(), days(30)), "the date people were told was a later one"
        assert listed(owner, new) == (today(), days(30))
    for it in (listed_long, new):
        stood(owner, it)
    look(demo_database)
    assert not there(owner, listed_long)
    assert not there(owner, new)


def test_a_longer_rule_takes_from_the_list_what_it_keeps(demo_database: TestDatabase, owner: Owner, app: Owner) -> None:
    it = past(owner, "withdrawn", ago(6, -1))
    look(demo_database)
    stood(owner, it)
    rule(owner, "withdrawn", "closed", 7)
    assert erase(app, it) is False, "the list still says it goes"
    look(demo_database)
    assert there(owner, it)
    assert listed(owner, it) is None


def test_a_date_that_moves_away_a_little_keeps_its_warning(demo_database: TestDatabase, owner: Owner) -> None:
    it = past(owner, "not_issue", ago(3), ago(25, 10))
    look(demo_database)
    stood(owner, it, 29)
    owner.execute("update portal.child set dob = dob + 5 where id = %s", [it.child])
    look(demo_database)
    assert listed(owner, it) == (days(-29), days(15))


def test_who_goes_on_with_a_draft_keeps_it(demo_database: TestDatabase, owner: Owner, app: Owner) -> None:
    it = past(owner, "draft", ago(2, -1))
    look(demo_database)
    stood(owner, it)
    answer(owner, it, "She still needs it", today())
    assert listed(owner, it) is None, "at once"
    assert erase(app, it) is False
    look(demo_database)
    assert listed(owner, it) is None
    assert there(owner, it)


@pytest.mark.parametrize(("change", "kept"), [
    ("update portal.answer set value = 'In the last second', version = version + 1, saved_at = now() where record = %s",
     "select count(*) from portal.answer where record = %s and value = 'In the last second'"),
    ("update portal.entry set withdrawn_at = now() where list = 'outcomes' and record = %s",
     "select count(*) from portal.entry where record = %s and withdrawn_at is not null"),
])  # fmt: skip
def test_what_is_changed_in_the_last_second_keeps_a_draft(
    demo_database: TestDatabase, owner: Owner, app: Owner, change: str, kept: str
) -> None:
    it = past(owner, "draft", ago(2, -1))
    owner.execute(
        """insert into portal.entry (record, setting, child, list, added_at)
           select id, setting, child, 'outcomes', started_at from portal.record where id = %s""",
        [it.record],
    )
    look(demo_database)
    stood(owner, it)
    verdict: list[Any] = []
    with psycopg.connect(demo_database.superuser_url) as writer:
        writer.execute(change.encode(), [it.record])
        deleting = threading.Thread(target=lambda: verdict.append(erase(app, it)))
        deleting.start()
        waits = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%%retention_erase%%'"
        while not value(owner, waits) and deleting.is_alive():
            pass
        writer.commit()
        deleting.join(20)
    assert verdict == [False]
    assert value(owner, kept, [it.record]) == 1


def test_who_works_with_a_request_just_now_is_not_waited_for(
    demo_database: TestDatabase, owner: Owner, app: Owner
) -> None:
    it = past(owner, "withdrawn", ago(6, -1))
    look(demo_database)
    stood(owner, it)
    with psycopg.connect(demo_database.superuser_url) as other:
        other.execute("select from portal.record where id = %s for key share", [it.record])
        assert erase(app, it) is False
    assert erase(app, it) is True


# ---------------------------------------------------------------- letters


def letters(owner: Owner) -> dict[str, tuple[str, str]]:
    found = owner.execute("select recipient, subject, body from portal.letter order by id").fetchall()
    assert len({row[0] for row in found}) == len(found), "one letter each"
    return {recipient: (subject, body) for recipient, subject, body in found}


FARAH, GRACE, AMINA = "farah.siddiqui@council.example", "grace.mensah@council.example", "amina.yusuf@brentmere.example"


def test_managers_and_the_co_ordinator_are_told_ninety_and_fourteen_days_before(
    demo_database: TestDatabase, owner: Owner
) -> None:
    it = past(owner, "withdrawn", ago(6, 40))
    look(demo_database)
    first = letters(owner)
    assert set(first) >= {FARAH, GRACE}
    subject, body = first[FARAH]
    assert it.reference in subject + body
    assert f"{days(40).day} " in body
    assert "6 years after it was closed" in body
    assert f"/records/{it.record}/review" in body
    owner.execute("delete from portal.letter")
    look(demo_database)
    assert letters(owner) == {}, "once"
    owner.execute("update portal.warning set due = %s where record = %s", [days(14), it.record])
    stood(owner, it)
    owner.execute("set role portal_definer")
    told = column(owner, "select email from portal.retention_tell() where record = %s", [it.record])
    assert sorted(told) == sorted([FARAH, GRACE])
    assert column(owner, "select email from portal.retention_tell() where record = %s", [it.record]) == []
    owner.execute("reset role")


def test_a_letter_names_no_child_and_no_date_of_birth(demo_database: TestDatabase, owner: Owner) -> None:
    born = ago(31, 30)
    past(owner, "ceased", ago(5), born)
    past(owner, "draft", ago(2, 30))
    look(demo_database)
    text = " ".join(subject + body for subject, body in letters(owner).values())
    assert "31 years after the child’s birth" in text
    assert MARK not in text
    assert str(born.year) not in text


def test_of_a_draft_its_setting_is_told_and_nobody_else(demo_database: TestDatabase, owner: Owner) -> None:
    owner.execute("update portal.warning set told = '{90}'")
    it = past(owner, "draft", ago(2, 30))
    look(demo_database)
    told = letters(owner)
    mine = {to for to, (subject, body) in told.items() if it.reference in subject + body}
    contact = value(
        owner,
        "select p.email from portal.record r join portal.person p on p.id = r.contact where r.id = %s",
        [it.record],
    )
    assert mine == {contact}
    assert f"/records/{it.record}\n" in told[contact][1], "where it can be gone on with"


def test_who_has_left_is_not_written_to_and_somebody_always_is(demo_database: TestDatabase, owner: Owner) -> None:
    it = past(owner, "withdrawn", ago(6, 30))
    owner.execute("update priv.account set disabled_at = now() where username in ('farah', 'grace')")
    try:
        look(demo_database)
        told = letters(owner)
        assert FARAH not in told
        assert GRACE not in told
        assert it.reference in "".join(told["senas@council.example"])
    finally:
        owner.execute("update priv.account set disabled_at = null")


def test_many_at_once_make_one_letter_that_names_some(demo_database: TestDatabase, owner: Owner) -> None:
    for _ in range(expiry.LINES + 3):
        past(owner, "withdrawn", ago(6, 30))
    look(demo_database)
    subject, body = letters(owner)[GRACE]
    count = int(subject.split()[0])
    assert count >= expiry.LINES + 3
    assert body.count("will be deleted on") == expiry.LINES
    assert f"And {count - expiry.LINES} more." in body


def test_no_letter_is_written_at_night_but_the_list_is_right(demo_database: TestDatabase, owner: Owner) -> None:
    it = past(owner, "withdrawn", ago(6, 30))
    look(demo_database, SIX)
    assert listed(owner, it)
    assert letters(owner) == {}
    look(demo_database)
    assert letters(owner)
