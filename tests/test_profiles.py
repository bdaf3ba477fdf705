"""The Profiles tab: who reads an appendix that is being written, and the advice it becomes."""

import io
import re
from uuid import uuid4

import httpx2
import psycopg
import pypdf
import pytest

from record import VNOV22
from tests.fixtures_database import TestDatabase
from tests.fixtures_server import Portal
from tests.whole_record import blocking, everything, listed

SECRET = "He fell asleep over the marmalade of the assessment."
NEEDED = {"appendix_date": "3 November 2026", "appendix_provision": "Direct therapy twice a week."}


@pytest.fixture(scope="module")
def people(portal: Portal) -> dict[str, httpx2.Client]:
    return {name: portal.sign_in(name) for name in ("amina", "ben", "daljit", "ewa", "farah", "carys")}


@pytest.fixture(scope="module")
def records(portal: Portal) -> dict[str, str]:
    """A begun and a submitted record of Brentmere's in which daljit is involved; ewa is made so too."""
    found = {}
    with portal.owner() as owner:
        for name, test in (("begun", "="), ("sent", "<>")):
            row = owner.execute(
                f"""select r.id, r.child from portal.record r
                    join portal.setting s on s.id = r.setting and s.name = 'Brentmere Primary School'
                    join portal.involvement i on i.child = r.child
                    join priv.account a on a.person = i.person and a.username = 'daljit'
                    where r.status {test} 'draft' order by r.reference limit 1""".encode()
            ).fetchone()
            assert row, f"the demo needs a {name} record of Brentmere's with daljit"
            found[name] = str(row[0])
            owner.execute(
                "insert into portal.involvement (person, child) select person, %s from priv.account"
                " where username = 'ewa' on conflict do nothing",
                [row[1]],
            )
    return found


def begin(client: httpx2.Client, record: str, name: str) -> str:
    entry = str(uuid4())
    answer = client.post(f"/records/{record}/lists/{name}", data={"entry": entry})
    assert answer.status_code == 303, answer.text
    return entry


def write(client: httpx2.Client, record: str, entry: str, **answers: str) -> None:
    for name, value in answers.items():
        sent = {"value": value, "base": 0, "client": f"page-{uuid4()}", "seq": 1}
        answer = client.post(f"/records/{record}/fields/{entry}.{name}", json=sent)
        assert answer.status_code == 200, answer.text


def words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).split())


def letters(portal: Portal, record: str) -> list[tuple[str, str, str]]:
    with portal.owner() as owner:
        return owner.execute(
            "select l.recipient, l.subject, l.body from portal.letter l, portal.record r"
            " where r.id = %s and l.subject like '%%submitted for ' || r.reference || '%%' order by l.id",
            [record],
        ).fetchall()


@pytest.fixture(scope="module")
def drafted(people: dict[str, httpx2.Client], records: dict[str, str]) -> str:
    """An appendix that daljit writes in the submitted record."""
    entry = begin(people["daljit"], records["sent"], "appendix_c")
    write(people["daljit"], records["sent"], entry, appendix_background=SECRET)
    return entry


# ---- the form


def test_every_field_of_an_appendix_is_named_so_that_the_database_keeps_it() -> None:
    assert [tab.name for tab in VNOV22.appendices] == [f"appendix_{letter}" for letter in "abcdef"]
    for tab in VNOV22.appendices:
        (rows,) = tab.lists
        assert rows.name == tab.name
        assert all(field.name.startswith("appendix_") for field in rows.fields)
    others = {f.name for tab in VNOV22.tabs for part in tab.parts for f in part.every()}
    assert not any(name.startswith("appendix_") for name in others)


def test_an_appendix_is_no_condition_of_submitting_the_ersa() -> None:
    assert blocking(listed(everything(), "appendix_b", {})) == blocking(everything())


def test_the_dropdown_leads_to_each_appendix(people: dict[str, httpx2.Client], records: dict[str, str]) -> None:
    page = people["amina"].get(f"/records/{records['begun']}/profiles").text
    assert re.findall(r'<option value="(appendix_\w)"', page) == [tab.name for tab in VNOV22.appendices]
    answer = people["amina"].get(f"/records/{records['begun']}/profiles?appendix=appendix_b")
    assert answer.headers["location"] == f"/records/{records['begun']}/appendix_b"
    assert people["amina"].get(answer.headers["location"]).status_code == 200
    assert people["amina"].get(f"/records/{records['begun']}/profiles?appendix=nonsense").status_code == 200


