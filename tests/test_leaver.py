"""Leavers: all live work of somebody goes to a colleague in one go, seen before, by reference, and nothing is stuck."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.fixtures_server import Portal
from tests.test_people import newest_letter, one, person, setting, sure_of, trail
from views.words import day

LIVE = "status not in ('not_assess', 'not_issue', 'final_plan', 'withdrawn', 'moved_out', 'ceased')"


@pytest.fixture(scope="module")
def ict(portal: Portal) -> httpx2.Client:
    return portal.sign_in("hassan")


@pytest.fixture(autouse=True)
def _as_at_first(portal: Portal) -> Iterator[None]:
    """Who has what in hand, again at the end as it was at the beginning."""
    portal.forget_codes()
    with portal.owner() as connection:
        records = connection.execute("select contact, coordinator, id from portal.record").fetchall()
        involved = connection.execute("select person, child, since from portal.involvement").fetchall()
        members = connection.execute("select person, setting from portal.membership").fetchall()
        advice = connection.execute("select state, ended_at, id from portal.advice_request").fetchall()
        yield
        cursor = connection.cursor()
        cursor.execute("delete from portal.advice_request where id <> all (%s)", [[row[2] for row in advice]])
        cursor.executemany("update portal.advice_request set state = %s, ended_at = %s where id = %s", advice)
        cursor.executemany("update portal.record set contact = %s, coordinator = %s where id = %s", records)
        cursor.execute("delete from portal.involvement")
        cursor.executemany("insert into portal.involvement (person, child, since) values (%s, %s, %s)", involved)
        cursor.execute("delete from portal.membership")
        cursor.executemany("insert into portal.membership (person, setting) values (%s, %s)", members)
        cursor.execute("update priv.account set disabled_at = null")


def references(portal: Portal, who: str, column: str = "contact") -> list[str]:
    """The live records of somebody, by reference."""
    with portal.owner() as connection:
        rows = connection.execute(
            f"select reference from portal.record where {column} = %s and {LIVE} order by reference",  # type: ignore[arg-type]
            [person(portal, who)],
        ).fetchall()
    return [reference for (reference,) in rows]


def look(ict: httpx2.Client, it: int, colleague: int) -> tuple[str, str]:
    """The preview, and the mark of what it shows."""
    answer = ict.post(f"/people/{it}/hand-over/preview", data={"colleague": str(colleague)})
    assert answer.status_code == 200, answer.text
    found = re.search(r'name="shown" value="(\w+)"', answer.text)
    return answer.text, found[1] if found else ""


def hand_over(ict: httpx2.Client, it: int, colleague: int, **more: str) -> httpx2.Response:
    form = {"colleague": str(colleague), "shown": look(ict, it, colleague)[1], "reason": "leaves at Christmas", **more}
    return ict.post(f"/people/{it}/hand-over", data=form)


def listed(page: str) -> list[str]:
    return sorted(set(re.findall(r"ERSA-\d{6}", page)))


# ---------------------------------------------------------------- a record's contact


def test_whoever_starts_a_record_is_its_contact_and_stands_at_its_head(portal: Portal) -> None:
    client = portal.sign_in("ben")
    child = {"first_name": "Contacted", "surname": "Child", "dob": "5 5 2016", "sex": "F",
             "setting": setting(portal, "Brentmere Primary School")}  # fmt: skip
    answer = client.post("/start/new", data=child)
    head = client.get(answer.headers["location"]).text
    assert re.search(r"<dt>Contact</dt><dd><bdi>Ben Carter</bdi></dd>", head)
    assert one(portal, "select contact from portal.record where id = %s", answer.headers["location"].split("/")[2]) == (
        person(portal, "Ben Carter")
    )


def test_the_records_of_before_have_who_started_them_as_contact(portal: Portal) -> None:
    assert one(portal, "select count(*) from portal.record where started_by is not null") > 5
    assert one(portal, "select count(*) from portal.record where contact is distinct from started_by") == 0


def test_no_setting_gives_its_records_another_contact_by_itself(portal: Portal) -> None:
    with portal.owner() as connection, connection.transaction():
        connection.execute("set local role portal_p_senco")
        with pytest.raises(Exception, match="permission denied"):
            connection.execute("update portal.record set contact = 1")


# ---------------------------------------------------------------- handing over


def test_all_live_records_go_to_a_colleague_of_the_setting_in_one_go(portal: Portal, ict: httpx2.Client) -> None:
    amina, ben = person(portal, "Amina Yusuf"), person(portal, "Ben Carter")
    before = references(portal, "Amina Yusuf")
    others = references(portal, "Ben Carter")
    assert len(before) > 3
    page, _ = look(ict, amina, ben)
    assert listed(page) == before
    answer = hand_over(ict, amina, ben)
    assert (answer.status_code, "Nothing is left" in answer.text) == (200, True)
    assert references(portal, "Amina Yusuf") == []
    assert references(portal, "Ben Carter") == sorted(before + others)
    ended = one(portal, f"select count(*) from portal.record where contact = %s and not {LIVE}", amina)
    assert ended == one(portal, f"select count(*) from portal.record where started_by = %s and not {LIVE}", amina)
    letter = newest_letter(portal, "ben.carter@brentmere.example")
    assert listed(letter) == before
    assert [line for line in trail(portal, amina) if line[0] == "handed_over"] == (
        [("handed_over", "Hassan Abdi", "leaves at Christmas")] * len(before)
    )
    senco = portal.sign_in("ben")
    record = one(portal, "select id from portal.record where reference = %s", before[0])
    assert "<dt>Contact</dt><dd><bdi>Ben Carter</bdi></dd>" in senco.get(f"/records/{record}/needs").text


def test_ict_sees_references_and_settings_and_no_child(portal: Portal, ict: httpx2.Client) -> None:
    with portal.owner() as connection:
        names = connection.execute("select first_name, surname, coalesce(upn, '-----') from portal.child").fetchall()
    for who, other in (("Amina Yusuf", "Ben Carter"), ("Daljit Gill", ""), ("Farah Siddiqui", "Grace Mensah")):
        it = person(portal, who)
        pages = ict.get(f"/people/{it}").text + ict.get(f"/people/{it}/hand-over").text
        if other:
            pages += look(ict, it, person(portal, other))[0] + hand_over(ict, it, person(portal, other)).text
        for first, last, upn in names:
            assert f"{first} {last}" not in pages
            assert upn not in pages


def test_a_letter_about_it_names_no_child(portal: Portal, ict: httpx2.Client) -> None:
    hand_over(ict, person(portal, "Amina Yusuf"), person(portal, "Ben Carter"))
    letter = newest_letter(portal, "ben.carter@brentmere.example")
    with portal.owner() as connection:
        names = connection.execute("select first_name, surname from portal.child").fetchall()
    assert not [name for name in names if f" {name[0]} " in letter and name[0] not in ("Amina", "Ben")]


def test_the_account_can_be_disabled_with_it(portal: Portal, ict: httpx2.Client) -> None:
    amina = person(portal, "Amina Yusuf")
    client = portal.sign_in("amina")
    answer = hand_over(ict, amina, person(portal, "Ben Carter"), disable="yes")
    assert "is disabled" in answer.text
    assert client.get("/gateway").status_code == 303
    assert one(portal, "select disabled_at is not null from priv.account where person = %s", amina)


def test_only_colleagues_of_the_setting_or_team_are_offered(portal: Portal, ict: httpx2.Client) -> None:
    def offered(who: str) -> set[str]:
        page = ict.get(f"/people/{person(portal, who)}/hand-over").text
        return {o.partition(",")[0] for o in re.findall(r'<option value="\d+">([^<]+)</option>', page)}

    assert offered("Amina Yusuf") == {"Ben Carter"}
    assert offered("Farah Siddiqui") == {"Grace Mensah"}
    assert offered("Daljit Gill") == set()
    with portal.owner() as connection:
        connection.execute(
            "update priv.account set disabled_at = now() where person = %s", [person(portal, "Ben Carter")]
        )
    assert offered("Amina Yusuf") == set()


@pytest.mark.parametrize("other", ["Carys Morgan", "Daljit Gill", "Farah Siddiqui", "Hassan Abdi", "Amina Yusuf"])
def test_nothing_goes_to_somebody_of_elsewhere_even_when_asked_for(
    portal: Portal, ict: httpx2.Client, other: str
) -> None:
    amina, before = person(portal, "Amina Yusuf"), references(portal, "Amina Yusuf")
    answer = hand_over(ict, amina, person(portal, other))
    assert answer.status_code == 422
    assert references(portal, "Amina Yusuf") == before


def test_what_belongs_to_another_setting_stays_and_is_said(portal: Portal, ict: httpx2.Client) -> None:
    amina, ben, carys = (person(portal, name) for name in ("Amina Yusuf", "Ben Carter", "Carys Morgan"))
    with portal.owner() as connection:
        connection.execute(
            "insert into portal.membership (person, setting) values (%s, %s)",
            [amina, setting(portal, "St Oswin's High School")],
        )
        moved = connection.execute(
            f"update portal.record set contact = %s where contact = %s and {LIVE} returning reference",  # type: ignore[arg-type]
            [amina, carys],
        ).fetchall()
    assert moved
    page, _ = look(ict, amina, ben)
    stays = page.partition("Stays:")[2]
    assert listed(stays) == sorted(reference for (reference,) in moved)
    answer = hand_over(ict, amina, ben)
    assert "could not go to Ben Carter" in answer.text
    assert references(portal, "Amina Yusuf") == sorted(reference for (reference,) in moved)
    assert "Nothing is left" in hand_over(ict, amina, carys).text
    assert references(portal, "Amina Yusuf") == []


def test_an_adviser_s_children_go_to_a_colleague_of_the_team(portal: Portal, ict: httpx2.Client) -> None:
    daljit, ewa = person(portal, "Daljit Gill"), person(portal, "Ewa Zielińska")
    mine = "select array_agg(child order by child) from portal.involvement where person = %s"
    before = one(portal, mine, daljit)
    assert hand_over(ict, daljit, ewa).status_code == 422, "another team's"
    assert one(portal, mine, daljit) == before
    with portal.owner() as connection:
        connection.execute("update portal.person set team = 'SLT' where id = %s", [ewa])
        # nor is Daljit asked for advice, which lets them see a child too
        connection.execute(
            "update portal.advice_request set state = 'done', ended_at = now() where asked_of = %s and state = 'asked'",
            [daljit],
        )
    both = sorted(set(before) | set(one(portal, mine, ewa)))
    client = portal.sign_in("daljit")
    assert "Nothing is left" in hand_over(ict, daljit, ewa).text
    assert one(portal, mine, daljit) is None
    assert one(portal, mine, ewa) == both
    assert "You are not involved with any child" in client.get("/gateway").text
    with portal.owner() as connection:
        connection.execute("update portal.person set team = 'EP' where id = %s", [ewa])


def test_advice_asked_of_somebody_is_passed_to_a_colleague_and_both_sides_are_told(
    portal: Portal, ict: httpx2.Client
) -> None:
    daljit, ewa = person(portal, "Daljit Gill"), person(portal, "Ewa Zielińska")
    asked = (
        "select r.reference, q.list, q.due, q.asked_by from portal.advice_request q join portal.record r"
        " on r.id = q.record where q.asked_of = %s and q.state = 'asked' order by 1, 2"
    )
    with portal.owner() as connection:
        # one of them is about a child that Daljit sees by it alone
        (child,) = connection.execute(
            "insert into portal.advice_request (record, setting, child, list, asked_of, asked_by, due)"
            " select r.id, r.setting, r.child, 'appendix_c', %(daljit)s, %(farah)s, current_date + 9"
            " from portal.record r where r.status not in ('draft', 'withdrawn') and not exists (select from"
            " portal.involvement i where i.person in (%(daljit)s, %(ewa)s) and i.child = r.child) limit 1"
            " returning child",
            {"daljit": daljit, "ewa": ewa, "farah": person(portal, "Farah Siddiqui")},
        ).fetchone() or ("",)
        before = connection.execute(asked, [daljit]).fetchall()
        assert len(before) > 1
        page = ict.get(f"/people/{daljit}")
        assert f"asked for {len(before)} pieces of advice" in page.text
        shown, _ = look(ict, daljit, ewa)
        assert "Advice asked of them" in shown
        assert "Goes to" not in shown, "she is of another team"
        connection.execute("update portal.person set team = 'SLT' where id = %s", [ewa])
        try:
            shown, _ = look(ict, daljit, ewa)
            assert "Advice asked of them" in shown.partition("Goes to")[2]
            assert "Nothing is left" in hand_over(ict, daljit, ewa).text
        finally:
            connection.execute("update portal.person set team = 'EP' where id = %s", [ewa])
        assert connection.execute(asked, [daljit]).fetchall() == []
        assert set(before) <= set(connection.execute(asked, [ewa]).fetchall())
        states = "select distinct state from portal.advice_request where asked_of = %s"
        assert connection.execute(states, [daljit]).fetchall() == [("passed",)]
        alone = "select array_agg(child) from portal.advice_request where asked_of = %s and state = 'asked'"
        assert child in (connection.execute(alone, [ewa]).fetchone() or ([],))[0], "seen by who was asked last"
        involved = "select count(*) from portal.involvement where person = any (%s) and child = %s"
        assert connection.execute(involved, [[daljit, ewa], child]).fetchone() == (0,), "a request involves nobody"
        passed = connection.execute(
            "select recipient, subject from portal.letter where subject like 'Advice was passed%'"
        ).fetchall()
        assert {to.split("@")[0] for to, _ in passed} == {"farah.siddiqui"}
        assert {subject[-11:] for _, subject in passed} == {row[0] for row in before}
    letter = newest_letter(portal, one(portal, "select email from portal.person where id = %s", ewa))
    for reference, _, due, _ in before:
        assert re.search(rf"{reference} – [^\n]*: your advice is asked for, by {day(due)}", letter)


def test_a_co_ordinator_s_cases_go_to_a_colleague_in_senas(portal: Portal, ict: httpx2.Client) -> None:
    before = references(portal, "Farah Siddiqui", "coordinator")
    assert before
    answer = hand_over(ict, person(portal, "Farah Siddiqui"), person(portal, "Grace Mensah"))
    assert answer.status_code == 200
    assert references(portal, "Farah Siddiqui", "coordinator") == []
    assert set(before) <= set(references(portal, "Grace Mensah", "coordinator"))


def test_what_was_not_in_the_preview_does_not_go_along(portal: Portal, ict: httpx2.Client) -> None:
    amina, ben = person(portal, "Amina Yusuf"), person(portal, "Ben Carter")
    _, shown = look(ict, amina, ben)
    with portal.owner() as connection:
        connection.execute(
            "update portal.record set contact = %s where id = (select id from portal.record"
            f" where contact = %s and {LIVE} limit 1)",  # type: ignore[arg-type]
            [ben, amina],
        )
    before = references(portal, "Amina Yusuf")
    form = {"colleague": str(ben), "shown": shown, "reason": "leaves"}
    answer = ict.post(f"/people/{amina}/hand-over", data=form)
    assert (answer.status_code, "Something has changed" in answer.text) == (422, True)
    assert references(portal, "Amina Yusuf") == before
    assert listed(answer.text) == before


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Choose a colleague."),
        ({"colleague": "x", "reason": "y"}, "Choose a colleague."),
        ({"colleague": "999999", "reason": "y", "shown": "z"}, "Something has changed"),
        ({"colleague": "ben", "reason": " "}, "Write why."),
        ({"colleague": "ben", "reason": "x" * 501}, "501 characters"),
    ],
)
def test_a_colleague_and_a_reason_are_asked_for(
    portal: Portal, ict: httpx2.Client, form: dict[str, Any], said: str
) -> None:
    before = references(portal, "Amina Yusuf")
    if form.get("colleague") == "ben":
        form = form | {"colleague": str(person(portal, "Ben Carter"))}
    answer = ict.post(f"/people/{person(portal, 'Amina Yusuf')}/hand-over", data=form)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert references(portal, "Amina Yusuf") == before


def change(portal: Portal, ict: httpx2.Client, who: str, **form: str) -> httpx2.Response:
    """Another role or setting for somebody, everything else as it is."""
    it = person(portal, who)
    email = one(portal, "select email from portal.person where id = %s", it)
    return ict.post(f"/people/{it}/change", data={"name": who, "email": email, **form})


def test_a_move_that_leaves_records_with_somebody_who_cannot_see_them_is_warned_of(
    portal: Portal, ict: httpx2.Client
) -> None:
    amina = person(portal, "Amina Yusuf")
    here, there = setting(portal, "Brentmere Primary School"), setting(portal, "St Oswin's High School")
    records = references(portal, "Amina Yusuf")
    answer = change(portal, ict, "Amina Yusuf", role="senco", add_setting=there)
    assert answer.status_code == 422
    assert f"contact of {len(records)} live records, and could no longer see to that" in answer.text
    assert f'href="/people/{amina}/hand-over"' in answer.text
    # to work at both leaves nothing behind
    both = {"settings": here, "add_setting": there}
    assert change(portal, ict, "Amina Yusuf", role="senco", **both).status_code == 303
    answer = change(portal, ict, "Amina Yusuf", role="senas")
    assert f"contact of {len(records)} live records" in answer.text
    # being sure of one move is not being sure of another
    again = change(portal, ict, "Amina Yusuf", role="senco", add_setting=there, sure=sure_of(answer))
    assert again.status_code == 422
    assert change(portal, ict, "Amina Yusuf", role="senco", add_setting=there, sure=sure_of(again)).status_code == 303
    # only who can take some of it is offered, not the new colleagues
    page = ict.get(f"/people/{amina}/hand-over").text
    offered = {o.partition(",")[0] for o in re.findall(r'<option value="\d+">([^<]+)</option>', page)}
    assert offered == {"Ben Carter"}
    assert "Nothing is left" in hand_over(ict, amina, person(portal, "Ben Carter")).text
    assert change(portal, ict, "Amina Yusuf", role="senco", add_setting=here).status_code == 303


def test_what_an_adviser_had_can_be_handed_over_after_they_advise_no_more(portal: Portal, ict: httpx2.Client) -> None:
    daljit, ewa = person(portal, "Daljit Gill"), person(portal, "Ewa Zielińska")
    answer = change(portal, ict, "Daljit Gill", role="senas")
    assert "involved with" in answer.text
    assert "of advice, and could no longer see to that" in answer.text
    assert change(portal, ict, "Daljit Gill", role="senas", sure=sure_of(answer)).status_code == 303
    try:
        assert "Nothing is left" in hand_over(ict, daljit, ewa).text
    finally:
        assert change(portal, ict, "Daljit Gill", role="adviser", team="SLT").status_code == 303


def test_whoever_has_nothing_in_hand_has_nothing_to_hand_over(portal: Portal, ict: httpx2.Client) -> None:
    page = ict.get(f"/people/{person(portal, 'Hassan Abdi')}/hand-over").text
    assert "There is nothing to hand over" in page


def test_advice_asked_of_somebody_at_a_setting_goes_to_a_colleague_there(portal: Portal, ict: httpx2.Client) -> None:
    amina, ben, ewa = (person(portal, name) for name in ("Amina Yusuf", "Ben Carter", "Ewa Zielińska"))
    with portal.owner() as connection:
        connection.execute(
            "insert into portal.advice_request (record, setting, child, list, asked_of, asked_by, due)"
            " select r.id, r.setting, r.child, 'appendix_b', %s, %s, current_date + 9 from portal.record r"
            " join portal.membership m on m.person = %s and m.setting = r.setting limit 1",
            [amina, person(portal, "Farah Siddiqui"), amina],
        )
        (record,) = connection.execute(
            "select record from portal.advice_request where asked_of = %s and state = 'asked'", [amina]
        ).fetchone() or ("",)
    whose = "select asked_of from portal.advice_request where record = %s and list = 'appendix_b' and state = 'asked'"
    hand_over(ict, amina, ewa)
    assert one(portal, whose, record) == amina, "no adviser stands in for a school"
    assert "Advice asked of them" in look(ict, amina, ben)[0]
    hand_over(ict, amina, ben)
    assert one(portal, whose, record) == ben
