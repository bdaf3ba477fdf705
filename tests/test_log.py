"""The audit trail as ICT looks through it, and who has opened a record as its own people see it."""

import ast
import csv
import io
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import psycopg
import pytest

from routes import audit
from tests.desk import Record
from tests.fixtures_server import PASSWORD, Portal
from views.events import KIND_OF, SENTENCES, briefly, tell

HERE = Path(__file__).parent.parent
ACTION = re.compile(r"[a-z]+(?:_[a-z]+)*(?:\.[a-z]+)?")


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "ben", "carys", "daljit", "farah", "hassan")}


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return iter(range(100, 1000))


@pytest.fixture
def record(portal: Portal, people: dict[str, httpx2.Client], numbers: Iterator[int]) -> Record:
    """A fresh child of Brentmere's, whose record nobody else touches."""
    return Record(portal, people["amina"], next(numbers))


def reference(portal: Portal, record: Record) -> str:
    with portal.owner() as db:
        found = db.execute("select reference from portal.record where id = %s", [record.id]).fetchone()
    assert found
    return str(found[0])


def lines(answer: httpx2.Response) -> list[tuple[str, ...]]:
    """The lines of the page: when, who, what, from."""
    assert answer.status_code == 200, answer.text
    body = answer.text.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [
        tuple(
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<td.*?>(.*?)</td>", line, re.DOTALL)
        )
        for line in rows
    ]


def told(answer: httpx2.Response) -> list[str]:
    """The lines as sentences."""
    return [f"{who} {what}" for _, who, what, _ in lines(answer)]


# ---------------------------------------------------------------- words


def written_by_python() -> set[str]:
    """Every action that the code notes: the first text given to something called note or open_record."""
    found = {"record.read"}
    for path in [*(HERE / "routes").glob("*.py"), HERE / "server.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func).rpartition(".")[2]
            if name not in ("note", "_note", "open_record"):
                continue
            given = [*node.args[:2], *(k.value for k in node.keywords if k.arg == "action")]
            constants = [c.value for g in given for c in ast.walk(g) if isinstance(c, ast.Constant)]
            found |= {
                c for c in constants if isinstance(c, str) and ACTION.fullmatch(c) and ("." in c or c == "refused")
            }
    return found


def parts(text: str) -> list[str]:
    """What stands between the commas of ``text`` up to the bracket that closes it, whatever is in brackets within."""
    found, depth = [""], 0
    for piece in re.split(r"('[^']*'|[(),;])", text):
        depth += (piece == "(") - (piece == ")")
        if depth < 0 or piece == ";":
            break
        if piece == "," and depth == 0:
            found.append("")
        else:
            found[-1] += piece
    return found


def written_by_sql(text: str) -> set[str]:
    """Every action that a file of SQL notes, by itself or as what its triggers watch."""
    text = re.sub(r"--.*", "", text)
    said = [
        parts(text[at.end() :])[0] for at in re.finditer(r"(?:audit\.note|_did)\((?=\s*(?:'|case\b|action =>))", text)
    ]
    for at in re.finditer(r"insert into audit\.event \(([^)]*)\)\s*(?:values\s*\(|select\b)", text):
        columns = [name.strip() for name in at[1].split(",")]
        said.append(parts(text[at.end() :])[columns.index("action")])
    found = set()
    for part in said:
        before, joined, rest = part.strip().rpartition("||")
        prefix = before.strip(" '") if joined else ""
        found |= {prefix + it for it in re.findall(r"(?:^|then|else|=>)\s*'([^']*)'", rest.strip())}
    watching = r"create or replace trigger \w+ after ([^;]*?) on portal\.(\w+)[^;]*execute function audit\.write\(\)"
    for when, table in re.findall(watching, text):
        found |= {f"{table}.{what}" for what in ("insert", "update") if what in when}
    return found


def test_every_action_that_is_written_has_words() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (HERE / "migrations").glob("*.sql")]
    written = written_by_python().union(*map(written_by_sql, texts))
    assert {"record.read", "signed_in", "answer.update", "correction.applied", "refused"} <= written
    wordless = sorted(written - set(SENTENCES))
    assert not wordless, f"{wordless}: give each its words in WORDS of views/events.py, under its kind."


