"""The Outcomes tab: types, teams, what is not in the advice yet, and two teams who write at the same time."""

import asyncio
import io
import random
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pypdf
import pytest

from record import VNOV22, codes
from record.form import Answers, Row
from record.outcomes import OUTCOMES
from record.paper import paper
from tests.desk import Record
from tests.fixtures_server import Portal
from tests.storm import Kept, Page, faults, kept
from tests.whole_record import everything, listed

READY = {"type": "SEMH", "team": "Schools", "outcome": "Asks for help when the work is hard."}
SAME = {"Sec-Fetch-Site": "same-origin"}
TIMES = 1_000  # additions and edits of two teams, at the same time


@pytest.fixture(scope="module")
def shared(portal: Portal) -> str:
    """A begun record that amina's setting writes and in which daljit is involved."""
    with portal.owner() as owner:
        found = owner.execute(
            """select r.id from portal.record r
               join portal.setting s on s.id = r.setting and s.name = 'Brentmere Primary School'
               join portal.involvement i on i.child = r.child
               join priv.account a on a.person = i.person and a.username = 'daljit'
               where r.status = 'draft' order by r.reference limit 1"""
        ).fetchone()
    assert found, "the demo needs a begun record of Brentmere's in which daljit is involved"
    return str(found[0])


@pytest.fixture(scope="module")
def amina(portal: Portal) -> httpx2.Client:
    return portal.sign_in("amina")


@pytest.fixture(scope="module")
def daljit(portal: Portal) -> httpx2.Client:
    return portal.sign_in("daljit")


def add(client: httpx2.Client, record: str, query: str = "") -> str:
    entry = str(uuid4())
    answer = client.post(f"/records/{record}/lists/outcomes{query}", data={"entry": entry})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].endswith(f"#entry-{entry}")
    return entry


def write(client: httpx2.Client, record: str, entry: str, base: int = 0, **answers: str) -> list[int]:
    statuses = []
    for name, value in answers.items():
        sent = {"value": value, "base": base, "client": f"page-{uuid4()}", "seq": 1}
        statuses.append(client.post(f"/records/{record}/fields/{entry}.{name}", json=sent).status_code)
    return statuses


def stored(portal: Portal, entry: str) -> dict[str, str]:
    with portal.owner() as owner:
        return dict(owner.execute("select field, value from portal.answer where entry = %s", [entry]).fetchall())


def article(page: str, entry: str) -> str:
    found = re.search(rf'<article class="entry" id="entry-{entry}".*?</article>', page, re.S)
    assert found, f"{entry} is not on the page"
    return found[0]


# ---- what an outcome needs


def test_an_outcome_says_what_keeps_it_out_of_the_advice() -> None:
    def says(**answers: str) -> str:
        return OUTCOMES.unfinished(Row("o", answers))

    assert says(**READY) == ""
    assert says(**{**READY, "type": ""}) == "Not yet in the advice: choose a type."
    assert says(outcome="x") == "Not yet in the advice: choose a type and choose a team."
    assert says() == "Not yet in the advice: choose a type, choose a team and write the outcome."


def outcomes_on_paper(record: Answers, preview: bool) -> dict[str, Any]:
    return next(tab for tab in paper(VNOV22, record, preview) if tab["name"] == "outcomes")["parts"][0]


def test_the_preview_shows_an_unfinished_outcome_and_what_was_sent_says_that_it_was_left_out() -> None:
    record = listed(everything(), "outcomes", READY, {"outcome": "Not finished."})
    draft, sent = outcomes_on_paper(record, True), outcomes_on_paper(record, False)
    assert [row["unfinished"] for row in draft["rows"]] == [
        "",
        "Not yet in the advice: choose a type and choose a team.",
    ]
    assert draft["left_out"] == ""
    assert len(sent["rows"]) == 1
    assert sent["left_out"] == "1 outcome was begun and not finished, and is not part of this document."


def test_types_and_teams_are_plain_selects_with_their_full_words(
    portal: Portal, amina: httpx2.Client, shared: str
) -> None:
    entry = add(amina, shared)
    shown = article(amina.get(f"/records/{shared}/outcomes").text, entry)
    for name, options in (("type", codes.OUTCOME_TYPES), ("team", codes.TEAMS)):
        select = re.search(rf'<select[^>]* id="{entry}.{name}".*?</select>', shown, re.S)
        assert select
        assert re.findall(r'<option value="(\w+)"', select[0]) == list(options)
        assert all(words.replace("&", "&amp;") in select[0] for words in options.values())


# ---- adding


