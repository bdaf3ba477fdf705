"""Who sees and changes what, through every address: the tables of tests/matrix.py, walked as each of the cast.

Three promises: what may not be seen answers like what does not exist; nobody writes where they may not; whoever
looks at or changes a child's record is on the audit trail, and so is whoever was refused.
"""

import html
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest
from itsdangerous import Signer
from starlette.routing import Mount, Route

from routes import ROUTES
from routes import demo as demo_routes
from tests import matrix, pages
from tests.fixtures_server import Portal
from tests.matrix import CAST, ELSEWHERE, KINDS, ON_A_RECORD, WHO, Line, table
from tests.stage import OUTCOME, SEES, SENCO_OF, SIGNED_IN, Stage, Unseen, number, plain, same, words


@pytest.fixture(scope="module")
def stage(portal: Portal) -> Iterator[Stage]:
    with portal.owner() as owner:
        yield Stage(portal, owner)


# ---------------------------------------------------------------- the map and the tables


def test_every_route_is_in_the_matrix() -> None:
    there = {
        f"{method} {route.path}"
        for route in (*ROUTES, *demo_routes.ROUTES)
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    } | {f"GET {route.path}" for route in ROUTES if isinstance(route, Mount)}
    told = {line.route for line in (*table(ON_A_RECORD), *table(ELSEWHERE))} | matrix.public()
    assert not there - told, (
        f"{sorted(there - told)}: nobody has said who may use this. Add a line to a table in tests/matrix.py "
        "(to PUBLIC only what anybody may read), and give Stage.ask a right body for it if it needs one."
    )
    assert not told - there, f"{sorted(told - there)}: these routes are gone. Take their lines out of tests/matrix.py."


def test_the_cast_of_the_tables_is_the_demo_s() -> None:
    from migrations.demo import CAST as PEOPLE

    assert tuple(person.username for person in PEOPLE) == SIGNED_IN
    assert all(tuple(row) == CAST for row in matrix.cells(WHO).values())
    assert set(matrix.cells(WHO)) == set(KINDS)


def listed_as_page(route: str, answer: httpx2.Response) -> None:
    """What answers with a page is not listed as something else: axe would never see it."""
    path = route.removeprefix("GET ")
    listed = path not in pages.no_page() or answer.status_code != 200
    assert listed or not pages.is_whole(answer.text), f"{path} answers with a page: take it out of NO_PAGE in pages.py."


@pytest.mark.parametrize("line", table(ON_A_RECORD), ids=str)
def test_a_record_is_read_and_written_by_whom_the_matrix_says(stage: Stage, line: Line) -> None:
    who_is = matrix.cells(WHO)
    for kind, case in stage.cases.items():
        for who in CAST:
            cell = matrix.cell(line, who_is[kind][who])
            if "preview" in line.address and who in ("ben", "grace") and cell == "200":
                continue  # printing takes a second; what Ben and Grace may see, Amina and Farah do see
            expected = cell.split("/")[-1 if case.sent else 0].rstrip("*")
            values = case.values(who)
            stage.make_ready(who, line, case, values)
            before, since = stage.written(case), stage.newest_event()
            answer = stage.ask(who, line, values, case)
            more = stage.portal.logged()[-1500:] if answer.status_code >= 500 else answer.text[-800:]
            said = f"{who}, {line} of {kind}: {answer.status_code} instead of {cell}\n{more}"
            assert str(answer.status_code) == expected, said
            listed_as_page(line.route, answer)
            changed = stage.written(case) != before
            starred = cell.split("/")[-1 if case.sent else 0].endswith("*")
            assert changed == starred, f"{who}, {line} of {kind}: changed is {changed}"
            if who != "nobody" and line.address != "/records/{record}":
                assert stage.events(since, who, case.record), (
                    f"{who}, {line} of {kind} left nothing on the audit trail."
                )


@pytest.mark.parametrize("line", table(ON_A_RECORD), ids=str)
def test_a_hidden_record_answers_like_one_that_does_not_exist(stage: Stage, line: Line) -> None:
    for kind, row in matrix.cells(WHO).items():
        case = stage.cases[kind]
        for who in (name for name in SIGNED_IN if row[name] == "hidden"):
            values = case.values(who)
            stage.make_ready(who, line, case, values)
            nowhere = {name: re.sub(r"^[0-9a-f-]{36}", lambda _: str(uuid4()), text) for name, text in values.items()}
            hidden, nothing = stage.ask(who, line, values), stage.ask(who, line, nowhere)
            assert same(hidden) == same(nothing), f"{who}, {line} of {kind} can be told from what does not exist."
            kept = set(hidden.headers) ^ set(nothing.headers)
            assert not kept, f"{who}, {line} of {kind} differs in the headers {kept}."