def test_the_check_of_actions_notices_each_way_of_writing_one() -> None:
    text = """
        perform audit.note(case when x = 'y' then 'a.b' else 'c.d' end, child, detail => f('g', 'h'));
        perform audit.note('e_' || case when x = 'y' then 'f' else 'g' end);
        perform priv.ict_did('person_e', whom, jsonb_build_object('reason', reason));
        insert into audit.event (person, action, detail) values (1, 'signed_f', '{"by": "link"}');
        insert into audit.event (person, action) select coalesce(x, 'i'), 'signed_g' from portal.person;
        create or replace trigger audit after insert or update of x
            on portal.thing for each row execute function audit.write();
    """
    assert written_by_sql(text) == {
        *("a.b", "c.d", "e_f", "e_g", "person_e", "signed_f", "signed_g", "thing.insert", "thing.update"),
    }


def test_everything_on_the_trail_of_a_busy_portal_has_words(portal: Portal, people: Any, record: Record) -> None:
    record.write(people["amina"], "reason", "x")
    for who in people.values():
        who.get(record.path("personal"))
    with portal.owner() as db:
        actions = {row[0] for row in db.execute("select distinct action from audit.event")}
    assert len(actions) > 10
    assert actions <= set(SENTENCES)


@pytest.mark.parametrize("action", [*SENTENCES, "thing.unheard_of"])
def test_every_event_is_told_in_a_sentence(action: str) -> None:
    event = SimpleNamespace(
        action=action,
        name="Amina Yusuf",
        record="ERSA-001044",
        whom="Ben Carter",
        successor="Carys Morgan",
        listed=3,
        told={"name": "Brentmere"},
    )
    said = tell(event)
    assert said.who == "Amina Yusuf"
    assert said.what
    assert not re.search(r"[{}]", said.what + briefly(action))
    assert said.kind == KIND_OF.get(action, "")
    nothing = SimpleNamespace(action=action, name=None, record=None, whom=None, successor=None, listed=None, told={})
    assert not re.search(r"[{}]|None", tell(nothing).what)


def test_what_one_person_does_in_a_while_is_one_line_and_pages_leave_nothing_out() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def event(number: int, who: str, at: datetime) -> Any:
        return SimpleNamespace(
            id=number, at=at, name=who, address="192.0.2.1", action="answer.update", record="ERSA-001044",
            whom=None, successor=None, told={}, listed=None,
        )  # fmt: skip

    # two people write in turns, every minute for half an hour, then a pause of an hour
    busy = [event(100 - n, ("Amina", "Ben")[n % 2], now - timedelta(minutes=n)) for n in range(30)]
    shown, older = audit.lines([*busy, event(50, "Amina", now - timedelta(minutes=95))])
    assert [(line.told.who, line.times) for line in shown] == [("Amina", 15), ("Ben", 15), ("Amina", 1)]
    assert shown[0].at == "24 November 2026 at 11:32 to 12:00"
    assert older is None, "fewer than were asked for: this is the end"
    many = [event(1000 - n, f"Person {n}", now) for n in range(audit.BATCH)]
    shown, older = audit.lines(many)
    assert len(shown) == audit.LINES
    assert older == many[audit.LINES - 1].id


# ---------------------------------------------------------------- ICT's pages


def test_ict_reads_who_opened_and_changed_which_record_and_no_answer(
    portal: Portal, people: Any, record: Record
) -> None:
    record.write(people["amina"], "court_orders", "An answer of the family")
    people["ben"].get(record.path("child_views"))
    page = people["hassan"].post("/audit", data={"reference": reference(portal, record)})
    it = reference(portal, record)
    assert {f"Amina Yusuf wrote in {it}", f"Ben Carter opened {it}", f"Amina Yusuf started {it}"} <= set(told(page))
    export = people["hassan"].post("/audit/export").text
    for text in (page.text, export):
        assert "An answer" not in text
        assert "court_orders" not in text
        assert record.id not in text
        assert not re.search(r"Test Child|Child \d", text)


def test_signing_in_failing_and_signing_out_are_there_with_the_reason(portal: Portal, people: Any) -> None:
    portal.forget_codes()
    client = portal.client()
    client.post("/sign-in", data={"username": "carys"})
    client.post("/sign-in/password", data={"password": "not hers at all"})
    client.post("/sign-in", data={"username": "nobody-we-know"})
    client.post("/sign-in/password", data={"password": PASSWORD})
    portal.sign_in("carys").post("/sign-out")
    said = told(people["hassan"].post("/audit", data={"kind": "signing_in"}))
    assert "Carys Morgan could not sign in wrong password" in said
    assert "Somebody could not sign in no such user name" in said
    assert "Carys Morgan signed out" in said
    assert not any("ERSA" in line for line in said)
    assert "nobody-we-know" not in people["hassan"].post("/audit/export").text