def test_the_team_comes_from_the_account_of_whoever_adds(
    portal: Portal, amina: httpx2.Client, daljit: httpx2.Client, shared: str
) -> None:
    assert stored(portal, add(amina, shared)) == {"team": "Schools"}
    entry = add(daljit, shared)
    assert stored(portal, entry) == {"team": "SLT"}
    page = article(daljit.get(f"/records/{shared}/outcomes").text, entry)
    assert "Not yet in the advice: choose a type and write the outcome." in page
    assert write(daljit, shared, entry, type="Comms", outcome="Uses three-word phrases.") == [200, 200]
    assert "Not yet in the advice" not in article(daljit.get(f"/records/{shared}/outcomes").text, entry)


def test_adding_twice_what_was_added_changes_nothing_in_it(portal: Portal, amina: httpx2.Client, shared: str) -> None:
    entry = add(amina, shared)
    assert write(amina, shared, entry, 1, team="EP") == [200]
    amina.post(f"/records/{shared}/lists/outcomes", data={"entry": entry})
    assert stored(portal, entry) == {"team": "EP"}


def test_what_the_page_says_is_counted_anew_after_a_save(amina: httpx2.Client, shared: str) -> None:
    entry = add(amina, shared)
    address = f"/records/{shared}/needs-attention?tab=outcomes"
    part = rf'hx-target="#t-{entry}"[^>]*>(.*?)</(?:hx-partial|template)>'
    before = re.search(part, amina.get(address).text, re.S)
    assert before
    assert "choose a type and write" in before[1]
    write(amina, shared, entry, type="CL", outcome="Reads aloud.")
    after = re.search(part, amina.get(address).text, re.S)
    assert after
    assert "Reads aloud." in after[1]
    assert "Not yet" not in after[1]
    assert "C&amp;L –" not in after[1], "its group says so"
    by_team = re.search(part, amina.get(f"{address}&by=team").text, re.S)
    assert by_team
    assert "C&amp;L –" in by_team[1]
    assert "needs-attention?tab=outcomes&amp;by=team" in amina.get(f"/records/{shared}/outcomes?by=team").text


def test_an_unfinished_outcome_is_named_wherever_things_are_missing_and_never_blocks(
    amina: httpx2.Client, record: Record
) -> None:
    parent = str(uuid4())
    amina.post(f"/records/{record.id}/lists/parents", data={"entry": parent})
    record.write(amina, f"{parent}.phone", "020 7946 0123")
    record.write(amina, "reason", "He needs more than we can give.")
    entry = add(amina, record.id)
    write(amina, record.id, entry, outcome="He will zip up his own coat at every break, in all weathers.")
    what, where = "Type: otherwise not in the advice", "He will zip up his own coat at every…"
    tab = amina.get(record.path("outcomes")).text
    assert f'<bdi>{where}</bdi>: <a class="govuk-link" href="#f-{entry}.type">{what}<' in tab
    assert re.search(r'id="tab-outcomes".*?>3<.*?good to have', tab, re.S), "no mark that it is complete"
    for page in (amina.get(record.path("submit")).text, amina.get(record.path("report?report=submit")).text):
        assert f'href="/records/{record.id}/outcomes#f-{entry}.type">{what} ({where})' in page
    write(amina, record.id, entry, type="PSI")
    assert "otherwise not in the advice" not in amina.get(record.path("submit")).text
    tab = amina.get(record.path("outcomes")).text
    assert re.search(r'id="tab-outcomes".*?, complete', tab, re.S)


def test_an_outcome_without_a_type_is_called_by_its_first_words() -> None:
    def named(**answers: str) -> str:
        return OUTCOMES.name_of(Row("o", answers))

    assert named(team="Schools", outcome="Asks  for\nhelp.") == "Asks for help., Schools"
    assert named(outcome="x" * 90) == "x" * 39 + "…"
    assert named(type="CL", team="Schools", outcome="Asks.") == "C&L – Cognition and Learning, Schools"
    assert named(team="Schools") == "Schools"


def test_anothers_outcome_is_read_only_and_ours_can_be_added_beside_it(
    portal: Portal, amina: httpx2.Client, daljit: httpx2.Client, shared: str
) -> None:
    theirs = add(daljit, shared)
    write(daljit, shared, theirs, type="Comms", outcome="Follows an instruction.", linked_need="communication")
    shown = article(amina.get(f"/records/{shared}/outcomes").text, theirs)
    assert "only their team changes it" in shown
    assert "<textarea" not in shown
    assert "<select" not in shown
    button = re.search(r'formaction="([^"]+)"[^>]*name="entry" value="([^"]+)"', shown)
    assert button
    assert "Add ours beside it" in shown
    answer = amina.post(button[1].replace("&amp;", "&"), data={"entry": button[2]})
    assert answer.status_code == 303
    mine = stored(portal, button[2])
    assert mine["type"] == "Comms"
    assert mine["team"] == "Schools"
    assert "outcome" not in mine
    assert stored(portal, theirs)["outcome"] == "Follows an instruction."