@pytest.mark.parametrize("line", table(ELSEWHERE), ids=str)
def test_what_is_about_no_record_yet_is_answered_as_the_matrix_says(stage: Stage, line: Line) -> None:
    for who in CAST:
        cell = line.cells[who]
        own = next(s for s, senco in SENCO_OF.items() if (senco == "carys") == (who == "carys"))
        other = next(s for s in SENCO_OF if s != own)
        values = {
            "mine": next(c.child for c in stage.cases.values() if c.setting == own and not c.sent),
            "theirs": next(c.child for c in stage.cases.values() if c.setting == other),
            "person": str(stage.people["ben"][0]),
            "place": str(stage.value("select id from portal.setting where name = %s", own)),
            "kind": "children",
            "gone": str(uuid4()),
            "first": "first",
            "topic": "upload",
            "rule": "plan",
        }
        before = stage.value("select count(*) from portal.child")
        client = stage.clients[who]
        form = {"search": "a"}
        if "/new" in line.address:
            place = stage.value(
                "select id from portal.setting where name = %s", own if "mine" in line.address else other
            )
            form = {"first_name": f"Nova{next(number)}", "surname": f"Of{who}", "dob": "1 2 2019", "sex": "F",
                    "setting": str(place)}  # fmt: skip
        address = line.filled(values).partition("?")[0]
        answer = client.get(address) if line.method == "GET" else client.post(address, data=form)
        assert str(answer.status_code) == cell.rstrip("*"), f"{who}, {line}: {answer.status_code}\n{answer.text[:800]}"
        listed_as_page(line.route, answer)
        assert (stage.value("select count(*) from portal.child") != before) == cell.endswith("*"), f"{who}, {line}"
        if who != "nobody":
            stage.unseen[who].look(answer)


@pytest.mark.parametrize("line", sorted(matrix.public()))
def test_what_is_public_shows_no_child_to_anybody(stage: Stage, line: str) -> None:
    method, address = line.split()
    address = address.replace("{username}", "carys").replace("{letter}", "000001")
    for client in (stage.portal.client(), stage.clients["hassan"]):
        if client is stage.clients["hassan"] and method == "POST":
            continue  # it would sign him out
        answer = client.request(method, address, data={} if method == "POST" else None)
        assert answer.status_code < 500
        listed_as_page(line, answer)
        stage.unseen["hassan"].look(answer)


# ---------------------------------------------------------------- nothing in passing


@pytest.mark.parametrize("who", ["amina", "carys", "daljit", "farah"])
def test_another_record_s_entries_and_documents_are_not_reached_through_one_s_own(stage: Stage, who: str) -> None:
    row = {kind: people[who] for kind, people in matrix.cells(WHO).items()}
    own = next(c for k, c in stage.cases.items() if row[k] != "hidden" and c.sent)
    other = next(c for k, c in stage.cases.items() if row[k] == "hidden")
    sent = next((c for k, c in stage.cases.items() if row[k] == "hidden" and c.sent), other)
    client, before = stage.clients[who], [stage.written(own), stage.written(other)]
    base = f"/records/{own.record}"

    def both(ask: Callable[[str], httpx2.Response], theirs: str) -> None:
        hidden, nothing = ask(theirs), ask(str(uuid4()))
        assert hidden.status_code in (403, 404), hidden.text
        assert same(hidden) == same(nothing)
        stage.unseen[who].look(hidden)

    save = {"value": "mine", "base": 2, "client": "page-0001", "seq": 1}
    entry = other.places["outcome_written"]
    both(lambda it: client.get(f"{base}/documents/{it}"), sent.places["document"])
    both(lambda it: client.get(f"{base}/fields/{it}.{OUTCOME}"), entry)
    both(lambda it: client.get(f"{base}/fields/{it}.{OUTCOME}/history"), entry)
    both(lambda it: client.post(f"{base}/fields/{it}.{OUTCOME}", json=save), entry)
    both(lambda it: client.post(f"{base}/fields/{it}.{OUTCOME}/restore", data={"version": "1"}), entry)
    for verb in ("withdraw", "restore", "up", "down"):
        both(lambda it, verb=verb: client.post(f"{base}/entries/{it}/{verb}", data={"x": "y"}), other.places["parent"])
    client.post(f"{base}/outcomes", data={f"{entry}.{OUTCOME}": "mine", f"base.{entry}.{OUTCOME}": "2"})
    client.post(f"{base}/lists/outcomes", data={"entry": entry})
    assert [stage.written(own), stage.written(other)][1] == before[1]


def test_nobody_s_outcome_was_changed_by_another_team(stage: Stage) -> None:
    """After all the above: whoever wrote in an outcome belongs to the team whose outcome it is."""
    wrong = stage.rows("""
        select e.team, p.team, h.value from portal.history h
        join portal.entry e on e.id = h.entry join portal.person p on p.id = h.author
        where e.list = 'outcomes' and e.team <> p.team""")
    assert not wrong