def test_whoever_asks_for_what_is_not_theirs_is_seen(portal: Portal, people: Any, record: Record) -> None:
    assert people["carys"].get(record.path("personal")).status_code == 404
    it = reference(portal, record)
    said = told(people["hassan"].post("/audit", data={"reference": it, "kind": "refused"}))
    assert said == [f"Carys Morgan asked for {it}, which is not theirs"]


@pytest.mark.parametrize("typed", ["carter", "BEN", "ben.carter@brentmere", "Bén Càrter"])
def test_the_trail_is_filtered_by_person_however_the_name_is_typed(people: Any, typed: str) -> None:
    people["ben"].get("/gateway")
    people["amina"].get("/gateway")
    who = {line[1] for line in lines(people["hassan"].post("/audit", data={"who": typed}))}
    assert who == {"Ben Carter"}


def test_what_was_done_to_a_person_is_found_under_their_name(portal: Portal, people: Any) -> None:
    with portal.owner() as db:
        db.execute(
            "insert into audit.event (person, action, detail) select i.id, 'account_reset',"
            " jsonb_build_object('whom', b.id, 'reason', 'Lost phone, =1+1')"
            " from portal.person i, portal.person b where i.name = 'Hassan Abdi' and b.name = 'Ben Carter'"
        )
    said = told(people["hassan"].post("/audit", data={"who": "carter", "kind": "accounts"}))
    assert "Hassan Abdi reset the account of Ben Carter Lost phone, =1+1" in said


@pytest.mark.parametrize("typed", ["{}", "ersa-{}", "ERSA {}", "{:06}"])
def test_a_child_is_found_by_reference_however_it_is_typed(
    portal: Portal, people: Any, record: Record, typed: str
) -> None:
    it = reference(portal, record)
    page = people["hassan"].post("/audit", data={"reference": typed.format(int(it.removeprefix("ERSA-")))})
    assert lines(page)
    assert all(it in line[2] for line in lines(page))


def test_a_child_without_a_record_is_found_by_upn_which_no_address_and_no_trail_repeats(
    portal: Portal, people: Any
) -> None:
    upn = "Q307290118002"
    with portal.owner() as db:
        db.execute("update portal.child set upn = null where upn = %s", [upn])
        (place,) = db.execute("select id from portal.setting where dfe_number = '3072901'").fetchone() or (0,)
        (made,) = db.execute(
            "insert into portal.child (setting, first_name, surname, dob, sex, upn, demo)"
            " values (%s, 'Unrecorded', 'Child', '2016-05-05', 'F', %s, true) returning id", [place, upn]
        ).fetchone() or ("",)  # fmt: skip
        amina = db.execute("select person from priv.account where username = 'amina'").fetchone()
        assert amina
        db.execute("insert into audit.event (person, action, child) values (%s, 'child.insert', %s)", [amina[0], made])
    for typed in (upn, "q307290118002", "Q307 2901 18002"):
        answer = people["hassan"].post("/audit", data={"reference": typed})
        assert set(told(answer)) == {
            f"{who} added the child of a child without a record to the register"
            for who in ("Amina Yusuf", "The portal")
        }
        assert "Unrecorded" not in answer.text
    assert 'action="/audit"' in answer.text
    assert not re.search(rf'(href|hx-get|action)="[^"]*{upn}', answer.text)
    assert "hx-push-url" not in answer.text
    export = people["hassan"].post("/audit/export", data={"reference": upn})
    assert export.text.count("Amina Yusuf") == 1
    with portal.owner() as db:
        details = db.execute("select detail::text from audit.event where action = 'log.exported'").fetchall()
    assert not [text for (text,) in details if upn in text]
    assert not lines(people["hassan"].post("/audit", data={"reference": "U307290118004"}))


def test_the_events_of_all_records_of_a_child_are_found_by_upn(portal: Portal, people: Any, record: Record) -> None:
    with portal.owner() as db:
        db.execute(
            "update portal.child set upn = 'E307290118003' where id = (select child from portal.record where id = %s)",
            [record.id],
        )
    record.write(people["amina"], "reason", "x")
    people["ben"].get(record.path("child_views"))
    it = reference(portal, record)
    by_upn = told(people["hassan"].post("/audit", data={"reference": "E307290118003"}))
    assert {f"Amina Yusuf wrote in {it}", f"Ben Carter opened {it}"} <= set(by_upn)