def test_an_appendix_is_written_by_its_own_teams(people: dict[str, httpx2.Client], records: dict[str, str]) -> None:
    for who, name in (
        ("amina", "appendix_d"),
        ("daljit", "appendix_b"),
        ("ewa", "appendix_c"),
        ("farah", "appendix_b"),
    ):
        answer = people[who].post(f"/records/{records['sent']}/lists/{name}", data={"entry": str(uuid4())})
        assert answer.status_code == 403, f"{who} {name}"
    assert "Educational Psychology" in people["amina"].get(f"/records/{records['sent']}/appendix_d").text


def test_who_only_reads_is_not_told_how_to_write(people: dict[str, httpx2.Client], records: dict[str, str]) -> None:
    at = f"/records/{records['sent']}"
    said = {
        "parent_views": ("Write what they said", "For the family", "How do I know that what I typed is saved?"),
        "outcomes": ("Add outcomes only if you want to", "How do I know that what I typed is saved?"),
        "profiles": ("Choose the one you write",),
    }
    for tab, told in said.items():
        writes, reads = (people[who].get(f"{at}/{tab}").text for who in ("amina", "farah"))
        for words in told:
            assert words in writes, tab
            assert words not in reads, tab


# ---- being written: its author's and their team's


@pytest.mark.parametrize("who", ["amina", "ewa", "farah"])
def test_nobody_else_reads_what_is_being_written(
    people: dict[str, httpx2.Client], records: dict[str, str], drafted: str, who: str
) -> None:
    client, base = people[who], f"/records/{records['sent']}"
    for address in (
        "appendix_c",
        "profiles",
        "versions",
        "case",
        "review",
        f"fields/{drafted}.appendix_background",
        f"fields/{drafted}.appendix_background/history",
        "report?report=preview",
    ):
        answer = client.get(f"{base}/{address}")
        said = words(answer.content) if answer.content[:4] == b"%PDF" else answer.text
        assert "marmalade of the assessment" not in said, address
        assert drafted not in said, address
    sent = {"value": "x", "base": 1, "client": "page-12345678", "seq": 1}
    assert client.post(f"{base}/fields/{drafted}.appendix_background", json=sent).status_code in (403, 404)
    assert client.post(f"{base}/entries/{drafted}/withdraw", data={}).status_code in (403, 404)
    assert client.get(f"{base}/profiles/appendix_c/report").status_code == 404
    assert client.post(f"{base}/profiles/appendix_c/submit").status_code in (403, 404)


@pytest.mark.parametrize(("who", "role"), [("amina", "senco"), ("ewa", "adviser"), ("farah", "senas")])
def test_the_database_itself_gives_no_row_of_it_to_others(
    portal: Portal, demo_database: TestDatabase, drafted: str, who: str, role: str
) -> None:
    """Asked by hand, as the persona, with a session of that person's own."""
    token = f"{who} " * 8
    with portal.owner() as owner:
        owner.execute(
            "insert into priv.session (token_hash, person, stage, ends_at, idle)"
            " select sha256(convert_to(%s, 'UTF8')), person, 'full', now() + interval '1 hour', interval '1 hour'"
            " from priv.account where username = %s",
            [token, who],
        )
    with psycopg.connect(demo_database.app_url) as app:
        become = "select set_config('app.tok', %s, true), set_config('role', %s, true)"
        app.execute(become, [token, f"portal_p_{role}"])
        for table, key in (("entry", "id"), ("answer", "entry"), ("history", "entry")):
            assert app.execute(f"select count(*) from portal.{table}".encode()).fetchone() != (0,), "nobody at all"
            found = app.execute(f"select count(*) from portal.{table} where {key} = %s".encode(), [drafted])
            assert found.fetchone() == (0,), table