def test_nothing_is_taken_from_an_entry_that_is_not_in_the_list(
    portal: Portal, amina: httpx2.Client, shared: str
) -> None:
    for strange in (str(uuid4()), "x", "'; drop table portal.entry; --"):
        entry = str(uuid4())
        answer = amina.post(f"/records/{shared}/lists/outcomes", params={"beside": strange}, data={"entry": entry})
        assert answer.status_code == 303
        assert stored(portal, entry) == {"team": "Schools"}


def test_nobody_saves_over_anothers_outcome_whatever_they_send(
    portal: Portal, amina: httpx2.Client, daljit: httpx2.Client, shared: str
) -> None:
    theirs = add(daljit, shared)
    write(daljit, shared, theirs, outcome="Theirs.")
    base = f"/records/{shared}"
    assert write(amina, shared, theirs, 1, outcome="Mine.", team="Schools") == [403, 403]
    form = {f"{theirs}.outcome": "Mine.", f"base.{theirs}.outcome": "1"}
    amina.post(f"{base}/outcomes", data=form)
    amina.post(f"{base}/lists/outcomes?beside={theirs}", data={"entry": theirs, **form})
    assert amina.post(f"{base}/entries/{theirs}/withdraw", data=form).status_code == 403
    assert amina.post(f"{base}/fields/{theirs}.outcome/restore", data={"version": "1"}).status_code == 403
    assert stored(portal, theirs) == {"team": "SLT", "outcome": "Theirs."}


def test_after_a_move_the_new_school_reads_what_the_old_one_wrote_and_changes_none_of_it(
    portal: Portal, amina: httpx2.Client, shared: str
) -> None:
    """The schools are one team by name: whose an outcome is also its setting says."""
    carys, theirs, draft = portal.sign_in("carys"), add(amina, shared), str(uuid4())
    write(amina, shared, theirs, type="SEMH", outcome="Brentmere's.")
    assert amina.post(f"/records/{shared}/lists/appendix_b", data={"entry": draft}).status_code == 303
    write(amina, shared, draft, appendix_background="What Brentmere is writing.")
    move = (
        "update portal.child c set setting = (select s.id from portal.setting s where s.name like %s)"
        " from portal.record r where r.id = %s and c.id = r.child"
    )
    with portal.owner() as owner:
        owner.execute(move, ["St Osw%", shared])
    try:
        shown = article(carys.get(f"/records/{shared}/outcomes").text, theirs)
        assert "Brentmere&#39;s." in shown
        assert "only their team changes it" in shown
        assert "<textarea" not in shown
        assert write(carys, shared, theirs, 1, outcome="Ours now.") == [403]
        assert carys.post(f"/records/{shared}/entries/{theirs}/withdraw").status_code == 403
        assert draft not in carys.get(f"/records/{shared}/appendix_b").text
        own = add(carys, shared)
        assert write(carys, shared, own, outcome="St Oswin's.") == [200]
        with portal.owner() as owner, owner.transaction(force_rollback=True):  # whatever a route forgets
            token = carys.cookies["sid"].rpartition(".")[0]
            owner.execute("select set_config('app.tok', %s, true)", [token])
            owner.execute("set local role portal_p_senco")
            changed = (
                "update portal.answer set value = 'x', version = version + 1 where entry = any (%s) returning entry"
            )
            assert owner.execute(changed, [[theirs, draft, own]]).fetchall() == [(UUID(own),)] * 2
            assert owner.execute("select id from portal.entry where id = %s", [draft]).fetchall() == []
    finally:
        with portal.owner() as owner:
            owner.execute(move, ["Brentmere Primary%", shared])
    assert write(amina, shared, theirs, 1, outcome="Brentmere's still.") == [200]


# ---- grouped