def test_after_every_request_nothing_in_any_record_was_written_by_somebody_of_senas(stage: Stage) -> None:
    """After all the above, every writing address among it: farah and grace have read, and left no word anywhere."""
    theirs = "(select id from portal.person where role in ('senas', 'manager'))"
    for written in (
        f"select count(*) from portal.history where author in {theirs}",
        f"select count(*) from portal.answer where author in {theirs}",
        f"select count(*) from portal.entry where author in {theirs} or withdrawn_by in {theirs}",
        f"select count(*) from portal.submission where submitted_by in {theirs}",
    ):
        assert stage.value(written) == 0, written
    read = stage.value(f"select count(*) from audit.event where action = 'record.read' and person in {theirs}")
    assert read > 50, "they did ask for everything"


# ---------------------------------------------------------------- carys, daljit, SENAS


def listed(client: httpx2.Client, **search: str) -> set[str]:
    """Everybody in the Gateway's list, over all its pages."""
    found: set[str] = set()
    form = {"search": "", "sort": "name", **search}
    for _ in range(20):
        page = client.post("/gateway", data=form).text
        body = page.partition("<tbody>")[2].partition("</tbody>")[0]
        found |= {html.unescape(name) for name in re.findall(r'<bdi(?: class="name")?>([^<]+)</bdi>', body)}
        older = re.search(r'name="older" value="([^"]+)"', page)
        if not older:
            return found
        form["older"] = older[1]
    raise AssertionError("The list does not end.")


@pytest.mark.parametrize("who", SIGNED_IN)
def test_the_gateway_lists_exactly_the_children_one_may_see(stage: Stage, who: str) -> None:
    person, role = stage.people[who]
    query = f"select first_name || ' ' || surname from portal.child c where {SEES[role]}"
    allowed = {name for (name,) in stage.rows(query.replace("%(person)s", str(person)))}
    assert listed(stage.clients[who]) == allowed
    assert bool(allowed) == (role != "ict")


def test_carys_never_sees_a_child_of_brentmere_by_any_address(stage: Stage) -> None:
    """Every address of every record of the school, every search, every start: not a surname, not a UPN, not a word."""
    carys, unseen = stage.clients["carys"], Unseen(stage, "carys")  # with all that was written meanwhile
    children = stage.rows("""
        select c.id, c.first_name, c.surname, c.upn, c.dob::text
        from portal.child c join portal.setting s on s.id = c.setting
        where s.name = 'Brentmere Primary School'""")
    surnames = re.compile("|".join(rf"\b{re.escape(c[2])}\b" for c in children))

    def look(answer: httpx2.Response, typed: str = "") -> None:
        unseen.look(answer)
        text = plain(answer).replace(typed, "") if typed else plain(answer)
        assert not surnames.search(text), f"{answer.request.url}: {surnames.search(text)}"

    for child, first, surname, upn, dob in children:
        for typed in (f"{first} {surname}", upn or first, dob):
            assert f"{first} {surname}" not in listed(carys, search=typed) or typed == dob
        look(carys.post(f"/start/{child}", data={"form": "VNOV22"}))
    records = stage.rows("""
        select r.id, array(select d.id from portal.document d where d.record = r.id),
               array(select distinct h.entry || '.' || h.field from portal.history h where h.record = r.id)
        from portal.record r join portal.setting s on s.id = r.setting where s.name = 'Brentmere Primary School'""")
    assert len(records) > 3
    walked = 0
    for record, documents, keys in records:
        for address in (
            *("versions", "needs-attention", "documents", "submit", "receipt", "report?report=preview"),
            *(tab.name for tab in _tabs()),
            *(f"documents/{it}" for it in documents),
            *(f"fields/{key}{more}" for key in keys[::15] for more in ("", "/history")),
        ):
            answer = carys.get(f"/records/{record}/{address}")
            assert answer.status_code == 404, answer.request.url
            look(answer)
            walked += 1
    assert walked > 100


def _tabs() -> Any:
    from record import VNOV22

    return VNOV22.tabs


def test_daljit_opens_only_children_they_are_involved_with(stage: Stage) -> None:
    client, person = stage.clients["daljit"], stage.people["daljit"][0]
    unseen = Unseen(stage, "daljit")
    records = stage.rows(
        "select r.id, exists (select from portal.involvement i where i.child = r.child and i.person = %s)"
        " from portal.record r",
        person,
    )
    assert {involved for _, involved in records} == {True, False}
    for record, involved in records:
        asked = str(record) == stage.cases["sent_asked"].record
        for tab in ("personal", "outcomes", "submit", "documents"):
            answer = client.get(f"/records/{record}/{tab}")
            assert answer.status_code == (200 if involved or (asked and tab != "submit") else 404)
            unseen.look(answer)