def test_a_colleague_of_the_team_reads_and_writes_it(
    portal: Portal, people: dict[str, httpx2.Client], records: dict[str, str]
) -> None:
    entry = begin(people["amina"], records["begun"], "appendix_b")
    write(people["amina"], records["begun"], entry, appendix_background="Begun by Amina.")
    assert "Begun by Amina." in people["ben"].get(f"/records/{records['begun']}/appendix_b").text
    write(people["ben"], records["begun"], entry, appendix_support="Added by Ben.")
    assert people["carys"].get(f"/records/{records['begun']}/appendix_b").status_code == 404


def test_no_submission_holds_what_is_being_written(portal: Portal, records: dict[str, str], drafted: str) -> None:
    with portal.owner() as owner:
        held = owner.execute(
            "select count(*) from portal.submission where answers::text like '%%appendix%%'"
        ).fetchone()
    assert held == (0,)


# ---- the advice


def test_a_second_of_ones_own_is_refused_and_the_first_revised(
    people: dict[str, httpx2.Client], records: dict[str, str], drafted: str
) -> None:
    address = f"/records/{records['sent']}/lists/appendix_c"
    answer = people["daljit"].post(address, data={"entry": str(uuid4())})
    assert answer.status_code == 409
    assert "open it to revise it" in answer.text
    assert address not in people["daljit"].get(f"/records/{records['sent']}/appendix_c").text


def test_an_appendix_taken_back_returns_only_where_no_other_took_its_place(
    portal: Portal, people: dict[str, httpx2.Client], records: dict[str, str]
) -> None:
    base = f"/records/{records['sent']}"

    def withdrawn(entry: str) -> bool:
        with portal.owner() as owner:
            row = owner.execute("select withdrawn_at is not null from portal.entry where id = %s", [entry]).fetchone()
        return bool(row and row[0])

    first = begin(people["ewa"], records["sent"], "appendix_d")
    people["ewa"].post(f"{base}/entries/{first}/withdraw", data={})
    assert withdrawn(first)
    people["ewa"].post(f"{base}/entries/{first}/restore", data={})
    assert not withdrawn(first)
    people["ewa"].post(f"{base}/entries/{first}/withdraw", data={})
    begin(people["ewa"], records["sent"], "appendix_d")
    people["ewa"].post(f"{base}/entries/{first}/restore", data={})
    assert withdrawn(first)


def test_advice_is_previewed_submitted_and_revised(
    portal: Portal, people: dict[str, httpx2.Client], records: dict[str, str], drafted: str
) -> None:
    daljit, base = people["daljit"], f"/records/{records['sent']}"
    before = len(letters(portal, records["sent"]))
    refused = daljit.post(f"{base}/profiles/appendix_c/submit")
    assert refused.status_code == 422
    assert "Recommended provision" in refused.text
    assert len(letters(portal, records["sent"])) == before
    write(daljit, records["sent"], drafted, **NEEDED)
    for outcome, answers in (
        (begin(daljit, records["sent"], "outcomes"), {"type": "Comms", "outcome": "Asks for the blue cup."}),
        (begin(daljit, records["sent"], "outcomes"), {"outcome": "No type was chosen for this."}),
    ):
        write(daljit, records["sent"], outcome, **answers)
    amina = begin(people["amina"], records["sent"], "outcomes")
    write(people["amina"], records["sent"], amina, type="Comms", outcome="An outcome of the school.")

    preview = daljit.get(f"{base}/profiles/appendix_c/report?report=preview")
    assert preview.headers["content-type"] == "application/pdf"
    draft = words(preview.content)
    assert "DRAFT" in draft
    assert "No type was chosen for this." in draft
    assert "Not yet in the advice: choose a type." in draft
    step = daljit.get(f"{base}/profiles/appendix_c/report?report=submit")
    assert "Submit Appendix C?" in daljit.get(step.headers["location"].partition("#")[0]).text

    answer = daljit.post(f"{base}/profiles/appendix_c/submit")
    assert answer.headers["location"] == f"{base}/appendix_c?submitted=yes"
    page = people["farah"].get(f"{base}/profiles").text
    (document,) = re.findall(rf'href="({base}/documents/[0-9a-f-]+)"', page)
    advice = words(people["farah"].get(document).content)
    assert SECRET in advice
    assert "Daljit Gill" in advice
    assert "Asks for the blue cup." in advice
    assert "Comms – Communication Skills" in advice
    assert "No type was chosen for this." not in advice
    assert "1 outcome was begun and not finished, and is not part of this document." in advice
    assert "An outcome of the school." not in advice
    listed_in = people["farah"].get(f"{base}/documents").text
    assert "Appendix C: Health and therapies" in listed_in
    recipient, subject, body = letters(portal, records["sent"])[-1]
    assert recipient
    assert subject.startswith("Appendix C submitted for ERSA-")
    with portal.owner() as owner:
        child = owner.execute(
            "select c.first_name, c.surname from portal.child c join portal.record r on r.child = c.id where r.id = %s",
            [records["sent"]],
        ).fetchone()
    assert child
    assert not any(name in subject + body for name in child), "a letter never has a child's name"

    step = daljit.get(f"{base}/profiles/appendix_c/report?report=submit")
    assert "Revise Appendix C?" in daljit.get(step.headers["location"].partition("#")[0]).text
    assert daljit.post(f"{base}/profiles/appendix_c/submit").status_code == 303
    with portal.owner() as owner:
        kept = owner.execute(
            "select count(*), count(*) filter (where replaced_at is null) from portal.appendix where entry = %s",
            [drafted],
        ).fetchone()
    assert kept == (2, 1)
    assert "Replaced" in people["amina"].get(f"{base}/profiles").text


