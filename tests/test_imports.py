"""Bringing files over HTTP: looked through first, applied whole or not at all, seen by nobody else."""

import csv
import io
import re
import time
import zipfile
from typing import Any

import httpx2
import pytest

from record.gias import COLUMNS as REGISTER
from tests.fixtures_server import Portal

Client = httpx2.Client
CHILD = "First name,Surname,Date of birth,Sex,UPN,Setting,Different child\r\n"


@pytest.fixture(scope="module")
def hassan(portal: Portal) -> Client:
    return portal.sign_in("hassan")


@pytest.fixture(scope="module")
def amina(portal: Portal) -> Client:
    return portal.sign_in("amina")


def bring(client: Client, kind: str, content: bytes | str, name: str = "list.csv") -> tuple[str, str]:
    """Bring a file and wait until it has been looked through: its address and the page."""
    content = content.encode("utf-8-sig") if isinstance(content, str) else content
    answer = client.post(f"/imports/{kind}", files={"file": (name, content, "text/csv")})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"], wait(client, answer.headers["location"])


def wait(client: Client, address: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        page = client.get(address).text
        if "<progress" not in page:
            return page
        time.sleep(0.1)
    raise AssertionError("The file is still being worked on.")


def apply(client: Client, address: str, page: str, **more: str) -> str:
    """Apply what the page shows, and wait until that is done."""
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen, page
    answer = client.post(f"{address}/apply", data={"seen": seen[1], **more})
    assert answer.status_code == 303, answer.text
    return wait(client, address)


def count(portal: Portal, statement: str, *given: Any) -> int:
    with portal.owner() as db:
        row = db.execute(statement, given).fetchone()
    assert row
    return row[0]


def children_called(portal: Portal, surname: str) -> int:
    return count(portal, "select count(*) from portal.child where surname = %s", surname)


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main>")[0]).split())


# ---------------------------------------------------------------- children


def test_children_are_shown_first_and_added_when_that_is_said(portal: Portal, hassan: Client) -> None:
    rows = "Ola,Przykładowska,14/9/2018,F,,3072901,\r\nUla,Przykładowska,14/9/2018,F,,990102,\r\n"
    address, page = bring(hassan, "children", CHILD + rows)
    assert "Ola Przykładowska" in page
    assert "Add 2 children" in page
    assert children_called(portal, "Przykładowska") == 0
    page = apply(hassan, address, page)
    assert "2 children added." in page
    assert children_called(portal, "Przykładowska") == 2
    with portal.owner() as db:
        added = db.execute(
            "select s.dfe_number, c.search, p.name from portal.child c join portal.setting s on s.id = c.setting"
            " join portal.person p on p.id = c.added_by where c.surname = 'Przykładowska' order by c.first_name"
        ).fetchall()
    assert [(n, s) for n, s, _ in added] == [("3072901", " przykladowska  ola"), ("3074901", " przykladowska  ula")]
    assert {by for *_, by in added} == {name_of(portal, "hassan")}


def name_of(portal: Portal, username: str) -> str:
    with portal.owner() as db:
        row = db.execute(
            "select p.name from portal.person p join priv.account a on a.person = p.id where a.username = %s",
            [username],
        ).fetchone()
    assert row
    return row[0]


def test_the_same_file_twice_adds_nobody_twice(portal: Portal, hassan: Client) -> None:
    content = CHILD + "Ada,Doppelt,1/1/2019,F,,3072901,\r\n"
    address, page = bring(hassan, "children", content)
    apply(hassan, address, page)
    _, page = bring(hassan, "children", content)
    assert "There is nothing to add." in plain(page)
    assert children_called(portal, "Doppelt") == 1


def test_rows_that_fail_come_back_as_a_file_and_nothing_is_half_applied(portal: Portal, hassan: Client) -> None:
    rows = "Eva,Halb,1/1/2019,F,,3072901,\r\n=Ivo,Halb,31/2/2019,M,,3072901,\r\n,Halb,1/1/2019,?,,1234567,\r\n"
    address, page = bring(hassan, "children", CHILD + rows)
    assert "There is no 31 February 2019." in page
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    refused = hassan.post(f"{address}/apply", data={"seen": seen[1]})
    assert refused.status_code == 422
    assert "Say whether the rows that failed may be left out." in refused.text
    assert children_called(portal, "Halb") == 0

    sheet = hassan.get(f"{address}/failed")
    assert sheet.headers["content-type"].startswith("text/csv")
    header, *failed = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"), newline="")))
    assert header[-1] == "Why not"
    assert [row[0] for row in failed] == ["'=Ivo", ""]
    assert failed[1][-1].count(":") == 3

    page = apply(hassan, address, page, part="yes")
    assert "1 child added." in page
    assert children_called(portal, "Halb") == 1
    # put right in a spreadsheet and brought again
    fixed = sheet.content.decode("utf-8-sig").replace("31/2/2019", "28/2/2019").replace(",?,", ",M,")
    _, page = bring(hassan, "children", fixed)
    assert "=Ivo Halb" in page
    assert "Columns that are not used" not in page


def test_a_senco_adds_children_to_their_own_setting_only(portal: Portal, amina: Client) -> None:
    address, page = bring(amina, "children", CHILD + "Nia,Eigen,1/1/2019,F,,,\r\nNoa,Eigen,1/1/2019,F,,3074901,\r\n")
    assert "no open setting “3074901” that you may add children to" in page
    apply(amina, address, page, part="yes")
    with portal.owner() as db:
        added = db.execute(
            "select c.first_name, s.dfe_number from portal.child c join portal.setting s on s.id = c.setting"
            " where c.surname = 'Eigen'"
        ).fetchall()
    assert added == [("Nia", "3072901")]


def test_a_child_known_at_another_setting_is_noticed_without_saying_more(portal: Portal, amina: Client) -> None:
    with portal.owner() as db:
        row = db.execute(
            "select c.upn, c.first_name from portal.child c join portal.setting s on s.id = c.setting"
            " where s.dfe_number = '3074901' and c.upn is not null limit 1"
        ).fetchone()
    assert row
    _, page = bring(amina, "children", CHILD + f"Ida,Anders,1/1/2019,F,{row[0]},,\r\n")
    assert "a child with this number is in the portal at another setting" in page
    assert row[1] not in plain(page)
    assert "Oswin" not in plain(page)


def test_a_common_transfer_file_is_taken_too(portal: Portal, amina: Client) -> None:
    pupil = "<Pupil><Surname>Überträger</Surname><Forename>Tom</Forename><DOB>2018-02-03</DOB><Sex>M</Sex></Pupil>"
    head = "<Header><SourceSchool><LEA>307</LEA><Estab>2901</Estab></SourceSchool></Header>"
    content = f"<CTfile>{head}<CTFpupilData>{pupil}</CTFpupilData></CTfile>".encode()
    address, page = bring(amina, "children", content, "3072901_CTF_307LLLL_001.xml")
    apply(amina, address, page)
    assert children_called(portal, "Überträger") == 1


def test_hostile_xml_is_refused_in_place(portal: Portal, amina: Client) -> None:
    hostile = b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><CTfile><Header>&a;</Header></CTfile>'
    _, page = bring(amina, "children", hostile, "x.xml")
    assert "It was not read." in page
    assert "Nothing was changed." in page


def test_what_changed_meanwhile_is_shown_again_before_anything_is_applied(portal: Portal, hassan: Client) -> None:
    content = CHILD + "Lea,Rennen,1/1/2019,F,,3072901,\r\nLou,Rennen,1/1/2019,F,,3072901,\r\n"
    address, page = bring(hassan, "children", content)
    with portal.owner() as db:
        db.execute(
            "insert into portal.child (setting, first_name, surname, dob, sex, search) "
            "select id, 'Lea', 'Rennen', '2019-01-01', 'F', ' rennen  lea'"
            " from portal.setting where dfe_number = '3072901'"
        )
    page = apply(hassan, address, page)
    assert "The portal has changed since this file was looked through" in page
    assert children_called(portal, "Rennen") == 1
    page = apply(hassan, address, page)
    assert "1 child added." in page
    assert children_called(portal, "Rennen") == 2


def test_twenty_thousand_children_take_seconds_with_progress_shown_and_a_broken_file_changes_nothing(
    portal: Portal, hassan: Client
) -> None:
    before = count(portal, "select count(*) from portal.child")
    rows = "".join(f"Kind {n},Viele,{1 + n % 28}/{1 + n % 12}/2018,F,,3072901,\r\n" for n in range(20_000))
    began = time.monotonic()
    address, page = bring(hassan, "children", CHILD + rows)
    looked = time.monotonic() - began
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    assert "Add 20,000 children" in page
    hassan.post(f"{address}/apply", data={"seen": seen[1]})
    shown = set()
    while True:
        there = count(portal, "select count(*) from portal.child")  # before the page: it may end in between
        if "<progress" not in (page := hassan.get(f"{address}/progress").text):
            break
        shown |= set(re.findall(r"([\d,]+) of 20,000 rows", page))
        assert there == before, "Half of it can be seen."
        time.sleep(0.1)
    assert "20,000 children added." in page
    assert count(portal, "select count(*) from portal.child") == before + 20_000
    assert len(shown) > 1, "No progress was shown."
    assert looked < 20
    assert time.monotonic() - began < 60

    _, page = bring(hassan, "children", CHILD + rows.replace("Kind", "Neu") + '"')
    assert "Row 20002 cannot be read" in page
    assert count(portal, "select count(*) from portal.child") == before + 20_000


# ---------------------------------------------------------------- settings


def register(*rows: dict[str, str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, [c.name for c in REGISTER])
    writer.writerow({c.name: c.heading for c in REGISTER})
    writer.writerows(rows)
    return out.getvalue().encode("cp1252")


def school(**facts: str) -> dict[str, str]:
    return {
        "urn": "990101",
        "la": "307",
        "number": "2901",
        "name": "Brentmere Primary School",
        "type": "Community school",
        "status": "Open",
        "phase": "Primary",
        "street": "Quince Road",
        "locality": "Hanwell",
        "town": "London",
        "postcode": "W7 8QD",
        "phone": "020 7946 0110",
        **facts,
    }


def test_the_register_shows_new_changed_and_closed_and_then_applies_them(portal: Portal, hassan: Client) -> None:
    content = register(
        school(name="Brentmere Community School"),
        school(urn="990104", number="7901", status="Closed", closed="31-08-2026", name="Larkfield Bridge School"),
        school(urn="995001", number="2999", name="École Neuve"),
        school(urn="995002", number="2998", la="304"),
    )
    address, page = bring(hassan, "settings", content)
    text = plain(page)
    assert "Brentmere Primary School Name Brentmere Primary School Brentmere Community School" in text
    assert "closed on 31 August 2026" in text
    assert "École Neuve" in text
    assert count(portal, "select count(*) from portal.setting where urn = '995001'") == 0
    assert "3 settings changed." in apply(hassan, address, page)
    with portal.owner() as db:
        rows = db.execute(
            "select name, kind, closed_on::text from portal.setting"
            " where urn in ('990101', '990104', '995001') order by urn"
        ).fetchall()
        told = db.execute(
            "select action, detail->>'reason' from audit.event"
            " where action like 'setting.%' and person is not null order by 1"
        ).fetchall()
    assert rows == [
        ("Brentmere Community School", "primary", None),
        ("Larkfield Bridge School", "special", "2026-08-31"),
        ("École Neuve", "primary", None),
    ]
    assert told == [
        (action, "from the DfE’s register") for action in ("setting.added", "setting.changed", "setting.closed")
    ]


def test_five_thousand_schools_take_seconds(portal: Portal, hassan: Client) -> None:
    content = register(*(school(urn=f"{800000 + n}", number=f"{3000 + n}", name=f"Schule {n}") for n in range(5_000)))
    began = time.monotonic()
    address, page = bring(hassan, "settings", content)
    assert "Apply 5,000 settings" in page
    apply(hassan, address, page)
    assert time.monotonic() - began < 30
    assert count(portal, "select count(*) from portal.setting where name like 'Schule %%'") == 5_000


# ---------------------------------------------------------------- people

PEOPLE = "Name,User name,E-mail,Role,Team,Settings\r\n"


def test_people_are_added_with_an_account_and_a_letter_that_lets_them_in(portal: Portal, hassan: Client) -> None:
    rows = "Zoë Łącka,zoe.l,z.lacka@brentmere.example,SENCO,,307/2901\r\nUli Ohm,uli,uli@slt.example,adviser,slt,\r\n"
    address, page = bring(hassan, "people", PEOPLE + rows)
    assert count(portal, "select count(*) from portal.person where name = 'Zoë Łącka'") == 0
    assert "2 people added." in apply(hassan, address, page)
    with portal.owner() as db:
        people = db.execute(
            "select p.name, p.role, p.team, p.demo, a.temporary,"
            " array(select s.dfe_number from portal.membership m join portal.setting s on s.id = m.setting"
            "       where m.person = p.id) from portal.person p join priv.account a on a.person = p.id"
            " where a.username in ('zoe.l', 'uli') order by a.username"
        ).fetchall()
        letter = db.execute("select body from portal.letter where recipient = 'z.lacka@brentmere.example'").fetchone()
        noted = db.execute(
            "select action from audit.event where action in ('person_added', 'account_opened') and id > 0"
        ).fetchall()
    assert people == [
        ("Uli Ohm", "adviser", "SLT", True, True, []),
        ("Zoë Łącka", "senco", "Schools", True, True, ["3072901"]),
    ]
    assert len(noted) == 4
    assert letter
    link = re.search(r"http://[^\s/]+(/password/[\w-]+)", letter[0])
    assert link
    zoe = portal.client()
    assert zoe.get(link[1]).headers["location"] == "/password"
    chosen = "harbour teapot saffron"
    assert zoe.post("/password", data={"password": chosen, "again": chosen}).status_code == 303
    zoe.post("/sign-in", data={"username": "zoe.l"})
    assert zoe.post("/sign-in/password", data={"password": chosen}).headers["location"] == "/sign-in/authenticator"


def test_an_imported_account_has_no_password_until_its_owner_sets_one(portal: Portal, hassan: Client) -> None:
    address, page = bring(hassan, "people", PEOPLE + "Ulf Ohne,ulf,ulf@slt.example,adviser,OT,\r\n")
    apply(hassan, address, page)
    for guess in ("!", "", "ulf"):
        client = portal.client()
        client.post("/sign-in", data={"username": "ulf"})
        assert "location" not in client.post("/sign-in/password", data={"password": guess}).headers


def test_people_who_have_an_account_are_left_alone_and_taken_user_names_are_refused(hassan: Client) -> None:
    rows = "Somebody Else,amina,else@brentmere.example,SENCO,,3072901\r\n"
    _, page = bring(hassan, "people", PEOPLE + rows)
    assert "it belongs to" in page
    assert "There is nothing to add." in plain(page)


def test_a_second_account_for_somebody_is_not_made_in_silence(portal: Portal, hassan: Client) -> None:
    with portal.owner() as db:
        email = db.execute("select email from portal.person where name = 'Amina Yusuf'").fetchone()
    assert email
    rows = f"Amina Yusuf,amina.second,{email[0]},SENCO,,3072901\r\n"
    rows += "Uma Eins,uma,uma@slt.example,adviser,SLT,\r\nUma Zwei,uma2,uma@slt.example,adviser,SLT,\r\n"
    address, page = bring(hassan, "people", PEOPLE + rows)
    assert "Email: Amina Yusuf has the same address" in page
    assert "Email: row 3 has the same address" in page
    assert "Add 1 person" in page
    apply(hassan, address, page, part="yes")
    failed = hassan.get(f"{address}/failed").text
    assert "Different person" in failed
    put_right = failed.replace(",SENCO,,,,3072901,,", ",SENCO,,,,3072901,yes,")
    assert put_right != failed
    address, page = bring(hassan, "people", put_right.encode())
    assert "Add 1 person" in page, plain(page)
    apply(hassan, address, page, part="yes")
    assert count(portal, "select count(*) from portal.person where name = 'Amina Yusuf'") == 2


# ---------------------------------------------------------------- whose file it is


def test_nobody_else_sees_a_file_and_after_half_an_hour_nobody_does(
    portal: Portal, hassan: Client, amina: Client
) -> None:
    address, _ = bring(amina, "children", CHILD + "Pia,Privat,1/1/2019,F,,,\r\n")
    ben = portal.sign_in("ben")
    for other in (ben, hassan):
        assert other.get(address).status_code == 410
        assert other.get(f"{address}/failed").status_code == 404
        assert other.post(f"{address}/apply", data={"seen": "x"}).status_code == 410
    with portal.owner() as db:
        db.execute("update portal.import set ends_at = now() where name = 'list.csv'")
    assert amina.get(address).status_code == 410


@pytest.mark.parametrize("who", ["daljit", "farah", "grace"])
def test_nobody_but_ict_and_sencos_brings_files(portal: Portal, who: str) -> None:
    client = portal.sign_in(who)
    assert client.get("/imports/children").status_code == 404
    assert client.post("/imports/children", files={"file": ("a.csv", b"x", "text/csv")}).status_code == 404


@pytest.mark.parametrize("kind", ["settings", "people", "nonsense"])
def test_a_senco_brings_children_only(amina: Client, kind: str) -> None:
    assert amina.get(f"/imports/{kind}").status_code == 404
    assert amina.get(f"/imports/{kind}/template").status_code == 404


def test_work_that_was_stopped_is_begun_again(portal: Portal, hassan: Client) -> None:
    address, _ = bring(hassan, "children", CHILD + "Rea,Rast,1/1/2019,F,,3072901,\r\n")
    with portal.owner() as db:
        db.execute(
            "update portal.import set state = 'applying', worked_at = now() - interval '1 minute' where id = %s",
            [address.rpartition("/")[2]],
        )
    page = wait(hassan, address)
    assert "Add 1 child" in page
    assert children_called(portal, "Rast") == 0


# ---------------------------------------------------------------- files that are none


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"x" * 5_000_001, "The file is 5 MB. It can be 5 MB at most."),
    ],
)
def test_a_file_that_is_not_taken_says_so_beside_the_box(hassan: Client, content: bytes, says: str) -> None:
    answer = hassan.post("/imports/children", files={"file": ("a.csv", content, "text/csv")})
    assert answer.status_code == 422
    assert says in answer.text