def test_no_name_is_in_the_address_of_the_trail(portal: Portal, people: Any) -> None:
    """An address stays in the browser's history, and in the logs of whatever stands in between."""
    page = people["hassan"].get("/audit", params={"who": "carter"})
    assert 'value="carter"' not in page.text, "an address filters nothing"
    assert people["hassan"].get("/audit/export").status_code == 405


def test_days_are_england_s_and_both_ends_are_in(portal: Portal, people: Any) -> None:
    with portal.owner() as db:
        for moment in ("2025-06-30 22:59:59", "2025-06-30 23:00:00", "2025-07-02 22:59:59", "2025-07-02 23:00:00"):
            db.execute(
                "insert into audit.event (at, person, action) select %s::timestamp at time zone 'UTC', id, 'signed_in'"
                " from portal.person where name = 'Ben Carter'",
                [moment],
            )
    page = people["hassan"].post("/audit", data={"since": "1/7/2025", "until": "2 July 2025"})
    assert [line[0] for line in lines(page)] == ["2 July 2025 at 23:59", "1 July 2025 at 00:00"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"since": "31 2 2026"}, "There is no 31 February 2026."),
        ({"until": "soon"}, "Write the date as day, month and year"),
        ({"until": "31/12/9999"}, "Check the year."),
        ({"since": "2/3/2026", "until": "1/3/2026"}, "The last day is before the first."),
        ({"reference": "Kowalska"}, "Write the reference of a record"),
        ({"reference": "²"}, "Write the reference of a record"),
        ({"reference": "B307290118002"}, "The check letter of this UPN should be"),
    ],
)
def test_a_filter_that_makes_no_sense_is_explained_in_place(people: Any, asked: dict[str, str], says: str) -> None:
    answer = people["hassan"].post("/audit", data=asked)
    assert answer.status_code == 422
    assert says in unescape(answer.text)
    assert 'class="govuk-error-summary"' in answer.text
    assert people["hassan"].post("/audit/export", data=asked).status_code == 422


@pytest.mark.parametrize(
    "asked",
    [
        {"before": "x"},
        {"before": "9" * 30},
        {"before": "²"},
        {"before": "0"},
        {"kind": "none"},
        {"who": "%_\\\u0000' or 1=1"},
        {"who": "💜" * 300},
        {"reference": "999999999"},
        {"since": "1/1/1"},
    ],
)
def test_whatever_is_asked_of_the_trail_is_answered(people: Any, asked: dict[str, str]) -> None:
    assert people["hassan"].post("/audit", data=asked).status_code in (200, 404, 422)


def test_pages_go_back_to_the_very_first_event_and_repeat_none(portal: Portal, people: Any) -> None:
    with portal.owner() as db:
        db.execute(
            "insert into audit.event (at, person, action) select now() - n * interval '1 hour', p.id, 'signed_in'"
            " from portal.person p, generate_series(1, 120) n where p.name = 'Daljit Gill'"
        )
        found = db.execute(
            "select count(*) from audit.event e join portal.person p on p.id = e.person where p.name = 'Daljit Gill'"
            " and e.action = 'signed_in'"
        ).fetchone()
    assert found
    seen = 0
    asked = {"who": "daljit", "kind": "signing_in"}
    for _ in range(10):
        answer = people["hassan"].post("/audit", data=asked)
        for _, who, what, _ in lines(answer):
            assert who == "Daljit Gill"
            several = re.search(r"signed in \((\d+) times\)", what)
            seen += int(several[1]) if several else what == "signed in"
        older = re.search(r'name="before" value="(\d+)">Earlier', answer.text)
        if not older:
            break
        asked["before"] = older[1]
    assert seen == found[0]