def test_the_team_that_an_outcome_names_has_it_in_its_advice(
    people: dict[str, httpx2.Client], records: dict[str, str], drafted: str
) -> None:
    """Type and Team tell SENAS which outcomes belong to which teams (FAQ), whoever typed them."""
    base = f"/records/{records['sent']}"
    for who, team, outcome in (
        ("daljit", "OT", "Dresses without help."),
        ("amina", "SLT", "Speaks so that strangers understand."),
    ):
        entry = begin(people[who], records["sent"], "outcomes")
        write(people[who], records["sent"], entry, type="Comms", outcome=outcome)
        sent = {"value": team, "base": 1, "client": f"page-{uuid4()}", "seq": 1}
        answer = people[who].post(f"/records/{records['sent']}/fields/{entry}.team", json=sent)
        assert answer.json()["stored"] == team
    preview = people["daljit"].get(f"{base}/profiles/appendix_c/report?report=preview")
    assert "Speaks so that strangers understand." in words(preview.content)
    assert "Dresses without help." not in words(preview.content)


def test_a_colleague_submits_what_somebody_wrote_who_has_left(
    portal: Portal, people: dict[str, httpx2.Client], records: dict[str, str]
) -> None:
    base, amina, ben = f"/records/{records['begun']}", people["amina"], people["ben"]
    page = amina.get(f"{base}/appendix_b").text  # as an earlier test left it, or begun here
    if "appendix_background" not in page:
        begin(amina, records["begun"], "appendix_b")
    with portal.owner() as owner:
        (entry,) = owner.execute(
            "select e.id from portal.entry e join portal.person p on p.id = e.author and p.name = 'Amina Yusuf'"
            " where e.record = %s and e.list = 'appendix_b' and e.withdrawn_at is null",
            [records["begun"]],
        ).fetchone() or ("",)
    write(amina, records["begun"], str(entry), **NEEDED)
    assert people["carys"].post(f"{base}/profiles/appendix_b/submit", data={"entry": str(entry)}).status_code == 404
    assert people["ewa"].post(f"{base}/profiles/appendix_b/submit", data={"entry": str(entry)}).status_code == 403
    assert "Anybody of the team can submit it" in ben.get(f"{base}/appendix_b").text
    step = ben.get(f"{base}/profiles/appendix_b/report?report=preview&step=submit").headers["location"]
    assert "with the name of <bdi>Amina Yusuf</bdi>, who wrote it" in ben.get(step.partition("#")[0]).text
    assert ben.post(f"{base}/profiles/appendix_b/submit", data={"entry": str(entry)}).status_code == 303
    (document,) = re.findall(rf'href="({base}/documents/[0-9a-f-]+)"', ben.get(f"{base}/appendix_b").text)
    advice = words(ben.get(document).content)
    assert "Written by Amina Yusuf (Schools)" in advice
    assert "Submitted by Ben Carter" in advice
    with portal.owner() as owner:
        kept = owner.execute(
            "select d.author, a.name, b.name from portal.appendix x join portal.document d on d.id = x.document"
            " join portal.person a on a.id = x.author join portal.person b on b.id = d.added_by where x.entry = %s",
            [entry],
        ).fetchone()
    assert kept == ("Amina Yusuf", "Amina Yusuf", "Ben Carter")
    # each of the team writes their own beside it, and chooses whose goes
    own = begin(ben, records["begun"], "appendix_b")
    page = ben.get(f"{base}/appendix_b").text
    assert f'<option value="{own}" selected>Yours' in page
    assert f'<option value="{entry}">Amina Yusuf’s' in page
    assert "Revise Appendix B?" in ben.get(f"{base}/appendix_b?confirm=yes&entry={entry}").text
    blocked = ben.get(f"{base}/appendix_b?confirm=yes").text
    assert "Appendix B cannot be submitted yet" in blocked
    assert f'<li><a class="govuk-link" href="#f-{own}.appendix_date">' in blocked
    assert 'id="submit-advice" class="missing' in blocked, "no form to submit it with"