def test_a_file_larger_than_any_is_refused_before_it_is_read(hassan: Client) -> None:
    answer = hassan.post("/imports/children", content=b"x" * 21_000_001, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 413
    assert "Cut the table into several" in answer.text
    answer = hassan.post("/imports/settings", content=b"x" * 21_000_001, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 413
    assert "no file of more than 20 MB" in answer.text
    assert "search for the schools of your own council" in answer.text
    assert "Shorten" not in answer.text


def locked(content: bytes) -> bytes:
    """The same zip, saying that it asks for a password."""
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        begin = content.index(mark) + at
        content = content[:begin] + bytes([content[begin] | 1]) + content[begin + 1 :]
    return content


def packed(**files: bytes) -> bytes:
    """A zip of these files; two underscores stand for the dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name.replace("__", "."), content)
    return out.getvalue()


def test_the_dfe_s_download_is_taken_in_the_zip_it_comes_in(portal: Portal, hassan: Client) -> None:
    table = register(school(urn="899001", number="3899", name="Zipped School"))
    address, page = bring(hassan, "settings", packed(results__csv=table, readme__pdf=b"%PDF"), "results.zip")
    assert "Zipped School" in page
    apply(hassan, address, page)
    assert count(portal, "select count(*) from portal.setting where name = 'Zipped School'") == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (packed(**{"[Content_Types]__xml": b"<Types/>", "xl/workbook__xml": b"<x/>"}), "This is a workbook."),
        (
            packed(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content__xml=b"<x/>"),
            "This is a workbook.",
        ),
        (packed(a__csv=b"x", b__csv=b"x"), "not one table in this zip but a.csv, b.csv"),
        (packed(a__pdf=b"x"), "not one table in this zip but none"),
        (packed(a__csv=b"0" * 20_000_001), "more than 20 MB"),
        (packed(a__csv=b"URN" * 500)[:-60], "This zip is damaged."),
        (locked(packed(a__csv=b"URN" * 500)), "This zip asks for a password."),
        (packed(a__csv=b"URN" * 500)[:45] + b"\0" * 9 + packed(a__csv=b"URN" * 500)[54:], "This zip is damaged."),
    ],
    ids=["xlsx", "ods", "two tables", "no table", "too large", "cut short", "locked", "overwritten"],
)
def test_a_zip_that_cannot_be_used_says_what_to_do(hassan: Client, content: bytes, says: str) -> None:
    _, page = bring(hassan, "settings", content, "results.zip")
    assert says in plain(page)
    assert "Quote" not in page


def test_asking_how_far_it_is_keeps_no_session_alive(portal: Portal, hassan: Client) -> None:
    address, _ = bring(hassan, "children", CHILD + "Rea,Wach,1/1/2019,F,,3072901,\r\n")
    stale = "update priv.session set seen_at = now() - interval '5 minutes' where ended_at is null returning seen_at"
    with portal.owner() as db:
        db.execute(stale)
    left = int(hassan.get(f"{address}/progress").headers["x-idle-remaining"])
    assert left <= 300
    assert int(hassan.get(address).headers["x-idle-remaining"]) > 500


def test_the_way_back_leads_to_a_page_that_holds_something(hassan: Client, amina: Client) -> None:
    def back(client: Client, kind: str) -> str:
        found = re.search(r'<a href="([^"]+)" class="govuk-back-link"', client.get(f"/imports/{kind}").text)
        assert found
        return found[1]

    assert [back(hassan, kind) for kind in ("children", "people", "settings")] == ["/people", "/people", "/settings"]
    assert back(amina, "children") == "/gateway"


def test_no_file_at_all_is_asked_for(hassan: Client) -> None:
    assert "Choose a file." in hassan.post("/imports/children", data={"x": "y"}).text


@pytest.mark.parametrize(
    "content", [b"\x00", b"PK\x03\x04", b"\xff\xfe", b"\x81", b",,,\n", b"<", b'"', b"a\n" * 10, "💜".encode()]
)
@pytest.mark.parametrize("kind", ["settings", "children", "people"])
def test_rubbish_is_answered_with_a_sentence(hassan: Client, kind: str, content: bytes) -> None:
    _, page = bring(hassan, kind, content, "\x00../../<b>.csv")
    assert "This file cannot be used" in page
    assert "Quote" not in page


@pytest.mark.parametrize("kind", ["settings", "children", "people"])
def test_a_template_can_be_brought_back(hassan: Client, kind: str) -> None:
    sheet = hassan.get(f"/imports/{kind}/template")
    assert sheet.headers["content-disposition"].startswith("attachment")
    _, page = bring(hassan, kind, sheet.content)
    assert "This file cannot be used" not in page


def test_files_whose_half_hour_is_over_are_forgotten_and_others_kept(portal: Portal, hassan: Client) -> None:
    old, _ = bring(hassan, "settings", b"x")
    new, _ = bring(hassan, "people", b"x")
    with portal.owner() as db:
        db.execute("update portal.import set ends_at = now() - interval '1 second' where id = %s", [old.split("/")[-1]])
        db.execute("select priv.import_purge()")
        left = {str(it) for (it,) in db.execute("select id from portal.import").fetchall()}
    assert old.split("/")[-1] not in left
    assert new.split("/")[-1] in left