def test_the_export_opens_in_a_spreadsheet_and_runs_nothing(portal: Portal, people: Any) -> None:
    with portal.owner() as db:
        db.execute(
            "insert into audit.event (person, action, detail) select i.id, 'account_unlocked',"
            " jsonb_build_object('whom', b.id, 'reason', '=HYPERLINK(\"http://x\") Łódź')"
            " from portal.person i, portal.person b where i.name = 'Hassan Abdi' and b.name = 'Ewa Zielińska'"
        )
    answer = people["hassan"].post("/audit/export", data={"who": "zielinska", "kind": "accounts"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="audit.csv"' in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert header == list(audit.HEADER)
    assert row[1:4] == ["Hassan Abdi", "unlocked the account of Ewa Zielińska", ""]
    assert row[5] == '\'=HYPERLINK("http://x") Łódź'
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", row[0])
    assert told(people["hassan"].post("/audit", data={"kind": "registers"}))[0].startswith(
        "Hassan Abdi exported the audit trail"
    )


def test_nobody_but_ict_looks_through_the_trail(people: Any) -> None:
    for who in ("amina", "daljit", "farah"):
        assert people[who].get("/audit").status_code == 404
        assert people[who].post("/audit/export").status_code == 404
        assert "/audit" not in people[who].get("/gateway").text
    assert 'href="/audit"' in people["hassan"].get("/gateway").text


@pytest.mark.parametrize("persona", ["senco", "adviser", "senas", "ict", "door"])
def test_the_database_itself_shows_the_trail_to_no_persona_without_a_session(portal: Portal, persona: str) -> None:
    with psycopg.connect(portal.database.app_url, autocommit=True) as db:
        db.execute(f"set role portal_p_{persona}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("select * from audit.event")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("select * from audit.log(null, null, null, null, null, null, null, 10)")


def test_a_long_trail_is_looked_through_in_a_moment(portal: Portal, people: Any) -> None:
    with portal.owner() as db:
        db.execute(
            "insert into audit.event (at, person, action, child, record)"
            " select '2020-01-01'::timestamptz + n * interval '1 minute', r.started_by, 'answer.update', r.child, r.id"
            " from generate_series(1, 300000) n join (select *, row_number() over () - 1 as at from portal.record"
            " where started_by is not null limit 10) r on r.at = n % 10"
        )
        db.execute("analyze audit.event")
        (number,) = db.execute("select upn from portal.child where upn is not null limit 1").fetchone() or ("",)
    slowest = {}
    for asked in (
        {},
        {"kind": "signing_in"},
        {"kind": "accounts"},
        {"since": "1/3/2021", "until": "2/3/2021"},
        {"who": "hassan"},
        {"reference": "1041"},
        {"reference": number},
    ):
        began = time.monotonic()
        assert people["hassan"].post("/audit", data=asked).status_code == 200
        slowest[str(asked)] = time.monotonic() - began
    assert max(slowest.values()) < 3, slowest


# ---------------------------------------------------------------- a record's own people


def test_a_records_own_people_see_who_has_opened_it(portal: Portal, people: Any, record: Record) -> None:
    record.write(people["amina"], "reason", "x")
    people["ben"].get(record.path("personal"))
    people["ben"].get(record.path("needs"))
    page = people["ben"].get(record.path("personal"))
    assert f'href="/records/{record.id}/readers"' in page.text
    answer = people["amina"].get(f"/records/{record.id}/readers")
    assert answer.status_code == 200
    said = " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
    assert "Amina Yusuf SENCO" in said
    assert "Ben Carter Deputy SENCO" in said
    assert "opened it (3 times)" in said
    assert "wrote in it" in said
    assert "started it" in said


def test_who_opened_a_record_is_hidden_with_the_record(portal: Portal, people: Any, record: Record) -> None:
    address = f"/records/{record.id}/readers"
    for who in ("carys", "daljit", "hassan", "farah"):
        assert people[who].get(address).status_code == 404, who
    with portal.owner() as db:
        db.execute("update portal.record set status = 'submitted', received_at = now() where id = %s", [record.id])
        db.execute(
            "insert into portal.involvement (person, child) select p.id, r.child from portal.person p, portal.record r"
            " where p.name = 'Daljit Gill' and r.id = %s",
            [record.id],
        )
    assert people["farah"].get(address).status_code == 200
    assert people["daljit"].get(record.path("personal")).status_code == 200
    assert address not in people["daljit"].get(record.path("personal")).text
    assert people["daljit"].get(address).status_code == 404
    assert "Carys" not in people["farah"].get(address).text, "who was refused has not opened it"


def test_the_readers_of_long_ago_are_a_page_further_on(portal: Portal, people: Any, record: Record) -> None:
    with portal.owner() as db:
        db.execute(
            "insert into audit.event (at, person, action, child, record)"
            " select current_date - n + time '12:00', p.id, 'record.read', r.child, r.id"
            " from generate_series(1, 40) n, portal.person p, portal.record r"
            " where p.name = 'Ben Carter' and r.id = %s",
            [record.id],
        )
    first = people["amina"].get(f"/records/{record.id}/readers")
    assert first.text.count("Ben Carter") == audit.DAYS - 1, "today it was Amina alone"
    older = re.search(r'href="([^"]+)">Earlier', first.text)
    assert older
    second = people["amina"].get(unescape(older[1]))
    assert second.text.count("Ben Carter") == 40 - audit.DAYS + 1
    assert people["amina"].get(f"/records/{record.id}/readers?before=never").status_code == 200