def test_outcomes_are_grouped_by_type_or_by_team_and_stay_so(
    amina: httpx2.Client, daljit: httpx2.Client, shared: str
) -> None:
    mine, theirs = add(amina, shared), add(daljit, shared)
    write(amina, shared, mine, type="Pfap")
    write(daljit, shared, theirs, type="Pfap")

    def heading_over(page: str, entry: str) -> str:
        before = page[: page.index(f'id="entry-{entry}"')]
        return re.findall(r'<h2 class="govuk-heading-m">([^<]+)</h2>', before)[-1]

    by_type = amina.get(f"/records/{shared}/outcomes").text
    assert heading_over(by_type, mine) == heading_over(by_type, theirs) == codes.OUTCOME_TYPES["Pfap"]
    by_team = amina.get(f"/records/{shared}/outcomes?by=team").text
    assert heading_over(by_team, mine) == codes.TEAMS["Schools"]
    assert heading_over(by_team, theirs) == codes.TEAMS["SLT"]
    bare = add(amina, shared, "")
    assert heading_over(amina.get(f"/records/{shared}/outcomes").text, bare) == "Type not chosen yet"
    answer = amina.post(f"/records/{shared}/lists/outcomes?by=team", data={"entry": str(uuid4())})
    assert "/outcomes?by=team#entry-" in answer.headers["location"]
    answer = amina.post(f"/records/{shared}/outcomes?by=team", data={})
    assert answer.headers["location"].endswith("/outcomes?by=team&saved=0")
    assert amina.get(f"/records/{shared}/outcomes?by=nonsense").status_code == 200


# ---- on paper


def test_an_unfinished_outcome_stands_in_the_preview_with_what_it_needs(
    portal: Portal, amina: httpx2.Client, shared: str
) -> None:
    entry = add(amina, shared)
    write(amina, shared, entry, outcome="Counts the marmalade jars unaided.")
    preview = amina.get(f"/records/{shared}/report?report=preview").content
    text = " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(preview)).pages).split())
    assert "Counts the marmalade jars unaided." in text
    assert "Not yet in the advice: choose a type." in text


# ---- at the same time


@dataclass
class Writer(Page):
    """One professional's window: adds outcomes and edits those of their team, some answers lost on the way."""

    added: list[str] = field(default_factory=list)

    async def work(self, steps: int) -> None:
        for step in range(steps):
            if step % 20 == 0:
                entry = str(uuid4())
                for _ in range(2):  # as a double click does
                    answer = await self.browser.post(f"/records/{self.record}/lists/outcomes", data={"entry": entry})
                    assert answer.status_code == 303, answer.text
                self.added.append(entry)
                self.fields += [f"{entry}.outcome", f"{entry}.provision"]
            else:
                await self.save(random.choice(self.fields), f"{self.client} {next(self.numbers)} ਪੰਜਾਬੀ 🌊")


def only(it: Kept, entries: set[str]) -> Kept:
    """What was kept of those entries, each field under its address."""
    return Kept(
        [(e, f"{e}.{name}", *rest) for e, name, *rest in it.history if e in entries and name != "team"],
        [(e, f"{e}.{name}", *rest) for e, name, *rest in it.current if e in entries and name != "team"],
        [(e, f"{e}.{name}", version) for e, name, version in it.trail if e in entries and name != "team"],
    )


def test_two_professionals_adding_and_editing_outcomes_a_thousand_times_lose_nothing(
    portal: Portal, amina: httpx2.Client, daljit: httpx2.Client, shared: str
) -> None:
    """Every twentieth step adds an outcome; at the end each tries to write in everything of the other's."""

    async def both() -> list[Writer]:
        writers = [
            Writer(
                httpx2.AsyncClient(base_url=portal.url, headers=SAME, cookies=signed.cookies, timeout=60),
                shared,
                [],
                fresh=signed is amina,
            )
            for signed in (amina, daljit)
        ]
        await asyncio.gather(*(writer.work(TIMES // 2) for writer in writers))
        for writer, other in (writers, writers[::-1]):
            for name in other.fields:
                sent = {"value": "over it", "base": other.versions.get(name, 0), "client": writer.client, "seq": 10**6}
                answer = await writer.browser.post(f"/records/{shared}/fields/{name}", json=sent)
                assert answer.status_code == 403, answer.text
        for writer in writers:
            await writer.browser.aclose()
        return writers

    with portal.owner() as owner:
        before = kept(owner, shared).current
    writers = asyncio.run(both())
    added = {entry for writer in writers for entry in writer.added}
    edits = [ack for writer in writers for ack in writer.acks]
    assert len(edits) + len(added) == TIMES
    assert len(added) == TIMES // 20
    with portal.owner() as owner:
        after = kept(owner, shared)
        teams = owner.execute(
            "select e.id::text, e.team, a.value from portal.entry e"
            " left join portal.answer a on a.entry = e.id and a.field = 'team' where e.id = any(%s::uuid[])",
            [list(added)],
        ).fetchall()
    expected = {entry: team for writer, team in zip(writers, ("Schools", "SLT"), strict=True) for entry in writer.added}
    assert {entry: (team, filled) for entry, team, filled in teams} == {e: (team, team) for e, team in expected.items()}
    assert faults(edits, only(after, added)) == []
    newest = {ack.field: ack.value for ack in edits}
    assert {row[1]: row[3] for row in only(after, added).current} == newest, "something is not what was written last"
    assert set(before) <= set(after.current), "something else in the record was changed"