def test_replaced_advice_is_said_to_be_and_goes_into_no_bundle_by_itself(
    portal: Portal, people: dict[str, httpx2.Client], records: dict[str, str]
) -> None:
    base, ewa = f"/records/{records['sent']}", people["ewa"]
    entry = begin(ewa, records["sent"], "appendix_f")
    write(ewa, records["sent"], entry, **NEEDED)
    for _ in range(2):
        assert ewa.post(f"{base}/profiles/appendix_f/submit").status_code == 303
    with portal.owner() as owner:
        first, second = owner.execute(
            "select array_agg(document order by submitted_at) from portal.appendix where entry = %s", [entry]
        ).fetchone()[0]  # type: ignore[index]
    row = re.compile(r'<tr id="document-([0-9a-f-]+)">(.*?)</tr>', re.S)
    listed_as = dict(row.findall(people["farah"].get(f"{base}/documents").text))
    assert "Replaced" in listed_as[str(first)]
    assert "Replaced" not in listed_as[str(second)]
    page = people["farah"].get(f"{base}/bundle").text
    ticked = {it: "checked" in box for it, box in re.findall(r'value="([0-9a-f-]{36})"([^>]*)>', page)}
    assert (ticked[str(first)], ticked[str(second)]) == (False, True)
    chosen = {"purpose": "panel", "document": [str(first), str(second)]}
    bundle = words(people["farah"].post(f"{base}/bundle", data=chosen).content)
    assert bundle.count("replaced by later advice on") == 1


def test_appendix_b_is_written_after_the_ersa_was_submitted(
    portal: Portal, people: dict[str, httpx2.Client], records: dict[str, str]
) -> None:
    base = f"/records/{records['sent']}"
    entry = begin(people["amina"], records["sent"], "appendix_b")
    write(people["amina"], records["sent"], entry, **NEEDED)
    page = people["amina"].get(f"{base}/appendix_b").text
    assert "after submission" not in page, "advice was never part of what was sent"
    with portal.owner() as owner:
        sent = owner.execute(
            "select answers::text from portal.submission where record = %s", [records["sent"]]
        ).fetchone()
    assert people["amina"].post(f"{base}/profiles/appendix_b/submit").status_code == 303
    with portal.owner() as owner:
        now = owner.execute(
            "select answers::text from portal.submission where record = %s", [records["sent"]]
        ).fetchone()
    assert sent == now, "what was sent stays as it was"
    assert "Appendix B" in people["farah"].get(f"{base}/documents").text


def test_before_the_ersa_is_submitted_senas_gets_no_letter_of_it(
    portal: Portal, people: dict[str, httpx2.Client], records: dict[str, str]
) -> None:
    entry = begin(people["daljit"], records["begun"], "appendix_c")
    write(people["daljit"], records["begun"], entry, **NEEDED)
    before = letters(portal, records["begun"])
    assert people["daljit"].post(f"/records/{records['begun']}/profiles/appendix_c/submit").status_code == 303
    assert letters(portal, records["begun"]) == before