def test_involvement_that_ends_ends_at_once(stage: Stage) -> None:
    case, person = stage.cases["sent_near"], stage.people["daljit"][0]
    address = f"/records/{case.record}/outcomes"
    assert stage.clients["daljit"].get(address).status_code == 200
    try:
        stage.owner.execute("delete from portal.involvement where child = %s and person = %s", [case.child, person])
        assert stage.clients["daljit"].get(address).status_code == 404
    finally:
        stage.owner.execute("insert into portal.involvement (child, person) values (%s, %s)", [case.child, person])


WRITES = (
    "update portal.answer set value = 'changed', version = version + 1",
    "insert into portal.answer (entry, field, record, setting, child, value)"
    " select id, 'hobby', record, setting, child, 'new' from portal.entry",
    "delete from portal.answer",
    "insert into portal.history select * from portal.history",
    "update portal.history set value = 'changed'",
    "delete from portal.history",
    "update portal.entry set withdrawn_at = now()",
    "insert into portal.entry (record, setting, child, list) select id, setting, child, 'outcomes' from portal.record",
    "update portal.record set status = 'draft'",
    "update portal.submission set incomplete_reason = 'changed'",
    "update portal.document set sha256 = ''",
    "update portal.content set content = ''",
    "delete from portal.content",
    "delete from portal.document",
    "update portal.child set surname = 'changed'",
)


@pytest.mark.parametrize("who", ["farah", "grace"])
@pytest.mark.parametrize("statement", WRITES)
def test_senas_changes_nothing_a_professional_wrote_in_sql_either(stage: Stage, who: str, statement: str) -> None:
    """With the session they are signed in with, on the portal's own connection, as their persona."""
    before = [stage.written(case) for case in stage.cases.values()]
    with psycopg.connect(stage.portal.database.app_url, autocommit=True) as app:
        with app.transaction():
            _become(app, stage, who)
            assert app.execute("select count(*) from portal.answer").fetchone() != (0,), "the session is a live one"
        with app.transaction(force_rollback=True):
            _become(app, stage, who)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement.encode())
    assert [stage.written(case) for case in stage.cases.values()] == before


def _become(app: psycopg.Connection, stage: Stage, who: str) -> None:
    token = Signer(
        stage.portal.environment["PORTAL_SECRET"], salt="session", key_derivation="hmac", digest_method=_sha256
    ).unsign(stage.clients[who].cookies["sid"])
    app.execute("select set_config('app.tok', %s, true), set_config('role', 'portal_p_senas', true)", [token.decode()])


def _sha256(data: bytes = b"") -> Any:
    from hashlib import sha256

    return sha256(data)


# ---------------------------------------------------------------- the trail


def test_the_trail_says_who_looked_and_who_was_refused_and_never_what_was_written(stage: Stage) -> None:
    actions = {action for (action,) in stage.rows("select distinct action from audit.event")}
    assert {"record.read", "record.history", "record.preview", "document.read", "answer.update", "refused"} <= actions
    line = stage.value("select string_agg(to_jsonb(e)::text, ' ') from audit.event e")
    assert "wrote this down" not in line
    for first, last, upn in stage.rows("select first_name, surname, upn from portal.child"):
        assert f"{first} {last}" not in line
        assert not upn or upn not in line


@pytest.mark.parametrize(
    ("who", "address"), [("amina", "/gateway"), ("daljit", "/gateway"), ("farah", "/gateway"), ("amina", "/start")]
)
def test_looking_through_the_list_of_children_is_on_the_trail(stage: Stage, who: str, address: str) -> None:
    since = stage.newest_event()
    stage.clients[who].post(address, data={"search": "a"})
    found = stage.rows(
        "select action, detail from audit.event where id > %s and person = %s", since, stage.people[who][0]
    )
    assert [action for action, _ in found] == ["children.listed"]
    assert found[0][1]["children"], "the trail says which children were in the list"


def test_being_shown_the_other_s_words_in_a_conflict_is_on_the_trail(stage: Stage) -> None:
    case, since = stage.cases["begun_near"], stage.newest_event()
    sent = {"value": words("ben"), "base": 0, "client": "page-0002", "seq": 1}
    answer = stage.clients["ben"].post(f"/records/{case.record}/fields/reason", json=sent)
    assert answer.status_code == 409, answer.text
    assert stage.events(since, "ben", case.record) == ["answer.conflict"]


def test_the_server_s_log_holds_no_child(stage: Stage) -> None:
    stage.unseen["hassan"].look(httpx2.Response(200, text=stage.portal.logged(), request=httpx2.Request("GET", "log:")))
